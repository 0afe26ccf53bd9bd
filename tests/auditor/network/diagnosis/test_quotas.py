from auditor.network.diagnosis.quotas import IPV4_ROUTES, PEERINGS, Usage, requests_of, usages_of_table, usages_of_vpc
from auditor.snapshot import Target
from tests.networks import network_of
from tests.world import ACCOUNT, REGION, World

OTHER_ACCOUNT = "222222222222"


def test_each_quota_of_a_vpc_is_counted() -> None:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16", "10.1.0.0/16", "2001:db8:0:aa00::/56")
    world.peering("pcx-1", a, world.vpc("vpc-b", "172.16.0.0/16"))
    world.peering("pcx-2", a, world.vpc("vpc-c", "172.17.0.0/16"), status="pending-acceptance")
    world.peering("pcx-3", a, world.vpc("vpc-d", "172.18.0.0/16"), status="deleted")
    world.route_table("rtb-1", a)
    world.quota("L-7E9ECCDB", 125)
    seen = network_of(world)
    counted = {usage.quota.key: (usage.used, usage.granted) for usage in usages_of_vpc(seen, seen.vpcs["vpc-a"])}
    assert counted == {"peerings": (2, 125), "route-tables": (2, 200), "ipv4-blocks": (2, 5), "ipv6-blocks": (1, 5)}
    assert requests_of(seen, Target(ACCOUNT, REGION)).used == 1


def test_an_account_has_the_quotas_of_its_own_region() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
    world.quota("L-7E9ECCDB", 100)
    world.refuse("servicequotas:ListServiceQuotas", account=OTHER_ACCOUNT)
    seen = network_of(world)
    granted = {
        vpc_id: [(usage.granted, usage.applied) for usage in usages_of_vpc(seen, vpc) if usage.quota is PEERINGS]
        for vpc_id, vpc in seen.vpcs.items()
    }
    assert granted == {"vpc-a": [(100, True)], "vpc-b": [(50, False)]}


def test_local_routes_do_not_count_and_prefix_lists_count_what_they_may_hold() -> None:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16")
    world.prefix_list("pl-1", ["192.168.0.0/24"], max_entries=20)
    igw = world.internet_gateway("igw-1", a)
    world.route_table("rtb-1", a, routes={"0.0.0.0/0": igw, "pl-1": igw})
    seen = network_of(world)
    used = {usage.quota.key: usage.used for usage in usages_of_table(seen, seen.route_tables["rtb-1"])}
    assert used == {"ipv4-routes": 21, "ipv6-routes": 0, "propagated-routes": 0}


def test_a_share_is_rounded_down_and_nothing_granted_is_used_up() -> None:
    shares = [Usage(IPV4_ROUTES, used, granted, False, None).percent for used, granted in ((199, 250), (3, 3), (0, 0))]
    assert shares == [79, 100, 100]
