"""What was not seen, and why: the answer that is neither yes nor no."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """Why something was not seen."""

    REFUSED = "refused"
    """AWS refused the call."""
    FAILED = "failed"
    """The call failed, or an item of its answer could not be read."""
    UNAVAILABLE = "unavailable"
    """The call, or the region, is not offered to the account."""
    NOT_ASKED = "not-asked"
    """The snapshot holds no answer of the call."""
    NOT_AUDITED = "not-audited"
    """The account or the region was not collected."""
    PARTICIPANT = "participant"
    """Only a participant of a shared VPC was audited, and AWS shows the answer to the VPC's owner alone."""
    ABSENT_FIELD = "absent-field"
    """AWS left the member out of its answer."""
    AMBIGUOUS = "ambiguous"
    """AWS's documentation leaves the outcome open."""


@dataclass(frozen=True, order=True)
class Cause:
    """One thing that was not seen."""

    kind: Kind
    account: str = ""
    region: str = ""
    action: str = ""
    resource: str = ""
    code: str = ""
    """AWS's error code, of a call that was refused or failed."""

    def __str__(self) -> str:
        """The cause on one line, as the reports print it."""
        words = [self.account, self.region, self.action, self.resource, f"({self.code or self.kind})"]
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class Missing:
    """A set of causes, never empty. Causes unite with ``|``."""

    causes: frozenset[Cause]

    def __post_init__(self) -> None:
        """Refuse an empty set: something without a cause is not missing."""
        if not self.causes:
            raise ValueError("Missing needs a cause")

    def __or__(self, other: "Missing | None") -> "Missing":
        return self if other is None else Missing(self.causes | other.causes)

    @staticmethod
    def of(kind: Kind, **where: str) -> "Missing":
        """A single cause; ``where`` are the other members of ``Cause``."""
        return Missing(frozenset({Cause(kind, **where)}))

    @staticmethod
    def union(parts: Iterable["Missing | None"]) -> "Missing | None":
        """All causes of the parts; None where no part is missing."""
        causes = frozenset[Cause]().union(*(part.causes for part in parts if part is not None))
        return Missing(causes) if causes else None
