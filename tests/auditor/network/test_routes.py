import ipaddress
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import RouteTable as Ec2RouteTable
from auditor.model import read_record
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.routes import Lookup, Origin, Route, RouteTable, TargetKind, read_route
from tests import oracle

RTB, ACCOUNT, REGION = "rtb-0a", "111111111111", "eu-west-1"
REFUSED = Missing.of(Kind.REFUSED, account=ACCOUNT, region=REGION, action="ec2:GetManagedPrefixListEntries")

Raw = dict[str, Any]

_MEMBERS = {
    "pcx": "VpcPeeringConnectionId",
    "nat": "NatGatewayId",
    "tgw": "TransitGatewayId",
    "eigw": "EgressOnlyInternetGatewayId",
    "eni": "NetworkInterfaceId",
}


def to(destination: str, target: str, origin: str | None = None, state: str = "active") -> Raw:
    if destination.startswith("pl-"):
        member = "DestinationPrefixListId"
    else:
        member = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    leads_to = _MEMBERS.get(target.split("-", maxsplit=1)[0], "GatewayId")
    created = "CreateRouteTable" if target == "local" else "CreateRoute"
    return {member: destination, leads_to: target, "Origin": origin or created, "State": state}


def propagated(destination: str, target: str = "vgw-0a", origin: str = "EnableVgwRoutePropagation") -> Raw:
    return to(destination, target, origin)


@dataclass(frozen=True)
class Lists:
    """What is known of prefix lists: the entries that were read, and the lists of which there may be more."""

    entries: Mapping[str, tuple[str, ...]]
    hidden: frozenset[str] = frozenset()

    def read(self, prefix_list_id: str) -> tuple[tuple[str, ...], Missing | None]:
        return self.entries.get(prefix_list_id, ()), REFUSED if prefix_list_id in self.hidden else None


NO_LISTS = Lists({})


def routes_of(routes: Iterable[Raw], lists: Lists = NO_LISTS) -> tuple[Route, ...]:
    record = read_record({"RouteTableId": RTB, "Routes": list(routes)}, Ec2RouteTable)
    return tuple(read_route(route, RTB, lists.read) for route in record.routes or ())


def table(*routes: Raw, lists: Lists = NO_LISTS) -> RouteTable:
    return RouteTable(
        id=RTB,
        vpc_id="vpc-0a",
        owner=ACCOUNT,
        account=ACCOUNT,
        region=REGION,
        name="",
        main=True,
        subnet_ids=frozenset(),
        gateway_ids=frozenset(),
        routes=routes_of(routes, lists),
    )


def look_up(made: RouteTable, *cidrs: str, toward: str | None = None) -> Lookup:
    return made.lookup(Addresses.of(*cidrs), toward)


def taker(made: RouteTable, address: str) -> str:
    """The target of the route that takes an address, and what else a lookup can say of one."""
    found = look_up(made, address)
    if found.routed:
        assert not found.unrouted
        assert not found.undecided
        assert len(found.routed) == 1
        return found.routed[0][0].target
    return "unrouted" if found.unrouted else "ambiguous" if found.ambiguous else "unseen"


# --- What a route of an answer means ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "target", "kind"),
    [
        ("VpcPeeringConnectionId", "pcx-0a", TargetKind.PEERING),
        ("GatewayId", "local", TargetKind.LOCAL),
        ("GatewayId", "igw-0a", TargetKind.INTERNET_GATEWAY),
        ("GatewayId", "vgw-0a", TargetKind.VPN_GATEWAY),
        ("GatewayId", "vpce-0a", TargetKind.VPC_ENDPOINT),
        ("NatGatewayId", "nat-0a", TargetKind.NAT_GATEWAY),
        ("TransitGatewayId", "tgw-0a", TargetKind.TRANSIT_GATEWAY),
        (
            "CoreNetworkArn",
            "arn:aws:networkmanager::111111111111:core-network/core-network-0a",
            TargetKind.CORE_NETWORK,
        ),
        ("EgressOnlyInternetGatewayId", "eigw-0a", TargetKind.EGRESS_ONLY_INTERNET_GATEWAY),
        ("CarrierGatewayId", "cagw-0a", TargetKind.CARRIER_GATEWAY),
        ("LocalGatewayId", "lgw-0a", TargetKind.LOCAL_GATEWAY),
        ("OdbNetworkArn", "arn:aws:odb:eu-west-1:111111111111:odb-network/odbnet_0a", TargetKind.ODB_NETWORK),
        ("NetworkInterfaceId", "eni-0a", TargetKind.NETWORK_INTERFACE),
        ("InstanceId", "i-0a", TargetKind.NETWORK_INTERFACE),
    ],
)
def test_the_kind_of_a_target_follows_from_the_member_that_is_set(member: str, target: str, kind: TargetKind) -> None:
    (route,) = routes_of([{"DestinationCidrBlock": "10.0.0.0/8", member: target, "State": "active"}])
    assert (route.kind, route.target) == (kind, target)


def test_the_route_of_an_instance_leads_to_its_interface() -> None:
    (route,) = routes_of([{"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": "i-0a", "NetworkInterfaceId": "eni-0a"}])
    assert (route.kind, route.target) == (TargetKind.NETWORK_INTERFACE, "eni-0a")


@pytest.mark.parametrize(
    ("members", "target"),
    [({"GatewayId": "xyz-0a"}, "xyz-0a"), ({"SomethingNewId": "new-0a"}, ""), ({}, "")],
)
def test_a_route_to_an_unknown_target_is_kept_and_takes_its_addresses(members: Raw, target: str) -> None:
    made = table({"DestinationCidrBlock": "10.1.0.0/16", **members}, to("0.0.0.0/0", "igw-0a"))
    found = look_up(made, "10.1.0.0/16")
    assert [(route.kind, route.target) for route, _ in found.routed] == [(TargetKind.OTHER, target)]


@pytest.mark.parametrize(
    ("destination", "read"),
    [
        ({"DestinationCidrBlock": "10.1.0.0/16"}, "10.1.0.0/16"),
        ({"DestinationCidrBlock": "10.1.2.3/16"}, "10.1.0.0/16"),
        ({"DestinationIpv6CidrBlock": "2001:DB8::/32"}, "2001:db8::/32"),
    ],
)
def test_a_destination_is_a_block_in_its_one_form(destination: Raw, read: str) -> None:
    (route,) = routes_of([destination | {"VpcPeeringConnectionId": "pcx-0a"}])
    assert (route.destination, route.blocks) == (read, (read,))
    assert route.addresses == Addresses.of(read)


def test_a_prefix_list_stands_for_all_its_entries() -> None:
    lists = Lists({"pl-0a": ("10.1.0.0/16", "10.3.0.0/16")})
    (route,) = routes_of([to("pl-0a", "pcx-0a")], lists)
    assert route.destination == "pl-0a"
    assert route.addresses == Addresses.of("10.1.0.0/16", "10.3.0.0/16")
    assert route.hidden is None


def test_an_empty_prefix_list_takes_nothing() -> None:
    made = table(to("pl-0a", "pcx-0a"), lists=Lists({"pl-0a": ()}))
    assert look_up(made, "0.0.0.0/0").unrouted == ALL_IPV4
    assert look_up(made, "0.0.0.0/0").missing is None


def test_a_destination_of_a_new_kind_hides_what_it_takes() -> None:
    made = table({"DestinationFromTheFuture": "x", "VpcPeeringConnectionId": "pcx-0a"}, to("10.1.0.0/16", "igw-0a"))
    found = look_up(made, "10.0.0.0/15")
    assert found.unseen == Addresses.of("10.0.0.0/16")
    assert found.missing is not None
    assert {(cause.kind, cause.resource) for cause in found.missing.causes} == {(Kind.ABSENT_FIELD, RTB)}


@pytest.mark.parametrize(
    ("destination", "default"),
    [
        ("0.0.0.0/0", True),
        ("::/0", True),
        ("pl-0a", True),
        ("pl-0b", False),
        ("0.0.0.0/1", False),
        ("10.0.0.0/8", False),
        ("2000::/3", False),
    ],
)
def test_a_default_route_stands_for_every_address_of_a_family(destination: str, default: bool) -> None:
    lists = Lists({"pl-0a": ("0.0.0.0/1", "128.0.0.0/1"), "pl-0b": ("0.0.0.0/1", "8000::/1")})
    (route,) = routes_of([to(destination, "igw-0a")], lists)
    assert route.is_default == default


@pytest.mark.parametrize(
    ("route", "origin"),
    [
        (to("10.0.0.0/16", "local"), Origin.LOCAL),
        (to("10.1.0.0/16", "pcx-0a"), Origin.STATIC),
        (to("pl-0a", "pcx-0a"), Origin.PREFIX_LIST),
        (propagated("10.1.0.0/16"), Origin.PROPAGATED),
        (propagated("10.1.0.0/16", "eni-0a", "Advertisement"), Origin.PROPAGATED),
        ({"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-0a"}, Origin.STATIC),
    ],
)
def test_the_origin_decides_between_routes_of_one_length(route: Raw, origin: Origin) -> None:
    assert routes_of([route])[0].origin is origin


@pytest.mark.parametrize("state", ["active", "blackhole", "filtered", "from-the-future"])
def test_the_state_is_kept(state: str) -> None:
    (route,) = routes_of([to("10.1.0.0/16", "pcx-0a", state=state)])
    assert (route.state, route.active) == (state, state == "active")


def test_a_route_without_a_state_is_active() -> None:
    (route,) = routes_of([{"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-0a"}])
    assert route.active


# --- The priorities ---------------------------------------------------------------------------------------------------


def test_g25_the_longest_prefix_wins() -> None:
    made = table(
        to("10.0.0.0/16", "local"),
        to("172.31.0.0/16", "pcx-11223344556677889"),
        to("0.0.0.0/0", "igw-12345678901234567"),
        to("2001:db8:1234:1a00::/56", "local"),
        to("2001:db8:5678:2b00::/56", "pcx-11223344556677889"),
        to("::/0", "eigw-aabbccddee1122334"),
    )
    assert taker(made, "172.31.255.255") == "pcx-11223344556677889"
    assert taker(made, "172.32.0.0") == "igw-12345678901234567"
    assert taker(made, "172.30.255.255") == "igw-12345678901234567"
    assert taker(made, "10.0.7.1") == "local"
    assert taker(made, "2001:db8:1234:1a00::1") == "local"
    assert taker(made, "2001:db8:5678:2bff::1") == "pcx-11223344556677889"
    assert taker(made, "2001:db8:5678:2c00::") == "eigw-aabbccddee1122334"
    everything = made.lookup(ALL_IPV4 | ALL_IPV6)
    assert everything.via("pcx-11223344556677889") == Addresses.of("172.31.0.0/16", "2001:db8:5678:2b00::/56")
    assert everything.to(TargetKind.LOCAL) == Addresses.of("10.0.0.0/16", "2001:db8:1234:1a00::/56")
    assert everything.unrouted == NOTHING


class TestG26GatewayEndpoints:
    LISTS = Lists({"pl-1a2b3c4d": ("54.123.160.0/19",)})
    ROUTES = (
        to("10.0.0.0/16", "local"),
        to("0.0.0.0/0", "igw-1a"),
        to("pl-1a2b3c4d", "vpce-11bb22cc"),
    )

    def test_the_service_takes_the_endpoint_and_other_regions_the_internet_gateway(self) -> None:
        made = table(*self.ROUTES, lists=self.LISTS)
        assert look_up(made, "54.123.160.0/19").via("vpce-11bb22cc") == Addresses.of("54.123.160.0/19")
        assert taker(made, "54.123.192.0") == "igw-1a"

    def test_a_more_specific_route_bypasses_the_endpoint(self) -> None:
        made = table(*self.ROUTES, to("54.123.165.0/24", "igw-1a"), lists=self.LISTS)
        found = look_up(made, "54.123.160.0/19")
        assert found.via("igw-1a") == Addresses.of("54.123.165.0/24")
        assert found.via("vpce-11bb22cc") == Addresses.of("54.123.160.0/19") - Addresses.of("54.123.165.0/24")

    def test_an_equal_static_route_takes_all_from_the_endpoint(self) -> None:
        made = table(*self.ROUTES, to("54.123.160.0/19", "nat-1a"), lists=self.LISTS)
        assert look_up(made, "54.123.160.0/19").via("nat-1a") == Addresses.of("54.123.160.0/19")


@pytest.mark.parametrize("static", ["igw-0a", "pcx-0a", "nat-0a", "eni-0a", "tgw-0a", "vpce-0a"])
class TestG28PropagatedRoutes:
    def test_a_static_route_wins_over_a_propagated_one_of_one_length(self, static: str) -> None:
        made = table(to("10.0.0.0/16", "local"), propagated("172.31.0.0/24"), to("172.31.0.0/24", static))
        assert look_up(made, "172.31.0.0/24").via(static) == Addresses.of("172.31.0.0/24")

    def test_a_more_specific_propagated_route_wins_over_a_static_one(self, static: str) -> None:
        made = table(to("172.31.0.0/24", static), propagated("172.31.0.128/25"))
        found = look_up(made, "172.31.0.0/24")
        assert found.via("vgw-0a") == Addresses.of("172.31.0.128/25")
        assert found.via(static) == Addresses.of("172.31.0.0/25")

    def test_a_route_server_ranks_like_a_virtual_private_gateway(self, static: str) -> None:
        made = table(to("172.31.0.0/24", static), propagated("172.31.0.0/24", "eni-0b", "Advertisement"))
        assert taker(made, "172.31.0.9") == static


@pytest.mark.parametrize("block", ["10.0.0.0/16", "10.0.5.0/24", "10.0.5.7/32", "10.0.0.0/8"])
def test_a_propagated_route_never_beats_the_local_one_even_where_more_specific(block: str) -> None:
    made = table(to("10.0.0.0/16", "local"), propagated(block), to("0.0.0.0/0", "igw-0a"))
    assert look_up(made, "10.0.0.0/16").to(TargetKind.LOCAL) == Addresses.of("10.0.0.0/16")


def test_a_propagated_route_never_beats_the_local_route_of_a_secondary_block() -> None:
    made = table(to("10.0.0.0/16", "local"), to("10.1.0.0/16", "local"), propagated("10.1.9.0/24"))
    assert taker(made, "10.1.9.1") == "local"


@pytest.mark.parametrize("target", ["nat-0a", "eni-0a", "vpce-0a"])
def test_a_static_route_for_a_subnet_takes_it_from_the_local_one(target: str) -> None:
    made = table(to("10.0.0.0/16", "local"), to("10.0.1.0/24", target))
    assert taker(made, "10.0.1.5") == target
    assert taker(made, "10.0.2.5") == "local"


class TestG29PrefixLists:
    LISTS = Lists({"pl-0a": ("10.1.0.0/16",), "pl-0b": ("10.1.0.0/16", "10.2.0.0/16"), "pl-0c": ("10.0.0.0/8",)})

    def test_a_static_route_wins_over_a_prefix_list_of_one_length(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), to("10.1.0.0/16", "tgw-0a"), lists=self.LISTS)
        assert taker(made, "10.1.2.3") == "tgw-0a"

    def test_a_longer_entry_of_a_prefix_list_wins_over_a_static_route(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), to("10.0.0.0/8", "tgw-0a"), lists=self.LISTS)
        assert taker(made, "10.1.2.3") == "pcx-0a"
        assert taker(made, "10.2.2.3") == "tgw-0a"

    def test_a_prefix_list_wins_over_a_propagated_route_of_one_length(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), propagated("10.1.0.0/16"), lists=self.LISTS)
        assert taker(made, "10.1.2.3") == "pcx-0a"

    def test_a_longer_propagated_route_wins_over_a_prefix_list(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), propagated("10.1.0.0/17"), lists=self.LISTS)
        assert taker(made, "10.1.2.3") == "vgw-0a"
        assert taker(made, "10.1.128.0") == "pcx-0a"

    def test_two_lists_that_overlap_and_lead_apart_are_ambiguous_where_they_overlap(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), to("pl-0b", "pcx-0b"), lists=self.LISTS)
        found = look_up(made, "10.0.0.0/14")
        assert found.ambiguous == Addresses.of("10.1.0.0/16")
        assert found.via("pcx-0b") == Addresses.of("10.2.0.0/16")
        assert found.via("pcx-0a") == NOTHING
        assert found.unrouted == Addresses.of("10.0.0.0/16", "10.3.0.0/16")
        assert found.missing == Missing(
            frozenset(Cause(Kind.AMBIGUOUS, ACCOUNT, REGION, resource=f"{RTB}|{each}") for each in ("pl-0a", "pl-0b"))
        )

    def test_lists_that_overlap_with_entries_of_two_lengths_are_ambiguous_too(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), to("pl-0c", "pcx-0b"), lists=self.LISTS)
        found = look_up(made, "10.0.0.0/14")
        assert found.ambiguous == Addresses.of("10.1.0.0/16")
        assert found.via("pcx-0b") == Addresses.of("10.0.0.0/16", "10.2.0.0/15")

    def test_two_lists_that_lead_to_one_target_are_not_ambiguous(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), to("pl-0b", "pcx-0a"), lists=self.LISTS)
        assert look_up(made, "10.1.0.0/16").via("pcx-0a") == Addresses.of("10.1.0.0/16")

    def test_a_static_route_of_the_same_length_settles_what_two_lists_leave_open(self) -> None:
        made = table(to("pl-0a", "pcx-0a"), to("pl-0b", "pcx-0b"), to("10.1.0.0/16", "tgw-0a"), lists=self.LISTS)
        assert taker(made, "10.1.2.3") == "tgw-0a"


def test_two_propagated_routes_of_one_length_that_lead_apart_are_ambiguous() -> None:
    made = table(propagated("10.1.0.0/16"), propagated("10.1.0.0/16", "eni-0a", "Advertisement"))
    assert taker(made, "10.1.2.3") == "ambiguous"


def test_a_blackhole_takes_its_addresses_and_drops_them() -> None:
    made = table(to("0.0.0.0/0", "igw-0a"), to("10.1.0.0/16", "pcx-0a", state="blackhole"))
    found = look_up(made, "10.1.0.0/16")
    assert [(route.target, part) for route, part in found.routed] == [("pcx-0a", Addresses.of("10.1.0.0/16"))]
    assert found.via("pcx-0a") == NOTHING
    assert found.to(TargetKind.PEERING, TargetKind.INTERNET_GATEWAY) == NOTHING
    assert found.unrouted == NOTHING


@pytest.mark.parametrize("state", ["filtered", "from-the-future"])
def test_what_a_route_in_an_undocumented_state_does_is_not_decided(state: str) -> None:
    made = table(to("0.0.0.0/0", "igw-0a"), to("10.1.0.0/16", "pcx-0a", state=state))
    found = look_up(made, "10.0.0.0/15")
    assert found.ambiguous == Addresses.of("10.1.0.0/16")
    assert found.via("igw-0a") == Addresses.of("10.0.0.0/16")
    assert found.missing == Missing.of(Kind.AMBIGUOUS, account=ACCOUNT, region=REGION, resource=f"{RTB}|10.1.0.0/16")


def test_the_ipv4_default_route_does_not_cover_ipv6() -> None:
    made = table(to("0.0.0.0/0", "igw-0a"))
    assert made.lookup(ALL_IPV4 | ALL_IPV6).unrouted == ALL_IPV6
    assert table(to("::/0", "igw-0a")).lookup(ALL_IPV4 | ALL_IPV6).unrouted == ALL_IPV4


def test_a_table_without_routes_routes_nothing() -> None:
    assert table().lookup(ALL_IPV4) == Lookup(unrouted=ALL_IPV4)


def test_the_first_and_the_last_addresses_are_looked_up_like_others() -> None:
    edges = Addresses.of("0.0.0.0/32", "255.255.255.255/32", "::/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")
    made = table(
        *(to(each, "pcx-0a") for each in edges.cidrs()),
        to("0.0.0.0/0", "igw-0a"),
        to("::/0", "igw-0a"),
    )
    found = made.lookup(ALL_IPV4 | ALL_IPV6)
    assert found.via("pcx-0a") == edges
    assert found.via("igw-0a") == (ALL_IPV4 | ALL_IPV6) - edges


# --- Prefix lists that were not read ----------------------------------------------------------------------------------


class TestUnreadablePrefixLists:
    UNREAD = Lists({}, frozenset({"pl-0a"}))
    ROUTES = (to("10.0.0.0/16", "local"), to("10.1.0.0/16", "tgw-0a"), to("pl-0a", "pcx-0a"))

    def test_what_no_other_route_takes_is_unseen(self) -> None:
        found = look_up(table(*self.ROUTES, lists=self.UNREAD), "10.0.0.0/14")
        assert found.unseen == found.undecided == Addresses.of("10.2.0.0/15")
        assert found.unrouted == NOTHING
        assert found.missing == REFUSED

    def test_what_another_route_takes_is_not_hidden(self) -> None:
        found = look_up(table(*self.ROUTES, lists=self.UNREAD), "10.0.0.0/15")
        assert found.via("tgw-0a") == Addresses.of("10.1.0.0/16")
        assert found.unseen == NOTHING
        assert found.missing is None

    def test_what_another_route_takes_is_unseen_when_the_question_is_the_lists_own_target(self) -> None:
        found = look_up(table(*self.ROUTES, lists=self.UNREAD), "10.1.0.0/16", toward="pcx-0a")
        assert found.unseen == Addresses.of("10.1.0.0/16")
        assert found.routed == ()
        assert found.missing == REFUSED

    def test_a_question_about_another_target_is_not_touched(self) -> None:
        found = look_up(table(*self.ROUTES, lists=self.UNREAD), "10.1.0.0/16", toward="pcx-0b")
        assert found.via("tgw-0a") == Addresses.of("10.1.0.0/16")
        assert found.missing is None

    def test_what_the_target_takes_by_another_route_is_proven(self) -> None:
        made = table(*self.ROUTES, to("10.2.0.0/16", "pcx-0a"), lists=self.UNREAD)
        found = look_up(made, "10.2.0.0/16", toward="pcx-0a")
        assert found.via("pcx-0a") == Addresses.of("10.2.0.0/16")
        assert found.missing is None

    def test_a_list_that_was_cut_proves_the_entries_that_it_shows(self) -> None:
        cut = Lists({"pl-0a": ("10.2.0.0/16",)}, frozenset({"pl-0a"}))
        found = look_up(table(*self.ROUTES, lists=cut), "10.2.0.0/15", toward="pcx-0a")
        assert found.via("pcx-0a") == Addresses.of("10.2.0.0/16")
        assert found.unseen == Addresses.of("10.3.0.0/16")
        assert found.missing == REFUSED

    def test_the_causes_of_several_lists_unite(self) -> None:
        absent = Missing.of(Kind.ABSENT_FIELD, resource="pl-0b")
        answers = {"pl-0a": ((), REFUSED), "pl-0b": ((), absent)}
        record = read_record(
            {"RouteTableId": RTB, "Routes": [to("pl-0a", "pcx-0a"), to("pl-0b", "pcx-0b")]}, Ec2RouteTable
        )
        routes = tuple(read_route(route, RTB, answers.__getitem__) for route in record.routes or ())
        made = RouteTable(RTB, "vpc-0a", ACCOUNT, ACCOUNT, REGION, "", True, frozenset(), frozenset(), routes)
        assert look_up(made, "10.0.0.0/8").missing == REFUSED | absent


# --- Every table of a small universe ----------------------------------------------------------------------------------

_WINDOWS = ("10.0.0.0/28", "2001:db8::/126", "255.255.255.254/31")
UNIVERSE = tuple(str(address) for window in _WINDOWS for address in ipaddress.ip_network(window))
EVERYTHING = Addresses.of(*_WINDOWS)
WITHIN = tuple(
    str(block)
    for window in map(ipaddress.ip_network, _WINDOWS)
    for length in range(window.prefixlen, window.max_prefixlen + 1)
    for block in window.subnets(new_prefix=length)
)
DESTINATIONS = (*WITHIN, "10.0.0.0/8", "0.0.0.0/0", "::/0")
LOCAL = ("10.0.0.0/30", "10.0.0.8/30", "2001:db8::/127")
TARGETS = ("pcx-0a", "pcx-0b", "igw-0a", "tgw-0a", "eni-0a")


@dataclass(frozen=True)
class Case:
    routes: tuple[Raw, ...]
    entries: Mapping[str, tuple[str, ...]]

    @property
    def table(self) -> RouteTable:
        return table(*self.routes, lists=Lists(self.entries))


@st.composite
def cases(draw: st.DrawFn, lists: int = 3) -> Case:
    own = draw(st.lists(st.sampled_from(LOCAL), unique=True))
    others = [block for block in DESTINATIONS if block not in own]
    # A table holds one static route for a destination; a gateway and a route server may each propagate one.
    static = draw(st.dictionaries(st.sampled_from(others), st.sampled_from(TARGETS), max_size=6))
    learnt = draw(
        st.lists(st.tuples(st.sampled_from(others), st.sampled_from(["vgw-0a", "eni-0a"])), max_size=3, unique=True)
    )
    entries = draw(
        st.dictionaries(
            st.sampled_from(["pl-0a", "pl-0b", "pl-0c"]),
            st.lists(st.sampled_from(WITHIN), max_size=3, unique=True).map(tuple),
            max_size=lists,
        )
    )
    leads = {listed: draw(st.sampled_from(TARGETS)) for listed in entries}
    dead = draw(st.sets(st.sampled_from(TARGETS), max_size=2))
    routes = [
        *(to(block, "local") for block in own),
        *(to(block, target) for block, target in static.items()),
        *(propagated(block, target) for block, target in learnt),
        *(to(listed, target) for listed, target in leads.items()),
    ]
    return Case(
        tuple(route | {"State": "blackhole" if oracle.target_of(route) in dead else "active"} for route in routes),
        entries,
    )


def meaning(found: Lookup) -> dict[str, str]:
    """What a lookup says of each address of the universe. No address has two answers."""
    said: dict[str, str] = {}
    parts = [(f"{route.target} {route.state}", part) for route, part in found.routed]
    parts += [("unrouted", found.unrouted), ("ambiguous", found.ambiguous), ("unseen", found.unseen)]
    for answer, part in parts:
        for address in UNIVERSE:
            if address in part:
                assert address not in said
                said[address] = answer
    return said


def by_oracle(case: Case, address: str) -> str:
    route = oracle.route_of(case.routes, address, case.entries)
    if route is None:
        return "unrouted"
    return route if isinstance(route, str) else f"{oracle.target_of(route)} {route['State']}"


@settings(max_examples=settings().max_examples * 2)
@given(cases())
def test_a_lookup_says_of_every_address_what_aws_documents(case: Case) -> None:
    assert meaning(case.table.lookup(EVERYTHING)) == {address: by_oracle(case, address) for address in UNIVERSE}


@given(cases(), st.lists(st.sampled_from(DESTINATIONS), max_size=4), st.sets(st.sampled_from(["pl-0a", "pl-0b"])))
def test_a_lookup_partitions_what_it_is_asked(case: Case, asked: list[str], hidden: set[str]) -> None:
    made = table(*case.routes, lists=Lists(case.entries, frozenset(hidden)))
    wanted = Addresses.of(*asked)
    for toward in (None, "pcx-0a"):
        found = made.lookup(wanted, toward)
        parts = [*(part for _, part in found.routed), found.unrouted, found.ambiguous, found.unseen]
        assert Addresses.union(parts) == wanted
        for index, part in enumerate(parts):
            assert not part & Addresses.union(parts[:index])
        assert all(part for _, part in found.routed)
        assert (found.missing is not None) == bool(found.undecided)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_routes_changes_nothing(case: Case, shuffler: random.Random) -> None:
    shuffled = list(case.routes)
    shuffler.shuffle(shuffled)
    other = table(*shuffled, lists=Lists(case.entries)).lookup(EVERYTHING)
    found = case.table.lookup(EVERYTHING)
    assert meaning(other) == meaning(found)
    assert other.missing == found.missing


@given(cases(), st.lists(st.sampled_from(WITHIN), max_size=4))
def test_splitting_a_question_changes_no_answer(case: Case, part: list[str]) -> None:
    some = Addresses.of(*part)
    apart = [case.table.lookup(some), case.table.lookup(EVERYTHING - some)]
    assert {**meaning(apart[0]), **meaning(apart[1])} == meaning(case.table.lookup(EVERYTHING))


@given(cases(lists=0), st.randoms(use_true_random=False))
def test_a_prefix_list_of_one_entry_routes_like_its_entry(case: Case, chooser: random.Random) -> None:
    static = [route for route in case.routes if route["Origin"] == "CreateRoute"]
    replaced = chooser.sample(static, len(static) // 2)
    routes = []
    entries: dict[str, tuple[str, ...]] = {}
    for index, route in enumerate(case.routes):
        if route in replaced:
            listed = f"pl-{index}"
            entries[listed] = tuple(oracle.blocks_of(route, {}))
            routes.append(to(listed, oracle.target_of(route), state=route["State"]))
        else:
            routes.append(route)
    found = table(*routes, lists=Lists(entries)).lookup(EVERYTHING)
    # Lists that overlap and lead apart are ambiguous where blocks of two lengths are not.
    before = meaning(case.table.lookup(EVERYTHING))
    after = meaning(found)
    assert {at: said for at, said in after.items() if said != "ambiguous"}.items() <= before.items()
    if len(replaced) < 2:
        assert after == before


@given(cases(), st.sampled_from(["pl-0a", "pl-0b", "pl-0c"]), st.integers(0, 3))
def test_an_unread_entry_never_belies_what_is_said_of_the_way_to_its_target(case: Case, listed: str, read: int) -> None:
    target = next(
        (oracle.target_of(route) for route in case.routes if route.get("DestinationPrefixListId") == listed), "pcx-0a"
    )
    shown = {**case.entries, listed: case.entries.get(listed, ())[:read]}
    known = table(*case.routes, lists=Lists(shown, frozenset({listed}))).lookup(EVERYTHING, target)
    actual = case.table.lookup(EVERYTHING)
    assert known.via(target) <= actual.via(target) | actual.ambiguous
    assert actual.via(target) <= known.via(target) | known.undecided
