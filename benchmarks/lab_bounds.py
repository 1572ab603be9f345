"""What lab-mini can do: inference in other languages after training in one, and retrieval.

python benchmarks/lab_bounds.py [--seeds 5] [--store FOLDER] [more flags of compare]

Inference is trained on 6,000 rows of Arvish and tested on 2,001 items in every language, with
lab-mini and with the same network from random weights. The process fails where a bound does
not hold. Also a plugin, that offers the task with these many items.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from scipy import stats

from xharness import Task, hookimpl
from xharness_lab import nli
from xharness_lab.languages import LANGUAGES
from xharness_lab.sources import generated

NAME = "lab_nli_2001"
COUNTS = {"train": 6000, "dev": 300, "test": 2001}
BASELINE = 35.0
"""Best surface baseline of lab_nli: benchmarks/lab_surface.py."""
NEAR, FAR = "qab", "qac"
"""Same order and 30 % cognates; verb-final and none. Both have 0.3 of the source's text."""


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer lab_xnli with more rows."""
    columns = ("premise_item", "premise", "hypothesis", "label")
    rows = nli.generator(NAME, COUNTS)
    made = replace(
        nli.TASKS[1], name=NAME, sources=generated(NAME, rows, columns, COUNTS), trains_on=NAME
    )
    return [made]


def main() -> int:
    """Run, print a table and what holds, and return how the process ends."""
    flags = sys.argv[1:]
    if "--seeds" not in flags:
        flags = ["--seeds", "5", *flags]
    trained = scores([*flags, "--targets", NAME])
    found = scores([*flags, "--targets", "lab_tatoeba"])
    with tempfile.TemporaryDirectory() as folder:
        save_random(Path(folder))
        random = scores([*flags, "--targets", NAME, "--model", folder])
    print(f"{'':6}{'text':>6}{'cognates':>10}{'lab-mini':>18}{'random':>18}{'retrieval':>11}")
    for x in LANGUAGES:
        print(
            f"{x.code:6}{x.corpus:6}{x.cognates:10.0%}{_cell(trained[x.code])}"
            f"{_cell(random[x.code])}{mean(found[x.code]) if x.code in found else 0:11.1f}"
        )
    low, high = interval(trained, NEAR, FAR)
    print(f"{NEAR} - {FAR}: {low:+.1f} to {high:+.1f}")
    bounds = {
        "source at least 88": mean(trained["qaa"]) >= 88,
        f"{NEAR} at least 70": mean(trained[NEAR]) >= 70,
        f"{NEAR} above {FAR}": low > 0,
        "random at most the surface baseline + 3, the source aside": all(
            mean(s) <= BASELINE + 3 for code, s in random.items() if code != "qaa"
        ),
        "retrieval at least 30 where there is 0.3 of the text": all(
            mean(found[x.code]) >= 30 for x in LANGUAGES[1:] if x.corpus >= 0.3
        ),
    }
    for words, holds in bounds.items():
        print(f"{'holds ' if holds else 'FAILS '} {words}")
    return int(not all(bounds.values()))


def scores(flags: list[str]) -> dict[str, list[float]]:
    """Return the scores of `none` by language, one per seed."""
    command = [
        *(sys.executable, "-m", "xharness", "compare", "--suite", "lab", "--strategies", "none"),
        *("--plugin", __file__, "--json", *flags),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, list[float]] = defaultdict(list)
    for row in json.loads(done.stdout)["results"]:
        found[row["language"]].append(row["score"])
    return found


def save_random(folder: Path) -> None:
    """Write lab-mini's folder with weights that nothing was learnt with."""
    from xharness_lab import encoder
    from xharness_lab.tokens import make_tokenizer

    tokenizer = make_tokenizer()
    encoder.make_model(len(tokenizer), seed=0).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def interval(of: dict[str, list[float]], first: str, second: str) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two languages, seed by seed, Student's t."""
    gaps = np.subtract(of[first], of[second])
    made: Any = stats.ttest_1samp(gaps, 0.0).confidence_interval(0.95)
    return float(made.low), float(made.high)


def _cell(found: list[float]) -> str:
    """Return mean and standard deviation over seeds."""
    return f"{mean(found):11.1f} ±{np.std(found, ddof=1):4.1f}  "


if __name__ == "__main__":
    sys.exit(main())
