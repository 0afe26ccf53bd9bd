"""What a check declares: one rule, what it is about, and what it reads."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from auditor.config import Settings
from auditor.findings import Confidence, Severity, Verdict
from auditor.model import Record
from auditor.network.network import Network

Judgement = Callable[[Any, Network, Settings], Iterable[Verdict]]
"""A check's function: a subject of the declared kind, the network and the settings in, verdicts out; none is a pass."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One rule. Its page is the docstring of its module."""

    id: str
    severities: tuple[Severity, ...]
    """All that it may give, the usual one first."""
    confidences: tuple[Confidence, ...]
    of: tuple[type, ...]
    """The kinds of entity that it judges, one at a time."""
    reads: tuple[type[Record], ...]
    """The records that its verdict rests on."""
    source: str
    """The AWS page that documents what it decides."""
    enabled: bool
    """Whether it runs where nobody says."""
    page: str
    judge: Judgement

    @cached_property
    def title(self) -> str:
        """The first line of the page, without its full stop."""
        return self.page.partition("\n")[0].removesuffix(".")

    @cached_property
    def remediation(self) -> str:
        """What the page says under ``## Remediation``, on one line a paragraph."""
        _, _, rest = self.page.partition("## Remediation\n")
        section = rest.partition("\n## ")[0].strip()
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in section.split("\n\n"))


def check(
    *,
    id: str,  # noqa: A002 - the word that rules go by everywhere
    severities: tuple[Severity, ...],
    of: type | tuple[type, ...],
    reads: tuple[type[Record], ...],
    source: str,
    confidences: tuple[Confidence, ...] = (Confidence.CERTAIN,),
    enabled: bool = True,
) -> Callable[[Judgement], Check]:
    """Declare the decorated function as the rule ``id``; see ``Check`` for what the facts mean."""

    def declare(judge: Judgement) -> Check:
        page = (sys.modules[judge.__module__].__doc__ or "").strip() + "\n"
        kinds = of if isinstance(of, tuple) else (of,)
        return Check(
            id=id,
            severities=severities,
            confidences=confidences,
            of=kinds,
            reads=reads,
            source=source,
            enabled=enabled,
            page=page,
            judge=judge,
        )

    return declare
