"""Whether the statistics in SQL keep their promises over thousands of simulated experiments.

numpy draws the units and adds them up; the macros see the sums, all in one dbt run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats
from statistics_project import run_models, table_rows

ALPHA = 0.05
TESTS = 1_000
DAYS = 30
DAILY_UNITS = 50
COVERAGE_TESTS = 2_000
TRUE_EFFECT = 5
RARE_TESTS = 2_000
RARE_UNITS = 2_000
RARE_SHARE = 0.01
MARGIN = 0.1
# units of (control, treatment) by rollout stage, and the level of the metric in it
STAGES = {"10 %": ((900, 100), 2.0), "50 %": ((500, 500), 3.0)}

MODELS = {
    "simulated": """
        with {{ estimates_with_settings('simulated_arms') }}
        {{ welch('tested', 'estimated', difference='mean_difference') }},
        {{ non_inferiority('guarded', 'tested') }},
        {{ always_valid('results', 'guarded') }}
        select * from results
    """
}


@dataclass(frozen=True)
class Sums:
    """Sums per simulated experiment, each an array of int64; a denominator is 1 per unit."""

    units: np.ndarray
    y: np.ndarray
    yy: np.ndarray
    x: np.ndarray
    xx: np.ndarray
    yx: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, x: np.ndarray | None = None) -> Sums:
        """Add up units, which lie along the last axis."""
        x = np.zeros_like(y) if x is None else x
        units = np.full(y.shape[:-1], y.shape[-1])
        added = [product.sum(axis=-1) for product in (y, y * y, x, x * x, y * x)]
        return cls(units, *added)

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def cumulated(self) -> Sums:
        return Sums(*(getattr(self, name).cumsum(axis=-1) for name in vars(self)))

    def at(self, day: int) -> Sums:
        return Sums(*(getattr(self, name)[:, day] for name in vars(self)))

    def table(self, name: str, arm: str, stratum: str = "all", has_covariate: bool = False):
        """One row per simulated experiment."""
        count = len(self.units)
        sums = {name: getattr(self, name) for name in ("y", "x", "yy", "yx", "xx")}
        sums |= dict.fromkeys(("d", "w", "dd", "dw", "ww"), self.units)
        sums |= {"yd": self.y, "yw": self.y, "dx": self.x, "xw": self.x}
        return pa.table(
            {
                "experiment_id": [name] * count,
                "treatment_id": [str(number) for number in range(count)],
                "stratum": [stratum] * count,
                "arm": [arm] * count,
                "units": self.units,
                "has_covariate": [has_covariate] * count,
                "value_scale": np.ones(count),
                "denominator_scale": np.ones(count),
                **{f"sum_{letters}": total for letters, total in sums.items()},
            }
        )


def spending(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Whole amounts, skewed, and 0 for most units."""
    amounts = rng.gamma(2.0, 50.0, shape).astype(np.int64)
    return np.where(rng.random(shape) < 0.4, amounts, 0)


def daily_arms() -> list[pa.Table]:
    """A/A tests as they are known after each of their days."""
    rng = np.random.default_rng(21)
    tables = []
    for arm in ("control", "treatment"):
        sums = Sums.of(spending(rng, (TESTS, DAYS, DAILY_UNITS))).cumulated()
        tables += [sums.at(day).table(f"day {day + 1}", arm) for day in range(DAYS)]
    return tables


def staged_arms() -> list[pa.Table]:
    """A/A tests whose shares change between two stages of another level, stratified and pooled."""
    rng = np.random.default_rng(22)
    tables = []
    for position, arm in enumerate(("control", "treatment")):
        pooled = []
        for stage, (units, level) in STAGES.items():
            pooled.append(Sums.of(rng.poisson(level, (TESTS, units[position]))))
            tables.append(pooled[-1].table("stratified", arm, stage))
        tables.append((pooled[0] + pooled[1]).table("pooled", arm))
    return tables


def covariate_arms() -> list[pa.Table]:
    """Tests with a known effect and a covariate that explains most of the value."""
    rng = np.random.default_rng(23)
    tables = []
    for arm, effect in (("control", 0), ("treatment", TRUE_EFFECT)):
        x = rng.gamma(2.0, 50.0, (COVERAGE_TESTS, 150)).astype(np.int64)
        y = np.rint(0.8 * x + rng.normal(0, 30, x.shape)).astype(np.int64) + effect
        tables.append(Sums.of(y, x).table("covariate", arm, has_covariate=True))
    return tables


def rare_arms() -> list[pa.Table]:
    """Tests of rare events, exactly as much worse as the margin allows."""
    rng = np.random.default_rng(24)
    tables = []
    for direction, factor in (("up", 1 - MARGIN), ("down", 1 + MARGIN)):
        for arm, share in (("control", RARE_SHARE), ("treatment", factor * RARE_SHARE)):
            events = rng.binomial(RARE_UNITS, share, RARE_TESTS)
            none = np.zeros_like(events)
            units = np.full(RARE_TESTS, RARE_UNITS)
            sums = Sums(units, events, events, none, none, none)
            tables.append(sums.table(f"rare {direction}", arm))
    return tables


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    """The rows of each simulation, by its name."""
    folder = tmp_path_factory.mktemp("simulated")
    arguments = folder / "arguments"
    arguments.mkdir()
    tables = [*daily_arms(), *staged_arms(), *covariate_arms(), *rare_arms()]
    arms = pa.concat_tables(tables)
    pq.write_table(arms, arguments / "simulated_arms.parquet")
    keys = arms.select(["experiment_id", "treatment_id"]).group_by(arms.column_names[:2])
    settings = keys.aggregate([])
    downwards = [name.as_py() == "rare down" for name in settings["experiment_id"]]
    count = len(settings)
    settings = settings.append_column("alpha", pa.array([ALPHA] * count))
    settings = settings.append_column(
        "direction", pa.array(["down" if is_down else "up" for is_down in downwards])
    )
    settings = settings.append_column("non_inferiority_margin", pa.array([MARGIN] * count))
    settings = settings.append_column("planned_units", pa.nulls(count, pa.int64()))
    pq.write_table(settings, arguments / "settings.parquet")
    build = run_models(folder, MODELS)
    assert build.exit_code == 0, build.output[-5000:]
    found: dict[str, list[dict]] = {}
    for row in table_rows(build, "simulated"):
        found.setdefault(row["experiment_id"], []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (int(row["treatment_id"]), row["estimator"]))
    return found


def column(rows: list[dict], name: str) -> np.ndarray:
    values = np.array([row[name] for row in rows], dtype=float)
    assert np.isfinite(values).all()
    return values


def by_day(simulated: dict[str, list[dict]], name: str) -> np.ndarray:
    """Tests along the first axis, days along the second."""
    days = [column(simulated[f"day {day + 1}"], name) for day in range(DAYS)]
    return np.stack(days, axis=1)


def is_uniform(p_values: np.ndarray) -> bool:
    return stats.kstest(p_values, "uniform").pvalue > 0.001


def most_rejections(tests: int, share: float) -> float:
    """The share of rejections that is passed once in 1,000 simulations, if `share` is true."""
    return stats.binom.isf(0.001, tests, share) / tests


def test_p_values_of_equal_arms_are_uniform(simulated: dict[str, list[dict]]) -> None:
    p_values = column(simulated[f"day {DAYS}"], "p_value")
    assert len(p_values) == TESTS
    assert is_uniform(p_values)


def test_looking_daily_keeps_the_promise_of_always_valid_only(
    simulated: dict[str, list[dict]],
) -> None:
    always_valid = by_day(simulated, "always_valid_p_value").min(axis=1) < ALPHA
    assert always_valid.mean() <= most_rejections(TESTS, ALPHA)
    plain = by_day(simulated, "p_value").min(axis=1) < ALPHA
    assert plain.mean() > 0.15
    lower = by_day(simulated, "always_valid_ci_lower").max(axis=1)
    upper = by_day(simulated, "always_valid_ci_upper").min(axis=1)
    assert (((lower > 0) | (upper < 0)) == always_valid).all()


def test_stages_with_changed_shares_need_strata(simulated: dict[str, list[dict]]) -> None:
    stratified = column(simulated["stratified"], "p_value")
    assert len(stratified) == TESTS
    assert is_uniform(stratified)
    assert (column(simulated["pooled"], "p_value") < ALPHA).mean() > 0.95
    effects = column(simulated["stratified"], "effect")
    assert abs(effects.mean()) < 4 * effects.std() / np.sqrt(TESTS)


def test_intervals_cover_the_effect(simulated: dict[str, list[dict]]) -> None:
    covered, errors = {}, {}
    for estimator in ("difference_in_means", "cuped"):
        rows = [row for row in simulated["covariate"] if row["estimator"] == estimator]
        assert len(rows) == COVERAGE_TESTS
        lower, upper = column(rows, "effect_ci_lower"), column(rows, "effect_ci_upper")
        covered[estimator] = ((lower <= TRUE_EFFECT) & (upper >= TRUE_EFFECT)).mean()
        errors[estimator] = column(rows, "standard_error").mean()
    assert 0.935 <= covered["cuped"] <= 0.965, covered
    assert 0.935 <= covered["difference_in_means"] <= 0.965, covered
    assert errors["cuped"] < 0.6 * errors["difference_in_means"]


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("p_value", ["non_inferiority_p_value", "harm_p_value"])
def test_margins_keep_their_size_on_rare_events(
    simulated: dict[str, list[dict]], direction: str, p_value: str
) -> None:
    rejected = (column(simulated[f"rare {direction}"], p_value) < ALPHA).mean()
    fewest = stats.binom.ppf(0.0005, RARE_TESTS, ALPHA) / RARE_TESTS
    most = stats.binom.isf(0.0005, RARE_TESTS, ALPHA) / RARE_TESTS
    assert fewest <= rejected <= most, rejected
