"""Tails and densities of distributions to 50 digits, by other formulas than the macros use."""

from __future__ import annotations

from mpmath import mp, mpf

DIGITS = 50


def normal_tail(z: float) -> mpf:
    """P(Z > z)."""
    with mp.workdps(DIGITS):
        return mp.erfc(mpf(z) / mp.sqrt(2)) / 2


def normal_density(z: float) -> mpf:
    with mp.workdps(DIGITS):
        return mp.npdf(mpf(z))


def student_tail(statistic: float, degrees_of_freedom: float) -> mpf:
    """P(T > statistic), by the incomplete beta function."""
    with mp.workdps(DIGITS):
        t, n = mpf(statistic), mpf(degrees_of_freedom)
        tail = mp.betainc(n / 2, mpf(1) / 2, 0, n / (n + t * t), regularized=True) / 2
        return tail if t >= 0 else 1 - tail


def student_density(statistic: float, degrees_of_freedom: float) -> mpf:
    with mp.workdps(DIGITS):
        t, n = mpf(statistic), mpf(degrees_of_freedom)
        log_scale = mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2) - mp.log(n * mp.pi) / 2
        return mp.exp(log_scale - (n + 1) / 2 * mp.log1p(t * t / n))


def chi_square_tail(statistic: float, degrees_of_freedom: float) -> mpf:
    """P(X > statistic), by the incomplete gamma function."""
    with mp.workdps(DIGITS):
        half = mpf(degrees_of_freedom) / 2
        return mp.gammainc(half, mpf(statistic) / 2, mp.inf, regularized=True)


def where_tail_is(tail: float, tail_at, low: float, high: float) -> float:
    """Find by bisection where a falling function `tail_at` passes a value."""
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if tail_at(middle) > tail else (low, middle)
    return low
