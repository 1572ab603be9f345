"""Diagnostics become a few lines below the leaderboard."""

from __future__ import annotations

from dataclasses import replace

from support.plans import ENGLISH, NONE, published
from xharness.analysis.diagnostics import PlanDiagnostic
from xharness.execution.diagnostics import Diagnostic
from xharness.keys import Key
from xharness.report.diagnostics import diagnostic_lines


def suspicious(
    language: str, row: tuple[str, str], value: float = 100.0, kind: str = "cut"
) -> PlanDiagnostic:
    """Return a diagnostic of one language of nli in one row."""
    note = Diagnostic(kind=kind, task="nli", language=language, text="too long", value=value)
    return PlanDiagnostic(diagnostic=note, key=Key("k"), rows=(row,), seeds=(1,))


def test_lines_are_grouped() -> None:
    """Languages with one fault share a line; rows are named unless all are concerned."""
    found = [
        *(suspicious(language, row) for language in ("sw", "th") for row in (NONE, ENGLISH)),
        suspicious("en", ENGLISH, 4.25),
        suspicious("en", ENGLISH, 12.0),
    ]

    assert diagnostic_lines(found, published()) == [
        "warning: nli sw, th: too long (100 %)",
        "warning: nli en: too long (4.2 to 12 %); english mnli",
    ]


def test_all_languages_and_trainings_are_called_so() -> None:
    """A fault of every language says all; a training has none."""
    found = [suspicious(language, NONE, 3.5, "pieces") for language in ("en", "sw", "th")]

    assert diagnostic_lines([*found, suspicious("", NONE)], published()) == [
        "warning: nli all 3 languages: too long (3.5); none",
        "warning: training on nli: too long (100 %); none",
    ]


def test_tasks_share_a_line_and_the_gravest_comes_first() -> None:
    """One fault of several tasks is one line; collapse stands above missing rows."""
    short = suspicious("sw", NONE, 99.97, "short")
    other = replace(short, diagnostic=replace(short.diagnostic, task="qa", value=12.0))
    grave = replace(short, diagnostic=replace(short.diagnostic, kind="collapsed", text="all alike"))

    assert diagnostic_lines(
        [short, other, suspicious("", NONE, 50.0, "short"), grave], published()
    ) == [
        "warning: nli sw: all alike (99.9 %); none",
        ("warning: nli sw; qa sw; training on nli: has 12 to 99.9 % of the published rows; none"),
    ]


def test_many_lines_are_cut() -> None:
    """Eight lines are shown, the others counted."""
    found = [
        replace(one, diagnostic=replace(one.diagnostic, text=f"fault {i}"))
        for i, one in enumerate([suspicious("sw", NONE)] * 11)
    ]
    lines = diagnostic_lines(found, published())

    assert len(lines) == 9
    assert len(diagnostic_lines(found, published(), most=None)) == 11
    assert lines[-1] == "warning: 3 more lines; all of it: xharness leaderboard --diagnostics"
