"""The page of data quality against the demo, in a headless Chromium."""

import duckdb
import pytest
from pages import (
    HOSTILE,
    built_page,
    changed_database,
    copied_tables,
    dicts,
    is_light_and_alone,
    is_refused_without,
    says_that_there_are_none,
    shows_text_alone,
    started_browser,
    text_of,
    texts_of,
)

from groundwork.site.quality import QUALITY_TABLES

MAX_BYTES = 500_000

browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    return quality_page(demo.database, tmp_path_factory.mktemp("quality"))


def quality_page(database, out):
    return built_page(database, out).with_name("quality.html")


def rows_shown(browser, field: str) -> list[list[str]]:
    return browser.evaluate(
        f"[...document.querySelectorAll('[data-field={field}] tbody tr')].map((row) => "
        "[...row.cells].map((cell) => cell.innerText))"
    )


def test_the_scores_are_those_of_the_scorecard_the_worst_first(browser, page, demo):
    expected = dicts(
        demo,
        "select source_name || '.' || table_name as name, score, weakest_side, valid_share "
        "from quality.data_quality_scorecard where not is_absent",
    )
    browser.open(page)
    shown = {row[0]: row[1:] for row in rows_shown(browser, "scoresTable")}
    assert shown.keys() == {row["name"] for row in expected}
    for row in expected:
        assert int(shown[row["name"]][0]) == round(row["score"])
    scores = [int(cells[0]) for cells in shown.values()]
    assert scores == sorted(scores)
    good = sum(row["score"] >= 90 for row in expected)
    assert texts_of(browser, ".tile-count")[0] == f"{good} of {len(expected)}"


def test_raw_rows_are_accepted_or_rejected(browser, page, demo):
    ((raw, accepted, rejected),) = demo.rows(
        "select sum(raw_count), sum(accepted_count), sum(rejected_count) "
        "from quality.source_reconciliation"
    )
    assert raw == accepted + rejected
    browser.open(page)
    said = text_of(browser, "#reconciliation .answer")
    assert said.startswith(f"{raw:,} raw rows = {accepted:,} accepted + {rejected:,} rejected")
    for row in rows_shown(browser, "rowsTable"):
        counts = [int(cell.replace(",", "")) for cell in row[1:8]]
        assert counts[0] == counts[1] + counts[2]
        assert counts[2] == sum(counts[3:])
        assert "Yes" in row[-1]


def test_loads_that_do_not_add_up_and_late_tables_are_named(browser, demo, tmp_path):
    database = copied_tables(
        demo,
        tmp_path / "odd.duckdb",
        QUALITY_TABLES,
        "update quality.source_reconciliation set is_reconciled = false "
        "where table_name = 'orders' and load_date = '2026-06-30'",
        "update quality.data_quality_scorecard set fresh_share = 0.9, days_behind = 4 "
        "where table_name = 'sessions'",
        "update quality.data_catalog set last_test_count = 9, last_failed_count = 1 "
        "where data_name = 'fct_orders'",
    )
    browser.open(quality_page(database, tmp_path))
    assert "Not of product.orders" in text_of(browser, "#reconciliation .answer")
    assert "product.sessions is late" in text_of(browser, "#freshness .answer")
    assert [row[0] for row in rows_shown(browser, "failedTable")] == ["fct_orders"]


def test_anomalies_incidents_and_downtime_are_those_of_the_tables(browser, page, demo):
    ((anomalies, incidents, hours),) = demo.rows(
        "select (select count(*) from quality.data_anomalies where is_anomaly), "
        "(select count(*) from quality.data_incidents), "
        "(select downtime_hours from quality.data_downtime "
        "where grain = 'all' and dimension_name = 'total')"
    )
    browser.open(page)
    assert len(rows_shown(browser, "oddTable")) == anomalies
    assert len(rows_shown(browser, "incidentTable")) == incidents
    assert rows_shown(browser, "incidentTable")[0][:2][1].endswith("Open")
    assert text_of(browser, "#downtime .answer").startswith(f"{round(hours / 24)}\u00a0days in all")
    browser.evaluate("document.querySelector('#downtime details').open = true")
    browser.wait("document.querySelector('#downtime details tbody tr')")
    months = demo.rows(
        "select downtime_hours from quality.data_downtime "
        "where grain = 'month' and dimension_name = 'total'"
    )
    shown = browser.evaluate(
        "[...document.querySelectorAll('#downtime details tbody tr')].map((row) => "
        "Number(row.cells[1].textContent.replace(',', '')))"
    )
    assert sum(shown) == pytest.approx(sum(value for (value,) in months), rel=0.01)


@pytest.mark.parametrize("part", ["scorecard", "incidents", "downtime"])
def test_an_address_leads_to_its_part(browser, page, part):
    browser.open(page, f"#part={part}")
    assert browser.evaluate("document.activeElement.closest('section').id") == part
    browser.open(page, "#part=gone")
    assert "no part" in text_of(browser, "#shown")


def test_text_of_the_data_stays_text(browser, demo, tmp_path):
    text = "'" + HOSTILE.replace("'", "''") + "'"
    kept = {"dimension_name", "grain", "layer", "column_name", "data_name", "schema_name"}
    changes = []
    with demo.connect() as connection:
        for table in QUALITY_TABLES:
            columns = [
                name
                for name, kind, *_ in connection.execute(f"describe {table}").fetchall()
                if kind == "VARCHAR" and name not in kept
            ]
            sets = ", ".join(f"{name} = {text}" for name in columns)
            changes.append(f"update {table} set {sets}")
    page = quality_page(
        copied_tables(demo, tmp_path / "hostile.duckdb", QUALITY_TABLES, *changes), tmp_path
    )
    shows_text_alone(browser, page, [""])


def test_empty_tables_are_said_to_be_empty(browser, demo, tmp_path):
    emptied = [f"delete from {table}" for table in QUALITY_TABLES]
    page = quality_page(
        copied_tables(demo, tmp_path / "empty.duckdb", QUALITY_TABLES, *emptied), tmp_path
    )
    says_that_there_are_none(browser, page, "data quality")


def test_a_file_without_quality_says_so(browser, demo, tmp_path):
    page = quality_page(changed_database(demo, tmp_path / "without.duckdb"), tmp_path)
    says_that_there_are_none(browser, page, "data quality")


def test_a_part_of_the_tables_is_refused(demo, tmp_path):
    database = copied_tables(demo, tmp_path / "part.duckdb", QUALITY_TABLES)
    with duckdb.connect(database) as connection:
        connection.execute("drop table quality.data_downtime")
    is_refused_without("quality.data_downtime", database, tmp_path)


def test_the_page_is_light_and_names_no_other_file(page):
    is_light_and_alone(page, MAX_BYTES, "style.css", "report.css", "sections.css", "quality.css")
