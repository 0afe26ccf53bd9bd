"""The steps that remedies are made of, as AWS operations. A person runs them; the tool never does."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from auditor.findings import Operation
from auditor.model.directconnect import DirectConnectGatewayAssociation
from auditor.network.diagnosis.group_references import GroupReference
from auditor.network.entities import Endpoint, Peering, SecurityGroup, Side, TableGroup, Vpc
from auditor.network.routes import Origin, Route, RouteTable
from auditor.network.traffic import Port
from auditor.snapshot import Target


def create_routes(tables: Iterable[RouteTable], far: Side, peering: Peering, near: Vpc) -> list[Operation]:
    """A route to each block of the far side in each table that the near VPC can send to."""
    return [lead_over(table, block, peering) for table in tables for block in blocks_for(near, far)]


def blocks_for(near: Vpc, far: Side) -> list[str]:
    """The blocks of the far side in the families of addresses that the near VPC has."""
    return [block for block in far.blocks if (6 if ":" in block else 4) in near.addresses.families]


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
    return Operation("ec2:AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, peering.accepter.home)


def reject_peering(peering: Peering) -> Operation:
    """The rejection of a request, by its accepter."""
    return Operation("ec2:RejectVpcPeeringConnection", {"VpcPeeringConnectionId": peering.id}, peering.accepter.home)


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


def let_in(group: SecurityGroup, port: Port, blocks: Sequence[str]) -> Operation:
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


def create_gateway_endpoint(vpc: Vpc, service_name: str, table_ids: Sequence[str]) -> Operation:
    """A gateway endpoint for an AWS service, and its route in some route tables."""
    return Operation(
        "ec2:CreateVpcEndpoint",
        {
            "VpcEndpointType": "Gateway",
            "VpcId": vpc.id,
            "ServiceName": service_name,
            "RouteTableIds": list(table_ids),
        },
        vpc.home,
    )


def allow_dns_resolution(peering: Peering, side: Side) -> Operation:
    """The far side's right to resolve a side's public names to private addresses, which the side's owner gives."""
    role = "Requester" if side is peering.requester else "Accepter"
    return Operation(
        "ec2:ModifyVpcPeeringConnectionOptions",
        {
            "VpcPeeringConnectionId": peering.id,
            f"{role}PeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True},
        },
        side.home,
    )


def remove_allowed_prefixes(
    association: DirectConnectGatewayAssociation, prefixes: Sequence[str], at: Target
) -> Operation:
    """The end of allowed prefixes of a Direct Connect gateway. ``at`` is the account that owns it."""
    return Operation(
        "directconnect:UpdateDirectConnectGatewayAssociation",
        {
            "associationId": association.association_id,
            "removeAllowedPrefixesToDirectConnectGateway": [{"cidr": prefix} for prefix in prefixes],
        },
        at,
    )


def revoke_reference(group: SecurityGroup, rule: GroupReference) -> Operation:
    """The end of a rule of a security group that names another group."""
    pair = rule.pair
    named = {
        "GroupId": pair.group_id,
        "UserId": pair.user_id,
        "VpcId": pair.vpc_id,
        "VpcPeeringConnectionId": pair.vpc_peering_connection_id,
    }
    permission = {
        "IpProtocol": rule.protocol,
        "FromPort": rule.first,
        "ToPort": rule.last,
        "UserIdGroupPairs": [{name: value for name, value in named.items() if value is not None}],
    }
    return Operation(
        f"ec2:RevokeSecurityGroup{rule.direction.value.capitalize()}",
        {
            "GroupId": group.id,
            "IpPermissions": [{name: value for name, value in permission.items() if value is not None}],
        },
        group.home,
    )
