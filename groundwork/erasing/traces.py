"""Where a user is found: in tables, in the history, in files and in raw."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from groundwork.contract import read_contract
from groundwork.delivery import Delivery
from groundwork.erasing.person import Person
from groundwork.preflight import raw_tables
from groundwork.project import GroundworkError, Project, attached, literal, quoted
from groundwork.site.packing import unpacked
from groundwork.trouble import one_line

TEXT_FILES = {".csv", ".json", ".jsonl", ".log", ".txt", ".yml"}


def built_databases(project: Project) -> list[Path]:
    """Return the databases that builds wrote."""
    return [path for path in (project.build_path, project.sample_path) if path.exists()]


def files(*folders: Path) -> list[Path]:
    """Return the files in folders at any depth, without links."""
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def file_names(person: Person, path: Path) -> bool:
    """Tell whether the bytes of a file, unpacked where it is a packed page, name a user."""
    return person.names_in(unpacked(path.read_bytes()).decode(errors="replace"))


def tables_of(
    connection: DuckDBPyConnection, database: str
) -> dict[tuple[str, str], dict[str, str]]:
    """Return the columns with their types of every table, by schema and name."""
    tables: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, stored in connection.execute(
        """
        select columns.schema_name, columns.table_name, columns.column_name, columns.data_type
        from duckdb_columns() as columns
        inner join duckdb_tables() as tables using (database_name, schema_name, table_name)
        where database_name = $1
        order by columns.schema_name, columns.table_name, columns.column_index
        """,
        [database],
    ).fetchall():
        tables.setdefault((schema, table), {})[column] = stored
    return tables


def conditions_to_go(
    connection: DuckDBPyConnection, person: Person, database: str
) -> dict[tuple[str, str], str]:
    """Return for every table the condition that a row goes as a whole."""
    tables = tables_of(connection, database)
    connection.execute("create or replace temp table keys (name varchar, value varchar)")
    for (schema, table), types in tables.items():
        theirs = person.is_theirs(types)
        for key in (name for name in types if theirs != "false" and name.lower() in person.keys):
            connection.execute(
                f"insert into temp.main.keys select {literal(key.lower())}, "
                f"cast({quoted(key)} as varchar) from {full_name(database, schema, table)} "
                f"where {theirs}"
            )
    conditions = {}
    for place, types in tables.items():
        hanging = [
            f"coalesce(cast({quoted(name)} as varchar) in "
            f"(select value from temp.main.keys where name = {literal(name.lower())}), false)"
            for name in person.hangs_on(types)
        ]
        deep = person.is_named(person.cannot_be_blanked(types))
        conditions[place] = " or ".join([person.is_theirs(types), *hanging, deep])
    return conditions


def full_name(database: str, schema: str, table: str) -> str:
    """Write the name of a table."""
    return ".".join(map(quoted, (database, schema, table)))


def database_holds(project: Project, person: Person, path: Path) -> bool:
    """Tell whether a table of a database has rows of a user or names them."""
    with attached(project, path) as connection:
        return any(_traces(connection, person, path.stem))


def _traces(
    connection: DuckDBPyConnection, person: Person, database: str
) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the tables with rows that are the user's or name them, and how many."""
    tables = tables_of(connection, database)
    for place, goes in conditions_to_go(connection, person, database).items():
        ((count,),) = connection.execute(
            f"select count(*) from {full_name(database, *place)} "
            f"where {goes} or {person.is_named(tables[place])}"
        ).fetchall()
        if count:
            yield place, count


def history_holds(project: Project, person: Person, path: Path) -> bool:
    """Tell whether a file of the history has rows of a user or names them."""
    if path.suffix != ".parquet":
        return path.suffix in TEXT_FILES and file_names(person, path)
    with open_history(project, path) as (connection, rows, types):
        goes = f"{person.is_theirs(types)} or {person.is_named(types)}"
        return bool(connection.execute(f"select 1 from {rows} where {goes} limit 1").fetchall())


@contextlib.contextmanager
def open_history(
    project: Project, path: Path
) -> Iterator[tuple[DuckDBPyConnection, str, dict[str, str]]]:
    """Open a Parquet file of the history: its relation and the types of its columns."""
    rows = f"read_parquet({literal(path)}, hive_partitioning = false)"
    with duckdb.connect() as connection:
        try:
            columns = connection.execute(f"describe from {rows}").fetchall()
        except duckdb.Error as error:
            raise GroundworkError(
                f"{project.name(path)} cannot be read ({one_line(error)}); "
                "put it back or remove it, and erase again"
            ) from error
        yield connection, rows, {column[0]: column[1] for column in columns}


def raw_rows(
    project: Project, variables: dict[str, Any], person: Person
) -> Iterator[tuple[int, str]]:
    """Yield how many rows of each raw table are the user's, with a line that says where."""
    with raw_tables(project, variables, project.build_path) as (connection, found):
        readable = []
        for item in found:
            if isinstance(item, Delivery) and item.relation:
                readable.append(item)
            else:
                problem = item if isinstance(item, str) else f"{item.place} cannot be read"
                yield 0, f"not looked through: {problem}"
        place = "{}"
        if variables.get("raw_schema"):
            place = f"{{}} of {project.name(project.build_path)}"
        for delivery in readable:
            path, where = delivery.table.path, place.format(delivery.place)
            condition = _in_raw(delivery, readable, person)
            query = f"select count(*) from {delivery.relation} where {condition}"
            try:
                ((count,),) = connection.execute(query).fetchall()
            except duckdb.Error as error:
                yield 0, f"not looked through: {path}: {where} ({type(error).__name__})"
                continue
            if count:
                yield count, f"{path}: {count} row{'s' if count > 1 else ''} in {where}"


def _in_raw(delivery: Delivery, deliveries: list[Delivery], person: Person) -> str:
    tests = [person.is_theirs(delivery.types), person.is_named(delivery.types)]
    for name in person.hangs_on(delivery.types):
        for other in deliveries:
            if other.table.key == (name,) and person.is_theirs(other.types) != "false":
                tests.append(
                    f"coalesce(trim(cast({quoted(name)} as varchar)) in "
                    f"(select trim(cast({quoted(name)} as varchar)) from {other.relation} "
                    f"where {person.is_theirs(other.types)}), false)"
                )
    return " or ".join(tests)


def left_elsewhere(project: Project, variables: dict[str, Any], person: Person) -> Iterator[str]:
    """Yield what names the user and is neither the raw contract's nor of groundwork's making."""
    known = {
        f"{schema}.{table.name}".lower()
        for source in read_contract(project.root)
        for table in source.tables
        for name, schema in (variables.get("raw_schema") or {}).items()
        if name == source.name
    }
    for path in built_databases(project):
        with attached(project, path) as connection:
            for place, count in _traces(connection, person, path.stem):
                name = ".".join(place)
                if name.lower() not in known or path != project.build_path:
                    yield f"{name}: {count} row{'s' if count > 1 else ''} in {project.name(path)}"
    ours = {project.published_path, *built_databases(project)}
    for path in files(project.warehouse):
        is_ours = path in ours or path.is_relative_to(project.publications)
        if not is_ours and path.suffix != ".parquet" and file_names(person, path):
            yield f"{project.name(path)} names the user"
