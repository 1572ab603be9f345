"""Writes docs/tasks.md: every task that comes with xharness, as the plugins state it.

Run `python benchmarks/task_table.py` after changing a task; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from xharness import Role, Source, Task
from xharness.plugin import registry

TARGET = Path(__file__).parents[1] / "docs" / "tasks.md"

HEAD = """# Tasks

Written by `python benchmarks/task_table.py` from what the plugins state; `xharness show TASK`
says more, and `xharness data check TASK` compares it with the data. Rows are the published
ones, from the language with the fewest to the one with the most. Those of `anli_plus` include
rows without a label; the 1,104,934 others are trained on.
"""

COLUMNS = ("task", "languages", "trains on", "source", "rows", "licence", "metric signature")


def main() -> None:
    """Write the file."""
    TARGET.write_text(document(registry.load().tasks.values()), "utf-8")


def document(tasks: Iterable[Task]) -> str:
    """Return the whole file: intermediate tasks, then targets, each by name."""
    known = sorted(tasks, key=lambda task: task.name)
    parts = [HEAD]
    for role, title in ((Role.INTERMEDIATE, "Intermediate tasks"), (Role.TARGET, "Targets")):
        rows = [_row(task) for task in known if task.role is role]
        lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        parts.append(f"## {title}\n\n{table}\n")
    return "\n".join(parts)


def _row(task: Task) -> tuple[str, ...]:
    """Return one task's cells."""
    return (
        f"`{task.name}`",
        task.languages[0] if len(task.languages) == 1 else str(len(task.languages)),
        "-" if task.trains_on is None else f"`{task.trains_on}`",
        "<br>".join(dict.fromkeys(_place(source) for source in task.sources)),
        "<br>".join(_rows(task)),
        "<br>".join(dict.fromkeys(source.licence for source in task.sources)),
        f"`{task.metric.signature}`",
    )


def _place(source: Source) -> str:
    """Return where a source is, and which version."""
    if source.generate is not None:
        return f"generated, version {source.revision}"
    if source.files:
        return f"{source.path}: your own files"
    if source.path.startswith("local/"):
        return f"{source.path}: a folder of --data-root"
    revision = source.revision[:10] if source.revision else "locked at first use"
    link = f"[{source.path}](https://huggingface.co/datasets/{source.path})"
    return f"{link} {source.config} @ {revision}"


def _rows(task: Task) -> Iterator[str]:
    """Yield the published rows of each split, over all sources."""
    for split in task.splits:
        found = [_count(task, split, language) for language in task.languages]
        counts = [count for count in found if count is not None]
        if counts:
            low, high = min(counts), max(counts)
            yield f"{split} {low:,}" if low == high else f"{split} {low:,} to {high:,}"


def _count(task: Task, split: str, language: str) -> int | None:
    """Return the rows of all sources together; None where one of them states none."""
    total = 0
    for source in task.sources:
        rows = source.expected.get(f"{split}/{language}", source.expected.get(split))
        if rows is None:
            return None
        total += rows
    return total


if __name__ == "__main__":
    main()
