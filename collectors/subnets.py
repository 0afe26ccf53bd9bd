"""Subnets: those of the account's VPCs, and those that other accounts share with it."""

from auditor.collector import Collector
from auditor.model import Subnet

COLLECTOR = Collector(service="ec2", operation="DescribeSubnets", key="Subnets", record=Subnet)
