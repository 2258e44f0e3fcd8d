"""The quality marts, recomputed from raw rows and files of the history by other means."""

from __future__ import annotations

import csv
import os
import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Build, run_dbt

from groundwork.contract import read_contract
from groundwork.history import append_rows, history_tables
from groundwork.project import Project, rows_by_name

CONTRACT = read_contract(ROOT)
TABLES = [table for source in CONTRACT for table in source.tables]
MINUTE = timedelta(minutes=1)
INCIDENT_COLUMNS = [
    column.name for table in TABLES if table.name == "incidents" for column in table.columns
]
KINDS = ["duplicate", "superseded", "incomplete", "invalid"]


# Every raw row is counted once.


def seed_rows(source: str, table: str) -> pd.DataFrame:
    path = ROOT / f"seeds/{source}/raw_{source}__{table}.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def batch_of(loaded_at: pd.Series) -> pd.Series:
    return loaded_at.astype("string").str[:10].fillna("").replace("", "(unknown)")


def kind_of(reasons: str) -> str:
    if reasons in KINDS:
        return reasons
    listed = reasons.split(", ")
    return "incomplete" if any(reason.endswith("_missing") for reason in listed) else "invalid"


def test_source_reconciliation_counts_every_raw_row_once(demo: Build) -> None:
    with demo.connect() as connection:
        found = connection.execute("from quality.source_reconciliation").df()
        rejected = connection.execute(
            "select source_name, table_name, cast(loaded_at as varchar) as loaded_at,"
            " rejection_reasons from staging.rejected_rows"
        ).df()
        accepted = {
            table.path: connection.execute(
                "select cast(loaded_at as varchar) as loaded_at"
                f" from staging.stg_{table.source}__{table.name}"
            ).df()
            for table in TABLES
        }
    expected: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for table in TABLES:
        place = (table.source, table.name)
        for batch, count in batch_of(seed_rows(*place).loaded_at).value_counts().items():
            expected[*place, batch]["raw_count"] = count
        for batch, count in batch_of(accepted[table.path].loaded_at).value_counts().items():
            expected[*place, batch]["accepted_count"] = count
    rejected["batch"] = batch_of(rejected.loaded_at)
    for row in rejected.itertuples():
        counts = expected[row.source_name, row.table_name, row.batch]
        counts["rejected_count"] += 1
        counts[f"{kind_of(row.rejection_reasons)}_count"] += 1
    names = ["raw", "accepted", "rejected", *KINDS]
    listed = {
        (row.source_name, row.table_name, row.batch): {
            f"{name}_count": getattr(row, f"{name}_count") for name in names
        }
        for row in found.itertuples()
    }
    assert listed == {
        key: {f"{name}_count": counts[f"{name}_count"] for name in names}
        for key, counts in expected.items()
    }
    assert len(listed) == len(found) > 3_000
    assert found.is_reconciled.all()
    assert {(row[0], row[1]) for row in listed} == {(t.source, t.name) for t in TABLES}
    total = sum(len(seed_rows(table.source, table.name)) for table in TABLES)
    assert found.raw_count.sum() == total
    assert (found.load_date.isna() == (found.batch == "(unknown)")).all()
    # an incident, a request and a view
    assert found[found.batch == "(unknown)"].raw_count.sum() == 3


def test_scorecard_shares_are_those_of_raw_rows(demo: Build) -> None:
    with demo.connect() as connection:
        card = connection.execute("from quality.data_quality_scorecard").df()
    card = card.set_index(["source_name", "table_name"])
    assert len(card) == len(TABLES)
    for table in TABLES:
        row = card.loc[(table.source, table.name)]
        raw = len(seed_rows(table.source, table.name))
        assert row.raw_count == raw == row.accepted_count + row.rejected_count
        assert row.key_columns == ", ".join(table.key)
        assert row.unique_share == pytest.approx(1 - row.duplicate_count / raw)
        assert row.complete_share == pytest.approx(1 - row.incomplete_count / raw)
        assert row.valid_share == pytest.approx(1 - row.invalid_count / raw)
        shares = row[[name for name in card.columns if name.endswith("_share")]]
        shares = shares.drop("filled_share").dropna().astype(float)
        assert row.score == pytest.approx(100 * shares.min())
        assert shares[f"{row.weakest_side}_share"] == shares.min()
        assert pd.isna(row.previous_score) and pd.isna(row.score_change)
    sessions = seed_rows("product", "sessions").drop_duplicates()
    sessions = sessions.sort_values("loaded_at").drop_duplicates("session_id", keep="last")
    with demo.connect() as connection:
        accepted = connection.execute("select session_id from staging.stg_product__sessions").df()
    sessions = sessions[sessions.session_id.isin(accepted.session_id)]
    delay = pd.to_datetime(sessions.loaded_at) - pd.to_datetime(sessions.started_at)
    in_time = (delay <= pd.Timedelta(days=2)).mean()
    assert card.loc[("product", "sessions")].in_time_share == pytest.approx(in_time)
    filled = (sessions[["user_id", "channel", "platform", "ended_at"]] != "").to_numpy().mean()
    assert card.loc[("product", "sessions")].filled_share == pytest.approx(filled)
    courses = card.loc[("product", "courses")]
    assert pd.isna(courses.in_time_share) and pd.isna(courses.fresh_share)


def test_the_catalog_holds_every_table_and_column(demo: Build) -> None:
    listed = set(demo.rows("select schema_name, table_name, column_name from quality.data_catalog"))
    built = set(
        demo.rows("select table_schema, table_name, column_name from information_schema.columns")
    )
    pivoted = {row for row in built if row[1] == "int_measures_pivoted"}
    assert built - pivoted <= listed
    others = {row for row in listed - built if row[2] != "(table)"}
    assert {row[0] for row in others} == {"history"}
    assert demo.rows(
        "select data_name, column_name from quality.data_catalog where is_personal order by all"
    ) == [("product.users", "(table)"), ("product.users", "email")]
    assert demo.rows(
        "select layer, upstream, downstream_metrics, tier, is_published, last_test_status"
        " from quality.data_catalog"
        " where data_name = 'fct_survey_responses' and column_name = 'score'"
    ) == [
        (
            "marts",
            "dim_users, stg_product__survey_responses",
            "net_promoter_score, survey_answers",
            1,
            True,
            None,
        )
    ]


# Hours of downtime, minute by minute.


def minutes_between(start: datetime, end: datetime) -> set[datetime]:
    return {start + number * MINUTE for number in range(int((end - start) / MINUTE))}


def percentile(values: list[float], share: float) -> float | None:
    return float(np.percentile(values, 100 * share)) if values else None


def downtime_of(incidents: list[dict[str, Any]]) -> dict[tuple, dict[str, Any]]:
    """Recompute data_downtime from whole incidents, each with what it affects and its times."""
    expected: dict[tuple, dict[str, Any]] = {}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {("total", "total"): incidents}
    for incident in incidents:
        for name, value in (
            ("affected_table", incident["affected_table"] or "(none)"),
            ("severity", incident["severity"]),
            ("origin", incident["origin"]),
        ):
            groups.setdefault((name, value), []).append(incident)
    for group, members in groups.items():
        real = [incident for incident in members if not incident["is_false_alarm"]]
        down: set[datetime] = set()
        for incident in real:
            down |= minutes_between(incident["started_at"], incident["ended_at"])
        months = {moment.date().replace(day=1) for moment in down}
        months |= {incident["started_at"].date().replace(day=1) for incident in members}
        for month in [None, *months]:
            begun = [
                incident
                for incident in members
                if month in (None, incident["started_at"].date().replace(day=1))
            ]
            counted = [incident for incident in begun if not incident["is_false_alarm"]]
            hours = [moment for moment in down if month in (None, moment.date().replace(day=1))]
            found = [
                (incident["detected_at"] - incident["started_at"]) / timedelta(hours=1)
                for incident in counted
            ]
            repaired = [
                max((incident["resolved_at"] - incident["detected_at"]) / timedelta(hours=1), 0)
                for incident in counted
                if incident["resolved_at"]
            ]
            expected["month" if month else "all", month, *group] = {
                "incident_count": len(counted),
                "open_count": sum(incident["resolved_at"] is None for incident in begun),
                "false_alarm_count": len(begun) - len(counted),
                "downtime_hours": len(hours) / 60,
                "hours_to_detect_p50": percentile(found, 0.5),
                "hours_to_detect_p90": percentile(found, 0.9),
                "hours_to_repair_p50": percentile(repaired, 0.5),
                "hours_to_repair_p90": percentile(repaired, 0.9),
            }
    return expected


def check_downtime(build: Build, incidents: list[dict[str, Any]]) -> None:
    with build.connect() as connection:
        found = {
            (row["grain"], row["period_start"], row["dimension_name"], row["dimension_value"]): row
            for row in rows_by_name(connection, "from quality.data_downtime")
        }
    expected = downtime_of(incidents)
    assert found.keys() == expected.keys()
    for key, figures in expected.items():
        for name, figure in figures.items():
            wanted = None if figure is None else pytest.approx(figure, abs=1e-9)
            assert found[key][name] == wanted, f"{key} {name}"


def moment_of(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def reported(rows: list[dict[str, str]], last_heard: datetime) -> list[dict[str, Any]]:
    """Return the incidents that raw rows tell of: the last delivery of each that can be read."""
    latest: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["loaded_at"]):
        try:
            times = {name: moment_of(row[name]) for name in row if name.endswith("_at")}
        except ValueError:
            continue
        if not times["loaded_at"] or row["severity"] not in ("", "low", "medium", "high"):
            continue
        if times["resolved_at"] and times["resolved_at"] < times["started_at"]:
            continue
        is_false_alarm = bool(times["resolved_at"]) and row["is_confirmed"] != "true"
        latest[row["incident_id"]] = {
            **times,
            "affected_table": row["affected_table"] or None,
            "severity": row["severity"] or "medium",
            "origin": "reported",
            "is_false_alarm": is_false_alarm,
            "ended_at": times["resolved_at"] or last_heard,
        }
    return list(latest.values())


def test_downtime_of_the_demo(demo: Build) -> None:
    rows = seed_rows("data_team", "incidents").to_dict("records")
    incidents = reported(rows, datetime(2026, 7, 1))
    assert len(incidents) == 10
    check_downtime(demo, incidents)
    # by hand: 16.25 + 62 + 75.58 + 120 + 59 + 1 + 142 hours
    assert demo.rows(
        "select round(downtime_hours, 2), open_count, false_alarm_count"
        " from quality.data_downtime where grain = 'all' and dimension_name = 'total'"
    ) == [(475.83, 1, 1)]


def test_days_of_incidents(demo: Build) -> None:
    days = dict(
        (row[0], row[1:])
        for row in demo.rows(
            "select incident_id, first_day, last_day, is_confirmed from quality.data_incidents"
        )
    )
    assert days["lost_events"] == (date(2026, 3, 11), date(2026, 3, 11), True)
    assert days["prices_in_cents"] == (date(2025, 10, 3), date(2025, 10, 6), True)
    assert days["late_answers"] == (date(2026, 6, 25), date(2026, 6, 30), False)


# Random incidents, and random runs.

AS_OF = datetime(2026, 5, 1)
FIRST = datetime(2026, 1, 1)
PLACES = ["product.orders", "fct_orders", ""]


def random_incidents(draw: random.Random, count: int) -> list[dict[str, str]]:
    """Incidents that overlap, some open, some false, some delivered twice."""
    rows = []
    for number in range(count):
        started = FIRST + draw.randrange(110 * 1440) * MINUTE
        detected = started + draw.choice([0, 30, 600, 5000]) * MINUTE
        resolved = started + draw.choice([0, 45, 700, 3000, 60_000]) * MINUTE
        place = draw.choice(PLACES)
        row = dict.fromkeys(INCIDENT_COLUMNS, "") | {
            "incident_id": f"i{number}",
            "affected_table": place,
            "affected_metric": "" if place else "orders",
            "severity": draw.choice(["low", "medium", "high", ""]),
            "is_confirmed": draw.choice(["true", "true", "false", ""]),
            "started_at": str(started),
            "detected_at": str(detected),
            "loaded_at": str(max(detected, resolved) + timedelta(days=1)),
        }
        if draw.random() < 0.5:
            rows.append(row | {"loaded_at": str(detected + MINUTE)})
        if draw.random() < 0.8:
            row["resolved_at"] = str(resolved)
        rows.append(row)
    draw.shuffle(rows)
    return rows


def random_runs(draw: random.Random, count: int) -> list[dict[str, Any]]:
    """Runs with the status of each check that took part; None: the check was no part of it."""
    checks = {"test.t1": "fct_orders", "test.t2": "fct_orders", "model.m1": "m1", "test.gone": "x"}
    runs = []
    for number in range(count):
        ended = AS_OF - timedelta(days=20) + number * timedelta(hours=7, minutes=11)
        is_complete = draw.random() < 0.7
        statuses = {}
        for check in checks:
            good = "success" if check.startswith("model") else "pass"
            bad = "error" if check.startswith("model") else draw.choice(["fail", "error"])
            status = draw.choice([good, good, bad, bad, "skipped"])
            if check == "test.gone" and number >= count // 2:
                continue
            if is_complete or draw.random() < 0.5:
                statuses[check] = status
        if number == count // 2 - 1:
            statuses["test.gone"] = "fail"
        runs.append({"ended_at": ended, "is_complete": is_complete, "statuses": statuses})
    return runs


def found_in(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Walk through the runs of each check, as somebody would who reads them one by one."""
    incidents = []
    places = {"test.t1": "fct_orders", "test.t2": "fct_orders", "model.m1": "m1", "test.gone": "x"}
    for check, place in places.items():
        last_good, current, last_seen = None, None, None
        for run in runs:
            ended, status = run["ended_at"], run["statuses"].get(check)
            if status is None:
                if current and run["is_complete"] and not later(runs, check, ended):
                    current["resolved_at"] = ended
                    incidents.append(current)
                    current = None
                continue
            last_seen = ended
            if status in ("pass", "success"):
                if current:
                    current["resolved_at"] = ended
                    incidents.append(current)
                current, last_good = None, ended
            elif status in ("fail", "error") and current is None:
                current = {
                    "started_at": last_good or ended,
                    "detected_at": ended,
                    "resolved_at": None,
                    "affected_table": place,
                    "severity": "high" if check.startswith("model") else "medium",
                    "origin": "run_history",
                    "is_false_alarm": False,
                }
        if current:
            incidents.append(current | {"last_seen_at": last_seen})
    return incidents


def later(runs: list[dict[str, Any]], check: str, moment: datetime) -> bool:
    return any(run["ended_at"] > moment and check in run["statuses"] for run in runs)


def write_history(folder: Path, runs: list[dict[str, Any]]) -> None:
    tables = history_tables(Project(ROOT))
    before = os.environ.get("GROUNDWORK_HISTORY_PATH")
    os.environ["GROUNDWORK_HISTORY_PATH"] = str(folder)
    try:
        for number, run in enumerate(runs):
            invocation = f"run{number}"
            common = {"invocation_id": invocation}
            rows = {
                "invocations": [
                    common
                    | {
                        "engine": "duckdb",
                        "ended_at": run["ended_at"],
                        "is_complete": run["is_complete"],
                    }
                ],
                "test_results": [
                    common
                    | {
                        "test_id": check,
                        "test_name": check,
                        "table_name": "x" if check == "test.gone" else "fct_orders",
                        "status": status,
                    }
                    for check, status in run["statuses"].items()
                    if check.startswith("test")
                ],
                "node_runs": [
                    common
                    | {
                        "node_id": check,
                        "node_name": "m1",
                        "resource_type": check.partition(".")[0],
                        "status": status,
                    }
                    for check, status in run["statuses"].items()
                ],
            }
            for name, listed in rows.items():
                at = run["ended_at"].replace(tzinfo=UTC)
                append_rows(Project(ROOT), tables[name], invocation, at, listed)
    finally:
        os.environ.pop("GROUNDWORK_HISTORY_PATH")
        if before:
            os.environ["GROUNDWORK_HISTORY_PATH"] = before


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one order; every case builds in the same folder, so dbt parses once."""
    folder = tmp_path_factory.mktemp("incidents")
    write_csv(
        folder / "raw/product/orders.csv",
        ["order_id", "user_id", "ordered_at", "gross_amount", "status", "loaded_at"],
        [["o1", "u1", "2026-04-30 10:00:00", "10", "paid", "2026-05-01 02:00:00"]],
    )
    return folder


def write_csv(path: Path, header: list[str], rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.mark.parametrize(
    ("seed", "incident_count", "run_count"),
    [(0, 0, 0), (1, 60, 0), (2, 0, 40), (3, 60, 40), (4, 7, 25)],
)
def test_downtime_of_random_incidents_and_runs(
    place: Path, seed: int, incident_count: int, run_count: int
) -> None:
    draw = random.Random(seed)
    rows = random_incidents(draw, incident_count)
    write_csv(
        place / "raw/data_team/incidents.csv",
        INCIDENT_COLUMNS,
        [[row[name] for name in INCIDENT_COLUMNS] for row in rows],
    )
    runs = random_runs(draw, run_count)
    history = place / f"history{seed}"
    write_history(history, runs)
    orders = next(table for table in TABLES if table.path == "product.orders")
    given = ("order_id", "user_id", "ordered_at", "gross_amount", "status", "loaded_at")
    absent = [table.path for table in TABLES if table.name not in ("orders", "incidents")]
    absent = [path for path in absent if not path.startswith(("experiments.", "ml."))]
    absent += ["experiments", "ml"]
    absent += [column.path for column in orders.columns if column.name not in given]
    build = run_dbt(
        *("run", "-s", "+data_downtime"),
        folder=place,
        variables={"raw_path": str(place / "raw"), "absent": absent},
        environment={"GROUNDWORK_HISTORY_PATH": str(history)},
    )
    assert build.exit_code == 0, build.output[-3000:]
    found = found_in(runs)
    told = reported(rows, AS_OF)
    heard = [AS_OF]
    for incident in [*found, *told]:
        heard += [incident["detected_at"], incident["resolved_at"] or AS_OF]
        heard += [incident.get("last_seen_at") or AS_OF]
    for incident in [*found, *told]:
        incident["ended_at"] = incident["resolved_at"] or max(heard)
    if run_count:
        assert any(incident["affected_table"] == "x" for incident in found)
    check_downtime(build, [*found, *told])
    assert build.rows("select count(*) from quality.data_incidents") == [(len(found) + len(told),)]
