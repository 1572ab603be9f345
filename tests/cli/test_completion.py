"""What a shell completes: names, the last of several, and those of own plugins."""

from __future__ import annotations

import pytest

from support.program import Command


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("compare --targets lab_x", ["lab_xnli", "lab_xquad"]),
        ("compare --targets lab_xnli,lab_p", ["lab_xnli,lab_panx", "lab_xnli,lab_pawsx"]),
        ("compare --intermediates mnli+squ", ["mnli+squad_v1", "mnli+squad_v2"]),
        ("compare --strategies english,transl", ["english,translate"]),
        ("compare --suite xtr", ["xtreme"]),
        ("compare --model lab-", ["lab-mini"]),
        ("compare --languages qaa,sw", ["qaa,sw"]),
        ("compare --set recipe=st", ["recipe=standard"]),
        ("show phang", ["phang2020"]),
        ("list rec", ["recipes"]),
    ],
)
def test_names_are_completed(xharness: Command, line: str, completed: list[str]) -> None:
    """Tasks, models, strategies, suites, languages and recipes; after a comma the next one."""
    words = f"xharness {line}"
    ran = xharness(
        XHARNESS_DISABLE="",
        _XHARNESS_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )

    assert ran.out.split() == completed
