"""The site against the demo, in a headless Chromium: what a reader sees, and what can go wrong."""

import itertools
import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
from conftest import ROOT, copy_project
from pages import (
    HOSTILE,
    NARROW,
    WIDE,
    built_page,
    changed_database,
    embedded,
    is_light_and_alone,
    run_site,
    started_browser,
)

from groundwork.site.data import REQUIRED_TABLES, TOP_VALUES, read_page, shortened
from groundwork.site.packing import unpacked
from groundwork.site.page import TEMPLATE

MAX_BYTES = 1_000_000
MAX_DOCS_BYTES = 3_000_000


browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    return built_page(demo.database, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def catalog(demo):
    rows = demo.rows(
        "select metric_name, label, description, owner, unit from metrics.metric_catalog"
    )
    return {row[0]: row for row in rows}


# What a reader sees


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize("address", ["", "#metric=net_revenue", "#metric=orders&by=user__country"])
def test_a_page_loads_quietly_and_asks_for_nothing_else(browser, page, size, address):
    browser.open(page, address, size)
    browser.wait("document.querySelector(':is(.chart, .spark) svg path.line')")
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((page.as_uri(), "data:"))] == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_nothing_is_wider_than_the_screen(browser, page, catalog, size):
    browser.open(page, size=size)
    width = "document.documentElement.scrollWidth"
    assert browser.evaluate(width) <= size[0]
    for metric in embedded(page)["metrics"]:
        split = f"&by={metric['splits'][0]['dimension']}"
        for address in (
            f"#metric={metric['metric_name']}",
            f"#metric={metric['metric_name']}{split}",
        ):
            browser.evaluate(f"location.hash = {json.dumps(address)}")
            browser.wait(f"decodeURIComponent(location.hash) === {json.dumps(address)}")
            browser.wait("document.querySelector('#detail .chart svg')")
            assert browser.evaluate(width) <= size[0], address


def test_every_metric_of_the_catalogue_has_a_card_in_order_of_tier_and_name(browser, page, demo):
    browser.open(page)
    cards = browser.evaluate("[...document.querySelectorAll('.card')].map((c) => c.dataset.metric)")
    expected = demo.rows(
        "select metric_name from metrics.metric_catalog order by tier, lower(label)"
    )
    assert cards == [name for (name,) in expected]


def test_a_card_shows_the_latest_complete_value_of_metric_values(browser, page, demo):
    browser.open(page)
    shown = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.card')].map((card) => "
        "[card.dataset.metric, card.querySelector('data').value]))"
    )
    latest = demo.rows(
        """
        select metric_name, max_by(metric_value, period_start)
        from metrics.metric_values
        inner join metrics.metric_catalog using (metric_name, grain)
        where dimension_name = 'total' and is_complete_period
        group by metric_name
        """
    )
    assert {name: float(value) for name, value in shown.items()} == dict(latest)


def test_the_lines_are_metric_values(page, demo):
    data = embedded(page)
    rows = demo.rows(
        "select metric_name, dimension_name, dimension_value, grain, period_start::varchar, "
        "metric_value, is_complete_period from metrics.metric_values"
    )
    published = {row[:5]: row[5:] for row in rows}
    compared = 0
    for metric in data["metrics"]:
        name = metric["metric_name"]
        lines = [("total", "total", metric["lines"])] + [
            (split["dimension"], value["name"], value["lines"])
            for split in metric["splits"]
            for value in split["values"]
        ]
        for dimension, dimension_value, by_grain in lines:
            for grain, line in by_grain.items():
                for place, value in enumerate(line["values"], line["start"]):
                    key = (name, dimension, dimension_value, grain, data["periods"][grain][place])
                    expected, is_complete = published.get(key, (None, None))
                    if expected is not None:
                        expected = pytest.approx(expected, rel=1e-5)
                    assert value == expected, key
                    if is_complete is not None:
                        assert is_complete != (place in metric["unfinished"][grain]), key
                    compared += 1
    assert compared > 10_000
    total_months = [key for key in published if key[1] == "total" and key[3] == "month"]
    shown_months = sum(len(metric["lines"]["month"]["values"]) for metric in data["metrics"])
    assert shown_months >= len(total_months)


def test_a_dimension_shows_its_largest_values_and_says_how_many_there_are(browser, page, demo):
    largest = demo.rows(
        "select dimension_value from metrics.metric_values where metric_name = 'orders' "
        "and dimension_name = 'user__country' and grain = 'month' "
        "group by all order by sum(metric_value) desc, dimension_value"
    )
    browser.open(page, "#metric=orders&by=user__country")
    names = browser.evaluate(
        "[...document.querySelectorAll('.small-name')].map((node) => node.textContent)"
    )
    note = browser.evaluate("document.querySelector('.note').textContent")
    assert names == [name for (name,) in largest[:TOP_VALUES]]
    assert f"The {TOP_VALUES} largest of {len(largest)} values" in note
    assert f"All {len(largest)} add up to the total." in note
    browser.open(page, "#metric=active_users&by=user__country")
    assert "do not add up" in browser.evaluate("document.querySelector('.note').textContent")


def test_the_data_table_shows_the_values_of_the_chart(browser, page, demo):
    browser.open(page, "#metric=net_revenue&grain=month")
    browser.evaluate("document.querySelector('details.table').open = true")
    browser.wait("document.querySelector('.table tbody tr')")
    cells = browser.evaluate(
        "[...document.querySelectorAll('.table tbody tr')].map((row) => row.cells[1].textContent)"
    )
    expected = demo.rows(
        "select metric_value from metrics.metric_values where metric_name = 'net_revenue' "
        "and grain = 'month' and dimension_name = 'total' order by period_start desc"
    )
    assert cells == [f"{value:,.2f}" for (value,) in expected]


def test_target_and_unfinished_periods_are_drawn_and_said(browser, page, demo):
    ((last_week, is_complete),) = demo.rows(
        "select period_start, is_complete_period from metrics.metric_values where grain = 'week' "
        "and metric_name = 'net_revenue' and dimension_name = 'total' "
        "order by period_start desc limit 1"
    )
    assert not is_complete
    browser.open(page, "#metric=net_revenue")
    browser.wait("document.querySelector('#detail svg')")
    count = "document.querySelectorAll('#detail svg {}').length"
    assert browser.evaluate(count.format("circle.hollow")) == 1
    assert browser.evaluate(count.format("path.dashed")) == 1
    assert browser.evaluate(count.format("line.target")) == 1
    note = browser.evaluate("document.querySelector('.note').textContent")
    assert f"not complete: week of {last_week.day} {last_week:%b %Y}" in note
    browser.open(page, "#metric=net_revenue&grain=month")
    browser.wait("document.querySelector('#detail svg')")
    assert browser.evaluate(count.format("line.target")) == 0
    assert "hold by week" in browser.evaluate("document.querySelector('.note').textContent")


def test_a_chart_tells_its_values_by_keyboard_and_to_screen_readers(browser, page):
    browser.open(page, "#metric=net_revenue&grain=month")
    browser.wait("document.querySelector('#detail svg')")
    label = browser.evaluate("document.querySelector('#detail svg').getAttribute('aria-label')")
    assert re.match(r"Net revenue by month, \d+ complete periods: lowest .* latest .*\.$", label)
    browser.evaluate("document.querySelector('#detail svg').focus()")
    browser.press("ArrowLeft")
    tip = browser.evaluate("document.querySelector('#detail .tip').innerText")
    assert re.match(r"[A-Z][a-z]+ \d{4}\n[\d,.]+ reporting currency", tip)


def test_the_search_finds_by_every_word_of_name_definition_owner_and_unit(browser, page, catalog):
    browser.open(page)
    browser.press("/")
    for text in ("refund", "revenue trailing", "CHECKOUT@", "per impression", "no such metric"):
        browser.evaluate(
            f"document.activeElement.value = {json.dumps(text)};"
            "document.activeElement.dispatchEvent(new Event('input', {bubbles: true}))"
        )
        shown = browser.evaluate(
            "[...document.querySelectorAll('.card:not([hidden])')].map((c) => c.dataset.metric)"
        )
        expected = {
            name
            for name, row in catalog.items()
            if all(word in " ".join(row).lower() for word in text.lower().split())
        }
        assert set(shown) == expected
        status = browser.evaluate("document.getElementById('shown').textContent")
        assert status.startswith(f"{len(expected)} of" if expected else "No metric fits")


def test_a_slash_leads_from_a_metric_to_the_search(browser, page):
    browser.open(page, "#metric=net_revenue")
    browser.press("/")
    assert browser.evaluate("document.activeElement.id") == "search"
    assert browser.evaluate("document.getElementById('detail').hidden")


def test_the_summary_counts_and_filters(browser, page, demo):
    browser.open(page)
    counts = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) => "
        "[tile.dataset.state, Number(tile.querySelector('.tile-count').textContent)]))"
    )
    ((everything, on, off, alert),) = demo.rows(
        "select count(*), count_if(is_on_target), count_if(not is_on_target), "
        "count_if(alert_status in ('low', 'high')) from metrics.metric_status"
    )
    assert counts == {
        "": everything,
        "on": on,
        "off": off,
        "alert": alert,
        "open": everything - on - off,
    }
    browser.evaluate("document.querySelector('[data-state=off]').click()")
    assert browser.evaluate("document.querySelectorAll('.card:not([hidden])').length") == off


def test_a_link_opens_its_metric_and_back_returns_to_its_card(browser, page):
    browser.open(page, "#metric=net_revenue")
    assert (
        browser.evaluate("document.querySelector('#detail h2').innerText.trim()") == "Net revenue"
    )
    assert browser.evaluate("document.getElementById('overview').hidden")
    assert "where metric_name = 'net_revenue'" in browser.evaluate(
        "document.querySelector('pre').textContent"
    )
    browser.evaluate("document.querySelector('.back a').click()")
    browser.wait("document.getElementById('detail').hidden")
    assert browser.evaluate("document.activeElement.textContent") == "Net revenue"
    browser.open(page, "#metric=gone")
    assert "no metric" in browser.evaluate("document.getElementById('shown').textContent")


def test_the_query_returns_what_the_chart_shows(browser, page, demo):
    browser.open(page, "#metric=net_revenue&by=user__country")
    query = browser.evaluate("document.querySelector('pre').textContent")
    assert "metric_value" in query
    expected = demo.rows(
        "select period_start, dimension_value, metric_value from metrics.metric_values "
        "where metric_name = 'net_revenue' and grain = 'week' and is_complete_period "
        "and dimension_name = 'user__country' order by 1, 2"
    )
    assert demo.rows(query) == expected


def test_the_head_says_which_data_and_which_publication(browser, demo, tmp_path):
    database = changed_database(
        demo,
        tmp_path / "published.duckdb",
        "create table publication as select '20260701T061000000Z-1' as publication_id, "
        "timestamp '2026-07-01 06:10:00' as published_at, "
        "'0123456789abcdef-dirty' as code_version",
    )
    browser.open(built_page(database, tmp_path))
    ((last_day,),) = demo.rows("select max(last_day) from metrics.metric_catalog")
    assert browser.evaluate("document.getElementById('as-of').innerText") == (
        f"Data up to {last_day.day} {last_day:%b %Y}published 1 Jul 2026, 06:10 UTC"
        "code 0123456 with uncommitted changes"
    )
    source = browser.evaluate("document.getElementById('source').textContent")
    assert source.endswith("published.duckdb, publication 20260701T061000000Z-1.")


# What can go wrong


def test_text_of_the_data_stays_text(browser, demo, tmp_path):
    sql_text = "'" + HOSTILE.replace("'", "''") + "'"
    columns = "label description owner unit formula decision action changelog raw_tables models"
    changes = ", ".join(f"{column} = {sql_text}" for column in columns.split())
    database = changed_database(
        demo,
        tmp_path / "hostile.duckdb",
        f"update metrics.metric_catalog set {changes}, status = {sql_text}"
        " where metric_name = 'net_revenue'",
        f"update metrics.metric_values set dimension_value = {sql_text}"
        " where metric_name = 'net_revenue' and dimension_value = 'DE'",
        *(
            f"update {table} set metric_name = {sql_text} where metric_name = 'net_revenue'"
            for table in REQUIRED_TABLES
        ),
    )
    page = built_page(database, tmp_path)
    browser.open(page)
    for address in ("", f"#metric={quote(HOSTILE)}&by=user__country"):
        browser.evaluate(f"location.hash = {json.dumps(address)}")
        browser.wait(f"document.getElementById('detail').hidden === {json.dumps(not address)}")
        assert browser.evaluate("typeof hacked") == "undefined"
        assert browser.evaluate("document.querySelectorAll('img, body script').length") == 2
        text = browser.evaluate("document.body.innerText")
        assert HOSTILE in text
    assert browser.complaints() == []


def test_an_empty_warehouse_renders_and_says_why(browser, demo, tmp_path):
    numbers = (
        "period_start metric_value previous_value year_ago_value is_on_target alert_status trend"
    )
    database = changed_database(
        demo,
        tmp_path / "empty.duckdb",
        "delete from metrics.metric_values",
        "update metrics.metric_catalog set first_day = null, last_day = null, days_behind = null",
        "update metrics.metric_status set " + ", ".join(f"{n} = null" for n in numbers.split()),
        "create schema core",
        "create table core.fct_events (event_id varchar)",
    )
    page = built_page(database, tmp_path)
    for size in (WIDE, NARROW):
        browser.open(page, size=size)
        assert "No data yet" in browser.evaluate("document.body.innerText")
        reason = browser.evaluate("document.querySelector('[data-metric=clicks] .empty').innerText")
        assert reason.startswith("No values: fct_events has no rows")
        assert "product.events" in reason
        browser.evaluate("location.hash = '#metric=clicks'")
        browser.wait("!document.getElementById('detail').hidden")
        assert browser.evaluate("document.querySelector('#detail .empty').innerText") == reason
        assert browser.complaints() == []


@pytest.mark.parametrize(
    ("absent", "change", "said"),
    [
        (["product.events"], "", "declared absent in this project: product.events."),
        (["product"], "", "declared absent in this project: product.courses, product.events"),
        ([], "", "no row of the data counts towards it."),
        ([], "set last_day = '2019-12-31'", "its last values, of 2019-12-31, are older"),
    ],
    ids=["table", "source", "no row", "old"],
)
def test_a_metric_without_values_says_why(demo, tmp_path, absent, change, said):
    change = change or "set last_day = null"
    database = changed_database(
        demo,
        tmp_path / "without.duckdb",
        "delete from metrics.metric_values where metric_name = 'clicks'",
        f"update metrics.metric_catalog {change} where metric_name = 'clicks'",
    )
    with duckdb.connect(database) as connection:
        metrics = read_page(connection, "demo", "without.duckdb", absent)["metrics"]
    reasons = {metric["metric_name"]: metric.get("why_empty") for metric in metrics}
    assert reasons.pop("clicks").startswith(f"No values: {said}")
    assert set(reasons.values()) == {None}


def test_a_catalogue_without_metrics_renders(browser, demo, tmp_path):
    emptied = [f"delete from {table}" for table in REQUIRED_TABLES]
    page = built_page(changed_database(demo, tmp_path / "none.duckdb", *emptied), tmp_path)
    browser.open(page)
    assert "holds no metric yet" in browser.evaluate("document.body.innerText")
    assert browser.complaints() == []


def test_bare_metrics_render(browser, demo, tmp_path):
    """A definition that the 3A checks would refuse: nothing but a name."""
    kept = "metric_name additivity metric_type label"
    database = changed_database(demo, tmp_path / "bare.duckdb")
    with duckdb.connect(database) as connection:
        for table in ("metrics.metric_catalog", "metrics.metric_status"):
            columns = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            nulls = ", ".join(f"{column} = null" for column in columns - set(kept.split()))
            connection.execute(f"update {table} set {nulls}")
    page = built_page(database, tmp_path)
    browser.open(page, "#metric=net_revenue")
    browser.wait("document.querySelector('#detail svg')")
    browser.evaluate("location.hash = ''")
    browser.wait("document.getElementById('detail').hidden")
    assert "No tier" in browser.evaluate("document.body.innerText")
    assert browser.complaints() == []


def test_two_hundred_metrics_draw_only_what_is_near_the_screen(browser, demo, tmp_path):
    database = changed_database(demo, tmp_path / "many.duckdb")
    with duckdb.connect(database) as connection:
        for table in REQUIRED_TABLES:
            connection.execute(
                f"create or replace table {table} as "
                f"select t.* replace (metric_name || '_' || copy as metric_name) "
                f"from {table} as t cross join range(6) as copies(copy)"
            )
    page = built_page(database, tmp_path)
    browser.open(page)
    browser.wait("document.querySelector('.spark svg')")
    cards = browser.evaluate("document.querySelectorAll('.card').length")
    assert cards >= 200
    assert browser.evaluate("document.querySelectorAll('.chart svg').length") <= 18
    assert browser.evaluate("document.querySelectorAll('.spark').length") >= 100
    assert browser.evaluate("document.querySelectorAll('.spark svg').length") <= 40
    assert browser.evaluate("performance.getEntriesByType('navigation')[0].duration") < 5000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--database", "gone.duckdb"],
            "gone.duckdb does not exist; publish first: groundwork build",
        ),
        (["--database", "text.duckdb"], "text.duckdb cannot be opened"),
        (["--database", "bare.duckdb"], "has no table metrics.metric_catalog"),
        (["--database", "old.duckdb"], "does not fit this version of groundwork"),
        (
            ["--database", "demo", "--out", "text.duckdb/site"],
            "cannot be written (Not a directory)",
        ),
    ],
    ids=["missing", "no database", "no tables", "other columns", "unwritable"],
)
def test_an_error_is_one_clear_line(demo, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    Path("text.duckdb").write_text("not a database " * 1000)
    duckdb.connect("bare.duckdb").close()
    changed_database(
        demo, Path("old.duckdb"), "alter table metrics.metric_catalog drop column unit"
    )
    options = [str(demo.database) if word == "demo" else word for word in options]
    result = run_site(*options, "--no-docs")
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


# The file itself


def test_the_page_is_light_and_names_no_other_file_but_by_links(page):
    is_light_and_alone(page, MAX_BYTES, "style.css")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(scheme):
    style = (TEMPLATE / "style.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[0]))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[1]))
    pairs = [
        *itertools.product(("ink", "muted", "accent"), ("page", "surface")),
        *(("target", "surface"), ("bound", "surface"), ("muted", "grid")),
        *(("surface", colour) for colour in ("accent", "warn")),
        *((kind, f"{kind}-wash") for kind in ("good", "bad", "warn")),
    ]
    for text, ground in pairs:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(
        weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, 0),
        (120.0, 120),
        (1 / 3, 0.333333),
        (2 / 3 * 1e-4, 0.0000666667),
        (1234567.891, 1234567.89),
        (-98.7654321, -98.7654),
        (math.nan, None),
        (math.inf, None),
        (None, None),
    ],
)
def test_shortened_keeps_six_digits_and_cents(value, expected):
    assert shortened(value) == expected


# The docs


def test_the_docs_are_written_beside_the_page_and_leave_the_build_alone(demo, tmp_path):
    project, out = copy_project(tmp_path / "project"), tmp_path / "site"
    shutil.copytree(ROOT / "docs", project / "docs", dirs_exist_ok=True)
    built = demo.database.stat().st_mtime_ns
    program = Path(sys.executable).with_name("groundwork")
    options = ["--project-dir", project, "--database", demo.database, "--out", out]
    finished = subprocess.run([program, "site", *options], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    docs = out / "docs.html"
    assert docs.stat().st_size < MAX_DOCS_BYTES
    assert "Which table answers what" in unpacked(docs.read_bytes()).decode()
    assert 'href="docs.html"' in (out / "index.html").read_text(encoding="utf-8")
    assert not (project / "target").exists()
    assert not list((project / "warehouse").iterdir())
    assert demo.database.stat().st_mtime_ns == built


def test_a_page_without_docs_has_no_link_to_them(page):
    assert 'href="docs.html"' not in page.read_text(encoding="utf-8")


def test_the_overview_names_every_public_table_and_links_to_what_exists(demo):
    overview = demo.manifest["docs"]["doc.groundwork.__overview__"]["block_contents"]
    linked = set(re.findall(r"\(#!/model/([\w.]+)\)", overview))
    public = {
        name
        for name, node in demo.manifest["nodes"].items()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    assert linked <= set(demo.manifest["nodes"])
    assert public <= linked
