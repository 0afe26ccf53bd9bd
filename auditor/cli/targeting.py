"""The options that name accounts and regions, and the selection that they stand for."""

import functools
import re
from pathlib import Path
from typing import Any

import click

from auditor.cli.options import Command, a_role_name, a_role_path, all_of, an_external_id, matching
from auditor.targets import AssumedRole, Selection
from auditor.targets.selection import read_accounts, read_session_policy

_ACCOUNT = matching(re.compile(r"[0-9]{12}"), "an account id of 12 digits")
_UNIT = matching(
    re.compile(r"r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}"),
    "an organizational unit, such as ou-ab12-cdefgh34, or a root, such as r-ab12",
)
"""As AWS's model of Organizations spells them."""

_options = all_of(
    click.option("--profile", "profiles", multiple=True, metavar="NAME", help="AWS profile; repeatable."),
    click.option(
        "--region",
        "regions",
        multiple=True,
        metavar="NAME",
        help="Region to audit; repeatable. Default: every region that the account has enabled.",
    ),
    click.option(
        "--account",
        "accounts",
        multiple=True,
        metavar="ID",
        callback=_ACCOUNT,
        help="Account to audit through --role-name; repeatable.",
    ),
    click.option(
        "--accounts-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Accounts to audit through --role-name: one id a line, # begins a comment.",
    ),
    click.option(
        "--organization",
        is_flag=True,
        help="Audit every active account of the organization through --role-name; needs its management account or a "
        "delegated administrator.",
    ),
    click.option(
        "--organizational-unit",
        "units",
        multiple=True,
        metavar="ID",
        callback=_UNIT,
        help="Of the organization, only the accounts in and below this unit or root; repeatable.",
    ),
    click.option(
        "--exclude-account",
        "excluded",
        multiple=True,
        metavar="ID",
        callback=_ACCOUNT,
        help="Account to leave out; repeatable.",
    ),
    click.option(
        "--role-name",
        metavar="NAME",
        callback=a_role_name,
        help="The role to assume in each account but the calling one.",
    ),
    click.option(
        "--role-path", metavar="PATH", callback=a_role_path, help="The role's path, such as /audit/.  [default: /]"
    ),
    click.option(
        "--external-id", metavar="ID", callback=an_external_id, help="What the role wants its caller to know."
    ),
    click.option(
        "--session-policy",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="IAM policy, in JSON, that limits what the assumed role may do.",
    ),
)


def target_options(command: Command) -> Command:
    """Add the options that name targets; the command gets them as one ``selection``.

    click.UsageError where they contradict one another, TargetError where a file is not what it should be.
    """

    @functools.wraps(command)
    def with_selection(
        *arguments: Any,
        profiles: tuple[str, ...],
        regions: tuple[str, ...],
        accounts: tuple[str, ...],
        accounts_file: Path | None,
        organization: bool,
        units: tuple[str, ...],
        excluded: tuple[str, ...],
        role_name: str | None,
        role_path: str | None,
        external_id: str | None,
        session_policy: Path | None,
        **options: Any,
    ) -> Any:
        many = {
            "--account": accounts,
            "--accounts-file": accounts_file,
            "--organization": organization,
            "--organizational-unit": units,
        }
        needing = {
            **many,
            "--exclude-account": excluded,
            "--role-path": role_path,
            "--external-id": external_id,
            "--session-policy": session_policy,
        }
        given = next((name for name, value in needing.items() if value), None)
        if role_name is None and given is not None:
            raise click.UsageError(
                f"{given} needs --role-name: the role to assume in each account but the calling one; no name is assumed"
            )
        if role_name is not None and not any(many.values()):
            raise click.UsageError(f"--role-name needs accounts to assume it in: add one of {', '.join(many)}")
        role = role_name and AssumedRole(
            name=role_name,
            path=role_path or "/",
            external_id=external_id,
            session_policy=read_session_policy(session_policy) if session_policy else None,
        )
        selection = Selection(
            profiles=profiles,
            regions=regions,
            role=role or None,
            accounts=tuple(dict.fromkeys([*accounts, *(read_accounts(accounts_file) if accounts_file else ())])),
            organization=organization,
            units=units,
            excluded=excluded,
        )
        return command(*arguments, selection=selection, **options)

    return _options(with_selection)  # type: ignore[return-value]  # click knows the options, not the types
