"""The main command of the product on its embedded default, made small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.training

LANGUAGES = ("qaa", "qab", "qaj")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a store; what the comparison printed is beside it."""
    folder = tmp_path_factory.mktemp("lab")
    command = [
        *(sys.executable, "-m", "xharness", "compare", "--strategies", "english,translate,mlm"),
        *("--targets", "lab_xnli,lab_tatoeba", "--languages", ",".join(LANGUAGES), "--offline"),
        *("--limit-train", "300", "--limit-eval", "60", "--seeds", "2", "--json"),
    ]
    # The BLEU below is that of float32: in bf16 another word may come out.
    environment = dict(os.environ)
    with (folder / "printed.json").open("wb") as printed:
        subprocess.run(command, stdout=printed, check=True, cwd=folder, env=environment)
    return folder / "store"


def test_the_three_strategies_run_on_the_lab(store: Path) -> None:
    """Every strategy, target, language and seed has a score, and nothing is downloaded."""
    printed = json.loads((store.parent / "printed.json").read_text("utf-8"))
    found = {(r["strategy"], r["target"], r["language"], r["seed"]) for r in printed["results"]}
    wanted = {
        (strategy, target, language, seed)
        for strategy in ("none", "english", "translate", "mlm")
        for target in ("lab_xnli", "lab_tatoeba")
        for language in LANGUAGES
        for seed in (1, 2)
        if (target, language) != ("lab_tatoeba", "qaa")
    }

    assert found == wanted


def test_its_translations_are_measured(store: Path) -> None:
    """Rows translated by lab-mt lose nothing; BLEU is above 99 where there is enough text only."""
    found: dict[str, Any] = {}
    for path in store.rglob("counts.json"):
        phase = json.loads((path.parent / "phase.json").read_text("utf-8"))
        if phase[""] == "Translate":
            found[phase["translator"]["into"]] = json.loads(path.read_text("utf-8"))

    assert set(found) == {"qab", "qaj"}
    assert all(counts["lost"] == {} for counts in found.values())
    assert found["qab"]["quality"]["bleu"]["score"] > 99
    assert 10 < found["qaj"]["quality"]["bleu"]["score"] < 90
