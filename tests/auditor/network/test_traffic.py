import pytest

from auditor.network.traffic import ports_shown, protocol_number, traffic_shown


@pytest.mark.parametrize(
    ("first", "last", "shown"), [(None, None, "all"), (443, 443, "443"), (0, 65535, "0-65535"), (8, -1, "8--1")]
)
def test_a_range_of_ports_is_shown_as_aws_gives_it(first: int | None, last: int | None, shown: str) -> None:
    assert ports_shown(first, last) == shown


@pytest.mark.parametrize(("protocol", "shown"), [("-1", "all traffic"), ("tcp", "tcp 443"), ("50", "50 443")])
def test_a_rule_for_all_protocols_has_no_ports_to_show(protocol: str, shown: str) -> None:
    assert traffic_shown(protocol, 443, 443) == shown


@pytest.mark.parametrize(("given", "number"), [("tcp", "6"), ("TCP", "6"), ("6", "6"), ("icmpv6", "58"), ("-1", "-1")])
def test_protocols_are_known_by_name_and_by_number(given: str, number: str) -> None:
    assert protocol_number(given) == number
