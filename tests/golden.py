"""The topologies of AWS's peering guide, each with what its routes do for every pair of subnets.

``golden.json`` holds them: peering connections with their two VPCs, subnets with their routes, and the verdicts.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.world import World


@dataclass(frozen=True)
class ExpectedPair:
    """What happens between two subnets over one peering connection, in one address family."""

    peering: str
    source: str
    """The subnet that sends, such as ``subnet-A1``."""
    destination: str
    family: Literal[4, 6]
    forward: str
    """How much of the destination the source's routes send over the connection: ``full``, ``partial`` or ``none``."""
    back: str
    """How much of the source the destination's routes send back over it."""
    verdict: str
    """``ROUTED``, ``ONEWAY``, ``MISROUTE`` or ``MISROUTE-PARTIAL``."""
    misrouted: tuple[tuple[str, str], ...]
    """The blocks of the source whose answers leave over another connection, and which."""


@functools.cache
def _topologies() -> dict[str, Any]:
    topologies: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
    return topologies


GOLDEN = tuple(sorted(_topologies()))
"""The names of the topologies, such as ``G01``."""


def golden_world(name: str, enis: Mapping[str, Sequence[str]] | None = None) -> World:
    """A topology in one account and region: ``vpc-A``, ``subnet-A1`` with the table ``rtb-A1``, and so on.

    Each subnet has one workload at its tenth address, or those that ``enis`` gives by the subnet's name, such as
    ``{"B1": ["10.0.0.77"]}``. ValueError for a subnet that the topology does not have.
    """
    topology = _topologies()[name]["topology"]
    subnets: dict[str, Any] = topology["subnets"]
    if unknown := set(enis or ()) - set(subnets):
        raise ValueError(f"{name} has no subnet {', '.join(sorted(unknown))}; it has {', '.join(subnets)}")
    blocks: dict[str, dict[str, None]] = {}
    for subnet in subnets.values():
        local = [destination for destination, target in subnet["rt"] if target == "local"]
        blocks.setdefault(subnet["vpc"], {}).update(dict.fromkeys(local))
    world = World()
    vpcs = {letter: world.vpc(f"vpc-{letter}", *found) for letter, found in blocks.items()}
    for peering_id, (requester, accepter) in topology["peerings"].items():
        world.peering(peering_id, vpcs[requester], vpcs[accepter])
    for label, described in subnets.items():
        vpc = vpcs[described["vpc"]]
        workloads = (enis or {}).get(label, True)
        subnet = world.subnet(f"subnet-{label}", vpc, *described["cidrs"], enis=workloads)
        routes = [(destination, target) for destination, target in described["rt"] if target != "local"]
        world.route_table(f"rtb-{label}", vpc, [subnet], routes)
    return world


def expected_pairs(name: str) -> tuple[ExpectedPair, ...]:
    """What the routes of a topology do, in the order of ``golden.json``."""
    return tuple(
        ExpectedPair(
            peering=pair["pcx"],
            source=f"subnet-{pair['src']}",
            destination=f"subnet-{pair['dst']}",
            family=pair["fam"],
            forward=pair["fwd"],
            back=pair["ret"],
            verdict=pair["verdict"],
            misrouted=tuple((block, peering) for block, peering in pair["misrouted"]),
        )
        for pair in _topologies()[name]["expected_pairs"]
    )
