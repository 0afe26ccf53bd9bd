"""``vpc-auditor endpoints``: how each VPC reaches each AWS service."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from auditor import model
from auditor.cli.collecting import Voice
from auditor.cli.networks import look_at, snapshot_argument, unanswered
from auditor.cli.options import format_options, quiet_option, rate_option, verbose_option
from auditor.cli.reporting import COMPLETE, INCOMPLETE, deliver, destinations_of
from auditor.cli.targeting import target_options
from auditor.network.entities import canonical_service
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.network.service_ways import READS, READS_OF_NAMES, services_of, usual_services, ways_of
from auditor.report.endpoints import FORMATS, VpcWays
from auditor.targets import Selection


@click.command("endpoints", short_help="Show how each VPC reaches each AWS service.")
@snapshot_argument
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="NAME",
    help="This service alone, such as s3 or a whole name; repeatable. Default: those that a VPC has an endpoint for, "
    "and those that have gateway endpoints.",
)
@target_options
@rate_option
@format_options(FORMATS)
@quiet_option
@verbose_option
@click.pass_context
def endpoints_command(
    context: click.Context,
    *,
    snapshot_path: Path | None,
    services: tuple[str, ...],
    selection: Selection,
    max_rate: float,
    formats: tuple[str, ...],
    output: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """For each VPC and AWS service, show how each class of its subnets reaches the service today: by a gateway
    endpoint, by an interface endpoint of its own or of a connected VPC, by NAT or an internet gateway, or not at all;
    with the setting that decides it, and what guards and costs the endpoint.

    The network is that of the folder SNAPSHOT or, where none is named, what AWS answers now.
    """
    destinations = destinations_of(formats, output, FORMATS)
    sight = look_at(snapshot_path, selection, (*READS, *READS_OF_NAMES), Voice(quiet, verbose), max_rate=max_rate)
    vpcs = _Vpcs(sight.network, _chosen(sight.network, services))
    missing = _missing(sight.network)
    deliver(destinations, lambda name, look: FORMATS[name](vpcs, missing, look))
    unknown = Missing.union(way.missing for each in vpcs for way in each.ways)
    context.exit(INCOMPLETE if unanswered(missing) or unanswered(unknown) or not sight.entered_all else COMPLETE)


@dataclass(frozen=True)
class _Vpcs:
    """The ways of all VPCs to some services."""

    network: Network
    services: frozenset[str]

    def __iter__(self) -> Iterator[VpcWays]:
        for vpc in self.network.vpcs.values():
            names = services_of(self.network, vpc, self.services)
            yield VpcWays(vpc, tuple(way for name in names for way in ways_of(self.network, vpc, name)))


def _chosen(network: Network, services: tuple[str, ...]) -> frozenset[str]:
    """The services to show, without a Region; click.UsageError for one that nobody is offered or has."""
    if not services:
        return usual_services(network)
    chosen = {canonical_service(service): service for service in services}
    known = {each.service for each in network.endpoints.values()}
    known |= {canonical_service(each.service_name) for _, each in network.coverage.everywhere(model.ServiceDetail)}
    seen_all = all(network.coverage.missing(model.ServiceDetail, target) is None for target in network.coverage.targets)
    for service in sorted(chosen.keys() - known) if seen_all else ():
        raise click.UsageError(f"--service {chosen[service]}: no account or Region that was seen is offered it")
    return frozenset(chosen)


def _missing(network: Network) -> Missing | None:
    """What was not seen of all that every way rests on."""
    coverage = network.coverage
    return Missing.union(
        missing
        for target in coverage.targets
        for record in READS
        for missing in (coverage.missing(record, target), coverage.missing_items(record, target))
    )
