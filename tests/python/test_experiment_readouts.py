"""Every day's readout equals a direct computation on what was known up to that day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import Build
from scipy import stats

DAY = np.timedelta64(1, "D")

# What happens, by metric: (numerator, denominator), each a query of unit, moment, amount and, where
# things count once, the key that they count by. Money in cents, so that sums are exact.
EVENTS = {
    "sessions": ("select user_id, started_at, 1, null from core.fct_sessions", None),
    "session_conversion_rate": (
        "select {unit}, started_at, cast(has_purchase as int), null from core.fct_sessions",
        "select {unit}, started_at, 1, null from core.fct_sessions",
    ),
    "lessons_completed": (
        "select user_id, occurred_at, 1, null from core.fct_events"
        " where event_type = 'lesson_completed'",
        None,
    ),
    "gross_revenue": (
        "select user_id, ordered_at, cast(round(gross_amount * 100) as bigint), null"
        " from core.fct_orders where not is_cancelled",
        None,
    ),
    "orders": ("select {unit}, ordered_at, 1, null from core.fct_orders where is_purchase", None),
    "buyers": (
        "select user_id, ordered_at, 1, user_id from core.fct_orders where is_purchase",
        None,
    ),
    "average_order_value": (
        "select user_id, ordered_at, cast(round(gross_amount * 100) as bigint), null"
        " from core.fct_orders where not is_cancelled and is_purchase",
        "select user_id, ordered_at, 1, null from core.fct_orders where is_purchase",
    ),
    "refund_rate": (
        "select user_id, ordered_at, 1, null from core.fct_orders"
        " where is_purchase and is_refunded",
        "select user_id, ordered_at, 1, null from core.fct_orders where is_purchase",
    ),
}
IN_CENTS = {"gross_revenue", "average_order_value"}
CAPPED_AT = {"sessions": 0.99}
WINDOW = 14
COVARIATE = {"refund_rate": 14}
ALPHA = 0.05


@dataclass(frozen=True)
class Experiment:
    """One experiment: its units by first exposure, in arrays of one length.

    variant, stage: of each unit; exposed: the moment; left: the day of a second variant (NaT)
    """

    unit: str
    control: str
    unit_ids: pd.Index
    variant: np.ndarray
    stage: np.ndarray
    exposed: np.ndarray
    left: np.ndarray


@dataclass(frozen=True)
class Component:
    """What units did: positions of units, moments and days of it, amounts, by-key flag."""

    position: np.ndarray
    day: np.ndarray
    amount: np.ndarray


def experiments_of(build: Build) -> dict[str, Experiment]:
    with build.connect() as connection:
        registered = connection.execute("select * from staging.stg_experiments__experiments").df()
        exposures = connection.execute("select * from staging.stg_experiments__exposures").df()
        stages = connection.execute("select * from staging.stg_experiments__rollout_stages").df()
        variants = connection.execute("select * from staging.stg_experiments__variants").df()
    found = {}
    for row in registered.itertuples():
        until = row.planned_end_at
        if not pd.isna(row.ended_at):
            until = min(until, row.ended_at)
        own = exposures[
            (exposures.experiment_id == row.experiment_id)
            & (exposures.exposed_at >= row.started_at)
            & (exposures.exposed_at < until)
        ].sort_values(["exposed_at", "variant_id"])
        first = own.groupby("unit_id").first()
        own = own.merge(
            first.variant_id.rename("first_variant"), left_on="unit_id", right_index=True
        )
        second = own[own.variant_id != own.first_variant].groupby("unit_id").exposed_at.min()
        starts = stages[stages.experiment_id == row.experiment_id].sort_values("stage")
        stage = np.ones(len(first), dtype=int)
        for begun in starts.itertuples():
            stage = np.where(first.exposed_at >= begun.started_at, begun.stage, stage)
        shares = variants[
            (variants.experiment_id == row.experiment_id) & (variants.planned_share > 0)
        ]
        planned = set(zip(shares.variant_id, shares.stage, strict=True))
        keep = np.array(
            [pair in planned for pair in zip(first.variant_id, stage, strict=True)], dtype=bool
        )
        found[row.experiment_id] = Experiment(
            row.unit,
            row.control_variant_id,
            first.index[keep],
            first.variant_id.to_numpy()[keep],
            stage[keep],
            first.exposed_at.to_numpy().astype("datetime64[s]")[keep],
            second.reindex(first.index[keep]).to_numpy().astype("datetime64[D]"),
        )
    return found


def components(build: Build, experiment: Experiment, metric: str) -> tuple[list, list]:
    """Return what came after and before the exposures: [numerator, denominator or None] each."""
    after, before = [], []
    position_of = pd.Series(np.arange(len(experiment.unit_ids)), index=experiment.unit_ids)
    for query in EVENTS[metric]:
        if query is None:
            after.append(None)
            before.append(None)
            continue
        with build.connect() as connection:
            events = connection.execute(query.format(unit=f"{experiment.unit}_id")).df()
        events.columns = ["unit", "moment", "amount", "key"]
        events = events[events.unit.isin(position_of.index)]
        position = position_of.loc[events.unit].to_numpy()
        moment = events.moment.to_numpy().astype("datetime64[s]")
        exposed = experiment.exposed[position]
        in_window = (moment >= exposed) & (moment < exposed + WINDOW * DAY)
        in_covariate = (moment < exposed) & (moment >= exposed - COVARIATE.get(metric, 28) * DAY)
        for keep, kept in ((in_window, after), (in_covariate, before)):
            rows = pd.DataFrame(
                {
                    "position": position[keep],
                    "day": moment[keep].astype("datetime64[D]"),
                    "amount": events.amount.to_numpy()[keep],
                    "key": events.key.to_numpy()[keep],
                }
            )
            if rows.key.notna().any():
                rows = rows.sort_values("day").drop_duplicates(["position", "key"])
            kept.append(
                Component(
                    rows.position.to_numpy(),
                    rows.day.to_numpy().astype("datetime64[D]"),
                    rows.amount.to_numpy().astype("int64"),
                )
            )
    return after, before


def totals(component: Component | None, size: int, until: np.datetime64) -> np.ndarray:
    """Add up per unit what happened until a day; 1 per unit for a component that is none."""
    if component is None:
        return np.ones(size)
    keep = component.day <= until
    return np.bincount(component.position[keep], component.amount[keep], minlength=size)


def capped(values: np.ndarray, cap: float | None) -> np.ndarray:
    return values if cap is None else np.minimum(values, round(cap))


def estimate(
    arms: list[tuple[np.ndarray, ...]], strata: list[np.ndarray], adjusts: bool
) -> dict[str, float] | None:
    """Compare two arms over strata by the formulas of a stratified ratio, with or without CUPED.

    arms: (y, d, x, w) of control and treatment; strata: the stratum of each unit, likewise
    """
    used = sorted(set(strata[0]) & set(strata[1]))
    if not used:
        return None
    counts = {s: sum(int((stratum == s).sum()) for stratum in strata) for s in used}
    weight = {s: counts[s] / sum(counts.values()) for s in used}

    def mean(values: np.ndarray, stratum: np.ndarray) -> float:
        return sum(weight[s] * values[stratum == s].mean() for s in used)

    theta, pooled = 0.0, 0.0
    if adjusts:
        y, d, x, w = (np.concatenate([arm[i] for arm in arms]) for i in range(4))
        stratum = np.concatenate(strata)
        keep = np.isin(stratum, used)
        y, d, x, w, stratum = y[keep], d[keep], x[keep], w[keep], stratum[keep]
        ratio = y.sum() / d.sum() if d.sum() else 0.0
        pooled = x.sum() / w.sum() if w.sum() else 0.0
        shared = own = 0.0
        for s in used:
            of_s = stratum == s
            u, v = (y - ratio * d)[of_s], (x - pooled * w)[of_s]
            shared += ((u - u.mean()) * (v - v.mean())).sum()
            own += ((v - v.mean()) ** 2).sum()
        if own > 0 and d.sum() and w.sum():
            theta = (shared / d.mean()) / (own / w.mean())
    means, errors, freedoms = [], [], []
    for (y, d, x, w), stratum in zip(arms, strata, strict=True):
        d_mean, w_mean = mean(d, stratum), mean(w, stratum)
        if d_mean == 0:
            return None
        ratio = mean(y, stratum) / d_mean
        covariate = mean(x, stratum) / w_mean if w_mean else 0.0
        linear = (y - ratio * d) / d_mean
        if theta:
            linear = linear - theta * (x - covariate * w) / w_mean
        parts = []
        for s in used:
            of_s = linear[stratum == s]
            if len(of_s) < 2:
                return None
            parts.append((weight[s] ** 2 * of_s.var(ddof=1) / len(of_s), len(of_s) - 1))
        error = sum(part for part, _ in parts)
        means.append(ratio - theta * (covariate - pooled))
        errors.append(error)
        freedoms.append(error**2 / sum(part**2 / n for part, n in parts) if error else 0)
    effect, error = means[1] - means[0], np.sqrt(sum(errors))
    if error == 0:
        return {"effect": effect}
    freedom = sum(errors) ** 2 / sum(e**2 / f for e, f in zip(errors, freedoms, strict=True) if e)
    half = stats.t.ppf(1 - ALPHA / 2, freedom) * error
    return {
        "control_mean": means[0],
        "treatment_mean": means[1],
        "effect": effect,
        "standard_error": error,
        "degrees_of_freedom": freedom,
        "p_value": 2 * stats.t.sf(abs(effect / error), freedom),
        "effect_ci_lower": effect - half,
        "effect_ci_upper": effect + half,
    }


@pytest.fixture(scope="module")
def experiments(demo: Build) -> dict[str, Experiment]:
    return experiments_of(demo)


@cache
def readouts(build_path: str) -> pd.DataFrame:
    with duckdb.connect(build_path, read_only=True) as connection:
        return connection.execute(
            "select * from experiments.experiment_readouts where segment_name = 'total'"
        ).df()


ANALYSES = [
    ("free_previews", "buyers"),
    ("free_previews", "gross_revenue"),
    ("free_previews", "sessions"),
    ("express_checkout", "orders"),
    ("express_checkout", "refund_rate"),
    ("search_ranking", "orders"),
    ("course_bundles", "buyers"),
    ("higher_prices", "average_order_value"),
    ("checkout_layout", "session_conversion_rate"),
    ("autoplay", "lessons_completed"),
    ("smart_search", "sessions"),
]


@pytest.mark.parametrize(("experiment_id", "metric"), ANALYSES)
def test_each_day_equals_a_direct_computation(
    experiment_id: str, metric: str, demo: Build, experiments: dict[str, Experiment]
) -> None:
    experiment = experiments[experiment_id]
    size = len(experiment.unit_ids)
    after, before = components(demo, experiment, metric)
    every_day = np.datetime64("2100-01-01")
    scale = 100.0 if metric in IN_CENTS else 1.0
    rows = readouts(str(demo.database))
    rows = rows[(rows.experiment_id == experiment_id) & (rows.metric_name == metric)]
    matured = (experiment.exposed + WINDOW * DAY).astype("datetime64[D]")
    x, w = totals(before[0], size, every_day), totals(before[1], size, every_day)
    cap = None
    if metric in CAPPED_AT:
        last = rows.as_of_date.max().to_datetime64().astype("datetime64[D]")
        old = (matured <= last) & (np.isnat(experiment.left) | (experiment.left > last))
        cap = np.quantile(totals(after[0], size, every_day)[old], CAPPED_AT[metric])
        x = capped(x, np.quantile(x[old], CAPPED_AT[metric]))
    compared = 0
    for row in rows.itertuples():
        day = row.as_of_date.to_datetime64().astype("datetime64[D]")
        here = np.isnat(experiment.left) | (experiment.left > day)
        if row.maturity == "matured":
            y, d = totals(after[0], size, every_day), totals(after[1], size, every_day)
            here &= matured <= day
        else:
            y, d = totals(after[0], size, day), totals(after[1], size, day)
            here &= experiment.exposed.astype("datetime64[D]") <= day
        y = capped(y, cap)
        arms = [
            here & (experiment.variant == variant)
            for variant in (experiment.control, row.treatment_variant_id)
        ]
        assert (row.control_n, row.treatment_n) == tuple(arm.sum() for arm in arms)
        expected = estimate(
            [(y[arm] / scale, d[arm], x[arm] / scale, w[arm]) for arm in arms],
            [experiment.stage[arm] for arm in arms],
            row.estimator == "cuped",
        )
        if expected is None:
            assert row.reason is not None, row
            continue
        for name, value in expected.items():
            found = getattr(row, name)
            # an effect near 0 is as exact as the means it is the difference of
            size_of = abs(value)
            if name.startswith("effect"):
                size_of = max(size_of, expected.get("standard_error", 0))
            assert found == pytest.approx(value, abs=max(1e-9 * size_of, 1e-12)), (row, name)
        compared += 1
    assert compared > 20
