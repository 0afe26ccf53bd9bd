"""The things that rules are about: AWS's resources, merged from all shards that show them."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from auditor import model
from auditor.network.addresses import Addresses
from auditor.network.missing import Missing
from auditor.network.routes import RouteTable
from auditor.snapshot import Target


def name_of(tags: Iterable[model.Tag] | None) -> str:
    """The value of the ``Name`` tag; empty where there is none."""
    return next((tag.value or "" for tag in tags or () if tag.key == "Name"), "")


_TELLING = frozenset({"name", "owner"})


def is_named_or_owned(tags: Iterable[model.Tag]) -> bool:
    """Whether a tag ``Name`` or ``Owner``, however capitalized, tells whose a resource is."""
    return any(tag.key.lower() in _TELLING and tag.value for tag in tags)


@dataclass(frozen=True)
class Account:
    """An account that was audited."""

    id: str


@dataclass(frozen=True)
class Run:
    """The audit as a whole."""


@dataclass(frozen=True)
class Vpc:
    """A VPC, as its owner or a participant of it shows it."""

    record: model.Vpc
    owner: str
    """The account that owns it."""
    seen_from: Target
    """Where this copy was collected: with its owner where that account was audited."""
    blocks: tuple[str, ...]
    """All blocks that are associated, IPv4 and IPv6."""

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of the blocks."""
        return Addresses.of(*self.blocks)

    @property
    def id(self) -> str:
        """The VPC's id."""
        return self.record.vpc_id

    @cached_property
    def name(self) -> str:
        """The VPC's ``Name`` tag."""
        return name_of(self.record.tags)

    @cached_property
    def label(self) -> str:
        """The id and the name, as messages print it."""
        return label(self.id, self.name)

    @cached_property
    def home(self) -> Target:
        """The owner's account and region, which know all of it."""
        return Target(self.owner, self.seen_from.region)

    @property
    def from_participant(self) -> bool:
        """Whether only an account that it is shared with shows it."""
        return self.seen_from.account != self.owner


@dataclass(frozen=True)
class DnsServers:
    """Whom the DHCP options of a VPC tell its machines to ask for names."""

    amazon: bool
    """Whether Amazon's own DNS server is among them: only that one follows the VPC's DNS attributes."""
    others: tuple[str, ...]
    """The addresses of the others. Where there are neither, the machines are told of no server."""


@dataclass(frozen=True)
class Subnet:
    """A subnet."""

    record: model.Subnet
    vpc_id: str
    owner: str
    seen_from: Target
    addresses: Addresses

    @property
    def id(self) -> str:
        """The subnet's id."""
        return self.record.subnet_id

    @property
    def name(self) -> str:
        """The subnet's ``Name`` tag."""
        return name_of(self.record.tags)

    @property
    def home(self) -> Target:
        """The owner's account and region."""
        return Target(self.owner, self.seen_from.region)

    @property
    def zone(self) -> str:
        """The Availability Zone's id, which means the same zone in every account; else its name."""
        return self.record.availability_zone_id or self.record.availability_zone or ""


@dataclass(frozen=True)
class SecurityGroup:
    """A security group."""

    record: model.SecurityGroup
    owner: str
    seen_from: Target

    @property
    def id(self) -> str:
        """The group's id."""
        return self.record.group_id

    @property
    def name(self) -> str:
        """The group's own name, which AWS requires, unlike a ``Name`` tag."""
        return self.record.group_name or ""

    @property
    def label(self) -> str:
        """The id and the name, as messages print it."""
        return label(self.id, self.name)

    @property
    def home(self) -> Target:
        """The owner's account and region."""
        return Target(self.owner, self.seen_from.region)


@dataclass(frozen=True)
class TableGroup:
    """The subnets of a VPC that send by one route table."""

    table: RouteTable
    subnets: tuple[Subnet, ...]
    addresses: Addresses
    """All addresses of the subnets."""


class SubnetClass(enum.StrEnum):
    """Where a subnet's default route leads."""

    PUBLIC = "public"
    """To an internet gateway."""
    NAT = "private with NAT"
    """To a public NAT gateway, or to a NAT instance."""
    TRANSIT = "private with transit"
    """To a transit gateway, Cloud WAN, a virtual private gateway or a private NAT gateway."""
    EGRESS_ONLY = "IPv6 egress only"
    """To an egress-only internet gateway, with no IPv4 default route."""
    OTHER = "other"
    """To a target of another kind, such as a Gateway Load Balancer endpoint."""
    ISOLATED = "isolated"
    """There is no default route that works."""


@dataclass(frozen=True)
class Side:
    """One end of a peering connection."""

    vpc_id: str
    owner: str
    region: str
    vpc: Vpc | None
    """The VPC, where an audited account shows it."""
    unseen: Missing | None
    """Why the VPC could not be examined; None where it was."""
    blocks: tuple[str, ...]
    """The VPC's blocks: from its own description, else from the connection's while that is active."""
    addresses_missing: Missing | None
    """Why the VPC may have more blocks; None where these are all."""
    allows_dns: bool | None
    """Whether it lets the other side resolve its public names to private addresses; None where AWS did not say."""

    @cached_property
    def addresses(self) -> Addresses:
        """The addresses of the blocks."""
        return Addresses.of(*self.blocks)

    @property
    def label(self) -> str:
        """The VPC's id and name, as messages print it."""
        return self.vpc.label if self.vpc else self.vpc_id

    @property
    def home(self) -> Target:
        """The account and region of the VPC's owner."""
        return Target(self.owner, self.region)

    @property
    def shown(self) -> dict[str, str]:
        """The side as evidence shows it."""
        return {"vpc": self.vpc_id, "account": self.owner, "region": self.region}


@dataclass(frozen=True)
class Peering:
    """A VPC peering connection, merged from every account and region that shows it."""

    record: model.VpcPeeringConnection
    """The newest copy."""
    name: str
    status: str
    requester: Side
    accepter: Side
    seen_from: tuple[Target, ...]
    home: Target
    """Where findings go by default: the requester's account and region if audited, else the accepter's."""

    @property
    def id(self) -> str:
        """The connection's id."""
        return self.record.vpc_peering_connection_id

    @property
    def label(self) -> str:
        """The id and the name, as messages print it."""
        return label(self.id, self.name)

    @property
    def live(self) -> bool:
        """Whether it is active. That proves no traffic: a Region's event leaves it active."""
        return self.status == "active"

    @property
    def sides(self) -> tuple[Side, Side]:
        """The requester's and the accepter's side."""
        return self.requester, self.accepter

    def other(self, side: Side) -> Side:
        """The far side of ``side``."""
        return self.accepter if side is self.requester else self.requester

    def beyond(self, vpc_id: str) -> Side:
        """The side that faces the VPC ``vpc_id``."""
        return self.accepter if self.requester.vpc_id == vpc_id else self.requester

    @property
    def inter_region(self) -> bool:
        """Whether its VPCs are in different Regions."""
        return self.requester.region != self.accepter.region


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint."""

    record: model.VpcEndpoint
    vpc_id: str
    owner: str
    seen_from: Target

    @property
    def id(self) -> str:
        """The endpoint's id."""
        return self.record.vpc_endpoint_id

    @property
    def name(self) -> str:
        """The endpoint's ``Name`` tag."""
        return name_of(self.record.tags)

    @property
    def label(self) -> str:
        """The id and the name, as messages print it."""
        return label(self.id, self.name)

    @property
    def home(self) -> Target:
        """The owner's account and region."""
        return Target(self.owner, self.seen_from.region)

    @property
    def type(self) -> str:
        """``Interface``, ``Gateway``, ``GatewayLoadBalancer``, ``Resource``, ``ServiceNetwork``, ``Tunnel`` or newer.

        The API's default is a gateway endpoint, which answers may leave out.
        """
        return self.record.vpc_endpoint_type or "Gateway"

    @property
    def state(self) -> str:
        """In lower case: AWS's model has ``PendingAcceptance`` where its answers have ``pendingAcceptance``."""
        return (self.record.state or "").lower()

    @property
    def stands(self) -> bool:
        """Whether its configuration matters: it is not on its way out, nor was it turned down."""
        return self.state not in ("deleting", "deleted", "failed", "rejected", "expired")

    @property
    def in_subnets(self) -> bool:
        """Whether it has interfaces in subnets, behind security groups. A Gateway Load Balancer's has no groups."""
        return self.type in ("Interface", "Resource", "ServiceNetwork", "Tunnel")

    @property
    def requester_managed(self) -> bool:
        """Whether an AWS service made it and looks after it, so that its owner cannot change it."""
        return bool(self.record.requester_managed)

    @property
    def captures_vpc_traffic(self) -> bool:
        """Whether the service's own name resolves to the endpoint inside the VPC.

        S3 interface endpoints can keep their private name to queries from outside, and leave the VPC's own to a gateway
        endpoint.
        """
        only_inbound = (
            self.record.dns_options and self.record.dns_options.private_dns_only_for_inbound_resolver_endpoint
        )
        return bool(self.record.private_dns_enabled) and not only_inbound

    @property
    def service_name(self) -> str:
        """The whole name of the service, such as ``com.amazonaws.eu-west-1.s3``."""
        return self.record.service_name or ""

    @property
    def service(self) -> str:
        """The service without its Region, such as ``s3`` or ``ecr.api``."""
        return canonical_service(self.service_name)


@dataclass(frozen=True)
class EndpointService:
    """A VPC endpoint service that an audited account provides. AWS shows it to that account alone."""

    record: model.ServiceConfiguration
    home: Target
    """The provider's account and region."""

    @property
    def id(self) -> str:
        """The service's id."""
        return self.record.service_id

    @property
    def name(self) -> str:
        """The service's ``Name`` tag."""
        return name_of(self.record.tags)

    @property
    def label(self) -> str:
        """The id and the name, as messages print it."""
        return label(self.id, self.name)

    @property
    def label_with_owner(self) -> str:
        """The id, the name and the provider's account."""
        return f"{self.label} of account {self.home.account}"

    @property
    def state(self) -> str:
        """In lower case, as an endpoint's is."""
        return (self.record.service_state or "").lower()

    @property
    def stands(self) -> bool:
        """Whether its configuration matters: it is not on its way out, nor did it fail."""
        return self.state not in ("deleting", "deleted", "failed")

    @property
    def load_balancers(self) -> tuple[str, ...]:
        """The ARNs of the Network or Gateway Load Balancers that stand behind it."""
        return (*(self.record.network_load_balancer_arns or ()), *(self.record.gateway_load_balancer_arns or ()))

    @property
    def manages_endpoints(self) -> bool:
        """Whether it looks after its endpoints itself, so that nobody else can make one by the API of endpoints."""
        return bool(self.record.manages_vpc_endpoints)

    @property
    def accepts_by_itself(self) -> bool:
        """Whether whoever is allowed is connected without being asked; not where AWS did not say."""
        return self.record.acceptance_required is False

    @property
    def shown(self) -> dict[str, str | bool | None]:
        """The service as evidence shows it."""
        return {
            "service": self.record.service_name,
            "acceptance_required": self.record.acceptance_required,
            "manages_vpc_endpoints": self.record.manages_vpc_endpoints,
        }


def canonical_service(service_name: str) -> str:
    """What follows the Region in an AWS service's name, or the partition's prefix where the service has no Region.

    Other names, such as a partner's or ``com.amazonaws.vpce.eu-west-1.vpce-svc-0a``, end in what tells them apart.
    """
    words = service_name.removeprefix("cn.").split(".")
    if words[:2] != ["com", "amazonaws"] and words[:2] != ["aws", "api"]:
        return service_name
    rest = words[2:]
    if rest[:1] == ["vpce"]:
        rest = rest[1:]
    if len(rest) > 1 and _is_region(rest[0]):
        rest = rest[1:]
    return ".".join(rest)


def _is_region(word: str) -> bool:
    return word.count("-") >= 2 and word[-1:].isdigit()


def label(resource_id: str, name: str) -> str:
    """An id with the name that people gave it, as messages print it."""
    return f"{resource_id} ({name})" if name else resource_id
