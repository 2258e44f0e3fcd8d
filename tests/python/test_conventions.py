"""The house rules, read off the manifest and the files: what nothing checks does not exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Build
from dbt.cli.main import dbtRunner
from dbt.jsonschemas import jsonschemas

LAYERS = ["staging", "intermediate", "marts"]
MAX_MODELS_IN_FOLDER = 12
MAX_FOLDER_DEPTH = 3
# names that stand in more than one place of models/marts without a prefix
PUBLIC_NOUNS = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
SIZE_LIMIT_OF_SEEDS = 10_000_000


def models(build: Build) -> list[dict]:
    nodes = build.manifest["nodes"].values()
    return [node for node in nodes if node["resource_type"] == "model"]


def raw_tables(build: Build) -> list[dict]:
    """The raw contract: every source but what earlier runs recorded."""
    sources = build.manifest["sources"].values()
    return [source for source in sources if source["source_name"] != "history"]


def staged(source: dict) -> str:
    return f"stg_{source['source_name']}__{source['name']}"


def folder(node: dict) -> Path:
    return Path(node["original_file_path"]).parent


def layer(node: dict) -> str:
    return folder(node).parts[1]


def test_strict_parse_warns_of_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        jsonschemas,
        "_JSONSCHEMA_SUPPORTED_ADAPTERS",
        {*jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS, "duckdb"},
    )
    monkeypatch.setenv("GROUNDWORK_BUILD_PATH", str(tmp_path / "parse.duckdb"))
    warnings: list[str] = []

    def collect(event) -> None:
        if event.info.level in ("warn", "error"):
            warnings.append(event.info.msg)

    result = dbtRunner(callbacks=[collect]).invoke(
        [
            "parse",
            "--no-partial-parse",
            "--show-all-deprecations",
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
            *("--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")),
        ]
    )
    assert result.success
    assert warnings == []


def test_every_model_and_column_is_described(demo: Build) -> None:
    with demo.connect() as connection:
        built = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
        ).fetchall()
    columns = {}
    for schema, table, column in built:
        columns.setdefault((schema, table), []).append(column)
    lacking = []
    for node in models(demo):
        described = {name: column["description"] for name, column in node["columns"].items()}
        if not node["description"].strip().startswith("One row"):
            lacking.append(f"{node['name']}: its description does not begin with its grain")
        if node["name"] == "int_measures_pivoted":  # its columns follow from the semantic YAML
            continue
        for column in columns[node["schema"], node["name"]]:
            if not described.get(column, "").strip():
                lacking.append(f"{node['name']}.{column} is not described")
        for column in described.keys() - set(columns[node["schema"], node["name"]]):
            lacking.append(f"{node['name']}.{column} is described and not there")
    assert lacking == []


def test_every_model_has_a_key_that_a_test_holds(demo: Build) -> None:
    keyed = set()
    for node in demo.manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            name = node["test_metadata"]["name"]
            if name in ("unique", "unique_combination"):
                keyed.add(node["attached_node"])
    one_row = {"model.groundwork.int_as_of"}
    raw_rows = {node["unique_id"] for node in models(demo) if node["name"].startswith("base_")}
    # a fact that is a view of its stored rows has the test
    views = {node["name"] for node in models(demo) if node["config"]["materialized"] == "view"}
    stored_rows = {
        node["unique_id"]
        for node in models(demo)
        if node["name"].startswith("int_") and node["name"].replace("int_", "fct_") in views
    }
    # one file per run and table: test_history.py holds their keys
    recorded = {node["unique_id"] for node in models(demo) if folder(node).name == "history"}
    unkeyed = {node["unique_id"] for node in models(demo)}
    unkeyed -= keyed | one_row | raw_rows | stored_rows | recorded
    assert unkeyed == set()


def test_marts_are_public_contracted_and_grouped(demo: Build) -> None:
    for node in models(demo):
        is_mart = layer(node) == "marts"
        assert (node["access"] == "public") == is_mart, node["name"]
        assert node["config"]["contract"]["enforced"] == is_mart, node["name"]
        assert node["config"]["group"], node["name"]
        if is_mart:
            untyped = [c["name"] for c in node["columns"].values() if not c["data_type"]]
            assert untyped == [], node["name"]


def test_names_follow_their_layer(demo: Build) -> None:
    for node in models(demo):
        name, parts = node["name"], folder(node).parts
        assert Path(node["original_file_path"]).stem == name
        if parts[-1] == "base":
            assert name.startswith(f"base_{parts[2]}__"), name
        elif layer(node) == "staging" and len(parts) > 2:
            assert name.startswith(f"stg_{parts[2]}__"), name
        elif layer(node) == "intermediate":
            assert name.startswith("int_"), name
        elif parts[:3] == ("models", "marts", "core"):
            assert name.startswith(("dim_", "fct_")), name
        elif layer(node) == "marts":
            assert PUBLIC_NOUNS.match(name) and not name.startswith(("dim_", "fct_")), name


def test_rows_flow_one_way(demo: Build) -> None:
    nodes = demo.manifest["nodes"]
    for node in models(demo):
        for parent_id in node["depends_on"]["nodes"]:
            if not parent_id.startswith("model."):
                assert layer(node) == "staging", f"{node['name']} reads {parent_id}"
                continue
            parent = nodes[parent_id]
            pair = f"{node['name']} reads {parent['name']}"
            if layer(node) == "staging":
                assert layer(parent) == "staging", pair
            elif folder(node).parts[1:3] in (("marts", "core"), ("intermediate", "core")):
                assert "metrics" not in folder(parent).parts, pair
            elif layer(node) == "marts":
                assert layer(parent) != "staging", pair


def test_raw_is_called_in_staging_only() -> None:
    callers = [
        path.relative_to(ROOT)
        for path in [*(ROOT / "models").rglob("*.sql"), *(ROOT / "analyses").rglob("*.sql")]
        if re.search(r"\{\{\s*(raw|source|history)\(", path.read_text())
    ]
    assert callers
    assert {path.parts[:2] for path in callers} == {("models", "staging")}


def test_models_hold_no_loop_and_no_graph() -> None:
    for path in (ROOT / "models").rglob("*.sql"):
        assert not re.search(r"\{%-?\s*for\b|\bgraph\.", path.read_text()), path.name


def test_only_the_listed_macros_read_the_manifest() -> None:
    readers = {
        path.stem for path in (ROOT / "macros").rglob("*.sql") if "graph." in path.read_text()
    }
    assert readers == {
        "cataloged_tables",
        "dashboard_definitions",
        "history",
        "metric_definitions",
        "raw_contract",
    }


def test_staging_model_yaml_and_contract_have_the_same_columns(demo: Build) -> None:
    nodes = {node["name"]: node for node in models(demo)}
    read = [source for source in demo.manifest["sources"].values() if staged(source) in nodes]
    assert len(read) > len(raw_tables(demo))
    for source in [*raw_tables(demo), *read]:
        table = f"{source['source_name']}__{source['name']}"
        contract = {
            "has_" + name if column["meta"].get("personal") else name
            for name, column in source["columns"].items()
        }
        staging = nodes[staged(source)]
        assert set(staging["columns"]) == contract, table
        built = demo.rows(
            "select column_name, data_type from information_schema.columns "
            f"where table_schema = 'staging' and table_name = 'stg_{table}'"
        )
        assert {name for name, _ in built} == contract, table
        expected = {
            "text": "VARCHAR",
            "timestamp": "TIMESTAMP",
            "date": "DATE",
            "integer": "BIGINT",
            "decimal": "DECIMAL",
            "double": "DOUBLE",
            "boolean": "BOOLEAN",
        }
        for name, data_type in built:
            declared = source["columns"].get(name, {"data_type": "boolean"})["data_type"]
            assert data_type.startswith(expected[declared]), f"{table}.{name} is {data_type}"


def test_staging_holds_every_rule_of_the_contract(demo: Build) -> None:
    nodes = {node["name"]: node for node in models(demo)}
    for source in raw_tables(demo):
        code = nodes[f"base_{source['source_name']}__{source['name']}"]["raw_code"]
        for name, column in source["columns"].items():
            if column["meta"].get("not_null"):
                assert f"missing('{name}')" in code, f"{source['name']}.{name} may be missing"
            if column["data_type"] != "text":
                typed = f"{{{{ read_as('{name}', '{column['data_type']}') }}}} as typed_{name}"
                assert typed in code, f"{source['name']}.{name} is not read as its type"
                assert f"unreadable('{name}')" in code, f"{source['name']}.{name} may be unreadable"
                assert f"typed_{name} as {name}," in code, f"{source['name']}.{name} stays raw text"
            may_lie_ahead = name in ("loaded_at", "published_at") or column["meta"].get("planned")
            if column["data_type"] == "timestamp" and not may_lie_ahead:
                assert f"in_future('{name}')" in code or name == "ended_at", name


def test_personal_columns_go_nowhere(demo: Build) -> None:
    personal = {
        name
        for source in demo.manifest["sources"].values()
        for name, column in source["columns"].items()
        if column["meta"].get("personal")
    }
    assert personal == {"email"}
    built = demo.rows(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_schema != 'raw'"
    )
    assert [row for row in built if row[2] in personal] == []
    addresses = demo.rows("select count(*) from staging.rejected_rows where raw_row like '%@%'")
    assert addresses == [(0,)]
    word = re.compile(rf"\b({'|'.join(personal)})\b")
    naming = set()
    for node in models(demo):
        code = (demo.target / "compiled/groundwork" / node["original_file_path"]).read_text()
        # texts and comments may hold the word, such as the name of a channel
        if word.search(re.sub(r"--.*|'[^']*'", "", code)):
            naming.add(node["name"])
            assert layer(node) == "staging", f"{node['name']} selects a personal column"
    assert "base_product__users" in naming, "the word is found where it is"


def test_raw_columns_with_the_id_of_a_user_are_marked(demo: Build) -> None:
    marked = {
        f"{source['name']}.{name}": column["meta"].get("user", False)
        for source in demo.manifest["sources"].values()
        for name, column in source["columns"].items()
        if name in ("user_id", "unit_id", "learner_id", "customer_id")
    }
    assert len(marked) > 5 and all(marked.values()), marked


def test_seeds_hold_the_contract_as_text(demo: Build) -> None:
    seeds = [node for node in demo.manifest["nodes"].values() if node["resource_type"] == "seed"]
    assert len(seeds) == len(raw_tables(demo))
    for source in raw_tables(demo):
        seed = demo.manifest["nodes"][f"seed.groundwork.{source['identifier']}"]
        types = seed["config"]["column_types"]
        assert list(types) == list(source["columns"]), source["name"]
        assert set(types.values()) == {"varchar"}
    size = sum(path.stat().st_size for path in (ROOT / "seeds").rglob("*.csv"))
    assert size <= SIZE_LIMIT_OF_SEEDS


def test_macros_are_named_after_their_file_and_documented() -> None:
    documented = {}
    for path in (ROOT / "macros").rglob("*.yml"):
        for macro in yaml.safe_load(path.read_text())["macros"]:
            documented[macro["name"]] = macro
    for path in (ROOT / "macros").rglob("*.sql"):
        text = path.read_text()
        names = re.findall(r"\{%-?\s*macro\s+(\w+)\(([^)]*)\)", text)
        public = [
            (name, arguments)
            for name, arguments in names
            if not name.startswith(("_", "duckdb__", "spark__"))
        ]
        assert text.lstrip().startswith("{#-"), f"{path.stem} has no header"
        if path.stem.startswith("_"):
            assert public == [], f"{path.stem} holds helpers only"
            continue
        assert [name for name, _ in public] == [path.stem], path
        described = documented[path.stem]
        declared = [argument["name"] for argument in described.get("arguments", [])]
        actual = [part.split("=")[0].strip() for part in public[0][1].split(",") if part.strip()]
        assert declared == actual, path.stem
        assert all(argument["type"] for argument in described.get("arguments", [])), path.stem


def test_dispatch_lives_in_engines_only() -> None:
    for path in (ROOT / "macros").rglob("*.sql"):
        if "adapter.dispatch" in path.read_text() or "target.type" in path.read_text():
            assert path.parent.name == "engines", path


def test_folders_stay_small_and_shallow() -> None:
    counts = Counter(path.parent for path in (ROOT / "models").rglob("*.sql"))
    for place, count in counts.items():
        assert count <= MAX_MODELS_IN_FOLDER, place
        assert len(place.relative_to(ROOT / "models").parts) <= MAX_FOLDER_DEPTH, place


def test_metrics_cover_every_supported_type(demo: Build) -> None:
    metrics = demo.manifest["metrics"].values()
    assert len(metrics) >= 36
    types = {metric["type"] for metric in metrics}
    assert types == {"simple", "ratio", "derived", "cumulative", "conversion"}
    measures = {
        measure["agg"]
        for model in demo.manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    assert measures == {
        *("sum", "count", "count_distinct", "average", "min", "max", "sum_boolean"),
    }


def test_every_exposure_has_an_owner(demo: Build) -> None:
    exposures = demo.manifest["exposures"].values()
    assert exposures
    for exposure in exposures:
        assert exposure["owner"]["email"] and exposure["description"], exposure["name"]


def test_no_path_of_a_machine_is_committed() -> None:
    suffixes = {".md", ".sql", ".yml", ".py", ".toml", ".cfg", ".html", ".css", ".js"}
    machine = re.compile(r"(?<![\w.])/(work|root|home)/\w")
    not_committed = {".venv", "generated", "home"}
    for path in ROOT.rglob("*"):
        inside = path.relative_to(ROOT).parts
        if inside[0] in ("target", "site", "warehouse") or not_committed & set(inside):
            continue
        if path.suffix not in suffixes:
            continue
        if path.name != Path(__file__).name:
            assert not machine.search(path.read_text()), path
