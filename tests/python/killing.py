"""Kill a build or a publication at chosen moments, and see what it leaves.

A scenario is a project that was built and published (version A) and to which raw rows were
delivered since, so that the next build makes version B on top of A, adding to what is incremental.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from groundwork.project import Project

GROUNDWORK = [sys.executable, "-uc", "from groundwork.cli import main; main()"]
# What a build prints when a phase begins; the time before the first is the start.
PHASES = {
    "parsing": "Running with dbt",
    "building": "Concurrency:",
    "publishing": "tests passed",
    "ending": "published warehouse",
}
# Says of itself when and by what it was made.
RECORDS = {("main", "publication")}
Digest = dict[tuple[str, str], tuple[int, int]]


def digest(path: Path) -> Digest:
    """Count and sum up every table of a database, in any order of its rows."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            (schema, table): connection.execute(
                f'select count(*), sum(hash(rows)) from "{schema}"."{table}" as rows'
            ).fetchall()[0]
            for schema, table in tables(connection)
            if (schema, table) not in RECORDS
        }


def parquet_digest(folder: Path) -> Digest:
    """Count and sum up the published files, through one link that is followed once."""
    files = sorted(folder.resolve().rglob("*.parquet"))
    return {
        (path.parent.name, path.stem): duckdb.execute(
            f"select count(*), sum(hash(rows)) from '{path}' as rows"
        ).fetchall()[0]
        for path in files
    }


def tables(connection: duckdb.DuckDBPyConnection, database: str = "") -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = coalesce(nullif($1, ''), current_database()) order by all",
        [database],
    ).fetchall()


def differences(one: Path, other: Path, ignored: set[tuple[str, str]] = RECORDS) -> list[str]:
    """Name the tables of two databases that do not have the same rows, both ways."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        names = set(tables(connection, "one")) ^ set(tables(connection, "other"))
        found = [f"{schema}.{table} is in one only" for schema, table in sorted(names)]
        for schema, table in tables(connection, "one"):
            if (schema, table) in names | ignored:
                continue
            name = f'"{schema}"."{table}"'
            for a, b in (("one", "other"), ("other", "one")):
                query = f"(from {a}.{name}) except all (from {b}.{name}) limit 1"
                if rows := connection.execute(query).fetchall():
                    found.append(f"{schema}.{table}: {rows[0]} is in {a} only")
        return found


@dataclass
class Scenario:
    """A project with version A published and version B delivered.

    base: the project; clean: the same rows built from nothing; versions: what readers may see of
    A and B; durations: seconds of each phase of a build, as measured; moments: where kills fell;
    ignored: tables that tell of the run and not of the rows
    """

    base: Project
    clean: Project
    arguments: list[str]
    versions: dict[str, Digest] = field(default_factory=dict)
    durations: dict[str, float] = field(default_factory=dict)
    moments: list[tuple[str, float]] = field(default_factory=list)
    ignored: frozenset[tuple[str, str]] = frozenset()

    @staticmethod
    def prepare(
        folder: Path,
        make: Callable[[Path], None],
        deliver: Callable[[Path, str], None],
        variables: dict,
        ignored: frozenset[tuple[str, str]] = frozenset(),
    ) -> Scenario:
        """Build version A, deliver B, and measure a build of B on a copy and from nothing.

        make: writes a project into a folder; deliver: writes the raw rows of a version into it
        """
        arguments = ["build", "--vars", json.dumps(variables)]
        base = Project(folder / "base")
        make(base.root)
        deliver(base.root, "A")
        run(base, *arguments)
        deliver(base.root, "B")

        clean = Project(folder / "clean")
        make(clean.root)
        deliver(clean.root, "B")
        run(clean, *arguments)

        scenario = Scenario(base, clean, arguments, ignored=ignored)
        scenario.versions = {
            "A": digest(base.published_path),
            "B": digest(clean.published_path),
        }
        assert scenario.versions["A"] != scenario.versions["B"]
        trial = scenario.copy(folder / "trial")
        scenario.durations = measure(trial, *arguments)
        scenario.see_that_it_is_clean(trial)
        return scenario

    def copy(self, root: Path) -> Project:
        return Project(Path(shutil.copytree(self.base.root, root, symlinks=True)))

    def kill(self, project: Project, phase: str, chance: random.Random) -> str:
        """Kill a build at a random moment of a phase; return which version readers see then."""
        seconds = chance.uniform(0, self.durations[phase])
        self.moments.append((phase, seconds))
        with Watched(project, *self.arguments) as process:
            process.wait_for(phase)
            time.sleep(seconds)
            process.kill()
        return self.seen(project)

    def seen(self, project: Project) -> str:
        """Return which version the published file shows; its Parquet files show a whole one too."""
        database = digest(project.published_path)
        files = parquet_digest(project.parquet_path)
        seen = [name for name, version in self.versions.items() if version == database]
        assert len(seen) == 1, "the published file is neither of the two versions"
        assert files in self.versions.values(), "the Parquet files are neither of the two versions"
        return seen[0]

    def see_that_it_is_clean(self, project: Project) -> None:
        """Compare build and publication with those from nothing."""
        ignored = RECORDS | self.ignored
        assert differences(project.build_path, self.clean.build_path, ignored) == []
        assert self.seen(project) == "B"
        assert parquet_digest(project.parquet_path) == self.versions["B"]
        assert not list(project.warehouse.rglob(".unfinished-*"))

    def kill_and_repair(self, project: Project, phase: str, chance: random.Random) -> None:
        """Kill a build, sometimes more than once; then a build has to end as from nothing."""
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            self.kill(project, phase, chance)
            phase = chance.choice(list(self.durations))
        run(project, *self.arguments)
        self.see_that_it_is_clean(project)

    def report(self) -> str:
        """Say where the kills fell."""
        return "\n".join(
            f"{phase}: {len(at)} kills of {self.durations[phase]:.2f} s, at "
            + ", ".join(f"{seconds:.2f}" for seconds in sorted(at))
            for phase in self.durations
            if (at := [seconds for name, seconds in self.moments if name == phase])
        )


class Watched:
    """A command in a process group of its own, whose output is followed."""

    def __init__(self, project: Project, *arguments: str) -> None:
        self.began: dict[str, float] = {}
        self._event = threading.Condition()
        self.process = subprocess.Popen(
            [*GROUNDWORK, *arguments],
            cwd=project.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.began["starting"] = time.monotonic()
        self.output: list[str] = []
        self._reader = threading.Thread(target=self._follow, daemon=True)
        self._reader.start()

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _follow(self) -> None:
        for line in self.process.stdout:
            with self._event:
                self.output.append(line)
                for phase, text in PHASES.items():
                    if text in line:
                        self.began.setdefault(phase, time.monotonic())
                        self._event.notify_all()
        with self._event:
            self.began.setdefault("ended", time.monotonic())
            self._event.notify_all()

    def wait_for(self, phase: str) -> None:
        with self._event:
            self._event.wait_for(lambda: phase in self.began or "ended" in self.began, timeout=600)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()


def measure(project: Project, *arguments: str) -> dict[str, float]:
    """Run a command to its end; return the seconds of each phase."""
    with Watched(project, *arguments) as process:
        process.wait_for("ended")
        assert process.process.wait() == 0, "".join(process.output[-30:])
    began = sorted(process.began.items(), key=lambda item: item[1])
    return {phase: until - since for (phase, since), (_, until) in itertools.pairwise(began)}


def run(project: Project, *arguments: str) -> str:
    """Run a command that has to succeed."""
    finished = subprocess.run(
        [*GROUNDWORK, *arguments], cwd=project.root, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr
    return finished.stdout
