import pytest

from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.usage import carried_by_endpoint, carried_by_nat_gateway, was_asked
from auditor.snapshot import Target
from tests.networks import network_of
from tests.world import ABSENT, ACCOUNT, REGION, World

HOME = Target(ACCOUNT, REGION)
METRICS = "cloudwatch:GetMetricData"
GIGABYTE = 2**30


def world() -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.nat_gateway("nat-1", vpc)
    made.interface_endpoint("vpce-1", vpc, "sqs", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    return made


def kinds(found: float | Missing) -> set[Kind]:
    assert isinstance(found, Missing)
    return {cause.kind for cause in found.causes}


def endpoint_bytes(network: Network, days: int = 30) -> float | Missing:
    return carried_by_endpoint(network, network.endpoints["vpce-1"], days)


def test_a_nat_gateway_carries_what_it_passes_on_in_both_directions() -> None:
    made = world()
    made.metrics({"nat-1": 60})
    assert carried_by_nat_gateway(network_of(made), "nat-1", HOME) == pytest.approx(60 * GIGABYTE)


def test_an_endpoint_carries_what_it_processes_of_late() -> None:
    made = world()
    made.metrics({"vpce-1": 60})
    network = network_of(made)
    assert endpoint_bytes(network) == pytest.approx(60 * GIGABYTE)
    assert endpoint_bytes(network, days=3) == pytest.approx(6 * GIGABYTE)


def test_an_endpoint_that_reports_nothing_carried_nothing() -> None:
    made = world()
    made.metrics()
    assert endpoint_bytes(network_of(made)) == 0


def test_a_run_that_read_no_metrics_did_not_ask() -> None:
    made = world()
    assert not was_asked(network_of(made), HOME)
    assert kinds(endpoint_bytes(network_of(made))) == {Kind.NOT_ASKED}
    made.metrics()
    assert was_asked(network_of(made), HOME)
    assert not was_asked(network_of(made), Target(ACCOUNT, "us-east-1"))


def test_refused_metrics_are_missing_and_were_asked_for() -> None:
    made = world()
    made.metrics()
    made.refuse(METRICS)
    network = network_of(made)
    assert was_asked(network, HOME)
    assert kinds(endpoint_bytes(network)) == kinds(carried_by_nat_gateway(network, "nat-1", HOME)) == {Kind.REFUSED}


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_a_result_that_is_not_complete_is_missing(status: str) -> None:
    made = world()
    made.metrics({"vpce-1": 1})
    made.change(METRICS, "vpce-1 BytesProcessed", StatusCode=status)
    assert kinds(endpoint_bytes(network_of(made))) == {Kind.FAILED}


def test_one_of_two_directions_alone_is_not_what_a_nat_gateway_carried() -> None:
    made = world()
    made.metrics({"nat-1": 1})
    made.change(METRICS, "nat-1 BytesOutToSource", Values=ABSENT)
    assert kinds(carried_by_nat_gateway(network_of(made), "nat-1", HOME)) == {Kind.ABSENT_FIELD}


def test_a_list_that_was_cut_still_proves_what_it_holds() -> None:
    made = world()
    made.metrics({"nat-1": 1, "vpce-1": 1})
    made.cut(METRICS, keep=2)
    network = network_of(made)
    assert carried_by_nat_gateway(network, "nat-1", HOME) == pytest.approx(GIGABYTE)
    assert kinds(endpoint_bytes(network)) == {Kind.FAILED}
