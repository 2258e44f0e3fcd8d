"""The page of the catalogue against the demo: what can be found, and where it leads."""

import json
import re

import pytest
from pages import (
    HOSTILE,
    NARROW,
    WIDE,
    built_page,
    changed_database,
    copied_tables,
    embedded,
    is_light_and_alone,
    started_browser,
    text_of,
    texts_of,
)

from groundwork.site.page import DOCS
from groundwork.site.quality import QUALITY_TABLES

MAX_BYTES = 800_000
SLOWEST_SEARCH_MILLISECONDS = 200

browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    out = tmp_path_factory.mktemp("catalogue")
    (out / DOCS).write_text("the docs, which are linked to where they are")
    return catalogue_page(demo.database, out)


def catalogue_page(database, out):
    return built_page(database, out).with_name("catalogue.html")


def search(browser, text: str) -> float:
    """Type a text into the search; return how many milliseconds the page took."""
    return browser.evaluate(
        f"(() => {{ const box = document.getElementById('search'); box.value = {json.dumps(text)};"
        "const start = performance.now();"
        "box.dispatchEvent(new Event('input', {bubbles: true}));"
        "return performance.now() - start; })()"
    )


def test_everything_is_listed_without_a_search(browser, page, demo):
    tables = {name for (name,) in demo.rows("select distinct data_name from quality.data_catalog")}
    labels = {label for (label,) in demo.rows("select label from metrics.metric_catalog")}
    browser.open(page)
    assert set(texts_of(browser, "#found a")) == tables | labels


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("net revenue", "Metrics", "Net revenue"),
        ("net_revenue", "Metrics", "Net revenue"),
        ("fct_orders", "Tables", "fct_orders"),
        ("refunded_amount", "Columns", "refunded_amount"),
        ("finance@", "Metrics", None),
    ],
)
def test_a_search_finds_the_best_fit_first(browser, page, text, kind, first):
    browser.open(page)
    search(browser, text)
    sections = dict(
        browser.evaluate(
            "[...document.querySelectorAll('#found section')].map((section) => "
            "[section.querySelector('h2').innerText, section.querySelector('a').innerText])"
        )
    )
    assert kind in sections
    assert first in (None, sections[kind])


def test_a_search_counts_what_the_tables_say(browser, page, demo):
    ((columns,),) = demo.rows(
        "select count(*) from quality.data_catalog where column_name = 'loaded_at'"
    )
    browser.open(page)
    browser.evaluate("document.getElementById('kind').value = 'column'")
    search(browser, "loaded_at")
    found = int(re.match(r"(\d+) columns", text_of(browser, "#shown"))[1])
    assert found >= columns > 40
    assert f"and {found - 40} more" in text_of(browser, "#found")
    search(browser, "no such thing anywhere")
    assert text_of(browser, "#shown") == "Nothing in the catalogue fits the search."


def test_a_search_is_fast(browser, page):
    browser.open(page)
    slowest = max(search(browser, text) for text in ("o", "or", "order", "order amount", "x"))
    assert slowest < SLOWEST_SEARCH_MILLISECONDS


def test_keys_lead_to_what_is_found(browser, page):
    browser.open(page, "#table=fct_orders")
    browser.press("/")
    assert browser.evaluate("document.activeElement.id") == "search"
    search(browser, "dim_users")
    browser.press("ArrowDown")
    assert browser.evaluate("document.activeElement.innerText") == "dim_users"
    browser.press("ArrowUp")
    assert browser.evaluate("document.activeElement.id") == "search"
    browser.evaluate("document.getElementById('filters').requestSubmit()")
    browser.wait("!document.getElementById('detail').hidden")
    assert text_of(browser, "#detail h2") == "dim_users"


def test_a_table_shows_its_columns_and_what_is_around_it(browser, page, demo):
    rows = demo.rows(
        "select column_name, data_type, coalesce(description, '') from quality.data_catalog "
        "where data_name = 'fct_orders' and column_name != '(table)' order by column_name"
    )
    browser.open(page, "#table=fct_orders&column=status")
    shown = browser.evaluate(
        "[...document.querySelectorAll('[data-field=columnsTable] tbody tr')].map((row) => "
        "[...row.cells].map((cell) => cell.textContent))"
    )
    assert [tuple(row) for row in shown] == rows
    assert text_of(browser, ".wanted") == "status"
    links = browser.evaluate("[...document.querySelectorAll('.around a')].map((a) => a.hash)")
    assert "#metric=net_revenue" in links
    assert "#table=int_orders" in links
    browser.open(page, "#table=gone")
    assert "no table" in text_of(browser, "#shown")


def test_tables_have_their_place_in_the_docs(browser, page, demo):
    """Every fourth of them: a browser refuses more than 200 addresses in a row."""
    known = {*demo.manifest["nodes"], *demo.manifest["sources"]}
    browser.open(page, "#table=fct_orders")
    for table in embedded(page)["tables"][::4]:
        browser.evaluate(f"location.hash = '#table={table['data_name']}'")
        browser.wait(
            f"document.querySelector('#detail h2').innerText === {json.dumps(table['data_name'])}"
        )
        link = browser.evaluate("document.querySelector('#detail a[href^=docs]').href")
        assert link.rpartition("/")[2] in known


def test_text_of_the_data_stays_text(browser, demo, tmp_path):
    text = "'" + HOSTILE.replace("'", "''") + "'"
    database = copied_tables(
        demo,
        tmp_path / "hostile.duckdb",
        QUALITY_TABLES,
        f"update quality.data_catalog set description = {text}, owner = {text}, "
        f"column_name = case column_name when '(table)' then column_name else {text} end, "
        f"data_type = {text}, schema_name = {text}, upstream = {text}, "
        f"downstream_metrics = {text}, downstream_exposures = {text}",
        f"update metrics.metric_catalog set label = {text}, description = {text}, owner = {text}",
    )
    page = catalogue_page(database, tmp_path)
    for size in (WIDE, NARROW):
        browser.open(page, size=size)
        assert HOSTILE in browser.evaluate("document.body.innerText")
        search(browser, "onerror")
        browser.evaluate("location.hash = '#table=fct_orders'")
        browser.wait("!document.getElementById('detail').hidden")
        assert HOSTILE in browser.evaluate("document.body.innerText")
        assert browser.evaluate("typeof hacked") == "undefined"
        assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert browser.complaints() == []


def test_without_a_catalogue_of_tables_metrics_are_found(browser, demo, tmp_path):
    page = catalogue_page(changed_database(demo, tmp_path / "bare.duckdb"), tmp_path)
    browser.open(page)
    search(browser, "net revenue")
    assert "Net revenue" in texts_of(browser, "#found a")
    assert browser.complaints() == []


def test_the_page_is_light_and_names_no_other_file(page):
    is_light_and_alone(page, MAX_BYTES, "style.css", "catalogue.css")
