"""What the loaded plugins offer, and the table of languages, as lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xharness import languages as known
from xharness import tuning
from xharness.report.table import Column, table
from xharness.report.view import View
from xharness.strategies import parameters
from xharness.translators import FOLDER, Seq2Seq, Translator
from xharness.tuning import worded

if TYPE_CHECKING:
    from xharness.plugin.registry import Registry
    from xharness.tasks import Task


_DISTANCES = dict.fromkeys(
    ("syntax", "phonology", "inventory"),
    "cosine distance to English over lang2vec's knn vectors, computed now (Littell et al. 2017)",
)
_HEADINGS = {
    "code": "code",
    "name": "name",
    "family": "family",
    "script": "script",
    "word_order": "order",
    "cc100_gib": "GiB",
    "joshi": "Joshi",
    "resource": "resource",
}
"""Field to the heading of its column."""


LISTS: Mapping[str, str] = {
    "tasks": "intermediate tasks and targets",
    "models": "encoders that have a short name",
    "strategies": "what can be compared, with parameters",
    "translators": "what the strategy translate can use",
    "tunings": "ways to train an encoder that strategies can use",
    "plugins": "where all of these come from, and what could not be loaded",
    "suites": "targets, model and recipe that a comparison begins with",
    "recipes": "settings of trainings, and where their numbers are from",
    "metrics": "how tasks are scored",
    "trackers": "where --track can also show a run",
    "executors": "what --executor can run phases with",
    "languages": "families, scripts, resources of the languages",
}
"""What can be listed, and what that is."""


def everything() -> View:
    """Return what can be listed."""
    rows = [{"command": f"xharness list {name}", "shows": text} for name, text in LISTS.items()]
    return View.of_rows("lists", rows, prose=("shows",))


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
        "tasks",
        rows,
        shown=("name", "role", "kind", "languages", "trains_on", "summary"),
        prose=("summary",),
        room=("role", "languages", "trains_on"),
    )


def _in_order(tasks: Mapping[str, Task]) -> list[Task]:
    """Return intermediate tasks before targets, by name."""
    return sorted(tasks.values(), key=lambda t: (t.role.value, t.name))


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
    return View.of_rows(
        "models",
        rows,
        shown=("name", "from", "width", "summary"),
        prose=("summary",),
        room=("from", "width"),
    )


def strategies(registry: Registry) -> View:
    """Return every strategy with its parameters and their defaults."""
    rows = [
        {
            "name": name,
            "parameters": ", ".join(map(worded, parameters(strategy).items())) or "-",
            "summary": strategy.summary,
            "plugin": registry.origin[f"strategy {name}"],
        }
        for name, strategy in registry.offers.strategies.items()
    ]
    return View.of_rows("strategies", rows, prose=("summary",), room=("plugin",))


def translators(registry: Registry) -> View:
    """Return every translator of training rows."""
    rows = [
        {
            "name": offered.name,
            "from": _place(offered),
            "languages": len(offered.codes) if isinstance(offered, Seq2Seq) else "-",
            "licence": offered.licence or "-",
            "summary": offered.summary,
            "plugin": registry.origin[f"translator {offered.name}"],
        }
        for offered in registry.offers.translators.values()
    ]
    return View.of_rows(
        "translators",
        rows,
        shown=("name", "from", "languages", "licence", "summary"),
        prose=("summary",),
        room=("licence", "from", "languages"),
    )


def tunings(registry: Registry) -> View:
    """Return every tuning method with its parameters and their defaults."""
    rows = [
        {
            "name": name,
            "version": method.version,
            "parameters": ", ".join(map(worded, tuning.parameters(method).items())) or "-",
            "summary": method.summary,
            "plugin": registry.origin[f"tuning {name}"],
        }
        for name, method in registry.tunings.items()
    ]
    return View.of_rows(
        "tunings",
        rows,
        shown=("name", "version", "parameters", "summary", "plugin"),
        prose=("summary",),
        room=("plugin", "version"),
    )


def _place(offered: Translator) -> str:
    """Return where a translator's files are."""
    if isinstance(offered, Seq2Seq):
        return offered.location or "made by its plugin"
    return offered.folder or f"the folder that {FOLDER} names"


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
            "error": status.error or "; ".join(status.problems),
        }
        for status in registry.plugins
    ]
    failed = any(row["error"] for row in rows)
    names = ("name", "distribution", "state", "hooks", "milliseconds")
    return View.of_rows(
        "plugins",
        rows,
        shown=(*names, "error") if failed else names,
        prose=("error",),
        room=("distribution", "hooks", "milliseconds"),
    )


def suites(registry: Registry) -> View:
    """Return the suites of tasks.yaml."""
    from xharness.planning import settings  # pydantic would double the time of the other lists

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
        prose=("title",),
    )


def recipes(registry: Registry) -> View:
    """Return the recipes of tasks.yaml."""
    from xharness.planning import settings  # as above

    return View.of_rows(
        "recipes",
        [
            {
                "name": name,
                "all": ", ".join(f"{field}={value}" for field, value in block.all.items()),
                "tasks": ", ".join(block.tasks) or "-",
                "selection": block.selection,
                "source": block.source,
            }
            for name, block in settings.recipes().items()
        ],
        shown=("name", "all", "source"),
        prose=("all", "source"),
    )


def metrics(registry: Registry) -> View:
    """Return the metrics of the loaded tasks."""
    scored: dict[str, list[str]] = {}
    for task in _in_order(registry.tasks):
        scored.setdefault(task.metric.signature, []).append(task.name)
    rows = [{"signature": name, "tasks": ", ".join(tasks)} for name, tasks in scored.items()]
    return View.of_rows("metrics", rows, prose=("tasks",))


def trackers(registry: Registry) -> View:
    """Return what a run can be tracked with."""
    rows = [{"name": n, "plugin": registry.origin[f"tracker {n}"]} for n in registry.trackers]
    return View.of_rows("trackers", rows)


def executors(registry: Registry) -> View:
    """Return what phases can be run with."""
    rows = [{"name": n, "plugin": registry.origin[f"executor {n}"]} for n in registry.executors]
    return View.of_rows("executors", [{"name": "local", "plugin": "-"}, *rows])


def languages(registry: Registry, *, distances: bool) -> View:
    """Return the table of languages with the sources of its columns, and what plugins add to it.

    Args:
        registry: Its languages.
        distances: Add typological distances to English, which need lang2vec.

    Raises:
        DataError: If distances are wanted and lang2vec is not installed.
    """
    far = known.distances(known.table()) if distances else {}
    rows = [
        {
            "code": one.code,
            "iso639_3": one.iso639_3,
            "name": one.name,
            "family": one.family,
            "genus": one.genus,
            "script": one.script,
            "word_order": one.word_order,
            "word_order_source": one.word_order_source,
            "cc100_gib": one.cc100_gib,
            "cc100_mtokens": one.cc100_mtokens,
            "joshi": one.joshi,
            "resource": one.resource,
            "benchmark": one.benchmark,
            "plugin": _describer(registry, one.code),
            **{kind: round(value, 4) for kind, value in far.get(one.code, {}).items()},
        }
        for one in registry.languages.values()
    ]
    sources = {**known.SOURCES, **(_DISTANCES if distances else {})}
    headings = _HEADINGS | {"syntax": "syntax and so on"} if distances else _HEADINGS
    return View(
        draw=lambda _: table(
            _columns(distances=distances),
            _cells(rows, distances=distances),
            title="languages",
            notes=[*(f"{shown}: {sources[n]}." for n, shown in headings.items()), *_added(rows)],
        ),
        document={"languages": rows, "sources": sources},
    )


def _describer(registry: Registry, code: str) -> str | None:
    """Return the plugin that describes a language; None for the table's."""
    return None if code in known.table() else registry.origin[f"language {code}"]


def _added(rows: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """Return which languages plugins describe."""
    by: dict[str, list[str]] = {}
    for row in rows:
        if row["plugin"] is not None:
            by.setdefault(row["plugin"], []).append(row["code"])
    return [f"Described by the plugin {name}: {', '.join(codes)}." for name, codes in by.items()]


def _columns(*, distances: bool) -> list[Column]:
    """Return the columns that people see."""
    numbers = {"cc100_gib", "joshi"}
    shown = [Column(name=h, number=n in numbers) for n, h in _HEADINGS.items()]
    return shown + [Column(name=n, number=True) for n in _DISTANCES if distances]


def _cells(rows: Sequence[Mapping[str, Any]], *, distances: bool) -> list[list[object]]:
    """Return the cells of those columns; distances have two decimals."""
    return [
        [None if row[n] == "" else row[n] for n in _HEADINGS]
        + [f"{row[n]:.2f}" if n in row else "-" for n in _DISTANCES if distances]
        for row in rows
    ]
