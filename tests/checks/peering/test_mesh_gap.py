import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.mesh_gap import peering_mesh_gap
from tests.checks.peering.peered_in_moto import connect
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

VPCS = "ec2:DescribeVpcs"
PEERINGS = "ec2:DescribeVpcPeeringConnections"
ATTACHMENTS = "ec2:DescribeTransitGatewayVpcAttachments"


def star(spokes: int = 2, *, last_account: str = ACCOUNT, audited: bool = True) -> World:
    """``vpc-h`` is peered with ``vpc-1``, ``vpc-2`` and so on; the last one is of ``last_account``."""
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16", name="hub")
    for number in range(1, spokes + 1):
        block = f"10.{number}.0.0/16"
        if number < spokes:
            spoke = world.vpc(f"vpc-{number}", block)
        elif audited:
            spoke = world.vpc(f"vpc-{number}", block, account=last_account)
        else:
            spoke = world.foreign_vpc(f"vpc-{number}", block, account=last_account)
        world.peering(f"pcx-{number}", h, spoke)
    return world


def test_two_spokes_of_a_hub_cannot_communicate() -> None:
    world = star()
    (fault,) = faults(judged(world, peering_mesh_gap))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpc-1", "vpc-2")
    assert fault.message == (
        "vpc-1 and vpc-2 are both peered with vpc-h (hub) and not with each other, so they cannot communicate: peering "
        "is not transitive"
    )
    assert fault.evidence == {
        "ends": [
            {"vpc": "vpc-1", "account": ACCOUNT, "region": REGION},
            {"vpc": "vpc-2", "account": ACCOUNT, "region": REGION},
        ],
        "hubs": ["vpc-h"],
    }
    assert fault.related == ("vpc-2", "vpc-h")
    assert judged_on_reads(world, peering_mesh_gap) == judged(world, peering_mesh_gap)


def test_each_pair_of_spokes_is_one_finding() -> None:
    found = faults(judged(star(4), peering_mesh_gap))
    assert [(fault.resource.id, fault.key) for fault in found] == [
        ("vpc-1", "vpc-2"),
        ("vpc-1", "vpc-3"),
        ("vpc-1", "vpc-4"),
        ("vpc-2", "vpc-3"),
        ("vpc-2", "vpc-4"),
        ("vpc-3", "vpc-4"),
    ]


def test_a_pair_with_two_hubs_is_one_finding_that_names_both() -> None:
    world = star()
    other = world.vpc("vpc-g", "172.17.0.0/16")
    world.peering("pcx-g1", other, world.vpcs["vpc-1"])
    world.peering("pcx-g2", other, world.vpcs["vpc-2"])
    (fault, *_) = [each for each in faults(judged(world, peering_mesh_gap)) if each.resource.id == "vpc-1"]
    assert fault.evidence["hubs"] == ["vpc-g", "vpc-h"]


def test_a_connection_between_the_two_closes_the_gap() -> None:
    world = star()
    world.peering("pcx-12", world.vpcs["vpc-1"], world.vpcs["vpc-2"])
    findings = judged(world, peering_mesh_gap)
    assert passes(findings) == findings
    assert len(findings) == 3


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_closes_nothing(status: str) -> None:
    world = star()
    world.peering("pcx-12", world.vpcs["vpc-1"], world.vpcs["vpc-2"], status=status)
    assert len(faults(judged(world, peering_mesh_gap))) == 1


def test_a_transit_gateway_in_common_closes_the_gap() -> None:
    world = star()
    for spoke in ("vpc-1", "vpc-2"):
        world.transit_gateway_attachment("tgw-1", world.vpcs[spoke])
    assert faults(judged(world, peering_mesh_gap)) == []


def test_a_core_network_in_common_closes_the_gap() -> None:
    world = star()
    for spoke in ("vpc-1", "vpc-2"):
        core = "arn:aws:networkmanager::111111111111:core-network/core-network-1"
        world.main_routes(world.vpcs[spoke], {"10.0.0.0/8": core})
    assert faults(judged(world, peering_mesh_gap)) == []
    assert faults(judged_on_reads(world, peering_mesh_gap)) == []


def test_transit_gateways_of_their_own_close_nothing() -> None:
    world = star()
    for number in (1, 2):
        world.transit_gateway_attachment(f"tgw-{number}", world.vpcs[f"vpc-{number}"])
    assert len(faults(judged(world, peering_mesh_gap))) == 1


def test_spokes_that_overlap_are_left_to_the_rule_on_overlapping_peers() -> None:
    assert faults(judged(golden_world("G09"), peering_mesh_gap)) == []


def test_a_spoke_that_was_not_audited_cannot_be_reached_where_the_other_has_no_transit_gateway() -> None:
    (fault,) = faults(judged(star(audited=False, last_account=OTHER_ACCOUNT), peering_mesh_gap))
    assert (fault.resource.id, fault.key) == ("vpc-1", "vpc-2")


def test_a_spoke_that_was_not_audited_may_share_a_transit_gateway() -> None:
    world = star(audited=False, last_account=OTHER_ACCOUNT)
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-1"])
    (finding,) = unknowns(judged(world, peering_mesh_gap))
    assert (finding.resource.id, finding.key) == ("vpc-1", "vpc-2")
    assert finding.message == (
        "vpc-1 and vpc-2 are both peered with vpc-h (hub); whether anything else joins them was not all seen"
    )


def test_two_spokes_that_were_not_audited_are_not_ours_to_tell_of() -> None:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16")
    for number in (1, 2):
        foreign = world.foreign_vpc(f"vpc-{number}", f"10.{number}.0.0/16", account=OTHER_ACCOUNT)
        world.peering(f"pcx-{number}", h, foreign)
    findings = judged(world, peering_mesh_gap)
    assert passes(findings) == findings != []


def test_refused_attachments_leave_it_unknown() -> None:
    world = star()
    world.refuse(ATTACHMENTS)
    assert [finding.key for finding in unknowns(judged(world, peering_mesh_gap))] == ["vpc-2"]


def test_one_sides_connections_are_enough() -> None:
    world = star(last_account=OTHER_ACCOUNT)
    world.refuse(PEERINGS, account=OTHER_ACCOUNT)
    assert len(faults(judged(world, peering_mesh_gap))) == 1


def test_the_connections_of_neither_side_leave_it_unknown() -> None:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16", account=OTHER_ACCOUNT)
    for number in (1, 2):
        world.peering(f"pcx-{number}", h, world.vpc(f"vpc-{number}", f"10.{number}.0.0/16"))
    world.refuse(PEERINGS, account=ACCOUNT)
    findings = unknowns(judged(world, peering_mesh_gap))
    assert [(each.resource.id, each.key) for each in findings if each.key] == [("vpc-1", "vpc-2")]


def test_refused_vpcs_are_unknown() -> None:
    world = star()
    world.refuse(VPCS)
    assert [finding.resource.type for finding in unknowns(judged(world, peering_mesh_gap))] == ["target"]


def test_a_hub_that_does_not_show_its_connections_leaves_its_spokes_unknown() -> None:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16", name="hub", account=OTHER_ACCOUNT)
    world.peering("pcx-1", h, world.vpc("vpc-1", "10.1.0.0/16"))
    world.peering("pcx-2", h, world.foreign_vpc("vpc-2", "10.2.0.0/16", account="333333333333"))
    assert [fault.key for fault in faults(judged(world, peering_mesh_gap))] == ["vpc-2"]
    world.refuse(PEERINGS, account=OTHER_ACCOUNT)
    findings = judged(world, peering_mesh_gap)
    assert [(each.resource.id, each.key) for each in unknowns(findings)] == [("vpc-1", ""), ("vpc-h", "")]
    assert findings[0].message == "the connections of vpc-1 and of its peers were not all seen"
    assert passes(findings) == faults(findings) == []


def test_a_spoke_that_does_not_show_its_connections_with_a_hub_of_others_leaves_its_siblings_unknown() -> None:
    world = World()
    h = world.foreign_vpc("vpc-h", "172.16.0.0/16", account="333333333333")
    for number, account in ((1, ACCOUNT), (2, OTHER_ACCOUNT)):
        world.peering(f"pcx-{number}", h, world.vpc(f"vpc-{number}", f"10.{number}.0.0/16", account=account))
    assert [(fault.resource.id, fault.key) for fault in faults(judged(world, peering_mesh_gap))] == [("vpc-1", "vpc-2")]
    world.refuse(PEERINGS, account=OTHER_ACCOUNT)
    findings = judged(world, peering_mesh_gap)
    assert [(each.resource.id, each.key) for each in findings] == [("vpc-1", ""), ("vpc-2", "")]
    assert unknowns(findings) == findings


def test_a_gap_does_not_move_to_the_other_end_where_vpcs_were_refused() -> None:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16", account=OTHER_ACCOUNT)
    for number, account in ((1, ACCOUNT), (2, OTHER_ACCOUNT)):
        world.peering(f"pcx-{number}", h, world.vpc(f"vpc-{number}", f"10.{number}.0.0/16", account=account))
    assert [fault.resource.id for fault in faults(judged(world, peering_mesh_gap))] == ["vpc-1"]
    world.refuse(VPCS, account=ACCOUNT)
    findings = judged(world, peering_mesh_gap)
    assert faults(findings) == []
    assert [finding.resource.id for finding in unknowns(findings)] == [f"{ACCOUNT}/{REGION}"]


def test_a_shared_vpc_is_its_owners_to_judge() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", account=OTHER_ACCOUNT)
    world.share(world.subnet("subnet-a", a, "172.16.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER_ACCOUNT, asked=False)
    assert judged(world, peering_mesh_gap) == []


def test_the_rule_is_off_until_it_is_asked_for() -> None:
    assert not peering_mesh_gap.enabled


@mock_aws
def test_a_gap_is_found_in_moto_and_a_connection_closes_it() -> None:
    ec2 = boto3.client("ec2", REGION)
    blocks = ("172.16.0.0/16", "10.1.0.0/16", "10.2.0.0/16")
    h, b, c = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in blocks)
    connect(ec2, h, b)
    connect(ec2, h, c)
    (fault,) = faults(judged(collected(), peering_mesh_gap))
    assert (fault.resource.id, fault.key) == tuple(sorted((b, c)))
    connect(ec2, b, c)
    assert faults(judged(collected(), peering_mesh_gap)) == []
