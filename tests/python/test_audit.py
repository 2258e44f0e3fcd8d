"""The rows behind a number: the ids that pandas finds in the raw files; and what is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, Build
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from raw_rows import Happened, RawProduct

CALLS = {
    "day": "'orders', 'day', '2025-06-03'",
    "dimension": "'gross_revenue', 'week', '2025-06-02', 'user__country', 'DE'",
    "ratio": "'average_order_value', 'month', '2025-06-01'",
    "distinct": "'buyers', 'month', '2025-06-01'",
    "extreme": "'largest_order', 'month', '2025-06-01'",
    "derived": "'net_revenue', 'week', '2025-06-02'",
    "trailing": "'active_users_7d', 'week', '2025-06-02', 'user__country', 'DE'",
    "lines": "'courses_sold', 'day', '2025-06-03'",
}
REFUSALS = {
    "'nothing', 'day', '2025-06-03'": "metric 'nothing': it is not defined; use one of ",
    "'orders', 'year', '2025-06-03'": "the grain 'year' is not known; use day, week or month",
    "'orders', 'day', 'today'": "the period_start 'today' is no day; write the first day",
    "'orders', 'day', '2025-06-03', 'user__shoe', '9'": "it is not published by 'user__shoe'; use",
    "'retention_7d', 'day', '2025-06-03'": "the rows of conversions are not supported; ask for",
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    outcome = invoke(tmp_path_factory.mktemp("parsed"), "parse")
    assert outcome.success, outcome.exception
    return outcome.result


def invoke(folder: Path, *arguments: str, manifest: Manifest | None = None):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "GROUNDWORK_BUILD_PATH", str(folder / "build.duckdb"))
        patch.setitem(os.environ, "GROUNDWORK_HISTORY_PATH", str(folder / "history"))
        return dbtRunner(manifest=manifest).invoke(
            [
                "--quiet",
                *arguments,
                *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
            ]
        )


def compiled(folder: Path, call: str, manifest: Manifest) -> str:
    inline = f"{{{{ metric_cell_rows({call}) }}}}"
    outcome = invoke(folder, "compile", "--inline", inline, manifest=manifest)
    manifest.nodes.pop("sql_operation.groundwork.inline_query", None)  # left where it failed
    if not outcome.success:
        raise ValueError(str(outcome.exception))
    return outcome.result.results[0].node.compiled_code


@pytest.fixture(scope="module")
def rows(
    demo: Build, manifest: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("compiled")
    with demo.connect() as connection:
        return {
            name: connection.execute(compiled(folder, call, manifest)).df()
            for name, call in CALLS.items()
        }


@pytest.fixture(scope="module")
def data() -> Happened:
    return Happened(RawProduct(ROOT / "seeds/product"))


def between(frame: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return frame[(frame.day >= first) & (frame.day <= last)]


def ids(frame: pd.DataFrame, **conditions: object) -> list[str]:
    for column, value in conditions.items():
        frame = frame[frame[column] == value]
    return sorted(frame.row_id)


def purchases(data: Happened, first: str, last: str) -> pd.DataFrame:
    frame = between(data.orders, first, last)
    return frame[(frame.status != "cancelled") & (frame.gross_amount >= 0)]


def test_a_count_has_the_ids_of_raw(rows: dict[str, pd.DataFrame], data: Happened) -> None:
    expected = purchases(data, "2025-06-03", "2025-06-03")
    assert ids(rows["day"]) == sorted(expected.order_id)
    assert (rows["day"].contribution == 1).all()
    assert set(rows["day"].part) == {"value"}


def test_a_cell_of_a_dimension_has_its_rows_only(
    rows: dict[str, pd.DataFrame], data: Happened
) -> None:
    expected = between(data.orders, "2025-06-02", "2025-06-08")
    expected = expected[(expected.status != "cancelled") & (expected.user__country == "DE")]
    found = rows["dimension"].set_index("row_id").contribution.to_dict()
    assert found == pytest.approx(expected.set_index("order_id").gross_amount.to_dict())


def test_a_ratio_has_the_rows_of_both_parts(rows: dict[str, pd.DataFrame], data: Happened) -> None:
    expected = purchases(data, "2025-06-01", "2025-06-30")
    for part in ("numerator", "denominator"):
        assert ids(rows["ratio"], part=part) == sorted(expected.order_id)
    sums = rows["ratio"].groupby("part").contribution.sum()
    assert sums.numerator == pytest.approx(expected.gross_amount.sum())
    assert sums.denominator == len(expected)


def test_a_distinct_count_counts_the_first_row_of_each_key(
    rows: dict[str, pd.DataFrame], data: Happened
) -> None:
    expected = purchases(data, "2025-06-01", "2025-06-30").dropna(subset="user_id")
    assert rows["distinct"].contribution.sum() == expected.user_id.nunique()
    assert set(expected.order_id) <= set(rows["distinct"].row_id)
    assert len(rows["distinct"]) > rows["distinct"].contribution.sum()


def test_an_extreme_shows_the_value_of_each_row(
    rows: dict[str, pd.DataFrame], data: Happened
) -> None:
    expected = purchases(data, "2025-06-01", "2025-06-30")
    assert ids(rows["extreme"]) == sorted(expected.order_id)
    assert rows["extreme"].contribution.max() == expected.gross_amount.max()


def test_a_derivation_has_the_rows_of_each_measure(
    rows: dict[str, pd.DataFrame], data: Happened
) -> None:
    expected = between(data.orders, "2025-06-02", "2025-06-08")
    expected = expected[expected.status != "cancelled"]
    for measure in ("gross_revenue", "discounts"):
        assert ids(rows["derived"], measure_name=measure) == sorted(expected.order_id)
    refunds = rows["derived"][rows["derived"].measure_name == "refunds"]
    refunded = data.raw.orders[data.raw.orders.status == "refunded"]
    days = refunded.refunded_at.dt.normalize().between("2025-06-02", "2025-06-08")
    assert sorted(refunds.row_id) == sorted(refunded[days].order_id)
    assert len(refunds)


def test_a_trailing_window_reaches_back_from_the_last_day(
    rows: dict[str, pd.DataFrame], data: Happened
) -> None:
    visits = between(data.visits, "2025-06-02", "2025-06-08")
    expected = visits[visits.user__country == "DE"]
    assert ids(rows["trailing"]) == sorted(expected.session_id)
    assert rows["trailing"].contribution.sum() == expected.user_id.nunique()


def test_rows_of_a_fact_with_a_key_of_two_parts(
    rows: dict[str, pd.DataFrame], data: Happened
) -> None:
    assert len(rows["lines"])
    lines = data.raw.order_lines
    assert set(rows["lines"].row_id) <= set(lines.order_id + "|" + lines.line_id)


@pytest.mark.parametrize("call", REFUSALS)
def test_what_cannot_be_audited_is_refused_in_one_line(
    call: str, manifest: Manifest, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(REFUSALS[call])) as refused:
        compiled(tmp_path, call, manifest)
    told = [line for line in str(refused.value).splitlines() if "metric '" in line]
    assert len(told) == 1
