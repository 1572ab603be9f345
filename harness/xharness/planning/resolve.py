"""Names of data and models turned into digests, before anything is planned.

A hub repository becomes its commit, files become the SHA-256 of their bytes, a generator its
version. What was resolved once is locked in the store, so a branch that moves on the hub
changes nothing until the lock is removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xharness.data import cards, hub
from xharness.errors import DataError, ModelError, OfflineError
from xharness.models import ModelSource
from xharness.phases import Model, Pretrain, Seq2SeqModel, Texts
from xharness.planning import model_files
from xharness.planning.precision import AUTO, PRECISIONS
from xharness.tasks import Source, Task, own_file, slice_of
from xharness.translators import Files, Translator, file, languages_into


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What was resolved before, and what is new and should be remembered in the store."""

    known: Mapping[str, str] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """Return what a name was resolved to, if it was."""
        return self.new.get(name) or self.known.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedModel:
    """A model whose bytes are known, and its size."""

    start: Model | Pretrain
    name: str
    width: int
    """Hidden size."""
    depth: int
    """Blocks."""


Counter = Callable[[Task, str, str, str], int]
"""Returns how many examples a task has: task, language, split, digest of its data."""


def _no_counter(task: Task, language: str, split: str, digest: str) -> int:
    """Refuse to count rows."""
    raise DataError(f"{task.name}: its rows in {language} can be counted only where data are read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Resolves data and models; equal files give equal digests wherever they lie."""

    lock: Lock
    data_root: Path | None = None
    offline: bool = False
    counter: Counter = _no_counter
    """Reads the rows, which only the engine can."""
    native: Callable[[], str] = lambda: PRECISIONS[0]
    """Says what the hardware multiplies, which only the engine knows."""
    anew: bool = False
    """Whether files are hashed anew although they have not changed."""
    translating: dict[str, Model] = field(default_factory=dict, compare=False)
    """Translating models that were resolved already, by location."""

    def data(self, task: Task, languages: Sequence[str], split: str) -> str:
        """Return the digest of a task's rows: one part per source, joined by ",".

        Raises:
            DataError: If the task has no such split, or files are missing.
            OfflineError: If only the hub knows the revision, and offline is asked for.
        """
        return ",".join(self._source(task, s, languages, split) for s in task.sources)

    def lacking(self, task: Task, language: str, split: str) -> str | None:
        """Return why there are no rows in one language of a split; None where there are."""
        try:
            self.data(task, (language,), split)
        except DataError as wrong:
            return str(wrong)
        return None

    def examples(self, task: Task, language: str, split: str) -> int:
        """Return how many examples a task has in one language of a split; read once, then locked.

        Raises:
            DataError: If the rows are missing, or not what the task declares.
            OfflineError: If they would have to be fetched, and offline is asked for.
        """
        digest = self.data(task, (language,), split)
        name = f"examples:{task.name}@{task.version}:{language}:{split}:{digest}"
        known = self.lock.get(name)
        if known is None:
            known = str(self.counter(task, language, split, digest))
            self.lock.new[name] = known
        return int(known)

    def origin(self, tasks: Iterable[Task]) -> str:
        """Return the mark of results on some tasks: "mirror", "data root", or "" for neither.

        It is "mirror" where the data set cards of the data root say so.
        """
        root = self.data_root
        paths = [s.path for t in tasks for s in t.sources if not s.files and s.generate is None]
        if root is None or not paths:
            return ""
        return "mirror" if any(cards.is_mirror(root / p) for p in paths) else "data root"

    def _source(self, task: Task, source: Source, languages: Sequence[str], split: str) -> str:
        """Return one source's digest."""
        slices = [slice_of(task, source, language, split) for language in languages]
        if source.generate is not None:
            return f"generated:{source.path}@{source.revision}"
        if source.files:
            digest = self._files(
                [own_file(source, n, p.split) for n, p in zip(languages, slices, strict=True)]
            )
            return f"{digest}@{source.revision}" if source.revision else digest
        if self.data_root is not None:
            return self._files(cards.files(self.data_root / source.path, slices, task.name))
        return f"hub:{source.revision or self._revision('dataset', source.path)}"

    def _files(self, paths: Sequence[Path]) -> str:
        """Return the digest of some files' bytes, in the order given."""
        digest = hashlib.sha256()
        for path in dict.fromkeys(paths):
            digest.update(self._file(path).encode())
        return f"sha256:{digest.hexdigest()}"

    def _file(self, path: Path) -> str:
        """Return one file's SHA-256; large files are hashed once per size, time and inode."""
        try:
            stat = path.stat()
            state = f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}"
            name = f"file:{path.resolve()}:{state}"
            known = self.lock.get(name)
            if known is None or (self.anew and name not in self.lock.new):
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                if known not in {None, found}:
                    raise DataError(
                        f"{path}: has other bytes than it had (SHA-256 {found[:10]}, not "
                        f"{known[:10]}), at the same size and time; fetch or write it again"
                    )
                self.lock.new[name] = known = found
        except OSError as wrong:
            raise DataError(f"{path}: cannot be read: {wrong.strerror}") from None
        return known

    def _revision(self, kind: str, path: str) -> str:
        """Return the commit of a hub repository: locked, or asked for once."""
        name = f"{kind}:{path}"
        known = self.lock.get(name)
        if known is None:
            if self.offline:
                raise OfflineError(
                    f"{path}: its revision is not locked in this store yet; run once without "
                    "--offline, or give a folder with --data-root"
                )
            known = hub.commit(kind, path)
            self.lock.new[name] = known
        return known

    def model(self, source: ModelSource) -> ResolvedModel:
        """Return a model's digests and size.

        Raises:
            ModelError: If the folder or repository does not hold a usable model.
            OfflineError: If the hub would have to be asked.
        """
        if source.pretrain is not None:
            start = Pretrain(model=source.name, version=source.pretrain)
            return ResolvedModel(
                start=start, name=source.name, width=source.width or 0, depth=source.depth or 0
            )
        path = source.path or source.name
        folder = Path(path).expanduser()
        if folder.is_dir():
            return self._folder(source, folder)
        if path.startswith((".", "/", "~")) or path.count("/") != 1:
            raise ModelError(f"{path}: no such folder; a hub id looks like org/model")
        revision = source.revision or self._revision("model", path)
        config = hub.config(path, revision, offline=self.offline)
        width, depth = model_files.size_of(path, config)
        if self.offline:
            self._look_into_cache(path, revision)
        model = Model(
            weights=f"hub:{revision}",
            tokenizer=f"hub:{revision}",
            name=source.name,
            location=f"{path}@{revision}",
        )
        return ResolvedModel(start=model, name=source.name, width=width, depth=depth)

    def precision(self, wanted: str, *, small: bool) -> str:
        """Return the precision to compute in; what is native is asked once, then locked.

        Raises:
            StudyError: If the device that is asked is not there.
        """
        if wanted != AUTO:
            return wanted
        if small:
            return PRECISIONS[0]
        known = self.lock.get("precision")
        if known is None:
            known = self.native()
            self.lock.new["precision"] = known
        return known

    def languages(self, offered: Translator, source: str, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return the languages that a translator translates into from a source, sorted.

        Raises:
            StudyError: If there is no folder of translations.
        """
        return languages_into(offered, source)

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return the translator of one pair of languages, with a digest of what it computes.

        Raises:
            ModelError: If its folder holds no model with safetensors.
            OfflineError: If the hub would have to be asked.
            StudyError: If there is no file of translations for the pair.
        """
        if isinstance(offered, Files):
            path = file(offered, source, into)
            return Texts(
                digest=self._files([path]), name=offered.name, location=str(path.resolve())
            )
        start: Model | Pretrain
        if offered.pretrain is not None:
            start = Pretrain(model=offered.name, version=offered.pretrain)
        else:
            codes = {"source": offered.codes[source], "into": offered.codes[into]}
            start = self._seq2seq(offered.name, offered.location.format(**codes))
        return Seq2SeqModel(
            start=start,
            style=offered.style,
            source=offered.codes[source],
            into=offered.codes[into],
            token=offered.tokens.get(into, ""),
        )

    def _seq2seq(self, name: str, location: str) -> Model:
        """Return a translating model; its files are looked at once, for all pairs of languages."""
        if location not in self.translating:
            self.translating[location] = self._translating(name, location)
        return self.translating[location]

    def _translating(self, name: str, location: str) -> Model:
        """Return a translating model in a folder or on the hub."""
        folder = Path(location).expanduser()
        if folder.is_dir():
            files = model_files.seq2seq(folder, name)
            return Model(
                weights=self._files(files.weights),
                tokenizer=self._files(files.tokenizer),
                name=name,
                location=str(folder.resolve()),
            )
        repository, _, revision = location.partition("@")
        if location.startswith((".", "/", "~")) or repository.count("/") != 1:
            raise ModelError(f"{location}: no such folder; a hub id looks like org/model")
        if not hub.COMMIT.fullmatch(revision):
            revision = self._revision("model", location)
        if self.offline:
            self._look_into_cache(repository, revision)
        digest = f"hub:{revision}"
        place = f"{repository}@{revision}"
        return Model(weights=digest, tokenizer=digest, name=name, location=place)

    def _look_into_cache(self, path: str, revision: str) -> None:
        """Refuse a model of the hub whose weights are not on this machine, or not whole."""
        model_files.fetched(hub.snapshot("model", path, revision, ["*"], offline=True), path)

    def _folder(self, source: ModelSource, folder: Path) -> ResolvedModel:
        """Return a model in a folder."""
        files = model_files.encoder(folder)
        width, depth = model_files.size(folder)
        model = Model(
            weights=self._files(files.weights),
            tokenizer=self._files(files.tokenizer),
            name=source.name,
            location=str(folder.resolve()),
        )
        # Two parts, because a model's folder is often just called "model" or "checkpoint".
        short = "/".join(folder.resolve().parts[-2:])
        offered = source.path not in {None, source.name}
        name = source.name if offered else short
        return ResolvedModel(start=model, name=name, width=width, depth=depth)
