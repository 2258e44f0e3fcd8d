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

SOURCES = ["product", "experiments", "ml", "data_team"]
SHARED_STEPS = ["randomness", "calendar"]
FORMATS = ["csv", "parquet"]

# Smaller tables would hold too few rows for the faults.
MIN_SCALE = 0.2
MAX_SCALE = 100_000

# Rows a Parquet row group: small enough to stream, large enough to compress (DuckDB's default).
_ROW_GROUP_SIZE = 122_880

# One thread alone cuts row groups elsewhere than two or more do (seen with DuckDB 2.0).
_MIN_PARQUET_THREADS = 2

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


class OtherFormatError(Exception):
    """The folder already holds a table in the other format: readers could not know which to use."""


def generate(request: Request, report: Report = lambda line: None) -> dict[str, int]:
    """Write all sources below `request.out`; return the rows written by `<source>/<table>`.

    Files appear under their names only when all are written. Raises OSError where the folder
    cannot be written, OtherFormatError, and duckdb.Error (out of memory or disk).
    """
    sources = [load_source(name) for name in SOURCES]
    request.out.mkdir(parents=True, exist_ok=True)
    _refuse_other_format(sources, request)
    with TemporaryDirectory(prefix=".generate-", dir=request.out) as scratch:
        folder = Path(scratch) / "files"
        with _connect(request, scratch) as connection:
            _define(connection, sources, request)
            counts = _write_tables(connection, sources, request, folder, report)
            _write(connection, _planted_rows_query(sources), folder / "planted_rows.csv")
        _move_files(folder, request.out)
    return counts


def _refuse_other_format(sources: list[Source], request: Request) -> None:
    for source in sources:
        for table in source.tables:
            for file_format in set(FORMATS) - {request.file_format}:
                path = request.out / source.name / f"{table.name}.{file_format}"
                if path.exists():
                    raise OtherFormatError(str(path))


def _connect(request: Request, scratch: str) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | int] = {
        "memory_limit": request.memory_limit,
        "temp_directory": scratch,
        "preserve_insertion_order": "true",
    }
    if request.threads is not None:
        config["threads"] = request.threads
    connection = duckdb.connect(config=config)
    connection.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
    if request.file_format == "parquet":
        threads = connection.execute("select current_setting('threads')").fetchall()[0][0]
        connection.execute(f"set threads = {max(threads, _MIN_PARQUET_THREADS)}")
    return connection


def _define(connection: duckdb.DuckDBPyConnection, sources: list[Source], request: Request) -> None:
    """Create the views of the clean rows and the tables of the planted ones, for all sources."""
    connection.execute(
        f"set variable scale = cast({request.scale} as double);"
        f" set variable seed = cast({request.seed} as bigint)"
    )
    for step in SHARED_STEPS:
        _run_file(connection, GENERATOR_DIR / "sql" / f"{step}.sql")
    for source in sources:
        for name, value in source.parameters().items():
            connection.execute(f"set variable {name} = {planting.literal(value)}")
    for source in sources:
        for step in source.first_steps:
            _run_file(connection, step)
    for source in sources:
        for step in source.steps:
            _run_file(connection, step)
        for table in source.tables:
            connection.execute(planting.planted_table(table))
            if not request.is_clean:
                _plant(connection, source, table)


def _run_file(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute(path.read_text(encoding="utf-8"))


def _plant(connection: duckdb.DuckDBPyConnection, source: Source, table: Table) -> None:
    """Fill `planted_<table>`; the faults of a table take turns, so that each is spread in time."""
    _look_at(connection, "getvariable('sample_step')")
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
        _look_at(connection, "1" if fault.share else "getvariable('sample_step')")
        connection.execute(planting.plant(table, fault, slots, len(slot_of)))
    _look_at(connection, "1")


def _look_at(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    """Let the views show every `step`-th learner only: few rows where few are needed."""
    connection.execute(f"set variable learner_step = {step}")


def _write_tables(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    request: Request,
    folder: Path,
    report: Report,
) -> dict[str, int]:
    """Write every table's file below `folder`; return the rows by `<source>/<table>`."""
    counts: dict[str, int] = {}
    for source in sources:
        for table in source.tables:
            name = f"{source.name}/{table.name}"
            started = time.perf_counter()
            path = folder / f"{name}.{request.file_format}"
            counts[name] = _write(connection, _table_query(table, request), path)
            report(f"{name}: {counts[name]:,} rows, {time.perf_counter() - started:.1f} s")
    return counts


def _table_query(table: Table, request: Request) -> str:
    """Return the query of one file: sorted as loaded in CSV, in the order of work in Parquet."""
    query = planting.written_rows(table)
    if request.file_format == "parquet":
        return query
    columns = ", ".join(table.columns)
    return f"from ({query}) order by loaded_at, length({table.key[0]}), {columns}"


def _planted_rows_query(sources: list[Source]) -> str:
    parts = [
        planting.planted_rows(source.name, table) for source in sources for table in source.tables
    ]
    return f"from ({' union all '.join(parts)}) order by all"


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Copy a query's rows to a file, in the format of its suffix; return their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = (
        f"format parquet, compression zstd, row_group_size {_ROW_GROUP_SIZE}"
        if path.suffix == ".parquet"
        else "format csv, header"
    )
    result = connection.execute(
        f"copy ({query}) to {planting.literal(str(path))} ({options})"
    ).fetchone()
    return int(result[0]) if result else 0


def _move_files(folder: Path, out: Path) -> None:
    """Move all files to their place below `out`."""
    for path in sorted(folder.rglob("*.*")):
        target = out / path.relative_to(folder)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)
