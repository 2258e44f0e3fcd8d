"""The front page against the demo: it says what the tables say, and leads to what is behind it."""

import re
import shlex

import pytest
from metric_cells import Cell, MetricFlow, differences, metric_rows, values_of
from pages import (
    HOSTILE,
    NARROW,
    WIDE,
    built_page,
    copied_tables,
    dicts,
    embedded,
    started_browser,
    text_of,
    texts_of,
)

from groundwork.site.experiments import EXPERIMENT_TABLES
from groundwork.site.front import NEWS_DAYS
from groundwork.site.models import MODEL_TABLES
from groundwork.site.quality import QUALITY_TABLES
from groundwork.site.team import TEAM_TABLES

AROUND = (
    "metrics.metric_anomalies",
    "metrics.metric_restatements",
    *EXPERIMENT_TABLES,
    *MODEL_TABLES,
    *QUALITY_TABLES,
    *TEAM_TABLES,
)

# pixels between the last period of a spark and its right edge
SPARK_EDGE = 5
ROW_OF_NET_REVENUE = (
    "[...document.querySelectorAll('#steering tr')]"
    ".find((row) => row.querySelector('[href$=\"=net_revenue\"]'))"
)

browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    return built_page(demo.database, tmp_path_factory.mktemp("front"))


def steering(browser) -> dict[str, list[str]]:
    """Return the rows of the first table by what their link leads to."""
    rows = browser.evaluate(
        "[...document.querySelectorAll('#steering tbody tr')].map((row) => "
        "[row.querySelector('a').hash, ...[...row.cells].slice(2).map((c) => c.textContent)])"
    )
    return {address.removeprefix("#metric="): cells for address, *cells in rows}


def news(browser) -> dict[str, str]:
    return dict(
        browser.evaluate(
            "[...document.querySelectorAll('#news > div')].map((one) => "
            "[one.querySelector('dt').innerText, one.querySelector('.state').innerText])"
        )
    )


def test_the_first_table_is_the_standing_of_the_highest_tier_off_target_first(browser, page, demo):
    expected = dicts(
        demo, "select metric_name, is_on_target from metrics.metric_status where tier = 1"
    )
    verdicts = {row["metric_name"]: row["is_on_target"] for row in expected}
    browser.open(page)
    shown = steering(browser)
    assert shown.keys() == verdicts.keys()
    order = [verdicts[name] for name in shown]
    assert order == sorted(order)
    for name, cells in shown.items():
        assert ("On target" in cells[-1]) == verdicts[name]
    judged = sum(value is not None for value in verdicts.values())
    assert text_of(browser, "#verdict") == (
        f"{sum(map(bool, verdicts.values()))} of {judged} metrics that steer the company "
        "are on target"
    )


def test_a_spark_ends_with_the_latest_whole_period(browser, page, demo):
    browser.open(page)
    browser.wait("document.querySelector('.spark svg path.line')")
    assert (
        browser.evaluate("document.querySelectorAll('.spark .hollow, .spark .dashed').length") == 0
    )
    label = browser.evaluate("document.querySelector('.spark svg').getAttribute('aria-label')")
    assert re.search(r"complete periods: lowest .*, highest .*, latest .*\.$", label)
    ((is_whole,),) = demo.rows(
        "select is_complete_period from metrics.metric_values where metric_name = 'net_revenue' "
        "and grain = 'week' and dimension_name = 'total' order by period_start desc limit 1"
    )
    assert not is_whole, "the demo ends within a week"
    ends = "[...{}.querySelectorAll('{}')].map((n) => Number(n.getAttribute('{}')))"
    (last,) = browser.evaluate(ends.format(ROW_OF_NET_REVENUE, "circle.dot", "cx"))
    (width,) = browser.evaluate(ends.format(ROW_OF_NET_REVENUE, "svg", "width"))
    assert last < width - SPARK_EDGE - 1


def test_the_news_are_what_the_tables_say(browser, page, demo):
    ((incidents, odd, models, waiting),) = demo.rows(
        f"""
        select
            (select count(*) from quality.data_incidents where is_open),
            (
                select count(distinct metric_name)
                from metrics.metric_anomalies
                where
                    is_anomaly
                    and date_day > (
                        select max(date_day) - {NEWS_DAYS} from metrics.metric_anomalies
                    )
            ) + (
                select count(distinct table_name)
                from quality.data_anomalies
                where
                    is_anomaly
                    and date_day > (
                        select max(date_day) - {NEWS_DAYS} from quality.data_anomalies
                    )
            ),
            (select count(*) from ml.ml_model_cards where trigger_count > 0),
            (
                select count(*)
                from experiments.experiment_decisions
                inner join experiments.experiment_catalog using (experiment_id)
                where decision is null and decision_date is not null and kind != 'aa'
            )
        """
    )
    browser.open(page)
    said = {subject: text.split("\n")[-1].strip() for subject, text in news(browser).items()}
    assert incidents == models - 3 == 1, "the demo has one open incident and models to rebuild"
    assert said["Incidents"].endswith(f"{incidents} open")
    assert said["Models"].endswith(f"{models} to build again")
    assert said["Unusual"].endswith(f"{odd} in {NEWS_DAYS} days")
    assert (f"{waiting} to decide now" if waiting else "None to decide") in said["Experiments"]
    assert "Up to 30 Jun 2026" in said["Data"]


def test_what_waits_for_a_decision_and_what_failed_is_said(browser, demo, tmp_path):
    database = copied_tables(
        demo,
        tmp_path / "news.duckdb",
        AROUND,
        "update experiments.experiment_decisions set decision = null, decided_at = null "
        "where experiment_id = 'welcome_banner'",
        "update quality.data_catalog set last_test_count = 10, last_failed_count = 2, "
        "last_tested_at = '2026-07-01 06:00' "
        "where column_name = '(table)' and data_name = 'fct_orders'",
        "update ml.ml_model_cards set trigger_count = 0",
        "update quality.data_incidents set is_open = false",
        "update metrics.metric_catalog set days_behind = 9 where metric_name = 'orders'",
    )
    browser.open(built_page(database, tmp_path))
    said = news(browser)
    assert "1 to decide now" in said["Experiments"]
    assert "the rule says ship since 25 May 2026" in text_of(browser, "#news")
    assert re.search(r"2 of [\d,]+ failed", said["Checks"])
    assert "None to build again" in said["Models"]
    assert "None open" in said["Incidents"]
    assert "1 late" in said["Data"]


def test_a_publication_says_that_its_checks_passed(browser, demo, tmp_path):
    """The first build is published before its checks are in the catalogue."""
    unrecorded = "update quality.data_catalog set last_test_count = null, last_failed_count = null"
    published = (
        "create table publication as select '20260701T061000000Z-1' as publication_id, "
        "timestamp '2026-07-01 06:10:00' as published_at, 'abc' as code_version"
    )
    for name, changes, expected in (
        ("plain", (unrecorded,), "None recorded yet"),
        ("published", (unrecorded, published), "Passed"),
    ):
        database = copied_tables(demo, tmp_path / f"{name}.duckdb", AROUND, *changes)
        browser.open(built_page(database, tmp_path / name))
        assert expected in news(browser)["Checks"]


def test_without_the_tables_around_them_metrics_stand_alone(browser, demo, tmp_path):
    page = built_page(copied_tables(demo, tmp_path / "alone.duckdb", ()), tmp_path)
    for size in (WIDE, NARROW):
        browser.open(page, size=size)
        assert list(news(browser)) == ["Data"]
        browser.open(page, "#metric=net_revenue", size)
        headings = texts_of(browser, "#detail .panel h3")
        assert headings == [
            "About this metric",
            "Where it comes from, and what rests on it",
            "Query it",
        ]
        assert browser.complaints() == []


def test_a_group_that_is_not_in_use_is_not_news(browser, demo, tmp_path):
    emptied = [f"delete from {table}" for table in (*EXPERIMENT_TABLES, *MODEL_TABLES)]
    page = built_page(copied_tables(demo, tmp_path / "few.duckdb", AROUND, *emptied), tmp_path)
    browser.open(page)
    assert list(news(browser)) == ["Data", "Checks", "Incidents", "Unusual"]
    assert browser.complaints() == []


def test_metrics_without_a_tier_leave_the_news(browser, demo, tmp_path):
    change = "update metrics.metric_catalog set tier = null"
    page = built_page(copied_tables(demo, tmp_path / "none.duckdb", AROUND, change), tmp_path)
    browser.open(page)
    assert text_of(browser, "#verdict") == "No metric has a tier yet"
    assert "Models" in news(browser)
    assert browser.complaints() == []


def test_text_around_a_metric_stays_text(browser, demo, tmp_path):
    text = "'" + HOSTILE.replace("'", "''") + "'"
    database = copied_tables(
        demo,
        tmp_path / "hostile.duckdb",
        AROUND,
        f"update data_team.decision_log set title = {text}",
        f"update experiments.experiment_catalog set title = {text}",
        f"update ml.ml_model_cards set title = {text}",
        f"update quality.data_incidents set incident_id = {text}, affected_table = {text}",
        "insert into metrics.metric_restatements select 'orders', 'week', date '2026-06-01', 1, "
        f"1.0, 2.0, 1.0, true, {text}, {text}, 1, 'x', timestamp '2026-07-01 06:00'",
    )
    page = built_page(database, tmp_path)
    for address in ("", "#metric=orders", "#metric=net_revenue"):
        browser.open(page, address, NARROW)
        assert HOSTILE in browser.evaluate("document.body.innerText")
        assert browser.evaluate("typeof hacked") == "undefined"
        assert browser.evaluate("document.documentElement.scrollWidth") <= NARROW[0]
        assert browser.complaints() == []


# What surrounds a metric


def test_odd_days_and_decisions_of_a_metric_are_those_of_the_tables(browser, page, demo):
    days = demo.rows(
        "select count(*) from metrics.metric_anomalies "
        "where is_anomaly and metric_name = 'net_revenue'"
    )
    browser.open(page, "#metric=net_revenue&grain=day")
    browser.wait("document.querySelector('#detail .chart svg')")
    count = "document.querySelectorAll('[data-field=eventTables] tbody tr').length"
    assert browser.evaluate(count) == days[0][0] > 0
    browser.evaluate("document.querySelector('[name=range][value=\"2\"]').click()")
    browser.wait("document.querySelectorAll('#detail circle.odd').length")
    titles = demo.rows(
        "select title from data_team.decision_support inner join data_team.decision_log "
        "using (decision_id) where link_type = 'metric' and link_id = 'net_revenue'"
    )
    assert set(texts_of(browser, "[data-field=useTables] tbody a")) == {
        title for (title,) in titles
    }


def test_lineage_leads_from_raw_tables_to_metrics_that_rest_on_it(browser, page, demo):
    browser.open(page, "#metric=gross_revenue")
    steps = dict(
        browser.evaluate(
            "[...document.querySelectorAll('.lineage > div')].map((step) => "
            "[step.querySelector('dt').innerText, "
            "[...step.querySelectorAll('a')].map((a) => a.innerText)])"
        )
    )
    ((raw,),) = demo.rows(
        "select raw_tables from metrics.metric_catalog where metric_name = 'gross_revenue'"
    )
    assert steps["Raw"] == raw.split(", ")
    assert "fct_orders" in steps["Marts"]
    definitions = demo.manifest["metrics"]
    dependents = {
        metric["label"]
        for metric in definitions.values()
        if "metric.groundwork.gross_revenue" in metric["depends_on"]["nodes"]
        and "gross_revenue" not in with_filter(metric)
    }
    assert dependents <= set(steps["Metrics with it in their formula"])


def test_the_inputs_of_metrics_are_among_those_that_dbt_names(page, demo):
    """Every metric that dbt says a metric depends on is found by its formula, but for filters."""
    found = {metric["metric_name"]: set(metric["inputs"]) for metric in embedded(page)["metrics"]}
    assert found["active_users_28d"] == {"active_users"}
    assert found["net_revenue"] == {"gross_revenue", "discounts", "refunds"}
    assert found["orders"] == set()
    definitions = demo.manifest["metrics"]
    for unique_id, metric in definitions.items():
        named = {
            name.rpartition(".")[2]
            for name in metric["depends_on"]["nodes"]
            if name in definitions and name.rpartition(".")[2] in found
        }
        plain = {name for name in named if name not in with_filter(metric)}
        assert plain <= found.get(unique_id.rpartition(".")[2], plain), unique_id


def with_filter(metric: dict) -> set[str]:
    """Return the inputs that a metric narrows by a filter of its own: another metric by then."""
    parameters = metric["type_params"]
    inputs = [parameters["numerator"], parameters["denominator"], *(parameters["metrics"] or [])]
    return {
        one["name"]
        for one in inputs
        if one and (one.get("filter") or metric.get("filter") or one.get("offset_window"))
    }


# Queries


@pytest.mark.parametrize("split", ["", "user__country"])
def test_the_python_shown_prints_what_the_sql_returns(browser, page, demo, split):
    by = f"&by={split}" if split else ""
    browser.open(page, f"#metric=net_revenue&grain=month{by}")
    sql = text_of(browser, "pre")
    browser.evaluate("document.querySelector('[value=python]').click()")
    code = text_of(browser, "pre")
    name = re.search(r'connect\("(.*?)"', code)[1]
    code = code.replace(name, str(demo.database))
    scope: dict = {}
    exec(compile(code, "shown.py", "exec"), scope)
    assert scope["rows"].fetchall() == demo.rows(sql)


@pytest.mark.parametrize(
    ("metric", "by"),
    [
        ("net_revenue", "&by=user__country"),
        ("retention_7d", ""),
        ("active_users_28d", ""),
        ("revenue_per_active_user", "&by=user__platform"),
    ],
)
def test_the_command_shown_asks_metricflow_for_what_is_published(browser, page, demo, metric, by):
    browser.open(page, f"#metric={metric}{by}")
    browser.evaluate("document.querySelector('[value=metricflow]').click()")
    words = shlex.split(text_of(browser, "pre"))
    assert words[:2] == ["mf", "query"]
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options["--order"] == options["--group-by"].split(",")[0]
    period, *dimensions = options["--group-by"].split(",")
    ((grain,),) = demo.rows(
        f"select grain from metrics.metric_catalog where metric_name = '{metric}'"
    )
    assert period == f"metric_time__{grain}"
    assert dimensions == [name for name in [by.removeprefix("&by=")] if name]
    cell = Cell(options["--metrics"], grain, *(dimensions or ["total"]))
    published = values_of(metric_rows(demo, metric)[cell])
    assert not list(differences(MetricFlow(demo).values(cell), published, "MetricFlow"))
