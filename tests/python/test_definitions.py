"""Definitions under version control: what changes a metric's hash and what does not, what is
refused, and that a build with an unlocked definition is not published."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from click.testing import CliRunner, Result
from conftest import ROOT, Build, copy_project, run_dbt
from tiny_project import built_project, copied, published_version

from groundwork.cli import main
from groundwork.definitions import (
    LOCK_FILE,
    Definition,
    Locked,
    normalised,
    problems,
    read_definitions,
    read_lock,
    refusals,
)
from groundwork.project import Project
from groundwork.publish import current_publication

YAML = "models/marts/metrics/definitions"
# Of each kind of change one: (file, text, replacement) and the metrics whose definition it is.
MUTATIONS = {
    "filter of a metric": (
        f"{YAML}/orders.yml",
        "name: discount_amount_total\n        fill_nulls_with: 0\n    filter: |\n"
        "      {{ Dimension('order__is_cancelled') }} = false",
        "name: discount_amount_total\n        fill_nulls_with: 0\n    filter: |\n"
        "      {{ Dimension('order__is_cancelled') }} = true",
        {"discounts", "net_revenue", "discount_share"},
    ),
    "expression of a derivation": (
        f"{YAML}/orders.yml",
        "expr: buyers - new_buyers",
        "expr: new_buyers - buyers",
        {"returning_buyers"},
    ),
    "filter of an input": (
        f"{YAML}/orders.yml",
        "alias: refunded_orders\n        filter: |\n"
        "          {{ Dimension('order__is_refunded') }} = true",
        "alias: refunded_orders\n        filter: |\n"
        "          {{ Dimension('order__is_refunded') }} = false",
        {"refund_rate"},
    ),
    "aggregation of a measure": (
        f"{YAML}/orders.yml",
        "agg: max\n        expr: gross_amount",
        "agg: min\n        expr: gross_amount",
        {"largest_order"},
    ),
    "window of a cumulative metric": (
        f"{YAML}/orders.yml",
        "window: 28 days",
        "window: 27 days",
        {"gross_revenue_28d"},
    ),
    "window of a conversion": (
        f"{YAML}/users.yml",
        "window: 7 days",
        "window: 6 days",
        {"sign_up_to_purchase_7d"},
    ),
    "time dimension of a measure": (
        f"{YAML}/orders.yml",
        "agg_time_dimension: refunded_at",
        "agg_time_dimension: ordered_at",
        {"refunds", "net_revenue"},
    ),
    "numerator of a ratio": (
        f"{YAML}/across_facts.yml",
        "numerator: lessons_completed",
        "numerator: gross_revenue",
        {"lessons_per_learning_user"},
    ),
}


def definitions_of(project: Path) -> tuple[dict[str, Definition], dict]:
    folder = project.parent / "parsed"
    parsed = run_dbt("parse", folder=folder, project=project)
    assert parsed.exit_code == 0, parsed.output[-3000:]
    return read_definitions(parsed.manifest), parsed.manifest


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Definition], dict]:
    return definitions_of(copy_project(tmp_path_factory.mktemp("base") / "project", whole=False))


@pytest.fixture(scope="module")
def manifest(base: tuple[dict[str, Definition], dict]) -> dict:
    return base[1]


@pytest.fixture(scope="module")
def definitions(base: tuple[dict[str, Definition], dict]) -> dict[str, Definition]:
    return base[0]


def changed(before: dict[str, Definition], after: dict[str, Definition]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name, found in after.items() if found.hash != before[name].hash}


def test_the_committed_lock_holds_the_committed_definitions(
    definitions: dict[str, Definition],
) -> None:
    assert problems(definitions, read_lock(Project(ROOT))) == []


def test_a_build_leaves_the_definitions_that_a_parse_leaves(
    definitions: dict[str, Definition], demo: Build
) -> None:
    assert changed(definitions, read_definitions(demo.manifest)) == set()


def test_changes_of_the_yaml_change_the_metrics_that_they_define(
    definitions: dict[str, Definition], tmp_path: Path
) -> None:
    project = copy_project(tmp_path / "project", whole=False)
    expected: set[str] = set()
    for name, (file, text, replacement, metrics) in MUTATIONS.items():
        path = project / file
        assert path.read_text().count(text) == 1, name
        path.write_text(path.read_text().replace(text, replacement))
        expected |= metrics
    after, _ = definitions_of(project)
    assert changed(definitions, after) == expected
    found = problems(after, read_lock(Project(ROOT)))
    assert sorted(line.split(":")[0] for line in found) == sorted(f"metric {n}" for n in expected)
    assert all("raise it to 2, add the changelog line" in line for line in found)


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_change_of_the_yaml_alone_changes_its_metrics(name: str, manifest: dict) -> None:
    """Read from the manifest's YAML parts, so that no change hides behind another."""
    before = read_definitions(manifest)
    file, text, replacement, metrics = MUTATIONS[name]
    mutated = copy.deepcopy(manifest)
    declared = yaml.safe_load((ROOT / file).read_text().replace(text, replacement))
    for metric in declared["metrics"]:
        _apply(mutated["metrics"][f"metric.groundwork.{metric['name']}"], metric)
    for semantic_model in declared.get("semantic_models", []):
        kept = mutated["semantic_models"][f"semantic_model.groundwork.{semantic_model['name']}"]
        for measure, new in zip(kept["measures"], semantic_model["measures"], strict=True):
            measure |= {
                key: new[key] for key in ("agg", "expr", "agg_time_dimension") if key in new
            }
    assert changed(before, read_definitions(mutated)) == metrics


def _apply(metric: dict, declared: dict) -> None:
    """Carry what the mutations touch from YAML into the manifest's form of it."""
    params, new = metric["type_params"], declared["type_params"]
    if "filter" in declared:
        metric["filter"] = {"where_filters": [{"where_sql_template": declared["filter"]}]}
    if "expr" in new:
        params["expr"] = new["expr"]
    for part in ("numerator", "denominator"):
        if part in new:
            given = new[part] if isinstance(new[part], dict) else {"name": new[part]}
            params[part]["name"] = given["name"]
            if "filter" in given:
                template = {"where_sql_template": given["filter"]}
                params[part]["filter"] = {"where_filters": [template]}
    for kind in ("cumulative_type_params", "conversion_type_params"):
        if window := new.get(kind, {}).get("window"):
            params[kind]["window"]["count"] = int(window.split()[0])


def test_a_change_of_an_upstream_model_changes_every_metric_on_it(manifest: dict) -> None:
    before = read_definitions(manifest)
    facts = marts_of_metrics(manifest)
    upstream = {name: ancestors(manifest, marts) for name, marts in facts.items()}
    models = {name for names in upstream.values() for name in names if name.startswith("model.")}
    assert {"base_product__orders", "stg_product__orders", "int_orders", "fct_orders"} <= {
        name.rpartition(".")[2] for name in models
    }
    for model in models:
        mutated = manifest | {"nodes": dict(manifest["nodes"])}
        node = manifest["nodes"][model]
        mutated["nodes"][model] = node | {"raw_code": node["raw_code"] + "\nwhere 1 = 1"}
        expected = {name for name, names in upstream.items() if model in names}
        assert changed(before, read_definitions(mutated)) == expected, model


def marts_of_metrics(manifest: dict) -> dict[str, set[str]]:
    """The marts that each metric reads, told by dbt's own lineage and the text of its filters."""
    marts: dict[str, set[str]] = {}
    models = manifest["semantic_models"]
    primary = {
        entity["name"]: model["depends_on"]["nodes"][0]
        for model in models.values()
        for entity in model["entities"]
        if entity["type"] == "primary"
    }

    def read(name: str, seen: set[str], text: str) -> tuple[set[str], str]:
        if name.startswith("semantic_model."):
            return {*seen, models[name]["depends_on"]["nodes"][0]}, text
        metric = manifest["metrics"][name]
        text += json.dumps([metric["filter"], metric["type_params"]])
        for parent in metric["depends_on"]["nodes"]:
            seen, text = read(parent, seen, text)
        return seen, text

    for unique_id, metric in manifest["metrics"].items():
        seen, text = read(unique_id, set(), "")
        filtered = set(re.findall(r"Dimension\('(\w+?)__\w+'\)", text))
        marts[metric["name"]] = seen | {primary[entity] for entity in filtered}
    return marts


def ancestors(manifest: dict, names: set[str]) -> set[str]:
    found: set[str] = set()
    left = [*names]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += manifest["parent_map"][name]
    return found


@pytest.mark.parametrize(
    ("macro", "some", "others"),
    [
        # called by models of staging, by a macro of theirs, and chosen by the engine
        ("read_as", {"gross_revenue", "active_users"}, set()),
        ("_safe_timestamp", {"gross_revenue"}, set()),
        ("spark___safe_timestamp", {"gross_revenue"}, set()),
        ("_ranked_per_key", {"gross_revenue"}, set()),
        # what aggregates all metrics alike, and what other marts call, is no part of a definition
        ("measure_values", set(), {"gross_revenue", "active_users"}),
        ("welch", set(), {"gross_revenue"}),
    ],
)
def test_a_change_of_a_macro_changes_the_metrics_on_it(
    macro: str, some: set[str], others: set[str], manifest: dict
) -> None:
    mutated = manifest | {"macros": dict(manifest["macros"])}
    name = f"macro.groundwork.{macro}"
    body = manifest["macros"][name]
    text = body["macro_sql"].replace("{%- endmacro", " + 1 {%- endmacro")
    assert text != body["macro_sql"]
    mutated["macros"][name] = body | {"macro_sql": text}
    found = changed(read_definitions(manifest), read_definitions(mutated))
    assert some <= found
    assert not others & found


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("columns", "gross_amount", "data_type"), "double"),
        (("columns", "status", "config", "meta", "not_null"), False),
        (("config", "meta", "key"), ["order_id", "user_id"]),
    ],
)
def test_a_change_of_the_raw_contract_changes_the_metrics_on_it(
    place: tuple[str, ...], value: object, manifest: dict
) -> None:
    mutated = copy.deepcopy(manifest)
    part = mutated["sources"]["source.groundwork.product.orders"]
    for key in place[:-1]:
        part = part[key]
    assert part[place[-1]] != value
    part[place[-1]] = value
    found = changed(read_definitions(manifest), read_definitions(mutated))
    assert "gross_revenue" in found


def test_comments_layout_and_words_about_a_metric_change_nothing(
    definitions: dict[str, Definition], tmp_path: Path
) -> None:
    project = copy_project(tmp_path / "project", whole=False)
    for path in [*(project / "models").rglob("*.sql"), *(project / "macros").rglob("*.sql")]:
        text = path.read_text()
        text = re.sub(r"(\{%-? macro [^%]*%\})", r"\1{# a note: it's (not) said #}", text)
        if path.is_relative_to(project / "models"):
            text = re.sub(r"^( *)(select|from|with|where|union all)\b", _shouted, text, flags=re.M)
            if not re.search(r"\{[{%][^}]*\n", text):
                text = text.replace(",\n", "  ,  -- it's a remark\n\n")
            text = f"/* select 'nothing\n */ {text}\n-- the end, isn't it"
        path.write_text(text)
    for path in (project / YAML).glob("*.yml"):
        declared = yaml.safe_load(path.read_text())
        for metric in declared.get("metrics", []):
            metric["label"] = metric["description"] = f"Other words: {metric['name']} again."
            meta = metric["config"]["meta"]
            meta |= {"owner": "nobody@groundwork.example", "target": 1, "dimensions": []}
            if "filter" in metric:
                metric["filter"] = "  " + metric["filter"].strip().replace(" = ", "\n  =   ")
        path.write_text("# rewritten\n" + yaml.safe_dump(declared))
    after, _ = definitions_of(project)
    assert changed(definitions, after) == set()


def _shouted(match: re.Match) -> str:
    return f"{match[1]}  {match[2].upper()}"


def test_where_raw_rows_come_from_changes_nothing(
    definitions: dict[str, Definition], tmp_path: Path
) -> None:
    variables = {"raw_path": str(tmp_path), "absent": ["experiments", "product.survey_responses"]}
    parsed = run_dbt("parse", folder=tmp_path, variables=variables)
    assert parsed.exit_code == 0, parsed.output[-3000:]
    assert changed(definitions, read_definitions(parsed.manifest)) == set()


@pytest.mark.parametrize(
    ("text", "other", "same"),
    [
        ("select a, b from t", "SELECT\n  a,\n  b, -- it's\nFROM t", True),
        ("select 'a -- b'", "select 'a'", False),
        ("select 'A'", "select 'a'", False),
        ("select 'a  b'", "select 'a b'", False),
        ("select 'it''s' /* x */", "select 'it''s'", True),
        ("select 'it''S'", "select 'it''s'", False),
        ("f(a, b,)", "f(a,b)", True),
        ("f(a, b)", "f(b, a)", False),
        ("a - -1", "a --1", False),
        ("a <= 1", "a < 1", False),
        ("{{ f('--x') }} + 1", "{{ f('--x') }} + 2", False),
        ("{{ f( 'a' ,\n'b', ) }}", "{{- f('a', 'b') -}}", True),
        ("{{ f('a') }}", "{{ f('b') }}", False),
        ("{# it's #} select 1", "select 1", True),
        ("total_{{ x }}", "total_ {{ x }}", False),
        ("total_{{ x }}", "total_   {{- x }}", True),
        ("'{{ var('x') }}  y'", "'{{ var('x') }} y'", False),
        ('select "A"', 'select "a"', False),
        ("{% if a %} x {% endif %}", "{%- if a -%}x{%- endif %}", True),
        ("{% if a %} x {% endif %}", "{% if not a %} x {% endif %}", False),
    ],
)
def test_normalised_text_keeps_what_means_something(text: str, other: str, same: bool) -> None:
    assert (normalised(text) == normalised(other)) is same


def defined(version: int, print_: str, *changelog: str) -> Definition:
    return Definition("orders", version, changelog, print_)


@pytest.mark.parametrize(
    ("found", "locked", "is_refused", "line"),
    [
        (defined(1, "a", "1 (2026-01-01): first"), Locked(1, "a"), False, ""),
        (defined(1, "b", "1 (2026-01-01): first"), Locked(1, "a"), True, "raise it to 2"),
        (defined(2, "b", "1 (2026-01-01): first"), Locked(1, "a"), True, "no changelog line"),
        (defined(2, "b", "2 (soon): other"), Locked(1, "a"), True, "no changelog line"),
        (defined(2, "b", "2 (2026-02-01): other"), Locked(1, "a"), False, "version 2 is not in"),
        (defined(1, "a", "1 (2026-01-01): first"), Locked(2, "b"), True, "versions only grow"),
        (defined(1, "a", "1 (2026-01-01): first"), None, False, "it is not in definitions.lock"),
        (defined(0, "a"), None, True, "no changelog line"),
    ],
)
def test_a_definition_is_held_to_its_version(
    found: Definition, locked: Locked | None, is_refused: bool, line: str
) -> None:
    entries = {"orders": locked} if locked else {}
    lines = problems({"orders": found}, entries)
    assert len(lines) == bool(line)
    assert line in "".join(lines)
    assert bool(refusals({"orders": found}, entries)) is is_refused


def test_two_metrics_of_one_definition_are_refused(manifest: dict) -> None:
    twin = copy.deepcopy(manifest["metrics"]["metric.groundwork.net_revenue"]) | {"name": "twin"}
    twin["type_params"]["expr"] = "revenue_before -\n discounts  - refunds"
    twin["type_params"]["metrics"][0]["alias"] = "revenue_before"
    metrics = manifest["metrics"] | {"metric.groundwork.twin": twin}
    found = refusals(read_definitions(manifest | {"metrics": metrics}), read_lock(Project(ROOT)))
    assert found == ["metric twin: it has the same definition as net_revenue; keep one of them"]


def test_entries_without_a_metric_are_told(definitions: dict[str, Definition]) -> None:
    locked = read_lock(Project(ROOT)) | {"gone": Locked(1, "a")}
    assert problems(definitions, locked) == [
        f"metric gone: it is in {LOCK_FILE} and not in the project; run `groundwork lock`"
    ]


TINY = {
    "models/marts/orders.sql": """
        select order_id, {{ var('sample_days') }} as version, date '2025-06-01' as ordered_date
        from {{ ref('raw_orders') }}
    """,
    "models/marts/days.sql": "select date '2025-06-01' as date_day",
    "models/marts/metrics.yml": """
        models:
          - name: days
            access: private
            group: nobody
            columns: [{name: date_day, data_type: date, granularity: day}]
            time_spine: {standard_granularity_column: date_day}
            config: {contract: {enforced: false}}
        groups: [{name: nobody, owner: {name: nobody}}]
        semantic_models:
          - name: orders
            model: ref('orders')
            defaults: {agg_time_dimension: ordered_at}
            entities: [{name: order, type: primary, expr: order_id}]
            dimensions:
              - name: ordered_at
                type: time
                expr: ordered_date
                type_params: {time_granularity: day}
            measures: [{name: order_count, agg: count, expr: order_id}]
        metrics:
          - name: orders
            label: Orders
            type: simple
            type_params: {measure: order_count}
            config: {meta: {version: 1, changelog: ["1 (2026-01-01): first definition"]}}
    """,
}


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The tiny project with one metric."""
    project = copied(
        built_project(tmp_path_factory.getbasetemp() / "tiny"),
        tmp_path_factory.mktemp("shop") / "project",
    )
    for name, text in TINY.items():
        (project.root / name).write_text(dedent(text))
    described = project.root / "models/marts/marts.yml"
    described.write_text(
        described.read_text()
        .replace(
            "  - name: lines",
            "      - {name: ordered_date, data_type: date, description: When.}\n  - name: lines",
        )
        .replace("columns: &columns", "columns:")
        .replace(
            "columns: *columns",
            "columns:\n      - {name: order_id, data_type: integer, description: Key.}\n"
            "      - {name: version, data_type: integer, description: Which.}",
        )
    )
    yield project


def groundwork(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--project-dir", str(project.root)])


def test_a_build_is_published_with_locked_definitions_only(shop: Project) -> None:
    refused = groundwork(shop, "build", "--full-refresh")
    assert refused.exit_code == 1
    assert "metric orders: it is not in definitions.lock; run `groundwork lock`" in refused.output
    assert not shop.published_path.exists()
    assert groundwork(shop, "lock", "--check").exit_code == 1
    assert groundwork(shop, "lock").exit_code == 0
    assert groundwork(shop, "lock", "--check").exit_code == 0
    # what was built can be published now: locking leaves its artifacts alone
    assert groundwork(shop, "publish").exit_code == 0
    assert published_version(shop.published_path) == 0

    definition = shop.root / "models/marts/orders.sql"
    text = definition.read_text()
    definition.write_text(f"-- only a remark\n{text}")
    assert groundwork(shop, "build").exit_code == 0
    before = current_publication(shop)
    definition.write_text(f"{text} where order_id > 1")
    refused = groundwork(shop, "build")
    assert refused.exit_code == 1
    assert "raise it to 2" in refused.output
    assert current_publication(shop) == before
    assert groundwork(shop, "lock").exit_code == 1

    described = shop.root / "models/marts/metrics.yml"
    described.write_text(
        described.read_text().replace(
            "version: 1, changelog: [", 'version: 2, changelog: ["2 (2026-02-01): other", '
        )
    )
    assert groundwork(shop, "lock").exit_code == 0
    built = groundwork(shop, "build")
    assert built.exit_code == 0, built.output
    assert current_publication(shop) != before
