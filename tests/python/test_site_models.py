"""The page of models against the demo, in a headless Chromium: its cards, lines and tables are
those of `ml`, the faults that were planted are visible, and what can go wrong."""

import json
import re
from functools import partial
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
    dicts,
    draw_charts,
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

from groundwork.site.data import KEPT_PERIODS, TOP_VALUES
from groundwork.site.models import (
    DRIFT_CONSTANTS,
    DRIFT_VALUES,
    MODEL_TABLES,
    PERFORMANCE_CONSTANTS,
    PERFORMANCE_VALUES,
    SCHEMA,
)

MAX_BYTES = 1_000_000
RELATIVE = 1e-5
NOTHING = "\u2013"
GROUPS = ["Build again", "Past the gate", "Healthy", "Not measured", "Not in production"]
PERFORMANCE = "[data-field=performanceChart]"
DRIFT = "[data-field=driftCharts]"

browser = pytest.fixture(scope="module")(started_browser)


def models_page(database: Path, out: Path) -> Path:
    return built_page(database, out).with_name("models.html")


def copied_database(demo, path: Path, *statements: str) -> Path:
    return copied_tables(demo, path, MODEL_TABLES, *statements)


def address(model: str, **view: str) -> str:
    more = "".join(f"&{name}={quote(value)}" for name, value in view.items())
    return f"#model={quote(model)}{more}"


def day_name(day) -> str:
    return f"{day.day} {month(day)} {day.year}"


def count_of(browser, selector: str) -> int:
    return browser.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")


def choose(browser, selector: str, value: str) -> None:
    browser.evaluate(
        f"(() => {{ const select = document.querySelector({json.dumps(selector)}); "
        f"select.value = {json.dumps(value)}; "
        "select.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def near(value):
    """What the page has of a value of the tables."""
    if isinstance(value, float):
        return pytest.approx(value, rel=RELATIVE)
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.fixture(scope="module")
def page(demo, tmp_path_factory):
    return models_page(demo.database, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def ids(demo):
    return [row[0] for row in demo.rows("select model_id from ml.ml_models order by 1")]


@pytest.fixture(scope="module")
def cards(demo):
    return {row["model_id"]: row for row in dicts(demo, "select * from ml.ml_model_cards")}


# What the page carries


@pytest.mark.parametrize(
    ("part", "constants", "values", "query"),
    [
        (
            "performance",
            PERFORMANCE_CONSTANTS,
            PERFORMANCE_VALUES,
            "select * from ml.ml_performance where segment_name = 'total'",
        ),
        (
            "segments",
            PERFORMANCE_CONSTANTS,
            PERFORMANCE_VALUES,
            "select p.* from ml.ml_performance as p inner join ml.ml_models as m "
            "on p.model_id = m.model_id and metric_name = validation_metric "
            "where segment_name != 'total'",
        ),
        (
            "drift",
            DRIFT_CONSTANTS,
            DRIFT_VALUES,
            "select * from ml.ml_feature_drift "
            "union all by name select * from ml.ml_prediction_drift",
        ),
    ],
)
def test_the_lines_are_those_of_the_tables(page, demo, part, constants, values, query):
    expected = dicts(demo, query)
    assert len(expected) > 100
    assert max(row["chunk_start"] for row in expected).isoformat() <= embedded(page)["last_day"]
    keys = [name for name in constants if name in ("version_id", "segment_value", "metric_name")]
    keys = keys if part != "drift" else list(constants)
    rows = {
        (row["model_id"], row["chunk_start"].isoformat(), *(row[key] for key in keys)): row
        for row in expected
    }
    for model in embedded(page)["models"]:
        for line in model[part]:
            for place, start in enumerate(line["chunk_start"]):
                row = rows.pop((model["model_id"], start, *(line[key] for key in keys)))
                for name in constants:
                    assert line[name] == near(row[name]), (model["model_id"], name)
                for name in values:
                    assert line[name][place] == near(row[name]), (model["model_id"], start, name)
    assert rows == {}


@pytest.mark.parametrize(
    ("part", "table"),
    [
        ("versions", "model_versions"),
        ("iterations", "iterations"),
        ("launches", "launches"),
        ("checks", "launch_checks"),
        ("handovers", "handovers"),
        ("triggers", "rebuild_triggers"),
        ("calibration", "calibration"),
        ("comparisons", "comparisons"),
        ("estimates", "off_policy_estimates"),
    ],
)
def test_what_is_on_record_is_that_of_the_tables(page, demo, part, table):
    def key(row):
        return sorted((name, repr(value)) for name, value in row.items())

    expected = dicts(demo, f"select * from ml.ml_{table}")
    carried = [
        {"model_id": model["model_id"], **row}
        for model in embedded(page)["models"]
        for row in model[part]
    ]
    assert len(carried) == len(expected) > 0
    texts = [
        {name: value for name, value in row.items() if not isinstance(value, float)}
        for row in expected
    ]
    names = {tuple(sorted(row)) for row in expected}
    assert {tuple(sorted(row)) for row in carried} == names
    for row in texts:
        plain = {name: near(value) for name, value in row.items()}
        found = [one for one in carried if plain.items() <= one.items()]
        assert found, (part, key(row))


def test_old_chunks_and_small_segments_stay_in_the_database(demo, tmp_path):
    kept = KEPT_PERIODS["week"]
    database = copied_database(
        demo,
        tmp_path / "long.duckdb",
        "create table one as from ml.ml_performance where model_id = 'churn' and version_id = 'v3' "
        "and metric_name = 'roc_auc' and segment_name = 'total' limit 1",
        f"insert into ml.ml_performance by name select one.* replace ("
        f"cast(chunk_start - to_days(cast(7 * (n + 100) as integer)) as date) as chunk_start) "
        f"from one cross join range({kept}) as weeks(n)",
        "insert into ml.ml_performance by name select one.* replace ('segment' as segment_name, "
        "'segment ' || n as segment_value, n as prediction_count) "
        "from one cross join range(20) as s(n)",
    )
    model = next(
        model
        for model in embedded(models_page(database, tmp_path))["models"]
        if model["model_id"] == "churn"
    )
    (line,) = (
        line
        for line in model["performance"]
        if (line["version_id"], line["metric_name"]) == ("v3", "roc_auc")
    )
    assert len(line["chunk_start"]) == kept
    segments = [line for line in model["segments"] if line["version_id"] == "v3"]
    assert len(segments) == TOP_VALUES
    assert {line["segment_count"] for line in segments} == {23}
    names = {line["segment_value"] for line in segments}
    assert {"web", "ios", "android", "segment 19"} <= names
    assert "segment 1" not in names


# What a reader sees


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_every_model_is_quiet_and_no_wider_than_the_screen(browser, page, ids, size, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.call("Emulation.setEmulatedMedia", features=features)
    browser.open(page, size=size)
    width = "document.documentElement.scrollWidth"
    assert browser.evaluate(width) <= size[0]
    for model in ids:
        browser.evaluate(f"location.hash = {json.dumps(address(model))}")
        browser.wait("!document.getElementById('detail').hidden")
        draw_charts(browser, "#detail")
        browser.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        assert browser.evaluate(width) <= size[0], model
        shown = text_of(browser, "#detail")
        assert not re.search(r"NaN|undefined|\bnull\b|\[object", shown), model
        browser.evaluate("document.querySelector('.back a').click()")
        browser.wait("document.getElementById('detail').hidden")
    assert browser.complaints() == []
    assert [url for url in browser.requests() if not url.startswith((page.as_uri(), "data:"))] == []
    browser.call("Emulation.setEmulatedMedia", features=[])


def test_the_list_has_every_model_in_the_group_of_what_needs_doing(browser, page, demo):
    rows = demo.rows(
        """
        select
            model_id,
            case
                when trigger_count > 0 then 'Build again'
                when live_gate_status = 'failed' then 'Past the gate'
                when live_version_id is null then 'Not in production'
                when exists (
                    from ml.ml_rebuild_triggers as triggers
                    where triggers.model_id = models.model_id
                        and triggers.version_id = models.live_version_id
                        and last_judged_chunk_start is not null
                ) then 'Healthy'
                else 'Not measured'
            end
        from ml.ml_models as models
        inner join ml.ml_model_cards as cards using (model_id)
        """
    )
    browser.open(page)
    shown = shown_groups(browser)
    assert list(shown) == [name for name in GROUPS if name in shown]
    assert {name: sorted(members) for name, members in shown.items()} == {
        group: sorted(model for model, one in rows if one == group) for _, group in rows
    }


def shown_groups(browser) -> dict[str, list[str]]:
    return browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#groups section')].map((section) => "
        "[section.querySelector('h2 span').textContent, "
        "[...section.querySelectorAll('[data-model]')].map((c) => c.dataset.model)]))"
    )


def test_a_row_says_what_the_card_says(browser, page, demo, cards):
    owners = dict(demo.rows("select model_id, owner from ml.ml_models"))
    browser.open(page)
    shown = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-model]')].map((card) => "
        "[card.dataset.model, card.innerText]))"
    )
    assert set(shown) == set(cards)
    for model, card in cards.items():
        assert shown[model].count(card["title"]) == 1
        for text in (card["performance"].partition(" ")[2], card["what_to_do"][1:], card["state"]):
            assert text in shown[model], (model, text)
        assert f"{card['version_id']} in production" in shown[model]
        assert (owners[model] or "no owner") in shown[model]


def test_the_summary_counts_and_filters(browser, page, demo, ids):
    ((triggered, gated),) = demo.rows(
        "select count_if(trigger_count > 0), count_if(live_gate_status = 'failed') "
        "from ml.ml_models inner join ml.ml_model_cards using (model_id)"
    )
    browser.open(page)
    counts = browser.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) => "
        "[tile.dataset.state, Number(tile.querySelector('.tile-count').textContent)]))"
    )
    assert counts[""] == len(ids)
    assert (counts["off"], counts["against"]) == (triggered, gated)
    browser.evaluate("document.querySelector('[data-state=against]').click()")
    assert count_of(browser, ".card:not([hidden])") == gated == 1
    assert text_of(browser, "#shown").startswith(f"{gated} of {len(ids)} models")


def test_the_search_finds_by_title_owner_trigger_and_broken_rule(browser, page, demo):
    browser.open(page)
    rows = demo.rows(
        "select model_id, title, hypothesis, m.owner, trigger_name, failed_checks "
        "from ml.ml_models as m left join ml.ml_rebuild_triggers as t using (model_id) "
        "left join ml.ml_launches as l using (model_id) "
        "where coalesce(t.is_triggered, true) and coalesce(l.is_live, true)"
    )
    for model, *texts in rows:
        for text in filter(None, texts):
            wanted = text if "," in text else text.replace("_", " ")
            browser.evaluate(
                f"(() => {{ const search = document.getElementById('search'); "
                f"search.value = {json.dumps(wanted)}; "
                "search.dispatchEvent(new Event('input', {bubbles: true})); })()"
            )
            assert model in browser.evaluate(
                "[...document.querySelectorAll('.card:not([hidden])')].map((c) => c.dataset.model)"
            ), text
    browser.evaluate("document.activeElement.blur()")
    browser.press("/")
    assert browser.evaluate("document.activeElement.id") == "search"


def test_the_owner_filter_shows_that_owners_models(browser, page, demo):
    browser.open(page)
    for owner, count in demo.rows(
        "select owner, count(*) from ml.ml_models where owner is not null group by 1"
    ):
        choose(browser, "#owner", owner)
        assert count_of(browser, ".card:not([hidden])") == count


def test_a_card_has_every_sentence_of_its_row(browser, page, demo, cards):
    ages = {
        row[0]: row[1:]
        for row in demo.rows("select model_id, live_age_days, max_age_days from ml.ml_models")
    }
    for model, card in cards.items():
        browser.open(page, address(model))
        assert text_of(browser, "#detail h2") == card["title"]
        assert text_of(browser, ".description") == card["purpose"]
        shown = text_of(browser, "[data-field=card]")
        for name in ("making", "validation", "launch", "performance", "what_to_do"):
            sentence = card[name].partition(" ")[2]
            assert sentence in shown, (model, name)
        assert card["iteration_verdict"][1:] in shown
        assert card["responsible"][1:] in shown
        age, allowed = ages[model]
        said = text_of(browser, ".fact-list").replace("\u00a0", " ")
        assert f"{age} days\n{'! over' if age > allowed else 'of'} the {allowed} days" in said


# What was planted


def test_concept_drift_is_an_alarm_while_the_estimate_is_silent(browser, page, demo):
    ((alarms, silent, immature, since),) = demo.rows(
        "select count_if(is_realised_alarm), count_if(is_estimated_alarm), "
        "count_if(mature_count < prediction_count), "
        "(select since_date from ml.ml_rebuild_triggers where model_id = 'churn' "
        "and version_id = 'v3' and trigger_name = 'realised_decay') "
        "from ml.ml_performance where model_id = 'churn' and version_id = 'v3' "
        "and segment_name = 'total' and metric_name = 'roc_auc'"
    )
    assert alarms >= 8 and silent == 0 and immature > 0
    browser.open(page, address("churn"))
    banner = text_of(browser, "[data-field=rebuild]")
    assert "Build v3 again." in banner
    assert f"Realised decay of roc_auc since {day_name(since)}, {alarms} weeks in a row" in banner
    assert "while the estimate is silent" in banner and "concept drift" in banner
    draw_charts(browser, PERFORMANCE)
    assert count_of(browser, f"{PERFORMANCE} path.alarm-mark.realised") == alarms
    assert count_of(browser, f"{PERFORMANCE} path.alarm-mark.estimated") == 0
    for drawing in ("g.realised path.line", "g.estimated path.line", "path.band", "path.once"):
        assert count_of(browser, f"{PERFORMANCE} svg {drawing}"), drawing
    assert count_of(browser, f"{PERFORMANCE} rect.zone.reference") == 1
    assert count_of(browser, f"{PERFORMANCE} rect.zone.pending") == 1
    note = text_of(browser, "[data-field=performanceNote]")
    assert f"{alarms} of 22 judged weeks as realised, none of 25 as estimated" in note
    assert "Labels are still to come: week of 8 Jun 2026 to week of 29 Jun 2026." in note
    quiet = next(
        row for row in texts_of(browser, ".check") if "Estimated decay" in row and "v3" in row
    )
    assert quiet.startswith("\u2713\nQuiet") or quiet.startswith("\u2713Quiet")
    assert "cannot see concept drift" in quiet
    assert "No chunk is beyond the threshold" in text_of(browser, "[data-field=driftNote]")


def test_feature_drift_is_shown_on_its_feature_without_decay(browser, page, demo):
    drifted = dict(
        demo.rows(
            "select feature_name, count_if(is_drifted) from ml.ml_feature_drift "
            "where model_id = 'refund_risk' and version_id = 'v1' and measure = 'psi' group by 1"
        )
    )
    assert drifted["page_secs"] >= 8
    browser.open(page, address("refund_risk"))
    banner = text_of(browser, "[data-field=rebuild]")
    assert "Feature drift of page_secs since 27 Apr 2026" in banner
    assert "performance has not decayed" in banner
    assert "Realised decay" not in banner
    draw_charts(browser, PERFORMANCE)
    assert count_of(browser, f"{PERFORMANCE} path.alarm-mark.realised") == 0
    draw_charts(browser, DRIFT)
    marks = browser.evaluate(
        f"Object.fromEntries([...document.querySelectorAll('{DRIFT} li.small')].map((panel) => "
        "[panel.querySelector('.small-name').textContent, "
        "panel.querySelectorAll('path.alarm-mark').length]))"
    )
    assert marks.pop("score") == 0
    assert marks == drifted
    since = f"{DRIFT} li.small:has(line.since) .small-name"
    assert texts_of(browser, since) == ["page_secs"]


def test_a_launch_past_the_gate_names_every_rule_that_it_broke(browser, page, demo):
    rows = demo.rows(
        "select model_id, launch_id, check_name, explanation, status from ml.ml_launch_checks "
        "order by check_name"
    )
    broken = [row for row in rows if row[0] == "price_estimate" and row[4] == "failed"]
    assert {row[2] for row in broken} == {
        *("owner", "approval", "baseline_beaten", "validation_passed", "experiment_registered"),
    }
    browser.open(page, address("price_estimate"))
    banner = text_of(browser, "[data-field=gate]")
    assert "Launched past the gate on 1 Sept 2025." in banner
    lines = texts_of(browser, "[data-field=gate] li")
    assert len(lines) == len(broken)
    for line, (_, _, name, explanation, _) in zip(lines, broken, strict=True):
        assert f"{name.replace('_', ' ').capitalize()}: " in line
        assert explanation.partition(" ")[2] in line
    for model in {row[0] for row in rows}:
        browser.open(page, address(model))
        shown = texts_of(browser, "[data-field=launchesList] > li .violations li")
        failed = [row for row in rows if row[0] == model and row[4] == "failed"]
        assert len(shown) == len(failed)
        for _, _, name, explanation, _ in failed:
            assert any(
                name.replace("_", " ").capitalize() in line
                and explanation.partition(" ")[2] in line
                for line in shown
            ), (model, name)
        if model != "price_estimate":
            assert browser.evaluate("document.querySelector('[data-field=gate]').hidden")


# Over time


def test_a_chart_tells_its_chunks_by_keyboard_and_to_screen_readers(browser, page):
    browser.open(page, address("churn"))
    draw_charts(browser, PERFORMANCE)
    label = browser.evaluate(
        f"document.querySelector('{PERFORMANCE} svg').getAttribute('aria-label')"
    )
    assert re.match(r"ROC AUC of v3 by week: 0\.\d+ realised in the week of 1 Jun 2026, ", label)
    browser.evaluate(f"document.querySelector('{PERFORMANCE} svg').focus()")
    browser.press("End")
    tip = text_of(browser, f"{PERFORMANCE} .tip")
    assert tip.startswith("Week of 29 Jun 2026\nnot realised: no outcomes have matured yet\n")
    assert re.search(r"0\.\d+ estimated\n0 of 200 predictions matured\nweek not complete$", tip)
    for _ in range(4):
        browser.press("ArrowLeft")
    tip = text_of(browser, f"{PERFORMANCE} .tip")
    assert re.match(r"Week of 1 Jun 2026\n0\.\d+ realised\n0\.\d+ estimated\n200 of 200 ", tip)
    assert tip.endswith("! realised alarm")


def test_version_metric_and_measure_are_chosen_and_kept_in_the_address(browser, page, demo):
    browser.open(page, address("churn"))
    choose(browser, "#detail [data-field=version]", "v2")
    choose(browser, "#detail [data-field=metric]", "log_loss")
    choose(browser, "#detail [data-field=measure]", "ks")
    assert browser.evaluate("location.hash") == address(
        "churn", version="v2", metric="log_loss", measure="ks"
    )
    browser.open(page, address("churn", version="v2", metric="log_loss", measure="ks"))
    assert text_of(browser, "[data-field=performanceHeading]") == "Performance of v2"
    assert "Log loss by week, lower is better" in text_of(browser, PERFORMANCE)
    ((value,),) = demo.rows(
        "select value from ml.ml_prediction_drift where model_id = 'churn' and version_id = 'v2' "
        "and measure = 'ks' and is_complete_chunk order by chunk_start desc limit 1"
    )
    assert texts_of(browser, f"{DRIFT} .small-value") == [f"{value:.3f}".rstrip("0")]
    returned = demo.rows(text_of(browser, "pre"))
    browser.evaluate(f"document.querySelector('{PERFORMANCE} details').open = true")
    browser.wait(f"document.querySelector('{PERFORMANCE} tbody tr')")
    shown = [row.split("\t") for row in texts_of(browser, f"{PERFORMANCE} tbody tr")]
    assert len(shown) == len(returned) > 0
    for cells, row in zip(shown, reversed(returned), strict=True):
        assert cells[0] == day_name(row[0])
        for cell, value in zip(cells[1:3], row[1:3], strict=True):
            assert float(cell) == pytest.approx(value, abs=1e-5)
    browser.open(page, address("churn", version="gone", metric="gone", measure="gone"))
    assert text_of(browser, "[data-field=performanceHeading]") == "Performance of v3"
    assert browser.complaints() == []


def test_every_metric_and_measure_of_every_version_is_drawn(browser, page):
    for model in embedded(page)["models"]:
        browser.open(page, address(model["model_id"]))
        for version in {line["version_id"] for line in model["performance"]}:
            choose(browser, "#detail [data-field=version]", version)
            for line in model["performance"]:
                if line["version_id"] == version:
                    choose(browser, "#detail [data-field=metric]", line["metric_name"])
                    draw_charts(browser, PERFORMANCE)
            for measure in {
                one["measure"] for one in model["drift"] if one["version_id"] == version
            }:
                choose(browser, "#detail [data-field=measure]", measure)
                draw_charts(browser, DRIFT)
                unknown = sum(
                    not any(value is not None for value in line["value"])
                    for line in model["drift"]
                    if (line["version_id"], line["measure"]) == (version, measure)
                )
                assert count_of(browser, f"{DRIFT} .empty") == unknown
        assert browser.complaints() == []


def test_segments_share_a_scale_and_calibration_has_every_bin(browser, page, demo):
    ((segments, bins),) = demo.rows(
        "select (select count(distinct segment_value) from ml.ml_performance "
        "where model_id = 'churn' and version_id = 'v3' and segment_name = 'segment'), "
        "(select count(positive_share) "
        "from ml.ml_calibration where model_id = 'churn' and version_id = 'v3')"
    )
    browser.open(page, address("churn"))
    draw_charts(browser, "#detail")
    ticks = browser.evaluate(
        "[...document.querySelectorAll('.segments svg')].map((drawing) => "
        "String([...drawing.querySelectorAll('text[text-anchor=end].tick')]"
        ".map((tick) => tick.textContent)))"
    )
    assert len(ticks) == segments and len(set(ticks)) == 1
    for host in (".segments", PERFORMANCE):
        browser.evaluate(f"document.querySelector('{host} details').open = true")
    browser.wait("document.querySelector('.segments tbody tr')")
    weeks = len(texts_of(browser, ".segments tbody tr")) / segments
    assert weeks == browser.evaluate(f"document.querySelectorAll('{PERFORMANCE} tbody tr').length")
    assert count_of(browser, ".calibration circle.bin") == bins
    browser.open(page, address("price_estimate"))
    assert browser.evaluate("document.querySelector('[data-field=calibration]').hidden")
    assert "No chunk could be judged: too few values." in text_of(browser, "[data-field=driftNote]")


def test_every_chart_has_a_table_beside_it(browser, page, ids):
    for model in ids:
        browser.open(page, address(model))
        assert browser.evaluate(
            "[...document.querySelectorAll('#detail .forest, #detail .chart')].every((host) => "
            "host.closest('.panel').querySelector('details.table'))"
        )


# What is on record


def test_versions_launches_and_handovers_are_those_of_the_tables(browser, page, demo, ids):
    versions = dicts(
        demo,
        "select v.*, i.explanation, i.gain_over_before from ml.ml_model_versions as v "
        "inner join ml.ml_iterations as i using (model_id, version_id) order by i.iteration",
    )
    launches = dicts(demo, "select * from ml.ml_launches order by launched_at desc, launch_id")
    handovers = dicts(demo, "select * from ml.ml_handovers order by requested_at desc, handover_id")
    for model in ids:
        browser.open(page, address(model))
        for host, rows, texts in (
            ("[data-field=versionsTable] tbody tr", versions, version_texts),
            ("[data-field=launchesList] > li", launches, launch_texts),
            ("[data-field=handoversTable] tbody tr", handovers, handover_texts),
        ):
            expected = [row for row in rows if row["model_id"] == model]
            shown = texts_of(browser, host)
            assert len(shown) == len(expected), (model, host)
            for text, row in zip(shown, expected, strict=True):
                for part in texts(row):
                    assert part in text, (model, part)


def version_texts(row):
    gain = row["gain_over_before"]
    return [
        row["version_id"],
        row["role"].replace("_", " "),
        row["language"],
        row["explanation"][1:],
        NOTHING if gain is None else f"{abs(gain):.3g}",
    ]


def launch_texts(row):
    experiment = row["experiment_id"] or "No experiment measures it."
    start = day_name(row["launched_at"])
    end = f"since {start}" if row["ended_at"] is None else f"to {day_name(row['ended_at'])}"
    return [f"{row['version_id']} on {row['platform']}", experiment, end, row["outcome"][:4]]


def handover_texts(row):
    known = [row["blocker"], row["from_owner"], row["to_owner"], row["to_language"]]
    return [row["version_id"], row["status"], row["friction"][1:], *filter(None, known)]


def test_comparisons_have_intervals_and_verdicts(browser, page, demo, ids):
    rows = demo.rows(
        "select model_id, metric_name, effect / abs(champion_value), "
        "effect_ci_lower / abs(champion_value), effect_ci_upper / abs(champion_value), verdict "
        "from ml.ml_comparisons order by version_id, metric_name"
    )
    host = "[data-field=comparisonsForest]"
    for model in ids:
        browser.open(page, address(model))
        expected = [row[2:] for row in rows if row[0] == model]
        shown = texts_of(browser, f"{host} li.forest-row")
        assert len(shown) == len(expected)
        for text, (*numbers, verdict) in zip(shown, expected, strict=True):
            assert verdict.capitalize() in text
            for value in numbers:
                assert f"{abs(value):.1%}" in text
        if expected:
            browser.evaluate(f"document.querySelector('{host}').scrollIntoView()")
            browser.wait(f"document.querySelector('{host} path.interval')")
            assert count_of(browser, f"{host} path.interval") == len(expected)
        else:
            note = text_of(browser, "[data-field=comparisonsNote]")
            assert note.startswith("No other version scored what the champion scored")


def test_rankings_and_estimates_are_of_ranking_models_alone(browser, page, demo):
    tasks = dict(demo.rows("select model_id, task from ml.ml_models"))
    quality = dict(
        demo.rows(
            "select model_id, count(*) from ml.ml_ranking_quality "
            "inner join ml.ml_model_versions on version_id = method group by 1"
        )
    )
    places = demo.rows(
        "select model_id, position, max(value) filter (estimator = 'dr'), max(reason) "
        "from ml.ml_off_policy_estimates "
        "group by model_id, version_id, logging_version_id, position "
        "order by version_id, logging_version_id, position"
    )
    assert quality and {row[0] for row in places} == {
        model for model, task in tasks.items() if task == "ranking"
    }
    for model, task in tasks.items():
        browser.open(page, address(model))
        assert count_of(browser, "[data-field=ranking]") == (task == "ranking")
        rows = texts_of(browser, "[data-field=rankingTable] tbody tr")
        assert len(rows) == quality.get(model, 0)
        shown = texts_of(browser, "[data-field=estimatesTable] tbody tr")
        expected = [row[1:] for row in places if row[0] == model]
        assert len(shown) == len(expected)
        for text, (position, value, reason) in zip(shown, expected, strict=True):
            assert f"\t{position}\t" in text
            assert (
                f"{value:.1%}".replace(".0%", "%") in text
                if reason is None
                else "on record" in text
            )
        if task == "ranking":
            note = text_of(browser, "[data-field=performanceNote]")
            assert note.startswith("Ranked lists are not measured by labels")


def test_the_pages_lead_to_each_other(browser, page, demo):
    for name in ("index.html", "experiments.html"):
        assert 'href="models.html"' in page.with_name(name).read_text(encoding="utf-8")
        assert f'href="{name}"' in page.read_text(encoding="utf-8")
    known = {
        row[0] for row in demo.rows("select experiment_id from experiments.experiment_catalog")
    }
    browser.open(page)
    for model in embedded(page)["models"]:
        browser.evaluate(f"location.hash = {json.dumps(address(model['model_id']))}")
        browser.wait("!document.getElementById('detail').hidden")
        links = browser.evaluate(
            "[...document.querySelectorAll('[data-field=launchesList] a')]"
            ".map((a) => a.getAttribute('href'))"
        )
        assert {link.removeprefix("experiments.html#experiment=") for link in links} <= known
        named = {one["experiment_id"] for one in model["launches"]} & known
        assert len(set(links)) == len(named)


def test_a_link_opens_its_model_and_back_returns_to_its_row(browser, page, cards):
    browser.open(page, address("churn"))
    browser.evaluate("document.querySelector('.back a').click()")
    browser.wait("document.getElementById('detail').hidden")
    assert browser.evaluate("document.activeElement.textContent") == cards["churn"]["title"]
    browser.open(page, address("gone"))
    assert 'There is no model "gone".' in text_of(browser, "#shown")


# What can go wrong


def test_text_of_the_data_stays_text(browser, demo, tmp_path):
    text = "'" + HOSTILE.replace("'", "''") + "'"
    changes = []
    with demo.connect() as connection:
        for table in MODEL_TABLES:
            described = connection.execute(f"describe {table}").fetchall()
            kept = {
                *("metric_name", "validation_metric", "measure", "trigger_name", "chunk_grain"),
                *("segment_name", "task", "dimension_name", "estimator", "launch_id", "period"),
            }
            columns = [
                name for name, kind, *_ in described if kind == "VARCHAR" and name not in kept
            ]
            if "version_id" in columns:
                columns.remove("version_id")
            where = "where model_id = 'churn'" if "model_id" in columns else ""
            if not columns:
                continue
            sets = ", ".join(
                f"{name} = case when {name} is null then null else {text} end" for name in columns
            )
            changes.append(f"update {table} set {sets} {where}")
    page = models_page(copied_database(demo, tmp_path / "hostile.duckdb", *changes), tmp_path)
    wait = partial(draw_charts, browser, "#detail")
    shows_text_alone(browser, page, ["", address(HOSTILE)], drawn=wait)


@pytest.mark.parametrize("case", ["no rows", "no schema"])
def test_without_models_the_page_says_so_in_a_sentence(browser, demo, tmp_path, case):
    change = {
        "no rows": [f"delete from {table}" for table in MODEL_TABLES],
        "no schema": [f"drop schema {SCHEMA} cascade"],
    }[case]
    page = models_page(copied_database(demo, tmp_path / "none.duckdb", *change), tmp_path)
    assert embedded(page)["has_tables"] == (case == "no rows")
    says_that_there_are_none(browser, page, "models")


def test_bare_models_render(browser, demo, tmp_path):
    """A registration alone, and rows that have nothing but their keys."""
    kept = {
        *("model_id", "version_id", "handover_id", "launch_id", "chunk_start", "segment_name"),
        *("segment_value", "metric_name", "feature_name", "measure", "trigger_name", "check_name"),
        *("champion_version_id", "logging_version_id", "position", "estimator", "bin_number"),
        *("period", "method", "k", "dimension_name", "dimension_value", "iteration", "is_live"),
    }
    with duckdb.connect(copied_database(demo, tmp_path / "bare.duckdb")) as connection:
        for table in MODEL_TABLES:
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            nulls = ", ".join(f"{name} = null" for name in columns if name not in kept)
            connection.execute(f"update {table} set {nulls}" if nulls else "select 1")
        connection.execute("insert into ml.ml_models by name select 'alone' as model_id")
        query = "select model_id from ml.ml_models"
        ids = [row[0] for row in connection.execute(query).fetchall()]
    page = models_page(tmp_path / "bare.duckdb", tmp_path)
    browser.open(page)
    assert list(shown_groups(browser)) == ["Not in production"]
    for model in ids:
        browser.evaluate(f"location.hash = {json.dumps(address(model))}")
        browser.wait("!document.getElementById('detail').hidden")
        draw_charts(browser, "#detail")
        browser.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        assert text_of(browser, "#detail h2") == model
        if model == "alone":
            assert "Nothing to measure: it has no version yet." in text_of(browser, "#detail")
        assert not re.search(r"NaN|undefined|\[object", text_of(browser, "#detail")), model
    assert browser.complaints() == []


def test_every_group_has_its_models_and_the_unregistered_are_named(browser, demo, tmp_path):
    database = copied_database(
        demo,
        tmp_path / "groups.duckdb",
        "update ml.ml_model_cards set trigger_count = 0 where model_id in "
        "('churn', 'price_estimate', 'recommender', 'search_ranker')",
        "update ml.ml_rebuild_triggers set is_triggered = false "
        "where model_id in ('churn', 'recommender')",
        "update ml.ml_models set live_version_id = null where model_id = 'search_ranker'",
        "insert into ml.ml_launches by name select * replace ('shadow_model' as model_id) "
        "from ml.ml_launches where model_id = 'churn'",
    )
    browser.open(models_page(database, tmp_path))
    assert shown_groups(browser) == {
        "Build again": ["refund_risk"],
        "Past the gate": ["price_estimate"],
        "Healthy": ["churn"],
        "Not measured": ["recommender"],
        "Not in production": ["search_ranker"],
    }
    assert text_of(browser, "#unregistered").endswith("registered as a model: shadow_model.")
    assert browser.complaints() == []


def test_outcomes_that_have_not_matured_are_said_to_be_missing(browser, demo, tmp_path):
    database = copied_database(
        demo,
        tmp_path / "young.duckdb",
        "update ml.ml_performance set realised_value = null, reason = 'not_matured', "
        "mature_count = 0, is_realised_alarm = null, band_lower = null, band_upper = null, "
        "reference_mean = null, band_reason = 'no_reference' where model_id = 'churn'",
        "delete from ml.ml_calibration where model_id = 'churn'",
    )
    page = models_page(database, tmp_path)
    browser.open(page, address("churn"))
    draw_charts(browser, PERFORMANCE)
    note = text_of(browser, "[data-field=performanceNote]")
    assert note.startswith("No outcomes have matured yet")
    assert "have no band: there is no reference to compare with" in note
    assert count_of(browser, f"{PERFORMANCE} g.realised path.line") == 0
    assert count_of(browser, f"{PERFORMANCE} g.estimated path.line") > 0
    assert "No outcomes have matured yet" in text_of(browser, "[data-field=calibrationNote]")
    browser.evaluate(f"document.querySelector('{PERFORMANCE} svg').focus()")
    browser.press("End")
    assert "not realised" in text_of(browser, f"{PERFORMANCE} .tip")
    assert browser.complaints() == []


def test_a_database_of_another_version_is_refused_in_one_line(demo, tmp_path):
    database = copied_database(demo, tmp_path / "old.duckdb", "drop table ml.ml_performance")
    is_refused_without("ml.ml_performance", database, tmp_path)


# The file itself


def test_the_page_is_light_and_names_no_other_file_but_by_links(page):
    is_light_and_alone(page, MAX_BYTES, "report.css", "models.css")
