"""From the profiles and regions that a person names to the accounts and regions to collect."""

import difflib
import functools
import getpass
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from auditor.collect import (
    AccountPlan,
    Credentials,
    Failure,
    Plan,
    TargetRequest,
    call_error,
    collect_target,
    open_session,
    read_only_client,
)
from auditor.collector import Collector
from auditor.model import Region
from auditor.snapshot import GLOBAL, Answer, CallError, Target, kind_of

if TYPE_CHECKING:
    from botocore import credentials as botocore_credentials
    from botocore.session import Session

_ENABLED = {"opt-in-not-required", "opted-in", None}

_ATTEMPTS = 3
"""Somebody waits for the first call, and its failure is more often a wrong setting than a busy AWS."""


class TargetError(Exception):
    """The run cannot start. Its text is one line that names what is wrong and the remedy."""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """An account that a profile reaches."""

    profile: str | None
    account: str
    partition: str
    known: frozenset[str]
    """The regions that botocore knows in the partition."""
    home: str
    answer: Answer
    """What the account answered to DescribeRegions."""
    credentials: "botocore_credentials.Credentials"

    @property
    def enabled(self) -> Mapping[str, bool]:
        """Whether the account has enabled each region that it answered."""
        return {item["RegionName"]: item.get("OptInStatus") in _ENABLED for item in self.answer.items or ()}


def plan_targets(profiles: Sequence[str], regions: Sequence[str], collectors: Collection[Collector]) -> Plan:
    """The accounts that ``profiles`` reach, each with ``regions``; without any, with those that it has enabled.

    Without profiles the default credentials are used. ``collectors`` are all that are declared: the one of ``Region``
    is asked here. A profile that fails, or that reaches an account twice, does not stop the others.

    Raises TargetError where no account could be entered, or where AWS has no region of a name.
    """
    collector = next(each for each in collectors if each.record is Region)
    entries: dict[str, _Entry] = {}
    failures: list[Failure] = []
    warnings: list[str] = []
    for profile in dict.fromkeys(profiles) or (None,):
        try:
            entry = _enter(profile, regions, collector)
        except TargetError as error:
            failures.append(Failure(profile, str(error)))
            continue
        first = entries.setdefault(entry.account, entry)
        if first is not entry:
            warnings.append(
                f"{_named(profile)} reaches account {entry.account}, as {_named(first.profile)} does: collected once"
            )
    _check_names(regions, entries.values())
    accounts = []
    for entry in entries.values():
        try:
            accounts.append(_planned(entry, regions, collector, warnings))
        except TargetError as error:
            failures.append(Failure(entry.profile, str(error)))
    if not accounts:
        raise TargetError("; ".join(failure.reason for failure in failures))
    return Plan(accounts=tuple(accounts), failures=tuple(failures), warnings=tuple(warnings))


def _enter(profile: str | None, regions: Sequence[str], collector: Collector) -> _Entry:
    try:
        session = open_session(profile)
        # The provider has no public place for it, and its own prompter reads a pipe where there is no terminal.
        session.get_component("credential_provider").get_provider("assume-role")._prompter = functools.partial(
            _ask_mfa_code, profile
        )
        credentials = session.get_credentials()
        if credentials is None:
            raise TargetError(_without_credentials(profile))
        frozen = _frozen(credentials)
        candidates = _first_regions(session, regions)
        account, partition, home = _identity(session, frozen, candidates)
        known = frozenset(session.get_available_regions("ec2", partition))
    except TargetError:
        raise
    except Exception as error:
        raise TargetError(_explained(error, profile)) from error
    later = candidates[candidates.index(home) + 1 :]
    for region in (home, *later):
        answer = _ask_regions(Target(account, GLOBAL), region, frozen, profile, collector)
        home = region
        if not answer.error:
            break
    return _Entry(
        profile=profile,
        account=account,
        partition=partition,
        known=known,
        home=home,
        answer=answer,
        credentials=credentials,
    )


def _first_regions(session: "Session", regions: Sequence[str]) -> list[str]:
    """Where to ask first: the profile's region, and the first of its partition should that one not answer.

    Without a region of the profile's, the named ones tell the partition.
    """
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    homes = {each["id"]: str(each["outputs"]["implicitGlobalRegion"]) for each in partitions}
    known = [region for region in regions if any(region in each["regions"] for each in partitions)]
    first = session.get_config_variable("region") or next(iter(known), homes["aws"])
    partition = next((each["id"] for each in partitions if first in each["regions"]), "aws")
    return list(dict.fromkeys([first, homes[partition]]))


def _identity(session: "Session", credentials: Credentials, regions: Sequence[str]) -> tuple[str, str, str]:
    """The account, its partition, and the first of ``regions`` that answered who the credentials belong to."""
    first_error: Exception | None = None
    for region in regions:
        try:
            client = read_only_client(
                session, "sts", region, operations={"GetCallerIdentity"}, credentials=credentials, attempts=_ATTEMPTS
            )
            identity = client.get_caller_identity()  # type: ignore[attr-defined] # botocore makes methods as it runs
        except Exception as error:  # noqa: BLE001 - raised below, unless another region answers
            first_error = first_error or error
        else:
            return identity["Account"], identity["Arn"].split(":")[1], region
    raise first_error or ValueError("no region to ask")


def _ask_regions(
    target: Target, region: str, credentials: Credentials, profile: str | None, collector: Collector
) -> Answer:
    request = TargetRequest(
        target=target,
        endpoint_region=region,
        credentials=credentials,
        collected_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        profile=profile,
    )
    return collect_target(request, [collector]).answers[collector.action]


def _check_names(regions: Sequence[str], entries: Iterable[_Entry]) -> None:
    """TargetError where a name is a region in none of the accounts' partitions."""
    names = {name for entry in entries for name in entry.known | entry.enabled.keys()}
    if not names:
        return
    for region in regions:
        if region not in names:
            close = difflib.get_close_matches(region, sorted(names), 1)
            raise TargetError(f'AWS has no region "{region}"' + (f'; did you mean "{close[0]}"?' if close else ""))


def _planned(entry: _Entry, regions: Sequence[str], collector: Collector, warnings: list[str]) -> AccountPlan:
    """What to collect of an account; TargetError where that is nothing."""
    enabled = entry.enabled
    chosen: dict[str, bool | None]
    if regions:
        there = [region for region in sorted(set(regions)) if region in entry.known | enabled.keys()]
        if not there:
            raise TargetError(f"account {entry.account} is in {entry.partition}, which has none of the named regions")
        elsewhere = sorted(set(regions) - set(there))
        if elsewhere:
            warnings.append(
                f"account {entry.account} is in {entry.partition}, which does not have {', '.join(elsewhere)}"
            )
        chosen = {region: None if entry.answer.error else enabled.get(region, False) for region in there}
    elif entry.answer.error:
        raise TargetError(
            f"the regions of account {entry.account} cannot be listed ({_shown(entry.answer.error)}): "
            f"name them with --region, or allow {collector.action}"
        )
    else:
        chosen = {region: True for region in sorted(enabled) if enabled[region]}
    return AccountPlan(
        account=entry.account,
        partition=entry.partition,
        home=entry.home,
        regions=chosen,
        credentials=functools.partial(_frozen, entry.credentials),
        profile=entry.profile,
        answers={collector.action: entry.answer},
    )


def _frozen(credentials: "botocore_credentials.Credentials") -> Credentials:
    """The credentials as they are now, renewed by botocore where they are about to expire."""
    frozen = credentials.get_frozen_credentials()
    return Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token)


def _ask_mfa_code(profile: str | None, prompt: str) -> str:
    if not sys.stdin.isatty():
        raise TargetError(
            f"{_named(profile)} needs an MFA code, and there is no terminal to ask for it: start from a terminal, "
            "or give session credentials in the environment"
        )
    return getpass.getpass(prompt)


# --- What went wrong, in words ----------------------------------------------------------------------------------------

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_SIGNED_OUT = {"SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedException", "UnauthorizedSSOTokenError"}
_LOGGED_OUT = {"LoginRefreshRequired", "LoginTokenLoadError"}
_NOT_ACCEPTED = {"AuthFailure", "InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"}
_UNREACHABLE = {
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "EndpointConnectionError",
    "ProxyConnectionError",
    "ReadTimeoutError",
    "SSLError",
}


def _named(profile: str | None) -> str:
    return f'profile "{profile}"' if profile else "the default credentials"


def _without_credentials(profile: str | None) -> str:
    if profile:
        return f'{_named(profile)} has no credentials: run "aws configure --profile {profile}"'
    return 'no AWS credentials: name a profile with --profile, or run "aws configure"'


def _explained(error: Exception, profile: str | None) -> str:
    """One line: what is wrong with a profile, and the remedy."""
    from botocore.exceptions import ProfileNotFound

    if isinstance(error, ProfileNotFound):
        return _unknown_profile(str(error.kwargs["profile"]))
    found = call_error(error)
    option = f" --profile {profile}" if profile else ""
    if found.code in _EXPIRED:
        remedy = "the session has expired: get new session credentials"
    elif found.code in _SIGNED_OUT:
        remedy = f'the sign-in has expired: run "aws sso login{option}"'
    elif found.code in _LOGGED_OUT:
        remedy = f'the sign-in has expired: run "aws login{option}"'
    elif found.code in _NOT_ACCEPTED:
        remedy = "AWS does not accept the credentials: check the keys, and that the region is of their partition"
    elif found.code in _UNREACHABLE:
        remedy = "AWS cannot be reached: check the network, the proxy, the region and AWS_ENDPOINT_URL"
    elif kind_of(found) == "refused":
        remedy = "AWS refused the first call: check what the credentials, and the role of the profile, allow"
    else:
        remedy = "the account cannot be entered: check the profile's settings"
    return f"{_named(profile)}: {remedy} ({_shown(found)})"


def _unknown_profile(profile: str) -> str:
    from botocore.session import Session

    names = Session().available_profiles
    close = difflib.get_close_matches(profile, names, 1)
    if close:
        return f'there is no profile "{profile}"; did you mean "{close[0]}"?'
    if names:
        return f'there is no profile "{profile}": the profiles are {", ".join(sorted(names))}'
    return f'there is no profile "{profile}", nor any other: run "aws configure --profile {profile}"'


def _shown(error: CallError) -> str:
    return f"{error.code}: {error.message}" if error.message else error.code
