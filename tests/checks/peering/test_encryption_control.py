from typing import Any

import pytest

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.encryption_control import peering_encryption_control
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, World

ELSEWHERE = "us-east-1"


def control(vpc: str, mode: str = "enforce", *, excluded: str = "disabled", state: str = "available") -> dict[str, Any]:
    return {
        "VpcId": vpc,
        "VpcEncryptionControlId": f"vpcec-{vpc}",
        "Mode": mode,
        "State": state,
        "ResourceExclusions": {"VpcPeering": {"State": excluded}},
    }


def controlled(world: World, *controls: dict[str, Any]) -> World:
    for each in controls:
        world.change("ec2:DescribeVpcs", each["VpcId"], EncryptionControl=each)
    return world


def test_two_vpcs_that_enforce_encryption_pass() -> None:
    findings = judged(controlled(two_vpcs(), control("vpc-a"), control("vpc-b")), peering_encryption_control)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_an_exclusion_of_peering_is_a_fault_of_the_vpc_that_has_it() -> None:
    world = controlled(two_vpcs(b_account=OTHER_ACCOUNT), control("vpc-a"), control("vpc-b", excluded="enabled"))
    (fault,) = faults(judged(world, peering_encryption_control))
    assert (fault.severity, fault.key, fault.account) == (Severity.MEDIUM, "vpc-b", OTHER_ACCOUNT)
    assert fault.message == (
        "vpc-b (back) enforces encryption in transit, but traffic over pcx-1 (front-to-back) to vpc-a (front) is not "
        "held to it: it excludes peering"
    )
    assert fault.evidence["vpc-b"] == {
        "seen": True,
        "region": REGION,
        "mode": "enforce",
        "state": "available",
        "excludes_peering": True,
    }
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:ModifyVpcEncryptionControl", Target(OTHER_ACCOUNT, REGION))
    assert step.parameters == {"VpcEncryptionControlId": "vpcec-vpc-b", "VpcPeeringExclusion": "disable"}
    assert judged_on_reads(world, peering_encryption_control) == judged(world, peering_encryption_control)


def test_the_fault_is_gone_once_the_remedy_is_carried_out() -> None:
    world = controlled(two_vpcs(), control("vpc-a"), control("vpc-b", excluded="enabled"))
    assert len(faults(judged(world, peering_encryption_control))) == 1
    controlled(world, control("vpc-b", excluded="disabled"))
    assert faults(judged(world, peering_encryption_control)) == []


def test_two_exclusions_are_two_faults() -> None:
    world = controlled(two_vpcs(), control("vpc-a", excluded="enabled"), control("vpc-b", excluded="enabled"))
    assert [fault.key for fault in faults(judged(world, peering_encryption_control))] == ["vpc-a", "vpc-b"]


@pytest.mark.parametrize("other", [None, "monitor"])
def test_encryption_on_one_side_only_is_one_fault_of_that_side(other: str | None) -> None:
    world = controlled(two_vpcs(), control("vpc-a", excluded="enabled"))
    if other:
        controlled(world, control("vpc-b", other))
    (fault,) = faults(judged(world, peering_encryption_control))
    assert fault.key == "vpc-a"
    assert fault.message.endswith("it excludes peering and vpc-b (back) does not enforce it")
    assert fault.remedy == ()


def test_one_side_that_enforces_without_an_exclusion_is_a_fault_too() -> None:
    (fault,) = faults(judged(controlled(two_vpcs(), control("vpc-a")), peering_encryption_control))
    assert fault.message.endswith("is not held to it: vpc-b (back) does not enforce it")


def test_between_regions_no_step_is_given_for_aws_asks_for_the_exclusion() -> None:
    world = two_vpcs(b_region=ELSEWHERE)
    controlled(world, control("vpc-a", excluded="enabled"), control("vpc-b", excluded="enabled"))
    assert [fault.remedy for fault in faults(judged(world, peering_encryption_control))] == [(), ()]


def test_a_control_without_an_id_gives_no_step() -> None:
    nameless = {key: value for key, value in control("vpc-b", excluded="enabled").items() if "Id" not in key}
    world = controlled(two_vpcs(), control("vpc-a"))
    world.change("ec2:DescribeVpcs", "vpc-b", EncryptionControl=nameless)
    (fault,) = faults(judged(world, peering_encryption_control))
    assert fault.remedy == ()


def test_vpcs_without_an_encryption_control_are_no_question() -> None:
    assert judged(two_vpcs(), peering_encryption_control) == []


@pytest.mark.parametrize(
    ("mode", "state"), [("monitor", "available"), ("enforce", "enforce-in-progress"), ("enforce", "deleted")]
)
def test_a_control_that_does_not_enforce_now_is_no_question(mode: str, state: str) -> None:
    world = controlled(two_vpcs(), control("vpc-a", mode, state=state, excluded="enabled"))
    assert judged(world, peering_encryption_control) == []


def test_a_vpc_that_was_not_seen_may_enforce_what_the_other_does_not() -> None:
    (finding,) = judged(half_seen(), peering_encryption_control)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")
    assert finding.message == ("whether vpc-b enforces encryption over pcx-1, as vpc-a (front) does not, was not seen")


def test_a_vpc_that_was_not_seen_may_not_enforce_what_the_other_does() -> None:
    (finding,) = judged(controlled(half_seen(), control("vpc-a")), peering_encryption_control)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")
    assert "as vpc-a (front) does, was not seen" in finding.message


def test_an_exclusion_is_a_fault_whatever_the_other_side_does() -> None:
    findings = judged(controlled(half_seen(), control("vpc-a", excluded="enabled")), peering_encryption_control)
    assert [(each.status.value, each.key) for each in findings] == [("fail", "vpc-a"), ("unknown", "vpc-b")]


def test_refused_vpcs_leave_both_sides_unknown() -> None:
    world = controlled(two_vpcs(), control("vpc-a"))
    world.refuse("ec2:DescribeVpcs")
    assert [finding.key for finding in unknowns(judged(world, peering_encryption_control))] == ["vpc-a", "vpc-b"]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    world = controlled(two_vpcs(status), control("vpc-a", excluded="enabled"))
    assert judged(world, peering_encryption_control) == []


def test_which_side_asked_changes_nothing() -> None:
    found = []
    for incoming in (False, True):
        world = World()
        a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", account=ACCOUNT)
        world.peering("pcx-1", *((b, a) if incoming else (a, b)))
        controlled(world, control("vpc-a"))
        found.append([(each.id, each.message) for each in judged(world, peering_encryption_control)])
    assert found[0] == found[1]
