import pytest

from auditor.network.diagnosis.group_references import references_of, region_of_reference, stale_references
from auditor.network.missing import Missing
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, World, allow, reference


def naming(*, b_region: str = "eu-west-1") -> World:
    """``sg-a`` names ``sg-b`` of ``vpc-b``, itself, and a block."""
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", region=b_region)
    world.peering("pcx-1", a, b)
    world.security_group("sg-b", b)
    far = reference("sg-b", b, "pcx-1")
    world.security_group("sg-a", a, [allow("tcp", (80, 90), far, "sg-a", "10.0.0.0/8")], [allow("icmp", None, far)])
    return world


def test_only_rules_that_name_a_group_of_another_vpc_are_references() -> None:
    found = references_of(network_of(naming()).security_groups["sg-a"])
    assert [(rule.key, rule.label) for rule in found] == [
        ("ingress|tcp|80-90|sg-b|pcx-1", "lets tcp 80-90 in from sg-b in vpc-b"),
        ("egress|icmp|-1|sg-b|pcx-1", "lets icmp -1 out to sg-b in vpc-b"),
    ]
    assert found.whole


def test_rules_that_aws_left_out_may_be_references() -> None:
    world = naming()
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=ABSENT)
    found = references_of(network_of(world).security_groups["sg-a"])
    assert [rule.direction.value for rule in found] == ["egress"]
    assert not found.whole


def test_a_rule_that_aws_lists_and_that_proves_itself_is_stale_once() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16")
    world.peering("pcx-1", a, b, status="deleted")
    world.security_group("sg-a", a, [allow("tcp", 22, reference("sg-b", b, "pcx-1", deleted=True))])
    network = network_of(world)
    (stale,) = stale_references(network, network.security_groups["sg-a"], network.vpcs["vpc-a"])
    assert (stale.because, stale.listed) == ("pcx-1 is deleted", True)


def test_a_reference_that_stands_is_stale_to_nobody() -> None:
    network = network_of(naming())
    found = stale_references(network, network.security_groups["sg-a"], network.vpcs["vpc-a"])
    assert not found
    assert found.whole


@pytest.mark.parametrize("gone", ["ec2:DescribeVpcs", "ec2:DescribeVpcPeeringConnections", ""])
def test_the_vpc_or_the_connection_tells_the_region(gone: str) -> None:
    world = naming(b_region="us-east-1")
    if gone:
        world.refuse(gone)
    network = network_of(world)
    group = network.security_groups["sg-a"]
    assert {region_of_reference(network, group, rule) for rule in references_of(group)} == {"us-east-1"}


def test_without_both_the_region_is_not_known() -> None:
    world = naming()
    world.refuse("ec2:DescribeVpcs")
    world.refuse("ec2:DescribeVpcPeeringConnections")
    network = network_of(world)
    group = network.security_groups["sg-a"]
    regions = [region_of_reference(network, group, rule) for rule in references_of(group)]
    assert [type(region) for region in regions] == [Missing, Missing]


def test_a_group_of_a_vpc_that_nobody_shows_has_no_region() -> None:
    world = naming()
    pair = {"GroupId": "sg-x", "UserId": ACCOUNT, "VpcId": "vpc-x"}
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [pair]}
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=[rule], IpPermissionsEgress=[])
    network = network_of(world)
    group = network.security_groups["sg-a"]
    (found,) = references_of(group)
    assert found.label == "lets all traffic in from sg-x in vpc-x"
    assert region_of_reference(network, group, found) is None
