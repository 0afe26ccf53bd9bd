"""Network ACLs that stop everything between a subnet and its peer, or every answer.

A network ACL knows no connections: an answer needs a rule of its own, at the port that the client chose.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.exchanges import Exchange, exchanges
from auditor.network.entities import Peering, Side, Subnet
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.network_acls import (
    ALL_PORTS,
    EPHEMERAL_PORTS,
    IMPLICIT,
    Ruling,
    acl_of,
    decide,
    something_allowed,
)
from auditor.network.remembered import remembered
from auditor.network.traffic import TCP, Direction


@dataclass(frozen=True)
class AclDenial:
    """A network ACL that lets nothing pass between subnets in use and the peer, in one family of addresses."""

    near: Side
    far: Side
    acl: model.NetworkAcl
    version: int
    subnets: tuple[Subnet, ...]
    """Those in use that exchange packets with the peer."""
    addresses: Addresses
    """The peer's, as far as the subnets exchange packets with them."""
    everything: tuple[Direction, ...]
    """The directions in which no packet of any protocol passes."""
    answers: tuple[Direction, ...]
    """The directions in which no answer to a TCP connection passes; each is given only where other packets do."""
    rules: tuple[tuple[Direction, int], ...]
    """The rules that deny, by direction and number: from 32767 on they are implicit."""

    @property
    def key(self) -> str:
        """The fault's place in a finding's id."""
        return f"{self.acl.network_acl_id}|ipv{self.version}"


@dataclass(frozen=True)
class _Judgement:
    """What a network ACL denies of some addresses: the members are those of ``AclDenial``."""

    everything: tuple[Direction, ...]
    answers: tuple[Direction, ...]
    rules: tuple[tuple[Direction, int], ...]

    @property
    def denies(self) -> bool:
        return bool(self.everything or self.answers)


def acl_denials(network: Network, peering: Peering) -> Listing[AclDenial]:
    """The denials on both sides of a live connection.

    Each network ACL is asked for all that its subnets exchange: one that lets a single packet through and an answer
    back is as somebody wants it.
    """
    found = exchanges(network, peering)
    causes = [found.missing]
    denied: dict[tuple[str, int], list[tuple[Exchange, model.NetworkAcl, _Judgement]]] = defaultdict(list)
    for exchange in found:
        acl = acl_of(network, exchange.subnet)
        if isinstance(acl, Missing):
            causes.append(acl)
            continue
        judgement = _judge(network, acl, exchange.possible)
        in_use = network.in_use(exchange.subnet) if judgement.denies else False
        if isinstance(in_use, Missing):
            causes.append(in_use)
        elif in_use:
            denied[acl.network_acl_id, exchange.version].append((exchange, acl, judgement))
    return Listing(tuple(_denial(denied[key]) for key in sorted(denied)), Missing.union(causes))


def _denial(of_one: Sequence[tuple[Exchange, model.NetworkAcl, _Judgement]]) -> AclDenial:
    # One that loses everything outweighs those that lose answers.
    worst = [each for each in of_one if each[2].everything] or of_one
    exchange, acl, _ = worst[0]
    return AclDenial(
        near=exchange.near,
        far=exchange.far,
        acl=acl,
        version=exchange.version,
        subnets=tuple(each.subnet for each, _, _ in worst),
        addresses=Addresses.union(each.possible for each, _, _ in worst),
        everything=_directions(judgement.everything for *_, judgement in worst),
        answers=_directions(judgement.answers for *_, judgement in worst),
        rules=tuple(sorted({rule for *_, judgement in worst for rule in judgement.rules})),
    )


def _directions(of_each: Iterable[tuple[Direction, ...]]) -> tuple[Direction, ...]:
    named = {direction for directions in of_each for direction in directions}
    return tuple(direction for direction in Direction if direction in named)


@remembered
def _judge(_: Network, acl: model.NetworkAcl, asked: Addresses) -> _Judgement:
    entries = acl.entries or ()
    tcp = {direction: decide(entries, direction, TCP, ALL_PORTS, asked) for direction in Direction}
    ephemeral = {direction: decide(entries, direction, TCP, EPHEMERAL_PORTS, asked) for direction in Direction}
    everything = tuple(direction for direction in Direction if not something_allowed(entries, direction, asked))
    if everything:
        return _Judgement(everything, (), _deciding({way: tcp[way] for way in everything}))
    # A subnet of servers may let answers in that nobody waits for, and one of clients let requests in that nobody
    # serves: only where neither role is left is the network ACL at fault.
    opposite = {Direction.INGRESS: Direction.EGRESS, Direction.EGRESS: Direction.INGRESS}
    if any(tcp[way].on_some_port & ephemeral[opposite[way]].on_some_port for way in Direction):
        return _Judgement((), (), ())
    answers = tuple(opposite[way] for way in Direction if _names_tcp(tcp[way]))
    return _Judgement((), answers, _deciding({way: ephemeral[way] for way in answers}))


def _names_tcp(ruling: Ruling) -> bool:
    """Whether a rule for TCP itself lets requests through: one for all protocols may be meant for others."""
    return any(found.allows and found.entry is not None and found.entry.protocol == TCP for found in ruling.decisions)


def _deciding(rulings: Mapping[Direction, Ruling]) -> tuple[tuple[Direction, int], ...]:
    """The rules that deny, by direction and number."""
    return tuple(
        sorted(
            {
                (direction, (found.entry.rule_number if found.entry else None) or IMPLICIT)
                for direction, ruling in rulings.items()
                for found in ruling.decisions
                if not found.allows
            }
        )
    )
