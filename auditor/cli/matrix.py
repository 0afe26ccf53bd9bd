"""``vpc-auditor matrix``: every pair of subnets of each peering connection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from auditor.cli.collecting import Voice
from auditor.cli.networks import look_at, snapshot_argument, unanswered
from auditor.cli.options import format_options, quiet_option, rate_option, verbose_option
from auditor.cli.reporting import COMPLETE, INCOMPLETE, deliver, destinations_of
from auditor.cli.targeting import target_options
from auditor.network.entities import Peering
from auditor.network.matrix import READS, Matrix, matrix
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.report.matrix import FORMATS
from auditor.targets import Selection


@click.command("matrix", short_help="Show what each pair of subnets reaches over a peering connection.")
@snapshot_argument
@click.option(
    "--connection", "connection_ids", multiple=True, metavar="ID", help="This peering connection alone; repeatable."
)
@target_options
@rate_option
@format_options(FORMATS)
@quiet_option
@verbose_option
@click.pass_context
def matrix_command(
    context: click.Context,
    *,
    snapshot_path: Path | None,
    connection_ids: tuple[str, ...],
    selection: Selection,
    max_rate: float,
    formats: tuple[str, ...],
    output: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """For each peering connection, show every pair of subnets: how much of the destination the source's routes send
    over the connection, how much comes back, the verdict, and the route tables and routes that decide it.

    The network is that of the folder SNAPSHOT or, where none is named, what AWS answers now; AWS is asked only for
    VPCs, subnets, routes and peering connections.
    """
    destinations = destinations_of(formats, output, FORMATS)
    voice = Voice(quiet, verbose)
    sight = look_at(snapshot_path, selection, READS, voice, max_rate=max_rate)
    matrices = _Matrices(sight.network, tuple(_chosen(sight.network, connection_ids)))
    missing = _missing(sight.network)
    deliver(destinations, lambda name, look: FORMATS[name](matrices, missing, look))
    context.exit(INCOMPLETE if unanswered(missing) or not sight.entered_all else COMPLETE)


@dataclass(frozen=True)
class _Matrices:
    """The matrices of some connections, each made when it is looked at and not kept."""

    network: Network
    peerings: tuple[Peering, ...]

    def __iter__(self) -> Iterator[Matrix]:
        return (matrix(self.network, peering) for peering in self.peerings)


def _chosen(network: Network, connection_ids: Iterable[str]) -> Iterator[Peering]:
    if not connection_ids:
        yield from network.peerings.values()
    for connection_id in dict.fromkeys(connection_ids):
        if connection_id not in network.peerings:
            raise click.UsageError(f"--connection {connection_id}: no account or Region that was seen shows it")
        yield network.peerings[connection_id]


def _missing(network: Network) -> Missing | None:
    """What was not seen of all that the matrices rest on."""
    coverage = network.coverage
    return Missing.union(
        missing
        for target in coverage.targets
        for record in READS
        for missing in (coverage.missing(record, target), coverage.missing_items(record, target))
    )
