"""The policies of VPC endpoints: which endpoints have one, and what it lets through.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from auditor.network.endpoints import is_customer_service, service_of
from auditor.network.entities import Endpoint
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.policies.documents import Policy, Unreadable, read_policy
from auditor.network.policies.exposure import (
    Answer,
    Exposure,
    Passes,
    Place,
    Stopped,
    Undecided,
    accounts_named,
    exposure,
    lets_anything_pass,
    lets_pass,
    organizations_named,
)
from auditor.partitions import partition_of

_PREFIXES = {
    "dynamodb": "dynamodb",
    "dynamodb-streams": "dynamodb",
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "kms": "kms",
    "logs": "logs",
    "s3": "s3",
    "s3-global.accesspoint": "s3",
    "s3express": "s3express",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "sts": "sts",
}
"""How the actions and ARNs of the services begin that hold data, keys or credentials. All of them take policies.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""


@dataclass(frozen=True)
class Way:
    """A way that a policy opens to somebody whom it names."""

    named: str
    direction: Literal["in", "out"]
    """``in`` for their principals, ``out`` to their resources."""
    answer: Passes | Undecided


@dataclass(frozen=True)
class EndpointPolicy:
    """The policy of an endpoint to one of AWS's services."""

    endpoint: Endpoint
    document: str
    policy: Policy
    place: Place
    unsupported: Missing | None
    """Why it is not known that the service takes policies; None where it does."""

    @property
    def holds_data(self) -> bool:
        """Whether the service holds data, keys or credentials, so that an open policy weighs more."""
        return _plain_name(self.endpoint) in _PREFIXES

    @property
    def exposure(self) -> Exposure:
        """What strangers can do through the endpoint, as far as the policy goes."""
        return _exposure(self.policy, self.place)

    @property
    def is_wide_open(self) -> bool:
        """Whether strangers can do everything at resources of strangers, from everywhere in the VPC."""
        return self.exposure.verdict == "open" and self.exposure.any_action

    @property
    def anything(self) -> Answer:
        """Whether any request passes."""
        return _anything(self.policy, self.place)

    @property
    def named(self) -> list[str]:
        """The accounts and organizations that the policy names."""
        return [*accounts_named(self.policy), *organizations_named(self.policy)]

    def ways_of(self, named: str) -> Iterator["Way"]:
        """How an account or organization that the policy names passes, or may, where unnamed ones do not."""
        halves: tuple[tuple[Literal["in", "out"], Answer], ...] = (
            ("in", self.exposure.strangers),
            ("out", self.exposure.elsewhere),
        )
        for direction, of_strangers in halves:
            if isinstance(of_strangers, Stopped):
                answer = _lets_pass(self.policy, self.place, named, direction)
                if not isinstance(answer, Stopped):
                    yield Way(named, direction, answer)

    @property
    def ignores_principals(self) -> bool:
        """Whether it is a gateway endpoint's, where the principal must be ``*``, and no allowing statement has that."""
        allowing = [each for each in self.policy.statements if each.allows]
        return (
            self.place.gateway
            and bool(allowing)
            and not any(each.principals.everyone or each.not_principals for each in allowing)
        )


def policy_of(network: Network, endpoint: Endpoint) -> EndpointPolicy | Unreadable | None:
    """The policy of an endpoint; None where it has none that counts.

    Endpoints of other types than gateway and interface take none, those to other customers' services and to some of
    AWS's neither, and of an endpoint that is gone it does not matter.
    """
    document = endpoint.record.policy_document
    if endpoint.type not in ("Gateway", "Interface") or not endpoint.stands or is_customer_service(endpoint):
        return None
    takes_policies = _takes_policies(endpoint, network)
    if document is None or takes_policies is False:
        return None
    policy = _read(document)
    if isinstance(policy, Unreadable):
        return policy
    unsupported = takes_policies if isinstance(takes_policies, Missing) else None
    return EndpointPolicy(endpoint, document, policy, _place(endpoint, document), unsupported)


def _takes_policies(endpoint: Endpoint, network: Network) -> bool | Missing:
    service = service_of(network, endpoint)
    if not isinstance(service, Missing) and service.vpc_endpoint_policy_supported is not None:
        return service.vpc_endpoint_policy_supported
    if endpoint.type == "Gateway" or _plain_name(endpoint) in _PREFIXES:
        return True
    if isinstance(service, Missing):
        return service
    at = endpoint.home
    return Missing.of(
        Kind.ABSENT_FIELD,
        account=at.account,
        region=at.region,
        action="ec2:DescribeVpcEndpointServices",
        resource=endpoint.service_name,
    )


def _place(endpoint: Endpoint, document: str) -> Place:
    region = endpoint.record.service_region or endpoint.home.region
    place = Place(
        gateway=endpoint.type == "Gateway",
        service=_PREFIXES.get(_plain_name(endpoint)),
        partition=partition_of(region),
        region=region,
    )
    # Many endpoints have the same policy: only one that names VPCs or endpoints is read for each of them.
    if "aws:sourcevpc" in document.lower():
        place = replace(place, endpoint_id=endpoint.id, vpc_id=endpoint.vpc_id)
    return place


@functools.lru_cache(maxsize=4096)
def _read(document: str) -> Policy | Unreadable:
    return read_policy(document)


_exposure = functools.lru_cache(maxsize=4096)(exposure)
_anything = functools.lru_cache(maxsize=4096)(lets_anything_pass)
_lets_pass = functools.lru_cache(maxsize=4096)(lets_pass)


def _plain_name(endpoint: Endpoint) -> str:
    """The service, whether its names are those of FIPS or not."""
    return endpoint.service.removesuffix("-fips")
