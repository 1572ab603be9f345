"""The page about the architecture is true: packages, levels, decisions, links and paths."""

from __future__ import annotations

import re
import tomllib

import pytest

from support.program import CHECKOUT

CORE = CHECKOUT / "harness" / "xharness"
ROW = re.compile(r"^\| (\d+) \| `(\w+)` \|", re.MULTILINE)


@pytest.fixture(scope="module")
def levels() -> dict[str, int]:
    """Return the table of docs/architecture.md: package to level."""
    page = (CHECKOUT / "docs" / "architecture.md").read_text("utf-8")
    return {name: int(level) for level, name in ROW.findall(page)}


def test_the_table_has_every_package(levels: dict[str, int]) -> None:
    """What lies in the core's folder is in the table, but for the package itself."""
    packages = {p.parent.name for p in CORE.glob("*/__init__.py")}
    modules = {p.stem for p in CORE.glob("*.py")} - {"__init__", "__main__"}

    assert levels.keys() == packages | modules


def test_levels_are_those_that_are_checked(levels: dict[str, int]) -> None:
    """From top to bottom the table has the layers that import-linter holds."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["id"] == "layers")
    checked = [{name.strip() for name in layer.split("|")} for layer in layers]
    shown: dict[int, set[str]] = {}
    for name, level in levels.items():
        shown.setdefault(level, set()).add(name)

    assert [shown[level] for level in sorted(shown, reverse=True)] == checked[1:]
    assert checked[0] == {"__main__"}


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    """The index names every record, and records count from one."""
    folder = CHECKOUT / "docs" / "decisions"
    records = sorted(p.name for p in folder.glob("0*.md"))
    index = (folder / "README.md").read_text("utf-8")

    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    assert re.findall(r"\]\((0\d+-[\w-]+\.md)\)", index) == records


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link of README, CONTRIBUTING and docs is to a file that is there."""
    pages = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in link and not link.startswith("mailto:")
    ]
    broken = [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]

    assert len(links) > 20
    assert broken == []


def test_paths_named_in_docs_exist() -> None:
    """A module that a page names, as `planning/plan.py`, is in the core."""
    pages = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    named = {
        path
        for page in pages
        for path in re.findall(r"`((?:[a-z_]+/)+[a-z_0-9]+\.py)`", page.read_text("utf-8"))
    }
    lacking = [p for p in named if not (CORE / p).exists() and not (CHECKOUT / p).exists()]

    assert lacking == []
