"""Exports a trained encoder as an ordinary Hugging Face folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from xharness.errors import ModelError, StudyError


def export_model(artifact_path: Path, out: Path) -> None:
    """Write the last kept checkpoint of a training to a folder that transformers can load.

    Args:
        artifact_path: Folder of a Train artifact.
        out: A folder that is empty or not there yet.

    Raises:
        ModelError: If the artifact holds no checkpoint.
        StudyError: If `out` holds anything.
    """
    kept = sorted(artifact_path.glob("checkpoints/*/"), key=lambda p: int(p.name))
    if not kept:
        raise ModelError(f"{artifact_path}: holds no checkpoint; only a training has any")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudyError(str(out), ["out: not an empty folder; give one, or one to be made"])
    shutil.copytree(kept[-1], out, dirs_exist_ok=True)
