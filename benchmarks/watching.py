"""What watching costs: the demo's build with its history and anomalies, and without.

    python benchmarks/watching.py

Both build every table of a kept warehouse from nothing, tests included: once with all models, then
`groundwork record` writes the run into the history; once without the models that read the history
or look for anomalies, and without recording.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from measuring import BIN, ROOT, Row, Usage, machine, measure, repeated, versions

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


def run(project: Path, repeat: int) -> list[Row]:
    """Measure both builds, after one that makes every table."""

    def build(*options: str) -> Usage:
        places = ["--project-dir", str(project), "--profiles-dir", str(project)]
        return measure([str(BIN / "dbt"), "--quiet", "build", *options, *places])

    def watched() -> Usage:
        built = build("--full-refresh")
        recorded = measure([str(BIN / "groundwork"), "record", "--project-dir", str(project)])
        return Usage(
            built.cpu + recorded.cpu,
            built.wall + recorded.wall,
            max(built.peak, recorded.peak),
        )

    build()
    return [
        repeated("a. with history and anomalies", watched, repeat),
        repeated(
            "b. without anomalies",
            lambda: build("--full-refresh", "--exclude", *ANOMALIES),
            repeat,
        ),
        repeated(
            "c. without either",
            lambda: build("--full-refresh", "--exclude", *HISTORY, *ANOMALIES),
            repeat,
        ),
    ]


def as_markdown(rows: list[Row]) -> str:
    least = rows[-1].cpu
    share = rows[0].cpu / least - 1
    lines = [
        f"# What watching costs, {datetime.now(UTC):%Y-%m-%d}",
        "",
        "`dbt build --full-refresh` of the demo in a kept warehouse, start-up included.",
        f"Machine: {machine()}. Versions: {versions('dbt-core', 'dbt-duckdb', 'duckdb')}.",
        "",
        "| build | CPU s | over c. | wall s | peak GB | runs |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {row.step} | {row.cpu:.1f} | {row.cpu / least:.3f} | {row.wall:.1f} "
            f"| {row.peak / 1e9:.2f} | {row.runs} |"
            for row in rows
        ),
        "",
        f"- {'met' if share <= TARGET else 'MISSED'}: history and anomalies add {share:.1%}, "
        f"target at most {TARGET:.0%}",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, write."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="groundwork-benchmark-") as folder:
        table = as_markdown(run(copy_project(Path(folder)), arguments.repeat))
    print(table)
    arguments.output.write_text(table)


if __name__ == "__main__":
    main()
