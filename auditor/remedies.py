"""The steps that remedies are made of, as AWS operations. A person runs them; the tool never does."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.findings import Operation
from auditor.model import LoadBalancer, NetworkAcl
from auditor.model.directconnect import DirectConnectGatewayAssociation
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.acl_denials import AclDenial
from auditor.network.diagnosis.endpoint_quotas import POLICY_CHARACTERS
from auditor.network.diagnosis.group_references import GroupReference
from auditor.network.diagnosis.left_out import LeftOut, sibling_routes
from auditor.network.endpoint_acls import Stop
from auditor.network.endpoint_policies import EndpointPolicy
from auditor.network.endpoint_services import Connection, Principal
from auditor.network.entities import Endpoint, EndpointService, Peering, SecurityGroup, Side, Subnet, TableGroup, Vpc
from auditor.network.network import Network
from auditor.network.network_acls import EPHEMERAL_PORTS, IMPLICIT
from auditor.network.policies.perimeter import Bounds, perimeter_denials, perimeter_policy
from auditor.network.routes import Origin, Route, RouteTable
from auditor.network.service_filters import AclFilter, Closed
from auditor.network.traffic import ALL_PROTOCOLS, HTTPS, TCP, Direction, Port
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


def lead_to_endpoint(table: RouteTable, route: Route, endpoint: Endpoint) -> Operation:
    """A route that leads to a Gateway Load Balancer endpoint instead of where it leads."""
    return Operation(
        "ec2:ReplaceRoute",
        {"RouteTableId": table.id, **_destination(route.destination), "VpcEndpointId": endpoint.id},
        Target(table.owner, table.region),
    )


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


def if_its_owners(endpoint: Endpoint, steps: list[Operation]) -> list[Operation]:
    """Steps that change or delete an endpoint; none for one that an AWS service looks after: AWS refuses them.

    https://repost.aws/knowledge-center/vpc-delete-requester-managed-endpoint
    """
    return [] if endpoint.requester_managed else steps


def give_back_subnets(endpoint: Endpoint, subnet_ids: Sequence[str]) -> list[Operation]:
    """Some of an endpoint's subnets taken away and given back, which makes a new network interface in each."""
    subnets = list(subnet_ids)
    return [modify_endpoint(endpoint, RemoveSubnetIds=subnets), modify_endpoint(endpoint, AddSubnetIds=subnets)]


def bound_endpoint(read: EndpointPolicy, bounds: Bounds | None, *, anew: bool) -> list[Operation]:
    """The policy that bounds an endpoint to an organization, instead of its own (``anew``) or added to its own.

    None where the organization is not known, what AWS needs of the service, or whether the policy stays short enough;
    and none for an endpoint that an AWS service looks after.
    """
    place = read.place
    if bounds is None or place.service is None or place.region is None:
        return []
    if anew:
        policy = perimeter_policy(place.service, place.region, place.partition, bounds)
    else:
        denials = perimeter_denials(place.service, place.region, place.partition, bounds)
        policy = read.policy.with_statements(denials) if denials else None
    return if_its_owners(read.endpoint, set_policy(read.endpoint, policy) if policy else [])


def bounds_of(network: Network, organization_id: str | None, trusted: Iterable[str]) -> Bounds | None:
    """What to bound endpoints to: the organization, where it is known, and the trusted accounts outside it."""
    if organization_id is None:
        return None
    return Bounds(organization_id, tuple(sorted(set(trusted) - set(network.organization_accounts))))


def name_callers_in_conditions(read: EndpointPolicy) -> list[Operation]:
    """The policy whose principals are ``*`` and named by conditions instead, as gateway endpoints ask for."""
    policy = read.policy.with_callers_in_conditions()
    return if_its_owners(read.endpoint, set_policy(read.endpoint, policy) if policy else [])


def set_policy(endpoint: Endpoint, policy: Mapping[str, Any]) -> list[Operation]:
    """Another policy for an endpoint; none where AWS would not take it, since it is too long.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    document = json.dumps(policy, separators=(",", ":"))
    return [modify_endpoint(endpoint, PolicyDocument=document)] if len(document) <= POLICY_CHARACTERS.default else []


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


def let_out(group: SecurityGroup, port: Port, lists: Sequence[str]) -> Operation:
    """A rule that lets a TCP port out to prefix lists."""
    permission = {
        "IpProtocol": "tcp",
        "FromPort": port.number,
        "ToPort": port.number,
        "PrefixListIds": [{"PrefixListId": list_id} for list_id in lists],
    }
    return Operation(
        "ec2:AuthorizeSecurityGroupEgress", {"GroupId": group.id, "IpPermissions": [permission]}, group.home
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
    ports = None if denial.everything else EPHEMERAL_PORTS
    steps: list[Operation] = []
    for direction in denial.everything or denial.answers:
        denying = [number for way, number in denial.rules if way is direction]
        numbers = _free_numbers(denial.acl, direction, denying)[: len(blocks)]
        if len(numbers) < len(blocks):
            return []
        steps += [
            _allow(denial.acl, denial.near.home, number, direction, block, ports=ports)
            for number, block in zip(numbers, blocks, strict=True)
        ]
    return steps


def let_service_through(acl: AclFilter, closed: Closed, owner: Target) -> list[Operation]:
    """Rules of a network ACL for what it denies of a service: HTTPS out, and the answers in.

    None where no number is left for them, where AWS takes no more rules, or where the service's blocks are not known.
    """
    ports = {Direction.EGRESS: (HTTPS.number, HTTPS.number), Direction.INGRESS: EPHEMERAL_PORTS}
    steps: list[Operation] = []
    for direction, addresses in ((Direction.EGRESS, acl.requests), (Direction.INGRESS, acl.answers)):
        blocks = addresses.cidrs()
        standing = [entry for entry in acl.acl.entries or () if entry.egress is (direction is Direction.EGRESS)]
        denying = [number for way, number in acl.rules if way is direction]
        numbers = _free_numbers(acl.acl, direction, denying)[: len(blocks)] if blocks else []
        if not closed.entries or len(numbers) < len(blocks) or len(standing) + len(blocks) > _MOST_ACL_RULES:
            return []
        steps += [
            _allow(acl.acl, owner, number, direction, block, ports=ports[direction])
            for number, block in zip(sorted(numbers), blocks, strict=True)
        ]
    return steps


def _allow(
    acl: NetworkAcl, at: Target, number: int, direction: Direction, block: str, *, ports: tuple[int, int] | None
) -> Operation:
    """A rule of a network ACL that allows a block: some ports of TCP or, where there are none, all traffic."""
    parameters: dict[str, object] = {
        "NetworkAclId": acl.network_acl_id,
        "RuleNumber": number,
        "RuleAction": "allow",
        "Egress": direction is Direction.EGRESS,
        "Protocol": TCP if ports else ALL_PROTOCOLS,
    }
    if ports:
        parameters["PortRange"] = {"From": ports[0], "To": ports[1]}
    parameters["Ipv6CidrBlock" if ":" in block else "CidrBlock"] = block
    return Operation("ec2:CreateNetworkAclEntry", parameters, at)


# https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: 20 rules, up to 40 where one asks for them.
_MOST_ACL_RULES = 40


def _free_numbers(acl: NetworkAcl, direction: Direction, denying: Sequence[int]) -> list[int]:
    """Numbers for new rules before the last rule that denies, so that earlier ones keep what they single out."""
    taken = {entry.rule_number or 0 for entry in acl.entries or () if entry.egress is (direction is Direction.EGRESS)}
    last = max(denying)
    if last < IMPLICIT:
        return [number for number in range(last - 1, 0, -1) if number not in taken]
    highest = max((number for number in taken if number < IMPLICIT), default=0)
    return list(range(highest + 10, IMPLICIT, 10))


def open_acls(stops: Sequence[Stop], port: Port) -> list[Operation]:
    """Rules of network ACLs that let requests to an endpoint through at a port, and their answers.

    Each stands before the rules that deny. None where no number is left for them.
    """
    taken = {
        stop.acl.network_acl_id: {(entry.egress, entry.rule_number) for entry in stop.acl.entries or ()}
        for stop in stops
    }
    steps: list[Operation] = []
    for stop in stops:
        numbers, egress = taken[stop.acl.network_acl_id], stop.direction is Direction.EGRESS
        ports = EPHEMERAL_PORTS if stop.answers else (port.number, port.number)
        for block in stop.others.cidrs():
            number = _number_before(stop, {each for way, each in numbers if way is egress and each is not None})
            if number is None:
                return []
            numbers.add((egress, number))
            steps.append(_allow(stop.acl, stop.subnets[0].home, number, stop.direction, block, ports=ports))
    return steps


def _number_before(stop: Stop, taken: set[int]) -> int | None:
    """A number for a rule before all that deny; None where there is none."""
    first = min(stop.rules)
    if first < IMPLICIT:
        return next((number for number in range(first - 1, 0, -1) if number not in taken), None)
    highest = max((number for number in taken if number < IMPLICIT), default=0)
    return highest + 10 if highest + 10 < IMPLICIT else None


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


def disallow(service: EndpointService, principals: Sequence[Principal]) -> list[Operation]:
    """The end of the permission of some principals to connect to a service; AWS takes one kind of permission a call."""
    kinds: dict[bool, list[str]] = {}
    for principal in principals:
        kinds.setdefault(principal.for_attachments, []).append(principal.text)
    return [
        Operation(
            "ec2:ModifyVpcEndpointServicePermissions",
            {"ServiceId": service.id, "RemoveAllowedPrincipals": texts}
            | ({"PermissionType": "transit-gateway-attachment"} if attachments else {}),
            service.home,
        )
        for attachments, texts in sorted(kinds.items())
    ]


def modify_service(service: EndpointService, **changes: object) -> Operation:
    """A change of an endpoint service; ``changes`` are the operation's parameters beside the service's id."""
    parameters = {"ServiceId": service.id, **changes}
    return Operation("ec2:ModifyVpcEndpointServiceConfiguration", parameters, service.home)


def accept_connection(service: EndpointService, connection: Connection) -> Operation:
    """The acceptance of a connection that waits for it, by the service's provider."""
    return _answer_connection("ec2:AcceptVpcEndpointConnections", service, connection)


def reject_connection(service: EndpointService, connection: Connection) -> Operation:
    """The rejection of a connection by the service's provider, which ends one that was accepted."""
    return _answer_connection("ec2:RejectVpcEndpointConnections", service, connection)


def _answer_connection(operation: str, service: EndpointService, connection: Connection) -> Operation:
    ids: dict[str, list[str]] = {"VpcEndpointIds": [connection.id]}
    if connection.is_attachment:
        # AWS takes one list alone, and its model asks for the endpoints' all the same.
        ids = {"VpcEndpointIds": [], "TransitGatewayAttachmentIds": [connection.id]}
    return Operation(operation, {"ServiceId": service.id, **ids}, service.home)


def verify_private_dns(service: EndpointService) -> Operation:
    """The request that AWS looks for the record that proves whose a service's private DNS name is."""
    return Operation("ec2:StartVpcEndpointServicePrivateDnsVerification", {"ServiceId": service.id}, service.home)


def enforce_security_groups(service: EndpointService, balancer: LoadBalancer) -> Operation:
    """The inbound rules of a Network Load Balancer's security groups, asked of what comes from endpoints too."""
    return Operation(
        "elbv2:SetSecurityGroups",
        {
            "LoadBalancerArn": balancer.load_balancer_arn,
            "SecurityGroups": list(balancer.security_groups or ()),
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "on",
        },
        service.home,
    )


def cross_zones(service: EndpointService, arn: str) -> Operation:
    """Cross-zone load balancing of a load balancer, switched on."""
    attribute = {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
    parameters = {"LoadBalancerArn": arn, "Attributes": [attribute]}
    return Operation("elbv2:ModifyLoadBalancerAttributes", parameters, service.home)
