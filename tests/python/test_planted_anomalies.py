"""Faults planted into raw rows of a steady shop are found on their day; clean rows alarm rarely."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Build, run_dbt

FIRST_DAY = pd.Timestamp("2026-01-05")
DAYS = 80
WEEKLY_SHAPE = np.array([1.1, 1.05, 1, 1, 1.1, 0.8, 0.7])
ROWS_A_DAY = {"users": 60, "sessions": 300, "orders": 150, "events": 800}
HAPPENED_AT = {
    "users": "signed_up_at",
    "sessions": "started_at",
    "orders": "ordered_at",
    "events": "occurred_at",
}
VARIABLES = {
    "absent": ["experiments", "ml", "data_team", "product.courses", "product.survey_responses"],
}

Tables = dict[str, pd.DataFrame]


def day(number: int) -> str:
    return str((FIRST_DAY + pd.Timedelta(days=number)).date())


def drawn(rng: np.random.Generator, table: str) -> pd.DataFrame:
    """Rows with a key, a moment, and the load of the night after."""
    counts = rng.poisson(ROWS_A_DAY[table] * WEEKLY_SHAPE[np.arange(DAYS) % 7])
    number = np.repeat(np.arange(DAYS), counts)
    happened = FIRST_DAY + pd.to_timedelta(number, unit="D")
    happened += pd.to_timedelta(rng.integers(0, 86_400, len(number)), unit="s")
    keys = [f"{table[0]}{one}" for one in range(len(number))]
    loaded = FIRST_DAY + pd.to_timedelta(number + 1, unit="D") + pd.Timedelta(hours=2)
    return pd.DataFrame(
        {
            f"{table[:-1]}_id": keys,
            HAPPENED_AT[table]: happened,
            "loaded_at": loaded,
            "day": number,
        }
    )


def steady_shop() -> Tables:
    """The same rows every time: a weekly shape, Poisson counts, lognormal amounts."""
    rng = np.random.default_rng(20260105)
    users, sessions, orders, events = (drawn(rng, table) for table in ROWS_A_DAY)
    users["country"] = rng.choice(["DE", "US", "KR"], len(users))
    users["platform"] = rng.choice(["web", "ios", "android"], len(users), p=[0.5, 0.3, 0.2])
    users["acquisition_channel"] = rng.choice(["direct", "email"], len(users))
    users["email"] = "somebody@example.com"
    for rows in (sessions, orders, events):
        rows["user_id"] = rng.choice(users.user_id, len(rows))
    sessions["channel"] = rng.choice(["direct", "email", None], len(sessions), p=[0.6, 0.37, 0.03])
    sessions["platform"] = rng.choice(["web", "ios", "android"], len(sessions), p=[0.5, 0.3, 0.2])
    sessions["ended_at"] = sessions.started_at + pd.Timedelta(minutes=12)
    for rows in (orders, events):
        rows["session_id"] = None
    orders["gross_amount"] = np.exp(rng.normal(3.5, 0.8, len(orders))).round(2)
    orders["discount_amount"] = 0
    orders["status"] = "paid"
    orders["refunded_at"] = None
    events["event_type"] = rng.choice(
        ["impression", "click", "search"], len(events), p=[0.7, 0.2, 0.1]
    )
    events["surface"] = rng.choice(["home", "search"], len(events))
    events["course_id"] = "c1"
    events["position"] = rng.integers(1, 11, len(events))
    lines = orders[["order_id", "loaded_at", "day"]].assign(
        line_id="1",
        course_id="c1",
        quantity=rng.choice([1, 2, 3], len(orders), p=[0.8, 0.15, 0.05]),
        unit_price=orders.gross_amount,
    )
    lines["line_amount"] = lines.quantity * lines.unit_price
    return {
        "users": users,
        "sessions": sessions,
        "orders": orders,
        "order_lines": lines,
        "events": events,
    }


@dataclass(frozen=True)
class Fault:
    """What goes wrong on a day.

    found: where it has to be seen: kind, table, column, day, direction
    metrics: which move, and in which direction
    """

    name: str
    day: int
    found: list[tuple[str, str, str, int, int]]
    metrics: list[tuple[str, int]]


ALL = "(rows)"
FAULTS = [
    Fault("lost day", 40, [("volume", "users", ALL, 40, -1)], [("sign_ups", -1)]),
    Fault("lost half day", 46, [("volume", "events", ALL, 46, -1)], [("impressions", -1)]),
    # repeated rows are rejected: they show where rows are loaded
    Fault(
        "doubled load",
        51,
        [("load", "orders", ALL, 52, 1), ("rejected_share", "orders", ALL, 52, 1)],
        [],
    ),
    Fault("doubled load under new keys", 55, [("volume", "events", ALL, 55, 1)], [("clicks", 1)]),
    Fault("null burst", 59, [("null_share", "sessions", "channel", 59, 1)], []),
    Fault("late source", 63, [("freshness", "sessions", ALL, 63, 1)], []),
    Fault(
        "drifted distribution",
        68,
        [
            ("value_share", "sessions", "platform = ios", 68, 1),
            ("value_share", "sessions", "platform = web", 68, -1),
        ],
        [],
    ),
    Fault(
        "price in the wrong unit",
        74,
        [
            ("level", "orders", "gross_amount", 74, 1),
            ("level", "order_lines", "unit_price", 75, 1),
        ],
        [("gross_revenue", 1), ("average_order_value", 1)],
    ),
    Fault("doubled last load", 79, [("load", "sessions", ALL, 80, 1)], []),
]
DAY_OF = {fault.name: fault.day for fault in FAULTS}


def with_faults(tables: Tables) -> Tables:
    users, sessions, orders, lines, events = (rows.copy() for rows in tables.values())
    users = users[users.day != DAY_OF["lost day"]]
    is_second_half = (events.day == DAY_OF["lost half day"]) & (events.occurred_at.dt.hour >= 12)
    events = events[~is_second_half]
    orders = pd.concat([orders, orders[orders.day == DAY_OF["doubled load"]]])
    again = events[events.day == DAY_OF["doubled load under new keys"]]
    events = pd.concat([events, again.assign(event_id="again-" + again.event_id)])
    rng = np.random.default_rng(3)
    is_emptied = (sessions.day == DAY_OF["null burst"]) & (rng.uniform(size=len(sessions)) < 0.2)
    sessions.loc[is_emptied, "channel"] = None
    sessions.loc[sessions.day == DAY_OF["late source"], "loaded_at"] += pd.Timedelta(days=1)
    is_drifting = (sessions.day >= DAY_OF["drifted distribution"]) & (sessions.platform == "web")
    is_drifting &= rng.uniform(size=len(sessions)) < 0.5
    sessions.loc[is_drifting, "platform"] = "ios"
    in_cents = DAY_OF["price in the wrong unit"]
    orders.loc[orders.day == in_cents, "gross_amount"] *= 100
    lines.loc[lines.day == in_cents, ["unit_price", "line_amount"]] *= 100
    sessions = pd.concat([sessions, sessions[sessions.day == DAY_OF["doubled last load"]]])
    return dict(zip(tables, (users, sessions, orders, lines, events), strict=True))


def built(tables: Tables, folder: Path) -> Build:
    (folder / "raw" / "product").mkdir(parents=True)
    for name, rows in tables.items():
        texts = rows.drop(columns="day").astype("string")
        texts.to_parquet(folder / "raw" / "product" / f"{name}.parquet", index=False)
    build = run_dbt(
        *("run", "--select", "+data_anomalies", "+metric_status"),
        folder=folder,
        variables={"raw_path": str(folder / "raw"), **VARIABLES},
    )
    assert build.exit_code == 0, build.output[-5000:]
    return build


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return built(steady_shop(), tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Build:
    return built(with_faults(steady_shop()), tmp_path_factory.mktemp("faulty"))


def directions(build: Build, table: str, keys: str) -> dict[tuple, int]:
    """Direction of each anomaly by its key."""
    rows = build.rows(f"select {keys}, cast(sign(score) as integer) from {table} where is_anomaly")
    return {tuple(map(str, key)): direction for *key, direction in rows}


def of_data(build: Build) -> dict[tuple, int]:
    return directions(build, "quality.data_anomalies", "kind, table_name, column_name, date_day")


def of_metrics(build: Build) -> dict[tuple, int]:
    return directions(build, "metrics.metric_anomalies", "metric_name, date_day")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_on_its_day(fault: Fault, faulty: Build, clean: Build) -> None:
    in_data, in_metrics = of_data(faulty), of_metrics(faulty)
    for kind, table, column, number, direction in fault.found:
        place = (kind, f"product.{table}", column, day(number))
        assert in_data.get(place) == direction, place
        assert place not in of_data(clean)
    for metric, direction in fault.metrics:
        assert in_metrics.get((metric, day(fault.day))) == direction, metric
        assert (metric, day(fault.day)) not in of_metrics(clean)


def test_clean_rows_alarm_on_at_most_one_day_in_a_hundred(clean: Build) -> None:
    for table in ("quality.data_anomalies", "metrics.metric_anomalies"):
        judged, alarms = clean.rows(
            f"select count(score), count(case when is_anomaly then 1 end) from {table}"
        )[0]
        assert judged > 800, table
        assert alarms <= 0.01 * judged, table


def test_a_metric_says_when_it_was_last_odd(faulty: Build) -> None:
    status = faulty.rows(
        "select last_anomaly_day, is_anomaly from metrics.metric_status"
        " where metric_name = 'gross_revenue'"
    )
    # trailing days know the price of that day; the metric itself is as it was
    assert [(str(last), odd) for last, odd in status] == [
        (day(DAY_OF["price in the wrong unit"]), False)
    ]


def test_the_last_day_is_judged_and_no_later_one(faulty: Build) -> None:
    last_days = dict(
        faulty.rows(
            "select kind, max(date_day) - (select as_of_date from intermediate.int_as_of)"
            " from quality.data_anomalies where table_name = 'product.orders' group by kind"
        )
    )
    assert last_days == {
        **dict.fromkeys(("volume", "null_share", "level", "freshness"), -1),
        **dict.fromkeys(("load", "rejected_share"), 0),
    }


def test_every_day_has_a_score_or_a_reason(faulty: Build, clean: Build) -> None:
    for build in (faulty, clean):
        for table in ("quality.data_anomalies", "metrics.metric_anomalies"):
            assert (
                build.rows(f"select * from {table} where (score is null) = (reason is null)") == []
            )
