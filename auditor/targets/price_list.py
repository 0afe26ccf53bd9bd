"""Today's prices, from the AWS Price List API.

Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from auditor.collect import call_error, read_only_client
from auditor.prices import PriceTable, RegionPrices, Tier
from auditor.targets.profiles import ATTEMPTS, Caller, enter_profile, shown
from auditor.targets.selection import TargetError

ACTION = "pricing:GetProducts"

_PLACE = "us-east-1"
"""One of the three Regions that answer. https://docs.aws.amazon.com/general/latest/gr/billing.html"""

_SOURCE = "AWS Price List API"

_FAMILIES = (("AmazonEC2", "NAT Gateway"), ("AmazonVPC", "VpcEndpoint"))

# A usage type begins with an abbreviation of its Region, but for the first one's. Regional NAT gateways, endpoints of
# Gateway Load Balancers and so on have usage types that begin or end otherwise.
_USAGES = {
    re.compile(r"(?:[A-Z]{2,4}[0-9]*-)?NatGateway-Hours"): "nat_gateway_hour",
    re.compile(r"(?:[A-Z]{2,4}[0-9]*-)?NatGateway-Bytes"): "nat_gateway_gb",
    re.compile(r"(?:[A-Z]{2,4}[0-9]*-)?VpcEndpoint-Hours"): "interface_endpoint_hour",
    re.compile(r"(?:[A-Z]{2,4}[0-9]*-)?VpcEndpoint-Bytes"): "interface_endpoint_gb",
}


class _Product(msgspec.Struct):
    attributes: Mapping[str, str]


class _Dimension(msgspec.Struct, rename="camel"):
    """A price, and from which to which use of a month it holds."""

    begin_range: str
    end_range: str
    price_per_unit: Mapping[str, str]


class _Term(msgspec.Struct, rename="camel"):
    price_dimensions: Mapping[str, _Dimension]


class _Terms(msgspec.Struct, rename="pascal"):
    on_demand: Mapping[str, _Term] = {}


class _Item(msgspec.Struct, rename="camel"):
    """An item of the list: what is sold, and for how much."""

    product: _Product
    terms: _Terms
    publication_date: str

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The prices in US dollars by what is used in a month, the first gigabytes or hours first."""
        dimensions = [
            dimension
            for term in self.terms.on_demand.values()
            for dimension in term.price_dimensions.values()
            if "USD" in dimension.price_per_unit
        ]
        return tuple(
            Tier(
                usd=float(each.price_per_unit["USD"]),
                up_to_gb=None if each.end_range == "Inf" else float(each.end_range),
            )
            for each in sorted(dimensions, key=lambda each: float(each.begin_range))
        )


def prices_of_today(profile: str | None) -> PriceTable:
    """The prices of every Region as AWS lists them now, asked by a profile, None for the default credentials.

    TargetError where the profile leads to no account, or AWS answers no price.
    """
    caller = enter_profile(profile, ())
    regions: dict[str, dict[str, object]] = defaultdict(dict)
    as_of = ""
    try:
        for item in _items(caller):
            attributes, tiers = item.product.attributes, item.tiers
            member = _member(attributes.get("usagetype", ""))
            if member and tiers and (region := attributes.get("regionCode")):
                regions[region][member] = tiers if member == "interface_endpoint_gb" else tiers[0].usd
                as_of = max(as_of, item.publication_date[:10])
    # Whatever goes wrong on the way, in botocore or in a list of another shape, leaves no prices.
    except Exception as error:
        reason = shown(call_error(error, caller.credentials))
        raise TargetError(
            f"the prices cannot be read from account {caller.account} ({reason}): allow {ACTION}, and start from a "
            "profile of the partition aws"
        ) from error
    if not regions:
        raise TargetError("AWS lists no price of a NAT gateway or an interface endpoint: try again later")
    found = {region: msgspec.convert(prices, RegionPrices) for region, prices in sorted(regions.items())}
    return PriceTable(as_of=as_of, source=_SOURCE, regions=found)


def _items(caller: Caller) -> Iterator[_Item]:
    client = read_only_client(
        caller.session,
        "pricing",
        _PLACE,
        operations={"GetProducts"},
        credentials=caller.credentials,
        attempts=ATTEMPTS,
    )
    for service, family in _FAMILIES:
        filters = [{"Type": "TERM_MATCH", "Field": "productFamily", "Value": family}]
        for page in client.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters):
            yield from (msgspec.json.decode(item, type=_Item) for item in page["PriceList"])


def _member(usage: str) -> str | None:
    return next((member for pattern, member in _USAGES.items() if pattern.fullmatch(usage)), None)
