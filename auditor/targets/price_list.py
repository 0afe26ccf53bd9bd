"""Today's prices, from the AWS Price List API.

Source: https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

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


def prices_of_today(profile: str | None) -> PriceTable:
    """The prices of every Region as AWS lists them now, asked by a profile, None for the default credentials.

    TargetError where the profile leads to no account, or AWS answers no price.
    """
    caller = enter_profile(profile, ())
    try:
        products = [json.loads(product) for product in _products(caller)]
    except Exception as error:
        reason = shown(call_error(error, caller.credentials))
        raise TargetError(
            f"the prices cannot be read from account {caller.account} ({reason}): allow {ACTION}, and start from a "
            "profile of the partition aws"
        ) from error
    regions: dict[str, dict[str, Any]] = defaultdict(dict)
    for product in products:
        attributes = product["product"]["attributes"]
        member = _member(attributes.get("usagetype", ""))
        tiers = _tiers(product)
        if member is None or not tiers or not attributes.get("regionCode"):
            continue
        regions[attributes["regionCode"]][member] = tiers if member == "interface_endpoint_gb" else tiers[0].usd
    if not regions:
        raise TargetError("AWS lists no price of a NAT gateway or an interface endpoint: try again later")
    return PriceTable(
        as_of=max(product.get("publicationDate", "")[:10] for product in products),
        source=_SOURCE,
        regions={region: RegionPrices(**prices) for region, prices in sorted(regions.items())},
    )


def _products(caller: Caller) -> Iterator[str]:
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
            yield from page["PriceList"]


def _member(usage: str) -> str | None:
    return next((member for pattern, member in _USAGES.items() if pattern.fullmatch(usage)), None)


def _tiers(product: Mapping[str, Any]) -> tuple[Tier, ...]:
    """The prices in US dollars by what is used in a month, the first gigabytes or hours first."""
    dimensions = [
        dimension
        for term in product.get("terms", {}).get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
        if "USD" in dimension["pricePerUnit"]
    ]
    return tuple(
        Tier(
            usd=float(each["pricePerUnit"]["USD"]),
            up_to_gb=None if each["endRange"] == "Inf" else float(each["endRange"]),
        )
        for each in sorted(dimensions, key=lambda each: float(each["beginRange"]))
    )
