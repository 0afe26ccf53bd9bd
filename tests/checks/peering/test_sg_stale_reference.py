from typing import Any

import pytest
from moto import mock_aws

from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.sg_stale_reference import peering_sg_stale_reference
from tests.carrying_out import cured
from tests.checks.peering.peered_in_moto import peered
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, two_vpcs
from tests.hooked_aws import HookedAws
from tests.judging import faults, judged, passes, unknowns
from tests.world import ABSENT, ACCOUNT, REGION, World, allow, reference

STALE_CALL = "ec2:DescribeStaleSecurityGroups"


def naming(
    *,
    status: str | None = None,
    deleted: bool = False,
    b_account: str = ACCOUNT,
    listed: bool = True,
    peering: str = "",
) -> World:
    """``sg-a`` of ``vpc-a`` lets SSH in from ``sg-b`` of ``vpc-b``."""
    world = two_vpcs(b_account=b_account)
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    if not deleted:
        world.security_group("sg-b", b)
    named = reference("sg-b", b, peering or "pcx-1", status=status, deleted=deleted)
    world.security_group("sg-a", a, [allow("tcp", 22, named)], name="web")
    if not listed:
        world.change(STALE_CALL, "vpc-a", StaleSecurityGroupSet=[])
    return world


def of_group(world: World, group: str = "sg-a") -> list[Any]:
    return [finding for finding in judged(world, peering_sg_stale_reference) if finding.resource.id == group]


def test_a_rule_over_a_deleted_connection_is_stale() -> None:
    (fault,) = faults(of_group(naming(status="deleted", peering="pcx-old", b_account=OTHER_ACCOUNT)))
    assert (fault.severity, fault.key) == (Severity.MEDIUM, "ingress|tcp|22|sg-b|pcx-old")
    assert fault.message == (
        "sg-a (web) lets tcp 22 in from sg-b in vpc-b over pcx-old, and pcx-old is deleted; revoke the rule, which "
        "would hold again if the two VPCs were connected anew"
    )
    assert fault.evidence == {
        "direction": "ingress",
        "protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "referenced_group": "sg-b",
        "referenced_vpc": "vpc-b",
        "referenced_account": OTHER_ACCOUNT,
        "peering_connection": "pcx-old",
        "peering_status": "deleted",
        "listed_as_stale": True,
    }
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:RevokeSecurityGroupIngress", Target(ACCOUNT, REGION))
    pair = {"GroupId": "sg-b", "UserId": OTHER_ACCOUNT, "VpcId": "vpc-b", "VpcPeeringConnectionId": "pcx-old"}
    assert step.parameters == {
        "GroupId": "sg-a",
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [pair]}],
    }


def test_a_rule_that_names_a_deleted_group_is_stale() -> None:
    (fault,) = faults(of_group(naming(deleted=True)))
    assert "and sg-b is deleted" in fault.message
    assert "UserId" not in fault.remedy[0].parameters["IpPermissions"][0]["UserIdGroupPairs"][0]


@pytest.mark.parametrize("deleted", [True, False])
def test_the_rule_itself_proves_it_where_aws_does_not_list_it(deleted: bool) -> None:
    world = naming(deleted=deleted, status=None if deleted else "rejected", listed=False)
    (fault,) = faults(of_group(world))
    assert fault.evidence["listed_as_stale"] is False


def test_aws_list_proves_it_where_the_rule_does_not() -> None:
    world = naming()
    pair = {"GroupId": "sg-b", "UserId": ACCOUNT, "VpcId": "vpc-b", "VpcPeeringConnectionId": "pcx-1"}
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [pair]}
    stale = {"GroupId": "sg-a", "GroupName": "web", "VpcId": "vpc-a", "StaleIpPermissions": [rule]}
    world.change(STALE_CALL, "vpc-a", StaleSecurityGroupSet=[stale])
    (fault,) = faults(of_group(world))
    assert "and AWS lists the rule as stale" in fault.message


def test_a_rule_that_was_revoked_between_two_calls_is_still_reported_by_aws_list_alone() -> None:
    world = naming(status="deleted", peering="pcx-old")
    b = world.vpcs["vpc-b"]
    world.security_group("sg-c", world.vpcs["vpc-a"], [allow("tcp", 22, reference("sg-b", b, "pcx-1"))])
    pair = {"GroupId": "sg-b", "VpcId": "vpc-b", "VpcPeeringConnectionId": "pcx-older"}
    stale = {"GroupId": "sg-c", "VpcId": "vpc-a", "StaleIpPermissionsEgress": [{"UserIdGroupPairs": [pair]}]}
    world.change(STALE_CALL, "vpc-a", StaleSecurityGroupSet=[stale])
    (fault,) = faults(of_group(world, "sg-c"))
    assert fault.key == "egress|-1|all|sg-b|pcx-older"


def test_each_stale_rule_is_one_finding() -> None:
    world = two_vpcs()
    world.security_group("sg-b", world.vpcs["vpc-b"])
    old = reference("sg-b", world.vpcs["vpc-b"], "pcx-old", status="deleted")
    rules = [allow("tcp", 22, old), allow("tcp", (8000, 8080), old)]
    world.security_group("sg-a", world.vpcs["vpc-a"], rules, [allow("all", None, old)])
    found = faults(of_group(world))
    assert [fault.key for fault in found] == [
        "egress|-1|all|sg-b|pcx-old",
        "ingress|tcp|22|sg-b|pcx-old",
        "ingress|tcp|8000-8080|sg-b|pcx-old",
    ]
    assert "lets all traffic out to sg-b" in found[0].message
    assert found[0].remedy[0].operation == "ec2:RevokeSecurityGroupEgress"
    assert "lets tcp 8000-8080 in from" in found[2].message


def test_a_rule_over_an_active_connection_passes() -> None:
    findings = of_group(naming())
    assert passes(findings) == findings
    assert len(findings) == 1


def test_the_status_of_a_connection_that_the_rule_does_not_give_is_looked_up() -> None:
    for status, stale in (("active", 0), ("deleted", 1)):
        world = two_vpcs(status, a_routes={}, b_routes={})
        b = world.vpcs["vpc-b"]
        world.security_group("sg-b", b)
        world.security_group("sg-a", world.vpcs["vpc-a"], [allow("tcp", 22, reference("sg-b", b, "pcx-1"))])
        pair = {"GroupId": "sg-b", "UserId": ACCOUNT, "VpcId": "vpc-b", "VpcPeeringConnectionId": "pcx-1"}
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [pair]}
        world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=[rule])
        world.change(STALE_CALL, "vpc-a", StaleSecurityGroupSet=[])
        assert len(faults(of_group(world))) == stale


def test_a_connection_that_is_no_longer_listed_is_gone() -> None:
    world = naming(status="active", peering="pcx-old", listed=False)
    pair = {"GroupId": "sg-b", "UserId": ACCOUNT, "VpcId": "vpc-b", "VpcPeeringConnectionId": "pcx-old"}
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [pair]}
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=[rule])
    (fault,) = faults(of_group(world))
    assert "pcx-old is no longer listed" in fault.message
    world.refuse("ec2:DescribeVpcPeeringConnections")
    (finding,) = of_group(world)
    assert finding.status.value == "unknown"


def test_a_stale_reference_without_a_connection_is_not_about_peering() -> None:
    world = two_vpcs()
    world.security_group("sg-a", world.vpcs["vpc-a"])
    pair = {"GroupId": "sg-gone", "VpcId": "vpc-other"}
    stale = {"GroupId": "sg-a", "VpcId": "vpc-a", "StaleIpPermissions": [{"UserIdGroupPairs": [pair]}]}
    world.change(STALE_CALL, "vpc-a", StaleSecurityGroupSet=[stale])
    assert of_group(world) == []


def test_a_group_without_references_over_peering_is_no_question() -> None:
    world = two_vpcs()
    world.refuse(STALE_CALL)
    assert judged(world, peering_sg_stale_reference) == []


@pytest.mark.parametrize("refuse_all", [True, False])
def test_a_refused_list_of_stale_rules_is_unknown(refuse_all: bool) -> None:
    world = naming()
    if refuse_all:
        world.refuse(STALE_CALL)
    else:
        world.refuse_item(STALE_CALL, "vpc-a")
    (finding,) = of_group(world)
    assert (finding.status.value, finding.key) == ("unknown", "")
    assert finding.missing is not None
    assert {cause.action for cause in finding.missing.causes} == {STALE_CALL}


def test_what_the_rule_proves_stays_a_fault_without_aws_list() -> None:
    world = naming(status="deleted", peering="pcx-old")
    world.refuse(STALE_CALL)
    (fault,) = of_group(world)
    assert (fault.status.value, fault.evidence["listed_as_stale"]) == ("fail", False)


def test_refused_vpcs_leave_an_active_reference_unknown_and_a_stale_one_proven() -> None:
    for status, expected in (("active", "unknown"), ("deleted", "fail")):
        world = naming(status=status, peering="pcx-old")
        world.refuse("ec2:DescribeVpcs")
        (finding,) = of_group(world)
        assert finding.status.value == expected


def test_rules_that_aws_left_out_are_unknown() -> None:
    world = naming()
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=ABSENT)
    (finding,) = of_group(world)
    assert finding.status.value == "unknown"


def test_refused_security_groups_are_unknown_for_the_target() -> None:
    world = naming()
    world.refuse("ec2:DescribeSecurityGroups")
    (finding,) = unknowns(judged(world, peering_sg_stale_reference))
    assert finding.resource.type == "target"


def test_a_participants_group_in_a_shared_vpc_is_no_question() -> None:
    world = naming(status="deleted", peering="pcx-old")
    world.share(world.subnets["subnet-a1"], OTHER_ACCOUNT)
    world.change("ec2:DescribeSecurityGroups", "sg-a", OwnerId=OTHER_ACCOUNT)
    assert of_group(world) == []


@mock_aws
def test_a_stale_rule_is_found_in_moto_and_cured(aws: HookedAws) -> None:
    aws.default = None
    moto = peered()

    def stale(asked: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
        """What AWS says of the VPC's rules that name the deleted connection. moto does not know the call."""
        of_vpc = [{"Name": "vpc-id", "Values": [asked["VpcId"]]}]
        groups = moto.ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"]
        return {
            "StaleSecurityGroupSet": [
                {"GroupId": group["GroupId"], "VpcId": asked["VpcId"], "StaleIpPermissions": group["IpPermissions"]}
                for group in groups
                if any(permission["UserIdGroupPairs"] for permission in group["IpPermissions"])
            ]
        }

    aws.replies["DescribeStaleSecurityGroups"] = stale
    made = {
        name: moto.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name, vpc in (("front", moto.a), ("back", moto.b))
    }
    pair = {
        "GroupId": made["back"],
        "VpcPeeringConnectionId": moto.peering,
        "VpcId": moto.b,
    }
    moto.ec2.authorize_security_group_ingress(
        GroupId=made["front"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [pair]}],
    )
    moto.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=moto.peering)
    (fault,) = cured(peering_sg_stale_reference)
    assert (fault.resource.id, fault.key) == (made["front"], f"ingress|tcp|22|{made['back']}|{moto.peering}")
