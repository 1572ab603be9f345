"""Groups of languages set against each other, and the transfer gap, on stored scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from statistics import fmean

import pytest
from rich.console import Console

from support.fake_comparison import TASKS, Compared, compared
from support.program import Command
from xharness.analysis import gaps, results
from xharness.analysis.gaps import Gap, Gaps
from xharness.languages import By, Language
from xharness.report.gaps import gaps as drawn
from xharness.testing import fake_task

LANGUAGES = ("en", "de", "fr", "ru", "sw", "jv", "ur", "ta", "et")
"""High: de, fr and ru; low: sw, jv, ur and et; mid: ta."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison on nine languages, and on two."""
    wide = fake_task(name="wide", languages=LANGUAGES, rows=40)
    folder = tmp_path_factory.mktemp("gaps") / "store"
    match = replace(TASKS[-1], source_language="en")
    return compared(folder, targets=("wide", "match"), tasks=(*TASKS[:-1], match, wide))


def measured(
    done: Compared, by: By, known: Mapping[str, Language] | None = None, target: str = "wide"
) -> Gaps:
    """Return the gaps of one target."""
    rows = results.collect(done.plan, done.store)
    found = gaps.measure(done.plan, rows, done.store, done.metrics, by, known)
    return next(g for g in found if g.target == target)


def means(done: Compared, strategy: str) -> dict[str, float]:
    """Return a strategy's mean scores by language, from the results."""
    rows = [r for r in results.collect(done.plan, done.store) if r.target == "wide"]
    return {
        code: fmean(r.score for r in rows if (r.strategy, r.language) == (strategy, code))
        for code in LANGUAGES
    }


def row(found: tuple[Gap, ...], strategy: str) -> Gap:
    """Return the gap of one strategy."""
    return next(g for g in found if g.strategy == strategy)


def test_low_against_high_resources(done: Compared) -> None:
    """Gain in the four low languages less gain in the three high ones, from the means."""
    found = row(measured(done, By.RESOURCE).groups, "english")
    ours, theirs = means(done, "english"), means(done, "none")
    gain = {code: ours[code] - theirs[code] for code in LANGUAGES}
    low = fmean(gain[c] for c in ("sw", "jv", "ur", "et"))
    high = fmean(gain[c] for c in ("de", "fr", "ru"))

    assert (found.one, found.other, found.languages) == ("low", "high", (4, 3))
    assert found.gained is not None
    assert found.gained.value == pytest.approx(low - high)
    assert found.gained.low is not None
    assert found.gained.high is not None
    assert found.gained.low < found.gained.value < found.gained.high
    assert found.against == "none"


def test_too_few_families_are_said(done: Compared) -> None:
    """The three high languages are of one family, so nothing is said of languages at large."""
    found = row(measured(done, By.RESOURCE).groups, "english")

    assert found.at_large is not None
    assert found.at_large.low is None
    assert found.at_large.reason == "high: 1 of 4 families"


def test_the_transfer_gap(done: Compared) -> None:
    """English less the mean of the others, with an interval; five families are enough at large."""
    found = row(measured(done, By.FAMILY).transfer, "english")
    ours = means(done, "english")

    assert found.apart.value == pytest.approx(
        ours["en"] - fmean(ours[c] for c in LANGUAGES if c != "en")
    )
    assert found.apart.low is not None
    assert found.at_large is not None
    assert found.at_large.low is not None
    assert found.at_large.value == found.gained.value if found.gained else False


def test_none_has_a_gap_and_no_gain(done: Compared) -> None:
    """What is compared with has its own difference between languages only."""
    found = row(measured(done, By.RESOURCE).groups, "none")

    assert found.apart.low is not None
    assert (found.against, found.gained, found.at_large) == (None, None, None)


@pytest.mark.parametrize(
    ("by", "names", "sizes"),
    [
        (By.SCRIPT, ("other than Latn", "Latn"), (3, 5)),
        (By.FAMILY, ("other than Indo-European", "Indo-European"), (4, 4)),
        (By.ORDER, ("other than SVO", "SVO"), (3, 5)),
        (By.DISTANCE, ("far", "near"), (1, 6)),
    ],
)
def test_other_languages_against_those_like_the_source(
    done: Compared, by: By, names: tuple[str, str], sizes: tuple[int, int]
) -> None:
    """Languages that differ from English are set against those that share the property."""
    found = measured(done, by)
    if min(sizes) < 2:
        assert found.groups == ()
        assert f"{names[0]} {sizes[0]}" in found.reasons[0]
        return
    gap = row(found.groups, "english")

    assert ((gap.one, gap.other), gap.languages) == (names, sizes)


def test_what_cannot_be_compared_says_why(done: Compared) -> None:
    """Two languages make no two groups, and a target without its source language has no gap."""
    found = measured(done, By.RESOURCE, target="match")

    assert (found.groups, found.transfer) == ((), ())
    assert found.reasons == (
        "low against high: not estimable, too few languages (low 1, high 1; 2 would do)",
        "transfer gap: not estimable, match has no test in en",
    )


def test_languages_of_a_plugin(done: Compared) -> None:
    """Languages that only a plugin describes are set against each other as it says."""
    levels = dict(zip(LANGUAGES, ("high",) * 3 + ("low",) * 6, strict=True))
    known = {c: Language(code=c, name=c, level=level) for c, level in levels.items()}
    found = row(measured(done, By.RESOURCE, known).groups, "english")

    assert found.languages == (6, 2)
    assert found.at_large is not None
    assert found.at_large.reason == "families unknown"


def test_one_seed_has_no_interval(tmp_path: Path) -> None:
    """With one seed the points stand alone, and the reason beside them."""
    wide = fake_task(name="wide", languages=LANGUAGES, rows=40)
    one = compared(tmp_path / "store", targets=("wide",), tasks=(*TASKS, wide), seeds=(1,))
    found = row(measured(one, By.RESOURCE).groups, "english")

    assert found.gained is not None
    assert (found.gained.low, found.gained.reason) == (None, "needs two seeds")


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_view_says_how_to_read_it(done: Compared, width: int) -> None:
    """Below the tables stand what is subtracted, and what the interval holds for."""
    file = StringIO()
    for part in drawn(measured(done, By.RESOURCE), what="resource", width=width):
        Console(file=file, width=width).print(part)
    text = " ".join(file.getvalue().split())

    assert "wide, by resource: low minus high" in text
    assert "wide, transfer gap: en minus the others" in text
    assert "Gain: points ahead of none in low minus those in high." in text
    assert "not estimable" in text
    assert "high: 1 of 4 families" in text
    assert max(len(line) for line in file.getvalue().splitlines()) <= width


def test_the_command_has_the_same_for_programs(done: Compared, xharness: Command) -> None:
    """--by --json has the numbers that the table shows, and why some are missing."""
    found = xharness("leaderboard", "--by", "resource", "--store", done.store.root, "--json").json

    assert {gap["target"] for gap in found["apart"]} == {"wide"}
    assert len(found["transfer_gap"]) == 2
    assert any(line.startswith("match: transfer gap") for line in found["not_estimable"])
