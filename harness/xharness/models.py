"""What a model is before it is resolved: a name, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """A model that can be named on the command line.

    Exactly one of `path` (a hub repository or a folder) and `pretrain` (the plugin makes the
    weights itself, in a Pretrain phase that it runs) is given.
    """

    name: str
    path: str | None = None
    revision: str | None = None
    """40 hexadecimal digits of the hub's commit; None is resolved and locked at first use."""
    pretrain: int | None = None
    """Version of the weights that the plugin makes; raised when they change."""
    width: int | None = None
    """Hidden size, for a model that is not there yet; otherwise read from its config."""
    depth: int | None = None
    """Number of blocks, likewise."""
    suites: tuple[str, ...] = ()
    """Suites that the model belongs to, where it makes sense in no other."""
    licence: str = ""
    citation: str = ""
    """BibTeX."""
    summary: str = ""
    """One line for lists."""
