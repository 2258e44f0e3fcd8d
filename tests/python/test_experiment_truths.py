"""What was planted in the demo's experiments is what the tables say about them."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Build

from groundwork.generator.specification import load_source

PLANS: dict[str, dict[str, Any]] = dict(load_source("experiments").truths)


@pytest.mark.parametrize("experiment_id", PLANS)
def test_the_rule_recommends_what_was_planned(experiment_id: str, demo: Build) -> None:
    rows = demo.rows(
        "select recommendation from experiments.experiment_decisions"
        f" where experiment_id = '{experiment_id}'"
    )
    assert {recommendation for (recommendation,) in rows} == {PLANS[experiment_id]["verdict"]}


def test_one_decision_was_taken_against_the_rule(demo: Build) -> None:
    assert demo.rows(
        "select experiment_id, recommendation, decision from experiments.experiment_decisions"
        " where not is_by_the_rule"
    ) == [("autoplay", "roll_back", "ship")]


def test_harm_stops_three_experiments_before_their_planned_end(demo: Build) -> None:
    rows = demo.rows(
        "select experiment_id, decision_date < planned_decision_date, reasons"
        " from experiments.experiment_decisions where is_early order by 1"
    )
    assert [(name, is_before) for name, is_before, _ in rows] == [
        ("autoplay", True),
        ("express_checkout", True),
        ("higher_prices", True),
    ]
    assert "the guardrail 'refund_rate' is shown harmed" in rows[1][2]
    assert "the guardrail 'buyers' is shown harmed" in rows[2][2]


def test_only_the_broken_split_fails_a_blocking_check(demo: Build) -> None:
    assert demo.rows(
        "select distinct experiment_id, check_name from experiments.experiment_health_checks"
        " where is_blocking and status = 'failed'"
    ) == [("calm_home_page", "sample_ratio")]
    assert demo.rows(
        "select count(*) from experiments.experiment_health_checks"
        " where check_name = 'sample_ratio_all_units' and stage = 'all' and status = 'failed'"
        " and experiment_id = 'calm_home_page'"
    ) == [(1,)]


def test_novelty_shows_on_the_primary_that_was_given_it(demo: Build) -> None:
    primaries = demo.rows(
        "select distinct checks.experiment_id, checks.explanation"
        " from experiments.experiment_health_checks as checks"
        " inner join experiments.experiment_readouts as readouts"
        " on checks.experiment_id = readouts.experiment_id"
        " and checks.metric_name = readouts.metric_name"
        " where check_name = 'novelty' and status = 'warning' and role = 'primary'"
    )
    assert [name for name, _ in primaries] == ["welcome_banner"]
    assert primaries[0][1].startswith("novelty: the gain of a unit's first week fades")


def test_changed_shares_reverse_the_pooled_effect_and_not_the_stratified(demo: Build) -> None:
    ((explanation, status, mix),) = demo.rows(
        "select explanation, status, statistic from experiments.experiment_health_checks"
        " where experiment_id = 'course_bundles' and check_name = 'simpson'"
        " and metric_name = 'buyers'"
    )
    assert status == "warning" and mix < 0
    stratified, pooled = (
        float(explanation.split(f"{name} effect ")[1].split(",")[0])
        for name in ("stratified", "pooled")
    )
    ((effect, p_value),) = demo.rows(
        "select effect, p_value from experiments.experiment_readouts"
        " where experiment_id = 'course_bundles' and metric_name = 'buyers' and is_decision_date"
        " and maturity = 'matured' and segment_name = 'total'"
        " and estimator = 'difference_in_means'"
    )
    assert stratified == pytest.approx(effect, abs=1e-6)
    assert pooled < 0 < stratified and p_value < 0.001


def test_later_data_do_not_move_a_decision(demo: Build) -> None:
    rows = demo.rows(
        "select count(*) from experiments.experiment_readouts as readouts"
        " inner join experiments.experiment_decisions as decisions"
        " using (experiment_id, treatment_variant_id)"
        " where is_decision_date and as_of_date != decision_date"
    )
    assert rows == [(0,)]
    assert demo.rows(
        "select experiment_id from experiments.experiment_decisions where decision_date is null"
    ) == [("smart_search",)]


def test_the_running_experiment_waits_in_its_second_stage(demo: Build) -> None:
    assert demo.rows(
        "select stage, recommendation from experiments.experiment_rollouts"
        " where experiment_id = 'smart_search' order by stage"
    ) == [(1, "hold"), (2, "hold")]


def test_registration_and_edits_are_warned_about(demo: Build) -> None:
    assert demo.rows(
        "select experiment_id, check_name from experiments.experiment_health_checks"
        " where check_name in ('registered_before_start', 'unedited') and status = 'warning'"
        " order by all"
    ) == [
        ("autoplay", "unedited"),
        ("checkout_layout", "registered_before_start"),
        ("checkout_layout", "unedited"),
    ]


def test_units_that_met_two_variants_are_counted_and_set_aside(demo: Build) -> None:
    rows = demo.rows(
        """
        with met as (
            select experiment_id, unit_id, count(distinct variant_id) as variant_count
            from staging.stg_experiments__exposures
            inner join intermediate.int_experiments_scheduled using (experiment_id)
            where exposed_at >= started_at and exposed_at < exposures_until
            group by all
        )

        select experiment_id, count(*) filter (variant_count > 1)
        from met group by experiment_id having count(*) filter (variant_count > 1) > 0 order by 1
        """
    )
    left = demo.rows(
        "select experiment_id, count(left_date) from intermediate.int_experiment_units"
        " where population = 'exposed' group by 1 having count(left_date) > 0 order by 1"
    )
    assert rows == left and sum(count for _, count in rows) >= 10
