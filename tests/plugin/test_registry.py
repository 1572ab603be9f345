"""Plugins are loaded each inside a guard: one that is broken loses only what is its own."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xharness import Language, Phase, PhaseRun, Pretrain, hookimpl
from xharness.errors import PluginError
from xharness.keys import Key, key
from xharness.planning.plan import Plan
from xharness.plugin import registry as registries
from xharness.plugin.loading import PluginStatus
from xharness.plugin.registry import Registry
from xharness.store.store import Artifact, Store
from xharness.testing import FAKE_MODEL, FakeRunner, fake_task

PRETRAIN = Pretrain(model="tiny", version=1)
PLAN = Plan(
    suite="s",
    title="t",
    model="m",
    recipe="r",
    selection="last",
    limit_train=None,
    limit_eval=None,
    seeds=(1,),
    targets=(),
    answers=(),
    contrasts=(),
)


def raising(error: BaseException) -> Callable[[], object]:
    """Return a function that raises."""

    def get() -> object:
        raise error

    return get


def entry(name: str, get: Callable[[], object], distribution: str = "theirs") -> SimpleNamespace:
    """Return an entry point of another distribution."""
    return SimpleNamespace(
        name=name, load=get, dist=SimpleNamespace(name=distribution, version="3")
    )


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that says which entry points there are."""

    def install(*points: object) -> None:
        monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)

    install()
    return install


def hooks(**functions: Callable[..., object]) -> SimpleNamespace:
    """Return a plugin with these hooks, named without their prefix."""
    return SimpleNamespace(**{f"xharness_{n}": hookimpl(f) for n, f in functions.items()})


def plugin_of(found: Registry, name: str) -> PluginStatus:
    """Return the status of one plugin."""
    return next(p for p in found.plugins if p.name == name)


def test_our_own_plugins_load() -> None:
    """Everything that comes with xharness loads, and every name has its plugin."""
    found = registries.load(strict=True)

    assert found.failed() == ()
    assert found.origin["task xnli"] == "xnli"
    assert found.origin["strategy none"] == "none"
    assert {"xnli", "udpos", "xquad", "tatoeba", "mnli", "squad_v1"} <= set(found.tasks)
    assert list(found.tasks) == sorted(found.tasks)


def test_a_plugin_offers_what_it_has(installed: Callable[..., None]) -> None:
    """Tasks, models and strategies of an entry point are found under its name."""
    installed(entry("mine", lambda: FakeRunner(tasks=[fake_task(name="own")])))
    found = registries.load()
    status = plugin_of(found, "mine")

    assert list(found.tasks) == ["own"]
    assert found.offers.models == {"fake-model": FAKE_MODEL}
    assert found.origin == {"task own": "mine", "model fake-model": "mine"}
    assert (status.state, status.distribution, status.version) == ("loaded", "theirs", "3")
    assert status.hooks == ("xharness_models", "xharness_run_phase", "xharness_tasks")


def describing(**said: str) -> SimpleNamespace:
    """Return a plugin that describes Hausa."""
    row = Language(code="ha", name="Hausa", **said)
    return SimpleNamespace(xharness_languages=hookimpl(lambda: [row]))


def test_languages_of_plugins_stand_beside_the_table(installed: Callable[..., None]) -> None:
    """A described language is known as those of the table are; two may say the same of one."""
    installed()
    same = [(name, describing(family="Afro-Asiatic")) for name in ("one", "two")]
    found = registries.load(*same)

    assert found.languages["ha"].family == "Afro-Asiatic"
    assert "sw" in found.languages
    assert found.origin == {"language ha": "one"}


def test_two_who_describe_a_language_must_agree(installed: Callable[..., None]) -> None:
    """Of two rows that differ neither is used, both plugins are named, and all else works."""
    installed()
    found = registries.load(("a", describing(script="Latn")), ("b", describing(script="Arab")))

    assert found.complaints() == (
        "language 'ha' is described differently by a and b: neither row is used",
    )
    assert "ha" not in found.languages
    assert "sw" in found.languages


def test_the_table_of_languages_stays_as_it_is(installed: Callable[..., None]) -> None:
    """A plugin that says otherwise than the table loses, in one line."""
    installed()
    other = hooks(languages=lambda: [Language(code="sw", name="Kiswahili")])
    found = registries.load(("a", other))

    assert found.languages["sw"].name == "Swahili"
    assert found.complaints() == (
        "language 'sw' is described differently by xharness and a: xharness's row stays",
    )


def nothing() -> list[object]:
    """Offer nothing."""
    return []


def other_arguments(nonsense: object) -> list[object]:
    """Ask for an argument that no hook has."""
    return [nonsense]


UNKNOWN = hooks(taks=nothing)
WRAPPER = SimpleNamespace(xharness_tasks=hookimpl(lambda: (yield), wrapper=True))
NEWER = SimpleNamespace(XHARNESS_API=2, xharness_tasks=hookimpl(nothing))


class Leaves(BaseException):
    """What no library should raise."""


@pytest.mark.parametrize(
    ("get", "cause"),
    [
        (raising(ImportError("no module\n  named x")), "ImportError: no module named x"),
        (raising(SystemExit("bye")), "SystemExit: bye"),
        (raising(Leaves("oh")), "Leaves: oh"),
        (lambda: UNKNOWN, "PluginError: has the unknown hook xharness_taks; known: xharness_"),
        (lambda: WRAPPER, "PluginError: wraps a hook, so could change a phase"),
        (lambda: NEWER, "PluginError: is written for plugin API 2; this is 1"),
        (lambda: hooks(tasks=other_arguments), "PluginValidationError: "),
        (SimpleNamespace, "PluginError: has no hook; mark its functions with @hookimpl"),
        (lambda: hooks(tasks=raising(ValueError("oh"))), "ValueError: oh"),
        (lambda: hooks(tasks=raising(SystemExit(1))), "SystemExit: 1"),
        (lambda: hooks(tasks=lambda: None), "TypeError: "),
    ],
)
def test_a_broken_plugin_loses_only_its_own(
    installed: Callable[..., None], get: Callable[[], object], cause: str
) -> None:
    """Whatever is wrong with a plugin, the others work, and one line says what it is."""
    sound = FakeRunner(tasks=[fake_task(name="own")])
    installed(entry("broken", get), entry("sound", lambda: sound))
    found = registries.load()
    (failed,) = found.failed()

    assert list(found.tasks) == ["own"]
    assert cause in failed.error
    assert failed.line().startswith("plugin broken (theirs 3) is left out: ")
    assert "\n" not in failed.line()
    assert "xharness list plugins --errors" in failed.line()
    assert "Traceback" in failed.trace
    assert found.check(PLAN) == ()


def test_half_an_offer_is_none(installed: Callable[..., None]) -> None:
    """A plugin with sound tasks and broken models loses both."""
    both = hooks(tasks=lambda: [fake_task()], models=raising(ValueError("oh")))
    installed(entry("half", lambda: both))
    found = registries.load()

    assert found.tasks == {}
    assert plugin_of(found, "half").state == "failed"


def test_strict_names_every_failure(installed: Callable[..., None]) -> None:
    """With --strict-plugins nothing is left out: all failures are one error."""
    installed(*(entry(name, raising(ValueError("oh"))) for name in ("a", "b")))
    with pytest.raises(PluginError, match=r"(?s)plugin a .*\nplugin b "):
        registries.load(strict=True)


@pytest.mark.parametrize("disabled", ["mine", "theirs", "other, mine"])
def test_a_plugin_can_be_disabled(
    installed: Callable[..., None], monkeypatch: pytest.MonkeyPatch, disabled: str
) -> None:
    """A plugin that is disabled by its name or its distribution's is not even imported."""
    installed(entry("mine", raising(AssertionError("imported"))))
    monkeypatch.setenv("XHARNESS_DISABLE", disabled)

    assert [p.state for p in registries.load().plugins] == ["disabled"]


def test_one_plugin_name_of_two_distributions(installed: Callable[..., None]) -> None:
    """Two distributions may call their entry point the same."""
    installed(
        entry("task", FakeRunner, "a"),
        entry("task", lambda: hooks(tasks=lambda: [fake_task()]), "b"),
    )
    found = registries.load()

    assert [(p.name, p.state) for p in found.plugins] == [("task", "loaded"), ("b/task", "loaded")]
    assert found.origin["task fake"] == "b/task"


def test_our_plugins_come_first(installed: Callable[..., None]) -> None:
    """The order of plugins is fixed: xharness's own, then by distribution and name."""
    points = [("z", "xharness"), ("b", "two"), ("a", "two"), ("c", "one")]
    installed(*(entry(n, raising(ValueError), d) for n, d in points))

    assert [p.name for p in registries.load().plugins] == ["z", "c", "a", "b"]


FILE = """
from __future__ import annotations
from dataclasses import dataclass
from xharness import Accuracy, Classification, Kind, Role, Source, Task, hookimpl

@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    name: str = "direct"
    summary: str = "straight to the target"
    uses_intermediates: bool = False

    def training(self, cell, train):
        return train.on_target()

@hookimpl
def xharness_strategies():
    return [Direct()]

@hookimpl
def xharness_tasks():
    source = Source(path="moods", files={"test": "t.csv"}, columns=("text",), licence="CC0")
    return [Task(
        name="moods", role=Role.TARGET, kind=Kind.CLASSIFICATION, version=1, sources=(source,),
        languages=("en",), splits={"test": "test"}, labels=("a", "b"), metric=Accuracy(),
        read=lambda row, language: Classification(text=row["text"], label="a"),
    )]
"""


def test_a_single_file_is_a_plugin(installed: Callable[..., None], tmp_path: Path) -> None:
    """A file may define tasks and strategies; its tasks find their own files beside it."""
    path = tmp_path / "moods.py"
    path.write_text(FILE, "utf-8")
    found = registries.load(files=[path])

    assert found.offers.strategies["direct"].summary == "straight to the target"
    assert found.tasks["moods"].sources[0].folder == str(tmp_path)
    assert [(p.name, p.version, p.state) for p in found.plugins] == [("moods", "file", "loaded")]


def test_a_plugin_in_a_file_does_not_hide_modules(
    installed: Callable[..., None], tmp_path: Path
) -> None:
    """A file called like a library does not take the library's place."""
    (tmp_path / "json.py").write_text(FILE, "utf-8")
    before = sys.modules["json"]
    registries.load(files=[tmp_path / "json.py"])

    assert sys.modules["json"] is before


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("none.py", None, "PluginError: no such file"),
        ("syntax.py", "def", "SyntaxError: "),
        ("raises.py", "raise ValueError('oh')", "ValueError: oh"),
        ("exits.py", "raise SystemExit(0)", "SystemExit: 0"),
        ("empty.py", "", "PluginError: has no hook"),
        ("text.txt", "hello", "PluginError: is not a Python file"),
    ],
)
def test_a_file_that_fails_stops(
    installed: Callable[..., None], tmp_path: Path, name: str, content: str | None, cause: str
) -> None:
    """A file that was asked for by name is never left out silently."""
    if content is not None:
        (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(PluginError) as caught:
        registries.load(files=[tmp_path / name])

    assert str(caught.value).startswith(f"--plugin {tmp_path / name}: {cause}")


def test_the_error_of_a_file_has_the_line(installed: Callable[..., None], tmp_path: Path) -> None:
    """What a file raises, at import or in a hook, is told with the line where it stood."""
    (tmp_path / "deep.py").write_text("import json\n\njson.loads('no')\n", "utf-8")
    broken = FILE.replace("    source =", "    no_name\n    source =")
    (tmp_path / "hook.py").write_text(broken, "utf-8")
    line = broken.splitlines().index("    no_name") + 1
    with pytest.raises(PluginError) as caught:
        registries.load(files=[tmp_path / "deep.py", tmp_path / "hook.py"])

    first, second = str(caught.value).splitlines()
    assert "JSONDecodeError: " in first
    assert " (line 3); the trace: xharness list plugins --errors --plugin " in first
    assert f"NameError: name 'no_name' is not defined (line {line})" in second


@pytest.mark.parametrize("by", ["moods", "{path}"])
def test_a_file_can_be_disabled(
    installed: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """A file that is disabled by its name or its path is not even read."""
    path = tmp_path / "moods.py"
    path.write_text("raise AssertionError", "utf-8")
    monkeypatch.setenv("XHARNESS_DISABLE", by.format(path=path))
    found = registries.load(files=[path])

    assert [(p.name, p.state) for p in found.plugins] == [("moods", "disabled")]
    assert found.complaints() == ()


def test_a_disabled_name_that_does_not_exist_is_told(
    installed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo in XHARNESS_DISABLE is answered with the nearest plugin."""
    installed(entry("moods", FakeRunner))
    monkeypatch.setenv("XHARNESS_DISABLE", "mods,theirs")

    assert registries.load().complaints() == (
        "XHARNESS_DISABLE: no plugin is called 'mods'; did you mean moods?",
    )


def test_a_slow_plugin_is_named(
    installed: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An import, a question or a report that takes long is told with the plugin's name."""
    monkeypatch.setattr("xharness.plugin.patience.SECONDS", 0.02)

    def slow(*_: object) -> list[object]:
        time.sleep(0.6)
        return []

    def imported() -> object:
        time.sleep(0.6)
        return hooks(tasks=slow, check_plan=slow, phase_finished=slow)

    installed(entry("dozes", imported))
    with caplog.at_level(logging.WARNING, logger="xharness"):
        found = registries.load()
        found.check(PLAN)
        found.phase_finished(PRETRAIN, Artifact(key(PRETRAIN), tmp_path), 1.0)

    for what in (
        "its import",
        "xharness_tasks",
        "xharness_check_plan",
        "xharness_phase_finished",
    ):
        assert f"plugin dozes: {what} takes more than 0.02 s" in caplog.text


@pytest.mark.parametrize("moment", ["import", "hook", "check"])
def test_ctrl_c_is_never_taken_for_a_failure(installed: Callable[..., None], moment: str) -> None:
    """An interrupt ends the program, whatever a plugin is doing at that moment."""
    stop = raising(KeyboardInterrupt())
    plugin = hooks(tasks=stop) if moment == "hook" else hooks(check_plan=stop)
    installed(entry("mine", stop if moment == "import" else lambda: plugin))
    with pytest.raises(KeyboardInterrupt):
        registries.load().check(PLAN)


def test_a_phase_that_leaves_the_program_only_fails(
    installed: Callable[..., None], tmp_path: Path
) -> None:
    """SystemExit inside a phase is that phase's error, and the plugin is named."""
    found = registries.load(("quits", hooks(run_phase=raising(SystemExit(4)))))
    with pytest.raises(PluginError, match="plugin quits: SystemExit: 4"):
        found.run_phase(PRETRAIN, {}, given(tmp_path))


@pytest.mark.parametrize("answer", ["no", 3, [3]])
def test_reasons_that_are_no_sentences_are_refused(
    installed: Callable[..., None], answer: object
) -> None:
    """What is no list of sentences counts as a plan that was not checked."""
    found = registries.load(("judge", hooks(check_plan=lambda: answer)))
    with pytest.raises(PluginError, match="plugin judge cannot check this plan: TypeError"):
        found.check(PLAN)


def test_reasons_against_a_plan_come_together(installed: Callable[..., None]) -> None:
    """Every plugin's reasons are collected, in a fixed order; no reason is fine."""
    found = registries.load(
        ("a", hooks(check_plan=lambda plan: [f"{plan.suite}: no test set"])),
        ("b", hooks(check_plan=lambda: ["a leak"])),
        ("c", hooks(check_plan=lambda: None)),
    )

    assert found.check(PLAN) == ("a leak", "s: no test set")


def test_a_plan_that_cannot_be_checked_is_refused(installed: Callable[..., None]) -> None:
    """A plugin that fails while checking stops the run and is named: nothing runs unchecked."""
    found = registries.load(("judge", hooks(check_plan=lambda plan: plan.nothing)))
    with pytest.raises(PluginError, match=r"plugin judge cannot check this plan: AttributeError"):
        found.check(PLAN)


def given(folder: Path) -> PhaseRun:
    return PhaseRun(
        out=folder,
        scratch=folder,
        device="cpu",
        threads=1,
        tasks={},
        data_root=None,
        offline=True,
        report=lambda _part, _speed: None,
        should_stop=lambda: False,
    )


def runner(name: str, told: list[str], *, answer: object) -> tuple[str, object]:
    """Return a plugin that notes that it was asked."""

    def run_phase(phase: Phase, run: PhaseRun) -> object:
        told.append(name)
        return answer

    return name, hooks(run_phase=run_phase)


def test_the_first_plugin_that_takes_a_phase_runs_it(
    installed: Callable[..., None], tmp_path: Path
) -> None:
    """Plugins are asked, the last loaded first, until one has run the phase."""
    told: list[str] = []
    found = registries.load(
        runner("never", told, answer=True),
        runner("takes", told, answer=True),
        runner("leaves", told, answer=None),
    )

    assert found.run_phase(PRETRAIN, {}, given(tmp_path)) == "takes"
    assert told == ["leaves", "takes"]


def test_a_phase_that_nobody_runs_is_an_error(
    installed: Callable[..., None], tmp_path: Path
) -> None:
    """A kind of phase without a plugin says so."""
    with pytest.raises(PluginError, match="Pretrain: no loaded plugin runs this kind of phase"):
        registries.load().run_phase(PRETRAIN, {}, given(tmp_path))


def test_the_engine_is_asked_last(tmp_path: Path) -> None:
    """A plugin can take any phase from the engine and from the scorer."""
    calls = registries.load(("mine", FakeRunner())).manager.hook.xharness_run_phase.get_hookimpls()

    assert {c.plugin_name for c in calls[:2]} == {"engine", "scoring"}
    assert calls[-1].plugin_name == "mine"


def test_a_listener_that_fails_is_only_logged(
    installed: Callable[..., None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A finished phase stays finished, whatever plugins make of it; all of them are told."""
    told: list[tuple[Phase, float]] = []

    def finished(phase: Phase, artifact: Artifact, seconds: float) -> None:
        told.append((phase, seconds))

    found = registries.load(
        ("good", hooks(phase_finished=finished)),
        ("bad", hooks(phase_finished=lambda phase: phase.nothing)),
    )
    artifact = Artifact(Key(key(PRETRAIN)), Store(tmp_path).folder_of(key(PRETRAIN)))
    with caplog.at_level(logging.WARNING, logger="xharness"):
        found.phase_finished(PRETRAIN, artifact, 1.5)

    assert told == [(PRETRAIN, 1.5)]
    assert "plugin bad could not report a phase: AttributeError" in caplog.text


def test_inputs_reach_the_plugin(installed: Callable[..., None], tmp_path: Path) -> None:
    """A plugin gets exactly the arguments that it names."""
    seen: list[Mapping[Key, Artifact]] = []

    def run_phase(inputs: Mapping[Key, Artifact]) -> bool:
        seen.append(inputs)
        return True

    inputs = {key(PRETRAIN): Artifact(key(PRETRAIN), tmp_path)}
    registries.load(("mine", hooks(run_phase=run_phase))).run_phase(
        PRETRAIN, inputs, given(tmp_path)
    )

    assert seen == [inputs]


def names(statuses: Sequence[PluginStatus]) -> list[str]:
    return [s.name for s in statuses]


def test_extras_come_after_files_and_entry_points(
    installed: Callable[..., None], tmp_path: Path
) -> None:
    """What a test gives is loaded last, so it is asked first."""
    (tmp_path / "moods.py").write_text(FILE, "utf-8")
    installed(entry("point", lambda: hooks(tasks=nothing)))
    found = registries.load(("extra", FakeRunner()), files=[tmp_path / "moods.py"])

    assert names(found.plugins) == ["point", "moods", "extra"]


class Backwards:
    """Does the phases in their order and notes them; a name that only this plugin has."""

    name = "noted"

    def __init__(self) -> None:
        """Start with nothing noted."""
        self.seen: list[object] = []

    def run(self, ready: Iterable[Any], run_one: Callable[[Any], None]) -> None:
        """Run each phase in turn."""
        for phase in ready:
            self.seen.append(phase)
            run_one(phase)


def test_a_plugin_can_offer_an_executor() -> None:
    """What a plugin returns from xharness_executors is found by its name."""
    offered = Backwards()

    class Plugin:
        """Offers an executor."""

        @staticmethod
        @hookimpl
        def xharness_executors() -> list[Backwards]:
            """Offer it."""
            return [offered]

    found = registries.load(("executors", Plugin()))

    assert found.executors == {"noted": offered}
