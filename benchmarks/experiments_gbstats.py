"""gbstats on the warehouse's sums, in an environment of its own: `python FILE DATABASE MEMORY`.

One query takes the sums that GrowthBook asks a warehouse for; gbstats finishes them. It has no
adjustment of ratios by a covariate, so that metric is plain. Prints a JSON object: CPU seconds of
the work without imports, and the effects.
"""

import json
import sys
import time

import duckdb
from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
from gbstats.models.statistics import (
    ProportionStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
)
from gbstats.utils import check_srm

SUMS = """
select
    experiment_id,
    arm,
    count(*) as units,
    sum(coalesce(converted, 0)) as converted,
    sum(coalesce(revenue, 0)) as revenue,
    sum(power(coalesce(revenue, 0), 2)) as revenue_squares,
    sum(coalesce(revenue_before, 0)) as revenue_before,
    sum(power(coalesce(revenue_before, 0), 2)) as revenue_before_squares,
    sum(coalesce(revenue, 0) * coalesce(revenue_before, 0)) as revenue_products,
    sum(coalesce(order_count, 0)) as order_count,
    sum(power(coalesce(order_count, 0), 2)) as order_count_squares,
    sum(coalesce(revenue, 0) * coalesce(order_count, 0)) as ratio_products,
    sum(coalesce(session_count, 0)) as session_count,
    sum(power(coalesce(session_count, 0), 2)) as session_count_squares,
    sum(coalesce(session_count_before, 0)) as session_count_before,
    sum(power(coalesce(session_count_before, 0), 2)) as session_count_before_squares,
    sum(coalesce(session_count, 0) * coalesce(session_count_before, 0)) as session_count_products
from benchmark.units
group by experiment_id, arm
"""


def mean(row: dict, name: str) -> SampleMeanStatistic:
    """A sum per unit."""
    return SampleMeanStatistic(n=row["units"], sum=row[name], sum_squares=row[f"{name}_squares"])


def ratio(row: dict) -> RatioStatistic:
    """Revenue per order."""
    return RatioStatistic(
        n=row["units"],
        m_statistic=mean(row, "revenue"),
        d_statistic=mean(row, "order_count"),
        m_d_sum_of_products=row["ratio_products"],
    )


def adjusted(control: dict, treatment: dict, name: str) -> list[RegressionAdjustedStatistic]:
    """Both arms of a sum per unit, adjusted by what units did before."""
    arms = [
        RegressionAdjustedStatistic(
            n=row["units"],
            post_statistic=mean(row, name),
            pre_statistic=mean(row, f"{name}_before"),
            post_pre_sum_of_products=row[f"{name}_products"],
            theta=0,
        )
        for row in (control, treatment)
    ]
    covariance = sum(arm.covariance * (arm.n - 1) for arm in arms)
    variance = sum(arm.pre_statistic.variance * (arm.n - 1) for arm in arms)
    for arm in arms:
        arm.theta = covariance / variance
    return arms


def main(database: str, memory: str) -> None:
    """Read, finish, print."""
    started = time.process_time()
    with duckdb.connect(database, read_only=True) as connection:
        connection.execute(f"set threads = 2; set memory_limit = '{memory}'")
        cursor = connection.execute(SUMS)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    arms = {(row["experiment_id"], row["arm"]): row for row in rows}
    config = FrequentistConfig(difference_type="absolute")
    effects = {}
    for experiment, arm in arms:
        if arm != "control":
            continue
        both = [arms[experiment, "control"], arms[experiment, "treatment"]]
        metrics = {
            "conversion": [ProportionStatistic(row["units"], row["converted"]) for row in both],
            "revenue": adjusted(*both, "revenue"),
            "order_value": [ratio(row) for row in both],
            "sessions": adjusted(*both, "session_count"),
        }
        for name, statistics in metrics.items():
            result = TwoSidedTTest(*statistics, config).compute_result()
            effects[f"{experiment} {name}"] = [result.expected, result.p_value]
        check_srm([row["units"] for row in both], [0.5, 0.5])
    print(json.dumps({"cpu": time.process_time() - started, "effects": effects}))


if __name__ == "__main__":
    main(*sys.argv[1:])
