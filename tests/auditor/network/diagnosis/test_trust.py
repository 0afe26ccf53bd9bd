from collections.abc import Collection

import pytest

from auditor.network.diagnosis.trust import is_unwanted_request, stranger
from auditor.network.entities import Side
from auditor.network.missing import Missing
from auditor.network.network import Network
from tests.networks import network_of
from tests.world import World

ORGANIZATION = "o-0123456789"
STRANGER, VENDOR = "888888888888", "999999999999"


def network_with(status: str = "active", *, incoming: bool = False, members: bool = True) -> Network:
    world = World()
    near, far = world.vpc("vpc-a", "172.16.0.0/16"), world.foreign_vpc("vpc-b", "10.0.0.0/16", account=STRANGER)
    world.peering("pcx-1", *((far, near) if incoming else (near, far)), status=status)
    if not members:
        world.refuse("organizations:ListAccounts")
    return network_of(world)


@pytest.mark.parametrize(
    ("members", "trusted", "organization_id", "expected"),
    [
        (True, [], None, "stranger"),
        (True, [VENDOR], None, "stranger"),
        (True, [STRANGER], None, "none"),
        (False, [], None, "missing"),
        (False, [VENDOR], None, "stranger"),
        (False, [STRANGER], None, "none"),
        (False, [VENDOR], ORGANIZATION, "missing"),
        (False, [STRANGER], ORGANIZATION, "none"),
        (True, [VENDOR], ORGANIZATION, "stranger"),
    ],
)
def test_an_owner_is_a_stranger_where_enough_is_known_to_say_so(
    *, members: bool, trusted: Collection[str], organization_id: str | None, expected: str
) -> None:
    network = network_with(members=members)
    found = stranger(network, network.peerings["pcx-1"], trusted, organization_id)
    assert {"stranger": Side, "missing": Missing, "none": type(None)}[expected] is type(found)
    if isinstance(found, Side):
        assert found.owner == STRANGER


@pytest.mark.parametrize(
    ("status", "incoming", "trusted", "unwanted"),
    [
        ("pending-acceptance", True, [], True),
        ("pending-acceptance", False, [], False),
        ("active", True, [], False),
        ("pending-acceptance", True, [STRANGER], False),
    ],
)
def test_a_request_is_unwanted_where_a_stranger_sent_it(
    status: str, *, incoming: bool, trusted: Collection[str], unwanted: bool
) -> None:
    network = network_with(status, incoming=incoming)
    assert is_unwanted_request(network, network.peerings["pcx-1"], trusted, None) is unwanted
