"""Prefix lists of the AWS services that have a gateway endpoint."""

from auditor.collector import Collector
from auditor.model import PrefixList

COLLECTOR = Collector(service="ec2", operation="DescribePrefixLists", key="PrefixLists", record=PrefixList)
