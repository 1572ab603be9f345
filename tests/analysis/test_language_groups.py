"""Means as XTREME takes them, and means over groups of languages, with numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.printing import printed, words
from support.program import Command
from xharness.analysis import language_groups
from xharness.analysis.language_groups import Group
from xharness.analysis.results import Averages, Result, Summary, summarise
from xharness.keys import Key
from xharness.languages import By
from xharness.planning.plan import Answer, Plan, TargetFacts
from xharness.report.grid import grid
from xharness.report.language_groups import by_group
from xharness.report.languages import by_language
from xharness.report.leaderboard import leaderboard
from xharness.store.store import Store

NONE, ENGLISH = ("none", "-"), ("english", "mnli")
LANGUAGES = ("en", "de", "fr", "sw", "ur", "lab-a")
SCORES = {
    NONE: {"en": 90.0, "de": 70.0, "fr": 80.0, "sw": 30.0, "ur": 40.0, "lab-a": 10.0},
    ENGLISH: {"en": 92.0, "de": 72.0, "fr": 84.0, "sw": 36.0, "ur": 40.0, "lab-a": 9.0},
}
"""Means over two seeds, which are two points apart."""


def plan(languages: tuple[str, ...] = LANGUAGES, source: str = "en") -> Plan:
    """Return a plan of two rows and one target, with two seeds."""
    target = TargetFacts(
        name="nli", languages=languages, source_language=source, signature="accuracy@1"
    )
    answers = tuple(
        Answer(
            strategy=strategy,
            intermediates=arm,
            target="nli",
            language=language,
            seed=seed,
            signature="accuracy@1",
            key=Key("k"),
        )
        for seed in (1, 2)
        for strategy, arm in (NONE, ENGLISH)
        for language in languages
    )
    return Plan(
        suite="s", title="t", model="m", recipe="r", selection="last", limit_train=None,
        limit_eval=None, seeds=(1, 2), targets=(target,), answers=answers, contrasts=(),
    )  # fmt: skip


def results(languages: tuple[str, ...] = LANGUAGES, *, exact: float | None = None) -> list[Result]:
    """Return all results of the plan; with `exact`, exact match is so many points below F1."""
    return [
        Result(
            suite="s", model="m", strategy=strategy, intermediates=arm, target="nli",
            language=language, seed=seed, score=SCORES[strategy, arm][language] + step, n=100,
            signature="accuracy@1", key="k", limit_train=None, limit_eval=None,
            em_f1=None if exact is None else SCORES[strategy, arm][language] + step - exact / 2,
        )
        for seed, step in ((1, -1.0), (2, 1.0))
        for strategy, arm in (NONE, ENGLISH)
        for language in languages
    ]  # fmt: skip


def summaries(found: list[Result], made: Plan, tmp_path: Path) -> list[Summary]:
    """Return the summaries of results, without intervals."""
    return list(summarise(made, found, Store(tmp_path / "store"), {}))


def test_means_of_a_label_task(tmp_path: Path) -> None:
    """English 90 against (70 + 80 + 30) / 3 = 60: mean 67.5, gap 30; one point ahead of none."""
    languages = ("en", "de", "fr", "sw")
    none, english = summaries(results(languages), plan(languages), tmp_path)

    assert (none.mean, none.mean_non_english) == (67.5, 60.0)
    assert none.xtreme == Averages(mean=67.5, mean_non_english=60.0, delta=None)
    assert english.xtreme == Averages(mean=71.0, mean_non_english=64.0, delta=3.5)
    assert (none.gap, english.gap) == (30.0, 28.0)


def test_means_of_question_answering(tmp_path: Path) -> None:
    """XTREME averages exact match and F1: with EM 20 points below, its means are 10 lower."""
    languages = ("en", "de", "fr", "sw")
    none, english = summaries(results(languages, exact=20.0), plan(languages), tmp_path)

    assert none.mean == 67.5
    assert none.xtreme == Averages(mean=57.5, mean_non_english=50.0, delta=None)
    # The gap is of F1, with which the views of groups give it an interval.
    assert none.gap == 30.0
    assert english.xtreme is not None
    assert english.xtreme.delta == 3.5


def test_without_the_source_language_there_is_no_gap(tmp_path: Path) -> None:
    """Retrieval has no English row, so its transfer gap is not computed."""
    languages = ("de", "fr")
    none, _ = summaries(results(languages), plan(languages), tmp_path)

    assert none.xtreme == Averages(mean=75.0, mean_non_english=75.0, delta=None)
    assert none.gap is None


def test_the_leaderboard_shows_xtreme_means_where_they_differ(tmp_path: Path) -> None:
    """Question answering has a third line; label tasks have none."""
    languages = ("en", "de", "fr", "sw")
    same = printed(
        leaderboard(
            grid(summaries(results(languages), plan(languages), tmp_path), title="t"), width=80
        )
    )
    found = summaries(results(languages, exact=20.0), plan(languages), tmp_path)
    text = printed(leaderboard(grid(found, title="t"), width=80))

    assert "XTREME" not in same
    assert "67.5 | 60.0" in text
    assert "XTREME 57.5 | 50.0" in text
    assert "XTREME: the same means, but of (EM + F1) / 2" in text


def test_the_average_is_over_what_xtreme_averages(tmp_path: Path) -> None:
    """Of a label task's 67.5 and a question-answering task's 57.5 it is 62.5."""
    languages = ("en", "de", "fr", "sw")
    label = summaries(results(languages), plan(languages), tmp_path)
    answers = summaries(results(languages, exact=20.0), plan(languages), tmp_path)
    found = [*label, *(replace(s, target="qa") for s in answers)]

    assert "62.5 | 55.0" in printed(leaderboard(grid(found, title="t"), width=80))


def test_means_below_the_languages(tmp_path: Path) -> None:
    """A target's table ends with both means, XTREME's where they differ, and the gap."""
    languages = ("en", "de", "fr", "sw")
    found = results(languages, exact=20.0)
    made = words(
        by_language(found, summaries(found, plan(languages), tmp_path), title="t", width=80)
    )

    assert ["mean", "67.5", "71.0"] in made
    assert ["without", "the", "source", "60.0", "64.0"] in made
    assert ["XTREME", "mean", "57.5", "61.0"] in made
    assert ["transfer", "gap", "+30.0", "+28.0"] in made


def of(found: tuple[Group, ...], row: tuple[str, str]) -> dict[str, tuple[object, ...]]:
    """Return the groups of a row by name: languages, examples, mean, difference."""
    return {
        g.group: (g.languages, g.n, g.mean, g.delta)
        for g in found
        if (g.strategy, g.intermediates) == row
    }


def test_groups_of_families() -> None:
    """German, French and Urdu are one family: (72 + 84 + 40) / 3 against (70 + 80 + 40) / 3."""
    found = language_groups.by(plan(), results(), By.FAMILY)

    assert of(found, NONE) == {
        "Indo-European": (("de", "fr", "ur"), 300, pytest.approx(190 / 3), None),
        "Niger-Congo": (("sw",), 100, None, None),
        "not in the table": (("lab-a",), 100, None, None),
    }
    assert of(found, ENGLISH)["Indo-European"][2:] == (
        pytest.approx(196 / 3),
        pytest.approx(2.0),
    )


def test_groups_of_resources() -> None:
    """Swahili and Urdu are low: 35 for none, three points more for english."""
    found = of(language_groups.by(plan(), results(), By.RESOURCE), ENGLISH)

    assert found["low"] == (("sw", "ur"), 200, 38.0, 3.0)


def test_a_group_that_lacks_a_score_has_no_mean() -> None:
    """Means over other languages do not compare, so there is a dash, and a note why."""
    found = [r for r in results() if (r.language, r.seed) != ("fr", 2)]
    made = language_groups.by(plan(), found, By.SCRIPT)
    text = printed(by_group(made, title="t", what="script", width=80))

    assert of(made, NONE)["Latn"] == (("de", "sw"), 200, None, None)
    assert "-: a language of the group lacks a score" in text


def test_a_group_of_one_language_is_too_few_also_where_a_row_lacks_it() -> None:
    """It is named below the table, as when every row has its score."""
    found = [r for r in results() if (r.strategy, r.language) != ("english", "lab-a")]
    made = by_group(
        language_groups.by(plan(), found, By.RESOURCE), title="t", what="resource", width=80
    )

    assert "fewer than 2: not in the table: lab-a." in printed(made)
    assert not any(line[:4] == ["not", "in", "the", "table", "1"] for line in words(made))


def test_the_table_of_groups() -> None:
    """A group shows languages, their number, examples, mean and difference; one is too few."""
    made = by_group(
        language_groups.by(plan(), results(), By.RESOURCE), title="t", what="resource", width=80
    )
    text = printed(made)

    assert ["high", "2", "200", "75.0", "78.0", "(+3.0)"] in words(made)
    assert ["de", "fr"] in words(made)
    assert not any(line[:4] == ["not", "in", "the", "table", "1"] for line in words(made))
    assert "Too few languages for a mean, fewer than 2: not in the table: lab-a." in text
    assert "the table that xharness list languages shows" in text


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_table_of_groups_fits(width: int) -> None:
    """No line is wider than the terminal, and no mean is cut."""
    made = by_group(
        language_groups.by(plan(), results(), By.FAMILY), title="t", what="family", width=width
    )
    text = printed(made, width)

    assert max(map(len, text.splitlines())) <= width
    assert "63.3" in text
    assert "65.3 (+2.0)" in text


def test_by_on_the_command_line(compare: Command, xharness: Command) -> None:
    """--by prints a table for each target, or for one, and a JSON object with groups and means."""
    compare()
    text = xharness("leaderboard", "--by", "order").out
    found = xharness("leaderboard", "--by", "family", "--target", "colours", "--json").json

    assert "colours by order" in text
    assert "match by order" in text
    assert found["by"] == "family"
    assert {(g["target"], g["group"]) for g in found["groups"]} == {
        ("colours", "Indo-European"),
        ("colours", "Niger-Congo"),
    }
    assert [set(m) for m in found["means"]] == [
        {
            "strategy",
            "intermediates",
            "target",
            "xtreme_mean",
            "xtreme_mean_non_english",
            "xtreme_delta",
            "transfer_gap",
        }
    ] * 2


def test_by_names_an_unknown_target(compare: Command, xharness: Command) -> None:
    """A target that the plan lacks is wrong input."""
    compare()
    ran = xharness("leaderboard", "--by", "order", "--target", "colour")

    assert ran.status == 2
    assert "did you mean colours?" in ran.said
