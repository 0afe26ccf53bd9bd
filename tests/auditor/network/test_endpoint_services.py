from typing import Any

import pytest

from auditor.model.ec2 import AllowedPrincipal
from auditor.network.endpoint_services import (
    Principal,
    allowed_at,
    connections_of,
    consumer_zones,
    crosses_zones,
    endpoint_of,
    is_foreign,
    load_balancer,
    read_principal,
    short_name,
    zone_count,
    zones_of,
)
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from tests.checks.endpoint_services.provider import (
    ACCOUNTS,
    ATTRIBUTES,
    BALANCERS,
    CONFIGURATIONS,
    CONNECTIONS,
    CONSUMER,
    PERMISSIONS,
    SERVICE,
    STRANGER,
    VENDOR,
    arn_of,
    provided,
)
from tests.networks import network_of
from tests.world import ABSENT, REGION, World

ORGANIZATION, OTHER = "o-0123456789", "o-9876543210"
SUBNETS, ENDPOINTS = "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints"


def kinds(missing: Missing | None) -> set[Kind]:
    return {cause.kind for cause in missing.causes} if missing else set()


# --- Who may connect


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", {"everyone": True}),
        (f"arn:aws:iam::{VENDOR}:root", {"account": VENDOR}),
        (f"arn:aws-cn:iam::{VENDOR}:user/somebody", {"account": VENDOR}),
        (f"arn:aws-us-gov:iam::{VENDOR}:role/path/reader", {"account": VENDOR}),
        (f"arn:aws:sts::{VENDOR}:assumed-role/reader/session", {"account": VENDOR}),
        (VENDOR, {"account": VENDOR}),
        (f"arn:aws:organizations::{VENDOR}:organization/{OTHER}", {"account": VENDOR, "organization": OTHER}),
        (f"arn:aws:organizations::{VENDOR}:ou/{OTHER}/ou-a1-b2", {"account": VENDOR, "organization": OTHER}),
        ("appflow.amazonaws.com", {"of_aws": True}),
        ("arn:aws:iam::631144002099:root", {"account": "631144002099", "of_aws": True}),
        ("arn:aws:iam::392220576650:root", {"account": "392220576650"}),
        ("AROAEXAMPLEEXAMPLE", {}),
        ("arn:aws:iam::12345:root", {}),
        (f"{VENDOR}0", {}),
        ("", {}),
    ],
)
def test_a_principal_is_told_by_its_name(text: str, expected: dict[str, object]) -> None:
    assert read_principal(AllowedPrincipal(principal=text), REGION) == Principal(text, **expected)  # type: ignore[arg-type]  # a table


def test_the_type_tells_of_everyone_and_of_services_where_the_name_does_not() -> None:
    assert read_principal(AllowedPrincipal(principal_type="All"), REGION).everyone
    assert read_principal(AllowedPrincipal(principal="quicksight", principal_type="Service"), REGION).of_aws


def test_a_permission_for_transit_gateways_is_one_of_its_own_kind() -> None:
    permission = AllowedPrincipal(principal=VENDOR, permission_type="transit-gateway-attachment")
    assert read_principal(permission, REGION).for_attachments


def allowed(world: World) -> tuple[list[str], set[Kind]]:
    network = network_of(world)
    found = allowed_at(network, network.endpoint_services[SERVICE])
    return [principal.text for principal in found], kinds(found.missing)


def test_who_is_allowed_is_all_there_is_where_the_answer_is_whole() -> None:
    assert allowed(provided("b.amazonaws.com", "a.amazonaws.com")) == (["a.amazonaws.com", "b.amazonaws.com"], set())
    assert allowed(provided()) == ([], set())


def test_who_is_allowed_is_missing_where_the_call_was_refused_or_aws_left_it_out() -> None:
    world = provided("*")
    world.refuse(PERMISSIONS)
    assert allowed(world) == ([], {Kind.REFUSED})
    world = provided("*")
    world.change(PERMISSIONS, SERVICE, AllowedPrincipals=ABSENT)
    assert allowed(world) == ([], {Kind.ABSENT_FIELD})
    world = provided("*")
    world.refuse_item(PERMISSIONS, SERVICE)
    assert allowed(world) == ([], {Kind.REFUSED})


@pytest.mark.parametrize(
    ("text", "members", "trusted", "organization_id", "expected"),
    [
        (f"arn:aws:iam::{STRANGER}:root", True, [], None, True),
        (f"arn:aws:iam::{STRANGER}:root", False, [], None, None),
        (f"arn:aws:iam::{STRANGER}:root", False, [VENDOR], None, True),
        (f"arn:aws:iam::{STRANGER}:root", False, [VENDOR], ORGANIZATION, None),
        (f"arn:aws:iam::{VENDOR}:role/a", False, [VENDOR], None, False),
        ("arn:aws:iam::111111111111:root", False, [], None, False),
        ("appflow.amazonaws.com", False, [], None, False),
        ("arn:aws:iam::631144002099:root", False, [], None, False),
        (f"arn:aws:organizations::{STRANGER}:ou/{ORGANIZATION}/ou-1", False, [], ORGANIZATION, False),
        (f"arn:aws:organizations::{STRANGER}:ou/{OTHER}/ou-1", True, [], ORGANIZATION, True),
        (f"arn:aws:organizations::{STRANGER}:ou/{OTHER}/ou-1", False, [], ORGANIZATION, None),
        ("arn:aws:organizations::111111111111:organization/o-1234567890", False, [], None, False),
        ("AROAEXAMPLE", True, [VENDOR], ORGANIZATION, None),
    ],
)
def test_whose_a_principal_is_decides_whether_it_is_foreign(
    text: str, *, members: bool, trusted: list[str], organization_id: str | None, expected: bool | None
) -> None:
    world = provided()
    if not members:
        world.refuse(ACCOUNTS)
    network = network_of(world)
    principal = read_principal(AllowedPrincipal(principal=text), REGION)
    found = is_foreign(network, network.endpoint_services[SERVICE], principal, trusted, organization_id)
    assert (None if isinstance(found, Missing) else found) is expected


# --- Who has connected


def network_with_connections(**changed: Any) -> tuple[Network, World]:
    world = provided()
    made = world.endpoint_connection(SERVICE, "vpce-b", VENDOR)
    world.endpoint_connection(SERVICE, "tgw-attach-a", STRANGER, state="PendingAcceptance")
    world.change(CONNECTIONS, made, **changed)
    return network_of(world), world


def test_a_connection_is_an_endpoints_or_a_transit_gateways() -> None:
    network, _ = network_with_connections()
    attachment, endpoint = connections_of(network, network.endpoint_services[SERVICE])
    assert (attachment.id, attachment.owner, attachment.waits) == ("tgw-attach-a", STRANGER, True)
    assert (endpoint.id, endpoint.owner, endpoint.connected) == ("vpce-b", VENDOR, True)
    assert attachment.label == f"transit gateway attachment tgw-attach-a of account {STRANGER}"
    assert endpoint.label == f"endpoint vpce-b of account {VENDOR}"


def test_a_connection_without_an_id_is_left_out_and_the_list_is_not_whole() -> None:
    network, _ = network_with_connections(VpcEndpointId=ABSENT)
    found = connections_of(network, network.endpoint_services[SERVICE])
    assert [connection.id for connection in found] == ["tgw-attach-a"]
    assert kinds(found.missing) == {Kind.ABSENT_FIELD}


def test_the_connections_of_another_service_are_not_this_ones() -> None:
    network, _ = network_with_connections(ServiceId="vpce-svc-other")
    found = connections_of(network, network.endpoint_services[SERVICE])
    assert ([connection.id for connection in found], found.missing) == (["tgw-attach-a"], None)


def consumed(zone: str = "c", **balancer: Any) -> World:
    """A consumer in an audited account, with an endpoint in one zone."""
    world = provided(CONSUMER, balancer=dict(balancer))
    vpc = world.vpc("vpc-c", "10.1.0.0/16", account=CONSUMER)
    subnet = world.subnet("subnet-consumer", vpc, "10.1.0.0/24", az=f"{REGION}{zone}")
    world.interface_endpoint("vpce-c", vpc, f"com.amazonaws.vpce.{REGION}.{SERVICE}", [subnet])
    world.endpoint_connection(SERVICE, "vpce-c", CONSUMER)
    return world


def test_the_endpoint_of_a_connection_is_what_its_owner_shows() -> None:
    world = consumed()
    network = network_of(world)
    service = network.endpoint_services[SERVICE]
    [connection] = connections_of(network, service)
    assert endpoint_of(network, service, connection) is network.endpoints["vpce-c"]
    world.refuse(ENDPOINTS, account=CONSUMER)
    found = endpoint_of(network_of(world), service, connection)
    assert isinstance(found, Missing)
    assert kinds(found) == {Kind.REFUSED}


def test_an_account_that_was_not_audited_shows_no_endpoint() -> None:
    network, _ = network_with_connections()
    service = network.endpoint_services[SERVICE]
    assert {endpoint_of(network, service, each) for each in connections_of(network, service)} == {None}


def test_consumers_are_in_the_zones_of_their_endpoints() -> None:
    network = network_of(consumed())
    found = consumer_zones(network, network.endpoint_services[SERVICE])
    assert ([(zone, endpoint.id) for zone, endpoint in found], found.missing) == ([("euw1-az3", "vpce-c")], None)


@pytest.mark.parametrize(
    ("action", "kind"),
    [(CONNECTIONS, Kind.REFUSED), (ENDPOINTS, Kind.REFUSED), (SUBNETS, Kind.REFUSED)],
)
def test_the_zones_of_consumers_are_missing_where_an_answer_is(action: str, kind: Kind) -> None:
    world = consumed()
    world.refuse(action)
    network = network_of(world)
    found = consumer_zones(network, network.endpoint_services[SERVICE])
    assert (list(found), kinds(found.missing)) == ([], {kind})


@pytest.mark.parametrize(
    ("action", "item", "member"),
    [(ENDPOINTS, "vpce-c", "SubnetIds"), (SUBNETS, "subnet-consumer", "AvailabilityZoneId")],
)
def test_the_zones_of_consumers_are_missing_where_aws_left_them_out(action: str, item: str, member: str) -> None:
    world = consumed()
    left_out: dict[str, Any] = {member: ABSENT}
    world.change(action, item, **left_out)
    network = network_of(world)
    found = consumer_zones(network, network.endpoint_services[SERVICE])
    assert (list(found), kinds(found.missing)) == ([], {Kind.ABSENT_FIELD})


def test_an_endpoint_in_another_region_is_in_no_zone_of_the_service() -> None:
    world = provided(CONSUMER)
    world.audit(CONSUMER)
    world.endpoint_connection(SERVICE, "vpce-far", CONSUMER, from_region="us-east-1")
    network = network_of(world)
    found = consumer_zones(network, network.endpoint_services[SERVICE])
    assert (list(found), found.missing) == ([], None)


# --- What carries them, and where


def test_a_load_balancer_is_there_or_gone_or_not_seen() -> None:
    world = provided()
    arn = arn_of(world)
    network = network_of(world)
    service = network.endpoint_services[SERVICE]
    found = load_balancer(network, service, arn)
    assert found is not None
    assert not isinstance(found, Missing)
    assert found.load_balancer_arn == arn
    assert load_balancer(network, service, arn.replace("/shop/", "/gone/")) is None
    elsewhere = load_balancer(network, service, arn.replace("111111111111", VENDOR))
    assert isinstance(elsewhere, Missing)
    assert kinds(elsewhere) == {Kind.NOT_AUDITED}
    world.refuse(BALANCERS)
    assert isinstance(load_balancer(network_of(world), service, arn), Missing)


def test_a_load_balancer_is_named_by_what_tells_it_apart() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/net/shop/50dc6c495c0c9188"
    assert short_name(arn) == "net/shop/50dc6c495c0c9188"
    assert short_name("shop") == "shop"


@pytest.mark.parametrize("on", [True, False])
def test_a_load_balancer_crosses_zones_as_its_settings_say(*, on: bool) -> None:
    world = provided(balancer={"cross_zone": on})
    network = network_of(world)
    assert crosses_zones(network, network.endpoint_services[SERVICE], arn_of(world)) is on


def test_whether_a_load_balancer_crosses_zones_is_missing_where_its_settings_are() -> None:
    for refused in (ATTRIBUTES, BALANCERS):
        world = provided()
        world.refuse(refused)
        network = network_of(world)
        found = crosses_zones(network, network.endpoint_services[SERVICE], arn_of(provided()))
        assert isinstance(found, Missing)
        assert kinds(found) == {Kind.REFUSED}
    world = provided()
    world.change(ATTRIBUTES, arn_of(world), Attributes=[])
    network = network_of(world)
    found = crosses_zones(network, network.endpoint_services[SERVICE], arn_of(provided()))
    assert isinstance(found, Missing)
    assert kinds(found) == {Kind.ABSENT_FIELD}


def test_zones_are_known_by_their_ids_or_by_the_subnets_of_the_account() -> None:
    world = provided(zones="ac")
    network = network_of(world)
    assert zones_of(network, network.endpoint_services[SERVICE]) == frozenset({"euw1-az1", "euw1-az3"})
    world.change(CONFIGURATIONS, SERVICE, AvailabilityZoneIds=ABSENT)
    network = network_of(world)
    assert zones_of(network, network.endpoint_services[SERVICE]) == frozenset({"euw1-az1", "euw1-az3"})
    assert zone_count(network.endpoint_services[SERVICE]) == 2
    world.refuse(SUBNETS)
    network = network_of(world)
    assert isinstance(zones_of(network, network.endpoint_services[SERVICE]), Missing)
    assert zone_count(network.endpoint_services[SERVICE]) == 2
    world.change(CONFIGURATIONS, SERVICE, AvailabilityZones=ABSENT)
    network = network_of(world)
    assert isinstance(zones_of(network, network.endpoint_services[SERVICE]), Missing)
    assert isinstance(zone_count(network.endpoint_services[SERVICE]), Missing)
