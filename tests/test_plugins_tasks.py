"""The tasks that come with xharness: how each reads a row, and what all of them state."""

from __future__ import annotations

import tomllib

import pytest

from xharness import Answer, Classification, Pair, Role, SpanQuestion, Tagging, Task
from xharness.testing import assert_conforms
from xharness_intermediate import mnli, squad_v1
from xharness_targets import tatoeba, udpos, xnli, xquad

TASKS = {
    task.name: task
    for module in (mnli, squad_v1, xnli, udpos, xquad, tatoeba)
    for task in module.xharness_tasks()
}

XTREME_40 = {
    "af", "ar", "bg", "bn", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "he", "hi", "hu",
    "id", "it", "ja", "jv", "ka", "kk", "ko", "ml", "mr", "ms", "my", "nl", "pt", "ru", "sw", "ta",
    "te", "th", "tl", "tr", "ur", "vi", "yo", "zh",
}  # fmt: skip
"""google-research/xtreme, evaluate.py."""

each_task = pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)


@each_task
def test_what_a_task_states_conforms(task: Task) -> None:
    """Names, labels, splits, licence, citation, revision and published counts are well formed."""
    assert_conforms(task, [])


@each_task
def test_languages_are_those_of_xtreme(task: Task) -> None:
    """A language code is one of XTREME's forty."""
    assert set(task.languages) <= XTREME_40


@each_task
def test_what_a_task_trains_on_is_there(task: Task) -> None:
    """The task whose rows it trains on has training rows and the same labels in one order."""
    if task.trains_on is None:
        return
    source = TASKS[task.trains_on]

    assert "train" in source.splits
    assert source.labels == task.labels
    assert source.kind is task.kind


@each_task
def test_every_split_has_a_published_count(task: Task) -> None:
    """Each split of each language that is tested has the number of rows its paper gives."""
    expected = task.sources[0].expected
    several = len(task.languages) > 1
    wanted = {f"test/{n}" if several else "test" for n in task.languages if "test" in task.splits}

    assert wanted <= set(expected)
    assert {name.partition("/")[0] for name in expected} == set(task.splits)


def test_language_counts_are_those_of_xtreme() -> None:
    """XNLI has 15 languages, UD-POS 33, XQuAD 11, Tatoeba 36 (XTREME, table 1 and evaluate.py)."""
    found = {t.name: len(t.languages) for t in TASKS.values() if t.role is Role.TARGET}

    assert found == {"xnli": 15, "udpos": 33, "xquad": 11, "tatoeba": 36}


def test_slices_are_configs_of_the_hub() -> None:
    """Each target names the config, split and column that the hub has for a language."""
    found = {
        name: TASKS[name].rows(TASKS[name], TASKS[name].sources[0], "sw" if sw else "de", "test")
        for name, sw in (("xnli", True), ("udpos", False), ("xquad", False), ("tatoeba", True))
    }

    assert {name: (part.config, part.split, part.where) for name, part in found.items()} == {
        "xnli": ("XNLI", "test", ("language", "sw")),
        "udpos": ("udpos.German", "test", None),
        "xquad": ("XQuAD.de", "validation", None),
        "tatoeba": ("tatoeba.swh", "validation", None),
    }


MNLI_ROW = {"premise": "It rains.", "hypothesis": "It is wet.", "label": 0}


def test_mnli_row() -> None:
    """MNLI's label 0 is entailment."""
    assert mnli.read(MNLI_ROW, "en") == Classification(
        text="It rains.", pair="It is wet.", label="entailment"
    )


def test_mnli_row_without_a_label() -> None:
    """A row whose label GLUE keeps back has none, and is not given one."""
    assert mnli.read({**MNLI_ROW, "label": -1}, "en").label is None


def test_mnli_unknown_label() -> None:
    """A label outside MNLI's three is an error, not the last of them."""
    with pytest.raises(ValueError, match="label -2 is not known; 0, 1, 2 or -1 would be"):
        mnli.read({**MNLI_ROW, "label": -2}, "en")


def test_mnli_premises() -> None:
    """Rows about one premise share a cluster, wherever they stand."""
    rows = [{**MNLI_ROW, "premise": p} for p in ("a", "b", "a")]

    assert mnli.premises(rows) == ["0", "1", "0"]


SQUAD_ROW = {
    "id": "q1",
    "context": "Rome fell in 476.",
    "question": "When did Rome fall?",
    "answers": {"text": ["476", "in 476", "476"], "answer_start": [13, 10, 13]},
}


def test_squad_row() -> None:
    """Each different answer of SQuAD is kept once, in the order of the row."""
    assert squad_v1.read(SQUAD_ROW, "en") == SpanQuestion(
        context="Rome fell in 476.",
        question="When did Rome fall?",
        answers=(Answer(text="476", start=13), Answer(text="in 476", start=10)),
    )


def xnli_rows(*premises: str) -> list[dict[str, str]]:
    """Return one row per premise."""
    return [
        {"language": "sw", "sentence1": p, "sentence2": "Ni mvua.", "gold_label": "neutral"}
        for p in premises
    ]


def test_xnli_row() -> None:
    """XNLI's labels are words already."""
    assert xnli.read(xnli_rows("Mvua.")[0], "sw") == Classification(
        text="Mvua.", pair="Ni mvua.", label="neutral"
    )


def test_xnli_unknown_label() -> None:
    """A label that is none of the three is an error."""
    with pytest.raises(ValueError, match="label '-' is not known"):
        xnli.read({**xnli_rows("Mvua.")[0], "gold_label": "-"}, "sw")


def test_xnli_premises_are_numbered() -> None:
    """Three rows are one premise; two premises with the same translation stay two."""
    assert xnli.premises(xnli_rows("a", "a", "a", "a", "a", "a")) == ["0"] * 3 + ["1"] * 3


@pytest.mark.parametrize("premises", ["aab", "aaab", "aaaa"])
def test_xnli_premises_must_be_whole(premises: str) -> None:
    """Rows that are not three to a premise are refused, because their numbers would be wrong."""
    with pytest.raises(ValueError, match="of sw are not 3 hypotheses about one premise"):
        xnli.premises(xnli_rows(*premises))


UD_ROW = {"tokens": ["Es", "regnet", "."], "pos_tags": [10, 15, 12]}


def test_udpos_row() -> None:
    """UD's integers are the 17 tags in alphabetical order."""
    assert udpos.read(UD_ROW, "de") == Tagging(
        tokens=("Es", "regnet", "."), tags=("PRON", "VERB", "PUNCT")
    )


@pytest.mark.parametrize("tag", [-1, 17])
def test_udpos_unknown_tag(tag: int) -> None:
    """A tag outside the 17 is an error."""
    with pytest.raises(ValueError, match=f"tag {tag} is not known; 0 to 16 would be"):
        udpos.read({**UD_ROW, "pos_tags": [10, tag, 12]}, "de")


def test_udpos_sentences_of_two_languages_are_different_items() -> None:
    """Sentences in one place of two treebanks are no translations, so their names differ."""
    assert udpos.sentence(UD_ROW, 4) != udpos.sentence({"tokens": ["Il", "pleut"]}, 4)
    assert udpos.sentence(UD_ROW, 4) != udpos.sentence(UD_ROW, 5)


def test_udpos_has_no_dev_rows_in_four_languages() -> None:
    """Asking for dev rows that XTREME does not have is an error that names the four languages."""
    source = udpos.TASK.sources[0]
    with pytest.raises(ValueError, match="kk has no dev rows; any language but kk, th, tl, yo"):
        udpos.rows(udpos.TASK, source, "kk", "dev")

    assert udpos.rows(udpos.TASK, source, "de", "dev").split == "validation"


def test_xquad_row() -> None:
    """An answer that begins where the row says keeps its start."""
    row = {**SQUAD_ROW, "answers": {"text": ["476"], "answer_start": [13]}}

    assert xquad.read(row, "de").answers == (Answer(text="476", start=13),)


def test_xquad_start_that_points_elsewhere() -> None:
    """A start that is off, as where white space was stripped, is dropped and not guessed."""
    row = {**SQUAD_ROW, "answers": {"text": ["476"], "answer_start": [14]}}

    assert xquad.read(row, "zh").answers == (Answer(text="476", start=None),)


def test_xquad_paragraphs() -> None:
    """A paragraph is called after its first question, so it has one name in every language."""
    english = [{**SQUAD_ROW, "id": i, "context": c} for i, c in (("q1", "a"), ("q2", "a"))]
    german = [{**row, "context": "ä"} for row in english]

    assert xquad.paragraphs(english) == xquad.paragraphs(german) == ["q1", "q1"]


TATOEBA_ROW = {
    "source_sentence": "Es regnet.\n",
    "target_sentence": "It is raining.\n",
    "source_lang": "deu",
}


def test_tatoeba_row() -> None:
    """The line ends that the hub leaves are stripped; XTREME looks from the English side."""
    assert tatoeba.read(TATOEBA_ROW, "de") == Pair(source="It is raining.", target="Es regnet.")


def test_tatoeba_items_hold_their_language() -> None:
    """The sentences of two languages are different items."""
    assert tatoeba.pair(TATOEBA_ROW, 3) == "deu/3"


@pytest.mark.parametrize(
    ("task", "row"),
    [
        (mnli.TASK, MNLI_ROW),
        (squad_v1.TASK, SQUAD_ROW),
        (udpos.TASK, UD_ROW),
        (xquad.TASK, SQUAD_ROW),
        (tatoeba.TASK, TATOEBA_ROW),
    ],
    ids=lambda value: value.name if isinstance(value, Task) else "",
)
def test_rows_conform(task: Task, row: dict[str, object]) -> None:
    """A row with only the declared columns is read, named and scored as a task promises."""
    assert_conforms(task, [row])


def test_xnli_rows_conform() -> None:
    """The same for XNLI, whose rows come in threes."""
    assert_conforms(xnli.TASK, xnli_rows("a", "a", "a"))


def test_no_task_was_forgotten(request: pytest.FixtureRequest) -> None:
    """Every module of the two packages is tested here and named by an entry point."""
    root = request.config.rootpath
    folders = ("xharness_intermediate", "xharness_targets")
    modules = {
        path.stem: f"{folder}.{path.stem}"
        for folder in folders
        for path in (root / "plugins" / folder).glob("[!_]*.py")
    }
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    named = {
        name: module
        for name, module in project["entry-points"]["xharness"].items()
        if module.startswith(folders)
    }

    assert set(modules) == set(TASKS)
    assert named == modules
