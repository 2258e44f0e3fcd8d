"""Random and odd cases for the measures of models, all cases of a kind in one table.

A case is a key of the macros; `case_id` says what it is, `chunk` that a key may have two columns.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

RANDOM_CASES = 100
FEW_CASES = 6
MISSING = np.nan


def predictions(cases: int) -> pd.DataFrame:
    """Two versions' scores with outcomes, a probability, a threshold and a share of the top.

    Scores have ties where they are rounded; scores and outcomes may be missing.
    """
    frames = [random_predictions(number) for number in range(cases)]
    frames += [frame.assign(case_id=name) for name, frame in odd_predictions().items()]
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(chunk=rows["case_id"].str.len() % 3)


def random_predictions(number: int) -> pd.DataFrame:
    rng = np.random.default_rng(number)
    size = int(rng.integers(20, 400))
    probability = rng.beta(*rng.uniform(0.5, 3, 2), size)
    scores = [np.clip(probability + rng.normal(0, spread, size), 0, 1) for spread in (0.3, 0.1)]
    digits = [None, 1, 2][number % 3]
    if digits:
        scores = [np.round(score, digits) for score in scores]
    outcome = (rng.random(size) < probability).astype(float)
    outcome[rng.random(size) < 0.1] = MISSING
    scores[0][rng.random(size) < 0.05] = MISSING
    return frame_of(
        scores[0],
        scores[1],
        outcome,
        case_id=f"random {number}",
        probability=np.round(probability, digits) if digits else probability,
        entity_id=rng.integers(0, size, size) if number % 2 else np.arange(size),
        threshold=float(rng.uniform(0.2, 0.8)),
        top_share=float(rng.choice([0.05, 0.1, 0.25, 1.0])),
    )


def frame_of(first: object, second: object, outcome: object, **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "score": np.asarray(first, dtype=float),
            "second_score": np.asarray(second, dtype=float),
            "outcome": np.asarray(outcome, dtype=float),
        }
    )
    defaults = {
        "case_id": "",
        "probability": frame["second_score"].clip(0, 1),
        "entity_id": np.arange(len(frame)),
        "threshold": 0.5,
        "top_share": 0.1,
    }
    return frame.assign(**defaults | columns)


def odd_predictions() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(2026)
    scores = rng.random((2, 40))
    labels = (rng.random(40) < scores[0]).astype(float)
    edges = np.array([step / 10 for step in range(11)])
    around = np.concatenate([edges, np.nextafter(edges, 2), np.nextafter(edges, -1)])
    around = around[(around >= 0) & (around <= 1)]
    return {
        "one positive class": frame_of(*scores, np.ones(40)),
        "one negative class": frame_of(*scores, np.zeros(40)),
        "constant scores": frame_of(np.full(40, 0.3), np.full(40, 0.4), labels),
        "constant first score": frame_of(np.full(40, 0.3), scores[1], labels),
        "the same scores": frame_of(scores[0], scores[0], labels),
        "the same order": frame_of(scores[0], scores[0] / 2, labels),
        "certainties": frame_of([0, 1, 1, 0, 1, 0], [1, 1, 0, 0, 1, 0], [0, 1, 0, 1, 1, 0]),
        "no score": frame_of(np.full(5, MISSING), np.full(5, MISSING), labels[:5]),
        "no outcome": frame_of(*scores, np.full(40, MISSING)),
        "no positive predicted": frame_of(scores[0] / 3, scores[1] / 3, labels),
        "no probabilities": frame_of(scores[0] * 9 - 4, scores[1] * 9 - 4, labels),
        "infinite scores": frame_of([np.inf, 0.2, -np.inf, 0.4], scores[1, :4], [1, 0, 1, 1]),
        "one prediction": frame_of([0.3], [0.4], [1]),
        "one of each class": frame_of([0.3, 0.7], [0.4, 0.2], [1, 0]),
        "one entity": frame_of(*scores, labels, entity_id=7),
        "edges of bins": frame_of(around, around, (np.arange(len(around)) % 3 == 0)),
        "negative zero": frame_of([-0.0, 0.0, 0.5, 0.0], [0.1, -0.0, 0.0, 0.2], [1, 0, 1, 0]),
    }


# Values of features ------------------------------------------------------------------------------


def features(cases: int) -> pd.DataFrame:
    """Numbers and texts of a reference (`chunk` is null) and of chunks."""
    frames = [random_feature(number) for number in range(cases)]
    frames += [chunked(name, *parts) for name, parts in odd_features().items()]
    return pd.concat(frames, ignore_index=True)


def chunked(name: str, reference: object, *chunks: object) -> pd.DataFrame:
    """One feature's rows; chunks are numbered from 1."""
    frames = []
    for chunk, values in enumerate([reference, *chunks]):
        values = list(values)
        is_text = [isinstance(value, str) for value in values]
        frames.append(
            pd.DataFrame(
                {
                    "case_id": name,
                    "chunk": chunk or None,
                    "number": [
                        MISSING if text or value is None else float(value)
                        for value, text in zip(values, is_text, strict=True)
                    ],
                    "text": [
                        value if text else None for value, text in zip(values, is_text, strict=True)
                    ],
                }
            )
        )
    return pd.concat(frames, ignore_index=True).astype({"chunk": "Int64", "text": "object"})


def random_feature(number: int) -> pd.DataFrame:
    rng = np.random.default_rng([number, 1])
    draw: Callable[[int, float], np.ndarray] = [
        lambda size, shift: rng.normal(shift, 1, size),
        lambda size, shift: rng.lognormal(shift, 1, size),
        lambda size, shift: rng.poisson(2 + shift, size).astype(float),
        lambda size, shift: np.where(rng.random(size) < 0.6, 0, rng.exponential(1 + shift, size)),
        lambda size, shift: rng.choice(list("abcdefg"), size, p=weights(7, shift)),
    ][number % 5]
    sizes = rng.integers(200, 3000, 3)
    parts = []
    for size, shift in zip(sizes, (0, 0, float(rng.uniform(0, 1))), strict=True):
        values = [str(v) if isinstance(v, str) else float(v) for v in draw(int(size), shift)]
        if number % 2:
            values = [None if rng.random() < 0.1 else value for value in values]
        parts.append(values)
    return chunked(f"random {number}", *parts)


def weights(count: int, shift: float) -> np.ndarray:
    raw = np.exp(-shift * np.arange(count))
    return raw / raw.sum()


def odd_features() -> dict[str, list[object]]:
    rng = np.random.default_rng(99)
    some = rng.normal(0, 1, 500)
    normal, shifted = rng.normal(0, 1, 1000), rng.normal(1, 1, 1000)
    return {
        "many values": [rng.normal(0, 1, 60_000), rng.normal(0.1, 1.2, 40_000)],
        "shift": [normal, shifted],
        "shift and outlier in the chunk": [normal, [*shifted[:-1], 1e4]],
        "shift and outlier in the reference": [[*normal[:-1], 1e4], shifted],
        "constant": [[3.0] * 50, [3.0] * 20, [4.0] * 20],
        "constant zero": [[0.0] * 50, [-0.0] * 20, [1e-3, -5.0]],
        "two values": [[0.0] * 70 + [1.0] * 30, [0.0] * 30 + [1.0] * 70],
        "all missing in a chunk": [some, [None] * 30],
        "all missing in the reference": [[None] * 30, some],
        "new categories": [list("aabbbc"), list("abxyz"), [None, "a"]],
        "text after numbers": [some, list("abc")],
        "numbers after text": [list("abc"), some],
        "not finite": [some, [np.inf, -np.inf, np.nan, 0.3, 1e308, -1e308]],
        "no reference": [[], some],
        "few values": [[1.0, 2.0, 3.0], [2.0]],
        "at the edges": [list(np.arange(1.0, 12.0)), list(np.arange(1.0, 12.0)), [2.0, 2.0, 10.0]],
    }


# Ranked lists -------------------------------------------------------------------------------------


def lists(cases: int) -> pd.DataFrame:
    """Items with their rank, relevance and popularity; some relevant items are in no list."""
    frames = [random_lists(number) for number in range(cases)]
    few = list_rows("none relevant", [("l1", "a", 1, 0.0), ("l1", "b", 2, 0.0)])
    nothing = list_rows("nothing shown", [("l1", "a", None, 1.0)])
    example = list_rows("example", [("l1", "a", 1, 1.0), ("l1", "b", 2, 0.0), ("l1", "c", 3, 1.0)])
    return pd.concat([*frames, few, nothing, example], ignore_index=True)


def list_rows(case: str, rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["request_id", "item_id", "position", "relevance"])
    return frame.assign(case_id=case, item_popularity=MISSING, catalogue_count=MISSING).astype(
        {"position": "Int64"}
    )


def random_lists(number: int) -> pd.DataFrame:
    rng = np.random.default_rng([number, 2])
    frames = []
    for request in range(int(rng.integers(2, 8))):
        size = int(rng.integers(3, 15))
        relevance = rng.integers(0, 4, size) if number % 2 else rng.random(size) < 0.3
        position = pd.array(rng.permutation(size) + 1, dtype="Int64")
        position[rng.random(size) < 0.1] = pd.NA
        relevance = np.asarray(relevance, dtype=float)
        relevance[rng.random(size) < 0.05] = MISSING
        frames.append(
            pd.DataFrame(
                {
                    "request_id": f"request {request}",
                    "item_id": [f"item {item:02d}" for item in rng.permutation(30)[:size]],
                    "position": position,
                    "relevance": relevance,
                }
            )
        )
    rows = pd.concat(frames, ignore_index=True)
    popularity = {f"item {item:02d}": rng.random() for item in range(28)}
    return rows.assign(
        case_id=f"random {number}",
        item_popularity=rows["item_id"].map(popularity),
        catalogue_count=30.0,
    )


# Logged impressions ------------------------------------------------------------------------------


def impressions(cases: int) -> pd.DataFrame:
    frames = [random_impressions(number) for number in range(cases)]
    good = random_impressions(cases)
    first = good.index == 0
    frames += [
        good.assign(case_id="no propensity", propensity=good["propensity"].mask(first)),
        good.assign(case_id="propensity of 0", propensity=good["propensity"].mask(first, 0.0)),
        good.assign(case_id="propensity above 1", propensity=good["propensity"].mask(first, 1.5)),
        good.assign(case_id="no overlap", target_propensity=0.0),
        good.assign(case_id="no reward", reward=MISSING),
        good.assign(case_id="one reward", reward=1.0),
        good.head(1).assign(case_id="one impression"),
        good.assign(case_id="no reward means", target_reward_mean=MISSING),
    ]
    return pd.concat(frames, ignore_index=True)


def random_impressions(number: int) -> pd.DataFrame:
    rng = np.random.default_rng([number, 3])
    size = int(rng.integers(20, 500))
    propensity = rng.uniform(0.005, 1, size)
    mean = rng.uniform(0, 0.6, size)
    return pd.DataFrame(
        {
            "case_id": f"random {number}",
            "reward": (rng.random(size) < mean).astype(float),
            "propensity": propensity,
            "target_propensity": rng.uniform(0, 1, size) * (rng.random(size) < 0.7),
            "logged_reward_mean": mean,
            "target_reward_mean": np.clip(mean + rng.normal(0.05, 0.05, size), 0, 1),
            "clip_at": float(rng.choice([5.0, 1000.0])),
        }
    )
