"""What intervals, power and the warning of a collapsed run are worth where seeds are not normal.

`python benchmarks/collapsed_seeds.py [REPEATS]` prints two tables, in five minutes at most, and
fails where a figure is out of bounds: coverage of normal seeds of at least 93.5 %, of two equal
arms likewise, and a warning about ordinary seeds at most once in a thousand.

The generator is that of calibration.py with 200 items. What the seeds make of a strategy has
standard deviation 2 (in points) and mean zero where it is

- normal,
- skewed: exponential, most seeds alike and some worse; its skewness is -2,
- or a strategy is constant: one training that is given once per seed, as of a model without any.

In *collapsed* a seed is normal, and with a chance of one in ten it scores 33.3: three labels by
guessing. The true mean of such a strategy has these runs in it, so it is 3.7 points below 70.

Against the constant arm the true difference is what the mean of the seeds' distribution gives.
For power the difference that one comparison calls detectable is added to the next one's, which is
of new seeds and new items; it is found where the interval is above zero.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import time
from dataclasses import dataclass
from statistics import median, stdev

import numpy as np
import numpy.typing as npt
from calibration import RESAMPLES, Setting, Weights, abilities, bounds, drawn, ends
from scipy import special

from xharness.analysis.diagnostics import collapsed, item_error, lower_group
from xharness.stats import Drawn, MeanDifference, compare

Floats = npt.NDArray[np.float64]

SHARE, SD, ITEMS = 70.0, 2.0, 200
GUESSED, ONE_IN = 100 / 3, 10
PAIRS = (
    ("normal", "normal"),
    ("normal", "constant"),
    ("skewed", "skewed"),
    ("skewed", "constant"),
    ("collapsed", "collapsed"),
    ("collapsed", "constant"),
)
FEWEST, FALSE = 93.5, 0.1
"""Percent: bounds of coverage, and of warnings about ordinary seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A strategy's seeds."""

    shares: Floats
    """Percent that each would have right of all items that there could be; shape (seeds,)."""
    fell: npt.NDArray[np.bool_]
    """Whether it collapsed."""

    @property
    def bounds(self) -> Floats:
        """What an ability must exceed; shape (seeds, 1, 1)."""
        return bounds(self.shares[:, None, None])


def made(rng: np.random.Generator, how: str, seeds: int) -> Made:
    """Return the seeds of a strategy, distributed as one of `PAIRS`."""
    normal = SHARE + SD * rng.standard_normal(seeds)
    fell = np.zeros(seeds, dtype=bool)
    if how == "constant":
        normal[:] = SHARE
    if how == "skewed":
        normal = SHARE - SD * (rng.exponential(size=seeds) - 1)
    if how == "collapsed":
        fell = rng.random(seeds) < 1 / ONE_IN
        normal[fell] = GUESSED
    return Made(shares=normal, fell=fell)


def mean(how: str) -> float:
    """Return the true mean of a strategy."""
    return SHARE - (SHARE - GUESSED) / ONE_IN if how == "collapsed" else SHARE


def by_satterthwaite(found: MeanDifference) -> float:
    """Return half the interval as Welch and Satterthwaite have it, without the allowance."""
    assert found.parts is not None
    assert found.error is not None
    parts = [p for p in found.parts.all() if p.variance > 0]
    degrees = found.error**4 / sum(p.variance**2 / p.degrees for p in parts)
    return float(found.error * special.stdtrit(max(degrees, 1.0), 0.975))


def warned(arm: Drawn, other: Drawn) -> bool:
    """Return whether the seeds of an arm get a warning, beside one other row; 33.3 by guessing."""
    scores, theirs = (a.observed[:, 0].tolist() for a in (arm, other))
    low = lower_group(scores)
    if not low or not named(scores, [theirs], baseline=GUESSED):
        return False
    return collapsed(scores, low, baseline=GUESSED, error=item_error(arm, low))


def named(scores: list[float], others: list[list[float]], *, baseline: float) -> bool:
    """Return whether a row beside others gets a warning if items add nothing."""

    def lost(row: list[float]) -> bool:
        low = lower_group(row)
        return bool(low) and collapsed(row, low, baseline=baseline)

    if not lost(scores):
        return False
    calm = [stdev(x) for x in others if not lost(x)]
    usual = median(calm) if calm else 0.0
    return collapsed(scores, lower_group(scores), baseline=baseline, usual=usual)


def line(pair: tuple[str, str], seeds: int, repeats: int) -> list[float]:
    """Return the figures of a line of the first table, in percent and points."""
    rng = np.random.default_rng([PAIRS.index(pair), seeds])
    at, weights = Setting(seed_sd=SD, items=ITEMS, seeds=seeds), Weights(ITEMS, rng)
    true = mean(pair[0]) - mean(pair[1])
    held, welch, found, asked = 0, 0, 0, 0
    widths: list[float] = []
    stated: list[float] = []
    arms = {True: [0, 0], False: [0, 0]}  # whether some collapsed and others did not: warned, all
    for repeat in range(repeats):
        ours, theirs = (made(rng, how, seeds) for how in pair)
        a, b = abilities(rng, at)
        if pair[1] == "constant":
            b = np.repeat(b[:1], seeds, axis=0)
        taken = weights.take()
        first = drawn(100.0 * (a > ours.bounds).mean(2), taken)
        other = drawn(100.0 * (b > theirs.bounds).mean(2), taken)
        result = compare(first, other)
        low, high = ends(result)
        held += low <= true <= high
        welch += abs(result.difference - true) <= by_satterthwaite(result)
        widths.append((high - low) / 2)
        if stated:
            found, asked = found + (low - true + stated[-1] > 0), asked + 1
        if repeat % 2 == 0 and result.detectable is not None:
            stated.append(result.detectable)
        mixed = bool(ours.fell.any()) and not ours.fell.all()
        arms[mixed][0] += warned(first, other)
        arms[mixed][1] += 1
    false, hits = (100 * n / max(whole, 1) for n, whole in (arms[False], arms[True]))
    return [
        *(100 * held / repeats, 100 * welch / repeats, float(np.median(widths))),
        *(float(np.median(stated)), 100 * found / asked, false, hits if arms[True][1] else np.nan),
    ]


def distributions(repeats: int) -> bool:
    """Print the first table; return whether every figure is within its bounds."""
    print("| seeds of ours, theirs | seeds | coverage | Satterthwaite alone | half width | "
          "detectable | found (stated: 80) | false warnings | collapses named |")  # fmt: skip
    print("| --- " + "| ---: " * 8 + "|")
    good = True
    for pair in PAIRS:
        for seeds in (2, 3, 5, 10):
            figures = line(pair, seeds, repeats)
            cells = ["-" if np.isnan(x) else f"{x:.1f}" for x in figures]
            cells[5] = f"{figures[5]:.2f}"
            print(f"| {', '.join(pair)} | {seeds} | {' | '.join(cells)} |", flush=True)
            ordinary = pair[0] == "normal" or pair[0] == pair[1]
            good &= not ordinary or figures[0] >= FEWEST
            good &= figures[5] <= FALSE or pair[0] == "collapsed"
    return good


def near_chance(repeats: int) -> None:
    """Print how often normal seeds get a warning, by their lead over the baseline.

    Items add nothing here, which is the worst case: a warning needs three standard errors.
    """
    print("\n| lead over the baseline, in standard deviations of seeds | rows of the target | "
          "3 seeds | 5 | 10 |")  # fmt: skip
    print("| ---: " * 5 + "|")
    for lead in (3, 5, 10):
        for rows in (2, 4):
            cells = []
            for seeds in (3, 5, 10):
                rng = np.random.default_rng([lead, rows, seeds])
                number = 0
                for row, *others in (lead + rng.standard_normal((repeats, rows, seeds))).tolist():
                    number += named(row, others, baseline=0.0)
                cells.append(f"{100 * number / repeats:.2f}")
            print(f"| {lead} | {rows} | {' | '.join(cells)} |", flush=True)


def main() -> int:
    """Print both tables and how long they took; return 1 if a figure is out of bounds."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    began = time.process_time()
    good = distributions(repeats)
    near_chance(5 * repeats)
    print(f"\n{repeats} repeats, {RESAMPLES} resamples; five times as many in the second table; "
          f"{time.process_time() - began:.0f} s of processor time")  # fmt: skip
    print("within bounds" if good else "OUT OF BOUNDS")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
