"""What a report shows, and the document that JSON readers get of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

import auditor
from auditor.assess import Assessment
from auditor.findings import Confidence, Finding, Operation, RuleCounts, Severity, Status, total_saving
from auditor.network.missing import Cause, Kind, Missing
from auditor.report import remedies
from auditor.snapshot import Target, Tool


@dataclass(frozen=True)
class Look:
    """What a format for people must know of where it is shown."""

    width: int = 100
    """In columns."""
    colour: bool = False


@dataclass(frozen=True)
class Report:
    """An assessment, and what of it is shown. Each format is a function of this to text."""

    assessment: Assessment
    findings: tuple[Finding, ...]
    """Those to show, in the order of ``Finding.order``."""
    min_severity: Severity | None
    """Below which nothing is shown; None shows all."""


def build(assessment: Assessment, *, min_severity: Severity | None, show_passed: bool) -> Report:
    """Choose what to show: fails and unknowns of a severity, and passes where they are wanted."""
    return Report(
        assessment=assessment,
        findings=tuple(
            finding
            for finding in assessment.findings
            if (show_passed or finding.status is not Status.PASS)
            and (min_severity is None or finding.severity.at_least(min_severity))
        ),
        min_severity=min_severity,
    )


class FailCounts(msgspec.Struct, frozen=True):
    """How many findings failed, by severity."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    info: int = 0


class Summary(msgspec.Struct, frozen=True, rename={"passed": "pass"}):
    """Counts of all that was assessed, whatever the report shows."""

    fail: FailCounts
    passed: int
    unknown: int
    suppressed: int
    monthly_saving_usd: float
    """What the remedies of all that failed would save, as far as it is known; what several save is counted once.

    What a remedy saves at most counts in full.
    """
    by_rule: dict[str, RuleCounts]


class CoveredTarget(msgspec.Struct, frozen=True):
    """How much of an account and region was seen."""

    account: str
    region: str
    status: Literal["complete", "partial", "failed"]


class RefusedCall(msgspec.Struct, frozen=True):
    """A call that was refused, failed or is not offered, and the rules that lack its answer."""

    account: str
    region: str
    action: str
    code: str
    message: str
    rules: tuple[str, ...]


class CoverageEntry(msgspec.Struct, frozen=True):
    """What was seen, and what was not."""

    targets: tuple[CoveredTarget, ...]
    refusals: tuple[RefusedCall, ...]


class ResourceEntry(msgspec.Struct, frozen=True):
    """What a finding is about."""

    type: str
    id: str
    name: str
    arn: str


class MissingEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was not seen. Members that say nothing are left out."""

    kind: Kind
    account: str = ""
    region: str = ""
    action: str = ""
    resource: str = ""
    code: str = ""


class Step(msgspec.Struct, frozen=True):
    """An AWS operation that a person may run to put things right."""

    account: str
    region: str
    operation: str
    """IAM-style, such as ``ec2:CreateRoute``."""
    parameters: Mapping[str, Any]
    cli: str
    """The step as a command of the AWS CLI."""
    terraform: str
    """The step in Terraform's language; empty where there is no resource for it."""


class Remediation(msgspec.Struct, frozen=True):
    """What to do about a finding."""

    text: str
    steps: tuple[Step, ...]


class FindingEntry(msgspec.Struct, frozen=True):
    """The outcome of a rule on a resource."""

    id: str
    """The same for the same fault in every run."""
    rule: str
    status: Status
    severity: Severity
    confidence: Confidence
    account: str
    region: str
    """Empty where the finding concerns no single Region."""
    resource: ResourceEntry
    title: str
    message: str
    evidence: Mapping[str, Any]
    missing: tuple[MissingEntry, ...]
    related: tuple[str, ...]
    remediation: Remediation
    monthly_saving_usd: float | None
    docs: str
    suppressed: None


class Document(msgspec.Struct, frozen=True):
    """The report of one audit."""

    schema: Literal[1]
    tool: Tool
    generated_at: str
    """The end of the snapshot that the report is made of, ISO 8601 in UTC."""
    summary: Summary
    coverage: CoverageEntry
    findings: tuple[FindingEntry, ...]


def document(report: Report) -> Document:
    """The report as JSON readers get it."""
    assessment = report.assessment
    return Document(
        schema=1,
        tool=Tool(name="vpc-auditor", version=auditor.__version__),
        generated_at=assessment.generated_at,
        summary=_summary(assessment),
        coverage=CoverageEntry(
            targets=tuple(msgspec.convert(each, CoveredTarget, from_attributes=True) for each in assessment.targets),
            refusals=tuple(msgspec.convert(each, RefusedCall, from_attributes=True) for each in assessment.refusals),
        ),
        findings=tuple(entry(finding) for finding in report.findings),
    )


def entry(finding: Finding) -> FindingEntry:
    """A finding as JSON readers get it, its steps as commands and snippets."""
    resource = finding.resource
    return FindingEntry(
        id=finding.id,
        rule=finding.rule,
        status=finding.status,
        severity=finding.severity,
        confidence=finding.confidence,
        account=finding.account,
        region=finding.region,
        resource=ResourceEntry(resource.type, resource.id, resource.name, resource.arn),
        title=finding.title,
        message=finding.message,
        evidence=finding.evidence,
        missing=missing_entries(finding.missing),
        related=finding.related,
        remediation=Remediation(finding.remediation, tuple(_step(step, finding) for step in finding.remedy)),
        monthly_saving_usd=finding.monthly_saving_usd,
        docs=finding.docs,
        suppressed=None,
    )


def missing_entries(missing: Missing | None) -> tuple[MissingEntry, ...]:
    """What was not seen as JSON readers get it, in a stable order."""
    return tuple(
        MissingEntry(cause.kind, cause.account, cause.region, cause.action, cause.resource, cause.code)
        for cause in sorted(missing.causes if missing else ())
    )


def causes(finding: Finding) -> list[Cause]:
    """What a finding could not see, in a stable order; empty where nothing is missing."""
    return sorted(finding.missing.causes) if finding.missing else []


def schema() -> dict[str, Any]:
    """The JSON Schema of the document; that of a line of ``jsonl`` is its ``FindingEntry``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Document)}


def _summary(assessment: Assessment) -> Summary:
    count = Counter(finding.status for finding in assessment.findings)
    failed = Counter(finding.severity.value for finding in assessment.findings if finding.status is Status.FAIL)
    return Summary(
        fail=FailCounts(**failed),
        passed=count[Status.PASS],
        unknown=count[Status.UNKNOWN],
        suppressed=0,
        monthly_saving_usd=total_saving(assessment.findings),
        by_rule=dict(assessment.by_rule),
    )


def _step(operation: Operation, finding: Finding) -> Step:
    at = operation.at or Target(finding.account, finding.region)
    return Step(
        account=at.account,
        region=at.region,
        operation=operation.operation,
        parameters=operation.parameters,
        cli=remedies.cli(operation, at),
        terraform=remedies.terraform(operation),
    )
