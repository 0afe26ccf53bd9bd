from collections.abc import Sequence

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings, Thresholds
from auditor.findings import Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.no_network_interface import interface_endpoint_no_network_interface
from checks.interface_endpoints.single_az import interface_endpoint_single_az
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SERVICES = "ec2:DescribeVpcEndpointServices"


def world(
    endpoint_in: str, clients_in: str, *, others_in: str = "", service: str = "sqs", central: bool = False
) -> World:
    """Each letter is a zone: of the endpoint's subnets, which hold no client, of the clients', and of empty subnets.

    ``central``: the VPC is on a transit gateway.
    """
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    made.service("com.amazonaws.eu-west-1.rare", zones="a")
    number = 0
    subnets: dict[str, list[str]] = {"endpoint": [], "client": [], "other": []}
    for kind, zones in (("endpoint", endpoint_in), ("client", clients_in), ("other", others_in)):
        for zone in zones:
            subnet_id = f"subnet-{kind}-{zone}"
            az = f"{REGION}{zone}"
            made.subnet(subnet_id, vpc, f"10.0.{number}.0/24", az=az, enis=kind == "client")
            subnets[kind].append(subnet_id)
            number += 1
    made.interface_endpoint("vpce-1", vpc, service, [made.subnets[each] for each in subnets["endpoint"]])
    if central:
        made.transit_gateway_attachment("tgw-1", vpc)
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_single_az))
    return finding


@pytest.mark.parametrize(("endpoint_in", "clients_in"), [("ab", "ab"), ("abc", "ab"), ("a", "a")])
def test_an_endpoint_in_every_zone_of_its_clients_passes(endpoint_in: str, clients_in: str) -> None:
    findings = judged(world(endpoint_in, clients_in), interface_endpoint_single_az)
    assert passes(findings) == findings != []


def test_an_endpoint_in_one_zone_for_clients_in_two_is_worth_a_warning() -> None:
    finding = fault(world("a", "ab"))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.MEDIUM, "", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a (shop) stands in eu-west-1a alone, while subnets in use are in "
        "eu-west-1a, eu-west-1b; add subnet-client-b in eu-west-1b"
    )
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "AddSubnetIds": ["subnet-client-b"]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_an_endpoint_in_two_zones_for_clients_in_three_is_low() -> None:
    finding = fault(world("ab", "abc"))
    assert finding.severity is Severity.LOW
    assert finding.evidence["zones_to_add"] == ["eu-west-1c"]


def test_an_endpoint_in_another_zone_than_its_only_clients_is_low() -> None:
    assert fault(world("b", "a")).severity is Severity.LOW


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world("a", "ab")
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


def test_zones_in_which_the_service_is_not_offered_do_not_count() -> None:
    rare = "com.amazonaws.eu-west-1.rare"
    findings = judged(world("a", "ab", service=rare), interface_endpoint_single_az)
    assert passes(findings) == findings != []


def test_an_empty_zone_does_not_count() -> None:
    findings = judged(world("a", "a", others_in="b"), interface_endpoint_single_az)
    assert passes(findings) == findings != []


def test_a_central_endpoint_stands_in_as_many_zones_as_the_settings_ask() -> None:
    seen = world("a", "", others_in="bc", central=True)
    finding = fault(seen)
    assert finding.severity is Severity.LOW
    assert "and its clients are elsewhere; add subnet-other-b in eu-west-1b" in finding.message
    findings = judged(seen, interface_endpoint_single_az, Settings(thresholds=Thresholds(min_azs=1)))
    assert passes(findings) == findings != []
    (finding,) = faults(judged(seen, interface_endpoint_single_az, Settings(thresholds=Thresholds(min_azs=3))))
    assert finding.evidence["zones_to_add"] == ["eu-west-1b", "eu-west-1c"]


def test_a_central_endpoint_in_two_zones_passes() -> None:
    findings = judged(world("ab", "", others_in="c", central=True), interface_endpoint_single_az)
    assert passes(findings) == findings != []


def test_an_endpoint_that_nobody_can_use_is_not_judged() -> None:
    assert judged(world("a", "", others_in="b"), interface_endpoint_single_az) == []


@pytest.mark.parametrize(
    "action", ["ec2:DescribeTransitGatewayVpcAttachments", "ec2:DescribeRouteTables", "ec2:DescribeVpnGateways"]
)
def test_whether_somebody_elsewhere_can_use_an_endpoint_is_unknown_where_it_was_not_seen(action: str) -> None:
    seen = world("a", "", others_in="b")
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_single_az)
    assert [finding.resource.id for finding in unknowns(findings)] == ["vpce-1"]
    assert unknowns(findings) == findings


def test_empty_subnets_count_as_clients_where_the_settings_say_so() -> None:
    seen = world("a", "", others_in="b")
    (finding,) = faults(judged(seen, interface_endpoint_single_az, Settings(treat_empty_vpcs=True)))
    assert finding.severity is Severity.MEDIUM


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork"])
def test_endpoints_without_a_service_name_can_stand_in_any_zone(kind: str) -> None:
    seen = world("a", "ab")
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind, ServiceName=ABSENT)
    assert fault(seen).severity is Severity.MEDIUM


def test_a_tunnel_endpoint_can_only_stand_where_its_resource_gateway_does() -> None:
    seen = world("a", "ab")
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType="Tunnel", ServiceName=ABSENT)
    assert judged(seen, interface_endpoint_single_az) == []


def test_types_without_a_choice_of_zones_are_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = [made.subnet(f"subnet-{zone}", vpc, block, az=f"{REGION}{zone}") for zone, block in BLOCKS]
    made.gateway_endpoint("vpce-1", vpc, "s3")
    made.load_balancer_endpoint("vpce-2", subnets[0])
    assert judged(made, interface_endpoint_single_az) == []


BLOCKS: Sequence[tuple[str, str]] = (("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"))


def test_an_endpoint_that_is_gone_is_not_judged() -> None:
    seen = world("a", "ab")
    seen.change(ENDPOINTS, "vpce-1", State="failed")
    assert judged(seen, interface_endpoint_single_az) == []


@pytest.mark.parametrize(
    "action", [ENDPOINTS, SERVICES, "ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"]
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world("a", "ab")
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_single_az)
    assert findings
    assert unknowns(findings) == findings


def test_the_zones_of_a_service_of_another_region_are_unknown() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = [made.subnet(f"subnet-{zone}", vpc, block, az=f"{REGION}{zone}") for zone, block in BLOCKS]
    made.interface_endpoint("vpce-1", vpc, "sqs", subnets[:1], service_region="us-east-1")
    (finding,) = unknowns(judged(made, interface_endpoint_single_az))
    assert finding.missing
    assert [cause.resource for cause in finding.missing.causes] == ["com.amazonaws.us-east-1.sqs"]


def test_subnets_that_aws_left_out_of_the_endpoint_are_unknown() -> None:
    seen = world("a", "ab")
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_single_az))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_an_endpoint_in_no_subnet_is_for_another_rule() -> None:
    seen = world("a", "ab")
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=[], NetworkInterfaceIds=[])
    assert judged(seen, interface_endpoint_single_az) == []
    assert faults(judged(seen, interface_endpoint_no_network_interface))


def test_zones_are_told_apart_by_their_ids() -> None:
    seen = world("a", "b")
    seen.change("ec2:DescribeSubnets", "subnet-client-b", AvailabilityZoneId="euw1-az1")
    findings = judged(seen, interface_endpoint_single_az)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(("endpoint_in", "clients_in"), [("a", "ab"), ("a", ""), ("ab", "ab")])
@pytest.mark.parametrize("central", [False, True])
def test_the_rule_reads_what_it_says(endpoint_in: str, clients_in: str, central: bool) -> None:
    seen = world(endpoint_in, clients_in, others_in="c", central=central)
    assert judged_on_reads(seen, interface_endpoint_single_az) == judged(seen, interface_endpoint_single_az)


def test_an_endpoint_of_moto_in_one_of_two_zones_fails() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = []
        for zone, block in BLOCKS:
            az = f"{REGION}{zone}"
            made = ec2.create_subnet(VpcId=vpc_id, CidrBlock=block, AvailabilityZone=az)
            subnets.append(made["Subnet"]["SubnetId"])
            ec2.create_network_interface(SubnetId=subnets[-1])
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=subnets[:1],
        )
        (finding,) = cured(interface_endpoint_single_az)
    assert finding.severity is Severity.MEDIUM
    assert finding.related[1:] == (subnets[1],)


def test_an_endpoint_of_which_neither_vpc_nor_subnets_were_seen_is_unknown_once() -> None:
    seen = world("a", "ab")
    seen.refuse("ec2:DescribeVpcs")
    seen.refuse("ec2:DescribeSubnets")
    (finding,) = [each for each in judged(seen, interface_endpoint_single_az) if each.resource.id == "vpce-1"]
    assert finding.missing
    assert {cause.action for cause in finding.missing.causes} == {"ec2:DescribeVpcs", "ec2:DescribeSubnets"}


def test_a_subnet_that_holds_a_load_balancer_alone_has_no_clients() -> None:
    seen = world("a", "a", others_in="b")
    seen.network_interface("eni-lb", seen.subnets["subnet-other-b"], kind="network_load_balancer")
    findings = judged(seen, interface_endpoint_single_az)
    assert passes(findings) == findings != []
    seen.network_interface("eni-client", seen.subnets["subnet-other-b"])
    assert fault(seen).evidence["zones_to_add"] == ["eu-west-1b"]
