import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings, Thresholds
from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.prices import PriceTable
from auditor.snapshot import Target
from checks.interface_endpoints.az_mismatch import interface_endpoint_az_mismatch
from checks.interface_endpoints.single_az import interface_endpoint_single_az
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
BOTH = (interface_endpoint_az_mismatch, interface_endpoint_single_az)


def world(endpoint_in: str, clients_in: str, *, service: str = "sqs") -> World:
    """Each letter is a zone: of the endpoint's subnets, which hold no client, and of the clients'."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    made.service("com.amazonaws.eu-west-1.rare", zones="ab")
    subnets = []
    for number, zone in enumerate(endpoint_in):
        az = f"{REGION}{zone}"
        subnets.append(made.subnet(f"subnet-endpoint-{zone}", vpc, f"10.0.{number}.0/24", az=az, enis=False))
    for number, zone in enumerate(clients_in):
        made.subnet(f"subnet-client-{zone}", vpc, f"10.0.1{number}.0/24", az=f"{REGION}{zone}")
    made.interface_endpoint("vpce-1", vpc, service, subnets)
    return made


def fault(seen: World, settings: Settings | None = None) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_az_mismatch, settings or Settings()))
    return finding


@pytest.mark.parametrize(
    ("endpoint_in", "clients_in"), [("ab", "ab"), ("a", "ab"), ("abc", "abc"), ("ab", "a"), ("b", "a"), ("bc", "a")]
)
def test_zones_that_clients_or_resilience_need_pass(endpoint_in: str, clients_in: str) -> None:
    findings = judged(world(endpoint_in, clients_in), interface_endpoint_az_mismatch)
    assert passes(findings) == findings != []


def test_a_zone_beyond_the_clients_and_beyond_resilience_is_a_cost() -> None:
    finding = fault(world("abc", "a"))
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (finding.key, finding.resource.id) == ("", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a (shop) stands in eu-west-1a, eu-west-1b, eu-west-1c, while "
        "subnets in use are in eu-west-1a alone, and min_azs asks for 2; subnet-endpoint-c in eu-west-1c can go, which "
        "saves $8.03 a month"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "zones_of_clients": ["eu-west-1a"],
        "zones_to_remove": ["eu-west-1c"],
        "min_azs": 2,
        "savings": [
            {
                "resource": "vpce-1/subnet-endpoint-c",
                "of": "hours",
                "quantity": 730,
                "price_usd": 0.011,
                "usd": 8.03,
            }
        ],
    }
    assert finding.monthly_saving_usd == 8.03
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "RemoveSubnetIds": ["subnet-endpoint-c"]},
            Target(ACCOUNT, REGION),
        ),
    )


@pytest.mark.parametrize(
    ("min_azs", "removed"), [(1, ["eu-west-1b", "eu-west-1c"]), (2, ["eu-west-1c"]), (3, None), (10, None)]
)
def test_how_many_zones_resilience_needs_is_for_the_settings_to_say(min_azs: int, removed: list[str] | None) -> None:
    settings = Settings(thresholds=Thresholds(min_azs=min_azs))
    found = faults(judged(world("abc", "a"), interface_endpoint_az_mismatch, settings))
    assert [finding.evidence["zones_to_remove"] for finding in found] == ([removed] if removed else [])


def test_each_zone_that_can_go_saves_its_hours() -> None:
    finding = fault(world("abc", "a"), Settings(thresholds=Thresholds(min_azs=1)))
    assert [saving.resource for saving in finding.savings] == ["vpce-1/subnet-endpoint-b", "vpce-1/subnet-endpoint-c"]
    assert finding.monthly_saving_usd == 16.06


def test_what_the_endpoint_carried_costs_the_same_in_the_zones_that_stay() -> None:
    seen = world("abc", "a")
    seen.metrics({"vpce-1": 500})
    assert {saving.of for saving in fault(seen).savings} == {"hours"}


def test_without_prices_a_zone_can_go_all_the_same() -> None:
    prices = PriceTable(as_of="2026-11-01", source="a test", regions={})
    finding = fault(world("abc", "a"), Settings(prices=prices))
    assert finding.message.endswith("subnet-endpoint-c in eu-west-1c can go")
    assert (finding.monthly_saving_usd, "savings" in finding.evidence) == (None, False)


@pytest.mark.parametrize("endpoint_in", ["a", "b", "ab", "bc", "abc", "abcd"])
@pytest.mark.parametrize("clients_in", ["a", "ab", "c", "bd"])
@pytest.mark.parametrize("min_azs", [1, 2, 3])
def test_no_endpoint_is_told_to_add_a_zone_and_to_leave_one(endpoint_in: str, clients_in: str, min_azs: int) -> None:
    settings = Settings(thresholds=Thresholds(min_azs=min_azs))
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16")
    seen.service("com.amazonaws.eu-west-1.wide", zones="abcd")
    subnets = {
        zone: seen.subnet(f"subnet-{zone}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}", enis=zone in clients_in)
        for number, zone in enumerate("abcd")
    }
    seen.interface_endpoint("vpce-1", vpc, "com.amazonaws.eu-west-1.wide", [subnets[zone] for zone in endpoint_in])
    assert len(faults(judged(seen, BOTH, settings))) <= 1


def test_what_follows_its_advice_passes_both_rules() -> None:
    findings = judged(world("ab", "a"), BOTH)
    assert passes(findings) == findings != []


def test_clients_in_a_zone_where_the_service_is_not_offered_still_have_an_endpoint_in_two_zones() -> None:
    seen = world("ab", "c", service="com.amazonaws.eu-west-1.rare")
    findings = judged(seen, BOTH)
    assert passes(findings) == findings != []


def test_a_zone_that_holds_a_load_balancer_alone_is_in_use() -> None:
    seen = world("abc", "a")
    subnet = seen.subnet("subnet-lb", seen.vpcs["vpc-a"], "10.0.20.0/24", az=f"{REGION}c", enis=False)
    seen.network_interface("eni-lb", subnet, kind="network_load_balancer")
    assert fault(seen).evidence["zones_to_remove"] == ["eu-west-1b"]


def test_zones_are_told_apart_by_their_ids() -> None:
    seen = world("abc", "ab")
    # In another account's copy of a shared subnet the same zone may go by another name.
    seen.change("ec2:DescribeSubnets", "subnet-client-b", AvailabilityZoneId="euw1-az3")
    assert fault(seen).related == ("vpc-a", "subnet-endpoint-b")


def test_workloads_of_a_participant_are_in_use() -> None:
    seen = world("abc", "a")
    shared = seen.subnet("subnet-shared", seen.vpcs["vpc-a"], "10.0.20.0/24", az=f"{REGION}b", enis=False)
    seen.share(shared, "222222222222")
    assert faults(judged(seen, interface_endpoint_az_mismatch))
    seen.network_interface("eni-theirs", shared, owner="222222222222")
    third = seen.subnet("subnet-third", seen.vpcs["vpc-a"], "10.0.21.0/24", az=f"{REGION}c", enis=False)
    seen.share(third, "222222222222")
    seen.network_interface("eni-theirs-too", third, owner="222222222222")
    findings = judged(seen, interface_endpoint_az_mismatch)
    assert passes(findings) == findings != []


def test_a_central_vpc_without_workloads_is_not_judged() -> None:
    assert judged(world("abc", ""), interface_endpoint_az_mismatch) == []


def test_where_empty_subnets_count_as_clients_no_zone_is_too_many() -> None:
    findings = judged(world("abc", "a"), interface_endpoint_az_mismatch, Settings(treat_empty_vpcs=True))
    assert passes(findings) == findings != []


def test_clients_may_come_over_a_transit_gateway_from_any_zone() -> None:
    seen = world("abc", "a")
    seen.transit_gateway_attachment("tgw-1", seen.vpcs["vpc-a"])
    assert judged(seen, interface_endpoint_az_mismatch) == []


def test_clients_may_come_over_a_virtual_private_gateway() -> None:
    seen = world("abc", "a")
    seen.vpn_gateway("vgw-1", seen.vpcs["vpc-a"])
    assert judged(seen, interface_endpoint_az_mismatch) == []


def test_clients_may_come_from_a_peer_unless_it_has_an_endpoint_of_its_own() -> None:
    seen = world("abc", "a")
    peer = seen.vpc("vpc-b", "10.1.0.0/16")
    theirs = seen.subnet("subnet-b", peer, "10.1.0.0/24")
    seen.peering("pcx-1", seen.vpcs["vpc-a"], peer)
    assert judged(seen, interface_endpoint_az_mismatch) == []
    seen.interface_endpoint("vpce-2", peer, "sqs", [theirs])
    assert fault(seen).resource.id == "vpce-1"


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel", "Gateway", "GatewayLoadBalancer"])
def test_only_interface_endpoints_are_judged(kind: str) -> None:
    seen = world("abc", "a")
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind)
    assert judged(seen, interface_endpoint_az_mismatch) == []


def test_an_endpoint_that_is_gone_is_not_judged() -> None:
    seen = world("abc", "a")
    seen.change(ENDPOINTS, "vpce-1", State="failed")
    assert judged(seen, interface_endpoint_az_mismatch) == []


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeTransitGatewayVpcAttachments",
        "ec2:DescribeVpnGateways",
        "ec2:DescribeVpnConnections",
        "ec2:DescribeRouteTables",
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world("abc", "a")
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_az_mismatch)
    assert findings
    assert unknowns(findings) == findings


def test_interfaces_that_were_cut_off_may_be_in_the_zone() -> None:
    seen = world("abc", "a")
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    (finding,) = unknowns(judged(seen, interface_endpoint_az_mismatch))
    assert finding.missing


def test_the_zones_of_a_service_matter_only_where_clients_lack_one() -> None:
    seen = world("abcd", "e")
    seen.refuse("ec2:DescribeVpcEndpointServices")
    findings = judged(seen, interface_endpoint_az_mismatch)
    assert findings
    assert unknowns(findings) == findings
    served = world("abc", "a")
    served.refuse("ec2:DescribeVpcEndpointServices")
    assert fault(served)


def test_subnets_that_aws_left_out_of_the_endpoint_are_unknown() -> None:
    seen = world("abc", "a")
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=ABSENT)
    assert len(unknowns(judged(seen, interface_endpoint_az_mismatch))) == 1


@pytest.mark.parametrize(("endpoint_in", "clients_in"), [("abc", "a"), ("ab", "a"), ("abc", ""), ("bcd", "a")])
def test_the_rule_reads_what_it_says(endpoint_in: str, clients_in: str) -> None:
    seen = world(endpoint_in, clients_in)
    assert judged_on_reads(seen, interface_endpoint_az_mismatch) == judged(seen, interface_endpoint_az_mismatch)


def test_an_endpoint_of_moto_is_cured() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
            for number, zone in enumerate("abc")
        ]
        ids = [made["Subnet"]["SubnetId"] for made in subnets]
        ec2.create_network_interface(SubnetId=ids[0])
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=ids,
        )
        (finding,) = faults(judged(collected(), interface_endpoint_az_mismatch))
        assert finding.related == (vpc_id, ids[2])
        assert len(cured(interface_endpoint_az_mismatch)) == 1
