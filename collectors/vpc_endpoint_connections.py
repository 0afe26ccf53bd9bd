"""Endpoints and transit gateway attachments at the account's endpoint services, whoever owns them."""

from auditor.collector import Collector
from auditor.model import VpcEndpointConnection

COLLECTOR = Collector(
    service="ec2",
    operation="DescribeVpcEndpointConnections",
    key="VpcEndpointConnections",
    record=VpcEndpointConnection,
)
