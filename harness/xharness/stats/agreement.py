"""How often a model gives the same answer in several languages, whether right or wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence


def agreement(answers: Sequence[Sequence[Hashable]]) -> float | None:
    """Return the percentage of items that have the same answer in all languages.

    It is None with fewer than two languages, or without items.

    Args:
        answers: [language][item], the same items in each language.

    Raises:
        ValueError: If the numbers of items differ.
    """
    items = list(zip(*answers, strict=True))
    if len(answers) < 2 or not items:
        return None
    return 100 * sum(len(set(item)) == 1 for item in items) / len(items)


def kappa(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> float | None:
    """Return Cohen's kappa of the answers in two languages: 1 if all agree, 0 for chance level.

    It is None without items, and where every answer in both languages is the same one: chance
    agreement is 1 then, and kappa 0 / 0.

    Args:
        ours: One answer per item.
        theirs: The same items in the other language.

    Raises:
        ValueError: If the numbers of items differ.

    Source:
        Cohen 1960.
    """
    pairs = list(zip(ours, theirs, strict=True))
    if not pairs:
        return None
    n = len(pairs)
    seen = sum(a == b for a, b in pairs)
    left, right = Counter(ours), Counter(theirs)
    # Integers, not shares: the comparison with a chance agreement of 1 has to be exact.
    chance = sum(count * right[answer] for answer, count in left.items())
    return None if chance == n * n else (n * seen - chance) / (n * n - chance)


def rank_c(
    ours: Sequence[Sequence[Hashable]], theirs: Sequence[Sequence[Hashable]]
) -> float | None:
    """Return how alike two languages rank candidates, 0 to 1; the first ranks weigh most.

    It is None without items.

    Args:
        ours: For each item its candidates, the most likely first.
        theirs: The same candidates as ranked in the other language.

    Raises:
        ValueError: If the items, or the candidates of one, differ.

    Source:
        Qi, Fernández and Bisazza 2023: RankC with softmax weights.
    """
    # With three labels there are only 36 different pairs of rankings: compare each only once.
    pairs = Counter((tuple(a), tuple(b)) for a, b in zip(ours, theirs, strict=True))
    if not pairs:
        return None
    return math.fsum(n * _alike(a, b) for (a, b), n in pairs.items()) / pairs.total()


def _alike(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> float:
    """Return the overlap of the first 1, 2, ... candidates of two rankings, as a weighted mean."""
    if not ours or len(set(ours)) < len(ours) or Counter(ours) != Counter(theirs):
        raise ValueError("need the same candidates in both languages, each once")
    # The paper's weights, exp(N - j) over their sum; without N they cannot overflow.
    weights = [math.exp(-j) for j in range(len(ours))]
    shared = 0
    left: set[Hashable] = set()
    right: set[Hashable] = set()
    total = 0.0
    for place, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        shared += (a in right) + (b in left) + (a == b)
        left.add(a)
        right.add(b)
        total += weights[place] * shared / (place + 1)
    return total / math.fsum(weights)
