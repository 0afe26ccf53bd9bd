from collections.abc import Callable

import pytest
from moto import mock_aws

from auditor.findings import Confidence, Severity
from checks.peering.edge_gateway_endpoint import peering_edge_gateway_endpoint
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_B, Routes, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ACCOUNT, REGION, World

S3 = f"com.amazonaws.{REGION}.s3"
TO_S3: Routes = {"pl-s3": "pcx-1", B_BLOCK: "pcx-1"}


def s3_in_b(a_routes: Routes = TO_S3, *, b_account: str = ACCOUNT, b_region: str = REGION) -> World:
    world = two_vpcs(a_routes=a_routes, b_account=b_account, b_region=b_region)
    world.gateway_endpoint("vpce-b", world.vpcs["vpc-b"], "s3", [world.route_tables["rtb-b1"]])
    return world


# --- Routes


def test_the_services_prefix_list_over_peering_is_a_fault() -> None:
    (fault,) = faults(judged(s3_in_b(), peering_edge_gateway_endpoint))
    assert (fault.severity, fault.confidence, fault.key) == (Severity.HIGH, Confidence.CERTAIN, "rtb-a1|pl-s3")
    assert fault.message == (
        "rtb-a1 of vpc-a (front) routes pl-s3 to vpc-b (back) over pcx-1 (front-to-back): vpc-b (back) reaches "
        f"{S3} through vpce-b, which serves that VPC alone; use a gateway endpoint for {S3} in vpc-a itself"
    )
    assert fault.evidence["gateway_endpoints"] == ["vpce-b"]
    delete, create = fault.remedy
    assert delete.parameters == {"RouteTableId": "rtb-a1", "DestinationPrefixListId": "pl-s3"}
    assert create.operation == "ec2:CreateVpcEndpoint"
    assert create.parameters == {
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-a",
        "ServiceName": S3,
        "RouteTableIds": ["rtb-a1"],
    }


def test_the_prefix_list_is_a_fault_where_the_peer_has_no_endpoint_either() -> None:
    (fault,) = faults(judged(two_vpcs(a_routes=TO_S3), peering_edge_gateway_endpoint))
    assert f"{S3} is reached through a gateway endpoint of one's own VPC, never over a peering" in fault.message


def test_a_vpc_with_an_endpoint_of_its_own_is_told_to_use_it() -> None:
    world = s3_in_b()
    world.gateway_endpoint("vpce-a", world.vpcs["vpc-a"], "s3")
    (fault,) = faults(judged(world, peering_edge_gateway_endpoint))
    step = fault.remedy[-1]
    assert step.operation == "ec2:ModifyVpcEndpoint"
    assert step.parameters == {"VpcEndpointId": "vpce-a", "AddRouteTableIds": ["rtb-a1"]}


def test_a_block_of_the_service_is_a_fault_where_the_peer_has_an_endpoint() -> None:
    world = two_vpcs(a_routes={"52.218.4.0/24": "pcx-1"})
    world.aws_prefix_list("pl-3", S3, ["52.218.0.0/17"])
    world.gateway_endpoint("vpce-b", world.vpcs["vpc-b"], "s3")
    (fault,) = faults(judged(world, peering_edge_gateway_endpoint))
    assert (fault.key, fault.evidence["service"]) == ("rtb-a1|52.218.4.0/24", S3)


def test_a_block_of_the_service_is_not_this_rules_where_the_peer_has_no_endpoint() -> None:
    world = two_vpcs(a_routes={"52.218.4.0/24": "pcx-1"})
    world.aws_prefix_list("pl-3", S3, ["52.218.0.0/17"])
    assert faults(judged(world, peering_edge_gateway_endpoint)) == []


def test_the_vpcs_own_endpoints_are_not_named_while_they_are_not_known() -> None:
    world = s3_in_b(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcEndpoints", account=ACCOUNT)
    (fault,) = faults(judged(world, peering_edge_gateway_endpoint))
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteRoute"]


@pytest.mark.parametrize("action", ["ec2:DescribePrefixLists", "ec2:DescribeVpcEndpointServices"])
def test_without_aws_own_lists_a_public_destination_is_unknown(action: str) -> None:
    world = two_vpcs(a_routes={"52.218.4.0/24": "pcx-1"})
    world.refuse(action)
    (finding,) = judged(world, peering_edge_gateway_endpoint)
    assert (finding.status.value, finding.key) == ("unknown", "rtb-a1|52.218.4.0/24")


def test_a_public_destination_past_an_unaudited_peer_is_unknown() -> None:
    world = half_seen(a_routes={"52.218.4.0/24": "pcx-1"})
    world.aws_prefix_list("pl-3", S3, ["52.218.0.0/17"])
    found = unknowns(judged(world, peering_edge_gateway_endpoint))
    assert {finding.key for finding in found} == {"rtb-a1|52.218.4.0/24", "vpc-b"}


def test_a_connection_that_is_not_active_is_no_question() -> None:
    assert judged(two_vpcs("deleted", a_routes=TO_S3), peering_edge_gateway_endpoint) == []


# --- A VPC that has no other way out


def test_a_confined_vpc_beside_the_peers_endpoint_is_told_that_it_is_not_served() -> None:
    (fault,) = faults(judged(s3_in_b(TO_B), peering_edge_gateway_endpoint))
    assert (fault.severity, fault.confidence, fault.key) == (Severity.INFO, Confidence.HEURISTIC, f"vpc-a|{S3}")
    assert fault.message == (
        "vpc-a (front) has no way out but pcx-1 (front-to-back), and vpce-b of vpc-b (back) does not serve it; if it "
        f"needs {S3}, create a gateway endpoint there"
    )
    assert fault.evidence["subnets_in_use"] == ["subnet-a1"]


def own_endpoint(world: World) -> None:
    world.gateway_endpoint("vpce-a", world.vpcs["vpc-a"], "s3")


def interface_endpoint(world: World) -> None:
    world.interface_endpoint("vpce-i", world.vpcs["vpc-b"], "s3", [world.subnets["subnet-b1"]])


def another_way_out(world: World) -> None:
    a = world.vpcs["vpc-a"]
    igw = world.internet_gateway("igw-a", a)
    world.route_table("rtb-a2", a, [world.subnet("subnet-a2", a, "172.16.2.0/24")], {"0.0.0.0/0": igw})


def another_network(world: World) -> None:
    a = world.vpcs["vpc-a"]
    world.peering("pcx-2", a, world.vpc("vpc-c", "10.9.0.0/16"))
    world.route_table("rtb-a2", a, [world.subnet("subnet-a2", a, "172.16.2.0/24")], {"10.9.0.0/16": "pcx-2"})


@pytest.mark.parametrize("served", [own_endpoint, interface_endpoint, another_way_out, another_network])
def test_a_vpc_with_an_endpoint_or_another_way_passes(served: Callable[[World], None]) -> None:
    world = s3_in_b(TO_B)
    served(world)
    assert faults(judged(world, peering_edge_gateway_endpoint)) == []


def test_a_confined_vpc_without_workloads_passes() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", B_BLOCK)
    world.peering("pcx-1", a, b)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24", enis=False)], TO_B)
    world.gateway_endpoint("vpce-b", b, "s3")
    findings = judged(world, peering_edge_gateway_endpoint)
    assert passes(findings) == findings != []


def test_a_peer_in_another_region_is_not_counted_on() -> None:
    findings = judged(s3_in_b(TO_B, b_region="us-east-1"), peering_edge_gateway_endpoint)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("action", ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"])
def test_a_confined_vpc_of_which_an_answer_was_refused_is_unknown(action: str) -> None:
    world = s3_in_b(TO_B, b_account=OTHER_ACCOUNT)
    world.refuse(action, account=ACCOUNT)
    (finding,) = judged(world, peering_edge_gateway_endpoint)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-a|service")


def test_refused_endpoints_of_a_side_leave_both_unknown_where_both_are_confined() -> None:
    world = s3_in_b(TO_B, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcEndpoints", account=ACCOUNT)
    findings = judged(world, peering_edge_gateway_endpoint)
    assert unknowns(findings) == findings
    assert [finding.key for finding in findings] == ["vpc-a|service", "vpc-b|service"]


@pytest.mark.parametrize("action", ["ec2:DescribePrefixLists", "ec2:DescribeVpcEndpointServices"])
def test_a_prefix_list_that_may_be_the_services_makes_no_second_fault(action: str) -> None:
    world = s3_in_b()
    world.refuse(action)
    findings = judged(world, peering_edge_gateway_endpoint)
    assert unknowns(findings) == findings
    assert {"rtb-a1|pl-s3", "vpc-a|service"} <= {finding.key for finding in findings}


def test_refused_endpoints_of_the_peer_are_unknown_for_a_confined_vpc() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcEndpoints", account=OTHER_ACCOUNT)
    assert "vpc-a|service" in {finding.key for finding in unknowns(judged(world, peering_edge_gateway_endpoint))}


@mock_aws
def test_the_services_prefix_list_over_peering_is_found_in_moto() -> None:
    moto = peered()
    service = f"com.amazonaws.{REGION}.s3"
    moto.ec2.create_vpc_endpoint(
        VpcEndpointType="Gateway", VpcId=moto.b, ServiceName=service, RouteTableIds=[moto.b_table]
    )
    lists = moto.ec2.describe_prefix_lists()["PrefixLists"]
    list_id = next(each["PrefixListId"] for each in lists if each["PrefixListName"] == service)
    moto.ec2.create_route(
        RouteTableId=moto.a_table, DestinationPrefixListId=list_id, VpcPeeringConnectionId=moto.peering
    )
    for table, block in ((moto.a_table, B_BLOCK), (moto.b_table, A_BLOCK)):
        moto.route(table, block)
    (fault,) = cured(peering_edge_gateway_endpoint, may_follow=["endpoint-policy-default"])
    assert (fault.key, fault.severity) == (f"{moto.a_table}|{list_id}", Severity.HIGH)
