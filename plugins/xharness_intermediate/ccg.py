"""CCG supertagging: the combinatory category of every word, in English newspaper text.

Hockenmaier and Steedman 2007, J07-3004. CCGbank is licensed (LDC2005T13), so nothing is
downloaded: the user's own copy is turned into three files, once, by

    python -m xharness_intermediate.ccg CCGBANK FOLDER

where CCGBANK is the folder that holds data/AUTO, and FOLDER is ./ccgbank or what the variable
XHARNESS_CCGBANK says. It then holds

    train.jsonl      sections 00 to 18, one sentence a line: {"tokens": [...], "supertags": [...]}
    dev.jsonl        sections 19 to 21, likewise
    categories.txt   every category in them, one a line; the order is that of the classifier

Files in this form may come from elsewhere. Scored is the share of words with the right
category, all categories counted, as in jiant's `ccg` (Pruksachatkun et al. 2020). Phang et al.
2020 train on 38,015 sentences and validate on 5,484: sections 00 to 18 and 19 to 21, the split
of part-of-speech tagging, and not that of parsing (02 to 21 and 00).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from xharness import Kind, Role, Row, Source, Tagging, Task, TokenAccuracy, hookimpl

FOLDER = "XHARNESS_CCGBANK"
"""Variable that says where the three files are."""

CATEGORIES = "categories.txt"

SECTIONS = {"train": range(19), "dev": range(19, 22)}

NEEDS = (
    "CCGbank is licensed (LDC2005T13); make train.jsonl, dev.jsonl and categories.txt of your "
    f"copy with: python -m xharness_intermediate.ccg CCGBANK FOLDER, and set {FOLDER}=FOLDER"
)

CITATION = """@article{hockenmaier2007ccgbank,
  title = {{CCGbank}: A Corpus of {CCG} Derivations and Dependency Structures Extracted from
           the {Penn Treebank}},
  author = {Hockenmaier, Julia and Steedman, Mark},
  journal = {Computational Linguistics},
  volume = {33},
  number = {3},
  pages = {355--396},
  year = {2007}
}"""

_LEAF = re.compile(r"\(<L (\S+) \S+ \S+ (\S+) \S+>\)")
"""A word of a derivation: (<L category tag tag word category>)."""


def read(row: Row, language: str) -> Tagging:
    """Return one sentence as an example."""
    return Tagging(tokens=tuple(row["tokens"]), tags=tuple(row["supertags"]))


def task(folder: Path) -> Task:
    """Return the task on the files in a folder; without them it has no labels yet."""
    listed = folder / CATEGORIES
    labels = tuple(listed.read_text("utf-8").split()) if listed.is_file() else ()
    return Task(
        name="ccg",
        role=Role.INTERMEDIATE,
        kind=Kind.TAGGING,
        version=1,
        sources=(
            Source(
                path="ccgbank",
                files={"train": "train.jsonl", "dev": "dev.jsonl"},
                folder=str(folder),
                revision=hashlib.sha256("\n".join(labels).encode()).hexdigest()[:40],
                needs=NEEDS,
                columns=("tokens", "supertags"),
                licence="LDC User Agreement for Non-Members (LDC2005T13); your own copy",
                citation=CITATION,
                expected={"train": 38_015, "dev": 5_484},
            ),
        ),
        languages=("en",),
        splits={"train": "train", "dev": "dev"},
        labels=labels,
        read=read,
        metric=TokenAccuracy(),
        trains_on="ccg",
        summary="CCG supertags of English words, from your own copy of CCGbank",
    )


def convert(ccgbank: Path, folder: Path) -> None:
    """Write the three files.

    Args:
        ccgbank: Holds data/AUTO/00 to 24, with the derivations of one article a file.
        folder: Made if it is not there.

    Raises:
        FileNotFoundError: If a section has no derivations.
    """
    folder.mkdir(parents=True, exist_ok=True)
    categories: set[str] = set()
    for split, sections in SECTIONS.items():
        with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as out:
            for row in _sentences(ccgbank / "data" / "AUTO", sections):
                categories |= {*row["supertags"]}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    (folder / CATEGORIES).write_text("\n".join(sorted(categories)) + "\n", "utf-8")


def _sentences(auto: Path, sections: Iterable[int]) -> Iterator[dict[str, list[str]]]:
    """Yield the sentences of some sections; lines between derivations name them."""
    for section in sections:
        files = sorted((auto / f"{section:02}").glob("*.auto"))
        if not files:
            raise FileNotFoundError(f"{auto / f'{section:02}'}: no .auto file; is it CCGbank?")
        for file in files:
            for line in file.read_text("utf-8").splitlines():
                if leaves := _LEAF.findall(line):
                    yield {
                        "tokens": [word for _, word in leaves],
                        "supertags": [category for category, _ in leaves],
                    }


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer CCG supertagging; that its files are missing is an error only when it is used."""
    return [task(Path(os.environ.get(FOLDER, "ccgbank")))]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m xharness_intermediate.ccg CCGBANK FOLDER")
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
