"""Closed values and their restatements: a late refund, a new definition, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from conftest import copy_project, write_raw_parquet

from groundwork.cli import main
from groundwork.project import Project

Cell = tuple[str, str, str]
CLOSED = """
    select metric_name, grain, period_start::varchar, metric_value
    from metrics.metric_values
    where dimension_name = 'total' and is_complete_period
"""
# What an order that is refunded late can move: its refund, and what counts refunds.
REFUND_METRICS = {"refunds", "net_revenue", "refund_rate"}
# Of the accepted orders, delivered once: a paid one of 90 days before the last.
PAID = """
    select
        order_id,
        ordered_at,
        (select max(loaded_at) from staging.stg_product__orders) as loaded_at
    from staging.stg_product__orders
    where
        status = 'paid'
        and gross_amount > 20
        and ordered_at < (select max(ordered_at) - interval 90 day from staging.stg_product__orders)
        -- a day without a refund: what was nothing is restated, too
        and cast(ordered_at as date) + 3 not in (
            select cast(refunded_at as date)
            from staging.stg_product__orders
            where refunded_at is not null
        )
        and order_id not in (
            select business_key from staging.rejected_rows where business_key is not null
        )
    order by ordered_at desc, order_id
    limit 1
"""
LATE_REFUND = """
    copy (
        from read_parquet('{orders}')
        union all by name
        select
            * replace (
                'refunded' as status,
                '{refunded_at}' as refunded_at,
                '{loaded_at}' as loaded_at
            )
        from read_parquet('{orders}')
        where order_id = '{order_id}'
    ) to '{orders}.new' (format parquet)
"""


class Shop:
    """A copy of the demo that reads delivered files."""

    def __init__(self, folder: Path) -> None:
        self.raw = folder / "raw"
        write_raw_parquet(self.raw)
        self.project = Project(copy_project(folder / "project", whole=False))

    def groundwork(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, [*arguments, "--project-dir", str(self.project.root)])
        assert result.exit_code == 0, result.output[-3000:]
        return result

    def build(self) -> Result:
        return self.groundwork("build", "--vars", json.dumps({"raw_path": str(self.raw)}))

    def closed(self) -> dict[Cell, float]:
        with duckdb.connect(self.project.published_path, read_only=True) as connection:
            return {tuple(row[:3]): row[3] for row in connection.execute(CLOSED).fetchall()}

    def history(self, table: str, query: str) -> list[tuple]:
        files = self.project.history_path / table / "*.parquet"
        return duckdb.execute(f"{query} from read_parquet('{files}')").fetchall()

    def restatements(self, cause: str = "") -> dict[Cell, tuple]:
        rows = self.history(
            "metric_restatements",
            "select metric_name, grain, period_start::varchar, old_value, new_value, cause,"
            " explanation, version, relative_change, is_above_bound",
        )
        return {tuple(row[:3]): row[3:] for row in rows if not cause or cause in row}

    def refund_late(self) -> tuple[str, str]:
        """Deliver the refund of an order of long ago; return its day and the refund's."""
        with duckdb.connect(self.project.build_path, read_only=True) as connection:
            ((order_id, ordered_at, loaded_at),) = connection.execute(PAID).fetchall()
        orders = self.raw / "product/orders.parquet"
        refunded_at = ordered_at + timedelta(days=3)
        query = LATE_REFUND.format(
            orders=orders, order_id=order_id, refunded_at=refunded_at, loaded_at=loaded_at
        )
        duckdb.execute(query).fetchall()
        orders.with_name("orders.parquet.new").rename(orders)
        return str(ordered_at.date()), str(refunded_at.date())


def differing(before: dict[Cell, float], after: dict[Cell, float]) -> dict[Cell, tuple]:
    def differ(old: float | None, new: float | None) -> bool:
        return old != (pytest.approx(new, rel=1e-9) if new is not None else None)

    last: dict[tuple[str, str], str] = {}
    for metric, grain, period in sorted(before):
        last[metric, grain] = period
    return {
        cell: (before.get(cell), after.get(cell))
        for cell in {*before, *after}
        if cell[2] <= last[cell[:2]] and differ(before.get(cell), after.get(cell))
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("restated"))


def check_restated(
    shop: Shop, before: dict[Cell, float], cause: str, is_expected: Callable[[str], bool]
) -> None:
    expected = differing(before, shop.closed())
    assert expected
    assert all(is_expected(metric) for metric, _, _ in expected)
    found = shop.restatements(cause)
    assert {cell: row[:2] for cell, row in found.items()} == expected


def test_closed_values_and_their_restatements(shop: Shop) -> None:
    shop.build()
    first = shop.closed()
    count = "select count(*), count(distinct (metric_name, grain, period_start))"
    assert shop.history("metric_closed_values", count) == [(len(first), len(first))]
    assert not [*(shop.project.history_path / "metric_restatements").glob("*.parquet")]

    ordered, refunded = shop.refund_late()
    output = shop.build().output
    check_restated(shop, first, "data", REFUND_METRICS.__contains__)
    changed = shop.restatements()
    days = {(metric, day) for metric, grain, day in changed if grain == "day"}
    assert days == {("refunds", refunded), ("net_revenue", refunded), ("refund_rate", ordered)}
    assert len(changed) == 9  # three metrics by day, week and month
    for old, new, _, explanation, version, relative, is_above in changed.values():
        assert (explanation, version) == (None, 1)
        assert relative == (pytest.approx((new - old) / abs(old)) if old else None)
        assert is_above is (relative is None or abs(relative) > 0.01)
    assert "restated refund_rate: " in output
    kept = shop.history("metric_closed_values", "select count(*)")[0][0]
    assert kept == len(first) + len(changed)

    # nothing new: nothing is kept; the mart now shows what the build before found
    shop.build()
    assert shop.history("metric_closed_values", "select count(*)") == [(kept,)]
    assert shop.restatements() == changed
    with duckdb.connect(shop.project.published_path, read_only=True) as connection:
        shown = connection.execute(
            "select metric_name, grain, period_start::varchar, old_value, new_value, cause,"
            " explanation, version, relative_change, is_above_bound"
            " from metrics.metric_restatements where restatement_number = 1"
        ).fetchall()
    assert {tuple(row[:3]): row[3:] for row in shown} == changed

    # a new definition: the person's statement is the changelog line of its version
    second = shop.closed()
    orders = shop.project.root / "models/marts/metrics/definitions/orders.yml"
    text = orders.read_text()
    old = "expr: buyers - new_buyers"
    name = text.index("- name: returning_buyers")
    metric = text[name:].replace(old, "expr: buyers + new_buyers", 1)
    metric = metric.replace("version: 1", "version: 2", 1)
    line = "2 (2026-03-01): new buyers count as well"
    metric = metric.replace("changelog: [", f'changelog: ["{line}", ', 1)
    orders.write_text(text[:name] + metric)
    shop.groundwork("lock")
    output = shop.build().output
    check_restated(shop, second, "definition", "returning_buyers".__eq__)
    assert {row[2:5] for row in shop.restatements("definition").values()} == {
        ("definition", line, 2)
    }
    assert "restated" not in output
    # every closed value is kept as one of the new definition
    by_version = duckdb.execute(
        "select version, count(*) from read_parquet(?) where metric_name = 'returning_buyers'"
        " group by version order by version",
        [str(shop.project.history_path / "metric_closed_values/*.parquet")],
    ).fetchall()
    assert [version for version, _ in by_version] == [1, 2]
    assert by_version[0][1] == by_version[1][1]
