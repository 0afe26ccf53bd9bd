"""Services that the account can reach through an endpoint in the region."""

from auditor.collector import Collector
from auditor.model import ServiceDetail

COLLECTOR = Collector(
    service="ec2", operation="DescribeVpcEndpointServices", key="ServiceDetails", record=ServiceDetail
)
