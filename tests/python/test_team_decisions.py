"""Decisions and what they rest on, recomputed from the raw CSV files in plain pandas."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import ROOT, Build
from raw_rows import DAY
from team_rows import MODES, RawTeam

from groundwork.generator.specification import load_source

TRUTHS: dict[str, dict[str, Any]] = dict(load_source("data_team").truths)
REVIEW_DAYS = 7
DEFINITIONS = ROOT / "models/marts/metrics/definitions"


@pytest.fixture(scope="module")
def raw() -> RawTeam:
    return RawTeam(ROOT / "seeds/data_team")


@pytest.fixture(scope="module")
def found(demo: Build) -> dict[str, pd.DataFrame]:
    queries = {
        "log": "from data_team.decision_log",
        "support": "from data_team.decision_support",
        "experiments": "from experiments.experiment_decisions",
        "known": "select experiment_id from experiments.experiment_catalog",
        "models": "select model_id, owner from ml.ml_models",
        "values": "from metrics.metric_values where dimension_name = 'total'",
    }
    with demo.connect() as connection:
        return {name: connection.execute(sql).df() for name, sql in queries.items()}


@cache
def versions() -> dict[str, int]:
    """The version of each metric, off its definition."""
    files = [yaml.safe_load(path.read_text()) for path in DEFINITIONS.glob("*.yml")]
    metrics = [metric for file in files for metric in file.get("metrics", [])]
    return {metric["name"]: metric["config"]["meta"]["version"] for metric in metrics}


def period_that_ends(day: pd.Timestamp) -> tuple[str, pd.Timestamp]:
    """The longest period whose last day it is."""
    if (day + DAY).day == 1:
        return "month", day.replace(day=1)
    if day.day_of_week == 6:
        return "week", day - 6 * DAY
    return "day", day


def metric_link(row: Any, values: pd.DataFrame, known: dict[str, int]) -> dict[str, Any]:
    link: dict[str, Any] = {"metric_value_then": row.metric_value}
    if row.metric_name not in known:
        return link | {"reason": "metric_not_defined", "value_reason": "metric_not_defined"}
    if not (pd.isna(row.metric_version) or 1 <= row.metric_version <= known[row.metric_name]):
        link["reason"] = "version_not_in_history"
    elif row.data_through > row.decided_at.normalize():
        link["reason"] = "data_after_decision"
    if pd.isna(row.data_through):
        return link | {"value_reason": "no_data_through"}
    grain, start = period_that_ends(row.data_through)
    is_it = (values.metric_name == row.metric_name) & (values.grain == grain)
    value = values[is_it & (values.period_start == start)].metric_value
    if value.empty or pd.isna(value.iloc[0]):
        return link | {"value_reason": "no_value"}
    link |= {"metric_grain": grain, "metric_period_start": start}
    link |= {"metric_value_published": value.iloc[0]}
    if pd.isna(row.metric_value):
        return link | {"value_reason": "value_not_written_down"}
    if value.iloc[0] == 0:
        return link | {"value_reason": "value_is_zero"}
    return link | {"relative_difference": row.metric_value / value.iloc[0] - 1}


def experiment_link(row: Any, experiments: pd.DataFrame, known: set[str]) -> dict[str, Any]:
    link: dict[str, Any] = {"value_reason": "no_metric"}
    if row.experiment_id not in known:
        return link | {"reason": "experiment_not_known"}
    rows = experiments[experiments.experiment_id == row.experiment_id]
    said = set(rows.recommendation)
    decided_at = rows.decided_at.max()
    link["experiment_recommendation"] = said.pop() if len(said) == 1 else "by_treatment"
    link["experiment_decided_at"] = decided_at
    if pd.isna(decided_at):
        return link | {"reason": "experiment_not_decided"}
    if decided_at > row.decided_at:
        return link | {"reason": "experiment_decided_later"}
    if link["experiment_recommendation"] == "invalid":
        return link | {"reason": "experiment_invalid"}
    return link


def links(raw: RawTeam, found: dict[str, pd.DataFrame]) -> dict[tuple, dict[str, Any]]:
    """What every decision rests on, by decision and kind of link."""
    rows = {}
    owners = found["models"].set_index("model_id").owner
    for row in raw.decisions.itertuples():
        if isinstance(row.metric_name, str):
            key = row.decision_id, "metric", row.metric_name
            rows[key] = metric_link(row, found["values"], versions())
        if isinstance(row.experiment_id, str):
            key = row.decision_id, "experiment", row.experiment_id
            known = set(found["known"].experiment_id)
            rows[key] = experiment_link(row, found["experiments"], known)
        if isinstance(row.model_id, str):
            key = row.decision_id, "model", row.model_id
            is_known = row.model_id in owners.index
            owner = {"model_owner": owners[row.model_id]} if is_known else {}
            reason = {} if is_known else {"reason": "model_not_known"}
            rows[key] = {"value_reason": "no_metric", **owner, **reason}
    return rows


def missing_of(row: Any, accepted: int) -> str | None:
    """The first thing that is missing for a rule to have decided."""
    if accepted == 0:
        return "no_accepted_link"
    if pd.isna(row.rule):
        return "no_rule"
    if pd.isna(row.rule_recorded_at):
        return "rule_without_date"
    if pd.isna(row.data_through):
        return "no_data_through"
    if not row.rule_recorded_at.normalize() < row.data_through:
        return "rule_not_before_data"
    return None if row.rule_recorded_at < row.decided_at else "rule_not_before_decision"


def review_of(row: Any, as_of: pd.Timestamp) -> str:
    if pd.notna(row.reviewed_at):
        return "reviewed"
    if pd.isna(row.review_on):
        return "not_planned"
    days = (as_of - DAY - row.review_on).days
    return "not_due" if days < 0 else "due" if days < REVIEW_DAYS else "overdue"


def assert_same(found: Any, expected: Any, place: Any) -> None:
    if pd.isna(expected):
        assert pd.isna(found), place
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), place
    else:
        assert found == expected, place


def test_links_are_those_of_the_raw_rows(raw: RawTeam, found: dict[str, pd.DataFrame]) -> None:
    expected = links(raw, found)
    listed = {
        (row.decision_id, row.link_type, row.link_id): row for row in found["support"].itertuples()
    }
    assert set(listed) == set(expected)
    assert len(listed) == len(found["support"]) > 25
    columns = ["reason", "value_reason", "metric_grain", "metric_period_start", "metric_value_then"]
    columns += ["metric_value_published", "relative_difference", "model_owner"]
    columns += ["experiment_recommendation", "experiment_decided_at"]
    for key, row in listed.items():
        assert row.status == ("rejected" if "reason" in expected[key] else "accepted")
        for name in columns:
            assert_same(getattr(row, name), expected[key].get(name), (key, name))
    reasons = {link["reason"] for link in expected.values() if "reason" in link}
    assert len(reasons) >= 5


def test_the_log_says_what_the_record_supports(
    raw: RawTeam, found: dict[str, pd.DataFrame]
) -> None:
    log = found["log"].set_index("decision_id")
    assert set(log.index) == set(raw.decisions.decision_id)
    by_decision: dict[str, list[bool]] = {}
    for (decision_id, _, _), link in links(raw, found).items():
        by_decision.setdefault(decision_id, []).append("reason" not in link)
    for row in raw.decisions.itertuples():
        accepted = by_decision.get(row.decision_id, [])
        reason = missing_of(row, sum(accepted))
        mode = "data_driven" if reason is None else "data_informed" if any(accepted) else "other"
        expected = {
            "claimed_mode": row.claimed_mode,
            "mode": mode,
            "reason": reason,
            "is_downgraded": MODES.index(mode) < MODES.index(row.claimed_mode),
            "accepted_link_count": sum(accepted),
            "rejected_link_count": len(accepted) - sum(accepted),
            "review_status": review_of(row, raw.as_of),
            "decided_date": row.decided_at.normalize(),
            "outcome": row.outcome,
            "rule": row.rule,
            "data_through": row.data_through,
        }
        for name, value in expected.items():
            assert_same(log.loc[row.decision_id][name], value, (row.decision_id, name))
    assert set(log["mode"]) == set(MODES) and set(log.review_status) > {
        "due",
        "overdue",
        "reviewed",
    }


def test_the_decision_after_the_fact_is_not_driven_by_data(found: dict[str, pd.DataFrame]) -> None:
    row = found["log"].set_index("decision_id").loc[TRUTHS["after_the_fact"]["decision_id"]]
    assert (row.claimed_mode, row["mode"]) == ("data_driven", "data_informed")
    assert row.is_downgraded and row.reason == "rule_not_before_data"
    assert row.rule_recorded_at > row.decided_at


def test_the_link_to_nowhere_is_rejected_and_the_others_hold(
    found: dict[str, pd.DataFrame],
) -> None:
    truth = TRUTHS["link_to_nowhere"]
    rows = found["support"][found["support"].decision_id == truth["decision_id"]]
    rejected = rows[rows.status == "rejected"]
    assert len(rows) == 3 and len(rejected) == 1
    assert (rejected.link_type.item(), rejected.link_id.item()) == (
        truth["link_type"],
        truth["link_id"],
    )
    assert rejected.reason.item() == "model_not_known"


def test_a_value_that_was_read_wrongly_stands_out(found: dict[str, pd.DataFrame]) -> None:
    differences = found["support"].dropna(subset=["relative_difference"])
    wrong = differences[differences.relative_difference.abs() > 0.01]
    assert list(wrong.decision_id) == ["d15"]
