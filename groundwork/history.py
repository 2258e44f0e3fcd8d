"""The history: what outlives a full rebuild and a deleted build file, as append-only Parquet files.

A table is a folder with one file, `<moment>-<invocation>.parquet`, for each dbt command that left
rows in it. A file is written under another name, flushed to disk and renamed, so a file with its
final name is complete, and what is recorded once is never written again. The columns are those
that the source `history` declares (`models/staging/history/_history__sources.yml`); the macro
`history()` reads the same files.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from groundwork.project import (
    UNFINISHED,
    GroundworkError,
    Project,
    flush,
    literal,
    quoted,
    read_yaml,
)
from groundwork.trouble import one_line

SOURCES = "models/staging/history/_history__sources.yml"
TYPES = {
    "text": "varchar",
    "timestamp": "timestamp",
    "date": "date",
    "integer": "bigint",
    "double": "double",
    "boolean": "boolean",
}
MOMENT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class HistoryTable:
    """A declared table: its columns with DuckDB's types, and whether its files grow too old."""

    name: str
    columns: Mapping[str, str]
    is_pruned: bool


def history_tables(project: Project) -> dict[str, HistoryTable]:
    """Read the declared tables, by name; none where the project keeps no history."""
    path = project.root / SOURCES
    if not path.is_file():
        return {}
    tables = read_yaml(path)["sources"][0]["tables"]
    return {table["name"]: _declared(table) for table in tables}


def _declared(table: dict[str, Any]) -> HistoryTable:
    retention = table["config"]["meta"].get("retention")
    if retention not in ("days", "forever"):
        raise GroundworkError(
            f"history.{table['name']}: the retention {retention!r} is not known; "
            f"write days or forever in {SOURCES}"
        )
    columns = {column["name"]: TYPES[column["data_type"]] for column in table["columns"]}
    return HistoryTable(table["name"], columns, retention == "days")


def has_rows(project: Project, table: HistoryTable, invocation_id: str) -> bool:
    """Tell whether a dbt command has rows in a table."""
    return any((project.history_path / table.name).glob(f"*-{invocation_id}.parquet"))


def append_rows(
    project: Project,
    table: HistoryTable,
    invocation_id: str,
    recorded_at: datetime,
    rows: Iterable[Mapping[str, Any]],
) -> bool:
    """Append the rows that a dbt command left in a table; see `append_query`.

    Keys that the table does not declare are ignored, columns without a key are null. Values are
    those of JSON, and times.
    """
    shape = json.dumps([dict(table.columns)])
    listed = list(rows)
    if not listed:
        return False
    text = json.dumps(listed, default=str)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            "create table recorded_rows as"
            f" select unnest(from_json({literal(text)}, {literal(shape)}), max_depth := 2)"
        )
        return append_query(
            project, table, invocation_id, recorded_at, connection, "from recorded_rows"
        )


def append_query(
    project: Project,
    table: HistoryTable,
    invocation_id: str,
    recorded_at: datetime,
    connection: DuckDBPyConnection,
    query: str,
) -> bool:
    """Append the rows of a query that a dbt command left in a table; the lock must be held.

    Nothing is written where the command has rows in the table already, or the query has none;
    tells whether something was. `recorded_at` (UTC) is what the rows' age counts from.
    """
    if has_rows(project, table, invocation_id):
        return False
    folder = project.history_path / table.name
    columns = ", ".join(
        f"cast({quoted(name)} as {data_type}) as {quoted(name)}"
        for name, data_type in table.columns.items()
    )
    name = f"{recorded_at:{MOMENT}}-{invocation_id}.parquet"
    unfinished = folder / f"{UNFINISHED}{invocation_id}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (count,) = connection.execute(
            f"copy (select {columns} from ({query})) to {literal(unfinished)} (format parquet)"
        ).fetchall()[0]
        if count:
            flush(unfinished)
            unfinished.rename(folder / name)
            flush(folder)
        else:
            unfinished.unlink()
    except (OSError, duckdb.Error) as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise GroundworkError(
            f"{project.name(folder)} cannot be written ({one_line(error)}); "
            "put that right and run `groundwork record`"
        ) from error
    return bool(count)


def read_table(
    project: Project, table: HistoryTable, connection: DuckDBPyConnection
) -> duckdb.DuckDBPyRelation:
    """Read the rows of a table, with exactly the declared columns."""
    return connection.sql(table_query(project, table))


def table_query(project: Project, table: HistoryTable) -> str:
    """Return the query for the rows of a table, with exactly the declared columns."""
    declared = ", ".join(
        f"cast(null as {data_type}) as {quoted(name)}" for name, data_type in table.columns.items()
    )
    query = f"select {declared} where false"
    folder = project.history_path / table.name
    if any(folder.glob("*.parquet")):
        files = literal(folder / "*.parquet")
        query += f" union all by name from read_parquet({files}, union_by_name = true)"
    columns = ", ".join(map(quoted, table.columns))
    return f"select {columns} from ({query})"


def prune(project: Project, days: int, now: datetime) -> int:
    """Remove what was recorded more than `days` before `now` (UTC), and what was left unfinished.

    Tables whose retention is `forever` keep everything. Returns the number of files removed.
    """
    removed = 0
    oldest = now - timedelta(days=days)
    for table in history_tables(project).values():
        folder = project.history_path / table.name
        for path in folder.glob(f"{UNFINISHED}*"):
            path.unlink()
        for path in folder.glob("*.parquet") if table.is_pruned else ():
            if _moment(path.name) < oldest:
                path.unlink()
                removed += 1
    return removed


def _moment(name: str) -> datetime:
    return datetime.strptime(name.partition("-")[0], MOMENT).replace(tzinfo=UTC)
