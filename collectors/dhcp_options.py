"""DHCP options sets: among others the DNS servers that the machines of a VPC are told to ask."""

from auditor.collector import Collector
from auditor.model import DhcpOptions

COLLECTOR = Collector(service="ec2", operation="DescribeDhcpOptions", key="DhcpOptions", record=DhcpOptions)
