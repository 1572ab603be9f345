"""Text before and after translation: sentences, the marks of an answer, examples put together."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from xharness.data.translations import read_translations
from xharness.engine.translation import answer_markers, quality, segments, sentences
from xharness.engine.translation.segments import TranslatedSentence, Untranslated
from xharness.errors import DataError
from xharness.examples import (
    Answer,
    Classification,
    Example,
    MultipleChoice,
    SpanQuestion,
    Tagging,
    Translatable,
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        (
            "Dr. Smith of the U.S. Army left. He slept.",
            ["Dr. Smith of the U.S. Army left.", "He slept."],
        ),
        ("J. R. Tolkien wrote 3.5 pages.", ["J. R. Tolkien wrote 3.5 pages."]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("我是。你呢？好", ["我是。", "你呢？", "好"]),
        ("मैं गया। वह आया।", ["मैं गया।", "वह आया।"]),
        ("هل أنت هنا؟ نعم.", ["هل أنت هنا؟", "نعم."]),
        ("heading\n\ntext etc. goes on", ["heading", "text etc. goes on"]),
        ("  ", []),
    ],
)
def test_sentences_are_found_in_many_scripts(text: str, wanted: list[str]) -> None:
    """A text is cut where a reader would cut it, and not after initials and titles."""
    assert [text[a:b] for a, b in sentences.spans(text)] == wanted


def test_sentences_that_an_answer_crosses_stay_together() -> None:
    """An answer is never cut in two: the sentences it touches become one."""
    text = "One. Two. Three. Four."
    spans = sentences.around(sentences.spans(text), (7, 12))

    assert [text[a:b] for a, b in spans] == ["One.", "Two. Three.", "Four."]


@pytest.mark.parametrize(
    ("said", "text", "answer"),
    [
        ('Sie kam aus "Wien" hierher.', "Sie kam aus Wien hierher.", "Wien"),
        ("Sie kam aus „Wien“ hierher.", "Sie kam aus Wien hierher.", "Wien"),
        ("Elle vient de « Vienne ».", "Elle vient de Vienne.", "Vienne"),
        ("她来自「维也纳」。", "她来自维也纳。", "维也纳"),
        ("她来自“维也纳”。", "她来自维也纳。", "维也纳"),
        ("वह “वियना” से आई।", "वह वियना से आई।", "वियना"),
        ("جاءت من «فيينا».", "جاءت من فيينا.", "فيينا"),
        ("Она приехала из «Вены».", "Она приехала из Вены.", "Вены"),
        ("彼女は『ウィーン』から来た。", "彼女はウィーンから来た。", "ウィーン"),
    ],
)
def test_an_answer_is_found_by_its_marks(said: str, text: str, answer: str) -> None:
    """Whatever quotes a translator writes, the answer is between them and they are taken away."""
    found = answer_markers.find(said, answer_markers.MARKERS[0])

    assert found is not None
    assert found.text == text
    assert found.text[found.start : found.end] == answer


@pytest.mark.parametrize(
    "said", ["Sie kam aus Wien.", 'Sie kam aus "Wien.', '"Sie" kam aus "Wien".', 'aus "" hier']
)
def test_marks_that_did_not_survive_give_no_answer(said: str) -> None:
    """No marks, one mark, two pairs or an empty pair: nothing is guessed."""
    assert answer_markers.find(said, answer_markers.MARKERS[0]) is None


def test_a_sentence_with_quotes_of_its_own_gets_other_marks() -> None:
    """Quotes, then brackets, then parentheses; a sentence that has them all is given up."""
    assert answer_markers.mark("a b", 0, 1) == ('"a" b', answer_markers.MARKERS[0])
    assert answer_markers.mark('a "b"', 0, 1) == ('[a] "b"', answer_markers.MARKERS[1])
    assert answer_markers.mark('a "b" [c]', 0, 1) == ('(a) "b" [c]', answer_markers.MARKERS[2])
    assert answer_markers.mark('a "b" [c] (d)', 0, 1) is None


def through(example: Example, said: dict[str, str], into: str = "de") -> Example | Untranslated:
    """Return an example translated with a dictionary of sentences."""
    parts = segments.passages(example, into, sentences.spans)
    if isinstance(parts, Untranslated):
        return parts
    return segments.rebuilt(
        example, parts, {s: TranslatedSentence(text=t) for s, t in said.items()}
    )


def test_a_pair_keeps_its_label() -> None:
    """Both texts of a pair are translated sentence by sentence; the label stays."""
    made = through(
        Classification(text="Hi. Go!", pair="Yes.", label="neutral"),
        {"Hi.": "Hallo.", "Go!": "Geh!", "Yes.": "Ja."},
    )

    assert made == Classification(text="Hallo. Geh!", pair="Ja.", label="neutral")


def test_chinese_sentences_stand_without_blanks() -> None:
    """Sentences are put together as their language does."""
    made = through(
        Classification(text="Hi. Go!", label="x"), {"Hi.": "你好。", "Go!": "走！"}, into="zh"
    )

    assert made == Classification(text="你好。走！", label="x")


def test_choices_keep_their_order() -> None:
    """Context, question and every choice are translated; the answer's place stays."""
    one = MultipleChoice(context="", question="Q?", choices=("a", "b"), answer=1)
    made = through(one, {"Q?": "F?", "a": "x", "b": "y"})

    assert made == MultipleChoice(context="", question="F?", choices=("x", "y"), answer=1)


def question(*answers: Answer) -> SpanQuestion:
    """Return a question on two sentences."""
    return SpanQuestion(
        context="It rained. She left Vienna early.", question="What?", answers=answers
    )


def test_an_answer_moves_with_its_sentence() -> None:
    """The answer's new place is counted in the whole translated context."""
    made = through(
        question(Answer(text="Vienna", start=20)),
        {
            "It rained.": "Es hat geregnet.",
            'She left "Vienna" early.': "Aus „Wien“ ging sie früh.",
            "What?": "Was?",
        },
    )

    assert made == SpanQuestion(
        context="Es hat geregnet. Aus Wien ging sie früh.",
        question="Was?",
        answers=(Answer(text="Wien", start=21),),
    )


def test_an_unanswerable_question_stays_so() -> None:
    """Without an answer nothing is marked, and none is made up."""
    made = through(
        question(),
        {"It rained.": "A.", "She left Vienna early.": "B.", "What?": "C?"},
    )

    assert made == SpanQuestion(context="A. B.", question="C?", answers=())


def test_lost_rows_say_why() -> None:
    """A lost mark, an empty translation and a sentence full of marks are told apart."""
    said = {"It rained.": "A.", 'She left "Vienna" early.': "Wien.", "What?": "C?"}
    full = SpanQuestion(
        context='a "b" [c] (d)', question="What?", answers=(Answer(text="a", start=0),)
    )

    assert through(question(Answer(text="Vienna", start=20)), said) == Untranslated(
        why=segments.MARKER
    )
    assert through(full, said) == Untranslated(why=segments.UNMARKED)
    assert through(Classification(text="Hi.", label="x"), {"Hi.": " "}) == Untranslated(
        why=segments.EMPTY
    )


@pytest.mark.parametrize(
    "example",
    [
        Classification(text="Hi.", pair=None, label="x"),
        MultipleChoice(context="", question="Q?", choices=("a", "b"), answer=1),
        question(Answer(text="Vienna", start=20), Answer(text="rained", start=None)),
        question(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_row_is_read_as_it_was_written(example: Translatable) -> None:
    """Fields that went through JSON make the same example again."""
    written = json.loads(json.dumps(asdict(example)))

    assert type(example).from_json(written) == example


def test_tagged_words_cannot_be_translated() -> None:
    """Tags belong to words, which a translation changes."""
    with pytest.raises(DataError, match="a Tagging cannot be translated"):
        through(Tagging(tokens=("a",), tags=("X",)), {})


def test_bleu_and_chrf_are_sacrebleus() -> None:
    """The numbers are those of sacrebleu's own functions, with its signature."""
    import sacrebleu

    said = ["the cat sat on the mat", "a dog is here now today"]
    right = ["the cat sat on a mat", "the dog is here now today"]
    found = quality.measured(said, right, "en")

    assert found["bleu"]["score"] == round(sacrebleu.corpus_bleu(said, [right]).score, 4)
    assert found["chrf"]["score"] == round(sacrebleu.corpus_chrf(said, [right]).score, 4)
    assert "tok:13a" in found["bleu"]["signature"]
    assert found["texts"] == 2
    assert "tok:zh" in quality.measured(["你好"], ["你好"], "zh")["bleu"]["signature"]


def test_files_of_translations_are_read(tmp_path: Path) -> None:
    """Both formats are read; a byte-order mark and blank lines do no harm."""
    (tmp_path / "a.jsonl").write_text('\ufeff{"source": "Hi", "translation": "Hallo"}\n\n', "utf-8")
    (tmp_path / "b.tsv").write_text("Hi\tHallo\r\n", "utf-8")

    assert read_translations(tmp_path / "a.jsonl") == {"Hi": "Hallo"}
    assert read_translations(tmp_path / "b.tsv") == {"Hi": "Hallo"}


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("a.tsv", "Hi\tHallo\tx\n", "line 1: has 3 columns; two would be right"),
        ("a.jsonl", '{"source": "Hi"}\n', 'line 1: is not {"source"'),
        ("a.tsv", "\n", "a.tsv: has no translations; one on each line would be right"),
        ("a.tsv", "Hi\tA\nHi\tB\n", "line 2: translates 'Hi' otherwise than an earlier line"),
    ],
)
def test_broken_files_of_translations_are_refused(
    tmp_path: Path, name: str, text: str, wrong: str
) -> None:
    """Nothing is guessed: the file and the line are named."""
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(DataError) as caught:
        read_translations(tmp_path / name)

    assert wrong in str(caught.value)
