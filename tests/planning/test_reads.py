"""What a plan reads: thresholds, text, translators and their references are never forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from support.plans import MODEL
from support.program import Command
from xharness.commands import data
from xharness.data import hub
from xharness.engine import fetch
from xharness.phases import Model
from xharness.planning import planner, reads, request, settings, unresolved
from xharness.planning.plan import Plan
from xharness.planning.resolve import Lock, Resolver
from xharness.planning.settings import Flags
from xharness.plugin import registry

FLAGS = Flags(
    suite="xtreme", targets="bucc", intermediates="mnli", strategies="mlm,translate", seeds="1"
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return the outline of a comparison with a threshold, text and a translator."""
    plugins = registry.load()
    wanted = request.build(settings.load(FLAGS), plugins.offers)
    return unresolved.outline(wanted, plugins.tasks)


def test_rows_of_every_sort_are_named(plan: Plan) -> None:
    """Rows to train on, to mix in, to translate, to measure by, to tune on and to test on."""
    tasks = registry.load().tasks
    rows = {(r.task, r.language, r.split) for r in reads.rows_read(plan.phases, tasks)}

    assert {
        *(("mnli", "en", "train"), ("wikipedia", "de", "train"), ("bucc", "de", "dev")),
        *(("bucc", "de", "test"), ("xnli", "de", "dev"), ("xnli", "en", "dev")),
    } <= rows
    assert len(rows) == len(reads.rows_read(plan.phases, tasks))


def test_tasks_are_named_those_tested_first(plan: Plan) -> None:
    """BUCC is tested, on text of Wikipedia, by MNLI; XNLI's pairs measure the translator."""
    assert plan.tasks == ("bucc", "mnli", "wikipedia", "xnli")


def test_models_and_translators_are_named(plan: Plan) -> None:
    """Both are found in the phases, each once."""
    assert [m for m in reads.models_read(plan.phases) if isinstance(m, Model)] == []
    assert {t.translator for t in plan.translations} == {"nllb-200-distilled-600M"}


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    """An empty data root lacks rows of every sort; the translator is asked for as well."""
    plugins = registry.load()
    flags = Flags(
        suite="xtreme",
        targets="bucc",
        intermediates="mnli",
        model=str(tmp_path / "none"),
        strategies=f"mlm,translate:translator=nllb-200-distilled-600M@{tmp_path}/mt",
    )
    wanted = request.build(settings.load(flags), plugins.offers)
    resolver = Resolver(lock=Lock(), data_root=tmp_path, offline=True)
    missing = "\n".join(unresolved.noted(wanted, plugins.tasks, resolver)[0])

    for what in ("none: no such folder", "mnli: ", "wikipedia: ", "mt: no such folder", "bucc: "):
        assert what in missing


def test_a_strategy_that_cannot_be_planned_hides_nothing(tmp_path: Path) -> None:
    """A translator without its folder is named, and so is what the other strategies lack."""
    plugins = registry.load()
    flags = Flags(
        suite="xtreme",
        targets="bucc",
        intermediates="mnli",
        strategies=f"translate:translator=files@{tmp_path}/none,translate:languages=xx,mlm",
    )
    wanted = request.build(settings.load(flags), plugins.offers)
    resolver = Resolver(lock=Lock(), data_root=tmp_path, offline=True)
    missing = "\n".join(unresolved.noted(wanted, plugins.tasks, resolver)[0])

    assert missing.count("no such folder: ") == 1
    assert "does not translate mnli from en into 'xx'" in missing
    for what in ("bucc: ", "mnli: ", "wikipedia: "):
        assert what in missing


FLAGS_OF_ALL = (
    *("--suite", "xtreme", "--targets", "bucc", "--intermediates", "mnli"),
    *("--strategies", "mlm,source:language=zh,translate"),
)
"""A threshold, mixed-in text, a counterpart and a translator."""


def test_cite_covers_all_of_it(xharness: Command) -> None:
    """`cite` names the benchmark, text, the counterpart and the translator; it asks for no file."""
    cited = xharness("cite", *FLAGS_OF_ALL).out
    from_files = xharness(
        "cite", *FLAGS_OF_ALL[:-1], "translate:translator=files@/nowhere", "--json"
    )

    for entry in ("zweigenbaum2018bucc", "wikidump", "hu2020ocnli", "nllb2022"):
        assert entry in cited
    assert (from_files.status, "files" in from_files.json["without"]) == (0, True)


def test_doctor_covers_all_of_it(xharness: Command, tmp_path: Path) -> None:
    """`doctor` names the rows of a threshold, text, the counterpart and the translator, each once.

    The folder has the test rows in one language, so nothing but what is asked of it is told.
    """
    folder = tmp_path / "google" / "xtreme"
    folder.mkdir(parents=True)
    card = "configs:\n- config_name: bucc18.de\n  data_files:\n  - split: test\n    path: de\n"
    (folder / "README.md").write_text(f"---\n{card}---\n", "utf-8")
    where = ("--data-root", tmp_path, "--offline", "--json")
    missing = xharness("doctor", *FLAGS_OF_ALL, *where).json["missing"]

    assert len(missing) == len({*missing})
    for what in ("split 'validation'", "wikipedia: ", "ocnli: ", "facebook/nllb-200"):
        assert sum(what in line for line in missing) >= 1, what


def test_data_check_covers_all_of_it() -> None:
    """Without a task, `data check` reads those of text and of a translator's references as well."""
    names = [t.name for t in data.of_suite("lab", registry.load())]

    assert {"lab_bucc", "lab_nli", "lab_text", "lab_xnli"} <= {*names}
    assert len(names) == len({*names})


def test_data_fetch_covers_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`data fetch` brings rows of a threshold, text, the counterpart, references and the model."""
    monkeypatch.setattr(hub, "commit", lambda *_: "0123456789" * 4)
    plugins = registry.load()
    strategies = "mlm,source:language=zh,translate"
    wanted = request.build(settings.load(replace(FLAGS, strategies=strategies)), plugins.offers)
    resolver = Resolver(lock=Lock(), counter=lambda *_: 9)
    plan = planner.build(wanted, plugins.tasks, resolver, MODEL)
    needed = {w.name for w in fetch.wanted(plan.phases, plugins.tasks)}
    names = {f"{name.partition('@')[0]} {name.partition(' ')[2]}".strip() for name in needed}

    assert {
        *("facebook/nllb-200-distilled-600M", "google/xtreme bucc18.de test"),
        *("google/xtreme bucc18.de validation", "wikimedia/wikipedia 20231101.de train"),
        *("clue/clue ocnli train", "nyu-mll/glue mnli train", "google/xtreme XNLI validation"),
    } <= names
