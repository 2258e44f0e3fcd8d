"""The command `groundwork bi superset`."""

from __future__ import annotations

from pathlib import Path

import click

from groundwork.bi.definitions import read_definitions
from groundwork.bi.files import folder_of, out_option, write_files
from groundwork.bi.superset.bundle import bundle_files
from groundwork.project import Project, project_option


@click.command()
@project_option
@out_option("superset")
@click.option(
    "--database",
    metavar="URI",
    help="SQLAlchemy URI of the published tables, as Superset reaches them (default: the published "
    "file of this project).",
)
def superset(project: Project, out: Path | None, database: str | None) -> None:
    """Write Superset's database, datasets, charts and dashboards, as files and as one bundle."""
    out = folder_of(project, "superset", out)
    definitions = read_definitions(project)
    files = bundle_files(definitions, database or f"duckdb:///{project.published_path}")
    write_files(project, out, files)
    dashboards = definitions.dashboards_of("superset")
    click.echo(
        f"wrote {project.name(out)}: {len(dashboards)} dashboards, "
        f"{len(definitions.metrics)} metrics, {len(definitions.tables)} public tables"
    )
