"""The rules of security groups that let whole blocks of a peer VPC in.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.model.ec2 import IpPermission
from auditor.network.addresses import Addresses, canonical_cidr, is_everything
from auditor.network.coverage import Listing
from auditor.network.entities import Peering, SecurityGroup, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.security_groups import rules_absent
from auditor.network.traffic import ALL_PROTOCOLS, TCP, UDP, ports_shown, protocol_number, traffic_shown


@dataclass(frozen=True)
class PeerRule:
    """A rule that lets in at least one whole block of at least one peer, by one block or prefix list of its own."""

    protocol: str
    """As AWS gives it: a name, a number, or ``-1`` for all."""
    first: int | None
    last: int | None
    source: str
    """A block, or the id of a prefix list."""
    blocks: tuple[str, ...]
    """The blocks that the source stands for, as far as they are known."""
    hidden: Missing | None
    """Why the source may stand for more blocks."""
    peerings: tuple[Peering, ...]
    """The live connections whose far side has a block that it lets in."""
    surplus: Addresses
    """What it lets in of neither the group's own VPC nor peers in the same Region."""

    @property
    def every_port(self) -> bool:
        """Whether it leaves no port of its protocol out."""
        protocol = protocol_number(self.protocol)
        if protocol in (TCP, UDP):
            return self.first in (None, 0) and self.last in (None, 65535)
        return protocol == ALL_PROTOCOLS

    @property
    def from_everywhere(self) -> bool:
        """Whether its source is all addresses of a family, or half of them."""
        return any(is_everything(block) for block in self.blocks)

    @property
    def key(self) -> str:
        """The rule's place in a finding's id."""
        return f"{self.protocol}|{ports_shown(self.first, self.last)}|{self.source}"

    @property
    def label(self) -> str:
        """The rule as messages print it: what it lets in, and from where."""
        return f"lets {traffic_shown(self.protocol, self.first, self.last)} in from {self.source}"

    @property
    def shown(self) -> dict[str, object]:
        """The rule as evidence shows it."""
        return {
            "protocol": self.protocol,
            "from_port": self.first,
            "to_port": self.last,
            "source": self.source,
            "blocks": list(self.blocks),
            "peering_connections": [peering.id for peering in self.peerings],
        }


@dataclass(frozen=True)
class _Peer:
    """What a VPC's rules let in of a peer."""

    peering: Peering
    blocks: tuple[Addresses, ...]
    missing: Missing | None
    """Why the peer may have more blocks."""


@dataclass(frozen=True)
class _Surroundings:
    """The peers of a VPC."""

    peers: tuple[_Peer, ...]
    all_of_them: Addresses
    referable: Addresses
    """The addresses whose security groups a rule can name: the VPC's own, and those of peers in the same Region."""


def peer_rules(network: Network, group: SecurityGroup, vpc: Vpc) -> Listing[PeerRule]:
    """The rules of a group of a VPC that let whole blocks of its peers in."""
    around = _surroundings(network, vpc)
    if not around.peers:
        return Listing(())
    if group.record.ip_permissions is None:
        return Listing((), rules_absent(group))
    found: dict[str, PeerRule] = {}
    causes: list[Missing | None] = []
    for permission in group.record.ip_permissions:
        for source, blocks, hidden in _sources(network, group, permission):
            addresses = Addresses.of(*blocks)
            letting: list[Peering] = []
            for peer in around.peers if hidden or addresses & around.all_of_them else ():
                if any(block <= addresses for block in peer.blocks):
                    letting.append(peer.peering)
                else:
                    causes += [hidden, peer.missing]
            if letting:
                rule = PeerRule(
                    protocol=permission.ip_protocol or ALL_PROTOCOLS,
                    first=permission.from_port,
                    last=permission.to_port,
                    source=source,
                    blocks=blocks,
                    hidden=hidden,
                    peerings=tuple(letting),
                    surplus=addresses - around.referable,
                )
                found[rule.key] = rule
    return Listing(tuple(found[key] for key in sorted(found)), Missing.union(causes))


@remembered
def _surroundings(network: Network, vpc: Vpc) -> _Surroundings:
    far = [(peering, peering.beyond(vpc.id)) for peering in network.peerings_of(vpc.id)]
    peers = tuple(
        _Peer(peering, tuple(Addresses.of(block) for block in side.blocks), side.addresses_missing)
        for peering, side in far
    )
    same_region = [side.addresses for peering, side in far if not peering.inter_region]
    return _Surroundings(
        peers,
        all_of_them=Addresses.union(side.addresses for _, side in far),
        referable=Addresses.union([vpc.addresses, *same_region]),
    )


def _sources(
    network: Network, group: SecurityGroup, permission: IpPermission
) -> Iterator[tuple[str, tuple[str, ...], Missing | None]]:
    """The blocks and prefix lists of a rule, each with what it stands for and why it may stand for more."""
    blocks = [block.cidr_ip for block in permission.ip_ranges or ()]
    blocks += [block.cidr_ipv6 for block in permission.ipv6_ranges or ()]
    for block in blocks:
        if block:
            yield canonical_cidr(block), (block,), None
    for listed in permission.prefix_list_ids or ():
        if listed.prefix_list_id:
            yield listed.prefix_list_id, *network.prefix_list(listed.prefix_list_id, group.seen_from)
