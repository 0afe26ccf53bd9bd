from typing import Any

import boto3
import pytest
from moto import mock_aws

from auditor.network.diagnosis.pairs import Verdict
from auditor.network.matrix import matrix
from auditor.network.missing import Kind, Missing
from auditor.peering_plan import (
    NEW_CONNECTION,
    NEW_VPC,
    Answer,
    Matter,
    PeeringPlan,
    Weight,
    plan,
)
from auditor.snapshot import Snapshot, Target
from checks import CHECKS
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, two_vpcs
from tests.judging import faults, judged, unknowns
from tests.networks import network_of
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, Via, Vpc, World, blackhole, propagated

V6_A, V6_B = "2001:db8:0:aa00::/56", "2001:db8:0:bb00::/56"


def planned(seen: World | Snapshot, requester: str = "vpc-a", accepter: str = "vpc-b") -> PeeringPlan:
    network = network_of(seen)
    return plan(network, network.vpcs.get(requester, requester), network.vpcs.get(accepter, accepter))


def of(found: PeeringPlan, matter: Matter) -> list[tuple[Weight, str]]:
    return [(each.weight, each.message) for each in found.obstacles if each.matter is matter]


def apart(
    *,
    a_blocks: tuple[str, ...] = ("10.0.0.0/16",),
    b_blocks: tuple[str, ...] = ("10.1.0.0/16",),
    b_account: str = ACCOUNT,
    b_region: str = REGION,
    a_routes: dict[str, str | Via] | None = None,
) -> World:
    """``vpc-a`` and ``vpc-b`` without a connection, each with a subnet in its first block of each family."""
    world = World()
    a = world.vpc("vpc-a", *a_blocks, name="front")
    b = world.vpc("vpc-b", *b_blocks, name="back", account=b_account, region=b_region)
    for vpc in (a, b):
        letter = vpc.id[-1]
        blocks = [vpc.ipv4[0].replace("/16", "/24"), *(block.replace("/56", "/64") for block in vpc.ipv6[:1])]
        subnet = world.subnet(f"subnet-{letter}", vpc, *blocks)
        world.route_table(f"rtb-{letter}", vpc, [subnet], (a_routes or {}) if vpc is a else {})
    return world


# --- Steps ------------------------------------------------------------------------------------------------------------


def test_two_vpcs_apart_are_joined_by_a_request_its_acceptance_and_a_route_on_each_side() -> None:
    found = planned(apart())
    assert found.answer is Answer.YES
    assert found.missing is None
    assert [(step.operation, dict(step.parameters), step.at) for step in found.steps] == [
        ("ec2:CreateVpcPeeringConnection", {"VpcId": "vpc-a", "PeerVpcId": "vpc-b"}, Target(ACCOUNT, REGION)),
        ("ec2:AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": NEW_CONNECTION}, Target(ACCOUNT, REGION)),
        *(
            (
                "ec2:CreateRoute",
                {"RouteTableId": table, "DestinationCidrBlock": block, "VpcPeeringConnectionId": NEW_CONNECTION},
                Target(ACCOUNT, REGION),
            )
            for table, block in (("rtb-a", "10.1.0.0/16"), ("rtb-b", "10.0.0.0/16"))
        ),
    ]
    assert {each.weight for each in found.obstacles} == {Weight.NOTE}


def test_another_account_and_region_are_named_and_each_side_runs_its_own_steps() -> None:
    found = planned(apart(b_account=OTHER_ACCOUNT, b_region="us-east-1"))
    create, accept, near, far = found.steps
    assert create.parameters["PeerOwnerId"] == OTHER_ACCOUNT
    assert create.parameters["PeerRegion"] == "us-east-1"
    assert [step.at for step in (create, near)] == [Target(ACCOUNT, REGION)] * 2
    assert [step.at for step in (accept, far)] == [Target(OTHER_ACCOUNT, "us-east-1")] * 2
    ((weight, message),) = of(found, Matter.INTER_REGION)
    assert weight is Weight.NOTE
    assert "vpc-a (front) is in eu-west-1 and vpc-b (back) in us-east-1" in message


def test_every_block_of_the_other_side_needs_a_route_in_the_families_that_the_subnets_have() -> None:
    world = apart(a_blocks=("10.0.0.0/16", "10.2.0.0/16", V6_A), b_blocks=("10.1.0.0/16", V6_B))
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-four", b, [world.subnet("subnet-four", b, "10.1.9.0/24")], {})
    wanted = {
        table.table.id: {
            step.parameters.get("DestinationCidrBlock") or step.parameters["DestinationIpv6CidrBlock"]
            for step in table.steps
        }
        for table in planned(world).tables
    }
    assert wanted == {
        "rtb-a": {"10.1.0.0/16", V6_B},
        "rtb-b": {"10.0.0.0/16", "10.2.0.0/16", V6_A},
        "rtb-four": {"10.0.0.0/16", "10.2.0.0/16"},
    }


def test_only_tables_that_subnets_send_by_get_routes_and_those_in_use_are_marked() -> None:
    world = apart()
    a = world.vpcs["vpc-a"]
    world.route_table("rtb-idle", a, [], {})
    world.subnet("subnet-empty", a, "10.0.7.0/24", enis=False)
    found = planned(world)
    assert {table.table.id: table.in_use for table in found.tables} == {
        "rtb-a": True,
        "rtb-a-main": False,
        "rtb-b": True,
    }


def test_a_cidr_block_stands_for_a_vpc_that_does_not_exist_yet() -> None:
    found = planned(apart(), "vpc-a", "10.9.0.0/16")
    assert found.answer is Answer.YES
    assert [dict(step.parameters) for step in found.steps] == [
        {"VpcId": "vpc-a", "PeerVpcId": NEW_VPC},
        {"VpcPeeringConnectionId": NEW_CONNECTION},
        {
            "RouteTableId": "rtb-a",
            "DestinationCidrBlock": "10.9.0.0/16",
            "VpcPeeringConnectionId": NEW_CONNECTION,
        },
    ]
    ((_, message),) = of(found, Matter.NEW_VPC)
    assert message.endswith("each of its route tables needs a route to 10.0.0.0/16")
    assert planned(apart(), "10.0.128.0/17", "vpc-a").answer is Answer.NO


def test_two_new_vpcs_cannot_be_planned() -> None:
    with pytest.raises(ValueError, match="one of the two VPCs must exist"):
        planned(apart(), "10.8.0.0/16", "10.9.0.0/16")


# --- What forbids -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a_blocks", "b_blocks", "shared"),
    [
        pytest.param(("10.0.0.0/16",), ("10.0.0.0/16",), "10.0.0.0/16 and 10.0.0.0/16", id="G17"),
        pytest.param(
            ("10.0.0.0/16", "10.2.0.0/16"), ("10.0.0.0/16", "10.4.0.0/16"), "10.0.0.0/16 and 10.0.0.0/16", id="G18"
        ),
        pytest.param(("10.0.0.0/16", V6_A), ("10.0.0.0/16", V6_B), "10.0.0.0/16 and 10.0.0.0/16", id="G19"),
        pytest.param(("10.0.0.0/16",), ("10.1.0.0/16", "10.0.9.0/24"), "10.0.0.0/16 and 10.0.9.0/24", id="secondary"),
    ],
)
def test_vpcs_that_overlap_in_any_block_cannot_be_peered_and_get_no_steps(
    a_blocks: tuple[str, ...], b_blocks: tuple[str, ...], shared: str
) -> None:
    found = planned(apart(a_blocks=a_blocks, b_blocks=b_blocks))
    assert (found.answer, found.steps) == (Answer.NO, ())
    ((weight, message),) = of(found, Matter.CIDR_OVERLAP)
    assert weight is Weight.FORBIDS
    assert f"vpc-a (front) and vpc-b (back) overlap: {shared}" in message


def test_vpcs_of_different_partitions_cannot_be_peered() -> None:
    found = planned(apart(b_account=OTHER_ACCOUNT, b_region="cn-north-1"))
    assert found.answer is Answer.NO
    ((weight, message),) = of(found, Matter.PARTITION)
    assert weight is Weight.FORBIDS
    assert "partition aws and vpc-b (back) in aws-cn" in message


# --- A connection that stands -----------------------------------------------------------------------------------------


def test_of_peered_vpcs_the_plan_says_what_their_connection_lacks() -> None:
    found = planned(two_vpcs(b_routes={}))
    assert (found.answer, found.peering.id, found.connecting) == (Answer.PEERED, "pcx-1", ())
    assert [(table.table.id, table.there, len(table.steps)) for table in found.tables] == [
        ("rtb-a1", ("10.0.0.0/16",), 0),
        ("rtb-b1", (), 1),
    ]
    (step,) = found.steps
    assert step.parameters["VpcPeeringConnectionId"] == "pcx-1"
    ((_, message),) = of(found, Matter.ALREADY_PEERED)
    assert message.endswith("their pairs of subnets: 2 one-way")
    assert of(found, Matter.LATER_BLOCKS) == []


def test_a_broader_route_or_a_prefix_list_over_the_connection_is_enough() -> None:
    world = two_vpcs(a_routes={"10.0.0.0/8": "pcx-1"}, b_routes={"pl-1": "pcx-1"})
    world.prefix_list("pl-1", ["172.16.0.0/17", "172.16.128.0/17"])
    assert planned(world).steps == ()


def test_a_request_that_waits_is_accepted_and_its_routes_stand_already() -> None:
    found = planned(two_vpcs("pending-acceptance", b_routes={}), "vpc-b", "vpc-a")
    assert found.answer is Answer.REQUESTED
    assert [step.operation for step in found.steps] == ["ec2:AcceptVpcPeeringConnection", "ec2:CreateRoute"]
    assert {step.parameters["VpcPeeringConnectionId"] for step in found.steps} == {"pcx-1"}


@pytest.mark.parametrize("status", ["deleted", "failed", "expired", "rejected"])
def test_a_connection_of_the_past_stands_in_nobodys_way(status: str) -> None:
    found = planned(two_vpcs(status, a_routes={}, b_routes={}))
    assert found.answer is Answer.YES
    assert found.connecting[0].operation == "ec2:CreateVpcPeeringConnection"


# --- What hinders, and what to know -----------------------------------------------------------------------------------


def test_a_peer_that_holds_the_others_addresses_is_named_and_forbids_nothing() -> None:
    world = apart()
    c = world.vpc("vpc-c", "10.1.128.0/17")
    world.peering("pcx-ac", world.vpcs["vpc-a"], c, status="pending-acceptance")
    found = planned(world)
    assert found.answer is Answer.YES
    ((weight, message),) = of(found, Matter.PEER_OVERLAP)
    assert weight is Weight.NOTE
    assert "vpc-a (front) is peered with vpc-c (pcx-ac, pending-acceptance)" in message
    assert "10.1.128.0/17 of vpc-b (back)" in message


@pytest.mark.parametrize(
    ("destination", "target", "matter", "weight", "step"),
    [
        ("10.1.0.0/16", "tgw-1", Matter.ROUTE_EXISTS, Weight.HINDERS, "ec2:ReplaceRoute"),
        ("10.1.0.0/16", blackhole("pcx-gone"), Matter.ROUTE_EXISTS, Weight.HINDERS, "ec2:ReplaceRoute"),
        ("10.1.4.0/24", "tgw-1", Matter.ROUTE_MORE_SPECIFIC, Weight.HINDERS, "ec2:CreateRoute"),
        ("10.1.4.0/24", blackhole("pcx-gone"), Matter.ROUTE_MORE_SPECIFIC, Weight.HINDERS, "ec2:CreateRoute"),
        ("10.0.0.0/8", "tgw-1", Matter.ROUTE_OVERRIDDEN, Weight.NOTE, "ec2:CreateRoute"),
        ("10.1.0.0/16", propagated("vgw-1"), Matter.ROUTE_OVERRIDDEN, Weight.NOTE, "ec2:CreateRoute"),
        ("pl-same", "tgw-1", Matter.ROUTE_OVERRIDDEN, Weight.NOTE, "ec2:CreateRoute"),
        ("pl-part", "tgw-1", Matter.ROUTE_MORE_SPECIFIC, Weight.HINDERS, "ec2:CreateRoute"),
    ],
)
def test_a_route_that_is_there_is_named_with_what_becomes_of_it(
    destination: str, target: str | Via, matter: Matter, weight: Weight, step: str
) -> None:
    world = apart(a_routes={destination: target})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-a"])
    world.vpn_gateway("vgw-1", world.vpcs["vpc-a"])
    world.prefix_list("pl-same", ["10.1.0.0/16"])
    world.prefix_list("pl-part", ["10.1.8.0/24"])
    found = planned(world)
    ((found_weight, message),) = of(found, matter)
    assert found_weight is weight
    assert f"rtb-a of vpc-a (front) has the route {destination} to " in message
    assert [each.operation for table in found.tables if table.table.id == "rtb-a" for each in table.steps] == [step]


@pytest.mark.parametrize("destination", ["0.0.0.0/0", "10.2.0.0/16"])
def test_a_default_route_and_routes_elsewhere_are_not_mentioned(destination: str) -> None:
    world = apart(a_routes={destination: "tgw-1"})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-a"])
    assert {each.matter for each in planned(world).obstacles} == {Matter.LATER_BLOCKS}


def test_a_route_in_several_tables_is_one_obstacle() -> None:
    world = apart(a_routes={"10.1.4.0/24": "tgw-1"})
    a = world.vpcs["vpc-a"]
    world.transit_gateway_attachment("tgw-1", a)
    world.route_table("rtb-a2", a, [world.subnet("subnet-a2", a, "10.0.2.0/24")], {"10.1.4.0/24": "tgw-1"})
    ((_, message),) = of(planned(world), Matter.ROUTE_MORE_SPECIFIC)
    assert message.startswith("rtb-a, rtb-a2 of vpc-a (front)")


def crowded(peers: int, status: str = "active") -> World:
    world = apart()
    for number in range(peers):
        peer: Vpc = world.foreign_vpc(f"vpc-p{number}", f"172.16.{number}.0/24", account=OTHER_ACCOUNT)
        world.peering(f"pcx-p{number}", world.vpcs["vpc-a"], peer, status=status)
    return world


def test_a_vpc_with_as_many_connections_as_the_default_quota_allows_is_hindered() -> None:
    assert of(planned(crowded(49)), Matter.QUOTA) == []
    ((weight, message),) = of(planned(crowded(50)), Matter.QUOTA)
    assert weight is Weight.HINDERS
    assert "vpc-a (front) would have 51 active and pending peering connections, and the default quota is 50" in message


def test_a_quota_that_the_account_was_granted_counts_in_the_place_of_the_default() -> None:
    world = crowded(50)
    world.quota("L-7E9ECCDB", 60)
    assert of(planned(world), Matter.QUOTA) == []
    world = crowded(20)
    world.quota("L-7E9ECCDB", 20)
    ((_, message),) = of(planned(world), Matter.QUOTA)
    assert "and the quota of the account is 20" in message


def test_an_account_with_too_many_requests_that_wait_is_hindered() -> None:
    assert of(planned(crowded(24, "pending-acceptance")), Matter.QUOTA) == []
    ((_, message),) = of(planned(crowded(25, "pending-acceptance")), Matter.QUOTA)
    assert f"the account {ACCOUNT} in {REGION} would have 26 peering requests that wait" in message


def test_a_route_table_that_would_pass_the_default_quota_is_named() -> None:
    def routes(count: int) -> dict[str, str | Via]:
        return {f"172.{16 + number // 256}.{number % 256}.0/24": blackhole("pcx-gone") for number in range(count)}

    assert of(planned(apart(a_routes=routes(499))), Matter.QUOTA) == []
    ((_, message),) = of(planned(apart(a_routes=routes(500))), Matter.QUOTA)
    assert "rtb-a of vpc-a (front) would have 501 IPv4 routes that are not propagated" in message


def test_a_vpc_without_subnets_needs_no_route() -> None:
    world = apart()
    world.vpc("vpc-bare", "10.7.0.0/16")
    found = planned(world, "vpc-a", "vpc-bare")
    ((_, message),) = of(found, Matter.NO_SUBNETS)
    assert message.startswith("vpc-bare has no subnets")
    assert {table.table.id for table in found.tables} == {"rtb-a"}


# --- What was not seen ------------------------------------------------------------------------------------------------


def test_without_route_tables_the_routes_are_missing_and_the_plan_says_why() -> None:
    world = apart(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=OTHER_ACCOUNT)
    found = planned(world)
    assert found.answer is Answer.YES
    assert {table.near.vpc_id for table in found.tables} == {"vpc-a"}
    assert found.missing is not None
    assert {(cause.account, cause.action) for cause in found.missing.causes} == {
        (OTHER_ACCOUNT, "ec2:DescribeRouteTables")
    }


def test_whether_they_are_peered_is_unknown_only_where_neither_side_shows_its_connections() -> None:
    world = apart(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcPeeringConnections", account=OTHER_ACCOUNT)
    assert planned(world).answer is Answer.YES
    world.refuse("ec2:DescribeVpcPeeringConnections", account=ACCOUNT)
    assert planned(world).answer is Answer.UNKNOWN


def test_without_network_interfaces_use_is_unknown() -> None:
    world = apart()
    world.refuse("ec2:DescribeNetworkInterfaces")
    found = planned(world)
    assert {table.table.id: type(table.in_use) for table in found.tables} == {"rtb-a": Missing, "rtb-b": Missing}
    assert found.missing is not None
    assert {cause.action for cause in found.missing.causes} == {"ec2:DescribeNetworkInterfaces"}


def test_a_shared_vpc_that_only_a_participant_shows_is_its_owners_to_peer() -> None:
    world = apart(b_account=OTHER_ACCOUNT)
    world.share(world.subnets["subnet-b"], ACCOUNT)
    world.drop_shard(account=OTHER_ACCOUNT, asked=False)
    found = planned(world)
    ((weight, message),) = of(found, Matter.SHARED_VPC)
    assert weight is Weight.HINDERS
    assert f"only its owner {OTHER_ACCOUNT} can peer it" in message
    assert found.missing is not None
    assert Kind.PARTICIPANT in {cause.kind for cause in found.missing.causes}
    assert found.connecting[1].at == Target(OTHER_ACCOUNT, REGION)


# --- The steps, done --------------------------------------------------------------------------------------------------


def run(ec2: Any, found: PeeringPlan) -> None:
    """Do what the plan says, as its reader would."""
    names = {
        "ec2:CreateVpcPeeringConnection": ec2.create_vpc_peering_connection,
        "ec2:AcceptVpcPeeringConnection": ec2.accept_vpc_peering_connection,
        "ec2:CreateRoute": ec2.create_route,
        "ec2:ReplaceRoute": ec2.replace_route,
    }
    ids: dict[str, str] = {}
    for step in found.steps:
        answer = names[step.operation](**{name: ids.get(value, value) for name, value in step.parameters.items()})
        if step.operation == "ec2:CreateVpcPeeringConnection":
            ids[NEW_CONNECTION] = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]


@mock_aws
def test_the_steps_of_a_plan_route_every_pair_and_leave_no_fault_of_a_route() -> None:
    ec2: Any = boto3.client("ec2", REGION)
    vpcs = []
    for number in (1, 2):
        vpc = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=f"10.{number + 10}.0.0/16")
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
            for block in (f"10.{number}.0.0/24", f"10.{number}.1.0/24", f"10.{number + 10}.0.0/24")
        ]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
        ec2.create_network_interface(SubnetId=subnets[0])
        vpcs.append(vpc)
    found = planned(collected(), *vpcs)
    assert found.answer is Answer.YES
    assert len(found.steps) == 2 + 2 * 2 * 2
    run(ec2, found)
    after = collected()
    network = network_of(after)
    (peering,) = network.peerings.values()
    pairs = matrix(network, peering).pairs
    assert len(pairs) == 2 * 3 * 3
    assert {pair.verdict for pair in pairs} == {Verdict.ROUTED}
    rules = [
        check for check in CHECKS if check.id.startswith(("peering-route-", "peering-edge-", "peering-transitive-"))
    ]
    findings = judged(after, [check for check in rules if check.enabled])
    assert (faults(findings), unknowns(findings)) == ([], [])
    again = planned(after, *vpcs)
    assert (again.answer, again.steps) == (Answer.PEERED, ())


@mock_aws
def test_a_route_that_is_in_the_way_is_replaced_by_its_step() -> None:
    ec2: Any = boto3.client("ec2", REGION)
    vpcs = [ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.1.0.0/16", "10.2.0.0/16")]
    for vpc, block in zip(vpcs, ("10.1.0.0/24", "10.2.0.0/24"), strict=True):
        ec2.create_subnet(VpcId=vpc, CidrBlock=block)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpcs[0])
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpcs[0]]}])["RouteTables"]
    ec2.create_route(RouteTableId=tables[0]["RouteTableId"], DestinationCidrBlock="10.2.0.0/16", GatewayId=gateway)
    found = planned(collected(), *vpcs)
    assert len(of(found, Matter.ROUTE_EXISTS)) == 1
    run(ec2, found)
    network = network_of(collected())
    (peering,) = network.peerings.values()
    assert {pair.verdict for pair in matrix(network, peering).pairs} == {Verdict.ROUTED}
