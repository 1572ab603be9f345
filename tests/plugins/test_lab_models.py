"""The lab's models: what is shipped, and what makes it."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from xharness import Role, Row
from xharness_lab import MODEL, TRANSLATOR, encoder, pretrain, translator, xharness_tasks
from xharness_lab.cards import card
from xharness_lab.corpus import parallel
from xharness_lab.languages import LANGUAGES, lexicon
from xharness_lab.tokens import make_tokenizer, words_of

pytestmark = pytest.mark.training

WEIGHTS = Path(str(MODEL.path)).parent
SHORT = (
    encoder.Stage(documents=300, passages=0.0, batch=16, translations=20, mixed=20, judged=0),
    encoder.Stage(documents=100, passages=0.5, batch=16, translations=20, mixed=20, judged=48),
)


STAGE = encoder.Stage(documents=100, passages=0.0, batch=16, translations=100, mixed=100, judged=48)


def quiet(_done: float) -> None:
    """Say nothing of progress."""


def short_encoder(seed: int, report: Any = quiet) -> tuple[Any, Any]:
    """Return an encoder that saw a few hundred documents, and its tokenizer."""
    tokenizer = make_tokenizer()
    model = encoder.make_model(len(tokenizer), seed)
    encoder.train(model, encoder.batches(tokenizer, SHORT, seed), seed, report)
    return model, tokenizer


def short_translator(seed: int) -> tuple[Any, Any]:
    """Return a translator that saw a few hundred sentences, and its tokenizer."""
    tokenizer = make_tokenizer(translator.CODES)
    model = translator.make_model(len(tokenizer), seed)
    translator.train(model, translator.batches(tokenizer, 300, seed), quiet)
    return model, tokenizer


def test_what_is_shipped_is_small_and_has_a_card() -> None:
    """Both models together have at most 12 MB, no format but safetensors, and a model card each."""
    files = [p for p in WEIGHTS.rglob("*") if p.is_file()]

    assert sum(p.stat().st_size for p in files) <= 12_000_000
    assert {p.suffix for p in files} == {".json", ".safetensors", ".md"}
    for name in (MODEL.name, TRANSLATOR.name):
        assert (WEIGHTS / name / "README.md").read_text("utf-8") == card(name)
        made = json.loads((WEIGHTS / name / "made.json").read_text("utf-8"))
        assert (made["threads"], made["seed"]) == (1, pretrain.SEEDS[name])


def test_the_shipped_tokenizers_are_what_the_code_makes(tmp_path: Path) -> None:
    """A word added to a language would need models that know it; the same words, the same file."""
    for name, codes in ((MODEL.name, ()), (TRANSLATOR.name, translator.CODES)):
        make_tokenizer(codes).save_pretrained(tmp_path / name)
        made, shipped = ((p / name / "tokenizer.json") for p in (tmp_path, WEIGHTS))

        assert made.read_bytes() == shipped.read_bytes()


def test_the_encoder_loads_as_any_other() -> None:
    """AutoModel and AutoTokenizer read the folder; a pair is marked as XLM-R marks it."""
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(MODEL.path, add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(MODEL.path)
    words = list(lexicon("qac").values())[:2]
    read = tokenizer(*words)
    named = ["<s>", words[0], "</s>", "</s>", words[1], "</s>"]

    assert tokenizer.convert_ids_to_tokens(read["input_ids"]) == named
    assert list(read) == ["input_ids", "attention_mask"]
    assert model.dtype == torch.float16
    assert model.float()(torch.tensor([read["input_ids"]])).last_hidden_state.isfinite().all()


@pytest.mark.parametrize(("code", "right"), [("qab", 0.9), ("qac", 0.9), ("qad", 0.9)])
def test_the_translator_translates(code: str, right: float) -> None:
    """Nine in ten sentences that it never saw, also those in quotes, come out as they should."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(TRANSLATOR.location, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(TRANSLATOR.location)
    pairs = list(islice(parallel(code, quoted=0.3, seed=1), 40))
    read = tokenizer([p[0] for p in pairs], padding=True, return_tensors="pt")
    said = model.generate(
        **read,
        forced_bos_token_id=tokenizer.convert_tokens_to_ids(code),
        max_new_tokens=40,
        num_beams=1,
    )
    texts = tokenizer.batch_decode(said, skip_special_tokens=True)
    same = [t.replace(" ", "") == p[1].replace(" ", "") for t, p in zip(texts, pairs, strict=True)]

    assert sum(same) / len(same) >= right


def test_it_translates_into_every_language_that_has_text() -> None:
    """The translator's codes are those offered to strategies, the source left out."""
    assert {*translator.CODES, "qaa"} == set(TRANSLATOR.codes)
    assert {x.code for x in LANGUAGES} - {*TRANSLATOR.codes} == {"qak", "qal"}


@pytest.mark.parametrize("short", [short_encoder, short_translator])
def test_two_trainings_give_the_same_bytes(short: Any, tmp_path: Path) -> None:
    """Equal seeds: equal weights, tokenizer and card; another seed: other weights."""
    name = MODEL.name if short is short_encoder else TRANSLATOR.name
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        pretrain.write(*short(seed), tmp_path / folder / name, seed)
    made = {
        n: {p.name: p.read_bytes() for p in sorted((tmp_path / n / name).iterdir())} for n in "abc"
    }

    assert made["a"] == made["b"]
    assert made["a"]["model.safetensors"] != made["c"]["model.safetensors"]
    assert made["a"]["tokenizer.json"] == made["c"]["tokenizer.json"]


def test_progress_is_told() -> None:
    """The part done rises towards one."""
    told: list[float] = []
    short_encoder(0, told.append)

    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1


def test_a_language_has_its_dose() -> None:
    """Translations go with the square root of a language's share of text."""
    tokenizer = make_tokenizer()
    source = {*words_of(tokenizer, "qaa")}
    found: Counter[str] = Counter()
    for batch in encoder.batches(tokenizer, [STAGE], 0):
        if batch.apart is not None:
            both = {*batch.words.tolist()}
            code = next(
                x.code for x in LANGUAGES[1:] if {*words_of(tokenizer, x.code)} | source == both
            )
            found[code] += len(batch.ids)

    # 100 translations for a share of 1: 100 * sqrt(0.3) = 54.8, and so on.
    assert dict.fromkeys("bcd", 55) | dict.fromkeys("efg", 32) | dict.fromkeys("hij", 17) == {
        code[-1]: count for code, count in found.items() if code != "qal"
    }
    assert found["qal"] == 100


def test_words_are_switched_between_two_languages() -> None:
    """Most batches without translations that hold two languages have both in most documents."""
    tokenizer = make_tokenizer()
    own = {c: {*lexicon(c).values()} for c in ("qaa", "qac")}
    words = {*words_of(tokenizer, "qaa"), *words_of(tokenizer, "qac")}
    documents = [
        {*tokenizer.convert_ids_to_tokens(row)}
        for batch in encoder.batches(tokenizer, [STAGE], 0)
        if batch.apart is None and batch.relations is None and {*batch.words.tolist()} == words
        for row in batch.ids.tolist()
    ]

    assert sum(bool(d & own["qaa"] and d & own["qac"]) for d in documents) > 0.9 * len(documents)
    assert len(documents) == 2 * 27  # half of 100 * sqrt(0.3) in either language


def test_the_tokenizer_has_every_word_of_the_tasks() -> None:
    """No test row has an unknown word."""
    tokenizer = make_tokenizer()

    assert len(tokenizer) < 3000
    for task in (t for t in xharness_tasks() if t.role is Role.TARGET):
        for code in task.languages:
            generate = task.sources[0].generate
            assert generate is not None
            texts = [v for r in generate(code, "test")[:50] for v in _texts(r)]
            known = {i for ids in tokenizer(texts)["input_ids"] for i in ids}

            assert tokenizer.unk_token_id not in known


def _texts(row: Row) -> list[str]:
    """Return a row's texts and tokens, names and labels left out."""
    wanted = "premise hypothesis first second context question sentence translation".split()
    return [row[c] for c in wanted if row.get(c)] + list(row.get("tokens", ()))
