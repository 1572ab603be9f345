"""The recipes of a plan, and which of their fields it reads, to refuse a --set without effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import TypedDict

from xharness.phases import Recipe
from xharness.recipes import MIXTURE, RecipeBook
from xharness.tasks import WINDOWED, Task


class WindowFields(TypedDict):
    """How long windows are, as `Stream` and `Predict` have it."""

    max_length: int
    stride: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRecipes:
    """Gives out recipes, and remembers which of their fields were read."""

    book: RecipeBook
    width: int
    """Hidden size of the encoder."""
    read: set[tuple[str, str]] = field(default_factory=set)
    """(task or mixture, field), filled while recipes are given out."""
    given: dict[tuple[str, ...], Recipe] = field(default_factory=dict)
    """Recipes by names, kept because a large plan asks for the same few again and again."""
    measured: dict[tuple[str, ...], WindowFields] = field(default_factory=dict)
    """Window lengths, by the kind of the task and the names."""

    def recipe(self, *names: str) -> Recipe:
        """Return the recipe of a training; see `RecipeBook.recipe`.

        Every field counts as read, except `decay` where the schedule is not "wsd".
        """
        recipe = self._recipe(names)
        unread = () if recipe.schedule == "wsd" else ("decay",)
        self._note(names, (f.name for f in fields(Recipe) if f.name not in unread))
        return recipe

    def lengths(self, task: Task, *names: str) -> WindowFields:
        """Return how long the windows of a task's examples are.

        Args:
            task: Whose examples.
            names: As in `RecipeBook.recipe`.
        """
        place = (task.kind.value, *names)
        if place not in self.measured:
            lengths, overlap = self.book.lengths(*names), task.kind in WINDOWED
            self._note(names, ("max_length", "stride") if overlap else ("max_length",))
            stride = lengths.stride if overlap else None
            self.measured[place] = {"max_length": lengths.max_length, "stride": stride}
        return self.measured[place]

    def micro_tokens(self, *names: str) -> int:
        """Return how many tokens predictions read at once."""
        self._note(names, ("micro_tokens",))
        return self._recipe(names).micro_tokens

    def _recipe(self, names: tuple[str, ...]) -> Recipe:
        """Return the recipe under some names."""
        if names not in self.given:
            self.given[names] = self.book.recipe(*names, width=self.width)
        return self.given[names]

    def unread(self) -> list[str]:
        """Return the changes of the recipe that nothing in the plan reads, one line each."""
        everywhere = {name for _, name in self.read}
        lines = [
            f"recipe.{name}: nothing in this comparison reads it; leave it out"
            for name in self.book.overrides
            if name not in everywhere
        ]
        for task, changes in self.book.overrides_by_task.items():
            readers = sorted({t for t, _ in self.read})
            lines += [
                f"recipe.{task}.{name}: nothing in this comparison reads it; recipes are read of "
                f"{', '.join(readers)}"
                for name in changes
                if (task, name) not in self.read
            ]
        return lines

    def _note(self, names: Iterable[str], read: Iterable[str]) -> None:
        """Remember that fields were read under some names."""
        several = tuple(read)
        self.read.update((name, one) for name in names for one in several)


def recipe_names(task: Task, target: Task | None = None) -> tuple[str, ...]:
    """Return the names under which a training's recipe may be set; later ones win.

    Args:
        task: Whose rows are read; a counterpart has the recipe of the task that it stands for.
        target: The target that is trained on them, if it is one.
    """
    names = (task.counterpart_of, task.name, target.name if target else None)
    return tuple(dict.fromkeys(n for n in names if n is not None))


def mixture_names(tasks: Iterable[Task], target: Task | None = None) -> tuple[str, ...]:
    """Return the names under which the recipe of a training on some tasks may be set."""
    several = list(tasks)
    return recipe_names(several[0], target) if len(several) == 1 else (MIXTURE,)
