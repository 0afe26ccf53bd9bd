"""What VPC endpoints stand among: their clients, and what AWS says of their services."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor import model
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis.on_premises import prefixes_behind
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network, interface_addresses
from auditor.network.remembered import remembered
from auditor.network.routes import TargetKind
from auditor.network.security_groups import Passage, passage
from auditor.network.traffic import ANY_PORT, HTTPS, TCP, Direction, Port

# AWS services that are not reached over HTTPS alone. Any one of the ports is enough for a client.
# Sources: https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html,
# https://docs.aws.amazon.com/keyspaces/latest/devguide/vpc-endpoints.html,
# https://docs.aws.amazon.com/iot/latest/developerguide/protocols.html,
# https://docs.aws.amazon.com/transfer/latest/userguide/create-server-in-vpc.html
_PORTS = {
    "cassandra": (9142,),
    "cassandra-fips": (9142,),
    "email-smtp": (25, 465, 587, 2465, 2587),
    "iot.data": (443, 8883),
    "iot.data-fips": (443, 8883),
    "mail-manager-smtp": (25, 587, 2587),
    "transfer.server": (21, 22, 990, 2222, 2223, 22000),
}

# Aurora DSQL's own name is its management, over HTTPS; its clusters speak PostgreSQL at names with a suffix.
# Source: https://docs.aws.amazon.com/aurora-dsql/latest/userguide/privatelink-managing-clusters.html
_DSQL_CLUSTERS, _DSQL_MANAGEMENT = "dsql-", ("dsql-fips",)
_POSTGRESQL = 5432

_LOAD_BALANCERS = {"load_balancer", "network_load_balancer", "gateway_load_balancer"}


def clients(network: Network, vpc: Vpc, *, every_subnet: bool) -> Listing[Subnet]:
    """The subnets of a VPC that are in use, or all of them; ``missing`` says why more may be."""
    subnets = network.subnets_of(vpc)
    found = clients_among(network, subnets, every_subnet=every_subnet)
    return Listing(found.items, Missing.union([subnets.missing, found.missing]))


def clients_among(network: Network, subnets: Iterable[Subnet], *, every_subnet: bool) -> Listing[Subnet]:
    """Those of some subnets that are in use, or all of them; ``missing`` says why more may be."""
    if every_subnet:
        return Listing(tuple(subnets))
    of_each = [(subnet, network.in_use(subnet)) for subnet in subnets]
    causes = [in_use for _, in_use in of_each if isinstance(in_use, Missing)]
    return Listing(tuple(subnet for subnet, in_use in of_each if in_use is True), Missing.union(causes))


def callers(network: Network, vpc: Vpc, *, every_subnet: bool) -> Listing[Subnet]:
    """The subnets of a VPC with something that can open a connection, or all; ``missing`` says why more may be."""
    subnets = network.subnets_of(vpc)
    if every_subnet:
        return subnets
    of_each = [(subnet, callers_in(network, subnet)) for subnet in subnets]
    causes = [found.missing for _, found in of_each if not found]
    return Listing(tuple(subnet for subnet, found in of_each if found), Missing.union([subnets.missing, *causes]))


def vpc_of(network: Network, endpoint: Endpoint) -> Vpc | Missing:
    """The VPC that an endpoint stands in."""
    vpc = network.vpcs.get(endpoint.vpc_id)
    if vpc is not None:
        return vpc
    return network.coverage.missing(model.Vpc, endpoint.home) or _absent(
        endpoint, "ec2:DescribeVpcs", endpoint.vpc_id or endpoint.id
    )


def ports_missing(endpoint: Endpoint) -> Missing | None:
    """Why the ports of an endpoint's service are not known; None where they are."""
    if ports_of(endpoint):
        return None
    return _absent(endpoint, "ec2:DescribeVpcEndpointServices", endpoint.service_name or endpoint.id)


def absent_member(endpoint: Endpoint) -> Missing:
    """Why a member of the endpoint's own description is not known: AWS left it out."""
    return _absent(endpoint, "ec2:DescribeVpcEndpoints", endpoint.id)


def own_subnets(network: Network, endpoint: Endpoint) -> Listing[Subnet]:
    """The subnets in which an endpoint has network interfaces; ``missing`` says why it may have more."""
    ids = endpoint.record.subnet_ids
    if ids is None:
        return Listing((), absent_member(endpoint))
    found = [network.subnets[each] for each in ids if each in network.subnets]
    if len(found) == len(ids):
        return Listing(tuple(found))
    return Listing(tuple(found), network.coverage.missing(model.Subnet, endpoint.home) or absent_member(endpoint))


def own_interfaces(network: Network, endpoint: Endpoint) -> tuple[model.NetworkInterface, ...]:
    """The network interfaces of an endpoint that were seen."""
    known = interfaces(network)
    return tuple(known[each] for each in endpoint.record.network_interface_ids or () if each in known)


@remembered
def interfaces(network: Network) -> Mapping[str, model.NetworkInterface]:
    """Every network interface that an audited account shows, by id."""
    return {each.network_interface_id: each for _, each in network.coverage.everywhere(model.NetworkInterface)}


def service_of(network: Network, endpoint: Endpoint) -> model.ServiceDetail | Missing:
    """What AWS says of an endpoint's service, as the endpoint's owner is offered it.

    One name can stand for two services: S3's gateway endpoint and its interface endpoint are listed apart. Services of
    other Regions are not listed at all.
    """
    for found in network.coverage.records(model.ServiceDetail, endpoint.home):
        types = {offered.service_type for offered in found.service_type or ()}
        if found.service_name == endpoint.service_name and endpoint.type in types:
            return found
    return network.coverage.missing(model.ServiceDetail, endpoint.home) or _absent(
        endpoint, "ec2:DescribeVpcEndpointServices", endpoint.service_name
    )


def has_interface_endpoints(network: Network, endpoint: Endpoint) -> bool | Missing:
    """Whether the service of an endpoint can also be reached through interface endpoints, by AWS's list of services."""
    offered = any(
        found.service_name == endpoint.service_name
        and any(kind.service_type == "Interface" for kind in found.service_type or ())
        for found in network.coverage.records(model.ServiceDetail, endpoint.home)
    )
    return offered or network.coverage.missing(model.ServiceDetail, endpoint.home) or False


def is_customer_service(endpoint: Endpoint) -> bool:
    """Whether the endpoint leads to another AWS customer's service, whose ports and policies are that one's own."""
    return "vpce-svc-" in endpoint.service_name


def ports_of(endpoint: Endpoint) -> tuple[Port, ...]:
    """The ports of an AWS service, any one of which is enough for a client.

    None where nobody shows them: a customer's service listens where its load balancer does, and a resource where its
    owner says.
    """
    if endpoint.type != "Interface" or not endpoint.service_name or is_customer_service(endpoint):
        return ()
    family = endpoint.service.partition(".")[0]
    numbers = _PORTS.get(endpoint.service) or _PORTS.get(family) or (HTTPS.number,)
    if family.startswith(_DSQL_CLUSTERS) and family not in _DSQL_MANAGEMENT:
        numbers = (_POSTGRESQL,)
    return tuple(Port(TCP, number) for number in numbers)


def versions_of(endpoint: Endpoint) -> tuple[int, ...]:
    """The IP versions in which clients reach an endpoint: those of its interfaces that its names resolve to.

    Where the service defines the records, the private name has IPv4 addresses alone.
    https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_ec2/VpcEndpointDnsRecordIpType.html
    """
    options = endpoint.record.dns_options
    kinds = {endpoint.record.ip_address_type or "ipv4", options.dns_record_ip_type if options else None}
    if "ipv4" in kinds or (kinds == {"dualstack", "service-defined"} and endpoint.record.private_dns_enabled):
        return (4,)
    return (6,) if "ipv6" in kinds else (4, 6)


def ways_in(network: Network, vpc: Vpc) -> Listing[str]:
    """The ids of what connects a VPC with other networks than the internet.

    Live peering connections, transit gateways, core networks, and virtual private gateways, which lead to VPN and
    Direct Connect.
    """
    attachments = network.in_vpc(model.TransitGatewayVpcAttachment, vpc)
    gateways = network.attached(model.VpnGateway, vpc)
    tables = network.route_tables_of(vpc)
    found = [peering.id for peering in network.peerings_of(vpc.id)]
    found += [
        attachment.transit_gateway_id
        for attachment in attachments
        if attachment.transit_gateway_id and attachment.state in (None, "available")
    ]
    found += [
        route.target
        for table in tables
        for route in table.routes
        if route.active and route.kind is TargetKind.CORE_NETWORK
    ]
    found += gateways
    peerings = network.missing_of(model.VpcPeeringConnection, vpc)
    causes = [peerings, attachments.missing, tables.missing, gateways.missing]
    return Listing(tuple(dict.fromkeys(found)), Missing.union(causes))


def ways_in_for(network: Network, vpc: Vpc, service: str) -> Listing[str]:
    """The ways into a VPC by which somebody may come who lacks an endpoint for a service, named without its Region.

    A connected VPC that has one of its own needs none of this VPC's. A transit gateway or core network counts unless
    all VPCs that were seen on it have their own and no network outside AWS is known behind it.
    """
    ways = ways_in(network, vpc)
    served: set[str] = set()
    for peering in network.peerings_of(vpc.id):
        beyond = peering.beyond(vpc.id).vpc
        if beyond and serves_itself(network, beyond, service):
            served.add(peering.id)
    for gateway in network.transit_gateways_of(vpc):
        transit = on_transit(network, gateway, service)
        if not transit.seen <= {vpc.id} and transit.lacking <= {vpc.id}:
            served.add(gateway)
    served -= {prefix.gateway for prefix in prefixes_behind(network, vpc)}
    return Listing(tuple(way for way in ways if way not in served), ways.missing)


def serves_itself(network: Network, vpc: Vpc, service: str) -> bool:
    """Whether a VPC was seen to have an endpoint of its own for a service, named without its Region."""
    return any(
        endpoint.service == service and endpoint.type in ("Gateway", "Interface") and endpoint.stands
        for endpoint in network.endpoints_of(vpc)
    )


@dataclass(frozen=True)
class Transit:
    """The VPCs that were seen on a transit gateway or core network, and what they have for a service."""

    seen: frozenset[str]
    serving: frozenset[str]
    """Those with an endpoint of their own for it."""
    lacking: frozenset[str]
    """Those that were seen without one."""
    unseen: frozenset[str]
    """The other members."""
    interface_endpoints: tuple[Endpoint, ...]
    missing: Missing | None
    """Why they may have more endpoints."""


@remembered
def on_transit(network: Network, gateway: str, service: str) -> Transit:
    """What the VPCs on a transit gateway or core network have for a service, named without its Region."""
    members = network.transit_members(gateway)
    vpcs = [vpc for each in members if (vpc := network.vpcs.get(each))]
    seen = frozenset(vpc.id for vpc in vpcs)
    serving = frozenset(vpc.id for vpc in vpcs if serves_itself(network, vpc, service))
    of_each = [_interface_endpoints(network, vpc, service) for vpc in vpcs]
    return Transit(
        seen=seen,
        serving=serving,
        lacking=seen - serving,
        unseen=frozenset(members) - seen,
        interface_endpoints=tuple(endpoint for found in of_each for endpoint in found),
        missing=Missing.union(found.missing for found in of_each),
    )


def _interface_endpoints(network: Network, vpc: Vpc, service: str) -> Listing[Endpoint]:
    endpoints = network.endpoints_of(vpc)
    found = [each for each in endpoints if each.type == "Interface" and each.stands and each.service == service]
    return Listing(tuple(found), endpoints.missing)


def taking_the_traffic(network: Network, vpc: Vpc, service_name: str) -> tuple[Endpoint, ...]:
    """The interface endpoints that the name of a service resolves to in a VPC, past any gateway endpoint."""
    return tuple(
        endpoint
        for endpoint in network.endpoints_of(vpc)
        if endpoint.type == "Interface"
        and endpoint.state == "available"
        and endpoint.service_name == service_name
        and endpoint.captures_vpc_traffic
    )


def interface_endpoints_within_reach(network: Network, vpc: Vpc, service: str) -> Listing[Endpoint]:
    """The interface endpoints of a service, without its Region, in a VPC and in those that it is connected with."""
    own = _interface_endpoints(network, vpc, service)
    found, causes = list(own), [own.missing]
    causes += [
        network.missing_of(record, vpc) for record in (model.VpcPeeringConnection, model.TransitGatewayVpcAttachment)
    ]
    for peering in network.peerings_of(vpc.id):
        side = peering.beyond(vpc.id)
        theirs = _interface_endpoints(network, side.vpc, service) if side.vpc else Listing[Endpoint]((), side.unseen)
        found += theirs
        causes.append(theirs.missing)
    for gateway in network.transit_gateways_of(vpc):
        transit = on_transit(network, gateway, service)
        found += [endpoint for endpoint in transit.interface_endpoints if endpoint.vpc_id != vpc.id]
        causes.append(transit.missing)
    return Listing(tuple(found), Missing.union(causes))


def interface_addresses_within_reach(network: Network, vpc: Vpc, service: str) -> tuple[Addresses, Missing | None]:
    """The addresses of the interface endpoints within reach, and why there may be more."""
    own = _interface_endpoints(network, vpc, service)
    parts = [_addresses_of(network, own)]
    causes = [
        network.missing_of(record, vpc) for record in (model.VpcPeeringConnection, model.TransitGatewayVpcAttachment)
    ]
    for peering in network.peerings_of(vpc.id):
        side = peering.beyond(vpc.id)
        if side.vpc:
            parts.append(_addresses_of(network, _interface_endpoints(network, side.vpc, service)))
        else:
            causes.append(side.unseen)
    parts += [_addresses_on_transit(network, gateway, service) for gateway in network.transit_gateways_of(vpc)]
    return Addresses.union(found for found, _ in parts), Missing.union([*causes, *(missing for _, missing in parts)])


@remembered
def _addresses_on_transit(network: Network, gateway: str, service: str) -> tuple[Addresses, Missing | None]:
    transit = on_transit(network, gateway, service)
    return _addresses_of(network, Listing(transit.interface_endpoints, transit.missing))


def _addresses_of(network: Network, endpoints: Listing[Endpoint]) -> tuple[Addresses, Missing | None]:
    held = _addresses_of_interfaces(network)
    parts: list[Addresses] = []
    causes = [endpoints.missing]
    for endpoint in endpoints:
        interfaces = endpoint.record.network_interface_ids or ()
        parts += [held[interface] for interface in interfaces if interface in held]
        if not interfaces or any(interface not in held for interface in interfaces):
            unlisted = network.coverage.missing(model.NetworkInterface, endpoint.home)
            causes.append(unlisted or _absent(endpoint, "ec2:DescribeNetworkInterfaces", endpoint.id))
    return Addresses.union(parts), Missing.union(causes)


@remembered
def _addresses_of_interfaces(network: Network) -> Mapping[str, Addresses]:
    return {
        interface.network_interface_id: interface_addresses(interface)
        for _, interface in network.coverage.everywhere(model.NetworkInterface)
    }


def _absent(endpoint: Endpoint, action: str, resource: str) -> Missing:
    at = endpoint.home
    return Missing.of(Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=resource)


@dataclass(frozen=True)
class Reach:
    """Which subnets' clients the security groups of an endpoint let in."""

    reached: tuple[Subnet, ...]
    """Those of which at least one client is let in: by its own address, or as a member of a group."""
    denied: tuple[tuple[Subnet, Addresses], ...]
    """Those of which no client is let in, with their addresses in the families of which none is."""
    undecided: Missing | None
    """Why others could not be told, or may have been left out; None where these are all."""


def reach(network: Network, endpoint: Endpoint, subnets: Listing[Subnet]) -> Reach:
    """Ask the security groups of an endpoint for the clients in some subnets of its VPC, at any port of its service."""
    reached: dict[str, Subnet] = {}
    denied: dict[str, tuple[Subnet, Addresses]] = {}
    causes = [subnets.missing]
    admits = admitted(network, endpoint)
    for subnet in subnets:
        calling = callers_in(network, subnet)
        if calling.whole and not calling:
            continue
        addresses = Addresses.union(calling)
        for version in versions_of(endpoint):
            own = (addresses or subnet.addresses).family(version)
            asked = subnet.addresses.family(version) | own
            if admits.allowed & own:
                reached[subnet.id] = subnet
            elif admits.unseen & own:
                causes.append(admits.missing)
            elif calling.missing and (admits.allowed | admits.unseen) & asked:
                # Somebody who was not seen may be among those that are let in.
                causes += [calling.missing, admits.missing if admits.unseen & asked else None]
            elif own:
                _, others = denied.get(subnet.id, (subnet, NOTHING))
                denied[subnet.id] = (subnet, others | subnet.addresses.family(version))
    return Reach(tuple(reached.values()), tuple(denied.values()), Missing.union(causes))


@dataclass(frozen=True)
class Admitted:
    """Whom the security groups of an endpoint let in, of all addresses."""

    allowed: Addresses
    """Those that are let in at a port of the service; where its ports are not known, at every port."""
    unseen: Addresses
    """Those that may be: by a rule that was not seen whole, or at ports that may not be the service's."""
    missing: Missing | None
    """Why ``unseen`` is not decided; None where it is empty."""


@remembered
def admitted(network: Network, endpoint: Endpoint) -> Admitted:
    """Ask the security groups of an endpoint for everybody, at any port of its service."""
    if endpoint.record.groups is None:
        return Admitted(NOTHING, ALL_IPV4 | ALL_IPV6, absent_member(endpoint))
    return admitted_by(network, endpoint, tuple(each.group_id for each in endpoint.record.groups if each.group_id))


def admitted_by(network: Network, endpoint: Endpoint, groups: tuple[str, ...]) -> Admitted:
    """The same of some security groups, as if the endpoint had no others."""
    ports = ports_of(endpoint)
    answers = [_ask(network, endpoint, groups, port) for port in ports or (ANY_PORT,)]
    allowed = Addresses.union(answer.allowed for answer in answers)
    unseen = Addresses.union(answer.unseen for answer in answers) - allowed
    causes = [answer.missing for answer in answers] if unseen else []
    if not ports and (some := _ask(network, endpoint, groups, None).allowed - allowed):
        unseen |= some
        causes.append(ports_missing(endpoint))
    return Admitted(allowed, unseen, Missing.union(causes))


def _ask(network: Network, endpoint: Endpoint, groups: tuple[str, ...], port: Port | None) -> Passage:
    asked = ALL_IPV4 | ALL_IPV6
    return passage(network, groups, endpoint.home, direction=Direction.INGRESS, port=port, asked=asked)


def callers_in(network: Network, subnet: Subnet) -> Listing[Addresses]:
    """The addresses of each interface in a subnet that can open a connection."""
    calling = calling_interfaces(network, subnet)
    return Listing(tuple(interface_addresses(interface) for interface in calling), calling.missing)


def calling_interfaces(network: Network, subnet: Subnet) -> Listing[model.NetworkInterface]:
    """The interfaces in a subnet that can open a connection. Load balancers call no AWS service."""
    workloads = network.workloads(subnet)
    found = [
        interface
        for interface in workloads
        if (interface.interface_type or "").lower() not in _LOAD_BALANCERS
        and not (interface.description or "").startswith("ELB ")
    ]
    return Listing(tuple(found), workloads.missing)
