import itertools

import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.mesh_too_large import peering_mesh_too_large
from tests.checks.peering.peered_in_moto import connect
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

PEERINGS = "ec2:DescribeVpcPeeringConnections"


def star(vpcs: int) -> World:
    world = World()
    hub = world.vpc("vpc-hub", "172.16.0.0/16", name="hub")
    for number in range(1, vpcs):
        world.peering(f"pcx-{number}", hub, world.vpc(f"vpc-{number:02d}", f"10.{number}.0.0/16"))
    return world


def chain(vpcs: int) -> World:
    world = World()
    made = [world.vpc(f"vpc-{number:02d}", f"10.{number}.0.0/16") for number in range(vpcs)]
    for number, (one, other) in enumerate(itertools.pairwise(made)):
        world.peering(f"pcx-{number}", one, other)
    return world


def test_eleven_vpcs_around_a_hub_are_too_many() -> None:
    world = star(11)
    (fault,) = judged(world, peering_mesh_too_large)
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpc-hub", "")
    assert fault.message == (
        "11 VPCs hang together by 10 active peering connections, where all pairs would need 55; vpc-hub (hub) alone "
        "has 10 peers; consider a transit gateway or Cloud WAN"
    )
    assert fault.evidence == {
        "vpcs": [*(f"vpc-{number:02d}" for number in range(1, 11)), "vpc-hub"],
        "connections": 10,
        "connections_of_all_pairs": 55,
        "peers": 10,
        "served_well": 10,
    }
    assert judged_on_reads(world, peering_mesh_too_large) == judged(world, peering_mesh_too_large)


def test_ten_vpcs_pass_once() -> None:
    findings = judged(star(10), peering_mesh_too_large)
    assert passes(findings) == findings
    assert [finding.resource.id for finding in findings] == ["vpc-hub"]


def test_a_chain_hangs_together_too() -> None:
    (fault,) = faults(judged(chain(11), peering_mesh_too_large))
    assert (fault.resource.id, fault.evidence["peers"]) == ("vpc-01", 2)


def test_two_meshes_are_judged_apart() -> None:
    world = chain(6)
    hub = world.vpc("vpc-x", "172.20.0.0/16")
    for number in range(5):
        world.peering(f"pcx-x{number}", hub, world.vpc(f"vpc-x{number}", f"172.2{number + 1}.0.0/16"))
    findings = judged(world, peering_mesh_too_large)
    assert [finding.resource.id for finding in passes(findings)] == ["vpc-01", "vpc-x"]
    assert passes(findings) == findings


def test_the_seven_vpcs_of_aws_full_mesh_are_served_well() -> None:
    assert faults(judged(golden_world("G08"), peering_mesh_too_large)) == []


def test_two_connections_between_the_same_vpcs_are_one_pair() -> None:
    world = chain(11)
    world.peering("pcx-again", world.vpcs["vpc-00"], world.vpcs["vpc-01"])
    (fault,) = faults(judged(world, peering_mesh_too_large))
    assert fault.evidence["connections"] == 10


def test_connections_that_are_not_active_hold_nothing_together() -> None:
    world = World()
    hub = world.vpc("vpc-hub", "172.16.0.0/16")
    for number in range(12):
        spoke = world.vpc(f"vpc-{number}", f"10.{number}.0.0/16")
        world.peering(f"pcx-{number}", hub, spoke, status="pending-acceptance")
    assert judged(world, peering_mesh_too_large) == []


def test_unaudited_peers_count_and_the_finding_is_of_an_audited_vpc() -> None:
    world = World()
    hub = world.vpc("vpc-hub", "172.16.0.0/16")
    for number in range(10):
        foreign = world.foreign_vpc(f"vpc-{number}", f"10.{number}.0.0/16", account=OTHER_ACCOUNT)
        world.peering(f"pcx-{number}", hub, foreign)
    (fault,) = judged(world, peering_mesh_too_large)
    assert (fault.status.value, fault.resource.id) == ("fail", "vpc-hub")


def test_an_unaudited_peers_own_connections_are_not_ours_to_count() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16")
    world.peering("pcx-1", a, world.foreign_vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT))
    findings = judged(world, peering_mesh_too_large)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_refused_connections_leave_unknown_how_many_there_are() -> None:
    world = World()
    world.peering(
        "pcx-1", world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
    )
    world.refuse(PEERINGS, account=OTHER_ACCOUNT)
    (finding,) = unknowns(judged(world, peering_mesh_too_large))
    assert finding.message == "how many VPCs hang together with vpc-a was not all seen; it is 2 or more"


@pytest.mark.parametrize("action", [PEERINGS, "ec2:DescribeVpcs"])
def test_connections_that_were_not_shown_may_lead_to_an_unaudited_peer(action: str) -> None:
    world = World()
    hub = world.foreign_vpc("vpc-hub", "10.0.0.0/16", account=OTHER_ACCOUNT)
    for number, region in enumerate([REGION, "us-east-1"]):
        world.peering(f"pcx-{number}", world.vpc(f"vpc-{9 - number}", f"10.{number + 1}.0.0/16", region=region), hub)
    assert [finding.resource.id for finding in passes(judged(world, peering_mesh_too_large))] == ["vpc-8"]
    for refused in {PEERINGS, action}:
        world.refuse(refused, region="us-east-1")
    findings = judged(world, peering_mesh_too_large)
    assert passes(findings) == []
    assert "how many VPCs hang together with vpc-9 was not all seen; it is 2 or more" in {
        finding.message for finding in unknowns(findings)
    }


def test_what_was_seen_is_enough_where_it_is_too_many() -> None:
    world = star(11)
    world.vpc("vpc-z", "192.168.0.0/16", account=OTHER_ACCOUNT)
    world.peering("pcx-z", world.vpcs["vpc-z"], world.vpcs["vpc-hub"])
    world.refuse(PEERINGS, account=OTHER_ACCOUNT)
    findings = judged(world, peering_mesh_too_large)
    assert [finding.status.value for finding in findings] == ["fail"]


def test_a_vpc_without_a_connection_is_no_question() -> None:
    world = World()
    world.vpc("vpc-a", "172.16.0.0/16")
    assert judged(world, peering_mesh_too_large) == []


def test_a_shared_vpc_is_its_owners_to_judge() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", account=OTHER_ACCOUNT)
    world.share(world.subnet("subnet-a", a, "172.16.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER_ACCOUNT, asked=False)
    assert judged(world, peering_mesh_too_large) == []


def test_a_vpc_whose_connections_were_refused_is_unknown() -> None:
    world = World()
    world.vpc("vpc-a", "172.16.0.0/16")
    world.refuse(PEERINGS)
    assert len(unknowns(judged(world, peering_mesh_too_large))) == 1


@mock_aws
def test_a_large_star_is_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    hub, *spokes = (ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in range(11))
    for spoke in spokes:
        connect(ec2, hub, spoke)
    (fault,) = faults(judged(collected(), peering_mesh_too_large))
    assert (fault.resource.id, fault.evidence["connections"]) == (hub, 10)
