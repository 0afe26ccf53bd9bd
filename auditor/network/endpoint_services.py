"""What the endpoint services of the audited accounts stand among: who may connect, who has, and what carries them.

Source: https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from auditor import model
from auditor.model.ec2 import AllowedPrincipal
from auditor.network.coverage import Listing
from auditor.network.diagnosis.trust import is_stranger
from auditor.network.endpoints import absent_member
from auditor.network.entities import Endpoint, EndpointService
from auditor.network.missing import Kind, Missing
from auditor.network.network import Network
from auditor.network.remembered import remembered
from auditor.snapshot import Target

CONNECTIONS = "ec2:DescribeVpcEndpointConnections"
NOTIFICATIONS = "ec2:DescribeVpcEndpointConnectionNotifications"
LOAD_BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"

# --- Who may connect --------------------------------------------------------------------------------------------------

_OF_ACCOUNT = re.compile(r"arn:[a-z0-9-]+:(?:iam|sts)::([0-9]{12}):.+|([0-9]{12})")
_OF_ORGANIZATION = re.compile(r"arn:[a-z0-9-]+:organizations::([0-9]{12}):(?:organization|root|ou)/(o-[a-z0-9]+).*")
_OF_AWS = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")

_API_GATEWAY = {
    "ap-east-1": "174803364771",
    "ap-northeast-1": "969236854626",
    "ap-northeast-2": "020402002396",
    "ap-northeast-3": "360671645888",
    "ap-south-1": "507069717855",
    "ap-south-2": "644042651268",
    "ap-southeast-1": "195145609632",
    "ap-southeast-2": "798376113853",
    "ap-southeast-3": "652364314486",
    "ap-southeast-4": "849137399833",
    "ca-central-1": "796887884028",
    "cn-north-1": "643738280308",
    "cn-northwest-1": "020741727910",
    "eu-central-1": "474240146802",
    "eu-central-2": "166639821150",
    "eu-north-1": "394634713161",
    "eu-south-1": "753362059629",
    "eu-south-2": "359345898052",
    "eu-west-1": "631144002099",
    "eu-west-2": "544388816663",
    "eu-west-3": "061510835048",
    "me-central-1": "614065512851",
    "me-south-1": "855739686837",
    "sa-east-1": "287228555773",
    "us-east-1": "392220576650",
    "us-east-2": "718770453195",
    "us-west-1": "968246515281",
    "us-west-2": "109351309407",
}
"""The accounts by which API Gateway uses the endpoint service that it makes for a VPC link.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-api-with-vpclink-accounts.html
"""

_FOR_ATTACHMENTS = "transit-gateway-attachment"


@dataclass(frozen=True)
class Principal:
    """Somebody who may connect to a service."""

    text: str
    """As AWS names it."""
    everyone: bool = False
    account: str = ""
    """Whose principal it is; of an organization or a part of one, its management account."""
    organization: str = ""
    """The organization that it is, or a part of."""
    of_aws: bool = False
    """Whether it is a service of AWS's own."""
    for_attachments: bool = False
    """Whether it may connect transit gateways, and no endpoints."""

    @property
    def owner(self) -> str:
        """The account or the organization that answers for it; empty where its name tells of none."""
        return self.organization or self.account


def read_principal(allowed: AllowedPrincipal, region: str) -> Principal:
    """A principal that is allowed at a service in a Region.

    It is told by its name: AWS gives an organization no type of its own, and answers may leave the type out.
    """
    text, attachments = allowed.principal or "", allowed.permission_type == _FOR_ATTACHMENTS
    if text == "*" or allowed.principal_type == "All":
        return Principal(text or "*", everyone=True, for_attachments=attachments)
    if found := _OF_ACCOUNT.fullmatch(text):
        account = found[1] or found[2]
        return Principal(text, account=account, of_aws=is_of_aws(account, region), for_attachments=attachments)
    if found := _OF_ORGANIZATION.fullmatch(text):
        return Principal(text, account=found[1], organization=found[2], for_attachments=attachments)
    of_aws = allowed.principal_type == "Service" or bool(_OF_AWS.fullmatch(text))
    return Principal(text, of_aws=of_aws, for_attachments=attachments)


def is_of_aws(account: str, region: str) -> bool:
    """Whether an account is known to be one by which AWS itself uses its customers' services in a Region."""
    return account == _API_GATEWAY.get(region)


def allowed_at(network: Network, service: EndpointService) -> Listing[Principal]:
    """Who may connect to a service; ``missing`` says why others may."""
    found = _permissions(network).get((service.home, service.id))
    principals = found.allowed_principals if found else None
    missing = network.coverage.missing(model.VpcEndpointServicePermissions, service.home)
    missing = missing or network.coverage.missing_item(model.VpcEndpointServicePermissions, service.home, service.id)
    if principals is None:
        missing = missing or absent_of(service, "ec2:DescribeVpcEndpointServicePermissions")
    read = [read_principal(each, service.home.region) for each in principals or ()]
    return Listing(tuple(sorted(read, key=lambda each: each.text)), missing)


@remembered
def _permissions(network: Network) -> Mapping[tuple[Target, str], model.VpcEndpointServicePermissions]:
    found = network.coverage.everywhere(model.VpcEndpointServicePermissions)
    return {(at, record.service_id): record for at, record in found}


def is_foreign(
    network: Network,
    service: EndpointService,
    principal: Principal,
    trusted: Collection[str],
    organization_id: str | None,
) -> bool | Missing:
    """Whether a principal that is not everyone is a stranger's; Missing where that cannot be told."""
    if principal.of_aws or (organization_id is not None and principal.organization == organization_id):
        return False
    if not principal.account:
        return undecided(service)
    return is_stranger(network, principal.account, trusted, organization_id)


# --- Who has connected ------------------------------------------------------------------------------------------------

_CONNECTED = ("available", "partial")


@dataclass(frozen=True)
class Connection:
    """An endpoint, or a transit gateway attachment, that leads to a service."""

    record: model.VpcEndpointConnection

    @property
    def id(self) -> str:
        """The id of the endpoint or the attachment."""
        return self.record.transit_gateway_attachment_id or self.record.vpc_endpoint_id or ""

    @property
    def owner(self) -> str:
        """The account whose it is; empty where AWS did not say."""
        attachment = self.is_attachment
        return (self.record.transit_gateway_attachment_owner if attachment else self.record.vpc_endpoint_owner) or ""

    @property
    def is_attachment(self) -> bool:
        """Whether it is a transit gateway's."""
        return self.record.transit_gateway_attachment_id is not None

    @property
    def state(self) -> str:
        """In lower case, as an endpoint's is."""
        return (self.record.vpc_endpoint_state or "").lower()

    @property
    def waits(self) -> bool:
        """Whether it waits for its acceptance."""
        return self.state == "pendingacceptance"

    @property
    def connected(self) -> bool:
        """Whether it was accepted, and carries traffic."""
        return self.state in _CONNECTED

    @property
    def gone(self) -> bool:
        """Whether it was turned down or has come to an end."""
        return self.state in ("rejected", "failed", "expired", "deleting", "deleted")

    @property
    def label(self) -> str:
        """The connection with its owner, as messages print it."""
        what = "transit gateway attachment" if self.is_attachment else "endpoint"
        return f"{what} {self.id} of account {self.owner or 'unknown'}"


def connections_of(network: Network, service: EndpointService) -> Listing[Connection]:
    """What is connected to a service, or was; ``missing`` says why there may be more."""
    found = _connections(network).get((service.home, service.id), ())
    missing = network.coverage.missing(model.VpcEndpointConnection, service.home)
    if any(not connection.id for connection in found):
        missing = missing or absent_of(service, CONNECTIONS)
    return Listing(tuple({each.id: each for each in found if each.id}.values()), missing)


@remembered
def _connections(network: Network) -> Mapping[tuple[Target, str], tuple[Connection, ...]]:
    found: dict[tuple[Target, str], list[Connection]] = defaultdict(list)
    for at, record in network.coverage.everywhere(model.VpcEndpointConnection):
        found[at, record.service_id].append(Connection(record))
    return {key: tuple(sorted(each, key=lambda connection: connection.id)) for key, each in found.items()}


def endpoint_of(network: Network, service: EndpointService, connection: Connection) -> Endpoint | Missing | None:
    """The consumer's endpoint of a connection as its owner shows it; None where no audited account has it."""
    endpoint = network.endpoints.get(connection.id)
    if endpoint is not None or connection.is_attachment or connection.owner not in network.coverage.accounts:
        return endpoint
    at = Target(connection.owner, connection.record.vpc_endpoint_region or service.home.region)
    return network.coverage.missing(model.VpcEndpoint, at)


def notifications_of(network: Network, service: EndpointService) -> Listing[model.ConnectionNotification]:
    """Whom AWS tells of what happens at a service."""
    found = _notifications(network, service.home).get(service.id, ())
    return Listing(found, network.coverage.missing(model.ConnectionNotification, service.home))


@remembered
def _notifications(network: Network, at: Target) -> Mapping[str, tuple[model.ConnectionNotification, ...]]:
    found: dict[str, list[model.ConnectionNotification]] = defaultdict(list)
    for each in network.coverage.records(model.ConnectionNotification, at):
        if each.service_id:
            found[each.service_id].append(each)
    return {service_id: tuple(each) for service_id, each in found.items()}


# --- What carries them ------------------------------------------------------------------------------------------------

_CROSS_ZONE = "load_balancing.cross_zone.enabled"


def load_balancer(network: Network, service: EndpointService, arn: str) -> model.LoadBalancer | Missing | None:
    """A load balancer of a service; None where its account has no such one."""
    found = _load_balancers(network).get(arn)
    return found or network.coverage.missing(model.LoadBalancer, _home_of(arn, service))


@remembered
def _load_balancers(network: Network) -> Mapping[str, model.LoadBalancer]:
    return {record.load_balancer_arn: record for _, record in network.coverage.everywhere(model.LoadBalancer)}


def short_name(arn: str) -> str:
    """What tells a load balancer apart in its account and Region, such as ``net/shop/50dc6c495c0c9188``."""
    return arn.rpartition(":loadbalancer/")[2]


def crosses_zones(network: Network, service: EndpointService, arn: str) -> bool | Missing:
    """Whether a load balancer of a service sends to targets in other zones than where the traffic came in."""
    found, at = _attributes(network).get(arn), _home_of(arn, service)
    value = next((each.value for each in (found.attributes if found else None) or () if each.key == _CROSS_ZONE), None)
    if value is not None:
        return value == "true"
    return (
        network.coverage.missing(model.LoadBalancerAttributes, at)
        or network.coverage.missing_item(model.LoadBalancerAttributes, at, arn)
        or absent_of(service, "elasticloadbalancing:DescribeLoadBalancerAttributes", arn)
    )


@remembered
def _attributes(network: Network) -> Mapping[str, model.LoadBalancerAttributes]:
    return {record.load_balancer_arn: record for _, record in network.coverage.everywhere(model.LoadBalancerAttributes)}


def _home_of(arn: str, service: EndpointService) -> Target:
    _, _, _, region, account, *_ = [*arn.split(":"), "", "", "", "", ""]
    return Target(account or service.home.account, region or service.home.region)


# --- Where it is offered ----------------------------------------------------------------------------------------------


def zone_count(service: EndpointService) -> int | Missing:
    """In how many Availability Zones a service is offered."""
    zones = service.record.availability_zone_ids or service.record.availability_zones
    return absent_of(service) if zones is None else len(set(zones))


def zones_of(network: Network, service: EndpointService) -> frozenset[str] | Missing:
    """The ids of the Availability Zones in which a service is offered: the names differ from account to account."""
    names, ids = service.record.availability_zones, service.record.availability_zone_ids
    if ids is not None:
        return frozenset(ids)
    if names is None:
        return absent_of(service)
    known = _zone_ids(network).get(service.home, {})
    if not known.keys() >= set(names):
        return network.coverage.missing(model.Subnet, service.home) or absent_of(service)
    return frozenset(known[name] for name in names)


@remembered
def _zone_ids(network: Network) -> Mapping[Target, Mapping[str, str]]:
    """The id of each zone that has a subnet, by its name in the account that was asked."""
    found: dict[Target, dict[str, str]] = defaultdict(dict)
    for at, subnet in network.coverage.everywhere(model.Subnet):
        if subnet.availability_zone and subnet.availability_zone_id:
            found[at][subnet.availability_zone] = subnet.availability_zone_id
    return dict(found)


def consumer_zones(network: Network, service: EndpointService) -> Listing[tuple[str, Endpoint]]:
    """The ids of the zones in which endpoints of audited accounts in the service's own Region are connected to it."""
    connections = connections_of(network, service)
    causes = [connections.missing]
    found: list[tuple[str, Endpoint]] = []
    for connection in connections:
        if not connection.connected or connection.record.vpc_endpoint_region not in (None, service.home.region):
            continue
        endpoint = endpoint_of(network, service, connection)
        if isinstance(endpoint, Missing):
            causes.append(endpoint)
        elif endpoint is not None:
            zones = _zones_of_endpoint(network, endpoint)
            causes.append(zones.missing)
            found += [(zone, endpoint) for zone in zones]
    return Listing(tuple(found), Missing.union(causes))


def _zones_of_endpoint(network: Network, endpoint: Endpoint) -> Listing[str]:
    if endpoint.record.subnet_ids is None:
        return Listing((), absent_member(endpoint))
    subnets = [network.subnets.get(subnet_id) for subnet_id in endpoint.record.subnet_ids]
    zones = [subnet.record.availability_zone_id if subnet else None for subnet in subnets]
    missing = network.coverage.missing(model.Subnet, endpoint.home) or absent_member(endpoint)
    return Listing(tuple(zone for zone in zones if zone), missing if None in zones else None)


# --- What is not known ------------------------------------------------------------------------------------------------


def absent_of(
    service: EndpointService, action: str = "ec2:DescribeVpcEndpointServiceConfigurations", resource: str = ""
) -> Missing:
    """Why a member of the service's description, or of another answer about it, is not known: AWS left it out."""
    at = service.home
    return Missing.of(
        Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=resource or service.id
    )


def undecided(service: EndpointService) -> Missing:
    """Why it is not known who is allowed: the principals' names do not tell."""
    at = service.home
    action = "ec2:DescribeVpcEndpointServicePermissions"
    return Missing.of(Kind.AMBIGUOUS, account=at.account, region=at.region, action=action, resource=service.id)
