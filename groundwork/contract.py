"""The raw contract: what a company brings, read from the sources files of staging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwork.project import GroundworkError, read_yaml

DATA_TYPES = ("text", "timestamp", "date", "decimal", "integer", "double", "boolean")
# The source of what earlier runs recorded, which nobody brings.
HISTORY = "history"
# The one required column with a documented fallback.
LOAD_COLUMN = "loaded_at"


@dataclass(frozen=True)
class Column:
    """A raw column; `path` is `source.table.column`, and `user` says that it identifies a user."""

    path: str
    name: str
    data_type: str
    required: bool
    not_null: bool
    personal: bool
    user: bool


@dataclass(frozen=True)
class Table:
    """A raw table; `path` is `source.table`, and `daily` says that a load comes every day."""

    path: str
    name: str
    source: str
    required: bool
    kind: str
    daily: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Source:
    """A group of raw tables; one that is not required can be absent as a whole."""

    name: str
    required: bool
    tables: tuple[Table, ...]


def read_contract(root: Path) -> tuple[Source, ...]:
    """Read `models/staging/<source>/_<source>__sources.yml` of every source but the history."""
    paths = sorted(root.glob("models/staging/*/_*__sources.yml"))
    entries = [entry for path in paths for entry in read_yaml(path)["sources"]]
    return tuple(_source(entry) for entry in entries if entry["name"] != HISTORY)


def _source(entry: dict[str, Any]) -> Source:
    tables = tuple(_table(entry["name"], table) for table in entry["tables"])
    return Source(entry["name"], _meta(entry).get("required", False), tables)


def _table(source: str, entry: dict[str, Any]) -> Table:
    path, meta = f"{source}.{entry['name']}", _meta(entry)
    return Table(
        path=path,
        name=entry["name"],
        source=source,
        required=meta.get("required", False),
        kind=meta.get("kind", ""),
        daily=meta.get("daily", False),
        key=tuple(meta.get("key", ())),
        columns=tuple(_column(path, column) for column in entry.get("columns", [])),
    )


def _column(table: str, entry: dict[str, Any]) -> Column:
    path, meta = f"{table}.{entry['name']}", _meta(entry)
    data_type = entry.get("data_type")
    if data_type not in DATA_TYPES:
        raise GroundworkError(
            f"{path}: the contract's data_type {data_type!r} is not known; "
            f"use one of {', '.join(DATA_TYPES)}"
        )
    return Column(
        path=path,
        name=entry["name"],
        data_type=data_type,
        required=meta.get("required", False),
        not_null=meta.get("not_null", False),
        personal=meta.get("personal", False),
        user=meta.get("user", False),
    )


def _meta(entry: dict[str, Any]) -> dict[str, Any]:
    return entry.get("config", {}).get("meta", {})


def is_absent(path: str, absent: list[str]) -> bool:
    """Tell whether a table or column is declared absent, itself or with what it belongs to."""
    parts = path.split(".")
    return any(".".join(parts[:depth]) in absent for depth in range(1, len(parts) + 1))


def absence_problems(contract: tuple[Source, ...], absent: list[str]) -> Iterator[str]:
    """Yield a line for each declared absence that the contract does not know or allow."""
    sources = {source.name: source for source in contract}
    tables = {table.path: table for source in contract for table in source.tables}
    columns = {column.path: column for table in tables.values() for column in table.columns}
    for path in absent:
        entry = sources.get(path) or tables.get(path) or columns.get(path)
        if entry is None:
            yield f"vars absent: {path!r} is not in the raw contract; {_known(path, contract)}"
        elif entry.required and entry.name != LOAD_COLUMN:
            yield f"vars absent: {path} is required; deliver it and remove it from absent"


def _known(path: str, contract: tuple[Source, ...]) -> str:
    """Name what could have been meant, at the deepest level that is known."""
    source_name, _, rest = path.partition(".")
    source = next((source for source in contract if source.name == source_name), None)
    if source is None:
        return f"known sources: {', '.join(source.name for source in contract)}"
    table = next((table for table in source.tables if table.name == rest.partition(".")[0]), None)
    if table is None:
        return f"known tables of {source.name}: {', '.join(table.name for table in source.tables)}"
    return f"known columns of {table.path}: {', '.join(column.name for column in table.columns)}"
