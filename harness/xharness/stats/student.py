"""Student's t from the parts of a variance: standard error, interval, p value and power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xharness.stats.components import Component

LEVEL = 0.05
"""Two-sided: intervals are of 95 %."""
POWER = 0.8
"""Chance of detecting an effect that is called detectable (Cohen 1988, section 2.4)."""


_HALVINGS = 30
"""Bisection steps for the detectable difference. The first interval is at most 35 standard errors
wide, so the result is exact to a ten-millionth of a standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """The t distribution of an estimated value around its true one."""

    error: float
    """Standard error, in points."""
    degrees: float
    """Degrees of freedom; infinite where nothing varies."""

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

    def detectable(self, power: float = POWER) -> float:
        """Return the smallest true difference that is found significant with this power.

        Args:
            power: Chance of finding it, up to 0.99.

        Source:
            Cohen 1988, section 2.3: the noncentral t distribution. The negligible chance of a
            significant difference in the wrong direction is left out.
        """
        if not self.error:
            return 0.0
        from scipy import special

        if math.isinf(self.degrees):
            return self.error * (self._bound() + float(special.ndtri(power)))
        # scipy's own inverse, nctdtrinc, does not return for some degrees near one.
        bound = self._bound()
        low, high = 0.0, _furthest(bound)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            missed = float(special.nctdtr(self.degrees, middle, bound))
            low, high = (middle, high) if missed > 1 - power else (low, middle)
        return self.error * (low + high) / 2

    def detects(self, effect: float, power: float = POWER) -> bool:
        """Return whether `effect` is at least `detectable(power)`, without the search for it.

        Args:
            effect: A true difference, in points, above zero.
            power: As in `detectable`.
        """
        if not self.error or math.isinf(self.degrees):
            return self.detectable(power) <= effect
        from scipy import special

        bound, away = self._bound(), effect / self.error
        if away >= _furthest(bound):
            return True
        return float(special.nctdtr(self.degrees, away, bound)) <= 1 - power

    def _bound(self) -> float:
        """Return the two-sided 5 % critical value of t, or of z if the degrees are infinite."""
        from scipy import special

        if math.isinf(self.degrees):
            return float(special.ndtri(1 - LEVEL / 2))
        return float(special.stdtrit(self.degrees, 1 - LEVEL / 2))


def _furthest(bound: float) -> float:
    """Return a number of standard errors at which the power is above 0.99, given the t value.

    It is the upper end for a bisection, so it only has to be large enough.
    """
    return 2 * bound + 10


def student(parts: Sequence[Component]) -> Student:
    """Return the standard error and degrees of freedom of a sum of independent parts.

    Source:
        Satterthwaite 1946; Welch 1947.
    """
    variance = math.fsum(p.variance for p in parts)
    if variance <= 0:
        return Student(error=0.0, degrees=math.inf)
    spread = math.fsum(p.variance**2 / p.degrees for p in parts)
    # A part from which overlaps were subtracted can have less than one degree; t uses at least one.
    return Student(error=math.sqrt(variance), degrees=max(variance**2 / spread, 1.0))
