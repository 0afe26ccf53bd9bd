import pytest

from auditor.network.address_families import others_in_family, shut_out, versions_in
from auditor.network.entities import Endpoint
from auditor.network.network import Network
from tests.networks import network_of
from tests.world import World, blackhole

ENDPOINTS = "ec2:DescribeVpcEndpoints"


def world() -> World:
    """Three subnets of clients, by their families, and an IPv4 endpoint."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", "2001:db8:aa::/56")
    made.subnet("subnet-4", vpc, "10.0.4.0/24")
    made.subnet("subnet-6", vpc, "2001:db8:aa:6::/64")
    made.subnet("subnet-46", vpc, "10.0.46.0/24", "2001:db8:aa:46::/64")
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnets["subnet-4"]])
    return made


def seen(made: World) -> tuple[Network, Endpoint]:
    network = network_of(made)
    return network, network.endpoints["vpce-1"]


def shut(made: World) -> list[str]:
    network, endpoint = seen(made)
    found = shut_out(network, endpoint, network.subnets_of(network.vpcs["vpc-a"]))
    assert found.whole
    return [subnet.id for subnet in found]


def test_clients_have_the_families_of_their_subnet() -> None:
    network, _ = seen(world())
    assert {subnet_id: versions_in(subnet) for subnet_id, subnet in network.subnets.items()} == {
        "subnet-4": (4,),
        "subnet-6": (6,),
        "subnet-46": (4, 6),
    }


@pytest.mark.parametrize(("address_type", "left_out"), [("ipv4", ["subnet-6"]), ("ipv6", ["subnet-4"])])
def test_clients_without_the_endpoints_family_are_shut_out(address_type: str, left_out: list[str]) -> None:
    made = world()
    made.change(ENDPOINTS, "vpce-1", IpAddressType=address_type, DnsOptions={"DnsRecordIpType": address_type})
    assert shut(made) == left_out


@pytest.mark.parametrize(
    ("destination", "target", "translated"),
    [
        ("64:ff9b::/96", "nat-1", True),
        ("64:ff9b::/96", "eni-nat", True),
        ("64:ff9b::/96", "tgw-1", True),
        ("::/0", "tgw-1", True),
        ("::/0", "igw-1", False),
        ("64:ff9b::/96", blackhole("nat-1"), False),
    ],
)
def test_what_dns64_gives_is_translated_where_its_route_leads(destination: str, target: str, translated: bool) -> None:
    made = world()
    vpc = made.vpcs["vpc-a"]
    made.nat_gateway("nat-1", made.subnets["subnet-4"])
    made.network_interface("eni-nat", made.subnets["subnet-46"], source_dest_check=False)
    made.transit_gateway_attachment("tgw-1", vpc)
    made.internet_gateway("igw-1", vpc)
    made.route_table("rtb-6", vpc, [made.subnets["subnet-6"]], {destination: target})
    made.change("ec2:DescribeSubnets", "subnet-6", EnableDns64=True)
    assert shut(made) == ([] if translated else ["subnet-6"])


def test_clients_whose_route_table_was_not_seen_are_left_open() -> None:
    made = world()
    made.change("ec2:DescribeSubnets", "subnet-6", EnableDns64=True)
    made.refuse("ec2:DescribeRouteTables")
    network, endpoint = seen(made)
    found = shut_out(network, endpoint, network.subnets_of(network.vpcs["vpc-a"]))
    assert not found
    assert not found.whole


def test_other_endpoints_of_the_service_are_those_that_stand_and_are_reached_in_the_family() -> None:
    made = world()
    vpc = made.vpcs["vpc-a"]
    for number, (service, state, address_type) in enumerate(
        (
            ("sqs", "available", "ipv6"),
            ("sqs", "available", "ipv4"),
            ("sqs", "failed", "ipv6"),
            ("sns", "available", "ipv6"),
        ),
        start=2,
    ):
        made.interface_endpoint(f"vpce-{number}", vpc, service, [made.subnets["subnet-46"]], state=state)
        made.change(
            ENDPOINTS, f"vpce-{number}", IpAddressType=address_type, DnsOptions={"DnsRecordIpType": address_type}
        )
    network, endpoint = seen(made)
    found = {
        version: [other.id for other in others_in_family(network, endpoint, network.vpcs["vpc-a"], version)]
        for version in (4, 6)
    }
    assert found == {4: ["vpce-3"], 6: ["vpce-2"]}
