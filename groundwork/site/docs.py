"""The docs of the dbt project as one file, made without touching the build."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from groundwork.artifacts import read_run, why_not_whole
from groundwork.project import (
    Elsewhere,
    GroundworkError,
    Project,
    attached,
    literal,
    quoted,
    run_dbt,
)
from groundwork.site.packing import packed
from groundwork.trouble import one_line, remedy

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

MANIFEST = "manifest.json"
READ_BY_DBT = ("analyses", "docs", "macros", "models", "seeds", "snapshots", "tests")
SUFFIXES = {".csv", ".md", ".sql", ".yml", ".yaml"}


def docs_page(project: Project, database: Path) -> bytes:
    """Return the docs of the project as a packed page, with the column types of `database`.

    dbt wants to open a database for writing and leaves artifacts that a publication is judged by.
    So it gets a copy of the database's empty tables, in a folder of its own. What the last build
    has parsed and compiled is taken from there, where no file has changed since.
    """
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Elsewhere(project.root, Path(folder), database.name)
        _copy_shapes(project, database, elsewhere.sample_path)
        arguments = ["docs", "generate", "--static"]
        manifest = None
        if known := _manifest_of_last_build(project):
            manifest = _parsed(elsewhere, known, project.build_path.stem, database.stem)
            arguments.append("--no-compile")
        _generate(elsewhere, arguments, manifest)
        return packed((elsewhere.sample_target / "static_index.html").read_bytes())


def _generate(elsewhere: Project, arguments: list[str], manifest: Manifest | None) -> None:
    outcome = run_dbt(elsewhere, [*arguments, "--quiet"], {}, sample=True, manifest=manifest)
    if not outcome.success:
        reason = f" ({one_line(outcome.exception)})" if outcome.exception else ""
        raise GroundworkError(
            f"dbt could not generate the docs{reason}; see what `dbt docs generate` says, "
            "or leave them out with --no-docs"
        )


def _manifest_of_last_build(project: Project) -> dict[str, Any] | None:
    """Return what the last build of everything knew; none where a file is younger than it."""
    try:
        run = read_run(project, project.target)
    except GroundworkError:
        return None
    if why_not_whole(project, run):
        return None
    read = [project.root / "dbt_project.yml", project.root / "profiles.yml"]
    for name in READ_BY_DBT:
        folder = project.root / name
        # a folder is as young as what was last put into it or taken out
        read += [
            path
            for path in (folder, *folder.rglob("*"))
            if path.suffix in SUFFIXES or path.is_dir()
        ]
    if any(path.stat().st_mtime > run.started_at.timestamp() for path in read):
        return None
    return run.manifest


def _parsed(elsewhere: Project, known: dict[str, Any], built: str, published: str) -> Manifest:
    """Write the manifest with the name of the published database; return it as dbt has it.

    Of what has SQL, analyses alone are compiled by no build.
    """
    from dbt.contracts.graph.manifest import Manifest, WritableManifest

    text = json.dumps(known)
    for name in ('\\"{}\\".', '"database": "{}"'):
        text = text.replace(name.format(built), name.format(published))
    path = elsewhere.sample_target / MANIFEST
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    manifest = Manifest.from_writable_manifest(WritableManifest.read_and_check_versions(str(path)))
    manifest.build_flat_graph()
    manifest.build_parent_and_child_maps()
    manifest.build_group_map()
    _generate(elsewhere, ["compile", "--select", "resource_type:analysis"], manifest)
    whole = json.loads(text)
    for name, node in whole["nodes"].items():
        if node["resource_type"] == "analysis":
            node |= {"compiled": True, "compiled_code": manifest.nodes[name].compiled_code}
    path.write_text(json.dumps(whole), encoding="utf-8")
    return manifest


def _copy_shapes(project: Project, database: Path, copy: Path) -> None:
    with attached(project, database) as connection:
        try:
            connection.execute(f"attach {literal(copy)} as shapes")
            connection.execute(f"copy from database {quoted(database.stem)} to shapes (schema)")
            connection.execute("detach shapes")
        except duckdb.Error as error:
            raise GroundworkError(
                f"the docs cannot be made ({one_line(error)}); "
                f"{remedy(error, 'leave them out with --no-docs')}"
            ) from error
