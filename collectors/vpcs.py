"""VPCs: those of the account, and those that other accounts share with it."""

from auditor.collector import Collector
from auditor.model import Vpc
from auditor.snapshot import Shard

COLLECTOR = Collector(service="ec2", operation="DescribeVpcs", key="Vpcs", record=Vpc)


def owned_vpc_ids(shard: Shard) -> list[str]:
    """The ids of the VPCs that the shard's account owns; AWS answers some calls to a VPC's owner alone."""
    owner = shard.account_id
    return [vpc["VpcId"] for vpc in shard.items(COLLECTOR.action) if vpc.get("OwnerId", owner) == owner]
