"""The words of ``tests.world``: VPCs, subnets and tables as a test holds them, routes, rules, ids and blocks."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from auditor.snapshot import Target

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


# --- What a test holds in its hands -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vpc:
    id: str
    account: str
    region: str
    blocks: tuple[str, ...]
    """IPv4 and IPv6, the primary first."""
    audited: bool

    @property
    def home(self) -> Target:
        return Target(self.account, self.region)

    @property
    def ipv4(self) -> list[str]:
        return [block for block in self.blocks if family(block) == 4]

    @property
    def ipv6(self) -> list[str]:
        return [block for block in self.blocks if family(block) == 6]


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc: Vpc
    blocks: tuple[str, ...]
    az: str

    def block(self, version: Literal[4, 6]) -> Network | None:
        return next((ipaddress.ip_network(block) for block in self.blocks if family(block) == version), None)


@dataclass(frozen=True)
class RouteTable:
    id: str
    vpc: Vpc


@dataclass(frozen=True)
class Via:
    """A route's target, where the route is not plainly active and static. ``state`` None follows from the target."""

    target: str
    state: str | None = None
    origin: str = "CreateRoute"


def blackhole(target: str) -> Via:
    """A route whose target is gone; it need not be in the world."""
    return Via(target, state="blackhole")


def propagated(gateway: str) -> Via:
    """A route that a virtual private gateway propagates."""
    return Via(gateway, origin="EnableVgwRoutePropagation")


def advertised(target: str, state: str | None = None) -> Via:
    """A route that a VPC Route Server advertises."""
    return Via(target, state, origin="Advertisement")


Routes = Mapping[str, str | Via] | Iterable[tuple[str, str | Via]]


@dataclass(frozen=True)
class Reference:
    """A security group that a rule names. Made by ``reference``."""

    group: str
    vpc: Vpc | None
    peering: str | None
    status: str | None
    deleted: bool


def reference(
    group: str, vpc: Vpc | None = None, peering: str | None = None, *, status: str | None = None, deleted: bool = False
) -> Reference:
    """A group behind a peering connection, or, with ``deleted``, one that is gone.

    ``status`` is the connection's own unless it is given; with it, the connection need not be in the world. The rule is
    stale where the group or the connection is deleted.
    """
    if (vpc is None) != (peering is None):
        raise ValueError(f"{group}: give the VPC and the peering connection of a reference, or neither")
    return Reference(identifier(group, "sg-"), vpc, peering, status, deleted)


@dataclass(frozen=True)
class Permission:
    """A rule of a security group. Made by ``allow``."""

    protocol: str
    first: int | None
    last: int | None
    sources: tuple[str | Reference, ...]


def allow(protocol: str, ports: int | tuple[int, int] | None, *sources: str | Reference) -> Permission:
    """A rule that lets blocks, groups (``sg-``) and prefix lists (``pl-``) through.

    ``protocol`` is tcp, udp, icmp, icmpv6, a number, or ``all``, which has no ports; no ports are all of them. Of ICMP
    they are the type and the code.
    """
    if protocol not in ("tcp", "udp", "icmp", "icmpv6", "all") and not protocol.isdigit():
        raise ValueError(f'no such protocol as "{protocol}": give tcp, udp, icmp, icmpv6, all or a number')
    if not sources:
        raise ValueError(f"{protocol} {ports}: a rule needs a source")
    for source in sources:
        if isinstance(source, str) and not source.startswith(("sg-", "pl-")):
            read_block(source)
    if protocol == "all" or protocol.isdigit():
        if ports is not None:
            raise ValueError(f"{protocol}: AWS keeps ports only for TCP, UDP and ICMP")
        return Permission("-1" if protocol == "all" else protocol, None, None, sources)
    if ports is None:
        ports = (-1, -1) if protocol.startswith("icmp") else (0, 65535)
    first, last = (ports, ports) if isinstance(ports, int) else ports
    return Permission(protocol, first, last, sources)


@dataclass(frozen=True)
class AclRule:
    """A rule of a network ACL. Made by ``acl_rule``."""

    egress: bool
    number: int
    action: str
    protocol: str
    ports: tuple[int, int] | None
    block: str


ACL_PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17"}


def acl_rule(
    direction: Literal["ingress", "egress"],
    number: int,
    action: Literal["allow", "deny"],
    block: str,
    *,
    protocol: str = "all",
    ports: int | tuple[int, int] | None = None,
) -> AclRule:
    """A rule of a network ACL. ``protocol`` is tcp, udp, icmp (of all types) or ``all``; no ports are all of them."""
    if protocol not in ACL_PROTOCOLS:
        raise ValueError(f'no such protocol as "{protocol}": give {", ".join(ACL_PROTOCOLS)}')
    if ports is not None and protocol not in ("tcp", "udp"):
        raise ValueError(f"{protocol}: only TCP and UDP have ports")
    if not 1 <= number <= 32766:
        raise ValueError(f"{number}: AWS numbers rules from 1 to 32766")
    read_block(block)
    first_and_last = (ports, ports) if isinstance(ports, int) else ports
    return AclRule(direction == "egress", number, action, protocol, first_and_last, block)


# --- Reading and writing ids, blocks and items ------------------------------------------------------------------------


def identifier(new: str, prefix: str) -> str:
    if not new.startswith(prefix) or new == prefix:
        raise ValueError(f'"{new}" should begin with "{prefix}" and go on')
    return new


def suffix(identifier: str) -> str:
    return identifier.split("-", 1)[1]


def read_block(block: str) -> Network:
    """A block; ValueError where AWS would spell it otherwise, such as one with host bits."""
    network = ipaddress.ip_network(block)
    if str(network) != block:
        raise ValueError(f'AWS spells "{block}" as "{network}"')
    return network


def family(block: str) -> int:
    return ipaddress.ip_network(block).version


def within(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.overlaps(outer) and inner.prefixlen >= outer.prefixlen


_TARGETS = {
    "pcx-": "VpcPeeringConnectionId",
    "igw-": "GatewayId",
    "vgw-": "GatewayId",
    "vpce-": "GatewayId",
    "nat-": "NatGatewayId",
    "tgw-": "TransitGatewayId",
    "eigw-": "EgressOnlyInternetGatewayId",
    "cagw-": "CarrierGatewayId",
    "lgw-": "LocalGatewayId",
    "eni-": "NetworkInterfaceId",
    "i-": "InstanceId",
}
"""The member of a route that holds its target, by how the target's id begins."""


def target_member(target: str) -> str:
    """The member of a route that holds a target; ValueError for one of no kind."""
    if target == "local":
        return "GatewayId"
    if target.startswith("arn:") and ":core-network/" in target:
        return "CoreNetworkArn"
    if target.startswith("arn:") and ":odb-network/" in target:
        return "OdbNetworkArn"
    for prefix, member in _TARGETS.items():
        if target.startswith(prefix) and target != prefix:
            return member
    raise ValueError(f'"{target}" is no target of a route: it begins with none of {", ".join(_TARGETS)}')


def zone_id(zone: str) -> str:
    """The id of a zone: ``euw1-az1`` for ``eu-west-1a``. Which zone it is differs from account to account in AWS."""
    area, *government, direction, number = zone[:-1].split("-")
    shortened = direction.replace("north", "n").replace("south", "s").replace("central", "c")
    shortened = shortened.replace("east", "e").replace("west", "w")
    return f"{area}{'g' if government else ''}{shortened}{number}-az{ord(zone[-1]) - ord('a') + 1}"
