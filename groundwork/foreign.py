"""Tables in a build's database that no build made, such as raw tables that a tool loaded there."""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from groundwork.artifacts import read_run
from groundwork.project import GroundworkError, Project, read_yaml

TEMPORARY = "__dbt_"


def foreign_tables(
    project: Project, variables: dict[str, Any], connection: DuckDBPyConnection, database: str
) -> set[tuple[str, str]]:
    """Return schema and name of the tables in an attached database that no build made.

    They are those outside the schemas of builds, and in the schemas of seeds and raw tables (which
    may be the same) those that do not have the name of a seed or model. Other tables in the
    schemas of builds were left by models that are no more.
    """
    raw = {schema.lower() for schema in (variables.get("raw_schema") or {}).values()}
    settings = read_yaml(project.root / "dbt_project.yml")
    of_seeds = _configured_schemas(settings.get("seeds"))
    schemas = of_seeds | _configured_schemas(settings.get("models"))
    names = {path.stem.lower() for path in project.root.glob("models/**/*.sql")}
    names |= {path.stem.lower() for path in project.root.glob("seeds/**/*.csv")}
    for node in _last_nodes(project):
        schemas.add(node["schema"].lower())
        names.add(str(node.get("alias")).lower())
    return {
        (schema, table)
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = $1",
            [database],
        ).fetchall()
        if schema.lower() not in schemas
        or (schema.lower() in of_seeds | raw and table.lower().partition(TEMPORARY)[0] not in names)
    }


def _configured_schemas(settings: Any) -> set[str]:
    """Find every `+schema` at any depth."""
    if not isinstance(settings, dict):
        return set()
    own = settings.get("+schema")
    return ({own.lower()} if isinstance(own, str) else set()).union(
        *(_configured_schemas(value) for value in settings.values())
    )


def _last_nodes(project: Project) -> list[dict[str, Any]]:
    """Return models and seeds of the last command, those that are switched off as well."""
    try:
        manifest = read_run(project, project.target).manifest
    except GroundworkError:
        return []
    switched_off = [node for nodes in manifest["disabled"].values() for node in nodes]
    nodes = [*manifest["nodes"].values(), *switched_off]
    return [node for node in nodes if node["resource_type"] in ("model", "seed", "snapshot")]
