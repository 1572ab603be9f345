"""Metrics: each example adds a few numbers to a total, and the total has a score in percent.

Because a score is a function of a sum, any resampling test works for any metric by adding
rows again. A number never travels without its signature: name, version and settings.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Metric(Protocol):
    """How predictions are scored."""

    @property
    def signature(self) -> str:
        """Name, version and settings: "squad-v1.1@1"; equal signatures are comparable."""
        ...

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one example adds to the totals."""
        ...

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return every score of the totals in percent, the one that ranks first."""
        ...


def score(metric: Metric, totals: Sequence[float]) -> float:
    """Return the score that ranks, in percent."""
    return next(iter(metric.scores(totals).values()))


def percent(part: float, whole: float) -> float:
    """Return 100 * part / whole, and 0 for nothing out of nothing."""
    return 100.0 * part / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Share of examples whose prediction equals the gold label. Totals: (right, examples)."""

    name: str = "accuracy"

    @property
    def signature(self) -> str:
        """Name and version."""
        return f"{self.name}@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return (1 if equal else 0, 1); None is an unanswered example."""
        return (float(prediction is not None and prediction == gold), 1.0)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"accuracy"}."""
        return {"accuracy": percent(totals[0], totals[1])}


_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


def normalise_english(text: str) -> str:
    """Return an answer as SQuAD v1.1 compares it, used by XTREME in every language.

    Lower-case; ASCII punctuation and English articles removed; white space collapsed.

    Source:
        Rajpurkar et al. 2016, official evaluation script v1.1.
    """
    bare = "".join(c for c in text.lower() if c not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def overlap_f1(prediction: Sequence[str], gold: Sequence[str]) -> float:
    """Return the F1 of two bags of words, 0 to 1; zero when they share none."""
    common = sum((Counter(prediction) & Counter(gold)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(prediction), common / len(gold)
    return 2 * precision * recall / (precision + recall)


@dataclass(frozen=True, slots=True)
class SquadV1:
    """SQuAD v1.1's F1 and exact match, the best over the gold answers, English normalisation.

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
        """Score one question.

        Args:
            prediction: The answer's text, or None when unanswered.
            gold: The correct answers' texts.
            language: Not used: the normalisation is English everywhere.
        """
        if prediction is None:
            return (0.0, 0.0, 1.0)
        said = normalise_english(prediction)
        right = [normalise_english(g) for g in gold]
        f1 = max((overlap_f1(said.split(), r.split()) for r in right), default=0.0)
        return (f1, float(said in right), 1.0)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "exact_match"}."""
        return {
            "f1": percent(totals[0], totals[2]),
            "exact_match": percent(totals[1], totals[2]),
        }


def chunks(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """Return the (type, first, last) chunks of one sentence's tags as seqeval finds them.

    A tag's first character is its prefix (B, I, E, S, O) and what follows the first hyphen its
    type. A bare tag such as NOUN has the prefix N and the type OUN, and neighbours of one type
    without a B or S merge into one chunk. Sentences stay apart; seqeval joins them with an O,
    which to it is of the type of one-letter tags, so an X that begins a sentence gets the
    beginning of the last chunk before it.

    Source:
        seqeval 1.2.2, `sequence_labeling.get_entities`, `start_of_chunk`, `end_of_chunk`,
        after the CoNLL-2000 script conlleval.
    """
    found: set[tuple[str, int, int]] = set()
    last_prefix, last_type, first = "O", "", 0
    for position, tag in enumerate([*tags, "O"]):
        prefix = tag[0]
        kind = tag[1:].split("-", maxsplit=1)[-1] or "_"
        if _ends(last_prefix, prefix, last_type, kind):
            found.add((last_type, first, position - 1))
        if _starts(last_prefix, prefix, last_type, kind):
            first = position
        last_prefix, last_type = prefix, kind
    return found


def _ends(before: str, now: str, before_type: str, now_type: str) -> bool:
    """Return whether a chunk ends between two tags (conlleval's endOfChunk)."""
    if before in "ES":
        return True
    if before in "BI" and now in "BSO":
        return True
    return before not in "O." and before_type != now_type


def _starts(before: str, now: str, before_type: str, now_type: str) -> bool:
    """Return whether a chunk starts between two tags (conlleval's startOfChunk)."""
    if now in "BS":
        return True
    if before in "ESO" and now in "EI":
        return True
    return now not in "O." and before_type != now_type


@dataclass(frozen=True, slots=True)
class ChunkF1:
    """seqeval's F1 over chunks, with token accuracy beside it.

    Totals: (chunks right, chunks predicted, chunks gold, tokens right, tokens). XTREME scores
    PAN-X and UD-POS with it; on bare POS tags it is not token accuracy, see `chunks`.

    Source:
        Hu et al. 2020, evaluate.py; seqeval 1.2.2.
    """

    @property
    def signature(self) -> str:
        """Name and version; the ranking score is F1."""
        return "seqeval-chunk-f1@xtreme"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Score one sentence: a sequence of tags against one of the same length."""
        if len(prediction) != len(gold):
            raise ValueError(f"{len(prediction)} predicted tags for {len(gold)} words")
        said, right = chunks(prediction), chunks(gold)
        hits = sum(p == g for p, g in zip(prediction, gold, strict=True))
        return (
            float(len(said & right)),
            float(len(said)),
            float(len(right)),
            float(hits),
            float(len(gold)),
        )

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "precision", "recall", "accuracy"}."""
        both, said, right, hits, tokens = totals
        return {
            "f1": percent(2 * both, said + right),
            "precision": percent(both, said),
            "recall": percent(both, right),
            "accuracy": percent(hits, tokens),
        }
