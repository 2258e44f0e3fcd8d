"""The page of experiments against the demo, in a headless Chromium: its verdicts and numbers are
those of the tables, and what can go wrong."""

import json
import re
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
from pages import (
    HOSTILE,
    NARROW,
    WIDE,
    built_page,
    copied_tables,
    embedded,
    is_light_and_alone,
    is_refused_without,
    month,
    says_that_there_are_none,
    shows_text_alone,
    started_browser,
    text_of,
    texts_of,
)

from groundwork.site.experiments import DAILY_NUMBERS, EXPERIMENT_TABLES, SCHEMA

MAX_BYTES = 1_000_000
RELATIVE = 1e-5
MINUS, NOTHING = "\u2212", "\u2013"
GROUPS = ["To decide", "Running", "Decided", "Invalid", "A/A", "Planned"]
WORDS = {
    "ship": "Ship",
    "roll_back": "Roll back",
    "keep_running": "Keep running",
    "inconclusive": "Inconclusive",
    "invalid": "Invalid",
}
# The day of a treatment that its numbers are shown of, as SQL that a query begins with.
SHOWN = """
    with days as (
        select
            experiment_id,
            treatment_variant_id,
            coalesce(
                max(as_of_date) filter (is_decision_date), max(as_of_date) filter (is_latest)
            ) as as_of_date
        from experiments.experiment_readouts
        group by all
    ),

    shown as (
        select readouts.*
        from experiments.experiment_readouts as readouts
        inner join days using (experiment_id, treatment_variant_id, as_of_date)
        where maturity = 'matured'
    )
"""

browser = pytest.fixture(scope="module")(started_browser)


def experiments_page(database: Path, out: Path) -> Path:
    return built_page(database, out).with_name("experiments.html")


def copied_database(demo, path: Path, *statements: str) -> Path:
    return copied_tables(demo, path, EXPERIMENT_TABLES, *statements)


def address(experiment: str) -> str:
    return f"#experiment={quote(experiment)}"


def percent(value: float) -> str:
    """Write a relative effect as the page does."""
    text = f"{abs(value):,.{1 if abs(value) < 1 else 0}%}"
    if not re.search("[1-9]", text):
        return text
    return (MINUS if value < 0 else "+") + text


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    return experiments_page(demo.database, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def decisions(demo):
    """By experiment: its decision rows as dicts, in order of the treatments."""
    columns = [
        "experiment_id",
        "treatment_variant_id",
        "recommendation",
        "reasons",
        "decision",
        "is_by_the_rule",
        "decision_date",
    ]
    rows = demo.rows(
        f"select {', '.join(columns)} from experiments.experiment_decisions order by 1, 2"
    )
    by_experiment = {}
    for row in rows:
        by_experiment.setdefault(row[0], []).append(dict(zip(columns, row, strict=True)))
    return by_experiment


@pytest.fixture(scope="module")
def ids(demo):
    return [row[0] for row in demo.rows("select experiment_id from experiments.experiment_catalog")]


# What a reader sees


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_every_experiment_is_quiet_and_no_wider_than_the_screen(browser, page, ids, size, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.call("Emulation.setEmulatedMedia", features=features)
    browser.open(page, size=size)
    width = "document.documentElement.scrollWidth"
    assert browser.evaluate(width) <= size[0]
    for experiment in ids:
        browser.evaluate(f"location.hash = {json.dumps(address(experiment))}")
        browser.wait("!document.getElementById('detail').hidden")
        browser.wait(
            "[...document.querySelectorAll('#detail .forest, #detail .chart')]"
            ".every((host) => (host.scrollIntoView(), host.querySelector('svg > *')))"
        )
        browser.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        assert browser.evaluate(width) <= size[0], experiment
        browser.evaluate("document.querySelector('.back a').click()")
        browser.wait("document.getElementById('detail').hidden")
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((page.as_uri(), "data:"))] == []
    browser.call("Emulation.setEmulatedMedia", features=[])


def test_the_list_has_every_experiment_in_the_group_of_its_state(
    browser, page, ids, decisions, demo
):
    catalog = {
        row[0]: row[1:]
        for row in demo.rows(
            "select experiment_id, status, kind, is_decided from experiments.experiment_catalog"
        )
    }

    def group(experiment):
        status, kind, is_decided = catalog[experiment]
        said = {row["recommendation"] for row in decisions.get(experiment, [])}
        if "invalid" in said:
            return "Invalid"
        if not said or status == "planned":
            return "Decided" if is_decided else "Planned"
        if is_decided:
            return "Decided"
        if "keep_running" in said:
            return "Running"
        return "A/A" if kind == "aa" else "To decide"

    browser.open(page)
    shown = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#groups section')].map((section) => "
        "[section.querySelector('h2 span').textContent, "
        "[...section.querySelectorAll('[data-experiment]')].map((c) => c.dataset.experiment)]))"
    )
    assert list(shown) == [name for name in GROUPS if name in shown]
    assert {name: sorted(members) for name, members in shown.items()} == {
        name: sorted(one for one in ids if group(one) == name) for name in map(group, ids)
    }


def test_a_row_says_what_the_rule_says_and_why(browser, page, decisions):
    browser.open(page)
    shown = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-experiment]')].map((card) => "
        "[card.dataset.experiment, [card.querySelector('.states').innerText, "
        "card.querySelector('.trial-why').innerText]]))"
    )
    for experiment, rows in decisions.items():
        states, why = shown[experiment]
        for row in rows:
            assert WORDS[row["recommendation"]] in states, experiment
            assert row["reasons"][1:] in why, experiment
        is_against = any(row["is_by_the_rule"] is False for row in rows)
        assert ("Against the rule" in states) == is_against, experiment


def test_a_row_shows_the_relative_effect_of_each_primary(browser, page, demo):
    browser.open(page)
    shown = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-experiment]')].map((card) => "
        "[card.dataset.experiment, "
        "[...card.querySelectorAll('data')].map((data) => Number(data.value))]))"
    )
    expected = {experiment: [] for experiment in shown}
    for experiment, value in demo.rows(
        f"{SHOWN} select experiment_id, relative_effect from shown where role = 'primary' "
        "and segment_name = 'total' and is_decision_estimator and relative_effect is not null "
        "order by experiment_id, metric_name, treatment_variant_id"
    ):
        expected[experiment].append(pytest.approx(value, rel=RELATIVE))
    assert any(expected.values())
    assert shown == expected


def test_the_summary_counts_and_filters(browser, page, ids, decisions):
    browser.open(page)
    counts = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) => "
        "[tile.dataset.state, Number(tile.querySelector('.tile-count').textContent)]))"
    )

    def count(holds):
        return sum(1 for rows in decisions.values() if holds(rows))

    against = count(lambda rows: any(row["is_by_the_rule"] is False for row in rows))
    assert counts[""] == len(ids)
    assert counts["against"] == against
    assert counts["alert"] == count(
        lambda rows: any(row["recommendation"] == "invalid" for row in rows)
    )
    browser.evaluate("document.querySelector('[data-state=against]').click()")
    assert len(texts_of(browser, ".card:not([hidden])")) == against
    assert text_of(browser, "#shown").startswith(
        f"{against} of {len(ids)} experiments" if against else "No experiment fits"
    )


def test_the_search_finds_by_title_hypothesis_metric_owner_and_verdict(browser, page, demo):
    browser.open(page)
    rows = demo.rows(
        "select experiment_id, title, hypothesis, owner from experiments.experiment_catalog"
    )
    for experiment, *texts in rows:
        for text in texts:
            browser.evaluate(
                f"(() => {{ const search = document.getElementById('search'); "
                f"search.value = {json.dumps(text)}; "
                "search.dispatchEvent(new Event('input', {bubbles: true})); })()"
            )
            assert experiment in browser.evaluate(
                "[...document.querySelectorAll('.card:not([hidden])')]"
                ".map((card) => card.dataset.experiment)"
            )
    browser.press("Escape")
    browser.evaluate("document.activeElement.blur()")
    browser.press("/")
    assert browser.evaluate("document.activeElement.id") == "search"


def test_a_verdict_names_rule_decision_and_day(browser, page, decisions):
    for experiment, rows in decisions.items():
        browser.open(page, address(experiment))
        blocks = texts_of(browser, ".trial-block")
        assert len(blocks) == len(rows)
        facts = text_of(browser, ".fact-list")
        alarm = browser.evaluate("document.querySelector('.alarm').innerText")
        for row, block in zip(rows, blocks, strict=True):
            assert f"says of {row['treatment_variant_id']}," in block
            assert WORDS[row["recommendation"]] in block
            assert row["reasons"][1:] in block
            if row["decision"]:
                assert WORDS[row["decision"]] in facts
            if day := row["decision_date"]:
                assert f"{day.day} {month(day)} {day.year}" in facts
        if any(row["is_by_the_rule"] is False for row in rows):
            assert "Decided against the rule" in alarm
            assert "Against the rule" in facts
        else:
            assert browser.evaluate("document.querySelector('.alarm').hidden")
            if rows[0]["decision"]:
                assert "By the rule" in facts


def test_the_forest_shows_effects_intervals_verdicts_and_reasons(browser, page, demo, ids):
    rows = demo.rows(
        f"{SHOWN} select experiment_id, coalesce(label, metric_name), relative_effect, "
        "relative_effect_ci_lower, relative_effect_ci_upper, verdict, non_inferiority_margin, "
        "reason from shown inner join metrics.metric_catalog using (metric_name) "
        "where segment_name = 'total' and is_decision_estimator order by experiment_id, "
        "case role when 'primary' then 1 when 'guardrail' then 2 else 3 end, metric_name, "
        "treatment_variant_id"
    )
    assert rows
    for experiment in ids:
        expected = [row[1:] for row in rows if row[0] == experiment]
        browser.open(page, address(experiment))
        if not expected:
            assert browser.evaluate("!document.querySelector('[data-field=effects]')")
            continue
        browser.wait("document.querySelector('[data-field=effectsForest] svg > *')")
        shown = texts_of(browser, "[data-field=effectsForest] li.forest-row")
        assert len(shown) == len(expected)
        for text, (label, effect, low, high, verdict, _, _) in zip(shown, expected, strict=True):
            assert text.startswith(label)
            if effect is None:
                assert "No number: " in text
            else:
                assert percent(effect) in text
                assert f"{percent(low)} to {percent(high)}" in text
            if verdict:
                assert verdict.replace("_", " ").capitalize() in text
        forest = "[data-field=effectsForest] svg "
        drawn = [row for row in expected if row[1] is not None]
        assert len(texts_of_svg(browser, f"{forest}path.interval:not(.lighter)")) == len(drawn)
        guarded = [row for row in drawn if row[5] is not None]
        assert len(texts_of_svg(browser, f"{forest}line.margin")) == len(guarded)


def texts_of_svg(browser, selector: str) -> list[str]:
    return browser.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.textContent)"
    )


def test_a_margin_is_drawn_on_the_side_of_harm(browser, page, demo):
    rows = demo.rows(
        f"{SHOWN} select experiment_id, direction from shown "
        "inner join metrics.metric_catalog using (metric_name) where role = 'guardrail' "
        "and segment_name = 'total' and is_decision_estimator and relative_effect is not null"
    )
    sides = {}
    for experiment, direction in rows:
        sides.setdefault(experiment, []).append(direction)
    assert sides
    for experiment, directions in sides.items():
        browser.open(page, address(experiment))
        browser.wait("document.querySelector('[data-field=effectsForest] svg line.margin')")
        places = browser.evaluate(
            "(() => { const x = (name) => [...document.querySelectorAll("
            "`[data-field=effectsForest] svg line.${name}`)].map((line) => "
            "Number(line.getAttribute('x1'))); return [x('zero')[0], x('margin')]; })()"
        )
        zero, margins = places
        assert sorted(margin > zero for margin in margins) == sorted(
            direction == "down" for direction in directions
        )


def test_the_daily_lines_are_the_readouts_of_matured_primaries(page, demo):
    numbers = ", ".join(DAILY_NUMBERS)
    published = {
        row[:4]: row[4:]
        for row in demo.rows(
            "select experiment_id, metric_name, treatment_variant_id, as_of_date::varchar, "
            f"control_n + treatment_n, {numbers} from experiments.experiment_readouts "
            "where role = 'primary' and maturity = 'matured' and segment_name = 'total' "
            "and is_decision_estimator"
        )
    }
    compared = 0
    for experiment in embedded(page)["experiments"]:
        for line in experiment["daily"]:
            for place, day in enumerate(line["days"]):
                key = (
                    experiment["experiment_id"],
                    line["metric_name"],
                    line["treatment_variant_id"],
                    day,
                )
                shown = [line[name][place] for name in ("units", *DAILY_NUMBERS)]
                expected = published.pop(key)
                assert shown == [
                    value if value is None else pytest.approx(value, rel=RELATIVE)
                    for value in expected
                ], key
                compared += 1
    assert compared > 500
    assert not published


def test_the_band_has_line_intervals_and_the_day_that_decides(browser, page, demo, decisions):
    drawn = demo.rows(
        "select experiment_id, count(distinct (metric_name, treatment_variant_id)) "
        "from experiments.experiment_readouts where role = 'primary' and maturity = 'matured' "
        "and segment_name = 'total' and is_decision_estimator and effect is not null group by 1"
    )
    assert drawn
    for experiment, lines in drawn:
        browser.open(page, address(experiment))
        browser.evaluate("document.querySelector('.bands').scrollIntoView()")
        browser.wait(f"document.querySelectorAll('.bands svg path.line').length === {lines}")
        for kind in ("band", "once"):
            assert len(texts_of_svg(browser, f".bands svg path.{kind}")) == lines
        labels = texts_of_svg(browser, ".bands svg text.decision")
        has_decided = [row for row in decisions[experiment] if row["decision_date"]]
        assert bool(labels) == bool(has_decided), experiment
        assert set(labels) <= {"decides"}


def test_a_band_tells_its_days_by_keyboard_and_its_table_has_them_all(browser, page, demo):
    ((experiment, days),) = demo.rows(
        "select experiment_id, count(*) from experiments.experiment_readouts where "
        "role = 'primary' and maturity = 'matured' and segment_name = 'total' "
        "and is_decision_estimator group by 1 having count(effect) > 0 "
        "and count(distinct (metric_name, treatment_variant_id)) = 1 order by 2 desc, 1 limit 1"
    )
    browser.open(page, address(experiment))
    browser.evaluate("document.querySelector('.bands').scrollIntoView()")
    browser.wait("document.querySelector('.bands svg')")
    label = browser.evaluate("document.querySelector('.bands svg').getAttribute('aria-label')")
    assert re.search(r"effect by day\. On \d+ \w+ \d{4} .*, always valid .+ to .+\.$", label)
    browser.evaluate("document.querySelector('.bands svg').focus()")
    browser.press("ArrowLeft")
    tip = text_of(browser, ".bands .tip")
    assert re.match(rf"\w+,? \d+ \w+ \d{{4}}\n[+{MINUS}]?[\d,.]+( pp)?\nalways valid", tip)
    browser.evaluate("document.querySelector('.bands details').open = true")
    browser.wait("document.querySelector('.bands tbody tr')")
    assert len(texts_of(browser, ".bands tbody tr")) == days


def test_every_chart_has_a_table_beside_it(browser, page, ids):
    for experiment in ids:
        browser.open(page, address(experiment))
        assert browser.evaluate(
            "[...document.querySelectorAll('#detail .forest, #detail .chart')].every((host) => "
            "host.parentElement.querySelector(':scope > details.table'))"
        )


def test_the_table_of_effects_has_both_estimators(browser, page, demo):
    ((experiment, count),) = demo.rows(
        f"{SHOWN} select experiment_id, count(*) from shown where segment_name = 'total' "
        "group by 1 order by 2 desc, 1 limit 1"
    )
    browser.open(page, address(experiment))
    browser.evaluate("document.querySelector('[data-field=effectsForest] details').open = true")
    browser.wait("document.querySelector('[data-field=effectsForest] tbody tr')")
    assert len(texts_of(browser, "[data-field=effectsForest] tbody tr")) == count


def test_segments_show_those_that_have_a_number_and_count_the_rest(browser, page, demo, ids):
    counts = dict(
        (row[0], row[1:])
        for row in demo.rows(
            f"{SHOWN} select experiment_id, count(*), count(effect) from shown "
            "where segment_name != 'total' and is_decision_estimator group by 1"
        )
    )
    for experiment in ids:
        browser.open(page, address(experiment))
        every, known = counts.get(experiment, (0, 0))
        rows = texts_of(browser, "[data-field=segmentsForest] li.forest-row")
        assert len(rows) == known
        if every > known > 0:
            assert f"{every - known} of {every} segments" in text_of(
                browser, "[data-field=segmentsNote]"
            )


def test_every_health_check_has_a_symbol_a_word_and_its_explanation(browser, page, demo, ids):
    words = {"failed": "\u2715Failed", "warning": "!Warning", "passed": "\u2713Passed"}
    words["not_available"] = f"{NOTHING}Not known"
    checks = demo.rows(
        "select distinct experiment_id, status, explanation, replace(check_name, '_', ' ') "
        "from experiments.experiment_health_checks"
    )
    for experiment in ids:
        expected = [row[1:] for row in checks if row[0] == experiment]
        browser.open(page, address(experiment))
        shown = browser.evaluate(
            "[...document.querySelectorAll('[data-field=health] .check')].map((row) => "
            "[row.querySelector('.state').textContent, row.textContent])"
        )
        assert len(shown) == len(expected)
        for status, explanation, name in expected:
            assert any(
                word == words[status] and explanation[1:] in text and name[1:] in text
                for word, text in shown
            ), (experiment, name)


def test_an_invalid_experiment_shows_its_health_before_its_numbers(browser, page, decisions):
    for experiment, rows in decisions.items():
        browser.open(page, address(experiment))
        fields = browser.evaluate(
            "[...document.querySelectorAll('#detail > .panel')].map((one) => one.dataset.field)"
        )
        is_invalid = any(row["recommendation"] == "invalid" for row in rows)
        assert (fields.index("health") < fields.index("effects")) == is_invalid
        assert bool(texts_of(browser, ".untrusted-note")) == is_invalid


def test_stages_and_plan_are_those_of_the_tables(browser, page, demo, ids):
    stages = demo.rows(
        "select experiment_id, unit_count, planned_unit_count, reason "
        "from experiments.experiment_rollouts order by experiment_id, stage"
    )
    needed = demo.rows(
        "select experiment_id, max(unit_count), max(sample_size) filter (role = 'primary') "
        "from experiments.experiment_catalog left join experiments.experiment_plans "
        "using (experiment_id) group by 1"
    )
    needed = {experiment: sizes for experiment, *sizes in needed}
    for experiment in ids:
        browser.open(page, address(experiment))
        rows = texts_of(browser, "[data-field=stagesTable] tbody tr")
        expected = [row[1:] for row in stages if row[0] == experiment]
        assert len(rows) == len(expected)
        for text, (units, planned, reason) in zip(rows, expected, strict=True):
            assert f"{units:,}\t{planned:,}\t" in text
            assert reason[1:] in text
        reached, size = needed[experiment]
        if size:
            assert text_of(browser, "[data-field=reach]").startswith(f"{reached:,} of {size:,} ")


def test_pooled_stands_beside_stratified_where_the_stages_were_compared(browser, page, demo):
    checks = demo.rows(
        "select experiment_id, count(*), count_if(status = 'warning') "
        "from experiments.experiment_health_checks where check_name = 'simpson' group by 1"
    )
    assert checks
    for experiment, count, warnings in checks:
        browser.open(page, address(experiment))
        rows = texts_of(browser, "[data-field=simpson] .check")
        assert len(rows) == count
        assert all("tratified" in row and "pooled" in row for row in rows)
        assert sum("Simpson's paradox" in row for row in rows) == warnings


def test_the_query_returns_what_the_forest_shows(browser, page, demo, decisions):
    experiment = next(name for name, rows in decisions.items() if rows[0]["decision_date"])
    browser.open(page, address(experiment))
    query = text_of(browser, "pre")
    shown = texts_of(browser, "[data-field=effectsForest] li.forest-row")
    returned = demo.rows(query)
    assert len(returned) == len(shown)
    for row in returned:
        assert any(percent(row[3]) in text for text in shown) if row[3] is not None else True


def test_the_pages_lead_to_each_other(browser, page):
    index = page.with_name("index.html").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    assert 'href="experiments.html"' in index
    assert 'href="index.html"' in text
    assert 'href="docs.html"' not in text
    metrics = {
        metric["metric_name"] for metric in embedded(page.with_name("index.html"))["metrics"]
    }
    browser.open(page)
    for experiment in embedded(page)["experiments"]:
        browser.evaluate(f"location.hash = {json.dumps(address(experiment['experiment_id']))}")
        browser.wait("!document.getElementById('detail').hidden")
        links = browser.evaluate(
            "[...document.querySelectorAll('.forest-label a')].map((a) => a.getAttribute('href'))"
        )
        assert {link.removeprefix("index.html#metric=") for link in links} <= metrics


def test_a_link_opens_its_experiment_and_back_returns_to_its_row(browser, page, demo):
    ((experiment, title),) = demo.rows(
        "select experiment_id, title from experiments.experiment_catalog order by 1 limit 1"
    )
    browser.open(page, address(experiment))
    assert text_of(browser, "#detail h2") == title
    browser.evaluate("document.querySelector('.back a').click()")
    browser.wait("document.getElementById('detail').hidden")
    assert browser.evaluate("document.activeElement.textContent") == title
    browser.open(page, "#experiment=gone")
    assert "no experiment" in text_of(browser, "#shown")


# What can go wrong


def test_text_of_the_data_stays_text(browser, demo, tmp_path):
    sql_text = "'" + HOSTILE.replace("'", "''") + "'"
    ((experiment,),) = demo.rows(
        "select experiment_id from experiments.experiment_readouts where segment_name != 'total' "
        "and effect is not null and is_decision_date and maturity = 'matured' "
        "and is_decision_estimator order by 1 limit 1"
    )
    columns = {
        "catalog": "title hypothesis owner unit status monitoring primary_rule decision_estimator "
        "control_variant_id",
        "decisions": "treatment_variant_id recommendation reasons decision decided_by",
        "readouts": "treatment_variant_id segment_value verdict",
        "health_checks": "check_name explanation status stage",
        "plans": "reason",
        "rollouts": "reason recommendation",
    }
    changes = []
    for table, names in columns.items():
        changed = ", ".join(f"{name} = {sql_text}" for name in names.split())
        if table == "readouts":
            changed = changed.replace(
                f"segment_value = {sql_text}",
                "segment_value = case when segment_name = 'total' then 'total' "
                f"else {sql_text} end",
            )
        changes.append(
            f"update experiments.experiment_{table} set {changed}, experiment_id = {sql_text} "
            f"where experiment_id = '{experiment}'"
        )
    changes.append(f"update metrics.metric_catalog set label = {sql_text}, unit = {sql_text}")
    page = experiments_page(copied_database(demo, tmp_path / "hostile.duckdb", *changes), tmp_path)
    shows_text_alone(browser, page, ["", address(HOSTILE)])


@pytest.mark.parametrize("case", ["no rows", "no schema"])
def test_without_experiments_the_page_says_so_in_a_sentence(browser, demo, tmp_path, case):
    change = {
        "no rows": [f"delete from {table}" for table in EXPERIMENT_TABLES],
        "no schema": [f"drop schema {SCHEMA} cascade"],
    }[case]
    page = experiments_page(copied_database(demo, tmp_path / "none.duckdb", *change), tmp_path)
    says_that_there_are_none(browser, page, "experiments")


def test_bare_experiments_render(browser, demo, tmp_path):
    """A registration alone, and rows that have nothing but their keys."""
    with duckdb.connect(copied_database(demo, tmp_path / "bare.duckdb")) as connection:
        kept = {
            "experiment_catalog": "experiment_id kind unit status started_at planned_end_at "
            "registered_at unit_count is_decided alpha power",
            "experiment_decisions": "experiment_id treatment_variant_id recommendation",
            "experiment_readouts": "experiment_id metric_name treatment_variant_id as_of_date "
            "maturity estimator segment_name segment_value role is_latest is_decision_estimator",
            "experiment_health_checks": "experiment_id check_name metric_name "
            "treatment_variant_id stage segment_name status",
            "experiment_plans": "experiment_id metric_name",
            "experiment_rollouts": "experiment_id stage",
        }
        for table, names in kept.items():
            described = connection.execute(f"describe {SCHEMA}.{table}").fetchall()
            nulls = ", ".join(
                f"{row[0]} = null" for row in described if row[0] not in names.split()
            )
            connection.execute(f"update {SCHEMA}.{table} set {nulls}")
        connection.execute(
            "insert into experiments.experiment_catalog by name select 'alone' as experiment_id, "
            "'ab' as kind, 'user' as unit, 'planned' as status, 0 as unit_count, "
            "timestamp '2030-01-01' as started_at, timestamp '2030-02-01' as planned_end_at, "
            "timestamp '2029-12-01' as registered_at, false as is_decided"
        )
        ids = [
            row[0]
            for row in connection.execute(
                "select experiment_id from experiments.experiment_catalog"
            ).fetchall()
        ]
    page = experiments_page(tmp_path / "bare.duckdb", tmp_path)
    browser.open(page)
    assert "Planned" in text_of(browser, "#groups")
    for experiment in ids:
        browser.evaluate(f"location.hash = {json.dumps(address(experiment))}")
        browser.wait("!document.getElementById('detail').hidden")
        assert text_of(browser, "#detail h2") == experiment
    assert browser.complaints() == []


def test_a_database_of_another_version_is_refused_in_one_line(demo, tmp_path):
    database = copied_database(
        demo, tmp_path / "old.duckdb", "drop table experiments.experiment_catalog"
    )
    is_refused_without("experiments.experiment_catalog", database, tmp_path)


# The file itself


def test_the_page_is_light_and_names_no_other_file_but_by_links(page):
    is_light_and_alone(page, MAX_BYTES, "experiments.css")
