"""Two VPCs of moto with an active peering connection between them. Used inside ``mock_aws``."""

from dataclasses import dataclass
from typing import Any

import boto3

from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK
from tests.world import REGION


@dataclass(frozen=True)
class Peered:
    ec2: Any
    a: str
    b: str
    peering: str
    a_table: str
    b_table: str

    def route(self, table: str, destination: str, **target: str) -> None:
        """A route, over the connection unless a target is given."""
        self.ec2.create_route(
            RouteTableId=table,
            DestinationCidrBlock=destination,
            **(target or {"VpcPeeringConnectionId": self.peering}),
        )


def connect(ec2: Any, requester: str, accepter: str) -> str:
    made = ec2.create_vpc_peering_connection(VpcId=requester, PeerVpcId=accepter)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    peering: str = made["VpcPeeringConnectionId"]
    return peering


def peered() -> Peered:
    ec2: Any = boto3.client("ec2", REGION)
    a, b = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (A_BLOCK, B_BLOCK))
    a_table, b_table = (
        ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
        for vpc in (a, b)
    )
    return Peered(ec2, a, b, connect(ec2, a, b), a_table, b_table)
