"""One build: the preflight, one dbt command, a summary, publication of what passed, its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import click
import duckdb
from duckdb import DuckDBPyConnection

from groundwork.artifacts import Run, read_run
from groundwork.lock import wait_option, warehouse_lock
from groundwork.preflight import preflight
from groundwork.project import (
    GroundworkError,
    Project,
    attached,
    code_mark,
    code_print,
    parse_vars,
    project_option,
    run_dbt,
    see_that_it_opens,
    vars_in_effect,
    vars_option,
)
from groundwork.publish import last_as_of, publish_build
from groundwork.record import record_run
from groundwork.trouble import one_line, trouble_in

# Incremental models follow these by themselves.
SEEN_BY_LOADS = {"absent", "as_of", "history_days", "raw_path", "raw_schema", "reader_roles"}

REJECTED_ROWS = """
    select source_name || '.' || table_name, count(*)
    from staging.rejected_rows
    group by all
    order by all
"""
ORPHANS = """
    select source_name || '.' || table_name || '.' || reference, orphan_count
    from intermediate.int_orphans_counted
    where orphan_count > 0
    order by all
"""


@click.command()
@project_option
@vars_option
@click.option("--select", multiple=True, metavar="NODES", help="Build only these; not published.")
@click.option("--full-refresh", is_flag=True, help="Rebuild incremental models from nothing.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="DAYS",
    help="Build the last days only, into warehouse/sample.duckdb; not published.",
)
@click.option("--target", metavar="NAME", help="Target of profiles.yml.")
@click.option(
    "--publish/--no-publish",
    "with_publication",
    default=True,
    help="Leave what passed to `groundwork publish`.",
)
@wait_option
def build(
    project: Project,
    overrides: str,
    select: tuple[str, ...],
    full_refresh: bool,
    sample: int | None,
    target: str | None,
    with_publication: bool,
    wait: float,
) -> None:
    """Build the warehouse and, if everything passed, publish it."""
    variables = parse_vars(overrides) | ({"sample_days": sample} if sample else {})
    path = project.sample_path if sample else project.build_path
    with warehouse_lock(project, wait):
        _stop_on_problems(preflight(project, vars_in_effect(project, variables), path))
        if path.exists():
            see_that_it_opens(project, path)
        made_by = _made_by(project, variables)
        has_changed = path.exists() and not full_refresh and _last_made_by(path) != made_by
        if full_refresh or has_changed:  # what breaks off is made by nothing
            code_mark(path).unlink(missing_ok=True)
        arguments = [
            "build",
            *("--exclude-resource-type", "unit_test"),  # they test code, whatever the data
            *(["--select", *select] if select else []),
            *(["--full-refresh"] if full_refresh or has_changed else []),
            *(["--target", target] if target else []),
        ]
        run, has_passed = _run(project, arguments, variables, sample=bool(sample))
        if has_changed:
            click.echo("models, macros or variables had changed: built from nothing")
        if run.on_duckdb and not select and run.built_every_model:
            code_mark(path).write_text(made_by, encoding="utf-8")
        publication_id = None
        try:
            if not has_passed:
                _stop_on_failures(run)
            _print_summary(project, run, path)
            if sample or select:
                click.echo(f"not published: {project.name(path)} holds only a part")
            elif not run.on_duckdb:
                click.echo("not published: only builds on DuckDB are")
            elif not with_publication:
                click.echo("not published: that is left to `groundwork publish`")
            else:
                publication_id = publish_build(project)
                name = project.name(project.published_path)
                click.echo(f"published {name} ({publication_id})")
        finally:
            if not sample:  # a sample is no state of the warehouse
                _record(project, run, publication_id)


def _made_by(project: Project, variables: dict[str, Any]) -> str:
    """Fingerprint code and variables; what loads themselves see does not count."""
    effective = vars_in_effect(project, variables)
    counted = {name: effective[name] for name in effective.keys() - SEEN_BY_LOADS}
    return code_print(project.root, counted)


def _last_made_by(path: Path) -> str | None:
    mark = code_mark(path)
    return mark.read_text(encoding="utf-8") if mark.is_file() else None


def _stop_on_problems(problems: list[str]) -> None:
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise GroundworkError(
            f"nothing was built (problems with the raw rows, above: {len(problems)}); "
            "put them right and build again"
        )


def _run(
    project: Project, arguments: list[str], variables: dict[str, Any], *, sample: bool
) -> tuple[Run, bool]:
    """Run dbt; return what it left, and whether everything passed."""
    outcome = run_dbt(project, arguments, variables, sample=sample)
    if outcome.exception:
        reason = one_line(outcome.exception) or type(outcome.exception).__name__
        raise GroundworkError(f"dbt stopped ({reason}); {_what_to_do(reason)}")
    run = read_run(project, project.sample_target if sample else project.target)
    return run, outcome.success


def _stop_on_failures(run: Run) -> NoReturn:
    """Stop with a line for each node that failed."""
    failures = _by_cause(run.failures)
    for failure in failures:
        click.echo(failure, err=True)
    statuses = list(run.statuses.values())
    raise GroundworkError(
        f"the build failed: {len(run.failures)} of {len(statuses)} nodes (above), "
        f"{statuses.count('skipped')} skipped; {_what_to_do(' '.join(failures))}"
    )


def _record(project: Project, run: Run, publication_id: str | None) -> None:
    """Record the run; a history that cannot be written takes nothing back."""
    try:
        record_run(project, run, publication_id)
    except GroundworkError as error:
        click.echo(f"not recorded: {error.message}", err=True)


def _by_cause(failures: list[str]) -> list[str]:
    """Leave one line of all that failed for one cause outside the project, such as a full disk."""
    causes = {trouble_in(failure) or failure: failure for failure in reversed(failures)}
    return [failure for failure in failures if failure in causes.values()]


def _what_to_do(reason: str) -> str:
    kind = trouble_in(reason)
    return f"{kind.remedy + '; ' if kind else ''}what was published stays as it was"


def _print_summary(project: Project, run: Run, path: Path) -> None:
    kinds = [name.partition(".")[0] for name in run.statuses]
    tests = kinds.count("test") + kinds.count("unit_test")
    warned = list(run.statuses.values()).count("warn")
    click.echo(f"built {kinds.count('model')} models, {tests} tests passed ({warned} warned)")
    if not run.on_duckdb:
        return
    with attached(project, path) as connection:
        for name, count in _rows(connection, REJECTED_ROWS):
            click.echo(f"rejected {name}: {count} rows")
        for name, count in _rows(connection, ORPHANS):
            click.echo(f"orphans {name}: {count} values without a counterpart")
        if as_of := last_as_of(connection):
            click.echo(f"as_of {as_of}")


def _rows(connection: DuckDBPyConnection, query: str) -> list[tuple[str, int]]:
    """Query a model of the build; nothing where the project or the selection has no such model."""
    try:
        return connection.execute(query).fetchall()
    except duckdb.CatalogException:
        return []
