"""What the hub says of a repository: the commit it is at, and a model's config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from xharness.errors import DataError, ModelError, OfflineError


def commit(kind: str, path: str) -> str:
    """Return the commit that a repository's main branch, or the one after "@", is at.

    Args:
        kind: "dataset" or "model".
        path: "owner/name", or "owner/name@branch".

    Raises:
        DataError: If the hub cannot be asked or has no such data set.
        ModelError: Likewise for a model.
    """
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


def config(path: str, revision: str, *, offline: bool) -> dict[str, Any]:
    """Return a model's config.json at a commit.

    Raises:
        ModelError: If it cannot be had.
        OfflineError: If it is not on this machine, and the hub may not be asked.
    """
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
