import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli import commands
from auditor.demo.amendments import Amendments
from auditor.demo.builder import Builder
from tests.cli.test_matrix import ENTERING, INCOMPLETE
from tests.cli.world_over_http import AWAY, HOME, NETWORK, PROD, TARGETS, Place, world_over_http
from tests.moto_over_http import Refusal
from tests.world import World

READ = {
    "ec2:DescribeVpcs",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeSubnets",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribePrefixLists",
    "ec2:GetManagedPrefixListEntries",
    # The entries are asked of every list in use, those of security groups among them.
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeNatGateways",
    "ec2:DescribeVpnGateways",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByVPC",
    "route53:ListResourceRecordSets",
    "route53profiles:ListProfileAssociations",
    "route53profiles:ListProfileResourceAssociations",
}


def world() -> World:
    """A VPC with a gateway endpoint for S3, and one that leaves by NAT and has an interface endpoint for SQS."""
    made = World()
    a, b = made.vpc("vpc-a", "10.0.0.0/16"), made.vpc("vpc-b", "10.1.0.0/16", name="shop")
    inside = made.subnet("subnet-a", a, "10.0.0.0/24")
    made.gateway_endpoint("vpce-s3", a, "s3", [made.route_table("rtb-a", a, [inside])])
    private = made.subnet("subnet-b", b, "10.1.0.0/24")
    made.nat_gateway("nat-1", private)
    made.route_table("rtb-b", b, [private], {"0.0.0.0/0": "nat-1"})
    made.interface_endpoint("vpce-sqs", b, "sqs", [private])
    return made


def run(seen: World, folder: Path, *options: str | Path) -> Result:
    seen.write(folder / "snapshot")
    return CliRunner().invoke(commands, ["endpoints", str(folder / "snapshot"), *map(str, options)])


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def ways(ran: Result) -> set[tuple[str, str, str]]:
    return {
        (row["vpc"], row["service"].removeprefix("com.amazonaws.eu-west-1."), row["way"]) for row in rows(ran.stdout)
    }


# --- From a snapshot --------------------------------------------------------------------------------------------------


def test_a_snapshot_gives_each_vpcs_way_to_each_service_in_use_or_with_gateway_endpoints(tmp_path: Path) -> None:
    ran = run(world(), tmp_path, "--format", "csv")
    assert ran.exit_code == 0
    assert ways(ran) == {
        ("vpc-a", "s3", "gateway-endpoint"),
        ("vpc-a", "dynamodb", "none"),
        ("vpc-a", "s3express", "none"),
        ("vpc-a", "sqs", "none"),
        ("vpc-b", "s3", "nat"),
        ("vpc-b", "dynamodb", "nat"),
        ("vpc-b", "s3express", "nat"),
        ("vpc-b", "sqs", "interface-endpoint"),
    }


@pytest.mark.parametrize("service", ["sqs", "com.amazonaws.eu-west-1.sqs"])
def test_service_narrows_it_to_those_that_are_named(tmp_path: Path, service: str) -> None:
    ran = run(world(), tmp_path, "--service", service, "--service", "kms", "--format", "csv")
    assert ways(ran) == {
        ("vpc-a", "sqs", "none"),
        ("vpc-a", "kms", "none"),
        ("vpc-b", "sqs", "interface-endpoint"),
        ("vpc-b", "kms", "nat"),
    }


def test_the_table_is_the_default_and_formats_go_to_a_file_each(tmp_path: Path) -> None:
    assert (
        "8 ways of 2 VPCs: 1 gateway-endpoint, 1 interface-endpoint, 3 nat, 3 none.\n" in run(world(), tmp_path).stdout
    )
    table, found = tmp_path / "table.txt", tmp_path / "ways.json"
    ran = run(world(), tmp_path, "--format", f"table={table}", "--format", f"json={found}")
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert len(json.loads(found.read_text(encoding="utf-8"))) == 8
    assert found.stat().st_mode & 0o777 == 0o600


def test_where_a_call_was_refused_ways_are_unknown_and_the_code_is_3(tmp_path: Path) -> None:
    seen = world()
    seen.refuse("ec2:DescribeRouteTables")
    ran = run(seen, tmp_path, "--service", "s3")
    assert ran.exit_code == INCOMPLETE
    assert "Not seen: 111111111111 eu-west-1 ec2:DescribeRouteTables (UnauthorizedOperation)." in unwrapped(ran.stdout)


def test_a_refused_call_about_names_makes_it_incomplete_only_where_a_way_is_unknown_for_it(tmp_path: Path) -> None:
    seen = world()
    seen.refuse("route53:ListHostedZonesByVPC")
    assert run(seen, tmp_path / "alone").exit_code == 0
    seen.peering("pcx-1", seen.vpcs["vpc-a"], seen.vpcs["vpc-b"])
    ran = run(seen, tmp_path / "connected", "--service", "sqs")
    assert ran.exit_code == INCOMPLETE
    refused = "111111111111 eu-west-1 route53:ListHostedZonesByVPC (UnauthorizedOperation)"
    assert f"Not seen: {refused}." in unwrapped(ran.stdout)


def test_a_snapshot_of_other_answers_is_incomplete(tmp_path: Path) -> None:
    seen = world()
    seen.unask("ec2:DescribeSubnets")
    assert run(seen, tmp_path).exit_code == INCOMPLETE


def test_where_services_were_not_seen_a_name_may_be_one(tmp_path: Path) -> None:
    seen = world()
    seen.refuse("ec2:DescribeVpcEndpointServices")
    assert run(seen, tmp_path, "--service", "nothing").exit_code == INCOMPLETE


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--service", "nothing"), "--service nothing: no account or Region that was seen is offered it"),
        (("--profile", "prod"), "SNAPSHOT is read without asking AWS; leave all that names targets out"),
        (("--format", "jsonl"), "--format jsonl: there is no format 'jsonl'; there are table, csv, json"),
    ],
)
def test_wrong_options_end_with_one_clear_line(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    ran = run(world(), tmp_path, *options)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.splitlines()[-1] == f"Error: {said}"


# --- Live -------------------------------------------------------------------------------------------------------------

over_http = pytest.mark.xdist_group("endpoints over HTTP")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with world_over_http(tmp_path_factory.mktemp("world")) as place:
        make = Builder(Amendments(regions=(), accounts={}))
        central = make.vpc(NETWORK, HOME, "central", "10.8.0.0/16", endpoints=False)
        tenant = make.vpc(NETWORK, HOME, "tenant", "10.9.0.0/16", endpoints=False)
        make.joined(tenant, central)
        shared = make.interface_endpoint(central, "kms", central.subnets, [make.security_group(central, "tenants")])
        name = f"kms.{HOME}.amazonaws.com"
        make.lead(make.private_zone(name, tenant), name, shared, central)
        yield place


@pytest.fixture
def place(built: Place) -> Iterator[Place]:
    built.aws.forget()
    yield built
    built.aws.forget()


@over_http
def test_live_it_asks_only_what_it_reads_and_says_what_its_snapshot_says(place: Place, tmp_path: Path) -> None:
    ran = place.run("endpoints", *TARGETS, "--format", "csv")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert place.aws.actions == READ | ENTERING
    found = {(row["vpc_name"], row["service"].rpartition(".")[2]): row for row in rows(ran.stdout)}
    assert found["hub", "s3"]["way"] == "gateway-endpoint"
    assert found["central", "kms"]["way"] == "interface-endpoint"
    assert found["tenant", "kms"]["way"] == "peered-interface-endpoint"
    assert found["tenant", "kms"]["endpoint"] == found["central", "kms"]["endpoint"]
    assert found["tenant", "s3"]["way"] == "none"
    collected = place.run("collect", *TARGETS, "--snapshot", tmp_path / "snapshot")
    assert collected.returncode == 0
    assert place.run("endpoints", tmp_path / "snapshot", "--format", "csv").stdout == ran.stdout


@over_http
def test_live_a_refused_region_is_unknown_and_named(place: Place) -> None:
    place.aws.faults[f"ec2:DescribeRouteTables@{AWAY}"] = Refusal()
    ran = place.run("endpoints", *TARGETS)
    assert ran.returncode == INCOMPLETE
    for account in (NETWORK, PROD):
        assert f"Not seen: {account} {AWAY} ec2:DescribeRouteTables (UnauthorizedOperation)." in unwrapped(ran.stdout)


@over_http
def test_live_refused_names_leave_the_rest_as_it_is(place: Place) -> None:
    place.aws.faults["route53:ListHostedZonesByVPC"] = Refusal("AccessDenied")
    place.aws.faults["route53profiles:ListProfileAssociations"] = Refusal("AccessDeniedException")
    ran = place.run("endpoints", *TARGETS, "--service", "kms", "--format", "csv")
    assert ran.returncode == INCOMPLETE
    found = {row["vpc_name"]: row["way"] for row in rows(ran.stdout)}
    assert found["central"] == "interface-endpoint"
    assert found["tenant"] == "unknown"
    assert found["archive"] == "none"


@over_http
def test_live_route_53_that_gives_no_answer_is_a_failure_of_that_call(place: Place) -> None:
    place.aws.faults["route53:ListHostedZones"] = Refusal("InternalError", "busy", 500)
    ran = place.run("endpoints", *TARGETS, "--service", "kms")
    assert ran.returncode == INCOMPLETE
    # The zones that were not listed are what the records were not asked for.
    assert f"Not seen: {NETWORK} global route53:ListResourceRecordSets (InternalError)." in unwrapped(ran.stdout)
