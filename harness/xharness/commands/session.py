"""From flags to a plan, for the commands that need one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xharness.planning.plan import Plan
    from xharness.planning.request import Request
    from xharness.planning.resolve import Counter, Lock, ResolvedModel, Resolver
    from xharness.planning.settings import Flags
    from xharness.plugin.registry import Registry
    from xharness.store.store import Store
    from xharness.tasks import Task

DEVICES = ("auto", "cpu", "cuda", "cuda:1", "mps")
"""What `--device` can be; cuda:1 stands for any number."""
Complain = Callable[[str], None]
"""Shows the user what is wrong and does not stop the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where things are."""

    store: Path
    data_root: Path | None = None
    plugins: Sequence[Path] = ()
    strict: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFlags:
    """What the shared flags of one command line say."""

    flags: Flags
    paths: Paths
    said_by: str = "command line"
    """Where the user should look for a wrong flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan and what it was made from."""

    shared: SharedFlags
    registry: Registry
    request: Request
    plan: Plan
    store: Store
    lock: Lock
    model: ResolvedModel


def shared_flags(given: Mapping[str, Any]) -> SharedFlags:
    """Return what shared flags say, as one value.

    Args:
        given: Fields of `Flags` and of `Paths` to what the command line has for them.
    """
    from xharness.planning.settings import Flags

    several = {name: tuple(given.get(name) or ()) for name in ("set", "plugins")}
    values = {**given, **several}
    places = {f.name for f in fields(Paths)}
    return SharedFlags(
        flags=Flags(**{n: v for n, v in values.items() if n not in places}),
        paths=Paths(**{n: v for n, v in values.items() if n in places}),
    )


def as_json(shared: SharedFlags) -> str:
    """Return flags as JSON, all but where the store is; files by their full names."""
    values = {**asdict(shared.flags), **asdict(shared.paths)}
    del values["store"]
    return json.dumps(values, default=lambda path: str(Path(path).absolute()), sort_keys=True)


def from_json(text: str, store: Path) -> SharedFlags:
    """Return flags that were kept as JSON.

    Args:
        text: What `as_json` has made.
        store: Where the store is now.
    """
    values = json.loads(text)
    for name in ("config", "data_root"):
        values[name] = Path(values[name]) if values[name] else None
    values["plugins"] = [Path(path) for path in values["plugins"]]
    return shared_flags({**values, "store": store})


def loaded(
    plugins: Sequence[Path], complain: Complain, *, strict: bool = False, keep_failed: bool = False
) -> Registry:
    """Return the registry; say in a line each what was left out, and why.

    Args:
        plugins: Files, each a plugin.
        complain: Told of what was left out.
        strict: Leave nothing out.
        keep_failed: Leave out also files that fail.

    Raises:
        PluginError: If a file fails, or `strict` and anything would be left out.
    """
    from xharness.plugin import registry

    plugins_loaded = registry.load(files=plugins, strict=strict, keep_failed=keep_failed)
    for line in plugins_loaded.complaints():
        complain(line)
    return plugins_loaded


def planned(
    shared: SharedFlags,
    complain: Complain,
    device: str = "auto",
    *,
    executor: str = "local",
    track: Sequence[str] = (),
) -> Planned:
    """Return the plan that the flags describe.

    Args:
        shared: The flags.
        complain: Told of plugins, targets and languages that are left out.
        device: Where it will run; asked for its precision unless one was asked for or is locked.
        executor: What will run it, as in `--executor`.
        track: Trackers that will show the run, as in `--track`.

    Raises:
        PlanRefusedError: If a plugin gives reasons not to run it.
        XHarnessError: Whatever else is wrong with the input.
    """
    from xharness.errors import PlanRefusedError, StudyError
    from xharness.planning import availability, planner, request, settings
    from xharness.plugin import changed_code
    from xharness.store.store import Store

    flags, paths = shared.flags, shared.paths
    check_device(device, shared.said_by)
    registry = loaded(paths.plugins, complain, strict=paths.strict)
    if (track or executor != "local") and (wrong := _run_problems(registry, executor, track)):
        raise StudyError(shared.said_by, wrong)
    wanted = request.build(settings.load(flags, said_by=shared.said_by), registry.offers)
    store = Store(paths.store)
    resolver = resolver_of(paths, device)
    model = resolver.model(wanted.model)
    left_out: tuple[str, ...] = ()
    if paths.data_root is not None and flags.targets is None:
        wanted, left_out = availability.reduced(wanted, registry.tasks, resolver)
        for line in left_out:
            complain(line)
    built = planner.build(wanted, registry.tasks, resolver, model, left_out)
    if reasons := registry.check(built):
        raise PlanRefusedError(reasons)
    for line in changed_code.lines(registry, built, resolver.lock):
        complain(line)
    return Planned(
        shared=shared,
        registry=registry,
        request=wanted,
        plan=built,
        store=store,
        lock=resolver.lock,
        model=model,
    )


def check_device(device: str, said_by: str = "command line") -> None:
    """Refuse what is the name of no device, before a tensor library is loaded.

    Args:
        device: As in `--device`.
        said_by: Where the user should look.

    Raises:
        StudyError: If it is none.
    """
    from xharness.errors import StudyError, nearest

    if re.fullmatch(r"auto|cpu|cuda(:\d+)?|mps", device) is None:
        right = "did you mean cuda?" if device == "gpu" else nearest(device, DEVICES)
        raise StudyError(said_by, [f"device: no device is called {device!r}; {right}"])


def _run_problems(registry: Registry, executor: str, track: Sequence[str]) -> list[str]:
    """Return what is wrong with the names of what will run a plan and show it, one line each."""
    from xharness.errors import unknown
    from xharness.execution import tracking

    known = {"local", *registry.executors}
    wrong = [] if executor in known else [unknown("executor", "executor", executor, known)]
    return [*wrong, *tracking.problems(track, registry.trackers)]


def resolver_of(paths: Paths, device: str = "auto") -> Resolver:
    """Return the resolver of names into digests, with the digests that the store has locked.

    Args:
        paths: Where things are.
        device: Asked for its precision, where nothing else decides it.

    Raises:
        StoreError: If the store cannot be read.
    """
    from xharness.data import hub
    from xharness.planning.resolve import Lock, Resolver
    from xharness.store.store import Store

    hub.set_offline(paths.offline)
    return Resolver(
        lock=Lock(known=Store(paths.store).resolved()),
        data_root=paths.data_root,
        offline=paths.offline,
        counter=_counter(paths),
        native=lambda: _native(device),
    )


def _native(device: str) -> str:
    """Return the fastest precision that a device multiplies natively."""
    from xharness.engine.encoder import profile  # loads torch

    return profile.native(device)


def _counter(paths: Paths) -> Counter:
    """Return a function that counts a task's examples; data libraries load when it is called."""

    def counted(task: Task, language: str, split: str, digest: str) -> int:
        from xharness.data import reading
        from xharness.data.sources import Origin

        origin = Origin(data_root=paths.data_root, offline=paths.offline, digest=digest)
        return reading.count(task, language, split, origin)

    return counted
