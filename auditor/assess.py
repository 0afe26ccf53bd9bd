"""Network and checks in, findings out, in a stable order."""

import contextlib
import functools
import gc
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

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
from auditor.network.coverage import Coverage
from auditor.network.entities import Account, Endpoint, EndpointService, Peering, Run, SecurityGroup, Subnet, Vpc
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.network import Network
from auditor.network.routes import RouteTable
from auditor.partitions import ec2_arn
from auditor.snapshot import GLOBAL, Snapshot, Target, session_over


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
    """Every fail, unknown and pass, in the order of ``Finding.order``."""
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
    EndpointService: _Kind(
        "vpc-endpoint-service", model.ServiceConfiguration, lambda network: network.endpoint_services.values()
    ),
    SecurityGroup: _Kind("security-group", model.SecurityGroup, lambda network: network.security_groups.values()),
}


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a check judges."""

    entity: Any
    resource: Resource
    home: Target
    """The account and region that its findings go to by default."""


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nearly all that is made here stays to the end: to look for garbage among it takes a fifth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_no_garbage_collection()
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
    # Described once, and not by each of the checks that judge them.
    subjects = functools.cache(lambda kind: [_subject(entity) for entity in _KINDS[kind].all_of(network)])
    findings: list[Finding] = []
    assessed: set[tuple[str, str]] = set()
    counts: dict[str, Counter[Status]] = {check.id: Counter() for check in chosen}
    for check in chosen:
        for finding in _judge(check, subjects, network, settings):
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
        or max((coverage.collected_at(target) for target in snapshot.shards), default=""),
    )


def records_read(check: Check) -> tuple[type[Record], ...]:
    """The records that a check needs: those that it declares, and those that its subjects are made of."""
    of_subjects = [_KINDS[kind].record for kind in check.of]
    return tuple(dict.fromkeys([*(record for record in of_subjects if record is not None), *check.reads]))


def _judge(
    check: Check, subjects: Callable[[type], Iterable[_Subject]], network: Network, settings: Settings
) -> Iterator[Finding]:
    records = [record for kind in check.of if (record := _KINDS[kind].record) is not None]
    for target in network.coverage.targets:
        # One unknown for all kinds: two of one target would have one id.
        missing = Missing.union(network.coverage.missing(record, target) for record in records)
        if missing is not None:
            yield _finding(check, _subject(target), Unknown(missing), network, settings)
    for kind in check.of:
        for subject in subjects(kind):
            yield from _judge_one(check, subject, network, settings)


def _judge_one(check: Check, subject: _Subject, network: Network, settings: Settings) -> Iterator[Finding]:
    verdicts = list(check.judge(subject.entity, network, settings))
    keys = [verdict.key for verdict in verdicts if not isinstance(verdict, NotApplicable)]
    if len(set(keys)) < len(keys):
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise ValueError(f"{check.id} gives the keys {twice} twice for {subject.resource.id}")
    if not verdicts:
        yield _finding(check, subject, None, network, settings)
    for verdict in verdicts:
        if not isinstance(verdict, NotApplicable):
            yield _finding(check, subject, verdict, network, settings)


def _finding(
    check: Check, subject: _Subject, verdict: Fault | Unknown | None, network: Network, settings: Settings
) -> Finding:
    at = (verdict.at if verdict is not None else None) or subject.home
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
        resource=subject.resource,
        title=check.title,
        message=_message(verdict),
        key=verdict.key if verdict is not None else "",
        evidence=_evidence(verdict) if isinstance(verdict, Fault) else _NO_EVIDENCE,
        missing=verdict.missing if isinstance(verdict, Unknown) else None,
        related=tuple(map(str, verdict.related)) if isinstance(verdict, Fault) else (),
        remediation=_remediation(check, verdict),
        remedy=tuple(
            replace(step, parameters=_plain(step.parameters))
            for step in (verdict.remedy if isinstance(verdict, Fault) else ())
        ),
        savings=tuple(verdict.savings) if isinstance(verdict, Fault) else (),
        docs=check.source,
        collected_at=network.coverage.collected_at(subject.home) or network.coverage.collected_at(at),
    )


_NO_EVIDENCE: Mapping[str, Any] = {}


def _evidence(fault: Fault) -> dict[str, Any]:
    """What a fault rests on, every factor of its savings among it."""
    savings = [
        {**msgspec.to_builtins(saving), "usd": round(saving.usd, 2)}
        for saving in sorted(fault.savings, key=lambda saving: (saving.resource, saving.of))
    ]
    return _plain({**fault.evidence, "savings": savings} if savings else fault.evidence)


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


def _remediation(check: Check, verdict: Fault | Unknown | None) -> str:
    if verdict is None:
        return ""
    return check.remediation if isinstance(verdict, Fault) else _what_would_tell(verdict.missing)


_ALLOW, _COLLECT_AGAIN = "allow", "collect again"
_WAYS_TO_TELL = {
    Kind.REFUSED: _ALLOW,
    Kind.FAILED: _COLLECT_AGAIN,
    Kind.NOT_ASKED: "collect",
    Kind.NOT_AUDITED: "audit",
    Kind.PARTICIPANT: "audit",
}
"""What to do about a cause, where anything can be done about it."""


def _what_would_tell(missing: Missing) -> str:
    """What to permit or ask for so that nothing is missing, in one sentence; empty where nothing can be done."""
    wanted: dict[str, dict[str, None]] = {}
    for cause in sorted(missing.causes):
        way = _way_to_tell(cause)
        if way is None:
            continue
        place = f"account {cause.account}"
        # A permission is given to an account, whatever the Region.
        if way != _ALLOW and cause.region not in ("", GLOBAL):
            place += f" in {cause.region}"
        wanted.setdefault(way, {})[f"{cause.action} for {place}" if cause.action else place] = None
    sentence = "; ".join(f"{way} {', '.join(what)}" for way, what in wanted.items())
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def _way_to_tell(cause: Cause) -> str | None:
    # An item that cannot be read will not be any better tomorrow.
    if not cause.account or cause.code == "InvalidItem":
        return None
    return _COLLECT_AGAIN if session_over(cause.code) else _WAYS_TO_TELL.get(cause.kind)


def _subject(entity: Any) -> _Subject:
    kind = _KINDS[type(entity)].resource_type
    match entity:
        case Run():
            return _Subject(entity, Resource(kind, "run"), Target("", GLOBAL))
        case Account():
            return _Subject(entity, Resource(kind, entity.id), Target(entity.id, GLOBAL))
        case Target():
            return _Subject(entity, Resource(kind, str(entity)), entity)
        case RouteTable():
            home = Target(entity.owner, entity.region)
        case _:
            home = entity.home
    arn = ec2_arn(home.region, home.account, kind, entity.id)
    return _Subject(entity, Resource(kind, entity.id, entity.name, arn), home)


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
    missing = Missing.union(
        [coverage.missing(collector.record, target), coverage.missing_items(collector.record, target)]
    )
    return min(cause.kind for cause in missing.causes) if missing else None


def _refusals(coverage: Coverage, readers: Mapping[type[Record], list[str]]) -> Iterator[Refusal]:
    seen: set[tuple[Target, str, str]] = set()
    for account, barrier in coverage.barriers.items():
        seen.add((Target(account, GLOBAL), barrier.action, barrier.code))
        rules = sorted({rule for reading in readers.values() for rule in reading})
        yield Refusal(account, GLOBAL, barrier.action, barrier.code, _one_line(barrier.message), tuple(rules))
    failures = list(coverage.failures())
    # A call that only lacked its parents was not refused itself: its readers lack what the parents' call refused.
    lacking: dict[tuple[Target, str], set[str]] = defaultdict(set)
    for failure in failures:
        lacking[failure.target, failure.parent or failure.collector.action].update(
            readers.get(failure.collector.record, ())
        )
    for failure in failures:
        target, action = failure.target, failure.collector.action
        if failure.parent is None and (target, action, failure.code) not in seen:
            seen.add((target, action, failure.code))
            without = tuple(sorted(lacking[target, action]))
            yield Refusal(target.account, target.region, action, failure.code, _one_line(failure.message), without)


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
