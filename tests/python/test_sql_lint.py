"""Generated SQL is held to the same lint rules as the sources that generate it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, Build
from sqlfluff.core import FluffConfig, Linter

# what differs from .sqlfluff, and why
OVERRIDES = {
    "templater": "raw",
    "exclude_rules": "RF06,ST06",  # RF06: dbt quotes the names of relations; ST06: as in .sqlfluff
    "large_file_skip_byte_limit": 0,  # generated models are long; none is skipped
    "max_parse_nodes": 0,
}
# sqlfluff's DuckDB knows no grouping sets, and its PostgreSQL no star with columns left out
LEFT_OUT = "* exclude ("


def compiled_models(build: Build, folder: Path) -> list[Path]:
    """Copy the compiled models, each with the final newline that dbt strips."""
    compiled = build.target / "compiled" / "groundwork" / "models"
    copies = []
    for node in build.manifest["nodes"].values():
        if node["resource_type"] == "model":
            copy = folder / f"{node['name']}.sql"
            text = (compiled / node["path"]).read_text()
            copy.write_text(text + "\n")
            copies.append(copy)
    return copies


def violations(paths: list[Path]) -> list[str]:
    """One line per violation: model, line, rule, reason and the line's text."""
    lines = {str(path): path.read_text().splitlines() for path in paths}
    records = []
    for dialect in ("duckdb", "postgres"):
        chosen = [path for path in paths if (LEFT_OUT in path.read_text()) == (dialect == "duckdb")]
        config = FluffConfig.from_root(
            extra_config_path=str(ROOT / ".sqlfluff"), overrides=OVERRIDES | {"dialect": dialect}
        )
        if chosen:  # without paths it would lint the folder it is called in
            linted = Linter(config=config).lint_paths(tuple(map(str, chosen)), processes=2)
            records += linted.as_records()
    assert len(records) == len(paths)
    return [
        f"{Path(record['filepath']).name}:{violation['start_line_no']} {violation['code']} "
        f"{violation['description']} "
        f"<{lines[record['filepath']][violation['start_line_no'] - 1].strip()}>"
        for record in records
        for violation in record["violations"]
    ]


@pytest.mark.soak  # minutes; the sources themselves are linted by `make lint`
def test_compiled_models_are_as_clean_as_the_sources(demo: Build, tmp_path: Path) -> None:
    paths = compiled_models(demo, tmp_path)
    assert paths
    found = violations(paths)
    assert found == [], f"{len(found)} violations:\n" + "\n".join(found)
