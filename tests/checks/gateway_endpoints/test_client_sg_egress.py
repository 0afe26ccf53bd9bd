from collections.abc import Sequence

import boto3
import pytest
from moto import mock_aws

from auditor.findings import Confidence, Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.gateway_endpoints.client_sg_egress import gateway_endpoint_client_sg_egress
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, Permission, Subnet, Vpc, World, allow

S3 = "com.amazonaws.eu-west-1.s3"
ENTRIES = ("52.218.0.0/17", "3.5.64.0/21")
DATABASE = allow("tcp", 5432, "10.0.0.0/16")
"""A rule that is of no use to reach a service."""
OTHER = "222222222222"
ENDPOINTS, INTERFACES, GROUPS = (
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
)


def world(
    *egress: Permission, groups: Sequence[str] = ("sg-app",), six: bool = False, state: str = "available"
) -> World:
    """``subnet-a`` holds one client of ``vpce-1`` with ``groups``: ``sg-app`` lets out what ``egress`` says."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", *(["2001:db8::/56"] if six else []), name="shop")
    made.aws_prefix_list("pl-s3", S3, ENTRIES)
    made.security_group("sg-app", vpc, egress=egress, name="app")
    made.security_group("sg-db", vpc, egress=[DATABASE], name="db")
    made.security_group("sg-open", vpc)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", *(["2001:db8::/64"] if six else []), groups=groups)
    routes = {made.prefix_list("pl-s3-ipv6", ["2600:1fa0::/36"]): "vpce-1"} if six else {}
    made.gateway_endpoint("vpce-1", vpc, "s3", [made.route_table("rtb-a", vpc, [subnet], routes)], state=state)
    return made


def place(seen: World) -> tuple[Vpc, Subnet]:
    return seen.vpcs["vpc-a"], seen.subnets["subnet-a"]


def assert_passes(seen: World) -> None:
    findings = judged(seen, gateway_endpoint_client_sg_egress)
    assert passes(findings) == findings != []


def fault(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_client_sg_egress)
    assert [finding] == faults([finding])
    return finding


def undecided(seen: World) -> Finding:
    (finding,) = judged(seen, gateway_endpoint_client_sg_egress)
    assert [finding] == unknowns([finding])
    return finding


# --- What is let out


def test_a_group_as_aws_makes_it_lets_everything_out() -> None:
    assert_passes(world(groups=["sg-open"]))


@pytest.mark.parametrize(
    "rule",
    [
        allow("tcp", 443, "pl-s3"),
        allow("tcp", 443, "0.0.0.0/0"),
        allow("tcp", 443, *ENTRIES),
        allow("tcp", (0, 65535), "pl-s3"),
        allow("all", None, "pl-s3"),
    ],
    ids=["the list", "everywhere", "its entries", "every port", "every protocol"],
)
def test_a_group_that_lets_https_out_to_all_of_the_service_passes(rule: Permission) -> None:
    assert_passes(world(rule))


@pytest.mark.parametrize(
    "rules",
    [
        (),
        (DATABASE,),
        (allow("tcp", 80, "pl-s3"),),
        (allow("udp", 443, "0.0.0.0/0"),),
        (allow("tcp", 443, "10.0.0.0/8"),),
        (allow("tcp", 443, "pl-dynamodb"),),
    ],
    ids=["no rule", "another port", "plain HTTP", "QUIC", "private addresses", "another service"],
)
def test_a_group_that_lets_nothing_out_to_the_service_is_at_fault(rules: Sequence[Permission]) -> None:
    assert fault(world(*rules)).severity is Severity.MEDIUM


def test_a_fault_names_the_group_and_the_list_to_let_out_to() -> None:
    finding = fault(world(DATABASE))
    assert (finding.severity, finding.confidence) == (Severity.MEDIUM, Confidence.HEURISTIC)
    assert (finding.resource.id, finding.key) == ("vpc-a", "s3|sg-app")
    assert finding.message == (
        "sg-app (app) of network interface eni-a-0 in subnet-a of vpc-a (shop) lets nothing out at TCP 443 to "
        "com.amazonaws.eu-west-1.s3; let TCP 443 out to pl-s3, so that vpce-1 can serve it"
    )
    assert finding.evidence == {
        "service": S3,
        "gateway_endpoints": ["vpce-1"],
        "prefix_lists": ["pl-s3"],
        "entries": ["3.5.64.0/21", "52.218.0.0/17"],
        "entries_denied": ["3.5.64.0/21", "52.218.0.0/17"],
        "security_groups": ["sg-app"],
        "network_interfaces": ["eni-a-0"],
        "subnets": ["subnet-a"],
    }
    assert finding.related == ("vpc-a", "sg-app", "vpce-1")
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-s3"}]}
    assert finding.remedy == (
        Operation(
            "ec2:AuthorizeSecurityGroupEgress",
            {"GroupId": "sg-app", "IpPermissions": [rule]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_a_part_of_the_service_is_a_lesser_fault() -> None:
    finding = fault(world(allow("tcp", 443, "52.218.0.0/17")))
    assert (finding.severity, finding.key) == (Severity.LOW, "s3|sg-app")
    assert finding.message == (
        "sg-app (app) of network interface eni-a-0 in subnet-a of vpc-a (shop) lets TCP 443 out to a part of "
        "com.amazonaws.eu-west-1.s3 alone, not to 3.5.64.0/21, which leaves out 1 of the 2 entries of pl-s3; let TCP "
        "443 out to pl-s3, so that vpce-1 can serve it"
    )
    assert finding.evidence["entries_denied"] == ["3.5.64.0/21"]


def test_a_part_of_an_entry_falls_short_of_it() -> None:
    finding = fault(world(allow("tcp", 443, "52.218.0.0/18", "3.5.64.0/21")))
    assert (finding.severity, finding.evidence["entries_denied"]) == (Severity.LOW, ["52.218.0.0/17"])


# --- Sets of groups


def test_what_one_group_of_an_interface_lets_out_all_do() -> None:
    assert_passes(world(allow("tcp", 443, "pl-s3"), groups=["sg-app", "sg-db"]))
    assert_passes(world(allow("tcp", 443, ENTRIES[0]), allow("tcp", 443, ENTRIES[1]), groups=["sg-db", "sg-app"]))


def test_groups_that_shut_an_interface_in_together_are_one_fault() -> None:
    finding = fault(world(groups=["sg-db", "sg-app"]))
    assert finding.key == "s3|sg-app,sg-db"
    assert finding.message.startswith("sg-app (app) and sg-db (db) of network interface eni-a-0")
    assert [step.parameters["GroupId"] for step in finding.remedy] == ["sg-app"]


def test_interfaces_with_one_set_of_groups_are_one_fault_and_with_another_set_another() -> None:
    seen = world(groups=["sg-app"])
    vpc, subnet = place(seen)
    seen.network_interface("eni-2", subnet, groups=["sg-app"])
    seen.network_interface("eni-3", subnet, groups=["sg-app", "sg-db"])
    seen.network_interface("eni-4", subnet, groups=["sg-app", "sg-open"])
    other = seen.subnet("subnet-b", vpc, "10.0.1.0/24", groups=["sg-app"])
    seen.gateway_endpoint("vpce-2", vpc, "s3", [seen.route_table("rtb-b", vpc, [other])])
    found = {each.key: each for each in faults(judged(seen, gateway_endpoint_client_sg_egress))}
    assert found.keys() == {"s3|sg-app", "s3|sg-app,sg-db"}
    assert found["s3|sg-app"].evidence["network_interfaces"] == ["eni-2", "eni-a-0", "eni-b-0"]
    assert found["s3|sg-app"].evidence["gateway_endpoints"] == ["vpce-1", "vpce-2"]
    assert found["s3|sg-app"].message == (
        "sg-app (app) of 3 network interfaces in subnet-a, subnet-b of vpc-a (shop) lets nothing out at TCP 443 to "
        "com.amazonaws.eu-west-1.s3; let TCP 443 out to pl-s3, so that vpce-1 and vpce-2 can serve them"
    )


def test_each_service_is_judged_apart() -> None:
    seen = world(allow("tcp", 443, "pl-s3"))
    vpc, _ = place(seen)
    seen.gateway_endpoint("vpce-2", vpc, "dynamodb", [seen.route_tables["rtb-a"]])
    finding = fault(seen)
    assert finding.key == "dynamodb|sg-app"
    assert finding.evidence["prefix_lists"] == ["pl-dynamodb"]


def test_an_interface_without_a_group_is_not_filtered() -> None:
    assert judged(world(groups=[]), gateway_endpoint_client_sg_egress) == []


# --- IPv6


def test_ipv6_counts_where_client_and_endpoint_have_it() -> None:
    seen = world(allow("tcp", 443, "pl-s3"), six=True)
    finding = fault(seen)
    assert (finding.severity, finding.evidence["entries_denied"]) == (Severity.LOW, ["2600:1fa0::/36"])
    assert finding.remedy[0].parameters["IpPermissions"][0]["PrefixListIds"] == [
        {"PrefixListId": "pl-s3"},
        {"PrefixListId": "pl-s3-ipv6"},
    ]
    assert_passes(world(allow("tcp", 443, "pl-s3", "pl-s3-ipv6"), six=True))


def test_ipv6_does_not_count_for_an_interface_without_it() -> None:
    seen = world(allow("tcp", 443, "pl-s3"), six=True)
    seen.change(INTERFACES, "eni-a-0", Ipv6Addresses=[])
    assert_passes(seen)


def test_ipv6_does_not_count_for_an_endpoint_without_it() -> None:
    seen = world(allow("tcp", 443, "pl-s3"), six=True)
    routes = [{"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-1", "State": "active", "Origin": "CreateRoute"}]
    seen.change("ec2:DescribeRouteTables", "rtb-a", Routes=routes)
    assert_passes(seen)


# --- Another way to the service


def test_a_client_that_reaches_an_interface_endpoint_is_not_shut_in() -> None:
    for source in ("10.0.0.0/16", "sg-vpce"):
        seen = world(allow("tcp", 443, source))
        vpc, subnet = place(seen)
        seen.security_group("sg-vpce", vpc, [allow("tcp", 443, "10.0.0.0/16")])
        groups = ["sg-vpce"]
        seen.interface_endpoint("vpce-2", vpc, "s3", [subnet], groups=groups, inbound_resolver_only=True)
        assert_passes(seen)


def test_a_client_that_does_not_reach_the_interface_endpoint_is_shut_in() -> None:
    seen = world(allow("tcp", 443, "10.0.9.0/24"))
    vpc, subnet = place(seen)
    seen.interface_endpoint("vpce-2", vpc, "s3", [subnet], inbound_resolver_only=True)
    assert fault(seen).severity is Severity.MEDIUM


def test_an_interface_endpoint_of_a_connected_vpc_is_a_way_as_well() -> None:
    for route in ("peering", "transit"):
        seen = world(allow("tcp", 443, "10.1.0.0/16"))
        vpc, _ = place(seen)
        hub = seen.vpc("vpc-hub", "10.1.0.0/16")
        seen.interface_endpoint("vpce-hub", hub, "s3", [seen.subnet("subnet-hub", hub, "10.1.0.0/24", enis=False)])
        if route == "peering":
            seen.peering("pcx-1", vpc, hub)
        else:
            seen.transit_gateway_attachment("tgw-1", vpc)
            seen.transit_gateway_attachment("tgw-1", hub)
        assert_passes(seen)


def test_a_connected_vpc_that_was_not_seen_may_have_one() -> None:
    seen = world(allow("tcp", 443, "10.1.0.0/16"))
    seen.peering("pcx-1", place(seen)[0], seen.foreign_vpc("vpc-hub", "10.1.0.0/16", account=OTHER))
    finding = undecided(seen)
    assert (finding.key, finding.message) == (
        "s3|sg-app",
        "whether sg-app (app) of vpc-a (shop) let clients out to com.amazonaws.eu-west-1.s3 was not seen",
    )
    shut = world(DATABASE, allow("tcp", 443, "52.218.0.0/17"))
    shut.peering("pcx-1", place(shut)[0], shut.foreign_vpc("vpc-hub", "10.1.0.0/16", account=OTHER))
    assert fault(shut).severity is Severity.LOW


@pytest.mark.parametrize("action", ["ec2:DescribeVpcPeeringConnections", "ec2:DescribeTransitGatewayVpcAttachments"])
def test_connections_that_were_refused_may_lead_to_one(action: str) -> None:
    seen = world(allow("tcp", 443, "10.1.0.0/16"))
    seen.transit_gateway_attachment("tgw-1", place(seen)[0])
    seen.peering("pcx-1", place(seen)[0], seen.vpc("vpc-b", "10.1.0.0/16"))
    seen.refuse(action)
    assert [each.key for each in unknowns(judged(seen, gateway_endpoint_client_sg_egress))] == ["s3|sg-app"]


def test_where_the_services_name_resolves_to_an_interface_endpoint_no_client_is_judged() -> None:
    seen = world(DATABASE)
    vpc, subnet = place(seen)
    seen.interface_endpoint("vpce-2", vpc, "s3", [subnet])
    assert judged(seen, gateway_endpoint_client_sg_egress) == []


# --- Who is a client


def test_interfaces_that_aws_looks_after_are_no_clients() -> None:
    seen = world(groups=["sg-open"])
    _, subnet = place(seen)
    seen.network_interface("eni-rds", subnet, groups=["sg-db"], description="RDSNetworkInterface", managed=True)
    seen.network_interface("eni-lambda", subnet, groups=["sg-db"], kind="lambda", managed=True)
    seen.network_interface("eni-nlb", subnet, groups=["sg-db"], kind="network_load_balancer")
    assert_passes(seen)


def test_an_interface_in_a_subnet_that_sends_elsewhere_is_no_client() -> None:
    seen = world(groups=["sg-open"])
    seen.subnet("subnet-b", place(seen)[0], "10.0.1.0/24", groups=["sg-db"])
    assert_passes(seen)


@pytest.mark.parametrize("state", ["pending", "failed"])
def test_an_endpoint_that_is_not_available_has_no_clients(state: str) -> None:
    assert judged(world(DATABASE, state=state), gateway_endpoint_client_sg_egress) == []


def test_a_vpc_without_a_gateway_endpoint_is_not_judged() -> None:
    seen = World()
    seen.subnet("subnet-a", seen.vpc("vpc-a", "10.0.0.0/16"), "10.0.0.0/24")
    assert judged(seen, gateway_endpoint_client_sg_egress) == []


# --- What was not seen


def unread(seen: World) -> World:
    """The entries of AWS's lists are in two answers."""
    seen.refuse("ec2:GetManagedPrefixListEntries")
    seen.refuse("ec2:DescribePrefixLists")
    return seen


@pytest.mark.parametrize("rule", [allow("tcp", 443, "pl-s3"), allow("tcp", 443, "0.0.0.0/0")], ids=["list", "all"])
def test_the_list_itself_and_everything_hold_entries_that_were_not_read(rule: Permission) -> None:
    assert_passes(unread(world(rule)))


def test_a_group_that_lets_nothing_out_at_all_needs_no_entries() -> None:
    finding = fault(unread(world(DATABASE)))
    assert (finding.severity, finding.evidence["entries"]) == (Severity.MEDIUM, [])


def test_what_a_group_lets_out_may_be_an_entry_that_was_not_read() -> None:
    assert undecided(unread(world(allow("tcp", 443, "52.218.0.0/17")))).key == "s3|sg-app"


def test_a_list_of_ones_own_that_was_not_read_may_hold_the_service() -> None:
    seen = world(allow("tcp", 443, "pl-mine"))
    seen.prefix_list("pl-mine", readable=False)
    assert undecided(seen).key == "s3|sg-app"


@pytest.mark.parametrize(
    ("action", "key"),
    [
        (GROUPS, "s3|sg-app"),
        (INTERFACES, ""),
        (ENDPOINTS, ""),
        ("ec2:DescribeSubnets", ""),
        ("ec2:DescribeRouteTables", ""),
        ("ec2:DescribeVpcs", ""),
    ],
)
@pytest.mark.parametrize("rule", [DATABASE, allow("tcp", 443, "pl-s3")], ids=["shut", "open"])
def test_what_was_refused_makes_it_unknown(action: str, key: str, rule: Permission) -> None:
    seen = world(rule)
    seen.refuse(action)
    assert undecided(seen).key == key


def test_a_group_that_its_owners_list_lacks_was_only_not_shown() -> None:
    seen = world(DATABASE)
    seen.change(INTERFACES, "eni-a-0", Groups=[{"GroupId": "sg-shared", "GroupName": "shared"}])
    missing = undecided(seen).missing
    assert missing
    assert [(cause.kind, cause.resource) for cause in missing.causes] == [(Kind.ABSENT_FIELD, "sg-shared")]


def test_groups_that_aws_left_out_are_unknown() -> None:
    seen = world(DATABASE)
    seen.change(INTERFACES, "eni-a-0", Groups=ABSENT)
    assert undecided(seen).key == ""


def test_a_participants_groups_are_unknown_where_it_was_not_audited() -> None:
    seen = world(groups=["sg-open"])
    _, subnet = place(seen)
    seen.share(subnet, OTHER)
    seen.network_interface("eni-theirs", subnet, groups=[], owner=OTHER)
    seen.change(INTERFACES, "eni-theirs", Groups=[{"GroupId": "sg-theirs", "GroupName": "theirs"}])
    seen.drop_shard(OTHER, asked=False)
    finding = undecided(seen)
    assert finding.key == "s3|sg-theirs"
    assert finding.missing
    assert {(cause.kind, cause.account) for cause in finding.missing.causes} == {(Kind.NOT_AUDITED, OTHER)}


def test_an_endpoint_that_a_cut_list_lacks_may_take_the_traffic() -> None:
    seen = world(DATABASE)
    vpc, subnet = place(seen)
    seen.interface_endpoint("vpce-2", vpc, "s3", [subnet])
    seen.cut(ENDPOINTS, keep=1)
    findings = judged(seen, gateway_endpoint_client_sg_egress)
    assert {each.key for each in unknowns(findings)} == {"", "s3|sg-app"}
    assert faults(findings) == []


@pytest.mark.parametrize("rule", [DATABASE, allow("tcp", 443, "pl-s3"), allow("tcp", 443, "10.0.0.0/8")])
def test_the_rule_reads_what_it_says(rule: Permission) -> None:
    seen = world(rule)
    assert judged_on_reads(seen, gateway_endpoint_client_sg_egress) == judged(seen, gateway_endpoint_client_sg_egress)


def test_carrying_out_the_remedy_lets_the_clients_out() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc_id)["GroupId"]
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        ec2.create_network_interface(SubnetId=subnet, Groups=[group])
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=S3, VpcEndpointType="Gateway", RouteTableIds=[table])
        (found,) = cured(gateway_endpoint_client_sg_egress)
    assert found.key == f"s3|{group}"
