"""The pages of the documentation as a reader meets them: fenced blocks, and commands to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from support.program import CHECKOUT

PATTERNS = (
    *("README.md", "CONTRIBUTING.md", "plugins/*/README.md"),
    *("docs/*.md", "docs/decisions/*.md", "docs/examples/*.md", "docs/examples/*/*.md"),
)
PAGES = tuple(page for pattern in PATTERNS for page in sorted(CHECKOUT.glob(pattern)))
"""Every page whose commands a reader may type."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"()`(xharness [^`\n]+)`")
_NAMED = re.compile(r"# (\w+\.py)\n")
_SETTING = re.compile(r"([A-Z_]+)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One command as a reader types it."""

    settings: Mapping[str, str]
    """Variables of the environment that stand before it."""
    words: tuple[str, ...]
    """The program and its arguments."""

    @property
    def text(self) -> str:
        """The command on one line."""
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a page, or one command in the middle of a sentence."""

    page: Path
    line: int
    """Where it begins, counted from 1."""
    language: str
    """What stands behind the fence; nothing for commands, "text" for what is printed."""
    text: str

    @property
    def name(self) -> str:
        """The page and the line."""
        return f"{self.page.relative_to(CHECKOUT)}:{self.line}"

    @property
    def file(self) -> str | None:
        """The name of the file that it shows, where its first line says one."""
        named = _NAMED.match(self.text) if self.language == "python" else None
        return named[1] if named else None

    @property
    def commands(self) -> tuple[Typed, ...]:
        """What is typed, line by line; nothing in a block of another language."""
        if self.language:
            return ()
        lines = self.text.replace("\\\n", " ").splitlines()
        return tuple(_typed(line) for line in lines if line.strip())


def fenced() -> list[Block]:
    """Return the fenced blocks of all pages, in their order."""
    return [block for page in PAGES for block in _found(page, _FENCE)]


def in_sentences() -> list[Block]:
    """Return the commands of xharness in the middle of sentences, each once."""
    every = {block.text: block for page in PAGES for block in _found(page, _SENTENCE)}
    return list(every.values())


def _found(page: Path, pattern: re.Pattern[str]) -> list[Block]:
    """Return what a pattern finds in a page: its language and its text."""
    whole = page.read_text("utf-8")
    return [
        Block(page=page, line=whole.count("\n", 0, m.start()) + 1, language=m[1], text=m[2])
        for m in pattern.finditer(whole)
    ]


def _typed(line: str) -> Typed:
    """Return one line of a shell, without its comment."""
    words = shlex.split(line, comments=True)
    settings: dict[str, str] = {}
    while words and (setting := _SETTING.fullmatch(words[0])):
        settings[setting[1]] = setting[2]
        del words[0]
    return Typed(settings=settings, words=tuple(words))
