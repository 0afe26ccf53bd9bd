import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.dns_resolution_off import peering_dns_resolution_off
from tests.carrying_out import HERE, cured, ec2_at
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ELSEWHERE = "us-east-1"


def switched(
    a_allows: bool,
    b_allows: bool,
    *,
    b_block: str = B_BLOCK,
    b_account: str = ACCOUNT,
    b_region: str = REGION,
    b_hostnames: bool = True,
    b_support: bool = True,
) -> World:
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front")
    b = world.vpc(
        "vpc-b",
        b_block,
        name="back",
        account=b_account,
        region=b_region,
        dns_hostnames=b_hostnames,
        dns_support=b_support,
    )
    world.peering("pcx-1", a, b, dns=(a_allows, b_allows), name="front-to-back")
    return world


def test_a_side_whose_names_the_other_resolves_to_public_addresses_is_a_fault() -> None:
    (fault,) = faults(judged(switched(True, False, b_account=OTHER_ACCOUNT), peering_dns_resolution_off))
    assert (fault.severity, fault.key) == (Severity.LOW, "vpc-b")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "vpc-a (front) resolves the public names of vpc-b (back) to public addresses; let account 222222222222 allow "
        "DNS resolution for pcx-1 (front-to-back) in eu-west-1"
    )
    assert fault.evidence["allows_resolution"] == {"vpc-a": True, "vpc-b": False}
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:ModifyVpcPeeringConnectionOptions", Target(OTHER_ACCOUNT, REGION))
    assert step.parameters == {
        "VpcPeeringConnectionId": "pcx-1",
        "AccepterPeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True},
    }


def test_each_side_is_a_fault_of_its_own() -> None:
    found = faults(judged(switched(False, False), peering_dns_resolution_off))
    assert [fault.key for fault in found] == ["vpc-a", "vpc-b"]
    assert [next(name for name in fault.remedy[0].parameters if "Options" in name) for fault in found] == [
        "RequesterPeeringConnectionOptions",
        "AccepterPeeringConnectionOptions",
    ]


def test_between_regions_it_is_medium_and_the_owner_acts_in_the_sides_region() -> None:
    (fault,) = faults(judged(switched(True, False, b_region=ELSEWHERE), peering_dns_resolution_off))
    assert (fault.severity, fault.region, fault.remedy[0].at) == (
        Severity.MEDIUM,
        ELSEWHERE,
        Target(ACCOUNT, ELSEWHERE),
    )
    assert "and its private names to none, since us-east-1 is not eu-west-1" in fault.message


def test_blocks_outside_rfc_1918_make_it_medium() -> None:
    (fault,) = faults(judged(switched(True, False, b_block="100.64.0.0/16"), peering_dns_resolution_off))
    assert (fault.severity, fault.evidence["outside_rfc_1918"]) == (Severity.MEDIUM, ["100.64.0.0/16"])


def test_blocks_of_the_side_that_asks_do_not_count() -> None:
    (fault,) = faults(judged(switched(False, True, b_block="100.64.0.0/16"), peering_dns_resolution_off))
    assert (fault.key, fault.severity) == ("vpc-a", Severity.LOW)


def test_two_sides_that_allow_it_pass() -> None:
    findings = judged(switched(True, True), peering_dns_resolution_off)
    assert passes(findings) == findings
    assert len(findings) == 1


@pytest.mark.parametrize(("hostnames", "support"), [(False, True), (True, False)])
def test_a_vpc_without_public_names_is_no_fault(hostnames: bool, support: bool) -> None:
    world = switched(True, False, b_hostnames=hostnames, b_support=support)
    findings = judged(world, peering_dns_resolution_off)
    assert passes(findings) == findings != []


def test_two_vpcs_without_public_names_are_no_question() -> None:
    world = switched(False, False, b_hostnames=False)
    world.change("ec2:DescribeVpcAttribute", "vpc-a", EnableDnsHostnames={"Value": False})
    assert judged(world, peering_dns_resolution_off) == []


def test_the_switch_of_a_side_that_was_not_audited_is_unknown() -> None:
    (finding,) = judged(half_seen(), peering_dns_resolution_off)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")
    assert (
        finding.message == "whether vpc-a (front) resolves the public names of vpc-b to public addresses was not seen"
    )


def test_each_sides_own_account_tells_its_switch() -> None:
    world = switched(True, False, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcPeeringConnections", account=OTHER_ACCOUNT)
    (finding,) = [each for each in unknowns(judged(world, peering_dns_resolution_off)) if each.key]
    assert finding.key == "vpc-b"
    assert finding.missing is not None
    assert {(cause.kind.value, cause.account) for cause in finding.missing.causes} == {("refused", OTHER_ACCOUNT)}


def test_a_switch_that_aws_left_out_is_unknown() -> None:
    world = switched(True, True)
    side = {"VpcId": "vpc-b", "OwnerId": ACCOUNT, "Region": REGION}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", AccepterVpcInfo=side)
    (finding,) = judged(world, peering_dns_resolution_off)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")


def test_refused_attributes_leave_it_unknown_whether_there_are_public_names() -> None:
    world = switched(True, False)
    world.refuse("ec2:DescribeVpcAttribute")
    (finding,) = judged(world, peering_dns_resolution_off)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")


def test_one_attribute_that_is_off_is_enough_to_know_that_there_are_none() -> None:
    world = switched(True, False, b_hostnames=False)
    world.change("ec2:DescribeVpcAttribute", "vpc-b", EnableDnsSupport=ABSENT)
    findings = judged(world, peering_dns_resolution_off)
    assert passes(findings) == findings != []


def test_refused_attributes_are_not_asked_for_where_the_switch_is_on() -> None:
    world = switched(True, True)
    world.refuse("ec2:DescribeVpcAttribute")
    findings = judged(world, peering_dns_resolution_off)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_dns_resolution_off) == []


@mock_aws
def test_a_switch_that_is_off_is_found_in_moto() -> None:
    moto = peered()
    for vpc in (moto.a, moto.b):
        moto.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    moto.ec2.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=moto.peering,
        RequesterPeeringConnectionOptions={"AllowDnsResolutionFromRemoteVpc": True},
    )
    findings = [each for each in judged(collected(), peering_dns_resolution_off) if each.resource.id == moto.peering]
    (fault,) = faults(findings)
    assert fault.key == moto.b


@mock_aws
def test_each_side_switches_its_own_on_in_its_account_and_region() -> None:
    there = Target(OTHER_ACCOUNT, ELSEWHERE)
    vpcs, tables = [], []
    for at, block in ((HERE, A_BLOCK), (there, B_BLOCK)):
        vpcs.append(ec2_at(at).create_vpc(CidrBlock=block)["Vpc"]["VpcId"])
        ec2_at(at).modify_vpc_attribute(VpcId=vpcs[-1], EnableDnsHostnames={"Value": True})
        of_vpc = [{"Name": "vpc-id", "Values": [vpcs[-1]]}]
        tables.append(ec2_at(at).describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"])
    made = ec2_at(HERE).create_vpc_peering_connection(
        VpcId=vpcs[0], PeerVpcId=vpcs[1], PeerOwnerId=there.account, PeerRegion=there.region
    )
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2_at(there).accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for at, table, block in ((HERE, tables[0], B_BLOCK), (there, tables[1], A_BLOCK)):
        ec2_at(at).create_route(RouteTableId=table, DestinationCidrBlock=block, VpcPeeringConnectionId=peering)
    found = cured(peering_dns_resolution_off, HERE, there)
    assert {(fault.key, fault.account, fault.region) for fault in found} == {
        (vpcs[0], HERE.account, HERE.region),
        (vpcs[1], there.account, there.region),
    }
