"""What a dbt command left, written into the history: how it went, and what its tests found.

Of failing rows only keys are kept, and never a column that the raw contract marks as personal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import duckdb
from duckdb import DuckDBPyConnection

from groundwork.artifacts import (
    GOOD_STATUSES,
    Run,
    read_run,
    why_a_part,
    why_no_artifacts_of_one_command,
)
from groundwork.contract import read_contract
from groundwork.history import append_query, append_rows, has_rows, history_tables, prune
from groundwork.lock import warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    attached,
    code_version,
    literal,
    project_option,
    quoted,
    vars_in_effect,
)
from groundwork.restatements import keep_closed_values
from groundwork.trouble import one_line

RECORDED_COMMANDS = {"build", "run", "test", "seed", "snapshot", "retry"}
STORED_TYPES = ("model", "seed", "snapshot")
SCORECARD = "data_quality_scorecard"
DEFAULT_HISTORY_DAYS = 400
SAMPLED_ROWS = 20
# What dbt's generic tests call the tested column in the failing rows that they return.
VALUE_COLUMNS = {
    "unique": "unique_field",
    "accepted_values": "value_field",
    "relationships": "from_field",
}
# What looks like an address is personal wherever it stands.
ADDRESS = re.compile(r"\S+@\S+")

Row = dict[str, Any]


@click.command()
@project_option
def record(project: Project) -> None:
    """Record the last dbt command in the history; `groundwork build` does so itself."""
    with warehouse_lock(project):
        run = read_run(project, project.target)
        if reason := why_no_artifacts_of_one_command(run, RECORDED_COMMANDS):
            raise GroundworkError(f"nothing recorded: {reason}; run `groundwork build`")
        is_new = record_run(project, run)
    click.echo(f"{'recorded' if is_new else 'recorded before'}: {run.invocation_id}")


def record_run(project: Project, run: Run, publication_id: str | None = None) -> bool:
    """Append what a dbt command left to the history, and prune it; the lock must be held.

    Tells whether that is new; once it is there, doing so again changes nothing. The row of
    `invocations` comes last, so a command that has one is recorded whole. Nothing is done where the
    project declares no history.
    """
    tables = history_tables(project)
    if not tables or has_rows(project, tables["invocations"], run.invocation_id):
        return False

    def append(name: str, rows: Iterator[Row]) -> bool:
        return append_rows(project, tables[name], run.invocation_id, run.started_at, rows)

    variables = vars_in_effect(project, run.results["args"].get("vars") or {})
    counts: dict[str, int] = {}
    if run.on_duckdb and project.build_path.is_file():
        with attached(project, project.build_path) as connection:
            connection.execute("set TimeZone = 'UTC'")
            counts = _row_counts(run, connection)
            append("test_failures", _test_failures(project, run, connection))
            if query := _scores(run):
                place = (project, tables["table_scores"], run.invocation_id, run.started_at)
                append_query(*place, connection, query)
            keep_closed_values(project, run, connection, tables, variables)
    append("node_runs", _node_runs(run, counts))
    append("test_results", _test_results(run))
    append("invocations", iter([_invocation(project, run, publication_id)]))
    prune(project, int(variables.get("history_days", DEFAULT_HISTORY_DAYS)), datetime.now(UTC))
    return True


def _invocation(project: Project, run: Run, publication_id: str | None) -> Row:
    statuses = list(run.statuses.values())
    arguments = run.results["args"]
    return {
        "invocation_id": run.invocation_id,
        "command": arguments["which"],
        "target_name": arguments.get("target"),
        "engine": run.manifest["metadata"]["adapter_type"],
        "code_version": run.code_version or code_version(project.root),
        "dbt_version": run.results["metadata"]["dbt_version"],
        "publication_id": publication_id,
        "status": "success" if GOOD_STATUSES.issuperset(statuses) else "failed",
        "duration_seconds": (run.ended_at - run.started_at).total_seconds(),
        "node_count": len(statuses),
        "failed_count": len(run.failures),
        "is_complete": arguments["which"] == "build" and not why_a_part(project, run),
        "started_at": _utc(run.started_at),
        "ended_at": _utc(run.ended_at),
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()


def _node_runs(run: Run, row_counts: dict[str, int]) -> Iterator[Row]:
    for result in run.results["results"]:
        name = result["unique_id"]
        node = _node(run, name)
        resource_type = name.partition(".")[0]
        yield {
            "invocation_id": run.invocation_id,
            "node_id": name,
            "resource_type": resource_type,
            "node_name": node.get("name", name),
            "schema_name": node.get("schema") if resource_type in STORED_TYPES else None,
            "status": result["status"],
            "message": _message(result),
            "seconds": result["execution_time"],
            "row_count": row_counts.get(name),
        }


def _node(run: Run, name: str) -> Row:
    """Return the manifest's entry of a node, test or source; empty where it has none."""
    for kind in ("nodes", "unit_tests", "sources"):
        if name in run.manifest[kind]:
            return run.manifest[kind][name]
    return {}


def _message(result: Row) -> str | None:
    """Say why a node failed without the values that databases quote, for they may be personal."""
    has_failed = result["status"] not in GOOD_STATUSES | {"skipped"} or result["status"] == "warn"
    if not has_failed or not result["message"]:
        return None
    message = one_line(result["message"])
    if result["status"] not in ("fail", "warn") and not message.startswith("Compilation Error"):
        message = re.split(r"[\"'`]|with value", message)[0].strip()
    return ADDRESS.sub("...", message)


def _row_counts(run: Run, connection: DuckDBPyConnection) -> dict[str, int]:
    """Count the rows of the tables that were made, by node; views are not worth a scan."""
    stored = {
        f'"{schema}"."{name}"'
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = current_database()"
        ).fetchall()
    }
    counted = []
    for name, status in run.statuses.items():
        node = _node(run, name)
        if name.partition(".")[0] in STORED_TYPES and status == "success":
            relation = f"{quoted(node['schema'])}.{quoted(node['alias'])}"
            if relation in stored:
                counted.append(f"select {literal(name)}, count(*) from {relation}")
    if not counted:
        return {}
    return dict(connection.execute(" union all ".join(counted)).fetchall())


def _scores(run: Run) -> str:
    """Return the query for what the scorecard of this very run says; empty where it has none."""
    for name, status in run.statuses.items():
        node = _node(run, name)
        if node.get("name") == SCORECARD and status == "success":
            return (
                f"select {literal(run.invocation_id)} as invocation_id, source_name, table_name,"
                f" raw_count, score from {quoted(node['schema'])}.{quoted(node['alias'])}"
            )
    return ""


def _test_results(run: Run) -> Iterator[Row]:
    for result in run.results["results"]:
        name = result["unique_id"]
        kind = name.partition(".")[0]
        if kind not in ("test", "unit_test"):
            continue
        node = _node(run, name)
        tested = _tested(run, node)
        yield {
            "invocation_id": run.invocation_id,
            "test_id": name,
            "test_name": node.get("name", name),
            "test_kind": "unit" if kind == "unit_test" else _test_kind(node),
            "schema_name": tested.get("schema"),
            "table_name": tested.get("name"),
            "column_name": node.get("column_name"),
            "severity": (node.get("config", {}).get("severity") or "error").lower(),
            "status": result["status"],
            "message": _message(result),
            "failure_count": result["failures"],
        }


def _test_kind(node: Row) -> str:
    return (node.get("test_metadata") or {}).get("name", "singular")


def _tested(run: Run, node: Row) -> Row:
    """Return the manifest's entry of the one table that a test concerns; empty where of several."""
    if node.get("attached_node"):
        return _node(run, node["attached_node"])
    parents = node.get("depends_on", {}).get("nodes", [])
    return _node(run, parents[0]) if len(parents) == 1 else {}


def _test_failures(project: Project, run: Run, connection: DuckDBPyConnection) -> Iterator[Row]:
    """Yield the keys of a few failing rows of each test that found some."""
    failing = [
        (run.manifest["nodes"][result["unique_id"]], result)
        for result in run.results["results"]
        if result["unique_id"].startswith("test.") and result["status"] in ("fail", "warn")
    ]
    if not failing:
        return
    personal = {
        column.name
        for source in read_contract(project.root)
        for table in source.tables
        for column in table.columns
        if column.personal
    }
    keys = _keys(run)
    known_keys = {column for key in keys.values() for column in key} - personal
    for test, result in failing:
        tested = _tested(run, test)
        sample = _sample(
            connection,
            test,
            tested,
            result["compiled_code"],
            keys.get(tested.get("unique_id", ""), []),
            known_keys,
        )
        for number, failing_key in enumerate(sample, start=1):
            yield {
                "invocation_id": run.invocation_id,
                "test_id": result["unique_id"],
                "failing_key": failing_key,
                "sample_number": number,
            }


def _keys(run: Run) -> dict[str, list[str]]:
    """Return the columns of each table that tests hold to be its key."""
    keys: dict[str, list[str]] = {}
    for node in run.manifest["nodes"].values():
        table = node.get("attached_node")
        arguments = (node.get("test_metadata") or {}).get("kwargs", {})
        if table and _test_kind(node) == "unique_combination":
            keys[table] = arguments["columns"]
        elif table and _test_kind(node) == "unique":
            keys.setdefault(table, [node["column_name"]])
    return keys


def _sample(
    connection: DuckDBPyConnection,
    test: Row,
    tested: Row,
    failing_rows: str,
    own_key: list[str],
    known_keys: set[str],
) -> list[str]:
    """Return keys of failing rows as JSON objects; none where nothing is known to be a key.

    dbt's generic tests return values of a column, so the keys are looked up in the tested table.
    Other tests return what they like: of that, only columns count that are part of some key.
    """
    kind = _test_kind(test)
    try:
        if kind == "not_null" or kind in VALUE_COLUMNS:
            column = quoted(test["column_name"])
            is_failing = f"{column} is null"
            if kind in VALUE_COLUMNS:
                is_failing = f"{column} in (select {VALUE_COLUMNS[kind]} from ({failing_rows}))"
            rows = (
                f"select * from {quoted(tested['schema'])}.{quoted(tested['alias'])}"
                f" where ({test['config'].get('where') or 'true'}) and {is_failing}"
            )
            columns = [name for name in own_key if name in known_keys]
        else:
            rows = failing_rows
            described = connection.execute(f"describe ({rows})").fetchall()
            columns = [row[0] for row in described if row[0] in known_keys]
        if not columns:
            return []
        keys = connection.execute(
            f"select distinct {', '.join(map(quoted, columns))} from ({rows})"
            f" order by all limit {SAMPLED_ROWS}"
        ).fetchall()
    except duckdb.Error:  # what was tested is not there any more
        return []
    return [json.dumps(dict(zip(columns, map(_shown, key), strict=True))) for key in keys]


def _shown(value: object) -> object:
    """Write a value of a key for JSON."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return ADDRESS.sub("...", str(value))
