import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.model import read_record
from auditor.snapshot import Folder, Snapshot, Target, read_snapshot
from collectors import COLLECTORS
from tests.aws_shapes import ACTIONS, checked
from tests.golden import GOLDEN, expected_pairs, golden_world
from tests.world import (
    ABSENT,
    ACCOUNT,
    REGION,
    NewValue,
    Vpc,
    World,
    acl_rule,
    advertised,
    allow,
    blackhole,
    propagated,
    reference,
)

OTHER = "222222222222"
HOME = Target(ACCOUNT, REGION)


def items(snapshot: Snapshot, operation: str, target: Target = HOME) -> list[dict[str, Any]]:
    return snapshot.shards[target].items(f"ec2:{operation}")


def one(world: World, operation: str, target: Target = HOME, **members: object) -> dict[str, Any]:
    found = [
        item
        for item in items(world.snapshot(), operation, target)
        if all(item[name] == value for name, value in members.items())
    ]
    assert len(found) == 1, found
    return found[0]


def routes(world: World, table: str) -> dict[str, dict[str, Any]]:
    item = one(world, "DescribeRouteTables", RouteTableId=table)
    destinations = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return {next(route[name] for name in destinations if name in route): route for route in item["Routes"]}


def two_vpcs(**peering: Any) -> tuple[World, Vpc, Vpc]:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", "172.17.0.0/16", "2001:db8:1234:aa00::/56")
    b = world.vpc("vpc-b", "10.0.0.0/16", account=OTHER)
    world.peering("pcx-1", a, b, **peering)
    return world, a, b


def everything() -> World:
    """A world with one of each thing."""
    world, a, b = two_vpcs(name="prod-to-shared")
    c = world.vpc("vpc-c", "10.9.0.0/16", region="us-east-1", disassociated=["10.8.0.0/16"])
    world.peering("pcx-2", c, world.foreign_vpc("vpc-x", "10.7.0.0/16", account="999999999999"))
    world.peering("pcx-3", a, c, status="pending-acceptance")
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", "2001:db8:1234:aa00::/64", name="app")
    a2 = world.subnet("subnet-a2", a, "172.16.1.0/24", az="eu-west-1b", enis=["172.16.1.77"])
    world.subnet("subnet-a3", a, "2001:db8:1234:aa01::/64", az="eu-west-1c")
    world.share(a2, OTHER)
    world.network_interface("eni-participant", a2, owner=OTHER)
    world.internet_gateway("igw-1", a)
    world.nat_gateway("nat-1", a1)
    world.nat_gateway("nat-2", c, connectivity="private")
    world.vpn_gateway("vgw-1", a)
    world.vpn_connection("vpn-1", "vgw-1", a, routes=["192.168.50.0/24"])
    world.direct_connect("vgw-1", ["172.16.0.0/16"])
    world.transit_gateway_attachment("tgw-1", a, [a2])
    world.client_vpn("cvpn-endpoint-1", a, [a1])
    world.resolver_endpoint("rslvr-in-1", a)
    world.load_balancer_endpoint("vpce-gwlb", a1)
    world.prefix_list("pl-1", ["10.0.0.0/17", "10.0.128.0/17"])
    world.prefix_list("pl-2", readable=False)
    table = world.route_table(
        "rtb-a1",
        a,
        [a1],
        [
            ("pl-1", "pcx-1"),
            ("192.168.50.0/24", "vgw-1"),
            ("192.168.50.0/24", propagated("vgw-1")),
            ("192.168.60.0/24", advertised("eni-a1-0", state="filtered")),
            ("192.168.61.0/24", "i-a1-0"),
            ("192.168.62.0/24", "vpce-gwlb"),
            ("192.168.63.0/24", "tgw-1"),
            ("192.168.64.0/24", "arn:aws:networkmanager::111111111111:core-network/core-network-1"),
            ("192.168.65.0/24", "lgw-1"),
            ("192.168.66.0/24", "cagw-1"),
            ("10.9.0.0/16", "pcx-3"),
            ("10.99.0.0/16", blackhole("pcx-gone")),
            ("0.0.0.0/0", "nat-1"),
            ("::/0", "eigw-1"),
        ],
    )
    world.main_routes(a, {"0.0.0.0/0": "igw-1"})
    world.route_table("rtb-edge", a, gateway="igw-1")
    world.security_group("sg-b", b)
    world.security_group(
        "sg-a",
        a,
        [
            allow("tcp", 443, "10.0.0.0/8", "::/0", "pl-2", reference("sg-b", b, "pcx-1")),
            allow("tcp", 443, "sg-a-default", reference("sg-gone", deleted=True)),
            allow("icmp", None, "10.0.0.0/8"),
        ],
        [allow("all", None, "0.0.0.0/0")],
    )
    world.gateway_endpoint("vpce-1", a, "s3", [table], policy={"Statement": []})
    world.interface_endpoint("vpce-2", a, "sqs", [a1, a2], groups=["sg-a"])
    world.service("com.amazonaws.vpce.eu-west-1.vpce-svc-1", owner="999999999999")
    world.interface_endpoint("vpce-3", a, "com.amazonaws.vpce.eu-west-1.vpce-svc-1", [a1])
    balancer = world.load_balancer("shop", a1, groups=["sg-a"])
    everyone = ["*", "arn:aws:iam::222222222222:root", "appflow.amazonaws.com"]
    world.endpoint_service("vpce-svc-2", balancer, allow=everyone, private_name="shop.example.com", name="shop")
    world.endpoint_connection("vpce-svc-2", "vpce-2", OTHER, state="pendingAcceptance")
    world.endpoint_connection("vpce-svc-2", "tgw-attach-2", OTHER)
    world.connection_notification("vpce-nfn-1", "vpce-svc-2")
    name = "sqs.eu-west-1.amazonaws.com"
    records = {name: "vpce-2", f"*.{name}": f"alias:{name}", f"a.{name}": "10.0.0.9", f"b.{name}": "c.example.com"}
    world.hosted_zone("Z1", name, [a, c], records, falls_back=True)
    world.hosted_zone("Z2", "example.com", [b], {"x.example.com": "10.0.0.9"})
    world.hosted_zone("Z3", name, [b], service="vpce.amazonaws.com")
    world.profile("rp-1", [a, b], ["Z1", "vpce-2"])
    world.enable_region("ap-south-1")
    world.organization("333333333333", status="SUSPENDED")
    world.metrics({"nat-1": 1.0})
    return world


def test_every_declared_action_is_answered() -> None:
    assert {collector.action for collector in COLLECTORS} == set(ACTIONS)
    world = World()
    world.metrics()
    snapshot = world.snapshot()
    shards = [*snapshot.shards.values(), *snapshot.accounts.values()]
    assert {action for shard in shards for action in shard.answers} == set(ACTIONS)
    assert not any(answer.error for shard in shards for answer in shard.answers.values())


def test_every_item_has_the_shape_of_the_service_model_and_of_its_record() -> None:
    snapshot = everything().snapshot()
    filled = set()
    for collector in COLLECTORS:
        for shard in (*snapshot.shards.values(), *snapshot.accounts.values()):
            for item in shard.items(collector.action):
                read_record(item, collector.record)
                if "error" not in item:
                    assert checked(collector.action, item) == item
                    filled.add(collector.action)
    assert filled == set(ACTIONS)


def test_a_written_world_reads_back_as_it_was(tmp_path: Path) -> None:
    written = everything().write(tmp_path / "snapshot")
    assert read_snapshot(Folder(tmp_path / "snapshot")) == written


def test_two_snapshots_of_one_world_share_nothing() -> None:
    world = everything()
    first = world.snapshot()
    for shard in first.shards.values():
        for answer in shard.answers.values():
            for item in answer.items or ():
                item.clear()
    assert world.snapshot() == everything().snapshot()


@pytest.mark.parametrize("name", GOLDEN)
def test_every_golden_topology_builds_with_the_subnets_of_its_verdicts(name: str) -> None:
    snapshot = golden_world(name).snapshot()
    listed = {item["SubnetId"] for item in items(snapshot, "DescribeSubnets")}
    pairs = expected_pairs(name)
    assert {subnet for pair in pairs for subnet in (pair.source, pair.destination)} <= listed
    peerings = {item["VpcPeeringConnectionId"] for item in items(snapshot, "DescribeVpcPeeringConnections")}
    assert {pair.peering for pair in pairs} <= peerings


def test_a_golden_world_puts_workloads_where_the_test_says() -> None:
    interfaces = items(golden_world("G15", enis={"B1": ["10.0.0.77"]}).snapshot(), "DescribeNetworkInterfaces")
    assert [each["PrivateIpAddress"] for each in interfaces] == ["172.16.0.10", "10.0.0.77", "10.0.0.10"]
    with pytest.raises(ValueError, match="G15 has no subnet B9; it has A1, B1, C1"):
        golden_world("G15", enis={"B9": []})


def test_a_misroute_of_the_guide_names_the_block_and_the_wrong_connection() -> None:
    wrong = [pair for pair in expected_pairs("G12") if pair.verdict == "MISROUTE"]
    assert [(pair.source, pair.misrouted) for pair in wrong] == [
        ("subnet-B-subB", (("10.0.1.0/24", "pcx-aaaacccc"),)),
    ]


# --- VPCs, subnets and routes -----------------------------------------------------------------------------------------


def test_each_table_has_a_local_route_for_each_block_of_its_vpc() -> None:
    world, a, _ = two_vpcs()
    world.route_table("rtb-a1", a)
    for table in ("rtb-a-main", "rtb-a1"):
        found = routes(world, table)
        assert list(found) == ["172.16.0.0/16", "172.17.0.0/16", "2001:db8:1234:aa00::/56"]
        assert {(route["GatewayId"], route["Origin"]) for route in found.values()} == {("local", "CreateRouteTable")}


def test_a_table_is_main_explicit_or_of_a_gateway() -> None:
    world = everything()
    main = one(world, "DescribeRouteTables", RouteTableId="rtb-a-main")
    explicit = one(world, "DescribeRouteTables", RouteTableId="rtb-a1")
    edge = one(world, "DescribeRouteTables", RouteTableId="rtb-edge")
    assert [(each["Main"], each.get("SubnetId"), each.get("GatewayId")) for each in main["Associations"]] == [
        (True, None, None)
    ]
    assert [each["SubnetId"] for each in explicit["Associations"]] == ["subnet-a1"]
    assert [each["GatewayId"] for each in edge["Associations"]] == ["igw-1"]


def test_a_new_main_table_stands_in_the_place_of_the_first() -> None:
    world, a, _ = two_vpcs()
    world.route_table("rtb-new", a, routes={"10.0.0.0/16": "pcx-1"}, main=True)
    assert [table["RouteTableId"] for table in items(world.snapshot(), "DescribeRouteTables")] == ["rtb-new"]
    assert one(world, "DescribeRouteTables")["Associations"][0]["Main"] is True


def test_the_target_of_a_route_stands_in_its_own_member() -> None:
    found = routes(everything(), "rtb-a1")
    assert found["pl-1"]["VpcPeeringConnectionId"] == "pcx-1"
    assert found["0.0.0.0/0"]["NatGatewayId"] == "nat-1"
    assert found["::/0"]["EgressOnlyInternetGatewayId"] == "eigw-1"
    assert found["192.168.60.0/24"]["NetworkInterfaceId"] == "eni-a1-0"
    assert found["192.168.61.0/24"]["InstanceId"] == "i-a1-0"
    assert found["192.168.61.0/24"]["NetworkInterfaceId"] == "eni-a1-0"
    assert found["192.168.62.0/24"]["GatewayId"] == "vpce-gwlb"
    assert found["192.168.63.0/24"]["TransitGatewayId"] == "tgw-1"
    assert found["192.168.64.0/24"]["CoreNetworkArn"].endswith("core-network-1")
    assert found["192.168.65.0/24"]["LocalGatewayId"] == "lgw-1"
    assert found["192.168.66.0/24"]["CarrierGatewayId"] == "cagw-1"


def test_a_route_to_what_is_not_alive_is_a_blackhole() -> None:
    found = routes(everything(), "rtb-a1")
    assert found["10.9.0.0/16"]["State"] == "blackhole"
    assert found["10.99.0.0/16"]["State"] == "blackhole"
    assert found["pl-1"]["State"] == "active"
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16")
    subnet = world.subnet("subnet-a1", a, "10.0.0.0/24")
    world.nat_gateway("nat-1", subnet, state="deleted")
    world.internet_gateway("igw-1", a, attached=False)
    world.main_routes(a, {"0.0.0.0/0": "nat-1", "1.0.0.0/8": "igw-1"})
    states = {destination: route["State"] for destination, route in routes(world, "rtb-a-main").items()}
    assert states == {"10.0.0.0/16": "active", "0.0.0.0/0": "blackhole", "1.0.0.0/8": "blackhole"}


def test_a_static_and_a_propagated_route_to_one_destination_stand_side_by_side() -> None:
    table = one(everything(), "DescribeRouteTables", RouteTableId="rtb-a1")
    both = [route["Origin"] for route in table["Routes"] if route.get("DestinationCidrBlock") == "192.168.50.0/24"]
    assert both == ["CreateRoute", "EnableVgwRoutePropagation"]
    assert table["PropagatingVgws"] == [{"GatewayId": "vgw-1"}]


def test_a_route_to_a_block_of_the_vpc_replaces_the_local_one() -> None:
    world, a, _ = two_vpcs()
    world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.main_routes(a, {"172.17.0.0/16": "eni-a1-0"})
    found = routes(world, "rtb-a-main")
    assert found["172.17.0.0/16"]["NetworkInterfaceId"] == "eni-a1-0"
    assert len(found) == 3


def test_only_the_prefix_lists_in_use_are_asked_for_and_one_that_is_refused_says_so() -> None:
    world = everything()
    world.prefix_list("pl-unused", ["10.50.0.0/16"])
    found = {item["PrefixListId"]: item for item in items(world.snapshot(), "GetManagedPrefixListEntries")}
    assert sorted(found) == ["pl-1", "pl-2", "pl-s3"]
    assert found["pl-1"]["Entries"] == [{"Cidr": "10.0.0.0/17"}, {"Cidr": "10.0.128.0/17"}]
    assert found["pl-2"]["error"]["kind"] == "refused"
    assert "Entries" not in found["pl-2"]


def test_workloads_stand_where_the_test_says_and_clear_of_each_other() -> None:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16", "2001:db8::/56")
    world.subnet("subnet-1", a, "10.0.0.0/24", "2001:db8::/64")
    world.subnet("subnet-2", a, "10.0.1.0/24", enis=False)
    world.subnet("subnet-3", a, "10.0.2.0/29")
    subnet = world.subnet("subnet-4", a, "10.0.3.0/24", enis=["10.0.3.20", "10.0.3.10"])
    world.network_interface("eni-next", subnet)
    world.subnet("subnet-5", a, "2001:db8:0:5::/64")
    found = {each["NetworkInterfaceId"]: each for each in items(world.snapshot(), "DescribeNetworkInterfaces")}
    assert {name: each.get("PrivateIpAddress") for name, each in found.items()} == {
        "eni-1-0": "10.0.0.10",
        "eni-3-0": "10.0.2.4",
        "eni-4-0": "10.0.3.20",
        "eni-4-1": "10.0.3.10",
        "eni-next": "10.0.3.11",
        "eni-5-0": None,
    }
    assert found["eni-1-0"]["Ipv6Addresses"][0]["Ipv6Address"] == "2001:db8::a"
    assert found["eni-5-0"]["Ipv6Addresses"][0]["Ipv6Address"] == "2001:db8:0:5::a"


def test_a_participant_sees_the_shared_subnet_its_vpc_and_its_table_and_nothing_else_of_the_owner() -> None:
    snapshot = everything().snapshot()
    shown = Target(OTHER, REGION)
    assert [vpc["VpcId"] for vpc in items(snapshot, "DescribeVpcs", shown)] == ["vpc-b", "vpc-a"]
    assert [each["SubnetId"] for each in items(snapshot, "DescribeSubnets", shown)] == ["subnet-a2"]
    assert [each["RouteTableId"] for each in items(snapshot, "DescribeRouteTables", shown)] == [
        "rtb-a-main",
        "rtb-b-main",
    ]
    assert [each["VpcId"] for each in items(snapshot, "DescribeVpcAttribute", shown)] == ["vpc-b"]
    interfaces = [each["NetworkInterfaceId"] for each in items(snapshot, "DescribeNetworkInterfaces", shown)]
    assert interfaces == ["eni-participant"]


def test_the_zones_of_a_region_have_the_ids_that_aws_gives_them() -> None:
    world = World()
    for number, (region, zone_id) in enumerate(
        {
            "eu-west-1": "euw1-az1",
            "us-east-1": "use1-az1",
            "ap-southeast-2": "apse2-az1",
            "us-gov-west-1": "usgw1-az1",
        }.items()
    ):
        vpc = world.vpc(f"vpc-{number}", "10.0.0.0/16", region=region)
        world.subnet(f"subnet-{number}", vpc, "10.0.0.0/24")
        assert one(world, "DescribeSubnets", Target(ACCOUNT, region))["AvailabilityZoneId"] == zone_id


# --- Peering ----------------------------------------------------------------------------------------------------------


def test_each_side_shows_its_own_options_and_name_and_both_show_all_blocks() -> None:
    world, _, _ = two_vpcs(dns=(True, False), name="to-b", accepter_name="to-a")
    near = one(world, "DescribeVpcPeeringConnections")
    far = one(world, "DescribeVpcPeeringConnections", Target(OTHER, REGION))
    assert near["RequesterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    assert "PeeringOptions" not in near["AccepterVpcInfo"]
    assert far["AccepterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is False
    assert "PeeringOptions" not in far["RequesterVpcInfo"]
    assert (near["Tags"], far["Tags"]) == ([{"Key": "Name", "Value": "to-b"}], [{"Key": "Name", "Value": "to-a"}])
    for copy in (near, far):
        assert copy["RequesterVpcInfo"]["CidrBlockSet"] == [
            {"CidrBlock": "172.16.0.0/16"},
            {"CidrBlock": "172.17.0.0/16"},
        ]
        assert copy["RequesterVpcInfo"]["Ipv6CidrBlockSet"] == [{"Ipv6CidrBlock": "2001:db8:1234:aa00::/56"}]


def test_one_copy_shows_both_sides_of_one_account_and_region() -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", "10.0.0.0/16"), world.vpc("vpc-b", "10.1.0.0/16"), dns=(False, True))
    found = one(world, "DescribeVpcPeeringConnections")
    options = [found[side]["PeeringOptions"] for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
    assert [each["AllowDnsResolutionFromRemoteVpc"] for each in options] == [False, True]


def test_a_connection_that_is_not_active_shows_no_blocks_and_a_request_expires() -> None:
    world, _, _ = two_vpcs(status="pending-acceptance")
    found = one(world, "DescribeVpcPeeringConnections")
    assert found["ExpirationTime"] == "2026-11-29T12:00:00Z"
    assert found["Status"] == {"Code": "pending-acceptance", "Message": f"Pending Acceptance by {OTHER}"}
    assert set(found["RequesterVpcInfo"]) == {"VpcId", "OwnerId", "Region"}


def test_a_foreign_vpc_has_no_shard_and_is_seen_from_the_near_side_alone() -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16")
    world.peering("pcx-1", a, world.foreign_vpc("vpc-x", "10.0.0.0/16", account="999999999999"))
    assert list(world.snapshot().shards) == [HOME]
    assert one(world, "DescribeVpcPeeringConnections")["AccepterVpcInfo"]["CidrBlock"] == "10.0.0.0/16"


# --- Security groups --------------------------------------------------------------------------------------------------


def test_sources_of_one_port_stand_in_one_permission() -> None:
    group = one(everything(), "DescribeSecurityGroups", GroupId="sg-a")
    https, icmp = group["IpPermissions"]
    assert (https["IpProtocol"], https["FromPort"], https["ToPort"]) == ("tcp", 443, 443)
    assert https["IpRanges"] == [{"CidrIp": "10.0.0.0/8"}]
    assert https["Ipv6Ranges"] == [{"CidrIpv6": "::/0"}]
    assert https["PrefixListIds"] == [{"PrefixListId": "pl-2"}]
    assert https["UserIdGroupPairs"] == [
        {
            "GroupId": "sg-b",
            "UserId": OTHER,
            "VpcId": "vpc-b",
            "VpcPeeringConnectionId": "pcx-1",
            "PeeringStatus": "active",
        },
        {"GroupId": "sg-a-default", "UserId": ACCOUNT},
        {"GroupId": "sg-gone"},
    ]
    assert (icmp["FromPort"], icmp["ToPort"]) == (-1, -1)
    assert "FromPort" not in group["IpPermissionsEgress"][0]


def test_a_rule_is_stale_where_its_group_or_its_connection_is_deleted() -> None:
    world, a, b = two_vpcs()
    gone = reference("sg-b", b, "pcx-old", status="deleted")
    world.security_group("sg-b", b)
    world.security_group("sg-1", a, [allow("tcp", 22, gone), allow("tcp", 80, reference("sg-b", b, "pcx-1"))])
    world.security_group("sg-2", a, egress=[allow("tcp", 5432, reference("sg-gone", b, "pcx-1", deleted=True))])
    found = one(world, "DescribeStaleSecurityGroups", VpcId="vpc-a")["StaleSecurityGroupSet"]
    assert [group["GroupId"] for group in found] == ["sg-1", "sg-2"]
    assert [rule["FromPort"] for rule in found[0]["StaleIpPermissions"]] == [22]
    assert found[0]["StaleIpPermissions"][0]["UserIdGroupPairs"][0]["PeeringStatus"] == "deleted"
    assert [rule["FromPort"] for rule in found[1]["StaleIpPermissionsEgress"]] == [5432]


def test_a_subnet_has_the_default_network_acl_or_the_one_that_it_was_given() -> None:
    world, a, _ = two_vpcs()
    other = world.subnet("subnet-other", a, "172.16.9.0/24")
    world.network_acl("acl-1", a, [other], [acl_rule("egress", 100, "deny", "10.0.0.0/8", protocol="tcp", ports=22)])
    default, given = (one(world, "DescribeNetworkAcls", NetworkAclId=acl_id) for acl_id in ("acl-a-default", "acl-1"))
    assert other.id not in [association["SubnetId"] for association in default["Associations"]]
    assert [association["SubnetId"] for association in given["Associations"]] == [other.id]
    numbers = [(entry["Egress"], entry["RuleNumber"], entry["RuleAction"]) for entry in given["Entries"]]
    assert numbers[0] == (True, 100, "deny")
    assert {number for _, number, _ in numbers[1:]} == {32767, 32768}
    assert given["Entries"][0]["PortRange"] == {"From": 22, "To": 22}
    assert {entry["RuleAction"] for entry in default["Entries"] if entry["RuleNumber"] == 100} == {"allow"}


def test_a_vpc_has_awss_own_dhcp_options_or_those_that_it_was_given() -> None:
    world, a, b = two_vpcs()
    world.dhcp_options("dopt-1", "10.0.0.2", "10.0.0.3", vpcs=[a])
    assert one(world, "DescribeVpcs", VpcId=a.id)["DhcpOptionsId"] == "dopt-1"
    given = one(world, "DescribeDhcpOptions", DhcpOptionsId="dopt-1")["DhcpConfigurations"]
    assert given[1] == {"Key": "domain-name-servers", "Values": [{"Value": "10.0.0.2"}, {"Value": "10.0.0.3"}]}
    default = world.snapshot().shards[b.home].items("ec2:DescribeDhcpOptions")
    assert [each["DhcpOptionsId"] for each in default] == ["dopt-default"]
    assert default[0]["DhcpConfigurations"][1]["Values"] == [{"Value": "AmazonProvidedDNS"}]


def test_a_new_group_lets_everything_out_and_with_ipv6_also_that() -> None:
    world, a, b = two_vpcs()
    world.security_group("sg-a", a)
    world.security_group("sg-b", b)
    (rule,) = one(world, "DescribeSecurityGroups", GroupId="sg-a")["IpPermissionsEgress"]
    assert (rule["IpProtocol"], rule["IpRanges"], rule["Ipv6Ranges"]) == (
        "-1",
        [{"CidrIp": "0.0.0.0/0"}],
        [{"CidrIpv6": "::/0"}],
    )
    (rule,) = one(world, "DescribeSecurityGroups", Target(OTHER, REGION), GroupId="sg-b")["IpPermissionsEgress"]
    assert rule["Ipv6Ranges"] == []


# --- Gateways and endpoints -------------------------------------------------------------------------------------------


def test_a_gateway_endpoint_adds_its_route_to_its_tables_alone() -> None:
    world = everything()
    route = routes(world, "rtb-a1")["pl-s3"]
    assert (route["GatewayId"], route["State"]) == ("vpce-1", "active")
    assert "pl-s3" not in routes(world, "rtb-a-main")
    endpoint = one(world, "DescribeVpcEndpoints", VpcEndpointId="vpce-1")
    assert json.loads(endpoint["PolicyDocument"]) == {"Statement": []}
    assert endpoint["RouteTableIds"] == ["rtb-a1"]


def test_an_interface_endpoint_has_an_interface_in_each_subnet_and_its_groups() -> None:
    world = everything()
    endpoint = one(world, "DescribeVpcEndpoints", VpcEndpointId="vpce-2")
    interfaces = [
        each
        for each in items(world.snapshot(), "DescribeNetworkInterfaces")
        if each["NetworkInterfaceId"] in endpoint["NetworkInterfaceIds"]
    ]
    assert [(each["SubnetId"], each["InterfaceType"]) for each in interfaces] == [
        ("subnet-a1", "vpc_endpoint"),
        ("subnet-a2", "vpc_endpoint"),
    ]
    assert [group["GroupId"] for each in interfaces for group in each["Groups"]] == ["sg-a", "sg-a"]
    assert endpoint["PrivateDnsEnabled"] is True
    assert one(world, "DescribeVpcEndpoints", VpcEndpointId="vpce-3")["PrivateDnsEnabled"] is False


def test_s3_is_offered_as_a_gateway_and_as_an_interface_in_every_region() -> None:
    snapshot = everything().snapshot()
    for target in snapshot.shards:
        found = items(snapshot, "DescribeVpcEndpointServices", target)
        kinds = [each["ServiceType"] for each in found if each["ServiceName"].endswith(f"{target.region}.s3")]
        assert kinds == [[{"ServiceType": "Gateway"}], [{"ServiceType": "Interface"}]]


def test_the_prefix_list_of_a_service_can_be_given_its_real_id_and_blocks() -> None:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16")
    world.aws_prefix_list("pl-6da54004", "com.amazonaws.eu-west-1.s3", ["52.218.0.0/17", "3.5.64.0/21"])
    world.gateway_endpoint("vpce-1", a, "s3", [world.route_table("rtb-1", a)])
    assert routes(world, "rtb-1")["pl-6da54004"]["GatewayId"] == "vpce-1"
    listed = {item["PrefixListName"]: item for item in items(world.snapshot(), "DescribePrefixLists")}
    assert listed["com.amazonaws.eu-west-1.s3"]["Cidrs"] == ["52.218.0.0/17", "3.5.64.0/21"]
    assert sorted(item["PrefixListId"] for item in listed.values()) == ["pl-6da54004", "pl-dynamodb", "pl-s3express"]


def test_each_attached_virtual_private_gateway_has_its_direct_connect_associations() -> None:
    world = everything()
    world.vpn_gateway("vgw-2", world.vpc("vpc-d", "10.4.0.0/16"))
    world.vpn_gateway("vgw-3", world.vpc("vpc-e", "10.5.0.0/16"), attachment="detached")
    shard = world.snapshot().shards[HOME]
    found = shard.items("directconnect:DescribeDirectConnectGatewayAssociations")
    assert {
        item["associatedGatewayId"]: [
            prefix["cidr"]
            for association in item["directConnectGatewayAssociations"]
            for prefix in association["allowedPrefixesToDirectConnectGateway"]
        ]
        for item in found
    } == {"vgw-1": ["172.16.0.0/16"], "vgw-2": []}


# --- What was not seen ------------------------------------------------------------------------------------------------


def test_a_refused_call_leaves_its_children_without_parents() -> None:
    world, _, _ = two_vpcs()
    world.refuse("ec2:DescribeVpcs", account=OTHER)
    answers = world.snapshot().shards[Target(OTHER, REGION)].answers
    refused = answers["ec2:DescribeVpcs"]
    orphan = answers["ec2:DescribeVpcAttribute"]
    assert refused.error is not None
    assert orphan.error is not None
    assert (refused.items, refused.error.kind, refused.error.parent) == (None, "refused", None)
    assert (orphan.items, orphan.error.code, orphan.error.parent) == (None, "UnauthorizedOperation", "ec2:DescribeVpcs")
    assert world.snapshot().shards[HOME].answers["ec2:DescribeVpcs"].error is None


def test_a_call_that_is_cut_keeps_what_came_before_and_its_children_follow() -> None:
    world = World()
    for number in range(3):
        world.vpc(f"vpc-{number}", "10.0.0.0/16")
    world.cut("ec2:DescribeVpcs", keep=2)
    answers = world.snapshot().shards[HOME].answers
    for action in ("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeStaleSecurityGroups"):
        assert [item["VpcId"] for item in answers[action].items or ()] == ["vpc-0", "vpc-1"]
        assert answers[action].error is not None


def test_a_call_may_fail_be_withheld_or_not_be_asked() -> None:
    world = World()
    world.fail("ec2:DescribeSubnets")
    world.withhold("directconnect:DescribeDirectConnectGatewayAssociations")
    world.unask("ec2:DescribeNatGateways")
    world.unask("ec2:DescribeVpcs", region=REGION)
    world.vpn_gateway("vgw-1", world.vpc("vpc-a", "10.0.0.0/16"))
    snapshot = world.snapshot()
    answers = snapshot.shards[HOME].answers
    errors = {action: answer.error.kind for action, answer in answers.items() if answer.error}
    assert errors == {
        "ec2:DescribeSubnets": "failed",
        "directconnect:DescribeDirectConnectGatewayAssociations": "unavailable",
    }
    assert set(ACTIONS) - set(answers) >= {"ec2:DescribeNatGateways", "ec2:DescribeVpcs"}
    # AWS charges for metrics: a run asks for them on request alone.
    asked = set(ACTIONS) - {"cloudwatch:GetMetricData"}
    assert asked - set(snapshot.manifest.actions or ()) == {"ec2:DescribeNatGateways"}
    assert "cloudwatch:GetMetricData" not in answers


def test_one_call_of_many_may_fail_with_its_whole_item_or_one_parameter() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.1.0.0/16")
    world.refuse_item("ec2:DescribeVpcAttribute", "vpc-a", parameter="enableDnsSupport")
    world.refuse_item("ec2:DescribeStaleSecurityGroups", "vpc-b", code="InternalError", kind="failed")
    half = one(world, "DescribeVpcAttribute", VpcId="vpc-a")
    assert set(half) == {"VpcId", "EnableDnsHostnames", "error"}
    assert half["error"]["parameter"] == "enableDnsSupport"
    failed = one(world, "DescribeStaleSecurityGroups", VpcId="vpc-b")
    assert set(failed) == {"VpcId", "error"}
    assert failed["error"]["kind"] == "failed"
    assert "error" not in one(world, "DescribeStaleSecurityGroups", VpcId="vpc-a")


def test_calls_that_all_fail_alike_are_one_error() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.refuse_item("ec2:DescribeStaleSecurityGroups", "vpc-a")
    answer = world.snapshot().shards[HOME].answers["ec2:DescribeStaleSecurityGroups"]
    assert answer.items is None
    assert answer.error is not None
    assert answer.error.kind == "refused"


def test_everything_may_be_refused() -> None:
    world = everything()
    world.refuse_everything()
    snapshot = world.snapshot()
    for shard in (*snapshot.shards.values(), *snapshot.accounts.values()):
        assert all(answer.error and not answer.items for answer in shard.answers.values())


def test_a_dropped_shard_was_asked_for_or_was_never_meant() -> None:
    world, _, _ = two_vpcs()
    world.drop_shard(OTHER)
    snapshot = world.snapshot()
    assert list(snapshot.shards) == [HOME]
    assert [each.target for each in snapshot.manifest.targets] == [HOME, Target(OTHER, REGION)]
    world.drop_shard(OTHER, asked=False)
    snapshot = world.snapshot()
    assert [each.target for each in snapshot.manifest.targets] == [HOME]
    assert list(snapshot.accounts) == [ACCOUNT]


def test_a_member_can_be_changed_taken_away_or_given_a_value_of_tomorrow() -> None:
    world, _, _ = two_vpcs()
    world.change("ec2:DescribeVpcs", "vpc-a", IsDefault=True, State=ABSENT)
    status = {"Code": NewValue("quarantined"), "Message": "Quarantined"}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", account=OTHER, Status=status)
    vpc = one(world, "DescribeVpcs")
    assert vpc["IsDefault"] is True
    assert "State" not in vpc
    assert one(world, "DescribeVpcPeeringConnections")["Status"]["Code"] == "active"
    code = one(world, "DescribeVpcPeeringConnections", Target(OTHER, REGION))["Status"]["Code"]
    assert (code, type(code)) == ("quarantined", str)


def test_the_regions_and_the_members_of_the_organization_are_listed() -> None:
    accounts = everything().snapshot().accounts
    regions = {item["RegionName"] for item in accounts[OTHER].items("ec2:DescribeRegions")}
    members = {item["Id"]: item["Status"] for item in accounts[ACCOUNT].items("organizations:ListAccounts")}
    assert regions == {"ap-south-1", "eu-west-1", "us-east-1"}
    assert members == {ACCOUNT: "ACTIVE", OTHER: "ACTIVE", "333333333333": "SUSPENDED"}


# --- Mistakes ---------------------------------------------------------------------------------------------------------


def _routes_to(target: str, destination: str = "10.0.0.0/16") -> Callable[[World, Vpc], object]:
    return lambda world, vpc: world.main_routes(vpc, {destination: target})


MISTAKES: dict[str, tuple[Callable[[World, Vpc], object], str]] = {
    "an unknown kind of target": (_routes_to("foo-1"), '"foo-1" is no target of a route'),
    "a target that is not there": (_routes_to("pcx-9"), 'leads to pcx-9, .* blackhole\\("pcx-9"\\)'),
    "a target of another VPC": (_routes_to("igw-b"), "leads to igw-b, which is not of vpc-a"),
    "a peering connection of others": (_routes_to("pcx-bc"), "leads to pcx-bc, which is not of vpc-a"),
    "a destination with host bits": (_routes_to("pcx-1", "10.0.0.5/16"), "has host bits set"),
    "a destination that AWS spells otherwise": (_routes_to("pcx-1", "2001:DB8::/32"), "AWS spells"),
    "a prefix list that is not there": (_routes_to("pcx-1", "pl-9"), "pl-9: .* does not hold it"),
    "a destination twice": (
        lambda world, vpc: world.main_routes(vpc, [("1.0.0.0/8", "pcx-1"), ("1.0.0.0/8", "pcx-1")]),
        "has a route to 1.0.0.0/8 already",
    ),
    "an id twice": (lambda world, _: world.vpc("vpc-a", "10.5.0.0/16"), "vpc-a: the world has one already"),
    "an id of another kind": (lambda world, _: world.vpc("subnet-z", "10.5.0.0/16"), 'should begin with "vpc-"'),
    "a VPC whose blocks overlap": (lambda world, _: world.vpc("vpc-z", "10.0.0.0/8", "10.1.0.0/16"), "overlap"),
    "a subnet outside its VPC": (
        lambda world, vpc: world.subnet("subnet-z", vpc, "10.0.0.0/24"),
        "10.0.0.0/24 is not in vpc-a, which has 172.16.0.0/16",
    ),
    "subnets that overlap": (
        lambda world, vpc: world.subnet("subnet-z", vpc, "172.16.0.0/25"),
        "overlaps another subnet of vpc-a",
    ),
    "a zone of another region": (
        lambda world, vpc: world.subnet("subnet-z", vpc, "172.16.9.0/24", az="us-east-1a"),
        "us-east-1a is no Availability Zone of eu-west-1",
    ),
    "an address outside its subnet": (
        lambda world, vpc: world.subnet("subnet-z", vpc, "172.16.9.0/24", enis=["172.16.8.10"]),
        "172.16.8.10 is no address that 172.16.9.0/24 can give",
    ),
    "an address twice": (
        lambda world, vpc: world.subnet("subnet-z", vpc, "172.16.9.0/24", enis=["172.16.9.9", "172.16.9.9"]),
        "172.16.9.9 is taken",
    ),
    "a subnet with two tables": (
        lambda world, vpc: world.route_table("rtb-z", vpc, [world.subnets["subnet-a1"]]),
        "subnet-a1 has the table rtb-a1 already",
    ),
    "a status that AWS does not have": (
        lambda world, vpc: world.peering("pcx-z", vpc, world.vpcs["vpc-b"], status="pending"),
        '"pending" is none of initiating-request, pending-acceptance',
    ),
    "a subnet of a VPC that is not audited": (
        lambda world, _: world.subnet("subnet-z", world.vpcs["vpc-x"], "10.7.0.0/24"),
        "vpc-x is not audited",
    ),
    "a group that is not there": (
        lambda world, vpc: world.security_group("sg-z", vpc, [allow("tcp", 443, "sg-nowhere")]),
        "names sg-nowhere, which is no group of vpc-a",
    ),
    "a reference over a connection of others": (
        lambda world, vpc: world.security_group(
            "sg-z", vpc, [allow("tcp", 443, reference("sg-b-default", world.vpcs["vpc-b"], "pcx-bc"))]
        ),
        "pcx-bc does not join vpc-a and vpc-b",
    ),
    "a protocol that is not there": (lambda *_: allow("http", 80, "10.0.0.0/8"), 'no such protocol as "http"'),
    "a rule without a source": (lambda *_: allow("tcp", 80), "a rule needs a source"),
    "a second network ACL of a subnet": (
        lambda world, vpc: [world.network_acl(f"acl-{number}", vpc, [world.subnets["subnet-a1"]]) for number in (1, 2)],
        "subnet-a1 has a network ACL already",
    ),
    "two rules of one number": (
        lambda world, vpc: world.network_acl("acl-z", vpc, [], [acl_rule("egress", 1, "allow", "10.0.0.0/8")] * 2),
        "two of its rules in one direction have one number",
    ),
    "a number that is AWS's own": (
        lambda *_: acl_rule("egress", 32767, "allow", "10.0.0.0/8"),
        "AWS numbers rules from 1 to 32766",
    ),
    "a port of all protocols": (
        lambda *_: acl_rule("egress", 1, "allow", "10.0.0.0/8", ports=22),
        "only TCP and UDP have ports",
    ),
    "an endpoint's service that is not there": (
        lambda world, vpc: world.gateway_endpoint("vpce-z", vpc, "sqs"),
        "eu-west-1 has no Gateway service com.amazonaws.eu-west-1.sqs",
    ),
    "two subnets of one zone": (
        lambda world, vpc: world.interface_endpoint(
            "vpce-z", vpc, "sqs", [world.subnets["subnet-a1"], world.subnet("subnet-z", vpc, "172.16.9.0/24")]
        ),
        "one subnet of each Availability Zone",
    ),
    "an action that no snapshot holds": (lambda world, _: world.refuse("ec2:DescribeSubnet"), "no snapshot holds it"),
    "a refusal in a region that is not there": (
        lambda world, _: world.refuse("ec2:DescribeSubnets", region="eu-west-9"),
        "nothing in the world to apply this to",
    ),
    "a change of an item that is not there": (
        lambda world, _: world.change("ec2:DescribeVpcs", "vpc-9", IsDefault=True),
        "nothing in the world to apply this to",
    ),
    "a change of a member that AWS does not have": (
        lambda world, _: world.change("ec2:DescribeVpcs", "vpc-a", IsDefualt=True),
        'Unknown parameter in input: "IsDefualt"',
    ),
    "an item with a member that AWS does not have": (
        lambda world, _: world.add("ec2:DescribeVpcs", {"VpcId": "vpc-z", "Cidr": "10.0.0.0/16"}),
        'Unknown parameter in input: "Cidr"',
    ),
    "an item with a member of a wrong type": (
        lambda world, _: world.add("ec2:DescribeVpcs", {"VpcId": "vpc-z", "IsDefault": "no"}),
        "Invalid type for parameter IsDefault",
    ),
    "an item with no id": (lambda world, _: world.add("ec2:DescribeVpcs", {"IsDefault": False}), "has no VpcId"),
    "a time that no shard holds": (
        lambda world, _: world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", ExpirationTime="tomorrow at 8"),
        "Invalid type for parameter ExpirationTime",
    ),
    "a time in another zone": (
        lambda world, _: world.change(
            "ec2:DescribeVpcPeeringConnections", "pcx-1", ExpirationTime="2026-11-23T12:00:00+01:00"
        ),
        "expected a time such as",
    ),
    "DHCP options of two accounts": (
        lambda world, vpc: world.dhcp_options("dopt-z", vpcs=[vpc, world.vpc("vpc-z", "10.9.0.0/16", account=OTHER)]),
        "dopt-z: vpc-z is not of",
    ),
    "a shard that is not there": (lambda world, _: world.drop_shard("999999999999"), "cannot be dropped"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(mistake: str) -> None:
    world, a, b = two_vpcs()
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.route_table("rtb-a1", a, [a1])
    world.internet_gateway("igw-b", b)
    world.foreign_vpc("vpc-x", "10.7.0.0/16", account="999999999999")
    world.peering("pcx-bc", b, world.vpc("vpc-c", "10.1.0.0/16"))
    world.snapshot()
    make, message = MISTAKES[mistake]

    def try_it() -> None:
        make(world, a)
        world.snapshot()

    with pytest.raises(ValueError, match=message):
        try_it()


# --- Endpoint services ------------------------------------------------------------------------------------------------


def test_an_endpoint_service_stands_where_its_load_balancers_do_and_is_offered_to_everybody() -> None:
    world, a, _ = two_vpcs()
    a1, a2 = (
        world.subnet("subnet-a1", a, "172.16.0.0/24"),
        world.subnet("subnet-a2", a, "172.16.1.0/24", az="eu-west-1b"),
    )
    balancers = [world.load_balancer("one", a1), world.load_balancer("two", a1, a2, kind="gateway")]
    name = world.endpoint_service("vpce-svc-1", balancers[0])
    world.endpoint_service("vpce-svc-2", balancers[1])
    first = one(world, "DescribeVpcEndpointServiceConfigurations", ServiceId="vpce-svc-1")
    second = one(world, "DescribeVpcEndpointServiceConfigurations", ServiceId="vpce-svc-2")
    assert (first["AvailabilityZones"], second["AvailabilityZones"]) == (["eu-west-1a"], ["eu-west-1a", "eu-west-1b"])
    assert (first["NetworkLoadBalancerArns"], second["GatewayLoadBalancerArns"]) == (balancers[:1], balancers[1:])
    assert "GatewayLoadBalancerArns" not in first
    assert one(world, "DescribeVpcEndpointServices", ServiceName=name)["Owner"] == ACCOUNT


def test_settings_are_asked_of_listed_load_balancers_of_services_alone() -> None:
    world, a, _ = two_vpcs()
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24")
    gone, kept = world.load_balancer("gone", subnet), world.load_balancer("kept", subnet, cross_zone=True)
    world.load_balancer("other", subnet, kind="application")
    world.endpoint_service("vpce-svc-1", gone, kept)
    world.change("elasticloadbalancing:DescribeLoadBalancers", gone, LoadBalancerArn="arn:aws:x")
    [asked] = world.snapshot().shards[HOME].items("elasticloadbalancing:DescribeLoadBalancerAttributes")
    assert asked["LoadBalancerArn"] == kept
    assert {"Key": "load_balancing.cross_zone.enabled", "Value": "true"} in asked["Attributes"]


def test_what_a_service_needs_must_be_in_the_world() -> None:
    world, a, _ = two_vpcs()
    with pytest.raises(ValueError, match="web: a load balancer needs a subnet"):
        world.load_balancer("web")
    subnet = world.subnet("subnet-a1", a, "172.16.0.0/24")
    world.load_balancer("web", subnet)
    with pytest.raises(ValueError, match="web: the world has one already"):
        world.load_balancer("web", subnet)
    with pytest.raises(ValueError, match="no such load balancer in the world: arn:aws:x"):
        world.endpoint_service("vpce-svc-1", "arn:aws:x")
    with pytest.raises(ValueError, match="vpce-svc-1: no such endpoint service in the world"):
        world.endpoint_connection("vpce-svc-1", "vpce-1", OTHER)


# --- Names


def test_a_hosted_zone_is_shown_to_its_owner_and_to_the_owners_of_its_vpcs() -> None:
    world = everything()
    snapshot = world.snapshot()
    own = snapshot.accounts[world.account]
    assert [zone["Id"] for zone in own.items("route53:ListHostedZones")] == ["/hostedzone/Z1", "/hostedzone/Z2"]
    zones = {
        item["VPCId"]: [(zone["HostedZoneId"], zone["Owner"]) for zone in item["HostedZoneSummaries"]]
        for shard in snapshot.shards.values()
        for item in shard.items("route53:ListHostedZonesByVPC")
    }
    ours = {"OwningAccount": world.account}
    assert zones == {
        "vpc-a": [("Z1", ours)],
        "vpc-b": [("Z2", ours), ("Z3", {"OwningService": "vpce.amazonaws.com"})],
        "vpc-c": [("Z1", ours)],
    }


def test_only_the_records_of_a_zone_with_a_name_of_awss_own_are_answered() -> None:
    world = everything()
    (item,) = world.snapshot().accounts[world.account].items("route53:ListResourceRecordSets")
    assert item["HostedZoneId"] == "Z1"
    assert [(each["Name"], each["Type"]) for each in item["ResourceRecordSets"]] == [
        ("sqs.eu-west-1.amazonaws.com.", "NS"),
        ("sqs.eu-west-1.amazonaws.com.", "A"),
        ("\\052.sqs.eu-west-1.amazonaws.com.", "A"),
        ("a.sqs.eu-west-1.amazonaws.com.", "A"),
        ("b.sqs.eu-west-1.amazonaws.com.", "CNAME"),
    ]


def test_a_profile_is_shown_to_the_owners_of_its_vpcs() -> None:
    found = [
        item["ProfileResourceAssociations"]
        for shard in everything().snapshot().shards.values()
        for item in shard.items("route53profiles:ListProfileResourceAssociations")
    ]
    assert [[each["ResourceArn"].rpartition("/")[2] for each in resources] for resources in found] == [
        ["Z1", "vpce-2"],
        ["Z1", "vpce-2"],
    ]
