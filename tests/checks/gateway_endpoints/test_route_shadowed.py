from collections.abc import Mapping

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks import CHECKS
from checks.gateway_endpoints.route_shadowed import gateway_endpoint_route_shadowed
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ACCOUNT, REGION, NewValue, Via, World, advertised, blackhole, propagated

S3 = "com.amazonaws.eu-west-1.s3"
LIST = "54.123.160.0/19"
TABLES, INTERFACES = "ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces"


def world(
    routes: Mapping[str, str | Via] | None = None, *entries: str, workload: bool = True, state: str = "available"
) -> World:
    """``subnet-a`` sends by ``rtb-a``, which leads to ``vpce-1`` and has ``routes`` beside."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    made.aws_prefix_list("pl-1a2b3c4d", S3, entries or [LIST])
    made.internet_gateway("igw-1", vpc)
    made.vpn_gateway("vgw-1", vpc)
    made.transit_gateway_attachment("tgw-1", vpc)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=workload)
    made.nat_gateway("nat-1", subnet)
    table = made.route_table("rtb-a", vpc, [subnet], routes or {})
    made.gateway_endpoint("vpce-1", vpc, "s3", [table], name="to-s3", state=state)
    return made


def assert_passes(seen: World) -> None:
    findings = judged(seen, gateway_endpoint_route_shadowed)
    assert passes(findings) == findings != []


def fault(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_route_shadowed)
    assert [finding] == faults([finding])
    return finding


def undecided(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_route_shadowed)
    assert [finding] == unknowns([finding])
    return finding


# --- AWS's own example: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html


def test_g26_a_the_route_to_the_endpoint_goes_before_a_default_route() -> None:
    assert_passes(world({"0.0.0.0/0": "igw-1"}))


def test_g26_b_a_more_specific_route_leads_its_block_past_the_endpoint() -> None:
    finding = fault(world({"54.123.165.0/24": "igw-1"}))
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.CERTAIN)
    assert (finding.resource.id, finding.key) == ("vpce-1", "rtb-a|54.123.165.0/24")
    assert finding.message == (
        "rtb-a, by which subnet-a of vpc-a (shop) sends, leads 54.123.165.0/24 of com.amazonaws.eu-west-1.s3 to igw-1 "
        "by its static route to 54.123.165.0/24, past vpce-1 (to-s3); delete the route to 54.123.165.0/24 if vpce-1 is "
        "meant to carry it"
    )
    assert finding.evidence == {
        "service": S3,
        "route_table": "rtb-a",
        "subnets_in_use": ["subnet-a"],
        "taken": ["54.123.165.0/24"],
        "destination": "54.123.165.0/24",
        "target": "igw-1",
        "kind": "internet-gateway",
        "origin": "static",
        "state": "active",
        "interface_endpoints": [],
    }
    assert finding.related == ("rtb-a", "vpc-a", "igw-1", "subnet-a")
    assert finding.remedy == (
        Operation(
            "ec2:DeleteRoute",
            {"RouteTableId": "rtb-a", "DestinationCidrBlock": "54.123.165.0/24"},
            Target(ACCOUNT, REGION),
        ),
    )


def test_g26_c_without_that_route_all_goes_to_the_endpoint() -> None:
    assert_passes(world({}))


# --- Which route goes first


def test_a_static_route_to_just_an_entry_goes_before_it() -> None:
    assert fault(world({LIST: "nat-1"})).evidence["taken"] == [LIST]


def test_a_propagated_route_to_just_an_entry_comes_after_it() -> None:
    assert_passes(world({LIST: propagated("vgw-1")}))
    assert_passes(world({LIST: advertised("tgw-1")}))


def test_a_propagated_route_within_an_entry_goes_before_it_and_is_ended_at_its_origin() -> None:
    finding = fault(world({"54.123.165.0/24": propagated("vgw-1")}))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["origin"] == "propagated"
    assert finding.remedy == ()


@pytest.mark.parametrize("block", ["0.0.0.0/0", "0.0.0.0/1", "54.0.0.0/8", "54.123.128.0/18"])
def test_a_wider_route_comes_after_the_list(block: str) -> None:
    assert_passes(world({block: "igw-1"}))


def test_a_route_next_to_the_list_takes_nothing_of_it() -> None:
    assert_passes(world({"54.123.192.0/24": "igw-1"}))


def test_each_route_is_a_fault_of_its_own() -> None:
    seen = world({"54.123.165.0/24": "igw-1", "3.5.0.0/23": "tgw-1"}, LIST, "3.5.0.0/22")
    findings = faults(judged(seen, gateway_endpoint_route_shadowed))
    assert {(each.key, each.evidence["target"]) for each in findings} == {
        ("rtb-a|54.123.165.0/24", "igw-1"),
        ("rtb-a|3.5.0.0/23", "tgw-1"),
    }


def test_ipv6_is_taken_by_a_route_for_ipv6() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", "2001:db8::/56")
    seen.internet_gateway("igw-1", vpc)
    seen.prefix_list("pl-ipv6", ["2600:1fa0::/36"])
    routes = {"pl-ipv6": "vpce-1", "2600:1fa0:100::/40": "igw-1", "::/0": "igw-1"}
    table = seen.route_table("rtb-a", vpc, [seen.subnet("subnet-a", vpc, "10.0.0.0/24", "2001:db8::/64")], routes)
    seen.gateway_endpoint("vpce-1", vpc, "s3", [table])
    finding = fault(seen)
    assert finding.key == "rtb-a|2600:1fa0:100::/40"
    assert finding.remedy[0].parameters["DestinationIpv6CidrBlock"] == "2600:1fa0:100::/40"


# --- Where the route leads


def test_a_blackhole_drops_what_it_takes() -> None:
    finding = fault(world({"54.123.165.0/24": blackhole("igw-gone")}))
    assert finding.severity is Severity.MEDIUM
    assert "drops what is meant for 54.123.165.0/24 of com.amazonaws.eu-west-1.s3 by its static" in finding.message


def test_a_target_that_nobody_knows_takes_them_as_well() -> None:
    seen = world({"54.123.165.0/24": "igw-1"})
    route = {"DestinationCidrBlock": "54.123.165.0/24", "State": "active", "Origin": "CreateRoute"}
    to_endpoint = {"DestinationPrefixListId": "pl-1a2b3c4d", "GatewayId": "vpce-1", "State": "active"}
    seen.change(TABLES, "rtb-a", Routes=[route, {**to_endpoint, "Origin": "CreateRoute"}])
    finding = fault(seen)
    assert "to a target of another kind by its static" in finding.message
    assert finding.related == ("rtb-a", "vpc-a", "subnet-a")


def test_an_appliance_may_be_meant_to_inspect_the_traffic() -> None:
    seen = world({"54.123.165.0/24": "eni-appliance", "54.123.166.0/24": "vpce-gwlb"})
    inspection = seen.subnet("subnet-i", seen.vpcs["vpc-a"], "10.0.1.0/24", enis=False)
    seen.network_interface("eni-appliance", inspection, source_dest_check=False)
    seen.load_balancer_endpoint("vpce-gwlb", inspection)
    findings = judged(seen, gateway_endpoint_route_shadowed)
    assert {(each.severity, each.evidence["target"]) for each in faults(findings)} == {
        (Severity.INFO, "eni-appliance"),
        (Severity.INFO, "vpce-gwlb"),
    }
    assert all(each.message.endswith("which may be meant, if the traffic is inspected there") for each in findings)


def test_a_route_over_a_peering_connection_is_told_by_the_rules_on_peering() -> None:
    seen = world({"54.123.165.0/24": "pcx-1"})
    far = seen.vpc("vpc-b", "10.1.0.0/16")
    seen.peering("pcx-1", seen.vpcs["vpc-a"], far)
    assert_passes(seen)
    told = [each for each in faults(judged(seen, CHECKS)) if each.key == "rtb-a|54.123.165.0/24"]
    assert [each.rule for each in told] == ["peering-edge-internet-gateway"]
    seen.gateway_endpoint("vpce-far", far, "s3", [seen.main_routes(far, {})])
    told = [each for each in faults(judged(seen, CHECKS)) if each.key == "rtb-a|54.123.165.0/24"]
    assert [each.rule for each in told] == ["peering-edge-gateway-endpoint"]


def test_addresses_of_the_vpc_itself_are_its_own() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "54.123.165.0/24")
    seen.aws_prefix_list("pl-1a2b3c4d", S3, [LIST])
    table = seen.route_table("rtb-a", vpc, [seen.subnet("subnet-a", vpc, "54.123.165.0/24")])
    seen.gateway_endpoint("vpce-1", vpc, "s3", [table])
    assert_passes(seen)


def test_where_an_interface_endpoint_takes_the_traffic_anyway_it_is_but_a_fact() -> None:
    seen = world({"54.123.165.0/24": "igw-1"})
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.subnets["subnet-a"]])
    finding = fault(seen)
    assert (finding.severity, finding.evidence["interface_endpoints"]) == (Severity.INFO, ["vpce-2"])
    assert finding.message.endswith("vpce-2 takes the VPC's traffic to the service anyway")
    only_inbound = world({"54.123.165.0/24": "igw-1"})
    vpc, subnet = only_inbound.vpcs["vpc-a"], only_inbound.subnets["subnet-a"]
    only_inbound.interface_endpoint("vpce-2", vpc, "s3", [subnet], inbound_resolver_only=True)
    assert fault(only_inbound).severity is Severity.MEDIUM


# --- Whom it concerns


def test_a_table_that_no_subnet_in_use_sends_by_moves_nothing() -> None:
    seen = world({"54.123.165.0/24": "igw-1"}, workload=False)
    assert judged(seen, gateway_endpoint_route_shadowed) == []
    (finding,) = faults(judged(seen, gateway_endpoint_route_shadowed, Settings(treat_empty_vpcs=True)))
    assert finding.key == "rtb-a|54.123.165.0/24"


def test_a_table_that_the_endpoint_is_not_associated_with_is_another_rules_matter() -> None:
    seen = world({})
    other = seen.subnet("subnet-b", seen.vpcs["vpc-a"], "10.0.1.0/24")
    seen.route_table("rtb-b", seen.vpcs["vpc-a"], [other], {"54.123.165.0/24": "igw-1"})
    assert_passes(seen)


def test_a_main_table_is_judged_for_the_subnets_without_one_of_their_own() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.aws_prefix_list("pl-1a2b3c4d", S3, [LIST])
    seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    table = seen.main_routes(vpc, {"54.123.165.0/24": seen.internet_gateway("igw-1", vpc)})
    seen.gateway_endpoint("vpce-1", vpc, "s3", [table])
    assert fault(seen).key == "rtb-a-main|54.123.165.0/24"


@pytest.mark.parametrize("state", ["pending", "failed", "deleting"])
def test_an_endpoint_that_is_not_available_has_no_routes_yet_or_any_more(state: str) -> None:
    assert judged(world({"54.123.165.0/24": "igw-1"}, state=state), gateway_endpoint_route_shadowed) == []


def test_an_interface_endpoint_has_no_routes() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.interface_endpoint("vpce-1", vpc, "sqs", [seen.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert judged(seen, gateway_endpoint_route_shadowed) == []


# --- What was not seen


def unread(seen: World) -> World:
    """The entries of AWS's lists are in two answers."""
    seen.refuse("ec2:GetManagedPrefixListEntries")
    seen.refuse("ec2:DescribePrefixLists")
    return seen


def test_a_list_that_was_not_read_may_hold_the_block_of_any_public_route() -> None:
    finding = undecided(unread(world({"54.123.165.0/24": "igw-1", "0.0.0.0/0": "igw-1"})))
    assert finding.key == "rtb-a"
    assert finding.message == (
        "whether other routes of rtb-a take addresses of com.amazonaws.eu-west-1.s3 past vpce-1 (to-s3) from subnets "
        "in use was not seen"
    )


def test_a_list_that_was_not_read_holds_neither_private_blocks_nor_everything() -> None:
    routes = {"10.9.0.0/16": "tgw-1", "0.0.0.0/1": "igw-1", "128.0.0.0/1": "igw-1", "::/0": "igw-1"}
    assert_passes(unread(world(routes)))


def test_describe_prefix_lists_gives_the_entries_as_well() -> None:
    seen = world({"54.123.165.0/24": "igw-1"})
    seen.refuse("ec2:GetManagedPrefixListEntries")
    assert fault(seen).key == "rtb-a|54.123.165.0/24"


def test_of_two_lists_that_overlap_aws_does_not_say_which_wins() -> None:
    seen = world({"pl-mine": "tgw-1"})
    seen.prefix_list("pl-mine", [LIST])
    finding = undecided(seen)
    assert finding.missing
    assert {(cause.kind, cause.resource) for cause in finding.missing.causes} == {
        (Kind.AMBIGUOUS, "rtb-a|pl-mine"),
        (Kind.AMBIGUOUS, "rtb-a|pl-1a2b3c4d"),
    }


def test_another_list_that_was_not_read_may_overlap() -> None:
    seen = world({"pl-mine": "tgw-1"})
    seen.prefix_list("pl-mine", readable=False)
    assert undecided(seen).key == "rtb-a"


def test_what_becomes_of_a_filtered_route_aws_does_not_say() -> None:
    seen = world({"54.123.165.0/24": advertised("tgw-1", NewValue("filtered"))})
    assert undecided(seen).key == "rtb-a"


def test_an_association_without_its_route_is_a_contradiction() -> None:
    seen = world({})
    seen.change(TABLES, "rtb-a", Routes=[])
    finding = undecided(seen)
    assert (finding.key, finding.message) == ("", "the route tables that lead to vpce-1 (to-s3) were not all seen")


@pytest.mark.parametrize("action", [TABLES, "ec2:DescribeSubnets", "ec2:DescribeVpcs", INTERFACES])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world({"54.123.165.0/24": "igw-1"})
    seen.refuse(action)
    assert undecided(seen).missing


@pytest.mark.parametrize("workload", [True, False])
def test_use_that_was_not_seen_makes_no_pass_where_nothing_takes_the_addresses(workload: bool) -> None:
    seen = world({"0.0.0.0/0": "igw-1"}, workload=workload)
    seen.refuse(INTERFACES)
    finding = undecided(seen)
    assert (finding.key, finding.message) == ("", "whether subnets in use send to vpce-1 (to-s3) was not seen")


def test_a_table_whose_use_was_not_seen_does_not_hide_that_another_passes() -> None:
    seen = world({"0.0.0.0/0": "igw-1"})
    other = seen.subnet("subnet-b", seen.vpcs["vpc-a"], "10.0.1.0/24", enis=False)
    seen.gateway_endpoint(
        "vpce-2", seen.vpcs["vpc-a"], "s3", [seen.route_table("rtb-b", seen.vpcs["vpc-a"], [other])], name="second"
    )
    seen.cut(INTERFACES, keep=1)
    assert [each.resource.id for each in passes(judged(seen, gateway_endpoint_route_shadowed))] == ["vpce-1"]
    assert [each.resource.id for each in unknowns(judged(seen, gateway_endpoint_route_shadowed))] == ["vpce-2"]


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = world({"54.123.165.0/24": "igw-1"})
    seen.refuse("ec2:DescribeVpcEndpoints")
    assert undecided(seen).resource.type == "target"


def test_a_fault_that_was_seen_stands_beside_tables_that_were_not() -> None:
    seen = world({"54.123.165.0/24": "igw-1"})
    seen.cut(TABLES, keep=2)
    findings = judged(seen, gateway_endpoint_route_shadowed)
    assert [each.key for each in faults(findings)] == ["rtb-a|54.123.165.0/24"]
    assert [each.key for each in unknowns(findings)] == [""]


@pytest.mark.parametrize("routes", [{"54.123.165.0/24": "igw-1"}, {"0.0.0.0/0": "igw-1"}])
def test_the_rule_reads_what_it_says(routes: dict[str, str]) -> None:
    seen = world(routes)
    assert judged_on_reads(seen, gateway_endpoint_route_shadowed) == judged(seen, gateway_endpoint_route_shadowed)


def test_carrying_out_the_remedy_leads_all_to_the_endpoint() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=[table])
        # moto's prefix list of Amazon S3 has 3.5.0.0/19 in it.
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="3.5.1.0/24", GatewayId=gateway)
        (found,) = cured(gateway_endpoint_route_shadowed)
    assert found.key == f"{table}|3.5.1.0/24"
