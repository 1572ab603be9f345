"""A folder laid out like the hub, with a small data set of sentence pairs and its task.

Its plugin is run by `FakeRunner`, which reads rows as the engine does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PLUGIN = """
from xharness import Accuracy, Kind, Pair, Role, Source, Task
from xharness.testing import FakeRunner, fake_task


def read(row, language):
    return Pair(source=row["theirs"], target=row["english"])


RUNNER = FakeRunner(
    tasks=[
        fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",)),
        Task(
            name="tatoeba",
            role=Role.TARGET,
            kind=Kind.RETRIEVAL,
            version=1,
            sources=(
                Source(
                    path="org/pairs",
                    config="{language}",
                    columns=("theirs", "english"),
                    licence="CC0-1.0",
                    citation="@misc{pairs, title = {Pairs}}",
                    expected={"test": 4},
                ),
            ),
            languages=("de", "sw"),
            splits={"test": "test"},
            read=read,
            metric=Accuracy(name="retrieval-accuracy"),
            summary="sentences that are translations",
        ),
    ]
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""

DISABLED = {"XHARNESS_DISABLE": "lab,tatoeba"}
"""The task of this name is made up here."""

PAIRS = tuple({"theirs": f"satz {n}", "english": n} for n in ("two", "four", "one", "three"))


def put(
    root: Path, path: str, splits: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]
) -> None:
    """Write a data set with its card.

    Args:
        root: The folder laid out like the hub.
        path: Of the data set, "org/name".
        splits: (config, split) to rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = root / path
    lines = ["---", "configs:"]
    for (config, split), rows in splits.items():
        (folder / config).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows)), folder / config / f"{split}.parquet")
        lines += [f"- config_name: {config}", "  data_files:"]
        lines += [f"  - {{split: {split}, path: {config}/{split}.parquet}}"]
    (folder / "README.md").write_text("\n".join([*lines, "---", ""]), "utf-8")


def put_pairs(root: Path, rows: Sequence[Mapping[str, Any]] = PAIRS) -> None:
    """Write the sentence pairs of the plugin's task, in both languages."""
    put(root, "org/pairs", {("de", "test"): rows, ("sw", "test"): rows})
