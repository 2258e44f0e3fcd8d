"""The raw CSV files of the team, but for costs and initiatives, in pandas.

They are cleaned by the written rules of the raw contract alone
(`models/staging/data_team/_data_team__sources.yml`), as raw_rows.py does it for `product`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from raw_rows import (
    DAY,
    RawProduct,
    is_late,
    is_unreadable,
    number,
    read_requests,
    text,
    timestamp,
    whole_number,
)

ROLES = {"engineer", "analyst", "scientist", "ml_engineer", "manager"}
OPERATING_MODELS = ["centralised", "distributed", "hybrid"]
STATES = {"success", "failed", "upstream_failed", "running", "queued", "skipped"}
MODES = ["other", "data_informed", "data_driven"]
OUTCOMES = {"as_expected", "better", "worse", "unknown"}
Rows = pd.DataFrame


def latest(rows: Rows, *key: str) -> Rows:
    return rows.sort_values("loaded_at", kind="stable").drop_duplicates([*key], keep="last")


def has_all(rows: Rows, columns: Sequence[str]) -> pd.Series:
    return rows[[*columns, "loaded_at"]].notna().all(axis="columns")


@dataclass(frozen=True)
class RawTeam:
    """Accepted rows of `data_team`; `folder` holds raw_data_team__<table>.csv."""

    folder: Path

    def read(self, table: str) -> Rows:
        path = self.folder / f"raw_data_team__{table}.csv"
        return text(pd.read_csv(path, dtype=str, keep_default_na=False))

    @cached_property
    def as_of(self) -> pd.Timestamp:
        """Midnight after the last complete day, from the last load of orders."""
        return RawProduct(self.folder.parent / "product").orders.loaded_at.max().normalize()

    @cached_property
    def members(self) -> Rows:
        raw = self.read("members")
        rows = raw.assign(
            role=raw.role.str.lower(),
            joined_on=timestamp(raw.joined_on).dt.normalize(),
            left_on=timestamp(raw.left_on).dt.normalize(),
            loaded_at=timestamp(raw.loaded_at),
        )
        is_accepted = (
            has_all(rows, ["member_id", "joined_on"])
            & rows.role.isin(ROLES)
            & ~is_unreadable(raw.left_on, rows.left_on)
            & ~(rows.left_on < rows.joined_on)
        )
        return latest(rows[is_accepted], "member_id")

    @cached_property
    def assignments(self) -> Rows:
        raw = self.read("assignments")
        rows = raw.assign(
            operating_model=raw.operating_model.str.lower(),
            share=number(raw["share"]),
            monthly_cost=number(raw.monthly_cost),
            starts_on=timestamp(raw.starts_on).dt.normalize(),
            ends_on=timestamp(raw.ends_on).dt.normalize(),
            loaded_at=timestamp(raw.loaded_at),
        )
        is_accepted = (
            has_all(rows, ["assignment_id", "member_id", "starts_on"])
            & rows.operating_model.isin(OPERATING_MODELS)
            & ~is_unreadable(raw["share"], rows["share"])
            & ~is_unreadable(raw.monthly_cost, rows.monthly_cost)
            & ~is_unreadable(raw.ends_on, rows.ends_on)
            & ~((rows["share"] <= 0) | (rows["share"] > 1))
            & ~(rows.monthly_cost < 0)
            & ~(rows.ends_on < rows.starts_on)
        )
        return latest(rows[is_accepted], "assignment_id").fillna({"share": 1.0})

    @cached_property
    def requests(self) -> Rows:
        return read_requests(self.folder)

    @cached_property
    def tries(self) -> Rows:
        raw = self.read("pipeline_runs")
        rows = raw.assign(
            state=raw.state.str.lower(),
            try_number=whole_number(raw.try_number),
            sla_minutes=whole_number(raw.sla_minutes),
            **{
                name: timestamp(raw[name])
                for name in ("scheduled_at", "start_date", "end_date", "loaded_at")
            },
        )
        is_accepted = (
            has_all(rows, ["dag_id", "run_id", "try_number", "scheduled_at"])
            & rows.state.isin(STATES)
            & (rows.try_number >= 1)
            & ~is_unreadable(raw.start_date, rows.start_date)
            & ~is_unreadable(raw.end_date, rows.end_date)
            & ~is_late(rows.start_date, rows.loaded_at)
            & ~is_late(rows.end_date, rows.loaded_at)
            & ~(rows.end_date < rows.start_date)
            & ~is_unreadable(raw.sla_minutes, rows.sla_minutes)
            & (rows.sla_minutes.isna() | rows.sla_minutes.between(1, 525600))
        )
        return latest(rows[is_accepted], "dag_id", "run_id", "try_number")

    @cached_property
    def runs(self) -> Rows:
        """One row per run, its tries put together; `kept` is missing where nobody can say."""
        key = ["dag_id", "run_id"]
        tries = self.tries.sort_values("try_number")
        tries = tries.assign(
            seconds=(tries.end_date - tries.start_date).dt.total_seconds(),
            success_at=tries.end_date.where(tries.state == "success"),
            is_first_success=(tries.state == "success") & (tries.try_number == 1),
        )
        grouped = tries.groupby(key)
        runs = tries.drop_duplicates(key, keep="last").set_index(key)
        runs = runs.assign(
            tries=runs.try_number.astype(int),
            run_seconds=grouped.seconds.sum(),
            is_first_try_success=grouped.is_first_success.any(),
            run_date=runs.scheduled_at.dt.normalize(),
            started_at=grouped.start_date.min(),
            ended_at=runs.end_date,
            succeeded_at=grouped.success_at.min(),
            due_at=runs.scheduled_at + pd.to_timedelta(runs.sla_minutes, unit="min"),
            upstreams=runs.upstream_dag_ids.fillna("").map(
                lambda names: [name.strip() for name in names.split(",") if name.strip()]
            ),
        )
        runs["reason"] = np.select(
            [
                runs.due_at.isna(),
                runs.succeeded_at.notna(),
                runs.state == "skipped",
                runs.state == "success",
                runs.due_at >= self.as_of,
            ],
            ["no_sla", "", "skipped", "end_unknown", "not_due"],
            default="not_succeeded",
        )
        runs["reason"] = runs.reason.mask(runs.reason == "")
        late = (runs.succeeded_at - runs.due_at).dt.total_seconds() / 60
        runs["late_minutes"] = late.clip(lower=0).where(runs.reason.isna())
        kept = (runs.succeeded_at <= runs.due_at).astype(object)
        runs["kept"] = kept.where(runs.reason.isna() | (runs.reason == "not_succeeded"), None)
        return runs.reset_index()

    @cached_property
    def decisions(self) -> Rows:
        raw = self.read("decisions")
        times = ["decided_at", "rule_recorded_at", "reviewed_at", "loaded_at"]
        rows = raw.assign(
            claimed_mode=raw.claimed_mode.str.lower(),
            outcome=raw.outcome.str.lower(),
            metric_version=whole_number(raw.metric_version),
            metric_value=number(raw.metric_value),
            data_through=timestamp(raw.data_through),
            review_on=timestamp(raw.review_on),
            **{name: timestamp(raw[name]) for name in times},
        )
        is_accepted = (
            has_all(rows, ["decision_id", "decided_at"])
            & rows.claimed_mode.isin(MODES)
            & (rows.outcome.isna() | rows.outcome.isin(OUTCOMES))
            & ~(rows.reviewed_at < rows.decided_at)
        )
        for name in times[:3]:
            is_accepted &= ~is_late(rows[name], rows.loaded_at)
        for name in ("metric_version", "metric_value", "data_through", "review_on", *times):
            is_accepted &= ~is_unreadable(raw[name], rows[name])
        return latest(rows[is_accepted], "decision_id")

    @cached_property
    def views(self) -> Rows:
        raw = self.read("dashboard_views")
        rows = raw.assign(viewed_at=timestamp(raw.viewed_at), loaded_at=timestamp(raw.loaded_at))
        is_accepted = has_all(rows, ["view_id", "dashboard_name", "viewed_at"])
        is_accepted &= ~is_late(rows.viewed_at, rows.loaded_at)
        return latest(rows[is_accepted], "view_id")

    @cached_property
    def incidents(self) -> Rows:
        """Each with `ended_at`, which is `as_of` where it is open."""
        raw = self.read("incidents")
        moments = ["started_at", "detected_at", "resolved_at", "loaded_at"]
        rows = raw.assign(
            severity=raw.severity.str.lower(), **{name: timestamp(raw[name]) for name in moments}
        )
        is_accepted = (
            has_all(rows, ["incident_id", "started_at", "detected_at"])
            & (rows.affected_table.notna() | rows.affected_metric.notna())
            & (rows.severity.isna() | rows.severity.isin(["low", "medium", "high"]))
            & ~is_unreadable(raw.resolved_at, rows.resolved_at)
            & ~(rows.detected_at < rows.started_at)
            & ~(rows.resolved_at < rows.started_at)
        )
        for name in moments[:3]:
            is_accepted &= ~is_late(rows[name], rows.loaded_at)
        rows = latest(rows[is_accepted], "incident_id")
        return rows.assign(
            ended_at=rows.resolved_at.fillna(self.as_of),
            is_false_alarm=rows.resolved_at.notna() & (rows.is_confirmed != "true"),
        )

    @cached_property
    def spans(self) -> Rows:
        """Assignments on the days on which they count: within membership, before `as_of`."""
        members = self.members.set_index("member_id")
        last_day = self.as_of - DAY
        rows = self.assignments.assign(
            role=self.assignments.member_id.map(members.role).fillna("(unknown)"),
            department=self.assignments.department.fillna("(all)"),
            joined_on=self.assignments.member_id.map(members.joined_on),
            left_on=self.assignments.member_id.map(members.left_on),
        )
        rows = rows.assign(
            first=rows[["starts_on", "joined_on"]].max(axis="columns"),
            last=rows[["ends_on", "left_on"]].fillna(last_day).min(axis="columns"),
        )
        rows["last"] = rows["last"].clip(upper=last_day)
        return rows[rows["first"] <= rows["last"]]
