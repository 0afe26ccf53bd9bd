import json

import boto3
import pytest
from moto import mock_aws

from auditor.findings import Finding, Severity
from auditor.network.missing import Kind
from auditor.network.policies.exposure import Place
from checks.endpoint_policies.default import endpoint_policy_default
from tests.carrying_out import cured
from tests.checks.endpoint_policies.policies import OURS, after, gateway_in_moto
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
SERVICES = "ec2:DescribeVpcEndpointServices"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
OWN_PRINCIPALS = {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/app"}}


def gateway(statement: object = None, service: str = "s3") -> World:
    made = World()
    policy = None if statement is None else {"Version": "2012-10-17", "Statement": statement}
    made.gateway_endpoint("vpce-1", made.vpc("vpc-a", "10.0.0.0/16"), service, policy=policy)
    return made


def interface(service: str = "sqs") -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.interface_endpoint("vpce-1", vpc, service, [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, endpoint_policy_default))
    return finding


def test_awss_default_policy_on_a_store_of_data_is_worth_a_warning() -> None:
    finding = fault(gateway())
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.MEDIUM, "", "vpce-1")
    assert finding.evidence["policy"] == {"Statement": [OPEN]}
    assert finding.message == (
        "vpce-1 in vpc-a has a policy that lets everyone do everything to every resource of "
        "com.amazonaws.eu-west-1.s3; it grants nothing by itself and overrides no other policy: a request must pass "
        "it, the caller's identity policies and the resource's own"
    )


@pytest.mark.parametrize(
    "statement",
    [
        OPEN,
        [{"Sid": "open", **OPEN}],
        [{**OPEN, "Principal": {"AWS": "*"}}],
        [{**OPEN, "Action": ["*"], "Resource": ["*"]}],
        [OPEN, {**OPEN, "Action": "s3:GetObject"}],
    ],
    ids=["an object", "with an id", "any AWS principal", "lists", "a lesser one beside it"],
)
def test_a_policy_that_means_the_same_counts(statement: object) -> None:
    assert fault(gateway(statement)).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    "statement",
    [
        [{**OPEN, "Condition": OWN_PRINCIPALS}],
        [{**OPEN, "Resource": "arn:aws:s3:::own/*"}],
        [{**OPEN, "Action": "s3:GetObject"}],
        [OPEN, {**OPEN, "Effect": "Deny", "Action": "s3:DeleteBucket"}],
    ],
    ids=["G32 with a condition", "a resource", "an action", "a denial"],
)
def test_a_policy_that_restricts_anything_passes(statement: object) -> None:
    findings = judged(gateway(statement), endpoint_policy_default)
    assert passes(findings) == findings != []


@pytest.mark.parametrize("service", ["sqs", "kms", "ecr.dkr", "logs", "ssm"])
def test_services_that_hold_data_or_keys_weigh_more(service: str) -> None:
    assert fault(interface(service)).severity is Severity.MEDIUM


@pytest.mark.parametrize("service", ["ec2", "monitoring"])
def test_other_services_weigh_less(service: str) -> None:
    assert fault(interface(service)).severity is Severity.LOW


def test_the_names_of_fips_change_nothing() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.service("com.amazonaws.eu-west-1.kms-fips", policy=True)
    made.interface_endpoint("vpce-1", vpc, "kms-fips", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert fault(made).severity is Severity.MEDIUM


def test_the_remedy_bounds_the_endpoint_to_the_organization() -> None:
    assert fault(gateway()).remedy == ()
    (finding,) = faults(judged(gateway(), endpoint_policy_default, OURS))
    place = Place(gateway=True, service="s3", region=REGION)
    assert after(finding, place).bounds == ("identity", "resource")


def test_no_remedy_is_given_for_a_service_whose_needs_are_not_known() -> None:
    (finding,) = faults(judged(interface("ec2"), endpoint_policy_default, OURS))
    assert finding.remedy == ()


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = interface()
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


def test_a_service_that_takes_no_policies_is_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.service("com.amazonaws.eu-west-1.iot.data", policy=False)
    made.interface_endpoint("vpce-1", vpc, "iot.data", [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert judged(made, endpoint_policy_default) == []


def test_another_customers_service_is_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    name = made.service("com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b", owner="999999999999")
    made.interface_endpoint("vpce-1", vpc, name, [made.subnet("subnet-a", vpc, "10.0.0.0/24")])
    assert judged(made, endpoint_policy_default) == []


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "GatewayLoadBalancer", "Tunnel"])
def test_types_without_policies_are_not_judged(kind: str) -> None:
    seen = interface()
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind)
    assert judged(seen, endpoint_policy_default) == []


def test_an_endpoint_without_a_policy_or_that_is_gone_is_not_judged() -> None:
    for members in ({"PolicyDocument": ABSENT}, {"State": "deleted"}):
        seen = interface()
        seen.change(ENDPOINTS, "vpce-1", **members)
        assert judged(seen, endpoint_policy_default) == []


@pytest.mark.parametrize("document", ["{", "[]", '{"Statement": [{"Effect": "Allow", "Novelty": 1}]}'])
def test_a_policy_that_cannot_be_read_is_unknown(document: str) -> None:
    seen = interface()
    seen.change(ENDPOINTS, "vpce-1", PolicyDocument=document)
    (finding,) = unknowns(judged(seen, endpoint_policy_default))
    assert finding.message.startswith("vpce-1: the policy document cannot be read")
    assert "a request must pass it" in finding.message


def test_whether_a_service_takes_policies_is_unknown_where_the_services_were_refused() -> None:
    seen = interface("ec2")
    seen.refuse(SERVICES)
    (finding,) = unknowns(judged(seen, endpoint_policy_default))
    assert "whether com.amazonaws.eu-west-1.ec2 takes the policy of vpce-1 was not seen" in finding.message


def test_services_known_to_take_policies_are_judged_where_the_services_were_refused() -> None:
    for seen in (interface("sqs"), gateway()):
        seen.refuse(SERVICES)
        assert fault(seen).severity is Severity.MEDIUM


def test_a_restricting_policy_passes_whether_or_not_the_services_were_seen() -> None:
    seen = interface("ec2")
    restricted = json.dumps({"Statement": [{**OPEN, "Condition": OWN_PRINCIPALS}]})
    seen.change(ENDPOINTS, "vpce-1", PolicyDocument=restricted)
    seen.refuse(SERVICES)
    findings = judged(seen, endpoint_policy_default)
    assert passes(findings) == findings != []


def test_a_service_of_another_region_is_not_listed_and_so_unknown() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24")
    made.interface_endpoint("vpce-1", vpc, "ec2", [subnet], service_region="us-east-1")
    (finding,) = unknowns(judged(made, endpoint_policy_default))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = gateway()
    seen.refuse(ENDPOINTS)
    assert [finding.resource.type for finding in unknowns(judged(seen, endpoint_policy_default))] == ["target"]


@pytest.mark.parametrize("service", ["sqs", "ec2"])
def test_the_rule_reads_what_it_says(service: str) -> None:
    seen = interface(service)
    assert judged_on_reads(seen, endpoint_policy_default) == judged(seen, endpoint_policy_default)


def test_motos_endpoints_fail_with_the_default_policy_and_pass_with_a_stricter_one() -> None:
    restricted = json.dumps({"Statement": [{**OPEN, "Condition": OWN_PRINCIPALS}]})
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        name = f"com.amazonaws.{REGION}.s3"
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Gateway")
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName=name, VpcEndpointType="Gateway", PolicyDocument=restricted)
        findings = judged(collected(), endpoint_policy_default)
    assert [finding.severity for finding in faults(findings)] == [Severity.MEDIUM]
    assert len(passes(findings)) == 1


def test_the_steps_of_the_remedy_cure_it_in_moto() -> None:
    with mock_aws():
        gateway_in_moto(OPEN)
        (finding,) = cured(endpoint_policy_default, settings=OURS)
    assert finding.severity is Severity.MEDIUM
