"""``auditor.toml``: whom the audit trusts, its thresholds and prices, and which rules run how severely.

The file is read strictly, since a misspelt key would otherwise leave a rule as it was without a word.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from auditor import prices
from auditor.findings import Severity
from auditor.prices import PriceError, PriceTable, RegionPrices


class ConfigError(Exception):
    """The configuration, or the choice of rules, cannot be used. Its text is one line that names the place."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The numbers that rules compare with."""

    pending_age_days: int = 3
    """In days: from this age on a pending peering connection is stale."""
    quota_warn_pct: int = 80
    """In percent: from this share of a quota on its use is reported."""
    unused_days: int = 30
    """In days: so long without traffic, and an interface endpoint is unused. The metrics go back 30 days."""
    min_azs: int = 2
    """In Availability Zones: an interface endpoint stands in at least so many."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What ``auditor.toml`` says; without a file, the defaults."""

    organization_id: str | None = None
    """The organization of the audited accounts: where its accounts cannot be listed, who is a stranger is unknown."""
    trusted_accounts: Mapping[str, str] = field(default_factory=dict)
    """Accounts that may be at the other end of a peering connection or endpoint service, each with the reason for the
    trust."""
    expected_broad_peerings: frozenset[str] = frozenset()
    """Peering connections whose routes may be broader than the peer."""
    allowed_service_regions: tuple[str, ...] = ()
    """Regions whose services endpoints may lead to, and in which own services may be offered; empty for any."""
    required_services: tuple[str, ...] = ()
    """Services without their Region, such as ``logs``, that every VPC in use has an endpoint for, or within reach."""
    treat_empty_vpcs: bool = False
    """Whether a VPC that nothing runs in is judged like one in use."""
    least_privilege_routes: bool = False
    """Whether a route to a whole block of a peer, where a narrower one would do, is more than a fact."""
    thresholds: Thresholds = Thresholds()
    prices: PriceTable = field(default_factory=prices.packaged)
    """In US dollars, what findings about cost reckon with: ``file`` names a table that ``vpc-auditor prices --refresh``
    wrote, and each Region's table holds prices that were agreed with AWS, such as ``nat_gateway_gb``."""
    enable: tuple[str, ...] = ()
    """Rule ids and patterns that run although they are off by default."""
    disable: tuple[str, ...] = ()
    """Rule ids and patterns that do not run."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """The severity of every finding of a rule, by rule id, instead of what the rule gives."""


_Form = tuple[Callable[[Any], object], str]
"""What a value must fulfil, and that in words."""


def _whole(low: int, high: int) -> _Form:
    # To Python, true is a whole number. The upper bounds keep a slip of the finger from making a date that is none.
    return lambda value: type(value) is int and low <= value <= high, f"a whole number from {low} to {high}"


def _text(form: str, what: str) -> _Form:
    return lambda value: isinstance(value, str) and re.fullmatch(form, value), what


def _array(form: str, what: str) -> _Form:
    fits, _ = _text(form, what)
    return lambda value: isinstance(value, list) and all(map(fits, value)), f"an array of {what}"


def _table(what: str) -> _Form:
    return lambda value: isinstance(value, dict), f"a table of {what}"


FORMS = {
    "organization_id": _text("o-[a-z0-9]{10,32}", 'an id such as "o-0123456789"'),
    "expected_broad_peerings": _array("pcx-[0-9a-z]+", 'ids such as "pcx-0a1b2c3d4e5f60718"'),
    "allowed_service_regions": _array("[a-z0-9-]+", 'Regions such as "eu-west-1"'),
    "required_services": _array("[a-z0-9][a-z0-9.-]*", 'services such as "logs" or "ecr.api"'),
    "treat_empty_vpcs": (lambda value: isinstance(value, bool), "true or false"),
    "least_privilege_routes": (lambda value: isinstance(value, bool), "true or false"),
    "trusted_accounts": _table("account ids, each with the reason for the trust"),
    "thresholds": _table("numbers"),
    "thresholds.pending_age_days": _whole(0, 3650),
    "thresholds.quota_warn_pct": _whole(1, 100),
    "thresholds.unused_days": _whole(1, 30),
    "thresholds.min_azs": _whole(1, 10),
    "prices": _table("Regions, each with its prices in US dollars, and `file`"),
    "rules": _table("enable and disable"),
    "rules.enable": _array(".+", "rule ids or patterns"),
    "rules.disable": _array(".+", "rule ids or patterns"),
    "severities": _table("rule ids, each with a severity"),
}
"""Every key, with what its value must be."""
_FILE = _text(r"(?s).*\S.*", "the name of a file that `vpc-auditor prices --refresh` wrote")
_REGION = re.compile("[a-z]{2,4}(-[a-z]+)+-[0-9]+")
_PRICE: _Form = (
    lambda value: type(value) in (int, float) and 0 <= value < 1000,
    "a price in US dollars, from 0 to 1000",
)
_REASON = _text(r"(?s).*\S.*", "the reason for the trust, in words")
_SEVERITY = _text("|".join(Severity), f"one of {', '.join(Severity)}")


def read(path: Path, rules: Collection[str]) -> Settings:
    """The settings that a file holds; ``rules`` are all ids. ``ConfigError`` says what is wrong, and where."""
    try:
        # An editor on Windows may begin the file with a byte order mark. The last newline gives an error on the last
        # line a position: tomllib has none for the end of the text.
        return _settings(tomllib.loads(path.read_bytes().decode("utf-8-sig") + "\n"), rules, path.parent)
    except (ConfigError, PriceError) as error:
        raise ConfigError(f"{path}: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from error
    except (ValueError, RecursionError) as error:  # tomllib lets int()'s refusal of endless digits through
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error


def select(
    rules: Iterable[tuple[str, bool]],
    *,
    rule_patterns: Collection[str],
    skip_patterns: Collection[str],
    settings: Settings,
) -> frozenset[str]:
    """The ids of the rules to run.

    ``rules`` are all ids, each with whether it is on by default. The command line's ``--rule`` selects exactly what it
    matches; without it the configuration decides, and where that is silent the default. ``--skip-rule`` takes away from
    either. ``ConfigError`` names a pattern that matches no rule, and says when no rule is left.
    """
    defaults = dict(rules)
    for option, patterns in (("--rule", rule_patterns), ("--skip-rule", skip_patterns)):
        for pattern in patterns:
            _require_match(option, pattern, defaults)
    selected = frozenset(
        rule
        for rule, default in defaults.items()
        if (_reach(rule, rule_patterns) if rule_patterns else _configured(rule, default, settings))
        and not _reach(rule, skip_patterns)
    )
    if not selected:
        raise ConfigError("no rule is left to run; loosen --rule, --skip-rule or rules.disable")
    return selected


def _configured(rule: str, default: bool, settings: Settings) -> bool:
    """Whether the configuration runs a rule: the longest pattern decides, and ``disable`` where two are as long."""
    on, off = _reach(rule, settings.enable), _reach(rule, settings.disable)
    return on > off if on or off else default


def _reach(rule: str, patterns: Collection[str]) -> int:
    """The length of the longest pattern that matches a rule; 0 where none does."""
    return max((len(pattern) for pattern in patterns if fnmatchcase(rule, pattern)), default=0)


def _settings(document: Mapping[str, Any], rules: Collection[str], folder: Path) -> Settings:
    _check_table("", document)
    thresholds, choice = document.get("thresholds", {}), document.get("rules", {})
    trusted, severities = document.get("trusted_accounts", {}), document.get("severities", {})
    _check_table("thresholds.", thresholds)
    _check_table("rules.", choice)
    for account, reason in trusted.items():
        if not re.fullmatch("[0-9]{12}", account):
            raise ConfigError(f"trusted_accounts: expected account ids of 12 digits, got {_shown(account)}")
        _check(f"trusted_accounts.{account}", _REASON, reason)
    for name, patterns in choice.items():
        for pattern in patterns:
            _require_match(f"rules.{name}", pattern, rules)
    for rule, severity in severities.items():
        if "*" in rule:
            raise ConfigError(
                f"severities: expected a rule id, got the pattern {_shown(rule)}; "
                f"`vpc-auditor rules {_shown(rule)}` lists the ids"
            )
        if rule not in rules:
            raise ConfigError(f"severities: unknown rule {_shown(rule)}{nearest_rule(rule, rules)}")
        _check(f"severities.{rule}", _SEVERITY, severity, near=Severity)
    return Settings(
        organization_id=document.get("organization_id"),
        trusted_accounts=trusted,
        expected_broad_peerings=frozenset(document.get("expected_broad_peerings", ())),
        allowed_service_regions=tuple(document.get("allowed_service_regions", ())),
        required_services=tuple(document.get("required_services", ())),
        treat_empty_vpcs=document.get("treat_empty_vpcs", False),
        least_privilege_routes=document.get("least_privilege_routes", False),
        thresholds=Thresholds(**thresholds),
        prices=_prices(document.get("prices", {}), folder),
        enable=tuple(choice.get("enable", ())),
        disable=tuple(choice.get("disable", ())),
        severities={rule: Severity(severity) for rule, severity in severities.items()},
    )


def _prices(document: Mapping[str, Any], folder: Path) -> PriceTable:
    """The table of prices of a configuration in ``folder``."""
    agreed = {name: value for name, value in document.items() if name != "file"}
    known = RegionPrices.__struct_fields__
    for region, named in agreed.items():
        if not _REGION.fullmatch(region):
            raise ConfigError(f'prices: expected file or a Region such as "eu-west-1", got {_shown(region)}')
        _check(f"prices.{region}", _table("prices"), named)
        for name, price in named.items():
            if name not in known:
                raise ConfigError(f"unknown key {_shown(f'prices.{region}.{name}')}; known: {', '.join(known)}")
            _check(f"prices.{region}.{name}", _PRICE, price)
    if "file" not in document:
        return prices.overridden(prices.packaged(), agreed)
    _check("prices.file", _FILE, document["file"])
    # Like the configuration's own name, that of the file may be relative: to the configuration.
    return prices.overridden(prices.read(folder / document["file"]), agreed)


def _check_table(prefix: str, table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        place = prefix + key
        if "." in key:
            raise ConfigError(f"{_shown(key)}: a dotted key is written without quotation marks")
        if place not in FORMS:
            raise ConfigError(f"unknown key {_shown(place)}{_nearest_key(prefix, key)}")
        _check(place, FORMS[place], value)


def _nearest_key(prefix: str, key: str) -> str:
    # The whole file is searched: a key that stands below another's [header] belongs to that table.
    places = {place.rpartition(".")[2]: place for place in FORMS}
    known = [place for place in FORMS if place.startswith(prefix)]
    near = difflib.get_close_matches(key, sorted(places), n=1)
    return f"; did you mean {_shown(places[near[0]])}?" if near else f"; known: {', '.join(known)}"


def _check(place: str, form: _Form, value: Any, near: Iterable[str] = ()) -> None:
    fits, what = form
    if not fits(value):
        raise ConfigError(f"{place}: expected {what}, got {_shown(value)}{_nearest(str(value), near)}")


def _require_match(place: str, pattern: str, rules: Collection[str]) -> None:
    if not any(fnmatchcase(rule, pattern) for rule in rules):
        fault = "no rule matches" if "*" in pattern else "unknown rule"
        raise ConfigError(f"{place}: {fault} {_shown(pattern)}{nearest_rule(pattern, rules)}")


def nearest_rule(word: str, rules: Collection[str]) -> str:
    """How a message goes on that names no rule: with the id or the pattern that is meant, or where the ids stand."""
    words = set(rules)
    if "*" in word:
        words = {f"{rule[: dash.start()]}-*" for rule in rules for dash in re.finditer("-", rule)}
    return _nearest(word, words) or "; `vpc-auditor rules` lists them"


def _nearest(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, sorted(words), n=1)
    return f"; did you mean {_shown(near[0])}?" if near else ""


def _shown(value: object) -> str:
    """A value on one line: JSON escapes what could break it."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:60]}…"
