from collections.abc import Sequence

import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Severity
from checks.peering.sg_too_open_to_peer import peering_sg_too_open_to_peer
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_groups import Rules, nobody, two_groups
from tests.checks.peering.two_vpcs import B_BLOCK, OTHER_ACCOUNT, STRANGER, TO_B, half_seen
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, Permission, Vpc, World, allow


def everything(*sources: str, protocol: str = "all") -> Rules:
    def rules(_: Vpc) -> Sequence[Permission]:
        return [allow(protocol, None, *sources)]

    return rules


def test_a_rule_that_lets_all_traffic_in_from_a_peer_is_a_fault() -> None:
    (fault,) = faults(judged(two_groups(everything(B_BLOCK)), peering_sg_too_open_to_peer))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.LOW, "sg-a", "-1|all|10.0.0.0/16")
    assert fault.message == (
        "sg-a (web) lets all traffic in from 10.0.0.0/16, so all of vpc-b (back) is let in to 1 network interface; let "
        "in the ports that it needs"
    )
    assert fault.evidence == {
        "protocol": "-1",
        "from_port": None,
        "to_port": None,
        "source": "10.0.0.0/16",
        "blocks": ["10.0.0.0/16"],
        "peering_connections": ["pcx-1"],
        "network_interfaces": ["eni-a1-0"],
        "untrusted_accounts": [],
    }
    assert fault.related == ("vpc-a", "pcx-1", "vpc-b")
    assert fault.remedy == ()


@pytest.mark.parametrize(("protocol", "source"), [("tcp", B_BLOCK), ("udp", B_BLOCK), ("all", "10.0.0.0/8")])
def test_every_port_of_one_protocol_and_a_wider_block_are_enough(protocol: str, source: str) -> None:
    assert len(faults(judged(two_groups(everything(source, protocol=protocol)), peering_sg_too_open_to_peer))) == 1


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(allow("tcp", (1, 65535), B_BLOCK), id="all ports but one"),
        pytest.param(allow("icmp", None, B_BLOCK), id="pings"),
        pytest.param(allow("all", None, "10.0.0.0/24"), id="a part of the peer"),
        pytest.param(allow("all", None, "sg-a"), id="the own group"),
        pytest.param(allow("all", None, "172.16.0.0/16"), id="the own block"),
    ],
)
def test_less_than_all_of_the_peer_or_its_ports_passes(rule: Permission) -> None:
    findings = judged(two_groups(lambda _: [rule]), peering_sg_too_open_to_peer)
    assert passes(findings) == findings != []


def strange(source: str = B_BLOCK) -> World:
    world = half_seen()
    world.security_group("sg-a", world.vpcs["vpc-a"], [allow("all", None, source)])
    world.network_interface("eni-a", world.subnets["subnet-a1"], groups=["sg-a"])
    return world


def test_a_stranger_makes_it_medium() -> None:
    (fault,) = faults(judged(strange(), peering_sg_too_open_to_peer))
    assert (fault.severity, fault.evidence["untrusted_accounts"]) == (Severity.MEDIUM, [STRANGER])
    assert f"all of vpc-b (of account {STRANGER}, which nobody trusts) is let in" in fault.message


@pytest.mark.parametrize("how", ["trusted", "organization", "refused", "audited"])
def test_an_owner_who_is_ours_or_may_be_keeps_it_low(how: str) -> None:
    world = two_groups(everything(B_BLOCK), b_account=OTHER_ACCOUNT) if how == "audited" else strange()
    settings = Settings(trusted_accounts={STRANGER: "a partner"}) if how == "trusted" else Settings()
    if how == "organization":
        world.organization(STRANGER)
    if how == "refused":
        world.refuse("organizations:ListAccounts")
    (fault,) = faults(judged(world, peering_sg_too_open_to_peer, settings))
    assert fault.severity is Severity.LOW


def test_all_addresses_count_where_nothing_leads_to_the_internet() -> None:
    world = two_groups(everything("0.0.0.0/0"))
    (fault,) = faults(judged(world, peering_sg_too_open_to_peer))
    assert fault.key == "-1|all|0.0.0.0/0"


def test_all_addresses_are_the_internets_trouble_where_something_leads_there() -> None:
    world = two_groups(everything("0.0.0.0/0"), a_routes={**TO_B, "0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    findings = judged(world, peering_sg_too_open_to_peer)
    assert passes(findings) == findings != []


def test_a_block_of_the_peer_counts_on_public_subnets_as_well() -> None:
    world = two_groups(everything(B_BLOCK), a_routes={**TO_B, "0.0.0.0/0": "igw-1"})
    world.internet_gateway("igw-1", world.vpcs["vpc-a"])
    assert len(faults(judged(world, peering_sg_too_open_to_peer))) == 1


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSubnets"])
def test_where_routes_were_not_seen_all_addresses_are_unknown_and_the_peers_block_is_not(action: str) -> None:
    for source, expected in (("0.0.0.0/0", "unknown"), (B_BLOCK, "fail")):
        world = two_groups(everything(source))
        world.refuse(action)
        (finding,) = [each for each in judged(world, peering_sg_too_open_to_peer) if each.resource.id == "sg-a"]
        assert finding.status.value == expected


@pytest.mark.parametrize("action", ["ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs"])
def test_a_refused_answer_is_unknown_and_never_a_fault(action: str) -> None:
    world = two_groups(everything(B_BLOCK))
    world.refuse(action)
    findings = judged(world, peering_sg_too_open_to_peer)
    assert not faults(findings)
    assert any(finding.resource.id == "sg-a" for finding in unknowns(findings))


def test_a_prefix_list_that_cannot_be_read_may_hold_the_peer() -> None:
    world = two_groups(everything("pl-1"))
    world.prefix_list("pl-1", readable=False)
    (finding,) = unknowns(judged(world, peering_sg_too_open_to_peer))
    assert finding.resource.id == "sg-a"


def test_rules_that_aws_left_out_are_unknown() -> None:
    world = two_groups(everything(B_BLOCK))
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=ABSENT)
    (finding,) = unknowns(judged(world, peering_sg_too_open_to_peer))
    assert finding.resource.id == "sg-a"


def test_a_group_of_a_vpc_without_a_connection_or_that_no_workload_carries_is_no_question() -> None:
    assert judged(two_groups(everything(B_BLOCK), status="deleted"), peering_sg_too_open_to_peer) == []
    world = two_groups(nobody, in_use=False)
    world.security_group("sg-c", world.vpcs["vpc-a"], [allow("all", None, B_BLOCK)])
    judged_groups = {finding.resource.id for finding in judged(world, peering_sg_too_open_to_peer)}
    assert "sg-c" not in judged_groups


def test_one_rule_is_one_finding_however_many_peers_it_lets_in() -> None:
    world = two_groups(everything("10.0.0.0/8"))
    world.peering("pcx-2", world.vpcs["vpc-a"], world.vpc("vpc-c", "10.9.0.0/16", region="us-east-1"))
    (fault,) = faults(judged(world, peering_sg_too_open_to_peer))
    assert fault.evidence["peering_connections"] == ["pcx-1", "pcx-2"]


@pytest.mark.parametrize("source", [B_BLOCK, "0.0.0.0/0"])
def test_no_answer_is_needed_but_those_that_the_rule_reads(source: str) -> None:
    for world in (two_groups(everything(source)), strange(source)):
        assert judged_on_reads(world, peering_sg_too_open_to_peer) == judged(world, peering_sg_too_open_to_peer)


@mock_aws
def test_a_rule_that_lets_all_traffic_in_is_found_in_moto() -> None:
    moto = peered()
    group = moto.ec2.create_security_group(GroupName="web", Description="web", VpcId=moto.a)["GroupId"]
    permission = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": B_BLOCK}]}
    moto.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    subnet = moto.ec2.create_subnet(VpcId=moto.a, CidrBlock="172.16.0.0/24")["Subnet"]["SubnetId"]
    moto.ec2.create_network_interface(SubnetId=subnet, Groups=[group])
    (fault,) = faults(judged(collected(), peering_sg_too_open_to_peer))
    assert fault.resource.id == group
