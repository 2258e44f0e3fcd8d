"""What the team is asked and what it offers, recomputed from the raw CSV files in plain pandas."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Build
from cost_lines import CENT, shares
from raw_rows import DAY, RawProduct, read_requests
from team_rows import RawTeam

from groundwork.generator.specification import load_source

TRUTHS: dict[str, dict[str, Any]] = dict(load_source("data_team").truths)
SEEDS = ROOT / "seeds/data_team"
HOUR = pd.Timedelta(hours=1)
RECENT = 90 * DAY
MONTH = pd.offsets.MonthBegin(1)
OPEN = ["open", "in_progress", "reopened"]
RELATIVE = 1e-9
# quantiles of a group that has as many rows as the share of it that they stand for
QUANTILES = {"p50": 0.5, "p90": 0.9}


def stop_words() -> set[str]:
    """The list is a choice of the project; what is done with it is computed here once more."""
    macro = (ROOT / "macros/data_team/normalised_text.sql").read_text()
    _, listed = macro.split("macro _stop_words()")
    return set(re.findall(r"'(\w+)'", listed))


def words(title: Any, left_out: set[str]) -> frozenset[str]:
    """The words of a title that tell questions apart."""
    found = re.findall(r"[^\W\d_]+", title.lower()) if isinstance(title, str) else []
    return frozenset(found) - left_out


def tables(listed: Any) -> frozenset[str]:
    return (
        frozenset(re.findall(r"[\w.]+", listed.lower())) if isinstance(listed, str) else frozenset()
    )


def hours(first: pd.Series, second: pd.Series) -> pd.Series:
    return (second - first) / HOUR


def month_of(moments: pd.Series) -> pd.Series:
    return moments.dt.normalize() - pd.to_timedelta(moments.dt.day - 1, unit="D")


def quantile(values: pd.Series, share: float) -> float:
    """Interpolated between neighbours; nan of nothing."""
    known = np.sort(values.dropna().to_numpy(dtype=float))
    if not len(known):
        return math.nan
    place = share * (len(known) - 1)
    low = math.floor(place)
    high = min(low + 1, len(known) - 1)
    return known[low] + (place - low) * (known[high] - known[low])


@pytest.fixture(scope="module")
def as_of() -> pd.Timestamp:
    return RawProduct(ROOT / "seeds/product").orders.loaded_at.max().normalize()


@pytest.fixture(scope="module")
def requests(as_of: pd.Timestamp) -> pd.DataFrame:
    """Every accepted request with all that team_requests says of it."""
    raw = read_requests(SEEDS).sort_values(["requested_at", "request_id"])
    left_out = stop_words()
    keys = [words(title, left_out) for title in raw.title]
    sets = [tables(listed) for listed in raw.tables_used]
    first_sets: dict[frozenset[str], frozenset[str]] = {}
    for key, used in zip(keys, sets, strict=True):
        if key and used:
            first_sets.setdefault(key, used)
    asked: dict[Any, list[str]] = {}
    groups, before = [], []
    for request_id, key, used in zip(raw.request_id, keys, sets, strict=True):
        question = (key, used or first_sets.get(key)) if key else request_id
        group = asked.setdefault(question, [])
        before.append(len(group))
        group.append(request_id)
        groups.append(group[0])
    is_abandoned = raw.abandoned_at.notna()
    is_answered = raw.answered_at.notna() & ~(raw.reopened_at > raw.answered_at)
    status = np.select(
        [is_abandoned, is_answered, raw.reopened_at.notna(), raw.started_at.notna()],
        ["abandoned", "answered", "reopened", "in_progress"],
        "open",
    )
    answered_at = raw.answered_at.where(is_answered)
    rows = raw.assign(
        question_group=groups,
        question_key=[" ".join(sorted(key)) or None for key in keys],
        tables_used=[", ".join(sorted(used)) or None for used in sets],
        times_asked_before=before,
        is_repeated=[count > 0 for count in before],
        status=status,
        answered_by=raw.answered_by.where(status == "answered"),
        answered_at=answered_at,
        first_response_hours=hours(raw.requested_at, raw.first_response_at),
        lead_time_hours=hours(raw.requested_at, answered_at),
        work_hours=hours(raw.started_at, answered_at),
        is_reopened=raw.reopened_at.notna(),
        requested_date=raw.requested_at.dt.normalize(),
        answered_date=answered_at.dt.normalize(),
    )
    waited = ((as_of - rows.requested_at) / HOUR).clip(lower=0)
    return rows.assign(
        age_hours=waited.where(rows.status.isin(OPEN)),
        is_repeat_answered_by_asset=rows.is_repeated & (rows.answered_by == "existing_asset"),
    )


def published(demo: Build, table: str) -> pd.DataFrame:
    with demo.connect() as connection:
        return connection.execute(f"select * from data_team.{table}").df()


def is_same(expected: Any, actual: Any) -> bool:
    if pd.isna(expected) or pd.isna(actual):
        return bool(pd.isna(expected) and pd.isna(actual))
    if isinstance(expected, str | pd.Timestamp | bool | np.bool_):
        return bool(expected == actual)
    return math.isclose(float(expected), float(actual), rel_tol=RELATIVE, abs_tol=1e-9)


def assert_same(expected: pd.DataFrame, actual: pd.DataFrame, key: list[str]) -> None:
    """Every row and every column, but those that say how they are worded."""
    assert set(expected.columns) == set(actual.columns)
    expected, actual = expected.set_index(key), actual.set_index(key)
    assert expected.index.is_unique and actual.index.is_unique
    assert set(expected.index) == set(actual.index)
    actual = actual.loc[expected.index]
    wrong = [
        f"{column} of {name}: {theirs!r} instead of {ours!r}"
        for column in expected
        for name, ours, theirs in zip(expected.index, expected[column], actual[column], strict=True)
        if not is_same(ours, theirs)
    ]
    assert not wrong, "\n".join([f"{len(wrong)} differ", *wrong[:10]])


def test_each_request_is_what_its_raw_row_says(demo: Build, requests: pd.DataFrame) -> None:
    assert_same(
        requests.drop(columns="loaded_at"), published(demo, "team_requests"), ["request_id"]
    )
    assert set(requests.status) >= {"open", "answered", "abandoned"}
    assert requests.is_repeat_answered_by_asset.any() and requests.is_reopened.any()


def flow_row(rows: pd.DataFrame, start: pd.Timestamp, as_of: pd.Timestamp) -> dict[str, Any]:
    """One cell: what happened in the month from `start` on, and what waits at its end."""
    end = min(start + MONTH, as_of)

    def within(column: str) -> pd.DataFrame:
        return rows[(rows[column] >= start) & (rows[column] < end)]

    asked, answered = within("requested_at"), within("answered_at")
    questions = asked[asked.kind == "question"]
    closed_at = rows.answered_at.fillna(rows.abandoned_at)
    waiting = rows[(rows.requested_at < end) & ~(closed_at < end)]
    measured = {
        "first_response_hours": within("first_response_at").first_response_hours,
        "lead_time_hours": answered.lead_time_hours,
        "open_age_hours": (end - waiting.requested_at) / HOUR,
    }
    numbers = {
        f"{name}_{label}": quantile(values, share)
        for name, values in measured.items()
        for label, share in QUANTILES.items()
    }
    satisfaction = quantile(answered.satisfaction, 0.5)
    self_served = int((questions.answered_by == "self_service").sum())
    reasons = {
        "no_questions_asked": questions.empty,
        "no_first_responses": math.isnan(numbers["first_response_hours_p50"]),
        "none_answered": answered.empty,
        "none_open": waiting.empty,
        "no_satisfaction": math.isnan(satisfaction),
    }
    return {
        **numbers,
        "satisfaction_p50": satisfaction,
        "asked_count": len(asked),
        "answered_count": len(answered),
        "abandoned_count": len(within("abandoned_at")),
        "reopened_count": len(within("reopened_at")),
        "repeated_count": int(asked.is_repeated.sum()),
        "work_in_progress_count": len(waiting),
        "question_count": len(questions),
        "self_service_count": self_served,
        "existing_asset_count": int((questions.answered_by == "existing_asset").sum()),
        "self_service_share": self_served / len(questions) if len(questions) else math.nan,
        "is_complete_month": start + MONTH <= as_of,
        "reason": ", ".join(name for name, holds in reasons.items() if holds) or None,
    }


@pytest.fixture(scope="module")
def flow(requests: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    seen = requests[requests.requested_at < as_of]
    months = pd.date_range(month_of(seen.requested_at).min(), as_of - DAY, freq="MS")
    cells = {("total", "total"): seen}
    for name in ("department", "kind"):
        cells |= {(name, value): rows for value, rows in seen.groupby(name)}
    return pd.DataFrame(
        {
            "dimension_name": name,
            "dimension_value": value,
            "month_start": start,
            **flow_row(rows, start, as_of),
        }
        for (name, value), rows in cells.items()
        for start in months
    )


def test_each_month_of_the_flow_is_recomputed(demo: Build, flow: pd.DataFrame) -> None:
    actual = published(demo, "team_request_flow")
    assert_same(flow, actual, ["dimension_name", "dimension_value", "month_start"])
    assert (actual.asked_count == 0).any(), "a month without requests has a row"
    assert actual.reason.notna().any()


def test_nothing_gets_lost_between_two_months(demo: Build) -> None:
    rows = published(demo, "team_request_flow").sort_values("month_start")
    for _, months in rows.groupby(["dimension_name", "dimension_value"]):
        change = months.asked_count - months.answered_count - months.abandoned_count
        assert change.cumsum().tolist() == months.work_in_progress_count.tolist()


def test_departments_and_kinds_add_up_to_the_total(demo: Build) -> None:
    rows = published(demo, "team_request_flow")
    counts = [column for column in rows if column.endswith("_count")]
    sums = rows.groupby(["dimension_name", "month_start"])[counts].sum()
    for name in ("department", "kind"):
        assert sums.loc[name].equals(sums.loc["total"]), name


def test_the_flow_and_the_metrics_say_the_same(demo: Build) -> None:
    """One question, one answer: the governed metrics are those of the flow."""
    differing = demo.rows(
        """
        with metrics as (
            select
                period_start, metric_name, metric_value,
                replace(dimension_name, 'request__', '') as dimension_name, dimension_value
            from metrics.metric_values
            where grain = 'month' and metric_value is not null
        ),

        flow as (
            unpivot (
                select
                    month_start, dimension_name, dimension_value,
                    cast(asked_count as double) as requests_asked,
                    cast(answered_count as double) as requests_answered,
                    case when dimension_name != 'kind' then self_service_share end
                        as self_service_share
                from data_team.team_request_flow
            )
            on requests_asked, requests_answered, self_service_share
            into name metric_name value flow_value
        )

        select flow.*, metrics.metric_value
        from flow
        left join metrics
            on flow.month_start = metrics.period_start
            and flow.metric_name = metrics.metric_name
            and flow.dimension_name = metrics.dimension_name
            and flow.dimension_value = metrics.dimension_value
        where
            coalesce(metrics.metric_value, 0) is distinct from flow.flow_value
        """
    )
    assert differing == []
    shares = "select count(*) from metrics.metric_values where metric_name = 'self_service_share'"
    assert demo.rows(shares) > [(50,)]


@pytest.fixture(scope="module")
def candidates(demo: Build, requests: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    found = []
    metrics = {metric["name"] for metric in demo.manifest["metrics"].values()}
    shown = {exposure["name"] for exposure in exposures()} | set(
        RawTeam(SEEDS).views.dashboard_name
    )
    can_be_served = requests[requests.kind.isin(["question", "report"])]
    ordered = can_be_served.sort_values(["requested_at", "request_id"])
    for group, rows in ordered.groupby("question_group"):
        of_team = rows[rows.answered_by != "self_service"]
        if len(of_team) < 3:
            continue
        days = of_team.requested_date
        recent = of_team[(days >= as_of - RECENT) & (days < as_of)]
        assets = rows.asset_name.dropna()
        seen = assets[assets.isin(shown | metrics)]
        held_by = seen if len(seen) else assets
        months = month_of(rows.requested_at).nunique()
        is_known = of_team.effort_hours.notna().any()
        found.append(
            {
                "question_group": group,
                "title": rows.title.iloc[-1],
                "departments": ", ".join(sorted(set(rows.department))),
                "tables_used": max(rows.tables_used.dropna(), default=None),
                "existing_asset": held_by.iloc[-1] if len(held_by) else None,
                "suggestion": "point_to_asset"
                if len(seen)
                else "build_dashboard"
                if months >= 3
                else "write_analysis",
                "reason": None if is_known else "effort_unknown",
                "times_asked": len(of_team),
                "department_count": rows.department.nunique(),
                "wording_count": rows.title.nunique(),
                "month_count": months,
                "unknown_effort_count": int(of_team.effort_hours.isna().sum()),
                "analyst_hours": of_team.effort_hours.sum() if is_known else math.nan,
                "hours_last_90_days": recent.effort_hours.sum() if is_known else math.nan,
                "first_asked_date": rows.requested_date.min(),
                "last_asked_date": rows.requested_date.max(),
            }
        )
    ranked = pd.DataFrame(found).sort_values(
        ["analyst_hours", "times_asked", "question_group"],
        ascending=[False, False, True],
        na_position="last",
    )
    return ranked.assign(hours_rank=range(1, len(ranked) + 1))


def test_what_is_asked_again_and_again_is_recomputed(demo: Build, candidates: pd.DataFrame) -> None:
    assert_same(candidates, published(demo, "self_service_candidates"), ["question_group"])
    assert {"point_to_asset", "build_dashboard"} <= set(candidates.suggestion)


def exposures() -> list[dict]:
    return [
        exposure
        for path in (ROOT / "models").rglob("_*exposures.yml")
        for exposure in yaml.safe_load(path.read_text())["exposures"]
        if exposure["type"] == "dashboard"
    ]


def metric_costs(demo: Build) -> dict[str, Decimal]:
    """What each metric took of the last month, as data_costs says, which has tests of its own."""
    rows = demo.rows(
        "select target, sum(allocated_amount) from data_team.data_costs"
        " where target_type = 'metric' and reason is null and cost_month = date '2026-06-01'"
        " group by target"
    )
    return dict(rows)


@pytest.fixture(scope="module")
def usage(demo: Build, requests: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Every asset and department from lists of uses: (kind of use, department, when)."""
    raw = RawTeam(SEEDS)
    views, decisions = raw.views, raw.decisions
    boards = {board["name"]: board for board in exposures()}
    metrics = {metric["name"]: metric for metric in demo.manifest["metrics"].values()}
    shown: dict[str, list[str]] = {name: [] for name in metrics}
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for name, board in boards.items():
        for parent in board["depends_on"]:
            if parent.startswith("metric("):
                shown[parent[8:-2]].append(name)
    for name, amount in metric_costs(demo).items():
        costs[name] = amount
        for board, part in shares(int(amount * 100), dict.fromkeys(shown[name], 1)).items():
            costs[board] += part * CENT

    def uses(kind: str, rows: pd.DataFrame, time: str) -> list[tuple[str, str, pd.Timestamp]]:
        departments = rows.department.fillna("(none)")
        listed = zip(departments, rows[time], strict=True)
        return [(kind, department, moment) for department, moment in listed if moment < as_of]

    found = []
    assets = [("dashboard", name) for name in {*boards, *views.dashboard_name}]
    for asset_type, name in [*assets, *(("metric", name) for name in metrics)]:
        is_board = asset_type == "dashboard"
        seen_in = [name] if is_board else shown[name]
        used = uses("view", views[views.dashboard_name.isin(seen_in)], "viewed_at")
        used += uses("request", requests[requests.asset_name == name], "requested_at")
        if not is_board:
            used += uses("decision", decisions[decisions.metric_name == name], "decided_at")
        recent = [use for use in used if use[2] >= as_of - RECENT]
        is_unused = not [use for use in recent if use[0] != "request"] and bool(seen_in)
        asked = len([use for use in recent if use[0] == "request"])
        is_declared = name in boards or not is_board
        reasons = {
            "not_declared": not is_declared,
            "decisions_name_metrics_alone": is_board,
            "no_dashboard_names_it": not seen_in,
        }
        cost = costs.get(name)
        owner = None
        if is_declared:
            owner = (
                boards[name]["owner"]["email"]
                if is_board
                else metrics[name]["config"]["meta"]["owner"]
            )
        for department in ["total", *sorted({use[1] for use in used})]:
            own = [use for use in used if department in ("total", use[1])]
            own_recent = [use for use in own if use in recent]

            def count(kind: str, rows: list) -> int:
                return sum(use[0] == kind for use in rows)

            found.append(
                {
                    "asset_type": asset_type,
                    "asset_name": name,
                    "department": department,
                    "owner": owner,
                    "dashboards": None if is_board else ", ".join(sorted(seen_in)) or None,
                    "suggestion": "promote" if asked >= 3 else "retire" if is_unused else "keep",
                    "reason": ", ".join(
                        key
                        for key, holds in {
                            **reasons,
                            "cost_not_known": department == "total" and cost is None,
                        }.items()
                        if holds
                    )
                    or None,
                    "view_count": count("view", own) if seen_in else math.nan,
                    "view_count_last_90_days": count("view", own_recent) if seen_in else math.nan,
                    "decision_count": math.nan if is_board else count("decision", own),
                    "decision_count_last_90_days": (
                        math.nan if is_board else count("decision", own_recent)
                    ),
                    "request_count": count("request", own),
                    "request_count_last_90_days": count("request", own_recent),
                    "monthly_cost": (
                        math.nan if cost is None or department != "total" else float(cost)
                    ),
                    "is_unused": not (count("view", own_recent) + count("decision", own_recent)),
                    "last_viewed_at": max(
                        (use[2] for use in own if use[0] == "view"), default=pd.NaT
                    ),
                }
            )
    return pd.DataFrame(found)


def test_the_use_of_each_asset_is_recomputed(demo: Build, usage: pd.DataFrame) -> None:
    actual = published(demo, "asset_usage")
    assert_same(usage, actual, ["asset_type", "asset_name", "department"])
    assert {"retire", "keep"} <= set(actual.suggestion)


def test_a_hidden_queue_shows_in_age_and_not_in_lead_time(demo: Build) -> None:
    department = TRUTHS["hidden_queue"]["department"]
    rows = published(demo, "team_request_flow")
    rows = rows[(rows.dimension_name == "department") & rows.is_complete_month]
    # the last half year
    rows = rows[rows.month_start >= rows.month_start.max() - 5 * MONTH]
    typical = rows.groupby("dimension_value")[
        ["lead_time_hours_p50", "open_age_hours_p50"]
    ].median()
    assert typical.lead_time_hours_p50.idxmin() == department
    assert typical.open_age_hours_p50.idxmax() == department
    last = rows[rows.month_start == rows.month_start.max()].set_index("dimension_value")
    assert last.work_in_progress_count.idxmax() == department
    others = last.work_in_progress_count.drop(department)
    assert last.work_in_progress_count[department] > 2 * others.sum()


def test_the_question_that_costs_most_is_found_in_all_its_wordings(demo: Build) -> None:
    truth = TRUTHS["costliest_question"]["question_id"]
    questions = {row["question_id"]: row for row in TRUTHS["demand"]["questions"]}
    rows = published(demo, "self_service_candidates").set_index("hours_rank")
    first = rows.loc[1]
    assert first.wording_count == len(questions[truth]["wordings"]) == 5
    assert first.departments.split(", ") == sorted(questions[truth]["asked_by"])
    assert first.analyst_hours > 1.2 * rows.loc[2].analyst_hours


def test_wordings_of_one_question_are_one_group_and_other_questions_are_none(demo: Build) -> None:
    """As planted: what was drawn from one question's wordings, whatever tables were given."""
    planted = {
        wording: row["question_id"]
        for row in TRUTHS["demand"]["questions"]
        for wording in row["wordings"]
    }
    rows = published(demo, "team_requests")
    rows = rows.assign(question_id=rows.title.map(planted))
    asked_again = rows[rows.question_id.notna()]
    assert asked_again.question_id.nunique() == len(TRUTHS["demand"]["questions"])
    assert (asked_again.groupby("question_id").question_group.nunique() == 1).all()
    assert (asked_again.groupby("question_group").question_id.nunique() == 1).all()
    others = rows[rows.question_id.isna()]
    assert not set(others.question_group) & set(asked_again.question_group)
    # the title of a fault of the raw rows may come twice; no other title does
    assert others.is_repeated.mean() < 0.02


def test_nobody_opens_the_dashboard_that_nobody_opens(demo: Build) -> None:
    name = TRUTHS["unseen_dashboard"]["dashboard_name"]
    rows = published(demo, "asset_usage").set_index(["asset_type", "asset_name", "department"])
    unseen = rows.loc["dashboard", name, "total"]
    assert (unseen.view_count, unseen.suggestion, unseen.is_unused) == (0, "retire", True)
    assert unseen.owner
    declared = {exposure["name"] for exposure in exposures()}
    totals = rows.xs("total", level="department").loc["dashboard"]
    unopened = totals[totals.is_unused & totals.index.isin(declared)]
    assert list(unopened.index) == [name]


def test_requests_that_nobody_ever_began_still_wait(demo: Build, as_of: pd.Timestamp) -> None:
    rows = published(demo, "team_requests").set_index("title")
    for planted in TRUTHS["never_answered"]["never_answered_requests"]:
        row = rows.loc[planted["title"]]
        assert row.status == "open" and row.department == planted["department"]
        assert row.age_hours == (as_of - pd.Timestamp(planted["requested_at"])) / HOUR
