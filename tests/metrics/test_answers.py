"""Answers to questions, and scores by public name: by hand, and XTREME's own evaluator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xharness import Metric, Mlqa, SquadV1, SquadV2, TokenAccuracy
from xharness.metrics import evaluate, normalise_mlqa, score


@pytest.mark.parametrize(
    ("language", "text", "bare"),
    [
        ("en", "The “cat” — an owl!", "cat owl"),
        ("de", "Einen Hund, die Katze", "hund katze"),
        ("es", "¿Las islas?", "islas"),
        ("vi", "những con mèo", "con mèo"),
        ("hi", "the बिल्ली।", "the बिल्ली"),
        ("ar", "المسألة بالمدرسة", "مسألة ب مدرسة"),
        ("zh", "在1990年、IBM 公司", "在 1990 年 ibm 公 司"),
    ],
)
def test_mlqa_normalises_as_the_language_needs(language: str, text: str, bare: str) -> None:
    """Unicode punctuation and the language's articles go; Chinese characters are words."""
    assert normalise_mlqa(text, language) == bare


def test_mlqa_refuses_other_languages() -> None:
    """A language that MLQA lacks is never scored by another's rules."""
    with pytest.raises(ValueError, match="mlqa has no language 'fr'; it has ar, de, en"):
        evaluate("mlqa", ["x"], [["x"]], "fr")


def test_mlqa_agrees_with_xtreme(shared: Path) -> None:
    """In MLQA's seven languages F1 and exact match are the official ones to 1e-6."""
    cases = json.loads((shared / "parity" / "span_qa.json").read_text("utf-8"))
    found = {
        case["language"]: (
            evaluate(
                "mlqa",
                [row["prediction"] for row in case["rows"]],
                [row["answers"] for row in case["rows"]],
                case["language"],
            ),
            case["mlqa"],
        )
        for case in cases
        if "mlqa" in case
    }

    assert sorted(found) == ["ar", "de", "en", "es", "hi", "vi", "zh"]
    for ours, official in found.values():
        assert ours == pytest.approx(official, abs=1e-6)


@pytest.mark.parametrize(
    ("said", "gold", "f1", "exact"),
    [
        (None, [], 1.0, 1.0),
        ("the", [], 1.0, 1.0),
        ("cat", [], 0.0, 0.0),
        (None, ["cat"], 0.0, 0.0),
        ("red cat", ["cat", "dog"], 2 / 3, 0.0),
        ("The cat!", ["cat"], 1.0, 1.0),
        (None, ["the"], 1.0, 1.0),
    ],
)
def test_squad_v2_by_hand(said: str | None, gold: list[str], f1: float, exact: float) -> None:
    """No answer is right where there is none; gold answers of articles alone are no answers."""
    assert SquadV2().statistics(said, gold, "en") == pytest.approx((f1, exact, 1.0))


@pytest.mark.parametrize("metric", [SquadV1(), SquadV2(), Mlqa()], ids=lambda m: m.signature)
def test_f1_ranks(metric: Metric) -> None:
    """F1 of 75 and exact match of 50 rank as 75, and the signature says so."""
    assert score(metric, [1.5, 1.0, 2.0]) == 75.0
    assert metric.signature.endswith("-f1@1")


@pytest.mark.parametrize("metric", [SquadV1(), SquadV2(), Mlqa()], ids=lambda m: m.signature)
def test_one_gold_text_is_refused(metric: Metric) -> None:
    """A text in place of a list of answers would be read letter by letter."""
    with pytest.raises(TypeError, match="gold 'cat' is one text"):
        metric.statistics("cat", "cat", "en")


def test_token_accuracy_by_hand() -> None:
    """Two of three tags, over all sentences."""
    assert TokenAccuracy().signature == "token-accuracy@1"
    assert evaluate("token-accuracy", [["N"], ["N", "N"]], [["N"], ["N", "V"]]) == pytest.approx(
        {"accuracy": 200 / 3}
    )


@pytest.mark.parametrize(
    ("name", "said", "gold", "scores"),
    [
        ("accuracy", "a", "a", {"accuracy": 100.0}),
        ("token-accuracy", ["N"], ["N"], {"accuracy": 100.0}),
        ("squad-v1.1", "a cat", ["cat"], {"f1": 100.0, "exact_match": 100.0}),
        ("squad-v1.1", None, ["cat"], {"f1": 0.0, "exact_match": 0.0}),
        ("squad-v2", None, [], {"f1": 100.0, "exact_match": 100.0}),
        ("mlqa", "die Katze", ["Katze"], {"f1": 100.0, "exact_match": 100.0}),
        (
            "seqeval-chunk-f1",
            ["B-PER"],
            ["B-PER"],
            {"f1": 100.0, "precision": 100.0, "recall": 100.0, "accuracy": 100.0},
        ),
    ],
)
def test_evaluate_by_name(name: str, said: Any, gold: Any, scores: dict[str, float]) -> None:
    """Every public name gives its scores in percent."""
    assert evaluate(name, [said], [gold], language="de") == scores


@pytest.mark.parametrize(
    ("name", "said", "golds", "problem"),
    [
        ("f1", ["a"], ["a"], "no metric is called 'f1'; there are squad-v1.1"),
        ("accuracy", ["a"], [], "1 predictions for 0 golds"),
        ("accuracy", [], [], "at least one"),
        ("mlqa", ["a"], [["a"]], "mlqa has no language ''"),
    ],
)
def test_evaluate_refuses_what_it_cannot_score(
    name: str, said: list[str], golds: list[Any], problem: str
) -> None:
    """Unknown names, other numbers of answers and missing languages are errors, not zeros."""
    with pytest.raises(ValueError, match=problem):
        evaluate(name, said, golds)
