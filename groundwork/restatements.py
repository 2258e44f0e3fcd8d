"""Values of closed periods, kept in the history, and the restatements of those that changed.

A period is closed once its data are complete (`is_complete_period` of `metric_values`). What is
kept is the total of each metric and grain; a value is kept again when it changed, or when its
metric has another definition. A change against the last kept value is a restatement: caused by the
definition where that is another one, which its changelog line explains, else by data.
"""

from __future__ import annotations

from typing import Any

import click
from duckdb import DuckDBPyConnection

from groundwork.artifacts import Run, why_not_whole
from groundwork.definitions import LOCK_FILE, problems, read_definitions, read_lock
from groundwork.history import HistoryTable, append_query, table_query
from groundwork.project import Project, literal, quoted

VALUES = "metric_closed_values"
RESTATEMENTS = "metric_restatements"
METRIC_VALUES = "metric_values"
# Sums of doubles depend on the order of adding; nothing below this is a change.
TOLERANCE = 1e-9
DEFAULT_BOUND = 0.01

COMPARED = """
    create temp table closed_values as
    with kept as (
        select * from ({history})
        qualify row_number() over (
            partition by metric_name, grain, period_start
            order by recorded_at desc, invocation_id desc
        ) = 1
    ),
    closed as (
        select metric_name, grain, period_start, metric_value, numerator, denominator
        from {metric_values}
        where dimension_name = 'total' and is_complete_period
    ),
    last_closed as (
        select metric_name, grain, max(period_start) as period_start
        from closed
        group by all
    ),
    last_kept as (
        select metric_name, grain, max(period_start) as period_start
        from kept
        group by all
    ),
    last_hash as (
        select metric_name, max_by(definition_hash, recorded_at) as definition_hash
        from kept
        group by all
    ),
    compared as (
        select
            definitions.*,
            coalesce(closed.grain, kept.grain) as grain,
            coalesce(closed.period_start, kept.period_start) as period_start,
            closed.metric_value,
            closed.numerator,
            closed.denominator,
            kept.metric_value as old_value,
            -- a period without rows that has some now was nothing, and is restated
            kept.metric_name is null
            and coalesce(closed.period_start > last_kept.period_start, true) as is_new,
            coalesce(kept.definition_hash, last_hash.definition_hash)
            is distinct from definitions.definition_hash as is_redefined,
            {value_changed} as is_restated,
            {numerator_changed} or {denominator_changed} as has_other_parts
        from closed
        full join kept using (metric_name, grain, period_start)
        inner join definitions
            on definitions.metric_name = coalesce(closed.metric_name, kept.metric_name)
        left join last_kept
            on closed.metric_name = last_kept.metric_name and closed.grain = last_kept.grain
        left join last_hash on definitions.metric_name = last_hash.metric_name
        left join last_closed
            on kept.metric_name = last_closed.metric_name and kept.grain = last_closed.grain
        -- of periods that have no rows any more those count that are before closed ones
        where closed.metric_name is not null or kept.period_start <= last_closed.period_start
    )
    select
        *,
        not is_new and is_restated as is_restatement,
        (metric_value - old_value) / nullif(abs(old_value), 0) as relative_change,
        case when is_redefined then 'definition' else 'data' end as cause,
        case when is_redefined then statement end as explanation,
        coalesce(abs(relative_change) > bound, true) as is_above_bound
    from compared
    where is_new or is_redefined or is_restated or has_other_parts
"""
ABOVE_BOUND = """
    select
        metric_name,
        count(*),
        max(bound),
        max_by(
            grain || ' ' || period_start || ': ' || coalesce(old_value::varchar, 'no value')
            || ' -> ' || coalesce(metric_value::varchar, 'no value'),
            coalesce(abs(relative_change), 'infinity'::double)
        )
    from closed_values
    where is_restatement and cause = 'data' and is_above_bound
    group by metric_name
    order by metric_name
"""


def keep_closed_values(
    project: Project,
    run: Run,
    connection: DuckDBPyConnection,
    tables: dict[str, HistoryTable],
    variables: dict[str, Any],
) -> None:
    """Append to the history what a whole build changed in closed periods; warn above the bound."""
    relation = _metric_values(run)
    if VALUES not in tables or not relation or why_not_whole(project, run):
        return
    definitions = read_definitions(run.manifest)
    if problems(definitions, read_lock(project)):
        click.echo(
            f"closed values not kept: the definitions are not as {LOCK_FILE} holds them; "
            "run `groundwork lock` and build again",
            err=True,
        )
        return
    connection.execute(
        "create temp table definitions (metric_name varchar, version bigint,"
        " definition_hash varchar, statement varchar, bound double)"
    )
    default = float(variables.get("restatement_warning", DEFAULT_BOUND))
    connection.executemany(
        "insert into definitions values (?, ?, ?, ?, ?)",
        [
            (name, found.version, found.hash, found.statement, found.bound or default)
            for name, found in definitions.items()
        ],
    )
    connection.execute(
        COMPARED.format(
            history=table_query(project, tables[VALUES]),
            metric_values=relation,
            value_changed=_changed("metric_value"),
            numerator_changed=_changed("numerator"),
            denominator_changed=_changed("denominator"),
        )
    )
    common = (
        f"select *, {literal(run.invocation_id)} as invocation_id,"
        f" {literal(run.started_at.replace(tzinfo=None))} as recorded_at"
    )
    # restatements first: once the values are kept, nothing differs from them any more
    for name, rows in (
        (
            RESTATEMENTS,
            f"{common}, metric_value as new_value from closed_values where is_restatement",
        ),
        (VALUES, f"{common} from closed_values"),
    ):
        append_query(project, tables[name], run.invocation_id, run.started_at, connection, rows)
    for metric, count, bound, example in connection.execute(ABOVE_BOUND).fetchall():
        click.echo(
            f"restated {metric}: {count} closed periods by more than {bound:.1%}, such as {example}"
        )


def _metric_values(run: Run) -> str:
    """Return the relation of the metrics' values; empty where the build has none."""
    for node in run.public_models:
        if node["name"] == METRIC_VALUES:
            return f"{quoted(node['schema'])}.{quoted(node['alias'])}"
    return ""


def _changed(column: str) -> str:
    new, old = f"closed.{column}", f"kept.{column}"
    return (
        f"(({new} is null) != ({old} is null) or coalesce(abs({new} - {old})"
        f" > {TOLERANCE} * greatest(abs({new}), abs({old})), false))"
    )
