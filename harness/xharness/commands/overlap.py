"""Text that the training rows of a comparison have in common with its test sets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from xharness.commands import session
from xharness.commands.session import Complain, Paths, SharedFlags
from xharness.data import overlap, reading
from xharness.data.overlap import CODE, WORDS, TestSet
from xharness.data.sources import Origin
from xharness.engine.translation import translated_rows
from xharness.keys import key
from xharness.languages import Language
from xharness.phases import Phase, Predict, Stream, Train
from xharness.planning import availability, request, settings
from xharness.planning.unresolved import rows_only
from xharness.plugin.registry import Registry
from xharness.report.view import View
from xharness.report.wording import count
from xharness.store import overlaps, phase_diff
from xharness.store.overlaps import Overlap
from xharness.store.store import Store
from xharness.tasks import Task, find_task

HOW_TO_READ = (
    "whole: items of which every text is also a text of the training rows.",
    "long: items with a text of 13 words, or 50 characters in scripts without spaces.",
    "runs: items with so many in a row that stand in the training rows.",
)
ROOM = ("trained_in", "run", "long")
SHOWN = ("task", "trained_in", "target", "language", "items", "whole", "run", "long", "runs")


def look(
    shared: SharedFlags, registry: Registry, complain: Complain, progress: Callable[[str], None]
) -> View:
    """Count what every training set of a comparison shares with every test set of it.

    What was counted is kept in the store, training set by training set, and not counted again.

    Args:
        shared: The comparison; its model need not be there.
        registry: Every loaded task.
        complain: Told of targets and languages that are left out, and of translations that are
            not there yet.
        progress: Told what is read next.

    Raises:
        XHarnessError: If something is wrong with the flags, or rows cannot be read.
    """
    phases = _phases(shared, registry, complain)
    trainings, tests = _training_sets(phases), _test_sets(phases)
    store = Store(shared.paths.store)
    known = {name: overlaps.read(store, name, CODE) for name in trainings}
    reader = _Reader(
        tasks=registry.tasks, languages=registry.languages, paths=shared.paths, tests=tests
    )
    rows: list[Overlap] = []
    untranslated: list[str] = []
    for number, (name, stream) in enumerate(trainings.items(), 1):
        if lacking := [t for t in tests if t not in known[name]]:
            progress(f"training set {number} of {len(trainings)}: {_named(stream)}")
            texts = reader.training(stream, store)
            if texts is None:
                untranslated.append(_named(stream))
                continue
            known[name] |= reader.counted(stream, texts, lacking, progress)
            overlaps.save(store, name, CODE, known[name])
        rows += [known[name][test] for test in tests]
    if untranslated:
        names = ", ".join(untranslated)
        complain(f"not there yet, look again after the comparison: {names}")
    return _view(rows, len(trainings) - len(untranslated), len(tests))


def _phases(shared: SharedFlags, registry: Registry, complain: Complain) -> Sequence[Phase]:
    """Return the phases of a comparison's first seed: what is read does not depend on the seed."""
    wanted = request.build(settings.load(shared.flags, said_by=shared.said_by), registry.offers)
    resolver = session.resolver_of(shared.paths)
    if shared.paths.data_root is not None and shared.flags.targets is None:
        wanted, left_out = availability.reduced(wanted, registry.tasks, resolver)
        for line in left_out:
            complain(line)
    return rows_only(wanted, registry.tasks, resolver).phases


def _training_sets(phases: Iterable[Phase]) -> dict[str, Stream]:
    """Return the rows that are trained on, each once, by name."""
    found: dict[str, Stream] = {}
    for phase in phases:
        if isinstance(phase, Train):
            written = json.loads(phase_diff.text(phase))["streams"]
            for fields, stream in zip(written, phase.streams, strict=True):
                found.setdefault(overlaps.training_set(fields), stream)
    return found


def _test_sets(phases: Iterable[Phase]) -> dict[str, Predict]:
    """Return the rows that are tested on, each once, by name."""
    found: dict[str, Predict] = {}
    for phase in phases:
        if isinstance(phase, Predict) and phase.split == "test":
            name = overlaps.test_set(json.loads(phase_diff.text(phase)))
            found.setdefault(name, phase)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads texts, those of test sets once."""

    tasks: Mapping[str, Task]
    languages: Mapping[str, Language]
    paths: Paths
    tests: Mapping[str, Predict]
    read: dict[str, TestSet] = field(default_factory=dict)

    def training(self, stream: Stream, store: Store) -> list[tuple[str, ...]] | None:
        """Return the texts of each row of a training set; None where it is yet to be translated."""
        inputs = {}
        if stream.translated is not None:
            name = key(stream.translated)
            if (artifact := store.find(name)) is None:
                return None
            inputs[name] = artifact
        task = find_task(self.tasks, stream.task, stream.version)
        rows = translated_rows.of_stream(task, stream, self._origin(stream.data), inputs)
        return [example.texts() for example in rows.examples]

    def counted(
        self,
        stream: Stream,
        texts: Sequence[tuple[str, ...]],
        names: Sequence[str],
        progress: Callable[[str], None],
    ) -> dict[str, Overlap]:
        """Return what a training set shares with some test sets, by their names."""
        for name in names:
            if name not in self.read:
                progress(f"test set {self.tests[name].task} {self.tests[name].language}")
                self.read[name] = self._test(self.tests[name])
        progress(f"{_named(stream)}: {len(texts):,} rows against {count(len(names), 'test set')}")
        several = overlap.shared(texts, [self.read[name] for name in names])
        return {
            name: Overlap(
                task=stream.task,
                trained_in="+".join(stream.languages),
                translated=stream.translated is not None,
                target=self.tests[name].task,
                language=self.tests[name].language,
                run=count(length, "word" if length == WORDS else "character"),
                **asdict(one),
            )
            for name, one in zip(names, several, strict=True)
            for length in [self.read[name].length]
        }

    def _test(self, phase: Predict) -> TestSet:
        """Return the texts of a test set."""
        task = find_task(self.tasks, phase.task, phase.version)
        sample = (phase.limit, phase.sample_seed)
        origin = self._origin(phase.data)
        rows = reading.load(task, (phase.language,), phase.split, sample, origin)
        length = overlap.run_length(phase.language, self.languages)
        return TestSet.of((example.texts() for example in rows.examples), length)

    def _origin(self, digest: str) -> Origin:
        """Return where rows are."""
        return Origin(data_root=self.paths.data_root, offline=self.paths.offline, digest=digest)


def _named(stream: Stream) -> str:
    """Return "mnli en", or "mnli de (translated)"."""
    languages = "+".join(stream.languages)
    return f"{stream.task} {languages}{' (translated)' if stream.translated else ''}"


def _view(rows: Sequence[Overlap], trainings: int, tests: int) -> View:
    """Return a table of the pairs that share text, and a document of all pairs."""
    some = [asdict(r) for r in rows if r.whole or r.runs]
    for row in some:
        row["task"] += " (translated)" if row.pop("translated") else ""
    sets = f"{count(trainings, 'training set')} and {count(tests, 'test set')}"
    pairs = f"{count(len(rows), 'pair')}, {len(some):,} of them with text in common"
    drawn = View.of_rows(
        "overlap", some, shown=SHOWN, room=ROOM, notes=[f"{sets}: {pairs}.", *HOW_TO_READ]
    )
    return View(draw=drawn.draw, document={"overlap": [asdict(r) for r in rows]})
