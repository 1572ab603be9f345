"""Installed packages whose code has changed since a store first used them."""

from __future__ import annotations

from collections.abc import Iterator

from xharness.phases import Train
from xharness.planning.plan import Plan
from xharness.planning.resolve import Lock
from xharness.plugin import code
from xharness.plugin.registry import Registry


def lines(registry: Registry, plan: Plan, lock: Lock) -> Iterator[str]:
    """Yield which installed tasks and tuning methods have other code than when first used.

    Only their authors know whether the results are still the same; the code of a --plugin file is
    in keys instead, and the versions of tasks that come with xharness are raised by its tests.

    Args:
        registry: Knows their plugins.
        plan: What is read and trained.
        lock: What the store remembers; the code of what is new to it is added.
    """
    others: dict[str, list[str]] = {}
    for what, name, version in _used(registry, plan):
        plugin = registry.origin[f"{what} {name}"]
        file = registry.file_of(plugin)
        now = None if file is None else code.of_file(file)
        label = f"code:{name}@{version}" if what == "task" else f"code:{what}:{name}@{version}"
        if now is None:
            continue
        if (known := lock.get(label)) is None:
            lock.new[label] = now
        elif known != now:
            others.setdefault(plugin, []).append(f"{name} (version {version})")
    for plugin, several in others.items():
        yield (
            f"plugin {plugin}: its code has changed since this store first used "
            f"{', '.join(several)}; if rows, labels or trainings are others now, raise the "
            "version, and what depends on it is made anew"
        )


def _used(registry: Registry, plan: Plan) -> Iterator[tuple[str, str, int]]:
    """Yield what a plan uses of plugins that has a version: noun, name and version."""
    yield from (("task", name, registry.tasks[name].version) for name in plan.tasks)
    tunings = (p.tuning for p in plan.phases if isinstance(p, Train) and p.tuning is not None)
    yield from (("tuning", t.method, t.version) for t in dict.fromkeys(tunings))
