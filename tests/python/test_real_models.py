"""NannyML's car loans on the project as it is: per week scikit-learn's AUC, and numpy's estimate.

What is expected comes from the source files; nothing of the adapter is used for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Build, run_dbt
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

EXAMPLE = ROOT / "examples" / "nannyml_car_loan"
DATA = Path(os.environ.get("GROUNDWORK_REAL_DATA", ROOT.parent / "shared" / "data"))
SOURCE = DATA / "nannyml_car_loan"
SELECTED = ["+ml_rebuild_triggers"]
AS_OF = pd.Timestamp("2019-09-12")
WINDOW = pd.Timedelta(days=28)
# The published data change here: cars become dearer (NannyML's quick start).
CHANGED_ON = pd.Timestamp("2019-04-01")
CORRECTED = 80_000
RELATIVE = 1e-9


@dataclass(frozen=True)
class Loans:
    """The source's rows, the folder of raw tables, and the folder and tables of their build."""

    rows: pd.DataFrame
    raw_path: Path
    folder: Path
    build: Build

    def load(self) -> Build:
        return load(self.raw_path, self.folder)


def load(raw_path: Path, folder: Path) -> Build:
    variables = yaml.safe_load((EXAMPLE / "vars.yml").read_text(encoding="utf-8"))
    variables["raw_path"] = str(raw_path)
    build = run_dbt("run", "--select", *SELECTED, folder=folder, variables=variables)
    assert build.exit_code == 0, build.output[-5000:]
    return build


def source_rows() -> pd.DataFrame:
    parts = [pd.read_parquet(SOURCE / f"{name}.parquet") for name in ("reference", "analysis")]
    targets = pd.read_parquet(SOURCE / "analysis_target.parquet")
    rows = pd.concat([parts[0], parts[1].merge(targets, on="id", validate="one_to_one")])
    day = rows.timestamp.dt.normalize()
    return rows.assign(
        prediction_id="p" + rows.id.astype(str),
        is_reference=rows.id < len(parts[0]),
        is_mature=rows.timestamp + WINDOW <= AS_OF,
        week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"),
    )


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Loans:
    if not SOURCE.is_dir():
        reason = f"{SOURCE} is missing; set GROUNDWORK_REAL_DATA to the folder of real data"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("loans")
    subprocess.run(
        [sys.executable, str(ROOT / "examples/write_raw.py"), EXAMPLE.name, str(folder / "raw")],
        check=True,
        capture_output=True,
        env={**os.environ, "GROUNDWORK_REAL_DATA": str(DATA)},
    )
    return Loans(
        source_rows(), folder / "raw", folder / "build", load(folder / "raw", folder / "build")
    )


def frame(database: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).df()


def weeks(loans: Loans, metric: str, value: str) -> pd.Series:
    rows = frame(
        loans.build.database,
        f"select chunk_start, {value} from ml.ml_performance where metric_name = '{metric}'",
    )
    return rows.set_index("chunk_start")[value].sort_index()


def test_every_row_is_accepted(loans: Loans) -> None:
    for table in ("predictions", "prediction_features", "outcomes"):
        rejected = f"from staging.base_ml__{table} where rejection_reasons is not null"
        assert loans.build.rows(f"select count(*) {rejected}") == [(0,)], table
    assert loans.build.rows(
        "select count(*), count(outcome_value) from intermediate.int_ml_labelled_predictions"
    ) == [(100_000, 100_000)]


@pytest.mark.parametrize(
    ("metric", "measure"),
    [
        ("roc_auc", metrics.roc_auc_score),
        ("log_loss", metrics.log_loss),
        ("brier_score", metrics.brier_score_loss),
    ],
)
def test_realised_performance_of_every_week_equals_scikit_learn(loans, metric, measure) -> None:
    mature = loans.rows[loans.rows.is_mature]
    expected = {
        week: measure(part.repaid, part.y_pred_proba) for week, part in mature.groupby("week")
    }
    actual = weeks(loans, metric, "realised_value")
    assert list(actual.dropna().index) == list(expected)
    assert len(expected) == 85 and len(actual) == 87
    np.testing.assert_allclose(actual.dropna(), list(expected.values()), RELATIVE)


def calibrated_scores(loans: Loans) -> pd.Series:
    rows = frame(
        loans.build.database,
        "select prediction_id, calibrated_score from intermediate.int_ml_calibrated_predictions",
    )
    return rows.set_index("prediction_id").calibrated_score


def test_calibration_equals_scikit_learn_on_the_bins_of_the_reference(loans: Loans) -> None:
    known = loans.rows[loans.rows.is_reference]
    middle = (known.y_pred_proba.rank(method="average") - 0.5).to_numpy()
    bins = known.groupby(np.minimum(np.floor(100 * middle / len(known)), 99)).agg(
        score=("y_pred_proba", "mean"), outcome=("repaid", "mean"), count=("id", "size")
    )
    model = IsotonicRegression(out_of_bounds="clip")
    model.fit(bins.score, bins.outcome, sample_weight=bins["count"])
    actual = calibrated_scores(loans).reindex(loans.rows.prediction_id)
    np.testing.assert_allclose(actual, model.predict(loans.rows.y_pred_proba), RELATIVE, 1e-12)


def expected_auc(score: np.ndarray, probability: np.ndarray) -> float:
    """The AUC where each row is a positive with its probability, and a negative with the rest."""
    values, group = np.unique(score, return_inverse=True)
    positives = np.bincount(group, probability, len(values))
    negatives = np.bincount(group, 1 - probability, len(values))
    below = np.cumsum(negatives) - negatives
    pairs = positives.sum() * negatives.sum()
    return (positives * (below + negatives / 2)).sum() / pairs


def test_estimated_performance_equals_numpy_on_the_same_calibration(loans: Loans) -> None:
    rows = loans.rows.assign(
        probability=calibrated_scores(loans).reindex(loans.rows.prediction_id).to_numpy()
    )
    expected = [
        expected_auc(part.y_pred_proba.to_numpy(), part.probability.to_numpy())
        for _, part in rows.groupby("week")
    ]
    np.testing.assert_allclose(weeks(loans, "roc_auc", "estimated_value"), expected, RELATIVE)


def test_bands_are_of_the_weeks_of_the_reference(loans: Loans) -> None:
    realised = weeks(loans, "roc_auc", "realised_value")
    last = loans.rows[~loans.rows.is_reference].week.min()
    reference = realised[realised.index < last]
    assert len(reference) == 43
    for column, expected in (
        ("reference_mean", reference.mean()),
        ("band_lower", reference.mean() - 3 * reference.std(ddof=0)),
        ("band_upper", reference.mean() + 3 * reference.std(ddof=0)),
    ):
        np.testing.assert_allclose(weeks(loans, "roc_auc", column), expected, RELATIVE)


def test_the_published_change_is_found_in_its_week(loans: Loans) -> None:
    found = frame(loans.build.database, "select * from ml.ml_rebuild_triggers")
    found = found.set_index("trigger_name")
    for name in ("feature_drift", "prediction_drift", "estimated_decay"):
        assert found.is_triggered[name], name
        assert found.since_date[name] == CHANGED_ON, name
    assert found.subject["feature_drift"] == "car_value"
    drifted = frame(
        loans.build.database,
        "select distinct feature_name, measure from intermediate.int_ml_drift_measures"
        f" where is_drifted and chunk_start < '{CHANGED_ON:%Y-%m-%d}'",
    )
    assert drifted.empty


def test_a_late_correction_changes_its_own_week_alone(loans: Loans) -> None:
    before = loans.build.database.with_name("before.duckdb")
    shutil.copy(loans.build.database, before)
    corrected = loans.rows[loans.rows.id == CORRECTED].iloc[0]
    assert corrected.is_mature and not corrected.is_reference
    outcomes = loans.raw_path / "ml" / "outcomes.parquet"
    first = outcomes.with_name("first.parquet")
    outcomes.rename(first)
    duckdb.execute(
        f"copy (from '{first}' union all by name select 'p{CORRECTED}' as prediction_id,"
        f" {1 - corrected.repaid} as outcome_value, occurred_at,"
        f" timestamp '2019-09-11' as loaded_at from '{first}'"
        f" where prediction_id = 'p{CORRECTED}') to '{outcomes}' (format parquet)"
    ).fetchall()
    first.unlink()
    after = loans.load().database

    same = "chunk_start, segment_value, metric_name"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{before}' as one (read_only)")
        connection.execute(f"attach '{after}' as two (read_only)")
        # sums of doubles may differ in their last digits from build to build
        changed = connection.execute(
            f"select {same} from one.ml.ml_performance as old"
            f" full join two.ml.ml_performance as new using ({same})"
            " where abs(old.realised_value - new.realised_value) > 1e-9"
            " or abs(old.estimated_value - new.estimated_value) > 1e-9"
            " or (old.realised_value is null) != (new.realised_value is null)"
            " or abs(old.band_lower - new.band_lower) > 1e-9"
            " or old.prediction_count is distinct from new.prediction_count"
        ).df()
        stored = connection.execute(
            "select load_number, count(*) from two.intermediate.int_ml_labelled_predictions"
            " group by load_number order by load_number"
        ).fetchall()
    assert set(changed.chunk_start) == {corrected.week}
    assert set(changed.metric_name) >= {"roc_auc", "log_loss", "brier_score"}
    # what was loaded on the same day as the prediction's outcome was decided anew, and no other
    assert [count for _, count in stored] == [99_834, 166]
