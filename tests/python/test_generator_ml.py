"""The generated models: what was registered, and what is true of predictions, labels and lists."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from groundwork.generator.generate import Request, generate
from groundwork.generator.specification import load_source

ML = load_source("ml")
TRUTHS: dict[str, dict[str, Any]] = dict(ML.truths)
MODELS = {name: truth for name, truth in TRUTHS.items() if "versions" in truth}
COLUMNS = {table.name: table.columns for table in ML.tables}
END = pd.Timestamp("2026-07-01")
NOW, DAY, WEEK = (pd.Timedelta(days=days) for days in (0, 1, 7))
GROWING = {"predictions", "prediction_features", "outcomes", "impressions"}
REGISTERED = [table for table in COLUMNS if table not in GROWING]
DRIFT = pd.Timestamp(TRUTHS["concept_drift"]["drifts_on"])
SHIFT = pd.Timestamp(TRUTHS["feature_drift"]["drifts_on"])
POSITION_SHARES = [1, 0.60, 0.42, 0.32, 0.26]
# Standard errors by which a figure of the rows may differ from that of the process.
MOST_ERRORS = 3.5


def auc(outcomes: pd.Series, scores: pd.Series) -> float:
    """Share of pairs of a positive and a negative that the scores put in order, ties half."""
    ranks, is_positive = stats.rankdata(scores), outcomes.to_numpy() == 1
    positives, negatives = is_positive.sum(), (~is_positive).sum()
    above = ranks[is_positive].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def auc_error(value: float, outcomes: pd.Series) -> float:
    """Standard error of an AUC (Hanley and McNeil 1982)."""
    positives = outcomes.sum()
    negatives = len(outcomes) - positives
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    rest = (positives - 1) * (q1 - value**2) + (negatives - 1) * (q2 - value**2)
    return float(np.sqrt((value * (1 - value) + rest) / (positives * negatives)))


def claimed_auc(scores: pd.Series) -> float:
    """The AUC to be expected if every score is the probability of its outcome."""
    rising = np.sort(scores.to_numpy())
    negatives_below = np.cumsum(1 - rising) - (1 - rising)
    pairs = rising.sum() * (1 - rising).sum() - (rising * (1 - rising)).sum()
    return float((rising * negatives_below).sum() / pairs)


def population_stability(before: pd.Series, after: pd.Series) -> float:
    """PSI on the deciles of what was before."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)))[1:-1]
    one, other = (
        np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) / len(values)
        for values in (before, after)
    )
    one, other = one.clip(1e-4), other.clip(1e-4)
    return float(((other - one) * np.log(other / one)).sum())


class Rows:
    """The clean rows of one run, and what is measured on them independently of the generator."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str, *times: str) -> pd.DataFrame:
        times = (*times, "loaded_at") if name.startswith("ml/") else times
        if (path := self.folder / f"{name}.csv").exists():
            return pd.read_csv(path, parse_dates=list(times))
        rows = duckdb.sql(f"from '{self.folder}/{name}.parquet'").df()
        numbers = ["score", "position", "propensity"]
        rows = rows.apply(lambda c: pd.to_numeric(c) if c.name in numbers else c)
        rows = rows.apply(lambda c: pd.to_datetime(c) if c.name in times else c)
        return rows.assign(is_clicked=rows.is_clicked == "true")

    @cached_property
    def predictions(self) -> pd.DataFrame:
        predictions = self.read("ml/predictions", "predicted_at")
        windows = {name: pd.Timedelta(days=m["label_window_days"]) for name, m in MODELS.items()}
        return predictions.assign(
            matures_at=predictions.predicted_at + predictions.model_id.map(windows)
        )

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        return self.read("ml/outcomes", "occurred_at")

    @cached_property
    def labelled(self) -> pd.DataFrame:
        """Predictions with the outcomes that have come, mature or not."""
        return self.predictions.merge(
            self.outcomes, on="prediction_id", validate="one_to_one", suffixes=("", "_of_label")
        )

    def mature(self, model: str, version: str) -> pd.DataFrame:
        rows = self.labelled
        is_mine = (rows.model_id == model) & (rows.version_id == version)
        return rows[is_mine & (rows.matures_at <= END)]

    @cached_property
    def features(self) -> pd.DataFrame:
        return self.read("ml/prediction_features").merge(
            self.predictions, on="prediction_id", suffixes=("_of_feature", "")
        )

    def feature(self, model: str, name: str) -> pd.DataFrame:
        rows = self.features
        return rows[(rows.model_id == model) & (rows.feature_name == name)]

    @cached_property
    def impressions(self) -> pd.DataFrame:
        return self.read("ml/impressions", "shown_at")

    @cached_property
    def lists(self) -> pd.DataFrame:
        """Impressions of the recommender, with the learner's taste and whether it scores best."""
        rows = self.impressions[self.impressions.model_id == "recommender"]
        return rows.assign(
            taste=rows.user_id.str[1:].astype(int) % 4,
            is_best=rows.score == rows.groupby("request_id").score.transform("max"),
        )

    @cached_property
    def orders(self) -> pd.DataFrame:
        return self.read("product/orders", "ordered_at", "refunded_at")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    out = tmp_path_factory.mktemp("clean_ml")
    generate(Request(1, 1, "csv", out, is_clean=True))
    return Rows(out)


@pytest.fixture(scope="module")
def counts_of_larger(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, int], Rows]:
    out = tmp_path_factory.mktemp("larger_ml")
    return generate(Request(4, 1, "parquet", out, is_clean=True)), Rows(out)


def versions_of(model: str) -> dict[str, dict[str, Any]]:
    return {version["version_id"]: version for version in MODELS[model]["versions"]}


# What was registered.


def assert_said(written: pd.DataFrame, stated: dict[tuple, dict[str, Any]]) -> None:
    assert set(written.index) == set(stated)
    for key, entry in stated.items():
        for column in written.columns.intersection(list(entry)):
            found, said = written.loc[key, column], entry[column]
            assert str(found) == str(said) or found == said, (key, column, found, said)


def test_rows_of_models_and_versions_say_what_planted_yml_says(rows: Rows) -> None:
    models = rows.read("ml/models", "registered_at")
    assert list(models.columns) == COLUMNS["models"]
    assert_said(models.set_index("model_id"), MODELS)
    versions = rows.read("ml/model_versions", "created_at", "training_started_at")
    assert list(versions.columns) == COLUMNS["model_versions"]
    stated = {(model, name): v for model in MODELS for name, v in versions_of(model).items()}
    assert_said(versions.set_index(["model_id", "version_id"]), stated)


@pytest.mark.parametrize(
    ("table", "word", "time"),
    [
        ("model_stage_events", "stages", "occurred_at"),
        ("handovers", "handovers", "requested_at"),
        ("validations", "validations", "validated_at"),
        ("launches", "launches", "launched_at"),
    ],
)
def test_rows_of_what_became_of_versions_say_what_planted_yml_says(
    rows: Rows, table: str, word: str, time: str
) -> None:
    written = rows.read(f"ml/{table}", time)
    assert list(written.columns) == COLUMNS[table]
    stated = [
        {"model_id": model, "version_id": name, **entry}
        for model in MODELS
        for name, version in versions_of(model).items()
        for entry in version.get(word, [])
    ]
    compared = written.columns.intersection({column for entry in stated for column in entry})
    found = written[compared].astype(object).where(written[compared].notna(), None)
    said = pd.DataFrame(stated).reindex(columns=compared)
    said = said.astype(object).where(said.notna(), None)
    assert sorted(map(text_of, found.itertuples(index=False))) == sorted(
        map(text_of, said.itertuples(index=False))
    )
    assert (written.loaded_at > written[time]).all()


def text_of(row: tuple) -> str:
    return " | ".join(
        f"{float(value):g}" if isinstance(value, int | float) else str(value) for value in row
    )


def test_every_model_has_one_champion_at_most_and_a_baseline_but_for_one(rows: Rows) -> None:
    roles = rows.read("ml/model_versions").groupby("model_id").role.value_counts().unstack()
    assert roles.champion.max() == 1
    assert list(roles.index[roles.heuristic_baseline.isna()]) == ["price_estimate"]


def test_each_rule_of_a_launch_is_broken_and_some_launches_keep_all(rows: Rows) -> None:
    models = rows.read("ml/models").set_index("model_id")
    versions = rows.read("ml/model_versions")
    validations = rows.read("ml/validations", "validated_at")
    launches = rows.read("ml/launches", "launched_at")
    experiments = set(rows.read("experiments/experiments").experiment_id)
    baselines = versions[versions.role == "heuristic_baseline"].set_index("model_id").version_id
    broken: dict[str, set[str]] = {}
    for launch in launches.itertuples():
        metric = models.validation_metric[launch.model_id]
        known = validations[
            (validations.model_id == launch.model_id)
            & (validations.validated_at <= launch.launched_at)
        ]
        own = known[known.version_id == launch.version_id]
        base = known[known.version_id == baselines.get(launch.model_id)]
        values, others = (
            frame[frame.metric_name == metric].metric_value.to_numpy() for frame in (own, base)
        )
        is_baseline = launch.version_id == baselines.get(launch.model_id)
        is_better = len(values) and len(others) and values[-1] > others[-1]
        rules = {
            "owner": pd.notna(models.owner[launch.model_id]),
            "baseline_beaten": is_baseline or bool(is_better),
            "validation_passed": len(own) > 0 and own.is_passed.all(),
            "experiment_registered": launch.experiment_id in experiments,
        }
        broken[launch.launch_id] = {rule for rule, holds in rules.items() if not holds}
    assert broken == {
        "recommender_popularity_1": {"experiment_registered"},
        "recommender_item_item_1": {"experiment_registered"},
        "recommender_ranker_1": set(),
        "recommender_ranker_2": set(),
        "search_ranker_reviews_1": {"baseline_beaten"},
        "search_ranker_semantic_1": set(),
        "churn_v1_1": {"experiment_registered"},
        "churn_v2_1": {"validation_passed"},
        "churn_v3_1": set(),
        "refund_risk_v1_1": set(),
        "refund_risk_v1_2": set(),
        "price_estimate_v1_1": {
            *("owner", "baseline_beaten", "validation_passed", "experiment_registered"),
        },
    }


def test_one_handover_was_abandoned_and_others_waited(rows: Rows) -> None:
    handovers = rows.read("ml/handovers", "requested_at", "accepted_at", "completed_at")
    (abandoned,) = handovers[handovers.status == "abandoned"].to_dict("records")
    assert (abandoned["from_language"], abandoned["to_language"]) == ("r", "java")
    assert abandoned["is_reimplemented"] and "R in the app" in abandoned["blocker"]
    completed = handovers[handovers.status == "completed"]
    waits = (completed.accepted_at - completed.requested_at) / DAY
    effort = completed.groupby(completed.from_language != completed.to_language).effort_days.mean()
    assert len(completed) >= 5 and waits.max() > 14 and waits.min() < 3
    assert effort[True] > 3 * effort[False]


def test_only_predictions_and_lists_grow_with_the_scale(
    rows: Rows, counts_of_larger: tuple[dict[str, int], Rows]
) -> None:
    for table in COLUMNS:
        factor = 4 if table in GROWING else 1
        expected = factor * len(rows.read(f"ml/{table}"))
        found = counts_of_larger[0][f"ml/{table}"]
        assert found == pytest.approx(expected, rel=0.1 if factor > 1 else 0), table


# Predictions.


def test_churn_scores_learners_who_have_signed_up_each_once_a_run(rows: Rows) -> None:
    churn = rows.predictions[rows.predictions.model_id == "churn"]
    assert set(churn.predicted_at.dt.day_of_week) == {0}
    runs = churn.groupby(["version_id", "predicted_at"])
    assert set(runs.size()) == set(runs.entity_id.nunique()) == {200}
    users = rows.read("product/users", "signed_up_at").set_index("user_id")
    assert (churn.entity_id.map(users.signed_up_at) < churn.predicted_at).all()
    for name, version in versions_of("churn").items():
        days = churn[churn.version_id == name].predicted_at.dt.normalize()
        assert days.min() == pd.Timestamp(version["scores_from"])
        assert days.max() == pd.Timestamp(version["scores_until"])


def test_refund_risk_scores_the_orders_of_learners_when_they_are_placed(rows: Rows) -> None:
    scored = rows.predictions[
        (rows.predictions.model_id == "refund_risk") & (rows.predictions.version_id == "v1")
    ]
    orders = rows.orders[rows.orders.user_id.notna() & (rows.orders.ordered_at >= "2026-01-01")]
    assert set(scored.entity_id) == set(orders.order_id) and scored.entity_id.is_unique
    placed = orders.set_index("order_id").ordered_at
    assert (scored.entity_id.map(placed) == scored.predicted_at).all()


@pytest.mark.parametrize("model", ["churn", "refund_risk"])
def test_versions_that_overlap_score_the_same_cases(rows: Rows, model: str) -> None:
    names = list(versions_of(model))
    for one, other in pairwise(names):
        pairs = rows.mature(model, one).merge(
            rows.mature(model, other), on=["entity_id", "predicted_at"]
        )
        assert len(pairs) > 350
        # but for corrections that came to one of them alone
        assert (pairs.outcome_value_x == pairs.outcome_value_y).all()


# The concept drift of churn.


def test_churn_ranks_well_until_the_drift_and_hardly_after(rows: Rows) -> None:
    truth, found = TRUTHS["concept_drift"], rows.mature("churn", "v3")
    before, after = found[found.predicted_at < DRIFT], found[found.predicted_at >= DRIFT]
    for part, expected in ((before, truth["auc_before"]), (after, truth["auc_after"])):
        error = auc_error(expected, part.outcome_value)
        assert auc(part.outcome_value, part.score) == pytest.approx(
            expected, abs=MOST_ERRORS * error
        )
    months = found.groupby(found.predicted_at.dt.to_period("M"))
    by_month = months.apply(lambda month: auc(month.outcome_value, month.score))
    assert by_month[:"2026-03"].min() > 0.77 and by_month["2026-04":].max() < 0.62
    weeks = found.groupby(found.predicted_at)
    by_week = weeks.apply(lambda week: auc(week.outcome_value, week.score))
    reference = by_week[: DRIFT - DAY]
    assert (by_week[DRIFT:] < reference.mean() - 3 * reference.std(ddof=0)).all()


def test_scores_claim_what_they_claimed_before(rows: Rows) -> None:
    truth, found = TRUTHS["concept_drift"], rows.predictions
    found = found[(found.model_id == "churn") & (found.version_id == "v3")]
    weeks = found.groupby(found.predicted_at).score.apply(claimed_auc)
    assert weeks.min() > 0.77
    assert weeks[:DRIFT].mean() == pytest.approx(truth["auc_claimed"], abs=0.01)
    assert weeks[DRIFT:].mean() == pytest.approx(truth["auc_claimed"], abs=0.01)
    before, after = (found[found.predicted_at < DRIFT], found[found.predicted_at >= DRIFT])
    assert stats.ks_2samp(before.score, after.score).pvalue > 0.05
    assert population_stability(before.score, after.score) < 0.02


def test_features_of_churn_do_not_move(rows: Rows) -> None:
    idle = rows.feature("churn", "idle_days")
    before, after = (
        idle.numeric_value[idle.predicted_at < DRIFT],
        idle.numeric_value[idle.predicted_at >= DRIFT],
    )
    assert stats.ks_2samp(before, after).pvalue > 0.05
    assert population_stability(before, after) < 0.02
    pace = rows.feature("churn", "pace")
    table = pd.crosstab(pace.text_value, pace.predicted_at >= DRIFT)
    assert set(table.index) == {"slow", "usual", "fast"}
    assert stats.chi2_contingency(table).pvalue > 0.05
    # they are what the score is made from
    assert idle.numeric_value.corr(idle.score, method="spearman") > 0.7


def test_share_of_positives_stays_and_calibration_goes(rows: Rows) -> None:
    truth, found = TRUTHS["concept_drift"], rows.mature("churn", "v3")
    for is_after in (False, True):
        part = found[(found.predicted_at >= DRIFT) == is_after]
        share = TRUTHS["churn_model"]["positive_share"]
        error = np.sqrt(share * (1 - share) / len(part))
        assert part.outcome_value.mean() == pytest.approx(share, abs=MOST_ERRORS * error)
        assert part.score.mean() == pytest.approx(share, abs=0.01)
        squares = (part.score - part.outcome_value) ** 2
        stated = truth["brier_after" if is_after else "brier_before"]
        assert squares.mean() == pytest.approx(stated, abs=MOST_ERRORS * squares.sem())
        fifth = pd.qcut(part.score, 5, labels=False)
        gap = part.groupby(fifth)[["score", "outcome_value"]].mean().diff(axis=1).outcome_value
        assert (gap.abs().max() > 0.2) == is_after


def test_gains_of_the_versions_of_churn_diminish(rows: Rows) -> None:
    stated = TRUTHS["churn_model"]["auc"]
    assert list(stated) == list(versions_of("churn"))
    for name, expected in stated.items():
        found = rows.mature("churn", name)
        found = found[found.predicted_at < DRIFT]
        error = auc_error(expected, found.outcome_value)
        assert auc(found.outcome_value, found.score) == pytest.approx(
            expected, abs=MOST_ERRORS * error
        )
    validated = {
        name: next(v for v in version["validations"] if v["metric_name"] == "roc_auc")
        for name, version in versions_of("churn").items()
    }
    for values in (stated, {name: v["metric_value"] for name, v in validated.items()}):
        gains = pd.Series(values).pct_change().dropna()
        assert (gains > 0).all() and (gains.diff().dropna() < 0).all()
        # the last one is not worth the work any more
        assert gains.iloc[-1] < MODELS["churn"]["minimum_gain"]
    baseline, first = rows.mature("churn", "rules"), rows.mature("churn", "v1")
    pairs = baseline.merge(first, on=["entity_id", "predicted_at"])
    gain = auc(pairs.outcome_value_y, pairs.score_y) - auc(pairs.outcome_value_x, pairs.score_x)
    assert gain > 0.05


# The feature drift of refund_risk.


def test_refund_risk_ranks_as_well_when_its_feature_has_moved(rows: Rows) -> None:
    found = rows.mature("refund_risk", "v1")
    for part in (found[found.predicted_at < SHIFT], found[found.predicted_at >= SHIFT]):
        expected = TRUTHS["feature_drift"]["auc"]
        error = auc_error(expected, part.outcome_value)
        assert auc(part.outcome_value, part.score) == pytest.approx(
            expected, abs=MOST_ERRORS * error
        )
    weeks = found.groupby(found.predicted_at.dt.to_period("W"))
    by_week = weeks.apply(lambda week: auc(week.outcome_value, week.score))
    reference = by_week[: SHIFT - WEEK]
    later = by_week[SHIFT - WEEK :].iloc[1:]
    assert len(later) >= 4 and (later > reference.mean() - 3 * reference.std(ddof=0)).all()
    scores = rows.predictions
    scores = scores[(scores.model_id == "refund_risk") & (scores.version_id == "v1")]
    before, after = (
        scores.score[scores.predicted_at < SHIFT],
        scores.score[scores.predicted_at >= SHIFT],
    )
    assert population_stability(before, after) < 0.1


def test_one_feature_of_refund_risk_moves_by_more_than_a_sigma(rows: Rows) -> None:
    truth = TRUTHS["feature_drift"]
    for name in ("page_secs", "amount", "past_asks"):
        values = rows.feature("refund_risk", name)
        values = values[values.numeric_value.notna() & (values.numeric_value < 99_999)]
        before = values.numeric_value[values.predicted_at < SHIFT]
        after = values.numeric_value[values.predicted_at >= SHIFT]
        sigmas = (after.mean() - before.mean()) / before.std()
        if name == truth["feature_name"]:
            assert sigmas == pytest.approx(truth["sigmas"], abs=0.35)
            assert population_stability(before, after) > 1
        else:
            assert abs(sigmas) < 0.15
            assert population_stability(before, after) < 0.1


def test_one_feature_of_refund_risk_is_missing_in_a_burst(rows: Rows) -> None:
    truth = TRUTHS["missing_burst"]
    values = rows.feature("refund_risk", truth["feature_name"])
    days = values.predicted_at.dt.normalize()
    in_burst = days.between(str(truth["first_day"]), str(truth["last_day"]))
    missing = values.numeric_value.isna()
    assert not missing[~in_burst].any()
    assert missing[in_burst].mean() == pytest.approx(truth["share_missing"], abs=0.12)
    others = rows.features[rows.features.feature_name != truth["feature_name"]]
    assert (others.numeric_value.notna() ^ others.text_value.notna()).all()


def test_one_value_is_out_of_all_range(rows: Rows) -> None:
    truth = TRUTHS["feature_outlier"]
    values = rows.feature(truth["model_id"], truth["feature_name"])
    (outlier,) = values[values.numeric_value > 5_000].to_dict("records")
    assert outlier["numeric_value"] == truth["value"]
    assert outlier["predicted_at"].date() == truth["day"]
    amounts = rows.orders.set_index("order_id").gross_amount
    rest = values[values.numeric_value < 5_000]
    assert (rest.entity_id.map(amounts) == rest.numeric_value).all()


# Labels.


def test_labels_come_early_when_positive_and_else_at_the_end_of_the_window(rows: Rows) -> None:
    found = rows.labelled[rows.labelled.model_id.isin(["churn", "refund_risk"])]
    positive = found.outcome_value == 1
    settled = found.occurred_at - found.predicted_at
    window = found.matures_at - found.predicted_at
    # a label that was corrected keeps the time of its event
    assert (settled[~positive] == window[~positive]).all()
    assert (settled[positive] < window[positive]).all() and (settled[positive] > NOW).all()
    immature = found[found.matures_at > END]
    assert len(immature) > 150 and (immature.outcome_value == 1).all()
    assert (found.loaded_at_of_label > found.occurred_at).all()


def test_labels_are_missing_late_and_corrected(rows: Rows, tmp_path: Path) -> None:
    mature = rows.predictions[rows.predictions.matures_at <= END]
    has_label = mature.prediction_id.isin(rows.outcomes.prediction_id)
    assert 1 - has_label.mean() == pytest.approx(TRUTHS["labels"]["share_never"], abs=0.004)
    delay = rows.outcomes.loaded_at - rows.outcomes.occurred_at.dt.normalize()
    assert 0.015 < (delay > 3 * DAY).mean() < 0.05
    generate(Request(1, 1, "csv", tmp_path))
    raw = pd.read_csv(tmp_path / "ml/outcomes.csv", dtype=str)
    planted = pd.read_csv(tmp_path / "planted_rows.csv", dtype=str)
    corrected = planted[planted.fault == "outcome_before_correction"].business_key
    versions = raw[raw.prediction_id.isin(corrected)].drop_duplicates()
    versions = versions.sort_values("loaded_at").groupby("prediction_id")
    firsts, lasts = versions.first(), versions.last()
    assert (versions.size() == 2).all() and (firsts.outcome_value != lasts.outcome_value).all()
    waits = (pd.to_datetime(lasts.loaded_at) - pd.to_datetime(firsts.loaded_at)) / DAY
    assert waits.min() >= 5 and waits.max() <= 24
    assert len(corrected) / len(rows.outcomes) == pytest.approx(
        TRUTHS["labels"]["share_corrected"], abs=0.005
    )


def test_orders_that_were_refunded_are_positive(rows: Rows) -> None:
    found = rows.mature("refund_risk", "v1")
    refunds = rows.orders[rows.orders.status == "refunded"].set_index("order_id").refunded_at
    refunded = found[found.entity_id.isin(refunds.index)]
    assert len(refunded) > 80 and (refunded.outcome_value == 1).all()
    assert (refunded.entity_id.map(refunds) == refunded.occurred_at).all()


def test_price_estimate_is_off_by_what_planted_yml_says(rows: Rows) -> None:
    found = rows.mature("price_estimate", "v1")
    spread = np.log(found.score / found.outcome_value).std()
    assert spread == pytest.approx(np.sqrt(2) * TRUTHS["price"]["spread"], rel=0.12)
    courses = rows.read("product/courses").set_index("course_id").list_price
    assert found.entity_id.map(courses).corr(found.score) > 0.9


# Ranked lists.


def test_lists_hold_five_different_courses_that_are_on_sale(rows: Rows) -> None:
    lists = rows.lists.groupby("request_id")
    assert set(lists.size()) == set(lists.item_id.nunique()) == {5}
    assert all(set(positions) == {1, 2, 3, 4, 5} for _, positions in lists.position)
    courses = rows.read("product/courses", "published_at").set_index("course_id").published_at
    for frame in (rows.lists, rows.impressions):
        assert (frame.item_id.map(courses) < frame.shown_at).all()
    assert rows.lists.groupby("version_id").item_id.nunique().to_dict() == {
        **{"popularity": 5, "item_item": 17},
        "ranker": rows.lists[rows.lists.version_id == "ranker"].item_id.nunique(),
    }


def test_propensities_are_the_shares_of_the_shown(
    rows: Rows, counts_of_larger: tuple[dict[str, int], Rows]
) -> None:
    lists = counts_of_larger[1].lists
    firsts = lists[lists.position == 1].drop_duplicates(["version_id", "taste", "item_id"])
    sums = firsts.groupby(["version_id", "taste"]).propensity.sum()
    assert np.allclose(sums, 1, atol=3e-4)
    keys = ["version_id", "taste"]
    requests = lists.groupby(keys).request_id.nunique().rename("requests")
    cells = lists.groupby([*keys, "item_id", "position"]).propensity.agg(["min", "max", "size"])
    cells = cells.join(requests, on=keys)
    assert (cells["min"] == cells["max"]).all() and cells["min"].between(0.01, 1).all()
    error = np.sqrt(cells["min"] * (1 - cells["min"]) / cells.requests)
    z = (cells["size"] / cells.requests - cells["min"]) / error
    assert z.abs().max() < 4


def test_clicks_thin_out_with_the_position(counts_of_larger: tuple[dict[str, int], Rows]) -> None:
    lists = counts_of_larger[1].lists
    # the same course at other positions, by the share at the first one
    first = (
        lists[lists.position == 1].groupby(["taste", "item_id"]).is_clicked.agg(["mean", "size"])
    )
    lists = lists.join(first[first["size"] > 80]["mean"], on=["taste", "item_id"])
    lists = lists[lists["mean"].notna()]
    for position, expected in enumerate(POSITION_SHARES, start=1):
        part = lists[lists.position == position]
        ratio = part.is_clicked.mean() / part["mean"].mean()
        assert ratio == pytest.approx(expected, abs=0.05), position


@pytest.mark.parametrize("version", ["popularity", "item_item", "ranker"])
def test_off_policy_estimates_meet_the_truth(
    rows: Rows, counts_of_larger: tuple[dict[str, int], Rows], version: str
) -> None:
    truth = TRUTHS["off_policy"]
    for source in (rows, counts_of_larger[1]):
        firsts = source.lists
        firsts = firsts[(firsts.version_id == version) & (firsts.position == truth["position"])]
        weights = {
            "best_first": firsts.is_best / firsts.propensity,
            "as_logged": pd.Series(1.0, firsts.index),
            "any_first": 1 / 5 / firsts.propensity,
        }
        for policy, weight in weights.items():
            estimate = (weight * firsts.is_clicked).sum() / weight.sum()
            error = np.sqrt((weight**2 * (firsts.is_clicked - estimate) ** 2).sum()) / weight.sum()
            assert estimate == pytest.approx(truth[version][policy], abs=MOST_ERRORS * error), (
                policy
            )
            assert weight.sum() / len(firsts) == pytest.approx(1, abs=0.2)


def test_the_ranker_is_shown_to_its_variant_until_it_is_for_all(rows: Rows) -> None:
    truth = TRUTHS["ranked_lists"]
    exposures = rows.read("experiments/exposures", "exposed_at")
    mine = exposures[exposures.experiment_id == truth["experiment_id"]].sort_values("exposed_at")
    treated = mine[mine.variant_id == truth["variant_id"]].drop_duplicates("unit_id")
    lists = rows.lists.drop_duplicates("request_id")
    first, last = (pd.Timestamp(truth[f"ranker_{word}"]) for word in ("from", "for_all_from"))
    is_ranker = lists.version_id == "ranker"
    assert not is_ranker[lists.shown_at < first].any() and is_ranker[lists.shown_at >= last].all()
    between = lists.shown_at.between(first, last)
    assert lists.user_id[between & is_ranker].isin(treated.unit_id).all()
    assert 0.35 < is_ranker[between].mean() < 0.6


def test_results_of_searches_have_no_propensities(rows: Rows) -> None:
    truth = TRUTHS["searches"]
    searches = rows.impressions[rows.impressions.model_id == "search_ranker"]
    assert searches.propensity.isna().all() and searches.score.isna().all()
    assert searches.user_id.isna().any()
    firsts = searches[searches.position == 1].groupby("version_id").is_clicked
    for version, expected in (("keyword", "keyword"), ("semantic", "semantic")):
        stated = truth[f"click_share_{expected}"]
        error = np.sqrt(stated * (1 - stated) / firsts.size()[version])
        assert firsts.mean()[version] == pytest.approx(stated, abs=MOST_ERRORS * error)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_drifts_do_not_hang_on_the_seed(tmp_path: Path, seed: int) -> None:
    generate(Request(1, seed, "csv", tmp_path, is_clean=True))
    other = Rows(tmp_path)
    found = other.mature("churn", "v3")
    parts = [found[found.predicted_at < DRIFT], found[found.predicted_at >= DRIFT]]
    before, after = (auc(part.outcome_value, part.score) for part in parts)
    assert before > 0.77 and after < 0.58
    found = other.mature("refund_risk", "v1")
    parts = [found[found.predicted_at < SHIFT], found[found.predicted_at >= SHIFT]]
    assert all(0.68 < auc(part.outcome_value, part.score) < 0.83 for part in parts)
    assert len(other.lists) > 5_000
