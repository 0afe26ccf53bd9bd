"""Regions, and whether the account has enabled them. Asked once an account."""

from auditor.collector import Collector, Scope
from auditor.model import Region

COLLECTOR = Collector(service="ec2", operation="DescribeRegions", key="Regions", record=Region, scope=Scope.GLOBAL)
