"""What AWS would answer and moto does not: each amendment completes an answer, or stands in for one that moto lacks."""

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS

Item = dict[str, Any]

_QUOTAS = {
    "L-7E9ECCDB": ("Active VPC peering connections per VPC", 50),
    "L-DC9F7029": ("Outstanding VPC peering connection requests", 25),
    "L-589F43AA": ("Route tables per VPC", 200),
    "L-83CA0A9D": ("IPv4 CIDR blocks per VPC", 5),
    "L-085A6257": ("IPv6 CIDR blocks per VPC", 5),
    "L-93826ACB": ("Routes per route table", 500),
    # The demo's VPCs are many, and each has its own: the organization asked for more than AWS's default of 20.
    "L-1B52E74A": ("Gateway VPC endpoints per Region", 500),
}
"""The quotas of Amazon VPC, and the values that apply, which are AWS's defaults unless said otherwise."""

_DHCP_OPTIONS = {
    "DhcpOptionsId": "dopt-0de1e7ed000000001",
    "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}],
}


@dataclass
class Amendments:
    """Facts about the demo's resources that moto cannot hold, by the resource's id."""

    regions: tuple[str, ...]
    accounts: Mapping[str, str]
    """The organization's accounts: the name of each by its id."""
    blocks: dict[str, list[str]] = field(default_factory=dict)
    """The CIDR blocks of each VPC: moto leaves the sets of a peering connection out."""
    peerings: dict[str, Item] = field(default_factory=dict)
    """Members of a peering connection that replace moto's."""
    blackholes: set[tuple[str, str]] = field(default_factory=set)
    """The route table and destination of each route that AWS would mark so."""
    propagated: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """The destination and gateway of the routes that a route table learned."""
    stale: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    """The stale security groups of a VPC."""
    references: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    """References of a security group to groups that moto does not find."""
    endpoints: dict[str, Item] = field(default_factory=dict)
    """Members of an endpoint that replace moto's."""
    allowed_prefixes: dict[str, list[str]] = field(default_factory=dict)
    """The prefixes that a Direct Connect gateway advertises for a virtual private gateway."""
    vpn_routes: dict[str, list[str]] = field(default_factory=dict)
    """The static routes of a VPN connection."""
    owners: dict[str, str] = field(default_factory=dict)
    """The owner of a VPC that is shared with the demo's account."""
    encryption: dict[str, str] = field(default_factory=dict)
    """The mode of encryption control of a VPC that has it."""
    accounts_by_key: dict[str, str] = field(default_factory=dict)
    """The account of each access key, for calls that moto lacks and that name nothing."""
    services: dict[str, Item] = field(default_factory=dict)
    """Members of an endpoint service that replace moto's."""
    connections: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    """The connections at the endpoint services of an account."""
    notifications: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    """The notifications of the endpoint services of an account."""
    balancers: dict[str, Item] = field(default_factory=dict)
    """Members of a load balancer that replace moto's."""
    service_blocks: dict[str, list[str]] = field(default_factory=dict)
    """The addresses of a service's prefix list, by the service's name without its Region."""

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Amend the answers of every client that is made inside."""
        answered: dict[str, Callable[[Item], Item]] = {
            "ec2.DescribeStaleSecurityGroups": self._stale_security_groups,
            "ec2.DescribeClientVpnEndpoints": lambda _: {"ClientVpnEndpoints": []},
            "direct-connect.DescribeDirectConnectGatewayAssociations": self._associations,
            "organizations.ListAccounts": self._accounts,
            "route53profiles.ListProfileAssociations": lambda _: {"ProfileAssociations": []},
            "service-quotas.ListServiceQuotas": self._quotas,
        }
        of_account: dict[str, Callable[[str, str], Item]] = {
            "ec2.DescribeVpcEndpointConnections": self._connections,
            "ec2.DescribeVpcEndpointConnectionNotifications": self._notifications,
        }
        amended: dict[str, Callable[[Item], None]] = {
            "ec2.DescribeRegions": self._regions,
            "ec2.DescribeVpcs": self._vpcs,
            "ec2.DescribeSubnets": self._shared("Subnets"),
            "ec2.DescribeRouteTables": self._route_tables,
            "ec2.DescribeVpcPeeringConnections": self._peerings,
            "ec2.DescribeSecurityGroups": self._security_groups,
            "ec2.DescribeVpcEndpoints": self._endpoints,
            "ec2.DescribeNetworkInterfaces": self._network_interfaces,
            "ec2.DescribeNatGateways": self._nat_gateways,
            "ec2.DescribeVpnConnections": self._vpn_connections,
            "ec2.DescribePrefixLists": self._prefix_lists,
            "ec2.DescribeDhcpOptions": self._dhcp_options,
            "ec2.DescribeVpcEndpointServices": self._services,
            "ec2.DescribeVpcEndpointServiceConfigurations": self._service_configurations,
            "ec2.DescribeVpcEndpointServicePermissions": self._permissions,
            "elastic-load-balancing-v2.DescribeLoadBalancers": self._load_balancers,
        }
        handlers: list[Any] = [(f"before-call.{name}", _standing_in(answer)) for name, answer in answered.items()]
        handlers += [(f"before-call.{name}", self._answering(answer)) for name, answer in of_account.items()]
        handlers += [(f"after-call.{name}", _amending(amend)) for name, amend in amended.items()]
        # Every botocore session starts with these handlers; moto puts its own there, too.
        BUILTIN_HANDLERS.extend(handlers)
        try:
            yield
        finally:
            for handler in handlers:
                BUILTIN_HANDLERS.remove(handler)

    # --- Calls that moto lacks ----------------------------------------------------------------------------------------

    def _stale_security_groups(self, asked: Item) -> Item:
        return {"StaleSecurityGroupSet": self.stale[asked["VpcId"]]}

    def _associations(self, asked: Item) -> Item:
        gateway = asked["associatedGatewayId"]
        prefixes = self.allowed_prefixes.get(gateway)
        if prefixes is None:
            return {"directConnectGatewayAssociations": []}
        association = {
            "associationId": "5b8bd9f6-3a5f-4d0e-8c52-000000000001",
            "associationState": "associated",
            "directConnectGatewayId": "0c1f7a0e-9f3c-4b63-9d0a-000000000001",
            "associatedGateway": {"id": gateway, "type": "virtualPrivateGateway"},
            "allowedPrefixesToDirectConnectGateway": [{"cidr": prefix} for prefix in prefixes],
        }
        return {"directConnectGatewayAssociations": [association]}

    def _accounts(self, _: Item) -> Item:
        return {
            "Accounts": [
                {"Id": account, "Name": name, "Status": "ACTIVE"} for account, name in sorted(self.accounts.items())
            ]
        }

    def _quotas(self, _: Item) -> Item:
        return {
            "Quotas": [
                {"ServiceCode": "vpc", "QuotaCode": code, "QuotaName": name, "Value": float(value), "Adjustable": True}
                for code, (name, value) in _QUOTAS.items()
            ]
        }

    def _answering(self, answer: Callable[[str, str], Item]) -> Callable[..., tuple[AWSResponse, Item]]:
        """Stand in for a call that names nothing: what it answers depends on who asks, and where."""

        def answered(params: Item, request_signer: Any, **_: Any) -> tuple[AWSResponse, Item]:
            key = request_signer._credentials.get_frozen_credentials().access_key
            account = self.accounts_by_key[key]
            return _standing_in(lambda _: answer(account, request_signer.region_name))(params)

        return answered

    def _connections(self, account: str, region: str) -> Item:
        found = [each for each in self.connections[account] if each["VpcEndpointRegion"] == region]
        return {"VpcEndpointConnections": found}

    def _notifications(self, account: str, region: str) -> Item:
        found = [each for each in self.notifications[account] if each["ServiceRegion"] == region]
        return {"ConnectionNotificationSet": found}

    # --- Answers that moto leaves incomplete --------------------------------------------------------------------------

    def _regions(self, parsed: Item) -> None:
        parsed["Regions"] = [region for region in parsed["Regions"] if region["RegionName"] in self.regions]

    def _vpcs(self, parsed: Item) -> None:
        for vpc in parsed["Vpcs"]:
            vpc["OwnerId"] = self.owners.get(vpc["VpcId"], vpc["OwnerId"])
            # In moto a VPC has no DHCP options set, in AWS one with Amazon's DNS server.
            vpc["DhcpOptionsId"] = _DHCP_OPTIONS["DhcpOptionsId"]
            if mode := self.encryption.get(vpc["VpcId"]):
                vpc["EncryptionControl"] = {"VpcId": vpc["VpcId"], "Mode": mode, "State": "available"}

    def _shared(self, key: str) -> Callable[[Item], None]:
        def amend(parsed: Item) -> None:
            for item in parsed[key]:
                item["OwnerId"] = self.owners.get(item["VpcId"], item["OwnerId"])

        return amend

    def _route_tables(self, parsed: Item) -> None:
        self._shared("RouteTables")(parsed)
        for table in parsed["RouteTables"]:
            for route in table["Routes"]:
                if (table["RouteTableId"], route.get("DestinationCidrBlock")) in self.blackholes:
                    route["State"] = "blackhole"
            for block, gateway in self.propagated[table["RouteTableId"]]:
                learned = {"DestinationCidrBlock": block, "GatewayId": gateway}
                table["Routes"].append({**learned, "State": "active", "Origin": "EnableVgwRoutePropagation"})

    def _peerings(self, parsed: Item) -> None:
        for peering in parsed["VpcPeeringConnections"]:
            for side in ("RequesterVpcInfo", "AccepterVpcInfo"):
                blocks = self.blocks.get(peering[side]["VpcId"], [])
                # AWS gives the sets only while the connection is active.
                if peering["Status"]["Code"] == "active":
                    peering[side]["CidrBlockSet"] = [{"CidrBlock": block} for block in blocks if ":" not in block]
                    six = [{"Ipv6CidrBlock": block} for block in blocks if ":" in block]
                    if six:
                        peering[side]["Ipv6CidrBlockSet"] = six
            peering.update(self.peerings.get(peering["VpcPeeringConnectionId"], {}))

    def _security_groups(self, parsed: Item) -> None:
        for group in parsed["SecurityGroups"]:
            group["IpPermissions"] += [
                {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [pair]}
                for pair in self.references[group["GroupId"]]
            ]

    def _endpoints(self, parsed: Item) -> None:
        for endpoint in parsed["VpcEndpoints"]:
            endpoint.update(self.endpoints.get(endpoint["VpcEndpointId"], {}))

    def _network_interfaces(self, parsed: Item) -> None:
        for interface in parsed["NetworkInterfaces"]:
            # moto makes an endpoint's interfaces look like a workload's; the demo's own workloads are described.
            if not interface["Description"]:
                interface.update(InterfaceType="vpc_endpoint", RequesterManaged=True, Status="in-use")

    def _nat_gateways(self, parsed: Item) -> None:
        for gateway in parsed["NatGateways"]:
            made = datetime.now(UTC) - timedelta(days=400)
            gateway.update(ConnectivityType="public", AvailabilityMode="zonal", CreateTime=made)

    def _vpn_connections(self, parsed: Item) -> None:
        for connection in parsed["VpnConnections"]:
            blocks = self.vpn_routes.get(connection["VpnConnectionId"], [])
            connection["Routes"] = [{"DestinationCidrBlock": block, "State": "available"} for block in blocks]

    def _dhcp_options(self, parsed: Item) -> None:
        parsed["DhcpOptions"].append(_DHCP_OPTIONS)

    def _services(self, parsed: Item) -> None:
        # DynamoDB has interface endpoints beside its gateway endpoints.
        parsed["ServiceDetails"] += [
            {**service, "ServiceType": [{"ServiceType": "Interface"}]}
            for service in parsed["ServiceDetails"]
            if service["ServiceName"].endswith(".dynamodb")
        ]

    def _prefix_lists(self, parsed: Item) -> None:
        for listed in parsed["PrefixLists"]:
            listed["Cidrs"] = self.service_blocks.get(listed["PrefixListName"].rpartition(".")[2], [])

    def _service_configurations(self, parsed: Item) -> None:
        for service in parsed["ServiceConfigurations"]:
            service["RemoteAccessEnabled"] = bool(service["SupportedRegions"])
            service.update(self.services.get(service["ServiceId"], {}))
            if not service["NetworkLoadBalancerArns"]:
                del service["NetworkLoadBalancerArns"]

    def _permissions(self, parsed: Item) -> None:
        for allowed in parsed["AllowedPrincipals"]:
            kind = "All" if allowed["Principal"] == "*" else "Account"
            allowed.update(PrincipalType=kind, PermissionType="vpc-endpoint")

    def _load_balancers(self, parsed: Item) -> None:
        for balancer in parsed["LoadBalancers"]:
            balancer.update(self.balancers.get(balancer["LoadBalancerArn"], {}))


def _standing_in(answer: Callable[[Item], Item]) -> Callable[..., tuple[AWSResponse, Item]]:
    def answered(params: Item, **_: Any) -> tuple[AWSResponse, Item]:
        body = params["body"]
        asked = json.loads(body or "{}") if isinstance(body, (str, bytes)) else body
        parsed = answer(asked)
        return AWSResponse(params["url"], 200, HTTPHeaders(), None), {
            **parsed,
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }

    return answered


def _amending(amend: Callable[[Item], None]) -> Callable[..., None]:
    def amended(parsed: Item, **_: Any) -> None:
        if "Error" not in parsed:
            amend(parsed)

    return amended
