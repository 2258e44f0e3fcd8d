"""Command line of groundwork; each command lives in its own module and is only named here."""

import click

from groundwork.generator.command import generate_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundwork")
def main() -> None:
    """Generate, build, publish and show a warehouse of governed metrics."""


main.add_command(generate_command)
