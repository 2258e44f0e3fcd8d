"""Corner cases of the metrics on a few raw rows, with values worked out by hand.

2025-12-22 and 2025-12-29 are Mondays; the data end with Wednesday 2026-01-07, and rows after that
day are there to be left out. Of the tables, order lines and survey answers are declared absent.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT, Build, run_dbt
from metric_cells import (
    Cell,
    Key,
    MetricFlow,
    MetricRow,
    differences,
    metric_rows,
    report,
    values_of,
)

AS_OF = "2026-01-08"
LOADED_AT = "2026-01-10 02:00:00"
ABSENT = ["product.order_lines", "product.survey_responses"]

# u2 has no country; u4 signs up after the data end; u9, who visits and buys, is in no file.
# o2 was paid back, nobody knows when; o3 in the next year; o4 is a guest's, outside any session;
# o6 is cancelled; o7 is a credit note; o8 comes after the data end, within u3's first 7 days.
# s4 is a guest's without a channel; s4 and s8 never ended.
RAW = {
    "users": """
        user_id,signed_up_at,country,platform,acquisition_channel,email
        u1,2025-12-22 08:00:00,DE,web,organic_search,u1@example.com
        u2,2025-12-30 08:00:00,,ios,referral,u2@example.com
        u3,2026-01-03 08:00:00,FR,web,referral,u3@example.com
        u4,2026-01-09 08:00:00,FR,web,referral,u4@example.com
        """,
    "sessions": """
        session_id,user_id,channel,platform,started_at,ended_at
        s1,u1,email,web,2025-12-22 09:00:00,2025-12-22 09:10:00
        s2,u1,email,web,2025-12-30 09:00:00,2025-12-30 09:20:00
        s3,u2,direct,ios,2025-12-30 10:00:00,2025-12-30 10:40:00
        s4,,,web,2026-01-02 09:00:00,
        s5,u9,direct,web,2026-01-02 10:00:00,2026-01-02 10:06:00
        s6,u3,direct,web,2026-01-03 09:00:00,2026-01-03 09:14:00
        s8,u2,direct,ios,2026-01-06 09:00:00,
        s7,u1,email,web,2026-01-09 09:00:00,2026-01-09 09:30:00
        """,
    "orders": """
        order_id,user_id,session_id,ordered_at,gross_amount,discount_amount,status,refunded_at
        o1,u1,s1,2025-12-22 09:05:00,100,10,paid,
        o2,u1,s2,2025-12-30 09:05:00,50,,refunded,
        o3,u2,s3,2025-12-31 00:00:00,30,,refunded,2026-01-05 12:00:00
        o4,,,2026-01-01 00:00:00,20,,paid,
        o5,u9,s5,2026-01-02 10:05:00,40,,paid,
        o6,u1,,2026-01-02 11:00:00,500,,cancelled,
        o7,u3,s6,2026-01-03 09:05:00,-15,,paid,
        o8,u3,,2026-01-09 09:05:00,70,,paid,
        """,
    "courses": """
        course_id,title,category,level,list_price,published_at
        c1,First steps,,beginner,10,2025-01-01 00:00:00
        c2,Next steps,data,advanced,10,2025-01-01 00:00:00
        """,
    "events": """
        event_id,user_id,session_id,event_type,surface,course_id,position,occurred_at
        e1,u1,,enrol,course,c1,,2025-12-23 09:00:00
        e2,u1,,lesson_completed,player,c1,,2025-12-26 09:00:00
        e3,u1,,enrol,course,c2,,2025-12-30 09:00:00
        e4,u1,,lesson_completed,player,c2,,2025-12-31 23:59:59
        e5,u3,,enrol,course,c1,,2026-01-03 09:00:00
        e6,u3,,enrol,course,c2,,2026-01-05 09:00:00
        e7,u3,,lesson_completed,player,c2,,2026-01-06 09:00:00
        e8,u1,,lesson_completed,player,c2,,2026-01-09 09:00:00
        """,
}

# Every row of a cell: "period_start dimension_value": value.
EXPECTED = {
    # guests and unknown users buy too; cancelled orders do not count; a credit note is subtracted
    ("gross_revenue", "week", "total"): {"2025-12-22": 100, "2025-12-29": 125},
    ("gross_revenue", "month", "total"): {"2025-12-01": 180, "2026-01-01": 45},
    ("gross_revenue", "week", "user__country"): {
        "2025-12-22 DE": 100,
        "2025-12-29 DE": 50,
        "2025-12-29 (none)": 30,
        "2025-12-29 (unknown)": 60,
        "2025-12-29 FR": -15,
    },
    ("gross_revenue", "week", "order__channel"): {
        "2025-12-22 email": 100,
        "2025-12-29 email": 50,
        "2025-12-29 direct": 55,
        "2025-12-29 (none)": 20,
    },
    # a day without orders has no row
    ("gross_revenue", "day", "total"): {
        "2025-12-22": 100,
        "2025-12-30": 50,
        "2025-12-31": 30,
        "2026-01-01": 20,
        "2026-01-02": 40,
        "2026-01-03": -15,
    },
    # booked on its own day, and on the order's day where nobody knows it
    ("refunds", "day", "total"): {"2025-12-30": 50, "2026-01-05": 30},
    ("refunds", "month", "user__country"): {"2025-12-01 DE": 50, "2026-01-01 (none)": 30},
    # 30 paid back in a week without orders
    ("net_revenue", "week", "total"): {"2025-12-22": 90, "2025-12-29": 75, "2026-01-05": -30},
    ("orders", "week", "user__country"): {
        "2025-12-22 DE": 1,
        "2025-12-29 DE": 1,
        "2025-12-29 (none)": 1,
        "2025-12-29 (unknown)": 2,
    },
    # the guest is nobody's user; u9 is one that nothing else is known of
    ("buyers", "week", "user__country"): {
        "2025-12-22 DE": 1,
        "2025-12-29 DE": 1,
        "2025-12-29 (none)": 1,
        "2025-12-29 (unknown)": 1,
    },
    ("buyers", "day", "total"): {
        "2025-12-22": 1,
        "2025-12-30": 1,
        "2025-12-31": 1,
        "2026-01-01": 0,
        "2026-01-02": 1,
    },
    ("new_buyers", "week", "total"): {"2025-12-22": 1, "2025-12-29": 2},
    ("returning_buyers", "week", "total"): {"2025-12-22": 0, "2025-12-29": 1},
    ("average_order_value", "week", "total"): {"2025-12-22": 100, "2025-12-29": 35},
    ("refund_rate", "month", "total"): {"2025-12-01": 2 / 3, "2026-01-01": 0},
    ("discount_share", "week", "total"): {"2025-12-22": 0.1, "2025-12-29": 0},
    # 4 of a week that spans the year, not the 2 + 3 of its months
    ("active_users", "week", "total"): {"2025-12-22": 1, "2025-12-29": 4, "2026-01-05": 1},
    ("active_users", "month", "total"): {"2025-12-01": 2, "2026-01-01": 3},
    ("active_users", "week", "user__country"): {
        "2025-12-22 DE": 1,
        "2025-12-29 DE": 1,
        "2025-12-29 (none)": 1,
        "2025-12-29 (unknown)": 1,
        "2025-12-29 FR": 1,
        "2026-01-05 (none)": 1,
    },
    # nobody visited in the 7 days that end with 2025-12-29
    ("active_users_7d", "day", "total"): {
        **{f"2025-12-{day}": 1 for day in range(22, 29)},
        "2025-12-30": 2,
        "2025-12-31": 2,
        "2026-01-01": 2,
        "2026-01-02": 3,
        "2026-01-03": 4,
        "2026-01-04": 4,
        "2026-01-05": 4,
        "2026-01-06": 3,
        "2026-01-07": 3,
    },
    ("active_users_7d", "week", "total"): {"2025-12-22": 1, "2025-12-29": 4, "2026-01-05": 3},
    ("active_users_7d", "month", "total"): {"2025-12-01": 2, "2026-01-01": 3},
    # from the order of 2025-12-22 on, 28 days; the cancelled 500 never
    ("gross_revenue_28d", "month", "user__country"): {
        "2025-12-01 DE": 150,
        "2025-12-01 (none)": 30,
        "2026-01-01 DE": 150,
        "2026-01-01 (none)": 30,
        "2026-01-01 (unknown)": 60,
        "2026-01-01 FR": -15,
    },
    # sessions that never ended have no length
    ("session_minutes", "week", "total"): {"2025-12-22": 10, "2025-12-29": 20},
    ("session_minutes", "week", "session__channel"): {
        "2025-12-22 email": 10,
        "2025-12-29 email": 20,
        "2025-12-29 direct": 20,
    },
    ("sessions", "week", "session__channel"): {
        "2025-12-22 email": 1,
        "2025-12-29 email": 1,
        "2025-12-29 direct": 3,
        "2025-12-29 (none)": 1,
        "2026-01-05 direct": 1,
    },
    # s6 holds a credit note only
    ("session_conversion_rate", "week", "total"): {
        "2025-12-22": 1,
        "2025-12-29": 0.6,
        "2026-01-05": 0,
    },
    ("sign_ups", "week", "total"): {"2025-12-22": 1, "2025-12-29": 2},
    # u3's only purchase is not known yet
    ("sign_up_to_purchase_7d", "week", "total"): {"2025-12-22": 1, "2025-12-29": 0.5},
    ("sign_up_to_purchase_7d", "month", "user__country"): {
        "2025-12-01 DE": 1,
        "2025-12-01 (none)": 1,
        "2026-01-01 FR": 0,
    },
    # u1 returned on the 8th day after signing up, u2 on the 7th
    ("retention_7d", "week", "total"): {"2025-12-22": 0, "2025-12-29": 0.5},
    # a lesson counts for the last time that its learner enrolled: u3's for 2026-01-05
    ("lesson_completion_14d", "week", "total"): {
        "2025-12-22": 1,
        "2025-12-29": 0.5,
        "2026-01-05": 1,
    },
    ("learning_users", "week", "course__category"): {
        "2025-12-22 (none)": 1,
        "2025-12-29 (none)": 0,
        "2025-12-29 data": 1,
        "2026-01-05 data": 1,
    },
    # what is absent has no values
    ("courses_sold", "week", "total"): {},
    ("net_promoter_score", "month", "total"): {},
    ("survey_answers", "month", "user__country"): {},
}

# Whole periods: the data cover 2025-12-22 to 2026-01-07.
COMPLETE = {
    ("gross_revenue", "month"): {"2025-12-01": False, "2026-01-01": False},
    ("active_users", "week"): {"2025-12-22": True, "2025-12-29": True, "2026-01-05": False},
    # a trailing window is whole from its 7th day on, and no week before it
    ("active_users_7d", "week"): {"2025-12-22": False, "2025-12-29": True, "2026-01-05": False},
    ("gross_revenue_28d", "week"): {"2025-12-22": False, "2025-12-29": False, "2026-01-05": False},
    # the last day of the first week is known for 10 days, that of the second for 3
    ("sign_up_to_purchase_7d", "week"): {"2025-12-22": True, "2025-12-29": False},
    # the 7th day of a sign-up on 2025-12-30 is 2026-01-05, of one on 2026-01-03 is yet to come
    ("sign_up_to_purchase_7d", "day"): {
        "2025-12-22": True,
        "2025-12-30": True,
        "2026-01-03": False,
    },
    # the 14th day of an enrolment on 2025-12-23 is 2026-01-05, on 2025-12-30 it is to come
    ("lesson_completion_14d", "day"): {
        "2025-12-23": True,
        "2025-12-30": False,
        "2026-01-03": False,
        "2026-01-05": False,
    },
}


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("corner_cases")
    for table, rows in RAW.items():
        write_csv(folder / "raw/product" / f"{table}.csv", rows)
    others = {path.name for path in (ROOT / "models/staging").iterdir() if path.is_dir()}
    variables = {
        "raw_path": str(folder / "raw"),
        "absent": [*ABSENT, *sorted(others - {"product"})],
        "as_of": AS_OF,
    }
    build = run_dbt("run", "--select", "+metric_values", folder=folder, variables=variables)
    assert build.exit_code == 0, build.output[-5000:]
    return build


def write_csv(path: Path, rows: str) -> None:
    header, *lines = dedent(rows).strip().splitlines()
    text = [f"{header},loaded_at", *(f"{line},{LOADED_AT}" for line in lines)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(text) + "\n")


@pytest.fixture(scope="module")
def published(build: Build) -> dict[Cell, dict[Key, MetricRow]]:
    return metric_rows(build)


@pytest.fixture(scope="module")
def metricflow(build: Build) -> MetricFlow:
    return MetricFlow(build)


def key(text: str) -> Key:
    period_start, _, label = text.partition(" ")
    return date.fromisoformat(period_start), label or "total"


@pytest.mark.parametrize("cell", EXPECTED, ids="-".join)
def test_a_cell_has_the_rows_worked_out_by_hand(
    cell: tuple[str, str, str], published: dict[Cell, dict[Key, MetricRow]]
) -> None:
    expected = {key(text): value for text, value in EXPECTED[cell].items()}
    actual = values_of(published.get(Cell(*cell), {}))
    differing = report({Cell(*cell): differences(expected, actual, "by hand")})
    assert not differing, differing


@pytest.mark.parametrize("metric_and_grain", COMPLETE, ids="-".join)
def test_a_period_is_complete_when_all_its_days_are_known(
    metric_and_grain: tuple[str, str], published: dict[Cell, dict[Key, MetricRow]]
) -> None:
    rows = published[Cell(*metric_and_grain, "total")]
    expected = {key(text): value for text, value in COMPLETE[metric_and_grain].items()}
    assert {key: row.is_complete for key, row in rows.items()} == expected


@pytest.mark.parametrize("cell", EXPECTED, ids="-".join)
def test_a_cell_has_the_rows_and_values_of_metricflow(
    cell: tuple[str, str, str],
    metricflow: MetricFlow,
    published: dict[Cell, dict[Key, MetricRow]],
) -> None:
    answer, actual = metricflow.values(Cell(*cell)), values_of(published.get(Cell(*cell), {}))
    differing = report({Cell(*cell): differences(answer, actual, "MetricFlow")})
    assert not differing, differing


def test_nothing_is_published_from_the_end_of_the_data_on(
    published: dict[Cell, dict[Key, MetricRow]],
) -> None:
    assert published
    last = max(period_start for rows in published.values() for period_start, _ in rows)
    assert last == date(2026, 1, 7)
