import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import commands
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.cli.world_over_http import AWAY, HOME, NETWORK, PROD, TARGETS, Place, world_over_http
from tests.golden import expected_pairs, golden_world
from tests.moto_over_http import Refusal
from tests.world import World

INCOMPLETE = 3

ENTERING = {"sts:GetCallerIdentity", "ec2:DescribeRegions"}
READ = {
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeRouteTables",
    "ec2:DescribePrefixLists",
    "ec2:GetManagedPrefixListEntries",
    # The entries are asked of every list in use, those of security groups among them.
    "ec2:DescribeSecurityGroups",
}


def run(world: World, folder: Path, *options: str | Path) -> Result:
    world.write(folder / "snapshot")
    return CliRunner().invoke(commands, ["matrix", str(folder / "snapshot"), *map(str, options)])


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


# --- From a snapshot --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["G02", "G12", "G16"])
def test_a_snapshot_gives_the_documented_verdicts(tmp_path: Path, name: str) -> None:
    ran = run(golden_world(name), tmp_path, "--format", "json")
    assert ran.exit_code == 0
    found = {
        (pair["connection"], pair["source_subnet"], pair["destination_subnet"], pair["family"]): (
            pair["forward"],
            pair["return"],
        )
        for pair in json.loads(ran.stdout)
    }
    expected = {
        (pair.peering, pair.source, pair.destination, pair.family): (pair.forward, pair.back)
        for pair in expected_pairs(name)
    }
    assert {pair: found[pair] for pair in expected} == expected


def test_the_table_is_the_default_and_formats_go_to_a_file_each(tmp_path: Path) -> None:
    world = golden_world("G01")
    assert "2 pairs of subnets over 1 connection: 2 routed." in run(world, tmp_path).stdout
    table, found = tmp_path / "table.txt", tmp_path / "pairs.csv"
    ran = run(world, tmp_path, "--format", f"table={table}", "--format", f"csv={found}")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert table.read_text(encoding="utf-8").endswith("2 routed.\n")
    assert [row["verdict"] for row in rows(found.read_bytes().decode())] == ["routed", "routed"]
    assert found.stat().st_mode & 0o777 == 0o600


def test_connection_narrows_it_to_those_that_are_named(tmp_path: Path) -> None:
    ran = run(golden_world("G04"), tmp_path, "--connection", "pcx-23232323", "--format", "csv")
    assert {row["connection"] for row in rows(ran.stdout)} == {"pcx-23232323"}


def test_where_a_call_was_refused_pairs_are_unknown_and_the_code_is_3(tmp_path: Path) -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeRouteTables", account=OTHER_ACCOUNT)
    ran = run(world, tmp_path)
    assert ran.exit_code == INCOMPLETE
    assert ("2 unknown. Not seen: 222222222222 eu-west-1 ec2:DescribeRouteTables (UnauthorizedOperation).") in " ".join(
        ran.stdout.split()
    )


def test_where_connections_were_refused_it_does_not_say_that_there_are_none(tmp_path: Path) -> None:
    world = two_vpcs()
    world.refuse("ec2:DescribeVpcPeeringConnections")
    ran = run(world, tmp_path)
    assert ran.exit_code == INCOMPLETE
    assert "Not seen: 111111111111 eu-west-1 ec2:DescribeVpcPeeringConnections" in ran.stdout


def test_a_snapshot_of_other_answers_is_incomplete(tmp_path: Path) -> None:
    world = two_vpcs()
    world.unask("ec2:DescribeSubnets")
    assert run(world, tmp_path).exit_code == INCOMPLETE


def test_a_refused_call_that_no_pair_rests_on_leaves_the_matrix_complete(tmp_path: Path) -> None:
    world = two_vpcs()
    world.refuse("ec2:DescribeNetworkInterfaces")
    assert run(world, tmp_path).exit_code == 0


def test_an_account_that_nobody_asked_for_leaves_the_matrix_complete(tmp_path: Path) -> None:
    ran = run(half_seen(), tmp_path, "--format", "csv")
    assert ran.exit_code == 0
    assert {row["verdict"] for row in rows(ran.stdout)} == {"unknown"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--connection", "pcx-none"), "--connection pcx-none: no account or Region that was seen shows it"),
        (("--profile", "prod"), "SNAPSHOT is read without asking AWS; leave all that names targets out"),
        (("--format", "jsonl"), "--format jsonl: there is no format 'jsonl'; there are table, csv, json"),
    ],
)
def test_wrong_options_end_with_one_clear_line(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    ran = run(two_vpcs(), tmp_path, *options)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1] == f"Error: {said}"


# --- Live -------------------------------------------------------------------------------------------------------------

over_http = pytest.mark.xdist_group("matrix and plan over HTTP")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with world_over_http(tmp_path_factory.mktemp("world")) as place:
        yield place


@pytest.fixture
def place(world: Place) -> Iterator[Place]:
    world.aws.forget()
    yield world
    world.aws.forget()


@over_http
def test_live_it_asks_only_what_it_reads_and_says_what_its_snapshot_says(place: Place, tmp_path: Path) -> None:
    ran = place.run("matrix", *TARGETS, "--format", "csv")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert place.aws.actions == READ | ENTERING
    found = rows(ran.stdout)
    assert {row["verdict"] for row in found} == {"routed", "one-way", "unknown"}
    collected = place.run("collect", *TARGETS, "--snapshot", tmp_path / "snapshot")
    assert collected.returncode == 0
    assert place.run("matrix", tmp_path / "snapshot", "--format", "csv").stdout == ran.stdout


@over_http
def test_live_a_refused_region_is_unknown_and_named(place: Place) -> None:
    place.aws.faults[f"ec2:DescribeRouteTables@{AWAY}"] = Refusal()
    ran = place.run("matrix", *TARGETS)
    assert ran.returncode == INCOMPLETE
    for account in (NETWORK, PROD):
        assert f"Not seen: {account} {AWAY} ec2:DescribeRouteTables (UnauthorizedOperation).\n" in ran.stdout


@over_http
def test_live_an_account_that_cannot_be_entered_makes_it_incomplete(place: Place, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"{place.config.read_text()}[profile gone]\nregion = {HOME}\n")
    ran = place.run("matrix", *TARGETS, "--profile", "gone", "--format", "csv", AWS_CONFIG_FILE=str(config))
    assert ran.returncode == INCOMPLETE
    assert ran.stderr == 'vpc-auditor: profile "gone" has no credentials: run "aws configure --profile gone"\n'


@over_http
def test_a_snapshot_that_cannot_be_read_is_one_line(place: Place, tmp_path: Path) -> None:
    ran = place.run("matrix", tmp_path / "none")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert place.aws.requests == []
