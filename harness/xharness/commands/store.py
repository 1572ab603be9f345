"""Listing, checking and cleaning the store, and why a phase is not in it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from xharness.errors import StoreError
from xharness.keys import Key, key
from xharness.phases import describe, inputs
from xharness.planning.plan import Plan
from xharness.report.view import View
from xharness.report.wording import count
from xharness.store import maintenance
from xharness.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a check of every file found."""

    problems: tuple[str, ...]
    view: View


def listing(store: Store) -> View:
    """Return every finished phase, and below the table how many there are and their size."""
    entries = maintenance.entries(store)
    rows = [
        {
            "key": entry.key,
            "short": entry.key[:10],
            "kind": entry.kind.lower(),
            "phase": entry.phase,
            "KB": round(entry.bytes / 1000, 1),
            "finished": datetime.fromtimestamp(entry.finished, UTC).isoformat(timespec="seconds"),
        }
        for entry in entries
    ]
    rows.sort(key=lambda row: str(row["finished"]))
    kinds = Counter(entry.kind.lower() for entry in entries)
    megabytes = sum(entry.bytes for entry in entries) / 1e6
    several = ", ".join(f"{n:,} {kind}" for kind, n in sorted(kinds.items(), key=_by_count))
    total = f"{count(len(rows), 'phase')}, {megabytes:,.1f} MB" + (f": {several}" if rows else "")
    return View.of_rows(
        "phases", rows, shown=("short", "phase", "KB", "finished"), notes=[f"{total}."]
    )


def _by_count(counted: tuple[str, int]) -> tuple[int, str]:
    """Return the sort key of a kind: the most frequent first, equally frequent ones by name."""
    kind, number = counted
    return -number, kind


def verified(store: Store) -> Verified:
    """Check every file of every phase."""
    problems = tuple(maintenance.verify(store))
    rows = [{"problem": p} for p in problems] or [
        {"checked": f"{len(store.keys()):,} phases, every file as it was written"}
    ]
    view = View.of_rows("verify", rows)
    return Verified(
        problems=problems,
        view=View(
            draw=view.draw, document={"phases": len(store.keys()), "problems": list(problems)}
        ),
    )


def collected(store: Store, keep: int | None, *, really: bool) -> View:
    """Remove what no kept plan needs, or only list it.

    Args:
        store: The store.
        keep: Number of plans to keep, latest first; None keeps all.
        really: Whether to remove, and not only list.

    Raises:
        StoreError: If the store has no plan, so that nothing says what is needed.
    """
    plans = list(store.plans().values())
    if not plans and keep is None:
        raise StoreError(
            f"{store.root}: holds no plan, so nothing says what is needed; --keep 0 removes all"
        )
    kept = plans if keep is None else plans[len(plans) - min(keep, len(plans)) :]
    needed = {Key(name) for text in kept for name in json.loads(text)["names"]}
    removed = maintenance.gc(store, needed, dry=not really)
    rows = [
        {"what": what, "count": count, "MB": round(_megabytes(removed, what), 2)}
        for what, count in Counter(r.what for r in removed).items()
    ] or [{"what": "nothing to remove", "count": 0, "MB": 0.0}]
    title = "removed" if really else "would be removed (add --yes)"
    return View(
        draw=View.of_rows(title, rows).draw,
        document={"removed": really, "entries": [asdict(r) for r in removed]},
    )


def _megabytes(removed: list[maintenance.Removed], what: str) -> float:
    """Return the size of one kind of removed files."""
    return sum(r.bytes for r in removed if r.what == what) / 1e6


def missing(plan: Plan, store: Store) -> View:
    """Return why phases of a plan are missing: the nearest stored ones, and what differs.

    Only phases whose inputs are all stored are listed: the others are missing because of these.
    """
    rows = []
    for phase in plan.phases:
        ready = all(store.find(key(parent)) for parent in inputs(phase))
        if store.find(key(phase)) or not ready:
            continue
        near = maintenance.why_missing(store, phase)
        rows.append(
            {
                "phase": describe(phase),
                "key": key(phase)[:10],
                "nearest": near[0][:10] if near else "-",
                "differs": "; ".join(near[1]) if near else "no phase of this kind is stored",
            }
        )
    if not rows:
        rows = [{"phase": "nothing", "key": "-", "nearest": "-", "differs": "all is in the store"}]
    return View.of_rows("not in the store", rows)
