"""A typed mirror of AWS's answers, in AWS's own field names.

A record is what one item of an answer decodes into. It names only the members that a rule or the network reads; the
raw item stays in the snapshot, so a new rule can use a member that no record names today. Every member but the id is
optional: absent is not false and not empty. Enumerated values are ``str``, since a new value must not reject a list;
the known values live in ``auditor.network``.
"""

from auditor.model.cloudwatch import MetricDataResult
from auditor.model.directconnect import DirectConnectGatewayAssociations
from auditor.model.ec2 import (
    ClientVpnEndpoint,
    ClientVpnTargetNetworks,
    ConnectionNotification,
    DhcpOptions,
    InternetGateway,
    ManagedPrefixList,
    ManagedPrefixListEntries,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    Region,
    RouteTable,
    SecurityGroup,
    ServiceConfiguration,
    ServiceDetail,
    StaleSecurityGroups,
    Subnet,
    TransitGatewayVpcAttachment,
    Vpc,
    VpcAttribute,
    VpcEndpoint,
    VpcEndpointConnection,
    VpcEndpointServicePermissions,
    VpcPeeringConnection,
    VpnConnection,
    VpnGateway,
)
from auditor.model.elasticloadbalancing import LoadBalancer, LoadBalancerAttributes
from auditor.model.organizations import Account
from auditor.model.record import AnyRecord, Cidr, IpAddress, Record, Tag, read_record, record_id
from auditor.model.route53 import HostedZone, HostedZonesByVpc, ResourceRecordSets
from auditor.model.route53profiles import ProfileAssociation, ProfileResourceAssociations
from auditor.model.route53resolver import ResolverEndpoint
from auditor.model.servicequotas import ServiceQuotas

__all__ = [
    "Account",
    "AnyRecord",
    "Cidr",
    "ClientVpnEndpoint",
    "ClientVpnTargetNetworks",
    "ConnectionNotification",
    "DhcpOptions",
    "DirectConnectGatewayAssociations",
    "HostedZone",
    "HostedZonesByVpc",
    "InternetGateway",
    "IpAddress",
    "LoadBalancer",
    "LoadBalancerAttributes",
    "ManagedPrefixList",
    "ManagedPrefixListEntries",
    "MetricDataResult",
    "NatGateway",
    "NetworkAcl",
    "NetworkInterface",
    "PrefixList",
    "ProfileAssociation",
    "ProfileResourceAssociations",
    "Record",
    "Region",
    "ResolverEndpoint",
    "ResourceRecordSets",
    "RouteTable",
    "SecurityGroup",
    "ServiceConfiguration",
    "ServiceDetail",
    "ServiceQuotas",
    "StaleSecurityGroups",
    "Subnet",
    "Tag",
    "TransitGatewayVpcAttachment",
    "Vpc",
    "VpcAttribute",
    "VpcEndpoint",
    "VpcEndpointConnection",
    "VpcEndpointServicePermissions",
    "VpcPeeringConnection",
    "VpnConnection",
    "VpnGateway",
    "read_record",
    "record_id",
]
