"""A value that a plugin offers is checked when it is let in, and costs only itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.own_strategy import Own
from support.tuning_plugin import Only
from xharness import Language, Metric, Source, Task, hookimpl
from xharness.exclusions import Exclusions
from xharness.metrics import Accuracy
from xharness.models import ModelSource
from xharness.plugin import registry as registries
from xharness.testing import fake_task
from xharness.translators import Files, Seq2Seq

GOOD = fake_task(name="good")
FILES = Source(path="mine", files={"test": "t.csv"}, columns=("text",), licence="CC0-1.0")
NOWHERE = Exclusions(path=Path("none.txt"), column="text", of=())
MODEL = ModelSource(name="mine", path="org/mine")
NLLB = Seq2Seq(name="mine", location="org/mine", style="nllb", codes={"en": "eng", "de": "deu"})


def nothing() -> None:
    """Take no argument."""


def one(argument: Any) -> Any:
    """Take one argument."""
    return argument


def task(**fields: Any) -> Task:
    """Return a task with some fields spoilt."""
    return replace(fake_task(name="mine"), **fields)


def sourced(**fields: Any) -> Task:
    """Return a task whose source has some fields spoilt."""
    return task(sources=(replace(FILES, **fields),))


@dataclass(kw_only=True)
class Loose(SimpleNamespace):
    """A dataclass that can be changed."""

    name: str = "mine"


@dataclass(frozen=True, kw_only=True)
class Untrained:
    """A strategy that lacks its method."""

    name: str = "mine"
    summary: str = ""
    uses_intermediates: bool = False


class Explodes:
    """An object that cannot even be asked its name."""

    @property
    def name(self) -> str:
        """Raise."""
        raise ZeroDivisionError("oh")


def metric(**fields: object) -> Metric:
    """Return a metric with some attributes spoilt; None takes one away."""
    sound = Accuracy()
    own: dict[str, object] = {
        "signature": "own@1",
        "statistics": sound.statistics,
        "scores": sound.scores,
        **fields,
    }
    made: Any = SimpleNamespace(**{n: v for n, v in own.items() if v is not None})
    return made


BAD: list[tuple[str, Any, str]] = [
    ("tasks", 1, "task number 1 is left out: 1 is a whole number; a Task would be right"),
    ("tasks", Explodes(), "an Explodes; a Task would be right"),
    ("tasks", task(name=3), "name: 3 is a whole number; text would be right"),
    ("tasks", task(name="a,b"), "name: 'a,b' cannot be typed; letters, digits"),
    (
        "tasks",
        task(role="target"),
        "task 'mine' is left out: role: 'target' is text; Role.INTERMEDIATE or Role.TARGET would",
    ),
    ("tasks", task(kind="tagging"), "kind: 'tagging' is text; Kind.CLASSIFICATION or "),
    ("tasks", task(version="1"), "version: '1' is text; a whole number would be right"),
    ("tasks", task(version=0), "version: 0; 1 or more would be right"),
    ("tasks", task(version=True), "version: True is True or False; a whole number"),
    ("tasks", task(languages=()), "languages: empty; at least one would be right"),
    ("tasks", task(languages="en"), "languages: 'en' is text; a tuple of text would be right"),
    ("tasks", task(languages=["en"]), "languages: ['en'] is a list; a tuple of text"),
    ("tasks", task(languages=("en", "en")), "languages: 'en' is there twice; once"),
    ("tasks", task(languages=("en", 3)), "languages: ('en', 3) is a tuple; a tuple of text"),
    ("tasks", task(labels=("a", "a")), "labels: 'a' is there twice; once would be right"),
    ("tasks", task(labels=()), "labels: empty; the labels of the classification"),
    ("tasks", task(sources=FILES), "a Source; a tuple of a Source would be right"),
    ("tasks", task(sources=()), "sources: empty; at least one would be right"),
    ("tasks", task(splits={}), "splits: empty; at least one would be right"),
    ("tasks", task(splits={"tset": "t"}), "splits: 'tset' is unknown; train, dev, test would"),
    ("tasks", task(splits={"train": "t"}), "splits: no 'test'; a target needs one"),
    ("tasks", task(splits={"test": "t"}), "splits: no 'train'; rows of this task are trained on"),
    ("tasks", task(tuned_on="valid"), "tuned_on: 'valid'; one of train, dev, test would"),
    ("tasks", task(source_language="fr"), "source_language: 'fr'; one of en, de would be right"),
    ("tasks", task(read=None), "read: is None; a function would be right"),
    ("tasks", task(read=one), "read: is one(argument); read(row, language) would be"),
    ("tasks", task(cluster=nothing), "cluster: is nothing(); cluster(rows) would be right"),
    ("tasks", task(metric=metric(scores=nothing)), "scores: is nothing(); scores(totals)"),
    ("tasks", sourced(files={}, revision="1", generate=one), "generate(config, split)"),
    ("tasks", task(excluded=NOWHERE), "excluded: path: 'none.txt' is no file"),
    ("tasks", task(trains_on=("mine",)), "trains_on: ('mine',) is a tuple; text or None"),
    ("tasks", task(summary="two\nlines"), "summary: has several lines; one would be right"),
    ("tasks", task(summary=None), "summary: is None; text would be right"),
    ("tasks", task(metric=metric(signature=None)), "metric: signature: is None; text such as"),
    ("tasks", task(metric=metric(signature=7)), "metric: signature: 7 is a whole number; text"),
    ("tasks", task(metric=metric(scores=None)), "metric: has no method scores"),
    ("tasks", task(metric="accuracy"), "metric: has no method statistics"),
    ("tasks", sourced(licence=None), "source 'mine': licence: is None; text would be right"),
    ("tasks", sourced(path=""), "source '': path: empty"),
    ("tasks", sourced(files={"test": 3}), "files: {'test': 3} is a dict; a mapping of text to"),
    ("tasks", sourced(files={"tset": "t.csv"}), "files: 'tset' is none of its splits; one of"),
    ("tasks", sourced(files={"test": "{lang}.csv"}), "'{lang}.csv'; only {language} can stand in"),
    ("tasks", sourced(files={"test": "{.csv"}), "'{.csv'; only {language} can stand in braces"),
    ("tasks", sourced(expected={"test": "10"}), "expected: {'test': '10'} is a dict; a mapping"),
    ("tasks", sourced(expected={"test": -1}), "expected: 'test' has -1 rows; 0 or more"),
    ("tasks", sourced(expected={"test/fr": 1}), "expected: 'test/fr'; a split, or split/language"),
    ("tasks", sourced(columns="text"), "columns: 'text' is text; a tuple of text would be right"),
    ("tasks", sourced(files={}, revision="main"), "revision: 'main'; 40 hexadecimal digits"),
    ("tasks", sourced(generate=print), "files: given beside generate; one of the two"),
    ("tasks", sourced(first=0), "first: 0; 1 or more would be right"),
    ("models", replace(MODEL, path=None), "path: either it or pretrain would be right"),
    ("models", replace(MODEL, pretrain=1), "path: either it or pretrain would be right"),
    ("models", replace(MODEL, revision="v1"), "revision: 'v1'; 40 hexadecimal digits or None"),
    ("models", replace(MODEL, width="384"), "width: '384' is text; a whole number or None"),  # type: ignore[arg-type]
    ("models", replace(MODEL, depth=0), "depth: 0; 1 or more would be right"),
    ("models", replace(MODEL, suites="lab"), "suites: 'lab' is text; a tuple of text"),  # type: ignore[arg-type]
    ("strategies", SimpleNamespace(name="mine"), "an instance of a frozen dataclass would"),
    ("strategies", Loose(), "an instance of a frozen dataclass would be right"),
    ("strategies", Own, "an instance of a frozen dataclass would be right"),
    ("strategies", Own(name="mine:2"), "name: 'mine:2' cannot be typed"),
    ("strategies", Own(summary=None), "summary: is None; text would be right"),
    (
        "strategies",
        Own(uses_intermediates="no"),
        "uses_intermediates: 'no' is text; True or",
    ),
    (
        "strategies",
        Own(order=[1]),
        "order: [1] is a list; a bool, number, text or tuple of text",
    ),
    ("strategies", Untrained(), "training: is missing; a method training(cell, train)"),
    ("tunings", 3, "3 is a whole number; an instance of a frozen dataclass would be right"),
    ("tunings", replace(Only(), name="a b"), "tuning 'a b' is left out: name: 'a b' cannot be"),
    ("tunings", replace(Only(), version=0), "version: 0 is a whole number; a whole number from 1"),
    ("tunings", replace(Only(), part=["a"]), "part: ['a'] is a list; a bool, number, text or"),  # type: ignore[arg-type]
    ("tunings", Own(), "make: is missing; a method make(encoder) would be right"),
    ("translators", MODEL, "a ModelSource; a Seq2Seq or a Files would be right"),
    ("translators", replace(NLLB, codes=("en",)), "codes: ('en',) is a tuple; a mapping of text"),  # type: ignore[arg-type]
    ("translators", replace(NLLB, codes={}), "codes: empty; the languages it translates"),
    ("translators", replace(NLLB, sources=("fr",)), "sources: 'fr'; one of codes would be right"),
    ("translators", Files(name="mine", folder=3), "folder: 3 is a whole number; text"),  # type: ignore[arg-type]
    ("trackers", SimpleNamespace(name="mine"), "start: is missing; a method start(place) would"),
    ("trackers", SimpleNamespace(name=None, start=print), "name: is None; text would be right"),
    ("trackers", SimpleNamespace(name="mine", start=nothing), "start(place) would be right"),
    ("executors", SimpleNamespace(name="mine", run=one), "run(ready, run_one) would"),
    ("trackers", Explodes(), "cannot be checked: ZeroDivisionError: oh"),
    (
        "executors",
        SimpleNamespace(name="mine", run=3),
        "run: is missing; a method run(ready",
    ),
    ("executors", SimpleNamespace(name="local", run=print), "name: 'local' is xharness's own"),
    ("languages", Language(code="", name="Hausa"), "code: '' cannot be typed; such as 'de'"),
    ("languages", Language(code="ha", name=3), "name: 3 is a whole number; text"),  # type: ignore[arg-type]
    ("languages", Language(code="ha", name="Hausa", joshi="2"), "joshi: '2' is text"),  # type: ignore[arg-type]
]
"""The hook, what it returns beside something sound, and what the one line says."""


def offering(**offered: list[Any]) -> SimpleNamespace:
    """Return a plugin that offers these values."""

    def hook(values: list[Any]) -> Callable[[], list[Any]]:
        return hookimpl(lambda: values)

    return SimpleNamespace(**{f"xharness_{noun}": hook(v) for noun, v in offered.items()})


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())


@pytest.mark.parametrize(("hook", "value", "says"), BAD)
def test_a_bad_value_costs_itself_and_one_line(hook: str, value: Any, says: str) -> None:
    """The line names plugin, object, field and what is right; the plugin's other things stay."""
    offered: dict[str, list[Any]] = {"tasks": [GOOD]}
    offered[hook] = [value, *offered.get(hook, [])]
    found = registries.load(("theirs", offering(**offered)))
    offers = found.offers
    (line,) = found.complaints()

    assert line.startswith("plugin theirs (given ): ")
    assert says in line
    assert "\n" not in line
    assert list(found.tasks) == ["good"]
    assert not {*offers.models, *offers.strategies, *offers.translators}
    assert not {*found.trackers, *found.executors}


def test_all_that_is_wrong_with_a_value_stands_in_its_line() -> None:
    """A task with two bad fields is mended in one go."""
    found = registries.load(("theirs", offering(tasks=[task(role="target", version="1")])))
    (line,) = found.complaints()

    assert "role: 'target' is text" in line
    assert "version: '1' is text" in line


def test_strict_lets_nothing_bad_pass() -> None:
    """With --strict-plugins one bad value ends the command."""
    from xharness.errors import PluginError

    with pytest.raises(PluginError, match="task 'mine' is left out: version: 0"):
        registries.load(("theirs", offering(tasks=[task(version=0)])), strict=True)
