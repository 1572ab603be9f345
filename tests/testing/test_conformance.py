"""xharness.testing for what is no task and no strategy: right values pass, wrong ones are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from support.tuning_plugin import LowRank, Only
from xharness import ModelSource, Phase, Seq2Seq
from xharness.examples import Answer, SpanQuestion
from xharness.metrics import Accuracy, ChunkF1, Metric, Mlqa, SquadV1, SquadV2, TokenAccuracy
from xharness.plugin import registry
from xharness.plugin.hooks import Report
from xharness.testing import (
    assert_executor_conforms,
    assert_metric_conforms,
    assert_model_conforms,
    assert_tracker_conforms,
    assert_translator_conforms,
    assert_tuning_conforms,
)

OURS = registry.load()
QUESTION = SpanQuestion(
    context="the red hen", question="which hen", answers=(Answer(text="red hen", start=4),)
).gold()
TAGS = (("B-PER", "O"), ("B-PER", "O"))


@pytest.mark.parametrize(
    ("metric", "pairs"),
    [
        (Accuracy(), [("a", "a"), ("b", "a")]),
        (ChunkF1(), [TAGS, (("O", "O"), ("B-PER", "O"))]),
        (TokenAccuracy(), [TAGS, (("O", "O"), ("B-PER", "O"))]),
        (SquadV1(), [("red hen", QUESTION), ("hen", QUESTION), (None, QUESTION)]),
        (SquadV2(), [("red hen", QUESTION), (None, QUESTION)]),
        (Mlqa(), [("red hen", QUESTION), ("cat", QUESTION)]),
    ],
    ids=lambda value: getattr(value, "signature", ""),
)
def test_our_metrics_conform(metric: Metric, pairs: Sequence[tuple[Any, Any]]) -> None:
    """The metrics that come with xharness keep their promises, on right and wrong predictions."""
    assert_metric_conforms(metric, pairs)


@dataclass(frozen=True, kw_only=True)
class Share:
    """Part of right answers, whose functions tests replace."""

    signature: Any = "share@1"
    add: Callable[[Any, Any], Any] = lambda p, g: (float(p == g), 1.0)
    sum: Callable[[Any], Any] = lambda t: {"share": 100 * t[0] / t[1]}

    def statistics(self, prediction: Any, gold: Any, language: str) -> Any:
        """Return what one example adds."""
        return self.add(prediction, gold)

    def scores(self, totals: Any) -> Any:
        """Return percentages."""
        return self.sum(totals)


def counting() -> Callable[[Any, Any], Any]:
    """Return statistics that are others every time."""
    numbers: Iterator[float] = iter(map(float, range(100)))
    return lambda _p, _g: (next(numbers), 1.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"signature": None}, "signature: is None; text such as 'accuracy@1' would be right"),
        ({"add": lambda _p, _g: 1.0}, "statistics('a', 'a'): its statistics are 1.0; a tuple"),
        ({"add": lambda p, _g: (1.0,) * (1 + (p == "b"))}, "[1, 2] numbers; equally many"),
        ({"add": counting()}, "(0.0, 1.0), then (1.0, 1.0); the same numbers would be right"),
        ({"sum": lambda _: {"share": 101.0}}, "'share' is 101.0, which is no percentage"),
        ({"sum": lambda t: {f"share{t[0]:g}": 0.0}}, "always the same would be right"),
    ],
)
def test_what_a_metric_gets_wrong(wrong: dict[str, Any], says: str) -> None:
    """Statistics and scores that could not be stored, summed or resampled are told."""
    pairs = [("a", "a"), ("b", "a")]
    assert_metric_conforms(Share(), pairs)
    with pytest.raises(AssertionError) as error:
        assert_metric_conforms(Share(**wrong), pairs)

    assert says in str(error.value)


def test_a_metric_is_checked_on_more_than_one_prediction() -> None:
    """One pair cannot show that all examples give equally many numbers."""
    with pytest.raises(ValueError, match="pairs: 1; two or more would be right"):
        assert_metric_conforms(Share(), [("a", "a")])


@pytest.mark.parametrize("model", OURS.offers.models.values(), ids=lambda m: m.name)
def test_our_models_conform(model: ModelSource) -> None:
    """Every encoder that comes with xharness has a licence, a citation and a summary."""
    assert_model_conforms(model)


def test_what_a_model_gets_wrong() -> None:
    """What would be left out, and what would leave a table empty, is told at once."""
    with pytest.raises(AssertionError) as error:
        assert_model_conforms(ModelSource(name="mine", path="org/mine", revision="main"))

    assert str(error.value).splitlines() == [
        "model mine: 4 problems",
        "  revision: 'main'; 40 hexadecimal digits or None would be right",
        "  licence: empty; text would be right",
        "  citation: empty; text would be right",
        "  summary: empty; text would be right",
    ]


def test_translators_are_checked() -> None:
    """A translator that could translate nothing, and says nothing of its weights, is told so."""
    sound = Seq2Seq(
        name="mine",
        location="org/mine",
        style="nllb",
        codes={"en": "eng", "de": "deu"},
        licence="MIT",
        citation="@misc{mine}",
        summary="ours",
    )
    assert_translator_conforms(sound)
    with pytest.raises(AssertionError, match="codes: empty; the languages it translates"):
        assert_translator_conforms(replace(sound, codes={}))
    with pytest.raises(AssertionError, match="licence: empty; text would be right"):
        assert_translator_conforms(replace(sound, licence=""))


@dataclass(frozen=True, kw_only=True)
class Told:
    """A tracker that keeps what it is told, or fails."""

    kept: list[Report]
    name: str = "told"
    fails: bool = False
    deaf: bool = False

    def start(self, place: str) -> Any:
        """Return a function that keeps reports."""

        def tell(report: Report) -> None:
            if self.fails:
                raise ValueError("no such metric")
            self.kept.append(report)

        return None if self.deaf else tell


def test_a_tracker_is_told_of_a_training_and_a_score() -> None:
    """A curve, a score, and the curve again, as when a run goes on."""
    kept: list[Report] = []
    assert_tracker_conforms(Told(kept=kept))

    assert [len(report.points) for report in kept] == [4, 1, 4]
    assert kept[0] == kept[2]
    with pytest.raises(AssertionError, match="what start returns: raises ValueError: no such"):
        assert_tracker_conforms(Told(kept=kept, fails=True))
    with pytest.raises(AssertionError, match="start: returns None; a function of one report"):
        assert_tracker_conforms(Told(kept=kept, deaf=True))


def test_our_tensorboard_conforms(tmp_path: Path) -> None:
    """The tracker that comes with xharness takes what trackers are told."""
    pytest.importorskip("tensorboard")
    assert_tracker_conforms(OURS.trackers["tensorboard"], str(tmp_path))


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Runs phases in one of several ways."""

    way: str = "in turn"
    name: str = "queue"

    def run(self, ready: Iterable[Phase], run_one: Callable[[Phase], None]) -> None:
        """Run phases in turn, backwards, not all, in a thread, or whatever happens."""
        phases = list(ready)
        match self.way:
            case "backwards":
                phases.reverse()
            case "not all":
                phases.pop()
            case "whatever happens":
                for phase in phases:
                    try:
                        run_one(phase)
                    except KeyboardInterrupt:
                        continue
                return
            case "elsewhere":
                several = [threading.Thread(target=run_one, args=(phases[0],))]
                several[0].start()
                several[0].join()
                phases = phases[1:]
        for phase in phases:
            run_one(phase)


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("backwards", "run: runs a Score before a phase that it reads; afterwards would be right"),
        ("not all", "has run 8 of 9 phases; all would be right"),
        ("whatever happens", "run: goes on after run_one has raised KeyboardInterrupt (9 calls)"),
    ],
)
def test_what_an_executor_gets_wrong(way: str, says: str) -> None:
    """Order, completeness and the end of a run are told."""
    assert_executor_conforms(Queue())
    with pytest.raises(AssertionError) as error:
        assert_executor_conforms(Queue(way=way))

    assert says in str(error.value)


@dataclass(frozen=True, kw_only=True)
class Wrong(LowRank):
    """Low-rank updates that break one promise."""

    promise: str = "merge"

    def make(self, encoder: Any) -> None:
        """Draw from a generator of its own, or change what nothing stores."""
        import torch

        if self.promise == "raise":
            raise ValueError("no query")
        if self.promise == "seed":
            torch.seed()
        if self.promise == "trains":
            encoder.unused = torch.nn.Parameter(torch.zeros(2))
        elif self.promise == "activation":
            encoder.encoder.layer[0].intermediate.intermediate_act_fn = torch.nn.ReLU()
        else:
            LowRank.make(self, encoder)

    def trains(self, parameter: str) -> bool:
        """Train the updates, or what no output depends on."""
        return parameter == "unused" or LowRank.trains(self, parameter)

    def merge(self, encoder: Any) -> None:
        """Throw the updates away, leave them, or merge them."""
        if self.promise == "leave":
            return
        if self.promise == "trains":
            del encoder.unused
        if self.promise == "merge":
            for name, parameter in encoder.named_parameters():
                if name.endswith(".up"):
                    parameter.data.zero_()
        LowRank.merge(self, encoder)


@pytest.mark.training
@pytest.mark.parametrize("method", [LowRank(), LowRank(rank=4), Only(), Only(part="embeddings")])
def test_sound_tuning_methods_conform(method: Any) -> None:
    """Low-rank updates, one block alone and the embeddings alone keep every promise."""
    assert_tuning_conforms(method)


@pytest.mark.training
@pytest.mark.parametrize(
    ("promise", "says"),
    [
        ("raise", "make raises ValueError: no query"),
        ("seed", "make: makes two encoders from one seed; torch's own generator would be right"),
        ("trains", "trains: nothing that is trained changes the outputs"),
        ("merge", "merge: the outputs of the stored encoder are "),
        ("leave", "the names and shapes of before make would be right"),
        ("activation", "merge: the outputs of the stored encoder are "),
    ],
)
def test_what_a_tuning_method_gets_wrong(promise: str, says: str) -> None:
    """What would be lost when a checkpoint is stored, or not be made again, is told."""
    with pytest.raises(AssertionError) as error:
        assert_tuning_conforms(Wrong(promise=promise))

    assert says in str(error.value)


def test_values_that_would_be_left_out_are_told_first() -> None:
    """The words are those of the line that a user would read when the plugin is loaded."""
    unnamed: Any = replace(Only(), name="a b")
    with pytest.raises(AssertionError, match="tuning method a b: 1 problem\n  name: 'a b' cannot"):
        assert_tuning_conforms(unnamed)
