import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.peering.hub_overlap import peering_hub_overlap
from checks.peering.return_misroute import peering_return_misroute
from tests.checks.peering.peered_in_moto import connect
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT
from tests.golden import golden_world
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World
from tests.world_words import Routes

HUB, SHARED = "172.16.0.0/16", "10.0.0.0/16"


def hub(routes: Routes = (), *, b_account: str = ACCOUNT, b_block: str = SHARED) -> World:
    """``vpc-h`` is peered with ``vpc-b`` over ``pcx-b`` and ``vpc-c`` over ``pcx-c``; ``rtb-h`` has its routes."""
    world = World()
    h = world.vpc("vpc-h", HUB, name="hub")
    for letter, block, account in (("b", b_block, b_account), ("c", SHARED, ACCOUNT)):
        world.peering(f"pcx-{letter}", h, world.vpc(f"vpc-{letter}", block, account=account))
    world.route_table("rtb-h", h, [world.subnet("subnet-h", h, "172.16.0.0/24")], routes)
    return world


def test_peers_that_routes_keep_apart_are_a_fact_worth_knowing() -> None:
    world = hub({"10.0.1.0/24": "pcx-b", "10.0.2.0/24": "pcx-c"})
    (fault,) = faults(judged(world, peering_hub_overlap))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpc-h", "pcx-b|pcx-c")
    assert fault.message == (
        "vpc-h (hub) is peered with vpc-b over pcx-b and vpc-c over pcx-c, which both have 10.0.0.0/16; its routes "
        "keep them apart, in rtb-h"
    )
    assert fault.evidence["overlap"] == [SHARED]
    assert fault.evidence["route_tables"] == [
        {"route_table": "rtb-h", "to": {"pcx-b": ["10.0.1.0/24"], "pcx-c": ["10.0.2.0/24"]}, "undecided": []}
    ]
    assert fault.evidence["unrouted"][0] == "10.0.0.0/24"
    assert fault.related == ("pcx-b", "pcx-c", "vpc-b", "vpc-c")
    assert fault.remedy == ()
    assert judged_on_reads(world, peering_hub_overlap) == judged(world, peering_hub_overlap)


def test_peers_that_are_not_routed_to_are_a_fact_too() -> None:
    (fault,) = faults(judged(hub(), peering_hub_overlap))
    assert fault.message.endswith("it routes the common addresses to neither")
    assert fault.evidence["unrouted"] == [SHARED]


def test_the_common_part_is_told_and_not_the_wider_block() -> None:
    (fault,) = faults(judged(hub({SHARED: "pcx-c"}, b_block="10.0.4.0/22"), peering_hub_overlap))
    assert fault.evidence["overlap"] == ["10.0.4.0/22"]


def test_prefix_lists_that_lead_to_both_are_medium() -> None:
    world = hub({"pl-1": "pcx-b", "pl-2": "pcx-c"})
    world.prefix_list("pl-1", ["10.0.1.0/24", "10.0.3.0/24"])
    world.prefix_list("pl-2", ["10.0.2.0/24", "10.0.3.0/25"])
    (fault,) = faults(judged(world, peering_hub_overlap))
    assert fault.severity is Severity.MEDIUM
    assert fault.message.endswith(
        "; prefix lists lead 10.0.3.0/25 in rtb-h to both, and AWS picks one; route them by a CIDR block"
    )
    assert fault.evidence["route_tables"][0]["undecided"] == ["10.0.3.0/25"]
    assert judged_on_reads(world, peering_hub_overlap) == judged(world, peering_hub_overlap)


def test_a_cidr_block_beside_the_lists_mends_it() -> None:
    world = hub({"pl-1": "pcx-b", "pl-2": "pcx-c", "10.0.3.0/25": "pcx-b"})
    world.prefix_list("pl-1", ["10.0.3.0/25"])
    world.prefix_list("pl-2", ["10.0.3.0/25"])
    (fault,) = faults(judged(world, peering_hub_overlap))
    assert fault.severity is Severity.INFO


def test_prefix_lists_that_lead_elsewhere_leave_unknown_what_goes_to_the_peers() -> None:
    world = hub({"pl-1": "pcx-b", "pl-2": "tgw-1"})
    world.transit_gateway_attachment("tgw-1", world.vpcs["vpc-h"])
    world.prefix_list("pl-1", ["10.0.3.0/24"])
    world.prefix_list("pl-2", ["10.0.3.0/24"])
    (finding,) = unknowns(judged(world, peering_hub_overlap))
    assert finding.key == "pcx-b|pcx-c"


def test_answers_that_leave_for_the_other_peer_are_told_by_the_rule_on_misroutes_alone() -> None:
    world = hub({SHARED: "pcx-c"})
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b", b, [world.subnet("subnet-b", b, "10.0.1.0/24")], {HUB: "pcx-b"})
    assert faults(judged(world, peering_hub_overlap)) == []
    assert len(faults(judged(world, peering_return_misroute))) == 1


def test_a_peers_subnet_that_sends_to_another_table_is_no_misroute() -> None:
    (fault,) = faults(judged(golden_world("G09"), peering_hub_overlap))
    assert (fault.resource.id, fault.severity) == ("vpc-A", Severity.INFO)


def test_peers_without_common_addresses_pass() -> None:
    findings = judged(hub(b_block="10.1.0.0/16"), peering_hub_overlap)
    assert passes(findings) == findings
    assert [finding.resource.id for finding in findings] == ["vpc-h"]


def test_a_vpc_with_one_connection_is_no_question() -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", HUB), world.vpc("vpc-b", SHARED))
    assert judged(world, peering_hub_overlap) == []


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_peer(status: str) -> None:
    world = World()
    h = world.vpc("vpc-h", HUB)
    world.peering("pcx-b", h, world.vpc("vpc-b", SHARED))
    world.peering("pcx-c", h, world.vpc("vpc-c", SHARED), status=status)
    assert judged(world, peering_hub_overlap) == []


def test_two_connections_to_one_vpc_are_no_overlap() -> None:
    world = World()
    h, b = world.vpc("vpc-h", HUB), world.vpc("vpc-b", SHARED)
    world.peering("pcx-1", h, b)
    world.peering("pcx-2", h, b)
    assert faults(judged(world, peering_hub_overlap)) == []


def test_peers_of_unaudited_accounts_supply_their_blocks() -> None:
    world = World()
    h = world.vpc("vpc-h", HUB)
    world.peering("pcx-b", h, world.foreign_vpc("vpc-b", SHARED, account=OTHER_ACCOUNT))
    world.peering("pcx-c", h, world.foreign_vpc("vpc-c", SHARED, account="333333333333"))
    (fault,) = faults(judged(world, peering_hub_overlap))
    assert fault.evidence["peers"] == [
        {"vpc": "vpc-b", "account": OTHER_ACCOUNT, "region": REGION},
        {"vpc": "vpc-c", "account": "333333333333", "region": REGION},
    ]


def test_blocks_of_a_peer_that_aws_left_out_are_unknown() -> None:
    world = World()
    h = world.vpc("vpc-h", HUB)
    world.peering("pcx-b", h, world.foreign_vpc("vpc-b", SHARED, account=OTHER_ACCOUNT))
    world.peering("pcx-c", h, world.vpc("vpc-c", SHARED))
    info = {"VpcId": "vpc-b", "OwnerId": OTHER_ACCOUNT, "Region": REGION}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-b", AccepterVpcInfo=info)
    (finding,) = judged(world, peering_hub_overlap)
    assert (finding.status.value, finding.key) == ("unknown", "")
    assert finding.message == "not all peers of vpc-h and their blocks were seen, so more may overlap"


def test_refused_connections_leave_unknown_what_more_may_overlap() -> None:
    world = hub(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcPeeringConnections", account=ACCOUNT)
    findings = judged(world, peering_hub_overlap)
    assert [(each.resource.id, each.key) for each in unknowns(findings)] == [("vpc-c", ""), ("vpc-h", "")]
    assert passes(findings) == faults(findings) == []


def test_a_shared_vpc_is_its_owners_to_judge() -> None:
    world = World()
    a = world.vpc("vpc-a", HUB, account=OTHER_ACCOUNT)
    world.share(world.subnet("subnet-a", a, "172.16.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER_ACCOUNT, asked=False)
    assert judged(world, peering_hub_overlap) == []


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSubnets"])
def test_refused_tables_leave_unknown_to_which_peer_is_sent(action: str) -> None:
    world = hub({SHARED: "pcx-c"})
    world.refuse(action)
    (finding,) = judged(world, peering_hub_overlap)
    assert (finding.status.value, finding.key) == ("unknown", "pcx-b|pcx-c")
    assert finding.message.endswith("to which of them vpc-h (hub) sends what was not all seen")


def test_a_list_that_cannot_be_read_leaves_unknown_to_which_peer_is_sent() -> None:
    world = hub({"pl-1": "pcx-b"})
    world.prefix_list("pl-1", readable=False)
    (finding,) = unknowns(judged(world, peering_hub_overlap))
    assert finding.key == "pcx-b|pcx-c"


def test_ipv6_blocks_overlap_like_ipv4_blocks() -> None:
    world = World()
    h = world.vpc("vpc-h", HUB)
    for number in (1, 2):
        world.peering(f"pcx-{number}", h, world.vpc(f"vpc-{number}", f"10.{number}.0.0/16", "2001:db8:0:aa00::/56"))
    (fault,) = faults(judged(world, peering_hub_overlap))
    assert fault.evidence["overlap"] == ["2001:db8:0:aa00::/56"]


def test_a_connection_that_names_no_accepter_joins_nothing() -> None:
    world = hub()
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-b", AccepterVpcInfo=ABSENT)
    assert faults(judged(world, peering_hub_overlap)) == []


@mock_aws
def test_overlapping_peers_are_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    h, b, c = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in (HUB, SHARED, SHARED))
    ends = sorted([connect(ec2, h, b), connect(ec2, c, h)])
    (fault,) = faults(judged(collected(), peering_hub_overlap))
    assert (fault.resource.id, fault.key) == (h, "|".join(ends))
