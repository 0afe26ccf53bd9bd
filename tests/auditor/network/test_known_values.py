import pytest
from botocore.model import StringShape

from auditor.collect import open_session
from auditor.network import known_values


def values(shape: str) -> set[str]:
    found = open_session(None).get_service_model("ec2").shape_for(shape)
    assert isinstance(found, StringShape)
    assert found.enum
    return set(found.enum)


@pytest.mark.parametrize(
    ("known", "shape"),
    [
        (known_values.ENDPOINT_TYPES, "VpcEndpointType"),
        (known_values.PEERING_STATUSES, "VpcPeeringConnectionStateReasonCode"),
        (known_values.ROUTE_ORIGINS, "RouteOrigin"),
        (known_values.ROUTE_STATES, "RouteState"),
    ],
)
def test_every_value_of_botocores_model_is_known(known: frozenset[str], shape: str) -> None:
    assert values(shape) <= known


def test_every_state_of_an_endpoint_is_known_in_lower_case() -> None:
    assert {state.lower() for state in values("State")} <= known_values.ENDPOINT_STATES
