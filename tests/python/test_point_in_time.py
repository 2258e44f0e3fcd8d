"""Training sets hold what was known at the time of each prediction, and a leak is found."""

from __future__ import annotations

import shutil
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Build, run_dbt

SEED = 7
START = pd.Timestamp("2026-01-01")
FILES = {
    "dbt_project.yml": """
        name: groundwork
        profile: groundwork
        flags: {send_anonymous_usage_stats: false}
        models: {+materialized: table}
    """,
    "models/as_known.sql": """
        with predictions as (select * from '{{ var("folder") }}/predictions.parquet'),
        features as (select * from '{{ var("folder") }}/features.parquet'),
        {{ point_in_time('training', 'predictions', 'features', ['order_count', 'country']) }}
        select * from training
    """,
    "models/as_known_lately.sql": """
        with predictions as (select * from '{{ var("folder") }}/predictions.parquet'),
        features as (select * from '{{ var("folder") }}/features.parquet'),
        {{ point_in_time(
            'training', 'predictions', 'features', ['order_count'], maximum_age_days=10
        ) }}
        select * from training
    """,
    # what is tempting: the features as they are today
    "models/as_of_today.sql": """
        with predictions as (select * from '{{ var("folder") }}/predictions.parquet'),
        features as (select * from '{{ var("folder") }}/features.parquet'),
        latest as (
            select * from features
            qualify row_number() over (
                partition by entity_id order by known_at desc nulls last, order_count desc
            ) = 1
        )
        select predictions.*, latest.order_count, latest.known_at as features_known_at
        from predictions left join latest using (entity_id)
    """,
    "models/models.yml": """
        models:
          - name: as_known
            columns: &columns
              - name: features_known_at
                data_tests: [{known_by: {arguments: {moment: predicted_at}}}]
          - {name: as_known_lately, columns: *columns}
          - {name: as_of_today, columns: *columns}
    """,
}


def feature_versions(random: np.random.Generator) -> pd.DataFrame:
    """Versions of 40 entities' features; some at the same moment, some never known."""
    count = 400
    hours = random.integers(0, 24 * 60, count)
    rows = pd.DataFrame(
        {
            "entity_id": [f"e{number}" for number in random.integers(0, 40, count)],
            "known_at": START + pd.to_timedelta(hours, unit="h"),
            "order_count": random.integers(0, 50, count),
            "country": random.choice(["de", "fr", None], count),
        }
    )
    rows.loc[rows.index[::29], "known_at"] = pd.NaT
    return rows.drop_duplicates(["entity_id", "known_at", "order_count"])


def predictions(random: np.random.Generator) -> pd.DataFrame:
    """Predictions of 45 entities, five of which have no features; some at a version's moment."""
    count = 600
    hours = random.integers(0, 24 * 60, count)
    return pd.DataFrame(
        {
            "prediction_id": [f"p{number}" for number in range(count)],
            "entity_id": [f"e{number}" for number in random.integers(0, 45, count)],
            "predicted_at": START + pd.to_timedelta(hours, unit="h"),
        }
    )


@pytest.fixture(scope="module")
def data() -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(SEED)
    return predictions(random), feature_versions(random)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, data) -> Build:
    folder = tmp_path_factory.mktemp("point_in_time")
    for name, rows in zip(("predictions", "features"), data, strict=True):
        rows.to_parquet(folder / f"{name}.parquet")
    project = folder / "project"
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
    shutil.copytree(ROOT / "macros" / "engines", project / "macros" / "engines")
    shutil.copy(ROOT / "macros" / "ml" / "point_in_time.sql", project / "macros")
    (project / "tests" / "generic").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "generic" / "known_by.sql", project / "tests" / "generic")
    shutil.copy(ROOT / "profiles.yml", project)
    return run_dbt(
        "build", folder=folder / "run", project=project, variables={"folder": str(folder)}
    )


def expected(data, maximum_age_days: int | None = None) -> dict[str, tuple]:
    """One row after the other: the last version that was known, by brute force."""
    rows, versions = data
    found = {}
    for row in rows.itertuples():
        known = versions[
            (versions["entity_id"] == row.entity_id) & (versions["known_at"] <= row.predicted_at)
        ]
        if maximum_age_days is not None:
            ages = row.predicted_at.normalize() - known["known_at"].dt.normalize()
            known = known[ages <= pd.Timedelta(days=maximum_age_days)]
        last = known.sort_values(["known_at", "order_count"]).tail(1)
        found[row.prediction_id] = (
            (int(last["order_count"].iloc[0]), last["known_at"].iloc[0].to_pydatetime())
            if len(last)
            else (None, None)
        )
    return found


@pytest.mark.parametrize(("table", "days"), [("as_known", None), ("as_known_lately", 10)])
def test_each_row_has_the_last_version_that_was_known(build: Build, data, table, days) -> None:
    rows = build.rows(f"select prediction_id, order_count, features_known_at from main.{table}")
    assert {row[0]: row[1:] for row in rows} == expected(data, days)
    assert len(rows) == len(data[0])


def test_a_leak_is_found_and_what_was_known_is_none(build: Build) -> None:
    failures = {
        result["unique_id"].split(".")[2]: result["failures"]
        for result in build.run_results
        if result["unique_id"].startswith("test.")
    }
    leaks = build.rows(
        "select count(*) from main.as_of_today where features_known_at > predicted_at"
    )[0][0]
    assert leaks > 100
    assert failures == {
        "known_by_as_known_features_known_at__predicted_at": 0,
        "known_by_as_known_lately_features_known_at__predicted_at": 0,
        "known_by_as_of_today_features_known_at__predicted_at": leaks,
    }
