"""seqeval's F1 over chunks, by which XTREME scores PAN-X and UD-POS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xharness.metrics.labels import right_tags
from xharness.metrics.metric import percent


def chunks(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """Return the (type, first, last) chunks of one sentence's tags as seqeval finds them.

    A tag's first character is its prefix (B, I, E, S, O), and what follows the first hyphen is
    its type. A bare tag such as NOUN has the prefix N and the type OUN. Neighbours of one type
    merge into one chunk unless a B or S separates them.

    One case differs from seqeval, which joins all sentences with an O between them. To seqeval O
    has the same type as a one-letter tag, so a sentence that begins with X starts no chunk there
    and its chunk gets the start of an earlier one. Here sentences do not affect each other.

    Source:
        seqeval 1.2.2, `sequence_labeling.get_entities`, `start_of_chunk`, `end_of_chunk`,
        after the CoNLL-2000 script conlleval.
    """
    spans: set[tuple[str, int, int]] = set()
    last_prefix, last_type, first = "O", "", 0
    for position, tag in enumerate([*tags, "O"]):
        prefix = tag[0]
        kind = tag[1:].split("-", maxsplit=1)[-1] or "_"
        if _ends(last_prefix, prefix, last_type, kind):
            spans.add((last_type, first, position - 1))
        if _starts(last_prefix, prefix, last_type, kind):
            first = position
        last_prefix, last_type = prefix, kind
    return spans


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

    Totals: (right chunks, predicted chunks, gold chunks, right tokens, tokens). XTREME scores
    PAN-X and UD-POS with it. On bare POS tags its F1 is not token accuracy, because equal
    neighbours merge; see `chunks`.

    Source:
        Hu et al. 2020, evaluate.py; seqeval 1.2.2.
    """

    @property
    def signature(self) -> str:
        """Name and version; the ranking score is F1."""
        return "seqeval-chunk-f1@xtreme"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one sentence adds, given its predicted and its right tags, equally many."""
        tokens = right_tags(prediction, gold)
        ours, right = chunks(prediction), chunks(gold)
        return (float(len(ours & right)), float(len(ours)), float(len(right)), *tokens)

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "precision", "recall", "accuracy"}."""
        right, predicted, gold, right_tokens, tokens = totals
        return {
            "f1": percent(2 * right, predicted + gold),
            "precision": percent(right, predicted),
            "recall": percent(right, gold),
            "accuracy": percent(right_tokens, tokens),
        }
