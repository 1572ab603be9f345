"""Installed packages whose code has changed since a store first read their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xharness.planning.resolve import Lock
from xharness.plugin import code
from xharness.plugin.registry import Registry


def lines(registry: Registry, names: Iterable[str], lock: Lock) -> Iterator[str]:
    """Yield which installed tasks have other code than when the store first read their rows.

    Only their authors know whether the rows are still the same; the code of a --plugin file is in
    keys instead, and the versions of tasks that come with xharness are raised by its tests.

    Args:
        registry: Knows the plugins of the tasks.
        names: Tasks whose rows are read.
        lock: What the store remembers; the code of tasks that are new to it is added.
    """
    others: dict[str, list[str]] = {}
    for name in names:
        plugin, version = registry.origin[f"task {name}"], registry.tasks[name].version
        file = registry.file_of(plugin)
        now = None if file is None else code.of_file(file)
        label = f"code:{name}@{version}"
        if now is None:
            continue
        if (known := lock.get(label)) is None:
            lock.new[label] = now
        elif known != now:
            others.setdefault(plugin, []).append(f"{name} (version {version})")
    for plugin, several in others.items():
        yield (
            f"plugin {plugin}: its code has changed since this store first read "
            f"{', '.join(several)}; if rows or labels are others now, raise Task.version, and what "
            "depends on them is made anew"
        )
