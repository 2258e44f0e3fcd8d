"""Recommendations against `implicit`, their measures and off-policy estimates against numpy.

The demo's tables are compared as they are; on the invoices of a real shop, and on random weights,
the macro is rendered by itself and run by DuckDB.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import duckdb
import jinja2
import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT, Build
from implicit.nearest_neighbours import CosineRecommender
from scipy import sparse, stats
from test_real_data import SOURCE

from groundwork.generator.specification import load_source
from groundwork.project import rows_by_name

# implicit hands a matrix of its own to a step that wants another kind
pytestmark = pytest.mark.filterwarnings("ignore::implicit.utils.ParameterWarning")

RELATIVE = 1e-9
NEIGHBOURS = 20
TOP = 10
HELD_OUT_DAYS = 28
REFERENCE_DAYS = 28
PRIOR_IMPRESSIONS = 10
POSITIONS = 10

Pair = tuple[str, str]
Lists = dict[str, list[str]]
Taken = dict[str, set[str]]


@dataclass(frozen=True)
class Interactions:
    """Pairs of user and item, as a matrix of ones."""

    pairs: frozenset[Pair]

    @cached_property
    def users(self) -> list[str]:
        return sorted({user for user, _ in self.pairs})

    @cached_property
    def items(self) -> list[str]:
        return sorted({item for _, item in self.pairs})

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        user_places = {user: place for place, user in enumerate(self.users)}
        item_places = {item: place for place, item in enumerate(self.items)}
        rows = [user_places[user] for user, _ in self.pairs]
        columns = [item_places[item] for _, item in self.pairs]
        shape = (len(self.users), len(self.items))
        return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape)

    @cached_property
    def peer(self) -> CosineRecommender:
        """implicit's model; its K counts the item itself."""
        model = CosineRecommender(K=NEIGHBOURS + 1, num_threads=1)
        model.fit(self.matrix, show_progress=False)
        return model

    def similarities_of_peer(self) -> np.ndarray:
        """Return the similarities of each item's neighbours, falling, 0 where there are fewer."""
        similarity = self.peer.similarity.tolil()
        similarity.setdiag(0)
        return falling(similarity.tocsr())

    def lists_of_peer(self, users: Iterable[str]) -> Lists:
        places = {user: place for place, user in enumerate(self.users)}
        lists = {}
        for user in users:
            place = places[user]
            items, scores = self.peer.recommend(place, self.matrix[place], N=TOP)
            lists[user] = [self.items[i] for i, s in zip(items, scores, strict=True) if s > 0]
        return lists

    def neighbour_matrix(self, rows: Iterable[tuple[str, str, float]]) -> sparse.csr_matrix:
        """Return rows of item, neighbour and similarity as a matrix."""
        places = {item: place for place, item in enumerate(self.items)}
        triples = [(places[item], places[other], value) for item, other, value in rows]
        items, others, values = zip(*triples, strict=True)
        return sparse.csr_matrix((values, (items, others)), (len(self.items), len(self.items)))

    def lists_by(self, similarity: sparse.csr_matrix, users: Iterable[str]) -> Lists:
        """Return the ten best of what a user has not, by the sum of similarities to their items."""
        scores = (self.matrix @ similarity).toarray().round(10)
        scores[self.matrix.nonzero()] = 0
        places = {user: place for place, user in enumerate(self.users)}
        lists = {}
        for user in users:
            of_user = scores[places[user]]
            best = np.lexsort((np.arange(len(of_user)), -of_user))[:TOP]
            lists[user] = [self.items[place] for place in best if of_user[place] > 0]
        return lists


def falling(similarity: sparse.csr_matrix) -> np.ndarray:
    dense = -np.sort(-similarity.toarray(), axis=1)
    return dense[:, : NEIGHBOURS + 1]


def rendered(macro: str, call: str) -> str:
    """Return the SQL that a macro of macros/ml makes by itself."""

    def stop(message: str) -> None:
        raise ValueError(message)

    environment = jinja2.Environment()
    environment.globals["exceptions"] = {"raise_compiler_error": stop}
    text = (ROOT / "macros" / "ml" / f"{macro}.sql").read_text()
    return environment.from_string(text + "{{ " + call + " }}").render()


def grouped(pairs: Iterable[Pair]) -> Taken:
    taken: Taken = {}
    for user, item in pairs:
        taken.setdefault(user, set()).add(item)
    return taken


def listed(rows: Iterable[Pair]) -> Lists:
    lists: Lists = {}
    for user, item in rows:
        lists.setdefault(user, []).append(item)
    return lists


def measures(
    lists: Lists, wanted: Taken, k: int, popularity: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the measures of the first k of each list, user by user as they are defined."""
    precisions, rest, shown = [], [], []
    for user, relevant in wanted.items():
        hits = np.array([item in relevant for item in lists.get(user, [])[:k]], dtype=float)
        shown += lists.get(user, [])[:k]
        if user in lists:
            precisions.append(hits.sum() / k)
        discounts = 1 / np.log2(np.arange(2, k + 2))
        best = discounts[: min(k, len(relevant))].sum()
        places = np.flatnonzero(hits) + 1
        rest.append(
            {
                "recall": hits.sum() / len(relevant),
                "ndcg": (hits * discounts[: len(hits)]).sum() / best,
                "map": (np.arange(1, len(places) + 1) / places).sum() / len(relevant),
                "mrr": 1 / places[0] if len(places) else 0,
            }
        )
    means = {name: float(np.mean([row[name] for row in rest])) for name in rest[0]}
    if popularity is not None:
        means["coverage"] = len(set(shown)) / len(popularity)
        means["novelty"] = float(np.mean([-np.log2(popularity[item]) for item in shown]))
    return {"precision": float(np.mean(precisions)), **means}


# The demo ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def interactions(demo: Build) -> dict[str, Interactions]:
    rows = demo.rows("select user_id, course_id, is_held_out from intermediate.int_ml_interactions")
    known = [row for row in rows if not row[2]]
    return {
        "everything": Interactions(frozenset(row[:2] for row in rows)),
        "before_split": Interactions(frozenset(row[:2] for row in known)),
    }


@pytest.fixture(scope="module")
def held_out(demo: Build) -> Taken:
    """What users with a history took from the split date on."""
    return grouped(
        demo.rows("select user_id, course_id from intermediate.int_ml_held_out where has_history")
    )


def lists_of(demo: Build, method: str, basis: str) -> Lists:
    return listed(
        demo.rows(
            "select user_id, course_id from intermediate.int_ml_recommendations"
            f" where method = '{method}' and basis = '{basis}' order by user_id, course_rank"
        )
    )


@pytest.mark.parametrize("basis", ["everything", "before_split"])
def test_neighbours_are_those_of_implicit(
    basis: str, demo: Build, interactions: dict[str, Interactions]
) -> None:
    taken = interactions[basis]
    rows = demo.rows(
        "select course_id, neighbour_course_id, similarity"
        f" from intermediate.int_ml_item_neighbours where basis = '{basis}'"
    )
    similarity = taken.neighbour_matrix(rows)
    assert similarity.getnnz(axis=1).max() == NEIGHBOURS
    np.testing.assert_allclose(
        falling(similarity), taken.similarities_of_peer(), RELATIVE, RELATIVE
    )
    # the same items, but for ties at the edge
    theirs = taken.peer.similarity.tolil()
    theirs.setdiag(0)
    theirs = theirs.tocsr()
    both = similarity.minimum(theirs) > 0
    assert both.nnz > 0.95 * similarity.nnz
    assert abs((similarity - theirs).multiply(both)).max() < RELATIVE


def test_item_item_is_as_good_as_implicit(
    demo: Build, interactions: dict[str, Interactions], held_out: Taken
) -> None:
    lists = lists_of(demo, "item_item", "before_split")
    theirs = interactions["before_split"].lists_of_peer(held_out)
    found = measures(lists, held_out, TOP)
    expected = measures(theirs, held_out, TOP)
    assert found["recall"] == pytest.approx(expected["recall"], abs=0.002)
    assert found["ndcg"] == pytest.approx(expected["ndcg"], abs=0.002)
    assert found["recall"] > 0.1


def test_every_list_is_the_ten_best_that_the_user_has_not(
    demo: Build, interactions: dict[str, Interactions]
) -> None:
    taken = interactions["everything"]
    similarity = taken.neighbour_matrix(
        demo.rows(
            "select course_id, neighbour_course_id, similarity"
            " from intermediate.int_ml_item_neighbours where basis = 'everything'"
        )
    )
    published = listed(
        demo.rows(
            "select user_id, course_id from ml.recommended_items where method = 'item_item'"
            " order by user_id, rank"
        )
    )
    expected = taken.lists_by(similarity, taken.users)
    assert published == {user: items for user, items in expected.items() if items}
    assert len(published) > 1000


def test_popular_is_what_most_users_took_of_late(demo: Build) -> None:
    ((as_of,),) = demo.rows("select as_of_date from intermediate.int_as_of")
    rows = demo.rows("select course_id, first_date from intermediate.int_ml_interactions")
    counts: dict[str, int] = {}
    for course, first_date in rows:
        if as_of - timedelta(days=28) <= first_date < as_of:
            counts[course] = counts.get(course, 0) + 1
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP]
    assert (
        demo.rows(
            "select course_id, score from ml.recommended_items where method = 'popularity'"
            " and user_id = '(anyone)' order by rank"
        )
        == expected
    )


def test_the_split_leaves_the_future_out(demo: Build) -> None:
    ((as_of, split),) = demo.rows(
        "select distinct as_of_date, split_date from ml.ml_ranking_quality"
    )
    assert as_of - split == timedelta(days=HELD_OUT_DAYS)
    first_dates = demo.rows(
        "select is_held_out, min(first_date), max(first_date)"
        " from intermediate.int_ml_interactions group by all order by 1"
    )
    (_, _, last_known), (_, first_held_out, last) = first_dates
    assert last_known < split <= first_held_out <= last < as_of


@pytest.mark.parametrize("method", ["popularity", "item_item"])
@pytest.mark.parametrize("k", [5, 10])
def test_measures_are_recomputed(
    method: str, k: int, demo: Build, interactions: dict[str, Interactions], held_out: Taken
) -> None:
    known = interactions["before_split"]
    shares = np.asarray(known.matrix.sum(axis=0)).ravel() / len(known.users)
    popularity = dict(zip(known.items, shares, strict=True))
    expected = measures(lists_of(demo, method, "before_split"), held_out, k, popularity)
    ((user_count, reason, *found),) = demo.rows(
        f"select user_count, reason, {', '.join(expected)} from ml.ml_ranking_quality"
        f" where method = '{method}' and k = {k}"
    )
    assert (user_count, reason) == (len(held_out), None)
    assert dict(zip(expected, found, strict=True)) == pytest.approx(expected, rel=RELATIVE)


# Off policy --------------------------------------------------------------------------------------

Estimates = dict[tuple[str, str, int, str], dict[str, Any]]


@pytest.fixture(scope="module")
def estimates(demo: Build) -> Estimates:
    """Rows of the mart by model, version, position and estimator; each version by its own log."""
    columns = ["value", "standard_error", "value_ci_lower", "value_ci_upper", "logged_value"]
    columns += ["impression_count", "effective_sample_size", "clipped_share", "reason"]
    rows = demo.rows(
        f"select model_id, version_id, position, estimator, {', '.join(columns)}"
        " from ml.ml_off_policy_estimates where version_id = logging_version_id"
    )
    return {tuple(row[:4]): dict(zip(columns, row[4:], strict=True)) for row in rows}


def impressions_of(demo: Build) -> dict[Pair, list[dict[str, Any]]]:
    """Accepted impressions before the end of the data, by model and version."""
    with demo.connect() as connection:
        rows = rows_by_name(
            connection,
            "select stg.*, shown_at::date as shown_date from staging.stg_ml__impressions as stg"
            " where shown_at::date < (select as_of_date from intermediate.int_as_of)",
        )
    logs: dict[Pair, list[dict[str, Any]]] = {}
    for row in rows:
        logs.setdefault((row["model_id"], row["version_id"]), []).append(row)
    return logs


def shares_of_clicks(rows: list[dict[str, Any]]) -> tuple[dict, dict[int, float]]:
    """Return clicks expected by position and item, and by position."""
    cells: dict[tuple[int, str], list[bool]] = {}
    places: dict[int, list[bool]] = {}
    for row in rows:
        cells.setdefault((row["position"], row["item_id"]), []).append(row["is_clicked"])
        places.setdefault(row["position"], []).append(row["is_clicked"])
    by_place = {place: float(np.mean(clicks)) for place, clicks in places.items()}
    drawn = PRIOR_IMPRESSIONS
    by_cell = {
        (place, item): (sum(clicks) + drawn * by_place[place]) / (len(clicks) + drawn)
        for (place, item), clicks in cells.items()
    }
    return by_cell, by_place


def expected_estimates(rows: list[dict[str, Any]]) -> dict[tuple[int, str], dict[str, float]]:
    """Estimate the clicks of lists in the order of their scores, one version's log, by numpy."""
    start: date = min(row["shown_date"] for row in rows) + timedelta(days=REFERENCE_DAYS)
    by_cell, by_place = shares_of_clicks([row for row in rows if row["shown_date"] < start])

    def reward_mean(place: int, item: str) -> float:
        return by_cell.get((place, item), by_place.get(place, 0.0))

    requests: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["shown_date"] >= start:
            requests.setdefault(row["request_id"], []).append(row)
    columns: dict[int, list[tuple[float, ...]]] = {}
    for shown in requests.values():
        by_position = sorted(shown, key=lambda row: row["position"])
        by_score = sorted(shown, key=lambda row: (-row["score"], row["item_id"]))
        for row, best in zip(by_position, by_score, strict=True):
            weight = (row is best) / row["propensity"]
            means = [reward_mean(row["position"], item["item_id"]) for item in (row, best)]
            columns.setdefault(row["position"], []).append((weight, row["is_clicked"], *means))
    expected = {}
    for position, tuples in columns.items():
        w, r, logged_mean, target_mean = np.array(tuples, dtype=float).T
        n = len(w)
        snips = (w * r).sum() / w.sum()
        robust = target_mean + w * (r - logged_mean)
        values = {
            "ips": ((w * r).mean(), stats.sem(w * r)),
            "snips": (snips, np.sqrt((w**2 * (r - snips) ** 2).sum()) / w.sum()),
            "dr": (robust.mean(), stats.sem(robust)),
        }
        for estimator, (value, error) in values.items():
            half_width = stats.norm.isf(0.025) * error
            expected[position, estimator] = {
                "value": value,
                "standard_error": error,
                "value_ci_lower": value - half_width,
                "value_ci_upper": value + half_width,
                "logged_value": r.mean(),
                "impression_count": n,
                "effective_sample_size": w.sum() ** 2 / (w**2).sum(),
                "clipped_share": 0.0,
            }
    return expected


def test_off_policy_estimates_are_recomputed(demo: Build, estimates: Estimates) -> None:
    logs = {key: rows for key, rows in impressions_of(demo).items() if key[0] == "recommender"}
    assert {version for _, version in logs} == {"popularity", "item_item", "ranker"}
    for (model, version), rows in logs.items():
        expected = expected_estimates(rows)
        assert {position for position, _ in expected} == {1, 2, 3, 4, 5}
        for (position, estimator), figures in expected.items():
            found = dict(estimates[model, version, position, estimator])
            assert found.pop("reason") is None
            assert found == pytest.approx(figures, rel=RELATIVE), (version, position, estimator)


@pytest.mark.parametrize("version", ["popularity", "item_item", "ranker"])
@pytest.mark.parametrize("estimator", ["ips", "snips", "dr"])
def test_the_planted_value_lies_in_the_interval(
    version: str, estimator: str, estimates: Estimates
) -> None:
    truth = dict(load_source("ml").truths)["off_policy"]
    found = estimates[truth["model_id"], version, truth["position"], estimator]
    planted = truth[version]["best_first"]
    assert found["value_ci_lower"] < planted < found["value_ci_upper"]
    assert found["standard_error"] < 0.06


def test_lists_without_propensities_are_refused(estimates: Estimates) -> None:
    searches = {key: row for key, row in estimates.items() if key[0] == "search_ranker"}
    assert {version for _, version, _, _ in searches} == {"keyword", "semantic"}
    for row in searches.values():
        assert row["reason"] == "propensity_missing"
        assert row["value"] is row["standard_error"] is row["effective_sample_size"] is None


# Other interactions ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop() -> tuple[Interactions, Taken]:
    """Half the customers of a real shop, goods of 30 or more of them: the last 28 days apart.

    Rare goods have many neighbours that are alike to the last digit.
    """
    if not SOURCE.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{SOURCE} is missing")
        pytest.skip(f"{SOURCE} is not there")
    rows = duckdb.execute(
        "select CustomerID, StockCode, min(InvoiceDate)[:10] < '2011-11-11' as is_known"
        f" from '{SOURCE}' where CustomerID::int % 2 = 0 and InvoiceNo not like 'C%' group by all"
    ).fetchall()
    customers = Counter(item for _, item, is_known in rows if is_known)
    rows = [row for row in rows if customers[row[1]] >= 30]
    known = frozenset((user, item) for user, item, is_known in rows if is_known)
    histories = grouped(known)
    later = grouped(
        (user, item) for user, item, is_known in rows if not is_known and user in histories
    )
    return Interactions(known), later


def test_a_real_shop_gets_what_implicit_gives(shop: tuple[Interactions, Taken]) -> None:
    known, later = shop
    assert len(known.pairs) > 90_000 and len(later) > 500
    users, items = zip(*sorted(known.pairs), strict=True)
    with duckdb.connect() as connection:
        connection.register("pairs", pa.table({"user_id": users, "item_id": items}))
        call = f"item_item_cosine('neighbours', 'pairs', neighbours={NEIGHBOURS})"
        found = connection.execute(
            f"with {rendered('item_item_cosine', call)}"
            " select item_id, neighbour_id, similarity from neighbours"
        ).fetchall()
    similarity = known.neighbour_matrix(found)
    np.testing.assert_allclose(
        falling(similarity), known.similarities_of_peer(), RELATIVE, RELATIVE
    )
    ours = measures(known.lists_by(similarity, later), later, TOP)
    theirs = measures(known.lists_of_peer(later), later, TOP)
    # ties at the edge of an item's neighbours fall otherwise
    assert ours["recall"] == pytest.approx(theirs["recall"], abs=0.0005)
    assert ours["ndcg"] == pytest.approx(theirs["ndcg"], abs=0.0005)


def test_weights_history_and_keys_are_as_defined() -> None:
    rng = np.random.default_rng(5)
    rows = [
        (key, f"u{user}", f"i{item:02}", float(rng.integers(1, 9)) / 4, int(rng.integers(100)))
        for key in ("a", "b")
        for user in range(60)
        for item in rng.choice(30, rng.integers(1, 16), replace=False)
    ]
    with duckdb.connect() as connection:
        connection.execute(
            "create table pairs (kind varchar, user_id varchar, item_id varchar, weight double,"
            " taken_on int)"
        )
        connection.executemany("insert into pairs values (?, ?, ?, ?, ?)", rows)
        call = (
            "item_item_cosine('neighbours', 'pairs', keys=['kind'], weight='weight',"
            " recency='taken_on', history=6, neighbours=4, minimum_common=3)"
        )
        found = connection.execute(
            f"with {rendered('item_item_cosine', call)}"
            " select kind, item_id, neighbour_rank, neighbour_id, common_user_count, similarity"
            " from neighbours order by all"
        ).fetchall()
    expected = []
    for kind in ("a", "b"):
        weights = np.zeros((60, 30))
        of_kind = [row for row in rows if row[0] == kind]
        for user in range(60):
            of_user = [row for row in of_kind if row[1] == f"u{user}"]
            for row in sorted(of_user, key=lambda row: (-row[4], row[2]))[:6]:
                weights[user, int(row[2][1:])] = row[3]
        products = weights.T @ weights
        lengths = np.sqrt(np.diag(products))
        common = (weights > 0).T.astype(int) @ (weights > 0).astype(int)
        for item in range(30):
            others = [o for o in range(30) if o != item and common[item, o] >= 3]
            alike = {o: products[item, o] / (lengths[item] * lengths[o]) for o in others}
            best = sorted(others, key=lambda o: (-round(alike[o], 12), o))[:4]
            for place, other in enumerate(best, start=1):
                names = f"i{item:02}", place, f"i{other:02}"
                expected.append((kind, *names, common[item, other], alike[other]))
    assert [row[:5] for row in found] == [row[:5] for row in expected]
    assert [row[5] for row in found] == pytest.approx([row[5] for row in expected], rel=RELATIVE)
    assert len(found) > 100


def test_a_history_without_times_is_refused() -> None:
    with pytest.raises(ValueError, match="history=5 needs to know which items are recent"):
        rendered("item_item_cosine", "item_item_cosine('n', 'pairs', history=5)")
