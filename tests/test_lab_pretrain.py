"""The lab's encoder: a short pretraining leaves an ordinary folder, the same each time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch

from xharness import PhaseRun, Pretrain, Role, Row
from xharness_lab import MODEL, pretrain, xharness_run_phase, xharness_tasks
from xharness_lab.corpus import Document
from xharness_lab.languages import lexicon

PHASE = Pretrain(model="lab-tiny", version=1)
SHORT = (
    pretrain.Stage(documents=300, passages=0.0, batch=16),
    pretrain.Stage(documents=100, passages=0.5, batch=16, translations=16),
)


def phase_run(out: Path, **changes: object) -> PhaseRun:
    """Return what a phase is given."""
    out.mkdir(parents=True, exist_ok=True)
    given: dict[str, object] = {
        "out": out,
        "scratch": out,
        "device": "cpu",
        "threads": 1,
        "tasks": {},
        "data_root": None,
        "offline": True,
        "report": lambda _done, _speed: None,
        "should_stop": lambda: False,
    }
    return PhaseRun(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretrain on a few hundred documents."""
    monkeypatch.setattr(pretrain, "STAGES", SHORT)


@pytest.mark.usefixtures("short")
def test_the_folder_loads_as_any_other(tmp_path: Path) -> None:
    """AutoModel and AutoTokenizer read what a pretraining wrote; a pair is marked as XLM-R's."""
    from transformers import AutoModel, AutoTokenizer

    assert xharness_run_phase(PHASE, {}, phase_run(tmp_path))
    model = AutoModel.from_pretrained(tmp_path / "model", add_pooling_layer=False)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    words = list(lexicon("qac").values())[:2]
    read = tokenizer(*words)
    named = ["<s>", words[0], "</s>", "</s>", words[1], "</s>"]

    assert tokenizer.convert_ids_to_tokens(read["input_ids"]) == named
    assert list(read) == ["input_ids", "attention_mask"]
    assert model.config.hidden_size == MODEL.width
    assert model(torch.tensor([read["input_ids"]])).last_hidden_state.isfinite().all()
    assert json.loads((tmp_path / "profile.json").read_text("utf-8"))["precision"] == "float32"


@pytest.mark.usefixtures("short")
def test_two_pretrainings_give_the_same_bytes(tmp_path: Path) -> None:
    """Equal seed and threads: equal weights and tokenizer; another seed, other weights."""
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        pretrain.run(seed, phase_run(tmp_path / name))
    made = {
        n: [
            (tmp_path / n / "model" / f).read_bytes()
            for f in ("model.safetensors", "tokenizer.json")
        ]
        for n in "abc"
    }

    assert made["a"] == made["b"]
    assert made["a"][0] != made["c"][0]
    assert made["a"][1] == made["c"][1]


@pytest.mark.usefixtures("short")
def test_a_stop_is_obeyed(tmp_path: Path) -> None:
    """Asked to stop, a pretraining ends at the next update and leaves no model."""
    with pytest.raises(KeyboardInterrupt):
        pretrain.run(0, phase_run(tmp_path, should_stop=lambda: True))

    assert not (tmp_path / "model").exists()


@pytest.mark.usefixtures("short")
def test_progress_is_told(tmp_path: Path) -> None:
    """The part done rises towards one, with a speed above zero."""
    told: list[tuple[float, float]] = []
    pretrain.run(0, phase_run(tmp_path, report=lambda done, speed: told.append((done, speed))))

    assert told == sorted(told)
    assert 0 < told[0][0] < told[-1][0] <= 1
    assert all(speed > 0 for _, speed in told)


def test_other_phases_are_left_alone(tmp_path: Path) -> None:
    """Another plugin's pretraining is not run here."""
    other = Pretrain(model="somebody-else", version=1)

    assert xharness_run_phase(other, {}, phase_run(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_the_real_text_has_every_word_of_the_tasks_and_few_translations() -> None:
    """No test row has an unknown word, and at most 5 % of all tokens are of sentence pairs."""
    text = [pretrain._text(stage) for stage in pretrain.STAGES]
    tokenizer = pretrain.make_tokenizer()

    def tokens(texts: Iterable[Document]) -> int:
        return sum(len(ids) for ids in tokenizer([t for d in texts for t in d])["input_ids"])

    documents = sum(tokens(d) for by_code, _ in text for d in by_code.values() if d)
    pairs = sum(tokens(p) for _, p in text if p)

    assert 0 < pairs / (pairs + documents) <= 0.05
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
