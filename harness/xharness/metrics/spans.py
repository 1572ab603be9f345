"""Metrics of question answering: F1 of words and exact match, the best over the gold answers."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xharness.metrics.metric import percent

_ENGLISH_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = frozenset(string.punctuation)


def normalise_english(text: str) -> str:
    """Return an answer as SQuAD compares it; XTREME does so in all languages, except for MLQA.

    Lower-case; ASCII punctuation and English articles removed; white space collapsed.

    Source:
        Rajpurkar et al. 2016, official evaluation script v1.1.
    """
    bare = "".join(c for c in text.lower() if c not in _ASCII_PUNCTUATION)
    return " ".join(_ENGLISH_ARTICLES.sub(" ", bare).split())


_ARTICLES: Mapping[str, re.Pattern[str] | None] = {
    "ar": re.compile("ال"),
    "de": re.compile(r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b"),
    "en": _ENGLISH_ARTICLES,
    "es": re.compile(r"\b(un|una|unos|unas|el|la|los|las)\b"),
    "hi": None,
    "vi": re.compile(r"\b(của|là|cái|chiếc|những)\b"),
    "zh": None,
}
_HAN = re.compile("([\u4e00-\u9fa5])")


def normalise_mlqa(text: str, language: str) -> str:
    """Return an answer as MLQA compares it, words separated by one space.

    Lower-case; all Unicode punctuation and the language's articles removed. In Arabic the two
    letters of the article are removed even within a word; in Chinese each character is a word.

    Raises:
        ValueError: If MLQA does not have the language.

    Source:
        Lewis et al. 2020, mlqa_evaluation_v1.py, as in XTREME's evaluate_mlqa.py.
    """
    if language not in _ARTICLES:
        raise ValueError(f"mlqa has no language {language!r}; it has {', '.join(_ARTICLES)}")
    bare = "".join(c for c in text.lower() if not _is_mark(c))
    articles = _ARTICLES[language]
    if articles is not None:
        bare = articles.sub(" ", bare)
    if language == "zh":
        bare = _HAN.sub(r" \1 ", bare)
    return " ".join(bare.split())


def _is_mark(character: str) -> bool:
    """Return whether a character is ASCII punctuation, or punctuation by its Unicode category."""
    return character in _ASCII_PUNCTUATION or unicodedata.category(character).startswith("P")


def overlap_f1(prediction: Sequence[str], gold: Sequence[str]) -> float:
    """Return the F1 of two bags of words, 0 to 1; zero when they share none."""
    common = sum((Counter(prediction) & Counter(gold)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(prediction), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def _best(answer: str, golds: Sequence[str]) -> tuple[float, float, float]:
    """Return (F1, exact match, 1) of a normalised answer against normalised gold answers."""
    f1 = max((overlap_f1(answer.split(), gold.split()) for gold in golds), default=0.0)
    return (f1, float(answer in golds), 1.0)


def _texts(gold: Any) -> Sequence[str]:
    """Return the gold answers, after checking that they are not a single string.

    Raises:
        TypeError: If they are a string, whose characters would each count as an answer.
    """
    if isinstance(gold, str):
        raise TypeError(f"gold {gold!r} is one text; a list of answers would be right")
    texts: Sequence[str] = gold
    return texts


def _scores(totals: Sequence[float]) -> dict[str, float]:
    """Return F1 and exact match from their sums and the number of questions."""
    return {
        "f1": percent(totals[0], totals[2]),
        "exact_match": percent(totals[1], totals[2]),
    }


@dataclass(frozen=True, slots=True)
class SquadV1:
    """SQuAD v1.1's F1 and exact match, English normalisation in every language.

    Totals: (F1, exact matches, questions). An unanswered question counts and scores 0.

    Source:
        Rajpurkar et al. 2016; XTREME uses it for XQuAD and TyDiQA-GoldP in every language
        (Hu et al. 2020, evaluate.py).
    """

    @property
    def signature(self) -> str:
        """Name and version; the ranking score is F1."""
        return "squad-v1.1-f1@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one question adds: (F1, exact match, 1).

        Args:
            prediction: Text of the answer; None for no answer.
            gold: Texts of the correct answers.
            language: Not used: the normalisation is English everywhere.
        """
        right = [normalise_english(g) for g in _texts(gold)]
        return (
            (0.0, 0.0, 1.0) if prediction is None else _best(normalise_english(prediction), right)
        )

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "exact_match"}."""
        return _scores(totals)


@dataclass(frozen=True, slots=True)
class Mlqa:
    """MLQA's F1 and exact match, normalised as each language needs.

    Totals: (F1, exact matches, questions). An unanswered question counts and scores 0.

    Source:
        Lewis et al. 2020, arXiv:1910.07475, section 5.
    """

    @property
    def signature(self) -> str:
        """Name and version; the ranking score is F1."""
        return "mlqa-f1@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one question adds; prediction and gold are as in `SquadV1`.

        Raises:
            ValueError: If MLQA does not have the language.
        """
        right = [normalise_mlqa(g, language) for g in _texts(gold)]
        if prediction is None:
            return (0.0, 0.0, 1.0)
        return _best(normalise_mlqa(prediction, language), right)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "exact_match"}."""
        return _scores(totals)


@dataclass(frozen=True, slots=True)
class SquadV2:
    """SQuAD v2's F1 and exact match: leaving a question unanswered can be right.

    Totals: (F1, exact matches, questions). For an unanswerable question None scores 1, and so
    does an answer of nothing but articles and punctuation; any other answer scores 0.

    Source:
        Rajpurkar et al. 2018, official evaluation script v2.0: get_raw_scores.
    """

    @property
    def signature(self) -> str:
        """Name and version; the ranking score is F1."""
        return "squad-v2-f1@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one question adds: (F1, exact match, 1).

        Args:
            prediction: Text of the answer; None for no answer.
            gold: Texts of the correct answers; empty for an unanswerable question.
            language: Not used.
        """
        right = [g for g in map(normalise_english, _texts(gold)) if g]
        answer = "" if prediction is None else normalise_english(prediction)
        if not right:
            return (float(not answer), float(not answer), 1.0)
        return _best(answer, right)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "exact_match"}."""
        return _scores(totals)
