"""What a person asks to audit, and the files that say it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

_ACCOUNT = re.compile(r"[0-9]{12}")

_POLICY_SIZE = 2048
"""Characters. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


class TargetError(Exception):
    """The run cannot start. Its text is one line that names what is wrong and the remedy."""


@dataclass(frozen=True, kw_only=True)
class AssumedRole:
    """The role that is assumed in every account but the calling one."""

    name: str
    path: str = "/"
    external_id: str | None = None
    session_policy: str | None = None
    """In JSON: what a session may do at most."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which accounts and regions to audit, and how to reach them. Without a role, the accounts of the profiles."""

    profiles: tuple[str, ...] = ()
    """None stands for the default credentials."""
    regions: tuple[str, ...] = ()
    """None stands for those that each account has enabled."""
    role: AssumedRole | None = None
    accounts: tuple[str, ...] = ()
    """Accounts to reach by the role."""
    organization: bool = False
    """Whether to reach, by the role, the accounts of each profile's organization."""
    units: tuple[str, ...] = ()
    """Organizational units or roots: of the organization, only the accounts in and below them."""
    excluded: tuple[str, ...] = ()
    """Accounts to leave out."""


def is_account(text: str) -> bool:
    """Whether a text is the id of an account."""
    return _ACCOUNT.fullmatch(text) is not None


def read_accounts(file: Path) -> tuple[str, ...]:
    """The account ids of a file, one a line; ``#`` begins a comment.

    TargetError, with the file and the line, where the file cannot be read or holds something else.
    """
    accounts = []
    for number, line in enumerate(_read(file).splitlines(), start=1):
        account = line.partition("#")[0].strip()
        if account and not is_account(account):
            raise TargetError(f"{file}: line {number}: {account!r} is not an account id of 12 digits")
        if account:
            accounts.append(account)
    if not accounts:
        raise TargetError(f"{file}: no account id: write one a line")
    return tuple(accounts)


def read_session_policy(file: Path) -> str:
    """The policy of a file, as short as JSON allows.

    TargetError, with the file and the place, where the file cannot be read or holds no policy that AWS would take.
    """
    try:
        document = json.loads(_read(file))
    except json.JSONDecodeError as error:
        raise TargetError(f"{file}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise TargetError(f"{file}: not a policy: nested too deep") from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise TargetError(f'{file}: not an IAM policy: expected an object with a "Statement"')
    policy = json.dumps(document, separators=(",", ":"))
    if len(policy) > _POLICY_SIZE:
        raise TargetError(
            f"{file}: the policy has {len(policy)} characters without white space; AWS takes {_POLICY_SIZE} at most"
        )
    return policy


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TargetError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TargetError(f"{file}: cannot be read: it is not UTF-8") from error
