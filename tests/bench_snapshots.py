"""Snapshots of large organizations for measuring: one region of one account is made, and the others from its text.

Every account and region holds 25 VPCs, and each VPC has addresses and ids of its own. Nothing of a region that is
written stays in memory.
"""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from auditor.snapshot import GLOBAL, Folder, Manifest, ManifestTarget, Shard, Target, write_manifest
from tests.world import COLLECTED_AT, World

VPCS = 25
"""In each account and region."""
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2")
ATTACHMENTS = 5000
"""To one transit gateway, at most: https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html"""
SERVICES = 250
"""That AWS offers in a region, about."""

_Routes = dict[str, str]


def organization() -> World:
    """A hub with 24 spokes, all on a transit gateway, with what usually stands in them; 21 routes a VPC.

    Each spoke has three subnets, two of them behind a NAT gateway, and endpoints for S3 and SQS. Its tables lead to
    the hub, and to the transit gateway for the rest of the company. The first spoke has no route back to the hub, and
    the second one a route that its connection cannot serve.
    """
    world = _world()
    hub = world.vpc("vpc-zz-0", "10.0.0.0/24", name="hub")
    world.subnet("subnet-zz-0a", hub, "10.0.0.0/26", az="eu-west-1a")
    world.transit_gateway_attachment("tgw-zz", hub)
    company = {f"192.168.{number}.0/24": "tgw-zz" for number in range(5)}
    world.main_routes(hub, company)
    for number in range(1, VPCS):
        spoke = world.vpc(f"vpc-zz-{number}", f"10.0.{number}.0/24", name=f"spoke-{number}")
        subnets = [
            world.subnet(f"subnet-zz-{number}{zone}", spoke, f"10.0.{number}.{at * 64}/26", az=f"eu-west-1{zone}")
            for at, zone in enumerate("abc")
        ]
        peering = world.peering(f"pcx-zz-{number}", hub, spoke)
        world.transit_gateway_attachment("tgw-zz", spoke)
        out = world.nat_gateway(f"nat-zz-{number}", subnets[2])
        routes = {**company, "10.0.0.0/8": "tgw-zz", "172.16.0.0/12": "tgw-zz"}
        if number != 1:
            routes[hub.blocks[0]] = peering
        if number == 2:
            routes["192.168.77.0/24"] = peering
        table = world.route_table(f"rtb-zz-{number}", spoke, subnets[:2], {**routes, "0.0.0.0/0": out})
        world.main_routes(spoke, routes)
        world.main_routes(hub, {spoke.blocks[0]: peering})
        world.gateway_endpoint(f"vpce-zz-s3-{number}", spoke, "s3", [table, world.main_routes(spoke, {})])
        world.interface_endpoint(f"vpce-zz-sqs-{number}", spoke, "sqs", subnets[:2])
    return world


def mesh() -> World:
    """VPCs in a ring, each peered with the next and the one after it; 2 connections and 200 routes a VPC.

    Each VPC has four subnets with a table each: its four peers, and what its virtual private gateway propagates.
    """
    world = _world()
    vpcs = [world.vpc(f"vpc-zz-{number}", f"10.0.{number}.0/24") for number in range(VPCS)]
    routes: list[_Routes] = [{} for _ in vpcs]
    for number, vpc in enumerate(vpcs):
        for step in (1, 2):
            far = (number + step) % VPCS
            peering = world.peering(f"pcx-zz-{number}-{step}", vpc, vpcs[far])
            routes[number][vpcs[far].blocks[0]] = routes[far][vpc.blocks[0]] = peering
    for number, vpc in enumerate(vpcs):
        gateway = world.vpn_gateway(f"vgw-zz-{number}", vpc)
        outside = {f"192.168.{each}.0/24": gateway for each in range(45)}
        for at in range(4):
            subnet = world.subnet(f"subnet-zz-{number}-{at}", vpc, f"10.0.{number}.{at * 64}/26", az="eu-west-1a")
            world.route_table(f"rtb-zz-{number}-{at}", vpc, [subnet], {**routes[number], **outside})
    return world


def _world() -> World:
    world = World()
    for number in range(SERVICES):
        world.service(f"com.amazonaws.eu-west-1.service{number}")
    return world


def write(path: Path, vpcs: int, made: Callable[[], World]) -> int:
    """Write a snapshot of so many VPCs, which must fill whole regions, and give its routes.

    Regions of four follow one another in one account.
    """
    if vpcs % VPCS:
        raise ValueError(f"{vpcs} VPCs do not fill regions of {VPCS}")
    snapshot = made().snapshot()
    (region,) = snapshot.shards.values()
    (own,) = snapshot.accounts.values()
    targets = [_target(number) for number in range(vpcs // VPCS)]
    manifest: Manifest = msgspec.structs.replace(
        snapshot.manifest,
        started_at=COLLECTED_AT,
        targets=tuple(ManifestTarget(account_id=each.account, region=each.region) for each in sorted(targets)),
    )
    write_manifest(Folder(path), manifest)
    template = _text(region)
    for number, target in enumerate(targets):
        _write_shard(path, target, _region(template, number, target))
    for account in {target.account for target in targets}:
        target = Target(account, GLOBAL)
        _write_shard(path, target, _text(own).replace(own.account_id, account))
    return len(targets) * sum(len(table["Routes"]) for table in region.items("ec2:DescribeRouteTables"))


def _target(number: int) -> Target:
    return Target(f"{number // len(REGIONS):012d}", REGIONS[number % len(REGIONS)])


def _text(shard: Shard) -> str:
    return json.dumps(msgspec.to_builtins(shard), sort_keys=True)


_MARK = re.compile(r"tgw-zz|zz|pl-|111111111111|eu-west-1|10\.0\.(\d+)\.(?!0/8)")
"""All that differs from region to region: ids, the account, the region, and the third number of an address."""


def _region(template: str, number: int, target: Target) -> str:
    gateway = number // len(REGIONS) * VPCS // ATTACHMENTS
    words = {
        "tgw-zz": f"tgw-{target.region}-{gateway}",
        "zz": f"{number:05d}",
        "pl-": f"pl-{target.region}-",
        "111111111111": target.account,
        "eu-west-1": target.region,
    }

    def replaced(found: re.Match[str]) -> str:
        if found[1] is None:
            return words[found[0]]
        block = number * VPCS + int(found[1])
        return f"10.{block // 256 % 256}.{block % 256}."

    return _MARK.sub(replaced, template)


def _write_shard(path: Path, target: Target, text: str) -> None:
    Folder(path).write(f"{target}.json.gz", gzip.compress(text.encode(), 1, mtime=0))
