"""One endpoint service in a world, and one in moto."""

from typing import Any

import boto3

from auditor.snapshot import Target
from tests.world import ACCOUNT, REGION, World

SERVICE = "vpce-svc-1"
CONSUMER, STRANGER, VENDOR = "222222222222", "888888888888", "777777777777"
"""An audited account, one that nobody knows, and one that the settings may trust."""
HOME = Target(ACCOUNT, REGION)

CONFIGURATIONS = "ec2:DescribeVpcEndpointServiceConfigurations"
PERMISSIONS = "ec2:DescribeVpcEndpointServicePermissions"
CONNECTIONS = "ec2:DescribeVpcEndpointConnections"
NOTIFICATIONS = "ec2:DescribeVpcEndpointConnectionNotifications"
BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"
ATTRIBUTES = "elasticloadbalancing:DescribeLoadBalancerAttributes"
ACCOUNTS = "organizations:ListAccounts"

GONE = ["Failed", "Deleting", "Deleted"]
"""The states of a service that no rule but that on states judges."""


def root(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def provided(*allow: str, zones: str = "ab", balancer: dict[str, Any] | None = None, **service: Any) -> World:
    """A service ``vpce-svc-1`` (shop) behind one Network Load Balancer; ``allow`` are accounts or principals."""
    world = World()
    vpc = world.vpc("vpc-p", "10.0.0.0/16")
    subnets = [
        world.subnet(f"subnet-{zone}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}")
        for number, zone in enumerate(zones)
    ]
    arn = world.load_balancer("shop", *subnets, **(balancer or {}))
    principals = [root(each) if each.isdigit() and len(each) == 12 else each for each in allow]
    world.endpoint_service(SERVICE, arn, **{"allow": principals, "name": "shop", **service})
    return world


def arn_of(world: World, name: str = "shop") -> str:
    """The ARN of a load balancer of the world."""
    items = world.snapshot().shards[HOME].items(BALANCERS)
    return next(str(item["LoadBalancerArn"]) for item in items if item["LoadBalancerName"] == name)


def provided_in_moto(*allow: str, zones: str = "ab", groups: bool = False, **service: Any) -> str:
    """A service in moto, in process. Returns its id. Used inside ``mock_aws``."""
    ec2 = boto3.client("ec2", REGION)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate(zones)
    ]
    group = ec2.create_security_group(GroupName="shop", Description="shop", VpcId=vpc_id)["GroupId"]
    made = boto3.client("elbv2", REGION).create_load_balancer(
        Name="shop",
        Type="network",
        Subnets=[subnet["SubnetId"] for subnet in subnets],
        **({"SecurityGroups": [group]} if groups else {}),
    )
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    configured = ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[arn], **service)
    service_id: str = configured["ServiceConfiguration"]["ServiceId"]
    if allow:
        ec2.modify_vpc_endpoint_service_permissions(ServiceId=service_id, AddAllowedPrincipals=list(allow))
    return service_id
