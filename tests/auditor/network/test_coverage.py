import msgspec
import pytest

from auditor import model
from auditor.network.coverage import Barrier, Coverage
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.network import Network
from auditor.snapshot import ASKED_ELSEWHERE, ASSUME_ROLE, GLOBAL, Answer, CallError, Snapshot, Target
from collectors import COLLECTORS
from tests.closed_accounts import CLOSED, REFUSED, with_closed_account
from tests.world import ACCOUNT, REGION, World

MEMBER, ELSEWHERE = "222222222222", "organizations:ListAccounts"


def coverage_of(snapshot: Snapshot) -> Coverage:
    return Coverage(snapshot, COLLECTORS)


def world() -> World:
    made = World()
    made.vpc("vpc-a", "10.0.0.0/16")
    return made


def refused_at(target: Target, action: str = ASSUME_ROLE, code: str = "AccessDenied") -> Missing:
    return Missing(frozenset({Cause(Kind.REFUSED, target.account, target.region, action, code=code)}))


# --- Accounts that were not entered


def test_an_account_that_was_not_entered_is_among_the_accounts_with_its_reason() -> None:
    coverage = coverage_of(with_closed_account(world().snapshot()))
    assert CLOSED in coverage.accounts
    barrier = Barrier(ASSUME_ROLE, Kind.REFUSED, "AccessDenied", "The role trusts nobody.")
    assert coverage.barriers == {CLOSED: barrier}


@pytest.mark.parametrize("regions", [(), (REGION, "us-east-1")], ids=["all regions", "named regions"])
@pytest.mark.parametrize("record", [model.Vpc, model.RouteTable])
def test_what_is_missing_of_an_account_that_was_not_entered_is_its_door(
    regions: tuple[str, ...], record: type[model.Record]
) -> None:
    coverage = coverage_of(with_closed_account(world().snapshot(), *regions))
    targets = [target for target in coverage.targets if target.account == CLOSED]
    assert [target.region for target in targets] == sorted(regions or (GLOBAL,))
    for target in [*targets, Target(CLOSED, "eu-north-1")]:
        assert coverage.missing(record, target) == refused_at(target)


def test_what_has_no_region_is_missing_for_the_door_too() -> None:
    coverage = coverage_of(with_closed_account(world().snapshot(), REGION))
    at = Target(CLOSED, GLOBAL)
    assert coverage.missing(model.Region, at) == coverage.missing(model.Account, at) == refused_at(at)


def test_an_account_whose_regions_could_not_be_listed_was_not_entered() -> None:
    coverage = coverage_of(with_closed_account(world().snapshot(), action="ec2:DescribeRegions"))
    at = Target(CLOSED, GLOBAL)
    assert coverage.barriers[CLOSED].action == "ec2:DescribeRegions"
    assert coverage.missing(model.Vpc, at) == refused_at(at, "ec2:DescribeRegions")
    assert coverage.missing(model.Region, at) == refused_at(at, "ec2:DescribeRegions")


def test_regions_that_could_not_be_listed_close_no_account_whose_regions_were_named() -> None:
    refused = world()
    refused.refuse("ec2:DescribeRegions")
    coverage = coverage_of(refused.snapshot())
    assert coverage.barriers == {}
    assert coverage.missing(model.Vpc, Target(ACCOUNT, REGION)) is None


def test_what_an_earlier_run_collected_of_an_account_that_is_closed_by_now_stands() -> None:
    snapshot = with_closed_account(world().snapshot(), "us-east-1", account=ACCOUNT)
    coverage = coverage_of(snapshot)
    assert coverage.missing(model.Vpc, Target(ACCOUNT, REGION)) is None
    assert coverage.missing(model.Vpc, Target(ACCOUNT, "us-east-1")) == refused_at(Target(ACCOUNT, "us-east-1"))


# --- One account answers for the organization


def organization(answers: dict[str, Answer]) -> Snapshot:
    made = world()
    for account in answers:
        made.audit(account)
    snapshot = made.snapshot()
    accounts = {
        account: msgspec.structs.replace(snapshot.accounts[account], answers={ELSEWHERE: answer})
        for account, answer in answers.items()
    }
    return Snapshot(snapshot.shards, {**snapshot.accounts, **accounts}, snapshot.manifest)


ASKED = Answer(error=CallError(kind="unavailable", code=ASKED_ELSEWHERE, message="another account was asked"))
LIST = Answer(items=[{"Id": ACCOUNT}, {"Id": MEMBER}])


def test_accounts_that_were_not_asked_since_another_was_take_nothing_from_the_organization() -> None:
    snapshot = organization({ACCOUNT: LIST, MEMBER: ASKED})
    members = Network(coverage_of(snapshot)).organization_accounts
    assert (members.items, members.whole) == ((ACCOUNT, MEMBER), True)


def test_accounts_that_were_not_asked_are_no_reason_why_the_organization_is_missing() -> None:
    snapshot = organization({ACCOUNT: Answer(error=REFUSED), MEMBER: ASKED})
    missing = Network(coverage_of(snapshot)).organization_accounts.missing
    assert missing == refused_at(Target(ACCOUNT, GLOBAL), ELSEWHERE)


def test_an_account_that_is_no_target_may_answer_for_the_organization() -> None:
    snapshot = organization({ACCOUNT: ASKED})
    caller = msgspec.structs.replace(snapshot.accounts[ACCOUNT], account_id=MEMBER, answers={ELSEWHERE: LIST})
    seen = coverage_of(Snapshot(snapshot.shards, {**snapshot.accounts, MEMBER: caller}, snapshot.manifest))
    assert MEMBER not in seen.accounts
    assert Network(seen).organization_accounts.items == (ACCOUNT, MEMBER)


def test_an_account_that_was_not_asked_since_another_was_is_no_failure() -> None:
    failures = coverage_of(organization({ACCOUNT: LIST, MEMBER: ASKED})).failures_in(Target(MEMBER, GLOBAL))
    assert list(failures) == []
