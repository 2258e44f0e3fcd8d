"""The import bundle of Superset: complete, whole in itself, with metrics that add up rightly."""

from __future__ import annotations

import io
import json
import math
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from bi_cases import changed
from click.testing import CliRunner
from conftest import ROOT, Build

from groundwork.bi.definitions import Definitions
from groundwork.bi.superset.bundle import BUNDLE, bundle_files
from groundwork.cli import main

URI = "duckdb:////published/groundwork.duckdb"


@pytest.fixture(scope="module")
def files(definitions: Definitions) -> dict[str, str | bytes]:
    return bundle_files(definitions, URI)


@pytest.fixture(scope="module")
def assets(files: dict[str, str | bytes]) -> dict[str, dict[str, dict]]:
    """The assets by kind and name."""
    found: dict[str, dict[str, dict]] = {}
    for path, text in files.items():
        kind, _, name = path.removesuffix(".yaml").partition("/")
        if name:
            found.setdefault(kind, {})[name] = yaml.safe_load(text)
    return found


def saved_metrics(assets: dict[str, dict[str, dict]], dataset: str) -> dict[str, dict]:
    saved = assets["datasets"][dataset]["metrics"]
    found = {metric["metric_name"]: metric for metric in saved}
    assert len(found) == len(saved)
    return found


def cells(demo: Build, sql: str) -> dict[tuple, tuple]:
    """Return the last columns of a query by the three first."""
    found = {row[:3]: row[3:] for row in demo.rows(sql)}
    assert found
    return found


def test_every_metric_is_a_saved_metric_once(assets, definitions: Definitions) -> None:
    for dataset in ("metric_values", "metric_values_to_date"):
        saved = saved_metrics(assets, dataset)
        assert set(saved) == {
            "metric_value",
            "target",
            *(metric.name for metric in definitions.metrics),
        }
        for metric in definitions.metrics:
            badge = saved[metric.name]["extra"].get("certification", {})
            assert badge.get("certified_by") == (metric.owner if metric.tier == 1 else None)
            assert metric.description in saved[metric.name]["description"]


def test_saved_metrics_are_the_governed_values(assets, demo: Build, definitions) -> None:
    governed = assets["datasets"]["metric_values"]["sql"]
    saved = saved_metrics(assets, "metric_values")
    for metric in definitions.metrics:
        shown = cells(
            demo,
            f"select period_start, dimension_name, dimension_value, "
            f"{saved[metric.name]['expression']} from ({governed}) "
            f"where metric_name = '{metric.name}' and grain = '{metric.grain}' group by all",
        )
        expected = cells(
            demo,
            "select period_start, dimension_name, dimension_value, metric_value "
            f"from metrics.metric_values where metric_name = '{metric.name}' "
            f"and grain = '{metric.grain}' and is_complete_period",
        )
        assert shown.keys() == expected.keys(), metric.name
        for key, (value,) in expected.items():
            got = shown[key][0]
            assert (got is None) == (value is None), (metric.name, key)
            assert value is None or math.isclose(got, value, rel_tol=1e-12), (metric.name, key)


def test_what_comes_together_is_added_divided_or_left_empty(assets, demo, definitions) -> None:
    """Over all weeks: sums of amounts, ratios of sums, and nothing for the rest."""
    governed = assets["datasets"]["metric_values"]["sql"]
    saved = saved_metrics(assets, "metric_values")
    seen = set()
    for metric in definitions.metrics:
        where = f"where metric_name = '{metric.name}' and grain = 'week'"
        rows = demo.rows(
            "select dimension_name, metric_value, numerator, denominator "
            f"from metrics.metric_values {where} and is_complete_period"
        )
        for dimension in ("total", metric.dimensions[0]):
            ((got,),) = demo.rows(
                f"select {saved[metric.name]['expression']} from ({governed}) {where} "
                f"and dimension_name = '{dimension}'"
            )
            chosen = [row[1:] for row in rows if row[0] == dimension]
            if metric.additivity == "additive":
                seen.add("added")
                expected = sum(value for value, _, _ in chosen)
            elif metric.name in {"refund_rate", "average_order_value", "session_minutes"}:
                seen.add(metric.name)
                expected = sum(row[1] for row in chosen) / sum(row[2] for row in chosen)
            elif metric.type in ("cumulative", "conversion") or not any(row[2] for row in chosen):
                seen.add("empty")
                assert got is None, metric.name
                continue
            else:
                continue
            assert math.isclose(got, expected, rel_tol=1e-9), (metric.name, dimension)
    assert seen == {"added", "empty", "refund_rate", "average_order_value", "session_minutes"}


def test_grains_and_dimensions_are_never_mixed(assets, demo, definitions) -> None:
    governed = assets["datasets"]["metric_values"]["sql"]
    for name, saved in saved_metrics(assets, "metric_values").items():
        if name == "target":
            continue
        for mixed in ("grain = 'week'", "dimension_name = 'total'", "true"):
            ((got,),) = demo.rows(f"select {saved['expression']} from ({governed}) where {mixed}")
            assert got is None, (name, mixed)


def test_the_target_is_that_of_one_metric_at_its_own_grain(assets, demo, definitions) -> None:
    governed = assets["datasets"]["metric_values"]["sql"]
    target = saved_metrics(assets, "metric_values")["target"]["expression"]
    shown = demo.rows(
        f"select metric_name, grain, dimension_name, {target} from ({governed}) group by all"
    )
    assert {row[0]: row[3] for row in shown if row[3] is not None} == {
        metric.name: metric.target for metric in definitions.metrics
    }
    for name, grain, dimension, value in shown:
        is_set = dimension == "total" and grain == definitions.metric(name).grain
        assert (value is not None) == is_set, (name, grain, dimension)
    assert demo.rows(f"select {target} from ({governed})") == [(None,)]


def test_unfinished_periods_are_left_out_unless_asked_for(assets, demo) -> None:
    for dataset, condition in (
        ("metric_values", "is_complete_period"),
        ("metric_values_to_date", "true"),
    ):
        sql = assets["datasets"][dataset]["sql"]
        assert demo.rows(f"select count(*) from ({sql})") == demo.rows(
            f"select count(*) from metrics.metric_values where {condition}"
        )
    assert demo.rows("select count(*) > 0 from metrics.metric_values where not is_complete_period")


def test_amounts_are_no_columns_of_governed_datasets(assets, demo) -> None:
    dataset = assets["datasets"]["metric_values"]
    columns = {column["column_name"]: column for column in dataset["columns"]}
    described = demo.rows(f"describe ({dataset['sql']})")
    left_out = {"metric_value", "numerator", "denominator", "target"}
    assert set(columns) == {name for name, *_ in described} - left_out
    for name, kind, *_ in described:
        assert name in left_out or columns[name]["type"] == kind


def test_datasets_are_the_public_tables(assets, demo, definitions) -> None:
    assert set(assets["datasets"]) == {
        "metric_values_to_date",
        *(table.name for table in definitions.tables),
    }
    for table in definitions.tables:
        dataset = assets["datasets"][table.name]
        assert dataset["extra"]["certification"]["certified_by"] == table.owner
        assert dataset["description"] and dataset["schema"] == table.schema
        if dataset["sql"] is None:
            described = demo.rows(f"describe {table.schema}.{table.name}")
            assert {c["column_name"]: c["type"] for c in dataset["columns"]} == {
                name: kind for name, kind, *_ in described
            }


def test_charts_answer_what_their_dashboards_ask(assets, demo) -> None:
    """Columns, conditions and orders of every chart are good SQL on its dataset."""
    names = {dataset["uuid"]: name for name, dataset in assets["datasets"].items()}
    for name, chart in assets["charts"].items():
        dataset = assets["datasets"][names[chart["dataset_uuid"]]]
        (query,) = json.loads(chart["query_context"])["queries"]
        saved = saved_metrics(assets, dataset["table_name"])
        selected = [
            column if isinstance(column, str) else column["sqlExpression"]
            for column in query["columns"]
        ]
        measured = [
            saved[metric]["expression"] if isinstance(metric, str) else metric["sqlExpression"]
            for metric in query.get("metrics", [])
        ]
        conditions = [f"{each['col']} = '{each['val']}'" for each in query["filters"]]
        where = " and ".join([*conditions, *filter(None, [query["extras"]["where"]])])
        table = f"({dataset['sql']})" if dataset["sql"] else f"{dataset['schema']}.{{}}"
        rows = demo.rows(
            f"select {', '.join([*selected, *measured])} "
            f"from {table.format(dataset['table_name'])} "
            f"{'where ' + where if where else ''} {'group by all' if measured else ''}"
        )
        if names[chart["dataset_uuid"]] not in ("metric_restatements",):
            assert rows, name
        if measured and "filter" not in name and not name.startswith("metric_explorer"):
            assert any(row[len(selected)] is not None for row in rows), name


def test_everything_in_the_bundle_is_found_in_the_bundle(assets) -> None:
    ids = [asset["uuid"] for kind in assets.values() for asset in kind.values()]
    assert len(set(ids)) == len(ids)
    charts = {chart["uuid"] for chart in assets["charts"].values()}
    datasets = {dataset["uuid"] for dataset in assets["datasets"].values()}
    placed = set()
    for dashboard in assets["dashboards"].values():
        parts = {name: part for name, part in dashboard["position"].items() if "meta" in part}
        numbers = [part["meta"]["chartId"] for part in parts.values() if part["type"] == "CHART"]
        assert len(set(numbers)) == len(numbers)
        placed |= {part["meta"]["uuid"] for part in parts.values() if part["type"] == "CHART"}
        for row in dashboard["position"]["GRID_ID"]["children"]:
            widths = [parts[child]["meta"]["width"] for child in parts[row]["children"]]
            assert sum(widths) <= 12
        for choice in dashboard["metadata"]["native_filter_configuration"]:
            for target in choice["targets"]:
                assert not target or target["datasetUuid"] in datasets
    assert placed == charts
    assert {chart["dataset_uuid"] for chart in assets["charts"].values()} <= datasets


def test_the_overview_has_every_metric_of_tier_one(assets, definitions) -> None:
    (overview,) = (each for each in definitions.dashboards if each.name == "metric_overview")
    assert set(overview.metrics) == {m.name for m in definitions.metrics if m.tier == 1}
    texts = [
        part["meta"]["code"]
        for part in assets["dashboards"]["metric_overview"]["position"].values()
        if isinstance(part, dict) and part["type"] == "MARKDOWN"
    ]
    for name, text in zip(overview.metrics, texts, strict=True):
        metric = definitions.metric(name)
        for fact in (metric.label, metric.description, metric.owner, metric.action):
            assert fact in text


def test_every_dashboard_is_an_exposure_with_an_owner(assets, definitions, demo) -> None:
    exposures = {
        exposure["name"]: exposure
        for exposure in demo.manifest["exposures"].values()
        if exposure["config"]["meta"].get("tool") == "superset"
    }
    assert {name: asset["dashboard_title"] for name, asset in assets["dashboards"].items()} == {
        name: exposure["label"] for name, exposure in exposures.items()
    }
    assert all(exposure["owner"]["email"] for exposure in exposures.values())
    certified = {name for name, asset in assets["dashboards"].items() if asset["certified_by"]}
    assert certified == {name for name, each in exposures.items() if each["maturity"] == "high"}


def test_a_dashboard_splits_by_its_own_dimension(assets) -> None:
    uuids = {
        part["meta"]["uuid"]
        for part in assets["dashboards"]["marketing_overview"]["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    }
    by_uuid = {chart["uuid"]: chart["slice_name"] for chart in assets["charts"].values()}
    split = [by_uuid[each] for each in uuids if "latest" in by_uuid[each]]
    assert len(split) == 3 and all("by acquisition channel, latest week" in name for name in split)


def test_another_definition_gives_another_expression(definitions: Definitions) -> None:
    def expression(**changes) -> str:
        other = changed(definitions, "orders", **changes)
        text = bundle_files(other, URI)["datasets/metric_values.yaml"]
        saved = {m["metric_name"]: m["expression"] for m in yaml.safe_load(text)["metrics"]}
        return saved["orders"]

    assert "sum(metric_value)" in expression()
    assert "sum(" not in expression(additivity="non_additive")
    ratio = expression(additivity="non_additive", numerator="a", denominator="b")
    assert "sum(numerator)" in ratio and "nullif(sum(denominator)" in ratio


def test_a_period_is_chosen_for_axes_of_days_alone(definitions: Definitions) -> None:
    """A chart along names has nothing that a period could be put in place of."""
    (dashboard,) = (each for each in definitions.dashboards if each.name == "team_overview")
    (days,) = (chart for chart in dashboard.charts if chart.x and chart.kind == "bar")
    names = replace(days, title="Names", x="dimension_value")
    other = replace(dashboard, metrics=(), charts=(days, names))
    files = bundle_files(replace(definitions, dashboards=(other,)), URI)
    charts = {
        chart["slice_name"]: chart["params"]["adhoc_filters"]
        for path, text in files.items()
        if path.startswith("charts/")
        for chart in [yaml.safe_load(text)]
    }
    ranges = {
        title: [each["subject"] for each in filters if each.get("operator") == "TEMPORAL_RANGE"]
        for title, filters in charts.items()
    }
    assert ranges == {days.title: ["month_start"], "Names": []}


def test_the_database_can_be_read_and_nothing_else(assets) -> None:
    (database,) = assets["databases"].values()
    connect = database["extra"]["engine_params"]["connect_args"]
    assert database["sqlalchemy_uri"] == URI and connect["read_only"]
    assert connect["config"] == {"enable_external_access": False, "lock_configuration": True}
    assert not any(database[name] for name in ("allow_dml", "allow_ctas", "allow_csv_upload"))


def test_the_same_definitions_give_the_same_files(files, definitions: Definitions) -> None:
    assert bundle_files(definitions, URI) == files
    with zipfile.ZipFile(io.BytesIO(files[BUNDLE])) as archive:
        packed = {
            name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()
        }
    assert packed == {path: text for path, text in files.items() if path != BUNDLE}


def test_the_command_writes_the_bundle(tmp_path: Path, definitions: Definitions) -> None:
    out = tmp_path / "superset"
    command = ["bi", "superset", "--project-dir", str(ROOT), "--out", str(out), "--database", URI]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "9 dashboards, 46 metrics, 60 public tables" in result.output
    assert (out / BUNDLE).read_bytes() == bundle_files(definitions, URI)[BUNDLE]
