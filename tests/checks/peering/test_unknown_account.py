import boto3
import pytest
from moto import mock_aws

from auditor.config import Settings
from auditor.findings import Severity
from auditor.snapshot import Target
from checks.peering.unknown_account import peering_unknown_account
from tests.carrying_out import HERE, cured, ec2_at
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, STRANGER, half_seen, two_vpcs
from tests.judging import faults, judged, passes, unknowns
from tests.world import ACCOUNT, REGION, allow, reference

TRUSTING = Settings(trusted_accounts={STRANGER: "a vendor's clusters"})
TRUSTING_ANOTHER = Settings(trusted_accounts={"777777777777": "another vendor"})


def test_an_active_connection_with_an_unknown_account_is_high() -> None:
    world = half_seen()
    sender = reference("sg-b", world.vpcs["vpc-b"], "pcx-1")
    world.security_group("sg-a", world.vpcs["vpc-a"], [allow("tcp", 443, sender)])
    (fault,) = faults(judged(world, peering_unknown_account))
    assert (fault.severity, fault.key) == (Severity.HIGH, "")
    assert (fault.account, fault.region) == (ACCOUNT, REGION)
    assert "vpc-a (front) of account 111111111111 is connected with vpc-b of account 888888888888" in fault.message
    assert fault.evidence["account"] == STRANGER
    assert fault.evidence["cidrs"] == [B_BLOCK]
    assert fault.evidence["routes"] == [{"route_table": "rtb-a1", "destination": B_BLOCK, "state": "active"}]
    assert fault.evidence["security_groups"] == ["sg-a"]
    assert fault.related == ("vpc-a", "vpc-b", "rtb-a1", "sg-a")
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:DeleteVpcPeeringConnection", Target(ACCOUNT, REGION))


def test_a_rule_for_a_group_of_the_unknown_account_is_named() -> None:
    world = half_seen()
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    pair = {"GroupId": "sg-0b", "UserId": STRANGER}
    world.security_group("sg-a", world.vpcs["vpc-a"])
    world.change("ec2:DescribeSecurityGroups", "sg-a", IpPermissions=[rule | {"UserIdGroupPairs": [pair]}])
    (fault,) = faults(judged(world, peering_unknown_account))
    assert fault.evidence["security_groups_naming_account"] == ["sg-a"]


def test_a_request_from_an_unknown_account_is_high_and_to_be_rejected() -> None:
    (fault,) = faults(judged(half_seen("pending-acceptance", incoming=True), peering_unknown_account))
    assert fault.severity is Severity.HIGH
    assert "has a request waiting from vpc-b of account 888888888888" in fault.message
    (step,) = fault.remedy
    assert (step.operation, step.at) == ("ec2:RejectVpcPeeringConnection", Target(ACCOUNT, REGION))


def test_a_request_to_an_unknown_account_is_medium() -> None:
    (fault,) = faults(judged(half_seen("pending-acceptance"), peering_unknown_account))
    assert fault.severity is Severity.MEDIUM
    assert [step.operation for step in fault.remedy] == ["ec2:DeleteVpcPeeringConnection"]


def test_the_account_of_a_vendor_can_be_trusted() -> None:
    findings = judged(half_seen(), peering_unknown_account, TRUSTING)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_the_accounts_of_the_organization_are_trusted() -> None:
    world = half_seen()
    world.organization(STRANGER)
    findings = judged(world, peering_unknown_account)
    assert passes(findings) == findings != []


def test_one_audited_account_that_sees_the_organization_is_enough() -> None:
    world = half_seen()
    world.organization(STRANGER)
    world.audit(OTHER_ACCOUNT)
    world.refuse("organizations:ListAccounts", account=ACCOUNT, code="AccessDeniedException")
    findings = judged(world, peering_unknown_account)
    assert passes(findings) == findings != []


def test_audited_accounts_are_trusted_without_more() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.refuse("organizations:ListAccounts")
    findings = judged(world, peering_unknown_account)
    assert passes(findings) == findings != []


def test_trust_is_unknown_while_neither_an_organization_nor_trusted_accounts_are_known() -> None:
    world = half_seen()
    world.refuse("organizations:ListAccounts")
    (finding,) = unknowns(judged(world, peering_unknown_account))
    assert finding.missing is not None
    assert [cause.action for cause in finding.missing.causes] == ["organizations:ListAccounts"]
    assert f"whether account {STRANGER} at the other end of pcx-1 is one of yours is not known" in finding.message


def test_trusted_accounts_alone_are_enough_to_tell_an_unknown_one() -> None:
    world = half_seen()
    world.refuse("organizations:ListAccounts")
    (fault,) = faults(judged(world, peering_unknown_account, TRUSTING_ANOTHER))
    assert fault.severity is Severity.HIGH


def test_an_organization_that_is_named_and_cannot_be_listed_leaves_trust_unknown() -> None:
    world = half_seen()
    world.refuse("organizations:ListAccounts")
    settings = Settings(organization_id="o-0123456789", trusted_accounts=TRUSTING_ANOTHER.trusted_accounts)
    assert len(unknowns(judged(world, peering_unknown_account, settings))) == 1


def test_an_organization_that_was_listed_in_part_proves_no_stranger() -> None:
    world = half_seen()
    world.organization(OTHER_ACCOUNT)
    world.cut("organizations:ListAccounts", keep=1)
    assert len(unknowns(judged(world, peering_unknown_account))) == 1


def test_an_owner_that_aws_leaves_out_is_unknown() -> None:
    world = half_seen()
    without_owner = {"VpcId": "vpc-b", "Region": REGION}
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-1", AccepterVpcInfo=without_owner)
    assert len(unknowns(judged(world, peering_unknown_account))) == 1


@pytest.mark.parametrize("status", ["failed", "expired", "rejected", "deleted", "deleting", "provisioning"])
def test_a_connection_that_is_neither_active_nor_waiting_is_no_question(status: str) -> None:
    assert judged(half_seen(status, a_routes={}), peering_unknown_account) == []


@mock_aws
@pytest.mark.parametrize(
    ("incoming", "accepted", "severity", "step"),
    [
        (True, False, Severity.HIGH, "ec2:RejectVpcPeeringConnection"),
        (False, False, Severity.MEDIUM, "ec2:DeleteVpcPeeringConnection"),
        (True, True, Severity.HIGH, "ec2:DeleteVpcPeeringConnection"),
        (False, True, Severity.HIGH, "ec2:DeleteVpcPeeringConnection"),
    ],
    ids=["incoming", "outgoing", "accepted by us", "accepted by them"],
)
def test_a_connection_with_an_account_outside_the_organization_is_found_in_moto_and_ended(
    incoming: bool, accepted: bool, severity: Severity, step: str
) -> None:
    boto3.client("organizations", REGION).create_organization(FeatureSet="ALL")
    stranger = Target(STRANGER, REGION)
    ours, theirs = (
        ec2_at(at).create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for at, block in ((HERE, A_BLOCK), (stranger, B_BLOCK))
    )
    ends = ((stranger, theirs), (HERE, ours)) if incoming else ((HERE, ours), (stranger, theirs))
    (asking, vpc), (asked, peer) = ends
    made = ec2_at(asking).create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer, PeerOwnerId=asked.account)
    peering = made["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    if accepted:
        ec2_at(asked).accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    (fault,) = cured(peering_unknown_account)
    assert (fault.resource.id, fault.severity, fault.evidence["account"]) == (peering, severity, STRANGER)
    assert [each.operation for each in fault.remedy] == [step]
