"""Baselines that understand no word: what bags of words, lengths and overlap score on each task.

Where a baseline is trained, it is trained in the language that it is tested in. A model of a
zero-shot comparison is not, so these scores are an upper bound of what such shortcuts give it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING, Any

from xharness import Classification, Kind, MultipleChoice, Pair, SpanQuestion, Tagging, Task
from xharness_lab import choice, nli, paraphrase, retrieval, span_qa, tagging

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

MARGIN = 5.0
"""Points above chance that a baseline may have where labels, endings or translations are chosen."""
ROWS = 1500
"""Most rows that a baseline is trained on."""
STEPS = 100
"""Steps of gradient descent, each on all rows."""
WINDOWS = (1, 2, 3, 5, 8)
"""Lengths, in words, of the windows that are tried as answers."""
TASKS: Mapping[str, Task] = {
    t.name: t
    for t in (
        *nli.TASKS,
        *paraphrase.TASKS,
        choice.TASK,
        *tagging.TASKS,
        *span_qa.TASKS,
        *retrieval.TASKS,
    )
}
TEACHERS: Mapping[str, str] = {"lab_xnli": "lab_nli", "lab_pawsx": "lab_paraphrase"}
"""By target with few rows: the intermediate task whose rows its baseline is trained on as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The best baseline on one language of a task, in percent of the task's own metric."""

    task: str
    language: str
    baseline: str
    score: float
    chance: float
    """Of tagging, the most frequent tag everywhere; of span QA, the best random window."""
    held: bool
    """Whether the score must be within MARGIN of chance; tagging is shown only, as the words
    themselves say a good deal."""


def finding(task: str, language: str) -> Finding:
    """Return the best baseline on one language of a task."""
    kind = TASKS[task].kind
    scores, chance = _BY_KIND[kind](task, language)
    best = max(scores, key=lambda name: scores[name])
    return Finding(
        task=task,
        language=language,
        baseline=best,
        score=scores[best],
        chance=chance,
        held=kind is not Kind.TAGGING,
    )


@lru_cache(maxsize=256)
def _examples(task: str, language: str, split: str) -> tuple[Any, ...]:
    """Return the examples of one split, in any language, also of an intermediate task."""
    found = TASKS[task]
    generate = found.sources[0].generate
    assert generate is not None
    return tuple(found.read(row, language) for row in generate(language, split))


def _tested(task: str) -> str:
    """Return the split that baselines are tested on."""
    return "test" if "test" in TASKS[task].splits else "dev"


def words(text: str) -> list[str]:
    """Return the words of a text without punctuation."""
    return text.replace(".", " ").replace("?", " ").split()


def _classification(task: str, language: str) -> tuple[dict[str, float], float]:
    """Return the accuracy of regressions on both texts' words, and on lengths and overlap."""
    import numpy as np

    train = [*_examples(task, language, "train")]
    if task in TEACHERS:
        train += _examples(TEACHERS[task], language, "train")
    train, test = train[:ROWS], [*_examples(task, language, _tested(task))]
    labels = TASKS[task].labels
    # A teacher's labels are its target's.
    right = np.array([labels.index(e.label) for e in train])
    gold = np.array([labels.index(e.label) for e in test])
    column = _columns(w for e in (*train, *test) for t in (e.text, e.pair) for w in words(t))
    seen, unseen = (_pair_features(es, column) for es in (train, test))
    scores = {}
    for name, part in _PARTS.items():
        some, target = (
            np.ascontiguousarray(seen[:, part]),
            np.eye(len(labels), dtype=np.float32)[right],
        )
        weights = np.zeros((some.shape[1], len(labels)), dtype=np.float32)
        for _ in range(STEPS):
            weights -= 0.5 * some.T @ (_softmax(some @ weights) - target) / len(right)
        scores[name] = 100 * float(((unseen[:, part] @ weights).argmax(axis=1) == gold).mean())
    return scores, 100 / len(labels)


_PARTS: Mapping[str, slice] = {
    "length and overlap": slice(0, 4),
    "words": slice(3, None),
    "words, length and overlap": slice(0, None),
}
"""Columns of the features: two lengths, overlap, one, words."""


def _pair_features(examples: Sequence[Classification], column: Mapping[str, int]) -> FloatArray:
    """Return both lengths, the words shared, a one, and the words of either text, (n, 4 + 2 W)."""
    import numpy as np

    found = np.zeros((len(examples), 4 + 2 * len(column)), dtype=np.float32)
    for i, example in enumerate(examples):
        first, second = words(example.text), words(example.pair or "")
        shared = len(set(first) & set(second))
        found[i, :4] = len(first) / 10, len(second) / 10, shared / 10, 1
        found[i, [4 + column[w] for w in first]] = 1
        found[i, [4 + len(column) + column[w] for w in second]] = 1
    return found


def _columns(found: Any) -> dict[str, int]:
    """Return a column for each word."""
    return {w: i for i, w in enumerate(sorted(set(found)))}


def _softmax(scores: FloatArray) -> FloatArray:
    """Return probabilities along the last axis."""
    import numpy as np

    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    normed: FloatArray = raised / raised.sum(axis=-1, keepdims=True)
    return normed


def _multiple_choice(task: str, language: str) -> tuple[dict[str, float], float]:
    """Return the accuracy of scores given to endings by their words, length and overlap."""
    import numpy as np

    train = _examples(task, language, "train")[:ROWS]
    test = _examples(task, language, _tested(task))
    column = _columns(w for e in (*train, *test) for c in e.choices for w in words(c))
    seen, unseen = (_ending_features(es, column) for es in (train, test))
    right, gold = (np.array([e.answer for e in es]) for es in (train, test))
    scores = {}
    for name, part in {"length and overlap": slice(0, 2), "words": slice(0, None)}.items():
        some, target = (
            np.ascontiguousarray(seen[:, :, part]),
            np.eye(seen.shape[1], dtype=np.float32)[right],
        )
        weights = np.zeros(some.shape[2], dtype=np.float32)
        for _ in range(STEPS):
            off = _softmax(some @ weights) - target
            weights -= 0.5 * (off.reshape(-1) @ some.reshape(off.size, -1)) / len(right)
        scores[name] = 100 * float(((unseen[:, :, part] @ weights).argmax(axis=1) == gold).mean())
    return scores, 100 / len(train[0].choices)


def _ending_features(examples: Sequence[MultipleChoice], column: Mapping[str, int]) -> FloatArray:
    """Return each ending's length, the words it shares with the question, and its words."""
    import numpy as np

    found = np.zeros((len(examples), len(examples[0].choices), 2 + len(column)), dtype=np.float32)
    for i, example in enumerate(examples):
        asked = set(words(example.question))
        for j, ending in enumerate(map(words, example.choices)):
            found[i, j, :2] = len(ending) / 10, len(asked & set(ending)) / 10
            found[i, j, [2 + column[w] for w in ending]] = 1
    return found


def _tagging(task: str, language: str) -> tuple[dict[str, float], float]:
    """Return the score of each word's most frequent tag in the source's training sentences."""
    found = TASKS[task]
    train: Sequence[Tagging] = _examples(task, found.source_language, "train")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for example in train:
        for word, tag in zip(example.tokens, example.tags or (), strict=True):
            counts[word][tag] += 1
    overall = sum(counts.values(), Counter[str]())
    usual = max(sorted(overall), key=lambda t: overall[t])
    test: Sequence[Tagging] = _examples(task, language, _tested(task))

    def score(tag: Callable[[str], str]) -> float:
        said = [[tag(w) for w in e.tokens] for e in test]
        added = [
            found.metric.statistics(s, e.tags, language) for s, e in zip(said, test, strict=True)
        ]
        return _percent(found, added)

    def known(word: str) -> str:
        return max(sorted(counts[word]), key=lambda t: counts[word][t]) if word in counts else usual

    return {"each word's usual tag": score(known)}, score(lambda _: usual)


def _percent(task: Task, added: Sequence[Sequence[float]]) -> float:
    """Return the first score of a metric, which ranks."""
    totals = [math.fsum(column) for column in zip(*added, strict=True)]
    return next(iter(task.metric.scores(totals).values()))


def _span_qa(task: str, language: str) -> tuple[dict[str, float], float]:
    """Return the F1 of the windows that share most words with the question, and of random windows.

    Windows that share equally many words count by their mean. Only answerable questions count.
    """
    every: Sequence[SpanQuestion] = _examples(task, language, _tested(task))
    scores: dict[str, list[float]] = defaultdict(list)
    chances: dict[int, list[float]] = defaultdict(list)
    for example in every:
        if not example.answers:
            continue
        context, asked = words(example.context), set(words(example.question))
        gold = set(words(example.answers[0].text))
        shared = [w in asked for w in context]
        right = [w in gold for w in context]
        for size in WINDOWS:
            starts = range(len(context) - size + 1)
            reached = [2 * sum(right[s : s + size]) / (size + len(gold)) for s in starts]
            within = [sum(shared[s : s + size]) for s in starts]
            near = [sum(shared[max(0, s - 3) : s + size + 3]) for s in starts]
            chances[size].append(fmean(reached))
            scores[f"window of {size}"].append(_of_most(reached, within))
            scores[f"window of {size} near shared words"].append(_of_most(reached, near))
        said = [words(s) for s in example.context.split(".") if s.strip()]
        rests = [[w for w in sentence if w not in asked] for sentence in said]
        found = [2 * sum(w in gold for w in r) / (len(r) + len(gold)) for r in rests]
        sharing = [len(sentence) - len(r) for sentence, r in zip(said, rests, strict=True)]
        scores["rest of a sentence"].append(_of_most(found, sharing))
    return (
        {name: 100 * fmean(found) for name, found in scores.items()},
        max(100 * fmean(found) for found in chances.values()),
    )


def _of_most(reached: Sequence[float], shared: Sequence[int]) -> float:
    """Return the mean score of the candidates that share most."""
    most = max(shared)
    return fmean(r for r, s in zip(reached, shared, strict=True) if s == most)


def _retrieval(task: str, language: str) -> tuple[dict[str, float], float]:
    """Return how well translations are found by shared words, shared letters and length."""
    import numpy as np

    test: Sequence[Pair] = _examples(task, language, "test")
    sources = [(e.source, i) for i, e in enumerate(test) if e.source is not None]
    targets = [(e.target, i) for i, e in enumerate(test) if e.target is not None]
    texts = [t for t, _ in sources], [t for t, _ in targets]
    pairs = sum(e.source is not None and e.target is not None for e in test)
    place = {i: at for at, (_, i) in enumerate(targets)}
    gold = np.array([place.get(i, -1) for _, i in sources])
    lengths = [np.array([len(words(t)) for t in side]) for side in texts]
    likeness = {
        "words": _shared([[set(words(t)) for t in side] for side in texts]),
        "letters": _shared(
            [[{t[i : i + 3] for i in range(len(t) - 2)} for t in side] for side in texts]
        ),
        "length": -np.abs(lengths[0][:, None] - lengths[1][None]).astype(np.float32),
    }
    if TASKS[task].tuned_on is None:
        return {
            name: 100 * float((found.argmax(axis=1) == gold).mean())
            for name, found in likeness.items()
        }, 100 / len(targets)
    by_chance = 2 * (pairs / len(targets)) / (len(sources) + pairs)
    return {name: _mined(found, gold, pairs) for name, found in likeness.items()}, 100 * by_chance


def _shared(sides: Sequence[Sequence[set[str]]]) -> FloatArray:
    """Return the share of a target's features that each source has, (sources, targets)."""
    import numpy as np

    column = _columns(f for side in sides for found in side for f in found)
    made = [np.zeros((len(side), len(column)), dtype=np.float32) for side in sides]
    for matrix, side in zip(made, sides, strict=True):
        for i, found in enumerate(side):
            matrix[i, [column[f] for f in found]] = 1
    shared: FloatArray = made[0] @ made[1].T / made[1].sum(axis=1)
    return shared


def _mined(likeness: FloatArray, gold: Any, pairs: int) -> float:
    """Return the F1 of each source's nearest target at the best threshold there is."""
    import numpy as np

    nearest = likeness.argmax(axis=1)
    order = np.argsort(-likeness.max(axis=1), kind="stable")
    right = np.cumsum((nearest == gold)[order])
    return 100 * float((2 * right / (np.arange(len(order)) + 1 + pairs)).max())


_BY_KIND: Mapping[Kind, Callable[[str, str], tuple[dict[str, float], float]]] = {
    Kind.CLASSIFICATION: _classification,
    Kind.MULTIPLE_CHOICE: _multiple_choice,
    Kind.TAGGING: _tagging,
    Kind.SPAN_QA: _span_qa,
    Kind.RETRIEVAL: _retrieval,
}
