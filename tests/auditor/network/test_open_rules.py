import pytest

from auditor.network.open_rules import OpenRules, open_rules
from auditor.network.traffic import HTTPS
from tests.networks import network_of
from tests.world import ABSENT, Permission, World, allow


def asked(*rules: Permission, every_port: bool = False, any_port: bool = False, six: bool = False) -> OpenRules:
    seen = World()
    vpc = seen.vpc("vpc-a", "10.0.0.0/16", *(["2001:db8::/56"] if six else []))
    seen.prefix_list("pl-halves", ["0.0.0.0/1", "128.0.0.0/1"])
    seen.prefix_list("pl-own", ["10.0.0.0/8", "172.16.0.0/12"])
    seen.prefix_list("pl-hidden", readable=False)
    seen.security_group("sg-1", vpc, rules)
    network = network_of(seen)
    ports = None if every_port or any_port else (HTTPS,)
    return open_rules(network, network.security_groups["sg-1"], ports=ports, every_port=every_port)


@pytest.mark.parametrize(
    ("sources", "guilty"),
    [
        (["0.0.0.0/0"], ["0.0.0.0/0"]),
        (["::/0"], ["::/0"]),
        (["2000::/3"], ["2000::/3"]),
        (["0.0.0.0/0", "10.0.0.0/16"], ["0.0.0.0/0"]),
        (["0.0.0.0/1"], ["0.0.0.0/1"]),
        (["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/1", "128.0.0.0/1"]),
        (["0.0.0.0/2", "64.0.0.0/2"], ["0.0.0.0/2", "64.0.0.0/2"]),
        (["128.0.0.0/2", "192.0.0.0/3"], ["128.0.0.0/2", "192.0.0.0/3"]),
        (["pl-halves"], ["pl-halves"]),
        (["pl-halves", "pl-hidden"], ["pl-halves"]),
    ],
)
def test_all_addresses_of_a_family_or_half_of_them_are_everybody(sources: list[str], guilty: list[str]) -> None:
    found = asked(allow("tcp", 443, *sources))
    assert (found.everybody, list(found.sources), found.missing) == (True, guilty, None)
    assert found.shown == tuple(f"tcp 443 from {source}" for source in guilty)


@pytest.mark.parametrize(
    "sources",
    [
        ["10.0.0.0/8"],
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        ["0.0.0.0/2", "128.0.0.0/2"],
        ["2001:db8::/32"],
        ["pl-own"],
        ["sg-1"],
    ],
)
def test_less_than_half_of_all_addresses_is_not_everybody(sources: list[str]) -> None:
    assert asked(allow("tcp", 443, *sources)) == OpenRules(False, (), (), None)


def test_rules_for_one_port_count_together_whatever_else_they_are_for() -> None:
    found = asked(allow("tcp", (400, 500), "0.0.0.0/2"), allow("all", None, "64.0.0.0/2"))
    assert found.shown == ("all traffic from 64.0.0.0/2", "tcp 400-500 from 0.0.0.0/2")


@pytest.mark.parametrize("rule", [allow("tcp", 80, "0.0.0.0/0"), allow("udp", 443, "0.0.0.0/0")])
def test_rules_for_other_ports_do_not_count(rule: Permission) -> None:
    assert not asked(rule).everybody


@pytest.mark.parametrize(
    ("rule", "every_port", "any_port"),
    [
        (allow("all", None, "0.0.0.0/0"), True, True),
        (allow("tcp", None, "0.0.0.0/0"), True, True),
        (allow("tcp", (1, 65535), "0.0.0.0/0"), True, True),
        (allow("6", None, "0.0.0.0/0"), True, True),
        (allow("tcp", (443, 65535), "0.0.0.0/0"), False, True),
        (allow("udp", None, "0.0.0.0/0"), False, True),
        (allow("icmp", None, "0.0.0.0/0"), False, False),
    ],
)
def test_every_port_is_all_of_tcp_and_any_is_one_of_tcp_or_udp(
    rule: Permission, every_port: bool, any_port: bool
) -> None:
    assert asked(rule, every_port=True).everybody is every_port
    assert asked(rule, any_port=True).everybody is any_port


def test_a_list_that_cannot_be_read_may_hold_everybody() -> None:
    found = asked(allow("tcp", 443, "pl-hidden", "10.0.0.0/8"))
    assert not found.everybody
    assert found.missing
    assert [cause.action for cause in found.missing.causes] == ["ec2:GetManagedPrefixListEntries"]


def test_a_list_of_a_rule_for_another_port_matters_to_nobody() -> None:
    assert asked(allow("tcp", 80, "pl-hidden")).missing is None


def test_rules_that_aws_left_out_may_let_everybody_in() -> None:
    seen = World()
    seen.security_group("sg-1", seen.vpc("vpc-a", "10.0.0.0/16"))
    seen.change("ec2:DescribeSecurityGroups", "sg-1", IpPermissions=ABSENT)
    network = network_of(seen)
    assert open_rules(network, network.security_groups["sg-1"]).missing
