"""Loads plugins, each inside a guard, and calls their hooks; the only caller of pluggy.

pluggy's own loader lets one broken plugin take the tool down; here a plugin that fails to
import, names an unknown hook, needs another API version or raises while declaring loses only
its own tasks, and is reported in one line.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from xharness import hooks
from xharness import languages as tables
from xharness.errors import PluginError
from xharness.languages import Language
from xharness.models import ModelSource
from xharness.study import Offers
from xharness.tasks import Task
from xharness.translators import Files, Seq2Seq

if TYPE_CHECKING:
    from xharness.canonical import Key
    from xharness.phases import Phase
    from xharness.plan import Plan
    from xharness.store import Artifact

_LOG = logging.getLogger("xharness")
GROUP = "xharness"
DISABLE = "XHARNESS_DISABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginStatus:
    """What became of one plugin."""

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

    def line(self) -> str:
        """Return the one line that stderr shows for a failed plugin."""
        return (
            f"plugin {self.name} ({self.distribution} {self.version}) is left out: {self.error}; "
            "details: xharness list plugins --errors"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The loaded plugins and what they offer."""

    manager: pluggy.PluginManager
    plugins: tuple[PluginStatus, ...]
    offers: Offers
    executors: Mapping[str, hooks.Executor] = field(default_factory=dict)
    """Every offered way to walk a plan, by name."""
    trackers: Mapping[str, hooks.Tracker] = field(default_factory=dict)
    """Every offered place to follow a run at, by name."""
    languages: Mapping[str, Language] = field(default_factory=dict)
    """Those of the table, then those that plugins describe, by code."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """"task xnli" to the name of the plugin that offers it."""

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every offered task, by name."""
        return self.offers.tasks

    def failed(self) -> tuple[PluginStatus, ...]:
        """Return the plugins that could not be used."""
        return tuple(p for p in self.plugins if p.state == "failed")

    def check(self, plan: Plan) -> tuple[str, ...]:
        """Return every plugin's reasons not to run a plan.

        Raises:
            PluginError: If a plugin fails to check it.
        """
        found: list[str] = []
        for call in self.manager.hook.xharness_check_plan.get_hookimpls():
            try:
                reasons: Any = call.function(*([plan] if call.argnames else []))
                found += reasons or ()
            except Exception as wrong:  # a plan that was not checked must not run
                raise PluginError(
                    f"plugin {call.plugin_name} cannot check this plan: {_one_line(wrong)}; "
                    f"mend it, or leave it out with {DISABLE}={call.plugin_name}"
                ) from wrong
        return tuple(sorted(found))

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: hooks.PhaseRun) -> str:
        """Run a phase through the first plugin that takes it; return that plugin's name.

        Raises:
            PluginError: If no plugin takes it.
        """
        calls = reversed(self.manager.hook.xharness_run_phase.get_hookimpls())
        arguments = {"phase": phase, "inputs": inputs, "run": run}
        for call in calls:
            if call.function(*(arguments[name] for name in call.argnames)):
                return str(call.plugin_name)
        raise PluginError(f"{type(phase).__name__}: no loaded plugin runs this kind of phase")

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell every plugin that a phase is published; one that raises is logged, not fatal."""
        arguments = {"phase": phase, "artifact": artifact, "seconds": seconds}
        for call in self.manager.hook.xharness_phase_finished.get_hookimpls():
            try:
                call.function(*(arguments[name] for name in call.argnames))
            except Exception as wrong:  # noqa: BLE001 - the phase itself is published
                _LOG.warning(
                    "plugin %s could not report a phase: %s", call.plugin_name, _one_line(wrong)
                )


def load(*extra: tuple[str, object], files: Sequence[Path] = (), strict: bool = False) -> Registry:
    """Load every plugin of the entry-point group, then single files, then `extra`.

    Args:
        extra: (name, plugin) pairs that are there already, such as fakes in a test.
        files: Python files, each a plugin by itself.
        strict: Raise for a plugin that fails, instead of leaving it out.

    Raises:
        PluginError: If two plugins offer one name, a file in `files` fails, or `strict` and
            any plugin fails.
    """
    manager = pluggy.PluginManager(hooks.NAMESPACE)
    manager.add_hookspecs(hooks)
    disabled = {n.strip() for n in os.environ.get(DISABLE, "").split(",") if n.strip()}
    found = [_load_entry_point(manager, *named, disabled=disabled) for named in _entry_points()]
    for path in files:
        status = _guarded(manager, path.stem, str(path), "file", partial(_import_file, path))
        if status.state == "failed":
            raise PluginError(f"--plugin {path}: {status.error}")
        found.append(status)
    found += [
        _guarded(manager, name, "given", "", partial(_same, plugin)) for name, plugin in extra
    ]
    return _collected(manager, found, strict=strict)


def _entry_points() -> list[tuple[metadata.EntryPoint, str, str]]:
    """Return the entry points of the group, each with its distribution's name and version.

    Our own come first, then by distribution and name, so that the order is fixed.
    """
    points = metadata.entry_points(group=GROUP)
    # A distribution parses its whole METADATA whenever it is asked, so each is asked once.
    distributions = {id(p.dist): p.dist for p in points}
    told = {i: (d.name, d.version) if d else ("?", "?") for i, d in distributions.items()}
    named = [(p, *told[id(p.dist)]) for p in points]
    return sorted(named, key=lambda n: (n[1] != "xharness", n[1], n[0].name))


def _load_entry_point(
    manager: pluggy.PluginManager,
    point: metadata.EntryPoint,
    distribution: str,
    version: str,
    *,
    disabled: set[str],
) -> PluginStatus:
    """Load one entry point, unless its name or its distribution's is disabled."""
    if disabled & {point.name, distribution}:
        return PluginStatus(
            name=point.name, distribution=distribution, version=version, state="disabled"
        )
    return _guarded(manager, point.name, distribution, version, point.load)


def _guarded(
    manager: pluggy.PluginManager,
    name: str,
    distribution: str,
    version: str,
    get: Callable[[], object],
) -> PluginStatus:
    """Import and register one plugin; whatever it raises becomes its status."""
    start = time.perf_counter()
    if manager.has_plugin(name):
        name = f"{distribution}/{name}"
    error, trace = "", ""
    names: tuple[str, ...] = ()
    try:
        plugin = get()
        names = _register(manager, name, plugin)
    except (Exception, SystemExit) as wrong:  # noqa: BLE001 - the guard
        error = _one_line(wrong)
        trace = traceback.format_exc()
        if manager.has_plugin(name):
            manager.unregister(name=name)
    return PluginStatus(
        name=name,
        distribution=distribution,
        version=version,
        state="failed" if error else "loaded",
        hooks=names,
        milliseconds=1000 * (time.perf_counter() - start),
        error=error,
        trace=trace,
    )


def _register(manager: pluggy.PluginManager, name: str, plugin: object) -> tuple[str, ...]:
    """Register a plugin and return its hooks' names.

    Raises:
        PluginError: If it needs another API, or has a hook that is none.
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
    """Return what a plugin itself has of a hook."""
    return [i for i in caller.get_hookimpls() if i.plugin is plugin]


def _same(plugin: object) -> object:
    """Return a plugin that is loaded already."""
    return plugin


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


def _collected(
    manager: pluggy.PluginManager, found: Sequence[PluginStatus], *, strict: bool
) -> Registry:
    """Ask every loaded plugin what it offers, and put it together.

    Raises:
        PluginError: If two plugins offer the same name, or `strict` and one failed.
    """
    offered: dict[str, dict[str, Any]] = {noun: {} for noun in _DECLARING}
    offered["language"] |= tables.table()
    origin: dict[str, str] = {}
    statuses: list[PluginStatus] = []
    for status in found:
        try:
            declared = _declared(manager, status) if status.state == "loaded" else {}
        except (Exception, SystemExit) as wrong:  # noqa: BLE001 - the guard
            manager.unregister(name=status.name)
            statuses.append(_failed(status, wrong))
            continue
        statuses.append(status)
        for noun, values in declared.items():
            for value in values:
                _add(offered[noun], origin, noun=noun, value=value, plugin=status.name)
    registry = Registry(
        manager=manager,
        plugins=tuple(statuses),
        offers=Offers(
            tasks=dict(sorted(offered["task"].items())),
            models=dict(sorted(offered["model"].items())),
            strategies=dict(sorted(offered["strategy"].items())),
            translators=dict(sorted(offered["translator"].items())),
        ),
        executors=dict(sorted(offered["executor"].items())),
        trackers=dict(sorted(offered["tracker"].items())),
        languages=offered["language"],
        origin=origin,
    )
    if strict and registry.failed():
        raise PluginError("\n".join(p.line() for p in registry.failed()))
    return registry


_DECLARING: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "task": ("xharness_tasks", Task),
    "model": ("xharness_models", ModelSource),
    "strategy": ("xharness_strategies", object),
    "translator": ("xharness_translators", (Seq2Seq, Files)),
    "executor": ("xharness_executors", object),
    "tracker": ("xharness_trackers", object),
    "language": ("xharness_languages", Language),
}
"""Per noun: the hook that offers it, and the type it must have."""


def _declared(manager: pluggy.PluginManager, status: PluginStatus) -> dict[str, list[Any]]:
    """Return what one plugin offers, by noun; all of it or, if any of it is wrong, nothing.

    Raises:
        PluginError: If something offered has the wrong type or no name.
    """
    found: dict[str, list[Any]] = {}
    for noun, (hook, kind) in _DECLARING.items():
        for call in getattr(manager.hook, hook).get_hookimpls():
            if call.plugin_name != status.name:
                continue
            found[noun] = [_settled(value, status) for value in call.function()]
            for value in found[noun]:
                if not isinstance(value, kind) or not isinstance(getattr(value, "name", None), str):
                    raise PluginError(f"offers a {type(value).__name__} as a {noun}")
            names = [_called(value) for value in found[noun]]
            if len(set(names)) < len(names):
                raise PluginError(f"offers two {noun}s of one name: {', '.join(sorted(names))}")
    return found


def _called(value: Any) -> str:
    """Return what an offered value is known by."""
    return value.code if isinstance(value, Language) else str(value.name)


def _settled(value: Any, status: PluginStatus) -> Any:
    """Return what a plugin offers; a task in a single file finds its own files beside it."""
    if status.version != "file" or not isinstance(value, Task):
        return value
    folder = str(Path(status.distribution).resolve().parent)
    return replace(
        value,
        sources=tuple(s if s.folder else replace(s, folder=folder) for s in value.sources),
    )


def _add(
    offered: dict[str, Any], origin: dict[str, str], *, noun: str, value: Any, plugin: str
) -> None:
    """Add one offered value.

    Raises:
        PluginError: If another plugin offers the name already.
    """
    name = _called(value)
    label = f"{noun} {name}"
    if noun == "language" and offered.get(name) == value:
        return
    if name in offered:
        raise PluginError(
            f"{noun} {name!r} is offered by two plugins, {origin.get(label, 'xharness')} and "
            f"{plugin}; disable one with {DISABLE}={plugin}"
        )
    offered[name] = value
    origin[label] = plugin


def _failed(status: PluginStatus, wrong: BaseException) -> PluginStatus:
    """Return the status of a plugin that raised while declaring."""
    return replace(
        status,
        state="failed",
        error=_one_line(wrong),
        trace="".join(traceback.format_exception(wrong)),
    )


def _one_line(wrong: BaseException) -> str:
    """Return an exception's type and message in one line."""
    return " ".join(f"{type(wrong).__name__}: {wrong}".split())
