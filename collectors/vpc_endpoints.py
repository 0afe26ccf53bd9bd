"""VPC endpoints of every type."""

from auditor.collector import Collector
from auditor.model import VpcEndpoint

COLLECTOR = Collector(service="ec2", operation="DescribeVpcEndpoints", key="VpcEndpoints", record=VpcEndpoint)
