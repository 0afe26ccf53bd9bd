from auditor.network.inspection import Crossing, crossings, endpoints_by_zone
from auditor.network.network import Network
from tests.networks import network_of
from tests.world import REGION, World

SERVICE = "com.amazonaws.vpce.eu-west-1.vpce-svc-0f"


def world() -> World:
    """Clients in zones a, b and c, and an endpoint in zone a that all are led to by one table."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", "2001:db8:aa::/56")
    subnets = [
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}")
        for number, zone in enumerate("abc", start=1)
    ]
    own = made.subnet("subnet-fw", vpc, "10.0.9.0/28", az=f"{REGION}a", enis=False)
    made.load_balancer_endpoint("vpce-1", own, service=SERVICE)
    made.route_table("rtb-all", vpc, subnets, {"0.0.0.0/0": "vpce-1", "10.0.3.0/24": "vpce-1"})
    return made


def crossing(made: World, *, every_subnet: bool = False) -> tuple[Network, list[Crossing], bool]:
    network = network_of(made)
    endpoint, vpc = network.endpoints["vpce-1"], network.vpcs["vpc-a"]
    found = crossings(network, endpoint, vpc, network.subnets["subnet-fw"], every_subnet=every_subnet)
    return network, list(found), found.whole


def told(found: list[Crossing]) -> list[tuple[str, list[str], list[tuple[str, str]]]]:
    return [
        (
            each.zone,
            [subnet.id for subnet in each.subnets],
            [(table.id, route.destination) for table, route in each.routes],
        )
        for each in found
    ]


def test_each_zone_whose_traffic_is_led_across_is_told_with_its_routes_to_the_outside() -> None:
    _, found, whole = crossing(world())
    assert whole
    assert told(found) == [
        ("euw1-az2", ["subnet-b"], [("rtb-all", "0.0.0.0/0")]),
        ("euw1-az3", ["subnet-c"], [("rtb-all", "0.0.0.0/0")]),
    ]


def test_a_gateways_route_to_just_a_subnet_of_either_family_counts() -> None:
    made = world()
    vpc = made.vpcs["vpc-a"]
    made.subnet("subnet-6", vpc, "10.0.6.0/24", "2001:db8:aa:6::/64", az=f"{REGION}b")
    made.internet_gateway("igw-1", vpc)
    edge = {"2001:db8:aa:6::/64": "vpce-1", "2001:db8:aa::/56": "vpce-1", "10.0.1.0/24": "vpce-1"}
    made.route_table("rtb-edge", vpc, routes=edge, gateway="igw-1")
    _, found, _ = crossing(made)
    assert told(found)[0] == (
        "euw1-az2",
        ["subnet-b", "subnet-6"],
        [("rtb-all", "0.0.0.0/0"), ("rtb-edge", "2001:db8:aa:6::/64")],
    )


def test_subnets_in_which_nothing_was_seen_to_send_are_left_open() -> None:
    made = world()
    made.cut("ec2:DescribeNetworkInterfaces", keep=2)
    _, found, whole = crossing(made)
    assert ([each.zone for each in found], whole) == (["euw1-az2"], False)
    _, found, whole = crossing(made, every_subnet=True)
    assert ([each.zone for each in found], whole) == (["euw1-az2", "euw1-az3"], True)


def test_a_prefix_list_that_was_not_seen_may_lead_across() -> None:
    made = world()
    hidden = made.prefix_list("pl-hidden", readable=False)
    made.main_routes(made.vpcs["vpc-a"], {hidden: "vpce-1"})
    made.subnet("subnet-main", made.vpcs["vpc-a"], "10.0.7.0/24", az=f"{REGION}b")
    _, found, whole = crossing(made)
    assert [subnet.id for subnet in found[0].subnets] == ["subnet-b"]
    assert not whole


def test_a_route_whose_destination_is_not_known_names_no_subnet() -> None:
    made = world()
    vpc = made.vpcs["vpc-a"]
    made.internet_gateway("igw-1", vpc)
    edge = made.route_table("rtb-edge", vpc, gateway="igw-1")
    made.change(
        "ec2:DescribeRouteTables",
        edge.id,
        Routes=[{"GatewayId": "vpce-1", "State": "active", "Origin": "CreateRoute"}],
    )
    _, found, _ = crossing(made)
    assert {table for each in told(found) for table, _ in each[2]} == {"rtb-all"}


def test_the_endpoints_of_a_service_are_found_by_their_zones() -> None:
    made = world()
    vpc = made.vpcs["vpc-a"]
    for number, (zone, service, state) in enumerate(
        (("b", SERVICE, "available"), ("c", SERVICE, "pending"), ("c", f"{SERVICE}1", "available")), start=2
    ):
        subnet = made.subnet(f"subnet-fw-{number}", vpc, f"10.0.10.{16 * number}/28", az=f"{REGION}{zone}", enis=False)
        made.load_balancer_endpoint(f"vpce-{number}", subnet, service=service, state=state)
    network = network_of(made)
    found = endpoints_by_zone(network, network.endpoints["vpce-1"], network.vpcs["vpc-a"])
    assert {zone: endpoint.id for zone, endpoint in found.items()} == {"euw1-az1": "vpce-1", "euw1-az2": "vpce-2"}
