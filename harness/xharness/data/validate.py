"""Compares the rows of a task with what it declares: columns, labels, counts, languages.

Nothing here is needed to run a comparison; `xharness data check` shows what it finds.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from xharness.data import cards, reading, sources, xtreme_download
from xharness.data.sources import Origin
from xharness.errors import DataError
from xharness.examples import Example, Pair
from xharness.tasks import Slice, Source, Task, slice_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Something in the data that differs from what a task declares."""

    task: str
    source: str
    """Repository and config."""
    split: str
    """"train", "dev" or "test"; empty for the whole task."""
    language: str
    what: str
    """"files", "columns", "rows", "labels", "languages" or "XTREME's rows"."""
    declared: str
    found: str
    mark: str
    """"mirror" or "mirror, re-split" where the data set's card says so."""


Digests = Callable[[str, str], str]
"""(language, split) to the digest of a task's rows; raises DataError where there are none."""


def mismatches(
    task: Task, digest: Digests, origin: Origin, progress: Callable[[str], None]
) -> Iterator[Mismatch]:
    """Yield everything in which a task's rows differ from what it declares.

    Args:
        task: Any; all its sources, splits and languages are read.
        digest: Resolves rows.
        origin: Where they are; its own digest is not used.
        progress: Told what is read next.
    """
    check = _Check(task=task, digest=digest, origin=origin)
    for split in task.splits:
        for language in check.languages(split):
            progress(f"{task.name} {language} {split}")
            yield from check.rows(language, split)
        yield from check.other_languages(split)
    yield from check.other_configs()


def against_xtreme(
    task: Task, digest: Digests, origin: Origin, folder: Path, progress: Callable[[str], None]
) -> Iterator[Mismatch]:
    """Yield the languages whose test rows are not those of XTREME's own test files.

    Args:
        task: One of XTREME's.
        digest: See `Digests`.
        origin: Where the task's own rows are.
        folder: What XTREME's download script calls `download`.
        progress: Told what is read next.
    """
    check = _Check(task=task, digest=digest, origin=origin)
    for language in check.languages("test"):
        progress(f"{task.name} {language}: rows and XTREME's file")
        yield from check.xtreme(language, folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One task under examination."""

    task: Task
    digest: Digests
    origin: Origin

    def languages(self, split: str) -> list[str]:
        """Return the languages that a split is declared to have."""
        if split == "train":
            return [self.task.source_language]
        languages = []
        for language in self.task.languages:
            try:
                slice_of(self.task, self.task.sources[0], language, split)
            except DataError:
                continue
            languages.append(language)
        return languages

    def rows(self, language: str, split: str) -> Iterator[Mismatch]:
        """Yield what differs in one language of one split."""
        try:
            origin = self._origin(language, split)
        except DataError as wrong:
            yield self._mismatch(
                self.task.sources[0], language, split, "files", "there", str(wrong)
            )
            return
        sound = True
        for source, commit in self._commits(origin):
            part = slice_of(self.task, source, language, split)
            try:
                whole = sources.whole_split(source, part, language, commit, origin)
                rows = sources.rows(source, part, language, commit, origin)
            except DataError as wrong:
                sound = False
                yield self._mismatch(source, language, split, "columns", "readable", str(wrong))
                continue
            expected = source.expected.get(f"{split}/{language}", source.expected.get(split))
            if expected is not None and expected != len(rows):
                counts = (f"{expected:,}", f"{len(rows):,}")
                yield self._mismatch(source, language, split, "rows", *counts)
            for names in _label_names(whole, source):
                if names != self.task.labels:
                    labels = (", ".join(self.task.labels), ", ".join(names))
                    yield self._mismatch(source, language, split, "labels", *labels)
        if sound:
            yield from self._examples(language, split, origin)

    def _examples(self, language: str, split: str, origin: Origin) -> Iterator[Mismatch]:
        """Yield rows that the task cannot read, and labels that never occur."""
        first = self.task.sources[0]
        try:
            rows = reading.load(self.task, (language,), split, (None, 0), origin)
        except DataError as wrong:
            yield self._mismatch(first, language, split, "rows", "readable", str(wrong))
            return
        seen = {label for example in rows.examples for label in example.labels_used()}
        if split == "train" and (never := [n for n in self.task.labels if n not in seen]):
            wanted = ", ".join(self.task.labels)
            yield self._mismatch(
                first, language, split, "labels", wanted, f"never {', '.join(never)}"
            )

    def xtreme(self, language: str, folder: Path) -> Iterator[Mismatch]:
        """Yield how the test rows of one language differ from those of XTREME's file."""
        first = self.task.sources[0]
        try:
            theirs = xtreme_download.examples(folder, self.task, language, xtreme_download.TEST)
            origin = self._origin(language, "test")
            ours = reading.load(self.task, (language,), "test", (None, 0), origin).examples
        except DataError as wrong:
            yield self._mismatch(first, language, "test", "XTREME's rows", "readable", str(wrong))
            return
        wanted, found = _texts(e for _, e in theirs), _texts(ours)
        if wanted != found:
            only = found - wanted
            said = f"{found.total():,}, {only.total():,} of them with other text"
            yield self._mismatch(
                first, language, "test", "XTREME's rows", f"{wanted.total():,}", said
            )

    def other_languages(self, split: str) -> Iterator[Mismatch]:
        """Yield rows that belong to no declared language, where languages share a config."""
        language = self.languages(split)[:1]
        if split == "train" or not language:
            return
        try:
            origin = self._origin(language[0], split)
            for source, commit in self._commits(origin):
                part = slice_of(self.task, source, language[0], split)
                if part.where is None and part.prefix is None:
                    continue
                whole = sources.whole_split(source, part, language[0], commit, origin)
                known = sum(
                    len(sources.rows(source, self._part(source, n, split), n, commit, origin))
                    for n in self.languages(split)
                )
                if known != len(whole):
                    more = f"{len(whole) - known:,} rows of other languages"
                    yield self._mismatch(source, "", split, "languages", "no others", more)
        except DataError:
            return  # reported already, for the language that cannot be read

    def _part(self, source: Source, language: str, split: str) -> Slice:
        """Return the slice of a source that holds one language of one split."""
        return slice_of(self.task, source, language, split)

    def other_configs(self) -> Iterator[Mismatch]:
        """Yield configs that look like those of a language that is not declared.

        Nothing is said offline of the hub's: a cache has those that were fetched, not all.
        """
        if self.origin.offline and self.origin.data_root is None:
            return
        for source in self.task.sources:
            if "{language}" not in source.config or source.files or source.generate is not None:
                continue
            split = "test" if "test" in self.task.splits else next(iter(self.task.splits))
            declared = {self._part(source, n, split).config for n in self.languages(split)}
            try:
                there = sources.names_of_configs(source, None, self.origin)
            except DataError as wrong:
                yield self._mismatch(source, "", "", "languages", "known", str(wrong))
                continue
            pattern = _pattern(source.config)
            if more := sorted(n for n in there if pattern.fullmatch(n) and n not in declared):
                yield self._mismatch(source, "", "", "languages", "no others", ", ".join(more))

    def _origin(self, language: str, split: str) -> Origin:
        """Return where one language of one split is."""
        return Origin(
            data_root=self.origin.data_root,
            offline=self.origin.offline,
            anew=True,
            digest=self.digest(language, split),
        )

    def _commits(self, origin: Origin) -> list[tuple[Source, str | None]]:
        """Return every source with its commit."""
        commits = sources.revisions(origin.digest, len(self.task.sources))
        return list(zip(self.task.sources, commits, strict=True))

    def _mismatch(
        self, source: Source, language: str, split: str, what: str, declared: str, found: str
    ) -> Mismatch:
        """Return one mismatch, with the mark of the data set's card."""
        mark, config, root = "", source.config, self.origin.data_root
        if language and split:
            part = self._part(source, language, split)
            config = part.config
            if root is not None:
                mark = cards.mark(root / source.path, part)
        elif root is not None and cards.is_mirror(root / source.path):
            mark = "mirror"
        return Mismatch(
            task=self.task.name,
            source=f"{source.path} {config}",
            split=split,
            language=language,
            what=what,
            declared=declared,
            found=" ".join(found.split()),
            mark=mark,
        )


def _texts(examples: Iterable[Example]) -> Counter[tuple[str, ...]]:
    """Return the texts of examples; a pair of translations is two, as XTREME sorts one side."""
    counted: Counter[tuple[str, ...]] = Counter()
    for example in examples:
        texts = tuple(" ".join(text.split()) for text in example.texts())
        counted.update([(t,) for t in texts] if isinstance(example, Pair) else [texts])
    return counted


def _label_names(whole: Any, source: Source) -> Iterator[tuple[str, ...]]:
    """Yield the label names that the files themselves declare, of each needed column."""
    if not isinstance(whole, pa.Table):
        return
    stored = json.loads((whole.schema.metadata or {}).get(b"huggingface", b"{}"))
    features = stored.get("info", {}).get("features", {})
    for column in source.columns:
        feature = features.get(column, {})
        if isinstance(feature, dict) and (
            names := (feature.get("feature") or feature).get("names")
        ):
            yield tuple(names)


def _pattern(config: str) -> re.Pattern[str]:
    """Return the pattern of a config's name, where it holds "{language}"."""
    first, *others = map(re.escape, config.split("{language}"))
    return re.compile(first + "(.+)" + r"\1".join(others))
