"""What a build needs to know before it starts: is every raw table there and readable.

Presence is declared (`vars: absent`), never detected, so a missing file is a fault and not an empty
table.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from groundwork.contract import Source, Table, absence_problems, is_absent, read_contract
from groundwork.delivery import Delivery, delivery_problems, or_declare, read_csv, read_parquet
from groundwork.project import Project, attached, quoted
from groundwork.trouble import one_line

# The tables of each source that are not declared absent.
Expected = dict[Source, list[Table]]


def preflight(project: Project, variables: dict[str, Any], build_path: Path) -> list[str]:
    """Find everything that keeps the raw rows from being read, one line each.

    `variables` are those in effect; `build_path` is the database that the build will write, where
    the tables of `raw_schema` are.
    """
    if problems := list(_setting_problems(variables)):
        return problems
    absent = variables.get("absent") or []
    problems = list(absence_problems(read_contract(project.root), absent))
    with raw_tables(project, variables, build_path) as (connection, found):
        return problems + list(_compared(connection, found, absent))


@contextlib.contextmanager
def raw_tables(
    project: Project,
    variables: dict[str, Any],
    build_path: Path,
    only: Collection[str] | None = None,
) -> Iterator[tuple[DuckDBPyConnection, Iterator[str | Delivery]]]:
    """Find the raw tables that are not declared absent, wherever they are; or why they are not.

    Arguments as for `preflight`, and the paths of the tables to look for, where it is not all of
    them; what is yielded ends with the connection.
    """
    absent = variables.get("absent") or []
    expected = {
        source: [
            table
            for table in source.tables
            if not is_absent(table.path, absent) and (only is None or table.path in only)
        ]
        for source in read_contract(project.root)
    }
    if schemas := variables.get("raw_schema"):
        place = project.name(build_path)
        if not build_path.exists():
            lacking = f"raw_schema: {place} does not exist; load the raw tables into it"
            yield duckdb.connect(), iter([lacking])
            return
        with attached(project, build_path) as connection:
            yield connection, _in_schemas(connection, expected, schemas, build_path.stem, place)
    else:
        with duckdb.connect() as connection:
            yield connection, _in_files(connection, expected, project, variables.get("raw_path"))


def _setting_problems(variables: dict[str, Any]) -> Iterator[str]:
    shapes = {
        "absent": (list, "[ml, product.survey_responses]"),
        "raw_path": (str, "/data/raw"),
        "raw_schema": (dict, "{product: shop}"),
    }
    for name, (shape, example) in shapes.items():
        value = variables.get(name)
        parts = value.values() if isinstance(value, dict) else value
        if value and not (isinstance(value, shape) and all(isinstance(x, str) for x in parts)):
            yield f"vars {name}: {value!r} has the wrong shape; write it like {name}: {example}"
    if variables.get("raw_path") and variables.get("raw_schema"):
        yield "vars raw_path and raw_schema: rows come from one place; give only one of the two"


def _in_schemas(
    connection: DuckDBPyConnection,
    expected: Expected,
    schemas: dict[str, str],
    database: str,
    place: str,
) -> Iterator[str | Delivery]:
    """Find the tables that an EL tool loaded into schemas of the build file."""
    known = [source.name for source in expected]
    for name in schemas.keys() - known:
        yield f"vars raw_schema: {name!r} is not in the raw contract; known: {', '.join(known)}"
    for source, tables in expected.items():
        schema = schemas.get(source.name)
        if not schema:
            if tables:
                yield (
                    f"{source.name}: raw_schema names no schema for it; "
                    f"add `{source.name}: SCHEMA`{or_declare(source)}"
                )
            continue
        for table in tables:
            types = _stored_types(connection, database, schema, table.name)
            name = f"{schema}.{table.name}"
            if types:
                relation = ".".join(quoted(part) for part in (database, schema, table.name))
                yield Delivery(table, name, relation, types)
            else:
                yield f"{table.path}: {place} has no {name}; load it{or_declare(table)}"


def _stored_types(
    connection: DuckDBPyConnection, database: str, schema: str, table: str
) -> dict[str, str]:
    query = """
        select lower(column_name), data_type
        from duckdb_columns()
        where
            database_name = $1
            and lower(schema_name) = lower($2)
            and lower(table_name) = lower($3)
    """
    return dict(connection.execute(query, [database, schema, table]).fetchall())


def _in_files(
    connection: DuckDBPyConnection, expected: Expected, project: Project, raw_path: str | None
) -> Iterator[str | Delivery]:
    """Find and open the files below `raw_path`, or the seeds."""
    home = project.root / (raw_path or "seeds")
    if not home.is_dir():
        yield f"raw_path: the folder {project.name(home)} is missing; create it or correct raw_path"
        return
    for source, tables in expected.items():
        folder = home / source.name
        if tables and not folder.is_dir():
            yield (
                f"{source.name}: the folder {project.name(folder)} is missing; "
                f"add it with the source's files{or_declare(source)}"
            )
            continue
        for table in tables:
            names = (
                [f"{table.name}.parquet", f"{table.name}.csv"]
                if raw_path
                else [f"raw_{source.name}__{table.name}.csv"]
            )
            paths = [folder / name for name in names if (folder / name).exists()]
            if not paths:
                yield (
                    f"{table.path}: {project.name(folder)} has no {' or '.join(names)}; "
                    f"add the file{or_declare(table)}"
                )
            elif len(paths) > 1:
                yield (
                    f"{table.path}: {project.name(folder)} has both {' and '.join(names)}; "
                    "remove one"
                )
            else:
                yield from _opened(connection, table, paths[0], project.name(paths[0]))


def _opened(
    connection: DuckDBPyConnection, table: Table, path: Path, place: str
) -> Iterator[str | Delivery]:
    try:
        if path.suffix == ".csv":
            yield from read_csv(table, path, place)
        else:
            yield from read_parquet(connection, table, path, place)
    except (duckdb.Error, csv.Error, OSError) as error:
        yield _unreadable(table, place, error)


def _compared(
    connection: DuckDBPyConnection, found: Iterator[str | Delivery], absent: list[str]
) -> Iterator[str]:
    """Pass problems on, and look into what was found."""
    for item in found:
        if isinstance(item, str):
            yield item
            continue
        try:
            yield from delivery_problems(connection, item, absent)
        except duckdb.Error as error:
            yield _unreadable(item.table, item.place, error)


def _unreadable(table: Table, place: str, error: Exception) -> str:
    reason = one_line(str(error).partition("Possible fixes")[0])
    return f"{table.path}: {place} cannot be read ({reason}); write it again"
