"""The measures of ml.py with pandas, scikit-learn and scipy: `python FILE FOLDER long|wide`.

long: predictions, outcomes and one row per prediction and feature, as the raw contract has them;
wide: one row per prediction. Writes pandas.json: each measure by day and name.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss, precision_score, recall_score, roc_auc_score

REFERENCE_UNTIL = pd.Timestamp("2026-02-01")
THRESHOLD = 0.5
FLOOR = 1e-4


def read_long(folder: Path) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Read predictions with outcomes, and the values of each feature with day."""
    predictions = pd.read_parquet(folder / "predictions.parquet")
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    rows = predictions.merge(outcomes, on="prediction_id", how="left")
    rows["day"] = rows.predicted_at.dt.floor("D")
    features = pd.read_parquet(folder / "prediction_features.parquet")
    features = features.merge(rows[["prediction_id", "day"]], on="prediction_id")
    values = {}
    for name, part in features.groupby("feature_name"):
        text = part.text_value.notna().any()
        values[name] = pd.DataFrame(
            {"day": part.day, "value": part.text_value if text else part.numeric_value}
        )
    return rows.rename(columns={"outcome_value": "outcome"}), values


def read_wide(folder: Path) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Read the same from one row per prediction."""
    rows = pd.read_parquet(folder / "wide.parquet")
    rows["day"] = rows.predicted_at.dt.floor("D")
    names = set(rows) - {"prediction_id", "predicted_at", "day", "score", "outcome"}
    return rows, {
        name: pd.DataFrame({"day": rows.day, "value": rows[name]}) for name in sorted(names)
    }


def realised(score: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    """Measure a day's predictions against their outcomes."""
    predicted = score >= THRESHOLD
    ranked = np.sort(score)[::-1]
    top = int(np.ceil(len(score) * 0.1 - 1e-9))
    bins = np.maximum(np.ceil(score * 10), 1).astype(int)
    gaps = np.abs(np.bincount(bins, outcome - score))
    return {
        "roc_auc": roc_auc_score(outcome, score),
        "log_loss": log_loss(outcome, score),
        "brier_score": brier_score_loss(outcome, score),
        "expected_calibration_error": gaps.sum() / len(score),
        "precision": precision_score(outcome, predicted, zero_division=np.nan),
        "recall": recall_score(outcome, predicted),
        "lift": outcome[score >= ranked[top - 1]].mean() / outcome.mean(),
    }


def estimated(score: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Estimate the same before outcomes are known, each one a share of positive."""
    order = np.argsort(score)
    positive, negative = probability[order], 1 - probability[order]
    below = np.cumsum(negative) - negative
    predicted = score >= THRESHOLD
    top = int(np.ceil(len(score) * 0.1 - 1e-9))
    clipped = np.clip(score, 1e-15, 1 - 1e-15)
    return {
        "roc_auc": (positive * (below + negative / 2)).sum() / positive.sum() / negative.sum(),
        "log_loss": -(
            probability * np.log(clipped) + (1 - probability) * np.log1p(-clipped)
        ).mean(),
        "brier_score": (probability * (1 - score) ** 2 + (1 - probability) * score**2).mean(),
        "precision": probability[predicted].mean(),
        "recall": probability[predicted].sum() / probability.sum(),
        "lift": positive[-top:].mean() / probability.mean(),
    }


def distances(count: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """PSI and Jensen-Shannon distance of two histograms."""
    share = np.maximum(count / count.sum(), FLOOR)
    reference_share = np.maximum(reference / reference.sum(), FLOOR)
    return {
        "psi": ((share - reference_share) * np.log(share / reference_share)).sum(),
        "jensen_shannon": float(jensenshannon(share, reference_share, base=2)),
    }


def drift_of_numbers(value: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """Compare a day's numbers with those of the reference, in its tenths."""
    known, known_reference = value[~np.isnan(value)], reference[~np.isnan(reference)]
    deciles = np.unique(np.percentile(known_reference, np.arange(10, 100, 10)))
    # a value that is a decile but for the rounding of the interpolation is not above it
    edges = deciles + 1e-12 * np.abs(deciles)
    counts = [
        np.bincount(np.searchsorted(edges, part, side="left"), minlength=len(edges) + 1)
        for part in (known, known_reference)
    ]
    missing = [len(value) - len(known), len(reference) - len(known_reference)]
    whole = [np.append(count, lost) for count, lost in zip(counts, missing, strict=True)]
    seen = whole[0] + whole[1] > 0
    outside = (known < known_reference.min()) | (known > known_reference.max())
    return {
        **distances(whole[0][seen], whole[1][seen]),
        "ks": ks_2samp(known, known_reference).statistic,
        "share_out_of_range": outside.sum() / len(value),
        "share_missing": missing[0] / len(value),
    }


def drift_of_texts(value: pd.Series, reference: pd.Series) -> dict[str, float]:
    """Compare a day's categories with those of the reference; new ones count together."""
    known = reference.value_counts()
    counts = value.value_counts()
    new = counts[~counts.index.isin(known.index)].sum()
    count = np.append(counts.reindex(known.index, fill_value=0), [new, value.isna().sum()])
    whole = np.append(known, [0, reference.isna().sum()])
    seen = count + whole > 0
    return {
        **distances(count[seen], whole[seen]),
        "share_out_of_range": new / len(value),
        "share_missing": value.isna().mean(),
    }


def main(folder: Path, shape: str) -> None:
    """Measure every day and write the result."""
    rows, values = (read_long if shape == "long" else read_wide)(folder)
    measures: dict[str, float] = {}
    reference = rows[rows.day < REFERENCE_UNTIL]
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(reference.score, reference.outcome)
    for _, part in rows.groupby(rows.day < REFERENCE_UNTIL):
        calibration_curve(part.outcome, part.score, n_bins=10)
    for day, part in rows.groupby("day"):
        score, outcome = part.score.to_numpy(), part.outcome.to_numpy()
        for name, value in realised(score, outcome).items():
            measures[f"{day:%Y-%m-%d} {name}"] = value
        estimated(score, isotonic.predict(score))
    values["score"] = pd.DataFrame({"day": rows.day, "value": rows.score})
    for name, frame in values.items():
        numbers = pd.api.types.is_numeric_dtype(frame.value)
        before = frame.value[frame.day < REFERENCE_UNTIL]
        for day, part in frame.groupby("day"):
            found = (
                drift_of_numbers(part.value.to_numpy(), before.to_numpy())
                if numbers
                else drift_of_texts(part.value, before)
            )
            for measure, value in found.items():
                measures[f"{day:%Y-%m-%d} {name} {measure}"] = value
    text = json.dumps({name: float(value) for name, value in measures.items()})
    (folder / "pandas.json").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
