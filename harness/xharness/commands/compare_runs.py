"""Two runs side by side, found by a store's folder or a plan's digest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from xharness.analysis import run_diff
from xharness.analysis.run_diff import Run
from xharness.commands import plans
from xharness.errors import StoreError
from xharness.report.differences import differences as drawn
from xharness.report.view import View
from xharness.store.store import Store


def find(text: str, store: Path) -> Run:
    """Return the run that a user has named.

    Args:
        text: A store's folder, a plan's digest or its beginning, or "FOLDER:DIGEST".
        store: Where a digest without a folder is looked for.

    Raises:
        StoreError: If there is no such store or plan.
    """
    if (Path(text) / "store.json").is_file():
        folder, digest = Store(Path(text)), None
    elif ":" in text:
        where, _, digest = text.rpartition(":")
        folder = Store(Path(where))
    else:
        folder, digest = Store(store), text
        if not folder.plans():
            problem = f"{text!r} is no store's folder, and {store} holds no plan of this digest"
            raise StoreError(f"compare-runs: {problem}; give FOLDER or FOLDER:DIGEST")
    return Run(name=text, plan=plans.named(folder, digest)[1], store=folder)


def compare(ours: Run, theirs: Run) -> View:
    """Return what differs between two runs, and how far the numbers of the second moved.

    Raises:
        StoreError: If no strategy, target and language was scored in both.
    """
    paired = run_diff.pairs(ours, theirs)
    if not paired:
        raise StoreError(
            f"compare-runs: {ours.name} and {theirs.name} have no score of the same strategy, "
            "target and language; name two runs that share some"
        )
    whole = [
        *run_diff.settings(ours.plan, theirs.plan),
        *run_diff.made_with(ours, theirs, paired),
    ]
    phases = list(run_diff.phases(ours, theirs, paired))
    moved = list(run_diff.moved(ours, theirs))
    same = sum(a.key == b.key for a, b in paired)
    names = (ours.name, theirs.name)
    return View(
        draw=lambda _: drawn(names, whole, phases, moved, same),
        document={
            "a": ours.name,
            "b": theirs.name,
            "differences": [asdict(d) for d in (*whole, *phases)],
            "scores": len(paired),
            "equal_keys": same,
            "moved": [asdict(m) for m in moved],
        },
    )
