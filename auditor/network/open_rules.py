"""The rules of a security group that let everybody in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.model.ec2 import IpPermission
from auditor.network.addresses import Addresses, canonical_cidr
from auditor.network.entities import SecurityGroup
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.security_groups import covers, rules_absent
from auditor.network.traffic import ALL_PROTOCOLS, TCP, UDP, Port, protocol_number, traffic_shown

# Addresses that no client has: RFC 1122, RFC 3927, multicast and reserved. A list may well leave them out.
_NOBODY = Addresses.of("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")

_HALVES = (
    Addresses.of("0.0.0.0/1") - _NOBODY,
    Addresses.of("128.0.0.0/1") - _NOBODY,
    # All global unicast of IPv6.
    Addresses.of("2000::/3"),
)


@dataclass(frozen=True)
class OpenRules:
    """What the rules of a group for some ports let in together, where that is everybody."""

    everybody: bool
    """Whether they let in all addresses of a family that a client can have, or half of them."""
    shown: tuple[str, ...]
    """The rules that let in a part of them, as messages print it; none where it is not everybody."""
    sources: tuple[str, ...]
    """The blocks and prefix lists of these."""
    missing: Missing | None
    """Why they may let in everybody; None where that is known."""


@dataclass(frozen=True)
class _Source:
    permission: IpPermission
    name: str
    addresses: Addresses
    hidden: Missing | None


def open_rules(
    network: Network, group: SecurityGroup, *, ports: Sequence[Port] | None = None, every_port: bool = False
) -> OpenRules:
    """Ask a group's rules for ``ports``, for every port of TCP, or, with neither, for any port of TCP or UDP.

    A rule counts where it is for at least one of the ports. Rules that name groups let in members alone.
    """
    if group.record.ip_permissions is None:
        return OpenRules(False, (), (), rules_absent(group))
    asked = [each for each in group.record.ip_permissions if _concerns(each, ports, every_port=every_port)]
    sources = [source for permission in asked for source in _sources(network, group, permission)]
    together = Addresses.union(source.addresses for source in sources)
    halves = [half for half in _HALVES if half <= together]
    if not halves:
        return OpenRules(False, (), (), Missing.union(source.hidden for source in sources))
    # Where one rule is for everybody by itself, the narrow ones beside it are not to blame.
    guilty = [source for source in sources if any(half <= source.addresses for half in halves)] or [
        source for source in sources if any(half & source.addresses for half in halves)
    ]
    return OpenRules(
        everybody=True,
        shown=tuple(sorted({_shown(source) for source in guilty})),
        sources=tuple(sorted({source.name for source in guilty})),
        missing=None,
    )


def _concerns(permission: IpPermission, ports: Sequence[Port] | None, *, every_port: bool) -> bool:
    if every_port:
        return _is_for_every_port(permission)
    if ports is None:
        return protocol_number(permission.ip_protocol or "") in (ALL_PROTOCOLS, TCP, UDP)
    return any(covers(permission, port) for port in ports)


def _is_for_every_port(permission: IpPermission) -> bool:
    protocol = protocol_number(permission.ip_protocol or "")
    # Port 0 carries no connection, so a rule from 1 on leaves none out.
    whole = permission.from_port in (None, -1, 0, 1) and permission.to_port in (None, -1, 65535)
    return protocol == ALL_PROTOCOLS or (protocol == TCP and whole)


def _sources(network: Network, group: SecurityGroup, permission: IpPermission) -> Iterator[_Source]:
    blocks = [block.cidr_ip for block in permission.ip_ranges or ()]
    blocks += [block.cidr_ipv6 for block in permission.ipv6_ranges or ()]
    for block in blocks:
        if block:
            yield _Source(permission, canonical_cidr(block), Addresses.of(block), None)
    for listed in permission.prefix_list_ids or ():
        if listed.prefix_list_id:
            entries, hidden = network.prefix_list(listed.prefix_list_id, group.seen_from)
            yield _Source(permission, listed.prefix_list_id, Addresses.of(*entries), hidden)


def _shown(source: _Source) -> str:
    permission = source.permission
    traffic = traffic_shown(permission.ip_protocol or ALL_PROTOCOLS, permission.from_port, permission.to_port)
    return f"{traffic} from {source.name}"
