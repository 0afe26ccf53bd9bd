import boto3
import pytest
from moto import mock_aws

from auditor.findings import Confidence, Severity, Status
from auditor.network.missing import Kind
from checks.interface_endpoints.on_premises_dns import interface_endpoint_on_premises_dns
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, Vpc, World

OTHER = "222222222222"
ENDPOINTS, RESOLVERS = "ec2:DescribeVpcEndpoints", "route53resolver:ListResolverEndpoints"


def world_with(*, private_dns: bool = True, state: str = "available") -> tuple[World, Vpc]:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", name="hub")
    subnet = world.subnet("subnet-a", vpc, "10.0.0.0/24")
    world.interface_endpoint("vpce-1", vpc, "kms", [subnet], private_dns=private_dns, state=state)
    return world, vpc


def hybrid(*, private_dns: bool = True, state: str = "available") -> tuple[World, Vpc]:
    world, vpc = world_with(private_dns=private_dns, state=state)
    world.vpn_gateway("vgw-1", vpc)
    return world, vpc


def on_transit(destination: str) -> tuple[World, Vpc, Vpc]:
    """A VPC with an endpoint and another one on a transit gateway, to which the first routes ``destination``."""
    world, vpc = world_with()
    other = world.vpc("vpc-b", "10.1.0.0/16")
    for each in (vpc, other):
        world.transit_gateway_attachment("tgw-1", each)
    world.main_routes(vpc, {destination: "tgw-1"})
    return world, vpc, other


def test_private_names_do_not_resolve_behind_a_virtual_private_gateway() -> None:
    world, _ = hybrid()
    (fault,) = faults(judged(world, interface_endpoint_on_premises_dns))
    assert (fault.severity, fault.confidence) == (Severity.INFO, Confidence.HEURISTIC)
    assert (fault.resource.id, fault.key) == ("vpc-a", "")
    assert fault.message == (
        "vpc-a (hub) is connected by vgw-1 with a network outside AWS and has no Resolver inbound endpoint: the "
        "private names of vpce-1 do not resolve there, unless another name server of the VPC answers; the endpoints' "
        "own names do"
    )
    assert fault.evidence == {"gateways": ["vgw-1"], "endpoints": {"vpce-1": "com.amazonaws.eu-west-1.kms"}}
    assert fault.related == ("vgw-1", "vpce-1")
    assert fault.remedy == ()
    expected = judged(world, interface_endpoint_on_premises_dns)
    assert judged_on_reads(world, interface_endpoint_on_premises_dns) == expected


def test_a_network_outside_aws_behind_a_transit_gateway_counts_and_vpcs_do_not() -> None:
    (fault,) = faults(judged(on_transit("192.168.0.0/16")[0], interface_endpoint_on_premises_dns))
    assert fault.evidence["gateways"] == ["tgw-1"]
    assert judged(on_transit("10.1.0.0/16")[0], interface_endpoint_on_premises_dns) == []
    assert judged(on_transit("0.0.0.0/0")[0], interface_endpoint_on_premises_dns) == []


@pytest.mark.parametrize("direction", ["INBOUND", "INBOUND_DELEGATION"])
def test_an_inbound_endpoint_in_the_vpc_is_enough(direction: str) -> None:
    world, vpc = hybrid()
    world.resolver_endpoint("rslvr-1", vpc, direction=direction)
    findings = judged(world, interface_endpoint_on_premises_dns)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(("direction", "status"), [("OUTBOUND", "OPERATIONAL"), ("INBOUND", "DELETING")])
def test_an_outbound_endpoint_and_one_that_is_deleted_answer_nobody(direction: str, status: str) -> None:
    world, vpc = hybrid()
    world.resolver_endpoint("rslvr-1", vpc, direction=direction, status=status)
    assert len(faults(judged(world, interface_endpoint_on_premises_dns))) == 1


@pytest.mark.parametrize("by", ["peering", "transit gateway"])
def test_a_central_inbound_endpoint_may_resolve_the_names_by_zones(by: str) -> None:
    world, vpc = hybrid()
    hub = world.vpc("vpc-hub", "10.9.0.0/16", account=OTHER)
    world.resolver_endpoint("rslvr-1", hub)
    assert len(faults(judged(world, interface_endpoint_on_premises_dns))) == 1
    if by == "peering":
        world.peering("pcx-1", vpc, hub)
    else:
        for each in (vpc, hub):
            world.transit_gateway_attachment("tgw-1", each)
    assert judged(world, interface_endpoint_on_premises_dns) == []


def test_a_connected_vpc_that_was_not_seen_may_have_an_inbound_endpoint() -> None:
    world, vpc = hybrid()
    world.peering("pcx-1", vpc, world.foreign_vpc("vpc-x", "10.2.0.0/16", account=OTHER))
    (finding,) = judged(world, interface_endpoint_on_premises_dns)
    assert finding.missing is not None
    assert {cause.kind for cause in finding.missing.causes} == {Kind.NOT_AUDITED}


def test_an_endpoint_without_private_dns_or_one_that_is_gone_has_no_private_name() -> None:
    assert judged(hybrid(private_dns=False)[0], interface_endpoint_on_premises_dns) == []
    assert judged(hybrid(state="failed")[0], interface_endpoint_on_premises_dns) == []


def test_a_vpc_without_a_way_to_a_network_outside_aws_is_not_judged() -> None:
    world, vpc = world_with()
    assert judged(world, interface_endpoint_on_premises_dns) == []
    world.vpn_gateway("vgw-1", vpc, attachment="detached")
    assert judged(world, interface_endpoint_on_premises_dns) == []


def test_private_dns_that_aws_left_out_is_unknown() -> None:
    world, _ = hybrid()
    world.change(ENDPOINTS, "vpce-1", PrivateDnsEnabled=ABSENT)
    assert [each.status for each in judged(world, interface_endpoint_on_premises_dns)] == [Status.UNKNOWN]


@pytest.mark.parametrize("action", ["ec2:DescribeVpcs", ENDPOINTS, RESOLVERS, "ec2:DescribeVpcPeeringConnections"])
def test_what_was_refused_is_unknown(action: str) -> None:
    world, _ = hybrid()
    world.refuse(action)
    findings = judged(world, interface_endpoint_on_premises_dns)
    assert unknowns(findings) == findings != []


@pytest.mark.parametrize(
    "action", ["ec2:DescribeVpnGateways", "ec2:DescribeVpnConnections", "ec2:DescribeTransitGatewayVpcAttachments"]
)
def test_whether_there_is_a_network_outside_aws_is_unknown_where_its_gateways_were_refused(action: str) -> None:
    world, _ = world_with()
    world.refuse(action)
    findings = judged(world, interface_endpoint_on_premises_dns)
    assert unknowns(findings) == findings != []


def test_resolver_endpoints_that_were_refused_elsewhere_do_not_matter() -> None:
    world, _ = hybrid()
    world.vpc("vpc-other", "10.5.0.0/16", account=OTHER)
    world.refuse(RESOLVERS, account=OTHER)
    assert len(faults(judged(world, interface_endpoint_on_premises_dns))) == 1


def test_a_vpc_that_only_a_participant_shows_is_unknown() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", account=OTHER)
    world.share(world.subnet("subnet-a", vpc, "10.0.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER, asked=False)
    findings = judged(world, interface_endpoint_on_premises_dns)
    assert unknowns(findings) == findings != []


def test_a_vpc_of_moto_with_a_vpn_is_a_fact_until_it_has_an_inbound_endpoint() -> None:
    with mock_aws():
        ec2, resolver = boto3.client("ec2", REGION), boto3.client("route53resolver", REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in range(2)
        ]
        service = f"com.amazonaws.{REGION}.kms"
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=subnets[:1])
        gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        ec2.attach_vpn_gateway(VpnGatewayId=gateway, VpcId=vpc)
        (fault,) = faults(judged(collected(), interface_endpoint_on_premises_dns))
        assert fault.evidence["gateways"] == [gateway]
        group = ec2.create_security_group(GroupName="dns", Description="dns", VpcId=vpc)["GroupId"]
        resolver.create_resolver_endpoint(
            CreatorRequestId="1",
            Name="in",
            Direction="INBOUND",
            SecurityGroupIds=[group],
            IpAddresses=[{"SubnetId": subnet} for subnet in subnets],
        )
        assert faults(judged(collected(), interface_endpoint_on_premises_dns)) == []
