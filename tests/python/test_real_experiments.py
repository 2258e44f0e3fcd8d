"""Public experiments on the project as it is: the readouts equal the figures published with them.

What is expected comes from those figures and from scipy on the source files; nothing of the
adapters or of the project is used for it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Build, run_dbt
from scipy import stats
from statistics_project import run_models, table_rows

EXAMPLES = ROOT / "examples"
DATA = Path(os.environ.get("GROUNDWORK_REAL_DATA", ROOT.parent / "shared" / "data"))
SELECTED = ["+experiment_readouts", "+experiment_health_checks", "+rejected_rows"]
SOURCES = {
    "cookie_cats": "cookie_cats/cookie_cats.csv",
    "hillstrom": "hillstrom/hillstrom.csv",
    "udacity_landing_page": "udacity_ab_data/ab_data.parquet",
}
HILLSTROM_TREATMENTS = [("mens_e-mail", "Mens E-Mail"), ("womens_e-mail", "Womens E-Mail")]
HILLSTROM_OUTCOMES = [("gross_revenue", "spend"), ("buyers", "conversion"), ("sessions", "visit")]
# statistics on a table of units, without the rest of the project
FROM_UNITS = """
    with units as (select * from {{ argument_rows('units') }}),
    {{ unit_moments('moments', 'units', ['stratum', 'arm'], [
        {'name': 'spend', 'value': 'spend', 'covariate': 'history', 'scale': '0.01'},
        {'name': 'visit', 'value': 'visit', 'covariate': 'history', 'scale': '0.01'},
    ]) }},
    {{ arm_estimates('estimates', 'moments', ['metric_name']) }}
    select * from estimates where estimator = 'cuped'
"""
# the published figures have ten digits
TOLERANCE = 1e-9
WINDOW = pd.Timedelta(days=14)


@dataclass(frozen=True)
class Example:
    """A data set on the project.

    source: its file; raw_path: what the adapter wrote; printed: what it printed; build: its tables.
    """

    source: pd.DataFrame
    raw_path: Path
    printed: str
    build: Build

    def readout(self, metric: str, treatment: str, estimator: str = "difference_in_means") -> dict:
        """The experiment's last word on a metric, by column."""
        (row,) = self.records(
            "select * from experiments.experiment_readouts"
            " where is_latest and maturity = 'matured' and segment_name = 'total'"
            f" and metric_name = '{metric}' and treatment_variant_id = '{treatment}'"
            f" and estimator = '{estimator}' and experiment_id not like '%as_logged'"
        )
        return row

    def check(self, name: str, experiment: str) -> dict:
        (row,) = self.records(
            "select * from experiments.experiment_health_checks"
            f" where check_name = '{name}' and experiment_id = '{experiment}' and stage = 'all'"
        )
        return row

    def records(self, sql: str) -> list[dict]:
        with self.build.connect() as connection:
            return connection.execute(sql).df().to_dict("records")


def adapt_and_run(name: str, folder: Path) -> Example:
    """Adapt a data set and run what its readouts need, once."""
    source = DATA / SOURCES[name]
    if not source.is_file():
        reason = f"{source} is missing; set GROUNDWORK_REAL_DATA to the folder of real data"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    raw_path = folder / "raw"
    adapted = subprocess.run(
        [sys.executable, str(EXAMPLES / "write_raw.py"), name, str(raw_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "GROUNDWORK_REAL_DATA": str(DATA)},
    )
    variables = yaml.safe_load((EXAMPLES / name / "vars.yml").read_text(encoding="utf-8"))
    variables["raw_path"] = str(raw_path)
    build = run_dbt("run", "--select", *SELECTED, folder=folder / "build", variables=variables)
    assert build.exit_code == 0, build.output[-5000:]
    if source.suffix == ".csv":
        # one is separated by semicolons
        rows = pd.read_csv(source, sep=None, engine="python")
    else:
        rows = pd.read_parquet(source)
    return Example(rows, raw_path, adapted.stdout, build)


@pytest.fixture(scope="module")
def cookie_cats(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return adapt_and_run("cookie_cats", tmp_path_factory.mktemp("cookie_cats"))


@pytest.fixture(scope="module")
def hillstrom(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return adapt_and_run("hillstrom", tmp_path_factory.mktemp("hillstrom"))


@pytest.fixture(scope="module")
def udacity(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return adapt_and_run("udacity_landing_page", tmp_path_factory.mktemp("udacity"))


@pytest.fixture(params=SOURCES)
def example(request: pytest.FixtureRequest) -> tuple[str, Example]:
    """Each data set in turn, with the name of its folder."""
    fixture = "udacity" if request.param == "udacity_landing_page" else request.param
    return request.param, request.getfixturevalue(fixture)


def near(expected: float) -> object:
    return pytest.approx(expected, rel=TOLERANCE, abs=0)


def welch(control: pd.Series, treatment: pd.Series) -> dict:
    """Means, effect and test of two samples, by the readout's names."""
    result = stats.ttest_ind(treatment, control, equal_var=False)
    interval = result.confidence_interval()
    return {
        "control_n": len(control),
        "treatment_n": len(treatment),
        "control_mean": near(control.mean()),
        "treatment_mean": near(treatment.mean()),
        "effect": near(treatment.mean() - control.mean()),
        "degrees_of_freedom": near(result.df),
        "statistic": near(result.statistic),
        "p_value": near(result.pvalue),
        "effect_ci_lower": near(interval.low),
        "effect_ci_upper": near(interval.high),
    }


def pooled_z(readout: dict) -> float:
    """The z of two shares with one pooled variance, from a readout's counts."""
    control_n, treatment_n = readout["control_n"], readout["treatment_n"]
    control = readout["control_mean"] * control_n
    treatment = readout["treatment_mean"] * treatment_n
    share = (control + treatment) / (control_n + treatment_n)
    error = (share * (1 - share) * (1 / control_n + 1 / treatment_n)) ** 0.5
    return readout["effect"] / error


def test_every_raw_row_is_accepted_and_none_rejected(example):
    name, adapted = example
    files = sorted(adapted.raw_path.glob("*/*.parquet"))
    assert files
    accepted = {}
    delivered = {}
    for file in files:
        table = f"{file.parent.name}__{file.stem}"
        ((delivered[table],),) = duckdb.execute(f"select count(*) from '{file}'").fetchall()
        ((accepted[table],),) = adapted.build.rows(f"select count(*) from staging.stg_{table}")
    assert accepted == delivered
    assert adapted.build.rows("select * from staging.rejected_rows") == []
    exposures = {
        "cookie_cats": 90_189,
        "hillstrom": 64_000,
        "udacity_landing_page": 294_478 + (294_478 - 3_893),
    }
    assert delivered["experiments__exposures"] == exposures[name]


def test_the_readme_shows_what_is_printed(example):
    name, adapted = example
    readme = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", readme, flags=re.DOTALL)
    finished = subprocess.run(
        [
            *(sys.executable, str(EXAMPLES / "run_sql.py")),
            *(str(EXAMPLES / "experiment_results.sql"), str(adapted.build.database)),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    printed = adapted.printed.replace(str(adapted.raw_path), f"warehouse/{name}")
    assert shown == [printed, finished.stdout]


def test_cookie_cats_rounds_equal_the_published_figures(cookie_cats):
    readout = cookie_cats.readout("gross_revenue", "gate_40")
    published = {
        "control_n": 44_700,
        "treatment_n": 45_489,
        "effect": near(-1.157488454),
        "statistic": near(-0.8854374331),
        "degrees_of_freedom": near(58595.48142),
        "p_value": near(0.3759243841),
        "effect_ci_lower": near(-3.719705116),
        "effect_ci_upper": near(1.404728209),
    }
    assert {column: readout[column] for column in published} == published


def test_cookie_cats_retention_equals_the_published_figures(cookie_cats):
    readout = cookie_cats.readout("sessions", "gate_40")
    assert readout["control_mean"] == near(0.1902013423)
    # published as 0.182000044: nine digits
    assert readout["treatment_mean"] == pytest.approx(0.182000044, rel=5e-9)
    assert 2 * stats.norm.sf(abs(pooled_z(readout))) == near(0.001554249976)


def test_a_share_is_tested_by_t_with_the_sample_variance(cookie_cats):
    # Published is the normal tail with p (1 - p). Ours has n / (n - 1) times that, and Student's
    # tail: 4.5e-4 more.
    players = cookie_cats.source.groupby("version").retention_7
    control, treatment = (players.get_group(name).astype(int) for name in ("gate_30", "gate_40"))
    readout = cookie_cats.readout("sessions", "gate_40")
    expected = welch(control, treatment)
    assert {column: readout[column] for column in expected} == expected

    corrected = sum(arm.var(ddof=0) / len(arm) for arm in (control, treatment))
    unpooled = 2 * stats.norm.sf(abs(readout["effect"]) / corrected**0.5)
    assert unpooled == near(0.001555825574)
    assert readout["p_value"] / unpooled - 1 == pytest.approx(4.5e-4, rel=0.02)


def test_cookie_cats_sample_ratio_equals_the_published_figures(cookie_cats):
    check = cookie_cats.check("sample_ratio", "gate")
    assert check["statistic"] == near(6.90240495)
    assert check["p_value"] == near(0.008607987811)
    assert check["status"] == "passed"


def test_hillstrom_spend_equals_the_published_figures(hillstrom):
    mens = hillstrom.readout("gross_revenue", "mens_e-mail")
    published = {
        "control_n": 21_306,
        "treatment_n": 21_307,
        "effect": near(0.7698271559),
        "statistic": near(5.300140358),
        "degrees_of_freedom": near(36671.15798),
        "p_value": near(1.163814968e-07),
        "effect_ci_lower": near(0.4851397326),
        "effect_ci_upper": near(1.054514579),
    }
    assert {column: mens[column] for column in published} == published
    womens = hillstrom.readout("gross_revenue", "womens_e-mail")
    assert womens["treatment_n"] == 21_387
    assert womens["effect"] == near(0.4244122159)
    assert womens["p_value"] == near(0.001129397102)


def test_hillstrom_sample_ratio_of_three_arms_equals_the_published_figure(hillstrom):
    assert hillstrom.check("sample_ratio", "e_mail")["p_value"] == near(0.9036929576)


@pytest.mark.parametrize(("treatment", "segment"), HILLSTROM_TREATMENTS)
@pytest.mark.parametrize(("metric", "outcome"), HILLSTROM_OUTCOMES)
def test_hillstrom_equals_scipy_on_the_source(hillstrom, metric, outcome, treatment, segment):
    arms = hillstrom.source.groupby("segment")[outcome]
    expected = welch(arms.get_group("No E-Mail"), arms.get_group(segment))
    readout = hillstrom.readout(metric, treatment)
    assert {column: readout[column] for column in expected} == expected


@pytest.mark.parametrize(("treatment", "segment"), HILLSTROM_TREATMENTS)
def test_hillstrom_adjusted_by_history_equals_numpy(hillstrom, treatment, segment):
    # theta is that of the pair, not of all three arms
    pair = hillstrom.source[hillstrom.source.segment.isin(["No E-Mail", segment])]
    covariances = np.cov(pair.spend, pair.history)
    theta = covariances[0, 1] / covariances[1, 1]
    adjusted = (pair.spend - theta * (pair.history - pair.history.mean())).groupby(pair.segment)
    expected = welch(adjusted.get_group("No E-Mail"), adjusted.get_group(segment))
    readout = hillstrom.readout("gross_revenue", treatment, "cuped")
    assert {column: readout[column] for column in expected} == expected

    history = pair.groupby("segment").history.mean()
    plain = hillstrom.readout("gross_revenue", treatment)
    taken_off = plain["effect"] - readout["effect"]
    assert taken_off / (history[segment] - history["No E-Mail"]) == pytest.approx(theta, rel=1e-9)


def test_hillstrom_adjusted_by_history_equals_the_published_figures(hillstrom):
    readout = hillstrom.readout("gross_revenue", "mens_e-mail", "cuped")
    assert readout["effect"] == near(0.7674384994)
    assert readout["p_value"] == near(1.265314467e-07)


def test_the_macros_alone_adjust_a_metric_by_another_ones_history(hillstrom, tmp_path):
    arms = {"No E-Mail": "control", "Mens E-Mail": "treatment"}
    units = hillstrom.source[hillstrom.source.segment.isin(arms)]
    units = units.assign(arm=units.segment.map(arms), stratum="all")
    (tmp_path / "arguments").mkdir()
    units.to_parquet(tmp_path / "arguments" / "units.parquet")
    build = run_models(tmp_path, {"estimated": FROM_UNITS})
    assert build.exit_code == 0, build.output[-5000:]
    rows = {row["metric_name"]: row for row in table_rows(build, "estimated")}
    assert rows["spend"]["theta"] == near(0.00122289652)
    assert rows["spend"]["mean_difference"] == near(0.7674384994)
    assert rows["visit"]["theta"] == near(9.134195036e-05)
    assert rows["visit"]["mean_difference"] == near(0.07641114746)


def test_udacity_without_contradictions_equals_the_published_figures(udacity):
    readout = udacity.readout("buyers", "treatment")
    assert (readout["control_n"], readout["treatment_n"]) == (145_274, 145_310)
    assert readout["control_mean"] * 145_274 == near(17_489)
    assert readout["treatment_mean"] * 145_310 == near(17_264)
    # published control less treatment
    z = pooled_z(readout)
    assert -z == near(1.310924198)
    assert 2 * stats.norm.sf(abs(z)) == near(0.1898833745)


def test_udacity_equals_scipy_on_the_source(udacity):
    # Welch's t is 1.2e-6 below the published pooled z
    log = consistent(udacity.source)
    users = log.groupby(["group", "user_id"]).converted.max()
    expected = welch(users["control"], users["treatment"])
    readout = udacity.readout("buyers", "treatment")
    assert {column: readout[column] for column in expected} == expected
    assert readout["statistic"] / pooled_z(readout) - 1 == pytest.approx(-1.19e-6, rel=0.01)


def test_udacity_users_of_both_groups_are_counted_and_set_aside(udacity):
    groups = udacity.source.groupby("user_id")["group"].nunique()
    assert (groups > 1).sum() == 1_895
    assert udacity.build.rows(
        "select experiment_id, count(*), count(left_date) from intermediate.int_experiment_units"
        " where population = 'exposed' group by experiment_id order by experiment_id"
    ) == [("landing_page", 290_584, 0), ("landing_page_as_logged", 290_584, 1_895)]
    check = udacity.check("crossover", "landing_page_as_logged")
    assert check["explanation"] == "1895 of 290584 units met a second variant"
    assert check["statistic"] == near(1_895 / 290_584)
    assert check["status"] == "passed"

    first = udacity.source.sort_values("timestamp").groupby("user_id")["group"].first()
    table = pd.crosstab(first, groups > 1)
    assert check["p_value"] == near(stats.chi2_contingency(table, correction=False).pvalue)


def consistent(log: pd.DataFrame) -> pd.DataFrame:
    """The visits whose group and page agree."""
    return log[(log.group == "treatment") == (log.landing_page == "new_page")]


def observed_users(log: pd.DataFrame) -> pd.DataFrame:
    """One row per user: group, exposed_at and exposed, matured, left and converted, as dates."""
    visits = log.sort_values("timestamp")
    users = visits.groupby("user_id").agg(group=("group", "first"), exposed_at=("timestamp", "min"))
    users["exposed"] = users.exposed_at.dt.normalize()
    users["matured"] = (users.exposed_at + WINDOW).dt.normalize()
    first = visits.user_id.map(users.group)
    others = visits[visits.group != first]
    users["left"] = others.groupby("user_id").timestamp.min().dt.normalize()
    sales = consistent(visits)[["user_id", "timestamp", "converted"]].query("converted == 1")
    exposed_at = sales.user_id.map(users.exposed_at)
    sales = sales[(sales.timestamp >= exposed_at) & (sales.timestamp < exposed_at + WINDOW)]
    users["converted"] = sales.groupby("user_id").timestamp.min().dt.normalize()
    return users


@pytest.mark.parametrize("experiment", ["landing_page", "landing_page_as_logged"])
@pytest.mark.parametrize("maturity", ["running", "matured"])
def test_udacity_every_day_is_what_was_known_on_that_day(udacity, experiment, maturity):
    log = udacity.source if experiment.endswith("as_logged") else consistent(udacity.source)
    users = observed_users(log)
    entered = users.exposed if maturity == "running" else users.matured
    readouts = udacity.records(
        "select as_of_date, control_n, treatment_n, control_mean, treatment_mean, p_value"
        " from experiments.experiment_readouts"
        f" where experiment_id = '{experiment}' and maturity = '{maturity}'"
        " and estimator = 'difference_in_means' and segment_name = 'total' order by as_of_date"
    )
    days = pd.date_range("2017-01-02", "2017-02-08")
    assert [row["as_of_date"] for row in readouts] == list(days)
    for day, readout in zip(days, readouts, strict=True):
        known = users[(entered <= day) & ~(users.left <= day)]
        counts = known.groupby("group").size().reindex(["control", "treatment"], fill_value=0)
        assert [readout["control_n"], readout["treatment_n"]] == list(counts), day
        if counts.min() == 0:
            continue
        means = (known.converted <= day).groupby(known.group).mean()
        variances = means * (1 - means) * counts / (counts - 1)
        assert [readout["control_mean"], readout["treatment_mean"]] == [near(m) for m in means]
        expected = stats.ttest_ind_from_stats(
            *(means["control"], variances["control"] ** 0.5, counts["control"]),
            *(means["treatment"], variances["treatment"] ** 0.5, counts["treatment"]),
            equal_var=False,
        )
        assert readout["p_value"] == near(expected.pvalue), day
