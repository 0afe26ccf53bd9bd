"""Internet gateways and the VPCs that they are attached to."""

from auditor.collector import Collector
from auditor.model import InternetGateway

COLLECTOR = Collector(
    service="ec2", operation="DescribeInternetGateways", key="InternetGateways", record=InternetGateway
)
