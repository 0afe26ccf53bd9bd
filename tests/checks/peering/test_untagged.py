import pytest
from moto import mock_aws

from auditor.config import Settings, select
from auditor.findings import Severity
from checks.peering.untagged import peering_untagged
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ACCOUNT, REGION, World

PEERINGS = "ec2:DescribeVpcPeeringConnections"


def named(name: str = "", accepter_name: str = "", status: str = "active") -> World:
    world = World()
    a, b = world.vpc("vpc-a", A_BLOCK, name="front"), world.vpc("vpc-b", B_BLOCK, account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b, name=name, accepter_name=accepter_name, status=status)
    return world


def test_a_connection_that_no_side_names_is_untagged() -> None:
    world = named()
    (fault,) = faults(judged(world, peering_untagged))
    assert (fault.severity, fault.key) == (Severity.INFO, "")
    assert fault.message == (
        "pcx-1 between vpc-a (front) and vpc-b has no tag Name or Owner on either side; tag it in "
        "111111111111/eu-west-1 or 222222222222/eu-west-1"
    )
    assert fault.evidence == {"tags": {f"{ACCOUNT}/{REGION}": [], f"{OTHER_ACCOUNT}/{REGION}": []}}
    assert judged_on_reads(world, peering_untagged) == judged(world, peering_untagged)


@pytest.mark.parametrize(("name", "accepter_name"), [("a-to-b", ""), ("", "from-a")])
def test_a_name_on_one_side_is_enough(name: str, accepter_name: str) -> None:
    findings = judged(named(name, accepter_name), peering_untagged)
    assert passes(findings) == findings
    assert len(findings) == 1


@pytest.mark.parametrize("key", ["Owner", "owner", "NAME"])
def test_an_owner_is_as_good_as_a_name(key: str) -> None:
    world = named()
    world.change(PEERINGS, "pcx-1", account=OTHER_ACCOUNT, Tags=[{"Key": key, "Value": "network"}])
    assert faults(judged(world, peering_untagged)) == []


@pytest.mark.parametrize("tag", [{"Key": "Name", "Value": ""}, {"Key": "CostCenter", "Value": "7"}])
def test_other_tags_and_empty_ones_tell_nothing(tag: dict[str, str]) -> None:
    world = named()
    world.change(PEERINGS, "pcx-1", Tags=[tag])
    (fault,) = faults(judged(world, peering_untagged))
    assert fault.evidence["tags"][f"{ACCOUNT}/{REGION}"] == [tag["Key"]]


def test_the_tags_of_a_side_that_was_not_audited_are_unknown() -> None:
    (finding,) = judged(half_seen(), peering_untagged)
    assert unknowns([finding]) == [finding]
    assert finding.message == (
        "pcx-1 between vpc-a (front) and vpc-b has no tag Name or Owner where it was seen; the other side was not seen"
    )


def test_the_other_side_is_not_needed_where_one_has_a_name() -> None:
    world = named("a-to-b")
    world.refuse(PEERINGS, account=OTHER_ACCOUNT)
    findings = [each for each in judged(world, peering_untagged) if each.resource.id == "pcx-1"]
    assert passes(findings) == findings
    assert len(findings) == 1


def test_history_is_no_question() -> None:
    assert judged(named(status="deleted"), peering_untagged) == []


def test_two_vpcs_of_one_account_and_region_have_one_set_of_tags() -> None:
    findings = judged(two_vpcs(), peering_untagged)
    assert passes(findings) == findings != []


def test_the_rule_is_off_until_it_is_asked_for() -> None:
    assert not peering_untagged.enabled
    rules = [(peering_untagged.id, peering_untagged.enabled), ("another", True)]
    chosen = Settings(enable=("peering-untagged",))
    assert select(rules, rule_patterns=(), skip_patterns=(), settings=Settings()) == {"another"}
    assert peering_untagged.id in select(rules, rule_patterns=(), skip_patterns=(), settings=chosen)
    assert select(rules, rule_patterns=("peering-*",), skip_patterns=(), settings=Settings()) == {peering_untagged.id}


@mock_aws
def test_an_untagged_connection_is_found_in_moto_and_a_tag_mends_it() -> None:
    moto = peered()
    assert len(faults(judged(collected(), peering_untagged))) == 1
    moto.ec2.create_tags(Resources=[moto.peering], Tags=[{"Key": "Name", "Value": "a-to-b"}])
    assert faults(judged(collected(), peering_untagged)) == []
