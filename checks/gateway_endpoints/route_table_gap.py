"""Subnets in use send by a route table that the VPC's gateway endpoint is not associated with.

A gateway endpoint serves the subnets of the route tables that it is associated with, and no others. A subnet without a
route table of its own sends by the VPC's main table. Several gateway endpoints of one service can share the route
tables of a VPC among them, at most one to a table, so all of them count together.

Whether the subnets use the service, or were left out on purpose, cannot be told from the configuration, so the finding
is a heuristic one.

## Verdicts
* **fail**, medium: a subnet in use sends by a route table without a route to any of the service's gateway endpoints,
  and its default route leads to a NAT device, or it has none.
* **fail**, low: the default routes of these subnets lead elsewhere, such as to an internet gateway or a transit
  gateway, or were not seen; or an interface endpoint with private DNS takes the VPC's traffic to the service.
* **unknown**: the VPC's endpoints, subnets, route tables or network interfaces were not seen, the VPC is seen from a
  participant alone, or an available endpoint names a route table that shows no route to it.
* **not applicable**: the VPC has no gateway endpoint (`gateway-endpoint-missing` says so), none with a route table
  (`gateway-endpoint-no-route-table` says so), or no subnet in use (unless `treat_empty_vpcs` is set).

## Finding key
The service without its Region and the route table's id.

## Remediation
Associate the endpoint with the route table. Routes to an endpoint cannot be made by hand: change the endpoint, not the
route table. Association resets open connections to the service, and the service then sees private source addresses.
Suppress the finding where the subnets are left out on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Confidence, Fault, NotApplicable, Severity, Unknown, Verdict
from auditor.network.endpoints import clients, taking_the_traffic
from auditor.network.entities import Endpoint, Subnet, SubnetClass, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.remedies import modify_endpoint


@check(
    id="gateway-endpoint-route-table-gap",
    severities=(Severity.MEDIUM, Severity.LOW),
    confidences=(Confidence.HEURISTIC,),
    of=Vpc,
    reads=(
        model.VpcEndpoint,
        model.Subnet,
        model.RouteTable,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.NatGateway,
        model.NetworkInterface,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_route_table_gap(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each route table of subnets in use for each service that the VPC has a gateway endpoint for."""
    endpoints = network.endpoints_of(vpc)
    services: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.type == "Gateway" and endpoint.state in ("available", "pending"):
            services.setdefault(endpoint.service_name, []).append(endpoint)
    services = {name: found for name, found in services.items() if any(each.record.route_table_ids for each in found)}
    if not services:
        yield (
            Unknown(endpoints.missing) if endpoints.missing else NotApplicable("no gateway endpoint has a route table")
        )
        return
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    tables: dict[str, tuple[RouteTable, list[Subnet]]] = {}
    unseen = in_use.missing
    for subnet in in_use:
        table = network.table_of(subnet)
        if isinstance(table, Missing):
            unseen = table | unseen
        else:
            tables.setdefault(table.id, (table, []))[1].append(subnet)
    if unseen:
        message = f"cannot tell which subnets of {vpc.label} are in use, or by which route tables they send"
        yield Unknown(unseen, message=message)
    elif not tables:
        yield NotApplicable("no subnet of the VPC is in use")
    for name, gateways in sorted(services.items()):
        service = _Service(vpc, name, tuple(gateways), network)
        for table, subnets in tables.values():
            yield from service.judge(table, subnets)


@dataclass(frozen=True)
class _Service:
    """A service with the gateway endpoints that a VPC has for it."""

    vpc: Vpc
    name: str
    gateways: tuple[Endpoint, ...]
    network: Network

    def judge(self, table: RouteTable, subnets: list[Subnet]) -> Iterator[Verdict]:
        """Whether subnets that send by ``table`` reach one of the endpoints."""
        key = f"{self.gateways[0].service}|{table.id}"
        ids = {gateway.id for gateway in self.gateways}
        named = [gateway for gateway in self.gateways if table.id in (gateway.record.route_table_ids or ())]
        if any(route.active and route.target in ids for route in table.routes):
            return
        if any(gateway.state == "pending" for gateway in named):
            return
        if named:
            # The route follows the association, so one of the two answers is older than the other.
            at, resource = self.vpc.home, f"{table.id}|{named[0].id}"
            missing = Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, resource=resource)
            yield Unknown(missing, key, f"{named[0].id} is associated with {table.id}, which shows no route to it")
        elif (more := self.network.endpoints_of(self.vpc).missing) is not None:
            yield Unknown(more, key)
        else:
            yield self._fault(key, table, subnets)

    def _fault(self, key: str, table: RouteTable, subnets: list[Subnet]) -> Fault:
        classes = {subnet.id: self.network.class_of(subnet) for subnet in subnets}
        taken = [endpoint.id for endpoint in taking_the_traffic(self.network, self.vpc, self.name)]
        missed = any(kind in (SubnetClass.NAT, SubnetClass.ISOLATED) for kind in classes.values())
        gateway = next(found for found in self.gateways if found.record.route_table_ids)
        sends = "send" if len(classes) > 1 else "sends"
        instead = f"; {taken[0]} takes its traffic instead" if taken else ""
        return Fault(
            key=key,
            severity=Severity.MEDIUM if missed and not taken else Severity.LOW,
            message=f"{table.id}, by which {' and '.join(classes)} of {self.vpc.label} {sends}, has no route to "
            f"{' or '.join(each.id for each in self.gateways)} for {self.name}; associate {gateway.id} with it"
            f"{instead}",
            evidence={
                "service": self.name,
                "gateway_endpoints": {each.id: list(each.record.route_table_ids or ()) for each in self.gateways},
                "route_table": table.id,
                "subnets_in_use": {
                    name: None if isinstance(kind, Missing) else kind.value for name, kind in classes.items()
                },
                "interface_endpoints": taken,
            },
            related=[table.id, gateway.id, *classes],
            remedy=[modify_endpoint(gateway, AddRouteTableIds=[table.id])],
        )
