"""Plans that were run before, by name, and a list of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from xharness.commands import session
from xharness.commands.session import SharedFlags
from xharness.errors import StoreError, nearest
from xharness.planning import plan as planning
from xharness.planning.plan import Plan
from xharness.report.view import View
from xharness.store.store import Store


def named(store: Store, digest: str | None) -> tuple[str, Plan]:
    """Return a published plan with its digest.

    Args:
        store: Where plans are.
        digest: The plan's digest or its beginning; "latest" or None is the latest plan.

    Raises:
        StoreError: If there is no such plan, or several.
    """
    plans = store.plans()
    digest = None if digest == "latest" else digest
    if not plans:
        raise StoreError(f"{store.root}: holds no plan yet; run xharness compare first")
    matching = [name for name in plans if digest is None or name.startswith(digest)]
    if not matching or (digest is not None and len(matching) > 1):
        wrong = "no plan is called" if not matching else "several plans begin with"
        raise StoreError(f"{store.root}: {wrong} {digest!r}; {nearest(str(digest), plans)}")
    return matching[-1], planning.read(plans[matching[-1]])


def latest(store: Store, otherwise: SharedFlags) -> SharedFlags:
    """Return the flags of the comparison that was asked for last.

    Args:
        store: Where it was.
        otherwise: Returned for a store without a comparison.
    """
    digests = list(store.plans())
    asked = store.asked(digests[-1]) if digests else None
    return otherwise if asked is None else session.from_json(asked, store.root)


def listing(store: Store) -> View:
    """Return the plans of a store, latest last."""
    rows = []
    for digest, content in store.plans().items():
        plan = planning.read(content)
        answers = (*plan.answers, *plan.further)
        there = sum(store.find(a.key) is not None for a in answers)
        rows.append(
            {
                "plan": digest,
                "asked": _when(store.root / "plans" / f"{digest}.json"),
                "suite": plan.suite,
                "model": plan.model,
                "strategies": ", ".join(dict.fromkeys(a.strategy for a in plan.answers)),
                "targets": ", ".join(t.name for t in plan.targets),
                "seeds": ", ".join(str(seed) for seed in plan.seeds),
                "limit_train": plan.limit_train or "-",
                "limit_eval": plan.limit_eval or "-",
                "scores": f"{there} of {len(answers)}",
            }
        )
    room = ("asked", "scores", "strategies", "seeds", "model", "suite", "limit_train", "limit_eval")
    return View.of_rows("plans", rows, room=room)


def _when(path: Path) -> str:
    """Return when a file was last written, to the minute, in the time of this machine."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
    return written.strftime("%Y-%m-%d %H:%M")
