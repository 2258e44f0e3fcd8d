"""Write the raw rows of every source: the same files for the same scale and seed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from groundwork.generator import planting
from groundwork.generator.specification import GENERATOR_DIR, Source, Table, load_source

SOURCES = ["product"]
SHARED_STEPS = ["randomness", "calendar"]
FORMATS = ["csv", "parquet"]

# Below, the tables hold too few rows for the faults.
MIN_SCALE = 0.2

# Rows a Parquet row group: small enough to stream, large enough to compress.
_ROW_GROUP_SIZE = 245_760

Report = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """What to generate: size, seed, format, place, and whether faults are planted."""

    scale: float
    seed: int
    file_format: str
    out: Path
    is_clean: bool = False
    threads: int | None = None
    memory_limit: str = "4GB"


def generate(request: Request, report: Report = lambda line: None) -> dict[str, int]:
    """Write all sources below `request.out`; return the rows written by `<source>/<table>`.

    Raises OSError where a folder cannot be made and duckdb.Error where a file cannot be written.
    """
    counts: dict[str, int] = {}
    for name in SOURCES:
        source = load_source(name)
        folder = request.out / source.name
        folder.mkdir(parents=True, exist_ok=True)
        with (
            TemporaryDirectory(prefix=".generate-", dir=request.out) as scratch,
            _connect(request, scratch) as connection,
        ):
            _define(connection, source, request)
            for table in source.tables:
                path = folder / f"{table.name}.{request.file_format}"
                started = time.perf_counter()
                rows = _write(connection, _table_query(table, request), path)
                counts[f"{source.name}/{table.name}"] = rows
                seconds = time.perf_counter() - started
                report(f"{source.name}/{table.name}: {rows:,} rows, {seconds:.1f} s")
            planted = " union all ".join(
                planting.planted_rows(source.name, table) for table in source.tables
            )
            _write(
                connection, f"from ({planted}) order by all", request.out / "planted_rows.csv"
            )
    return counts


def _connect(request: Request, scratch: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | int] = {
        "memory_limit": request.memory_limit,
        "temp_directory": scratch,
        "preserve_insertion_order": "true",
    }
    if request.threads is not None:
        config["threads"] = request.threads
    connection = duckdb.connect(config=config)
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _define(connection: duckdb.DuckDBPyConnection, source: Source, request: Request) -> None:
    """Create the views of the clean rows and the tables of the planted ones."""
    lost_day = source.truths["lost_day"]
    unknown = {fault.name: fault.rows for fault in source.faults}["unknown_user"]
    connection.execute(
        f"""
        set variable scale = cast({request.scale} as double);
        set variable seed = cast({request.seed} as bigint);
        set variable lost_day = date '{lost_day["day"]}';
        set variable lost_day_share_kept = {lost_day["share_kept"]};
        set variable unknown_user_rows = {unknown};
        """
    )
    shared = [GENERATOR_DIR / "sql" / f"{step}.sql" for step in SHARED_STEPS]
    for step in [*shared, *source.steps]:
        connection.execute(step.read_text(encoding="utf-8"))
    for table in source.tables:
        connection.execute(planting.clean_text_view(table))
        connection.execute(planting.planted_table(table))
        if not request.is_clean:
            _plant(connection, source, table)


def _plant(connection: duckdb.DuckDBPyConnection, source: Source, table: Table) -> None:
    """Fill `planted_<table>`; the faults of a table take turns, so that each is spread in time."""
    connection.execute(planting.sample_table(table))
    faults = source.faults_of(table)
    turns = [
        (turn, fault.name)
        for fault in faults
        if fault.kind != "view"
        for turn in range(fault.rows // fault.copies)
    ]
    slot_of = {turn: slot for slot, turn in enumerate(sorted(turns), start=1)}
    for fault in faults:
        slots = [slot for (_, name), slot in slot_of.items() if name == fault.name]
        connection.execute(planting.plant(table, fault, slots, len(slot_of)))


def _table_query(table: Table, request: Request) -> str:
    """Return the query of one file: sorted as loaded in CSV, in the order of work in Parquet."""
    columns = ", ".join(table.columns)
    query = (
        f"select {columns} from text_{table.name}"
        f" union all select {columns} from planted_{table.name}"
    )
    if request.file_format == "parquet":
        return query
    return f"from ({query}) order by loaded_at, length({table.key[0]}), {columns}"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Copy a query's rows to a file by its suffix; return their number."""
    options = (
        f"format parquet, compression zstd, row_group_size {_ROW_GROUP_SIZE}"
        if path.suffix == ".parquet"
        else "format csv, header"
    )
    target = str(path).replace("'", "''")
    result = connection.execute(f"copy ({query}) to '{target}' ({options})").fetchone()
    return int(result[0]) if result else 0
