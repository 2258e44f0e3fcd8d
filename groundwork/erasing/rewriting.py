"""What is written anew so that a user is not in it: each file at once, or not at all."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from groundwork.erasing.person import Person
from groundwork.erasing.traces import conditions_to_go, full_name, open_history, tables_of
from groundwork.foreign import foreign_tables
from groundwork.project import (
    UNFINISHED,
    GroundworkError,
    Project,
    attached,
    beside,
    flush,
    literal,
    quoted,
    remove,
)
from groundwork.publish import (
    DATABASE,
    PARQUET,
    STORAGE_VERSION,
    current_publication,
    finish,
    publications,
    remove_publication,
    switch,
)


def without_built_tables(project: Project, variables: dict[str, Any], path: Path) -> str:
    """Remove a database of a build; keep what a loading tool put there, in a new file."""
    unfinished = path.with_name(f"{UNFINISHED}{path.name}")
    for rest in (unfinished, unfinished.with_name(f"{unfinished.name}.wal")):
        rest.unlink(missing_ok=True)
    with attached(project, path) as connection:
        foreign = foreign_tables(project, variables, connection, path.stem)
        if foreign:
            _copy_foreign(connection, path.stem, unfinished, foreign)
    if foreign:
        flush(unfinished)
        shutil.copymode(path, unfinished)
        unfinished.replace(path)
    else:
        path.unlink()
    for rest in beside(path):
        if rest.exists():
            remove(rest)
    flush(path.parent)
    if not foreign:
        return f"removed {project.name(path)}"
    schemas = ", ".join(sorted({schema for schema, _ in foreign}))
    return f"removed what was built from {project.name(path)}, which keeps {schemas}"


def _copy_foreign(
    connection: DuckDBPyConnection, database: str, copy: Path, foreign: set[tuple[str, str]]
) -> None:
    """Copy tables with all that belongs to their schemas into a new database."""
    ((version,),) = connection.execute(
        "select tags['storage_version'] from duckdb_databases() where database_name = $1",
        [database],
    ).fetchall()
    known = re.match(r"v[\d.]+", version or "")
    option = f" (storage_version {literal(known[0])})" if known else ""
    connection.execute(f"attach {literal(copy)} as kept{option}")
    connection.execute(f"copy from database {quoted(database)} to kept (schema)")
    kept_schemas = {schema for schema, _ in foreign} | {"main"}
    schemas = {schema for schema, _ in tables_of(connection, database)}
    for schema in schemas - kept_schemas:
        connection.execute(f"drop schema kept.{quoted(schema)} cascade")
    for schema, table in tables_of(connection, "kept"):
        if (schema, table) not in foreign:
            connection.execute(f"drop table {full_name('kept', schema, table)}")
    waiting = sorted(foreign)
    while waiting:
        refused = []
        for place in waiting:
            try:
                connection.execute(
                    f"insert into {full_name('kept', *place)} from {full_name(database, *place)}"
                )
            except duckdb.ConstraintException:  # refers to a table that comes later
                refused.append(place)
        if refused == waiting:
            raise GroundworkError(
                f"{'.'.join(refused[0])} cannot be copied; remove it from the build file yourself"
            )
        waiting = refused
    connection.execute("detach kept")


def history_rewritten(project: Project, person: Person, path: Path) -> str:
    """Write a file of the history without a user; say so."""
    # without the ending by which readers of the history and a repeated erasure find their files
    unfinished = path.with_name(f"{UNFINISHED}{path.stem}")
    if path.suffix == ".parquet":
        with open_history(project, path) as (connection, rows, types):
            deep = person.is_named(person.cannot_be_blanked(types))
            connection.execute(
                f"copy (select {', '.join(person.blanked(types))} from {rows} "
                f"where not ({person.is_theirs(types)} or {deep})) "
                f"to {literal(unfinished)} (format parquet)"
            )
    else:
        unfinished.write_text(person.blank(path.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copymode(path, unfinished)
    flush(unfinished)
    unfinished.replace(path)
    flush(path.parent)
    return f"rewrote {project.name(path)}"


def published_again(project: Project, person: Person, path: Path) -> str:
    """Publish the next edition of a publication, without the user, in its place."""
    is_current = path == project.published_path or path.parent.name == current_publication(project)
    name = _publication_id(project, path)
    edition = _later_edition(project, name) or _write_edition(project, person, path, name)
    if is_current:
        switch(project, edition)
    if path != project.published_path:
        remove_publication(project, path.parent.name)
    return f"rewrote publication {name} as {edition}"


def _publication_id(project: Project, path: Path) -> str:
    if path != project.published_path:
        return path.parent.name
    with attached(project, path) as connection:
        rows = connection.execute("select publication_id from main.publication").fetchall()
    return rows[0][0] if rows else "published"


def _split(name: str) -> tuple[str, int]:
    """Split a publication's id into that of its first edition and the number of its own."""
    first, _, number = name.partition(".")
    return first, int(number or 1)


def _later_edition(project: Project, name: str) -> str | None:
    """Return the edition that an erasure wrote before it broke off."""
    first, number = _split(name)
    editions = [(*_split(other), other) for other in publications(project)]
    later = sorted(other for other in editions if other[0] == first and other[1] > number)
    return later[-1][2] if later else None


def _write_edition(project: Project, person: Person, path: Path, name: str) -> str:
    first, number = _split(name)
    edition = f"{first}.{number + 1}"
    unfinished = project.publications / f"{UNFINISHED}{edition}"
    unfinished.mkdir(parents=True)
    try:
        with attached(project, path) as connection:
            _copy_without(connection, person, path.stem, unfinished, edition)
        finish(unfinished, project.publications / edition)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return edition


def _copy_without(
    connection: DuckDBPyConnection, person: Person, database: str, folder: Path, edition: str
) -> None:
    """Copy a published database, and each table into a Parquet file, without the user."""
    connection.execute(
        f"attach {literal(folder / DATABASE)} as edition (storage_version '{STORAGE_VERSION}')"
    )
    connection.execute(f"copy from database {quoted(database)} to edition (schema)")
    goes, counts = conditions_to_go(connection, person, database), {}
    for (schema, table), types in tables_of(connection, database).items():
        target = full_name("edition", schema, table)
        connection.execute(
            f"insert into {target} select {', '.join(person.blanked(types))} "
            f"from {full_name(database, schema, table)} where not ({goes[schema, table]})"
        )
        if (schema, table) == ("main", "publication"):
            continue
        parquet = folder / PARQUET / schema / f"{table}.parquet"
        parquet.parent.mkdir(parents=True, exist_ok=True)
        ((count,),) = connection.execute(
            f"copy {target} to {literal(parquet)} (format parquet)"
        ).fetchall()
        counts[schema, table] = count
    for (schema, table), count in counts.items():
        connection.execute(
            "update edition.main.publication set publication_id = $edition, row_count = $count "
            "where schema_name = $schema and table_name = $table",
            {"edition": edition, "count": count, "schema": schema, "table": table},
        )
    connection.execute("detach edition")
