"""Policies of endpoints, each with what it lets through, by whose doing, and a request that shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.network.policies.exposure import Place

Item = Mapping[str, Any]

OWN, OTHER_OWN, TRUSTED = "111111111111", "222222222222", "444444444444"
ORGANIZATION = "o-own1234567"
STRANGER = "arn:aws:iam::000011112222:role/stranger"
STRANGERS_BUCKET = "arn:aws:s3:::strangers-bucket/object"
S3, S3_INTERFACE = Place(gateway=True, service="s3", region="eu-west-1"), Place(service="s3", region="eu-west-1")
SQS = Place(service="sqs", region="eu-west-1")


@dataclass(frozen=True, kw_only=True)
class Example:
    name: str
    statement: Item | Sequence[Item]
    verdict: str
    bounds: tuple[str, ...] = ()
    by: tuple[int, ...] = ()
    """The statements that keep strangers from resources of strangers, by their numbers."""
    witness: tuple[str, str, str] | None = None
    """The principal, the action and the resource of a request of a stranger at a stranger's resource that passes."""
    reason: str = ""
    """Why it is unknown."""
    context: Mapping[str, str] = field(default_factory=dict)
    """The keys of the witness."""
    place: Place = S3
    version: str = "2012-10-17"


def allow(condition: Item | None = None, **members: Any) -> dict[str, Any]:
    return _statement("Allow", condition, members)


def deny(condition: Item | None = None, **members: Any) -> dict[str, Any]:
    return _statement("Deny", condition, members)


def _statement(effect: str, condition: Item | None, members: Item) -> dict[str, Any]:
    given = dict(members)
    for name in ("Principal", "Action", "Resource"):
        if f"Not{name}" not in given and name not in given:
            given.setdefault(name, "*")
    return {"Effect": effect, **given, **({} if condition is None else {"Condition": condition})}


PUT = (STRANGER, "s3:PutObject", STRANGERS_BUCKET)
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
PERIMETER = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:ResourceOrgID": ORGANIZATION}}
BUCKET = "arn:aws:s3:::own-bucket"
FULL = allow()

EXAMPLES = (
    Example(name="AWS's default policy (G32)", statement=FULL, verdict="open", witness=PUT),
    Example(
        name="an object where a list is usual, and every AWS principal",
        statement=allow(Principal={"AWS": "*"}),
        verdict="open",
        witness=PUT,
    ),
    Example(name="every action of the service", statement=allow(Action="s3:*"), verdict="open", witness=PUT),
    Example(
        name="one action, which is read in any case",
        statement=allow(Action="S3:getobject"),
        verdict="open",
        witness=(STRANGER, "s3:GetObject", STRANGERS_BUCKET),
    ),
    Example(name="an action by a pattern", statement=allow(Action="s3:Put*"), verdict="open", witness=PUT),
    Example(name="all actions but one", statement=allow(NotAction="s3:DeleteBucket"), verdict="open", witness=PUT),
    Example(name="all resources but one", statement=allow(NotResource=BUCKET), verdict="open", witness=PUT),
    Example(
        name="all principals but one account",
        statement=allow(NotPrincipal={"AWS": OWN}),
        verdict="open",
        witness=PUT,
        place=S3_INTERFACE,
    ),
    Example(
        name="a bucket's name with a wildcard, which anybody's bucket can bear",
        statement=allow(Resource="arn:aws:s3:::own-*/*"),
        verdict="open",
        witness=(STRANGER, "s3:PutObject", "arn:aws:s3:::own-stranger/object"),
    ),
    Example(
        name="every bucket",
        statement=allow(Resource=["arn:aws:s3:::*", "arn:aws:s3:::*/*"]),
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="an ARN that AWS completes",
        statement=allow(Resource="arn:aws:sqs"),
        verdict="open",
        witness=(STRANGER, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:000011112222:strangers-resource"),
        place=SQS,
    ),
    Example(
        name="queues of every account",
        statement=allow(Resource="arn:aws:sqs:eu-west-1:*:own-queue"),
        verdict="open",
        witness=(STRANGER, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:000011112222:own-queue"),
        place=SQS,
    ),
    Example(
        name="StringLike with nothing but a wildcard",
        statement=allow({"StringLike": {"aws:PrincipalAccount": "*"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalaccount": "000011112222"},
    ),
    Example(
        name="StringLike on an organization's id that any begins with",
        statement=allow({"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalorgid": "o-stranger00"},
    ),
    Example(
        name="IfExists, which an account without an organization fulfils",
        statement=allow({"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}),
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="ForAllValues, which a request without the key fulfils",
        statement=allow({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}),
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="Null of a key that need not be there",
        statement=allow({"Null": {"aws:PrincipalOrgID": "true"}}),
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="Null of a key that is there always",
        statement=allow({"Null": {"aws:PrincipalArn": "false"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalarn": "arn:aws:iam::000011112222:role/stranger"},
    ),
    Example(
        name="Null both ways",
        statement=allow({"Null": {"aws:PrincipalOrgID": ["true", "false"]}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalorgid": "o-stranger00"},
    ),
    Example(name="an empty condition", statement=allow({}), verdict="open", witness=PUT),
    Example(
        name="encryption in transit",
        statement=allow({"Bool": {"aws:SecureTransport": "true"}}),
        verdict="open",
        witness=PUT,
        context={"aws:securetransport": "true"},
    ),
    Example(
        name="encryption in transit, as a JSON value",
        statement=allow({"Bool": {"aws:SecureTransport": True}}),
        verdict="open",
        witness=PUT,
        context={"aws:securetransport": "true"},
    ),
    Example(
        name="a second factor, which strangers have as well",
        statement=allow({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        verdict="open",
        witness=PUT,
        context={"aws:multifactorauthpresent": "true"},
    ),
    Example(
        name="a negated test, which a request without the key fulfils",
        statement=allow({"StringNotEquals": {"aws:PrincipalOrgID": "o-evil1234567"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalorgid": "o-stranger00"},
    ),
    Example(
        name="a principal's tag, which strangers set as they like",
        statement=allow({"StringEquals": {"aws:PrincipalTag/team": "network"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principaltag/team": "network"},
    ),
    Example(
        name="a referer, which anybody sends",
        statement=allow({"StringEquals": {"aws:Referer": "secret"}}),
        verdict="open",
        witness=PUT,
        context={"aws:referer": "secret"},
    ),
    Example(
        name="a role of any account",
        statement=allow({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}),
        verdict="open",
        witness=("arn:aws:iam::000011112222:role/admin", "s3:PutObject", STRANGERS_BUCKET),
        context={"aws:principalarn": "arn:aws:iam::000011112222:role/admin"},
    ),
    Example(
        name="a condition's key in another case",
        statement=allow({"StringLike": {"AWS:principalACCOUNT": "*"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalaccount": "000011112222"},
    ),
    Example(
        name="the same account on both sides, which is a stranger's too",
        statement=allow({"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalaccount": "000011112222", "aws:resourceaccount": "000011112222"},
    ),
    Example(
        name="the same organization on both sides, which is a stranger's too",
        statement=allow({"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}),
        verdict="open",
        witness=PUT,
        context={"aws:principalorgid": "o-stranger00", "aws:resourceorgid": "o-stranger00"},
    ),
    Example(
        name="a bucket that is called by the caller's account",
        statement=allow(Resource="arn:aws:s3:::data-${aws:PrincipalAccount}/*"),
        verdict="open",
        witness=(STRANGER, "s3:PutObject", "arn:aws:s3:::data-000011112222/-"),
        context={"aws:principalaccount": "000011112222"},
    ),
    Example(
        name="a default for a variable",
        statement=allow(Resource="arn:aws:s3:::${aws:PrincipalTag/bucket, 'own-bucket'}/*"),
        verdict="open",
        witness=(STRANGER, "s3:PutObject", "arn:aws:s3:::anything/-"),
        context={"aws:principaltag/bucket": "anything"},
    ),
    Example(
        name="the VPC that the endpoint stands in, which holds always",
        statement=allow({"StringEquals": {"aws:SourceVpc": "vpc-a"}}),
        verdict="open",
        witness=PUT,
        context={"aws:sourcevpc": "vpc-a"},
        place=Place(gateway=True, service="s3", vpc_id="vpc-a"),
    ),
    Example(
        name="the endpoint itself, which holds always",
        statement=allow({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
        verdict="open",
        witness=PUT,
        context={"aws:sourcevpce": "vpce-1"},
        place=Place(gateway=True, service="s3", endpoint_id="vpce-1"),
    ),
    Example(
        name="every address",
        statement=allow({"IpAddress": {"aws:VpcSourceIp": "0.0.0.0/0"}}),
        verdict="open",
        witness=PUT,
        context={"aws:vpcsourceip": "10.255.255.254"},
    ),
    Example(
        name="no public address, which no request through an endpoint has",
        statement=allow({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="the Region of the endpoint",
        statement=allow({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        verdict="open",
        witness=PUT,
        context={"aws:requestedregion": "eu-west-1"},
    ),
    Example(
        name="a denial of one action",
        statement=[FULL, deny(Action="s3:PutObject")],
        verdict="open",
        witness=(STRANGER, "s3:GetObject", STRANGERS_BUCKET),
    ),
    Example(
        name="a denial of requests without encryption",
        statement=[FULL, deny({"Bool": {"aws:SecureTransport": "false"}})],
        verdict="open",
        witness=PUT,
        context={"aws:securetransport": "true"},
    ),
    Example(
        name="a denial of one account",
        statement=[FULL, deny(Principal={"AWS": OWN})],
        verdict="open",
        witness=PUT,
        place=S3_INTERFACE,
    ),
    Example(
        name="a denial that leaves out one trusted account",
        statement=[
            FULL,
            deny({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": TRUSTED}}),
        ],
        verdict="bounded",
        bounds=("identity",),
        by=(2,),
    ),
    Example(
        name="a denial that a request without the key escapes",
        statement=[
            FULL,
            deny({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}, "Null": {"aws:PrincipalOrgID": "false"}}),
        ],
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="unsigned requests, which Bool without IfExists leaves out",
        statement=[
            FULL,
            deny(
                {
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
        ],
        verdict="open",
        witness=("anonymous", "s3:PutObject", STRANGERS_BUCKET),
    ),
    Example(
        name="a bounded statement beside an open one",
        statement=[allow(IN_ORGANIZATION), allow(Action="s3:GetObject")],
        verdict="open",
        witness=(STRANGER, "s3:GetObject", STRANGERS_BUCKET),
    ),
    Example(
        name="a statement for strangers' buckets by exclusion",
        statement=allow(NotResource=[BUCKET, BUCKET + "/*"]),
        verdict="open",
        witness=PUT,
    ),
    Example(
        name="an organization's principals",
        statement=allow(IN_ORGANIZATION),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="an organization's principals at its resources",
        statement=allow(PERIMETER),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="an organization's unit",
        statement=allow(
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-ab12/ou-ab12-11111111/*"}}
        ),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="the accounts of an organization, and one that is trusted besides",
        statement=allow({"StringEquals": {"aws:PrincipalAccount": [OWN, TRUSTED]}}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="one trusted account alone",
        statement=allow({"StringEquals": {"aws:PrincipalAccount": TRUSTED}}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="an account by its id, at an interface endpoint",
        statement=allow(Principal={"AWS": OWN}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
        place=S3_INTERFACE,
    ),
    Example(
        name="an account's root, at an interface endpoint",
        statement=allow(Principal={"AWS": f"arn:aws:iam::{OWN}:root"}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
        place=S3_INTERFACE,
    ),
    Example(
        name="a role, at an interface endpoint",
        statement=allow(Principal={"AWS": [f"arn:aws:iam::{OWN}:role/app"]}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
        place=S3_INTERFACE,
    ),
    Example(
        name="an account by its id, at a gateway endpoint, where that is its root",
        statement=allow(Principal={"AWS": OWN}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="AWS's principals of a service",
        statement=allow(Principal={"Service": "lambda.amazonaws.com"}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
        place=S3_INTERFACE,
    ),
    Example(
        name="AWS's example of a role by a condition",
        statement=allow({"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/app"}}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="the roles of an account",
        statement=allow({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}}),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="AWS's services",
        statement=allow({"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="AWS's example of a bucket",
        statement=allow(Action=["s3:ListBucket", "s3:GetObject", "s3:PutObject"], Resource=[BUCKET, BUCKET + "/*"]),
        verdict="bounded",
        bounds=("resource",),
        by=(1,),
    ),
    Example(
        name="the buckets of an account",
        statement=allow({"StringEquals": {"s3:ResourceAccount": OWN}}),
        verdict="bounded",
        bounds=("resource",),
        by=(1,),
    ),
    Example(
        name="the resources of an organization",
        statement=allow({"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}}),
        verdict="bounded",
        bounds=("resource",),
        by=(1,),
    ),
    Example(
        name="a folder that is called by the caller",
        statement=allow(Resource=BUCKET + "/${aws:username}/*"),
        verdict="bounded",
        bounds=("resource",),
        by=(1,),
    ),
    Example(
        name="a variable, where the version knows none",
        statement=allow(Resource="arn:aws:s3:::data-${aws:PrincipalAccount}/*"),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
        version="2008-10-17",
    ),
    Example(
        name="characters that are written as variables",
        statement=allow(Resource="arn:aws:s3:::own-bucket/${*}"),
        verdict="bounded",
        bounds=("resource",),
        by=(1,),
    ),
    Example(
        name="queues of an account",
        statement=allow(Resource=f"arn:aws:sqs:*:{OWN}:*"),
        verdict="bounded",
        bounds=("resource",),
        by=(1,),
        place=SQS,
    ),
    Example(name="no statement", statement=[], verdict="bounded", bounds=("identity", "resource")),
    Example(
        name="a denial of everything is no exposure",
        statement=deny(),
        verdict="bounded",
        bounds=("identity", "resource"),
    ),
    Example(
        name="a denial of everything beside a full statement",
        statement=[FULL, deny()],
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(2,),
    ),
    Example(
        name="AWS's perimeter by a denial",
        statement=[
            FULL,
            deny(
                {
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
        ],
        verdict="bounded",
        bounds=("identity",),
        by=(2,),
    ),
    Example(
        name="a denial with a plain negated test, which a request without the key fulfils",
        statement=[FULL, deny({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}})],
        verdict="bounded",
        bounds=("identity",),
        by=(2,),
    ),
    Example(
        name="AWS's example of buckets by a denial",
        statement=[FULL, deny({"StringNotEquals": {"s3:ResourceAccount": [OWN, OTHER_OWN]}}, Action="s3:*")],
        verdict="bounded",
        bounds=("resource",),
        by=(2,),
    ),
    Example(
        name="both halves by denials, one against the other",
        statement=[
            FULL,
            deny({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}),
            deny({"StringNotEqualsIfExists": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}),
        ],
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(2, 3),
    ),
    Example(
        name="a denial of all but an account",
        statement=[FULL, deny(NotPrincipal={"AWS": [OWN, f"arn:aws:iam::{OWN}:root"]})],
        verdict="bounded",
        bounds=("identity",),
        by=(2,),
        place=S3_INTERFACE,
    ),
    Example(
        name="a denial of all but one bucket",
        statement=[FULL, deny(NotResource=[BUCKET, BUCKET + "/*"])],
        verdict="bounded",
        bounds=("resource",),
        by=(2,),
    ),
    Example(
        name="halves that two statements bound",
        statement=[allow(Resource=BUCKET + "/*"), allow(IN_ORGANIZATION)],
        verdict="bounded",
        by=(1, 2),
    ),
    Example(
        name="ForAllValues beside a test that the key is there",
        statement=allow(
            {
                "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"},
                "Null": {"aws:PrincipalOrgPaths": "false"},
            }
        ),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="a condition that never holds",
        statement=allow({"Null": {"aws:PrincipalArn": "true"}, "StringLike": {"aws:PrincipalArn": "arn:*"}}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="a public address, which no request through an endpoint has",
        statement=allow({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="a VPC",
        statement=allow({"StringEquals": {"aws:SourceVpc": "vpc-a"}}),
        verdict="bounded",
        bounds=("network",),
        witness=PUT,
        context={"aws:sourcevpc": "vpc-a"},
    ),
    Example(
        name="another VPC than the endpoint's",
        statement=allow({"StringEquals": {"aws:SourceVpc": "vpc-b"}}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
        place=Place(gateway=True, service="s3", vpc_id="vpc-a"),
    ),
    Example(
        name="some addresses of the VPC",
        statement=allow({"IpAddress": {"aws:VpcSourceIp": ["10.0.0.0/24"]}}),
        verdict="bounded",
        bounds=("network",),
        witness=PUT,
        context={"aws:vpcsourceip": "10.0.0.0"},
    ),
    Example(
        name="all but some addresses of the VPC",
        statement=[FULL, deny({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/24"}})],
        verdict="bounded",
        bounds=("network",),
        witness=PUT,
        context={"aws:vpcsourceip": "10.255.255.254"},
    ),
    Example(
        name="another Region than the endpoint's",
        statement=allow({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="an action list that is empty",
        statement=allow(Action=[]),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="actions of another service",
        statement=allow(Action="sqs:*"),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="another case, in an operator that tells cases apart",
        statement=allow({"StringEquals": {"aws:PrincipalIsAWSService": "False"}}),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="another case, in one that does not",
        statement=allow(
            {
                "StringEqualsIgnoreCase": {"aws:PrincipalIsAWSService": "FALSE"},
                "StringEquals": {"aws:PrincipalAccount": OWN},
            }
        ),
        verdict="bounded",
        bounds=("identity",),
        by=(1,),
    ),
    Example(
        name="AWS's example for images of AWS",
        statement=[
            allow(PERIMETER),
            allow(
                {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "ec2:Owner": "amazon"}}, Action="ec2:RunInstances"
            ),
        ],
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1, 2),
        place=Place(),
    ),
    Example(
        name="AWS's example for those who are known to an identity provider",
        statement=[
            allow(PERIMETER),
            allow(
                {"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}},
                Principal={"Federated": "*"},
                Action=["sts:AssumeRoleWithWebIdentity"],
            ),
        ],
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1, 2),
        place=Place(service="sts"),
    ),
    Example(
        name="AWS's example with an exception by a tag",
        statement=[
            allow(PERIMETER),
            allow({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalTag/exception": "true"}}),
        ],
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1, 2),
    ),
    Example(
        name="packages that AWS keeps, and one bucket",
        statement=allow(
            Action="s3:GetObject",
            Resource=[
                "arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/*",
                "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*",
            ],
        ),
        verdict="bounded",
        bounds=("identity", "resource"),
        by=(1,),
    ),
    Example(
        name="those who are known to any identity provider, at every role",
        statement=allow(Principal={"Federated": "*"}, Action="sts:AssumeRoleWithWebIdentity"),
        verdict="open",
        witness=("federated", "sts:AssumeRoleWithWebIdentity", "arn:aws:iam::000011112222:role/strangers-role"),
        place=Place(service="sts"),
    ),
    Example(
        name="a key of the request that nothing is known of",
        statement=allow({"StringEquals": {"s3:x-amz-acl": "private"}}),
        verdict="unknown",
        reason="what StringEquals s3:x-amz-acl of statement 1 makes of such a request is not known",
    ),
    Example(
        name="an operator that nobody knows",
        statement=allow({"StringMatches": {"aws:PrincipalArn": "*"}}),
        verdict="unknown",
        reason="what StringMatches aws:PrincipalArn of statement 1 makes of such a request is not known",
    ),
    Example(
        name="a date",
        statement=allow({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
        verdict="unknown",
        reason="what DateLessThan aws:CurrentTime of statement 1 makes of such a request is not known",
    ),
    Example(
        name="a key with several values, without a set operator",
        statement=allow({"StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}),
        verdict="unknown",
        reason="what StringLike aws:PrincipalOrgPaths of statement 1 makes of such a request is not known",
    ),
    Example(
        name="a number for an account",
        statement=allow({"NumericEquals": {"aws:PrincipalAccount": OWN}}),
        verdict="unknown",
        reason="what NumericEquals aws:PrincipalAccount of statement 1 makes of such a request is not known",
    ),
    Example(
        name="an ARN of fewer parts",
        statement=allow({"ArnLike": {"aws:PrincipalArn": "*"}}),
        verdict="unknown",
        reason="what ArnLike aws:PrincipalArn of statement 1 makes of such a request is not known",
    ),
    Example(
        name="a condition without values",
        statement=allow({"StringEquals": {"aws:PrincipalOrgID": []}}),
        verdict="unknown",
        reason="what StringEquals aws:PrincipalOrgID of statement 1 makes of such a request is not known",
    ),
    Example(
        name="Null of neither true nor false",
        statement=allow({"Null": {"aws:PrincipalOrgID": "perhaps"}}),
        verdict="unknown",
        reason="what Null aws:PrincipalOrgID of statement 1 makes of such a request is not known",
    ),
    Example(
        name="a wildcard in a principal's ARN",
        statement=allow(Principal={"AWS": "arn:aws:iam::*:root"}),
        verdict="unknown",
        reason="whom or what statement 1 means is not documented, or depends on a variable",
        place=S3_INTERFACE,
    ),
    Example(
        name="a denial by a key that nothing is known of",
        statement=[FULL, deny({"StringEquals": {"s3:x-amz-acl": "public-read"}})],
        verdict="unknown",
        reason="what StringEquals s3:x-amz-acl of statement 2 makes of such a request is not known",
    ),
    Example(
        name="a tag of the resource",
        statement=allow({"StringEquals": {"aws:ResourceTag/open": "yes"}}),
        verdict="unknown",
        reason="what StringEquals aws:ResourceTag/open of statement 1 makes of such a request is not known",
    ),
)
