"""The cause of each route over a peering connection that cannot do what it says (rules.md §5.3 and §5.4)."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor import model
from auditor.network.addresses import NOTHING, PRIVATE, Addresses
from auditor.network.coverage import Listing
from auditor.network.diagnosis import Cause
from auditor.network.entities import Endpoint, Peering, Side, SubnetClass, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.routes import Route, RouteTable, TargetKind
from auditor.snapshot import Target


@dataclass(frozen=True)
class RouteFault:
    """A route over a peering connection that cannot do what it says."""

    cause: Cause
    near: Side
    """The side whose route table holds the route."""
    far: Side
    table: RouteTable
    route: Route
    blocks: tuple[str, ...]
    """The blocks of the destination that are at fault: all but for a prefix list."""
    because: str = ""
    """What makes it so, as the end of a sentence."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    related: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The route's place in a finding's id."""
        return f"{self.table.id}|{self.route.destination}"


@dataclass(frozen=True)
class RouteDoubt:
    """A route of which a cause can be neither shown nor ruled out."""

    cause: Cause
    table: RouteTable
    route: Route
    missing: Missing

    @property
    def key(self) -> str:
        """The route's place in a finding's id."""
        return f"{self.table.id}|{self.route.destination}"


@dataclass(frozen=True)
class Hit:
    """A cause that holds."""

    because: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    related: tuple[str, ...] = ()


Outcome = Hit | Missing | None
"""A cause holds, cannot be told, or does not hold."""


def route_faults(network: Network, peering: Peering) -> tuple[tuple[RouteFault, ...], tuple[RouteDoubt, ...]]:
    """The faults of all routes over a live peering connection, and what could not be told of them.

    A route whose destination is a prefix list is judged entry by entry; entries with one cause make one fault.
    """
    faults: list[RouteFault] = []
    doubts: list[RouteDoubt] = []
    for near in peering.sides if peering.live else ():
        for table in network.route_tables_of(near.vpc) if near.vpc else ():
            for route in table.routes:
                if route.kind is TargetKind.PEERING and route.target == peering.id:
                    found, doubted = _Diagnosis(network, near, peering.other(near), table, route).made()
                    faults += found
                    doubts += doubted
    return tuple(faults), tuple(doubts)


@dataclass(frozen=True)
class _Diagnosis:
    """The diagnosis of one route."""

    network: Network
    near: Side
    far: Side
    table: RouteTable
    route: Route

    def made(self) -> tuple[list[RouteFault], list[RouteDoubt]]:
        hits: dict[Cause, list[tuple[str, Hit]]] = {}
        doubts: dict[Cause, Missing] = {}
        for block in self.route.blocks:
            cause, hit, undecided = self._of_block(block)
            if cause and hit:
                hits.setdefault(cause, []).append((block, hit))
            for doubtful, missing in undecided.items():
                doubts[doubtful] = missing | doubts.get(doubtful)
        if self.route.hidden and self.route.active:
            for doubtful in _ROUTE_CAUSES:
                doubts[doubtful] = self.route.hidden | doubts.get(doubtful)
        faults = [
            RouteFault(
                cause=cause,
                near=self.near,
                far=self.far,
                table=self.table,
                route=self.route,
                blocks=tuple(block for block, _ in found),
                because=found[0][1].because,
                evidence=found[0][1].evidence,
                related=tuple(dict.fromkeys(related for _, hit in found for related in hit.related)),
            )
            for cause, found in hits.items()
        ]
        return faults, [
            RouteDoubt(cause, self.table, self.route, missing) for cause, missing in doubts.items() if cause not in hits
        ]

    def _of_block(self, block: str) -> tuple[Cause | None, Hit | None, dict[Cause, Missing]]:
        """The first cause that holds for one block of the destination, and those before it that cannot be told."""
        doubts: dict[Cause, Missing] = {}
        if not self.route.active:
            return Cause.ROUTE_BLACKHOLE, Hit("it is not active"), doubts
        if self._surplus(block) == NOTHING:
            return None, None, doubts
        for cause, holds in _ROUTE_CAUSES.items():
            outcome = holds(self, block)
            if isinstance(outcome, Hit):
                return cause, outcome, doubts
            if outcome is not None:
                doubts[cause] = outcome
        return None, None, doubts

    def _wanted(self, block: str) -> Addresses:
        return Addresses.of(block)

    def _surplus(self, block: str) -> Addresses:
        """What a block claims beyond the peer's addresses; the near VPC's own never leave it."""
        return self._wanted(block) - self.far.addresses - self.near.addresses

    def _misses_peer(self, block: str) -> bool:
        return not self._wanted(block) & self.far.addresses

    def _unknown_blocks(self, block: str) -> Missing | None:
        """Why a block may be the peer's after all."""
        return None if _is_default(block) else self.far.addresses_missing

    # The causes, in their order. Each asks only whether it holds; that no earlier one does is the caller's business.

    def _edge_gateway_endpoint(self, block: str) -> Outcome:
        if not self._misses_peer(block):
            return None
        home = Target(self.table.owner, self.table.region)
        services = self.network.gateway_services(home.region)
        service = services.get(self.route.destination)
        by_list = service is not None
        if service is None:
            service = next(
                (
                    name
                    for list_id, name in services.items()
                    if self._wanted(block) <= Addresses.of(*self.network.prefix_list(list_id, home)[0])
                ),
                None,
            )
        if service is None:
            unread = self.network.gateway_services_missing(home)
            return unread if unread and not self._wanted(block) & PRIVATE else None
        endpoints = self.network.endpoints_of(self.far.vpc) if self.far.vpc else Listing[Endpoint]((), self.far.unseen)
        found = [
            endpoint.id
            for endpoint in endpoints
            if endpoint.type == "Gateway" and endpoint.service_name == service and endpoint.state == "available"
        ]
        evidence = {"service": service, "gateway_endpoints": found}
        if found:
            return Hit(
                f"{self.far.label} reaches {service} through {found[0]}, which serves that VPC alone",
                evidence,
                tuple(found),
            )
        if endpoints.missing and by_list:
            return Hit(f"it is the prefix list of {service}, which no peering connection leads to", evidence)
        return endpoints.missing

    def _edge_nat(self, block: str) -> Outcome:
        if not self._leaves_to_internet(block) or ":" in block:
            return None
        if self.far.vpc is None:
            return self.far.unseen
        subnets = self.network.subnets_of(self.far.vpc)
        classes = [self.network.class_of(subnet) for subnet in subnets]
        if SubnetClass.NAT in classes:
            return Hit(
                f"private subnets of {self.far.label} leave through a NAT device, which serves that VPC alone",
                self._exits(),
            )
        return Missing.union([subnets.missing, *(found for found in classes if isinstance(found, Missing))])

    def _edge_internet_gateway(self, block: str) -> Outcome:
        if not self._leaves_to_internet(block):
            return None
        return Hit("no peering connection leads to the internet through the peer", self._exits())

    def _exits(self) -> dict[str, Any]:
        """The ways that the far VPC itself has to the internet."""
        if self.far.vpc is None:
            return {}
        return {
            "internet_gateways": list(self.network.attached(model.InternetGateway, self.far.vpc)),
            "nat_gateways": [
                gateway.nat_gateway_id
                for gateway in self.network.in_vpc(model.NatGateway, self.far.vpc)
                if gateway.state in (None, "available")
            ],
        }

    def _leaves_to_internet(self, block: str) -> bool:
        """Whether a block is everything, or public space that no known network of ours holds."""
        if _is_default(block):
            return True
        if not self._misses_peer(block) or self._wanted(block) & PRIVATE or self._unknown_blocks(block):
            return False
        ours = (self._wrong_connection(block), self._transitive(block), self._on_premises(block))
        return not any(isinstance(outcome, Hit) for outcome in ours)

    def _wrong_connection(self, block: str) -> Outcome:
        if (unknown := self._unknown_blocks(block)) or not self._misses_peer(block):
            return unknown
        for other in self.network.peerings_of(self.near.vpc_id):
            side = _end(other, self.near.vpc_id)
            owner = other.other(side)
            if owner.vpc_id != self.far.vpc_id and self._wanted(block) <= owner.addresses:
                return Hit(
                    f"{block} belongs to {owner.label}, which is reached over {other.label}",
                    {"right_connection": other.id, "vpc": owner.vpc_id},
                    (other.id, owner.vpc_id),
                )
        return None

    def _transitive(self, block: str) -> Outcome:
        if (unknown := self._unknown_blocks(block)) or not self._misses_peer(block):
            return unknown
        for third in _neighbours(self.network, self.far):
            if third.vpc_id != self.near.vpc_id and self._wanted(block) & third.addresses:
                direct = [
                    other.id
                    for other in self.network.peerings_of(self.near.vpc_id)
                    if other.other(_end(other, self.near.vpc_id)).vpc_id == third.vpc_id
                ]
                chain = [self.near.vpc_id, self.far.vpc_id, third.vpc_id]
                return Hit(
                    f"{block} is in {third.label}, which {self.far.label} reaches over {third.through}, "
                    "and peering is not transitive",
                    {"chain": chain, "through": third.through, "direct_connections": direct},
                    (third.vpc_id, third.through),
                )
        # Only an audited VPC shows with whom else it is connected.
        return (
            self.far.unseen
            if self.far.vpc is None
            else self.network.missing_of(model.VpcPeeringConnection, self.far.vpc)
        )

    def _on_premises(self, block: str) -> Outcome:
        if (unknown := self._unknown_blocks(block)) or not self._misses_peer(block):
            return unknown
        if self.far.vpc is None:
            return self.far.unseen
        for prefix, gateway in on_premises_prefixes(self.network, self.far.vpc):
            if self._wanted(block) & Addresses.of(prefix):
                return Hit(
                    f"{self.far.label} reaches {prefix} through {gateway}, which serves that VPC alone",
                    {"prefix": prefix, "gateway": gateway},
                    (gateway,),
                )
        return Missing.union(
            self.network.missing_of(record, self.far.vpc)
            for record in (model.RouteTable, model.VpnGateway, model.VpnConnection, model.TransitGatewayVpcAttachment)
        )

    def _wrong_destination(self, block: str) -> Outcome:
        if (unknown := self._unknown_blocks(block)) or not self._misses_peer(block):
            return unknown
        evidence: dict[str, Any] = {
            "peer_cidrs": list(self.far.addresses.cidrs()),
            "nearest": _nearest(block, self.far.addresses),
        }
        because = f"{self.far.label} has {self.far.addresses}"
        if any(self._wanted(block) & Addresses.of(former) for former in _former_blocks(self.far.vpc)):
            because += f"; {block} is a former block of it"
            evidence["former"] = True
        if self.far.unseen:
            because += "; what lies behind it was not seen, and no peering connection would lead there"
        return Hit(because, evidence)

    def _too_broad(self, block: str) -> Outcome:
        if (unknown := self._unknown_blocks(block)) is not None:
            return unknown
        surplus = self._surplus(block)
        hidden = [
            vpc.id
            for vpc in self.network.vpcs.values()
            if vpc.id not in (self.near.vpc_id, self.far.vpc_id) and vpc.addresses & surplus
        ]
        hidden += [
            side.vpc_id
            for peering in self.network.peerings.values()
            for side in peering.sides
            if side.vpc is None and side.vpc_id not in (self.near.vpc_id, self.far.vpc_id) and side.addresses & surplus
        ]
        for side in (self.near, self.far):
            hidden += [
                prefix
                for prefix, _ in (on_premises_prefixes(self.network, side.vpc) if side.vpc else ())
                if Addresses.of(prefix) & surplus
            ]
        others = list(dict.fromkeys(hidden))
        reached = [third.vpc_id for third in _neighbours(self.network, self.far) if third.addresses & surplus]
        because = f"{self.far.label} has only {self.far.addresses & self._wanted(block)} of it"
        if others:
            because += f", and the rest holds {', '.join(others)}"
        return Hit(
            because,
            {"surplus": list(surplus.cidrs()), "other_networks": others, "behind_the_peer": reached},
            tuple(others),
        )


_ROUTE_CAUSES: dict[Cause, Callable[[_Diagnosis, str], Outcome]] = {
    Cause.EDGE_GATEWAY_ENDPOINT: _Diagnosis._edge_gateway_endpoint,
    Cause.EDGE_NAT: _Diagnosis._edge_nat,
    Cause.EDGE_INTERNET_GATEWAY: _Diagnosis._edge_internet_gateway,
    Cause.ROUTE_WRONG_CONNECTION: _Diagnosis._wrong_connection,
    Cause.TRANSITIVE_ROUTE: _Diagnosis._transitive,
    Cause.EDGE_ON_PREMISES: _Diagnosis._on_premises,
    Cause.ROUTE_WRONG_DESTINATION: _Diagnosis._wrong_destination,
    Cause.ROUTE_TOO_BROAD: _Diagnosis._too_broad,
}


def _is_default(block: str) -> bool:
    """Whether a block is all addresses, or half of them as those write it who must not touch the default route."""
    network = ipaddress.ip_network(block)
    # All global unicast IPv6 lies in 2000::/3.
    return network.prefixlen <= (3 if network.version == 6 else 1)


def _end(peering: Peering, vpc_id: str) -> Side:
    return peering.requester if peering.requester.vpc_id == vpc_id else peering.accepter


def _nearest(block: str, addresses: Addresses) -> str | None:
    """The block of the peer that looks most like ``block``: it shows a slip of the finger."""
    wanted = ipaddress.ip_network(block)
    candidates = [cidr for cidr in addresses.cidrs() if (":" in cidr) == (wanted.version == 6)]
    first = int(wanted.network_address)
    return min(candidates, key=lambda cidr: first ^ int(ipaddress.ip_network(cidr).network_address), default=None)


def _former_blocks(vpc: Vpc | None) -> Iterator[str]:
    """Blocks that were associated with a VPC once, as long as AWS still lists them."""
    for block in (vpc.record.cidr_block_association_set or ()) if vpc else ():
        if block.cidr_block and block.cidr_block_state and block.cidr_block_state.state == "disassociated":
            yield block.cidr_block


@dataclass(frozen=True)
class _Neighbour:
    """A VPC that another is connected with."""

    vpc_id: str
    label: str
    addresses: Addresses
    through: str
    """The peering connection or the transit gateway between them."""


def _neighbours(network: Network, far: Side) -> Iterator[_Neighbour]:
    for peering in network.peerings_of(far.vpc_id):
        third = peering.other(_end(peering, far.vpc_id))
        yield _Neighbour(third.vpc_id, third.label, third.addresses, peering.id)
    for gateway, vpc in network.transit_neighbours(far.vpc) if far.vpc else ():
        yield _Neighbour(vpc.id, vpc.label, vpc.addresses, gateway)


def on_premises_prefixes(network: Network, vpc: Vpc) -> Iterator[tuple[str, str]]:
    """The networks outside AWS that a VPC reaches: each prefix with the gateway behind which it lies.

    A default route names no network, so it tells nothing of what is behind it. What a transit gateway or Cloud WAN
    leads to counts as outside AWS where no VPC that is known to be attached holds it.
    """
    of_vpcs = Addresses.union(neighbour.addresses for _, neighbour in network.transit_neighbours(vpc))
    for route in (route for table in network.route_tables_of(vpc) for route in table.routes if route.active):
        for block in route.blocks:
            transit = route.kind in (TargetKind.TRANSIT_GATEWAY, TargetKind.CORE_NETWORK)
            outside = route.kind is TargetKind.VPN_GATEWAY or (transit and not Addresses.of(block) & of_vpcs)
            if outside and not _is_default(block):
                yield block, route.target
    attached = set(network.attached(model.VpnGateway, vpc))
    for _, connection in network.coverage.everywhere(model.VpnConnection):
        if connection.vpn_gateway_id in attached and connection.state in (None, "available"):
            for static in connection.routes or ():
                if static.destination_cidr_block and not _is_default(static.destination_cidr_block):
                    yield static.destination_cidr_block, connection.vpn_gateway_id or ""
