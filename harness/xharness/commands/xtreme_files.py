"""The files of an XTREME submission: their names, and rows of predictions as their text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from xharness.errors import DataError

FOLDERS = {"bucc": "bucc2018"}
"""Task to its folder, where the name of the folder differs."""

LANGUAGES: Mapping[str, Sequence[str]] = {
    "pawsx": "de en es fr ja ko zh".split(),
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh".split(),
    "panx": (
        "af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt "
        "ru sw ta te th tl tr ur vi yo zh"
    ).split(),
    "udpos": (
        "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr "
        "ur vi yo zh"
    ).split(),
    "bucc2018": "de fr ru zh".split(),
    "tatoeba": (
        "af ar bg bn de el es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr nl pt ru sw ta "
        "te th tl tr ur vi zh"
    ).split(),
    "xquad": "ar de el en es hi ru th tr vi zh".split(),
    "mlqa": "ar de en es hi vi zh".split(),
    "tydiqa": "ar bn en fi id ko ru sw te".split(),
}
"""Folder to the languages for which evaluate.py expects a file: its TASK2LANGS, sorted."""


def labels(rows: Sequence[Mapping[str, Any]], field: str) -> str:
    """Return one label a line."""
    return _lines(str(row[field]) for row in rows)


def tags(rows: Sequence[Mapping[str, Any]], field: str) -> str:
    """Return one tag a line, an empty line after each sentence."""
    return "".join(_lines(row[field]) + "\n" for row in rows)


def answers(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return answers by question; one without an answer is left out, which scores 0."""
    answers = {r["item"]: r["prediction"] for r in rows if r["prediction"] is not None}
    return json.dumps(answers, indent=1) + "\n"


def questions(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return right answers in the form of SQuAD v1.1, as far as its evaluation reads it."""
    asked = [{"id": r["item"], "answers": [{"text": t} for t in r["gold"]]} for r in rows]
    return json.dumps({"version": "1.1", "data": [{"paragraphs": [{"qas": asked}]}]}) + "\n"


def pairs(rows: Sequence[Mapping[str, Any]], field: str) -> str:
    """Return mined pairs, the names of two sentences on a line.

    An item of BUCC is called after both of its sentences, "de-000001/en-000002".
    """
    return _lines(
        f"{r['item'].partition('/')[0]}\t{r[field]}" for r in rows if r[field] is not None
    )


def places(rows: Sequence[Mapping[str, Any]], english: Mapping[str, str], field: str) -> str:
    """Return, for each English sentence, the position of the sentence found for it.

    XTREME sorts the English sentences, so that positions do not give the answers away
    (utils_preprocess.py, tatoeba_preprocess).
    """
    place = {row["item"]: i for i, row in enumerate(rows)}
    if lacking := [item for item in place if item not in english]:
        raise DataError(f"{lacking[0]}: was predicted, but is no longer among the task's rows")
    ordered = sorted(rows, key=lambda row: english[row["item"]])
    return _lines(str(place[row[field]]) for row in ordered)


def _lines(values: Any) -> str:
    """Return values as lines."""
    return "".join(f"{value}\n" for value in values)
