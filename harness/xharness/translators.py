"""Translators as plugins offer them with `xharness_translators`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from xharness.errors import StudyError

STYLES = ("nllb", "m2m", "marian", "bos")
"""Ways to tell a model its languages; see `Seq2Seq.style`."""
FOLDER = "XHARNESS_TRANSLATIONS"
"""The environment variable that names the folder of translations that exist already."""
SUFFIXES = (".jsonl", ".tsv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seq2Seq:
    """A translation model of Hugging Face's, with safetensors weights and no code of its own.

    Exactly one of `location` and `pretrain` (the plugin makes the weights itself, in a Pretrain
    phase of this name that it runs and whose `model/` holds them) is given.

    Attributes:
        name: What users write.
        location: "repository", "repository@revision" or a folder; may hold "{source}" and
            "{into}", the model's codes of the two languages, where each pair has a model of its
            own.
        pretrain: Version of the weights that the plugin makes; raised when they change.
        style: How the model is told its languages. "nllb": the tokenizer is given the source's
            code, and the translation is made to begin with the target's code. "m2m": the same,
            with codes written as "__de__". "marian": a token before the text names the target if
            the model has several, and nothing names the source. "bos": the translation is made to
            begin with the target's code, and nothing names the source.
        codes: By our code of each language it translates from or into: the model's own code.
        tokens: For "marian", by our code of each target: the token before the text, such as
            ">>cmn_Hans<<".
        sources: Languages it translates from; empty for all of `codes`.
        licence: Of the weights.
        citation: BibTeX.
        summary: One line for lists.
    """

    name: str
    location: str = ""
    pretrain: int | None = None
    style: str
    codes: Mapping[str, str]
    tokens: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    licence: str = ""
    citation: str = ""
    summary: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be run.

        Raises:
            ValueError: If the style is unknown, or there is not exactly one place of weights.
        """
        if self.style not in STYLES:
            raise ValueError(f"translator {self.name}: style is one of {', '.join(STYLES)}")
        if bool(self.location) == (self.pretrain is not None):
            raise ValueError(f"translator {self.name}: give location or pretrain, not both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Translations that exist already: one file per pair of languages in a folder.

    The file is called en-de.jsonl (objects with "source" and "translation") or en-de.tsv (two
    columns, no header). A source is a whole field of a row or one of its sentences; in the
    context of a question the answer stands in quotes, as the engine marks it.

    Attributes:
        name: What users write.
        folder: Empty for the one that XHARNESS_TRANSLATIONS names.
        licence: Of the translations.
        citation: BibTeX.
        summary: One line for lists.
    """

    name: str
    folder: str = ""
    licence: str = ""
    citation: str = ""
    summary: str = ""


Translator = Seq2Seq | Files


def at(offered: Translator, place: str) -> Translator:
    """Return a translator with other files: those of a folder or of another repository."""
    if isinstance(offered, Files):
        return replace(offered, folder=place)
    return replace(offered, location=place, pretrain=None)


def languages_into(offered: Translator, source: str) -> tuple[str, ...]:
    """Return the languages into which a translator translates from `source`, sorted.

    Raises:
        StudyError: If there is no folder of translations.
    """
    if isinstance(offered, Files):
        begin = f"{source}-"
        names = {p.stem for p in folder(offered).iterdir() if p.suffix in SUFFIXES}
        return tuple(sorted(n.removeprefix(begin) for n in names if n.startswith(begin)))
    if source not in (offered.sources or offered.codes):
        return ()
    return tuple(sorted(n for n in offered.codes if n != source))


def folder(offered: Files) -> Path:
    """Return the folder of a `Files` translator.

    Raises:
        StudyError: If no folder is named, or it is not there.
    """
    named = offered.folder or os.environ.get(FOLDER, "")
    if not named or not Path(named).is_dir():
        what = f"no such folder: {named}" if named else "no folder is named"
        raise StudyError(
            f"translator {offered.name}",
            [f"{what}; set {FOLDER}, or write translator={offered.name}@FOLDER"],
        )
    return Path(named)


def file(offered: Files, source: str, into: str) -> Path:
    """Return the file with the translations for one pair of languages.

    Raises:
        StudyError: If there is none, or there are two.
    """
    place = folder(offered)
    files = [p for s in SUFFIXES if (p := place / f"{source}-{into}{s}").is_file()]
    if len(files) != 1:
        wanted = " or ".join(f"{source}-{into}{s}" for s in SUFFIXES)
        raise StudyError(
            f"translator {offered.name}",
            [f"{place}: {'both' if files else 'neither'} {wanted}; one would be right"],
        )
    return files[0]
