"""Publication: the public tables of a whole build, switched to in one step.

A publication is a folder `publications/<id>` with a database and Parquet files. It is written under
another name, flushed to disk and renamed, so a folder with its final name is complete. Then two
renames show it to readers:

1. `groundwork.duckdb` becomes a link to its database. This is the publication: from here on the
   new one is current, and a reader has either the old file or the new one.
2. `parquet` becomes a link to its Parquet folder. It follows the database, never the reverse, so no
   reader of files sees rows that are not published; a kill between the two leaves the files one
   publication behind, and the next command here brings them forward.

A reader that needs several Parquet files of one publication resolves the link `parquet` once.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import duckdb
from duckdb import DuckDBPyConnection

from groundwork.artifacts import Run, read_run, why_not_whole
from groundwork.lock import warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    attached,
    code_version,
    literal,
    one_line,
    project_option,
    quoted,
)

DATABASE = "groundwork.duckdb"
PARQUET = "parquet"
# Clients older than DuckDB 2.0 can read it.
STORAGE_VERSION = "v1.0.0"
KEPT_PUBLICATIONS = 5
# A file of this name is never complete.
UNFINISHED = ".unfinished-"


@dataclass(frozen=True)
class Publication:
    """The facts that the table `publication` repeats for each published table."""

    publication_id: str
    published_at: datetime
    invocation_id: str
    code_version: str


@click.command()
@project_option
@click.option("--keep", default=KEPT_PUBLICATIONS, show_default=True, type=click.IntRange(1))
@click.option("--rollback", is_flag=True, help="Go back to the publication before the current one.")
@click.option("--list", "show", is_flag=True, help="Print the publications, the current one with *.")
def publish(project: Project, keep: int, rollback: bool, show: bool) -> None:
    """Publish the last whole build, or go back to an earlier publication."""
    if show:
        current = current_publication(project)
        for name in publications(project):
            click.echo(f"{'*' if name == current else ' '} {name}")
        return
    with warehouse_lock(project):
        name = roll_back(project) if rollback else publish_build(project, keep)
    click.echo(f"published {project.name(project.published_path)} ({name})")


def publish_build(project: Project, keep: int = KEPT_PUBLICATIONS) -> str:
    """Publish the last whole build and return its publication's id; the lock must be held.

    A build that was published before (and rolled back, or not) is switched to, not copied again.
    """
    run = read_run(project, project.target)
    with attached(project, project.build_path) as connection:
        if reason := why_not_whole(project, run):
            raise GroundworkError(f"nothing published: {reason}; run `groundwork build`")
        try:
            _remove_unfinished(project)
            name = _published_before(project, run) or _write(project, run, connection)
            _switch(project, name)
            _prune(project, name, keep)
        except (duckdb.Error, OSError) as error:
            raise GroundworkError(
                f"publishing failed ({one_line(error)}); "
                "put that right and run `groundwork publish` again"
            ) from error
    return name


def roll_back(project: Project) -> str:
    """Switch to the publication before the current one and return its id; the lock must be held."""
    current = current_publication(project)
    earlier = [name for name in publications(project) if current is None or name < current]
    if not earlier:
        raise GroundworkError(
            f"nothing to go back to: no publication before {current or 'this one'} is kept; "
            "run `groundwork build` for a new one"
        )
    _remove_unfinished(project)
    _switch(project, earlier[-1])
    return earlier[-1]


def publications(project: Project) -> list[str]:
    """Return the ids of the complete publications, oldest first."""
    return sorted(path.parent.name for path in project.publications.glob(f"[!.]*/{DATABASE}"))


def current_publication(project: Project) -> str | None:
    """Return the id of the publication that readers see; None where there is none to be read."""
    try:
        with duckdb.connect(project.published_path, read_only=True) as connection:
            rows = connection.execute("select publication_id from publication").fetchall()
    except duckdb.Error:
        return None
    return rows[0][0] if rows else None


def _published_before(project: Project, run: Run) -> str | None:
    suffix = f"-{run.invocation_id[:8]}"
    return next((name for name in publications(project) if name.endswith(suffix)), None)


def _write(project: Project, run: Run, connection: DuckDBPyConnection) -> str:
    """Write a publication of the attached build file and return its id."""
    now = datetime.now(UTC)
    publication = Publication(
        publication_id=f"{now:%Y%m%dT%H%M%S%f}"[:-3] + f"Z-{run.invocation_id[:8]}",
        published_at=now.replace(tzinfo=None),
        invocation_id=run.invocation_id,
        code_version=run.manifest["metadata"]["env"].get("CODE_VERSION", code_version(project.root)),
    )
    folder = project.publications / publication.publication_id
    unfinished = folder.with_name(UNFINISHED + folder.name)
    unfinished.mkdir(parents=True)
    try:
        _copy_tables(connection, run.public_models, publication, unfinished)
        for path in (*unfinished.rglob("*.parquet"), unfinished / DATABASE):
            path.chmod(0o444)
        for path in (*unfinished.rglob("*"), unfinished):
            _flush(path)
        unfinished.rename(folder)
        _flush(project.publications)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder.name
