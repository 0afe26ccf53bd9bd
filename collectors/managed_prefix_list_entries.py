"""The entries of the prefix lists that a route or a security group refers to, whoever owns the list.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from auditor.collector import Collector, Parameters
from auditor.model import ManagedPrefixListEntries, RouteTable, SecurityGroup
from auditor.snapshot import Shard
from collectors import route_tables, security_groups


def _each_list_in_use(shard: Shard) -> list[Parameters]:
    in_routes = {
        route.get("DestinationPrefixListId")
        for table in shard.items(route_tables.COLLECTOR.action)
        for route in table.get("Routes", ())
    }
    in_groups = {
        reference.get("PrefixListId")
        for group in shard.items(security_groups.COLLECTOR.action)
        for permission in (*group.get("IpPermissions", ()), *group.get("IpPermissionsEgress", ()))
        for reference in permission.get("PrefixListIds", ())
    }
    return [{"PrefixListId": list_id} for list_id in sorted((in_routes | in_groups) - {None})]


COLLECTOR = Collector(
    service="ec2",
    operation="GetManagedPrefixListEntries",
    record=ManagedPrefixListEntries,
    parents=(RouteTable, SecurityGroup),
    parameters=_each_list_in_use,
    identity="PrefixListId",
    resource="arn:${Partition}:ec2:*:*:prefix-list/*",
)
