import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.gateway_endpoints.dns import gateway_endpoint_dns
from checks.interface_endpoints.dns_attributes import interface_endpoint_dns_attributes
from checks.peering.dns_vpc_attributes import peering_dns_vpc_attributes
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

VPCS, ATTRIBUTES, OPTIONS = "ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeDhcpOptions"
ENDPOINTS, INTERFACES = "ec2:DescribeVpcEndpoints", "ec2:DescribeNetworkInterfaces"
S3 = "com.amazonaws.eu-west-1.s3"


def world(
    *servers: str, support: bool = True, hostnames: bool = True, workload: bool = True, state: str = "available"
) -> World:
    """A VPC with a gateway endpoint; ``servers`` are its own DNS servers instead of Amazon's."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop", dns_support=support, dns_hostnames=hostnames)
    table = made.route_table("rtb-a", vpc, [made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=workload)])
    made.gateway_endpoint("vpce-1", vpc, "s3", [table], state=state)
    if servers:
        made.dhcp_options("dopt-own", *servers, vpcs=[vpc])
    return made


def assert_passes(seen: World) -> None:
    findings = judged(seen, gateway_endpoint_dns)
    assert passes(findings) == findings != []


def fault(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_dns)
    assert [finding] == faults([finding])
    return finding


def undecided(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_dns)
    assert [finding] == unknowns([finding])
    return finding


def test_a_vpc_with_both_attributes_on_passes() -> None:
    assert_passes(world())


def test_both_attributes_off_are_one_fault() -> None:
    finding = fault(world(support=False, hostnames=False))
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.CERTAIN)
    assert (finding.resource.id, finding.key) == ("vpc-a", "")
    assert finding.message == (
        "vpc-a (shop) has enableDnsSupport and enableDnsHostnames off, which AWS requires on for vpce-1 where clients "
        "ask Amazon's DNS server, as these do"
    )
    assert finding.evidence == {
        "enableDnsSupport": False,
        "enableDnsHostnames": False,
        "dhcp_options": "dopt-default",
        "asks_amazon": True,
        "other_dns_servers": [],
        "gateway_endpoints": ["vpce-1"],
        "subnets_in_use": ["subnet-a"],
    }
    assert finding.related == ("vpc-a", "vpce-1")
    assert finding.remedy == tuple(
        Operation("ec2:ModifyVpcAttribute", {"VpcId": "vpc-a", name: {"Value": True}}, Target(ACCOUNT, REGION))
        for name in ("EnableDnsSupport", "EnableDnsHostnames")
    )


@pytest.mark.parametrize(("support", "hostnames", "off"), [(False, True, "Support"), (True, False, "Hostnames")])
def test_one_attribute_off_is_enough(support: bool, hostnames: bool, off: str) -> None:
    finding = fault(world(support=support, hostnames=hostnames))
    assert finding.severity is Severity.MEDIUM
    assert [list(step.parameters)[1] for step in finding.remedy] == [f"EnableDns{off}"]


def test_two_gateway_endpoints_of_a_vpc_share_one_fault() -> None:
    seen = world(support=False)
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "dynamodb", [seen.route_tables["rtb-a"]])
    assert fault(seen).evidence["gateway_endpoints"] == ["vpce-1", "vpce-2"]


# --- Whom clients ask


@pytest.mark.parametrize("server", ["AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253", "10.0.0.2"])
def test_amazons_server_is_known_by_its_name_and_its_addresses(server: str) -> None:
    assert_passes(world(server))
    assert fault(world(server, support=False)).severity is Severity.MEDIUM


@pytest.mark.parametrize("servers", [("10.9.0.2", "10.9.0.3"), ("AmazonProvidedDNS", "10.9.0.2"), ("10.1.0.2",)])
def test_with_servers_of_ones_own_the_attributes_may_not_matter(servers: tuple[str, ...]) -> None:
    assert_passes(world(*servers))
    finding = fault(world(*servers, support=False))
    others = [server for server in servers if server != "AmazonProvidedDNS"]
    assert (finding.severity, finding.remedy) == (Severity.INFO, ())
    assert finding.evidence["other_dns_servers"] == others
    assert finding.message == (
        f"vpc-a (shop) has enableDnsSupport off, so its clients count on {' and '.join(others)} to resolve the names "
        "that lead them to vpce-1"
    )


def test_options_that_name_no_server_tell_clients_of_none() -> None:
    seen = world()
    seen.dhcp_options("dopt-own", vpcs=[seen.vpcs["vpc-a"]])
    finding = fault(seen)
    assert (finding.severity, finding.remedy) == (Severity.INFO, ())
    assert finding.message == (
        "the DHCP options set dopt-own of vpc-a (shop) names no DNS server, so its clients learn no names that lead "
        "them to vpce-1, unless they know a server"
    )


def test_without_an_options_set_clients_ask_amazons_server() -> None:
    passing, failing = world(), world(support=False)
    for seen in (passing, failing):
        seen.change(VPCS, "vpc-a", DhcpOptionsId="default")
        # AWS need not be asked for a set that is none.
        seen.refuse(OPTIONS)
    assert_passes(passing)
    assert fault(failing).severity is Severity.MEDIUM


# --- What another rule tells


def test_what_keeps_private_dns_from_working_too_is_told_there() -> None:
    seen = world(hostnames=False)
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]])
    assert judged(seen, gateway_endpoint_dns) == []
    assert [each.resource.id for each in faults(judged(seen, interface_endpoint_dns_attributes))] == ["vpce-2"]
    without = world(hostnames=False)
    without.interface_endpoint("vpce-2", without.vpcs["vpc-a"], "sqs", [without.subnets["subnet-a"]], private_dns=False)
    assert fault(without)


def test_what_keeps_names_from_resolving_over_a_peering_connection_too_is_told_there() -> None:
    seen = world(hostnames=False)
    seen.peering("pcx-1", seen.vpcs["vpc-a"], seen.vpc("vpc-b", "10.1.0.0/16"))
    assert judged(seen, gateway_endpoint_dns) == []
    assert [each.key for each in faults(judged(seen, peering_dns_vpc_attributes))] == ["vpc-a"]
    without = world(hostnames=False)
    without.peering("pcx-1", without.vpcs["vpc-a"], without.vpc("vpc-b", "10.1.0.0/16"), dns=(False, False))
    assert fault(without)


@pytest.mark.parametrize("action", [ENDPOINTS, "ec2:DescribeVpcPeeringConnections"])
def test_whether_another_rule_tells_it_may_not_be_known(action: str) -> None:
    seen = world(hostnames=False)
    seen.interface_endpoint("vpce-2", seen.vpcs["vpc-a"], "sqs", [seen.subnets["subnet-a"]], private_dns=False)
    seen.peering("pcx-1", seen.vpcs["vpc-a"], seen.vpc("vpc-b", "10.1.0.0/16"), dns=(False, False))
    seen.cut(action, keep=1)
    findings = judged(seen, gateway_endpoint_dns)
    assert "vpc-a" in [each.resource.id for each in unknowns(findings)]
    assert faults(findings) == []


# --- What was not seen


@pytest.mark.parametrize(
    "action",
    [ATTRIBUTES, OPTIONS, ENDPOINTS, INTERFACES, VPCS, "ec2:DescribeSubnets", "ec2:DescribeRouteTables"],
)
@pytest.mark.parametrize("support", [True, False])
def test_what_was_refused_makes_it_unknown(action: str, support: bool) -> None:
    seen = world(support=support)
    seen.refuse(action)
    assert undecided(seen).missing


def test_one_attribute_that_is_off_is_enough_where_the_other_was_not_seen() -> None:
    seen = world(hostnames=False)
    seen.refuse_item(ATTRIBUTES, "vpc-a", parameter="enableDnsSupport")
    assert fault(seen).evidence["enableDnsSupport"] is None
    hidden = world()
    hidden.refuse_item(ATTRIBUTES, "vpc-a", parameter="enableDnsSupport")
    assert undecided(hidden).missing


def test_a_set_that_aws_does_not_list_and_one_without_its_options_are_unknown() -> None:
    for seen, action, item, member in (
        (world(), VPCS, "vpc-a", {"DhcpOptionsId": "dopt-elsewhere"}),
        (world(), VPCS, "vpc-a", {"DhcpOptionsId": ABSENT}),
        (world(), OPTIONS, "dopt-default", {"DhcpConfigurations": ABSENT}),
    ):
        seen.change(action, item, **member)
        missing = undecided(seen).missing
        assert missing
        assert [cause.kind for cause in missing.causes] == [Kind.ABSENT_FIELD]


def test_a_vpc_that_only_a_participant_shows_is_unknown() -> None:
    seen = world(support=False)
    seen.share(seen.subnets["subnet-a"], "222222222222")
    seen.drop_shard(ACCOUNT, asked=False)
    missing = undecided(seen).missing
    assert missing
    assert [cause.kind for cause in missing.causes] == [Kind.PARTICIPANT]


# --- Whom it does not concern


def test_a_vpc_in_which_nothing_runs_is_not_judged() -> None:
    seen = world(support=False, workload=False)
    assert judged(seen, gateway_endpoint_dns) == []
    (finding,) = faults(judged(seen, gateway_endpoint_dns, Settings(treat_empty_vpcs=True)))
    assert finding.severity is Severity.MEDIUM


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_a_vpc_whose_endpoint_is_not_available_is_not_judged(state: str) -> None:
    assert judged(world(support=False, state=state), gateway_endpoint_dns) == []


def test_a_vpc_whose_subnets_in_use_send_to_no_gateway_endpoint_is_not_judged() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", dns_support=False)
    seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    seen.gateway_endpoint("vpce-1", vpc, "s3", [seen.route_table("rtb-a", vpc)])
    assert judged(seen, gateway_endpoint_dns) == []


@pytest.mark.parametrize("support", [True, False])
def test_the_rule_reads_what_it_says(support: bool) -> None:
    seen = world("10.9.0.2", support=support)
    assert judged_on_reads(seen, gateway_endpoint_dns) == judged(seen, gateway_endpoint_dns)


def test_a_vpc_of_moto_with_servers_of_its_own_is_told_and_one_without_is_mended() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpcs = []
        for block in ("10.0.0.0", "10.1.0.0"):
            vpc_id = ec2.create_vpc(CidrBlock=f"{block}/16")["Vpc"]["VpcId"]
            subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"{block}/24")["Subnet"]["SubnetId"]
            ec2.create_network_interface(SubnetId=subnet)
            table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
            ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=[table])
            vpcs.append(vpc_id)
        servers = [{"Key": "domain-name-servers", "Values": ["10.9.0.2"]}]
        options = ec2.create_dhcp_options(DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
        ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpcs[1])
        found = {each.resource.id: each.severity for each in faults(judged(collected(), gateway_endpoint_dns))}
        ec2.modify_vpc_attribute(VpcId=vpcs[1], EnableDnsHostnames={"Value": True})
        (mended,) = cured(gateway_endpoint_dns)
    assert found == {vpcs[0]: Severity.MEDIUM, vpcs[1]: Severity.INFO}
    assert mended.resource.id == vpcs[0]
