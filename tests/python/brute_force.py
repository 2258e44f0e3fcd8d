"""What the statistics of a comparison must be, from its units and the textbook formulas.

Nothing is taken from sums: ratios are linearised unit by unit. Small comparisons are computed in
fractions, so that a variance of 0 is 0, the others in extended precision.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import special, stats
from statistics_project import Arm, Comparison

MAX_UNITS_IN_FRACTIONS = 300
MAX_LOG_WIDTH = 600  # above, bounds are not given
Number = Fraction | np.longdouble | int


@dataclass(frozen=True)
class Estimate:
    """One estimator's moments of both arms; None where there is no such number."""

    theta: float | None
    control_mean: float | None
    treatment_mean: float | None
    control_squared_error: float | None
    treatment_squared_error: float | None
    control_degrees_of_freedom: float | None
    treatment_degrees_of_freedom: float | None
    effect: float | None
    effective_units: float


def as_exact(arm: Arm, in_fractions: bool) -> dict[str, np.ndarray]:
    def exact(values: np.ndarray) -> np.ndarray:
        if in_fractions:
            return np.array([Fraction(int(value)) for value in values], dtype=object)
        return values.astype(np.longdouble)

    return {letter: exact(getattr(arm, letter)) for letter in "ydxw"}


def mean(values: np.ndarray) -> Number:
    return values.sum() / len(values)


def squares(first: np.ndarray, second: np.ndarray) -> Number:
    """The sum of products about the means."""
    return ((first - mean(first)) * (second - mean(second))).sum()


def over(dividend: Number | None, divisor: Number | None) -> Number | None:
    return None if dividend is None or divisor is None or divisor == 0 else dividend / divisor


def as_float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def estimate(
    comparison: Comparison, estimator: str, max_units_in_fractions: int = MAX_UNITS_IN_FRACTIONS
) -> Estimate | None:
    """Stratified ratios of both arms, adjusted by the covariate for `cuped`.

    Strata count by their units, the same in both arms. The adjustment has one theta, from products
    within strata over both arms together. None where no stratum has both arms.
    """
    strata = comparison.strata
    if not strata:
        return None
    sizes = {name: sum(len(arm) for arm in arms.values()) for name, arms in strata.items()}
    total = sum(sizes.values())
    in_fractions = total <= max_units_in_fractions
    weights = {name: Fraction(size, total) for name, size in sizes.items()}
    if not in_fractions:
        weights = {name: np.longdouble(sizes[name]) / total for name in sizes}
    units = {
        name: {arm: as_exact(strata[name][arm], in_fractions) for arm in strata[name]}
        for name in strata
    }
    for arms in units.values():
        arms["pair"] = {
            letter: np.concatenate([arms["control"][letter], arms["treatment"][letter]])
            for letter in "ydxw"
        }

    def weighted(arm: str, letter: str) -> Number:
        return sum(weights[name] * mean(units[name][arm][letter]) for name in units)

    def linear(name: str, arm: str, ratio: str) -> np.ndarray | None:
        """Each unit's part of an arm's ratio, by the delta method."""
        over_letter = {"y": "d", "x": "w"}[ratio]
        denominator = weighted(arm, over_letter)
        if denominator == 0:
            return None
        value = weighted(arm, ratio) / denominator
        parts = units[name][arm]
        return (parts[ratio] - value * parts[over_letter]) / denominator

    ratios = {
        arm: {
            "y": over(weighted(arm, "y"), weighted(arm, "d")),
            "x": over(weighted(arm, "x"), weighted(arm, "w")),
        }
        for arm in ("control", "treatment", "pair")
    }

    theta: Number = 0
    has_ratios = all(ratio["x"] is not None for ratio in ratios.values())
    if estimator == "cuped" and has_ratios and ratios["pair"]["y"] is not None:
        xx = sum(squares(linear(name, "pair", "x"), linear(name, "pair", "x")) for name in units)
        yx = sum(squares(linear(name, "pair", "y"), linear(name, "pair", "x")) for name in units)
        theta = over(yx, xx) or 0

    means: dict[str, Number | None] = {}
    errors: dict[str, list[tuple[Number, int]] | None] = {}
    for arm in ("control", "treatment"):
        value = ratios[arm]["y"]
        means[arm] = value
        if value is not None and theta != 0:
            means[arm] = value - theta * (ratios[arm]["x"] - ratios["pair"]["x"])
        errors[arm] = None if value is None else []
        for name in units:
            n = len(units[name][arm]["y"])
            if value is None or n == 1:
                errors[arm] = None
                break
            adjusted = linear(name, arm, "y")
            if theta != 0:
                adjusted = adjusted - theta * linear(name, arm, "x")
            variance = squares(adjusted, adjusted) / (n - 1)
            errors[arm].append((weights[name] ** 2 * variance / n, n))

    scale = comparison.value_scale / comparison.denominator_scale
    has_means = None not in means.values()
    effect = means["treatment"] - means["control"] if has_means else None
    return Estimate(
        theta=as_float(theta) if estimator == "cuped" else None,
        control_mean=scaled(means["control"], scale),
        treatment_mean=scaled(means["treatment"], scale),
        control_squared_error=scaled(total_error(errors["control"]), scale**2),
        treatment_squared_error=scaled(total_error(errors["treatment"]), scale**2),
        control_degrees_of_freedom=degrees_of_freedom(errors["control"]),
        treatment_degrees_of_freedom=degrees_of_freedom(errors["treatment"]),
        effect=scaled(effect, scale),
        effective_units=effective_units(comparison),
    )


def scaled(value: Number | None, scale: Fraction) -> float | None:
    if value is None:
        return None
    if isinstance(value, Fraction):
        return float(value * scale)
    return float(value * np.longdouble(scale.numerator) / np.longdouble(scale.denominator))


def total_error(errors: list[tuple[Number, int]] | None) -> Number | None:
    return None if errors is None else sum(error for error, _ in errors)


def degrees_of_freedom(errors: list[tuple[Number, int]] | None) -> float | None:
    """Satterthwaite's, of an arm's strata; where nothing varies their n - 1 added up."""
    if errors is None:
        return None
    total = sum(error for error, _ in errors)
    if total == 0:
        return float(sum(n - 1 for _, n in errors))
    return float(total**2 / sum(error**2 / (n - 1) for error, n in errors))


def effective_units(comparison: Comparison) -> float:
    strata = comparison.strata
    total = sum(len(arm) for arms in strata.values() for arm in arms.values())
    if len(strata) == 1:
        return float(total)
    parts = [
        (sum(map(len, arms.values())) / total) ** 2
        * (1 / len(arms["control"]) + 1 / len(arms["treatment"]))
        for arms in strata.values()
    ]
    return 4 / sum(parts)


@dataclass(frozen=True)
class Welch:
    standard_error: float | None
    degrees_of_freedom: float | None
    statistic: float | None
    p_value: float | None
    effect_ci_lower: float | None
    effect_ci_upper: float | None


def satterthwaite(control: float, treatment: float, found: Estimate) -> float:
    return (control + treatment) ** 2 / (
        control**2 / found.control_degrees_of_freedom
        + treatment**2 / found.treatment_degrees_of_freedom
    )


def two_sided(statistic: float, degrees: float) -> float:
    if abs(statistic) > 0.7:
        return 2 * stats.t.sf(abs(statistic), degrees)
    # near 0 that is off by 3e-9
    return 1 - special.betainc(0.5, degrees / 2, statistic**2 / (degrees + statistic**2))


def upper_tail(statistic: float, degrees: float) -> float:
    tail = two_sided(statistic, degrees) / 2
    return tail if statistic >= 0 else 1 - tail


def has_variance(found: Estimate) -> bool:
    errors = (found.control_squared_error, found.treatment_squared_error)
    return None not in errors and sum(errors) > 0


def welch(found: Estimate, alpha: float) -> Welch:
    if not has_variance(found):
        return Welch(None, None, None, None, None, None)
    error = math.sqrt(found.control_squared_error + found.treatment_squared_error)
    degrees = satterthwaite(found.control_squared_error, found.treatment_squared_error, found)
    width = stats.t.isf(alpha / 2, degrees) * error
    return Welch(
        standard_error=error,
        degrees_of_freedom=degrees,
        statistic=found.effect / error,
        p_value=two_sided(found.effect / error, degrees),
        effect_ci_lower=found.effect - width,
        effect_ci_upper=found.effect + width,
    )


def relative_effect(found: Estimate, alpha: float) -> tuple[float | None, ...]:
    """The effect and its bounds, relative to the control."""
    means = (found.control_mean, found.treatment_mean)
    if None in means or min(means) <= 0:
        return None, None, None
    ratio = found.treatment_mean / found.control_mean
    if not has_variance(found):
        return ratio - 1, None, None
    control = found.control_squared_error / found.control_mean**2
    treatment = found.treatment_squared_error / found.treatment_mean**2
    degrees = satterthwaite(control, treatment, found)
    width = stats.t.isf(alpha / 2, degrees) * math.sqrt(control + treatment)
    if width >= MAX_LOG_WIDTH:
        return ratio - 1, None, None
    return ratio - 1, ratio * math.exp(-width) - 1, ratio * math.exp(width) - 1


def non_inferiority(found: Estimate, direction: str, margin: float | None) -> tuple:
    """The p-values that the treatment is not worse, and worse, than the margin."""
    if margin is None or not has_variance(found) or found.control_mean <= 0:
        return None, None
    factor = 1 - margin if direction == "up" else 1 + margin
    control = factor**2 * found.control_squared_error
    error = math.sqrt(control + found.treatment_squared_error)
    if error == 0:
        return None, None
    better = found.treatment_mean - factor * found.control_mean
    statistic = (better if direction == "up" else -better) / error
    degrees = satterthwaite(control, found.treatment_squared_error, found)
    return upper_tail(statistic, degrees), upper_tail(-statistic, degrees)


def always_valid(
    effect: float, error: float | None, units: float, alpha: float, planned: int | None
) -> tuple[float | None, ...]:
    """The p-value and bounds of the asymptotic confidence sequence, written with N and rho."""
    if error is None or units < 100:
        return None, None, None
    n = units
    rho = math.sqrt((-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / (planned or 5000))
    width = (
        error
        * math.sqrt(n)
        * math.sqrt(
            2 * (n * rho**2 + 1) / (n**2 * rho**2) * math.log(math.sqrt(n * rho**2 + 1) / alpha)
        )
    )
    exponent = -(rho**2) * n * (effect / error) ** 2 / (2 * (n * rho**2 + 1))
    p_value = min(1.0, math.sqrt(n * rho**2 + 1) * math.exp(exponent))
    return p_value, effect - width, effect + width


def posterior(
    effect: float,
    error: float | None,
    control_mean: float,
    direction: str,
    prior: tuple[float | None, float | None],
) -> tuple[float | None, float | None]:
    """The probability that the treatment is better and the expected loss, in closed form."""
    if error is None:
        return None, None
    gain = -effect if direction == "down" else effect
    center, deviation = gain, error
    if prior[1] is not None and control_mean != 0:
        prior_center, prior_deviation = (abs(control_mean) * number for number in prior)
        share = prior_deviation**2 / (prior_deviation**2 + error**2)
        center = share * gain + (1 - share) * prior_center
        deviation = math.sqrt(share) * error
    score = center / deviation
    loss = deviation * stats.norm.pdf(score) - center * stats.norm.cdf(-score)
    return stats.norm.cdf(score), max(loss, 0.0)
