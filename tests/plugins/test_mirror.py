"""The tasks against real rows: a folder laid out like the hub, where there is one."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from support.program import MIRROR
from xharness import Row, Task
from xharness.data import reading
from xharness.data.sources import Origin
from xharness.testing import assert_conforms
from xharness_intermediate import (
    anli_plus,
    arcd,
    ccg,
    cmrc2018,
    commonsenseqa,
    cosmosqa,
    farstail,
    hellaswag,
    indonli,
    jaquad,
    jcommonsenseqa,
    klue_nli,
    mnli,
    ocnli,
    qqp,
    squad_v1,
    squad_v2,
)
from xharness_targets import bucc, mlqa, panx, pawsx, tatoeba, tydiqa, udpos, xnli, xquad

pytestmark = pytest.mark.skipif(
    not (MIRROR / "google" / "xtreme").is_dir(),
    reason="no folder laid out like the hub: set XHARNESS_DATA_ROOT",
)


@lru_cache(maxsize=4)
def table(path: Path) -> Any:
    """Return a whole parquet file."""
    import pyarrow.parquet as pq

    return pq.read_table(path)


def rows(task: Task, language: str, split: str) -> list[Row]:
    """Return all rows of one language of one split, straight from the parquet files."""
    import pyarrow.compute as pc

    found: list[Row] = []
    for source in task.sources:
        part = task.rows(task, source, language, split)
        for path in sorted((MIRROR / source.path / part.config).glob(f"{part.split}-*.parquet")):
            whole = table(path)
            if part.where is not None:
                whole = whole.filter(pc.equal(whole[part.where[0]], part.where[1]))
            if part.prefix is not None:
                whole = whole.filter(pc.starts_with(whole[part.prefix[0]], part.prefix[1]))
            found += whole.select(list(source.columns)).to_pylist()
    return found


ENGLISH = (mnli, squad_v1, squad_v2, anli_plus, qqp, hellaswag, cosmosqa, commonsenseqa)

CASES = [
    *((module.TASK, "en", split) for module in ENGLISH for split in ("train", "dev")),
    *(
        (module.TASK, module.TASK.source_language, split)
        for module in (ocnli, farstail, indonli, jaquad, arcd, jcommonsenseqa)
        for split in ("train", "dev")
    ),
    (klue_nli.TASK, "ko", "dev"),
    (cmrc2018.TASK, "zh", "dev"),
    *((pawsx.TASK, language, s) for language in pawsx.LANGUAGES for s in ("dev", "test")),
    (pawsx.TASK, "en", "train"),
    *((panx.TASK, language, s) for language in panx.LANGUAGES for s in ("dev", "test")),
    (panx.TASK, "en", "train"),
    *((tydiqa.TASK, language, "test") for language in tydiqa.TASK.languages),
    (tydiqa.TASK, "en", "train"),
    (bucc.GOLD_POOL, "zh", "dev"),
    *((mlqa.TASK, language, s) for language in mlqa.TASK.languages for s in ("dev", "test")),
    *((xnli.TASK, language, split) for language in ("en", "ur") for split in ("dev", "test")),
    (udpos.TASK, "en", "train"),
    *((udpos.TASK, language, "dev") for language in udpos.DEV),
    *((udpos.TASK, language, "test") for language in udpos.TASK.languages),
    *((xquad.TASK, language, "test") for language in xquad.TASK.languages),
    *((tatoeba.TASK, language, "test") for language in tatoeba.TASK.languages),
]


ONLY_AN_ARTICLE = "60184cb268780854f89dc022bbf2ccf2c8eea2ac"
"""The answer to this Spanish question of MLQA is "una", of which MLQA's normalisation leaves
nothing, so that its own gold answer has an F1 of 0."""


@pytest.mark.parametrize(
    ("task", "language", "split"), CASES, ids=[f"{t.name}-{n}-{s}" for t, n, s in CASES]
)
@pytest.mark.training
def test_real_rows_conform(task: Task, language: str, split: str) -> None:
    """Real rows have the declared columns and are read, named and scored as promised."""
    found = rows(task, language, split)
    scorable = [row for row in found if row.get("id") != ONLY_AN_ARTICLE]
    assert_conforms(task, scorable[:300], language=language)
    published = sum(
        source.expected.get(f"{split}/{language}") or source.expected[split]
        for source in task.sources
    )

    assert 0 < len(found) <= published


@pytest.mark.parametrize(
    ("task", "examples"),
    [(ocnli.TASK, 9_985), (indonli.TASK, 10_330), (farstail.TASK, 7_266), (arcd.TASK, 690)],
    ids=lambda value: getattr(value, "name", None),
)
def test_examples_are_counted_as_they_are_trained_on(task: Task, examples: int) -> None:
    """A mirror's own rows count, and those that the reading leaves out, three of ARCD's, do not."""
    origin = Origin(data_root=MIRROR, offline=True, digest="sha256:none")

    assert reading.count(task, task.source_language, "train", origin) == examples


@pytest.mark.parametrize("split", ["dev", "test"])
def test_xnli_premises_are_the_same_in_every_language(split: str) -> None:
    """In all 15 languages the rows are whole premises of three, aligned with English ones."""
    english = rows(xnli.TASK, "en", split)
    labels = [row["gold_label"] for row in english]
    texts = {row["sentence1"] for row in english}
    for language in xnli.LANGUAGES:
        found = rows(xnli.TASK, language, split)
        names = xnli.premises(found)

        assert [row["gold_label"] for row in found] == labels
        assert len(set(names)) == len(texts) == len(found) // 3


def test_xquad_paragraphs_are_the_same_in_every_language() -> None:
    """In all 11 languages the ids, their order and the names of paragraphs are the same."""
    found = {language: rows(xquad.TASK, language, "test") for language in xquad.LANGUAGES}
    ids = {language: [row["id"] for row in part] for language, part in found.items()}
    names = {language: xquad.paragraphs(part) for language, part in found.items()}

    assert all(ids[language] == ids["en"] for language in xquad.LANGUAGES)
    assert all(names[language] == names["en"] for language in xquad.LANGUAGES)
    assert 1 < len(set(names["en"])) < len(ids["en"])


def test_xquad_starts_that_are_off() -> None:
    """Starts are off only where the hub stripped white space; no answer is missing from a text."""
    off = {
        language: sum(
            answer.start is None
            for row in rows(xquad.TASK, language, "test")
            for answer in xquad.read(row, language).answers or ()
        )
        for language in xquad.LANGUAGES
    }

    assert {language for language, count in off.items() if count} <= {"zh", "ar", "th", "hi", "vi"}


def test_ccg_reads_free_rows(tmp_path: Path) -> None:
    """Freely released sentences with CCGbank's categories are read as the user's own would be."""
    found = table(MIRROR / "local/ccg/en-questions/train-00000-of-00001.parquet").to_pylist()
    categories = sorted({tag for row in found for tag in row["supertags"]})
    (tmp_path / ccg.CATEGORIES).write_text("\n".join(categories), "utf-8")
    task = ccg.task(tmp_path)

    assert_conforms(task, found)
    assert len(task.labels) > 100


def test_tydiqa_rows_of_each_language_are_all_there() -> None:
    """The ids of the 5,077 test rows and of the English training rows name their language."""
    found = {language: len(rows(tydiqa.TASK, language, "test")) for language in tydiqa.NAMES}

    assert found == tydiqa.TEST
    assert len(rows(tydiqa.TASK, "en", "train")) == 3_696


def test_tydiqa_trains_on_every_english_row() -> None:
    """Each of the 3,696 answers has a start that is right, or that training can mend."""
    english = [tydiqa.read(row, "en") for row in rows(tydiqa.TASK, "en", "train")]
    answers = [(e.context, a) for e in english for a in e.answers or ()]
    exact = [c.startswith(a.text, a.start) for c, a in answers if a.start is not None]

    assert len(exact) == len(answers) == 3_696
    assert exact.count(False) == 37


def test_udpos_has_no_dev_rows_beyond_the_declared() -> None:
    """The four languages without a declared dev split have no such file either."""
    folder = MIRROR / "google" / "xtreme"
    missing = set(udpos.NAMES) - set(udpos.DEV)

    assert missing == {"kk", "th", "tl", "yo"}
    assert not [p for n in missing for p in folder.glob(f"udpos.{udpos.NAMES[n]}/validation-*")]
