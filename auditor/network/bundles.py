"""Services of AWS that are of use only together, and which of them a VPC lacks.

Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html,
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.network.coverage import Listing
from auditor.network.endpoints import interface_endpoints_within_reach
from auditor.network.entities import Endpoint, Vpc, canonical_service
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.snapshot import Target


@dataclass(frozen=True)
class Bundle:
    """Services that a use of AWS needs together."""

    use: str
    """What they are for, as the middle of a sentence in the singular."""
    needs: tuple[tuple[str, ...], ...]
    """The services, without their Region; of several in one place any one is enough."""
    signs: frozenset[str]
    """Those for which nobody makes an endpoint without meaning the use."""
    hints: frozenset[str] = frozenset()
    """Those that are of use alone, but rather mean it where instances lead nowhere."""


# Agents of Systems Manager since 3.3.40.0 use ssmmessages wherever it is offered, and no longer ec2messages, which the
# Regions that AWS opened since 2024 do not offer; without ssmmessages, an agent falls back on ec2messages for all but
# sessions. Alone, ssm serves the Parameter Store, and ssmmessages ECS Exec.
SYSTEMS_MANAGER = Bundle(
    "Systems Manager",
    (("ssm",), ("ssmmessages", "ec2messages")),
    frozenset({"ec2messages"}),
    frozenset({"ssm", "ssmmessages"}),
)
# The layers of an image come from Amazon S3, which has gateway endpoints.
IMAGES = Bundle("pulling images from Amazon ECR", (("ecr.api",), ("ecr.dkr",)), frozenset({"ecr.api", "ecr.dkr"}))
# Tasks on Fargate need none of them, and ecs alone serves whoever calls its API.
CONTAINERS = Bundle(
    "running Amazon ECS on instances",
    (("ecs",), ("ecs-agent",), ("ecs-telemetry",)),
    frozenset({"ecs-agent", "ecs-telemetry"}),
)


@dataclass(frozen=True)
class Lack:
    """A service that a VPC has no endpoint for, though others that it has ask for it."""

    service: str
    bundle: Bundle
    present: tuple[Endpoint, ...]
    """The endpoints that ask for it."""
    certain: bool
    """Whether they have no other use."""
    unseen: Missing | None
    """Why it is not known whether they ask for it."""


def lacks(network: Network, vpc: Vpc, cut_off_instances: bool | Missing) -> Iterator[Lack]:
    """The services that a VPC lacks of bundles that it has a part of, as far as its endpoints were seen.

    ``cut_off_instances``: whether instances in it lead nowhere.
    """
    present = present_services(network, vpc)
    in_containers = bool(CONTAINERS.signs & present.keys())
    for bundle in (SYSTEMS_MANAGER, IMAGES, CONTAINERS):
        certain = bool(bundle.signs & present.keys())
        # ECS Exec, which needs ssmmessages alone, is as good a reason for it.
        hinted = cut_off_instances is not False and not in_containers and bool(bundle.hints & present.keys())
        if not certain and not hinted:
            continue
        unseen = cut_off_instances if isinstance(cut_off_instances, Missing) and not certain else None
        asking = tuple(endpoint for services in bundle.needs for each in services for endpoint in present.get(each, ()))
        for services in bundle.needs:
            if not any(each in present for each in services):
                yield Lack(services[0], bundle, asking, certain, unseen)


@remembered
def present_services(network: Network, vpc: Vpc) -> Mapping[str, tuple[Endpoint, ...]]:
    """The interface endpoints of a VPC that stand, by the service without its Region; those of FIPS count as others."""
    found: dict[str, list[Endpoint]] = {}
    for endpoint in network.endpoints_of(vpc):
        if endpoint.type == "Interface" and endpoint.stands and _leads_to(endpoint, vpc):
            found.setdefault(plain(endpoint.service), []).append(endpoint)
    return {service: tuple(endpoints) for service, endpoints in found.items()}


def plain(service: str) -> str:
    """A service, whether its names are those of FIPS or not."""
    return service.removesuffix("-fips")


def within_reach(network: Network, vpc: Vpc, service: str) -> Listing[Endpoint]:
    """The interface endpoints for a service of its Region that a VPC has, or else those of VPCs connected with it."""
    names = (service, f"{service}-fips")
    own = [each for each in present_services(network, vpc).get(plain(service), ()) if each.service in names]
    if own:
        return Listing(tuple(own))
    listed = [interface_endpoints_within_reach(network, vpc, name) for name in names]
    found = tuple(endpoint for each in listed for endpoint in each if _leads_to(endpoint, vpc))
    return Listing(found, listed[0].missing)


def _leads_to(endpoint: Endpoint, vpc: Vpc) -> bool:
    """Whether an endpoint leads to a service of the VPC's Region."""
    return (endpoint.record.service_region or endpoint.home.region) == vpc.home.region


@remembered
def interface_services(network: Network, at: Target) -> Mapping[str, str]:
    """The whole names of the AWS services of a Region that have interface endpoints, by the service without it."""
    return {canonical_service(name): name for name in network.offered(at, "Interface")}


def offered_anywhere(network: Network, service: str) -> bool:
    """Whether any audited Region was seen to offer a service by interface endpoints."""
    return any(service in interface_services(network, at) for at in network.coverage.targets)
