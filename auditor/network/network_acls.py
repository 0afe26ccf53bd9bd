"""What the rules of a network ACL let through.

The rules are read in the order of their numbers, and the first that matches a packet decides. A network ACL knows
nothing of connections: a reply is asked of it like any other packet.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor import model
from auditor.model.ec2 import IcmpTypeCode, NetworkAclEntry
from auditor.network.addresses import NOTHING, Addresses, Range
from auditor.network.entities import Subnet
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.traffic import ALL_PROTOCOLS, ICMP, ICMPV6, TCP, UDP, Direction

ALL_PORTS: Range = (0, 65535)
EPHEMERAL_PORTS: Range = (1024, 65535)
"""Where replies go, whatever the client's operating system."""

IMPLICIT = 32767
"""The number of the rule that denies the rest."""


def number_shown(number: int) -> str:
    """The number of a rule as AWS's console shows it."""
    return "*" if number >= IMPLICIT else str(number)


@dataclass(frozen=True)
class Decision:
    """What one rule does with a stretch of ports."""

    entry: NetworkAclEntry | None
    """None stands for the implicit rule, which denies."""
    ports: Range
    addresses: Addresses
    """Those that no earlier rule has decided."""

    @property
    def allows(self) -> bool:
        """Whether it lets them through."""
        return self.entry is not None and self.entry.rule_action == "allow"


@dataclass(frozen=True)
class Ruling:
    """What a network ACL does with some addresses, on a range of ports of one protocol."""

    asked: Addresses
    decisions: tuple[Decision, ...]
    """Every address on every port once, in the order of the ports, then of the rules."""

    @property
    def on_some_port(self) -> Addresses:
        """The addresses that are let through on at least one of the ports."""
        return Addresses.union(found.addresses for found in self.decisions if found.allows)

    @property
    def on_every_port(self) -> Addresses:
        """The addresses that are let through on all of the ports."""
        return self.asked - Addresses.union(found.addresses for found in self.decisions if not found.allows)


def acl_of(network: Network, subnet: Subnet) -> model.NetworkAcl | Missing:
    """The network ACL of a subnet: each has just one."""
    acl = _acls_by_subnet(network).get(subnet.id)
    if acl is not None and acl.entries is not None:
        return acl
    vpc, at = network.vpcs.get(subnet.vpc_id), subnet.home
    missing = network.missing_of(model.NetworkAcl, vpc) if vpc else network.coverage.missing(model.NetworkAcl, at)
    return missing or Missing.of(
        Kind.ABSENT_FIELD,
        account=at.account,
        region=at.region,
        action="ec2:DescribeNetworkAcls",
        resource=subnet.id,
    )


@remembered
def _acls_by_subnet(network: Network) -> Mapping[str, model.NetworkAcl]:
    return {
        association.subnet_id: acl
        for _, acl in network.coverage.everywhere(model.NetworkAcl)
        for association in acl.associations or ()
        if association.subnet_id
    }


def decide(
    entries: Iterable[NetworkAclEntry], direction: Direction, protocol: str, ports: Range, asked: Addresses
) -> Ruling:
    """What the entries of a network ACL do with packets from (ingress) or to (egress) the addresses asked for.

    ``protocol`` is a number as AWS writes it. Of ICMP, the ports are the types and codes: 256 times the type, plus the
    code. Protocols other than TCP, UDP and ICMP have no ports: any range gives the same answer. ``-1`` asks about a
    protocol that no rule names.
    """
    rules = [
        (entry, entry_ports, addresses)
        for entry in _ordered(entries, direction)
        if (entry_ports := _ports(entry, protocol)) is not None and (addresses := _addresses(entry) & asked)
    ]
    decisions: list[Decision] = []
    for stretch in _stretches(ports, [entry_ports for _, entry_ports, _ in rules]):
        open_addresses = asked
        for entry, entry_ports, addresses in rules:
            if entry_ports[0] <= stretch[0] <= entry_ports[1] and (taken := addresses & open_addresses):
                decisions.append(Decision(entry, stretch, taken))
                open_addresses -= taken
        if open_addresses:
            decisions.append(Decision(None, stretch, open_addresses))
    return Ruling(asked, tuple(decisions))


def something_allowed(entries: Sequence[NetworkAclEntry], direction: Direction, asked: Addresses) -> Addresses:
    """The addresses for which at least one packet of any protocol and port is let through; the rest is denied
    completely."""
    # Only what a rule names can pass; ``-1`` among them asks about the protocols that have no rule of their own.
    protocols = {entry.protocol for entry in entries if entry.protocol is not None}
    return Addresses.union(
        decide(entries, direction, protocol, ALL_PORTS, asked).on_some_port for protocol in sorted(protocols)
    )


def _ordered(entries: Iterable[NetworkAclEntry], direction: Direction) -> list[NetworkAclEntry]:
    return sorted(
        (entry for entry in entries if entry.egress is (direction is Direction.EGRESS)),
        key=lambda entry: IMPLICIT if entry.rule_number is None else entry.rule_number,
    )


def _addresses(entry: NetworkAclEntry) -> Addresses:
    block = entry.cidr_block or entry.ipv6_cidr_block
    return Addresses.of(block) if block else NOTHING


def _ports(entry: NetworkAclEntry, protocol: str) -> Range | None:
    """The ports of a protocol that an entry is about; None where it is about another protocol."""
    if entry.protocol == ALL_PROTOCOLS:
        return ALL_PORTS
    if entry.protocol != protocol:
        return None
    if protocol in (TCP, UDP) and entry.port_range is not None:
        first, last = entry.port_range.first, entry.port_range.last
        return ALL_PORTS[0] if first is None else first, ALL_PORTS[1] if last is None else last
    # AWS ignores types and codes of ICMPv6 on an IPv4 block (CreateNetworkAclEntry, API reference).
    if protocol == ICMP or (protocol == ICMPV6 and entry.cidr_block is None):
        return _icmp_ports(entry.icmp_type_code)
    return ALL_PORTS


def _icmp_ports(of: IcmpTypeCode | None) -> Range:
    if of is None or of.type is None or of.type == -1:
        return ALL_PORTS
    if of.code is None or of.code == -1:
        return of.type * 256, of.type * 256 + 255
    return of.type * 256 + of.code, of.type * 256 + of.code


def _stretches(ports: Range, within: Iterable[Range]) -> Iterator[Range]:
    """Cut ports into the longest stretches that each of the ranges holds whole or not at all."""
    starts = {ports[0]}
    for first, last in within:
        starts |= {start for start in (first, last + 1) if ports[0] < start <= ports[1]}
    ordered = sorted(starts)
    ends = [start - 1 for start in ordered[1:]] + [ports[1]]
    yield from zip(ordered, ends, strict=True)
