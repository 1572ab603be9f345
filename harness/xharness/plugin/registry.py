"""The registry: what the loaded plugins offer, and the calls of their hooks.

A plugin that raises when asked what it offers is treated like one that does not load: it is left
out and reported in one line.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from xharness import languages as tables
from xharness.errors import PluginError
from xharness.languages import Language
from xharness.models import ModelSource
from xharness.planning.request import Offers
from xharness.plugin import code, hooks, loading
from xharness.plugin.loading import PluginStatus, failed, one_line
from xharness.tasks import Task
from xharness.translators import Files, Seq2Seq

if TYPE_CHECKING:
    from xharness.keys import Key
    from xharness.phases import Phase
    from xharness.planning.plan import Plan
    from xharness.store.store import Artifact

_LOG = logging.getLogger("xharness")
DISABLE = "XHARNESS_DISABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The loaded plugins and what they offer."""

    manager: pluggy.PluginManager
    plugins: tuple[PluginStatus, ...]
    offers: Offers
    executors: Mapping[str, hooks.Executor] = field(default_factory=dict)
    """Every offered way to run the phases of a plan, by name."""
    trackers: Mapping[str, hooks.Tracker] = field(default_factory=dict)
    """Every offered tracker, by name."""
    languages: Mapping[str, Language] = field(default_factory=dict)
    """Languages of the table, then those that plugins describe, by code."""
    origin: Mapping[str, str] = field(default_factory=dict)
    """"task xnli" to the name of the plugin that offers it."""

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every offered task, by name."""
        return self.offers.tasks

    def file_of(self, plugin: str) -> Path | None:
        """Return the file of a plugin of somebody else's package; None for any other plugin."""
        status = next((p for p in self.plugins if p.name == plugin), None)
        if status is None or status.version == "file" or status.distribution == "xharness":
            return None
        file = getattr(self.manager.get_plugin(plugin), "__file__", None)
        return None if file is None else Path(file)

    def failed(self) -> tuple[PluginStatus, ...]:
        """Return the plugins that could not be used."""
        return tuple(p for p in self.plugins if p.state == "failed")

    def check(self, plan: Plan) -> tuple[str, ...]:
        """Return every plugin's reasons not to run a plan.

        Raises:
            PluginError: If a plugin fails to check it.
        """
        reasons: list[str] = []
        for call in self.manager.hook.xharness_check_plan.get_hookimpls():
            try:
                given: Any = call.function(*([plan] if call.argnames else []))
                reasons += given or ()
            except Exception as wrong:  # a plan that was not checked must not run
                raise PluginError(
                    f"plugin {call.plugin_name} cannot check this plan: {one_line(wrong)}; "
                    f"mend it, or leave it out with {DISABLE}={call.plugin_name}"
                ) from wrong
        return tuple(sorted(reasons))

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: hooks.PhaseRun) -> str:
        """Run a phase with the first plugin that accepts it; return that plugin's name.

        Raises:
            PluginError: If no plugin runs this kind of phase.
        """
        calls = reversed(self.manager.hook.xharness_run_phase.get_hookimpls())
        arguments = {"phase": phase, "inputs": inputs, "run": run}
        for call in calls:
            if call.function(*(arguments[name] for name in call.argnames)):
                return str(call.plugin_name)
        raise PluginError(f"{type(phase).__name__}: no loaded plugin runs this kind of phase")

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell every plugin that a phase is in the store; an error of a plugin is only logged."""
        arguments = {"phase": phase, "artifact": artifact, "seconds": seconds}
        for call in self.manager.hook.xharness_phase_finished.get_hookimpls():
            try:
                call.function(*(arguments[name] for name in call.argnames))
            except Exception as wrong:  # noqa: BLE001 - the phase itself is published
                _LOG.warning(
                    "plugin %s could not report a phase: %s", call.plugin_name, one_line(wrong)
                )


def load(*extra: tuple[str, object], files: Sequence[Path] = (), strict: bool = False) -> Registry:
    """Return the registry of all plugins: of the entry-point group, then `files`, then `extra`.

    Args:
        extra: (name, plugin) pairs of objects in memory, such as fakes in a test.
        files: Python files, each a plugin.
        strict: Raise for a plugin that fails, instead of leaving it out.

    Raises:
        PluginError: If two plugins offer one name, a file in `files` fails, or `strict` and
            any plugin fails.
    """
    manager = pluggy.PluginManager(hooks.NAMESPACE)
    manager.add_hookspecs(hooks)
    disabled = {n.strip() for n in os.environ.get(DISABLE, "").split(",") if n.strip()}
    statuses = [
        *loading.installed(manager, disabled),
        *(_from_file(manager, path) for path in files),
        *(loading.given(manager, name, plugin) for name, plugin in extra),
    ]
    return _collected(manager, statuses, strict=strict)


def _from_file(manager: pluggy.PluginManager, path: Path) -> PluginStatus:
    """Load a single file; return its status. A failure is an error, as the user asked for it.

    Raises:
        PluginError: If it fails.
    """
    status = loading.of_file(manager, path)
    if status.state == "failed":
        raise PluginError(f"--plugin {path}: {status.error}")
    return status


def _collected(
    manager: pluggy.PluginManager, plugins: Sequence[PluginStatus], *, strict: bool
) -> Registry:
    """Return the registry of what every loaded plugin offers.

    Raises:
        PluginError: If two plugins offer the same name, or `strict` and one failed.
    """
    offered: dict[str, dict[str, Any]] = {noun: {} for noun in _DECLARING}
    offered["language"] |= tables.table()
    origin: dict[str, str] = {}
    statuses: list[PluginStatus] = []
    for status in plugins:
        try:
            declared = _declared(manager, status) if status.state == "loaded" else {}
        except (Exception, SystemExit) as wrong:  # noqa: BLE001 - the guard
            manager.unregister(name=status.name)
            statuses.append(failed(status, wrong))
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
    """Return everything that one plugin offers, by noun.

    Raises:
        PluginError: If something offered has the wrong type or no name.
    """
    offered: dict[str, list[Any]] = {}
    for noun, (hook, kind) in _DECLARING.items():
        for call in getattr(manager.hook, hook).get_hookimpls():
            if call.plugin_name != status.name:
                continue
            offered[noun] = [_with_folder(value, status) for value in call.function()]
            for value in offered[noun]:
                if not isinstance(value, kind) or not isinstance(getattr(value, "name", None), str):
                    raise PluginError(f"offers a {type(value).__name__} as a {noun}")
            names = [_name(value) for value in offered[noun]]
            if len(set(names)) < len(names):
                raise PluginError(f"offers two {noun}s of one name: {', '.join(sorted(names))}")
    return offered


def _name(value: Any) -> str:
    """Return the name of an offered value, or the code of a language."""
    return value.code if isinstance(value, Language) else str(value.name)


def _with_folder(value: Any, status: PluginStatus) -> Any:
    """Return an offered value; a task of a --plugin file reads data beside it, and has its code."""
    if status.version != "file" or not isinstance(value, Task):
        return value
    file = Path(status.distribution).resolve()
    folder = str(file.parent)
    return replace(
        value,
        code=code.of_file(file) or "",
        sources=tuple(s if s.folder else replace(s, folder=folder) for s in value.sources),
    )


def _add(
    offered: dict[str, Any], origin: dict[str, str], *, noun: str, value: Any, plugin: str
) -> None:
    """Add one offered value.

    Raises:
        PluginError: If another plugin offers the name already.
    """
    name = _name(value)
    label = f"{noun} {name}"
    if noun == "language" and offered.get(name) == value:
        return  # several plugins may describe one language, as long as they agree
    if name in offered:
        raise PluginError(
            f"{noun} {name!r} is offered by two plugins, {origin.get(label, 'xharness')} and "
            f"{plugin}; disable one with {DISABLE}={plugin}"
        )
    offered[name] = value
    origin[label] = plugin
