"""AWS's partitions: what differs between the commercial Regions, China and GovCloud."""

_PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eusc-": "aws-eusc",
}

PARTITIONS = ("aws", *_PREFIXES.values())


def partition_of(region: str) -> str:
    """The partition that a Region belongs to, as ARNs name it."""
    return next((partition for prefix, partition in _PREFIXES.items() if region.startswith(prefix)), "aws")


def ec2_arn(region: str, account: str, resource_type: str, resource_id: str) -> str:
    """The ARN of a resource of Amazon EC2 or Amazon VPC."""
    return f"arn:{partition_of(region)}:ec2:{region}:{account}:{resource_type}/{resource_id}"
