"""Alerts: what is wrong now, told once to whoever listens at a webhook.

A problem is what the last recorded build and the last publication say together: a check or a model
that failed, an unexplained day of a metric or a raw table, a metric beyond its alert bounds, a
table that is behind; and, where asked for, a daily raw table whose load did not come, which a build
waits for. It is seen, told once it has held for the sustain period, and over when it is
not found any more; if it comes back, it is told again. What was told is kept in the history, so it
does not matter who runs the command, or how often. An alert is posted before that is recorded: a
process that is killed between the two tells it once more.

Nothing of a row goes into an alert: names of tables and metrics, numbers of metrics, counts.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import duckdb
from duckdb import DuckDBPyConnection

from groundwork.freshness import LateTable, late_tables, loads_since_option, read_moment
from groundwork.history import HistoryTable, append_rows, history_tables, table_query
from groundwork.lock import wait_option, warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    attached,
    parse_vars,
    project_option,
    rows_by_name,
    vars_in_effect,
    vars_option,
)
from groundwork.trouble import one_line

WEBHOOK_VARIABLE = "GROUNDWORK_WEBHOOK"
TIMEOUT_SECONDS = 10
# An anomaly is news for as many days; a metric that is normal for as long is well again.
DAYS_OF_NEWS = 3
NAMED_METRICS = 5
UNKNOWN_OWNER = ("not known to the published catalogue", ())

CHECKS = """
    create temp table checks as
    select invocation_id, test_id as check_id, test_name as name, table_name, status, failure_count
    from test_results
    union all
    select invocation_id, node_id, node_name, node_name, status, null
    from node_runs
    where resource_type in ('model', 'seed', 'snapshot')
"""
# As int_incidents_unioned has it: what was skipped says nothing, and a check is given up that the
# last whole build and all that came after it do not have.
FAILED_CHECKS = """
    with results as (
        select
            checks.*,
            invocations.started_at,
            checks.status in ('fail', 'error', 'warn') as is_bad
        from checks
        inner join invocations on checks.invocation_id = invocations.invocation_id
    ),

    kept as (
        select check_id
        from results
        where started_at >= (
            select coalesce(max(started_at), timestamp '1970-01-01')
            from invocations
            where is_complete
        )
    ),

    judged as (
        select *, max(started_at) filter (not is_bad) over (partition by check_id) as last_good_at
        from results
        where status != 'skipped' and check_id in (from kept)
    )

    select *, min(started_at) over (partition by check_id) as since
    from judged
    where is_bad and started_at > coalesce(last_good_at, timestamp '1970-01-01')
    qualify row_number() over (partition by check_id order by started_at desc) = 1
    order by check_id
"""
OWNERS = """
    select data_name, table_name, owner, coalesce(downstream_metrics, '') as metrics
    from quality.data_catalog
    where column_name = '(table)'
"""
# The last unexplained day of each, while it is news, and the first of those that lead up to it.
ODD_DAYS = """
    with odd as (
        select
            *,
            date_day - lag(date_day, 1, date '1970-01-01') over (
                partition by {key} order by date_day
            ) > {days} as is_first
        from {table}
        where is_anomaly and not is_incident
    )

    select *, max(date_day) filter (is_first) over (partition by {key}) as since
    from odd
    qualify
        row_number() over (partition by {key} order by date_day desc) = 1
        and date_day > (select max(date_day) from {table}) - {days}
    order by {key}
"""
ODD_METRICS = ODD_DAYS.format(
    table="metrics.metric_anomalies", key="metric_name", days=DAYS_OF_NEWS
)
ODD_TABLES = ODD_DAYS.format(
    table="quality.data_anomalies", key="table_name, kind, column_name", days=DAYS_OF_NEWS
)
OUT_OF_BOUNDS = """
    select metric_name, grain, period_start, metric_value, alert_status, alert_low, alert_high
    from metrics.metric_status
    where alert_status in ('low', 'high')
    order by metric_name
"""
PUBLISHED = "select max(published_at) as published_at from publication"
METRICS = "select metric_name, owner, action from metrics.metric_catalog"
# Of the tables that a late metric rests on, those that are furthest behind.
LATE_TABLES = """
    with late as (
        select metric_name, unnest(string_split(raw_tables, ', ')) as data_name
        from metrics.metric_catalog
        where days_behind > freshness_sla_days
    ),

    behind as (
        select source_name || '.' || table_name as data_name, days_behind, last_load_date
        from quality.data_quality_scorecard
    )

    select distinct behind.*
    from late
    inner join behind on late.data_name = behind.data_name
    qualify behind.days_behind = max(behind.days_behind) over (partition by late.metric_name)
    order by data_name
"""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one thing.

    key: what tells it from others, the same as long as it lasts; subject: the table or metric;
    since: the day or moment it began (UTC), as text; what: the finding; action: what to do
    """

    key: str
    kind: str
    subject: str
    since: str
    owner: str
    metrics: tuple[str, ...]
    what: str
    action: str

    @property
    def text(self) -> str:
        """One line for people."""
        concerned = ", ".join(self.metrics[:NAMED_METRICS])
        if len(self.metrics) > NAMED_METRICS:
            concerned += f" and {len(self.metrics) - NAMED_METRICS} more"
        is_metric = self.metrics == (self.subject,)
        parts = [
            f"{self.subject}: {self.what}, since {self.since}",
            f"owner: {self.owner}",
            *([f"metrics: {concerned}"] if concerned and not is_metric else []),
            f"do: {self.action}",
        ]
        return "; ".join(parts)


@click.command()
@project_option
@click.option(
    "--webhook",
    envvar=WEBHOOK_VARIABLE,
    metavar="URL",
    help=f"Where to post; without it, alerts are only printed. Also: {WEBHOOK_VARIABLE}.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["json", "slack"]),
    default="json",
    show_default=True,
    help="json: text and all fields; slack: what Slack's incoming webhooks take.",
)
@click.option(
    "--sustain",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    metavar="HOURS",
    help="Tell only what has held that long since it was first seen.",
)
@click.option(
    "--stale",
    type=click.FloatRange(0),
    default=36,
    show_default=True,
    metavar="HOURS",
    help="Tell of a publication that is older.",
)
@loads_since_option
@vars_option
@wait_option
def alert(
    project: Project,
    webhook: str | None,
    layout: str,
    sustain: float,
    stale: float,
    loads_since: str | None,
    overrides: str,
    wait: float,
) -> None:
    """Tell what is wrong, once: failed checks, anomalies, bounds, what is late.

    Daily raw tables are looked at where --loads-since says since when they had to be loaded.
    """
    variables = vars_in_effect(project, parse_vars(overrides))
    since = read_moment(loads_since, variables) if loads_since else None
    with warehouse_lock(project, wait):
        tables = history_tables(project)
        if "alerts" not in tables:
            raise GroundworkError(
                "the project keeps no alerts; declare the table alerts of the source history, as "
                "models/staging/history of groundwork does"
            )
        now = datetime.now(UTC).replace(tzinfo=None)
        late = late_tables(project, variables, since) if since else []
        problems = _problems(project, tables, late, now, timedelta(hours=stale))
        found = {problem.key: problem for problem in problems}
        known = _open_alerts(project, tables["alerts"])
        events = [_event("over", key, known[key], now) for key in known.keys() - found.keys()]
        due = []
        for key, problem in found.items():
            seen = known.get(key)
            if not seen:
                events.append(_event("seen", key, asdict(problem), now))
            seen_at = seen["first_seen_at"] if seen else now
            if not (seen and seen["is_told"]) and now - seen_at >= timedelta(hours=sustain):
                due.append(problem)
        try:
            for problem in due:
                if webhook:
                    _post(webhook, layout, problem)
                click.echo(problem.text)
                events.append(_event("told", problem.key, asdict(problem), now))
        finally:
            _keep(project, tables["alerts"], events, now)
    click.echo(f"told {len(due)} of {len(found)} problems")


def _problems(
    project: Project,
    tables: dict[str, HistoryTable],
    late: list[LateTable],
    now: datetime,
    stale: timedelta,
) -> Iterator[Problem]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name in ("invocations", "test_results", "node_runs"):
            query = table_query(project, tables[name])
            connection.execute(f"create temp table {name} as {query}")
        connection.execute(CHECKS)
        failed = rows_by_name(connection, FAILED_CHECKS)
    if not project.published_path.exists():
        yield from _failed_checks(failed, {})
        yield from _late_loads(late, {})
        return
    with attached(project, project.published_path) as connection:
        owners = {}
        for row in _rows(connection, OWNERS):
            known = (row["owner"], tuple(filter(None, row["metrics"].split(", "))))
            owners |= {row["data_name"]: known, row["table_name"]: known}
        metrics = {row["metric_name"]: row for row in _rows(connection, METRICS)}
        yield from _failed_checks(failed, owners)
        yield from _odd_metrics(_rows(connection, ODD_METRICS), metrics)
        yield from _out_of_bounds(_rows(connection, OUT_OF_BOUNDS), metrics)
        yield from _odd_tables(_rows(connection, ODD_TABLES), owners)
        yield from _late_tables(_rows(connection, LATE_TABLES), owners)
        yield from _late_loads(late, owners)
        yield from _late_publication(_rows(connection, PUBLISHED), now, stale)


def _failed_checks(rows: list[dict[str, Any]], owners: dict[str, tuple]) -> Iterator[Problem]:
    for row in rows:
        is_check = row["check_id"].startswith(("test.", "unit_test."))
        table = row["table_name"] or row["name"]
        owner, metrics = owners.get(table, UNKNOWN_OWNER)
        count = f" on {row['failure_count']} rows" if row["failure_count"] else ""
        verb = "warns" if row["status"] == "warn" else "failed"
        what = f"the check {row['name']} {verb}{count}" if is_check else "it could not be built"
        kept = "" if row["status"] == "warn" else "; what was published before stays until it does"
        remedy = (
            f"put right what the rows show (dbt test --select {row['name']} --store-failures) and "
            f"build again{kept}"
            if is_check
            else "see the message of `groundwork build`, put it right and build again"
        )
        yield Problem(
            key=f"check:{row['check_id']}",
            kind="check" if is_check else "build",
            subject=table,
            since=f"{row['since']:%Y-%m-%d %H:%M}",
            owner=owner,
            metrics=metrics,
            what=what,
            action=remedy,
        )


def _odd_metrics(rows: list[dict[str, Any]], metrics: dict[str, Any]) -> Iterator[Problem]:
    for row in rows:
        name = row["metric_name"]
        yield Problem(
            key=f"anomaly:{name}",
            kind="anomaly",
            subject=name,
            since=str(row["since"]),
            owner=metrics[name]["owner"],
            metrics=(name,),
            what=_out_of_usual(row),
            action=metrics[name]["action"],
        )


def _odd_tables(rows: list[dict[str, Any]], owners: dict[str, tuple]) -> Iterator[Problem]:
    for row in rows:
        owner, metrics = owners[row["table_name"]]
        watched = f"{row['kind']} of {row['column_name']}"
        yield Problem(
            key=f"data:{row['table_name']}:{row['kind']}:{row['column_name']}",
            kind="data",
            subject=row["table_name"],
            since=str(row["since"]),
            owner=owner,
            metrics=metrics,
            what=f"{watched} {_out_of_usual(row)}",
            action="ask who delivers the table; report an incident, or that it is a false alarm",
        )


def _out_of_usual(row: dict[str, Any]) -> str:
    bounds = f"{row['lower_bound']:.4g} to {row['upper_bound']:.4g}"
    if row["actual_value"] is None:
        return f"has no value on {row['date_day']}, usual are {bounds}"
    return f"was {row['actual_value']:.4g} on {row['date_day']}, usual are {bounds}"


def _out_of_bounds(rows: list[dict[str, Any]], metrics: dict[str, Any]) -> Iterator[Problem]:
    for row in rows:
        name, value, grain = row["metric_name"], row["metric_value"], row["grain"]
        is_low = row["alert_status"] == "low"
        bound = row["alert_low"] if is_low else row["alert_high"]
        side = "below" if is_low else "above"
        yield Problem(
            key=f"bound:{name}",
            kind="bound",
            subject=name,
            since=str(row["period_start"]),
            owner=metrics[name]["owner"],
            metrics=(name,),
            what=f"{value:.4g} in this {grain} is {side} its bound {bound:.4g}",
            action=metrics[name]["action"],
        )


def _late_tables(rows: list[dict[str, Any]], owners: dict[str, tuple]) -> Iterator[Problem]:
    for row in rows:
        owner, metrics = owners[row["data_name"]]
        yield Problem(
            key=f"late:{row['data_name']}",
            kind="late",
            subject=row["data_name"],
            since=str(row["last_load_date"]),
            owner=owner,
            metrics=metrics,
            what=f"it is {row['days_behind']} days behind",
            action="ask who delivers the table for the loads that are missing, then build again",
        )


def _late_loads(late: list[LateTable], owners: dict[str, tuple]) -> Iterator[Problem]:
    for table in late:
        owner, metrics = owners.get(table.path, UNKNOWN_OWNER)
        yield Problem(
            key=f"late:{table.path}",
            kind="late",
            subject=table.path,
            since=f"{table.since:%Y-%m-%d %H:%M}",
            owner=owner,
            metrics=metrics,
            what=table.what,
            action="ask who delivers the table for the load that is missing, then build again",
        )


def _late_publication(
    rows: list[dict[str, Any]], now: datetime, stale: timedelta
) -> Iterator[Problem]:
    for row in rows:
        age = now - row["published_at"]
        if age > stale:
            yield Problem(
                key="late:publication",
                kind="late",
                subject="the publication",
                since=f"{row['published_at']:%Y-%m-%d %H:%M}",
                owner="who runs the builds",
                metrics=(),
                what=f"it is {age // timedelta(hours=1)} hours old",
                action="see whether the scheduler runs, and what `groundwork build` says",
            )


def _open_alerts(project: Project, table: HistoryTable) -> dict[str, dict[str, Any]]:
    """Return what was seen and is not over, by key: the last event, when first, whether told."""
    with duckdb.connect() as connection:
        query = f"from ({table_query(project, table)}) order by happened_at, event_number"
        rows = rows_by_name(connection, query)
    known: dict[str, dict[str, Any]] = {}
    for row in rows:
        before = known.pop(row["alert_key"], {"first_seen_at": row["happened_at"]})
        if row["event"] != "over":
            is_told = row["event"] == "told" or before.get("is_told", False)
            first_seen_at = before["first_seen_at"]
            known[row["alert_key"]] = row | {"first_seen_at": first_seen_at, "is_told": is_told}
    return known


def _event(event: str, key: str, problem: dict[str, Any], now: datetime) -> dict[str, Any]:
    named = ("kind", "subject", "since", "owner", "what")
    said = {name: problem[name] for name in named}
    return {"alert_key": key, "event": event, "happened_at": now, **said}


def _keep(
    project: Project, table: HistoryTable, events: list[dict[str, Any]], now: datetime
) -> None:
    run_id = str(uuid.uuid4())
    rows = [
        {"invocation_id": run_id, "event_number": number, **event}
        for number, event in enumerate(events, start=1)
    ]
    append_rows(project, table, run_id, now.replace(tzinfo=UTC), rows)


def _post(webhook: str, layout: str, problem: Problem) -> None:
    """Post one alert; who does not take it stops the command, and is told again by the next one."""
    text = problem.text
    if layout == "slack":
        for character, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = text.replace(character, name)
    payload = {"text": text} | ({"alert": asdict(problem)} if layout == "json" else {})
    try:
        request = urllib.request.Request(
            webhook,
            data=json.dumps(payload).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
            return
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise GroundworkError(
            f"{_host(webhook)} did not take the alert about {problem.subject} ({_why(error)}); "
            "see that the address is right and answers, the next `groundwork alert` tries again"
        ) from None


def _host(webhook: str) -> str:
    """Name who was to answer; the rest of an address is a secret."""
    try:
        return urllib.parse.urlsplit(webhook).hostname or "the webhook"
    except ValueError:
        return "the webhook"


def _why(error: Exception) -> str:
    if isinstance(error, ValueError | http.client.InvalidURL):  # both quote the address
        return "that is no address that can be posted to"
    # an HTTPError names its status, another URLError only wraps what went wrong
    is_wrapper = type(error) is urllib.error.URLError
    return str(error.reason) if is_wrapper else one_line(error)


def _rows(connection: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query; none where the project has no such mart."""
    try:
        return rows_by_name(connection, query)
    except duckdb.CatalogException:
        return []
