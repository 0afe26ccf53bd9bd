"""Two connected VPCs whose workloads carry a security group each: the ground of the tests on rules of groups."""

from collections.abc import Callable, Sequence

from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, TO_A, TO_B, Routes
from tests.world import ACCOUNT, REGION, Permission, Vpc, World, allow, reference

Rules = Callable[[Vpc], Sequence[Permission]]
"""The ingress rules of a group, given the other VPC."""


def nobody(_: Vpc) -> Sequence[Permission]:
    return []


def names_b(b: Vpc) -> Sequence[Permission]:
    return [allow("tcp", 443, reference("sg-b", b, "pcx-1"))]


def two_groups(
    a_rules: Rules = nobody,
    b_rules: Rules = nobody,
    *,
    status: str = "active",
    a_routes: Routes = TO_B,
    b_routes: Routes = TO_A,
    b_account: str = ACCOUNT,
    b_region: str = REGION,
    in_use: bool = True,
) -> World:
    """As ``two_vpcs``, with ``sg-a`` on the workloads of ``subnet-a1`` and ``sg-b`` on those of ``subnet-b1``."""
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front")
    b = world.vpc("vpc-b", B_BLOCK, name="back", account=b_account, region=b_region)
    world.peering("pcx-1", a, b, status=status, name="front-to-back")
    world.security_group("sg-a", a, a_rules(b), name="web")
    world.security_group("sg-b", b, b_rules(a), name="store")
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", groups=["sg-a"], enis=in_use)
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", groups=["sg-b"], enis=in_use)
    world.route_table("rtb-a1", a, [a1], a_routes)
    world.route_table("rtb-b1", b, [b1], b_routes)
    return world
