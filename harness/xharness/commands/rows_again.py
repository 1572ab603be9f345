"""Rows that a command reads again after a comparison: from the same place, and the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from xharness.commands import session
from xharness.commands.session import Paths
from xharness.errors import StudyError
from xharness.keys import Key
from xharness.planning import plan as planning
from xharness.planning.plan import Plan
from xharness.planning.resolve import Resolver
from xharness.store.store import Store
from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsAgain:
    """The rows of one task, as the last comparison that read them found them."""

    task: Task
    paths: Paths
    """Where to read them: the data root of that comparison, unless a flag names another."""
    resolver: Resolver
    predicted: Mapping[str, str]
    """Language of the test split to the digest of the rows that were predicted."""

    def digest(self, language: str, split: str) -> str:
        """Return the digest of the rows that are here, which are those that were predicted.

        Raises:
            StudyError: If other rows were predicted.
            DataError: If there are none.
        """
        found = self.resolver.data(self.task, (language,), split)
        before = self.predicted.get(language) if split == "test" else None
        if before is not None:
            refuse_others(f"{self.task.name} {language} {split}", found, before, self.paths)
        return found


def of(task: Task, paths: Paths, *, anew: bool = False) -> RowsAgain:
    """Return the rows of a task as the latest comparison of the store that tested it read them.

    Args:
        task: Whose rows.
        paths: What the flags say.
        anew: Whether files are hashed anew although they have not changed.

    Raises:
        StoreError: If the store cannot be read.
    """
    store = Store(paths.store)
    for name, content in reversed(store.plans().items()):
        plan = planning.read(content)
        if any(t.name == task.name for t in plan.targets):
            paths = place(store, name, paths)
            predicted = _predicted(store, plan, task.name)
            break
    else:
        predicted = {}
    resolver = replace(session.resolver_of(paths), anew=anew)
    return RowsAgain(task=task, paths=paths, resolver=resolver, predicted=predicted)


def place(store: Store, plan: str, paths: Paths) -> Paths:
    """Return paths with the data root that a comparison read, unless a flag names another.

    Args:
        store: Where the comparison is.
        plan: The digest of its plan.
        paths: What the flags say.
    """
    asked = store.asked(plan)
    if paths.data_root is not None or asked is None:
        return paths
    return replace(paths, data_root=data_root(asked))


def data_root(asked: str) -> Path | None:
    """Return the data root in flags that were kept as JSON."""
    folder = json.loads(asked).get("data_root")
    return None if folder is None else Path(folder)


def refuse_others(where: str, found: str, before: str, paths: Paths) -> None:
    """Refuse rows that are not those that were predicted.

    Args:
        where: Task, language and split.
        found: Digest of the rows that are here.
        before: Digest of the rows that were predicted.
        paths: Where the rows were looked for, and the store with the predictions.

    Raises:
        StudyError: If the digests differ.
    """
    if found == before:
        return
    read = f"in {paths.data_root}" if paths.data_root else "here (no --data-root)"
    problem = (
        f"rows: the ones {read} are {found}, the ones predicted in {paths.store} were {before}; "
        "give the --data-root of the comparison, or another --store to look at these"
    )
    raise StudyError(where, [problem])


def _predicted(store: Store, plan: Plan, target: str) -> dict[str, str]:
    """Return language to the digest of the test rows that a comparison predicted."""
    digests: dict[str, str] = {}
    for answer in plan.answers:
        if answer.target != target or answer.language in digests:
            continue
        score = store.find(answer.key)
        predictions = score and store.find(Key(score.manifest["inputs"][0]))
        if predictions:
            digests[answer.language] = predictions.json("phase.json")["data"]
    return digests
