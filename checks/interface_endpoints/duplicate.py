"""A VPC has several interface endpoints to the same service.

One endpoint serves all clients of a VPC, and each further one is paid for by the hour in each of its zones. Only one of
them can own the service's private name, so most clients go by one endpoint while the others stand idle. What was built
apart on purpose, for one team or one zone, differs in its policy, security groups, tags, address family or zones.

Of endpoints that are alike, a finding says what the hours of all but one cost in a month. What they carry costs the
same at the one that stays: the one with private DNS, and of several the one in most zones.

## Verdicts
* **fail**, low: two available interface endpoints to one service in one Region are alike in policy, security groups,
  tags and address family, and share a zone.
* **fail**, info: there are several, and any two differ in one of these or share no zone, or AWS services look after all
  but one of them.
* **unknown**: the VPC's endpoints were not all seen, or two are alike and the zones of their subnets were not seen.
* **not applicable**: the VPC has no available interface endpoint.

Tags of AWS's own, such as those of a CloudFormation stack, say nothing of a purpose. Endpoints to one service in two
Regions serve two purposes, and a gateway endpoint beside an interface endpoint is a documented design.

## Finding key
The service's name and its Region: `com.amazonaws.eu-west-1.sqs|eu-west-1`.

## Remediation
Move the clients to one of the endpoints, the one with private DNS where there is one, and delete the others. Suppress
the finding where they are apart on purpose.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.costs import dollars, hours_of
from auditor.findings import Fault, NotApplicable, Saving, Severity, Unknown, Verdict
from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.placement import stands_in
from auditor.prices import PriceTable

_Aspects = tuple[str, frozenset[str | None], frozenset[tuple[str | None, str | None]], str | None]
_ASPECTS = ("policy", "security groups", "tags", "address family")


@check(
    id="interface-endpoint-duplicate",
    severities=(Severity.LOW, Severity.INFO),
    of=Vpc,
    reads=(model.VpcEndpoint, model.Subnet),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html",
)
def interface_endpoint_duplicate(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the interface endpoints of a VPC by the services that they lead to."""
    endpoints = network.endpoints_of(vpc)
    by_service: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        if endpoint.type == "Interface" and endpoint.state == "available" and endpoint.service_name:
            region = endpoint.record.service_region or endpoint.home.region
            by_service[f"{endpoint.service_name}|{region}"].append(endpoint)
    several = {key: found for key, found in by_service.items() if len(found) > 1}
    for key, found in several.items():
        redundant = _redundant(network, found)
        if isinstance(redundant, Missing):
            yield Unknown(redundant, key)
        else:
            yield _fault(vpc, key, found, redundant, settings.prices)
    if endpoints.missing:
        yield Unknown(endpoints.missing)
    elif not by_service:
        yield NotApplicable("the VPC has no available interface endpoint")


def _aspects(endpoint: Endpoint) -> _Aspects:
    record = endpoint.record
    return (
        _meaning(record.policy_document or ""),
        frozenset(group.group_id for group in record.groups or ()),
        frozenset((tag.key, tag.value) for tag in record.tags or () if not (tag.key or "").startswith("aws:")),
        record.ip_address_type,
    )


def _meaning(policy_document: str) -> str:
    """A policy without what makes no difference to it: spaces, and the order of members."""
    try:
        return json.dumps(json.loads(policy_document), sort_keys=True)
    except (ValueError, RecursionError):
        return policy_document


def _redundant(network: Network, endpoints: Sequence[Endpoint]) -> list[list[str]] | Missing:
    """The ids of those endpoints that are alike and share a zone with another one, by what they are like."""
    alike: dict[_Aspects, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        if not endpoint.requester_managed:
            alike[_aspects(endpoint)].append(endpoint)
    redundant: list[list[str]] = []
    causes: list[Missing] = []
    for group in alike.values():
        by_zone: dict[str, list[str]] = defaultdict(list)
        for endpoint in group if len(group) > 1 else ():
            own = stands_in(network, endpoint)
            if isinstance(own, Missing):
                causes.append(own)
                continue
            for zone in {subnet.zone for subnet in own}:
                by_zone[zone].append(endpoint.id)
        sharing = {each for found in by_zone.values() if len(found) > 1 for each in found}
        redundant += [sorted(sharing)] if sharing else []
    return redundant or Missing.union(causes) or []


def _hours(endpoints: Sequence[Endpoint], alike: Sequence[Sequence[str]], prices: PriceTable) -> tuple[Saving, ...]:
    """The hours of those that go where one of each group stays."""
    by_id = {endpoint.id: endpoint for endpoint in endpoints}
    savings: list[Saving] = []
    for group in alike:
        # Of equal ones the first stays: the groups are sorted.
        stays = max((by_id[each] for each in group), key=_worth)
        savings += (saving for each in group if each != stays.id for saving in hours_of(by_id[each], prices))
    return tuple(savings)


def _worth(endpoint: Endpoint) -> tuple[bool, int]:
    return bool(endpoint.record.private_dns_enabled), len(endpoint.record.subnet_ids or ())


def _fault(
    vpc: Vpc, key: str, endpoints: Sequence[Endpoint], alike: Sequence[Sequence[str]], prices: PriceTable
) -> Fault:
    ids = [endpoint.id for endpoint in endpoints]
    hours = _hours(endpoints, alike, prices)
    differing = [
        name
        for name, values in zip(_ASPECTS, zip(*map(_aspects, endpoints), strict=True), strict=True)
        if len(set(values)) > 1
    ]
    managed = [endpoint.id for endpoint in endpoints if endpoint.requester_managed]
    if alike:
        advice = "; ".join(f"{', '.join(group)} are alike, so one of them is enough" for group in alike)
        advice += f"; that saves {dollars(hours)} a month" if hours else ""
    elif differing:
        advice = f"they differ in {', '.join(differing)}, which may be meant"
    elif managed:
        advice = f"AWS services look after {', '.join(managed)}"
    else:
        advice = "they share no zone, which may be meant"
    return Fault(
        key=key,
        severity=Severity.LOW if alike else Severity.INFO,
        message=f"{vpc.label} has {len(ids)} interface endpoints to {endpoints[0].service_name}, "
        f"{', '.join(endpoint.label for endpoint in endpoints)}; {advice}",
        evidence={
            "service": endpoints[0].service_name,
            "endpoints": ids,
            "alike": [list(group) for group in alike],
            "differing_in": differing,
            "with_private_dns": [endpoint.id for endpoint in endpoints if endpoint.record.private_dns_enabled],
        },
        related=ids,
        savings=hours,
    )
