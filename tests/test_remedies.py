"""Every rule that gives steps, against moto: they are carried out, and the finding is gone.

The steps of the demo's findings are carried out rule by rule, each by the account and in the Region that it names, and
the demo is audited again after each rule: for some rules every day, for all with ``ROUNDS=10 make test``. What the demo
cannot show, the tests of single rules do with ``cured``.
"""

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest
from botocore.exceptions import ClientError

from auditor.assess import assess
from auditor.check import Check
from auditor.collect import TargetRequest, collect_target
from auditor.config import Settings
from auditor.demo.builder import Builder
from auditor.demo.organization import AWAY, DEV, HOME, NETWORK, PROD, built
from auditor.findings import Finding, Operation, Status
from auditor.snapshot import GLOBAL, Manifest, ManifestTarget, Shard, Snapshot, Target, Tool
from checks import CHECKS
from collectors import COLLECTORS
from tests.carrying_out import carry_out, place_of
from tests.demo_snapshot import demo as recorded
from tests.rounds import ROUNDS

pytestmark = pytest.mark.xdist_group("demo")

NOT_IN_THE_DEMO: Mapping[str, str] = {
    "endpoint-s3-interface-shadows-gateway": "moto's ModifyVpcEndpoint knows no DNS options",
    "endpoint-service-orphan-connection": "moto has no RejectVpcEndpointConnections",
    "endpoint-service-pending-connections": "moto has no AcceptVpcEndpointConnections",
    "endpoint-service-private-dns-unverified": "moto has no StartVpcEndpointServicePrivateDnsVerification",
    "endpoint-service-sg-bypass": "moto's SetSecurityGroups leaves alone whether endpoints are held to the groups",
    "peering-pending-stale": "what the connection lacks is only judged once it is accepted, so other findings follow",
    "peering-route-blackhole": "moto never marks a route, and the demo's mark stays when the request is accepted",
    "peering-sg-cross-region-reference": "moto finds the groups that a rule names in one account and Region alone",
    "peering-sg-reference-through-middlebox": "moto finds the groups that a rule names in one account alone",
    "peering-sg-reference-without-route": "moto finds the groups that a rule names in one account alone",
    "peering-sg-stale-reference": "moto does not revoke a rule that names a group which is gone",
}
"""The rules whose steps moto cannot run on the demo's findings, with the reason. Other tests carry them out."""

MAY_FOLLOW: Mapping[str, Mapping[str, str]] = {
    "endpoint-policy-gateway-principal": {
        "endpoint-policy-no-perimeter": "a statement that takes effect lets somebody in, to whatever it names",
    },
    "endpoint-service-auto-accept": {
        "endpoint-service-no-notification": "from then on requests wait, and only the owner knows who is to be told",
    },
    "endpoint-service-public-auto-accept": {
        "endpoint-service-orphan-connection": "who came in while everybody could stays until the owner says otherwise",
    },
    "endpoint-service-public-manual": {"endpoint-service-orphan-connection": "as above"},
    "gateway-endpoint-missing": {
        "endpoint-policy-default": "a new endpoint has AWS's policy, and only its owner knows whom to keep out",
        "endpoint-s3-interface-shadows-gateway": "the next step: once there are both, who goes where can be told",
    },
    "gateway-endpoint-needs-interface": {
        "endpoint-policy-default": "as above",
        "endpoint-s3-both-types": "info: that there are both is what was asked for",
        "interface-endpoint-sg-missing": "moto gives a new endpoint no group where AWS gives the VPC's default one",
    },
    "interface-endpoint-could-be-gateway": {"endpoint-policy-default": "as above"},
    "interface-endpoint-missing-service": {"endpoint-policy-default": "as above"},
    "interface-endpoint-single-az": {
        "interface-endpoint-no-network-interface": "moto makes none for a subnet that is added",
    },
    "peering-edge-gateway-endpoint": {"endpoint-policy-default": "as above"},
    "peering-return-misroute": {
        "peering-hub-overlap": "info: that two peers overlap, but are kept apart, is said once no answer goes astray",
        "peering-route-shadowed": "info: the cure is a documented design, a more specific route beside the other one",
    },
}
"""What may come of the steps of a rule, by the rule that then says so, with the reason."""

MOTO_CANNOT: Mapping[str, str] = {
    "endpoint-gwlb-cross-az": "moto's ReplaceRoute knows no endpoint; the rule's own test makes the route anew",
    "endpoint-s3-interface-shadows-gateway": "moto's ModifyVpcEndpoint knows no DNS options",
    "endpoint-service-orphan-connection": "moto has no RejectVpcEndpointConnections",
    "endpoint-service-pending-connections": "moto has no AcceptVpcEndpointConnections",
    "endpoint-service-private-dns-unverified": "moto has no StartVpcEndpointServicePrivateDnsVerification",
    "endpoint-service-sg-bypass": "moto's SetSecurityGroups leaves alone whether endpoints are held to the groups",
    "interface-endpoint-no-network-interface": "moto makes no network interface for a subnet that is added",
    "peering-encryption-control": "moto has no encryption control of VPCs",
}
"""The rules that give steps, of which moto can hold no case at all, with the reason.

Of two rules it can hold some cases: it has no Direct Connect gateway that advertises too much, for
peering-edge-on-premises, and no endpoint that waits for its provider, for endpoint-state.
"""

NO_STEPS: Mapping[str, str] = {
    "audit-call-refused": "the cure is a permission of whoever audits",
    "audit-participant-view": "the cure is to audit the owner as well",
    "audit-region-skipped": "the cure is to audit the Region as well",
    "audit-snapshot-skew": "the cure is to audit again",
    "audit-unknown-value": "the cure is a newer version of this program",
    "endpoint-cost-nat-vs-endpoint": "only the owner knows whether the private path is worth its price",
    "endpoint-cross-region": "whether data may leave the Region is the owner's to say",
    "endpoint-isolated-no-endpoint": "only the owner knows which services the VPC is to reach, if any",
    "endpoint-nat-only-aws": "only flow logs tell what else needs the gateway",
    "endpoint-policy-denies-all": "only the owner knows what the policy is to allow, if anything",
    "endpoint-policy-foreign-account": "only the owner knows whether the account is a known one",
    "endpoint-quota": "the cure is a higher quota, or less of what is counted",
    "endpoint-s3-both-types": "the design is a documented one",
    "endpoint-service-no-load-balancer": "only the owner knows which load balancer belongs there",
    "endpoint-service-no-notification": "only the owner knows which topic somebody reads",
    "endpoint-untagged": "only the owner knows the name",
    "interface-endpoint-centralise": "the cure is another design",
    "interface-endpoint-duplicate": "only the owner knows which of them the clients use by name",
    "interface-endpoint-nat-for-aws": "only flow logs tell which services the traffic goes to",
    "interface-endpoint-on-premises-dns": "the cure lies with the name servers on premises as well",
    "interface-endpoint-sg-too-open": "only the owner knows the clients, and who else carries the group",
    "interface-endpoint-subnet-ips": "only the owner knows which addresses can be freed, or which subnet to give",
    "peering-cidr-overlap": "the cure is another block for a VPC, which is to make it anew",
    "peering-cidr-overlap-candidate": "nothing is wrong with two VPCs that are not peered",
    "peering-duplicate": "AWS has no two connections between two VPCs: the cure is to audit again",
    "peering-far-side-unaudited": "the cure is to audit the other side as well",
    "peering-hub-overlap": "the design is a documented one, as long as no answer goes astray",
    "peering-inter-region": "it tells what holds between Regions, and nothing is wrong",
    "peering-mesh-gap": "a star is a documented design",
    "peering-mesh-too-large": "the cure is another design",
    "peering-multipath-half": "AWS documents no call that would set it",
    "peering-quota": "the cure is a higher quota, or less of what is counted",
    "peering-sg-blocks-peer": "only the owner knows what the peer is to be let in at",
    "peering-sg-prefer-reference": "only the owner knows whether all clients of the block carry a security group",
    "peering-sg-too-open-to-peer": "only the owner knows at which ports the peer needs to be let in",
    "peering-untagged": "only the owner knows the name",
}
"""The rules whose cure is no change of configuration that could be written down, with the reason."""

WHAT_TO_DO = """Mend the steps of these rules, or their case in the demo. Where only moto is to blame, give the reason
in NOT_IN_THE_DEMO, and carry the steps out in the rule's own test with cured(). Where a finding is meant to follow,
give the reason in MAY_FOLLOW."""

REGISTRY = {check.id: check for check in CHECKS}
TARGETS = [Target(account, region) for account in (NETWORK, PROD, DEV) for region in (HOME, AWAY)]


# --- The demo, rule by rule -------------------------------------------------------------------------------------------


class Demo:
    """The demo, audited again wherever steps are run."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.accounts = {target.account: self._collected(Target(target.account, GLOBAL)) for target in TARGETS}
        self.shards = {target: self._collected(target) for target in TARGETS}
        self.faults = self._faults()

    def carry_out(self, rule: str) -> "Outcome":
        """The steps of all findings of a rule, and what an audit says then."""
        mine = [finding for finding in self.faults.values() if finding.rule == rule and finding.remedy]
        outcome = Outcome(len(mine))
        for finding in mine:
            try:
                carry_out(finding, self.builder.keys)
            except ClientError as error:
                outcome.wrong.append(f"{finding.message}: {error}")
            for step in finding.remedy:
                self._keep_up(step)
        for target in self._touched(mine):
            self.shards[target] = self._collected(target)
        before, self.faults = self.faults, self._faults()
        outcome.wrong += [f"still there: {each.message}" for each in mine if each.id in self.faults]
        outcome.wrong += [
            f"new: {each.rule}: {each.message}"
            for each in self.faults.values()
            if each.id not in before and each.rule not in MAY_FOLLOW.get(rule, {})
        ]
        return outcome

    def _keep_up(self, step: Operation) -> None:
        """Let the members that the demo gives to endpoints in moto's place change as the step changes them."""
        amended = self.builder.amendments.endpoints
        for endpoint in step.parameters.get("VpcEndpointIds", ()):
            amended.pop(endpoint, None)
        if step.operation == "ec2:ModifyVpcEndpoint":
            members = amended.get(step.parameters["VpcEndpointId"], {})
            members.update({name: value for name, value in step.parameters.items() if name in members})

    def _touched(self, findings: list[Finding]) -> list[Target]:
        steps = [(finding, step) for finding in findings for step in finding.remedy]
        if any("VpcPeeringConnection" in step.operation for _, step in steps):
            # Both sides see it.
            return TARGETS
        touched = {place_of(finding, step) for finding, step in steps}
        return [target for target in TARGETS if target in touched]

    def _collected(self, target: Target) -> Shard:
        return collect_target(
            TargetRequest(
                target=target,
                endpoint_region=HOME if target.region == GLOBAL else target.region,
                credentials=self.builder.keys(target.account),
                collected_at=self.now,
                enabled=True,
            ),
            COLLECTORS,
        )

    def _faults(self) -> dict[str, Finding]:
        snapshot = Snapshot(
            shards=dict(self.shards),
            accounts=self.accounts,
            manifest=Manifest(
                tool=Tool(name="vpc-auditor", version="0"),
                started_at=self.now,
                finished_at=self.now,
                targets=tuple(ManifestTarget(account_id=each.account, region=each.region) for each in TARGETS),
                actions=tuple(sorted(collector.action for collector in COLLECTORS)),
            ),
        )
        chosen = [check for check in CHECKS if check.enabled]
        findings = assess(snapshot, COLLECTORS, chosen, Settings()).findings
        return {finding.id: finding for finding in findings if finding.status is Status.FAIL}


@dataclass
class Outcome:
    """What came of the steps of a rule."""

    findings: int
    wrong: list[str] = field(default_factory=list)


@functools.cache
def rules_of_the_demo() -> frozenset[str]:
    """The rules whose steps the demo's findings give, and moto can run."""
    findings = assess(
        recorded().snapshot, COLLECTORS, [check for check in CHECKS if check.enabled], Settings()
    ).findings
    given = {finding.rule for finding in findings if finding.status is Status.FAIL and finding.remedy}
    return frozenset(given - NOT_IN_THE_DEMO.keys())


def outcomes(waiting: list[str]) -> Mapping[str, Outcome]:
    """What comes of the steps of some rules of the demo, by rule."""
    found: dict[str, Outcome] = {}
    # What one rule mends may be another one's finding: that one is tried first then, on a demo made anew.
    while waiting:
        with built() as builder:
            demo = Demo(builder)
            for rule in waiting:
                if (outcome := demo.carry_out(rule)).findings:
                    found[rule] = outcome
        waiting = [rule for rule in waiting if rule not in found]
    return found


def test_the_steps_of_the_demos_findings_mend_them_and_break_nothing() -> None:
    drawn = sorted(rule for rule in rules_of_the_demo() if crc32(rule.encode()) % 10 < ROUNDS)
    wrong = [f"{rule}: {line}" for rule, outcome in outcomes(drawn).items() for line in outcome.wrong]
    assert not wrong, "\n".join([*wrong, WHAT_TO_DO])


# --- Every rule -------------------------------------------------------------------------------------------------------


def gives_steps(check: Check) -> bool:
    """Whether the rule's module ever gives a remedy, or leaves it to the words on the routes of a connection."""
    tree = ast.parse(inspect.getsource(importlib.import_module(check.judge.__module__)))
    words = {
        node.arg if isinstance(node, ast.keyword) else node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword | ast.Name)
    }
    return not words.isdisjoint({"remedy", "on_route"})


def own_test(check: Check) -> Path:
    """The tests of a rule, whose name is that of its module."""
    *folders, name = check.judge.__module__.split(".")
    return Path(__file__).parent.joinpath(*folders, f"test_{name}.py")


def cured_in_own_test(check: Check) -> bool:
    return re.search(r"\bcured\(", own_test(check).read_text(encoding="utf-8")) is not None


def unclassified() -> Iterator[str]:
    """What is to be done about each rule of which nothing says how its cure is tested."""
    for rule, check in REGISTRY.items():
        own = own_test(check).relative_to(Path(__file__).parents[1])
        tried = rule in rules_of_the_demo() or cured_in_own_test(check)
        if not gives_steps(check) and rule not in NO_STEPS:
            yield f"{rule} gives no steps: give its Fault a remedy, or the reason why there is none to NO_STEPS"
        if gives_steps(check) and not tried and rule not in MOTO_CANNOT:
            yield (
                f"{rule} gives steps that nothing carries out: give the demo a case of it, or call cured() of "
                f"tests/carrying_out.py in {own}; if moto can hold no case of it, give the reason in MOTO_CANNOT"
            )
        if gives_steps(check) and rule in NO_STEPS:
            yield f"{rule} gives steps: take it out of NO_STEPS"
        if tried and rule in MOTO_CANNOT:
            yield f"the steps of {rule} are carried out: take it out of MOTO_CANNOT"
        if rule in NOT_IN_THE_DEMO and not cured_in_own_test(check) and rule not in MOTO_CANNOT:
            yield f"{rule} is in NOT_IN_THE_DEMO: call cured() in {own}, or give the reason in MOTO_CANNOT as well"


def test_of_each_rule_it_is_known_how_its_cure_is_tested() -> None:
    todo = list(unclassified())
    assert not todo, "\n".join(todo)
    listed = {*NOT_IN_THE_DEMO, *MAY_FOLLOW, *MOTO_CANNOT, *NO_STEPS}
    assert listed - REGISTRY.keys() == set(), "there is no such rule"
