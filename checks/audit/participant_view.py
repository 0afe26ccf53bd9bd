"""A shared VPC was seen by a participant alone.

Only the owner of a shared VPC can describe its peering connections and make endpoints in it. A participant sees the
subnets that are shared with it, and its own network interfaces. Rules that need what the owner alone is shown say
`unknown` of such a VPC.

## Verdicts
* **fail**, info: the VPC belongs to an account that was not audited, or that did not show it.

## Finding key
Empty: a VPC has one owner.

## Remediation
Audit the owner's account in the Region of the VPC as well.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Verdict
from auditor.network.entities import Vpc
from auditor.network.network import Network


@check(
    id="audit-participant-view",
    severities=(Severity.INFO,),
    of=Vpc,
    reads=(),
    source="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html",
)
def audit_participant_view(vpc: Vpc, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the VPC by whether its owner shows it."""
    if not vpc.from_participant:
        return
    audited = vpc.home in network.coverage.targets
    what = "did not list it; allow ec2:DescribeVpcs there" if audited else "was not audited; audit it as well"
    yield Fault(
        message=f"{vpc.label} was seen from account {vpc.seen_from.account} alone, a participant; its owner, account "
        f"{vpc.owner} in {vpc.home.region}, {what}",
        evidence={"owner": vpc.owner, "seen_from": vpc.seen_from.account, "owner_audited": audited},
    )
