"""The answers of AWS that a snapshot holds, and the shape that botocore's service model gives them."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape
from botocore.session import Session
from botocore.validate import ParamValidator

Item = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Action:
    """How the answer of an action becomes items."""

    identity: str
    """The member that tells its items apart."""
    key: str | None = None
    """The member of the answer that holds the items; None where each call's whole answer is one item."""
    parents: tuple[str, ...] = ()
    """The actions whose items say what to ask."""
    worldwide: bool = False
    """Whether it is asked once an account rather than once a region."""


ACTIONS: Mapping[str, Action] = {
    "ec2:DescribeVpcs": Action(key="Vpcs", identity="VpcId"),
    "ec2:DescribeVpcAttribute": Action(identity="VpcId", parents=("ec2:DescribeVpcs",)),
    "ec2:DescribeDhcpOptions": Action(key="DhcpOptions", identity="DhcpOptionsId"),
    "ec2:DescribeSubnets": Action(key="Subnets", identity="SubnetId"),
    "ec2:DescribeRouteTables": Action(key="RouteTables", identity="RouteTableId"),
    "ec2:DescribeNetworkInterfaces": Action(key="NetworkInterfaces", identity="NetworkInterfaceId"),
    "ec2:DescribeSecurityGroups": Action(key="SecurityGroups", identity="GroupId"),
    "ec2:DescribeNetworkAcls": Action(key="NetworkAcls", identity="NetworkAclId"),
    "ec2:DescribeStaleSecurityGroups": Action(identity="VpcId", parents=("ec2:DescribeVpcs",)),
    "ec2:GetManagedPrefixListEntries": Action(
        identity="PrefixListId", parents=("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups")
    ),
    "ec2:DescribeManagedPrefixLists": Action(key="PrefixLists", identity="PrefixListId"),
    "servicequotas:ListServiceQuotas": Action(identity="ServiceCode"),
    "ec2:DescribePrefixLists": Action(key="PrefixLists", identity="PrefixListId"),
    "ec2:DescribeVpcPeeringConnections": Action(key="VpcPeeringConnections", identity="VpcPeeringConnectionId"),
    "ec2:DescribeNatGateways": Action(key="NatGateways", identity="NatGatewayId"),
    "ec2:DescribeInternetGateways": Action(key="InternetGateways", identity="InternetGatewayId"),
    "ec2:DescribeVpnGateways": Action(key="VpnGateways", identity="VpnGatewayId"),
    "ec2:DescribeVpnConnections": Action(key="VpnConnections", identity="VpnConnectionId"),
    "directconnect:DescribeDirectConnectGatewayAssociations": Action(
        identity="associatedGatewayId", parents=("ec2:DescribeVpnGateways",)
    ),
    "ec2:DescribeClientVpnEndpoints": Action(key="ClientVpnEndpoints", identity="ClientVpnEndpointId"),
    "ec2:DescribeClientVpnTargetNetworks": Action(
        identity="ClientVpnEndpointId", parents=("ec2:DescribeClientVpnEndpoints",)
    ),
    "route53resolver:ListResolverEndpoints": Action(key="ResolverEndpoints", identity="Id"),
    "ec2:DescribeTransitGatewayVpcAttachments": Action(
        key="TransitGatewayVpcAttachments", identity="TransitGatewayAttachmentId"
    ),
    "ec2:DescribeVpcEndpoints": Action(key="VpcEndpoints", identity="VpcEndpointId"),
    "ec2:DescribeVpcEndpointServices": Action(key="ServiceDetails", identity="ServiceId"),
    "ec2:DescribeVpcEndpointServiceConfigurations": Action(key="ServiceConfigurations", identity="ServiceId"),
    "ec2:DescribeVpcEndpointServicePermissions": Action(
        identity="ServiceId", parents=("ec2:DescribeVpcEndpointServiceConfigurations",)
    ),
    "ec2:DescribeVpcEndpointConnections": Action(key="VpcEndpointConnections", identity="VpcEndpointConnectionId"),
    "ec2:DescribeVpcEndpointConnectionNotifications": Action(
        key="ConnectionNotificationSet", identity="ConnectionNotificationId"
    ),
    "elasticloadbalancing:DescribeLoadBalancers": Action(key="LoadBalancers", identity="LoadBalancerArn"),
    "elasticloadbalancing:DescribeLoadBalancerAttributes": Action(
        identity="LoadBalancerArn",
        parents=("elasticloadbalancing:DescribeLoadBalancers", "ec2:DescribeVpcEndpointServiceConfigurations"),
    ),
    "ec2:DescribeRegions": Action(key="Regions", identity="RegionName", worldwide=True),
    "cloudwatch:GetMetricData": Action(
        key="MetricDataResults", identity="Label", parents=("ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints")
    ),
    "organizations:ListAccounts": Action(key="Accounts", identity="Id", worldwide=True),
    "route53:ListHostedZones": Action(key="HostedZones", identity="Id", worldwide=True),
    "route53:ListHostedZonesByVPC": Action(identity="VPCId", parents=("ec2:DescribeVpcs",)),
    "route53:ListResourceRecordSets": Action(
        identity="HostedZoneId", parents=("route53:ListHostedZones",), worldwide=True
    ),
    "route53profiles:ListProfileAssociations": Action(key="ProfileAssociations", identity="Id"),
    "route53profiles:ListProfileResourceAssociations": Action(
        identity="ProfileId", parents=("route53profiles:ListProfileAssociations",)
    ),
}
"""Every action that a snapshot answers; parents stand before their children."""


class NewValue(str):
    """A value that AWS's model does not list yet: it may stand where only known values may."""

    __slots__ = ()


# What live answers hold and the model does not list. An attached internet gateway is "available":
# https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-internet-gateways.html; the types of interfaces are in
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html under the filter.
_LIVE = {
    "AttachmentStatus": {"available"},
    "NetworkInterfaceType": {"gateway_load_balancer", "gateway_load_balancer_endpoint", "nat_gateway"},
}

# The services whose name in IAM is not botocore's.
_MODELS = {"elasticloadbalancing": "elbv2", "servicequotas": "service-quotas"}

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def checked(action: str, item: Mapping[str, Any]) -> Item:
    """A copy of an item as a shard holds it.

    ValueError, which names the item, for a member that AWS does not have, a wrong type or an unknown value.
    """
    spec = ACTIONS[action]
    shape = _shape(action)
    content = dict(item)
    where = f"{action} {content.get(spec.identity)}"
    if not isinstance(content.get(spec.identity), str):
        raise ValueError(f"{action}: an item has no {spec.identity}")
    # The parameter of a call is not always a member of its answer.
    asked = {} if spec.identity in shape.members else {spec.identity: content.pop(spec.identity)}
    errors = ParamValidator().validate(content, shape)
    if errors.has_errors():
        raise ValueError(f"{where}: {errors.generate_report()}")
    return {**asked, **cast(Item, _plain(content, shape, where))}


@functools.cache
def _shape(action: str) -> StructureShape:
    """The shape of one item."""
    output = operation_model(action).output_shape
    key = ACTIONS[action].key
    shape = output if key is None else cast(ListShape, cast(StructureShape, output).members[key]).member
    return cast(StructureShape, shape)


def operation_model(action: str) -> OperationModel:
    """What botocore says of an action, such as ``ec2:DescribeVpcs``."""
    service, operation = action.split(":")
    return service_model(_MODELS.get(service, service)).operation_model(operation)


@functools.cache
def service_model(name: str) -> ServiceModel:
    return _session().get_service_model(name)


@functools.cache
def _session() -> Session:
    return Session()


def _plain(value: Any, shape: Shape, where: str) -> Any:
    """What JSON can hold of a value that has the shape; ValueError for a value that its enumeration does not list."""
    if isinstance(shape, StructureShape):
        return {name: _plain(member, shape.members[name], f"{where}.{name}") for name, member in value.items()}
    if isinstance(shape, ListShape):
        return [_plain(member, shape.member, f"{where}[{index}]") for index, member in enumerate(value)]
    if shape.type_name == "timestamp":
        return _time(value, where)
    if isinstance(shape, StringShape):
        if shape.enum and not isinstance(value, NewValue) and not _is_known(value, shape):
            raise ValueError(f'{where}: "{value}" is none of {", ".join(shape.enum)}')
        return str(value)
    return value


def _is_known(value: str, shape: StringShape) -> bool:
    # The model spells the states of endpoints "Available" and "PendingAcceptance", live answers "available".
    spelled = value[:1].upper() + value[1:] if shape.name == "State" else value
    return spelled in shape.enum or value in _LIVE.get(shape.name, ())


def _time(value: datetime | str, where: str) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if not _TIME.fullmatch(value):
        raise ValueError(f'{where}: expected a time such as "2026-11-23T12:00:00Z", got "{value}"')
    return value
