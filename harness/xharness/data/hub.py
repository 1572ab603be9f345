"""The one gate to the hub: whatever opens data or models goes through it; offline it is shut.

What goes wrong on the way ends in one sentence that says what to do.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from xharness.data import checked_bytes, hub_errors
from xharness.errors import HubError, OfflineError, XHarnessError

COMMIT = re.compile("[0-9a-f]{40}")
"""A revision that can never mean something else."""
_DATA_FILE = re.compile("hf://datasets/([^/@]+/[^/@]+)@([^/]+)/(.+)")
_USERS_OWN = {n: os.environ.get(n) for n in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")}
"""What the user has set, which holds where --offline is not given."""
_TRUE = {"1", "ON", "YES", "TRUE"}
_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before something is tried again."""
_AT_ONCE = 5.0
"""Seconds after which the hub's own client has tried again itself, so that we need not."""
_T = TypeVar("_T")


def set_offline(offline: bool) -> None:
    """Forbid the hub's libraries to open a connection from now on, or no longer.

    What the user has set for them always holds. Workers that are started afterwards inherit it.
    """
    for name, own in _USERS_OWN.items():
        if offline:
            os.environ[name] = "1"
        elif own is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = own
    forbidden = any(os.environ.get(name, "").upper() in _TRUE for name in _USERS_OWN)
    # Libraries that are imported already have read the environment, so they are told directly.
    for name in ("huggingface_hub.constants", "datasets.config"):
        if (module := sys.modules.get(name)) is not None:
            module.HF_HUB_OFFLINE = forbidden  # type: ignore[attr-defined]


def opened(what: str, call: Callable[[], _T], *, offline: bool) -> _T:
    """Return what a call opens, with the hub's libraries or from this machine.

    Args:
        what: It is called so in messages.
        call: Opens it; called again where that helps.
        offline: Open no connection.

    Raises:
        OfflineError: If it is not on this machine, and no connection may be opened.
        HubError: If the hub does not give it. Errors that have nothing to do with the hub are
            those of `call`.
    """
    set_offline(offline)
    for pause in (*_PAUSES, None):
        began = time.monotonic()
        try:
            return call()
        except XHarnessError:
            raise
        except Exception as wrong:
            causes = hub_errors.causes(wrong)
            if offline and any(map(hub_errors.missing, causes)):
                raise OfflineError(
                    f"{what}: not on this machine, and --offline forbids to fetch it; run once "
                    "without --offline, or `xharness data fetch`"
                ) from wrong
            at_once = time.monotonic() - began < _AT_ONCE
            if pause is not None and at_once and any(map(hub_errors.passing, causes)):
                time.sleep(pause)
                continue
            if said := next(filter(None, map(hub_errors.sentence, causes)), ""):
                raise HubError(f"{what}: {said}") from wrong
            raise
    raise AssertionError("the last attempt returns or raises")


def commit(kind: str, path: str) -> str:
    """Return the commit that a repository's main branch, or the one after "@", is at.

    Args:
        kind: "dataset" or "model".
        path: "owner/name", or "owner/name@branch".

    Raises:
        HubError: If the hub cannot be asked, or has no such repository.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    name, _, branch = path.partition("@")
    ask = api.dataset_info if kind == "dataset" else api.model_info
    return str(
        _had(
            f"{kind} {path}",
            lambda: (ask(name, revision=branch) if branch else ask(name)).sha,
            offline=False,
        )
    )


def config(path: str, revision: str, *, offline: bool) -> dict[str, Any]:
    """Return a model's config.json at a commit.

    Raises:
        HubError: If it cannot be had.
        OfflineError: If it is not on this machine, and the hub may not be asked.
    """
    from huggingface_hub import hf_hub_download

    file = _had(
        f"model {path}, config.json at {revision[:10]}",
        lambda: hf_hub_download(path, "config.json", revision=revision, local_files_only=offline),
        offline=offline,
    )
    content: dict[str, Any] = json.loads(Path(file).read_text("utf-8"))
    return content


def snapshot(
    kind: str, path: str, revision: str | None, patterns: Sequence[str], *, offline: bool
) -> Path:
    """Return the folder of a repository with the files that match; of a model, not in folders.

    Args:
        kind: "dataset" or "model".
        path: "owner/name".
        revision: A commit; None for the newest.
        patterns: Of the files that are needed.
        offline: Open no connection.

    Raises:
        HubError: If it cannot be had, or a file has other bytes than the hub states.
        OfflineError: If it is not on this machine, and the hub may not be asked.
    """
    folder = _snapshot(kind, path, revision, patterns, offline=offline, local_files_only=offline)
    what = _named(kind, path, revision)
    files = (file for pattern in patterns for file in Path(folder).glob(pattern))
    checked_bytes.check_fetched(what, sorted(files), anew=False)
    return Path(folder)


def to_come(kind: str, path: str, revision: str | None, patterns: Sequence[str]) -> dict[str, int]:
    """Return the files that `snapshot` would fetch, with their bytes; arguments as there.

    Raises:
        HubError: If the hub cannot be asked.
    """
    from huggingface_hub.utils.tqdm import tqdm

    silent: Any = partial(tqdm, disable=True)
    files = _snapshot(
        kind, path, revision, patterns, offline=False, tqdm_class=silent, dry_run=True
    )
    return {f"{path}/{f.filename}": f.file_size or 0 for f in files if f.will_download}


def _named(kind: str, path: str, revision: str | None) -> str:
    """Return what a repository is called in messages."""
    return f"{kind} {path}" + (f" at {revision[:10]}" if revision else "")


def _snapshot(
    kind: str,
    path: str,
    revision: str | None,
    patterns: Sequence[str],
    *,
    offline: bool,
    **how: Any,
) -> Any:
    """Return what the hub's client gives for the files of a repository that match.

    Args:
        kind: As in `snapshot`.
        path: As there.
        revision: As there.
        patterns: As there.
        offline: As there.
        how: Further arguments of the client.
    """
    from huggingface_hub import snapshot_download

    return _had(
        _named(kind, path, revision),
        lambda: snapshot_download(
            path,
            repo_type=kind,
            revision=revision,
            allow_patterns=list(patterns),
            ignore_patterns=["*/*"] if kind == "model" else None,
            **how,
        ),
        offline=offline,
    )


def data_files_to_come(urls: Iterable[str]) -> dict[str, int]:
    """Return the files of data sets that are not on this machine, with their bytes; see below."""
    from huggingface_hub import HfApi, try_to_load_from_cache

    lacking: dict[tuple[str, str], list[str]] = {}
    for url in urls:
        if (parts := _DATA_FILE.fullmatch(url)) is None:
            continue
        repository, revision, name = parts.groups()
        file = try_to_load_from_cache(repository, name, revision=revision, repo_type="dataset")
        if not isinstance(file, str):
            lacking.setdefault((repository, revision), []).append(name)
    return {
        f"{repository}/{entry.path}": getattr(entry, "size", 0)
        for (repository, revision), names in lacking.items()
        for entry in HfApi().get_paths_info(
            repository, names, revision=revision, repo_type="dataset"
        )
        if entry.path in names
    }


def data_files(urls: Iterable[str], *, fetch: bool) -> list[Path]:
    """Return where files of data sets are on this machine.

    Args:
        urls: "hf://datasets/owner/name@commit/path"; others are passed over.
        fetch: Fetch those that are not here; else they are passed over as well.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    found: list[Path] = []
    for url in urls:
        if (parts := _DATA_FILE.fullmatch(url)) is None:
            continue
        repository, revision, name = parts.groups()
        file = try_to_load_from_cache(repository, name, revision=revision, repo_type="dataset")
        if fetch and not isinstance(file, str):
            file = hf_hub_download(repository, name, revision=revision, repo_type="dataset")
        found += [Path(file)] if isinstance(file, str) else []
    return found


def _had(what: str, call: Callable[[], _T], *, offline: bool) -> _T:
    """Return what the hub's own client gives, as `opened` does; any error of it is a sentence."""
    try:
        return opened(what, call, offline=offline)
    except (OSError, ValueError) as wrong:
        line = str(wrong).strip().split("\n", 1)[0]
        raise HubError(
            f"{what}: cannot be had ({type(wrong).__name__}: {line}); check the name and the "
            "connection, or give a folder"
        ) from wrong
