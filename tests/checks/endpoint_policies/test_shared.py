"""What all rules on endpoint policies have in common."""

from collections.abc import Callable

import pytest

from auditor.check import Check
from auditor.findings import Severity
from auditor.network.missing import Kind
from checks.endpoint_policies.default import endpoint_policy_default
from checks.endpoint_policies.denies_all import endpoint_policy_denies_all
from checks.endpoint_policies.foreign_account import endpoint_policy_foreign_account
from checks.endpoint_policies.gateway_principal import endpoint_policy_gateway_principal
from checks.endpoint_policies.no_perimeter import endpoint_policy_no_perimeter
from checks.endpoint_policies.wildcard import endpoint_policy_wildcard
from tests.checks.endpoint_policies.policies import (
    ENDPOINTS,
    IN_ORGANIZATION,
    OPEN,
    OWN,
    PERIMETER,
    SEMANTICS,
    SERVICES,
    STRANGER,
    Statement,
    changed,
    document,
    fault,
    gateway,
    interface,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, World

EVERY: dict[Check, Statement] = {
    endpoint_policy_default: OPEN,
    endpoint_policy_denies_all: {**OPEN, "Effect": "Deny"},
    endpoint_policy_foreign_account: {**OPEN, "Condition": {"StringEquals": {"aws:PrincipalAccount": STRANGER}}},
    endpoint_policy_gateway_principal: {**OPEN, "Principal": {"AWS": OWN}},
    endpoint_policy_no_perimeter: {**OPEN, "Condition": IN_ORGANIZATION},
    endpoint_policy_wildcard: {**OPEN, "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
}
"""The rules on endpoint policies, each with a statement that is at fault."""
CASES = [pytest.param(check, statement, id=check.id) for check, statement in EVERY.items()]


def at_fault(statement: Statement, make: Callable[..., World] = gateway) -> World:
    seen = make(statement)
    # The organization's accounts are known, so that a stranger is one.
    seen.organization()
    return seen


@pytest.mark.parametrize(("check", "statement"), CASES)
def test_one_cause_is_one_finding_and_says_what_a_policy_of_an_endpoint_is(check: Check, statement: Statement) -> None:
    found = faults(judged(at_fault(statement), list(EVERY)))
    if check is endpoint_policy_foreign_account:
        # A policy that lets a stranger in bounds no resources either, which is another cause.
        found = [finding for finding in found if finding.rule != "endpoint-policy-no-perimeter"]
    assert [finding.rule for finding in found] == [check.id]
    assert found[0].message.endswith(SEMANTICS)
    assert "A change takes some minutes" in found[0].remediation or check is endpoint_policy_denies_all


@pytest.mark.parametrize(("check", "statement"), CASES)
def test_an_endpoint_that_aws_looks_after_is_a_fact(check: Check, statement: Statement) -> None:
    finding = fault(changed(at_fault(statement), RequesterManaged=True), check)
    assert finding.severity is Severity.INFO
    assert finding.remedy == ()


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
def test_a_policy_that_bounds_both_halves_passes_every_rule(check: Check) -> None:
    findings = judged(at_fault({**OPEN, "Condition": PERIMETER}), check)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(("check", "statement"), CASES)
def test_a_service_that_takes_no_policies_is_left_alone(check: Check, statement: Statement) -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    mail = made.service("com.amazonaws.eu-west-1.email-smtp", policy=False)
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.interface_endpoint("vpce-1", vpc, mail, [subnet], policy=document([statement]))
    assert judged(made, check) == []


@pytest.mark.parametrize(("check", "statement"), CASES)
@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"VpcEndpointType": "GatewayLoadBalancer"}, id="a Gateway Load Balancer's"),
        pytest.param({"VpcEndpointType": "Resource"}, id="a resource's"),
        pytest.param({"VpcEndpointType": "ServiceNetwork"}, id="a service network's"),
        pytest.param({"PolicyDocument": ABSENT}, id="no policy"),
        pytest.param({"State": "deleted"}, id="deleted"),
        pytest.param({"ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b"}, id="another customer's service"),
    ],
)
def test_an_endpoint_without_a_policy_is_left_alone(
    check: Check, statement: Statement, members: dict[str, object]
) -> None:
    assert judged(changed(at_fault(statement), **members), check) == []


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
def test_a_policy_that_cannot_be_read_is_unknown_with_the_reason(check: Check) -> None:
    seen = changed(at_fault(OPEN), PolicyDocument='{"Statement": [{"Effect": "Allow"}]}')
    (finding,) = unknowns(judged(seen, check))
    assert finding.message == (
        "vpce-1: the policy document cannot be read: statement 1 has not exactly one of Principal and NotPrincipal; "
        f"{SEMANTICS}"
    )
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.AMBIGUOUS]


@pytest.mark.parametrize(("check", "statement"), CASES)
def test_an_object_where_a_list_is_usual_is_read_alike(check: Check, statement: Statement) -> None:
    listed = at_fault(statement)
    alone = World()
    alone.gateway_endpoint(
        "vpce-1",
        alone.vpc("vpc-a", "10.0.0.0/16"),
        "s3",
        policy={"Version": "2012-10-17", "Statement": statement},
    )
    alone.organization()
    assert [finding.id for finding in judged(listed, check)] == [finding.id for finding in judged(alone, check)]


@pytest.mark.parametrize(
    ("check", "statement"),
    # All services of gateway endpoints take policies.
    [pytest.param(check, each, id=check.id) for check, each in EVERY.items() if "gateway" not in check.id],
)
def test_whether_a_service_takes_policies_is_unknown_where_the_services_were_refused(
    check: Check, statement: Statement
) -> None:
    seen = at_fault(statement, lambda each: interface(each, service="ec2"))
    seen.refuse(SERVICES)
    (finding,) = unknowns(judged(seen, check))
    assert "whether com.amazonaws.eu-west-1.ec2 takes the policy of vpce-1 was not seen" in finding.message


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.id)
def test_endpoints_that_were_refused_are_unknown(check: Check) -> None:
    seen = at_fault(OPEN)
    seen.refuse(ENDPOINTS)
    assert [finding.resource.type for finding in unknowns(judged(seen, check))] == ["target"]


@pytest.mark.parametrize(("check", "statement"), CASES)
def test_the_rules_read_what_they_say(check: Check, statement: Statement) -> None:
    seen = at_fault(statement)
    assert judged_on_reads(seen, check) == judged(seen, check)
    assert faults(judged(seen, check))
