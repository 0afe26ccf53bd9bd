"""The values of AWS's enumerations that this version knows, and what answers have beside them.

AWS adds values without a new version of its interface.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Types.html
"""

from collections.abc import Mapping

from auditor import model
from auditor.network.entities import Endpoint, Peering
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import RouteTable, TargetKind

ENDPOINT_TYPES = frozenset({"Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork", "Tunnel"})
ENDPOINT_STATES = frozenset(
    {"pendingacceptance", "pending", "available", "deleting", "deleted", "rejected", "failed", "expired", "partial"}
)
"""In lower case, as ``Endpoint.state`` is."""
PEERING_STATUSES = frozenset(
    {
        "initiating-request",
        "pending-acceptance",
        "active",
        "deleted",
        "rejected",
        "failed",
        "expired",
        "provisioning",
        "deleting",
    }
)
ROUTE_ORIGINS = frozenset({"CreateRouteTable", "CreateRoute", "EnableVgwRoutePropagation", "Advertisement"})
ROUTE_STATES = frozenset({"active", "blackhole", "filtered"})

Unknowns = tuple[tuple[str, str], ...]
"""Members of an answer, each with a value of it that is not known."""


def unknown_in_endpoint(endpoint: Endpoint) -> Unknowns:
    """The type and the state of an endpoint, where they are not known."""
    found = []
    if endpoint.type not in ENDPOINT_TYPES:
        found.append(("VpcEndpointType", endpoint.type))
    if endpoint.record.state is not None and endpoint.state not in ENDPOINT_STATES:
        found.append(("State", endpoint.record.state))
    return tuple(found)


def unknown_in_peering(peering: Peering) -> Unknowns:
    """The status of a peering connection, where it is not known. One that AWS left out is absent, not new."""
    return (("Status.Code", peering.status),) if peering.status and peering.status not in PEERING_STATUSES else ()


def unknown_in_routes(network: Network, table: RouteTable) -> Unknowns:
    """The origins, states and targets of a table's routes that are not known, each once and in their order.

    botocore drops a target for which AWS's model has no member; its value is then empty.
    """
    states = [("Routes.State", route.state) for route in table.routes if route.state not in ROUTE_STATES]
    targets = [("Routes.target", route.target) for route in table.routes if route.kind is TargetKind.OTHER]
    return tuple(sorted({*_unknown_origins(network)[table.id], *states, *targets}))


@remembered
def _unknown_origins(network: Network) -> Mapping[str, Unknowns]:
    """The unknown origins of the routes of each table."""
    return {
        record.route_table_id: tuple(
            ("Routes.Origin", route.origin)
            for route in record.routes or ()
            if route.origin is not None and route.origin not in ROUTE_ORIGINS
        )
        for _, record in network.coverage.everywhere(model.RouteTable)
    }
