"""A world of AWS accounts for tests: snapshots in the shape that AWS answers, of topologies that moto cannot hold.

    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16")
    b = world.vpc("vpc-b", "10.0.0.0/16", account="222222222222")
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.route_table("rtb-a1", a, [a1], {"10.0.0.0/16": "pcx-1"})
    snapshot = world.snapshot()

Everything is healthy unless a test says otherwise. A mistake is a ValueError: what a call alone can tell at that call,
what needs the whole world (a route to what is not there, a refusal of nothing) in ``snapshot``.
"""

import ipaddress
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import botocore

from auditor.partitions import is_aws_domain
from auditor.snapshot import (
    GLOBAL,
    Answer,
    CallError,
    ErrorKind,
    Folder,
    Manifest,
    ManifestTarget,
    Shard,
    Snapshot,
    Target,
    Tool,
    write_manifest,
    write_shard,
)
from tests.aws_shapes import ACTIONS, Item, NewValue, checked
from tests.world_words import (
    ACL_PROTOCOLS,
    AclRule,
    Permission,
    Reference,
    Routes,
    RouteTable,
    Subnet,
    Via,
    Vpc,
    acl_rule,
    advertised,
    allow,
    blackhole,
    family,
    identifier,
    propagated,
    read_block,
    reference,
    suffix,
    target_member,
    within,
    zone_id,
)

__all__ = [
    "ABSENT",
    "ACCOUNT",
    "COLLECTED_AT",
    "REGION",
    "NewValue",
    "Permission",
    "Reference",
    "RouteTable",
    "Subnet",
    "Via",
    "Vpc",
    "World",
    "acl_rule",
    "advertised",
    "allow",
    "blackhole",
    "propagated",
    "reference",
]

ACCOUNT = "111111111111"
REGION = "eu-west-1"
COLLECTED_AT = "2026-11-23T12:00:00Z"
CREATED_AT = "2026-01-05T08:00:00Z"

DEFAULT_DHCP_OPTIONS = "dopt-default"
"""The DHCP options set that AWS gives every VPC, with its own DNS server; each region of an account has another."""

OPEN_POLICY = {"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}
"""What AWS gives an endpoint whose creator names no policy."""


class _Absent:
    """The type of ``ABSENT``."""


ABSENT = _Absent()
"""In ``World.change``: AWS leaves the member out."""


# --- What the world remembers until it is asked -----------------------------------------------------------------------


@dataclass
class _Table:
    handle: RouteTable
    name: str
    routes: dict[tuple[str, str], Via] = field(default_factory=dict)
    """By destination and origin: AWS keeps a static and a propagated route to one destination."""
    subnets: list[Subnet] = field(default_factory=list)
    gateway: str = ""


@dataclass(frozen=True)
class _Group:
    vpc: Vpc
    name: str
    ingress: tuple[Permission, ...]
    egress: tuple[Permission, ...]


@dataclass
class _Acl:
    vpc: Vpc
    rules: tuple[AclRule, ...]
    subnets: list[Subnet]
    """Those that are associated; of the VPC's default one, what no other has."""
    default: bool


@dataclass(frozen=True)
class _Peering:
    requester: Vpc
    accepter: Vpc
    status: str


@dataclass(frozen=True)
class _GatewayEndpoint:
    id: str
    service: str
    region: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class _Balancer:
    zones: tuple[str, ...]
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class _Zone:
    id: str
    name: str
    account: str
    service: str | None
    """The AWS service that owns it, if none of the accounts does."""
    vpcs: tuple[str, ...]
    records: tuple[tuple[str, str], ...]
    falls_back: bool


@dataclass(frozen=True)
class _Change:
    action: str
    item: str
    account: str | None
    region: str | None
    members: Mapping[str, object]


@dataclass(frozen=True)
class _Fault:
    """An answer that is not whole. ``keep``: as many items as came before; ``item``: only this one failed."""

    action: str
    account: str | None
    region: str | None
    error: CallError | None
    """None where the action was not asked."""
    keep: int = 0
    item: str | None = None
    everything: bool = False


_UNLISTED = ("eigw-", "cagw-", "lgw-", "arn:", "local")
"""Targets that no answer of a snapshot lists: a route may lead there without more."""


class World:
    """Accounts, regions and what they hold. ``account`` and ``region`` are those of a VPC that names none."""

    def __init__(self, account: str = ACCOUNT, region: str = REGION) -> None:
        self.account = account
        self.region = region
        self.vpcs: dict[str, Vpc] = {}
        self.subnets: dict[str, Subnet] = {}
        self.route_tables: dict[str, RouteTable] = {}
        self._ids: set[str] = set()
        self._targets: set[Target] = set()
        self._dropped: dict[Target, bool] = {}
        self._regions: dict[str, str] = {}
        self._members: dict[str, str] = {}
        self._items: dict[Target, dict[str, list[Item]]] = {}
        self._tables: dict[str, _Table] = {}
        self._main: dict[str, str] = {}
        self._shared: list[tuple[Subnet, Target]] = []
        self._groups: dict[str, _Group] = {}
        self._acls: dict[str, _Acl] = {}
        self._peerings: dict[str, _Peering] = {}
        self._in_vpc: dict[str, set[str]] = {}
        """The VPCs from which a route may lead to a gateway, interface or instance."""
        self._gone: set[tuple[str, str]] = set()
        """Gateways whose routes are blackholes, and the VPC that has the routes."""
        self._instances: dict[str, tuple[str, str]] = {}
        """The interface and the owner of each instance."""
        self._subnet_items: dict[str, Item] = {}
        """The description of each subnet, in which its free addresses are counted."""
        self._addresses: dict[str, set[int]] = {}
        """The offsets that are taken in each subnet."""
        self._prefix_lists: dict[str, tuple[str, ...] | None] = {}
        """The blocks of each; None where it cannot be read."""
        self._list_sizes: dict[str, int] = {}
        """The ``MaxEntries`` of customers' prefix lists."""
        self._quotas: dict[str, float] = {}
        """The applied values of quotas of Amazon VPC by code, in every account and region."""
        self._service_lists: dict[str, str] = {}
        """The prefix list of each service's full name."""
        self._client_vpns: dict[str, list[Item]] = {}
        """The target networks of each Client VPN endpoint."""
        self._associations: dict[str, list[Item]] = {}
        """The Direct Connect associations of each virtual private gateway."""
        self._balancers: dict[str, _Balancer] = {}
        """The load balancers by their ARNs."""
        self._principals: dict[str, list[Item]] = {}
        """Who is allowed at each endpoint service."""
        self._gateway_endpoints: list[_GatewayEndpoint] = []
        self._services: dict[tuple[str, str], list[Item]] = {}
        """The services of a region by their full names; the ones of AWS with more than one type have several."""
        self._dhcp_options: dict[Target, list[Item]] = {}
        """The sets beside AWS's own."""
        self._carried: dict[str, float] | None = None
        """The gigabytes that gateways and endpoints carried each day; None where the run read no metrics."""
        self._zones: list[_Zone] = []
        self._profiles: dict[str, list[Item]] = {}
        """The associations of each Route 53 Profile with resources."""
        self._changes: list[_Change] = []
        self._faults: list[_Fault] = []

    # --- Accounts and regions -----------------------------------------------------------------------------------------

    def audit(self, account: str | None = None, region: str | None = None) -> Target:
        """Collect a target, whether it holds anything or not; what holds an audited VPC is collected anyway."""
        target = Target(account or self.account, region or self.region)
        if not (target.account.isdigit() and len(target.account) == 12):
            raise ValueError(f'"{target.account}" is no account: give 12 digits')
        if target not in self._targets:
            self._targets.add(target)
            self._regions.setdefault(target.region, "opt-in-not-required")
            self._members.setdefault(target.account, "ACTIVE")
            self._know_services(target.region)
        return target

    def enable_region(self, region: str, status: str = "opt-in-not-required") -> None:
        """Let DescribeRegions list a region that is not collected."""
        self._regions[region] = status

    def organization(self, *accounts: str, status: str = "ACTIVE") -> None:
        """Let ListAccounts list members that are not audited; the audited accounts are members anyway."""
        self._members.update(dict.fromkeys(accounts, status))

    # --- VPCs and subnets ---------------------------------------------------------------------------------------------

    def vpc(
        self,
        vpc_id: str,
        *blocks: str,
        name: str = "",
        account: str | None = None,
        region: str | None = None,
        dns_support: bool = True,
        dns_hostnames: bool = True,
        disassociated: Sequence[str] = (),
    ) -> Vpc:
        """A VPC with its main route table ``rtb-…-main``, default security group ``sg-…-default`` and default network
        ACL ``acl-…-default``, which lets everything through.

        ``blocks`` are IPv4, the primary first, and IPv6; ``disassociated`` are IPv4 blocks that it no longer has.
        """
        vpc = self._new_vpc(vpc_id, blocks, account or self.account, region or self.region, audited=True)
        target = self.audit(vpc.account, vpc.region)
        former = [str(read_block(block)) for block in disassociated]
        item: Item = {
            "VpcId": vpc.id,
            "OwnerId": vpc.account,
            "State": "available",
            "CidrBlock": vpc.ipv4[0],
            "DhcpOptionsId": DEFAULT_DHCP_OPTIONS,
            "InstanceTenancy": "default",
            "IsDefault": False,
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": f"vpc-cidr-assoc-{suffix(vpc.id)}-{index}",
                    "CidrBlock": block,
                    "CidrBlockState": {"State": "disassociated" if block in former else "associated"},
                }
                for index, block in enumerate([*vpc.ipv4, *former])
            ],
            "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
            "Tags": _tags(name),
        }
        if vpc.ipv6:
            item["Ipv6CidrBlockAssociationSet"] = [
                {
                    "AssociationId": f"vpc-cidr-assoc-{suffix(vpc.id)}-v6-{index}",
                    "Ipv6CidrBlock": block,
                    "Ipv6CidrBlockState": {"State": "associated"},
                    "NetworkBorderGroup": vpc.region,
                    "Ipv6Pool": "Amazon",
                    "Ipv6AddressAttribute": "public",
                    "IpSource": "amazon",
                }
                for index, block in enumerate(vpc.ipv6)
            ]
        self._put(target, "ec2:DescribeVpcs", item)
        switches = {"EnableDnsSupport": {"Value": dns_support}, "EnableDnsHostnames": {"Value": dns_hostnames}}
        self._put(target, "ec2:DescribeVpcAttribute", {"VpcId": vpc.id, **switches})
        self._main[vpc.id] = self._new_table(f"rtb-{suffix(vpc.id)}-main", vpc, "").id
        default = f"sg-{suffix(vpc.id)}-default"
        self.security_group(default, vpc, [allow("all", None, default)], name="default")
        open_to_all = [
            acl_rule(direction, number, "allow", everything)
            for direction in ("ingress", "egress")
            for number, everything in ((100, "0.0.0.0/0"), (101, "::/0"))
            if vpc.ipv6 or number == 100
        ]
        self._new_acl(f"acl-{suffix(vpc.id)}-default", vpc, open_to_all, default=True)
        return vpc

    def dhcp_options(self, options_id: str, *dns_servers: str, vpcs: Sequence[Vpc]) -> str:
        """A DHCP options set of VPCs of one account and region; without DNS servers it says nothing of any."""
        servers = {"Key": "domain-name-servers", "Values": [{"Value": server} for server in dns_servers]}
        name = {"Key": "domain-name", "Values": [{"Value": "example.com"}]}
        item: Item = {
            "DhcpOptionsId": self._new_id(options_id, "dopt-"),
            "OwnerId": vpcs[0].account,
            "DhcpConfigurations": [name, servers] if dns_servers else [name],
            "Tags": [],
        }
        self._dhcp_options.setdefault(vpcs[0].home, []).append(item)
        for vpc in vpcs:
            if vpc.home != vpcs[0].home:
                raise ValueError(f"{options_id}: {vpc.id} is not of {vpcs[0].home}")
            self.change("ec2:DescribeVpcs", vpc.id, DhcpOptionsId=options_id)
        return options_id

    def foreign_vpc(self, vpc_id: str, *blocks: str, account: str, region: str | None = None) -> Vpc:
        """A VPC that is not audited: only the other side of a peering connection shows it."""
        return self._new_vpc(vpc_id, blocks, account, region or self.region, audited=False)

    def subnet(
        self,
        subnet_id: str,
        vpc: Vpc,
        *blocks: str,
        az: str | None = None,
        name: str = "",
        enis: bool | Sequence[str] = True,
        groups: Sequence[str] | None = None,
    ) -> Subnet:
        """A subnet with workloads: one, none (``enis=False``), or one at each IPv4 address of ``enis``.

        ``blocks`` are an IPv4 block, an IPv6 block or both. ``groups`` are the workloads' security groups, by default
        the VPC's.
        """
        networks = [read_block(block) for block in blocks]
        if Counter(network.version for network in networks) not in ({4: 1}, {6: 1}, {4: 1, 6: 1}):
            raise ValueError(f"{subnet_id}: a subnet has one IPv4 block, one IPv6 block or one of each")
        taken = [ipaddress.ip_network(block) for each in self._subnets_of(vpc) for block in each.blocks]
        for network in networks:
            if not any(within(network, ipaddress.ip_network(block)) for block in vpc.blocks):
                raise ValueError(f"{subnet_id}: {network} is not in {vpc.id}, which has {', '.join(vpc.blocks)}")
            if any(network.overlaps(other) for other in taken):
                raise ValueError(f"{subnet_id}: {network} overlaps another subnet of {vpc.id}")
        zone = az or f"{vpc.region}a"
        if zone[:-1] != vpc.region:
            raise ValueError(f"{subnet_id}: {zone} is no Availability Zone of {vpc.region}")
        self._audited(vpc, subnet_id)
        subnet = Subnet(self._new_id(subnet_id, "subnet-"), vpc, tuple(map(str, networks)), zone)
        self.subnets[subnet.id] = subnet
        block = subnet.block(4)
        item: Item = {
            "SubnetId": subnet.id,
            "SubnetArn": f"arn:aws:ec2:{vpc.region}:{vpc.account}:subnet/{subnet.id}",
            "VpcId": vpc.id,
            "OwnerId": vpc.account,
            "State": "available",
            "AvailabilityZone": zone,
            "AvailabilityZoneId": zone_id(zone),
            "AssignIpv6AddressOnCreation": False,
            "DefaultForAz": False,
            "MapPublicIpOnLaunch": False,
            "EnableDns64": False,
            "Ipv6Native": block is None,
            # AWS keeps five addresses of each subnet, and counts IPv4 alone.
            "AvailableIpAddressCount": block.num_addresses - 5 if block else 0,
            "Tags": _tags(name),
            "Ipv6CidrBlockAssociationSet": [
                {
                    "AssociationId": f"subnet-cidr-assoc-{suffix(subnet.id)}",
                    "Ipv6CidrBlock": str(network),
                    "Ipv6CidrBlockState": {"State": "associated"},
                    "Ipv6AddressAttribute": "public",
                    "IpSource": "amazon",
                }
                for network in networks
                if network.version == 6
            ],
        }
        if block is not None:
            item["CidrBlock"] = str(block)
        self._put(vpc.home, "ec2:DescribeSubnets", item)
        self._subnet_items[subnet.id] = item
        addresses: Sequence[str | None] = [None] if enis is True else enis or ()
        for index, address in enumerate(addresses):
            workload = f"{suffix(subnet.id)}-{index}"
            self.network_interface(f"eni-{workload}", subnet, address, groups=groups, instance=f"i-{workload}")
        return subnet

    def share(self, subnet: Subnet, account: str) -> None:
        """Share a subnet with another account, which is audited as a participant of the VPC."""
        self._shared.append((subnet, self.audit(account, subnet.vpc.region)))

    def network_interface(
        self,
        interface_id: str,
        subnet: Subnet,
        address: str | None = None,
        *,
        groups: Sequence[str] | None = None,
        kind: str = "interface",
        description: str = "",
        managed: bool = False,
        instance: str | None = None,
        source_dest_check: bool = True,
        owner: str | None = None,
    ) -> str:
        """A network interface in use, of one IPv4 address and, where the subnet has IPv6, one of the same offset.

        ``managed``: AWS made it for one of its services. ``instance``: it belongs to this instance, to which a route
        can then lead. ``owner``: a participant, with whom the subnet is shared. Returns the id.
        """
        vpc = subnet.vpc
        owner = owner or vpc.account
        offset = self._take(subnet, address)
        item: Item = {
            "NetworkInterfaceId": self._new_id(interface_id, "eni-"),
            "OwnerId": owner,
            "VpcId": vpc.id,
            "SubnetId": subnet.id,
            "AvailabilityZone": subnet.az,
            "AvailabilityZoneId": zone_id(subnet.az),
            "Description": description,
            "InterfaceType": kind,
            "RequesterManaged": managed,
            "SourceDestCheck": source_dest_check,
            "Status": "in-use",
            "Groups": self._group_identifiers([f"sg-{suffix(vpc.id)}-default"] if groups is None else groups, vpc),
            "PrivateIpAddresses": [],
            "Ipv6Addresses": [],
            "TagSet": [],
        }
        if (block := subnet.block(4)) is not None:
            item["PrivateIpAddress"] = str(block[offset])
            item["PrivateIpAddresses"] = [{"Primary": True, "PrivateIpAddress": str(block[offset])}]
            self._subnet_items[subnet.id]["AvailableIpAddressCount"] -= 1
        if (block := subnet.block(6)) is not None:
            item["Ipv6Addresses"] = [{"Ipv6Address": str(block[offset]), "IsPrimaryIpv6": False}]
        if managed:
            item["RequesterId"] = "amazon-aws"
        self._in_vpc[interface_id] = {vpc.id}
        if instance is not None:
            self._in_vpc[self._new_id(instance, "i-")] = {vpc.id}
            self._instances[instance] = (interface_id, owner)
            item["Attachment"] = {
                "AttachmentId": f"eni-attach-{suffix(interface_id)}",
                "AttachTime": CREATED_AT,
                "DeleteOnTermination": True,
                "DeviceIndex": 0,
                "InstanceId": instance,
                "InstanceOwnerId": owner,
                "Status": "attached",
            }
        self._put(vpc.home, "ec2:DescribeNetworkInterfaces", item)
        if owner != vpc.account:
            # The owner of the VPC sees the interfaces of every participant, a participant only its own.
            self._put(self.audit(owner, vpc.region), "ec2:DescribeNetworkInterfaces", item)
        return interface_id

    # --- Routes -------------------------------------------------------------------------------------------------------

    def route_table(
        self,
        table_id: str,
        vpc: Vpc,
        subnets: Iterable[Subnet] = (),
        routes: Routes = (),
        *,
        main: bool = False,
        gateway: str = "",
        name: str = "",
    ) -> RouteTable:
        """A route table: the routes given, and one to ``local`` for each block of the VPC.

        A destination is a block or a prefix list; a route to one of the VPC's own blocks replaces its local route.
        ``main``: it stands in the place of the VPC's first main table, which is then as if it had never been.
        ``gateway``: the table applies to what comes in through this gateway.
        """
        if main:
            first = self._tables[self._main[vpc.id]]
            if first.routes:
                raise ValueError(f"{table_id}: {first.handle.id} is the main table already and has routes")
            self._ids.discard(first.handle.id)
            del self._tables[first.handle.id], self.route_tables[first.handle.id]
        handle = self._new_table(table_id, vpc, name)
        table = self._tables[handle.id]
        table.gateway = gateway
        if main:
            self._main[vpc.id] = handle.id
        for subnet in subnets:
            if subnet.vpc != vpc:
                raise ValueError(f"{table_id}: {subnet.id} is in {subnet.vpc.id}, not in {vpc.id}")
            for other in self._tables.values():
                if subnet in other.subnets:
                    raise ValueError(f"{table_id}: {subnet.id} has the table {other.handle.id} already")
            table.subnets.append(subnet)
        self._add_routes(table, routes)
        return handle

    def main_routes(self, vpc: Vpc, routes: Routes) -> RouteTable:
        """Add routes to the VPC's main table."""
        table = self._tables[self._main[self._audited(vpc, "main table").id]]
        self._add_routes(table, routes)
        return table.handle

    def prefix_list(
        self, list_id: str, blocks: Sequence[str] = (), *, readable: bool = True, max_entries: int | None = None
    ) -> str:
        """A customer's prefix list, shown where it is used; ``readable=False``: AWS refuses its entries.

        ``max_entries`` is by default the number of its blocks.
        """
        if not readable and blocks:
            raise ValueError(f"{list_id}: a list that cannot be read has no blocks")
        entries = tuple(str(read_block(block)) for block in blocks)
        self._prefix_lists[self._new_id(list_id, "pl-")] = entries if readable else None
        self._list_sizes[list_id] = len(entries) or 1 if max_entries is None else max_entries
        return list_id

    def quota(self, code: str, value: float) -> None:
        """The value of a quota of Amazon VPC that Service Quotas answers; of others it answers none."""
        self._quotas[code] = value

    def aws_prefix_list(self, list_id: str, service: str, blocks: Sequence[str]) -> str:
        """The prefix list of a service, such as ``com.amazonaws.eu-west-1.s3``, in the place of the region's own.

        Without it, the lists of s3, dynamodb and s3express are ``pl-s3`` and so on in the world's own region, and
        ``pl-s3-us-east-1`` and so on in another.
        """
        self._know_services(service.split(".")[2])
        previous = self._service_lists.get(service)
        if previous is None:
            raise ValueError(f"{service}: no gateway endpoint leads there")
        self._ids.discard(previous)
        del self._prefix_lists[previous], self._list_sizes[previous]
        self._service_lists[service] = self.prefix_list(list_id, blocks)
        return list_id

    # --- Gateways -----------------------------------------------------------------------------------------------------

    def internet_gateway(self, gateway_id: str, vpc: Vpc, *, attached: bool = True) -> str:
        """An internet gateway, of the VPC's account; ``attached=False``: of no VPC now."""
        item: Item = {
            "InternetGatewayId": self._new_id(gateway_id, "igw-"),
            "OwnerId": vpc.account,
            "Attachments": [{"State": "available", "VpcId": vpc.id}] if attached else [],
            "Tags": [],
        }
        self._put(self._audited(vpc, gateway_id).home, "ec2:DescribeInternetGateways", item)
        return self._lead_to(gateway_id, vpc, alive=attached)

    def nat_gateway(
        self, gateway_id: str, place: Subnet | Vpc, *, connectivity: str = "public", state: str = "available"
    ) -> str:
        """A NAT gateway: a zonal one in a subnet, with its interface, or a regional one of a whole VPC."""
        vpc = place.vpc if isinstance(place, Subnet) else place
        item: Item = {
            "NatGatewayId": self._new_id(gateway_id, "nat-"),
            "VpcId": vpc.id,
            "State": state,
            "ConnectivityType": connectivity,
            "AvailabilityMode": "zonal" if isinstance(place, Subnet) else "regional",
            "CreateTime": CREATED_AT,
            "NatGatewayAddresses": [],
            "Tags": [],
        }
        if isinstance(place, Subnet):
            interface = self.network_interface(
                f"eni-{gateway_id}",
                place,
                groups=(),
                kind="nat_gateway",
                description=f"Interface for NAT Gateway {gateway_id}",
                managed=True,
                source_dest_check=False,
            )
            item["SubnetId"] = place.id
            item["NatGatewayAddresses"] = [
                {"NetworkInterfaceId": interface, "IsPrimary": True, "Status": "succeeded"},
            ]
        self._put(self._audited(vpc, gateway_id).home, "ec2:DescribeNatGateways", item)
        return self._lead_to(gateway_id, vpc, alive=state in ("available", "pending"))

    def vpn_gateway(self, gateway_id: str, vpc: Vpc, *, attachment: str = "attached") -> str:
        """A virtual private gateway, of the VPC's account, and the state of its attachment."""
        item: Item = {
            "VpnGatewayId": self._new_id(gateway_id, "vgw-"),
            "State": "available",
            "Type": "ipsec.1",
            "AmazonSideAsn": 64512,
            "VpcAttachments": [{"VpcId": vpc.id, "State": attachment}],
            "Tags": [],
        }
        self._put(self._audited(vpc, gateway_id).home, "ec2:DescribeVpnGateways", item)
        return self._lead_to(gateway_id, vpc, alive=attachment == "attached")

    def vpn_connection(
        self, connection_id: str, gateway: str, vpc: Vpc, *, routes: Sequence[str] = (), state: str = "available"
    ) -> str:
        """A VPN connection of a virtual private or transit gateway of the VPC, with its static routes."""
        if vpc.id not in self._in_vpc.get(gateway, ()):
            raise ValueError(f"{connection_id}: {gateway} is not attached to {vpc.id}")
        item: Item = {
            "VpnConnectionId": self._new_id(connection_id, "vpn-"),
            "State": state,
            "Type": "ipsec.1",
            "Category": "VPN",
            "CustomerGatewayId": f"cgw-{suffix(connection_id)}",
            "VpnGatewayId" if gateway.startswith("vgw-") else "TransitGatewayId": gateway,
            "Options": {"StaticRoutesOnly": bool(routes), "EnableAcceleration": False},
            "Routes": [{"DestinationCidrBlock": str(read_block(block)), "State": "available"} for block in routes],
            "Tags": [],
        }
        self._put(vpc.home, "ec2:DescribeVpnConnections", item)
        return connection_id

    def direct_connect(self, gateway: str, prefixes: Sequence[str], *, state: str = "associated") -> None:
        """Associate a virtual private gateway with a Direct Connect gateway that advertises ``prefixes`` of its VPC."""
        found = [
            (target, item)
            for target in self._items
            for item in self._items[target].get("ec2:DescribeVpnGateways", ())
            if item["VpnGatewayId"] == gateway
        ]
        if not found:
            raise ValueError(f"{gateway}: no such virtual private gateway in the world")
        target = found[0][0]
        self._associations.setdefault(gateway, []).append(
            {
                "associationId": f"dxgw-assoc-{suffix(gateway)}",
                "associationState": state,
                "directConnectGatewayId": f"dxgw-{suffix(gateway)}",
                "directConnectGatewayOwnerAccount": target.account,
                "associatedGateway": {
                    "id": gateway,
                    "type": "virtualPrivateGateway",
                    "ownerAccount": target.account,
                    "region": target.region,
                },
                "allowedPrefixesToDirectConnectGateway": [{"cidr": str(read_block(block))} for block in prefixes],
                "virtualGatewayId": gateway,
                "virtualGatewayRegion": target.region,
                "virtualGatewayOwnerAccount": target.account,
            }
        )

    def client_vpn(
        self, endpoint_id: str, vpc: Vpc, subnets: Sequence[Subnet] = (), *, status: str = "available"
    ) -> str:
        """A Client VPN endpoint of the VPC's account, which is associated with some subnets of the VPC."""
        item: Item = {
            "ClientVpnEndpointId": self._new_id(endpoint_id, "cvpn-endpoint-"),
            "Status": {"Code": status},
            "CreationTime": CREATED_AT,
            "DnsName": f"*.{endpoint_id}.prod.clientvpn.{vpc.region}.amazonaws.com",
            "ClientCidrBlock": "192.168.252.0/22",
            "SplitTunnel": True,
            "VpnProtocol": "openvpn",
            "TransportProtocol": "udp",
            "VpnPort": 443,
            "SecurityGroupIds": [f"sg-{suffix(vpc.id)}-default"],
            "VpcId": vpc.id,
            "Tags": [],
        }
        self._put(self._audited(vpc, endpoint_id).home, "ec2:DescribeClientVpnEndpoints", item)
        self._client_vpns[endpoint_id] = [
            {
                "AssociationId": f"cvpn-assoc-{suffix(subnet.id)}",
                "VpcId": subnet.vpc.id,
                "TargetNetworkId": subnet.id,
                "ClientVpnEndpointId": endpoint_id,
                "Status": {"Code": "associated"},
                "SecurityGroups": [f"sg-{suffix(vpc.id)}-default"],
            }
            for subnet in subnets
        ]
        return endpoint_id

    def resolver_endpoint(
        self, endpoint_id: str, vpc: Vpc, *, direction: str = "INBOUND", status: str = "OPERATIONAL"
    ) -> str:
        """A Route 53 Resolver endpoint in a VPC, of the VPC's account."""
        item: Item = {
            "Id": self._new_id(endpoint_id, "rslvr-"),
            "Arn": f"arn:aws:route53resolver:{vpc.region}:{vpc.account}:resolver-endpoint/{endpoint_id}",
            "Name": endpoint_id,
            "SecurityGroupIds": [f"sg-{suffix(vpc.id)}-default"],
            "Direction": direction,
            "IpAddressCount": 2,
            "HostVPCId": vpc.id,
            "Status": status,
            "CreationTime": CREATED_AT,
            "ModificationTime": CREATED_AT,
            "ResolverEndpointType": "IPV4",
            "Protocols": ["Do53"],
        }
        self._put(self._audited(vpc, endpoint_id).home, "route53resolver:ListResolverEndpoints", item)
        return endpoint_id

    def transit_gateway_attachment(
        self, gateway_id: str, vpc: Vpc, subnets: Sequence[Subnet] = (), *, state: str = "available"
    ) -> str:
        """Attach a VPC to a transit gateway, with an interface in each subnet. Returns the attachment's id."""
        attachment = self._new_id(f"tgw-attach-{suffix(gateway_id)}-{suffix(vpc.id)}", "tgw-attach-")
        item: Item = {
            "TransitGatewayAttachmentId": attachment,
            "TransitGatewayId": identifier(gateway_id, "tgw-"),
            "VpcId": vpc.id,
            "VpcOwnerId": vpc.account,
            "State": state,
            "SubnetIds": [subnet.id for subnet in subnets],
            "CreationTime": CREATED_AT,
            "Options": {
                "DnsSupport": "enable",
                "SecurityGroupReferencingSupport": "enable",
                "Ipv6Support": "disable",
                "ApplianceModeSupport": "disable",
            },
            "Tags": [],
        }
        self._put(self._audited(vpc, gateway_id).home, "ec2:DescribeTransitGatewayVpcAttachments", item)
        for subnet in subnets:
            self.network_interface(
                f"eni-{suffix(attachment)}-{suffix(subnet.id)}",
                subnet,
                groups=(),
                kind="transit_gateway",
                description=f"Network Interface for Transit Gateway Attachment {attachment}",
                managed=True,
            )
        self._lead_to(gateway_id, vpc, alive=state == "available")
        return attachment

    # --- Peering ------------------------------------------------------------------------------------------------------

    def peering(
        self,
        peering_id: str,
        requester: Vpc,
        accepter: Vpc,
        *,
        status: str = "active",
        dns: tuple[bool, bool] = (True, True),
        expires: str | None = None,
        message: str | None = None,
        name: str = "",
        accepter_name: str = "",
    ) -> str:
        """A peering connection, which the shards of both sides show, each as AWS does.

        ``dns``: whether the requester, and the accepter, lets the other resolve its public names; a side's answer is
        shown to its own account and region alone. The sides' blocks are shown while the connection is active. ``name``
        and ``accepter_name`` are what each side calls it; where both are in one account and region, ``name`` holds. A
        request that waits expires in six days unless ``expires`` says otherwise.
        """
        if requester == accepter:
            raise ValueError(f"{peering_id}: {requester.id} cannot be peered with itself")
        homes = dict.fromkeys(vpc.home for vpc in (requester, accepter) if vpc.audited)
        if not homes:
            raise ValueError(f"{peering_id}: neither side is audited, so no shard shows it")
        if expires is None and status == "pending-acceptance":
            expires = "2026-11-29T12:00:00Z"
        self._peerings[self._new_id(peering_id, "pcx-")] = _Peering(requester, accepter, status)
        for home in homes:
            item: Item = {
                "VpcPeeringConnectionId": peering_id,
                "Status": {"Code": status, "Message": message or _status_message(status, accepter.account)},
                "RequesterVpcInfo": _side(requester, dns[0], status, home),
                "AccepterVpcInfo": _side(accepter, dns[1], status, home),
                "Tags": _tags(name if home == requester.home else accepter_name),
            }
            if expires:
                item["ExpirationTime"] = expires
            self._put(home, "ec2:DescribeVpcPeeringConnections", item)
        return peering_id

    # --- Security groups ----------------------------------------------------------------------------------------------

    def security_group(
        self,
        group_id: str,
        vpc: Vpc,
        ingress: Sequence[Permission] = (),
        egress: Sequence[Permission] | None = None,
        *,
        name: str = "",
    ) -> str:
        """A security group; ``egress`` None lets everything out, as AWS's own first rule does."""
        if egress is None:
            egress = [allow("all", None, "0.0.0.0/0", *(["::/0"] if vpc.ipv6 else []))]
        vpc = self._audited(vpc, group_id)
        self._groups[self._new_id(group_id, "sg-")] = _Group(vpc, name or group_id, tuple(ingress), tuple(egress))
        return group_id

    # --- Network ACLs -------------------------------------------------------------------------------------------------

    def network_acl(self, acl_id: str, vpc: Vpc, subnets: Iterable[Subnet], rules: Sequence[AclRule] = ()) -> str:
        """A network ACL in place of the VPC's default one; without rules it lets nothing through."""
        acl = self._new_acl(acl_id, vpc, rules)
        for subnet in subnets:
            if subnet.vpc != vpc:
                raise ValueError(f"{acl_id}: {subnet.id} is in {subnet.vpc.id}, not in {vpc.id}")
            if any(subnet in other.subnets for other in self._acls.values()):
                raise ValueError(f"{acl_id}: {subnet.id} has a network ACL already")
            acl.subnets.append(subnet)
        return acl_id

    def _new_acl(self, acl_id: str, vpc: Vpc, rules: Sequence[AclRule], *, default: bool = False) -> _Acl:
        numbers = [(rule.egress, rule.number) for rule in rules]
        if len(set(numbers)) < len(numbers):
            raise ValueError(f"{acl_id}: two of its rules in one direction have one number")
        vpc = self._audited(vpc, acl_id)
        acl = self._acls[self._new_id(acl_id, "acl-")] = _Acl(vpc, tuple(rules), [], default)
        return acl

    # --- Endpoints ----------------------------------------------------------------------------------------------------

    def service(
        self,
        service: str,
        *,
        kind: str = "Interface",
        owner: str = "amazon",
        region: str | None = None,
        zones: str = "abc",
        private_names: Sequence[str] = (),
        policy: bool = False,
        verified: str = "verified",
        address_types: Sequence[str] = ("ipv4",),
    ) -> str:
        """A service that every account of the region is offered, beside AWS's own; ``zones`` are letters."""
        region = region or self.region
        self._know_services(region)
        number = crc32(f"{service} {kind}".encode())
        item: Item = {
            "ServiceName": service,
            "ServiceId": self._new_id(f"vpce-svc-{number:08x}-{region}", "vpce-svc-"),
            "ServiceType": [{"ServiceType": kind}],
            "ServiceRegion": region,
            "AvailabilityZones": [f"{region}{zone}" for zone in zones],
            "AvailabilityZoneIds": [zone_id(f"{region}{zone}") for zone in zones],
            "Owner": owner,
            "BaseEndpointDnsNames": [_base_name(service, region, kind)],
            "VpcEndpointPolicySupported": policy,
            "AcceptanceRequired": False,
            "ManagesVpcEndpoints": False,
            "Tags": [],
            "SupportedIpAddressTypes": list(address_types),
        }
        if private_names:
            item["PrivateDnsName"] = private_names[0]
            item["PrivateDnsNames"] = [{"PrivateDnsName": name} for name in private_names]
            item["PrivateDnsNameVerificationState"] = verified
        checked("ec2:DescribeVpcEndpointServices", item)
        self._services.setdefault((region, service), []).append(item)
        return service

    def gateway_endpoint(
        self,
        endpoint_id: str,
        vpc: Vpc,
        service: str,
        tables: Sequence[RouteTable] = (),
        *,
        policy: Mapping[str, Any] | str | None = None,
        state: str = "available",
        name: str = "",
    ) -> str:
        """A gateway endpoint, and its route in each table. ``service`` is ``s3``, or a service's full name."""
        full_name = self._offered(endpoint_id, vpc.region, service, "Gateway")["ServiceName"]
        for table in tables:
            if table.vpc != vpc:
                raise ValueError(f"{endpoint_id}: {table.id} is in {table.vpc.id}, not in {vpc.id}")
        item = self._endpoint(endpoint_id, vpc, "Gateway", full_name, state)
        item |= {"PolicyDocument": _policy_document(policy), "Tags": _tags(name)}
        item["RouteTableIds"] = [table.id for table in tables]
        self._put(vpc.home, "ec2:DescribeVpcEndpoints", item)
        if state == "available":
            names = tuple(table.id for table in tables)
            self._gateway_endpoints.append(_GatewayEndpoint(endpoint_id, full_name, vpc.region, names))
        return self._lead_to(endpoint_id, vpc, alive=state == "available")

    def interface_endpoint(
        self,
        endpoint_id: str,
        vpc: Vpc,
        service: str,
        subnets: Sequence[Subnet] = (),
        *,
        groups: Sequence[str] | None = None,
        private_dns: bool | None = None,
        inbound_resolver_only: bool = False,
        policy: Mapping[str, Any] | str | None = None,
        state: str = "available",
        service_region: str | None = None,
        name: str = "",
    ) -> str:
        """An interface endpoint, with its network interface in each subnet.

        ``service`` is ``sqs``, or a service's full name. ``private_dns`` None is on where the service has a private
        name. ``groups`` None is the VPC's default security group. ``inbound_resolver_only``: the private name resolves
        to the endpoint only for what asks a Resolver inbound endpoint.
        """
        region = service_region or vpc.region
        self._know_services(region)
        offered = self._offered(endpoint_id, region, service, "Interface")
        private_names = [each["PrivateDnsName"] for each in offered.get("PrivateDnsNames", ())]
        if private_dns and not private_names:
            raise ValueError(f"{endpoint_id}: {offered['ServiceName']} has no private name")
        private = bool(private_names) if private_dns is None else private_dns
        groups = [f"sg-{suffix(vpc.id)}-default"] if groups is None else groups
        item = self._endpoint(endpoint_id, vpc, "Interface", offered["ServiceName"], state)
        item |= {"PolicyDocument": _policy_document(policy), "Tags": _tags(name)}
        item["ServiceRegion"] = region
        item["PrivateDnsEnabled"] = private
        item["Groups"] = self._group_identifiers(groups, vpc)
        item["DnsOptions"] = {
            "DnsRecordIpType": "ipv4",
            "PrivateDnsOnlyForInboundResolverEndpoint": inbound_resolver_only,
        }
        base = f"{endpoint_id}-{crc32(endpoint_id.encode()):08x}"
        names = [f"{base}.{offered['BaseEndpointDnsNames'][0]}", *(private_names if private else ())]
        item["DnsEntries"] = [{"DnsName": each, "HostedZoneId": "Z38GZ743OKFT7T"} for each in names]
        self._put_in_subnets(item, vpc, subnets, groups, kind="vpc_endpoint")
        return endpoint_id

    def load_balancer_endpoint(
        self, endpoint_id: str, subnet: Subnet, *, service: str = "", state: str = "available"
    ) -> str:
        """A Gateway Load Balancer endpoint, to which routes can lead; by default of a service that nobody lists."""
        vpc = subnet.vpc
        service = service or f"com.amazonaws.vpce.{vpc.region}.vpce-svc-{suffix(endpoint_id)}"
        item = self._endpoint(endpoint_id, vpc, "GatewayLoadBalancer", service, state)
        self._put_in_subnets(item, vpc, [subnet], (), kind="gateway_load_balancer_endpoint")
        return self._lead_to(endpoint_id, vpc, alive=state == "available")

    # --- Endpoint services --------------------------------------------------------------------------------------------

    def load_balancer(
        self,
        name: str,
        *subnets: Subnet,
        kind: str = "network",
        groups: Sequence[str] = (),
        enforces: bool = True,
        cross_zone: bool = False,
        state: str = "active",
    ) -> str:
        """A load balancer of the subnets' account, ``network`` or ``gateway``. Returns its ARN.

        ``enforces``: it asks its security groups of what comes over endpoints, where it has any.
        """
        if not subnets:
            raise ValueError(f"{name}: a load balancer needs a subnet")
        vpc = self._audited(subnets[0].vpc, name)
        short = {"network": "net", "gateway": "gwy", "application": "app"}[kind]
        number = crc32(name.encode())
        arn = f"arn:aws:elasticloadbalancing:{vpc.region}:{vpc.account}:loadbalancer/{short}/{name}/{number:016x}"
        item: Item = {
            "LoadBalancerArn": arn,
            "LoadBalancerName": name,
            "Type": kind,
            "VpcId": vpc.id,
            "State": {"Code": state},
            "CreatedTime": CREATED_AT,
            "IpAddressType": "ipv4",
            "AvailabilityZones": [{"ZoneName": subnet.az, "SubnetId": subnet.id} for subnet in subnets],
        }
        if groups:
            item["SecurityGroups"] = [each["GroupId"] for each in self._group_identifiers(groups, vpc)]
            item["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = "on" if enforces else "off"
        if arn in self._balancers:
            raise ValueError(f"{name}: the world has one already")
        attributes = {"deletion_protection.enabled": "false", _CROSS_ZONE: str(cross_zone).lower()}
        self._balancers[arn] = _Balancer(tuple(subnet.az for subnet in subnets), attributes)
        self._put(vpc.home, "elasticloadbalancing:DescribeLoadBalancers", item)
        return arn

    def endpoint_service(
        self,
        service_id: str,
        *balancers: str,
        allow: Sequence[str | Item] = (),
        acceptance: bool = True,
        private_name: str = "",
        verified: str = "verified",
        remote_regions: Sequence[str] = (),
        managed: bool = False,
        state: str = "Available",
        name: str = "",
        account: str | None = None,
        region: str | None = None,
    ) -> str:
        """An endpoint service behind load balancers. Returns its full name.

        ``allow``: its principals, by their names or as AWS gives them. It is offered to every account of the region.
        """
        gone = [arn for arn in balancers if arn not in self._balancers]
        if gone:
            raise ValueError(f"{service_id}: no such load balancer in the world: {gone[0]}")
        target = self.audit(account, region)
        zones = list(dict.fromkeys(zone for arn in balancers for zone in self._balancers[arn].zones))
        kind, member = "Interface", "NetworkLoadBalancerArns"
        if any("/gwy/" in arn for arn in balancers):
            kind, member = "GatewayLoadBalancer", "GatewayLoadBalancerArns"
        full_name = f"com.amazonaws.vpce.{target.region}.{self._new_id(service_id, 'vpce-svc-')}"
        item: Item = {
            "ServiceId": service_id,
            "ServiceName": full_name,
            "ServiceType": [{"ServiceType": kind}],
            "ServiceState": state,
            "AvailabilityZones": zones,
            "AvailabilityZoneIds": [zone_id(zone) for zone in zones],
            "AcceptanceRequired": acceptance,
            "ManagesVpcEndpoints": managed,
            "BaseEndpointDnsNames": [f"{service_id}.{target.region}.vpce.amazonaws.com"],
            "SupportedIpAddressTypes": ["ipv4"],
            "RemoteAccessEnabled": bool(remote_regions),
            "SupportedRegions": [
                {"Region": each, "ServiceState": "Available"} for each in (target.region, *remote_regions)
            ],
            "Tags": _tags(name),
        }
        if balancers:
            item[member] = list(balancers)
        if private_name:
            proof = {"State": verified, "Type": "TXT", "Name": "_vpce", "Value": "vpce:token"}
            item |= {"PrivateDnsName": private_name, "PrivateDnsNameConfiguration": proof}
        self._principals[service_id] = [
            {"ServiceId": service_id, **_principal(each)} if isinstance(each, str) else each for each in allow
        ]
        self._put(target, "ec2:DescribeVpcEndpointServiceConfigurations", item)
        if kind == "Interface":
            letters = "".join(zone[-1] for zone in zones)
            self.service(full_name, owner=target.account, region=target.region, zones=letters)
        return full_name

    def endpoint_connection(
        self,
        service_id: str,
        connected: str,
        owner: str,
        *,
        state: str = "available",
        created: str = CREATED_AT,
        from_region: str | None = None,
    ) -> str:
        """An endpoint, or a transit gateway attachment, at a service. Returns the connection's own id."""
        target = self._provider(service_id)
        item: Item = {
            "VpcEndpointConnectionId": self._new_id(f"vpce-con-{suffix(service_id)}-{connected}", "vpce-con-"),
            "ServiceId": service_id,
            "VpcEndpointState": state,
            "CreationTimestamp": created,
            "Tags": [],
        }
        if connected.startswith("tgw-attach-"):
            item |= {"TransitGatewayAttachmentId": connected, "TransitGatewayAttachmentOwner": owner}
        else:
            region = from_region or target.region
            endpoint = identifier(connected, "vpce-")
            item |= {"VpcEndpointId": endpoint, "VpcEndpointOwner": owner, "VpcEndpointRegion": region}
        self._put(target, "ec2:DescribeVpcEndpointConnections", item)
        return str(item["VpcEndpointConnectionId"])

    def connection_notification(
        self,
        notification_id: str,
        service_id: str,
        *,
        events: Sequence[str] = ("Accept", "Connect", "Delete", "Reject"),
        state: str = "Enabled",
    ) -> str:
        """A notification of what happens at a service."""
        target = self._provider(service_id)
        item: Item = {
            "ConnectionNotificationId": self._new_id(notification_id, "vpce-nfn-"),
            "ServiceId": service_id,
            "ConnectionNotificationType": "Topic",
            "ConnectionNotificationArn": f"arn:aws:sns:{target.region}:{target.account}:connections",
            "ConnectionEvents": list(events),
            "ConnectionNotificationState": state,
        }
        self._put(target, "ec2:DescribeVpcEndpointConnectionNotifications", item)
        return notification_id

    # --- Metrics ------------------------------------------------------------------------------------------------------

    def metrics(self, carried: Mapping[str, float] | None = None) -> None:
        """The run read metrics. ``carried``: the gigabytes of a NAT gateway or interface endpoint over the 30 days.

        What is not named carried nothing: a NAT gateway says so each day, and an endpoint reports nothing at all.
        """
        self._carried = {name: gigabytes / 30 for name, gigabytes in (carried or {}).items()}

    # --- Names --------------------------------------------------------------------------------------------------------

    def hosted_zone(
        self,
        zone_id: str,
        name: str,
        vpcs: Sequence[Vpc] = (),
        records: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        *,
        account: str | None = None,
        service: str | None = None,
        falls_back: bool = False,
    ) -> str:
        """A private hosted zone of an account, or of an AWS ``service``, and the VPCs that it is associated with.

        ``records`` are names and what each leads to: an interface endpoint's id for an alias of its name, another name
        for a CNAME, ``alias:`` and a name for an alias of a record of the zone, or an address. ``falls_back``: public
        DNS answers what it holds no record for.
        """
        zone = _Zone(
            id=self._new_id(zone_id, "Z"),
            name=name,
            account=account or self.account,
            service=service,
            vpcs=tuple(self._audited(vpc, zone_id).id for vpc in vpcs),
            records=tuple(records.items() if isinstance(records, Mapping) else records),
            falls_back=falls_back,
        )
        self._zones.append(zone)
        return zone_id

    def profile(self, profile_id: str, vpcs: Sequence[Vpc], resources: Sequence[str], account: str = "") -> str:
        """A Route 53 Profile of an account that brings hosted zones and interface endpoints, by id, to VPCs."""
        self._new_id(profile_id, "rp-")
        owner = account or self.account
        for vpc in vpcs:
            association: Item = {
                "Id": f"rpassoc-{suffix(profile_id)}-{suffix(vpc.id)}",
                "Name": suffix(profile_id),
                "OwnerId": vpc.account,
                "ProfileId": profile_id,
                "ResourceId": self._audited(vpc, profile_id).id,
                "Status": "COMPLETE",
                "CreationTime": CREATED_AT,
            }
            self._put(vpc.home, "route53profiles:ListProfileAssociations", association)
        self._profiles[profile_id] = [
            {
                "Id": f"rpr-{suffix(profile_id)}-{index}",
                "Name": f"resource-{index}",
                "OwnerId": owner,
                "ProfileId": profile_id,
                "ResourceArn": f"arn:aws:route53:::hostedzone/{each}"
                if each.startswith("Z")
                else f"arn:aws:ec2:{self.region}:{owner}:vpc-endpoint/{each}",
                "ResourceType": "PRIVATE_HOSTED_ZONE" if each.startswith("Z") else "VPC_ENDPOINT",
                "Status": "COMPLETE",
            }
            for index, each in enumerate(resources)
        ]
        return profile_id

    # --- What the other methods do not make ---------------------------------------------------------------------------

    def add(self, action: str, item: Item, account: str | None = None, region: str | None = None) -> None:
        """One more item of an answer, as AWS gives it."""
        if ACTIONS[action].worldwide:
            raise ValueError(f"{action}: say it with enable_region or organization")
        self._put(self.audit(account, region), action, item)

    def change(
        self, action: str, item: str, *, account: str | None = None, region: str | None = None, **members: object
    ) -> None:
        """Replace members of an item in each shard that shows it, or in those of one account or region.

        ``ABSENT`` takes a member away; a value that AWS does not have yet is a ``NewValue``.
        """
        self._known(action)
        self._changes.append(_Change(action, item, account, region, members))

    # --- What the run did not see -------------------------------------------------------------------------------------

    def refuse(
        self,
        action: str,
        *,
        account: str | None = None,
        region: str | None = None,
        code: str = "UnauthorizedOperation",
        message: str = "You are not authorized to perform this operation.",
    ) -> None:
        """AWS refuses a call, everywhere or in one account or region."""
        self._fault(action, account, region, CallError(kind="refused", code=code, message=message))

    def refuse_everything(
        self, *, account: str | None = None, region: str | None = None, code: str = "UnauthorizedOperation"
    ) -> None:
        """AWS refuses every call, everywhere or in one account or region."""
        error = CallError(code=code, message="You are not authorized to perform this operation.", kind="refused")
        self._faults += [_Fault(action, account, region, error, everything=True) for action in ACTIONS]

    def fail(
        self, action: str, *, account: str | None = None, region: str | None = None, code: str = "InternalError"
    ) -> None:
        """A call fails."""
        error = CallError(kind="failed", code=code, message="An internal error has occurred")
        self._fault(action, account, region, error)

    def withhold(
        self, action: str, *, account: str | None = None, region: str | None = None, code: str = "InvalidAction"
    ) -> None:
        """A call is not offered there."""
        error = CallError(kind="unavailable", code=code, message="The action is not valid for this web service")
        self._fault(action, account, region, error)

    def cut(self, action: str, *, keep: int, account: str | None = None, region: str | None = None) -> None:
        """A call fails after its first ``keep`` items."""
        error = CallError(kind="failed", code="RequestLimitExceeded", message="Request limit exceeded.")
        self._fault(action, account, region, error, keep)

    def refuse_item(
        self,
        action: str,
        item: str,
        *,
        account: str | None = None,
        region: str | None = None,
        code: str = "UnauthorizedOperation",
        kind: ErrorKind = "refused",
        parameter: str | None = None,
    ) -> None:
        """One of the calls that are made once a parent fails; with ``parameter``, one of those that fill its item."""
        if not ACTIONS[self._known(action)].parents:
            raise ValueError(f"{action}: it is one call, so no item of it can fail alone")
        message = "You are not authorized to perform this operation."
        error = CallError(code=code, message=message, kind=kind, parameter=parameter)
        self._faults.append(_Fault(action, account, region, error, item=item))

    def unask(self, action: str, *, account: str | None = None, region: str | None = None) -> None:
        """The run did not ask; without account and region, the manifest does not name the action either."""
        self._faults.append(_Fault(self._known(action), account, region, None))

    def drop_shard(self, account: str | None = None, region: str | None = None, *, asked: bool = True) -> None:
        """Leave a target out of the snapshot; ``asked=False``: as if the run had never been meant to collect it."""
        self._dropped[Target(account or self.account, region or self.region)] = asked

    # --- The snapshot -------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The world as a run would have collected it. ValueError for what cannot be."""
        for target in self._dropped:
            if target not in self._targets:
                raise ValueError(f"{target}: it cannot be dropped, for the world does not hold it")
        if not self._targets:
            self.audit()
        asked = sorted(target for target in self._targets if self._dropped.get(target, True))
        used: set[int] = set()
        # A target that is dropped is composed like the others, so that a mistake in it is found.
        shards = {target: self._shard(target, used) for target in sorted(self._targets)}
        accounts = {
            account: self._shard(Target(account, GLOBAL), used)
            for account in sorted({target.account for target in self._targets})
        }
        for told in (*self._changes, *self._faults):
            if id(told) not in used and not (isinstance(told, _Fault) and told.everything):
                raise ValueError(f"nothing in the world to apply this to: {told}")
        unasked = {fault.action for fault in self._faults if not (fault.error or fault.account or fault.region)}
        return Snapshot(
            shards={target: shard for target, shard in shards.items() if target not in self._dropped},
            accounts={account: accounts[account] for account in sorted({target.account for target in asked})},
            manifest=Manifest(
                tool=Tool(name="vpc-auditor", version="0"),
                botocore=botocore.__version__,
                started_at=COLLECTED_AT,
                finished_at=COLLECTED_AT,
                targets=tuple(ManifestTarget(account_id=each.account, region=each.region) for each in asked),
                actions=tuple(sorted(self._asked() - unasked)),
            ),
        )

    def _asked(self) -> set[str]:
        """What a run asks for, but for what ``unask`` takes away."""
        return set(ACTIONS) - ({"cloudwatch:GetMetricData"} if self._carried is None else set())

    def write(self, path: Path) -> Snapshot:
        """Write the snapshot's folder."""
        path.mkdir(parents=True, exist_ok=True)
        snapshot = self.snapshot()
        for shard in (*snapshot.shards.values(), *snapshot.accounts.values()):
            write_shard(Folder(path), shard)
        write_manifest(Folder(path), snapshot.manifest)
        return snapshot

    def _shard(self, target: Target, used: set[int]) -> Shard:
        answers: dict[str, Answer] = {}
        for action, spec in ACTIONS.items():
            if spec.worldwide != (target.region == GLOBAL) or action not in self._asked():
                continue
            parents = {parent: answers[parent] for parent in spec.parents if parent in answers}
            items = [checked(action, item) for item in self._changed(action, target, parents, used)]
            if (answer := self._answer(action, target, items, parents, used)) is not None:
                answers[action] = answer
        return Shard(
            account_id=target.account,
            region=target.region,
            collected_at=COLLECTED_AT,
            botocore=botocore.__version__,
            answers=answers,
        )

    def _changed(self, action: str, target: Target, parents: Mapping[str, Answer], used: set[int]) -> Iterator[Item]:
        for item in self._composed(action, target, parents):
            changed = dict(item)
            for change in self._changes:
                if change.item == item[ACTIONS[action].identity] and _applies(change, action, target):
                    used.add(id(change))
                    changed.update(change.members)
            yield {name: value for name, value in changed.items() if value is not ABSENT}

    def _answer(
        self, action: str, target: Target, items: list[Item], parents: Mapping[str, Answer], used: set[int]
    ) -> Answer | None:
        """The answer as far as it was asked for and given; None where it was not asked."""
        faults = [fault for fault in self._faults if _applies(fault, action, target)]
        whole = next((fault for fault in reversed(faults) if fault.item is None), None)
        if whole is not None:
            used.add(id(whole))
            if whole.error is None:
                return None
            # Without parents no call is made, so none can fail.
            if items or not parents:
                return Answer(items=items[: whole.keep] or None, error=whole.error)
        identity = ACTIONS[action].identity
        errors = dict(self._unreadable(action, items))
        for fault in faults:
            if (
                fault.item is not None
                and fault.error is not None
                and any(fault.item == each[identity] for each in items)
            ):
                used.add(id(fault))
                errors[fault.item] = fault.error
        inherited = _error_of_parents(parents)
        # A collector that gets one and the same error for every call keeps it once.
        reasons = {(error.kind, error.code, error.parameter) for error in errors.values()}
        if len(errors) == len(items) and len(reasons) == 1 and inherited is None:
            (kind, code, parameter), first = next(iter(reasons)), next(iter(errors.values()))
            if parameter is None:
                return Answer(error=CallError(kind=kind, code=code, message=first.message))
        told = [_failed(item, identity, errors[key]) if (key := item[identity]) in errors else item for item in items]
        return Answer(items=told if told or inherited is None else None, error=inherited)

    def _unreadable(self, action: str, items: Iterable[Item]) -> Iterator[tuple[str, CallError]]:
        """The errors of the prefix lists whose entries AWS refuses."""
        if action == "ec2:GetManagedPrefixListEntries":
            for item in items:
                if self._prefix_lists[item["PrefixListId"]] is None:
                    message = "You are not authorized to perform this operation."
                    yield item["PrefixListId"], CallError(kind="refused", code="UnauthorizedOperation", message=message)

    def _composed(self, action: str, target: Target, parents: Mapping[str, Answer]) -> Iterable[Item]:
        """What AWS answers to an action, given what it answered to the parents."""
        stored = self._items.get(target, {}).get(action, [])
        owned = _owned_vpcs(parents, target)
        made: Mapping[str, Callable[[], Iterable[Item]]] = {
            "ec2:DescribeVpcs": lambda: self._shared_with(target, action),
            "ec2:DescribeSubnets": lambda: self._shared_with(target, action),
            "ec2:DescribeDhcpOptions": lambda: self._dhcp_items(target),
            "ec2:DescribeRouteTables": lambda: self._table_items(target),
            "ec2:DescribeSecurityGroups": lambda: self._group_items(target),
            "ec2:DescribeNetworkAcls": lambda: self._acl_items(target),
            "ec2:DescribeStaleSecurityGroups": lambda: map(self._stale_item, owned),
            "ec2:GetManagedPrefixListEntries": lambda: map(self._entries_item, sorted(_lists_in_use(parents))),
            "ec2:DescribeManagedPrefixLists": lambda: self._managed_list_items(target),
            "servicequotas:ListServiceQuotas": self._quota_items,
            "ec2:DescribePrefixLists": lambda: self._service_list_items(target.region),
            "ec2:DescribeVpcEndpointServices": lambda: self._service_items(target.region),
            "directconnect:DescribeDirectConnectGatewayAssociations": lambda: map(
                self._associations_item, _attached_gateways(parents)
            ),
            "ec2:DescribeVpcEndpointServicePermissions": lambda: map(
                self._permissions_item, _provided_services(parents)
            ),
            "elasticloadbalancing:DescribeLoadBalancerAttributes": lambda: map(
                self._attributes_item, _balancers_of_services(parents)
            ),
            "cloudwatch:GetMetricData": lambda: self._metric_items(parents),
            "ec2:DescribeClientVpnTargetNetworks": lambda: (
                {
                    "ClientVpnEndpointId": endpoint["ClientVpnEndpointId"],
                    "ClientVpnTargetNetworks": self._client_vpns[endpoint["ClientVpnEndpointId"]],
                }
                for endpoint in _items_of(parents, "ec2:DescribeClientVpnEndpoints")
            ),
            "ec2:DescribeRegions": self._region_items,
            "organizations:ListAccounts": self._member_items,
            "route53:ListHostedZones": lambda: self._zone_items(target.account),
            "route53:ListHostedZonesByVPC": lambda: map(self._zones_of_vpc_item, owned),
            "route53:ListResourceRecordSets": lambda: map(self._records_item, _zones_of_aws_names(parents)),
            "route53profiles:ListProfileResourceAssociations": lambda: map(
                self._profile_item, _profiles_in_use(parents)
            ),
        }
        if action == "ec2:DescribeVpcAttribute":
            stored = [item for item in stored if item["VpcId"] in owned]
        return [*stored, *(made[action]() if action in made else ())]

    # --- Composing ----------------------------------------------------------------------------------------------------

    def _region_items(self) -> Iterator[Item]:
        for region, status in sorted(self._regions.items()):
            yield {"RegionName": region, "Endpoint": f"ec2.{region}.amazonaws.com", "OptInStatus": status}

    def _dhcp_items(self, target: Target) -> Iterator[Item]:
        domain = "ec2.internal" if target.region == "us-east-1" else f"{target.region}.compute.internal"
        yield {
            "DhcpOptionsId": DEFAULT_DHCP_OPTIONS,
            "OwnerId": target.account,
            "DhcpConfigurations": [
                {"Key": "domain-name", "Values": [{"Value": domain}]},
                {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
            ],
            "Tags": [],
        }
        yield from self._dhcp_options.get(target, ())

    def _zone_items(self, account: str) -> Iterator[Item]:
        for zone in self._zones:
            if zone.account == account and zone.service is None:
                yield {
                    "Id": f"/hostedzone/{zone.id}",
                    "Name": f"{zone.name}.",
                    "CallerReference": zone.id,
                    "Config": {"PrivateZone": True},
                    "ResourceRecordSetCount": len(zone.records) + 2,
                    "Features": {"PublicDNSFallbackStatus": "ENABLED" if zone.falls_back else "DISABLED"},
                }

    def _zones_of_vpc_item(self, vpc_id: str) -> Item:
        summaries = [
            {
                "HostedZoneId": zone.id,
                "Name": f"{zone.name}.",
                "Owner": {"OwningService": zone.service} if zone.service else {"OwningAccount": zone.account},
            }
            for zone in self._zones
            if vpc_id in zone.vpcs
        ]
        return {"VPCId": vpc_id, "HostedZoneSummaries": summaries, "MaxItems": "100"}

    def _records_item(self, zone_id: str) -> Item:
        zone = next(zone for zone in self._zones if zone.id == zone_id)
        apex: list[Item] = [
            {
                "Name": f"{zone.name}.",
                "Type": "NS",
                "TTL": 172800,
                "ResourceRecords": [{"Value": "ns-0.awsdns-00.com."}],
            }
        ]
        records = [self._record_item(zone, name, target) for name, target in zone.records]
        return {
            "HostedZoneId": zone_id,
            "ResourceRecordSets": [*apex, *records],
            "IsTruncated": False,
            "MaxItems": "300",
        }

    def _record_item(self, zone: _Zone, name: str, target: str) -> Item:
        # AWS writes an asterisk as an octal number.
        item: Item = {"Name": name.replace("*", "\\052") + "."}
        alias = {"EvaluateTargetHealth": False}
        if target.startswith("vpce-") and "." not in target:
            entry = self._item_of("ec2:DescribeVpcEndpoints", target)["DnsEntries"][0]
            names = {"DNSName": f"{entry['DnsName']}.", "HostedZoneId": entry["HostedZoneId"]}
            return {**item, "Type": "A", "AliasTarget": {**alias, **names}}
        if target.startswith("alias:"):
            names = {"DNSName": f"{target.removeprefix('alias:')}.", "HostedZoneId": zone.id}
            return {**item, "Type": "A", "AliasTarget": {**alias, **names}}
        kind = "A" if target[-1].isdigit() else "CNAME"
        return {**item, "Type": kind, "TTL": 300, "ResourceRecords": [{"Value": target}]}

    def _item_of(self, action: str, item: str) -> Item:
        """An item, whichever target shows it."""
        identity = ACTIONS[action].identity
        stored = (each for items in self._items.values() for each in items.get(action, ()))
        found = next((each for each in stored if each[identity] == item), None)
        if found is None:
            raise ValueError(f"{action}: the world does not hold {item}")
        return found

    def _profile_item(self, profile_id: str) -> Item:
        return {"ProfileId": profile_id, "ProfileResourceAssociations": self._profiles[profile_id]}

    def _quota_items(self) -> Iterator[Item]:
        quotas = [
            {"ServiceCode": "vpc", "QuotaCode": code, "Value": value, "QuotaAppliedAtLevel": "ACCOUNT"}
            for code, value in self._quotas.items()
        ]
        yield {"ServiceCode": "vpc", "Quotas": quotas}

    def _managed_list_items(self, target: Target) -> Iterator[Item]:
        """A customer's list is shown in every target, as if it were shared with each account."""
        services = {list_id: name for name, list_id in self._service_lists.items()}
        for list_id, blocks in self._prefix_lists.items():
            service = services.get(list_id)
            if service is not None and service.split(".")[2] != target.region:
                continue
            item: Item = {
                "PrefixListId": list_id,
                "PrefixListName": service or list_id,
                "OwnerId": "AWS" if service else target.account,
                "AddressFamily": "IPv6" if blocks and family(blocks[0]) == 6 else "IPv4",
                "State": "create-complete",
            }
            if service is None:
                item["MaxEntries"] = self._list_sizes[list_id]
            yield item

    def _metric_items(self, parents: Mapping[str, Answer]) -> Iterator[Item]:
        for gateway in _items_of(parents, "ec2:DescribeNatGateways"):
            for metric in ("BytesOutToDestination", "BytesOutToSource"):
                yield self._metric_item(gateway["NatGatewayId"], metric, share=0.5)
        for endpoint in _items_of(parents, "ec2:DescribeVpcEndpoints"):
            if endpoint["VpcEndpointType"] == "Interface":
                for metric in ("BytesProcessed", "ActiveConnections"):
                    yield self._metric_item(endpoint["VpcEndpointId"], metric, share=1.0)

    def _metric_item(self, resource: str, metric: str, share: float) -> Item:
        end = datetime.fromisoformat(COLLECTED_AT)
        daily = (self._carried or {}).get(resource, 0.0) * share * 2**30
        days = range(1, 31) if daily or resource.startswith("nat-") else ()
        return {
            "Id": f"q{crc32(f'{resource} {metric}'.encode()):x}",
            "Label": f"{resource} {metric}",
            "Timestamps": [(end - timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ") for day in days],
            "Values": [daily for _ in days],
            "StatusCode": "Complete",
        }

    def _member_items(self) -> Iterator[Item]:
        for account, status in sorted(self._members.items()):
            arn = f"arn:aws:organizations::{self.account}:account/o-1/{account}"
            yield {"Id": account, "Arn": arn, "Status": status}

    def _service_items(self, region: str) -> Iterator[Item]:
        for (offered_in, _), items in self._services.items():
            if offered_in == region:
                yield from items

    def _shared_with(self, target: Target, action: str) -> Iterator[Item]:
        identity = ACTIONS[action].identity
        shared = [subnet for subnet, participant in self._shared if participant == target]
        ids = dict.fromkeys(subnet.vpc.id if identity == "VpcId" else subnet.id for subnet in shared)
        for home in dict.fromkeys(subnet.vpc.home for subnet in shared):
            yield from (item for item in self._items[home][action] if item[identity] in ids)

    def _table_items(self, target: Target) -> Iterator[Item]:
        for table in self._tables.values():
            vpc = table.handle.vpc
            if vpc.home == target:
                yield self._table_item(table, table.subnets)
                continue
            shared = [subnet for subnet, participant in self._shared if participant == target and subnet.vpc == vpc]
            explicit = [subnet for subnet in shared if subnet in table.subnets]
            implicit = [
                subnet for subnet in shared if not any(subnet in other.subnets for other in self._tables.values())
            ]
            if explicit or (implicit and self._main[vpc.id] == table.handle.id):
                yield self._table_item(table, explicit)

    def _table_item(self, table: _Table, subnets: Sequence[Subnet]) -> Item:
        vpc, table_id = table.handle.vpc, table.handle.id
        associated: list[Item] = [{"Main": False, "SubnetId": subnet.id} for subnet in subnets]
        if self._main[vpc.id] == table_id:
            associated.insert(0, {"Main": True})
        if table.gateway:
            associated.append({"Main": False, "GatewayId": table.gateway})
        for index, association in enumerate(associated):
            association["RouteTableAssociationId"] = f"rtbassoc-{suffix(table_id)}-{index}"
            association["RouteTableId"] = table_id
            association["AssociationState"] = {"State": "associated"}
        routes = dict(table.routes)
        for endpoint in self._gateway_endpoints:
            if table_id in endpoint.tables:
                routes[self._service_lists[endpoint.service], "CreateRoute"] = Via(endpoint.id)
        replaced = {destination for destination, _ in routes}
        local = {
            (block, ""): Via("local", "active", "CreateRouteTable") for block in vpc.blocks if block not in replaced
        }
        propagating = {via.target for via in table.routes.values() if via.origin == "EnableVgwRoutePropagation"}
        return {
            "RouteTableId": table_id,
            "VpcId": vpc.id,
            "OwnerId": vpc.account,
            "Associations": associated,
            "PropagatingVgws": [{"GatewayId": gateway} for gateway in sorted(propagating)],
            "Routes": [
                self._route_item(table.handle, destination, via)
                for (destination, _), via in itertools.chain(local.items(), routes.items())
            ],
            "Tags": _tags(table.name),
        }

    def _route_item(self, table: RouteTable, destination: str, via: Via) -> Item:
        if destination.startswith("pl-"):
            item: Item = {"DestinationPrefixListId": destination}
        elif family(destination) == 4:
            item = {"DestinationCidrBlock": destination}
        else:
            item = {"DestinationIpv6CidrBlock": destination}
        state = via.state or self._state(table, destination, via.target)
        item |= {target_member(via.target): via.target, "State": state, "Origin": via.origin}
        # AWS names the instance and the interface of an appliance, whichever of the two the route was made with.
        for instance, (interface, owner) in self._instances.items():
            if via.target in (instance, interface):
                item |= {"InstanceId": instance, "InstanceOwnerId": owner, "NetworkInterfaceId": interface}
        return item

    def _state(self, table: RouteTable, destination: str, target: str) -> str:
        """The state of a route, which follows from its target's."""
        peering = self._peerings.get(target)
        reach = {peering.requester.id, peering.accepter.id} if peering else self._in_vpc.get(target)
        if reach is None and not target.startswith(_UNLISTED):
            raise ValueError(
                f"{table.id}: the route to {destination} leads to {target}, which the world does not hold: add it, or "
                f'say blackhole("{target}")'
            )
        if reach is not None and table.vpc.id not in reach:
            raise ValueError(
                f"{table.id}: the route to {destination} leads to {target}, which is not of {table.vpc.id}"
            )
        gone = (target, table.vpc.id) in self._gone or (peering is not None and peering.status != "active")
        return "blackhole" if gone else "active"

    def _group_items(self, target: Target) -> Iterator[Item]:
        for group_id, group in self._groups.items():
            if group.vpc.home == target:
                yield {
                    "GroupId": group_id,
                    "GroupName": group.name,
                    "Description": group.name,
                    "OwnerId": group.vpc.account,
                    "VpcId": group.vpc.id,
                    "SecurityGroupArn": f"arn:aws:ec2:{target.region}:{target.account}:security-group/{group_id}",
                    "IpPermissions": self._permissions(group_id, group.ingress),
                    "IpPermissionsEgress": self._permissions(group_id, group.egress),
                    "Tags": [],
                }

    def _acl_items(self, target: Target) -> Iterator[Item]:
        for acl_id, acl in self._acls.items():
            elsewhere = [subnet for other in self._acls.values() if other.vpc == acl.vpc for subnet in other.subnets]
            own = [each for each in self._subnets_of(acl.vpc) if each not in elsewhere] if acl.default else acl.subnets
            if acl.vpc.home == target:
                yield _acl_item(acl_id, acl, own)
            elif shared := [subnet for subnet, participant in self._shared if participant == target and subnet in own]:
                yield _acl_item(acl_id, acl, shared)

    def _permissions(self, group_id: str, permissions: Iterable[Permission]) -> list[Item]:
        # AWS gives the sources of one protocol and range of ports together.
        merged: dict[tuple[str, int | None, int | None], Item] = {}
        for each in permissions:
            item = merged.setdefault((each.protocol, each.first, each.last), _ports(each))
            for member in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"):
                item.setdefault(member, [])
            for source in each.sources:
                if isinstance(source, Reference) or source.startswith("sg-"):
                    item["UserIdGroupPairs"].append(self._pair(group_id, source))
                elif source.startswith("pl-"):
                    item["PrefixListIds"].append({"PrefixListId": source})
                elif family(source) == 4:
                    item["IpRanges"].append({"CidrIp": source})
                else:
                    item["Ipv6Ranges"].append({"CidrIpv6": source})
        return list(merged.values())

    def _pair(self, group_id: str, source: str | Reference) -> Item:
        named = source if isinstance(source, Reference) else reference(source)
        group = self._groups[group_id]
        vpc = named.vpc or group.vpc
        known = self._groups.get(named.group)
        if not named.deleted and vpc.audited and (known is None or known.vpc != vpc):
            raise ValueError(
                f"{group_id}: it names {named.group}, which is no group of {vpc.id}: add it, or say "
                f'reference("{named.group}", …)'
            )
        item: Item = {"GroupId": named.group}
        # AWS leaves the account out where the group is deleted.
        if not named.deleted:
            item["UserId"] = vpc.account
        if named.vpc is not None and named.peering is not None:
            item |= {"VpcId": named.vpc.id, "VpcPeeringConnectionId": named.peering}
            item["PeeringStatus"] = named.status or self._status_between(group_id, named.peering, {group.vpc, vpc})
        return item

    def _status_between(self, group_id: str, peering_id: str, sides: set[Vpc]) -> str:
        peering = self._peerings.get(peering_id)
        if peering is None:
            raise ValueError(
                f"{group_id}: it names {peering_id}, which the world does not hold: add it, or give a status"
            )
        if {peering.requester, peering.accepter} != sides:
            names = " and ".join(sorted(vpc.id for vpc in sides))
            raise ValueError(f"{group_id}: {peering_id} does not join {names}")
        return peering.status

    def _stale_item(self, vpc_id: str) -> Item:
        stale = []
        for group_id, group in self._groups.items():
            directions = {
                "StaleIpPermissions": self._stale_permissions(group_id, group.ingress),
                "StaleIpPermissionsEgress": self._stale_permissions(group_id, group.egress),
            }
            if group.vpc.id == vpc_id and any(directions.values()):
                stale.append(
                    {
                        "GroupId": group_id,
                        "GroupName": group.name,
                        "Description": group.name,
                        "VpcId": vpc_id,
                        **directions,
                    }
                )
        return {"VpcId": vpc_id, "StaleSecurityGroupSet": stale}

    def _stale_permissions(self, group_id: str, permissions: Iterable[Permission]) -> list[Item]:
        found = []
        for each in permissions:
            references = [source for source in each.sources if isinstance(source, Reference)]
            pairs = [(named, self._pair(group_id, named)) for named in references]
            stale = [pair for named, pair in pairs if named.deleted or pair.get("PeeringStatus") == "deleted"]
            if stale:
                found.append({**_ports(each), "IpRanges": [], "PrefixListIds": [], "UserIdGroupPairs": stale})
        return found

    def _entries_item(self, list_id: str) -> Item:
        if list_id not in self._prefix_lists:
            raise ValueError(f"{list_id}: a route or a security group names it, and the world does not hold it: add it")
        blocks = self._prefix_lists[list_id] or ()
        return {"PrefixListId": list_id, "Entries": [{"Cidr": block} for block in blocks]}

    def _service_list_items(self, region: str) -> Iterator[Item]:
        for service, list_id in self._service_lists.items():
            if service.split(".")[2] == region:
                blocks = list(self._prefix_lists[list_id] or ())
                yield {"PrefixListId": list_id, "PrefixListName": service, "Cidrs": blocks}

    def _associations_item(self, gateway: str) -> Item:
        associations = self._associations.get(gateway, [])
        return {"associatedGatewayId": gateway, "directConnectGatewayAssociations": associations}

    def _permissions_item(self, service_id: str) -> Item:
        return {"ServiceId": service_id, "AllowedPrincipals": self._principals[service_id]}

    def _attributes_item(self, arn: str) -> Item:
        attributes = self._balancers[arn].attributes.items()
        return {"LoadBalancerArn": arn, "Attributes": [{"Key": key, "Value": value} for key, value in attributes]}

    def _provider(self, service_id: str) -> Target:
        """The target that provides a service."""
        for target, answers in self._items.items():
            services = answers.get("ec2:DescribeVpcEndpointServiceConfigurations", ())
            if any(item["ServiceId"] == service_id for item in services):
                return target
        raise ValueError(f"{service_id}: no such endpoint service in the world: add it first")

    # --- Small things -------------------------------------------------------------------------------------------------

    def _new_id(self, new: str, prefix: str) -> str:
        if identifier(new, prefix) in self._ids:
            raise ValueError(f"{new}: the world has one already")
        self._ids.add(new)
        return new

    def _new_vpc(self, vpc_id: str, blocks: Sequence[str], account: str, region: str, *, audited: bool) -> Vpc:
        networks = [read_block(block) for block in blocks]
        if not networks or networks[0].version != 4:
            raise ValueError(f"{vpc_id}: a VPC's first block is IPv4")
        for one, other in itertools.combinations(networks, 2):
            if one.overlaps(other):
                raise ValueError(f"{vpc_id}: its blocks {one} and {other} overlap")
        vpc = Vpc(self._new_id(vpc_id, "vpc-"), account, region, tuple(map(str, networks)), audited)
        self.vpcs[vpc.id] = vpc
        return vpc

    def _new_table(self, table_id: str, vpc: Vpc, name: str) -> RouteTable:
        handle = RouteTable(self._new_id(table_id, "rtb-"), self._audited(vpc, table_id))
        self.route_tables[handle.id] = handle
        self._tables[handle.id] = _Table(handle, name)
        return handle

    def _audited(self, vpc: Vpc, what: str) -> Vpc:
        if not vpc.audited:
            raise ValueError(f"{what}: {vpc.id} is not audited, so no shard can show it")
        return vpc

    def _subnets_of(self, vpc: Vpc) -> list[Subnet]:
        return [subnet for subnet in self.subnets.values() if subnet.vpc == vpc]

    def _add_routes(self, table: _Table, routes: Routes) -> None:
        for destination, via in routes.items() if isinstance(routes, Mapping) else routes:
            if not destination.startswith("pl-"):
                read_block(destination)
            route = via if isinstance(via, Via) else Via(via)
            target_member(route.target)
            if (destination, route.origin) in table.routes:
                raise ValueError(f"{table.handle.id}: it has a route to {destination} already")
            table.routes[destination, route.origin] = route

    def _take(self, subnet: Subnet, address: str | None) -> int:
        """The offset of an interface's address in its subnet, which AWS's own five addresses are not."""
        block = subnet.block(4) or subnet.block(6)
        assert block is not None, "a subnet has a block"
        last = block.num_addresses - 2
        taken = self._addresses.setdefault(subnet.id, set())
        if address is None:
            wishes = itertools.chain(range(10, min(last + 1, 4096)), range(4, min(last + 1, 10)))
            offset = next((wish for wish in wishes if wish not in taken), None)
            if offset is None:
                raise ValueError(f"{subnet.id}: {block} has no address left for an interface")
        else:
            offset = int(ipaddress.ip_address(address)) - int(block.network_address)
            if not 4 <= offset <= last:
                raise ValueError(f"{subnet.id}: {address} is no address that {block} can give an interface")
            if offset in taken:
                raise ValueError(f"{subnet.id}: {address} is taken")
        taken.add(offset)
        return offset

    def _lead_to(self, target: str, vpc: Vpc, *, alive: bool) -> str:
        """Let the routes of a VPC lead to a target; where it is not alive they are blackholes."""
        self._in_vpc.setdefault(target, set()).add(vpc.id)
        if not alive:
            self._gone.add((target, vpc.id))
        return target

    def _group_identifiers(self, groups: Sequence[str], vpc: Vpc) -> list[Item]:
        for group in groups:
            if group not in self._groups or self._groups[group].vpc != vpc:
                raise ValueError(f"{group}: no such security group in {vpc.id}; add it first")
        return [{"GroupId": group, "GroupName": self._groups[group].name} for group in groups]

    def _know_services(self, region: str) -> None:
        """AWS's own services, in a region that is seen for the first time."""
        if any(known == region for known, _ in self._services):
            return
        # service() calls back: the region must be known by then.
        self._services[region, ""] = []
        for service, (first, second) in _GATEWAY_SERVICES.items():
            self.service(f"com.amazonaws.{region}.{service}", kind="Gateway", region=region, policy=True)
            list_id = f"pl-{service}" if region == self.region else f"pl-{service}-{region}"
            place = crc32(region.encode()) % 128
            blocks = [f"{first}.{2 * place}.0/23", f"{second}.{place}.0/24"]
            self._service_lists[f"com.amazonaws.{region}.{service}"] = self.prefix_list(list_id, blocks)
        for service, names in _INTERFACE_SERVICES.items():
            private_names = [name.format(region=region) for name in names]
            full_name = f"com.amazonaws.{region}.{service}"
            self.service(full_name, region=region, private_names=private_names, policy=True)

    def _offered(self, endpoint_id: str, region: str, service: str, kind: str) -> Item:
        full_name = service if service.startswith(("com.amazonaws.", "aws.")) else f"com.amazonaws.{region}.{service}"
        for item in self._services.get((region, full_name), ()):
            if item["ServiceType"] == [{"ServiceType": kind}]:
                return item
        raise ValueError(f"{endpoint_id}: {region} has no {kind} service {full_name}: add it with service()")

    def _endpoint(self, endpoint_id: str, vpc: Vpc, kind: str, service: str, state: str) -> Item:
        return {
            "VpcEndpointId": self._new_id(endpoint_id, "vpce-"),
            "VpcEndpointType": kind,
            "VpcId": self._audited(vpc, endpoint_id).id,
            "OwnerId": vpc.account,
            "ServiceName": service,
            "ServiceRegion": vpc.region,
            "State": state,
            "RouteTableIds": [],
            "SubnetIds": [],
            "Groups": [],
            "NetworkInterfaceIds": [],
            "DnsEntries": [],
            "IpAddressType": "ipv4",
            "PrivateDnsEnabled": False,
            "RequesterManaged": False,
            "CreationTimestamp": CREATED_AT,
            "Tags": [],
        }

    def _put_in_subnets(
        self, item: Item, vpc: Vpc, subnets: Sequence[Subnet], groups: Sequence[str], *, kind: str
    ) -> None:
        endpoint_id = item["VpcEndpointId"]
        if len({subnet.az for subnet in subnets}) < len(subnets):
            raise ValueError(f"{endpoint_id}: AWS takes one subnet of each Availability Zone")
        for subnet in subnets:
            if subnet.vpc != vpc:
                raise ValueError(f"{endpoint_id}: {subnet.id} is in {subnet.vpc.id}, not in {vpc.id}")
            interface = self.network_interface(
                f"eni-{endpoint_id}-{suffix(subnet.id)}",
                subnet,
                groups=groups,
                kind=kind,
                description=f"VPC Endpoint Interface {endpoint_id}",
                managed=True,
            )
            item["SubnetIds"].append(subnet.id)
            item["NetworkInterfaceIds"].append(interface)
        self._put(vpc.home, "ec2:DescribeVpcEndpoints", item)

    def _put(self, target: Target, action: str, item: Item) -> None:
        checked(self._known(action), item)
        self._items.setdefault(target, {}).setdefault(action, []).append(item)

    def _known(self, action: str) -> str:
        if action not in ACTIONS:
            raise ValueError(f"{action}: no snapshot holds it; the actions are {', '.join(sorted(ACTIONS))}")
        return action

    def _fault(self, action: str, account: str | None, region: str | None, error: CallError, keep: int = 0) -> None:
        self._faults.append(_Fault(self._known(action), account, region, error, keep))


# --- Facts about AWS --------------------------------------------------------------------------------------------------

_GATEWAY_SERVICES = {"s3": ("3.5", "52.218"), "dynamodb": ("52.94", "52.119"), "s3express": ("18.34", "18.35")}
"""The services with gateway endpoints, and where two of the blocks of each begin."""

_INTERFACE_SERVICES: Mapping[str, Sequence[str]] = {
    "s3": ("*.s3.{region}.amazonaws.com", "s3.{region}.amazonaws.com"),
    "dynamodb": (),
    **{
        service: (f"{service}.{{region}}.amazonaws.com",)
        for service in (
            "ec2",
            "ec2messages",
            "kms",
            "lambda",
            "logs",
            "monitoring",
            "secretsmanager",
            "sns",
            "sqs",
            "ssm",
            "ssmmessages",
            "sts",
        )
    },
    "ecs": ("ecs.{region}.amazonaws.com",),
    "ecs-agent": ("ecs-a.{region}.amazonaws.com",),
    "ecs-telemetry": ("ecs-t.{region}.amazonaws.com",),
    "ecr.api": ("api.ecr.{region}.amazonaws.com",),
    "ecr.dkr": ("*.dkr.ecr.{region}.amazonaws.com",),
    "execute-api": ("*.execute-api.{region}.amazonaws.com",),
}
"""Some of the services with interface endpoints, and their private names."""


_CROSS_ZONE = "load_balancing.cross_zone.enabled"


def _principal(text: str) -> Item:
    """A principal that may make endpoints to a service, with the type that AWS gives it."""
    _, _, resource = text.rpartition(":")
    types = {"*": "All", "root": "Account", "user": "User", "role": "Role", "ou": "OrganizationUnit"}
    kind = types.get(resource.partition("/")[0]) or ("Service" if text.endswith(".amazonaws.com") else "")
    item = {"Principal": text, "PermissionType": "vpc-endpoint", "ServicePermissionId": f"vpce-svc-perm-{text}"}
    return {**item, "PrincipalType": kind} if kind else item


def _base_name(service: str, region: str, kind: str) -> str:
    short = service.rsplit(f"{region}.", maxsplit=1)[-1]
    return f"{short}.{region}.amazonaws.com" if kind == "Gateway" else f"{short}.{region}.vpce.amazonaws.com"


def _status_message(status: str, accepter: str) -> str:
    messages = {
        "active": "Active",
        "pending-acceptance": f"Pending Acceptance by {accepter}",
        "rejected": f"Rejected by {accepter}",
        "deleted": f"Deleted by {accepter}",
        "failed": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range",
    }
    return messages.get(status, status.capitalize())


def _side(vpc: Vpc, dns: bool, status: str, seen_from: Target) -> Item:
    """A side of a peering connection as a shard shows it."""
    item: Item = {"VpcId": vpc.id, "OwnerId": vpc.account, "Region": vpc.region}
    if status == "active":
        item["CidrBlock"] = vpc.ipv4[0]
        item["CidrBlockSet"] = [{"CidrBlock": block} for block in vpc.ipv4]
        if vpc.ipv6:
            item["Ipv6CidrBlockSet"] = [{"Ipv6CidrBlock": block} for block in vpc.ipv6]
        if vpc.home == seen_from:
            item["PeeringOptions"] = {
                "AllowDnsResolutionFromRemoteVpc": dns,
                "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                "AllowEgressFromLocalVpcToRemoteClassicLink": False,
            }
    return item


def _ports(permission: Permission) -> Item:
    item: Item = {"IpProtocol": permission.protocol}
    if permission.first is not None:
        item |= {"FromPort": permission.first, "ToPort": permission.last}
    return item


def _acl_item(acl_id: str, acl: _Acl, subnets: Sequence[Subnet]) -> Item:
    last = [(32767, "0.0.0.0/0"), *([(32768, "::/0")] if acl.vpc.ipv6 else [])]
    implicit = [
        AclRule(egress, number, "deny", "all", None, block) for egress in (False, True) for number, block in last
    ]
    return {
        "NetworkAclId": acl_id,
        "VpcId": acl.vpc.id,
        "OwnerId": acl.vpc.account,
        "IsDefault": acl.default,
        "Associations": [
            {"NetworkAclAssociationId": f"aclassoc-{suffix(subnet.id)}", "NetworkAclId": acl_id, "SubnetId": subnet.id}
            for subnet in subnets
        ],
        "Entries": [_entry(rule) for rule in (*acl.rules, *implicit)],
        "Tags": [],
    }


def _entry(rule: AclRule) -> Item:
    item: Item = {
        "Egress": rule.egress,
        "RuleNumber": rule.number,
        "RuleAction": rule.action,
        "Protocol": ACL_PROTOCOLS[rule.protocol],
        "CidrBlock" if family(rule.block) == 4 else "Ipv6CidrBlock": rule.block,
    }
    if rule.protocol in ("tcp", "udp"):
        first, last = rule.ports or (0, 65535)
        item["PortRange"] = {"From": first, "To": last}
    if rule.protocol == "icmp":
        item["IcmpTypeCode"] = {"Type": -1, "Code": -1}
    return item


def _policy_document(policy: Mapping[str, Any] | str | None) -> str:
    document = OPEN_POLICY if policy is None else policy
    return document if isinstance(document, str) else json.dumps(document)


def _tags(name: str) -> list[Item]:
    return [{"Key": "Name", "Value": name}] if name else []


def _applies(told: _Change | _Fault, action: str, target: Target) -> bool:
    return told.action == action and told.account in (None, target.account) and told.region in (None, target.region)


def _failed(item: Item, identity: str, error: CallError) -> Item:
    """An item whose call, or the one of its calls that ``error.parameter`` names, failed."""
    told = {"kind": error.kind, "code": error.code, "message": error.message}
    if error.parameter is None:
        return {identity: item[identity], "error": told}
    # The parameter enableDnsSupport fills the member EnableDnsSupport.
    member = error.parameter[:1].upper() + error.parameter[1:]
    if member not in item:
        raise ValueError(f'{item[identity]}: no call with the parameter "{error.parameter}" fills it')
    kept = {name: value for name, value in item.items() if name != member}
    return {**kept, "error": {**told, "parameter": error.parameter}}


def _error_of_parents(parents: Mapping[str, Answer]) -> CallError | None:
    """The error of a call that had no parents, or not all: the first parent's own."""
    for parent, answer in parents.items():
        if answer.error is not None:
            error = answer.error
            return CallError(kind=error.kind, code=error.code, message=error.message, parent=parent)
    return None


def _items_of(parents: Mapping[str, Answer], action: str) -> list[Item]:
    answer = parents.get(action)
    return list(answer.items or ()) if answer else []


def _owned_vpcs(parents: Mapping[str, Answer], target: Target) -> list[str]:
    vpcs = _items_of(parents, "ec2:DescribeVpcs")
    return [vpc["VpcId"] for vpc in vpcs if vpc.get("OwnerId", target.account) == target.account]


def _zones_of_aws_names(parents: Mapping[str, Answer]) -> list[str]:
    zones = _items_of(parents, "route53:ListHostedZones")
    return [zone["Id"].removeprefix("/hostedzone/") for zone in zones if is_aws_domain(zone["Name"])]


def _profiles_in_use(parents: Mapping[str, Answer]) -> list[str]:
    associations = _items_of(parents, "route53profiles:ListProfileAssociations")
    return sorted({association["ProfileId"] for association in associations})


def _lists_in_use(parents: Mapping[str, Answer]) -> set[str]:
    tables = _items_of(parents, "ec2:DescribeRouteTables")
    groups = _items_of(parents, "ec2:DescribeSecurityGroups")
    in_routes = {
        route["DestinationPrefixListId"]
        for table in tables
        for route in table.get("Routes", ())
        if "DestinationPrefixListId" in route
    }
    in_groups = {
        listed["PrefixListId"]
        for group in groups
        for member in ("IpPermissions", "IpPermissionsEgress")
        for permission in group.get(member, ())
        for listed in permission.get("PrefixListIds", ())
    }
    return in_routes | in_groups


def _attached_gateways(parents: Mapping[str, Answer]) -> list[str]:
    return [
        gateway["VpnGatewayId"]
        for gateway in _items_of(parents, "ec2:DescribeVpnGateways")
        if any(attachment["State"] == "attached" for attachment in gateway.get("VpcAttachments", ()))
    ]


def _provided_services(parents: Mapping[str, Answer]) -> list[str]:
    return [each["ServiceId"] for each in _items_of(parents, "ec2:DescribeVpcEndpointServiceConfigurations")]


def _balancers_of_services(parents: Mapping[str, Answer]) -> list[str]:
    services = _items_of(parents, "ec2:DescribeVpcEndpointServiceConfigurations")
    named = {
        arn
        for service in services
        for member in ("NetworkLoadBalancerArns", "GatewayLoadBalancerArns")
        for arn in service.get(member, ())
    }
    listed = {each["LoadBalancerArn"] for each in _items_of(parents, "elasticloadbalancing:DescribeLoadBalancers")}
    return sorted(named & listed)
