"""Simulated daily series, and the scores that `score_anomalies` and elementary's default give them.

An array of series has a row per series and a column per day. The benchmark and the tests share it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from measuring import BIN, ROOT, measure

FIRST_DAY = np.datetime64("2025-01-01")
WEEKLY_SHAPE = 1 + 0.3 * np.array([0.2, 0.1, 0.1, 0, 0.2, -0.9, -1.1])
# elementary 0.26: training_period 14 days, which end with the day that is tested; sensitivity 3
TRAINING_DAYS = 14
SENSITIVITY = 3.0

# named as the project whose macros it borrows, which dispatch within it
PROJECT = {
    "dbt_project.yml": """
name: groundwork
profile: groundwork
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table}
""",
    "macros/series_rows.sql": """
{% macro series_rows() %}
{%- set path = var('rows') -%}
{{ 'parquet.`' ~ path ~ '`' if target.type == 'spark' else "'" ~ path ~ "'" }}
{% endmacro %}
""",
}
MODEL = """
with series as (select * from {{ series_rows() }}),
{{ MACRO('scored', 'series', ['series']) }}
select * from scored
"""
# the usual median absolute deviation in the place of the third quartile
MEDIAN_DEVIATION = {
    "score_anomalies": "score_by_median_deviation",
    "'anomaly_learnt_distance', 0.75,": "'anomaly_learnt_distance', 0.5,",
    "1.1503493803760079e0": "0.6744897501960817e0",
    "macro _anomaly": "macro _median_anomaly",
    "{{ _anomaly": "{{ _median_anomaly",
}


@dataclass(frozen=True)
class Kind:
    """A kind of series: how its values behave, and how many there are drawn of it."""

    name: str
    value_scale: str
    draw: Callable[[np.random.Generator, int, int], np.ndarray]
    sizes: Callable[[np.random.Generator, int, int], np.ndarray] | None = None


def weekly_shape(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    first = rng.integers(0, 7, count)[:, None]
    return WEEKLY_SHAPE[(first + np.arange(days)) % 7]


def levels(rng: np.random.Generator, count: int, lowest: float, highest: float) -> np.ndarray:
    return np.exp(rng.uniform(np.log(lowest), np.log(highest), count))[:, None]


def growth(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    """Between -0.2 and 0.6 % a day."""
    return np.exp(rng.uniform(-0.002, 0.006, count)[:, None] * np.arange(days))


def weekly(rng: np.random.Generator, count: int, days: int, noise: float = 0.1) -> np.ndarray:
    shape = levels(rng, count, 200, 20_000) * weekly_shape(rng, count, days)
    return np.round(shape * np.exp(noise * rng.standard_normal((count, days))))


def growing(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    return np.round(weekly(rng, count, days) * growth(rng, count, days))


def heavy_tailed(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    shape = levels(rng, count, 200, 20_000) * weekly_shape(rng, count, days)
    return np.round(shape * np.exp(0.1 * rng.standard_t(3, (count, days))))


def autocorrelated(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    noise = rng.standard_normal((count, days))
    for day in range(1, days):
        noise[:, day] = 0.7 * noise[:, day - 1] + np.sqrt(1 - 0.7**2) * noise[:, day]
    shape = levels(rng, count, 200, 20_000) * weekly_shape(rng, count, days)
    return np.round(shape * np.exp(0.1 * noise))


def low_counts(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    return rng.poisson(levels(rng, count, 2, 60) * weekly_shape(rng, count, days)).astype(float)


def sparse_counts(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    return rng.poisson(levels(rng, count, 0.05, 2) * weekly_shape(rng, count, days)).astype(float)


def clustered_counts(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    rates = 30 * weekly_shape(rng, count, days) * rng.gamma(4, 1 / 4, (count, days))
    return rng.poisson(rates).astype(float)


def sums_of_orders(
    rng: np.random.Generator, count: int, days: int, orders: float = 60
) -> np.ndarray:
    """Lognormal amounts, a hundredth of them above ten times their mean."""
    numbers = rng.poisson(orders * weekly_shape(rng, count, days) * growth(rng, count, days))
    amounts = np.exp(rng.normal(3, 1.2, numbers.sum()))
    ends = np.concatenate([[0.0], np.cumsum(amounts)])[np.cumsum(numbers.ravel())]
    return np.diff(ends, prepend=0.0).reshape(count, days).round(2)


def sums_of_few_orders(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    return sums_of_orders(rng, count, days, orders=6)


def row_counts(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    return rng.poisson(levels(rng, count, 3, 500) * weekly_shape(rng, count, days)).astype(float)


CLEAN = [
    Kind("weekly", "count", weekly),
    Kind("weekly, growing", "count", growing),
    Kind("weekly, heavy tails (Student t, 3 degrees)", "count", heavy_tailed),
    Kind("weekly, growing sums of 60 lognormal amounts", "amount", sums_of_orders),
]
OTHERS = [
    Kind("weekly, autocorrelated (0.7)", "count", autocorrelated),
    Kind("counts around 2 to 60", "count", low_counts),
    Kind("counts around 0.05 to 2", "count", sparse_counts),
    Kind("clustered counts around 30", "count", clustered_counts),
    Kind("sums of 6 lognormal amounts", "amount", sums_of_few_orders),
    Kind("shares of 3 to 500 rows", "share", row_counts, row_counts),
]


def simulate(
    kind: Kind, rng: np.random.Generator, count: int, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Values and sizes; sizes are missing except of shares, whose values are missing at size 0."""
    if kind.value_scale != "share":
        return kind.draw(rng, count, days), np.full((count, days), np.nan)
    sizes = kind.draw(rng, count, days)
    hits = rng.binomial(sizes.astype(int), rng.uniform(0, 0.8, count)[:, None] ** 2)
    return np.where(sizes > 0, hits / np.maximum(sizes, 1), np.nan), sizes


def as_rows(name: str, value_scale: str, values: np.ndarray, sizes: np.ndarray) -> pd.DataFrame:
    """One row per series and day, in the shape that `score_anomalies` reads."""
    count, days = values.shape
    number = np.repeat(np.arange(count), days)
    return pd.DataFrame(
        {
            "series": [f"{name} {one}" for one in number],
            "group_name": name,
            "day_number": np.tile(np.arange(days), count),
            "date_day": (FIRST_DAY + np.tile(np.arange(days), count)).astype("datetime64[us]"),
            "actual_value": values.ravel(),
            "value_scale": value_scale,
            "sample_size": sizes.ravel(),
            "is_complete": True,
            "is_incident": False,
        }
    )


def write_rows(rows: pd.DataFrame, path: Path) -> None:
    """Write Parquet: days as dates, missing numbers as null."""
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        connection.execute(
            "copy (select * replace (cast(date_day as date) as date_day,"
            " if(isnan(actual_value), null, actual_value) as actual_value,"
            " if(isnan(sample_size), null, sample_size) as sample_size)"
            f" from rows) to '{path}' (format parquet)"
        )


def write_project(folder: Path, with_median_deviation: bool = False) -> Path:
    """Write a throw-away project whose models run `score_anomalies` on the Parquet file `rows`."""
    project = folder / "project"
    macro = (ROOT / "macros" / "quality" / "score_anomalies.sql").read_text()
    files = {**PROJECT, "macros/score_anomalies.sql": macro}
    files["models/scores.sql"] = MODEL.replace("MACRO", "score_anomalies")
    if with_median_deviation:
        for text, other in MEDIAN_DEVIATION.items():
            assert text in macro, text
            macro = macro.replace(text, other)
        files["macros/score_by_median_deviation.sql"] = macro
        files["models/scores_by_median_deviation.sql"] = MODEL.replace(
            "MACRO", "score_by_median_deviation"
        )
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for engine in (ROOT / "macros" / "engines").glob("*.sql"):
        shutil.copy(engine, project / "macros")
    shutil.copy(ROOT / "profiles.yml", project)
    return project


def score(
    rows: pd.DataFrame, folder: Path, target: str = "duckdb", with_median_deviation: bool = False
) -> pd.DataFrame:
    """Score all series by one query of the macro, and by the median deviation if asked for."""
    write_rows(rows, folder / "rows.parquet")
    project = write_project(folder, with_median_deviation)
    measure(
        [
            *(str(BIN / "dbt"), "--no-use-colors", "run", "--target", target),
            *("--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", str(folder / "target"), "--log-path", str(folder / "target")),
            *("--vars", f"{{rows: '{folder / 'rows.parquet'}'}}"),
        ],
        {
            "GROUNDWORK_BUILD_PATH": str(folder / "build.duckdb"),
            "GROUNDWORK_SPARK_WAREHOUSE": str(folder / "warehouse"),
        },
    )
    if target == "spark":
        return duckdb.execute(f"from '{folder}/warehouse/main.db/scores/*.parquet'").df()
    with duckdb.connect(str(folder / "build.duckdb"), read_only=True) as connection:
        scores = connection.execute("from scores order by series, date_day").df()
        if with_median_deviation:
            others = connection.execute(
                "select is_anomaly from scores_by_median_deviation order by series, date_day"
            ).df()
            scores["by_median_deviation"] = others.is_anomaly
    return scores


def elementary_scores(values: np.ndarray) -> np.ndarray:
    """Elementary's default: (value - mean) / standard deviation of the 14 days to the day itself.

    As its `get_anomaly_scores_query` has it: no score from one value, 0 where nothing varies.
    """
    scores = np.full(values.shape, np.nan)
    for day in range(values.shape[1]):
        trained = values[:, max(0, day - TRAINING_DAYS + 1) : day + 1]
        known = np.sum(~np.isnan(trained), axis=1)
        enough = (known > 1) & ~np.isnan(values[:, day])
        mean = np.nanmean(trained[enough], axis=1)
        deviation = np.nanstd(trained[enough], axis=1, ddof=1)
        distance = values[enough, day] - mean
        scores[enough, day] = np.divide(
            distance, deviation, out=np.zeros_like(distance), where=deviation > 0
        )
    return scores


def elementary_alarms(rows: pd.DataFrame) -> np.ndarray:
    """Whether elementary's default score is beyond its sensitivity, row by row."""
    alarms = np.zeros(len(rows), dtype=bool)
    for _, places in rows.groupby(["group_name"], sort=False).indices.items():
        group = rows.iloc[places]
        days = int(group.day_number.max()) + 1
        values = group.actual_value.to_numpy().reshape(-1, days)
        alarms[places] = (np.abs(elementary_scores(values)) > SENSITIVITY).ravel()
    return alarms
