"""The VPCs that a Route 53 Profile holds for.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53profiles_ListProfileAssociations.html
"""

from auditor.collector import Collector
from auditor.model import ProfileAssociation

COLLECTOR = Collector(
    service="route53profiles",
    operation="ListProfileAssociations",
    key="ProfileAssociations",
    record=ProfileAssociation,
    optional=True,
)
