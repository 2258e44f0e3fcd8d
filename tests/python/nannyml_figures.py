"""NannyML's expected performance of scores with calibrated probabilities, written to a file.

Run by hand, in an environment of its own, because NannyML's requirements are not the project's:

    python3 -m venv /tmp/nannyml && /tmp/nannyml/bin/pip install nannyml statsmodels
    NML_DISABLE_USAGE_LOGGING=1 /tmp/nannyml/bin/python tests/python/nannyml_figures.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from nannyml.performance_estimation.confidence_based import metrics as nannyml

FILE = Path(__file__).with_suffix(".json")
PACKAGES = ["nannyml", "numpy", "pandas", "scikit-learn", "statsmodels"]
THRESHOLDS = [0.5, 0.3, 0.9]
SIZE = 120


def figures(seed: int, threshold: float) -> dict:
    """One case: distinct scores, calibrated probabilities that are not in their order."""
    rng = np.random.default_rng(seed)
    score = rng.permutation(10**6)[:SIZE] / 10**6
    probability = np.round(np.clip(score**2 + rng.normal(0, 0.1, SIZE), 0, 1), 6)
    predicted = (score >= threshold).astype(int)
    return {
        "threshold": threshold,
        "score": score.tolist(),
        "probability": probability.tolist(),
        "roc_auc": float(nannyml.estimate_roc_auc(probability, score)),
        **{
            name: float(getattr(nannyml, f"estimate_{name}")(predicted, probability))
            for name in ("f1", "precision", "recall", "specificity", "accuracy")
        },
    }


if __name__ == "__main__":
    found = {
        "versions": {package: version(package) for package in PACKAGES},
        "cases": [figures(seed, threshold) for seed, threshold in enumerate(THRESHOLDS)],
    }
    FILE.write_text(json.dumps(found) + "\n")
