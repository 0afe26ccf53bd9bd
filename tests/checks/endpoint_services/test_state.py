import boto3
import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from checks.endpoint_services.state import endpoint_service_state
from tests.carrying_out import cured
from tests.checks.endpoint_services.provider import (
    BALANCERS,
    CONFIGURATIONS,
    HOME,
    SERVICE,
    arn_of,
    provided,
    provided_in_moto,
)
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, NewValue, World


def named(world: World, name: str = "shop") -> str:
    return arn_of(world, name).rpartition(":loadbalancer/")[2]


def two(first: str = "active", second: str = "active", kind: str = "network") -> World:
    seen = World()
    vpc = seen.vpc("vpc-p", "10.0.0.0/16")
    subnet = seen.subnet("subnet-a", vpc, "10.0.0.0/24")
    arns = [
        seen.load_balancer(name, subnet, state=state, kind=kind) for name, state in (("one", first), ("two", second))
    ]
    seen.endpoint_service(SERVICE, *arns)
    return seen


def test_a_service_that_is_available_behind_a_load_balancer_that_works_passes() -> None:
    findings = judged(provided(), endpoint_service_state)
    assert passes(findings) == findings != []


@pytest.mark.parametrize(
    ("state", "severity", "what"),
    [
        ("Failed", Severity.HIGH, "failed; delete it, and create it again"),
        ("Pending", Severity.INFO, "is pending, and takes no connections yet"),
        ("Deleting", Severity.INFO, "is being deleted"),
    ],
)
def test_a_service_that_is_not_available_is_told_of(state: str, severity: Severity, what: str) -> None:
    (finding,) = faults(judged(provided(state=state, balancer={"state": "failed"}), endpoint_service_state))
    assert (finding.severity, finding.key) == (severity, "")
    assert finding.message == f"vpce-svc-1 (shop) of account 111111111111 {what}"
    assert finding.evidence["state"] == state


def test_a_service_that_is_deleted_is_nobodys_fault() -> None:
    assert judged(provided(state="Deleted"), endpoint_service_state) == []


@pytest.mark.parametrize(
    ("state", "severity", "what"),
    [
        ("failed", Severity.HIGH, "failed; put one that works in its place"),
        ("active_impaired", Severity.MEDIUM, "works, but lacks what it needs to scale"),
        ("provisioning", Severity.INFO, "is still being set up"),
    ],
)
def test_a_load_balancer_that_does_not_work_is_told_of(state: str, severity: Severity, what: str) -> None:
    seen = provided(balancer={"state": state})
    (finding,) = faults(judged(seen, endpoint_service_state))
    assert (finding.severity, finding.key) == (severity, named(seen))
    assert finding.message == f"the load balancer {named(seen)} of vpce-svc-1 (shop) of account 111111111111 {what}"
    assert (finding.evidence["load_balancer"], finding.evidence["load_balancer_state"]) == (arn_of(seen), state)
    assert (finding.related, finding.remedy) == ((named(seen),), ())


@pytest.mark.parametrize(("kind", "member"), [("network", "Network"), ("gateway", "Gateway")])
def test_a_load_balancer_that_is_gone_is_to_be_taken_out_where_another_is_left(kind: str, member: str) -> None:
    seen = two(kind=kind)
    arn, name = arn_of(seen, "one"), named(seen, "one")
    seen.change(BALANCERS, arn, LoadBalancerArn=arn.replace("/one/", "/other/"))
    (finding,) = faults(judged(seen, endpoint_service_state))
    assert (finding.severity, finding.key) == (Severity.MEDIUM, name)
    assert "is not there any more; put one that works in its place" in finding.message
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpointServiceConfiguration",
            {"ServiceId": SERVICE, f"Remove{member}LoadBalancerArns": [arn]},
            HOME,
        ),
    )


def test_load_balancers_that_all_fail_are_worse_than_one_among_others() -> None:
    assert {each.severity for each in faults(judged(two("failed", "failed"), endpoint_service_state))} == {
        Severity.HIGH
    }
    assert {each.severity for each in faults(judged(two("failed"), endpoint_service_state))} == {Severity.MEDIUM}


def test_load_balancers_that_were_not_seen_are_unknown_and_what_was_seen_is_not_worse_for_it() -> None:
    seen = provided(balancer={"state": "failed"})
    seen.refuse(BALANCERS)
    (finding,) = unknowns(judged(seen, endpoint_service_state))
    assert (finding.key, finding.message) == (
        "load-balancers",
        "whether the load balancers of vpce-svc-1 (shop) work was not all seen",
    )
    seen = two("failed")
    seen.cut(BALANCERS, keep=1)
    findings = judged(seen, endpoint_service_state)
    assert [finding.severity for finding in faults(findings)] == [Severity.MEDIUM]
    assert [finding.key for finding in unknowns(findings)] == ["load-balancers"]


def test_states_that_aws_left_out_are_unknown() -> None:
    seen = provided()
    seen.change(CONFIGURATIONS, SERVICE, ServiceState=ABSENT)
    assert [finding.key for finding in unknowns(judged(seen, endpoint_service_state))] == [""]
    seen = provided()
    seen.change(BALANCERS, arn_of(seen), State=ABSENT)
    assert [finding.key for finding in unknowns(judged(seen, endpoint_service_state))] == ["load-balancers"]


def test_states_that_are_not_known_are_no_pass() -> None:
    seen = provided()
    seen.change(CONFIGURATIONS, SERVICE, ServiceState=NewValue("Resting"))
    (finding,) = unknowns(judged(seen, endpoint_service_state))
    assert finding.message.endswith("is in the state Resting, which this version does not know")
    seen = provided()
    seen.change(BALANCERS, arn_of(seen), State={"Code": NewValue("resting")})
    (finding,) = unknowns(judged(seen, endpoint_service_state))
    assert finding.key == named(seen)
    assert finding.missing
    assert {cause.kind for cause in finding.missing.causes} == {Kind.AMBIGUOUS}


def test_services_that_were_refused_are_unknown() -> None:
    seen = provided()
    seen.refuse(CONFIGURATIONS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_service_state))] == ["target"]


def test_the_rule_reads_what_it_says() -> None:
    seen = two("failed", "provisioning")
    assert judged_on_reads(seen, endpoint_service_state) == judged(seen, endpoint_service_state) != []


def test_a_load_balancer_of_moto_that_was_deleted_is_gone() -> None:
    with mock_aws():
        provided_in_moto()
        findings = judged(collected(), endpoint_service_state)
        assert passes(findings) == findings != []
        client = boto3.client("elbv2", REGION)
        [balancer] = client.describe_load_balancers()["LoadBalancers"]
        client.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
        (finding,) = faults(judged(collected(), endpoint_service_state))
    assert finding.severity is Severity.HIGH
    assert "is not there any more" in finding.message


def test_one_of_two_load_balancers_that_is_gone_is_taken_out_of_the_service_in_moto() -> None:
    with mock_aws():
        service_id = provided_in_moto()
        client = boto3.client("elbv2", REGION)
        subnet = client.describe_load_balancers()["LoadBalancers"][0]["AvailabilityZones"][0]["SubnetId"]
        arn = client.create_load_balancer(Name="gone", Type="network", Subnets=[subnet])["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        boto3.client("ec2", REGION).modify_vpc_endpoint_service_configuration(
            ServiceId=service_id, AddNetworkLoadBalancerArns=[arn]
        )
        client.delete_load_balancer(LoadBalancerArn=arn)
        (finding,) = cured(endpoint_service_state)
    assert finding.severity is Severity.MEDIUM
