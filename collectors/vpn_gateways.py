"""Virtual private gateways and the VPCs that they are attached to."""

from auditor.collector import Collector
from auditor.model import VpnGateway

COLLECTOR = Collector(service="ec2", operation="DescribeVpnGateways", key="VpnGateways", record=VpnGateway)
