"""The main command of the product on its embedded default, made small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Command

LANGUAGES = ("qaa", "qab", "qaj")
FEW = ("--limit-train", "300", "--limit-eval", "60", "--seeds", "2")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the store that the tests of this module share."""
    return tmp_path_factory.mktemp("lab") / "store"


def test_the_three_strategies_run_on_the_lab(xharness: Command, store: Path) -> None:
    """Every strategy, target, language and seed has a score, and nothing is downloaded."""
    ran = xharness(
        *("compare", "--strategies", "english,translate,mlm", "--targets", "lab_xnli,lab_tatoeba"),
        *("--languages", ",".join(LANGUAGES), "--offline", "--json", *FEW),
        XHARNESS_DISABLE="",
        XHARNESS_STORE=str(store),
    )
    found = {(r["strategy"], r["target"], r["language"], r["seed"]) for r in ran.json["results"]}
    wanted = {
        (s, target, language, seed)
        for s in ("none", "english", "translate", "mlm")
        for target in ("lab_xnli", "lab_tatoeba")
        for language in LANGUAGES
        for seed in (1, 2)
        if (target, language) != ("lab_tatoeba", "qaa")
    }

    assert found == wanted


def test_its_translations_are_measured(store: Path) -> None:
    """Rows translated by lab-mt lose nothing and have BLEU above 90 where text is not rare."""
    counts = [json.loads(p.read_text("utf-8")) for p in store.rglob("counts.json")]
    measured = [c for c in counts if "bleu" in json.dumps(c).lower()]

    assert len(measured) == len(LANGUAGES) - 1
    assert all(c["lost"] == {} for c in measured)
