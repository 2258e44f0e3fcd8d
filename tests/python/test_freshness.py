"""Freshness: a daily raw table whose load did not come is named, wherever raw rows are."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT
from tiny_project import built_project, copied, declare_history, groundwork

from groundwork.contract import read_contract
from groundwork.freshness import read_moment
from groundwork.lock import warehouse_lock
from groundwork.project import GroundworkError, Project
from groundwork.publish import publications, publish_build

CONTRACT = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {meta: {required: true, kind: event, daily: true, key: [order_id]}}
        columns: &columns
          - {name: order_id, data_type: text}
          - {name: loaded_at, data_type: timestamp}
      - name: lines
        config: {meta: {kind: event, daily: true, key: [order_id]}}
        columns: *columns
      - name: users
        config: {meta: {kind: entity, key: [order_id]}}
        columns: *columns
"""
LOADS = {
    "orders": "2025-06-30 02:00:00",
    "lines": "2025-07-01T01:30:00+02:00",
    "users": "2025-01-01 00:00:00",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a contract; its raw files were loaded at LOADS, and once before."""
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nvars: {raw_path: raw}\n")
    contract = tmp_path / "models/staging/shop/_shop__sources.yml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT)
    folder = tmp_path / "raw/shop"
    folder.mkdir(parents=True)
    for name, loaded_at in LOADS.items():
        deliver(folder / f"{name}.parquet", loaded_at)
    return Project(tmp_path)


def deliver(path: Path, loaded_at: str) -> None:
    rows = f"values ('1', '2024-01-01 00:00:00'), ('2', '{loaded_at}'), ('3', 'tomorrow')"
    query = f"select * from ({rows}) as loads (order_id, loaded_at)"
    duckdb.execute(f"copy ({query}) to '{path}' (format parquet)").fetchall()


def late(project: Project, since: str, *options: str) -> list[str]:
    """Run the command; return its lines without the last, which sums up."""
    result = groundwork(project, "freshness", "--loads-since", since, *options)
    *lines, last = result.output.splitlines()
    assert last.startswith("Error: the loads are late") == bool(lines), result.output
    assert result.exit_code == bool(lines)
    return lines


def test_a_daily_table_is_late_from_its_last_load_on(project: Project) -> None:
    """An offset counts, an unreadable load does not, and other tables may come when they like."""
    assert late(project, "2025-06-30T02:00:00") == []
    assert late(project, "2025-06-30T02:00:01") == [
        "shop.orders: no load came, the last was 2025-06-30 02:00, since 2025-06-30 02:00 UTC"
    ]
    assert late(project, "2025-06-30T23:30:00Z") == late(project, "2025-06-30T16:30:00-07:00")
    assert [line.split(":")[0] for line in late(project, "2025-07-01")] == [
        "shop.orders",
        "shop.lines",
    ]


def test_a_table_that_is_missing_or_has_no_load_is_late(project: Project) -> None:
    (project.root / "raw/shop/lines.parquet").unlink()
    since = "2025-06-30"
    missing = "shop.lines: no load came, none before that can be read, since 2025-06-30 00:00 UTC"
    assert late(project, since) == [missing]
    (project.root / "raw/shop/lines.csv").write_text("order_id\n1\n")
    assert late(project, since) == [missing]
    (project.root / "raw/shop/lines.csv").unlink()
    (project.root / "raw/shop/lines.parquet").write_text("no Parquet")
    assert late(project, since) == [missing]
    assert late(project, since, "--vars", "raw_path: elsewhere")[1:] == [missing]


def test_what_is_declared_absent_is_not_waited_for(project: Project) -> None:
    since = "2025-07-02"
    assert len(late(project, since, "--vars", "absent: [shop.lines]")) == 1
    assert late(project, since, "--vars", "absent: [shop.lines, shop.orders.loaded_at]") == []


def test_seeds_and_tables_of_the_build_file_are_looked_at(project: Project) -> None:
    since = "2025-07-01"
    (project.root / "dbt_project.yml").write_text("name: tiny\n")
    (project.root / "seeds/shop").mkdir(parents=True)
    for name in LOADS:
        seed = project.root / f"seeds/shop/raw_shop__{name}.csv"
        seed.write_text("order_id,loaded_at\n1,2025-07-01 00:00:00\n")
    assert late(project, since) == []

    options = ("--vars", "raw_schema: {shop: el}")
    assert len(late(project, since, *options)) == 2
    project.warehouse.mkdir(exist_ok=True)
    with duckdb.connect(project.build_path) as connection:
        connection.execute("create schema el")
        for name, day in (("orders", 1), ("lines", 2)):
            connection.execute(
                f"create table el.{name} as "
                f"select 1 as order_id, timestamp '2025-07-0{day} 00:00:00' as loaded_at"
            )
    assert late(project, since, *options) == []
    assert len(late(project, "2025-07-02", *options)) == 1
    with warehouse_lock(project):
        busy = groundwork(project, "freshness", "--loads-since", since, *options)
    assert busy.exit_code == 1
    assert busy.output.startswith("Error: the warehouse is in use by process ")


def test_it_can_wait_for_a_load(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwork.freshness.POLL_SECONDS", 0.1)
    started = time.monotonic()
    assert len(late(project, "2025-07-02", "--wait", "0.5")) == 2
    assert time.monotonic() - started > 0.5
    later = threading.Timer(
        0.5, lambda: deliver(project.root / "raw/shop/orders.parquet", "2025-06-30 12:00:00")
    )
    later.start()
    assert late(project, "2025-06-30T12:00:00", "--wait", "60") == []
    assert time.monotonic() - started < 30


def test_today_begins_at_midnight_in_the_reporting_time_zone() -> None:
    east = read_moment("today", {"reporting_timezone": "Asia/Seoul"})
    assert (east.hour, east.minute, east.microsecond) == (15, 0, 0)
    assert read_moment("today", {}) == datetime.combine(
        read_moment("today", {}), datetime.min.time()
    )
    assert read_moment("2025-07-01T00:00:00+09:00", {}) == datetime(2025, 6, 30, 15)


@pytest.mark.parametrize(
    ("text", "zone", "problem"),
    [
        ("yesterday", "UTC", "--loads-since: 'yesterday' is no moment"),
        ("today", "Mars/Base", "vars reporting_timezone: 'Mars/Base' is no time zone"),
        ("today", "../etc", "vars reporting_timezone: '../etc' is no time zone"),
    ],
)
def test_what_is_no_moment_says_so(text: str, zone: str, problem: str) -> None:
    with pytest.raises(GroundworkError) as raised:
        read_moment(text, {"reporting_timezone": zone})
    assert raised.value.message.startswith(problem)


def test_the_contract_waits_for_what_makes_a_day_complete() -> None:
    daily = {table.path for source in read_contract(ROOT) for table in source.tables if table.daily}
    assert {"product.orders", "product.order_lines", "product.sessions"} <= daily
    events = {
        table.path
        for source in read_contract(ROOT)
        for table in source.tables
        if table.kind == "event"
    }
    assert daily < events


@pytest.fixture
def published(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    """A project whose build and publication have the days before 2025-07-01."""
    built = built_project(tmp_path_factory.getbasetemp() / "tiny")
    project = copied(built, tmp_path / "project")
    publish_build(project)
    return project


def test_what_is_published_reaches_a_day(published: Project) -> None:
    def reaches(since: str, *options: str) -> bool:
        arguments = ("freshness", "--published", "--loads-since", since)
        result = groundwork(published, *arguments, *options)
        assert result.output.count("\n") == 1
        return result.exit_code == 0

    assert reaches("2025-07-01T23:00:00")
    assert not reaches("2025-07-02")
    east = ("--vars", "reporting_timezone: Asia/Seoul")
    assert not reaches("2025-07-01T23:00:00", *east)
    assert reaches("2025-07-01T14:59:59", *east)
    published.published_path.unlink()
    assert not reaches("2025-07-01")


def test_a_build_without_newer_data_is_refused_on_request(published: Project) -> None:
    def rebuilt(as_of: str) -> None:
        model = published.root / "models/intermediate/int_as_of.sql"
        model.write_text(f"select {as_of} as as_of_date")
        result = groundwork(published, "build", "--no-publish")
        assert result.exit_code == 0, result.output
        assert result.output.splitlines()[-1] == (
            "not published: that is left to `groundwork publish`"
        )

    before = publications(published)
    for as_of in ("date '2025-06-30'", "cast(null as date)"):
        rebuilt(as_of)
        refused = groundwork(published, "publish", "--no-older")
        assert refused.exit_code == 1
        assert refused.output.startswith("Error: nothing published: the build's data end before ")
        assert publications(published) == before
    assert groundwork(published, "publish").exit_code == 0, "without the option it is published"
    rebuilt("date '2025-07-01'")
    assert groundwork(published, "publish", "--no-older").exit_code == 0
    rebuilt("date '2025-07-01'")
    assert groundwork(published, "publish", "--no-older").exit_code == 0, "as old is not older"
    assert len(publications(published)) == len(before) + 3


def test_a_late_table_is_told_once_until_its_load_comes(project: Project) -> None:
    declare_history(project, ROOT)

    def told(since: str) -> list[str]:
        result = groundwork(project, "alert", "--loads-since", since)
        assert result.exit_code == 0, result.output
        return result.output.splitlines()[:-1]

    (line,) = told("2025-06-30T12:00:00")
    assert line == (
        "shop.orders: no load came, the last was 2025-06-30 02:00, since 2025-06-30 12:00; owner: "
        "not known to the published catalogue; do: ask who delivers the table for the load that "
        "is missing, then build again"
    )
    assert told("2025-06-30T12:00:00") == []
    assert told("2025-06-30") == []
    assert len(told("2025-07-01")) == 2


@pytest.mark.parametrize("command", ["publish", "alert"])
def test_a_command_waits_for_a_build(published: Project, command: str) -> None:
    with warehouse_lock(published):
        started = time.monotonic()
        result = groundwork(published, command, "--wait", "0.5")
    assert time.monotonic() - started > 0.5
    assert result.output.startswith("Error: the warehouse is in use by process ")
