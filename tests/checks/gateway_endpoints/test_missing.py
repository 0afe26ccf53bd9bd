import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Finding, Severity, total_saving
from auditor.network.missing import Kind
from auditor.prices import PriceTable
from auditor.snapshot import Target
from checks.gateway_endpoints.missing import gateway_endpoint_missing
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, Vpc, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
METRICS = "cloudwatch:GetMetricData"
ALL = ("s3", "dynamodb", "s3express")


def world(default: str = "") -> tuple[World, Vpc]:
    """A workload in ``subnet-a``, whose default route leads where a test says."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    routes = {}
    if default == "nat":
        routes["0.0.0.0/0"] = made.nat_gateway("nat-1", vpc)
    elif default == "private nat":
        routes["0.0.0.0/0"] = made.nat_gateway("nat-1", vpc, connectivity="private")
    elif default == "nat instance":
        public = made.subnet("subnet-b", vpc, "10.0.1.0/24", enis=False)
        routes["0.0.0.0/0"] = made.network_interface("eni-nat", public, source_dest_check=False)
    elif default == "igw":
        routes["0.0.0.0/0"] = made.internet_gateway("igw-1", vpc)
    elif default == "tgw":
        made.transit_gateway_attachment("tgw-1", vpc)
        routes["0.0.0.0/0"] = "tgw-1"
    made.route_table("rtb-a", vpc, [subnet], routes)
    return made, vpc


def by_service(seen: World, settings: Settings | None = None) -> dict[str, Finding]:
    found = faults(judged(seen, gateway_endpoint_missing, settings or Settings()))
    return {finding.key: finding for finding in found}


@pytest.mark.parametrize("state", ["available", "pending"])
def test_a_vpc_with_an_endpoint_for_every_service_passes(state: str) -> None:
    seen, vpc = world("nat")
    for service in ALL:
        seen.gateway_endpoint(f"vpce-{service}", vpc, service, [seen.route_tables["rtb-a"]], state=state)
    findings = judged(seen, gateway_endpoint_missing)
    assert passes(findings) == findings != []


def test_each_service_that_is_lacking_is_a_heuristic_finding_of_its_own() -> None:
    found = by_service(world("nat")[0])
    assert {service: finding.severity for service, finding in found.items()} == {
        "s3": Severity.MEDIUM,
        "dynamodb": Severity.LOW,
        "s3express": Severity.INFO,
    }
    assert {finding.confidence for finding in found.values()} == {Confidence.HEURISTIC}
    assert found["s3"].message == (
        "vpc-a (shop) has no gateway endpoint for com.amazonaws.eu-west-1.s3; traffic to it from subnet-a goes through "
        "NAT and pays for every byte"
    )
    assert found["s3"].evidence["nat_gateways"] == ["nat-1"]


def test_with_metrics_the_endpoint_saves_at_most_what_all_nat_gateways_carried() -> None:
    seen, vpc = world("nat")
    seen.nat_gateway("nat-2", vpc)
    seen.nat_gateway("nat-inner", vpc, connectivity="private")
    seen.metrics({"nat-1": 100, "nat-2": 25, "nat-inner": 7})
    finding = by_service(seen)["s3"]
    assert finding.message.endswith(
        "goes through NAT and pays for every byte; an endpoint saves at most $6.00 a month, the price of all 125.00 GB "
        "that nat-1, nat-2 carried in 30 days"
    )
    assert finding.evidence["savings"] == [
        {
            "resource": gateway,
            "of": "gigabytes",
            "quantity": pytest.approx(carried),
            "price_usd": 0.048,
            "at_most": True,
            "usd": usd,
        }
        for gateway, carried, usd in (("nat-1", 100, 4.8), ("nat-2", 25, 1.2))
    ]
    assert finding.monthly_saving_usd == 6.0
    assert judged_on_reads(seen, gateway_endpoint_missing) == judged(seen, gateway_endpoint_missing)


def test_the_gigabytes_of_a_nat_gateway_are_saved_once_though_several_services_lack_an_endpoint() -> None:
    seen, _ = world("nat")
    seen.metrics({"nat-1": 100})
    found = by_service(seen)
    assert {service: finding.monthly_saving_usd for service, finding in found.items()} == dict.fromkeys(ALL, 4.8)
    assert total_saving(found.values()) == 4.8


@pytest.mark.parametrize("default", ["private nat", "nat instance", "igw", "tgw", ""])
def test_where_no_client_leaves_by_a_nat_gateway_nothing_is_saved(default: str) -> None:
    seen, _ = world(default)
    seen.metrics({"nat-1": 100})
    assert judged(seen, gateway_endpoint_missing) == judged(world(default)[0], gateway_endpoint_missing)


def test_a_nat_gateway_that_carried_nothing_leaves_nothing_to_save_and_the_message_as_it_is() -> None:
    seen, _ = world("nat")
    seen.metrics()
    finding = by_service(seen)["s3"]
    assert finding.message.endswith("goes through NAT and pays for every byte")
    assert finding.monthly_saving_usd == 0.0


def test_where_an_interface_endpoint_takes_the_traffic_from_nat_nothing_is_saved() -> None:
    seen, vpc = world("nat")
    seen.interface_endpoint("vpce-1", vpc, "s3", [seen.subnets["subnet-a"]])
    seen.metrics({"nat-1": 100})
    found = by_service(seen)
    assert (found["s3"].monthly_saving_usd, found["dynamodb"].monthly_saving_usd) == (None, 4.8)


def test_refused_metrics_leave_out_but_the_amount() -> None:
    seen, _ = world("nat")
    seen.metrics({"nat-1": 100})
    seen.refuse(METRICS)
    expected = judged(world("nat")[0], gateway_endpoint_missing)
    assert judged(seen, gateway_endpoint_missing) == expected
    assert {finding.monthly_saving_usd for finding in expected} == {None}


def test_a_nat_gateway_without_its_metrics_leaves_out_the_amount_of_all() -> None:
    seen, vpc = world("nat")
    seen.nat_gateway("nat-2", vpc)
    seen.metrics({"nat-1": 100, "nat-2": 25})
    seen.change(METRICS, "nat-2 BytesOutToSource", StatusCode="InternalError")
    finding = by_service(seen)["s3"]
    assert (finding.severity, finding.monthly_saving_usd) == (Severity.MEDIUM, None)


def test_without_prices_no_saving_is_claimed() -> None:
    seen, _ = world("nat")
    seen.metrics({"nat-1": 100})
    settings = Settings(prices=PriceTable(as_of="2026-11-01", source="a test", regions={}))
    assert judged(seen, gateway_endpoint_missing, settings) == judged(world("nat")[0], gateway_endpoint_missing)


@pytest.mark.parametrize(
    ("default", "severity"),
    [
        ("nat", Severity.MEDIUM),
        ("nat instance", Severity.MEDIUM),
        ("private nat", Severity.LOW),
        ("igw", Severity.LOW),
        ("tgw", Severity.LOW),
        ("", Severity.LOW),
    ],
)
def test_how_bad_it_is_depends_on_where_the_subnets_leave(default: str, severity: Severity) -> None:
    assert by_service(world(default)[0])["s3"].severity is severity


def test_the_endpoint_is_to_be_created_for_the_tables_in_use() -> None:
    seen, vpc = world("nat")
    seen.route_table("rtb-idle", vpc, [seen.subnet("subnet-idle", vpc, "10.0.2.0/24", enis=False)])
    (step,) = by_service(seen)["s3"].remedy
    assert (step.operation, step.at) == ("ec2:CreateVpcEndpoint", Target(ACCOUNT, REGION))
    assert step.parameters == {
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-a",
        "ServiceName": "com.amazonaws.eu-west-1.s3",
        "RouteTableIds": ["rtb-a"],
    }


def test_route_tables_of_subnets_with_ipv6_alone_need_an_endpoint_of_their_own() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", "2001:db8::/56")
    made.subnet("subnet-a", vpc, "2001:db8::/64")
    made.route_table("rtb-b", vpc, [made.subnet("subnet-b", vpc, "10.0.0.0/24", "2001:db8:0:1::/64")])
    found = by_service(made)["s3"].remedy
    assert [(step.parameters["RouteTableIds"], step.parameters.get("IpAddressType")) for step in found] == [
        (["rtb-b"], None),
        (["rtb-a-main"], "ipv6"),
    ]


def test_a_route_table_of_subnets_with_and_without_ipv4_serves_those_that_have_it() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", "2001:db8::/56")
    made.subnet("subnet-a", vpc, "2001:db8::/64")
    made.subnet("subnet-b", vpc, "10.0.0.0/24")
    (step,) = by_service(made)["s3"].remedy
    assert "IpAddressType" not in step.parameters


def test_an_interface_endpoint_that_takes_the_traffic_leaves_its_price() -> None:
    seen, vpc = world("nat")
    seen.interface_endpoint("vpce-1", vpc, "s3", [seen.subnets["subnet-a"]])
    finding = by_service(seen)["s3"]
    assert finding.severity is Severity.LOW
    assert finding.message.endswith("its traffic pays for the interface endpoint vpce-1")


def test_an_interface_endpoint_for_clients_outside_alone_changes_nothing() -> None:
    seen, vpc = world("nat")
    seen.interface_endpoint("vpce-1", vpc, "s3", [seen.subnets["subnet-a"]], inbound_resolver_only=True)
    assert by_service(seen)["s3"].severity is Severity.MEDIUM


def led_to_a_hub() -> World:
    """Subnets that leave by NAT, and a hosted zone that leads the name of S3 to a peered VPC's interface endpoint."""
    seen, vpc = world("nat")
    hub = seen.vpc("vpc-hub", "10.9.0.0/16")
    seen.peering("pcx-1", vpc, hub)
    subnet = seen.subnet("subnet-hub", hub, "10.9.0.0/24", enis=False)
    seen.interface_endpoint("vpce-hub", hub, "s3", [subnet], private_dns=False)
    name = "s3.eu-west-1.amazonaws.com"
    seen.hosted_zone("Z1", name, [vpc], {name: "vpce-hub", f"*.{name}": "vpce-hub"})
    return seen


def test_a_hosted_zone_that_leads_the_name_to_a_central_endpoint_takes_the_traffic_from_nat() -> None:
    seen = led_to_a_hub()
    found = by_service(seen)
    assert (found["s3"].severity, found["dynamodb"].severity) == (Severity.LOW, Severity.LOW)
    assert found["s3"].message.endswith("its traffic pays for the interface endpoint vpce-hub")
    assert found["s3"].evidence["interface_endpoints"] == ["vpce-hub"]
    assert found["s3"].evidence["nat_gateways"] == []
    seen.refuse("route53:ListHostedZonesByVPC")
    assert by_service(seen)["s3"].severity is Severity.MEDIUM


def with_hub() -> World:
    seen, _ = world("tgw")
    hub = seen.vpc("vpc-hub", "10.9.0.0/16")
    seen.transit_gateway_attachment("tgw-1", hub)
    seen.subnet("subnet-hub", hub, "10.9.0.0/24", enis=False)
    return seen


def test_an_interface_endpoint_of_a_central_vpc_may_serve_its_spokes() -> None:
    seen = with_hub()
    seen.interface_endpoint("vpce-1", seen.vpcs["vpc-hub"], "s3", [seen.subnets["subnet-hub"]])
    finding = by_service(seen)["s3"]
    assert (finding.severity, finding.evidence["central_endpoint"]) == (Severity.INFO, "vpce-1")


@pytest.mark.parametrize("action", [ENDPOINTS, "ec2:DescribeTransitGatewayVpcAttachments"])
def test_a_central_vpc_that_was_not_seen_may_serve_its_spokes(action: str) -> None:
    seen = World()
    spoke = seen.vpc("vpc-a", "10.0.0.0/16")
    hub = seen.vpc("vpc-hub", "10.9.0.0/16", account="222222222222")
    for each in (spoke, hub):
        seen.transit_gateway_attachment("tgw-1", each)
    seen.route_table("rtb-a", spoke, [seen.subnet("subnet-a", spoke, "10.0.0.0/24")], {"0.0.0.0/0": "tgw-1"})
    assert by_service(seen)["s3"].severity is Severity.LOW
    refused = "222222222222" if action == ENDPOINTS else ACCOUNT
    seen.refuse(action, account=refused)
    finding = by_service(seen)["s3"]
    assert finding.severity is Severity.INFO
    assert "an interface endpoint of a connected VPC, which was not seen" in finding.message


def isolated(*, over: str) -> World:
    """``vpc-a`` without a default route, but with a route to a VPC that has an interface endpoint for S3."""
    seen, vpc = world()
    hub = seen.vpc("vpc-hub", "10.9.0.0/16")
    if over == "tgw-1":
        for each in (vpc, hub):
            seen.transit_gateway_attachment("tgw-1", each)
    elif over:
        seen.peering(over, vpc, hub)
    if over:
        seen.route_table("rtb-b", vpc, [seen.subnet("subnet-b", vpc, "10.0.1.0/24")], {"10.9.0.0/16": over})
    subnet = seen.subnet("subnet-hub", hub, "10.9.0.0/24", enis=False)
    seen.interface_endpoint("vpce-1", hub, "s3", [subnet], private_dns=False)
    return seen


@pytest.mark.parametrize("over", ["tgw-1", "pcx-1"])
def test_an_interface_endpoint_of_a_connected_vpc_may_serve_subnets_without_a_default_route(over: str) -> None:
    seen = isolated(over=over)
    finding = by_service(seen)["s3"]
    assert (finding.severity, finding.evidence["central_endpoint"]) == (Severity.INFO, "vpce-1")
    assert finding.message.endswith(
        "its subnets in use have no default route, and may reach it through the interface endpoint vpce-1 of a "
        "connected VPC"
    )
    assert judged_on_reads(seen, gateway_endpoint_missing) == judged(seen, gateway_endpoint_missing)


def test_what_has_no_default_route_is_told_so_and_no_more() -> None:
    finding = by_service(isolated(over=""))["s3"]
    assert (finding.severity, finding.evidence["central_endpoint"]) == (Severity.LOW, None)
    assert finding.message.endswith("s3; its subnets in use have no default route")


def test_an_interface_endpoint_of_its_own_without_private_dns_is_no_central_one() -> None:
    seen = isolated(over="tgw-1")
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3", [seen.subnets["subnet-a"]], private_dns=False)
    finding = by_service(seen)["s3"]
    assert finding.severity is Severity.LOW
    assert finding.message.endswith("can reach it by the own names of its interface endpoint vpce-2")


def test_nat_gateways_that_were_refused_make_nothing_better() -> None:
    seen, vpc = world("nat")
    public = seen.subnet("subnet-p", vpc, "10.0.9.0/24")
    seen.route_table("rtb-p", vpc, [public], {"0.0.0.0/0": seen.internet_gateway("igw-1", vpc)})
    before = {service: finding.severity for service, finding in by_service(seen).items()}
    seen.refuse("ec2:DescribeNatGateways")
    found = by_service(seen)
    assert {service: finding.severity for service, finding in found.items()} == before
    assert found["s3"].message.endswith("where subnet-a leaves was not seen, so it is taken to pay for NAT")


def test_subnets_in_use_that_were_not_seen_are_told_beside_the_fault() -> None:
    seen, vpc = world("igw")
    seen.subnet("subnet-z", vpc, "10.0.8.0/24")
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    findings = [each for each in judged(seen, gateway_endpoint_missing) if each.resource.id == "vpc-a"]
    assert {finding.key for finding in faults(findings)} == set(ALL)
    assert [finding.key for finding in unknowns(findings)] == [""]


def test_a_gateway_endpoint_of_a_central_vpc_serves_no_spoke() -> None:
    seen = with_hub()
    seen.gateway_endpoint("vpce-1", seen.vpcs["vpc-hub"], "s3")
    assert by_service(seen)["s3"].severity is Severity.LOW


def test_a_vpc_in_which_nothing_runs_is_judged_only_where_the_settings_say_so() -> None:
    made = World()
    made.subnet("subnet-a", made.vpc("vpc-a", "10.0.0.0/16"), "10.0.0.0/24", enis=False)
    assert judged(made, gateway_endpoint_missing) == []
    assert set(by_service(made, Settings(treat_empty_vpcs=True))) == set(ALL)


def test_network_interfaces_of_aws_are_no_use() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=False)
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet])
    made.nat_gateway("nat-1", subnet)
    assert judged(made, gateway_endpoint_missing) == []


def test_an_endpoint_that_failed_is_none() -> None:
    seen, vpc = world()
    seen.gateway_endpoint("vpce-1", vpc, "s3", state="failed")
    assert "s3" in by_service(seen)


@pytest.mark.parametrize(
    "action",
    [
        ENDPOINTS,
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeNatGateways",
        "ec2:DescribeVpcEndpointServices",
    ],
)
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen, _ = world("nat")
    seen.refuse(action)
    findings = judged(seen, gateway_endpoint_missing)
    assert findings
    assert unknowns(findings) == findings


def test_a_vpc_that_lacks_nothing_passes_whatever_runs_in_it() -> None:
    seen, vpc = world("nat")
    for service in ALL:
        seen.gateway_endpoint(f"vpce-{service}", vpc, service, [seen.route_tables["rtb-a"]])
    seen.refuse("ec2:DescribeNetworkInterfaces")
    findings = judged(seen, gateway_endpoint_missing)
    assert passes(findings) == findings != []


def test_a_subnet_that_is_known_to_be_in_use_proves_the_fault_beside_one_that_is_not_known() -> None:
    seen, vpc = world("nat")
    seen.route_table("rtb-b", vpc, [seen.subnet("subnet-b", vpc, "10.0.1.0/24")], {"pl-hidden": "nat-1"})
    seen.prefix_list("pl-hidden", readable=False)
    finding = by_service(seen)["s3"]
    assert finding.evidence["subnets_in_use"] == {"private with NAT": ["subnet-a"]}


def test_a_vpc_that_only_a_participant_shows_is_unknown() -> None:
    seen, _ = world()
    seen.share(seen.subnets["subnet-a"], "222222222222")
    seen.drop_shard(ACCOUNT, asked=False)
    findings = judged(seen, gateway_endpoint_missing)
    assert unknowns(findings) == findings
    assert {cause.kind for finding in findings if finding.missing for cause in finding.missing.causes} == {
        Kind.PARTICIPANT
    }


def test_images_of_ecr_cannot_be_pulled_where_a_subnet_does_not_reach_their_layers() -> None:
    seen, vpc = world()
    seen.interface_endpoint("vpce-dkr", vpc, "ecr.dkr", [seen.subnets["subnet-a"]])
    found = by_service(seen)
    assert {service: finding.severity for service, finding in found.items()} == {
        "s3": Severity.MEDIUM,
        "dynamodb": Severity.INFO,
        "s3express": Severity.INFO,
    }
    assert found["s3"].message == (
        "vpc-a (shop) has no gateway endpoint for com.amazonaws.eu-west-1.s3; the layers of images that vpce-dkr is "
        "for come from it; subnet-a has no default route"
    )


@pytest.mark.parametrize("way", ["igw", "tgw"])
def test_images_of_ecr_get_their_layers_by_a_default_route(way: str) -> None:
    seen, vpc = world(way)
    seen.interface_endpoint("vpce-dkr", vpc, "ecr.dkr", [seen.subnets["subnet-a"]])
    assert by_service(seen)["s3"].severity is Severity.LOW


@pytest.mark.parametrize("where", ["own", "peer", "unseen peer"])
def test_images_of_ecr_may_get_their_layers_by_an_interface_endpoint(where: str) -> None:
    seen, vpc = world()
    seen.interface_endpoint("vpce-dkr", vpc, "ecr.dkr", [seen.subnets["subnet-a"]])
    if where == "own":
        seen.interface_endpoint("vpce-s3", vpc, "s3", [seen.subnets["subnet-a"]])
    elif where == "peer":
        hub = seen.vpc("vpc-hub", "10.9.0.0/16")
        seen.peering("pcx-1", vpc, hub)
        seen.interface_endpoint("vpce-s3", hub, "s3", private_dns=False)
    else:
        seen.peering("pcx-1", vpc, seen.foreign_vpc("vpc-x", "10.9.0.0/16", account="222222222222"))
    assert by_service(seen)["s3"].severity is not Severity.MEDIUM


@pytest.mark.parametrize("default", ["nat", "igw", "tgw", ""])
def test_the_rule_reads_what_it_says(default: str) -> None:
    seen, _ = world(default)
    assert judged_on_reads(seen, gateway_endpoint_missing) == judged(seen, gateway_endpoint_missing)


def test_the_rule_reads_what_it_says_of_names() -> None:
    seen = led_to_a_hub()
    assert judged_on_reads(seen, gateway_endpoint_missing) == judged(seen, gateway_endpoint_missing)


def test_a_vpc_of_moto_lacks_the_endpoints_that_it_was_not_given() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway")
        findings = judged(collected(), gateway_endpoint_missing)
    assert "dynamodb" in {finding.key for finding in faults(findings)}
    assert "s3" not in {finding.key for finding in findings}
