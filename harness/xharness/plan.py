"""A study as phases: every phase once, parents first, and which score answers which question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from xharness import texts, translating
from xharness.canonical import Key, key
from xharness.errors import StudyError, unknown
from xharness.family import Contrast, Row, declare, opponents
from xharness.phases import (
    Checkpoint,
    Phase,
    Predict,
    Recipe,
    Score,
    Start,
    Stream,
    Train,
    describe,
    inputs,
    is_matched,
)
from xharness.resolve import ResolvedModel, Resolver
from xharness.strategies import Arm, Cell, TextMix, Translation, joins_arms
from xharness.study import BASELINE, Chosen, Study
from xharness.tasks import RANKED, Kind, Task

DEV_LIMIT = 500
"""Rows per language that a checkpoint is chosen on (jiant, guides/benchmarks/xtreme.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One number of the comparison, and the key of the Score that holds it."""

    strategy: str
    intermediates: str
    target: str
    language: str
    seed: int
    signature: str
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What tables need to know of a target."""

    name: str
    languages: tuple[str, ...]
    source_language: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every phase of a comparison, and its questions; published in the store without phases."""

    suite: str
    title: str
    model: str
    recipe: str
    selection: str
    limit_train: int | None
    limit_eval: int | None
    seeds: tuple[int, ...]
    targets: tuple[TargetFacts, ...]
    answers: tuple[Answer, ...]
    contrasts: tuple[Contrast, ...]
    origin: str = ""
    """"mirror" or "data root" where the rows are not the hub's own."""
    left_out: tuple[str, ...] = ()
    """Targets and languages of the suite that are not compared, and why, one line each."""
    match: str = ""
    """What strategies with more streams were held to, "updates" or "examples"; empty when there
    is none."""
    texts: tuple[str, ...] = ()
    """Tasks whose text was mixed in."""
    phases: tuple[Phase, ...] = ()
    """Parents first, each once; empty in a plan read back from the store."""
    asked: int = 0
    """How many phases there would be if nothing were shared."""

    def opponents(self) -> Mapping[Row, Row]:
        """Return what each row is compared with: the declared contrasts, else all to `none`."""
        targets = [t.name for t in self.targets]
        return opponents(self.contrasts or declare(_compared(self), targets, BASELINE))


def build(
    study: Study,
    tasks: Mapping[str, Task],
    resolver: Resolver,
    model: ResolvedModel,
    left_out: tuple[str, ...] = (),
) -> Plan:
    """Return the plan of a study.

    Args:
        study: What to compare.
        tasks: Every loaded task; a target may train on another task's rows.
        resolver: Turns data into digests.
        model: What every chain starts from.
        left_out: What the study does not have of its suite, for the record.

    Raises:
        StudyError: If a strategy or selection does not fit a task.
        DataError: If data or its splits are missing.
    """
    builder = _Builder(study=study, tasks=tasks, resolver=resolver, model=model)
    answers: list[Answer] = []
    phases: dict[Key, Phase] = {}
    asked = 0
    for seed in study.seeds:
        for chosen, arm in rows(study):
            for target in study.targets:
                for language, score in builder.scores(chosen, arm, target, seed):
                    answers.append(
                        Answer(
                            strategy=chosen.label,
                            intermediates=arm.name,
                            target=target.name,
                            language=language,
                            seed=seed,
                            signature=target.metric.signature,
                            key=key(score),
                        )
                    )
                    asked += _add(score, phases)
    mixed = texts.read_by(phases.values(), tasks)
    return Plan(
        suite=study.suite,
        title=study.title,
        model=model.name,
        recipe=study.recipes.name,
        selection=study.recipes.selection,
        limit_train=study.limit_train,
        limit_eval=study.limit_eval,
        seeds=study.seeds,
        targets=tuple(
            TargetFacts(
                name=t.name,
                languages=study.languages[t.name],
                source_language=t.source_language,
                signature=t.metric.signature,
            )
            for t in study.targets
        ),
        answers=tuple(answers),
        contrasts=declare(
            [(c.label, a.name) for c, a in rows(study)],
            [t.name for t in study.targets],
            study.against,
        ),
        origin=resolver.origin([*_used(study, tasks), *(tasks[n] for n in mixed)]),
        left_out=left_out,
        match=study.match if any(is_matched(p) for p in phases.values()) else "",
        texts=mixed,
        phases=tuple(phases.values()),
        asked=asked,
    )


def against(plan: Plan, strategy: str) -> Plan:
    """Return the plan with its rows compared with another strategy.

    Raises:
        StudyError: If the plan does not have it.
    """
    compared = _compared(plan)
    names = list(dict.fromkeys(name for name, _ in compared))
    if strategy not in names:
        raise StudyError("command line", [unknown("against", "compared strategy", strategy, names)])
    return replace(plan, contrasts=declare(compared, [t.name for t in plan.targets], strategy))


def _compared(plan: Plan) -> list[tuple[str, str]]:
    """Return the strategies and arms of a plan."""
    return list(dict.fromkeys((a.strategy, a.intermediates) for a in plan.answers))


def _used(study: Study, tasks: Mapping[str, Task]) -> list[Task]:
    """Return every task whose rows a study reads."""
    arms = [tasks[name] for arm in study.arms for name in arm.tasks]
    trained = [tasks[t.trains_on] for t in study.targets if t.trains_on is not None]
    return [*study.targets, *trained, *arms]


def rows(study: Study) -> Iterator[tuple[Chosen, Arm]]:
    """Yield the rows of the leaderboard: each strategy, with each arm if arms matter to it."""
    for chosen in study.strategies:
        arms = study.arms if chosen.strategy.uses_intermediates else (Arm(tasks=()),)
        for arm in (Arm(tasks=study.joined),) if joins_arms(chosen.strategy) else arms:
            yield chosen, arm


def _add(phase: Phase, phases: dict[Key, Phase]) -> int:
    """Add a phase after its parents; return how many phases its chain has."""
    count = 1 + sum(_add(parent, phases) for parent in inputs(phase))
    phases.setdefault(key(phase), phase)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trainer:
    """The Trainer of one cell."""

    builder: _Builder
    cell: Cell

    def on(
        self,
        *tasks: Task,
        start: Train | None = None,
        mixing: str = "proportional",
        cap: int | None = None,
        temperature: float | None = None,
        matched: bool = False,
        text: TextMix | None = None,
    ) -> Train:
        """Return the training on intermediate tasks; see Trainer."""
        builder = self.builder
        made = builder.train(tasks, start=self._from(start), seed=self.cell.seed, mixing=mixing)
        made = replace(made, cap=cap, temperature=temperature)
        if text is not None:
            added = texts.stream(text, builder.study, builder.tasks, builder.resolver)
            made = replace(made, streams=(*made.streams, added))
            # With nothing but text, its updates cannot come on top of others.
            if builder.study.match == "updates" or text.share == 1:
                made = replace(made, budget="updates", reference=len(tasks))
        elif matched:
            made = replace(made, budget=builder.study.match)
        return made

    def translated(self, *tasks: Task, how: Translation, start: Train | None = None) -> Train:
        """Return the training on translated rows; see Trainer."""
        made = self.builder
        return Train(
            start=self._from(start),
            streams=translating.streams(made.study, made.tasks, made.resolver, tasks, how),
            recipe=made.recipe(tasks[0].name),
            seed=self.cell.seed,
        )

    def on_target(self, *, start: Train | None = None) -> Train | None:
        """Return the target's own training; see Trainer."""
        name = self.cell.target.trains_on
        if name is None:
            return start
        task = self.builder.tasks[name]
        return self.builder.train((task,), start=self._from(start), seed=self.cell.seed)

    def _from(self, start: Train | None) -> Start:
        """Return the weights to start from."""
        return self.cell.model if start is None else self.builder.chosen(start)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Makes the phases of a study's cells."""

    study: Study
    tasks: Mapping[str, Task]
    resolver: Resolver
    model: ResolvedModel

    def scores(
        self, chosen: Chosen, arm: Arm, target: Task, seed: int
    ) -> Iterator[tuple[str, Score]]:
        """Yield the Score of one cell in each language."""
        cell = Cell(
            model=self.model.start,
            intermediates=tuple(self.tasks[n] for n in arm.tasks),
            target=target,
            seed=seed,
        )
        last = chosen.strategy.training(cell, _Trainer(builder=self, cell=cell))
        start: Start = self.model.start if last is None else self.chosen(last)
        limit = self.study.limit_eval
        for language in self.study.languages[target.name]:
            yield language, self.score(start, target, language, "test", limit)

    def train(
        self,
        tasks: tuple[Task, ...],
        *,
        start: Start,
        seed: int,
        mixing: str = "proportional",
    ) -> Train:
        """Return the training on some tasks' rows; a mixture has the first task's recipe."""
        return Train(
            start=start,
            streams=tuple(
                Stream(
                    task=task.name,
                    version=task.version,
                    data=self.resolver.data(task, (task.source_language,), "train"),
                    languages=(task.source_language,),
                    limit=self.study.limit_train,
                    sample_seed=self.study.sample_seed,
                )
                for task in tasks
            ),
            recipe=self.recipe(tasks[0].name),
            seed=seed,
            mixing=mixing,
        )

    def recipe(self, task: str) -> Recipe:
        """Return a task's recipe for this model."""
        return self.study.recipes.recipe(task, width=self.model.width)

    def chosen(self, train: Train) -> Checkpoint:
        """Return which of a training's checkpoints is used, by the study's rule."""
        rule = self.study.recipes.selection
        # Text has no scores, and where all updates are text, the tasks' scores mean nothing.
        # Several streams of a task are its rows in several languages: scored once.
        scored = list({s.task: s for s in train.streams if s.share is None}.values())
        alone = any(s.share == 1 for s in train.streams)
        if train.recipe.keep == 1 or rule == "last" or (rule == "english-dev" and alone):
            return Checkpoint(train=train)
        if rule == "average":
            return Checkpoint(train=train, rule="average")
        return Checkpoint(
            train=train,
            rule="best",
            dev=tuple(
                tuple(self._dev(train, index, stream) for stream in scored)
                for index in range(train.recipe.keep)
            ),
        )

    def _dev(self, train: Train, index: int, stream: Stream) -> Score:
        """Return a kept checkpoint's score on the development rows of what it was trained on."""
        task = self.tasks[stream.task]
        if "dev" not in task.splits:
            raise StudyError(
                "set: selection",
                [f"english-dev needs a dev split, and {task.name} has none; use last or average"],
            )
        start = Checkpoint(train=train, rule="kept", index=index)
        return self.score(start, task, task.source_language, "dev", DEV_LIMIT)

    def score(
        self, start: Start, task: Task, language: str, split: str, limit: int | None
    ) -> Score:
        """Return the score of one language, its threshold tuned where the task has one."""
        tuned = None
        if task.tuned_on is not None:
            tuned = self.predict(start, task, language, task.tuned_on, limit)
        return Score(
            predictions=self.predict(start, task, language, split, limit),
            metric=task.metric.signature,
            tuned_on=tuned,
        )

    def predict(
        self, start: Start, task: Task, language: str, split: str, limit: int | None
    ) -> Predict:
        """Return the predictions of one language."""
        recipe = self.recipe(task.name)
        pooling = None
        if task.kind is Kind.RETRIEVAL:
            pooling = self.study.recipes.retrieval(depth=self.model.depth)
        return Predict(
            start=start,
            task=task.name,
            version=task.version,
            data=self.resolver.data(task, (language,), split),
            language=language,
            split=split,
            limit=limit,
            sample_seed=self.study.sample_seed,
            max_length=recipe.max_length,
            stride=recipe.stride,
            pooling=pooling,
            ranked=task.kind in RANKED and split == "test",
            micro_tokens=recipe.micro_tokens,
        )


def text(plan: Plan) -> str:
    """Return a plan as JSON without its phases: enough for every table, with the store."""
    content = asdict(replace(plan, phases=()))
    names = {key(p): describe(p) for p in plan.phases}
    return json.dumps({"schema": 1, **content, "names": names}, sort_keys=True)


def digest(content: str) -> str:
    """Return what a published plan is called."""
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def read(content: str) -> Plan:
    """Return a published plan."""
    found: dict[str, Any] = json.loads(content)
    del found["schema"], found["names"]
    for name, kind in (("targets", TargetFacts), ("answers", Answer), ("contrasts", Contrast)):
        found[name] = tuple(kind(**{k: _tuple(v) for k, v in row.items()}) for row in found[name])
    return Plan(**{k: _tuple(v) for k, v in found.items()})


def _tuple(value: Any) -> Any:
    """Return JSON's lists as tuples again."""
    return tuple(value) if isinstance(value, list) else value
