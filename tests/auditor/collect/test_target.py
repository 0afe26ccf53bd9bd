from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import botocore.handlers
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    CredentialRetrievalError,
    EndpointConnectionError,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
    UnknownEndpointError,
)
from botocore.parsers import ResponseParserError
from moto import mock_aws

from auditor.collect import collect_target, collectors_for
from auditor.collector import Collector, Scope
from auditor.model import ManagedPrefixListEntries, Record, Vpc, VpcAttribute, VpnConnection
from auditor.snapshot import GLOBAL, Answer, CallError
from collectors import COLLECTORS, vpcs
from tests.auditor.collect.asking import ACCOUNT, CREDENTIALS, ask, error_of, pages, request, vpc
from tests.hooked_aws import HookedAws, http_response, refused


class VpcEndpointAssociation(Record, rename="pascal", frozen=True, kw_only=True):
    id: str


UNPAGED = Collector(
    service="ec2",
    operation="DescribeVpcEndpointAssociations",
    key="VpcEndpointAssociations",
    record=VpcEndpointAssociation,
)


# --- Pages


def test_every_page_is_read_and_each_is_as_large_as_the_model_allows(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = pages("Vpcs", [vpc(1), vpc(2)], [vpc(3)], [vpc(4)])
    answers = ask(Vpc)
    assert answers["ec2:DescribeVpcs"] == Answer(items=[vpc(1), vpc(2), vpc(3), vpc(4)])
    assert [call["MaxResults"] for call in aws.named("DescribeVpcs")] == [1000, 1000, 1000]


def test_a_page_has_no_size_where_the_model_names_no_greatest_one(aws: HookedAws) -> None:
    collect_target(request(), COLLECTORS)
    sizes = {call.operation: call.parameters.get("MaxResults") for call in aws.calls}
    assert sizes["DescribeRouteTables"] == 100
    assert sizes["DescribeVpcEndpoints"] is None
    assert sizes["DescribeVpnGateways"] is None


def test_a_call_that_botocore_cannot_page_is_paged_by_its_token(aws: HookedAws) -> None:
    aws.replies[UNPAGED.operation] = pages(UNPAGED.key or "", [{"Id": "1"}], [{"Id": "2"}], [{"Id": "3"}])
    answers = collect_target(request(), [UNPAGED]).answers
    assert answers[UNPAGED.action].items == [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}]


@pytest.mark.parametrize("collector", [vpcs.COLLECTOR, UNPAGED], ids=["paged by botocore", "paged by its token"])
def test_a_token_that_comes_twice_is_an_error_and_ends_the_call(aws: HookedAws, collector: Collector) -> None:
    aws.replies[collector.operation] = {collector.key or "": [], "NextToken": "again"}
    answers = collect_target(request(), [collector]).answers
    assert (error_of(answers[collector.action]).kind, len(aws.calls)) == ("failed", 2)
    assert error_of(answers[collector.action]).code == "PaginationError"


def test_a_page_that_fails_leaves_the_items_before_it_and_the_error(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = pages("Vpcs", [vpc(1)], [vpc(2)], ReadTimeoutError(endpoint_url="https://ec2"))
    answer = ask(Vpc)["ec2:DescribeVpcs"]
    assert answer.items == [vpc(1), vpc(2)]
    assert (error_of(answer).kind, error_of(answer).code) == ("failed", "ReadTimeoutError")


def test_an_empty_answer_is_an_empty_list_and_a_refused_one_is_none(aws: HookedAws) -> None:
    assert ask(Vpc)["ec2:DescribeVpcs"] == Answer(items=[])
    aws.replies["DescribeVpcs"] = refused()
    assert ask(Vpc)["ec2:DescribeVpcs"].items is None


# --- Failures


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (refused("UnauthorizedOperation"), "refused", "UnauthorizedOperation"),
        (refused("AccessDeniedException"), "refused", "AccessDeniedException"),
        (refused("ExpiredToken"), "refused", "ExpiredToken"),
        (refused("AuthFailure"), "refused", "AuthFailure"),
        (refused("OptInRequired"), "unavailable", "OptInRequired"),
        (refused("InvalidAction"), "unavailable", "InvalidAction"),
        (refused("RequestLimitExceeded"), "failed", "RequestLimitExceeded"),
        (refused("InternalError"), "failed", "InternalError"),
        (ResponseParserError("Unable to parse response"), "failed", "ResponseParserError"),
        (EndpointConnectionError(endpoint_url="https://ec2"), "failed", "EndpointConnectionError"),
        (UnknownEndpointError(service_name="ec2", region_name="x"), "unavailable", "UnknownEndpointError"),
        (CredentialRetrievalError(provider="sso", error_msg="gone"), "failed", "CredentialRetrievalError"),
        (UnauthorizedSSOTokenError(), "failed", "UnauthorizedSSOTokenError"),
        (ConnectionResetError("reset by peer"), "failed", "ConnectionResetError"),
        (NotImplementedError("not here"), "failed", "NotImplementedError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_failure_is_an_error_of_its_own_call_alone(
    aws: HookedAws, failure: Exception, kind: str, code: str
) -> None:
    aws.replies["DescribeSubnets"] = failure
    answers = collect_target(request(), COLLECTORS).answers
    assert {action for action, answer in answers.items() if answer.error} == {"ec2:DescribeSubnets"}
    error = error_of(answers["ec2:DescribeSubnets"])
    assert (error.kind, error.code) == (kind, code)


def test_an_interrupt_is_not_taken_for_a_failure(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        ask(Vpc)


@pytest.mark.parametrize(("enabled", "kind"), [(False, "unavailable"), (True, "refused"), (None, "refused")])
def test_auth_failure_is_unavailable_only_in_a_region_that_is_not_enabled(
    aws: HookedAws, enabled: bool | None, kind: str
) -> None:
    aws.replies["DescribeVpcs"] = refused("AuthFailure")
    assert error_of(ask(Vpc, enabled=enabled)["ec2:DescribeVpcs"]).kind == kind


def test_a_message_is_one_line_without_credentials(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = refused(
        "SignatureDoesNotMatch",
        f"The string should have been\n'GET\nx-amz-security-token:{CREDENTIALS.token}' for {CREDENTIALS.access_key},"
        " not ASIAZZZZZZZZZZZZZZZZ. Encoded authorization failure message: 0VNaQbW8_xyz",
    )
    message = error_of(ask(Vpc)["ec2:DescribeVpcs"]).message
    assert message == "The string should have been 'GET x-amz-security-token:***' for ***, not ***."


def test_throttling_is_waited_out(monkeypatch: pytest.MonkeyPatch, aws: HookedAws) -> None:
    waits: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", waits.append)
    sent = _throttle(monkeypatch, aws, times=7)
    assert ask(Vpc)["ec2:DescribeVpcs"].items
    assert (len(sent), len(waits)) == (8, 7)


def test_the_users_own_number_of_attempts_holds(monkeypatch: pytest.MonkeyPatch, aws: HookedAws) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    sent = _throttle(monkeypatch, aws, times=7)
    assert error_of(ask(Vpc)["ec2:DescribeVpcs"]).code == "RequestLimitExceeded"
    assert len(sent) == 1


def _throttle(monkeypatch: pytest.MonkeyPatch, aws: HookedAws, times: int) -> list[object]:
    aws.default = None
    sent: list[object] = []
    busy = b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error></Errors></Response>"
    some = b"<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>"

    def send(request: object, **_: Any) -> AWSResponse:
        sent.append(request)
        status, body = (503, busy) if len(sent) <= times else (200, some)
        return http_response(status, body)

    handlers = [*botocore.handlers.BUILTIN_HANDLERS, ("before-send", send)]
    monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)
    return sent


# --- Calls made for parents


def test_two_calls_for_one_parent_fill_one_item(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [vpc(1), vpc(2)]}
    aws.replies["DescribeVpcAttribute"] = _switches
    assert ask(VpcAttribute)["ec2:DescribeVpcAttribute"].items == [
        {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": False}},
        {"VpcId": "vpc-2", "EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": False}},
    ]


def test_the_pages_of_one_parent_are_joined_without_their_tokens(aws: HookedAws) -> None:
    aws.replies["DescribeRouteTables"] = {"RouteTables": [{"Routes": [{"DestinationPrefixListId": "pl-1"}]}]}
    aws.replies["GetManagedPrefixListEntries"] = pages("Entries", [{"Cidr": "10.0.0.0/8"}], [{"Cidr": "10.1.0.0/16"}])
    assert ask(ManagedPrefixListEntries)["ec2:GetManagedPrefixListEntries"].items == [
        {"PrefixListId": "pl-1", "Entries": [{"Cidr": "10.0.0.0/8"}, {"Cidr": "10.1.0.0/16"}]}
    ]


def test_a_later_page_of_one_parent_that_fails_leaves_the_pages_before_it_and_the_error(aws: HookedAws) -> None:
    aws.replies["DescribeRouteTables"] = {"RouteTables": [{"Routes": [{"DestinationPrefixListId": "pl-1"}]}]}
    aws.replies["GetManagedPrefixListEntries"] = pages("Entries", [{"Cidr": "10.0.0.0/8"}], refused(message="no"))
    assert ask(ManagedPrefixListEntries)["ec2:GetManagedPrefixListEntries"] == Answer(
        items=[
            {
                "PrefixListId": "pl-1",
                "Entries": [{"Cidr": "10.0.0.0/8"}],
                "error": {"kind": "refused", "code": "UnauthorizedOperation", "message": "no"},
            }
        ]
    )


def test_one_of_two_calls_that_fails_names_its_parameter_and_leaves_the_other_answer(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [vpc(1), vpc(2)]}
    aws.replies["DescribeVpcAttribute"] = _switches_but(("vpc-1", "enableDnsSupport"), error=refused(message="no"))
    answer = ask(VpcAttribute)["ec2:DescribeVpcAttribute"]
    assert answer.error is None
    assert answer.items == [
        {
            "VpcId": "vpc-1",
            "EnableDnsHostnames": {"Value": False},
            "error": {
                "kind": "refused",
                "code": "UnauthorizedOperation",
                "message": "no",
                "parameter": "enableDnsSupport",
            },
        },
        {"VpcId": "vpc-2", "EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": False}},
    ]


def test_a_parent_with_both_calls_failed_names_no_parameter(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [vpc(1), vpc(2)]}
    both = (("vpc-1", "enableDnsSupport"), ("vpc-1", "enableDnsHostnames"))
    aws.replies["DescribeVpcAttribute"] = _switches_but(*both, error=refused(message="no"))
    items = ask(VpcAttribute)["ec2:DescribeVpcAttribute"].items or []
    assert items[0] == {
        "VpcId": "vpc-1",
        "error": {"kind": "refused", "code": "UnauthorizedOperation", "message": "no"},
    }


def test_calls_that_all_fail_alike_are_the_failure_of_the_action(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [vpc(1), vpc(2)]}
    aws.replies["DescribeVpcAttribute"] = refused(message="no")
    assert ask(VpcAttribute)["ec2:DescribeVpcAttribute"] == Answer(
        error=CallError(kind="refused", code="UnauthorizedOperation", message="no")
    )


def test_vpcs_that_vanish_between_two_calls_are_left_out(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [vpc(1), vpc(2), vpc(3)]}
    gone = (("vpc-1", "enableDnsSupport"), ("vpc-1", "enableDnsHostnames"), ("vpc-2", "enableDnsHostnames"))
    aws.replies["DescribeVpcAttribute"] = _switches_but(*gone, error=refused("InvalidVpcID.NotFound"))
    answer = ask(VpcAttribute)["ec2:DescribeVpcAttribute"]
    assert answer.error is None
    assert [item["VpcId"] for item in answer.items or ()] == ["vpc-3"]
    assert Counter(call["VpcId"] for call in aws.named("DescribeVpcAttribute")) == {"vpc-1": 1, "vpc-2": 2, "vpc-3": 2}


def test_all_vpcs_that_vanish_leave_an_empty_answer_and_no_error(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [vpc(1), vpc(2)]}
    aws.replies["DescribeVpcAttribute"] = refused("InvalidVpcID.NotFound")
    assert ask(VpcAttribute)["ec2:DescribeVpcAttribute"] == Answer(items=[])


def test_a_prefix_list_that_is_only_referred_to_and_not_found_is_an_error(aws: HookedAws) -> None:
    routes = [{"DestinationPrefixListId": "pl-1"}, {"DestinationPrefixListId": "pl-2"}]
    aws.replies["DescribeRouteTables"] = {"RouteTables": [{"Routes": routes}]}

    def entries(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["PrefixListId"] == "pl-1":
            raise refused("InvalidPrefixListID.NotFound", "no such list")
        return {"Entries": []}

    aws.replies["GetManagedPrefixListEntries"] = entries
    assert ask(ManagedPrefixListEntries)["ec2:GetManagedPrefixListEntries"].items == [
        {
            "PrefixListId": "pl-1",
            "error": {"kind": "failed", "code": "InvalidPrefixListID.NotFound", "message": "no such list"},
        },
        {"PrefixListId": "pl-2", "Entries": []},
    ]


def test_parents_that_were_cut_by_an_error_pass_it_on(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = pages("Vpcs", [vpc(1)], refused("RequestLimitExceeded", "busy"))
    aws.replies["DescribeVpcAttribute"] = _switches
    answer = ask(VpcAttribute)["ec2:DescribeVpcAttribute"]
    assert [item["VpcId"] for item in answer.items or ()] == ["vpc-1"]
    assert answer.error == CallError(
        kind="failed", code="RequestLimitExceeded", message="busy", parent="ec2:DescribeVpcs"
    )


def test_calls_that_all_fail_leave_the_parents_that_are_known_where_the_parents_were_cut(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = pages("Vpcs", [vpc(1)], refused("RequestLimitExceeded", "busy"))
    aws.replies["DescribeVpcAttribute"] = refused(message="no")
    answer = ask(VpcAttribute)["ec2:DescribeVpcAttribute"]
    assert error_of(answer).parent == "ec2:DescribeVpcs"
    failed = {"kind": "refused", "code": "UnauthorizedOperation", "message": "no"}
    assert answer.items == [{"VpcId": "vpc-1", "error": failed}]


def test_parents_that_were_refused_leave_no_items(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = refused(message="no")
    answer = ask(VpcAttribute)["ec2:DescribeVpcAttribute"]
    assert answer == Answer(
        error=CallError(kind="refused", code="UnauthorizedOperation", message="no", parent="ec2:DescribeVpcs")
    )
    assert not aws.named("DescribeVpcAttribute")


def test_a_parent_without_its_id_is_the_failure_of_the_calls_made_for_it_alone(aws: HookedAws) -> None:
    aws.replies["DescribeVpcs"] = {"Vpcs": [{"OwnerId": ACCOUNT}]}
    answers = ask(VpcAttribute)
    assert answers["ec2:DescribeVpcs"].error is None
    assert answers["ec2:DescribeVpcAttribute"] == Answer(
        error=CallError(kind="failed", code="KeyError", message="'VpcId'")
    )


def _switches(parameters: Mapping[str, Any]) -> dict[str, Any]:
    support = parameters["Attribute"] == "enableDnsSupport"
    switch = {"EnableDnsSupport": {"Value": True}} if support else {"EnableDnsHostnames": {"Value": False}}
    return {"VpcId": parameters["VpcId"], **switch}


def _switches_but(*failing: tuple[str, str], error: Exception) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def reply(parameters: Mapping[str, Any]) -> dict[str, Any]:
        if (parameters["VpcId"], parameters["Attribute"]) in failing:
            raise error
        return _switches(parameters)

    return reply


# --- What an item holds


def test_no_sensitive_member_reaches_the_shard(aws: HookedAws) -> None:
    aws.replies["DescribeVpnConnections"] = {
        "VpnConnections": [
            {
                "VpnConnectionId": "vpn-1",
                "CustomerGatewayConfiguration": "<pre_shared_key>hush</pre_shared_key>",
                "Options": {"TunnelOptions": [{"PreSharedKey": "hush", "TunnelInsideCidr": "169.254.1.0/30"}]},
            }
        ]
    }
    assert ask(VpnConnection)["ec2:DescribeVpnConnections"].items == [
        {"VpnConnectionId": "vpn-1", "Options": {"TunnelOptions": [{"TunnelInsideCidr": "169.254.1.0/30"}]}}
    ]


def test_times_are_kept_in_iso_8601_and_utc(aws: HookedAws) -> None:
    local = datetime(2026, 11, 23, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    expiring = [{"VpcPeeringConnectionId": "pcx-1", "ExpirationTime": local}]
    aws.replies["DescribeVpcPeeringConnections"] = {"VpcPeeringConnections": expiring}
    items = collect_target(request(), COLLECTORS).items("ec2:DescribeVpcPeeringConnections")
    assert items == [{"VpcPeeringConnectionId": "pcx-1", "ExpirationTime": "2026-11-23T12:00:00Z"}]


# --- One target


def test_a_target_needs_one_call_a_list_and_one_a_parent_and_value(aws: HookedAws) -> None:
    aws.default = None
    aws.replies["DescribeStaleSecurityGroups"] = {"StaleSecurityGroupSet": []}
    aws.replies["DescribeDirectConnectGatewayAssociations"] = {"directConnectGatewayAssociations": []}
    aws.replies["ListServiceQuotas"] = {"Quotas": []}
    aws.replies["DescribeVpcEndpointConnections"] = {"VpcEndpointConnections": []}
    aws.replies["DescribeVpcEndpointConnectionNotifications"] = {"ConnectionNotificationSet": []}
    aws.replies["DescribeClientVpnEndpoints"] = {"ClientVpnEndpoints": []}
    aws.replies["ListProfileAssociations"] = {"ProfileAssociations": [{"Id": "rpassoc-1", "ProfileId": "rp-1"}]}
    aws.replies["ListProfileResourceAssociations"] = {"ProfileResourceAssociations": []}
    with mock_aws():
        _build_two_vpcs_that_share_a_prefix_list()
        aws.calls.clear()
        shard = collect_target(request(), COLLECTORS)
    assert not [action for action, answer in shard.answers.items() if answer.error]
    once = {c.operation: 1 for c in COLLECTORS if not c.parents and c.scope is Scope.REGION}
    assert Counter(call.operation for call in aws.calls) == {
        **once,
        "DescribeVpcAttribute": 4,
        "DescribeStaleSecurityGroups": 2,
        "GetManagedPrefixListEntries": 1,
        "DescribeDirectConnectGatewayAssociations": 1,
        "ListHostedZonesByVPC": 2,
        "ListProfileResourceAssociations": 1,
    }


def _build_two_vpcs_that_share_a_prefix_list() -> None:
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    for default in ec2.describe_vpcs()["Vpcs"]:
        for subnet in ec2.describe_subnets()["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=default["VpcId"])
    listed = ec2.create_managed_prefix_list(
        PrefixListName="shared", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "10.9.0.0/16"}]
    )["PrefixList"]["PrefixListId"]
    for number in (1, 2):
        vpc_id = ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(VpcId=vpc_id, InternetGatewayId=gateway)
        ec2.create_route(RouteTableId=table, DestinationPrefixListId=listed, GatewayId=gateway)
    attached = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=vpc_id, VpnGatewayId=attached)
    ec2.create_vpn_gateway(Type="ipsec.1")


def test_a_region_is_asked_where_it_is_and_the_accounts_own_questions_where_it_was_entered(aws: HookedAws) -> None:
    regional = collect_target(request("ap-south-1"), COLLECTORS)
    assert {call.region for call in aws.calls} == {"ap-south-1"}
    assert "ec2:DescribeRegions" not in regional.answers
    aws.calls.clear()
    own = collect_target(request(GLOBAL), COLLECTORS)
    assert set(own.answers) == {each.action for each in COLLECTORS if each.scope is Scope.GLOBAL}
    assert ("DescribeRegions", "eu-west-1") in {(call.operation, call.region) for call in aws.calls}


def test_what_was_asked_before_is_kept_and_not_asked_again(aws: HookedAws) -> None:
    known = Answer(items=[{"RegionName": "eu-west-1"}])
    shard = collect_target(replace(request(GLOBAL), answers={"ec2:DescribeRegions": known}), COLLECTORS)
    assert shard.answers["ec2:DescribeRegions"] == known
    assert not aws.named("DescribeRegions")


def test_a_shard_says_what_it_is_of_and_when_it_was_collected(aws: HookedAws) -> None:
    shard = collect_target(request(), COLLECTORS)
    assert (shard.account_id, shard.region, shard.collected_at) == (ACCOUNT, "eu-west-1", "2026-11-23T12:00:00Z")
    assert shard.botocore
    assert aws.calls


# --- Choosing collectors


def test_the_collectors_of_some_records_are_theirs_and_their_parents_first() -> None:
    chosen = [each.operation for each in collectors_for([ManagedPrefixListEntries], COLLECTORS)]
    assert chosen[-1] == "GetManagedPrefixListEntries"
    assert set(chosen[:-1]) == {"DescribeRouteTables", "DescribeSecurityGroups"}


def test_a_record_that_no_collector_fills_is_named() -> None:
    with pytest.raises(ValueError, match="VpcEndpointAssociation"):
        collectors_for([VpcEndpointAssociation], COLLECTORS)
