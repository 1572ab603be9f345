"""What the lab is graded like: scores by language, their spread over seeds, and what must hold.

python benchmarks/lab_bounds.py [--seeds 5] [--store FOLDER] [more flags of compare]

Runs the lab's nine targets with and without `lab_nli` before. Prints for each target the scores of
`none` and of `english` by language, and the standard deviation over seeds of a row's mean over the
languages that are not the source; beside the languages stand their planted distances. The process
fails where a bound does not hold.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean, stdev

from scipy import stats

from xharness_lab.languages import ASKED, SOURCE, distance

CHANCE = 100 / 3
"""Of lab_xnli, with three labels that are as frequent."""
TRIVIAL: Mapping[str, float] = {
    "lab_xnli": 35,
    "lab_pawsx": 53,
    "lab_udpos": 81,
    "lab_panx": 40,
    "lab_xquad": 14,
    "lab_mlqa": 11,
    "lab_tydiqa": 14,
}
"""Best surface baseline in the source language: benchmarks/lab_surface.py."""
Scores = Mapping[tuple[str, str, str], list[float]]
"""Target, strategy and language to scores, one per seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Something that must hold."""

    words: str
    holds: bool


def main() -> int:
    """Run, print tables and what holds, and return how the process ends."""
    flags = sys.argv[1:]
    if "--seeds" not in flags:
        flags = ["--seeds", "5", *flags]
    found = scores(flags)
    codes = [x.code for x in sorted(ASKED, key=distance)]
    print(
        "distance".ljust(26) + "".join(f"{distance(x):6.1f}" for x in sorted(ASKED, key=distance))
    )
    print(" " * 20 + "sd".rjust(6) + "".join(code.rjust(6) for code in codes))
    for target, strategy in dict.fromkeys(k[:2] for k in found):
        cells = [found.get((target, strategy, code), []) for code in codes]
        cells_text = "".join(f"{mean(c):6.1f}" if c else "     -" for c in cells)
        print(f"{target:12}{strategy:8}{spread(found, target, strategy):6.1f}{cells_text}")
    bounds = held(found)
    for bound in bounds:
        print(f"{'holds ' if bound.holds else 'FAILS '} {bound.words}")
    return int(not all(b.holds for b in bounds))


def scores(flags: list[str]) -> Scores:
    """Return the scores of a comparison on the lab."""
    command = [
        *(sys.executable, "-m", "xharness", "compare", "--suite", "lab"),
        *("--strategies", "english", "--json", *flags),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in json.loads(done.stdout)["results"]:
        found[row["target"], row["strategy"], row["language"]].append(row["score"])
    return dict(found)


def others(found: Scores, target: str, strategy: str) -> dict[str, list[float]]:
    """Return the scores of a row by language, the source left out."""
    return {
        code: values
        for (t, s, code), values in found.items()
        if (t, s) == (target, strategy) and code != SOURCE.code
    }


def spread(found: Scores, target: str, strategy: str) -> float:
    """Return the standard deviation over seeds of the mean over languages, without the source."""
    return stdev(mean(seed) for seed in zip(*others(found, target, strategy).values(), strict=True))


def held(found: Scores) -> list[Bound]:
    """Return what must hold of the lab, and whether it does."""
    xnli = {c: mean(v) for c, v in others(found, "lab_xnli", "english").items()}
    planted = [distance(x) for x in ASKED if x.code in xnli]
    rank = float(stats.spearmanr(planted, [-xnli[x.code] for x in ASKED if x.code in xnli])[0])
    above = sum(score >= CHANCE + 5 for score in xnli.values())
    bounds = [
        Bound(
            words=f"lab_xnli: {above} languages 5 points above chance, 8 wanted", holds=above >= 8
        ),
        Bound(words="lab_xnli: nearest at least 75", holds=max(xnli.values()) >= 75),
        Bound(words="lab_xnli: farthest at most 55", holds=min(xnli.values()) <= 55),
        Bound(words=f"lab_xnli: rank correlation with distance {rank:.2f}", holds=rank >= 0.8),
    ]
    for target in ("lab_panx", "lab_xquad", "lab_tatoeba"):
        means = [mean(v) for v in others(found, target, "none").values()]
        far = max(means) - min(means)
        bounds.append(Bound(words=f"{target}: spread of {far:.0f} points", holds=far >= 30))
    for target, trivial in TRIVIAL.items():
        score = mean(found[target, "none", SOURCE.code])
        words = f"{target}: none at {score:.1f} in the source language, trivial {trivial}"
        bounds.append(Bound(words=words, holds=score >= trivial + 10))
    return bounds


if __name__ == "__main__":
    sys.exit(main())
