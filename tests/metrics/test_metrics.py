"""Metrics: hand calculations, seqeval itself, and the scores of XTREME's own evaluator."""

from __future__ import annotations

import json
import math
import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xharness import Accuracy, ChunkF1, Metric, SquadV1
from xharness.metrics import chunks, normalise_english, percent, score, scores_of

NER = ("O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC", ".", "B", "I")
POS = ("NOUN", "NUM", "PROPN", "VERB", "X", "SYM", "SCONJ", "INTJ", "PUNCT", "ADP", "_", "O")
TAGS = st.lists(st.sampled_from(NER), max_size=12) | st.lists(st.sampled_from(POS), max_size=12)


def scores(metric: Metric, answers: Sequence[tuple[Any, Any]]) -> dict[str, float]:
    """Return all scores of (prediction, gold) pairs."""
    rows = [metric.statistics(said, right, "en") for said, right in answers]
    return metric.scores([math.fsum(column) for column in zip(*rows, strict=True)])


def seqeval_chunks(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """Return the chunks that seqeval 1.2.2 finds."""
    from seqeval.metrics.sequence_labeling import get_entities

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bare tags are "not NE tags" to it
        return set(get_entities(list(tags)))


@settings(max_examples=400)
@given(TAGS)
def test_chunks_are_those_of_seqeval(tags: list[str]) -> None:
    """Any sequence of named-entity or part-of-speech tags has the chunks seqeval finds in it."""
    assert chunks(tags) == seqeval_chunks(tags)


@settings(max_examples=150)
@given(st.lists(st.integers(1, 8), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_chunk_f1_is_that_of_seqeval(lengths: list[int], chance: random.Random) -> None:
    """Over several sentences F1, precision and recall are seqeval's, in percent."""
    from seqeval.metrics import f1_score, precision_score, recall_score

    names = chance.choice((NER, [tag for tag in POS if len(tag) > 1]))
    right, said = ([chance.choices(names, k=n) for n in lengths] for _ in range(2))
    said = [a if chance.random() < 0.5 else b for a, b in zip(right, said, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = {
            "f1": 100 * f1_score(right, said),
            "precision": 100 * precision_score(right, said),
            "recall": 100 * recall_score(right, said),
        }
    found = scores(ChunkF1(), list(zip(said, right, strict=True)))

    assert {name: found[name] for name in wanted} == pytest.approx(wanted)


def test_sentences_do_not_run_into_each_other() -> None:
    """A sentence's chunks never depend on its neighbours, as they do in seqeval for the tag X.

    seqeval joins sentences with an O, which to it is of the same type as a one-letter tag: an X
    that begins a sentence gets the beginning of the last chunk before it.
    """
    right, said = [["DET", "NOUN"], ["X", "VERB"]], [["NOUN", "NOUN"], ["X", "VERB"]]

    assert ("_", 1, 3) in seqeval_chunks([*right[0], "O", *right[1]])
    assert ("_", 0, 3) in seqeval_chunks([*said[0], "O", *said[1]])
    assert scores(ChunkF1(), list(zip(said, right, strict=True)))["recall"] == 50.0


def test_bare_tags_of_one_kind_merge() -> None:
    """Two nouns beside each other are one chunk, so one wrong tag costs more than a token."""
    right = ["NOUN", "NOUN", "VERB"]

    assert chunks(right) == {("OUN", 0, 1), ("ERB", 2, 2)}
    assert scores(ChunkF1(), [(["NOUN", "VERB", "VERB"], right)]) == pytest.approx(
        {"f1": 0.0, "precision": 0.0, "recall": 0.0, "accuracy": 200 / 3}
    )


def test_chunk_f1_by_hand() -> None:
    """One of two predicted chunks is right, of three gold: 2 * 1 / (2 + 3), tokens 4 of 5."""
    right = ["B-PER", "I-PER", "O", "B-LOC", "B-ORG"]
    said = ["B-PER", "I-PER", "O", "B-LOC", "I-LOC"]
    found = scores(ChunkF1(), [(said, right)])

    assert found == pytest.approx(
        {"f1": 40.0, "precision": 50.0, "recall": 100 / 3, "accuracy": 80.0}
    )


def test_other_number_of_tags_is_an_error() -> None:
    """A sentence with a tag too few is never scored as if it were whole."""
    with pytest.raises(ValueError, match="1 predicted tags for 2 words"):
        ChunkF1().statistics(["N"], ["N", "V"], "en")


def test_accuracy_by_hand() -> None:
    """Two of four; an unanswered example counts and is wrong, even where gold is None too."""
    answers = [("a", "a"), ("b", "a"), (None, None), ("c", "c")]

    assert scores(Accuracy(), answers) == {"accuracy": 50.0}
    assert Accuracy(name="retrieval").signature == "retrieval@1"


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("The  Cat, an owl!", "cat owl"),
        ("a", ""),
        ("theatre and a man", "theatre and man"),
        ("U.S.A.", "usa"),
        ("de  l'Été", "de lété"),
        ("«x» — y", "«x» — y"),
        ("A\tB\nC", "b c"),
    ],
)
def test_squad_normalisation(text: str, bare: str) -> None:
    """Lower case; ASCII punctuation and whole English articles go; white space collapses."""
    assert normalise_english(text) == bare


@pytest.mark.parametrize(
    ("said", "gold", "f1", "exact"),
    [
        ("the cat", ["Cat."], 1.0, 1.0),
        ("red cat sat", ["cat"], 0.5, 0.0),
        ("red cat", ["dog", "cat", "red cat here"], 0.8, 0.0),
        ("cat cat", ["cat"], 2 / 3, 0.0),
        ("owl", ["cat"], 0.0, 0.0),
        (None, ["cat"], 0.0, 0.0),
        ("", ["cat"], 0.0, 0.0),
        ("the", ["a"], 0.0, 1.0),
        ("cat", [], 0.0, 0.0),
    ],
)
def test_squad_by_hand(said: str | None, gold: list[str], f1: float, exact: float) -> None:
    """F1 of bags of words, the best over the gold answers; unanswered scores 0 and counts."""
    assert SquadV1().statistics(said, gold, "en") == pytest.approx((f1, exact, 1.0))


def test_english_rules_hold_in_every_language() -> None:
    """XTREME normalises every language as English, so a German article stays a word."""
    assert SquadV1().statistics("der Hund", ["Hund"], "de")[:2] == pytest.approx((2 / 3, 0.0))


@pytest.mark.parametrize("metric", [Accuracy(), SquadV1(), ChunkF1()], ids=lambda m: m.signature)
def test_nothing_out_of_nothing_is_zero(metric: Metric) -> None:
    """Totals of zero have a score of zero, not an error; the first score is the one that ranks."""
    width = {"accuracy@1": 2, "squad-v1.1-f1@1": 3, "seqeval-chunk-f1@xtreme": 5}
    found = metric.scores([0.0] * width[metric.signature])

    assert set(found.values()) == {0.0}
    assert score(metric, [1.0] * width[metric.signature]) == 100.0
    assert percent(1, 0) == 0.0


def test_tagging_agrees_with_xtreme(shared: Path) -> None:
    """On the reference cases chunk F1 and token accuracy are the official ones to 1e-6."""
    for case in json.loads((shared / "parity" / "tagging.json").read_text("utf-8")):
        answers = list(zip(case["predictions"], case["labels"], strict=True))
        found = scores(ChunkF1(), answers)

        assert found == pytest.approx(
            {**case["expected"], "accuracy": case["token_accuracy"]}, abs=1e-6
        )


def test_span_qa_agrees_with_xtreme(shared: Path) -> None:
    """In eleven languages F1 and exact match are those of XTREME's evaluator to 1e-6."""
    cases = json.loads((shared / "parity" / "span_qa.json").read_text("utf-8"))
    for case in cases:
        answers = [(row["prediction"], row["answers"]) for row in case["rows"]]

        assert scores(SquadV1(), answers) == pytest.approx(case["xquad_tydiqa"], abs=1e-6)
    assert len(cases) == 11


class Stepped:
    """A metric whose score is no plain arithmetic: 100 where half or more is right."""

    signature = "stepped@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return whether an answer is right, and one."""
        return float(prediction == gold), 1.0

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return the one score."""
        return {"stepped": 100.0 if 2 * totals[0] >= totals[1] else 0.0}


@pytest.mark.parametrize(
    ("metric", "columns"), [(Accuracy(), 2), (ChunkF1(), 5), (SquadV1(), 3), (Stepped(), 2)]
)
def test_many_totals_are_scored_as_one_by_one(metric: Metric, columns: int) -> None:
    """Arrays of totals, zeros among them, get to the last bit what each row gets alone."""
    totals = np.random.default_rng(0).integers(0, 9, size=(200, columns)).astype(float)

    assert scores_of(metric, totals).tolist() == [score(metric, t) for t in totals.tolist()]
