"""The commands `groundwork bi`: one a tool."""

from __future__ import annotations

import click

from groundwork.bi.looker.command import looker
from groundwork.bi.powerbi.command import powerbi
from groundwork.bi.superset.command import superset


@click.group()
def bi() -> None:
    """Write the files of a BI tool from the metric definitions."""


bi.add_command(superset)
bi.add_command(looker)
bi.add_command(powerbi)
