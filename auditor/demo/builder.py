"""Makes VPCs, peering connections and endpoints in moto, a line each."""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from auditor.collect import Credentials
from auditor.demo.amendments import Amendments

ORGANIZATION = "o-demo123456"

BOUNDED = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}},
        }
    ]
}
"""An endpoint policy that lets only the organization's principals at only the organization's resources."""


@dataclass(frozen=True)
class Vpc:
    """A VPC of the demo."""

    id: str
    account: str
    region: str
    name: str
    blocks: tuple[str, ...]
    main_table: str
    subnets: list[str] = field(default_factory=list)

    @property
    def block(self) -> str:
        """Its primary block."""
        return self.blocks[0]


class Builder:
    """Clients of the demo's accounts, and what is made with them."""

    def __init__(self, amendments: Amendments) -> None:
        self.amendments = amendments
        self._session: Any = boto3.Session()

    @functools.cache  # noqa: B019 - a builder lives no longer than the demo's making
    def keys(self, account: str) -> Credentials:
        """Credentials of one of the demo's accounts."""
        sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="demo", aws_secret_access_key="demo")  # noqa: S106
        role = f"arn:aws:iam::{account}:role/demo"
        keys = sts.assume_role(RoleArn=role, RoleSessionName="demo")["Credentials"]
        self.amendments.accounts_by_key[keys["AccessKeyId"]] = account
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    @functools.cache  # noqa: B019 - as above
    def ec2(self, account: str, region: str) -> Any:
        """An EC2 client."""
        return self._client("ec2", account, region)

    def at(self, vpc: Vpc) -> Any:
        """An EC2 client of a VPC's account and Region."""
        return self.ec2(vpc.account, vpc.region)

    def vpc(
        self,
        account: str,
        region: str,
        name: str,
        *blocks: str,
        subnets: Iterable[str] = ("a",),
        endpoints: bool = True,
    ) -> Vpc:
        """A VPC with names on, and for each zone of ``subnets`` a subnet with a workload, all on the main route table.

        Unless told otherwise it has the gateway endpoints that a VPC in use should have.
        """
        client = self.ec2(account, region)
        vpc_id = client.create_vpc(CidrBlock=blocks[0], TagSpecifications=_named("vpc", name))["Vpc"]["VpcId"]
        for block in blocks[1:]:
            client.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=block)
        client.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        self.amendments.blocks[vpc_id] = list(blocks)
        tables = client.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
        vpc = Vpc(vpc_id, account, region, name, blocks, tables[0]["RouteTableId"])
        for number, zone in enumerate(subnets):
            self.subnet(vpc, f"{vpc.block.rsplit('.', 2)[0]}.{number}.0/24", zone)
        if endpoints:
            for service in ("s3", "dynamodb"):
                self.gateway_endpoint(vpc, service, [vpc.main_table])
        return vpc

    def subnet(self, vpc: Vpc, block: str, zone: str, hosts: Iterable[int] = (10,)) -> str:
        """A subnet, with a workload at each of the ``hosts`` of its block."""
        client = self.at(vpc)
        name = f"{vpc.name}-{zone}{len(vpc.subnets)}"
        made = client.create_subnet(
            VpcId=vpc.id,
            CidrBlock=block,
            AvailabilityZone=f"{vpc.region}{zone}",
            TagSpecifications=_named("subnet", name),
        )
        subnet_id: str = made["Subnet"]["SubnetId"]
        for host in hosts:
            address = f"{block.rsplit('.', 1)[0]}.{host}"
            client.create_network_interface(
                SubnetId=subnet_id, PrivateIpAddress=address, Description=f"{name} workload"
            )
        vpc.subnets.append(subnet_id)
        return subnet_id

    def interface(self, vpc: Vpc, subnet: str, host: int, *groups: str) -> str:
        """A workload at a host of a subnet's block that carries the given security groups, or else the default one."""
        client = self.at(vpc)
        block = client.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["CidrBlock"]
        made = client.create_network_interface(
            SubnetId=subnet,
            PrivateIpAddress=f"{block.rsplit('.', 1)[0]}.{host}",
            Description=f"{vpc.name} workload",
            **({"Groups": list(groups)} if groups else {}),
        )
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def network_acl(self, vpc: Vpc, subnet: str) -> str:
        """A network ACL of its own for a subnet, which denies everything."""
        client = self.at(vpc)
        acl: str = client.create_network_acl(VpcId=vpc.id)["NetworkAcl"]["NetworkAclId"]
        acls = client.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        associations = [each for found in acls["NetworkAcls"] for each in found["Associations"]]
        standing = next(each["NetworkAclAssociationId"] for each in associations if each["SubnetId"] == subnet)
        client.replace_network_acl_association(AssociationId=standing, NetworkAclId=acl)
        return acl

    def let_https_through(self, vpc: Vpc, acl: str, blocks: Iterable[str]) -> None:
        """Rules of a network ACL that let HTTPS out to some blocks, and the answers in."""
        for number, block in enumerate(blocks, start=1):
            for egress, first, last in ((True, 443, 443), (False, 1024, 65535)):
                self.at(vpc).create_network_acl_entry(
                    NetworkAclId=acl,
                    RuleNumber=number * 10,
                    RuleAction="allow",
                    Egress=egress,
                    Protocol="6",
                    PortRange={"From": first, "To": last},
                    CidrBlock=block,
                )

    def table(self, vpc: Vpc, *subnets: str) -> str:
        """A route table for some subnets, with the VPC's gateway endpoints in it."""
        client = self.at(vpc)
        table_id: str = client.create_route_table(VpcId=vpc.id)["RouteTable"]["RouteTableId"]
        for subnet in subnets:
            client.associate_route_table(RouteTableId=table_id, SubnetId=subnet)
        for endpoint in client.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc.id]}])["VpcEndpoints"]:
            if endpoint["VpcEndpointType"] == "Gateway":
                self._associate(vpc, endpoint["VpcEndpointId"], endpoint["ServiceName"], table_id)
        return table_id

    def _associate(self, vpc: Vpc, endpoint: str, service_name: str, table: str) -> None:
        # moto notes the association, but leaves the endpoint's route out of the table.
        client = self.at(vpc)
        client.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[table])
        client.create_route(
            RouteTableId=table, DestinationPrefixListId=self.prefix_list(vpc, service_name), GatewayId=endpoint
        )

    def prefix_list(self, vpc: Vpc, service_name: str) -> str:
        """The prefix list of a service in a VPC's Region."""
        lists = self.at(vpc).describe_prefix_lists()["PrefixLists"]
        return next(str(found["PrefixListId"]) for found in lists if found["PrefixListName"] == service_name)

    def route(self, table: str, vpc: Vpc, destination: str, target: str) -> None:
        """A route; the target's kind follows from its id."""
        kind = {
            "pcx": "VpcPeeringConnectionId",
            "igw": "GatewayId",
            "vgw": "GatewayId",
            "nat": "NatGatewayId",
            "eni": "NetworkInterfaceId",
            "vpce": "VpcEndpointId",
        }[target.partition("-")[0]]
        where = "DestinationPrefixListId" if destination.startswith("pl-") else "DestinationCidrBlock"
        self.at(vpc).create_route(**{"RouteTableId": table, where: destination, kind: target})

    def peering(self, requester: Vpc, accepter: Vpc, *, accepted: bool = True, dns: bool = True) -> str:
        """A peering connection that both sides name, and let resolve their names, unless told otherwise."""
        client = self.at(requester)
        name = f"{requester.name}-to-{accepter.name}"
        made = client.create_vpc_peering_connection(
            VpcId=requester.id,
            PeerVpcId=accepter.id,
            PeerOwnerId=accepter.account,
            PeerRegion=accepter.region,
            TagSpecifications=_named("vpc-peering-connection", name),
        )
        peering_id: str = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        if accepted:
            self.at(accepter).accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
        if dns:
            allowed = {"AllowDnsResolutionFromRemoteVpc": True}
            client.modify_vpc_peering_connection_options(
                VpcPeeringConnectionId=peering_id,
                RequesterPeeringConnectionOptions=allowed,
                AccepterPeeringConnectionOptions=allowed,
            )
        return peering_id

    def joined(self, requester: Vpc, accepter: Vpc, **options: bool) -> str:
        """A peering connection with a route to each side's primary block in the main tables of both."""
        peering = self.peering(requester, accepter, **options)
        self.route(requester.main_table, requester, accepter.block, peering)
        self.route(accepter.main_table, accepter, requester.block, peering)
        return peering

    def internet_gateway(self, vpc: Vpc) -> str:
        """An internet gateway, attached."""
        client = self.at(vpc)
        gateway: str = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc.id)
        return gateway

    def nat_gateway(self, vpc: Vpc, subnet: str) -> str:
        """A public NAT gateway."""
        client = self.at(vpc)
        address = client.allocate_address(Domain="vpc")["AllocationId"]
        made = client.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        return str(made["NatGateway"]["NatGatewayId"])

    def vpn(self, vpc: Vpc, *blocks: str) -> str:
        """A virtual private gateway with a VPN connection to the given blocks, propagated to the main table."""
        client = self.at(vpc)
        gateway: str = client.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        client.attach_vpn_gateway(VpcId=vpc.id, VpnGatewayId=gateway)
        customer = client.create_customer_gateway(BgpAsn=65000, Type="ipsec.1", PublicIp="203.0.113.1")
        connection = client.create_vpn_connection(
            CustomerGatewayId=customer["CustomerGateway"]["CustomerGatewayId"], Type="ipsec.1", VpnGatewayId=gateway
        )
        self.amendments.vpn_routes[connection["VpnConnection"]["VpnConnectionId"]] = list(blocks)
        self.amendments.propagated[vpc.main_table] += [(block, gateway) for block in blocks]
        return gateway

    def carried(self, vpc: Vpc, namespace: str, metric: str, gigabytes: float, dimensions: Mapping[str, str]) -> None:
        """What CloudWatch counted in 30 days, as much each day."""
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        today = datetime.now(UTC)
        self._client("cloudwatch", vpc.account, vpc.region).put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": named,
                    # A little less than a day apart, so that the collection, which comes later, still sees all of them.
                    "Timestamp": today - timedelta(hours=23 * day),
                    "Value": gigabytes * 2**30 / 30,
                }
                for day in range(1, 31)
            ],
        )

    def security_group(self, vpc: Vpc, name: str, *sources: str) -> str:
        """A security group that lets HTTPS in from some blocks."""
        client = self.at(vpc)
        group: str = client.create_security_group(GroupName=name, Description=name, VpcId=vpc.id)["GroupId"]
        if sources:
            ranges = [{"CidrIp": source} for source in sources]
            client.authorize_security_group_ingress(
                GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}]
            )
        return group

    def let_out_to(self, vpc: Vpc, group: str, prefix_list: str) -> None:
        """Let a security group's members out to a prefix list at HTTPS, and nowhere else."""
        client = self.at(vpc)
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        client.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": prefix_list}]}
        client.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])

    def gateway_endpoint(
        self, vpc: Vpc, service: str, tables: Iterable[str], policy: Mapping[str, Any] | None = BOUNDED
    ) -> str:
        """A gateway endpoint; without a policy it gets AWS's default one."""
        chosen = {"PolicyDocument": json.dumps(policy)} if policy else {}
        made = self.at(vpc).create_vpc_endpoint(
            VpcId=vpc.id,
            VpcEndpointType="Gateway",
            ServiceName=f"com.amazonaws.{vpc.region}.{service}",
            RouteTableIds=list(tables),
            TagSpecifications=_named("vpc-endpoint", f"{vpc.name}-{service}"),
            **chosen,
        )
        endpoint: str = made["VpcEndpoint"]["VpcEndpointId"]
        # moto says true of gateway endpoints as well, which have no private DNS.
        self.amendments.endpoints[endpoint] = {"PrivateDnsEnabled": False}
        return endpoint

    def interface_endpoint(
        self, vpc: Vpc, service: str, subnets: Iterable[str], groups: Iterable[str], *, private_dns: bool = True
    ) -> str:
        """An interface endpoint with a bounded policy. ``service`` is one of AWS's, or a service's full name."""
        made = self.at(vpc).create_vpc_endpoint(
            VpcId=vpc.id,
            VpcEndpointType="Interface",
            ServiceName=service if service.startswith("com.") else f"com.amazonaws.{vpc.region}.{service}",
            SubnetIds=list(subnets),
            SecurityGroupIds=list(groups),
            PolicyDocument=json.dumps(BOUNDED),
            TagSpecifications=_named("vpc-endpoint", f"{vpc.name}-{service.rpartition('.')[2]}"),
        )
        endpoint: str = made["VpcEndpoint"]["VpcEndpointId"]
        self.amendments.endpoints[endpoint] = {"PrivateDnsEnabled": private_dns, "IpAddressType": "ipv4"}
        return endpoint

    def load_balancer_endpoint(self, vpc: Vpc, service_name: str, subnet: str) -> str:
        """A Gateway Load Balancer endpoint."""
        made = self.at(vpc).create_vpc_endpoint(
            VpcId=vpc.id,
            VpcEndpointType="GatewayLoadBalancer",
            ServiceName=service_name,
            SubnetIds=[subnet],
            TagSpecifications=_named("vpc-endpoint", f"{vpc.name}-inspection"),
        )
        endpoint: str = made["VpcEndpoint"]["VpcEndpointId"]
        # moto says true here as well.
        self.amendments.endpoints[endpoint] = {"PrivateDnsEnabled": False}
        return endpoint

    def load_balancer(self, vpc: Vpc, name: str, subnets: Iterable[str], groups: Iterable[str] = ()) -> str:
        """A Network Load Balancer that works. Returns its ARN."""
        guarded = {"SecurityGroups": list(groups)} if groups else {}
        made = self._client("elbv2", vpc.account, vpc.region).create_load_balancer(
            Name=name, Type="network", Scheme="internal", Subnets=list(subnets), **guarded
        )
        arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
        self.amendments.balancers[arn] = {"State": {"Code": "active"}}
        return arn

    def endpoint_service(
        self,
        vpc: Vpc,
        name: str,
        balancer: str,
        *,
        allow: Iterable[str],
        acceptance: bool = True,
        told: bool = True,
        **members: Any,
    ) -> str:
        """An endpoint service for accounts, or for everyone. Returns its id.

        ``told``: somebody is told of requests to it. ``members`` are parameters of its creation.
        """
        client = self.at(vpc)
        made = client.create_vpc_endpoint_service_configuration(
            NetworkLoadBalancerArns=[balancer],
            AcceptanceRequired=acceptance,
            TagSpecifications=_named("vpc-endpoint-service", name),
            **members,
        )
        service: str = made["ServiceConfiguration"]["ServiceId"]
        principals = [each if each == "*" else f"arn:aws:iam::{each}:root" for each in allow]
        client.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=principals)
        if told:
            self.amendments.notifications[vpc.account].append(
                {
                    "ConnectionNotificationId": f"vpce-nfn-{service.rpartition('-')[2]}",
                    "ServiceId": service,
                    "ServiceRegion": vpc.region,
                    "ConnectionNotificationType": "Topic",
                    "ConnectionNotificationArn": f"arn:aws:sns:{vpc.region}:{vpc.account}:connections",
                    "ConnectionEvents": ["Accept", "Connect", "Delete", "Reject"],
                    "ConnectionNotificationState": "Enabled",
                }
            )
        return service

    def connect(
        self, vpc: Vpc, service: str, owner: str, endpoint: str = "", *, state: str = "available", days: int = 30
    ) -> None:
        """An endpoint of an account at a service in a VPC's account and Region, made some days ago."""
        connections = self.amendments.connections[vpc.account]
        number = f"{len(connections) + 1:017x}"
        connections.append(
            {
                "VpcEndpointConnectionId": f"vpce-con-{number}",
                "ServiceId": service,
                "VpcEndpointId": endpoint or f"vpce-{number}",
                "VpcEndpointOwner": owner,
                "VpcEndpointRegion": vpc.region,
                "VpcEndpointState": state,
                "CreationTimestamp": datetime.now(UTC).replace(microsecond=0) - timedelta(days=days),
            }
        )

    def private_zone(self, name: str, *vpcs: Vpc) -> str:
        """A private hosted zone of the first VPC's account, associated with all."""
        first, *others = vpcs
        client = self._route53(first)
        made = client.create_hosted_zone(
            Name=name,
            CallerReference=f"{name} {first.id}",
            VPC={"VPCId": first.id, "VPCRegion": first.region},
            HostedZoneConfig={"PrivateZone": True},
        )
        zone: str = made["HostedZone"]["Id"]
        for vpc in others:
            client.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC={"VPCId": vpc.id, "VPCRegion": vpc.region})
        return zone

    def lead(self, zone: str, name: str, endpoint: str, at: Vpc) -> None:
        """A record of a hosted zone that leads a name to an interface endpoint of a VPC in the zone's account."""
        described = self.at(at).describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
        own = described["DnsEntries"][0]
        alias = {"HostedZoneId": own["HostedZoneId"], "DNSName": own["DnsName"], "EvaluateTargetHealth": False}
        record = {"Name": name, "Type": "A", "AliasTarget": alias}
        self._route53(at).change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        )

    def _route53(self, vpc: Vpc) -> Any:
        return self._client("route53", vpc.account, vpc.region)

    def _client(self, service: str, account: str, region: str) -> Any:
        # One session for all: each would read the descriptions of AWS's services anew.
        keys = self.keys(account)
        return self._session.client(
            service, region, None, True, None, None, keys.access_key, keys.secret_key, keys.token
        )


def _named(resource_type: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": resource_type, "Tags": [{"Key": "Name", "Value": name}]}]
