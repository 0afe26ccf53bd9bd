"""Network ACLs: what the subnets of a VPC let in and out, whoever is in them."""

from auditor.collector import Collector
from auditor.model import NetworkAcl

COLLECTOR = Collector(service="ec2", operation="DescribeNetworkAcls", key="NetworkAcls", record=NetworkAcl)
