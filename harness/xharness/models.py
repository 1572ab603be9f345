"""Models as plugins offer them: a name, and where the files are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """A model that can be named on the command line.

    Give either `path` or `pretrain`, not both.

    Attributes:
        name: What the model is called on the command line.
        path: Hub repository or a folder.
        revision: The hub's commit, 40 hexadecimal digits; None is looked up and locked in the store
            at first use.
        pretrain: Version of the weights that the plugin makes itself, in a Pretrain phase that it
            runs; raise it when they change.
        width: Hidden size, for weights that are not made yet; otherwise read from the model's
            config.
        depth: Number of blocks, likewise.
        suites: Suites that the model is meant for, where it makes sense in no other; empty for all.
        licence: The weights' licence.
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
