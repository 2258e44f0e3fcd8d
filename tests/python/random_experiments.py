"""Seeded experiments of every kind of metric, unit by unit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from statistics_project import Arm, Comparison, Settings

KINDS = ["proportion", "money", "count", "ratio", "money_ratio"]
CENTS = Fraction(1, 100)
SEED = 20240117


def values(
    rng: np.random.Generator, kind: str, propensity: np.ndarray, lift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A value and its denominator per unit, both growing with the unit's propensity."""
    level = propensity * lift
    one = np.ones(len(level), dtype=np.int64)
    active = rng.random(len(level)) < 1 - np.exp(-level)
    cents = np.rint(100 * rng.lognormal(3 + 0.3 * level, 1.2)).astype(np.int64)
    if kind == "proportion":
        return active.astype(np.int64), one
    if kind == "money":
        return np.where(active, cents, 0), one
    if kind == "count":
        return rng.poisson(3 * level), one
    tries = rng.poisson(5 * propensity)
    if kind == "ratio":
        return rng.binomial(tries, np.minimum(0.9, 0.3 * lift)), tries
    return tries * cents // 3, tries


def random_experiment(rng: np.random.Generator, number: int, size: int) -> list[Comparison]:
    """One experiment of 2 to 5 variants, as a comparison per treatment."""
    kind = KINDS[number % len(KINDS)]
    variant_count = int(rng.integers(2, 6))
    stratum_count = int(rng.choice([1, 1, 1, 2, 3]))
    has_covariate = bool(rng.random() < 0.6)
    stratum = rng.integers(0, stratum_count, size)
    shares = rng.dirichlet([3.0] * variant_count, stratum_count)
    variant = (rng.random((size, 1)) > shares.cumsum(axis=1)[stratum, :-1]).sum(axis=1)
    propensity = rng.gamma(1.5, 0.3, size) * (1 + 0.7 * stratum)
    lifts = np.array([1.0, *(1 + rng.normal(0, 0.2, variant_count - 1))])
    y, d = values(rng, kind, propensity, lifts[variant])
    x, w = values(rng, kind, propensity, np.ones(size))

    def arms(treatment: int) -> dict[tuple[str, str], Arm]:
        found = {}
        for one in range(stratum_count):
            for name, arm_variant in (("control", 0), ("treatment", treatment)):
                chosen = (stratum == one) & (variant == arm_variant)
                if chosen.any():
                    columns = [column[chosen] for column in (y, d, x, w)]
                    found[f"stage {one + 1}", name] = Arm(*columns)
        return found

    settings = Settings(
        alpha=float(rng.choice([0.05, 0.01, 0.1])),
        direction=str(rng.choice(["up", "down"])),
        non_inferiority_margin=float(rng.choice([0.02, 0.05, 0.1])) if rng.random() < 0.9 else None,
        planned_units=int(rng.integers(100, 20_000)) if rng.random() < 0.5 else None,
        prior_mean=0.0 if number % 3 == 0 else None,
        prior_deviation=0.3 if number % 3 == 0 else None,
    )
    return [
        Comparison(
            experiment_id=f"{kind} {number}",
            treatment_id=f"treatment {treatment}",
            arms=arms(treatment),
            has_covariate=has_covariate,
            is_ratio=kind.endswith("ratio"),
            value_scale=CENTS if kind.startswith("money") else Fraction(1),
            settings=settings,
        )
        for treatment in range(1, variant_count)
    ]


def random_experiments(count: int) -> list[Comparison]:
    """Of 10 to 100,000 units, most of them small."""
    rng = np.random.default_rng(SEED)
    sizes = [10, 100_000, *(int(10 ** (1 + 4 * rng.random() ** 2.5)) for _ in range(count - 2))]
    return [
        comparison
        for number, size in enumerate(sizes)
        for comparison in random_experiment(rng, number, size)
    ]
