"""The lab's languages and tasks: the same every time, parallel, and free of surface tricks."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from random import Random

import pytest

from xharness import Kind, Role, Row, Task
from xharness.planning import settings
from xharness.testing import assert_conforms
from xharness_lab import (
    MODEL,
    TRANSLATOR,
    choice,
    nli,
    paraphrase,
    retrieval,
    span_qa,
    surface,
    tagging,
    xharness_tasks,
)
from xharness_lab.corpus import judged, monolingual, parallel, statement
from xharness_lab.effects import PLANTED, Effect
from xharness_lab.grammar import say, sentence
from xharness_lab.languages import (
    ASKED,
    BY_CODE,
    INHERITED,
    LANGUAGES,
    LOANS,
    SOURCE,
    Language,
    distance,
    lexicon,
)
from xharness_lab.nature import BEINGS, KNOWN, NATURE, THINGS
from xharness_lab.world import (
    CONTENT,
    OPPOSITES,
    SYNONYM,
    WORLD,
    Clause,
    Phrase,
    concepts,
    split_of,
)

pytestmark = pytest.mark.training  # ten seconds: every row of the lab is made

CODES = tuple(x.code for x in LANGUAGES)
TASKS = tuple(xharness_tasks())
TARGETS = tuple(t for t in TASKS if t.role.value == "target")
OWN = tuple(t for t in TARGETS if t.name in {"lab_udpos", "lab_panx", "lab_tydiqa"})
PARALLEL = tuple(t for t in TARGETS if t not in OWN)
CLAUSE = Clause(
    subject=Phrase(noun="dog", trait="big"),
    verb="push",
    object=Phrase(noun="lamp", trait="red", number="3"),
    place="garden",
    time="noon",
)


BY_NAME = {t.name: t for t in TASKS}


def rows(task: Task, language: str, split: str) -> Sequence[Row]:
    """Return a task's rows as its source makes them."""
    return generated(task.name, language, split)


@cache
def generated(task: str, language: str, split: str) -> Sequence[Row]:
    """Return the rows of a task by its name, made once for all tests."""
    generate = BY_NAME[task].sources[0].generate
    assert generate is not None
    return generate(language, split)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_is_well_formed(task: Task) -> None:
    """Every task of the lab passes the checks that third-party tasks are given."""
    for language in task.languages:
        for split in task.splits:
            assert_conforms(task, rows(task, language, split)[:60], language=language)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_has_the_rows_it_promises(task: Task) -> None:
    """The number of rows of each split and language is the one the source states."""
    promised = task.sources[0].expected
    for split in task.splits:
        for language in task.languages:
            count = promised.get(f"{split}/{language}", promised.get(split))

            assert len(rows(task, language, split)) == count


def test_there_is_a_counterpart_of_every_xtreme_target() -> None:
    """Each of the nine has the kind and, names aside, the metric of the target it plays."""
    from xharness.plugin import registry

    known = registry.load().tasks
    for target in TARGETS:
        real = known[target.name.removeprefix("lab_")]

        assert target.kind is real.kind
        assert isinstance(target.metric, type(real.metric)) or target.name == "lab_mlqa"
        # PAWS-X names all items at once, by what stands in the place of their cluster.
        assert (target.cluster is None) == (real.cluster is None and real.items is None)
        assert target.tuned_on == real.tuned_on
        assert (target.trains_on is None) == (real.trains_on is None)
    assert len(TARGETS) == 9


@pytest.mark.parametrize("task", PARALLEL, ids=lambda t: t.name)
def test_test_items_are_parallel(task: Task) -> None:
    """Items and clusters have the same names in the same order in every language."""
    made = [rows(task, x, "test") for x in task.languages]
    names = {tuple(task.item(r, i) for i, r in enumerate(m)) for m in made}

    assert len(names) == 1
    assert task.cluster is None or len({tuple(task.cluster(m)) for m in made}) == 1
    assert len(made[0]) >= 180


@pytest.mark.parametrize("task", OWN, ids=lambda t: t.name)
def test_items_of_own_sentences_have_own_names(task: Task) -> None:
    """Where each language has sentences of its own, no two languages share an item's name."""
    made = [task.item(r, i) for x in task.languages for i, r in enumerate(rows(task, x, "test"))]

    assert len(set(made)) == len(made) == task.sources[0].expected["test"] * len(ASKED)


def test_another_process_makes_the_same_text() -> None:
    """Text and rows do not depend on the process, nor on its hash seed."""
    code = (
        "from itertools import islice; from xharness_lab import span_qa, tagging, corpus;"
        "print(span_qa.rows('lab_xquad', 'qad', 'test'), [*islice(corpus.parallel('qac'), 50)],"
        "tagging.TASKS[1].sources[0].generate('qag', 'test'))"
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
    ("code", "order"), [("qaa", "SVOPT"), ("qac", "TSPOV"), ("qad", "VSOPT"), ("qai", "PSVOT")]
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
    letters = {x: set("".join(lexicon(x.code).values())) for x in LANGUAGES}

    assert all("qaa" <= c <= "qtz" for c in CODES)
    assert len({x.script for x in LANGUAGES}) >= 5
    for one in LANGUAGES:
        for two in LANGUAGES:
            assert one.script == two.script or not letters[one] & letters[two]


def test_text_order_and_spelling_are_crossed() -> None:
    """Nine languages have each order at each size of text, and each spelling with each of both."""
    square = [x for x in ASKED if 0 < x.corpus < 1]
    spelt = {
        x.code: "other" if x.script != SOURCE.script else "akin" if x.cognates else "own"
        for x in square
    }

    assert len({(x.corpus, x.verb) for x in square}) == len(square) == 9
    assert len({(x.corpus, spelt[x.code]) for x in square}) == 9
    assert len({(x.verb, spelt[x.code]) for x in square}) == 9


def test_languages_differ_in_what_else_matters() -> None:
    """Sides of adjective and marker, cases and families differ, and one language has no text."""
    assert {x.corpus for x in LANGUAGES} == {1.0, 0.3, 0.1, 0.03, 0.0}
    assert {x.adjective_first for x in LANGUAGES} == {True, False}
    assert {x.preposition for x in LANGUAGES} == {True, False}
    assert len({x.cases for x in LANGUAGES}) >= 3
    assert len({x.family for x in LANGUAGES}) >= 5


def test_the_planted_distance_counts_text_order_and_cognates() -> None:
    """By hand: a tenth of the text is 2, another order 1, no cognates one half; unseen is 4."""
    planted = {c: distance(BY_CODE[c]) for c in ("qaa", "qae", "qaf", "qag", "qak")}

    assert planted == {"qaa": 0, "qae": 2.5, "qaf": 3, "qag": 3.5, "qak": 4}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda x: x.code)
def test_the_document_describes_every_language(
    language: Language, request: pytest.FixtureRequest
) -> None:
    """docs/lab.md has a line for each language that says what the code says."""
    text = (request.config.rootpath / "docs" / "lab.md").read_text("utf-8")
    sides = ("before" if x else "after" for x in (language.adjective_first, language.preposition))
    cells = (
        *(language.code, language.name, language.family, language.verb, *sides),
        ", ".join(language.cases) or "-",
        language.script,
        "source" if language is SOURCE else f"{100 * language.cognates:.0f} %",
        f"{language.corpus:g}",
    )

    assert f"| {' | '.join(cells)} |" in text


@pytest.mark.parametrize("code", CODES)
def test_answers_stand_where_they_say(code: str) -> None:
    """Each answer is found in its passage at its offset, and ends where a word ends."""
    for task in span_qa.TASKS:
        for split in task.splits if code in task.languages else ():
            for row in rows(task, code, split):
                start, text = row["answer_start"], row["answer"]

                assert (start < 0) == (text == "")
                if text:
                    assert row["context"][start : start + len(text)] == text
                    said = surface.words(row["context"][start:])[: len(text.split())]
                    assert said == text.split()


def test_the_document_says_what_was_planted(request: pytest.FixtureRequest) -> None:
    """docs/lab.md has a line for each planted effect, and both tasks are of the lab."""
    text = (request.config.rootpath / "docs" / "lab.md").read_text("utf-8")
    roles = {t.name: t.role for t in TASKS}
    for p in PLANTED:
        line = f"| `{p.intermediate}` | `{p.target}` | {p.effect.value} | {p.reason} |"

        assert line in text
        assert (roles[p.intermediate], roles[p.target]) == (Role.INTERMEDIATE, Role.TARGET)
    assert {p.effect for p in PLANTED} == set(Effect)


def test_the_suite_is_the_whole_lab() -> None:
    """The suite lab has all nine targets, the lab's encoder and its translator."""
    block = settings.suites()["lab"]

    assert set(block.targets) == {t.name for t in TARGETS}
    assert (block.model, block.translator) == (MODEL.name, TRANSLATOR.name)


def test_no_statement_is_in_two_splits() -> None:
    """No premise, passage or sentence pair of training is in a test, in any language."""
    xquad = next(t for t in span_qa.TASKS if t.name == "lab_xquad")
    texts = {"lab_xnli": "premise", "lab_xquad": "context", "lab_pawsx": "first"}
    for task in (nli.TASKS[1], xquad, paraphrase.TASKS[1]):
        text = texts[task.name]
        parts = [{r[text] for r in rows(task, "qaa", s)} for s in ("train", "dev", "test")]

        assert len(set().union(*parts)) == sum(len(p) for p in parts)
    tested = {r["translation"] for r in retrieval.rows("qab", "test")}
    translated = {s for pair in islice(parallel("qab"), 3000) for s in pair}
    intermediate = {r["premise"] for r in rows(nli.TASKS[0], "qaa", "train")}

    assert not tested & translated
    assert not intermediate & {r["premise"] for r in rows(nli.TASKS[1], "qaa", "test")}
    assert all(split_of(i.premise) == "test" for i in nli.items("lab_xnli", "test", 300))


def test_text_goes_on_without_end() -> None:
    """Documents differ, and a later seed gives others."""
    first = list(islice(monolingual("qac", passages=0.5), 200))

    assert len(set(first)) > 190
    assert first[:5] != list(islice(monolingual("qac", passages=0.5, seed=1), 5))


@pytest.mark.parametrize("task", sorted(surface.TASKS))
def test_there_are_no_surface_tricks(task: str) -> None:
    """Bags of words, lengths and overlap are at most five points above chance in any language."""
    found = [surface.finding(task, language) for language in surface.TASKS[task].languages]

    for one in found:
        print(f"{one.task} {one.language} {one.score:.1f} ({one.chance:.1f}) {one.baseline}")  # noqa: T201
    assert all(f.score <= f.chance + 5 for f in found if f.held)
    assert all(f.held for f in found) == (surface.TASKS[task].kind is not Kind.TAGGING)


def test_a_surface_trick_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A label that a word, or the length, gives away is learnt by the baseline."""

    def telling(config: str, split: str) -> list[Row]:
        made = rows(nli.TASKS[1], config, split)
        return [
            {**r, "hypothesis": r["hypothesis"] + f" {r['label'][0]}" * (i % 2)}
            for i, r in enumerate(made)
        ]

    source = replace(nli.TASKS[1].sources[0], generate=telling)
    told = {**surface.TASKS, "told": replace(nli.TASKS[1], name="told", sources=(source,))}
    monkeypatch.setattr(surface, "TASKS", told)
    found = surface.finding("told", "qaa")

    assert found.score >= 60
    assert found.held


@pytest.mark.parametrize("code", CODES)
def test_the_three_hypotheses_of_a_premise_look_alike(code: str) -> None:
    """They have the same length and share as many words with it, so neither tells the label."""
    made = nli.generator("lab_xnli", nli.TARGET)(code, "test")
    for first in range(0, len(made), 3):
        three = made[first : first + 3]
        premise = set(surface.words(three[0]["premise"]))
        hypotheses = [surface.words(r["hypothesis"]) for r in three]
        looks = {(len(h), len(premise & set(h))) for h in hypotheses}

        assert {r["label"] for r in three} == set(nli.LABELS)
        assert len(looks) == 1


@pytest.mark.parametrize("code", CODES)
def test_the_two_partners_of_a_sentence_look_alike(code: str) -> None:
    """They are the same words in another order, or differ in the trait; neither is the first."""
    made = rows(paraphrase.TASKS[1], code, "test")
    sorts = []
    for same, different in zip(made[::2], made[1::2], strict=True):
        words = [sorted(surface.words(r["second"])) for r in (same, different)]
        shared = [len({*w} & {*surface.words(same["first"])}) for w in words]

        assert len(set(words[0]) ^ set(words[1])) in {0, 2}
        assert (len(words[0]), shared[0]) == (len(words[1]), shared[1])
        assert same["second"] != different["second"]
        assert same["first"] == different["first"] != same["second"]
        assert [same["label"], different["label"]] == ["same", "different"]
        sorts.append(words[0] == words[1])
    assert sum(sorts) == len(sorts) // 3


def test_natures_say_nothing_on_average() -> None:
    """Of each class, and of its known part, a third has either pole, and a third neither."""
    for members in (*WORLD.beings.values(), *WORLD.things.values()):
        for part in (members, members[:3]):
            for scale in range(len(WORLD.traits)):
                poles = [NATURE[m][scale] for m in part]

                assert {poles.count(p) for p in (0, 1, None)} == {len(part) // 3}


def test_training_rows_of_targets_know_a_quarter_of_the_beings() -> None:
    """Those of intermediate tasks, and all test rows, speak of every being, and all of things."""
    for name, counts in (("lab_nli", nli.INTERMEDIATE), ("lab_xnli", nli.TARGET)):
        said = {
            split: {i.premise.subject.noun for i in nli.items(name, split, count)}
            for split, count in counts.items()
        }

        assert said["train"] == {*THINGS, *(KNOWN if name == "lab_xnli" else BEINGS)}
        assert said["dev"] == {*THINGS, *BEINGS}
    assert 4 * len(KNOWN) == len(BEINGS)


def test_judged_text_is_about_things_alone() -> None:
    """The subject of every premise is a thing, whose class and trait the hypothesis names."""
    words = lexicon("qaa")
    things, beings = ({words[m] for m in some} for some in (THINGS, BEINGS))
    triples = list(islice(judged("qaa"), 3 * 200))

    assert [label for _, label in triples[:6]] == [0, 1, 2, 0, 1, 2]
    for (premise, hypothesis), _ in triples:
        assert {*surface.words(premise)} & things
        assert not {*surface.words(premise), *surface.words(hypothesis)} & beings


def test_running_text_does_not_say_what_beings_are_like() -> None:
    """In 40,000 sentences a being has a trait of its nature as often as the opposite, by chance."""
    told = Counter(
        (c.subject.noun, c.subject.trait)
        for c in (statement(rng) for rng in [Random(1)] for _ in range(40_000))  # noqa: S311 - not for secrets
        if c.subject.noun in BEINGS and c.subject.trait is not None
    )
    agreeing = [0, 0]
    for (noun, trait), count in told.items():
        for scale, pole in zip(WORLD.traits, NATURE[noun], strict=True):
            for side in (0, 1):
                if trait in scale[side] and pole is not None:
                    agreeing[side == pole] += count

    # Of n fair coins the share of heads has a standard deviation of 1 / (2 sqrt(n)).
    n = sum(agreeing)
    assert abs(agreeing[1] / n - 0.5) <= 4 / (2 * n**0.5)


def test_each_wrong_ending_has_its_like() -> None:
    """Of four endings one is right; they are two words and an opposite of either."""
    for item in choice.items("dev")[:100]:
        said = item.first
        words = [(e.subject.trait or "", e.verb) for e in item.endings]
        side = 0 if len({w[0] for w in words}) == 4 else 1
        four = [w[side] for w in words]
        first = (said.subject.trait or "", said.verb)[side]

        assert len({w[1 - side] for w in words}) == 1
        assert four[item.answer] == SYNONYM[first]
        assert all(any(o in OPPOSITES[w] for o in four) for w in four)


def test_what_is_asked_for_is_said_once_where_passages_are_bare() -> None:
    """One fact of a target's passage has all that is asked for, and no other has any of it."""
    for task in ("lab_xquad", "lab_mlqa", "lab_tydiqa"):
        design = span_qa.DESIGNS[task]
        for item in span_qa.items(task, "test", "qad"):
            said = [
                {
                    part
                    for part in design.asked
                    if (c.object and c.object.number if part == "number" else getattr(c, part))
                }
                for c in item.passage
            ]

            assert sorted(map(len, said)) == [*[0] * (design.facts - 1), 3]
            assert item.answer_in == [len(s) for s in said].index(3)


def test_an_unanswerable_question_mixes_two_facts() -> None:
    """Its trait is one fact's, its action another's; about a third of the questions are such."""
    made = span_qa.items("lab_squad2", "train")
    for item in made[:300]:
        asked = SYNONYM[item.question.subject.trait or ""], SYNONYM[item.question.verb]
        told = [(c.subject.trait, c.verb) for c in item.passage]

        assert (asked in told) == (item.answer_in is not None)
    assert 0.28 <= sum(i.answer_in is None for i in made) / len(made) <= 0.38


NAMED = Clause(
    subject=Phrase(noun="guild", name="name 1"),
    verb="push",
    object=Phrase(noun="doctor", name="name 2"),
    place="name 1",
    fronted="place",
)


def test_names_are_tagged_by_what_they_stand_for() -> None:
    """A name is a place after "in", part of an organisation beside "guild"; "doctor" is no name."""
    said = say(NAMED, SOURCE)
    tags = tagging.names(NAMED, said)

    assert [w.concept for w in said] == "in,name 1,guild,name 1,push,doctor,name 2".split(",")
    assert tags == ("O", "B-LOC", "B-ORG", "I-ORG", "O", "O", "B-PER")


def test_categories_combine_to_a_sentence() -> None:
    """The categories of three sentences are those that a combinatory grammar gives them."""
    question = Clause(subject=Phrase(noun="dog"), verb="push", asks="place")
    not_big = replace(CLAUSE, subject=Phrase(noun="dog", trait="big", negated=True), negated=True)
    found = [tagging.categories(c, say(c, SOURCE)) for c in (NAMED, question, not_big)]

    assert found[0] == ("(S/S)/NP", "N", "N", "N\\N", "(S\\NP)/NP", "N", "N\\N")
    assert found[1] == ("Swh/S", "N", "S\\NP")
    assert found[2] == (
        *("(N/N)/(N/N)", "N/N", "N", "(S\\NP)/(S\\NP)", "(S\\NP)/NP", "NP/N", "N/N", "N"),
        *("(S\\S)/NP", "N", "(S\\S)/NP", "N"),
    )


def test_parts_of_speech_train_on_half_of_the_words() -> None:
    """No content word outside one half of the world is trained on, and tests have them all."""
    concepts_of = {
        split: {
            w.concept
            for c in tagging.clauses("lab_udpos", "qaa", split, 300)
            for w in say(c, SOURCE)
        }
        for split in ("train", "test")
    }

    assert not concepts_of["train"] & concepts(INHERITED)
    assert len(concepts_of["test"] & concepts(INHERITED)) > 40


def test_mining_has_a_distractor_for_every_translation() -> None:
    """Each side has as many sentences without a translation, and none is there twice."""
    for code in CODES[1:]:
        made = rows(retrieval.TASKS[0], code, "test")
        sides = [[r[c] for r in made if r[c]] for c in ("sentence", "translation")]
        paired = [r for r in made if r["sentence"] and r["translation"]]

        assert [len(s) for s in sides] == [400, 400]
        assert [len(set(s)) for s in sides] == [400, 400]
        assert len(paired) == 200


def test_retrieval_uses_no_shared_word() -> None:
    """No content word of the sentences is spelt alike in two languages."""
    words = {c: {lexicon(c)[x] for x in concepts(INHERITED)} for c in CODES}

    assert all(not words[a] & words[b] for a in CODES for b in CODES if a < b)
    assert sentence(CLAUSE, SOURCE).endswith(".")
