"""How far the quotas that limit peering and routing are used.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor import model
from auditor.network.diagnosis.lifecycle import PENDING
from auditor.network.entities import Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Origin, Route, RouteTable
from auditor.snapshot import Target


@dataclass(frozen=True)
class Quota:
    """A quota of Amazon VPC."""

    key: str
    """Its place in a finding's id."""
    counts: str
    """What it counts, as the middle of a sentence."""
    default: int
    """What AWS grants who did not ask for more."""
    code: str | None
    """Its code in Service Quotas; None for a quota that AWS does not raise."""


# AWS raised the default of routes in 2025; copies of its page from before say 50.
PEERINGS = Quota("peerings", "active and pending peering connections", 50, "L-7E9ECCDB")
REQUESTS = Quota("requests", "peering requests that wait for an answer", 25, "L-DC9F7029")
ROUTE_TABLES = Quota("route-tables", "route tables", 200, "L-589F43AA")
IPV4_BLOCKS = Quota("ipv4-blocks", "IPv4 CIDR blocks", 5, "L-83CA0A9D")
IPV6_BLOCKS = Quota("ipv6-blocks", "IPv6 CIDR blocks", 5, "L-085A6257")
IPV4_ROUTES = Quota("ipv4-routes", "IPv4 routes that are not propagated", 500, "L-93826ACB")
IPV6_ROUTES = Quota("ipv6-routes", "IPv6 routes that are not propagated", 500, "L-93826ACB")
PROPAGATED_ROUTES = Quota("propagated-routes", "propagated routes", 100, None)


@dataclass(frozen=True)
class Usage:
    """How much of a quota is used."""

    quota: Quota
    used: int
    """At least; exactly where nothing is missing."""
    granted: int
    applied: bool
    """Whether Service Quotas gave ``granted`` as the account's own value; else it is AWS's default."""
    missing: Missing | None
    """Why more may be used; None where this is all."""
    beyond_default: Missing | None = None
    """Why ``granted`` is not what applies: more than AWS's default is used, so AWS granted more, and that was not
    seen."""

    @property
    def percent(self) -> int:
        """The share that is used, rounded down."""
        return self.used * 100 // self.granted if self.granted else 100


def usages_of_vpc(network: Network, vpc: Vpc) -> Iterator[Usage]:
    """The quotas of a VPC of an audited owner."""
    counted, at = _counted(network), vpc.home
    tables = network.route_tables_of(vpc)
    blocks = Counter(":" in block for block in vpc.blocks)
    yield usage_of(network, at, PEERINGS, counted.of_vpc[vpc.id], network.missing_of(model.VpcPeeringConnection, vpc))
    yield usage_of(network, at, ROUTE_TABLES, len(tables.items), tables.missing)
    yield usage_of(network, at, IPV4_BLOCKS, blocks[False])
    yield usage_of(network, at, IPV6_BLOCKS, blocks[True])


def requests_of(network: Network, at: Target) -> Usage:
    """The requests of an account in a Region that wait for an answer."""
    unseen = network.coverage.missing(model.VpcPeeringConnection, at)
    return usage_of(network, at, REQUESTS, _counted(network).requested_by[at], unseen)


def usages_of_table(network: Network, table: RouteTable) -> Iterator[Usage]:
    """The quotas of a route table. AWS's own local routes do not count."""
    at = Target(table.owner, table.region)
    used = {IPV4_ROUTES: 0, IPV6_ROUTES: 0}
    causes: dict[Quota, list[Missing | None]] = {quota: [] for quota in used}
    for route in table.routes:
        if route.origin is Origin.STATIC:
            used[IPV6_ROUTES if ":" in route.destination else IPV4_ROUTES] += 1
        elif route.origin is Origin.PREFIX_LIST:
            weight, six, missing = _weight(network, route, at)
            for quota in used if six is None else [IPV6_ROUTES if six else IPV4_ROUTES]:
                # Without its family, a list counts for neither for certain.
                used[quota] += 0 if six is None else weight
                causes[quota].append(missing)
    for quota, number in used.items():
        yield usage_of(network, at, quota, number, Missing.union(causes[quota]))
    propagated = sum(route.origin is Origin.PROPAGATED for route in table.routes)
    yield usage_of(network, at, PROPAGATED_ROUTES, propagated)


@dataclass(frozen=True)
class _Counted:
    of_vpc: Counter[str]
    """The active and pending connections of each VPC."""
    requested_by: Counter[Target]
    """The pending requests from each account in each Region."""


@remembered
def _counted(network: Network) -> _Counted:
    pending = [peering for peering in network.peerings.values() if peering.status == PENDING]
    live = [peering for peering in network.peerings.values() if peering.live]
    return _Counted(
        Counter(side.vpc_id for peering in (*live, *pending) for side in peering.sides),
        Counter(peering.requester.home for peering in pending),
    )


def usage_of(network: Network, at: Target, quota: Quota, used: int, missing: Missing | None = None) -> Usage:
    """How far an account uses a quota in a Region, of what Service Quotas gave or else of AWS's default."""
    applied = _applied(network, at).get(quota.code or "")
    if applied is not None:
        return Usage(quota, used, int(applied), True, missing)
    beyond = _not_applied(network, at, quota) if quota.code and used > quota.default else None
    return Usage(quota, used, quota.default, False, missing, beyond)


def _not_applied(network: Network, at: Target, quota: Quota) -> Missing:
    """Why Service Quotas gave no value of a quota."""
    return network.coverage.missing(model.ServiceQuotas, at) or Missing.of(
        Kind.ABSENT_FIELD,
        account=at.account,
        region=at.region,
        action="servicequotas:ListServiceQuotas",
        resource=quota.code or "",
    )


@remembered
def _applied(network: Network, at: Target) -> Mapping[str, float]:
    """The quotas that Service Quotas gave of an account in a Region, by code."""
    return {
        quota.quota_code: quota.value
        for service in network.coverage.records(model.ServiceQuotas, at)
        for quota in service.quotas or ()
        if quota.quota_code is not None and quota.value is not None
    }


# --- Prefix lists -----------------------------------------------------------------------------------------------------

_WEIGHTS = {
    "cloudfront.origin-facing": 55,
    "dynamodb": 1,
    "ec2-instance-connect": 2,
    "groundstation": 5,
    "route53-healthchecks": 25,
    "s3": 1,
    "s3express": 6,
    "vpc-lattice": 10,
}
"""What a list of AWS's own counts, by its service.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
"""


def _weight(network: Network, route: Route, at: Target) -> tuple[int, bool | None, Missing | None]:
    """What a prefix list counts in a route table at least, whether it is of IPv6, and why it may count more.

    A customer's list counts as many entries as it may have, whether it has them or not.
    """
    listed = _lists(network, at).get(route.destination)
    six = {"IPv4": False, "IPv6": True}.get(listed.address_family or "") if listed else None
    if six is None and route.blocks:
        six = ":" in route.blocks[0]
    number = None
    if listed:
        number = _WEIGHTS.get(_service(listed)) if listed.owner_id == "AWS" else listed.max_entries
    if number is not None and six is not None:
        return number, six, None
    unseen = network.coverage.missing(model.ManagedPrefixList, at) or Missing.of(
        Kind.ABSENT_FIELD,
        account=at.account,
        region=at.region,
        action="ec2:DescribeManagedPrefixLists",
        resource=route.destination,
    )
    # Of a list of AWS's own, the number of its entries tells nothing.
    return number or 1, six, unseen


def _service(listed: model.ManagedPrefixList) -> str:
    """What a list of AWS's own is for: ``com.amazonaws.<region or global>.[ipv6.]<service>``."""
    name = (listed.prefix_list_name or "").removeprefix("cn.").removeprefix("com.amazonaws.")
    return name.partition(".")[2].removeprefix("ipv6.")


@remembered
def _lists(network: Network, at: Target) -> Mapping[str, model.ManagedPrefixList]:
    """The prefix lists that an account sees in a Region, by id."""
    return {listed.prefix_list_id: listed for listed in network.coverage.records(model.ManagedPrefixList, at)}
