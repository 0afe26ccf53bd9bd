"""What the rules on peering routes have to say, by walking single addresses, without the program's code.

Everything of both sides is seen. Where AWS leaves a way open, as with overlapping prefix lists, the pair is undecided.

Sources: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html and
https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
"""

import ipaddress
from collections.abc import Iterator, Sequence

from tests import oracle
from tests.oracle import Answer, Cloud, Judgement

Opinion = tuple[str, str, str, str]
"""The rule, the resource, the finding's key, and the severity; empty where the opinion leaves that open."""

Pair = tuple[Answer, Answer, int]
"""The sending subnet, the receiving subnet and the IP version."""

PAIR_RULES = ("peering-unused", "peering-route-missing-side", "peering-route-one-way", "peering-return-misroute")
ROUTE_RULES = (
    "peering-route-blackhole",
    "peering-edge-nat",
    "peering-edge-internet-gateway",
    "peering-route-wrong-connection",
    "peering-transitive-route",
    "peering-edge-on-premises",
    "peering-route-wrong-destination",
    "peering-route-too-broad",
)


def opinions(cloud: Cloud) -> set[Opinion]:
    """Every fault of the rules above."""
    return {found for peering in live(cloud) for found in _of_peering(cloud, peering)} | {
        ("peering-route-blackhole", table["RouteTableId"], f"{oracle.target_of(route)}|{_destination(route)}", "")
        for table in cloud.tables
        for route in table["Routes"]
        if route["State"] == "blackhole" and "VpcPeeringConnectionId" in route
    }


def live(cloud: Cloud) -> list[Answer]:
    return [peering for peering in cloud.peerings if peering["Status"]["Code"] == "active"]


def ends(peering: Answer) -> tuple[str, str]:
    return peering["RequesterVpcInfo"]["VpcId"], peering["AccepterVpcInfo"]["VpcId"]


def judgements(cloud: Cloud, peering: Answer) -> dict[tuple[str, str, int], Judgement]:
    """Every pair of subnets of a live connection, by their ids and the IP version."""
    return {
        (sender["SubnetId"], receiver["SubnetId"], version): oracle.judge(
            cloud, peering["VpcPeeringConnectionId"], sender, receiver, version
        )
        for sender, receiver, version in _pairs(cloud, peering)
    }


def _pairs(cloud: Cloud, peering: Answer) -> Iterator[Pair]:
    for sender in cloud.subnets:
        for receiver in cloud.subnets:
            if {sender["VpcId"], receiver["VpcId"]} == set(ends(peering)):
                for version in sorted(_versions(sender) & _versions(receiver)):
                    yield sender, receiver, version


def _versions(subnet: Answer) -> set[int]:
    return {ipaddress.ip_network(block).version for block in oracle.subnet_blocks(subnet)}


def _destination(route: Answer) -> str:
    members = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    return next(str(route[member]) for member in members if member in route)


def _of_peering(cloud: Cloud, peering: Answer) -> Iterator[Opinion]:
    id_ = peering["VpcPeeringConnectionId"]
    routes = [
        (table, route)
        for table in cloud.tables
        for route in table["Routes"]
        if table["VpcId"] in ends(peering) and oracle.target_of(route) == id_
    ]
    if not routes:
        yield "peering-unused", id_, "", "low"
        return
    yield from _of_pairs(cloud, peering)
    for table, route in routes:
        if route["State"] == "active":
            for block in oracle.blocks_of(route, cloud.lists):
                if rule := _of_block(cloud, peering, table, block):
                    yield rule, id_, f"{table['RouteTableId']}|{_destination(route)}", ""


# --- Pairs of subnets -------------------------------------------------------------------------------------------------


def _of_pairs(cloud: Cloud, peering: Answer) -> Iterator[Opinion]:
    id_, subnets = peering["VpcPeeringConnectionId"], {subnet["SubnetId"]: subnet for subnet in cloud.subnets}
    found = judgements(cloud, peering)
    answered = {version for (_, _, version), each in found.items() if each.sent and each.returned}
    undecided = any(each.verdict == "unknown" for each in found.values())
    groups: dict[tuple[str, int], list[tuple[Answer, Answer, Judgement]]] = {}
    for (sender, receiver, version), each in found.items():
        table = oracle.table_of(cloud, subnets[receiver])["RouteTableId"]
        groups.setdefault((table, version), []).append((subnets[sender], subnets[receiver], each))
    astray: set[str] = set()
    for (table, version), pairs in groups.items():
        strayed = [pair for pair in pairs if pair[2].verdict in ("misrouted", "partly-misrouted")]
        if strayed:
            astray.add(strayed[0][1]["VpcId"])
            if severity := _of_misroute(cloud, strayed, version):
                yield "peering-return-misroute", id_, f"{table}|ipv{version}", severity
    silent = {vpc for vpc in ends(peering) if not _routed(cloud, vpc, id_)} - astray
    for vpc in silent:
        far = next(end for end in ends(peering) if end != vpc)
        has_subnets = any(subnet["VpcId"] == vpc for subnet in cloud.subnets)
        if has_subnets and any(_leads(table, id_) for table in cloud.tables if table["VpcId"] == far):
            yield "peering-route-missing-side", id_, vpc, "high"
    for (table, version), pairs in groups.items():
        alone = [pair for pair in pairs if pair[2].verdict == "one-way" and pair[2].sent]
        alone = [pair for pair in alone if not _all_blackholed(cloud, pair[1], pair[0], version)]
        if alone and alone[0][1]["VpcId"] not in silent:
            severity = _of_one_way(cloud, id_, alone, whole=version not in answered and not undecided)
            if severity:
                yield "peering-route-one-way", id_, f"{table}|ipv{version}", severity


def _routed(cloud: Cloud, vpc: str, peering: str) -> bool:
    """Whether a table that a subnet of the VPC sends by has an active route to the connection."""
    tables = [oracle.table_of(cloud, subnet) for subnet in cloud.subnets if subnet["VpcId"] == vpc]
    return any(_leads(table, peering, state="active") for table in tables)


def _leads(table: Answer, target: str, state: str = "") -> bool:
    return any(oracle.target_of(route) == target and route["State"].startswith(state) for route in table["Routes"])


def _of_misroute(cloud: Cloud, pairs: Sequence[tuple[Answer, Answer, Judgement]], version: int) -> str:
    if any(not each.returned for _, _, each in pairs):
        return "high"
    strays = {at for _, _, each in pairs for at, _ in each.strayed}
    senders = {sender["SubnetId"] for sender, _, _ in pairs}
    if any(at in strays for each in _workloads(cloud, senders) for at in _addresses(each)):
        return "medium"
    # Routes from host to host, as AWS documents them, leave the rest of both subnets out on purpose.
    hosts_only = all(len(each.sent) < len(oracle.tried(cloud, receiver, version)) for _, receiver, each in pairs)
    return "" if hosts_only else "info"


def _of_one_way(cloud: Cloud, peering: str, pairs: Sequence[tuple[Answer, Answer, Judgement]], *, whole: bool) -> str:
    table, used = (
        oracle.table_of(cloud, pairs[0][1]),
        _workloads(cloud, {receiver["SubnetId"] for _, receiver, _ in pairs}),
    )
    if whole:
        return "high"
    if _leads(table, peering, state="active"):
        return "low" if used else "info"
    return "medium" if used else ""


def _all_blackholed(cloud: Cloud, receiver: Answer, sender: Answer, version: int) -> bool:
    """Whether blackholes of peering connections, each a fault of its own, take every answer."""
    routes = oracle.table_of(cloud, receiver)["Routes"]
    for at in oracle.tried(cloud, sender, version):
        route = oracle.route_of(routes, at, cloud.lists)
        if route is None or isinstance(route, str):
            return False
        if route["State"] != "blackhole" or "VpcPeeringConnectionId" not in route:
            return False
    return True


def _workloads(cloud: Cloud, subnets: set[str]) -> list[Answer]:
    return [each for each in cloud.interfaces if each["SubnetId"] in subnets and each["InterfaceType"] == "interface"]


def _addresses(interface: Answer) -> list[str]:
    four = [each["PrivateIpAddress"] for each in interface.get("PrivateIpAddresses", ())]
    return four + [each["Ipv6Address"] for each in interface.get("Ipv6Addresses", ())]


# --- Routes -----------------------------------------------------------------------------------------------------------


def _of_block(cloud: Cloud, peering: Answer, table: Answer, block: str) -> str:
    """The rule that a block of an active route over a live connection falls under; empty where it is right."""
    near, far = table["VpcId"], next(end for end in ends(peering) if end != table["VpcId"])
    network = ipaddress.ip_network(block)
    taken = [at for at in _inside(cloud, block) if not _held(cloud, near, at)]
    if all(_held(cloud, far, at) for at in taken):
        return ""
    if network.prefixlen <= 1:
        return "peering-edge-nat" if network.version == 4 and _leaves_by_nat(cloud, far) else _EDGE
    if any(_held(cloud, far, at) for at in _inside(cloud, block)):
        return "peering-route-too-broad"
    # AWS's IPv6 addresses are public.
    return _of_a_network(cloud, near, far, taken) or (
        _EDGE if network.version == 6 else "peering-route-wrong-destination"
    )


def _of_a_network(cloud: Cloud, near: str, far: str, taken: Sequence[str]) -> str:
    """The rule on addresses that a network beside the far VPC has."""
    others = {vpc for each in live(cloud) if near in ends(each) for vpc in ends(each)} - {near, far}
    if any(all(_held(cloud, vpc, at) for at in taken) for vpc in others):
        return "peering-route-wrong-connection"
    thirds = {vpc for each in live(cloud) if far in ends(each) for vpc in ends(each)} - {near, far}
    if any(_held(cloud, vpc, at) for vpc in thirds for at in taken):
        return "peering-transitive-route"
    beyond = [
        learnt
        for each in cloud.tables
        if each["VpcId"] == far
        for route in each["Routes"]
        if oracle.target_of(route).startswith("vgw-") and route["State"] == "active"
        for learnt in oracle.blocks_of(route, cloud.lists)
        if ipaddress.ip_network(learnt).prefixlen > 1
    ]
    on_premises = any(oracle.holds(learnt, at) for learnt in beyond for at in taken)
    return "peering-edge-on-premises" if on_premises else ""


_EDGE = "peering-edge-internet-gateway"


def _inside(cloud: Cloud, block: str) -> list[str]:
    assert cloud.points is not None
    return [at for at in cloud.points if oracle.holds(block, at)]


def _held(cloud: Cloud, vpc_id: str, address: str) -> bool:
    vpc = next(each for each in cloud.vpcs if each["VpcId"] == vpc_id)
    return any(oracle.holds(block, address) for block in oracle.vpc_blocks(vpc))


def _leaves_by_nat(cloud: Cloud, vpc_id: str) -> bool:
    tables = [oracle.table_of(cloud, subnet) for subnet in cloud.subnets if subnet["VpcId"] == vpc_id]
    return any(
        route["State"] == "active" and "NatGatewayId" in route and route.get("DestinationCidrBlock") == "0.0.0.0/0"
        for table in tables
        for route in table["Routes"]
    )
