"""files: translations that were made before, by any system or person."""

from __future__ import annotations

from collections.abc import Sequence

from xharness import Files, Translator, hookimpl

FILES = Files(
    name="files",
    licence="that of the files",
    summary="translations that you have: en-de.jsonl or en-de.tsv in a folder",
)


@hookimpl
def xharness_translators() -> Sequence[Translator]:
    """Offer the folder that the environment or the strategy names."""
    return [FILES]
