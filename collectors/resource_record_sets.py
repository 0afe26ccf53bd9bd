"""The records of the private hosted zones that bear a name of AWS's own, as those do that lead to central endpoints.

A zone can hold ten thousand records, and what a person's own zones hold is none of the audit's business: they are not
asked for.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
"""

from auditor.collector import Collector, Parameters, Scope
from auditor.model import HostedZone, ResourceRecordSets
from auditor.partitions import is_aws_domain
from auditor.snapshot import Shard
from collectors import hosted_zones


def _each_zone_of_aws_names(shard: Shard) -> list[Parameters]:
    return [
        {"HostedZoneId": zone["Id"].removeprefix("/hostedzone/")}
        for zone in shard.items(hosted_zones.COLLECTOR.action)
        if zone.get("Config", {}).get("PrivateZone") and is_aws_domain(zone.get("Name", ""))
    ]


COLLECTOR = Collector(
    service="route53",
    operation="ListResourceRecordSets",
    record=ResourceRecordSets,
    scope=Scope.GLOBAL,
    optional=True,
    parents=(HostedZone,),
    parameters=_each_zone_of_aws_names,
    identity="HostedZoneId",
    resource="arn:${Partition}:route53:::hostedzone/*",
)
