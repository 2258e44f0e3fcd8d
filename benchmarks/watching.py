"""What watching costs: the demo's build with its history and anomalies, and without.

    python benchmarks/watching.py

Both build every table from nothing, tests included: once with all models, then `groundwork record`
writes the run into the history; once without the models that read the history or look for
anomalies, and without recording. Beside them: a dbt test per table and column for the anomalies.
See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measuring import BIN, ROOT, Usage, connect, machine, measure, say, versions

RESULTS = Path(__file__).resolve().parent / "results"
HISTORY = [
    "path:models/staging/history",
    "int_tests_last_run",
    "int_scores_last_run",
    "int_metric_restatements",
    "metric_restatements",
]
ANOMALIES = ["path:models/intermediate/quality/profiles", "metric_anomalies", "data_anomalies"]
TARGET = 0.10

# the peer's tests, written into the copy of the project
TESTS = "tests/watching"
MACRO = "watching_test_per_column.sql"
# the column that says which day a row is of
HAPPENED_AT = {
    "events": "occurred_at",
    "order_lines": "loaded_at",
    "orders": "ordered_at",
    "sessions": "started_at",
    "survey_responses": "responded_at",
    "users": "signed_up_at",
}
SERIES = """
select distinct split_part(table_name, '.', 2), kind, column_name
from quality.data_anomalies
where kind in ('volume', 'freshness', 'null_share', 'level', 'value_share')
order by all
"""


@dataclass(frozen=True)
class Build:
    """What a dbt command used, and the CPU seconds of each node."""

    used: Usage
    nodes: dict[str, float]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--output", type=Path, default=RESULTS / "watching.md")
    return parser.parse_args()


def copy_project(folder: Path) -> Path:
    """Copy what is under version control, so that the history of nobody grows."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


# --- one dbt command, in a process of its own -----------------------------------------------------


def run_dbt(arguments: list[str]) -> None:
    """Run dbt and print the CPU of each node: one at a time, so that what is used is a node's."""
    from dbt.cli.main import dbtRunner

    started: dict[str, float] = {}
    nodes: dict[str, float] = {}

    def listen(event: Any) -> None:
        if event.info.name == "NodeStart":
            started[event.data.node_info.unique_id] = time.process_time()
        elif event.info.name == "NodeFinished":
            name = event.data.node_info.unique_id
            nodes[name] = time.process_time() - started[name]

    done = dbtRunner(callbacks=[listen]).invoke(["--quiet", *arguments])
    if not done.success:
        raise SystemExit(f"dbt {arguments[0]} failed: {done.exception or 'see above'}")
    print(json.dumps(nodes))


def dbt(project: Path, *arguments: str) -> Build:
    # in the project's folder: the paths of its warehouse and history are relative
    this = str(Path(__file__).resolve())
    used = measure([sys.executable, this, "--dbt", json.dumps(arguments)], folder=project)
    return Build(used, json.loads(used.output.splitlines()[-1]))


def build(project: Path, label: str, *options: str) -> Build:
    done = dbt(project, "build", "--threads", "1", *options)
    say(f"{label}: {done.used.cpu:.1f} CPU s, {done.used.wall:.1f} s wall, {len(done.nodes)} nodes")
    return done


def listed(project: Path, *options: str) -> set[str]:
    """Ids of the nodes that a selection has."""
    output = ["--output", "json", "--output-keys", "unique_id"]
    found = measure([str(BIN / "dbt"), "--quiet", "ls", *output, *options], folder=project)
    return {
        json.loads(line)["unique_id"] for line in found.output.splitlines() if line.startswith("{")
    }


# --- the peer -------------------------------------------------------------------------------------


def write_tests(project: Path) -> int:
    """Write a dbt test for each table's volume and freshness, each watched column and the metrics.

    They look at the series that `data_anomalies` has, loads and rejected rows aside.
    """
    measures: dict[tuple[str, str], list[str]] = defaultdict(list)
    with connect(project / "warehouse" / "build.duckdb", "3GB") as connection:
        for table, kind, column in connection.execute(SERIES).fetchall():
            name, _, value = column.partition(" = ")
            expression = {
                "volume": "count(*)",
                "freshness": "date_diff('hour', max(loaded_at), min(date_day) + 1)",
                "null_share": f"avg(({name} is null)::int)",
                "level": f"avg({name})",
                "value_share": f"avg(({name} = '{value}')::int)",
            }[kind]
            measures[table, name if kind in ("null_share", "level", "value_share") else kind] += [
                expression
            ]
    folder = project / TESTS
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name(MACRO), project / "macros" / MACRO)
    for (table, name), expressions in measures.items():
        base = f"ref('base_product__{table}')"
        call = f"watching_test_per_column({base}, '{HAPPENED_AT[table]}', {expressions})"
        (folder / f"watching_{table}_{name}.sql").write_text(f"{{{{ {call} }}}}\n")
    call = "watching_test_of_metrics(ref('metric_values'))"
    (folder / "watching_metrics.sql").write_text(f"{{{{ {call} }}}}\n")
    return len(measures) + 1


# --- the run --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """Both builds, one after the other, and what the first one's parts used."""

    watched: Usage
    plain: Usage
    anomalies: float
    history: float
    recording: float

    @property
    def by_difference(self) -> float:
        return self.watched.cpu / self.plain.cpu - 1

    @property
    def by_parts(self) -> float:
        added = self.anomalies + self.history + self.recording
        return added / (self.watched.cpu - added)


def run_round(project: Path, without_anomalies: set[str]) -> tuple[Round, dict[str, int]]:
    everything = build(project, "a. with history and anomalies", "--full-refresh")
    recorded = measure([str(BIN / "groundwork"), "record"], folder=project)
    say(f"   recorded: {recorded.cpu:.1f} CPU s")
    plain = build(project, "b. without either", "--full-refresh", "--exclude", *HISTORY, *ANOMALIES)
    added = everything.nodes.keys() - plain.nodes.keys()
    anomalies = added - without_anomalies
    watched = Usage(
        everything.used.cpu + recorded.cpu,
        everything.used.wall + recorded.wall,
        max(everything.used.peak, recorded.peak),
    )
    done = Round(
        watched,
        plain.used,
        sum(everything.nodes[name] for name in anomalies),
        sum(everything.nodes[name] for name in added - anomalies),
        recorded.cpu,
    )
    say(f"   added: {done.by_difference:.1%} by difference, {done.by_parts:.1%} by parts")
    counts = {"anomalies": len(anomalies), "history": len(added - anomalies)}
    return done, counts | {"all": len(everything.nodes)}


def as_markdown(rounds: list[Round], counts: dict[str, int], tests: list[float]) -> str:
    def middle(name: str) -> float:
        return statistics.median(getattr(one, name) for one in rounds)

    def row(label: str, used: list[Usage]) -> str:
        cpu, wall = (statistics.median(getattr(one, of) for one in used) for of in ("cpu", "wall"))
        peak = max(one.peak for one in used)
        return f"| {label} | {cpu:.1f} | {wall:.1f} | {peak / 1e9:.2f} |"

    def part(label: str, cpu: float) -> str:
        return f"| {label} | {cpu:.2f} | | |"

    def verdict(name: str, how: str) -> str:
        share = middle(name)
        shares = ", ".join(f"{getattr(one, name):.1%}" for one in rounds)
        return (
            f"- {'met' if share <= TARGET else 'MISSED'}: history and anomalies add {share:.1%} "
            f"of CPU {how} (rounds: {shares}), target at most {TARGET:.0%}"
        )

    lines = [
        f"# What watching costs, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"`dbt build --full-refresh` of the demo, start-up included, one thread, {len(rounds)} "
        "rounds; medians.",
        f"Machine: {machine()}. Versions: {versions('dbt-core', 'dbt-duckdb', 'duckdb')}.",
        "",
        "| step | CPU s | wall s | peak GB |",
        "|---|---:|---:|---:|",
        row(
            f"a. with history and anomalies, {counts['all']} nodes", [one.watched for one in rounds]
        ),
        part(f"of it anomalies, {counts['anomalies']} nodes", middle("anomalies")),
        part(f"of it history, {counts['history']} nodes", middle("history")),
        part("of it `groundwork record`", middle("recording")),
        row("b. without either", [one.plain for one in rounds]),
        part(
            f"c. in place of the anomalies, a dbt test per table and column, {counts['tests']} "
            "nodes",
            statistics.median(tests),
        ),
        "",
        verdict("by_parts", "by their parts"),
        verdict("by_difference", "by the difference of a and b"),
        f"- for information: anomalies over c {middle('anomalies') / statistics.median(tests):.2f};"
        " c is not elementary, see README.md",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    if sys.argv[1:2] == ["--dbt"]:
        run_dbt(json.loads(sys.argv[2]))
        return
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="groundwork-benchmark-") as folder:
        project = copy_project(Path(folder))
        without_anomalies = listed(project, "--exclude", *ANOMALIES)
        rounds = []
        for _ in range(arguments.repeat):
            done, counts = run_round(project, without_anomalies)
            rounds.append(done)
        counts["tests"] = write_tests(project)
        select = ("--select", f"path:{TESTS}")
        dbt(project, "parse")
        tests = []
        for _ in range(arguments.repeat):
            tested = build(project, "c. a test per table and column", *select)
            assert len(tested.nodes) == counts["tests"]
            tests.append(sum(tested.nodes.values()))
            say(f"   the tests alone: {tests[-1]:.2f} CPU s")
        table = as_markdown(rounds, counts, tests)
    print(table)
    arguments.output.write_text(table)


if __name__ == "__main__":
    main()
