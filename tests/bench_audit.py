"""What an audit takes of one small fleet in moto's server; and, when asked for, what other tools take of the same one.

The fleet is one account with four regions, each with three VPCs, two peering connections and two endpoints; another
connection leads from each region to the next. Other tools are installed by pip, each in an environment of its own.
"""

import itertools
import os
import subprocess
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# moto reads it when it is imported; the fleet has no instance, so no image is needed.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

import boto3

from tests.bench_processes import Taken, taken
from tests.moto_over_http import MotoOverHttp, moto_over_http

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2")
ROOT = Path(__file__).parent.parent
COLUMNS = (
    "processor, times vpc-auditor",
    "memory, times vpc-auditor",
    "tool",
    "calls",
    "processor s",
    "clock s",
    "peak MB",
    "installed MB",
    "exit code",
)
_POLICY = """\
policies:
  - name: missing-route
    resource: aws.peering-connection
    filters: [missing-route]
"""


@dataclass(frozen=True)
class Tool:
    name: str
    requirement: str
    """What pip installs; empty for this program."""
    command: Sequence[str]
    """What is run in ``bin`` of its environment, in an empty folder."""


_EACH_REGION = [word for region in REGIONS for word in ("--region", region)]
OURS = Tool("vpc-auditor audit", str(ROOT), ["vpc-auditor", "audit", *_EACH_REGION, "--fail-on", "never"])
PEERS = (
    Tool(
        "Cloud Custodian, missing-route",
        "c7n",
        ["custodian", "run", "--output-dir", "out", *_EACH_REGION, "policy.yml"],
    ),
    Tool(
        "Scout Suite, vpc",
        "scoutsuite",
        ["scout", "aws", "--services", "vpc", "--no-browser", "--force", "--regions", *REGIONS],
    ),
    Tool("Prowler, vpc", "prowler", ["prowler", "aws", "--service", "vpc", "--region", *REGIONS]),
)


def rows(*, peers: bool) -> Iterator[Sequence[str]]:
    """A row for this program, and one for each of the peers that can be installed."""
    with moto_over_http() as aws, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _build(aws)
        ours: Taken | None = None
        for number, tool in enumerate((OURS, *PEERS) if peers else (OURS,)):
            place = Path(folder, str(number))
            installed = _installed(tool, place)
            if isinstance(installed, str):
                yield "", "", tool.name, installed, "", "", "", "", ""
                continue
            aws.forget()
            work = Path(folder, f"work{number}")
            work.mkdir()
            (work / "policy.yml").write_text(_POLICY)
            command = [str(place / "bin" / tool.command[0]), *tool.command[1:]]
            run = taken(command, work / "log", _settings(aws, work), work)
            ours = ours or run
            yield (
                f"{run.processor / ours.processor:.1f}",
                f"{run.peak / ours.peak:.1f}",
                f"{tool.name} {_version(tool, place)}",
                str(len(aws.requests)),
                f"{run.processor:.1f}",
                f"{run.seconds:.1f}",
                f"{run.peak:.0f}",
                f"{installed:.0f}",
                str(run.status),
            )


def beyond_boto3() -> float:
    """How many MB this program without extras takes on disk beside an installed boto3."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        alone = _installed(Tool("boto3", "boto3>=1.44,<2", []), Path(folder, "boto3"))
        ours = _installed(OURS, Path(folder, "ours"))
    if isinstance(alone, str) or isinstance(ours, str):
        raise RuntimeError(f"pip could not install: {alone}, {ours}")
    return ours - alone


def _installed(tool: Tool, place: Path) -> float | str:
    """The size in MB of a new environment with a tool, pip left out; or why there is none."""
    venv.create(place, with_pip=True)
    before = _size(place)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run([*pip, tool.requirement], capture_output=True, text=True, timeout=1800, check=False)
    except subprocess.TimeoutExpired:
        return "pip took more than half an hour"
    if done.returncode:
        return f"pip: {done.stderr.strip().splitlines()[-1]}"
    return _size(place) - before


def _size(place: Path) -> float:
    return sum(file.lstat().st_size for file in place.rglob("*") if file.is_file()) / 1e6


def _version(tool: Tool, place: Path) -> str:
    package = "vpc-auditor" if tool is OURS else tool.requirement
    said = subprocess.run(
        [place / "bin" / "python", "-c", f"from importlib.metadata import version; print(version({package!r}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.strip()


def _settings(aws: MotoOverHttp, work: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(work),
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGIONS[0],
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _build(aws: MotoOverHttp) -> None:
    aws.answers["ec2:DescribeStaleSecurityGroups"] = lambda _: {"StaleSecurityGroupSet": []}
    aws.answers["directconnect:DescribeDirectConnectGatewayAssociations"] = lambda _: {
        "directConnectGatewayAssociations": []
    }
    aws.answers["route53profiles:ListProfileAssociations"] = lambda _: {"ProfileAssociations": []}
    aws.answers["servicequotas:ListServiceQuotas"] = lambda _: {"Quotas": []}
    aws.answers["ec2:DescribeVpcEndpointConnections"] = lambda _: {"VpcEndpointConnections": []}
    aws.answers["ec2:DescribeVpcEndpointConnectionNotifications"] = lambda _: {"ConnectionNotificationSet": []}
    aws.answers["ec2:DescribeClientVpnEndpoints"] = lambda _: {"ClientVpnEndpoints": []}
    # moto ignores the filter by which Scout Suite asks for the regions that are not enabled.
    aws.answers["ec2:DescribeRegions"] = lambda asked: {
        "Regions": [
            {"RegionName": region, "OptInStatus": "opt-in-not-required"}
            for region in REGIONS
            if "not-opted-in" not in asked.values()
        ]
    }
    session = boto3.Session("testing", "testing", region_name=REGIONS[0])
    clients = {region: session.client("ec2", region_name=region, endpoint_url=aws.url) for region in REGIONS}
    first: dict[str, str] = {}
    for number, (region, ec2) in enumerate(clients.items()):
        vpcs = [_vpc(ec2, region, f"10.{number * 3 + at}") for at in range(3)]
        first[region] = vpcs[0]
        for near, far in itertools.pairwise(vpcs):
            _peer(ec2, near, ec2, far, region)
    for near_region, far_region in itertools.pairwise([*REGIONS, REGIONS[0]]):
        _peer(clients[near_region], first[near_region], clients[far_region], first[far_region], far_region)


def _vpc(ec2: Any, region: str, block: str) -> str:
    vpc: str = ec2.create_vpc(CidrBlock=f"{block}.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{block}.{at}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"]
        for at, zone in enumerate("ab")
    ]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0]["SubnetId"])
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{region}.s3", VpcEndpointType="Gateway", RouteTableIds=[table]
    )
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{region}.sqs",
        VpcEndpointType="Interface",
        SubnetIds=[subnets[0]["SubnetId"]],
    )
    return vpc


def _peer(near_ec2: Any, near: str, far_ec2: Any, far: str, far_region: str) -> None:
    asked = near_ec2.create_vpc_peering_connection(VpcId=near, PeerVpcId=far, PeerRegion=far_region)
    peering = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    far_ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    block = far_ec2.describe_vpcs(VpcIds=[far])["Vpcs"][0]["CidrBlock"]
    for table in near_ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [near]}])["RouteTables"]:
        near_ec2.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock=block, VpcPeeringConnectionId=peering
        )
