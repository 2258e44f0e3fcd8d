"""evidently's reports of classification and drift, one per day: `python FILE FOLDER DAYS`.

Of the days after the reference, each against the whole reference, from one row per prediction.
"""

import sys
from pathlib import Path

import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset, DataDriftPreset

REFERENCE_UNTIL = pd.Timestamp("2026-02-01")
NUMBERS = ["basket", "wealth", "tenure", "latency", "mood", "share", "score"]
TEXTS = ["country", "platform"]


def main(folder: Path, days: int) -> None:
    """Run the reports and print how many measures they have."""
    rows = pd.read_parquet(folder / "wide.parquet")
    rows["predicted"] = (rows.score >= 0.5).astype(int)
    day = rows.predicted_at.dt.floor("D")
    definition = DataDefinition(
        classification=[
            BinaryClassification(
                target="outcome", prediction_labels="predicted", prediction_probas="score"
            )
        ],
        numerical_columns=NUMBERS,
        categorical_columns=TEXTS,
    )
    reference = Dataset.from_pandas(rows[day < REFERENCE_UNTIL], data_definition=definition)
    count = 0
    for one in sorted(day[day >= REFERENCE_UNTIL].unique())[:days]:
        current = Dataset.from_pandas(rows[day == one], data_definition=definition)
        drift = DataDriftPreset(columns=[*NUMBERS, *TEXTS], num_method="psi", cat_method="psi")
        report = Report([ClassificationPreset(), drift])
        count += len(report.run(current, reference).dict()["metrics"])
    print(count)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
