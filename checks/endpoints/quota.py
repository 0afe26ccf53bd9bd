"""A quota of AWS PrivateLink that limits VPC endpoints is used up, or nearly.

At the quota AWS refuses the next endpoint, or the next change of its policy. What is counted, with AWS's default:

* of a VPC: 50 interface and Gateway Load Balancer endpoints together, 200 resource endpoints, 50 service network
  endpoints, and 255 gateway endpoints, which AWS does not raise;
* of an account in a Region: 20 gateway endpoints, in all of its VPCs;
* of an endpoint: 20,480 characters in its policy, white space among them, which AWS does not raise.

The values that apply come from Service Quotas; where it was not seen or has none, AWS's default is taken, and the
finding says so. Endpoints that are deleted, failed, rejected or expired do not count.

## Verdicts
* **fail**, medium: all of a quota is used.
* **fail**, low: at least as much of it is used as `thresholds.quota_warn_pct` says, by default 80 percent.
* **unknown**: what was seen uses less, and the endpoints were not all seen; or more than AWS's default is used, so that
  AWS granted more, and how much was not seen in Service Quotas.
* **not applicable**: the VPC belongs to an account that was not audited; the endpoint has no policy, or is deleted,
  failed, rejected or expired.

## Finding key
`interface-endpoints`, `resource-endpoints`, `service-network-endpoints` or `gateway-endpoints` of a VPC;
`gateway-endpoints` of an account and Region; `policy-characters` of an endpoint.

## Remediation
Delete endpoints that nobody uses, or ask for more in Service Quotas. Endpoints in one VPC can serve many VPCs that are
connected with it. Shorten a policy by conditions that name an organization instead of accounts and resources one by
one, and by leaving out white space.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import NotApplicable, Severity, Verdict
from auditor.network.diagnosis.endpoint_quotas import endpoint_usages_of_vpc, gateway_endpoints_of, policy_length_of
from auditor.network.entities import Endpoint, Vpc
from auditor.network.network import Network
from auditor.snapshot import GLOBAL, Target
from auditor.verdicts import on_usage

_FEWER = "delete what nobody uses, or ask for more"


@check(
    id="endpoint-quota",
    severities=(Severity.LOW, Severity.MEDIUM),
    of=(Vpc, Endpoint, Target),
    reads=(model.ServiceQuotas,),
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html",
)
def endpoint_quota(subject: Vpc | Endpoint | Target, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a VPC, an endpoint, or an account in a Region by how much of each of its quotas is used."""
    warn_pct = settings.thresholds.quota_warn_pct
    if isinstance(subject, Target):
        yield from _of_target(subject, network, warn_pct)
    elif isinstance(subject, Vpc):
        if subject.from_participant:
            yield NotApplicable("the quota is the owner's, who was not audited")
            return
        for usage in endpoint_usages_of_vpc(network, subject):
            yield from on_usage(subject.label, usage, warn_pct, _FEWER)
    elif subject.stands and subject.record.policy_document:
        yield from on_usage(
            subject.label, policy_length_of(network, subject), warn_pct, "shorten it: AWS does not raise this"
        )
    else:
        yield NotApplicable("the endpoint has no policy, or is gone")


def _of_target(target: Target, network: Network, warn_pct: int) -> Iterator[Verdict]:
    if target.region == GLOBAL:
        yield NotApplicable("the account was not entered")
        return
    who = f"account {target.account} in {target.region}"
    verdicts = list(on_usage(who, gateway_endpoints_of(network, target), warn_pct, _FEWER))
    yield from verdicts
    if not verdicts and any(network.coverage.missing(record, target) for record in (model.Vpc, model.VpcEndpoint)):
        yield NotApplicable("VPCs or endpoints of the target were not seen, so it does not pass")
