"""Command line of groundwork; each command lives in its own module and is only named here."""

import click

from groundwork.alert import alert
from groundwork.bi.command import bi
from groundwork.build import build
from groundwork.clean import clean
from groundwork.definitions import lock
from groundwork.erasing.command import erase
from groundwork.freshness import freshness
from groundwork.generator.command import generate_command
from groundwork.publish import publish
from groundwork.record import record
from groundwork.site.command import site


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundwork")
def main() -> None:
    """Generate, build, publish and show a warehouse of governed metrics."""


main.add_command(generate_command)
main.add_command(freshness)
main.add_command(build)
main.add_command(lock)
main.add_command(publish)
main.add_command(record)
main.add_command(alert)
main.add_command(clean)
main.add_command(erase)
main.add_command(site)
main.add_command(bi)
