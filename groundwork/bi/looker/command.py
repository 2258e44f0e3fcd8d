"""The command `groundwork bi looker`."""

from __future__ import annotations

from pathlib import Path

import click

from groundwork.bi.definitions import read_definitions
from groundwork.bi.files import folder_of, out_option, write_files
from groundwork.bi.looker.project import project_files
from groundwork.project import Project, project_option


@click.command()
@project_option
@out_option("looker")
def looker(project: Project, out: Path | None) -> None:
    """Write LookML with a measure for every metric, over the published tables."""
    out = folder_of(project, "looker", out)
    definitions = read_definitions(project)
    files = project_files(definitions)
    write_files(project, out, files)
    click.echo(
        f"wrote {project.name(out)} ({len(files)} files, {len(definitions.metrics)} metrics)"
    )
