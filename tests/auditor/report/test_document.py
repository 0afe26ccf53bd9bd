import json

import msgspec
import pytest

from auditor.assess import Assessment
from auditor.findings import Operation, Severity, Status
from auditor.network.missing import Cause, Kind
from auditor.report.document import Document, build, document, entry, schema
from auditor.snapshot import Target
from tests.auditor.report.examples import DUBLIN, PROD, VENDOR, assessment, everyday, finding, missing_side, unseen_acls


def shown(of: Assessment, min_severity: Severity | None = None, *, show_passed: bool = False) -> list[tuple[str, str]]:
    report = build(of, min_severity=min_severity, show_passed=show_passed)
    return [(each.rule, each.status) for each in report.findings]


def test_fails_and_unknowns_are_shown_and_passes_where_they_are_wanted() -> None:
    assert shown(everyday()) == [
        ("peering-route-missing-side", "fail"),
        ("gateway-endpoint-missing", "fail"),
        ("peering-nacl-blocks", "unknown"),
    ]
    assert [status for _, status in shown(everyday(), show_passed=True)].count("pass") == 2


def test_what_is_less_severe_than_asked_for_is_not_shown() -> None:
    assert shown(everyday(), Severity.HIGH) == [("peering-route-missing-side", "fail")]
    assert shown(everyday(), Severity.CRITICAL, show_passed=True) == []
    assert shown(everyday(), Severity.INFO) == shown(everyday())


@pytest.mark.parametrize("min_severity", [None, Severity.CRITICAL])
@pytest.mark.parametrize("show_passed", [True, False])
def test_the_summary_counts_everything_whatever_is_shown(min_severity: Severity | None, *, show_passed: bool) -> None:
    summary = document(build(everyday(), min_severity=min_severity, show_passed=show_passed)).summary
    assert msgspec.to_builtins(summary) == {
        "fail": {"critical": 0, "high": 1, "medium": 1, "low": 0, "info": 0},
        "pass": 2,
        "unknown": 1,
        "suppressed": 0,
        "monthly_saving_usd": 32.85,
        "by_rule": {
            "gateway-endpoint-missing": {"pass": 0, "fail": 1, "unknown": 0},
            "peering-nacl-blocks": {"pass": 0, "fail": 0, "unknown": 1},
            "peering-not-active": {"pass": 2, "fail": 0, "unknown": 0},
            "peering-route-missing-side": {"pass": 0, "fail": 1, "unknown": 0},
        },
    }


def test_coverage_names_each_target_and_each_refusal_with_its_rules() -> None:
    coverage = document(build(everyday(), min_severity=None, show_passed=False)).coverage
    assert json.loads(msgspec.json.encode(coverage)) == {
        "targets": [
            {"account": "111111111111", "region": "eu-west-1", "status": "complete"},
            {"account": "222222222222", "region": "eu-west-1", "status": "partial"},
            {"account": "222222222222", "region": "ap-northeast-1", "status": "complete"},
        ],
        "refusals": [
            {
                "account": "222222222222",
                "region": "eu-west-1",
                "action": "ec2:DescribeNetworkAcls",
                "code": "UnauthorizedOperation",
                "message": "You are not authorized to perform this operation.",
                "rules": ["peering-nacl-blocks"],
            }
        ],
    }


def test_a_finding_has_the_members_of_the_contract_in_its_order() -> None:
    assert msgspec.json.format(msgspec.json.encode(entry(missing_side()))).decode() == (
        """\
{
  "id": "7114083a3758c942",
  "rule": "peering-route-missing-side",
  "status": "fail",
  "severity": "high",
  "confidence": "certain",
  "account": "222222222222",
  "region": "eu-west-1",
  "resource": {
    "type": "vpc-peering-connection",
    "id": "pcx-0a1b2c3d4e5f60718",
    "name": "prod-to-shared",
    "arn": "arn:aws:ec2:eu-west-1:222222222222:vpc-peering-connection/pcx-0a1b2c3d4e5f60718"
  },
  "title": "One side of an active peering connection has no route to the other",
  "message": "vpc-0b11223344556677a (shared) has no route to 10.20.0.0/16 in vpc-0a11223344556677b (prod); \
add it to rtb-0c22334455667788a, rtb-0d33445566778899b",
  "evidence": {
    "vpc": "vpc-0b11223344556677a",
    "peer_cidrs": [
      "10.20.0.0/16"
    ]
  },
  "missing": [],
  "related": [
    "vpc-0b11223344556677a",
    "rtb-0c22334455667788a"
  ],
  "remediation": {
    "text": "Add a route for each CIDR.",
    "steps": [
      {
        "account": "222222222222",
        "region": "eu-west-1",
        "operation": "ec2:CreateRoute",
        "parameters": {
          "RouteTableId": "rtb-0c22334455667788a",
          "DestinationCidrBlock": "10.20.0.0/16",
          "VpcPeeringConnectionId": "pcx-0a1b2c3d4e5f60718"
        },
        "cli": "aws ec2 create-route --route-table-id rtb-0c22334455667788a --destination-cidr-block 10.20.0.0/16 \
--vpc-peering-connection-id pcx-0a1b2c3d4e5f60718 --region eu-west-1",
        "terraform": "resource \\"aws_route\\" \\"rtb_0c22334455667788a_10_20_0_0_16\\" {\\n\
  route_table_id            = \\"rtb-0c22334455667788a\\"\\n\
  destination_cidr_block    = \\"10.20.0.0/16\\"\\n\
  vpc_peering_connection_id = \\"pcx-0a1b2c3d4e5f60718\\"\\n}"
      }
    ]
  },
  "monthly_saving_usd": null,
  "docs": "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
  "suppressed": null
}"""
    )


def test_a_step_belongs_where_the_finding_does_unless_it_says_otherwise() -> None:
    parameters = {"VpcPeeringConnectionId": "pcx-1"}
    elsewhere = Operation("ec2:AcceptVpcPeeringConnection", parameters, Target(PROD, "us-east-1"))
    here = Operation("ec2:DeleteVpcPeeringConnection", parameters)
    steps = entry(finding(remedy=(elsewhere, here))).remediation.steps
    assert [(step.account, step.region) for step in steps] == [(PROD, "us-east-1"), ("222222222222", DUBLIN)]
    assert [step.cli.rpartition(" ")[2] for step in steps] == ["us-east-1", DUBLIN]


def test_what_is_missing_is_told_without_empty_members() -> None:
    unknown = unseen_acls(
        Cause(Kind.NOT_AUDITED, VENDOR),
        Cause(Kind.REFUSED, PROD, DUBLIN, "ec2:GetManagedPrefixListEntries", "pl-1", "UnauthorizedOperation"),
    )
    assert msgspec.to_builtins(entry(unknown).missing) == (
        {"kind": "not-audited", "account": "999999999999"},
        {
            "kind": "refused",
            "account": "111111111111",
            "region": "eu-west-1",
            "action": "ec2:GetManagedPrefixListEntries",
            "resource": "pl-1",
            "code": "UnauthorizedOperation",
        },
    )


def test_the_schema_is_json_and_names_each_member_of_the_document() -> None:
    made = schema()
    assert json.loads(json.dumps(made)) == made
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    definitions = made["$defs"]
    document_of_all = msgspec.to_builtins(document(build(everyday(), min_severity=None, show_passed=True)))
    assert list(definitions["Document"]["properties"]) == list(document_of_all)
    assert list(definitions["Summary"]["properties"]) == [
        "fail",
        "pass",
        "unknown",
        "suppressed",
        "monthly_saving_usd",
        "by_rule",
    ]
    assert list(definitions["FindingEntry"]["properties"]) == list(document_of_all["findings"][0])
    assert definitions["FindingEntry"]["required"] == list(document_of_all["findings"][0])
    assert definitions["Status"]["enum"] == sorted(Status)


def test_an_assessment_of_nothing_is_a_document_too() -> None:
    empty = document(build(assessment(), min_severity=None, show_passed=True))
    assert msgspec.json.decode(msgspec.json.encode(empty), type=Document) == empty
