"""Runs of pipelines and their reliability, against a second computation from the raw CSV files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Build
from raw_rows import DAY
from statsmodels.stats.proportion import proportion_confint
from team_rows import RawTeam, Rows

TRUTHS = yaml.safe_load((ROOT / "groundwork/generator/data_team/planted.yml").read_text())["truths"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@pytest.fixture(scope="module")
def raw() -> RawTeam:
    return RawTeam(ROOT / "seeds/data_team")


@pytest.fixture(scope="module")
def runs(demo: Build) -> Rows:
    with demo.connect() as connection:
        return connection.execute("from data_team.team_pipeline_runs").df()


@pytest.fixture(scope="module")
def reliability(demo: Build) -> Rows:
    with demo.connect() as connection:
        rows = connection.execute("from data_team.pipeline_reliability").df()
    return rows.set_index(["dag_id", "period_start", "weekday"]).sort_index()


def minutes(first: pd.Series, last: pd.Series) -> pd.Series:
    return (last - first).dt.total_seconds() / 60


def same(left: pd.Series, right: pd.Series) -> None:
    """Equal row by row, missing where the other is."""
    left, right = left.reset_index(drop=True), right.reset_index(drop=True)
    assert left.isna().tolist() == right.isna().tolist()
    left, right = left.dropna(), right.dropna()
    if pd.api.types.is_float_dtype(left) or pd.api.types.is_float_dtype(right):
        np.testing.assert_allclose(left.astype(float), right.astype(float), rtol=1e-12, atol=1e-9)
    else:
        assert left.tolist() == right.tolist()


def test_a_run_is_its_tries_put_together(raw: RawTeam, runs: Rows) -> None:
    expected = raw.runs.sort_values(["dag_id", "run_id"])
    actual = runs.sort_values(["dag_id", "run_id"])
    assert len(actual) == len(expected) > 2000
    assert (expected.tries > 1).any() and (expected.tries > expected.tries.min()).any()
    assert actual.run_key.tolist() == (expected.dag_id + "/" + expected.run_id).tolist()
    for name in (
        *("dag_id", "run_id", "state", "domain", "reason", "tries", "sla_minutes", "run_seconds"),
        *("is_first_try_success", "late_minutes", "run_date", "scheduled_at", "started_at"),
        *("ended_at", "succeeded_at", "due_at"),
    ):
        same(actual[name], expected[name])
    same(actual.is_sla_met.astype(object), expected.kept.astype(object))
    same(actual.due_date, expected.due_at.dt.normalize())
    same(actual.weekday, expected.run_date.dt.day_name())
    same(actual.start_delay_minutes, minutes(expected.scheduled_at, expected.started_at))
    same(actual.duration_minutes, minutes(expected.started_at, expected.ended_at))
    assert {"no_sla", "skipped", "not_succeeded"} <= set(runs.reason)


def explained_minutes(runs: Rows) -> dict[tuple[str, str], list[float]]:
    """By the run that was waited for last, what it explains of each late run's minutes."""
    explained: dict[tuple[str, str], list[float]] = {}
    for late in runs[runs.late_minutes > 0].itertuples():
        waited_for = runs[
            runs.dag_id.isin(set(late.upstreams) - {late.dag_id})
            & (runs.run_date == late.run_date)
            & (runs.succeeded_at <= late.started_at)
        ].sort_values(["succeeded_at", "dag_id", "run_id"], ascending=[False, True, True])
        if len(waited_for):
            last = waited_for.iloc[0]
            waited = max((last.succeeded_at - late.scheduled_at).total_seconds() / 60, 0.0)
            key = (last.dag_id, last.run_id)
            explained.setdefault(key, []).append(min(waited, late.late_minutes))
    return explained


def test_reliability_is_what_the_runs_say(raw: RawTeam, reliability: Rows) -> None:
    runs = raw.runs[raw.runs.run_date < raw.as_of]
    explained = explained_minutes(raw.runs)
    assert explained
    months = set()
    for dag_id, first in runs.groupby("dag_id").run_date.min().items():
        days = pd.date_range(first, raw.as_of - DAY)
        months |= {(dag_id, day.replace(day=1)) for day in days}
    expected_keys = {(*key, name) for key in months for name in ["total", *WEEKDAYS]}
    assert set(reliability.index) == expected_keys
    labelled = runs.assign(
        month=runs.run_date - pd.to_timedelta(runs.run_date.dt.day - 1, unit="D"),
        weekday=runs.run_date.dt.day_name(),
    )
    labelled = pd.concat([labelled, labelled.assign(weekday="total")])
    groups = dict(list(labelled.groupby(["dag_id", "month", "weekday"])))
    for (dag_id, month, weekday), row in reliability.iterrows():
        chosen = groups.get((dag_id, month, weekday), runs.iloc[:0])
        known = chosen[chosen.kept.notna()]
        met = int(known.kept.eq(True).sum())
        assert row.run_count == len(chosen)
        assert row.success_count == (chosen.state == "success").sum()
        assert row.first_try_success_count == chosen.is_first_try_success.sum()
        assert row.failed_count == chosen.state.isin(["failed", "upstream_failed"]).sum()
        assert row.skipped_count == (chosen.state == "skipped").sum()
        assert row.running_count == chosen.state.isin(["running", "queued"]).sum()
        parts = [f"{name}_count" for name in ("success", "failed", "skipped", "running")]
        assert row[parts].sum() == row.run_count
        assert row.retry_count == (chosen.tries - 1).sum()
        assert (row.sla_run_count, row.sla_met_count) == (len(known), met)
        late = known[known.kept.eq(False)].late_minutes
        for name, values in (
            ("start_delay_minutes", minutes(chosen.scheduled_at, chosen.started_at)),
            ("duration_minutes", minutes(chosen.started_at, chosen.ended_at)),
            ("late_minutes", late.astype(float)),
        ):
            for share in (50, 90):
                quantile = values.quantile(share / 100)
                assert row[f"{name}_p{share}"] == pytest.approx(quantile, nan_ok=True), name
        if len(known):
            low, high = proportion_confint(met, len(known), method="wilson")
            assert row.sla_met_share == pytest.approx(met / len(known), rel=1e-12)
            assert row.sla_met_share_low == pytest.approx(low, rel=1e-12, abs=1e-15)
            assert row.sla_met_share_high == pytest.approx(high, rel=1e-12)
            assert pd.isna(row.reason)
        else:
            shares = row[["sla_met_share", "sla_met_share_low", "sla_met_share_high"]]
            assert shares.isna().all()
            nothing_agreed = "no_runs" if chosen.empty else "no_sla"
            some_agreed = chosen.sla_minutes.notna().any()
            assert row.reason == (nothing_agreed if not some_agreed else "not_told")
        for_others = [explained.get((dag_id, run_id), []) for run_id in chosen.run_id]
        assert row.dependents_late_count == sum(map(len, for_others))
        assert row.dependents_late_minutes == pytest.approx(sum(map(sum, for_others)))
        assert row.is_complete_month == (month + pd.offsets.MonthBegin(1) <= raw.as_of)
    assert reliability.dependents_late_minutes.max() > 0
    assert reliability.late_minutes_p90.notna().any()


def test_the_pipeline_that_breaks_its_sla_on_mondays_is_found(reliability: Rows) -> None:
    truth = TRUTHS["late_mondays"]
    by_weekday = reliability.groupby(["dag_id", "weekday"])[
        ["sla_run_count", "sla_met_count"]
    ].sum()
    shares = by_weekday.sla_met_count / by_weekday.sla_run_count
    late = 1 - shares.drop("total", level="weekday").dropna()
    assert late[(truth["dag_id"], "Monday")] > truth["least_share_on_mondays"]
    assert late.drop((truth["dag_id"], "Monday")).max() <= truth["most_share_on_other_days"]
    # the interval of all its Mondays lies below that of all its other days
    months = reliability.loc[truth["dag_id"]].reset_index()
    is_monday = months.weekday == "Monday"
    counts = [
        months[chosen][["sla_met_count", "sla_run_count"]].sum()
        for chosen in (is_monday, ~is_monday & (months.weekday != "total"))
    ]
    mondays, others = (proportion_confint(*count, method="wilson") for count in counts)
    assert mondays[1] < others[0]
    # and it is the one that makes others late
    waits = reliability.xs("total", level="weekday").groupby("dag_id").dependents_late_minutes.sum()
    assert waits.idxmax() == truth["dag_id"]


def test_a_month_without_runs_has_its_row(reliability: Rows) -> None:
    totals = reliability.xs("total", level="weekday")
    empty = totals[totals.run_count == 0]
    assert [(dag_id, str(month.date())) for dag_id, month in empty.index] == [
        (TRUTHS["silent_pipeline"]["dag_id"], str(TRUTHS["silent_pipeline"]["month"]))
    ]
    assert empty.reason.tolist() == ["no_runs"]
    assert empty.sla_met_share.isna().all() and empty.duration_minutes_p50.isna().all()
