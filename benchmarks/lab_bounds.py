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
from statistics import mean, stdev

from scipy import stats

from xharness_lab.languages import ASKED, BY_CODE, SOURCE, distance
from xharness_lab.surface import finding

CHANCE = 100 / 3
"""Of lab_xnli, with three labels that are as frequent."""
ABOVE = 10
"""Points that `none` must be above the best surface baseline, in the source language."""
Scores = Mapping[tuple[str, str, str], list[float]]
"""Target, strategy and language to scores, one per seed."""


def main() -> int:
    """Run, print tables and what holds, and return how the process ends."""
    flags = sys.argv[1:]
    if "--seeds" not in flags:
        flags = ["--seeds", "5", *flags]
    found = scores(flags)
    languages = sorted(ASKED, key=distance)
    codes = [x.code for x in languages]
    print("distance".ljust(26) + "".join(f"{distance(x):6.1f}" for x in languages))
    print(" " * 20 + "sd".rjust(6) + "".join(code.rjust(6) for code in codes))
    for target, strategy in dict.fromkeys(k[:2] for k in found):
        cells = [found.get((target, strategy, code), []) for code in codes]
        cells_text = "".join(f"{mean(c):6.1f}" if c else "     -" for c in cells)
        print(f"{target:12}{strategy:8}{spread(found, target, strategy):6.1f}{cells_text}")
    bounds = held(found)
    for words, holds in bounds.items():
        print(f"{'holds ' if holds else 'FAILS '} {words}")
    return int(not all(bounds.values()))


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


def held(found: Scores) -> dict[str, bool]:
    """Return what must hold of the lab, in words, and whether it does."""
    xnli = {c: mean(v) for c, v in others(found, "lab_xnli", "english").items()}
    planted = [distance(BY_CODE[code]) for code in xnli]
    rank = float(stats.spearmanr(planted, [-score for score in xnli.values()])[0])
    above = sum(score >= CHANCE + 5 for score in xnli.values())
    bounds = {
        f"lab_xnli: {above} languages 5 points above chance, 8 wanted": above >= 8,
        "lab_xnli: nearest at least 75": max(xnli.values()) >= 75,
        "lab_xnli: farthest at most 55": min(xnli.values()) <= 55,
        f"lab_xnli: rank correlation with distance {rank:.4f}, 0.8 wanted": rank >= 0.8,
    }
    for target in ("lab_panx", "lab_xquad", "lab_tatoeba"):
        means = [mean(v) for v in others(found, target, "none").values()]
        far = max(means) - min(means)
        bounds[f"{target}: spread of {far:.0f} points"] = far >= 30
    for target in dict.fromkeys(t for t, _, code in found if code == SOURCE.code):
        score = mean(found[target, "none", SOURCE.code])
        trivial = finding(target, SOURCE.code).score
        words = f"{target}: none at {score:.1f} in the source language, trivial {trivial:.1f}"
        bounds[words] = score >= trivial + ABOVE
    return bounds


if __name__ == "__main__":
    sys.exit(main())
