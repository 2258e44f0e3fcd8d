"""Every metric once more, in plain pandas, written from its description.

A metric is a function of what happened and of a cut: the grain and the dimension to group by. It
returns a series by period and dimension value, without an entry where there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pandas as pd
from cost_lines import NOBODY, RawCostLines
from pandas.api.typing import DataFrameGroupBy
from raw_rows import DAY, NONE, Happened
from team_rows import RawTeam


@dataclass(frozen=True)
class Cut:
    grain: str
    dimension: str

    def __call__(self, rows: pd.DataFrame) -> DataFrameGroupBy:
        return rows.groupby([self.period(rows.day), self.dimension])

    def period(self, days: pd.Series) -> pd.Series:
        """The first day of each day's period; weeks begin on Monday."""
        days_before = {
            "day": 0 * days.dt.day,
            "week": days.dt.day_of_week,
            "month": days.dt.day - 1,
        }
        return (days - pd.to_timedelta(days_before[self.grain], unit="D")).rename("period")


Metric = Callable[[Happened, Cut], pd.Series]


@dataclass(frozen=True)
class Ratio:
    """One metric per another; a numerator with nothing to count is 0."""

    numerator: Metric
    denominator: Metric

    def parts(self, data: Happened, cut: Cut) -> tuple[pd.Series, pd.Series]:
        denominator = self.denominator(data, cut)
        return self.numerator(data, cut).reindex(denominator.index, fill_value=0), denominator

    def __call__(self, data: Happened, cut: Cut) -> pd.Series:
        numerator, denominator = self.parts(data, cut)
        return (numerator / denominator.where(denominator != 0)).dropna()


def plus(*series: pd.Series) -> pd.Series:
    """The sum, where one of them has something to add."""
    return pd.concat(series).groupby(level=[0, 1]).sum()


def trailing(
    rows: pd.DataFrame, column: str, days: int, data: Happened, cut: Cut
) -> DataFrameGroupBy:
    """Rows grouped by the period on whose last day they are less than `days` days old.

    The last day is the last of the period that has such rows for the dimension value at all.
    """
    ages = pd.DataFrame({"age": range(days)})
    aged = rows[["day", cut.dimension, column]].merge(ages, how="cross")
    aged = aged.assign(day=aged.day + aged.age * DAY)
    aged = aged[aged.day < data.as_of]
    last = aged.day.groupby([cut.period(aged.day), aged[cut.dimension]]).transform("max")
    return cut(aged[aged.day == last])


def converted(bases: pd.DataFrame, goals: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """Of the base rows, those whose user reached the goal `first` to `last` days later.

    A goal counts for the latest base day that it can count for.
    """
    reached = goals[["user_id", "day"]].drop_duplicates()
    pairs = bases.merge(reached, on="user_id", suffixes=("", "_of_goal"))
    age = (pairs.day_of_goal - pairs.day).dt.days
    pairs = pairs[age.between(first, last)]
    latest = pairs.day.groupby([pairs.user_id, pairs.day_of_goal]).transform("max")
    return pairs[pairs.day == latest]


# Orders


def gross_revenue(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[~data.orders.is_cancelled]).gross_amount.sum()


def purchase_revenue(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[data.orders.is_purchase]).gross_amount.sum()


def discounts(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[~data.orders.is_cancelled]).discount_amount.sum()


def refunds(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.refunds).amount.sum()


def net_revenue(data: Happened, cut: Cut) -> pd.Series:
    return plus(gross_revenue(data, cut), -discounts(data, cut), -refunds(data, cut))


def gross_revenue_28d(data: Happened, cut: Cut) -> pd.Series:
    counted = data.orders[~data.orders.is_cancelled]
    return trailing(counted, "gross_amount", 28, data, cut).gross_amount.sum()


def orders(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[data.orders.is_purchase]).size()


def refunded_orders(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[data.orders.is_purchase & data.orders.is_refunded]).size()


def buyers(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[data.orders.is_purchase]).user_id.nunique()


def new_buyers(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[data.orders.is_first_purchase]).user_id.nunique()


def returning_buyers(data: Happened, cut: Cut) -> pd.Series:
    return plus(buyers(data, cut), -new_buyers(data, cut))


def largest_order(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.orders[data.orders.is_purchase]).gross_amount.max()


# Order lines


def courses_sold(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.lines[~data.lines.is_cancelled]).quantity.sum()


def lowest_price_sold(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.lines[data.lines.quantity > 0]).unit_price.min().dropna()


# Visits


def sessions(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.visits).size()


def purchase_sessions(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.visits).has_purchase.sum()


def active_users(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.visits).user_id.nunique()


def active_users_7d(data: Happened, cut: Cut) -> pd.Series:
    return trailing(data.visits, "user_id", 7, data, cut).user_id.nunique()


def active_users_28d(data: Happened, cut: Cut) -> pd.Series:
    return trailing(data.visits, "user_id", 28, data, cut).user_id.nunique()


def minutes_visited(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.visits).minutes.sum(min_count=1).dropna()


def ended_sessions(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.visits[data.visits.ended_at.notna()]).size()


# Events


def _of_type(data: Happened, event_type: str) -> pd.DataFrame:
    return data.events[data.events.event_type == event_type]


def _on_surface(rows: pd.DataFrame, surface: str) -> pd.DataFrame:
    return rows[rows.surface == surface]


def impressions(data: Happened, cut: Cut) -> pd.Series:
    return cut(_of_type(data, "impression")).size()


def clicks(data: Happened, cut: Cut) -> pd.Series:
    return cut(_of_type(data, "click")).size()


def search_impressions(data: Happened, cut: Cut) -> pd.Series:
    return cut(_on_surface(_of_type(data, "impression"), "search")).size()


def search_clicks(data: Happened, cut: Cut) -> pd.Series:
    return cut(_on_surface(_of_type(data, "click"), "search")).size()


def recommendation_impressions(data: Happened, cut: Cut) -> pd.Series:
    return cut(_on_surface(_of_type(data, "impression"), "recommendation")).size()


def recommendation_clicks(data: Happened, cut: Cut) -> pd.Series:
    return cut(_on_surface(_of_type(data, "click"), "recommendation")).size()


def lessons_completed(data: Happened, cut: Cut) -> pd.Series:
    return cut(_of_type(data, "lesson_completed")).size()


def learning_users(data: Happened, cut: Cut) -> pd.Series:
    """Counted over all events: a period in which nobody finished a lesson has 0."""
    is_lesson = data.events.event_type == "lesson_completed"
    learners = data.events.user_id.where(is_lesson)
    return cut(data.events.assign(user_id=learners)).user_id.nunique()


def enrolled_users(data: Happened, cut: Cut) -> pd.Series:
    enrolments = _of_type(data, "enrol")
    users = enrolments.user_id.where(enrolments.is_registered)
    return cut(enrolments.assign(user_id=users)).user_id.nunique()


def learners_after_enrolling(data: Happened, cut: Cut) -> pd.Series:
    enrolments = _of_type(data, "enrol")
    bases = enrolments[enrolments.is_registered]
    return cut(converted(bases, _of_type(data, "lesson_completed"), 0, 13)).user_id.nunique()


# Users and answers


def sign_ups(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.sign_ups).size()


def buyers_after_sign_up(data: Happened, cut: Cut) -> pd.Series:
    purchases = data.orders[data.orders.is_purchase]
    return cut(converted(data.sign_ups, purchases, 0, 6)).user_id.nunique()


def visitors_after_sign_up(data: Happened, cut: Cut) -> pd.Series:
    return cut(converted(data.sign_ups, data.visits, 1, 7)).user_id.nunique()


def survey_answers(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.answers).size()


def net_promoter_score(data: Happened, cut: Cut) -> pd.Series:
    points = data.answers.survey_response__nps_group.map(
        {"promoter": 100.0, "passive": 0.0, "detractor": -100.0}
    )
    return cut(data.answers.assign(points=points)).points.mean()


def requests_asked(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.requests).size()


def requests_answered(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.answered_requests).size()


def request_lead_hours(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.answered_requests).lead_hours.sum()


def questions_asked(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.requests[data.requests.kind == "question"]).size()


def self_served_questions(data: Happened, cut: Cut) -> pd.Series:
    requests = data.requests
    is_own = (requests.kind == "question") & (requests.answered_by == "self_service")
    return cut(requests[is_own]).size()


@cache
def due_runs(data: Happened) -> pd.DataFrame:
    """Runs of pipelines that were due; `kept` says whether they had succeeded, if that is known."""
    runs = RawTeam(data.raw.folder.parent / "data_team").runs
    runs = runs[runs.due_at < data.as_of]
    return runs.assign(
        day=runs.due_at.dt.normalize(),
        total="total",
        pipeline_run__pipeline=runs.dag_id,
        pipeline_run__domain=runs.domain.fillna(NONE),
    )


def sla_runs(data: Happened, cut: Cut) -> pd.Series:
    return cut(due_runs(data)).kept.count()


def sla_met_runs(data: Happened, cut: Cut) -> pd.Series:
    runs = due_runs(data)
    return cut(runs[runs.kept.eq(True)]).size()


def answered_questions(data: Happened, cut: Cut) -> pd.Series:
    return cut(data.answered_requests[data.answered_requests.kind == "question"]).size()


@cache
def cost_days(data: Happened) -> pd.DataFrame:
    raw = RawCostLines(data.raw.folder.parent / "data_team")
    rows = pd.DataFrame(
        [
            {
                "day": day,
                "cost__kind": line.kind,
                "cost__service": line.service,
                "business_domain__name": NONE if domain == NOBODY else domain,
                "amount": float(amount),
            }
            for line, domain, day, amount in raw.days()
        ]
    )
    return rows[rows.day < data.as_of].assign(total="total")


def data_cost(data: Happened, cut: Cut) -> pd.Series:
    return cut(cost_days(data)).amount.sum()


@cache
def days_of_downtime(data: Happened) -> pd.DataFrame:
    """Every minute from the first day with an incident, with the open one that began first."""
    incidents = RawTeam(data.raw.folder.parent / "data_team").incidents
    spans = incidents[~incidents.is_false_alarm].sort_values("started_at")
    assert (spans.started_at == spans.started_at.dt.floor("min")).all()
    first = spans.started_at.min().normalize()
    minutes = pd.date_range(first, data.as_of, freq="min", inclusive="left")
    rows = pd.DataFrame({"day": minutes.normalize(), "hours": 0.0, "severity": NONE, "table": NONE})
    for span in spans.itertuples():
        is_own = (minutes >= span.started_at) & (minutes < span.ended_at) & (rows.hours == 0)
        table = NONE if pd.isna(span.affected_table) else span.affected_table
        severity = "medium" if pd.isna(span.severity) else span.severity
        rows.loc[is_own, ["hours", "severity", "table"]] = [1 / 60, severity, table]
    # a day with an incident has no row of the time without one
    is_down = rows.groupby("day").hours.transform("max") > 0
    rows = rows[(rows.hours > 0) | ~is_down]
    return rows.rename(
        columns={"severity": "downtime__severity", "table": "downtime__affected_table"}
    ).assign(total="total")


def data_downtime_hours(data: Happened, cut: Cut) -> pd.Series:
    return cut(days_of_downtime(data)).hours.sum()


METRICS: dict[str, Metric] = {
    "active_users": active_users,
    "active_users_28d": active_users_28d,
    "active_users_7d": active_users_7d,
    "average_order_value": Ratio(purchase_revenue, orders),
    "buyers": buyers,
    "clicks": clicks,
    "cost_per_answered_question": Ratio(data_cost, answered_questions),
    "courses_sold": courses_sold,
    "data_cost": data_cost,
    "data_downtime_hours": data_downtime_hours,
    "discount_share": Ratio(discounts, gross_revenue),
    "discounts": discounts,
    "gross_revenue": gross_revenue,
    "gross_revenue_28d": gross_revenue_28d,
    "impressions": impressions,
    "largest_order": largest_order,
    "learning_users": learning_users,
    "lesson_completion_14d": Ratio(learners_after_enrolling, enrolled_users),
    "lessons_completed": lessons_completed,
    "lessons_per_learning_user": Ratio(lessons_completed, learning_users),
    "lowest_price_sold": lowest_price_sold,
    "net_promoter_score": net_promoter_score,
    "net_revenue": net_revenue,
    "new_buyers": new_buyers,
    "orders": orders,
    "purchase_sessions": purchase_sessions,
    "recommendation_click_through_rate": Ratio(recommendation_clicks, recommendation_impressions),
    "refund_rate": Ratio(refunded_orders, orders),
    "refunds": refunds,
    "request_lead_hours": request_lead_hours,
    "request_lead_time_hours": Ratio(request_lead_hours, requests_answered),
    "requests_answered": requests_answered,
    "requests_asked": requests_asked,
    "retention_7d": Ratio(visitors_after_sign_up, sign_ups),
    "returning_buyers": returning_buyers,
    "revenue_per_active_user": Ratio(gross_revenue, active_users),
    "search_click_through_rate": Ratio(search_clicks, search_impressions),
    "self_service_share": Ratio(self_served_questions, questions_asked),
    "session_conversion_rate": Ratio(purchase_sessions, sessions),
    "session_minutes": Ratio(minutes_visited, ended_sessions),
    "sessions": sessions,
    "sign_up_to_purchase_7d": Ratio(buyers_after_sign_up, sign_ups),
    "sign_ups": sign_ups,
    "sla_met_share": Ratio(sla_met_runs, sla_runs),
    "sla_runs": sla_runs,
    "survey_answers": survey_answers,
}

# Days beyond its period that a metric reads: before it and after it.
DAYS_BEFORE = {"active_users_7d": 6, "active_users_28d": 27, "gross_revenue_28d": 27}
DAYS_AFTER = {"sign_up_to_purchase_7d": 6, "retention_7d": 7, "lesson_completion_14d": 13}
