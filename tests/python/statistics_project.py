"""Comparisons given unit by unit, and a throw-away project that runs the statistics on their sums.

The sums are taken in Python's integers, so that what reaches the macros is exact.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from conftest import ROOT, Build, run_dbt

from groundwork.project import rows_by_name

Sums = dict[str, int]
Value = float | int | str | bool | None
Row = dict[str, Value]

SUMS = ["y", "d", "x", "w", "yy", "yd", "dd", "yx", "yw", "dx", "dw", "xx", "xw", "ww"]
EXACT = pa.decimal128(38, 0)
IN_38_DIGITS = Context(prec=38)

PROJECT = {
    # named as the project whose macros it borrows, which dispatch within it
    "dbt_project.yml": """
        name: groundwork
        profile: groundwork
        flags: {send_anonymous_usage_stats: false}
        models: {+materialized: table}
    """,
    "macros/argument_rows.sql": """
        {% macro argument_rows(name) %}
            {%- set path = var('arguments') ~ '/' ~ name ~ '.parquet' -%}
            {{ 'parquet.`' ~ path ~ '`' if target.type == 'spark' else "'" ~ path ~ "'" }}
        {%- endmacro %}
    """,
    "macros/estimates_with_settings.sql": """
        {% macro estimates_with_settings(arms) %}
        {%- set keys = ['experiment_id', 'treatment_id'] %}
        {%- set sums = ['y', 'd', 'x', 'w', 'yy', 'yd', 'dd', 'yx', 'yw', 'dx', 'dw', 'xx', 'xw',
            'ww'] %}
        arms as (
            select
                experiment_id, treatment_id, stratum, arm, units, has_covariate, value_scale,
                denominator_scale
                {%- for sum in sums %}, {{ exact_integer('sum_' ~ sum) }} as sum_{{ sum }}
                {%- endfor %}
            from {{ argument_rows(arms) }}
        ),
        {{ arm_estimates('estimates', 'arms', keys) }},
        settings as (select * from {{ argument_rows('settings') }}),
        estimated as (
            select estimates.*, settings.* exclude (experiment_id, treatment_id)
            from estimates inner join settings using (experiment_id, treatment_id)
        ),
        {% endmacro %}
    """,
    "macros/compared.sql": """
        {% macro compared(arms) %}
        with {{ estimates_with_settings(arms) }}
        {{ welch('tested', 'estimated', difference='mean_difference') }},
        {{ relative_effect('related', 'tested') }},
        {{ non_inferiority('guarded', 'related') }},
        {{ always_valid('sequenced', 'guarded') }},
        {{ bayesian('results', 'sequenced') }}
        select * from results
        {% endmacro %}
    """,
}


@dataclass(frozen=True)
class Arm:
    """Integers per unit, of one arm in one stratum: a value y over d, a covariate x over w."""

    y: np.ndarray
    d: np.ndarray
    x: np.ndarray
    w: np.ndarray

    @classmethod
    def of(
        cls,
        y: Iterable[int],
        d: Iterable[int] | None = None,
        x: Iterable[int] | None = None,
        w: Iterable[int] | None = None,
    ) -> Arm:
        """Fill in what is not given: a denominator is 1 for each unit, a covariate 0."""
        y = as_integers(y)
        one = np.ones(len(y), dtype=np.int64)
        return cls(
            y,
            one if d is None else as_integers(d),
            0 * one if x is None else as_integers(x),
            one if w is None else as_integers(w),
        )

    def __len__(self) -> int:
        return len(self.y)

    def sums(self) -> Sums:
        return {
            letters: exact_sum([getattr(self, letter) for letter in letters]) for letters in SUMS
        }


@dataclass(frozen=True)
class Settings:
    alpha: float = 0.05
    direction: str = "up"
    non_inferiority_margin: float | None = None
    planned_units: int | None = None
    prior_mean: float | None = None
    prior_deviation: float | None = None


@dataclass(frozen=True)
class Comparison:
    """A treatment and its control, with their units by stratum and arm."""

    experiment_id: str
    treatment_id: str
    arms: Mapping[tuple[str, str], Arm]
    has_covariate: bool = False
    is_ratio: bool = False
    value_scale: Fraction = Fraction(1)
    denominator_scale: Fraction = Fraction(1)
    settings: Settings = field(default_factory=Settings)

    @property
    def key(self) -> tuple[str, str]:
        return self.experiment_id, self.treatment_id

    @property
    def estimators(self) -> list[str]:
        return ["difference_in_means", *(["cuped"] if self.has_covariate else [])]

    @property
    def strata(self) -> dict[str, dict[str, Arm]]:
        """The strata that have both arms."""
        strata: dict[str, dict[str, Arm]] = {}
        for (stratum, arm), units in self.arms.items():
            if len(units):
                strata.setdefault(stratum, {})[arm] = units
        return {stratum: arms for stratum, arms in strata.items() if len(arms) == 2}

    def arm_rows(self) -> list[Row]:
        return [
            {
                "experiment_id": self.experiment_id,
                "treatment_id": self.treatment_id,
                "stratum": stratum,
                "arm": arm,
                "units": len(units),
                "has_covariate": self.has_covariate,
                "value_scale": float(self.value_scale),
                "denominator_scale": float(self.denominator_scale),
                **{f"sum_{name}": total for name, total in units.sums().items()},
            }
            for (stratum, arm), units in self.arms.items()
            if len(units)
        ]

    def settings_row(self) -> Row:
        return {
            "experiment_id": self.experiment_id,
            "treatment_id": self.treatment_id,
            **vars(self.settings),
        }


def as_integers(values: Iterable[int]) -> np.ndarray:
    """An array of int64, or of Python's integers where they do not fit."""
    if isinstance(values, np.ndarray):
        return values
    values = list(values)
    fits = all(abs(value) < 2**62 for value in values)
    return np.array(values, dtype=np.int64 if fits else object)


def exact_sum(factors: list[np.ndarray]) -> int:
    """The sum over units of the product of one or two arrays, in Python's integers if need be."""
    bound = len(factors[0])
    for factor in factors:
        bound *= max(abs(int(factor.max())), abs(int(factor.min())), 1)
    if bound >= 2**62:
        factors = [factor.astype(object) for factor in factors]
    return int(np.prod(np.stack(factors), axis=0).sum())


def exact_column(values: Iterable[int]) -> pa.Array:
    return pa.array([Decimal(int(value)) for value in values], EXACT)


def write_arms(path: Path, rows: list[Row]) -> None:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    table = {
        name: exact_column(values) if name.startswith("sum_") else values
        for name, values in columns.items()
    }
    pq.write_table(pa.table(table), path)


def write_rows(path: Path, rows: list[Row], types: Mapping[str, pa.DataType]) -> None:
    arrays = {name: pa.array([row[name] for row in rows], types[name]) for name in types}
    pq.write_table(pa.table(arrays), path)


SETTINGS = {
    "experiment_id": pa.string(),
    "treatment_id": pa.string(),
    "alpha": pa.float64(),
    "direction": pa.string(),
    "non_inferiority_margin": pa.float64(),
    "planned_units": pa.int64(),
    "prior_mean": pa.float64(),
    "prior_deviation": pa.float64(),
}


def run_models(folder: Path, models: Mapping[str, str], target: str = "duckdb") -> Build:
    """Run models in one invocation of dbt; they read the Parquet files in folder/arguments."""
    project = folder / "project"
    files = {**PROJECT, **{f"models/{name}.sql": text for name, text in models.items()}}
    for name, text in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
    for topic in ("statistics", "engines", "ml"):
        for macro in (ROOT / "macros" / topic).glob("*.sql"):
            shutil.copy(macro, project / "macros")
    shutil.copy(ROOT / "profiles.yml", project)
    return run_dbt(
        "run",
        *("--target", target),
        folder=folder / "run",
        project=project,
        variables={"arguments": str(folder / "arguments")},
        environment={"GROUNDWORK_SPARK_WAREHOUSE": str(folder / "warehouse")},
    )


def table_rows(build: Build, table: str) -> list[Row]:
    with build.connect() as connection:
        return rows_by_name(connection, f"select * from main.{table}")
