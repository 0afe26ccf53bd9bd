"""What AWS asks for NAT gateways and interface endpoints, in US dollars, and what a use of them costs in a month.

The table that ships with the program says of when it is and where its numbers come from. ``vpc-auditor prices
--refresh`` asks AWS for a new one, and ``auditor.toml`` can name that file, or single prices that were agreed with AWS.

Sources: https://aws.amazon.com/privatelink/pricing/ and https://aws.amazon.com/vpc/pricing/
"""

import functools
import itertools
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import msgspec

SCHEMA = 1

HOURS_A_MONTH = 730
"""The hours of a month in AWS's own estimates: a year's 8,760, by twelve."""

GIGABYTE = 2**30
"""In bytes: AWS bills a gigabyte as 2^30 of them."""


class PriceError(Exception):
    """A table of prices cannot be used. Its text is one line that names the file and the place."""


class Tier(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The price of the gigabytes of a month from those of the tier before up to ``up_to_gb``."""

    usd: float
    up_to_gb: float | None = None
    """Where the tier ends; None for the last."""


class RegionPrices(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True, kw_only=True):
    """The prices of a Region. What is None is not known: nothing is reckoned with it."""

    nat_gateway_hour: float | None = None
    nat_gateway_gb: float | None = None
    interface_endpoint_hour: float | None = None
    """For each Availability Zone that an endpoint stands in."""
    interface_endpoint_gb: tuple[Tier, ...] | None = None
    """The tiers count what all interface endpoints of an account process in the Region in a month."""


class PriceTable(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The prices of each Region."""

    schema: int = SCHEMA
    as_of: str
    """The day of which the prices are, in ISO 8601."""
    source: str
    """Where they come from, as findings say it."""
    regions: Mapping[str, RegionPrices]

    def of(self, region: str) -> RegionPrices:
        """The prices of a Region; all unknown where the table does not hold it."""
        return self.regions.get(region, _UNKNOWN)


_UNKNOWN = RegionPrices()


@functools.cache
def packaged() -> PriceTable:
    """The table that ships with the program."""
    return _table("prices.json", resources.files("auditor").joinpath("prices.json").read_bytes())


def read(path: Path) -> PriceTable:
    """The table of a file that ``vpc-auditor prices --refresh`` wrote; PriceError where it holds none."""
    try:
        return _table(str(path), path.read_bytes())
    except OSError as error:
        raise PriceError(f"{path}: cannot be read: {error.strerror}") from error


def written(table: PriceTable) -> str:
    """A table as a file holds it, a line for each Region."""
    plain = msgspec.to_builtins(table)
    regions = ",\n".join(
        f"    {json.dumps(region)}: {json.dumps(plain['regions'][region], sort_keys=True)}"
        for region in sorted(plain["regions"])
    )
    head = "".join(f"  {json.dumps(name)}: {json.dumps(plain[name])},\n" for name in ("schema", "as_of", "source"))
    return f'{{\n{head}  "regions": {{\n{regions}\n  }}\n}}\n'


def overridden(table: PriceTable, agreed: Mapping[str, Mapping[str, float]]) -> PriceTable:
    """A table with single prices of some Regions in the place of its own. A price of gigabytes has no tiers then."""
    regions = dict(table.regions)
    for region, prices in agreed.items():
        changed: dict[str, object] = dict(prices)
        if "interface_endpoint_gb" in prices:
            changed["interface_endpoint_gb"] = (Tier(usd=prices["interface_endpoint_gb"]),)
        regions[region] = msgspec.structs.replace(table.of(region), **changed)
    return msgspec.structs.replace(table, regions=regions)


def cost_of(gigabytes: float, tiers: tuple[Tier, ...]) -> float:
    """What the gigabytes of a month cost, each at the price of its tier."""
    cost = start = 0.0
    for tier in tiers:
        end = gigabytes if tier.up_to_gb is None else min(gigabytes, tier.up_to_gb)
        cost += max(0.0, end - start) * tier.usd
        start = max(start, end)
    return cost


def _rise(tiers: tuple[Tier, ...]) -> bool:
    """Whether each tier ends above the one before, and the last has no end."""
    *bounded, last = tiers
    ends = [0.0, *(tier.up_to_gb or 0.0 for tier in bounded)]
    return last.up_to_gb is None and all(start < end for start, end in itertools.pairwise(ends))


def _table(name: str, content: bytes) -> PriceTable:
    try:
        table = msgspec.json.decode(content, type=PriceTable)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        what = str(error).replace("`", "")
        raise PriceError(f"{name}: is no table of prices: {what[:1].lower()}{what[1:]}") from error
    if table.schema != SCHEMA:
        raise PriceError(f"{name}: has schema {table.schema}, and this version reads {SCHEMA}: refresh it")
    for region, prices in table.regions.items():
        tiers = prices.interface_endpoint_gb or ()
        numbers = [prices.nat_gateway_hour, prices.nat_gateway_gb, prices.interface_endpoint_hour]
        numbers += [tier.usd for tier in tiers]
        if any(number is not None and not 0 <= number < float("inf") for number in numbers):
            raise PriceError(f"{name}: $.regions.{region}: a price is below nothing")
        if prices.interface_endpoint_gb is not None and not (tiers and _rise(tiers)):
            raise PriceError(f"{name}: $.regions.{region}.interface_endpoint_gb: tiers rise, and the last has no end")
    return table
