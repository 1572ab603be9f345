"""Counts development rows whose text is in a test set, and makes the lists that leave them out.

    python benchmarks/dev_overlap.py DATA_ROOT [--write]

Compares the development rows of every task with the English test rows of every target, white
space and case aside: passages of questions, pairs of sentences, sentences of words. Prints how
many rows overlap, and how many of these the task's list leaves out (`Task.excluded`); exits with 1
if it leaves out fewer. --write makes the lists of the test sets that are in the data root; texts
that are listed already stay.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from xharness.commands import session
from xharness.data import reading
from xharness.data.sources import Origin
from xharness.errors import XHarnessError
from xharness.examples import Classification, Example, SpanQuestion, Tagging
from xharness.exclusions import text_digest
from xharness.planning.resolve import Lock, Resolver
from xharness.tasks import Task


def text_of(example: Example) -> str:
    """Return what tells that two examples are of one text."""
    if isinstance(example, SpanQuestion):
        return example.context
    if isinstance(example, Classification):
        return f"{example.text}\t{example.pair or ''}"
    return " ".join(example.tokens) if isinstance(example, Tagging) else ""


def examples(task: Task, split: str, root: Path) -> Sequence[Any]:
    """Return a task's examples in its source language; none where the data root lacks them."""
    language = task.source_language
    if split not in task.splits or language not in task.languages:
        return ()
    try:
        digest = Resolver(lock=Lock(), data_root=root).data(task, (language,), split)
        origin = Origin(digest=digest, data_root=root, offline=True)
        return reading.load(task, (language,), split, (None, 0), origin).examples
    except XHarnessError:
        return ()


def overlaps(tasks: Sequence[Task], root: Path) -> Iterator[tuple[Task, Task, int, int]]:
    """Yield (task, target, development rows, those of them whose text the target tests)."""
    tested = {t.name: {text_digest(text_of(e)) for e in examples(t, "test", root)} for t in tasks}
    for task in tasks:
        own = [text_digest(text_of(e)) for e in examples(task, "dev", root)]
        for target in tasks:
            both = sum(text in tested[target.name] for text in own)
            if both:
                yield task, target, len(own), both


def write(tasks: Sequence[Task], root: Path) -> None:
    """Add the texts of test sets to the lists that are of them."""
    by_name = {t.name: t for t in tasks}
    for task in tasks:
        if task.excluded is None:
            continue
        path = task.excluded.path
        lines = path.read_text("utf-8").splitlines()
        kept = [line for line in lines if line.startswith("#")]
        listed = {line for line in lines if line[:1] not in {"", "#"}}
        for name in task.excluded.of:
            listed |= {text_digest(text_of(e)) for e in examples(by_name[name], "test", root)}
        path.write_text("\n".join([*kept, *sorted(listed)]) + "\n", "utf-8")
        print(f"{path.name}: {len(listed)} texts")


def main() -> None:
    """Print, and write if asked to."""
    root = Path(sys.argv[1])
    tasks = [t for t in session.loaded((), print).tasks.values() if t.sources[0].generate is None]
    if "--write" in sys.argv:
        write(tasks, root)
    left = 0
    for task, target, rows, both in overlaps(tasks, root):
        print(f"{task.name}: {both} of {rows} development rows are in {target.name}'s test set")
        left += both if task.excluded and target.name in task.excluded.of else 0
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
