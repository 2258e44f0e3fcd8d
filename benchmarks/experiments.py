"""Readouts of experiments: our SQL beside tea-tasting and gbstats.

    python benchmarks/experiments.py --share 0.1
    python benchmarks/experiments.py

From a table of units: 20 experiments of two variants, four metrics and the sample ratio. From
exposures and orders: every day of 60, and the last one alone. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measuring import (
    ROOT,
    Row,
    Usage,
    connect,
    environment_with,
    machine,
    measure,
    measure_dbt,
    say,
    timed,
    verdict,
    versions,
)

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "experiments.md"
MEASURED = ("dbt-duckdb", "duckdb")
PEERS = {
    "gbstats": ["gbstats==0.8.0", "duckdb==2.0.0"],
    "tea_tasting": ["tea-tasting==1.14.0", "ibis-framework[duckdb]==12.0.0", "duckdb==2.0.0"],
}

EXPERIMENTS = 20
UNITS = 10_000_000
EXPOSURES = 2_000_000
ORDERS = 10_000_000

# The targets: CPU over gbstats' and tea-tasting's, the history's over a snapshot's, and memory.
MOST_OVER_GBSTATS = 1.3
MOST_OVER_TEA_TASTING = 1 / 4
MOST_OVER_SNAPSHOT = 4.0
MOST_GIGABYTES = 4.0

RELATIVE = 1e-9

# The project without a raw row: its tables are there, and empty.
EMPTY = {"absent": ["product", "experiments"], "as_of": "2026-03-02"}

HISTORY = [
    "int_unit_increments__dim_users",
    "int_unit_increments__fct_events",
    "int_unit_increments__fct_order_lines",
    "int_unit_increments__fct_orders",
    "int_unit_increments__fct_sessions",
    "int_unit_increments__fct_survey_responses",
    "int_experiment_increments",
    "int_experiment_unit_days",
    "int_experiment_moment_changes",
    "int_experiment_moments",
    "int_experiment_daily_readouts",
]

# Independent draws in [0, 1) that any run repeats: of a number, the k-th.
DRAW = "create or replace macro draw(i, k) as (hash(i * 31 + k) % 1000003) / 1000003.0"

UNIT_ROWS = """
create schema benchmark;
create table benchmark.units as
select
    i % {experiments} as experiment_id,
    'all' as stratum,
    case when draw(i, 1) < 0.5 then 'control' else 'treatment' end as arm,
    cast(draw(i, 2) < 0.1 as integer) as converted,
    order_count,
    order_count_before,
    round(order_count * exp(3 + sqrt(-2 * ln(1 - draw(i, 5))) * cos(6.283 * draw(i, 6))), 2)
        as revenue,
    round(
        order_count_before * exp(3 + sqrt(-2 * ln(1 - draw(i, 5))) * cos(6.283 * draw(i, 7))), 2
    ) as revenue_before,
    cast(floor(-ln(1 - draw(i, 8)) * 4) as integer) as session_count,
    cast(floor(-ln(1 - draw(i, 8)) * 3 + draw(i, 9) * 3) as integer) as session_count_before
from (
    select
        i,
        cast(floor(-ln(1 - draw(i, 3)) * 1.5) as integer) as order_count,
        cast(floor(-ln(1 - draw(i, 3)) + draw(i, 4)) as integer) as order_count_before
    from range({units}) as numbers (i)
)
"""

EXPOSED_UNITS = """
insert into intermediate.int_experiment_units by name
select
    'e' || i % {experiments} as experiment_id,
    'exposed' as population,
    'u' || i as unit_id,
    case when draw(i, 1) < 0.5 then 'control' else 'treatment' end as variant_id,
    'user' as unit,
    1 as stage,
    28 as longest_covariate_days,
    exposed_at,
    cast(exposed_at as date) as exposed_date,
    timestamp '2026-02-15' as planned_end_at,
    date '2026-03-01' as last_day,
    exposed_at + interval 14 day as observed_until,
    true as is_planned,
    case when draw(i, 3) < 0.5 then 'DE' else 'US' end as user__country,
    case when draw(i, 4) < 0.5 then 'web' else 'ios' end as user__platform,
    'ads' as user__acquisition_channel
from (
    select
        i,
        timestamp '2026-01-01' + to_seconds(cast(floor(draw(i, 2) * 45 * 86400) as bigint))
            as exposed_at
    from range({exposures}) as numbers (i)
)
"""

ORDER_ROWS = """
insert into core.fct_orders by name
select
    'o' || i as order_id,
    'u' || cast(floor(draw(i, 11) * {exposures}) as bigint) as user_id,
    ordered_at,
    cast(ordered_at as date) as ordered_date,
    cast(
        round(exp(3 + 0.7 * sqrt(-2 * ln(1 - draw(i, 13))) * cos(6.283 * draw(i, 14))), 2)
        as decimal(18, 2)
    ) as gross_amount,
    true as is_purchase,
    false as is_cancelled,
    false as is_refunded,
    false as is_first_purchase
from (
    select
        i,
        timestamp '2025-12-04' + to_seconds(cast(floor(draw(i, 12) * 88 * 86400) as bigint))
            as ordered_at
    from range({orders}) as numbers (i)
)
"""

# One row per experiment and metric; what is not named here is null.
ANALYSES = """
create or replace temp table asked as
select
    'e' || number as experiment_id,
    metric_name,
    'treatment' as treatment_variant_id,
    'control' as control_variant_id,
    'user' as unit,
    'primary' as role,
    'up' as direction,
    'cuped' as decision_estimator,
    'any' as primary_rule,
    'fixed_horizon' as monitoring,
    0.05 as alpha,
    0.8 as power,
    14 as window_days,
    28 as covariate_days,
    case when metric_name in ('orders', 'buyers') then 1.0 else 0.01 end as value_scale,
    1.0 as denominator_scale,
    metric_name = 'average_order_value' as has_denominator,
    true as has_covariate,
    date '2026-01-01' as started_date,
    date '2026-03-01' as last_day,
    date '2026-03-01' as planned_decision_day,
    date '2026-03-01' as complete_day
from range({experiments}) as numbers (number)
cross join (values ('orders'), ('buyers'), ('gross_revenue'), ('average_order_value'))
    as metrics (metric_name);
"""

FOLDED = """
update core.fct_orders set ordered_date = date '2026-03-01';
update intermediate.int_experiment_units set exposed_date = date '2026-03-01';
update intermediate.int_experiment_comparisons set started_date = date '2026-03-01';
"""

COMPARE_SNAPSHOT = """
select
    count(*),
    count(*) filter (
        days.effect is null
        or abs(days.effect - alone.effect) > {relative} * (abs(alone.effect) + alone.control_mean)
        or abs(days.p_value - alone.p_value) > 1e-7
        or days.control_n != alone.control_n
    )
from snapshot as alone
left join intermediate.int_experiment_daily_readouts as days
    on
        alone.experiment_id = days.experiment_id
        and alone.metric_name = days.metric_name
        and alone.estimator = days.estimator
        and days.as_of_date = date '2026-03-01'
        and days.maturity = 'matured'
"""


@dataclass(frozen=True)
class Place:
    """Where a run reads and writes, and within what limits."""

    scratch: str
    memory: str
    share: float

    @property
    def build(self) -> Path:
        """The scratch warehouse."""
        return Path(self.scratch) / "build.duckdb"

    @property
    def sizes(self) -> dict[str, int]:
        """Rows of each kind at this share of the full size."""
        return {
            "experiments": EXPERIMENTS,
            "units": round(UNITS * self.share),
            "exposures": round(EXPOSURES * self.share),
            "orders": round(ORDERS * self.share),
        }


# --- steps, each in a process of its own ----------------------------------------------------------


def fill_units(place: Place) -> None:
    """Write the table of units."""
    with connect(place.build, place.memory) as connection:
        connection.execute(DRAW)
        connection.execute(UNIT_ROWS.format(**place.sizes))


def fill_facts(place: Place) -> None:
    """Write exposed units, orders and what is registered into the empty tables of the project."""
    with connect(place.build, place.memory) as connection:
        connection.execute(DRAW)
        connection.execute(EXPOSED_UNITS.format(**place.sizes))
        connection.execute(ORDER_ROWS.format(**place.sizes))
        connection.execute(ANALYSES.format(**place.sizes))
        for table in ("analyses", "comparisons"):
            insert_known(connection, f"intermediate.int_experiment_{table}", "asked")
        insert_known(
            connection,
            "intermediate.int_experiments_scheduled",
            "(select distinct experiment_id, last_day, complete_day from asked)",
        )
        insert_known(
            connection,
            "intermediate.int_experiments_touched",
            "(select distinct experiment_id, 'all' as input_fingerprint from asked)",
        )


def insert_known(connection: Any, table: str, rows: str) -> None:
    """Insert the columns that both have."""
    names = [
        {column[0] for column in connection.execute(f"describe from {relation}").fetchall()}
        for relation in (table, rows)
    ]
    shared = ", ".join(sorted(names[0] & names[1]))
    connection.execute(f"insert into {table} by name select {shared} from {rows}")


def run_units(place: Place) -> None:
    """Ours from the table of units."""
    with connect(place.build, place.memory) as connection:
        started = time.process_time()
        cursor = connection.execute((Path(place.scratch) / "units.sql").read_text())
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        used = time.process_time() - started
    effects = {
        f"{row['experiment_id']} {row['metric_name']} {row['estimator']}": [
            row["effect"],
            row["p_value"],
        ]
        for row in rows
    }
    print(json.dumps({"cpu": used, "effects": effects}))


def run_history(place: Place) -> None:
    """Ours from exposed units and orders to the readout of every day, model by model."""
    manifest = json.loads((Path(place.scratch) / "target" / "manifest.json").read_text())
    models = {node["name"]: node for node in manifest["nodes"].values()}
    started = time.process_time()
    with connect(place.build, place.memory) as connection:
        for name in HISTORY:
            path = Path(place.scratch) / "target/compiled/groundwork"
            sql = (path / models[name]["original_file_path"]).read_text()
            kind = "view" if models[name]["config"]["materialized"] == "view" else "table"
            connection.execute(f"drop {kind} if exists intermediate.{name}")
            with timed(name):
                connection.execute(f"create {kind} intermediate.{name} as {sql}")
    print(json.dumps({"cpu": time.process_time() - started}))


def fold_days(place: Place) -> None:
    """Fold every day into the last one, so that the same models make one snapshot."""
    with connect(place.build, place.memory) as connection:
        connection.execute(FOLDED)


def run_snapshot(place: Place) -> None:
    """The last day alone, written for these metrics."""
    started = time.process_time()
    with connect(place.build, place.memory) as connection:
        sql = (Path(place.scratch) / "snapshot.sql").read_text()
        connection.execute(f"create or replace table snapshot as {sql}")
    print(json.dumps({"cpu": time.process_time() - started}))


def compare_snapshot(place: Place) -> None:
    """Print how many readouts of the last day there are and how many differ."""
    with connect(place.build, place.memory) as connection:
        print(*connection.execute(COMPARE_SNAPSHOT.format(relative=RELATIVE)).fetchone())


STEPS: dict[str, Callable[[Place], None]] = {
    "fill_units": fill_units,
    "fill_facts": fill_facts,
    "units": run_units,
    "history": run_history,
    "fold_days": fold_days,
    "snapshot": run_snapshot,
    "compare_snapshot": compare_snapshot,
}


# --- the run --------------------------------------------------------------------------------------


def step(name: str, place: Place) -> Usage:
    """Run one of STEPS in a process of its own."""
    return measure([sys.executable, __file__, "--step", name, json.dumps(asdict(place))])


def answer(used: Usage) -> dict[str, Any]:
    """Read what a step printed last."""
    return json.loads(used.output.splitlines()[-1])


def repeated(label: str, run: Callable[[], Usage], repeat: int) -> tuple[Row, dict[str, Any]]:
    """Medians of the CPU of process and work (without imports); the last answer."""
    used: list[Usage] = []
    for _ in range(repeat):
        used.append(run())
        say(f"{label}: {answer(used[-1])['cpu']:.1f} CPU s")
        for line in used[-1].output.splitlines():
            if line.startswith("    ") and line.endswith(" CPU s"):
                say(line)
    return (
        Row(
            label,
            statistics.median(one.cpu for one in used),
            statistics.median(one.wall for one in used),
            max(one.peak for one in used),
            repeat,
            f"{statistics.median(answer(one)['cpu'] for one in used):.2f}",
        ),
        answer(used[-1]),
    )


def compile_sql(name: str, place: Place) -> None:
    """Compile a file beside this one with the project's macros."""
    text = (HERE / f"experiments_{name}.sql").read_text()
    used = measure_dbt(
        ["--quiet", "compile", "--inline", text], ROOT, place.scratch, place.memory, EMPTY
    )
    (Path(place.scratch) / f"{name.removeprefix('from_')}.sql").write_text(used.output)


def peer(name: str, place: Place) -> Usage:
    """Run a peer's file in an environment of its own: they need packages that we do not."""
    python = environment_with(Path(place.scratch) / name, PEERS[name])
    return measure(
        [str(python), str(HERE / f"experiments_{name}.py"), str(place.build), place.memory]
    )


def assert_same(ours: dict[str, Any], theirs: dict[str, Any], name: str) -> int:
    """Return how many effects equal ours; stop where one does not."""
    for key, (effect, _) in theirs.items():
        own, _ = ours.get(f"{key} cuped") or ours[f"{key} difference_in_means"]
        if abs(own - effect) > RELATIVE * max(1e-3, abs(effect)):
            raise SystemExit(f"{name}: effect of {key} is {effect!r}, ours {own!r}")
    return len(theirs)


def from_units(place: Place, repeat: int) -> tuple[list[Row], str]:
    """Measure the three on the table of units."""
    step("fill_units", place)
    compile_sql("from_units", place)
    ours, own = repeated("a. ours, from units", lambda: step("units", place), repeat)
    tea, theirs = repeated("b. tea-tasting", lambda: peer("tea_tasting", place), repeat)
    sums, finished = repeated("c. gbstats", lambda: peer("gbstats", place), repeat)
    plain = {key: value for key, value in own["effects"].items() if "order_value cuped" not in key}
    count = assert_same(own["effects"], theirs["effects"], "tea-tasting")
    assert_same(plain, finished["effects"], "gbstats")
    return [ours, tea, sums], f"{count} effects, each equal to tea-tasting's and gbstats'."


def from_facts(place: Place, repeat: int) -> tuple[list[Row], str]:
    """Measure every day and the last one alone, on the same rows."""
    select = ["run", "--select", "+int_experiment_daily_readouts"]
    measure_dbt(select, ROOT, place.scratch, place.memory, EMPTY)
    compile_sql("snapshot", place)
    measure_dbt(["compile", "--full-refresh"], ROOT, place.scratch, place.memory, EMPTY)
    step("fill_facts", place)
    written, _ = repeated("f. the last day, by hand", lambda: step("snapshot", place), repeat)
    history, _ = repeated("d. ours, all 60 days", lambda: step("history", place), repeat)
    count = assert_same_last_day(place)
    step("fold_days", place)
    alone, _ = repeated("e. ours, the last day alone", lambda: step("history", place), repeat)
    assert_same_last_day(place)
    return (
        [history, alone, written],
        f"{count} readouts of the last day, each equal in d, e and f.",
    )


def assert_same_last_day(place: Place) -> int:
    """Return how many readouts of the last day equal those by hand; stop where one does not."""
    count, different = map(int, step("compare_snapshot", place).output.split())
    if different or not count:
        raise SystemExit(f"{different} of {count} readouts of the last day differ")
    return count


def as_markdown(rows: list[Row], head: list[str], arguments: argparse.Namespace) -> str:
    """Write the table, with the verdicts below it."""
    cpu = {row.step[0]: row.cpu for row in rows}
    work = {row.step[0]: float(row.note) for row in rows}
    lines = [
        f"# Experiments, share {arguments.share:g}"
        + (f", {arguments.date}" if arguments.date else ""),
        "",
        *head,
        f"Machine: {machine()}. Versions: {versions(*MEASURED)}, "
        f"{', '.join(packages[0] for packages in PEERS.values())}.",
        "",
        "| step | CPU s | without imports | wall s | peak GB | runs |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {row.step} | {row.cpu:.2f} | {row.note} | {row.wall:.1f} "
            f"| {row.peak / 1e9:.2f} | {row.runs} |"
            for row in rows
        ),
        "",
        *(
            verdict(f"{kind} of {one} over {other}", used[one] / used[other], target)
            for one, other, target in (
                ("a", "c", MOST_OVER_GBSTATS),
                ("a", "b", MOST_OVER_TEA_TASTING),
                ("d", "e", MOST_OVER_SNAPSHOT),
            )
            for kind, used in (("CPU", cpu), ("CPU without imports", work))
        ),
        f"- for information: CPU of d over f {cpu['d'] / cpu['f']:.2f}",
        verdict(
            "peak GB of a and d",
            max(row.peak for row in rows if row.step[0] in "ad") / 1e9,
            MOST_GIGABYTES,
        ),
    ]
    return "\n".join([*lines, ""])


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1, help="of the full number of rows")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each step")
    parser.add_argument("--scratch", type=Path, help="folder that is kept; else a temporary one")
    parser.add_argument("--memory", default="3GB", help="DuckDB's memory limit")
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
    place = Place(str(scratch.resolve()), arguments.memory, arguments.share)
    try:
        place.build.unlink(missing_ok=True)
        facts, same_days = from_facts(place, arguments.repeat)
        place.build.unlink()
        units, same_effects = from_units(place, arguments.repeat)
    finally:
        if not arguments.scratch:
            shutil.rmtree(scratch)
    sizes = {name: f"{count:,}" for name, count in place.sizes.items()}
    head = [
        f"a to c: {sizes['experiments']} experiments, {sizes['units']} units; {same_effects}",
        f"d to f: {sizes['exposures']} exposed units, {sizes['orders']} orders; {same_days}",
        f"Memory limit {place.memory}, 2 threads.",
    ]
    table = as_markdown([*units, *facts], head, arguments)
    print(table)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(table)


if __name__ == "__main__":
    main()
