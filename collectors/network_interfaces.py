"""Network interfaces: what uses a subnet."""

from auditor.collector import Collector
from auditor.model import NetworkInterface

COLLECTOR = Collector(
    service="ec2", operation="DescribeNetworkInterfaces", key="NetworkInterfaces", record=NetworkInterface
)
