"""The DNS switches of VPCs, which AWS answers one VPC and one switch a call, and to the VPC's owner alone.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html
"""

from collections.abc import Iterator

from auditor.collector import Collector, Parameters
from auditor.model import Vpc, VpcAttribute
from auditor.snapshot import Shard
from collectors.vpcs import owned_vpc_ids


def _each_switch(shard: Shard) -> Iterator[Parameters]:
    for vpc_id in owned_vpc_ids(shard):
        yield {"VpcId": vpc_id, "Attribute": "enableDnsSupport"}
        yield {"VpcId": vpc_id, "Attribute": "enableDnsHostnames"}


COLLECTOR = Collector(
    service="ec2",
    operation="DescribeVpcAttribute",
    record=VpcAttribute,
    parents=(Vpc,),
    parameters=_each_switch,
    identity="VpcId",
    resource="arn:${Partition}:ec2:*:*:vpc/*",
)
