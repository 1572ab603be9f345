"""What this machine has, and what a comparison would lack on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xharness.commands import rows_first
from xharness.commands.session import Paths, resolver_of
from xharness.errors import XHarnessError
from xharness.planning import request, settings, unresolved
from xharness.planning.settings import Flags
from xharness.plugin.registry import Registry
from xharness.report.table import Column, table
from xharness.report.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The state of a machine, and what a comparison lacks on it."""

    missing: tuple[str, ...]
    """One sentence each."""
    view: View


def examine(flags: Flags, paths: Paths, registry: Registry, device: str) -> Examined:
    """Return the state of the machine, and what the comparison that the flags describe lacks."""
    facts = {**_machine(device), **_disk(paths.store), **_plugins(registry)}
    missing = tuple(_missing(flags, paths, registry))
    rows = [[name, value] for name, value in facts.items()]
    lines = [f"missing: {line}" for m in missing for line in m.splitlines()]
    columns = [Column(name="what"), Column(name="here")]
    return Examined(
        missing=missing,
        view=View(
            draw=lambda _: table(
                columns, rows, title="doctor", notes=lines or ["nothing is missing"]
            ),
            document={**facts, "missing": list(missing)},
        ),
    )


def _machine(device: str) -> dict[str, str]:
    """Return device, precision and versions."""
    from xharness.engine.encoder.profile import described

    return described(device)


def _disk(store: Path) -> dict[str, str]:
    """Return the free space where the store is or would be, and whether it can be written."""
    free = shutil.disk_usage(_nearest(store)).free
    return {
        "store": str(store.absolute()),
        "free disk": f"{free / 1e9:,.1f} GB",
        "store can be written": "yes" if _writable(store) else "no",
    }


def _nearest(folder: Path) -> Path:
    """Return the path itself if it exists, or else the nearest parent that does."""
    return next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())


def _writable(folder: Path) -> bool:
    """Return whether a folder that may not be there yet can be written."""
    there = _nearest(folder)
    return there.is_dir() and os.access(there, os.W_OK)


def _plugins(registry: Registry) -> dict[str, str]:
    """Return how many plugins are loaded, and which are not."""
    failed = ", ".join(p.name for p in registry.failed()) or "none"
    loaded = sum(p.state == "loaded" for p in registry.plugins)
    return {"plugins": f"{loaded} loaded", "plugins left out": failed}


def _missing(flags: Flags, paths: Paths, registry: Registry) -> Iterator[str]:
    """Yield what the comparison lacks, one sentence each."""
    try:
        wanted = request.build(settings.load(flags), registry.offers)
        resolver = resolver_of(paths)
    except XHarnessError as wrong:
        yield str(wrong)
        return
    lacking, phases = unresolved.noted(wanted, registry.tasks, resolver)
    yield from lacking
    yield from rows_first.problems(phases, registry.tasks, paths)
    if not _writable(paths.store):
        yield f"{paths.store}: cannot be written; choose another --store"
