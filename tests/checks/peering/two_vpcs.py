"""Two VPCs with a subnet each and a peering connection between them: the ground of most tests here."""

from collections.abc import Mapping

from tests.world import ACCOUNT, REGION, Via, World

A_BLOCK, B_BLOCK = "172.16.0.0/16", "10.0.0.0/16"
OTHER_ACCOUNT = "222222222222"
STRANGER = "888888888888"

Routes = Mapping[str, str | Via]

TO_B: Routes = {B_BLOCK: "pcx-1"}
TO_A: Routes = {A_BLOCK: "pcx-1"}


def two_vpcs(
    status: str = "active",
    *,
    a_routes: Routes = TO_B,
    b_routes: Routes = TO_A,
    b_account: str = ACCOUNT,
    b_region: str = REGION,
    expires: str | None = None,
) -> World:
    """``vpc-a`` requests ``pcx-1`` to ``vpc-b``; ``subnet-a1`` sends by ``rtb-a1``, ``subnet-b1`` by ``rtb-b1``."""
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front")
    b = world.vpc("vpc-b", B_BLOCK, name="back", account=b_account, region=b_region)
    world.peering("pcx-1", a, b, status=status, expires=expires, name="front-to-back")
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], a_routes)
    world.route_table("rtb-b1", b, [world.subnet("subnet-b1", b, "10.0.0.0/24")], b_routes)
    return world


def half_seen(
    status: str = "active",
    *,
    a_routes: Routes = TO_B,
    incoming: bool = False,
    b_account: str = STRANGER,
    message: str | None = None,
    expires: str | None = None,
) -> World:
    """As ``two_vpcs``, but nobody audited ``vpc-b``. ``incoming``: it is the requester."""
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front")
    b = world.foreign_vpc("vpc-b", B_BLOCK, account=b_account)
    ends = (b, a) if incoming else (a, b)
    world.peering("pcx-1", *ends, status=status, message=message, expires=expires)
    world.route_table("rtb-a1", a, [world.subnet("subnet-a1", a, "172.16.0.0/24")], a_routes)
    return world
