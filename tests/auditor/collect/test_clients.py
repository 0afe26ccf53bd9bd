import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from auditor.collect import Credentials, OperationNotAllowedError, open_session, read_only_client
from auditor.collect.clients import Borrower, Clients
from auditor.collect.pace import UNLIMITED, Pace
from auditor.snapshot import Target
from collectors import COLLECTORS
from tests.auditor.collect.asking import CREDENTIALS, SECRETS, request
from tests.auditor.collect.clock import Clock
from tests.hooked_aws import HookedAws, http_response, refused

OTHERS = Credentials("AKIAOTHEROTHEROTHERX", "anothersecretkey", "anothertoken")


def borrower(credentials: Credentials = CREDENTIALS, region: str = "eu-west-1") -> Borrower:
    asked = replace(request(region), credentials=credentials)
    return Borrower(asked, Pace(UNLIMITED), lambda: None)


def signed_with(client: BaseClient) -> list[str]:
    """The access keys with which the client signs from now on."""
    keys: list[str] = []

    def note(request: Any, **_: object) -> None:
        keys.append(request.headers["Authorization"].decode().split("Credential=")[1].split("/")[0])

    client.meta.events.register("before-send", note)
    return keys


def describe_vpcs(client: BaseClient) -> None:
    client.describe_vpcs()  # type: ignore[attr-defined] # botocore makes methods as it runs


@pytest.fixture
def _moto() -> Iterator[None]:
    with mock_aws():
        yield


in_moto = pytest.mark.usefixtures("_moto")


# --- Only reading


def test_a_client_has_the_operations_that_it_was_asked_for_and_no_other(aws: HookedAws) -> None:
    client = read_only_client(
        open_session(None), "ec2", "eu-west-1", operations={"DescribeSubnets"}, credentials=CREDENTIALS
    )
    assert set(client.meta.method_to_api_mapping) == {"describe_subnets"}
    assert client.meta.service_model.operation_names == ["DescribeSubnets"]
    assert not hasattr(client, "create_vpc")
    getattr(client, "describe_subnets")()  # noqa: B009 - botocore makes methods as it runs
    assert [call.operation for call in aws.calls] == ["DescribeSubnets"]


@pytest.mark.parametrize("service", sorted({each.service for each in COLLECTORS}))
def test_the_client_that_collects_has_the_declared_operations_of_its_service_and_no_other(service: str) -> None:
    declared = {each.operation for each in COLLECTORS if each.service == service}
    with Clients(COLLECTORS).lent_to(borrower()) as client:
        assert set(client(service).meta.method_to_api_mapping.values()) == declared


@pytest.mark.parametrize("operation", ["CreateVpc", "DeleteVpc", "AcceptVpcPeeringConnection", "AssumeRole"])
def test_no_client_is_made_for_what_does_more_than_read(operation: str) -> None:
    with pytest.raises(OperationNotAllowedError, match=f"ec2:{operation} does not only read"):
        read_only_client(
            open_session(None), "ec2", "eu-west-1", operations={"DescribeVpcs", operation}, credentials=CREDENTIALS
        )


@in_moto
def test_what_a_reduced_model_answers_is_what_the_whole_one_answers() -> None:
    whole = open_session(None).create_client("ec2", region_name="eu-west-1")
    reduced = read_only_client(
        open_session(None), "ec2", "eu-west-1", operations={"DescribeVpcs"}, credentials=CREDENTIALS
    )
    assert reduced.describe_vpcs()["Vpcs"] == whole.describe_vpcs()["Vpcs"] != []  # type: ignore[attr-defined] # made as it runs


def test_sessions_share_the_service_models() -> None:
    first, second = open_session(None), open_session(None)
    assert first.get_component("data_loader") is second.get_component("data_loader")


# --- Passing from one account to the next


@in_moto
def test_a_client_is_kept_for_the_next_account_and_signs_with_its_credentials() -> None:
    clients = Clients(COLLECTORS)
    with clients.lent_to(borrower()) as client:
        first = client("ec2")
        keys = signed_with(first)
        describe_vpcs(first)
    with clients.lent_to(borrower(OTHERS)) as client:
        assert client("ec2") is first
        describe_vpcs(first)
    assert keys == [CREDENTIALS.access_key, OTHERS.access_key]


@in_moto
def test_two_units_at_a_time_have_a_client_each() -> None:
    clients = Clients(COLLECTORS)
    with clients.lent_to(borrower()) as mine, clients.lent_to(borrower(OTHERS)) as theirs:
        assert mine("ec2") is mine("ec2")
        assert mine("ec2") is not theirs("ec2")
        keys = signed_with(mine("ec2")), signed_with(theirs("ec2"))
        describe_vpcs(mine("ec2"))
        describe_vpcs(theirs("ec2"))
    assert keys == ([CREDENTIALS.access_key], [OTHERS.access_key])


@in_moto
def test_each_region_has_clients_of_its_own() -> None:
    clients = Clients(COLLECTORS)
    with clients.lent_to(borrower()) as client:
        first = client("ec2")
    with clients.lent_to(borrower(region="us-east-1")) as client:
        assert client("ec2").meta.region_name == "us-east-1"
        assert client("ec2") is not first


@in_moto
def test_a_client_that_nobody_has_holds_no_credentials() -> None:
    clients = Clients(COLLECTORS)
    with clients.lent_to(borrower()) as client:
        kept = client("ec2")
        keys = signed_with(kept)
    describe_vpcs(kept)
    assert keys == [""]


@in_moto
def test_a_client_that_had_to_try_again_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    clients = Clients(COLLECTORS)
    with clients.lent_to(borrower()) as client:
        first = client("ec2")
        first.meta.events.register_first("before-send", _unreachable)
        with pytest.raises(ConnectionError):
            describe_vpcs(first)
    with clients.lent_to(borrower()) as client:
        assert client("ec2") is not first


def _unreachable(**_: object) -> None:
    raise ConnectionError("reset by peer")


def test_a_client_that_was_refused_is_handed_on(aws: HookedAws) -> None:
    clients = Clients(COLLECTORS)
    aws.replies["DescribeVpcs"] = refused()
    with clients.lent_to(borrower()) as client:
        first = client("ec2")
        with pytest.raises(type(refused())):
            describe_vpcs(first)
    with clients.lent_to(borrower()) as client:
        assert client("ec2") is first


# --- How fast


def test_every_attempt_is_paced_and_an_answer_that_throttles_slows_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    clock = Clock()
    pace = Pace(0.2, clock=clock, sleep=clock.sleep)
    busy = b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error></Errors></Response>"
    answers = iter([http_response(503, busy), http_response(200, b"<DescribeVpcsResponse/>")])
    sent: list[float] = []

    def send(**_: object) -> Any:
        sent.append(clock.passed)
        return next(answers)

    with Clients(COLLECTORS).lent_to(Borrower(request(), pace, lambda: None)) as client:
        client("ec2").meta.events.register_first("before-send", send)
        describe_vpcs(client("ec2"))
    # One request may be sent at once. The second is due after five seconds, or ten at half the rate.
    assert sent == [0, pytest.approx(10)]


@in_moto
def test_route_53_is_asked_by_all_regions_of_an_account_at_one_pace() -> None:
    clients = Clients(COLLECTORS)

    def asking(account: str, region: str) -> float:
        """The seconds that five calls take at two a second, of which ten may be sent at once."""
        asked = replace(request(region), target=Target(account, region), max_rate=4)
        began = time.monotonic()
        with clients.lent_to(Borrower(asked, Pace(UNLIMITED), lambda: None)) as client:
            for _ in range(5):
                client("route53").list_hosted_zones()  # type: ignore[attr-defined] # as above
        return time.monotonic() - began

    asking("111111111111", "eu-west-1")
    asking("111111111111", "us-east-1")
    assert asking("222222222222", "eu-west-1") < 0.5
    assert asking("111111111111", "eu-central-1") > 1


# --- Credentials


def test_credentials_are_never_shown() -> None:
    shown = repr(request()) + str(CREDENTIALS)
    assert not any(secret in shown for secret in SECRETS)


@in_moto
def test_no_log_of_any_level_holds_credentials(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(1)
    with Clients(COLLECTORS).lent_to(borrower()) as client:
        keys = signed_with(client("ec2"))
        describe_vpcs(client("ec2"))
    logging.getLogger("urllib3").debug("seen")
    assert keys == [CREDENTIALS.access_key]
    assert "seen" in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


def test_botocore_is_imported_only_when_something_is_asked() -> None:
    code = "import sys, auditor.targets, collectors; print({'botocore', 'boto3'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
