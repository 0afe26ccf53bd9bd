from collections.abc import Callable

import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings, Thresholds
from auditor.findings import Finding, Severity
from auditor.snapshot import Snapshot
from checks.peering.quota import peering_quota
from tests.checks.peering.peered_in_moto import connect
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, two_vpcs
from tests.judging import DEFAULTS, faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, Via, World, advertised, propagated

PEERINGS, ROUTES, BLOCKS, REQUESTS, TABLES = "L-7E9ECCDB", "L-93826ACB", "L-83CA0A9D", "L-DC9F7029", "L-589F43AA"
LISTS = "ec2:DescribeManagedPrefixLists"
QUOTAS = "servicequotas:ListServiceQuotas"
HERE = f"{ACCOUNT}/{REGION}"
V6 = "2001:db8:0:aa00::/56"


def said(seen: World | Snapshot, settings: Settings = DEFAULTS) -> set[tuple[str, str, str]]:
    """The faults: severity, resource and key."""
    found = faults(judged(seen, peering_quota, settings))
    return {(fault.severity.value, fault.resource.id, fault.key) for fault in found}


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    return finding


def hub(active: int, pending: int = 0, *, quota: float | None = None) -> World:
    world = World()
    h = world.vpc("vpc-h", "172.16.0.0/16", name="hub")
    for number in range(active + pending):
        peer = world.foreign_vpc(f"vpc-{number}", f"10.{number}.0.0/16", account=OTHER_ACCOUNT)
        # Incoming requests are not the account's own.
        world.peering(f"pcx-{number}", peer, h, status="active" if number < active else "pending-acceptance")
    if quota is not None:
        world.quota(PEERINGS, quota)
    return world


def routed(number: int, routes: dict[str, str | Via] | None = None, *, quota: float | None = 10) -> World:
    """``rtb-1`` of ``vpc-a`` has so many routes to an internet gateway, and some more."""
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", V6)
    igw = world.internet_gateway("igw-1", a)
    many: dict[str, str | Via] = {f"10.{each}.0.0/16": igw for each in range(number)}
    if quota is not None:
        world.quota(ROUTES, quota)
    world.route_table("rtb-1", a, routes=many | (routes or {}))
    return world


# --- Peering connections of a VPC


def test_a_vpc_with_few_connections_passes() -> None:
    findings = judged(hub(3, 1), peering_quota)
    assert passes(findings) == findings
    assert {finding.resource.id for finding in findings} == {HERE, "vpc-h", "rtb-h-main"}


def test_active_and_pending_connections_count_and_eighty_percent_is_low() -> None:
    world = hub(7, 1, quota=10)
    fault = only(faults(judged(world, peering_quota)))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, "vpc-h", "peerings")
    assert fault.message == (
        "vpc-h (hub) has 8 of 10 active and pending peering connections (which Service Quotas gives), 80 percent; "
        "remove what nobody uses, or ask for more"
    )
    assert fault.evidence == {
        "used": 8,
        "counted_all": True,
        "quota": 10,
        "quota_code": "L-7E9ECCDB",
        "quota_source": "service-quotas",
        "percent": 80,
    }
    assert fault.remedy == ()
    assert judged_on_reads(world, peering_quota) == judged(world, peering_quota)


def test_all_of_a_quota_is_medium() -> None:
    assert said(hub(10, quota=10)) == {("medium", "vpc-h", "peerings")}


def test_just_below_the_threshold_passes() -> None:
    assert said(hub(79, quota=100)) == set()
    assert said(hub(80, quota=100)) == {("low", "vpc-h", "peerings")}


def test_the_threshold_is_the_users() -> None:
    settings = Settings(thresholds=Thresholds(quota_warn_pct=30))
    assert said(hub(3, quota=10), settings) == {("low", "vpc-h", "peerings")}
    assert said(hub(3, quota=10)) == set()


@pytest.mark.parametrize("refused", [True, False])
def test_without_an_applied_value_the_default_holds_and_the_finding_says_so(refused: bool) -> None:
    world = hub(40)
    if refused:
        world.refuse(QUOTAS)
    fault = only(faults(judged(world, peering_quota)))
    assert "40 of 50 active and pending peering connections (AWS's default), 80 percent" in fault.message
    assert (fault.evidence["quota_source"], fault.evidence["quota"]) == ("default", 50)
    assert unknowns(judged(world, peering_quota)) == []


@pytest.mark.parametrize("refused", [True, False])
def test_more_than_the_default_shows_that_aws_granted_more(refused: bool) -> None:
    world = hub(51)
    if refused:
        world.refuse(QUOTAS)
    assert said(world) == set()
    finding = only(unknowns(judged(world, peering_quota)))
    assert (finding.resource.id, finding.key) == ("vpc-h", "peerings")
    assert finding.message == (
        "vpc-h (hub) has 51 of 50 active and pending peering connections (AWS's default), so AWS granted more; how "
        "much was not seen"
    )
    assert finding.missing is not None
    assert {cause.action for cause in finding.missing.causes} == {QUOTAS}


def test_connections_that_are_history_do_not_count() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16")
    for number, status in enumerate(("active", "deleted", "failed", "expired", "rejected")):
        world.peering(f"pcx-{number}", a, b, status=status)
    world.quota(PEERINGS, 2)
    assert said(world) == set()


def test_a_connection_that_two_accounts_show_counts_once() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.quota(PEERINGS, 2)
    assert said(world) == set()


def test_what_refused_connections_hide_is_unknown_and_what_was_seen_counts() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcPeeringConnections", account=OTHER_ACCOUNT)
    findings = [each for each in unknowns(judged(world, peering_quota)) if each.resource.type == "vpc"]
    assert [(each.resource.id, each.key) for each in findings] == [("vpc-b", "peerings")]
    assert findings[0].message == (
        "vpc-b (back) has at least 1 of 50 active and pending peering connections (AWS's default); how many more was "
        "not seen"
    )
    world.quota(PEERINGS, 1)
    assert ("medium", "vpc-b", "peerings") in said(world)


# --- Requests of an account in a Region


def requests(number: int, *, region: str = REGION) -> World:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16", region=region)
    for each in range(number):
        peer = world.foreign_vpc(f"vpc-{each}", f"10.{each}.0.0/16", account=OTHER_ACCOUNT)
        world.peering(f"pcx-{each}", a, peer, status="pending-acceptance")
    return world


def test_outstanding_requests_are_counted_for_their_account_and_region() -> None:
    fault = only(faults(judged(requests(20, region="us-east-1"), peering_quota)))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, f"{ACCOUNT}/us-east-1", "requests")
    assert (fault.account, fault.region) == (ACCOUNT, "us-east-1")
    assert fault.message.startswith(
        "account 111111111111 in us-east-1 has 20 of 25 peering requests that wait for an answer (AWS's default)"
    )
    assert said(requests(25)) == {("medium", HERE, "requests")}


def test_requests_that_others_made_do_not_count() -> None:
    assert said(hub(0, 25)) == set()


def test_refused_connections_leave_unknown_how_many_requests_there_are() -> None:
    world = World()
    world.audit()
    world.refuse("ec2:DescribeVpcPeeringConnections")
    finding = only(unknowns(judged(world, peering_quota)))
    assert (finding.resource.id, finding.key, finding.region) == (HERE, "requests", REGION)


# --- Blocks and route tables of a VPC


def test_blocks_are_counted_by_family_and_former_ones_are_not() -> None:
    world = World()
    blocks = [f"10.{number}.0.0/16" for number in range(4)]
    world.vpc("vpc-a", *blocks, V6, disassociated=["10.9.0.0/16"])
    assert said(world) == {("low", "vpc-a", "ipv4-blocks")}
    world.quota(BLOCKS, 4)
    assert said(world) == {("medium", "vpc-a", "ipv4-blocks")}


def test_ipv6_blocks_have_a_quota_of_their_own() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16", *(f"2001:db8:0:{number}00::/56" for number in range(1, 5)))
    assert said(world) == {("low", "vpc-a", "ipv6-blocks")}


def test_route_tables_are_counted_the_main_one_among_them() -> None:
    world = World()
    a = world.vpc("vpc-a", "10.0.0.0/16")
    world.route_table("rtb-1", a)
    world.quota(TABLES, 2)
    assert said(world) == {("medium", "vpc-a", "route-tables")}


def test_refused_route_tables_leave_unknown_how_many_there_are() -> None:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.refuse("ec2:DescribeRouteTables")
    found = [(each.resource.id, each.key) for each in unknowns(judged(world, peering_quota))]
    assert found == [(f"{ACCOUNT}/{REGION}", ""), ("vpc-a", "route-tables")]


# --- Routes


def test_routes_are_counted_without_the_local_ones() -> None:
    assert said(routed(7)) == set()
    assert said(routed(8)) == {("low", "rtb-1", "ipv4-routes")}
    assert said(routed(10)) == {("medium", "rtb-1", "ipv4-routes")}


def test_the_default_of_routes_is_five_hundred() -> None:
    world = routed(255, quota=None)
    for table in ("rtb-2", "rtb-3"):
        many = {f"11.{each}.{part}.0/24": "igw-1" for each in range(200) for part in range(2)}
        world.route_table(table, world.vpcs["vpc-a"], routes=many if table == "rtb-2" else {})
    assert said(world) == {("low", "rtb-2", "ipv4-routes")}


def test_ipv4_and_ipv6_are_counted_apart() -> None:
    six: dict[str, str | Via] = {f"2001:db8:1:{each}::/64": "igw-1" for each in range(1, 9)}
    assert said(routed(2, six)) == {("low", "rtb-1", "ipv6-routes")}


@pytest.mark.parametrize("dynamic", [propagated, advertised], ids=["propagated", "advertised"])
def test_propagated_routes_have_a_fixed_quota_of_their_own(dynamic: Callable[[str], Via]) -> None:
    world = World()
    a = world.vpc("vpc-a", "172.16.0.0/16")
    via = dynamic(world.vpn_gateway("vgw-1", a))
    world.route_table("rtb-1", a, routes={f"10.{each}.0.0/16": via for each in range(80)})
    world.quota(ROUTES, 10)
    fault = only(faults(judged(world, peering_quota)))
    assert (fault.severity, fault.key, fault.evidence["quota_code"]) == (Severity.LOW, "propagated-routes", None)
    assert "80 of 100 propagated routes (AWS's default)" in fault.message


def test_a_prefix_list_counts_what_it_may_hold_and_not_what_it_holds() -> None:
    world = routed(1, {"pl-1": "igw-1"})
    world.prefix_list("pl-1", ["8.8.0.0/24"], max_entries=9)
    fault = only(faults(judged(world, peering_quota)))
    assert (fault.key, fault.evidence["used"], fault.severity) == ("ipv4-routes", 10, Severity.MEDIUM)


def test_a_prefix_list_of_ipv6_counts_for_ipv6() -> None:
    world = routed(1, {"pl-1": "igw-1"})
    world.prefix_list("pl-1", ["2001:db8:7::/64"], max_entries=9)
    assert said(world) == {("low", "rtb-1", "ipv6-routes")}


def test_lists_of_aws_own_count_their_weight() -> None:
    world = routed(1)
    for service in ("s3", "dynamodb", "s3express"):
        world.gateway_endpoint(f"vpce-{service}", world.vpcs["vpc-a"], service, [world.route_tables["rtb-1"]])
    fault = only(faults(judged(world, peering_quota)))
    assert fault.evidence["used"] == 1 + 1 + 1 + 6


def test_a_list_of_aws_own_that_is_not_known_counts_one_at_least_and_leaves_the_rest_unknown() -> None:
    world = routed(1, {"pl-1": "igw-1"})
    world.prefix_list("pl-1", ["8.8.0.0/24", "8.8.2.0/24"])
    world.change(LISTS, "pl-1", PrefixListName=f"com.amazonaws.{REGION}.novelty", OwnerId="AWS", MaxEntries=ABSENT)
    finding = only(unknowns(judged(world, peering_quota)))
    assert (finding.resource.id, finding.key) == ("rtb-1", "ipv4-routes")
    assert "has at least 2 of 10 IPv4 routes" in finding.message


@pytest.mark.parametrize(
    ("name", "weight"),
    [
        ("com.amazonaws.global.cloudfront.origin-facing", 55),
        ("com.amazonaws.global.ipv6.cloudfront.origin-facing", 55),
        ("com.amazonaws.eu-west-1.ipv6.vpc-lattice", 10),
        ("com.amazonaws.eu-west-1.route53-healthchecks", 25),
        ("com.amazonaws.eu-west-1.ec2-instance-connect", 2),
        ("com.amazonaws.global.groundstation", 5),
        ("cn.com.amazonaws.cn-north-1.s3", 1),
    ],
)
def test_each_service_has_the_weight_that_aws_documents(name: str, weight: int) -> None:
    world = routed(0, {"pl-1": "igw-1"}, quota=weight)
    world.prefix_list("pl-1", ["8.8.0.0/24"])
    world.change(LISTS, "pl-1", PrefixListName=name, OwnerId="AWS", MaxEntries=ABSENT)
    assert only(faults(judged(world, peering_quota))).evidence["used"] == weight


def test_refused_lists_count_one_at_least_and_leave_the_rest_unknown() -> None:
    world = routed(1, {"pl-1": "igw-1"})
    world.prefix_list("pl-1", ["8.8.0.0/24"])
    world.refuse(LISTS)
    finding = only(unknowns(judged(world, peering_quota)))
    assert (finding.resource.id, finding.key) == ("rtb-1", "ipv4-routes")
    assert finding.missing is not None
    assert [cause.action for cause in finding.missing.causes] == [LISTS]


def test_what_is_certain_may_be_enough_where_the_size_of_a_list_was_refused() -> None:
    world = routed(7, {"pl-1": "igw-1"})
    world.prefix_list("pl-1", ["8.8.0.0/24"])
    world.refuse(LISTS)
    fault = only(faults(judged(world, peering_quota)))
    assert (fault.evidence["used"], fault.evidence["counted_all"]) == (8, False)
    assert "has at least 8 of 10 IPv4 routes" in fault.message


def test_a_list_of_which_not_even_the_family_is_known_leaves_both_families_unknown() -> None:
    world = routed(1, {"pl-1": "igw-1"})
    world.prefix_list("pl-1", readable=False)
    world.refuse(LISTS)
    assert [each.key for each in unknowns(judged(world, peering_quota))] == ["ipv4-routes", "ipv6-routes"]


def test_a_participant_does_not_have_the_owners_quotas() -> None:
    world = World()
    a = world.vpc("vpc-a", *(f"10.{number}.0.0/16" for number in range(5)), account=OTHER_ACCOUNT)
    world.share(world.subnet("subnet-1", a, "10.0.0.0/24"), ACCOUNT)
    world.drop_shard(OTHER_ACCOUNT, asked=False)
    findings = judged(world, peering_quota)
    assert [finding.resource.id for finding in findings] == [HERE]


@pytest.mark.parametrize(
    "refused",
    [
        ["ec2:DescribeVpcs"],
        ["ec2:DescribeRouteTables"],
        ["ec2:DescribeVpcs", "ec2:DescribeRouteTables"],
        ["ec2:DescribeVpcs", "ec2:DescribeRouteTables", "ec2:DescribeVpcPeeringConnections"],
    ],
)
def test_findings_of_a_target_whose_answers_were_refused_share_no_id(refused: list[str]) -> None:
    world = two_vpcs()
    for action in refused:
        world.refuse(action)
    ids = [finding.id for finding in judged(world, peering_quota)]
    assert len(set(ids)) == len(ids)


@mock_aws
def test_blocks_and_prefix_lists_are_counted_in_moto() -> None:
    ec2 = boto3.client("ec2", REGION)
    vpc, peer = (ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.0.0.0/16", "172.16.0.0/16"))
    for number in range(1, 4):
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=f"10.{number}.0.0/16")
    connection = connect(ec2, vpc, peer)
    listed = ec2.create_managed_prefix_list(
        PrefixListName="many", MaxEntries=450, AddressFamily="IPv4", Entries=[{"Cidr": "192.168.0.0/24"}]
    )["PrefixList"]["PrefixListId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    table = tables[0]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=listed, VpcPeeringConnectionId=connection)
    assert said(collected()) == {("low", vpc, "ipv4-blocks"), ("low", table, "ipv4-routes")}
