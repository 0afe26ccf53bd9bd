"""What network ACLs keep from passing between the clients in a VPC and the network interfaces of an endpoint.

A network ACL guards the border of a subnet: what stays inside one passes none. Between two subnets a packet passes
both of theirs, and its answer passes them again, the other way and at the port that the client chose.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor import model
from auditor.model.ec2 import NetworkAclEntry
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses
from auditor.network.coverage import Listing
from auditor.network.endpoints import callers_in, own_interfaces, own_subnets, ports_missing, ports_of, versions_of
from auditor.network.entities import Endpoint, Subnet, Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network, interface_addresses
from auditor.network.network_acls import (
    ALL_PORTS,
    EPHEMERAL_PORTS,
    IMPLICIT,
    Ruling,
    acl_of,
    decide,
    something_allowed,
)
from auditor.network.remembered import remembered
from auditor.network.traffic import ALL_PROTOCOLS, TCP, UDP, Direction, Port

_OPPOSITE = {Direction.INGRESS: Direction.EGRESS, Direction.EGRESS: Direction.INGRESS}

_EVERY_CLIENT = (49152, 60999)
"""The ports that clients of Linux and of Windows choose from alike: a rule for a server's own port is none for these.
https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports"""

_ANY = 0
"""Stands for the ports of a service that are not known."""


@dataclass(frozen=True)
class Stop:
    """Packets that the network ACL of some subnets stops, in one direction and one family of addresses."""

    acl: model.NetworkAcl
    subnets: tuple[Subnet, ...]
    """Those that it guards."""
    direction: Direction
    answers: bool
    """Whether they are answers; else requests to the service."""
    others: Addresses
    """Where they come from or go to, as blocks of subnets."""
    rules: tuple[int, ...]
    """The numbers of the rules that deny; ``IMPLICIT`` stands for the last."""


@dataclass(frozen=True)
class AclReach:
    """Which subnets of a VPC the network ACLs let reach an endpoint."""

    reached: tuple[Subnet, ...]
    """Clients' subnets of which at least one client reaches an interface of the endpoint and has its answers."""
    cut_off: tuple[tuple[Subnet, Addresses], ...]
    """Clients' subnets of which no client reaches any interface, with their addresses in the families of which none
    does."""
    shut: tuple[Subnet, ...]
    """Subnets of the endpoint that no other subnet of the VPC reaches, and in which no client is."""
    stops: tuple[Stop, ...]
    """What keeps those apart."""
    undecided: Missing | None
    """Why others could not be told, or may have been left out; None where these are all."""


@dataclass(frozen=True)
class _Party:
    """One end of what passes a network ACL, in one family of addresses."""

    subnet: Subnet
    version: int
    known: Addresses
    """The addresses that were seen there."""
    possible: Addresses
    """These, and those that may be there."""
    missing: Missing | None
    """Why there may be more than the known ones."""

    @property
    def block(self) -> Addresses:
        return self.subnet.addresses.family(self.version)


@dataclass(frozen=True)
class _Gate:
    """What the network ACL of a subnet does with requests to a service and with their answers."""

    open: frozenset[int]
    """The ports at which somebody who was seen gets through, and has an answer."""
    ajar: frozenset[int]
    """These, and the ports at which somebody may."""
    stops: tuple[Stop, ...]
    """What it stops: everything where nobody gets through, else some ports."""
    missing: Missing | None
    """Why ``ajar`` holds more than ``open``."""


def acl_reach(network: Network, endpoint: Endpoint, vpc: Vpc, subnets: Listing[Subnet]) -> AclReach:
    """Ask the network ACLs for the clients in some subnets of an endpoint's VPC, at any port of its service."""
    stands = own_subnets(network, endpoint)
    causes = [subnets.missing, stands.missing]
    reached: dict[str, Subnet] = {}
    cut_off: dict[str, tuple[Subnet, Addresses]] = {}
    shut: dict[str, Subnet] = {}
    stops: list[Stop] = []
    for version in versions_of(endpoint):
        servers = [party for each in stands if (party := _server(network, endpoint, each, version)).known]
        clients = [
            party
            for each in subnets
            if (party := _client(network, each, version)).possible and _may_call(network, endpoint, party, servers)
        ]
        for client in clients:
            gates = [_between(network, endpoint, client, server) for server in servers]
            if any(gate.open for gate in gates):
                reached[client.subnet.id] = client.subnet
            elif undecided := Missing.union([*(gate.missing for gate in gates if gate.ajar), stands.missing]):
                causes.append(undecided)
            elif gates:
                _, others = cut_off.get(client.subnet.id, (client.subnet, NOTHING))
                cut_off[client.subnet.id] = (client.subnet, others | client.block)
                stops += [stop for gate in gates for stop in gate.stops]
        inside = {client.subnet.id for client in clients}
        for server in servers:
            if server.subnet.id not in inside and clients and subnets.whole:
                gate = _for_whole_vpc(network, endpoint, server, vpc, clients)
                if not gate.ajar:
                    shut[server.subnet.id] = server.subnet
                    stops += gate.stops
                elif not gate.open:
                    causes.append(gate.missing)
    return AclReach(
        reached=tuple(reached.values()),
        cut_off=tuple(cut_off.values()),
        shut=tuple(shut.values()),
        stops=tuple(_together(stops)),
        undecided=Missing.union(causes),
    )


def _server(network: Network, endpoint: Endpoint, subnet: Subnet, version: int) -> _Party:
    interfaces = [each for each in own_interfaces(network, endpoint) if each.subnet_id == subnet.id]
    seen = Addresses.union(map(interface_addresses, interfaces))
    # An interface that was not seen has one of the subnet's addresses.
    addresses = (seen or subnet.addresses).family(version)
    return _Party(subnet, version, addresses, addresses, None)


def _client(network: Network, subnet: Subnet, version: int) -> _Party:
    calling = callers_in(network, subnet)
    seen = Addresses.union(calling)
    if calling.missing:
        everybody = (seen | subnet.addresses).family(version)
        return _Party(subnet, version, seen.family(version), everybody, calling.missing)
    addresses = (seen or subnet.addresses).family(version)
    return _Party(subnet, version, addresses, addresses, None)


def _may_call(network: Network, endpoint: Endpoint, client: _Party, servers: Sequence[_Party]) -> bool:
    """Whether a subnet may be meant to use the service: it holds an interface of the endpoint, or its own network ACL
    does not keep it from being a client of anybody, as those of databases do."""
    acl = acl_of(network, client.subnet)
    inside = any(server.subnet.id == client.subnet.id for server in servers)
    return inside or isinstance(acl, Missing) or _lets_call(network, acl, ports_of(endpoint), client.version)


@remembered
def _lets_call(_: Network, acl: model.NetworkAcl, ports: tuple[Port, ...], version: int) -> bool:
    """Whether a network ACL lets TCP requests out by a rule of their own, or at all with the answers to them."""
    entries, anybody = acl.entries or (), ALL_IPV6 if version == 6 else ALL_IPV4
    ranges = [(port.number, port.number) for port in ports] or [ALL_PORTS]
    requests = [decide(entries, Direction.EGRESS, TCP, each, anybody) for each in ranges]
    # One for all protocols may be meant for answers alone.
    allowing = [found.entry for ruling in requests for found in ruling.decisions if found.allows and found.entry]
    if any(entry.protocol == TCP for entry in allowing):
        return True
    answers = decide(entries, Direction.INGRESS, TCP, _EVERY_CLIENT, anybody).on_every_port
    return bool(answers & Addresses.union(ruling.on_some_port for ruling in requests))


def _between(network: Network, endpoint: Endpoint, client: _Party, server: _Party) -> _Gate:
    """What both network ACLs together do with what a client's subnet and an endpoint's exchange."""
    ports = ports_of(endpoint)
    if client.subnet.id == server.subnet.id:
        every = frozenset(port.number for port in ports) or frozenset({_ANY})
        return _Gate(every, every, (), None)
    near = _gate(network, endpoint, client.subnet, Direction.EGRESS, server)
    far = _gate(network, endpoint, server.subnet, Direction.INGRESS, client)
    ajar = near.ajar & far.ajar
    shut = [gate for gate in (near, far) if not gate.ajar]
    return _Gate(
        open=near.open & far.open,
        ajar=ajar,
        # Where each lets other ports through, both are to blame.
        stops=() if ajar else tuple(stop for gate in shut or (near, far) for stop in gate.stops),
        missing=Missing.union([near.missing, far.missing]),
    )


def _for_whole_vpc(network: Network, endpoint: Endpoint, server: _Party, vpc: Vpc, clients: Sequence[_Party]) -> _Gate:
    """What the network ACL of an endpoint's subnet does with all of the VPC; what it stops is told of its clients."""
    rest = vpc.addresses.family(server.version) - server.block
    gate = _gate(
        network, endpoint, server.subnet, Direction.INGRESS, _Party(server.subnet, server.version, rest, rest, None)
    )
    if gate.ajar:
        return gate
    each = [_gate(network, endpoint, server.subnet, Direction.INGRESS, client) for client in clients]
    return _Gate(gate.open, gate.ajar, tuple(stop for found in each for stop in found.stops), gate.missing)


def _gate(network: Network, endpoint: Endpoint, guarded: Subnet, requests: Direction, other: _Party) -> _Gate:
    """What the network ACL of ``guarded`` does with requests in one direction and their answers in the other."""
    ports = ports_of(endpoint)
    acl = acl_of(network, guarded)
    if isinstance(acl, Missing):
        every = frozenset(port.number for port in ports) or frozenset({_ANY})
        return _Gate(frozenset(), every, (), acl)
    known, possible = (_passing(network, acl, requests, ports, each) for each in (other.known, other.possible))
    ajar = known.maybe | possible.maybe
    stops = [
        Stop(acl, (guarded,), direction, direction is not requests, other.block, rules)
        for direction, rules in possible.denying
    ]
    causes = [other.missing, None if ports else ports_missing(endpoint)]
    return _Gate(known.surely, ajar, tuple(stops), None if known.surely == ajar else Missing.union(causes))


@dataclass(frozen=True)
class _Passing:
    surely: frozenset[int]
    """The ports at which requests of some of the addresses pass, and the answers to them."""
    maybe: frozenset[int]
    """These, and ``_ANY`` where only some of all ports let something through."""
    denying: tuple[tuple[Direction, tuple[int, ...]], ...]
    """The directions in which something does not pass, with the rules that deny."""


@remembered
def _passing(
    _: Network, acl: model.NetworkAcl, requests: Direction, ports: tuple[Port, ...], asked: Addresses
) -> _Passing:
    entries, answers = acl.entries or (), _OPPOSITE[requests]
    back = decide(entries, answers, TCP, EPHEMERAL_PORTS, asked)
    if ports:
        there = {
            port.number: decide(entries, requests, port.protocol, (port.number, port.number), asked) for port in ports
        }
        both = frozenset(number for number, ruling in there.items() if ruling.on_some_port & back.on_some_port)
        passes = {
            requests: Addresses.union(ruling.on_some_port for ruling in there.values()),
            answers: back.on_some_port,
        }
    else:
        there = {_ANY: decide(entries, requests, TCP, ALL_PORTS, asked)}
        passes = {way: something_allowed(entries, way, asked) for way in Direction}
        both = frozenset({_ANY}) if passes[requests] & passes[answers] else frozenset()
    denying = [way for way in Direction if not passes[way]]
    if not denying:
        # No one address has both, or some ports are left out.
        denying = list(Direction) if not both else [requests] if len(both) < len(there) else []
    rulings = {requests: tuple(there.values()), answers: (back,)}
    return _Passing(
        surely=both if ports or _lets_everything(entries, requests, asked) else frozenset(),
        maybe=both,
        denying=tuple((way, _denying_rules(rulings[way])) for way in denying),
    )


def _lets_everything(entries: Sequence[NetworkAclEntry], requests: Direction, asked: Addresses) -> bool:
    """Whether some address passes at every port of every protocol, and has its answers."""
    protocols = (ALL_PROTOCOLS, TCP, UDP)
    there = [decide(entries, requests, protocol, ALL_PORTS, asked).on_every_port for protocol in protocols]
    back = [
        decide(entries, _OPPOSITE[requests], protocol, EPHEMERAL_PORTS, asked).on_some_port for protocol in protocols
    ]
    left = asked
    for addresses in (*there, *back):
        left &= addresses
    return bool(left)


def _denying_rules(rulings: Iterable[Ruling]) -> tuple[int, ...]:
    decisions = [found for ruling in rulings for found in ruling.decisions if not found.allows]
    return tuple(sorted({(found.entry.rule_number if found.entry else None) or IMPLICIT for found in decisions}))


def _together(stops: Iterable[Stop]) -> Iterator[Stop]:
    """One stop for each network ACL, direction and family, in a fixed order."""
    groups: dict[tuple[str, int, bool, str], list[Stop]] = defaultdict(list)
    for stop in stops:
        for version in stop.others.families:
            groups[stop.acl.network_acl_id, version, stop.answers, stop.direction.value].append(stop)
    for (_, version, _, _), found in sorted(groups.items(), key=lambda each: each[0]):
        guarded = {subnet.id: subnet for stop in found for subnet in stop.subnets}
        yield Stop(
            acl=found[0].acl,
            subnets=tuple(guarded[each] for each in sorted(guarded)),
            direction=found[0].direction,
            answers=found[0].answers,
            others=Addresses.union(stop.others.family(version) for stop in found),
            rules=tuple(sorted({rule for stop in found for rule in stop.rules})),
        )
