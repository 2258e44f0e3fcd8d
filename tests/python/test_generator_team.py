"""The generated work of the data team: in its raw rows, what is planted can be found."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from raw_rows import RawProduct, number, text, timestamp
from scipy import stats

from groundwork.generator.generate import Request, generate
from groundwork.generator.specification import Fault, Table, load_source

ROOT = Path(__file__).parents[2]
TEAM = load_source("data_team")
TRUTHS: dict[str, dict[str, Any]] = dict(TEAM.truths)
TABLES = {table.name: table for table in TEAM.tables if table.name != "incidents"}
FIRST, END = pd.Timestamp(TRUTHS["team"]["first_day"]), pd.Timestamp("2026-07-01")
MONTHS = pd.period_range(FIRST, END - pd.Timedelta(days=1), freq="M")
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
QUIET_DAYS = 90 * DAY
# Copies that were spoilt stand under keys of their own.
SPOILT_KEY = r"(x|draft_)\d+"
TIMES = ["_at", "_on", "_date", "_month"]
NUMBERS = {
    *("effort_hours", "satisfaction", "share", "monthly_cost", "metric_version", "metric_value"),
    *("horizon_days", "monthly_saving", "influenced_amount", "build_cost", "amount"),
    *("try_number", "sla_minutes"),
}
# Words that say how something is asked, in the wordings of planted.yml.
STOP_WORDS = {
    *("a", "any", "and", "are", "by", "can", "did", "do", "does", "for", "have", "how"),
    *("in", "is", "it", "many", "may", "much", "now", "of", "on", "our", "that", "the", "their"),
    *("they", "those", "to", "was", "what", "where", "which", "who", "why"),
}


def key_of(title: str) -> str:
    words = re.findall("[a-z]+", title.lower())
    return " ".join(sorted(set(words) - STOP_WORDS))


def hours(times: pd.Series) -> pd.Series:
    return times / HOUR


class Rows:
    """The seeds of `data_team`: as delivered, and without the spoilt rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def delivered(self, table: str) -> pd.DataFrame:
        path = self.folder / f"data_team/raw_data_team__{table}.csv"
        return text(pd.read_csv(path, dtype=str, keep_default_na=False))

    def sound(self, table: str) -> pd.DataFrame:
        """Deliveries that hold none but sound values, typed."""
        key = TABLES[table].key
        rows = self.delivered(table).dropna(subset=[*key, "loaded_at"])
        is_spoilt = rows[key].apply(lambda column: column.str.fullmatch(SPOILT_KEY)).any(axis=1)
        rows = rows[~is_spoilt]
        for column in rows:
            if any(str(column).endswith(ending) for ending in TIMES):
                rows = rows.assign(**{str(column): timestamp(rows[column])})
            elif column in NUMBERS:
                rows = rows.assign(**{str(column): number(rows[column])})
        if table == "decisions":
            rows = rows.assign(data_through=timestamp(rows.data_through))
        return rows

    def last(self, table: str) -> pd.DataFrame:
        rows = self.sound(table).sort_values("loaded_at", kind="stable")
        return rows.drop_duplicates(TABLES[table].key, keep="last").reset_index(drop=True)

    @cached_property
    def requests(self) -> pd.DataFrame:
        rows = self.last("requests")
        return rows.assign(
            question_key=rows.title.map(key_of),
            lead_hours=hours(rows.answered_at - rows.requested_at),
            response_hours=hours(rows.first_response_at - rows.requested_at),
        )

    def open_at(self, moment: pd.Timestamp) -> pd.DataFrame:
        rows = self.requests
        closed_at = rows.answered_at.fillna(rows.abandoned_at)
        rows = rows[(rows.requested_at < moment) & ~(closed_at < moment)]
        return rows.assign(age_days=(moment - rows.requested_at) / DAY)

    @cached_property
    def assignments(self) -> pd.DataFrame:
        rows = self.last("assignments")
        return rows.assign(last_day=rows.ends_on.fillna(END - DAY))

    @cached_property
    def tries(self) -> pd.DataFrame:
        rows = self.last("pipeline_runs")
        return rows.assign(day=rows.scheduled_at.dt.normalize())

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: when it succeeded, if it did, and by when it had to."""
        succeeded = self.tries[self.tries.state == "success"]
        runs = self.tries.groupby(["dag_id", "day"], as_index=False).agg(
            scheduled_at=("scheduled_at", "first"),
            sla_minutes=("sla_minutes", "first"),
            upstream=("upstream_dag_ids", "first"),
            started_at=("start_date", "min"),
            tries=("try_number", "max"),
        )
        runs = runs.merge(
            succeeded[["dag_id", "day", "end_date"]], "left", on=["dag_id", "day"], validate="1:1"
        )
        due_at = runs.scheduled_at + pd.to_timedelta(runs.sla_minutes, unit="min")
        return runs.assign(is_missed=~(runs.end_date <= due_at), weekday=runs.day.dt.day_of_week)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return Rows(ROOT / "seeds")


# What was delivered.


def faults_of(table: Table, *reasons: str) -> list[Fault]:
    return [fault for fault in TEAM.faults_of(table) if fault.expected_reason in reasons]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_rows_are_delivered_again_and_spoilt_as_often_as_planted(rows: Rows, table: Table) -> None:
    delivered = rows.delivered(table.name)
    sound = rows.sound(table.name)
    repeated = sound.duplicated().sum()
    once = sound.drop_duplicates()
    superseded = (once.loaded_at < once.groupby(table.key).loaded_at.transform("max")).sum()
    assert repeated == sum(fault.rows for fault in faults_of(table, "duplicate"))
    assert superseded == sum(fault.rows for fault in faults_of(table, "superseded"))
    assert len(once) - superseded == len(rows.last(table.name))
    spoilt = [fault for fault in TEAM.faults_of(table) if fault.kind == "spoilt"]
    assert len(delivered) - len(sound) == sum(fault.rows for fault in spoilt)


def test_nothing_grows_with_the_scale(tmp_path: Path) -> None:
    generate(Request(0.2, 1, "csv", tmp_path))
    for table in TABLES:
        seed = ROOT / f"seeds/data_team/raw_data_team__{table}.csv"
        assert seed.read_bytes() == (tmp_path / f"data_team/{table}.csv").read_bytes(), table


@pytest.mark.parametrize(
    ("table", "truth"),
    [
        ("members", "team"),
        ("assignments", "team"),
        ("decisions", "decision_log"),
        ("initiatives", "portfolio"),
    ],
)
def test_rows_say_what_planted_yml_says(rows: Rows, table: str, truth: str) -> None:
    key = TABLES[table].key[0]
    stated = {entry[key]: entry for entry in TRUTHS[truth][table]}
    written = rows.last(table).set_index(key)
    assert set(written.index) == set(stated)
    for name, entry in stated.items():
        for column in written.columns.drop("loaded_at"):
            found, said = written.loc[name, column], entry.get(column)
            if said is None:
                assert pd.isna(found), (name, column)
            elif isinstance(found, pd.Timestamp):
                assert found == pd.Timestamp(said), (name, column)
            else:
                assert found == said, (name, column)


# Requests.


def test_the_queue_of_one_department_is_hidden(rows: Rows) -> None:
    department = TRUTHS["hidden_queue"]["department"]
    lead = rows.requests.groupby("department").lead_hours.median()
    response = rows.requests.groupby("department").response_hours.median()
    assert lead.idxmin() == response.idxmin() == department
    others = lead.drop(department)
    assert lead[department] < 0.6 * others.min()
    for month in MONTHS[6:]:
        waiting = rows.open_at((month + 1).start_time).groupby("department").age_days
        assert waiting.median().idxmax() == waiting.size().idxmax() == department, month
    waiting = rows.open_at(END).groupby("department").age_days
    assert waiting.size()[department] > 5 * waiting.size().drop(department).max()
    assert waiting.median()[department] > QUIET_DAYS / DAY


def test_some_are_never_answered_where_the_queue_is_not_hidden(rows: Rows) -> None:
    waiting = rows.open_at(END)
    old = waiting[
        (waiting.department != TRUTHS["hidden_queue"]["department"])
        & (waiting.age_days > QUIET_DAYS / DAY)
    ]
    stated = TRUTHS["never_answered"]["never_answered_requests"]
    assert sorted(old.title) == sorted(entry["title"] for entry in stated)
    assert old.started_at.isna().all() and old.member_id.isna().all()
    assert old.first_response_at.notna().all()


def test_one_question_in_five_wordings_costs_most_hours(rows: Rows) -> None:
    questions = {entry["question_id"]: entry for entry in TRUTHS["demand"]["questions"]}
    costliest = questions[TRUTHS["costliest_question"]["question_id"]]
    asked = rows.requests.groupby("question_key")
    hours = asked.effort_hours.sum().sort_values(ascending=False)
    (key,) = {key_of(wording) for wording in costliest["wordings"]}
    assert hours.index[0] == key and hours.iloc[0] > 2 * hours.iloc[1]
    found = asked.get_group(key)
    assert set(found.title) == set(costliest["wordings"]) and found.title.nunique() == 5
    assert set(found.department) == set(costliest["asked_by"]) and found.department.nunique() == 3
    # Some name its tables the other way round, and some do not name them.
    tables = found.tables_used.dropna().str.split(",").map(lambda names: tuple(sorted(names)))
    assert tables.nunique() == 1 and found.tables_used.nunique() == 2
    assert found.tables_used.isna().any()


def test_the_questions_of_planted_yml_and_no_others_are_asked_again(rows: Rows) -> None:
    asked = rows.requests.groupby("question_key").size()
    listed = TRUTHS["demand"]["questions"]
    keys = [{key_of(wording) for wording in entry["wordings"]} for entry in listed]
    assert all(len(found) == 1 for found in keys)
    assert set(asked.index[asked > 1]) == set.union(*keys)
    assert asked[asked > 1].min() >= 3


def test_answers_fit_who_gave_them(rows: Rows) -> None:
    found = rows.requests
    answered = found[found.answered_at.notna()].groupby("answered_by")
    assert set(answered.groups) == {"analyst", "self_service", "existing_asset"}
    assert found.answered_by.notna().equals(found.answered_at.notna())
    alone = answered.get_group("self_service")
    assert alone[["member_id", "effort_hours", "started_at"]].isna().all(axis=None)
    assert alone.asset_name.notna().all()
    pointed = answered.get_group("existing_asset")
    assert pointed[["member_id", "effort_hours", "asset_name"]].notna().all(axis=None)
    worked = answered.get_group("analyst")
    assert worked[["member_id", "effort_hours"]].notna().all(axis=None)
    assert worked.asset_name.isna().all()
    assert worked.effort_hours.mean() > 5 * pointed.effort_hours.mean()
    # More and more is found without the team.
    is_early = alone.requested_at < FIRST + (END - FIRST) / 2
    assert (~is_early).sum() > 1.5 * is_early.sum()


def test_steps_of_a_request_follow_each_other(rows: Rows) -> None:
    found = rows.requests
    for one, other in [
        ("requested_at", "first_response_at"),
        ("first_response_at", "started_at"),
        ("started_at", "answered_at"),
        ("started_at", "reopened_at"),
        ("first_response_at", "abandoned_at"),
        ("reopened_at", "answered_at"),
        ("answered_at", "loaded_at"),
    ]:
        assert not (found[other] < found[one]).any(), (one, other)
    assert not (found.answered_at.notna() & found.abandoned_at.notna()).any()
    assert found.abandoned_at.notna().sum() > 10 and found.reopened_at.notna().sum() > 20


def test_slow_answers_please_less(rows: Rows) -> None:
    said = rows.requests.dropna(subset=["satisfaction", "lead_hours"])
    assert set(said.satisfaction) <= {1, 2, 3, 4, 5}
    correlation = stats.spearmanr(said.lead_hours, said.satisfaction).statistic
    assert len(said) > 300 and correlation < -0.25
    is_reopened = said.reopened_at.notna()
    assert said[is_reopened].satisfaction.mean() < said[~is_reopened].satisfaction.mean() - 0.4


def test_who_takes_a_request_is_assigned_on_its_day(rows: Rows) -> None:
    taken = rows.requests.dropna(subset=["member_id"])
    merged = taken.merge(rows.assignments, on="member_id", suffixes=("", "_of_member"))
    day = merged.requested_at.dt.normalize()
    on_its_day = merged[(merged.starts_on <= day) & (day <= merged.last_day)]
    assert set(on_its_day.request_id) == set(taken.request_id)
    models = on_its_day.drop_duplicates("request_id").groupby("operating_model").lead_hours.median()
    assert models.idxmin() == "distributed" and models.idxmax() == "centralised"


# People.


def test_two_members_move_within_a_month_and_one_leaves(rows: Rows) -> None:
    found = rows.assignments.sort_values(["member_id", "starts_on"])
    before = found.groupby("member_id")[["department", "ends_on"]].shift()
    is_move = (
        (found.starts_on - before.ends_on == DAY)
        & (found.department.fillna("all") != before.department.fillna("all"))
        & (found.starts_on.dt.day > 1)
    )
    moves = found[is_move][["member_id", "starts_on"]].values.tolist()
    stated = TRUTHS["moves_within_a_month"]["members"]
    assert moves == [[move["member_id"], pd.Timestamp(move["moves_on"])] for move in stated]
    members = rows.last("members")
    leavers = members[members.left_on.notna()]
    assert leavers.member_id.tolist() == [TRUTHS["leaver"]["member_id"]]
    assert leavers.left_on.tolist() == [pd.Timestamp(TRUTHS["leaver"]["left_on"])]
    assert members.member_id.str.fullmatch(r"m\d\d").all()


def test_shares_overlap_once_and_a_day_without_an_assignment_is_there(rows: Rows) -> None:
    days = rows.assignments.assign(
        day=[
            pd.date_range(start, end)
            for start, end in zip(
                rows.assignments.starts_on, rows.assignments.last_day, strict=True
            )
        ]
    ).explode("day")
    shares = days.fillna({"share": 1}).groupby(["member_id", "day"]).share.sum()
    above = shares[shares > 1]
    assert set(above.index.get_level_values("member_id")) == {"m03"} and len(above) == 9
    members = rows.last("members").set_index("member_id")
    first_days = shares.reset_index().groupby("member_id").day.min()
    late = (first_days - members.joined_on.clip(lower=FIRST)) / DAY
    assert late[late > 0].to_dict() == {"m12": 14}
    assert days.monthly_cost.isna().any() and days.share.isna().any()


# Pipelines.


def test_one_pipeline_misses_its_sla_on_mondays(rows: Rows) -> None:
    truth = TRUTHS["late_mondays"]
    runs = rows.runs[rows.runs.sla_minutes.notna()]
    missed = runs.groupby(["dag_id", runs.weekday == 0]).is_missed.mean().unstack()
    assert missed.loc[truth["dag_id"], True] > truth["least_share_on_mondays"]
    assert missed[False].max() < truth["most_share_on_other_days"]
    assert missed[True].drop(truth["dag_id"]).max() < 0.2
    # Who waits for it is late on some Mondays as well.
    is_waiting = runs.upstream.fillna("").str.split(",").map(lambda ids: truth["dag_id"] in ids)
    missed_by_day = runs[is_waiting].groupby("weekday").is_missed.sum()
    assert missed_by_day.idxmax() == 0


def test_one_pipeline_has_no_run_for_a_month(rows: Rows) -> None:
    counts = rows.runs.groupby(["dag_id", rows.runs.day.dt.to_period("M")]).size().unstack()
    silent = counts.loc[:, MONTHS].isna().stack()
    assert set(counts.index) == {
        pipeline["dag_id"] for pipeline in TRUTHS["orchestration"]["pipelines"]
    }
    late_start = {("scores", month) for month in MONTHS if month < pd.Period("2025-09")}
    truth = TRUTHS["silent_pipeline"]
    expected = (truth["dag_id"], pd.Period(pd.Timestamp(truth["month"]), freq="M"))
    assert set(silent.index[silent]) == {expected} | late_start


def test_runs_wait_for_those_upstream_and_are_tried_again(rows: Rows) -> None:
    tries, runs = rows.tries, rows.runs
    finished = tries.groupby(["dag_id", "day"]).end_date.max()
    waited = 0
    for run in runs[runs.upstream.notna() & runs.started_at.notna()].itertuples():
        for dag_id in run.upstream.split(","):
            if (dag_id, run.day) in finished.index:
                assert run.started_at >= finished[(dag_id, run.day)]
                waited += finished[(dag_id, run.day)] > run.scheduled_at
    assert waited > 50
    assert set(tries.state) == {"success", "failed", "upstream_failed", "skipped"}
    ordered = tries.sort_values(["dag_id", "run_id", "try_number"])
    before = ordered.groupby(["dag_id", "run_id"])[["state", "end_date"]].shift()
    again = ordered.try_number > 1
    assert again.sum() > 40 and (before.state[again] == "failed").all()
    assert (ordered.start_date[again] >= before.end_date[again] + pd.Timedelta(minutes=5)).all()
    assert (tries.end_date >= tries.start_date)[tries.start_date.notna()].all()
    blocked = tries[tries.state.isin(["upstream_failed", "skipped"])]
    assert blocked.start_date.isna().all() and len(blocked) > 3


# Decisions and what was built.


@pytest.fixture(scope="module")
def known_links() -> dict[str, set[str]]:
    """What a decision may point to, by type."""
    lock = yaml.safe_load((ROOT / "definitions.lock").read_text(encoding="utf-8"))
    experiments = pd.read_csv(ROOT / "seeds/experiments/raw_experiments__experiments.csv")
    models = pd.read_csv(ROOT / "seeds/ml/raw_ml__models.csv")
    return {
        "metric": set(lock),
        "experiment": set(experiments.experiment_id),
        "model": set(models.model_id),
    }


def test_one_decision_is_called_data_driven_after_the_fact(rows: Rows) -> None:
    decisions = rows.last("decisions").set_index("decision_id")
    claimed = decisions[(decisions.claimed_mode == "data_driven") & decisions.rule.notna()]
    late = claimed[claimed.rule_recorded_at > claimed.decided_at]
    assert late.index.tolist() == [TRUTHS["after_the_fact"]["decision_id"]]
    on_time = claimed[claimed.rule_recorded_at.dt.normalize() < claimed.data_through]
    assert len(on_time) >= 8
    # One was recorded on the last day of its data.
    (borderline,) = claimed.index.difference([*on_time.index, *late.index])
    assert claimed.rule_recorded_at.dt.normalize()[borderline] == claimed.data_through[borderline]


def test_links_that_point_nowhere(rows: Rows, known_links: dict[str, set[str]]) -> None:
    decisions = rows.last("decisions").set_index("decision_id")
    columns = {"metric": "metric_name", "experiment": "experiment_id", "model": "model_id"}
    links = pd.concat(
        {kind: decisions[column].dropna() for kind, column in columns.items()}, names=["kind"]
    )
    nowhere = [
        (decision, kind, link)
        for (kind, decision), link in links.items()
        if link not in known_links[kind]
    ]
    truth = TRUTHS["link_to_nowhere"]
    planted = (truth["decision_id"], truth["link_type"], truth["link_id"])
    counts = links.groupby("decision_id").size()
    assert counts[truth["decision_id"]] == 3
    assert [found for found in nowhere if counts[found[0]] > 1] == [planted]
    assert {found[0] for found in nowhere} == {truth["decision_id"], "d09", "d10"}
    assert counts.reindex(decisions.index).isna().any()


def test_what_decisions_name_was_so_or_is_meant_not_to_be(rows: Rows) -> None:
    decisions = rows.last("decisions").set_index("decision_id")
    path = ROOT / "seeds/experiments/raw_experiments__experiments.csv"
    experiments = pd.read_csv(path, parse_dates=["decided_at"]).groupby("experiment_id")
    decided_at = decisions.experiment_id.map(experiments.decided_at.max())
    assert decisions.index[decided_at > decisions.decided_at].tolist() == ["d12"]
    assert decisions.index[decisions.metric_version > 1].tolist() == ["d11"]
    product = RawProduct(ROOT / "seeds/product")
    orders = product.orders[product.orders.gross_amount >= 0]
    for decision in decisions[decisions.metric_name == "refund_rate"].itertuples():
        is_in_month = orders.ordered_at.dt.to_period("M") == decision.data_through.to_period("M")
        found = orders[is_in_month & (orders.status != "cancelled")]
        published = (found.status == "refunded").mean()
        is_right = abs(decision.metric_value - published) < 1e-4
        assert is_right == (decision.Index != "d15"), (decision.Index, published)


def test_reviews_are_done_due_and_overdue(rows: Rows) -> None:
    decisions = rows.last("decisions")
    is_done = decisions.reviewed_at.notna()
    assert decisions.outcome.notna().equals(is_done)
    assert set(decisions.outcome.dropna()) == {"as_expected", "better", "worse", "unknown"}
    is_due = decisions.review_on < END
    assert (is_due & ~is_done).sum() >= 2 and (~is_due & ~is_done).sum() >= 5
    assert decisions.review_on.isna().any()


def ratio_difference(control: pd.DataFrame, treatment: pd.DataFrame) -> tuple[float, float]:
    """Difference of sums of amounts over sums of orders by unit, and its error (delta method)."""
    values, variances = [], []
    for units in (treatment, control):
        ratio = units.amount.sum() / units.orders.sum()
        rest = (units.amount - ratio * units.orders) / units.orders.mean()
        values.append(ratio)
        variances.append(rest.var(ddof=1) / len(units))
    return values[0] - values[1], float(np.sqrt(sum(variances)))


def test_the_effect_of_one_initiative_is_inside_its_noise(rows: Rows) -> None:
    truth = TRUTHS["inside_noise"]
    initiatives = rows.last("initiatives").set_index("initiative_id")
    named = initiatives.loc[truth["initiative_id"]]
    assert named.experiment_id == truth["experiment_id"]
    assert named.treatment_variant_id == truth["variant_id"]
    assert named.metric_name == truth["metric_name"] == "average_order_value"
    folder = ROOT / "seeds/experiments"
    experiments = pd.read_csv(
        folder / "raw_experiments__experiments.csv", parse_dates=["decided_at"]
    )
    plan = experiments[experiments.experiment_id == truth["experiment_id"]].iloc[-1]
    raw = pd.read_csv(folder / "raw_experiments__exposures.csv", dtype=str)
    raw = raw[raw.experiment_id == truth["experiment_id"]]
    exposures = raw.assign(exposed_at=timestamp(raw.exposed_at)).dropna()
    exposures = exposures[exposures.exposed_at < plan.decided_at]
    first = exposures.sort_values("exposed_at").drop_duplicates("unit_id").set_index("unit_id")
    orders = RawProduct(ROOT / "seeds/product").orders
    orders = orders[(orders.status != "cancelled") & (orders.gross_amount >= 0)]
    exposed_at = orders.user_id.map(first.exposed_at)
    happened = orders[(orders.ordered_at >= exposed_at) & (orders.ordered_at < plan.decided_at)]
    units = first.assign(
        amount=happened.groupby("user_id").gross_amount.sum(),
        orders=happened.groupby("user_id").size(),
    ).fillna({"amount": 0, "orders": 0})
    effect, error = ratio_difference(
        units[units.variant_id == plan.control_variant_id],
        units[units.variant_id == truth["variant_id"]],
    )
    assert effect > 0 > effect - 1.96 * error


def test_initiatives_are_measured_saved_influenced_or_not_live(
    rows: Rows, known_links: dict[str, set[str]]
) -> None:
    found = rows.last("initiatives").set_index("initiative_id")
    is_known = found.experiment_id.isin(known_links["experiment"])
    assert is_known.sum() == 4 and (found.experiment_id.notna() & ~is_known).sum() == 1
    assert found.index[found.live_on.isna()].tolist() == ["smart_search"]
    assert (found.monthly_saving > 0).sum() == 4 and (found.influenced_amount > 0).sum() == 5
    assert found.horizon_days.isna().any() and (found.build_cost > 0).all()


# Costs and dashboards.


def test_each_month_has_five_to_eight_lines_of_cost_and_one_credit_is_there(rows: Rows) -> None:
    costs = rows.last("infrastructure_costs")
    lines = costs.groupby(costs.cost_month.dt.to_period("M")).size()
    assert lines[MONTHS].between(5, 9).all()
    assert costs.cost_id[costs.amount < 0].tolist() == ["credit_2026_01"]
    assert lines.index.min() < MONTHS[0]
    assert set(costs.location) == {"cloud", "on_premise"}
    assert set(costs.workload) == {"batch", "real_time"}
    assert set(costs.driver.dropna()) == {
        *("pipeline_seconds", "dashboard_views", "requests", "direct"),
    }
    assert costs.driver.isna().any() and costs.cost_month.dt.day.nunique() > 2
    cents = (costs.amount * 100).round().astype(int)
    assert ((costs.amount * 100 - cents).abs() < 1e-6).all()
    assert (cents % 3 != 0).any() and (cents % 7 != 0).any()


def test_some_lines_of_cost_have_nothing_to_be_shared_out_by(rows: Rows) -> None:
    costs = rows.last("infrastructure_costs")
    months = costs.cost_month.dt.to_period("M")
    views, runs = rows.last("dashboard_views"), rows.runs
    is_viewed = months.isin(views.viewed_at.dt.to_period("M"))
    is_viewless = (costs.driver == "dashboard_views") & ~is_viewed
    assert costs.cost_id[is_viewless].tolist() == ["dashboards_2025_03", "dashboards_2025_04"]
    ran = set(zip(runs.dag_id, runs.day.dt.to_period("M"), strict=True))
    direct = costs[costs.driver == "direct"]
    idle = [
        cost.cost_id
        for cost, month in zip(direct.itertuples(), months[direct.index], strict=True)
        if (cost.pipeline_id, month) not in ran
    ]
    assert idle == ["invoice_connector_2025_08"]


def test_one_dashboard_of_the_project_is_never_opened(rows: Rows) -> None:
    views = rows.last("dashboard_views")
    opened = views.groupby("dashboard_name").viewed_at.max()
    unseen = TRUTHS["unseen_dashboard"]["dashboard_name"]
    listed = [entry["dashboard_name"] for entry in TRUTHS["audience"]["dashboards"]]
    assert set(opened.index) == set(listed) and unseen not in opened.index
    assert opened.index[opened < END - QUIET_DAYS].tolist() == ["sale_tracker"]
    assert views.department.isna().any()
    review = views[views.dashboard_name == "weekly_business_review"]
    assert review.viewed_at.dt.day_of_week.value_counts().idxmax() == 0
