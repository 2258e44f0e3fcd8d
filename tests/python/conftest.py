"""What the tests share: the demo, built once per session, and a way to build other projects."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pytest
import yaml
from filelock import FileLock

from groundwork.bi.definitions import Definitions, read_definitions
from groundwork.project import find_project

pytest.register_assert_rewrite("pages")  # so that what it checks is explained where it fails

# dbt spends an eighth of its time on a log that few tests look at; they ask for `logged`.
os.environ["DBT_LOG_LEVEL_FILE"] = "none"

ROOT = Path(__file__).resolve().parents[2]
COPIED = [
    "dbt_project.yml",
    "profiles.yml",
    "definitions.lock",
    "docs",
    "models",
    "seeds",
    "macros",
    "analyses",
    "tests",
]


@dataclass(frozen=True)
class Build:
    """One dbt invocation's outcome.

    project: folder of the project; database: DuckDB file that it wrote; target: artifacts;
    output: what dbt printed; exit_code: 0 where everything passed.
    """

    project: Path
    database: Path
    target: Path
    output: str
    exit_code: int

    @cached_property
    def manifest(self) -> dict:
        return json.loads((self.target / "manifest.json").read_text())

    @cached_property
    def run_results(self) -> list[dict]:
        return json.loads((self.target / "run_results.json").read_text())["results"]

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self.database), read_only=True)
        connection.execute("set TimeZone = 'UTC'")
        return connection

    def rows(self, sql: str) -> list[tuple]:
        with self.connect() as connection:
            return connection.execute(sql).fetchall()


def run_dbt(
    *arguments: str,
    folder: Path,
    project: Path = ROOT,
    variables: dict | None = None,
    environment: dict[str, str] | None = None,
) -> Build:
    """Run one dbt command in a process of its own; everything it writes lands in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "build.duckdb"
    command = [
        str(Path(sys.executable).with_name("dbt")),
        "--no-use-colors",
        *arguments,
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *(("--vars", json.dumps(variables)) if variables else ()),
    ]
    finished = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=project,
        env={
            **os.environ,
            "GROUNDWORK_BUILD_PATH": str(database),
            "GROUNDWORK_HISTORY_PATH": str(folder / "history"),
            **(environment or {}),
        },
    )
    output = finished.stdout + finished.stderr
    return Build(project, database, folder / "target", output, finished.returncode)


def write_raw_parquet(folder: Path, loaded_before: str = "9999") -> None:
    """Write the committed seeds as the raw contract's Parquet files, every column as text.

    Only rows that were loaded before a moment, given as text; as a delivery of that day would be.
    """
    for seed in (ROOT / "seeds").rglob("raw_*.csv"):
        source, _, table = seed.stem.removeprefix("raw_").partition("__")
        (folder / source).mkdir(parents=True, exist_ok=True)
        duckdb.execute(
            f"copy (from read_csv('{seed}', header = true, all_varchar = true)"
            f" where coalesce(loaded_at, '') < '{loaded_before}')"
            f" to '{folder}/{source}/{table}.parquet' (format parquet)"
        ).fetchall()


def copy_project(folder: Path, *, whole: bool = True) -> Path:
    """Copy the dbt project (not its Python side) so that a test can change it.

    whole: whether with its tests, with what watches over machine-learning models, and with the
    rooms of the data team that rest on that: two thirds of the nodes and of the time to parse
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("python", "__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    if not whole:
        rooms = ["ml", "data_team/decisions", "data_team/people"]
        for layer in ("intermediate", "marts"):
            for room in rooms:
                shutil.rmtree(folder / "models" / layer / room)
        for exposures in (folder / "models").rglob("*__exposures.yml"):
            exposures.unlink()  # they name what is left out
        (folder / "analyses/what_a_model_could_know.sql").unlink()
        leave_tests_out(folder)
    (folder / "warehouse").mkdir(exist_ok=True)
    return folder


def leave_tests_out(project: Path) -> None:
    """Take the data tests and unit tests out of a copy of the project."""
    for room in (project / "tests").iterdir():
        if room.name != "generic":
            shutil.rmtree(room)
    for path in (project / "models").rglob("*.yml"):
        if path.name.endswith("__unit_tests.yml"):
            path.unlink()
        elif "data_tests:" in (text := path.read_text(encoding="utf-8")):
            path.write_text(yaml.safe_dump(without_tests(yaml.safe_load(text)), sort_keys=False))


def without_tests(node: object) -> object:
    if isinstance(node, dict):
        return {name: without_tests(x) for name, x in node.items() if name != "data_tests"}
    return [without_tests(x) for x in node] if isinstance(node, list) else node


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with one file that needs the demo, then those that do not: nobody waits for it."""
    needing = [item.path for item in items if "demo" in getattr(item, "fixturenames", ())]
    if needing:
        rest = set(needing[1:])
        items.sort(key=lambda item: (item.path != needing[0], item.path in rest))


@pytest.fixture(scope="module")
def logged() -> Iterator[None]:
    """Let dbt write its log, as it does for users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DBT_LOG_LEVEL_FILE")
        yield


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Build:
    """The demo, built by plain `dbt build` from the committed seeds; once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "demo"
    outcome = folder / "outcome.pickle"
    with FileLock(folder.with_suffix(".lock")):
        if not outcome.exists():
            built = run_dbt("build", folder=folder)
            outcome.write_bytes(pickle.dumps(built))
        build = pickle.loads(outcome.read_bytes())
    assert build.exit_code == 0, build.output[-5000:]
    return build


@pytest.fixture(scope="session")
def definitions() -> Definitions:
    """Return what the project defines for BI tools; nobody may change it."""
    return read_definitions(find_project(ROOT))
