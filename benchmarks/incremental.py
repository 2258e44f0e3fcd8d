"""One night against a build from nothing: what a day of new rows costs in a kept warehouse.

    python benchmarks/incremental.py --scale 400

All raw rows but the last day's loads are built, then the last day arrives, then nothing arrives,
then everything is built from nothing. Each is one `dbt run` up to the governed tables, tests left
out. The tables of the night and of the build from nothing are compared, row by row.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from measuring import BIN, ROOT, Row, Usage, connect, machine, measure, measure_dbt, say, versions

RESULTS = Path(__file__).resolve().parent / "results"
# The governed values with all that they rest on; experiments have a benchmark of their own.
SELECTED = ["+metric_values", "+rejected_rows", "+source_reconciliation"]
VARIABLES = {"absent": ["experiments", "ml", "data_team"]}
COMPARED = [
    "core.fct_orders",
    "core.fct_order_lines",
    "core.fct_sessions",
    "core.fct_events",
    "metrics.metric_values",
    "quality.source_reconciliation",
]
TARGET_SHARE = 0.05


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=20)
    parser.add_argument("--memory", default="3GB", help="DuckDB's memory limit.")
    parser.add_argument("--raw", type=Path, help="Keep the raw rows here, or take them from here.")
    parser.add_argument("--scratch", type=Path, help="Keep the warehouse here.")
    parser.add_argument("--output", type=Path, default=RESULTS / "incremental.md")
    return parser.parse_args()


def deliver(raw: Path, folder: Path, *, all_days: bool) -> None:
    """Write the raw rows of `product`: all, or those loaded before the last day of loads.

    In the order of loads, as rows land that are added to what is there.
    """
    (folder / "product").mkdir(parents=True, exist_ok=True)
    with connect(":memory:", "3GB") as connection:
        (last_load,) = connection.execute(
            f"select max(left(loaded_at, 10)) from '{raw}/product/orders.parquet'"
        ).fetchall()[0]
        for path in sorted((raw / "product").glob("*.parquet")):
            come = "true" if all_days else f"loaded_at < '{last_load}' or loaded_at is null"
            connection.execute(
                f"copy (from '{path}' where {come} order by loaded_at)"
                f" to '{folder}/product/{path.name}' (format parquet)"
            )


def run(raw: Path, scratch: Path, memory: str) -> tuple[list[Row], dict[str, int]]:
    """Measure the four runs; return them and the rows that differ, by table."""
    delivered = scratch / "delivered"
    variables = VARIABLES | {"raw_path": str(delivered)}

    def load(label: str, *options: str) -> Row:
        used: Usage = measure_dbt(
            ["run", "--select", *SELECTED, *options], ROOT, scratch, memory, variables
        )
        say(f"{label}: {used.cpu:.1f} CPU s, {used.wall:.1f} s wall")
        return Row(label, used.cpu, used.wall, used.peak, 1)

    deliver(raw, delivered, all_days=False)
    rows = [load("a. all days but the last, from nothing")]
    deliver(raw, delivered, all_days=True)
    rows.append(load("b. the last day arrives"))
    rows.append(load("c. nothing arrives"))
    night = scratch / "night.duckdb"
    shutil.move(scratch / "build.duckdb", night)
    rows.append(load("d. all days, from nothing"))
    with connect(":memory:", memory) as connection:
        connection.execute(f"attach '{night}' as night (read_only)")
        connection.execute(f"attach '{scratch}/build.duckdb' as full_build (read_only)")
        differing = {
            table: connection.execute(
                f"select count(*) from (select md5(cast(t as varchar)) as row_hash, 1 as side"
                f" from night.{table} as t union all select md5(cast(t as varchar)), -1"
                f" from full_build.{table} as t) group by row_hash having sum(side) != 0"
            ).fetchall()
            for table in COMPARED
        }
    return rows, {table: len(found) for table, found in differing.items()}


def as_markdown(rows: list[Row], differing: dict[str, int], scale: float, raw: Path) -> str:
    counts = {
        table: duckdb.execute(f"select count(*) from '{raw}/product/{table}.parquet'").fetchall()
        for table in ("orders", "events", "sessions")
    }
    full = rows[-1].cpu
    lines = [
        f"# One night, scale {scale:g}, {datetime.now(UTC):%Y-%m-%d}",
        "",
        ", ".join(f"{found[0][0]:,} raw rows of {table}" for table, found in counts.items())
        + "; one `dbt run` each, start-up and parsing included.",
        f"Machine: {machine()}. Versions: {versions('dbt-core', 'dbt-duckdb', 'duckdb')}.",
        "",
        "| run | CPU s | share of d. | wall s | peak GB |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row.step} | {row.cpu:.1f} | {row.cpu / full:.2f} | {row.wall:.1f} "
            f"| {row.peak / 1e9:.2f} |"
            for row in rows
        ),
        "",
    ]
    share = rows[1].cpu / full
    verdict = "met" if share <= TARGET_SHARE else "MISSED"
    lines.append(f"- {verdict}: CPU of b. over d. {share:.2f}, target {TARGET_SHARE:.2f}")
    over_start = (rows[1].cpu - rows[2].cpu) / (full - rows[2].cpu)
    lines.append(f"- without what a run costs where nothing arrives: {over_start:.2f}")
    lines.append(f"- rows that differ between b. and d.: {json.dumps(differing)}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, compare, print, write."""
    arguments = parse_arguments()
    scratch = arguments.scratch or Path(tempfile.mkdtemp(prefix="groundwork-benchmark-"))
    scratch.mkdir(parents=True, exist_ok=True)
    raw = arguments.raw or scratch / "raw"
    try:
        if not (raw / "product").is_dir():
            command = [str(BIN / "groundwork"), "generate", "--scale", str(arguments.scale)]
            measure([*command, "--format", "parquet", "--out", str(raw)])
        rows, differing = run(raw.resolve(), scratch.resolve(), arguments.memory)
        table = as_markdown(rows, differing, arguments.scale, raw)
    finally:
        if not arguments.scratch:
            shutil.rmtree(scratch)
    print(table)
    arguments.output.write_text(table)
    if any(differing.values()):
        sys.exit("the night differs from the build from nothing")


if __name__ == "__main__":
    main()
