"""The steps of remedies, run against moto in process. Used inside ``mock_aws``."""

from typing import Any

import boto3
from botocore import xform_name

from auditor.check import Check
from auditor.findings import Finding
from checks import CHECKS
from tests.judging import faults, judged
from tests.over_moto import collected


def carry_out(finding: Finding) -> None:
    """Run each step of a finding's remedy, in the Region that it names."""
    assert finding.remedy, f"{finding.rule} gives no steps"
    for step in finding.remedy:
        service, _, operation = step.operation.partition(":")
        session: Any = boto3.session.Session(region_name=step.at.region if step.at else finding.region)
        getattr(session.client(service), xform_name(operation))(**step.parameters)


def cured(check: Check) -> list[Finding]:
    """Carry out what a rule says of an account, and judge it again by the rule and all that are on by default.

    Gives the faults that the rule found. Fails where one of them is left, or where any rule finds a new one.
    """
    rules = [each for each in CHECKS if each.enabled or each is check]
    before = faults(judged(collected(), rules))
    found = [finding for finding in before if finding.rule == check.id]
    for finding in found:
        carry_out(finding)
    after = {finding.id: finding for finding in faults(judged(collected(), rules))}
    assert not {finding.id for finding in found} & after.keys(), "the remedy leaves the fault"
    new = after.keys() - {finding.id for finding in before}
    assert not new, f"the remedy makes new faults: {[after[each].message for each in new]}"
    return found
