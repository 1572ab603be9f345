"""The phases that a comparison is made of: values whose hash names their result.

A phase holds the phases that it reads. Its key therefore changes when anything that its result
depends on changes, and two chains of trainings share the phases of a common beginning. `code` is
raised when the meaning of a phase changes although none of its fields does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xharness.keys import Key, added_later, key, not_identity
from xharness.tuning import Tuning


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train; every field but `micro_tokens` decides the result.

    Attributes:
        learning_rate: Peak learning rate of AdamW (Loshchilov and Hutter 2019).
        batch: Examples per update.
        epochs, steps: Passes over the training rows, or the number of updates; give one of them.
        steps_at_least: Repeat small data for this many updates (Mosbach et al. 2021, section 5).
        schedule: "linear" (to zero) or "wsd" (warm-up, stable, decay; Hu et al. 2024, section 4).
        warmup, decay: Fractions of the updates: the rate rises from zero; "wsd" falls at the end.
        weight_decay, beta1, beta2, epsilon: Of AdamW.
        clip: Largest norm of the gradient; 0 for no clipping.
        keep: Number of checkpoints to keep, evenly spaced, always with the last one.
        embedding_rate: Share of the learning rate that token embeddings have; 0: not trained.
        attention_dropout: Share of attention weights dropped in training; None for the model's own.
        head: "linear": dropout and one layer. "mlp": the heads of jiant (its heads.py). For
            classification and choice: dropout, dense, tanh, dropout and a layer, on the encoder's
            pooled output where it has one. For tagging: dropout and a layer. For span QA: one
            layer.
        micro_tokens: Tokens per forward pass, padding included: more is faster and needs more
            memory.
    """

    learning_rate: float
    batch: int
    epochs: float | None = None
    steps: int | None = None
    steps_at_least: int = 0
    schedule: str = "linear"
    warmup: float = 0.1
    decay: float = added_later(0.1)
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    clip: float = 1.0
    keep: int = 1
    embedding_rate: float = added_later(1.0)
    attention_dropout: float | None = added_later(None)
    head: str = added_later("linear")
    micro_tokens: int = not_identity(4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A pretrained encoder in a folder or on the hub, named by what its files hold."""

    weights: str
    """Digest of config and weights."""
    tokenizer: str
    """Digest of the tokenizer's files."""
    name: str = not_identity()
    location: str = not_identity()
    """Folder, or "repository@revision"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretrain:
    """An encoder that a plugin makes itself, such as the lab's; the plugin runs the phase."""

    model: str
    version: int
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seq2SeqModel:
    """A translating model for one pair of languages, and how it is told them."""

    start: Model | Pretrain
    style: str
    """See `translators.Seq2Seq.style`."""
    source: str
    """The model's code of the source language."""
    into: str
    """Its code of the target language."""
    token: str = ""
    """Put before every text, where the model wants one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Translations that were made before, for one pair of languages."""

    digest: str
    """Of the file."""
    name: str = not_identity("")
    location: str = not_identity("")
    """The file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The part of a task's declaration that decides what its rows mean; `version` has the rest."""

    kind: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    """Of its sources, sorted."""
    code: str = added_later("")
    """Digest of the --plugin file that offers the task; empty for installed packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Rows of a task that are the same items in both languages, to measure a translator on."""

    task: str
    version: int
    data: str
    """Digest of the rows in the source language."""
    data_into: str
    """Digest of the rows in the target language."""
    split: str
    limit: int | None
    """Items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translate:
    """Training rows of a task, translated into one language; their labels stay."""

    task: str
    version: int
    data: str
    """Digest of the rows' source."""
    language: str
    into: str
    translator: Seq2SeqModel | Texts
    split: str = "train"
    limit: int | None = None
    """Rows, drawn by `sample_seed` before the part is taken."""
    sample_seed: int = added_later(0)
    part: tuple[int, int] = (0, 1)
    """As in `Stream.part`."""
    max_length: int = 256
    """Tokens of a sentence; a longer one is not translated, and its rows are left out."""
    beams: int = 1
    """1 is greedy."""
    precision: str = added_later("float32")
    """As in `Train.precision`."""
    definition: Definition | None = added_later(None)  # noqa: RUF009 - a dataclass field
    """As in `Stream`."""
    references: References | None = None
    """What the translations' quality is measured on; None: it is not measured."""
    code: int = 1
    batch: int = not_identity(16)
    """Sentences at once: memory against speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One input of a training phase."""

    task: str
    version: int
    data: str
    """Digest of the rows' source."""
    languages: tuple[str, ...]
    split: str = "train"
    limit: int | None = None
    """Rows, drawn by `sample_seed`; a smaller limit draws a subset of a larger one's rows."""
    sample_seed: int = added_later(0)
    """Belongs to the comparison: the training seed must not change the data. 0 where nothing is
    drawn."""
    max_length: int = 128
    """Tokens of a window at most, special ones included."""
    stride: int | None = added_later(None)
    """For a context that is too long for one window: tokens between the beginnings of one window
    and the next. This is `doc_stride` of run_squad.py; what tokenizers call stride is how far
    windows overlap. None where the kind of task has one window per example."""
    definition: Definition | None = added_later(None)  # noqa: RUF009 - a dataclass field
    """What the task's rows mean; None only in tests that do not read rows."""
    share: float | None = added_later(None)
    """This stream's exact part of all updates; None where `Train.mixing` decides it."""
    exponent: float | None = added_later(None)
    """A language of n windows is drawn in proportion to n ** exponent (Conneau et al. 2020, section
    3.1). None: all windows are drawn equally often."""
    part: tuple[int, int] | None = added_later(None)
    """(2, 5): the third of five equal parts of the rows, by `sample_seed`; None for all rows."""
    translated: Translate | None = added_later(None)  # noqa: RUF009 - a dataclass field
    """Where the rows come from instead of the task's own; `languages` is then its target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Train:
    """Fine-tuning on one or several streams; makes the kept checkpoints and a learning curve."""

    start: Start
    streams: tuple[Stream, ...]
    recipe: Recipe
    seed: int
    load: str = "encoder"
    """What is taken from `start`: "encoder" (heads are fresh) or "weights" (heads too)."""
    precision: str = "float32"
    """"float32", "bf16" or "fp16": of the multiplications; weights are always float32."""
    mixing: str = "proportional"
    """Updates of each stream: "proportional" to its windows, "uniform", "capped", "temperature"."""
    code: int = 2
    cap: int | None = added_later(None)
    """For "capped": windows of a stream that count at most (Raffel et al. 2020, section 3.5.2)."""
    temperature: float | None = added_later(None)
    """For "temperature": T of windows ** (1 / T) (Raffel et al. 2020, section 3.5.2)."""
    budget: str = added_later("examples")
    """"examples": as many updates as the streams without a share ask for, and those of streams with
    a share on top. "updates": as many in all, those of streams with a share among them. "mean": as
    "updates", but as many as the streams without a share ask for on average."""
    tuning: Tuning | None = added_later(None)  # noqa: RUF009 - a dataclass field
    """What of the encoder is trained, and how; None: all of it, as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A choice among the checkpoints that a training kept; choosing never trains again.

    rule: "last"; "kept" (the one at `index`); "average" (mean of all weights); "best" (the highest
        score averaged over `dev`; the earliest of equals).
    """

    train: Train
    rule: str = "last"
    index: int | None = None
    dev: tuple[tuple[Score, ...], ...] = ()
    """For "best": for each kept checkpoint, earliest first, its dev scores."""


Start = Model | Pretrain | Checkpoint
"""What weights can be loaded from."""

BUDGETS = ("updates", "examples")
"""What --match can make equal for the strategies of a comparison; see `Train.budget`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """How a sentence's vector is made from hidden states."""

    layer: int
    """0 is the embeddings, n the output of block n; negative counts from the end."""
    method: str = "mean"
    """"mean" over all tokens that are not padding, or "cls"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predict:
    """Predictions of one model for one language of one split, in row order."""

    start: Start
    task: str
    version: int
    data: str
    language: str
    split: str
    limit: int | None = None
    """Items, the same in every language."""
    sample_seed: int = added_later(0)
    max_length: int = 128
    stride: int | None = added_later(None)
    """As in `Stream`."""
    precision: str = "float32"
    """As in `Train`."""
    definition: Definition | None = added_later(None)  # noqa: RUF009 - a dataclass field
    """As in `Stream`."""
    excluded: str = added_later("")
    """Digest of the list of development rows that are left out; see `Task.excluded`."""
    pooling: Pooling | None = None
    """For retrieval."""
    ranked: bool = added_later(False)
    """Whether all labels, or choices, are stored as well, the most likely first."""
    code: int = 2
    micro_tokens: int = not_identity(4096)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number for one language, and what each example adds to it."""

    predictions: Predict
    metric: str
    """Signature of the metric."""
    tuned_on: Predict | None = None
    """Predictions of other rows whose best threshold is applied; None for no threshold."""
    code: int = 1


Phase = Pretrain | Translate | Train | Predict | Score


def inputs(phase: Phase) -> tuple[Phase, ...]:
    """Return the phases whose artifacts `phase` reads, without repeats, in a fixed order."""
    if isinstance(phase, Pretrain):
        return ()
    if isinstance(phase, Translate):
        start = getattr(phase.translator, "start", None)
        return (start,) if isinstance(start, Pretrain) else ()
    if isinstance(phase, Train):
        translations = {key(t): t for s in phase.streams if (t := s.translated) is not None}
        return (*_of_start(phase.start), *translations.values())
    if isinstance(phase, Predict):
        return _of_start(phase.start)
    if phase.tuned_on is None or phase.tuned_on == phase.predictions:
        return (phase.predictions,)
    return (phase.predictions, phase.tuned_on)


def _of_start(start: Start) -> tuple[Phase, ...]:
    """Return the phases that weights come from."""
    if isinstance(start, Model):
        return ()
    if isinstance(start, Pretrain):
        return (start,)
    phases: dict[Key, Phase] = {key(start.train): start.train}
    phases.update((key(s), s) for scores in start.dev for s in scores)
    return tuple(phases.values())


def translator(phase: Translate) -> str:
    """Return the name of the translator that a phase uses, as plugins offer it."""
    if isinstance(phase.translator, Texts):
        return phase.translator.name
    start = phase.translator.start
    return start.model if isinstance(start, Pretrain) else start.name


def is_matched(phase: Phase) -> bool:
    """Return whether a phase is a training whose length depends on --match."""
    return isinstance(phase, Train) and (
        phase.budget != "examples" or any(s.share is not None for s in phase.streams)
    )


def translation_name(task: str, language: str, into: str, part: Sequence[int]) -> str:
    """Return "translate mnli en-sw part 1 of 3": a translation of rows, whoever makes it."""
    number, of = part
    share = f" part {number + 1} of {of}" if of > 1 else ""
    return f"translate {task} {language}-{into}{share}"


def describe(phase: Phase) -> str:
    """Return a phase in words, one short line: "train nli seed 1 after mnli"."""
    if isinstance(phase, Pretrain):
        return f"pretrain {phase.model}"
    if isinstance(phase, Translate):
        name = translation_name(phase.task, phase.language, phase.into, phase.part)
        return f"{name} by {translator(phase)}"
    if isinstance(phase, Train):
        by = "" if phase.tuning is None else f" tuned by {phase.tuning.words}"
        return f"train {_mixed(phase)}{by} seed {phase.seed}{_after(phase.start)}"
    if isinstance(phase, Predict):
        return f"predict {phase.task} {phase.language} {phase.split}{_after(phase.start)}"
    return f"score {phase.predictions.task} {phase.predictions.language}"


def _mixed(train: Train) -> str:
    """Return "a+b"; "a+30% b" for a share, "a in de" for translated rows, "a part 1 of 2"."""
    into = dict.fromkeys(s.translated.into for s in train.streams if s.translated is not None)
    languages = f"{len(into)} translations" if len(into) > 1 else "".join(into)
    names = dict.fromkeys(_named(s, divided=not into) for s in train.streams)
    return "+".join(names) + (f" in {languages}" if languages else "")


def _named(stream: Stream, *, divided: bool) -> str:
    """Return a stream's task, with its share, or with its part if rows are divided."""
    if stream.share is not None:
        return f"{100 * stream.share:g}% {stream.task}"
    if stream.part is None or not divided:
        return stream.task
    return f"{stream.task} part {stream.part[0] + 1} of {stream.part[1]}"


def _after(start: Start) -> str:
    """Return " after a, b": the trainings that came before, nearest last."""
    names: list[str] = []
    while isinstance(start, Checkpoint):
        names.append(_mixed(start.train))
        start = start.train.start
    return f" after {', '.join(reversed(names))}" if names else ""
