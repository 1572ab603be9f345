"""Target tasks that come with xharness, one module each, and what several of them share."""

import hashlib
from collections.abc import Sequence

from xharness import Row, Tagging

XTREME = """@inproceedings{hu2020xtreme,
  title = {{XTREME}: A Massively Multilingual Multi-task Benchmark for Evaluating Cross-lingual
           Generalization},
  author = {Hu, Junjie and Ruder, Sebastian and Siddhant, Aditya and Neubig, Graham and
            Firat, Orhan and Johnson, Melvin},
  booktitle = {Proceedings of ICML},
  pages = {4411--4421},
  year = {2020}
}"""
"""BibTeX of the benchmark that they are read from, for their own citation to end with."""


def sentence(row: Row, position: int) -> str:
    """Name a sentence by its place and words, for tasks whose languages are not parallel.

    The place keeps two equal sentences of a language apart; the words keep equal places of
    two languages apart, so that no one takes them for translations.
    """
    words = " ".join(row["tokens"])
    return f"{position}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def tagged(row: Row, column: str, labels: Sequence[str], task: str) -> Tagging:
    """Return a sentence whose tags are numbers in a column as an example.

    Raises:
        ValueError: If a number has no label; it names the task.
    """
    known = range(len(labels))
    if wrong := [n for n in row[column] if n not in known]:
        raise ValueError(f"{task}: tag {wrong[0]!r} is not known; 0 to {known[-1]} would be")
    return Tagging(tokens=tuple(row["tokens"]), tags=tuple(labels[n] for n in row[column]))
