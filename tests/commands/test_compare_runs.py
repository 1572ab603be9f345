"""Two runs side by side: what differs, and how far the numbers moved."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from statistics import fmean

import pytest
from rich.console import Console

from support.fake_comparison import Compared, compared
from support.printing import printed
from support.program import Command
from xharness.analysis import results
from xharness.analysis.run_diff import RunDifference
from xharness.commands import compare_runs, plans
from xharness.errors import StoreError
from xharness.report.view import View
from xharness.store import artifacts


def both(a: Compared, b: Compared) -> View:
    """Return the comparison of the latest plans of two stores."""
    first, second = (compare_runs.find(str(c.store.root), Path("store")) for c in (a, b))
    return compare_runs.compare(first, second)


def differences(view: View) -> dict[str, tuple[str, str]]:
    """Return what differs, by name."""
    return {d["what"]: (d["ours"], d["theirs"]) for d in view.document["differences"]}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison."""
    return compared(tmp_path_factory.mktemp("first") / "store", targets=("colours",))


def test_a_run_and_itself(first: Compared) -> None:
    """Nothing differs, every number is equal, and every score is one phase."""
    view = both(first, first)

    assert view.document["differences"] == []
    assert view.document["equal_keys"] == view.document["scores"] == 12
    assert [(m["equal"], m["languages"]) for m in view.document["moved"]] == [(3, 3), (3, 3)]
    assert "No difference in settings, versions, numerics or phases." in printed(view)


def test_another_recipe(first: Compared, tmp_path: Path) -> None:
    """A field of the recipe is named with both values, once for every score it is behind."""
    second = compared(tmp_path / "store", targets=("colours",), epochs=2)
    view = both(first, second)
    differs = {d["what"]: d for d in view.document["differences"]}
    name = "predictions.start.train.recipe.epochs"

    assert (differs[name]["ours"], differs[name]["theirs"], differs[name]["phases"]) == (
        "1",
        "2",
        12,
    )
    assert view.document["equal_keys"] == 0


def test_numbers_that_moved(first: Compared, tmp_path: Path) -> None:
    """Means before and after are over the seeds; the language that moved most is named."""
    second = compared(tmp_path / "store", targets=("colours",), epochs=2)
    moved = next(m for m in both(first, second).document["moved"] if m["strategy"] == "english")
    means = [
        {
            code: fmean(
                r.score
                for r in results.collect(c.plan, c.store)
                if (r.strategy, r.language) == ("english", code)
            )
            for code in ("en", "de", "sw")
        }
        for c in (first, second)
    ]
    steps = {code: means[1][code] - means[0][code] for code in means[0]}

    assert moved["before"] == pytest.approx(fmean(means[0].values()))
    assert moved["after"] == pytest.approx(fmean(means[1].values()))
    assert abs(moved["most"][1]) == pytest.approx(max(abs(s) for s in steps.values()))


def test_other_seeds_are_paired_in_order(first: Compared, tmp_path: Path) -> None:
    """Runs with different seeds compare; that the seeds differ is said."""
    second = compared(tmp_path / "store", targets=("colours",), seeds=(11, 12))
    differs = differences(both(first, second))

    assert differs["seeds"] == ("1, 2", "11, 12")
    assert {"1", "2"} >= {differs["predictions.start.train.seed"][0]}


def test_versions_and_numerics(first: Compared, tmp_path: Path) -> None:
    """A package of another version and another precision are named, as recorded with the phases."""
    second = compared(tmp_path / "store", targets=("colours",))
    for key in second.store.keys():  # noqa: SIM118
        path = second.store.folder_of(key)
        provenance = json.loads((path / "provenance.json").read_text("utf-8"))
        provenance["packages"]["torch"] = "9.9"
        (path / "provenance.json").write_text(json.dumps(provenance), "utf-8")
        if (path / "profile.json").is_file():
            profile = json.loads((path / "profile.json").read_text("utf-8"))
            (path / "profile.json").write_text(json.dumps({**profile, "precision": "x"}), "utf-8")
        manifest = json.loads((path / "manifest.json").read_text("utf-8"))
        (path / "manifest.json").unlink()
        names = ("key", "phase", "kind", "inputs")
        artifacts.seal(path, **{name: manifest[name] for name in names})
    differs = differences(both(first, second))

    assert differs["version of torch"][1] == "9.9"
    assert differs["precision"] == ("none", "x")
    assert set(differs) == {"version of torch", "precision"}


def test_metrics_that_differ_do_not_compare(first: Compared) -> None:
    """Where signatures differ there is no difference of numbers, and a line says why."""
    from dataclasses import replace

    from xharness.analysis.run_diff import Run, moved
    from xharness.report.differences import differences as drawn

    plan = replace(
        first.plan, targets=tuple(replace(t, signature="other@2") for t in first.plan.targets)
    )
    ours = Run(name="a", plan=first.plan, store=first.store)
    changes = list(moved(ours, Run(name="b", plan=plan, store=first.store)))
    file = StringIO()
    Console(file=file, width=100).print(drawn(("a", "b"), [], [], changes, 0))

    assert all(m.mixed for m in changes)
    assert "colours: accuracy@1 and other@2 do not compare" in file.getvalue()
    assert "±0.0" not in file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_tables_fit(first: Compared, tmp_path: Path, width: int) -> None:
    """No line is too wide, and signs and numbers stand without colour."""
    second = compared(tmp_path / "store", targets=("colours",), epochs=2, batch=4)
    text = printed(both(first, second), width)

    assert max(map(len, text.splitlines())) <= width
    assert "recipe.batch" in text
    assert "B ahead of A (+)" in text


def test_many_differences_are_counted(first: Compared) -> None:
    """People see the most frequent ones and how many there are beside them."""
    from xharness.report.differences import differences as drawn

    many = [RunDifference(what=f"field {i}", ours="1", theirs="2", phases=3) for i in range(15)]
    file = StringIO()
    Console(file=file, width=100).print(drawn(("a", "b"), [], many, [], 0))

    assert "field 11" in file.getvalue()
    assert "3 more differences; all of them: --json" in file.getvalue()


def test_names_of_runs(first: Compared, tmp_path: Path) -> None:
    """A run is a store's folder, a plan's digest, or both; anything else is named."""
    digest = next(iter(first.store.plans()))
    root = first.store.root
    runs = [
        compare_runs.find(str(root), tmp_path),
        compare_runs.find(digest[:8], root),
        compare_runs.find(f"{root}:{digest[:8]}", tmp_path),
    ]

    assert {r.plan for r in runs} == {plans.named(first.store, None)[1]}
    with pytest.raises(StoreError, match="'nowhere' is no store's folder"):
        compare_runs.find("nowhere", tmp_path)
    with pytest.raises(StoreError, match="no plan is called 'zz'"):
        compare_runs.find("zz", root)


def test_runs_without_a_score_in_common(first: Compared, tmp_path: Path) -> None:
    """There is nothing to compare, and that is wrong input."""
    second = compared(tmp_path / "store", targets=("match",))
    with pytest.raises(StoreError, match="no score of the same strategy, target and language"):
        both(first, second)


def test_on_the_command_line(compare: Command, xharness: Command) -> None:
    """Differences are no error: the status is 0, with tables or one JSON object."""
    compare("--store", "one")
    compare("--store", "two", "--seeds", "5,6")
    shown = xharness("compare-runs", "one", "two")
    document = xharness("compare-runs", "one", "two", "--json").json

    assert (shown.status, shown.err) == (0, "")
    assert "how far the numbers moved" in shown.out
    assert document["schema"] == 1
    # Without training, retrieval does not depend on the seed.
    assert (document["scores"], document["equal_keys"]) == (10, 2)


OTHER_ROWS = """
import os
from dataclasses import replace

from xharness import Role
from xharness.testing import FakeRunner, fake_task

COLOURS = fake_task(name="colours", languages=("en",))
SOURCE = COLOURS.sources[0]


def generate(config, split):
    rows = SOURCE.generate(config, split)
    return rows[:-1] if os.environ.get("FEWER") else rows


RUNNER = FakeRunner(
    tasks=[
        replace(COLOURS, sources=(replace(SOURCE, generate=generate),)),
        fake_task(name="first", role=Role.INTERMEDIATE, languages=("en",)),
    ]
)
xharness_tasks = RUNNER.xharness_tasks
xharness_models = RUNNER.xharness_models
xharness_run_phase = RUNNER.xharness_run_phase
"""


def test_other_rows_under_the_same_keys_are_seen(xharness: Command, tmp_path: Path) -> None:
    """Two runs whose data say to be the same, and are not: what was read has another digest."""
    plugin = tmp_path / "colours.py"
    plugin.write_text(OTHER_ROWS, "utf-8")
    flags = (
        *("compare", "--plugin", plugin, "--suite", "xtreme", "--model", "fake-model"),
        *("--targets", "colours", "--intermediates", "first", "--strategies", "english"),
    )
    xharness(*flags, "--store", "a")
    xharness(*flags, "--store", "b", FEWER="1")
    xharness(*flags, "--store", "c")
    differ, alike = (xharness("compare-runs", "a", x, "--json").json for x in ("b", "c"))

    assert differ["equal_keys"] == differ["scores"]
    assert "rows of colours en test" in {d["what"] for d in differ["differences"]}
    assert alike["differences"] == []
