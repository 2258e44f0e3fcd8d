"""The command `groundwork bi powerbi`."""

from __future__ import annotations

from pathlib import Path

import click

from groundwork.bi.definitions import read_definitions
from groundwork.bi.files import folder_of, out_option, write_files
from groundwork.bi.powerbi.pbip import project_files
from groundwork.project import Project, project_option


@click.command()
@project_option
@out_option("powerbi")
def powerbi(project: Project, out: Path | None) -> None:
    """Write a Power BI project with a measure for every metric, over the published Parquet."""
    out = folder_of(project, "powerbi", out)
    definitions = read_definitions(project)
    files = project_files(definitions)
    write_files(project, out, files)
    click.echo(
        f"wrote {project.name(out)} ({len(files)} files, {len(definitions.metrics)} metrics)"
    )
