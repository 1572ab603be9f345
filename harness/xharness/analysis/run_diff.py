"""What differs between two runs: in their settings, in how phases were made, and in scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from xharness.analysis import results
from xharness.keys import Key, ancestors
from xharness.planning.contrasts import TargetEntry
from xharness.planning.plan import Answer, Plan
from xharness.store import phase_diff
from xharness.store.artifacts import Artifact
from xharness.store.store import Store

SETTINGS = (
    *("suite", "model", "recipe", "selection", "limit_train", "limit_eval", "match", "origin"),
    "seeds",
)
"""Fields of a plan that hold the user's request."""
_ROWS = "rows of "
PROFILE = ("precision", "threads", "micro_tokens", "attention", "compiled", "hardware")
"""Fields of the numerics profile: they can change a phase's result but are not in its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One of the two runs: a plan and the store with its results."""

    name: str
    """The name by which the user asked for it."""
    plan: Plan
    store: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """One setting, version or field that differs between the two runs."""

    what: str
    """Its name, such as "recipe" or "version of torch"; in a phase, the path of the field."""
    ours: str
    theirs: str
    phases: int | None = None
    """Number of paired scores that rest on phases with this difference; None for a difference of
    the whole run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """How the mean of one cell changed from the first run to the second."""

    strategy: str
    intermediates: str
    target: str
    languages: int
    """Number of languages that have scores in both runs."""
    equal: int
    """Number of these whose mean over seeds is exactly the same."""
    before: float
    """Mean over these languages and the first run's seeds, in percent."""
    after: float
    """Mean over these languages and the second run's seeds, in percent."""
    most: tuple[str, float]
    """The language that changed most, and by how many points."""
    signatures: tuple[str, str]
    """Signature of the metric in each run."""

    @property
    def mixed(self) -> bool:
        """Whether the runs used different metrics, so that their scores cannot be compared."""
        return self.signatures[0] != self.signatures[1]


def pairs(ours: Run, theirs: Run) -> list[tuple[Answer, Answer]]:
    """Return pairs of planned scores, one of each run, that both stores have.

    They agree in row, target and language. The first seed of one run is paired with the first
    seed of the other, and so on.
    """
    by_question: list[dict[tuple[TargetEntry, str, int], Answer]] = []
    for run in (ours, theirs):
        place = {seed: i for i, seed in enumerate(run.plan.seeds)}
        by_question.append(
            {
                (a.on_target, a.language, place[a.seed]): a
                for a in run.plan.answers
                if run.store.find(a.key)
            }
        )
    return [
        (answer, by_question[1][name])
        for name, answer in by_question[0].items()
        if name in by_question[1]
    ]


def settings(ours: Plan, theirs: Plan) -> Iterator[RunDifference]:
    """Yield the settings in which the two runs differ."""
    for name in SETTINGS:
        a, b = getattr(ours, name), getattr(theirs, name)
        if a != b:
            yield RunDifference(what=name.replace("_", " "), ours=_shown(a), theirs=_shown(b))


def made_with(
    ours: Run, theirs: Run, paired: Sequence[tuple[Answer, Answer]]
) -> Iterator[RunDifference]:
    """Yield the versions and numerics that differ between the phases behind the paired scores."""
    a = _surroundings(ours.store, [answer.key for answer, _ in paired])
    b = _surroundings(theirs.store, [answer.key for _, answer in paired])
    for name in sorted(a.keys() | b.keys()):
        left, right = a.get(name, {"unknown"}), b.get(name, {"unknown"})
        known = name in a and name in b
        # Older versions did not write which rows they read; that alone is no difference.
        if left != right and (known or not name.startswith(_ROWS)):
            yield RunDifference(
                what=name, ours=", ".join(sorted(left)), theirs=", ".join(sorted(right))
            )


def _surroundings(store: Store, keys: Sequence[Key]) -> dict[str, set[str]]:
    """Return each version and numerics field, to its values in these phases and their ancestors."""
    values: dict[str, set[str]] = {}
    for artifact in _behind(store, keys):
        facts: dict[str, Any] = {}
        if "provenance.json" in artifact.files():
            provenance = artifact.json("provenance.json")
            facts |= {f"version of {n}": v for n, v in provenance.get("packages", {}).items()}
            facts |= {"version of python": provenance["python"], "plugin": provenance["plugin"]}
        if "profile.json" in artifact.files():
            profile = artifact.json("profile.json")
            facts |= {n.replace("_", " "): profile[n] for n in PROFILE if n in profile}
        facts |= _rows(artifact)
        for name, value in facts.items():
            values.setdefault(name, set()).add(str(value))
    return values


def _rows(artifact: Artifact) -> dict[str, str]:
    """Return digests of the rows that a training or a prediction has read, by what they are of."""
    kind = artifact.manifest["kind"]
    if kind not in {"Train", "Predict"} or "counts.json" not in artifact.files():
        return {}
    counts = artifact.json("counts.json")
    if kind == "Train":
        return {
            f"{_ROWS}{of['task']} {of['trained_in']} train": of["sha256"][:10]
            for of in counts.get("streams", ())
            if "sha256" in of
        }
    if "sha256" not in counts:
        return {}
    phase = artifact.json("phase.json")
    name = f"{_ROWS}{phase['task']} {phase['language']} {phase['split']}"
    return {name: counts["sha256"][:10]}


def _behind(store: Store, keys: Iterable[Key]) -> Iterator[Artifact]:
    """Yield the artifacts of these phases and of all their ancestors, each once."""

    def parents(name: Key) -> list[Key]:
        artifact = store.find(name)
        return [] if artifact is None else [Key(n) for n in artifact.manifest["inputs"]]

    artifacts = (store.find(name) for name in ancestors(keys, parents))
    return (artifact for artifact in artifacts if artifact is not None)


def phases(
    ours: Run, theirs: Run, paired: Sequence[tuple[Answer, Answer]]
) -> Iterator[RunDifference]:
    """Yield the fields in which paired phases differ, the most frequent first."""
    seen: Counter[phase_diff.FieldDifference] = Counter()

    def text(name: Key) -> str | None:
        artifact = ours.store.find(name) or theirs.store.find(name)
        return None if artifact is None else artifact.file("phase.json").read_text("utf-8")

    for a, b in paired:
        if a.key != b.key and (left := text(a.key)) and (right := text(b.key)):
            seen.update(set(phase_diff.difference(left, right, text)))
    for field, times in sorted(seen.items(), key=lambda f: (-f[1], phase_diff.in_words(f[0]))):
        yield RunDifference(what=field.path, ours=field.ours, theirs=field.theirs, phases=times)


def moved(ours: Run, theirs: Run) -> Iterator[ScoreChange]:
    """Yield how much the scores of each row changed on each target."""
    before, after = (_means(run) for run in (ours, theirs))
    signatures = [{t.name: t.signature for t in run.plan.targets} for run in (ours, theirs)]
    for row, languages in before.items():
        there = [name for name in languages if name in after.get(row, {})]
        if not there:
            continue
        steps = {name: after[row][name] - languages[name] for name in there}
        yield ScoreChange(
            **row._asdict(),
            languages=len(there),
            equal=sum(not step for step in steps.values()),
            before=fmean(languages[name] for name in there),
            after=fmean(after[row][name] for name in there),
            most=max(steps.items(), key=lambda step: abs(step[1])),
            signatures=(signatures[0][row.target], signatures[1][row.target]),
        )


def _means(run: Run) -> Mapping[TargetEntry, dict[str, float]]:
    """Return cell to language to the mean over seeds."""
    scores: dict[TargetEntry, dict[str, list[float]]] = {}
    for r in results.collect(run.plan, run.store):
        place = scores.setdefault(r.on_target, {})
        place.setdefault(r.language, []).append(r.score)
    return {row: {name: fmean(v) for name, v in by.items()} for row, by in scores.items()}


def _shown(value: Any) -> str:
    """Return a setting's value as people read it."""
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return "none" if value in {None, ""} else str(value)
