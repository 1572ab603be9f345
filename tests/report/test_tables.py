"""Tables as a reader sees them: nothing cut, nothing read as markup, nothing by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from support.printing import printed, sentences
from xharness.analysis.results import Result, Summary
from xharness.errors import DataError
from xharness.report.grid import grid
from xharness.report.languages import by_language
from xharness.report.leaderboard import leaderboard
from xharness.report.table import Column, table

TARGETS = {"xnli": "accuracy@1", "udpos": "f1@x", "xquad": "f1@1", "tatoeba": "accuracy@1"}
ROWS = [("none", "-"), ("english", "mnli"), ("english", "mnli+squad_v1")]
NASTY = "[red]x[/red]\x1b[31m\n\\"


def summary(strategy: str, arm: str, target: str, number: int = 0) -> Summary:
    """Return a cell with three seeds, 15 languages and numbers that occur only once."""
    base = strategy == "none"
    return Summary(
        strategy=strategy,
        intermediates=arm,
        target=target,
        mean=60.1 + number,
        mean_non_english=50.2 + number,
        delta=None if base else -30.3 + number,
        low=None if base else -40.4 + number,
        high=None if base else 10.5 + number,
        seeds=3,
        languages=15,
        n=3000,
        missing=0,
        signature=TARGETS.get(target, "s@1"),
    )


def board(targets: Sequence[str] = tuple(TARGETS)) -> list[Summary]:
    """Return a full table of three rows."""
    places = [(*row, t) for row in ROWS for t in targets]
    return [summary(*place, number) for number, place in enumerate(places)]


@pytest.mark.parametrize("width", [60, 80, 100, 160, 200])
@pytest.mark.parametrize("targets", [("xnli",), tuple(TARGETS), (NASTY, "a" * 70, *TARGETS)])
def test_no_number_is_cut(width: int, targets: Sequence[str]) -> None:
    """Every mean, difference and interval is whole, on one line, at any width."""
    cells = board(targets)
    text = printed(leaderboard(grid(cells, title="t"), width=width), width)

    assert max(len(line) for line in text.splitlines()) <= width
    for s in cells:
        assert f"{s.mean:.1f} | {s.mean_non_english:.1f}" in text
        if s.delta is not None and s.low is not None and s.high is not None:
            shown = f"{s.delta:+.1f} [{s.low:+.1f}, {s.high:+.1f}]"
            assert shown.replace("-", "\N{MINUS SIGN}") in text


def test_narrow_tables_are_stacked() -> None:
    """At 80 columns the targets that do not fit come below, with the strategies again."""
    made = [printed(leaderboard(grid(board(), title="t"), width=w), w) for w in (80, 160)]

    assert [text.count("strategy") for text in made] == [2, 1]


def test_average_over_targets() -> None:
    """The last column averages both means and the difference over the targets, by hand."""
    cells = board(["xnli", "udpos"])[2:4]
    text = printed(leaderboard(grid(cells, title="t"), width=80))

    assert "62.6 | 52.7" in text
    assert "\N{MINUS SIGN}27.8\n" in text


def test_missing_and_failed_cells_say_so() -> None:
    """A cell without a mean is a dash or "failed", its row has no average, and a note says why."""
    cells = board(["xnli", "udpos"])
    blank = {"mean": None, "mean_non_english": None, "delta": None, "low": None, "high": None}
    cells[2] = replace(cells[2], **blank, missing=3)
    cells[4] = replace(cells[4], **blank, missing=45, n=0)
    failed = {("english", "mnli+squad_v1", "xnli")}
    made = leaderboard(grid(cells, title="t", failed=failed), width=80)
    lines = [line.split() for line in printed(made).splitlines()]

    assert ["english", "-", "63.1", "|", "53.2", "-"] in lines
    assert ["english", "failed", "65.1", "|", "55.2", "-"] in lines
    assert "english mnli, xnli: no mean, 3 scores missing." in sentences(made)
    assert "failed: a phase that the cell needs failed" in sentences(made)


def test_one_mean_stands_alone_where_the_source_is_not_tested() -> None:
    """Where both means are one number it stands once, and a note says why."""
    cells = [replace(s, mean_non_english=s.mean) for s in board(["tatoeba"])]
    text = sentences(leaderboard(grid(cells, title="t"), width=80))

    assert "60.1 |" not in text
    assert "One number: there are no test rows in the source language." in text
    assert "One number" not in sentences(leaderboard(grid(board(["xnli"]), title="t"), width=80))


def test_one_seed_has_no_interval() -> None:
    """With one seed the difference stands alone and the note says why."""
    cells = [replace(s, seeds=1, low=None, high=None) for s in board(["xnli"])]
    made = leaderboard(grid(cells, title="t"), width=80)

    assert "\N{MINUS SIGN}29.3\n" in printed(made)
    assert "one seed: no interval" in sentences(made)
    assert "95 %" not in sentences(made)


def test_an_interval_that_is_not_estimable_is_named() -> None:
    """With several seeds and no interval the cell is named below the table."""
    cells = board(["xnli", "udpos"])
    cells[2] = replace(cells[2], low=None, high=None)

    assert "english mnli, xnli: interval not estimable." in sentences(
        leaderboard(grid(cells, title="t"), width=80)
    )


def test_notes_say_what_stands_behind_the_numbers() -> None:
    """Below the table: both means, the interval, and per target signature, languages, n, seeds."""
    text = sentences(
        leaderboard(grid(board(["xnli"]), title="lab: tiny", subtitle="fiction"), width=80)
    )

    assert text.startswith("lab: tiny fiction strategy")
    assert "mean over all languages | mean without the source language" in text
    assert "95 % interval: seeds and items vary, languages are fixed" in text
    assert "xnli: accuracy@1, 15 languages, 3,000 examples in all, 3 seeds" in text


def test_signatures_are_never_mixed() -> None:
    """One target scored with two metrics is refused."""
    cells = board(["xnli"])
    cells[1] = replace(cells[1], signature="other@2")

    with pytest.raises(DataError, match="accuracy@1 and other@2"):
        leaderboard(grid(cells, title="t"), width=80)


def test_names_are_printed_as_they_are() -> None:
    """Markup, escapes and line ends in names are text, in every table."""
    cells = [replace(s, strategy=NASTY) for s in board([NASTY, "xnli"])]
    rows = [replace(r, strategy=NASTY, language=NASTY) for r in results()]
    shown = NASTY.replace("\x1b", "\N{REPLACEMENT CHARACTER}").replace(
        "\n", "\N{REPLACEMENT CHARACTER}"
    )
    for made in (
        leaderboard(grid(cells, title=NASTY), width=160),
        by_language(rows, title=NASTY, width=160),
        table([Column(name=NASTY)], [[NASTY]], title=NASTY),
    ):
        text = printed(made, 160)

        assert text.count(shown) >= 2
        assert "\x1b" not in text


def test_without_colour_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with NO_COLOR shows the same characters as one with colours, minus escapes."""
    made = leaderboard(grid(board(), title="t"), width=80)
    colours = Console(file=StringIO(), width=80, force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Console(file=StringIO(), width=80, force_terminal=True)
    texts = []
    for console in (colours, plain):
        with console.capture() as captured:
            console.print(made)
        texts.append(captured.get())

    assert "\x1b[3" not in texts[1].replace("\x1b[3m", "")
    assert printed(made).split() == _without_escapes(texts[0]) == _without_escapes(texts[1])


def _without_escapes(text: str) -> list[str]:
    """Return the words of a terminal's output."""
    from rich.text import Text

    return Text.from_ansi(text).plain.split()


def results() -> list[Result]:
    """Return `none` and one strategy in two languages with two seeds, one score missing."""
    scores = {
        ("none", "-", "en"): (80.0, 82.0),
        ("none", "-", "sw"): (50.0, 52.0),
        ("english", "mnli", "en"): (85.0, 86.0),
        ("english", "mnli", "sw"): (49.0,),
    }
    return [
        Result(
            suite="xtreme",
            model="m",
            strategy=strategy,
            intermediates=arm,
            target="xnli",
            language=language,
            seed=seed,
            score=score,
            n=1000,
            signature="accuracy@1",
            key="k",
            limit_train=None,
            limit_eval=None,
        )
        for (strategy, arm, language), found in scores.items()
        for seed, score in enumerate(found)
    ]


def test_by_language() -> None:
    """Scores are means over seeds beside their difference to `none`; gaps are starred."""
    made = by_language(results(), title="xnli", width=80)
    lines = [line.split() for line in printed(made).splitlines()]

    assert ["en", "1,000", "81.0", "85.5", "(+4.5)"] in lines
    assert ["sw", "1,000", "51.0", "49.0*", "(\N{MINUS SIGN}2.0)"] in lines
    assert "*: some seeds have no score" in sentences(made)


def test_nothing_to_show() -> None:
    """Without results there is a title and a sentence, not an error."""
    assert sentences(leaderboard(grid([], title="t"), width=80)) == "t no results yet"
    assert sentences(by_language([], title="t", width=80)) == "t no results yet"


@pytest.mark.parametrize("width", [20, 25, 30])
def test_too_narrow_for_numbers(width: int) -> None:
    """Where numbers cannot fit on a line they wrap: no digit and no sign is left out."""
    made = leaderboard(grid(board(["xnli"]), title="t"), width=width)
    counts = table([Column(name="n", number=True)] * 4, [[1234567, 89.5, None, 12345]])

    assert digits(made, width) == digits(made, 200)
    assert digits(counts, width) == digits(counts, 200)


def digits(made: RenderableType, width: int) -> list[str]:
    """Return every digit and sign of a print-out, in order of value."""
    return sorted(c for c in printed(made, width) if c in "0123456789+\N{MINUS SIGN}")


def test_table_keeps_numbers_and_wraps_words() -> None:
    """A long text wraps; a number beside it stays on one line; nothing is left out."""
    columns = [Column(name="task"), Column(name="rows", number=True), Column(name="summary")]
    rows = [["t" * 70, 1234567, "word " * 60], ["b", None, 2.25]]
    text = printed(table(columns, rows), 80)

    assert " 1,234,567 " in text
    assert text.count("t") - len("task") + len("task".replace("t", "")) == 70
    assert text.count("word") == 60
    assert max(len(line) for line in text.splitlines()) <= 80
