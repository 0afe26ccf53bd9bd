"""Two accounts in two Regions behind HTTP, and the program as a process that audits them."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, CompletedProcess, Popen
from typing import Any

from moto import mock_aws

from auditor.demo.amendments import Amendments
from auditor.demo.builder import Builder, Vpc
from collectors import COLLECTORS
from tests.moto_over_http import Answer, MotoOverHttp, moto_over_http

NETWORK, PROD, VENDOR = "111111111111", "222222222222", "999999999999"
HOME, AWAY = "eu-west-1", "us-east-1"

ASKED = tuple(each for each in COLLECTORS if not each.on_request)
"""The calls of a run that nobody told to ask for more."""

NO_CHANGE: Mapping[str, str] = {}

CLIENT_VPN = "cvpn-endpoint-0de1e7ed000000001"

TARGETS = ("--profile", "network", "--profile", "prod", "--region", HOME, "--region", AWAY)


@dataclass(frozen=True)
class Place:
    """Where the program runs: its AWS, and the profiles that lead there."""

    aws: MotoOverHttp
    config: Path

    def environment(self, others: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.config.parent),
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_CONFIG_FILE": str(self.config),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.config.parent / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
            # What fails here fails again.
            "AWS_MAX_ATTEMPTS": "1",
            **others,
        }

    def start(
        self, *arguments: str | Path, out: int = PIPE, err: int = PIPE, environment: Mapping[str, str] = NO_CHANGE
    ) -> Popen[str]:
        """The program as a process, which reads nothing and writes to pipes unless told otherwise."""
        return Popen(
            [sys.executable, "-m", "auditor", *map(str, arguments)],
            env=self.environment(environment),
            cwd=self.config.parent,
            stdin=DEVNULL,
            stdout=out,
            stderr=err,
            encoding="utf-8",
        )

    def run(self, *arguments: str | Path, **environment: str) -> CompletedProcess[str]:
        """The program, run to its end."""
        with self.start(*arguments, environment=environment) as process:
            out, err = process.communicate(timeout=60)
        return CompletedProcess(arguments, process.returncode, out, err)


@contextlib.contextmanager
def world_over_http(folder: Path) -> Iterator[Place]:
    """The world over HTTP and, as long as the context lasts, in this process as well."""
    with mock_aws(), moto_over_http() as aws:
        builder = Builder(Amendments(regions=(), accounts={}))
        hub = _build(builder)
        aws.answers.update(_answers(hub, builder.security_group(hub, "clients")))
        config = folder / "config"
        config.write_text(_profile(builder, "network", NETWORK) + _profile(builder, "prod", PROD), encoding="utf-8")
        yield Place(aws, config)


def _build(make: Builder) -> Vpc:
    """A hub with a spoke that is as it should be, one that cannot answer, and one that nobody may look at."""
    hub = make.vpc(NETWORK, HOME, "hub", "10.0.0.0/16", subnets="ab")
    make.joined(hub, make.vpc(PROD, HOME, "shop", "10.1.0.0/16"))
    copy = make.vpc(PROD, AWAY, "shop-copy", "10.2.0.0/16")
    make.route(hub.main_table, hub, copy.block, make.peering(hub, copy, dns=False))
    make.vpn(copy, "192.168.0.0/24")
    make.joined(hub, make.vpc(VENDOR, HOME, "database", "10.7.0.0/16", endpoints=False))
    make.vpc(NETWORK, AWAY, "archive", "10.3.0.0/16", endpoints=False)
    make.private_zone(f"sns.{HOME}.amazonaws.com", hub)
    make.endpoint_service(hub, "ledger", make.load_balancer(hub, "ledger", hub.subnets), allow=(PROD,))
    return hub


def _answers(hub: Vpc, group: str) -> Mapping[str, Answer]:
    """What moto does not answer, by action."""
    gone = {"GroupId": "sg-0de1e7ed000000001", "UserId": PROD, "VpcPeeringConnectionId": "pcx-0de1e7ed000000001"}
    stale = {
        "GroupId": group,
        "GroupName": "clients",
        "VpcId": hub.id,
        "StaleIpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [gone]}],
    }

    def stale_groups(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"StaleSecurityGroupSet": [stale] if asked["VpcId"] == hub.id else []}

    profile = {"Id": "rpassoc-1", "ProfileId": "rp-1", "ResourceId": hub.id, "Status": "COMPLETE"}

    def associations(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        gateway = {"id": asked["associatedGatewayId"], "type": "virtualPrivateGateway"}
        association = {
            "associationId": "5b8bd9f6-3a5f-4d0e-8c52-000000000001",
            "associationState": "associated",
            "associatedGateway": gateway,
            "allowedPrefixesToDirectConnectGateway": [{"cidr": "10.2.0.0/16"}],
        }
        return {"directConnectGatewayAssociations": [association]}

    return {
        "ec2:DescribeStaleSecurityGroups": stale_groups,
        "directconnect:DescribeDirectConnectGatewayAssociations": associations,
        "route53profiles:ListProfileAssociations": lambda _: {"ProfileAssociations": [profile]},
        "route53profiles:ListProfileResourceAssociations": lambda _: {"ProfileResourceAssociations": []},
        "servicequotas:ListServiceQuotas": lambda _: {"Quotas": []},
        "ec2:DescribeVpcEndpointConnections": lambda _: {"VpcEndpointConnections": []},
        "ec2:DescribeVpcEndpointConnectionNotifications": lambda _: {"ConnectionNotificationSet": []},
        "ec2:DescribeClientVpnEndpoints": lambda _: {"ClientVpnEndpoints": [{"ClientVpnEndpointId": CLIENT_VPN}]},
        "ec2:DescribeClientVpnTargetNetworks": lambda _: {"ClientVpnTargetNetworks": []},
    }


def _profile(make: Builder, name: str, account: str) -> str:
    keys = make.keys(account)
    return (
        f"[profile {name}]\naws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key}\n"
        f"aws_session_token = {keys.token}\n"
    )
