"""Makes a plan of a request: every phase once, parents first, and which score answers what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from xharness.errors import StudyError
from xharness.keys import Key, key
from xharness.phases import (
    Checkpoint,
    Phase,
    Predict,
    Recipe,
    Score,
    Start,
    Stream,
    Train,
    Translate,
    inputs,
    is_matched,
    translator,
)
from xharness.planning import checkpoints, counterparts, mlm_text, reads, translated_rows
from xharness.planning.checkpoints import Chooser
from xharness.planning.contrasts import declare
from xharness.planning.counterparts import Chain, Held, Sourced
from xharness.planning.plan import DEV_LIMIT, Answer, Plan, PlannedTranslation, TargetFacts
from xharness.planning.request import Chosen, Request
from xharness.planning.resolve import ResolvedModel, Resolving
from xharness.strategies import Arm, Cell, TextMix, Translation, joins_arms
from xharness.tasks import RANKED, Kind, Task


def build(
    request: Request,
    tasks: Mapping[str, Task],
    resolver: Resolving,
    model: ResolvedModel,
    left_out: tuple[str, ...] = (),
) -> Plan:
    """Return the plan of a request.

    Args:
        request: What to compare.
        tasks: Every loaded task; a target may train on another task's rows.
        resolver: Turns data into digests.
        model: What every chain starts from.
        left_out: What the request does not have of its suite, for the record.

    Raises:
        StudyError: If a strategy does not fit a task, or a selection rule a target.
        DataError: If data or its splits are missing.
    """
    builder = _Builder(request=request, tasks=tasks, resolver=resolver, model=model)
    sourced, held = builder.other_sources()
    builder = replace(builder, held={n: h.rows for h in held for n in h.cut})
    refused: list[str] = []
    if checkpoints.TARGET_DEV in request.rules:
        refused = checkpoints.without_dev(request.targets, request.languages, resolver)
    rules = [r for r in request.rules if r != checkpoints.TARGET_DEV or not refused]
    questions = list(builder.questions(rules))
    if refused := [*refused, *builder.chooser.refused]:
        raise StudyError("selection", refused)
    phases: dict[Key, Phase] = {}
    asked = sum(_add(score, phases) for _, score, _ in questions)
    tested = [answer for answer, _, dev in questions if not dev]
    read = reads.tasks_read(phases.values())
    return replace(
        _empty(request, model),
        answers=tuple(a for a in tested if a.selection == request.rules[0]),
        further=tuple(a for a in tested if a.selection != request.rules[0]),
        dev=tuple(answer for answer, _, dev in questions if dev),
        origin=resolver.origin(tasks[name] for name in read),
        left_out=left_out,
        match=request.match if any(is_matched(p) for p in phases.values()) else "",
        tasks=read,
        texts=mlm_text.read_by(phases.values(), tasks),
        sourced=sourced,
        held=held,
        translations=tuple(
            PlannedTranslation(key=name, translator=translator(p))
            for name, p in phases.items()
            if isinstance(p, Translate)
        ),
        phases=tuple(phases.values()),
        asked=asked,
    )


def _empty(request: Request, model: ResolvedModel) -> Plan:
    """Return what a plan says of its request, without a phase or an answer."""
    return Plan(
        suite=request.suite,
        title=request.title,
        model=model.name,
        recipe=request.recipes.name,
        selection=request.rules[0],
        limit_train=request.limit_train,
        limit_eval=request.limit_eval,
        seeds=request.seeds,
        targets=tuple(
            TargetFacts(
                name=t.name,
                languages=request.languages[t.name],
                source_language=t.source_language,
                signature=t.metric.signature,
            )
            for t in request.targets
        ),
        answers=(),
        settings=request.recipes.digest,
        contrasts=declare(
            [(c.label, a.name) for c, a in rows(request)],
            [t.name for t in request.targets],
            request.against,
        ),
    )


def rows(request: Request) -> Iterator[tuple[Chosen, Arm]]:
    """Yield the rows of the leaderboard: each strategy, with each arm if arms matter to it."""
    for chosen in request.strategies:
        arms = request.arms if chosen.strategy.uses_intermediates else (Arm(tasks=()),)
        for arm in (Arm(tasks=request.joined),) if joins_arms(chosen.strategy) else arms:
            yield chosen, arm


def _streams(last: Train | None) -> tuple[Stream, ...]:
    """Return the streams of a chain of trainings, the last one's first."""
    if last is None:
        return ()
    before = last.start.train if isinstance(last.start, Checkpoint) else None
    return (*last.streams, *_streams(before))


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
        limits = [builder.limit(t) for t in tasks]
        made = builder.train(tasks, limits, start=self._from(start), seed=self.cell.seed)
        made = replace(made, mixing=mixing, cap=cap, temperature=temperature)
        if text is not None:
            added = mlm_text.stream(text, builder.request, builder.tasks, builder.resolver)
            made = replace(made, streams=(*made.streams, added))
            # With nothing but text, its updates cannot come on top of others.
            if builder.request.match == "updates" or text.share == 1:
                made = replace(made, budget="updates", reference=len(tasks))
        elif matched:
            made = replace(made, budget=builder.request.match)
        return made

    def translated(self, *tasks: Task, how: Translation, start: Train | None = None) -> Train:
        """Return the training on translated rows; see Trainer."""
        made = self.builder
        return Train(
            start=self._from(start),
            streams=tuple(
                stream
                for task in tasks
                for stream in translated_rows.streams(
                    replace(made.request, limit_train=made.limit(task)),
                    made.tasks,
                    made.resolver,
                    (task,),
                    how,
                )
            ),
            recipe=made.recipe(tasks[0].name),
            seed=self.cell.seed,
        )

    def counterparts(
        self, *tasks: Task, language: str, named: Sequence[str] = ()
    ) -> tuple[Task, ...]:
        """Return each task's counterpart in a language; see Trainer."""
        return counterparts.find(tasks, language, named, self.builder.tasks)

    def on_target(self, *, start: Train | None = None) -> Train | None:
        """Return the target's own training; see Trainer."""
        name = self.cell.target.trains_on
        if name is None:
            return start
        task = self.builder.tasks[name]
        limit = self.builder.request.limit_train
        return self.builder.train((task,), [limit], start=self._from(start), seed=self.cell.seed)

    def _from(self, start: Train | None) -> Start:
        """Return the weights to start from."""
        if start is None:
            return self.cell.model
        made = self.builder
        return made.chooser.by_source(start, made.request.recipes.selection)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Makes the phases of a request's cells."""

    request: Request
    tasks: Mapping[str, Task]
    resolver: Resolving
    model: ResolvedModel
    refused: dict[str, None] = field(default_factory=dict)
    """What cannot be chosen as asked, one line each; filled while phases are made."""
    held: Mapping[str, int] = field(default_factory=dict)
    """Tasks to the rows of the smallest data set that they are compared with."""

    @property
    def chooser(self) -> Chooser:
        """What chooses among kept checkpoints."""
        return Chooser(tasks=self.tasks, score=self.dev_score, refused=self.refused)

    def questions(self, rules: Sequence[str]) -> Iterator[tuple[Answer, Score, bool]]:
        """Yield the answers that rules give, each with its score and whether it is of dev rows."""
        arms = Counter(chosen.label for chosen, _ in rows(self.request))
        for seed in self.request.seeds:
            for chosen, arm in rows(self.request):
                for target in self.request.targets:
                    last = self.trained(chosen, arm, target, seed)
                    empty = Answer(
                        strategy=chosen.label,
                        intermediates=arm.name,
                        target=target.name,
                        language=target.source_language,
                        seed=seed,
                        signature=target.metric.signature,
                        key=Key(""),
                    )
                    for rule in rules:
                        for language, score in self.tests(last, rule, target):
                            made = replace(empty, language=language, selection=rule, key=key(score))
                            yield made, score, False
                    if arms[chosen.label] > 1 and self.developed(target):
                        rule = self.request.rules[0]
                        start = self.start(last, rule, target, target.source_language)
                        score = self.dev_score(start, target, target.source_language)
                        yield replace(empty, selection=rule, key=key(score)), score, True

    def limit(self, task: Task) -> int | None:
        """Return how many rows of an intermediate task are trained on at most."""
        return self.held.get(task.name, self.request.limit_train)

    def other_sources(self) -> tuple[tuple[Sourced, ...], tuple[Held, ...]]:
        """Return what is trained on in other languages, and what it is held equal with."""
        # Before a target that is not trained stand the trainings on the arm alone.
        target = replace(self.request.targets[0], trains_on=None)
        chains = []
        for chosen, arm in rows(self.request):
            last = self.trained(chosen, arm, target, self.request.seeds[0])
            chains.append(Chain(strategy=chosen.label, arm=arm.tasks, streams=_streams(last)))
        found = [s for chain in chains for s in counterparts.sourced(chain, self.tasks)]

        def count(task: Task) -> int:
            return self.resolver.examples(task, task.source_language, "train")

        limit = self.request.limit_train
        return tuple(found), tuple(counterparts.held(chains, found, self.tasks, limit, count))

    def trained(self, chosen: Chosen, arm: Arm, target: Task, seed: int) -> Train | None:
        """Return the last training of a cell; None where it has none."""
        cell = Cell(
            model=self.model.start,
            intermediates=tuple(self.tasks[n] for n in arm.tasks),
            target=target,
            seed=seed,
        )
        return chosen.strategy.training(cell, _Trainer(builder=self, cell=cell))

    def tests(self, last: Train | None, rule: str, target: Task) -> Iterator[tuple[str, Score]]:
        """Yield the Score of one cell in each language, under a selection rule."""
        for language in self.request.languages[target.name]:
            start = self.start(last, rule, target, language)
            yield language, self.score(start, target, language, "test", self.request.limit_eval)

    def start(self, last: Train | None, rule: str, target: Task, language: str) -> Start:
        """Return the weights that are tested on a target in one language."""
        if last is None:
            return self.model.start
        return self.chooser.used(last, rule, target, language)

    def developed(self, target: Task) -> bool:
        """Return whether a target has development rows in its source language."""
        return checkpoints.has_dev(target, target.source_language, self.resolver)

    def dev_score(self, start: Start, task: Task, language: str) -> Score:
        """Return the score of weights on development rows."""
        return self.score(start, task, language, "dev", DEV_LIMIT)

    def train(
        self, tasks: Sequence[Task], limits: Sequence[int | None], *, start: Start, seed: int
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
                    limit=limit,
                    sample_seed=self.request.sample_seed,
                )
                for task, limit in zip(tasks, limits, strict=True)
            ),
            recipe=self.recipe(tasks[0].name),
            seed=seed,
        )

    def recipe(self, task: str) -> Recipe:
        """Return a task's recipe for this model."""
        book = counterparts.book(self.request.recipes, self.tasks[task])
        return book.recipe(task, width=self.model.width)

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
            pooling = self.request.recipes.retrieval(depth=self.model.depth)
        return Predict(
            start=start,
            task=task.name,
            version=task.version,
            data=self.resolver.data(task, (language,), split),
            language=language,
            split=split,
            limit=limit,
            sample_seed=self.request.sample_seed,
            max_length=recipe.max_length,
            stride=recipe.stride,
            pooling=pooling,
            ranked=task.kind in RANKED and split == "test",
            micro_tokens=recipe.micro_tokens,
        )
