import json
from typing import Any

import pytest

from auditor.network.policies.documents import Policy, read_policy
from auditor.network.policies.exposure import Place, Stopped, exposure
from auditor.network.policies.perimeter import (
    Bounds,
    is_kept_by_aws,
    kept_by_aws,
    perimeter_denials,
    perimeter_policy,
)
from auditor.network.policies.requests import ANONYMOUS, SERVICE, Request, passes

ORGANIZATION, TRUSTED = "o-own1234567", "444444444444"
SERVICES = ["dynamodb", "firehose", "kinesis", "kms", "logs", "s3", "secretsmanager", "sns", "sqs", "ssm", "sts"]
BOUNDS = [Bounds(ORGANIZATION), Bounds(ORGANIZATION, (TRUSTED,))]
FULL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def policy(document: object) -> Policy:
    read = read_policy(json.dumps(document))
    assert isinstance(read, Policy)
    return read


def written(service: str, bounds: Bounds = BOUNDS[0], region: str = "eu-west-1", partition: str = "aws") -> Policy:
    return policy(perimeter_policy(service, region, partition, bounds))


def denied(service: str, bounds: Bounds = BOUNDS[0]) -> Policy:
    denials = perimeter_denials(service, "eu-west-1", "aws", bounds)
    assert denials is not None
    return policy({"Version": "2012-10-17", "Statement": [FULL, *denials]})


@pytest.mark.parametrize("gateway", [True, False])
@pytest.mark.parametrize("bounds", BOUNDS, ids=["the organization", "and a trusted account"])
@pytest.mark.parametrize("service", SERVICES)
def test_the_policy_of_a_remedy_bounds_identities_and_resources(service: str, bounds: Bounds, gateway: bool) -> None:
    found = exposure(written(service, bounds), Place(gateway=gateway, service=service, region="eu-west-1"))
    assert (found.verdict, found.bounds) == ("bounded", ("identity", "resource"))


@pytest.mark.parametrize("bounds", BOUNDS, ids=["the organization", "and a trusted account"])
@pytest.mark.parametrize("service", [service for service in SERVICES if service != "sts"])
def test_the_denials_of_a_remedy_bound_an_open_policy(service: str, bounds: Bounds) -> None:
    found = exposure(denied(service, bounds), Place(service=service, region="eu-west-1"))
    assert (found.verdict, found.bounds) == ("bounded", ("identity", "resource"))


def test_denials_of_one_half_bound_that_one() -> None:
    place = Place(service="s3", region="eu-west-1")
    inward, outward = (BOUNDS[0].only(identity=half, resource=not half) for half in (True, False))
    assert exposure(denied("s3", inward), place).bounds == ("identity",)
    assert exposure(denied("s3", outward), place).bounds == ("resource",)


def request(principal: str, resource: str, **keys: str) -> Request:
    account = principal.split(":")[4] if principal.count(":") > 4 else ""
    absent: dict[str, tuple[str, ...]] = dict.fromkeys(
        ("aws:principalorgid", "aws:resourceorgid", "aws:resourceaccount"), ()
    )
    context = {key.replace("_", ":"): (value,) for key, value in keys.items()}
    service = ("true",) if principal == SERVICE else ("false",) if account else ()
    own = {"aws:principalaccount": (account,) if account else (), "aws:principalisawsservice": service}
    return Request(principal, "s3:GetObject", resource, {**absent, **own, **context})


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/app"


OURS = {"aws_resourceorgid": ORGANIZATION, "aws_resourceaccount": "111111111111"}
MEMBER = {"aws_principalorgid": ORGANIZATION}
NEEDED = [
    pytest.param(request(role("111111111111"), "arn:aws:s3:::own/key", **MEMBER, **OURS), id="the organization's own"),
    pytest.param(
        request(role("111111111111"), "arn:aws:s3:::theirs/key", **MEMBER, aws_resourceaccount=TRUSTED),
        id="resources of a trusted account",
    ),
    pytest.param(request(role(TRUSTED), "arn:aws:s3:::own/key", **OURS), id="principals of a trusted account"),
    pytest.param(
        request(SERVICE, "arn:aws:s3:::cloudformation-waitcondition-eu-west-1/x", aws_resourceaccount="999999999999"),
        id="a service of AWS, at a bucket of its own",
    ),
    pytest.param(
        request(ANONYMOUS, "arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/core/x", aws_resourceaccount="999999999999"),
        id="packages, unsigned",
    ),
    pytest.param(
        request(ANONYMOUS, "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/x", aws_resourceaccount="999999999999"),
        id="a layer of an image in ECR, by a signature of AWS's",
    ),
    pytest.param(
        request(ANONYMOUS, "arn:aws:s3:::patch-baseline-snapshot-eu-west-1/x", aws_resourceaccount="999999999999"),
        id="patches for Systems Manager",
    ),
]


@pytest.mark.parametrize("needed", NEEDED)
def test_what_the_organization_and_awss_services_need_passes(needed: Request) -> None:
    for found in (written("s3", BOUNDS[1]), denied("s3", BOUNDS[1])):
        assert passes(found, needed, gateway=True) is True


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(request(role("999999999999"), "arn:aws:s3:::own/key", **OURS), id="a stranger at the own"),
        pytest.param(
            request(role("111111111111"), "arn:aws:s3:::x/key", **MEMBER, aws_resourceaccount="999999999999"),
            id="the own at a stranger's",
        ),
        pytest.param(
            request(role("999999999999"), "arn:aws:s3:::x/key", aws_resourceaccount="999999999999"),
            id="a stranger at a stranger's",
        ),
        pytest.param(request(ANONYMOUS, "arn:aws:s3:::own/key", **OURS), id="unsigned at the own"),
    ],
)
def test_what_harms_does_not(harm: Request) -> None:
    for found in (written("s3", BOUNDS[1]), denied("s3", BOUNDS[1])):
        assert passes(found, harm, gateway=True) is False


def test_public_parameters_and_documents_stay_within_reach() -> None:
    parameter = "arn:aws:ssm:eu-west-1::parameter/aws/service/ami"
    asked = Request(role("111111111111"), "ssm:GetParameter", parameter, request(role("1"), "", **MEMBER).context)
    for found in (written("ssm"), denied("ssm")):
        assert passes(found, asked, gateway=False) is True


def test_the_names_are_those_of_the_region_and_its_partition() -> None:
    assert "arn:aws-cn:s3:::amazon-ssm-cn-north-1/*" in kept_by_aws("s3", "cn-north-1", "aws-cn")
    place = Place(service="s3", partition="aws-cn", region="cn-north-1")
    assert exposure(written("s3", region="cn-north-1", partition="aws-cn"), place).verdict == "bounded"


def test_no_policy_is_written_where_it_is_not_known_what_aws_keeps() -> None:
    assert perimeter_policy("ec2", "eu-west-1", "aws", BOUNDS[0]) is None
    assert perimeter_denials("ec2", "eu-west-1", "aws", BOUNDS[0]) is None
    # Roles are taken on by those who have no organization yet, so no denial can ask for one.
    assert perimeter_denials("sts", "eu-west-1", "aws", BOUNDS[0]) is None


def test_policies_are_short_enough_for_aws() -> None:
    many = Bounds(ORGANIZATION, tuple(f"{number:012}" for number in range(100)))
    assert len(json.dumps(perimeter_policy("s3", "ap-southeast-2", "aws", many))) < 20_480


@pytest.mark.parametrize(
    ("bucket", "kept"),
    [
        ("amazon-ssm-eu-west-1", True),
        ("prod-ap-southeast-2-starport-layer-bucket", True),
        ("repo.us-gov-west-1.amazonaws.com", True),
        ("amazoncloudwatch-agent", True),
        ("cloudformation-custom-resource-response-euwest1", True),
        ("amazon-ssm-stranger", False),
        ("amazon-ssm-", False),
        ("my-amazon-ssm-eu-west-1", False),
        ("own-bucket", False),
    ],
)
def test_buckets_of_awss_are_known_by_their_names(bucket: str, kept: bool) -> None:
    assert is_kept_by_aws(bucket) is kept


def test_every_named_resource_of_a_remedy_is_one_that_aws_keeps() -> None:
    buckets = [arn.removeprefix("arn:aws:s3:::").removesuffix("/*") for arn in kept_by_aws("s3", "eu-west-1", "aws")]
    assert buckets
    assert all(map(is_kept_by_aws, buckets))


def test_a_stranger_is_stopped_by_the_statement_that_asks_for_the_organization() -> None:
    stopped: Any = exposure(denied("kms"), Place(service="kms")).strangers
    assert stopped == Stopped(
        ('statement 2 ("OnlyPrincipalsOfOrganization")', 'statement 3 ("OnlyResourcesOfOrganization")')
    )
