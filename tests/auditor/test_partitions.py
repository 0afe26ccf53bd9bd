from typing import Any

import pytest
from botocore.session import Session

from auditor.partitions import PARTITIONS, ec2_arn, first_region, is_aws_domain, partition_of, role_arn

KNOWN = Session().get_component("data_loader").load_data("partitions")["partitions"]


def test_every_partition_that_botocore_knows_is_there() -> None:
    assert sorted(PARTITIONS) == sorted(each["id"] for each in KNOWN)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["id"])
def test_the_first_region_is_the_one_in_which_botocore_asks_what_has_no_region(
    known: dict[str, Any],
) -> None:
    assert first_region(known["id"]) == known["outputs"]["implicitGlobalRegion"]


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["id"])
def test_every_region_that_botocore_knows_is_in_its_partition(known: dict[str, Any]) -> None:
    regions = [region for region in known["regions"] if not region.endswith("-global")]
    assert {partition_of(region) for region in regions} == {known["id"]}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_arns_name_the_partition(partition: str) -> None:
    region = first_region(partition)
    assert ec2_arn(region, "111111111111", "vpc", "vpc-1") == f"arn:{partition}:ec2:{region}:111111111111:vpc/vpc-1"
    assert role_arn(partition, "111111111111", "/a/", "audit") == f"arn:{partition}:iam::111111111111:role/a/audit"


def test_a_region_that_nobody_knows_is_taken_for_a_commercial_one() -> None:
    assert partition_of("xx-new-1") == "aws"


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("sqs.eu-west-1.amazonaws.com.", True),
        ("SQS.cn-north-1.amazonaws.com.cn", True),
        ("monitoring.eu-west-1.api.aws", True),
        ("notebook.eu-west-1.sagemaker.aws", True),
        ("amazonaws.com", True),
        ("example.com.", False),
        ("notamazonaws.com", False),
        ("amazonaws.com.example.com", False),
        ("corp.laws", False),
        ("", False),
    ],
)
def test_the_domains_of_awss_own_names(name: str, own: bool) -> None:
    assert is_aws_domain(name) is own
