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
    dhcp_options_id: str | None = None
    """``default`` where the VPC has no DHCP options set."""
    encryption_control: VpcEncryptionControl | None = None
    tags: tuple[Tag, ...] | None = None


class AttributeValue(Record, rename="pascal", frozen=True, kw_only=True):
    """A value of a DHCP option."""

    value: str | None = None


class DhcpConfiguration(Record, rename="pascal", frozen=True, kw_only=True):
    """A DHCP option, such as ``domain-name-servers``."""

    key: str | None = None
    values: tuple[AttributeValue, ...] | None = None


class DhcpOptions(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeDhcpOptions: a set of options that VPCs can share."""

    dhcp_options_id: str
    dhcp_configurations: tuple[DhcpConfiguration, ...] | None = None


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
    enable_dns64: bool | None = None
    available_ip_address_count: int | None = None
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


class NetworkInterfaceAttachment(Record, rename="pascal", frozen=True, kw_only=True):
    """What a network interface is attached to; AWS names an instance only where it is the customer's."""

    instance_id: str | None = None


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
    attachment: NetworkInterfaceAttachment | None = None


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

    given: ClassVar[tuple[str, ...]] = ("vpc_id",)

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
    create_time: datetime | None = None
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


class ClientVpnStatus(Record, rename="pascal", frozen=True, kw_only=True):
    """The state of a Client VPN endpoint, or of its association with a subnet."""

    code: str | None = None


class ClientVpnEndpoint(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeClientVpnEndpoints. One that is associated with a transit gateway is in no VPC."""

    client_vpn_endpoint_id: str
    vpc_id: str | None = None
    status: ClientVpnStatus | None = None


class ClientVpnTargetNetwork(Record, rename="pascal", frozen=True, kw_only=True):
    """A subnet that a Client VPN endpoint leads into."""

    vpc_id: str | None = None
    status: ClientVpnStatus | None = None


class ClientVpnTargetNetworks(Record, rename="pascal", frozen=True, kw_only=True):
    """What DescribeClientVpnTargetNetworks says of one Client VPN endpoint."""

    client_vpn_endpoint_id: str
    client_vpn_target_networks: tuple[ClientVpnTargetNetwork, ...] | None = None


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
    availability_zone_ids: tuple[str, ...] | None = None
    private_dns_name: str | None = None
    private_dns_names: tuple[PrivateDnsDetails, ...] | None = None
    private_dns_name_verification_state: str | None = None
    vpc_endpoint_policy_supported: bool | None = None
    supported_ip_address_types: tuple[str, ...] | None = None


# --- Endpoint services ------------------------------------------------------------------------------------------------


class PrivateDnsNameConfiguration(Record, rename="pascal", frozen=True, kw_only=True):
    """How the provider of a service proves that the service's private DNS name is its own."""

    state: str | None = None
    type: str | None = None
    name: str | None = None
    value: str | None = None


class SupportedRegionDetail(Record, rename="pascal", frozen=True, kw_only=True):
    """A Region whose endpoints may lead to a service."""

    region: str | None = None
    service_state: str | None = None


class ServiceConfiguration(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcEndpointServiceConfigurations: a service that the account itself provides.

    Its load balancers are all of one kind, and AWS leaves the list of the other kind out.
    """

    service_id: str
    service_name: str | None = None
    service_state: str | None = None
    availability_zones: tuple[str, ...] | None = None
    availability_zone_ids: tuple[str, ...] | None = None
    acceptance_required: bool | None = None
    manages_vpc_endpoints: bool | None = None
    network_load_balancer_arns: tuple[str, ...] | None = None
    gateway_load_balancer_arns: tuple[str, ...] | None = None
    private_dns_name: str | None = None
    private_dns_name_configuration: PrivateDnsNameConfiguration | None = None
    remote_access_enabled: bool | None = None
    supported_regions: tuple[SupportedRegionDetail, ...] | None = None
    tags: tuple[Tag, ...] | None = None


class AllowedPrincipal(Record, rename="pascal", frozen=True, kw_only=True):
    """Somebody who may connect to a service."""

    principal: str | None = None
    principal_type: str | None = None
    permission_type: str | None = None


class VpcEndpointServicePermissions(Record, rename="pascal", frozen=True, kw_only=True):
    """What DescribeVpcEndpointServicePermissions says of one service."""

    service_id: str
    allowed_principals: tuple[AllowedPrincipal, ...] | None = None


class VpcEndpointConnection(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcEndpointConnections: an endpoint or a transit gateway attachment at a service.

    AWS gives a connection an id of its own, which older answers lack.
    """

    service_id: str
    vpc_endpoint_id: str | None = None
    vpc_endpoint_owner: str | None = None
    vpc_endpoint_region: str | None = None
    vpc_endpoint_state: str | None = None
    creation_timestamp: datetime | None = None
    transit_gateway_attachment_id: str | None = None
    transit_gateway_attachment_owner: str | None = None


class ConnectionNotification(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeVpcEndpointConnectionNotifications: what AWS tells of a service or an endpoint, and whom."""

    connection_notification_id: str
    service_id: str | None = None
    connection_notification_arn: str | None = None
    connection_events: tuple[str, ...] | None = None
    connection_notification_state: str | None = None


# --- Regions ----------------------------------------------------------------------------------------------------------


class Region(Record, rename="pascal", frozen=True, kw_only=True):
    """An item of DescribeRegions."""

    region_name: str
    opt_in_status: str | None = None
