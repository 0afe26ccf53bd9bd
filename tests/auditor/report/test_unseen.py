from auditor.findings import Finding
from auditor.network.missing import Cause, Kind
from auditor.report.unseen import anything, counted, lines
from tests.auditor.report.examples import DUBLIN, PROD, REFUSED_ACLS, SHARED, VENDOR, missing_side, passed, unseen_acls

REGIONS = ("eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3")


def refused(
    account: str = PROD,
    region: str = DUBLIN,
    action: str = "ec2:DescribeNetworkAcls",
    resource: str = "",
    code: str = "UnauthorizedOperation",
) -> Cause:
    return Cause(Kind.REFUSED, account, region, action, resource, code)


def unknowns(*causes: Cause, rules: int = 1) -> list[Finding]:
    return [unseen_acls(*causes, rule=f"rule-{number}") for number in range(rules)]


def test_a_cause_is_told_once_with_the_number_of_rules_that_it_leaves_unknown() -> None:
    findings = [*unknowns(REFUSED_ACLS, rules=3), *unknowns(REFUSED_ACLS, rules=2), missing_side(), passed(1)]
    assert lines(findings) == [
        "Not seen: 222222222222 eu-west-1 ec2:DescribeNetworkAcls (UnauthorizedOperation): 3 rules unknown."
    ]


def test_a_cause_without_a_code_is_told_by_its_kind() -> None:
    assert lines(unknowns(Cause(Kind.NOT_AUDITED, VENDOR, DUBLIN), Cause(Kind.ABSENT_FIELD, resource="vpce-1"))) == [
        "Not seen: 999999999999 eu-west-1 (not-audited): 1 rule unknown.",
        "Not seen: vpce-1 (absent-field): 1 rule unknown.",
    ]


def test_what_leaves_most_rules_unknown_comes_first() -> None:
    findings = [*unknowns(refused(PROD)), *unknowns(refused(SHARED), rules=2)]
    assert [line.split()[2] for line in lines(findings)] == [SHARED, PROD]


def test_up_to_three_of_one_sort_have_a_line_each() -> None:
    assert len(lines(unknowns(*(refused(region=region) for region in REGIONS[:3])))) == 3


def test_many_regions_are_told_together() -> None:
    assert lines(unknowns(*(refused(region=region) for region in REGIONS))) == [
        "Not seen: ec2:DescribeNetworkAcls in 5 regions of 111111111111 (UnauthorizedOperation): 1 rule unknown."
    ]


def test_many_accounts_and_regions_are_told_together_for_each_action_and_reason() -> None:
    causes = [
        refused(f"{account:012}", region, code=code)
        for account in range(30)
        for region in REGIONS
        for code in ("UnauthorizedOperation", "RequestExpired")
    ]
    assert lines(unknowns(*causes, rules=4)) == [
        "Not seen: ec2:DescribeNetworkAcls in 5 regions of 30 accounts (RequestExpired): 4 rules unknown.",
        "Not seen: ec2:DescribeNetworkAcls in 5 regions of 30 accounts (UnauthorizedOperation): 4 rules unknown.",
    ]


def test_many_accounts_of_one_region_are_told_together() -> None:
    causes = [Cause(Kind.NOT_AUDITED, f"{account:012}", DUBLIN) for account in range(4)]
    assert lines(unknowns(*causes)) == ["Not seen: eu-west-1 of 4 accounts (not-audited): 1 rule unknown."]


def test_many_resources_are_told_together() -> None:
    causes = [refused(action="ec2:GetManagedPrefixListEntries", resource=f"pl-{number}") for number in range(40)]
    assert lines(unknowns(*causes)) == [
        "Not seen: ec2:GetManagedPrefixListEntries of 40 resources in eu-west-1 of 111111111111 "
        "(UnauthorizedOperation): 1 rule unknown."
    ]


def test_many_actions_that_the_same_places_refuse_are_told_together() -> None:
    actions = [f"ec2:Describe{number}" for number in range(20)]
    one_place = [refused(action=action) for action in actions]
    assert lines(unknowns(*one_place, rules=2)) == [
        "Not seen: 20 actions in eu-west-1 of 111111111111 (UnauthorizedOperation): 2 rules unknown."
    ]
    many_places = [refused(region=region, action=action) for action in actions for region in REGIONS]
    assert lines(unknowns(*many_places)) == [
        "Not seen: 20 actions in 5 regions of 111111111111 (UnauthorizedOperation): 1 rule unknown."
    ]


def test_only_unknowns_leave_something_unseen() -> None:
    assert lines([missing_side(), passed(1)]) == []
    assert not anything([missing_side(), passed(1)])
    assert anything([missing_side(), *unknowns(REFUSED_ACLS)])


def test_nouns_follow_their_count() -> None:
    assert [counted(count, "rule") for count in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]
