"""BUCC: which sentences of two texts are translations of each other, four languages and English.

Nothing is trained: sentences are compared by an encoder's own vectors, with a threshold tuned
on the development set (BUCC's sample) and applied to the test set (BUCC's training set).
Zweigenbaum et al. 2018, W18-6318; set-up of Hu et al. 2020 (XTREME), table 1.

The hub has only the gold pairs, a smaller and easier pool to mine. Scores on it are signed
`bucc/gold-pool`, so that they never stand beside published ones. Scores on the full texts of
the shared task (https://comparable.limsi.fr/bucc2018) are signed `bucc`. These texts are turned
into files, once, by

    python -m xharness_targets.bucc BUCC2018 FOLDER

where BUCC2018 holds de-en/de-en.sample.de and so on, and are used when the variable
XHARNESS_BUCC says FOLDER. It then holds dev.de.jsonl, test.de.jsonl and so on, one sentence or
pair a line: {"source": ..., "source_name": ..., "target": ..., "target_name": ...}, null where
a sentence has no translation.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from xharness import Kind, MiningF1, Pair, Role, Row, Source, Task, hookimpl
from xharness_targets import XTREME

FOLDER = "XHARNESS_BUCC"
"""Variable that says where the files of the full texts are."""

DEV = {"de": 1_038, "fr": 929, "ru": 2_374, "zh": 257}
TEST = {"de": 9_580, "fr": 9_086, "ru": 14_435, "zh": 1_899}
"""Gold pairs."""

PARTS = {"dev": "sample", "test": "training"}
"""XTREME's name of a split to the shared task's; its own test set has no public answers."""

NEEDS = (
    "get the full texts from https://comparable.limsi.fr/bucc2018 and make it with: "
    "python -m xharness_targets.bucc BUCC2018 FOLDER"
)

LICENCE = "not stated by the shared task"

CITATION = """@inproceedings{zweigenbaum2018bucc,
  title = {Overview of the Third {BUCC} Shared Task: Spotting Parallel Sentences in Comparable
           Corpora},
  author = {Zweigenbaum, Pierre and Sharoff, Serge and Rapp, Reinhard},
  booktitle = {Proceedings of the 11th Workshop on Building and Using Comparable Corpora},
  pages = {39--42},
  year = {2018}
}"""


def read_gold(row: Row, language: str) -> Pair:
    """Return a gold pair of the hub, which has the sentences' names where languages should be."""
    return Pair(
        source=row["source_sentence"].strip(),
        target=row["target_sentence"].strip(),
        source_name=row["source_lang"],
        target_name=row["target_lang"],
    )


def read_full(row: Row, language: str) -> Pair:
    """Return a pair of the full texts, or a sentence that has no translation."""
    return Pair(
        source=row["source"],
        target=row["target"],
        source_name=row["source_name"],
        target_name=row["target_name"],
    )


def gold(row: Row, position: int) -> str:
    """Name a gold pair by its two sentences."""
    return f"{row['source_lang']}/{row['target_lang']}"


def full(row: Row, position: int) -> str:
    """Name a line of the full texts by its sentences; "-" for the one that is not there."""
    return f"{row['source_name'] or '-'}/{row['target_name'] or '-'}"


GOLD_POOL = Task(
    name="bucc",
    role=Role.TARGET,
    kind=Kind.RETRIEVAL,
    version=1,
    sources=(
        Source(
            path="google/xtreme",
            config="bucc18.{language}",
            revision="21f88c0ff5bf413a83c854eb00050e75d245161f",
            columns=("source_sentence", "target_sentence", "source_lang", "target_lang"),
            licence=LICENCE,
            citation=f"{CITATION}\n\n{XTREME}",
            expected={
                **{f"dev/{language}": count for language, count in DEV.items()},
                **{f"test/{language}": count for language, count in TEST.items()},
            },
        ),
    ),
    languages=tuple(TEST),
    splits={"dev": "validation", "test": "test"},
    read=read_gold,
    item=gold,
    metric=MiningF1(name="bucc/gold-pool"),
    tuned_on="dev",
    trains_on=None,
    summary="mined translations among the gold pairs of 4 languages and English",
)


def task(folder: Path) -> Task:
    """Return the task on the full texts in a folder."""
    return Task(
        name="bucc",
        role=Role.TARGET,
        kind=Kind.RETRIEVAL,
        version=1,
        sources=(
            Source(
                path="bucc2018",
                files={"dev": "dev.{language}.jsonl", "test": "test.{language}.jsonl"},
                folder=str(folder),
                needs=NEEDS,
                columns=("source", "source_name", "target", "target_name"),
                licence=LICENCE,
                citation=f"{CITATION}\n\n{XTREME}",
            ),
        ),
        languages=tuple(TEST),
        splits={"dev": "dev", "test": "test"},
        read=read_full,
        item=full,
        metric=MiningF1(name="bucc"),
        tuned_on="dev",
        trains_on=None,
        summary="mined translations in the full texts of 4 languages and English",
    )


def convert(bucc2018: Path, folder: Path) -> None:
    """Write two files per language.

    Args:
        bucc2018: Holds, in a folder per pair such as de-en, the two texts and the gold pairs of
            the sample and of the training set: de-en.sample.de, .en and .gold.
        folder: Made if it is not there.

    Raises:
        FileNotFoundError: If a text is missing.
        ValueError: If a gold pair names a sentence that is not in its text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for language in TEST:
        pair = f"{language}-en"
        for split, part in PARTS.items():
            with (folder / f"{split}.{language}.jsonl").open("w", encoding="utf-8") as out:
                for row in _rows(bucc2018 / pair / f"{pair}.{part}", language):
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _rows(stem: Path, language: str) -> Iterator[dict[str, str | None]]:
    """Yield gold pairs, then the sentences of either side that are in none."""
    sources, targets = _text(Path(f"{stem}.{language}")), _text(Path(f"{stem}.en"))
    pairs = [line.split("\t") for line in _lines(Path(f"{stem}.gold"))]
    for source, target in pairs:
        if source not in sources or target not in targets:
            raise ValueError(f"{stem}.gold: {source} {target}: one of them is in no text")
        yield _row(source, sources[source], target, targets[target])
    paired = {name for pair in pairs for name in pair}
    for name, text in sources.items():
        if name not in paired:
            yield _row(name, text, None, None)
    for name, text in targets.items():
        if name not in paired:
            yield _row(None, None, name, text)


def _row(
    source_name: str | None, source: str | None, target_name: str | None, target: str | None
) -> dict[str, str | None]:
    """Return one line of a file."""
    return {
        "source": source,
        "source_name": source_name,
        "target": target,
        "target_name": target_name,
    }


def _text(path: Path) -> dict[str, str]:
    """Return the sentences of a text by name."""
    return {name: text for name, _, text in (line.partition("\t") for line in _lines(path))}


def _lines(path: Path) -> list[str]:
    """Return the lines of a file that are not empty."""
    return [line for line in path.read_text("utf-8-sig").split("\n") if line.strip()]


@hookimpl
def xharness_tasks() -> Sequence[Task]:
    """Offer BUCC: on the full texts where a folder of them is named, else on the gold pairs."""
    folder = os.environ.get(FOLDER)
    return [GOLD_POOL if folder is None else task(Path(folder))]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m xharness_targets.bucc BUCC2018 FOLDER")
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
