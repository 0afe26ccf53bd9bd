from collections.abc import Mapping

import pytest
from moto import mock_aws

from auditor.findings import Severity
from checks.audit.unknown_value import audit_unknown_value
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, NewValue, World

ENDPOINTS, PEERINGS, TABLES = "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcPeeringConnections", "ec2:DescribeRouteTables"


def routes(*listed: Mapping[str, object]) -> World:
    world = World()
    world.route_table("rtb-1", world.vpc("vpc-a", "10.0.0.0/16"), name="apps")
    world.change(TABLES, "rtb-1", Routes=list(listed))
    return world


def said(world: World) -> list[tuple[str, str]]:
    return [(fault.resource.id, fault.key) for fault in faults(judged(world, audit_unknown_value))]


def endpoint(kind: object = "Interface", state: object = "available") -> World:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16")
    world.interface_endpoint("vpce-1", a, "sqs", [world.subnet("subnet-1", a, "10.0.0.0/24")])
    world.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind, State=state)
    return world


def test_known_values_pass() -> None:
    findings = judged(two_vpcs(), audit_unknown_value)
    assert passes(findings) == findings
    assert {finding.resource.type for finding in findings} == {"vpc-peering-connection", "route-table"}


def test_an_endpoint_of_a_new_type_is_a_fact() -> None:
    world = endpoint(NewValue("Wormhole"))
    (fault,) = faults(judged(world, audit_unknown_value))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "vpce-1", "VpcEndpointType|Wormhole")
    assert fault.message == (
        'vpce-1 has the VpcEndpointType "Wormhole", which this version does not know; rules that depend on it may not '
        "tell: update vpc-auditor"
    )
    assert fault.evidence == {"member": "VpcEndpointType", "value": "Wormhole"}
    assert judged_on_reads(world, audit_unknown_value) == judged(world, audit_unknown_value)


@pytest.mark.parametrize(
    "known", ["Interface", "Gateway", "GatewayLoadBalancer", "Resource", "ServiceNetwork", "Tunnel"]
)
def test_each_type_of_endpoint_that_aws_documents_is_known(known: str) -> None:
    assert said(endpoint(known)) == []


@pytest.mark.parametrize("state", ["available", "Available", "pendingAcceptance", "PendingAcceptance", "partial"])
def test_the_spelling_of_a_state_tells_nothing(state: str) -> None:
    assert said(endpoint(state=state)) == []


def test_an_endpoint_in_a_new_state_keeps_aws_spelling() -> None:
    assert said(endpoint(state=NewValue("halfOpen"))) == [("vpce-1", "State|halfOpen")]


def test_a_value_that_aws_leaves_out_is_absent_and_not_new() -> None:
    assert said(endpoint(ABSENT, ABSENT)) == []


def test_a_new_status_of_a_connection_is_a_fact() -> None:
    world = two_vpcs()
    world.change(PEERINGS, "pcx-1", Status={"Code": NewValue("suspended"), "Message": "Suspended"})
    assert said(world) == [("pcx-1", "Status.Code|suspended")]


def test_new_values_of_routes_are_told_once_a_table() -> None:
    known = {"Origin": "CreateRoute", "State": "active", "GatewayId": "igw-1"}
    world = routes(
        {"DestinationCidrBlock": "10.1.0.0/16", **known},
        {"DestinationCidrBlock": "10.2.0.0/16", **known, "Origin": NewValue("Gossip")},
        {"DestinationCidrBlock": "10.3.0.0/16", **known, "Origin": NewValue("Gossip")},
        {"DestinationCidrBlock": "10.4.0.0/16", **known, "State": NewValue("dormant")},
        {"DestinationCidrBlock": "10.5.0.0/16", **known, "GatewayId": "xgw-1"},
        {"DestinationCidrBlock": "10.6.0.0/16", "Origin": "CreateRoute", "State": "active"},
    )
    assert said(world) == [
        ("rtb-1", "Routes.Origin|Gossip"),
        ("rtb-1", "Routes.State|dormant"),
        ("rtb-1", "Routes.target|"),
        ("rtb-1", "Routes.target|xgw-1"),
    ]
    (nameless,) = [each for each in faults(judged(world, audit_unknown_value)) if each.key == "Routes.target|"]
    assert nameless.message.startswith("rtb-1 (apps) has a Routes.target that AWS's model does not have, which this")


@pytest.mark.parametrize("state", ["active", "blackhole", "filtered"])
@pytest.mark.parametrize("origin", ["CreateRouteTable", "CreateRoute", "EnableVgwRoutePropagation", "Advertisement"])
def test_each_state_and_origin_of_a_route_that_aws_documents_is_known(state: str, origin: str) -> None:
    route = {"DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "igw-1", "State": state, "Origin": origin}
    assert said(routes(route)) == []


def test_refused_answers_are_one_unknown_of_the_target() -> None:
    world = two_vpcs()
    for action in (ENDPOINTS, PEERINGS, TABLES):
        world.refuse(action)
    (finding,) = unknowns(judged(world, audit_unknown_value))
    assert finding.resource.id == f"{ACCOUNT}/{REGION}"
    assert finding.missing is not None
    assert {cause.action for cause in finding.missing.causes} == {ENDPOINTS, PEERINGS, TABLES}


@mock_aws
def test_the_values_of_moto_are_known() -> None:
    peered()
    findings = judged(collected(), audit_unknown_value)
    assert passes(findings) == findings != []
