import pytest

from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.routes import RouteDoubt, RouteFault, route_faults
from auditor.network.missing import Kind
from tests.golden import GOLDEN, golden_world
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, REGION, Vpc, World, blackhole, propagated

A, B, C = "172.16.0.0/16", "10.0.0.0/16", "192.168.0.0/16"
S3 = f"com.amazonaws.{REGION}.s3"


def diagnosed(world: World, peering: str = "pcx-ab") -> tuple[tuple[RouteFault, ...], tuple[RouteDoubt, ...]]:
    network = network_of(world)
    return route_faults(network, network.peerings[peering])


def causes(world: World, peering: str = "pcx-ab") -> dict[str, Cause]:
    faults, _ = diagnosed(world, peering)
    return {fault.key: fault.cause for fault in faults}


def doubted(world: World, peering: str = "pcx-ab") -> dict[str, set[Cause]]:
    _, doubts = diagnosed(world, peering)
    found: dict[str, set[Cause]] = {}
    for doubt in doubts:
        found.setdefault(doubt.key, set()).add(doubt.cause)
    return found


def two(*a_blocks: str, b_blocks: tuple[str, ...] = (B,)) -> tuple[World, Vpc, Vpc]:
    """``vpc-a`` and ``vpc-b`` with ``pcx-ab`` between them, and a subnet in each."""
    world = World()
    a, b = world.vpc("vpc-a", *(a_blocks or (A,))), world.vpc("vpc-b", *b_blocks)
    world.peering("pcx-ab", a, b)
    world.subnet("subnet-b1", b, "10.0.0.0/24")
    return world, a, b


def three() -> tuple[World, Vpc, Vpc, Vpc]:
    """``vpc-a`` and ``vpc-c`` are each connected with ``vpc-b`` alone."""
    world, a, b = two()
    c = world.vpc("vpc-c", C, name="data")
    world.peering("pcx-bc", b, c)
    return world, a, b, c


# --- Every cause


@pytest.mark.parametrize("name", GOLDEN)
def test_no_route_of_the_documented_designs_is_at_fault(name: str) -> None:
    world = golden_world(name)
    network = network_of(world)
    for peering in network.peerings.values():
        assert route_faults(network, peering) == ((), ())


def test_a_route_that_is_not_active_is_a_blackhole_and_nothing_else() -> None:
    world, a, _ = two()
    world.main_routes(a, {"0.0.0.0/0": blackhole("pcx-ab")})
    assert causes(world) == {"rtb-a-main|0.0.0.0/0": Cause.ROUTE_BLACKHOLE}


def test_a_connection_that_is_not_active_has_no_faults() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A), world.vpc("vpc-b", B)
    world.peering("pcx-ab", a, b, status="deleted")
    world.main_routes(a, {"0.0.0.0/0": blackhole("pcx-ab")})
    assert diagnosed(world) == ((), ())


def test_the_prefix_list_of_a_gateway_service_is_never_reached_over_peering() -> None:
    world, a, _ = two()
    world.main_routes(a, {"pl-s3": "pcx-ab"})
    (fault,), doubts = diagnosed(world)
    assert (fault.cause, fault.key, doubts) == (Cause.EDGE_GATEWAY_ENDPOINT, "rtb-a-main|pl-s3", ())
    assert fault.whole
    assert fault.evidence == {"service": S3, "gateway_endpoints": []}


def test_the_far_endpoint_that_a_route_means_is_named() -> None:
    world, a, b = two()
    world.gateway_endpoint("vpce-b", b, "s3")
    world.main_routes(a, {"pl-s3": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert fault.evidence["gateway_endpoints"] == ["vpce-b"]
    assert fault.related == ("vpce-b",)
    assert "through vpce-b" in fault.because


def test_a_block_of_a_gateway_service_means_the_endpoint_of_the_peer() -> None:
    world, a, b = two()
    world.aws_prefix_list("pl-3", S3, ["52.218.0.0/17"])
    world.gateway_endpoint("vpce-b", b, "s3")
    world.main_routes(a, {"52.218.4.0/24": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|52.218.4.0/24": Cause.EDGE_GATEWAY_ENDPOINT}


def test_a_block_of_a_gateway_service_is_the_internet_where_the_peer_has_no_endpoint() -> None:
    world, a, _ = two()
    world.aws_prefix_list("pl-3", S3, ["52.218.0.0/17"])
    world.main_routes(a, {"52.218.4.0/24": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|52.218.4.0/24": Cause.EDGE_INTERNET_GATEWAY}


@pytest.mark.parametrize("destination", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.8.8.0/24"])
def test_everything_half_of_it_and_public_space_mean_the_internet(destination: str) -> None:
    world, a, _ = two()
    world.main_routes(a, {destination: "pcx-ab"})
    assert causes(world) == {f"rtb-a-main|{destination}": Cause.EDGE_INTERNET_GATEWAY}


@pytest.mark.parametrize("destination", ["::/0", "2000::/3", "2600:1f00::/24"])
def test_ipv6_means_the_internet_too(destination: str) -> None:
    world, a, _ = two(A, "2001:db8:aa::/56", b_blocks=(B, "2001:db8:bb::/56"))
    world.main_routes(a, {destination: "pcx-ab"})
    assert causes(world) == {f"rtb-a-main|{destination}": Cause.EDGE_INTERNET_GATEWAY}


def test_a_default_route_means_the_nat_gateway_of_the_peer_where_its_subnets_have_one() -> None:
    world, a, b = two()
    nat = world.nat_gateway("nat-b", world.subnet("subnet-b2", b, "10.0.1.0/24"))
    world.main_routes(b, {"0.0.0.0/0": nat})
    world.main_routes(a, {"0.0.0.0/0": "pcx-ab", "::/0": "pcx-ab"})
    (four, six), _ = diagnosed(world)
    assert (four.route.destination, four.cause, four.evidence["nat"]) == ("0.0.0.0/0", Cause.EDGE_NAT, "nat-b")
    assert (six.route.destination, six.cause) == ("::/0", Cause.EDGE_INTERNET_GATEWAY)


def test_a_private_nat_gateway_and_a_nat_instance_are_out_of_reach_as_well() -> None:
    for target in ("nat-b", "eni-b1-0"):
        world, a, b = two()
        world.nat_gateway("nat-b", world.subnets["subnet-b1"], connectivity="private")
        world.main_routes(b, {"0.0.0.0/0": target})
        world.main_routes(a, {"0.0.0.0/0": "pcx-ab"})
        (fault,), _ = diagnosed(world)
        assert (fault.cause, fault.evidence["nat"]) == (Cause.EDGE_NAT, target)


def test_a_nat_gateway_that_no_subnet_of_the_peer_uses_is_not_meant() -> None:
    world, a, b = two()
    nat = world.nat_gateway("nat-b", world.subnets["subnet-b1"])
    world.route_table("rtb-orphan", b, routes={"0.0.0.0/0": nat})
    igw = world.internet_gateway("igw-b", b)
    world.main_routes(b, {"0.0.0.0/0": igw})
    world.main_routes(a, {"0.0.0.0/0": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert fault.cause is Cause.EDGE_INTERNET_GATEWAY
    assert fault.evidence == {"internet_gateways": ["igw-b"], "nat_gateways": ["nat-b"]}


def test_a_route_may_take_the_wrong_connection() -> None:
    world, a, _ = two()
    c = world.vpc("vpc-c", C)
    world.peering("pcx-ac", a, c)
    world.main_routes(a, {"192.168.4.0/24": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence["right_connection"]) == (Cause.ROUTE_WRONG_CONNECTION, "pcx-ac")


def test_overlapping_peers_of_a_hub_make_no_wrong_connection() -> None:
    world, a, _ = two()
    c = world.vpc("vpc-c", B)
    world.peering("pcx-ac", a, c)
    world.main_routes(a, {"10.0.0.0/24": "pcx-ab", "10.0.1.0/24": "pcx-ac"})
    assert causes(world) == causes(world, "pcx-ac") == {}


def test_a_route_to_the_peer_of_a_peer_is_transitive() -> None:
    world, a, _, _ = three()
    world.main_routes(a, {C: "pcx-ab"})
    (fault,), doubts = diagnosed(world)
    assert (fault.cause, doubts) == (Cause.TRANSITIVE_ROUTE, ())
    assert fault.evidence == {
        "chain": ["vpc-a", "vpc-b", "vpc-c"],
        "through": "pcx-bc",
        "direct_connections": [],
    }
    assert "vpc-c (data)" in fault.because


def test_a_route_to_a_vpc_on_the_peers_transit_gateway_is_transitive() -> None:
    world, a, b = two()
    c = world.vpc("vpc-c", C)
    for vpc in (b, c):
        world.transit_gateway_attachment("tgw-1", vpc)
    world.main_routes(b, {C: "tgw-1"})
    world.main_routes(a, {C: "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence["through"]) == (Cause.TRANSITIVE_ROUTE, "tgw-1")


def test_a_third_vpc_that_was_not_audited_is_known_by_its_connection() -> None:
    world, a, b = two()
    world.peering("pcx-bc", b, world.foreign_vpc("vpc-c", C, account="333333333333"))
    world.main_routes(a, {C: "pcx-ab"})
    assert causes(world) == {f"rtb-a-main|{C}": Cause.TRANSITIVE_ROUTE}


def test_public_space_of_a_third_vpc_is_transitive_and_not_the_internet() -> None:
    world, a, b = two()
    world.peering("pcx-bc", b, world.vpc("vpc-c", "100.24.0.0/16"))
    world.main_routes(a, {"100.24.0.0/16": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|100.24.0.0/16": Cause.TRANSITIVE_ROUTE}


@pytest.mark.parametrize("origin", ["static", "propagated"])
def test_a_network_behind_the_peers_virtual_private_gateway_is_on_premises(origin: str) -> None:
    world, a, b = two()
    vgw = world.vpn_gateway("vgw-b", b)
    world.main_routes(b, {"192.168.50.0/24": propagated(vgw) if origin == "propagated" else vgw})
    world.main_routes(a, {"192.168.50.0/24": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence) == (
        Cause.EDGE_ON_PREMISES,
        {"prefix": "192.168.50.0/24", "gateway": "vgw-b"},
    )


def test_a_static_route_of_the_peers_vpn_shows_the_network_behind_it() -> None:
    world, a, b = two()
    world.vpn_connection("vpn-b", world.vpn_gateway("vgw-b", b), b, routes=["192.168.50.0/24"])
    world.main_routes(a, {"192.168.50.0/25": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|192.168.50.0/25": Cause.EDGE_ON_PREMISES}


def test_what_no_vpc_on_the_peers_transit_gateway_holds_is_on_premises() -> None:
    world, a, b = two()
    world.transit_gateway_attachment("tgw-1", b)
    world.main_routes(b, {"192.168.0.0/16": "tgw-1"})
    world.main_routes(a, {"192.168.50.0/24": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|192.168.50.0/24": Cause.EDGE_ON_PREMISES}


def test_a_default_route_of_the_peer_names_no_network() -> None:
    world, a, b = two()
    world.main_routes(b, {"0.0.0.0/0": world.vpn_gateway("vgw-b", b)})
    world.main_routes(a, {"192.168.50.0/24": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|192.168.50.0/24": Cause.ROUTE_WRONG_DESTINATION}


def test_a_destination_of_nobody_is_wrong_and_the_nearest_block_is_named() -> None:
    world, a, _ = two(b_blocks=(B, "10.20.0.0/16"))
    world.main_routes(a, {"10.22.0.0/16": "pcx-ab"})
    (fault,), doubts = diagnosed(world)
    assert (fault.cause, doubts) == (Cause.ROUTE_WRONG_DESTINATION, ())
    assert fault.evidence == {"peer_cidrs": [B, "10.20.0.0/16"], "nearest": "10.20.0.0/16", "former_cidrs": []}


@pytest.mark.parametrize("former", ["10.9.0.0/16", "100.24.0.0/16"])
def test_a_former_block_of_the_peer_is_a_wrong_destination_even_if_it_is_public(former: str) -> None:
    world = World()
    a, b = world.vpc("vpc-a", A), world.vpc("vpc-b", B, disassociated=[former])
    world.peering("pcx-ab", a, b)
    world.main_routes(a, {former: "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence["former_cidrs"]) == (Cause.ROUTE_WRONG_DESTINATION, [former])


def test_a_former_ipv6_block_of_the_peer_is_a_wrong_destination() -> None:
    world, a, _ = two(A, "2001:db8:aa::/56", b_blocks=(B, "2001:db8:bb::/56"))
    gone = {
        "AssociationId": "vpc-cidr-assoc-0",
        "Ipv6CidrBlock": "2001:db8:bb:100::/56",
        "Ipv6CidrBlockState": {"State": "disassociated"},
    }
    world.change("ec2:DescribeVpcs", "vpc-b", Ipv6CidrBlockAssociationSet=[gone])
    world.main_routes(a, {"2001:db8:bb:100::/56": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence["former_cidrs"]) == (Cause.ROUTE_WRONG_DESTINATION, ["2001:db8:bb:100::/56"])


def test_a_route_that_takes_in_more_than_the_peer_is_too_broad() -> None:
    world, a, _ = two()
    world.main_routes(a, {"10.0.0.0/15": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert fault.cause is Cause.ROUTE_TOO_BROAD
    assert fault.evidence == {
        "peer_cidrs": [B],
        "surplus": ["10.1.0.0/16"],
        "other_networks": [],
        "behind_the_peer": [],
    }


def test_a_route_that_sums_up_the_blocks_of_one_peer_is_not_too_broad() -> None:
    world, a, _ = two(b_blocks=(B, "10.1.0.0/16"))
    world.main_routes(a, {"10.0.0.0/15": "pcx-ab"})
    assert causes(world) == {}


def test_the_near_vpcs_own_blocks_do_not_make_a_route_too_broad() -> None:
    world, a, _ = two("10.1.0.0/16")
    world.main_routes(a, {"10.0.0.0/15": "pcx-ab"})
    assert causes(world) == {}


def test_a_broad_route_names_the_networks_that_it_hides_and_those_behind_the_peer() -> None:
    world, a, b = two()
    world.peering("pcx-bc", b, world.vpc("vpc-c", "10.1.0.0/16"))
    world.vpc("vpc-d", "10.2.0.0/16")
    world.main_routes(a, {"10.3.0.0/16": world.vpn_gateway("vgw-a", a), "10.0.0.0/14": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert fault.evidence["other_networks"] == ["vpc-c", "vpc-d"]
    assert fault.evidence["behind_the_peer"] == ["vpc-c"]
    assert fault.related == ("vpc-c", "vpc-d")


def test_what_a_more_specific_route_takes_elsewhere_is_not_hidden() -> None:
    world, a, _ = two()
    d = world.vpc("vpc-d", "10.1.0.0/16")
    world.peering("pcx-ad", a, d)
    world.main_routes(a, {"10.0.0.0/15": "pcx-ab", "10.1.0.0/16": "pcx-ad"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence["other_networks"]) == (Cause.ROUTE_TOO_BROAD, [])


# --- Precedence


def test_the_connection_that_is_wrong_comes_before_the_network_behind_the_peer() -> None:
    world, a, _, c = three()
    world.peering("pcx-ac", a, c)
    world.main_routes(a, {C: "pcx-ab"})
    assert causes(world) == {f"rtb-a-main|{C}": Cause.ROUTE_WRONG_CONNECTION}


def test_a_third_vpc_comes_before_a_network_outside() -> None:
    world, a, b, _ = three()
    world.main_routes(b, {C: world.vpn_gateway("vgw-b", b)})
    world.main_routes(a, {C: "pcx-ab"})
    assert causes(world) == {f"rtb-a-main|{C}": Cause.TRANSITIVE_ROUTE}


def test_a_network_outside_comes_before_the_internet() -> None:
    world, a, b = two()
    world.main_routes(b, {"8.8.8.0/24": world.vpn_gateway("vgw-b", b)})
    world.main_routes(a, {"8.8.8.0/24": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|8.8.8.0/24": Cause.EDGE_ON_PREMISES}


def test_a_partly_transitive_destination_names_the_direct_connection() -> None:
    world, a, _, c = three()
    world.peering("pcx-ac", a, c)
    world.main_routes(a, {"192.0.0.0/8": "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert (fault.cause, fault.evidence["direct_connections"]) == (Cause.TRANSITIVE_ROUTE, ["pcx-ac"])


def test_each_side_is_judged_by_its_own_tables() -> None:
    world, a, b, _ = three()
    world.main_routes(a, {"10.5.0.0/16": "pcx-ab"})
    world.main_routes(b, {"172.17.0.0/16": "pcx-ab"})
    assert set(causes(world)) == {"rtb-a-main|10.5.0.0/16", "rtb-b-main|172.17.0.0/16"}


def test_a_route_in_a_table_that_no_subnet_uses_is_judged_as_well() -> None:
    world, a, _ = two()
    world.route_table("rtb-orphan", a, routes={"10.5.0.0/16": "pcx-ab"})
    assert causes(world) == {"rtb-orphan|10.5.0.0/16": Cause.ROUTE_WRONG_DESTINATION}


# --- Prefix lists


def test_a_prefix_list_is_judged_entry_by_entry() -> None:
    world, a, _, _ = three()
    world.prefix_list("pl-1", [B, "10.7.0.0/16", "10.8.0.0/16", C])
    world.main_routes(a, {"pl-1": "pcx-ab"})
    faults, doubts = diagnosed(world)
    wrong, transitive = sorted(faults, key=lambda fault: fault.blocks)
    assert (transitive.cause, transitive.blocks, transitive.whole) == (Cause.TRANSITIVE_ROUTE, (C,), False)
    assert (wrong.cause, wrong.blocks) == (Cause.ROUTE_WRONG_DESTINATION, ("10.7.0.0/16", "10.8.0.0/16"))
    assert [entry["block"] for entry in wrong.evidence["entries"]] == ["10.7.0.0/16", "10.8.0.0/16"]
    assert doubts == ()


def test_a_prefix_list_of_the_peers_blocks_is_as_good_as_a_route_to_them() -> None:
    world, a, _ = two()
    world.prefix_list("pl-1", [B])
    world.main_routes(a, {"pl-1": "pcx-ab"})
    assert diagnosed(world) == ((), ())


def test_a_prefix_list_that_cannot_be_read_leaves_every_cause_open() -> None:
    world, a, _ = two()
    world.prefix_list("pl-1", readable=False)
    world.main_routes(a, {"pl-1": "pcx-ab"})
    faults, doubts = diagnosed(world)
    assert faults == ()
    assert {doubt.key for doubt in doubts} == {"rtb-a-main|pl-1"}
    assert {doubt.cause for doubt in doubts} >= {Cause.EDGE_NAT, Cause.TRANSITIVE_ROUTE, Cause.ROUTE_TOO_BROAD}
    assert len(doubts) == 8


def test_the_list_of_a_gateway_service_needs_no_entries() -> None:
    world, a, _ = two()
    world.main_routes(a, {"pl-s3": "pcx-ab"})
    world.refuse("ec2:GetManagedPrefixListEntries")
    world.change("ec2:DescribePrefixLists", "pl-s3", Cidrs=ABSENT)
    (fault,), doubts = diagnosed(world)
    assert (fault.cause, doubts) == (Cause.EDGE_GATEWAY_ENDPOINT, ())


# --- What was not seen


def half(a_routes: dict[str, str]) -> World:
    world = World()
    a = world.vpc("vpc-a", A)
    world.peering("pcx-ab", a, world.foreign_vpc("vpc-b", B, account="222222222222"))
    world.main_routes(a, a_routes)
    return world


def test_the_routes_of_an_unaudited_side_are_in_doubt_for_every_cause() -> None:
    world = half({B: "pcx-ab"})
    faults, doubts = diagnosed(world)
    assert faults == ()
    assert {doubt.key for doubt in doubts} == {"vpc-b"}
    assert len(doubts) == 8
    assert {cause.kind for doubt in doubts for cause in doubt.missing.causes} == {Kind.NOT_AUDITED}


def test_refused_route_tables_leave_a_side_in_doubt() -> None:
    world, _, _ = two()
    world.refuse("ec2:DescribeRouteTables")
    assert {key: len(found) for key, found in doubted(world).items()} == {"vpc-a": 8, "vpc-b": 8}


def test_a_list_of_route_tables_that_was_cut_still_proves_what_it_holds() -> None:
    world, a, _ = two()
    world.main_routes(a, {"10.0.0.0/15": "pcx-ab"})
    world.cut("ec2:DescribeRouteTables", keep=1)
    assert causes(world) == {"rtb-a-main|10.0.0.0/15": Cause.ROUTE_TOO_BROAD}
    assert set(doubted(world)) >= {"vpc-a", "vpc-b"}


def test_routes_are_judged_where_the_vpcs_themselves_were_refused() -> None:
    world, a, _ = two()
    world.main_routes(a, {"10.0.0.0/15": "pcx-ab"})
    world.refuse("ec2:DescribeVpcs")
    assert causes(world) == {"rtb-a-main|10.0.0.0/15": Cause.ROUTE_TOO_BROAD}
    assert {"vpc-a", "vpc-b"} <= set(doubted(world))


def test_a_route_past_an_unaudited_peer_is_wrong_and_what_it_means_is_open() -> None:
    world = half({C: "pcx-ab"})
    (fault,), _ = diagnosed(world)
    assert fault.cause is Cause.ROUTE_WRONG_DESTINATION
    assert "was not seen" in fault.because
    assert doubted(world)[f"rtb-a-main|{C}"] == {Cause.TRANSITIVE_ROUTE, Cause.EDGE_ON_PREMISES}


def test_a_default_route_to_an_unaudited_peer_is_proven_and_the_nat_is_open() -> None:
    world = half({"0.0.0.0/0": "pcx-ab"})
    assert causes(world) == {"rtb-a-main|0.0.0.0/0": Cause.EDGE_INTERNET_GATEWAY}
    assert doubted(world)["rtb-a-main|0.0.0.0/0"] == {Cause.EDGE_NAT}


def test_without_all_blocks_of_the_peer_nothing_but_a_default_route_is_proven() -> None:
    world = half({"10.5.0.0/16": "pcx-ab", "0.0.0.0/0": "pcx-ab", B: "pcx-ab"})
    side = {"VpcId": "vpc-b", "OwnerId": "222222222222", "Region": REGION, "CidrBlock": B}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-ab", AccepterVpcInfo=side)
    assert causes(world) == {"rtb-a-main|0.0.0.0/0": Cause.EDGE_INTERNET_GATEWAY}
    found = doubted(world)
    assert len(found["rtb-a-main|10.5.0.0/16"]) == 8
    assert f"rtb-a-main|{B}" not in found


@pytest.mark.parametrize(
    ("action", "doubtful"),
    [
        ("ec2:DescribeVpnGateways", Cause.EDGE_ON_PREMISES),
        ("ec2:DescribeVpnConnections", Cause.EDGE_ON_PREMISES),
        ("ec2:DescribeTransitGatewayVpcAttachments", Cause.TRANSITIVE_ROUTE),
    ],
)
def test_a_refused_answer_leaves_open_the_cause_that_it_would_show_and_the_later_one(
    action: str, doubtful: Cause
) -> None:
    world, a, _ = two()
    world.main_routes(a, {"10.5.0.0/16": "pcx-ab"})
    world.refuse(action)
    assert causes(world) == {}
    assert {doubtful, Cause.ROUTE_WRONG_DESTINATION} <= doubted(world)["rtb-a-main|10.5.0.0/16"]


@pytest.mark.parametrize("action", ["ec2:DescribePrefixLists", "ec2:DescribeVpcEndpointServices"])
def test_without_aws_own_lists_a_public_block_may_be_a_service(action: str) -> None:
    world, a, _ = two()
    world.main_routes(a, {"52.218.4.0/24": "pcx-ab"})
    world.refuse(action)
    assert causes(world) == {}
    assert doubted(world)["rtb-a-main|52.218.4.0/24"] == {Cause.EDGE_GATEWAY_ENDPOINT, Cause.EDGE_INTERNET_GATEWAY}


def test_a_block_of_a_service_is_open_where_the_peers_endpoints_were_refused() -> None:
    world, a, _ = two()
    world.aws_prefix_list("pl-3", S3, ["52.218.0.0/17"])
    world.main_routes(a, {"52.218.4.0/24": "pcx-ab"})
    world.refuse("ec2:DescribeVpcEndpoints")
    assert doubted(world)["rtb-a-main|52.218.4.0/24"] == {Cause.EDGE_GATEWAY_ENDPOINT, Cause.EDGE_INTERNET_GATEWAY}


def test_refused_subnets_of_the_peer_leave_its_nat_open() -> None:
    world, a, _ = two()
    world.main_routes(a, {"0.0.0.0/0": "pcx-ab"})
    world.refuse("ec2:DescribeSubnets")
    assert causes(world) == {}
    assert doubted(world)["rtb-a-main|0.0.0.0/0"] == {Cause.EDGE_NAT, Cause.EDGE_INTERNET_GATEWAY}


def test_a_cause_that_is_found_stands_whatever_else_was_refused() -> None:
    world, a, _, _ = three()
    world.main_routes(a, {C: "pcx-ab"})
    world.refuse("ec2:DescribeVpnGateways")
    world.refuse("ec2:DescribeTransitGatewayVpcAttachments")
    assert causes(world) == {f"rtb-a-main|{C}": Cause.TRANSITIVE_ROUTE}


def test_an_unreadable_list_behind_the_peer_leaves_the_network_outside_open() -> None:
    world, a, b = two()
    world.prefix_list("pl-1", readable=False)
    world.main_routes(b, {"pl-1": world.vpn_gateway("vgw-b", b)})
    world.main_routes(a, {"10.5.0.0/16": "pcx-ab"})
    assert doubted(world)["rtb-a-main|10.5.0.0/16"] == {Cause.EDGE_ON_PREMISES, Cause.ROUTE_WRONG_DESTINATION}


def test_another_connection_whose_blocks_are_not_all_known_leaves_it_open() -> None:
    world, a, _ = two()
    world.peering("pcx-ad", a, world.foreign_vpc("vpc-d", "10.4.0.0/16", account="333333333333"))
    side = {"VpcId": "vpc-d", "OwnerId": "333333333333", "Region": REGION, "CidrBlock": "10.4.0.0/16"}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-ad", AccepterVpcInfo=side)
    world.main_routes(a, {"10.5.0.0/16": "pcx-ab"})
    assert doubted(world)["rtb-a-main|10.5.0.0/16"] == {Cause.ROUTE_WRONG_CONNECTION, Cause.ROUTE_WRONG_DESTINATION}


def test_a_shared_vpc_is_judged_on_what_its_participant_shows() -> None:
    world, a, _ = two()
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.route_table("rtb-a1", a, [subnet], {"10.5.0.0/16": "pcx-ab"})
    world.share(subnet, "444444444444")
    b = world.vpc("vpc-e", "10.9.0.0/16", account="555555555555")
    world.peering("pcx-ae", a, b)
    world.drop_shard(ACCOUNT, REGION, asked=False)
    assert set(doubted(world, "pcx-ae")) == {"vpc-a"}
