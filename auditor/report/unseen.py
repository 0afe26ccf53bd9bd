"""What was not seen, in as few lines as tell it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.findings import Finding, Status
from auditor.network.missing import Cause, Missing

ONE_BY_ONE = 3
"""Up to as many of one sort have a line each; more are told together."""


@dataclass(frozen=True)
class _Line:
    """Causes that are told together, and the rules that could not tell because of them."""

    causes: frozenset[Cause]
    rules: frozenset[str]

    def __str__(self) -> str:
        what = str(next(iter(self.causes))) if len(self.causes) == 1 else self._together()
        unknown = f": {counted(len(self.rules), 'rule')} unknown" if self.rules else ""
        return f"Not seen: {what}{unknown}."

    def _together(self) -> str:
        accounts = _one_or_count({cause.account for cause in self.causes}, "account")
        regions = _one_or_count({cause.region for cause in self.causes}, "region")
        actions = _one_or_count({cause.action for cause in self.causes}, "action")
        resources = _one_or_count({cause.resource for cause in self.causes}, "resource")
        place = " of ".join(word for word in (regions, accounts) if word)
        what = " of ".join(word for word in (actions, resources) if word)
        return f"{' in '.join(word for word in (what, place) if word)} ({_reason(next(iter(self.causes)))})"


def lines(findings: Iterable[Finding]) -> list[str]:
    """A sentence for each cause of an unknown, or for causes of one sort together where they are many.

    First the places and resources where one action met one reason are told together, then the actions that met it
    in the same places.
    """
    rules: dict[Cause, set[str]] = defaultdict(set)
    for finding in _unknown(findings):
        if finding.missing:
            for cause in finding.missing.causes:
                rules[cause].add(finding.rule)
    return _sentences(rules)


def lines_of(missing: Missing | None) -> list[str]:
    """The same of what is missing by itself, whatever rules it matters to."""
    return _sentences(dict.fromkeys(missing.causes, ())) if missing else []


def _sentences(rules: Mapping[Cause, Collection[str]]) -> list[str]:
    sentences = _fold_actions(_fold_places(rules))
    return [str(line) for line in sorted(sentences, key=lambda line: (-len(line.rules), str(line)))]


def anything(findings: Iterable[Finding]) -> bool:
    """Whether a rule could not tell."""
    return any(True for _ in _unknown(findings))


def counted(count: int, noun: str) -> str:
    """The count and its noun: ``1 rule``, ``2 rules``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _unknown(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.status is Status.UNKNOWN)


def _fold_places(rules: Mapping[Cause, Collection[str]]) -> list[_Line]:
    alike: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    for cause, unknown in rules.items():
        alike[_reason(cause), cause.action].append(_Line(frozenset({cause}), frozenset(unknown)))
    return _fold(alike.values())


def _fold_actions(sentences: Iterable[_Line]) -> list[_Line]:
    alike: dict[tuple[str, frozenset[tuple[str, str, str]]], list[_Line]] = defaultdict(list)
    for line in sentences:
        places = frozenset((cause.account, cause.region, cause.resource) for cause in line.causes)
        alike[_reason(next(iter(line.causes))), places].append(line)
    return _fold(alike.values())


def _fold(groups: Iterable[Sequence[_Line]]) -> list[_Line]:
    folded: list[_Line] = []
    for group in groups:
        if len(group) > ONE_BY_ONE:
            causes = frozenset[Cause]().union(*(line.causes for line in group))
            folded.append(_Line(causes, frozenset[str]().union(*(line.rules for line in group))))
        else:
            folded += group
    return folded


def _reason(cause: Cause) -> str:
    return cause.code or cause.kind


def _one_or_count(values: Collection[str], noun: str) -> str:
    named = [value for value in values if value]
    return named[0] if len(named) == 1 else counted(len(named), noun) if named else ""
