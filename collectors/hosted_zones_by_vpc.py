"""The private hosted zones of each VPC, whoever owns them. AWS answers a VPC a call, and to the VPC's owner alone.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByVPC.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import HostedZonesByVpc, Vpc
from auditor.snapshot import Shard
from collectors.vpcs import owned_vpc_ids


def _each_owned_vpc(shard: Shard) -> list[Parameters]:
    return [{"VPCId": vpc_id, "VPCRegion": shard.region} for vpc_id in owned_vpc_ids(shard)]


COLLECTOR = Collector(
    service="route53",
    operation="ListHostedZonesByVPC",
    record=HostedZonesByVpc,
    optional=True,
    parents=(Vpc,),
    parameters=_each_owned_vpc,
    identity="VPCId",
)
