import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import commands
from auditor.snapshot import Folder, read_snapshot
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.cli.test_matrix import ENTERING, INCOMPLETE, READ, over_http
from tests.cli.world_over_http import AWAY, HOME, NETWORK, PROD, TARGETS, Place, world_over_http
from tests.moto_over_http import Refusal
from tests.networks import network_of
from tests.world import World

MORE = {
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeManagedPrefixLists",
    "servicequotas:ListServiceQuotas",
}
"""What a plan reads that a matrix does not."""


def run(world: World, folder: Path, *arguments: str) -> Result:
    world.write(folder / "snapshot")
    return CliRunner().invoke(commands, ["plan", *arguments[:2], str(folder / "snapshot"), *arguments[2:]])


def test_a_snapshot_gives_the_plan_in_each_format(tmp_path: Path) -> None:
    world = two_vpcs("expired", a_routes={}, b_routes={})
    table = run(world, tmp_path, "vpc-a", "vpc-b")
    assert table.exit_code == 0
    assert table.stdout.startswith("vpc-a (front) and vpc-b (back) can be peered.\n")
    assert "aws ec2 create-vpc-peering-connection" in table.stdout
    assert 'resource "aws_vpc_peering_connection"' in table.stdout
    script, plan = tmp_path / "peer.sh", tmp_path / "plan.json"
    ran = run(world, tmp_path, "vpc-a", "vpc-b", "--format", f"cli={script}", "--format", f"json={plan}")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert script.read_text(encoding="utf-8").count("aws ec2 create-route") == 2
    assert json.loads(plan.read_text(encoding="utf-8"))["answer"] == "yes"


@pytest.mark.parametrize("ends", [("vpc-a", "10.9.0.0/28"), ("10.9.0.0/16", "vpc-a")])
def test_a_cidr_block_is_a_vpc_that_does_not_exist_yet(tmp_path: Path, ends: tuple[str, str]) -> None:
    ran = run(two_vpcs(), tmp_path, *ends)
    assert ran.exit_code == 0
    assert "can be peered." in ran.stdout


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (("vpc-a", "vpc-a"), "vpc-a is named twice; a VPC cannot be peered with itself"),
        (
            ("10.8.0.0/16", "10.9.0.0/16"),
            "A and B are both CIDR blocks; name at least one VPC that exists by its id",
        ),
        (
            ("vpc-a", "vpc-gone"),
            "no account and Region that was seen shows vpc-gone; look where it is, or give its CIDR block instead",
        ),
        (
            ("vpc-a", "shared"),
            "Invalid value for 'B': \"shared\" is neither the id of a VPC, such as vpc-0a1b2c3d, nor a CIDR block, "
            "such as 10.9.0.0/16",
        ),
        (
            ("10.9.0.1/16", "vpc-a"),
            "Invalid value for 'A': \"10.9.0.1/16\" is not the first address of its block; write 10.9.0.0/16",
        ),
        (
            ("vpc-a", "10.0.0.0/8"),
            "Invalid value for 'B': \"10.0.0.0/8\": the block of a VPC is between a /16 and a /28",
        ),
        (
            ("vpc-a", "10.9.0.0/29"),
            "Invalid value for 'B': \"10.9.0.0/29\": the block of a VPC is between a /16 and a /28",
        ),
        (("vpc-a", "10.9.0.0"), "Invalid value for 'B': \"10.9.0.0\": the block of a VPC is between a /16 and a /28"),
        (
            ("vpc-a", "10.9.0.0/40"),
            "Invalid value for 'B': \"10.9.0.0/40\" is neither the id of a VPC, such as "
            "vpc-0a1b2c3d, nor a CIDR block, such as 10.9.0.0/16",
        ),
        (
            ("vpc-a", "2001:db8::/56"),
            "Invalid value for 'B': \"2001:db8::/56\": the primary block of a VPC is of IPv4; name that one",
        ),
        (
            ("vpc-a", "vpc-b", "--region", "eu-west-1"),
            "SNAPSHOT is read without asking AWS; leave all that names targets out",
        ),
        (
            ("vpc-a", "vpc-b", "--format", "csv"),
            "--format csv: there is no format 'csv'; there are table, cli, terraform, json",
        ),
    ],
)
def test_wrong_arguments_end_with_one_clear_line(tmp_path: Path, ends: tuple[str, ...], said: str) -> None:
    ran = run(two_vpcs(), tmp_path, *ends)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1] == f"Error: {said}"


def test_a_vpc_that_a_refusal_may_hide_is_not_said_to_be_nowhere(tmp_path: Path) -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcs", account=OTHER_ACCOUNT)
    ran = run(world, tmp_path, "vpc-a", "vpc-b")
    assert ran.exit_code == 2
    assert "(Not seen: 222222222222 eu-west-1 ec2:DescribeVpcs (UnauthorizedOperation))" in ran.stderr


def test_a_far_vpc_that_was_not_audited_has_to_be_given_as_its_block(tmp_path: Path) -> None:
    ran = run(half_seen(), tmp_path, "vpc-a", "vpc-b")
    assert ran.exit_code == 2
    assert "no account and Region that was seen shows vpc-b" in ran.stderr


def test_where_a_call_was_refused_the_code_is_3(tmp_path: Path) -> None:
    world = two_vpcs("expired", a_routes={}, b_routes={})
    world.refuse("ec2:DescribeRouteTables")
    ran = run(world, tmp_path, "vpc-a", "vpc-b")
    assert ran.exit_code == INCOMPLETE
    told = " ".join(ran.stdout.split())
    assert "Not seen: 111111111111 eu-west-1 ec2:DescribeRouteTables (UnauthorizedOperation)." in told


# --- Live -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with world_over_http(tmp_path_factory.mktemp("world")) as place:
        yield place


@pytest.fixture
def place(world: Place) -> Iterator[Place]:
    world.aws.forget()
    yield world
    world.aws.forget()


@pytest.fixture(scope="module")
def ids(world: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The VPCs' ids by name."""
    snapshot = tmp_path_factory.mktemp("seen") / "snapshot"
    assert world.run("collect", *TARGETS, "--snapshot", snapshot).returncode == 0
    return {vpc.name: vpc_id for vpc_id, vpc in network_of(read_snapshot(Folder(snapshot))).vpcs.items()}


@over_http
def test_live_it_asks_only_what_it_reads_and_plans_across_accounts_and_regions(
    ids: dict[str, str], place: Place
) -> None:
    ran = place.run("plan", ids["shop"], ids["archive"], *TARGETS, "--format", "json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert place.aws.actions == READ | ENTERING | MORE
    made = json.loads(ran.stdout)
    assert made["answer"] == "yes"
    steps = [*made["connecting"], *(step for table in made["route_tables"] for step in table["steps"])]
    assert [(step["operation"], step["account"], step["region"]) for step in steps] == [
        ("ec2:CreateVpcPeeringConnection", PROD, HOME),
        ("ec2:AcceptVpcPeeringConnection", NETWORK, AWAY),
        ("ec2:CreateRoute", PROD, HOME),
        ("ec2:CreateRoute", NETWORK, AWAY),
    ]
    assert steps[0]["parameters"]["PeerOwnerId"] == NETWORK
    assert steps[0]["parameters"]["PeerRegion"] == AWAY
    assert all(step["cli"].endswith(f"--region {step['region']}") for step in steps[1:])


@over_http
def test_live_a_refusal_makes_the_plan_incomplete_and_is_named(ids: dict[str, str], place: Place) -> None:
    place.aws.faults[f"ec2:DescribeRouteTables@{AWAY}"] = Refusal()
    ran = place.run("plan", ids["shop"], ids["archive"], *TARGETS)
    assert ran.returncode == INCOMPLETE
    assert f"Not seen: {NETWORK} {AWAY} ec2:DescribeRouteTables (UnauthorizedOperation).\n" in ran.stdout
    elsewhere = place.run("plan", ids["shop"], ids["hub"], *TARGETS)
    assert elsewhere.returncode == 0


@over_http
def test_a_snapshot_that_cannot_be_read_is_one_line(place: Place, tmp_path: Path) -> None:
    ran = place.run("plan", "vpc-a", "vpc-b", tmp_path / "none")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert place.aws.requests == []
