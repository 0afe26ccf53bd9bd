"""The steps that remedies are made of, as AWS operations. A person runs them; the tool never does."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.findings import Operation
from auditor.network.entities import Peering, Side, TableGroup, Vpc
from auditor.network.routes import Origin, Route, RouteTable
from auditor.snapshot import Target


def create_routes(tables: Iterable[RouteTable], far: Side, peering: Peering, near: Vpc) -> list[Operation]:
    """A route to each block of the far side in each table, in the families of addresses that the near VPC has."""
    families = near.addresses.families
    return [
        create_route(table, block, peering)
        for table in tables
        for block in far.blocks
        if (6 if ":" in block else 4) in families
    ]


def create_route(table: RouteTable, block: str, peering: Peering) -> Operation:
    """A route to a block over a peering connection."""
    return Operation(
        "ec2:CreateRoute",
        {"RouteTableId": table.id, **_destination(block), "VpcPeeringConnectionId": peering.id},
        Target(table.owner, table.region),
    )


def delete_route(table: RouteTable, route: Route) -> Operation:
    """The end of a route."""
    return Operation(
        "ec2:DeleteRoute",
        {"RouteTableId": table.id, **_destination(route.destination)},
        Target(table.owner, table.region),
    )


def _destination(destination: str) -> dict[str, str]:
    if destination.startswith("pl-"):
        return {"DestinationPrefixListId": destination}
    return {"DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock": destination}


def tables_of(groups: Iterable[TableGroup]) -> list[RouteTable]:
    """The route tables of groups of subnets."""
    return [group.table for group in groups]


def lead_over(table: RouteTable, block: str, peering: Peering) -> Operation:
    """A route to a block over a peering connection, in the place of the table's own route to just that block."""
    step = create_route(table, block, peering)
    exists = any(route.destination == block and route.origin is Origin.STATIC for route in table.routes)
    return replace(step, operation="ec2:ReplaceRoute") if exists else step


def accept_peering(peering: Peering) -> Operation:
    """The acceptance of a request. Only the accepter can give it, in its own Region."""
    return Operation(
        "ec2:AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, peering.accepter.home
    )


def reject_peering(peering: Peering) -> Operation:
    """The rejection of a request, by its accepter."""
    return Operation(
        "ec2:RejectVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, peering.accepter.home
    )


def delete_peering(peering: Peering, at: Target) -> Operation:
    """The end of a connection, or of a request by its requester."""
    return Operation("ec2:DeleteVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, at)


def modify_endpoint(endpoint: Endpoint, **changes: object) -> Operation:
    """A change of an endpoint; ``changes`` are the operation's parameters beside the endpoint's id."""
    return Operation("ec2:ModifyVpcEndpoint", {"VpcEndpointId": endpoint.id, **changes}, endpoint.home)


def delete_endpoint(endpoint: Endpoint) -> Operation:
    """The end of an endpoint."""
    return Operation("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": [endpoint.id]}, endpoint.home)


def accept_endpoint(endpoint: Endpoint, provider: str) -> Operation:
    """The acceptance of an endpoint by ``provider``, the account of its service, in the service's own Region."""
    service_id = endpoint.service_name.rpartition(".")[2]
    return Operation(
        "ec2:AcceptVpcEndpointConnections",
        {"ServiceId": service_id, "VpcEndpointIds": [endpoint.id]},
        Target(provider, endpoint.record.service_region or endpoint.home.region),
    )


def let_in(group: SecurityGroup, port: Port, blocks: Iterable[str]) -> Operation:
    """A rule that lets blocks of addresses in at a TCP port."""
    four = [{"CidrIp": block} for block in blocks if ":" not in block]
    six = [{"CidrIpv6": block} for block in blocks if ":" in block]
    permission: dict[str, object] = {"IpProtocol": "tcp", "FromPort": port.number, "ToPort": port.number}
    permission |= {"IpRanges": four} if four else {}
    permission |= {"Ipv6Ranges": six} if six else {}
    return Operation(
        "ec2:AuthorizeSecurityGroupIngress", {"GroupId": group.id, "IpPermissions": [permission]}, group.home
    )


def switch_on_dns(vpc: Vpc, *attributes: str) -> list[Operation]:
    """The DNS attributes of a VPC, such as ``EnableDnsSupport``, switched on: AWS takes one a call."""
    return [
        Operation("ec2:ModifyVpcAttribute", {"VpcId": vpc.id, attribute: {"Value": True}}, vpc.home)
        for attribute in attributes
    ]
