"""The statistics of experiments in SQL against tea-tasting, scipy, statsmodels and brute force.

One throw-away project runs every macro over arguments in Parquet. Simulations are in
test_statistics_simulated.py, the functions below them in test_special_functions.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import brute_force
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tea_tasting as tt
from conftest import Build
from mpmath import mp, mpf
from random_experiments import random_experiments
from scipy import stats
from statistics_project import (
    SETTINGS,
    Arm,
    Comparison,
    Row,
    Settings,
    Value,
    run_models,
    table_rows,
    write_arms,
    write_rows,
)
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower, zt_ind_solve_power
from statsmodels.stats.proportion import proportion_confint

EXPERIMENTS = 200
RELATIVE = 1e-9
OFFSET = 10**8
MICRO = Fraction(1, 10**6)
DRAWS = 1_000_000

MODELS = {
    "compared": "{{ compared('arms') }}",
    "overflowing_product": "{{ compared('arms_of_large_products') }}",
    "overflowing_sum": "{{ compared('arms_of_large_sums') }}",
    "adjusted": """
        with tests as (select * from {{ argument_rows('p_values') }}),
        {{ holm('after_holm', 'tests', 'p_value', ['family', 'day'], 'holm_p_value') }},
        {{ benjamini_hochberg(
            'after_both', 'after_holm', 'p_value', ['family', 'day'], 'bh_p_value'
        ) }}
        select * from after_both
    """,
    "chi_squares": """
        with cells as (select * from {{ argument_rows('cells') }}),
        {{ chi_square_test('results', 'cells', ['experiment_id', 'test']) }}
        select * from results
    """,
    "noncentralities": """
        with arguments as (select * from {{ argument_rows('powers') }}),
        {{ noncentrality('results', 'arguments') }}
        select * from results
    """,
    "shares": """
        select
            successes,
            trials,
            {{ wilson_bound('successes', 'trials', 'low') }} as low,
            {{ wilson_bound('successes', 'trials', 'high') }} as high
        from {{ argument_rows('shares') }}
    """,
    "counts": """
        select
            events,
            {{ poisson_bound('events', 'low') }} as low,
            {{ poisson_bound('events', 'high') }} as high
        from {{ argument_rows('counts') }}
    """,
    "medians": """
        with measured as (select * from {{ argument_rows('samples') }}),
        {{ median_interval('medians', 'measured', ['sample']) }}
        select * from medians
    """,
    "means": """
        with measured as (select * from {{ argument_rows('samples') }}),
        {{ mean_interval('means', 'measured', ['sample']) }}
        select * from means
    """,
    "unit_moments": """
        with units as (select * from {{ argument_rows('units') }}),
        {{ unit_moments('moments', 'units', ['stratum', 'arm'], [
            {'name': 'share', 'value': 'has_bought'},
            {'name': 'revenue', 'value': 'revenue', 'covariate': 'revenue_before', 'scale': '0.01'},
            {'name': 'basket', 'value': 'revenue', 'denominator': 'has_bought', 'scale': '0.01'},
            {
                'name': 'adjusted_basket', 'value': 'revenue', 'denominator': 'order_count',
                'covariate': 'revenue_before', 'covariate_denominator': 'order_count_before',
                'scale': '0.01', 'denominator_scale': '0.5',
            },
        ]) }}
        select * from moments
    """,
    "sequences": """
        with arguments as (select * from {{ argument_rows('sequences') }}),
        {{ always_valid('results', 'arguments') }}
        select * from results
    """,
    "posteriors": """
        with arguments as (select * from {{ argument_rows('posteriors') }}),
        {{ bayesian('results', 'arguments') }}
        select * from results
    """,
    "margins": """
        with arguments as (select * from {{ argument_rows('margins') }}),
        {{ non_inferiority('results', 'arguments') }}
        select * from results
    """,
    "examples": """
        with arguments as (select * from {{ argument_rows('welch_examples') }}),
        {{ welch('tested', 'arguments') }},
        {{ relative_effect('results', 'tested') }}
        select * from results
    """,
}

# Edge cases ---------------------------------------------------------------------------------------


def arms(control: Arm, treatment: Arm, stratum: str = "all") -> dict[tuple[str, str], Arm]:
    return {(stratum, "control"): control, (stratum, "treatment"): treatment}


def with_offset(size: int, seed: int, offset: int, is_ratio: bool) -> Arm:
    """Values around an offset per unit (of a ratio's denominator), in millionths, and covariates.

    Beside the offset they vary by about 1, together with their covariate.
    """
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, size)
    noise = np.rint(1e6 * (common + rng.normal(0, 1, (2, size)))).astype(np.int64)
    per_unit = rng.poisson(3, (2, size)) + 1 if is_ratio else np.ones((2, size), dtype=np.int64)
    y, x = per_unit * offset * 10**6 + noise
    return Arm(y, per_unit[0], x, per_unit[1])


def edge_cases() -> list[Comparison]:
    some = Arm.of([3, 0, 5, 2, 8], x=[1, 0, 4, 2, 5])
    more = Arm.of([4, 1, 9, 2, 7, 6], x=[2, 0, 4, 1, 5, 5])
    rng = np.random.default_rng(7)
    tries = rng.poisson(4, 400) + 1
    x = rng.poisson(10, 300)
    cases: dict[str, dict[tuple[str, str], Arm]] = {
        "zero variance": arms(Arm.of([3] * 8, x=[1, 2] * 4), Arm.of([4] * 8, x=[1, 2] * 4)),
        "zero variance in an arm": arms(Arm.of([3] * 9), more),
        "all zeros": arms(Arm.of([0] * 9), Arm.of([0] * 7)),
        "zeros in the control": arms(Arm.of([0] * 5, x=[1, 0, 4, 2, 5]), more),
        "one unit in the control": arms(Arm.of([3], x=[1]), more),
        "one unit in the treatment": arms(some, Arm.of([3], x=[1])),
        "one unit in each arm": arms(Arm.of([3], x=[1]), Arm.of([2], x=[4])),
        "two units in each arm": arms(Arm.of([3, 4], x=[1, 3]), Arm.of([2, 7], x=[4, 4])),
        "empty control": {("all", "treatment"): more},
        "empty treatment": {("all", "control"): some, ("all", "treatment"): Arm.of([])},
        "no stratum with both arms": {("1", "control"): some, ("2", "treatment"): more},
        "an arm missing in a stratum": {**arms(some, more, "1"), ("2", "control"): more},
        "one unit of an arm in a stratum": {
            **arms(some, more, "1"),
            **arms(Arm.of([1], x=[2]), some, "2"),
        },
        "negative values": arms(Arm.of([-3, -1, -5, 2]), Arm.of([-4, -1, -9, 2, -7, 0])),
        "mean of 0": arms(Arm.of([-3, 1, -5, 7]), Arm.of([-4, 1, -9, 2, -7, 17])),
        "mean near 0": arms(
            Arm.of(np.array([10**9, 1 - 10**9] * 500)), Arm.of(np.array([10**9, 2 - 10**9] * 500))
        ),
        "constant covariate": arms(Arm.of(some.y, x=[7] * 5), Arm.of(more.y, x=[7] * 6)),
        "covariate constant within strata": {
            **arms(Arm.of(some.y, x=[7] * 5), Arm.of(more.y, x=[7] * 6), "1"),
            **arms(Arm.of(some.y, x=[9] * 5), Arm.of(more.y, x=[9] * 6), "2"),
        },
        "covariate without history": arms(
            Arm.of(some.y, [1, 2, 1, 2, 3], [0] * 5, [0] * 5),
            Arm.of(more.y, [1, 2, 1, 2, 3, 1], [0] * 6, [0] * 6),
        ),
        "covariate without history in an arm": arms(
            Arm.of(some.y, [1, 2, 1, 2, 3], [0] * 5, [0] * 5),
            Arm.of(more.y, [1, 2, 1, 2, 3, 1], [1, 0, 2, 1, 4, 1], [1, 2, 3, 1, 3, 1]),
        ),
        "covariate that explains everything": arms(
            Arm.of(7 * x[:150] + 3, x=x[:150]), Arm.of(7 * x[150:] + 3, x=x[150:])
        ),
        "covariate in proportion to its denominator": arms(
            Arm.of(tries[:200] // 2, tries[:200], tries[:200], 3 * tries[:200]),
            Arm.of(tries[200:] // 3, tries[200:], tries[200:], 3 * tries[200:]),
        ),
        "value in proportion to its denominator": arms(
            Arm.of(tries[:200], 3 * tries[:200]), Arm.of(tries[200:], 7 * tries[200:])
        ),
        "denominator of 0": arms(Arm.of([1, 0, 2], [0, 0, 0]), Arm.of([1, 2, 1], [0, 0, 0])),
        "denominator of 0 in an arm": arms(Arm.of([0, 0, 0], [0, 0, 0]), Arm.of(more.y, more.y)),
        "offset": arms(with_offset(700, 1, OFFSET, False), with_offset(900, 2, OFFSET, False)),
        "offset in strata": {
            **arms(
                with_offset(300, 3, OFFSET, False), with_offset(200, 4, OFFSET, False), "before"
            ),
            **arms(
                with_offset(100, 5, OFFSET + 3, False),
                with_offset(400, 6, OFFSET + 3, False),
                "after",
            ),
        },
        "offset of a ratio": arms(
            with_offset(700, 1, OFFSET, True), with_offset(900, 2, OFFSET, True)
        ),
    }
    return [
        Comparison(
            experiment_id="edge",
            treatment_id=name,
            arms=units,
            has_covariate=True,
            is_ratio="denominator" in name or "ratio" in name or "history" in name,
            value_scale=MICRO if name.startswith("offset") else Fraction(1),
            settings=Settings(non_inferiority_margin=0.05),
        )
        for name, units in cases.items()
    ]


def large(y: list[int], name: str) -> Comparison:
    return Comparison("large", name, arms(Arm.of(y), Arm.of(y)), has_covariate=True)


# Other arguments ----------------------------------------------------------------------------------


def p_values() -> list[Row]:
    """Families of 1 to 40 tests on two days, with ties, nulls, zeros and ones."""
    rng = np.random.default_rng(11)
    rows: list[Row] = []
    for family, size in enumerate([1, 2, 3, 5, 8, 13, 40]):
        for day in (1, 2):
            drawn: list[float | None] = [float(p) for p in rng.beta(0.3, 1.5, size)]
            if size >= 5:
                drawn[0:4] = [None, drawn[4], 0.0, 1.0]
            if size >= 13:
                drawn[6:8] = [None, 1e-250]
            rows += [
                {"family": f"family {family}", "day": day, "number": number, "p_value": p}
                for number, p in enumerate(drawn)
            ]
    return [*rows, {"family": "null", "day": 1, "number": 0, "p_value": None}]


def cell_rows(
    name: str, test: str, observed: list[int], expected: list[float], degrees: int
) -> list[Row]:
    return [
        {
            "experiment_id": name,
            "test": test,
            "observed": seen,
            "expected": float(wanted),
            "degrees_of_freedom": degrees,
        }
        for seen, wanted in zip(observed, expected, strict=True)
    ]


def sample_ratios() -> dict[str, tuple[list[int], list[float]]]:
    """Observed units per variant and the planned shares."""
    rng = np.random.default_rng(12)
    found = {"example": ([44700, 45489], [0.5, 0.5]), "equal": ([500, 500], [0.5, 0.5])}
    for number in range(30):
        shares = rng.dirichlet([5.0] * int(rng.integers(2, 8)))
        observed = rng.multinomial(int(10 ** rng.uniform(2.5, 6.5)), shares)
        drifted = shares * rng.uniform(0.98, 1.02, len(shares))
        found[f"random {number}"] = (observed.tolist(), (drifted / drifted.sum()).tolist())
    return found


def mixes() -> dict[str, np.ndarray]:
    """Units by variant and segment."""
    rng = np.random.default_rng(13)
    return {
        f"table {number}": rng.poisson(
            rng.uniform(20, 900, (int(rng.integers(2, 5)), int(rng.integers(2, 8))))
        )
        for number in range(20)
    }


def cells() -> list[Row]:
    rows: list[Row] = []
    for name, (observed, shares) in sample_ratios().items():
        expected = [sum(observed) * share for share in shares]
        rows += cell_rows(name, "sample ratio", observed, expected, len(observed) - 1)
    for name, table in mixes().items():
        wanted = stats.contingency.expected_freq(table)
        degrees = (table.shape[0] - 1) * (table.shape[1] - 1)
        rows += cell_rows(name, "mix", table.ravel().tolist(), wanted.ravel().tolist(), degrees)
    rows += cell_rows("few expected", "sample ratio", [3, 5], [4.9, 3.1], 1)
    rows += cell_rows("just enough expected", "sample ratio", [3, 7], [5.0, 5.0], 1)
    rows += cell_rows("none expected", "sample ratio", [10, 2], [12.0, 0.0], 1)
    rows += cell_rows("one variant", "sample ratio", [10], [10.0], 0)
    return rows


ALPHAS = [0.1, 0.05, 0.01, 0.001, 1e-6]
POWERS = [0.0500001, 0.051, 0.06, 0.1001, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999, 1 - 1e-6]


def powers() -> list[Row]:
    solvable = [(alpha, power) for alpha in ALPHAS for power in POWERS if power > alpha]
    # for several guardrails, and what has no answer
    more = [(0.05, 1 - 0.2 / 4), (0.05, 0.05), (0.05, 0.02), (0.05, 1.0), (0.0, 0.8), (None, 0.8)]
    return [{"alpha": alpha, "power": power} for alpha, power in [*solvable, *more, (0.05, 0.8)]]


def units() -> list[Row]:
    """Units of two arms in two strata, some of whose values are missing."""
    rng = np.random.default_rng(11)
    return [
        {
            "stratum": f"stage {number % 2}",
            "arm": "control" if rng.random() < 0.4 else "treatment",
            "has_bought": int(rng.random() < 0.3),
            "revenue": None if number % 50 == 0 else round(float(rng.lognormal(3, 1)), 2),
            "revenue_before": round(float(rng.normal(0, 40)), 2),
            "order_count": float(rng.integers(0, 4)) / 2,
            "order_count_before": None if number % 7 == 0 else float(rng.integers(0, 9)) / 2,
        }
        for number in range(2000)
    ]


def samples() -> list[Row]:
    """Values of samples of 1 to 60 and of 1500, with ties, and a missing value each."""
    generator = np.random.default_rng(7)
    return [
        {"sample": size, "value": value}
        for size in [*range(1, 61), 1500]
        for value in [*generator.exponential(10, size).round(1).tolist(), None]
    ]


def sequences() -> list[Row]:
    rng = np.random.default_rng(14)
    rows: list[Row] = [
        {
            "alpha": float(rng.choice(ALPHAS)),
            "effect": float(rng.normal(0, 3)),
            "standard_error": float(rng.lognormal(0, 1)),
            "effective_units": float(10 ** rng.uniform(1.5, 6)),
            "planned_units": int(10 ** rng.uniform(2, 6)) if rng.random() < 0.7 else None,
        }
        for _ in range(300)
    ]
    example = {"alpha": 0.05, "effect": 1.0, "planned_units": 5000}
    return [
        {**example, "standard_error": 0.25, "effective_units": 1000.0},
        {**example, "standard_error": 0.25, "effective_units": 100.0},
        {**example, "standard_error": 0.25, "effective_units": 99.0},
        {**example, "standard_error": None, "effective_units": 1000.0},
        {**example, "standard_error": 0.25, "effective_units": None},
        {**example, "standard_error": 1e-3, "effective_units": 1e6},
        *rows,
    ]


def posteriors() -> list[Row]:
    rng = np.random.default_rng(15)
    rows: list[Row] = [
        {
            "effect": float(rng.normal(0, 1)),
            "standard_error": float(rng.uniform(0.3, 1)),
            "control_mean": float(rng.uniform(-8, 8)),
            "direction": str(rng.choice(["up", "down"])),
            "prior_mean": None if number % 2 else float(rng.normal(0, 0.05)),
            "prior_deviation": None if number % 2 else float(rng.uniform(0.1, 0.3)),
        }
        for number in range(20)
    ]
    plain = {"control_mean": 4.0, "direction": "up", "prior_mean": None, "prior_deviation": None}
    return [
        *rows,
        {**plain, "effect": 1.0, "standard_error": 1.0},
        {**plain, "effect": 0.0, "standard_error": 1.0},
        {**plain, "effect": 1.0, "standard_error": None},
        {**plain, "effect": 1e3, "standard_error": 1.0},
        {**plain, "effect": -1e3, "standard_error": 1.0},
        {**plain, "effect": 8.0, "standard_error": 1.0},
    ]


def margins() -> list[Row]:
    plain: Row = {
        "control_mean": 10.0,
        "treatment_mean": 10.0,
        "control_squared_error": 0.02,
        "treatment_squared_error": 0.02,
        "control_degrees_of_freedom": 99.0,
        "treatment_degrees_of_freedom": 99.0,
        "non_inferiority_margin": 0.1,
        "direction": "up",
    }
    changes: list[Row] = [
        {},
        {"direction": "down"},
        {"treatment_mean": 8.7},
        {"treatment_mean": 11.3, "direction": "down"},
        {"treatment_mean": 9.0},
        {"non_inferiority_margin": None},
        {"control_mean": 0.0},
        {"control_mean": -1.0},
        {"control_squared_error": 0.0, "treatment_squared_error": 0.0},
        {"control_squared_error": None},
        {"control_squared_error": 0.0},
    ]
    return [{"number": number, **plain, **change} for number, change in enumerate(changes)]


def welch_examples() -> list[Row]:
    plain: Row = {
        "alpha": 0.05,
        "control_mean": 10.0,
        "treatment_mean": 12.0,
        "control_squared_error": 1.0,
        "treatment_squared_error": 1.0,
        "control_degrees_of_freedom": 50.0,
        "treatment_degrees_of_freedom": 50.0,
    }
    precise = {"control_squared_error": 0.25, "treatment_squared_error": 0.25}
    many = {"control_degrees_of_freedom": 1e9, "treatment_degrees_of_freedom": 1e9}
    changes: list[Row] = [{}, {**precise, **many}, {"control_mean": 1e-9}, {"control_mean": 0.0}]
    return [{"number": number, **plain, **change} for number, change in enumerate(changes)]


# The run ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Results:
    """All comparisons by key, the rows that came out by key and estimator, and the build."""

    comparisons: Mapping[tuple[str, str], Comparison]
    compared: Mapping[tuple[str, str, str], Row]
    build: Build

    def rows(self, table: str) -> list[Row]:
        return table_rows(self.build, table)


def typed(text: str) -> dict[str, pa.DataType]:
    """Columns and their types, from `name:type` words; double where there is none."""
    kinds = {"": pa.float64(), "text": pa.string(), "integer": pa.int64()}
    return {name: kinds[kind] for name, _, kind in (word.partition(":") for word in text.split())}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("statistics")
    arguments = folder / "arguments"
    arguments.mkdir()
    comparisons = [*random_experiments(EXPERIMENTS), *edge_cases()]
    write_arms(arguments / "arms.parquet", [row for one in comparisons for row in one.arm_rows()])
    # each arm fits into 38 digits; of both together 2 k sum(yd) does not, or sum(yy) itself
    products = large([29 * 10**17] * 10, "products")
    sums = large([3 * 10**18, -3 * 10**18] * 5, "sums")
    write_arms(arguments / "arms_of_large_products.parquet", products.arm_rows())
    write_arms(arguments / "arms_of_large_sums.parquet", sums.arm_rows())
    write_rows(
        arguments / "settings.parquet",
        [one.settings_row() for one in [*comparisons, products, sums]],
        SETTINGS,
    )
    tables: dict[str, tuple[list[Row], str]] = {
        "p_values": (p_values(), "family:text day:integer number:integer p_value"),
        "cells": (
            cells(),
            "experiment_id:text test:text observed:integer expected degrees_of_freedom:integer",
        ),
        "powers": (powers(), "alpha power"),
        "shares": (
            [
                {"successes": successes, "trials": trials}
                for trials in (0, 1, 2, 7, 40, 3000)
                for successes in {0, 1, trials // 3, trials - 1, trials}
                if 0 <= successes <= trials
            ],
            "successes:integer trials:integer",
        ),
        "counts": ([{"events": events} for events in [*range(60), 5000]], "events:integer"),
        "samples": (samples(), "sample:integer value"),
        "units": (
            units(),
            "stratum:text arm:text has_bought:integer revenue revenue_before order_count "
            "order_count_before",
        ),
        "sequences": (
            sequences(),
            "alpha effect standard_error effective_units planned_units:integer",
        ),
        "posteriors": (
            posteriors(),
            "effect standard_error control_mean direction:text prior_mean prior_deviation",
        ),
        "margins": (
            margins(),
            "number:integer direction:text non_inferiority_margin control_mean treatment_mean "
            "control_squared_error treatment_squared_error control_degrees_of_freedom "
            "treatment_degrees_of_freedom",
        ),
        "welch_examples": (
            welch_examples(),
            "number:integer alpha control_mean treatment_mean control_squared_error "
            "treatment_squared_error control_degrees_of_freedom treatment_degrees_of_freedom",
        ),
    }
    for name, (rows, columns) in tables.items():
        write_rows(arguments / f"{name}.parquet", rows, typed(columns))
    build = run_models(folder, MODELS)
    failed = {
        result["unique_id"].rpartition(".")[2]
        for result in build.run_results
        if result["status"] != "success"
    }
    assert failed <= {"overflowing_product", "overflowing_sum"}, build.output[-5000:]
    compared: dict[tuple[str, str, str], Row] = {}
    for row in table_rows(build, "compared"):
        key = (row["experiment_id"], row["treatment_id"], row["estimator"])
        assert key not in compared
        compared[key] = row
    return Results({one.key: one for one in comparisons}, compared, build)


# Comparisons --------------------------------------------------------------------------------------


def assert_close(
    actual: Value,
    expected: float | None,
    *context: object,
    absolute: float = 0.0,
    relative: float = RELATIVE,
) -> None:
    if expected is None:
        assert actual is None, context
        return
    assert actual is not None, (expected, context)
    assert abs(actual - expected) <= max(relative * abs(expected), absolute), (
        actual,
        expected,
        context,
    )


def expected_row(comparison: Comparison, estimator: str) -> Row | None:
    """What brute force makes of a comparison, in the columns of the macros."""
    found = brute_force.estimate(comparison, estimator)
    if found is None:
        return None
    settings = comparison.settings
    tested = brute_force.welch(found, settings.alpha)
    row: Row = {**vars(found), **vars(tested)}
    relative = ("relative_effect", "relative_effect_ci_lower", "relative_effect_ci_upper")
    row.update(zip(relative, brute_force.relative_effect(found, settings.alpha), strict=True))
    safe, harm = brute_force.non_inferiority(
        found, settings.direction, settings.non_inferiority_margin
    )
    row.update({"non_inferiority_p_value": safe, "harm_p_value": harm})
    p_value, lower, upper = brute_force.always_valid(
        found.effect,
        tested.standard_error,
        found.effective_units,
        settings.alpha,
        settings.planned_units,
    )
    row.update({"always_valid_p_value": p_value})
    row.update({"always_valid_ci_lower": lower, "always_valid_ci_upper": upper})
    better, loss = brute_force.posterior(
        found.effect,
        tested.standard_error,
        found.control_mean,
        settings.direction,
        (settings.prior_mean, settings.prior_deviation),
    )
    return {**row, "probability_better": better, "expected_loss": loss}


def absolute_tolerance(column: str, row: Row) -> float:
    """What is a difference is as precise as its parts, not as its size."""
    error = row["standard_error"] or 0.0
    level = max(abs(row["control_mean"] or 0.0), abs(row["treatment_mean"] or 0.0))
    in_unit = 1e-12 * level + 1e-10 * error
    if column in ("effect", "expected_loss", "control_mean", "treatment_mean"):
        return in_unit
    if "_ci_" in column and not column.startswith("relative"):
        return in_unit
    if column == "statistic":
        return 1e-10 + (1e-12 * level / error if error else 0.0)
    # tails below 1e-290 are differences of exponents of about 700
    return 1e-12 if column.startswith("relative") else 1e-290


def test_comparisons_equal_brute_force(results: Results) -> None:
    checked = 0
    for (experiment, treatment), comparison in results.comparisons.items():
        for estimator in comparison.estimators:
            expected = expected_row(comparison, estimator)
            actual = results.compared.get((experiment, treatment, estimator))
            if expected is None:
                assert actual is None
                continue
            assert actual is not None, (experiment, treatment, estimator)
            for column, value in expected.items():
                context = (experiment, treatment, estimator, column)
                tolerance = absolute_tolerance(column, expected)
                assert_close(actual[column], value, *context, absolute=tolerance)
            checked += 1
    assert checked > 2 * EXPERIMENTS


def single_stratum(results: Results) -> list[tuple[Comparison, dict[str, np.ndarray]]]:
    """Random comparisons with one stratum and variance, with their units as doubles."""
    found = []
    for comparison in results.comparisons.values():
        units = {name: arm for (_, name), arm in comparison.arms.items()}
        is_plain = len(comparison.strata) == 1 and len(comparison.arms) == 2
        if is_plain and comparison.experiment_id != "edge":
            columns = {
                letter: np.concatenate([getattr(units[name], letter) for name in sorted(units)])
                * float(comparison.value_scale if letter in "yx" else comparison.denominator_scale)
                for letter in "ydxw"
            }
            columns["arm"] = np.repeat(sorted(units), [len(units[name]) for name in sorted(units)])
            found.append((comparison, columns))
    return found


def tea_tasting_metric(comparison: Comparison, estimator: str) -> tt.metrics.MetricBase:
    adjusts = estimator == "cuped"
    level = {"confidence_level": 1 - comparison.settings.alpha}
    if comparison.is_ratio:
        covariates = ("x", "w") if adjusts else (None, None)
        return tt.RatioOfMeans("y", "d", *covariates, **level)
    return tt.Mean("y", "x" if adjusts else None, **level)


TEA_TASTING = {
    "effect": "effect_size",
    "effect_ci_lower": "effect_size_ci_lower",
    "effect_ci_upper": "effect_size_ci_upper",
    "statistic": "statistic",
    "p_value": "pvalue",
    "control_mean": "control",
    "treatment_mean": "treatment",
    "relative_effect": "rel_effect_size",
    "relative_effect_ci_lower": "rel_effect_size_ci_lower",
    "relative_effect_ci_upper": "rel_effect_size_ci_upper",
}


def p_tolerance(statistic: float) -> float:
    """Near 0, scipy's tail is off by 3e-9."""
    return 1e-8 if abs(statistic) < 0.7 else RELATIVE


def test_one_stratum_equals_tea_tasting(results: Results) -> None:
    checked = {False: 0, True: 0}
    for comparison, columns in single_stratum(results):
        # not an Arrow table: on large ones, the peer's covariances differ from run to run
        frame = pd.DataFrame(columns)
        for estimator in comparison.estimators:
            row = results.compared[*comparison.key, estimator]
            # with a theta of 0 for want of a covariate the peer gives no number
            if row["p_value"] is None or row["theta"] == 0:
                continue
            peer = tea_tasting_metric(comparison, estimator).analyze(
                frame, "control", "treatment", "arm"
            )
            for column, name in TEA_TASTING.items():
                if column.startswith("relative") and row[column] is None:
                    assert row["control_mean"] <= 0 or row["treatment_mean"] <= 0
                    continue
                relative = p_tolerance(row["statistic"]) if column == "p_value" else RELATIVE
                assert_close(
                    row[column],
                    getattr(peer, name),
                    *(*comparison.key, estimator, column),
                    absolute=absolute_tolerance(column, row),
                    relative=relative,
                )
            error = row["effect"] / peer.statistic if peer.statistic else row["standard_error"]
            assert row["standard_error"] == pytest.approx(error, rel=1e-8)
            checked[comparison.is_ratio] += 1
    assert min(checked.values()) > 80, checked


@pytest.mark.filterwarnings("ignore:Precision loss")  # an arm may be constant
def test_plain_means_equal_scipy(results: Results) -> None:
    checked = 0
    for comparison, columns in single_stratum(results):
        row = results.compared[*comparison.key, "difference_in_means"]
        if comparison.is_ratio or row["p_value"] is None:
            continue
        described = []
        for arm in ("treatment", "control"):
            values = columns["y"][columns["arm"] == arm]
            described += [values.mean(), values.std(ddof=1), len(values)]
        peer = stats.ttest_ind_from_stats(*described, equal_var=False)
        context = comparison.key
        assert_close(row["statistic"], peer.statistic, context, absolute=1e-10)
        tolerance = p_tolerance(peer.statistic)
        assert_close(row["p_value"], peer.pvalue, context, absolute=1e-290, relative=tolerance)
        drawn = [columns["y"][columns["arm"] == arm] for arm in ("treatment", "control")]
        tested = stats.ttest_ind(*drawn, equal_var=False)
        interval = tested.confidence_interval(1 - comparison.settings.alpha)
        tolerance = absolute_tolerance("effect_ci_lower", row)
        assert_close(row["degrees_of_freedom"], tested.df, context)
        assert_close(row["effect_ci_lower"], interval.low, context, absolute=tolerance)
        assert_close(row["effect_ci_upper"], interval.high, context, absolute=tolerance)
        checked += 1
    assert checked > 80


def test_random_experiments_are_of_every_kind(results: Results) -> None:
    comparisons = [one for one in results.comparisons.values() if one.experiment_id != "edge"]
    sizes = {one.key: sum(map(len, one.arms.values())) for one in comparisons}
    assert min(sizes.values()) <= 5 and max(sizes.values()) > 10_000
    for is_ratio in (False, True):
        for has_covariate in (False, True):
            for strata in (1, 2, 3):
                alike = [
                    one
                    for one in comparisons
                    if (one.is_ratio, one.has_covariate) == (is_ratio, has_covariate)
                    and len(one.strata) == strata
                ]
                assert len(alike) >= 5, (is_ratio, has_covariate, strata)


# Edge cases --------------------------------------------------------------------------------------


def edge(results: Results, name: str, estimator: str = "difference_in_means") -> Row:
    return results.compared["edge", name, estimator]


def test_numbers_are_null_and_never_nan_or_infinite(results: Results) -> None:
    tables = [*(name for name in MODELS if not name.startswith("overflowing"))]
    numbers = 0
    for table in tables:
        for row in results.rows(table):
            for column, value in row.items():
                if isinstance(value, float):
                    assert math.isfinite(value), (table, column, row)
                    numbers += 1
    assert numbers > 10_000


def test_no_comparison_with_both_arms_is_dropped(results: Results) -> None:
    expected = {
        (*one.key, estimator)
        for one in results.comparisons.values()
        if one.strata
        for estimator in one.estimators
    }
    assert set(results.compared) == expected
    without = {one.treatment_id for one in edge_cases() if not one.strata}
    assert without == {"empty control", "empty treatment", "no stratum with both arms"}


ERRORS = [
    *("standard_error", "degrees_of_freedom", "statistic", "p_value"),
    *("effect_ci_lower", "effect_ci_upper", "relative_effect_ci_lower", "harm_p_value"),
    *("relative_effect_ci_upper", "non_inferiority_p_value", "always_valid_p_value"),
    *("always_valid_ci_lower", "probability_better", "expected_loss"),
]


@pytest.mark.parametrize(
    "name",
    [
        *("zero variance", "all zeros", "one unit in the control", "one unit in the treatment"),
        *("one unit in each arm", "one unit of an arm in a stratum", "denominator of 0"),
        *("denominator of 0 in an arm", "value in proportion to its denominator"),
    ],
)
@pytest.mark.parametrize("estimator", ["difference_in_means", "cuped"])
def test_without_an_error_nothing_that_needs_one_is_given(
    results: Results, name: str, estimator: str
) -> None:
    row = edge(results, name, estimator)
    assert {column: row[column] for column in ERRORS} == dict.fromkeys(ERRORS)
    assert (row["effect"] is None) == name.startswith("denominator of 0")


def test_effects_without_an_error_are_still_given(results: Results) -> None:
    assert edge(results, "zero variance")["effect"] == 1
    assert edge(results, "zero variance")["relative_effect"] == pytest.approx(1 / 3)
    assert edge(results, "all zeros")["effect"] == 0
    assert edge(results, "all zeros")["relative_effect"] is None
    assert edge(results, "one unit in the control")["control_mean"] == 3
    assert edge(results, "value in proportion to its denominator")["effect"] == pytest.approx(
        1 / 7 - 1 / 3, rel=1e-14
    )


@pytest.mark.parametrize(
    "name", ["negative values", "mean of 0", "zeros in the control", "all zeros"]
)
def test_relative_effect_needs_positive_means(results: Results, name: str) -> None:
    row = edge(results, name)
    assert row["relative_effect"] is None and row["relative_effect_ci_upper"] is None
    assert (row["p_value"] is None) == (name == "all zeros")
    assert (row["non_inferiority_p_value"] is None) == (row["control_mean"] <= 0)


def test_bounds_that_leave_the_range_of_a_double_are_null(results: Results) -> None:
    row = edge(results, "mean near 0")
    assert (row["control_mean"], row["treatment_mean"], row["relative_effect"]) == (0.5, 1, 1)
    assert row["relative_effect_ci_lower"] is None and row["relative_effect_ci_upper"] is None
    assert row["p_value"] is not None


@pytest.mark.parametrize(
    "name",
    [
        *("constant covariate", "covariate constant within strata"),
        *("covariate without history", "covariate without history in an arm"),
        "covariate in proportion to its denominator",
    ],
)
def test_a_covariate_that_says_nothing_adjusts_nothing(results: Results, name: str) -> None:
    plain, adjusted = edge(results, name), edge(results, name, "cuped")
    assert (adjusted["theta"], plain["theta"]) == (0, None)
    assert (adjusted["variance_reduction"], plain["variance_reduction"]) == (0, None)
    assert plain["p_value"] is not None
    differ = {column for column in plain if plain[column] != adjusted[column]}
    assert differ == {"estimator", "theta", "variance_reduction"}


def test_a_covariate_that_explains_everything_leaves_no_variance(results: Results) -> None:
    plain = edge(results, "covariate that explains everything")
    row = edge(results, "covariate that explains everything", "cuped")
    assert plain["p_value"] is not None
    assert {column: row[column] for column in ERRORS} == dict.fromkeys(ERRORS)
    assert (row["theta"], row["variance_reduction"]) == (pytest.approx(7, rel=1e-14), 1)
    assert row["effect"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["offset", "offset in strata", "offset of a ratio"])
@pytest.mark.parametrize("estimator", ["difference_in_means", "cuped"])
def test_values_far_from_0_lose_nothing(results: Results, name: str, estimator: str) -> None:
    row = edge(results, name, estimator)
    case = results.comparisons["edge", name]
    exact = brute_force.estimate(case, estimator, max_units_in_fractions=10**4)
    for column in ("effect", "control_squared_error", "treatment_squared_error"):
        assert row[column] == pytest.approx(getattr(exact, column), rel=1e-12), column
    for column in ("control_mean", "treatment_mean"):
        assert row[column] == pytest.approx(getattr(exact, column), rel=1e-15), column
    if estimator == "cuped":
        assert row["theta"] == pytest.approx(exact.theta, rel=1e-12)


def test_offset_values_have_the_moments_that_fractions_give(results: Results) -> None:
    row = edge(results, "offset")
    moments = {}
    for (_, arm), units in results.comparisons["edge", "offset"].arms.items():
        values = [Fraction(int(value)) * MICRO for value in units.y]
        assert min(values) > OFFSET - 10
        mean = sum(values) / len(values)
        squares = sum((value - mean) ** 2 for value in values)
        moments[arm] = mean
        error = squares / (len(values) - 1) / len(values)
        assert row[f"{arm}_squared_error"] == pytest.approx(float(error), rel=1e-12)
    effect = float(moments["treatment"] - moments["control"])
    assert row["effect"] == pytest.approx(effect, rel=1e-12)


def test_an_overflow_is_an_error(results: Results) -> None:
    messages = {
        result["unique_id"].rpartition(".")[2]: result["message"]
        for result in results.build.run_results
        if result["status"] == "error"
    }
    assert set(messages) == {"overflowing_product", "overflowing_sum"}
    assert "Overflow in multiplication of INT128" in messages["overflowing_product"]
    assert "Overflow in HUGEINT addition" in messages["overflowing_sum"]


# Many metrics ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "method"), [("holm_p_value", "holm"), ("bh_p_value", "fdr_bh")])
def test_adjusted_p_values_equal_statsmodels(results: Results, column: str, method: str) -> None:
    families: dict[tuple, list[Row]] = {}
    for row in results.rows("adjusted"):
        families.setdefault((row["family"], row["day"]), []).append(row)
    assert sum(map(len, families.values())) == len(p_values())
    assert len(families) == 15
    for family, rows in families.items():
        plain = [1.0 if row["p_value"] is None else row["p_value"] for row in rows]
        _, adjusted, _, _ = multipletests(plain, method=method)
        for row, expected in zip(rows, adjusted, strict=True):
            assert_close(row[column], float(expected), family, row["number"], relative=1e-14)


# Chi-square --------------------------------------------------------------------------------------


def chi_square(results: Results, test: str) -> dict[str, Row]:
    return {row["experiment_id"]: row for row in results.rows("chi_squares") if row["test"] == test}


def test_sample_ratios_equal_scipy(results: Results) -> None:
    rows = chi_square(results, "sample ratio")
    for name, (observed, shares) in sample_ratios().items():
        expected = np.array(shares) * sum(observed)
        peer = stats.chisquare(observed, expected)
        assert_close(rows[name]["statistic"], peer.statistic, name, relative=1e-12)
        assert_close(rows[name]["p_value"], peer.pvalue, name, relative=1e-11)
    assert rows["example"]["p_value"] == pytest.approx(0.0086, abs=5e-5)
    assert rows["equal"]["p_value"] == 1


def test_mixes_equal_scipy(results: Results) -> None:
    rows = chi_square(results, "mix")
    assert set(rows) == set(mixes())
    for name, table in mixes().items():
        peer = stats.chi2_contingency(table, correction=False)
        assert rows[name]["degrees_of_freedom"] == peer.dof
        assert_close(rows[name]["statistic"], peer.statistic, name, relative=1e-12)
        assert_close(rows[name]["p_value"], peer.pvalue, name, relative=1e-11)
        assert rows[name]["smallest_expected"] == peer.expected_freq.min()


def test_too_few_expected_give_no_p_value(results: Results) -> None:
    rows = chi_square(results, "sample ratio")
    for name in ("few expected", "none expected", "one variant"):
        assert rows[name]["p_value"] is None, name
    assert rows["just enough expected"]["p_value"] == pytest.approx(stats.chi2.sf(1.6, 1))


# Moments of units ---------------------------------------------------------------------------------


def in_cents(rows: list[Row], column: str) -> list[int]:
    return [round((row[column] or 0) * 100) for row in rows]


def in_halves(rows: list[Row], column: str) -> list[int]:
    return [round((row[column] or 0) * 2) for row in rows]


def test_moments_of_units_are_exact(results: Results) -> None:
    groups: dict[tuple, list[Row]] = {}
    for row in units():
        groups.setdefault((row["stratum"], row["arm"]), []).append(row)
    expected = {}
    for key, rows in groups.items():
        revenue, before = in_cents(rows, "revenue"), in_cents(rows, "revenue_before")
        bought = [row["has_bought"] for row in rows]
        expected |= {
            (*key, "share"): Arm.of(bought),
            (*key, "revenue"): Arm.of(revenue, x=before),
            (*key, "basket"): Arm.of(revenue, bought),
            (*key, "adjusted_basket"): Arm.of(
                revenue,
                in_halves(rows, "order_count"),
                before,
                in_halves(rows, "order_count_before"),
            ),
        }
    found = {
        (row["stratum"], row["arm"], row["metric_name"]): row
        for row in results.rows("unit_moments")
    }
    assert set(found) == set(expected)
    for key, arm in expected.items():
        row = found[key]
        assert row["units"] == len(arm)
        assert row["has_covariate"] == (key[2] in ("revenue", "adjusted_basket"))
        assert {name: row[f"sum_{name}"] for name in arm.sums()} == arm.sums(), key


# Power -------------------------------------------------------------------------------------------


def exact_noncentrality(alpha: float, power: float, near: float) -> mpf:
    """Solve Phi(l - z) + Phi(-l - z) = power to 40 digits."""
    with mp.workdps(40):
        z = -mp.sqrt(2) * mp.erfinv(mpf(alpha) - 1)
        return mp.findroot(lambda x: mp.ncdf(x - z) + mp.ncdf(-x - z) - mpf(power), mpf(near))


def test_noncentrality_solves_for_the_power(results: Results) -> None:
    rows = {
        (row["alpha"], row["power"]): row
        for row in results.rows("noncentralities")
        if row["noncentrality"] is not None
    }
    solvable = {
        (row["alpha"], row["power"])
        for row in powers()
        if row["alpha"] and row["alpha"] < row["power"] < 1
    }
    assert set(rows) == solvable
    assert len(solvable) > 40
    for (alpha, power), row in rows.items():
        found = row["noncentrality"]
        exact = float(exact_noncentrality(alpha, power, found))
        assert_close(found, exact, alpha, power)


def test_power_and_sample_size_equal_statsmodels(results: Results) -> None:
    deviation, effect = 3.0, 0.2
    peer = NormalIndPower()
    for row in results.rows("noncentralities"):
        alpha, power, found = row["alpha"], row["power"], row["noncentrality"]
        if found is None:
            continue
        for share in (0.5, 0.1):
            # units in both arms, of which the treatment has a share
            units = found**2 * deviation**2 * (1 / (1 - share) + 1 / share) / effect**2
            asked = {"alpha": alpha, "ratio": share / (1 - share)}
            reached = peer.power(effect / deviation, units * (1 - share), **asked)
            assert reached == pytest.approx(power, rel=RELATIVE), (alpha, power)
            if 0.2 <= power <= 0.9999:
                needed = zt_ind_solve_power(effect_size=effect / deviation, power=power, **asked)
                assert units * (1 - share) == pytest.approx(needed, rel=1e-8), (alpha, power)
    example = next(
        row
        for row in results.rows("noncentralities")
        if (row["alpha"], row["power"]) == (0.05, 0.8)
    )
    assert example["noncentrality"] == pytest.approx(2.8016, abs=5e-5)


# Always-valid, Bayesian, not worse ---------------------------------------------------------------


def test_confidence_sequences_follow_their_formula(results: Results) -> None:
    rows = results.rows("sequences")
    assert len(rows) == len(sequences())
    given = 0
    for row in rows:
        expected = (None, None, None)
        if row["effective_units"] is not None:
            expected = brute_force.always_valid(
                row["effect"],
                row["standard_error"],
                row["effective_units"],
                row["alpha"],
                row["planned_units"],
            )
        names = ("always_valid_p_value", "always_valid_ci_lower", "always_valid_ci_upper")
        for name, value in zip(names, expected, strict=True):
            assert_close(row[name], value, name, row, absolute=1e-290)
        if expected[0] is None:
            continue
        given += 1
        # the p-value is below alpha where the interval leaves 0 out
        is_outside = row["always_valid_ci_lower"] > 0 or row["always_valid_ci_upper"] < 0
        assert is_outside == (row["always_valid_p_value"] < row["alpha"])
    assert 150 < given < len(rows) - 2
    example = next(row for row in rows if row["standard_error"] == 0.25)
    assert example["always_valid_p_value"] == pytest.approx(0.0119, abs=5e-5)


def simulated_posterior(row: Row, seed: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Means and standard errors of (gain above 0, loss), by draws weighted by their likelihood."""
    rng = np.random.default_rng(seed)
    gain = -row["effect"] if row["direction"] == "down" else row["effect"]
    error, level = row["standard_error"], abs(row["control_mean"])
    if row["prior_deviation"] is None:
        drawn = rng.normal(gain, error, DRAWS)
        weights = np.full(DRAWS, 1 / DRAWS)
    else:
        drawn = rng.normal(level * row["prior_mean"], level * row["prior_deviation"], DRAWS)
        weights = np.exp(-0.5 * ((gain - drawn) / error) ** 2)
        weights /= weights.sum()
    found = []
    for values in (drawn > 0, np.maximum(-drawn, 0)):
        middle = (weights * values).sum()
        found.append((middle, np.sqrt((weights**2 * (values - middle) ** 2).sum())))
    return found[0], found[1]


def test_posteriors_equal_simulation(results: Results) -> None:
    checked = 0
    for number, row in enumerate(results.rows("posteriors")):
        if row["standard_error"] is None or abs(row["effect"]) > 5:
            continue
        better, loss = simulated_posterior(row, seed=number)
        assert abs(row["probability_better"] - better[0]) < 4 * better[1], row
        assert abs(row["expected_loss"] - loss[0]) < 4 * loss[1], row
        checked += 1
    assert checked > 20


def test_posteriors_equal_closed_form(results: Results) -> None:
    rows = results.rows("posteriors")
    assert len(rows) == len(posteriors())
    for row in rows:
        better, loss = brute_force.posterior(
            row["effect"],
            row["standard_error"],
            row["control_mean"],
            row["direction"],
            (row["prior_mean"], row["prior_deviation"]),
        )
        assert_close(row["probability_better"], better, row)
        # a loss far from 0 is a difference of two numbers that are nearly equal
        assert_close(row["expected_loss"], loss, row, absolute=1e-15)
    by_effect = {row["effect"]: row for row in rows if row["standard_error"] == 1.0}
    assert by_effect[1.0]["probability_better"] == pytest.approx(0.841, abs=5e-4)
    assert by_effect[1.0]["expected_loss"] == pytest.approx(0.083, abs=5e-4)
    assert (by_effect[0.0]["probability_better"], by_effect[1e3]["expected_loss"]) == (0.5, 0)
    assert (by_effect[-1e3]["probability_better"], by_effect[-1e3]["expected_loss"]) == (0, 1e3)


def test_margins_by_hand(results: Results) -> None:
    rows = {row["number"]: row for row in results.rows("margins")}
    assert len(rows) == len(margins())
    # (10 - 0.9 10) / sqrt(0.02 + 0.81 0.02), with 196.9... degrees of freedom
    up_error, down_error = math.sqrt(0.02 * 1.81), math.sqrt(0.02 * 2.21)
    up_degrees = 99 * 1.81**2 / (1 + 0.81**2)
    down_degrees = 99 * 2.21**2 / (1 + 1.21**2)
    by_hand = {
        0: (1.0 / up_error, up_degrees),
        1: (1.0 / down_error, down_degrees),
        2: (-0.3 / up_error, up_degrees),
        3: (-0.3 / down_error, down_degrees),
        10: (1.0 / math.sqrt(0.02), 99.0),
    }
    for number, (statistic, degrees) in by_hand.items():
        safe, harm = stats.t.sf(statistic, degrees), stats.t.sf(-statistic, degrees)
        assert_close(rows[number]["non_inferiority_p_value"], safe, number)
        assert_close(rows[number]["harm_p_value"], harm, number)
    assert by_hand[0][0] == pytest.approx(5.26, abs=5e-3)
    assert rows[4]["non_inferiority_p_value"] == pytest.approx(0.5, rel=1e-15)
    assert rows[4]["harm_p_value"] == pytest.approx(0.5, rel=1e-15)
    for number in range(5, 10):
        assert rows[number]["non_inferiority_p_value"] is None, number
        assert rows[number]["harm_p_value"] is None, number


def test_welch_and_relative_effect_without_estimates(results: Results) -> None:
    rows = {row["number"]: row for row in results.rows("examples")}
    assert rows[0]["effect"] == 2
    assert rows[0]["standard_error"] == pytest.approx(math.sqrt(2))
    assert rows[0]["degrees_of_freedom"] == pytest.approx(100)
    assert rows[0]["p_value"] == pytest.approx(2 * stats.t.sf(math.sqrt(2), 100), rel=RELATIVE)
    bounds = [rows[1][f"relative_effect{end}"] for end in ("", "_ci_lower", "_ci_upper")]
    assert bounds == pytest.approx([0.2, 0.056, 0.363], abs=5e-4)
    assert rows[2]["relative_effect"] == pytest.approx(12e9 - 1)
    assert rows[2]["relative_effect_ci_upper"] is None
    assert rows[3]["relative_effect"] is None


# Intervals of one sample ------------------------------------------------------------------------


def test_a_bound_of_a_share_is_statsmodels(results: Results) -> None:
    rows = results.rows("shares")
    assert len(rows) > 15
    for row in rows:
        if not row["trials"]:
            assert row["low"] is None and row["high"] is None
            continue
        expected = proportion_confint(row["successes"], row["trials"], method="wilson")
        assert (row["low"], row["high"]) == pytest.approx(expected, rel=1e-12, abs=1e-15), row


def test_a_bound_of_a_count_is_near_the_exact_one_and_meets_it_next_to_0(results: Results) -> None:
    rows = {row["events"]: row for row in results.rows("counts")}
    for events, row in rows.items():
        low = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
        high = stats.chi2.ppf(0.975, 2 * events + 2) / 2
        # as the header of the macro says
        error = 0 if events <= 1 else 0.08 if events == 2 else 0.03 if events < 5 else 0.01
        assert row["low"] == pytest.approx(low, rel=error + 1e-12), events
        assert row["high"] == pytest.approx(high, rel=2e-3 if events else 1e-12), events


def test_a_median_lies_between_the_order_statistics_of_the_binomial(results: Results) -> None:
    rows = {row["sample"]: row for row in results.rows("medians")}
    values: dict[int, list[float]] = {}
    for row in samples():
        if row["value"] is not None:
            values.setdefault(row["sample"], []).append(row["value"])
    assert rows.keys() == values.keys()
    for sample, row in rows.items():
        ordered = np.sort(values[sample])
        count = len(ordered)
        assert row["value_count"] == count == sample
        assert row["median"] == pytest.approx(np.median(ordered), rel=1e-12)
        depths = [d for d in range(1, count) if stats.binom.cdf(d - 1, count, 0.5) <= 0.025]
        if not depths:
            assert count < 6
            assert row["median_low"] is None and row["median_high"] is None
            continue
        bounds = (ordered[depths[-1] - 1], ordered[-depths[-1]])
        assert (row["median_low"], row["median_high"]) == bounds, sample
    assert rows[6]["median_low"] is not None


def test_a_mean_lies_within_the_interval_of_scipy(results: Results) -> None:
    rows = {row["sample"]: row for row in results.rows("means")}
    values = pd.DataFrame(samples()).dropna().groupby("sample").value
    assert rows.keys() == set(values.groups)
    for sample, drawn in values:
        row = rows[sample]
        assert row["value_count"] == len(drawn) == sample
        assert row["mean"] == pytest.approx(drawn.mean(), rel=1e-12)
        if sample == 1:
            assert row["mean_low"] is None and row["mean_high"] is None
            continue
        expected = stats.t.interval(0.95, sample - 1, drawn.mean(), stats.sem(drawn))
        assert (row["mean_low"], row["mean_high"]) == pytest.approx(expected, rel=1e-9), sample
