"""The lines of the data team's costs from the raw CSV files, and how money is shared out.

Money is Decimal or whole cents here; what is shared out is sorted in Python and not in SQL.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

import pandas as pd
import yaml
from conftest import ROOT
from raw_rows import DAY, number, timestamp
from team_rows import RawTeam, has_all, latest

CENT = Decimal("0.01")
NOBODY = "(unallocated)"
DEFINITIONS = ROOT / "models/marts/metrics/definitions"
DRIVERS = {"pipeline_seconds", "dashboard_views", "requests", "direct"}


def money(column: pd.Series) -> pd.Series:
    """Decimals to the cent, as they are written; None where there is none."""
    return column.map(lambda text: Decimal(text).quantize(CENT, ROUND_HALF_UP), "ignore")


def month_of(day: pd.Timestamp) -> pd.Timestamp:
    return day.replace(day=1)


def days_of(month: pd.Timestamp) -> int:
    return monthrange(month.year, month.month)[1]


def prorated(amount: Decimal, days: int, month: pd.Timestamp) -> Decimal:
    exact = Fraction(amount) * days / days_of(month) * 100
    return Decimal(int(exact + Fraction(1, 2))) * CENT


def days_by_month(first: pd.Timestamp, last: pd.Timestamp) -> Counter[pd.Timestamp]:
    return Counter(month_of(day) for day in pd.date_range(first, last))


def is_missing(value: Any) -> bool:
    return bool(pd.isna(value))


class Line(NamedTuple):
    """One line of the costs in one month."""

    kind: str
    line_id: str
    month: pd.Timestamp
    first: pd.Timestamp
    last: pd.Timestamp
    driver: str
    direct_target: str | None
    service: str
    amount: Decimal | None


@dataclass(frozen=True)
class RawCostLines(RawTeam):
    @cached_property
    def bills(self) -> pd.DataFrame:
        raw = self.read("infrastructure_costs")
        rows = raw.assign(
            cost_month=timestamp(raw.cost_month),
            driver=raw.driver.str.lower().fillna("pipeline_seconds"),
            number=number(raw.amount),
            loaded_at=timestamp(raw.loaded_at),
        )
        is_accepted = (
            has_all(rows, ["cost_id", "cost_month", "service", "number"])
            & raw.location.isin({"cloud", "on_premise"})
            & raw.workload.isin({"batch", "real_time"})
            & rows.driver.isin(DRIVERS)
            & ~((rows.driver == "direct") & rows.pipeline_id.isna())
        )
        rows = latest(rows[is_accepted], "cost_id")
        return rows.assign(amount=money(rows.amount))

    def last_day(self, ends: pd.Series) -> pd.Series:
        return ends.fillna(self.as_of - DAY).clip(upper=self.as_of - DAY)

    @cached_property
    def lines(self) -> list[Line]:
        return [*self.bill_lines(), *self.people_lines()]

    def days(self) -> Iterator[tuple[Line, str, pd.Timestamp, Decimal]]:
        """Each domain's part of each line of known amount in equal parts over the line's days.

        Odd cents are on the first days.
        """
        for line in self.lines:
            if line.amount is None:
                continue
            weights, _ = targets(line, "domain", self)
            days = pd.date_range(line.first, line.last)
            for domain, cents in shares(int(line.amount * 100), weights or {NOBODY: 1}).items():
                parts = shares(cents, dict.fromkeys(days, 1))
                for day in days:
                    yield line, domain, day, parts[day] * CENT

    def bill_lines(self) -> Iterator[Line]:
        for row in self.bills.itertuples():
            month = month_of(row.cost_month)
            target = row.pipeline_id if row.driver == "direct" else None
            last = month + (days_of(month) - 1) * DAY
            if month < self.as_of:
                yield Line(
                    "infrastructure",
                    row.cost_id,
                    month,
                    month,
                    last,
                    row.driver,
                    target,
                    row.service,
                    row.amount,
                )

    def people_lines(self) -> Iterator[Line]:
        written = self.read("assignments").drop_duplicates("assignment_id", keep="last")
        costs = money(written.set_index("assignment_id").monthly_cost)
        rows = self.assignments.assign(last=self.last_day(self.assignments.ends_on))
        for row in rows[rows.starts_on < self.as_of].itertuples():
            cost = costs[row.assignment_id]
            is_shared = is_missing(row.department)
            for month, days in days_by_month(row.starts_on, row.last).items():
                first = max(month, row.starts_on)
                yield Line(
                    "people",
                    row.assignment_id,
                    month,
                    first,
                    first + (days - 1) * DAY,
                    "requests" if is_shared else "department",
                    None if is_shared else row.department,
                    "people",
                    None if is_missing(cost) else prorated(cost, days, month),
                )

    @cached_property
    def ended_tries(self) -> pd.DataFrame:
        rows = self.tries[self.tries.start_date.notna() & self.tries.end_date.notna()]
        rows = rows[rows.start_date < self.as_of]
        seconds = (rows.end_date - rows.start_date) / pd.Timedelta(seconds=1)
        return rows.assign(
            month=rows.start_date.map(month_of).dt.normalize(), seconds=seconds.astype(int)
        )

    @cached_property
    def weights(self) -> dict[tuple, dict[str, int]]:
        """By month, driver and target type: the weight of each target."""
        found: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.ended_tries.itertuples():
            found[row.month, "pipeline_seconds", "domain"][row.domain] += row.seconds
            found[row.month, "pipeline_seconds", "pipeline"][row.dag_id] += row.seconds
        for row in self.views[self.views.viewed_at < self.as_of].itertuples():
            month = month_of(row.viewed_at.normalize())
            department = "(none)" if is_missing(row.department) else row.department
            found[month, "dashboard_views", "domain"][department] += 1
        for row in self.requests[self.requests.answered_at < self.as_of].itertuples():
            month = month_of(row.answered_at.normalize())
            found[month, "requests", "domain"][row.department] += 1
        return found

    @cached_property
    def domains(self) -> dict[str, str]:
        return dict(self.ended_tries.sort_values("start_date")[["dag_id", "domain"]].values)


def shares(cents: int, weights: dict[Any, int]) -> dict[Any, int]:
    """Hamilton's method: whole cents each, the rest to the largest fractions, by name."""
    total, size = sum(weights.values()), abs(cents)
    exact = {name: Fraction(size * weight, total) for name, weight in weights.items()}
    parts = {name: int(share) for name, share in exact.items()}
    by_loss = sorted(exact, key=lambda name: (parts[name] - exact[name], name))
    for name in by_loss[: size - sum(parts.values())]:
        parts[name] += 1
    return {name: part if cents >= 0 else -part for name, part in parts.items()}


@cache
def active_metrics() -> list[str]:
    files = [yaml.safe_load(path.read_text()) for path in DEFINITIONS.glob("*.yml")]
    metrics = [metric for file in files for metric in file.get("metrics", [])]
    return [m["name"] for m in metrics if m["config"]["meta"]["status"] == "active"]


def targets(line: Line, target_type: str, raw: RawCostLines) -> tuple[dict[str, int], str | None]:
    """The weights of a line's targets, and why there is none."""
    if line.amount is None:
        return {}, "cost_not_known"
    if target_type == "metric":
        return dict.fromkeys(active_metrics(), 1), None
    if line.driver == "direct":
        if target_type == "pipeline":
            return {str(line.direct_target): 1}, None
        domain = raw.domains.get(str(line.direct_target))
        return ({domain: 1}, None) if domain else ({}, "pipeline_without_runs")
    if target_type == "pipeline" and line.driver != "pipeline_seconds":
        return {}, "driver_without_pipelines"
    if line.driver == "department":
        return {str(line.direct_target): 1}, None
    weights = dict(raw.weights.get((line.month, line.driver, target_type), {}))
    return (weights, None) if weights else ({}, "driver_without_rows")
