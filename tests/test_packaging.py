"""What installing reads holds together: requirements, exact versions, torch's index."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.program import CHECKOUT

CONSTRAINTS = CHECKOUT / "constraints.txt"
PROJECTS = [CHECKOUT, *sorted(p.parent for p in CHECKOUT.glob("docs/examples/*/pyproject.toml"))]


def settings(folder: Path) -> dict[str, Any]:
    """Return the pyproject.toml of a folder."""
    return tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))


PROJECT = settings(CHECKOUT)["project"]
EXTRAS = PROJECT["optional-dependencies"]


def pins() -> dict[str, str]:
    """Return the exact versions of constraints.txt by name, and this package's own."""
    lines = CONSTRAINTS.read_text("utf-8").splitlines()
    found = [line.split("==") for line in lines if not line.startswith("#")]
    own = {PROJECT["name"]: PROJECT["version"]}
    return own | {canonicalize_name(name): version for name, version in found}


def broken(requirements: list[Requirement]) -> list[str]:
    """Return the requirements that the exact versions do not meet, or that have none."""
    pinned = pins()
    versions = [(r, pinned.get(canonicalize_name(r.name))) for r in requirements]
    return sorted(
        f"{requirement} against {version}"
        for requirement, version in versions
        if version is None or not requirement.specifier.contains(version, prereleases=True)
    )


def test_every_line_is_an_exact_version() -> None:
    """Names stand once, each with one version."""
    lines = [x for x in CONSTRAINTS.read_text("utf-8").splitlines() if not x.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[\w-]+==[\w.]+", line)] == []
    assert len(lines) + 1 == len(pins())


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_exact_versions_meet_what_a_project_requires(folder: Path) -> None:
    """Of xharness and of the example packages: to build, to run, and for development."""
    project = settings(folder)
    required = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"].get("optional-dependencies", {}).get("dev", []),
    ]

    assert broken([Requirement(line) for line in required]) == []


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_an_extra_installs_beside_the_exact_versions(extra: str) -> None:
    """Whatever else an extra brings, nothing that it requires is held at another version."""
    required = [Requirement(line) for line in EXTRAS[extra]]

    assert broken([r for r in required if canonicalize_name(r.name) in pins()]) == []


def needed(line: str, seen: set[str]) -> Iterator[Requirement]:
    """Yield a requirement and all that it leads to here, by what installed packages state."""
    required = Requirement(line)
    key = f"{canonicalize_name(required.name)}[{','.join(sorted(required.extras))}]"
    yield required
    if key in seen:
        return
    seen.add(key)
    for further in metadata.requires(required.name) or ():
        marker = Requirement(further).marker
        extras = ("", *required.extras)
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield from needed(further, seen)


def test_exact_versions_are_complete_and_agree() -> None:
    """Every package that xharness[dev] leads to is pinned, at a version that all others accept."""
    seen: set[str] = set()
    lines = [*PROJECT["dependencies"], *EXTRAS["dev"]]
    required = [r for line in lines for r in needed(line, seen)]

    assert len(seen) > 60
    assert broken(required) == []


def test_torch_comes_from_one_index() -> None:
    """For uv, for make and in README it is the same address, and for uv it has torch alone."""
    uv = settings(CHECKOUT)["tool"]["uv"]
    (index,) = uv["index"]
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    readme = (CHECKOUT / "README.md").read_text("utf-8")

    assert list(uv["sources"]) == ["torch"]
    assert uv["sources"]["torch"]["index"] == index["name"]
    assert index["explicit"]
    assert f"TORCH ?= {index['url']}\n" in makefile
    assert f"pip install torch --index-url {index['url']}\n" in readme


@pytest.mark.training
def test_pip_accepts_the_metadata() -> None:
    """Here pip would install this checkout for development, with the packages that are here."""
    offline = ("--no-index", "--no-build-isolation", "--dry-run", "--quiet")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", *offline),
            *("--constraint", CONSTRAINTS, f"{CHECKOUT}[dev]"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.training
def test_uv_resolves_all_extras() -> None:
    """Beside the exact versions everything else has one too, on any platform."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("no uv on the path")
    command = [uv, "pip", "compile", "--universal", "--no-sources", "--all-extras", "--quiet"]
    done = subprocess.run(
        [*command, "--constraint", CONSTRAINTS, CHECKOUT / "pyproject.toml"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and re.search(r"dns error|connect", done.stderr, re.IGNORECASE):
        pytest.skip("no package index within reach")

    assert done.returncode == 0, done.stderr
    assert re.search(r"^torch==", done.stdout, re.MULTILINE)
