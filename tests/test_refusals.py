import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

import msgspec
import pytest

from auditor.assess import Assessment, assess, records_read
from auditor.check import Check
from auditor.collector import Collector
from auditor.findings import Finding, Severity, Status
from auditor.network.entities import Account, Run
from auditor.snapshot import Answer, CallError, Shard, Snapshot, Target
from checks import CHECKS
from collectors import COLLECTORS
from tests.demo_snapshot import demo
from tests.world import World

pytestmark = pytest.mark.xdist_group("demo")

REFUSED = CallError(code="UnauthorizedOperation", message="You are not authorized.", kind="refused")

ABOUT_THE_AUDIT = "audit-call-refused"
"""The one rule that judges the answers themselves."""

Change = Callable[[str, Answer], Answer | None]

each_action = pytest.mark.parametrize("collector", COLLECTORS, ids=lambda collector: collector.action)
each_check = pytest.mark.parametrize(
    "check", [check for check in CHECKS if check.id != ABOUT_THE_AUDIT], ids=lambda check: check.id
)


def judged(snapshot: Snapshot, checks: Iterable[Check] = CHECKS) -> Assessment:
    return assess(snapshot, COLLECTORS, checks, demo().settings)


@functools.cache
def whole() -> Assessment:
    return judged(demo().snapshot)


def amended(change: Change) -> Snapshot:
    """The demo with other answers, by action; without those for which there is None."""

    def amend(shard: Shard) -> Shard:
        changed = {action: change(action, answer) for action, answer in shard.answers.items()}
        return msgspec.structs.replace(shard, answers={name: answer for name, answer in changed.items() if answer})

    snapshot = demo().snapshot
    return replace(
        snapshot,
        shards={target: amend(shard) for target, shard in snapshot.shards.items()},
        accounts={account: amend(shard) for account, shard in snapshot.accounts.items()},
    )


@functools.cache
def after_refusal(collector: Collector) -> Assessment:
    """The demo with a call refused everywhere, and thereby those that are made for what it would have listed."""
    after = {each.action for each in COLLECTORS if collector.record in each.parents}
    parentless = Answer(error=msgspec.structs.replace(REFUSED, parent=collector.action))

    def change(action: str, answer: Answer) -> Answer:
        return Answer(error=REFUSED) if action == collector.action else parentless if action in after else answer

    return judged(amended(change))


@functools.cache
def after_cut(collector: Collector, share: float) -> Assessment:
    """The demo with a call that failed everywhere once a share of its items had come, as the rules that read it see it.

    The others see what they did: ``test_a_rule_reads_what_it_declares_and_no_more``.
    """

    def change(action: str, answer: Answer) -> Answer:
        if action != collector.action:
            return answer
        items = list(answer.items or ())
        return Answer(items=items[: int(len(items) * share)], error=CallError(code="InternalError", kind="failed"))

    readers = reading(collector)
    return judged(amended(change), [check for check in CHECKS if check.id in readers])


def reading(collector: Collector) -> set[str]:
    """The ids of the rules that read what a call answers, or what is asked for each item of the answer."""
    records = {collector.record} | {each.record for each in COLLECTORS if collector.record in each.parents}
    return {check.id for check in CHECKS if records & set(records_read(check))}


def of(findings: Collection[Finding], *statuses: Status) -> set[tuple[str, str]]:
    """The rule and the resource of each finding that has one of the statuses."""
    return {(each.rule, each.resource.id) for each in findings if each.status in statuses}


def faults(assessment: Assessment) -> dict[str, Finding]:
    """The faults by id, but for those of the audit itself."""
    return {
        each.id: each
        for each in assessment.findings
        if each.status is Status.FAIL and not each.rule.startswith("audit-")
    }


@functools.cache
def faults_of_the_whole() -> dict[str, Finding]:
    return faults(whole())


def assert_less_is_not_better(after: Assessment, collector: Collector) -> None:
    """No pass that was none, and no fault that is gone while its rule says nothing of what it lacks."""
    assert of(after.findings, Status.PASS) <= of(whole().findings, Status.PASS)
    before, readers = faults_of_the_whole(), reading(collector)
    gone = {rule for rule in (before[fault].rule for fault in before.keys() - faults(after).keys()) if rule in readers}
    assert gone <= {rule for rule, _ in of(after.findings, Status.UNKNOWN)}


def assert_less_is_not_worse(after: Assessment) -> None:
    """No fault that was none."""
    made_up = [fault for id_, fault in faults(after).items() if id_ not in faults_of_the_whole()]
    assert [(fault.rule, fault.resource.name, fault.key) for fault in made_up] == []


each_share = pytest.mark.parametrize("share", [0.5, 1], ids=["a half", "all"])


@each_action
def test_a_refused_call_makes_no_rule_pass_and_hides_no_fault(collector: Collector) -> None:
    assert_less_is_not_better(after_refusal(collector), collector)


@each_action
def test_a_refused_call_makes_no_fault(collector: Collector) -> None:
    assert_less_is_not_worse(after_refusal(collector))


@each_share
@each_action
def test_a_list_that_was_cut_makes_no_rule_pass_and_hides_no_fault(collector: Collector, share: float) -> None:
    assert_less_is_not_better(after_cut(collector, share), collector)


@each_share
@each_action
def test_a_list_that_was_cut_makes_no_fault(collector: Collector, share: float) -> None:
    assert_less_is_not_worse(after_cut(collector, share))


@each_action
def test_a_refused_call_is_named_and_leaves_the_rules_that_do_not_read_it_alone(collector: Collector) -> None:
    readers = reading(collector)
    after = after_refusal(collector)

    def others(assessment: Assessment) -> list[Finding]:
        return [each for each in assessment.findings if each.rule not in {*readers, ABOUT_THE_AUDIT}]

    assert others(after) == others(whole())
    named = {each.severity for each in after.findings if each.key == f"{collector.action}|UnauthorizedOperation"}
    assert named == {Severity.INFO if collector.optional else Severity.MEDIUM}
    partial = not collector.optional and collector.scope.value == "region"
    assert {target.status for target in after.targets} == {"partial" if partial else "complete"}


NOT_NEEDED_IN_THE_DEMO = {
    "ec2:DescribeInternetGateways": "a route to the peer's gateway is wrong with any; the answer only names it",
    "route53:ListHostedZones": "the zones that the demo's VPCs have are listed by VPC",
    "route53:ListHostedZonesByVPC": "a name that a zone may hold is then judged as if none did, by a heuristic",
    "route53:ListResourceRecordSets": "the demo's zone serves VPCs without an endpoint of their own in use",
    "route53profiles:ListProfileAssociations": "as for the zones of VPCs",
    "route53profiles:ListProfileResourceAssociations": "the demo has no Profile",
    "ec2:GetManagedPrefixListEntries": "AWS's own lists have their blocks from DescribePrefixLists as well",
}


@each_action
def test_a_rule_that_reads_a_refused_call_says_that_it_cannot_tell(collector: Collector) -> None:
    readers = reading(collector)
    after = of(after_refusal(collector).findings, Status.UNKNOWN) - of(whole().findings, Status.UNKNOWN)
    assert {rule for rule, _ in after} <= readers
    assert bool(after) == bool(readers and collector.action not in NOT_NEEDED_IN_THE_DEMO)


def test_a_rule_that_meets_a_prefix_list_whose_entries_were_refused_cannot_tell() -> None:
    world = World()
    near, far = world.vpc("vpc-near", "10.0.0.0/16"), world.vpc("vpc-far", "10.1.0.0/16")
    world.peering("pcx-1", near, far)
    world.prefix_list("pl-1", ["10.1.0.0/16"])
    for vpc, destination in ((near, "pl-1"), (far, "10.0.0.0/16")):
        subnet = world.subnet(f"subnet-{vpc.id}", vpc, vpc.blocks[0])
        world.route_table(f"rtb-{vpc.id}", vpc, [subnet], {destination: "pcx-1"})
    check = next(check for check in CHECKS if check.id == "peering-route-one-way")
    assert [each.status for each in judged(world.snapshot(), [check]).findings] == [Status.PASS]
    world.refuse("ec2:GetManagedPrefixListEntries")
    assert {each.status for each in judged(world.snapshot(), [check]).findings} == {Status.UNKNOWN}


@each_check
def test_a_rule_reads_what_it_declares_and_no_more(check: Check) -> None:
    read = {each.action for each in COLLECTORS if each.record in records_read(check)}
    alone = judged(amended(lambda action, answer: answer if action in read else None), [check])
    assert list(alone.findings) == [each for each in whole().findings if each.rule == check.id] != []


def _refused(_action: str, _answer: Answer) -> Answer | None:
    return Answer(error=REFUSED)


def _failed(_action: str, _answer: Answer) -> Answer | None:
    return Answer(error=CallError(code="ReadTimeoutError", kind="failed"))


def _not_asked(_action: str, _answer: Answer) -> Answer | None:
    return None


@functools.cache
def without(change: Change) -> Assessment:
    return judged(amended(change))


without_answers = pytest.mark.parametrize(
    "change", [_refused, _failed, _not_asked], ids=["refused", "failed", "not asked"]
)


@without_answers
def test_where_nothing_was_answered_nothing_passes_and_nothing_but_the_refusals_fails(change: Change) -> None:
    after = without(change)
    assert of(after.findings, Status.PASS) == set()
    assert {rule for rule, _ in of(after.findings, Status.FAIL)} <= {ABOUT_THE_AUDIT}
    assert after.incomplete


def test_where_all_is_refused_every_target_failed() -> None:
    after = without(_refused)
    assert {target.status for target in after.targets} == {"failed"}
    assert {each.resource.id for each in after.findings if each.rule == ABOUT_THE_AUDIT} >= {
        str(target) for target in demo().snapshot.shards
    }


@without_answers
@each_check
def test_where_nothing_was_answered_each_rule_says_so_of_each_target(check: Check, change: Change) -> None:
    unknown = {resource for rule, resource in of(without(change).findings, Status.UNKNOWN) if rule == check.id}
    if set(check.of) <= {Account, Run, Target}:
        assert unknown == set(demo().snapshot.accounts)
    else:
        assert unknown == {str(target) for target in demo().snapshot.shards}


@pytest.mark.parametrize("side", ["RequesterVpcInfo", "AccepterVpcInfo"])
def test_connections_without_a_vpc_on_a_side_leave_all_open_and_break_no_rule(side: str) -> None:
    def change(action: str, answer: Answer) -> Answer:
        if action != "ec2:DescribeVpcPeeringConnections":
            return answer
        nowhere = [{**item, side: {**item[side], "VpcId": None}} for item in answer.items or ()]
        return Answer(items=nowhere)

    peerings = next(each for each in COLLECTORS if each.operation == "DescribeVpcPeeringConnections")
    after = judged(amended(change))
    assert_less_is_not_better(after, peerings)
    assert not [each for each in after.findings if each.resource.type == "vpc-peering-connection"]
