"""How fast the program is. ``make bench`` prints it; nothing is asserted with a clock.

    python -m tests.bench                           both parts, small
    python -m tests.bench collection 10 100 1000    collection alone, for so many accounts
    python -m tests.bench assessment                assessment alone: how its time grows with the network

For the assessment the network is a chain of stars: hubs of twenty spokes each, every spoke with three subnets on two
route tables and routes both ways, as a large organization has them. All spokes are on one transit gateway, and each has
a NAT gateway, a gateway endpoint for S3 and an interface endpoint for SQS.
"""

import gc
import sys
import time

from auditor.assess import assess
from auditor.config import Settings
from auditor.snapshot import Snapshot
from checks import CHECKS
from collectors import COLLECTORS
from tests import bench_collection
from tests.world import World

SIZES = (50, 100, 200, 400)
RUNS = 3
SPOKES = 20


def network(vpcs: int) -> Snapshot:
    """A snapshot with so many spokes, and their hubs."""
    world = World()
    for number in range(vpcs):
        if number % SPOKES == 0:
            hub = world.vpc(f"vpc-hub{number}", f"172.{16 + number // SPOKES % 16}.0.0/16")
            world.subnet(f"subnet-hub{number}", hub, f"172.{16 + number // SPOKES % 16}.0.0/24", az="eu-west-1a")
        block = f"10.{number // 2 % 256}"
        half = number % 2 * 128
        spoke = world.vpc(f"vpc-{number}", f"{block}.{half}.0/17")
        subnets = [
            world.subnet(f"subnet-{number}-{at}", spoke, f"{block}.{half + at}.0/24", az=f"eu-west-1{'abc'[at]}")
            for at in range(3)
        ]
        peering = f"pcx-{number}"
        world.peering(peering, hub, spoke)
        world.transit_gateway_attachment("tgw-1", spoke)
        out = world.nat_gateway(f"nat-{number}", subnets[2])
        routes = {hub.blocks[0]: peering, "10.0.0.0/8": "tgw-1"}
        table = world.route_table(f"rtb-{number}", spoke, subnets=subnets[:2], routes={**routes, "0.0.0.0/0": out})
        world.main_routes(spoke, routes)
        world.gateway_endpoint(f"vpce-s3-{number}", spoke, "s3", [table])
        world.interface_endpoint(f"vpce-sqs-{number}", spoke, "sqs", subnets[:2])
        world.main_routes(hub, {spoke.blocks[0]: peering})
    return world.snapshot()


def main(part: str = "", *sizes: str) -> None:
    if part in {"", "collection"}:
        bench_collection.main([int(size) for size in sizes] or bench_collection.ACCOUNTS)
    if part in {"", "assessment"}:
        assessment()


def assessment() -> None:
    """Print the best time of each size, and the ratio to the size before."""
    before = 0.0
    for size in SIZES:
        snapshot = network(size)
        best = min(measured(snapshot) for _ in range(RUNS))
        ratio = f"{best / before:5.2f} x" if before else "      "
        sys.stdout.write(f"{size:5d} VPCs  {best:7.3f} s  {best / size * 1000:6.2f} ms a VPC  {ratio}\n")
        before = best


def measured(snapshot: Snapshot) -> float:
    """The seconds that one assessment takes."""
    gc.collect()
    start = time.perf_counter()
    assess(snapshot, COLLECTORS, CHECKS, Settings())
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
