"""All that is suspicious, counted in one line."""

from __future__ import annotations

from support.cells import ahead, scored
from xharness.analysis.diagnostics import PlanDiagnostic
from xharness.execution.diagnostics import Diagnostic
from xharness.keys import Key
from xharness.planning.contrasts import Entry
from xharness.report.warning_line import warning_line

NONE, ENGLISH = Entry("none", "-"), Entry("english", "mnli")
TABLE = [scored("lab_xnli"), scored("lab_panx"), ahead("lab_xnli", 1.0), ahead("lab_panx", 1.0)]


def at_chance(
    row: Entry, *languages: str, task: str = "lab_xnli", kind: str = "baseline"
) -> list[PlanDiagnostic]:
    """Return a diagnostic of each language."""
    return [
        PlanDiagnostic(
            diagnostic=Diagnostic(kind=kind, task=task, language=code, text="t", value=33.3),
            key=Key("k"),
            rows=(row,),
            seeds=(1,),
        )
        for code in languages
    ]


def test_nothing_is_nothing() -> None:
    """Without diagnostics there is no line."""
    assert warning_line([], TABLE) == ""


def test_cells_are_counted_once_whatever_their_seeds() -> None:
    """Two seeds of one cell are one; the row and the languages of most of them are named."""
    found = [
        *(at_chance(NONE, "qad", "qah") * 2),
        *at_chance(NONE, "qad", "qah", task="lab_panx"),
        *at_chance(ENGLISH, "qab"),
    ]

    assert warning_line(found, TABLE) == "5 cells at chance (mostly none on qad, qah)"


def test_mostly_is_more_than_half() -> None:
    """Where neither a row nor a few languages have more than half, tasks do; else nothing is."""
    codes = [f"q{c}" for c in "abcdefgh"]
    even = [*at_chance(NONE, *codes), *at_chance(ENGLISH, *codes)]
    other = [*at_chance(NONE, *codes, task="lab_panx")]

    assert warning_line(even, TABLE) == "16 cells at chance (mostly on xnli)"
    assert warning_line(even + other, TABLE) == "24 cells at chance (mostly none on panx, xnli)"
    assert warning_line(at_chance(NONE, "qab"), TABLE) == "1 cell at chance (mostly none on qab)"


def test_kinds_share_the_line() -> None:
    """Collapsed runs come first, then what most cells have."""
    found = [
        *at_chance(NONE, "qab", kind="cut"),
        *at_chance(NONE, "qab", "qac", kind="collapsed"),
        *at_chance(ENGLISH, "", kind="seeds"),
    ]

    assert warning_line(found, TABLE) == (
        "1 collapsed run; 2 cells with one answer (mostly none on qab, qac); 1 cut short"
    )
