"""The tasks that come with xharness: how each reads a row, and what all of them state."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pytest

from xharness import (
    Answer,
    Classification,
    DataError,
    MultipleChoice,
    Pair,
    Role,
    Slice,
    SpanQuestion,
    Tagging,
    Task,
)
from xharness.planning.resolve import Lock, Resolver
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

MODULES = (
    *(mnli, squad_v1, squad_v2, anli_plus, qqp, hellaswag, ccg, cosmosqa, commonsenseqa),
    *(ocnli, farstail, indonli, klue_nli, jaquad, arcd, cmrc2018),
    jcommonsenseqa,
    *(xnli, pawsx, udpos, panx, xquad, mlqa, tydiqa, bucc, tatoeba),
)
TASKS = {task.name: task for module in MODULES for task in module.xharness_tasks()}

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
    several = len(task.languages) > 1
    wanted = {f"test/{n}" if several else "test" for n in task.languages if "test" in task.splits}

    for source in task.sources:
        assert wanted <= set(source.expected)
        assert {name.partition("/")[0] for name in source.expected} == set(task.splits)


@each_task
def test_a_counterpart_fits_the_task_that_it_stands_for(task: Task) -> None:
    """It is of the same kind, has the same labels, and another language."""
    if task.counterpart_of is None:
        return
    like = TASKS[task.counterpart_of]

    assert like.counterpart_of is None
    assert like.kind is task.kind
    assert set(like.labels) == set(task.labels)
    assert like.source_language != task.source_language


LANGUAGES = {
    "xnli": "ar bg de el en es fr hi ru sw th tr ur vi zh",
    "pawsx": "de en es fr ja ko zh",
    "udpos": "af ar bg de el en es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl "
    "tr ur vi yo zh",
    "panx": " ".join(XTREME_40),
    "xquad": "ar de el en es hi ru th tr vi zh",
    "mlqa": "ar de en es hi vi zh",
    "tydiqa": "ar bn en fi id ko ru sw te",
    "bucc": "de fr ru zh",
    "tatoeba": " ".join(XTREME_40 - {"en", "ms", "my", "yo"}),
}
"""google-research/xtreme, evaluate.py."""


def test_languages_of_each_target_are_those_of_xtreme() -> None:
    """Each target has exactly the languages that XTREME's evaluate.py scores it on."""
    found = {t.name: set(t.languages) for t in TASKS.values() if t.role is Role.TARGET}

    assert found == {name: set(codes.split()) for name, codes in LANGUAGES.items()}


def test_equal_names_of_citations_are_equal_citations() -> None:
    """Two tasks that cite under one key cite the same, so that a bibliography has it once."""
    found = {
        (entry.partition(",")[0], entry)
        for task in TASKS.values()
        for source in task.sources
        for entry in source.citation.split("\n\n")
    }

    assert len(found) == len({name for name, _ in found})


def test_slices_are_configs_of_the_hub() -> None:
    """Each target names the config, split and column that the hub has for a language."""
    found = {
        name: TASKS[name].rows(TASKS[name], TASKS[name].sources[0], "sw" if sw else "de", "test")
        for name, sw in (
            *(("xnli", True), ("pawsx", False), ("udpos", False), ("panx", True)),
            *(
                ("xquad", False),
                ("mlqa", False),
                ("tydiqa", True),
                ("bucc", False),
                ("tatoeba", True),
            ),
        )
    }

    assert found == {
        "xnli": Slice(config="XNLI", split="test", where=("language", "sw")),
        "pawsx": Slice(config="PAWS-X.de", split="test"),
        "udpos": Slice(config="udpos.German", split="test"),
        "panx": Slice(config="PAN-X.sw", split="test"),
        "xquad": Slice(config="XQuAD.de", split="validation"),
        "mlqa": Slice(config="MLQA.de.de", split="test"),
        "tydiqa": Slice(config="tydiqa", split="validation", prefix=("id", "swahili-")),
        "bucc": Slice(config="bucc18.de", split="test"),
        "tatoeba": Slice(config="tatoeba.swh", split="validation"),
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


def test_cmrc_keeps_the_answers_that_stand_in_the_paragraph() -> None:
    """An annotator's own words cannot be pointed at; a row of nothing else is left out."""
    context = "天河二号在广州。"
    row = {
        "id": "DEV_0_QUERY_0",
        "context": context,
        "question": "天河二号在哪里",
        "answers": {"text": ["在广州市", "广州", "广州"], "answer_start": [4, 5, 5]},
    }
    found = cmrc2018.read(row, "zh")

    assert found is not None
    assert found.answers == (Answer(text="广州", start=5),)
    assert (
        cmrc2018.read({**row, "answers": {"text": ["在中国"], "answer_start": [4]}}, "zh") is None
    )


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


def test_anli_plus_leaves_out_what_has_no_label() -> None:
    """A row that SNLI's annotators did not agree on is left out, as in its paper."""
    assert anli_plus.read({**MNLI_ROW, "label": -1}, "en") is None
    assert anli_plus.read(MNLI_ROW, "en") == mnli.read(MNLI_ROW, "en")


def test_anli_plus_unknown_label() -> None:
    """A label outside the three is an error."""
    with pytest.raises(ValueError, match="label 3 is not known"):
        anli_plus.read({**MNLI_ROW, "label": 3}, "en")


def test_anli_plus_has_the_rows_of_the_paper() -> None:
    """Phang et al. 2020 train on 1,104,934 rows: all of them but SNLI's 785 without a label."""
    rows = sum(source.expected["train"] for source in anli_plus.TASK.sources)

    assert rows - (550_152 - 549_367) == 1_104_934


def test_anli_plus_reads_every_round_and_set_once() -> None:
    """Its five sources are five different splits of the hub."""
    task = anli_plus.TASK
    parts = [task.rows(task, source, "en", "dev") for source in task.sources]

    assert [(s.path, p.config, p.split) for s, p in zip(task.sources, parts, strict=True)] == [
        ("facebook/anli", "plain_text", "dev_r1"),
        ("facebook/anli", "plain_text", "dev_r2"),
        ("facebook/anli", "plain_text", "dev_r3"),
        ("nyu-mll/glue", "mnli", "validation_matched"),
        ("stanfordnlp/snli", "plain_text", "validation"),
    ]


QQP_ROW = {"question1": "Why?", "question2": "How come?", "label": 1}


OCNLI_ROW = {"sentence1": "下雨了", "sentence2": "地湿了", "label": 1}


def test_ocnli_row() -> None:
    """OCNLI's integers are in CLUE's order: 0 is neutral, 1 entailment, 2 contradiction."""
    assert ocnli.read(OCNLI_ROW, "zh") == Classification(
        text="下雨了", pair="地湿了", label="entailment"
    )
    labels = [ocnli.read({**OCNLI_ROW, "label": n}, "zh") for n in (0, 2)]
    assert [found.label for found in labels if found] == ["neutral", "contradiction"]


def test_ocnli_leaves_out_what_has_no_label() -> None:
    """Rows without a majority label, -1, are no examples, and others are an error."""
    assert_conforms(ocnli.TASK, [OCNLI_ROW, {**OCNLI_ROW, "label": -1}], left_out=1)
    with pytest.raises(ValueError, match="label 3 is not known; 0, 1, 2 or -1 would be"):
        ocnli.read({**OCNLI_ROW, "label": 3}, "zh")


def test_ocnli_premises() -> None:
    """Rows about one premise share a cluster, wherever they stand."""
    rows = [{**OCNLI_ROW, "sentence1": p} for p in ("a", "b", "a")]

    assert ocnli.premises(rows) == ["0", "1", "0"]


def test_farstail_row() -> None:
    """FarsTail's letters are the first ones of the labels, and no other is guessed."""
    row = {"premise": "باران می‌بارد", "hypothesis": "زمین خیس است", "label": "e"}
    labels = [farstail.read({**row, "label": letter}, "fa").label for letter in "enc"]

    assert labels == ["entailment", "neutral", "contradiction"]
    with pytest.raises(ValueError, match="label 'x' is not known; e, n, c would be"):
        farstail.read({**row, "label": "x"}, "fa")


def test_qqp_row() -> None:
    """QQP's label 1 is a duplicate."""
    assert qqp.read(QQP_ROW, "en") == Classification(
        text="Why?", pair="How come?", label="duplicate"
    )


def test_qqp_unknown_label() -> None:
    """The -1 of GLUE's test set is no label to train on or to score."""
    with pytest.raises(ValueError, match="label -1 is not known; 0 or 1 would be"):
        qqp.read({**QQP_ROW, "label": -1}, "en")


HELLASWAG_ROW = {
    "ctx_a": "A man is on a roof.",
    "ctx_b": "he",
    "ctx": "A man is on a roof. he",
    "endings": ["sings.", "pulls up tiles.", "falls asleep.", "eats."],
    "label": "1",
}


def test_hellaswag_row() -> None:
    """The label is a number written as text; the sentence that was begun goes with the endings.

    jiant/tasks/lib/hellaswag.py joins ctx_b and the ending, and a question goes with its choices.
    """
    assert hellaswag.read(HELLASWAG_ROW, "en") == MultipleChoice(
        context="A man is on a roof.",
        question="he",
        choices=("sings.", "pulls up tiles.", "falls asleep.", "eats."),
        answer=1,
    )


@pytest.mark.parametrize(
    ("ctx_a", "before"), [("", "A man is on a roof. he"), ("A man sits.", "A man sits.")]
)
def test_hellaswag_row_where_no_sentence_was_begun(ctx_a: str, before: str) -> None:
    """An ending then follows what stands before, all of it in copies that have only the whole."""
    example = hellaswag.read({**HELLASWAG_ROW, "ctx_a": ctx_a, "ctx_b": ""}, "en")

    assert (example.context, example.question) == ("", before)


@pytest.mark.parametrize("wrong", [{"label": ""}, {"label": "4"}, {"endings": ["sings."]}])
def test_hellaswag_bad_row(wrong: dict[str, object]) -> None:
    """A label that is kept back or unknown, or too few endings, is an error."""
    with pytest.raises(ValueError, match="hellaswag: "):
        hellaswag.read({**HELLASWAG_ROW, **wrong}, "en")


COSMOSQA_ROW = {
    "id": "c1",
    "context": "I took my umbrella .",
    "question": "Why ?",
    **{f"answer{i}": text for i, text in enumerate(("Sun .", "Rain .", "Snow .", "None ."))},
    "label": 1,
}


def test_cosmosqa_row() -> None:
    """The four answers are columns of their own, in order; each follows context and question.

    jiant/tasks/lib/cosmosqa.py joins context and question.
    """
    assert cosmosqa.read(COSMOSQA_ROW, "en") == MultipleChoice(
        context="",
        question="I took my umbrella . Why ?",
        choices=("Sun .", "Rain .", "Snow .", "None ."),
        answer=1,
    )


def test_cosmosqa_unknown_label() -> None:
    """The -1 of the test set is no answer."""
    with pytest.raises(ValueError, match="label -1 is not known"):
        cosmosqa.read({**COSMOSQA_ROW, "label": -1}, "en")


def test_cosmosqa_stories() -> None:
    """Questions about one story share a cluster."""
    rows = [
        {**COSMOSQA_ROW, "id": i, "context": c} for i, c in (("a", "x"), ("b", "y"), ("c", "x"))
    ]

    assert cosmosqa.stories(rows) == ["a", "b", "a"]


COMMONSENSEQA_ROW = {
    "id": "q1",
    "question": "Where is a door?",
    "choices": {"label": ["A", "B", "C", "D", "E"], "text": ["sea", "house", "sky", "sun", "moon"]},
    "answerKey": "B",
}


def test_commonsenseqa_row() -> None:
    """The answer is a letter among those of the choices."""
    assert commonsenseqa.read(COMMONSENSEQA_ROW, "en") == MultipleChoice(
        context="",
        question="Where is a door?",
        choices=("sea", "house", "sky", "sun", "moon"),
        answer=1,
    )


def test_commonsenseqa_answer_that_is_kept_back() -> None:
    """The empty answer of the test set is none of the letters."""
    with pytest.raises(ValueError, match="answer '' is no choice; A, B, C, D, E would be"):
        commonsenseqa.read({**COMMONSENSEQA_ROW, "answerKey": ""}, "en")


CCG_ROW = {"tokens": ["It", "rains", "."], "supertags": ["NP", "S[dcl]\\NP", "."]}

AUTO = (
    "ID=wsj_0001.1 PARSER=GOLD NUMPARSE=1\n"
    "(<T S[dcl] 0 2> (<T S[dcl] 1 2> (<L NP PRP PRP It NP>) "
    "(<L S[dcl]\\NP VBZ VBZ rains S[dcl]\\NP_1>) ) (<L . . . . .>) ) \n"
)
"""A derivation as CCGbank writes it, of a sentence that is not in it."""


def test_jcommonsenseqa_row() -> None:
    """The label of JCommonsenseQA is the place of the right choice."""
    row = {"q_id": 7, "question": "絵のある本は", "label": 2}
    row |= {name: f"本{i}" for i, name in enumerate(jcommonsenseqa.CHOICES)}
    found = jcommonsenseqa.read(row, "ja")

    assert jcommonsenseqa.question(row, 0) == "7"
    assert (found.choices, found.answer) == (("本0", "本1", "本2", "本3", "本4"), 2)
    with pytest.raises(ValueError, match="label 5 is no choice; 0 to 4 would be"):
        jcommonsenseqa.read({**row, "label": 5}, "ja")


def test_ccg_is_made_of_the_users_ccgbank(tmp_path: Path) -> None:
    """Sections 00 to 18 are for training and 19 to 21 for development; categories are sorted."""
    for section in range(25):
        folder = tmp_path / "data" / "AUTO" / f"{section:02}"
        folder.mkdir(parents=True)
        (folder / "wsj_0001.auto").write_text(AUTO, "utf-8")
    ccg.convert(tmp_path, tmp_path / "made")
    train, dev = (
        [json.loads(x) for x in (tmp_path / "made" / f"{split}.jsonl").read_text().splitlines()]
        for split in ("train", "dev")
    )
    task = ccg.task(tmp_path / "made")

    assert (len(train), len(dev), train[0]) == (19, 3, CCG_ROW)
    assert task.labels == (".", "NP", "S[dcl]\\NP")
    assert_conforms(task, [CCG_ROW])


def test_ccg_without_a_section_is_refused(tmp_path: Path) -> None:
    """A folder that is not CCGbank's is named, and nothing is made up for it."""
    with pytest.raises(FileNotFoundError, match="00: no "):
        ccg.convert(tmp_path, tmp_path / "made")


def test_ccg_says_what_it_needs(tmp_path: Path) -> None:
    """Without the user's files the task is offered, and using it says how to make them."""
    with pytest.raises(DataError, match=r"train\.jsonl: no such file; CCGbank is licensed .* make"):
        Resolver(lock=Lock()).data(ccg.task(tmp_path), ("en",), "train")


def test_ccg_key_knows_the_order_of_categories(tmp_path: Path) -> None:
    """Another list of categories is another classifier, so it gives the rows another digest."""
    (tmp_path / "train.jsonl").write_text(json.dumps(CCG_ROW), "utf-8")
    digests = set()
    for listed in (". NP S[dcl]\\NP", "NP . S[dcl]\\NP"):
        (tmp_path / ccg.CATEGORIES).write_text(listed, "utf-8")
        digests.add(Resolver(lock=Lock()).data(ccg.task(tmp_path), ("en",), "train"))

    assert len(digests) == 2


def test_squad_v2_question_without_an_answer() -> None:
    """A question without answers is unanswerable, not unlabelled."""
    row = {**SQUAD_ROW, "answers": {"text": [], "answer_start": []}}

    assert squad_v2.read(row, "en").answers == ()


PAWSX_ROW = {"sentence1": "A vor B.", "sentence2": "B vor A.", "label": "0"}


def test_pawsx_row() -> None:
    """PAWS-X's labels are digits written as text, as XTREME's files have them."""
    assert pawsx.read(PAWSX_ROW, "de") == Classification(
        text="A vor B.", pair="B vor A.", label="0"
    )


def test_pawsx_unknown_label() -> None:
    """A label other than 0 and 1 is an error."""
    with pytest.raises(ValueError, match="label '2' is not known"):
        pawsx.read({**PAWSX_ROW, "label": "2"}, "de")


def pawsx_files(lost: str) -> dict[str, list[dict[str, str]]]:
    """Return PAWS-X's files of two languages as XTREME's loading script reads them.

    Args:
        lost: "" for nothing, "line" for a Korean line that a quotation mark has swallowed, "row"
            for a Korean row that is not there, with no trace.
    """
    lines = {
        language: [f"{i}\t{language} {i}a\t{language} {i}b\t{i % 2}\n" for i in range(1, 2_001)]
        for language in ("en", "ko")
    }
    if lost == "line":
        lines["ko"][1233] = '1234\t"ko 1234a\tko 1234b\t0\n'
        lines["ko"][1234] = '1235\tko 1235a"\tko 1235b\t1\n'
    if lost == "row":
        del lines["ko"][1234]
    read = {language: csv.reader(of, delimiter="\t") for language, of in lines.items()}
    return {
        language: [
            {"sentence1": row[1], "sentence2": row[2], "label": row[3]}
            for row in of
            if len(row) == 4
        ]
        for language, of in read.items()
    }


def test_pawsx_rows_are_named_by_their_ids() -> None:
    """The ids are the numbers of the lines, in a whole set and where a line was swallowed."""
    whole, lossy = pawsx_files(""), pawsx_files("line")
    names = pawsx.pairs(lossy["ko"])

    assert pawsx.pairs(whole["ko"]) == [str(i) for i in range(1, 2_001)]
    assert len(lossy["ko"]) == 1_999
    assert names == [str(i) for i in range(1, 2_001) if i != 1_235]
    assert {n: row["sentence2"] for n, row in zip(names, lossy["ko"], strict=True)}["1236"] == (
        "ko 1236b"
    )


def test_pawsx_rows_of_unknown_places_stand_alone() -> None:
    """A set that lacks a row without a trace shares no name with another language."""
    rows = pawsx_files("row")
    names = pawsx.pairs(rows["ko"])

    assert len({*names}) == 1_999
    assert not {*names} & {*pawsx.pairs(rows["en"])}


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


PANX_ROW = {"tokens": ["Rom", "liegt", "in", "Italien"], "ner_tags": [5, 0, 0, 5]}


def test_panx_row() -> None:
    """PAN-X's integers are seven tags, outside first."""
    assert panx.read(PANX_ROW, "de") == Tagging(
        tokens=("Rom", "liegt", "in", "Italien"), tags=("B-LOC", "O", "O", "B-LOC")
    )


def test_panx_unknown_tag() -> None:
    """A tag outside the seven is an error."""
    with pytest.raises(ValueError, match="tag 7 is not known; 0 to 6 would be"):
        panx.read({**PANX_ROW, "ner_tags": [7, 0, 0, 5]}, "de")


def test_panx_sentences_of_two_languages_are_different_items() -> None:
    """Sentences in one place of two languages are no translations, so their names differ."""
    assert panx.sentence(PANX_ROW, 4) != panx.sentence({"tokens": ["Rome"]}, 4)


def tydiqa_row(context: str, answer: str, start: int) -> dict[str, object]:
    """Return a row of TyDiQA."""
    return {
        "id": "korean-17-0",
        "context": context,
        "question": "?",
        "answers": {"text": [answer], "answer_start": [start]},
    }


@pytest.mark.parametrize(
    ("context", "answer", "said", "start"),
    [
        ("is red", "red", 3, 3),
        ("is red", "red", 5, 5),
        ("is (red) now", "(red)", 2, 3),
        ("red is red", "red", 4, 4),
        ("red" + " " * 40 + "is", "red", 30, None),
    ],
    ids=["exact", "context stripped", "answer stripped", "earlier one stands too", "far away"],
)
def test_tydiqa_starts(context: str, answer: str, said: int, start: int | None) -> None:
    """A start is kept where training can mend it, moved past white space, or else dropped."""
    row = tydiqa_row(context, answer, said)

    assert tydiqa.read(row, "ko").answers == (Answer(text=answer, start=start),)


def test_mlqa_row() -> None:
    """A start that is off is dropped, because nothing is trained on MLQA."""
    row = {**SQUAD_ROW, "answers": {"text": ["476"], "answer_start": [14]}}

    assert mlqa.read(row, "vi").answers == (Answer(text="476", start=None),)
    assert mlqa.paragraphs([SQUAD_ROW, {**SQUAD_ROW, "id": "q2"}]) == ["q1", "q1"]


def test_tydiqa_passages() -> None:
    """Questions about one passage share a cluster."""
    rows = [{**tydiqa_row(c, "a", 0), "id": i} for i, c in (("ko-1", "a"), ("ko-2", "a"))]

    assert tydiqa.passages(rows) == ["ko-1", "ko-1"]


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


BUCC_ROW = {
    "source_sentence": "Es regnet.",
    "target_sentence": "It is raining.",
    "source_lang": "de-000000057",
    "target_lang": "en-000008530",
}


def test_bucc_row() -> None:
    """The hub keeps the sentences' names where their languages should be."""
    assert bucc.read_gold(BUCC_ROW, "de") == Pair(
        source="Es regnet.",
        target="It is raining.",
        source_name="de-000000057",
        target_name="en-000008530",
    )


def write_bucc(folder: Path) -> None:
    """Write the shared task's files: two sentences a side, one pair of them."""
    for language in bucc.TEST:
        pair = folder / f"{language}-en"
        pair.mkdir(parents=True)
        for part in ("sample", "training"):
            for side in (language, "en"):
                text = f"{side}-1\tone\n{side}-2\ttwo\n"
                (pair / f"{pair.name}.{part}.{side}").write_text(text, "utf-8")
            (pair / f"{pair.name}.{part}.gold").write_text(f"{language}-2\ten-1\n", "utf-8")


def test_bucc_of_the_full_texts(tmp_path: Path) -> None:
    """Pairs come first, then the sentences that have no translation, in the shared task's order."""
    write_bucc(tmp_path)
    bucc.convert(tmp_path, tmp_path / "made")
    rows = [json.loads(x) for x in (tmp_path / "made" / "test.ru.jsonl").read_text().splitlines()]
    read = [bucc.read_full(row, "ru") for row in rows]
    task = bucc.task(tmp_path / "made")

    assert read == [
        Pair(source="two", target="one", source_name="ru-2", target_name="en-1"),
        Pair(source="one", target=None, source_name="ru-1"),
        Pair(source=None, target="two", target_name="en-2"),
    ]
    assert_conforms(task, rows, language="ru")


def test_bucc_gold_of_no_text_is_refused(tmp_path: Path) -> None:
    """A gold pair whose sentence is in no text is an error that names it."""
    write_bucc(tmp_path)
    (tmp_path / "fr-en" / "fr-en.sample.gold").write_text("fr-9\ten-1\n", "utf-8")
    with pytest.raises(ValueError, match="fr-9 en-1: one of them is in no text"):
        bucc.convert(tmp_path, tmp_path / "made")


def test_bucc_pools_have_different_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mining among gold pairs and in full texts are never shown as one; the user says which."""
    monkeypatch.setenv(bucc.FOLDER, "somewhere")
    (full,) = bucc.xharness_tasks()

    assert bucc.GOLD_POOL.metric.signature == "bucc/gold-pool/ratio-margin-k4-max@1"
    assert full.metric.signature == "bucc/ratio-margin-k4-max@1"
    with pytest.raises(DataError, match=r"test\.zh\.jsonl: no such file; get the full texts"):
        Resolver(lock=Lock()).data(full, ("zh",), "test")


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
        (bucc.GOLD_POOL, BUCC_ROW),
        (tatoeba.TASK, TATOEBA_ROW),
        (squad_v2.TASK, SQUAD_ROW),
        (mlqa.TASK, SQUAD_ROW),
        (qqp.TASK, QQP_ROW),
        (hellaswag.TASK, HELLASWAG_ROW),
        (cosmosqa.TASK, COSMOSQA_ROW),
        (commonsenseqa.TASK, COMMONSENSEQA_ROW),
        (pawsx.TASK, PAWSX_ROW),
        (panx.TASK, PANX_ROW),
        (tydiqa.TASK, tydiqa_row("is red", "red", 5)),
    ],
    ids=lambda value: value.name if isinstance(value, Task) else "",
)
def test_rows_conform(task: Task, row: dict[str, object]) -> None:
    """A row with only the declared columns is read, named and scored as a task promises."""
    assert_conforms(task, [row])


def test_anli_plus_rows_conform() -> None:
    """The same for ANLI+, which leaves one of two rows out."""
    assert_conforms(anli_plus.TASK, [MNLI_ROW, {**MNLI_ROW, "label": -1}], left_out=1)


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

    # Running text has no labels to read; test_texts.py is about it.
    assert set(modules) == {*TASKS, "wikipedia", "mlm_text"}
    assert named == modules
