from moto import mock_aws

from auditor.findings import Severity
from checks.peering.duplicate import peering_duplicate
from tests.checks.peering.peered_in_moto import connect, peered
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import COLLECTED_AT


def test_two_active_connections_between_the_same_vpcs_are_told_of_once() -> None:
    world = two_vpcs()
    world.peering("pcx-2", world.vpcs["vpc-b"], world.vpcs["vpc-a"])
    findings = judged(world, peering_duplicate)
    (fault,) = findings
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.HIGH, "pcx-1", "pcx-2")
    assert fault.message == (
        "pcx-1 (front-to-back) and pcx-2 are both active between vpc-a (front) and vpc-b (back); AWS allows one at a "
        "time, so the sides were seen at different times: collect again"
    )
    assert fault.evidence == {
        "connections": ["pcx-1", "pcx-2"],
        "collected_at": {"111111111111/eu-west-1": COLLECTED_AT},
    }
    assert fault.related == ("pcx-2", "vpc-a", "vpc-b")
    assert judged_on_reads(world, peering_duplicate) == findings


def test_three_are_two_findings_of_the_first() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    for name in ("pcx-2", "pcx-3"):
        world.peering(name, world.vpcs["vpc-a"], world.vpcs["vpc-b"])
    assert [(fault.resource.id, fault.key) for fault in faults(judged(world, peering_duplicate))] == [
        ("pcx-1", "pcx-2"),
        ("pcx-1", "pcx-3"),
    ]


def test_one_connection_that_both_accounts_show_passes() -> None:
    findings = judged(two_vpcs(b_account=OTHER_ACCOUNT), peering_duplicate)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_connections_to_different_vpcs_pass() -> None:
    world = two_vpcs()
    world.peering("pcx-2", world.vpcs["vpc-a"], world.vpc("vpc-c", "192.168.0.0/16"))
    assert len(passes(judged(world, peering_duplicate))) == 2


def test_a_former_connection_is_no_second_one() -> None:
    world = two_vpcs()
    for number, status in enumerate(("deleted", "pending-acceptance", "failed")):
        world.peering(f"pcx-{number + 2}", world.vpcs["vpc-a"], world.vpcs["vpc-b"], status=status)
    findings = judged(world, peering_duplicate)
    assert [finding.resource.id for finding in findings] == [finding.resource.id for finding in passes(findings)]
    assert [finding.resource.id for finding in findings] == ["pcx-1"]


def test_refused_connections_are_unknown() -> None:
    world = two_vpcs()
    world.refuse("ec2:DescribeVpcPeeringConnections")
    assert len(unknowns(judged(world, peering_duplicate))) == 1


@mock_aws
def test_a_second_connection_is_found_in_moto() -> None:
    moto = peered()
    first, second = sorted([moto.peering, connect(moto.ec2, moto.b, moto.a)])
    (fault,) = faults(judged(collected(), peering_duplicate))
    assert (fault.resource.id, fault.key) == (first, second)
