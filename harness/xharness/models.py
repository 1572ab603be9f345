"""Models as plugins offer them: a name, and where the files are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """A model that can be named on the command line.

    Exactly one of `path` (a hub repository or a folder) and `pretrain` (the plugin makes the
    weights itself, in a Pretrain phase that it runs) is given.

    Attributes:
        name: What users write.
        path: A folder, or a hub id such as org/model; None where the plugin makes the model.
        revision: 40 hexadecimal digits of the hub's commit; None is resolved and locked at first
            use.
        pretrain: Version of the weights that the plugin makes; raised when they change.
        width: Hidden size, for a model that is not there yet; otherwise read from its config.
        depth: Number of blocks, likewise.
        suites: Suites that the model belongs to, where it makes sense in no other.
        licence: Of the weights.
        citation: BibTeX.
        summary: One line for lists.
    """

    name: str
    path: str | None = None
    revision: str | None = None
    pretrain: int | None = None
    width: int | None = None
    depth: int | None = None
    suites: tuple[str, ...] = ()
    licence: str = ""
    citation: str = ""
    summary: str = ""
