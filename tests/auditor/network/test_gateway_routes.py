import pytest

from auditor.network.addresses import Addresses
from auditor.network.gateway_routes import GatewayRoutes, bypasses, gateway_routes, gateway_routes_of
from auditor.network.missing import Kind, Missing
from tests.networks import network_of
from tests.world import RouteTable, Via, Vpc, World, blackhole, propagated

S3 = "com.amazonaws.eu-west-1.s3"


def world() -> tuple[World, Vpc, RouteTable]:
    """Two subnets send by ``rtb-a``, one by the main table; ``rtb-old`` has none."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.aws_prefix_list("pl-s3", S3, ["3.5.0.0/19", "52.216.0.0/15"])
    subnets = [made.subnet(f"subnet-{number}", vpc, f"10.0.{number}.0/24") for number in range(3)]
    table = made.route_table("rtb-a", vpc, subnets[:2])
    made.gateway_endpoint("vpce-1", vpc, "s3", [table, made.route_table("rtb-old", vpc)])
    return made, vpc, table


def of_table(seen: World, table_id: str = "rtb-a") -> GatewayRoutes:
    network = network_of(seen)
    (found,) = (each for each in gateway_routes(network, network.endpoints["vpce-1"]) if each.table.id == table_id)
    return found


def kinds(missing: Missing | None) -> set[Kind]:
    return {cause.kind for cause in missing.causes} if missing else set()


def test_each_table_that_leads_to_an_endpoint_has_the_subnets_that_send_by_it() -> None:
    network = network_of(world()[0])
    found = gateway_routes(network, network.endpoints["vpce-1"])
    assert found.whole
    assert {each.table.id: [subnet.id for subnet in each.subnets] for each in found} == {
        "rtb-a": ["subnet-0", "subnet-1"],
        "rtb-old": [],
    }


def test_a_table_knows_the_addresses_of_all_lists_that_lead_to_the_endpoint() -> None:
    made, vpc, _ = world()
    made.prefix_list("pl-six", ["2600:1fa0::/36"])
    made.route_table("rtb-six", vpc, [], {"pl-six": "vpce-1", "0.0.0.0/0": made.internet_gateway("igw-1", vpc)})
    made.change("ec2:DescribeVpcEndpoints", "vpce-1", RouteTableIds=["rtb-a", "rtb-old", "rtb-six"])
    assert of_table(made).addresses == Addresses.of("3.5.0.0/19", "52.216.0.0/15")
    assert of_table(made, "rtb-six").addresses == Addresses.of("2600:1fa0::/36")
    assert of_table(made, "rtb-six").hidden is None


def test_entries_that_were_not_read_are_hidden() -> None:
    made, _, _ = world()
    made.refuse("ec2:GetManagedPrefixListEntries")
    made.refuse("ec2:DescribePrefixLists")
    assert kinds(of_table(made).hidden) == {Kind.REFUSED}


def test_the_tables_of_a_vpc_are_those_of_its_available_gateway_endpoints() -> None:
    made, vpc, table = world()
    made.gateway_endpoint("vpce-2", vpc, "dynamodb", [table])
    made.gateway_endpoint("vpce-3", vpc, "s3express", [table], state="pending")
    made.interface_endpoint("vpce-4", vpc, "sqs", [made.subnets["subnet-0"]])
    network = network_of(made)
    found = gateway_routes_of(network, network.vpcs["vpc-a"])
    assert found.whole
    assert [(each.endpoint.id, each.table.id) for each in found] == [
        ("vpce-1", "rtb-a"),
        ("vpce-1", "rtb-old"),
        ("vpce-2", "rtb-a"),
    ]


def test_an_association_without_its_route_is_ambiguous() -> None:
    made, _, _ = world()
    made.change("ec2:DescribeRouteTables", "rtb-old", Routes=[])
    network = network_of(made)
    found = gateway_routes(network, network.endpoints["vpce-1"])
    assert [each.table.id for each in found] == ["rtb-a"]
    assert kinds(found.missing) == {Kind.AMBIGUOUS}


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeVpcs"])
def test_more_tables_and_subnets_may_be_where_a_list_was_refused(action: str) -> None:
    made, _, _ = world()
    made.refuse(action)
    network = network_of(made)
    assert kinds(gateway_routes(network, network.endpoints["vpce-1"]).missing) == {Kind.REFUSED}


def test_more_endpoints_may_be_where_their_list_was_cut() -> None:
    made, vpc, table = world()
    made.gateway_endpoint("vpce-2", vpc, "dynamodb", [table])
    made.cut("ec2:DescribeVpcEndpoints", keep=1)
    network = network_of(made)
    found = gateway_routes_of(network, network.vpcs["vpc-a"])
    assert {each.endpoint.id for each in found} == {"vpce-1"}
    assert kinds(found.missing) == {Kind.FAILED}


def test_a_bypass_is_what_another_route_takes_of_the_service() -> None:
    made, vpc, _ = world()
    made.vpn_gateway("vgw-1", vpc)
    routes: dict[str, str | Via] = {
        "0.0.0.0/0": made.internet_gateway("igw-1", vpc),
        "52.216.0.0/15": "igw-1",
        "3.5.0.0/19": propagated("vgw-1"),
        "3.5.1.0/24": propagated("vgw-1"),
        "3.5.2.0/24": blackhole("nat-gone"),
    }
    table = made.route_table("rtb-b", vpc, [made.subnets["subnet-2"]], routes)
    made.gateway_endpoint("vpce-2", vpc, "s3", [table])
    network = network_of(made)
    (found,) = gateway_routes(network, network.endpoints["vpce-2"])
    taken = bypasses(found)
    assert taken.whole
    assert {each.route.destination: str(each.addresses) for each in taken} == {
        "52.216.0.0/15": "52.216.0.0/15",
        "3.5.1.0/24": "3.5.1.0/24",
        "3.5.2.0/24": "3.5.2.0/24",
    }
    assert not any(each.may_be_meant for each in taken)


def test_an_appliance_may_be_meant_while_it_stands() -> None:
    made, vpc, _ = world()
    made.network_interface("eni-1", made.subnets["subnet-2"])
    routes: dict[str, str | Via] = {"3.5.1.0/24": "eni-1", "3.5.2.0/24": blackhole("eni-gone")}
    table = made.route_table("rtb-b", vpc, [made.subnets["subnet-2"]], routes)
    made.gateway_endpoint("vpce-2", vpc, "s3", [table])
    network = network_of(made)
    (found,) = gateway_routes(network, network.endpoints["vpce-2"])
    assert {each.route.target: each.may_be_meant for each in bypasses(found)} == {"eni-1": True, "eni-gone": False}
