"""Costs, what they are shared out to, and what comes back, recomputed from the raw CSV files.

Money is Decimal or whole cents here; what is shared out is sorted in Python and not in SQL.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pytest
from conftest import ROOT, Build
from cost_lines import (
    CENT,
    NOBODY,
    RawCostLines,
    days_by_month,
    is_missing,
    money,
    prorated,
    shares,
    targets,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_rows import DAY, is_unreadable, number, timestamp, whole_number
from team_rows import has_all, latest

from groundwork.generator.specification import load_source

TRUTHS: dict[str, dict[str, Any]] = dict(load_source("data_team").truths)
KINDS = {"model", "experiment", "dashboard", "pipeline", "process"}
TARGET_TYPES = ["domain", "pipeline", "metric"]
MAX_CENTS = 10**16
MAX_WEIGHT = 10**9


@dataclass(frozen=True)
class RawCosts(RawCostLines):
    @cached_property
    def initiatives(self) -> pd.DataFrame:
        raw = self.read("initiatives")
        amounts = ["monthly_saving", "influenced_amount", "build_cost"]
        rows = raw.assign(
            horizon_days=whole_number(raw.horizon_days),
            **{name: timestamp(raw[name]) for name in ("live_on", "ended_on", "loaded_at")},
        )
        is_accepted = (
            has_all(rows, ["initiative_id", "kind"])
            & rows.kind.isin(KINDS)
            & ~(rows.ended_on < rows.live_on)
            & ~is_unreadable(raw.horizon_days, rows.horizon_days)
            & ~(rows.horizon_days <= 0)
        )
        for name in amounts:
            is_accepted &= ~is_unreadable(raw[name], number(raw[name])) & ~(number(raw[name]) < 0)
        rows = latest(rows[is_accepted], "initiative_id").fillna({"horizon_days": 90})
        return rows.assign(**{name: money(rows[name]) for name in amounts})


@pytest.fixture(scope="module")
def raw() -> RawCosts:
    return RawCosts(ROOT / "seeds/data_team")


@pytest.fixture(scope="module")
def found(demo: Build) -> dict[str, pd.DataFrame]:
    tables = {
        "costs": "data_team.data_costs",
        "days": "data_team.data_cost_days",
        "returns": "data_team.data_team_return",
        "ledger": "data_team.data_team_ledger",
        "readouts": "experiments.experiment_readouts",
        "decisions": "experiments.experiment_decisions",
        "experiments": "experiments.experiment_catalog",
        "metrics": "metrics.metric_catalog",
    }
    with demo.connect() as connection:
        # decimals as text, so that none becomes a double on its way
        found = {}
        for name, table in tables.items():
            described = connection.execute(f"describe {table}").fetchall()
            listed = [
                f"cast({column[0]} as varchar) as {column[0]}"
                if column[1].startswith("DECIMAL")
                else column[0]
                for column in described
            ]
            found[name] = connection.execute(f"select {', '.join(listed)} from {table}").df()
    return found


def test_every_line_is_shared_out_to_the_cent(
    raw: RawCosts, found: dict[str, pd.DataFrame]
) -> None:
    expected = {}
    for line in raw.lines:
        for target_type in TARGET_TYPES:
            weights, reason = targets(line, target_type, raw)
            key = line.kind, line.line_id, line.month, target_type
            if line.amount is None:
                expected[*key, NOBODY] = (None, None, None, reason)
                continue
            if not weights:
                expected[*key, NOBODY] = (line.amount, None, None, reason)
                continue
            parts = shares(int(line.amount * 100), weights)
            for target, part in parts.items():
                whole = sum(weights.values())
                expected[*key, target] = (part * CENT, weights[target], whole, None)
    listed = {}
    for row in found["costs"].itertuples():
        key = row.cost_kind, row.cost_line_id, row.cost_month, row.target_type, row.target
        listed[key] = (
            None if is_missing(row.allocated_amount) else Decimal(row.allocated_amount),
            None if is_missing(row.driver_value) else row.driver_value,
            None if is_missing(row.driver_total) else row.driver_total,
            None if is_missing(row.reason) else row.reason,
        )
    assert listed == expected
    assert len(listed) == len(found["costs"]) > 10_000
    reasons = {reason for *_, reason in expected.values()} - {None}
    assert {"cost_not_known", "driver_without_rows", "driver_without_pipelines"} <= reasons


def test_allocated_amounts_add_up_to_every_line_and_to_the_ledger(
    raw: RawCosts, found: dict[str, pd.DataFrame]
) -> None:
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    for row in found["costs"].dropna(subset=["allocated_amount"]).itertuples():
        key = row.cost_kind, row.cost_line_id, row.cost_month, row.target_type
        sums[key] += Decimal(row.allocated_amount)
    amounts = {(line.kind, line.line_id, line.month): line.amount for line in raw.lines}
    known = {key: amount for key, amount in amounts.items() if amount is not None}
    assert sums == {(*key, kind): amount for key, amount in known.items() for kind in TARGET_TYPES}
    assert any(amount < 0 for amount in known.values()), "there is a credit"
    ledger = found["ledger"].set_index("month_start")
    for name, kind in (("people_cost", "people"), ("infrastructure_cost", "infrastructure")):
        for month, row in ledger.iterrows():
            lines = [known[key] for key in known if key[0] == kind and key[2] == month]
            assert (sum(lines) if lines else None) == (
                None if is_missing(row[name]) else Decimal(row[name])
            )
    assert "no_people_cost" in set(ledger.reason) and "cost_not_known" in set(ledger.reason)


def test_each_line_is_spread_over_its_days_to_the_cent(
    raw: RawCosts, found: dict[str, pd.DataFrame]
) -> None:
    expected = {
        (line.kind, line.line_id, domain, day): part for line, domain, day, part in raw.days()
    }
    columns = ["cost_kind", "cost_line_id", "domain", "date_day"]
    rows = found["days"]
    keys = zip(*(rows[name] for name in columns), strict=True)
    listed = dict(zip(keys, rows.amount, strict=True))
    assert {key: Decimal(amount) for key, amount in listed.items()} == expected
    assert len(listed) == len(rows) > 10_000
    known = [line.amount for line in raw.lines if line.amount is not None]
    assert sum(expected.values()) == sum(known)


class Effect(NamedTuple):
    """Per unit, with its interval, and how many units a day met it."""

    low: float
    middle: float
    high: float
    units: int
    days: int


def effect_of(row: Any, found: dict[str, pd.DataFrame]) -> tuple[Effect | None, str | None]:
    """The effect that its experiment was decided by, and why it does not count."""
    if is_missing(row.experiment_id):
        return None, "no_experiment"
    experiments = found["experiments"].set_index("experiment_id")
    if row.experiment_id not in experiments.index:
        return None, "experiment_not_known"
    experiment = experiments.loc[row.experiment_id]
    decided = found["decisions"]
    decided = decided[
        (decided.experiment_id == row.experiment_id)
        & (decided.treatment_variant_id == row.treatment_variant_id)
    ]
    if decided.empty:
        return None, "treatment_not_known"
    if is_missing(decided.decision.item()) or is_missing(decided.decision_date.item()):
        return None, "experiment_not_decided"
    if decided.recommendation.item() == "invalid":
        return None, "experiment_invalid"
    day = decided.decision_date.item()
    readouts = found["readouts"]
    readouts = readouts[
        (readouts.experiment_id == row.experiment_id)
        & (readouts.metric_name == row.metric_name)
        & (readouts.segment_name == "total")
        & (readouts.as_of_date == day)
        & readouts.is_decision_estimator
    ]
    mine = readouts[readouts.treatment_variant_id == row.treatment_variant_id]
    mine = mine[(mine.maturity == "matured") & mine.is_decision_date]
    if mine.empty:
        return None, "metric_not_read"
    read = mine.iloc[0]
    looks = experiment.monitoring == "always_valid" or decided.is_early.item()
    prefix = "always_valid" if looks else "effect"
    exposed = readouts[readouts.maturity == "running"]
    end = min(experiment.ended_at.normalize(), day + DAY)
    effect = Effect(
        read[f"{prefix}_ci_lower"],
        read.effect,
        read[f"{prefix}_ci_upper"],
        int(exposed.control_n.iloc[0] + exposed.treatment_n.sum()),
        (end - experiment.started_at.normalize()).days,
    )
    metric = found["metrics"].set_index("metric_name").loc[row.metric_name]
    if not metric.unit.startswith("reporting currency"):
        return effect, "metric_not_money"
    return effect, None if metric.additivity == "additive" else "effect_not_per_unit"


def returns_by_month(raw: RawCosts, found: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """By initiative and month: causal return with its bounds, what is saved, what influenced."""
    rows = {}
    initiatives = raw.initiatives
    initiatives = initiatives.assign(last=raw.last_day(initiatives.ended_on))
    for row in initiatives.itertuples():
        effect, reason = effect_of(row, found)
        months: dict[pd.Timestamp, dict[str, Decimal | None]] = {}
        if row.live_on < raw.as_of:
            horizon = row.live_on + (int(row.horizon_days) - 1) * DAY
            counted = days_by_month(row.live_on, min(horizon, row.last))
            for month, days in days_by_month(row.live_on, row.last).items():
                found_there: dict[str, Decimal | None] = {}
                for name, amount in (
                    ("saved_cost", row.monthly_saving),
                    ("influenced_amount", row.influenced_amount),
                ):
                    known = not is_missing(amount)
                    found_there[name] = prorated(amount, days, month) if known else None
                for name in ("low", "middle", "high"):
                    value = None
                    if effect and reason is None:
                        per_day = getattr(effect, name) * effect.units / effect.days
                        value = Decimal(per_day * counted[month]).quantize(CENT, ROUND_HALF_UP)
                    found_there[name] = value
                months[month] = found_there
        rows[row.initiative_id] = {
            "effect": effect,
            "reason": reason or (None if months else "not_live"),
            "months": months,
        }
    return rows


def total(months: dict, name: str) -> Decimal | None:
    values = [month[name] for month in months.values() if month[name] is not None]
    return sum(values, Decimal()) if values else None


COLUMNS = {
    "causal_return_low": "low",
    "causal_return": "middle",
    "causal_return_high": "high",
    "saved_cost": "saved_cost",
    "influenced_amount": "influenced_amount",
}


def is_near(found: Any, expected: Decimal | None, tolerance: Decimal) -> bool:
    if expected is None:
        return is_missing(found)
    return abs(Decimal(found) - expected) <= tolerance


def test_returns_are_effects_times_exposure(raw: RawCosts, found: dict[str, pd.DataFrame]) -> None:
    expected = returns_by_month(raw, found)
    rows = found["returns"].set_index("initiative_id")
    assert set(rows.index) == set(expected)
    assert len(rows) == len(found["returns"])
    for initiative_id, row in rows.iterrows():
        mine = expected[initiative_id]
        assert (None if is_missing(row.reason) else row.reason) == mine["reason"], initiative_id
        months = mine["months"]
        for column, name in COLUMNS.items():
            # a double's last digit may move a cent of a month
            tolerance = CENT * len(months) if name in ("low", "middle", "high") else Decimal()
            value = total(months, name)
            assert is_near(row[column], value, tolerance), (initiative_id, column)
        effect = mine["effect"]
        assert is_missing(row.effect) == (effect is None), initiative_id
        if effect is not None:
            assert (row.effect_low, row.effect, row.effect_high) == pytest.approx(effect[:3])
            assert row.is_inside_noise == (effect.low <= 0 <= effect.high)
            assert (row.exposed_unit_count, row.exposure_days) == (effect.units, effect.days)
    reasons = set(rows.reason.dropna())
    assert reasons >= {"no_experiment", "experiment_not_known", "experiment_not_decided"}


def test_the_return_of_free_previews_by_hand(found: dict[str, pd.DataFrame]) -> None:
    """678 learners in 63 days (15 September to 17 November), 180 days on, at 21.57 each."""
    row = found["returns"].set_index("initiative_id").loc["free_previews"]
    read = found["readouts"].query(
        "experiment_id == 'free_previews' and metric_name == 'gross_revenue'"
        " and estimator == 'cuped' and maturity == 'matured' and segment_name == 'total'"
        " and is_decision_date"
    )
    assert len(read) == 1
    units = (read.control_n + read.treatment_n).item() / 63 * 180
    for column, effect in (
        ("causal_return_low", "effect_ci_lower"),
        ("causal_return", "effect"),
        ("causal_return_high", "effect_ci_upper"),
    ):
        assert float(row[column]) == pytest.approx(read[effect].item() * units, abs=0.05)
    assert 0 < float(row.causal_return_low) < float(row.causal_return) < 42_000


def test_the_gain_inside_noise_is_flagged_and_not_counted(found: dict[str, pd.DataFrame]) -> None:
    truth = TRUTHS["inside_noise"]
    row = found["returns"].set_index("initiative_id").loc[truth["initiative_id"]]
    assert (row.experiment_id, row.metric_name) == (truth["experiment_id"], truth["metric_name"])
    assert row.is_inside_noise and row.effect > 0 > row.effect_low
    # money per order, and nobody counts its orders here
    assert row.reason == "effect_not_per_unit" and is_missing(row.causal_return)


def test_the_ledger_adds_what_may_be_added(raw: RawCosts, found: dict[str, pd.DataFrame]) -> None:
    expected = returns_by_month(raw, found)
    ledger = found["ledger"].sort_values("month_start")
    months = pd.date_range(
        min(line.month for line in raw.lines), raw.as_of - DAY, freq="MS", inclusive="both"
    )
    assert list(ledger.month_start) == list(months)
    running: dict[str, Decimal] = defaultdict(Decimal)
    for row in ledger.itertuples():
        for column, name in COLUMNS.items():
            there = [item["months"].get(row.month_start) for item in expected.values()]
            values = [month[name] for month in there if month and month[name] is not None]
            tolerance = CENT * len(values) if name in ("low", "middle", "high") else Decimal()
            assert is_near(getattr(row, column), sum(values, Decimal()), tolerance), column
            running[column] += Decimal(getattr(row, column))
        parts = [row.people_cost, row.infrastructure_cost]
        assert Decimal(row.total_cost) == sum(Decimal(p) for p in parts if not is_missing(p))
        running["cost"] += Decimal(row.total_cost)
        assert Decimal(row.cumulative_cost) == running["cost"]
        for name in ("causal_return_low", "causal_return", "causal_return_high", "saved_cost"):
            assert Decimal(getattr(row, f"cumulative_{name}")) == running[name]
        for bound in ("", "_low", "_high"):
            earned = float(running[f"causal_return{bound}"] / running["cost"])
            found_ratio = getattr(row, f"causal_return_on_cost{bound}")
            assert found_ratio == pytest.approx(earned, rel=1e-12, abs=1e-12)
        assert row.is_break_even_causal == (running["causal_return"] >= running["cost"])
        assert row.is_break_even_causal_low == (running["causal_return_low"] >= running["cost"])
        assert row.is_break_even_saved == (running["saved_cost"] >= running["cost"])
        assert row.is_complete_month
    assert running["influenced_amount"] > 0 and running["saved_cost"] > 0
    for column in COLUMNS:
        values = found["returns"][column].dropna().map(Decimal)
        assert sum(values, Decimal()) == running[column], column


# Any ledger.


class Account(NamedTuple):
    cents: int
    weights: list[int]


@pytest.fixture(scope="module")
def allocation(demo: Build) -> str:
    """The compiled SQL of int_costs_by_domain, reading a table `ledger` in place of its targets."""
    path = "compiled/groundwork/models/intermediate/data_team/costs/int_costs_by_domain.sql"
    text, count = re.subn(
        r'"[^"]+"\."[^"]+"\."int_cost_targets"', "ledger", (demo.target / path).read_text()
    )
    assert count == 1
    return text


CENTS = st.one_of(
    st.integers(-100, 100),
    st.integers(-MAX_CENTS, MAX_CENTS),
    st.sampled_from([0, 1, -1, 100, -100, 1000]),
)
WEIGHTS = st.one_of(
    st.lists(st.integers(0, 3), min_size=1, max_size=8),
    st.lists(st.integers(0, MAX_WEIGHT), min_size=1, max_size=12),
    st.integers(1, 9).map(lambda count: [1] * count),
    st.integers(1, 4).map(lambda count: [0] * count),
)
LEDGERS = st.lists(st.builds(Account, CENTS, WEIGHTS), min_size=1, max_size=6)


def allocate(sql: str, accounts: list[Account]) -> dict[tuple[str, str], Decimal | None]:
    rows = [
        f"('people', 'l{line}', date '2026-01-01', 'domain', 't{place:02}', 'people', null, null,"
        f" 'requests', null, {weight}, {sum(account.weights)},"
        f" cast('{Decimal(account.cents) * CENT}' as decimal(18, 2)))"
        for line, account in enumerate(accounts)
        for place, weight in enumerate(account.weights)
    ]
    columns = (
        "cost_kind, cost_line_id, cost_month, target_type, target, service, location, workload,"
        " driver, reason, driver_value, driver_total, amount"
    )
    with duckdb.connect() as connection:
        connection.execute(
            f"create table ledger as select * from (values {', '.join(rows)}) as t({columns})"
        )
        query = f"select cost_line_id, target, allocated_amount from ({sql})"
        return {(line, target): part for line, target, part in connection.execute(query).fetchall()}


@settings(max_examples=150, deadline=None)
@given(accounts=LEDGERS)
def test_any_ledger_is_shared_out_to_the_cent(allocation: str, accounts: list[Account]) -> None:
    parts = allocate(allocation, accounts)
    assert len(parts) == sum(len(account.weights) for account in accounts)
    for line, (cents, weights) in enumerate(accounts):
        names = {f"t{place:02}": weight for place, weight in enumerate(weights)}
        mine = {name: parts[f"l{line}", name] for name in names}
        whole = sum(weights)
        if whole == 0:
            assert set(mine.values()) == {None}
            continue
        assert sum(mine.values()) == cents * CENT
        for name, weight in names.items():
            exact = Fraction(cents * weight, whole)
            assert abs(Fraction(mine[name]) * 100 - exact) < 1
            assert weight or mine[name] == 0
        assert mine == {name: part * CENT for name, part in shares(cents, names).items()}


def test_ties_go_to_the_first_by_name(allocation: str) -> None:
    parts = allocate(allocation, [Account(1000, [1, 1, 1]), Account(-1000, [1, 1, 1])])
    found = [str(parts[f"l{line}", f"t0{place}"]) for line in (0, 1) for place in range(3)]
    assert found == ["3.34", "3.33", "3.33", "-3.34", "-3.33", "-3.33"]
