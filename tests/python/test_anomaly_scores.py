"""`score_anomalies` equals its definition, written out day by day in numpy, on both engines.

How often it is wrong on simulated series, and how often right, is measured here as well; the
benchmark publishes more of it (benchmarks/results/anomalies.md).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from daily_series import CLEAN, as_rows, score, simulate, weekly

TOLERANCE = 1e-9
# of the standard normal distribution
THIRD_QUARTILE_OF_DISTANCE = 1.1503493803760079

SCALES = ["count", "amount", "share", "days", "number"]
DAYS = 130
LENGTHS = [42, 90, 180]


def random_series(rng: np.random.Generator) -> pd.DataFrame:
    """Series of every scale with gaps, nulls, ties, constants, zeros, faults and incidents."""
    parts = []
    for number in range(60):
        scale = SCALES[number % len(SCALES)]
        style = rng.choice(["noisy", "tied", "constant", "mostly zero", "zero"])
        shape = 1 + 0.4 * np.cos(2 * np.pi * np.arange(DAYS) / 7)
        level = {"share": 0.3, "days": 2.0}.get(scale, 200.0)
        values = level * shape * np.exp(0.2 * rng.standard_normal(DAYS))
        if style == "tied":
            values = np.round(values / level * 4) * level / 4
        if style == "constant":
            values = np.full(DAYS, level)
            values[100] = 2 * level
        if style == "mostly zero":
            values *= rng.uniform(size=DAYS) < 0.3
        if style == "zero":
            values *= 0
        if scale in ("count", "days"):
            values = np.round(values)
        if scale == "share":
            values = np.clip(values, 0, 1)
        if scale == "number":
            values -= level
        values[rng.integers(0, DAYS, 3)] *= 10  # some are out of range, some are faults
        values[rng.integers(0, DAYS, 3)] *= -1
        values[rng.uniform(size=DAYS) < 0.05] = np.nan
        sizes = np.where(rng.uniform(size=DAYS) < 0.2, np.nan, rng.integers(0, 300, DAYS))
        rows = as_rows(f"{scale} {style} {number}", scale, values[None], sizes[None])
        rows["is_complete"] = rng.uniform(size=DAYS) > 0.03
        rows["is_incident"] = rng.uniform(size=DAYS) < 0.03
        is_there = rng.uniform(size=DAYS) > 0.05
        if number % 6 == 0:
            is_there[70:105] = False
        parts.append(rows[is_there])
    short = as_rows("short", "count", weekly(rng, 1, 27), np.full((1, 27), np.nan))
    return pd.concat([*parts, short], ignore_index=True)


def transformed(value: float, scale: str, size: float) -> float:
    if math.isnan(value):
        return math.nan
    if scale == "count":
        return value + 10 if value >= 0 else math.nan
    if scale == "amount":
        return max(value, 0.0) if math.isnan(size) or size >= 10 else math.nan
    if scale == "share":
        return 2 * math.asin(math.sqrt(value)) if 0 <= value <= 1 else math.nan
    if scale == "days":
        return value if value >= 0 else math.nan
    return value


def distance(value: float, expected: float, scale: str) -> float:
    if scale == "count":
        return math.log(value / expected)
    if scale == "amount":
        return math.log((value / expected + 0.05) / 1.05)
    return value - expected


def value_at(expected: float, reach: float, scale: str) -> float:
    """The value whose distance from the expected one is `reach`, within what is possible."""
    if scale == "count":
        return max(expected * math.exp(reach) - 10, 0.0)
    if scale == "amount":
        return expected * max(1.05 * math.exp(reach) - 0.05, 0.0)
    if scale == "share":
        return math.sin(min(max(expected + reach, 0.0), math.pi) / 2) ** 2
    if scale == "days":
        return max(expected + reach, 0.0)
    return expected + reach


def least_deviation(expected: float, scale: str, size: float) -> float:
    known = size > 0
    if scale == "count":
        return max(math.sqrt(max(expected - 10, 0) + 1) / expected, 0.01)
    if scale == "amount":
        return max(0.5 / math.sqrt(size) if known else 0, 0.01)
    if scale == "share":
        return max(1 / math.sqrt(size) if known else 0, 0.01)
    if scale == "days":
        return max(2 / size if known else 0, 0.25)
    return 0.0


def scored_by_definition(rows: pd.DataFrame) -> list[dict]:
    """One series, a day after the other, from plain dictionaries of earlier days."""
    learnt: dict[int, float] = {}
    relatives: dict[int, float] = {}
    distances: dict[int, float] = {}
    results = []
    for row in rows.sort_values("day_number").itertuples():
        day, scale = row.day_number, row.value_scale
        multiplies = scale in ("count", "amount")
        is_learnt = row.is_complete and not row.is_incident
        x = transformed(row.actual_value, scale, row.sample_size)
        last_days = [learnt[d] for d in range(day - 28, day) if d in learnt]
        level = np.median(last_days) if len(last_days) >= 7 else math.nan
        weekdays = [relatives[day - 7 * k] for k in range(1, 9) if day - 7 * k in relatives]
        expected = width = away = math.nan
        if weekdays and not math.isnan(level):
            effect = np.median(weekdays)
            expected = level * effect if multiplies else level + effect
            if scale == "share":
                expected = min(max(expected, 0.0), math.pi)
            if multiplies and expected <= 0:
                expected = math.nan
            width = math.sqrt(1 + 1.57 / (len(weekdays) + 0.57))
        if not math.isnan(x) and not math.isnan(expected):
            # the logarithm of nothing does not occur: a count has 10 added to it
            away = distance(x, expected, scale) / width
        past = [distances[d] for d in range(day - 56, day) if d in distances]
        reason = None
        if math.isnan(row.actual_value):
            reason = "no_value"
        elif not row.is_complete:
            reason = "incomplete_day"
        elif math.isnan(x):
            reason = "too_few_rows" if scale == "amount" else "out_of_range"
        elif multiplies and level <= 0:
            reason = "level_not_positive"
        elif len(past) < 14 or not weekdays or math.isnan(level):
            reason = "too_few_days"
        elif math.isnan(expected):
            reason = "level_not_positive"
        result = dict.fromkeys(("score", "expected_value", "lower_bound", "upper_bound"), math.nan)
        if reason is None:
            quartile = np.quantile(past, 0.75) / THIRD_QUARTILE_OF_DISTANCE
            deviation = max(
                quartile * (1 + 1 / len(past)), least_deviation(expected, scale, row.sample_size)
            )
            if deviation == 0:
                reason = "no_variation"
            else:
                reach = 3.5 * deviation * width
                result = {
                    "score": away / deviation,
                    "expected_value": value_at(expected, 0.0, scale),
                    "lower_bound": value_at(expected, -reach, scale),
                    "upper_bound": value_at(expected, reach, scale),
                }
        results.append(
            {"series": row.series, "day_number": day, "reason": reason, **result}
            | {"is_anomaly": bool(abs(result["score"]) > 3.5)}
        )
        if is_learnt and not math.isnan(x):
            learnt[day] = x
            if not math.isnan(level) and (level > 0 or not multiplies):
                relatives[day] = x / level if multiplies else x - level
            if not math.isnan(away):
                distances[day] = abs(away)
    return results


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def test_scores_are_those_of_the_definition(engine: str, tmp_path: Path) -> None:
    rows = random_series(np.random.default_rng(7))
    by_series = rows.groupby("series")
    expected = pd.DataFrame(
        [result for _, one in by_series for result in scored_by_definition(one)]
    )
    actual = score(rows, tmp_path, target=engine)
    both = actual.merge(
        expected, on=["series", "day_number"], suffixes=("", "_by_definition"), how="outer"
    )
    assert len(both) == len(rows) == len(expected)
    reasons = both.reason.fillna("")
    assert (reasons == both.reason_by_definition.fillna("")).all()
    assert set(reasons) == {
        *("", "no_value", "incomplete_day", "out_of_range", "too_few_rows", "too_few_days"),
        *("level_not_positive", "no_variation"),
    }
    for column in ("score", "expected_value", "lower_bound", "upper_bound"):
        one, other = both[column].astype(float), both[f"{column}_by_definition"]
        assert (one.isna() == other.isna()).all(), column
        off = (one - other).abs() / np.maximum(other.abs(), 1)
        assert off.max() < TOLERANCE, column
    assert (both.is_anomaly == both.is_anomaly_by_definition).all()
    assert 50 < both.is_anomaly.sum() < len(both) / 10
    assert both[both.score.notna()].groupby("value_scale").size().min() > 300


def test_an_anomaly_is_what_lies_outside_the_band(tmp_path: Path) -> None:
    scores = score(random_series(np.random.default_rng(8)), tmp_path)
    judged = scores[scores.score.notna()]
    slack = 1e-9 * np.maximum(judged.actual_value.abs(), 1)
    outside = (judged.actual_value < judged.lower_bound - slack) | (
        judged.actual_value > judged.upper_bound + slack
    )
    assert (outside == judged.is_anomaly).all()
    assert judged.is_anomaly.sum() > 50


def test_later_days_change_nothing(tmp_path: Path) -> None:
    rows = random_series(np.random.default_rng(9))
    (tmp_path / "all").mkdir()
    (tmp_path / "cut").mkdir()
    columns = ["series", "day_number", "score", "expected_value", "reason"]
    scores = score(rows, tmp_path / "all")[columns]
    cut = score(rows[rows.day_number < 100], tmp_path / "cut")[columns]
    pd.testing.assert_frame_equal(
        scores[scores.day_number < 100].reset_index(drop=True), cut.reset_index(drop=True)
    )


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """1,000 clean series of four kinds and three lengths, and changed ones, by one query."""
    rng = np.random.default_rng(11)
    parts = []
    for kind in CLEAN:
        for days, count in zip(LENGTHS, (84, 83, 83), strict=True):
            values, sizes = simulate(kind, rng, count, days)
            parts.append(as_rows(f"clean|{kind.name}|{days}", kind.value_scale, values, sizes))
    halved = weekly(rng, 1000, 29)
    halved[:, 28] = np.round(halved[:, 28] / 2)
    parts.append(as_rows("halved", "count", halved, np.full(halved.shape, np.nan)))
    # a day is lost, and four weeks later another one of the same weekday
    lost = weekly(rng, 500, 120)
    lost[:, [70, 98]] = np.round(0.3 * lost[:, [70, 98]])
    parts.append(as_rows("lost", "count", lost, np.full(lost.shape, np.nan)))
    shifted = weekly(rng, 500, 150)
    shifted[:, 90:] = np.round(shifted[:, 90:] / 2)
    parts.append(as_rows("shifted", "count", shifted, np.full(shifted.shape, np.nan)))
    return score(pd.concat(parts, ignore_index=True), tmp_path_factory.mktemp("simulated"))


def test_at_most_one_clean_day_in_a_hundred_alarms(simulated: pd.DataFrame) -> None:
    clean = simulated[simulated.group_name.str.startswith("clean")]
    assert clean.series.nunique() == 1000
    judged = clean[clean.score.notna()]
    # all but the first 28 days of each
    assert len(judged) == sum(4 * n * (d - 28) for d, n in zip(LENGTHS, (84, 83, 83), strict=True))
    assert judged.is_anomaly.mean() <= 0.01
    for length in LENGTHS:
        of_length = judged[judged.group_name.str.endswith(f"|{length}")]
        assert of_length.is_anomaly.mean() <= 0.01, length


def test_half_a_day_is_missed_at_most_once_in_ten_after_28_days(simulated: pd.DataFrame) -> None:
    halved = simulated[(simulated.group_name == "halved") & (simulated.day_number == 28)]
    assert len(halved) == 1000
    assert halved.reason.isna().all()
    assert (halved.is_anomaly & (halved.score < 0)).mean() >= 0.9


def test_an_anomaly_does_not_spoil_the_days_after_it(simulated: pd.DataFrame) -> None:
    lost = simulated[simulated.group_name == "lost"]
    assert lost[lost.day_number == 70].is_anomaly.mean() >= 0.99
    assert lost[lost.day_number == 98].is_anomaly.mean() >= 0.99
    others = lost[(lost.day_number > 70) & (lost.day_number != 98)]
    assert others.is_anomaly.mean() <= 0.01


def test_a_new_level_is_normal_after_two_weeks(simulated: pd.DataFrame) -> None:
    shifted = simulated[simulated.group_name == "shifted"]
    assert shifted[shifted.day_number == 90].is_anomaly.mean() >= 0.95
    assert shifted[shifted.day_number.between(91, 96)].is_anomaly.mean() >= 0.75
    assert shifted[shifted.day_number >= 104].is_anomaly.mean() <= 0.01
