"""Security groups with rules that refer to what is gone, which AWS answers a VPC a call, and to the VPC's owner alone.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import StaleSecurityGroups, Vpc
from auditor.snapshot import Shard
from collectors.vpcs import owned_vpc_ids


def _each_owned_vpc(shard: Shard) -> list[Parameters]:
    return [{"VpcId": vpc_id} for vpc_id in owned_vpc_ids(shard)]


COLLECTOR = Collector(
    service="ec2",
    operation="DescribeStaleSecurityGroups",
    record=StaleSecurityGroups,
    parents=(Vpc,),
    parameters=_each_owned_vpc,
    identity="VpcId",
)
