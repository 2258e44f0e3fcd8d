"""The generated experiments: their log, and what their variants do in the rows of the product."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from groundwork.generator.generate import Request, generate
from groundwork.generator.specification import load_source

EXPERIMENTS = load_source("experiments")
PLANS: dict[str, dict[str, Any]] = dict(EXPERIMENTS.truths)
COLUMNS = {table.name: table.columns for table in EXPERIMENTS.tables}
WINDOW = pd.Timedelta(days=14)
WEEK = pd.Timedelta(days=7)
NOW = pd.Timedelta(0)
END = pd.Timestamp("2026-07-01")
# Size of |z| that an effect has to show, and p that no effect has to show, at scale 1 with seed 1.
CLEAR_Z = 4
DULL_P = 0.1
# Known by hand; the keys of planted.yml do not say them.
BROKEN_SPLIT, NOVELTY, CHANGED_SHARES = "calm_home_page", "welcome_banner", "course_bundles"
STOPPED, RUNNING, UNDERPOWERED = "higher_prices", "smart_search", "weekly_reminders"
RATIOS = {
    "refund_rate": ("refunded_orders", "orders"),
    "average_order_value": ("gross_revenue", "orders"),
    "session_conversion_rate": ("purchase_sessions", "sessions"),
}


def planned_end(plan: dict[str, Any]) -> pd.Timestamp:
    return pd.Timestamp(plan.get("ended_at") or plan["planned_end_at"])


def controls_and_treatments(plan: dict[str, Any]) -> tuple[str, list[str]]:
    names = [variant["variant_id"] for variant in plan["stages"][0]["variants"]]
    control = plan["control_variant_id"]
    return control, [name for name in names if name != control]


class Rows:
    """The clean rows of one run, and what is measured on them independently of the generator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, *times: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv", parse_dates=list(times))

    @cached_property
    def exposures(self) -> pd.DataFrame:
        return self.read("experiments/exposures", "exposed_at", "loaded_at")

    @cached_property
    def orders(self) -> pd.DataFrame:
        orders = self.read("product/orders", "ordered_at")
        orders = orders[(orders.status != "cancelled") & (orders.gross_amount >= 0)]
        return orders.assign(
            happened_at=orders.ordered_at,
            orders=1,
            gross_revenue=orders.gross_amount,
            refunded_orders=(orders.status == "refunded").astype(int),
        )

    @cached_property
    def sessions(self) -> pd.DataFrame:
        sessions = self.read("product/sessions", "started_at")
        return sessions.assign(
            happened_at=sessions.started_at,
            sessions=1,
            purchase_sessions=sessions.session_id.isin(self.orders.session_id).astype(int),
        )

    @cached_property
    def lessons(self) -> pd.DataFrame:
        events = self.read("product/events", "occurred_at")
        lessons = events[events.event_type == "lesson_completed"]
        return lessons.assign(happened_at=lessons.occurred_at, lessons_completed=1)

    def log(self, experiment: str) -> pd.DataFrame:
        """Exposures before the end, the unit's first one first."""
        rows = self.exposures[self.exposures.experiment_id == experiment]
        return rows[rows.exposed_at < planned_end(PLANS[experiment])].sort_values("exposed_at")

    def units(self, experiment: str) -> pd.DataFrame:
        """Units by their first exposure, with the rollout stage in force then."""
        log = self.log(experiment)
        starts = [pd.Timestamp(stage["started_at"]) for stage in PLANS[experiment]["stages"]]
        units = log.drop_duplicates("unit_id").set_index("unit_id")
        return units.assign(
            stage=np.searchsorted(np.array(starts), units.exposed_at.to_numpy(), side="right"),
            is_crossed=log.groupby("unit_id").variant_id.nunique() > 1,
        )

    def matured(self, experiment: str) -> pd.DataFrame:
        units = self.units(experiment)
        return units[~units.is_crossed & (units.exposed_at + WINDOW <= END)]

    def values(
        self,
        experiment: str,
        units: pd.DataFrame,
        name: str,
        first: pd.Timedelta = NOW,
        last: pd.Timedelta = WINDOW,
    ) -> pd.Series:
        """Sum a measure per unit over [exposed_at + first, exposed_at + last)."""
        facts = next(
            fact for fact in (self.orders, self.sessions, self.lessons) if name in fact.columns
        )
        facts = facts.assign(unit_id=facts[f"{PLANS[experiment]['unit']}_id"])
        facts = facts[["unit_id", "happened_at", name]]
        met = units.reset_index()[["unit_id", "exposed_at"]].merge(facts, on="unit_id")
        age = met.happened_at - met.exposed_at
        sums = met[(age >= first) & (age < last)].groupby("unit_id")[name].sum()
        return sums.reindex(units.index).fillna(0).astype(float)

    def z(self, experiment: str, units: pd.DataFrame, metric: str, treatment: str) -> float:
        """Treatment less control, in standard errors; ratios by the delta method."""
        control, _ = controls_and_treatments(PLANS[experiment])
        sides = []
        for variant in (control, treatment):
            mine = units[units.variant_id == variant]
            if metric in RATIOS:
                top, bottom = (self.values(experiment, mine, name) for name in RATIOS[metric])
                ratio = top.sum() / bottom.sum()
                rest = (top - ratio * bottom) / bottom.mean()
                sides.append((ratio, rest.var() / len(mine)))
            else:
                value = self.metric(experiment, mine, metric)
                sides.append((value.mean(), value.var() / len(mine)))
        (control_mean, control_variance), (mean, variance) = sides
        return (mean - control_mean) / np.sqrt(control_variance + variance)

    def metric(self, experiment: str, units: pd.DataFrame, metric: str) -> pd.Series:
        if metric == "buyers":
            return (self.values(experiment, units, "orders") > 0).astype(float)
        return self.values(experiment, units, metric)

    def stratified_z(self, experiment: str, metric: str, treatment: str) -> float:
        """Treatment less control within the rollout stages, weighted by their units."""
        control, _ = controls_and_treatments(PLANS[experiment])
        units = self.matured(experiment)
        units = units[units.variant_id.isin([control, treatment])]
        effect, variance = 0.0, 0.0
        for _, stage in units.groupby("stage"):
            weight = len(stage) / len(units)
            values = self.metric(experiment, stage, metric)
            one, other = (values[stage.variant_id == name] for name in (control, treatment))
            effect += weight * (other.mean() - one.mean())
            variance += weight**2 * (one.var() / len(one) + other.var() / len(other))
        return effect / np.sqrt(variance)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    out = tmp_path_factory.mktemp("clean_experiments")
    generate(Request(1, 1, "csv", out, is_clean=True))
    return Rows(out)


def split_p_value(units: pd.DataFrame, plan: dict[str, Any]) -> float:
    """Pearson's test of the planned shares, over the rollout stages."""
    statistic, freedom = 0.0, 0
    for number, stage in enumerate(plan["stages"], start=1):
        counts = units[units.stage == number].variant_id.value_counts()
        for variant in stage["variants"]:
            expected = variant["planned_share"] * counts.sum()
            statistic += (counts.get(variant["variant_id"], 0) - expected) ** 2 / expected
        freedom += len(stage["variants"]) - 1
    return stats.chi2.sf(statistic, freedom)


def planted(word: str) -> Iterator[tuple[str, str, str]]:
    """Yield experiment, metric and `up`, `down` or `none`, as planted.yml says under a key."""
    for name, plan in PLANS.items():
        for metric, direction in plan.get(word, {}).items():
            yield name, metric, direction


def assert_direction(z: float, direction: str) -> None:
    if direction == "none":
        assert 2 * stats.norm.sf(abs(z)) > DULL_P
    else:
        assert {"up": 1, "down": -1}[direction] * z > CLEAR_Z


# The plans.


def test_plans_keep_to_the_contract() -> None:
    for name, plan in PLANS.items():
        times = [pd.Timestamp(plan[key]) for key in ("started_at", "planned_end_at")]
        assert times[0] < times[1], name
        assert pd.Timestamp(plan["stages"][0]["started_at"]) == times[0], name
        assert plan["control_variant_id"] in {
            variant["variant_id"] for variant in plan["stages"][0]["variants"]
        }
        for stage in plan["stages"]:
            assert sum(v["planned_share"] for v in stage["variants"]) == pytest.approx(1), name
            assert 0 < stage["traffic_share"] <= 1, name
        assert {metric["role"] for metric in plan["metrics"]} >= {"primary"}, name


def test_rows_of_the_plans_say_what_planted_yml_says(rows: Rows) -> None:
    written = rows.read("experiments/experiments").set_index("experiment_id")
    assert list(written.reset_index().columns) == COLUMNS["experiments"]
    assert set(written.index) == set(PLANS)
    for name, plan in PLANS.items():
        for column in written.columns.intersection(plan.keys()):
            if plan[column] is not None:
                assert str(written.loc[name, column]) == str(plan[column]), (name, column)
    variants = rows.read("experiments/variants")
    for name, plan in PLANS.items():
        mine = variants[variants.experiment_id == name]
        stated = [
            (number, variant["variant_id"], variant["planned_share"])
            for number, stage in enumerate(plan["stages"], start=1)
            for variant in stage["variants"]
        ]
        found = zip(mine.stage, mine.variant_id, mine.planned_share, strict=True)
        assert sorted(found) == sorted(stated), name
    stages = rows.read("experiments/rollout_stages")
    assert set(stages.experiment_id) == {CHANGED_SHARES, RUNNING, UNDERPOWERED}


def test_registration_comes_first_but_for_one(rows: Rows) -> None:
    experiments = rows.read("experiments/experiments", "registered_at", "started_at", "loaded_at")
    late = experiments[experiments.registered_at >= experiments.started_at]
    assert list(late.experiment_id) == ["checkout_layout"]
    metrics = rows.read("experiments/experiment_metrics", "loaded_at")
    metrics = metrics.merge(experiments[["experiment_id", "started_at"]], on="experiment_id")
    edited = metrics[metrics.loaded_at > metrics.started_at]
    assert set(edited.experiment_id) == {"autoplay", "checkout_layout"}


# The log.


@pytest.mark.parametrize("name", PLANS)
def test_units_are_split_as_planned(rows: Rows, name: str) -> None:
    p_value = split_p_value(rows.units(name), PLANS[name])
    if name == BROKEN_SPLIT:
        assert p_value < 1e-4
    else:
        assert p_value > 0.01


@pytest.mark.parametrize("name", PLANS)
def test_exposures_are_visits_within_the_experiment(rows: Rows, name: str) -> None:
    plan, log = PLANS[name], rows.exposures[rows.exposures.experiment_id == name]
    assert log.exposed_at.min() >= pd.Timestamp(plan["started_at"])
    assert log.exposed_at.max() < min(END, planned_end(plan) + WEEK)
    assert (log.loaded_at > log.exposed_at).all()
    assert not log.duplicated(["unit_id", "variant_id", "exposed_at"]).any()
    known = rows.sessions[f"{plan['unit']}_id"]
    assert log.unit_id.isin(known).all()
    stages = [pd.Timestamp(stage["started_at"]) for stage in plan["stages"]]
    assert all((log.exposed_at >= start).any() for start in stages)


def test_traffic_shares_hold(rows: Rows) -> None:
    sessions = rows.sessions[rows.sessions.user_id.notna()]
    for name, number, share in [(UNDERPOWERED, 1, 0.15), (RUNNING, 1, 0.2), (RUNNING, 2, 0.6)]:
        plan = PLANS[name]
        starts = [pd.Timestamp(stage["started_at"]) for stage in plan["stages"]]
        first, last = [*starts, min(END, planned_end(plan))][number - 1 : number + 1]
        visitors = sessions[(sessions.started_at >= first) & (sessions.started_at < last)]
        units = rows.units(name)
        exposed = visitors.user_id.isin(units.index[units.exposed_at < last])
        assert visitors.user_id[exposed].nunique() / visitors.user_id.nunique() == pytest.approx(
            share, abs=0.06
        )


def test_repeats_second_variants_and_late_exposures_are_few_but_there(rows: Rows) -> None:
    ends = rows.exposures.experiment_id.map({name: planned_end(PLANS[name]) for name in PLANS})
    assert 0.002 < (rows.exposures.exposed_at >= ends).mean() < 0.03
    units = pd.concat(rows.units(name) for name in PLANS)
    assert 0.001 < units.is_crossed.mean() < 0.006
    for name in PLANS:
        assert rows.units(name).is_crossed.mean() < 0.01, name
    repeats = sum(len(rows.log(name)) - len(rows.units(name)) for name in PLANS)
    assert 0.1 < repeats / len(units) < 0.3


def test_only_the_log_grows_with_the_scale(rows: Rows, tmp_path: Path) -> None:
    counts = generate(Request(3, 1, "parquet", tmp_path, is_clean=True))
    for table in EXPERIMENTS.tables:
        written = len(rows.read(f"experiments/{table.name}"))
        expected = 3 * written if table.name == "exposures" else written
        assert counts[f"experiments/{table.name}"] == pytest.approx(expected, rel=0.1)


# What the variants do.


@pytest.mark.parametrize(("name", "metric", "direction"), list(planted("found")))
def test_planted_effect_is_found(rows: Rows, name: str, metric: str, direction: str) -> None:
    _, treatments = controls_and_treatments(PLANS[name])
    for treatment in treatments:
        if len(PLANS[name]["stages"]) > 1:
            z = rows.stratified_z(name, metric, treatment)
        else:
            z = rows.z(name, rows.matured(name), metric, treatment)
        assert_direction(z, direction)


@pytest.mark.parametrize(("name", "metric", "direction"), list(planted("pooled")))
def test_pooling_the_stages_turns_the_effect_round(
    rows: Rows, name: str, metric: str, direction: str
) -> None:
    _, (treatment,) = controls_and_treatments(PLANS[name])
    assert_direction(rows.z(name, rows.matured(name), metric, treatment), direction)
    assert PLANS[name]["found"][metric] != direction


def test_every_experiment_but_the_running_one_states_what_is_found() -> None:
    assert {name for name, plan in PLANS.items() if not plan.get("found")} == {RUNNING}


def test_the_novelty_wears_off(rows: Rows) -> None:
    units = rows.matured(NOVELTY)
    control, (treatment,) = controls_and_treatments(PLANS[NOVELTY])
    early = rows.values(NOVELTY, units, "orders", last=WEEK)
    late = rows.values(NOVELTY, units, "orders", first=WEEK)
    for values, sign, limit in [(early, 1, 1e-6), (late - early, -1, 1e-6)]:
        one, other = (values[units.variant_id == name] for name in (control, treatment))
        test = stats.ttest_ind(other, one, equal_var=False)
        assert sign * test.statistic > 0 and test.pvalue < limit
    means = late.groupby(units.variant_id).mean()
    assert means[treatment] < means[control]


def test_the_harm_is_clear_before_the_planned_end(rows: Rows) -> None:
    plan, units = PLANS[STOPPED], rows.matured(STOPPED)
    assert planned_end(plan) < pd.Timestamp(plan["planned_end_at"])
    first_week = units[units.exposed_at < pd.Timestamp(plan["started_at"]) + WEEK]
    assert rows.z(STOPPED, first_week, "buyers", "higher_prices") < -CLEAR_Z


def test_a_guardrail_is_unharmed_where_the_experiment_ships(rows: Rows) -> None:
    units = rows.matured("free_previews")
    sessions = rows.values("free_previews", units, "sessions")
    one, other = (sessions[units.variant_id == name] for name in ("no_preview", "preview"))
    margin = PLANS["free_previews"]["metrics"][2]["non_inferiority_margin"]
    error = np.sqrt(other.var() / len(other) + (1 - margin) ** 2 * one.var() / len(one))
    assert (other.mean() - (1 - margin) * one.mean()) / error > 2


def test_units_whose_exposures_are_lost_have_none(rows: Rows) -> None:
    units = rows.units(BROKEN_SPLIT)
    counts = units.variant_id.value_counts()
    lost = 1 - counts["new_page"] / counts["old_page"]
    assert lost == pytest.approx(PLANS[BROKEN_SPLIT]["lost_share"], abs=0.1)


@pytest.mark.parametrize("seed", [2, 3])
def test_large_effects_do_not_hang_on_the_seed(tmp_path: Path, seed: int) -> None:
    generate(Request(2, seed, "csv", tmp_path, is_clean=True))
    other = Rows(tmp_path)
    for name, metric, direction in planted("found"):
        if direction != "none" and name != CHANGED_SHARES:
            _, (treatment,) = controls_and_treatments(PLANS[name])
            assert_direction(other.z(name, other.matured(name), metric, treatment), direction)
    _, (bundles,) = controls_and_treatments(PLANS[CHANGED_SHARES])
    assert other.stratified_z(CHANGED_SHARES, "buyers", bundles) > 2
    assert split_p_value(other.units(BROKEN_SPLIT), PLANS[BROKEN_SPLIT]) < 1e-4


def test_planted_rows_of_the_log_name_units_that_nobody_knows(tmp_path: Path) -> None:
    generate(Request(1, 1, "csv", tmp_path))
    with duckdb.connect() as connection:
        unknown = connection.execute(
            f"""
            select planted.fault, count(*)
            from read_csv('{tmp_path}/planted_rows.csv', all_varchar = true) as planted
            anti join read_csv('{tmp_path}/product/users.csv', all_varchar = true) as users
                on split_part(planted.business_key, '|', 2) = users.user_id
            where planted.table_name = 'exposures' and planted.expected_reason is null
            group by planted.fault
            order by planted.fault
            """
        ).fetchall()
    assert unknown == [("unknown_experiment", 3), ("unknown_exposed_user", 3)]
