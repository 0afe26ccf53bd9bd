import pytest
from msgspec.structs import replace

from auditor.findings import Severity
from auditor.snapshot import Snapshot, Target
from checks.audit.snapshot_skew import audit_snapshot_skew
from tests.checks.peering.two_vpcs import OTHER_ACCOUNT, half_seen, two_vpcs
from tests.judging import faults, judged, judged_on_reads, passes
from tests.world import ACCOUNT, REGION, World

EARLY, LATE = Target(ACCOUNT, REGION), Target(OTHER_ACCOUNT, REGION)


def collected_at(world: World, **moments: str) -> Snapshot:
    """The snapshot where the accounts ``front`` and ``back`` were collected at the moments given."""
    snapshot = world.snapshot()
    targets = {"front": EARLY, "back": LATE}
    shards = {
        targets[name]: replace(snapshot.shards[targets[name]], collected_at=moment) for name, moment in moments.items()
    }
    return Snapshot(shards={**snapshot.shards, **shards}, accounts=snapshot.accounts, manifest=snapshot.manifest)


@pytest.mark.parametrize("order", ["front first", "back first"])
def test_two_sides_that_were_collected_far_apart_are_a_fact(order: str) -> None:
    moments = ["2026-11-23T12:00:00Z", "2026-11-23T12:45:30Z"]
    front, back = moments if order == "front first" else reversed(moments)
    snapshot = collected_at(two_vpcs(b_account=OTHER_ACCOUNT), front=front, back=back)
    (fault,) = faults(judged(snapshot, audit_snapshot_skew))
    assert (fault.severity, fault.resource.id, fault.key) == (Severity.INFO, "pcx-1", "")
    assert fault.message == (
        f"pcx-1 (front-to-back) was judged from vpc-a (front) as collected at {front} and vpc-b (back) as collected at "
        f"{back}, 45 minutes apart: what changed in between looks like a fault; collect both in one run"
    )
    assert fault.evidence == {
        "collected_at": {str(EARLY): front, str(LATE): back},
        "minutes_apart": 45,
        "minutes_allowed": 30,
    }
    assert fault.related == ("vpc-a", "vpc-b")
    assert judged_on_reads(snapshot, audit_snapshot_skew) == judged(snapshot, audit_snapshot_skew)


@pytest.mark.parametrize("back", ["2026-11-23T12:00:00Z", "2026-11-23T12:30:00.250Z", "2026-11-23T11:31:00Z"])
def test_half_an_hour_and_less_passes(back: str) -> None:
    snapshot = collected_at(two_vpcs(b_account=OTHER_ACCOUNT), front="2026-11-23T12:00:00.500Z", back=back)
    findings = judged(snapshot, audit_snapshot_skew)
    assert passes(findings) == findings
    assert len(findings) == 1


def test_only_the_two_sides_of_a_connection_are_compared() -> None:
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.audit("333333333333")
    snapshot = world.snapshot()
    alone = Target("333333333333", REGION)
    shards = {**snapshot.shards, alone: replace(snapshot.shards[alone], collected_at="2026-11-20T12:00:00Z")}
    old = Snapshot(shards=shards, accounts=snapshot.accounts, manifest=snapshot.manifest)
    assert faults(judged(old, audit_snapshot_skew)) == []


def test_two_vpcs_of_one_account_and_region_are_collected_together() -> None:
    assert judged(two_vpcs(), audit_snapshot_skew) == []


def test_a_side_that_was_not_collected_has_no_time() -> None:
    assert judged(half_seen(), audit_snapshot_skew) == []
    world = two_vpcs(b_account=OTHER_ACCOUNT)
    world.drop_shard(OTHER_ACCOUNT)
    (finding,) = judged(world, audit_snapshot_skew)
    assert (finding.status.value, finding.resource.id) == ("unknown", str(LATE))


def test_a_connection_that_is_not_active_is_no_question() -> None:
    world = two_vpcs("deleted", b_account=OTHER_ACCOUNT)
    snapshot = collected_at(world, front="2026-11-23T12:00:00Z", back="2026-11-23T14:00:00Z")
    assert judged(snapshot, audit_snapshot_skew) == []
