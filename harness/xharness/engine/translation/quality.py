"""How good translations are: BLEU and chrF by sacrebleu, with their signatures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_TOKENIZERS = {"zh": "zh"} | dict.fromkeys(("ja", "th", "my", "km", "lo", "bo"), "char")
"""sacrebleu's tokenizer by language; its default, 13a, for all others. Languages written without
spaces are compared by characters, Japanese too, whose tokenizer would need another package."""


def measured(translations: Sequence[str], references: Sequence[str], into: str) -> dict[str, Any]:
    """Return BLEU and chrF of translations, as plain JSON values.

    Args:
        translations: Of the model; an empty string where there is none.
        references: One per translation.
        into: Their language.

    Source:
        Papineni et al. 2002; Popović 2015; Post 2018 (sacrebleu and its signatures).
    """
    from sacrebleu.metrics import BLEU, CHRF

    measures: dict[str, Any] = {"texts": len(references)}
    for name, metric in (("bleu", BLEU(tokenize=_TOKENIZERS.get(into, "13a"))), ("chrf", CHRF())):
        score = metric.corpus_score(list(translations), [list(references)])
        measures[name] = {
            "score": round(float(score.score), 4),
            "signature": str(metric.get_signature()),
        }
    return measures
