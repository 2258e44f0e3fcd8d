"""One raw table as it was delivered: does it hold what the contract says.

Contents are only sampled: what is wrong with single rows is the business of staging.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from groundwork.contract import LOAD_COLUMN, Column, Source, Table, is_absent
from groundwork.project import literal, quoted

CHUNK_BYTES = 1 << 20
# A column is retyped when none of its first values can be read. The second number bounds the scan
# of a column that is nearly always empty (DuckDB 2.0, CSV of 9 columns: 0.4 s per million rows).
SAMPLE_VALUES = 100_000
SAMPLE_ROWS = 1_000_000
EXAMPLE_LENGTH = 40


@dataclass(frozen=True)
class Reading:
    """How a type of the contract is read.

    `expected` says what to deliver, `stored` which kinds of stored types can be read, and `value`
    is the expression that reads text (as the macro read_as does; empty for text).
    """

    expected: str
    stored: frozenset[str]
    value: str = ""


_TIME = frozenset({"text", "time"})
_NUMBER = frozenset({"text", "integer", "fraction"})
_TIME_VALUE = "case when value like '____-__-__%' then try_cast(value as timestamptz) end"
_NUMBER_VALUE = "try_cast(value as decimal(18, 4))"
READINGS = {
    # No fractions: an id 42 stored as 42.0 would never meet the same id stored as an integer.
    "text": Reading("text or whole numbers", frozenset({"text", "integer", "boolean", "time"})),
    "timestamp": Reading(
        "timestamps, dates or text such as 2025-01-31 09:30:00", _TIME, _TIME_VALUE
    ),
    "date": Reading("dates, timestamps or text such as 2025-01-31", _TIME, _TIME_VALUE),
    "decimal": Reading("numbers or text such as 12.50", _NUMBER, _NUMBER_VALUE),
    "integer": Reading("whole numbers or text such as 12", _NUMBER, _NUMBER_VALUE),
    "double": Reading("numbers or text such as 0.25", _NUMBER, "try_cast(value as double)"),
    "boolean": Reading(
        "booleans or text such as true",
        frozenset({"text", "integer", "boolean"}),
        "try_cast(value as boolean)",
    ),
}
# A Parquet column without any value has the type NULL.
_TEXT_TYPES = {"VARCHAR", "UUID", "ENUM", "JSON", '"NULL"'}
_INTEGER_TYPES = {
    f"{sign}{size}"
    for sign in ("", "U")
    for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
}


@dataclass(frozen=True)
class Delivery:
    """A raw table as it was delivered.

    `place` names it in messages, `types` are its stored types by lower-case column name, and
    `relation` is what stands behind `from`; empty where the rows cannot be read.
    """

    table: Table
    place: str
    relation: str
    types: dict[str, str]


def or_declare(entry: Source | Table | Column) -> str:
    """Complete a remedy: what is not required can be declared absent instead."""
    if entry.required and entry.name != LOAD_COLUMN:
        return " (it is required)"
    path = entry.name if isinstance(entry, Source) else entry.path
    return f" or declare `{path}` in vars absent"


def read_csv(table: Table, path: Path, place: str) -> Iterator[str | Delivery]:
    """Read the header of a CSV file; yield what is wrong with the file, and the delivery."""
    bad_byte = first_bad_byte(path)
    if bad_byte:
        line, byte = bad_byte
        encoding = "utf-16" if line == 1 and byte in (0xFE, 0xFF) else "latin1"
        yield (
            f"{table.path}: {place} is not UTF-8 (line {line}, byte 0x{byte:02x}); "
            f"convert it, e.g. iconv -f {encoding} -t utf-8"
        )
        if encoding == "utf-16":
            return
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = next(csv.reader(file), [])
    if not header:
        yield f"{table.path}: {place} is empty; write at least the line of column names"
        return
    delimiter = next((mark for mark in ";\t|" if mark in header[0]), "")
    if len(header) == 1 and delimiter:
        yield f"{table.path}: {place} is delimited by {delimiter!r}; write it with commas"
        return
    twice = _duplicates(header)
    if twice:
        yield _duplicate_problem(table, place, twice)
    readable = not bad_byte and not twice
    yield Delivery(
        table,
        place,
        _csv_relation(path, header) if readable else "",
        {name.lower(): "VARCHAR" for name in header},
    )


def _csv_relation(path: Path, header: list[str]) -> str:
    """Read every column as text, without guesses that could skip lines."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({literal(path)}, auto_detect = false, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', columns = {{{columns}}})"
    )


def first_bad_byte(path: Path) -> tuple[int, int] | None:
    """Find the first byte that is not UTF-8: its line (from 1) and its value."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK_BYTES)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                read = error.object[: error.start]
                return line + read.count(b"\n"), error.object[error.start]
            if not chunk:
                return None
            line += chunk.count(b"\n")


def read_parquet(
    connection: DuckDBPyConnection, table: Table, path: Path, place: str
) -> Iterator[str | Delivery]:
    """Read the schema of a Parquet file; yield what is wrong with it, and the delivery."""
    relation = f"read_parquet({literal(path)})"
    schema = connection.execute(f"select name from parquet_schema({literal(path)})").fetchall()
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    # DuckDB renames the second of two columns that differ by case only
    renamed = {column[0] for column in columns} - {name for (name,) in schema}
    if renamed:
        yield _duplicate_problem(table, place, [name.rpartition("_")[0] for name in renamed])
    yield Delivery(table, place, relation, {column[0].lower(): column[1] for column in columns})


def _duplicates(names: list[str]) -> list[str]:
    return [name for name, count in Counter(map(str.lower, names)).items() if count > 1]


def _duplicate_problem(table: Table, place: str, names: list[str]) -> str:
    return (
        f"{table.path}: {place} has the column {', '.join(sorted(names))} twice "
        "(upper and lower case are the same); keep one"
    )


def delivery_problems(
    connection: DuckDBPyConnection, delivery: Delivery, absent: list[str]
) -> Iterator[str]:
    """Compare a delivery with the contract: columns, types and, in a sample, values."""
    columns = [column for column in delivery.table.columns if not is_absent(column.path, absent)]
    for column in columns:
        if column.name.lower() not in delivery.types:
            yield (
                f"{column.path}: the column is missing from {delivery.place}; "
                f"deliver it{or_declare(column)}"
            )
        elif delivery.relation:
            yield from _column_problems(connection, delivery, column)
    if delivery.relation:
        _read_personal(connection, delivery, columns)
    if delivery.table.required and delivery.relation and _is_empty(connection, delivery.relation):
        yield f"{delivery.table.path}: {delivery.place} has no rows; deliver some (it is required)"


def _read_personal(
    connection: DuckDBPyConnection, delivery: Delivery, columns: list[Column]
) -> None:
    """Read personal columns to the end, so that dbt meets no line there that cannot be read.

    DuckDB quotes such a line, and dbt would keep it in its log and artifacts.
    """
    for column in columns:
        if column.personal and column.name.lower() in delivery.types:
            query = f"select count({quoted(column.name)}) from {delivery.relation}"
            connection.execute(query).fetchall()


def _is_empty(connection: DuckDBPyConnection, relation: str) -> bool:
    return not connection.execute(f"select 1 from {relation} limit 1").fetchall()


def _column_problems(
    connection: DuckDBPyConnection, delivery: Delivery, column: Column
) -> Iterator[str]:
    reading = READINGS[column.data_type]
    stored = delivery.types[column.name.lower()]
    kind = _kind(stored)
    if kind not in reading.stored:
        yield (
            f"{column.path}: {delivery.place} stores {stored}, which cannot be read as "
            f"{column.data_type}; deliver {reading.expected}"
        )
    elif kind == "text" and reading.value:
        count, readable, example = _sample(connection, delivery.relation, column.name, reading)
        if count and not readable:
            shown = "" if column.personal else f" (the first is {example!r})"
            yield (
                f"{column.path}: none of {count} values in {delivery.place} can be read as "
                f"{column.data_type}{shown}; deliver {reading.expected}"
            )


def _kind(stored: str) -> str:
    """Classify a DuckDB type: text, integer, fraction, boolean, time or other."""
    name = stored.partition("(")[0]
    if stored.endswith("]"):
        return "other"
    if name in _TEXT_TYPES:
        return "text"
    if name in _INTEGER_TYPES or (name == "DECIMAL" and stored.endswith(",0)")):
        return "integer"
    if name in ("DECIMAL", "DOUBLE", "FLOAT"):
        return "fraction"
    if name == "BOOLEAN":
        return "boolean"
    return "time" if name == "DATE" or name.startswith("TIMESTAMP") else "other"


def _sample(
    connection: DuckDBPyConnection, relation: str, name: str, reading: Reading
) -> tuple[int, int, str]:
    """Count the first values of a text column and those that can be read; with an example."""
    return connection.execute(
        f"""
        with first_rows as (
            select nullif(trim(cast({quoted(name)} as varchar)), '') as value
            from {relation}
            limit {SAMPLE_ROWS}
        ),

        first_values as (
            select value from first_rows where value is not null limit {SAMPLE_VALUES}
        )

        select count(*), count({reading.value}), left(first(value), {EXAMPLE_LENGTH})
        from first_values
        """
    ).fetchall()[0]
