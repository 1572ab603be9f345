"""How the core is built, in figures: what lies side by side, what imports what, how long it is.

    python benchmarks/structure.py            # prints the figures
    python benchmarks/structure.py --check    # and exits 1 where one is above its bound

`make check` runs the latter.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).parents[1]
CORE = ROOT / "harness" / "xharness"

ENTRIES, P90, LONGEST, PARAMETERS, MODULE = 30, 27, 60, 10, 400
"""Bounds: entries of the core's folder, lines of functions, parameters, lines of a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function or method."""

    where: str
    """"path:line name"."""
    lines: int
    parameters: int
    """Of all kinds; `self` and `cls` do not count."""
    typed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What was counted."""

    entries: int
    modules: Mapping[str, int]
    """Module to its lines."""
    functions: tuple[Function, ...]
    undocumented: tuple[str, ...]
    """Public modules, classes and functions without a docstring."""
    imports: Mapping[str, frozenset[str]]
    """Module to those it imports, also inside functions and for type checking."""

    @property
    def boxes(self) -> dict[str, set[str]]:
        """Packages and modules at the top, each to those it imports."""
        graph: dict[str, set[str]] = {_box(m): set() for m in self.modules if m != "xharness"}
        for module, others in self.imports.items():
            if module != "xharness":
                graph[_box(module)] |= {_box(o) for o in others if o != "xharness"}
        return {box: others - {box} for box, others in graph.items()}


def measured() -> Structure:
    """Return the structure of the core."""
    trees = {_module(p): (p, ast.parse(p.read_text("utf-8"))) for p in sorted(CORE.rglob("*.py"))}
    here = [p for p in CORE.iterdir() if p.name != "__pycache__"]
    return Structure(
        entries=len(here),
        modules={m: len(p.read_text("utf-8").splitlines()) for m, (p, _) in trees.items()},
        functions=tuple(f for p, tree in trees.values() for f in _functions(p, tree)),
        undocumented=tuple(name for p, tree in trees.values() for name in _undocumented(p, tree)),
        imports={m: frozenset(_imports(tree, trees.keys())) for m, (_, tree) in trees.items()},
    )


def _module(path: Path) -> str:
    """Return the name by which a file is imported."""
    parts = path.relative_to(CORE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _box(module: str) -> str:
    """Return the package or module at the top that a module belongs to."""
    return module.split(".")[1]


def _functions(path: Path, tree: ast.Module) -> Iterator[Function]:
    """Yield every function of a file."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given = node.args
        named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        others = [a for a in (given.vararg, given.kwarg) if a is not None]
        counted = [a for a in (*named, *others) if a.arg not in {"self", "cls"}]
        yield Function(
            where=f"{path.relative_to(ROOT)}:{node.lineno} {node.name}",
            lines=(node.end_lineno or node.lineno) - node.lineno + 1,
            parameters=len(counted),
            typed=node.returns is not None and all(a.annotation for a in counted),
        )


def _undocumented(path: Path, tree: ast.Module) -> Iterator[str]:
    """Yield what is public, of a file, and has no docstring; functions inside functions are not."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if child.name.startswith("_") and not isinstance(child, ast.ClassDef):
                continue
            if not child.name.startswith("_") and ast.get_docstring(child) is None:
                yield f"{path.relative_to(ROOT)}:{child.lineno} {child.name}"
            if isinstance(child, ast.ClassDef):
                waiting.append(child)
    if ast.get_docstring(tree) is None:
        yield f"{path.relative_to(ROOT)}"


def _imports(tree: ast.AST, known: Collection[str]) -> Iterator[str]:
    """Yield the modules of the core that some code imports."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in known)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xharness"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else str(node.module)
        else:
            yield from _imports(node, known)


def cycles(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the modules that import themselves in a circle, one line a circle (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    circles: list[str] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph.get(name, ())):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            place = stack.index(name)
            if len(circle := stack[place:]) > 1:
                circles.append(" -> ".join([*circle, circle[0]]))
            del stack[place:]

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return circles


def levels(boxes: Mapping[str, set[str]]) -> int:
    """Return how many boxes stand above each other on the longest way down."""
    depth: dict[str, int] = {}

    def below(box: str) -> int:
        if box not in depth:
            depth[box] = 1 + max((below(other) for other in boxes[box]), default=0)
        return depth[box]

    return max(map(below, boxes))


def problems(found: Structure) -> list[str]:
    """Return everything that is above its bound."""
    lines = [f"cycle: {circle}" for circle in cycles(found.imports)]
    if found.entries > ENTRIES:
        lines.append(f"{found.entries} entries in {CORE.name}; {ENTRIES} at most")
    if (p90 := _p90(found)) > P90:
        lines.append(f"p90 of functions is {p90:.0f} lines; {P90} at most")
    for f in found.functions:
        if f.lines > LONGEST:
            lines.append(f"{f.where}: {f.lines} lines; {LONGEST} at most")
        if f.parameters > PARAMETERS:
            lines.append(f"{f.where}: {f.parameters} parameters; {PARAMETERS} at most")
        if not f.typed:
            lines.append(f"{f.where}: not fully annotated")
    lines += [f"{m}: {n} lines; {MODULE} at most" for m, n in found.modules.items() if n > MODULE]
    return [*lines, *(f"{name}: no docstring" for name in found.undocumented)]


def _p90(found: Structure) -> float:
    """Return the length that nine functions in ten do not exceed."""
    return quantiles([f.lines for f in found.functions], n=10)[-1]


def figures(found: Structure) -> list[str]:
    """Return the figures, one a line."""
    lengths = [f.lines for f in found.functions]
    boxes = found.boxes
    arrows = sum(map(len, boxes.values()))
    folders = ("harness", "plugins", "tests", "benchmarks")
    lines = {name: sum(_lines(p) for p in (ROOT / name).rglob("*.py")) for name in folders}
    return [
        f"top level: {found.entries} entries",
        (
            f"picture: {len(boxes)} boxes, {arrows} arrows, {levels(boxes)} levels; "
            f"{len(cycles(found.imports))} cycles among {len(found.modules)} modules"
        ),
        (
            f"functions: {len(lengths)}, p50 {quantiles(lengths, n=2)[0]:.0f}, "
            f"p90 {_p90(found):.0f}, longest {max(lengths)} lines"
        ),
        f"parameters: {max(f.parameters for f in found.functions)} at most",
        f"longest module: {max(found.modules.values())} lines",
        (
            f"without docstring: {len(found.undocumented)}; "
            f"not fully annotated: {sum(not f.typed for f in found.functions)}"
        ),
        "lines: " + ", ".join(f"{name} {count:,}" for name, count in lines.items()),
    ]


def _lines(path: Path) -> int:
    """Return how many lines a file has."""
    return len(path.read_text("utf-8").splitlines())


def main() -> None:
    """Print the figures; with --check leave with 1 where one is above its bound."""
    found = measured()
    print("\n".join(figures(found)))
    if "--check" in sys.argv[1:] and (wrong := problems(found)):
        print("\n".join(wrong), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
