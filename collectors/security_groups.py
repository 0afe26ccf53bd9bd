"""Security groups, with their rules."""

from auditor.collector import Collector
from auditor.model import SecurityGroup

COLLECTOR = Collector(service="ec2", operation="DescribeSecurityGroups", key="SecurityGroups", record=SecurityGroup)
