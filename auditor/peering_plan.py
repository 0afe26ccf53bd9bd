"""Whether two VPCs could be peered, what stands against it, and the routes that each side would need.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
"""

import enum
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor import model, remedies
from auditor.findings import Operation
from auditor.network.addresses import Addresses
from auditor.network.diagnosis.lifecycle import PENDING
from auditor.network.diagnosis.overlap import Overlap, overlap
from auditor.network.diagnosis.pairs import Verdict
from auditor.network.diagnosis.quotas import (
    IPV4_ROUTES,
    IPV6_ROUTES,
    PEERINGS,
    Usage,
    requests_of,
    usages_of_table,
    usages_of_vpc,
)
from auditor.network.entities import Peering, Side, Subnet, TableGroup, Vpc
from auditor.network.matrix import matrix
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Origin, Route, RouteTable, TargetKind
from auditor.partitions import partition_of

READS: tuple[type[model.Record], ...] = (
    model.VpcPeeringConnection,
    model.Vpc,
    model.Subnet,
    model.RouteTable,
    model.ManagedPrefixListEntries,
    model.PrefixList,
    model.NetworkInterface,
    model.VpcEndpoint,
    model.ManagedPrefixList,
    model.ServiceQuotas,
)
"""The records that a plan rests on."""

NEW_CONNECTION = "$VPC_PEERING_CONNECTION_ID"
"""Stands in the steps for the id of the connection that the first of them makes."""
NEW_VPC = "$NEW_VPC_ID"
"""Stands in the steps for the id of a VPC that does not exist yet."""

_STANDING = frozenset({"active", PENDING, "initiating-request", "provisioning"})
"""The states in which a connection counts, and in which no second one can be made between its VPCs."""


class Answer(enum.StrEnum):
    """Whether the two VPCs could be peered."""

    YES = "yes"
    NO = "no"
    PEERED = "peered"
    """They are, over an active connection."""
    REQUESTED = "requested"
    """A request between them waits."""
    UNKNOWN = "unknown"
    """What was seen forbids nothing, but it was not all."""


class Weight(enum.StrEnum):
    """What an obstacle does to the plan."""

    FORBIDS = "forbids"
    """AWS does not let the two be peered."""
    HINDERS = "hinders"
    """A step would fail, or traffic would not take the connection, as things stand."""
    NOTE = "note"
    """It works, and there is something to know."""


class Matter(enum.StrEnum):
    """What an obstacle is about."""

    CIDR_OVERLAP = "cidr-overlap"
    PARTITION = "partition"
    ALREADY_PEERED = "already-peered"
    PEER_OVERLAP = "peer-overlap"
    ROUTE_EXISTS = "route-exists"
    ROUTE_MORE_SPECIFIC = "route-more-specific"
    ROUTE_OVERRIDDEN = "route-overridden"
    QUOTA = "quota"
    SHARED_VPC = "shared-vpc"
    NO_SUBNETS = "no-subnets"
    NEW_VPC = "new-vpc"
    INTER_REGION = "inter-region"
    LATER_BLOCKS = "later-blocks"


@dataclass(frozen=True)
class Obstacle:
    """Something that stands against a connection, or that one should know before it is made."""

    matter: Matter
    weight: Weight
    message: str
    """A sentence that names both ends and the numbers."""


@dataclass(frozen=True)
class TablePlan:
    """What a route table needs so that its subnets reach the other VPC."""

    near: Side
    table: RouteTable
    subnets: tuple[Subnet, ...]
    in_use: bool | Missing
    """Whether a workload is in one of the subnets."""
    there: tuple[str, ...]
    """The blocks of the other VPC that its routes lead over the connection already."""
    steps: tuple[Operation, ...]
    """A route to each of the other blocks."""


@dataclass(frozen=True)
class PeeringPlan:
    """Whether two VPCs could be peered, and what it takes."""

    peering: Peering
    """The connection that stands between them, or else the one to be made, with the id ``NEW_CONNECTION``."""
    answer: Answer
    obstacles: tuple[Obstacle, ...]
    """The worst first."""
    connecting: tuple[Operation, ...]
    """How the connection is made and accepted; none where it is active or not allowed."""
    tables: tuple[TablePlan, ...]
    """The requester's tables first; none where AWS does not allow the connection."""
    missing: Missing | None
    """What was not seen of all that the plan rests on."""

    @property
    def steps(self) -> tuple[Operation, ...]:
        """All that is to be done, in order."""
        return (*self.connecting, *(step for table in self.tables for step in table.steps))


def plan(network: Network, requester: Vpc | str, accepter: Vpc | str) -> PeeringPlan:
    """Plan a connection between two VPCs; a CIDR block in the place of one is a VPC that does not exist yet.

    The new VPC is taken to be in the other's account and Region. ValueError where both are new.
    """
    peering = _standing_between(network, requester, accepter) or _prospect(requester, accepter)
    obstacles = [
        *_forbidden(network, peering),
        *_standing(network, peering),
        *_of_sides(network, peering),
        *_of_peers(network, peering),
        *_quotas(network, peering),
    ]
    forbidden = any(obstacle.weight is Weight.FORBIDS for obstacle in obstacles)
    tables = () if forbidden else tuple(_tables(network, peering))
    if not forbidden:
        obstacles += [*_of_routes(peering, tables), *_of_table_sizes(network, tables), *_later(peering)]
    missing = Missing.union([*_unseen(network, peering), *_unseen_of_tables(tables)])
    return PeeringPlan(
        peering=peering,
        answer=Answer.NO if forbidden else _answer(network, peering),
        obstacles=tuple(sorted(obstacles, key=lambda obstacle: list(Weight).index(obstacle.weight))),
        connecting=() if forbidden else tuple(_connecting(peering)),
        tables=tables,
        missing=missing,
    )


def _answer(network: Network, peering: Peering) -> Answer:
    if peering.live:
        return Answer.PEERED
    if peering.id != NEW_CONNECTION:
        return Answer.REQUESTED
    # Either side's list shows a connection between the two.
    lists = [network.missing_of(model.VpcPeeringConnection, side.vpc) for side in peering.sides if side.vpc]
    return Answer.UNKNOWN if all(lists) and len(lists) == len(peering.sides) else Answer.YES


# --- The connection ---------------------------------------------------------------------------------------------------


def _standing_between(network: Network, one: Vpc | str, other: Vpc | str) -> Peering | None:
    wanted = {each.id for each in (one, other) if isinstance(each, Vpc)}
    between = (
        peering
        for peering in network.peerings.values()
        if peering.status in _STANDING and {side.vpc_id for side in peering.sides} == wanted
    )
    return min(between, key=lambda peering: (not peering.live, peering.id), default=None)


def _prospect(requester: Vpc | str, accepter: Vpc | str) -> Peering:
    """The connection as it would be."""
    seen = next((each for each in (requester, accepter) if isinstance(each, Vpc)), None)
    if seen is None:
        raise ValueError("one of the two VPCs must exist")
    sides = [_side(each, seen) for each in (requester, accepter)]
    return Peering(
        record=model.VpcPeeringConnection(vpc_peering_connection_id=NEW_CONNECTION),
        name="",
        status="",
        requester=sides[0],
        accepter=sides[1],
        seen_from=(),
        home=sides[0].home,
    )


def _side(vpc: Vpc | str, seen: Vpc) -> Side:
    home = vpc.home if isinstance(vpc, Vpc) else seen.home
    return Side(
        vpc_id=vpc.id if isinstance(vpc, Vpc) else NEW_VPC,
        owner=home.account,
        region=home.region,
        vpc=vpc if isinstance(vpc, Vpc) else None,
        unseen=None,
        blocks=vpc.blocks if isinstance(vpc, Vpc) else (vpc,),
        addresses_missing=None,
        allows_dns=None,
    )


def _connecting(peering: Peering) -> Iterator[Operation]:
    if peering.id == NEW_CONNECTION:
        yield remedies.create_peering(peering)
    if peering.id == NEW_CONNECTION or peering.status == PENDING:
        yield remedies.accept_peering(peering)


def name_of(side: Side) -> str:
    """A side as messages name it."""
    return side.label if side.vpc_id != NEW_VPC else f"the new VPC {', '.join(side.blocks)}"


def _forbidden(network: Network, peering: Peering) -> Iterator[Obstacle]:
    requester, accepter = map(name_of, peering.sides)
    shared = overlap(network, peering)
    if isinstance(shared, Overlap):
        both = "; ".join(f"{mine} and {theirs} in {common}" for mine, theirs, common in shared.pairs)
        yield Obstacle(
            Matter.CIDR_OVERLAP,
            Weight.FORBIDS,
            f"{requester} and {accepter} overlap: {both}. AWS then allows no connection, not even for IPv6 or for the "
            "blocks that do not overlap",
        )
    partitions = [partition_of(side.region) for side in peering.sides]
    if partitions[0] != partitions[1]:
        yield Obstacle(
            Matter.PARTITION,
            Weight.FORBIDS,
            f"{requester} is in the partition {partitions[0]} and {accepter} in {partitions[1]}: AWS peers no VPCs of "
            "different partitions",
        )


def _standing(network: Network, peering: Peering) -> Iterator[Obstacle]:
    """That the two are peered already, or that a request waits."""
    requester, accepter = map(name_of, peering.sides)
    if peering.live:
        verdicts = Counter(pair.verdict for pair in matrix(network, peering).pairs)
        counts = ", ".join(f"{verdicts[each]} {each}" for each in Verdict if verdicts[each]) or "none"
        yield Obstacle(
            Matter.ALREADY_PEERED,
            Weight.NOTE,
            f"{requester} and {accepter} are peered over {peering.label}; their pairs of subnets: {counts}",
        )
    elif peering.id != NEW_CONNECTION:
        yield Obstacle(
            Matter.ALREADY_PEERED,
            Weight.NOTE,
            f"a connection between {requester} and {accepter} was asked for: {peering.label} is {peering.status}",
        )


def _of_sides(network: Network, peering: Peering) -> Iterator[Obstacle]:
    for side in peering.sides:
        far = peering.other(side)
        if side.vpc is None:
            yield Obstacle(
                Matter.NEW_VPC,
                Weight.NOTE,
                f"{name_of(side)} is planned in the account {side.owner} and the Region {side.region}; each of its "
                f"route tables needs a route to {', '.join(far.blocks)}",
            )
            continue
        if side.vpc.from_participant:
            yield Obstacle(
                Matter.SHARED_VPC,
                Weight.HINDERS,
                f"{side.label} is shared with {side.vpc.seen_from.account}: only its owner {side.owner} can peer it, "
                "and only its owner is shown all of its route tables",
            )
        subnets = network.subnets_of(side.vpc)
        if subnets.whole and not subnets:
            yield Obstacle(
                Matter.NO_SUBNETS, Weight.NOTE, f"{side.label} has no subnets, and no route to {name_of(far)} to need"
            )
    if peering.inter_region:
        yield Obstacle(
            Matter.INTER_REGION,
            Weight.NOTE,
            f"{name_of(peering.requester)} is in {peering.requester.region} and {name_of(peering.accepter)} in "
            f"{peering.accepter.region}: a security group of one Region cannot be named in a rule of the other, so the "
            "rules need CIDR blocks",
        )


def _of_peers(network: Network, peering: Peering) -> Iterator[Obstacle]:
    """Other peers of each VPC that hold addresses of the other VPC."""
    for near in peering.sides:
        far = peering.other(near)
        for other in _connections(network, near):
            beyond = other.beyond(near.vpc_id)
            common = beyond.addresses & far.addresses
            if common and beyond.vpc_id != far.vpc_id:
                yield Obstacle(
                    Matter.PEER_OVERLAP,
                    Weight.NOTE,
                    f"{name_of(near)} is peered with {beyond.label} ({other.label}, {other.status}), which also holds "
                    f"{common} of {name_of(far)}: AWS allows that, but a route table can send an address to one of the "
                    "two only; give the subnets route tables of their own, or the longer prefix to the one they need",
                )


def _connections(network: Network, side: Side) -> list[Peering]:
    """The connections of a side's VPC that are active or may become so."""
    return [
        peering
        for peering in network.peerings.values()
        if peering.status in _STANDING and side.vpc_id in {each.vpc_id for each in peering.sides}
    ]


def _quotas(network: Network, peering: Peering) -> Iterator[Obstacle]:
    if peering.id != NEW_CONNECTION:
        return
    for side in peering.sides:
        if side.vpc is not None:
            for usage in usages_of_vpc(network, side.vpc):
                if usage.quota is PEERINGS and usage.used >= usage.granted:
                    yield _exhausted(side.label, usage, usage.used + 1)
    requests = requests_of(network, peering.requester.home)
    if requests.used >= requests.granted:
        home = peering.requester.home
        yield _exhausted(f"the account {home.account} in {home.region}", requests, requests.used + 1)


def _exhausted(whose: str, usage: Usage, wanted: int) -> Obstacle:
    granted = "the quota of the account" if usage.applied else "the default quota"
    return Obstacle(
        Matter.QUOTA,
        Weight.HINDERS,
        f"{whose} would have {wanted} {usage.quota.counts}, and {granted} is {usage.granted}: ask for more in Service "
        f"Quotas ({usage.quota.code})",
    )


# --- Routes -----------------------------------------------------------------------------------------------------------


def _tables(network: Network, peering: Peering) -> Iterator[TablePlan]:
    for near in peering.sides:
        if near.vpc is not None:
            for group in network.table_groups(near.vpc):
                yield _table(network, peering, near, group)


def _table(network: Network, peering: Peering, near: Side, group: TableGroup) -> TablePlan:
    there: list[str] = []
    steps: list[Operation] = []
    for block in _wanted(group, peering.other(near)):
        if _leads(group.table, block, peering):
            there.append(block)
        else:
            steps.append(remedies.lead_over(group.table, block, peering))
    use = [network.in_use(subnet) for subnet in group.subnets]
    in_use = True in use or Missing.union(each for each in use if isinstance(each, Missing)) or False
    return TablePlan(near, group.table, group.subnets, in_use, tuple(there), tuple(steps))


def _wanted(group: TableGroup, far: Side) -> list[str]:
    """The blocks of the far side in the families of addresses that the subnets have."""
    return [block for block in far.blocks if _family(block) in group.addresses.families]


def _leads(table: RouteTable, block: str, peering: Peering) -> bool:
    """Whether the table's routes lead to a block over the connection, or will once that is active."""
    if any(route.target == peering.id and route.destination == block for route in table.routes):
        return True
    wanted = Addresses.of(block)
    taken = table.lookup(wanted).routed
    return wanted <= Addresses.union(part for route, part in taken if route.target == peering.id)


def _family(block: str) -> int:
    return 6 if ":" in block else 4


@dataclass(frozen=True)
class _Clash:
    """A route that is there already, and a block that the plan routes over the connection."""

    matter: Matter
    near: str
    block: str
    destination: str
    target: str
    state: str


def _of_routes(peering: Peering, tables: Iterable[TablePlan]) -> Iterator[Obstacle]:
    """The routes that the new ones meet, each once for all tables that have it."""
    where: dict[_Clash, list[str]] = defaultdict(list)
    for plan_of_table in tables:
        for block in _blocks_of(plan_of_table):
            for route in plan_of_table.table.routes:
                if route.kind is TargetKind.LOCAL or route.target == peering.id:
                    continue
                if (clash := _clash(plan_of_table, block, route)) is not None:
                    where[clash].append(plan_of_table.table.id)
    for clash, table_ids in where.items():
        weight = Weight.NOTE if clash.matter is Matter.ROUTE_OVERRIDDEN else Weight.HINDERS
        yield Obstacle(clash.matter, weight, _clash_message(clash, ", ".join(table_ids)))


def _blocks_of(table: TablePlan) -> Iterator[str]:
    """Every block that the plan has the table lead over the connection."""
    yield from table.there
    yield from (remedies.destination_of(step.parameters) for step in table.steps)


def _clash(table: TablePlan, block: str, route: Route) -> _Clash | None:
    wanted = Addresses.of(block)
    blocks = [Addresses.of(each) for each in route.blocks]
    if route.origin is Origin.STATIC and route.destination == block:
        matter = Matter.ROUTE_EXISTS
    elif any(each <= wanted and each != wanted for each in blocks):
        matter = Matter.ROUTE_MORE_SPECIFIC
    # What a default route takes today is nobody's intent.
    elif any(wanted <= each for each in blocks) and not route.is_default:
        matter = Matter.ROUTE_OVERRIDDEN
    else:
        return None
    return _Clash(matter, table.near.label, block, route.destination, route.target, route.state)


def _clash_message(clash: _Clash, tables: str) -> str:
    route = f"{clash.destination} to {clash.target}"
    if clash.state != "active":
        route += f" ({clash.state})"
    match clash.matter:
        case Matter.ROUTE_EXISTS:
            return (
                f"{tables} of {clash.near} has the route {route}, so CreateRoute would fail: the step replaces it, and "
                f"what it carries goes over the connection"
            )
        case Matter.ROUTE_MORE_SPECIFIC:
            return (
                f"{tables} of {clash.near} has the route {route}, which is more specific than {clash.block} and keeps "
                "its part from the connection"
            )
        case _:
            return (
                f"{tables} of {clash.near} has the route {route}, over which {clash.block} goes today: the new route "
                "comes before it"
            )


def _of_table_sizes(network: Network, tables: Iterable[TablePlan]) -> Iterator[Obstacle]:
    for plan_of_table in tables:
        created = Counter(
            _family(remedies.destination_of(step.parameters))
            for step in plan_of_table.steps
            if step.operation == "ec2:CreateRoute"
        )
        for usage in usages_of_table(network, plan_of_table.table):
            new = created[{IPV4_ROUTES: 4, IPV6_ROUTES: 6}.get(usage.quota, 0)]
            if new and usage.used + new > usage.granted:
                yield _exhausted(f"{plan_of_table.table.id} of {plan_of_table.near.label}", usage, usage.used + new)


def _later(peering: Peering) -> Iterator[Obstacle]:
    """What the connection keeps from being added to the VPCs.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
    """
    if peering.live:
        return
    requester, accepter = map(name_of, peering.sides)
    yield Obstacle(
        Matter.LATER_BLOCKS,
        Weight.NOTE,
        f"{requester} can be given no other CIDR block while the request waits; afterwards, neither it nor {accepter} "
        "can be given one that overlaps the other VPC, or that equals or holds a destination of its own routes",
    )


# --- What was not seen ------------------------------------------------------------------------------------------------


def _unseen(network: Network, peering: Peering) -> Iterator[Missing | None]:
    for side in peering.sides:
        yield side.addresses_missing
        if side.vpc is not None:
            yield network.missing_of(model.VpcPeeringConnection, side.vpc)
            yield network.missing_of(model.NetworkInterface, side.vpc)
            yield network.table_groups(side.vpc).missing
            for other in _connections(network, side):
                yield other.beyond(side.vpc_id).addresses_missing


def _unseen_of_tables(tables: Iterable[TablePlan]) -> Iterator[Missing | None]:
    for plan_of_table in tables:
        yield plan_of_table.in_use if isinstance(plan_of_table.in_use, Missing) else None
        yield from (route.hidden for route in plan_of_table.table.routes)
