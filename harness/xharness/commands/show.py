"""The details of one task, model, strategy, translator or finished phase."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import tuning
from xharness.commands import rows_again
from xharness.commands.session import Paths
from xharness.errors import StudyError, unknown
from xharness.phases import Recipe
from xharness.plugin.registry import Registry
from xharness.report.facts import facts as drawn
from xharness.report.view import View
from xharness.store.store import Artifact, Store
from xharness.strategies import about, parameters
from xharness.tasks import Task

if TYPE_CHECKING:
    from xharness.planning.tasks_yaml import RecipeBlock


_NOUNS = "task, model, strategy, tuning method, translator, recipe or phase"
"""What has a name that can be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where to look, and how closely."""

    paths: Paths
    languages: tuple[str, ...] | None
    examples: int


def of(name: str, registry: Registry, look: Look) -> View:
    """Return the details of the thing called `name`: a task, model, strategy, phase and so on.

    Raises:
        StudyError: If nothing has this name.
    """
    if name in registry.tasks:
        return task(registry.tasks[name], look)
    if (offered := _offered(name, registry)) is not None:
        return _facts(name, *offered)
    from xharness.planning import settings  # pydantic would slow down all of the above

    if name in (recipes := settings.recipes()):
        return recipe(name, recipes[name])
    store = Store(look.paths.store)
    matching = [key for key in store.keys() if len(name) >= 4 and key.startswith(name)]  # noqa: SIM118
    if len(matching) == 1 and (artifact := store.find(matching[0])):
        return phase(artifact)
    offers = registry.offers
    known = [
        *(*offers.tasks, *offers.models, *offers.strategies, *offers.tunings),
        *(*offers.translators, *recipes),
    ]
    raise StudyError(
        "show",
        [unknown("name", _NOUNS, name, known)]
        if not matching
        else [f"name: {len(matching)} phases begin with {name!r}; give more digits"],
    )


def _offered(name: str, registry: Registry) -> tuple[str, dict[str, Any]] | None:
    """Return what a model, strategy, tuning method or translator is, and what there is to say."""
    offers = registry.offers
    if name in offers.strategies:
        return "strategy", _of_strategy(name, registry)
    if name in offers.tunings:
        return "tuning method", _of_tuning(name, registry)
    values: dict[str, Mapping[str, Any]] = {
        "model": offers.models,
        "translator": offers.translators,
    }
    for noun, several in values.items():
        if name in several:
            facts = dataclasses.asdict(several[name])
            return noun, {**facts, "plugin": registry.origin[f"{noun} {name}"]}
    return None


def _of_strategy(name: str, registry: Registry) -> dict[str, Any]:
    """Return what there is to say of a strategy, and of a tuning method of the same name."""
    strategy = registry.offers.strategies[name]
    method = _of_tuning(name, registry) if name in registry.tunings else {}
    return {
        "summary": strategy.summary,
        "arms matter": strategy.uses_intermediates,
        **_parameters(parameters(strategy), about(strategy)),
        "plugin": registry.origin[f"strategy {name}"],
        **{f"tuning method's {fact}": value for fact, value in method.items()},
    }


def _of_tuning(name: str, registry: Registry) -> dict[str, Any]:
    """Return what there is to say of a tuning method."""
    method = registry.tunings[name]
    return {
        "summary": method.summary,
        "version": method.version,
        **_parameters(tuning.parameters(method), about(method)),
        "plugin": registry.origin[f"tuning {name}"],
    }


def _parameters(values: Mapping[str, Any], meanings: Mapping[str, str]) -> dict[str, Any]:
    """Return the default and the meaning of each parameter."""
    return {
        f"parameter {k}": f"{v}: {meanings[k]}" if v and k in meanings else meanings.get(k, v)
        for k, v in values.items()
    }


def task(one: Task, look: Look) -> View:
    """Return a task's facts, with real examples in each language asked for.

    Raises:
        StudyError: If a language is not one of the task's, or a comparison in the store predicted
            other rows than those that are here.
    """
    languages = look.languages or one.languages[:3]
    problems = [
        unknown("languages", f"language of {one.name}", n, one.languages)
        for n in languages
        if n not in one.languages
    ]
    if problems:
        raise StudyError("show", problems)
    facts = {
        "what": one.summary,
        "role": one.role.value,
        "kind": one.kind.value,
        "languages": " ".join(one.languages),
        "splits": ", ".join(f"{k}: {v}" for k, v in one.splits.items()),
        "left out of dev": "-"
        if one.excluded is None
        else f"rows whose {one.excluded.column} is in the test set of {', '.join(one.excluded.of)}",
        "labels": ", ".join(one.labels) or "-",
        "metric": one.metric.signature,
        "trains on": one.trains_on or "-",
        "counterpart of": one.counterpart_of or "-",
        "source": "; ".join(f"{s.path} {s.config}" for s in one.sources),
        "revision": "; ".join(s.revision or "locked at first use" for s in one.sources),
        "licence": "; ".join(s.licence for s in one.sources),
        "expected rows": "; ".join(
            f"{k}: {v:,}" for s in one.sources for k, v in s.expected.items()
        )
        or "-",
    }
    examples = _examples(one, languages, look) if look.examples else {}
    return View(
        draw=lambda _: drawn(f"task {one.name}", facts, examples),
        document={"name": one.name, **facts, "examples": examples},
    )


def recipe(name: str, block: RecipeBlock) -> View:
    """Return every field of a recipe with its value, and what is different for single tasks."""
    usual = {f.name: f.default for f in dataclasses.fields(Recipe)}
    fields = {n: value for n, value in {**usual, **block.all}.items() if value is not None}
    facts = {
        "source": block.source,
        "checkpoint": block.selection,
        **{n: v for n, v in fields.items() if v is not dataclasses.MISSING},
        **{f"for {task}": _assigned(changed) for task, changed in block.tasks.items()},
    }
    return _facts(name, "recipe", facts)


def _assigned(fields: Mapping[str, Any]) -> str:
    """Return "epochs=2, batch=16"."""
    return ", ".join(f"{name}={value}" for name, value in fields.items())


def _examples(
    task: Task, languages: Sequence[str], look: Look
) -> Mapping[str, list[dict[str, Any]]]:
    """Return the first examples of each language, as the task reads them."""
    from xharness.data import reading
    from xharness.data.sources import Origin

    split = next(s for s in ("test", "dev", "train") if s in task.splits)
    again = rows_again.of(task, look.paths)
    shown = {}
    for language in languages:
        digest = again.digest(language, split)
        origin = Origin(digest=digest, data_root=again.paths.data_root, offline=look.paths.offline)
        rows = reading.load(task, (language,), split, (look.examples, 0), origin)
        shown[language] = [dataclasses.asdict(e) for e in rows.examples]
    return shown


def phase(artifact: Artifact) -> View:
    """Return the details of a finished phase: files, inputs, counts, numerics and versions."""
    manifest = artifact.manifest
    facts: dict[str, Any] = {
        "key": artifact.key,
        "phase": manifest["phase"],
        "kind": manifest["kind"],
        "folder": str(artifact.path),
        "files": ", ".join(artifact.files()),
        "bytes": artifact.size,
        "inputs": ", ".join(k[:10] for k in manifest["inputs"]) or "-",
    }
    content = artifact.json("phase.json")
    facts |= {n: content[n] for n in ("recipe", "streams", "metric", "pooling") if n in content}
    for name in ("score.json", "counts.json", "profile.json", "provenance.json"):
        if name in artifact.files():
            facts[name.removesuffix(".json")] = artifact.json(name)
    return _facts(artifact.key[:10], "phase", facts)


def _facts(name: str, noun: str, facts: Mapping[str, Any]) -> View:
    """Return a view of names and values."""
    return View(draw=lambda _: drawn(f"{noun} {name}", facts), document={"name": name, **facts})
