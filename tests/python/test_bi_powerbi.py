"""The Power BI project: every metric once, as it is defined, and with the published values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bi_cases import UNTRANSLATABLE, changed, is_told_in_one_line, written_with_the_smallest_order
from conftest import Build
from dax_to_sql import Evaluator, Model, Node, parse, read_model
from tmdlparser import TMLDParser

from groundwork.bi.definitions import Definitions
from groundwork.bi.powerbi.measures import HOME
from groundwork.bi.powerbi.pbip import project_files
from groundwork.project import GroundworkError

PERIODS = {"day": "date_day", "week": "date_week", "month": "date_month"}
AGGREGATES = {
    "sum": {"SUM", "SUMX"},
    "count": {"SUMX"},
    "sum_boolean": {"SUMX"},
    "count_distinct": {"DISTINCTCOUNTNOBLANK"},
    "min": {"MIN", "MINX"},
    "max": {"MAX", "MAXX"},
}


@pytest.fixture(scope="module")
def folder(definitions: Definitions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(definitions, tmp_path_factory.mktemp("powerbi"))


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return read_model(folder / "groundwork.SemanticModel/definition")


def written(definitions: Definitions, out: Path) -> Path:
    for name, content in project_files(definitions).items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(content, encoding="utf-8")
    return out


def functions(node: Node) -> Iterator[str]:
    if node.kind == "call":
        yield node.value
    for part in node.parts:
        yield from functions(part)


def home(definitions: Definitions) -> str:
    files = project_files(definitions)
    return files[f"groundwork.SemanticModel/definition/tables/{HOME}.tmdl"]


def test_every_metric_is_one_visible_measure(definitions: Definitions, model: Model) -> None:
    visible = [
        properties["groundwork_name"]
        for name, properties in model.properties.items()
        if name in model.measures and "isHidden" not in properties
    ]
    assert sorted(visible) == sorted(metric.name for metric in definitions.metrics)
    for metric in definitions.metrics:
        properties = model.properties[metric.label]
        assert properties["groundwork_owner"] == metric.owner
        assert properties["groundwork_version"] == str(metric.version)
        assert properties["displayFolder"].endswith(f"tier {metric.tier}")
        assert properties["formatString"]


def test_measures_have_the_aggregation_of_the_definition(
    definitions: Definitions, model: Model
) -> None:
    for metric in definitions.metrics:
        for measure in metric.measures:
            used = set(functions(parse(model.measures[f"_{measure.name}"])))
            if measure.name.endswith("__converted"):
                assert {"COUNTROWS", "DISTINCT", "GROUPBY"} <= used, measure.name
            else:
                assert used & AGGREGATES[measure.aggregation], measure.name
                is_trailing = metric.type == "cumulative"
                assert ("DATESINPERIOD" in used) == is_trailing, measure.name
        divides = "DIVIDE" in set(functions(parse(model.measures[metric.label])))
        assert divides == ("/" in metric.expression), metric.name


def test_nothing_is_summed_by_accident(model: Model, folder: Path) -> None:
    columns = [f"{table}[{c}]" for table, x in model.tables.items() for c in x.columns]
    assert columns
    assert [c for c in columns if model.properties[c]["summarizeBy"] != "none"] == []
    keys = {f"{x[0]}[{x[1]}]" for x in model.links if x[0].startswith("fct_")}
    assert [key for key in keys if "isHidden" not in model.properties[key]] == []
    text = (folder / "groundwork.SemanticModel/definition/model.tmdl").read_text()
    assert "\tdiscourageImplicitMeasures\n" in text
    assert (model.days, model.day) == ("time_spine", "date_day")


def test_published_dimensions_can_be_chosen(definitions: Definitions, model: Model) -> None:
    for metric in definitions.metrics:
        for measure in metric.measures:
            for dimension in measure.dimensions:
                if dimension.name in metric.dimensions:
                    column = f"{dimension.model}[{dimension.expression}]"
                    assert "isHidden" not in model.properties[column], (metric.name, column)


def test_a_parser_finds_the_same_objects(folder: Path, model: Model) -> None:
    found = TMLDParser(str(folder / "groundwork.pbip")).parse_all_tables()
    assert sorted(found) == sorted(f"{name}.tmdl" for name in model.tables)
    heads = [part.element.split(" = ")[0] for part in found[f"{HOME}.tmdl"][0].properties]
    measures = [x.removeprefix("measure ").strip("'= ") for x in heads if x.startswith("measure")]
    assert sorted(measures) == sorted(model.measures)


def test_no_two_paths_lead_from_a_fact_to_the_days(model: Model) -> None:
    for fact in model.tables:
        paths, ends = 0, [fact]
        while ends:
            table = ends.pop()
            paths += table == model.days
            ends += [to for start, _, to, _, active in model.links if start == table and active]
        assert paths <= 1, fact


def test_files_are_the_same_each_time_and_name_each_other(
    definitions: Definitions, folder: Path
) -> None:
    assert project_files(definitions) == project_files(definitions)
    report = json.loads((folder / "groundwork.pbip").read_text())["artifacts"][0]["report"]["path"]
    named = json.loads((folder / report / "definition.pbir").read_text())
    assert (folder / report / named["datasetReference"]["byPath"]["path"]).is_dir()
    pages = json.loads((folder / report / "definition/pages/pages.json").read_text())
    for page in pages["pageOrder"]:
        assert (folder / report / "definition/pages" / page / "page.json").is_file()


@pytest.mark.parametrize("grain", PERIODS)
def test_measures_give_the_published_values(
    definitions: Definitions, model: Model, demo: Build, grain: str
) -> None:
    with demo.connect() as connection:
        evaluator = Evaluator(model, connection)
        for metric in definitions.metrics:
            columns = {
                dimension.name: (dimension.model, dimension.expression)
                for measure in metric.measures
                for dimension in measure.dimensions
            }
            for name in ("total", *metric.dimensions):
                found = {
                    (
                        period,
                        "total" if name == "total" else "(none)" if value is None else value,
                    ): x
                    for (period, value), x in evaluator.values(
                        metric.label, PERIODS[grain], columns.get(name)
                    ).items()
                }
                published = connection.execute(
                    "select period_start, dimension_value, metric_value"
                    " from metrics.metric_values"
                    " where metric_name = ? and grain = ? and dimension_name = ?"
                    " and is_complete_period and metric_value is not null",
                    [metric.name, grain, name],
                ).fetchall()
                expected = {(period, value): x for period, value, x in published}
                assert expected, (metric.name, name)
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), (metric.name, name)


def test_another_aggregation_in_yaml_is_another_measure(tmp_path: Path) -> None:
    out = written_with_the_smallest_order("powerbi", tmp_path)
    model = read_model(out / "groundwork.SemanticModel/definition")
    assert "MIN('fct_orders'[gross_amount])" in model.measures["_largest_order"]


def test_another_aggregation_is_another_measure(definitions: Definitions) -> None:
    metric = definitions.metric("buyers")
    counted = replace(metric.measures[0], aggregation="count")
    text = home(changed(definitions, "buyers", measures=(counted,)))
    line = next(x for x in text.splitlines() if x.startswith("\tmeasure _buyers ="))
    assert "DISTINCTCOUNTNOBLANK" not in line
    assert "SUMX('fct_orders', IF(ISBLANK('fct_orders'[user_id]), 0, 1))" in line


@pytest.mark.parametrize(
    ("condition", "dax"),
    [
        ("event__surface != 'email'", 'NOT ISBLANK({0}) && NOT {0} == "email"'),
        ("not event__surface in ('a', 'b')", 'NOT ({0} == "a" || {0} == "b")'),
        ("event__surface is null", "ISBLANK({0})"),
        ("event__surface > 'm'", 'NOT ISBLANK({0}) && {0} > "m"'),
    ],
)
def test_conditions_hold_for_no_blank_that_sql_leaves_out(
    definitions: Definitions, condition: str, dax: str
) -> None:
    measure = replace(definitions.metric("clicks").measures[0], filters=(condition,))
    text = home(changed(definitions, "clicks", measures=(measure,)))
    assert dax.format("'fct_events'[surface]") in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        *UNTRANSLATABLE,
        (
            {"filters": ("order__channel = 'a' or user__country = 'DE'",)},
            "which filters one table at a time",
        ),
        ({"filters": ("order__channel like 'a%'",)}, "order__channel LIKE 'a%'"),
    ],
)
def test_what_has_no_translation_is_told_in_one_line(
    definitions: Definitions, changes: dict[str, object], message: str
) -> None:
    is_told_in_one_line(project_files, definitions, changes, message)


def test_two_metrics_with_one_label_are_refused(definitions: Definitions) -> None:
    with pytest.raises(GroundworkError, match="give it another label"):
        project_files(changed(definitions, "orders", label="Buyers"))
