"""Loads plugins; a broken one is left out and reported in one line.

pluggy's own loader passes on any error of a plugin, so one broken plugin would stop the program.
Here a plugin may fail to import, name an unknown hook or need another API version.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pluggy

from xharness.errors import PluginError, one_line
from xharness.plugin import hooks
from xharness.plugin.patience import named_if_slow

GROUP = "xharness"
FILE = "file"
"""What the version of a --plugin file is called, as it has none; its distribution is its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginStatus:
    """Whether one plugin was loaded, and if not, why."""

    name: str
    """Its entry point, or its file."""
    distribution: str
    version: str
    state: str
    """"loaded", "failed" or "disabled"."""
    hooks: tuple[str, ...] = ()
    milliseconds: float = 0.0
    error: str = ""
    trace: str = ""
    problems: tuple[str, ...] = ()
    """One for each thing that it offers and that is left out: what is wrong with it."""

    def line(self) -> str:
        """Return the line that standard error shows for a failed plugin."""
        file = f" --plugin {self.distribution}" if self.version == FILE else ""
        return (
            f"plugin {self.name} ({self.distribution} {self.version}) is left out: {self.error}; "
            f"details: xharness list plugins --errors{file}"
        )

    def lines(self) -> Iterator[str]:
        """Yield what standard error shows of it: that it failed, or what of it is left out."""
        if self.state == "failed":
            yield self.line()
        for problem in self.problems:
            yield f"plugin {self.name} ({self.distribution} {self.version}): {problem}"


def installed(manager: pluggy.PluginManager, disabled: Collection[str]) -> list[PluginStatus]:
    """Load every plugin of the entry-point group; return the status of each.

    Args:
        manager: Plugins are registered with it.
        disabled: Names of plugins or of distributions that are not loaded.
    """
    return [_of_entry_point(manager, *named, disabled=disabled) for named in _entry_points()]


def of_file(
    manager: pluggy.PluginManager, path: Path, disabled: Collection[str] = ()
) -> PluginStatus:
    """Load a Python file as a plugin, unless its path or its name is disabled; return its status.

    Args:
        manager: The plugin is registered with it.
        path: The file; its name without .py is the plugin's.
        disabled: Names of plugins, and paths, that are not loaded.
    """
    if path.stem in disabled or str(path) in disabled:
        return PluginStatus(name=path.stem, distribution=str(path), version=FILE, state="disabled")
    return _loaded(manager, path.stem, str(path), FILE, partial(_import_file, path))


def given(manager: pluggy.PluginManager, name: str, plugin: object) -> PluginStatus:
    """Load an object in memory as a plugin; return its status."""
    return _loaded(manager, name, "given", "", lambda: plugin)


def _entry_points() -> list[tuple[metadata.EntryPoint, str, str]]:
    """Return the entry points of the group, each with its distribution's name and version.

    Our own come first, then by distribution and name, so that the order is fixed.
    """
    points = metadata.entry_points(group=GROUP)
    # A distribution parses its whole METADATA at every look at its name, so each is read once.
    distributions = {id(p.dist): p.dist for p in points}
    names = {i: (d.name, d.version) if d else ("?", "?") for i, d in distributions.items()}
    named = [(p, *names[id(p.dist)]) for p in points]
    return sorted(named, key=lambda n: (n[1] != "xharness", n[1], n[0].name))


def _of_entry_point(
    manager: pluggy.PluginManager,
    point: metadata.EntryPoint,
    distribution: str,
    version: str,
    *,
    disabled: Collection[str],
) -> PluginStatus:
    """Load one entry point, unless its name or its distribution's is disabled."""
    if point.name in disabled or distribution in disabled:
        return PluginStatus(
            name=point.name, distribution=distribution, version=version, state="disabled"
        )
    return _loaded(manager, point.name, distribution, version, point.load)


def _loaded(
    manager: pluggy.PluginManager,
    name: str,
    distribution: str,
    version: str,
    get: Callable[[], object],
) -> PluginStatus:
    """Import and register one plugin; return its status, whatever it raises."""
    start = time.perf_counter()
    if manager.has_plugin(name):  # two distributions may name an entry point alike
        name = f"{distribution}/{name}"
    status = PluginStatus(name=name, distribution=distribution, version=version, state="loaded")
    try:
        with named_if_slow(name, "its import"):
            plugin = get()
        status = replace(status, hooks=_register(manager, name, plugin))
    except KeyboardInterrupt:
        raise
    except BaseException as wrong:  # noqa: BLE001 - the guard
        status = failed(status, wrong)
        if manager.has_plugin(name):
            manager.unregister(name=name)
    return replace(status, milliseconds=1000 * (time.perf_counter() - start))


def _register(manager: pluggy.PluginManager, name: str, plugin: object) -> tuple[str, ...]:
    """Register a plugin and return the names of its hooks.

    Raises:
        PluginError: If it needs another API, has no hook or an unknown one, or wraps a hook.
    """
    wanted = getattr(plugin, "XHARNESS_API", hooks.API_VERSION)
    if wanted != hooks.API_VERSION:
        raise PluginError(f"is written for plugin API {wanted}; this is {hooks.API_VERSION}")
    manager.register(plugin, name)
    callers = manager.get_hookcallers(plugin) or []
    unknown = sorted(c.name for c in callers if c.spec is None)
    if any(i.wrapper or i.hookwrapper for c in callers for i in _implemented(c, plugin)):
        raise PluginError("wraps a hook, so could change a phase; take wrapper=True away")
    if unknown:
        known = [n for n in vars(hooks) if n.startswith("xharness_")]
        raise PluginError(f"has the unknown hook {unknown[0]}; known: {', '.join(known)}")
    if not callers:
        raise PluginError("has no hook; mark its functions with @hookimpl")
    return tuple(sorted(c.name for c in callers))


def _implemented(caller: pluggy.HookCaller, plugin: object) -> list[pluggy.HookImpl]:
    """Return a plugin's own implementations of a hook."""
    return [i for i in caller.get_hookimpls() if i.plugin is plugin]


def _import_file(path: Path) -> ModuleType:
    """Return a Python file as a module.

    Raises:
        PluginError: If there is no such file.
    """
    if not path.is_file():
        raise PluginError("no such file")
    spec = importlib.util.spec_from_file_location(f"xharness_file_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise PluginError("is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look up the module that they stand in
    spec.loader.exec_module(module)
    return module


def failed(status: PluginStatus, wrong: BaseException) -> PluginStatus:
    """Return the status of a plugin that raised when it was imported or asked what it offers."""
    return replace(
        status,
        state="failed",
        error=one_line(wrong) + _line_of(wrong, status),
        trace="".join(traceback.format_exception(wrong)),
    )


def _line_of(wrong: BaseException, status: PluginStatus) -> str:
    """Return " (line 3)", where a --plugin file stood when it raised; empty where unknown."""
    frames = traceback.extract_tb(wrong.__traceback__)
    file = Path(status.distribution).absolute() if status.version == FILE else None
    own = [frame.lineno for frame in frames if Path(frame.filename) == file]
    return f" (line {own[-1]})" if own else ""
