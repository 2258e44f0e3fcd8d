"""`metric_values` against a second computation, from the raw CSV files and in plain pandas."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pandas as pd
import pytest
from conftest import ROOT, Build
from metric_cells import (
    Cell,
    Key,
    MetricRow,
    Values,
    differences,
    is_equal,
    metric_rows,
    published_cells,
    report,
    values_of,
)
from plain_metrics import DAYS_AFTER, DAYS_BEFORE, METRICS, Cut, Ratio
from raw_rows import Happened, RawProduct

LENGTHS = {
    "day": pd.offsets.Day(1),
    "week": pd.offsets.Day(7),
    "month": pd.offsets.MonthBegin(1),
}

Published = dict[Cell, dict[Key, MetricRow]]


@pytest.fixture(scope="module")
def happened() -> Happened:
    return Happened(RawProduct(ROOT / "seeds/product"))


@pytest.fixture(scope="module")
def published(demo: Build) -> Published:
    return metric_rows(demo)


@pytest.fixture(scope="module")
def additivity(demo: Build) -> dict[str, str]:
    return dict(demo.rows("select metric_name, additivity from metrics.metric_catalog"))


def values(series: pd.Series) -> Values:
    return {
        (period.date(), str(label)): value
        for (period, label), value in zip(series.index, series.tolist(), strict=True)
    }


def test_every_metric_is_recomputed(demo: Build, published: Published) -> None:
    assert METRICS.keys() == {metric["name"] for metric in demo.manifest["metrics"].values()}
    assert set(published_cells(demo)) == published.keys()


def test_no_two_latest_deliveries_of_a_key_differ(happened: Happened) -> None:
    assert {table: keys for table, keys in happened.raw.ambiguous_keys.items() if keys} == {}


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_what_the_raw_rows_say(
    metric: str, happened: Happened, published: Published
) -> None:
    found = {}
    for cell, rows in published.items():
        if cell.metric == metric:
            expected = values(METRICS[metric](happened, Cut(cell.grain, cell.dimension)))
            assert expected
            found[cell] = differences(expected, values_of(rows), "pandas")
    differing = report(found)
    assert not differing, differing


@pytest.mark.parametrize("metric", METRICS)
def test_a_ratio_comes_with_its_numerator_and_denominator(
    metric: str, demo: Build, happened: Happened, published: Published
) -> None:
    declared = demo.manifest["metrics"][f"metric.groundwork.{metric}"]
    is_fraction = isinstance(METRICS[metric], Ratio) and declared["type"] != "derived"
    for cell, rows in published.items():
        if cell.metric != metric:
            continue
        if not is_fraction:
            assert {(row.numerator, row.denominator) for row in rows.values()} == {(None, None)}
            continue
        numerators, denominators = map(
            values, METRICS[metric].parts(happened, Cut(cell.grain, cell.dimension))
        )
        for key, row in rows.items():
            if row.value is None:
                assert not row.denominator
                continue
            assert is_equal(row.numerator / row.denominator, row.value), (cell, key)
            assert is_equal(numerators[key], row.numerator), (cell, key)
            assert is_equal(denominators[key], row.denominator), (cell, key)


@pytest.mark.parametrize("metric", METRICS)
def test_a_period_is_complete_when_the_data_cover_all_that_it_reads(
    metric: str, happened: Happened, published: Published
) -> None:
    first_day, as_of = happened.first_day.date(), happened.as_of.date()
    wrong, seen = [], set()
    for cell, rows in published.items():
        if cell.metric != metric:
            continue
        for (start, label), row in rows.items():
            first_read = start - timedelta(days=DAYS_BEFORE.get(metric, 0))
            end = (pd.Timestamp(start) + LENGTHS[cell.grain]).date()
            end_of_read = end + timedelta(days=DAYS_AFTER.get(metric, 0))
            is_covered = first_day <= first_read and end_of_read <= as_of
            seen.add(is_covered)
            if is_covered != row.is_complete:
                wrong.append(f"{cell.grain} {start} {cell.dimension} {label}: {row.is_complete}")
    assert seen == {True, False}
    assert not wrong, "\n".join([f"{metric}: {len(wrong)} periods", *wrong[:5]])


@pytest.mark.parametrize("metric", ["active_users", "buyers", "learning_users"])
def test_a_distinct_count_of_a_week_is_not_the_sum_of_its_days(
    metric: str, published: Published, additivity: dict[str, str]
) -> None:
    summed = summed_days(published[Cell(metric, "day", "total")], "week")
    weeks = values_of(published[Cell(metric, "week", "total")])
    assert additivity[metric] == "non_additive"
    assert weeks.keys() == summed.keys()
    assert all(value <= summed[week] for week, value in weeks.items())
    assert any(value < summed[week] for week, value in weeks.items())


def test_an_additive_metric_adds_up_over_days_and_over_a_dimension(
    published: Published, additivity: dict[str, str]
) -> None:
    additive = {metric for metric, kind in additivity.items() if kind == "additive"}
    over_dimensions, over_days = {}, {}
    for cell, rows in published.items():
        if cell.metric not in additive:
            continue
        summed: Counter = Counter()
        for (start, _), value in values_of(rows).items():
            summed[start, "total"] += value
        total = values_of(published[cell._replace(dimension="total")])
        over_dimensions[cell] = differences(total, summed, "total")
        days = summed_days(published[cell._replace(grain="day")], cell.grain)
        over_days[cell] = differences(days, values_of(rows), "sum of days")
    assert {"orders", "gross_revenue", "net_revenue", "sign_ups"} <= additive
    differing = report(over_dimensions) + report(over_days)
    assert not differing, differing


def summed_days(days: dict[Key, MetricRow], grain: str) -> Values:
    starts = {
        "day": lambda day: day,
        "week": lambda day: day - timedelta(days=day.weekday()),
        "month": lambda day: day.replace(day=1),
    }
    summed: Counter = Counter()
    for (day, label), value in values_of(days).items():
        summed[starts[grain](day), label] += value
    return dict(summed)
