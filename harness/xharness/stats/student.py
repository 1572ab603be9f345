"""Student's t from the parts of a variance: standard error, interval, p value and power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from xharness.stats.components import Component, Parts
from xharness.stats.samples import Floats

LEVEL = 0.05
"""Two-sided: intervals are of 95 %."""
POWER = 0.8
"""Chance of detecting an effect that is called detectable (Cohen 1988, section 2.4)."""
LUCKY = 0.25
"""Chance that seeds agree more, by luck, than the degrees of freedom allow for; see `student`.
Chosen with benchmarks/calibration.py."""

_HALVINGS = 20
"""Bisection steps for the detectable difference, between a value and its double: the result is
exact to a millionth."""
_ERRORS = 16
"""Number of equally likely true errors over which power is averaged; with 3,000 the result is
0.3 % larger at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """The standard error of an estimated value, and its degrees of freedom."""

    error: float
    """Standard error, in points."""
    degrees: float
    """Degrees of freedom of the test; infinite where nothing varies."""
    known: float | None = None
    """Degrees of freedom of the estimate of `error`, for power; None for those of the test."""

    @property
    def half(self) -> float:
        """Return half the width of the 95 % interval, in points."""
        return self.error * self._bound() if self.error else 0.0

    def p(self, value: float) -> float:
        """Return the two-sided p value of the hypothesis that the true value is zero.

        Args:
            value: The estimated value, in points.
        """
        if not self.error:
            return float(value == 0)
        # Importing scipy.stats would take ten times as long.
        from scipy import special

        t = -abs(value) / self.error
        infinite = math.isinf(self.degrees)
        return float(2 * (special.ndtr(t) if infinite else special.stdtr(self.degrees, t)))

    def power(self, effect: float, level: float = LEVEL) -> float:
        """Return the chance that new seeds and items like these find a true difference.

        The standard error is itself an estimate, so the chance is averaged over the true errors
        that are plausible given it.

        Args:
            effect: The true difference, in points; not negative.
            level: Largest p value that counts as found.

        Source:
            Cohen 1988, section 2.3: the noncentral t distribution, without the negligible chance
            of a significant difference in the wrong direction. Julious and Owen 2006: averaging
            over an estimated variance.
        """
        if not self.error:
            return float(effect > 0)
        from scipy import special

        bound = self._bound(level)
        # Beyond this the power is 1, and nctdtr is no longer exact.
        away = np.minimum(effect / self.error * self._estimated_by_true(), 4 * bound + 40)
        if math.isinf(self.degrees):
            return float(special.ndtr(away - bound).mean())
        return float(1 - special.nctdtr(self.degrees, away, bound).mean())

    def detectable(self, power: float = POWER, level: float = LEVEL) -> float:
        """Return the smallest true difference that is found significant with this power.

        Args:
            power: The chance, up to 0.99.
            level: Largest p value that counts as found.
        """
        if not self.error:
            return 0.0
        # scipy's own inverse, nctdtrinc, does not return for some degrees near one.
        low, high = 0.0, self.error
        while self.power(high, level) < power:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.power(middle, level) < power else (low, middle)
        return (low + high) / 2

    def _estimated_by_true(self) -> Floats:
        """Return equally likely ratios of the estimated to the true error; shape (n,)."""
        known = self.degrees if self.known is None else self.known
        return _chi(known) if math.isfinite(known) else np.ones(1)

    def _bound(self, level: float = LEVEL) -> float:
        """Return the two-sided critical value of t, or of z if the degrees are infinite."""
        from scipy import special

        if math.isinf(self.degrees):
            return float(special.ndtri(1 - level / 2))
        return float(special.stdtrit(self.degrees, 1 - level / 2))


@lru_cache(maxsize=256)
def _chi(degrees: float) -> Floats:
    """Return the midpoint quantiles of chi / sqrt(degrees), shape (`_ERRORS`,)."""
    from scipy import special

    middles = (np.arange(_ERRORS) + 0.5) / _ERRORS
    ratios: Floats = np.sqrt(special.chdtri(degrees, middles) / degrees)
    return ratios


def student(parts: Parts, known: Parts | None = None) -> Student:
    """Return the standard error and degrees of freedom of a sum of independent parts.

    Welch and Satterthwaite use the estimated variances as if they were the true ones. Where two
    or three seeds happen to agree, their part looks small, the degrees of freedom are those of
    the many items, and the interval is too narrow. Here the degrees are computed with larger
    variances over seeds: so large that estimates as small as those observed have a chance of
    `LUCKY`. Where only seeds vary, this is Welch's test.

    Args:
        parts: What the variance is made of.
        known: The estimated parts from which `parts` were computed, for `Student.known`; None if
            `parts` are the estimated ones.

    Source:
        Satterthwaite 1946; Welch 1947; the correction is this project's, see
        docs/decisions/0012-what-an-interval-is-made-of.md.
    """
    variance = math.fsum(p.variance for p in parts.all())
    if variance <= 0:
        return Student(error=0.0, degrees=math.inf)
    factor = _allowance(parts.seeds)
    cautious = tuple(Component(factor * p.variance, p.degrees) for p in parts.seeds)
    return Student(
        error=math.sqrt(variance),
        degrees=_degrees(replace(parts, seeds=cautious).all()),
        known=None if known is None else _degrees(known.all()),
    )


def _degrees(parts: Sequence[Component]) -> float:
    """Return Satterthwaite's degrees of freedom of a sum; infinite where nothing varies."""
    variance = math.fsum(p.variance for p in parts)
    if variance <= 0:
        return math.inf
    spread = math.fsum(p.variance**2 / p.degrees for p in parts)
    # A part from which overlaps were subtracted can have less than one degree; t uses at least one.
    return max(variance**2 / spread, 1.0)


def _allowance(seeds: Sequence[Component]) -> float:
    """Return by which factor the true variances over seeds may exceed the estimated ones.

    Only arms that vary count: in a model without training, equal seeds are no luck.
    """
    varying = [p.degrees for p in seeds if p.variance > 0]
    if not varying:
        return 1.0
    return _factor(min(varying), LUCKY ** (1 / len(varying)))


@lru_cache(maxsize=256)
def _factor(degrees: float, chance: float) -> float:
    """Return true / estimated variance where an estimate is so small or smaller with `chance`."""
    from scipy import special

    return degrees / float(special.chdtri(degrees, 1 - chance))
