import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.dns_vpc_attributes import peering_dns_vpc_attributes
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World

ELSEWHERE = "us-east-1"


def switched(
    a_allows: bool = True,
    b_allows: bool = True,
    *,
    hostnames: bool = True,
    support: bool = True,
    b_account: str = ACCOUNT,
    b_region: str = REGION,
) -> World:
    """``vpc-b`` has the attributes that are given."""
    world = World()
    a = world.vpc("vpc-a", A_BLOCK, name="front")
    b = world.vpc(
        "vpc-b", B_BLOCK, name="back", account=b_account, region=b_region, dns_hostnames=hostnames, dns_support=support
    )
    world.peering("pcx-1", a, b, dns=(a_allows, b_allows), name="front-to-back")
    return world


def test_a_vpc_with_an_attribute_off_is_a_fault_where_a_side_lets_its_names_be_resolved() -> None:
    world = switched(hostnames=False, b_account=OTHER_ACCOUNT, b_region=ELSEWHERE)
    (fault,) = faults(judged(world, peering_dns_vpc_attributes))
    assert (fault.severity, fault.key, fault.resource.id) == (Severity.MEDIUM, "vpc-b", "pcx-1")
    assert (fault.account, fault.region) == (OTHER_ACCOUNT, ELSEWHERE)
    assert fault.message == (
        "pcx-1 (front-to-back) lets the public names of vpc-a (front) and vpc-b (back) resolve to private addresses, "
        "but vpc-b (back) has enableDnsHostnames off, so they do not"
    )
    assert fault.evidence == {
        "vpc": "vpc-b",
        "peer_vpc": "vpc-a",
        "attributes_off": ["enableDnsHostnames"],
        "allows_resolution": {"vpc-a": True, "vpc-b": True},
    }
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:ModifyVpcAttribute", Target(OTHER_ACCOUNT, ELSEWHERE))
    assert step.parameters == {"VpcId": "vpc-b", "EnableDnsHostnames": {"Value": True}}


@pytest.mark.parametrize(("a_allows", "b_allows"), [(True, False), (False, True)])
def test_one_switch_that_is_on_is_enough_for_the_attributes_of_either_vpc_to_count(
    a_allows: bool, b_allows: bool
) -> None:
    (fault,) = faults(judged(switched(a_allows, b_allows, support=False), peering_dns_vpc_attributes))
    assert (fault.key, fault.evidence["attributes_off"]) == ("vpc-b", ["enableDnsSupport"])
    operations = [step.operation for step in fault.remedy]
    own_switch = [] if b_allows else ["ec2:ModifyVpcPeeringConnectionOptions"]
    assert operations == ["ec2:ModifyVpcAttribute", *own_switch]


def test_each_vpc_is_a_fault_of_its_own() -> None:
    world = switched(support=False, hostnames=False)
    world.change("ec2:DescribeVpcAttribute", "vpc-a", EnableDnsSupport={"Value": False})
    first, second = faults(judged(world, peering_dns_vpc_attributes))
    assert (first.key, second.key) == ("vpc-a", "vpc-b")
    assert second.evidence["attributes_off"] == ["enableDnsSupport", "enableDnsHostnames"]
    assert len(second.remedy) == 2


def test_attributes_that_are_on_pass() -> None:
    findings = judged(switched(True, False), peering_dns_vpc_attributes)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_switches_that_are_both_off_are_no_question() -> None:
    assert judged(switched(False, False, hostnames=False), peering_dns_vpc_attributes) == []


@pytest.mark.parametrize("status", ["pending-acceptance", "deleted"])
def test_a_connection_that_is_not_active_is_no_question(status: str) -> None:
    assert judged(two_vpcs(status), peering_dns_vpc_attributes) == []


def test_refused_attributes_are_unknown_for_each_vpc() -> None:
    world = switched()
    world.refuse("ec2:DescribeVpcAttribute")
    findings = judged(world, peering_dns_vpc_attributes)
    assert [finding.key for finding in unknowns(findings)] == ["vpc-a", "vpc-b"] == [each.key for each in findings]


def test_one_attribute_that_is_off_is_enough_where_the_other_was_left_out() -> None:
    world = switched(hostnames=False)
    world.change("ec2:DescribeVpcAttribute", "vpc-b", EnableDnsSupport=ABSENT)
    (fault,) = judged(world, peering_dns_vpc_attributes)
    assert (fault.status.value, fault.evidence["attributes_off"]) == ("fail", ["enableDnsHostnames"])


def test_a_vpc_that_was_not_audited_is_unknown() -> None:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK), world.foreign_vpc("vpc-b", B_BLOCK, account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b)
    (finding,) = judged(world, peering_dns_vpc_attributes)
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")
    assert finding.missing is not None
    assert {cause.kind.value for cause in finding.missing.causes} == {"not-audited"}


def test_a_switch_that_was_not_seen_leaves_an_attribute_that_is_off_unknown() -> None:
    world = switched(False, True, hostnames=False, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcPeeringConnections", account=OTHER_ACCOUNT)
    (finding,) = [each for each in judged(world, peering_dns_vpc_attributes) if each.resource.id == "pcx-1"]
    assert (finding.status.value, finding.key) == ("unknown", "vpc-b")


def test_a_switch_that_was_not_seen_is_not_asked_for_where_all_attributes_are_on() -> None:
    world = switched(False, True, b_account=OTHER_ACCOUNT)
    world.refuse("ec2:DescribeVpcPeeringConnections", account=OTHER_ACCOUNT)
    (finding,) = [each for each in judged(world, peering_dns_vpc_attributes) if each.resource.id == "pcx-1"]
    assert finding.status.value == "pass"


def test_no_answer_is_needed_but_those_that_the_rule_reads() -> None:
    world = switched(hostnames=False)
    assert judged_on_reads(world, peering_dns_vpc_attributes) == judged(world, peering_dns_vpc_attributes)


@mock_aws
@pytest.mark.parametrize("allowing", ["Requester", "Accepter"])
def test_the_steps_of_the_remedy_cure_it_in_moto(allowing: str) -> None:
    moto = peered()
    for table, block in ((moto.a_table, B_BLOCK), (moto.b_table, A_BLOCK)):
        moto.route(table, block)
    moto.ec2.modify_vpc_attribute(VpcId=moto.a, EnableDnsHostnames={"Value": True})
    moto.ec2.modify_vpc_peering_connection_options(
        VpcPeeringConnectionId=moto.peering,
        **{
            f"{role}PeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": role == allowing}
            for role in ("Requester", "Accepter")
        },
    )
    (fault,) = cured(peering_dns_vpc_attributes)
    assert fault.key == moto.b
