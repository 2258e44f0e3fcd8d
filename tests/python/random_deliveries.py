"""Raw rows that arrive in pieces: late, corrected, moved, repeated, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from conftest import ROOT

# What says when a row of each table happened; None: rows without a time of their own.
HAPPENED = {
    "orders": "ordered_at",
    "order_lines": None,
    "sessions": "started_at",
    "events": "occurred_at",
    "survey_responses": "responded_at",
    "users": "signed_up_at",
    "courses": None,
}
# Columns that a correction may change, to the value of another row.
CORRECTED = {
    "orders": ["user_id", "session_id", "gross_amount", "status"],
    "order_lines": ["course_id", "line_amount"],
    "sessions": ["user_id", "channel"],
    "events": ["user_id", "session_id", "course_id", "event_type"],
    "survey_responses": ["score"],
    "users": ["country"],
    "courses": ["category"],
}
SHARE_KEPT = 0.5
SHARE_CORRECTED = 0.05
SHARE_REPEATED = 0.03
SHARE_LATE = 0.05
MOST_DAYS_LATE = 400
ENDS = pd.Timestamp("2026-07-01 02:00:00")


@dataclass(frozen=True)
class Deliveries:
    """Raw rows by table; `batch` says in which of the deliveries a row comes."""

    tables: dict[str, pd.DataFrame]
    count: int

    def write(self, folder: Path, batches: int, *, again: int | None = None) -> None:
        """Write what has come with the first batches; one of them `again`, where it is named."""
        for name, rows in self.tables.items():
            come = rows[rows["batch"] < batches]
            if again is not None:
                come = pd.concat([come, rows[rows["batch"] == again]])
            _write(come.drop(columns="batch"), folder / "product" / f"{name}.parquet")

    def rows_of(self, batch: int) -> int:
        """Count the rows of one delivery over all tables."""
        return sum(int((rows["batch"] == batch).sum()) for rows in self.tables.values())


def random_deliveries(seed: int) -> Deliveries:
    """Draw rows of the demo, correct, move, delay and repeat some, and deal them out at random."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 5))
    tables = {}
    for name, happened in HAPPENED.items():
        path = ROOT / "seeds" / "product" / f"raw_product__{name}.csv"
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        share = 1 if name == "courses" else SHARE_KEPT
        rows = rows[random.random(len(rows)) < share]
        corrections = _corrected(rows, name, happened, random)
        repeats = rows.sample(frac=SHARE_REPEATED, random_state=int(random.integers(1 << 30)))
        rows = pd.concat([rows, corrections, repeats], ignore_index=True)
        # the order of arrival has nothing to do with loaded_at
        rows["batch"] = random.integers(count, size=len(rows))
        tables[name] = rows
    return Deliveries(tables, count)


def _corrected(
    rows: pd.DataFrame, name: str, happened: str | None, random: np.random.Generator
) -> pd.DataFrame:
    """Later versions of some rows: other values, and for some another day, up to 400 days away."""
    corrections = rows[random.random(len(rows)) < SHARE_CORRECTED].copy()
    for column in CORRECTED[name]:
        is_changed = random.random(len(corrections)) < 1 / 2
        others = rows[column].sample(
            len(corrections), replace=True, random_state=int(random.integers(1 << 30))
        )
        corrections.loc[is_changed, column] = others.to_numpy()[is_changed]
    corrections["loaded_at"] = _text(ENDS - _days(random.integers(0, 30, len(corrections))))
    if happened:
        is_late = random.random(len(corrections)) < SHARE_LATE / SHARE_CORRECTED / 2
        moved = ENDS - _days(random.integers(1, MOST_DAYS_LATE, len(corrections)))
        corrections.loc[is_late, happened] = _text(moved)[is_late]
    return corrections


def _days(numbers: np.ndarray) -> pd.TimedeltaIndex:
    return pd.to_timedelta(numbers, unit="D")


def _text(times: pd.DatetimeIndex) -> np.ndarray:
    return times.strftime("%Y-%m-%d %H:%M:%S").to_numpy()


def _write(rows: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.register("delivered", rows.replace("", None))
        connection.execute(f"copy (select * from delivered) to '{path}' (format parquet)")
