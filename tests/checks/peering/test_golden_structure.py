"""AWS's documented topologies, and what the rules on the structure and life of connections say of each."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
from msgspec.structs import replace

from auditor.check import Check
from auditor.findings import Finding
from auditor.snapshot import Snapshot
from checks.audit.snapshot_skew import audit_snapshot_skew
from checks.audit.unknown_value import audit_unknown_value
from checks.peering.cidr_overlap_candidate import peering_cidr_overlap_candidate
from checks.peering.duplicate import peering_duplicate
from checks.peering.encryption_control import peering_encryption_control
from checks.peering.hub_overlap import peering_hub_overlap
from checks.peering.inter_region import peering_inter_region
from checks.peering.mesh_gap import peering_mesh_gap
from checks.peering.mesh_too_large import peering_mesh_too_large
from checks.peering.multipath_half import peering_multipath_half
from checks.peering.quota import peering_quota
from checks.peering.untagged import peering_untagged
from tests.checks.peering.two_vpcs import A_BLOCK, B_BLOCK, OTHER_ACCOUNT, half_seen, two_vpcs
from tests.golden import GOLDEN, golden_world
from tests.judging import faults, judged, judged_backwards, judged_on_reads, unknowns
from tests.world import NewValue, World

ON: tuple[Check, ...] = (
    audit_snapshot_skew,
    audit_unknown_value,
    peering_duplicate,
    peering_encryption_control,
    peering_hub_overlap,
    peering_inter_region,
    peering_mesh_too_large,
    peering_multipath_half,
    peering_quota,
)
OFF: tuple[Check, ...] = (peering_cidr_overlap_candidate, peering_mesh_gap, peering_untagged)

Said = tuple[str, str, str, str]
"""A finding: the rule, the severity, the resource and the key."""

HUB = "peering-hub-overlap"
OF_B_AND_C: Said = (HUB, "info", "vpc-A", "pcx-aaaabbbb|pcx-aaaacccc")
OF_A_AND_M: Said = (HUB, "info", "vpc-C", "pcx-aaaacccc|pcx-ccccmmmm")
OF_C_AND_P: Said = (HUB, "info", "vpc-M", "pcx-ccccmmmm|pcx-mmmmpppp")

# Of G12, G13c and G15, peering-return-misroute tells.
OVERLAPPING_PEERS = {
    "G09": {OF_B_AND_C},
    "G11": {OF_B_AND_C},
    "G13a": {OF_B_AND_C},
    "G13b": {OF_B_AND_C},
    "G14": {OF_B_AND_C},
    "G16": {OF_A_AND_M, OF_C_AND_P},
    "G16x": {OF_A_AND_M},
}


def said(findings: Sequence[Finding]) -> set[Said]:
    return {(finding.rule, finding.severity.value, finding.resource.id, finding.key) for finding in findings}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_documented_design_has_nothing_to_say_but_that_peers_overlap(name: str) -> None:
    findings = judged(golden_world(name), ON)
    assert said(faults(findings)) == OVERLAPPING_PEERS.get(name, set())
    assert unknowns(findings) == []


def gaps(name: str) -> set[frozenset[str]]:
    found = faults(judged(golden_world(name), peering_mesh_gap))
    assert {finding.severity.value for finding in found} <= {"info"}
    return {frozenset((finding.resource.id, finding.key)) for finding in found}


def pairs(letters: str) -> set[frozenset[str]]:
    return {frozenset((f"vpc-{one}", f"vpc-{other}")) for one, other in combinations(letters, 2)}


@pytest.mark.parametrize("name", ["G01", "G02", "G03", "G06", "G08", "N01-oneway"])
def test_where_all_are_peered_there_is_no_gap(name: str) -> None:
    assert gaps(name) == set()


@pytest.mark.parametrize(("name", "spokes"), [("G04", "BC"), ("G05", "BCDEFG"), ("G10", "BC")])
def test_each_two_spokes_of_a_star_are_a_gap(name: str, spokes: str) -> None:
    assert gaps(name) == pairs(spokes)


@pytest.mark.parametrize("name", ["G09", "G11", "G12", "G13a", "G13b", "G13c", "G14", "G15"])
def test_spokes_with_the_same_addresses_can_never_be_peered_and_are_no_gap(name: str) -> None:
    candidates = faults(judged(golden_world(name), peering_cidr_overlap_candidate))
    assert {finding.resource.id for finding in candidates} == {"vpc-B", "vpc-C"}
    assert gaps(name) == set()


def test_g20_spokes_that_route_to_each_other_are_a_gap_still() -> None:
    world = World()
    a, b, c = world.vpc("vpc-A", A_BLOCK), world.vpc("vpc-B", B_BLOCK), world.vpc("vpc-C", "192.168.0.0/16")
    world.peering("pcx-aaaabbbb", a, b)
    world.peering("pcx-aaaacccc", a, c)
    world.main_routes(b, {A_BLOCK: "pcx-aaaabbbb", "192.168.0.0/16": "pcx-aaaabbbb"})
    assert said(faults(judged(world, ON))) == set()
    assert said(faults(judged(world, peering_mesh_gap))) == {("peering-mesh-gap", "info", "vpc-B", "vpc-C")}


@pytest.mark.parametrize(
    ("a_blocks", "b_blocks"),
    [
        pytest.param(["10.0.0.0/16"], ["10.0.0.0/16"], id="G17"),
        pytest.param(["10.0.0.0/16", "10.2.0.0/16"], ["10.0.0.0/16", "10.4.0.0/16"], id="G18"),
        pytest.param(["10.0.0.0/16", "2001:db8:0:aa00::/56"], ["10.0.0.0/16", "2001:db8:0:bb00::/56"], id="G19"),
    ],
)
def test_an_overlap_of_a_failed_connection_is_told_by_the_rule_on_overlaps_alone(
    a_blocks: list[str], b_blocks: list[str]
) -> None:
    world = World()
    world.peering("pcx-1", world.vpc("vpc-a", *a_blocks), world.vpc("vpc-b", *b_blocks), status="failed")
    assert said(faults(judged(world, ON + OFF))) == set()


def test_g31_a_second_block_of_a_connected_vpc_is_no_fault() -> None:
    world = World()
    a, b = world.vpc("vpc-a", "10.2.0.0/16", "10.3.0.0/16"), world.vpc("vpc-b", A_BLOCK)
    world.peering("pcx-1", a, b, name="a-to-b")
    world.vpn_gateway("vgw-1", a)
    world.main_routes(a, {"10.0.0.0/24": "vgw-1", A_BLOCK: "pcx-1"})
    assert said(faults(judged(world, ON + OFF))) == set()


def test_n02_of_a_far_side_that_was_not_audited_its_encryption_is_unknown() -> None:
    findings = judged(half_seen(), ON)
    assert faults(findings) == []
    assert {(finding.rule, finding.key) for finding in unknowns(findings)} == {("peering-encryption-control", "vpc-b")}


def test_n03_a_request_that_waits_has_nothing_to_say() -> None:
    findings = judged(two_vpcs("pending-acceptance", b_routes={}), ON)
    assert said(faults(findings)) == said(unknowns(findings)) == set()


def test_taking_away_an_account_makes_no_new_fault() -> None:
    world = golden_world("G16")
    before = said(faults(judged(world, ON)))
    world.refuse("ec2:DescribeRouteTables")
    world.refuse("ec2:DescribeVpcPeeringConnections")
    assert said(faults(judged(world, ON))) <= before
    half = two_vpcs(b_account=OTHER_ACCOUNT)
    half.drop_shard(OTHER_ACCOUNT, asked=False)
    assert faults(judged(half, ON)) == []


# --- What the rules read


def eventful() -> Iterator[Snapshot]:
    """Snapshots in which each rule has something to say."""
    world = two_vpcs(b_account=OTHER_ACCOUNT, b_region="us-east-1")
    a, b = world.vpcs["vpc-a"], world.vpcs["vpc-b"]
    world.peering("pcx-2", b, a)
    world.peering("pcx-3", a, world.vpc("vpc-c", B_BLOCK))
    world.peering("pcx-4", a, world.vpc("vpc-d", "192.168.0.0/16"))
    world.peering("pcx-5", a, world.vpc("vpc-e", "192.168.0.0/20"), status="pending-acceptance")
    world.prefix_list("pl-1", ["10.0.0.0/17"])
    world.prefix_list("pl-2", ["10.0.0.0/18"], max_entries=400)
    world.main_routes(a, {"pl-1": "pcx-1", "pl-2": "pcx-3"})
    world.subnet("subnet-a2", a, "172.16.2.0/24")
    world.quota("L-7E9ECCDB", 4)
    controls = {"VpcId": "vpc-a", "VpcEncryptionControlId": "vpcec-1", "Mode": "enforce", "State": "available"}
    world.change("ec2:DescribeVpcs", "vpc-a", EncryptionControl=controls)
    world.change("ec2:DescribeVpcPeeringConnections", "pcx-4", MultipathResilienceStatus="pending")
    routes = [{"DestinationCidrBlock": "10.9.0.0/16", "GatewayId": "xgw-1", "Origin": NewValue("Gossip")}]
    world.change("ec2:DescribeRouteTables", "rtb-a1", Routes=routes)
    snapshot = world.snapshot()
    target = min(snapshot.shards)
    early = replace(snapshot.shards[target], collected_at="2026-11-23T10:00:00Z")
    yield Snapshot(shards={**snapshot.shards, target: early}, accounts=snapshot.accounts, manifest=snapshot.manifest)
    large = World()
    hub = large.vpc("vpc-hub", "172.16.0.0/16")
    for number in range(11):
        large.peering(f"pcx-{number}", hub, large.vpc(f"vpc-{number:02d}", f"10.{number}.0.0/16"))
    yield large.snapshot()
    yield half_seen().snapshot()


@pytest.mark.parametrize("check", ON + OFF, ids=lambda check: check.id)
def test_a_rule_needs_no_answers_but_those_that_it_declares(check: Check) -> None:
    seen = 0
    for snapshot in eventful():
        whole = judged(snapshot, check)
        assert judged_on_reads(snapshot, check) == whole
        seen += len(faults(whole))
    assert seen


def test_the_order_of_aws_answers_changes_nothing() -> None:
    for snapshot in eventful():
        assert judged_backwards(snapshot, ON + OFF) == judged(snapshot, ON + OFF)


def test_no_two_findings_share_an_id() -> None:
    for snapshot in eventful():
        ids = [finding.id for finding in judged(snapshot, ON + OFF)]
        assert len(set(ids)) == len(ids)
