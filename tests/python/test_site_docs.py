"""The docs in the site: of the last build where nothing has changed since, else made anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_project import built_project, copied, groundwork

from groundwork.project import Project, run_dbt
from groundwork.site.docs import docs_page

LINES = "model.tiny.lines"


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    """A built and published project, as old as its files."""
    return copied(built_project(tmp_path_factory.getbasetemp() / "tiny_docs"), tmp_path / "project")


def docs(project: Project) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the catalog that the page carries."""
    text = docs_page(project, project.published_path).decode()
    found, place = [], 0
    while len(found) < 2:
        place = text.index('{"metadata"', place)
        artifact, length = json.JSONDecoder().raw_decode(text[place:])
        found.append(artifact)
        place += length
    manifest, catalog = found
    return manifest, catalog


def built_by(project: Project) -> str:
    manifest = json.loads((project.target / "manifest.json").read_text(encoding="utf-8"))
    return manifest["metadata"]["invocation_id"]


def test_the_docs_are_those_of_the_last_build_under_the_published_name(project: Project) -> None:
    assert groundwork(project, "publish").exit_code == 0
    manifest, catalog = docs(project)
    assert manifest["metadata"]["invocation_id"] == built_by(project)
    node = manifest["nodes"][LINES]
    assert node["database"] == "groundwork"
    assert 'from "groundwork"."core"."orders"' in node["compiled_code"]
    assert set(catalog["nodes"][LINES]["columns"]) == {"order_id", "version"}
    analysis = manifest["nodes"]["analysis.tiny.how_many_lines"]
    assert analysis["compiled_code"] == 'select count(*) from "groundwork"."core"."lines"'
    assert built_by(project) == manifest["metadata"]["invocation_id"], "the build is left alone"


@pytest.mark.parametrize("change", ["a younger file", "a file less", "no artifacts", "a part"])
def test_where_anything_changed_since_the_docs_are_made_anew(project: Project, change: str) -> None:
    assert groundwork(project, "publish").exit_code == 0
    if change == "a younger file":
        path = project.root / "models/marts/marts.yml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("One row per line.", "One line a row."), encoding="utf-8")
    elif change == "a file less":
        (project.root / "analyses/how_many_lines.sql").unlink()
    elif change == "no artifacts":
        (project.target / "run_results.json").unlink()
    else:
        run_dbt(project, ["run", "--select", "orders", "--quiet"], {})
    manifest, catalog = docs(project)
    assert manifest["metadata"]["invocation_id"] != built_by(project)
    expected = "One line a row." if change == "a younger file" else "One row per line."
    assert manifest["nodes"][LINES]["description"] == expected
    has_analysis = "analysis.tiny.how_many_lines" in manifest["nodes"]
    assert has_analysis is (change != "a file less")
    assert '"groundwork"."core"."orders"' in manifest["nodes"][LINES]["compiled_code"]
    assert set(catalog["nodes"][LINES]["columns"]) == {"order_id", "version"}
