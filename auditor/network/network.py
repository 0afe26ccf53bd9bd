"""The network: every answer of the snapshot, merged, indexed once, and asked questions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from auditor import model
from auditor.model.ec2 import VpcPeeringConnectionVpcInfo
from auditor.network.addresses import ALL_IPV4, ALL_IPV6, NOTHING, Addresses, block_range, is_everything
from auditor.network.coverage import Coverage, Listing
from auditor.network.entities import (
    Account,
    DnsServers,
    Endpoint,
    EndpointService,
    Peering,
    Run,
    SecurityGroup,
    Side,
    Subnet,
    SubnetClass,
    TableGroup,
    Vpc,
    name_of,
)
from auditor.network.missing import Kind, Missing
from auditor.network.routes import Route, RouteTable, TargetKind, read_route
from auditor.snapshot import Target

K = TypeVar("K")
V = TypeVar("V")

# Interfaces that AWS runs for a network function are not workloads.
_NOT_WORKLOADS = {"vpc_endpoint", "natgateway", "nat_gateway", "transit_gateway", "gateway_load_balancer_endpoint"}

_LINK_LOCAL_DNS = Addresses.of("169.254.169.253", "fd00:ec2::253")
"""Where Amazon's own DNS server is in every VPC."""

_CLASSES = {
    TargetKind.INTERNET_GATEWAY: SubnetClass.PUBLIC,
    TargetKind.NETWORK_INTERFACE: SubnetClass.NAT,
    TargetKind.TRANSIT_GATEWAY: SubnetClass.TRANSIT,
    TargetKind.CORE_NETWORK: SubnetClass.TRANSIT,
    TargetKind.VPN_GATEWAY: SubnetClass.TRANSIT,
    TargetKind.EGRESS_ONLY_INTERNET_GATEWAY: SubnetClass.EGRESS_ONLY,
}


class Network:
    """What the answers of a snapshot mean together."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage

    # --- The entities -------------------------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The audit as a whole."""
        return Run()

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """The audited accounts."""
        return tuple(Account(account) for account in sorted(self.coverage.accounts))

    @cached_property
    def vpcs(self) -> Mapping[str, Vpc]:
        """Every VPC that an audited account shows, by id."""
        return self._merged(model.Vpc, _vpc, lambda vpc: vpc.id)

    @cached_property
    def subnets(self) -> Mapping[str, Subnet]:
        """Every subnet that an audited account shows, by id."""
        return self._merged(model.Subnet, _subnet, lambda subnet: subnet.id)

    @cached_property
    def route_tables(self) -> Mapping[str, RouteTable]:
        """Every route table that an audited account shows, by id."""
        return self._merged(model.RouteTable, self._route_table, lambda table: table.id)

    @cached_property
    def security_groups(self) -> Mapping[str, SecurityGroup]:
        """Every security group that an audited account shows, by id."""
        return self._merged(
            model.SecurityGroup,
            lambda record, at: SecurityGroup(record, record.owner_id or at.account, at),
            lambda group: group.id,
        )

    @cached_property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """Every VPC endpoint that an audited account shows, by id."""
        return self._merged(
            model.VpcEndpoint,
            lambda record, at: Endpoint(record, record.vpc_id or "", record.owner_id or at.account, at),
            lambda endpoint: endpoint.id,
        )

    @cached_property
    def endpoint_services(self) -> Mapping[str, EndpointService]:
        """Every endpoint service that an audited account provides, by id."""
        return self._merged(model.ServiceConfiguration, EndpointService, lambda service: service.id)

    @cached_property
    def peerings(self) -> Mapping[str, Peering]:
        """Every peering connection that an audited account shows with both its VPCs, by id."""
        copies: dict[str, list[tuple[Target, model.VpcPeeringConnection]]] = defaultdict(list)
        for at, record in self.coverage.everywhere(model.VpcPeeringConnection):
            # One without is between nothing that could be named; the coverage holds that the list lacks something.
            if all(side and side.vpc_id for side in (record.requester_vpc_info, record.accepter_vpc_info)):
                copies[record.vpc_peering_connection_id].append((at, record))
        return {peering_id: self._peering(copies[peering_id]) for peering_id in sorted(copies)}

    @cached_property
    def organization_accounts(self) -> Listing[str]:
        """The accounts of the organization, as whoever may ask for them shows them."""
        found: set[str] = set()
        causes: list[Missing | None] = []
        for at in self.coverage.asked_of(model.Account):
            found |= {member.id for member in self.coverage.records(model.Account, at)}
            causes.append(self.coverage.missing(model.Account, at))
        # Every account that may ask is shown the same list, so one whole list is enough.
        return Listing(tuple(sorted(found)), None if None in causes else Missing.union(causes))

    def _merged(
        self,
        record: type[model.AnyRecord],
        make: Callable[[model.AnyRecord, Target], V],
        key: Callable[[V], str],
    ) -> dict[str, V]:
        """One entity for each id, from the owner's copy where there is one."""
        merged: dict[str, V] = {}
        for at, found in self.coverage.everywhere(record):
            entity = make(found, at)
            if key(entity) not in merged or getattr(entity, "owner", None) == at.account:
                merged[key(entity)] = entity
        return dict(sorted(merged.items()))

    def _route_table(self, record: model.RouteTable, at: Target) -> RouteTable:
        associations = [
            association
            for association in record.associations or ()
            if association.association_state is None or association.association_state.state in (None, "associated")
        ]
        return RouteTable(
            id=record.route_table_id,
            vpc_id=record.vpc_id or "",
            owner=record.owner_id or at.account,
            account=at.account,
            region=at.region,
            name=name_of(record.tags),
            main=any(association.main for association in associations),
            subnet_ids=frozenset(association.subnet_id for association in associations if association.subnet_id),
            gateway_ids=frozenset(association.gateway_id for association in associations if association.gateway_id),
            routes=tuple(
                sorted(
                    (
                        read_route(route, record.route_table_id, lambda listed: self.prefix_list(listed, at))
                        for route in record.routes or ()
                    ),
                    key=lambda route: (route.destination, route.origin, route.target),
                )
            ),
        )

    # --- Peering ------------------------------------------------------------------------------------------------------

    def _peering(self, copies: Sequence[tuple[Target, model.VpcPeeringConnection]]) -> Peering:
        # The texts do not compare: one has fractions of a second, another has none.
        newest = max(copies, key=lambda copy: (datetime.fromisoformat(self.coverage.collected_at(copy[0])), copy[0]))
        region = newest[0].region
        ends = {
            role: self._side(role, newest[1], region, copies) for role in ("requester_vpc_info", "accepter_vpc_info")
        }
        requester, accepter = ends["requester_vpc_info"], ends["accepter_vpc_info"]
        shown = dict(copies)
        home = next((side.home for side in (requester, accepter) if side.home in shown), newest[0])
        return Peering(
            record=newest[1],
            name=name_of(shown[home].tags) or name_of(newest[1].tags),
            status=(newest[1].status.code if newest[1].status else None) or "",
            requester=requester,
            accepter=accepter,
            seen_from=tuple(sorted(shown)),
            home=home,
        )

    def _side(
        self,
        role: str,
        newest: model.VpcPeeringConnection,
        region: str,
        copies: Sequence[tuple[Target, model.VpcPeeringConnection]],
    ) -> Side:
        shown: VpcPeeringConnectionVpcInfo = getattr(newest, role) or VpcPeeringConnectionVpcInfo()
        vpc_id, owner = shown.vpc_id or "", shown.owner_id or ""
        # The Region is absent on old connections inside one Region.
        home = Target(owner, shown.region or region)
        vpc = self.vpcs.get(vpc_id)
        blocks, addresses_missing = (vpc.blocks, None) if vpc else self._blocks_of_side(shown, home, newest)
        own = next((getattr(record, role) for at, record in copies if at == home), None) or shown
        options = own.peering_options or shown.peering_options
        return Side(
            vpc_id=vpc_id,
            owner=owner,
            region=home.region,
            vpc=vpc,
            unseen=self._unseen(vpc, home, vpc_id),
            blocks=blocks,
            addresses_missing=addresses_missing,
            allows_dns=options.allow_dns_resolution_from_remote_vpc if options else None,
        )

    def _blocks_of_side(
        self, shown: VpcPeeringConnectionVpcInfo, home: Target, peering: model.VpcPeeringConnection
    ) -> tuple[tuple[str, ...], Missing | None]:
        blocks = [block.cidr_block for block in shown.cidr_block_set or ()]
        blocks += [block.ipv6_cidr_block for block in shown.ipv6_cidr_block_set or ()]
        known = tuple(dict.fromkeys(block for block in [shown.cidr_block, *blocks] if block))
        if shown.cidr_block_set is not None:
            return known, None
        # AWS gives the blocks only while the connection is active; the primary alone says nothing of the others.
        action = "ec2:DescribeVpcPeeringConnections"
        return known, _absent(home, action, peering.vpc_peering_connection_id)

    def _unseen(self, vpc: Vpc | None, home: Target, vpc_id: str) -> Missing | None:
        if vpc is None:
            missing = self.coverage.missing(model.Vpc, home)
            return missing or Missing.of(
                Kind.ABSENT_FIELD, account=home.account, region=home.region, action="ec2:DescribeVpcs", resource=vpc_id
            )
        return self._participant(vpc) if vpc.from_participant else None

    # --- What a VPC has -----------------------------------------------------------------------------------------------

    def missing_of(self, record: type[model.Record], vpc: Vpc) -> Missing | None:
        """Why the records of a type may not be all that ``vpc`` has; None where they are."""
        return self._participant(vpc) if vpc.from_participant else self.coverage.missing(record, vpc.home)

    def _participant(self, vpc: Vpc) -> Missing:
        # Where the owner was audited too, the cause is what kept it from showing the VPC.
        refused = self.coverage.missing(model.Vpc, vpc.home) if vpc.home in self.coverage.targets else None
        return refused or Missing.of(Kind.PARTICIPANT, account=vpc.owner, region=vpc.seen_from.region, resource=vpc.id)

    def subnets_of(self, vpc: Vpc) -> Listing[Subnet]:
        """The subnets of a VPC."""
        return Listing(self._subnets_by_vpc.get(vpc.id, ()), self.missing_of(model.Subnet, vpc))

    @cached_property
    def _subnets_by_vpc(self) -> dict[str, tuple[Subnet, ...]]:
        return _grouped(self.subnets.values(), lambda subnet: subnet.vpc_id)

    def route_tables_of(self, vpc: Vpc) -> Listing[RouteTable]:
        """The route tables of a VPC."""
        return Listing(self._tables_by_vpc.get(vpc.id, ()), self.missing_of(model.RouteTable, vpc))

    @cached_property
    def _tables_by_vpc(self) -> dict[str, tuple[RouteTable, ...]]:
        return _grouped(self.route_tables.values(), lambda table: table.vpc_id)

    def endpoints_of(self, vpc: Vpc) -> Listing[Endpoint]:
        """The endpoints in a VPC."""
        return Listing(self._endpoints_by_vpc.get(vpc.id, ()), self.missing_of(model.VpcEndpoint, vpc))

    @cached_property
    def _endpoints_by_vpc(self) -> dict[str, tuple[Endpoint, ...]]:
        return _grouped(self.endpoints.values(), lambda endpoint: endpoint.vpc_id)

    def peerings_of(self, vpc_id: str) -> tuple[Peering, ...]:
        """The live peering connections of a VPC."""
        return self._peerings_by_vpc.get(vpc_id, ())

    @cached_property
    def _peerings_by_vpc(self) -> dict[str, tuple[Peering, ...]]:
        ends = [(side.vpc_id, peering) for peering in self.peerings.values() if peering.live for side in peering.sides]
        grouped = _grouped(ends, lambda end: end[0])
        return {vpc_id: tuple(dict.fromkeys(peering for _, peering in ends)) for vpc_id, ends in grouped.items()}

    def in_vpc(self, record: type[model.AnyRecord], vpc: Vpc) -> Listing[model.AnyRecord]:
        """The records of a type that name ``vpc`` in their ``VpcId``, such as its NAT gateways."""
        found = self._records_by_vpc(record).get(vpc.id, ())
        return Listing(found, self.missing_of(record, vpc))

    def _records_by_vpc(self, record: type[model.AnyRecord]) -> dict[str, tuple[model.AnyRecord, ...]]:
        known = self._by_vpc.get(record)
        if known is None:
            merged = self._merged(record, lambda found, _: found, model.record_id)
            known = self._by_vpc[record] = _grouped(merged.values(), lambda found: getattr(found, "vpc_id", None) or "")
        return known  # type: ignore[return-value]  # the key names the type

    @cached_property
    def _by_vpc(self) -> dict[type[model.Record], dict[str, tuple[model.Record, ...]]]:
        return {}

    def attached(self, record: type[model.InternetGateway] | type[model.VpnGateway], vpc: Vpc) -> Listing[str]:
        """The ids of the internet gateways or virtual private gateways that are attached to a VPC."""
        prefix = "igw-" if record is model.InternetGateway else "vgw-"
        found = [gateway_id for gateway_id in self._attached.get(vpc.id, ()) if gateway_id.startswith(prefix)]
        return Listing(tuple(found), self.missing_of(record, vpc))

    @cached_property
    def _attached(self) -> dict[str, tuple[str, ...]]:
        """The gateways that are attached to each VPC."""
        attachments = [
            *(
                (found.internet_gateway_id, found.attachments)
                for _, found in self.coverage.everywhere(model.InternetGateway)
            ),
            *((found.vpn_gateway_id, found.vpc_attachments) for _, found in self.coverage.everywhere(model.VpnGateway)),
        ]
        # An internet gateway is ``available`` while it is attached, a virtual private gateway ``attached``.
        ends = [
            (end.vpc_id or "", gateway_id)
            for gateway_id, found in attachments
            for end in found or ()
            if end.state in ("attached", "available")
        ]
        grouped = _grouped(ends, lambda end: end[0])
        return {vpc_id: tuple(dict.fromkeys(gateway for _, gateway in found)) for vpc_id, found in grouped.items()}

    def dns_attributes(self, vpc: Vpc) -> tuple[bool | None, bool | None, Missing | None]:
        """``enableDnsSupport``, ``enableDnsHostnames``, and why one of them is not known."""
        record = self._attributes.get((vpc.home, vpc.id))
        support = record.enable_dns_support.value if record and record.enable_dns_support else None
        hostnames = record.enable_dns_hostnames.value if record and record.enable_dns_hostnames else None
        if support is not None and hostnames is not None:
            return support, hostnames, None
        missing = (
            self.missing_of(model.VpcAttribute, vpc)
            or self.coverage.missing_item(model.VpcAttribute, vpc.home, vpc.id)
            or _absent(vpc.home, "ec2:DescribeVpcAttribute", vpc.id)
        )
        return support, hostnames, missing

    @cached_property
    def _attributes(self) -> dict[tuple[Target, str], model.VpcAttribute]:
        grouped = _grouped(self.coverage.everywhere(model.VpcAttribute), lambda found: (found[0], found[1].vpc_id))
        return {key: found[0][1] for key, found in grouped.items()}

    def dns_servers(self, vpc: Vpc) -> DnsServers | Missing:
        """Whom the machines of a VPC are told to ask for names.

        Without a DHCP options set, instances on AWS's Nitro System ask Amazon's server all the same:
        https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html
        """
        options_id, at = vpc.record.dhcp_options_id, vpc.home
        if options_id == "default":
            return DnsServers(amazon=True, others=())
        options = self._dhcp_options.get((at, options_id or ""))
        if options is None or options.dhcp_configurations is None:
            if options_id is None:
                return _absent(at, "ec2:DescribeVpcs", vpc.id)
            unlisted = self.missing_of(model.DhcpOptions, vpc)
            return unlisted or _absent(at, "ec2:DescribeDhcpOptions", options_id)
        named = [
            server.value
            for option in options.dhcp_configurations
            if option.key == "domain-name-servers"
            for server in option.values or ()
            if server.value
        ]
        others = tuple(server for server in named if not _is_amazons(server, vpc))
        return DnsServers(amazon=len(others) < len(named), others=others)

    @cached_property
    def _dhcp_options(self) -> dict[tuple[Target, str], model.DhcpOptions]:
        return {(at, found.dhcp_options_id): found for at, found in self.coverage.everywhere(model.DhcpOptions)}

    def transit_gateways_of(self, vpc: Vpc) -> tuple[str, ...]:
        """The transit gateways and core networks of a VPC."""
        return self._transit_of.get(vpc.id, ())

    def transit_members(self, gateway: str) -> tuple[str, ...]:
        """The ids of the VPCs on a transit gateway or core network, those that were not seen among them."""
        return self._transit_members.get(gateway, ())

    def transit_neighbours(self, vpc: Vpc, within: Addresses | None = None) -> tuple[tuple[str, Vpc], ...]:
        """The other VPCs on the transit gateways and core networks of a VPC, each with the gateway between them.

        ``within`` leaves out those that have none of these addresses. A core network's attachments are known only by
        the routes that lead to it.
        """
        return tuple(
            (gateway, other)
            for gateway in self._transit_of.get(vpc.id, ())
            # Thousands of VPCs may be on one transit gateway, and most of what is asked for is in none of them.
            if within is None or within & self.transit_addresses(gateway)
            for other in map(self.vpcs.get, self._transit_members[gateway])
            if other and other.id != vpc.id and (within is None or within & other.addresses)
        )

    def transit_addresses(self, gateway: str) -> Addresses:
        """All addresses of the VPCs that were seen on a transit gateway or core network."""
        known = self._addresses_by_gateway.get(gateway)
        if known is None:
            members = (self.vpcs.get(member) for member in self._transit_members.get(gateway, ()))
            known = Addresses.union(vpc.addresses for vpc in members if vpc)
            self._addresses_by_gateway[gateway] = known
        return known

    @cached_property
    def _addresses_by_gateway(self) -> dict[str, Addresses]:
        return {}

    @cached_property
    def _transit_members(self) -> dict[str, tuple[str, ...]]:
        members: dict[str, list[str]] = defaultdict(list)
        for _, attachment in self.coverage.everywhere(model.TransitGatewayVpcAttachment):
            if attachment.state in (None, "available") and attachment.transit_gateway_id and attachment.vpc_id:
                members[attachment.transit_gateway_id].append(attachment.vpc_id)
        for table in self.route_tables.values():
            for route in table.routes:
                if route.active and route.kind is TargetKind.CORE_NETWORK:
                    members[route.target].append(table.vpc_id)
        return {gateway: tuple(sorted(set(vpcs))) for gateway, vpcs in sorted(members.items())}

    @cached_property
    def _transit_of(self) -> dict[str, tuple[str, ...]]:
        pairs = [(vpc_id, gateway) for gateway, vpcs in self._transit_members.items() for vpc_id in vpcs]
        return {vpc_id: tuple(at for _, at in found) for vpc_id, found in _grouped(pairs, lambda pair: pair[0]).items()}

    def gateway_capable(self, at: Target) -> Listing[str]:
        """The names of the AWS services of a Region that have gateway endpoints, by AWS's own list of services."""
        return self.offered(at, "Gateway")

    def offered(self, at: Target, kind: str) -> Listing[str]:
        """The names of the services that a Region offers by endpoints of a type, such as ``Interface``."""
        names: set[str] = set()
        missing: Missing | None = None
        for target in [at, *(other for other in self._in_region(at.region) if other != at)]:
            # Every account of a Region is offered AWS's own services, so one whole list is enough.
            unseen = self.coverage.missing(model.ServiceDetail, target)
            missing = unseen if missing is None or unseen is None else missing
            names |= {
                service.service_name
                for service in self.coverage.records(model.ServiceDetail, target)
                if any(offered.service_type == kind for offered in service.service_type or ())
            }
            if unseen is None:
                return Listing(tuple(sorted(names)))
        return Listing(tuple(sorted(names)), missing)

    def gateway_services(self, region: str) -> Mapping[str, str]:
        """The AWS services of a Region that have gateway endpoints: the name of each by its prefix list's id."""
        known = self._gateway_services.get(region)
        if known is None:
            capable = {name for target in self._in_region(region) for name in self.gateway_capable(target)}
            known = self._gateway_services[region] = {
                listed.prefix_list_id: listed.prefix_list_name
                for target in self._in_region(region)
                for listed in self.coverage.records(model.PrefixList, target)
                if listed.prefix_list_name in capable
            }
        return known

    @cached_property
    def _gateway_services(self) -> dict[str, Mapping[str, str]]:
        return {}

    def gateway_services_missing(self, at: Target) -> Missing | None:
        """Why ``gateway_services`` may not name them all; None where it does."""
        for target in self._in_region(at.region):
            missing = Missing.union(
                self.coverage.missing(record, target) for record in (model.ServiceDetail, model.PrefixList)
            )
            if missing is None:
                return None
        return Missing.union(self.coverage.missing(record, at) for record in (model.ServiceDetail, model.PrefixList))

    def _in_region(self, region: str) -> tuple[Target, ...]:
        return self._targets_by_region.get(region, ())

    @cached_property
    def _targets_by_region(self) -> dict[str, tuple[Target, ...]]:
        return _grouped(self.coverage.targets, lambda target: target.region)

    # --- Routes -------------------------------------------------------------------------------------------------------

    def prefix_list(self, prefix_list_id: str, at: Target) -> tuple[tuple[str, ...], Missing | None]:
        """The blocks of a prefix list as ``at`` may know it, and why there may be more."""
        # Another account of the same Region may read what this one may not; the list is the same.
        targets = [at, *(target for target in self._in_region(at.region) if target != at)]
        partial: tuple[str, ...] = ()
        for target in targets:
            blocks = self._entries(target).get(prefix_list_id)
            if blocks is None:
                continue
            if self.coverage.missing_item(model.ManagedPrefixListEntries, target, prefix_list_id) is None:
                return blocks, None
            partial = partial or blocks
        for target in targets:
            for service in self.coverage.records(model.PrefixList, target):
                if service.prefix_list_id == prefix_list_id and service.cidrs:
                    return service.cidrs, None
        missing = (
            self.coverage.missing_item(model.ManagedPrefixListEntries, at, prefix_list_id)
            or self.coverage.missing(model.ManagedPrefixListEntries, at)
            or _absent(at, "ec2:GetManagedPrefixListEntries", prefix_list_id)
        )
        return partial, missing

    def _entries(self, at: Target) -> dict[str, tuple[str, ...]]:
        known = self._entries_cache.get(at)
        if known is None:
            known = self._entries_cache[at] = {
                found.prefix_list_id: tuple(entry.cidr for entry in found.entries if entry.cidr)
                for found in self.coverage.records(model.ManagedPrefixListEntries, at)
                if found.entries is not None
            }
        return known

    @cached_property
    def _entries_cache(self) -> dict[Target, dict[str, tuple[str, ...]]]:
        return {}

    def routes_to(self, target: str) -> tuple[Route, ...]:
        """The routes of all route tables that lead to a target, in any state."""
        return self._routes_by_target.get(target, ())

    def routes_for(self, destination: str, kind: TargetKind) -> tuple[Route, ...]:
        """The routes of all route tables for a destination, as they name it, to targets of a kind, in any state."""
        return self._routes_by_destination.get((destination, kind), ())

    @cached_property
    def _routes_by_destination(self) -> dict[tuple[str, TargetKind], tuple[Route, ...]]:
        routes = [route for table in self.route_tables.values() for route in table.routes]
        return _grouped(routes, lambda route: (route.destination, route.kind))

    def vpn_connections_of(self, gateway: str) -> tuple[model.VpnConnection, ...]:
        """The VPN connections of a virtual private gateway, in any state."""
        return self._vpn_connections.get(gateway, ())

    @cached_property
    def _vpn_connections(self) -> dict[str, tuple[model.VpnConnection, ...]]:
        connections = [connection for _, connection in self.coverage.everywhere(model.VpnConnection)]
        return _grouped(connections, lambda connection: connection.vpn_gateway_id or "")

    @cached_property
    def _routes_by_target(self) -> dict[str, tuple[Route, ...]]:
        routes = [route for table in self.route_tables.values() for route in table.routes]
        return _grouped(routes, lambda route: route.target)

    def groups_naming(self, named: str) -> tuple[SecurityGroup, ...]:
        """The security groups with a rule that refers to a group over a peering connection, or of an account."""
        return self._groups_by_named.get(named, ())

    @cached_property
    def _groups_by_named(self) -> dict[str, tuple[SecurityGroup, ...]]:
        naming = [
            (named, group)
            for group in self.security_groups.values()
            for permission in (*(group.record.ip_permissions or ()), *(group.record.ip_permissions_egress or ()))
            for pair in permission.user_id_group_pairs or ()
            for named in (pair.vpc_peering_connection_id, pair.user_id)
            if named
        ]
        grouped = _grouped(naming, lambda found: found[0])
        return {named: tuple({group.id: group for _, group in found}.values()) for named, found in grouped.items()}

    def vpc_of(self, group: SecurityGroup) -> Vpc | Missing:
        """The VPC of a security group."""
        vpc_id, at = group.record.vpc_id or "", group.seen_from
        vpc = self.vpcs.get(vpc_id)
        return vpc or self.coverage.missing(model.Vpc, at) or _absent(at, "ec2:DescribeVpcs", vpc_id)

    def table_of(self, subnet: Subnet) -> RouteTable | Missing:
        """The effective route table of a subnet: its own, or else the VPC's main one.

        AWS names no subnet for an implicit association, so the main table applies only where no table that is unseen
        can name the subnet.
        """
        vpc = self.vpcs.get(subnet.vpc_id)
        tables = self._tables_by_vpc.get(subnet.vpc_id, ())
        explicit = next((table for table in tables if subnet.id in table.subnet_ids), None)
        if explicit is not None:
            return explicit
        if vpc is None:
            return self._unlisted_vpc(subnet)
        if (missing := self.missing_of(model.RouteTable, vpc)) is not None:
            return missing
        main = next((table for table in tables if table.main), None)
        return main or _absent(vpc.home, "ec2:DescribeRouteTables", vpc.id)

    def _unlisted_vpc(self, subnet: Subnet) -> Missing:
        at = subnet.seen_from
        return self.coverage.missing(model.Vpc, at) or _absent(at, "ec2:DescribeVpcs", subnet.vpc_id)

    def table_groups(self, vpc: Vpc) -> Listing[TableGroup]:
        """The subnets of a VPC by effective route table, in the order of the tables' ids."""
        known = self._groups_cache.get(vpc.id)
        if known is None:
            subnets = self.subnets_of(vpc)
            by_table: dict[str, list[Subnet]] = defaultdict(list)
            tables: dict[str, RouteTable] = {}
            missing = subnets.missing
            for subnet in subnets:
                table = self.table_of(subnet)
                if isinstance(table, Missing):
                    missing = table | missing
                else:
                    tables[table.id] = table
                    by_table[table.id].append(subnet)
            groups = tuple(
                TableGroup(tables[at], tuple(by_table[at]), Addresses.union(found.addresses for found in by_table[at]))
                for at in sorted(by_table)
            )
            known = self._groups_cache[vpc.id] = Listing(groups, missing)
        return known

    @cached_property
    def _groups_cache(self) -> dict[str, Listing[TableGroup]]:
        return {}

    # --- Use ----------------------------------------------------------------------------------------------------------

    def workloads(self, subnet: Subnet) -> Listing[model.NetworkInterface]:
        """The network interfaces in a subnet that are not AWS's own, such as those of endpoints and NAT gateways."""
        vpc = self.vpcs.get(subnet.vpc_id)
        missing = self.missing_of(model.NetworkInterface, vpc) if vpc else self._unlisted_vpc(subnet)
        return Listing(self._workloads_by_subnet.get(subnet.id, ()), missing)

    def is_workload(self, interface: model.NetworkInterface) -> bool:
        """Whether a network interface is not AWS's own, such as one of an endpoint or a NAT gateway."""
        kind = (interface.interface_type or "").lower()
        return kind not in _NOT_WORKLOADS and interface.network_interface_id not in self._interfaces_of_endpoints

    @cached_property
    def _interfaces_of_endpoints(self) -> frozenset[str]:
        return frozenset(
            interface
            for endpoint in self.endpoints.values()
            for interface in endpoint.record.network_interface_ids or ()
        )

    @cached_property
    def _workloads_by_subnet(self) -> dict[str, tuple[model.NetworkInterface, ...]]:
        interfaces = {
            record.network_interface_id: record for _, record in self.coverage.everywhere(model.NetworkInterface)
        }
        workloads = [record for _, record in sorted(interfaces.items()) if self.is_workload(record)]
        return _grouped(workloads, lambda record: record.subnet_id or "")

    def members(self, group_id: str, region: str) -> Addresses:
        """The private addresses of the interfaces in a Region that were seen to carry a security group."""
        return self._members.get((group_id, region), NOTHING)

    @cached_property
    def _members(self) -> dict[tuple[str, str], Addresses]:
        carried = [
            (group.group_id, at.region, interface_addresses(interface))
            for at, interface in self.coverage.everywhere(model.NetworkInterface)
            for group in interface.groups or ()
            if group.group_id
        ]
        grouped = _grouped(carried, lambda found: found[:2])
        return {key: Addresses.union(addresses for *_, addresses in found) for key, found in grouped.items()}

    def in_use(self, subnet: Subnet) -> bool | Missing:
        """Whether a workload has an interface in the subnet."""
        workloads = self.workloads(subnet)
        if workloads:
            return True
        return workloads.missing or False

    def class_of(self, subnet: Subnet) -> SubnetClass | Missing:
        """Where the subnet's default route leads."""
        table = self.table_of(subnet)
        if isinstance(table, Missing):
            return table
        classes = [self._class_by(route, subnet) for route in default_routes(table)]
        known = [found for found in classes if not isinstance(found, Missing)]
        for found in (
            SubnetClass.PUBLIC,
            SubnetClass.NAT,
            SubnetClass.TRANSIT,
            SubnetClass.OTHER,
            SubnetClass.EGRESS_ONLY,
        ):
            if found in known:
                return found
        undecided = [found for found in classes if isinstance(found, Missing)]
        hidden = [route.hidden for route in table.routes if route.hidden]
        return Missing.union([*undecided, *hidden]) or SubnetClass.ISOLATED

    def _class_by(self, route: Route, subnet: Subnet) -> SubnetClass | Missing:
        if route.kind is not TargetKind.NAT_GATEWAY:
            return _CLASSES.get(route.kind, SubnetClass.OTHER)
        gateways = self._records_by_vpc(model.NatGateway).get(subnet.vpc_id, ())
        gateway = next((found for found in gateways if found.nat_gateway_id == route.target), None)
        if gateway is None:
            vpc = self.vpcs.get(subnet.vpc_id)
            missing = self.missing_of(model.NatGateway, vpc) if vpc else self._unlisted_vpc(subnet)
            return missing or SubnetClass.ISOLATED
        if (gateway.state or "available") not in ("available", "pending"):
            return SubnetClass.ISOLATED
        # A private NAT gateway is no way to the internet; AWS's default is a public one.
        return SubnetClass.TRANSIT if gateway.connectivity_type == "private" else SubnetClass.NAT


def default_routes(table: RouteTable) -> Iterator[Route]:
    """The active routes that take everything for which no other route stands, IPv4 first."""
    for everything in (ALL_IPV4, ALL_IPV6):
        halves = _halves(table, everything)
        if halves:
            yield from halves
            continue
        covering = [route for route in table.routes if everything <= route.addresses]
        if covering:
            best = min(covering, key=lambda route: (route.origin, route.target))
            if best.active:
                yield best


def _halves(table: RouteTable, everything: Addresses) -> list[Route]:
    """The active routes that make up a default route together, as 0.0.0.0/1 and 128.0.0.0/1 do; they go before one."""
    parts = [
        (block, route)
        for route in table.routes
        for block in route.blocks
        if is_everything(block) and Addresses.of(block) <= everything and Addresses.of(block) != everything
    ]
    best: dict[str, Route] = {}
    for block, route in sorted(parts, key=lambda part: (part[1].origin, part[1].target)):
        best.setdefault(block, route)
    active = {block: route for block, route in best.items() if route.active}
    if not everything <= Addresses.union(Addresses.of(block) for block in active):
        return []
    return list({route.destination: route for route in active.values()}.values())


def _vpc(record: model.Vpc, at: Target) -> Vpc:
    associated = [
        block.cidr_block
        for block in record.cidr_block_association_set or ()
        if block.cidr_block_state is None or block.cidr_block_state.state in (None, "associated")
    ]
    associated += [
        block.ipv6_cidr_block
        for block in record.ipv6_cidr_block_association_set or ()
        if block.ipv6_cidr_block_state is None or block.ipv6_cidr_block_state.state in (None, "associated")
    ]
    if record.cidr_block_association_set is None:
        associated.append(record.cidr_block)
    return Vpc(record, record.owner_id or at.account, at, tuple(block for block in associated if block))


def _subnet(record: model.Subnet, at: Target) -> Subnet:
    blocks = [record.cidr_block]
    blocks += [
        block.ipv6_cidr_block
        for block in record.ipv6_cidr_block_association_set or ()
        if block.ipv6_cidr_block_state is None or block.ipv6_cidr_block_state.state in (None, "associated")
    ]
    addresses = Addresses.of(*(block for block in blocks if block))
    return Subnet(record, record.vpc_id or "", record.owner_id or at.account, at, addresses)


def interface_addresses(interface: model.NetworkInterface) -> Addresses:
    """The private IPv4 addresses and the IPv6 addresses of a network interface."""
    return Addresses.of(*each_address(interface))


def each_address(interface: model.NetworkInterface) -> tuple[str, ...]:
    """The same addresses one by one, its primary one first."""
    listed = [address.private_ip_address for address in interface.private_ip_addresses or ()]
    listed += [address.ipv6_address for address in interface.ipv6_addresses or ()]
    return tuple(dict.fromkeys(address for address in [interface.private_ip_address, *listed] if address))


def _is_amazons(server: str, vpc: Vpc) -> bool:
    """Whether a DNS server of a VPC's DHCP options is Amazon's own.

    That one has link-local addresses and one in the VPC: the third of its first IPv4 block.
    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    try:
        address, _ = block_range(server)
    except ValueError:
        return server.lower() == "amazonprovideddns"
    first = block_range(vpc.record.cidr_block)[0] if vpc.record.cidr_block else None
    return server in _LINK_LOCAL_DNS or (first is not None and address == first + 2)


def _absent(at: Target, action: str, resource: str) -> Missing:
    return Missing.of(Kind.ABSENT_FIELD, account=at.account, region=at.region, action=action, resource=resource)


def _grouped(found: Iterable[V], key: Callable[[V], K]) -> dict[K, tuple[V, ...]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for entity in found:
        groups[key(entity)].append(entity)
    return {name: tuple(members) for name, members in groups.items()}
