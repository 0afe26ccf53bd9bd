"""AWS's partitions: what differs between the commercial Regions, China, GovCloud and the isolated ones.

Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class _Partition:
    prefix: str
    """How the names of its Regions begin; empty where they have nothing in common."""
    first: str
    """The Region in which its services without a Region are."""


_PARTITIONS = {
    "aws": _Partition("", "us-east-1"),
    "aws-cn": _Partition("cn-", "cn-northwest-1"),
    "aws-us-gov": _Partition("us-gov-", "us-gov-west-1"),
    "aws-iso": _Partition("us-iso-", "us-iso-east-1"),
    "aws-iso-b": _Partition("us-isob-", "us-isob-east-1"),
    "aws-iso-e": _Partition("eu-isoe-", "eu-isoe-west-1"),
    "aws-iso-f": _Partition("us-isof-", "us-isof-south-1"),
    "aws-eusc": _Partition("eusc-", "eusc-de-east-1"),
}

PARTITIONS = tuple(_PARTITIONS)

_DOMAINS = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "aws",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
"""The domains in which AWS names its services and what they make, such as a load balancer."""


def partition_of(region: str) -> str:
    """The partition that a Region belongs to, as ARNs name it."""
    found = (name for name, each in _PARTITIONS.items() if each.prefix and region.startswith(each.prefix))
    return next(found, "aws")


def first_region(partition: str) -> str:
    """The Region of a partition that every account has enabled and that answers what has no Region."""
    return _PARTITIONS[partition].first


def ec2_arn(region: str, account: str, resource_type: str, resource_id: str) -> str:
    """The ARN of a resource of Amazon EC2 or Amazon VPC."""
    return f"arn:{partition_of(region)}:ec2:{region}:{account}:{resource_type}/{resource_id}"


def role_arn(partition: str, account: str, path: str, name: str) -> str:
    """The ARN of a role; ``path`` begins and ends with a slash."""
    return f"arn:{partition}:iam::{account}:role{path}{name}"


def is_aws_domain(name: str) -> bool:
    """Whether a DNS name is one of AWS's own domains or lies in one."""
    plain = name.rstrip(".").lower()
    return any(plain == domain or plain.endswith(f".{domain}") for domain in _DOMAINS)
