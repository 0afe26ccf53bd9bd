from auditor.network.diagnosis.meshes import gaps_of, mesh_of
from tests.networks import network_of
from tests.world import World

OTHER_ACCOUNT = "222222222222"


def test_vpcs_that_connections_lead_from_one_to_the_next_are_one_mesh() -> None:
    world = World()
    a, b, c = (world.vpc(f"vpc-{name}", f"10.{at}.0.0/16") for at, name in enumerate("abc"))
    world.vpc("vpc-d", "10.9.0.0/16")
    x = world.foreign_vpc("vpc-x", "10.8.0.0/16", account=OTHER_ACCOUNT)
    for name, ends in {"ab": (a, b), "cb": (c, b), "xc": (x, c)}.items():
        world.peering(f"pcx-{name}", *ends)
    seen = network_of(world)
    mesh = mesh_of(seen, seen.vpcs["vpc-a"])
    assert mesh.vpc_ids == ("vpc-a", "vpc-b", "vpc-c", "vpc-x")
    assert dict(mesh.peers) == {"vpc-a": 1, "vpc-b": 2, "vpc-c": 2, "vpc-x": 1}
    assert (mesh.center, mesh.connections, mesh.connections_of_all, mesh.missing) == ("vpc-b", 3, 6, None)
    assert mesh_of(seen, seen.vpcs["vpc-c"]) is mesh
    assert mesh_of(seen, seen.vpcs["vpc-d"]).vpc_ids == ("vpc-d",)


def test_a_mesh_stands_at_a_vpc_that_was_audited() -> None:
    world = World()
    x = world.foreign_vpc("vpc-x", "10.8.0.0/16", account=OTHER_ACCOUNT)
    for number in (2, 1):
        world.peering(f"pcx-{number}", x, world.vpc(f"vpc-{number}", f"10.{number}.0.0/16"))
    seen = network_of(world)
    assert mesh_of(seen, seen.vpcs["vpc-2"]).center == "vpc-1"


def test_a_gap_is_of_the_audited_end() -> None:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16")
    world.peering("pcx-1", h, world.foreign_vpc("vpc-a", "10.1.0.0/16", account=OTHER_ACCOUNT))
    world.peering("pcx-2", world.vpc("vpc-b", "10.2.0.0/16"), h)
    seen = network_of(world)
    (gap,) = gaps_of(seen, seen.vpcs["vpc-b"])
    assert (gap.near.vpc_id, gap.far.vpc_id, gap.hubs, gap.missing) == ("vpc-b", "vpc-a", ("vpc-h",), None)
    assert not gaps_of(seen, seen.vpcs["vpc-h"])
