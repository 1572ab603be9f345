"""Text becomes tokens and logits become answers, without losing a word on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from support.engine_tiny import (
    VOCABULARY,
    fake_encoder,
    in_both_precisions,
    load_tokenizer,
    sentence,
)
from xharness.engine.encoder.network import Head, Network
from xharness.engine.encoder.profile import Hardware
from xharness.engine.kinds import classification, multiple_choice, span_qa, tagging
from xharness.engine.kinds.windows import IGNORED, Batch, Tokenization, collate
from xharness.errors import DataError
from xharness.examples import Answer, Classification, MultipleChoice, SpanQuestion
from xharness.tasks import Kind


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> object:
    return load_tokenizer(tiny_model)


def tokenization(tokenizer: object, max_length: int = 32, stride: int = 4) -> Tokenization:
    return Tokenization(
        tokenizer=tokenizer, max_length=max_length, stride=stride, labels=("NOUN", "VERB")
    )


def one_hot(position: int, width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    found = np.zeros(width, dtype=np.float32)
    found[position] = 1.0
    return found


def question(context: str, answer: str, start: int | None) -> SpanQuestion:
    return SpanQuestion(
        context=context, question="what is", answers=(Answer(text=answer, start=start),)
    )


def test_long_pair_loses_tokens_of_its_longer_text(tokenizer: object) -> None:
    """Ten words and one word in a window of eight: four words of the first stay."""
    example = Classification(text="red " * 10, pair="blue", label="NOUN")
    short = Classification(text="red", pair="blue", label="VERB")
    found = classification.encode([example, short], tokenization(tokenizer, 8), training=True)

    assert found.truncated == 1
    assert found.ids[0].tolist() == [2, *[VOCABULARY["red"]] * 4, 3, VOCABULARY["blue"], 3]
    assert [t.tolist() for t in found.targets] == [[0], [1]]


def test_pairs_and_single_texts_do_not_mix(tokenizer: object) -> None:
    """A task whose examples are sometimes pairs is refused, with the counts."""
    pair = Classification(text="red", pair="blue", label="NOUN")
    single = Classification(text="red", label="NOUN")
    with pytest.raises(DataError, match="1 of 2 examples are pairs"):
        classification.encode([pair, single], tokenization(tokenizer), training=False)


def choose(*choices: str, context: str = "en", question: str = "is") -> MultipleChoice:
    return MultipleChoice(context=context, question=question, choices=choices, answer=1)


def test_choices_of_a_question_stay_together(tokenizer: object) -> None:
    """Two questions of three choices are two windows of three texts, padded to their longest."""
    examples = [choose("red", "green blue", "blue"), choose("what", "which", "is")]
    windows = multiple_choice.encode(examples, tokenization(tokenizer), training=True)
    batch = collate(windows, np.array([1, 0]), 0, torch.device("cpu"))

    assert windows.lengths.tolist() == [3 * 7, 3 * 6]
    assert [t.tolist() for t in windows.targets] == [[1], [1]]
    assert batch.ids.shape == (6, 7)
    assert batch.ids[4].tolist() == windows.ids[1].tolist()
    assert batch.mask.sum(dim=1).tolist() == [6, 6, 6, 6, 7, 6]
    assert batch.targets.shape == (2, 1)
    assert batch.together == 3


def test_a_choice_is_read_after_its_context(tokenizer: object) -> None:
    """Context, then question and choice; without a context, question, then choice."""
    both, alone = choose("red", "blue"), choose("red", "blue", context=" ")
    found = multiple_choice.encode([both, alone], tokenization(tokenizer), training=False)
    word = VOCABULARY

    assert found.ids[0].tolist() == [2, word["en"], 3, word["is"], word["red"], 3]
    assert found.ids[2].tolist() == [2, word["is"], 3, word["red"], 3]


def test_long_choices_are_cut_and_counted_by_question(tokenizer: object) -> None:
    """Two cut choices of one question are one question that was cut."""
    examples = [choose("red " * 9, "blue " * 9), choose("red", "blue")]
    found = multiple_choice.encode(examples, tokenization(tokenizer, 8), training=False)

    assert found.truncated == 1
    assert max(map(len, found.ids)) == 8


def test_other_numbers_of_choices_are_refused(tokenizer: object) -> None:
    """A question with a choice too few is never compared with the others."""
    examples = [choose("red", "blue"), choose("red", "blue", "green")]
    with pytest.raises(DataError, match="some examples have 2 choices and others 3"):
        multiple_choice.encode(examples, tokenization(tokenizer), training=False)


def test_rankings_begin_with_the_prediction(tokenizer: object) -> None:
    """Scores of 1, 3 and 2 rank the second, third, first; of equals the earlier comes first."""
    scores = [np.array([1, 3, 2], dtype=np.float32), np.array([0, 5, 5], dtype=np.float32)]
    how = replace(tokenization(tokenizer), labels=("a", "b", "c"))

    assert multiple_choice.ranking(scores, how) == [[1, 2, 0], [1, 2, 0]]
    assert classification.ranking(scores, how) == [["b", "c", "a"], ["b", "c", "a"]]


def test_the_best_choice_is_a_position(tokenizer: object) -> None:
    """The largest of three scores is the second choice, by the loss as by decoding."""
    scores = torch.tensor([[0.0, 2.0, 1.0]])
    windows = multiple_choice.encode(
        [choose("a", "b", "c")], tokenization(tokenizer), training=True
    )

    assert multiple_choice.decode([scores.numpy()[0]], windows, tokenization(tokenizer), None) == [
        1
    ]
    assert float(multiple_choice.loss(scores, torch.tensor([[1]]), scores)) == pytest.approx(
        -2 + np.log(1 + np.exp(2) + np.exp(1))
    )


def test_margin_is_the_best_span_against_no_answer(tokenizer: object) -> None:
    """Span 2 + 3 in one window, no answer 1 + 1 there and 0 + 0.5 in the other: 5 - 0.5."""
    examples = [question("is red green blue en de", "red", 3)]
    windows = span_qa.encode(examples, tokenization(tokenizer, 9, 3), training=False)
    assert len(windows.ids) == 2
    logits = [np.zeros((len(i), 2), dtype=np.float32) for i in windows.ids]
    first = int(np.flatnonzero(windows.places[0][:, 0] >= 0)[0])
    logits[0][first] = (2.0, 3.0)
    logits[0][0] = (1.0, 1.0)
    logits[1][0] = (0.0, 0.5)
    blind = replace(windows, places=[np.full_like(p, -1) for p in windows.places])

    assert span_qa.margins(logits, windows, 1) == [4.5]
    assert span_qa.margins(logits, blind, 1) == [None]


def test_long_sentence_keeps_every_word(tokenizer: object) -> None:
    """Seven words in windows of three: three windows, and a tag for each word."""
    words = ("red", "blue", "green", "is", "thing", "en", "de")
    how = tokenization(tokenizer, 5)
    found = tagging.encode([sentence(*words)], how, training=True)
    logits = [np.eye(len(i), 2, dtype=np.float32) for i in found.ids]
    tags = tagging.decode(logits, found, how, None)

    assert [len(p) for p in found.places] == [3, 3, 1]
    assert [t.tolist() for t in found.targets][2] == [IGNORED, 0, IGNORED]
    assert [len(t) for t in tags] == [7]


def test_word_without_tokens_is_the_unknown_token(tokenizer: object) -> None:
    """A word of nothing but a space still has a place of its own, and a tag."""
    found = tagging.encode([sentence("red", " ", "blue")], tokenization(tokenizer), training=True)

    assert found.ids[0].tolist() == [2, VOCABULARY["red"], 1, VOCABULARY["blue"], 3]
    assert found.places[0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("space", "before", "normalizer"),
    [
        ("Ġ", pre_tokenizers.ByteLevel(add_prefix_space=False), None),
        ("Ġ", pre_tokenizers.ByteLevel(add_prefix_space=True), None),
        ("▁", pre_tokenizers.Metaspace(prepend_scheme="never"), None),
        ("▁", pre_tokenizers.Metaspace(prepend_scheme="always"), None),
        (
            "▁",
            pre_tokenizers.Split(" ", "merged_with_previous"),
            normalizers.Replace(" ", "▁"),
        ),
    ],
    ids=["RoBERTa", "RoBERTa with a prefix", "never", "XLM-R", "Gemma"],
)
def test_words_are_read_as_in_running_text(space: str, before: Any, normalizer: Any) -> None:
    """Behind a space "a" is token 4 and "b" token 5; at the very beginning they are 1 and 2."""
    from transformers import PreTrainedTokenizerFast

    vocabulary = {"[UNK]": 0, "a": 1, "b": 2, space: 3, f"{space}a": 4, f"{space}b": 5}
    made = Tokenizer(models.BPE(vocabulary, [(space, "a"), (space, "b")], unk_token="[UNK]"))
    made.pre_tokenizer = before
    if normalizer is not None:
        made.normalizer = normalizer
    fast = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]", pad_token="[UNK]")
    found = tagging.encode([sentence("a", "b", "a")], tokenization(fast), training=True)

    assert found.ids[0].tolist() == [4, 5, 4]
    assert found.places[0].tolist() == [0, 1, 2]


def test_word_of_several_tokens_is_tagged_at_its_first(tokenizer: object) -> None:
    """The tokens "red", "-", "blue" of one word: the first carries the tag."""
    found = tagging.encode([sentence("red-blue", "is")], tokenization(tokenizer), training=True)

    assert found.targets[0].tolist() == [IGNORED, 0, IGNORED, IGNORED, 0, IGNORED]


def test_answer_is_cut_from_the_context_as_it_stands(tokenizer: object) -> None:
    """Scores that point at a window's target give back the answer's own characters."""
    context = "thing 1 is red , thing 2 is  green blue , thing 3 is what"
    examples = [question(context, "green blue", context.index("green"))]
    how = tokenization(tokenizer, 16, 3)
    found = span_qa.encode(examples, how, training=True)
    held = [t for t in found.targets if t[0] > 0]
    logits = [
        np.stack([one_hot(t[0], len(i)), one_hot(t[1], len(i))], axis=1) * (9 if t[0] else 1)
        for t, i in zip(found.targets, found.ids, strict=True)
    ]

    assert len(found.ids) > 1
    assert held
    assert span_qa.decode(logits, found, how, examples) == ["green blue"]


def test_stripped_context_moves_the_answer_and_is_counted(tokenizer: object) -> None:
    """An offset two characters too far, as after stripping two spaces, is mended and counted."""
    mended = span_qa.encode([question("is red", "red", 5)], tokenization(tokenizer), training=True)
    right = span_qa.encode([question("is red", "red", 3)], tokenization(tokenizer), training=True)

    assert mended.targets[0].tolist() == right.targets[0].tolist()
    assert (mended.notes, right.notes) == ({"shifted": 1}, {"shifted": 0})


@pytest.mark.parametrize("start", [0, 40, None])
def test_answer_that_stands_nowhere_near_is_refused(tokenizer: object, start: int | None) -> None:
    """An answer that is not at its offset, nor up to 20 characters before, is never trained on."""
    with pytest.raises(DataError, match="the answer 'red'"):
        span_qa.encode(
            [question("is " * 3 + "red" + " is" * 20, "red", start)],
            tokenization(tokenizer),
            training=True,
        )


@pytest.mark.parametrize("stride", [0, 9])
def test_windows_that_leave_out_tokens_are_refused(tokenizer: object, stride: int) -> None:
    """Windows of 16 leave 8 tokens to the context behind the longest question, of 5."""
    with pytest.raises(DataError, match=rf"stride {stride}: .* leave out tokens; give 1 to 8"):
        span_qa.encode(
            [question("is red", "red", 3)], tokenization(tokenizer, 16, stride), training=True
        )


TEN = "0 1 2 3 4 5 6 7 8 9"
"""Ten tokens; a window of 11 has six of them beside the question's two and three special ones."""


def test_stride_is_how_far_apart_windows_begin(tokenizer: object) -> None:
    """Six of ten tokens at a time, three further each time: the third window reaches the end.

    As `doc_stride` of run_squad.py; an overlap of three would be the same here, of two not.
    """
    windows = {
        stride: span_qa.encode(
            [question(TEN, "0", 0)], tokenization(tokenizer, 11, stride), training=False
        )
        for stride in (2, 3)
    }
    begun = {
        stride: [int(p[p[:, 0] >= 0][0, 0]) // 2 for p in found.places]
        for stride, found in windows.items()
    }

    assert begun == {2: [0, 2, 4], 3: [0, 3, 6]}
    assert [len(ids) for ids in windows[3].ids] == [11, 11, 9]


def test_a_longer_question_does_not_change_the_stride(tokenizer: object) -> None:
    """Three tokens of the question instead of two: windows of five, still three apart."""
    longer = SpanQuestion(context=TEN, question="what is red", answers=())
    windows = span_qa.encode([longer], tokenization(tokenizer, 11, 3), training=False)

    assert [int(p[p[:, 0] >= 0][0, 0]) // 2 for p in windows.places] == [0, 3, 6]


def test_a_span_begins_where_its_window_has_the_most_context(tokenizer: object) -> None:
    """Tokens 0 to 5, 3 to 8 and 6 to 9 in three windows: by hand, the window of each token.

    The smaller of left and right counts, then the window's length, then the earlier one
    (_check_is_max_context of run_squad.py): token 4 has 1 in the first two.
    """
    examples = [question(TEN, "0", 0)]
    how = tokenization(tokenizer, 11, 3)
    windows = span_qa.encode(examples, how, training=False)
    most = [{int(start) // 2 for start, _, best in p.tolist() if best == 1} for p in windows.places]
    logits = [np.zeros((len(i), 2), dtype=np.float32) for i in windows.ids]
    first = int(np.flatnonzero(windows.places[1][:, 0] >= 0)[0])
    logits[1][first] = 9.0  # token 3, at the very edge of the second window
    logits[1][first + 3] = 1.0  # token 6, in its middle

    assert most == [{0, 1, 2, 3, 4}, {5, 6, 7}, {8, 9}]
    assert span_qa.decode(logits, windows, how, examples) == ["6"]


@in_both_precisions
def test_the_better_of_two_close_spans_wins(tokenizer: object, precision: str) -> None:
    """Scores of 8.00 and 8.01 are one number in bf16, whose step is 1/16 there: no tie, no luck."""
    states = torch.tensor([[[0.0], [8.0], [8.01], [0.0], [0.0]]])
    network = Network(
        encoder=fake_encoder(states), tokenizer=tokenizer, tokenizer_digest="", heads={}
    )
    linear = torch.nn.Linear(1, 2, bias=False)
    torch.nn.init.ones_(linear.weight)
    head = Head(task="answer", kind=Kind.SPAN_QA, labels=(), linear=linear)
    batch = Batch(ids=states[:, :, 0], mask=states[:, :, 0], types=None, targets=states)
    hardware = Hardware(device=torch.device("cpu"), precision=precision, threads=1)
    with torch.inference_mode(), hardware.autocast():
        logits = network.logits(head, batch)
    begin, end = logits[0].float().numpy().T

    assert span_qa.best_span(begin, end)[1:] == (2, 2)


def test_best_span_is_the_largest_sum_in_order() -> None:
    """Begin 3 + end 5 is impossible backwards, so 1 + 5 at tokens 0 to 1 wins over 3 + 2."""
    begin = np.array([1.0, 0.0, 3.0], dtype=np.float32)
    end = np.array([0.0, 5.0, 2.0], dtype=np.float32)

    assert span_qa.best_span(begin, end) == (6.0, 0, 1)


def test_answer_has_at_most_thirty_tokens() -> None:
    """An end that lies 30 tokens after the beginning is out of reach."""
    begin, end = np.zeros(40, dtype=np.float32), np.zeros(40, dtype=np.float32)
    begin[0] = end[30] = 1.0
    _, first, last = span_qa.best_span(begin, end)

    assert last - first < 30


def test_padding_does_not_change_the_span_loss(tokenizer: object) -> None:
    """A window's loss is the same alone and beside a longer one."""
    short, long = question("is red", "red", 3), question("is red " * 3, "red", 3)
    windows = span_qa.encode([short, long], tokenization(tokenizer), training=True)
    device = torch.device("cpu")
    alone = collate(windows, np.array([0]), 0, device)
    beside = collate(windows, np.array([0, 1]), 0, device)
    scores = torch.arange(beside.ids.shape[1] * 2, dtype=torch.float32).reshape(1, -1, 2)
    length = alone.ids.shape[1]

    assert span_qa.loss(scores, beside.targets[:1], beside.mask[:1]) == span_qa.loss(
        scores[:, :length], alone.targets, alone.mask
    )
