"""What a plan reads: thresholds, text, translators and their references are never forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.program import Command
from xharness.phases import Model
from xharness.planning import reads, request, settings, unresolved
from xharness.planning.plan import Plan
from xharness.planning.resolve import Lock, Resolver
from xharness.planning.settings import Flags
from xharness.plugin import registry

FLAGS = Flags(
    suite="xtreme", targets="bucc", intermediate="mnli", strategies="mlm,translate", seeds="1"
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
    assert reads.translators(plan.phases) == ("nllb-200-distilled-600M",)
    assert {t.translator for t in plan.translations} == {"nllb-200-distilled-600M"}


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    """An empty data root lacks rows of every sort; the translator is asked for as well."""
    plugins = registry.load()
    flags = Flags(
        suite="xtreme",
        targets="bucc",
        intermediate="mnli",
        model=str(tmp_path / "none"),
        strategies=f"mlm,translate:translator=nllb-200-distilled-600M@{tmp_path}/mt",
    )
    wanted = request.build(settings.load(flags), plugins.offers)
    resolver = Resolver(lock=Lock(), data_root=tmp_path, offline=True)
    missing = "\n".join(unresolved.missing(wanted, plugins.tasks, resolver))

    for what in ("none: no such folder", "mnli: ", "wikipedia: ", "mt: no such folder", "bucc: "):
        assert what in missing


def test_commands_cover_all_of_it(xharness: Command, tmp_path: Path) -> None:
    """`cite` names text and translator, `doctor` the development rows that a threshold needs."""
    flags = ("--suite", "xtreme", "--targets", "bucc", "--intermediate", "mnli")
    cited = xharness("cite", *flags, "--strategies", "mlm,translate").out
    folder = tmp_path / "google" / "xtreme"
    folder.mkdir(parents=True)
    card = "configs:\n- config_name: bucc18.de\n  data_files:\n  - split: test\n    path: de\n"
    (folder / "README.md").write_text(f"---\n{card}---\n", "utf-8")
    where = ("--data-root", tmp_path, "--offline", "--json")
    lacking = xharness("doctor", *flags, *where).json["missing"]

    assert "@online{wikidump," in cited
    assert "@article{nllb2022," in cited
    assert any("split 'validation'" in line for line in lacking)
