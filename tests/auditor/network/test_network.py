from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest

from auditor import model
from auditor.network import entities
from auditor.network.addresses import NOTHING, Addresses
from auditor.network.entities import DnsServers, SubnetClass, TableGroup
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.network import Network
from auditor.snapshot import Answer, Snapshot, Target
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, REGION, NewValue, Subnet, Via, Vpc, World, advertised, blackhole, propagated

OTHER_ACCOUNT, OTHER_REGION = "222222222222", "us-east-1"
FOREIGN = "999999999999"
HOME = Target(ACCOUNT, REGION)

VPCS, SUBNETS, TABLES = "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeRouteTables"
INTERFACES, PEERINGS = "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcPeeringConnections"
OPTIONS = "ec2:DescribeDhcpOptions"
NAT_GATEWAYS, ENTRIES, ATTRIBUTES = (
    "ec2:DescribeNatGateways",
    "ec2:GetManagedPrefixListEntries",
    "ec2:DescribeVpcAttribute",
)


def collected(snapshot: Snapshot, times: Mapping[Target, str]) -> Snapshot:
    """The snapshot, with some targets collected at other times."""
    shards = {
        target: msgspec.structs.replace(shard, collected_at=times.get(target, shard.collected_at))
        for target, shard in snapshot.shards.items()
    }
    return Snapshot(shards, snapshot.accounts, snapshot.manifest)


def with_items(snapshot: Snapshot, target: Target, action: str, items: list[dict[str, Any]]) -> Snapshot:
    shard = snapshot.shards[target]
    changed = msgspec.structs.replace(shard, answers={**shard.answers, action: Answer(items=items)})
    return Snapshot({**snapshot.shards, target: changed}, snapshot.accounts, snapshot.manifest)


def ids(found: Iterable[Any]) -> list[str]:
    return [each.id for each in found]


def cause(kind: Kind, action: str = "", resource: str = "", code: str = "", at: Target = HOME) -> Missing:
    return Missing(frozenset({Cause(kind, at.account, at.region, action, resource, code)}))


def refused(action: str, at: Target = HOME) -> Missing:
    return cause(Kind.REFUSED, action, code="UnauthorizedOperation", at=at)


class Office:
    """A VPC with two subnets: one with a table of its own, one that sends by the main table."""

    def __init__(self, account: str = ACCOUNT) -> None:
        self.world = World(account)
        self.vpc = self.world.vpc("vpc-a", "10.0.0.0/16", name="office")
        self.own = self.world.subnet("subnet-own", self.vpc, "10.0.1.0/24")
        self.rest = self.world.subnet("subnet-rest", self.vpc, "10.0.2.0/24", enis=False)
        self.world.route_table("rtb-own", self.vpc, [self.own])

    @property
    def network(self) -> Network:
        return network_of(self.world)


@pytest.fixture
def office() -> Office:
    return Office()


# --- What several shards show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("participant", ["000000000001", "999999999999"])
def test_of_a_shared_vpc_the_owners_copies_are_preferred(participant: str) -> None:
    office = Office()
    office.world.share(office.own, participant)
    office.world.share(office.rest, participant)
    for action, item in ((VPCS, "vpc-a"), (SUBNETS, "subnet-own"), (TABLES, "rtb-own")):
        office.world.change(action, item, account=participant, Tags=[{"Key": "Name", "Value": "theirs"}])
    network = office.network
    vpc = network.vpcs["vpc-a"]
    assert (vpc.name, vpc.owner, vpc.seen_from, vpc.from_participant) == ("office", ACCOUNT, HOME, False)
    assert network.subnets["subnet-own"].seen_from == HOME
    assert network.route_tables["rtb-own"].account == ACCOUNT
    assert {each.name for each in (network.subnets["subnet-own"], network.route_tables["rtb-own"])} == {""}
    assert network.subnets_of(vpc).whole


def test_of_a_participant_alone_what_it_shows_is_kept_and_the_rest_is_missing() -> None:
    office = Office()
    office.world.share(office.own, OTHER_ACCOUNT)
    office.world.drop_shard(ACCOUNT, asked=False)
    network = office.network
    vpc = network.vpcs["vpc-a"]
    assert vpc.from_participant
    assert vpc.home == HOME
    hidden = cause(Kind.PARTICIPANT, resource="vpc-a")
    assert ids(network.subnets_of(vpc)) == ["subnet-own"]
    for listing in (network.subnets_of(vpc), network.route_tables_of(vpc), network.endpoints_of(vpc)):
        assert listing.missing == hidden
    groups = network.table_groups(vpc)
    assert [(group.table.id, ids(group.subnets)) for group in groups] == [("rtb-own", ["subnet-own"])]
    assert groups.missing == hidden


def test_what_the_owner_was_refused_is_the_cause_where_a_participant_shows_the_vpc() -> None:
    office = Office()
    office.world.share(office.own, OTHER_ACCOUNT)
    office.world.refuse(VPCS, account=ACCOUNT)
    network = office.network
    vpc = network.vpcs["vpc-a"]
    assert vpc.from_participant
    assert network.subnets_of(vpc).missing == refused(VPCS)


def test_a_thing_that_names_no_owner_is_of_the_account_that_shows_it(office: Office) -> None:
    office.world.change(VPCS, "vpc-a", OwnerId=ABSENT)
    office.world.change(TABLES, "rtb-own", OwnerId=ABSENT)
    network = office.network
    assert network.vpcs["vpc-a"].owner == network.route_tables["rtb-own"].owner == ACCOUNT
    assert not network.vpcs["vpc-a"].from_participant


def test_the_blocks_of_a_vpc_are_those_that_are_associated() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56", disassociated=["10.2.0.0/16"])
    world.vpc("vpc-b", "10.0.0.0/16")
    world.change(VPCS, "vpc-b", CidrBlockAssociationSet=ABSENT)
    world.vpc("vpc-c", "10.0.0.0/16")
    six = [
        {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "failing"}},
        {"Ipv6CidrBlock": "2001:db8:1::/56", "Ipv6CidrBlockState": {"State": "associated"}},
    ]
    world.change(VPCS, "vpc-c", Ipv6CidrBlockAssociationSet=six)
    vpcs = network_of(world).vpcs
    assert vpcs["vpc-a"].blocks == ("10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56")
    assert vpcs["vpc-a"].addresses == Addresses.of("10.0.0.0/15", "2001:db8::/56")
    assert vpcs["vpc-b"].blocks == ("10.0.0.0/16",)
    assert vpcs["vpc-c"].blocks == ("10.0.0.0/16", "2001:db8:1::/56")


def test_the_addresses_of_a_subnet_are_of_both_families() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", "2001:db8::/56")
    world.subnet("subnet-a", vpc, "10.0.0.0/24", "2001:db8::/64")
    world.subnet("subnet-b", vpc, "10.0.1.0/24", "2001:db8:0:1::/64")
    gone = [{"Ipv6CidrBlock": "2001:db8:0:1::/64", "Ipv6CidrBlockState": {"State": "disassociated"}}]
    world.change(SUBNETS, "subnet-b", Ipv6CidrBlockAssociationSet=gone)
    world.subnet("subnet-c", vpc, "2001:db8:0:2::/64")
    subnets = network_of(world).subnets
    assert subnets["subnet-a"].addresses == Addresses.of("10.0.0.0/24", "2001:db8::/64")
    assert subnets["subnet-b"].addresses == Addresses.of("10.0.1.0/24")
    assert subnets["subnet-c"].addresses == Addresses.of("2001:db8:0:2::/64")


# --- Peering ----------------------------------------------------------------------------------------------------------

FAR = Target(OTHER_ACCOUNT, OTHER_REGION)


class Bridge:
    """A peering connection over two accounts and two regions; the requester lets the accepter resolve its names."""

    def __init__(self, status: str = "active") -> None:
        self.world = World()
        self.near = self.world.vpc("vpc-near", "10.0.0.0/16")
        self.far = self.world.vpc("vpc-far", "10.8.0.0/16", account=OTHER_ACCOUNT, region=OTHER_REGION)
        self.world.peering(
            "pcx-a", self.near, self.far, status=status, dns=(True, False), name="ours", accepter_name="theirs"
        )

    @property
    def peering(self) -> entities.Peering:
        return network_of(self.world).peerings["pcx-a"]


def test_each_side_of_a_peering_speaks_for_itself() -> None:
    peering = Bridge().peering
    assert (peering.requester.allows_dns, peering.accepter.allows_dns) == (True, False)
    assert (peering.requester.home, peering.accepter.home) == (HOME, FAR)
    assert peering.seen_from == (HOME, FAR)
    assert (peering.home, peering.name) == (HOME, "ours")
    assert peering.inter_region
    assert peering.other(peering.requester) is peering.accepter
    assert peering.other(peering.accepter) is peering.requester


@pytest.mark.parametrize(("dropped", "home", "name"), [(HOME, FAR, "theirs"), (FAR, HOME, "ours")])
def test_a_peering_that_one_side_shows_has_that_sides_name_and_home(dropped: Target, home: Target, name: str) -> None:
    bridge = Bridge()
    bridge.world.drop_shard(dropped.account, dropped.region, asked=False)
    peering = bridge.peering
    assert (peering.home, peering.name, peering.seen_from) == (home, name, (home,))
    unseen = next(side for side in peering.sides if side.home == dropped)
    assert unseen.allows_dns is None
    assert unseen.vpc is None
    assert unseen.unseen == cause(Kind.NOT_AUDITED, at=dropped)


@pytest.mark.parametrize(
    ("near", "far", "status"),
    [
        ("2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z", "deleted"),
        ("2026-11-23T12:00:01Z", "2026-11-23T12:00:00Z", "active"),
        ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00.5Z", "deleted"),
        ("2026-11-23T12:00:00.500Z", "2026-11-23T12:00:00.25Z", "active"),
    ],
)
def test_what_both_sides_show_is_taken_from_the_newer(near: str, far: str, status: str) -> None:
    bridge = Bridge()
    bridge.world.change(PEERINGS, "pcx-a", account=OTHER_ACCOUNT, Status={"Code": "deleted", "Message": "gone"})
    network = network_of(collected(bridge.world.snapshot(), {HOME: near, FAR: far}))
    peering = network.peerings["pcx-a"]
    assert peering.status == status
    assert peering.live == (status == "active")
    # Options and tags are each side's own, however old.
    assert (peering.requester.allows_dns, peering.accepter.allows_dns, peering.name) == (True, False, "ours")


def test_a_side_that_names_no_region_is_in_the_region_that_shows_it() -> None:
    world = World()
    near, far = world.vpc("vpc-near", "10.0.0.0/16"), world.vpc("vpc-far", "10.8.0.0/16", account=OTHER_ACCOUNT)
    world.peering("pcx-a", near, far)
    world.change(
        PEERINGS,
        "pcx-a",
        RequesterVpcInfo={"VpcId": "vpc-near", "OwnerId": ACCOUNT},
        AccepterVpcInfo={"VpcId": "vpc-far", "OwnerId": OTHER_ACCOUNT},
    )
    peering = network_of(world).peerings["pcx-a"]
    assert [side.home for side in peering.sides] == [HOME, Target(OTHER_ACCOUNT, REGION)]
    assert not peering.inter_region


def test_the_blocks_of_an_audited_side_are_the_vpcs_own() -> None:
    bridge = Bridge("pending-acceptance")
    for side, block in zip(bridge.peering.sides, ("10.0.0.0/16", "10.8.0.0/16"), strict=True):
        assert (side.blocks, side.addresses_missing, side.unseen) == ((block,), None, None)
        assert side.addresses == Addresses.of(block)


def _foreign(status: str) -> World:
    world = World()
    near = world.vpc("vpc-near", "10.0.0.0/16")
    far = world.foreign_vpc("vpc-far", "10.8.0.0/16", "10.9.0.0/16", "2001:db8::/56", account=FOREIGN)
    world.peering("pcx-a", near, far, status=status)
    return world


def test_the_blocks_of_an_unaudited_side_are_known_while_the_connection_is_active() -> None:
    side = network_of(_foreign("active")).peerings["pcx-a"].accepter
    assert side.blocks == ("10.8.0.0/16", "10.9.0.0/16", "2001:db8::/56")
    assert side.addresses_missing is None
    assert side.unseen == cause(Kind.NOT_AUDITED, at=Target(FOREIGN, REGION))
    assert side.label == "vpc-far"


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted", "failed"])
def test_the_blocks_of_an_unaudited_side_are_missing_once_the_connection_is_not_active(status: str) -> None:
    side = network_of(_foreign(status)).peerings["pcx-a"].accepter
    assert side.addresses == NOTHING
    assert side.addresses_missing == cause(Kind.ABSENT_FIELD, PEERINGS, "pcx-a", at=Target(FOREIGN, REGION))


def test_the_primary_block_alone_does_not_tell_that_there_is_no_other() -> None:
    world = _foreign("active")
    shown = {"VpcId": "vpc-far", "OwnerId": FOREIGN, "Region": REGION, "CidrBlock": "10.8.0.0/16"}
    world.change(PEERINGS, "pcx-a", AccepterVpcInfo=shown)
    side = network_of(world).peerings["pcx-a"].accepter
    assert side.blocks == ("10.8.0.0/16",)
    assert side.addresses_missing == cause(Kind.ABSENT_FIELD, PEERINGS, "pcx-a", at=Target(FOREIGN, REGION))


def test_a_side_whose_vpcs_were_refused_is_unseen_for_that_reason() -> None:
    bridge = Bridge()
    bridge.world.refuse(VPCS, account=OTHER_ACCOUNT)
    side = bridge.peering.accepter
    assert side.unseen == refused(VPCS, FAR)
    assert side.blocks == ("10.8.0.0/16",)


def test_a_side_whose_vpc_is_gone_from_a_whole_list_is_unseen() -> None:
    world = _foreign("active")
    world.audit(FOREIGN)
    side = network_of(world).peerings["pcx-a"].accepter
    assert side.unseen == cause(Kind.ABSENT_FIELD, VPCS, "vpc-far", at=Target(FOREIGN, REGION))


def test_a_side_that_a_participant_shows_is_unseen_for_the_owner_alone_sees_all() -> None:
    bridge = Bridge()
    shared = bridge.world.subnet("subnet-far", bridge.far, "10.8.0.0/24")
    bridge.world.share(shared, ACCOUNT)
    bridge.world.drop_shard(OTHER_ACCOUNT, OTHER_REGION, asked=False)
    side = bridge.peering.accepter
    assert side.vpc is not None
    assert side.unseen == cause(Kind.PARTICIPANT, resource="vpc-far", at=FAR)


def test_only_live_connections_are_a_vpcs_peerings() -> None:
    world = World()
    hub = world.vpc("vpc-hub", "10.0.0.0/16")
    for index, status in enumerate(("active", "deleted", "active", "pending-acceptance")):
        world.peering(f"pcx-{index}", hub, world.vpc(f"vpc-{index}", f"10.{index + 1}.0.0/16"), status=status)
    network = network_of(world)
    assert ids(network.peerings_of("vpc-hub")) == ["pcx-0", "pcx-2"]
    assert ids(network.peerings_of("vpc-2")) == ["pcx-2"]
    assert network.peerings_of("vpc-3") == ()
    assert list(network.peerings) == ["pcx-0", "pcx-1", "pcx-2", "pcx-3"]


# --- The effective route table ----------------------------------------------------------------------------------------


def table_of(world: World, subnet: Subnet) -> str | Missing:
    network = network_of(world)
    table = network.table_of(network.subnets[subnet.id])
    return table if isinstance(table, Missing) else table.id


def test_g30_a_subnet_without_a_table_of_its_own_sends_by_the_main_table(office: Office) -> None:
    assert table_of(office.world, office.own) == "rtb-own"
    assert table_of(office.world, office.rest) == "rtb-a-main"


def test_g30_when_the_main_table_is_replaced_the_implicit_subnets_move_with_it(office: Office) -> None:
    office.world.route_table("rtb-new", office.vpc, main=True)
    assert table_of(office.world, office.own) == "rtb-own"
    assert table_of(office.world, office.rest) == "rtb-new"


def test_the_table_of_a_gateway_is_no_subnets_table(office: Office) -> None:
    gateway = office.world.internet_gateway("igw-a", office.vpc)
    office.world.route_table("rtb-edge", office.vpc, gateway=gateway)
    network = office.network
    assert network.route_tables["rtb-edge"].gateway_ids == {"igw-a"}
    assert {group.table.id for group in network.table_groups(network.vpcs["vpc-a"])} == {"rtb-own", "rtb-a-main"}


@pytest.mark.parametrize(
    ("state", "table"),
    [
        ({"AssociationState": {"State": "associated"}}, "rtb-own"),
        ({}, "rtb-own"),
        ({"AssociationState": {"State": "associating"}}, "rtb-a-main"),
        ({"AssociationState": {"State": "disassociating"}}, "rtb-a-main"),
        ({"AssociationState": {"State": "disassociated"}}, "rtb-a-main"),
        ({"AssociationState": {"State": "failed"}}, "rtb-a-main"),
    ],
)
def test_an_association_counts_while_it_stands(office: Office, state: dict[str, Any], table: str) -> None:
    association = {"RouteTableAssociationId": "rtbassoc-a", "SubnetId": "subnet-own", "Main": False}
    office.world.change(TABLES, "rtb-own", Associations=[association | state])
    assert table_of(office.world, office.own) == table


def test_a_list_of_tables_that_was_cut_proves_what_it_shows_and_hides_the_rest(office: Office) -> None:
    # The main table stands first, but a table behind the cut could name the subnet.
    office.world.cut(TABLES, keep=2)
    failed = cause(Kind.FAILED, TABLES, code="RequestLimitExceeded")
    assert table_of(office.world, office.own) == "rtb-own"
    assert table_of(office.world, office.rest) == failed
    network = office.network
    groups = network.table_groups(network.vpcs["vpc-a"])
    assert [group.table.id for group in groups] == ["rtb-own"]
    assert groups.missing == failed


def test_the_table_of_a_subnet_is_missing_where_tables_were_refused(office: Office) -> None:
    office.world.refuse(TABLES)
    assert table_of(office.world, office.own) == table_of(office.world, office.rest) == refused(TABLES)


def test_the_table_of_an_implicit_subnet_is_missing_where_no_main_table_is_shown(office: Office) -> None:
    office.world.change(TABLES, "rtb-a-main", Associations=[])
    assert table_of(office.world, office.rest) == cause(Kind.ABSENT_FIELD, TABLES, "vpc-a")


def test_the_table_of_a_subnet_whose_vpc_was_refused_is_missing_unless_it_is_its_own(office: Office) -> None:
    office.world.refuse(VPCS)
    assert table_of(office.world, office.own) == "rtb-own"
    assert table_of(office.world, office.rest) == refused(VPCS)


def test_table_groups_unite_the_subnets_that_send_alike(office: Office) -> None:
    office.world.subnet("subnet-third", office.vpc, "10.0.4.0/24")
    network = office.network
    vpc = network.vpcs["vpc-a"]
    groups = network.table_groups(vpc)
    assert groups.whole
    main, own = groups
    assert (main.table.id, ids(main.subnets)) == ("rtb-a-main", ["subnet-rest", "subnet-third"])
    assert (own.table.id, ids(own.subnets)) == ("rtb-own", ["subnet-own"])
    assert isinstance(main, TableGroup)
    assert main.addresses == Addresses.of("10.0.2.0/24", "10.0.4.0/24")
    assert network.table_groups(vpc) is groups


@pytest.mark.parametrize(
    ("fault", "kept", "missing"),
    [
        ("refuse", [], refused(SUBNETS)),
        ("fail", [], cause(Kind.FAILED, SUBNETS, code="InternalError")),
        ("withhold", [], cause(Kind.UNAVAILABLE, SUBNETS, code="InvalidAction")),
        ("unask", [], cause(Kind.NOT_ASKED, SUBNETS)),
        ("cut", ["subnet-own"], cause(Kind.FAILED, SUBNETS, code="RequestLimitExceeded")),
    ],
)
def test_the_subnets_of_a_vpc_are_whole_or_say_why_not(
    office: Office, fault: str, kept: list[str], missing: Missing
) -> None:
    assert office.network.subnets_of(office.network.vpcs["vpc-a"]).whole
    getattr(office.world, fault)(SUBNETS, **({"keep": 1} if fault == "cut" else {}))
    network = office.network
    found = network.subnets_of(network.vpcs["vpc-a"])
    assert (ids(found), found.missing) == (kept, missing)
    assert network.table_groups(network.vpcs["vpc-a"]).missing == missing
    assert not found.whole
    assert bool(found) == bool(kept)


def test_an_item_that_no_record_takes_is_the_failure_of_its_call(office: Office) -> None:
    snapshot = office.world.snapshot()
    items = snapshot.shards[HOME].items(SUBNETS)
    broken = network_of(with_items(snapshot, HOME, SUBNETS, [items[0], {**items[1], "CidrBlock": "10.0.2.0/33"}]))
    found = broken.subnets_of(broken.vpcs["vpc-a"])
    assert (ids(found), found.missing) == (["subnet-own"], cause(Kind.FAILED, SUBNETS, code="InvalidItem"))


def test_a_target_that_was_asked_for_and_not_collected_failed(office: Office) -> None:
    office.world.audit(OTHER_ACCOUNT)
    office.world.drop_shard(OTHER_ACCOUNT)
    coverage = office.network.coverage
    dropped = Target(OTHER_ACCOUNT, REGION)
    assert coverage.missing(model.Vpc, dropped) == cause(Kind.FAILED, code="NotCollected", at=dropped)
    assert coverage.missing(model.Vpc, HOME) is None
    elsewhere = Target(ACCOUNT, OTHER_REGION)
    assert coverage.missing(model.Vpc, elsewhere) == cause(Kind.NOT_AUDITED, at=elsewhere)


# --- Prefix lists -----------------------------------------------------------------------------------------------------


def with_list(*blocks: str) -> tuple[World, Vpc]:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    listed = world.prefix_list("pl-a", list(blocks))
    gateway = world.internet_gateway("igw-a", vpc)
    world.main_routes(vpc, {listed: gateway, world.prefix_list("pl-b", ["10.10.0.0/16"]): gateway})
    return world, vpc


def test_a_prefix_list_stands_for_its_entries() -> None:
    world, _ = with_list("10.8.0.0/16", "10.9.0.0/16")
    network = network_of(world)
    assert network.prefix_list("pl-a", HOME) == (("10.8.0.0/16", "10.9.0.0/16"), None)
    (route,) = (route for route in network.route_tables["rtb-a-main"].routes if route.destination == "pl-a")
    assert (route.blocks, route.hidden) == (("10.8.0.0/16", "10.9.0.0/16"), None)


def test_a_prefix_list_that_was_refused_hides_its_entries() -> None:
    world, _ = with_list("10.8.0.0/16")
    world.refuse_item(ENTRIES, "pl-a")
    missing = cause(Kind.REFUSED, ENTRIES, "pl-a", "UnauthorizedOperation")
    assert network_of(world).prefix_list("pl-a", HOME) == ((), missing)


def test_prefix_lists_that_were_all_refused_hide_their_entries() -> None:
    world, _ = with_list("10.8.0.0/16")
    world.refuse(ENTRIES)
    assert network_of(world).prefix_list("pl-a", HOME) == ((), refused(ENTRIES))


def test_a_prefix_list_that_another_account_of_the_region_may_read_is_read_there() -> None:
    world, _ = with_list("10.8.0.0/16")
    other = world.vpc("vpc-b", "10.1.0.0/16", account=OTHER_ACCOUNT)
    world.main_routes(other, {"pl-a": world.internet_gateway("igw-b", other)})
    world.refuse_item(ENTRIES, "pl-a", account=ACCOUNT)
    assert network_of(world).prefix_list("pl-a", HOME) == (("10.8.0.0/16",), None)


def test_a_prefix_list_of_another_region_is_not_asked() -> None:
    world, _ = with_list("10.8.0.0/16")
    world.audit(ACCOUNT, OTHER_REGION)
    elsewhere = Target(ACCOUNT, OTHER_REGION)
    assert network_of(world).prefix_list("pl-a", elsewhere) == (
        (),
        cause(Kind.ABSENT_FIELD, ENTRIES, "pl-a", at=elsewhere),
    )


def test_a_prefix_list_that_was_cut_shows_the_entries_that_came() -> None:
    world, _ = with_list("10.8.0.0/16", "10.9.0.0/16")
    snapshot = world.snapshot()
    cut = {
        "PrefixListId": "pl-a",
        "Entries": [{"Cidr": "10.8.0.0/16"}],
        "error": {"kind": "failed", "code": "InternalError"},
    }
    network = network_of(with_items(snapshot, HOME, ENTRIES, [cut]))
    assert network.prefix_list("pl-a", HOME) == (
        ("10.8.0.0/16",),
        cause(Kind.FAILED, ENTRIES, "pl-a", "InternalError"),
    )


def test_a_list_of_a_service_is_read_from_the_services_own_lists() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16")
    blocks = ["54.123.160.0/19"]
    world.aws_prefix_list("pl-own", f"com.amazonaws.{REGION}.s3", blocks)
    world.main_routes(vpc, {"pl-own": world.internet_gateway("igw-a", vpc)})
    world.refuse_item(ENTRIES, "pl-own")
    assert network_of(world).prefix_list("pl-own", HOME) == (tuple(blocks), None)


# --- In use -----------------------------------------------------------------------------------------------------------


def in_use(world: World, subnet: str) -> bool | Missing:
    network = network_of(world)
    return network.in_use(network.subnets[subnet])


def test_a_subnet_is_in_use_when_a_workload_has_an_interface_in_it(office: Office) -> None:
    assert in_use(office.world, "subnet-own") is True
    assert in_use(office.world, "subnet-rest") is False


@pytest.mark.parametrize("kind", ["interface", "lambda", "network_load_balancer", "efa", "from_the_future"])
def test_an_interface_of_a_workload_counts(office: Office, kind: str) -> None:
    office.world.network_interface("eni-x", office.rest, kind=NewValue(kind))
    assert in_use(office.world, "subnet-rest") is True


@pytest.mark.parametrize(
    "kind", ["vpc_endpoint", "natGateway", "nat_gateway", "transit_gateway", "gateway_load_balancer_endpoint"]
)
def test_an_interface_that_aws_runs_for_a_network_function_does_not_count(office: Office, kind: str) -> None:
    office.world.network_interface("eni-x", office.rest, kind=NewValue(kind), managed=True)
    assert in_use(office.world, "subnet-rest") is False


def test_an_interface_of_an_endpoint_is_known_by_the_endpoint_too(office: Office) -> None:
    office.world.interface_endpoint("vpce-a", office.vpc, "sqs", [office.rest])
    interface = next(
        item["NetworkInterfaceId"]
        for item in office.world.snapshot().shards[HOME].items(INTERFACES)
        if item["SubnetId"] == "subnet-rest"
    )
    office.world.change(INTERFACES, interface, InterfaceType="interface")
    assert in_use(office.world, "subnet-rest") is False


def test_an_interface_of_a_participant_counts_in_the_owners_subnet(office: Office) -> None:
    office.world.share(office.rest, OTHER_ACCOUNT)
    office.world.network_interface("eni-x", office.rest, owner=OTHER_ACCOUNT)
    assert in_use(office.world, "subnet-rest") is True


def test_interfaces_that_were_refused_leave_use_unknown(office: Office) -> None:
    office.world.refuse(INTERFACES)
    assert in_use(office.world, "subnet-own") == in_use(office.world, "subnet-rest") == refused(INTERFACES)


def test_interfaces_that_were_cut_prove_use_and_never_the_lack_of_it(office: Office) -> None:
    office.world.cut(INTERFACES, keep=1)
    assert in_use(office.world, "subnet-own") is True
    assert in_use(office.world, "subnet-rest") == cause(Kind.FAILED, INTERFACES, code="RequestLimitExceeded")


def test_use_in_a_vpc_that_was_refused_is_unknown_unless_seen(office: Office) -> None:
    office.world.refuse(VPCS)
    assert in_use(office.world, "subnet-own") is True
    assert in_use(office.world, "subnet-rest") == refused(VPCS)


# --- The class of a subnet --------------------------------------------------------------------------------------------


class Edge:
    """A VPC with every gateway, and a subnet whose table has the routes of a test."""

    def __init__(self) -> None:
        self.world = World()
        self.vpc = self.world.vpc("vpc-a", "10.0.0.0/16", "2001:db8::/56")
        public = self.world.subnet("subnet-public", self.vpc, "10.0.9.0/24")
        self.subnet = self.world.subnet("subnet-a", self.vpc, "10.0.0.0/24", "2001:db8::/64")
        self.world.internet_gateway("igw-a", self.vpc)
        self.world.nat_gateway("nat-public", public)
        self.world.nat_gateway("nat-regional", self.vpc)
        self.world.nat_gateway("nat-private", public, connectivity="private")
        self.world.nat_gateway("nat-gone", public, state="deleted")
        self.world.nat_gateway("nat-pending", public, state="pending")
        self.world.vpn_gateway("vgw-a", self.vpc)
        self.world.transit_gateway_attachment("tgw-a", self.vpc)
        self.world.network_interface("eni-nat", public, source_dest_check=False)
        self.world.load_balancer_endpoint("vpce-gwlb", public)

    def send(self, routes: Mapping[str, str | Via]) -> None:
        self.world.route_table("rtb-a", self.vpc, [self.subnet], routes)

    @property
    def subnet_class(self) -> SubnetClass | Missing:
        network = network_of(self.world)
        return network.class_of(network.subnets["subnet-a"])


CORE = f"arn:aws:networkmanager::{ACCOUNT}:core-network/core-network-0a"


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ({}, SubnetClass.ISOLATED),
        ({"0.0.0.0/0": "igw-a"}, SubnetClass.PUBLIC),
        ({"::/0": "igw-a"}, SubnetClass.PUBLIC),
        ({"0.0.0.0/0": "nat-public"}, SubnetClass.NAT),
        ({"0.0.0.0/0": "nat-regional"}, SubnetClass.NAT),
        ({"0.0.0.0/0": "eni-nat"}, SubnetClass.NAT),
        ({"0.0.0.0/0": "nat-private"}, SubnetClass.TRANSIT),
        ({"0.0.0.0/0": "tgw-a"}, SubnetClass.TRANSIT),
        ({"0.0.0.0/0": "vgw-a"}, SubnetClass.TRANSIT),
        ({"0.0.0.0/0": CORE}, SubnetClass.TRANSIT),
        ({"0.0.0.0/0": "vpce-gwlb"}, SubnetClass.OTHER),
        ({"0.0.0.0/0": "cagw-a"}, SubnetClass.OTHER),
        ({"::/0": "eigw-a"}, SubnetClass.EGRESS_ONLY),
        ({"0.0.0.0/0": "nat-public", "::/0": "eigw-a"}, SubnetClass.NAT),
        ({"0.0.0.0/0": "nat-public", "::/0": "igw-a"}, SubnetClass.PUBLIC),
        ({"0.0.0.0/0": blackhole("igw-gone")}, SubnetClass.ISOLATED),
        ({"0.0.0.0/0": blackhole("nat-gone")}, SubnetClass.ISOLATED),
        ({"0.0.0.0/0": Via("nat-gone", "active")}, SubnetClass.ISOLATED),
        ({"0.0.0.0/0": Via("nat-pending", "active")}, SubnetClass.NAT),
        ({"10.8.0.0/16": "igw-a", "8.0.0.0/8": "nat-public"}, SubnetClass.ISOLATED),
        ({"0.0.0.0/1": "nat-public", "128.0.0.0/1": "nat-public"}, SubnetClass.NAT),
        ({"0.0.0.0/1": "tgw-a", "128.0.0.0/1": "tgw-a", "0.0.0.0/0": "igw-a"}, SubnetClass.TRANSIT),
        ({"0.0.0.0/1": "nat-public"}, SubnetClass.ISOLATED),
        ({"0.0.0.0/1": "nat-public", "128.0.0.0/1": blackhole("nat-gone")}, SubnetClass.ISOLATED),
    ],
)
def test_the_class_of_a_subnet_follows_its_default_route(
    routes: Mapping[str, str | Via], expected: SubnetClass
) -> None:
    edge = Edge()
    edge.send(routes)
    assert edge.subnet_class == expected


def test_a_static_default_route_wins_over_a_propagated_one() -> None:
    edge = Edge()
    edge.world.route_table(
        "rtb-a", edge.vpc, [edge.subnet], [("0.0.0.0/0", "nat-public"), ("0.0.0.0/0", propagated("vgw-a"))]
    )
    assert edge.subnet_class == SubnetClass.NAT


def test_a_default_route_that_a_route_server_advertises_counts() -> None:
    edge = Edge()
    edge.send({"0.0.0.0/0": advertised("eni-nat")})
    assert edge.subnet_class == SubnetClass.NAT


def test_a_prefix_list_of_all_addresses_is_a_default_route() -> None:
    edge = Edge()
    edge.send({edge.world.prefix_list("pl-a", ["0.0.0.0/1", "128.0.0.0/1"]): "igw-a"})
    assert edge.subnet_class == SubnetClass.PUBLIC


def test_a_nat_gateway_that_is_in_no_whole_list_leads_nowhere() -> None:
    edge = Edge()
    edge.send({"0.0.0.0/0": Via("nat-unlisted", "active")})
    assert edge.subnet_class == SubnetClass.ISOLATED


def test_the_class_is_unknown_where_the_nat_gateways_were_refused() -> None:
    edge = Edge()
    edge.send({"0.0.0.0/0": "nat-public"})
    edge.world.refuse(NAT_GATEWAYS)
    assert edge.subnet_class == refused(NAT_GATEWAYS)


def test_a_nat_gateway_that_was_seen_is_known_where_the_vpcs_were_refused() -> None:
    edge = Edge()
    edge.send({"0.0.0.0/0": "nat-public"})
    edge.world.refuse(VPCS)
    assert edge.subnet_class == SubnetClass.NAT


def test_a_nat_gateway_that_was_not_seen_is_not_ruled_out_where_the_vpcs_were_refused() -> None:
    edge = Edge()
    edge.send({"0.0.0.0/0": Via("nat-unlisted", "active")})
    edge.world.refuse(VPCS)
    assert edge.subnet_class == refused(VPCS)


def test_the_class_is_unknown_where_a_prefix_list_may_hide_a_default_route() -> None:
    edge = Edge()
    edge.send({edge.world.prefix_list("pl-a", ["10.8.0.0/16"]): "tgw-a"})
    edge.world.refuse(ENTRIES)
    assert edge.subnet_class == refused(ENTRIES)


def test_the_class_is_unknown_where_the_tables_were_refused() -> None:
    edge = Edge()
    edge.send({"0.0.0.0/0": "igw-a"})
    edge.world.refuse(TABLES)
    assert edge.subnet_class == refused(TABLES)


# --- What else a VPC has ----------------------------------------------------------------------------------------------


def test_the_dns_switches_are_a_vpcs_own() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16", dns_hostnames=False)
    network = network_of(world)
    assert network.dns_attributes(network.vpcs["vpc-a"]) == (True, False, None)


def test_a_dns_switch_that_was_refused_is_missing_and_the_other_is_not(office: Office) -> None:
    office.world.refuse_item(ATTRIBUTES, "vpc-a", parameter="enableDnsHostnames")
    network = office.network
    support, hostnames, missing = network.dns_attributes(network.vpcs["vpc-a"])
    assert (support, hostnames) == (True, None)
    assert missing == cause(Kind.REFUSED, ATTRIBUTES, "vpc-a", "UnauthorizedOperation")


def test_the_dns_switches_are_missing_where_the_call_was_refused(office: Office) -> None:
    office.world.refuse(ATTRIBUTES)
    network = office.network
    assert network.dns_attributes(network.vpcs["vpc-a"]) == (None, None, refused(ATTRIBUTES))


def test_a_dns_switch_that_aws_leaves_out_is_missing(office: Office) -> None:
    office.world.change(ATTRIBUTES, "vpc-a", EnableDnsSupport=ABSENT)
    network = office.network
    absent = cause(Kind.ABSENT_FIELD, ATTRIBUTES, "vpc-a")
    assert network.dns_attributes(network.vpcs["vpc-a"]) == (None, True, absent)


@pytest.mark.parametrize(
    ("servers", "amazon", "others"),
    [
        (["AmazonProvidedDNS"], True, ()),
        (["169.254.169.253"], True, ()),
        (["fd00:ec2::253"], True, ()),
        (["FD00:EC2:0:0:0:0:0:253"], True, ()),
        (["10.0.0.2"], True, ()),
        (["10.0.0.3", "10.1.0.2"], False, ("10.0.0.3", "10.1.0.2")),
        (["10.9.0.2", "AmazonProvidedDNS"], True, ("10.9.0.2",)),
        (["not an address"], False, ("not an address",)),
        ([], False, ()),
    ],
)
def test_dns_servers_are_amazons_or_others(
    office: Office, servers: list[str], amazon: bool, others: tuple[str, ...]
) -> None:
    office.world.dhcp_options("dopt-own", *servers, vpcs=[office.vpc])
    network = office.network
    assert network.dns_servers(network.vpcs["vpc-a"]) == DnsServers(amazon=amazon, others=others)


def test_amazons_dns_server_is_in_the_first_block_of_a_vpc_alone() -> None:
    world = World()
    vpc = world.vpc("vpc-a", "10.0.0.0/16", "10.1.0.0/16")
    world.dhcp_options("dopt-own", "10.1.0.2", vpcs=[vpc])
    network = network_of(world)
    assert network.dns_servers(network.vpcs["vpc-a"]) == DnsServers(amazon=False, others=("10.1.0.2",))


def test_a_vpc_without_a_dhcp_options_set_asks_amazon(office: Office) -> None:
    office.world.change("ec2:DescribeVpcs", "vpc-a", DhcpOptionsId="default")
    office.world.refuse(OPTIONS)
    network = office.network
    assert network.dns_servers(network.vpcs["vpc-a"]) == DnsServers(amazon=True, others=())


def test_dns_servers_are_missing_where_the_sets_were_refused_or_lack_the_vpcs(office: Office) -> None:
    office.world.change("ec2:DescribeVpcs", "vpc-a", DhcpOptionsId="dopt-0a")
    network = office.network
    assert network.dns_servers(network.vpcs["vpc-a"]) == cause(Kind.ABSENT_FIELD, OPTIONS, "dopt-0a")
    office.world.refuse(OPTIONS)
    network = office.network
    assert network.dns_servers(network.vpcs["vpc-a"]) == refused(OPTIONS)
    office.world.change("ec2:DescribeVpcs", "vpc-a", DhcpOptionsId=ABSENT)
    network = office.network
    assert network.dns_servers(network.vpcs["vpc-a"]) == cause(Kind.ABSENT_FIELD, "ec2:DescribeVpcs", "vpc-a")


def test_gateways_are_attached_while_their_attachment_stands(office: Office) -> None:
    office.world.internet_gateway("igw-a", office.vpc)
    office.world.internet_gateway("igw-b", office.vpc, attached=False)
    office.world.vpn_gateway("vgw-a", office.vpc)
    office.world.vpn_gateway("vgw-b", office.vpc, attachment="detached")
    network = office.network
    vpc = network.vpcs["vpc-a"]
    assert network.attached(model.InternetGateway, vpc).items == ("igw-a",)
    assert network.attached(model.VpnGateway, vpc).items == ("vgw-a",)
    office.world.refuse("ec2:DescribeVpnGateways")
    assert office.network.attached(model.VpnGateway, vpc).missing == refused("ec2:DescribeVpnGateways")


def test_the_records_of_a_vpc_are_those_that_name_it(office: Office) -> None:
    elsewhere = office.world.subnet("subnet-b", office.world.vpc("vpc-b", "10.1.0.0/16"), "10.1.0.0/24")
    office.world.nat_gateway("nat-a", office.own)
    office.world.nat_gateway("nat-b", elsewhere)
    network = office.network
    found = network.in_vpc(model.NatGateway, network.vpcs["vpc-a"])
    assert [gateway.nat_gateway_id for gateway in found] == ["nat-a"]
    assert found.whole


def test_the_endpoints_of_a_vpc_are_listed_with_it(office: Office) -> None:
    office.world.gateway_endpoint("vpce-s3", office.vpc, "s3")
    office.world.interface_endpoint("vpce-sqs", office.vpc, "sqs", [office.own])
    network = office.network
    found = network.endpoints_of(network.vpcs["vpc-a"])
    assert [(each.id, each.type, each.service, each.state) for each in found] == [
        ("vpce-s3", "Gateway", "s3", "available"),
        ("vpce-sqs", "Interface", "sqs", "available"),
    ]


def test_the_neighbours_over_a_transit_gateway_are_the_other_attached_vpcs(office: Office) -> None:
    near, gone = office.world.vpc("vpc-b", "10.1.0.0/16"), office.world.vpc("vpc-c", "10.2.0.0/16")
    for vpc, state in ((office.vpc, "available"), (near, "available"), (gone, "deleted")):
        office.world.transit_gateway_attachment("tgw-a", vpc, state=state)
    network = office.network
    assert [(via, vpc.id) for via, vpc in network.transit_neighbours(network.vpcs["vpc-a"])] == [("tgw-a", "vpc-b")]
    assert network.transit_neighbours(network.vpcs["vpc-c"]) == ()


def test_the_neighbours_over_a_core_network_are_the_vpcs_that_route_to_it(office: Office) -> None:
    for vpc_id, block in (("vpc-b", "10.1.0.0/16"), ("vpc-c", "10.2.0.0/16")):
        office.world.vpc(vpc_id, block)
    for vpc_id in ("vpc-a", "vpc-b"):
        office.world.main_routes(office.world.vpcs[vpc_id], {"10.0.0.0/8": CORE})
    network = office.network
    assert [(via, vpc.id) for via, vpc in network.transit_neighbours(network.vpcs["vpc-a"])] == [(CORE, "vpc-b")]


def test_the_services_with_gateway_endpoints_are_those_that_aws_offers(office: Office) -> None:
    network = office.network
    assert network.gateway_services(REGION)["pl-s3"] == f"com.amazonaws.{REGION}.s3"
    assert set(network.gateway_services(REGION)) == {"pl-s3", "pl-dynamodb", "pl-s3express"}
    assert network.gateway_services_missing(HOME) is None


@pytest.mark.parametrize("action", ["ec2:DescribePrefixLists", "ec2:DescribeVpcEndpointServices"])
def test_the_services_with_gateway_endpoints_may_be_more_where_a_call_was_refused(office: Office, action: str) -> None:
    office.world.refuse(action)
    assert office.network.gateway_services_missing(HOME) == refused(action)
    office.world.audit(OTHER_ACCOUNT)
    everywhere = office.network
    assert everywhere.gateway_services_missing(HOME) == refused(action)


def test_the_services_of_a_region_are_known_where_one_of_its_accounts_was_answered(office: Office) -> None:
    office.world.audit(OTHER_ACCOUNT)
    office.world.refuse("ec2:DescribePrefixLists", account=ACCOUNT)
    network = office.network
    assert network.gateway_services_missing(HOME) is None
    assert "pl-s3" in network.gateway_services(REGION)


def test_everything_is_listed_in_the_order_of_its_ids() -> None:
    world = World()
    for vpc_id in ("vpc-c", "vpc-a", "vpc-b"):
        world.vpc(vpc_id, "10.0.0.0/16", region=OTHER_REGION if vpc_id == "vpc-a" else REGION)
    world.audit(OTHER_ACCOUNT)
    network = network_of(world)
    assert list(network.vpcs) == ["vpc-a", "vpc-b", "vpc-c"]
    assert list(network.route_tables) == ["rtb-a-main", "rtb-b-main", "rtb-c-main"]
    assert ids(network.accounts) == [ACCOUNT, OTHER_ACCOUNT]


def test_the_vpc_of_a_security_group_may_not_have_been_seen() -> None:
    world = World()
    world.security_group("sg-1", world.vpc("vpc-a", "10.0.0.0/16"))
    network = network_of(world)
    assert network.vpc_of(network.security_groups["sg-1"]) == network.vpcs["vpc-a"]
    world.change("ec2:DescribeSecurityGroups", "sg-1", VpcId="vpc-x")
    network = network_of(world)
    assert network.vpc_of(network.security_groups["sg-1"]) == Missing.of(
        Kind.ABSENT_FIELD, account=ACCOUNT, region=REGION, action=VPCS, resource="vpc-x"
    )
    world.refuse(VPCS)
    network = network_of(world)
    unseen = network.vpc_of(network.security_groups["sg-1"])
    assert isinstance(unseen, Missing)
    (cause,) = unseen.causes
    assert (cause.kind, cause.action) == (Kind.REFUSED, VPCS)
