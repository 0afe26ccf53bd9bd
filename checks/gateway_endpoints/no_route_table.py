"""A gateway endpoint has no route table, or none that a subnet sends by.

A gateway endpoint works by a route to its service in each route table that it is associated with. Without one no subnet
uses it: traffic to the service takes the default route, or goes nowhere. Whether an endpoint that subnets can use is
used cannot be told: AWS measures no traffic of gateway endpoints.

## Verdicts
* **fail**, medium: the endpoint is associated with no route table.
* **fail**, low: no subnet sends by any of its route tables, and other gateway endpoints for the service serve all
  subnets in use.
* **unknown**: AWS left out its route tables; or no subnet is known to send by one, and the VPC's route tables, subnets
  or network interfaces were not all seen.
* **not applicable**: the endpoint is of another type, or is not available and `endpoint-state` says so; or no subnet
  sends by its route tables, and no subnet of the VPC is in use (unless `treat_empty_vpcs` is set), or those that are
  send by others and `gateway-endpoint-route-table-gap` says so.

A VPC's main table counts as one that subnets send by: those to come will.

## Finding key
Empty where the endpoint has no route table; `orphan-tables` where no subnet sends by those it has.

## Remediation
Associate the endpoint with the route tables of the subnets that use the service, or delete it. Routes to an endpoint
cannot be made by hand: change the endpoint, not the route table. Association resets open connections to the service.
"""

from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.endpoints import absent_member, clients, vpc_of
from auditor.network.entities import Endpoint
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.remedies import delete_endpoint, modify_endpoint


@check(
    id="gateway-endpoint-no-route-table",
    severities=(Severity.MEDIUM, Severity.LOW),
    of=Endpoint,
    reads=(model.Vpc, model.Subnet, model.RouteTable, model.NetworkInterface),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_no_route_table(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a gateway endpoint by the route tables that AWS lists for it, and by who sends by them."""
    if endpoint.type != "Gateway" or endpoint.state not in ("available", "pending"):
        yield NotApplicable("the endpoint is no gateway endpoint, or not available")
    elif endpoint.record.route_table_ids is None:
        yield Unknown(absent_member(endpoint))
    elif not endpoint.record.route_table_ids:
        tables = _tables_in_use(endpoint, network, settings)
        use = f"associate it with {', '.join(tables)}" if tables else "associate it with one, or delete it"
        yield Fault(
            message=f"{endpoint.label} to {endpoint.service_name} is associated with no route table of "
            f"{endpoint.vpc_id}, so no subnet uses it; {use}",
            evidence={"service": endpoint.service_name, "route_tables": [], "route_tables_in_use": tables},
            related=[endpoint.vpc_id, *tables],
            remedy=[_step(endpoint, tables, network)],
        )
    else:
        yield from _of_orphans(endpoint, endpoint.record.route_table_ids, network, settings)


def _of_orphans(
    endpoint: Endpoint, table_ids: Sequence[str], network: Network, settings: Settings
) -> Iterator[Verdict]:
    """Judge an endpoint with route tables by whether one of them serves anybody."""
    tables = [network.route_tables.get(table_id) for table_id in table_ids]
    if any(table and (table.main or table.subnet_ids or table.gateway_ids) for table in tables):
        return
    vpc = vpc_of(network, endpoint)
    if isinstance(vpc, Missing):
        yield Unknown(vpc)
        return
    in_use = clients(network, vpc, every_subnet=settings.treat_empty_vpcs)
    unseen = network.route_tables_of(vpc).missing or (None if all(tables) else absent_member(endpoint))
    if undecided := unseen or (None if in_use else in_use.missing):
        yield Unknown(undecided)
    elif not in_use:
        yield NotApplicable("no subnet of the VPC is in use")
    elif _tables_in_use(endpoint, network, settings):
        yield NotApplicable("gateway-endpoint-route-table-gap tells of the route tables in use")
    elif in_use.missing:
        yield Unknown(in_use.missing)
    else:
        yield Fault(
            key="orphan-tables",
            severity=Severity.LOW,
            message=f"{endpoint.label} to {endpoint.service_name} in {vpc.label} is associated with "
            f"{', '.join(table_ids)} alone, which no subnet sends by, and other endpoints serve the subnets in use; "
            "delete it, or associate it with the route tables that it is meant for",
            evidence={"service": endpoint.service_name, "route_tables": list(table_ids), "route_tables_in_use": []},
            related=[vpc.id, *table_ids],
            remedy=[delete_endpoint(endpoint)],
        )


def _tables_in_use(endpoint: Endpoint, network: Network, settings: Settings) -> list[str]:
    """The route tables of subnets in use that no gateway endpoint of the service serves, as far as they were seen."""
    vpc = network.vpcs.get(endpoint.vpc_id)
    if vpc is None:
        return []
    served = {
        table_id
        for other in network.endpoints_of(vpc)
        if other.type == "Gateway" and other.stands and other.service_name == endpoint.service_name
        for table_id in other.record.route_table_ids or ()
    }
    tables = [network.table_of(subnet) for subnet in clients(network, vpc, every_subnet=settings.treat_empty_vpcs)]
    return sorted({table.id for table in tables if isinstance(table, RouteTable)} - served)


def _step(endpoint: Endpoint, tables: list[str], network: Network) -> Operation:
    return modify_endpoint(endpoint, AddRouteTableIds=tables) if tables else delete_endpoint(endpoint)
