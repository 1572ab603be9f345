"""Names of data and models turned into digests, before anything is planned.

A hub repository becomes its commit, files become the SHA-256 of their bytes, a generator its
version. What was resolved once is locked in the store, so a branch that moves on the hub
changes nothing until the lock is removed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from xharness.data import cards
from xharness.errors import DataError, ModelError, OfflineError
from xharness.models import ModelSource
from xharness.phases import Model, Pretrain, Seq2SeqModel, Texts
from xharness.tasks import Source, Task, own_file, slice_of
from xharness.translators import Files, Translator, file

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "added_tokens.json",
)

_SEQ2SEQ_FILES = ("*.json", "*.txt", "*.spm", "*.model")
_COMMIT = re.compile("[0-9a-f]{40}")
UNSAFE = (
    "*.safetensors (other weight formats can run code, and are not read; transformers' "
    "from_pretrained and save_pretrained make them)"
)


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
"""Task, language, split and digest of its data to the examples that there are."""


class Resolving(Protocol):
    """What a plan is made with: names of data, models and translators to what they stand for."""

    def data(self, task: Task, languages: Sequence[str], split: str) -> str:
        """Return the digest of a task's rows."""
        ...

    def lacking(self, task: Task, language: str, split: str) -> str | None:
        """Return why there are no rows in one language of a split; None where there are."""
        ...

    def examples(self, task: Task, language: str, split: str) -> int:
        """Return how many examples a task has in one language of a split."""
        ...

    def origin(self, tasks: Iterable[Task]) -> str:
        """Return how results on some tasks are marked."""
        ...

    def model(self, source: ModelSource) -> ResolvedModel:
        """Return a model's digests and size."""
        ...

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return a translator of one pair of languages."""
        ...


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
        """Return how results on some tasks are marked: "mirror", "data root", or not at all.

        Rows of a data root are "mirror" where its data set cards call themselves so.
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
            found = self._files(
                [own_file(source, n, p.split) for n, p in zip(languages, slices, strict=True)]
            )
            return f"{found}@{source.revision}" if source.revision else found
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
        """Return one file's SHA-256; large files are hashed once per size and time of change."""
        try:
            stat = path.stat()
            name = f"file:{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}"
            known = self.lock.get(name)
            if known is None:
                with path.open("rb") as file:
                    known = hashlib.file_digest(file, "sha256").hexdigest()
                self.lock.new[name] = known
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
            known = _hub_commit(kind, path)
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
        config = _hub_config(path, revision, offline=self.offline)
        width, depth = _size(path, config)
        found = Model(
            weights=f"hub:{revision}",
            tokenizer=f"hub:{revision}",
            name=source.name,
            location=f"{path}@{revision}",
        )
        return ResolvedModel(start=found, name=source.name, width=width, depth=depth)

    def translator(self, offered: Translator, source: str, into: str) -> Seq2SeqModel | Texts:
        """Return a translator of one pair of languages, its bytes known.

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
            weights = sorted(folder.glob("*.safetensors"))
            others = [p for s in _SEQ2SEQ_FILES for p in sorted(folder.glob(s))]
            if not weights or not (folder / "config.json").is_file():
                raise ModelError(f"{folder}: {name} needs config.json and {UNSAFE} in it")
            return Model(
                weights=self._files(weights),
                tokenizer=self._files(others),
                name=name,
                location=str(folder.resolve()),
            )
        repository, _, revision = location.partition("@")
        if location.startswith((".", "/", "~")) or repository.count("/") != 1:
            raise ModelError(f"{location}: no such folder; a hub id looks like org/model")
        if not _COMMIT.fullmatch(revision):
            revision = self._revision("model", location)
        digest = f"hub:{revision}"
        place = f"{repository}@{revision}"
        return Model(weights=digest, tokenizer=digest, name=name, location=place)

    def _folder(self, source: ModelSource, folder: Path) -> ResolvedModel:
        """Return a model in a folder."""
        config = folder / "config.json"
        weights = sorted(folder.glob("*.safetensors"))
        tokenizer = [folder / n for n in _TOKENIZER_FILES if (folder / n).is_file()]
        missing = [
            what
            for what, found in (
                ("config.json", config.is_file()),
                ("*.safetensors (other weight formats can run code, and are not read)", weights),
                ("tokenizer.json or another tokenizer file", tokenizer),
            )
            if not found
        ]
        if missing:
            raise ModelError(f"{folder}: not a model's folder; missing {', '.join(missing)}")
        try:
            content = json.loads(config.read_text("utf-8"))
        except (OSError, ValueError) as wrong:
            raise ModelError(f"{config}: cannot be read: {wrong}") from None
        width, depth = _size(str(folder), content)
        found = Model(
            weights=self._files([config, *weights]),
            tokenizer=self._files(tokenizer),
            name=source.name,
            location=str(folder.resolve()),
        )
        # Two parts, because a model's folder is often just called "model" or "checkpoint".
        short = "/".join(folder.resolve().parts[-2:])
        offered = source.path not in {None, source.name}
        name = source.name if offered else short
        return ResolvedModel(start=found, name=name, width=width, depth=depth)


def _size(where: str, config: Any) -> tuple[int, int]:
    """Return hidden size and number of blocks from a model's config."""
    if not isinstance(config, dict):
        raise ModelError(f"{where}: its config is a {type(config).__name__}, should be an object")
    width = config.get("hidden_size") or config.get("dim") or config.get("d_model")
    depth = config.get("num_hidden_layers") or config.get("n_layers") or config.get("num_layers")
    if not isinstance(width, int) or not isinstance(depth, int):
        raise ModelError(f"{where}: its config names no hidden_size and num_hidden_layers")
    return width, depth


def _hub_commit(kind: str, path: str) -> str:
    """Return the commit that a hub repository's main branch, or the one after "@", is at."""
    from huggingface_hub import HfApi

    api = HfApi()
    name, _, branch = path.partition("@")
    ask = api.dataset_info if kind == "dataset" else api.model_info
    try:
        info = ask(name, revision=branch) if branch else ask(name)
    except Exception as wrong:  # the hub's client raises errors of many libraries
        error = DataError if kind == "dataset" else ModelError
        raise error(
            f"{path}: the hub did not say its revision ({type(wrong).__name__}); "
            "check the name and the connection, or give a folder"
        ) from wrong
    return str(info.sha)


def _hub_config(path: str, revision: str, *, offline: bool) -> dict[str, Any]:
    """Return a hub model's config.json."""
    from huggingface_hub import hf_hub_download

    try:
        file = hf_hub_download(path, "config.json", revision=revision, local_files_only=offline)
    except Exception as wrong:  # as above
        error = OfflineError if offline else ModelError
        raise error(
            f"{path}: config.json at {revision[:10]} cannot be had ({type(wrong).__name__})"
        ) from wrong
    content: dict[str, Any] = json.loads(Path(file).read_text("utf-8"))
    return content
