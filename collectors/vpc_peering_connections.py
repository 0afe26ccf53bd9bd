"""VPC peering connections, as the target's side sees them."""

from auditor.collector import Collector
from auditor.model import VpcPeeringConnection

COLLECTOR = Collector(
    service="ec2", operation="DescribeVpcPeeringConnections", key="VpcPeeringConnections", record=VpcPeeringConnection
)
