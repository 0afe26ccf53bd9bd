"""Site-to-Site VPN connections and their static routes."""

from auditor.collector import Collector
from auditor.model import VpnConnection

COLLECTOR = Collector(service="ec2", operation="DescribeVpnConnections", key="VpnConnections", record=VpnConnection)
