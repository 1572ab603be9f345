"""F1 of a reader that cannot read: the window of words that overlaps the question most.

    python benchmarks/overlap_window.py DATA_ROOT [items]

For every question of XQuAD in English, windows of each length from 1 to 10 words slide over the
context; a window counts the distinct question words within `REACH` words on either side, minus
those inside it (an answer rarely repeats its question). Length and reach are those that do best
on 400 questions of SQuAD's training set, so the baseline is tuned, and never on the test. The
items are those that `xharness compare --limit-eval` takes.
"""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path
from typing import Any

from xharness.data import reading
from xharness.data.sources import Origin
from xharness.metrics import SquadV1
from xharness.planning.resolve import Lock, Resolver
from xharness.plugin import registry

LENGTHS = range(1, 11)
REACHES = (3, 5, 10, 15)
STOP = frozenset(
    (
        "a an the of in on at to for from by with and or is are was were be been do does did has "
        "have had what which who whom whose when where why how that this it its as not many much"
    ).split()
)


def bare(word: str) -> str:
    """Return a word as it is compared."""
    return word.lower().strip(string.punctuation)


def windows(question: Any, reach: int) -> dict[int, str]:
    """Return the best window of each length."""
    places = [(m.start(), m.end()) for m in re.finditer(r"\S+", question.context)]
    words = [bare(question.context[a:b]) for a, b in places]
    asked = {bare(w) for w in question.question.split()} - STOP - {""}
    best: dict[int, tuple[int, str]] = {}
    for length in LENGTHS:
        for i in range(max(len(words) - length + 1, 1)):
            inside = words[i : i + length]
            around = words[max(i - reach, 0) : i] + words[i + length : i + length + reach]
            worth = len(asked.intersection(around)) - len(asked.intersection(inside))
            if length not in best or worth > best[length][0]:
                end = places[min(i + length, len(places)) - 1][1]
                best[length] = (worth, question.context[places[i][0] : end])
    return {length: text for length, (_, text) in best.items()}


def f1(questions: list[Any], reach: int) -> dict[int, float]:
    """Return the F1 of each window length, in percent."""
    metric = SquadV1()
    totals = {length: [0.0, 0.0, 0.0] for length in LENGTHS}
    for question in questions:
        golds = [a.text for a in question.answers]
        for length, text in windows(question, reach).items():
            for k, value in enumerate(metric.statistics(text, golds, "en")):
                totals[length][k] += value
    return {length: metric.scores(t)["f1"] for length, t in totals.items()}


def main() -> None:
    """Tune on SQuAD's training rows, print the F1 on XQuAD's English questions."""
    root, items = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None
    tasks = registry.load().tasks
    resolver = Resolver(lock=Lock(), data_root=root, offline=True)

    def rows(name: str, split: str, limit: int | None) -> list[Any]:
        task = tasks[name]
        digest = resolver.data(task, ("en",), split)
        origin = Origin(data_root=root, offline=True, digest=digest)
        return reading.load(task, ("en",), split, (limit, 0), origin).examples

    tuning, test = rows("squad_v1", "train", 400), rows("xquad", "test", items)
    tuned = {(r, n): v for r in REACHES for n, v in f1(tuning, r).items()}
    reach, length = max(tuned, key=lambda pair: tuned[pair])
    print(
        f"best overlap window: {f1(test, reach)[length]:.1f} F1 on {len(test)} questions "
        f"({length} words, reach {reach}; {tuned[reach, length]:.1f} on the tuning questions)"
    )


if __name__ == "__main__":
    main()
