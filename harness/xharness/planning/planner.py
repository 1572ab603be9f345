"""Makes a plan of a request: every phase once, parents first, and which score answers what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from xharness.errors import StudyError
from xharness.keys import Key, key
from xharness.phases import Checkpoint, Phase, Score, Stream, Train, inputs, is_matched
from xharness.planning import checkpoints, counterparts, mlm_text, reads
from xharness.planning.contrasts import declare
from xharness.planning.counterparts import Chain, EqualRows, OtherLanguage, TrainedOn
from xharness.planning.phase_builder import PhaseBuilder
from xharness.planning.plan import Answer, Plan, TargetFacts
from xharness.planning.precision import is_small
from xharness.planning.request import ChosenStrategy, Request
from xharness.planning.resolve import ResolvedModel
from xharness.planning.resolver_protocol import Resolving
from xharness.planning.trainer import CellTrainer
from xharness.planning.used_recipes import UsedRecipes
from xharness.strategies import Arm, Cell, joins_arms, last_training
from xharness.tasks import Task


def build(
    request: Request,
    tasks: Mapping[str, Task],
    resolver: Resolving,
    model: ResolvedModel,
    left_out: tuple[str, ...] = (),
    *,
    partial: bool = False,
) -> Plan:
    """Return the plan of a request.

    Args:
        request: What to compare.
        tasks: Every loaded task; a target may train on another task's rows.
        resolver: Turns data into digests.
        model: What every chain starts from.
        left_out: Targets and languages of the suite that were left out; only recorded.
        partial: Whether it is a part of what the user asked for, so that a change of the recipe
            which nothing reads may belong to another part.

    Raises:
        StudyError: If a strategy does not fit a task, or a selection rule a target, or nothing
            reads a change of the recipe.
        DataError: If data or its splits are missing.
    """
    builder = PhaseBuilder(
        request=request,
        tasks=tasks,
        resolver=resolver,
        model=model,
        used=UsedRecipes(book=request.recipes, width=model.width),
        precision=resolver.precision(request.precision, small=is_small(model.width, model.depth)),
    )
    trained, others, equal = _trained_before(builder)
    builder = replace(builder, row_limits={n: e.rows for e in equal for n in e.cut})
    questions = _answered(builder)
    if (unread := builder.used.unread()) and not partial:
        raise StudyError("set", unread)
    phases: dict[Key, Phase] = {}
    asked = sum(_add(q.score, phases) for q in questions)
    tested = [q.answer for q in questions if not q.on_dev]
    read = reads.tasks_read(phases.values())
    return replace(
        _empty(request, model, builder.precision, resolver),
        answers=tuple(a for a in tested if a.selection == request.rules[0]),
        further=tuple(a for a in tested if a.selection != request.rules[0]),
        dev=tuple(q.answer for q in questions if q.on_dev),
        origin=resolver.origin(tasks[name] for name in read),
        left_out=left_out,
        match=request.match if any(is_matched(p) for p in phases.values()) else "",
        tasks=read,
        texts=mlm_text.read_by(phases.values(), tasks),
        trained=trained,
        sourced=others,
        held=equal,
        translations=reads.translations(phases.values()),
        phases=tuple(phases.values()),
        asked=asked,
    )


def _empty(request: Request, model: ResolvedModel, precision: str, resolver: Resolving) -> Plan:
    """Return a plan with the facts of its request, but without phases and answers."""
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
                rows=_whose(t, resolver),
            )
            for t in request.targets
        ),
        answers=(),
        settings=request.recipes.digest,
        precision=precision,
        contrasts=declare(
            [(c.label, a.name) for c, a in rows(request)],
            [t.name for t in request.targets],
            request.against,
        ),
    )


def _whose(task: Task, resolver: Resolving) -> str:
    """Return whose rows a target has; see `TargetFacts.rows`."""
    if all(source.files for source in task.sources):
        return "files"
    if all(source.generate is not None for source in task.sources):
        return ""
    return resolver.origin([task]) or "hub"


def rows(request: Request) -> Iterator[tuple[ChosenStrategy, Arm]]:
    """Yield the rows of the leaderboard: each strategy, with each arm if arms matter to it."""
    for chosen in request.strategies:
        arms = request.arms if chosen.strategy.uses_intermediates else (Arm(tasks=()),)
        for arm in (Arm(tasks=request.joined),) if joins_arms(chosen.strategy) else arms:
            yield chosen, arm


def _add(phase: Phase, phases: dict[Key, Phase]) -> int:
    """Add a phase after its parents; return how many phases its chain has."""
    count = 1 + sum(_add(parent, phases) for parent in inputs(phase))
    phases.setdefault(key(phase), phase)
    return count


class _Question(NamedTuple):
    """One number that the comparison asks for, and the phase that gives it."""

    answer: Answer
    score: Score
    on_dev: bool
    """Whether it is of development rows, for choosing among arms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row of the leaderboard, for one target and seed."""

    chosen: ChosenStrategy
    arm: Arm
    target: Task
    seed: int

    def trained(self, builder: PhaseBuilder) -> Train | None:
        """Return the last training of the strategy; None where it has none."""
        cell = Cell(
            model=builder.model.start,
            intermediates=tuple(builder.tasks[n] for n in self.arm.tasks),
            target=self.target,
            seed=self.seed,
        )
        trainer = CellTrainer(builder=builder, cell=cell, strategy=self.chosen.label)
        return last_training(self.chosen.strategy, cell, trainer)

    def answer(self, rule: str, language: str, score: Score) -> Answer:
        """Return the answer that a score gives under a selection rule."""
        return Answer(
            strategy=self.chosen.label,
            intermediates=self.arm.name,
            target=self.target.name,
            language=language,
            seed=self.seed,
            signature=self.target.metric.signature,
            key=key(score),
            selection=rule,
        )


def _answered(builder: PhaseBuilder) -> list[_Question]:
    """Return all that a request asks for.

    Raises:
        StudyError: If a selection rule cannot choose for a target; all problems at once.
    """
    request, refused = builder.request, []
    if checkpoints.TARGET_DEV in request.rules:
        refused = checkpoints.without_dev(request.targets, request.languages, builder.resolver)
    rules = [r for r in request.rules if r != checkpoints.TARGET_DEV or not refused]
    arms = Counter(chosen.label for chosen, _ in rows(request))
    questions: list[_Question] = []
    for seed in request.seeds:
        for chosen, arm in rows(request):
            for target in request.targets:
                row = _Row(chosen=chosen, arm=arm, target=target, seed=seed)
                last = row.trained(builder)
                questions += _on_test(builder, row, last, rules)
                if arms[chosen.label] > 1 and builder.has_dev(target):
                    questions.append(_on_dev(builder, row, last))
    if refused := [*refused, *builder.refused]:
        raise StudyError("selection", refused)
    return questions


def _on_test(
    builder: PhaseBuilder, row: _Row, last: Train | None, rules: Sequence[str]
) -> Iterator[_Question]:
    """Yield a row's scores on test rows, under each selection rule in each language."""
    for rule in rules:
        for language in builder.request.languages[row.target.name]:
            start = builder.tested(last, rule, row.target, language)
            score = builder.test_score(start, row.target, language)
            yield _Question(row.answer(rule, language, score), score, on_dev=False)


def _on_dev(builder: PhaseBuilder, row: _Row, last: Train | None) -> _Question:
    """Return a row's score on development rows, by which the best arm is chosen."""
    rule, language = builder.request.rules[0], row.target.source_language
    start = builder.tested(last, rule, row.target, language)
    score = builder.dev_score(start, row.target, language)
    return _Question(row.answer(rule, language, score), score, on_dev=True)


def _trained_before(
    builder: PhaseBuilder,
) -> tuple[tuple[TrainedOn, ...], tuple[OtherLanguage, ...], tuple[EqualRows, ...]]:
    """Return what rows are trained on before a target, in other languages, and in equal numbers."""
    request, tasks, resolver = builder.request, builder.tasks, builder.resolver
    # Before a target that is not trained stand the trainings on the arm alone.
    target = replace(request.targets[0], trains_on=None)
    chains = []
    for chosen, arm in rows(request):
        row = _Row(chosen=chosen, arm=arm, target=target, seed=request.seeds[0])
        streams = _streams(row.trained(builder))
        chains.append(Chain(strategy=chosen.label, arm=arm.tasks, streams=streams))
    others = [o for chain in chains for o in counterparts.other_languages(chain, tasks)]

    def count(task: Task) -> int:
        return resolver.examples(task, task.source_language, "train")

    equal = counterparts.equal_rows(chains, others, tasks, request.limit_train, count)
    return tuple(map(counterparts.trained_on, chains)), tuple(others), tuple(equal)


def _streams(last: Train | None) -> tuple[Stream, ...]:
    """Return the streams that a chain of trainings learns from, the last training's first."""
    if last is None:
        return ()
    before = last.start.train if isinstance(last.start, Checkpoint) else None
    # Where masked LM has all updates, the task beside it only says how many there are.
    alone = sum(s.share or 0.0 for s in last.streams) == 1
    learnt = (s for s in last.streams if s.share is not None or not alone)
    return (*learnt, *_streams(before))
