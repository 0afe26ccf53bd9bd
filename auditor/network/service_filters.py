"""What the filters around the clients of a gateway endpoint let through to its service.

A gateway endpoint leads to the service's public addresses, so security groups and network ACLs have to let those
through. A security group can name the service's prefix list; a network ACL has to list its entries, which change.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, PRIVATE, Addresses, block_range
from auditor.network.coverage import Listing
from auditor.network.endpoints import calling_interfaces, interface_addresses_within_reach, taking_the_traffic
from auditor.network.entities import Subnet, Vpc, canonical_service
from auditor.network.gateway_routes import GatewayRoutes, gateway_routes_of
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network, interface_addresses
from auditor.network.network_acls import EPHEMERAL_PORTS, IMPLICIT, acl_of, decide
from auditor.network.routes import Route
from auditor.network.security_groups import lists_allowed, passage
from auditor.network.traffic import HTTPS, TCP, Direction
from auditor.snapshot import Target

_EVERYTHING = {4: ALL_IPV4, 6: ALL_IPV6}


@dataclass(frozen=True)
class Closed:
    """What a filter keeps from its clients of a service that they are led to."""

    entries: tuple[str, ...]
    """The entries of the service's prefix lists that they may ask for; none where these were not read."""
    denied: Addresses
    """The addresses that do not pass: all there are where no entry was read."""
    wholly: bool
    """Whether no address passes."""

    @property
    def short(self) -> tuple[str, ...]:
        """The entries that do not pass from the first address to the last."""
        return tuple(entry for entry in self.entries if Addresses.of(entry) & self.denied)

    @property
    def counted(self) -> str:
        """How many of the entries these are, as messages print it."""
        return f"which leaves out {len(self.short)} of the {len(self.entries)} entries"


@dataclass(frozen=True)
class ServiceFilter:
    """A filter between clients and a service that a gateway endpoint leads them to."""

    service_name: str
    endpoints: tuple[str, ...]
    lists: tuple[str, ...]
    """The service's prefix lists by which the clients are led."""
    subnets: tuple[str, ...]
    closed: Closed | Missing | None
    """What it keeps from them; None where nothing, or where there is another way."""


@dataclass(frozen=True)
class GroupFilter(ServiceFilter):
    """The security groups of some interfaces, which count as one set of rules."""

    groups: tuple[str, ...]
    interfaces: tuple[str, ...]

    @property
    def key(self) -> str:
        """The set's place in a finding's id."""
        return f"{canonical_service(self.service_name)}|{','.join(self.groups)}"


@dataclass(frozen=True)
class AclFilter(ServiceFilter):
    """The network ACL of some subnets."""

    acl: model.NetworkAcl
    requests: Addresses
    """The addresses that no request goes out to."""
    answers: Addresses
    """The addresses that no answer comes in from."""
    rules: tuple[tuple[Direction, int], ...]
    """The rules that deny, by direction and number: from 32767 on they are implicit."""

    @property
    def key(self) -> str:
        """The network ACL's place in a finding's id."""
        return f"{canonical_service(self.service_name)}|{self.acl.network_acl_id}"


@dataclass(frozen=True)
class _Let:
    """What a filter answers: which of the addresses asked for it lets through."""

    allowed: Addresses
    unseen: Addresses = NOTHING
    """What it may let through beside."""
    missing: Missing | None = None


@dataclass(frozen=True)
class _Filter:
    """What stands between clients and a service."""

    ask: Callable[[Addresses], _Let]
    named: frozenset[str] = frozenset()
    """The prefix lists that it lets through whatever their entries."""


@dataclass(frozen=True)
class _Led:
    """How a client is led to a service: by which routes, and in which IP versions it can follow them."""

    routes: tuple[Route, ...]
    versions: tuple[int, ...]


# --- Security groups --------------------------------------------------------------------------------------------------


def group_filters(network: Network, vpc: Vpc) -> Listing[GroupFilter]:
    """The sets of security groups between a VPC's clients and each service, asked at HTTPS.

    A client is an interface that can open a connection and is not AWS's to look after, in a subnet that sends to a
    gateway endpoint of the service. ``missing`` says why there may be more.
    """
    found: list[GroupFilter] = []
    routes = gateway_routes_of(network, vpc)
    causes = [routes.missing]
    for service_name, tables in _by_service(network, vpc, routes):
        carriers: dict[tuple[str, ...], list[tuple[GatewayRoutes, Subnet, model.NetworkInterface]]] = {}
        for table in tables:
            for subnet in table.subnets:
                calling = _clients(network, subnet)
                causes.append(calling.missing)
                for interface in calling:
                    if interface.groups is None:
                        causes.append(_groups_absent(subnet, interface))
                    elif names := {group.group_id for group in interface.groups if group.group_id}:
                        carriers.setdefault(tuple(sorted(names)), []).append((table, subnet, interface))
        for groups, carrying in sorted(carriers.items()):
            found.append(_of_groups(network, vpc, service_name, groups, carrying))
    return Listing(tuple(found), Missing.union(causes))


def _of_groups(
    network: Network,
    vpc: Vpc,
    service_name: str,
    groups: tuple[str, ...],
    carrying: Sequence[tuple[GatewayRoutes, Subnet, model.NetworkInterface]],
) -> GroupFilter:
    owner = Target(carrying[0][2].owner_id or vpc.owner, vpc.home.region)
    led = {
        _Led(table.routes, interface_addresses(interface).families or subnet.addresses.families)
        for table, subnet, interface in carrying
    }

    def ask(addresses: Addresses) -> _Let:
        found = passage(network, groups, owner, direction=Direction.EGRESS, port=HTTPS, asked=addresses)
        # AWS keeps a group that an interface carries, so one that its owner's list lacks was only not shown.
        unlisted = [group for group in groups if group not in network.security_groups]
        if not unlisted:
            return _Let(found.allowed, found.unseen, found.missing)
        hidden = network.coverage.missing(model.SecurityGroup, owner) or Missing.of(
            Kind.ABSENT_FIELD,
            account=owner.account,
            region=owner.region,
            action="ec2:DescribeSecurityGroups",
            resource=unlisted[0],
        )
        return _Let(found.allowed, addresses - found.allowed, hidden | found.missing)

    named = lists_allowed(network, groups, direction=Direction.EGRESS, port=HTTPS)
    return GroupFilter(
        service_name=service_name,
        endpoints=_ids(table.endpoint.id for table, *_ in carrying),
        lists=_ids(route.destination for table, *_ in carrying for route in table.routes),
        subnets=_ids(subnet.id for _, subnet, _ in carrying),
        closed=_closed(network, vpc, service_name, led, _Filter(ask, named)),
        groups=groups,
        interfaces=_ids(interface.network_interface_id for *_, interface in carrying),
    )


def _clients(network: Network, subnet: Subnet) -> Listing[model.NetworkInterface]:
    """The interfaces in a subnet that can open a connection, but those that AWS made for one of its services: what
    these call, and by which way, is the service's own."""
    calling = calling_interfaces(network, subnet)
    return Listing(tuple(each for each in calling if not each.requester_managed), calling.missing)


def _groups_absent(subnet: Subnet, interface: model.NetworkInterface) -> Missing:
    return Missing.of(
        Kind.ABSENT_FIELD,
        account=interface.owner_id or subnet.owner,
        region=subnet.home.region,
        action="ec2:DescribeNetworkInterfaces",
        resource=interface.network_interface_id,
    )


# --- Network ACLs -----------------------------------------------------------------------------------------------------


def acl_filters(network: Network, vpc: Vpc, *, every_subnet: bool) -> Listing[AclFilter]:
    """The network ACLs between a VPC's subnets and each service, asked for requests at HTTPS and for their answers.

    They are asked for the subnets with clients that send to a gateway endpoint of the service, or for all that do.
    An address passes where at least one port that answers can come to is open. ``missing`` says why there may be more.
    """
    found: list[AclFilter] = []
    routes = gateway_routes_of(network, vpc)
    causes = [routes.missing]
    for service_name, tables in _by_service(network, vpc, routes):
        behind: dict[str, tuple[model.NetworkAcl, list[tuple[GatewayRoutes, Subnet]]]] = {}
        for table in tables:
            for subnet in table.subnets:
                calling = Listing((subnet,)) if every_subnet else _clients(network, subnet)
                if not calling:
                    causes.append(calling.missing)
                    continue
                acl = acl_of(network, subnet)
                if isinstance(acl, Missing):
                    causes.append(acl)
                else:
                    behind.setdefault(acl.network_acl_id, (acl, []))[1].append((table, subnet))
        for _, (acl, led) in sorted(behind.items()):
            found.append(_of_acl(network, vpc, service_name, acl, led))
    return Listing(tuple(found), Missing.union(causes))


def _of_acl(
    network: Network,
    vpc: Vpc,
    service_name: str,
    acl: model.NetworkAcl,
    behind: Sequence[tuple[GatewayRoutes, Subnet]],
) -> AclFilter:
    led = {_Led(table.routes, subnet.addresses.families) for table, subnet in behind}
    entries = acl.entries or ()

    def ask(addresses: Addresses) -> _Let:
        requests = decide(entries, Direction.EGRESS, TCP, (HTTPS.number, HTTPS.number), addresses)
        answers = decide(entries, Direction.INGRESS, TCP, EPHEMERAL_PORTS, addresses)
        return _Let(requests.on_some_port & answers.on_some_port)

    closed = _closed(network, vpc, service_name, led, _Filter(ask))
    denied = closed.denied if isinstance(closed, Closed) else NOTHING
    requests = decide(entries, Direction.EGRESS, TCP, (HTTPS.number, HTTPS.number), denied)
    answers = decide(entries, Direction.INGRESS, TCP, EPHEMERAL_PORTS, denied)
    shut = {
        Direction.EGRESS: (requests, denied - requests.on_some_port),
        Direction.INGRESS: (answers, denied - answers.on_some_port),
    }
    return AclFilter(
        service_name=service_name,
        endpoints=_ids(table.endpoint.id for table, _ in behind),
        lists=_ids(route.destination for table, _ in behind for route in table.routes),
        subnets=_ids(subnet.id for _, subnet in behind),
        closed=closed,
        acl=acl,
        requests=shut[Direction.EGRESS][1],
        answers=shut[Direction.INGRESS][1],
        rules=tuple(
            sorted(
                {
                    (direction, (found.entry.rule_number if found.entry else None) or IMPLICIT)
                    for direction, (ruling, addresses) in shut.items()
                    for found in ruling.decisions
                    if not found.allows and found.addresses & addresses
                }
            )
        ),
    )


# --- What both are asked ----------------------------------------------------------------------------------------------


def _by_service(
    network: Network, vpc: Vpc, routes: Iterable[GatewayRoutes]
) -> Iterator[tuple[str, list[GatewayRoutes]]]:
    """The route tables by service, but for services whose name resolves to an interface endpoint."""
    tables: dict[str, list[GatewayRoutes]] = {}
    for each in routes:
        tables.setdefault(each.endpoint.service, []).append(each)
    for _, of_service in sorted(tables.items()):
        name = of_service[0].endpoint.service_name
        if not taking_the_traffic(network, vpc, name):
            yield name, of_service


def _closed(
    network: Network, vpc: Vpc, service_name: str, led: Iterable[_Led], between: _Filter
) -> Closed | Missing | None:
    """What a filter keeps from some clients; None where all passes, or there is another way."""
    answers = [_of_one(each, between) for each in led]
    shut = [answer for answer in answers if isinstance(answer, Closed)]
    unseen = Missing.union(answer for answer in answers if isinstance(answer, Missing))
    otherwise = _another_way(network, vpc, service_name, between) if shut else False
    if isinstance(otherwise, Missing):
        return otherwise | unseen
    if otherwise or not shut:
        return None if otherwise else unseen
    return Closed(
        entries=tuple(sorted({entry for each in shut for entry in each.entries}, key=block_range)),
        denied=Addresses.union(each.denied for each in shut),
        wholly=any(each.wholly for each in shut),
    )


def _of_one(led: _Led, between: _Filter) -> Closed | Missing | None:
    routes = [route for route in led.routes if route.hidden or set(route.addresses.families) & set(led.versions)]
    known = Addresses.union(route.addresses for route in routes)
    mine = Addresses.union(known.family(version) for version in led.versions)
    through = Addresses.union(route.addresses for route in routes if route.destination in between.named)
    unnamed = [route for route in routes if route.destination not in between.named]
    hidden = Missing.union(route.hidden for route in unnamed)
    # Of entries that were not read, only what holds for every address is known.
    asked = Addresses.union(_EVERYTHING[version] for version in led.versions) if hidden else mine - through
    let = between.ask(asked)
    denied = asked - let.allowed - let.unseen
    wholly = not let.allowed and len(unnamed) == len(routes)
    if hidden and (denied != asked or not wholly):
        return None if asked <= let.allowed else hidden | let.missing
    if denied and not (wholly and let.unseen):
        entries = [block for route in routes for block in route.blocks if not hidden and Addresses.of(block) <= mine]
        return Closed(tuple(entries), denied, wholly)
    return let.missing if let.unseen else None


def _another_way(network: Network, vpc: Vpc, service_name: str, between: _Filter) -> bool | Missing:
    """Whether clients may well use an interface endpoint for the service: a filter lets them through to one within
    reach. One of the VPC's own that was not seen may even take all of its traffic."""
    near, missing = interface_addresses_within_reach(network, vpc, canonical_service(service_name))
    let = between.ask(ALL_IPV4 | ALL_IPV6)
    if let.allowed & near:
        return True
    hidden = let.missing if let.unseen & near else None
    out_of_sight = missing if (let.allowed | let.unseen) & PRIVATE else None
    return Missing.union([network.endpoints_of(vpc).missing, hidden, out_of_sight]) or False


def _ids(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(found)))
