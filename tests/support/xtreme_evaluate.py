"""What XTREME's evaluate.py does with a submission, written anew from its description.

It reads a file for every language of every task in TASK2LANGS, so one that is missing ends it; it
wants as many predictions as right answers; and it scores them. Source: google-research/xtreme,
evaluate.py at 0918248 and the README's section on submissions. Answers to questions are compared
as in SQuAD v1.1: lower case, without punctuation and articles.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from seqeval.metrics import f1_score

from xharness.commands.xtreme_files import LANGUAGES

Read = Callable[[Path], Any]


def labels(path: Path) -> list[str]:
    """Return the lines of a file, stripped."""
    with path.open(encoding="utf-8") as file:
        return [line.strip() for line in file]


def sentences(path: Path) -> list[list[str]]:
    """Return groups of lines that end with an empty one."""
    groups: list[list[str]] = []
    group: list[str] = []
    for line in labels(path):
        if line:
            group.append(line)
        else:
            groups.append(group)
            group = []
    return [*groups, group] if group else groups


def questions(path: Path) -> Any:
    """Return the field "data" of a JSON file, or all of it."""
    content = json.loads(path.read_text("utf-8"))
    return content.get("data", content)


def accuracy(right: Sequence[str], said: Sequence[str]) -> float:
    """Return the share of equal lines."""
    return sum(a == b for a, b in zip(right, said, strict=True)) / len(said)


def pairs_f1(right: Sequence[str], said: Sequence[str]) -> float:
    """Return F1 of the pairs of two sets."""
    found = {tuple(line.split("\t")) for line in said}
    wanted = {tuple(line.split("\t")) for line in right}
    both = len(found & wanted)
    return 2 * both / (len(found) + len(wanted))


def exact_match(right: Sequence[Any], said: Mapping[str, str]) -> float:
    """Return the share of questions whose answer is one of the right ones; unanswered is wrong."""
    asked = [q for article in right for p in article["paragraphs"] for q in p["qas"]]
    return sum(
        q["id"] in said and bare(said[q["id"]]) in {bare(answer["text"]) for answer in q["answers"]}
        for q in asked
    ) / len(asked)


def bare(text: str) -> str:
    """Return an answer without case, punctuation, articles and further blanks."""
    letters = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", letters).split())


TASKS: Mapping[str, tuple[Read, Callable[[Any, Any], float], str]] = {
    "pawsx": (labels, accuracy, "tsv"),
    "xnli": (labels, accuracy, "tsv"),
    "panx": (sentences, f1_score, "tsv"),
    "udpos": (sentences, f1_score, "tsv"),
    "bucc2018": (labels, pairs_f1, "tsv"),
    "tatoeba": (labels, accuracy, "tsv"),
    "xquad": (questions, exact_match, "json"),
    "mlqa": (questions, exact_match, "json"),
    "tydiqa": (questions, exact_match, "json"),
}
"""Task to how its files are read, its score, and their suffix."""


def evaluate(predictions: Path, right: Path) -> dict[str, float]:
    """Return the mean score of each task over all of its languages, in percent.

    Raises:
        FileNotFoundError: If a file is missing.
        AssertionError: If there are not as many predictions as right answers.
    """
    scores: dict[str, float] = {}
    for task, (read, score, suffix) in TASKS.items():
        of_task: list[float] = []
        for language in LANGUAGES[task]:
            name = f"{task}/test-{language}.{suffix}"
            said, wanted = read(predictions / name), read(right / name)
            if suffix == "tsv" and task != "bucc2018":
                assert len(said) == len(wanted), name
            of_task.append(100 * score(wanted, said))
        scores[task] = mean(of_task)
    return scores
