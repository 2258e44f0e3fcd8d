"""Models after launch: our SQL beside pandas with scikit-learn and scipy, and evidently.

    python benchmarks/ml.py --share 0.1
    python benchmarks/ml.py

5 million predictions of one version in 30 days, with outcomes and 8 features: performance realised
and estimated, calibration, drift of features and scores, by day. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
import tempfile
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
    repeated,
    timed,
    verdict,
    versions,
)

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "ml.md"
MEASURED = ("dbt-duckdb", "duckdb", "pandas", "scikit-learn", "scipy")
EVIDENTLY = ["evidently==0.7.23", "pandas<3", "pyarrow"]

PREDICTIONS = 5_000_000
DAYS = 30
EVIDENTLY_DAYS = 3

# The targets: CPU and memory over those of pandas, time over evidently's for three days.
MOST_CPU = 1.0
MOST_MEMORY = 1 / 5
MOST_TIME = 1.0

RELATIVE = 1e-9
KS_BIN = 1e-3  # fine bins per tenth: how exact our Kolmogorov-Smirnov statistic is said to be

# The project without a raw row: its tables are there, and empty.
EMPTY = {"absent": ["product", "experiments", "ml"], "as_of": "2026-03-02"}
WANTED = ("ml_performance", "ml_calibration", "ml_feature_drift", "ml_prediction_drift")

# Independent draws in [0, 1) that any run repeats: of a number, the k-th.
DRAWN = """
create or replace macro draw(i, k) as (hash(i * 31 + k) % 1000003) / 1000003.0;
create or replace macro normal(i, k) as
    sqrt(-2 * ln(1 - draw(i, k))) * cos(6.283185307179586 * draw(i, k + 1));
create or replace temp table drawn as
select
    'p' || i as prediction_id,
    'e' || i as entity_id,
    day_number,
    timestamp '2026-01-25' + to_days(day_number)
    + to_seconds(cast(floor(draw(i, 2) * 86400) as bigint)) as predicted_at,
    -- basket has ties, wealth wild values, tenure moves, latency gets lost, a platform is new
    floor(-ln(1 - draw(i, 3)) * 4) as basket,
    exp(3 + 1.5 * normal(i, 4)) as wealth,
    normal(i, 6) + case when day_number >= 20 then 1 else 0 end as tenure,
    case when draw(i, 8) >= case when day_number >= 25 then 0.2 else 0.02 end
        then draw(i, 9) * 300 end as latency,
    normal(i, 10) as mood,
    draw(i, 12) as share,
    ['DE', 'FR', 'US', 'IN', 'BR', 'NG', 'JP'][1 + cast(floor(7 * draw(i, 13) ** 2) as int)]
        as country,
    case when day_number >= 25 and draw(i, 14) < 0.1 then 'watch'
        when draw(i, 15) < 0.5 then 'web' else 'app' end as platform,
    1 / (1 + exp(2 - 1.2 * normal(i, 10) - draw(i, 12))) as score,
    draw(i, 16) as luck
from (
    select
        i,
        -- a log: each day after the one before
        cast(floor(i * {days} / {predictions}) as int) as day_number
    from range({predictions}) as numbers (i)
);
create or replace temp table wide as
select
    * exclude (luck),
    cast(luck < score as int) as outcome
from drawn;
"""
NUMBERS = ("basket", "wealth", "tenure", "latency", "mood", "share")
TEXTS = ("country", "platform")

WRITTEN = {
    "wide": "select * exclude (entity_id, day_number) from wide",
    "predictions": "select prediction_id, entity_id, score, predicted_at from wide",
    "outcomes": """
        select
            prediction_id,
            cast(outcome as double) as outcome_value,
            predicted_at + interval 1 hour as occurred_at
        from wide
    """,
    "prediction_features": " union all ".join(
        f"select prediction_id, '{name}' as feature_name, "
        f"{name if name in TEXTS else 'null'} as text_value, "
        f"{'null' if name in TEXTS else name} as numeric_value from wide"
        for name in (*NUMBERS, *TEXTS)
    ),
}

# What staging gives, from these files instead of raw tables; what is not named here is null.
STAGED = {
    "predictions": """
        select
            *,
            'm' as model_id,
            'v' as version_id
        from '{folder}/predictions.parquet'
    """,
    "outcomes": "select * from '{folder}/outcomes.parquet'",
    "prediction_features": "select * from '{folder}/prediction_features.parquet'",
    "models": """
        select
            'm' as model_id,
            'binary_classification' as task,
            'roc_auc' as validation_metric,
            'day' as chunk_grain,
            1 as label_window_days,
            0.5 as decision_threshold,
            180 as max_age_days,
            0.2 as psi_threshold
    """,
    "model_versions": """
        select
            'm' as model_id,
            'v' as version_id,
            'champion' as role,
            timestamp '2026-01-20' as created_at,
            timestamp '2026-01-25' as reference_started_at,
            timestamp '2026-02-01' as reference_ended_at
    """,
}

PERFORMANCE = """
select
    cast(chunk_start as varchar),
    metric_name,
    realised_value
from ml.ml_performance
where segment_name = 'total'
"""

DRIFT = """
select
    cast(chunk_start as varchar),
    feature_name || ' ' || measure,
    value
from ml.ml_feature_drift
where value is not null
union all
select
    cast(chunk_start as varchar),
    'score ' || measure,
    value
from ml.ml_prediction_drift
where value is not null
"""


@dataclass(frozen=True)
class Place:
    """Where a run reads and writes, and within what limits."""

    scratch: str
    memory: str
    predictions: int

    @property
    def build(self) -> Path:
        """The scratch warehouse."""
        return Path(self.scratch) / "build.duckdb"


# --- steps, each in a process of its own ----------------------------------------------------------


def fill(place: Place) -> None:
    """Write the rows as Parquet, as the contract has them and wide, and let staging read them."""
    with connect(place.build, place.memory) as connection:
        connection.execute(DRAWN.format(days=DAYS, predictions=place.predictions))
        for name, query in WRITTEN.items():
            connection.execute(f"copy ({query}) to '{place.scratch}/{name}.parquet'")
        for name, query in STAGED.items():
            view = f"staging.stg_ml__{name}"
            columns = connection.execute(f"describe {view}").fetchall()
            rows = connection.execute(f"describe {query.format(folder=place.scratch)}").fetchall()
            known = {row[0] for row in rows}
            typed = ", ".join(
                f"cast({column if column in known else 'null'} as {data_type}) as {column}"
                for column, data_type, *_ in columns
            )
            connection.execute(
                f"create or replace view {view} as "
                f"select {typed} from ({query.format(folder=place.scratch)})"
            )


def run_ours(place: Place) -> None:
    """Run every model from the labelled predictions to the marts, as dbt compiled it."""
    target = Path(place.scratch) / "target"
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    results = json.loads((target / "run_results.json").read_text())["results"]
    with connect(place.build, place.memory) as connection:
        for result in results:  # each after what it reads
            node = nodes.get(result["unique_id"], {"fqn": ()})
            if node["fqn"][1:3] not in (["intermediate", "ml"], ["marts", "ml"]):
                continue
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            name = f"{node['schema']}.{node['name']}"
            sql = (target / "compiled/groundwork" / node["original_file_path"]).read_text()
            connection.execute(f"drop {kind} if exists {name}")
            with timed(node["name"]):
                connection.execute(f"create {kind} {name} as {sql}")


def read_ours(place: Place) -> None:
    """Print our measures by day and name."""
    with connect(place.build, place.memory) as connection:
        rows = connection.execute(PERFORMANCE).fetchall() + connection.execute(DRIFT).fetchall()
    print(json.dumps({f"{day} {name}": value for day, name, value in rows}))


STEPS: dict[str, Callable[[Place], None]] = {
    "fill": fill,
    "ours": run_ours,
    "read": read_ours,
}


# --- the run --------------------------------------------------------------------------------------


def step(name: str, place: Place) -> Usage:
    """Run one of STEPS in a process of its own."""
    return measure([sys.executable, __file__, "--step", name, json.dumps(asdict(place))])


def pandas(place: Place, rows: str) -> Usage:
    """Run the peer on long or wide rows."""
    return measure([sys.executable, str(HERE / "ml_pandas.py"), place.scratch, rows])


def evidently(place: Place) -> Usage:
    """Run the peer for three days, in an environment of its own."""
    python = environment_with(Path(place.scratch) / "evidently", EVIDENTLY)
    command = [str(python), str(HERE / "ml_evidently.py"), place.scratch, str(EVIDENTLY_DAYS)]
    return measure(command, {"DO_NOT_TRACK": "1"})


def assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> int:
    """Return how many measures equal ours; stop where one does not."""
    for key, value in theirs.items():
        bound = KS_BIN if key.endswith(" ks") else RELATIVE * max(1, abs(value))
        own = ours.get(key)
        if own is None or not math.isclose(own, value, rel_tol=0, abs_tol=bound):
            raise SystemExit(f"{key} is {value!r}, ours {own!r}")
    return len(theirs)


def as_markdown(rows: list[Row], same: int, arguments: argparse.Namespace, count: int) -> str:
    """Write the table, with the verdicts below it."""
    ours, long, wide, peer = rows
    lines = [
        f"# Models, {count:,} predictions" + (f", {arguments.date}" if arguments.date else ""),
        "",
        f"{DAYS} days, {len(NUMBERS)} features of numbers and {len(TEXTS)} of texts; {same:,} "
        "measures, each equal to pandas'.",
        f"Memory limit {arguments.memory}, 2 threads.",
        f"Machine: {machine()}. Versions: {versions(*MEASURED)}, {EVIDENTLY[0]}.",
        "",
        "| step | CPU s | wall s | peak GB | runs |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {row.step} | {row.cpu:.1f} | {row.wall:.1f} | {row.peak / 1e9:.2f} | {row.runs} |"
            for row in rows
        ),
        "",
        verdict("CPU of a over b", ours.cpu / long.cpu, MOST_CPU),
        verdict("peak memory of a over b", ours.peak / long.peak, MOST_MEMORY),
        verdict("wall time of a over d", ours.wall / peer.wall, MOST_TIME),
        verdict("CPU of a over d", ours.cpu / peer.cpu, MOST_TIME),
        f"- for information: a over c, CPU {ours.cpu / wide.cpu:.2f}, "
        f"peak memory {ours.peak / wide.peak:.2f}",
    ]
    return "\n".join([*lines, ""])


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1, help="of the full number of rows")
    parser.add_argument("--repeat", type=int, default=3, help="runs of a step under two minutes")
    parser.add_argument("--scratch", type=Path, help="folder that is kept; else a temporary one")
    parser.add_argument("--memory", default="1GB", help="DuckDB's memory limit")
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
    place = Place(str(scratch.resolve()), arguments.memory, round(PREDICTIONS * arguments.share))
    try:
        place.build.unlink(missing_ok=True)
        select = ["--select", *(f"+{name}" for name in WANTED)]
        measure_dbt(["run", "--full-refresh", *select], ROOT, scratch, place.memory, EMPTY)
        step("fill", place)
        repeat = arguments.repeat
        rows = [
            repeated("a. ours", lambda: step("ours", place), repeat),
            repeated("b. pandas, the same rows", lambda: pandas(place, "long"), repeat),
            repeated("c. pandas, a row per prediction", lambda: pandas(place, "wide"), repeat),
            repeated("d. evidently, three days", lambda: evidently(place), repeat),
        ]
        ours = json.loads(step("read", place).output)
        theirs = json.loads((scratch / "pandas.json").read_text())
        same = assert_same(ours, theirs)
    finally:
        if not arguments.scratch:
            shutil.rmtree(scratch)
    table = as_markdown(rows, same, arguments, place.predictions)
    print(table)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(table)


if __name__ == "__main__":
    main()
