"""What the loaded plugins offer, as lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xharness.report.view import View
from xharness.strategies import parameters

if TYPE_CHECKING:
    from xharness.registry import Registry
    from xharness.tasks import Task


def tasks(registry: Registry) -> View:
    """Return every task."""
    rows = [
        {
            "name": task.name,
            "role": task.role.value,
            "kind": task.kind.value,
            "languages": len(task.languages),
            "trains_on": task.trains_on or "-",
            "metric": task.metric.signature,
            "licence": ", ".join(s.licence for s in task.sources),
            "summary": task.summary,
            "plugin": registry.origin[f"task {task.name}"],
        }
        for task in _in_order(registry.tasks)
    ]
    return View.of_rows(
        "tasks", rows, shown=("name", "role", "kind", "languages", "trains_on", "summary")
    )


def _in_order(found: Mapping[str, Task]) -> list[Task]:
    """Return intermediate tasks before targets, by name."""
    return sorted(found.values(), key=lambda t: (t.role.value, t.name))


def models(registry: Registry) -> View:
    """Return every model that has a name; folders and hub ids work without one."""
    rows = [
        {
            "name": model.name,
            "from": model.path or "made by its plugin",
            "revision": (model.revision or "locked at first use")[:12]
            if model.path
            else f"version {model.pretrain}",
            "width": model.width or 0,
            "licence": model.licence,
            "summary": model.summary,
            "plugin": registry.origin[f"model {model.name}"],
        }
        for model in registry.offers.models.values()
    ]
    return View.of_rows("models", rows, shown=("name", "from", "width", "summary"))


def strategies(registry: Registry) -> View:
    """Return every strategy with its parameters and their defaults."""
    rows = [
        {
            "name": strategy.name,
            "parameters": ", ".join(f"{k}={v}" for k, v in parameters(strategy).items()) or "-",
            "summary": strategy.summary,
            "plugin": registry.origin[f"strategy {strategy.name}"],
        }
        for strategy in registry.offers.strategies.values()
    ]
    return View.of_rows("strategies", rows)


def plugins(registry: Registry) -> View:
    """Return every plugin, also those that could not be loaded."""
    rows = [
        {
            "name": status.name,
            "distribution": status.distribution,
            "version": status.version,
            "state": status.state,
            "hooks": ", ".join(h.removeprefix("xharness_") for h in status.hooks) or "-",
            "milliseconds": round(status.milliseconds, 1),
            "error": status.error,
        }
        for status in registry.plugins
    ]
    failed = any(row["error"] for row in rows)
    names = ("name", "distribution", "state", "hooks", "milliseconds")
    return View.of_rows("plugins", rows, shown=(*names, "error") if failed else names)


def suites(registry: Registry) -> View:
    """Return the suites of tasks.yaml."""
    from xharness import settings  # pydantic would double the time of the other lists

    return View.of_rows(
        "suites",
        [
            {
                "name": name,
                "title": block.title,
                "model": block.model,
                "targets": ", ".join(block.targets),
                "recipe": block.recipe,
            }
            for name, block in settings.suites().items()
        ],
    )
