"""What a plugin's code says, as a digest that comments, docstrings and layout do not change."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_BODIES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
"""What can begin with a docstring."""


def digest(source: str) -> str:
    """Return 16 hexadecimal digits that are equal for equal syntax trees.

    Python's own `ast.dump` is not used, as it differs from version to version.

    Args:
        source: Python code without mistakes of syntax.
    """
    return hashlib.sha256("".join(_written(ast.parse(source))).encode()).hexdigest()[:16]


def of_file(path: Path) -> str | None:
    """Return the digest of a file; None if it cannot be read as Python."""
    try:
        return digest(path.read_text("utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None


def _written(node: Any) -> Iterator[str]:
    """Yield a tree as text, without what is empty and without docstrings."""
    if isinstance(node, list):
        yield "["
        for one in node:
            yield from _written(one)
        yield "]"
    elif not isinstance(node, ast.AST):
        yield f"{type(node).__name__}:{node!r};"
    else:
        yield f"{type(node).__name__}("
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(node, _BODIES) and ast.get_docstring(node) is not None:
                value = value[1:]  # noqa: PLW2901 - the rest of the body
            if value not in (None, []):
                yield f"{name}="
                yield from _written(value)
        yield ")"
