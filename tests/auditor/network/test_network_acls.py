import ipaddress
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import read_record
from auditor.model.ec2 import NetworkAclEntry
from auditor.network.addresses import NOTHING, Addresses
from auditor.network.network_acls import ALL_PORTS, EPHEMERAL_PORTS, Decision, decide, something_allowed
from auditor.network.traffic import ICMP, ICMPV6, TCP, UDP, Direction

PEER = Addresses.of("10.1.0.0/16")


def rule(
    number: int,
    action: str,
    block: str,
    protocol: str = "-1",
    ports: tuple[int, int] | None = None,
    *,
    icmp: tuple[int, int] | None = None,
    egress: bool = False,
) -> NetworkAclEntry:
    item: dict[str, object] = {"RuleNumber": number, "RuleAction": action, "Protocol": protocol, "Egress": egress}
    item["Ipv6CidrBlock" if ":" in block else "CidrBlock"] = block
    if ports:
        item["PortRange"] = {"From": ports[0], "To": ports[1]}
    if icmp:
        item["IcmpTypeCode"] = {"Type": icmp[0], "Code": icmp[1]}
    return read_record(item, NetworkAclEntry)


DENY_THE_REST = rule(32767, "deny", "0.0.0.0/0")


def on_443(entries: Iterable[NetworkAclEntry], asked: Addresses = PEER) -> Addresses:
    return decide(entries, Direction.INGRESS, TCP, (443, 443), asked).on_every_port


def test_the_default_acl_lets_everything_through() -> None:
    entries = [rule(100, "allow", "0.0.0.0/0"), DENY_THE_REST]
    assert on_443(entries) == PEER
    assert something_allowed(entries, Direction.INGRESS, PEER) == PEER


def test_an_acl_without_rules_denies_everything() -> None:
    ruling = decide((), Direction.INGRESS, TCP, (443, 443), PEER)
    assert ruling.decisions == (Decision(None, (443, 443), PEER),)
    assert ruling.on_some_port == NOTHING
    assert something_allowed((), Direction.INGRESS, PEER) == NOTHING


def test_the_lowest_number_decides_whatever_the_order_of_the_answer() -> None:
    denied = rule(90, "deny", "10.1.4.0/24")
    assert on_443([DENY_THE_REST, rule(100, "allow", "0.0.0.0/0"), denied]) == PEER - Addresses.of("10.1.4.0/24")
    assert on_443([DENY_THE_REST, rule(80, "allow", "0.0.0.0/0"), denied]) == PEER


def test_a_rule_without_a_number_is_read_after_the_others() -> None:
    unnumbered = {"RuleAction": "deny", "Protocol": "-1", "Egress": False, "CidrBlock": "0.0.0.0/0"}
    assert on_443([read_record(unnumbered, NetworkAclEntry), rule(100, "allow", "10.1.0.0/16")]) == PEER


def test_each_part_names_the_rule_that_decides_it() -> None:
    denied, allowed = rule(90, "deny", "10.1.4.0/24"), rule(100, "allow", "10.1.0.0/17", TCP, (443, 8443))
    ruling = decide([allowed, denied, DENY_THE_REST], Direction.INGRESS, TCP, (443, 443), PEER)
    assert ruling.decisions == (
        Decision(denied, (443, 443), Addresses.of("10.1.4.0/24")),
        Decision(allowed, (443, 443), Addresses.of("10.1.0.0/17") - Addresses.of("10.1.4.0/24")),
        Decision(DENY_THE_REST, (443, 443), Addresses.of("10.1.128.0/17")),
    )


def test_a_range_of_ports_is_cut_where_a_rule_begins_or_ends() -> None:
    allowed = rule(100, "allow", "10.1.0.0/16", TCP, (32768, 60999))
    ruling = decide([allowed], Direction.EGRESS, TCP, EPHEMERAL_PORTS, PEER)
    assert ruling.on_some_port == NOTHING
    allowed = rule(100, "allow", "10.1.0.0/16", TCP, (32768, 60999), egress=True)
    ruling = decide([allowed], Direction.EGRESS, TCP, EPHEMERAL_PORTS, PEER)
    assert [(found.entry, found.ports) for found in ruling.decisions] == [
        (None, (1024, 32767)),
        (allowed, (32768, 60999)),
        (None, (61000, 65535)),
    ]
    assert ruling.on_some_port == PEER
    assert ruling.on_every_port == NOTHING


def test_a_rule_of_one_family_says_nothing_of_the_other() -> None:
    both = Addresses.of("10.1.0.0/16", "2001:db8::/56")
    assert on_443([rule(100, "allow", "0.0.0.0/0")], both) == PEER
    assert on_443([rule(100, "deny", "0.0.0.0/0"), rule(101, "allow", "::/0")], both) == Addresses.of("2001:db8::/56")


def test_a_rule_for_another_protocol_does_not_match() -> None:
    assert on_443([rule(100, "allow", "0.0.0.0/0", UDP, ALL_PORTS)]) == NOTHING
    assert on_443([rule(90, "deny", "0.0.0.0/0", UDP, ALL_PORTS), rule(100, "allow", "0.0.0.0/0")]) == PEER


def test_ping_is_decided_by_its_type_and_code() -> None:
    echo = (8 * 256, 8 * 256)
    entries = [
        rule(90, "deny", "10.1.0.0/24", ICMP, icmp=(8, 0)),
        rule(100, "allow", "10.1.0.0/16", ICMP, icmp=(8, -1)),
    ]
    ruling = decide(entries, Direction.INGRESS, ICMP, echo, PEER)
    assert ruling.on_every_port == PEER - Addresses.of("10.1.0.0/24")
    assert decide(entries, Direction.INGRESS, ICMP, (0, 0), PEER).on_some_port == NOTHING
    all_codes = decide(entries[1:], Direction.INGRESS, ICMP, (8 * 256, 9 * 256), PEER)
    assert [(found.allows, found.ports) for found in all_codes.decisions] == [
        (True, (2048, 2303)),
        (False, (2304, 2304)),
    ]
    entries = [rule(100, "allow", "10.1.0.0/16", ICMP, icmp=(-1, -1))]
    assert decide(entries, Direction.INGRESS, ICMP, ALL_PORTS, PEER).on_every_port == PEER


def test_types_and_codes_of_icmpv6_count_on_an_ipv6_block_only() -> None:
    both = Addresses.of("10.1.0.0/16", "2001:db8::/56")
    entries = [
        rule(100, "allow", "10.1.0.0/16", ICMPV6, icmp=(128, 0)),
        rule(101, "allow", "2001:db8::/56", ICMPV6, icmp=(128, 0)),
    ]
    ruling = decide(entries, Direction.INGRESS, ICMPV6, ALL_PORTS, both)
    assert ruling.on_every_port == PEER
    assert ruling.on_some_port == both


@pytest.mark.parametrize(
    "allowed",
    [
        pytest.param(rule(100, "allow", "10.1.0.0/16", TCP, (22, 22)), id="one port"),
        pytest.param(rule(100, "allow", "10.1.0.0/16", ICMP, icmp=(8, 0)), id="ping"),
        pytest.param(rule(100, "allow", "10.1.0.0/16", "50"), id="a protocol without ports"),
        pytest.param(rule(100, "allow", "10.1.0.0/16"), id="all protocols"),
    ],
)
def test_one_packet_that_passes_is_something(allowed: NetworkAclEntry) -> None:
    assert something_allowed([allowed, DENY_THE_REST], Direction.INGRESS, PEER) == PEER
    denied = rule(90, "deny", "10.1.0.0/16", allowed.protocol or "")
    assert something_allowed([denied, allowed, DENY_THE_REST], Direction.INGRESS, PEER) == NOTHING
    assert something_allowed([allowed, DENY_THE_REST], Direction.EGRESS, PEER) == NOTHING


def test_denying_each_named_protocol_leaves_the_others() -> None:
    entries = [rule(90, "deny", "0.0.0.0/0", TCP), rule(91, "deny", "0.0.0.0/0", UDP), rule(100, "allow", "0.0.0.0/0")]
    assert something_allowed(entries, Direction.INGRESS, PEER) == PEER


# --- Against single packets -------------------------------------------------------------------------------------------

BLOCKS = ("10.0.0.0/28", "10.0.0.0/29", "10.0.0.8/29", "10.0.0.4/30", "10.0.0.5/32", "0.0.0.0/0", "fd00::/125", "::/0")
UNIVERSE = [str(each) for block in ("10.0.0.0/28", "fd00::/125") for each in ipaddress.ip_network(block)]
FIRST, LAST = 100, 112


@st.composite
def acl_entries(draw: st.DrawFn) -> list[NetworkAclEntry]:
    numbers = draw(st.lists(st.integers(1, 60), unique=True, max_size=7))
    return [
        rule(
            number,
            draw(st.sampled_from(["allow", "deny"])),
            draw(st.sampled_from(BLOCKS)),
            draw(st.sampled_from(["-1", "6", "17", "50"])),
            (min(ends), max(ends)),
            egress=draw(st.booleans()),
        )
        for number in numbers
        for ends in [draw(st.tuples(st.integers(FIRST - 3, LAST + 3), st.integers(FIRST - 3, LAST + 3)))]
    ]


def decided_by(
    entries: Iterable[NetworkAclEntry], egress: bool, protocol: str, port: int, address: str
) -> NetworkAclEntry | None:
    for number in range(1, 61):
        for entry in entries:
            if entry.rule_number != number or entry.egress != egress or entry.protocol not in ("-1", protocol):
                continue
            if entry.protocol in ("6", "17"):
                assert entry.port_range is not None
                if port not in range(entry.port_range.first or 0, (entry.port_range.last or 0) + 1):
                    continue
            block = ipaddress.ip_network(entry.cidr_block or entry.ipv6_cidr_block or "")
            if ipaddress.ip_address(address) in block:
                return entry
    return None


def passes(entries: Iterable[NetworkAclEntry], egress: bool, protocol: str, port: int, address: str) -> bool:
    entry = decided_by(entries, egress, protocol, port, address)
    return entry is not None and entry.rule_action == "allow"


@given(acl_entries(), st.booleans(), st.sampled_from(["6", "17", "50"]))
def test_every_packet_is_decided_by_the_rule_that_a_reading_of_single_packets_finds(
    entries: list[NetworkAclEntry], egress: bool, protocol: str
) -> None:
    direction = Direction.EGRESS if egress else Direction.INGRESS
    ruling = decide(entries, direction, protocol, (FIRST, LAST), Addresses.of(*UNIVERSE))
    for address in UNIVERSE:
        for port in range(FIRST, LAST + 1):
            found = [
                decision.entry
                for decision in ruling.decisions
                if decision.ports[0] <= port <= decision.ports[1] and address in decision.addresses
            ]
            assert found == [decided_by(entries, egress, protocol, port, address)]
        each = [passes(entries, egress, protocol, port, address) for port in range(FIRST, LAST + 1)]
        assert (address in ruling.on_every_port) == all(each)
        assert (address in ruling.on_some_port) == any(each)


@given(acl_entries(), st.booleans())
def test_something_is_allowed_where_a_single_packet_passes(entries: list[NetworkAclEntry], egress: bool) -> None:
    allowed = something_allowed(entries, Direction.EGRESS if egress else Direction.INGRESS, Addresses.of(*UNIVERSE))
    ports = range(FIRST - 4, LAST + 5)
    for address in UNIVERSE:
        some = any(
            passes(entries, egress, protocol, port, address) for protocol in ("6", "17", "50", "99") for port in ports
        )
        assert (address in allowed) == some
