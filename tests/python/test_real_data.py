"""The project, unchanged, on the invoices of a real shop: every line counted, every month equal.

What is expected comes from plain SQL on the source file and from counts that were published with
it; nothing of the adapter or of the project is used for it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml
from conftest import ROOT, Build, run_dbt

EXAMPLE = ROOT / "examples" / "uci_online_retail"
DATA = Path(os.environ.get("GROUNDWORK_REAL_DATA", ROOT.parent / "shared" / "data"))
SOURCE = DATA / "uci_online_retail" / "online_retail.parquet"

# The rooms that need models, of which the shop has none.
WITH_MODELS = [
    f"models/{layer}/{room}"
    for layer in ("intermediate", "marts")
    for room in ("ml", "data_team/decisions", "data_team/people")
]

LINES = 541_909
INVOICES = 25_900
CANCELLED_LINES = 9_288
LINES_WITHOUT_CUSTOMER = 135_080
DUPLICATE_LINES = 5_268
TOTAL_AMOUNT = Decimal("9747747.93")
# The last day with an invoice is unfinished: the last one is of 12:50.
AS_OF = date(2011, 12, 9)

# By month, before AS_OF: the amount of all lines, and what the invoices that are no credit notes
# (their amount is not negative) and their customers count.
EXPECTED_MONTHS = """
    with lines as (
        select
            InvoiceNo,
            CustomerID,
            InvoiceDate[:7] as month,
            Quantity::integer as quantity,
            Quantity::integer * UnitPrice::decimal(10, 3) as amount
        from source
        where InvoiceDate < $as_of
    ),

    sales as (
        select InvoiceNo, month, any_value(CustomerID) as customer
        from lines
        group by InvoiceNo, month
        having sum(amount) >= 0
    )

    select
        month,
        sum(amount)::double as gross_revenue,
        (select count(*) from sales where sales.month = lines.month) as orders,
        (select count(distinct customer) from sales where sales.month = lines.month) as buyers,
        sum(quantity)::double as courses_sold
    from lines
    group by month
    order by month
"""
MONTHS = """
    select
        strftime(period_start, '%Y-%m'),
        max(case when metric_name = 'gross_revenue' then metric_value end),
        max(case when metric_name = 'orders' then metric_value end),
        max(case when metric_name = 'buyers' then metric_value end),
        max(case when metric_name = 'courses_sold' then metric_value end)
    from metrics.metric_values
    where grain = 'month' and dimension_name = 'total'
    group by 1
    order by 1
"""


@pytest.fixture(scope="module")
def source():
    """The source file, with all columns as text."""
    if not SOURCE.is_file():
        reason = f"{SOURCE} is missing; set GROUNDWORK_REAL_DATA to the folder of real data"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with duckdb.connect() as connection:
        connection.execute(f"create view source as from read_parquet('{SOURCE}')")
        yield connection


@pytest.fixture(scope="module")
def adapted(source, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The adapter's folder and what it printed."""
    raw_path = tmp_path_factory.mktemp("online_retail")
    finished = subprocess.run(
        [sys.executable, str(EXAMPLE / "adapt.py"), str(raw_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "GROUNDWORK_REAL_DATA": str(DATA)},
    )
    return raw_path, finished.stdout


@pytest.fixture(scope="module")
def shop(adapted, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The project without models and what reads them, built with all its tests."""
    raw_path, _ = adapted
    variables = yaml.safe_load((EXAMPLE / "vars.yml").read_text(encoding="utf-8"))
    variables["raw_path"] = str(raw_path)
    build = run_dbt(
        *("build", "--exclude", *(f"path:{room}" for room in WITH_MODELS)),
        folder=tmp_path_factory.mktemp("shop"),
        variables=variables,
    )
    assert build.exit_code == 0, build.output[-5000:]
    return build


@pytest.mark.parametrize(("table", "expected"), [("orders", INVOICES), ("order_lines", LINES)])
def test_every_raw_row_is_accepted_and_none_rejected(adapted, shop, table, expected):
    raw_path, _ = adapted
    file = raw_path / "product" / f"{table}.parquet"
    ((delivered,),) = duckdb.execute(f"select count(*) from '{file}'").fetchall()
    assert shop.rows(f"select count(*) from staging.stg_product__{table}") == [(delivered,)]
    assert delivered == expected
    rejected = f"from staging.rejected_rows where table_name = '{table}'"
    assert shop.rows(f"select business_key, rejection_reasons {rejected}") == []


def test_the_counts_published_with_the_source_are_found_again(shop):
    (lines,) = shop.rows(
        """
        select
            count(*),
            round(sum(line_amount), 2),
            count(distinct order_id),
            count(case when order_id like 'C%' then 1 end),
            count(case when user_id is null then 1 end)
        from core.fct_order_lines
        """
    )
    assert lines == (LINES, TOTAL_AMOUNT, INVOICES, CANCELLED_LINES, LINES_WITHOUT_CUSTOMER)
    (orders,) = shop.rows(
        "select count(*), round(sum(gross_amount), 2), count(distinct user_id) from core.fct_orders"
    )
    assert orders == (INVOICES, TOTAL_AMOUNT, 4_372)


def test_lines_add_up_to_their_order(shop):
    different = shop.rows(
        """
        select orders.order_id, orders.gross_amount, sum(lines.line_amount) as amount
        from core.fct_orders as orders
        inner join core.fct_order_lines as lines on orders.order_id = lines.order_id
        group by all
        having amount != orders.gross_amount
        """
    )
    assert different == []


def test_lines_that_repeat_another_are_kept(source, shop):
    (distinct,) = source.execute("select count(*) from (select distinct * from source)").fetchone()
    assert LINES - distinct == DUPLICATE_LINES
    source.execute(f"attach '{shop.database}' as shop (read_only)")
    written = "select InvoiceNo, StockCode, Quantity::bigint, UnitPrice::decimal(18, 4) from source"
    kept = "select order_id, course_id, quantity, unit_price from shop.core.fct_order_lines"
    assert source.execute(f"{written} except all {kept}").fetchall() == []
    assert source.execute(f"{kept} except all {written}").fetchall() == []
    source.execute("detach shop")


def test_cancelled_invoices_and_bad_debts_are_credit_notes(source, shop):
    credit_notes = shop.rows("select order_id from core.fct_orders where is_credit_note")
    expected = source.execute(
        "select InvoiceNo from source group by InvoiceNo"
        " having sum(Quantity::integer * UnitPrice::decimal(10, 3)) < 0"
    ).fetchall()
    assert set(credit_notes) == set(expected)
    cancelled = source.execute(
        "select distinct InvoiceNo from source where InvoiceNo like 'C%'"
    ).fetchall()
    assert set(expected) - set(cancelled) == {("A563186",), ("A563187",)}
    assert set(cancelled) < set(expected)


def test_every_month_equals_plain_sql_on_the_source(source, shop):
    expected = source.execute(EXPECTED_MONTHS, {"as_of": AS_OF.isoformat()}).fetchall()
    assert len(expected) == 13
    assert shop.rows(MONTHS) == expected
    assert shop.rows("select as_of_date from intermediate.int_as_of") == [(AS_OF,)]


def test_only_the_month_that_as_of_cuts_is_incomplete(shop):
    incomplete = shop.rows(
        "select distinct period_start from metrics.metric_values"
        " where grain = 'month' and not is_complete_period and metric_name = 'gross_revenue'"
    )
    assert incomplete == [(date(2011, 12, 1),)]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("dim_users", 1),
        ("dim_courses", 1),
        ("dim_channels", 1),
        ("fct_sessions", 0),
        ("fct_events", 0),
        ("fct_survey_responses", 0),
    ],
)
def test_absent_tables_are_empty_and_have_all_their_columns(shop, table, rows):
    declared = list(shop.manifest["nodes"][f"model.groundwork.{table}"]["columns"])
    described = shop.rows(f"select column_name from (describe core.{table})")
    assert [name for (name,) in described] == declared
    assert shop.rows(f"select count(*) from core.{table}") == [(rows,)]


def test_the_readme_shows_what_is_printed(adapted, shop):
    shown = re.findall(r"```text\n(.*?)```", (EXAMPLE / "README.md").read_text(), flags=re.DOTALL)
    raw_path, printed = adapted
    finished = subprocess.run(
        [
            *(sys.executable, str(ROOT / "examples" / "run_sql.py")),
            *(str(EXAMPLE / "months.sql"), str(shop.database)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert [printed.replace(str(raw_path), "warehouse/online_retail"), finished.stdout] == shown
