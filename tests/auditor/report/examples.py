from collections.abc import Mapping
from typing import Any

from auditor.assess import Assessment, Refusal, TargetCoverage
from auditor.findings import Confidence, Finding, Operation, Resource, RuleCounts, Saving, Severity, Status
from auditor.network.missing import Cause, Kind, Missing
from auditor.snapshot import Target

PROD, SHARED, VENDOR = "111111111111", "222222222222", "999999999999"
DUBLIN, TOKYO = "eu-west-1", "ap-northeast-1"
PEERING = Resource(
    "vpc-peering-connection",
    "pcx-0a1b2c3d4e5f60718",
    "prod-to-shared",
    "arn:aws:ec2:eu-west-1:222222222222:vpc-peering-connection/pcx-0a1b2c3d4e5f60718",
)
NO_ROUTE = (
    "vpc-0b11223344556677a (shared) has no route to 10.20.0.0/16 in vpc-0a11223344556677b (prod); "
    "add it to rtb-0c22334455667788a, rtb-0d33445566778899b"
)
HOSTILE_NAMES = (
    "=cmd|'/c calc'!A1",
    "\x1b[2J\x1b[31mred",
    "<script>alert(1)</script>",
    "two\r\nlines",
    "abc\u202egnp.exe",
    "zero\u200bwidth",
    "nul\x00and\x9b1mC1\x7f",
    "half \ud83d of a pair",
    "a\u2028b",
    "\t@SUM(A1)",
)


def finding(
    status: Status = Status.FAIL,
    *,
    rule: str = "peering-route-missing-side",
    title: str = "One side of an active peering connection has no route to the other",
    severity: Severity = Severity.HIGH,
    account: str = SHARED,
    region: str = DUBLIN,
    resource: Resource = PEERING,
    message: str = NO_ROUTE,
    key: str = "",
    evidence: Mapping[str, Any] | None = None,
    missing: Missing | None = None,
    related: tuple[str, ...] = (),
    remediation: str = "Add a route for each CIDR.",
    remedy: tuple[Operation, ...] = (),
    saving: float | None = None,
) -> Finding:
    return Finding(
        rule=rule,
        status=status,
        severity=severity,
        confidence=Confidence.CERTAIN,
        account=account,
        region=region,
        resource=resource,
        title=title,
        message=message,
        key=key,
        evidence=evidence or {},
        missing=missing,
        related=related,
        remediation=remediation,
        remedy=remedy,
        savings=() if saving is None else (Saving(resource=resource.id, of="hours", quantity=1, price_usd=saving),),
        docs="https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
        collected_at="2026-11-23T12:00:00Z",
    )


def missing_side() -> Finding:
    return finding(
        key="vpc-0b11223344556677a",
        evidence={"vpc": "vpc-0b11223344556677a", "peer_cidrs": ["10.20.0.0/16"]},
        related=("vpc-0b11223344556677a", "rtb-0c22334455667788a"),
        remedy=(
            Operation(
                "ec2:CreateRoute",
                {
                    "RouteTableId": "rtb-0c22334455667788a",
                    "DestinationCidrBlock": "10.20.0.0/16",
                    "VpcPeeringConnectionId": PEERING.id,
                },
                Target(SHARED, DUBLIN),
            ),
        ),
    )


def missing_gateway() -> Finding:
    return finding(
        rule="gateway-endpoint-missing",
        title="VPC sends S3 or DynamoDB traffic through a NAT device",
        severity=Severity.MEDIUM,
        account=PROD,
        resource=Resource("vpc", "vpc-0a11223344556677b", "prod"),
        message="vpc-0a11223344556677b (prod) reaches S3 through nat-0a1234567890abcde; make a gateway endpoint",
        key="s3",
        saving=32.85,
    )


def unseen_acls(*causes: Cause, rule: str = "peering-nacl-blocks") -> Finding:
    return finding(
        Status.UNKNOWN,
        rule=rule,
        title="A network ACL denies the peer",
        severity=Severity.MEDIUM,
        message="Cannot tell",
        missing=Missing(frozenset(causes)),
    )


def passed(number: int, rule: str = "peering-not-active") -> Finding:
    return finding(
        Status.PASS,
        rule=rule,
        title="Peering exists but is not active",
        message="",
        resource=Resource("vpc-peering-connection", f"pcx-{number:017x}"),
    )


def assessment(
    *findings: Finding,
    targets: tuple[tuple[str, str, str], ...] = (),
    refusals: tuple[Refusal, ...] = (),
    unaudited: Mapping[str, int] | None = None,
) -> Assessment:
    rules = sorted({each.rule for each in findings})
    return Assessment(
        findings=tuple(sorted(findings, key=lambda each: each.order)),
        by_rule={rule: _counts(rule, findings) for rule in rules},
        targets=tuple(TargetCoverage(*target) for target in targets),
        refusals=refusals,
        unaudited=unaudited or {},
        subjects=len({each.resource for each in findings}),
        generated_at="2026-11-23T12:05:00Z",
    )


def _counts(rule: str, findings: tuple[Finding, ...]) -> RuleCounts:
    statuses = [each.status for each in findings if each.rule == rule]
    return RuleCounts(*(statuses.count(status) for status in (Status.PASS, Status.FAIL, Status.UNKNOWN)))


REFUSED_ACLS = Cause(
    kind=Kind.REFUSED,
    account=SHARED,
    region=DUBLIN,
    action="ec2:DescribeNetworkAcls",
    code="UnauthorizedOperation",
)


def everyday() -> Assessment:
    return assessment(
        missing_side(),
        missing_gateway(),
        unseen_acls(REFUSED_ACLS),
        passed(1),
        passed(2),
        targets=((PROD, DUBLIN, "complete"), (SHARED, DUBLIN, "partial"), (SHARED, TOKYO, "complete")),
        refusals=(
            Refusal(
                SHARED,
                DUBLIN,
                "ec2:DescribeNetworkAcls",
                "UnauthorizedOperation",
                "You are not authorized to perform this operation.",
                ("peering-nacl-blocks",),
            ),
        ),
        unaudited={VENDOR: 1},
    )


def hostile() -> Assessment:
    return assessment(
        *(
            finding(
                resource=Resource("vpc", f"vpc-{number}", name),
                message=f"vpc-{number} ({name}) has no route",
                evidence={"name": name},
            )
            for number, name in enumerate(HOSTILE_NAMES)
        ),
        targets=((SHARED, DUBLIN, "complete"),),
    )
