"""Adding a metric on a known fact is adding YAML: published, with the values of MetricFlow."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from conftest import Build, copy_project, run_dbt
from metric_cells import (
    Cell,
    MetricFlow,
    Values,
    differences,
    metric_rows,
    published_cells,
    report,
    values_of,
)

DEFINITIONS = Path("models/marts/metrics/definitions")
METRIC_MODELS = ["path:models/intermediate/metrics", "path:models/marts/metrics"]

ADDED = """
metrics:
  # a filter on another entity's dimension
  - name: gross_revenue_of_web_users
    type: simple
    type_params: {measure: {name: gross_amount_total, fill_nulls_with: 0}}
    filter: "{{ Dimension('user__platform') }} = 'web'"
    config: {meta: {dimensions: [user__country, order__channel]}}
  # a condition over several lines, beside another one
  - name: orders_of_ios_or_android
    type: simple
    type_params: {measure: order_count}
    filter:
      - |
        {{ Dimension('order__platform') }} = 'ios'
        or {{ Dimension('order__platform') }} = 'android'
      - "{{ Dimension('order__is_purchase') }} = true"
    config: {meta: {dimensions: [order__channel, order__is_refunded]}}
  - name: lowest_price_by_country
    type: simple
    type_params: {measure: lowest_unit_price}
    filter: "{{ Dimension('course__level') }} != 'beginner'"
    config: {meta: {dimensions: [user__country, course__category]}}
  - name: shortest_session
    type: simple
    type_params: {measure: shortest_session_seconds}
    config:
      meta:
        dimensions: [session__channel]
        status: deprecated
        replaced_by: session_minutes
        removed_on: 2025-01-01
  - name: mean_session_minutes_of_web_users
    type: simple
    type_params: {measure: mean_session_minutes}
    filter: "{{ Dimension('user__platform') }} = 'web'"
    config: {meta: {dimensions: [user__country]}}
  - name: buyers_of_germany
    type: simple
    type_params: {measure: buyer_count}
    filter: "{{ Dimension('user__country') }} = 'DE'"
    config: {meta: {dimensions: [user__platform]}}
  # published in total only
  - name: cancelled_orders
    type: simple
    type_params: {measure: order_count}
    filter: "{{ Dimension('order__is_cancelled') }}"
    config: {meta: {status: deprecated, replaced_by: orders, removed_on: 2099-01-01}}
  # across facts
  - name: answers_per_buyer
    type: ratio
    type_params: {numerator: survey_answers, denominator: buyers}
    config: {meta: {dimensions: [user__country, user__platform]}}
  # one metric in both places, told apart by an alias
  - name: discounted_order_share
    type: ratio
    type_params:
      numerator:
        name: orders
        alias: first_orders
        filter: "{{ Dimension('order__is_first_purchase') }} = true"
      denominator: orders
    filter: "{{ Dimension('order__is_refunded') }} = false"
    config: {meta: {dimensions: [user__country, order__channel]}}
  # derived of derived
  - name: net_revenue_share
    type: derived
    type_params:
      expr: net_revenue / nullif(gross_revenue, 0)
      metrics: [{name: net_revenue}, {name: gross_revenue}]
    config: {meta: {dimensions: [user__country]}}
  - name: revenue_lost_share
    type: derived
    type_params:
      expr: 1 - net_revenue_share
      metrics: [{name: net_revenue_share}]
    filter: "{{ Dimension('order__platform') }} = 'web'"
    config: {meta: {dimensions: [user__country]}}
  # an input that another input is made of too, here with a filter
  - name: german_gross_to_net
    type: derived
    type_params:
      expr: net_revenue / nullif(gross_revenue, 0)
      metrics:
        - {name: net_revenue}
        - name: gross_revenue
          filter: "{{ Dimension('user__country') }} = 'DE'"
    config: {meta: {dimensions: [order__channel]}}
  # trailing
  - name: courses_sold_14d
    type: cumulative
    type_params:
      measure: quantity_total
      cumulative_type_params: {window: 2 weeks, period_agg: last}
    filter: "{{ Dimension('user__country') }} = 'DE'"
    config: {meta: {dimensions: [course__category]}}
  - name: stickiness
    type: derived
    type_params:
      expr: active_users / nullif(active_users_28d, 0)
      metrics: [{name: active_users}, {name: active_users_28d}]
    config: {meta: {dimensions: [user__country]}}
  - name: revenue_per_active_user_28d
    type: ratio
    type_params: {numerator: gross_revenue_28d, denominator: active_users_28d}
    config: {meta: {dimensions: [user__country]}}
  # trailing, by what follows from the user and by what does not
  - name: buyers_14d
    type: cumulative
    type_params:
      measure: buyer_count
      cumulative_type_params: {window: 14 days, period_agg: last}
    filter: "{{ Dimension('order__is_purchase') }} = true"
    config: {meta: {dimensions: [user__country, user__platform, order__channel]}}
  # counts that do not say whose they are
  - name: visitors
    type: simple
    type_params: {measure: visitors_of_nobody}
    config: {meta: {dimensions: [user__country, session__channel]}}
  - name: visitors_14d
    type: cumulative
    type_params:
      measure: visitors_of_nobody
      cumulative_type_params: {window: 14 days, period_agg: last}
    config: {meta: {dimensions: [user__country, session__channel]}}
  # conversions
  - name: first_purchases_7d
    type: conversion
    type_params:
      conversion_type_params:
        entity: user
        calculation: conversion_rate
        base_measure: {name: visitors_of_nobody}
        conversion_measure: {name: purchasing_users, fill_nulls_with: 0}
        window: 7 days
    config: {meta: {dimensions: [user__country]}}
  - name: buyers_within_3d
    type: conversion
    type_params:
      conversion_type_params:
        entity: user
        calculation: conversions
        base_measure:
          name: signed_up_users
          filter: "{{ Dimension('user__platform') }} = 'web'"
        conversion_measure: {name: purchasing_users}
        window: 3 days
    config: {meta: {dimensions: [user__country, user__acquisition_channel]}}
  - name: sign_up_without_purchase_7d
    type: derived
    type_params:
      expr: 1 - sign_up_to_purchase_7d
      metrics: [{name: sign_up_to_purchase_7d}]
    config: {meta: {dimensions: [user__country]}}
  # reads 6 days after its periods and 27 before them
  - name: buyers_to_come
    type: derived
    type_params:
      expr: sign_up_to_purchase_7d * active_users_28d
      metrics: [{name: sign_up_to_purchase_7d}, {name: active_users_28d}]
    config: {meta: {dimensions: [user__country]}}
"""


ADDED_METRICS = [metric["name"] for metric in yaml.safe_load(ADDED)["metrics"]]


def add_metrics(project: Path) -> None:
    """Append the metrics, and measures for some of them."""
    added = yaml.safe_load(ADDED)
    for metric in added["metrics"]:
        metric["label"] = metric["description"] = metric["name"]
    (project / DEFINITIONS / "added.yml").write_text(yaml.safe_dump({"version": 2, **added}))
    sessions = project / DEFINITIONS / "sessions.yml"
    definitions = yaml.safe_load(sessions.read_text())
    definitions["semantic_models"][0]["measures"] += [
        {"name": "shortest_session_seconds", "agg": "min", "expr": "duration_seconds"},
        {
            "name": "visitors_of_nobody",
            "agg": "count_distinct",
            "expr": "case when user_key != '(unknown)' then user_id end",
        },
    ]
    sessions.write_text(yaml.safe_dump(definitions))


@pytest.fixture(scope="module")
def extended(demo: Build, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The demo with more metrics: only the models below them are run again."""
    folder = tmp_path_factory.mktemp("extended")
    project = copy_project(folder / "project", whole=False)
    add_metrics(project)
    shutil.copy(demo.database, folder / "build.duckdb")
    build = run_dbt("run", "--select", *METRIC_MODELS, folder=folder, project=project)
    assert build.exit_code == 0, build.output[-5000:]
    return build


@pytest.fixture(scope="module")
def metricflow(extended: Build) -> MetricFlow:
    return MetricFlow(extended)


@pytest.fixture(scope="module")
def published(extended: Build) -> dict[Cell, Values]:
    return {cell: values_of(rows) for cell, rows in metric_rows(extended, *ADDED_METRICS).items()}


@pytest.mark.parametrize("metric", ADDED_METRICS)
def test_an_added_metric_has_the_rows_and_values_of_metricflow(
    metric: str, extended: Build, metricflow: MetricFlow, published: dict[Cell, Values]
) -> None:
    found = {}
    for cell in published_cells(extended):
        if cell.metric == metric:
            answer = metricflow.values(cell)
            assert answer, f"nothing to compare in {cell}"
            found[cell] = differences(answer, published.get(cell, {}), "MetricFlow")
    assert found
    differing = report(found)
    assert not differing, differing


def test_the_other_metrics_stay_as_they_are(demo: Build, extended: Build) -> None:
    with extended.connect() as connection:
        connection.execute(f"attach '{demo.database}' as before (read_only)")
        changed = connection.execute(
            """
            select before.metric_name, before.dimension_name, count(*)
            from before.metrics.metric_values as before
            left join metrics.metric_values as after
                using (metric_name, grain, period_start, dimension_name, dimension_value)
            where
                after.metric_name is null
                or before.is_complete_period != after.is_complete_period
                or (before.metric_value is null) != (after.metric_value is null)
                -- sums of doubles depend on the order of adding
                or abs(before.metric_value - after.metric_value)
                > 1e-9 * greatest(1, abs(before.metric_value))
            group by all
            order by all
            """
        ).fetchall()
    assert not changed


def test_a_metric_waits_for_all_days_that_its_inputs_read(extended: Build) -> None:
    ((first, last),) = extended.rows(
        """
        select min(period_start), max(period_start)
        from metrics.metric_values
        where metric_name = 'buyers_to_come' and grain = 'day' and is_complete_period
        """
    )
    ((first_day, last_day),) = extended.rows(
        "select min(date_day), max(date_day) from metrics.time_spine"
    )
    assert (first - first_day).days == 27
    assert (last_day - last).days == 6


def test_a_metric_past_its_removal_date_is_told_in_one_line(extended: Build) -> None:
    found = extended.rows(
        """
        select metric_name, message
        from intermediate.int_metric_checks
        where check_name = 'is_not_past_removal' and not is_passed
        """
    )
    assert found == [
        (
            "shortest_session",
            "metric shortest_session is not auditable (is_not_past_removal): it was to go on "
            "2025-01-01, use session_minutes; remove it or move config.meta.removed_on "
            "[models/marts/metrics/definitions/added.yml]",
        )
    ]


@pytest.mark.parametrize("table", ["metric_values", "metric_catalog", "metric_status"])
def test_an_added_metric_appears_in_the_public_tables(table: str, extended: Build) -> None:
    names = {name for (name,) in extended.rows(f"select metric_name from metrics.{table}")}
    assert set(ADDED_METRICS) <= names
