"""The strategy translate: its plan, what it refuses, whole comparisons, and real sentences."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.phase_run import phase_run
from support.plans import NLI, TAGS, TASKS, build, request
from support.program import SUPPORT
from xharness import Files, Kind, Role, Seq2Seq, Strategy, Task, Train
from xharness.data.reading import NamedExample, Rows
from xharness.engine.translation import translated_rows
from xharness.errors import DataError, StudyError
from xharness.examples import Classification
from xharness.phases import Model, Seq2SeqModel, Texts, Translate, describe, inputs
from xharness.planning.plan import Plan
from xharness.planning.request import ChosenStrategy
from xharness.planning.resolve import Lock, Resolver
from xharness.strategies import Arm
from xharness.testing import FakeRunner, assert_strategy_conforms, fake_task
from xharness_strategies.english import English
from xharness_strategies.translate import TranslateRows
from xharness_translators import m2m100, nllb, opus_mt

MT = Seq2Seq(name="mt", pretrain=1, style="bos", codes={"en": "e", "sw": "s", "fr": "f"})
PLUGIN = SUPPORT / "translate_plugin.py"


def plan_of(strategy: Strategy, tasks: Mapping[str, Task] = TASKS, **changes: Any) -> Plan:
    """Return a plan of english and another strategy on the tasks of test_plan."""
    chosen = (
        ChosenStrategy(label="english", strategy=English()),
        ChosenStrategy(label="translate", strategy=strategy),
    )
    fields = {"translators": {"mt": MT}, "translator": "mt", "strategies": chosen, **changes}
    return build(request(**fields), dict(tasks))


def trainings(plan: Plan, task: str = "nli") -> list[Train]:
    """Return the first trainings on a task, english's first."""
    return [
        p
        for p in plan.phases
        if isinstance(p, Train) and p.streams[0].task == task and not hasattr(p.start, "train")
    ]


def test_the_strategy_conforms() -> None:
    """It keeps every promise of a strategy."""
    assert_strategy_conforms(TranslateRows())


def test_rows_are_divided_among_the_languages() -> None:
    """Source and targets have equal parts of the same rows, so nothing is trained on twice."""
    english, divided = trainings(plan_of(TranslateRows()))
    made = [s.translated for s in divided.streams]

    assert [s.part for s in english.streams] == [None]
    assert [(s.languages, s.part, s.limit) for s in divided.streams] == [
        (("en",), (0, 2), 10),
        (("sw",), (1, 2), 10),
    ]
    assert made[0] is None
    assert made[1] is not None
    assert (made[1].language, made[1].into, made[1].part) == ("en", "sw", (1, 2))
    assert made[1].translator == Seq2SeqModel(
        start=made[1].translator.start,  # type: ignore[union-attr]
        style="bos",
        source="e",
        into="s",
    )
    assert [describe(p) for p in inputs(divided)] == [
        "pretrain tiny",
        "translate nli en-sw part 2 of 2 by mt",
    ]
    assert describe(divided) == "train nli in sw seed 1"
    assert describe(inputs(made[1])[0]) == "pretrain mt"


def test_languages_and_translator_are_parameters() -> None:
    """Languages may be none of the targets', and the source may be left out."""
    other = replace(MT, name="other")
    strategy = TranslateRows(
        languages=("sw", "fr"), translator="other", share_source=False, beams=4
    )
    divided = trainings(plan_of(strategy, translators={"mt": MT, "other": other}))[1]
    made = [s.translated for s in divided.streams if s.translated]

    assert [(t.into, t.part, t.beams) for t in made] == [("fr", (0, 2), 4), ("sw", (1, 2), 4)]
    assert [describe(p) for t in made for p in inputs(t)] == ["pretrain other"] * 2


def test_references_are_rows_of_the_named_task() -> None:
    """BLEU is measured on the task that the intermediate names, where it has the language."""
    parallel = replace(NLI, references="xnli")
    divided = trainings(plan_of(TranslateRows(languages=("fr", "sw")), {**TASKS, "nli": parallel}))[
        1
    ]
    found = {s.translated.into: s.translated.references for s in divided.streams if s.translated}

    assert found["fr"] is None
    assert found["sw"] is not None
    assert (found["sw"].task, found["sw"].split, found["sw"].limit) == ("xnli", "dev", 200)


@pytest.mark.parametrize(
    ("strategy", "changes", "wrong"),
    [
        (
            TranslateRows(languages=("de",)),
            {},
            "mt does not translate nli from en into 'de'; it knows fr, sw",
        ),
        (TranslateRows(translator="nt"), {}, "no translator is called 'nt'; known: mt"),
        (
            TranslateRows(),
            {"translator": ""},
            "the suite small names none; write translate:translator=",
        ),
        (
            TranslateRows(),
            {"targets": (TAGS,), "languages": {"tags": ("en", "de")}},
            "no target has one",
        ),
        (TranslateRows(beams=0), {}, "beams: 0 makes no search"),
    ],
)
def test_what_makes_no_sense_is_refused(
    strategy: TranslateRows, changes: dict[str, Any], wrong: str
) -> None:
    """Before anything runs, the message names what would be right."""
    with pytest.raises(StudyError) as caught:
        plan_of(strategy, **changes)

    assert wrong in str(caught.value)


def test_a_tagging_task_is_refused() -> None:
    """Tags belong to words, so such a task cannot be translated."""
    tags = fake_task(Kind.TAGGING, "ccg", role=Role.INTERMEDIATE, languages=("en",))
    with pytest.raises(StudyError, match="ccg: a tagging task cannot be translated"):
        plan_of(TranslateRows(), {**TASKS, "ccg": tags}, arms=(Arm(tasks=("ccg",)),))


def test_a_folder_stands_in_for_the_hub(tmp_path: Path) -> None:
    """name@folder takes the codes of the one and the files of the other."""
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    hub = replace(MT, pretrain=None, location="org/mt")
    plan = plan_of(TranslateRows(translator=f"mt@{tmp_path}"), translators={"mt": hub})
    made = next(p for p in plan.phases if isinstance(p, Translate))

    assert isinstance(made.translator, Seq2SeqModel)
    assert isinstance(made.translator.start, Model)
    assert made.translator.start.location == str(tmp_path)
    assert made.translator.start.weights.startswith("sha256:")
    assert (made.translator.source, made.translator.into) == ("e", "s")


def test_files_know_the_languages_that_are_there(tmp_path: Path) -> None:
    """A folder's files say which languages there are; their bytes are in the key."""
    (tmp_path / "en-sw.tsv").write_text("a\tb\n", "utf-8")
    made = Resolver(lock=Lock()).translator(Files(name="f", folder=str(tmp_path)), "en", "sw")
    plan = plan_of(TranslateRows(translator=f"f@{tmp_path}"), translators={"f": Files(name="f")})

    assert isinstance(made, Texts)
    assert made in [p.translator for p in plan.phases if isinstance(p, Translate)]


def test_codes_are_those_of_the_models() -> None:
    """Every language has a code that the model's own tokenizer lists."""
    pytest.importorskip("transformers")
    from transformers.models.nllb import tokenization_nllb

    assert set(nllb.CODES.values()) <= set(tokenization_nllb.FAIRSEQ_LANGUAGE_CODES)
    assert nllb.NLLB.codes["zh"] == "zho_Hans"
    assert set(opus_mt.OPUS_MT.tokens) <= set(opus_mt.OPUS_MT.codes)


def test_m2m_codes_are_those_of_its_tokenizer() -> None:
    """Likewise for M2M-100, whose tokenizer needs sentencepiece."""
    pytest.importorskip("sentencepiece")
    from transformers.models.m2m_100 import tokenization_m2m_100

    known = tokenization_m2m_100.FAIRSEQ_LANGUAGE_CODES["m2m100"]
    assert set(m2m100.M2M100.codes) <= set(known)


def named(count: int) -> Rows:
    """Return rows called 0, 1 and so on."""
    made = tuple(
        NamedExample(
            example=Classification(text=str(i), label="x"),
            language="en",
            item=str(i),
            cluster="",
            where="",
        )
        for i in range(count)
    )
    return Rows(named=made, read=count, left_out=0)


def test_parts_are_all_rows_once() -> None:
    """Parts differ by one row at most, keep the order, and are drawn by the seed."""
    parts = [
        [int(n.item) for n in translated_rows.part(named(11), (i, 3), 0).named] for i in range(3)
    ]

    assert sorted(n for p in parts for n in p) == list(range(11))
    assert [len(p) for p in parts] == [4, 4, 3]
    assert all(p == sorted(p) for p in parts)
    assert parts[0] != [int(n.item) for n in translated_rows.part(named(11), (0, 3), 1).named]
    with pytest.raises(DataError, match="2 rows cannot be divided into 3 parts"):
        translated_rows.part(named(2), (0, 3), 0)


def dictionary(folder: Path) -> None:
    """Write a file that translates the fakes' English into their German."""
    rows = []
    for i in range(24):
        colour = ("red", "green", "blue")[i % 3]
        rows += [
            (f"en thing {i} is {colour}", f"de thing {i} is {colour}"),
            (f"is thing {i} {colour}", f"is thing {i} {colour}"),
        ]
    (folder / "en-de.tsv").write_text("".join(f"{s}\t{t}\n" for s, t in rows), "utf-8")


def artifacts(store: Path, kind: str, name: str) -> list[dict[str, Any]]:
    """Return a JSON file of every finished phase of a kind."""
    return [
        json.loads((p.parent / name).read_text("utf-8"))
        for p in sorted(store.glob("phases/*/*/manifest.json"))
        if json.loads(p.read_text("utf-8"))["kind"] == kind
    ]


def test_a_comparison_with_translated_rows(tiny_model: Path, tmp_path: Path) -> None:
    """Both strategies train on as many rows and make as many updates."""
    dictionary(tmp_path)
    store = tmp_path / "store"
    command = [
        *(sys.executable, "-m", "xharness", "compare", "--json", "--offline", "--suite", "xtreme"),
        *("--plugin", str(PLUGIN), "--model", str(tiny_model), "--store", str(store)),
        *("--targets", "classify", "--intermediates", "middle", "--set", "recipe.max_length=32"),
        *("--strategies", "english,translate:translator=dictionary", "--workers", "1"),
    ]
    environment = {**os.environ, "DICTIONARY": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    trained = [
        counts
        for counts in artifacts(store, "Train", "counts.json")
        if counts["streams"][0]["task"] == "middle"
    ]
    (made,) = artifacts(store, "Translate", "counts.json")

    assert {r["strategy"] for r in found["results"]} == {
        "none",
        "english",
        "translate:translator=dictionary",
    }
    assert sorted([s["used"] for s in t["streams"]] for t in trained) == [[12, 12], [24]]
    assert len({t["updates"] for t in trained}) == 1
    assert (made["asked"], made["translated"], made["yield"]) == (12, 12, 100.0)
    assert made["quality"]["bleu"]["score"] == 100.0
    assert made["quality"]["task"] == "classify"

    look = ["leaderboard", "--store", str(store), "--plugin", str(PLUGIN)]
    told = subprocess.run(
        [*command[:3], *look, "--details"],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )

    assert (
        "translate:translator=dictionary: dictionary into de, BLEU 100.0, chrF 100.0, on 48 pairs; "
        "0 of 12 rows lost"
    ) in " ".join(told.stdout.split())


def test_the_fake_runner_runs_translations(tmp_path: Path) -> None:
    """Plugin authors can test plans with translations without any model."""
    phases = [p for p in plan_of(TranslateRows()).phases if isinstance(p, Translate)]

    assert FakeRunner().xharness_run_phase(phases[0], {}, phase_run(tmp_path, TASKS))
    assert len((tmp_path / "rows.jsonl").read_text("utf-8").splitlines()) == 5
