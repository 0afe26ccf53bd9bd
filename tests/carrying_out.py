"""The steps of remedies, run against moto in process by those who must. Used inside ``mock_aws``."""

from collections.abc import Callable, Collection
from typing import Any

import boto3
from botocore import xform_name
from moto.core.models import DEFAULT_ACCOUNT_ID

from auditor.check import Check
from auditor.collect import Credentials
from auditor.config import Settings
from auditor.findings import Finding, Operation
from auditor.snapshot import Target
from checks import CHECKS
from tests.judging import DEFAULTS, faults, judged
from tests.over_moto import all_collected, credentials
from tests.world import REGION

HERE = Target(DEFAULT_ACCOUNT_ID, REGION)


def place_of(finding: Finding, step: Operation) -> Target:
    """The account and Region that a step belongs to."""
    return step.at or Target(finding.account, finding.region)


def ec2_at(at: Target) -> Any:
    """An EC2 client of an account of moto and a Region."""
    keys = credentials(at.account)
    return boto3.client("ec2", at.region, None, True, None, None, keys.access_key, keys.secret_key, keys.token)


def carry_out(finding: Finding, keys_of: Callable[[str], Credentials] = credentials) -> None:
    """Run each step of a finding's remedy, with the credentials of its account and in its Region."""
    assert finding.remedy, f"{finding.rule} gives no steps"
    for step in finding.remedy:
        service, _, operation = step.operation.partition(":")
        at = place_of(finding, step)
        keys = keys_of(at.account)
        session: Any = boto3.session.Session(keys.access_key, keys.secret_key, keys.token, region_name=at.region)
        getattr(session.client(service), xform_name(operation))(**step.parameters)


def cured(
    check: Check, *targets: Target, settings: Settings = DEFAULTS, may_follow: Collection[str] = ()
) -> list[Finding]:
    """Carry out what a rule says of accounts, and judge them again by the rule and all that are on by default.

    Gives the faults that the rule found. Fails where one of them is left, or where any rule finds a new one but those
    that may follow.
    """
    rules = [each for each in CHECKS if each.enabled or each is check]
    seen = targets or (HERE,)
    before = faults(judged(all_collected(*seen), rules, settings))
    found = [finding for finding in before if finding.rule == check.id]
    for finding in found:
        carry_out(finding)
    after = {finding.id: finding for finding in faults(judged(all_collected(*seen), rules, settings))}
    assert not {finding.id for finding in found} & after.keys(), "the remedy leaves the fault"
    new = [after[each] for each in after.keys() - {finding.id for finding in before}]
    unwanted = [f"{finding.rule}: {finding.message}" for finding in new if finding.rule not in may_follow]
    assert not unwanted, f"the remedy makes new faults: {unwanted}"
    return found
