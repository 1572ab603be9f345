"""A folder as XTREME's download script makes it, with two or three rows in each test file."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from xharness.commands.xtreme_files import LANGUAGES

SENTENCES = (("ett", "litet", "hus"), ("ja",))
PAIRS = (('He said "go",\nthen left', "He\u2028left"), ("one\ttab", "two"), ("three", "four"))
QUESTIONS = (("q-1", "alpha is first", "which"), ("q-2", "beta is second", "what"))
ENGLISH = ("apples", "berries", "cherries")
QA = {
    "xquad": "xquad.{}.json",
    "mlqa": "MLQA_V1/test/test-context-{0}-question-{0}.json",
    "tydiqa": "tydiqa-goldp-v1.1-dev/tydiqa.goldp.{}.dev.json",
}


def write(folder: Path) -> None:
    """Write the test files of all nine tasks, in all of their languages."""
    for task in ("xnli", "pawsx"):
        for language in LANGUAGES[task]:
            _pairs(folder / task / f"test-{language}.tsv")
    for task in ("udpos", "panx"):
        for language in LANGUAGES[task]:
            text = "\n\n".join("\n".join(words) for words in SENTENCES)
            _text(folder / task / f"test-{language}.tsv", text + "\n")
    for task, name in QA.items():
        for language in LANGUAGES[task]:
            _text(folder / task / name.format(language), _questions())
    for language in LANGUAGES["tatoeba"]:
        stem = folder / "tatoeba" / f"{language}-en"
        _lines(Path(f"{stem}.{language}"), [f"{language} {n}" for n in range(3)])
        _lines(Path(f"{stem}.en"), ENGLISH)
    for language in LANGUAGES["bucc2018"]:
        for split in ("dev", "test"):
            stem = folder / "bucc2018" / f"{language}-en.{split}"
            _lines(Path(f"{stem}.{language}"), [f"{language}-{n}\tsatz {n}" for n in range(3)])
            _lines(Path(f"{stem}.en"), [f"en-{n}\tsentence {n}" for n in range(4)])
        _lines(folder / "bucc2018" / f"{language}-en.dev.gold", [f"{language}-0\ten-2"])


def _pairs(path: Path) -> None:
    """Write pairs of sentences as Python's csv does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(PAIRS)


def _questions() -> str:
    """Return questions whose answers were taken away."""
    nothing = [{"answer_start": 0, "text": ""}]
    data = [
        {"paragraphs": [{"context": c, "qas": [{"id": i, "question": q, "answers": nothing}]}]}
        for i, c, q in QUESTIONS
    ]
    return json.dumps({"data": data, "version": "1.1"})


def _lines(path: Path, lines: Sequence[str]) -> None:
    """Write one text a line."""
    _text(path, "".join(f"{line}\n" for line in lines))


def _text(path: Path, text: str) -> None:
    """Write a file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
