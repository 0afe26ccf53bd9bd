"""Hosted zones that the account owns, the public ones among them.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html
"""

from auditor.collector import Collector, Scope
from auditor.model import HostedZone

COLLECTOR = Collector(
    service="route53",
    operation="ListHostedZones",
    key="HostedZones",
    record=HostedZone,
    scope=Scope.GLOBAL,
    optional=True,
)
