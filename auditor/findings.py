"""What a check says of a subject, and what a report says of it."""

import enum
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from auditor.network.missing import Missing
from auditor.snapshot import Target


class Severity(enum.StrEnum):
    """How bad a fault is, worst first."""

    CRITICAL = "critical"
    """Open to other AWS customers."""
    HIGH = "high"
    """Connectivity is certainly broken, or trust was given without meaning to."""
    MEDIUM = "medium"
    """Partly broken, not resilient, or weaker than need be."""
    LOW = "low"
    """Hygiene or cost."""
    INFO = "info"
    """A fact worth showing."""

    @property
    def rank(self) -> int:
        """0 for the worst; findings are sorted by it."""
        return list(Severity).index(self)

    def at_least(self, other: "Severity") -> bool:
        """Whether this is as bad as ``other``, or worse."""
        return self.rank <= other.rank


class Confidence(enum.StrEnum):
    """Whether a finding follows from the configuration alone, or infers how the network is used."""

    CERTAIN = "certain"
    HEURISTIC = "heuristic"


class Status(enum.StrEnum):
    """The outcome of a check on a subject."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


@dataclass(frozen=True)
class Operation:
    """A step of a remedy: an AWS operation that a person may run. The tool itself never does."""

    operation: str
    """IAM-style, such as ``ec2:CreateRoute``."""
    parameters: Mapping[str, Any]
    """The operation's parameters in AWS's names."""
    at: Target | None = None
    """Who must run it, where that is not who must act on the finding."""


class Saving(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one use of one resource costs in a month, and would not any more.

    Two findings may save the same: it is told apart by ``resource`` and ``of``.
    """

    resource: str
    """The id of what is paid for, with that of the subnet where it is paid for in each Availability Zone."""
    of: Literal["hours", "gigabytes"]
    quantity: float
    """How many of these in a month."""
    price_usd: float
    """What one of these costs, on the average."""
    at_most: bool = False
    """Whether but a part of them may be saved, which cannot be told from what was seen."""

    @property
    def usd(self) -> float:
        """What they cost, before it is rounded."""
        return self.quantity * self.price_usd


@dataclass(frozen=True)
class Fault:
    """The rule is broken."""

    message: str
    """A sentence that names both ends and the numbers."""
    key: str = ""
    """The sub-key of the finding's identity; empty where a subject can have only one fault of the rule."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What the verdict rests on, as plain JSON values."""
    severity: Severity | None = None
    """One of those that the check declares; by default the first."""
    confidence: Confidence | None = None
    """One of those that the check declares; by default the first."""
    at: Target | None = None
    """The account and region that must act; by default the subject's owner."""
    related: Sequence[str] = ()
    remedy: Sequence[Operation] = ()
    savings: Sequence[Saving] = ()
    """What the remedy saves in a month; empty where nothing is certain. Evidence lists them as ``savings``."""


@dataclass(frozen=True)
class Unknown:
    """Whether the rule is broken cannot be told from what was seen."""

    missing: Missing
    key: str = ""
    message: str = ""
    """What is known; by default what was not seen."""
    at: Target | None = None


@dataclass(frozen=True)
class NotApplicable:
    """The rule has nothing to say of the subject."""

    reason: str


Verdict = Fault | Unknown | NotApplicable


class Resource(msgspec.Struct, frozen=True):
    """What a finding is about, as AWS names it."""

    type: str
    id: str
    name: str = ""
    arn: str = ""


class Finding(msgspec.Struct, frozen=True):
    """The outcome of a check on a subject, as the reports show it."""

    rule: str
    status: Status
    severity: Severity
    confidence: Confidence
    account: str
    region: str
    resource: Resource
    title: str
    message: str
    key: str
    evidence: Mapping[str, Any]
    missing: Missing | None
    related: tuple[str, ...]
    remediation: str
    """Of a fault the rule's remediation text; of an unknown what to permit or ask for, if that helps; else empty."""
    remedy: tuple[Operation, ...]
    savings: tuple[Saving, ...]
    docs: str
    collected_at: str
    """When the shard of the resource was collected; empty where it has none."""

    @property
    def id(self) -> str:
        """The same for the same fault tomorrow, on another machine and after a rewrite of the code."""
        return identity(self.rule, self.resource.id, self.key)

    @property
    def monthly_saving_usd(self) -> float | None:
        """What the remedy saves in a month, in cents' precision; None where that is not known."""
        return total_saving([self]) if self.savings else None

    @property
    def order(self) -> tuple[int, str, str, str, str, str]:
        """Worst first, then by rule, account, region, resource and key."""
        return (self.severity.rank, self.rule, self.account, self.region, self.resource.id, self.key)


def total_saving(findings: Iterable[Finding]) -> float:
    """What the remedies of findings save together in a month, in US dollars and cents.

    An hour or a gigabyte that several findings would save is counted once, as the one that saves most has it. What is
    saved at most counts in full.
    """
    best: dict[tuple[str, str], float] = {}
    for finding in findings:
        for saving in finding.savings:
            what = (saving.resource, saving.of)
            best[what] = max(best.get(what, saving.usd), saving.usd)
    return round(math.fsum(best.values()), 2)


def identity(rule: str, resource_id: str, key: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the compact JSON ``[rule, resource id, key]``."""
    text = json.dumps([rule, resource_id, key], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class RuleCounts(msgspec.Struct, frozen=True, rename={"passed": "pass"}):
    """How often a rule passed, failed and could not tell."""

    passed: int = 0
    fail: int = 0
    unknown: int = 0
