"""Endpoint services that the account provides."""

from auditor.collector import Collector
from auditor.model import ServiceConfiguration

COLLECTOR = Collector(
    service="ec2",
    operation="DescribeVpcEndpointServiceConfigurations",
    key="ServiceConfigurations",
    record=ServiceConfiguration,
)
