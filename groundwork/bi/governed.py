"""A metric's value over rows of `metric_values`, in SQL that DuckDB and Spark share."""

from __future__ import annotations

from groundwork.bi.definitions import Metric


def governed_value(metric: Metric, table: str = "") -> str:
    """Return SQL for one metric's value over rows of the governed values.

    Rows of one grain and one dimension may come together where that means something: amounts are
    added, ratios are the sums of their numerators over those of their denominators. Anything else
    is the value of a single row, and null where several rows meet.

    table: what stands before the name of a column, with its full stop
    """
    rows = f"filter (where {table}metric_name = '{metric.name}')"
    if metric.is_additive:
        together = f"sum({table}metric_value) {rows}"
    elif metric.is_ratio_of_sums:
        over = f"nullif(sum({table}denominator) {rows}, 0)"
        together = f"sum({table}numerator) {rows} / {over}"
    else:
        return f"case when count(*) {rows} = 1 then max({table}metric_value) {rows} end"
    one_cut = " and ".join(
        f"count(distinct {table}{column}) {rows} = 1" for column in ("grain", "dimension_name")
    )
    return f"case when {one_cut} then {together} end"
