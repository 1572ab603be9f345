"""The registry: what the loaded plugins offer, and the calls of their hooks."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from xharness.errors import PluginError, nearest, one_line
from xharness.languages import Language
from xharness.planning.request import Offers
from xharness.plugin import code, hooks, loading
from xharness.plugin.collecting import Collected, collect
from xharness.plugin.loading import FILE, PluginStatus
from xharness.plugin.patience import named_if_slow
from xharness.tasks import Task
from xharness.tuning import OfferedTuning, TuningMethod

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
    further: tuple[str, ...] = ()
    """What is wrong with no single plugin: names that several offer, or that do not exist."""

    @property
    def tunings(self) -> Mapping[str, TuningMethod]:
        """Every offered tuning method, by name."""
        return {name: offer.method for name, offer in self.offers.tunings.items()}

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every offered task, by name."""
        return self.offers.tasks

    def file_of(self, plugin: str) -> Path | None:
        """Return the file of a plugin of somebody else's package; None for any other plugin."""
        status = next((p for p in self.plugins if p.name == plugin), None)
        if status is None or status.version == FILE or status.distribution == "xharness":
            return None
        file = getattr(self.manager.get_plugin(plugin), "__file__", None)
        return None if file is None else Path(file)

    def failed(self) -> tuple[PluginStatus, ...]:
        """Return the plugins that could not be used."""
        return tuple(p for p in self.plugins if p.state == "failed")

    def complaints(self) -> tuple[str, ...]:
        """Return what is wrong with plugins and what they offer, a line for each thing left out."""
        return (*(line for p in self.plugins for line in p.lines()), *self.further)

    def check(self, plan: Plan) -> tuple[str, ...]:
        """Return every plugin's reasons not to run a plan.

        Raises:
            PluginError: If a plugin fails to check it.
        """
        reasons: list[str] = []
        for call in self.manager.hook.xharness_check_plan.get_hookimpls():
            try:
                with named_if_slow(call.plugin_name, "xharness_check_plan"):
                    given: Any = call.function(*([plan] if call.argnames else []))
                reasons += _sentences(given)
            except (Exception, SystemExit) as wrong:  # a plan that was not checked must not run
                raise PluginError(
                    f"plugin {call.plugin_name} cannot check this plan: {one_line(wrong)}; "
                    f"mend it, or leave it out with {DISABLE}={call.plugin_name}"
                ) from wrong
        return tuple(sorted(reasons))

    def run_phase(self, phase: Phase, inputs: Mapping[Key, Artifact], run: hooks.PhaseRun) -> str:
        """Run a phase with the first plugin that accepts it; return that plugin's name.

        Raises:
            PluginError: If no plugin runs this kind of phase, or one of them leaves the program.
        """
        calls = reversed(self.manager.hook.xharness_run_phase.get_hookimpls())
        arguments = {"phase": phase, "inputs": inputs, "run": run}
        for call in calls:
            try:
                if call.function(*(arguments[name] for name in call.argnames)):
                    return str(call.plugin_name)
            except SystemExit as wrong:  # as of a library that thinks it is a program
                raise PluginError(f"plugin {call.plugin_name}: {one_line(wrong)}") from wrong
        raise PluginError(f"{type(phase).__name__}: no loaded plugin runs this kind of phase")

    def phase_finished(self, phase: Phase, artifact: Artifact, seconds: float) -> None:
        """Tell every plugin that a phase is in the store; an error of a plugin is only logged."""
        arguments = {"phase": phase, "artifact": artifact, "seconds": seconds}
        for call in self.manager.hook.xharness_phase_finished.get_hookimpls():
            try:
                with named_if_slow(call.plugin_name, "xharness_phase_finished"):
                    call.function(*(arguments[name] for name in call.argnames))
            except (Exception, SystemExit) as wrong:  # noqa: BLE001 - the phase is published
                _LOG.warning(
                    "plugin %s could not report a phase: %s", call.plugin_name, one_line(wrong)
                )


def load(
    *extra: tuple[str, object],
    files: Sequence[Path] = (),
    strict: bool = False,
    keep_failed: bool = False,
) -> Registry:
    """Return the registry of all plugins: of the entry-point group, then `files`, then `extra`.

    Args:
        extra: (name, plugin) pairs of objects in memory, such as fakes in a test.
        files: Python files, each a plugin.
        strict: Raise for anything that would be left out.
        keep_failed: Leave out a file in `files` that is there and fails, as any other plugin,
            instead of raising an error: for a list of plugins, which shows why.

    Raises:
        PluginError: If a file in `files` fails, or `strict` and anything is left out.
    """
    manager = pluggy.PluginManager(hooks.NAMESPACE)
    manager.add_hookspecs(hooks)
    disabled = [n.strip() for n in os.environ.get(DISABLE, "").split(",") if n.strip()]
    statuses = [
        *loading.installed(manager, disabled),
        *(loading.of_file(manager, path, disabled) for path in files),
        *(loading.given(manager, name, plugin) for name, plugin in extra),
    ]
    collected = collect(manager, statuses)
    offered = collected.offered
    registry = Registry(
        manager=manager,
        plugins=collected.plugins,
        offers=Offers(
            tasks=offered["task"],
            models=offered["model"],
            strategies=offered["strategy"],
            translators=offered["translator"],
            tunings={
                name: OfferedTuning(method=method, code=_code(collected, f"tuning {name}"))
                for name, method in offered["tuning"].items()
            },
            complete=all(p.state == "loaded" and not p.problems for p in collected.plugins),
        ),
        executors=offered["executor"],
        trackers=offered["tracker"],
        languages=offered["language"],
        origin=collected.origin,
        further=(*collected.clashes, *_unknown(disabled, statuses)),
    )
    files_failed = [p for p in registry.failed() if p.version == FILE]
    if wrong := [p for p in files_failed if not (keep_failed and Path(p.distribution).is_file())]:
        raise PluginError("\n".join(map(_asked_for, wrong)))  # not silently, as it was asked for
    if strict and (lines := registry.complaints()):
        raise PluginError("\n".join(lines))
    return registry


def _code(collected: Collected, what: str) -> str:
    """Return the digest of the --plugin file that offers something; empty for other plugins."""
    plugin = collected.origin[what]
    files = (p.distribution for p in collected.plugins if p.name == plugin and p.version == FILE)
    return next((code.of_file(Path(file)) or "" for file in files), "")


def _asked_for(status: PluginStatus) -> str:
    """Return the error for a --plugin file that fails."""
    file = status.distribution
    trace = f"; the trace: xharness list plugins --errors --plugin {file}"
    return f"--plugin {file}: {status.error}{trace if Path(file).is_file() else ''}"


def _unknown(disabled: Iterable[str], plugins: Sequence[PluginStatus]) -> list[str]:
    """Return a line for each disabled name that is no plugin's and no distribution's."""
    known = {name for p in plugins for name in (p.name, p.distribution)}
    return [
        f"{DISABLE}: no plugin is called {name!r}; {nearest(name, {p.name for p in plugins})}"
        for name in disabled
        if name not in known
    ]


def _sentences(given: Any) -> list[str]:
    """Return the reasons that a plugin gives against a plan.

    Raises:
        TypeError: If it returns anything else.
    """
    reasons = [] if given is None else given
    if isinstance(reasons, str) or not all(isinstance(one, str) for one in reasons):
        raise TypeError(f"it returned {given!r}; a list of sentences would be right")
    return list(reasons)
