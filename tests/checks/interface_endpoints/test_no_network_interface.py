from typing import Any, cast

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from auditor.findings import Finding, Operation, Severity
from auditor.network.missing import Kind
from auditor.snapshot import Target
from checks.interface_endpoints.no_network_interface import interface_endpoint_no_network_interface
from tests.judging import faults, judged, judged_on_reads, passes, unknowns
from tests.over_moto import collected
from tests.world import ABSENT, ACCOUNT, REGION, World

ENDPOINTS = "ec2:DescribeVpcEndpoints"
INTERFACES = "ec2:DescribeNetworkInterfaces"
FIRST, SECOND = "eni-vpce-1-a", "eni-vpce-1-b"


def world() -> World:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    subnets = [
        made.subnet(f"subnet-{zone}", vpc, f"10.0.{number}.0/24", az=f"{REGION}{zone}")
        for number, zone in enumerate("ab")
    ]
    made.interface_endpoint("vpce-1", vpc, "sqs", subnets)
    return made


def fault(seen: World) -> Finding:
    (finding,) = faults(judged(seen, interface_endpoint_no_network_interface))
    return finding


def test_an_endpoint_with_an_interface_in_use_in_each_subnet_passes() -> None:
    findings = judged(world(), interface_endpoint_no_network_interface)
    assert passes(findings) == findings != []


def test_an_endpoint_may_have_more_interfaces_than_subnets() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=["subnet-a"])
    findings = judged(seen, interface_endpoint_no_network_interface)
    assert passes(findings) == findings != []


def test_a_subnet_that_aws_lists_twice_needs_one_interface() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=["subnet-a", "subnet-b", "subnet-b"])
    findings = judged(seen, interface_endpoint_no_network_interface)
    assert passes(findings) == findings != []


def test_fewer_interfaces_than_subnets_leave_a_subnet_without_one() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[FIRST])
    finding = fault(seen)
    assert (finding.severity, finding.key, finding.resource.id) == (Severity.HIGH, "", "vpce-1")
    assert finding.message == (
        "vpce-1 to com.amazonaws.eu-west-1.sqs in vpc-a is available, but has one network interface for 2 subnets; "
        "nothing answers in subnet-b"
    )
    assert finding.evidence == {
        "service": "com.amazonaws.eu-west-1.sqs",
        "subnets": ["subnet-a", "subnet-b"],
        "network_interfaces": [FIRST],
        "subnets_without": ["subnet-b"],
    }
    at = Target(ACCOUNT, REGION)
    assert finding.remedy == (
        Operation("ec2:ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "RemoveSubnetIds": ["subnet-b"]}, at),
        Operation("ec2:ModifyVpcEndpoint", {"VpcEndpointId": "vpce-1", "AddSubnetIds": ["subnet-b"]}, at),
    )


def test_an_endpoint_without_an_interface_keeps_its_last_subnet() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[])
    finding = fault(seen)
    assert "is available, but has no network interface; nothing answers in subnet-a, subnet-b" in finding.message
    assert finding.remedy == ()


def test_an_endpoint_without_subnets_says_so() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[], SubnetIds=[])
    assert fault(seen).message.endswith("is available, but stands in no subnet")


def test_an_interface_that_is_gone_is_as_bad_as_none() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[FIRST, "eni-gone"])
    finding = fault(seen)
    assert finding.message.endswith("but account 111111111111 does not have its eni-gone; nothing answers in subnet-b")
    assert "eni-gone" in finding.related


@pytest.mark.parametrize("status", ["available", "detaching"])
def test_an_interface_that_is_not_in_use_is_as_bad_as_none(status: str) -> None:
    seen = world()
    seen.change(INTERFACES, SECOND, Status=status)
    assert fault(seen).message.endswith(f"but its {SECOND} is {status} and not in use; nothing answers in subnet-b")


@pytest.mark.parametrize("status", ["in-use", "attaching", "associated"])
def test_an_interface_that_is_in_use_or_on_the_way_there_is_well(status: str) -> None:
    seen = world()
    seen.change(INTERFACES, SECOND, Status=status)
    findings = judged(seen, interface_endpoint_no_network_interface)
    assert passes(findings) == findings != []


def test_all_that_is_wrong_with_an_endpoint_is_one_finding() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[FIRST])
    seen.change(INTERFACES, FIRST, Status="available")
    assert "has one network interface for 2 subnets and its eni-vpce-1-a is available" in fault(seen).message


@pytest.mark.parametrize("kind", ["Resource", "ServiceNetwork", "Tunnel"])
def test_every_type_behind_security_groups_has_interfaces(kind: str) -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", VpcEndpointType=kind, ServiceName=ABSENT, NetworkInterfaceIds=[])
    assert f"vpce-1 to {kind} in vpc-a" in fault(seen).message


def test_types_without_such_interfaces_are_not_judged() -> None:
    made = World()
    vpc = made.vpc("vpc-a", "10.0.0.0/16")
    made.gateway_endpoint("vpce-1", vpc, "s3")
    made.load_balancer_endpoint("vpce-2", made.subnet("subnet-a", vpc, "10.0.0.0/24"))
    made.change(ENDPOINTS, "vpce-2", NetworkInterfaceIds=[])
    assert judged(made, interface_endpoint_no_network_interface) == []


@pytest.mark.parametrize("state", ["pending", "pendingAcceptance", "failed", "partial", "deleting"])
def test_an_endpoint_that_is_not_available_is_for_another_rule(state: str) -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", State=state, NetworkInterfaceIds=[])
    assert judged(seen, interface_endpoint_no_network_interface) == []


def test_an_endpoint_that_aws_looks_after_is_a_fact() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[], RequesterManaged=True)
    assert fault(seen).severity is Severity.INFO


@pytest.mark.parametrize("action", [ENDPOINTS, INTERFACES])
def test_what_was_refused_makes_it_unknown(action: str) -> None:
    seen = world()
    seen.refuse(action)
    findings = judged(seen, interface_endpoint_no_network_interface)
    assert findings
    assert unknowns(findings) == findings


def test_an_interface_beyond_a_cut_is_unknown_and_one_before_it_is_known() -> None:
    seen = world()
    # The workloads' interfaces come first.
    seen.cut(INTERFACES, keep=3)
    (finding,) = unknowns(judged(seen, interface_endpoint_no_network_interface))
    assert finding.missing
    seen.change(INTERFACES, FIRST, Status="available")
    found = fault(seen)
    assert FIRST in found.message
    assert (found.evidence["subnets_without"], found.remedy) == ([], ())


@pytest.mark.parametrize("member", ["NetworkInterfaceIds", "SubnetIds"])
def test_what_aws_left_out_of_the_endpoint_is_unknown(member: str) -> None:
    seen, absent = world(), cast(dict[str, Any], {member: ABSENT})
    seen.change(ENDPOINTS, "vpce-1", **absent)
    (finding,) = unknowns(judged(seen, interface_endpoint_no_network_interface))
    assert finding.missing
    assert [(cause.kind, cause.resource) for cause in finding.missing.causes] == [(Kind.ABSENT_FIELD, "vpce-1")]


def test_an_endpoint_without_interfaces_needs_no_list_of_subnets() -> None:
    seen = world()
    seen.change(ENDPOINTS, "vpce-1", SubnetIds=ABSENT, NetworkInterfaceIds=[])
    assert fault(seen).message.endswith("but has no network interface")


def test_a_status_that_aws_left_out_is_unknown() -> None:
    seen = world()
    seen.change(INTERFACES, SECOND, Status=ABSENT)
    (finding,) = unknowns(judged(seen, interface_endpoint_no_network_interface))
    assert finding.missing
    assert [cause.resource for cause in finding.missing.causes] == [SECOND]


def test_the_rule_reads_what_it_says() -> None:
    for seen in (world(), world()):
        assert judged_on_reads(seen, interface_endpoint_no_network_interface) == judged(
            seen, interface_endpoint_no_network_interface
        )
        seen.change(ENDPOINTS, "vpce-1", NetworkInterfaceIds=[FIRST])
        assert judged_on_reads(seen, interface_endpoint_no_network_interface) == [fault(seen)]


def test_an_endpoint_of_moto_without_its_interface_fails() -> None:
    with mock_aws():
        ec2 = boto3.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        made = ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{REGION}.sqs",
            VpcEndpointType="Interface",
            SubnetIds=[subnet],
        )["VpcEndpoint"]
        # moto leaves an endpoint's interface attached to nothing.
        interface = ec2_backends[DEFAULT_ACCOUNT_ID][REGION].enis[made["NetworkInterfaceIds"][0]]
        (finding,) = faults(judged(collected(), interface_endpoint_no_network_interface))
        assert "is available and not in use" in finding.message
        interface.status = "in-use"
        findings = judged(collected(), interface_endpoint_no_network_interface)
        assert passes(findings) == findings != []
        ec2.delete_network_interface(NetworkInterfaceId=interface.id)
        (finding,) = faults(judged(collected(), interface_endpoint_no_network_interface))
    assert f"does not have its {interface.id}" in finding.message
