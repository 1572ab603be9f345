"""Translating rows: models told their languages, a memory, files made before, and what is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from support.engine_tiny import Lab, in_both_precisions, lines
from support.program import MIRROR
from support.translator_tiny import (
    make_m2m,
    make_m2m_tokenizer,
    make_marian,
    make_marian_tokenizer,
    make_nllb_tokenizer,
    make_tokenizer,
)
from xharness.engine.encoder.profile import Hardware
from xharness.engine.translation import segments, seq2seq
from xharness.engine.translation.memory import open_memory
from xharness.engine.translation.segments import TranslatedSentence
from xharness.errors import DataError, ModelError
from xharness.examples import Answer, Classification, Example, SpanQuestion
from xharness.phases import Model, References, Seq2SeqModel, Texts, Translate
from xharness.store.store import Artifact, Store
from xharness.tasks import Kind, Role, Task
from xharness.testing import fake_task

CPU = Hardware(device=torch.device("cpu"), precision="float32", threads=1)
SENTENCES = ("man dog", "old man", "dog sees cat", "red old", "man old red", "dog")


def task_of(*examples: Example, name: str = "nli", kind: Kind = Kind.CLASSIFICATION) -> Task:
    """Return a task whose rows are these examples in every language."""

    def generate(config: str, split: str) -> list[dict[str, Any]]:
        return [{"id": f"{i}", "example": e} for i, e in enumerate(examples)]

    made = fake_task(kind, name, role=Role.INTERMEDIATE)
    return replace(made, sources=(replace(made.sources[0], generate=generate),))


def text(*words: str) -> list[Classification]:
    """Return texts without a pair, of the fakes' first label."""
    return [Classification(text=w, label="red") for w in words]


NLI = task_of(*text(*SENTENCES))


def phase(translator: Seq2SeqModel | Texts, task: Task = NLI, **more: Any) -> Translate:
    """Return the translation of a task's rows into German."""
    fields = {
        "task": task.name,
        "version": 1,
        "data": "generated:1",
        "language": "en",
        "into": "de",
        "translator": translator,
        "max_length": 64,
        "batch": 3,
    }
    return Translate(**{**fields, **more})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small M2M-100 that is told the target by the first token."""
    folder = tmp_path_factory.mktemp("mt")
    make_m2m(folder, make_tokenizer(folder, "eng", "deu", "fra"))
    return folder


def told(folder: Path, **more: str) -> Seq2SeqModel:
    """Return how the model of a folder translates from English into German."""
    start = Model(weights="w", tokenizer="t", name="tiny", location=str(folder))
    return Seq2SeqModel(
        **{"start": start, "style": "bos", "source": "eng", "into": "deu", **more}  # type: ignore[arg-type]
    )


def run(store: Store, wanted: Translate, tasks: Mapping[str, Task], **more: Any) -> Artifact:
    """Run a translation into a store and return what it published."""
    return Lab(store, dict(tasks), **more).run(wanted)


def sent(store: Store) -> list[str]:
    """Return every sentence that was ever sent to a model: the memory's lines."""
    files = sorted(store.root.glob("memory/translations/*/*.jsonl"))
    rows = [line for f in files for line in f.read_text("utf-8").splitlines() if line]
    return [json.loads(row)["source"] for row in rows]


@pytest.mark.parametrize("beams", [1, 2])
def test_a_translation_is_what_the_model_says_of_the_sentence_alone(
    folder: Path, beams: int
) -> None:
    """Each sentence is translated as transformers' own generate does it alone, without padding."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    wanted = phase(told(folder), beams=beams)
    translator = seq2seq.load(wanted, told(folder), folder, CPU)
    said = {s: o for batch in translator.translate(SENTENCES) for s, o in batch}
    net = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    for sentence, outcome in said.items():
        made = net.generate(
            **words(sentence, return_tensors="pt", return_token_type_ids=False),
            forced_bos_token_id=words.convert_tokens_to_ids("deu"),
            num_beams=beams,
            do_sample=False,
            max_new_tokens=32,
            max_length=None,
            early_stopping=beams > 1,
        )
        alone = words.decode(made[0], skip_special_tokens=True)
        if not outcome.lost:
            assert outcome.text == alone.strip()
        else:
            assert words.eos_token_id not in made[0, 2:]

    assert sum(not o.lost for o in said.values()) > 1


@in_both_precisions
def test_neighbours_do_not_change_a_translation(folder: Path, precision: str) -> None:
    """A sentence comes out the same in whatever company, so it may be remembered."""
    hardware = replace(CPU, precision=precision)
    translator = seq2seq.load(phase(told(folder)), told(folder), folder, hardware)
    together = {s: o for batch in translator.translate(SENTENCES) for s, o in batch}
    backwards = {s: o for batch in translator.translate(SENTENCES[::-1]) for s, o in batch}
    alone = {s: o for w in SENTENCES[:3] for batch in translator.translate([w]) for s, o in batch}

    assert backwards == together
    assert alone.items() <= together.items()


def test_the_target_language_is_forced(folder: Path) -> None:
    """Another target code gives another translation of the same sentences."""
    into = {}
    for code in ("deu", "fra"):
        translator = seq2seq.load(phase(told(folder)), told(folder, into=code), folder, CPU)
        into[code] = [o for batch in translator.translate(SENTENCES[:3]) for _, o in batch]

    assert into["deu"] != into["fra"]


def test_nllb_reads_the_source_and_writes_the_target(tmp_path: Path) -> None:
    """NLLB's tokenizer begins with the source's code; the target's is the first token."""
    make_m2m(tmp_path, make_nllb_tokenizer(tmp_path))
    how = told(tmp_path, style="nllb", source="fra_Latn", into="deu_Latn")
    translator = seq2seq.load(phase(how), how, tmp_path, CPU)
    words = translator.tokenizer

    assert words.convert_ids_to_tokens(translator.source_ids("ab")) == [
        "fra_Latn",
        "▁",
        "a",
        "b",
        "</s>",
    ]
    assert translator.forced == words.convert_tokens_to_ids("deu_Latn")


def test_m2m_codes_are_underlined_and_marian_puts_its_token_before(tmp_path: Path) -> None:
    """M2M-100 calls German __de__; a Marian model of several targets reads its token first."""
    make_m2m(tmp_path / "m2m", make_tokenizer(tmp_path / "m2m", "__en__", "__de__"))
    make_marian(tmp_path / "marian", make_tokenizer(tmp_path / "marian", ">>deu<<"))
    m2m = told(tmp_path, style="m2m", source="en", into="de")
    marian = told(tmp_path, style="marian", token=">>deu<<")
    first = seq2seq.load(phase(m2m), m2m, tmp_path / "m2m", CPU)
    second = seq2seq.load(phase(marian), marian, tmp_path / "marian", CPU)

    assert first.forced == first.tokenizer.convert_tokens_to_ids("__de__")
    assert second.forced is None
    assert second.tokenizer.decode(second.source_ids("dog")) == ">>deu<< dog </s>"
    assert [len(b) for b in second.translate(["dog", "cat sees"])] == [2]


@pytest.mark.filterwarnings("ignore:Recommended")
def test_the_real_tokenizers_of_m2m_and_marian(tmp_path: Path) -> None:
    """M2M-100's own class begins with the source, Marian's with the token of the target."""
    pytest.importorskip("sentencepiece", reason="pip install sentencepiece")
    m2m = told(tmp_path, style="m2m", source="en", into="de")
    marian = told(tmp_path, style="marian", token=">>ara<<")
    make_m2m(tmp_path / "m2m", make_m2m_tokenizer(tmp_path / "m2m"))
    make_marian(tmp_path / "marian", make_marian_tokenizer(tmp_path / "marian", ">>ara<<"))
    first = seq2seq.load(phase(m2m), m2m, tmp_path / "m2m", CPU)
    second = seq2seq.load(phase(marian), marian, tmp_path / "marian", CPU)
    ids = first.source_ids("dog sees")

    assert (ids[0], ids[-1]) == (first.tokenizer.get_lang_id("en"), first.tokenizer.eos_token_id)
    assert first.forced == first.tokenizer.get_lang_id("de")
    assert second.source_ids("dog")[0] == second.tokenizer.convert_tokens_to_ids(">>ara<<")
    assert [len(b) for b in first.translate(["dog", "cat sees"])] == [2]
    assert [len(b) for b in second.translate(["dog", "cat sees"])] == [2]


def test_a_language_without_a_token_is_refused(folder: Path) -> None:
    """A wrong code stops before anything is translated into the wrong language."""
    with pytest.raises(ModelError, match="translator tiny: its tokenizer has no language token"):
        seq2seq.load(phase(told(folder)), told(folder, into="ita"), folder, CPU)


def test_weights_that_can_run_code_are_refused(tmp_path: Path, folder: Path) -> None:
    """Without safetensors there is no model, and the message says how to make them."""
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"anything")
    with pytest.raises(ModelError, match="save_pretrained make them"):
        seq2seq.load(phase(told(tmp_path)), told(tmp_path), tmp_path, CPU)


def test_long_sentences_and_endless_translations_are_lost(folder: Path) -> None:
    """A sentence over max_length is not sent; the reason is kept."""
    translator = seq2seq.load(phase(told(folder), max_length=8), told(folder), folder, CPU)
    said = dict(next(iter(translator.translate(["dog " * 20]))))

    assert said == {"dog " * 20: TranslatedSentence(lost=seq2seq.TOO_LONG)}


def test_no_sentence_is_translated_twice(folder: Path, tmp_path: Path) -> None:
    """Within a phase and across phases of a store, a sentence is sent to the model once."""
    store = Store(tmp_path)
    first = task_of(*text("red old", "red old", "dog. old man"), name="first")
    second = task_of(*text("old man", "red old", "man dog"), name="second")
    tasks = {t.name: t for t in (first, second)}
    for task in (first, second):
        run(store, phase(told(folder), task), tasks)

    assert sorted(sent(store)) == ["dog. old man", "man dog", "old man", "red old"]


@in_both_precisions
def test_a_memory_changes_no_byte(folder: Path, tmp_path: Path) -> None:
    """Equal phases have equal files, whether their sentences were remembered or not."""
    warm, cold = Store(tmp_path / "warm"), Store(tmp_path / "cold")
    wanted = phase(told(folder))
    tasks = {NLI.name: NLI}
    run(warm, replace(wanted, part=(0, 2)), tasks)
    mine, theirs = run(warm, wanted, tasks), run(cold, wanted, tasks)

    assert len(sent(warm)) == len(sent(cold)) == len(SENTENCES)
    for name in ("rows.jsonl", "memory.jsonl", "counts.json", "profile.json"):
        assert mine.file(name).read_bytes() == theirs.file(name).read_bytes()


def test_a_stopped_translation_goes_on(folder: Path, tmp_path: Path) -> None:
    """What was translated before a stop is not translated again."""
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(store, phase(told(folder)), {NLI.name: NLI}, should_stop=lambda: True)
    before = sent(store)
    run(store, phase(told(folder)), {NLI.name: NLI})

    assert 0 < len(before) < len(SENTENCES)
    assert sorted(sent(store)) == sorted(SENTENCES)


def test_a_damaged_line_is_not_remembered(tmp_path: Path) -> None:
    """A line that was changed or cut short is as if it were not there."""
    with open_memory(tmp_path, "a") as memory:
        memory.add(
            [("dog", TranslatedSentence(text="hund")), ("cat", TranslatedSentence(text="katze"))]
        )
    path = tmp_path / "a.jsonl"
    path.write_text(path.read_text("utf-8").replace("katze", "hund") + '{"source": "x', "utf-8")
    with open_memory(tmp_path, "b") as memory:
        known = memory.known

    assert known == {"dog": TranslatedSentence(text="hund")}


def files(folder: Path, said: Mapping[str, str]) -> Texts:
    """Write translations into a file; return the translator that reads it."""
    path = folder / "en-de.jsonl"
    rows = [{"source": s, "translation": t} for s, t in said.items()]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    return Texts(digest=str(len(said)), name="files", location=str(path))


def test_rows_from_files_are_counted(tmp_path: Path) -> None:
    """Rows that lose their answer are left out, and the yield says how many stay."""
    rows = [
        SpanQuestion(
            context=f"Lea left {town}. Fine.",
            question="Where?",
            answers=(Answer(text=town, start=9),),
        )
        for town in ("Rome", "Wien", "Bonn", "Bern")
    ]
    task = task_of(*rows, name="qa", kind=Kind.SPAN_QA)
    said = {
        'Lea left "Rome".': "„Rom“ verließ Lea.",
        'Lea left "Wien".': "Lea verließ «Wien».",
        'Lea left "Bonn".': "Lea verließ Bonn.",
        # A whole field may be given as well as its sentences.
        'Lea left "Bern". Fine.': "Gut. Lea verließ »Bern«.",
        "Fine.": "Gut.",
        "Where?": "Wo?",
    }
    made = run(Store(tmp_path), phase(files(tmp_path, said), task), {task.name: task})
    counts = made.json("counts.json")

    assert counts["asked"] == 4
    assert counts["translated"] == 3
    assert counts["lost"] == {segments.MARKER: 1}
    assert counts["yield"] == 75.0
    assert counts["sentences"] == 6
    assert counts["quality"] == "not measured: no reference pairs"
    assert [row["example"]["context"] for row in lines(made, "rows.jsonl")] == [
        "Rom verließ Lea. Gut.",
        "Lea verließ Wien. Gut.",
        "Gut. Lea verließ Bern.",
    ]
    assert lines(made, "rows.jsonl")[2]["example"]["answers"] == [{"text": "Bern", "start": 17}]


def test_a_missing_sentence_is_named(tmp_path: Path) -> None:
    """A gap in the files stops the phase, with a file that lists all that is missing."""
    translator = files(tmp_path, {"dog": "hund"})
    with pytest.raises(DataError) as caught:
        run(Store(tmp_path), phase(translator), {NLI.name: NLI})
    listed = Path(str(caught.value).split(" are in ")[1].split(",")[0])

    assert "en-de.jsonl: lacks 5 of 6 sentences of nli, such as 'man dog'" in str(caught.value)
    assert listed.read_text("utf-8").startswith('{"source": "man dog", "translation": ""}\n')
    assert len(listed.read_text("utf-8").splitlines()) == 5


def test_quality_is_measured_on_reference_pairs(tmp_path: Path) -> None:
    """BLEU and chrF are sacrebleu's, of what the translator makes of the references."""
    import sacrebleu

    english = ["one two three four five", "six seven eight nine ten"]
    right = {"one two three four five": "a b c d e", "six seven eight nine ten": "f g h i j"}

    def generate(config: str, split: str) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{i}",
                "example": Classification(text=e if config == "en" else right[e], label="red"),
            }
            for i, e in enumerate(english)
        ]

    parallel = fake_task(name="xnli")
    parallel = replace(parallel, sources=(replace(parallel.sources[0], generate=generate),))
    pairs = References(
        task="xnli", version=1, data="generated:1", data_into="generated:1", split="test", limit=200
    )
    said = {**dict.fromkeys(SENTENCES, "x"), english[0]: "a b c d x", english[1]: "f g h i j"}
    wanted = phase(files(tmp_path, said), references=pairs)
    made = run(Store(tmp_path), wanted, {"nli": NLI, "xnli": parallel})
    found = made.json("counts.json")["quality"]
    expected = sacrebleu.corpus_bleu(["a b c d x", "f g h i j"], [["a b c d e", "f g h i j"]])

    assert found["texts"] == 2
    assert found["bleu"]["score"] == round(expected.score, 4)
    assert found["bleu"]["signature"].startswith("nrefs:1|case:mixed|eff:no|tok:13a|")


NTREX = MIRROR / "local" / "ntrex-128"


@pytest.mark.skipif(not NTREX.is_dir(), reason="no NTREX: set XHARNESS_DATA_ROOT")
def test_a_wrong_file_shows_in_bleu(tmp_path: Path) -> None:
    """On real sentences a right file of translations has BLEU 100, a shifted one hardly any."""
    import pyarrow.parquet as pq

    rows = pq.read_table(NTREX / "en-sw" / "test-00000-of-00001.parquet").to_pylist()
    pairs = {r["translation"]["en"]: r["translation"]["sw"] for r in rows[:300]}
    english, swahili = list(pairs), list(pairs.values())
    nli = task_of(*(Classification(text=t, label="red") for t in english[:40]))

    def generate(config: str, split: str) -> list[dict[str, Any]]:
        texts = english if config == "en" else swahili
        return [
            {"id": f"{i}", "example": Classification(text=t, label="red")}
            for i, t in enumerate(texts)
        ]

    parallel = fake_task(name="ntrex", languages=("en", "sw"))
    parallel = replace(parallel, sources=(replace(parallel.sources[0], generate=generate),))
    references = References(
        task="ntrex",
        version=1,
        data="generated:1",
        data_into="generated:1",
        split="test",
        limit=200,
    )
    scores = {}
    for name, shift in (("right", 0), ("wrong", 1)):
        path = tmp_path / f"{name}.jsonl"
        turned = swahili[shift:] + swahili[:shift]
        lines = [{"source": s, "translation": t} for s, t in zip(english, turned, strict=True)]
        path.write_text("".join(json.dumps(x) + "\n" for x in lines), "utf-8")
        wanted = phase(
            Texts(digest=name, location=str(path)), nli, into="sw", references=references
        )
        made = run(Store(tmp_path / name), wanted, {"nli": nli, "ntrex": parallel})
        scores[name] = made.json("counts.json")["quality"]

    assert scores["right"]["bleu"]["score"] == pytest.approx(100.0)
    assert scores["right"]["chrf"]["score"] == pytest.approx(100.0)
    assert scores["wrong"]["bleu"]["score"] < 2.0
    assert scores["wrong"]["texts"] == scores["right"]["texts"] == 200
