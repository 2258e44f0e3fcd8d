"""The LookML: every metric once, as it is defined, and with the published values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlglot
from bi_cases import UNTRANSLATABLE, changed, is_told_in_one_line, written_with_the_smallest_order
from conftest import Build
from lookml_to_sql import Looker

from groundwork.bi.definitions import Definitions, Metric
from groundwork.bi.looker.project import project_files

PERIODS = {"day": "periods.day", "week": "periods.week", "month": "periods.month"}
GOVERNED = "metric_values"


@pytest.fixture(scope="module")
def looker(definitions: Definitions, tmp_path_factory: pytest.TempPathFactory) -> Looker:
    return read(definitions, tmp_path_factory.mktemp("looker"))


def read(definitions: Definitions, out: Path) -> Looker:
    for name, content in project_files(definitions).items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(content, encoding="utf-8")
    return Looker(out)


def field(metric: Metric, name: str, explore: str) -> str:
    """Return the field that a dimension is in an explore."""
    for dimension in metric.measures[0].dimensions:
        if dimension.name == name:
            own = explore.startswith(f"{dimension.model}_by_")
            return f"{explore if own else dimension.model}.{dimension.expression}"
    raise AssertionError(name)


def test_every_metric_is_one_measure(definitions: Definitions, looker: Looker) -> None:
    measures = looker.measures()
    assert sorted(measures) == sorted(metric.name for metric in definitions.metrics)
    for metric in definitions.metrics:
        _, parameters = measures[metric.name]
        assert parameters["label"] == metric.label
        assert {"certified", metric.owner, metric.additivity} <= set(parameters["tags"])
        assert metric.formula.split()[0] in parameters["description"]
        assert parameters["value_format"]


def test_measures_have_the_type_of_the_definition(definitions: Definitions, looker: Looker) -> None:
    types = {"sum_boolean": "sum", "count": "sum"}
    for metric in definitions.metrics:
        view, parameters = looker.measures()[metric.name]
        first = metric.measures[0]
        if view != GOVERNED and len(metric.measures) == 1:
            assert parameters["type"] == types.get(first.aggregation, first.aggregation)
        else:
            assert parameters["type"] == "number", metric.name
        dates = {(measure.fact, measure.time_column) for measure in metric.measures}
        over_windows = metric.type in ("cumulative", "conversion")
        assert (view == GOVERNED) == (over_windows or len(dates) > 1), metric.name


@pytest.mark.parametrize("grain", PERIODS)
def test_measures_give_the_published_values(
    definitions: Definitions, looker: Looker, demo: Build, grain: str
) -> None:
    with demo.connect() as connection:
        for metric in definitions.metrics:
            view, parameters = looker.measures()[metric.name]
            for name in ("total", *metric.dimensions):
                if view == GOVERNED:
                    fields = [f"{view}.period_start_raw", f"{view}.dimension_value"]
                    where = f"{view}.grain = '{grain}' and {view}.dimension_name = '{name}'"
                else:
                    fields, where = [PERIODS[grain]], "true"
                    if name != "total":
                        fields.append(field(metric, name, view))
                sql = looker.query(view, metric.name, fields, where)
                assert sqlglot.parse_one(sql, dialect="databricks")
                found = {
                    (
                        row[0],
                        "total" if len(row) == 2 else "(none)" if row[1] is None else row[1],
                    ): row[-1]
                    for row in connection.execute(sql).fetchall()
                }
                assert None not in {period for period, _ in found}, (metric.name, name)
                published = connection.execute(
                    "select period_start, dimension_value, metric_value"
                    " from metrics.metric_values"
                    " where metric_name = ? and grain = ? and dimension_name = ?"
                    " and is_complete_period and metric_value is not null",
                    [metric.name, grain, name],
                ).fetchall()
                expected = {(period, value): x for period, value, x in published}
                assert expected, (metric.name, name)
                kept = {key: float(x) for key, x in found.items() if key in expected}
                assert kept == pytest.approx(expected, rel=1e-9, abs=1e-9), (metric.name, name)
                # a sum over rows none of which counts is 0 in Looker, and not published
                nothing = {x for key, x in found.items() if key not in expected}
                is_sum = parameters["type"] not in ("min", "max") and "/" not in metric.expression
                is_sum = is_sum and view != GOVERNED
                assert nothing <= ({0, None} if is_sum else {None}), (metric.name, name)


def test_published_values_are_summed_only_where_they_may_be(looker: Looker, demo: Build) -> None:
    def value(measure: str, where: str) -> float | None:
        return connection.execute(looker.query(GOVERNED, measure, [], where)).fetchone()[0]

    cut = "metric_values.grain = 'month' and metric_values.dimension_name = '{}'"
    with demo.connect() as connection:
        countries = value("net_revenue", cut.format("user__country"))
        assert countries == pytest.approx(value("net_revenue", cut.format("total")))
        assert value("net_revenue", "metric_values.grain = 'month'") is None
        assert value("net_revenue", "metric_values.dimension_name = 'total'") is None
        for measure in ("retention_7d", "active_users_28d", "revenue_per_active_user"):
            assert value(measure, cut.format("total")) is None
        ratio = connection.execute(
            "select sum(numerator) / sum(denominator) from metrics.metric_values"
            " where metric_name = 'cost_per_answered_question' and is_complete_period"
            " and grain = 'month' and dimension_name = 'total'"
        ).fetchone()[0]
        found = value("cost_per_answered_question", cut.format("total"))
        assert found == pytest.approx(ratio)


def test_another_aggregation_in_yaml_is_another_type(tmp_path: Path) -> None:
    out = written_with_the_smallest_order("looker", tmp_path)
    assert Looker(out).measures()["largest_order"][1]["type"] == "min"


def test_a_window_makes_a_metric_one_of_published_values(
    definitions: Definitions, tmp_path: Path
) -> None:
    trailing = replace(definitions.metric("clicks").measures[0], window_days=7)
    before = read(definitions, tmp_path / "before").measures()
    after = read(
        changed(definitions, "clicks", measures=(trailing,)), tmp_path / "after"
    ).measures()
    assert (before["clicks"][0], after["clicks"][0]) == ("fct_events_by_occurred_date", GOVERNED)


@pytest.mark.parametrize(("changes", "message"), UNTRANSLATABLE)
def test_what_has_no_translation_is_told_in_one_line(
    definitions: Definitions, changes: dict[str, object], message: str
) -> None:
    is_told_in_one_line(project_files, definitions, changes, message)
