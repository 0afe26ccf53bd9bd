import boto3
import pytest
from moto import mock_aws

from auditor.findings import Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.sg_default import interface_endpoint_sg_default
from checks.interface_endpoints.sg_no_443 import interface_endpoint_sg_no_443
from tests.carrying_out import cured
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, Permission, World, allow

ENDPOINTS = "ec2:DescribeVpcEndpoints"
GROUPS = "ec2:DescribeSecurityGroups"


def world(*groups: str, rules: tuple[Permission, ...] = ()) -> World:
    """An endpoint behind the given groups; ``sg-own`` has the rules, and the one client is in the default group."""
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16", name="shop")
    subnet = made.subnet("subnet-a", vpc, "10.0.0.0/24", enis=["10.0.0.77"])
    made.security_group("sg-own", vpc, rules)
    made.interface_endpoint("vpce-1", vpc, "sqs", [subnet], groups=groups)
    return made


def test_an_endpoint_with_a_group_of_its_own_passes() -> None:
    findings = judged(world("sg-own"), interface_endpoint_sg_default)
    assert passes(findings) == findings != []


def test_the_default_group_is_a_matter_of_hygiene() -> None:
    (finding,) = faults(judged(world("sg-a-default"), interface_endpoint_sg_default))
    assert (finding.severity, finding.key, finding.resource.id, finding.remedy) == (Severity.LOW, "", "vpce-1", ())
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs stands behind sg-a-default, the default security group of vpc-a; give "
        "it a group of its own in its place"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "default_group": "sg-a-default",
        "other_groups": [],
    }
    assert finding.related == ("vpc-a", "sg-a-default")


def test_clients_that_the_default_group_does_not_let_in_are_another_rules_matter() -> None:
    seen = world("sg-a-default")
    outside = seen.subnet("subnet-b", seen.vpcs["vpc-a"], "10.0.1.0/24", groups=["sg-own"])
    seen.network_interface("eni-other", outside, groups=["sg-own"])
    (finding,) = faults(judged(seen, interface_endpoint_sg_default))
    assert finding.severity is Severity.LOW
    (shut_out,) = faults(judged(seen, interface_endpoint_sg_no_443))
    assert shut_out.evidence["subnets_denied"] == {"subnet-b": ["10.0.1.0/24"]}


def test_beside_a_group_that_lets_in_as_many_it_can_be_taken_away() -> None:
    seen = world("sg-own", "sg-a-default", rules=(allow("tcp", 443, "10.0.0.0/16"),))
    (finding,) = faults(judged(seen, interface_endpoint_sg_default))
    assert "the default security group of vpc-a, beside sg-own; give it" in finding.message
    assert finding.remedy == (
        Operation(
            "ec2:ModifyVpcEndpoint",
            {"VpcEndpointId": "vpce-1", "RemoveSecurityGroupIds": ["sg-a-default"]},
            Target(ACCOUNT, REGION),
        ),
    )


def test_its_members_in_the_other_group_miss_nothing() -> None:
    seen = world("sg-own", "sg-a-default", rules=(allow("tcp", 443, "10.0.0.77/32"),))
    (finding,) = faults(judged(seen, interface_endpoint_sg_default))
    assert len(finding.remedy) == 1


def test_beside_a_group_that_lets_in_less_it_cannot_be_taken_away_yet() -> None:
    seen = world("sg-own", "sg-a-default", rules=(allow("tcp", 443, "10.9.0.0/16"),))
    (finding,) = faults(judged(seen, interface_endpoint_sg_default))
    assert finding.remedy == ()


def test_a_group_of_another_vpc_that_bears_the_name_of_its_own_is_no_default() -> None:
    seen = world("sg-own")
    seen.change(ENDPOINTS, "vpce-1", Groups=[{"GroupId": "sg-own", "GroupName": "default-for-endpoints"}])
    findings = judged(seen, interface_endpoint_sg_default)
    assert passes(findings) == findings != []


def test_the_endpoints_own_description_names_the_group() -> None:
    seen = world("sg-a-default")
    seen.refuse(GROUPS)
    assert len(faults(judged(seen, interface_endpoint_sg_default))) == 1
    seen = world("sg-a-default")
    seen.change(ENDPOINTS, "vpce-1", Groups=[{"GroupId": "sg-a-default"}])
    assert len(faults(judged(seen, interface_endpoint_sg_default))) == 1


def test_a_group_without_a_name_may_be_the_default_one_where_the_groups_were_refused() -> None:
    seen = world("sg-own")
    seen.change(ENDPOINTS, "vpce-1", Groups=[{"GroupId": "sg-own"}])
    seen.refuse(GROUPS)
    (finding,) = unknowns(judged(seen, interface_endpoint_sg_default))
    assert finding.message == "whether a group of vpce-1 is the default one was not seen"


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel"])
def test_every_type_with_network_interfaces_has_groups(kind: str) -> None:
    seen = world("sg-a-default")
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind, ServiceName=ABSENT)
    (finding,) = faults(judged(seen, interface_endpoint_sg_default))
    assert finding.message.startswith(f"vpce-1 to {kind} stands behind sg-a-default")


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world("sg-a-default")
    seen.change(ENDPOINTS, "vpce-1", RequesterManaged=True)
    (finding,) = faults(judged(seen, interface_endpoint_sg_default))
    assert finding.severity is Severity.INFO


def test_an_endpoint_without_groups_or_that_is_gone_or_of_another_type_is_not_judged() -> None:
    seen = world("sg-a-default")
    seen.change(ENDPOINTS, "vpce-1", State="failed")
    seen.gateway_endpoint("vpce-2", seen.vpcs["vpc-a"], "s3")
    seen.load_balancer_endpoint("vpce-3", seen.subnets["subnet-a"])
    assert judged(seen, interface_endpoint_sg_default) == []
    assert judged(world(), interface_endpoint_sg_default) == []


def test_groups_that_aws_left_out_are_unknown() -> None:
    seen = world("sg-own")
    seen.change(ENDPOINTS, "vpce-1", Groups=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_sg_default))
    assert finding.missing
    assert [cause.kind for cause in finding.missing.causes] == [Kind.ABSENT_FIELD]


def test_endpoints_that_were_refused_are_unknown() -> None:
    seen = world("sg-a-default")
    seen.refuse(ENDPOINTS)
    assert [finding.resource.type for finding in unknowns(judged(seen, interface_endpoint_sg_default))] == ["target"]


@pytest.mark.parametrize("groups", [["sg-a-default"], ["sg-own", "sg-a-default"], ["sg-own"]])
def test_the_rule_reads_what_it_says(groups: list[str]) -> None:
    seen = world(*groups, rules=(allow("tcp", 443, "pl-own"),))
    seen.prefix_list("pl-own", ["10.0.0.0/16"])
    findings = judged(seen, interface_endpoint_sg_default)
    assert judged_on_reads(seen, interface_endpoint_sg_default) == findings


def test_the_steps_free_an_endpoint_of_moto_and_break_nothing() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        own = ec2.create_security_group(GroupName="to-sqs", Description="to SQS", VpcId=vpc_id)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=own,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
            ],
        )
        found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["SecurityGroups"]
        (default,) = (each["GroupId"] for each in found if each["GroupName"] == "default")
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=[subnet],
            SecurityGroupIds=[default, own],
        )
        (finding,) = cured(interface_endpoint_sg_default)
    assert finding.evidence["default_group"] == default
