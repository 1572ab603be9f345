"""How often a 95 % interval of `xharness.stats` holds the truth, on scores made to order.

`python benchmarks/calibration.py [REPEATS]` prints two tables and fails where a figure is out of
bounds: coverage of at least 93.5 %, with five seeds or more at most 97.5 %, and false positives
of at most 6 %.

The generator knows nothing of the estimator. Two strategies, S trainings each, are scored on the
same n items in 8 languages. An answer is right where

    item + translation + strategy's own + training's own > bound

with independent normal terms: the item (SD 0.7, shared by its 8 translations), its translation
(0.5), what the strategy makes of it (0.5), and what each training makes of it (1.0: two trainings
of one strategy disagree on one answer in four). The bound of a training is set so that it
would have p + SD * g percent of all items that there could be, with p of 70 or, for a strategy
that is truly ahead, 72; g is standard normal, once per training: seeds move all languages alike.
So the true difference is 2 points, or none, exactly. Coverage is taken from the first and false
positives from the second.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import special

from xharness.stats import Drawn, MeanDifference, Sample, compare, draw, sampled
from xharness.stats.samples import cluster_weights

Floats = npt.NDArray[np.float64]

LANGUAGES, RESAMPLES, SHARE, AHEAD = 8, 500, 70.0, 2.0
ITEM, TRANSLATION, STRATEGY, TRAINING = 0.7, 0.5, 0.5, 1.0
SPREAD = (ITEM**2 + TRANSLATION**2 + STRATEGY**2 + TRAINING**2) ** 0.5
NORMAL = float(special.ndtri(0.975))
FEWEST, MOST, FALSE = 93.5, 97.5, 6.0
"""Percent: bounds of coverage, and of false positives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One line of a table."""

    seed_sd: float
    """Points."""
    items: int
    seeds: int


def abilities(rng: np.random.Generator, at: Setting) -> Iterator[Floats]:
    """Yield, for two strategies, what is compared with the bounds; (seeds, items, languages)."""

    def normal(sd: float, *shape: int) -> Floats:
        return np.float32(sd) * rng.standard_normal(shape, dtype=np.float32)

    common = normal(ITEM, at.items, 1) + normal(TRANSLATION, at.items, LANGUAGES)
    for _ in range(2):
        own = common + normal(STRATEGY, at.items, LANGUAGES)
        yield own + normal(TRAINING, at.seeds, at.items, LANGUAGES)


def bounds(shares: Floats) -> Floats:
    """Return what an ability must exceed for these shares of all items, in percent, to do so."""
    return np.asarray(-SPREAD * special.ndtri(shares / 100), dtype=np.float32)


def trainings(rng: np.random.Generator, at: Setting) -> tuple[Floats, Floats, Floats]:
    """Return how right each item is, over languages, of two equal strategies and a better one.

    Each has shape (seeds, items), in percent; the better one is the first with lower bounds.
    """
    ours, theirs = abilities(rng, at)
    shares = SHARE + at.seed_sd * rng.standard_normal((2, at.seeds, 1, 1))
    return (
        100 * (ours > bounds(shares[0])).mean(2),
        100 * (theirs > bounds(shares[1])).mean(2),
        100 * (ours > bounds(shares[0] + AHEAD)).mean(2),
    )


class Weights:
    """Resamples that are drawn once and taken in turn from a random place."""

    def __init__(self, items: int, rng: np.random.Generator) -> None:
        """Draw eight times as many as are used at once."""
        self._rows = np.concatenate(list(cluster_weights(items, 8 * RESAMPLES, rng))) / items
        self._rng = rng

    def take(self) -> Floats:
        """Return as many resamples as `xharness.stats` takes; shape (resamples, items)."""
        start = self._rng.integers(len(self._rows) - RESAMPLES + 1)
        return self._rows[start : start + RESAMPLES]


def drawn(scores: Floats, weights: Floats) -> Drawn:
    """Return what `xharness.stats.draw` would, for means over items.

    Args:
        scores: Shape (seeds, items) or (seeds, items, languages), percent.
        weights: Shape (resamples, items).
    """
    cube = scores if scores.ndim == 3 else scores[:, :, None]
    seeds, items, languages = cube.shape
    flat = np.moveaxis(cube, 1, 0).reshape(items, seeds * languages)
    return Drawn(
        observed=cube.mean(1),
        resampled=(weights @ flat).reshape(len(weights), seeds, languages),
        clusters=items,
        items="same",
    )


def unclustered(ours: Floats, theirs: Floats) -> tuple[float, float]:
    """Return the interval that takes every answer of every training as independent."""
    variance = 0.0
    for scores in (ours, theirs):
        share = scores.mean()
        variance += share * (100 - share) / (scores.size * LANGUAGES)
    return around(ours.mean() - theirs.mean(), NORMAL * variance**0.5)


def items_only(ours: Drawn, theirs: Drawn) -> tuple[float, float]:
    """Return the interval of an item bootstrap: the seeds are the only ones there could be."""
    apart = (ours.resampled.mean(1) - theirs.resampled.mean(1)).ravel()
    value = ours.observed.mean() - theirs.observed.mean()
    return around(value, NORMAL * apart.std(ddof=1))


def both_resampled(ours: Drawn, theirs: Drawn, rng: np.random.Generator) -> tuple[float, float]:
    """Return the percentile interval of a bootstrap of items and, of each arm, seeds."""
    means = []
    for arm in (ours, theirs):
        scores = arm.resampled[:, :, 0]
        seeds = rng.integers(scores.shape[1], size=scores.shape)
        means.append(np.take_along_axis(scores, seeds, axis=1).mean(1))
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return float(low), float(high)


def around(value: float, half: float) -> tuple[float, float]:
    """Return an interval."""
    return float(value - half), float(value + half)


def ends(found: MeanDifference) -> tuple[float, float]:
    """Return the interval of an estimated difference."""
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


def line(at: Setting, repeats: int, seed: int) -> tuple[Floats, float, float]:
    """Return the coverage of four intervals, the last one's false positives, and its half width.

    The first two are in percent, the third in points.
    """
    rng = np.random.default_rng(seed)
    weights = Weights(at.items, rng)
    held, false, width = np.zeros(4), 0, 0.0
    for _ in range(repeats):
        ours, theirs, better = trainings(rng, at)
        taken = weights.take()
        a, b, c = (drawn(x, taken) for x in (ours, theirs, better))
        low, high = ends(compare(a, b))
        false += not low <= 0 <= high
        intervals = (
            unclustered(better, theirs),
            items_only(c, b),
            both_resampled(c, b, rng),
            ends(compare(c, b)),
        )
        held += [low <= AHEAD <= high for low, high in intervals]
        width += (intervals[-1][1] - intervals[-1][0]) / 2
    return 100 * held / repeats, 100 * false / repeats, width / repeats


def check_shortcut() -> None:
    """Make sure that arrays of means give what `draw` and `compare` give of single answers."""
    rng, at = np.random.default_rng(0), Setting(seed_sd=4, items=50, seeds=3)
    weights = np.concatenate(list(cluster_weights(50, RESAMPLES, np.random.default_rng(1)))) / 50
    found = []
    for ability in abilities(rng, at):
        right = (ability > 0).astype(np.float64)
        arm = [
            [
                Sample(
                    statistics=np.stack([r[:, x], np.ones(at.items)], axis=1),
                    clusters=np.arange(at.items),
                )
                for x in range(LANGUAGES)
            ]
            for r in right
        ]
        whole = draw(arm, score=lambda t: 100 * t[0] / t[1], seed=1, resamples=RESAMPLES)
        found.append((whole, drawn(100 * right.mean(2), weights)))
    whole, short = (compare(found[0][i], found[1][i]) for i in range(2))
    np.testing.assert_allclose(ends(whole), ends(short), rtol=1e-9)


def fixed(repeats: int) -> bool:
    """Print the table of fixed languages; return whether every figure is within its bounds."""
    print("\n| seed SD | items | seeds | unclustered | items | items x seeds | xharness | "
          "xharness, false positives | half width |")  # fmt: skip
    print("| ---: " * 9 + "|")
    good = True
    for number, (sd, items, seeds) in enumerate(product((1.3, 4.0), (100, 500), (3, 5, 10))):
        held, false, width = line(Setting(seed_sd=sd, items=items, seeds=seeds), repeats, number)
        cells = [f"{x:.1f}" for x in (*held, false, width)]
        print(f"| {sd} | {items} | {seeds} | {' | '.join(cells)} |", flush=True)
        good &= bool(held[-1] >= FEWEST and false <= FALSE and (seeds < 5 or held[-1] <= MOST))
    return good


FAMILIES = {"8 of 1": "abcdefgh", "4 of 2": "aabbccdd", "1 of 4 and 4 of 1": "aaaabcde"}
BETWEEN = 3.0
"""Points: SD of what a family gains beside the others; its members gain alike."""


def at_large(repeats: int) -> None:
    """Print the table of languages as a sample: coverage with 5 seeds and 100 items."""
    print("\n| families of 8 languages | seed SD | languages fixed | families vary | half width |")
    print("| --- " + "| ---: " * 4 + "|")
    for number, ((name, families), sd) in enumerate(product(FAMILIES.items(), (1.3, 4.0))):
        rng, at = np.random.default_rng(100 + number), Setting(seed_sd=sd, items=100, seeds=5)
        weights, codes = Weights(at.items, rng), [ord(f) - ord("a") for f in families]
        held, width = np.zeros(2), 0.0
        for _ in range(repeats):
            shares = SHARE + sd * rng.standard_normal((2, at.seeds, 1, 1))
            gains = BETWEEN * rng.standard_normal(len(set(families)))[codes]
            ours, theirs = abilities(rng, at)
            taken = weights.take()
            a = drawn(100.0 * (ours > bounds(shares[0] + gains)), taken)
            b = drawn(100.0 * (theirs > bounds(shares[1])), taken)
            low, high = ends(sampled(a, b, families))
            few, many = ends(compare(a, b))
            held += (few <= 0 <= many, low <= 0 <= high)
            width += (high - low) / 2
        cells = [f"{x:.1f}" for x in (*(100 * held / repeats), width / repeats)]
        print(f"| {name} | {sd} | {' | '.join(cells)} |", flush=True)


def main() -> int:
    """Print both tables and how long they took; return 1 if a figure is out of bounds."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    began = time.process_time()
    check_shortcut()
    good = fixed(repeats)
    at_large(max(1, repeats // 4))
    print(f"\n{repeats} repeats (a quarter in the second table), "
          f"{time.process_time() - began:.0f} s of processor time")  # fmt: skip
    print("within bounds" if good else "OUT OF BOUNDS")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
