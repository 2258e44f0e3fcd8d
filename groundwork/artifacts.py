"""What dbt left of its last command: the manifest and the results of the run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from groundwork.project import GroundworkError, Project, vars_in_effect
from groundwork.trouble import one_line

GOOD_STATUSES = {"success", "pass", "warn", "no-op"}
BUILT_TYPES = {"model", "seed", "snapshot", "test"}
# dbt closes its database after it wrote the results; 4 ms later in a small project, with up to
# 16 MB of log to write back in any; the rest is room for a slow disk.
CLOSING_SECONDS = 30


@dataclass(frozen=True)
class Run:
    """The last dbt command: `results` and `manifest` are the artifacts as dbt documents them."""

    results: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def invocation_id(self) -> str:
        """The identifier of the dbt command."""
        return self.results["metadata"]["invocation_id"]

    @property
    def started_at(self) -> datetime:
        """When the dbt command started (UTC)."""
        return datetime.fromisoformat(self.results["metadata"]["invocation_started_at"])

    @property
    def ended_at(self) -> datetime:
        """When the dbt command ended (UTC)."""
        return datetime.fromisoformat(self.results["metadata"]["generated_at"])

    @property
    def code_version(self) -> str | None:
        """The code that was built, where `groundwork build` ran dbt."""
        return self.manifest["metadata"]["env"].get("CODE_VERSION")

    @property
    def on_duckdb(self) -> bool:
        """Whether the build file is what the command wrote."""
        return self.manifest["metadata"]["adapter_type"] == "duckdb"

    @property
    def statuses(self) -> dict[str, str]:
        """Status of every node that took part, by unique id."""
        return {result["unique_id"]: result["status"] for result in self.results["results"]}

    @property
    def built_every_model(self) -> bool:
        """Whether no model failed or was skipped; tests may have."""
        return all(
            status in GOOD_STATUSES
            for name, status in self.statuses.items()
            if not name.startswith(("test.", "unit_test."))
        )

    @property
    def failures(self) -> list[str]:
        """One line for each node that failed; nodes that were skipped for it are not among them."""
        return [
            f"{result['status']} {result['unique_id']}: {one_line(result['message'] or '')}"
            for result in self.results["results"]
            if result["status"] not in GOOD_STATUSES | {"skipped"}
        ]

    @property
    def public_models(self) -> list[dict[str, Any]]:
        """Manifest nodes of the models that anybody may read."""
        return [
            node
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model" and node["access"] == "public"
        ]


def read_run(project: Project, target: Path) -> Run:
    """Read the artifacts of the last dbt command in `target`."""
    try:
        run = Run(*(_read(target / name) for name in ("run_results.json", "manifest.json")))
        _see_its_shape(run)
        return run
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise GroundworkError(
            f"{project.name(target)} has no readable run_results.json and manifest.json of a dbt "
            "build; run `groundwork build`"
        ) from error


def _see_its_shape(run: Run) -> None:
    """Read what is read of the artifacts, which fails where they are something else."""
    arguments = run.results["args"]
    _ = arguments["which"], arguments["vars"], run.invocation_id, run.code_version, run.statuses
    _ = run.on_duckdb, run.failures, run.public_models, run.manifest["unit_tests"]
    _ = run.results["metadata"]["invocation_started_at"], run.results["metadata"]["generated_at"]
    _ = run.manifest["metadata"]["invocation_id"], run.manifest["disabled"]


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def last_vars(project: Project) -> dict[str, Any]:
    """Return the variables that were given to the last dbt command; none where it is not known."""
    try:
        return read_run(project, project.target).results["args"]["vars"] or {}
    except GroundworkError:
        return {}


def why_not_whole(project: Project, run: Run) -> str:
    """Say why the last command was no complete successful build of the build file; or nothing.

    Complete is judged by the nodes of the manifest, so every way to select some of them counts.
    """
    bad = [name for name, status in run.statuses.items() if status not in GOOD_STATUSES]
    if reason := why_no_artifacts_of_one_command(run, {"build"}):
        return reason
    if not run.on_duckdb:
        return "the last build was not on DuckDB"
    if bad:
        return (
            f"{len(bad)} of {len(run.statuses)} nodes of the last build failed or were skipped, "
            f"such as {bad[0]}"
        )
    if reason := why_a_part(project, run):
        return reason
    if not _wrote(run, project.build_path):
        return f"{project.name(project.build_path)} was not last written by the last build"
    return ""


def why_no_artifacts_of_one_command(run: Run, commands: set[str]) -> str:
    """Say why the artifacts are not those of one command out of `commands`; or nothing."""
    which = run.results["args"]["which"]
    if which not in commands:
        return f"the last dbt command was `dbt {which}`, not a build"
    if run.manifest["metadata"]["invocation_id"] != run.invocation_id:
        return "another dbt command came after the last build or ended it"
    return ""


def why_a_part(project: Project, run: Run) -> str:
    """Say what a build left out of nodes or rows, passed or not; or nothing."""
    arguments = run.results["args"]
    # unit tests tell of the code and not of what was built
    expected = [
        name
        for name, node in run.manifest["nodes"].items()
        if node["resource_type"] in BUILT_TYPES and node["config"]["materialized"] != "ephemeral"
    ]
    left_out = sum(name not in run.statuses for name in expected)
    if left_out:
        return f"the last build left out {left_out} of {len(expected)} nodes"
    if arguments.get("empty") or arguments.get("sample"):
        return "the last build was without all rows (--empty or --sample)"
    if int(vars_in_effect(project, arguments["vars"]).get("sample_days") or 0):
        return "the last build was a sample of the last days"
    return ""


def _wrote(run: Run, path: Path) -> bool:
    """Tell whether a database was last written during the run."""
    files = (path, path.with_name(f"{path.name}.wal"))
    written = max(file.stat().st_mtime for file in files if file.exists())
    closed = run.ended_at + timedelta(seconds=CLOSING_SECONDS)
    return run.started_at <= datetime.fromtimestamp(written, UTC) <= closed
