"""Arrays in, numbers out: how sure we can be of a mean over languages, and of a difference.

Nothing here knows of tasks, files or the store; a metric comes in as a function from totals to
percent. Importing this package imports numpy, so commands import it where they use it.

Strategies, over seeds: `difference`, `compare`, `between_groups`, `between_languages`, `interval`
for these languages, `sampled`, `sampled_between` for languages at large, `seeds_needed`, `ranks`;
many at once: `holm`, `record`. Two trained models: `mcnemar`, `paired_bootstrap`, `randomisation`.
One model in several languages: `agreement`, `kappa`, `rank_c`. What cannot be estimated is None.
"""

from __future__ import annotations

from xharness.stats.agreement import agreement, kappa, rank_c
from xharness.stats.components import Component, Parts
from xharness.stats.difference import (
    Difference,
    Mean,
    between_groups,
    between_languages,
    compare,
    difference,
    interval,
    seeds_needed,
)
from xharness.stats.families import Rank, Record, holm, ranks, record, significant
from xharness.stats.languages import sampled, sampled_between
from xharness.stats.mcnemar import McNemar, mcnemar
from xharness.stats.proportion import Proportion, wilson
from xharness.stats.samples import Arm, Drawn, Sample, Training, draw
from xharness.stats.trained import Paired, paired_bootstrap, randomisation

__all__ = [
    "Arm",
    "Component",
    "Difference",
    "Drawn",
    "McNemar",
    "Mean",
    "Paired",
    "Parts",
    "Proportion",
    "Rank",
    "Record",
    "Sample",
    "Training",
    "agreement",
    "between_groups",
    "between_languages",
    "compare",
    "difference",
    "draw",
    "holm",
    "interval",
    "kappa",
    "mcnemar",
    "paired_bootstrap",
    "randomisation",
    "rank_c",
    "ranks",
    "record",
    "sampled",
    "sampled_between",
    "seeds_needed",
    "significant",
    "wilson",
]
