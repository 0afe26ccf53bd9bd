"""Client VPN endpoints, by which people's devices come into a VPC."""

from auditor.collector import Collector
from auditor.model import ClientVpnEndpoint

COLLECTOR = Collector(
    service="ec2",
    operation="DescribeClientVpnEndpoints",
    key="ClientVpnEndpoints",
    record=ClientVpnEndpoint,
    optional=True,
)
