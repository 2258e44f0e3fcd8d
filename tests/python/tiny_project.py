"""A throw-away dbt project with what the Python side asks of one, for the tests of it."""

import functools
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import duckdb
import yaml
from click.testing import CliRunner, Result

from groundwork.cli import main
from groundwork.history import SOURCES
from groundwork.project import Project

FILES = {
    "dbt_project.yml": """
        name: tiny
        profile: tiny
        flags: {send_anonymous_usage_stats: false}
        vars: {sample_days: 0}
        seeds: {tiny: {+schema: raw}}
        models:
          tiny:
            +materialized: table
            staging: {+schema: staging}
            intermediate: {+schema: intermediate}
            marts: {+schema: core, +access: public, +contract: {enforced: true}}
    """,
    "profiles.yml": """
        tiny:
          target: duckdb
          outputs:
            duckdb:
              type: duckdb
              path: "{{ env_var('GROUNDWORK_BUILD_PATH', 'warehouse/build.duckdb') }}"
              threads: 2
    """,
    "macros/generate_schema_name.sql": """
        {% macro generate_schema_name(name, node) %}{{ name or 'main' }}{% endmacro %}
    """,
    "seeds/raw_orders.csv": "order_id\n1\n2\n3\n",
    "models/staging/rejected_rows.sql": """
        select 'shop' as source_name, 'orders' as table_name from {{ ref('raw_orders') }} limit 2
    """,
    "models/intermediate/int_as_of.sql": "select date '2025-07-01' as as_of_date",
    "models/intermediate/int_orphans_counted.sql": """
        select 'shop' as source_name, 'orders' as table_name, 'user_id' as reference,
            9 as reference_count, 4 as orphan_count
    """,
    "models/marts/orders.sql": """
        select order_id, {{ var('sample_days') }} as version from {{ ref('raw_orders') }}
    """,
    "models/marts/lines.sql": "select order_id, version from {{ ref('orders') }}",
    "models/marts/marts.yml": """
        models:
          - name: orders
            description: One row per order; the shop's own.
            columns: &columns
              - {name: order_id, data_type: integer, description: The order's key.}
              - {name: version, data_type: integer, description: Which build it was.}
          - name: lines
            description: One row per line.
            columns: *columns
    """,
    "analyses/how_many_lines.sql": "select count(*) from {{ ref('lines') }}",
    "tests/assert_sound.sql": "select 1 from {{ ref('lines') }} where 1 = 0",
}


@functools.cache
def built_project(root: Path) -> Project:
    """Make the project and build it by plain `dbt build`; once for all tests, which copy it."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    (root / "warehouse").mkdir()
    subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--quiet"], cwd=root, check=True
    )
    return Project(root)


def copied(project: Project, root: Path) -> Project:
    """Copy a project, with the times of its files."""
    return Project(Path(shutil.copytree(project.root, root, symlinks=True)))


def declare_history(project: Project, root: Path) -> None:
    """Give a tiny project the history that the project in `root` declares."""
    declared = yaml.safe_load((root / SOURCES).read_text())
    for table in declared["sources"][0]["tables"]:
        for column in table["columns"]:
            column["description"] = "A column."
    path = project.root / SOURCES
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(declared), encoding="utf-8")


def groundwork(project: Project, *arguments: str) -> Result:
    """Run a command of groundwork on a project, in this process."""
    return CliRunner().invoke(main, [*arguments, "--project-dir", str(project.root)])


def break_test(project: Project) -> None:
    path = project.root / "tests/assert_sound.sql"
    path.write_text("select 1 from {{ ref('lines') }}", encoding="utf-8")


def rebuild(project: Project, version: int) -> None:
    """Do to the build file and the artifacts what another whole `dbt build` would do."""
    with duckdb.connect(project.build_path) as connection:
        for table in ("orders", "lines"):
            connection.execute(f"update core.{table} set version = {version}")
    invocation = {"metadata.invocation_id": f"{version:08}-rest"}
    written = datetime.fromtimestamp(project.build_path.stat().st_mtime, UTC).isoformat()
    times = {f"metadata.{name}": written for name in ("invocation_started_at", "generated_at")}
    change_artifact(project, "manifest.json", invocation)
    change_artifact(project, "run_results.json", invocation | times)


def change_artifact(project: Project, name: str, values: dict[str, object]) -> None:
    path = project.target / name
    artifact = json.loads(path.read_text(encoding="utf-8"))
    for place, value in values.items():
        *parents, key = place.split(".")
        functools.reduce(dict.__getitem__, parents, artifact)[key] = value
    path.write_text(json.dumps(artifact), encoding="utf-8")


def published_version(path: Path) -> int:
    """Read the version that a published database shows, which all its tables share."""
    with duckdb.connect(path, read_only=True) as connection:
        rows = connection.execute(
            "select version from core.orders union select version from core.lines"
        ).fetchall()
    assert len(rows) == 1, rows
    return rows[0][0]
