"""Runs the cells of docs/python.ipynb in an empty folder and writes what they show into it.

    python benchmarks/notebook.py

The comparison in it trains the lab's encoder for some seconds. Jupyter is not needed.
"""

from __future__ import annotations

import ast
import json
import os
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).parents[1] / "docs" / "python.ipynb"


def run(cell: str, names: dict[str, Any]) -> Any:
    """Run a cell, and return the value of its last line if that is an expression."""
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102 - the notebook is ours
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307


def shown(value: Any) -> list[dict[str, Any]]:
    """Return what a notebook keeps of a cell's value."""
    if value is None:
        return []
    data = {"text/plain": str(value).splitlines(keepends=True)}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = value._repr_html_().splitlines(keepends=True)
    return [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}]


def main() -> None:
    """Run all cells, one after the other."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, cell in enumerate(notebook["cells"], start=1):
            if cell["cell_type"] == "code":
                cell["outputs"] = shown(run("".join(cell["source"]), names))
                cell["execution_count"] = number
                for output in cell["outputs"]:
                    output["execution_count"] = number
        os.chdir(NOTEBOOK.parent)
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
