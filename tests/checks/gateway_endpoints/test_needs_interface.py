from collections.abc import Callable

import boto3
import pytest
from moto import mock_aws

from auditor.findings import Confidence, Finding, Severity
from auditor.network.missing import Kind
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from checks.gateway_endpoints.needs_interface import gateway_endpoint_needs_interface
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, unknowns
from tests.world import ACCOUNT, REGION, Vpc, World

OTHER = "222222222222"
S3 = "com.amazonaws.eu-west-1.s3"


def world() -> tuple[World, Vpc]:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="hub")
    for number, zone in enumerate("ab"):
        made.subnet(f"subnet-a{number}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}")
    table = made.route_table("rtb-a", vpc)
    made.gateway_endpoint("vpce-1", vpc, "s3", [table])
    return made, vpc


def peered(routes: dict[str, str] | None = None) -> World:
    made, vpc = world()
    peer = made.vpc("vpc-b", "10.1.0.0/16")
    made.peering("pcx-1", vpc, peer)
    made.route_table("rtb-b", peer, [made.subnet("subnet-b", peer, "10.1.0.0/24")], routes or {})
    return made


def on_transit_gateway(routes: dict[str, str] | None = None) -> World:
    made, vpc = world()
    spoke = made.vpc("vpc-b", "10.1.0.0/16")
    for each in (vpc, spoke):
        made.transit_gateway_attachment("tgw-1", each)
    made.route_table("rtb-b", spoke, [made.subnet("subnet-b", spoke, "10.1.0.0/24")], routes or {})
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, gateway_endpoint_needs_interface))
    return finding


def test_a_vpc_that_nothing_is_connected_with_is_not_judged() -> None:
    assert judged(world()[0], gateway_endpoint_needs_interface) == []


def test_a_peer_that_cannot_use_the_endpoint_is_a_fact() -> None:
    finding = fault(peered())
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (finding.resource.id, finding.key) == ("vpce-1", "")
    assert f"vpce-1 serves {S3} to vpc-a (hub) alone, not to what comes in over pcx-1" in finding.message
    (step,) = finding.remedy
    assert step.operation == "ec2:CreateVpcEndpoint"
    assert step.parameters == {
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-a",
        "ServiceName": S3,
        "SubnetIds": ["subnet-a0", "subnet-a1"],
        "PrivateDnsEnabled": False,
    }


def test_a_peer_with_an_endpoint_of_its_own_needs_none() -> None:
    seen = peered()
    seen.gateway_endpoint("vpce-b", seen.vpcs["vpc-b"], "s3", [seen.route_tables["rtb-b"]])
    assert judged(seen, gateway_endpoint_needs_interface) == []


def test_a_transit_gateway_counts_unless_all_on_it_have_endpoints_of_their_own() -> None:
    seen = on_transit_gateway()
    assert "tgw-1" in fault(seen).message
    seen.gateway_endpoint("vpce-b", seen.vpcs["vpc-b"], "s3", [seen.route_tables["rtb-b"]])
    assert judged(seen, gateway_endpoint_needs_interface) == []


def test_a_network_outside_aws_behind_the_transit_gateway_cannot_use_the_endpoint() -> None:
    seen = on_transit_gateway()
    seen.gateway_endpoint("vpce-b", seen.vpcs["vpc-b"], "s3", [seen.route_tables["rtb-b"]])
    seen.main_routes(seen.vpcs["vpc-a"], {"192.168.0.0/16": "tgw-1"})
    assert [finding.resource.id for finding in faults(judged(seen, gateway_endpoint_needs_interface))] == ["vpce-1"]


def test_a_transit_gateway_a_core_network_and_a_virtual_private_gateway_connect_too() -> None:
    assert "over tgw-1;" in fault(on_transit_gateway()).message
    by_vpn, vpc = world()
    by_vpn.vpn_gateway("vgw-1", vpc)
    assert fault(by_vpn).evidence["connections"] == ["vgw-1"]
    by_core_network, vpc = world()
    core = "arn:aws:networkmanager::111111111111:core-network/core-network-1"
    by_core_network.main_routes(vpc, {"10.9.0.0/16": core})
    assert fault(by_core_network).evidence["connections"] == [core]


def test_a_gateway_that_is_attached_no_more_connects_nothing() -> None:
    seen, vpc = world()
    seen.vpn_gateway("vgw-1", vpc, attachment="detached")
    seen.transit_gateway_attachment("tgw-1", vpc, state="deleted")
    seen.peering("pcx-1", vpc, seen.vpc("vpc-b", "10.1.0.0/16"), status="pending-acceptance")
    assert judged(seen, gateway_endpoint_needs_interface) == []


def test_a_route_to_the_endpoint_over_a_peering_shows_that_somebody_tries() -> None:
    finding = fault(peered({"pl-s3": "pcx-1"}))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["attempts"] == ["rtb-b|pl-s3"]
    assert "rtb-b|pl-s3 would send traffic there" in finding.message


def test_awss_example_of_a_peer_that_tries_shows_both_what_to_add_and_what_to_remove() -> None:
    seen = peered({"pl-s3": "pcx-1"})
    assert fault(seen).related == ("vpc-a", "pcx-1")
    lacking = {(each.resource.id, each.key) for each in faults(judged(seen, gateway_endpoint_missing))}
    assert ("vpc-b", "s3") in lacking
    assert ("vpc-a", "s3") not in lacking


def test_a_route_over_a_peering_to_another_service_shows_nothing() -> None:
    seen = peered({"pl-dynamodb": "pcx-1"})
    assert fault(seen).severity is Severity.INFO


def test_a_route_to_the_service_over_a_shared_transit_gateway_shows_that_somebody_tries() -> None:
    assert fault(on_transit_gateway({"pl-s3": "tgw-1"})).severity is Severity.MEDIUM


@pytest.mark.parametrize("has", ["endpoint", "nat", "igw"])
def test_a_route_over_a_transit_gateway_may_mean_another_vpc_on_it(has: str) -> None:
    seen = on_transit_gateway({"pl-s3": "tgw-1"})
    other = seen.vpc("vpc-c", "10.2.0.0/16")
    seen.transit_gateway_attachment("tgw-1", other)
    assert fault(seen).severity is Severity.MEDIUM
    if has == "endpoint":
        seen.gateway_endpoint("vpce-c", other, "s3")
    elif has == "nat":
        seen.nat_gateway("nat-c", other)
    else:
        seen.internet_gateway("igw-c", other)
    found = {each.resource.id: each for each in faults(judged(seen, gateway_endpoint_needs_interface))}
    assert (found["vpce-1"].severity, found["vpce-1"].evidence["attempts"]) == (Severity.INFO, [])


@pytest.mark.parametrize("make", [peered, on_transit_gateway])
@pytest.mark.parametrize(
    "action", ["ec2:DescribePrefixLists", "ec2:DescribeRouteTables", "ec2:DescribeVpcEndpointServices"]
)
def test_an_attempt_that_cannot_be_ruled_out_is_unknown(make: Callable[[dict[str, str]], World], action: str) -> None:
    seen = make({"pl-s3": "pcx-1" if make is peered else "tgw-1"})
    assert fault(seen).severity is Severity.MEDIUM
    seen.refuse(action)
    findings = judged(seen, gateway_endpoint_needs_interface)
    assert findings
    assert unknowns(findings) == findings


def test_whom_a_route_over_a_transit_gateway_means_is_unknown_where_the_exits_were_refused() -> None:
    seen = on_transit_gateway({"pl-s3": "tgw-1"})
    seen.refuse("ec2:DescribeNatGateways")
    findings = judged(seen, gateway_endpoint_needs_interface)
    assert findings
    assert unknowns(findings) == findings


def test_services_that_were_refused_leave_a_vpc_to_which_nobody_routes_a_fact() -> None:
    seen = on_transit_gateway({"10.0.0.0/16": "tgw-1"})
    seen.refuse("ec2:DescribePrefixLists")
    assert fault(seen).severity is Severity.INFO


def test_a_service_without_interface_endpoints_has_none_to_offer() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.vpn_gateway("vgw-1", vpc)
    seen.gateway_endpoint("vpce-1", vpc, "s3express", [seen.main_routes(vpc, {})])
    assert judged(seen, gateway_endpoint_needs_interface) == []
    seen.refuse("ec2:DescribeVpcEndpointServices")
    assert [each.resource.id for each in unknowns(judged(seen, gateway_endpoint_needs_interface))] == ["vpce-1"]


def test_a_route_to_the_service_over_a_virtual_private_gateway_shows_that_somebody_tries() -> None:
    seen, vpc = world()
    other = seen.vpc("vpc-b", "10.1.0.0/16")
    seen.vpn_gateway("vgw-1", vpc)
    seen.vpn_gateway("vgw-2", other)
    seen.main_routes(other, {"pl-s3": "vgw-2"})
    assert fault(seen).evidence["attempts"] == ["rtb-b-main|pl-s3"]


@pytest.mark.parametrize("where", ["vpc-a", "vpc-b"])
@pytest.mark.parametrize("make", [peered, on_transit_gateway])
def test_an_interface_endpoint_within_reach_is_enough(make: Callable[[], World], where: str) -> None:
    seen = make()
    subnet = "subnet-a0" if where == "vpc-a" else "subnet-b"
    seen.interface_endpoint("vpce-2", seen.vpcs[where], "s3", [seen.subnets[subnet]])
    assert judged(seen, gateway_endpoint_needs_interface) == []


def test_an_interface_endpoint_that_failed_or_leads_elsewhere_is_not_enough() -> None:
    seen = peered()
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.subnets["subnet-a0"]], state="failed")
    seen.interface_endpoint("vpce-3", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a0"]])
    assert fault(seen).severity is Severity.INFO


def unaudited_peer(routes: dict[str, str] | None = None) -> World:
    made, vpc = world()
    made.peering("pcx-1", vpc, made.foreign_vpc("vpc-x", "10.2.0.0/16", account=OTHER))
    peer = made.vpc("vpc-b", "10.1.0.0/16")
    made.peering("pcx-2", vpc, peer)
    made.route_table("rtb-b", peer, [made.subnet("subnet-b", peer, "10.1.0.0/24")], routes or {})
    return made


def test_a_peer_that_was_not_audited_may_have_an_interface_endpoint() -> None:
    (finding,) = judged(unaudited_peer(), gateway_endpoint_needs_interface)
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.NOT_AUDITED]


def test_an_attempt_is_proven_whatever_a_peer_that_was_not_audited_has() -> None:
    assert fault(unaudited_peer({"pl-s3": "pcx-2"})).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeTransitGatewayVpcAttachments",
        "ec2:DescribeVpnGateways",
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpcs",
    ],
)
def test_a_vpc_whose_connections_were_refused_is_unknown(action: str) -> None:
    seen, _ = world()
    seen.refuse(action)
    findings = judged(seen, gateway_endpoint_needs_interface)
    assert findings
    assert unknowns(findings) == findings


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = peered()
    seen.refuse("ec2:DescribeVpcEndpoints")
    assert [each.resource.type for each in unknowns(judged(seen, gateway_endpoint_needs_interface))] == ["target"]


def test_an_endpoint_that_is_not_available_is_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.vpn_gateway("vgw-1", vpc)
    made.gateway_endpoint("vpce-1", vpc, "s3", state="failed")
    assert judged(made, gateway_endpoint_needs_interface) == []


def test_an_interface_endpoint_is_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.vpn_gateway("vgw-1", vpc)
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert judged(made, gateway_endpoint_needs_interface) == []


@pytest.mark.parametrize("routes", [{}, {"pl-s3": "pcx-1"}, {"pl-s3": "tgw-1"}])
def test_the_rule_reads_what_it_says(routes: dict[str, str]) -> None:
    seen = on_transit_gateway(routes) if "tgw-1" in routes.values() else peered(routes)
    assert judged_on_reads(seen, gateway_endpoint_needs_interface) == judged(seen, gateway_endpoint_needs_interface)


def test_a_gateway_endpoint_of_moto_with_a_virtual_private_gateway_is_a_fact() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, VpcEndpointType="Gateway")
        gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=vpc_id)
        following = [
            "endpoint-policy-default",
            "endpoint-s3-both-types",
            # moto gives a new endpoint neither a subnet nor, where AWS gives the VPC's default one, a group.
            "interface-endpoint-no-network-interface",
            "interface-endpoint-sg-missing",
        ]
        (finding,) = cured(gateway_endpoint_needs_interface, may_follow=following)
    assert finding.evidence["connections"] == [gateway]
    assert finding.account != ACCOUNT
