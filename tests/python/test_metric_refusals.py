"""What the compiled metrics do not support is refused, with metric, reason and remedy in one line.

All refused definitions are parsed together, and each is compiled on its own beside the metrics of
the demo.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import copy_project
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

DEFINITIONS = Path("models/marts/metrics/definitions")
COMPILE = ("compile", "--no-write-json", "--no-populate-cache", "--select")

# What the refused metrics need: measures by semantic model, and a fact that nothing measures.
MEASURES = """
orders:
  - {name: median_gross_amount, agg: median, expr: gross_amount}
  - name: high_gross_amount
    agg: percentile
    expr: gross_amount
    agg_params: {percentile: 0.9}
  - name: last_gross_amount
    agg: sum
    expr: gross_amount
    non_additive_dimension: {name: ordered_at, window_choice: max}
  - {name: orders_of_users, agg: count, expr: order_id, config: {meta: {entity: user}}}
  - {name: devices, agg: count_distinct, expr: platform, config: {meta: {entity: device}}}
  - {name: orders_by_hour, agg: count, expr: order_id, agg_time_dimension: ordered_hour}
order_lines:
  - {name: line_buyers, agg: count_distinct, expr: user_id}
courses:
  - name: published_courses
    agg: count
    expr: course_id
    agg_time_dimension: published_at
"""

DIMENSIONS = """
orders:
  - name: ordered_hour
    type: time
    expr: date_trunc('hour', ordered_at)
    type_params: {time_granularity: hour}
courses:
  - {name: published_at, type: time, expr: published_date, type_params: {time_granularity: day}}
"""


@dataclass(frozen=True)
class Refused:
    """A metric with what its message has to say.

    at_fault: the metric that the message names, where it is an input of this one
    model: the model that refuses it, where it is not the list of definitions
    """

    definition: str
    reason: str
    remedy: str
    at_fault: str = ""
    model: str = "int_metric_definitions"


REFUSED = {
    "aggregation_median": Refused(
        "{type: simple, type_params: {measure: median_gross_amount}}",
        "the aggregation 'median' of its measure 'median_gross_amount' is not supported",
        "use one of sum, count, count_distinct, average, min, max, sum_boolean",
    ),
    "aggregation_percentile": Refused(
        "{type: simple, type_params: {measure: high_gross_amount}}",
        "the aggregation 'percentile' of its measure 'high_gross_amount' is not supported",
        "use one of sum, count, count_distinct, average, min, max, sum_boolean",
    ),
    "non_additive_dimension": Refused(
        "{type: simple, type_params: {measure: last_gross_amount}}",
        "the non_additive_dimension of its measure 'last_gross_amount' is not supported",
        "model the snapshot as a fact of its own",
    ),
    "entity_not_counted": Refused(
        "{type: simple, type_params: {measure: orders_of_users}}",
        "its measure 'orders_of_users' names the entity 'user' and does not count it",
        "drop config.meta.entity, or use count_distinct",
    ),
    "entity_unknown": Refused(
        "{type: simple, type_params: {measure: devices}}",
        "the entity 'device' that its measure 'devices' names is not known",
        "use one of order, user",
    ),
    "join_to_timespine": Refused(
        "{type: simple, type_params: {measure: {name: order_count, join_to_timespine: true}}}",
        "join_to_timespine is not supported",
        "drop it",
    ),
    "cumulative_without_window": Refused(
        "{type: cumulative, type_params: {measure: order_count}}",
        "a cumulative metric without a window is not supported",
        "give cumulative_type_params a window, such as 28 days",
    ),
    "cumulative_grain_to_date": Refused(
        """
        type: cumulative
        type_params:
          measure: order_count
          cumulative_type_params: {grain_to_date: month}
        """,
        "a cumulative metric without a window is not supported",
        "give cumulative_type_params a window, such as 28 days",
    ),
    "cumulative_first": Refused(
        """
        type: cumulative
        type_params:
          measure: order_count
          cumulative_type_params: {window: 7 days, period_agg: first}
        """,
        "period_agg 'first' is not supported",
        "write period_agg: last",
    ),
    "cumulative_months": Refused(
        """
        type: cumulative
        type_params:
          measure: order_count
          cumulative_type_params: {window: 1 month, period_agg: last}
        """,
        "a window in 'month' is not supported",
        "give it in days or weeks",
    ),
    "cumulative_maximum": Refused(
        """
        type: cumulative
        type_params:
          measure: largest_gross_amount
          cumulative_type_params: {window: 7 days, period_agg: last}
        """,
        "a cumulative 'max' is not supported",
        "use a measure with sum, count, sum_boolean or count_distinct",
    ),
    "offset_window": Refused(
        """
        type: derived
        type_params:
          expr: orders - orders_last_week
          metrics: [{name: orders}, {name: orders, alias: orders_last_week, offset_window: 7 days}]
        """,
        "the offset of its input 'orders' is not supported",
        "compare periods in metric_status or in the query",
    ),
    "offset_to_grain": Refused(
        """
        type: derived
        type_params:
          expr: orders - orders_before
          metrics: [{name: orders}, {name: orders, alias: orders_before, offset_to_grain: month}]
        """,
        "the offset of its input 'orders' is not supported",
        "compare periods in metric_status or in the query",
    ),
    "ratio_of_one_metric": Refused(
        """
        type: ratio
        type_params:
          numerator: {name: orders, filter: "{{ Dimension('order__is_refunded') }} = true"}
          denominator: orders
        """,
        "its numerator and denominator are both 'orders'",
        "give one of them an alias",
    ),
    "derived_of_one_metric": Refused(
        """
        type: derived
        type_params:
          expr: orders - 1
          metrics:
            - {name: orders}
            - {name: orders, filter: "{{ Dimension('order__is_refunded') }} = true"}
        """,
        "two of its inputs are called 'orders'",
        "give one of them an alias",
    ),
    "time_expression": Refused(
        "{type: simple, type_params: {measure: orders_by_hour}}",
        "the time dimension 'ordered_hour' of its measure 'orders_by_hour' is an expression",
        "make it a column of fct_orders",
    ),
    "conversion_filtered": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: signed_up_users}
            conversion_measure:
              name: purchasing_users
              filter: "{{ Dimension('order__is_refunded') }} = false"
            window: 7 days
        """,
        "a filter on its conversion measure is not supported",
        "put the condition into the expr of the measure",
    ),
    "conversion_of_filtered_metric": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: signed_up_users}
            conversion_measure: {name: purchasing_users}
            window: 7 days
        filter: "{{ Dimension('user__country') }} = 'DE'"
        """,
        "a filter on a conversion metric is not supported",
        "put the condition into the expr of its measures",
    ),
    "conversion_filtered_by_another_entity": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure:
              name: registered_users
              filter: "{{ Dimension('course__level') }} = 'beginner'"
            conversion_measure: {name: purchasing_users}
            window: 7 days
        """,
        "the filter of its base measure on 'course__level' is not supported",
        "filter on dimensions of fct_events or of its entity 'user'",
    ),
    "conversion_constant_properties": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: visiting_users}
            conversion_measure: {name: purchasing_users}
            window: 7 days
            constant_properties: [{base_property: session, conversion_property: session}]
        """,
        "constant_properties are not supported",
        "drop them",
    ),
    "conversion_without_window": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: signed_up_users}
            conversion_measure: {name: purchasing_users}
        """,
        "a conversion without a window is not supported",
        "give it one, such as 7 days",
    ),
    "conversion_months": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: signed_up_users}
            conversion_measure: {name: purchasing_users}
            window: 1 month
        """,
        "a window in 'month' is not supported",
        "give it in days or weeks",
    ),
    "conversion_of_counts": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: sign_up_count}
            conversion_measure: {name: order_count}
            window: 7 days
        """,
        "the aggregation 'count' of its measure 'sign_up_count' is not supported in a conversion",
        "count_distinct the entity 'user'",
    ),
    "conversion_by_another_entity": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: signed_up_users}
            conversion_measure: {name: purchasing_users}
            window: 7 days
        config: {meta: {dimensions: [user__country, order__channel]}}
        """,
        "a conversion cannot be published by 'order__channel'",
        "publish it by dimensions of its entity 'user'",
    ),
    "filter_time_dimension": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        filter: |
          {{ TimeDimension('order__ordered_at', 'day') }} >= '2025-06-01'
          and {{ Dimension('order__is_purchase') }}
        """,
        "the filter",
        "filter on Dimension('entity__name') alone",
    ),
    "filter_entity": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        filter: "{{ Entity('user') }} = 'u1'"
        """,
        "the filter \"{{ Entity('user') }} = 'u1'\" is not supported",
        "filter on Dimension('entity__name') alone",
    ),
    "filter_metric": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        filter: "{{ Metric('orders', ['user']) }} > 1"
        """,
        "the filter \"{{ Metric('orders', ['user']) }} > 1\" is not supported",
        "filter on Dimension('entity__name') alone",
    ),
    "filter_grain": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        filter: "{{ Dimension('metric_time').grain('month') }} = '2025-06-01'"
        """,
        "the filter",
        "filter on Dimension('entity__name') alone",
    ),
    "dimension_unknown": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        config: {meta: {dimensions: [user__shoe_size]}}
        """,
        "the dimension 'user__shoe_size' is not defined",
        "name it entity__dimension, as a semantic model of models/marts/metrics/definitions has it",
    ),
    "dimension_unqualified": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        config: {meta: {dimensions: [channel]}}
        """,
        "the dimension 'channel' is not defined",
        "name it entity__dimension, as a semantic model of models/marts/metrics/definitions has it",
    ),
    "dimension_unreachable": Refused(
        """
        type: ratio
        type_params: {numerator: courses_sold, denominator: survey_answers}
        config: {meta: {dimensions: [course__category]}}
        """,
        "the dimension 'course__category' cannot be reached from fct_survey_responses",
        "its entities are survey_response, user; "
        "drop the dimension or add the entity to its semantic model",
    ),
    "dimension_not_joined": Refused(
        """
        type: simple
        type_params: {measure: order_count}
        config: {meta: {dimensions: [session__channel]}}
        """,
        "the dimension 'session__channel' needs 'fct_sessions'",
        "add ref('fct_sessions') to the joins in int_measure_values__fct_orders.sql",
        model="int_measure_values__fct_orders",
    ),
    "conversion_not_related": Refused(
        """
        type: conversion
        type_params:
          conversion_type_params:
            entity: user
            base_measure: {name: signed_up_users}
            conversion_measure: {name: line_buyers}
            window: 7 days
        """,
        "it needs 'fct_order_lines'",
        "add ref('fct_order_lines') to the relations in int_conversion_values.sql",
        model="int_conversion_values",
    ),
    # named is the metric to repair, not the first one that is made of it
    "an_input_at_fault": Refused(
        """
        type: derived
        type_params:
          expr: 1 - filter_entity
          metrics: [{name: filter_entity}]
        """,
        "the filter",
        "filter on Dimension('entity__name') alone",
        at_fault="filter_entity",
    ),
    "fact_without_model": Refused(
        "{type: simple, type_params: {measure: published_courses}}",
        "its fact 'dim_courses' has no model 'int_measure_values__dim_courses'",
        "add models/intermediate/metrics/int_measure_values__dim_courses.sql",
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = copy_project(tmp_path_factory.mktemp("refused") / "project", whole=False)
    measures, dimensions = yaml.safe_load(MEASURES), yaml.safe_load(DIMENSIONS)
    for path in (project / DEFINITIONS).glob("*.yml"):
        declared = yaml.safe_load(path.read_text())
        for semantic_model in declared.get("semantic_models", []):
            name = semantic_model["name"]
            semantic_model["dimensions"] += dimensions.get(name, [])
            if name in measures:
                semantic_model.setdefault("measures", []).extend(measures[name])
        path.write_text(yaml.safe_dump(declared))
    metrics = [
        {"name": name, "label": name, "description": name, **yaml.safe_load(refused.definition)}
        for name, refused in REFUSED.items()
    ]
    text = yaml.safe_dump({"version": 2, "metrics": metrics})
    (project / DEFINITIONS / "refused.yml").write_text(text)
    return project


def invoke(project: Path, *arguments: str, manifest: Manifest | None = None) -> dbtRunnerResult:
    folder = project.parent
    return dbtRunner(manifest=manifest).invoke(
        [
            "--quiet",
            *arguments,
            *("--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        ]
    )


@pytest.fixture(scope="module")
def manifest(project: Path) -> Iterator[Manifest]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "GROUNDWORK_BUILD_PATH", str(project.parent / "build.duckdb"))
        outcome = invoke(project, "parse")
        assert outcome.success, outcome.exception
        yield outcome.result


def message(outcome: dbtRunnerResult) -> list[str]:
    """The lines of an error that are neither dbt's heading nor its list of macros."""
    lines = [line.strip() for line in str(outcome.exception).splitlines()]
    return [line for line in lines if line and not re.match(r"(\w+) Error|> ", line)]


@pytest.mark.parametrize("name", REFUSED)
def test_a_definition_is_refused_in_one_line(name: str, project: Path, manifest: Manifest) -> None:
    refused = REFUSED[name]
    everything = dict(manifest.metrics)
    try:
        for other in REFUSED.keys() - {name, refused.at_fault}:
            del manifest.metrics[f"metric.groundwork.{other}"]
        manifest.build_flat_graph()
        outcome = invoke(project, *COMPILE, refused.model, manifest=manifest)
    finally:
        manifest.metrics.clear()
        manifest.metrics.update(everything)
    assert not outcome.success, "it compiled"
    (said,) = message(outcome)
    assert said.startswith(f"metric '{refused.at_fault or name}': {refused.reason}")
    assert f"; {refused.remedy}" in said


def test_an_unknown_measure_is_refused_by_dbt(project: Path, manifest: Manifest) -> None:
    metric = {"name": "typo", "label": "Typo", "description": "Typo", "type": "simple"}
    metric["type_params"] = {"measure": "order_cuont"}
    path = project / DEFINITIONS / "typo.yml"
    path.write_text(yaml.safe_dump({"version": 2, "metrics": [metric]}))
    try:
        outcome = invoke(project, "parse")
    finally:
        path.unlink()
    assert not outcome.success
    assert f"in metric typo ({DEFINITIONS / 'typo.yml'})" in str(outcome.exception)
    (said,) = message(outcome)
    assert "measure `order_cuont` does not exist" in said
