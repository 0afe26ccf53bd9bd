import json
from typing import Any

import pytest

from auditor.prices import RegionPrices, Tier
from auditor.targets import TargetError, prices_of_today
from tests.hooked_aws import HookedAws, refused

PETABYTE = 1048576.0


def product(usage: str, *prices: tuple[str, str, str], region: str = "eu-west-1", currency: str = "USD") -> str:
    """An item of the price list: a text, with begin, end and price of each tier."""
    dimensions: dict[str, object] = {
        f"SKU.JRTCKXETXF.{number}": {
            "unit": "Hrs" if usage.endswith("Hours") else "GB",
            "beginRange": begin,
            "endRange": end,
            "description": "as AWS says it",
            "appliesTo": [],
            "rateCode": f"SKU.JRTCKXETXF.{number}",
            "pricePerUnit": {currency: price},
        }
        for number, (begin, end, price) in enumerate(prices)
    }
    return json.dumps(
        {
            "product": {
                "productFamily": "NAT Gateway" if "NatGateway" in usage else "VpcEndpoint",
                "attributes": {"regionCode": region, "usagetype": usage, "locationType": "AWS Region"},
                "sku": "SKU",
            },
            "serviceCode": "AmazonEC2",
            "terms": {
                "OnDemand": {
                    "SKU.JRTCKXETXF": {
                        "priceDimensions": dimensions,
                        "sku": "SKU",
                        "effectiveDate": "2026-11-01T00:00:00Z",
                        "offerTermCode": "JRTCKXETXF",
                        "termAttributes": {},
                    }
                }
            },
            "version": "20261120000000",
            "publicationDate": "2026-11-20T10:00:00Z",
        }
    )


def flat(usage: str, price: str, **where: str) -> str:
    return product(usage, ("0", "Inf", price), **where)


@pytest.fixture
def listed(aws: HookedAws) -> dict[str, list[str]]:
    """What the Price List API answers by the service that it is asked for."""
    products: dict[str, list[str]] = {"AmazonEC2": [], "AmazonVPC": []}

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        found = products[asked["ServiceCode"]]
        at = int(asked.get("NextToken") or 0)
        following = {"NextToken": str(at + 1)} if at + 1 < len(found) else {}
        return {"FormatVersion": "aws_v1", "PriceList": found[at : at + 1], **following}

    aws.replies["GetCallerIdentity"] = {"Account": "111111111111", "Arn": "arn:aws:iam::111111111111:user/me"}
    aws.replies["GetProducts"] = answer
    return products


def test_the_prices_of_each_region_are_read_from_all_pages(listed: dict[str, list[str]], aws: HookedAws) -> None:
    listed["AmazonEC2"] += [
        flat("EU-NatGateway-Hours", "0.0480000000"),
        flat("EU-NatGateway-Bytes", "0.0480000000"),
        flat("NatGateway-Hours", "0.0450000000", region="us-east-1"),
    ]
    listed["AmazonVPC"] += [
        flat("EU-VpcEndpoint-Hours", "0.0110000000"),
        product(
            "EU-VpcEndpoint-Bytes",
            ("5242880", "Inf", "0.0040000000"),
            ("0", "1048576", "0.0100000000"),
            ("1048576", "5242880", "0.0060000000"),
        ),
    ]
    table = prices_of_today(None)
    assert (table.as_of, table.source) == ("2026-11-20", "AWS Price List API")
    assert table.regions == {
        "eu-west-1": RegionPrices(
            nat_gateway_hour=0.048,
            nat_gateway_gb=0.048,
            interface_endpoint_hour=0.011,
            interface_endpoint_gb=(
                Tier(usd=0.01, up_to_gb=PETABYTE),
                Tier(usd=0.006, up_to_gb=5 * PETABYTE),
                Tier(usd=0.004),
            ),
        ),
        "us-east-1": RegionPrices(nat_gateway_hour=0.045),
    }
    assert {call.region for call in aws.calls if call.operation == "GetProducts"} == {"us-east-1"}
    families = {tuple(each["Value"] for each in asked["Filters"]) for asked in aws.named("GetProducts")}
    assert families == {("NAT Gateway",), ("VpcEndpoint",)}


@pytest.mark.parametrize(
    "usage",
    [
        "EU-RegionalNatGateway-Hours",
        "EU-NatGateway-Prvd-Bytes",
        "EU-VpcEndpoint-GWLBE-Hours",
        "EU-VpcEndpoint-GWLBE-Bytes",
        "EU-VpcEndpoint-Hours-Resource",
        "EU-LatticeVpcEndpoint-Hours",
    ],
)
def test_what_else_the_families_hold_is_no_price_of_ours(listed: dict[str, list[str]], usage: str) -> None:
    listed["AmazonEC2"] += [flat("EU-NatGateway-Hours", "0.048"), flat(usage, "9")]
    assert prices_of_today(None).regions == {"eu-west-1": RegionPrices(nat_gateway_hour=0.048)}


@pytest.mark.parametrize("prefix", ["", "EU-", "EUC1-", "USW2-", "APS1-", "UGW1-", "SAE1-"])
def test_a_usage_type_begins_with_its_regions_abbreviation(listed: dict[str, list[str]], prefix: str) -> None:
    listed["AmazonVPC"].append(flat(f"{prefix}VpcEndpoint-Hours", "0.013", region="ap-south-1"))
    assert prices_of_today(None).regions == {"ap-south-1": RegionPrices(interface_endpoint_hour=0.013)}


def test_a_price_in_another_currency_is_not_taken_for_dollars(listed: dict[str, list[str]]) -> None:
    listed["AmazonEC2"] += [
        flat("CNN1-NatGateway-Hours", "0.39", region="cn-north-1", currency="CNY"),
        flat("NatGateway-Hours", "0.045", region="us-east-1"),
    ]
    assert set(prices_of_today(None).regions) == {"us-east-1"}


@pytest.mark.usefixtures("listed")
def test_an_answer_without_a_price_is_said_on_one_line() -> None:
    with pytest.raises(TargetError, match="AWS lists no price of a NAT gateway or an interface endpoint"):
        prices_of_today(None)


@pytest.mark.usefixtures("listed")
def test_a_refusal_names_the_account_the_reason_and_what_to_allow(aws: HookedAws) -> None:
    aws.replies["GetProducts"] = refused("AccessDeniedException", "You are not authorized")
    with pytest.raises(TargetError) as error:
        prices_of_today(None)
    assert str(error.value) == (
        "the prices cannot be read from account 111111111111 (AccessDeniedException: You are not authorized): allow "
        "pricing:GetProducts, and start from a profile of the partition aws"
    )


def test_an_item_that_is_no_price_list_item_is_one_line(listed: dict[str, list[str]]) -> None:
    listed["AmazonEC2"].append("{")
    with pytest.raises(TargetError, match="the prices cannot be read from account 111111111111"):
        prices_of_today(None)


def test_an_item_without_what_every_item_has_is_one_line(listed: dict[str, list[str]]) -> None:
    listed["AmazonEC2"].append("{}")
    with pytest.raises(TargetError, match="the prices cannot be read from account 111111111111"):
        prices_of_today(None)
