"""What a strategy changes in a training: its recipe, its rows, its heads and its tuning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.plans import MODEL, NLI, RECIPES, XNLI, request
from support.program import SUPPORT
from support.tuning_plugin import LowRank, Only
from xharness import Cell, Changes, Recipe, Strategy, Train, Trainer, Translation
from xharness.errors import PluginError, StudyError
from xharness.keys import key
from xharness.phases import Checkpoint, describe
from xharness.planning import planner
from xharness.planning.plan import Plan
from xharness.planning.request import ChosenStrategy
from xharness.planning.resolve import Lock, Resolver
from xharness.plugin import code, registry
from xharness.testing import assert_strategy_conforms
from xharness.tuning import OfferedTuning
from xharness_strategies.english import English

OFFERED = {"low-rank": OfferedTuning(method=LowRank()), "only": OfferedTuning(method=Only())}
CHANGES: dict[str, Changes] = {}
"""What `Changing` changes, by name: a strategy's fields are what a user can type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """Makes the same changes in the training on the arm and in that on the target."""

    name: str = "changing"
    summary: str = "english, with changes"
    uses_intermediates: bool = True
    what: str = ""

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training."""
        changes = CHANGES[self.what]
        return train.on_target(
            start=train.on(*cell.intermediates, changes=changes), changes=changes
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """Half of the rows of the arm, then the others, with the same heads."""

    name: str = "halves"
    summary: str = "half of the rows first"
    uses_intermediates: bool = True

    def training(self, cell: Cell, train: Trainer) -> Train | None:
        """Return the target's training, after those on the two halves."""
        half = train.on(*cell.intermediates, changes=Changes(part=(0, 2)))
        rest = Changes(part=(1, 2), keep_heads=True)
        return train.on_target(start=train.on(*cell.intermediates, start=half, changes=rest))


@pytest.fixture(autouse=True)
def changing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Strategy]:
    """Return a strategy that makes changes."""

    def strategy(**fields: Any) -> Strategy:
        monkeypatch.setitem(CHANGES, "now", Changes(**fields))
        return Changing(what="now")

    return strategy


def planned(strategy: Strategy, **more: Any) -> Plan:
    """Return the plan of one strategy; the arm is nli, whose rows the target is trained on too."""
    made = request(
        (XNLI,),
        strategies=(ChosenStrategy(label=strategy.name, strategy=strategy),),
        **{"tunings": OFFERED, **more},
    )
    return planner.build(made, {"nli": NLI, "xnli": XNLI}, Resolver(lock=Lock()), MODEL)


def trainings(strategy: Strategy, **more: Any) -> list[Train]:
    """Return the trainings of a strategy's plan, parents first."""
    return [p for p in planned(strategy, **more).phases if isinstance(p, Train)]


def test_without_changes_nothing_changes(changing: Callable[..., Strategy]) -> None:
    """A strategy that changes nothing makes the phases, by their keys, of english."""
    ours, theirs = (planned(strategy) for strategy in (changing(), English()))

    assert [key(p) for p in ours.phases] == [key(p) for p in theirs.phases]


def test_a_recipe_is_changed_after_set(changing: Callable[..., Strategy]) -> None:
    """Ten times the rate of --set, 0.002, is 0.02; what is not changed stays as it was set."""
    book = replace(RECIPES, overrides={"learning_rate": 0.002, "batch": 4})
    strategy = changing(recipe=lambda r: replace(r, learning_rate=10 * r.learning_rate))
    found = [t.recipe for t in trainings(strategy, recipes=book)]

    assert found == [Recipe(learning_rate=0.02, batch=4, epochs=1.0)] * 2


@pytest.mark.parametrize(
    ("fields", "change", "expected"),
    [
        ({"epochs": 2}, {"steps": 50}, (None, 50)),
        ({"steps": 50}, {"epochs": 3.0}, (3.0, None)),
        ({"epochs": 2}, {"epochs": 1}, (1.0, None)),
    ],
)
def test_steps_and_epochs_take_each_others_place(
    changing: Callable[..., Strategy],
    fields: dict[str, Any],
    change: dict[str, Any],
    expected: tuple[float | None, int | None],
) -> None:
    """A recipe says only one of the two, so a strategy need not take the other one away."""
    book = replace(RECIPES, fields={"learning_rate": 1e-3, "batch": 8, **fields})
    found = trainings(changing(recipe=lambda r: replace(r, **change)), recipes=book)[0].recipe

    assert (found.epochs, found.steps) == expected


def test_a_field_that_the_schedule_does_not_read_is_in_no_key(
    changing: Callable[..., Strategy],
) -> None:
    """`decay` is of the schedule wsd alone."""
    ours = trainings(changing(recipe=lambda r: replace(r, decay=0.5)))

    assert [key(t) for t in ours] == [key(t) for t in trainings(English())]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: replace(r, learning_rate=-1.0, warmup=2), "recipe.learning_rate: -1.0 is wrong"),
        (lambda r: replace(r, learning_rate=-1.0, warmup=2), "recipe.warmup: 2 is wrong; write a"),
        (lambda r: replace(r, epochs=None), "recipe: epochs or steps: missing"),
        (lambda _: {"epochs": 2}, "a Recipe would be right"),
    ],
)
def test_a_wrong_recipe_is_refused(
    changing: Callable[..., Strategy], change: Callable[[Recipe], Any], says: str
) -> None:
    """Every value that is wrong is named, with what would be right, before anything runs."""
    with pytest.raises(StudyError) as error:
        planned(changing(recipe=change))

    assert says in str(error.value)
    assert str(error.value).startswith("strategy changing: ")


@pytest.mark.parametrize(("ours", "theirs", "smallest"), [(4, 10, 4), (10, 4, 4), (4, None, 4)])
def test_the_smaller_limit_wins(
    changing: Callable[..., Strategy], ours: int, theirs: int | None, smallest: int
) -> None:
    """A strategy takes fewer rows than --limit-train, never more; of the target's too."""
    found = trainings(changing(limit=ours), limit_train=theirs)

    assert [t.streams[0].limit for t in found] == [smallest, smallest]


def test_half_of_the_rows_first() -> None:
    """The halves are two trainings on disjoint parts; the second keeps the heads of the first."""
    first, second, last = trainings(Halves(), limit_train=None)

    assert [t.streams[0].part for t in (first, second, last)] == [(0, 2), (1, 2), None]
    assert [t.load for t in (first, second, last)] == ["encoder", "weights", "encoder"]
    assert second.start == Checkpoint(train=first)
    assert describe(last) == "train nli seed 1 after nli part 1 of 2, nli part 2 of 2"
    assert_strategy_conforms(Halves())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"part": (2, 2)}, r"part: \(2, 2\); \(0, 2\) is the first of two"),
        ({"part": [0, 2]}, r"part: \[0, 2\]; \(0, 2\) is the first of two"),
        ({"limit": 0}, "limit: 0; 1 or more would be right"),
    ],
)
def test_rows_that_cannot_be_are_refused(wrong: dict[str, Any], says: str) -> None:
    """A part that is none, or no row at all, is an error where it is written."""
    with pytest.raises(ValueError, match=says):
        Changes(**wrong)


def test_the_only_part_is_all_rows(changing: Callable[..., Strategy]) -> None:
    """A strategy whose number of parts is a parameter makes the phases of english with one."""
    ours = trainings(changing(part=(0, 1)))

    assert [key(t) for t in ours] == [key(t) for t in trainings(English())]


def test_heads_are_kept_only_of_a_training(changing: Callable[..., Strategy]) -> None:
    """The model has none, so a first training that keeps them is a mistake."""
    with pytest.raises(StudyError, match="keep_heads: the model has no heads; a training as"):
        planned(changing(keep_heads=True))


def test_translated_rows_are_not_divided_again() -> None:
    """Each language has its own part already; a strategy that asks for another is told so."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Twice:
        name: str = "twice"
        summary: str = "half of translated rows"
        uses_intermediates: bool = True

        def training(self, cell: Cell, train: Trainer) -> Train | None:
            """Return a training on half of translated rows."""
            how = Translation(languages=("sw",))
            return train.translated(*cell.intermediates, how=how, changes=Changes(part=(0, 2)))

    with pytest.raises(StudyError, match="part: each language has its own part"):
        planned(Twice())


def test_a_tuning_is_planned_with_its_parameters(changing: Callable[..., Strategy]) -> None:
    """Plans and messages name method and parameters; the key has its version too."""
    first, last = trainings(changing(tuning=LowRank(rank=4)))

    assert first.tuning is not None
    assert (first.tuning.method, first.tuning.version) == ("low-rank", 1)
    assert first.tuning.parameters == (("rank", 4),)
    assert describe(last) == "train nli tuned by low-rank:rank=4 seed 1 after nli"
    assert_strategy_conforms(changing(tuning=LowRank(rank=4)))


def test_a_method_that_no_plugin_offers_is_refused(changing: Callable[..., Strategy]) -> None:
    """A worker could not find it, so the plan says what is missing."""
    with pytest.raises(StudyError, match="no plugin offers a LowRank called 'low-rank'; a plugin"):
        planned(changing(tuning=LowRank()), tunings={"only": OFFERED["only"]})


def test_a_strategy_that_raises_is_named(changing: Callable[..., Strategy]) -> None:
    """An error in a change of the recipe is the strategy's, in one line."""

    def fails(recipe: Recipe) -> Recipe:
        raise ZeroDivisionError("epochs")

    with pytest.raises(PluginError, match=r"strategy changing .* raises ZeroDivisionError: epochs"):
        planned(changing(recipe=fails))


def test_the_code_of_a_plugin_file_is_in_the_key(
    changing: Callable[..., Strategy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A method of a --plugin file has no version that anyone raises, so its code counts."""
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    file = tmp_path / "mine.py"
    file.write_text((SUPPORT / "tuning_plugin.py").read_text("utf-8"), "utf-8")
    loaded = registry.load(files=[file])
    method = loaded.tunings["low-rank"]
    (first, _) = trainings(changing(tuning=method), tunings=loaded.offers.tunings)

    assert first.tuning is not None
    assert first.tuning.code == code.of_file(file)
    assert sorted(loaded.tunings) == ["low-rank", "only"]
