"""The docs in the site: of the last build where nothing has changed since, else made anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pages import started_browser
from tiny_project import built_project, copied, groundwork

from groundwork.erasing.person import Person
from groundwork.erasing.traces import file_names
from groundwork.project import Project, run_dbt
from groundwork.site.docs import docs_page
from groundwork.site.packing import packed, unpacked

LINES = "model.tiny.lines"

browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    """A built and published project, as old as its files."""
    return copied(built_project(tmp_path_factory.getbasetemp() / "tiny_docs"), tmp_path / "project")


def docs(project: Project) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the catalog that the page carries."""
    text = unpacked(docs_page(project, project.published_path)).decode()
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


def test_a_packed_page_becomes_the_page_that_it_was(browser, tmp_path: Path) -> None:
    page = (
        "<!doctype html><html><head><title>Docs</title></head><body><p id=told></p>"
        "<script>document.getElementById('told').textContent = location.hash + ' — </b>'"
        f"</script><!--{'x' * 1_000_000}--></body></html>"
    ).encode()
    path = tmp_path / "docs.html"
    path.write_bytes(packed(page))
    assert path.stat().st_size < 10_000
    assert unpacked(path.read_bytes()) == page
    assert unpacked(page) == page
    browser.open(path, "#!/overview")
    browser.wait("document.getElementById('told')")
    assert browser.evaluate("document.body.innerText.trim()") == "#!/overview — </b>"
    assert browser.evaluate("document.title") == "Docs"
    assert browser.complaints() == []


def test_a_user_is_found_in_a_packed_page(tmp_path: Path) -> None:
    path = tmp_path / "docs.html"
    path.write_bytes(packed(b"<p>the orders of u-1001</p>"))
    columns = frozenset({"user_id"})
    assert file_names(Person("u-1001", columns, frozenset()), path)
    assert not file_names(Person("u-1002", columns, frozenset()), path)
