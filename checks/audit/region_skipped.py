"""A Region that the account has enabled was not collected.

The other ends of connections between Regions, and endpoints that nobody remembers, lie in Regions where nobody looks.
Without `--region`, every Region that the account has enabled is asked; Regions that it has not enabled hold nothing.

## Verdicts
* **fail**, low: Regions were to be collected, and the snapshot has no answers of them.
* **fail**, info: enabled Regions were not asked for, since `--region` named others.
* **unknown**: which Regions the account has enabled was not seen. Also an account that was not entered.

## Finding key
`not-collected` or `not-asked`, so that an account has at most two findings.

## Remediation
Run the audit without `--region`, or name the Regions in the finding as well. A run that broke off goes on with
`--resume`. Disable Regions that the account has no use for.
"""

from collections.abc import Iterator

from auditor import model
from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, Severity, Unknown, Verdict
from auditor.network.entities import Account
from auditor.network.network import Network
from auditor.snapshot import GLOBAL, Target

_ENABLED = ("opt-in-not-required", "opted-in", None)


@check(
    id="audit-region-skipped",
    severities=(Severity.LOW, Severity.INFO),
    of=Account,
    reads=(model.Region,),
    source="https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
)
def audit_region_skipped(account: Account, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge the account's enabled Regions by whether the snapshot has a shard of each."""
    coverage, at = network.coverage, Target(account.id, GLOBAL)
    # Some answers list Regions that the account has not enabled.
    enabled = {region.region_name for region in coverage.records(model.Region, at) if region.opt_in_status in _ENABLED}
    asked = {target.region for target in coverage.targets_of(account.id) if target.region != GLOBAL}
    collected = {region for region in asked if coverage.shard(Target(account.id, region))}
    if (lost := sorted(asked - collected)) and account.id not in coverage.barriers:
        yield Fault(
            key="not-collected",
            message=f"{_regions(lost)} of account {account.id} was to be collected and has no answers in the snapshot; "
            "collect again with --resume",
            evidence={"regions": lost, "collected": sorted(collected)},
        )
    if skipped := sorted(enabled - asked):
        yield Fault(
            key="not-asked",
            severity=Severity.INFO,
            message=f"account {account.id} has enabled {_regions(skipped)}, which the audit was not asked to collect; "
            "leave --region out to see all",
            evidence={"regions": skipped, "collected": sorted(collected)},
        )
    if (missing := coverage.missing(model.Region, at)) is not None:
        yield Unknown(missing, message=f"which Regions account {account.id} has enabled was not seen")


def _regions(names: list[str]) -> str:
    return f"Region {names[0]}" if len(names) == 1 else f"each of the {len(names)} Regions {', '.join(names)}"
