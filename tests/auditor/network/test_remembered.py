import gc
import weakref

from auditor.network.addresses import Addresses
from auditor.network.entities import Vpc
from auditor.network.network import Network
from auditor.network.remembered import remembered
from tests.networks import network_of
from tests.world import World


def network() -> Network:
    world = World()
    world.vpc("vpc-a", "10.0.0.0/16")
    world.vpc("vpc-b", "10.1.0.0/16")
    return network_of(world)


def test_an_answer_is_worked_out_once_for_each_thing_that_is_asked_of() -> None:
    asked: list[tuple[str, Addresses]] = []

    @remembered
    def shared(_: Network, vpc: Vpc, addresses: Addresses) -> Addresses:
        asked.append((vpc.id, addresses))
        return vpc.addresses & addresses

    seen = network()
    one, other = seen.vpcs["vpc-a"], seen.vpcs["vpc-b"]
    wide, narrow = Addresses.of("10.0.0.0/8"), Addresses.of("10.1.2.0/24")
    questions = [(one, wide), (one, narrow), (other, wide), (other, narrow)]
    first = [shared(seen, vpc, addresses) for vpc, addresses in questions]
    assert first == [vpc.addresses & addresses for vpc, addresses in questions]
    assert [shared(seen, vpc, addresses) for vpc, addresses in questions] == first
    assert asked == [(vpc.id, addresses) for vpc, addresses in questions]


def test_records_are_told_apart_by_their_ids() -> None:
    asked: list[str] = []

    @remembered
    def block(_: Network, record: object) -> int:
        asked.append(type(record).__name__)
        return len(asked)

    seen = network()
    one, other = seen.vpcs["vpc-a"].record, seen.vpcs["vpc-b"].record
    assert [block(seen, one), block(seen, other), block(seen, one)] == [1, 2, 1]


def test_nothing_is_remembered_as_an_answer_too() -> None:
    asked: list[str] = []

    @remembered
    def none(_: Network, name: str) -> None:
        asked.append(name)

    seen = network()
    none(seen, "a")
    none(seen, "a")
    assert asked == ["a"]


def test_networks_share_no_answers_and_are_forgotten_with_them() -> None:
    @remembered
    def names(of: Network) -> tuple[str, ...]:
        return tuple(of.vpcs)

    whole, empty = network(), network_of(World())
    assert (names(whole), names(empty)) == (("vpc-a", "vpc-b"), ())
    gone = weakref.ref(whole)
    del whole
    gc.collect()
    assert gone() is None
