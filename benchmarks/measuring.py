"""What every benchmark does alike: run a step in a process of its own and say what it used.

CPU is user + system time of the process and its children, memory the largest resident set of one
of them.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

# A step is not repeated once it has taken this long: its noise is small beside its length.
LONG_STEP_SECONDS = 120
SHORTEST_SHOWN_SECONDS = 0.5


@dataclass(frozen=True)
class Usage:
    """CPU and wall in seconds, peak resident memory in bytes, and what the process printed."""

    cpu: float
    wall: float
    peak: int
    output: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the table: medians of the runs, and what was left out or estimated."""

    step: str
    cpu: float
    wall: float
    peak: int
    runs: int
    note: str = ""


class StepFailedError(Exception):
    """A step ended with an error: its last lines."""


def measure(
    command: list[str], environment: dict[str, str] | None = None, folder: Path | None = None
) -> Usage:
    """Run a command to its end, in a folder; raise StepFailedError with what it said if it fails.

    The parent stays small on purpose: Linux counts the memory of the process before `exec` into
    the child's peak.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=os.environ | (environment or {}),
            cwd=folder,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode:
        raise StepFailedError(f"{' '.join(command[:4])} ...\n{output[-3000:]}")
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024, output)


def measure_dbt(
    arguments: list[str], project: str | Path, scratch: str | Path, memory: str, variables: dict
) -> Usage:
    """Run dbt on the warehouse `build.duckdb` in the scratch folder; artifacts go to `target`."""
    target = Path(scratch) / "target"
    return measure(
        [
            str(BIN / "dbt"),
            "--no-use-colors",
            *arguments,
            "--project-dir",
            str(project),
            "--profiles-dir",
            str(project),
            "--target-path",
            str(target),
            "--log-path",
            str(target),
            "--vars",
            json.dumps(variables),
        ],
        {
            "GROUNDWORK_BUILD_PATH": str(Path(scratch) / "build.duckdb"),
            "GROUNDWORK_MEMORY_LIMIT": memory,
        },
    )


def connect(database: str | Path, memory: str) -> Any:
    """Open a warehouse with the settings of profiles.yml."""
    import duckdb

    connection = duckdb.connect(str(database))
    connection.execute(
        f"set threads = 2; set memory_limit = '{memory}'; set TimeZone = 'UTC'; "
        "set preserve_insertion_order = false"
    )
    return connection


def repeated(label: str, step: Callable[[], Usage], repeat: int) -> Row:
    """Medians over `repeat` runs; a long step runs once."""
    runs: list[Usage] = []
    while len(runs) < repeat and (not runs or runs[0].wall < LONG_STEP_SECONDS):
        runs.append(step())
        say(f"{label}: {runs[-1].cpu:.1f} CPU s, {runs[-1].wall:.1f} s wall")
        for line in runs[-1].output.splitlines():
            if line.startswith("    ") and line.endswith(" CPU s"):
                say(line)
    return Row(
        label,
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        max(run.peak for run in runs),
        len(runs),
    )


def environment_with(folder: Path, packages: list[str]) -> Path:
    """Return the Python of a peer's own environment, made where there is none."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([python, *install, *packages], check=True, stderr=subprocess.DEVNULL)
    return python


def verdict(what: str, ratio: float, target: float) -> str:
    """One line per target."""
    return f"- {'met' if ratio <= target else 'missed'}: {what} {ratio:.2f}, target {target:.2f}"


def say(line: str) -> None:
    """Progress, beside the result."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print the CPU seconds of one statement, where they are worth a line."""
    start = time.process_time()
    yield
    used = time.process_time() - start
    if used > SHORTEST_SHOWN_SECONDS:
        print(f"    {name}: {used:.1f} CPU s", flush=True)


def machine() -> str:
    """Cores and memory, no name."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"{platform.machine()}, {os.cpu_count()} cores, {gigabytes:.0f} GB, shared"


def versions(*packages: str) -> str:
    """Say what was measured."""
    return ", ".join(
        [f"Python {platform.python_version()}"] + [f"{p} {version(p)}" for p in packages]
    )
