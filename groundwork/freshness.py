"""Freshness: whether the loads of a day are there, before a build and for what is published.

Which raw tables are loaded every day is declared in the raw contract (`daily: true`). A table whose
`loaded_at` is declared absent is not looked at: when its rows came is not known.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import duckdb

from groundwork.contract import LOAD_COLUMN, is_absent, read_contract
from groundwork.delivery import READINGS, Delivery
from groundwork.lock import warehouse_lock
from groundwork.preflight import raw_tables
from groundwork.project import (
    GroundworkError,
    Project,
    parse_vars,
    project_option,
    vars_in_effect,
    vars_option,
)
from groundwork.publish import published_as_of

POLL_SECONDS = 30
MINUTE = "%Y-%m-%d %H:%M"
TODAY = "today"

# Gives a command the parameter `loads_since`, as text.
loads_since_option = click.option(
    "--loads-since",
    metavar="MOMENT",
    help=f"ISO 8601, UTC without an offset; `{TODAY}`: since midnight in the reporting time zone.",
)


@dataclass(frozen=True)
class LateTable:
    """A raw table without a load since a moment; UTC, `last_loaded_at` is None where none is."""

    path: str
    since: datetime
    last_loaded_at: datetime | None

    @property
    def what(self) -> str:
        """The finding, for people."""
        last = self.last_loaded_at
        before = f"the last was {last:{MINUTE}}" if last else "none before that can be read"
        return f"no load came, {before}"


@click.command()
@project_option
@loads_since_option
@vars_option
@click.option(
    "--published", is_flag=True, help="Look at what is published instead of the raw tables."
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help="Wait that long for the loads to come.",
)
def freshness(
    project: Project, loads_since: str | None, overrides: str, published: bool, wait: float
) -> None:
    """See that every daily raw table was loaded since a moment (default: today)."""
    variables = vars_in_effect(project, parse_vars(overrides))
    since = read_moment(loads_since or TODAY, variables)
    if published:
        _see_that_it_reaches(project, since, variables)
        return
    deadline = time.monotonic() + wait
    while late := _look(project, variables, since, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            for table in late:
                click.echo(f"{table.path}: {table.what}, since {since:{MINUTE}} UTC", err=True)
            raise GroundworkError(
                f"the loads are late (tables, above: {len(late)}); ask who delivers them, or take "
                "`daily` out of the raw contract where no load has to come every day"
            )
        time.sleep(min(POLL_SECONDS, left))
    click.echo(f"every daily raw table was loaded since {since:{MINUTE}} UTC")


def read_moment(text: str, variables: dict[str, Any]) -> datetime:
    """Read the value of `--loads-since`; the moment is UTC, without a time zone."""
    if text == TODAY:
        moment = datetime.now(_zone(variables)).replace(hour=0, minute=0, second=0, microsecond=0)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise GroundworkError(
                f"--loads-since: {text!r} is no moment; write it like 2026-06-30T00:00:00+02:00, "
                f"or {TODAY}"
            ) from error
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(tzinfo=None)


def _zone(variables: dict[str, Any]) -> ZoneInfo:
    name = variables.get("reporting_timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise GroundworkError(
            f"vars reporting_timezone: {name!r} is no time zone; write it like Europe/Berlin"
        ) from error


def late_tables(project: Project, variables: dict[str, Any], since: datetime) -> list[LateTable]:
    """Find the daily raw tables that were not loaded since a moment (UTC), or cannot be read."""
    absent = variables.get("absent") or []
    daily = [
        table.path
        for source in read_contract(project.root)
        for table in source.tables
        if table.daily
        and not is_absent(table.path, absent)
        and not is_absent(f"{table.path}.{LOAD_COLUMN}", absent)
    ]
    loads = dict.fromkeys(daily)
    with raw_tables(project, variables, project.build_path, daily) as (connection, found):
        connection.execute("set TimeZone = 'UTC'")
        for item in found:
            if isinstance(item, Delivery) and item.relation and LOAD_COLUMN in item.types:
                with contextlib.suppress(duckdb.Error):
                    loads[item.table.path] = _last_load(connection, item)
    return [
        LateTable(path, since, last) for path, last in loads.items() if not last or last < since
    ]


def _last_load(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> datetime | None:
    """Read the last load (UTC) of a raw table, as staging reads it."""
    rows = connection.execute(
        f"""
        with loads as (
            select distinct trim(cast({LOAD_COLUMN} as varchar)) as value
            from {delivery.relation}
        )

        select cast(max({READINGS["timestamp"].value}) as timestamp) from loads
        """
    ).fetchall()
    return rows[0][0]


def _look(
    project: Project, variables: dict[str, Any], since: datetime, deadline: float
) -> list[LateTable]:
    """Look at the raw tables; those in the build file are held by a build as long as it runs."""
    if not variables.get("raw_schema"):
        return late_tables(project, variables, since)
    with warehouse_lock(project, max(deadline - time.monotonic(), 0)):
        return late_tables(project, variables, since)


def _see_that_it_reaches(project: Project, since: datetime, variables: dict[str, Any]) -> None:
    day = since.replace(tzinfo=UTC).astimezone(_zone(variables)).date()
    as_of = published_as_of(project)
    if as_of is None or as_of < day:
        ends = f"its data end before {as_of}" if as_of else "up to which day is not known"
        raise GroundworkError(
            f"{project.name(project.published_path)} is not up to {day} ({ends}); "
            "run `groundwork build`"
        )
    click.echo(f"{project.name(project.published_path)} has all before {as_of}")
