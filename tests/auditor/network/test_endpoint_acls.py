import pytest

from auditor.network.endpoint_acls import AclReach, acl_reach
from auditor.network.endpoints import callers
from auditor.network.network_acls import IMPLICIT
from auditor.network.traffic import Direction
from tests.networks import network_of
from tests.world import World, acl_rule
from tests.world_words import AclRule

OPEN = (acl_rule("ingress", 100, "allow", "0.0.0.0/0"), acl_rule("egress", 100, "allow", "0.0.0.0/0"))


def world(endpoints: tuple[AclRule, ...] = OPEN, clients: tuple[AclRule, ...] = OPEN) -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    own = made.subnet("subnet-e", vpc, "10.0.0.0/24", enis=False)
    made.network_acl("acl-endpoints", vpc, [own], endpoints)
    made.network_acl("acl-clients", vpc, [made.subnet("subnet-a", vpc, "10.0.1.0/24", enis=["10.0.1.9"])], clients)
    made.interface_endpoint("vpce-1", vpc, "sqs", [own])
    return made


def asked(seen: World) -> AclReach:
    network = network_of(seen)
    vpc = network.vpcs["vpc-a"]
    return acl_reach(network, network.endpoints["vpce-1"], vpc, callers(network, vpc, every_subnet=False))


def test_a_subnet_that_nothing_stops_reaches_the_endpoint() -> None:
    found = asked(world())
    assert [subnet.id for subnet in found.reached] == ["subnet-a"]
    assert (found.cut_off, found.shut, found.stops, found.undecided) == ((), (), (), None)


def test_what_stops_a_subnet_is_told_with_the_rules_that_deny() -> None:
    deny = acl_rule("egress", 50, "deny", "10.0.1.0/28", protocol="tcp")
    (stop,) = asked(world((deny, *OPEN))).stops
    assert (stop.acl.network_acl_id, stop.direction, stop.answers, stop.rules) == (
        "acl-endpoints",
        Direction.EGRESS,
        True,
        (50,),
    )
    # The client is asked for, and its subnet is told.
    assert stop.others.cidrs() == ("10.0.1.0/24",)


def test_both_network_acls_are_named_where_each_stops_something() -> None:
    calls = (acl_rule("egress", 100, "allow", "10.0.0.0/16", protocol="tcp", ports=443),)
    found = asked(world((), calls))
    assert [(stop.acl.network_acl_id, stop.answers, stop.rules) for stop in found.stops] == [
        ("acl-clients", True, (IMPLICIT,)),
        ("acl-endpoints", False, (IMPLICIT,)),
        ("acl-endpoints", True, (IMPLICIT,)),
    ]
    assert [subnet.id for subnet in found.shut] == ["subnet-e"]


@pytest.mark.parametrize(("block", "reached"), [("10.0.0.0/28", True), ("10.0.0.64/26", False)])
def test_the_clients_network_acl_is_asked_for_the_addresses_of_the_endpoints_interfaces(
    block: str, reached: bool
) -> None:
    rules = (acl_rule("egress", 100, "allow", block, protocol="tcp", ports=443), OPEN[0])
    assert bool(asked(world(clients=rules)).reached) is reached


def test_an_interface_that_was_not_seen_has_some_address_of_its_subnet() -> None:
    seen = world(clients=(acl_rule("egress", 100, "allow", "10.0.0.64/26", protocol="tcp", ports=443), OPEN[0]))
    seen.cut("ec2:DescribeNetworkInterfaces", keep=1)
    assert asked(seen).reached


def test_requests_of_one_client_and_answers_to_another_are_no_exchange() -> None:
    rules = (
        acl_rule("ingress", 100, "allow", "10.0.1.9/32"),
        acl_rule("egress", 100, "allow", "10.0.1.10/32"),
    )
    seen = world(rules)
    seen.network_interface("eni-second", seen.subnets["subnet-a"], "10.0.1.10")
    found = asked(seen)
    assert [subnet.id for subnet, _ in found.cut_off] == ["subnet-a"]
    assert [(stop.direction, stop.rules) for stop in found.stops] == [
        (Direction.INGRESS, (IMPLICIT,)),
        (Direction.EGRESS, (IMPLICIT,)),
    ]
