"""The lab's languages and tasks: the same every time, parallel, and free of surface tricks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import pytest

from xharness import Row, Task
from xharness.metrics import overlap_f1
from xharness.testing import assert_conforms
from xharness_lab import nli, retrieval, span_qa, xharness_tasks
from xharness_lab.corpus import monolingual, parallel
from xharness_lab.grammar import say, sentence
from xharness_lab.languages import BY_CODE, INHERITED, LANGUAGES, LOANS, SOURCE, lexicon
from xharness_lab.world import CONTENT, Clause, Phrase, concepts, split_of

CODES = tuple(x.code for x in LANGUAGES)
TASKS = tuple(xharness_tasks())
TARGETS = tuple(t for t in TASKS if t.role.value == "target")
CLAUSE = Clause(
    subject=Phrase(noun="dog", trait="big"),
    verb="push",
    object=Phrase(noun="lamp", trait="red", number="3"),
    place="garden",
    time="noon",
)


def rows(task: Task, language: str, split: str) -> Sequence[Row]:
    """Return a task's rows as its source makes them."""
    generate = task.sources[0].generate
    assert generate is not None
    return generate(language, split)


def bare(text: str) -> list[str]:
    """Return the words of a text without punctuation."""
    return text.replace(".", " ").replace("?", " ").split()


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_is_well_formed(task: Task) -> None:
    """Every task of the lab passes the checks that third-party tasks are given."""
    for language in task.languages:
        for split in task.splits:
            assert_conforms(task, rows(task, language, split), language=language)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_has_the_rows_it_promises(task: Task) -> None:
    """The number of rows of each split and language is the one the source states."""
    promised = task.sources[0].expected
    for split in task.splits:
        for language in task.languages:
            count = promised.get(f"{split}/{language}", promised.get(split))

            assert len(rows(task, language, split)) == count


@pytest.mark.parametrize("task", TARGETS, ids=lambda t: t.name)
def test_test_items_are_parallel(task: Task) -> None:
    """Items and clusters have the same names in the same order in every language."""
    made = [rows(task, x, "test") for x in task.languages]
    names = {tuple(task.item(r, i) for i, r in enumerate(m)) for m in made}

    assert len(names) == 1
    assert task.cluster is None or len({tuple(task.cluster(m)) for m in made}) == 1
    assert len(made[0]) >= 300


def test_another_process_makes_the_same_text() -> None:
    """Text and rows do not depend on the process, nor on its hash seed."""
    code = (
        "from itertools import islice; from xharness_lab import span_qa, corpus;"
        "print(span_qa.rows('qad', 'test')[:50], [*islice(corpus.parallel('qac'), 50)])"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(made) == 1


@pytest.mark.parametrize(
    ("code", "order"), [("qaa", "SVOPT"), ("qab", "SVOPT"), ("qac", "TSPOV"), ("qad", "VSOPT")]
)
def test_parts_stand_in_the_language_s_order(code: str, order: str) -> None:
    """A sentence has its parts in the order that the language states."""
    parts = dict.fromkeys(w.part[0].upper() for w in say(CLAUSE, BY_CODE[code]))

    assert "".join(parts) == order


def test_adjectives_and_markers_stand_on_the_language_s_side() -> None:
    """Adjectives follow their noun in one language, markers follow theirs in another."""
    said = {c: [w.concept for w in say(CLAUSE, BY_CODE[c])] for c in CODES}

    assert said["qaa"] == "big dog push 3 red lamp in garden at noon".split()
    assert said["qac"] == ("noon at big dog subject garden in 3 red lamp object push".split())
    assert said["qad"] == "push dog big object lamp red 3 in garden at noon".split()


def test_cognates_are_as_many_as_stated() -> None:
    """A language shares the stated part of its content words with the source language."""
    source = lexicon(SOURCE.code)
    for language in LANGUAGES[1:]:
        words = lexicon(language.code)
        shared = {c for c in CONTENT if words[c] == source[c]}

        assert len(shared) == round(language.cognates * len(CONTENT))
        assert shared <= concepts(LOANS)


@pytest.mark.parametrize("code", CODES)
def test_no_word_means_two_things(code: str) -> None:
    """Within a language every concept has a word of its own."""
    assert len(set(lexicon(code).values())) == len(lexicon(code))


def test_codes_and_scripts_are_fictional_and_apart() -> None:
    """Codes are reserved for private use, and languages of different scripts share no letter."""
    letters = {c: set("".join(lexicon(c).values())) for c in CODES}

    assert all("qaa" <= c <= "qtz" for c in CODES)
    assert not letters["qaa"] & letters["qac"]
    assert not letters["qac"] & letters["qad"]


@pytest.mark.parametrize("code", CODES)
def test_answers_stand_where_they_say(code: str) -> None:
    """Each answer is found in its passage at its offset, and ends where a word ends."""
    for split in span_qa.COUNTS:
        for row in span_qa.rows(code, split):
            start, text = row["answer_start"], row["answer"]

            assert row["context"][start : start + len(text)] == text
            assert bare(row["context"][start:])[: len(text.split())] == text.split()


def test_no_statement_is_in_two_splits() -> None:
    """No premise, passage or sentence pair of training is in a test, in any language."""
    for task in (nli.TASKS[1], span_qa.TASK):
        text = {"lab_xnli": "premise", "lab_xquad": "context"}[task.name]
        parts = [{r[text] for r in rows(task, "qaa", s)} for s in ("train", "dev", "test")]

        assert len(set().union(*parts)) == sum(len(p) for p in parts)
    tested = {r["translation"] for r in retrieval.rows("qab", "test")}
    translated = {s for pair in islice(parallel("qab"), 3000) for s in pair}
    intermediate = {r["premise"] for r in rows(nli.TASKS[0], "qaa", "train")}

    assert not tested & translated
    assert not intermediate & {r["premise"] for r in rows(nli.TASKS[1], "qaa", "test")}
    assert all(split_of(i.premise) == "test" for i in nli.items("lab_xnli", "test", 600))


def test_text_goes_on_without_end() -> None:
    """Documents differ, and a later seed gives others."""
    first = list(islice(monolingual("qac", passages=0.5), 200))

    assert len(set(first)) > 190
    assert first[:5] != list(islice(monolingual("qac", passages=0.5, seed=1), 5))


def nli_features(made: Sequence[Row], words: Sequence[str]) -> np.ndarray:
    """Return words of premise and of hypothesis, both lengths, and the words they share."""
    column = {w: i for i, w in enumerate(words)}
    found = np.zeros((len(made), 2 * len(words) + 4))
    for i, row in enumerate(made):
        premise, hypothesis = bare(row["premise"]), bare(row["hypothesis"])
        found[i, [column[w] for w in premise]] = 1
        found[i, [len(words) + column[w] for w in hypothesis]] = 1
        shared = len(set(premise) & set(hypothesis))
        found[i, -4:] = len(premise) / 10, len(hypothesis) / 10, shared / 10, 1
    return found


@pytest.mark.parametrize("code", CODES)
def test_nli_has_no_surface_tricks(code: str) -> None:
    """A regression on bags of words, lengths and overlap scores at most chance + 5 points."""
    words = sorted(lexicon(code).values())
    train = nli.generator("lab_nli", nli.INTERMEDIATE)(code, "train")[:3000]
    test = nli.generator("lab_xnli", nli.TARGET)(code, "test")
    features, unseen = nli_features(train, words), nli_features(test, words)
    labels = np.array([nli.LABELS.index(r["label"]) for r in train])
    weights = np.zeros((features.shape[1], 3))
    for _ in range(200):
        scores = np.exp(features @ weights)
        scores /= scores.sum(axis=1, keepdims=True)
        scores[np.arange(len(labels)), labels] -= 1
        weights -= 0.5 * features.T @ scores / len(labels)
    said = (unseen @ weights).argmax(axis=1)
    right = np.mean([nli.LABELS[s] == r["label"] for s, r in zip(said, test, strict=True)])

    print(f"{code} bag of words, lengths, overlap: {100 * right:.1f} (chance 33.3)")  # noqa: T201
    assert 100 * right <= 100 / 3 + 5


@pytest.mark.parametrize("code", CODES)
def test_the_three_hypotheses_of_a_premise_look_alike(code: str) -> None:
    """They have the same length and share as many words with it, so neither tells the label."""
    made = nli.generator("lab_xnli", nli.TARGET)(code, "test")
    for first in range(0, len(made), 3):
        three = made[first : first + 3]
        premise = set(bare(three[0]["premise"]))
        looks = {
            (len(bare(r["hypothesis"])), len(premise & set(bare(r["hypothesis"])))) for r in three
        }

        assert {r["label"] for r in three} == set(nli.LABELS)
        assert len(looks) == 1


def best_window(row: Row, size: int) -> float:
    """Return the F1 of the first window of so many words that shares most with the question."""
    context, asked = bare(row["context"]), set(bare(row["question"]))
    starts = range(len(context) - size + 1)
    start = max(starts, key=lambda s: sum(w in asked for w in context[s : s + size]))
    return overlap_f1(context[start : start + size], row["answer"].split())


def rest_of_best_sentence(row: Row) -> float:
    """Return the F1 of the sentence that shares most with the question, without what it shares."""
    asked = set(bare(row["question"]))
    said = [bare(s) for s in row["context"].split(".") if s.strip()]
    best = max(said, key=lambda s: sum(w in asked for w in s))
    return overlap_f1([w for w in best if w not in asked], row["answer"].split())


def random_window(row: Row, size: int) -> float:
    """Return the expected F1 of a window of so many words anywhere in the passage."""
    context = bare(row["context"])
    starts = range(len(context) - size + 1)
    return float(
        np.mean([overlap_f1(context[s : s + size], row["answer"].split()) for s in starts])
    )


@pytest.mark.parametrize("code", CODES)
def test_span_qa_has_no_surface_tricks(code: str) -> None:
    """The best overlap baseline is at most 5 points of F1 better than the best random window."""
    made = span_qa.rows(code, "test")

    def mean(score: Callable[[Row], float]) -> float:
        return 100 * float(np.mean([score(r) for r in made]))

    chance = max(mean(lambda r, n=n: random_window(r, n)) for n in range(1, 9))  # type: ignore[misc]
    tricks = [mean(lambda r, n=n: best_window(r, n)) for n in range(1, 9)]  # type: ignore[misc]
    best = max(*tricks, mean(rest_of_best_sentence))

    print(f"{code} best overlap: {best:.1f} (random window {chance:.1f})")  # noqa: T201
    assert best <= chance + 5


@pytest.mark.parametrize("code", CODES[1:])
def test_retrieval_has_no_surface_tricks(code: str) -> None:
    """Neither shared words, shared letters, nor length finds a translation in 5.2 % of cases."""
    made = retrieval.rows(code, "test")
    pool = [r["translation"] for r in made]

    def right(score: Callable[[str, str], float]) -> float:
        found = [max(pool, key=lambda t: score(r["sentence"], t)) for r in made]
        return 100 * float(
            np.mean([t == r["translation"] for t, r in zip(found, made, strict=True)])
        )

    def trigrams(text: str) -> set[str]:
        return {text[i : i + 3] for i in range(len(text) - 2)}

    grams = {t: trigrams(t) for t in (*pool, *(r["sentence"] for r in made))}
    words = right(lambda s, t: len(set(bare(s)) & set(bare(t))))
    letters = right(lambda s, t: len(grams[s] & grams[t]) / len(grams[t]))
    length = right(lambda s, t: -abs(len(bare(s)) - len(bare(t))))

    print(f"{code} words {words:.1f}, letters {letters:.1f}, length {length:.1f} (chance 0.2)")  # noqa: T201
    assert max(words, letters, length) <= 100 / len(made) + 5


def test_retrieval_uses_no_shared_word() -> None:
    """No content word of the sentences is spelt alike in two languages."""
    words = {c: {lexicon(c)[x] for x in concepts(INHERITED)} for c in CODES}

    assert all(not words[a] & words[b] for a in CODES for b in CODES if a < b)
    assert sentence(CLAUSE, SOURCE).endswith(".")
