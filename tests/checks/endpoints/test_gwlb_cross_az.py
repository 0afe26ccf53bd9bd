from collections.abc import Sequence

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.endpoints.gwlb_cross_az import endpoint_gwlb_cross_az
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World, blackhole

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SERVICES = "ec2:DescribeVpcEndpointServices"
SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-0f"


def world(endpoints_in: str = "a", *, offered_in: str = "abc", enis: bool = True) -> World:
    """Subnets of clients in zones a and b, and an endpoint to one service in a narrow subnet of each zone named."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    made.service(SERVICE, kind="GatewayLoadBalancer", owner="999999999999", zones=offered_in)
    for number, zone in enumerate("ab"):
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}", enis=enis)
    for number, zone in enumerate(endpoints_in):
        az = f"{REGION}{zone}"
        own = made.subnet(f"subnet-fw-{zone}", vpc, f"10.0.9.{16 * number}/28", az=az, enis=False)
        made.route_table(f"rtb-fw-{zone}", vpc, [own])
        made.load_balancer_endpoint(f"vpce-{zone}", own, service=SERVICE)
    return made


def led(seen: World, zones: Sequence[str], target: str = "vpce-a", destination: str = "0.0.0.0/0") -> World:
    """The subnets of some zones with one route table that leads to an endpoint."""
    subnets = [seen.subnets[f"subnet-{zone}"] for zone in zones]
    seen.route_table(f"rtb-{''.join(zones)}", seen.vpcs["vpc-a"], subnets, {destination: target})
    return seen


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, endpoint_gwlb_cross_az))
    return finding


def test_an_endpoint_in_each_zone_for_that_zones_traffic_passes() -> None:
    seen = led(led(world("ab"), "a"), "b", "vpce-b")
    seen.internet_gateway("igw-1", seen.vpcs["vpc-a"])
    edge = {"10.0.0.0/24": "vpce-a", "10.0.1.0/24": "vpce-b"}
    seen.route_table("rtb-edge", seen.vpcs["vpc-a"], routes=edge, gateway="igw-1")
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_an_endpoint_to_which_nothing_leads_passes() -> None:
    findings = judged(world(), endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_traffic_led_past_the_endpoint_of_its_zone_is_led_back_to_it() -> None:
    finding = fault(led(led(world("ab"), "a"), "b"))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.LOW, "euw1-az2", "vpce-a")
    assert finding.message == (
        "vpce-a in vpc-a (shop) stands in eu-west-1a, and rtb-b leads the traffic of subnet-b in eu-west-1b to it; "
        "lead it to vpce-b in that zone"
    )
    assert finding.evidence == {
        "service": SERVICE,
        "zone": "eu-west-1a",
        "zone_of_subnets": "eu-west-1b",
        "subnets": ["subnet-b"],
        "routes": [{"route_table": "rtb-b", "destination": "0.0.0.0/0"}],
        "endpoint_in_zone": "vpce-b",
    }
    assert finding.related == ("vpc-a", "subnet-b", "rtb-b", "vpce-b")
    assert finding.remedy == (
        Operation(
            "ec2:ReplaceRoute",
            {"RouteTableId": "rtb-b", "DestinationCidrBlock": "0.0.0.0/0", "VpcEndpointId": "vpce-b"},
            Target(ACCOUNT, REGION),
        ),
    )


def test_a_zone_without_an_endpoint_lacks_one() -> None:
    finding = fault(led(led(world(), "a"), "b"))
    assert finding.message.endswith("to it; there is no endpoint to the service in that zone")
    assert finding.remedy == ()


def test_a_table_for_two_zones_is_right_for_one_of_them() -> None:
    finding = fault(led(world("ab"), "ab"))
    assert finding.evidence["subnets"] == ["subnet-b"]
    # To change its route would move the fault to the other zone.
    assert finding.remedy == ()


def test_the_main_table_leads_what_has_no_other() -> None:
    seen = world()
    seen.main_routes(seen.vpcs["vpc-a"], {"0.0.0.0/0": "vpce-a"})
    assert fault(seen).evidence["routes"] == [{"route_table": "rtb-a-main", "destination": "0.0.0.0/0"}]


def test_what_comes_in_for_a_subnet_and_what_it_sends_are_one_finding() -> None:
    seen = led(world("ab"), "b")
    vpc = seen.vpcs["vpc-a"]
    seen.internet_gateway("igw-1", vpc)
    seen.route_table("rtb-edge", vpc, routes={"10.0.0.0/24": "vpce-a", "10.0.1.0/24": "vpce-a"}, gateway="igw-1")
    finding = fault(seen)
    assert "and rtb-b, rtb-edge lead the traffic of subnet-b in eu-west-1b to it" in finding.message
    assert [(step.parameters["RouteTableId"], step.parameters["DestinationCidrBlock"]) for step in finding.remedy] == [
        ("rtb-b", "0.0.0.0/0"),
        ("rtb-edge", "10.0.1.0/24"),
    ]


def test_what_comes_in_alone_is_enough() -> None:
    seen = world()
    vpc = seen.vpcs["vpc-a"]
    seen.internet_gateway("igw-1", vpc)
    seen.route_table("rtb-edge", vpc, routes={"10.0.1.0/24": "vpce-a"}, gateway="igw-1")
    assert fault(seen).evidence["routes"] == [{"route_table": "rtb-edge", "destination": "10.0.1.0/24"}]


def test_a_gateways_route_to_the_whole_vpc_tells_of_no_subnet() -> None:
    seen = world()
    vpc = seen.vpcs["vpc-a"]
    seen.internet_gateway("igw-1", vpc)
    seen.route_table("rtb-edge", vpc, routes={"10.0.0.0/16": "vpce-a"}, gateway="igw-1")
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_inspection_between_two_subnets_crosses_zones_by_design() -> None:
    seen = led(world(), "a", destination="10.0.1.0/24")
    findings = judged(led(seen, "b", destination="10.0.0.0/24"), endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_a_prefix_list_leads_across_what_it_is_known_to_hold() -> None:
    seen = world()
    seen.prefix_list("pl-known", ["192.0.2.0/24"])
    assert fault(led(seen, "b", destination="pl-known")).evidence["routes"][0]["destination"] == "pl-known"
    unread = world()
    unread.prefix_list("pl-hidden", readable=False)
    (finding,) = unknowns(judged(led(unread, "b", destination="pl-hidden"), endpoint_gwlb_cross_az))
    assert finding.missing


def test_a_route_that_leads_nowhere_leads_nothing_across() -> None:
    seen = world()
    subnet = seen.subnets["subnet-b"]
    seen.route_table("rtb-b", seen.vpcs["vpc-a"], [subnet], {"0.0.0.0/0": blackhole("vpce-a")})
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("kind", ["nat_gateway", "transit_gateway", "network_load_balancer", "interface"])
def test_gateways_and_load_balancers_send_as_workloads_do(kind: str) -> None:
    seen = led(world(enis=False), "b")
    seen.network_interface("eni-1", seen.subnets["subnet-b"], kind=kind)
    assert fault(seen).evidence["subnets"] == ["subnet-b"]


def test_an_empty_subnet_sends_nothing() -> None:
    seen = led(world(enis=False), "b")
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []
    (finding,) = faults(judged(seen, endpoint_gwlb_cross_az, Settings(treat_empty_vpcs=True)))
    assert finding.key == "euw1-az2"


@pytest.mark.parametrize("service", ["interface", "inspection"])
def test_a_subnet_of_endpoints_alone_sends_nothing(service: str) -> None:
    seen = led(world(enis=False), "b")
    subnet = seen.subnets["subnet-b"]
    if service == "interface":
        seen.interface_endpoint("vpce-9", seen.vpcs["vpc-a"], "sqs", [subnet])
    else:
        seen.load_balancer_endpoint("vpce-9", subnet)
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_a_zone_in_which_the_service_is_not_offered_cannot_have_an_endpoint() -> None:
    findings = judged(led(world(offered_in="a"), "b"), endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_a_service_that_nobody_lists_is_unknown_unless_it_has_an_endpoint_in_the_zone() -> None:
    seen = led(world(), "b")
    seen.refuse(SERVICES)
    (finding,) = unknowns(judged(seen, endpoint_gwlb_cross_az))
    assert finding.key == "euw1-az2"
    both = led(world("ab"), "b")
    both.refuse(SERVICES)
    assert fault(both).evidence["endpoint_in_zone"] == "vpce-b"


@pytest.mark.parametrize("state", ["failed", "pending", "deleting"])
def test_only_an_available_endpoint_is_one_to_lead_to(state: str) -> None:
    seen = led(world("ab"), "b")
    seen.change(ENDPOINTS, "vpce-b", State=state)
    assert fault(seen).evidence["endpoint_in_zone"] is None


def test_an_endpoint_to_another_service_is_none_to_lead_to() -> None:
    seen = led(world("ab"), "b")
    seen.change(ENDPOINTS, "vpce-b", ServiceName=f"{SERVICE}1")
    assert fault(seen).evidence["endpoint_in_zone"] is None


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = led(world("ab"), "b")
    seen.change(ENDPOINTS, "vpce-a", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


def test_zones_are_told_apart_by_their_ids() -> None:
    seen = led(world(), "b")
    seen.change("ec2:DescribeSubnets", "subnet-b", AvailabilityZoneId="euw1-az1")
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []


def test_a_participants_workload_in_a_shared_subnet_sends_as_well() -> None:
    seen = led(world(enis=False), "b")
    seen.share(seen.subnets["subnet-b"], "222222222222")
    seen.network_interface("eni-theirs", seen.subnets["subnet-b"], owner="222222222222")
    assert fault(seen).account == ACCOUNT


def test_other_types_and_endpoints_that_are_not_available_are_not_judged() -> None:
    seen = led(world(), "b")
    seen.interface_endpoint("vpce-9", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]])
    seen.change(ENDPOINTS, "vpce-a", State="failed")
    assert judged(seen, endpoint_gwlb_cross_az) == []


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        SERVICES,
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNetworkInterfaces",
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = led(world(), "b")
    seen.refuse(action)
    findings = judged(seen, endpoint_gwlb_cross_az)
    assert findings
    assert unknowns(findings) == findings


@pytest.mark.parametrize("subnets", [ABSENT, []])
def test_an_endpoint_whose_subnet_aws_left_out_is_unknown(subnets: object) -> None:
    seen = led(world(), "b")
    seen.change(ENDPOINTS, "vpce-a", SubnetIds=subnets)
    (finding,) = unknowns(judged(seen, endpoint_gwlb_cross_az))
    assert finding.missing
    assert [(cause.kind, cause.resource) for cause in finding.missing.causes] == [(Kind.ABSENT_FIELD, "vpce-a")]


def test_the_rule_reads_what_it_says() -> None:
    for seen in (led(world(), "b"), led(world("ab"), "ab"), world(), led(world(enis=False), "b")):
        assert judged_on_reads(seen, endpoint_gwlb_cross_az) == judged(seen, endpoint_gwlb_cross_az)


def test_endpoints_of_moto_are_cured() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        endpoints = []
        for number, zone in enumerate("ab"):
            made = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
            endpoint = ec2.create_vpc_endpoint(
                VpcId=vpc_id,
                ServiceName=SERVICE,
                VpcEndpointType="GatewayLoadBalancer",
                SubnetIds=[made["Subnet"]["SubnetId"]],
            )
            endpoints.append(endpoint["VpcEndpoint"]["VpcEndpointId"])
        clients = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}b")
        subnet_id = clients["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet_id)
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet_id)
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", VpcEndpointId=endpoints[0])
        (finding,) = faults(judged(collected(), endpoint_gwlb_cross_az))
        assert finding.resource.id == endpoints[0]
        # moto's ReplaceRoute knows no VpcEndpointId.
        ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
        ec2.create_route(**finding.remedy[0].parameters)
        findings = judged(collected(), endpoint_gwlb_cross_az)
    assert passes(findings) == findings != []
