from datetime import timedelta

import pytest

from auditor.model import Tag
from auditor.network.diagnosis.lifecycle import live_between, own_copy, pending_age, references
from auditor.network.missing import Kind, Missing
from tests.networks import network_of
from tests.world import ABSENT, REGION, World, allow, reference

PEERINGS = "ec2:DescribeVpcPeeringConnections"
OTHER_ACCOUNT = "222222222222"


def joined(status: str = "active", expires: str | None = None) -> World:
    world = World()
    a, b = world.vpc("vpc-a", "172.16.0.0/16"), world.vpc("vpc-b", "10.0.0.0/16", account=OTHER_ACCOUNT)
    world.peering("pcx-1", a, b, status=status, expires=expires)
    return world


@pytest.mark.parametrize(
    ("expires", "age"),
    [
        ("2026-11-30T12:00:00Z", timedelta(0)),
        ("2026-11-29T11:00:00Z", timedelta(days=1, hours=1)),
        ("2026-11-23T12:00:00Z", timedelta(days=7)),
    ],
)
def test_the_age_of_a_request_is_what_it_has_used_of_its_seven_days(expires: str, age: timedelta) -> None:
    network = network_of(joined("pending-acceptance", expires))
    assert pending_age(network, network.peerings["pcx-1"]) == age


def test_the_age_is_missing_without_a_time_of_expiry() -> None:
    world = joined("pending-acceptance")
    world.change(PEERINGS, "pcx-1", ExpirationTime=ABSENT)
    network = network_of(world)
    age = pending_age(network, network.peerings["pcx-1"])
    assert isinstance(age, Missing)
    assert [(cause.kind, cause.resource) for cause in age.causes] == [(Kind.ABSENT_FIELD, "pcx-1")]


def test_routes_and_security_group_rules_in_both_directions_are_references() -> None:
    world = joined()
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    world.main_routes(a, {"10.0.0.0/16": "pcx-1"})
    world.security_group("sg-b", b)
    there = allow("tcp", 443, reference("sg-b", b, "pcx-1"))
    world.security_group("sg-in", a, [there], name="in")
    world.security_group("sg-out", a, egress=[there], name="out")
    network = network_of(world)
    found = references(network, network.peerings["pcx-1"])
    assert str(found) == (
        "rtb-a-main routes 10.0.0.0/16 to it, a rule of sg-in (in) names it, a rule of sg-out (out) names it"
    )
    assert found.related == ["rtb-a-main", "sg-in", "sg-out"]
    assert found.evidence["security_groups"] == ["sg-in", "sg-out"]
    assert found.missing is None


def test_a_connection_that_nothing_names_has_no_references() -> None:
    network = network_of(joined())
    found = references(network, network.peerings["pcx-1"])
    assert not found
    assert found.missing is None


@pytest.mark.parametrize("action", ["ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"])
def test_what_an_audited_side_was_refused_may_name_it(action: str) -> None:
    world = joined()
    world.refuse(action, account=OTHER_ACCOUNT)
    network = network_of(world)
    found = references(network, network.peerings["pcx-1"])
    assert found.missing is not None
    assert {(cause.account, cause.region, cause.action) for cause in found.missing.causes} == {
        (OTHER_ACCOUNT, REGION, action)
    }


def test_each_side_has_its_own_copy_of_a_connection() -> None:
    world = joined()
    world.change(PEERINGS, "pcx-1", account=OTHER_ACCOUNT, Tags=[{"Key": "Name", "Value": "theirs"}])
    network = network_of(world)
    peering = network.peerings["pcx-1"]
    copies = [own_copy(network, peering, side) for side in peering.sides]
    assert [copy.tags for copy in copies if not isinstance(copy, Missing)] == [
        (),
        (Tag(key="Name", value="theirs"),),
    ]


def test_the_copy_of_a_side_that_was_not_audited_is_missing() -> None:
    world = joined()
    world.drop_shard(OTHER_ACCOUNT, asked=False)
    network = network_of(world)
    peering = network.peerings["pcx-1"]
    copy = own_copy(network, peering, peering.accepter)
    assert isinstance(copy, Missing)
    assert [cause.kind for cause in copy.causes] == [Kind.NOT_AUDITED]


def test_live_connections_between_two_vpcs_are_found_from_either_side() -> None:
    world = joined()
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    world.peering("pcx-0", b, a)
    world.peering("pcx-2", a, b, status="deleted")
    world.peering("pcx-3", a, world.vpc("vpc-c", "192.168.0.0/16"))
    network = network_of(world)
    assert [each.id for each in live_between(network, network.peerings["pcx-1"])] == ["pcx-0", "pcx-1"]
