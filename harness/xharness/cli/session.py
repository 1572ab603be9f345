"""From flags to a plan: the calls that several commands begin with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from xharness.planning.plan import Plan
    from xharness.planning.request import Request
    from xharness.planning.resolve import Counter, Lock, ResolvedModel
    from xharness.planning.settings import Flags
    from xharness.plugin.registry import Registry
    from xharness.report.view import View
    from xharness.store.store import Store
    from xharness.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are."""

    store: Path
    data_root: Path | None = None
    plugins: Sequence[Path] = ()
    strict: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the shared flags of one command line say."""

    flags: Flags
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan and what it was made from."""

    registry: Registry
    request: Request
    plan: Plan
    store: Store
    lock: Lock
    model: ResolvedModel


def said(given: Mapping[str, Any]) -> Said:
    """Return what shared flags say, as one value.

    Args:
        given: Fields of `Flags` and of `Place` to what the command line has for them.
    """
    from xharness.planning.settings import Flags

    several = {name: tuple(given.get(name) or ()) for name in ("set", "plugins")}
    values = {**given, **several}
    places = {f.name for f in fields(Place)}
    return Said(
        flags=Flags(**{n: v for n, v in values.items() if n not in places}),
        place=Place(**{n: v for n, v in values.items() if n in places}),
    )


def loaded(plugins: Sequence[Path] = (), *, strict: bool = False) -> Registry:
    """Return the registry; each plugin that is left out has its line on standard error."""
    from xharness.plugin import registry

    found = registry.load(files=plugins, strict=strict)
    for status in found.failed():
        complain(status.line())
    return found


def complain(text: str) -> None:
    """Print what is wrong on standard error; names in it may hold anything."""
    from xharness.report.table import safe

    for line in f"xharness: {text}".split("\n"):
        print(safe(line), file=sys.stderr)  # noqa: T201


def planned(said: Said) -> Planned:
    """Return the plan that the flags describe.

    Raises:
        PlanRefusedError: If a plugin gives reasons not to run it.
        XHarnessError: Whatever else is wrong with the input.
    """
    from xharness.errors import PlanRefusedError
    from xharness.planning import availability, plan, request, settings
    from xharness.planning.resolve import Lock, Resolver
    from xharness.store.store import Store

    flags, place = said.flags, said.place
    if place.offline:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read by the hub's libraries when they are imported
    registry = loaded(place.plugins, strict=place.strict)
    made = request.build(settings.load(flags), registry.offers)
    store = Store(place.store)
    lock = Lock(known=store.resolved())
    resolver = Resolver(
        lock=lock, data_root=place.data_root, offline=place.offline, counter=_counter(place)
    )
    model = resolver.model(made.model)
    left_out: tuple[str, ...] = ()
    if place.data_root is not None and flags.targets is None:
        made, left_out = availability.reduced(made, registry.tasks, resolver)
        for line in left_out:
            complain(line)
    found = plan.build(made, registry.tasks, resolver, model, left_out)
    if reasons := registry.check(found):
        raise PlanRefusedError(reasons)
    return Planned(registry=registry, request=made, plan=found, store=store, lock=lock, model=model)


def _counter(place: Place) -> Counter:
    """Return what counts the examples of a task, which loads what reads data when it is called."""

    def counted(task: Task, language: str, split: str, digest: str) -> int:
        from xharness.data import reading
        from xharness.data.sources import Origin

        origin = Origin(data_root=place.data_root, offline=place.offline, digest=digest)
        return reading.count(task, language, split, origin)

    return counted


def output() -> Console:
    """Return the console for data."""
    from rich.console import Console

    return Console()


def notes() -> Console:
    """Return the console for progress and notes."""
    from rich.console import Console

    return Console(stderr=True)


def as_json(content: Any) -> None:
    """Print one JSON object on standard output."""
    import json

    print(json.dumps(content, ensure_ascii=False, indent=1))  # noqa: T201


def show(view: View, *, json: bool) -> None:
    """Print a view for people, or for programs."""
    if json:
        as_json({"schema": 1, **view.document})
    else:
        console = output()
        console.print(view.draw(console.width))
