import pytest

from auditor.costs import NatTraffic, gigabytes_of, hours_of, nat_traffic
from auditor.findings import Saving
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.prices import PriceTable, RegionPrices, Tier
from tests.networks import network_of
from tests.world import REGION, World

PRICES = PriceTable(
    as_of="2026-11-01",
    source="a test",
    regions={
        REGION: RegionPrices(
            nat_gateway_hour=0.05,
            nat_gateway_gb=0.05,
            interface_endpoint_hour=0.01,
            interface_endpoint_gb=(Tier(usd=0.01, up_to_gb=100.0), Tier(usd=0.004)),
        )
    },
)
NONE = PriceTable(as_of="2026-11-01", source="a test", regions={})


def world() -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = [
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{at}.0/24", az=f"{REGION}{zone}") for at, zone in enumerate("ab")
    ]
    made.nat_gateway("nat-1", subnets[0])
    made.nat_gateway("nat-2", subnets[1])
    made.nat_gateway("nat-inner", subnets[1], connectivity="private")
    made.nat_gateway("nat-gone", subnets[1], state="deleted")
    made.interface_endpoint("vpce-1", vpc, "sqs", subnets)
    made.interface_endpoint("vpce-2", vpc, "sns", subnets[:1])
    made.gateway_endpoint("vpce-3", vpc, "s3")
    return made


def network(**carried: float) -> Network:
    made = world()
    made.metrics({name.replace("_", "-"): gigabytes for name, gigabytes in carried.items()})
    return network_of(made)


def test_an_endpoint_is_paid_for_by_the_hour_in_each_of_its_zones() -> None:
    seen = network()
    hours = hours_of(seen.endpoints["vpce-1"], PRICES)
    assert [(each.resource, each.of, each.quantity, each.price_usd) for each in hours] == [
        ("vpce-1/subnet-a", "hours", 730, 0.01),
        ("vpce-1/subnet-b", "hours", 730, 0.01),
    ]
    assert hours_of(seen.endpoints["vpce-1"], PRICES, ["subnet-b"]) == hours[1:]


def test_a_gateway_endpoint_costs_nothing_and_without_a_price_nothing_is_reckoned() -> None:
    seen = network(vpce_1=5)
    assert hours_of(seen.endpoints["vpce-3"], PRICES) == ()
    assert hours_of(seen.endpoints["vpce-1"], NONE) == ()
    assert gigabytes_of(seen, seen.endpoints["vpce-1"], NONE) is None
    assert gigabytes_of(seen, seen.endpoints["vpce-3"], PRICES) is None
    assert nat_traffic(seen, seen.vpcs["vpc-a"], NONE) is None


def test_a_gigabyte_has_the_average_price_of_all_that_the_region_carried() -> None:
    seen = network(vpce_1=150, vpce_2=50)
    found = gigabytes_of(seen, seen.endpoints["vpce-2"], PRICES)
    # 100 at a cent and 100 at 0.4 cents, over 200.
    assert found
    assert (found.resource, found.of) == ("vpce-2", "gigabytes")
    assert found.quantity == pytest.approx(50)
    assert found.price_usd == pytest.approx(0.007)


def test_where_nothing_was_carried_a_gigabyte_has_the_price_of_the_first() -> None:
    seen = network()
    assert gigabytes_of(seen, seen.endpoints["vpce-1"], PRICES) == Saving(
        resource="vpce-1", of="gigabytes", quantity=0.0, price_usd=0.01
    )


def test_the_traffic_of_a_vpc_is_that_of_its_public_nat_gateways() -> None:
    seen = network(nat_1=100, nat_2=20, nat_inner=7, nat_gone=7)
    traffic = nat_traffic(seen, seen.vpcs["vpc-a"], PRICES)
    assert isinstance(traffic, NatTraffic)
    assert dict(traffic.gigabytes) == {"nat-1": pytest.approx(100), "nat-2": pytest.approx(20)}
    assert traffic.total == pytest.approx(120)
    assert sum(each.usd for each in traffic.savings) == pytest.approx(6)
    assert all(each.at_most for each in traffic.savings)


def test_without_metrics_no_traffic_is_known() -> None:
    seen = network_of(world())
    assert nat_traffic(seen, seen.vpcs["vpc-a"], PRICES) is None
    assert gigabytes_of(seen, seen.endpoints["vpce-1"], PRICES) is None
    assert len(hours_of(seen.endpoints["vpce-1"], PRICES)) == 2


@pytest.mark.parametrize("action", ["ec2:DescribeNatGateways", "cloudwatch:GetMetricData"])
def test_traffic_that_was_refused_is_missing(action: str) -> None:
    made = world()
    made.metrics({"nat-1": 100})
    made.refuse(action)
    seen = network_of(made)
    traffic = nat_traffic(seen, seen.vpcs["vpc-a"], PRICES)
    assert isinstance(traffic, Missing)
    assert {cause.kind for cause in traffic.causes} == {Kind.REFUSED}
