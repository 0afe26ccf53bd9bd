"""How VPCs reach AWS services: table, CSV and JSON, made in parts so that no large one is ever held."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from auditor.network.entities import Endpoint, Vpc
from auditor.network.missing import Missing
from auditor.network.policies.documents import Unreadable, read_policy
from auditor.network.service_ways import ServiceWay, Way
from auditor.report.csv import cell, lines
from auditor.report.document import Look
from auditor.report.grid import Cell, Layout, grid, wrapped
from auditor.report.json import listed
from auditor.report.text import visible
from auditor.report.unseen import counted, lines_of


@dataclass(frozen=True)
class VpcWays:
    """A VPC and its ways to services, a service after the other."""

    vpc: Vpc
    ways: tuple[ServiceWay, ...]


class WayEntry(msgspec.Struct, frozen=True):
    """A way to a service from the subnets of a VPC that have one class and take it.

    An endpoint of the VPC that none of its subnets takes by the service's own name has an entry without subnets.
    """

    account: str
    region: str
    vpc: str
    vpc_name: str
    service: str
    subnet_class: str
    """Where the default route of the subnets leads; empty where that is not known, or where there are none."""
    subnets: tuple[str, ...]
    way: Way
    endpoint: str
    decided_by: str
    name: str
    """The name that is called: the service's own one, or one of the endpoint's."""
    endpoint_type: str
    security_groups: tuple[str, ...]
    """What guards an interface endpoint; a gateway endpoint has none."""
    policy: str
    """``full access``, ``restricted`` or ``unreadable``; empty where there is none."""
    route_tables: tuple[str, ...]
    """Those that a gateway endpoint changes; an interface endpoint needs none."""
    network_interfaces: tuple[str, ...]
    """Those of an interface endpoint; a gateway endpoint has none."""
    hourly_charge: str
    """``yes`` or ``no``: whether AWS charges for each hour that it is there; empty where the way is not known."""


COLUMNS = tuple(field.encode_name for field in msgspec.structs.fields(WayEntry))
"""Columns are only ever added at the end: readers may count them."""


def entry(way: ServiceWay) -> WayEntry:
    """A way as CSV and JSON readers get it."""
    endpoint = way.endpoint
    record = endpoint.record if endpoint else None
    return WayEntry(
        account=way.vpc.owner,
        region=way.vpc.home.region,
        vpc=way.vpc.id,
        vpc_name=way.vpc.name,
        service=way.service_name,
        subnet_class=way.subnet_class or "",
        subnets=tuple(subnet.id for subnet in way.subnets),
        way=way.way,
        endpoint=way.endpoint_id,
        decided_by=way.decided_by,
        name=way.name,
        endpoint_type=endpoint.type if endpoint else "",
        security_groups=tuple(each.group_id for each in (record.groups if record else None) or () if each.group_id),
        policy=_policy(endpoint) if endpoint else "",
        route_tables=tuple((record.route_table_ids if record else None) or ()),
        network_interfaces=tuple((record.network_interface_ids if record else None) or ()),
        hourly_charge=_CHARGED.get(way.way, ""),
    )


# Sources: https://aws.amazon.com/privatelink/pricing/, https://aws.amazon.com/vpc/pricing/,
# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
_CHARGED = {
    Way.GATEWAY_ENDPOINT: "no",
    Way.INTERFACE_ENDPOINT: "yes",
    Way.PEERED_INTERFACE_ENDPOINT: "yes",
    Way.CENTRAL_INTERFACE_ENDPOINT: "yes",
    Way.NAT: "yes",
    Way.INTERNET_GATEWAY: "no",
    Way.NONE: "no",
}


def _policy(endpoint: Endpoint) -> str:
    document = endpoint.record.policy_document
    if not document:
        return ""
    read = read_policy(document)
    if isinstance(read, Unreadable):
        return "unreadable"
    return "full access" if read.is_default else "restricted"


# --- CSV and JSON -----------------------------------------------------------------------------------------------------


def render_csv(vpcs: Iterable[VpcWays], _missing: Missing | None, _look: Look) -> Iterator[str]:
    """The header, always, and a row for each way, as RFC 4180 has them; several ids are separated by spaces."""
    yield lines([COLUMNS])
    for each in vpcs:
        yield lines(map(_row, each.ways))


def _row(way: ServiceWay) -> list[str]:
    values = msgspec.structs.astuple(entry(way))
    return [cell(" ".join(value) if isinstance(value, tuple) else str(value)) for value in values]


def render_json(vpcs: Iterable[VpcWays], _missing: Missing | None, _look: Look) -> Iterator[str]:
    """A list of objects, one for each way, whose keys are the columns; an object a line."""
    yield from listed(entry(way) for each in vpcs for way in each.ways)


# --- Table ------------------------------------------------------------------------------------------------------------

_INDENT = "  "


def render_table(vpcs: Iterable[VpcWays], missing: Missing | None, look: Look) -> Iterator[str]:
    """For each VPC a table of its ways and one of the endpoints on them, a count, and what was not seen.

    ``missing`` is what was not seen beside the ways.
    """
    ways: Counter[Way] = Counter()
    shown = 0
    causes = [missing]
    for each in vpcs:
        shown += 1
        ways.update(way.way for way in each.ways)
        causes += [way.missing for way in each.ways]
        yield from _of_vpc(each, look)
    closing = [_counts(ways, shown), *lines_of(Missing.union(causes))]
    yield "".join(wrapped(visible(line), look.width, later=_INDENT) + "\n" for line in closing)


def _of_vpc(each: VpcWays, look: Look) -> Iterator[str]:
    heading = f"{each.vpc.label} in {each.vpc.owner} {each.vpc.home.region}"
    yield wrapped(visible(heading), look.width, later=_INDENT) + "\n\n"
    if not each.ways:
        yield f"{_INDENT}It has no subnets, or is not known to be offered any of the services.\n\n"
        return
    entries = [entry(way) for way in each.ways]
    headers = ("service", "subnets", "way", "endpoint", "decided by")
    wide = Layout(headers, [_stacked(found) for found in entries])
    narrow = Layout(("service, subnets", "way", "decided by"), [_narrow(found) for found in entries])
    yield grid(look.width, wide, narrow) + "\n"
    endpoints = {found.endpoint: found for found in entries if found.endpoint_type}
    if endpoints:
        facts = ("endpoint", "type", "security groups", "policy", "route tables", "network interfaces", "by the hour")
        wide = Layout(facts, [_facts(found) for found in endpoints.values()])
        fewer = ("endpoint", "guarded by", "in", "by the hour")
        narrow = Layout(fewer, [_narrow_facts(found) for found in endpoints.values()])
        yield grid(look.width, wide, narrow) + "\n"


def _stacked(found: WayEntry) -> tuple[Cell, ...]:
    subnets = (found.subnet_class or "class not known", *found.subnets) if found.subnets else ("none",)
    return (found.service, subnets, found.way, found.endpoint or "-", found.decided_by)


def _narrow(found: WayEntry) -> tuple[Cell, ...]:
    """The same in fewer columns."""
    service, subnets, way, endpoint, decided_by = _stacked(found)
    return ((f"{service}", *subnets), (f"{way}", f"{endpoint}"), decided_by)


def _facts(found: WayEntry) -> tuple[Cell, ...]:
    return (
        found.endpoint,
        found.endpoint_type,
        _listed(found.security_groups),
        found.policy or "-",
        _listed(found.route_tables),
        _listed(found.network_interfaces),
        found.hourly_charge,
    )


def _narrow_facts(found: WayEntry) -> tuple[Cell, ...]:
    """The same in fewer columns: the type below the endpoint, the policy below the groups, the interfaces below the
    tables, for no endpoint has both."""
    guards = (*found.security_groups, f"policy: {found.policy or '-'}")
    return (
        (found.endpoint, found.endpoint_type),
        guards,
        _listed((*found.route_tables, *found.network_interfaces)),
        found.hourly_charge,
    )


def _listed(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(ids) or ("-",)


def _counts(ways: Mapping[Way, int], vpcs: int) -> str:
    by_way = ", ".join(f"{ways[way]} {way}" for way in Way if ways[way])
    return f"{counted(sum(ways.values()), 'way')} of {counted(vpcs, 'VPC')}{f': {by_way}' if by_way else ''}."


FORMATS: Mapping[str, Callable[[Iterable[VpcWays], Missing | None, Look], Iterator[str]]] = {
    "table": render_table,
    "csv": render_csv,
    "json": render_json,
}
"""The formats by the names that users choose them by, the usual one first."""
