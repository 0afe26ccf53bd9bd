"""The network and the rules against a reading of AWS's rules by single addresses, over random small networks.

A round is some two hundred networks. ``make second-opinion ROUNDS=1000`` tries as many as one likes.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from msgspec.structs import replace

from auditor.assess import assess
from auditor.config import Settings
from auditor.findings import Finding, Severity, Status
from auditor.network.diagnosis.pairs import ways
from auditor.snapshot import Folder, Snapshot, read_snapshot
from checks import CHECKS
from collectors import COLLECTORS
from tests import oracle
from tests.clouds import OTHER_ACCOUNT, cloud_of, worlds
from tests.networks import network_of
from tests.opinion import PAIR_RULES, ROUTE_RULES, judgements, live, opinions
from tests.rounds import ROUNDS
from tests.world import ACCOUNT, World

PEERING = tuple(check for check in CHECKS if check.id.startswith("peering-") and check.enabled)

PEERINGS, TABLES, LISTS, SIZES = (
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeRouteTables",
    "ec2:GetManagedPrefixListEntries",
    "ec2:DescribeManagedPrefixLists",
)

each_round = pytest.mark.parametrize("round_", range(ROUNDS))


def findings(snapshot: Snapshot) -> list[Finding]:
    return list(assess(snapshot, COLLECTORS, PEERING, Settings()).findings)


def verdict(finding: Finding) -> tuple[str, Status, Severity, str]:
    """Who says it first, and who must act, may follow from who asked for the connection."""
    return finding.id, finding.status, finding.severity, finding.resource.id


def changed(snapshot: Snapshot, change: Callable[[str, list[Any]], list[Any]]) -> Snapshot:
    """The snapshot with other items in the answers of its shards."""
    shards = {
        target: replace(
            shard,
            answers={
                action: replace(answer, items=change(action, list(answer.items or ())))
                for action, answer in shard.answers.items()
            },
        )
        for target, shard in snapshot.shards.items()
    }
    return Snapshot(shards, snapshot.accounts, snapshot.manifest)


def tried(round_: int, test: Callable[[World], None], networks: int = 100) -> None:
    """Try some networks, other ones in each round and the same ones whenever the round is run again."""
    limits = settings(max_examples=networks, database=None, suppress_health_check=list(HealthCheck))
    limits(seed(round_)(given(worlds())(test)))()


@each_round
def test_every_pair_and_every_rule_on_routes_says_what_single_addresses_show(round_: int) -> None:
    def agrees(world: World) -> None:
        snapshot = world.snapshot()
        cloud = cloud_of(snapshot)
        network = network_of(snapshot)
        for peering in live(cloud):
            expected = judgements(cloud, peering)
            pairs = {
                (sender.id, receiver.id, way.version): (way, sender, receiver)
                for way in ways(network, network.peerings[peering["VpcPeeringConnectionId"]])
                for sender in way.senders.subnets
                for receiver in way.receivers.subnets
                if sender.addresses.family(way.version) and receiver.addresses.family(way.version)
            }
            assert pairs.keys() == expected.keys()
            for pair, (way, sender, receiver) in pairs.items():
                judged = expected[pair]
                assert way.verdict(sender, receiver) == judged.verdict
                subnets = {each["SubnetId"]: each for each in cloud.subnets}
                there = oracle.tried(cloud, subnets[receiver.id], way.version)
                back = oracle.tried(cloud, subnets[sender.id], way.version)
                assert {at for at in there if at in way.sent(receiver)} == judged.sent
                assert {at for at in back if at in way.returned(sender)} == judged.returned
        said = {
            (each.rule, each.resource.id, each.key, each.severity.value if each.rule in PAIR_RULES else "")
            for each in findings(snapshot)
            if each.status is Status.FAIL and each.rule in PAIR_RULES + ROUTE_RULES
        }
        assert said == opinions(cloud)

    tried(round_, agrees)


# --- What must change no finding --------------------------------------------------------------------------------------


@each_round
def test_swapping_requester_and_accepter_changes_no_finding(round_: int) -> None:
    def swapped(item: Mapping[str, Any]) -> dict[str, Any]:
        return {**item, "RequesterVpcInfo": item["AccepterVpcInfo"], "AccepterVpcInfo": item["RequesterVpcInfo"]}

    def stays(world: World) -> None:
        snapshot = world.snapshot()
        other = changed(
            snapshot, lambda action, items: [swapped(each) for each in items] if action == PEERINGS else items
        )
        assert {verdict(each) for each in findings(other)} == {verdict(each) for each in findings(snapshot)}

    tried(round_, stays, networks=30)


@each_round
def test_the_order_of_the_answers_changes_no_finding(round_: int) -> None:
    def stays(world: World) -> None:
        snapshot = world.snapshot()

        def backwards(_: str, items: list[Any]) -> list[Any]:
            return [{**each, "Routes": each["Routes"][::-1]} if "Routes" in each else each for each in items[::-1]]

        assert findings(changed(snapshot, backwards)) == findings(snapshot)

    tried(round_, stays, networks=30)


@each_round
def test_a_prefix_list_of_one_entry_stands_for_its_block(round_: int) -> None:
    def stays(world: World) -> None:
        snapshot = world.snapshot()
        entries: dict[str, str] = {}

        def listed(action: str, items: list[Any]) -> list[Any]:
            if action == TABLES:
                return [{**table, "Routes": _by_list(table["Routes"], entries)} for table in items]
            read = [{"PrefixListId": each, "Entries": [{"Cidr": block}]} for each, block in entries.items()]
            sizes = [{"PrefixListId": each, "MaxEntries": 1} for each in entries]
            more: dict[str, list[Any]] = {LISTS: read, SIZES: sizes}
            return items + more.get(action, [])

        other = changed(snapshot, listed)
        kinds = [
            Counter((each.rule, each.status, each.severity, each.resource.id) for each in findings(seen))
            for seen in (snapshot, other)
        ]
        assert kinds[0] == kinds[1]

    tried(round_, stays, networks=30)


def _by_list(routes: list[Any], entries: dict[str, str]) -> list[Any]:
    """The routes of a table, the first static one over a connection by a prefix list of its own.

    A table is left alone where the list would meet another one, or the same block again: AWS prefers blocks to lists.
    """
    blocks = [route.get("DestinationCidrBlock", "") for route in routes]
    if any("DestinationPrefixListId" in route for route in routes):
        return routes
    for at, route in enumerate(routes):
        if "VpcPeeringConnectionId" in route and blocks[at] and blocks.count(blocks[at]) == 1:
            listed = f"pl-{len(entries):08x}"
            entries[listed] = blocks[at]
            kept = {member: value for member, value in route.items() if member != "DestinationCidrBlock"}
            return [*routes[:at], {**kept, "DestinationPrefixListId": listed}, *routes[at + 1 :]]
    return routes


@each_round
def test_an_account_that_is_not_seen_makes_no_finding_worse(round_: int) -> None:
    def stays(world: World) -> None:
        snapshot = world.snapshot()
        whole = findings(snapshot)
        known = set(map(verdict, whole))
        left = {target: shard for target, shard in snapshot.shards.items() if target.account != OTHER_ACCOUNT}
        targets = tuple(each for each in snapshot.manifest.targets if each.account_id != OTHER_ACCOUNT)
        less = Snapshot(left, {ACCOUNT: snapshot.accounts[ACCOUNT]}, replace(snapshot.manifest, targets=targets))
        at_fault = {(one.resource.id, one.key) for one in whole if one.status is Status.FAIL}
        misrouted = (one for one in whole if one.rule == "peering-return-misroute" and one.status is Status.FAIL)
        astray = {one.resource.id for one in misrouted}
        for each in findings(less):
            # Which VPC stands for those that hang together follows from which are seen.
            if each.status is Status.PASS and each.rule != "peering-mesh-too-large":
                assert verdict(each) in known
            # What is behind the peer can put a route at fault down to another cause, and answers that leave for the
            # wrong peer are told instead of the fact that two peers overlap.
            if each.status is Status.FAIL:
                overlap = each.rule == "peering-hub-overlap" and set(each.key.split("|")) & astray
                assert overlap or (each.resource.id, each.key) in at_fault

    tried(round_, stays, networks=30)


@each_round
def test_a_network_from_disk_gives_the_same_findings(round_: int, tmp_path: Path) -> None:
    folders = (tmp_path / str(number) for number in itertools.count())

    def stays(world: World) -> None:
        folder = next(folders)
        snapshot = world.write(folder)
        assert findings(read_snapshot(Folder(folder))) == findings(snapshot)

    tried(round_, stays, networks=5)
