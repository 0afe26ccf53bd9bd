from typing import Any, cast

import pytest

from auditor.config import Settings
from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.ip_type import interface_endpoint_ip_type
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, Subnet, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SERVICES = "ec2:DescribeVpcEndpointServices"
SUBNETS = "ec2:DescribeSubnets"
BOTH = "com.amazonaws.eu-west-1.both"
BLOCKS = {"4": ("10.0.{0}.0/24",), "6": ("2001:db8:aa:{0}::/64",), "46": ("10.0.{0}.0/24", "2001:db8:aa:{0}::/64")}


def world(endpoint_in: str, *clients_in: str, address_type: str = "ipv4", records: str = "ipv4") -> World:
    """The families of the endpoint's subnet and of each of the clients'; their service is offered in both."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", "2001:db8:aa::/56", name="shop")
    made.service(BOTH, address_types=("ipv4", "ipv6"))
    own = subnet(made, "subnet-own", endpoint_in, 8, enis=False)
    for number, families in enumerate(clients_in, start=1):
        subnet(made, f"subnet-{number}", families, number)
    made.interface_endpoint("vpce-1", vpc, BOTH, [own])
    made.change(ENDPOINTS, "vpce-1", IpAddressType=address_type, DnsOptions={"DnsRecordIpType": records})
    return made


def subnet(made: World, subnet_id: str, families: str, number: int, *, enis: bool = True) -> Subnet:
    blocks = [block.format(number) for block in BLOCKS[families]]
    return made.subnet(subnet_id, made.vpcs["vpc-a"], *blocks, enis=enis)


def service_id(seen: World, name: str) -> str:
    """The id of the service of interface endpoints that goes by a name."""
    (found,) = [
        str(item["ServiceId"])
        for item in seen.snapshot().shards[Target(ACCOUNT, REGION)].items(SERVICES)
        if item["ServiceName"] == name and item["ServiceType"] == [{"ServiceType": "Interface"}]
    ]
    return found


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_ip_type))
    return finding


@pytest.mark.parametrize(
    ("clients_in", "address_type", "records"),
    [
        ("4", "ipv4", "ipv4"),
        ("46", "ipv4", "ipv4"),
        ("6", "ipv6", "ipv6"),
        ("46", "ipv6", "ipv6"),
        ("6", "dualstack", "dualstack"),
        ("6", "dualstack", "ipv6"),
        ("4", "dualstack", "ipv4"),
    ],
)
def test_an_endpoint_in_a_family_of_its_clients_passes(clients_in: str, address_type: str, records: str) -> None:
    findings = judged(world("46", clients_in, address_type=address_type, records=records), interface_endpoint_ip_type)
    assert passes(findings) == findings != []


def test_records_that_the_service_defines_are_of_both_families() -> None:
    seen = world("46", "6", "4", address_type="dualstack", records="service-defined")
    findings = judged(seen, interface_endpoint_ip_type)
    assert passes(findings) == findings != []


def test_clients_of_ipv6_alone_do_not_reach_an_endpoint_of_ipv4() -> None:
    finding = fault(world("46", "6", "4"))
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.MEDIUM, "ipv6", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.both in vpc-a (shop) has IPv4 addresses alone, while the clients in "
        "subnet-1 have only IPv6"
    )
    assert finding.evidence == {
        "service": BOTH,
        "ip_address_type": "ipv4",
        "dns_record_ip_type": "ipv4",
        "subnets": ["subnet-1"],
    }
    assert finding.related == ("vpc-a", "subnet-1")
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {
                "VpcEndpointId": "vpce-1",
                "IpAddressType": "dualstack",
                "DnsOptions": {"DnsRecordIpType": "dualstack"},
            },
            Target(ACCOUNT, REGION),
        ),
    )


def test_an_endpoint_in_a_subnet_of_one_family_cannot_have_both() -> None:
    assert fault(world("4", "6")).remedy == ()


def test_clients_of_ipv4_alone_do_not_reach_an_endpoint_of_ipv6() -> None:
    finding = fault(world("6", "4", "6", address_type="ipv6", records="ipv6"))
    assert (finding.key, finding.remedy) == ("ipv4", ())
    assert "has IPv6 addresses alone, while the clients in subnet-1 have only IPv4" in finding.message


def test_an_endpoint_of_both_families_whose_names_tell_one_is_not_reached_in_the_other() -> None:
    finding = fault(world("46", "6", address_type="dualstack", records="ipv4"))
    assert (
        "has names for IPv4 addresses alone, while the clients in subnet-1 have only IPv6; a private" in finding.message
    )
    assert finding.confidence is Confidence.HEURISTIC
    (step,) = finding.remedy
    assert step.parameters == {"VpcEndpointId": "vpce-1", "DnsOptions": {"DnsRecordIpType": "dualstack"}}


def test_private_dns_leaves_no_room_for_names_of_ones_own() -> None:
    seen = world("46", "6", address_type="dualstack", records="ipv4")
    seen.change(ENDPOINTS, "vpce-1", PrivateDnsEnabled=True)
    finding = fault(seen)
    assert finding.confidence is Confidence.CERTAIN
    assert finding.message.endswith("in subnet-1 have only IPv6")


def with_nat64(target: str, *, dns64: bool = True) -> World:
    seen = world("4", "6")
    vpc = seen.vpcs["vpc-a"]
    seen.change(SUBNETS, "subnet-1", EnableDns64=dns64)
    seen.internet_gateway("igw-1", vpc)
    seen.nat_gateway("nat-1", seen.subnets["subnet-own"])
    seen.transit_gateway_attachment("tgw-1", vpc)
    seen.route_table("rtb-1", vpc, [seen.subnets["subnet-1"]], {"64:ff9b::/96": target} if target else {})
    return seen


@pytest.mark.parametrize("target", ["nat-1", "tgw-1"])
def test_clients_whose_way_to_ipv4_is_translated_reach_it(target: str) -> None:
    findings = judged(with_nat64(target), interface_endpoint_ip_type)
    assert passes(findings) == findings != []


def test_translation_takes_both_the_names_and_the_route() -> None:
    assert fault(with_nat64("", dns64=True))
    assert fault(with_nat64("igw-1", dns64=True))
    assert fault(with_nat64("nat-1", dns64=False))


def test_another_endpoint_of_the_service_in_the_clients_family_is_enough() -> None:
    seen = world("4", "6", "4")
    vpc = seen.vpcs["vpc-a"]
    seen.interface_endpoint("vpce-2", vpc, BOTH, [seen.subnets["subnet-1"]])
    seen.change(ENDPOINTS, "vpce-2", IpAddressType="ipv6", DnsOptions={"DnsRecordIpType": "ipv6"})
    assert judged(seen, interface_endpoint_ip_type) == []
    seen.change(ENDPOINTS, "vpce-2", State="failed")
    assert fault(seen).resource.id == "vpce-1"


def test_a_gateway_endpoint_in_the_clients_family_is_enough() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", "2001:db8:aa::/56")
    own, clients = (seen.subnet(f"subnet-{each}", vpc, BLOCKS[each][0].format(1), enis=each == "6") for each in "46")
    seen.interface_endpoint("vpce-1", vpc, "s3", [own])
    seen.gateway_endpoint("vpce-2", vpc, "s3")
    s3 = service_id(seen, "com.amazonaws.eu-west-1.s3")
    seen.change(SERVICES, s3, SupportedIpAddressTypes=["ipv4", "ipv6"])
    assert fault(seen).related == ("vpc-a", clients.id)
    seen.change(ENDPOINTS, "vpce-2", IpAddressType="dualstack")
    assert judged(seen, interface_endpoint_ip_type) == []


def test_a_service_that_is_not_offered_in_the_family_is_no_fault_of_the_endpoint() -> None:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", "2001:db8:aa::/56")
    subnet(seen, "subnet-1", "6", 1)
    seen.interface_endpoint("vpce-1", vpc, "sqs", [subnet(seen, "subnet-own", "4", 8)])
    assert judged(seen, interface_endpoint_ip_type) == []


def test_a_subnet_that_holds_a_load_balancer_alone_has_no_clients() -> None:
    seen = world("4", "4")
    seen.network_interface("eni-lb", subnet(seen, "subnet-lb", "6", 9, enis=False), kind="network_load_balancer")
    findings = judged(seen, interface_endpoint_ip_type)
    assert passes(findings) == findings != []


def test_empty_subnets_count_as_clients_where_the_settings_say_so() -> None:
    seen = world("4", "4")
    subnet(seen, "subnet-empty", "6", 9, enis=False)
    (finding,) = faults(judged(seen, interface_endpoint_ip_type, Settings(treat_empty_vpcs=True)))
    assert finding.evidence["subnets"] == ["subnet-empty"]


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world("46", "6")
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


@pytest.mark.parametrize("change", [{"State": "failed"}, {"VpcEndpointType": "Resource"}])
def test_what_is_gone_or_of_another_type_is_not_judged(change: dict[str, str]) -> None:
    seen = world("46", "6")
    seen.change(ENDPOINTS, "vpce-1", **change)
    assert judged(seen, interface_endpoint_ip_type) == []


@pytest.mark.parametrize("action", [ENDPOINTS, SERVICES, SUBNETS, "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world("46", "6")
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_ip_type)
    assert findings
    assert unknowns(findings) == findings


def test_a_route_table_that_was_refused_may_translate() -> None:
    seen = with_nat64("nat-1")
    seen.refuse("ec2:DescribeRouteTables")
    (finding,) = unknowns(judged(seen, interface_endpoint_ip_type))
    assert finding.missing
    without = with_nat64("nat-1", dns64=False)
    without.refuse("ec2:DescribeRouteTables")
    assert fault(without)


def test_a_prefix_list_that_was_refused_may_translate() -> None:
    seen = world("4", "6")
    seen.change(SUBNETS, "subnet-1", EnableDns64=True)
    seen.nat_gateway("nat-1", seen.subnets["subnet-own"])
    hidden = seen.prefix_list("pl-hidden", readable=False)
    seen.route_table("rtb-1", seen.vpcs["vpc-a"], [seen.subnets["subnet-1"]], {hidden: "nat-1"})
    (finding,) = unknowns(judged(seen, interface_endpoint_ip_type))
    assert finding.missing
    assert [cause.action for cause in finding.missing.causes] == ["ec2:GetManagedPrefixListEntries"]


def test_endpoints_beyond_a_cut_may_serve_the_family() -> None:
    seen = world("46", "6")
    seen.cut(ENDPOINTS, keep=1)
    (finding,) = [each for each in unknowns(judged(seen, interface_endpoint_ip_type)) if each.resource.id == "vpce-1"]
    assert finding.key == "ipv6"


@pytest.mark.parametrize(
    ("action", "item", "member"),
    [
        (ENDPOINTS, "vpce-1", "IpAddressType"),
        (SUBNETS, "subnet-1", "EnableDns64"),
        (SERVICES, BOTH, "SupportedIpAddressTypes"),
    ],
)
def test_what_aws_left_out_is_unknown(action: str, item: str, member: str) -> None:
    seen, absent = world("46", "6"), cast(dict[str, Any], {member: ABSENT})
    seen.change(action, service_id(seen, item) if action == SERVICES else item, **absent)
    (finding,) = unknowns(judged(seen, interface_endpoint_ip_type))
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.ABSENT_FIELD}


def test_the_rule_reads_what_it_says() -> None:
    for seen in (world("46", "6"), world("4", "6"), world("46", "4"), with_nat64("nat-1"), with_nat64("")):
        assert judged_on_reads(seen, interface_endpoint_ip_type) == judged(seen, interface_endpoint_ip_type)
