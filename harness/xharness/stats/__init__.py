"""Intervals and tests for means over languages and for differences, from arrays.

Nothing here knows of tasks, files or the store; a metric is passed as a function from totals to
percent. Importing this package imports numpy, so commands import it where they use it.

`draw` resamples a strategy's examples; all else works on its result. Claims about the languages
that were tested: `compare`, `between_groups`, `between_languages`, `seeds_needed`, `ranks`. Claims
about languages at large: `sampled`, `sampled_between`. Many tests at once: `holm`, `level_left`,
`significant`, `record`. One model in several languages: `agreement`, `kappa`, `rank_c`. What cannot
be estimated is None.
"""

from __future__ import annotations

from xharness.stats.agreement import agreement, kappa, rank_c
from xharness.stats.components import Component, Parts
from xharness.stats.difference import (
    Mean,
    MeanDifference,
    between_groups,
    between_languages,
    compare,
    seeds_needed,
)
from xharness.stats.languages import sampled, sampled_between
from xharness.stats.multiple_testing import (
    Rank,
    Record,
    holm,
    level_left,
    ranks,
    record,
    significant,
)
from xharness.stats.samples import Arm, Drawn, Sample, Training, draw

__all__ = [
    "Arm",
    "Component",
    "Drawn",
    "Mean",
    "MeanDifference",
    "Parts",
    "Rank",
    "Record",
    "Sample",
    "Training",
    "agreement",
    "between_groups",
    "between_languages",
    "compare",
    "draw",
    "holm",
    "kappa",
    "level_left",
    "rank_c",
    "ranks",
    "record",
    "sampled",
    "sampled_between",
    "seeds_needed",
    "significant",
]
