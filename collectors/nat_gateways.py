"""NAT gateways, zonal and regional."""

from auditor.collector import Collector
from auditor.model import NatGateway

COLLECTOR = Collector(service="ec2", operation="DescribeNatGateways", key="NatGateways", record=NatGateway)
