"""Small tasks that live in memory, one for every kind, and a model that is never loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xharness.examples import (
    Answer,
    Classification,
    Example,
    MultipleChoice,
    Pair,
    Plain,
    SpanQuestion,
    Tagging,
)
from xharness.metrics import Accuracy, ChunkF1, Metric, SquadV1
from xharness.models import ModelSource
from xharness.tasks import Kind, Role, Row, Source, Task

FAKE_MODEL = ModelSource(
    name="fake-model",
    pretrain=1,
    width=8,
    depth=2,
    licence="none needed",
    citation="none",
    summary="a model that only FakeRunner can run",
)

_COLOURS = ("red", "green", "blue")
_LABELS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CLASSIFICATION: _COLOURS,
    Kind.TAGGING: ("NOUN", "VERB"),
}
_METRICS: Mapping[Kind, Metric] = {
    Kind.TAGGING: ChunkF1(),
    Kind.SPAN_QA: SquadV1(),
    Kind.RETRIEVAL: Accuracy(name="retrieval-accuracy"),
}


def fake_task(
    kind: Kind = Kind.CLASSIFICATION,
    name: str = "fake",
    *,
    role: Role = Role.TARGET,
    languages: Sequence[str] = ("en", "de"),
    rows: int = 12,
) -> Task:
    """Return a task whose rows are made in memory, the same ones every time.

    Two neighbouring rows come from one passage, and rows are aligned across languages. A task
    trains on its own rows, unless it is retrieval, which is not trained. For a task that differs
    in anything else, use `dataclasses.replace`.

    Args:
        kind: Decides what an example looks like, and the metric.
        name: What it is called.
        role: Intermediate or target.
        languages: The first one is what it is trained in.
        rows: Rows per language and split.
    """
    return Task(
        name=name,
        role=role,
        kind=kind,
        version=1,
        sources=(_source(kind, name, rows),),
        languages=tuple(languages),
        splits={"train": "train", "dev": "dev", "test": "test"},
        labels=_LABELS.get(kind, ()),
        read=_read,
        item=_item,
        cluster=_clusters,
        metric=_METRICS.get(kind, Accuracy()),
        trains_on=None if kind is Kind.RETRIEVAL else name,
        source_language=languages[0],
        summary=f"a fake {kind.value} task",
    )


def _source(kind: Kind, name: str, rows: int) -> Source:
    """Return a source that makes rows of a kind in memory."""

    def generate(config: str, split: str) -> list[Row]:
        return [{"id": f"{split}-{i}", "example": _example(kind, config, i)} for i in range(rows)]

    return Source(
        path=f"fake/{name}",
        config="{language}",
        revision="1",
        generate=generate,
        columns=("id", "example"),
        licence="none needed",
        citation="none",
    )


def _read(row: Row, language: str) -> Example:
    """Return the example that a row was made with."""
    example: Example = row["example"]
    return example


def _item(row: Row, position: int) -> str:
    """Name a row by its id, which is the same in every language."""
    return str(row["id"])


def _clusters(rows: Sequence[Row]) -> list[str]:
    """Put neighbours together, two by two."""
    return [str(i // 2) for i in range(len(rows))]


def _example(kind: Kind, language: str, i: int) -> Example:
    """Return the i-th example of a kind."""
    colour = _COLOURS[i % len(_COLOURS)]
    text = f"{language} thing {i} is {colour}"
    match kind:
        case Kind.CLASSIFICATION:
            return Classification(text=text, pair=f"is thing {i} {colour}", label=colour)
        case Kind.MULTIPLE_CHOICE:
            question = f"which colour has thing {i}"
            return MultipleChoice(
                context=text, question=question, choices=_COLOURS, answer=_COLOURS.index(colour)
            )
        case Kind.TAGGING:
            tokens = tuple(text.split())
            tags = tuple("VERB" if word == "is" else "NOUN" for word in tokens)
            return Tagging(tokens=tokens, tags=tags)
        case Kind.SPAN_QA:
            answer = Answer(text=colour, start=text.index(colour))
            return SpanQuestion(context=text, question=f"what is thing {i}", answers=(answer,))
        case Kind.RETRIEVAL:
            return Pair(source=text, target=f"english {text}")
        case Kind.MASKED_LM:
            return Plain(text=text)
