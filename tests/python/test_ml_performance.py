"""Performance, calibration and drift of the demo's models, recomputed from the raw CSV files.

Rows are cleaned in pandas by the written rules; measures are scikit-learn's, scipy's and numpy's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, Build
from raw_rows import RawProduct, is_late, is_unreadable, number, text, timestamp
from scipy import stats
from sklearn.isotonic import IsotonicRegression
from test_ml_measures import (
    classification,
    delong,
    drift,
    expected_calibration_error,
    top_positives,
)

from groundwork.generator.specification import load_source

TRUTHS: dict[str, dict[str, Any]] = dict(load_source("ml").truths)
MODELS = {name: truth for name, truth in TRUTHS.items() if "versions" in truth}
RELATIVE = 1e-9
BINS = 100
KEYS = ["model_id", "version_id", "chunk_start"]
SEGMENT_KEYS = [*KEYS, "segment_name", "segment_value"]
CLASSIFICATION = [
    *("roc_auc", "log_loss", "brier_score", "expected_calibration_error"),
    *("precision", "recall", "lift"),
]
RENAMED = {"brier": "brier_score", "calibration_error": "expected_calibration_error"}


@dataclass(frozen=True)
class Version:
    """How a version is measured, from the registration that was planted."""

    model_id: str
    version_id: str
    task: str
    label_window: pd.Timedelta
    threshold: float
    psi_threshold: float
    reference: tuple[pd.Timestamp, pd.Timestamp] | None

    def reference_of(self, predictions: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
        """The window that was registered, else the first 28 days."""
        if self.reference:
            return self.reference
        first = predictions.predicted_at.min().normalize()
        return first, first + pd.Timedelta(days=28)


def versions() -> dict[tuple[str, str], Version]:
    """The versions that predict; ranked lists have measures of their own."""
    found = {}
    for model_id, model in MODELS.items():
        for version in model["versions"]:
            if model["task"] == "ranking":
                continue
            bounds = [version.get(f"reference_{end}_at") for end in ("started", "ended")]
            found[model_id, version["version_id"]] = Version(
                model_id,
                version["version_id"],
                model["task"],
                pd.Timedelta(days=model["label_window_days"]),
                model.get("decision_threshold", 0.5),
                model.get("psi_threshold", 0.2),
                tuple(map(pd.Timestamp, bounds)) if all(bounds) else None,
            )
    return found


class RawModels:
    """Accepted predictions with their labels and features, and the end of the data."""

    def read(self, table: str) -> pd.DataFrame:
        path = ROOT / "seeds" / "ml" / f"raw_ml__{table}.csv"
        rows = text(pd.read_csv(path, dtype=str, keep_default_na=False))
        return rows.assign(loaded_at=timestamp(rows.loaded_at))

    def latest(self, rows: pd.DataFrame, *key: str) -> pd.DataFrame:
        return rows.sort_values("loaded_at").drop_duplicates(list(key), keep="last")

    @cached_property
    def as_of(self) -> pd.Timestamp:
        orders = RawProduct(ROOT / "seeds" / "product").orders
        return orders.loaded_at.max().normalize()

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        raw = self.read("outcomes")
        rows = raw.assign(outcome=number(raw.outcome_value), occurred_at=timestamp(raw.occurred_at))
        has_all = rows[["prediction_id", "outcome", "occurred_at", "loaded_at"]].notna().all(axis=1)
        return self.latest(
            rows[has_all & ~is_late(rows.occurred_at, rows.loaded_at)], "prediction_id"
        )

    @cached_property
    def predictions(self) -> pd.DataFrame:
        raw = self.read("predictions")
        rows = raw.assign(score=number(raw.score), predicted_at=timestamp(raw.predicted_at))
        required = ["prediction_id", "model_id", "version_id", "entity_id", "score", "predicted_at"]
        has_all = rows[[*required, "loaded_at"]].notna().all(axis=1)
        rows = self.latest(
            rows[has_all & ~is_late(rows.predicted_at, rows.loaded_at)], "prediction_id"
        )
        rows = rows[rows.predicted_at < self.as_of]
        known = versions()
        rows = rows[[key in known for key in zip(rows.model_id, rows.version_id, strict=True)]]
        outcomes = self.outcomes[self.outcomes.occurred_at < self.as_of]
        window = rows.model_id.map({name: known_window(name) for name in MODELS})
        is_mature = rows.predicted_at + window <= self.as_of
        day = rows.predicted_at.dt.normalize()
        label = rows.prediction_id.map(outcomes.set_index("prediction_id").outcome)
        return rows.assign(
            is_mature=is_mature,
            outcome=label.where(is_mature),
            chunk_start=day - pd.to_timedelta(day.dt.day_of_week, unit="D"),
        )

    @cached_property
    def features(self) -> pd.DataFrame:
        raw = self.read("prediction_features")
        rows = raw.assign(number=number(raw.numeric_value), text=raw.text_value)
        is_accepted = rows[["prediction_id", "feature_name", "loaded_at"]].notna().all(axis=1)
        is_accepted &= ~is_unreadable(raw.numeric_value, rows.number)
        return self.latest(rows[is_accepted], "prediction_id", "feature_name")

    def of_version(self, version: Version) -> pd.DataFrame:
        """Its predictions with threshold, top share, period and calibrated probability."""
        is_mine = self.predictions.model_id == version.model_id
        is_mine &= self.predictions.version_id == version.version_id
        rows = self.predictions[is_mine]
        start, end = version.reference_of(rows)
        rows = rows.assign(
            threshold=version.threshold,
            top_share=0.1,
            is_reference=(rows.predicted_at >= start) & (rows.predicted_at < end),
            probability=np.nan,
        )
        if version.task == "binary_classification":
            rows["probability"] = calibrated(rows[rows.is_reference], rows.score)
        return rows


def known_window(model_id: str) -> pd.Timedelta:
    return pd.Timedelta(days=MODELS[model_id]["label_window_days"])


def calibrated(reference: pd.DataFrame, scores: pd.Series) -> np.ndarray:
    """An isotonic fit over 100 bins of reference scores, equal ones in one bin, linear between."""
    known = reference[reference.outcome.notna()]
    middle = (known.score.rank(method="average") - 0.5).to_numpy()
    place = np.minimum(np.floor(BINS * middle / len(known)), BINS - 1)
    bins = known.groupby(place).agg(
        score=("score", "mean"), outcome=("outcome", "mean"), count=("score", "size")
    )
    model = IsotonicRegression(out_of_bounds="clip")
    return model.fit(bins.score, bins.outcome, sample_weight=bins["count"]).predict(scores)


def plain_measures(
    score: np.ndarray, positive: np.ndarray, threshold: float
) -> dict[str, tuple[float | None, str | None]]:
    """Measures by sums; `positive` is 0 or 1, or the probability of 1, which gives expectations."""
    negative = 1 - positive
    values, group = np.unique(score, return_inverse=True)
    positives, negatives = (
        np.bincount(group, column, len(values)) for column in (positive, negative)
    )
    below = np.cumsum(negatives) - negatives
    pairs = positives.sum() * negatives.sum()
    one_class = (None, "one_class_only")
    near_one = 1 - 2.220446049250313e-16
    loss = -positive * np.log(np.clip(score, 1 - near_one, near_one))
    loss -= negative * np.log(np.clip(1 - score, 1 - near_one, near_one))
    decided = score >= threshold
    count = max(math.ceil(0.1 * len(score) - 1e-9), 1)
    return {
        "roc_auc": ((positives * (below + negatives / 2)).sum() / pairs, None)
        if pairs
        else one_class,
        "log_loss": (loss.mean(), None),
        "brier_score": (
            (positive * (1 - score) ** 2 + negative * score**2).mean(),
            None,
        ),
        "expected_calibration_error": (expected_calibration_error(score, positive), None),
        "precision": (positive[decided].mean(), None)
        if decided.any()
        else (None, "no_predicted_positives"),
        "recall": (positive[decided].sum() / positive.sum(), None) if positive.any() else one_class,
        "lift": (top_positives(score, positive, count) / count / positive.mean(), None)
        if positive.any()
        else one_class,
    }


def realised(version: Version, segment_name: str, frame: pd.DataFrame) -> dict[str, tuple]:
    """Measures on labels: of totals scikit-learn's, of segments plain sums."""
    known = frame[frame.outcome.notna()]
    if known.empty:
        reason = "no_labels" if frame.is_mature.any() else "not_matured"
        names = ["rmse", "mae"] if version.task == "regression" else CLASSIFICATION
        return dict.fromkeys(names, (None, reason))
    if version.task == "regression":
        error = known.score - known.outcome
        return {"rmse": (np.sqrt((error**2).mean()), None), "mae": (error.abs().mean(), None)}
    if segment_name == "total":
        found = {RENAMED.get(name, name): value for name, value in classification(frame).items()}
        return {name: found[name] for name in CLASSIFICATION}
    return plain_measures(known.score.to_numpy(), known.outcome.to_numpy(), version.threshold)


def estimated(version: Version, frame: pd.DataFrame) -> dict[str, tuple]:
    """What the calibrated probabilities let expect of the same measures."""
    if version.task == "regression":
        return {}
    found = plain_measures(frame.score.to_numpy(), frame.probability.to_numpy(), version.threshold)
    return found | {"expected_calibration_error": (None, "not_estimated")}


def band(values: list[float]) -> tuple[float, float, float] | None:
    """Mean and three standard deviations on either side; none of one value."""
    if len(values) < 2:
        return None
    mean, deviation = np.mean(values), np.std(values)
    return mean, mean - 3 * deviation, mean + 3 * deviation


def segments(frame: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    parts = {("segment", value): part for value, part in frame.groupby("segment")}
    return {("total", "total"): frame, **parts}


def is_outside(value: float | None, limits: tuple | None) -> bool | None:
    if value is None or limits is None:
        return None
    return bool(value < limits[1] - 1e-12 or value > limits[2] + 1e-12)


def performance_rows(raw: RawModels) -> dict[tuple, dict[str, Any]]:
    """Every row of ml_performance, by key."""
    rows = {}
    for version in versions().values():
        predictions = raw.of_version(version)
        for segment, part in segments(predictions).items():
            for chunk_start, frame in part.groupby("chunk_start"):
                first = realised(version, segment[0], frame)
                second = estimated(version, frame)
                for metric, (value, reason) in first.items():
                    key = version.model_id, version.version_id, chunk_start, *segment, metric
                    rows[key] = {
                        "realised_value": value,
                        "reason": reason,
                        "estimated_value": second.get(metric, (None, None))[0],
                        "prediction_count": len(frame),
                        "mature_count": int(frame.is_mature.sum()),
                        "unlabelled_count": int((frame.is_mature & frame.outcome.isna()).sum()),
                        "positive_count": int((frame.outcome == 1).sum())
                        if version.task == "binary_classification"
                        else None,
                        "is_reference": bool(frame.is_reference.all()),
                        "is_complete_chunk": bool(chunk_start + pd.Timedelta(days=7) <= raw.as_of),
                    }
    series: dict[tuple, list[dict]] = {}
    for (model, version_id, _, *rest), row in rows.items():
        series.setdefault((model, version_id, *rest), []).append(row)
    for members in series.values():
        add_bands(members)
    return rows


def add_bands(members: list[dict[str, Any]]) -> None:
    """Bands of one series of chunks, and who is outside."""
    reference = [row for row in members if row["is_reference"] and row["is_complete_chunk"]]
    labelled = [row for row in reference if row["mature_count"] == row["prediction_count"]]
    limits = {
        "realised": band(
            [r["realised_value"] for r in labelled if r["realised_value"] is not None]
        ),
        "estimated": band(
            [r["estimated_value"] for r in reference if r["estimated_value"] is not None]
        ),
    }
    for row in members:
        for kind, prefix in (("realised", ""), ("estimated", "estimated_")):
            names = [f"{prefix}{name}" for name in ("reference_mean", "band_lower", "band_upper")]
            row.update(zip(names, limits[kind] or (None, None, None), strict=True))
        is_whole = row["mature_count"] == row["prediction_count"]
        row["is_realised_alarm"] = row["is_estimated_alarm"] = None
        if row["is_complete_chunk"]:
            row["is_estimated_alarm"] = is_outside(row["estimated_value"], limits["estimated"])
            if is_whole:
                row["is_realised_alarm"] = is_outside(row["realised_value"], limits["realised"])


def table(demo: Build, name: str, *keys: str) -> dict[tuple, dict[str, Any]]:
    """The rows of a table by key, missing values as None."""
    with demo.connect() as connection:
        frame = connection.execute(f"select * from ml.{name}").df()
    frame = frame.astype(object).where(frame.notna(), None)
    return {tuple(row[key] for key in keys): row for row in frame.to_dict("records")}


def near(value: float) -> Any:
    return pytest.approx(value, rel=RELATIVE, abs=RELATIVE)


def is_same(actual: Any, expected: Any) -> bool:
    if actual is None or not isinstance(expected, (float, np.floating)):
        return actual == expected
    return math.isclose(actual, expected, rel_tol=RELATIVE, abs_tol=RELATIVE)


def differences(actual: dict[tuple, dict], expected: dict[tuple, dict]) -> list[tuple]:
    """What differs, by key and column; both have the same keys."""
    assert actual.keys() == expected.keys()
    return [
        (key, column, actual[key][column], value)
        for key, row in expected.items()
        for column, value in row.items()
        if not is_same(actual[key][column], value)
    ]


@pytest.fixture(scope="module")
def raw() -> RawModels:
    return RawModels()


def test_every_row_of_performance_is_that_of_the_raw_files(raw: RawModels, demo: Build) -> None:
    expected = performance_rows(raw)
    assert len(expected) > 1500
    actual = table(demo, "ml_performance", *SEGMENT_KEYS, "metric_name")
    assert differences(actual, expected) == []


def test_every_row_of_calibration_is_that_of_the_raw_files(raw: RawModels, demo: Build) -> None:
    expected = {}
    for version in versions().values():
        rows = raw.of_version(version)
        if version.task != "binary_classification":
            continue
        rows = rows[rows.outcome.notna()]
        place = np.searchsorted([step / 10 for step in range(1, 10)], rows.score, side="left") + 1
        period = np.where(rows.is_reference, "reference", "analysis")
        for (name, bin_number), part in rows.groupby([period, place]):
            expected[version.model_id, version.version_id, name, bin_number] = {
                "prediction_count": len(part),
                "positive_count": int(part.outcome.sum()),
                "mean_score": part.score.mean(),
                "positive_share": part.outcome.mean(),
            }
    assert len(expected) > 50
    actual = table(demo, "ml_calibration", "model_id", "version_id", "period", "bin_number")
    assert differences(actual, expected) == []


def bounds(
    version: Version, reference: pd.DataFrame, chunk: pd.DataFrame
) -> dict[str, tuple[float, float]]:
    """By measure, the threshold that is wanted, and what chance passes once in a thousand."""
    variance = 1 / len(chunk) + 1 / len(reference)
    numbers = reference.number.dropna()
    edges = np.unique(np.percentile(numbers, range(10, 100, 10))) if len(numbers) else np.array([])
    edges += 1e-12 * abs(edges)
    is_missing = reference.number.isna() & reference.text.isna()
    cells = len(np.unique(np.searchsorted(edges, numbers, side="left")))
    cells += reference.text[reference.number.isna()].nunique() + is_missing.any()
    freedom = max(cells - 1, 1)
    cube = 1 - 2 / (9 * freedom) + 3.0902 * np.sqrt(2 / (9 * freedom))
    psi = freedom * cube**3 * variance
    share = is_missing.mean()
    possible = (is_missing.sum() + 1) / (len(reference) + 2)
    by_chance = 3.0902 * np.sqrt(possible * (1 - possible) * variance)
    return {
        "psi": (version.psi_threshold, psi),
        "jensen_shannon": tuple(np.sqrt(np.array([version.psi_threshold, psi]) / 8 / np.log(2))),
        "ks": (0.2, 1.9495 * np.sqrt(variance)),
        "share_out_of_range": (0.05, 0.0),
        "share_missing": (share + 0.05, share + by_chance),
    }


def drift_rows(
    raw: RawModels, version: Version, values: pd.DataFrame, *name: str
) -> dict[tuple, dict[str, Any]]:
    """The rows of one feature or of the scores; `values` has number, text and the chunk."""
    rows = {}
    reference = values[values.is_reference]
    for chunk_start, chunk in values.groupby("chunk_start"):
        limits = bounds(version, reference, chunk)
        for measure, (value, reason) in drift(reference, chunk).items():
            wanted, by_chance = limits[measure]
            is_few = measure in ("psi", "jensen_shannon") and len(chunk) < 50
            if reason is None and (is_few or (value > wanted and value <= by_chance)):
                reason = "too_few"
            is_complete = chunk_start + pd.Timedelta(days=7) <= raw.as_of
            threshold = max(wanted, by_chance)
            rows[version.model_id, version.version_id, chunk_start, *name, measure] = {
                "value": value,
                "reason": reason,
                "threshold": threshold,
                "reference_count": len(reference),
                "chunk_count": len(chunk),
                "is_drifted": bool(value > threshold)
                if value is not None and is_complete and not is_few
                else None,
            }
    return rows


def assert_drift(actual: dict[tuple, dict], expected: dict[tuple, dict]) -> None:
    for key, row in expected.items():
        if key[-1] == "ks" and row["value"] is not None:
            # counted at the edges of 10,000 bins: off by what shares one of them
            found = actual[key]["value"]
            tolerance = 2 / min(row["chunk_count"], row["reference_count"])
            assert found == pytest.approx(row["value"], abs=tolerance), key
            if abs(row["value"] - row["threshold"]) < tolerance:
                row.update({name: actual[key][name] for name in ("is_drifted", "reason")})
            row["value"] = found
    assert differences(actual, expected) == []


def test_every_row_of_prediction_drift_is_that_of_the_raw_files(
    raw: RawModels, demo: Build
) -> None:
    expected = {}
    for version in versions().values():
        rows = raw.of_version(version)
        expected |= drift_rows(raw, version, rows.assign(number=rows.score, text=None))
    assert len(expected) > 400
    actual = table(demo, "ml_prediction_drift", *KEYS, "measure")
    assert_drift(actual, expected)


def test_every_row_of_feature_drift_is_that_of_the_raw_files(raw: RawModels, demo: Build) -> None:
    expected = {}
    for version in versions().values():
        rows = raw.of_version(version)
        features = raw.features[["prediction_id", "feature_name", "number", "text"]]
        logged = features[features.prediction_id.isin(rows.prediction_id)]
        rows = rows[rows.prediction_id.isin(logged.prediction_id)]
        for name, values in logged.groupby("feature_name"):
            values = rows.merge(values, on="prediction_id", how="left")
            expected |= drift_rows(raw, version, values, str(name))
    assert len(expected) > 600
    actual = table(demo, "ml_feature_drift", *KEYS, "feature_name", "measure")
    assert_drift(actual, expected)


def assert_compared(row: dict[str, Any], effect: float, error: float, distribution: Any) -> None:
    lower, upper = (effect + error * distribution.ppf(tail) for tail in (0.025, 0.975))
    assert row["effect"] == near(effect) and row["standard_error"] == near(error)
    assert row["effect_ci_lower"] == near(lower) and row["effect_ci_upper"] == near(upper)
    assert row["p_value"] == near(2 * distribution.sf(abs(effect / error)))


def test_comparisons_are_delongs_and_paired_ts(raw: RawModels, demo: Build) -> None:
    actual = table(demo, "ml_comparisons", "model_id", "version_id", "metric_name")
    assert {key[:2] for key in actual} == {("churn", "v2"), ("refund_risk", "rules")}
    for model_id, version_id, champion in (("churn", "v2", "v3"), ("refund_risk", "rules", "v1")):
        first, second = (
            raw.of_version(versions()[model_id, name])
            .assign(day=lambda rows: rows.predicted_at.dt.normalize())
            .set_index(["entity_id", "day"])[["score", "outcome"]]
            for name in (champion, version_id)
        )
        pairs = first.join(second, how="inner", suffixes=("_first", "_second"))
        label = pairs.outcome_first.fillna(pairs.outcome_second)
        other = pairs.outcome_second.fillna(pairs.outcome_first)
        pairs, label = (
            pairs[label.notna() & (label == other)],
            label[label.notna() & (label == other)],
        )
        one, two, truth = (
            column.to_numpy() for column in (pairs.score_first, pairs.score_second, label)
        )
        auc_one, auc_two, effect, error = delong(one, two, truth)
        row = actual[model_id, version_id, "roc_auc"]
        assert row["prediction_count"] == len(pairs)
        assert row["champion_value"] == near(auc_one) and row["version_value"] == near(auc_two)
        assert_compared(row, effect, error, stats.norm())
        probabilities = np.clip([one, two], np.finfo(float).eps, 1 - np.finfo(float).eps)
        for name, (loss_one, loss_two) in {
            "brier_score": (np.array([one, two]) - truth) ** 2,
            "log_loss": -np.log(np.where(truth == 1, probabilities, 1 - probabilities)),
        }.items():
            losses = pd.DataFrame({"d": loss_two - loss_one, "n": 1})
            sums = losses.groupby(pairs.index.get_level_values("entity_id")).sum()
            ratio = sums.d.sum() / sums.n.sum()
            error = np.sqrt(np.var(sums.d - ratio * sums.n, ddof=1) / len(sums)) / sums.n.mean()
            row = actual[model_id, version_id, name]
            assert row["champion_value"] == near(loss_one.mean())
            assert row["version_value"] == near(loss_two.mean())
            assert_compared(row, ratio, error, stats.t(len(sums) - 1))
            assert row["entity_count"] == len(sums)


# What was planted ---------------------------------------------------------------------------------


def triggers(demo: Build, model_id: str, version_id: str) -> dict[str, dict[str, Any]]:
    rows = table(demo, "ml_rebuild_triggers", "model_id", "version_id", "trigger_name")
    return {key[2]: row for key, row in rows.items() if key[:2] == (model_id, version_id)}


def monday(day: str | pd.Timestamp) -> pd.Timestamp:
    day = pd.Timestamp(day)
    return day - pd.Timedelta(days=day.weekday())


def test_concept_drift_is_realised_and_the_estimate_is_silent(demo: Build) -> None:
    truth = TRUTHS["concept_drift"]
    rows = table(demo, "ml_performance", *SEGMENT_KEYS, "metric_name").values()
    auc = [
        row
        for row in rows
        if (row["model_id"], row["version_id"]) == (truth["model_id"], truth["version_id"])
        and row["segment_name"] == "total"
        and row["metric_name"] == "roc_auc"
    ]
    drifts_on = pd.Timestamp(truth["drifts_on"])
    judged = {row["chunk_start"]: row["is_realised_alarm"] for row in auc if row["reason"] is None}
    # scored on Mondays
    assert {start for start, is_alarm in judged.items() if is_alarm} == {
        start for start in judged if start >= drifts_on
    }
    assert sum(judged.values()) >= 8
    assert not any(row["is_estimated_alarm"] for row in auc)

    found = triggers(demo, truth["model_id"], truth["version_id"])
    decay = found["realised_decay"]
    assert decay["is_triggered"] and decay["since_date"] == monday(drifts_on + pd.Timedelta(days=6))
    assert decay["consecutive_chunk_count"] == sum(judged.values())
    assert decay["distance"] > 1
    assert "the estimate is silent" in decay["explanation"]
    assert "concept drift" in decay["explanation"]
    assert not found["estimated_decay"]["is_triggered"]
    assert "cannot see concept drift" in found["estimated_decay"]["explanation"]
    assert not found["feature_drift"]["is_triggered"]
    assert not found["prediction_drift"]["is_triggered"]


def test_feature_drift_is_found_on_its_feature_from_its_week_on_without_decay(demo: Build) -> None:
    truth = TRUTHS["feature_drift"]
    found = triggers(demo, truth["model_id"], truth["version_id"])
    drifted = found["feature_drift"]
    assert drifted["is_triggered"] and drifted["subject"] == truth["feature_name"]
    assert drifted["since_date"] == monday(truth["drifts_on"])
    assert "performance has not decayed" in drifted["explanation"]
    for name in ("realised_decay", "estimated_decay", "prediction_drift"):
        assert not found[name]["is_triggered"], name
    rows = table(demo, "ml_feature_drift", *KEYS, "feature_name", "measure")
    for measure in ("psi", "jensen_shannon", "ks"):
        chunks = {
            key[2]
            for key, row in rows.items()
            if row["is_drifted"] and key[3:] == (truth["feature_name"], measure)
        }
        whole = {
            key[2]
            for key, row in rows.items()
            if key[3:] == (truth["feature_name"], measure)
            and key[2] >= pd.Timestamp(truth["drifts_on"])
            and row["is_complete_chunk"]
        }
        assert whole <= chunks, measure
    assert {key[3] for key, row in rows.items() if row["is_drifted"] and key[4] == "ks"} == {
        truth["feature_name"]
    }


def test_missing_values_and_an_outlier_show_and_move_nothing_else(demo: Build) -> None:
    rows = table(demo, "ml_feature_drift", *KEYS, "feature_name", "measure")
    burst = TRUTHS["missing_burst"]
    missing = {
        key[2:4] for key, row in rows.items() if key[4] == "share_missing" and row["is_drifted"]
    }
    weeks = pd.date_range(monday(burst["first_day"]), pd.Timestamp(burst["last_day"]), freq="7D")
    assert missing == {(week, burst["feature_name"]) for week in weeks}

    outlier = TRUTHS["feature_outlier"]
    key = (
        outlier["model_id"],
        outlier["version_id"],
        monday(outlier["day"]),
        outlier["feature_name"],
    )
    assert rows[*key, "share_out_of_range"]["value"] > 0
    # on the deciles of the reference, one value is one value
    assert not rows[*key, "psi"]["is_drifted"]


def test_age_is_counted_in_days_of_the_registered_model(demo: Build) -> None:
    age = triggers(demo, "price_estimate", "v1")["age"]
    assert age["is_triggered"] and age["value"] == 365 and age["threshold"] == 180
    assert age["since_date"] == pd.Timestamp("2025-12-29")
