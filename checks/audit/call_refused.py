"""A call that the audit needs was refused or failed.

What was refused is not the same as what is not there: every rule that reads the answer says `unknown` instead of
passing. A Region that the account has not enabled, and a call that AWS does not offer there, are not refusals.

## Verdicts
* **fail**, medium: a call was refused or failed, or a whole account and Region was. Also an account that was not
  entered: its role could not be assumed, or its Regions could not be listed.
* **fail**, info: the call is an optional one; the audit is whole without it, but for the rules that read it.
* **not applicable**: nothing was asked, or AWS offers nothing there. Also an account of which every Region was refused
  whole: the findings are on the targets then.

## Finding key
The IAM action and AWS's error code, on the account: `sts:AssumeRole|AccessDenied` for one that was not entered. Where
every call of a Region ended alike: the error code, on the target `<account>/<region>`.

## Remediation
Allow the actions named in the findings to the role or user that runs the audit; `docs/permissions.md` has the policy.
Where a service control policy denies them, run the audit from where it does not apply, or leave the Region out. Where
an account was not entered, make the role in it that `vpc-auditor permissions --format cloudformation` prints, let it
trust the caller, and let the caller assume it.
"""

from collections import defaultdict
from collections.abc import Iterator

from auditor.check import check
from auditor.config import Settings
from auditor.findings import Fault, NotApplicable, Severity, Verdict
from auditor.network.coverage import Barrier, Failure
from auditor.network.entities import Account
from auditor.network.missing import Kind
from auditor.network.network import Network
from auditor.snapshot import GLOBAL, Target

_REFUSALS = frozenset({Kind.REFUSED, Kind.FAILED})


@check(
    id="audit-call-refused",
    severities=(Severity.MEDIUM, Severity.INFO),
    of=(Account, Target),
    reads=(),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
)
def audit_call_refused(subject: Account | Target, network: Network, settings: Settings) -> Iterator[Verdict]:
    """Judge a target by whether all of it was refused alike, and an account by what else was refused in it."""
    if isinstance(subject, Target):
        yield from _of_target(subject, network)
        return
    barrier = network.coverage.barriers.get(subject.id)
    if barrier is not None:
        yield _not_entered(subject, barrier, network)
    targets = sorted({*network.coverage.targets_of(subject.id), Target(subject.id, GLOBAL)})
    judged = [target for target in targets if _was_asked(target, network) and refused_whole(target, network) is None]
    if not judged:
        yield NotApplicable("nothing was asked of the account, or all of it was refused alike")
    by_call: dict[tuple[str, str], list[Failure]] = defaultdict(list)
    for target in judged:
        for failure in network.coverage.failures_in(target):
            # A call that only lacked its parents is no fault of its own.
            known = barrier is not None and (barrier.action, barrier.code) == (failure.collector.action, failure.code)
            if failure.kind in _REFUSALS and failure.parent is None and not known:
                by_call[failure.collector.action, failure.code].append(failure)
    for (action, code), failures in sorted(by_call.items()):
        yield _fault(subject, action, code, failures, network)


def _of_target(target: Target, network: Network) -> Iterator[Verdict]:
    code = refused_whole(target, network)
    if target.region == GLOBAL:
        yield NotApplicable("the account was not entered, which is the account's finding")
    elif not _was_asked(target, network) or (code is None and _only_code(target, network)):
        yield NotApplicable("nothing was asked there, or AWS offers nothing there")
    elif code is not None:
        message = next(failure.message for failure in network.coverage.failures_in(target))
        yield Fault(
            key=code,
            message=f"every call in {target.region} of account {target.account} ended in {code}: {message}",
            evidence={"code": code, "message": message},
        )


def _not_entered(account: Account, barrier: Barrier, network: Network) -> Fault:
    rules = sorted({rule for reading in network.coverage.rules_reading.values() for rule in reading})
    return Fault(
        key=f"{barrier.action}|{barrier.code}",
        message=f"account {account.id} was not entered: {barrier.action} ended in {barrier.code}: {barrier.message}; "
        "nothing of it was seen",
        evidence={
            "action": barrier.action,
            "code": barrier.code,
            "kind": barrier.kind.value,
            "message": barrier.message,
            "regions": [],
            "rules": rules,
        },
    )


def _fault(account: Account, action: str, code: str, failures: list[Failure], network: Network) -> Fault:
    collector = failures[0].collector
    regions = sorted({failure.target.region for failure in failures} - {GLOBAL})
    rules = sorted(network.coverage.rules_reading.get(collector.record, ()))
    where = f" in {', '.join(regions)}" if regions else ""
    left = f"; without an answer: {', '.join(rules)}" if rules else ""
    return Fault(
        key=f"{action}|{code}",
        severity=Severity.INFO if collector.optional else Severity.MEDIUM,
        message=f"{action} ended in {code} for account {account.id}{where}{left}",
        evidence={
            "action": action,
            "code": code,
            "kind": failures[0].kind.value,
            "message": failures[0].message,
            "regions": regions,
            "rules": rules,
        },
    )


def refused_whole(target: Target, network: Network) -> str | None:
    """The error code with which every call of a Region was refused or failed; None where one was answered.

    What has no Region is never one whole: its calls are made to different services.
    """
    kinds = {failure.kind for failure in network.coverage.failures_in(target)}
    return _only_code(target, network) if target.region != GLOBAL and kinds & _REFUSALS else None


def _only_code(target: Target, network: Network) -> str | None:
    codes = network.coverage.codes_of(target)
    return next(iter(codes)) if len(codes) == 1 and "" not in codes else None


def _was_asked(target: Target, network: Network) -> bool:
    shard = network.coverage.shard(target)
    return shard is not None and bool(shard.answers)
