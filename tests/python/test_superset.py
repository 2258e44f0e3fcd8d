"""A real Superset on the published file: every chart's numbers, new publications, its pages."""

from __future__ import annotations

import base64
import json
import math
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, copy_project, write_raw_parquet
from killing import GROUNDWORK
from pages import WIDE, started_browser
from superset_api import Superset

pytestmark = pytest.mark.integrations

HOME = ROOT / "integrations" / "superset"
ENVIRONMENT = HOME / ".venv"
# The day before the demo ends: what was loaded on the last day is delivered afterwards.
FIRST_DELIVERY = "2026-06-30"
PRINTED = "printed.txt"
SECONDS = 300
TALLEST = 9000
DEFAULTS = {"metric_name": "net_revenue", "grain": "week", "dimension_name": "total"}
SIGN_IN = """(async () => {
    const page = await (await fetch('/login/')).text();
    const token = page.match(/csrf_token[^>]*value="([^"]+)/)[1];
    const body = new URLSearchParams({username: 'admin', password: PASSWORD, csrf_token: token});
    return (await fetch('/login/', {method: 'POST', body})).url;
})()"""


@dataclass(frozen=True)
class Running:
    """Superset with the bundle of a project that was built and published."""

    project: Path
    bundle: Path
    address: str
    password: str
    api: Superset

    @property
    def published(self) -> Path:
        return self.project / "warehouse" / "groundwork.duckdb"

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(self.published, read_only=True) as connection:
            return connection.execute(sql).fetchall()


def groundwork(project: Path, *arguments: str) -> list[str]:
    return [*GROUNDWORK, *arguments, "--project-dir", str(project)]


def deliver_and_build(project: Path, **delivery: str) -> subprocess.Popen:
    write_raw_parquet(project / "raw", **delivery)
    command = groundwork(project, "build", "--vars", json.dumps({"raw_path": "raw"}))
    with (project / PRINTED).open("w") as output:
        return subprocess.Popen(command, cwd=project, stdout=output, stderr=output)


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(f"{address}/health", timeout=5).status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("superset")
    project = copy_project(folder / "project")
    first = deliver_and_build(project, loaded_before=FIRST_DELIVERY)
    assert first.wait() == 0, (project / PRINTED).read_text()[-3000:]
    bundle = folder / "files" / "bundle.zip"
    subprocess.run(groundwork(project, "bi", "superset", "--out", str(bundle.parent)), check=True)
    # integrations/superset/.venv from the lock file, and nothing else
    subprocess.run(
        ["make", str(ENVIRONMENT.relative_to(ROOT) / ".installed")], cwd=ROOT, check=True
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = folder / "home"
    command = [ENVIRONMENT / "bin" / "python", HOME / "start.py", bundle]
    command += ["--home", home, "--port", str(port)]
    with (folder / "printed").open("w") as output:
        process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=output, start_new_session=True
        )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + SECONDS
        while not answers(address):
            assert process.poll() is None, (folder / "printed").read_text()
            assert time.monotonic() < deadline, "Superset does not answer"
            time.sleep(0.5)
        password = (home / "password").read_text()
        assert f"{address} (user admin, password {password})" in (folder / "printed").read_text()
        yield Running(project, bundle, address, password, Superset(address, "admin", password))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def day(milliseconds: float) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)).date()


def same(got: object, expected: object) -> bool:
    if isinstance(expected, datetime):
        return abs(got - expected.replace(tzinfo=UTC).timestamp() * 1000) < 1
    if isinstance(expected, date):
        return day(got) == expected
    if isinstance(expected, bool | str) or expected is None or got is None:
        return got == expected
    return math.isclose(float(got), float(expected), rel_tol=1e-9, abs_tol=1e-12)


def queries(running: Running) -> dict[int, dict]:
    """Return what each chart asks for, as Superset keeps it."""
    found = {}
    for chart in running.api.listed("chart"):
        kept = running.api.get(f"chart/{chart['id']}")["result"]
        (query,) = json.loads(kept["query_context"])["queries"]
        found[chart["id"]] = {
            **query,
            "title": kept["slice_name"],
            "table": chart["datasource_name_text"].split(".")[-1],
            "dataset": chart["datasource_id"],
        }
    return found


def test_every_chart_of_a_metric_equals_metric_values(running: Running) -> None:
    """Periods, values and targets, and the latest period by dimension, whole periods only."""
    compared = 0
    for chart_id, query in queries(running).items():
        chosen = {each["col"]: each["val"] for each in query["filters"]}
        if query["table"] != "metric_values" or "metric_name" not in chosen:
            continue
        name = chosen["metric_name"]
        where = (
            f"metric_name = '{name}' and grain = '{chosen['grain']}' "
            f"and dimension_name = '{chosen['dimension_name']}' and is_complete_period"
        )
        got = running.api.chart_rows(chart_id)
        if "is_latest_period" in chosen:
            latest = running.rows(
                "select max(period_start) from metrics.metric_values where is_complete_period "
                f"and metric_name = '{name}' and grain = '{chosen['grain']}'"
            )[0][0]
            expected = dict(
                running.rows(
                    "select dimension_value, metric_value from metrics.metric_values "
                    f"where {where} and period_start = '{latest}'"
                )
            )
            shown = {row["dimension_value"]: row[name] for row in got}
        else:
            expected = dict(
                running.rows(
                    f"select period_start, metric_value from metrics.metric_values where {where}"
                )
            )
            shown = {day(row["period_start"]): row[name] for row in got}
            ((target,),) = running.rows(
                f"select target from metrics.metric_catalog where metric_name = '{name}'"
            )
            assert {row["target"] for row in got} == {target}
        assert len(shown) == len(got) and shown.keys() == expected.keys(), query["title"]
        assert all(same(shown[key], value) for key, value in expected.items()), query["title"]
        compared += 1
    assert compared > 50


def test_every_table_shows_the_published_rows(running: Running) -> None:
    compared = 0
    for chart_id, query in queries(running).items():
        if query.get("metrics"):
            continue
        ((schema,),) = running.rows(
            f"select schema_name from duckdb_tables() where table_name = '{query['table']}'"
        )
        where = query["extras"]["where"]
        order = ", ".join(
            f"{name} {'asc' if ascending else 'desc'}" for name, ascending in query["orderby"]
        )
        expected = running.rows(
            f"select {', '.join(query['columns'])} from {schema}.{query['table']} "
            f"{'where ' + where if where else ''} order by {order} limit {query['row_limit']}"
        )
        got = [tuple(row.values()) for row in running.api.chart_rows(chart_id)]
        assert len(got) == len(expected), query["title"]
        rest = list(expected)
        for row in got:  # rows of equal order come as they like
            match = next((each for each in rest if all(map(same, row, each))), None)
            assert match is not None, (query["title"], row)
            rest.remove(match)
        compared += 1
    assert compared > 15


def test_other_charts_show_one_row_a_point(running: Running) -> None:
    for chart_id, query in queries(running).items():
        if not query.get("metrics") or query["table"] == "metric_values":
            continue
        labels = [metric["label"] for metric in query["metrics"]]
        axis, *by = (c if isinstance(c, str) else c["label"] for c in query["columns"])
        columns = [label.lower().replace(" ", "_") for label in labels]
        ((schema,),) = running.rows(
            f"select schema_name from duckdb_tables() where table_name = '{query['table']}'"
        )
        expected = {
            tuple(row[: len(by) + 1]): row[len(by) + 1 :]
            for row in running.rows(
                f"select {', '.join([axis, *by, *columns])} from {schema}.{query['table']} "
                f"where {query['extras']['where']}"
            )
        }
        got = running.api.chart_rows(chart_id)
        assert len(got) == len(expected), query["title"]
        for row in got:
            key = (day(row[axis]), *(row[name] for name in by))
            assert all(same(row[n], v) for n, v in zip(labels, expected[key], strict=True)), row


def test_the_explorer_shows_what_is_chosen(running: Running) -> None:
    """The chart itself has nothing where metrics would meet; its filters choose one."""
    (chart,) = (q for q in queries(running).values() if q["title"] == "Value")
    for chosen in (DEFAULTS, {**DEFAULTS, "grain": "month", "dimension_name": "user__platform"}):
        got = running.api.rows(
            chart["dataset"],
            columns=["period_start", "dimension_value"],
            metrics=["metric_value"],
            filters=[{"col": col, "op": "IN", "val": [val]} for col, val in chosen.items()],
        )
        where = " and ".join(f"{column} = '{value}'" for column, value in chosen.items())
        expected = {
            row[:2]: row[2]
            for row in running.rows(
                "select period_start, dimension_value, metric_value from metrics.metric_values "
                f"where {where} and is_complete_period"
            )
        }
        assert {
            (day(row["period_start"]), row["dimension_value"]): row["metric_value"] for row in got
        } == expected
    mixed = running.api.rows(chart["dataset"], columns=["grain"], metrics=["metric_value"])
    assert {row["metric_value"] for row in mixed} == {None}


def ask(running: Running, sql: str) -> list[dict]:
    """Return what SQL Lab answers."""
    (database,) = running.api.listed("database")
    query = {"database_id": database["id"], "sql": sql, "runAsync": False}
    return running.api.post("sqllab/execute/", query)["data"]


def test_sql_lab_can_read_the_tables_and_no_file_or_write(running: Running) -> None:
    assert ask(running, "select count(*) as n from metrics.metric_catalog") == [{"n": 46}]
    with pytest.raises(AssertionError, match="disabled by configuration"):
        ask(running, "select * from read_text('/etc/hostname')")
    for change in ("create table metrics.t as select 1 as x", "delete from metrics.metric_catalog"):
        with pytest.raises(AssertionError):
            ask(running, change)
    assert running.rows("select count(*) from metrics.metric_catalog") == [(46,)]


def test_an_import_puts_back_what_the_bundle_says_and_leaves_the_rest(running: Running) -> None:
    api = running.api
    (chart,) = (each for each in api.listed("chart") if each["slice_name"] == "Orders by week")
    api.put(f"chart/{chart['id']}", {"slice_name": "Changed by somebody"})
    own = api.post("dashboard/", {"dashboard_title": "Somebody's own"})["id"]
    kept = {kind: len(api.listed(kind)) for kind in ("dashboard", "chart", "dataset")}
    assert api.upload("assets/import/", "bundle", running.bundle.read_bytes()) == {"message": "OK"}
    assert api.get(f"chart/{chart['id']}")["result"]["slice_name"] == "Orders by week"
    assert {kind: len(api.listed(kind)) for kind in kept} == kept
    api.delete(f"dashboard/{own}")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory):
    yield from started_browser(tmp_path_factory)


def test_every_dashboard_opens_without_an_error(running, browser, tmp_path_factory) -> None:
    """Signed in as a reader would be; the pictures are kept beside the other results."""
    pictures = tmp_path_factory.mktemp("dashboards")
    width, height = WIDE
    browser.resize((width, height))
    browser.call("Page.navigate", url=f"{running.address}/login/")
    browser.wait("document.readyState === 'complete' && location.pathname === '/login/'")
    signed_in = browser.evaluate(SIGN_IN.replace("PASSWORD", json.dumps(running.password)))
    assert "login" not in signed_in
    dashboards = running.api.listed("dashboard")
    assert len(dashboards) == 9
    for dashboard in dashboards:
        slug = dashboard["slug"]
        charts = len(running.api.get(f"dashboard/{slug}/charts")["result"])
        assert charts
        browser.resize((width, TALLEST))  # so that every chart is drawn
        browser.events.clear()
        browser.call("Page.navigate", url=f"{running.address}/superset/dashboard/{slug}/")
        drawn = (
            "[...document.querySelectorAll('[data-test=\"slice-container\"]')].filter((chart) => "
            "chart.querySelector('canvas, table, [class*=empty], [class*=Empty]')).length"
        )
        browser.wait(f"{drawn} >= {charts}")
        browser.wait("!document.querySelector('[data-test=\"loading-indicator\"]')")
        assert not browser.evaluate("document.querySelector('.ant-alert-error')"), slug
        assert not [each for each in browser.complaints() if "exceptionDetails" in each], slug
        picture = browser.call("Page.captureScreenshot")["data"]
        (pictures / f"{slug}.png").write_bytes(base64.b64decode(picture))


def test_a_build_runs_beside_and_its_publication_is_seen_at_the_next_query(running) -> None:
    publication = "select distinct publication_id from publication"
    before = ask(running, publication)
    chart_id = next(iter(queries(running)))
    building = deliver_and_build(running.project)
    answered = 0
    while building.poll() is None:  # nobody is locked out meanwhile
        assert running.api.chart_rows(chart_id)
        answered += 1
    assert building.returncode == 0, (running.project / PRINTED).read_text()[-3000:]
    assert answered > 20
    assert ask(running, publication) == [
        {"publication_id": name} for (name,) in running.rows(publication)
    ]
    assert ask(running, publication) != before
    test_every_chart_of_a_metric_equals_metric_values(running)
