"""The raw CSV files of `product`, and requests, cleaned in pandas by the written rules alone.

The rules are those of the raw contract (`models/staging/<source>/_<source>__sources.yml`): what has
to be there, what can be read, what is possible, and that the latest delivery of a key wins. No SQL
of the project is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

UNKNOWN = "(unknown)"
NONE = "(none)"
EVENT_TYPES = {"impression", "click", "search", "enrol", "lesson_completed"}
STATUSES = {"paid", "refunded", "cancelled"}
PERSONAL = ["email"]
DAY = pd.Timedelta(days=1)


def text(rows: pd.DataFrame) -> pd.DataFrame:
    """Trimmed text, an empty cell as missing."""
    trimmed = rows.apply(lambda column: column.str.strip())
    return trimmed.mask(trimmed == "")


def timestamp(column: pd.Series) -> pd.Series:
    """ISO 8601, UTC where there is no offset; missing where it is neither."""
    is_iso = column.str.match(r"\d{4}-\d{2}-\d{2}", na=False)
    parsed = pd.to_datetime(column.where(is_iso), format="ISO8601", utc=True, errors="coerce")
    return parsed.dt.tz_localize(None)


def number(column: pd.Series) -> pd.Series:
    is_number = column.str.fullmatch(r"[+-]?\d+(\.\d+)?", na=False)
    return pd.to_numeric(column.where(is_number))


def whole_number(column: pd.Series) -> pd.Series:
    parsed = number(column)
    return parsed.where(parsed % 1 == 0)


def is_unreadable(raw: pd.Series, parsed: pd.Series) -> pd.Series:
    return raw.notna() & parsed.isna()


def is_late(happened_at: pd.Series, loaded_at: pd.Series) -> pd.Series:
    return happened_at > loaded_at + DAY


@dataclass(frozen=True)
class RawProduct:
    """The accepted rows of each table of `product`; `folder` holds raw_product__<table>.csv."""

    folder: Path

    def read(self, table: str) -> pd.DataFrame:
        path = self.folder / f"raw_product__{table}.csv"
        rows = text(pd.read_csv(path, dtype=str, keep_default_na=False))
        return rows.drop(columns=PERSONAL, errors="ignore")

    @cached_property
    def ambiguous_keys(self) -> dict[str, list]:
        """By table, the keys whose latest delivery is not one row, written once or many times."""
        found = {}
        for table, key in KEYS.items():
            rows = getattr(self, f"_read_{table}")()
            last = rows[rows.loaded_at == rows.groupby(key).loaded_at.transform("max")]
            distinct = last.drop_duplicates()
            found[table] = distinct.loc[distinct.duplicated(key), key].values.tolist()
        return found

    def _latest(self, table: str) -> pd.DataFrame:
        rows = getattr(self, f"_read_{table}")()
        return rows.sort_values("loaded_at").drop_duplicates(KEYS[table], keep="last")

    @cached_property
    def users(self) -> pd.DataFrame:
        return self._latest("users")

    @cached_property
    def courses(self) -> pd.DataFrame:
        return self._latest("courses")

    @cached_property
    def sessions(self) -> pd.DataFrame:
        return self._latest("sessions")

    @cached_property
    def orders(self) -> pd.DataFrame:
        return self._latest("orders")

    @cached_property
    def order_lines(self) -> pd.DataFrame:
        return self._latest("order_lines")

    @cached_property
    def events(self) -> pd.DataFrame:
        return self._latest("events")

    @cached_property
    def survey_responses(self) -> pd.DataFrame:
        return self._latest("survey_responses")

    def _read_users(self) -> pd.DataFrame:
        raw = self.read("users")
        rows = raw.assign(
            country=raw.country.str.upper(),
            platform=raw.platform.str.lower(),
            acquisition_channel=raw.acquisition_channel.str.lower(),
            signed_up_at=timestamp(raw.signed_up_at),
            loaded_at=timestamp(raw.loaded_at),
        )
        has_all = rows[["user_id", "signed_up_at", "loaded_at"]].notna().all(axis="columns")
        return rows[has_all & ~is_late(rows.signed_up_at, rows.loaded_at)]

    def _read_courses(self) -> pd.DataFrame:
        raw = self.read("courses")
        rows = raw.assign(
            category=raw.category.str.lower(),
            level=raw.level.str.lower(),
            list_price=number(raw.list_price),
            published_at=timestamp(raw.published_at),
            loaded_at=timestamp(raw.loaded_at),
        )
        return rows[
            rows[["course_id", "loaded_at"]].notna().all(axis="columns")
            & ~is_unreadable(raw.list_price, rows.list_price)
            & ~is_unreadable(raw.published_at, rows.published_at)
            & ~(rows.list_price < 0)
        ]

    def _read_sessions(self) -> pd.DataFrame:
        raw = self.read("sessions")
        rows = raw.assign(
            channel=raw.channel.str.lower(),
            platform=raw.platform.str.lower(),
            started_at=timestamp(raw.started_at),
            ended_at=timestamp(raw.ended_at),
            loaded_at=timestamp(raw.loaded_at),
        )
        return rows[
            rows[["session_id", "started_at", "loaded_at"]].notna().all(axis="columns")
            & ~is_unreadable(raw.ended_at, rows.ended_at)
            & ~is_late(rows.started_at, rows.loaded_at)
            & ~(rows.ended_at < rows.started_at)
        ]

    def _read_orders(self) -> pd.DataFrame:
        raw = self.read("orders")
        rows = raw.assign(
            status=raw.status.str.lower(),
            gross_amount=number(raw.gross_amount),
            discount_amount=number(raw.discount_amount),
            ordered_at=timestamp(raw.ordered_at),
            refunded_at=timestamp(raw.refunded_at),
            loaded_at=timestamp(raw.loaded_at),
        )
        required = ["order_id", "ordered_at", "gross_amount", "status", "loaded_at"]
        is_accepted = (
            rows[required].notna().all(axis="columns")
            & rows.status.isin(STATUSES)
            & ~is_unreadable(raw.discount_amount, rows.discount_amount)
            & ~is_unreadable(raw.refunded_at, rows.refunded_at)
            & ~is_late(rows.ordered_at, rows.loaded_at)
            & ~is_late(rows.refunded_at, rows.loaded_at)
            & ~(rows.refunded_at < rows.ordered_at)
            & ~(rows.discount_amount < 0)
            & ~(rows.discount_amount > rows.gross_amount.clip(lower=0))
        )
        return rows[is_accepted].fillna({"discount_amount": 0.0})

    def _read_order_lines(self) -> pd.DataFrame:
        raw = self.read("order_lines")
        rows = raw.assign(
            quantity=whole_number(raw.quantity),
            unit_price=number(raw.unit_price),
            line_amount=number(raw.line_amount),
            loaded_at=timestamp(raw.loaded_at),
        )
        required = ["order_id", "line_id", "quantity", "line_amount", "loaded_at"]
        is_accepted = (
            rows[required].notna().all(axis="columns")
            & ~is_unreadable(raw.unit_price, rows.unit_price)
            & (rows.quantity != 0)
        )
        return rows[is_accepted].astype({"quantity": "int64"})

    def _read_events(self) -> pd.DataFrame:
        raw = self.read("events")
        rows = raw.assign(
            event_type=raw.event_type.str.lower(),
            surface=raw.surface.str.lower(),
            position=whole_number(raw.position),
            occurred_at=timestamp(raw.occurred_at),
            loaded_at=timestamp(raw.loaded_at),
        )
        return rows[
            rows[["event_id", "occurred_at", "loaded_at"]].notna().all(axis="columns")
            & rows.event_type.isin(EVENT_TYPES)
            & ~is_unreadable(raw.position, rows.position)
            & ~(rows.position < 1)
            & ~is_late(rows.occurred_at, rows.loaded_at)
        ]

    def _read_survey_responses(self) -> pd.DataFrame:
        raw = self.read("survey_responses")
        rows = raw.assign(
            score=whole_number(raw.score),
            responded_at=timestamp(raw.responded_at),
            loaded_at=timestamp(raw.loaded_at),
        )
        return rows[
            rows[["response_id", "score", "responded_at", "loaded_at"]].notna().all(axis="columns")
            & rows.score.between(0, 10)
            & ~is_late(rows.responded_at, rows.loaded_at)
        ]


REQUEST_TIMES = [
    *("requested_at", "first_response_at", "started_at"),
    *("answered_at", "abandoned_at", "reopened_at"),
]


def read_requests(folder: Path) -> pd.DataFrame:
    """The accepted rows of `data_team.requests`; `folder` holds raw_data_team__requests.csv."""
    path = folder / "raw_data_team__requests.csv"
    raw = text(pd.read_csv(path, dtype=str, keep_default_na=False))
    rows = raw.assign(
        kind=raw.kind.str.lower(),
        answered_by=raw.answered_by.str.lower(),
        effort_hours=number(raw.effort_hours),
        satisfaction=whole_number(raw.satisfaction),
        loaded_at=timestamp(raw.loaded_at),
        **{name: timestamp(raw[name]) for name in REQUEST_TIMES},
    )
    required = ["request_id", "department", "kind", "requested_at", "loaded_at"]
    is_accepted = (
        rows[required].notna().all(axis="columns")
        & rows.kind.isin({"question", "report", "pipeline", "model"})
        & (
            rows.answered_by.isna()
            | rows.answered_by.isin({"analyst", "self_service", "existing_asset"})
        )
        & ~(raw.answered_at.notna() & (raw.abandoned_at.notna() | raw.answered_by.isna()))
        & ~(rows.answered_at < rows.started_at)
        & ~(rows.effort_hours < 0)
        & ~((rows.satisfaction < 1) | (rows.satisfaction > 5))
    )
    for name in [*REQUEST_TIMES, "effort_hours", "satisfaction"]:
        is_accepted &= ~is_unreadable(raw[name], rows[name])
    for name in REQUEST_TIMES:
        is_accepted &= ~is_late(rows[name], rows.loaded_at) & ~(rows[name] < rows.requested_at)
    accepted = rows[is_accepted].sort_values("loaded_at")
    return accepted.drop_duplicates("request_id", keep="last")


KEYS = {
    "users": ["user_id"],
    "courses": ["course_id"],
    "sessions": ["session_id"],
    "orders": ["order_id"],
    "order_lines": ["order_id", "line_id"],
    "events": ["event_id"],
    "survey_responses": ["response_id"],
}


@dataclass(frozen=True)
class Happened:
    """What happened before `as_of`, a frame per fact, each row with its day and its dimensions."""

    raw: RawProduct

    @cached_property
    def as_of(self) -> pd.Timestamp:
        """Midnight after the last complete day, from the last load of the required table."""
        return self.raw.orders.loaded_at.max().normalize()

    @cached_property
    def first_day(self) -> pd.Timestamp:
        frames = (self.sign_ups, self.visits, self.orders, self.events, self.answers)
        return min(frame.day.min() for frame in frames)

    @cached_property
    def sign_ups(self) -> pd.DataFrame:
        return self._rows(self.raw.users, "signed_up_at")

    @cached_property
    def visits(self) -> pd.DataFrame:
        sessions = self.raw.sessions
        orders = self._labelled_orders
        return self._rows(sessions, "started_at").assign(
            session__channel=lambda rows: rows.channel.fillna(NONE),
            session__platform=lambda rows: rows.platform.fillna(NONE),
            minutes=lambda rows: (rows.ended_at - rows.started_at).dt.total_seconds() / 60,
            has_purchase=lambda rows: rows.session_id.isin(orders[orders.is_purchase].session_id),
        )

    @cached_property
    def _labelled_orders(self) -> pd.DataFrame:
        visits = self.raw.sessions.set_index("session_id")
        orders = self.raw.orders.sort_values(["ordered_at", "order_id"])
        orders = orders.assign(
            order__channel=orders.session_id.map(visits.channel).fillna(NONE),
            order__platform=orders.session_id.map(visits.platform).fillna(NONE),
            is_cancelled=orders.status == "cancelled",
            is_refunded=orders.status == "refunded",
            is_purchase=(orders.status != "cancelled") & (orders.gross_amount >= 0),
            refund_at=orders.refunded_at.fillna(orders.ordered_at),
        )
        purchases = orders[orders.is_purchase & orders.user_id.notna()]
        first = purchases.drop_duplicates("user_id").order_id
        return orders.assign(is_first_purchase=orders.order_id.isin(first))

    @cached_property
    def orders(self) -> pd.DataFrame:
        return self._rows(self._labelled_orders, "ordered_at")

    @cached_property
    def refunds(self) -> pd.DataFrame:
        orders = self._labelled_orders
        refunded = orders[orders.is_refunded]
        paid_back = refunded.gross_amount - refunded.discount_amount
        return self._rows(refunded.assign(amount=paid_back), "refund_at")

    @cached_property
    def lines(self) -> pd.DataFrame:
        columns = ["order_id", "user_id", "ordered_at", "is_cancelled"]
        orders = self._labelled_orders[columns]
        return self._rows(self.raw.order_lines.merge(orders, on="order_id"), "ordered_at")

    @cached_property
    def events(self) -> pd.DataFrame:
        visits = self.raw.sessions.set_index("session_id")
        return self._rows(self.raw.events, "occurred_at").assign(
            event__surface=lambda rows: rows.surface.fillna(NONE),
            event__platform=lambda rows: rows.session_id.map(visits.platform).fillna(NONE),
        )

    @cached_property
    def answers(self) -> pd.DataFrame:
        return self._rows(self.raw.survey_responses, "responded_at").assign(
            survey_response__nps_group=lambda rows: pd.cut(
                rows.score, [-1, 6, 8, 10], labels=["detractor", "passive", "promoter"]
            ).astype(str)
        )

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Requests by the day they were asked; an answer that was sent back later is none."""
        rows = read_requests(self.raw.folder.parent / "data_team")
        is_answered = rows.abandoned_at.isna() & ~(rows.reopened_at > rows.answered_at)
        return rows.assign(
            day=rows.requested_at.dt.normalize(),
            total="total",
            request__department=rows.department,
            business_domain__name=rows.department,
            request__kind=rows.kind,
            answered_at=rows.answered_at.where(is_answered),
            answered_by=rows.answered_by.where(is_answered & rows.answered_at.notna()),
        )[rows.requested_at < self.as_of]

    @cached_property
    def answered_requests(self) -> pd.DataFrame:
        hours = (self.requests.answered_at - self.requests.requested_at) / pd.Timedelta(hours=1)
        rows = self.requests.assign(day=self.requests.answered_at.dt.normalize(), lead_hours=hours)
        return rows[rows.answered_at < self.as_of]

    def _rows(self, rows: pd.DataFrame, time: str) -> pd.DataFrame:
        """Rows before `as_of` with their day, the dimensions of their user and their course."""
        users = self.raw.users.set_index("user_id")
        is_known = rows.user_id.isin(users.index)
        labels = {"day": rows[time].dt.normalize(), "total": "total", "is_registered": is_known}
        for name in ("country", "platform", "acquisition_channel"):
            labels[f"user__{name}"] = rows.user_id.map(users[name].fillna(NONE)).fillna(UNKNOWN)
        if "course_id" in rows:
            courses = self.raw.courses.set_index("course_id")
            for name in ("category", "level"):
                known = rows.course_id.map(courses[name].fillna(NONE))
                labels[f"course__{name}"] = known.fillna(UNKNOWN)
        return rows.assign(**labels)[rows[time] < self.as_of]
