"""A profile, from its name to the account that its credentials belong to."""

import difflib
import functools
import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.collect import Credentials, call_error, open_session, read_only_client
from auditor.partitions import first_region, partition_of
from auditor.snapshot import CallError, kind_of, session_over
from auditor.targets.selection import TargetError

if TYPE_CHECKING:
    from botocore import credentials as botocore_credentials
    from botocore.session import Session

ATTEMPTS = 3
"""Somebody waits for the first calls, and their failure is more often a wrong setting than a busy AWS."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The identity that a profile gives, and where it asks."""

    profile: str | None
    session: "Session"
    account: str
    partition: str
    places: tuple[str, ...]
    """The regions to ask what has no region, in turn, until one answers."""
    known: frozenset[str]
    """The regions that botocore knows in the partition."""
    credentials: Credentials
    """The credentials as they were when the profile was entered."""
    provider: "botocore_credentials.Credentials"
    """Gives them anew, as long as the run lasts."""


def enter_profile(profile: str | None, regions: Sequence[str]) -> Caller:
    """The identity of a profile, None for the default credentials; ``regions`` are those that the run names.

    A profile that needs an MFA code asks for it here. TargetError where the profile leads to no account.
    """
    try:
        session = open_session(profile)
        # The provider has no public place for it, and its own prompter reads a pipe where there is no terminal.
        session.get_component("credential_provider").get_provider("assume-role")._prompter = functools.partial(
            _ask_mfa_code, profile
        )
        provider = session.get_credentials()
        if provider is None:
            raise TargetError(_without_credentials(profile))
        candidates = _first_regions(session, regions)
        credentials = frozen(provider)
        account, partition, home = _identity(session, credentials, candidates)
        known = frozenset(session.get_available_regions("ec2", partition))
    except TargetError:
        raise
    except Exception as error:
        raise TargetError(_explained(error, profile)) from error
    return Caller(
        profile=profile,
        session=session,
        account=account,
        partition=partition,
        places=tuple(candidates[candidates.index(home) :]),
        known=known,
        credentials=credentials,
        provider=provider,
    )


def frozen(provider: "botocore_credentials.Credentials") -> Credentials:
    """The credentials as they are now, renewed by botocore where they are about to expire."""
    now = provider.get_frozen_credentials()
    return Credentials(now.access_key or "", now.secret_key or "", now.token)


def _first_regions(session: "Session", regions: Sequence[str]) -> list[str]:
    """Where to ask first: the profile's region, and the first of its partition should that one not answer.

    Without a region of the profile's, the named ones tell the partition.
    """
    existing = (region for region in regions if region in session.get_available_regions("ec2", partition_of(region)))
    first = session.get_config_variable("region") or next(existing, first_region("aws"))
    return list(dict.fromkeys([first, first_region(partition_of(first))]))


def _identity(session: "Session", credentials: Credentials, regions: Sequence[str]) -> tuple[str, str, str]:
    """The account, its partition, and the first of ``regions`` that answered who the credentials belong to."""
    first_error: Exception | None = None
    for region in regions:
        try:
            client = read_only_client(
                session, "sts", region, operations={"GetCallerIdentity"}, credentials=credentials, attempts=ATTEMPTS
            )
            identity = client.get_caller_identity()  # type: ignore[attr-defined] # botocore makes methods as it runs
        except Exception as error:  # noqa: BLE001 - raised below, unless another region answers
            first_error = first_error or error
        else:
            return identity["Account"], identity["Arn"].split(":")[1], region
    raise first_error or ValueError("no region to ask")


def _ask_mfa_code(profile: str | None, prompt: str) -> str:
    if not sys.stdin.isatty():
        raise TargetError(
            f"{named(profile)} needs an MFA code, and there is no terminal to ask for it: start from a terminal, "
            "or give session credentials in the environment"
        )
    return getpass.getpass(prompt)


# --- What went wrong, in words ----------------------------------------------------------------------------------------

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


def named(profile: str | None) -> str:
    """What a profile is called in a sentence."""
    return f'profile "{profile}"' if profile else "the default credentials"


def _without_credentials(profile: str | None) -> str:
    if profile:
        return f'{named(profile)} has no credentials: run "aws configure --profile {profile}"'
    return 'no AWS credentials: name a profile with --profile, or run "aws configure"'


def _explained(error: Exception, profile: str | None) -> str:
    """One line: what is wrong with a profile, and the remedy."""
    from botocore.exceptions import ProfileNotFound

    if isinstance(error, ProfileNotFound):
        return _unknown_profile(str(error.kwargs["profile"]))
    found = call_error(error)
    option = f" --profile {profile}" if profile else ""
    if session_over(found.code):
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
    return f"{named(profile)}: {remedy} ({shown(found)})"


def _unknown_profile(profile: str) -> str:
    from botocore.session import Session

    names = Session().available_profiles
    close = difflib.get_close_matches(profile, names, 1)
    if close:
        return f'there is no profile "{profile}"; did you mean "{close[0]}"?'
    if names:
        return f'there is no profile "{profile}": the profiles are {", ".join(sorted(names))}'
    return f'there is no profile "{profile}", nor any other: run "aws configure --profile {profile}"'


def shown(error: CallError) -> str:
    """An error in brackets behind a sentence."""
    return f"{error.code}: {error.message}" if error.message else error.code
