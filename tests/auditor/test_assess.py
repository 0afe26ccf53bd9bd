import gc
from collections.abc import Sequence
from dataclasses import replace

import pytest

from auditor import model
from auditor.assess import assess
from auditor.config import Settings
from auditor.findings import Fault, Finding, NotApplicable, Unknown, Verdict
from auditor.network.entities import Run
from auditor.network.missing import Cause, Kind, Missing
from auditor.snapshot import GLOBAL
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from collectors import COLLECTORS
from tests.world import World

UNSEEN = Missing.of(Kind.REFUSED)

NEAR, FAR, HOME = "111111111111", "222222222222", "eu-west-1"


def judged(verdict: Verdict | None) -> Finding:
    """The finding of a rule that comes to one verdict on the run."""
    verdicts = () if verdict is None else (verdict,)
    page = "A fault.\n\n## Remediation\nMend it.\n"
    check = replace(gateway_endpoint_missing, of=(Run,), page=page, judge=lambda *_: verdicts)
    (finding,) = assess(World().snapshot(), COLLECTORS, [check], Settings()).findings
    return finding


# --- The keys of a check's findings


def keys(verdicts: Sequence[Verdict]) -> list[str]:
    """The keys of the findings of a check that gives these verdicts on a VPC."""
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    check = replace(gateway_endpoint_missing, judge=lambda *_: iter(verdicts))
    return [finding.key for finding in assess(world.snapshot(), COLLECTORS, [check], Settings()).findings]


@pytest.mark.parametrize(
    "verdicts", [[Unknown(UNSEEN), Unknown(UNSEEN)], [Fault(message="", key="s3"), Unknown(UNSEEN, "s3")]]
)
def test_a_check_that_gives_a_key_twice_for_a_subject_is_wrong(verdicts: Sequence[Verdict]) -> None:
    with pytest.raises(ValueError, match=r"gateway-endpoint-missing gives the keys .* twice for vpc-a"):
        keys(verdicts)


def test_keys_that_differ_make_findings_that_differ() -> None:
    assert keys([Unknown(UNSEEN), Unknown(UNSEEN, "s3"), NotApplicable(""), NotApplicable("")]) == ["", "s3"]


# --- Garbage collection


def test_garbage_is_not_looked_for_while_checks_judge_and_is_afterwards_whatever_they_come_to() -> None:
    looked_for: list[bool] = []

    def judge(*_: object) -> Sequence[Verdict]:
        looked_for.append(gc.isenabled())
        raise ValueError("the check is wrong")

    check = replace(gateway_endpoint_missing, of=(Run,), judge=judge)
    with pytest.raises(ValueError, match="the check is wrong"):
        assess(World().snapshot(), COLLECTORS, [check], Settings())
    assert (looked_for, gc.isenabled()) == ([False], True)


# --- What to do about it


def test_a_fault_says_how_it_is_mended_and_a_pass_has_nothing_to_mend() -> None:
    assert judged(Fault("It is broken.")).remediation == "Mend it."
    assert judged(None).remediation == ""


@pytest.mark.parametrize(
    ("causes", "remediation"),
    [
        (
            [
                Cause(Kind.REFUSED, NEAR, HOME, "ec2:DescribeVpcs", code="UnauthorizedOperation"),
                Cause(Kind.REFUSED, NEAR, "us-east-1", "ec2:DescribeVpcs", code="UnauthorizedOperation"),
                Cause(Kind.REFUSED, FAR, GLOBAL, "sts:AssumeRole", code="AccessDenied"),
            ],
            f"Allow ec2:DescribeVpcs for account {NEAR}, sts:AssumeRole for account {FAR}.",
        ),
        (
            [Cause(Kind.FAILED, NEAR, HOME, "ec2:DescribeVpcs", code="InternalError")],
            f"Collect again ec2:DescribeVpcs for account {NEAR} in {HOME}.",
        ),
        (
            [
                Cause(Kind.REFUSED, NEAR, HOME, "ec2:DescribeSubnets", code="RequestExpired"),
                Cause(Kind.REFUSED, NEAR, HOME, "ec2:DescribeVpcs", code="ExpiredTokenException"),
                Cause(Kind.REFUSED, NEAR, HOME, "ec2:DescribeRouteTables", code="UnauthorizedOperation"),
            ],
            f"Allow ec2:DescribeRouteTables for account {NEAR}; collect again ec2:DescribeSubnets for account {NEAR} "
            f"in {HOME}, ec2:DescribeVpcs for account {NEAR} in {HOME}.",
        ),
        (
            [Cause(Kind.FAILED, NEAR, HOME, code="NotCollected")],
            f"Collect again account {NEAR} in {HOME}.",
        ),
        (
            [Cause(Kind.NOT_ASKED, NEAR, GLOBAL, "organizations:ListAccounts")],
            f"Collect organizations:ListAccounts for account {NEAR}.",
        ),
        (
            [Cause(Kind.NOT_AUDITED, FAR, HOME), Cause(Kind.PARTICIPANT, FAR, HOME, resource="vpc-1")],
            f"Audit account {FAR} in {HOME}.",
        ),
        (
            [
                Cause(Kind.NOT_AUDITED, FAR, HOME),
                Cause(Kind.REFUSED, NEAR, HOME, "ec2:DescribeVpcs"),
                Cause(Kind.AMBIGUOUS, NEAR, HOME, resource="rtb-1"),
            ],
            f"Audit account {FAR} in {HOME}; allow ec2:DescribeVpcs for account {NEAR}.",
        ),
        ([Cause(Kind.UNAVAILABLE, NEAR, HOME, "ec2:DescribeVpcs", code="InvalidAction")], ""),
        ([Cause(Kind.ABSENT_FIELD, NEAR, HOME, "ec2:DescribeVpcs", "vpc-1")], ""),
        ([Cause(Kind.FAILED, NEAR, HOME, "ec2:DescribeVpcs", code="InvalidItem")], ""),
        ([Cause(Kind.NOT_AUDITED)], ""),
    ],
    ids=[
        "refused",
        "failed",
        "the session ended",
        "never reached",
        "not asked",
        "not audited",
        "several causes",
        "not offered",
        "left out by AWS",
        "not readable",
        "no account",
    ],
)
def test_an_unknown_says_what_to_permit_or_to_ask_for(causes: list[Cause], remediation: str) -> None:
    assert judged(Unknown(Missing(frozenset(causes)))).remediation == remediation


# --- What was refused


def refusals(world: World) -> list[tuple[str, str, tuple[str, ...]]]:
    """The Region, action and rules of each refusal, for a rule that reads VPCs and one for what they are asked."""
    chosen = [
        replace(gateway_endpoint_missing, id="of-vpcs", of=(Run,), reads=(model.Vpc,)),
        replace(gateway_endpoint_missing, id="of-groups", of=(Run,), reads=(model.StaleSecurityGroups,)),
    ]
    chosen = [replace(check, judge=lambda *_: ()) for check in chosen]
    found = assess(world.snapshot(), COLLECTORS, chosen, Settings()).refusals
    return [(each.region, each.action, each.rules) for each in found]


def test_calls_that_a_refusal_left_without_parents_are_no_refusals_and_their_rules_lack_the_parent() -> None:
    world = World()
    world.vpc("vpc-1", "10.0.0.0/16")
    world.refuse("ec2:DescribeVpcs")
    assert refusals(world) == [(HOME, "ec2:DescribeVpcs", ("of-groups", "of-vpcs"))]


def test_a_call_for_one_parent_that_is_refused_itself_is_named() -> None:
    world = World()
    for number in (1, 2):
        world.vpc(f"vpc-{number}", f"10.{number}.0.0/16")
    world.refuse_item("ec2:DescribeStaleSecurityGroups", "vpc-2")
    assert refusals(world) == [(HOME, "ec2:DescribeStaleSecurityGroups", ("of-groups",))]
