"""The statistics of the table: Student's interval for a mean, Welch's test for the difference of two.

Sources: Student (1908), "The probable error of a mean"; Welch (1947), "The generalization of Student's problem when
several different population variances are involved"; the incomplete beta function by Lentz's continued fraction
(Numerical Recipes, 3rd edition, section 6.4), to about 1e-12.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

from sweeps.frozen import Frozen

CONFIDENCE = 0.95


class Summary(Frozen):
    """Mean and spread of one number over seeds."""

    mean: float
    """The arithmetic mean."""
    std: float | None
    """The sample standard deviation (divisor n - 1); null for one seed."""
    n: int
    """How many seeds gave a finite number."""
    low: float | None
    """Lower end of the 95 % confidence interval of the mean (Student's t), not beyond what the metric can be; null for
    one seed."""
    high: float | None
    """Upper end of that interval."""


class Comparison(Frozen):
    """The difference of two means by Welch's test."""

    difference: float
    """First mean minus second."""
    low: float | None
    """Lower end of the 95 % confidence interval of the difference; null where a mean has one seed."""
    high: float | None
    """Upper end of that interval."""
    p_value: float | None
    """Probability of so large a difference between equal means, two-sided; null where a mean has one seed."""
    supported: bool
    """Whether the seeds support a difference: p below 5 %."""


def summarise(values: Sequence[float], between: tuple[float, float] = (-math.inf, math.inf)) -> Summary | None:
    """None for no values. `between`: where each value, and so the mean, must lie; the interval ends there."""
    n = len(values)
    if n == 0:
        return None
    mean = math.fsum(values) / n
    if n == 1:
        return Summary(mean=mean, std=None, n=1, low=None, high=None)
    std = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    margin = student_quantile(n - 1) * std / math.sqrt(n)
    low, high = max(mean - margin, between[0]), min(mean + margin, between[1])
    return Summary(mean=mean, std=std, n=n, low=low, high=high)


def welch(first: Summary, second: Summary) -> Comparison:
    """Compares two means whose spreads may differ. Where neither has any spread, every difference is supported."""
    difference = first.mean - second.mean
    if first.std is None or second.std is None:
        return Comparison(difference=difference, low=None, high=None, p_value=None, supported=False)
    a, b = first.std**2 / first.n, second.std**2 / second.n
    if a + b == 0.0:
        p_value = float(difference == 0.0)
        return Comparison(
            difference=difference, low=difference, high=difference, p_value=p_value, supported=p_value == 0
        )
    degrees = 1.0 / ((a / (a + b)) ** 2 / (first.n - 1) + (b / (a + b)) ** 2 / (second.n - 1))
    error = math.sqrt(a + b)
    margin = student_quantile(degrees) * error
    p_value = student_tails(difference / error, degrees)
    return Comparison(
        difference=difference,
        low=difference - margin,
        high=difference + margin,
        p_value=p_value,
        supported=p_value < 1.0 - CONFIDENCE,
    )


def student_tails(t: float, degrees: float) -> float:
    """The probability of |T| > |t| under Student's distribution: I_x(ν/2, 1/2) with x = ν / (ν + t²)."""
    return _incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5)


@lru_cache(maxsize=1024)
def student_quantile(degrees: float, confidence: float = CONFIDENCE) -> float:
    """The t that |T| stays below with probability `confidence`, by Newton's method from the normal distribution's.

    That lies below it, and the tails are convex: every step is forward and none goes too far, until rounding ends them.
    """
    t, step = NormalDist().inv_cdf((1.0 + confidence) / 2.0), math.inf
    while step > 1e-13 * t:
        step = (student_tails(t, degrees) - (1.0 - confidence)) / (2.0 * _student_density(t, degrees))
        t += step
    return t


def _student_density(t: float, degrees: float) -> float:
    size = math.lgamma((degrees + 1.0) / 2.0) - math.lgamma(degrees / 2.0) - 0.5 * math.log(degrees * math.pi)
    return math.exp(size - (degrees + 1.0) / 2.0 * math.log1p(t * t / degrees))


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) for 0 ≤ x ≤ 1."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x),
    )
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(x, a, b) / a
    return 1.0 - front * _continued_fraction(1.0 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0), tiny)
    fraction = d
    for m in range(1, 1_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d, tiny)
            c = _away_from_zero(1.0 + term / c, tiny)
            fraction *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return fraction


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
