"""How the subnets of a VPC reach an AWS service today, and the setting that decides it.

The name of the service comes first: where it leads to an interface endpoint, that is the way, if there is a route to it
and one back. Where it leads to public addresses, a route to a gateway endpoint takes them, or else the default route
does. Neither security groups nor network ACLs are asked, nor what a transit gateway's own route tables say.
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.endpoints import interface_endpoints_within_reach, is_customer_service, vpc_of, ways_in
from auditor.network.entities import Endpoint, Subnet, SubnetClass, Vpc, canonical_service
from auditor.network.missing import Kind, Missing
from auditor.network.names import Resolution, addresses_of, names_of, own_names, resolve, zones_unread
from auditor.network.network import Network, default_routes
from auditor.network.remembered import remembered
from auditor.network.routes import Route, RouteTable, TargetKind

READS: tuple[type[model.Record], ...] = (
    model.Vpc,
    model.VpcAttribute,
    model.Subnet,
    model.NetworkInterface,
    model.RouteTable,
    model.ManagedPrefixListEntries,
    model.PrefixList,
    model.NatGateway,
    model.VpnGateway,
    model.VpcEndpoint,
    model.ServiceDetail,
    model.VpcPeeringConnection,
    model.TransitGatewayVpcAttachment,
)
"""The records that the ways rest on."""

READS_OF_NAMES: tuple[type[model.Record], ...] = (
    model.HostedZone,
    model.HostedZonesByVpc,
    model.ResourceRecordSets,
    model.ProfileAssociation,
    model.ProfileResourceAssociations,
)
"""The records that say whether something stands in for private DNS; without them some ways are unknown."""


class Way(enum.StrEnum):
    """How a service is reached."""

    GATEWAY_ENDPOINT = "gateway-endpoint"
    INTERFACE_ENDPOINT = "interface-endpoint"
    PEERED_INTERFACE_ENDPOINT = "peered-interface-endpoint"
    """In a VPC at the other end of a peering connection."""
    CENTRAL_INTERFACE_ENDPOINT = "central-interface-endpoint"
    """In a VPC on the same transit gateway or core network."""
    NAT = "nat"
    INTERNET_GATEWAY = "internet-gateway"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def private(self) -> bool:
        """Whether it leads through a VPC endpoint."""
        return self.value.endswith("endpoint")


@dataclass(frozen=True)
class ServiceWay:
    """A way to a service, and the subnets that take it."""

    vpc: Vpc
    service_name: str
    """The whole name."""
    subnet_class: SubnetClass | None
    """That of all its subnets; None where it is not known, or where no subnet takes the way."""
    subnets: tuple[Subnet, ...]
    way: Way
    name: str
    """The name that is called; empty where the service has none that is known."""
    endpoint_id: str
    endpoint: Endpoint | None
    """None where there is none, or where it was not seen."""
    decided_by: str
    """The settings that decide it, as reports print them."""
    missing: Missing | None
    """Why it is unknown."""


@dataclass(frozen=True)
class _Found:
    """The way of one subnet."""

    way: Way
    decided_by: str
    endpoint_id: str = ""
    missing: Missing | None = None


def services_of(network: Network, vpc: Vpc, wanted: frozenset[str]) -> tuple[str, ...]:
    """The whole names of the services that a VPC is offered, or has an endpoint for, among those that are wanted.

    ``wanted`` holds names without a Region, such as ``s3``.
    """
    offered = {name for name in _offered(network, vpc.home.region) if canonical_service(name) in wanted}
    offered |= {each.service_name for each in network.endpoints_of(vpc) if each.stands and each.service in wanted}
    return tuple(sorted(offered))


@remembered
def _offered(network: Network, region: str) -> frozenset[str]:
    return frozenset(
        service.service_name for at, service in network.coverage.everywhere(model.ServiceDetail) if at.region == region
    )


def usual_services(network: Network) -> frozenset[str]:
    """The AWS services that any VPC has an endpoint for, and those that have gateway endpoints, without a Region."""
    used = {each.service for each in network.endpoints.values() if each.stands and not is_customer_service(each)}
    capable = {name for at in network.coverage.targets for name in network.gateway_capable(at)}
    return frozenset(used - {""}) | {canonical_service(name) for name in capable}


def ways_of(network: Network, vpc: Vpc, service_name: str) -> tuple[ServiceWay, ...]:
    """Each way by which subnets of a VPC reach a service, by the class of the subnets.

    After them come subnets that were not seen, and the endpoints of the VPC to which the service's own name leads none.
    """
    led = led_to(network, vpc, service_name)
    name = led.name if isinstance(led, Resolution) else ""
    subnets = network.subnets_of(vpc)
    grouped: dict[tuple[SubnetClass | None, Way, str], list[tuple[Subnet, _Found]]] = {}
    for subnet in subnets:
        kind, found = network.class_of(subnet), _way(network, subnet, service_name, led)
        key = (None if isinstance(kind, Missing) else kind, found.way, found.endpoint_id)
        grouped.setdefault(key, []).append((subnet, found))
    ways = [
        ServiceWay(
            vpc=vpc,
            service_name=service_name,
            subnet_class=subnet_class,
            subnets=tuple(subnet for subnet, _ in members),
            way=way,
            name=name,
            endpoint_id=endpoint_id,
            endpoint=network.endpoints.get(endpoint_id),
            decided_by="; ".join(dict.fromkeys(found.decided_by for _, found in members)),
            missing=Missing.union(found.missing for _, found in members),
        )
        for (subnet_class, way, endpoint_id), members in sorted(grouped.items(), key=lambda each: _order(*each[0]))
    ]
    if subnets.missing:
        ways.append(
            ServiceWay(
                vpc, service_name, None, (), Way.UNKNOWN, name, "", None, "subnets were not seen", subnets.missing
            )
        )
    taken = {way.endpoint_id for way in ways}
    ways += _beside(network, vpc, service_name, taken)
    return tuple(ways)


def _order(subnet_class: SubnetClass | None, way: Way, endpoint_id: str) -> tuple[int, int, str]:
    classes = list(SubnetClass)
    return (classes.index(subnet_class) if subnet_class else len(classes), list(Way).index(way), endpoint_id)


def served(network: Network, vpc: Vpc, service_name: str, subnets: Iterable[Subnet] | None = None) -> bool | Missing:
    """Whether subnets of a VPC, by default all, reach a service through a VPC endpoint, wherever that stands.

    False where one is known not to. A VPC without subnets is served.
    """
    chosen = None if subnets is None else {subnet.id for subnet in subnets}
    causes: list[Missing | None] = []
    for way in ways_of(network, vpc, service_name):
        if chosen is not None and chosen.isdisjoint(subnet.id for subnet in way.subnets):
            continue
        if way.way is Way.UNKNOWN:
            causes.append(way.missing)
        elif way.subnets and not way.way.private:
            return False
    return Missing.union(causes) or True


# --- Where the name leads ---------------------------------------------------------------------------------------------


def led_to(network: Network, vpc: Vpc, service_name: str) -> Resolution | Missing | None:
    """Where the names of a service lead: to an endpoint where one of them does. None where it has no name."""
    names = names_of(network, vpc, service_name)
    if isinstance(names, Missing):
        return names
    answers = [resolve(network, vpc, name, service_name) for name in names]
    known = [answer for answer in answers if isinstance(answer, Resolution)]
    unseen = Missing.union(answer for answer in answers if isinstance(answer, Missing))
    for answer in known:
        if answer.stands_in:
            return answer
    unread = zones_unread(network, vpc)
    if unseen and not (unread and unseen.causes <= unread.causes and _alone(network, vpc, service_name)):
        return unseen
    return next((answer for answer in known if answer.lost), known[0] if known else None)


def _alone(network: Network, vpc: Vpc, service_name: str) -> bool:
    """Whether there is no endpoint for the service in any network that the VPC is connected with.

    Whatever hosted zones it has, they then lead to none, and it would make no sense that one holds the name.
    """
    ways = ways_in(network, vpc)
    if not ways.whole or not all(way.startswith("pcx-") for way in ways):
        return False
    near = interface_endpoints_within_reach(network, vpc, canonical_service(service_name))
    return near.whole and not near


# --- The way of one subnet --------------------------------------------------------------------------------------------


def _way(network: Network, subnet: Subnet, service_name: str, led: Resolution | Missing | None) -> _Found:
    table = network.table_of(subnet)
    if isinstance(led, Missing):
        return _Found(Way.UNKNOWN, "where the name leads was not seen", missing=led)
    if led and led.endpoint:
        return _to_endpoint(network, subnet, table, led)
    if led and led.elsewhere:
        unseen = _not_followed(subnet, led.elsewhere)
        return _Found(Way.UNKNOWN, f"{led.setting} leads to {led.elsewhere}", missing=unseen)
    if led and led.lost:
        return _Found(Way.NONE, led.setting)
    if isinstance(table, Missing):
        return _Found(Way.UNKNOWN, "the route table was not seen", missing=table)
    return _by_routes(network, subnet, table, service_name)


def _to_endpoint(network: Network, subnet: Subnet, table: RouteTable | Missing, led: Resolution) -> _Found:
    endpoint = network.endpoints.get(led.endpoint)
    if endpoint is None:
        there = f"{led.setting} leads to {led.endpoint}, which was not seen"
        return _Found(Way.UNKNOWN, there, led.endpoint, _not_followed(subnet, led.endpoint))
    if endpoint.vpc_id == subnet.vpc_id:
        return _Found(Way.INTERFACE_ENDPOINT, led.setting, endpoint.id)
    there = f"{led.setting} leads to {endpoint.id} in {endpoint.vpc_id}"
    far = vpc_of(network, endpoint)
    unseen = Missing.union(each for each in (table, far) if isinstance(each, Missing))
    if isinstance(table, Missing) or isinstance(far, Missing):
        return _Found(Way.UNKNOWN, there, endpoint.id, unseen)
    carrier = _carrier(network, subnet, table, endpoint, far)
    if isinstance(carrier, Missing):
        return _Found(Way.UNKNOWN, there, endpoint.id, carrier)
    if carrier is None:
        return _Found(Way.NONE, f"{there}, to which {table.id} has no route")
    return _over(network, subnet, endpoint, carrier, there)


def _carrier(
    network: Network, subnet: Subnet, table: RouteTable, endpoint: Endpoint, far: Vpc
) -> Route | Missing | None:
    """The route by which a subnet reaches an endpoint in another VPC; None where it has none that gets there."""
    between = {
        peering.id for peering in network.peerings_of(subnet.vpc_id) if peering.beyond(subnet.vpc_id).vpc_id == far.id
    }
    lookup = table.lookup(_addresses(network, endpoint, far))
    doubts = [lookup.missing]
    for route, _ in lookup.routed:
        if route.active and route.kind is TargetKind.PEERING and route.target in between:
            return route
        if route.active and route.kind in (TargetKind.TRANSIT_GATEWAY, TargetKind.CORE_NETWORK):
            if far.id in network.transit_members(route.target):
                return route
            # The gateway's attachments may be another account's to show, or lead to another gateway.
            doubts.append(_not_followed(subnet, route.target))
        elif route.active and route.kind in _ELSEWHERE:
            doubts.append(_not_followed(subnet, route.target))
    return Missing.union(doubts)


_ELSEWHERE = (TargetKind.NETWORK_INTERFACE, TargetKind.VPC_ENDPOINT, TargetKind.VPN_GATEWAY, TargetKind.OTHER)
"""Targets that may pass traffic on to another VPC: appliances, and networks outside AWS."""


def _addresses(network: Network, endpoint: Endpoint, far: Vpc) -> Addresses:
    """The addresses of an endpoint or, where its interfaces were not seen, of its subnets or its VPC."""
    subnets = [network.subnets[each] for each in endpoint.record.subnet_ids or () if each in network.subnets]
    own = addresses_of(network, endpoint) & far.addresses
    return own or Addresses.union(each.addresses for each in subnets) or far.addresses


def _over(network: Network, subnet: Subnet, endpoint: Endpoint, carrier: Route, there: str) -> _Found:
    """The way over a connection, if the answers come back over it."""
    there = f"{there}, by {_shown(carrier)}"
    back = _answered(network, subnet, endpoint, carrier.target)
    if isinstance(back, Missing):
        return _Found(Way.UNKNOWN, there, endpoint.id, back)
    if not back:
        return _Found(Way.NONE, f"{there}, over which there is no route back")
    peered = carrier.kind is TargetKind.PEERING
    return _Found(Way.PEERED_INTERFACE_ENDPOINT if peered else Way.CENTRAL_INTERFACE_ENDPOINT, there, endpoint.id)


def _answered(network: Network, subnet: Subnet, endpoint: Endpoint, target: str) -> bool | Missing:
    """Whether a subnet of an endpoint leads back to its client over a connection."""
    subnets = [network.subnets[each] for each in endpoint.record.subnet_ids or () if each in network.subnets]
    if not subnets:
        return network.subnets_of(network.vpcs[endpoint.vpc_id]).missing or _not_followed(subnet, endpoint.id)
    causes: list[Missing | None] = []
    for each in subnets:
        table = network.table_of(each)
        if isinstance(table, Missing):
            causes.append(table)
            continue
        lookup = table.lookup(subnet.addresses, toward=target)
        if lookup.via(target):
            return True
        causes.append(lookup.missing)
    return Missing.union(causes) or False


def _by_routes(network: Network, subnet: Subnet, table: RouteTable, service_name: str) -> _Found:
    """Where a subnet's routes send what is for a service's public addresses."""
    listed = network.gateway_services(table.region)
    for route in table.routes:
        endpoint = network.endpoints.get(route.target)
        if endpoint is not None:
            to_service = endpoint.type == "Gateway" and endpoint.service_name == service_name
        else:
            to_service = route.kind is TargetKind.VPC_ENDPOINT and listed.get(route.destination) == service_name
        if route.active and to_service:
            return _Found(Way.GATEWAY_ENDPOINT, _shown(route), route.target)
    kind = network.class_of(subnet)
    defaults = "; ".join(_shown(route) for route in default_routes(table))
    if isinstance(kind, Missing):
        return _Found(Way.UNKNOWN, defaults or f"the default route of {table.id}", missing=kind)
    if kind is SubnetClass.ISOLATED:
        return _Found(Way.NONE, f"{table.id} has no default route that works")
    if all(route.kind is TargetKind.PEERING for route in default_routes(table)):
        return _Found(Way.NONE, f"{defaults}, over which no VPC passes traffic on")
    if kind not in _WAYS:
        targets = ", ".join(dict.fromkeys(route.target for route in default_routes(table)))
        return _Found(Way.UNKNOWN, f"{defaults}, behind which nothing was seen", missing=_not_followed(subnet, targets))
    return _Found(_WAYS[kind], defaults)


_WAYS = {SubnetClass.PUBLIC: Way.INTERNET_GATEWAY, SubnetClass.NAT: Way.NAT}


def _not_followed(subnet: Subnet, target: str) -> Missing:
    """Why the way ends at a target: what is behind it was not audited."""
    return Missing.of(Kind.NOT_AUDITED, region=subnet.home.region, resource=target)


def _shown(route: Route) -> str:
    return f"route {route.destination} to {route.target} of {route.route_table_id}"


# --- Endpoints beside the service's own name --------------------------------------------------------------------------


def _beside(network: Network, vpc: Vpc, service_name: str, taken: Iterable[str]) -> Iterator[ServiceWay]:
    """The endpoints of a VPC for a service that no subnet takes: an interface endpoint has names of its own still."""
    for endpoint in network.endpoints_of(vpc):
        if endpoint.service_name != service_name or not endpoint.stands or endpoint.id in taken:
            continue
        if endpoint.type == "Interface":
            way, names = Way.INTERFACE_ENDPOINT, own_names(endpoint)
            decided_by = f"its own name alone: {_why_not(network, vpc, endpoint)}"
        elif endpoint.type == "Gateway":
            way, names = Way.GATEWAY_ENDPOINT, ()
            decided_by = "no subnet sends to it what is for the service"
        else:
            continue
        yield ServiceWay(
            vpc, service_name, None, (), way, next(iter(names), ""), endpoint.id, endpoint, decided_by, None
        )


def _why_not(network: Network, vpc: Vpc, endpoint: Endpoint) -> str:
    """Why a service's own name does not lead to an interface endpoint."""
    if endpoint.state != "available":
        return f"it is {endpoint.state}"
    if endpoint.record.private_dns_enabled is None:
        return "whether private DNS is on was not seen"
    if not endpoint.record.private_dns_enabled:
        return "private DNS is off"
    if not endpoint.captures_vpc_traffic:
        return "private DNS is for Resolver inbound endpoints alone"
    support, hostnames, _ = network.dns_attributes(vpc)
    off = [name for name, on in (("enableDnsSupport", support), ("enableDnsHostnames", hostnames)) if on is False]
    return f"{off[0]} of {vpc.id} is off" if off else "private DNS is not known to hold"
