"""Airflow's DAG: it calls what there is, and its nights end as its README says.

The tests marked `integrations` run Airflow itself, in an environment made from its lock file.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import click
import duckdb
import jinja2
import pytest
from command_lines import parsed
from conftest import ROOT, copy_project, leave_tests_out, write_raw_parquet
from killing import Digest, digest
from listening import Listener

from groundwork.project import Project
from groundwork.publish import DATABASE, publications, published_as_of

HOME = ROOT / "integrations/airflow"
DAG_FILE = HOME / "dags/groundwork_dag.py"
RUN_SECONDS = 300

# --- what is called exists ---------------------------------------------------------------------


def calls_of_the_dag(**params: object) -> list[str]:
    """The arguments of each call of `groundwork` in the DAG file, rendered as Airflow would."""
    tree = ast.parse(DAG_FILE.read_text(encoding="utf-8"))
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.filters |= {"quoted": shlex.quote, "midnight": datetime.isoformat}
    moment = datetime(2026, 6, 30, tzinfo=UTC)
    context = {
        "dag_run": SimpleNamespace(logical_date=moment, run_after=moment),
        "params": {"vars": "", "full_refresh": False} | params,
    }
    calls = []
    for node in ast.walk(tree):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if is_call and node.func.id == "groundwork":
            code = compile(ast.Expression(node.args[0]), str(DAG_FILE), "eval")
            calls.append(environment.from_string(eval(code, constants)).render(context))
    return calls


@pytest.mark.parametrize("full_refresh", [False, True])
def test_the_dag_calls_what_the_command_line_has(full_refresh: bool) -> None:
    variables = "{raw_path: it's raw, absent: [ml]}"
    contexts = [
        parsed(call) for call in calls_of_the_dag(vars=variables, full_refresh=full_refresh)
    ]
    names = [context.info_name for context in contexts]
    assert sorted(names) == ["alert", "build", "freshness", "freshness", "publish", "site"]
    build = next(context for context in contexts if context.info_name == "build")
    assert build.params["overrides"] == variables
    assert build.params["full_refresh"] == full_refresh
    assert not build.params["with_publication"]


def test_a_command_that_is_not_there_is_noticed() -> None:
    with pytest.raises(click.NoSuchOption):
        parsed("build --nonsense")


# --- Airflow ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def airflow_bin() -> Path:
    """Airflow's commands, in an environment made from its lock file and kept for the next time."""
    lock, home = HOME / "requirements.lock", HOME / ".venv"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = home / "made-by"
    if not stamp.is_file() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        install = [home / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--requirement", lock], check=True)
        stamp.write_text(wanted)
    return home / "bin"


@dataclass(frozen=True)
class Seen:
    """What a run left: how its tasks ended, after how many tries, what was told and published."""

    exit_code: int
    output: str
    states: dict[str, str]
    tries: dict[str, int]
    alerts: list[dict]
    publications: list[str]
    contents: Digest


@dataclass
class Nights:
    """An Airflow with its own database, and a project for it to run."""

    project: Project
    listener: Listener
    bin: Path
    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        command = shlex.join([sys.executable, "-uc", "from groundwork.cli import main; main()"])
        return {
            **os.environ,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DO_NOT_TRACK": "1",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAG_FILE.parent),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
            "GROUNDWORK_PROJECT": str(self.project.root),
            "GROUNDWORK_COMMAND": command,
            "GROUNDWORK_PATIENCE": "1",
            "GROUNDWORK_WEBHOOK": self.listener.url,
            **self.settings,
        }

    def airflow(self, *arguments: str) -> str:
        finished = subprocess.run(
            [self.bin / "airflow", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
        return finished.stdout

    def deliver(self, loaded_before: str, *, folder: str = "raw", fault: bool = False) -> None:
        """Write the raw rows as they are on a day; with a fault, the last orders are too dear."""
        write_raw_parquet(self.project.root / folder, loaded_before)
        if fault:
            path = self.project.root / folder / "product/orders.parquet"
            rows = f"from '{path}'"
            amount = (
                f"case when loaded_at = (select max(loaded_at) {rows}) then '999999' "
                "else gross_amount end as gross_amount"
            )
            duckdb.execute(
                f"create or replace temp table orders as select * replace ({amount}) {rows}"
            )
            duckdb.execute(f"copy orders to '{path}' (format parquet)").fetchall()

    def run(self, day: str, *, kill_at: str = "", **conf: object) -> Seen:
        """Run the DAG for a day; kill groundwork once, where its output has a text."""
        before = len(self.listener.bodies)
        conf = {"vars": "raw_path: raw"} | conf
        process = subprocess.Popen(
            [self.bin / "airflow", "dags", "test", "groundwork", day, "--conf", json.dumps(conf)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        for line in process.stdout:
            lines.append(line)
            if kill_at and kill_at in line:
                holder = (self.project.warehouse / ".lock").read_text()
                os.kill(int(holder.split()[1]), signal.SIGKILL)
                kill_at = ""
        process.wait()
        assert not kill_at, "the build never came there"
        with contextlib.closing(sqlite3.connect(self.home / "airflow.db")) as database:
            rows = database.execute(
                "select task_id, task_instance.state, try_number from task_instance "
                "join dag_run using (dag_id, run_id) where logical_date like ? || '%'",
                [day],
            ).fetchall()
        return Seen(
            exit_code=process.returncode,
            output="".join(lines),
            states={task: state for task, state, _ in rows},
            tries={task: tries for task, _, tries in rows},
            alerts=self.listener.bodies[before:],
            publications=publications(self.project),
            contents=digest(self.project.published_path),
        )


ALL_GREEN = dict.fromkeys(("needed", "loaded", "build", "publish", "site", "alert"), "success")
TOO_DEAR = """
select order_id, gross_amount
from {{ ref('fct_orders') }}
where gross_amount > 100000
"""


@pytest.fixture(scope="module")
def nights(airflow_bin: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """All models with one check, an empty warehouse, and someone who listens for alerts."""
    folder = tmp_path_factory.mktemp("nights")
    root = copy_project(folder / "project")
    leave_tests_out(root)
    (root / "tests/assert_no_order_is_too_dear.sql").write_text(TOO_DEAR)
    listener = Listener()
    nights = Nights(Project(root), listener, airflow_bin, folder / "home")
    nights.airflow("db", "migrate")
    yield nights
    listener.close()


@pytest.fixture(scope="module")
def first(nights: Nights) -> Seen:
    nights.deliver("2026-06-29")
    return nights.run("2026-06-28")


@pytest.fixture(scope="module")
def second(nights: Nights, first: Seen) -> Seen:
    """The next day's delivery, and a build that is killed in its middle."""
    nights.deliver("2026-06-30")
    return nights.run("2026-06-29", kill_at=" 150 of ")


@pytest.fixture(scope="module")
def failing(nights: Nights, second: Seen) -> Seen:
    """A delivery with orders that are too dear."""
    nights.deliver("2026-07-01", fault=True)
    return nights.run("2026-06-30")


@pytest.fixture(scope="module")
def late(nights: Nights, failing: Seen) -> Seen:
    """The night after it, when no delivery comes."""
    return nights.run("2026-07-01")


@pytest.mark.integrations
def test_a_night_begins_with_an_empty_warehouse(nights: Nights, first: Seen) -> None:
    assert first.exit_code == 0, first.output[-5000:]
    assert first.states == ALL_GREEN
    assert len(first.publications) == 1
    assert (nights.project.root / "site/index.html").is_file()


@pytest.mark.integrations
def test_a_killed_build_is_tried_again_and_leaves_one_whole_publication(
    nights: Nights, first: Seen, second: Seen
) -> None:
    assert second.exit_code == 0, second.output[-5000:]
    assert second.states == ALL_GREEN
    assert second.tries["build"] == 2
    assert second.publications[:-1] == first.publications
    assert second.contents == digest(
        nights.project.publications / second.publications[-1] / DATABASE
    )
    assert second.contents != first.contents
    assert published_as_of(nights.project) == date(2026, 6, 29)
    assert not list(nights.project.warehouse.rglob(".unfinished-*"))


@pytest.mark.integrations
def test_a_failing_check_publishes_nothing_and_is_told_once(
    nights: Nights, second: Seen, failing: Seen, late: Seen
) -> None:
    assert failing.exit_code == 1
    assert failing.states == ALL_GREEN | {
        "build": "failed",
        "publish": "upstream_failed",
        "site": "upstream_failed",
    }
    assert failing.tries["build"] == 2
    assert failing.publications == second.publications
    assert failing.contents == second.contents
    (alert,) = failing.alerts
    fields = alert["alert"]
    assert (fields["kind"], fields["subject"]) == ("check", "fct_orders")
    assert "gross_revenue" in fields["metrics"]
    assert fields["owner"] == "data-platform@groundwork.example"
    assert "the check assert_no_order_is_too_dear failed on" in alert["text"]
    assert "do: put right what the rows show" in alert["text"]
    assert fields["key"] not in {alert["alert"]["key"] for alert in late.alerts}


@pytest.mark.integrations
def test_loads_that_do_not_come_are_told_and_nothing_is_built(second: Seen, late: Seen) -> None:
    assert late.exit_code == 1
    assert late.states == {
        "needed": "success",
        "loaded": "failed",
        "build": "upstream_failed",
        "publish": "upstream_failed",
        "site": "upstream_failed",
        "alert": "success",
    }
    assert {alert["alert"]["kind"] for alert in late.alerts} == {"late"}
    orders = next(a for a in late.alerts if a["alert"]["subject"] == "product.orders")
    assert "orders: no load came, the last was 2026-06-30 02:00" in orders["text"]
    assert "gross_revenue" in orders["alert"]["metrics"]
    assert late.contents == second.contents


@pytest.mark.integrations
def test_older_rows_are_not_published_over_newer_ones(nights: Nights, late: Seen) -> None:
    nights.deliver("2026-06-20", folder="older")
    older = nights.run("2026-06-19", vars="raw_path: older")
    assert older.exit_code == 1
    assert older.states["build"] == "success"
    assert older.states["publish"] == "failed"
    assert "those that are published before 2026-06-29; build on newer raw rows" in older.output
    assert older.publications == late.publications
    assert older.contents == late.contents


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextlib.contextmanager
def scheduler(nights: Nights) -> Iterator[None]:
    """Airflow as it runs in earnest, without runs of its own accord."""
    port = free_port()
    nights.settings = {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{port}/execution/",
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        "AIRFLOW__CORE__PARALLELISM": "1",
    }
    with (nights.home / "standalone.log").open("w") as log:
        process = subprocess.Popen(
            [nights.bin / "airflow", "standalone"],
            env=nights.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.integrations
def test_a_back_fill_leaves_days_out_that_are_published(nights: Nights, second: Seen) -> None:
    before = publications(nights.project)
    with scheduler(nights):
        nights.airflow("dags", "unpause", "groundwork", "--yes")
        nights.airflow(
            *("backfill", "create", "--dag-id", "groundwork", "--max-active-runs", "1"),
            *("--from-date", "2026-06-26", "--to-date", "2026-06-27T12:00:00"),
            *("--dag-run-conf", json.dumps({"vars": "raw_path: older"})),
        )
        states = wait_for_back_fill(nights.home)
    skipped = dict.fromkeys(ALL_GREEN, "skipped") | {"alert": "success"}
    assert states == {f"2026-06-{day}": skipped for day in (26, 27)}
    assert publications(nights.project) == before


def wait_for_back_fill(home: Path) -> dict[str, dict[str, str]]:
    """Wait until every run of a back-fill has ended; return the states of its tasks by day."""
    deadline = time.monotonic() + RUN_SECONDS
    with contextlib.closing(sqlite3.connect(home / "airflow.db", timeout=30)) as database:
        while time.monotonic() < deadline:
            left = database.execute(
                "select count(*) from dag_run "
                "where run_type = 'backfill' and state not in ('success', 'failed')"
            ).fetchall()
            if left == [(0,)]:
                break
            time.sleep(0.5)
        rows = database.execute(
            "select substr(logical_date, 1, 10), task_id, task_instance.state from task_instance "
            "join dag_run using (dag_id, run_id) where run_type = 'backfill'"
        ).fetchall()
    states: dict[str, dict[str, str]] = {}
    for day, task, state in rows:
        states.setdefault(day, {})[task] = state
    return states
