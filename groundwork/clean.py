"""Wipe what builds made, never what cannot be built again."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb

from groundwork.artifacts import read_run
from groundwork.lock import warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    cannot_open,
    project_option,
    remove,
    vars_in_effect,
)


@click.command()
@project_option
@click.option("--all", "everything", is_flag=True, help="Remove the publications as well.")
def clean(project: Project, everything: bool) -> None:
    """Remove the build file, the sample and dbt's files; never the history."""
    with warehouse_lock(project):
        if schemas := _loaded_schemas(project):
            raise GroundworkError(
                f"{project.name(project.build_path)} holds raw tables that were loaded into "
                f"{', '.join(schemas)} (raw_schema); nothing was removed, remove it yourself"
            )
        _see_that_it_is_free(project)
        published = [project.published_path, project.parquet_path, project.publications]
        paths = [
            project.target,
            project.root / "logs",
            *_files(project.build_path),
            *_files(project.sample_path),
            *(published if everything else []),
        ]
        for path in paths:
            if path.exists() or path.is_symlink():
                remove(path)
                click.echo(f"removed {project.name(path)}")


def _files(database: Path) -> list[Path]:
    """Name a database, its log and its spill folder."""
    return [database.with_name(f"{database.name}{ending}") for ending in ("", ".wal", ".tmp")]


def _loaded_schemas(project: Project) -> list[str]:
    """Return the schemas of the build file that the last build read raw tables from."""
    try:
        overrides = read_run(project, project.target).results["args"]["vars"]
    except GroundworkError:
        overrides = {}
    return list((vars_in_effect(project, overrides).get("raw_schema") or {}).values())


def _see_that_it_is_free(project: Project) -> None:
    path = project.build_path
    if path.exists():
        try:
            duckdb.connect(path, read_only=True).close()
        except duckdb.Error as error:
            if "lock" in str(error):
                raise cannot_open(project, path, error) from error
