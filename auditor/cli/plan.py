"""``vpc-auditor plan``: whether two VPCs could be peered, and what it takes."""

import ipaddress
from pathlib import Path

import click

from auditor import model
from auditor.cli.collecting import Voice
from auditor.cli.networks import look_at, snapshot_argument, unanswered
from auditor.cli.options import format_options, quiet_option, rate_option, verbose_option
from auditor.cli.reporting import COMPLETE, INCOMPLETE, deliver, destinations_of
from auditor.cli.targeting import target_options
from auditor.network.entities import Vpc
from auditor.network.missing import Missing
from auditor.network.network import Network
from auditor.peering_plan import READS, plan
from auditor.report.peering_plan import FORMATS
from auditor.report.unseen import lines_of
from auditor.targets import Selection


def _vpc_or_block(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    """A VPC's id, or the CIDR block that a new VPC could have as its primary one.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    """
    if given.startswith("vpc-"):
        return given
    try:
        block = ipaddress.ip_network(given, strict=False)
    except ValueError:
        raise click.BadParameter(
            f'"{given}" is neither the id of a VPC, such as vpc-0a1b2c3d, nor a CIDR block, such as 10.9.0.0/16'
        ) from None
    if block.version == 6:
        raise click.BadParameter(f'"{given}": the primary block of a VPC is of IPv4; name that one')
    if not 16 <= block.prefixlen <= 28 or "/" not in given:
        raise click.BadParameter(f'"{given}": the block of a VPC is between a /16 and a /28')
    if str(block) != given:
        raise click.BadParameter(f'"{given}" is not the first address of its block; write {block}')
    return given


@click.command("plan", short_help="Plan a peering connection: what stands against it, and its routes.")
@click.argument("requester", metavar="A", callback=_vpc_or_block)
@click.argument("accepter", metavar="B", callback=_vpc_or_block)
@snapshot_argument
@target_options
@rate_option
@format_options(FORMATS)
@quiet_option
@verbose_option
@click.pass_context
def plan_command(
    context: click.Context,
    *,
    requester: str,
    accepter: str,
    snapshot_path: Path | None,
    selection: Selection,
    max_rate: float,
    formats: tuple[str, ...],
    output: Path | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Tell whether the VPCs A and B could be peered, what stands against it, and which routes each side would need in
    which route table, as commands of the AWS CLI and as Terraform. A is the requester.

    A and B are ids of VPCs; for one of them, a CIDR block such as 10.9.0.0/16 is a VPC that does not exist yet, in the
    other's account and Region. The network is that of the folder SNAPSHOT or, where none is named, what AWS answers
    now. Nothing is changed.
    """
    if requester == accepter:
        raise click.UsageError(f"{requester} is named twice; a VPC cannot be peered with itself")
    if not requester.startswith("vpc-") and not accepter.startswith("vpc-"):
        raise click.UsageError("A and B are both CIDR blocks; name at least one VPC that exists by its id")
    destinations = destinations_of(formats, output, FORMATS)
    sight = look_at(snapshot_path, selection, READS, Voice(quiet, verbose), max_rate=max_rate)
    made = plan(sight.network, _end(sight.network, requester), _end(sight.network, accepter))
    deliver(destinations, lambda name, look: (FORMATS[name](made, look),))
    context.exit(INCOMPLETE if unanswered(made.missing) or not sight.entered_all else COMPLETE)


def _end(network: Network, given: str) -> Vpc | str:
    if not given.startswith("vpc-"):
        return given
    if given in network.vpcs:
        return network.vpcs[given]
    coverage = network.coverage
    unseen = Missing.union(coverage.missing(model.Vpc, target) for target in coverage.targets)
    hint = f" ({'; '.join(lines_of(unseen)).removesuffix('.')})" if unseen else ""
    raise click.UsageError(
        f"no account and Region that was seen shows {given}{hint}; look where it is, or give its CIDR block instead"
    )
