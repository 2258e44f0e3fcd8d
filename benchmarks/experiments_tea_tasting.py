"""tea-tasting on each experiment's rows, which it sums up in DuckDB: `python FILE DATABASE MEMORY`.

Prints a JSON object: CPU seconds of the work without imports, and the effects.
"""

import json
import sys
import time

import ibis
import tea_tasting as tt

EXPERIMENT = tt.Experiment(
    conversion=tt.Mean("converted"),
    revenue=tt.Mean("revenue", "revenue_before"),
    order_value=tt.RatioOfMeans("revenue", "order_count", "revenue_before", "order_count_before"),
    sessions=tt.Mean("session_count", "session_count_before"),
    sample_ratio=tt.SampleRatio(),
)


def main(database: str, memory: str) -> None:
    """Analyse one experiment after the other."""
    started = time.process_time()
    connection = ibis.duckdb.connect(database, read_only=True, threads=2, memory_limit=memory)
    units = connection.table("units", database="benchmark").rename(variant="arm")
    numbers = units.experiment_id.topk(1000).execute().experiment_id
    effects = {}
    for number in sorted(numbers):
        rows = units.filter(units.experiment_id == number)
        result = EXPERIMENT.analyze(rows, control="control")
        for name, metric in result.items():
            if name != "sample_ratio":
                effects[f"{number} {name}"] = [metric.effect_size, metric.pvalue]
    print(json.dumps({"cpu": time.process_time() - started, "effects": effects}))


if __name__ == "__main__":
    main(*sys.argv[1:])
