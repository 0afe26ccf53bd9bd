"""Records of Amazon EC2 and Amazon VPC, in the order of the ways of a packet."""

from datetime import datetime
from typing import ClassVar

import msgspec

from auditor.model.record import Cidr, IpAddress, Record, Tag

# --- VPCs and subnets -------------------------------------------------------------------------------------------------


class CidrBlockState(Record, rename="pascal", frozen=True, kw_only=True):
    """Whether a block of addresses belongs to its VPC or subnet now."""

    state: str | None = None
    status_message: str | None = None


class VpcCidrBlockAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv4 block of a VPC."""

    cidr_block: Cidr | None = None
    cidr_block_state: CidrBlockState | None = None


class Ipv6CidrBlockAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv6 block of a VPC or of a subnet."""

    ipv6_cidr_block: Cidr | None = None
    ipv6_cidr_block_state: CidrBlockState | None = None


class VpcEncryptionControlExclusion(Record, rename="pascal", frozen=True, kw_only=True):
    """Whether one kind of traffic is left out of a VPC's encryption control."""

    state: str | None = None


class VpcEncryptionControlExclusions(Record, rename="pascal", frozen=True, kw_only=True):
    """The traffic that is left out of a VPC's encryption control."""

    vpc_peering: VpcEncryptionControlExclusion | None = None


class VpcEncryptionControl(Record, rename="pascal", frozen=True, kw_only=True):
    """Whether a VPC watches or enforces that its traffic is encrypted in transit."""

    mode: str | None = None
    state: str | None = None
    vpc_encryption_control_id: str | None = None
    resource_exclusions: VpcEncryptionControlExclusions | None = None


class Vpc(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcs. A VPC that has no encryption control leaves the member out."""

    vpc_id: str
    owner_id: str | None = None
    is_default: bool | None = None
    cidr_block: Cidr | None = None
    cidr_block_association_set: tuple[VpcCidrBlockAssociation, ...] | None = None
    ipv6_cidr_block_association_set: tuple[Ipv6CidrBlockAssociation, ...] | None = None
    encryption_control: VpcEncryptionControl | None = None
    tags: tuple[Tag, ...] | None = None


class AttributeBooleanValue(Record, rename="pascal", frozen=True, kw_only=True):
    """A switch of a VPC."""

    value: bool | None = None


class VpcAttribute(Record, rename="pascal", frozen=True, kw_only=True):
    """What DescribeVpcAttribute says of one VPC; AWS answers one attribute a call."""

    vpc_id: str
    enable_dns_support: AttributeBooleanValue | None = None
    enable_dns_hostnames: AttributeBooleanValue | None = None


class Subnet(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeSubnets."""

    given: ClassVar[tuple[str, ...]] = ("vpc_id",)

    subnet_id: str
    vpc_id: str | None = None
    owner_id: str | None = None
    cidr_block: Cidr | None = None
    ipv6_cidr_block_association_set: tuple[Ipv6CidrBlockAssociation, ...] | None = None
    ipv6_native: bool | None = None
    availability_zone: str | None = None
    availability_zone_id: str | None = None
    tags: tuple[Tag, ...] | None = None


class NetworkInterfacePrivateIpAddress(Record, rename="pascal", frozen=True, kw_only=True):
    """A private IPv4 address of a network interface."""

    private_ip_address: IpAddress | None = None


class NetworkInterfaceIpv6Address(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv6 address of a network interface."""

    ipv6_address: IpAddress | None = None


class GroupIdentifier(Record, rename="pascal", frozen=True, kw_only=True):
    """A security group of a network interface or of an endpoint."""

    group_id: str | None = None
    group_name: str | None = None


class NetworkInterface(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeNetworkInterfaces."""

    network_interface_id: str
    owner_id: str | None = None
    vpc_id: str | None = None
    subnet_id: str | None = None
    interface_type: str | None = None
    requester_managed: bool | None = None
    source_dest_check: bool | None = None
    status: str | None = None
    description: str | None = None
    groups: tuple[GroupIdentifier, ...] | None = None
    private_ip_address: IpAddress | None = None
    private_ip_addresses: tuple[NetworkInterfacePrivateIpAddress, ...] | None = None
    ipv6_addresses: tuple[NetworkInterfaceIpv6Address, ...] | None = None


# --- Routes -----------------------------------------------------------------------------------------------------------


class Route(Record, rename="pascal", frozen=True, kw_only=True):
    """A route of a route table. One of the three destinations and one of the targets is set."""

    destination_cidr_block: Cidr | None = None
    destination_ipv6_cidr_block: Cidr | None = None
    destination_prefix_list_id: str | None = None
    vpc_peering_connection_id: str | None = None
    gateway_id: str | None = None
    nat_gateway_id: str | None = None
    transit_gateway_id: str | None = None
    core_network_arn: str | None = None
    egress_only_internet_gateway_id: str | None = None
    carrier_gateway_id: str | None = None
    local_gateway_id: str | None = None
    odb_network_arn: str | None = None
    instance_id: str | None = None
    network_interface_id: str | None = None
    origin: str | None = None
    state: str | None = None


class RouteTableAssociationState(Record, rename="pascal", frozen=True, kw_only=True):
    """Whether an association of a route table is in force."""

    state: str | None = None


class RouteTableAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    """What a route table applies to: the VPC's main table, a subnet, or a gateway."""

    main: bool | None = None
    subnet_id: str | None = None
    gateway_id: str | None = None
    association_state: RouteTableAssociationState | None = None


class RouteTable(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeRouteTables."""

    given: ClassVar[tuple[str, ...]] = ("vpc_id", "routes", "associations")

    route_table_id: str
    vpc_id: str | None = None
    owner_id: str | None = None
    associations: tuple[RouteTableAssociation, ...] | None = None
    routes: tuple[Route, ...] | None = None
    tags: tuple[Tag, ...] | None = None


class PrefixListEntry(Record, rename="pascal", frozen=True, kw_only=True):
    """A block of a prefix list."""

    cidr: Cidr | None = None


class ManagedPrefixListEntries(Record, rename="pascal", frozen=True, kw_only=True):
    """What GetManagedPrefixListEntries says of one prefix list."""

    prefix_list_id: str
    entries: tuple[PrefixListEntry, ...] | None = None


class ManagedPrefixList(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeManagedPrefixLists. AWS's own lists belong to ``AWS`` and have no ``MaxEntries``."""

    prefix_list_id: str
    prefix_list_name: str | None = None
    owner_id: str | None = None
    address_family: str | None = None
    max_entries: int | None = None


class PrefixList(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribePrefixLists: the addresses of an AWS service with a gateway endpoint."""

    given: ClassVar[tuple[str, ...]] = ("prefix_list_name",)

    prefix_list_id: str
    prefix_list_name: str | None = None
    cidrs: tuple[Cidr, ...] | None = None


# --- Filters ----------------------------------------------------------------------------------------------------------


class UserIdGroupPair(Record, rename="pascal", frozen=True, kw_only=True):
    """A reference of a security group rule to another security group."""

    group_id: str | None = None
    user_id: str | None = None
    vpc_id: str | None = None
    vpc_peering_connection_id: str | None = None
    peering_status: str | None = None


class IpRange(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv4 range of a security group rule."""

    cidr_ip: Cidr | None = None


class Ipv6Range(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv6 range of a security group rule."""

    cidr_ipv6: Cidr | None = None


class PrefixListId(Record, rename="pascal", frozen=True, kw_only=True):
    """A prefix list of a security group rule."""

    prefix_list_id: str | None = None


class IpPermission(Record, rename="pascal", frozen=True, kw_only=True):
    """A security group rule: one protocol and range of ports, and whom it lets through."""

    ip_protocol: str | None = None
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] | None = None
    ipv6_ranges: tuple[Ipv6Range, ...] | None = None
    prefix_list_ids: tuple[PrefixListId, ...] | None = None
    user_id_group_pairs: tuple[UserIdGroupPair, ...] | None = None


class SecurityGroup(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeSecurityGroups."""

    group_id: str
    group_name: str | None = None
    owner_id: str | None = None
    vpc_id: str | None = None
    ip_permissions: tuple[IpPermission, ...] | None = None
    ip_permissions_egress: tuple[IpPermission, ...] | None = None
    tags: tuple[Tag, ...] | None = None


class StaleIpPermission(Record, rename="pascal", frozen=True, kw_only=True):
    """A security group rule that refers to what is gone."""

    ip_protocol: str | None = None
    from_port: int | None = None
    to_port: int | None = None
    user_id_group_pairs: tuple[UserIdGroupPair, ...] | None = None


class StaleSecurityGroup(Record, rename="pascal", frozen=True, kw_only=True):
    """A security group with at least one stale rule."""

    group_id: str
    group_name: str | None = None
    vpc_id: str | None = None
    stale_ip_permissions: tuple[StaleIpPermission, ...] | None = None
    stale_ip_permissions_egress: tuple[StaleIpPermission, ...] | None = None


class StaleSecurityGroups(Record, rename="pascal", frozen=True, kw_only=True):
    """What DescribeStaleSecurityGroups says of one VPC."""

    vpc_id: str
    stale_security_group_set: tuple[StaleSecurityGroup, ...] | None = None


class PortRange(Record, rename="pascal", frozen=True, kw_only=True):
    """A range of ports of a network ACL entry, named From and To."""

    first: int | None = msgspec.field(name="From", default=None)
    last: int | None = msgspec.field(name="To", default=None)


class IcmpTypeCode(Record, rename="pascal", frozen=True, kw_only=True):
    """The ICMP type and code of a network ACL entry; -1 is all."""

    type: int | None = None
    code: int | None = None


class NetworkAclEntry(Record, rename="pascal", frozen=True, kw_only=True):
    """A rule of a network ACL."""

    rule_number: int | None = None
    egress: bool | None = None
    rule_action: str | None = None
    protocol: str | None = None
    port_range: PortRange | None = None
    icmp_type_code: IcmpTypeCode | None = None
    cidr_block: Cidr | None = None
    ipv6_cidr_block: Cidr | None = None


class NetworkAclAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    """A subnet of a network ACL."""

    subnet_id: str | None = None


class NetworkAcl(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeNetworkAcls."""

    given: ClassVar[tuple[str, ...]] = ("associations", "entries")

    network_acl_id: str
    vpc_id: str | None = None
    owner_id: str | None = None
    is_default: bool | None = None
    associations: tuple[NetworkAclAssociation, ...] | None = None
    entries: tuple[NetworkAclEntry, ...] | None = None


# --- Peering ----------------------------------------------------------------------------------------------------------


class CidrBlock(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv4 block of a side of a peering connection."""

    cidr_block: Cidr | None = None


class Ipv6CidrBlock(Record, rename="pascal", frozen=True, kw_only=True):
    """An IPv6 block of a side of a peering connection."""

    ipv6_cidr_block: Cidr | None = None


class VpcPeeringConnectionOptions(Record, rename="pascal", frozen=True, kw_only=True):
    """What a side of a peering connection allows the other."""

    allow_dns_resolution_from_remote_vpc: bool | None = None
    allow_multipath_resilience: bool | None = None
    multipath_resilience_mode: str | None = None


class VpcPeeringConnectionVpcInfo(Record, rename="pascal", frozen=True, kw_only=True):
    """A side of a peering connection. AWS gives its blocks only while the connection is active."""

    vpc_id: str | None = None
    owner_id: str | None = None
    region: str | None = None
    cidr_block: Cidr | None = None
    cidr_block_set: tuple[CidrBlock, ...] | None = None
    ipv6_cidr_block_set: tuple[Ipv6CidrBlock, ...] | None = None
    peering_options: VpcPeeringConnectionOptions | None = None


class VpcPeeringConnectionStateReason(Record, rename="pascal", frozen=True, kw_only=True):
    """Where a peering connection stands in its life."""

    code: str | None = None
    message: str | None = None


class VpcPeeringConnection(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcPeeringConnections."""

    given: ClassVar[tuple[str, ...]] = ("requester_vpc_info", "accepter_vpc_info", "status")

    vpc_peering_connection_id: str
    requester_vpc_info: VpcPeeringConnectionVpcInfo | None = None
    accepter_vpc_info: VpcPeeringConnectionVpcInfo | None = None
    status: VpcPeeringConnectionStateReason | None = None
    expiration_time: datetime | None = None
    multipath_resilience_status: str | None = None
    tags: tuple[Tag, ...] | None = None


# --- Gateways ---------------------------------------------------------------------------------------------------------


class NatGateway(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeNatGateways. A regional NAT gateway has no subnet of its own."""

    nat_gateway_id: str
    vpc_id: str | None = None
    subnet_id: str | None = None
    state: str | None = None
    connectivity_type: str | None = None
    availability_mode: str | None = None
    tags: tuple[Tag, ...] | None = None


class GatewayAttachment(Record, rename="pascal", frozen=True, kw_only=True):
    """A VPC that an internet gateway or a virtual private gateway is attached to."""

    vpc_id: str | None = None
    state: str | None = None


class InternetGateway(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeInternetGateways."""

    internet_gateway_id: str
    owner_id: str | None = None
    attachments: tuple[GatewayAttachment, ...] | None = None


class VpnGateway(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpnGateways: a virtual private gateway."""

    vpn_gateway_id: str
    state: str | None = None
    vpc_attachments: tuple[GatewayAttachment, ...] | None = None


class VpnStaticRoute(Record, rename="pascal", frozen=True, kw_only=True):
    """A static route of a Site-to-Site VPN connection: addresses on the customer's side."""

    destination_cidr_block: Cidr | None = None
    state: str | None = None


class VpnConnection(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpnConnections."""

    vpn_connection_id: str
    state: str | None = None
    vpn_gateway_id: str | None = None
    transit_gateway_id: str | None = None
    routes: tuple[VpnStaticRoute, ...] | None = None


class TransitGatewayVpcAttachment(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeTransitGatewayVpcAttachments."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str | None = None
    vpc_id: str | None = None
    vpc_owner_id: str | None = None
    state: str | None = None


# --- Endpoints --------------------------------------------------------------------------------------------------------


class DnsOptions(Record, rename="pascal", frozen=True, kw_only=True):
    """How the names of an endpoint resolve."""

    dns_record_ip_type: str | None = None
    private_dns_only_for_inbound_resolver_endpoint: bool | None = None


class DnsEntry(Record, rename="pascal", frozen=True, kw_only=True):
    """A name of an endpoint."""

    dns_name: str | None = None


class LastError(Record, rename="pascal", frozen=True, kw_only=True):
    """Why an endpoint failed."""

    code: str | None = None
    message: str | None = None


class VpcEndpoint(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcEndpoints."""

    given: ClassVar[tuple[str, ...]] = ("vpc_id", "state")

    vpc_endpoint_id: str
    vpc_endpoint_type: str | None = None
    vpc_id: str | None = None
    owner_id: str | None = None
    service_name: str | None = None
    service_region: str | None = None
    state: str | None = None
    policy_document: str | None = None
    route_table_ids: tuple[str, ...] | None = None
    subnet_ids: tuple[str, ...] | None = None
    groups: tuple[GroupIdentifier, ...] | None = None
    ip_address_type: str | None = None
    dns_entries: tuple[DnsEntry, ...] | None = None
    dns_options: DnsOptions | None = None
    private_dns_enabled: bool | None = None
    requester_managed: bool | None = None
    network_interface_ids: tuple[str, ...] | None = None
    creation_timestamp: datetime | None = None
    last_error: LastError | None = None
    failure_reason: str | None = None
    tags: tuple[Tag, ...] | None = None


class ServiceTypeDetail(Record, rename="pascal", frozen=True, kw_only=True):
    """A type of endpoint that a service can be reached through."""

    service_type: str | None = None


class PrivateDnsDetails(Record, rename="pascal", frozen=True, kw_only=True):
    """A private DNS name of a service."""

    private_dns_name: str | None = None


class ServiceDetail(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcEndpointServices."""

    given: ClassVar[tuple[str, ...]] = ("service_type",)

    service_name: str
    service_id: str | None = None
    service_type: tuple[ServiceTypeDetail, ...] | None = None
    service_region: str | None = None
    owner: str | None = None
    availability_zones: tuple[str, ...] | None = None
    private_dns_name: str | None = None
    private_dns_names: tuple[PrivateDnsDetails, ...] | None = None
    private_dns_name_verification_state: str | None = None
    vpc_endpoint_policy_supported: bool | None = None


class Region(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeRegions."""

    region_name: str
    opt_in_status: str | None = None
