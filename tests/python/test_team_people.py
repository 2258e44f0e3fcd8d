"""Who is in the team, where they move, and how operating models compare, from the raw CSV files.

Intervals are scipy's and statsmodels'; the history is replayed from the moves.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Build
from raw_rows import DAY, is_unreadable, number, text, timestamp
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from team_rows import OPERATING_MODELS, RawTeam, Rows

PLANTED = ROOT / "groundwork/generator/data_team/planted.yml"
NONE = "(none)"
MODELS = [*OPERATING_MODELS, NONE]
CELL = ["department", "operating_model", "role"]


@pytest.fixture(scope="module")
def raw() -> RawTeam:
    return RawTeam(ROOT / "seeds/data_team")


@pytest.fixture(scope="module")
def history(demo: Build) -> Rows:
    with demo.connect() as connection:
        rows = connection.execute("from data_team.team_history").df()
    rows["monthly_cost"] = rows.monthly_cost.astype(float)
    return rows.set_index(["date_day", *CELL]).sort_index()


@pytest.fixture(scope="module")
def moves(demo: Build) -> Rows:
    with demo.connect() as connection:
        return connection.execute("from data_team.team_moves order by event_date, event_id").df()


@pytest.fixture(scope="module")
def comparison(demo: Build) -> Rows:
    with demo.connect() as connection:
        rows = connection.execute("from data_team.operating_model_comparison").df()
    return rows.set_index(["operating_model", "measure"]).sort_index()


@pytest.fixture(scope="module")
def days(raw: RawTeam) -> Rows:
    """One row per day, member and assignment, those without an assignment among them."""
    first_day, last_day = raw.spans["first"].min(), raw.as_of - DAY
    rows = []
    for span in raw.spans.to_dict("records"):
        for day in pd.date_range(span["first"], span["last"]):
            rows.append({**span, "day": day})
    assigned = {(row["member_id"], row["day"]) for row in rows}
    for member in raw.members.itertuples():
        last = last_day if pd.isna(member.left_on) else min(member.left_on, last_day)
        for day in pd.date_range(max(member.joined_on, first_day), last):
            if (member.member_id, day) not in assigned:
                rows.append(
                    {
                        "member_id": member.member_id,
                        "assignment_id": NONE,
                        "role": member.role,
                        "department": NONE,
                        "operating_model": NONE,
                        "day": day,
                    }
                )
    return pd.DataFrame(rows)


def test_the_history_is_what_the_assignments_say(raw: RawTeam, days: Rows, history: Rows) -> None:
    cells = days.groupby(["day", *CELL])
    expected = pd.DataFrame(
        {
            "member_count": cells.member_id.nunique(),
            "full_time_equivalents": cells["share"].sum(),
            "monthly_cost": cells.monthly_cost.sum(min_count=1),
            "costed": cells.monthly_cost.count(),
            "rows": cells.size(),
        }
    ).sort_index()
    assert history.index.tolist() == expected.index.tolist()
    assert history.member_count.tolist() == expected.member_count.tolist()
    np.testing.assert_allclose(history.full_time_equivalents, expected.full_time_equivalents)
    np.testing.assert_allclose(history.monthly_cost, expected.monthly_cost, equal_nan=True)
    is_free = expected.index.get_level_values("operating_model") == NONE
    reasons = np.select(
        [is_free, expected.costed == 0, expected.costed < expected.rows],
        ["no_assignment", "no_cost", "cost_incomplete"],
        default="",
    )
    assert history.reason.fillna("").tolist() == reasons.tolist()
    assert is_free.any() and {"no_assignment", "no_cost"} <= set(reasons)
    dates = history.index.get_level_values("date_day").unique()
    assert list(dates) == list(pd.date_range(raw.spans["first"].min(), raw.as_of - DAY))


def replayed(moves: Rows, day: pd.Timestamp) -> dict[tuple[str, str, str], tuple]:
    """How the team looks on a day, from the moves up to it alone."""
    in_team: dict[str, str] = {}
    assigned: dict[str, tuple] = {}
    for event in moves[moves.event_date <= day].itertuples():
        if event.event_type == "joined":
            in_team[event.member_id] = event.role
        if event.event_type == "left":
            del in_team[event.member_id]
        if pd.notna(event.from_assignment_id):
            assert assigned.pop(event.from_assignment_id) == (
                *(event.member_id, event.from_department, event.from_operating_model, event.role),
                *(event.from_share, event.from_monthly_cost),
            )
        if pd.notna(event.to_assignment_id):
            assigned[event.to_assignment_id] = (
                *(event.member_id, event.to_department, event.to_operating_model, event.role),
                *(event.to_share, event.to_monthly_cost),
            )
    members: dict[tuple, set[str]] = {}
    shares: Counter = Counter()
    costs: dict[tuple, list] = {}
    for member_id, *cell, share, cost in assigned.values():
        key = tuple(cell)
        members.setdefault(key, set()).add(member_id)
        shares[key] += share
        costs.setdefault(key, []).extend([] if cost is None or pd.isna(cost) else [float(cost)])
    busy = {row[0] for row in assigned.values()}
    for member_id, role in in_team.items():
        if member_id not in busy:
            members.setdefault((NONE, NONE, role), set()).add(member_id)
    return {
        key: (
            len(ids),
            round(shares[key], 9),
            round(sum(costs[key]), 2) if costs.get(key) else None,
        )
        for key, ids in members.items()
    }


def test_replaying_the_moves_gives_the_history(history: Rows, moves: Rows) -> None:
    days = history.index.get_level_values("date_day").unique()
    changing = set(moves.event_date) | set(moves.event_date - DAY)
    chosen = [day for day in days if day.day == 1 or day in changing]
    assert len(chosen) > 30
    for day in chosen:
        shown = {
            key: (
                row.member_count,
                round(row.full_time_equivalents, 9),
                None if pd.isna(row.monthly_cost) else round(row.monthly_cost, 2),
            )
            for key, row in history.loc[day].iterrows()
        }
        assert replayed(moves, day) == shown, day


def test_how_the_team_looked_on_the_first_of_march(raw: RawTeam, history: Rows) -> None:
    """By hand, from the raw rows: on that day m02 stays in marketing and begins to report here."""
    shown = history.loc[pd.Timestamp("2026-03-01")]
    assert shown.loc[("marketing", "hybrid", "analyst")].member_count == 1
    assert ("marketing", "distributed", "analyst") not in shown.index
    before = history.loc[pd.Timestamp("2026-02-28")]
    assert before.loc[("marketing", "distributed", "analyst")].member_count == 1
    assert shown.loc[("(all)", "centralised", "manager")].full_time_equivalents == 1
    assert shown.loc[("(all)", "centralised", "analyst")].monthly_cost == pytest.approx(1233.33)
    # m06 works for two departments, half a time each
    halves = [shown.loc[(name, "hybrid", "engineer")] for name in ("product", "finance")]
    assert [row.full_time_equivalents for row in halves] == [0.5, 0.5]


def test_moves_are_what_the_raw_rows_say(raw: RawTeam, moves: Rows) -> None:
    kinds = Counter(moves.event_type)
    members = raw.members[raw.members.joined_on < raw.as_of]
    assert kinds["joined"] == len(members)
    assert kinds["left"] == (members.left_on + DAY < raw.as_of).sum()
    spans = raw.spans
    assert kinds["assigned"] + kinds["moved"] == len(spans)
    assert kinds["unassigned"] + kinds["moved"] == (spans["last"] + DAY < raw.as_of).sum()
    begins = spans.set_index("assignment_id")["first"]
    ends = spans.set_index("assignment_id")["last"]
    for event in moves.itertuples():
        if pd.notna(event.to_assignment_id):
            assert event.event_date == begins[event.to_assignment_id]
        if pd.notna(event.from_assignment_id):
            assert event.event_date == ends[event.from_assignment_id] + DAY
        if event.event_type == "moved":
            differs = [
                event.from_department != event.to_department,
                event.from_operating_model != event.to_operating_model,
            ]
            reasons = {
                (True, True): {"department_and_operating_model"},
                (True, False): {"department"},
                (False, True): {"operating_model"},
                (False, False): {"share", "cost", "renewed"},
            }
            assert event.reason in reasons[tuple(differs)]
    # nobody follows on the day after an assignment that was unassigned
    alone = moves[moves.event_type == "unassigned"]
    begun = set(zip(spans.member_id, spans["first"], strict=True))
    assert not begun & set(zip(alone.member_id, alone.event_date, strict=True))


def test_those_who_move_within_a_month_and_who_leaves_are_found(moves: Rows) -> None:
    truths = yaml.safe_load(PLANTED.read_text())["truths"]
    within = moves[(moves.event_type == "moved") & (moves.event_date.dt.day > 1)]
    assert [
        {"member_id": row.member_id, "moves_on": row.event_date.date()}
        for row in within.itertuples()
    ] == truths["moves_within_a_month"]["members"]
    assert list(zip(within.from_department, within.to_department, strict=True)) == [
        ("product", "(all)"),
        ("support", "content"),
    ]
    left = moves[moves.event_type == "left"]
    leaver = truths["leaver"]
    assert left.member_id.tolist() == [leaver["member_id"]]
    assert left.event_date.tolist() == [pd.Timestamp(leaver["left_on"]) + DAY]
    last = moves[(moves.member_id == leaver["member_id"]) & (moves.event_type == "unassigned")]
    assert last.reason.tolist() == ["on_leaving"]
    # m03 works for two departments for nine days and goes on with the second
    m03 = moves[moves.member_id == "m03"]
    assert m03.reason.tolist()[-2:] == ["beside_another", "another_goes_on"]


@pytest.fixture(scope="module")
def attributed(raw: RawTeam) -> Rows:
    """Requests before `as_of` with the operating model of who took them, when they were taken."""
    rows = raw.requests[raw.requests.requested_at < raw.as_of].copy()
    for name in ("first_response_at", "started_at", "answered_at", "abandoned_at", "reopened_at"):
        rows[name] = rows[name].where(rows[name] < raw.as_of)
    taken = rows.started_at.fillna(rows.first_response_at).fillna(rows.answered_at)
    rows["taken_on"] = taken.fillna(rows.requested_at).dt.normalize()
    taken = rows[["request_id", "member_id", "department", "taken_on"]].merge(
        raw.spans, on="member_id", suffixes=("", "_of_span")
    )
    taken = taken[(taken["first"] <= taken.taken_on) & (taken["last"] >= taken.taken_on)]
    taken = taken.assign(is_other=taken.department_of_span != taken.department).sort_values(
        ["is_other", "share", "assignment_id"], ascending=[True, False, True]
    )
    models = taken.drop_duplicates("request_id").set_index("request_id").operating_model
    hours = pd.Timedelta(hours=1)
    return rows.assign(
        operating_model=rows.request_id.map(models).fillna(NONE),
        lead_time_hours=(rows.answered_at - rows.requested_at) / hours,
        first_response_hours=(rows.first_response_at - rows.requested_at) / hours,
        is_answered=rows.answered_at.notna(),
        is_open=rows.answered_at.isna() & rows.abandoned_at.isna(),
        is_reopened=rows.reopened_at.notna(),
    )


def median_bounds(values: pd.Series) -> tuple[float, float]:
    """Of the symmetric pairs of order statistics the narrowest with 95 % or more."""
    ordered, depth = np.sort(values), int(stats.binom.ppf(0.025, len(values), 0.5))
    while depth > 0 and stats.binom.cdf(depth - 1, len(values), 0.5) > 0.025:
        depth -= 1
    return (ordered[depth - 1], ordered[-depth]) if depth else (np.nan, np.nan)


def test_every_request_has_the_operating_model_of_who_took_it(
    demo: Build, attributed: Rows, comparison: Rows
) -> None:
    expected = attributed.set_index("request_id").operating_model.to_dict()
    rows = dict(
        demo.rows(
            "select request_id, operating_model from intermediate.int_team_requests_attributed"
        )
    )
    assert rows == expected
    assert set(rows.values()) == set(MODELS)
    shown = comparison.xs("open_share", level="measure").unit_count
    assert shown.to_dict() == Counter(rows.values())


@pytest.mark.parametrize("model", MODELS)
def test_measures_of_requests_are_recomputed(
    model: str, attributed: Rows, comparison: Rows
) -> None:
    rows = attributed[attributed.operating_model == model]
    answered = rows[rows.is_answered]
    for measure, values in (
        ("lead_time_hours_p50", answered.lead_time_hours),
        ("first_response_hours_p50", rows.first_response_hours.dropna()),
    ):
        shown = comparison.loc[(model, measure)]
        assert shown.unit_count == len(values) > 50
        assert shown.value == pytest.approx(values.median(), rel=1e-12)
        assert (shown.low, shown.high) == pytest.approx(median_bounds(values), rel=1e-12)
        assert shown.method == "order_statistics"
    scores = answered.satisfaction.dropna()
    shown = comparison.loc[(model, "satisfaction_mean")]
    low, high = stats.t.interval(0.95, len(scores) - 1, loc=scores.mean(), scale=stats.sem(scores))
    assert shown.unit_count == len(scores)
    assert (shown.value, shown.low, shown.high) == pytest.approx(
        (scores.mean(), low, high), rel=1e-11
    )
    for measure, units, chosen in (
        ("open_share", rows, rows.is_open),
        ("reopened_share", rows[rows.is_answered | rows.is_reopened], rows.is_reopened),
        ("reuse_share", answered, answered.answered_by == "existing_asset"),
    ):
        shown = comparison.loc[(model, measure)]
        count = int(chosen.sum())
        low, high = proportion_confint(count, len(units), method="wilson")
        assert shown.unit_count == len(units)
        assert (shown.value, shown.low, shown.high) == pytest.approx(
            (count / len(units), low, high), rel=1e-12, abs=1e-15
        )


def exact_poisson(count: int) -> tuple[float, float]:
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return low, stats.chi2.ppf(0.975, 2 * count + 2) / 2


@pytest.mark.parametrize("model", MODELS)
def test_attrition_counts_who_left_over_the_time_of_members(
    model: str, raw: RawTeam, days: Rows, comparison: Rows
) -> None:
    days = days[days.member_id.isin(raw.members.member_id)]
    main = days.sort_values(["share", "assignment_id"], ascending=[False, True])
    main = main.drop_duplicates(["member_id", "day"])
    years = (main.operating_model == model).sum() / 365.25
    left = raw.members[raw.members.left_on + DAY < raw.as_of]
    last_days = left.merge(main, left_on=["member_id", "left_on"], right_on=["member_id", "day"])
    count = int((last_days.operating_model == model).sum())
    shown = comparison.loc[(model, "attrition_per_year")]
    assert shown.unit_count == count
    assert shown.member_years == pytest.approx(years)
    assert shown.value == pytest.approx(count / years)
    low, high = exact_poisson(count)  # of 0 and 1 the form is exact but for the high of 1
    assert shown.low == pytest.approx(low / years, rel=1e-12)
    assert shown.high == pytest.approx(high / years, rel=2e-3)
    assert model != "distributed" or count == 1


def test_what_cannot_be_told_has_a_reason(comparison: Rows) -> None:
    handovers = text(
        pd.read_csv(ROOT / "seeds/ml/raw_ml__handovers.csv", dtype=str, keep_default_na=False)
    )
    teams = set(handovers.from_team.dropna())
    assert not teams & {"marketing", "product", "finance", "support", "content"}
    required = ["handover_id", "model_id", "version_id"]
    is_accepted = handovers[required].notna().all(axis="columns")
    is_accepted &= handovers.status == "completed"
    is_accepted &= ~(timestamp(handovers.accepted_at) < timestamp(handovers.requested_at))
    is_accepted &= ~is_unreadable(handovers.effort_days, number(handovers.effort_days))
    completed = handovers[is_accepted & (handovers.from_team != handovers.to_team)]
    completed = completed.handover_id.nunique()
    shared = comparison.xs("knowledge_shared", level="measure")
    assert shared.reason.tolist() == ["not_attributable"] * 4
    assert shared.unit_count.sum() == shared.unit_count[NONE] == completed > 0
    duplicated = comparison.xs("duplicated_metric_count", level="measure")
    assert duplicated.reason.tolist() == ["not_recorded"] * 4
    assert (comparison.value.isna() == comparison.reason.notna()).all()
    told = comparison[comparison.value.notna()]
    assert (told.low.isna() == told.interval_reason.notna()).all()
    assert (told.low <= told.value).all() and (told.value <= told.high).all()
    assert comparison.is_observational.all()
    assert comparison.caveat.str.contains("not drawn by lot").all()
