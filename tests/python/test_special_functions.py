"""The special functions in SQL against 50-digit values, on both engines.

A throw-away project calls the macros over grids of arguments in Parquet, in one dbt run an engine.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import duckdb
import exact_tails as exact
import pytest
from conftest import ROOT, run_dbt
from mpmath import mp, mpf
from scipy import stats

MACROS = ROOT / "macros" / "statistics"
SMALLEST_TAIL = 1e-300
# allowed relative errors, and absolute ones of quantiles below 1
NORMAL_TAIL = 1e-14
CHI_SQUARE_TAIL = 1e-12
STUDENT_TAIL = 1e-12
QUANTILE = 1e-11

STUDENT_DEGREES = [1, 1.3, 2, 2.5, 5, 10, 19.99, 20, 20.01, 50, 100, 1e3, 1e4, 1e6, 1e8]
CHI_SQUARE_DEGREES = [*range(1, 11), 16, 31, 64]
PROBABILITIES = [
    *(0.5, 0.4999999, 0.49, 0.4, 0.3, 0.2, 0.1, 0.05, 0.025, 0.01),
    *(10.0**-exponent for exponent in (3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250)),
    SMALLEST_TAIL,
    *(0.5000001, 0.6, 0.75, 0.975, 0.999, 1 - 1e-10),
]

PROJECT = {
    # named as the project whose macros it borrows, which dispatch within it
    "dbt_project.yml": """
        name: groundwork
        profile: groundwork
        flags: {send_anonymous_usage_stats: false}
        models: {+materialized: table}
    """,
    "macros/grid.sql": """
        {% macro grid(name) %}
            {%- set path = var('grids') ~ '/' ~ name ~ '.parquet' -%}
            {{ 'parquet.`' ~ path ~ '`' if target.type == 'spark' else "'" ~ path ~ "'" }}
        {% endmacro %}
        {% macro called(function, grid_name) %}
            with arguments as (select * from {{ grid(grid_name) }}),
            {{ function('results', 'arguments') }}
            select * from results
        {% endmacro %}
    """,
    "models/normal_tails.sql": "{{ called(normal_tail, 'normal_arguments') }}",
    "models/normal_quantiles.sql": "{{ called(normal_quantile, 'normal_probabilities') }}",
    "models/student_tails.sql": "{{ called(student_tail, 'student_arguments') }}",
    "models/student_quantiles.sql": "{{ called(student_quantile, 'student_probabilities') }}",
    "models/chi_square_tails.sql": "{{ called(chi_square_tail, 'chi_square_arguments') }}",
    "models/normal_round_trips.sql": """
        with arguments as (select * from {{ grid('normal_arguments') }}),
        {{ normal_tail('tails', 'arguments') }},
        {{ normal_quantile('quantiles', 'tails', z='quantile') }}
        select * from quantiles
    """,
    "models/student_round_trips.sql": """
        with arguments as (select * from {{ grid('student_arguments') }}),
        {{ student_tail('tails', 'arguments') }},
        {{ student_quantile('quantiles', 'tails', statistic='quantile') }}
        select * from quantiles
    """,
    # both calls of one macro, the second on an expression
    "models/called_twice.sql": """
        with arguments as (select * from {{ grid('student_arguments') }}),
        {{ student_tail('tails', 'arguments') }},
        {{ student_tail('half_tails', 'tails', 'statistic / 2', upper_tail='half_upper_tail') }}
        select * from half_tails
    """,
    "models/of_nothing.sql": """
        with arguments as (
            select z, z as statistic, z as degrees_of_freedom, z as upper_tail
            from {{ grid('normal_arguments') }} where 1 = 0
        ),
        {{ normal_tail('a', 'arguments', upper_tail='p') }},
        {{ normal_quantile('b', 'a', z='q') }},
        {{ student_tail('c', 'b', upper_tail='r') }},
        {{ student_quantile('d', 'c', statistic='s') }},
        {{ chi_square_tail('e', 'd', upper_tail='t') }}
        select * from e
    """,
}

Rows = list[tuple[float | None, ...]]


@functools.cache
def normal_arguments() -> list[tuple[float | None]]:
    spread = [37.5 * step / 400 for step in range(401)]
    # neighbours on both sides of a 16th, where the exponential is split
    neighbours = [3.0625 + step * 1e-6 for step in range(-50, 51)]
    small = [10.0**-exponent for exponent in range(1, 11)]
    values = [*spread, *neighbours, *small]
    odd = [-0.0, 39.5, 1e9, 1e308, math.inf, -math.inf, math.nan, None]
    return [(z,) for z in [*values, *(-z for z in values), *odd, *spread[:9]]]


def student_reach(degrees: float) -> float:
    """Find the u with t = sqrt(n) sinh(u) whose tail is the smallest one asked for."""
    # Wallace's relation to z bounds it: far beyond, the exact value takes minutes
    exponent = 37.1**2 / degrees * ((8 * degrees + 3) / (8 * degrees + 1)) ** 2
    bound = 700.0 if exponent > 700 else math.asinh(math.sqrt(math.expm1(exponent)))
    return exact.where_tail_is(
        SMALLEST_TAIL,
        lambda u: exact.student_tail(math.sqrt(degrees) * math.sinh(u), degrees),
        0.0,
        min(700.0, bound),
    )


@functools.cache
def student_arguments() -> Rows:
    rows: Rows = []
    for degrees in STUDENT_DEGREES:
        reach = student_reach(degrees)
        spread = [math.sqrt(degrees) * math.sinh(reach * step / 20) for step in range(1, 21)]
        values = [1e-10, 1e-5, 1e-3, 0.1, 0.5, 0.9, 1.0, 1.5, 1.96, 2.5, 3.0, 5.0, *spread]
        rows += [(sign * value, float(degrees)) for value in values for sign in (1, -1)]
        rows += [(0.0, float(degrees)), (-0.0, float(degrees))]
    extreme = [math.inf, -math.inf, 1e308]
    return [
        *rows,
        *rows[:20],
        *((value, degrees) for value in extreme for degrees in (19.0, 30.0, 1e8)),
        *((2.0, degrees) for degrees in (None, math.nan, 0.5, 0.0, -3.0)),
        *((value, 9.0) for value in (None, math.nan)),
    ]


@functools.cache
def chi_square_arguments() -> Rows:
    rows: Rows = []
    for degrees in CHI_SQUARE_DEGREES:
        reach = exact.where_tail_is(
            SMALLEST_TAIL, functools.partial(at_degrees, degrees), 0.0, 4000.0
        )
        values = [0.0, 1e-8, 1e-4, 0.01, 0.1, 0.5, 1.0, 2.0, 3.84, 6.0, 10.0, 30.0]
        rows += [(value, float(degrees)) for value in values]
        rows += [(reach * step / 20, float(degrees)) for step in range(1, 21)]
    refused = [(1.0, 0.0), (1.0, 65.0), (1.0, 2.5), (-1.0, 3.0), (None, 3.0), (1.0, None)]
    extreme = [(value, degrees) for value in (1e5, 1e308, math.inf) for degrees in (1.0, 2.0, 64.0)]
    return [*rows, (-0.0, 3.0), *rows[:20], *refused, (math.nan, 3.0), *extreme]


def at_degrees(degrees_of_freedom: float, statistic: float) -> mpf:
    return exact.chi_square_tail(statistic, degrees_of_freedom)


def write_grid(path: Path, columns: str, rows: Iterable[tuple]) -> None:
    """Write arguments as Parquet, with a column more than the macros ask for."""
    names = columns.split()
    with duckdb.connect() as connection:
        declared = ", ".join(f"{name} double" for name in names)
        connection.execute(f"create table grid ({declared}, more integer default 1)")
        marks = ", ".join("?" for _ in names)
        sql = f"insert into grid ({', '.join(names)}) values ({marks})"
        connection.executemany(sql, [list(row) for row in rows])
        connection.execute(f"copy grid to '{path}' (format parquet)")


@dataclass(frozen=True)
class Results:
    """The tables of one run: `read(name)` gives what stands behind `from`."""

    read: Callable[[str], str]
    database: Path | None
    grids: Path

    def grid(self, name: str) -> list[tuple]:
        return duckdb.sql(f"from '{self.grids}/{name}.parquet'").fetchall()

    def rows(self, table: str, columns: str = "*") -> list[tuple]:
        with duckdb.connect() as connection:
            if self.database:
                connection.execute(f"attach '{self.database}' as build (read_only)")
            return connection.execute(f"select {columns} from {self.read(table)}").fetchall()

    def known(self, table: str, columns: str) -> list[tuple]:
        """Arguments and their result, once each, where there is one."""
        result = columns.rpartition(" ")[2]
        rows = self.rows(table, columns)
        assert not any(math.isnan(row[-1]) for row in rows if row[-1] is not None), result
        return list(dict.fromkeys(row for row in rows if row[-1] is not None))


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp(request.param)
    project = folder / "project"
    for name, text in PROJECT.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
    for macro in [*MACROS.glob("*.sql"), ROOT / "macros" / "engines" / "all_but.sql"]:
        shutil.copy(macro, project / "macros")
    shutil.copy(ROOT / "profiles.yml", project)
    grids = folder / "grids"
    grids.mkdir()
    pairs = itertools.product(PROBABILITIES, map(float, STUDENT_DEGREES))
    outside = [(-0.1,), (0.0,), (1.0,), (2.0,), (None,)]
    write_grid(grids / "normal_arguments.parquet", "z", normal_arguments())
    write_grid(
        grids / "normal_probabilities.parquet",
        "upper_tail",
        [*((tail,) for tail in [*PROBABILITIES, *PROBABILITIES[:3]]), *outside],
    )
    write_grid(
        grids / "student_arguments.parquet", "statistic degrees_of_freedom", student_arguments()
    )
    write_grid(
        grids / "student_probabilities.parquet",
        "upper_tail degrees_of_freedom",
        [*pairs, (0.1, 1.0), (0.1, 0.9), (0.1, None), *((*tail, 5.0) for tail in outside)],
    )
    write_grid(
        grids / "chi_square_arguments.parquet",
        "statistic degrees_of_freedom",
        chi_square_arguments(),
    )
    build = run_dbt(
        "run",
        *("--target", request.param),
        folder=folder / "run",
        project=project,
        variables={"grids": str(grids)},
        environment={"GROUNDWORK_SPARK_WAREHOUSE": str(folder / "warehouse")},
    )
    assert build.exit_code == 0, build.output[-5000:]
    if request.param == "duckdb":
        return Results(lambda table: f"build.main.{table}", build.database, grids)
    return Results(lambda table: f"'{folder}/warehouse/main.db/{table}/*.parquet'", None, grids)


def relative_error(actual: float, expected: mpf) -> float:
    with mp.workdps(exact.DIGITS):
        return float(abs(mpf(actual) / expected - 1))


def worst(errors: dict[tuple, float]) -> tuple[float, tuple]:
    """The greatest error and its arguments; a NaN counts as the greatest."""
    assert errors
    return max((math.inf if math.isnan(error) else error, key) for key, error in errors.items())


def quantile_error(actual: float, tail: float, exact_tail: mpf, density: mpf) -> float:
    """The distance to the true quantile, to first order; relative beyond 1."""
    with mp.workdps(exact.DIGITS):
        return float(abs((exact_tail - mpf(tail)) / density) / max(1, abs(actual)))


def known(rows: Iterable[tuple]) -> set[tuple]:
    """Arguments without those that have no result, and once each."""
    return {row for row in rows if not any(value is None or math.isnan(value) for value in row)}


def is_precise(row: tuple) -> bool:
    """Whether the tail is asked for to full precision: finite, and no smaller than 1e-300."""
    statistic = row[0]
    return 0 <= statistic < 1e300 and row not in {(39.5,), (1e9,)}


def test_normal_tail(results: Results) -> None:
    rows = results.known("normal_tails", "z, upper_tail")
    assert {(z,) for z, _ in rows} == known(normal_arguments())
    errors = {
        (z,): relative_error(tail, exact.normal_tail(z)) for z, tail in rows if is_precise((z,))
    }
    assert len(errors) > 500
    assert worst(errors)[0] < NORMAL_TAIL, worst(errors)


def test_student_tail(results: Results) -> None:
    rows = results.known("student_tails", "statistic, degrees_of_freedom, upper_tail")
    asked = {row for row in known(student_arguments()) if row[1] >= 1}
    assert {row[:2] for row in rows} == asked
    errors = {
        row[:2]: relative_error(row[2], exact.student_tail(*row[:2]))
        for row in rows
        if is_precise(row[:2])
    }
    assert len(errors) > 450
    assert worst(errors)[0] < STUDENT_TAIL, worst(errors)


def test_chi_square_tail(results: Results) -> None:
    rows = results.known("chi_square_tails", "statistic, degrees_of_freedom, upper_tail")
    refused = {(1.0, 0.0), (1.0, 65.0), (1.0, 2.5), (-1.0, 3.0)}
    assert {row[:2] for row in rows} == known(chi_square_arguments()) - refused
    errors = {
        row[:2]: relative_error(row[2], exact.chi_square_tail(*row[:2]))
        for row in rows
        if row[0] < 1e5
    }
    assert len(errors) > 400
    assert worst(errors)[0] < CHI_SQUARE_TAIL, worst(errors)


def test_normal_quantile(results: Results) -> None:
    rows = results.known("normal_quantiles", "upper_tail, z")
    assert {tail for tail, _ in rows} == set(PROBABILITIES)
    errors = {
        (tail,): quantile_error(z, tail, exact.normal_tail(z), exact.normal_density(z))
        for tail, z in rows
    }
    assert worst(errors)[0] < QUANTILE, worst(errors)
    assert (0.5, 0.0) in rows


def test_student_quantile(results: Results) -> None:
    rows = results.known("student_quantiles", "upper_tail, degrees_of_freedom, statistic")
    asked = set(itertools.product(PROBABILITIES, map(float, STUDENT_DEGREES)))
    assert {row[:2] for row in rows} == asked
    errors = {
        (tail, degrees): quantile_error(
            statistic,
            tail,
            exact.student_tail(statistic, degrees),
            exact.student_density(statistic, degrees),
        )
        for tail, degrees, statistic in rows
    }
    assert worst(errors)[0] < QUANTILE, worst(errors)
    assert (0.5, 1.3, 0.0) in rows


def test_scipy_agrees_where_it_is_precise(results: Results) -> None:
    for z, tail in results.known("normal_tails", "z, upper_tail"):
        if is_precise((z,)):
            assert tail == pytest.approx(stats.norm.sf(z), rel=1e-12), z
    for tail, z in results.known("normal_quantiles", "upper_tail, z"):
        assert z == pytest.approx(stats.norm.isf(tail), rel=1e-12, abs=1e-12), tail
    for t, degrees, tail in results.known(
        "student_tails", "statistic, degrees_of_freedom, upper_tail"
    ):
        if 0.5 <= t < 1e5:  # near 0 it is off by 3e-9
            assert tail == pytest.approx(stats.t.sf(t, degrees), rel=1e-10), (t, degrees)
    for tail, degrees, t in results.known(
        "student_quantiles", "upper_tail, degrees_of_freedom, statistic"
    ):
        if 1e-20 <= tail <= 0.4:  # at 1e-100 it fails
            assert t == pytest.approx(stats.t.isf(tail, degrees), rel=1e-9), (tail, degrees)
    for x, degrees, tail in results.known(
        "chi_square_tails", "statistic, degrees_of_freedom, upper_tail"
    ):
        if x < 1e5:
            assert tail == pytest.approx(stats.chi2.sf(x, degrees), rel=1e-11), (x, degrees)


def test_tails_fall_with_the_statistic(results: Results) -> None:
    by_curve: dict[tuple, list] = {}
    for table in ("student_tails", "chi_square_tails"):
        columns = "statistic, degrees_of_freedom, upper_tail"
        for statistic, degrees, tail in results.known(table, columns):
            by_curve.setdefault((table, degrees), []).append((statistic, tail))
    by_curve["normal", None] = results.known("normal_tails", "z, upper_tail")
    for curve, points in by_curve.items():
        points.sort()
        for (low, above), (high, below) in itertools.pairwise(points):
            # near 1 and 0 doubles do not tell neighbours apart
            is_distinct = 1e-300 < above < 1 - 1e-10 and high - low > 1e-12 and high < 1e300
            falls = above > below if is_distinct else above >= below - 1e-15
            assert falls and 0 <= below <= 1, (curve, low, high)


def test_student_tail_falls_with_the_degrees_of_freedom(results: Results) -> None:
    tails = {
        row[1]: row[2]
        for row in results.known("student_tails", "statistic, degrees_of_freedom, upper_tail")
        if row[0] == 2.5
    }
    falling = [tails[float(degrees)] for degrees in STUDENT_DEGREES]
    assert all(above > below for above, below in itertools.pairwise(falling))
    assert falling[-1] > exact.normal_tail(2.5)


def test_both_tails_add_up_to_one(results: Results) -> None:
    normal = {((z,), tail) for z, tail in results.known("normal_tails", "z, upper_tail")}
    student = {
        ((t, n), tail)
        for t, n, tail in results.known(
            "student_tails", "statistic, degrees_of_freedom, upper_tail"
        )
    }
    for rows in (normal, student):
        tails = dict(rows)
        for (statistic, *degrees), tail in tails.items():
            mirrored = tails.get((-statistic, *degrees))
            if mirrored is not None:
                assert abs(tail + mirrored - 1) < 2.3e-16, (statistic, degrees)


def test_an_underflowing_tail_is_zero_and_its_mirror_one(results: Results) -> None:
    normal = dict(results.known("normal_tails", "z, upper_tail"))
    student = {
        row[:2]: row[2]
        for row in results.known("student_tails", "statistic, degrees_of_freedom, upper_tail")
    }
    chi_square = {
        row[:2]: row[2]
        for row in results.known("chi_square_tails", "statistic, degrees_of_freedom, upper_tail")
    }
    assert [normal[z] for z in (39.5, 1e9, 1e308, math.inf, -math.inf)] == [0, 0, 0, 0, 1]
    for degrees in (19.0, 30.0, 1e8):
        found = [student[z, degrees] for z in (1e308, math.inf, -math.inf)]
        assert found == [0, 0, 1], degrees
    for degrees in (1.0, 2.0, 64.0):
        assert [chi_square[x, degrees] for x in (1e5, 1e308, math.inf)] == [0, 0, 0], degrees


def test_quantiles_undo_tails(results: Results) -> None:
    errors = {}
    for z, tail, quantile in results.known("normal_round_trips", "z, upper_tail, quantile"):
        if abs(z) <= 37.5 and tail <= 0.9:  # above, 1 - tail has lost digits
            errors[z, None] = abs(quantile - z) / max(1, abs(z))
    columns = "statistic, degrees_of_freedom, upper_tail, quantile"
    for t, degrees, tail, quantile in results.known("student_round_trips", columns):
        if t < 1e300 and SMALLEST_TAIL <= tail <= 0.9:
            errors[t, degrees] = abs(quantile - t) / max(1, abs(t))
    assert len(errors) > 900
    assert worst(errors)[0] < QUANTILE, worst(errors)


def test_a_second_call_adds_a_second_column(results: Results) -> None:
    rows = results.rows(
        "called_twice", "statistic, degrees_of_freedom, upper_tail, half_upper_tail, more"
    )
    assert len(rows) == len(student_arguments())
    single = {
        row[:2]: row[2]
        for row in results.known("student_tails", "statistic, degrees_of_freedom, upper_tail")
    }
    for statistic, degrees, tail, half_tail, more in rows:
        assert more == 1
        assert tail == single.get((statistic, degrees))
        assert (tail is None) == (half_tail is None)
        if tail is not None and 0.1 < statistic < 40:
            expected = exact.student_tail(statistic / 2, degrees)
            assert relative_error(half_tail, expected) < STUDENT_TAIL, (statistic, degrees)


def test_every_row_comes_out_once_and_nothing_is_added_but_the_result(results: Results) -> None:
    columns = {
        "normal_tails": ("normal_arguments", "z more upper_tail"),
        "normal_quantiles": ("normal_probabilities", "upper_tail more z"),
        "student_tails": ("student_arguments", "statistic degrees_of_freedom more upper_tail"),
        "student_quantiles": (
            "student_probabilities",
            "upper_tail degrees_of_freedom more statistic",
        ),
        "chi_square_tails": (
            "chi_square_arguments",
            "statistic degrees_of_freedom more upper_tail",
        ),
    }
    for table, (grid, names) in columns.items():
        found = results.rows(table, f"{', '.join(names.split())}")
        arguments = results.grid(grid)
        assert len(results.rows(table)[0]) == len(names.split()), table
        assert Counter(map(str, (row[:-1] for row in found))) == Counter(map(str, arguments))


def test_no_argument_gives_no_row(results: Results) -> None:
    assert results.rows("of_nothing") == []


# Constants ---------------------------------------------------------------------------------------


def literals(macro: str, pattern: str) -> list[float]:
    """The numbers in a macro's file that the groups of a pattern catch, signs closed up."""
    found = re.findall(pattern, (MACROS / f"{macro}.sql").read_text(), flags=re.MULTILINE)
    assert found, (macro, pattern)
    return [float(number.replace(" ", "")) for number in found]


def test_polynomial_meets_the_scaled_normal_tail_in_the_chebyshev_points() -> None:
    with mp.workdps(60):
        points = [mp.cos((2 * j + 1) * mp.pi / 56) for j in range(28)]
        values = []
        for k in points:
            z = mpf(3.75) * (1 + k) / (1 - k)
            values.append((1 + z) * mp.exp(z * z / 2) * mp.erfc(z / mp.sqrt(2)) / 2)
        powers = mp.matrix([[k**power for power in range(28)] for k in points])
        expected = [float(value) for value in mp.lu_solve(powers, mp.matrix(values))]
    number = r"^ {8}((?:[+-] ?)?\d\.\d+e-?\d+)(?: \* normal_k\d?)?$"
    assert literals("_normal_scaled_tail", number) == expected


def test_nodes_are_those_of_gauss_and_legendre() -> None:
    positions = literals("_legendre_nodes", r"^ {8}\('(\S+)', ")
    weights = literals("_legendre_nodes", r", '(\S+)'\),$")
    assert len(set(positions)) == len(weights) == 28
    with mp.workdps(40):
        for position, weight in zip(positions, weights, strict=True):
            zero = mp.findroot(lambda x: mp.legendre(28, x), 2 * mpf(position) - 1)
            slope = 28 * mp.legendre(27, zero) / (1 - zero * zero)
            assert position == float((1 + zero) / 2)
            assert weight == float(1 / ((1 - zero * zero) * slope * slope))


def test_gamma_ratio_series_follows_from_bernoulli_polynomials() -> None:
    text = (MACROS / "_student_core.sql").read_text()
    series = text[text.index("student_r * (-") : text.index(") as student_lifted_scale")]
    found = [float(number) for number in re.findall(r"-?\d\.\d+e-?\d+", series)]
    found[-1] *= -1  # it is subtracted
    with mp.workdps(40):
        expected = [
            float((mp.bernpoly(k + 1, mpf(1) / 2) - mp.bernpoly(k + 1, 0)) / (k * (k + 1)))
            for k in range(1, 14, 2)
        ]
    assert found == expected


@pytest.mark.parametrize(
    ("macro", "pattern", "value"),
    [
        ("_student_core", r"sqrt\((\S+) \* student_lifted\)", lambda: 1 / (2 * mp.pi)),
        ("_student_quantile_step", r"student_angle - (\d\S+)", lambda: mp.log(2)),
        ("_normal_quantile_step", r"/ \((\S+) \* normal_scaled_tail\)", lambda: mp.sqrt(2 * mp.pi)),
        ("chi_square_tail", r"\+ (\S+) \* sqrt\(chi_square_h\)", lambda: 2 / mp.sqrt(mp.pi)),
    ],
)
def test_a_constant_is_what_its_comment_says(
    macro: str, pattern: str, value: Callable[[], mpf]
) -> None:
    with mp.workdps(40):
        expected = float(value())
    assert set(literals(macro, pattern)) == {expected}
