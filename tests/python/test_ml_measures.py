"""The measures of models in SQL against scikit-learn, scipy, numpy, NannyML and brute force.

One throw-away project runs every macro over all cases at once; on Spark over a few of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import ml_cases
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression
from statistics_project import run_models

RELATIVE = 1e-9
NANNYML = 1e-6
KS_OF_FEW = 2e-3  # a value or two in one fine bin
KS_OF_MANY = 1.3e-4
ALPHA = 0.1
BINS = 20
KEYS = ["case_id", "chunk"]

MODELS = {
    "classified": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ classification_measures(
            'measures', 'predictions', ['case_id', 'chunk'], threshold='threshold',
            top_share='top_share'
        ) }}
        select * from measures
    """,
    "expected": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ estimate_performance(
            'measures', 'predictions', ['case_id', 'chunk'], probability='probability',
            threshold='threshold', top_share='top_share'
        ) }}
        select * from measures
    """,
    "expected_by_nannyml": """
        with predictions as (select * from {{ argument_rows('nannyml') }}),
        {{ estimate_performance(
            'measures', 'predictions', ['case_id'], probability='probability', threshold='threshold'
        ) }}
        select * from measures
    """,
    "regressed": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ regression_measures('measures', 'predictions', ['case_id', 'chunk']) }}
        select * from measures
    """,
    "calibration": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ calibration_bins('bins', 'predictions', ['case_id', 'chunk']) }}
        select * from bins
    """,
    "compared": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ compare_auc(
            'tests', 'predictions', ['case_id', 'chunk'], first_score='score', alpha='1.0e-1'
        ) }}
        select * from tests
    """,
    "paired": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        metrics (metric_name) as (values ('log_loss'), ('brier')),
        losses as (
            select
                case_id, chunk, entity_id, metric_name,
                case metric_name
                    when 'log_loss' then {{ log_loss('score', 'outcome') }}
                    when 'brier' then {{ brier('score', 'outcome') }}
                end as first_loss,
                case metric_name
                    when 'log_loss' then {{ log_loss('second_score', 'outcome') }}
                    when 'brier' then {{ brier('second_score', 'outcome') }}
                end as second_loss
            from predictions
            cross join metrics
        ),
        {{ paired_difference(
            'tests', 'losses', ['case_id', 'chunk', 'metric_name'], alpha='1.0e-1'
        ) }}
        select * from tests
    """,
    "fitted": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ isotonic_calibration(
            'fits', 'predictions', ['case_id', 'chunk'], weight='1 + entity_id % 3', bins=20
        ) }}
        select * from fits
    """,
    "calibrated": """
        with predictions as (select * from {{ argument_rows('predictions') }}),
        {{ isotonic_calibration('fits', 'predictions', ['case_id', 'chunk'], bins=20) }},
        {{ calibrated_scores(
            'scores', 'predictions', 'fits', ['case_id', 'chunk'], score='second_score'
        ) }}
        select * from scores
    """,
    "drifted": """
        with numbers as (select * from {{ argument_rows('features') }}),
        reference as (select * from numbers where chunk is null),
        chunks as (select * from numbers where chunk is not null),
        {{ reference_bins('bins', 'reference', ['case_id'], number='number') }},
        {{ value_histograms(
            'reference_counts', 'reference', 'bins', ['case_id'], number='number', text='text'
        ) }},
        {{ value_histograms(
            'chunk_counts', 'chunks', 'bins', ['case_id'], ['chunk'], number='number', text='text'
        ) }},
        {{ drift_measures('drift', 'chunk_counts', 'reference_counts', ['case_id'], ['chunk']) }}
        select * from drift
    """,
    "bands": """
        with chunks as (select * from {{ argument_rows('bands') }}),
        {{ reference_bands('bands', 'chunks', ['case_id']) }}
        select * from bands
    """,
    "ranked": """
        with items as (select * from {{ argument_rows('lists') }}),
        {{ ranking_quality(
            'quality', 'items', ['case_id'], k=5, popularity='item_popularity',
            catalogue_count='catalogue_count'
        ) }}
        select * from quality
    """,
    "off_policies": """
        with impressions as (select * from {{ argument_rows('impressions') }}),
        {{ off_policy(
            'estimates', 'impressions', ['case_id'], clip='clip_at',
            logged_reward_mean='logged_reward_mean', target_reward_mean='target_reward_mean',
            alpha='1.0e-1'
        ) }}
        select * from estimates
    """,
}


def bands() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frames = [
        pd.DataFrame(
            {
                "case_id": name,
                "value": values,
                "is_reference": np.arange(len(values)) < reference,
            }
        )
        for name, values, reference in [
            ("some", rng.normal(0.7, 0.02, 20), 12),
            ("some missing", [0.7, np.nan, 0.8, 0.9, 0.1], 4),
            ("constant", [0.7] * 5, 5),
            ("one chunk", [0.7, 0.6], 1),
            ("none", [0.7, 0.6], 0),
        ]
    ]
    return pd.concat(frames, ignore_index=True)


def nannyml_figures() -> list[dict]:
    return json.loads((ROOT / "tests/python/nannyml_figures.json").read_text())["cases"]


def nannyml_rows() -> pd.DataFrame:
    return pd.concat(
        pd.DataFrame(
            {
                "case_id": number,
                "threshold": case["threshold"],
                "score": case["score"],
                "probability": case["probability"],
            }
        )
        for number, case in enumerate(nannyml_figures())
    )


@dataclass(frozen=True)
class Results:
    """Arguments and tables of one run; `read(name)` gives what stands behind `from`."""

    read: Callable[[str], str]
    database: Path | None
    arguments: dict[str, pd.DataFrame]

    def rows(self, table: str) -> pd.DataFrame:
        with duckdb.connect() as connection:
            if self.database:
                connection.execute(f"attach '{self.database}' as build (read_only)")
            return connection.execute(f"select * from {self.read(table)}").df()

    @cached_property
    def cases(self) -> list[tuple[str, pd.DataFrame]]:
        return list(self.arguments["predictions"].groupby("case_id"))

    def measures(self, table: str) -> dict[tuple, tuple]:
        """Value and reason by case and metric."""
        rows = self.rows(table)
        assert not rows.duplicated(["case_id", "metric_name"]).any()
        assert (rows["value"].isna() == rows["reason"].notna()).all()
        assert not np.isinf(rows["value"]).any()
        return {
            (row.case_id, row.metric_name): (row.value, row.reason)
            for row in rows.itertuples(index=False)
        }


@pytest.fixture(scope="module", params=["duckdb"])  # not held to Spark yet
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp(request.param)
    cases = ml_cases.RANDOM_CASES if request.param == "duckdb" else ml_cases.FEW_CASES
    arguments = {
        "predictions": ml_cases.predictions(cases),
        "nannyml": nannyml_rows(),
        "features": ml_cases.features(cases),
        "bands": bands(),
        "lists": ml_cases.lists(cases),
        "impressions": ml_cases.impressions(cases),
    }
    (folder / "arguments").mkdir()
    for name, rows in arguments.items():
        rows.to_parquet(folder / "arguments" / f"{name}.parquet", index=False)
    build = run_models(folder, MODELS, target=request.param)
    assert build.exit_code == 0, build.output[-5000:]
    if request.param == "duckdb":
        return Results(lambda table: f"build.main.{table}", build.database, arguments)
    return Results(lambda table: f"'{folder}/warehouse/main.db/{table}/*.parquet'", None, arguments)


def close(actual: float, expected: float, tolerance: float = RELATIVE) -> bool:
    return math.isclose(actual, expected, rel_tol=tolerance, abs_tol=tolerance)


def finite(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    values = frame[list(columns)].astype(float)
    return frame[np.isfinite(values).all(axis="columns")]


# Classification and regression --------------------------------------------------------------------


def confusion_measures(
    outcome: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None = None
) -> dict[str, tuple]:
    counts = sk.confusion_matrix(outcome, predicted, labels=[0, 1], sample_weight=weight)
    ((tn, fp), (fn, tp)) = counts.astype(float)
    parts = {
        "precision": (tp, tp + fp, "no_predicted_positives"),
        "recall": (tp, tp + fn, "one_class_only"),
        "specificity": (tn, tn + fp, "one_class_only"),
        "f1": (2 * tp, 2 * tp + fp + fn, "one_class_only"),
        "accuracy": (tp + tn, counts.sum(), ""),
    }
    return {
        name: (part / whole, None) if whole else (None, reason)
        for name, (part, whole, reason) in parts.items()
    }


def top_positives(score: np.ndarray, positives: np.ndarray, count: int) -> float:
    """Positives among the best scores, the mean over all orders of equal ones."""
    edge = np.sort(score)[::-1][count - 1]
    above = score > edge
    share = (count - above.sum()) / (score == edge).sum()
    return positives[above].sum() + share * positives[score == edge].sum()


def expected_calibration_error(score: np.ndarray, outcome: np.ndarray) -> float:
    # by decimal edges, (a, b], the first bin closed
    edges = np.array([step / 10 for step in range(1, 10)])
    number = np.searchsorted(edges, score, side="left")
    gaps = [
        abs(outcome[number == one].sum() - score[number == one].sum()) for one in np.unique(number)
    ]
    return sum(gaps) / len(score)


def classification(frame: pd.DataFrame) -> dict[str, tuple]:
    predictions = finite(frame, "score")
    mature = finite(predictions, "outcome")
    names = "roc_auc log_loss brier calibration_error precision recall specificity f1 accuracy lift"
    if mature.empty:
        reason = "no_predictions" if predictions.empty else "not_matured"
        return {name: (None, reason) for name in [*names.split(), "positive_share"]}
    score, outcome = mature["score"].to_numpy(), mature["outcome"].to_numpy()
    predicted = (score >= frame["threshold"].iloc[0]).astype(float)
    has_both = len(np.unique(outcome)) == 2
    is_probability = predictions["score"].between(0, 1).all()
    found = confusion_measures(outcome, predicted)
    found["positive_share"] = outcome.mean(), None
    found["roc_auc"] = (
        (sk.roc_auc_score(outcome, score), None) if has_both else (None, "one_class_only")
    )
    found["log_loss"] = found["brier"] = found["calibration_error"] = None, "not_probabilities"
    if is_probability:
        found["log_loss"] = sk.log_loss(outcome, score, labels=[0, 1]), None
        found["brier"] = sk.brier_score_loss(outcome, score, pos_label=1), None
        found["calibration_error"] = expected_calibration_error(score, outcome), None
    count = max(math.ceil(frame["top_share"].iloc[0] * len(score) - 1e-9), 1)
    found["lift"] = (
        (top_positives(score, outcome, count) / count / outcome.mean(), None)
        if outcome.any()
        else (None, "one_class_only")
    )
    return found


def assert_measures(actual: dict[tuple, tuple], case: str, expected: dict[str, tuple]) -> None:
    assert {name for one, name in actual if one == case} == set(expected), case
    for name, (value, reason) in expected.items():
        found, why = actual[case, name]
        if value is None:
            assert math.isnan(found) and why == reason, (case, name, found, why)
        else:
            assert close(found, value), (case, name, found, value)


def test_classification_equals_scikit_learn(results: Results) -> None:
    actual = results.measures("classified")
    reasons = set()
    for case, frame in results.cases:
        expected = classification(frame)
        assert_measures(actual, case, expected)
        reasons |= {reason for _, reason in expected.values()}
    assert reasons == {
        *(None, "no_predictions", "not_matured", "one_class_only"),
        *("no_predicted_positives", "not_probabilities"),
    }


def test_counts_stand_beside_the_measures(results: Results) -> None:
    rows = results.rows("classified").drop_duplicates("case_id").set_index("case_id")
    regressed = results.rows("regressed").drop_duplicates("case_id").set_index("case_id")
    for case, frame in results.cases:
        row = rows.loc[case]
        mature = finite(frame, "score", "outcome")
        assert row["prediction_count"] == len(finite(frame, "score"))
        assert row["mature_count"] == len(mature)
        if len(mature):
            assert row["positive_count"] == mature["outcome"].sum()
        for name in ("prediction_count", "mature_count", "chunk"):
            assert regressed.loc[case][name] == row[name]


def test_regression_equals_scikit_learn(results: Results) -> None:
    actual = results.measures("regressed")
    for case, frame in results.cases:
        mature = finite(frame, "score", "outcome")
        if mature.empty:
            reason = "no_predictions" if finite(frame, "score").empty else "not_matured"
            expected = dict.fromkeys(("rmse", "mae", "mean_error"), (None, reason))
        else:
            given = mature["outcome"], mature["score"]
            expected = {
                "rmse": (sk.root_mean_squared_error(*given), None),
                "mae": (sk.mean_absolute_error(*given), None),
                "mean_error": ((given[1] - given[0]).mean(), None),
            }
        assert_measures(actual, case, expected)


def test_calibration_bins(results: Results) -> None:
    rows = results.rows("calibration")
    assert (rows["bin_upper"] - rows["bin_lower"]).between(0.0999999, 0.1000001).all()
    seen = 0
    for case, frame in results.cases:
        mature = finite(frame, "score", "outcome")
        mature = mature[mature["score"].between(0, 1)]
        number = mature["score"].map(
            lambda score: min(one for one in range(1, 11) if score <= one / 10)
        )
        bins = rows[rows["case_id"] == case].set_index("bin_number")
        assert set(bins.index) == set(number), case
        for one, part in mature.groupby(number):
            assert close(bins.loc[one, "mean_score"], part["score"].mean())
            assert close(bins.loc[one, "positive_share"], part["outcome"].mean())
            assert bins.loc[one, "prediction_count"] == len(part)
            assert bins.loc[one, "positive_count"] == part["outcome"].sum()
            assert close(bins.loc[one, "bin_upper"], one / 10)
            seen += 1
    assert seen > 50


# Expected performance -----------------------------------------------------------------------------


def expected_performance(frame: pd.DataFrame) -> dict[str, tuple]:
    """Every prediction twice, as a positive and as a negative, weighted by its probability."""
    frame = finite(frame, "score", "probability")
    score, probability = frame["score"].to_numpy(), frame["probability"].to_numpy()
    twice = np.concatenate([score, score])
    weight = np.concatenate([probability, 1 - probability])
    outcome = np.repeat([1.0, 0.0], len(score))
    predicted = (twice >= frame["threshold"].iloc[0]).astype(float)
    found = confusion_measures(outcome, predicted, weight)
    found["positive_share"] = probability.mean(), None
    found["roc_auc"] = sk.roc_auc_score(outcome, twice, sample_weight=weight), None
    found["log_loss"] = found["brier"] = None, "not_probabilities"
    if frame["score"].between(0, 1).all():
        found["log_loss"] = sk.log_loss(outcome, twice, sample_weight=weight), None
        found["brier"] = sk.brier_score_loss(outcome, twice, sample_weight=weight), None
    count = max(math.ceil(frame["top_share"].iloc[0] * len(score) - 1e-9), 1)
    top = top_positives(score, probability, count)
    found["lift"] = top / count / probability.mean(), None
    return found


def test_expected_performance_is_that_of_weighted_outcomes(results: Results) -> None:
    actual = results.measures("expected")
    for case, frame in results.cases:
        if case == "no score":
            assert {actual[one] for one in actual if one[0] == case} != {(None, None)}
            assert all(actual[one][1] == "no_predictions" for one in actual if one[0] == case)
        else:
            assert_measures(actual, case, expected_performance(frame))


def test_expected_performance_equals_nannyml(results: Results) -> None:
    actual = results.measures("expected_by_nannyml")
    for number, figures in enumerate(nannyml_figures()):
        for name in ("roc_auc", "f1", "precision", "recall", "specificity", "accuracy"):
            assert close(actual[number, name][0], figures[name], NANNYML), (number, name)


# Comparisons --------------------------------------------------------------------------------------


def placements(score: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each positive the share of negatives below, of each negative that of positives above."""
    positives, negatives = score[outcome == 1], score[outcome == 0]
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    return wins.mean(axis=1), wins.mean(axis=0)


def delong(first: np.ndarray, second: np.ndarray, outcome: np.ndarray) -> tuple:
    """AUCs, their difference and its standard error, by the covariance matrices of placements."""
    parts = [placements(score, outcome) for score in (first, second)]
    aucs = [of_positives.mean() for of_positives, _ in parts]
    covariance = sum(
        np.cov(parts[0][side], parts[1][side]) / len(parts[0][side]) for side in (0, 1)
    )
    contrast = np.array([-1, 1])
    return *aucs, aucs[1] - aucs[0], math.sqrt(contrast @ covariance @ contrast)


def test_auc_comparison_equals_delong_by_brute_force(results: Results) -> None:
    rows = results.rows("compared").set_index("case_id")
    assert (rows["p_value"].isna() == rows["reason"].notna()).all()
    seen = 0
    for case, frame in results.cases:
        row = rows.loc[case]
        pairs = finite(frame, "score", "second_score", "outcome")
        assert row["prediction_count"] == len(pairs)
        outcome = pairs["outcome"].to_numpy()
        if len(np.unique(outcome)) == 2:
            assert close(row["first_auc"], sk.roc_auc_score(outcome, pairs["score"]))
            assert close(row["second_auc"], sk.roc_auc_score(outcome, pairs["second_score"]))
        if isinstance(row["reason"], str):
            continue
        first, second, effect, error = delong(
            pairs["score"].to_numpy(), pairs["second_score"].to_numpy(), outcome
        )
        z = stats.norm.isf(ALPHA / 2)
        expected = {
            "first_auc": first,
            "second_auc": second,
            "effect": effect,
            "standard_error": error,
            "statistic": effect / error,
            "p_value": 2 * stats.norm.sf(abs(effect / error)),
            "effect_ci_lower": effect - z * error,
            "effect_ci_upper": effect + z * error,
        }
        for name, value in expected.items():
            assert close(row[name], value), (case, name)
        seen += 1
    assert seen >= len(results.cases) - 11
    reasons = rows["reason"].dropna().to_dict()
    assert {case: reasons.pop(case) for case in list(reasons) if "random" not in case} == {
        "one positive class": "one_class_only",
        "one negative class": "one_class_only",
        "constant scores": "constant_scores",
        "the same scores": "zero_variance",
        "the same order": "zero_variance",
        "edges of bins": "zero_variance",
        "no score": "no_predictions",
        "no outcome": "not_matured",
        "infinite scores": "too_few",
        "one prediction": "one_class_only",
        "one of each class": "too_few",
    }
    assert not reasons


def test_paired_difference_equals_the_paired_t_test(results: Results) -> None:
    rows = results.rows("paired").set_index(["case_id", "metric_name"])
    losses = {
        "log_loss": lambda score, outcome: (
            -np.log(np.clip(np.where(outcome == 1, score, 1 - score), 2**-52, 1 - 2**-52))
        ),
        "brier": lambda score, outcome: (score - outcome) ** 2,
    }
    plain = by_entity = 0
    for case, frame in results.cases:
        pairs = finite(frame, "score", "second_score", "outcome")
        pairs = pairs[pairs["score"].between(0, 1) & pairs["second_score"].between(0, 1)]
        if pairs.empty:
            continue
        for name, loss in losses.items():
            row = rows.loc[case, name]
            first = loss(pairs["score"].to_numpy(), pairs["outcome"].to_numpy())
            second = loss(pairs["second_score"].to_numpy(), pairs["outcome"].to_numpy())
            assert close(row["first_value"], first.mean()), (case, name)
            assert close(row["second_value"], second.mean()), (case, name)
            if isinstance(row["reason"], str):
                assert math.isnan(row["p_value"]) and math.isnan(row["standard_error"])
                continue
            if pairs["entity_id"].is_unique:
                test = stats.ttest_rel(second, first)
                assert close(row["statistic"], test.statistic), (case, name)
                assert close(row["p_value"], test.pvalue), (case, name)
                interval = test.confidence_interval(1 - ALPHA)
                assert close(row["effect_ci_lower"], interval.low), (case, name)
                assert close(row["effect_ci_upper"], interval.high), (case, name)
                plain += 1
            sums = (
                pd.DataFrame({"d": second - first, "n": 1, "entity": pairs["entity_id"].to_numpy()})
                .groupby("entity")
                .sum()
            )
            ratio = sums["d"].sum() / sums["n"].sum()
            variance = np.var(sums["d"] - ratio * sums["n"], ddof=1)
            error = math.sqrt(variance / len(sums)) / sums["n"].mean()
            assert close(row["effect"], ratio), (case, name)
            assert close(row["standard_error"], error), (case, name)
            p_value = 2 * stats.t.sf(abs(ratio / error), len(sums) - 1)
            assert close(row["p_value"], p_value), (case, name)
            by_entity += 1
    assert plain >= len(results.cases) / 2 and by_entity > 1.5 * plain
    reasons = rows["reason"].xs("brier", level="metric_name")
    assert reasons["no score"] == reasons["no outcome"] == "no_predictions"
    assert reasons["one entity"] == reasons["one prediction"] == "too_few"
    assert reasons["the same scores"] == "zero_variance"


# Calibration --------------------------------------------------------------------------------------


def test_isotonic_calibration_equals_scikit_learn_on_its_bins(results: Results) -> None:
    rows = results.rows("fitted").sort_values("bin_number")
    fitted = 0
    for case, frame in results.cases:
        bins = rows[rows["case_id"] == case]
        known = finite(frame, "score", "outcome")
        if known["outcome"].nunique() < 2:
            assert bins.empty, case
            continue
        weight = 1 + known["entity_id"] % 3
        assert close(bins["bin_weight"].sum(), weight.sum())
        assert bins["bin_count"].sum() == len(known)
        assert bins["bin_number"].tolist() == list(range(1, len(bins) + 1))
        assert len(bins) <= min(BINS, known["score"].nunique())
        total = (bins["bin_weight"] * bins["bin_score"]).sum()
        assert close(total, (weight * known["score"]).sum())
        total = (bins["bin_weight"] * bins["bin_outcome"]).sum()
        assert close(total, (weight * known["outcome"]).sum())
        if known["score"].is_unique and len(known) > 5 * BINS:
            assert len(bins) == BINS
            assert bins["bin_weight"].max() - bins["bin_weight"].min() <= 6
        if bins["bin_score"].diff().min() < 1e-9:
            continue  # scikit-learn takes scores that are this close for one
        expected = IsotonicRegression().fit_transform(
            bins["bin_score"], bins["bin_outcome"], sample_weight=bins["bin_weight"]
        )
        np.testing.assert_allclose(bins["calibrated_score"], expected, RELATIVE, RELATIVE)
        fitted += 1
    assert fitted > len(results.cases) - 8


def test_calibrated_scores_equal_predictions_of_scikit_learn(results: Results) -> None:
    rows = results.rows("calibrated")
    assert len(rows) == len(results.arguments["predictions"])
    assert set(rows) == {*results.arguments["predictions"], "calibrated_score"}
    for case, frame in results.cases:
        known = finite(frame, "score", "outcome")
        part = rows[rows["case_id"] == case]
        if known["outcome"].nunique() < 2:
            assert part["calibrated_score"].isna().all(), case
            continue
        # the place of a score's middle among all, as the bins are made
        middle = (known["score"].rank(method="average") - 0.5).to_numpy()
        number = np.minimum(np.floor(BINS * middle / len(known)), BINS - 1)
        bins = known.groupby(number).agg(
            score=("score", "mean"), outcome=("outcome", "mean"), count=("score", "size")
        )
        if bins["score"].diff().min() < 1e-9:
            continue  # scikit-learn takes scores that are this close for one
        model = IsotonicRegression(out_of_bounds="clip").fit(
            bins["score"], bins["outcome"], sample_weight=bins["count"]
        )
        asked = finite(part, "second_score")
        expected = model.predict(asked["second_score"])
        np.testing.assert_allclose(asked["calibrated_score"], expected, RELATIVE, RELATIVE)
        assert part["calibrated_score"].notna().sum() == len(asked)


# Drift --------------------------------------------------------------------------------------------


def drift(reference: pd.DataFrame, chunk: pd.DataFrame) -> dict[str, tuple]:
    """The measures of one chunk, bin by bin."""
    kinds = {}
    numbers = {}
    for name, frame in (("reference", reference), ("chunk", chunk)):
        numbers[name] = finite(frame, "number")["number"].to_numpy() + 0.0
        texts = frame["text"][~np.isfinite(frame["number"])]
        kinds[name] = texts.dropna().tolist(), int(texts.isna().sum())
    known = numbers["reference"]
    edges = np.unique(np.percentile(known, range(10, 100, 10))) if len(known) else np.array([])
    edges += 1e-12 * abs(edges)  # what is a decile but for rounding is not above it
    counts = []
    for name in ("reference", "chunk"):
        texts, missing = kinds[name]
        found = {("number", one): 0 for one in range(len(edges) + 1)}
        for one in np.searchsorted(edges, numbers[name], side="left"):
            found["number", int(one)] += 1
        for text in texts:
            label = ("text", text if text in kinds["reference"][0] else "")
            found[label] = found.get(label, 0) + 1
        counts.append({**found, "missing": missing})
    labels = [one for one in {**counts[0], **counts[1]} if any(c.get(one) for c in counts)]
    total = len(chunk)
    missing = kinds["chunk"][1] / total, None
    if reference.empty:
        names = ("psi", "jensen_shannon", "ks", "share_out_of_range")
        return {**dict.fromkeys(names, (None, "no_reference")), "share_missing": missing}
    q, p = (np.maximum([c.get(one, 0) / sum(c.values()) for one in labels], 1e-4) for c in counts)
    outside = sum(counts[1].get(("text", ""), 0) for _ in [0])
    if len(known):
        outside += ((numbers["chunk"] < known.min()) | (numbers["chunk"] > known.max())).sum()
    return {
        "psi": (((p - q) * np.log(p / q)).sum(), None),
        "jensen_shannon": (float(jensenshannon(p, q, base=2)), None),
        "ks": (
            (stats.ks_2samp(known, numbers["chunk"], method="asymp").statistic, None)
            if len(known) and len(numbers["chunk"])
            else (None, "not_numeric")
        ),
        "share_out_of_range": (outside / total, None),
        "share_missing": missing,
    }


def test_drift_equals_scipy_and_sums_over_bins(results: Results) -> None:
    rows = results.rows("drifted").set_index(["case_id", "chunk", "metric_name"]).sort_index()
    features = results.arguments["features"]
    assert (rows["value"].isna() == rows["reason"].notna()).all()
    seen = set()
    for case, frame in features.groupby("case_id"):
        reference = frame[frame["chunk"].isna()]
        for chunk, part in frame[frame["chunk"].notna()].groupby("chunk"):
            for name, (value, reason) in drift(reference, part).items():
                row = rows.loc[case, chunk, name]
                where = case, chunk, name, row["value"], value, row["reason"]
                seen.add(reason)
                assert row["value_count"] == len(part)
                if value is None:
                    assert math.isnan(row["value"]) and row["reason"] == reason, where
                elif name == "ks" and case == "many values":
                    assert abs(row["value"] - value) < KS_OF_MANY, where
                elif name == "ks" and ("random" in case or "shift" in case):
                    assert abs(row["value"] - value) < KS_OF_FEW, where
                elif name == "ks" and case == "not finite":
                    assert row["value"] >= 0.33, where
                elif name == "jensen_shannon":
                    # a root: rounding by 1e-16 of its square is 1e-8 of a distance of 0
                    assert close(row["value"] ** 2, value**2), where
                else:
                    assert close(row["value"], value), where
    assert seen == {None, "no_reference", "not_numeric"}


def test_one_wild_value_does_not_hide_a_shift(results: Results) -> None:
    rows = results.rows("drifted").set_index(["case_id", "metric_name"])["value"]
    psi = rows["shift", "psi"]
    assert psi > 0.5
    for where in ("chunk", "reference"):
        case = f"shift and outlier in the {where}"
        assert abs(rows[case, "psi"] - psi) < 0.01, (where, rows[case, "psi"], psi)
        assert abs(rows[case, "ks"] - rows["shift", "ks"]) < 0.002, where
    outside = rows["shift and outlier in the chunk", "share_out_of_range"]
    assert outside > rows["shift", "share_out_of_range"]


# Bands --------------------------------------------------------------------------------------------


def test_bands_are_mean_and_three_deviations_of_the_reference(results: Results) -> None:
    rows = results.rows("bands").set_index("case_id")
    for case, frame in results.arguments["bands"].groupby("case_id"):
        row = rows.loc[case]
        values = frame["value"][frame["is_reference"]].dropna().to_numpy()
        assert row["reference_chunk_count"] == len(values)
        if len(values) < 2:
            assert row["reason"] == ("too_few" if len(values) else "no_reference")
            assert math.isnan(row["reference_lower"]) and math.isnan(row["reference_mean"])
            continue
        assert pd.isna(row["reason"])
        assert close(row["reference_mean"], values.mean())
        assert close(row["reference_deviation"], values.std())
        assert close(row["reference_lower"], values.mean() - 3 * values.std())
        assert close(row["reference_upper"], values.mean() + 3 * values.std())


# Ranking ------------------------------------------------------------------------------------------


def ranking(frame: pd.DataFrame, k: int) -> dict[str, tuple]:
    frame = frame.assign(relevance=frame["relevance"].fillna(0))
    shown = frame[frame["position"].notna()]
    found: dict[str, list[float]] = {}
    for _, one in frame.groupby("request_id"):
        relevant = one[one["relevance"] > 0]
        top = one[(one["position"] <= k).fillna(False).astype(bool)]
        if one["position"].notna().any():
            found.setdefault(f"precision_at_{k}", []).append((top["relevance"] > 0).sum() / k)
        if relevant.empty:
            continue
        hits = (top["relevance"] > 0).sum()
        # what was not shown stands behind everything, at no rank
        rank = one["position"].astype(float).fillna(np.inf).to_numpy()
        wanted = one["relevance"].to_numpy()
        gain = (wanted / np.log2(rank + 1))[rank <= k].sum()
        best = np.sort(wanted)[::-1][:k]
        best_gain = (best / np.log2(np.arange(len(best)) + 2)).sum()
        ranks = np.sort(rank[(wanted > 0) & np.isfinite(rank)])
        found.setdefault(f"hit_rate_at_{k}", []).append(float(hits > 0))
        found.setdefault(f"recall_at_{k}", []).append(hits / len(relevant))
        found.setdefault(f"ndcg_at_{k}", []).append(gain / best_gain)
        precision = (np.arange(1, len(ranks) + 1) / ranks).sum() / len(relevant)
        found.setdefault("mean_average_precision", []).append(precision)
        found.setdefault("mean_reciprocal_rank", []).append(1 / ranks[0] if len(ranks) else 0.0)
        if len(ranks) == len(relevant) and np.isfinite(rank).all() and len(one) > 1:
            assert close(found[f"ndcg_at_{k}"][-1], sk.ndcg_score([wanted], [-rank], k=k))
            if len(ranks) < len(one) and (np.sort(rank) == np.arange(len(one)) + 1).all():
                assert close(precision, sk.average_precision_score(wanted > 0, -rank))
    names = ["hit_rate_at_{k}", "recall_at_{k}", "ndcg_at_{k}"]
    names = [name.format(k=k) for name in names]
    if shown.empty:
        every = [f"precision_at_{k}", *names, "mean_average_precision", "mean_reciprocal_rank"]
        return dict.fromkeys([*every, "coverage", "novelty"], (None, "no_predictions"))
    expected = {name: (float(np.mean(values)), None) for name, values in found.items()}
    for name in [*names, "mean_average_precision", "mean_reciprocal_rank"]:
        expected.setdefault(name, (None, "one_class_only"))
    top = shown[shown["position"] <= k]
    popularity = top["item_popularity"].dropna()
    catalogue = frame["catalogue_count"].max()
    expected["coverage"] = expected["novelty"] = None, "no_reference"
    if not math.isnan(catalogue):
        expected["coverage"] = top["item_id"].nunique() / catalogue, None
        expected["novelty"] = float(-np.log2(popularity).mean()), None
    return expected


def test_ranking_equals_scikit_learn_and_sums_over_lists(results: Results) -> None:
    actual = results.measures("ranked")
    for case, frame in results.arguments["lists"].groupby("case_id"):
        assert_measures(actual, case, ranking(frame, 5))
    gain = (1 + 1 / 2) / (1 + 1 / math.log2(3))
    for name, value in {
        "precision_at_5": 2 / 5,
        "recall_at_5": 1,
        "ndcg_at_5": gain,
        "mean_average_precision": (1 + 2 / 3) / 2,
        "mean_reciprocal_rank": 1,
    }.items():
        assert close(actual["example", name][0], value), name


# Off-policy ---------------------------------------------------------------------------------------


def test_off_policy_estimates(results: Results) -> None:
    rows = results.rows("off_policies").set_index(["case_id", "estimator"])
    z = stats.norm.isf(ALPHA / 2)
    for case, frame in results.arguments["impressions"].groupby("case_id"):
        if not case.startswith("random"):
            continue
        r = frame["reward"].to_numpy()
        raw = (frame["target_propensity"] / frame["propensity"]).to_numpy()
        clip = frame["clip_at"].iloc[0]
        w = np.minimum(raw, clip)
        n = len(r)
        snips = (w * r).sum() / w.sum()
        robust = frame["target_reward_mean"] + w * (r - frame["logged_reward_mean"])
        expected = {
            "ips": ((w * r).mean(), stats.sem(w * r)),
            "snips": (snips, math.sqrt((w**2 * (r - snips) ** 2).sum()) / w.sum()),
            "dr": (robust.mean(), stats.sem(robust)),
        }
        for name, (value, error) in expected.items():
            row = rows.loc[case, name]
            assert pd.isna(row["reason"]), (case, name)
            assert close(row["value"], value), (case, name)
            assert close(row["standard_error"], error), (case, name)
            assert close(row["value_ci_lower"], value - z * error), (case, name)
            assert close(row["value_ci_upper"], value + z * error), (case, name)
            assert close(row["effective_sample_size"], w.sum() ** 2 / (w**2).sum())
            assert close(row["mean_weight"], w.mean())
            assert close(row["largest_weight"], raw.max())
            assert close(row["clipped_share"], (raw > clip).mean())
            assert (row["impression_count"], row["refused_count"]) == (n, 0)
            assert row["clip_at"] == clip


def test_off_policy_estimates_are_refused_with_a_reason(results: Results) -> None:
    rows = results.rows("off_policies").set_index(["case_id", "estimator"])
    reasons = {
        "no propensity": ("propensity_missing",) * 3,
        "propensity of 0": ("propensity_missing",) * 3,
        "propensity above 1": ("propensity_missing",) * 3,
        "no overlap": ("no_overlap", "no_overlap", None),
        "no reward": ("no_predictions",) * 3,
        "one reward": (None, "zero_variance", None),
        "one impression": ("too_few",) * 3,
        "no reward means": (None, None, "no_reference"),
    }
    for case, expected in reasons.items():
        for estimator, reason in zip(("ips", "snips", "dr"), expected, strict=True):
            row = rows.loc[case, estimator]
            assert (None if pd.isna(row["reason"]) else row["reason"]) == reason, (case, estimator)
            assert math.isnan(row["standard_error"]) == (reason is not None), (case, estimator)
            if reason not in (None, "too_few", "zero_variance"):
                assert math.isnan(row["value"]), (case, estimator)
        refused = rows.loc[case, "ips"]["refused_count"]
        assert refused == ("propensity" in case), case
