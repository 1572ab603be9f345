"""Mining of translations: ratio margins, pairs of sentences, and the F1 of these pairs.

A ratio margin divides the cosine of two sentences by the mean cosine of both to their nearest
neighbours, so that a sentence that is near all others has no advantage (Artetxe and Schwenk 2019,
P19-1309).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from xharness.metrics.metric import percent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.floating[Any]]
    IntArray = npt.NDArray[np.int64]

NEIGHBOURS = 4
"""Nearest neighbours that a margin takes into account: k in the paper, 4 as in XTREME."""


class Neighbours(NamedTuple):
    """For each of n sentences the nearest ones in the other language, nearest first."""

    cosine: FloatArray
    """Their cosines; shape (n, k)."""
    place: IntArray
    """Their positions in the other language; shape (n, k)."""


class Candidate(NamedTuple):
    """Two sentences that may be translations of each other."""

    margin: float
    source: int
    target: int


def ratio_margins(near: Neighbours, other: Neighbours) -> FloatArray:
    """Return the margin of each of n sentences to each of its neighbours, shape (n, k).

    Args:
        near: The neighbours of n sentences among m.
        other: The neighbours of those m sentences among the n.

    Source:
        Artetxe and Schwenk 2019, equations 1 and 2, ratio.
    """
    import numpy as np

    own, theirs = near.cosine.mean(axis=1), other.cosine.mean(axis=1)
    usual = (own[:, None] + theirs[near.place]) / 2
    margins: FloatArray = np.divide(near.cosine, usual, out=np.zeros_like(usual), where=usual != 0)
    return margins


def pair_up(forward: Neighbours, backward: Neighbours) -> list[Candidate]:
    """Return pairs of sentences, the largest margin first; no sentence is in two pairs.

    Every sentence of either side proposes its neighbour with the largest margin; proposals are
    taken in the order of their margins while both sentences are free.

    Args:
        forward: The neighbours of the n sources among the targets.
        backward: The neighbours of the m targets among the sources.

    Source:
        Artetxe and Schwenk 2019, section 3.2, "max". Two sentences with a margin of zero or less
        are no pair, as in XTREME's mine_bitext.
    """
    import numpy as np

    ahead, back = ratio_margins(forward, backward), ratio_margins(backward, forward)
    sources, targets = np.arange(len(ahead)), np.arange(len(back))
    best_ahead, best_back = ahead.argmax(axis=1), back.argmax(axis=1)
    proposed = zip(
        np.concatenate([ahead[sources, best_ahead], back[targets, best_back]]).tolist(),
        np.concatenate([sources, backward.place[targets, best_back]]).tolist(),
        np.concatenate([forward.place[sources, best_ahead], targets]).tolist(),
        strict=True,
    )
    pairs: list[Candidate] = []
    taken_sources: set[int] = set()
    taken_targets: set[int] = set()
    for margin, source, target in sorted(proposed, key=lambda p: -p[0]):
        if margin > 0 and source not in taken_sources and target not in taken_targets:
            taken_sources.add(source)
            taken_targets.add(target)
            pairs.append(Candidate(margin, source, target))
    return pairs


@dataclass(frozen=True, slots=True)
class MiningF1:
    """F1 of the pairs found, against the gold pairs. Totals: (right, found, gold).

    Attributes:
        name: Name in the signature.

    Source:
        Zweigenbaum et al. 2017, W17-2512, section 4; neighbours as in Hu et al. 2020 (XTREME).
    """

    name: str = "bucc-f1"

    @property
    def signature(self) -> str:
        """Name, how pairs are found, and version."""
        return f"{self.name}/ratio-margin-k{NEIGHBOURS}-max@1"

    def statistics(self, prediction: Any, gold: Any, language: str) -> tuple[float, ...]:
        """Return what one source sentence adds: (right, found, gold), each 0 or 1.

        Args:
            prediction: Name of the target that the sentence was paired with; None for no pair.
            gold: Name of its translation; None if it has no translation.
            language: Not used.
        """
        found, wanted = prediction is not None, gold is not None
        return (float(found and prediction == gold), float(found), float(wanted))

    def scores(self, totals: Sequence[float]) -> dict[str, float]:
        """Return {"f1", "precision", "recall"}."""
        right, found, gold = totals
        return {
            "f1": percent(2 * right, found + gold),
            "precision": percent(right, found),
            "recall": percent(right, gold),
        }
