"""What a plugin offers is checked here, when it is let in; behind this border nothing is.

Whatever is wrong with a value costs that value and one line. Whether rows and answers are right is
for `xharness.testing`: here are only types, and values that no command could work with.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from string import Formatter
from typing import Any

from xharness import tuning
from xharness.data.hub import COMMIT
from xharness.errors import one_line
from xharness.languages import Language
from xharness.models import ModelSource
from xharness.plugin.typed import fits, shown, wrong_types
from xharness.strategies import about, parameters
from xharness.tasks import LABELLED, SPLITS, Role, Source, Task
from xharness.translators import Files, Seq2Seq
from xharness.tuning import Parameter

NAME = re.compile(r"\w[\w.-]*")
_LOCAL = "local"
"""The executor of xharness itself; see `commands.compare`."""


def problems(noun: str, value: Any) -> list[str]:
    """Return what is wrong with an offered value, "field: what it is; what would be right" each.

    Args:
        noun: What it is offered as: "task", "model" and so on; "metric" is one of a task.
        value: The offered value.
    """
    kind, check = _CHECKS[noun]
    if kind is not None and not isinstance(value, kind):
        return [f"{shown(value)}; {_named(kind)} would be right"]
    try:
        # Fields of the wrong type first: the other checks rely on types.
        found = [*wrong_types(value)] if kind is not None else []
        return [*found, *([] if found else check(value))]
    except Exception as wrong:  # noqa: BLE001 - the value is the plugin's own, with code in it
        return [f"cannot be checked: {one_line(wrong)}"]


def _named(kind: type | tuple[type, ...]) -> str:
    """Return the name of a class, or of one of several."""
    several = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"a {one.__name__}" for one in several)


def _name(value: Any) -> Iterator[str]:
    """Yield what is wrong with a name that is typed on the command line."""
    name = getattr(value, "name", None)
    if not isinstance(name, str):
        yield f"name: {shown(name)}; text would be right"
    elif not NAME.fullmatch(name):
        yield f"name: {name!r} cannot be typed; letters, digits, _, - and . would be right"


def _repeated(name: str, values: Iterable[str]) -> Iterator[str]:
    """Yield the values of a field that are there twice."""
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{name}: {value!r} is there twice; once would be right"


def _summary(text: object) -> Iterator[str]:
    """Yield what is wrong with a summary, which has to be one line of text."""
    if not isinstance(text, str):
        yield f"summary: {shown(text)}; text would be right"
    elif len(text.splitlines()) > 1:
        yield "summary: has several lines; one would be right"


def _takes(field: str, function: Any, *names: str) -> Iterator[str]:
    """Yield what is wrong with a function that is called with arguments in this order."""
    if function is None:
        return
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # as of some that are written in C
        return
    try:
        signature.bind(*names)
    except TypeError:
        called = getattr(function, "__name__", field)
        has = ", ".join(signature.parameters)
        yield f"{field}: is {called}({has}); {field}({', '.join(names)}) would be right"


def _task(task: Task) -> Iterator[str]:
    """Yield what is wrong with a task whose fields have the right types."""
    yield from _name(task)
    yield from _summary(task.summary)
    if task.version < 1:
        yield f"version: {task.version}; 1 or more would be right"
    for name in ("sources", "languages", "splits"):
        if not getattr(task, name):
            yield f"{name}: empty; at least one would be right"
    yield from _repeated("languages", task.languages)
    yield from _repeated("labels", task.labels)
    for code in task.languages:
        if not NAME.fullmatch(code):
            yield f"languages: {code!r} cannot be typed; a code such as 'de' would be right"
    to_come = any(source.needs for source in task.sources)
    if task.kind in LABELLED and not task.labels and not to_come:
        yield f"labels: empty; the labels of the {task.kind.value} would be right"
    yield from _splits(task)
    yield from _metric(task.metric)
    yield from _takes("read", task.read, "row", "language")
    yield from _takes("rows", task.rows, "task", "source", "language", "split")
    yield from _takes("item", task.item, "row", "position")
    yield from _takes("items", task.items, "rows")
    yield from _takes("cluster", task.cluster, "rows")
    if task.excluded is not None and not task.excluded.path.is_file():
        yield f"excluded: path: {str(task.excluded.path)!r} is no file; an existing one is right"
    for source in task.sources:
        yield from (f"source {source.path!r}: {p}" for p in wrong_types(source))
        if not any(wrong_types(source)):
            yield from (f"source {source.path!r}: {p}" for p in _source(task, source))


def _splits(task: Task) -> Iterator[str]:
    """Yield what is wrong with a task's splits and what it trains on."""
    known = ", ".join(SPLITS)
    for name in task.splits:
        if name not in SPLITS:
            yield f"splits: {name!r} is unknown; {known} would be right"
    if task.role is Role.TARGET and "test" not in task.splits:
        yield "splits: no 'test'; a target needs one"
    if task.tuned_on is not None and task.tuned_on not in task.splits:
        yield f"tuned_on: {task.tuned_on!r}; one of {', '.join(task.splits)} would be right"
    if task.role is not Role.INTERMEDIATE and task.trains_on != task.name:
        return
    if "train" not in task.splits:
        yield "splits: no 'train'; rows of this task are trained on"
    if task.source_language not in task.languages:
        several = ", ".join(task.languages)
        yield f"source_language: {task.source_language!r}; one of {several} would be right"


def _metric(metric: Any) -> Iterator[str]:
    """Yield what a metric lacks."""
    signature = getattr(metric, "signature", None)
    if not isinstance(signature, str) or not signature.strip():
        yield f"metric: signature: {shown(signature)}; text such as 'accuracy@1' would be right"
    for name in ("statistics", "scores"):
        if not callable(getattr(metric, name, None)):
            yield f"metric: has no method {name}; see xharness.Metric"
            return
    yield from _takes("statistics", metric.statistics, "prediction", "gold", "language")
    yield from _takes("scores", metric.scores, "totals")


def _source(task: Task, source: Source) -> Iterator[str]:
    """Yield what is wrong with a source whose fields have the right types."""
    if not source.path:
        yield "path: empty; a repository, or a name for files and generators, would be right"
    if source.files and source.generate is not None:
        yield "files: given beside generate; one of the two would be right"
    hub = not source.files and source.generate is None
    if hub and source.revision is not None and not COMMIT.fullmatch(source.revision):
        yield f"revision: {source.revision!r}; 40 hexadecimal digits or None would be right"
    if source.generate is not None and source.revision is None:
        yield "revision: is None; the version of the generator, such as '1', would be right"
    if source.first is not None and source.first < 1:
        yield f"first: {source.first}; 1 or more would be right"
    yield from _takes("generate", source.generate, "config", "split")
    yield from _braces("config", source.config)
    yield from _names(task, source)


def _names(task: Task, source: Source) -> Iterator[str]:
    """Yield what is wrong with the splits and languages that a source names."""
    own = set(task.splits.values())
    for split, name in source.files.items():
        yield from _braces(f"files: {split}", name)
        if split not in own and not source.needs:
            known = ", ".join(sorted(own))
            yield f"files: {split!r} is none of its splits; one of {known} would be right"
    for name, rows in source.expected.items():
        split, _, language = name.partition("/")
        if split not in task.splits or (language and language not in task.languages):
            yield f"expected: {name!r}; a split, or split/language, of the task would be right"
        if rows < 0:
            yield f"expected: {name!r} has {rows} rows; 0 or more would be right"


def _braces(field: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a text in which {language} is replaced."""
    try:
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        names = {text}
    if names - {"language"}:
        yield f"{field}: {text!r}; only {{language}} can stand in braces"


def _model(model: ModelSource) -> Iterator[str]:
    """Yield what is wrong with a model whose fields have the right types."""
    yield from _name(model)
    yield from _summary(model.summary)
    if bool(model.path) == (model.pretrain is not None):
        yield "path: either it or pretrain would be right, not both or neither"
    if model.revision is not None and not COMMIT.fullmatch(model.revision):
        yield f"revision: {model.revision!r}; 40 hexadecimal digits or None would be right"
    for name in ("pretrain", "width", "depth"):
        if getattr(model, name) is not None and getattr(model, name) < 1:
            yield f"{name}: {getattr(model, name)}; 1 or more would be right"
    yield from _repeated("suites", model.suites)


def _is_frozen(value: Any) -> bool:
    """Return whether a value is an instance of a frozen dataclass."""
    frozen = getattr(getattr(value, "__dataclass_params__", None), "frozen", False)
    return bool(frozen) and not isinstance(value, type)


def _parameters(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield which parameters, by name, have values that cannot be typed or stand in a key."""
    for name, given in values.items():
        if not fits(given, Parameter):
            yield f"{name}: {shown(given)}; a bool, number, text or tuple of text would be right"


def _fixed(value: Any) -> Iterator[str]:
    """Yield the fields of a dataclass that cannot be set when it is made."""
    fixed = [f.name for f in fields(value) if not f.init]
    yield from (f"{name}: cannot be set; a field with init would be right" for name in fixed)


def _method(value: Any, name: str, *arguments: str) -> Iterator[str]:
    """Yield what is wrong with a method of a value."""
    if not callable(getattr(value, name, None)):
        yield f"{name}: is missing; a method {name}({', '.join(arguments)}) would be right"
    else:
        yield from _takes(name, getattr(value, name), *arguments)


def _strategy(strategy: Any) -> Iterator[str]:
    """Yield what is wrong with a strategy; it is of any class."""
    if not _is_frozen(strategy):
        yield f"{shown(strategy)}; an instance of a frozen dataclass would be right"
        return
    yield from _name(strategy)
    yield from _summary(getattr(strategy, "summary", None))
    for name in ("uses_intermediates", "joins_arms"):
        given = getattr(strategy, name, False if name == "joins_arms" else None)
        if not isinstance(given, bool):
            yield f"{name}: {shown(given)}; True or False would be right"
    yield from _method(strategy, "training", "cell", "train")
    yield from _parameters(parameters(strategy))
    about(strategy)
    yield from _fixed(strategy)


def _tuning(method: Any) -> Iterator[str]:
    """Yield what is wrong with a tuning method; it is of any class."""
    if not _is_frozen(method):
        yield f"{shown(method)}; an instance of a frozen dataclass would be right"
        return
    yield from _name(method)
    yield from _summary(getattr(method, "summary", None))
    version = getattr(method, "version", None)
    if not fits(version, int) or not version or version < 1:
        yield f"version: {shown(version)}; a whole number from 1 would be right"
    yield from _method(method, "make", "encoder")
    yield from _method(method, "trains", "parameter")
    yield from _method(method, "merge", "encoder")
    yield from _parameters(tuning.parameters(method))
    about(method)
    yield from _fixed(method)


def _translator(offered: Seq2Seq | Files) -> Iterator[str]:
    """Yield what is wrong with a translator; its own class checks the rest."""
    yield from _name(offered)
    yield from _summary(offered.summary)
    if not isinstance(offered, Seq2Seq):
        return
    if not offered.codes:
        yield "codes: empty; the languages it translates would be right"
    for code in offered.sources:
        if code not in offered.codes:
            yield f"sources: {code!r}; one of codes would be right: {', '.join(offered.codes)}"


def _with(method: str, *arguments: str) -> Callable[[Any], Iterator[str]]:
    """Return a check of values of any class that have a name and one method."""

    def check(value: Any) -> Iterator[str]:
        yield from _name(value)
        if isinstance(value, type):
            yield f"{value.__name__} is a class; an instance of it would be right"
        else:
            yield from _method(value, method, *arguments)
        if method == "run" and getattr(value, "name", None) == _LOCAL:
            yield f"name: {_LOCAL!r} is xharness's own; another would be right"

    return check


def _language(language: Language) -> Iterator[str]:
    """Yield what is wrong with a language; its own class checks the rest."""
    if not NAME.fullmatch(language.code):
        yield f"code: {language.code!r} cannot be typed; such as 'de' would be right"
    if not language.name.strip():
        yield "name: empty; its usual English name would be right"


_CHECKS: Mapping[str, tuple[Any, Callable[[Any], Iterator[str]]]] = {
    "task": (Task, _task),
    "model": (ModelSource, _model),
    "strategy": (None, _strategy),
    "translator": ((Seq2Seq, Files), _translator),
    "tuning": (None, _tuning),
    "executor": (None, _with("run", "ready", "run_one")),
    "tracker": (None, _with("start", "place")),
    "language": (Language, _language),
    "metric": (None, _metric),
}
"""By noun: the class that offered values have, None for any; and what is checked beside types."""
