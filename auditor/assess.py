"""Network and checks in, findings out, in a stable order."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from auditor import model
from auditor.check import Check
from auditor.collector import Collector
from auditor.config import Settings
from auditor.findings import (
    Fault,
    Finding,
    NotApplicable,
    Resource,
    RuleCounts,
    Status,
    Unknown,
    Verdict,
)
from auditor.model import Record
from auditor.network.coverage import Coverage, Failure
from auditor.network.entities import Account, Endpoint, Peering, Run, SecurityGroup, Subnet, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.partitions import ec2_arn
from auditor.snapshot import GLOBAL, Snapshot, Target


@dataclass(frozen=True)
class TargetCoverage:
    """How much of one account and region was seen."""

    account: str
    region: str
    status: str
    """``complete``, ``partial`` or ``failed``."""


@dataclass(frozen=True)
class Refusal:
    """An action that was refused, failed or is not offered to a target, and the rules that lack its answer."""

    account: str
    region: str
    action: str
    code: str
    message: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Assessment:
    """The outcome of all checks on one snapshot."""

    findings: tuple[Finding, ...]
    """Every fail, unknown and pass, in the contract's order (``Finding.order``)."""
    by_rule: Mapping[str, RuleCounts]
    """Of every rule that ran, those that found nothing to assess among them."""
    targets: tuple[TargetCoverage, ...]
    refusals: tuple[Refusal, ...]
    unaudited: Mapping[str, int]
    """How many live peering connections lead to each account that was not audited."""
    subjects: int
    """How many resources at least one rule assessed."""
    generated_at: str
    """The snapshot's end, ISO 8601 in UTC, so that two runs on one snapshot print the same bytes."""

    @property
    def incomplete(self) -> bool:
        """Whether a target was not seen whole, or a rule could not tell because a call was refused or failed.

        What lies outside the targets that were asked for does not count: it is nobody's refusal.
        """
        return any(target.status != "complete" for target in self.targets) or any(
            cause.kind in (Kind.REFUSED, Kind.FAILED)
            for finding in self.findings
            if finding.status is Status.UNKNOWN and finding.missing
            for cause in finding.missing.causes
        )


@dataclass(frozen=True)
class _Kind:
    """What the engine knows of a kind of subject."""

    resource_type: str
    record: type[Record] | None
    """What the subjects are read from; None where no answer is needed."""
    all_of: Callable[[Network], Iterable[Any]]


_KINDS: dict[type, _Kind] = {
    Run: _Kind("run", None, lambda network: (network.run,)),
    Account: _Kind("account", None, lambda network: network.accounts),
    Target: _Kind("target", None, lambda network: network.coverage.targets),
    Vpc: _Kind("vpc", model.Vpc, lambda network: network.vpcs.values()),
    Subnet: _Kind("subnet", model.Subnet, lambda network: network.subnets.values()),
    RouteTable: _Kind("route-table", model.RouteTable, lambda network: network.route_tables.values()),
    Peering: _Kind("vpc-peering-connection", model.VpcPeeringConnection, lambda network: network.peerings.values()),
    Endpoint: _Kind("vpc-endpoint", model.VpcEndpoint, lambda network: network.endpoints.values()),
    SecurityGroup: _Kind("security-group", model.SecurityGroup, lambda network: network.security_groups.values()),
}


def assess(
    snapshot: Snapshot, collectors: Iterable[Collector], checks: Iterable[Check], settings: Settings
) -> Assessment:
    """Judge every subject of a snapshot by every check."""
    chosen = sorted(checks, key=lambda check: check.id)
    readers: dict[type[Record], list[str]] = defaultdict(list)
    for check in chosen:
        for record in records_read(check):
            readers[record].append(check.id)
    coverage = Coverage(snapshot, collectors, readers)
    network = Network(coverage)
    findings: list[Finding] = []
    assessed: set[tuple[str, str]] = set()
    counts: dict[str, Counter[Status]] = {check.id: Counter() for check in chosen}
    for check in chosen:
        for finding in _judge(check, network, settings):
            findings.append(finding)
            counts[check.id][finding.status] += 1
            assessed.add((finding.resource.type, finding.resource.id))
    return Assessment(
        findings=tuple(sorted(findings, key=lambda finding: finding.order)),
        by_rule={
            rule: RuleCounts(count[Status.PASS], count[Status.FAIL], count[Status.UNKNOWN])
            for rule, count in counts.items()
        },
        targets=tuple(
            TargetCoverage(target.account, target.region, _status(coverage, target)) for target in coverage.targets
        ),
        refusals=tuple(_refusals(coverage, readers)),
        unaudited=_unaudited(network),
        subjects=len(assessed),
        generated_at=snapshot.manifest.finished_at
        or max((shard.collected_at for shard in snapshot.shards.values()), default=""),
    )


def records_read(check: Check) -> tuple[type[Record], ...]:
    """The records that a check needs: those that it declares, and those that its subjects are made of."""
    of_subjects = [_KINDS[kind].record for kind in check.of]
    return tuple(dict.fromkeys([*(record for record in of_subjects if record is not None), *check.reads]))


def _judge(check: Check, network: Network, settings: Settings) -> Iterator[Finding]:
    for kind in check.of:
        record = _KINDS[kind].record
        if record is not None:
            for target in network.coverage.targets:
                if (missing := network.coverage.missing(record, target)) is not None:
                    yield _finding(check, target, Unknown(missing), network, settings)
        for subject in _KINDS[kind].all_of(network):
            yield from _judge_one(check, subject, network, settings)


def _judge_one(check: Check, subject: Any, network: Network, settings: Settings) -> Iterator[Finding]:
    verdicts = list(check.judge(subject, network, settings))
    keys = Counter(verdict.key for verdict in verdicts if not isinstance(verdict, NotApplicable))
    if twice := [key for key, times in keys.items() if times > 1]:
        raise ValueError(f"{check.id} gives the keys {twice} twice for {_describe(subject)[0].id}")
    if not verdicts:
        yield _finding(check, subject, None, network, settings)
    for verdict in verdicts:
        if not isinstance(verdict, NotApplicable):
            yield _finding(check, subject, verdict, network, settings)


def _finding(
    check: Check, subject: Any, verdict: Fault | Unknown | None, network: Network, settings: Settings
) -> Finding:
    resource, home = _describe(subject)
    at = (verdict.at if verdict is not None else None) or home
    severity, confidence = check.severities[0], check.confidences[0]
    if isinstance(verdict, Fault):
        severity, confidence = verdict.severity or severity, verdict.confidence or confidence
        if severity not in check.severities or confidence not in check.confidences:
            raise ValueError(f"{check.id} gives a severity or a confidence that it does not declare")
    return Finding(
        rule=check.id,
        status=_status_of(verdict),
        severity=settings.severities.get(check.id, severity),
        confidence=confidence,
        account=at.account,
        region="" if at.region == GLOBAL else at.region,
        resource=resource,
        title=check.title,
        message=_message(verdict),
        key=verdict.key if verdict is not None else "",
        evidence=_plain(verdict.evidence) if isinstance(verdict, Fault) else {},
        missing=verdict.missing if isinstance(verdict, Unknown) else None,
        related=tuple(map(str, verdict.related)) if isinstance(verdict, Fault) else (),
        remediation=check.remediation,
        remedy=tuple(
            replace(step, parameters=_plain(step.parameters))
            for step in (verdict.remedy if isinstance(verdict, Fault) else ())
        ),
        monthly_saving_usd=verdict.monthly_saving_usd if isinstance(verdict, Fault) else None,
        docs=check.source,
        collected_at=network.coverage.collected_at(home) or network.coverage.collected_at(at),
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as JSON knows them; TypeError where a check gave something else."""
    plain: dict[str, Any] = json.loads(json.dumps(values))
    return plain


def _status_of(verdict: Verdict | None) -> Status:
    if verdict is None:
        return Status.PASS
    return Status.FAIL if isinstance(verdict, Fault) else Status.UNKNOWN


def _message(verdict: Fault | Unknown | None) -> str:
    if verdict is None:
        return ""
    if verdict.message or not isinstance(verdict, Unknown):
        return verdict.message
    return f"Cannot tell: not seen is {_listed(verdict.missing)}"


def _listed(missing: Missing) -> str:
    return "; ".join(str(cause) for cause in sorted(missing.causes))


def _describe(subject: Any) -> tuple[Resource, Target]:
    """What a subject is called, and the account and region that its findings go to by default."""
    kind = _KINDS[type(subject)].resource_type
    match subject:
        case Run():
            return Resource(kind, "run"), Target("", GLOBAL)
        case Account():
            return Resource(kind, subject.id), Target(subject.id, GLOBAL)
        case Target():
            return Resource(kind, str(subject)), subject
        case RouteTable():
            home = Target(subject.owner, subject.region)
            name, subject_id = subject.name, subject.id
        case _:
            home, name, subject_id = subject.home, subject.name, subject.id
    return Resource(kind, subject_id, name, ec2_arn(home.region, home.account, kind, subject_id)), home


def _status(coverage: Coverage, target: Target) -> str:
    """How much of a target was seen; a refused optional call takes nothing from it."""
    shard = coverage.shard(target)
    # Without a region there is only an account that was not entered.
    if shard is None or target.region == GLOBAL:
        return "failed"
    required = [
        collector
        for collector in coverage.collectors
        if not collector.optional and (collector.action in shard.answers or collector.action in coverage.actions_asked)
    ]
    kinds = [_kind_of_failure(coverage, collector, target) for collector in required if _in_scope(collector, target)]
    if kinds and all(kind is not None for kind in kinds):
        return "failed"
    return "partial" if any(kind in (Kind.REFUSED, Kind.FAILED, Kind.NOT_ASKED) for kind in kinds) else "complete"


def _in_scope(collector: Collector, target: Target) -> bool:
    return (collector.scope.value == GLOBAL) == (target.region == GLOBAL)


def _kind_of_failure(coverage: Coverage, collector: Collector, target: Target) -> Kind | None:
    missing = coverage.missing(collector.record, target) or coverage.missing_items(collector.record, target)
    return min(cause.kind for cause in missing.causes) if missing else None


def _refusals(coverage: Coverage, readers: Mapping[type[Record], list[str]]) -> Iterator[Refusal]:
    seen: set[tuple[Target, str, str]] = set()
    for account, barrier in coverage.barriers.items():
        seen.add((Target(account, GLOBAL), barrier.action, barrier.code))
        rules = sorted({rule for reading in readers.values() for rule in reading})
        yield Refusal(account, GLOBAL, barrier.action, barrier.code, _one_line(barrier.message), tuple(rules))
    for failure in coverage.failures():
        if (identity := (failure.target, failure.collector.action, failure.code)) not in seen:
            seen.add(identity)
            yield _refusal(failure, tuple(sorted(readers.get(failure.collector.record, ()))))


def _refusal(failure: Failure, rules: tuple[str, ...]) -> Refusal:
    target = failure.target
    return Refusal(
        target.account, target.region, failure.collector.action, failure.code, _one_line(failure.message), rules
    )


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _unaudited(network: Network) -> Mapping[str, int]:
    leads_out = Counter(
        side.owner
        for peering in network.peerings.values()
        if peering.live
        for side in peering.sides
        if side.owner not in network.coverage.accounts
    )
    return dict(sorted(leads_out.items()))
