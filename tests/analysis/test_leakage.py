"""Same-data supervision is marked in every table, and can be left out of means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.fake_comparison import TASKS, Compared, compared
from support.plans import MODEL, NLI, request
from support.printing import printed
from support.program import Command
from xharness import Kind, Role, Source, Task
from xharness.analysis import leakage
from xharness.analysis.averages import averages
from xharness.analysis.caveats import Caveats
from xharness.analysis.results import Averages, Summary
from xharness.commands import leaderboard as boards
from xharness.commands import views
from xharness.languages import By
from xharness.planning import planner
from xharness.planning.contrasts import Entry
from xharness.planning.request import ChosenStrategy
from xharness.planning.resolve import Lock, Resolver
from xharness.plugin import registry
from xharness.report.caveats import caveat_lines
from xharness.report.grid import grid
from xharness.report.leaderboard import leaderboard
from xharness.testing import fake_task
from xharness_strategies.english import English
from xharness_strategies.mlm import MaskedLM, OnlyMaskedLM

OWN = registry.load().tasks
NONE, ENGLISH = Entry("none", "-"), Entry("english", "first")


@pytest.mark.parametrize(
    ("arm", "target", "common"),
    [
        ("mnli", "xnli", ("mnli",)),
        ("anli_plus", "xnli", ("anli_plus",)),
        ("qqp", "xnli", ()),
        ("squad_v1", "xquad", ("squad_v1",)),
        ("squad_v2", "mlqa", ("squad_v2",)),
        ("qqp+squad_v1", "mlqa", ("squad_v1",)),
        ("squad_v1", "tydiqa", ()),
        ("mnli", "tatoeba", ()),
        ("mnli", "pawsx", ()),
    ],
)
def test_who_shares_rows(arm: str, target: str, common: tuple[str, ...]) -> None:
    """ANLI+ reads MNLI's source and SQuAD v2.0 holds v1.1; other tasks share nothing."""
    assert leakage.shared(arm.split("+"), OWN[target], OWN) == common


def test_contained_tasks_are_followed() -> None:
    """What a contained task contains counts too, and a circle ends."""
    tasks = {
        "a": replace(fake_task(name="a"), contains=("b",)),
        "b": replace(fake_task(name="b"), contains=("c", "a")),
    }
    target = replace(fake_task(name="t"), trains_on="c")

    assert leakage.shared(["a", "x"], target, tasks) == ("a",)


def leaky() -> tuple[Task, ...]:
    """Return the fake tasks, `colours` trained on the rows of the intermediate task."""
    first, colours, *others = TASKS
    return (first, replace(colours, trains_on="first"), *others)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison in which one of two targets has same-data supervision."""
    return compared(tmp_path_factory.mktemp("leaky") / "store", tasks=leaky())


def test_every_table_has_the_mark(done: Compared) -> None:
    """Summary, languages, groups, map, consistency and audit mark the cell and say why."""
    board = boards.board(done.store, None, done.registry.tasks)
    every = (
        boards.leaderboard(board),
        views.languages(board, "colours"),
        views.groups(board, done.store, {}, By.SCRIPT, "colours"),
        views.win_map(board, without_leakage=False),
        views.consistency(board, done.store, done.registry.tasks, None),
    )
    for view in every:
        text = printed(view.draw(100), 100)

        assert text.count("‡") >= 2
        assert "(first before colours)" in " ".join(text.split())


def test_a_target_without_same_data_has_no_mark(done: Compared) -> None:
    """The table of another target is as it was."""
    board = boards.board(done.store, None, done.registry.tasks)

    assert "‡" not in printed(views.languages(board, "match").draw(100), 100)


def test_unloaded_tasks_are_not_passed_over_in_silence(done: Compared) -> None:
    """Where no plugin offers a target, a line says that the mark is not known."""
    board = boards.board(done.store, None, {})
    text = " ".join(printed(boards.leaderboard(board).draw(100), 100).split())

    assert "‡ is not known for colours, match: no plugin offers the task." in text


def summary(row: tuple[str, str], target: str, mean: float, delta: float | None) -> Summary:
    """Return a cell whose score is what XTREME averages."""
    return Summary(
        strategy=row[0], intermediates=row[1], target=target, mean=mean, mean_non_english=mean - 10,
        delta=delta, low=None, high=None, seeds=1, languages=2, n=10, signature="s@1",
        xtreme=Averages(mean=mean, mean_non_english=mean - 10, delta=delta),
    )  # fmt: skip


CELLS = [
    summary(NONE, "a", 50.0, None),
    summary(NONE, "b", 60.0, None),
    summary(NONE, "c", 70.0, None),
    summary(ENGLISH, "a", 80.0, 30.0),
    summary(ENGLISH, "b", 63.0, 3.0),
    summary(ENGLISH, "c", 71.0, 1.0),
]
SAME = leakage.Leaks(cells={ENGLISH.on("a"): ("first",)})


def test_averages_without_same_data() -> None:
    """Left out of 30, 3 and 1 the average gain is 2; means over fewer targets are not shown."""
    whole, part = averages(CELLS), averages(CELLS, SAME.cells)

    assert (whole[ENGLISH].mean, whole[ENGLISH].delta) == (pytest.approx(214 / 3), 34 / 3)
    assert (part[ENGLISH].mean, part[ENGLISH].delta, part[ENGLISH].targets) == (None, 2.0, 2)
    assert part[NONE] == whole[NONE]
    assert (whole[NONE].mean, whole[NONE].mean_non_english) == (60.0, 50.0)


def test_the_table_says_what_it_leaves_out() -> None:
    """With the switch the marked row has a dash for its mean, and a line explains it."""
    text = printed(
        leaderboard(
            grid(CELLS, title="t", caveats=Caveats(leaks=SAME), without_leakage=True), width=100
        ),
        100,
    )

    assert "‡ 80.0 | 70.0" in text
    assert "+2.0" in text
    assert "+11.3" not in text
    assert "Averages leave out cells with ‡" in text


def test_the_switch_on_the_command_line(compare: Command, xharness: Command) -> None:
    """--without-leakage goes with means and the map, and is refused elsewhere."""
    compare()
    plain = xharness("leaderboard", "--without-leakage", "--json")
    wrong = xharness("leaderboard", "--without-leakage", "--by", "family")

    assert [row["strategy"] for row in plain.json["averages"]] == ["none", "english"]
    assert plain.json["same_data"] == []
    assert wrong.status == 2
    assert "only the first screen, --details and --map have averages" in wrong.said


def test_sources_in_common_are_rows_in_common() -> None:
    """Two tasks that read one config of one repository share its rows, another config's not."""

    def reads(name: str, config: str) -> Task:
        source = Source(path="org/data", config=config, columns=("x",), licence="CC0")
        return replace(fake_task(Kind.CLASSIFICATION, name), sources=(source,))

    tasks = {"one": reads("one", "a"), "two": reads("two", "a"), "three": reads("three", "b")}
    target = replace(fake_task(name="t"), trains_on="one")

    assert leakage.shared(["two"], target, tasks) == ("two",)
    assert leakage.shared(["three"], target, tasks) == ()


def test_masked_lm_alone_is_no_supervision() -> None:
    """The control's task only says how many updates there are; beside text it is trained on."""
    text = replace(
        fake_task(Kind.MASKED_LM, "text", role=Role.INTERMEDIATE, languages=("en",)),
        made_of=("Wikipedia",),
    )
    target = replace(fake_task(name="t"), trains_on="nli", made_of=("News", "Wikipedia"))
    tasks = {t.name: t for t in (NLI, text, target)}
    chosen = tuple(
        ChosenStrategy(label=s.name, strategy=s) for s in (MaskedLM(), OnlyMaskedLM(), English())
    )
    made = request((target,), strategies=chosen, text="text")
    plan = planner.build(made, tasks, Resolver(lock=Lock()), MODEL)
    leaks = leakage.find(plan, tasks)

    assert {(p.strategy, names) for p, names in leaks.cells.items()} == {
        ("mlm", ("nli",)),
        ("english", ("nli",)),
    }
    assert {(p.strategy, names) for p, names in leaks.texts.items()} == {
        ("mlm", ("Wikipedia",)),
        ("mlm-only", ("Wikipedia",)),
    }
    assert caveat_lines(Caveats(leaks=leaks))[-1] == (
        "mlm, mlm-only: masked LM reads Wikipedia, from which t were made; how much of their text "
        "it has read is not known."
    )


@pytest.mark.parametrize("name", ["xquad", "mlqa", "tydiqa", "panx", "pawsx"])
def test_targets_made_of_wikipedia_say_so(name: str) -> None:
    """Artetxe et al. 2020, Lewis et al. 2020, Clark et al. 2020, Pan et al. 2017, Zhang 2019."""
    assert OWN[name].made_of == OWN["wikipedia"].made_of == ("Wikipedia",)
