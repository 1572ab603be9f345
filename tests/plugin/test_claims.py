"""A name that two plugins offer costs only them; qualified with the package it is unambiguous."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from support.own_strategy import Own
from xharness import Role, hookimpl
from xharness.models import ModelSource
from xharness.plugin import registry as registries
from xharness.plugin.registry import Registry
from xharness.testing import FAKE_MODEL, fake_task

MINILM = ModelSource(name="minilm", path="org/minilm", summary="small")


def offering(**offered: object) -> SimpleNamespace:
    """Return a plugin that offers these values."""
    return SimpleNamespace(
        **{f"xharness_{noun}": hookimpl(lambda v=values: v) for noun, values in offered.items()}
    )


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())


def installed(monkeypatch: pytest.MonkeyPatch, **plugins: tuple[str, object]) -> Registry:
    """Return the registry of plugins, each given as (distribution, plugin)."""
    points = [
        SimpleNamespace(
            name=name, load=lambda p=plugin: p, dist=SimpleNamespace(name=package, version="1")
        )
        for name, (package, plugin) in plugins.items()
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: points)
    return registries.load()


@pytest.mark.parametrize(
    ("noun", "value"),
    [
        ("tasks", fake_task(name="same")),
        ("models", replace(MINILM, name="same")),
        ("strategies", Own(name="same")),
        ("trackers", SimpleNamespace(name="same", start=print)),
        ("executors", SimpleNamespace(name="same", run=print)),
    ],
)
def test_of_two_packages_neither_has_the_name(noun: str, value: object) -> None:
    """Both are named in one line, both are there under a qualified name, and all else works."""
    good = offering(models=[MINILM])
    found = registries.load(
        ("a", offering(**{noun: [value]})), ("b", offering(**{noun: [value]})), ("good", good)
    )
    offers = found.offers
    names = {*found.tasks, *offers.models, *offers.strategies, *found.trackers, *found.executors}
    (line,) = found.complaints()

    assert names == {"a:same", "b:same", "minilm"}
    assert "'same' is offered by 2 plugins, a and b: neither has it; write a:same or b:same" in line


def test_what_comes_with_xharness_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package's duplicate loses, whatever it is called, and can be chosen when qualified."""
    theirs = replace(MINILM, path="other/minilm")
    found = installed(
        monkeypatch,
        aaa=("aardvark", offering(models=[theirs])),
        models=("xharness", offering(models=[MINILM])),
    )

    assert found.offers.models == {
        "minilm": MINILM,
        "aardvark:minilm": replace(theirs, name="aardvark:minilm"),
    }
    assert found.origin["model aardvark:minilm"] == "aaa"
    (line,) = found.complaints()
    assert "models, which comes with xharness, has it; write aardvark:minilm" in line


def test_two_plugins_of_one_package_are_qualified_by_their_own_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the package says nothing, the plugin does."""
    found = installed(
        monkeypatch,
        a=("theirs", offering(models=[MINILM])),
        b=("theirs", offering(models=[MINILM])),
    )

    assert set(found.offers.models) == {"a:minilm", "b:minilm"}


def test_tasks_of_a_package_still_find_each_other() -> None:
    """A target that trains on its own package's task does so under the qualified name."""
    first = fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",))
    mine = replace(fake_task(name="mine"), trains_on="first", contains=("first",))
    found = registries.load(
        ("a", offering(tasks=[first, mine])), ("b", offering(tasks=[replace(first, version=7)]))
    )

    assert found.tasks["mine"].trains_on == "a:first"
    assert found.tasks["mine"].contains == ("a:first",)
    assert found.tasks["b:first"].version == 7
    assert found.tasks["a:first"].trains_on == "a:first"


def test_weights_that_plugins_make_are_not_renamed() -> None:
    """A plugin knows the model that it makes by its plain name, so neither is offered."""
    found = registries.load(
        ("a", offering(models=[FAKE_MODEL])), ("b", offering(models=[FAKE_MODEL]))
    )

    assert found.offers.models == {}
    assert "XHARNESS_DISABLE=b" in found.complaints()[0]


def test_a_package_that_has_a_name_twice_keeps_the_first() -> None:
    """Of two tasks of one plugin with one name the second is left out, in one line."""
    found = registries.load(("a", offering(tasks=[fake_task(), fake_task(languages=("sw",))])))

    assert found.tasks["fake"].languages == ("en", "de")
    assert "task 'fake' is left out: name: another of this plugin has it" in found.complaints()[0]
