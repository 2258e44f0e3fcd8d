"""The page of the data team against the demo, in a headless Chromium: its numbers are those of
`data_team`, what was planted is visible, money of different kinds is never added, and what can go
wrong."""

import re
from functools import partial
from pathlib import Path

import duckdb
import pytest
from pages import (
    HOSTILE,
    NARROW,
    WIDE,
    built_page,
    copied_tables,
    dicts,
    draw_charts,
    embedded,
    is_light_and_alone,
    is_refused_without,
    says_that_there_are_none,
    shows_text_alone,
    started_browser,
    text_of,
    texts_of,
)

from groundwork.site.data import KEPT_PERIODS
from groundwork.site.team import (
    FLOW_CONSTANTS,
    KEPT_MOVES,
    PIPELINE_CONSTANTS,
    SCHEMA,
    TEAM_TABLES,
    TOP_CANDIDATES,
    WEEKDAY_MONTHS,
)

MAX_BYTES = 1_000_000
RELATIVE = 1e-5
CENT = 0.005
QUESTIONS = {
    "requests": "Are we used, and fast?",
    "decisions": "Do decisions rest on data?",
    "pipelines": "Do pipelines keep their word?",
    "worth": "Are we worth it?",
    "assets": "What does nobody use?",
    "people": "How are we organised?",
}
LAST_DAY = "(select max(date_day) from data_team.team_history)"

browser = pytest.fixture(scope="module")(started_browser)


def team_page(database: Path, out: Path) -> Path:
    return built_page(database, out).with_name("team.html")


def copied_database(demo, path: Path, *statements: str) -> Path:
    return copied_tables(demo, path, TEAM_TABLES, *statements)


def opened(browser) -> None:
    browser.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")


def field(name: str) -> str:
    return f"[data-field={name}]"


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def rows_shown(browser, name: str) -> list[list[str]]:
    """Return the table of a field as the lines of each cell."""
    return browser.evaluate(
        f"[...document.querySelectorAll('{field(name)} tbody tr')].map((row) => "
        "[...row.children].map((cell) => cell.innerText.replaceAll('\\u00a0', ' ')))"
    )


def near(value):
    """What the page has of a value of the tables."""
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return pytest.approx(float(value), rel=RELATIVE, abs=CENT)


def hours(value: float) -> str:
    """What the page says of a time."""
    if value >= 72:
        return f"{value / 24:,.0f} days"
    return f"{value:.1f}".removesuffix(".0") + " hours"


def share(value: float) -> str:
    return f"{value:.1%}".replace(".0%", "%")


def money(value) -> str:
    return f"{value:,.0f}"


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    return team_page(demo.database, tmp_path_factory.mktemp("site"))


# What the page carries


@pytest.mark.parametrize(
    ("part", "constants", "month", "query"),
    [
        ("requests", FLOW_CONSTANTS, "month_start", "select * from data_team.team_request_flow"),
        (
            "pipelines",
            PIPELINE_CONSTANTS,
            "period_start",
            "select * exclude (weekday) from data_team.pipeline_reliability "
            "where weekday = 'total'",
        ),
    ],
)
def test_the_lines_are_those_of_the_tables(page, demo, part, constants, month, query):
    expected = dicts(demo, query)
    assert len(expected) > 50
    rows = {(row[month].isoformat(), *(row[name] for name in constants)): row for row in expected}
    for line in embedded(page)[part]:
        for place, start in enumerate(line[month]):
            row = rows.pop((start, *(line[name] for name in constants)))
            for name, value in row.items():
                shown = line[name] if name in constants else line[name][place]
                assert shown == near(value), (start, name)
    assert rows == {}


@pytest.mark.parametrize(
    ("part", "key", "query"),
    [
        ("decisions", ["decision_id"], "from data_team.decision_log"),
        ("links", ["decision_id", "link_type", "link_id"], "from data_team.decision_support"),
        ("ledger", ["month_start"], "from data_team.data_team_ledger"),
        ("initiatives", ["initiative_id"], "from data_team.data_team_return"),
        ("moves", ["event_id"], "from data_team.team_moves"),
        (
            "comparison",
            ["operating_model", "measure"],
            "from data_team.operating_model_comparison",
        ),
        (
            "people",
            ["department", "operating_model", "role"],
            f"from data_team.team_history where date_day = {LAST_DAY}",
        ),
        (
            "assets",
            ["asset_type", "asset_name"],
            "select * exclude (department) from data_team.asset_usage where department = 'total'",
        ),
        (
            "candidates",
            ["question_group"],
            "select *, count(*) over () as candidate_count from data_team.self_service_candidates",
        ),
    ],
)
def test_what_is_on_record_is_that_of_the_tables(page, demo, part, key, query):
    expected = {tuple(near(row[name]) for name in key): row for row in dicts(demo, query)}
    carried = {tuple(row[name] for name in key): row for row in embedded(page)[part]}
    assert len(carried) == len(embedded(page)[part]) > 0
    assert set(carried) == set(expected)
    for name, row in expected.items():
        assert carried[name] == {column: near(value) for column, value in row.items()}, name


def test_weekdays_are_counted_over_the_last_months(page, demo):
    months = sorted(
        {row[0] for row in demo.rows("select period_start from data_team.pipeline_reliability")}
    )[-WEEKDAY_MONTHS:]
    sums: dict[tuple, list[int]] = {}
    for dag, weekday, month, *counts in demo.rows(
        "select dag_id, weekday, period_start, run_count, sla_run_count, sla_met_count "
        "from data_team.pipeline_reliability"
    ):
        if month in months:
            before = sums.get((dag, weekday), [0, 0, 0])
            sums[dag, weekday] = [one + other for one, other in zip(before, counts, strict=True)]
    names = ("run_count", "sla_run_count", "sla_met_count")
    shown = embedded(page)["weekdays"]
    assert {(row["dag_id"], row["weekday"]): [row[n] for n in names] for row in shown} == sums
    assert {row["last_month"] for row in shown} == {months[-1].isoformat()}


def test_old_months_cheap_questions_and_early_moves_stay_in_the_database(demo, tmp_path):
    kept = KEPT_PERIODS["month"]
    database = copied_database(
        demo,
        tmp_path / "long.duckdb",
        "insert into data_team.team_request_flow by name select * exclude (n) replace ("
        "cast(month_start - to_months(cast(n as integer)) as date) as month_start) from "
        "(from data_team.team_request_flow where dimension_name = 'total' "
        "order by month_start limit 1) "
        f"cross join range(1, {kept} + 1) as months(n)",
        "insert into data_team.self_service_candidates by name select * exclude (n) replace ("
        "question_group || n as question_group, 100 + n as hours_rank) "
        f"from data_team.self_service_candidates cross join range({TOP_CANDIDATES}) as r(n)",
        "insert into data_team.team_moves by name select * exclude (n) replace ("
        "event_id || n as event_id, cast('2020-01-01' as date) as event_date) "
        f"from data_team.team_moves cross join range({KEPT_MOVES}) as r(n)",
    )
    shown = embedded(team_page(database, tmp_path))
    (total,) = (line for line in shown["requests"] if line["dimension_name"] == "total")
    assert len(total["month_start"]) == kept
    assert total["month_start"][-1] == shown["last_day"][:8] + "01"
    assert len(shown["candidates"]) == TOP_CANDIDATES < shown["candidates"][0]["candidate_count"]
    assert [row["hours_rank"] for row in shown["candidates"]][:2] == [1, 2]
    assert len(shown["moves"]) == KEPT_MOVES
    assert shown["moves"][0]["event_date"] > "2020-01-01"


# What a reader sees


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_the_page_is_quiet_and_no_wider_than_the_screen(browser, page, size, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.call("Emulation.setEmulatedMedia", features=features)
    browser.open(page, size=size)
    draw_charts(browser)
    opened(browser)
    browser.wait("[...document.querySelectorAll('details')].every((one) => one.innerText)")
    assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]
    shown = text_of(browser, "main")
    assert not re.search(r"NaN|undefined|\bnull\b|\[object|Invalid", shown)
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((page.as_uri(), "data:"))] == []
    browser.call("Emulation.setEmulatedMedia", features=[])


def test_the_questions_stand_in_order_and_each_has_its_tile(browser, page):
    browser.open(page)
    assert texts_of(browser, "#parts h2") == list(QUESTIONS.values())
    assert texts_of(browser, "#summary .tile-name") == list(QUESTIONS.values())
    answers = texts_of(browser, field("answer"))
    assert len(answers) == len(QUESTIONS)
    for answer in answers:
        assert re.fullmatch(r"[A-Z0-9].*\.", answer), answer
    named = browser.evaluate(
        "[...document.querySelectorAll('#parts [aria-labelledby]')].every((node) => "
        "document.getElementById(node.getAttribute('aria-labelledby'))?.textContent)"
    )
    assert named


def test_a_queue_is_hidden_where_answers_are_fast_and_the_rest_waits(browser, page, demo):
    last = dicts(
        demo,
        "from data_team.team_request_flow qualify month_start = max(month_start) over ()",
    )
    (total,) = (row for row in last if row["dimension_name"] == "total")
    departments = [row for row in last if row["dimension_name"] == "department"]
    hidden = {
        row["dimension_value"].capitalize()
        for row in departments
        if row["lead_time_hours_p50"] <= total["lead_time_hours_p50"]
        and row["open_age_hours_p50"] > total["open_age_hours_p50"]
    }
    assert hidden == {"Marketing"}
    browser.open(page)
    rows = {row[0]: row for row in rows_shown(browser, "queueTable")}
    assert {name for name, row in rows.items() if "Hidden queue" in row[-1]} == hidden
    assert list(rows)[:2] == ["All", "Marketing"]
    for row in (total, *departments):
        name = "All" if row is total else row["dimension_value"].capitalize()
        assert rows[name][5] == str(row["work_in_progress_count"])
        assert rows[name][3] == hours(row["lead_time_hours_p50"])
        assert rows[name][6] == hours(row["open_age_hours_p50"])
    answer = plain(text_of(browser, "#requests .answer"))
    assert "The queue of Marketing is hidden" in answer
    for text in (
        f"{total['asked_count']} requests came in and {total['answered_count']} were answered",
        f"half within {hours(total['lead_time_hours_p50'])}",
        f"nine in ten within {hours(total['lead_time_hours_p90'])}",
        f"{total['work_in_progress_count']} wait",
        f"{share(total['self_service_share'])} of the questions",
    ):
        assert text in answer


def test_the_dearest_question_stands_first_with_what_would_spare_it(browser, page, demo):
    expected = dicts(demo, "from data_team.self_service_candidates order by hours_rank")
    browser.open(page)
    rows = rows_shown(browser, "candidatesTable")
    assert [row[0].splitlines()[0] for row in rows] == [row["title"] for row in expected]
    assert [row[1] for row in rows] == [str(row["times_asked"]) for row in expected]
    what = {
        "point_to_asset": "Point to what is there",
        "build_dashboard": "Build a dashboard",
        "write_analysis": "Write an analysis",
    }
    assert [row[6] for row in rows] == [what[row["suggestion"]] for row in expected]
    first = expected[0]
    assert first["wording_count"] == 5 and first["department_count"] == 3
    assert rows[0][0].splitlines()[1] == first["departments"]


def test_decisions_are_counted_as_claimed_and_as_checked(browser, page, demo):
    modes = ["data_driven", "data_informed", "other"]
    counts = {
        (claimed, mode): count
        for claimed, mode, count in demo.rows(
            "select claimed_mode, mode, count(*) from data_team.decision_log group by all"
        )
    }
    browser.open(page)
    shown = [row[1:] for row in rows_shown(browser, "modesTable")]
    expected = [[counts.get((claimed, mode), 0) for mode in modes] for claimed in modes]
    assert shown == [[str(count) for count in (*row, sum(row))] for row in expected]
    assert text_of(browser, "[href='#part=decisions'] .tile-count") == (
        f"{expected[0][0]} of {sum(expected[0])}"
    )


def test_what_rests_on_less_than_it_claims_is_listed_with_the_reason(browser, page, demo):
    rows = dicts(demo, "from data_team.decision_log where is_downgraded order by decided_at desc")
    said = {
        "no_accepted_link": "Nothing that it names holds.",
        "rule_not_before_data": "The rule was not written down before the data were there.",
    }
    browser.open(page)
    shown = texts_of(browser, f"{field('downgradesList')} .check")
    assert len(shown) == len(rows) > 3
    for text, row in zip(shown, rows, strict=True):
        has_links = row["accepted_link_count"] + row["rejected_link_count"] > 0
        reason = said[row["reason"]] if has_links else "It names nothing to rest on."
        assert row["title"] in text and reason in text
        assert text.count("(does not hold)") == row["rejected_link_count"]
        assert f"Called {row['claimed_mode'].replace('_', ' ')}" in text
    assert {row["reason"] for row in rows} == set(said)


def test_links_that_do_not_hold_are_listed_with_the_reason(browser, page, demo):
    rows = dicts(
        demo,
        "select s.*, title from data_team.decision_support as s "
        "inner join data_team.decision_log using (decision_id) where s.status = 'rejected'",
    )
    said = {
        "metric_not_defined": "No such metric is defined",
        "version_not_in_history": "The metric never had this version",
        "experiment_not_known": "There is no such experiment",
        "experiment_decided_later": "The experiment was decided later",
        "model_not_known": "No such model is registered",
    }
    browser.open(page)
    shown = {
        (row[0], row[2].splitlines()[0], row[3]) for row in rows_shown(browser, "rejectedTable")
    }
    assert shown == {(row["title"], row["link_id"], said[row["reason"]]) for row in rows}
    assert {row["reason"] for row in rows} == set(said)


def test_the_pipeline_that_is_late_on_mondays_is_marked_there_alone(browser, page):
    cells = embedded(page)["weekdays"]
    broken = [
        cell
        for cell in cells
        if cell["sla_run_count"] and 2 * cell["sla_met_count"] < cell["sla_run_count"]
    ]
    ((name, weekday, met, due),) = (
        (cell["dag_id"], cell["weekday"], cell["sla_met_count"], cell["sla_run_count"])
        for cell in broken
    )
    assert (name, weekday) == ("events", "Monday")
    browser.open(page)
    (mark,) = texts_of(browser, f"{field('weekdaysTable')} .late")
    assert mark.startswith("\u2715") and mark.endswith(share(met / due))
    rows = {row[0].splitlines()[0]: row for row in rows_shown(browser, "weekdaysTable")}
    assert next(iter(rows)) == name
    assert rows[name][2].splitlines()[-1] == f"{met} of {due}"
    assert f"On Mondays the pipeline {name} was in time in {met} of {due}." in text_of(
        browser, "#pipelines .answer"
    )
    assert len(rows) == len({cell["dag_id"] for cell in cells})


def test_earned_spared_and_influenced_stand_apart_and_are_never_added(browser, page, demo):
    (last,) = dicts(demo, "from data_team.data_team_ledger order by month_start desc limit 1")
    ((influenced,),) = demo.rows("select sum(influenced_amount) from data_team.data_team_ledger")
    earned, spared = last["cumulative_causal_return"], last["cumulative_saved_cost"]
    assert earned > 0 and spared > 0 and influenced > 0
    browser.open(page)
    opened(browser)
    browser.wait(f"document.querySelector('{field('ledger')} details table')")
    answer = text_of(browser, "#worth .answer")
    interval = (
        f"{money(last['cumulative_causal_return_low'])} to "
        f"{money(last['cumulative_causal_return_high'])}"
    )
    assert f"{money(earned)} earned ({interval})" in answer
    assert f"{money(spared)} were spared" in answer
    assert f"{money(influenced)} of revenue went by" in answer
    assert money(last["cumulative_cost"]) in answer
    shown = text_of(browser, "#worth")
    for wrong in (earned + spared, earned + influenced, spared + influenced):
        assert money(wrong) not in shown
    states = texts_of(browser, f"{field('breakEven')} .state")
    flags = [last[f"is_break_even_{name}"] for name in ("causal", "causal_low", "saved")]
    assert ["Not broken even" not in state for state in states] == flags
    draw_charts(browser)
    assert (
        browser.evaluate(f"document.querySelectorAll('{field('ledgerCharts')} .band').length") == 2
    )


def test_an_effect_inside_the_noise_is_marked(browser, page, demo):
    rows = {row["title"]: row for row in dicts(demo, "from data_team.data_team_return")}
    browser.open(page)
    shown = {row[0].splitlines()[0]: row for row in rows_shown(browser, "initiativesTable")}
    assert set(shown) == set(rows)
    for title, row in rows.items():
        effect = shown[title][1]
        assert ("Inside noise" in effect) == (row["is_inside_noise"] is True), title
        assert ("Beyond noise" in effect) == (row["is_inside_noise"] is False), title
        if row["causal_return"] is not None:
            assert shown[title][2].splitlines()[0] == money(row["causal_return"])
        if row["saved_cost"] is not None:
            assert shown[title][3] == money(row["saved_cost"])
    assert {row["is_inside_noise"] for row in rows.values()} == {True, False, None}
    links = browser.evaluate(
        f"[...document.querySelectorAll('{field('initiativesTable')} a')]"
        ".map((a) => a.getAttribute('href'))"
    )
    known = {
        row[0] for row in demo.rows("from experiments.experiment_catalog select experiment_id")
    }
    assert links and {link.removeprefix("experiments.html#experiment=") for link in links} <= known


def test_what_nobody_uses_is_to_be_retired(browser, page, demo):
    names = {
        row[0]
        for row in demo.rows(
            "select asset_name from data_team.asset_usage "
            "where department = 'total' and suggestion = 'retire'"
        )
    }
    assert "course_catalogue_report" in names
    browser.open(page)
    rows = browser.evaluate(
        f"[...document.querySelectorAll('{field('retireTable')} tbody code')]"
        ".map((code) => code.textContent)"
    )
    assert set(rows) == names
    answer = text_of(browser, "#assets .answer")
    assert all(name in answer for name in names)
    assert text_of(browser, "[href='#part=assets'] .tile-count") == str(len(names))


def test_the_team_of_the_last_day_and_its_moves_are_shown(browser, page, demo):
    rows = dicts(demo, f"from data_team.team_history where date_day = {LAST_DAY}")
    browser.open(page)
    assert len(rows_shown(browser, "nowTable")) == len(rows)
    equivalents = sum(row["full_time_equivalents"] for row in rows)
    answer = text_of(browser, "#people .answer")
    assert f"{equivalents:.1f} full-time equivalents" in answer
    assert money(sum(row["monthly_cost"] or 0 for row in rows)) in answer
    opened(browser)
    browser.wait(f"document.querySelector('{field('now')} details table')")
    ((moves,),) = demo.rows("select count(*) from data_team.team_moves")
    assert (
        len(
            browser.evaluate(
                f"[...document.querySelectorAll('{field('now')} details tbody tr')].map(() => 1)"
            )
        )
        == moves
    )


def test_operating_models_are_compared_with_intervals_and_a_caveat(browser, page, demo):
    ((caveat,),) = demo.rows("select distinct caveat from data_team.operating_model_comparison")
    browser.open(page)
    assert text_of(browser, field("caveat")) == f"Observed, not tested. {caveat}"
    rows = {row[0]: row[1:] for row in rows_shown(browser, "comparisonTable")}
    models = ["centralised", "distributed", "hybrid", "(none)"]
    for name, measure in (
        ("Half of the answers within", "lead_time_hours_p50"),
        ("Answers sent back", "reopened_share"),
    ):
        of = {
            row["operating_model"]: row
            for row in dicts(
                demo,
                f"from data_team.operating_model_comparison where measure = '{measure}'",
            )
        }
        text = share if measure.endswith("share") else hours
        for cell, model in zip(rows[name], models, strict=True):
            row = of[model]
            if row["value"] > 1 or measure.endswith("share"):
                value, interval, basis = cell.splitlines()
                assert value == text(row["value"])
                assert interval == f"{text(row['low'])} to {text(row['high'])}"
                assert basis == f"{row['unit_count']} requests"
    assert {cell.splitlines()[-1] for cell in rows["Metrics defined twice"]} == {
        "nothing records it"
    }


# Addresses and keys


def test_an_address_leads_to_its_question_and_back(browser, page):
    for part, question in QUESTIONS.items():
        browser.open(page, f"#part={part}")
        assert browser.evaluate("document.activeElement.textContent") == question
    browser.open(page)
    browser.evaluate("document.querySelector(\"[href='#part=worth']\").click()")
    browser.wait("document.activeElement.id === 'worth-heading'")
    assert browser.evaluate("document.getElementById('worth').getBoundingClientRect().top") < 100
    browser.evaluate("document.querySelector('.masthead a').click()")
    browser.wait("scrollY === 0")
    browser.open(page, "#part=gone")
    assert text_of(browser, "#shown") == 'There is no part "gone".'
    assert browser.complaints() == []


def test_a_department_is_part_of_the_address(browser, page, demo):
    ((waiting,),) = demo.rows(
        "select work_in_progress_count from data_team.team_request_flow "
        "where dimension_value = 'marketing' order by month_start desc limit 1"
    )
    browser.open(page, "#part=requests&department=marketing")
    draw_charts(browser)
    assert browser.evaluate(f"document.querySelector('{field('split')}').value") == (
        "department=marketing"
    )
    labels = browser.evaluate(
        f"[...document.querySelectorAll('{field('flow')} svg')]"
        ".map((svg) => svg.getAttribute('aria-label'))"
    )
    assert any(f": {waiting} neither answered nor given up." in label for label in labels)
    browser.evaluate(
        f"(() => {{ const select = document.querySelector('{field('split')}'); "
        "select.value = 'kind=report'; "
        "select.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    assert browser.evaluate("location.hash") == "#part=requests&kind=report"
    browser.evaluate("location.hash = '#part=requests&department=finance'")
    browser.wait(f"document.querySelector('{field('split')}').value === 'department=finance'")
    assert browser.complaints() == []


def test_arrow_keys_move_over_the_months(browser, page, demo):
    first, last = (
        demo.rows(
            "select asked_count from data_team.team_request_flow where dimension_name = 'total' "
            f"order by month_start {order} limit 1"
        )[0][0]
        for order in ("", "desc")
    )
    browser.open(page)
    draw_charts(browser)
    chart = f"{field('flow')} .chart"
    browser.evaluate(f"document.querySelector('{chart} svg').focus()")
    browser.press("End")
    assert text_of(browser, f"{chart} .tip-value") == f"{last} asked"
    browser.press("Home")
    assert text_of(browser, f"{chart} .tip-value") == f"{first} asked"


def test_the_pages_lead_to_each_other(page):
    for name in ("index.html", "experiments.html", "models.html"):
        assert 'href="team.html"' in page.with_name(name).read_text(encoding="utf-8")
        assert f'href="{name}"' in page.read_text(encoding="utf-8")


def test_the_page_is_declared_with_the_tables_that_it_reads(demo):
    exposure = demo.manifest["exposures"]["exposure.groundwork.team_page"]
    read = {name.rpartition(".")[2] for name in exposure["depends_on"]["nodes"]}
    assert read == {table.partition(".")[2] for table in TEAM_TABLES}


# What can go wrong


def test_text_of_the_data_stays_text(browser, demo, tmp_path):
    text = "'" + HOSTILE.replace("'", "''") + "'"
    kept = {"dimension_name", "dimension_value", "weekday", "operating_model"}
    some = {"dag_id": "dag_id = 'events'", "department": "department != 'total'"}
    changes = []
    with demo.connect() as connection:
        for table in TEAM_TABLES:
            described = connection.execute(f"describe {table}").fetchall()
            columns = [
                name for name, kind, *_ in described if kind == "VARCHAR" and name not in kept
            ]
            sets = ", ".join(
                f"{name} = case when {name} is not null and {some.get(name, 'true')} "
                f"then {text} else {name} end"
                for name in columns
            )
            if columns:
                changes.append(f"update {table} set {sets}")
    changes.append(
        f"update data_team.team_request_flow set dimension_value = {text} "
        "where dimension_value = 'marketing'"
    )
    page = team_page(copied_database(demo, tmp_path / "hostile.duckdb", *changes), tmp_path)
    shows_text_alone(browser, page, [""], drawn=partial(draw_charts, browser))


@pytest.mark.parametrize("case", ["no rows", "no schema"])
def test_without_a_team_the_page_says_so_in_a_sentence(browser, demo, tmp_path, case):
    change = {
        "no rows": [
            f"delete from {table}"
            for table in TEAM_TABLES
            if not table.endswith(("asset_usage", "operating_model_comparison"))
        ],
        "no schema": [f"drop schema {SCHEMA} cascade"],
    }[case]
    page = team_page(copied_database(demo, tmp_path / "none.duckdb", *change), tmp_path)
    assert embedded(page)["has_tables"] == (case == "no rows")
    says_that_there_are_none(browser, page, "team")


@pytest.mark.parametrize(
    ("part", "tables", "said"),
    [
        ("requests", ["team_request_flow"], "No requests here yet"),
        ("decisions", ["decision_log", "decision_support"], "No decisions here yet"),
        ("pipelines", ["pipeline_reliability"], "No runs here yet"),
        ("worth", ["data_team_ledger", "data_team_return"], "No costs here yet"),
        ("people", ["team_history", "team_moves"], "No people here yet"),
    ],
)
def test_a_part_without_rows_is_a_sentence(browser, demo, tmp_path, part, tables, said):
    changes = [f"delete from data_team.{table}" for table in tables]
    page = team_page(copied_database(demo, tmp_path / "part.duckdb", *changes), tmp_path)
    browser.open(page)
    assert re.fullmatch(rf"{said}: [^.]+\.", text_of(browser, f"#{part} .answer"))
    assert browser.evaluate(f"document.querySelectorAll('#{part} .panel').length") == 0
    assert browser.evaluate("document.querySelectorAll('#parts .panel').length") > 5
    assert "nothing on record yet" in text_of(browser, f"[href='#part={part}']")
    assert browser.complaints() == []


def test_assets_that_nothing_counts_the_views_of_are_not_called_unused(browser, demo, tmp_path):
    database = copied_database(
        demo, tmp_path / "unseen.duckdb", "update data_team.asset_usage set view_count = 0"
    )
    browser.open(team_page(database, tmp_path))
    assert text_of(browser, "#assets .answer").startswith("No views here yet")
    assert "Retire" not in text_of(browser, "#assets")


def test_bare_rows_render(browser, demo, tmp_path):
    """Rows that have nothing but their keys."""
    kept = {
        *("dimension_name", "dimension_value", "month_start", "question_group", "decision_id"),
        *("link_type", "link_id", "dag_id", "weekday", "period_start", "initiative_id"),
        *("asset_type", "asset_name", "department", "date_day", "operating_model", "role"),
        *("event_id", "measure"),
    }
    with duckdb.connect(copied_database(demo, tmp_path / "bare.duckdb")) as connection:
        for table in TEAM_TABLES:
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            nulls = ", ".join(f"{name} = null" for name in columns if name not in kept)
            connection.execute(f"update {table} set {nulls}")
    browser.open(team_page(tmp_path / "bare.duckdb", tmp_path))
    draw_charts(browser)
    opened(browser)
    browser.wait("[...document.querySelectorAll('details')].every((one) => one.innerText)")
    assert texts_of(browser, "#parts h2") == list(QUESTIONS.values())
    assert not re.search(r"NaN|undefined|\bnull\b|\[object|Invalid", text_of(browser, "main"))
    assert browser.complaints() == []


def test_a_database_of_another_version_is_refused_in_one_line(demo, tmp_path):
    database = copied_database(demo, tmp_path / "old.duckdb", "drop table data_team.team_moves")
    is_refused_without("data_team.team_moves", database, tmp_path)


# The file itself


def test_the_page_is_light_and_names_no_other_file_but_by_links(page):
    is_light_and_alone(page, MAX_BYTES, "report.css", "team.css")
