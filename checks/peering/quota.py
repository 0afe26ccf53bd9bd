"""A quota of Amazon VPC that limits peering or routing is used up, or nearly.

At the quota AWS refuses the next peering connection, request, route or block. What is counted, with AWS's default:

* of a VPC: 50 active and pending peering connections (at most 125), 200 route tables, and 5 CIDR blocks each of IPv4
  and IPv6 (at most 50);
* of an account in a Region: 25 peering requests of its own that wait for an answer;
* of a route table: 500 routes that are not propagated (at most 1000), IPv4 and IPv6 apart, and 100 propagated routes,
  which AWS does not raise.

A prefix list in a route counts as many entries as it may have, not as many as it has; each list of AWS's own counts its
weight. The values that apply come from Service Quotas; where it was not seen or has none, AWS's default is taken, and
the finding says so.

## Verdicts
* **fail**, medium: all of a quota is used.
* **fail**, low: at least as much of it is used as `thresholds.quota_warn_pct` says, by default 80 percent.
* **unknown**: what was seen uses less, and the peering connections, the route tables or the size of a prefix list were
  not all seen; or more than AWS's default is used, so that AWS granted more, and how much was not seen in Service
  Quotas.
* **not applicable**: the VPC or route table belongs to an account that was not audited.

## Finding key
`peerings`, `route-tables`, `ipv4-blocks` or `ipv6-blocks` of a VPC; `ipv4-routes`, `ipv6-routes` or `propagated-routes`
of a route table; `requests` of an account and Region.

## Remediation
Remove what nobody uses, such as unused connections, or sum up routes; a smaller maximum of a prefix list counts less.
Otherwise ask for more in Service Quotas. Many peers and routes are a reason to consider a transit gateway.

## Notes
Network Address Usage is not counted: AWS counts it itself, and shows it in CloudWatch.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import NotApplicable, Severity, Verdict
from auditor.network.diagnosis.quotas import Usage, requests_of, usages_of_table, usages_of_vpc
from auditor.network.entities import Vpc, label
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.snapshot import GLOBAL, Target
from auditor.verdicts import on_usage


@check(
    id="peering-quota",
    severities=(Severity.LOW, Severity.MEDIUM),
    of=(Vpc, RouteTable, Target),
    reads=(
        model.VpcPeeringConnection,
        model.ManagedPrefixList,
        model.ManagedPrefixListEntries,
        model.PrefixList,
        model.ServiceQuotas,
    ),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
)
def peering_quota(subject: Vpc | RouteTable | Target, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC, a route table, or an account in a Region by how much of each of its quotas is used."""
    if isinstance(subject, Target):
        yield from _of_target(subject, network, settings)
        return
    seen_from = subject.seen_from.account if isinstance(subject, Vpc) else subject.account
    if seen_from != subject.owner:
        yield NotApplicable("the quota is the owner's, who was not audited")
        return
    usages = usages_of_vpc(network, subject) if isinstance(subject, Vpc) else usages_of_table(network, subject)
    for usage in usages:
        yield from _judge(label(subject.id, subject.name), usage, settings)


def _of_target(target: Target, network: Network, settings: Settings) -> Iterator[Verdict]:
    if target.region == GLOBAL:
        yield NotApplicable("the account was not entered")
        return
    verdicts = list(_judge(f"account {target.account} in {target.region}", requests_of(network, target), settings))
    yield from verdicts
    if not verdicts and any(network.coverage.missing(record, target) for record in (model.Vpc, model.RouteTable)):
        yield NotApplicable("VPCs or route tables of the target were not seen, so it does not pass")


def _judge(who: str, usage: Usage, settings: Settings) -> Iterator[Verdict]:
    return on_usage(who, usage, settings.thresholds.quota_warn_pct, "remove what nobody uses, or ask for more")
