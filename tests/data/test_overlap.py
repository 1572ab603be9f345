"""What training rows share with test sets is counted exactly, on overlaps planted by hand."""

from __future__ import annotations

import random

import pytest

from xharness import languages
from xharness.data.overlap import CHARACTERS, WORDS, Shared, TestSet, run_length, shared

RUN = "one two three four five six seven eight nine ten eleven twelve thirteen"
"""13 words."""
CHINESE = "".join(chr(0x4E00 + 7 * n) for n in range(CHARACTERS))
"""50 characters."""


def counted(training: list[tuple[str, ...]], test: list[tuple[str, ...]], length: int) -> Shared:
    """Return what a test set shares with training rows."""
    return shared(training, [TestSet.of(test, length)])[0]


def test_an_item_is_whole_when_all_its_texts_are_texts_of_the_training_rows() -> None:
    """Case, punctuation and how words are split do not count; half of an item is not enough."""
    training = [("A man sleeps.", "He is ill."), ("It rains",)]
    test = [
        ("a man sleeps", "HE IS ILL!"),
        ("It rains", "It snows"),
        ("It 's fine",),
        ("Its fine",),
    ]

    assert counted(training, test, WORDS).whole == 1
    assert counted([("it 's fine",)], test, WORDS).whole == 2


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (f"before {RUN} after", 1),
        (RUN.replace("seven", "Seven,"), 1),
        (RUN.replace("seven", "sieben"), 0),
        (RUN.removesuffix(" thirteen"), 0),
    ],
)
def test_a_run_is_thirteen_words(text: str, runs: int) -> None:
    """Twelve words in a row are none, nor are thirteen with another one among them."""
    found = counted([(text,)], [(f"yes {RUN} no",), ("short",)], WORDS)

    assert (found.items, found.long, found.runs) == (2, 1, runs)


def test_a_run_never_goes_on_in_the_next_text() -> None:
    """Neither from one text of an item to its next, nor from one row to its next."""
    first, second = "one two three four five six seven", "eight nine ten eleven twelve thirteen"

    assert counted([(first, second)], [(RUN,)], WORDS).runs == 0
    assert counted([(first,), (second,)], [(RUN,)], WORDS).runs == 0
    assert counted([(RUN,)], [(first, second)], WORDS).runs == 0


@pytest.mark.parametrize(("kept", "runs"), [(CHARACTERS, 1), (CHARACTERS - 1, 0)])
def test_a_run_without_spaces_is_fifty_characters(kept: int, runs: int) -> None:
    """Punctuation and blanks between them do not count."""
    text = f"{CHINESE[:20]}\N{FULLWIDTH COMMA} {CHINESE[20:kept]}"

    assert counted([(text,)], [(f"甲{CHINESE}乙",)], CHARACTERS).runs == runs


def test_marks_on_letters_belong_to_words() -> None:
    """A Hindi word is one word, although its vowels are marks: 13 words are a run, not fewer."""
    words = "हिन्दी भाषा में यह एक लंबा वाक्य है जिसमें तेरह शब्द होने चाहिए".split()
    assert len(words) == 13

    assert counted([(" ".join(words),)], [(" ".join(words),)], WORDS).runs == 1
    assert counted([(" ".join(words[:12]),)], [(" ".join(words),)], WORDS).runs == 0


def test_every_planted_run_is_found_and_no_other() -> None:
    """In 3,000 rows, over several chunks: 40 of 500 test items have a run planted in the rows."""
    draw = random.Random(1)  # noqa: S311
    vocabulary = [f"w{n}" for n in range(2_000)]

    def text(length: int) -> list[str]:
        return draw.choices(vocabulary, k=length)

    rows, test = [text(400) for _ in range(3_000)], [text(30) for _ in range(500)]
    for place in range(40):
        at = draw.randrange(380)
        rows[draw.randrange(3_000)][at : at + 13] = test[place][7:20]
    found = counted([(" ".join(r),) for r in rows], [(" ".join(t),) for t in test], WORDS)

    assert (found.items, found.long, found.runs, found.whole) == (500, 500, 40, 0)


def test_items_that_share_a_passage_are_counted_each() -> None:
    """A passage that three questions are about is read once, and all three share it."""
    test = [(RUN, question) for question in ("who", "where", "when")]

    found = counted([(f"so {RUN}", "who")], test, WORDS)

    assert (found.items, found.long, found.runs, found.whole) == (3, 3, 3, 0)


def test_nothing_is_shared_with_nothing() -> None:
    """Items without text, and a training set without rows, share nothing."""
    nothing = Shared(items=1, whole=0, long=0, runs=0)

    assert counted([("a",)], [("",)], WORDS) == nothing
    assert counted([], [("a",)], WORDS) == nothing
    assert counted([("",)], [("...",)], CHARACTERS) == nothing


@pytest.mark.parametrize(
    ("language", "length"),
    [("zh", CHARACTERS), ("th", CHARACTERS), ("ja", CHARACTERS), ("ko", WORDS), ("vi", WORDS)],
)
def test_scripts_without_spaces_are_counted_in_characters(language: str, length: int) -> None:
    """Chinese, Japanese and Thai have none; Korean and Vietnamese do."""
    assert run_length(language, languages.table()) == length
