"""``vpc-auditor prices``: what findings about cost reckon with."""

from pathlib import Path

import click

from auditor.cli.options import config_option, read_settings
from auditor.cli.reporting import deliver, place_of
from auditor.prices import written
from auditor.targets import prices_of_today


@click.command("prices", short_help="Print the prices that findings about cost reckon with, or ask AWS for new ones.")
@click.option("--refresh", is_flag=True, help="Ask the AWS Price List API for the prices of today.")
@click.option("--profile", metavar="NAME", help="With --refresh: AWS profile of an account that may ask for prices.")
@config_option
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the table goes; file below [prices] in auditor.toml names it then.",
)
def prices_command(*, refresh: bool, profile: str | None, config_path: Path | None, output: Path | None) -> None:
    """Print the price of a NAT gateway's and an interface endpoint's hours and gigabytes in each Region, in US dollars.

    The table is the one that ships with the program, or the one that auditor.toml names, with the prices that it sets.
    With --refresh it is AWS's own of today, and asks pricing:GetProducts; nothing else of the configuration is in it.
    """
    if profile is not None and not refresh:
        raise click.UsageError("--profile goes with --refresh: without it AWS is not asked")
    if config_path is not None and refresh:
        raise click.UsageError("--refresh prints AWS's own prices; leave --config out")
    place = place_of(output) if output else None
    table = prices_of_today(profile) if refresh else read_settings(config_path).prices
    deliver({"json": place}, lambda _name, _look: (written(table),))
