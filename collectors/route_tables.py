"""Route tables, with their routes and what they apply to."""

from auditor.collector import Collector
from auditor.model import RouteTable

COLLECTOR = Collector(service="ec2", operation="DescribeRouteTables", key="RouteTables", record=RouteTable)
