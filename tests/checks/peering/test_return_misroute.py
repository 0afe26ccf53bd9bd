import boto3
import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.peering.return_misroute import peering_return_misroute
from tests.carrying_out import cured
from tests.checks.peering.two_vpcs import B_BLOCK, TO_A, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ACCOUNT, REGION, World

ENIS = "ec2:DescribeNetworkInterfaces"


def hub(a_routes: dict[str, str], b_routes: dict[str, str], enis: list[str] | bool = True) -> World:
    """``vpc-a`` is connected by ``pcx-b`` with ``vpc-b``, and by ``pcx-c`` with ``vpc-c``, which has its blocks too."""
    world = World()
    a, b, c = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", B_BLOCK), world.vpc("vpc-c", B_BLOCK)
    world.peering("pcx-b", a, b)
    world.peering("pcx-c", a, c)
    world.route_table("rtb-a", a, [world.subnet("subnet-a", a, "172.16.0.0/24")], a_routes)
    world.route_table("rtb-b", b, [world.subnet("subnet-b", b, "10.0.1.0/24", enis=enis)], b_routes)
    world.subnet("subnet-c", c, "10.0.2.0/24")
    world.main_routes(c, {"172.16.0.0/24": "pcx-c"})
    return world


TO_HUB = {"172.16.0.0/24": "pcx-b"}


def test_a_connection_that_answers_come_back_over_passes() -> None:
    findings = judged(two_vpcs(), peering_return_misroute)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_answers_that_all_go_to_another_vpc_are_high() -> None:
    (fault,) = faults(judged(hub({B_BLOCK: "pcx-c"}, TO_HUB), peering_return_misroute))
    assert (fault.resource.id, fault.severity, fault.key) == ("pcx-b", Severity.HIGH, "rtb-a|ipv4")
    assert (fault.account, fault.region) == (ACCOUNT, REGION)
    assert fault.message.startswith(
        "subnet-b of vpc-b sends to vpc-a over pcx-b, but rtb-a there sends the answers for 10.0.1.0/24 over pcx-c to "
        "vpc-c"
    )
    assert fault.evidence["senders_without_any_answer"] == ["subnet-b"]
    assert fault.evidence["forward_routes"] == [{"route_table": "rtb-b", "destination": "172.16.0.0/24"}]
    assert fault.evidence["return_routes"] == [
        {
            "destination": B_BLOCK,
            "connection": "pcx-c",
            "addresses": ["10.0.1.0/24"],
            "vpc": "vpc-c",
            "addresses_of_that_vpc": ["10.0.1.0/24"],
        }
    ]
    (step,) = fault.remedy
    assert step.operation == "ec2:CreateRoute"
    assert step.parameters == {
        "RouteTableId": "rtb-a",
        "DestinationCidrBlock": "10.0.1.0/24",
        "VpcPeeringConnectionId": "pcx-b",
    }
    assert step.at == Target(ACCOUNT, REGION)


def test_no_route_is_to_cut_off_a_subnet_of_the_other_vpc() -> None:
    world = hub({B_BLOCK: "pcx-c"}, TO_HUB)
    world.subnet("subnet-c1", world.vpcs["vpc-c"], "10.0.1.0/28")
    (fault,) = faults(judged(world, peering_return_misroute))
    assert (fault.key, fault.remedy) == ("rtb-a|ipv4", ())


def test_a_route_to_just_the_sending_subnet_is_replaced() -> None:
    (fault,) = faults(judged(hub({"10.0.1.0/24": "pcx-c"}, TO_HUB), peering_return_misroute))
    assert [step.operation for step in fault.remedy] == ["ec2:ReplaceRoute"]


ONE_HOST = {"10.0.1.66/32": "pcx-b", B_BLOCK: "pcx-c"}


def test_a_workload_that_misses_answers_is_medium() -> None:
    world = hub(ONE_HOST, TO_HUB, ["10.0.1.66", "10.0.1.88"])
    (fault,) = faults(judged(world, peering_return_misroute))
    assert fault.severity is Severity.MEDIUM
    assert "10.0.1.88 waits for them in vain" in fault.message
    assert fault.evidence["addresses_in_use"] == ["10.0.1.88"]
    assert fault.evidence["senders_without_any_answer"] == []
    assert [step.parameters["DestinationCidrBlock"] for step in fault.remedy] == ["10.0.1.88/32"]


def test_addresses_that_no_workload_has_are_but_a_fact() -> None:
    (fault,) = faults(judged(hub(ONE_HOST, TO_HUB, ["10.0.1.66"]), peering_return_misroute))
    assert fault.severity is Severity.INFO
    assert "no workload has such an address" in fault.message
    assert fault.remedy == ()


def test_addresses_of_which_the_use_was_not_seen_are_low() -> None:
    world = hub(ONE_HOST, TO_HUB, ["10.0.1.66", "10.0.1.88"])
    world.refuse(ENIS)
    (fault,) = faults(judged(world, peering_return_misroute))
    assert fault.severity is Severity.LOW
    assert "which of these addresses are in use was not seen" in fault.message


HOSTS = {"10.0.1.44/32": "pcx-b", "10.0.1.55/32": "pcx-c"}
TO_HOST = {"172.16.0.88/32": "pcx-b"}


def test_routes_from_host_to_host_pass() -> None:
    findings = judged(hub(HOSTS, TO_HOST, ["10.0.1.44"]), peering_return_misroute)
    assert faults(findings) == unknowns(findings) == []


def test_a_workload_at_another_hosts_address_misses_answers() -> None:
    (fault,) = faults(judged(hub(HOSTS, TO_HOST, ["10.0.1.44", "10.0.1.55"]), peering_return_misroute))
    assert fault.severity is Severity.MEDIUM


def test_routes_from_host_to_host_are_unknown_where_the_use_was_not_seen() -> None:
    world = hub(HOSTS, TO_HOST, ["10.0.1.44"])
    world.refuse(ENIS)
    found = unknowns(judged(world, peering_return_misroute))
    assert [(finding.resource.id, finding.key) for finding in found] == [("pcx-b", "rtb-a|ipv4")]
    assert found[0].missing is not None
    assert [cause.action for cause in found[0].missing.causes] == [ENIS]


def test_the_interface_of_an_endpoint_is_no_workload() -> None:
    world = hub(ONE_HOST, TO_HUB, ["10.0.1.66"])
    world.interface_endpoint("vpce-1", world.vpcs["vpc-b"], "sqs", [world.subnets["subnet-b"]])
    (fault,) = faults(judged(world, peering_return_misroute))
    assert fault.severity is Severity.INFO


def test_ipv4_and_ipv6_are_judged_apart() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", "2001:db8:0:a00::/56")
    b, c = (world.vpc(f"vpc-{letter}", B_BLOCK, f"2001:db8:0:{letter}00::/56") for letter in "bc")
    world.peering("pcx-b", a, b)
    world.peering("pcx-c", a, c)
    a1 = world.subnet("subnet-a", a, "172.16.0.0/24", "2001:db8:0:a00::/64")
    b1 = world.subnet("subnet-b", b, "10.0.1.0/24", "2001:db8:0:b00::/64")
    world.route_table("rtb-a", a, [a1], {B_BLOCK: "pcx-c", "2001:db8:0:b00::/56": "pcx-c"})
    world.route_table("rtb-b", b, [b1], TO_HUB | {"2001:db8:0:a00::/56": "pcx-b"})
    found = {fault.key: fault for fault in faults(judged(world, peering_return_misroute))}
    assert sorted(found) == ["rtb-a|ipv4", "rtb-a|ipv6"]
    assert [step.parameters["DestinationIpv6CidrBlock"] for step in found["rtb-a|ipv6"].remedy] == [
        "2001:db8:0:b00::/64"
    ]
    assert found["rtb-a|ipv6"].evidence["return_routes"][0]["addresses_of_that_vpc"] == []


def test_a_missing_way_back_is_no_misroute() -> None:
    findings = judged(two_vpcs(b_routes={"172.16.9.0/24": "pcx-1"}), peering_return_misroute)
    assert faults(findings) == []


def test_answers_that_leave_by_nat_are_no_misroute() -> None:
    world = two_vpcs(b_routes={"172.16.9.0/24": "pcx-1", "0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-b"])
    assert faults(judged(world, peering_return_misroute)) == []


def test_the_far_side_that_was_not_seen_leaves_the_answers_unknown() -> None:
    (finding,) = unknowns(judged(half_seen(), peering_return_misroute))
    assert finding.key == ""
    assert finding.missing is not None
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"])
def test_nothing_passes_where_routes_or_subnets_were_refused(action: str) -> None:
    world = two_vpcs()
    world.refuse(action)
    findings = judged(world, peering_return_misroute)
    assert len(unknowns(findings)) == len(findings) == 1


def test_a_prefix_list_that_cannot_be_read_leaves_the_answers_unknown() -> None:
    world = two_vpcs(a_routes={"pl-1": "pcx-1"}, b_routes=TO_A)
    world.prefix_list("pl-1", readable=False)
    (finding,) = judged(world, peering_return_misroute)
    assert unknowns([finding]) == [finding]


def test_a_misroute_is_proven_though_other_subnets_were_not_judged() -> None:
    world = hub({B_BLOCK: "pcx-c"}, TO_HUB)
    world.prefix_list("pl-1", readable=False)
    b = world.vpcs["vpc-b"]
    world.route_table("rtb-b2", b, [world.subnet("subnet-b2", b, "10.0.3.0/24")], {"pl-1": "pcx-b"})
    findings = judged(world, peering_return_misroute)
    assert [(finding.severity, finding.key) for finding in faults(findings)] == [(Severity.HIGH, "rtb-a|ipv4")]
    assert [(finding.resource.id, finding.key) for finding in unknowns(findings)] == [("pcx-b", "")]


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_return_misroute) == []


def test_a_connection_without_routes_is_no_question() -> None:
    assert judged(two_vpcs(a_routes={}, b_routes={}), peering_return_misroute) == []


@mock_aws
def test_answers_that_go_to_another_vpc_are_found_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)

    def vpc(block: str, subnet: str) -> tuple[str, str]:
        vpc_id = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=subnet)
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
        return vpc_id, tables[0]["RouteTableId"]

    def peering(one: str, other: str) -> str:
        made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=other)["VpcPeeringConnection"]
        made_id: str = made["VpcPeeringConnectionId"]
        ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made_id)
        return made_id

    (a, a_table), (b, b_table), (c, c_table) = (
        vpc("172.16.0.0/16", "172.16.0.0/24"),
        vpc(B_BLOCK, "10.0.1.0/24"),
        vpc(B_BLOCK, "10.0.2.0/24"),
    )
    with_b, with_c = peering(a, b), peering(a, c)
    for table, block, connection in (
        (a_table, B_BLOCK, with_c),
        (b_table, "172.16.0.0/24", with_b),
        (c_table, "172.16.0.0/24", with_c),
    ):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=block, VpcPeeringConnectionId=connection)
    (fault,) = cured(peering_return_misroute, may_follow=["peering-hub-overlap", "peering-route-shadowed"])
    assert (fault.resource.id, fault.severity, fault.key) == (with_b, Severity.HIGH, f"{a_table}|ipv4")
