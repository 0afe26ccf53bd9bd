from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.world_over_http import AWAY, HOME, NETWORK, PROD
from tests.company_plans import (
    CLOSED,
    EXPIRED,
    LIST_ACCOUNTS,
    WAYS,
    drawn_company,
    undisturbed_company,
    wrong_company,
)
from tests.fault_plans import ASSUME_ROLE, INCOMPLETE, NO_RUN, FaultPlan, Trial, World, try_plan
from tests.moto_over_http import Fault, Only, Refusal
from tests.rounds import ROUNDS

pytestmark = pytest.mark.xdist_group("company")

PLANS, AT_A_TIME = 2 * ROUNDS, 4
"""``make soak`` tries as many more as there is time for."""

DENIED = Refusal("AccessDenied", "User is not authorized to perform: sts:AssumeRole")


@pytest.fixture(scope="module")
def whole_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with undisturbed_company(tmp_path_factory.mktemp("company")) as made:
        yield made


@pytest.fixture
def company(whole_company: World) -> Iterator[World]:
    whole_company.place.aws.forget()
    yield whole_company
    whole_company.place.aws.forget()


def tried(
    company: World, folder: Path, faults: dict[str, Fault | Only], *, through: tuple[str, ...] = WAYS[0]
) -> Trial:
    """A plan of one's own, which holds all that the random ones have to."""
    plan = FaultPlan(0, ("network",), (), ("peering-unused",), faults, 1, 1, False, through)
    trial = try_plan(company, plan, folder)
    assert wrong_company(company, trial) == []
    return trial


@pytest.mark.parametrize("first", range(0, PLANS, AT_A_TIME))
def test_whatever_fails_on_the_way_into_accounts_nothing_is_lost_and_nothing_is_made_up(
    company: World, tmp_path: Path, first: int
) -> None:
    seeds = range(first, first + AT_A_TIME)
    found = {
        seed: wrong_company(company, try_plan(company, drawn_company(seed), tmp_path / str(seed))) for seed in seeds
    }
    assert {seed: lines for seed, lines in found.items() if lines} == {}


def test_the_plans_meet_what_they_are_to_meet() -> None:
    plans = [drawn_company(seed) for seed in range(100)]
    met = {place.partition("@")[0] for plan in plans for place in plan.faults}
    assert {ASSUME_ROLE, LIST_ACCOUNTS, "sts:GetCallerIdentity", "ec2:DescribeRegions"} <= met
    assert {plan.through for plan in plans} == set(WAYS)
    assert any(EXPIRED in plan.faults.values() for plan in plans)
    assert any(fault.after for plan in plans for fault in plan.faults.values() if isinstance(fault, Only))
    assert drawn_company(7) == drawn_company(7) != drawn_company(8)


def test_an_undisturbed_company_is_complete_and_names_the_member_that_is_left_out(
    company: World, tmp_path: Path
) -> None:
    trial = tried(company, tmp_path / "snapshot", {})
    assert (trial.hits, trial.ran.code) == ([], 0)
    assert f"{CLOSED} (SUSPENDED)" in trial.ran.err


def test_a_role_that_nobody_may_assume_costs_its_account_alone(company: World, tmp_path: Path) -> None:
    trial = tried(company, tmp_path / "snapshot", {ASSUME_ROLE: DENIED})
    assert trial.ran.code == INCOMPLETE
    assert trial.snapshot is not None
    assert {target.account for target in trial.snapshot.shards} == {NETWORK}


def test_a_session_that_cannot_be_renewed_half_way_costs_what_was_left(company: World, tmp_path: Path) -> None:
    trial = tried(company, tmp_path / "snapshot", {ASSUME_ROLE: Only(DENIED, after=2)})
    assert trial.ran.code == INCOMPLETE
    assert trial.snapshot is not None
    lost = {
        str(shard.target)
        for shard in trial.snapshot.shards.values()
        if any(answer.error and answer.error.code == "AccessDenied" for answer in shard.answers.values())
    }
    assert lost
    assert lost < {f"{PROD}/{HOME}", f"{PROD}/{AWAY}"}


def test_an_organization_that_cannot_be_listed_is_no_run(company: World, tmp_path: Path) -> None:
    refusal = Refusal("AccessDeniedException", "You don't have permissions to access this resource.", 400)
    trial = tried(company, tmp_path / "snapshot", {LIST_ACCOUNTS: refusal})
    assert (trial.ran.code, trial.snapshot) == (NO_RUN, None)
    assert "the accounts of the organization" in trial.ran.err


def test_what_is_not_named_in_the_coverage_is_found(company: World, tmp_path: Path) -> None:
    trial = tried(company, tmp_path / "snapshot", {f"ec2:DescribeVpcs@{PROD}/{HOME}": EXPIRED})
    hidden = trial.ran.out.replace("ec2:DescribeVpcs", "ec2:DescribeSubnets")
    lines = wrong_company(company, replace(trial, ran=replace(trial.ran, out=hidden)))
    assert [line for line in lines if "and the coverage does not name it" in line]
