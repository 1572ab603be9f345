"""Translations behind a comparison: found in the store, and told in a line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.plans import published
from support.store_worker import predict, score, train
from xharness.analysis import diagnostics, translation_quality
from xharness.analysis.translation_quality import Quality, Translated
from xharness.analysis.used_phases import UsedPhase, used_phases
from xharness.execution.diagnostics import Diagnostic
from xharness.keys import key
from xharness.phases import Phase, Stream, Texts, Translate
from xharness.planning.plan import PlannedTranslation
from xharness.report.diagnostics import diagnostic_lines
from xharness.report.translation_quality import translation_lines
from xharness.store.store import Store

MEASURED = {
    "texts": 200,
    "bleu": {"score": 31.24, "signature": "b"},
    "chrf": {"score": 55.5, "signature": "c"},
}


def made(into: str, quality: Quality | None = None, **values: Any) -> Translated:
    """Return 100 rows, two of which were lost."""
    values = {"strategies": ("translate",), "asked": 100, "translated": 98, **values}
    return Translated(key="k", what="w", translator="lab-mt", into=into, quality=quality, **values)


def good(bleu: float, chrf: float = 50.0, pairs: int = 200) -> Quality:
    """Return a quality."""
    return Quality(pairs=pairs, bleu=bleu, chrf=chrf, signatures=("b", "c"))


def publish(store: Store, phase: Phase, **files: Any) -> None:
    """Put a phase into a store, with JSON files."""
    with store.publishing(phase) as building:
        assert building is not None
        for name, content in files.items():
            (building.out / f"{name}.json").write_text(json.dumps(content), "utf-8")


def test_translations_are_found_behind_scores(tmp_path: Path) -> None:
    """Rows of the one who was trained on them, the translator, losses and quality are read."""
    store = Store(tmp_path / "store")
    phase = Translate(
        task="nli", version=1, data="d", language="en", into="sw",
        translator=Texts(digest="d", name="files"),
    )  # fmt: skip
    stream = Stream(task="nli", version=1, data="d", languages=("sw",), translated=phase)
    trained = replace(train(), streams=(stream,))
    lost = Diagnostic(
        kind="lost", task="nli", language="sw", text="rows lost in translation", value=12
    )
    counts = {"asked": 50, "translated": 44, "quality": MEASURED}
    publish(store, phase, counts=counts, notes=[{n: getattr(lost, n) for n in lost.__slots__}])
    for other in (trained, predict(trained), score(predict(trained))):
        publish(store, other)
    asked = published(("en",))
    answers = (asked.answers[0], replace(asked.answers[1], key=key(score(predict(trained)))))
    named = PlannedTranslation(key=key(phase), translator="files")
    plan = replace(asked, answers=answers, translations=(named,))
    used = used_phases(plan, store)

    assert translation_quality.collect(plan, used) == (
        Translated(
            key=key(phase),
            what="translate nli en-sw",
            translator="files",
            strategies=("english",),
            into="sw",
            asked=50,
            translated=44,
            quality=Quality(pairs=200, bleu=31.24, chrf=55.5, signatures=("b", "c")),
        ),
    )
    assert [d.diagnostic for d in diagnostics.collect(used)] == [lost]
    assert diagnostic_lines(diagnostics.collect(used), asked) == [
        "warning: nli sw: rows lost in translation (12 %); english mnli"
    ]


def test_a_translation_that_is_not_measured(tmp_path: Path) -> None:
    """Without reference pairs, or with counts of another kind, no number is made up."""
    store = Store(tmp_path / "store")
    phase = Translate(
        task="nli", version=1, data="d", language="en", into="sw", translator=Texts(digest="d")
    )
    publish(store, phase, counts={"quality": {"comet": 0.9}})
    artifact = store.find(key(phase))
    assert artifact is not None
    (found,) = translation_quality.collect(published(), [UsedPhase(artifact=artifact)])

    assert (found.quality, found.asked, found.translator) == (None, 0, "")


def test_one_language_in_a_line() -> None:
    """Who translated, how well by how many pairs, and how many rows were lost."""
    assert translation_lines([made("de", good(31.24))]) == [
        "translate: lab-mt into de, BLEU 31.2, chrF 50.0, on 200 pairs; 2 of 100 rows lost"
    ]
    assert translation_lines([made("de")]) == [
        "translate: lab-mt into de, quality: not measured; 2 of 100 rows lost"
    ]


def test_many_languages_in_a_line() -> None:
    """The worst and the best language are named, and how many were not measured."""
    found = [made(f"l{i}", good(10.0 + i, pairs=190 + i)) for i in range(9)]

    assert translation_lines([*found, made("x"), made("y")]) == [
        (
            "translate: lab-mt into 11 languages, BLEU 10.0 (l0) to 18.0 (l8), chrF 50.0, "
            "on 190 to 198 pairs each, not measured into x, y; 22 of 1,100 rows lost"
        )
    ]


def test_each_strategy_has_a_line() -> None:
    """Strategies that are trained on other rows have lines of their own; equal ones share one."""
    both = ("translate", "translate:beams=4")
    found = [
        made("de", strategies=both),
        made("sw", strategies=("other",)),
        made("th", strategies=both),
    ]

    assert [line.partition(", quality")[0] for line in translation_lines(found)] == [
        "translate, translate:beams=4: lab-mt into de, th",
        "other: lab-mt into sw",
    ]
