import csv
import io
import json
from collections.abc import Iterable, Sequence

import pytest

from auditor.network.matrix import Matrix, matrix
from auditor.report.document import Look
from auditor.report.matrix import COLUMNS, FORMATS
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.golden import golden_world
from tests.networks import network_of
from tests.test_hostile_names import NAMES, harmful
from tests.world import World, blackhole

HEADER = (
    "connection,family,source_subnet,destination_subnet,forward,return,verdict,"
    "source_route_table,source_route,destination_route_table,destination_route"
)

TABLE = """\
pcx-1 (front-to-back): vpc-a (front) in 111111111111 eu-west-1 and vpc-b (back) in 111111111111
  eu-west-1

  family    source       destination    forward    return    verdict
  --------  -----------  -------------  ---------  --------  ---------
  IPv4      subnet-a1    subnet-b1      full       none      one-way
            rtb-a1       rtb-b1
            10.0.0.0/16
            pcx-1
  IPv4      subnet-b1    subnet-a1      none       full      one-way
            rtb-b1       rtb-a1
                         10.0.0.0/16
                         pcx-1

2 pairs of subnets over 1 connection: 2 one-way.
"""


def rendered(world: World, form: str, look: Look | None = None) -> str:
    network = network_of(world)
    matrices: list[Matrix] = [matrix(network, peering) for peering in network.peerings.values()]
    return "".join(FORMATS[form](matrices, None, look or Look()))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_csv_has_the_columns_of_the_contract_and_a_row_for_each_pair() -> None:
    assert rendered(two_vpcs(b_routes={}), "csv") == (
        f"{HEADER}\r\n"
        "pcx-1,4,subnet-a1,subnet-b1,full,none,one-way,rtb-a1,10.0.0.0/16 to pcx-1,rtb-b1,\r\n"
        "pcx-1,4,subnet-b1,subnet-a1,none,full,one-way,rtb-b1,,rtb-a1,10.0.0.0/16 to pcx-1\r\n"
    )


def test_without_connections_csv_is_its_header_and_json_an_empty_list() -> None:
    assert rendered(World(), "csv") == f"{HEADER}\r\n"
    assert json.loads(rendered(World(), "json")) == []
    assert rendered(World(), "table") == "0 pairs of subnets over 0 connections.\n"


@pytest.mark.parametrize("name", ["G02", "G12", "G16"])
def test_json_is_a_list_of_objects_with_the_columns_as_keys_and_says_what_csv_says(name: str) -> None:
    objects = json.loads(rendered(golden_world(name), "json"))
    assert {tuple(each) for each in objects} == {COLUMNS} == {tuple(HEADER.split(","))}
    assert {type(each["family"]) for each in objects} == {int}
    assert [{key: str(value) for key, value in each.items()} for each in objects] == rows(
        rendered(golden_world(name), "csv")
    )


def test_several_routes_of_a_pair_are_separated_and_a_blackhole_is_marked() -> None:
    world = two_vpcs(a_routes={"10.0.0.0/25": "pcx-1", "10.0.0.128/25": blackhole("pcx-gone")})
    forth, back = rows(rendered(world, "csv"))
    assert (forth["forward"], forth["verdict"]) == (back["return"], back["verdict"]) == ("partial", "partial")
    assert forth["source_route"] == "10.0.0.0/25 to pcx-1; 10.0.0.128/25 to pcx-gone (blackhole)"


def test_the_table_stacks_a_subnet_its_table_and_its_routes_and_counts_the_verdicts() -> None:
    assert rendered(two_vpcs(b_routes={}), "table") == TABLE


NARROW_TABLE = """\
pcx-0a1b2c3d4e5f60718: vpc-0a1b2c3d4e5f60718 in 111111111111 eu-west-1 and
  vpc-0b1b2c3d4e5f60718 in 111111111111 eu-west-1

  source                    destination               verdict
  ------------------------  ------------------------  -------------
  subnet-0a1b2c3d4e5f60718  subnet-0b1b2c3d4e5f60718  one-way
  rtb-0a1b2c3d4e5f60718     rtb-0b1b2c3d4e5f60718     IPv4
  10.1.0.0/16                                         forward: full
  pcx-0a1b2c3d4e5f60718                               return: none
  subnet-0b1b2c3d4e5f60718  subnet-0a1b2c3d4e5f60718  one-way
  rtb-0b1b2c3d4e5f60718     rtb-0a1b2c3d4e5f60718     IPv4
                            10.1.0.0/16               forward: none
                            pcx-0a1b2c3d4e5f60718     return: full

2 pairs of subnets over 1 connection: 2 one-way.
"""


def with_ids_as_long_as_awss() -> World:
    tail = "1b2c3d4e5f60718"
    world = World()
    a, b = world.vpc(f"vpc-0a{tail}", "10.0.0.0/16"), world.vpc(f"vpc-0b{tail}", "10.1.0.0/16")
    world.peering(f"pcx-0a{tail}", a, b)
    for vpc, letter, routes in ((a, "a", {"10.1.0.0/16": f"pcx-0a{tail}"}), (b, "b", {})):
        subnet = world.subnet(f"subnet-0{letter}{tail}", vpc, vpc.ipv4[0].replace("/16", "/24"))
        world.route_table(f"rtb-0{letter}{tail}", vpc, [subnet], routes)
    return world


def test_a_table_that_is_too_wide_stacks_what_is_said_of_a_pair() -> None:
    assert rendered(with_ids_as_long_as_awss(), "table", Look(80)) == NARROW_TABLE


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_table_of_whole_ids_fits_any_terminal(width: int) -> None:
    text = rendered(with_ids_as_long_as_awss(), "table", Look(width))
    assert max(map(len, text.splitlines())) <= width
    assert text.count("subnet-0a1b2c3d4e5f60718") == 2


@pytest.mark.parametrize("width", [0, 1, 2])
def test_a_terminal_too_narrow_to_be_true_gets_longer_lines(width: int) -> None:
    assert rendered(two_vpcs(), "table", Look(width)) == rendered(two_vpcs(), "table", Look(width=40))


def test_the_table_says_what_was_not_seen_and_csv_leaves_the_subnet_empty() -> None:
    world = half_seen(b_account=OTHER_ACCOUNT)
    text = rendered(world, "table")
    assert "subnets not seen" in text
    assert text.endswith(
        "2 pairs of subnets over 1 connection: 2 unknown.\nNot seen: 222222222222 eu-west-1 (not-audited).\n"
    )
    assert [
        (row["source_subnet"], row["destination_subnet"], row["verdict"]) for row in rows(rendered(world, "csv"))
    ] == [
        ("subnet-a1", "", "unknown"),
        ("", "subnet-a1", "unknown"),
    ]


@pytest.mark.parametrize(
    ("world", "why"),
    [
        (two_vpcs("pending-acceptance"), "the connection is pending-acceptance, and carries nothing"),
        (two_vpcs("deleted"), "the connection is deleted, and carries nothing"),
    ],
)
def test_the_table_says_why_a_connection_has_no_pairs(world: World, why: str) -> None:
    assert f"  There is no pair of subnets: {why}.\n" in rendered(world, "table")


def hostile(names: Sequence[str]) -> Iterable[World]:
    for name in names:
        world = World()
        a, b = world.vpc("vpc-a", "10.0.0.0/16", name=name), world.vpc("vpc-b", "10.1.0.0/16", name=name)
        world.peering("pcx-1", a, b, name=name)
        for vpc, block in ((a, "10.0.0.0/24"), (b, "10.1.0.0/24")):
            world.subnet(f"subnet-{vpc.id[-1]}", vpc, block)
        yield world


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_move_no_cursor_and_widen_no_line(form: str) -> None:
    for world in hostile(NAMES):
        text = rendered(world, form)
        assert harmful(text.replace("\r\n", "\n")) <= {"\n"}
        if form == "table":
            assert max(map(len, text.splitlines())) <= 100


def test_an_id_that_begins_a_formula_is_no_formula_in_csv() -> None:
    snapshot = two_vpcs().snapshot()
    for shard in snapshot.shards.values():
        for item in shard.items("ec2:DescribeSubnets"):
            item["SubnetId"] = f"=HYPERLINK({item['SubnetId']})"
        for table in shard.items("ec2:DescribeRouteTables"):
            for association in table["Associations"]:
                if "SubnetId" in association:
                    association["SubnetId"] = f"=HYPERLINK({association['SubnetId']})"
    network = network_of(snapshot)
    text = "".join(FORMATS["csv"]([matrix(network, each) for each in network.peerings.values()], None, Look()))
    assert {row["source_subnet"] for row in rows(text)} == {"'=HYPERLINK(subnet-a1)", "'=HYPERLINK(subnet-b1)"}
