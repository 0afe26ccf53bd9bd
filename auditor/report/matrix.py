"""The pairs of subnets of peering connections: table, CSV and JSON, made in parts so that no large one is ever held."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from auditor.network.diagnosis.pairs import Verdict
from auditor.network.entities import Side
from auditor.network.matrix import Course, End, Extent, Matrix, Pair
from auditor.network.missing import Missing
from auditor.network.routes import Route
from auditor.report.csv import cell, lines
from auditor.report.document import Look
from auditor.report.grid import Cell, Layout, grid, wrapped
from auditor.report.json import listed
from auditor.report.text import visible
from auditor.report.unseen import counted, lines_of


class PairEntry(msgspec.Struct, frozen=True, rename={"back": "return"}):
    """A subnet that sends over a connection, and one that it sends to, in one family of addresses.

    A subnet is empty where it stands for all of its VPC that were not seen. A route is its destination and its target;
    several are separated by semicolons, and there is none where nothing takes the addresses.
    """

    connection: str
    family: int
    """4 or 6."""
    source_subnet: str
    destination_subnet: str
    forward: Extent
    """How much of the destination the source's table sends over the connection."""
    back: Extent
    """How much of the source the destination's table sends back over it."""
    verdict: Verdict
    source_route_table: str
    source_route: str
    destination_route_table: str
    destination_route: str


COLUMNS = tuple(field.encode_name for field in msgspec.structs.fields(PairEntry))
"""Columns are only ever added at the end: readers may count them."""


def entry(pair: Pair) -> PairEntry:
    """A pair as CSV and JSON readers get it."""
    return PairEntry(
        connection=pair.peering.id,
        family=pair.version,
        source_subnet=pair.source.id,
        destination_subnet=pair.destination.id,
        forward=pair.forward.extent,
        back=pair.back.extent,
        verdict=pair.verdict,
        source_route_table=_table_id(pair.source),
        source_route=_routes(pair.forward),
        destination_route_table=_table_id(pair.destination),
        destination_route=_routes(pair.back),
    )


def _table_id(end: End) -> str:
    return end.table.id if end.table else ""


def _routes(course: Course) -> str:
    return "; ".join(_route(route) for route in course.routes)


def _route(route: Route) -> str:
    state = "" if route.active else f" ({route.state})"
    return f"{route.destination} to {route.target}{state}"


# --- CSV and JSON -----------------------------------------------------------------------------------------------------


def render_csv(matrices: Iterable[Matrix], _missing: Missing | None, _look: Look) -> Iterator[str]:
    """The header, always, and a row for each pair, as RFC 4180 has them."""
    yield lines([COLUMNS])
    for matrix in matrices:
        yield lines([cell(str(value)) for value in msgspec.structs.astuple(entry(pair))] for pair in matrix.pairs)


def render_json(matrices: Iterable[Matrix], _missing: Missing | None, _look: Look) -> Iterator[str]:
    """A list of objects, one for each pair, whose keys are the columns; an object a line."""
    yield from listed(entry(pair) for matrix in matrices for pair in matrix.pairs)


# --- Table ------------------------------------------------------------------------------------------------------------

_INDENT = "  "


def render_table(matrices: Iterable[Matrix], missing: Missing | None, look: Look) -> Iterator[str]:
    """A table for each connection, a count of the verdicts, and what was not seen.

    A subnet stands above its route table and the routes that decide the pair. ``missing`` is what was not seen beside
    the connections.
    """
    verdicts: Counter[Verdict] = Counter()
    connections = 0
    causes = [missing]
    for matrix in matrices:
        connections += 1
        verdicts.update(pair.verdict for pair in matrix.pairs)
        causes.append(matrix.missing)
        yield from _of_connection(matrix, look)
    closing = [_counts(verdicts, connections), *lines_of(Missing.union(causes))]
    yield "".join(wrapped(visible(line), look.width, later=_INDENT) + "\n" for line in closing)


def _of_connection(matrix: Matrix, look: Look) -> Iterator[str]:
    peering = matrix.peering
    heading = f"{peering.label}: {_side(peering.requester)} and {_side(peering.accepter)}"
    yield wrapped(visible(heading), look.width, later=_INDENT) + "\n\n"
    if not matrix.pairs:
        yield f"{_INDENT}There is no pair of subnets: {_why_none(matrix)}.\n\n"
        return
    wide = Layout(
        ("family", "source", "destination", "forward", "return", "verdict"), [_row(pair) for pair in matrix.pairs]
    )
    narrow = Layout(("source", "destination", "verdict"), [_narrow_row(pair) for pair in matrix.pairs])
    yield grid(look.width, wide, narrow) + "\n"


def _side(side: Side) -> str:
    return f"{side.label} in {side.owner} {side.region}"


def _why_none(matrix: Matrix) -> str:
    if not matrix.peering.live:
        return f"the connection is {visible(matrix.peering.status) or 'in no known state'}, and carries nothing"
    return "one of the VPCs has no subnets"


def _row(pair: Pair) -> tuple[Cell, ...]:
    return (
        f"IPv{pair.version}",
        _stacked(pair.source, pair.forward),
        _stacked(pair.destination, pair.back),
        pair.forward.extent,
        pair.back.extent,
        pair.verdict,
    )


def _narrow_row(pair: Pair) -> tuple[Cell, ...]:
    """The same, with all that is said of the pair one below the other."""
    family, source, destination, forward, back, verdict = _row(pair)
    return (source, destination, (f"{verdict}", f"{family}", f"forward: {forward}", f"return: {back}"))


def _stacked(end: End, course: Course) -> Cell:
    """A subnet, its table and its routes, one below the other."""
    if end.table is None:
        return (end.id or "subnets not seen", "table not seen")
    routes = [line for route in course.routes for line in _route(route).split(" to ")]
    return (end.id, end.table.id, *routes)


def _counts(verdicts: Mapping[Verdict, int], connections: int) -> str:
    by_verdict = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in Verdict if verdicts[verdict])
    pairs = counted(sum(verdicts.values()), "pair")
    return f"{pairs} of subnets over {counted(connections, 'connection')}{f': {by_verdict}' if by_verdict else ''}."


FORMATS: Mapping[str, Callable[[Iterable[Matrix], Missing | None, Look], Iterator[str]]] = {
    "table": render_table,
    "csv": render_csv,
    "json": render_json,
}
"""The formats by the names that users choose them by, the usual one first."""
