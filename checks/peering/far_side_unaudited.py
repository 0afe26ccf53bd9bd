"""One side of an active peering connection could not be examined.

A connection is judged from both ends. What one side shows is judged all the same: AWS gives the blocks of both VPCs
while the connection is active, so the routes of the near side can be held against them. The routes, subnets, filters
and names of the other side stay unknown, and with them whether traffic comes back.

## Verdicts
* **unknown**, info: a side's account or Region was not audited, or only a participant of its VPC was, or its VPCs could
  not be listed. This rule never fails.
* **not applicable**: the connection is not active.

## Finding key
The id of the VPC that was not seen.

## Remediation
Audit the account and the Region named in the finding as well: add the account with `--account` and `--role-name`, or a
profile of it with `--profile`, and leave `--region` out or name the Region too. The other side of a vendor's connection
stays unknown.
"""

from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import NotApplicable, Severity, Unknown, Verdict
from auditor.model import Vpc
from auditor.network.entities import Peering, Side
from auditor.network.network import Network


@check(
    id="peering-far-side-unaudited",
    severities=(Severity.INFO,),
    of=Peering,
    reads=(Vpc,),
    source="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
)
def peering_far_side_unaudited(peering: Peering, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge each side by whether its own account and Region show its VPC."""
    if not peering.live:
        yield NotApplicable("the connection is not active")
        return
    for far in peering.sides:
        if far.unseen is not None:
            near = peering.other(far)
            yield Unknown(
                far.unseen,
                far.vpc_id,
                f"{far.label} of account {far.owner} in {far.region}, which {near.label} is connected with over "
                f"{peering.label}, {_how_to_see(far, network)}",
            )


def _how_to_see(far: Side, network: Network) -> str:
    if far.owner not in network.coverage.accounts:
        return f"was not audited; add account {far.owner} with --account and --role-name, or its profile with --profile"
    if far.owner in network.coverage.barriers:
        return "was not seen, since its account could not be entered; see audit-call-refused"
    if far.home not in network.coverage.targets:
        return f"was not audited; add --region {far.region}"
    if network.coverage.missing(Vpc, far.home) is None:
        return "is not among the VPCs that AWS lists there; collect again"
    return "was not listed there; see audit-call-refused, and allow ec2:DescribeVpcs"
