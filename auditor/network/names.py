"""How the names of services resolve inside a VPC: to an interface endpoint, elsewhere, or as everywhere.

Amazon's DNS answers from the private hosted zone with the most specific name that the query lies in, and a zone that
holds no such record answers that there is none. Private DNS of an endpoint is a zone, too, and so is what a Route 53
Profile brings; what a VPC has of its own goes before a Profile's. Forwarding rules of Route 53 Resolver are not read.

Sources: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/profiles.html,
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
"""

import enum
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor import model
from auditor.model.route53 import ResourceRecordSet
from auditor.network.addresses import Addresses
from auditor.network.coverage import Listing
from auditor.network.endpoints import absent_member, interface_endpoints_within_reach, own_interfaces
from auditor.network.entities import Endpoint, Vpc, canonical_service
from auditor.network.missing import Cause, Kind, Missing
from auditor.network.network import Network, interface_addresses
from auditor.network.remembered import remembered
from auditor.partitions import partition_of
from auditor.snapshot import GLOBAL, Target


class By(enum.StrEnum):
    """What answers a query inside a VPC."""

    PRIVATE_DNS = "private DNS"
    HOSTED_ZONE = "private hosted zone"
    PROFILE = "Route 53 Profile"
    PUBLIC_DNS = "public DNS"


@dataclass(frozen=True)
class Resolution:
    """Where a name leads inside a VPC."""

    name: str
    by: By
    setting: str
    """What decides it, as reports print it."""
    endpoint: str = ""
    """The id of the interface endpoint that it leads to; empty where it leads to none."""
    elsewhere: str = ""
    """The names or addresses of nothing known that a record leads to; empty where there is no such record."""

    @property
    def stands_in(self) -> bool:
        """Whether somebody saw to it that the name leads somewhere else than outside the VPC."""
        return bool(self.endpoint or self.elsewhere)

    @property
    def lost(self) -> bool:
        """Whether the name leads nowhere: a hosted zone takes the query and holds no record for it."""
        return self.by is not By.PUBLIC_DNS and not self.stands_in


# --- The names of services --------------------------------------------------------------------------------------------

# Services whose own name AWS leaves out of its list where it has no private DNS.
_UNLISTED = ("s3", "dynamodb")


def private_names(service: model.ServiceDetail) -> tuple[str, ...]:
    """The names that an interface endpoint for a service can own; those of a provider count once they are verified."""
    if service.private_dns_name_verification_state not in (None, "verified"):
        return ()
    listed = [service.private_dns_name, *(name.private_dns_name for name in service.private_dns_names or ())]
    return tuple(dict.fromkeys(name for name in listed if name))


def names_of(network: Network, vpc: Vpc, service_name: str) -> tuple[str, ...] | Missing:
    """The names by which clients in a VPC call a service that they are told nothing else of."""
    names = _names_of_services(network).get(service_name, ())
    if names:
        return names
    service, region = canonical_service(service_name), vpc.home.region
    if service in _UNLISTED and service_name.endswith(f".{region}.{service}"):
        suffix = ".cn" if partition_of(region) == "aws-cn" else ""
        return (f"{service}.{region}.amazonaws.com{suffix}",)
    return network.gateway_capable(vpc.home).missing or ()


@remembered
def _names_of_services(network: Network) -> Mapping[str, tuple[str, ...]]:
    return {
        service.service_name: names
        for _, service in network.coverage.everywhere(model.ServiceDetail)
        if any(offered.service_type == "Interface" for offered in service.service_type or ())
        if (names := private_names(service))
    }


# --- Who answers for which domain -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Claim:
    """A domain for which something of a VPC answers."""

    domain: str
    by: By
    endpoint: Endpoint | None = None
    zone: str = ""
    """The id of a hosted zone."""
    owner: str = ""
    """The account of the zone."""
    profile: str = ""

    @property
    def rank(self) -> tuple[int, bool]:
        """The highest of those that a name lies in answers: the most specific one, and the VPC's own before others."""
        return (self.domain.count(".") + 1, self.by is not By.PROFILE)


@remembered
def _claims(network: Network, vpc: Vpc) -> Listing[_Claim]:
    parts = [_of_endpoints(network, vpc), _of_zones(network, vpc), _of_profiles(network, vpc)]
    return Listing(tuple(claim for part in parts for claim in part), Missing.union(part.missing for part in parts))


def _of_endpoints(network: Network, vpc: Vpc) -> Listing[_Claim]:
    endpoints = network.endpoints_of(vpc)
    found: list[_Claim] = []
    causes = [endpoints.missing]
    for endpoint in endpoints:
        if endpoint.type != "Interface" or endpoint.state != "available":
            continue
        if endpoint.record.private_dns_enabled is None:
            causes.append(absent_member(endpoint))
        elif endpoint.captures_vpc_traffic:
            names = names_of(network, vpc, endpoint.service_name)
            if isinstance(names, Missing):
                causes.append(names)
            else:
                found += [_Claim(domain, By.PRIVATE_DNS, endpoint) for domain in _domains(names)]
    return Listing(tuple(found), Missing.union(causes))


def _of_zones(network: Network, vpc: Vpc) -> Listing[_Claim]:
    """The private hosted zones of a VPC. AWS's own, such as those of private DNS, stand beside what they belong to."""
    action = "route53:ListHostedZonesByVPC"
    record = _zones_by_vpc(network).get(vpc.id)
    missing = network.missing_of(model.HostedZonesByVpc, vpc) or network.coverage.missing_item(
        model.HostedZonesByVpc, vpc.home, vpc.id
    )
    if record is None or record.hosted_zone_summaries is None:
        return Listing((), missing or _absent(vpc.home, action, vpc.id))
    found: list[_Claim] = []
    for zone in record.hosted_zone_summaries:
        owner = zone.owner.owning_account if zone.owner else None
        if zone.name is None or zone.owner is None:
            missing = _absent(vpc.home, action, zone.hosted_zone_id) | missing
        elif owner:
            found.append(_Claim(_plain(zone.name), By.HOSTED_ZONE, zone=zone.hosted_zone_id, owner=owner))
    return Listing(tuple(found), missing)


@remembered
def _zones_by_vpc(network: Network) -> Mapping[str, model.HostedZonesByVpc]:
    return {found.vpc_id: found for _, found in network.coverage.everywhere(model.HostedZonesByVpc)}


def _of_profiles(network: Network, vpc: Vpc) -> Listing[_Claim]:
    found: list[_Claim] = []
    causes = [network.missing_of(model.ProfileAssociation, vpc)]
    for profile in _profiles_by_vpc(network).get(vpc.id, ()):
        resources = _resources_of(network, profile, vpc.home)
        causes.append(resources.missing)
        for arn in resources:
            claims = _of_resource(network, vpc, profile, arn)
            if isinstance(claims, Missing):
                causes.append(claims)
            else:
                found += claims
    return Listing(tuple(found), Missing.union(causes))


_IN_FORCE = (None, "COMPLETE", "UPDATING")


@remembered
def _profiles_by_vpc(network: Network) -> Mapping[str, tuple[str, ...]]:
    profiles: dict[str, dict[str, None]] = {}
    for _, found in network.coverage.everywhere(model.ProfileAssociation):
        if found.resource_id and found.profile_id and found.status in _IN_FORCE:
            profiles.setdefault(found.resource_id, {})[found.profile_id] = None
    return {vpc_id: tuple(sorted(found)) for vpc_id, found in profiles.items()}


def _resources_of(network: Network, profile: str, at: Target) -> Listing[str]:
    """The ARNs of what a Profile brings to its VPCs, as any account that it is shared with shows them."""
    whole = [found for found in _resources_by_profile(network).get(profile, ()) if found.whole]
    if whole:
        return whole[0]
    missing = network.coverage.missing_item(model.ProfileResourceAssociations, at, profile)
    missing = missing or network.coverage.missing(model.ProfileResourceAssociations, at)
    return Listing((), missing or _absent(at, "route53profiles:ListProfileResourceAssociations", profile))


@remembered
def _resources_by_profile(network: Network) -> Mapping[str, tuple[Listing[str], ...]]:
    found: dict[str, list[Listing[str]]] = {}
    for at, record in network.coverage.everywhere(model.ProfileResourceAssociations):
        if record.profile_resource_associations is not None:
            arns = [each.resource_arn for each in record.profile_resource_associations if each.status in _IN_FORCE]
            missing = network.coverage.missing_item(model.ProfileResourceAssociations, at, record.profile_id)
            if None in arns:
                action = "route53profiles:ListProfileResourceAssociations"
                missing = missing or _absent(at, action, record.profile_id)
            listing = Listing(tuple(sorted(arn for arn in arns if arn)), missing)
            found.setdefault(record.profile_id, []).append(listing)
    return {profile: tuple(listings) for profile, listings in found.items()}


def _of_resource(network: Network, vpc: Vpc, profile: str, arn: str) -> list[_Claim] | Missing:
    """The domains for which a resource of a Profile answers; none for resources that hold no names."""
    _, _, service, _, account, resource = (arn.split(":", 5) + [""] * 6)[:6]
    kind, _, resource_id = resource.partition("/")
    if (service, kind) == ("route53", "hostedzone"):
        owner, zone = _zones(network).get(resource_id, ("", None))
        if zone is None or zone.name is None:
            # The ARN tells neither the zone's name nor its account.
            return Missing.of(Kind.NOT_AUDITED, action="route53:ListHostedZones", resource=resource_id)
        return [_Claim(_plain(zone.name), By.PROFILE, zone=resource_id, owner=owner, profile=profile)]
    if (service, kind) == ("ec2", "vpc-endpoint"):
        endpoint = network.endpoints.get(resource_id)
        if endpoint is None:
            home = Target(account, vpc.home.region)
            missing = network.coverage.missing(model.VpcEndpoint, home)
            return missing or _absent(home, "ec2:DescribeVpcEndpoints", resource_id)
        names = names_of(network, vpc, endpoint.service_name)
        if isinstance(names, Missing):
            return names
        return [_Claim(domain, By.PROFILE, endpoint, profile=profile) for domain in _domains(names)]
    return []


@remembered
def _zones(network: Network) -> Mapping[str, tuple[str, model.HostedZone]]:
    """Each hosted zone that an audited account owns, by id, with the account."""
    return {
        found.id.removeprefix("/hostedzone/"): (at.account, found)
        for at, found in network.coverage.everywhere(model.HostedZone)
    }


# --- What a name leads to ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Query:
    """A name that clients in a VPC ask Amazon's DNS for."""

    vpc: Vpc
    name: str
    service_name: str
    """The service that they look for."""
    asked: set[str] = field(default_factory=set)
    """The names that were asked for on the way: one that leads back to itself leads nowhere."""


def resolve(network: Network, vpc: Vpc, name: str, service_name: str) -> Resolution | Missing:
    """Where a name of a service leads for clients in a VPC who ask Amazon's DNS.

    A name that begins with ``*.`` stands for any name in its place.
    """
    return _resolve(network, _Query(vpc, _plain(name), service_name))


def _resolve(network: Network, query: _Query) -> Resolution | Missing:
    vpc, name = query.vpc, query.name
    query.asked.add(name)
    off = _switched_off(network, vpc)
    if isinstance(off, str):
        return Resolution(name, By.PUBLIC_DNS, f"{off} of {vpc.id} is off")
    claims = _claims(network, vpc)
    domain = name.removeprefix("*.")
    covering = [claim for claim in claims if domain == claim.domain or domain.endswith(f".{claim.domain}")]
    best = max(covering, key=lambda claim: (claim.rank, claim.zone), default=None)
    # Nothing is more specific than the name itself, and AWS lets a VPC have no second claim of its own on it.
    settled = best is not None and best.domain == domain and best.by is not By.PROFILE
    if claims.missing and not settled:
        return claims.missing
    if best is None:
        return Resolution(name, By.PUBLIC_DNS, f"no private DNS, hosted zone or Profile of {vpc.id} holds {name}")
    if off is not None:
        return off
    if best.endpoint is not None:
        setting = f"Profile {best.profile}" if best.profile else f"private DNS of {best.endpoint.id}"
        return Resolution(name, best.by, setting, best.endpoint.id)
    return _in_zone(network, best, query)


def _switched_off(network: Network, vpc: Vpc) -> str | Missing | None:
    """The attribute of a VPC that keeps private names from resolving, or why that is not known."""
    support, hostnames, missing = network.dns_attributes(vpc)
    if support is False:
        return "enableDnsSupport"
    return "enableDnsHostnames" if hostnames is False else missing


def _in_zone(network: Network, claim: _Claim, query: _Query) -> Resolution | Missing:
    name = query.name
    shown = f"hosted zone {claim.zone} ({claim.domain})" + (f", which {claim.profile} brings," if claim.profile else "")
    records = _records(network, claim.zone, claim.owner)
    if isinstance(records, Missing):
        return records
    found = records.matching(name)
    if not found:
        setting = f"{shown} holds no record for {name}"
        return Resolution(name, By.PUBLIC_DNS if _falls_back(network, claim.zone) else claim.by, setting)
    setting = f"record {found[0].type} {_plain(found[0].name)} of {shown.removesuffix(',')}"
    elsewhere: list[str] = []
    causes: list[Missing] = []
    for target, is_name in _targets(records, found, claim.zone):
        led = _by_name(network, target, query) if is_name else _by_address(network, target, query)
        if isinstance(led, Missing):
            causes.append(led)
        elif led:
            return Resolution(name, claim.by, setting, led)
        else:
            elsewhere.append(target)
    return Missing.union(causes) or Resolution(name, claim.by, setting, elsewhere=", ".join(elsewhere))


class _Records:
    """The records of a hosted zone that answer a query for an address, by name."""

    def __init__(self, sets: Iterable[ResourceRecordSet]) -> None:
        self._by_name: dict[str, list[ResourceRecordSet]] = {}
        for each in sets:
            held = self._by_name.setdefault(_plain(each.name), [])
            if each.type in ("A", "AAAA", "CNAME"):
                held.append(each)
        self._existing = {ancestor for name in self._by_name for ancestor in _ancestors(name)}

    def matching(self, name: str) -> Sequence[ResourceRecordSet]:
        """The records of the name itself, or of the wildcard where it would stand.

        A wildcard is asked only where nothing of a closer name exists (RFC 4592).
        """
        if name in self._existing:
            return self._by_name.get(name, [])
        closest = next((each for each in _ancestors(name) if each in self._existing), "")
        return self._by_name.get(f"*.{closest}", [])


def _ancestors(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


@remembered
def _records(network: Network, zone: str, owner: str) -> _Records | Missing:
    """The records of a hosted zone, as its owner shows them."""
    at = Target(owner, GLOBAL)
    missing = network.coverage.missing_item(model.ResourceRecordSets, at, zone)
    found = _records_by_zone(network).get(zone)
    if missing or found is None or found.resource_record_sets is None:
        missing = missing or network.coverage.missing(model.ResourceRecordSets, at)
        return missing or _absent(at, "route53:ListResourceRecordSets", zone)
    return _Records(found.resource_record_sets)


@remembered
def _records_by_zone(network: Network) -> Mapping[str, model.ResourceRecordSets]:
    return {found.hosted_zone_id: found for _, found in network.coverage.everywhere(model.ResourceRecordSets)}


def _falls_back(network: Network, zone: str) -> bool:
    """Whether public DNS answers what a hosted zone holds no record for."""
    _, found = _zones(network).get(zone, ("", None))
    return bool(found and found.features and found.features.public_dns_fallback_status == "ENABLED")


def _targets(records: _Records, found: Iterable[ResourceRecordSet], zone: str) -> Iterator[tuple[str, bool]]:
    """What records lead to, and whether it is a name; an alias of a record of the same zone stands for that one."""
    pending, seen = list(found), set[str]()
    while pending:
        each = pending.pop(0)
        if each.alias_target is not None:
            target = _plain(each.alias_target.dns_name or "")
            if each.alias_target.hosted_zone_id == zone:
                pending += records.matching(target) if target not in seen else ()
                seen.add(target)
            else:
                yield target, True
        for value in each.resource_records or ():
            yield _plain(value.value or ""), each.type == "CNAME"


_ENDPOINT_NAME = re.compile(r"(?:\*\.)?(vpce-[0-9a-z]+)-[0-9a-z]+(?:-[0-9a-z-]+)?\..+\.vpce\..+")
"""A name of an endpoint begins with its id: https://docs.aws.amazon.com/vpc/latest/privatelink/vpce-interface.html"""


def _by_name(network: Network, target: str, query: _Query) -> str | Missing:
    """The endpoint that a name leads to; empty for none."""
    if endpoint := _endpoints_by_name(network).get(target):
        return endpoint
    if unseen := _ENDPOINT_NAME.fullmatch(target):
        return unseen.group(1)
    if target in query.asked:
        return ""
    led = _resolve(network, replace(query, name=target))
    return led if isinstance(led, Missing) else led.endpoint


@remembered
def _endpoints_by_name(network: Network) -> Mapping[str, str]:
    return {
        name: endpoint.id
        for endpoint in network.endpoints.values()
        for name in own_names(endpoint)
        if endpoint.type == "Interface"
    }


def own_names(endpoint: Endpoint) -> tuple[str, ...]:
    """The names of an interface endpoint that resolve to it everywhere: they begin with its id."""
    names = [_plain(entry.dns_name or "") for entry in endpoint.record.dns_entries or ()]
    return tuple(name for name in names if name.removeprefix("*.").startswith(endpoint.id))


def _by_address(network: Network, target: str, query: _Query) -> str:
    """The endpoint within reach of the VPC that has an address; empty for none that was seen."""
    try:
        asked = Addresses.of(target)
    except ValueError:
        return ""
    within = interface_endpoints_within_reach(network, query.vpc, canonical_service(query.service_name))
    return next((endpoint.id for endpoint in within if asked <= addresses_of(network, endpoint)), "")


@remembered
def addresses_of(network: Network, endpoint: Endpoint) -> Addresses:
    """The addresses of an endpoint's network interfaces, as far as these were seen."""
    return Addresses.union(map(interface_addresses, own_interfaces(network, endpoint)))


def zones_unread(network: Network, vpc: Vpc) -> Missing | None:
    """Why it is not known which hosted zones and Profiles a VPC has; None where it is."""
    return Missing.union([_of_zones(network, vpc).missing, network.missing_of(model.ProfileAssociation, vpc)])


def _domains(names: Iterable[str]) -> tuple[str, ...]:
    """The domains of the hosted zones that hold names: a wildcard's is what follows it."""
    return tuple(dict.fromkeys(_plain(name).removeprefix("*.") for name in names))


def _plain(name: str) -> str:
    """A name in one spelling: Route 53 ends it in a full stop, and writes an asterisk as an octal number."""
    return name.rstrip(".").lower().replace("\\052", "*")


def _absent(at: Target, action: str, resource: str) -> Missing:
    return Missing(frozenset({Cause(Kind.ABSENT_FIELD, at.account, at.region, action, resource)}))
