from typing import Any

import pytest

from auditor.findings import Confidence, Severity
from checks.interface_endpoints.centralise import interface_endpoint_centralise
from tests.judging import faults, judged, judged_backwards, judged_on_reads, passes, unknowns
from tests.world import Vpc, World

HOME = "us-east-1"
ENDPOINTS = "ec2:DescribeVpcEndpoints"


def spoke(made: World, name: str, number: int, service: str = "sqs") -> Vpc:
    vpc = made.vpc(f"vpc-{name}", f"10.{number}.0.0/16", name=name)
    subnet = made.subnet(f"subnet-{name}", vpc, f"10.{number}.0.0/24")
    made.interface_endpoint(f"vpce-{name}", vpc, service, [subnet])
    return vpc


def star(spokes: str = "bc", *, routed: bool = True) -> World:
    """VPC ``a`` in the middle, peered with the others, each with an endpoint of its own."""
    made = World(region=HOME)
    hub = spoke(made, "a", 0)
    to_spokes: dict[str, str] = {}
    for number, name in enumerate(spokes, start=1):
        vpc = spoke(made, name, number)
        to_spokes[vpc.blocks[0]] = made.peering(f"pcx-{name}", hub, vpc)
        if routed:
            made.main_routes(vpc, {hub.blocks[0]: f"pcx-{name}"})
    made.main_routes(hub, to_spokes)
    return made


def on_transit(*, back: bool = True) -> World:
    """Three VPCs on one transit gateway."""
    made = World(region=HOME)
    for number, name in enumerate("abc"):
        vpc = spoke(made, name, number)
        made.transit_gateway_attachment("tgw-1", vpc)
        if back or name != "a":
            made.main_routes(vpc, {"10.0.0.0/8": "tgw-1"})
    return made


def test_peers_of_a_hub_with_endpoints_of_their_own_could_share_its_one() -> None:
    (finding,) = faults(judged(star(), interface_endpoint_centralise))
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (finding.resource.id, finding.key) == ("vpce-a", "")
    assert finding.message == (
        "vpce-a to com.amazonaws.us-east-1.sqs in vpc-a (a) is within reach of 2 VPCs that have an endpoint of their "
        "own for it, vpce-b in vpc-b, vpce-c in vpc-c, and their hours cost $14.60 a month; one could serve all"
    )
    assert finding.evidence["over"] == ["pcx-b", "pcx-c"]
    assert finding.evidence["endpoints"] == {
        "vpce-b": {"vpc": "vpc-b", "zones": 1},
        "vpce-c": {"vpc": "vpc-c", "zones": 1},
    }
    assert finding.monthly_saving_usd == 14.60


def test_vpcs_on_one_transit_gateway_could_share_one_as_well() -> None:
    (finding,) = faults(judged(on_transit(), interface_endpoint_centralise))
    assert finding.resource.id == "vpce-a"
    assert finding.evidence["over"] == ["tgw-1"]


def test_the_endpoints_that_another_could_stand_for_are_not_told_again() -> None:
    findings = judged(star(), interface_endpoint_centralise)
    assert [finding.resource.id for finding in findings] == ["vpce-a"]


def test_the_order_of_aws_lists_changes_nothing() -> None:
    assert judged_backwards(star("bcd"), interface_endpoint_centralise) == judged(
        star("bcd"), interface_endpoint_centralise
    )


def test_two_vpcs_are_too_few() -> None:
    findings = judged(star("b"), interface_endpoint_centralise)
    assert passes(findings) == findings != []


def test_spokes_of_a_hub_without_an_endpoint_do_not_reach_one_another() -> None:
    made = star("bcd")
    made.change(ENDPOINTS, "vpce-a", State="deleting")
    assert not faults(judged(made, interface_endpoint_centralise))


def test_a_peer_without_a_route_does_not_reach_the_hub() -> None:
    assert not faults(judged(star(routed=False), interface_endpoint_centralise))


def test_a_hub_that_does_not_answer_over_the_transit_gateway_serves_nobody() -> None:
    assert not faults(judged(on_transit(back=False), interface_endpoint_centralise))


def test_a_policy_of_its_own_is_a_reason_for_an_endpoint_of_its_own() -> None:
    made = star()
    made.change(ENDPOINTS, "vpce-b", PolicyDocument='{"Statement":[]}')
    assert not faults(judged(made, interface_endpoint_centralise))


@pytest.mark.parametrize("members", [{"RequesterManaged": True}, {"State": "failed"}])
def test_an_endpoint_that_its_owner_cannot_share_does_not_count(members: dict[str, Any]) -> None:
    made = star()
    made.change(ENDPOINTS, "vpce-b", **members)
    findings = judged(made, interface_endpoint_centralise)
    assert not faults(findings)
    assert "vpce-b" not in {finding.resource.id for finding in findings}


def test_other_services_and_customers_services_are_left_alone() -> None:
    made = World(region=HOME)
    service = made.service("com.amazonaws.vpce.us-east-1.vpce-svc-0a", owner="999999999999")
    for number, name in enumerate("abc"):
        vpc = spoke(made, name, number, service)
        made.transit_gateway_attachment("tgw-1", vpc)
        made.main_routes(vpc, {"10.0.0.0/8": "tgw-1"})
    assert judged(made, interface_endpoint_centralise) == []


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeTransitGatewayVpcAttachments",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        ENDPOINTS,
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    made = star("b")
    made.refuse(action)
    findings = judged(made, interface_endpoint_centralise)
    assert unknowns(findings) == findings != []


@pytest.mark.parametrize("made", [star(), on_transit()], ids=["peering", "transit gateway"])
def test_the_rule_reads_what_it_says(made: World) -> None:
    assert judged_on_reads(made, interface_endpoint_centralise) == judged(made, interface_endpoint_centralise)
