"""Managed prefix lists: how many entries each may have, which is what it counts in a route table.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from auditor.collector import Collector
from auditor.model import ManagedPrefixList

COLLECTOR = Collector(
    service="ec2", operation="DescribeManagedPrefixLists", key="PrefixLists", record=ManagedPrefixList
)
