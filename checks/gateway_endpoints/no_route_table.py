"""A gateway endpoint has no route table.

A gateway endpoint works by a route to its service in each route table that it is associated with. Without one no subnet
uses it: traffic to the service takes the default route, or goes nowhere.

## Verdicts
* **fail**, medium: the endpoint is associated with no route table.
* **unknown**: AWS left out its route tables.
* **not applicable**: the endpoint is of another type, or is not available and `endpoint-state` says so.

## Finding key
Empty: an endpoint can have only one such fault.

## Remediation
Associate the endpoint with the route tables of the subnets that use the service, or delete it. Routes to an endpoint
cannot be made by hand: change the endpoint, not the route table. Association resets open connections to the service.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Operation, Severity, Unknown, Verdict
from auditor.network.endpoints import absent_member, clients
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.remedies import delete_endpoint, modify_endpoint


@check(
    id="gateway-endpoint-no-route-table",
    severities=(Severity.MEDIUM,),
    of=Endpoint,
    reads=(model.Vpc, model.Subnet, model.RouteTable, model.NetworkInterface),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_endpoint_no_route_table(endpoint: Endpoint, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a gateway endpoint by the route tables that AWS lists for it."""
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
