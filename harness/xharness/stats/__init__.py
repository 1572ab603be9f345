"""Arrays in, numbers out: how sure we can be of a mean over languages, and of a difference.

Nothing here knows of tasks, files or the store; a metric comes in as a function from totals to
percent. Importing this package imports numpy, so commands import it where they use it.
"""

from __future__ import annotations

from xharness.stats.components import Difference, Mean, difference, interval
from xharness.stats.proportion import Proportion, wilson
from xharness.stats.samples import Arm, Sample

__all__ = [
    "Arm",
    "Difference",
    "Mean",
    "Proportion",
    "Sample",
    "difference",
    "interval",
    "wilson",
]
