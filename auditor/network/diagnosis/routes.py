"""The cause of each route over a peering connection that cannot do what it says.

A route has one cause: the first that holds, in the order of ``Cause``. Peering leads to the addresses of the peer VPC
and no further; AWS does not check a route's destination against them.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor import model
from auditor.network.addresses import ALL_IPV4, NOTHING, PRIVATE, Addresses, is_everything
from auditor.network.coverage import Listing
from auditor.network.diagnosis import Cause
from auditor.network.diagnosis.on_premises import prefixes_behind
from auditor.network.diagnosis.overlap import BlockOwners
from auditor.network.entities import Endpoint, Peering, Side, Vpc
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.network.routes import Route, RouteTable, TargetKind
from auditor.snapshot import Target


@dataclass(frozen=True)
class Reason:
    """Why a cause holds for a block of a route's destination."""

    because: str
    """As the end of a sentence."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class RouteFault:
    """A route over a peering connection that cannot do what it says."""

    cause: Cause
    peering: Peering
    near: Side
    """The side whose route table holds the route."""
    far: Side
    table: RouteTable
    route: Route
    reasons: tuple[tuple[str, Reason], ...]
    """Each block of the destination that is at fault, with the reason; an AWS service's list stands for itself."""

    @property
    def key(self) -> str:
        """The route's place in a finding's id."""
        return f"{self.table.id}|{self.route.destination}"

    @property
    def blocks(self) -> tuple[str, ...]:
        """The blocks of the destination that are at fault."""
        return tuple(block for block, _ in self.reasons)

    @property
    def whole(self) -> bool:
        """Whether all of the destination is at fault. Only some entries of a prefix list may be."""
        every = set(self.route.blocks) <= set(self.blocks) and not self.route.hidden
        return every or self.blocks == (self.route.destination,)

    @property
    def because(self) -> str:
        """What makes it so, as the end of a sentence."""
        return "; ".join(dict.fromkeys(reason.because for _, reason in self.reasons))

    @property
    def evidence(self) -> dict[str, Any]:
        """The facts of the first block, and of every block where there are more."""
        entries = [{"block": block, **reason.evidence} for block, reason in self.reasons]
        return {**self.reasons[0][1].evidence, **({"entries": entries} if len(entries) > 1 else {})}

    @property
    def related(self) -> tuple[str, ...]:
        """The ids that the reasons name."""
        return tuple(dict.fromkeys(related for _, reason in self.reasons for related in reason.related))


@dataclass(frozen=True)
class RouteDoubt:
    """A cause that can be neither shown nor ruled out: of a route, or of the routes of a side that were not seen."""

    cause: Cause
    near: Side
    far: Side
    table: RouteTable | None
    route: Route | None
    """None where routes of the near side may not have been seen."""
    missing: Missing

    @property
    def key(self) -> str:
        """The route's place in a finding's id, or the id of the near VPC."""
        return f"{self.table.id}|{self.route.destination}" if self.table and self.route else self.near.vpc_id


Outcome = Reason | Missing | None
"""A cause holds, cannot be told, or does not hold."""


_Found = tuple[tuple[RouteFault, ...], tuple[RouteDoubt, ...]]


@remembered
def route_faults(network: Network, peering: Peering) -> _Found:
    """The faults of all routes over a live peering connection, and what could not be told of them.

    A route whose destination is a prefix list is judged entry by entry; entries with one cause make one fault. A side
    of which route tables were not seen leaves every cause in doubt.
    """
    faults: list[RouteFault] = []
    doubts: list[RouteDoubt] = []
    for near in peering.sides if peering.live else ():
        far = peering.other(near)
        for route in network.routes_to(peering.id):
            table = network.route_tables[route.route_table_id]
            if table.vpc_id == near.vpc_id and route.kind is TargetKind.PEERING:
                found, doubted = _Diagnosis(network, peering, near, far, table, route).made()
                faults += found
                doubts += doubted
        unseen = network.route_tables_of(near.vpc).missing if near.vpc else near.unseen
        if unseen is not None:
            doubts += [RouteDoubt(cause, near, far, None, None, unseen) for cause in _JUDGED]
    return tuple(faults), tuple(doubts)


@dataclass(frozen=True)
class _Diagnosis:
    """The diagnosis of one route."""

    network: Network
    peering: Peering
    near: Side
    far: Side
    table: RouteTable
    route: Route

    def made(self) -> tuple[list[RouteFault], list[RouteDoubt]]:
        if not self.route.active:
            return [
                self._fault(Cause.ROUTE_BLACKHOLE, [(block, Reason("it is not active")) for block in self._blocks])
            ], []
        if (service := self._gateway_service) is not None:
            # What a gateway service's own list holds is never a VPC's, so its entries need not be known.
            to_service = self._to_service(service, self._endpoints_for(service))
            return [self._fault(Cause.EDGE_GATEWAY_ENDPOINT, [(self.route.destination, to_service)])], []
        reasons: dict[Cause, list[tuple[str, Reason]]] = {}
        doubts: dict[Cause, Missing] = {}
        for block in self.route.blocks:
            cause, reason, undecided = self._of_block(block)
            if cause and reason:
                reasons.setdefault(cause, []).append((block, reason))
            for doubtful, missing in undecided.items():
                doubts[doubtful] = missing | doubts.get(doubtful)
        if self.route.hidden:
            for doubtful in _JUDGED:
                doubts[doubtful] = self.route.hidden | doubts.get(doubtful)
        return [self._fault(cause, found) for cause, found in reasons.items()], [
            RouteDoubt(cause, self.near, self.far, self.table, self.route, missing)
            for cause, missing in doubts.items()
            if cause not in reasons
        ]

    @property
    def _blocks(self) -> tuple[str, ...]:
        return self.route.blocks or (self.route.destination,)

    def _fault(self, cause: Cause, reasons: list[tuple[str, Reason]]) -> RouteFault:
        return RouteFault(cause, self.peering, self.near, self.far, self.table, self.route, tuple(reasons))

    def _of_block(self, block: str) -> tuple[Cause | None, Reason | None, dict[Cause, Missing]]:
        """The first cause that holds for one block of the destination, and those that cannot be told.

        Where an earlier cause cannot be told because an account that was audited did not answer, neither can the later
        one: the next run may tell. What lies outside the audit stays there, so a later cause holds in spite of it.
        """
        doubts: dict[Cause, Missing] = {}
        if self._surplus(block) == NOTHING:
            return None, None, doubts
        unknown = Missing.union([self.near.addresses_missing, self.far.addresses_missing])
        if unknown is not None and not is_everything(block):
            return None, None, dict.fromkeys(_JUDGED, unknown)
        for cause, holds in self._possible(block):
            outcome = holds(self, block)
            if isinstance(outcome, Missing):
                doubts[cause] = outcome
            elif outcome is not None:
                earlier = Missing.union(doubts.values())
                if earlier is None or all(each.kind in _OUTSIDE_THE_AUDIT for each in earlier.causes):
                    return cause, outcome, doubts
                return None, None, {**doubts, cause: earlier}
        return None, None, doubts

    def _possible(self, block: str) -> "tuple[tuple[Cause, _Holds], ...]":
        """The causes that a block can have, in their order."""
        if is_everything(block):
            return _OF_EVERYTHING
        wanted = Addresses.of(block)
        if wanted & self.far.addresses:
            return _OF_A_PART
        return _OF_PRIVATE_SPACE if wanted & PRIVATE else _OF_PUBLIC_SPACE

    def _claimed(self, block: str) -> Addresses:
        """What a block takes out of the near VPC, whose own addresses never leave it."""
        return Addresses.of(block) - self.near.addresses

    def _surplus(self, block: str) -> Addresses:
        return self._claimed(block) - self.far.addresses

    # The causes. Each asks only whether it holds; that no earlier one does is the caller's business.

    @property
    def _gateway_service(self) -> str | None:
        """The service whose own prefix list the route names."""
        return self.network.gateway_services(self.table.region).get(self.route.destination)

    def _endpoints_for(self, service: str) -> Listing[str]:
        """The far VPC's gateway endpoints for a service."""
        endpoints = self.network.endpoints_of(self.far.vpc) if self.far.vpc else Listing[Endpoint]((), self.far.unseen)
        found = [
            endpoint.id
            for endpoint in endpoints
            if endpoint.type == "Gateway" and endpoint.service_name == service and endpoint.state == "available"
        ]
        return Listing(tuple(found), endpoints.missing)

    def _to_service(self, service: str, endpoints: Listing[str]) -> Reason:
        because = (
            f"{self.far.label} reaches {service} through {', '.join(endpoints)}, which serves that VPC alone"
            if endpoints
            else f"{service} is reached through a gateway endpoint of one's own VPC, never over a peering connection"
        )
        return Reason(because, {"service": service, "gateway_endpoints": list(endpoints)}, endpoints.items)

    def _edge_gateway_endpoint(self, block: str) -> Outcome:
        home = Target(self.table.owner, self.table.region)
        causes = [self.network.gateway_services_missing(home)]
        for list_id, service in self.network.gateway_services(home.region).items():
            blocks, unread = self.network.prefix_list(list_id, home)
            if Addresses.of(block) <= Addresses.of(*blocks):
                endpoints = self._endpoints_for(service)
                return self._to_service(service, endpoints) if endpoints else endpoints.missing
            causes.append(unread)
        return Missing.union(causes)

    def _edge_nat(self, block: str) -> Outcome:
        if ":" in block:
            return None
        if self.far.vpc is None:
            return self.far.unseen
        groups = self.network.table_groups(self.far.vpc)
        for group in groups:
            for route in group.table.routes:
                if route.active and route.kind in _NAT_DEVICES and route.addresses >= ALL_IPV4:
                    return Reason(
                        f"{self.far.label} itself leaves through {route.target}, which serves that VPC alone",
                        {"nat": route.target, **self._exits()},
                        (route.target,),
                    )
        hidden = [route.hidden for group in groups for route in group.table.routes if route.kind in _NAT_DEVICES]
        return Missing.union([groups.missing, *hidden])

    def _edge_internet_gateway(self, block: str) -> Outcome:
        exits = self._exits()
        gateways = exits["internet_gateways"]
        own = f", {', '.join(gateways)} among them," if gateways else ""
        because = f"no gateway of {self.far.label}{own} serves another VPC"
        if not is_everything(block):
            because = f"{block} is public and not of {self.far.label}, and {because}"
        return Reason(because, exits, tuple(gateways))

    def _exits(self) -> dict[str, list[str]]:
        """The ways that the far VPC itself has to the internet."""
        vpc = self.far.vpc
        gateways = self.network.in_vpc(model.NatGateway, vpc) if vpc else ()
        return {
            "internet_gateways": list(self.network.attached(model.InternetGateway, vpc)) if vpc else [],
            "nat_gateways": [found.nat_gateway_id for found in gateways if found.state in (None, "available")],
        }

    def _wrong_connection(self, block: str) -> Outcome:
        causes = [self._peerings_missing(self.near)]
        for other in self.network.peerings_of(self.near.vpc_id):
            owner = other.beyond(self.near.vpc_id)
            if owner.vpc_id == self.far.vpc_id:
                continue
            if self._claimed(block) <= owner.addresses:
                return Reason(
                    f"{block} belongs to {owner.label}, which is reached over {other.label}",
                    {"right_connection": other.id, "right_vpc": owner.vpc_id},
                    (other.id, owner.vpc_id),
                )
            causes.append(owner.addresses_missing)
        return Missing.union(causes)

    def _transitive(self, block: str) -> Outcome:
        causes = [self._peerings_missing(self.far)]
        if self.far.vpc is not None:
            causes.append(self.network.missing_of(model.TransitGatewayVpcAttachment, self.far.vpc))
        claimed = self._claimed(block)
        for third in _neighbours(self.network, self.far, claimed):
            if third.vpc_id == self.near.vpc_id:
                continue
            if claimed & third.addresses:
                direct = [
                    other.id
                    for other in self.network.peerings_of(self.near.vpc_id)
                    if other.beyond(self.near.vpc_id).vpc_id == third.vpc_id
                ]
                return Reason(
                    f"{block} is in {third.label}, which {self.far.label} reaches over {third.through}, "
                    "and peering is not transitive",
                    {
                        "chain": [self.near.vpc_id, self.far.vpc_id, third.vpc_id],
                        "through": third.through,
                        "direct_connections": direct,
                    },
                    (third.vpc_id, third.through, *direct),
                )
            causes.append(third.missing)
        return Missing.union(causes)

    def _peerings_missing(self, side: Side) -> Missing | None:
        """Why a side may have more connections: only its own account and Region show them all."""
        return self.network.missing_of(model.VpcPeeringConnection, side.vpc) if side.vpc else side.unseen

    def _on_premises(self, block: str) -> Outcome:
        if self.far.vpc is None:
            return self.far.unseen
        prefixes = prefixes_behind(self.network, self.far.vpc)
        for prefix in prefixes:
            if self._claimed(block) & prefix.addresses:
                # A transit gateway or a core network may serve many VPCs, but none of them by way of a peer.
                alone = prefix.gateway.startswith("vgw-")
                serves = "that VPC alone" if alone else "nobody over a peering connection"
                return Reason(
                    f"{self.far.label} reaches {prefix.block} through {prefix.gateway}, which serves {serves}",
                    {"prefix": prefix.block, "gateway": prefix.gateway},
                    (prefix.gateway,),
                )
        return prefixes.missing

    def _former(self, block: str) -> Outcome:
        former = any(self._claimed(block) & Addresses.of(former) for former in _former_blocks(self.far.vpc))
        return self._wrong_destination(block) if former else None

    def _wrong_destination(self, block: str) -> Outcome:
        nearest = _nearest(block, self.far.addresses)
        former = [old for old in _former_blocks(self.far.vpc) if self._claimed(block) & Addresses.of(old)]
        because = f"{self.far.label} has {self.far.addresses}"
        if former:
            because += f", and {', '.join(former)} no longer"
        if self.far.unseen:
            because += "; a network behind it, which was not seen, could not be reached over peering either"
        return Reason(
            because, {"peer_cidrs": list(self.far.addresses.cidrs()), "nearest": nearest, "former_cidrs": former}
        )

    def _too_broad(self, block: str) -> Outcome:
        surplus = self._surplus(block)
        # What a more specific route takes elsewhere is not lost.
        elsewhere = [part for route, part in self.table.lookup(surplus).routed if route != self.route]
        hidden = list(self._known_within(surplus - Addresses.union(elsewhere)))
        thirds = [third for third in _neighbours(self.network, self.far, surplus) if third.vpc_id != self.near.vpc_id]
        behind = sorted({third.vpc_id for third in thirds if third.addresses & surplus})
        because = f"{self.far.label} has only {self.far.addresses & Addresses.of(block)} of it"
        if hidden:
            because += f", and the rest takes in {_some(hidden)}"
        if behind:
            because += f"; {_some(behind)} behind it cannot be reached that way"
        return Reason(
            because,
            {
                "peer_cidrs": list((self.far.addresses & Addresses.of(block)).cidrs()),
                "surplus": list(surplus.cidrs()),
                "other_networks": hidden,
                "behind_the_peer": behind,
            },
            tuple(name for name in hidden if name.startswith("vpc-")),
        )

    def _known_within(self, addresses: Addresses) -> Iterator[str]:
        """The other networks that are known to hold some of the addresses: VPCs, then prefixes outside AWS."""
        yield from sorted(_block_owners(self.network).of(addresses) - {self.near.vpc_id, self.far.vpc_id})
        prefixes = [
            prefix for side in (self.near, self.far) if side.vpc for prefix in prefixes_behind(self.network, side.vpc)
        ]
        yield from dict.fromkeys(prefix.block for prefix in prefixes if prefix.addresses & addresses)


_OUTSIDE_THE_AUDIT = (Kind.NOT_AUDITED, Kind.PARTICIPANT)
_NAT_DEVICES = (TargetKind.NAT_GATEWAY, TargetKind.NETWORK_INTERFACE)

_Holds = Callable[[_Diagnosis, str], Outcome]

_OF_EVERYTHING: tuple[tuple[Cause, _Holds], ...] = (
    (Cause.EDGE_NAT, _Diagnosis._edge_nat),
    (Cause.EDGE_INTERNET_GATEWAY, _Diagnosis._edge_internet_gateway),
)
_OF_A_PART: tuple[tuple[Cause, _Holds], ...] = ((Cause.ROUTE_TOO_BROAD, _Diagnosis._too_broad),)
_OF_OUR_NETWORKS: tuple[tuple[Cause, _Holds], ...] = (
    (Cause.ROUTE_WRONG_CONNECTION, _Diagnosis._wrong_connection),
    (Cause.TRANSITIVE_ROUTE, _Diagnosis._transitive),
    (Cause.EDGE_ON_PREMISES, _Diagnosis._on_premises),
)
# Public space that one of our networks holds is no way to the internet, so for a part of it these are asked first.
_OF_PUBLIC_SPACE = (
    (Cause.EDGE_GATEWAY_ENDPOINT, _Diagnosis._edge_gateway_endpoint),
    *_OF_OUR_NETWORKS,
    (Cause.ROUTE_WRONG_DESTINATION, _Diagnosis._former),
    *_OF_EVERYTHING,
)
_OF_PRIVATE_SPACE = (*_OF_OUR_NETWORKS, (Cause.ROUTE_WRONG_DESTINATION, _Diagnosis._wrong_destination))
_JUDGED = tuple(
    dict.fromkeys(cause for causes in (_OF_PUBLIC_SPACE, _OF_PRIVATE_SPACE, _OF_A_PART) for cause, _ in causes)
)
"""Every cause that a route may have while it is active."""


@remembered
def _block_owners(network: Network) -> BlockOwners:
    """The VPCs that were seen, and those that only a peering connection shows."""
    owned = [(block, vpc.id) for vpc in network.vpcs.values() for block in vpc.blocks]
    unseen = [side for peering in network.peerings.values() for side in peering.sides if side.vpc is None]
    return BlockOwners([*owned, *((block, side.vpc_id) for side in unseen for block in side.blocks)])


def _nearest(block: str, addresses: Addresses) -> str | None:
    """The block of the peer that looks most like ``block``: it shows a slip of the finger."""
    wanted = ipaddress.ip_network(block)
    candidates = [cidr for cidr in addresses.cidrs() if (":" in cidr) == (wanted.version == 6)]
    first = int(wanted.network_address)
    return min(candidates, key=lambda cidr: first ^ int(ipaddress.ip_network(cidr).network_address), default=None)


def _former_blocks(vpc: Vpc | None) -> Iterator[str]:
    """Blocks that were associated with a VPC once, as long as AWS still lists them."""
    if vpc is None:
        return
    for block in vpc.record.cidr_block_association_set or ():
        if block.cidr_block and block.cidr_block_state and block.cidr_block_state.state == "disassociated":
            yield block.cidr_block
    for six in vpc.record.ipv6_cidr_block_association_set or ():
        if six.ipv6_cidr_block and six.ipv6_cidr_block_state and six.ipv6_cidr_block_state.state == "disassociated":
            yield six.ipv6_cidr_block


def _some(names: list[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


@dataclass(frozen=True)
class _Neighbour:
    """A VPC that another is connected with."""

    vpc_id: str
    label: str
    addresses: Addresses
    through: str
    """The peering connection or the transit gateway between them."""
    missing: Missing | None = None
    """Why it may have more addresses."""


def _neighbours(network: Network, far: Side, within: Addresses) -> Iterator[_Neighbour]:
    """The VPCs that ``far`` is connected with; of those on its transit gateways, such as hold some of ``within``."""
    for peering in network.peerings_of(far.vpc_id):
        third = peering.beyond(far.vpc_id)
        yield _Neighbour(third.vpc_id, third.label, third.addresses, peering.id, third.addresses_missing)
    for gateway, vpc in network.transit_neighbours(far.vpc, within) if far.vpc else ():
        yield _Neighbour(vpc.id, vpc.label, vpc.addresses, gateway)
