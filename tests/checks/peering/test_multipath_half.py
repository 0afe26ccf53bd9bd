from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.multipath_half import peering_multipath_half
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, NewValue, World

PEERINGS = "ec2:DescribeVpcPeeringConnections"
ENDS = {"RequesterVpcInfo": ("vpc-a", ACCOUNT), "AccepterVpcInfo": ("vpc-b", OTHER_ACCOUNT)}


def side(role: str, allows: bool | None, *, region: str = REGION) -> dict[str, Any]:
    vpc, owner = ENDS[role]
    options = {} if allows is None else {"AllowMultipathResilience": allows}
    return {"VpcId": vpc, "OwnerId": owner, "Region": region, "PeeringOptions": options}


def resilient(status: str, a_allows: bool | None, b_allows: bool | None) -> World:
    """Each side shows its own option alone."""
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.change(PEERINGS, "pcx-1", MultipathResilienceStatus=status)
    world.change(PEERINGS, "pcx-1", account=ACCOUNT, RequesterVpcInfo=side("RequesterVpcInfo", a_allows))
    world.change(PEERINGS, "pcx-1", account=OTHER_ACCOUNT, AccepterVpcInfo=side("AccepterVpcInfo", b_allows))
    return world


def test_one_side_that_waits_for_the_other_is_told_of_at_the_other() -> None:
    world = resilient("pending", True, False)
    (fault,) = faults(judged(world, peering_multipath_half))
    assert (fault.severity, fault.key, fault.account) == (Severity.INFO, "", OTHER_ACCOUNT)
    assert fault.message == (
        "vpc-a (front) allows multipath resilience for pcx-1 (front-to-back) and vpc-b (back) does not; let account "
        "222222222222 allow it in eu-west-1, or take it back on the other side"
    )
    assert fault.evidence == {
        "status": "pending",
        "allows": {"vpc-a": True, "vpc-b": False},
        "mode": {"vpc-a": None, "vpc-b": None},
    }
    assert fault.related == ("vpc-a", "vpc-b")
    assert judged_on_reads(world, peering_multipath_half) == judged(world, peering_multipath_half)


@pytest.mark.parametrize(
    ("a_allows", "b_allows", "acts"),
    [(False, True, ACCOUNT), (None, True, ACCOUNT), (None, False, OTHER_ACCOUNT), (True, None, OTHER_ACCOUNT)],
)
def test_one_sides_option_tells_the_others(a_allows: bool | None, b_allows: bool | None, acts: str) -> None:
    (fault,) = faults(judged(resilient("pending", a_allows, b_allows), peering_multipath_half))
    assert fault.account == acts


def test_without_any_option_it_is_not_said_which_side_waits() -> None:
    (fault,) = faults(judged(resilient("pending", None, None), peering_multipath_half))
    assert fault.message.endswith("and the other does not; which was not seen")
    assert fault.account == ACCOUNT


def test_the_mode_is_evidence() -> None:
    world = resilient("pending", True, False)
    allowed = side("RequesterVpcInfo", True)
    allowed["PeeringOptions"]["MultipathResilienceMode"] = "always-on"
    world.change(PEERINGS, "pcx-1", account=ACCOUNT, RequesterVpcInfo=allowed)
    (fault,) = faults(judged(world, peering_multipath_half))
    assert fault.evidence["mode"] == {"vpc-a": "always-on", "vpc-b": None}


@pytest.mark.parametrize(("status", "allows"), [("enabled", True), ("disabled", False)])
def test_two_sides_that_agree_pass(status: str, allows: bool) -> None:
    findings = judged(resilient(status, allows, allows), peering_multipath_half)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_a_status_that_is_not_known_is_unknown() -> None:
    world = two_vpcs()
    world.change(PEERINGS, "pcx-1", MultipathResilienceStatus=NewValue("degraded"))
    (finding,) = unknowns(judged(world, peering_multipath_half))
    assert finding.message == (
        "the multipath resilience of pcx-1 (front-to-back) has the status degraded, which this version does not know"
    )


def test_a_status_that_aws_leaves_out_is_no_question() -> None:
    assert judged(two_vpcs(), peering_multipath_half) == []


def test_the_near_sides_answer_is_enough() -> None:
    world = half_seen()
    world.change(
        PEERINGS, "pcx-1", MultipathResilienceStatus="pending", RequesterVpcInfo=side("RequesterVpcInfo", True)
    )
    (fault,) = faults(judged(world, peering_multipath_half))
    assert "vpc-b does not" in fault.message


def test_a_connection_that_is_not_active_is_no_question() -> None:
    world = two_vpcs("pending-acceptance")
    world.change(PEERINGS, "pcx-1", MultipathResilienceStatus="pending")
    assert judged(world, peering_multipath_half) == []


@mock_aws
def test_connections_without_a_status_are_no_question_in_moto() -> None:
    peered()
    assert judged(collected(), peering_multipath_half) == []
