import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import prices
from auditor.prices import PriceError, RegionPrices, Tier, cost_of, overridden, packaged, read, written

TIERS = (Tier(usd=0.01, up_to_gb=1000.0), Tier(usd=0.006, up_to_gb=5000.0), Tier(usd=0.004))


def table(**changes: Any) -> dict[str, Any]:
    whole = {
        "schema": 1,
        "as_of": "2026-11-01",
        "source": "somewhere",
        "regions": {"eu-west-1": {"nat_gateway_gb": 0.05}},
    }
    return whole | changes


# --- Tiers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gigabytes", "cost"),
    [(0, 0), (1, 0.01), (1000, 10), (1001, 10.006), (5000, 34), (6000, 38)],
)
def test_each_gigabyte_costs_what_its_tier_says(gigabytes: float, cost: float) -> None:
    assert cost_of(gigabytes, TIERS) == pytest.approx(cost)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_gigabytes_never_cost_less_nor_more_than_the_first_ones_do(some: float, more: float) -> None:
    assert cost_of(some, TIERS) <= cost_of(some + more, TIERS) + 1e-6
    assert cost_of(some + more, TIERS) <= (some + more) * TIERS[0].usd + 1e-6


# --- The table that ships ---------------------------------------------------------------------------------------------


def test_the_table_that_ships_says_of_when_it_is_and_where_it_is_from() -> None:
    shipped = packaged()
    assert len(shipped.as_of) == len("2026-11-01")
    assert shipped.source
    assert shipped.of("us-east-1") == RegionPrices(
        nat_gateway_hour=0.045,
        nat_gateway_gb=0.045,
        interface_endpoint_hour=0.01,
        interface_endpoint_gb=(
            Tier(usd=0.01, up_to_gb=1024.0**2),
            Tier(usd=0.006, up_to_gb=5 * 1024.0**2),
            Tier(usd=0.004),
        ),
    )


def test_of_a_region_that_it_does_not_hold_no_price_is_known() -> None:
    assert packaged().of("xx-nowhere-1") == RegionPrices()


# --- Files ------------------------------------------------------------------------------------------------------------


def test_a_table_reads_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text(written(packaged()), encoding="utf-8")
    assert read(file) == packaged()
    assert written(read(file)) == written(packaged())


def test_a_file_holds_a_line_for_each_region() -> None:
    lines = written(packaged()).splitlines()
    assert len([line for line in lines if line.startswith('    "')]) == len(packaged().regions)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is no table of prices: input data was truncated"),
        ("[]", "is no table of prices: expected object, got array"),
        (json.dumps({"schema": 1}), "is no table of prices: object missing required field as_of"),
        (json.dumps(table(more=1)), "is no table of prices: object contains unknown field more"),
        (json.dumps(table(schema=2)), "has schema 2, and this version reads 1: refresh it"),
        (
            json.dumps(table(regions={"eu-west-1": {"nat_gateway_gb": "0.05"}})),
            "is no table of prices: expected float | null, got str - at $.regions[...].nat_gateway_gb",
        ),
        (
            json.dumps(table(regions={"eu-west-1": {"nat_gateway_gb": -1}})),
            "$.regions.eu-west-1: a price is below nothing",
        ),
        (
            json.dumps(table(regions={"eu-west-1": {"interface_endpoint_gb": [{"usd": 1, "up_to_gb": 5}]}})),
            "$.regions.eu-west-1.interface_endpoint_gb: tiers rise, and the last has no end",
        ),
        (
            json.dumps(
                table(
                    regions={
                        "eu-west-1": {
                            "interface_endpoint_gb": [{"usd": 1, "up_to_gb": 5}, {"usd": 1, "up_to_gb": 5}, {"usd": 1}]
                        }
                    }
                )
            ),
            "$.regions.eu-west-1.interface_endpoint_gb: tiers rise, and the last has no end",
        ),
        *(
            (
                json.dumps(table(regions={"eu-west-1": {"interface_endpoint_gb": tiers}})),
                "$.regions.eu-west-1.interface_endpoint_gb: tiers rise, and the last has no end",
            )
            for tiers in ([], [{"usd": 1, "up_to_gb": -5}, {"usd": 1}], [{"usd": 1}, {"usd": 1}])
        ),
    ],
)
def test_a_file_that_holds_no_table_is_one_line_that_names_it(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "prices.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(PriceError) as error:
        read(file)
    assert str(error.value) == f"{file}: {reason}"


def test_a_file_that_is_not_there_is_one_line_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(PriceError, match=r"nowhere\.json: cannot be read: No such file or directory"):
        read(tmp_path / "nowhere.json")


def test_a_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_bytes(b'{"schema": 1, "as_of": "\xff"}')
    with pytest.raises(PriceError, match="is no table of prices"):
        read(file)


# --- Prices that were agreed with AWS ---------------------------------------------------------------------------------


def test_an_agreed_price_takes_the_place_of_its_own_and_leaves_the_others() -> None:
    agreed = overridden(packaged(), {"us-east-1": {"nat_gateway_gb": 0.02}})
    assert agreed.of("us-east-1").nat_gateway_gb == 0.02
    assert agreed.of("us-east-1").nat_gateway_hour == packaged().of("us-east-1").nat_gateway_hour


def test_an_agreed_price_of_gigabytes_has_no_tiers() -> None:
    agreed = overridden(packaged(), {"us-east-1": {"interface_endpoint_gb": 0.005}})
    assert agreed.of("us-east-1").interface_endpoint_gb == (Tier(usd=0.005),)


def test_a_region_that_the_table_does_not_hold_may_be_agreed_on() -> None:
    agreed = overridden(packaged(), {"xx-nowhere-1": {"nat_gateway_hour": 1.0}})
    assert agreed.of("xx-nowhere-1") == RegionPrices(nat_gateway_hour=1.0)
    assert prices.packaged().of("xx-nowhere-1") == RegionPrices()
