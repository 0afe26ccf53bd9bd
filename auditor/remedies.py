"""The steps that remedies are made of, as AWS operations. A person runs them; the tool never does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.findings import Operation
from auditor.model.directconnect import DirectConnectGatewayAssociation
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.acl_denials import AclDenial
from auditor.network.diagnosis.group_references import GroupReference
from auditor.network.diagnosis.left_out import LeftOut, sibling_routes
from auditor.network.entities import Endpoint, Peering, SecurityGroup, Side, Subnet, TableGroup, Vpc
from auditor.network.network_acls import EPHEMERAL_PORTS, IMPLICIT
from auditor.network.routes import Origin, Route, RouteTable
from auditor.network.traffic import ALL_PROTOCOLS, TCP, Direction, Port
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


def destination_of(parameters: Mapping[str, Any]) -> str:
    """The block or the prefix list that a route of CreateRoute, ReplaceRoute or DeleteRoute is for."""
    names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next(str(parameters[name]) for name in names if name in parameters)


def tables_of(groups: Iterable[TableGroup]) -> list[RouteTable]:
    """The route tables of groups of subnets."""
    return [group.table for group in groups]


def lead_over(table: RouteTable, block: str, peering: Peering) -> Operation:
    """A route to a block over a peering connection, in the place of the table's own route to just that block."""
    step = create_route(table, block, peering)
    exists = any(route.destination == block and route.origin is Origin.STATIC for route in table.routes)
    return replace(step, operation="ec2:ReplaceRoute") if exists else step


def create_peering(peering: Peering) -> Operation:
    """The request for a connection. AWS needs the accepter's account and Region only where they are others."""
    requester, accepter = peering.sides
    elsewhere = {"PeerOwnerId": accepter.owner} if accepter.owner != requester.owner else {}
    elsewhere |= {"PeerRegion": accepter.region} if accepter.region != requester.region else {}
    ends = {"VpcId": requester.vpc_id, "PeerVpcId": accepter.vpc_id}
    return Operation("ec2:CreateVpcPeeringConnection", ends | elsewhere, requester.home)


def take_part(found: LeftOut, subnets: Sequence[Subnet], peering: Peering) -> list[Operation]:
    """The routes that give subnets the part in a connection that their siblings have, there and back.

    None where that cannot be: where the far side leads their addresses elsewhere, or their own table leads a part of
    the peer's elsewhere, which may be meant.
    """
    routes = sibling_routes(found, peering)
    narrow = [
        taken
        for taken in found.instead
        for route in routes
        if taken.addresses & route.addresses and not route.addresses <= taken.addresses
    ]
    if found.elsewhere or narrow:
        return []
    blocks = Addresses.union(subnet.addresses.family(found.version) for subnet in subnets).cidrs()
    there = [lead_over(found.table, route.destination, peering) for route in routes]
    back = [lead_over(group.table, block, peering) for group in found.answering for block in blocks]
    return [*there, *back] if there else []


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


def create_endpoint_beside(endpoint: Endpoint, service_name: str) -> Operation:
    """An interface endpoint for an AWS service in the same subnets, and with the same groups, as another one."""
    record = endpoint.record
    groups = [group.group_id for group in record.groups or () if group.group_id]
    return Operation(
        "ec2:CreateVpcEndpoint",
        {
            "VpcEndpointType": "Interface",
            "VpcId": endpoint.vpc_id,
            "ServiceName": service_name,
            "SubnetIds": list(record.subnet_ids or ()),
            "SecurityGroupIds": groups,
            "PrivateDnsEnabled": bool(record.private_dns_enabled),
        },
        endpoint.home,
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


def disable_peering_exclusion(control_id: str, at: Target) -> Operation:
    """The end of the exclusion of peering from the encryption control of a VPC that ``at`` owns."""
    return Operation(
        "ec2:ModifyVpcEncryptionControl",
        {"VpcEncryptionControlId": control_id, "VpcPeeringExclusion": "disable"},
        at,
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


def replace_reference(group: SecurityGroup, rule: GroupReference, blocks: Sequence[str]) -> list[Operation]:
    """A rule for blocks of addresses in the place of one that names another group."""
    named: dict[str, object] = {
        "IpProtocol": rule.protocol,
        "FromPort": rule.first,
        "ToPort": rule.last,
        "IpRanges": [{"CidrIp": block} for block in blocks if ":" not in block],
        "Ipv6Ranges": [{"CidrIpv6": block} for block in blocks if ":" in block],
    }
    permission = {name: value for name, value in named.items() if value not in (None, [])}
    authorize = Operation(
        f"ec2:AuthorizeSecurityGroup{rule.direction.value.capitalize()}",
        {"GroupId": group.id, "IpPermissions": [permission]},
        group.home,
    )
    return [authorize, revoke_reference(group, rule)]


def let_through(denial: AclDenial) -> list[Operation]:
    """Rules of a network ACL that let the blocks of the peer through where they are denied: all traffic where nothing
    passes, else the answers to TCP connections. None where no number is left for them.
    """
    blocks = [block for block in denial.far.blocks if (6 if ":" in block else 4) == denial.version]
    what: dict[str, object] = {"Protocol": ALL_PROTOCOLS}
    if not denial.everything:
        what = {"Protocol": TCP, "PortRange": {"From": EPHEMERAL_PORTS[0], "To": EPHEMERAL_PORTS[1]}}
    steps: list[Operation] = []
    for direction in denial.everything or denial.answers:
        numbers = _free_numbers(denial, direction)[: len(blocks)]
        if len(numbers) < len(blocks):
            return []
        for number, block in zip(numbers, blocks, strict=True):
            where = {"Ipv6CidrBlock" if denial.version == 6 else "CidrBlock": block}
            rule = {"RuleNumber": number, "RuleAction": "allow", "Egress": direction is Direction.EGRESS}
            steps.append(
                Operation(
                    "ec2:CreateNetworkAclEntry",
                    {"NetworkAclId": denial.acl.network_acl_id, **rule, **what, **where},
                    denial.near.home,
                )
            )
    return steps


def _free_numbers(denial: AclDenial, direction: Direction) -> list[int]:
    """Numbers for new rules before the last rule that denies, so that earlier ones keep what they single out."""
    taken = {
        entry.rule_number or 0 for entry in denial.acl.entries or () if entry.egress is (direction is Direction.EGRESS)
    }
    last = max(number for way, number in denial.rules if way is direction)
    if last < IMPLICIT:
        return [number for number in range(last - 1, 0, -1) if number not in taken]
    highest = max((number for number in taken if number < IMPLICIT), default=0)
    return list(range(highest + 10, IMPLICIT, 10))


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
