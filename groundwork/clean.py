"""Wipe what builds made, never what cannot be built again."""

from __future__ import annotations

import click
import duckdb

from groundwork.artifacts import last_vars
from groundwork.foreign import foreign_tables
from groundwork.lock import warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    beside,
    cannot_open,
    project_option,
    remove,
    vars_in_effect,
)
from groundwork.trouble import is_duckdb, trouble_in


@click.command()
@project_option
@click.option("--all", "everything", is_flag=True, help="Remove the publications as well.")
def clean(project: Project, everything: bool) -> None:
    """Remove the build file, the sample and dbt's files; never the history."""
    with warehouse_lock(project):
        if foreign := _foreign_schemas(project):
            raise GroundworkError(
                f"nothing was removed: {project.name(project.build_path)} holds tables that the "
                f"last build did not make (in {', '.join(sorted(foreign))}), such as raw tables; "
                "remove it yourself"
            )
        databases = [
            file
            for path in (project.build_path, project.sample_path)
            for file in (path, *beside(path))
        ]
        published = [project.published_path, project.parquet_path, project.publications]
        paths = [project.target, project.logs, *databases]
        for path in [*paths, *(published if everything else [])]:
            if path.exists() or path.is_symlink():
                remove(path)
                click.echo(f"removed {project.name(path)}")


def _foreign_schemas(project: Project) -> set[str]:
    """Return the schemas of the build file with tables of others; none where it is no database."""
    path = project.build_path
    try:
        if not path.is_file() or not is_duckdb(path):
            return set()
        with duckdb.connect(path, read_only=True) as connection:
            variables = vars_in_effect(project, last_vars(project))
            foreign = foreign_tables(project, variables, connection, path.stem)
    except (duckdb.Error, OSError) as error:
        kind = trouble_in(error)
        if kind and kind.is_broken:
            return set()
        raise cannot_open(project, path, error) from error
    return {schema for schema, _ in foreign}
