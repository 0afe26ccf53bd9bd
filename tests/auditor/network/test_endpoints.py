from typing import Any

import pytest

from auditor.network.endpoints import (
    admitted,
    admitted_by,
    clients,
    has_interface_endpoints,
    interface_addresses_within_reach,
    interface_endpoints_within_reach,
    interfaces,
    own_interfaces,
    own_subnets,
    ports_missing,
    ports_of,
    reach,
    service_of,
    taking_the_traffic,
    versions_of,
    vpc_of,
    ways_in,
)
from auditor.network.entities import Endpoint
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from tests.networks import network_of
from tests.world import ABSENT, World, allow

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world() -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.subnet("subnet-b", vpc, "10.0.1.0/24", enis=False)
    made.security_group("sg-vpce", vpc, [allow("tcp", 443, "10.0.0.0/24")])
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet], groups=["sg-vpce"])
    return made


def endpoint(seen: World) -> tuple[Network, Endpoint]:
    network = network_of(seen)
    return network, network.endpoints["vpce-1"]


def test_clients_are_the_subnets_in_use_or_all_where_one_asks_for_all() -> None:
    network = network_of(world())
    vpc = network.vpcs["vpc-a"]
    assert [subnet.id for subnet in clients(network, vpc, every_subnet=False)] == ["subnet-a"]
    assert [subnet.id for subnet in clients(network, vpc, every_subnet=True)] == ["subnet-a", "subnet-b"]


def test_clients_that_were_not_seen_are_missing_beside_those_that_were() -> None:
    seen = world()
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    network = network_of(seen)
    found = clients(network, network.vpcs["vpc-a"], every_subnet=False)
    assert [subnet.id for subnet in found] == ["subnet-a"]
    assert not found.whole


def test_one_name_stands_for_two_services_of_two_types() -> None:
    seen = world()
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3")
    seen.interface_endpoint("vpce-3", seen.vpcs["vpc-a"], "s3", [seen.subnets["subnet-a"]])
    network = network_of(seen)
    gateway, interface = (service_of(network, network.endpoints[each]) for each in ("vpce-2", "vpce-3"))
    assert not isinstance(gateway, Missing)
    assert not isinstance(interface, Missing)
    assert (gateway.private_dns_name, interface.private_dns_name) == (None, "*.s3.eu-west-1.amazonaws.com")


def test_a_service_that_is_not_listed_or_was_refused_is_missing() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", ServiceName="com.amazonaws.eu-west-1.unlisted")
    unlisted = service_of(*endpoint(seen))
    seen.refuse("ec2:DescribeVpcEndpointServices")
    refused = service_of(*endpoint(seen))
    assert isinstance(unlisted, Missing)
    assert isinstance(refused, Missing)
    kinds = [cause.kind for missing in (unlisted, refused) for cause in missing.causes]
    assert kinds == [Kind.ABSENT_FIELD, Kind.REFUSED]


def test_an_endpoint_whose_vpc_was_refused_stands_in_nothing_that_was_seen() -> None:
    seen = world()
    seen.refuse("ec2:DescribeVpcs")
    assert isinstance(vpc_of(*endpoint(seen)), Missing)


@pytest.mark.parametrize(
    ("address_type", "record_type", "versions"),
    [
        (ABSENT, ABSENT, (4,)),
        ("ipv4", "ipv4", (4,)),
        ("dualstack", "dualstack", (4, 6)),
        ("dualstack", "service-defined", (4,)),
        ("dualstack", "ipv6", (6,)),
        ("dualstack", "ipv4", (4,)),
        ("ipv6", "ipv6", (6,)),
    ],
)
def test_the_families_of_an_endpoint_are_those_of_its_interfaces_that_its_names_resolve_to(
    address_type: object, record_type: object, versions: tuple[int, ...]
) -> None:
    seen = world()
    options = {} if record_type is ABSENT else {"DnsRecordIpType": record_type}
    seen.change(ENDPOINTS, "vpce-1", IpAddressType=address_type, DnsOptions=options)
    assert versions_of(endpoint(seen)[1]) == versions


def test_records_as_the_service_defines_them_give_the_endpoints_own_names_both_families() -> None:
    seen = world()
    options = {"DnsRecordIpType": "service-defined"}
    seen.change(ENDPOINTS, "vpce-1", IpAddressType="dualstack", DnsOptions=options, PrivateDnsEnabled=False)
    assert versions_of(endpoint(seen)[1]) == (4, 6)


@pytest.mark.parametrize(
    ("service", "ports"),
    [
        ("com.amazonaws.eu-west-1.sqs", [443]),
        ("com.amazonaws.eu-west-1.iot.data", [443, 8883]),
        ("com.amazonaws.eu-west-1.iot.credentials", [443]),
        ("cn.com.amazonaws.cn-north-1.cassandra", [9142]),
        ("com.amazonaws.eu-west-1.mail-manager-smtp.auth", [25, 587, 2587]),
        ("com.amazonaws.eu-west-1.dsql", [443]),
        ("com.amazonaws.eu-west-1.dsql-fips", [443]),
        ("com.amazonaws.eu-west-1.dsql-fnh4", [5432]),
    ],
)
def test_most_services_are_reached_over_https(service: str, ports: list[int]) -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", ServiceName=service)
    assert [port.number for port in ports_of(endpoint(seen)[1])] == ports


@pytest.mark.parametrize(
    "members",
    [
        {"ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"},
        {"ServiceName": ABSENT},
        {"ServiceName": ABSENT, "VpcEndpointType": "Resource"},
    ],
)
def test_the_ports_of_others_than_aws_are_not_known(members: dict[str, Any]) -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", **members)
    asked = endpoint(seen)[1]
    assert ports_of(asked) == ()
    assert ports_missing(asked)
    assert ports_missing(endpoint(world())[1]) is None


def test_whom_an_endpoint_lets_in_is_asked_of_all_addresses_and_of_any_of_its_groups() -> None:
    network, asked = endpoint(world())
    found = admitted(network, asked)
    assert (found.allowed.cidrs(), found.unseen.cidrs(), found.missing) == (("10.0.0.0/24",), (), None)
    assert admitted_by(network, asked, ()).allowed.cidrs() == ()


def test_groups_that_aws_left_out_may_let_everybody_in() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", Groups=ABSENT)
    network, asked = endpoint(seen)
    found = admitted(network, asked)
    assert (found.allowed.cidrs(), found.unseen.cidrs()) == ((), ("0.0.0.0/0", "::/0"))
    assert found.missing


def test_where_the_ports_are_not_known_who_is_let_in_at_some_may_be() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", ServiceName="com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b")
    network, asked = endpoint(seen)
    found = admitted(network, asked)
    assert (found.allowed.cidrs(), found.unseen.cidrs()) == ((), ("10.0.0.0/24",))
    assert found.missing == ports_missing(asked)


def test_an_endpoint_knows_its_own_subnets_and_interfaces() -> None:
    network, asked = endpoint(world())
    assert [subnet.id for subnet in own_subnets(network, asked)] == ["subnet-a"]
    assert [each.network_interface_id for each in own_interfaces(network, asked)] == ["eni-vpce-1-a"]
    seen = world()
    seen.refuse("ec2:DescribeSubnets")
    network, asked = endpoint(seen)
    assert own_subnets(network, asked).missing


def test_the_ways_into_a_vpc_are_its_connections_that_stand() -> None:
    seen = world()
    vpc = seen.vpcs["vpc-a"]
    seen.peering("pcx-1", vpc, seen.vpc("vpc-b", "10.1.0.0/16"))
    seen.peering("pcx-2", vpc, seen.vpc("vpc-c", "10.2.0.0/16"), status="deleted")
    seen.transit_gateway_attachment("tgw-1", vpc)
    seen.transit_gateway_attachment("tgw-2", vpc, state="deleting")
    seen.vpn_gateway("vgw-1", vpc)
    network = network_of(seen)
    found = ways_in(network, network.vpcs["vpc-a"])
    assert (found.items, found.whole) == (("pcx-1", "tgw-1", "vgw-1"), True)


def test_interface_endpoints_are_within_reach_over_peerings_and_transit_gateways_alone() -> None:
    seen = world()
    vpc = seen.vpcs["vpc-a"]
    for number, name in enumerate(("vpc-b", "vpc-c", "vpc-d"), start=1):
        other = seen.vpc(name, f"10.{number}.0.0/16")
        subnet = seen.subnet(f"subnet-{name}", other, f"10.{number}.0.0/24")
        seen.interface_endpoint(f"vpce-{name}", other, "sqs", [subnet])
    seen.peering("pcx-1", vpc, seen.vpcs["vpc-b"])
    for each in (vpc, seen.vpcs["vpc-c"]):
        seen.transit_gateway_attachment("tgw-1", each)
    network = network_of(seen)
    found = interface_endpoints_within_reach(network, network.vpcs["vpc-a"], "sqs")
    assert [each.id for each in found] == ["vpce-1", "vpce-vpc-b", "vpce-vpc-c"]
    assert found.whole


def test_a_peer_that_was_not_audited_may_hold_more_interface_endpoints() -> None:
    seen = world()
    seen.peering("pcx-1", seen.vpcs["vpc-a"], seen.foreign_vpc("vpc-x", "10.1.0.0/16", account="222222222222"))
    network = network_of(seen)
    found = interface_endpoints_within_reach(network, network.vpcs["vpc-a"], "sqs")
    assert [each.id for each in found] == ["vpce-1"]
    assert found.missing
    assert [cause.kind for cause in found.missing.causes] == [Kind.NOT_AUDITED]


def test_connections_that_were_refused_may_lead_to_more_interface_endpoints() -> None:
    seen = world()
    seen.refuse("ec2:DescribeVpcPeeringConnections")
    network = network_of(seen)
    found = interface_endpoints_within_reach(network, network.vpcs["vpc-a"], "sqs")
    assert [each.id for each in found] == ["vpce-1"]
    assert not found.whole


def test_the_groups_of_an_endpoint_reach_some_subnets_and_deny_others() -> None:
    seen = world()
    seen.subnet("subnet-c", seen.vpcs["vpc-a"], "10.0.2.0/24")
    network, asked = endpoint(seen)
    found = reach(network, asked, network.subnets_of(network.vpcs["vpc-a"]))
    assert [subnet.id for subnet in found.reached] == ["subnet-a"]
    assert [(subnet.id, addresses.cidrs()) for subnet, addresses in found.denied] == [("subnet-c", ("10.0.2.0/24",))]
    assert found.undecided is None


@pytest.mark.parametrize(
    ("state", "stands"), [("available", True), ("PendingAcceptance", True), ("Failed", False), ("deleting", False)]
)
def test_an_endpoint_stands_until_it_is_on_its_way_out(state: str, stands: bool) -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", State=state)
    assert endpoint(seen)[1].stands is stands


def test_an_interface_endpoint_takes_the_traffic_where_the_services_name_resolves_to_it() -> None:
    seen = world()
    vpc, subnet = seen.vpcs["vpc-a"], seen.subnets["subnet-a"]
    seen.interface_endpoint("vpce-s3", vpc, "s3", [subnet], inbound_resolver_only=True)
    seen.gateway_endpoint("vpce-gateway", vpc, "s3")
    name = "com.amazonaws.eu-west-1.s3"
    assert taking_the_traffic(network_of(seen), network_of(seen).vpcs["vpc-a"], name) == ()
    seen.change(ENDPOINTS, "vpce-s3", DnsOptions={"PrivateDnsOnlyForInboundResolverEndpoint": False})
    network = network_of(seen)
    assert [each.id for each in taking_the_traffic(network, network.vpcs["vpc-a"], name)] == ["vpce-s3"]


def test_a_service_has_interface_endpoints_where_aws_lists_it_as_one() -> None:
    seen = world()
    for service in ("s3", "s3express"):
        seen.gateway_endpoint(f"vpce-{service}", seen.vpcs["vpc-a"], service)
    network = network_of(seen)
    assert has_interface_endpoints(network, network.endpoints["vpce-s3"]) is True
    assert has_interface_endpoints(network, network.endpoints["vpce-s3express"]) is False
    seen.refuse("ec2:DescribeVpcEndpointServices")
    network = network_of(seen)
    assert isinstance(has_interface_endpoints(network, network.endpoints["vpce-s3"]), Missing)


def addresses_in_reach(seen: World) -> tuple[str, set[Kind]]:
    network = network_of(seen)
    found, missing = interface_addresses_within_reach(network, network.vpcs["vpc-a"], "sqs")
    return str(found), {cause.kind for cause in missing.causes} if missing else set()


def test_the_addresses_within_reach_are_those_of_the_endpoints_interfaces() -> None:
    seen = world()
    assert addresses_in_reach(seen) == ("10.0.0.11/32", set())
    for vpc_id, block in (("vpc-b", "10.1.0"), ("vpc-c", "10.2.0"), ("vpc-d", "10.3.0")):
        vpc = seen.vpc(vpc_id, f"{block}.0/24")
        subnet = seen.subnet(f"subnet-{vpc_id}", vpc, f"{block}.0/24", enis=False)
        seen.interface_endpoint(f"vpce-{vpc_id}", vpc, "sqs", [subnet])
    seen.peering("pcx-1", seen.vpcs["vpc-a"], seen.vpcs["vpc-b"])
    for vpc_id in ("vpc-a", "vpc-c"):
        seen.transit_gateway_attachment("tgw-1", seen.vpcs[vpc_id])
    assert addresses_in_reach(seen) == ("10.0.0.11/32, 10.1.0.10/32, 10.2.0.10/32", set())


def test_more_addresses_may_be_within_reach_than_were_seen() -> None:
    gone = world()
    gone.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=["eni-gone"])
    assert addresses_in_reach(gone) == ("", {Kind.ABSENT_FIELD})
    refused = world()
    refused.refuse("ec2:DescribeNetworkInterfaces")
    assert addresses_in_reach(refused) == ("", {Kind.REFUSED})
    beyond = world()
    beyond.peering("pcx-1", beyond.vpcs["vpc-a"], beyond.foreign_vpc("vpc-b", "10.1.0.0/16", account="222222222222"))
    assert addresses_in_reach(beyond) == ("10.0.0.11/32", {Kind.NOT_AUDITED})


@pytest.mark.parametrize("action", ["ec2:DescribeVpcPeeringConnections", "ec2:DescribeTransitGatewayVpcAttachments"])
def test_interface_endpoints_may_be_within_reach_where_connections_were_refused(action: str) -> None:
    seen = world()
    seen.peering("pcx-1", seen.vpcs["vpc-a"], seen.vpc("vpc-b", "10.1.0.0/16"))
    seen.transit_gateway_attachment("tgw-1", seen.vpcs["vpc-a"])
    seen.refuse(action)
    network = network_of(seen)
    assert not interface_endpoints_within_reach(network, network.vpcs["vpc-a"], "s3").whole


def test_interfaces_go_by_their_ids() -> None:
    network = network_of(world())
    assert interfaces(network)["eni-vpce-1-a"].subnet_id == "subnet-a"
