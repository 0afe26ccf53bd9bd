"""What each Route 53 Profile that holds for a VPC brings to it: hosted zones, interface endpoints and other resources.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53profiles_ListProfileResourceAssociations.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import ProfileAssociation, ProfileResourceAssociations
from auditor.snapshot import Shard
from collectors import profile_associations


def _each_profile(shard: Shard) -> list[Parameters]:
    profiles = {each["ProfileId"] for each in shard.items(profile_associations.COLLECTOR.action) if "ProfileId" in each}
    return [{"ProfileId": profile} for profile in sorted(profiles)]


COLLECTOR = Collector(
    service="route53profiles",
    operation="ListProfileResourceAssociations",
    record=ProfileResourceAssociations,
    optional=True,
    parents=(ProfileAssociation,),
    parameters=_each_profile,
    identity="ProfileId",
)
