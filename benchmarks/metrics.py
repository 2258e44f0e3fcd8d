"""All metrics, all grains, all dimensions: our SQL beside hand-written SQL and MetricFlow's.

    python benchmarks/metrics.py --scale 20
    python benchmarks/metrics.py --scale 1620 --metricflow-cells 40 --skip dbt together

Every step runs in a process of its own. CPU is user + system time of the process and its
children, memory the largest resident set of one of them. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from measuring import (
    BIN,
    ROOT,
    Row,
    Usage,
    connect,
    machine,
    measure,
    measure_dbt,
    repeated,
    say,
    timed,
    versions,
)

BY_HAND = Path(__file__).with_name("metrics_by_hand.sql")
RESULTS = Path(__file__).parent / "results" / "metrics.md"

MEASURED = ("dbt-core", "dbt-duckdb", "duckdb", "metricflow")
SKIPPABLE = ("core", "dbt", "ours", "by_hand", "floor", "metricflow", "together")
GRAINS = ("day", "week", "month")
CORE = ["+path:models/marts/core", "int_as_of", "time_spine"]
METRICS = [
    "int_measure_values__*",
    "int_conversion_values",
    "int_measures_pivoted",
    "metric_values",
]

# The targets: our CPU over hand-written SQL's and MetricFlow's, and memory.
MOST_OVER_BY_HAND = 2.5
MOST_OVER_METRICFLOW = 1 / 3
MOST_GIGABYTES = 4.0

# What the metrics read, and nothing else.
FLOOR = """
select count(signed_up_date), count(country), count(platform), count(acquisition_channel)
from core.dim_users;
select
    count(started_date), count(user_key), count(user_id), count(channel), count(platform),
    count(has_purchase), sum(duration_seconds)
from core.fct_sessions;
select
    count(ordered_date), count(refunded_date), count(user_key), count(user_id), count(channel),
    count(platform), count(is_purchase), count(is_cancelled), count(is_first_purchase),
    count(is_refunded), sum(gross_amount), sum(discount_amount), sum(refunded_amount)
from core.fct_orders;
select count(ordered_date), count(user_key), count(course_key), sum(quantity), sum(unit_price)
from core.fct_order_lines;
select
    count(occurred_date), count(user_key), count(user_id), count(course_key), count(event_type),
    count(surface), count(platform)
from core.fct_events;
select count(responded_date), count(user_key), count(nps_group) from core.fct_survey_responses;
"""


class Cell(NamedTuple):
    """One governed number over time: a metric at a grain, by one dimension or in total."""

    metric: str
    grain: str
    dimension: str


@dataclass(frozen=True)
class Place:
    """Where a run reads and writes, and within what limits."""

    project: str
    raw: str
    scratch: str
    memory: str
    queries: list[list[str]] = field(default_factory=list)
    time_limit: float = 60

    @property
    def build(self) -> Path:
        """The scratch warehouse."""
        return Path(self.scratch) / "build.duckdb"

    @property
    def target(self) -> Path:
        """dbt's artifacts."""
        return Path(self.scratch) / "target"


def measure_step(name: str, place: Place) -> Usage:
    """Run one of STEPS in a process of its own."""
    return measure([sys.executable, __file__, "--step", name, json.dumps(asdict(place))])


def run_dbt(arguments: list[str], place: Place) -> Usage:
    """Run dbt on the scratch warehouse."""
    return measure_dbt(
        arguments, place.project, place.scratch, place.memory, {"raw_path": place.raw}
    )


# --- steps, each in its own process ------------------------------------------------------------


def run_ours(place: Place) -> None:
    """Run the compiled models in the order of their dependencies, as dbt would create them."""
    manifest = json.loads((place.target / "manifest.json").read_text())
    names = metric_models(manifest)
    with connect(place.build, place.memory) as connection:
        for node in names:
            path = place.target / "compiled" / "groundwork" / node["original_file_path"]
            relation = f"{node['schema']}.{node['name']}"
            connection.execute(f"create schema if not exists {node['schema']}")
            with timed(node["name"]):
                connection.execute(f"create or replace table {relation} as {path.read_text()}")


def metric_models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """List the models from measures to metric_values: families first, then what joins them."""
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    families = sorted(name for name in models if name.startswith("int_measure_values__"))
    last = ["int_conversion_values", "int_measures_pivoted", "metric_values"]
    return [models[name] for name in [*families, *last]]


def run_by_hand(place: Place) -> None:
    """Run metrics_by_hand.sql."""
    with connect(place.build, place.memory) as connection:
        for statement in connection.extract_statements(BY_HAND.read_text()):
            created = re.search(r"(?:table|macro) ([\w.]+)", statement.query)
            with timed(created.group(1) if created else "settings"):
                connection.execute(statement)


def run_floor(place: Place) -> None:
    """Read every column that the metrics need, once."""
    with connect(place.build, place.memory) as connection:
        for statement in connection.extract_statements(FLOOR):
            connection.execute(statement).fetchall()


def compare(place: Place) -> None:
    """Print how many values there are and how many differ by more than 1e-9.

    A row without a value (nothing to divide by) is the same as no row.
    """
    with connect(place.build, place.memory) as connection:
        print(
            *connection.execute(
                """
                with ours as (
                    select * from metrics.metric_values where metric_value is not null
                ),

                by_hand as (
                    select * from by_hand.metric_values where metric_value is not null
                )

                select
                    count(*),
                    count(*) filter (
                        ours.metric_value is null
                        or by_hand.metric_value is null
                        or not abs(ours.metric_value - by_hand.metric_value)
                        <= 1e-9 * greatest(1, abs(by_hand.metric_value))
                    )
                from ours
                full join by_hand
                    using (metric_name, grain, period_start, dimension_name, dimension_value)
                """
            ).fetchone()
        )


def run_metricflow(place: Place) -> None:
    """Run MetricFlow's SQL; print a JSON list per query: CPU, or why it has none."""
    with connect(place.build, place.memory) as connection:
        for metrics, grain, dimension in place.queries:
            print(json.dumps(_run_query(connection, place, metrics.split(","), grain, dimension)))


def _run_query(
    connection: Any, place: Place, metrics: list[str], grain: str, dimension: str
) -> list[Any]:
    import duckdb

    sql = _metricflow_sql(place, metrics, grain, dimension)
    # an interrupt that comes when the query has just ended does not reach the next one
    timer = threading.Timer(place.time_limit, connection.interrupt)
    used = time.process_time()
    timer.start()
    failure = ""
    try:
        connection.execute(f"create or replace temp table answer as {sql}")
    except duckdb.InterruptException:
        failure = f"more than {place.time_limit:g} s"
    except duckdb.OutOfMemoryException:
        failure = "out of memory"
    finally:
        timer.cancel()
    return [time.process_time() - used, failure]


def _metricflow_sql(place: Place, metrics: list[str], grain: str, dimension: str) -> str:
    """Ask MetricFlow, without its command line, for the SQL of some metrics."""
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    by = [f"metric_time__{grain}"] + ([dimension] if dimension != "total" else [])
    request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=by)
    return _metricflow_engine(place).explain(request).sql_statement.sql


_engines: dict[str, Any] = {}


def _metricflow_engine(place: Place) -> Any:
    if not _engines:
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
        from metricflow_semantics.model.dbt_manifest_parser import (
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        class Renderer:
            """As much of a MetricFlow client as it takes to write SQL."""

            sql_engine_type = SqlEngine.DUCKDB
            sql_plan_renderer = DuckDbSqlPlanRenderer()

        manifest = parse_manifest_from_dbt_generated_manifest(
            manifest_json_string=(place.target / "semantic_manifest.json").read_text()
        )
        _engines["engine"] = MetricFlowEngine(SemanticManifestLookup(manifest), Renderer())
    return _engines["engine"]


def count_rows(place: Place) -> None:
    """Print how many orders and events there are."""
    with connect(place.build, place.memory) as connection:
        for table in ("orders", "events"):
            print(*connection.execute(f"select count(*) from core.fct_{table}").fetchone())


STEPS: dict[str, Callable[[Place], None]] = {
    "ours": run_ours,
    "by_hand": run_by_hand,
    "floor": run_floor,
    "compare": compare,
    "metricflow": run_metricflow,
    "count_rows": count_rows,
}


# --- the run --------------------------------------------------------------------------------------


def published_cells(target: Path) -> list[Cell]:
    """List all cells that the definitions publish."""
    manifest = json.loads((target / "manifest.json").read_text())
    return [
        Cell(metric["name"], grain, dimension)
        for metric in sorted(manifest["metrics"].values(), key=lambda metric: metric["name"])
        for grain in GRAINS
        for dimension in ["total", *metric["config"]["meta"].get("dimensions", [])]
    ]


def generate(raw: Path, scale: float) -> None:
    """Write the raw rows unless they are there."""
    if not (raw / "product" / "orders.parquet").exists():
        command = [str(BIN / "groundwork"), "generate", "--scale", str(scale)]
        used = measure([*command, "--format", "parquet", "--out", str(raw)])
        say(f"raw rows: {used.cpu:.1f} CPU s, {used.wall:.1f} s wall")


def assert_equal(place: Place) -> int:
    """Return the number of values, all of them equal; stop where one is not."""
    values, different = map(int, measure_step("compare", place).output.split())
    if different:
        raise SystemExit(f"{different} of {values} values differ from metrics_by_hand.sql")
    say(f"{values} values, all equal to those by hand")
    return values


def metricflow_cells(place: Place, sample: int, seed: int) -> Row:
    """MetricFlow's SQL, a query per cell; a sample is extrapolated to all cells."""
    cells = published_cells(place.target)
    chosen = random.Random(seed).sample(cells, sample) if 0 < sample < len(cells) else cells
    row = metricflow(place, [list(cell) for cell in chosen], "d. MetricFlow, a query per cell")
    factor = len(cells) / len(chosen)
    if factor == 1:
        return row
    note = f"extrapolated from {len(chosen)} of {len(cells)} cells (seed {seed}); {row.note}"
    return Row(row.step, row.cpu * factor, row.wall * factor, row.peak, row.runs, note)


def metricflow_together(place: Place) -> Row:
    """MetricFlow's SQL with all metrics of a grain and dimension in one query."""
    metrics: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in published_cells(place.target):
        metrics[cell.grain, cell.dimension].append(cell.metric)
    queries = [[",".join(names), *key] for key, names in metrics.items()]
    return metricflow(place, queries, "d. MetricFlow, a query per grain and dimension")


def metricflow(place: Place, queries: list[list[str]], label: str) -> Row:
    """Run queries one after the other; those that did not end are counted until they were ended."""
    asked = Place(**asdict(place) | {"queries": queries})
    used = measure_step("metricflow", asked)
    answers = [json.loads(line) for line in used.output.splitlines() if line.startswith("[")]
    failures = [failure for _, failure in answers if failure]
    reasons = ", ".join(f"{failures.count(reason)} {reason}" for reason in sorted(set(failures)))
    note = f"{len(queries)} queries" + (f", not finished: {reasons}" if failures else "")
    say(f"{label}: {sum(cpu for cpu, _ in answers):.1f} CPU s, {note}")
    return Row(label, sum(cpu for cpu, _ in answers), used.wall, used.peak, 1, note)


def run(place: Place, arguments: argparse.Namespace) -> tuple[list[Row], list[str]]:
    """Measure every step; return the table and the lines above it."""
    skip, repeat = arguments.skip, arguments.repeat
    rows: list[Row] = []
    if "core" not in skip:
        rows.append(
            repeated(
                "a. staging and core (dbt)",
                lambda: run_dbt(["run", "--select", *CORE], place),
                1,
            )
        )
    with_dbt = "dbt" not in skip
    if with_dbt:
        rows.append(
            repeated(
                "b. metrics, with dbt",
                lambda: run_dbt(["run", "--select", *METRICS], place),
                repeat,
            )
        )
    else:
        run_dbt(["compile", "--select", *METRICS], place)
    steps = {"ours": "b. metrics", "by_hand": "c. by hand", "floor": "e. floor: one scan"}
    values = 0
    for name, label in steps.items():
        if name not in skip:
            rows.append(repeated(label, lambda name=name: measure_step(name, place), repeat))
    if "ours" not in skip and "by_hand" not in skip:
        values = assert_equal(place)
    if "metricflow" not in skip:
        rows.append(metricflow_cells(place, arguments.metricflow_cells, arguments.seed))
    if "together" not in skip:
        rows.append(metricflow_together(place))
    orders, events = map(int, measure_step("count_rows", place).output.split())
    cells = len(published_cells(place.target))
    equal = f"{values:,} values, each equal to the one by hand to 1e-9; " if values else ""
    return rows, [
        f"Scale {arguments.scale:g}: {orders:,} orders, {events:,} events; {cells} cells (metric, "
        f"grain, dimension); {equal}memory limit {place.memory}, 2 threads."
    ]


def as_markdown(rows: list[Row], head: list[str], arguments: argparse.Namespace) -> str:
    """Write the table, with the verdicts below it."""
    cpu = {row.step: row.cpu for row in rows}
    by_hand = cpu.get("c. by hand")
    lines = [
        f"# Metrics, scale {arguments.scale:g}" + (f", {arguments.date}" if arguments.date else ""),
        "",
        *head,
        f"Machine: {machine()}. Versions: {versions(*MEASURED)}.",
        "",
        "| step | CPU s | over by hand | wall s | peak GB | runs | note |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        ratio = f"{row.cpu / by_hand:.2f}" if by_hand else ""
        lines.append(
            f"| {row.step} | {row.cpu:.1f} | {ratio} | {row.wall:.1f} | {row.peak / 1e9:.2f} "
            f"| {row.runs} | {row.note} |"
        )
    return "\n".join([*lines, "", *verdicts(rows), ""])


def verdicts(rows: list[Row]) -> list[str]:
    """One line per target that can be judged."""
    cpu = {row.step: row.cpu for row in rows}
    ours = cpu.get("b. metrics")
    lines = []
    if ours and "c. by hand" in cpu:
        ratio = ours / cpu["c. by hand"]
        lines.append(_verdict(ratio <= MOST_OVER_BY_HAND, "by hand", ratio, MOST_OVER_BY_HAND))
    for row in rows:
        if ours and row.step.startswith("d."):
            ratio = ours / row.cpu
            lines.append(_verdict(ratio < MOST_OVER_METRICFLOW, row.step, ratio, 1 / 3))
    measured = [row for row in rows if row.step[0] in "ab"]
    if measured:
        peak = max(row.peak for row in measured) / 1e9
        word = "met" if peak < MOST_GIGABYTES else "missed"
        lines.append(f"- {word}: peak memory of ours {peak:.2f} GB, target {MOST_GIGABYTES:g}")
    return lines


def _verdict(is_met: bool, other: str, ratio: float, target: float) -> str:
    word = "met" if is_met else "missed"
    return f"- {word}: CPU of `b. metrics` over `{other}` {ratio:.2f}, target {target:.2f}"


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--scale", type=float, default=20, help="size of the raw rows (1: the demo)"
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of a short step")
    parser.add_argument("--raw", type=Path, help="folder of raw Parquet to use or to write")
    parser.add_argument("--scratch", type=Path, help="folder that is kept; else a temporary one")
    parser.add_argument("--project", type=Path, default=ROOT, help="the dbt project to measure")
    parser.add_argument("--memory", default="3GB", help="DuckDB's memory limit")
    parser.add_argument(
        "--metricflow-cells", type=int, default=0, help="a random sample of so many cells; 0: all"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--time-limit", type=float, default=60, help="seconds per MetricFlow query")
    parser.add_argument(
        "--skip", nargs="*", default=[], choices=SKIPPABLE, help="steps to leave out"
    )
    parser.add_argument("--date", help="written into the result")
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Measure, print, write."""
    if sys.argv[1:2] == ["--step"]:
        STEPS[sys.argv[2]](Place(**json.loads(sys.argv[3])))
        return
    arguments = parse_arguments()
    scratch = arguments.scratch or Path(tempfile.mkdtemp(prefix="groundwork-benchmark-"))
    scratch.mkdir(parents=True, exist_ok=True)
    place = Place(
        project=str(arguments.project.resolve()),
        raw=str((arguments.raw or scratch / "raw").resolve()),
        scratch=str(scratch.resolve()),
        memory=arguments.memory,
        time_limit=arguments.time_limit,
    )
    try:
        generate(Path(place.raw), arguments.scale)
        rows, head = run(place, arguments)
    finally:
        if not arguments.scratch:
            shutil.rmtree(scratch)
    table = as_markdown(rows, head, arguments)
    print(table)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(table)


if __name__ == "__main__":
    main()
