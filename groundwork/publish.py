"""Publication: the public tables of a whole build, switched to in one step.

A publication is a folder `publications/<id>` with a database and Parquet files. It is written under
another name, flushed to disk and renamed, so a folder with its final name is complete. Then two
renames show it to readers:

1. `groundwork.duckdb` becomes a link to its database. This is the publication: from here on the
   new one is current, and a reader has either the old file or the new one.
2. `parquet` becomes a link to its Parquet folder. It follows the database, never the reverse, so no
   reader of files sees rows that are not published; a kill between the two leaves the files one
   publication behind, and the next publication or rollback brings them forward.

A reader that needs several Parquet files of one publication resolves the link `parquet` once.
"""

from __future__ import annotations

import contextlib
import filecmp
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import duckdb
from duckdb import DuckDBPyConnection

from groundwork.artifacts import Run, read_run, why_not_whole
from groundwork.definitions import see_that_definitions_are_locked
from groundwork.lock import wait_option, warehouse_lock
from groundwork.project import (
    UNFINISHED,
    GroundworkError,
    Project,
    attached,
    code_version,
    flush,
    literal,
    project_option,
    quoted,
    remove,
)
from groundwork.trouble import one_line, remedy

DATABASE = "groundwork.duckdb"
PARQUET = "parquet"
# Clients older than DuckDB 2.0 can read it.
STORAGE_VERSION = "v1.0.0"
KEPT_PUBLICATIONS = 5


@click.command()
@project_option
@click.option("--keep", default=KEPT_PUBLICATIONS, show_default=True, type=click.IntRange(1))
@click.option("--rollback", is_flag=True, help="Go back to the publication before the current one.")
@click.option(
    "--list", "show", is_flag=True, help="Print the publications, the current one with *."
)
@click.option(
    "--no-older",
    is_flag=True,
    help="Refuse a build whose data end before those that are published.",
)
@wait_option
def publish(
    project: Project, keep: int, rollback: bool, show: bool, no_older: bool, wait: float
) -> None:
    """Publish the last whole build, or go back to an earlier publication."""
    if show:
        current = current_publication(project)
        for name in publications(project):
            click.echo(f"{'*' if name == current else ' '} {name}")
        return
    with warehouse_lock(project, wait):
        if no_older and not rollback:
            _see_that_it_is_not_older(project)
        name = roll_back(project) if rollback else publish_build(project, keep)
    click.echo(f"published {project.name(project.published_path)} ({name})")


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what a disk or database refuses into one line."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise GroundworkError(
            f"publishing failed ({one_line(error)}); "
            f"{remedy(error, 'put that right and run `groundwork publish` again')}"
        ) from error


@_explained()
def publish_build(project: Project, keep: int = KEPT_PUBLICATIONS) -> str:
    """Publish the last whole build and return its publication's id; the lock must be held.

    A build that was published before (and rolled back, or not) is switched to, not copied again.
    """
    run = read_run(project, project.target)
    remove_unfinished(project)
    with attached(project, project.build_path) as connection:
        if reason := why_not_whole(project, run):
            raise GroundworkError(f"nothing published: {reason}; run `groundwork build`")
        if not run.public_models:
            raise GroundworkError(
                "nothing published: no model has `access: public`; give it to one"
            )
        see_that_definitions_are_locked(project, run.manifest)
        name = _published_before(project, run) or _write(project, run, connection)
    switch(project, name)
    _prune(project, name, keep)
    return name


@_explained()
def roll_back(project: Project) -> str:
    """Switch to the publication before the current one and return its id; the lock must be held."""
    current = current_publication(project)
    earlier = [name for name in publications(project) if current is None or name < current]
    if not earlier:
        before = f" before {current}" if current else ""
        raise GroundworkError(
            f"nothing to go back to: no publication{before} is kept; "
            "run `groundwork build` for a new one"
        )
    if reason := _damage(project, earlier[-1]):
        place = project.name(project.publications / earlier[-1])
        raise GroundworkError(
            f"{place} is damaged ({reason}); remove it and go back once more, or build"
        )
    remove_unfinished(project)
    switch(project, earlier[-1])
    return earlier[-1]


def publications(project: Project) -> list[str]:
    """Return the ids of the complete publications, oldest first."""
    return sorted(path.parent.name for path in project.publications.glob(f"[!.]*/{DATABASE}"))


def current_publication(project: Project) -> str | None:
    """Return the id of the publication that readers see; None where it is none of those kept."""
    published, names = project.published_path, publications(project)
    databases = {name: project.publications / name / DATABASE for name in names}
    if not published.exists():
        return None
    linked = (name for name in names if databases[name].samefile(published))
    same = (name for name in names if filecmp.cmp(databases[name], published))
    return next(linked, None) or next(same, None)


def _see_that_it_is_not_older(project: Project) -> None:
    """Compare the day up to which the build has data with that of what is published."""
    published = published_as_of(project)
    with attached(project, project.build_path) as connection:
        built = last_as_of(connection)
    if published and (built is None or built < published):
        raise GroundworkError(
            f"nothing published: the build's data end before {built or 'a day that is not known'}, "
            f"those that are published before {published}; build on newer raw rows, or publish "
            "without --no-older"
        )


def published_as_of(project: Project) -> date | None:
    """Return the day after the last complete day of the published data, where it is known."""
    if not project.published_path.exists():
        return None
    with attached(project, project.published_path) as connection:
        rows = connection.execute("select max(as_of) from main.publication").fetchall()
    return rows[0][0]


def _published_before(project: Project, run: Run) -> str | None:
    suffix = f"-{run.invocation_id[:8]}"
    names = (name for name in publications(project) if name.endswith(suffix))
    return next((name for name in names if not _damage(project, name)), None)


def _damage(project: Project, name: str) -> str:
    """Read a publication through; say what is wrong with its database, or nothing."""
    path = project.publications / name / DATABASE
    try:
        with attached(project, path) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = $1",
                [path.stem],
            ).fetchall()
            for schema, table in tables:
                connection.execute(
                    f"select bit_xor(hash(rows)) from {quoted(schema)}.{quoted(table)} as rows"
                ).fetchall()
    except GroundworkError as error:
        return one_line(error.__cause__ or error.message)
    except duckdb.Error as error:
        return one_line(error)
    return ""


def _write(project: Project, run: Run, connection: DuckDBPyConnection) -> str:
    """Write a publication of the attached build file and return its id."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{run.invocation_id[:8]}"
    facts = {
        "publication_id": name,
        "published_at": now.replace(tzinfo=None),
        "invocation_id": run.invocation_id,
        "code_version": run.code_version or code_version(project.root),
        "as_of": last_as_of(connection),
    }
    unfinished = project.publications / f"{UNFINISHED}{name}"
    unfinished.mkdir(parents=True)
    try:
        _copy_tables(connection, run.public_models, facts, unfinished)
        finish(unfinished, project.publications / name)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return name


def finish(unfinished: Path, publication: Path) -> None:
    """Make the files read-only, flush them to disk, and give the folder its final name."""
    for path in (*unfinished.rglob("*"), unfinished):
        if path.is_file():
            path.chmod(0o444)
        flush(path)
    unfinished.rename(publication)
    flush(publication.parent)


def last_as_of(connection: DuckDBPyConnection) -> date | None:
    """Return the day after the last complete day of the data, where the build knows it."""
    try:
        rows = connection.execute("select as_of_date from intermediate.int_as_of").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def _copy_tables(
    connection: DuckDBPyConnection,
    models: list[dict[str, Any]],
    facts: dict[str, Any],
    folder: Path,
) -> None:
    """Copy models with their descriptions into a new database, and each into a Parquet file."""
    connection.execute(
        f"attach {literal(folder / DATABASE)} as publication (storage_version '{STORAGE_VERSION}')"
    )
    connection.execute(
        """
        create table publication.main.publication (
            publication_id varchar not null,
            published_at timestamp not null,
            invocation_id varchar not null,
            code_version varchar not null,
            as_of date,
            last_day date,
            schema_name varchar not null,
            table_name varchar not null,
            row_count bigint not null
        );
        comment on table publication.main.publication
        is 'One row per published table: which build, code and data these tables come from.'
        """
    )
    for model in sorted(models, key=lambda model: (model["schema"], model["alias"])):
        row_count = _copy_table(connection, model, folder / PARQUET)
        connection.execute(
            """
            insert into publication.main.publication by name
            select
                $publication_id as publication_id,
                $published_at as published_at,
                $invocation_id as invocation_id,
                $code_version as code_version,
                $as_of as as_of,
                $as_of - 1 as last_day,
                $schema_name as schema_name,
                $table_name as table_name,
                $row_count as row_count
            """,
            {
                **facts,
                "schema_name": model["schema"],
                "table_name": model["alias"],
                "row_count": row_count,
            },
        )
    connection.execute("detach publication")


def _copy_table(connection: DuckDBPyConnection, model: dict[str, Any], parquet: Path) -> int:
    schema, name = model["schema"], model["alias"]
    table = f"publication.{quoted(schema)}.{quoted(name)}"
    connection.execute(f"create schema if not exists publication.{quoted(schema)}")
    connection.execute(f"create table {table} as from {quoted(schema)}.{quoted(name)}")
    _describe(connection, table, model)
    path = parquet / schema / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    (row_count,) = connection.execute(
        f"copy {table} to {literal(path)} (format parquet)"
    ).fetchall()[0]
    return row_count


def _describe(connection: DuckDBPyConnection, table: str, model: dict[str, Any]) -> None:
    connection.execute(f"comment on table {table} is {literal(model['description'])}")
    stored = connection.execute(f"describe {table}").fetchall()
    known = {row[0].lower() for row in stored}
    for column in model["columns"].values():
        if column["name"].lower() in known:
            connection.execute(
                f"comment on column {table}.{quoted(column['name'])} "
                f"is {literal(column['description'])}"
            )


def switch(project: Project, name: str) -> None:
    """Show a publication to readers; see the top of this file for the order."""
    # the log of a client that died while it wrote would be replayed into the new file
    project.published_path.with_name(f"{DATABASE}.wal").unlink(missing_ok=True)
    unfinished = project.warehouse / f"{UNFINISHED}{DATABASE}"
    source = project.publications / name / DATABASE
    try:
        unfinished.hardlink_to(source)
    except OSError:  # a file system without hard links
        shutil.copy2(source, unfinished)
        flush(unfinished)
    unfinished.replace(project.published_path)
    unfinished.unlink(missing_ok=True)  # it stays where both were links to one file already
    _follow(project, name)
    flush(project.warehouse)


def _follow(project: Project, name: str) -> None:
    """Let the link `parquet` follow the published database."""
    unfinished = project.warehouse / f"{UNFINISHED}{PARQUET}"
    unfinished.symlink_to(Path(project.publications.name) / name / PARQUET)
    unfinished.replace(project.parquet_path)


def remove_unfinished(project: Project) -> None:
    """Remove what a publication or erasure that broke off has left."""
    for folder in (project.publications, project.warehouse):
        for path in folder.glob(f"{UNFINISHED}*"):
            remove(path)


def remove_publication(project: Project, name: str) -> None:
    """Take a publication away in one step, then remove it; a kill leaves what goes next time."""
    going = project.publications / f"{UNFINISHED}{name}"
    if going.exists():
        remove(going)
    (project.publications / name).rename(going)
    remove(going)


def _prune(project: Project, current: str, keep: int) -> None:
    for name in publications(project)[:-keep]:
        if name != current:
            remove_publication(project, name)
