from collections.abc import Sequence
from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.nacl_blocks import peering_nacl_blocks
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, TO_B, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World, acl_rule
from tests.world_words import AclRule

OPEN = "0.0.0.0/0"
ALL_OUT = acl_rule("egress", 100, "allow", OPEN)
ALL_IN = acl_rule("ingress", 100, "allow", OPEN)
EPHEMERAL = (1024, 65535)


def filtered(*rules: AclRule, b_account: str = ACCOUNT, **routes: Any) -> World:
    """As ``two_vpcs``; ``subnet-b1`` has the network ACL ``acl-b`` with the rules given."""
    world = two_vpcs(b_account=b_account, **routes)
    world.network_acl("acl-b", world.vpcs["vpc-b"], [world.subnets["subnet-b1"]], rules)
    return world


def test_a_network_acl_without_rules_lets_nothing_pass_in_either_direction() -> None:
    (fault,) = faults(judged(filtered(b_account=OTHER_ACCOUNT), peering_nacl_blocks))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.HIGH, "pcx-1", "acl-b|ipv4")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, REGION)
    assert fault.message == (
        "acl-b of subnet-b1 in vpc-b (back) lets nothing in from and out to 172.16.0.0/24 in vpc-a (front), which "
        "pcx-1 (front-to-back) is routed to and from: by egress rule *, ingress rule *"
    )
    assert fault.evidence == {
        "network_acl": "acl-b",
        "family": "ipv4",
        "subnets": ["subnet-b1"],
        "peer_addresses": ["172.16.0.0/24"],
        "nothing_passes": ["ingress", "egress"],
        "no_answer_passes": [],
        "rules": [{"direction": "egress", "rule_number": "*"}, {"direction": "ingress", "rule_number": "*"}],
    }
    assert fault.related == ("acl-b", "vpc-b", "vpc-a", "subnet-b1")
    assert [(step.operation, step.at) for step in fault.remedy] == [
        ("ec2:CreateNetworkAclEntry", Target(OTHER_ACCOUNT, REGION))
    ] * 2
    entry = {"NetworkAclId": "acl-b", "RuleNumber": 10, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": A_BLOCK}
    assert [step.parameters for step in fault.remedy] == [{**entry, "Egress": False}, {**entry, "Egress": True}]


@pytest.mark.parametrize(
    ("rules", "direction", "deciding"),
    [
        pytest.param([ALL_OUT], "ingress", "*", id="no rule in"),
        pytest.param([ALL_IN], "egress", "*", id="no rule out"),
        pytest.param([ALL_IN, ALL_OUT, acl_rule("ingress", 90, "deny", "172.16.0.0/12")], "ingress", "90", id="a deny"),
        pytest.param([ALL_OUT, acl_rule("ingress", 100, "allow", "10.0.0.0/8")], "ingress", "*", id="others alone"),
    ],
)
def test_one_direction_is_enough(rules: Sequence[AclRule], direction: str, deciding: str) -> None:
    (fault,) = faults(judged(filtered(*rules), peering_nacl_blocks))
    assert fault.severity is Severity.HIGH
    assert fault.evidence["nothing_passes"] == [direction]
    assert fault.evidence["rules"] == [{"direction": direction, "rule_number": deciding}]


def test_a_new_rule_goes_before_the_one_that_denies_and_after_those_that_single_out() -> None:
    host = acl_rule("ingress", 50, "deny", "172.16.0.7/32")
    (fault,) = faults(judged(filtered(ALL_OUT, host, acl_rule("ingress", 90, "deny", OPEN)), peering_nacl_blocks))
    (step,) = fault.remedy
    assert step.parameters["RuleNumber"] == 89


def test_a_network_acl_without_a_number_left_has_no_steps() -> None:
    rules = [ALL_OUT, acl_rule("ingress", 1, "deny", OPEN)]
    (fault,) = faults(judged(filtered(*rules), peering_nacl_blocks))
    assert fault.remedy == ()


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(
            [
                acl_rule("ingress", 100, "allow", A_BLOCK, protocol="tcp", ports=443),
                acl_rule("egress", 100, "allow", A_BLOCK, protocol="tcp", ports=443),
            ],
            id="as if it knew connections",
        ),
        pytest.param(
            [
                acl_rule("ingress", 100, "allow", A_BLOCK, protocol="tcp", ports=443),
                acl_rule("egress", 100, "allow", A_BLOCK, protocol="icmp"),
            ],
            id="only pings out",
        ),
    ],
)
def test_requests_that_are_never_answered_are_medium(rules: Sequence[AclRule]) -> None:
    (fault,) = faults(judged(filtered(*rules), peering_nacl_blocks))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "acl-b|ipv4")
    assert fault.evidence["nothing_passes"] == []
    assert "egress" in fault.evidence["no_answer_passes"]
    assert "lets no answer to a TCP connection" in fault.message
    parameters = fault.remedy[-1].parameters
    assert (parameters["Protocol"], parameters["PortRange"]) == ("6", {"From": 1024, "To": 65535})


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([ALL_IN, ALL_OUT], id="everything"),
        pytest.param(
            [
                acl_rule("ingress", 100, "allow", A_BLOCK, protocol="tcp", ports=443),
                acl_rule("egress", 100, "allow", A_BLOCK, protocol="tcp", ports=EPHEMERAL),
            ],
            id="servers alone",
        ),
        pytest.param(
            [
                acl_rule("ingress", 100, "allow", A_BLOCK, protocol="tcp", ports=EPHEMERAL),
                acl_rule("egress", 100, "allow", A_BLOCK, protocol="tcp", ports=443),
            ],
            id="clients alone",
        ),
        pytest.param([ALL_OUT, acl_rule("ingress", 1, "allow", A_BLOCK, protocol="tcp", ports=443)], id="one port in"),
        pytest.param([ALL_IN, acl_rule("egress", 1, "allow", A_BLOCK, protocol="tcp", ports=443)], id="one port out"),
        pytest.param([ALL_OUT, acl_rule("ingress", 1, "allow", A_BLOCK, protocol="udp", ports=53)], id="UDP alone in"),
        pytest.param([ALL_OUT, acl_rule("ingress", 100, "allow", "172.16.0.10/32")], id="one host"),
        pytest.param([ALL_IN, ALL_OUT, acl_rule("ingress", 90, "deny", "172.16.0.10/32")], id="all but one host"),
        pytest.param(
            [
                acl_rule("ingress", 100, "allow", A_BLOCK, protocol="icmp"),
                acl_rule("egress", 100, "allow", A_BLOCK, protocol="icmp"),
            ],
            id="pings alone",
        ),
    ],
)
def test_a_narrow_network_acl_passes(rules: Sequence[AclRule]) -> None:
    findings = judged(filtered(*rules), peering_nacl_blocks)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_the_default_network_acl_passes() -> None:
    findings = judged(two_vpcs(), peering_nacl_blocks)
    assert passes(findings) == findings != []


def test_subnets_that_are_not_in_use_or_not_routed_pass() -> None:
    world = two_vpcs()
    b = world.vpcs["vpc-b"]
    idle = world.subnet("subnet-b2", b, "10.0.2.0/24", enis=False)
    apart = world.subnet("subnet-b3", b, "10.0.3.0/24")
    world.route_table("rtb-b2", b, [idle], {A_BLOCK: "pcx-1"})
    world.network_acl("acl-b", b, [idle, apart])
    findings = judged(world, peering_nacl_blocks)
    assert passes(findings) == findings != []


def test_routes_one_way_leave_nothing_to_stop() -> None:
    assert faults(judged(filtered(b_routes={}), peering_nacl_blocks)) == []


def test_the_families_of_addresses_are_judged_apart() -> None:
    v6_a, v6_b = "2001:db8:0:aa00::/56", "2001:db8:0:bb00::/56"
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, v6_a), world.vpc("vpc-b", B_BLOCK, v6_b)
    world.peering("pcx-1", a, b)
    a1 = world.subnet("subnet-a1", a, "172.16.0.0/24", "2001:db8:0:aa00::/64")
    b1 = world.subnet("subnet-b1", b, "10.0.0.0/24", "2001:db8:0:bb00::/64")
    world.route_table("rtb-a1", a, [a1], {**TO_B, v6_b: "pcx-1"})
    world.route_table("rtb-b1", b, [b1], {A_BLOCK: "pcx-1", v6_a: "pcx-1"})
    world.network_acl("acl-b", b, [b1], [ALL_IN, ALL_OUT])
    (fault,) = faults(judged(world, peering_nacl_blocks))
    assert (fault.key, fault.evidence["peer_addresses"]) == ("acl-b|ipv6", ["2001:db8:0:aa00::/64"])
    assert [step.parameters["Ipv6CidrBlock"] for step in fault.remedy] == [v6_a, v6_a]


def test_subnets_of_one_network_acl_are_one_finding() -> None:
    world = two_vpcs()
    b = world.vpcs["vpc-b"]
    second = world.subnet("subnet-b2", b, "10.0.2.0/24")
    world.route_table("rtb-b2", b, [second], {A_BLOCK: "pcx-1"})
    world.network_acl("acl-b", b, [world.subnets["subnet-b1"], second])
    (fault,) = faults(judged(world, peering_nacl_blocks))
    assert fault.evidence["subnets"] == ["subnet-b1", "subnet-b2"]


def test_a_near_side_that_stops_all_is_a_fault_whoever_sees_the_far_side() -> None:
    world = half_seen()
    world.network_acl("acl-a", world.vpcs["vpc-a"], [world.subnets["subnet-a1"]])
    findings = judged(world, peering_nacl_blocks)
    (fault,) = faults(findings)
    assert (fault.key, fault.evidence["peer_addresses"]) == ("acl-a|ipv4", [B_BLOCK])
    assert len(unknowns(findings)) == 1


def test_a_far_side_that_was_not_audited_is_unknown() -> None:
    (finding,) = judged(half_seen(), peering_nacl_blocks)
    assert (finding.status.value, finding.key) == ("unknown", "")


@pytest.mark.parametrize(
    "action",
    [
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpcs",
    ],
)
def test_a_refused_answer_is_unknown_and_never_a_fault(action: str) -> None:
    world = filtered()
    world.refuse(action)
    findings = judged(world, peering_nacl_blocks)
    assert unknowns(findings) == findings != []


def test_interfaces_are_not_asked_for_where_everything_passes() -> None:
    world = filtered(ALL_IN, ALL_OUT)
    world.refuse("ec2:DescribeNetworkInterfaces")
    findings = judged(world, peering_nacl_blocks)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("member", ["Entries", "Associations"])
def test_a_network_acl_without_what_aws_always_gives_is_unknown(member: str) -> None:
    world = filtered()
    absent: dict[str, Any] = {member: ABSENT}
    world.change("ec2:DescribeNetworkAcls", "acl-b", **absent)
    (finding,) = judged(world, peering_nacl_blocks)
    assert finding.status.value == "unknown"
    assert finding.missing is not None
    assert {cause.kind.value for cause in finding.missing.causes} == {"absent-field"}


def test_a_subnet_that_no_network_acl_names_is_unknown() -> None:
    world = filtered()
    world.change("ec2:DescribeNetworkAcls", "acl-b", Associations=[])
    (finding,) = judged(world, peering_nacl_blocks)
    assert (finding.status.value, finding.key) == ("unknown", "")


def test_a_participant_sees_the_network_acl_of_a_subnet_that_is_shared_with_it() -> None:
    world = filtered(b_account=OTHER_ACCOUNT)
    world.share(world.subnets["subnet-b1"], ACCOUNT)
    assert len(faults(judged(world, peering_nacl_blocks))) == 1


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(filtered(status=status), peering_nacl_blocks) == []


@pytest.mark.parametrize("rules", [[], [ALL_IN, ALL_OUT]])
def test_no_answer_is_needed_but_those_that_the_rule_reads(rules: Sequence[AclRule]) -> None:
    world = filtered(*rules)
    assert judged_on_reads(world, peering_nacl_blocks) == judged(world, peering_nacl_blocks)


@mock_aws
@pytest.mark.parametrize("ports", [None, (443, 443)], ids=["nothing passes", "no answer passes"])
def test_the_steps_of_the_remedy_cure_it_in_moto(ports: tuple[int, int] | None) -> None:
    moto = peered()
    for table, vpc, block, subnet in (
        (moto.a_table, moto.a, B_BLOCK, "172.16.0.0/24"),
        (moto.b_table, moto.b, A_BLOCK, "10.0.0.0/24"),
    ):
        moto.route(table, block)
        made = moto.ec2.create_subnet(VpcId=vpc, CidrBlock=subnet)["Subnet"]["SubnetId"]
        moto.ec2.create_network_interface(SubnetId=made)
    acl = moto.ec2.create_network_acl(VpcId=moto.b)["NetworkAcl"]["NetworkAclId"]
    if ports:
        for egress in (True, False):
            moto.ec2.create_network_acl_entry(
                NetworkAclId=acl,
                RuleNumber=100,
                RuleAction="allow",
                Egress=egress,
                Protocol="6",
                PortRange={"From": ports[0], "To": ports[1]},
                CidrBlock=A_BLOCK,
            )
    old = moto.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [made]}])
    (association,) = [each for each in old["NetworkAcls"][0]["Associations"] if each["SubnetId"] == made]
    moto.ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    (fault,) = cured(peering_nacl_blocks)
    assert (fault.key, fault.severity) == (f"{acl}|ipv4", Severity.MEDIUM if ports else Severity.HIGH)
