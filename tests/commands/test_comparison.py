"""Comparisons from Python: what the commands do, as values."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import xharness
from support.program import CHECKOUT, FAKES, Command, on_fakes
from xharness.commands.comparison import Comparison, ComparisonSettings
from xharness.errors import PhaseFailedError, StoreError, StudyError
from xharness.planning.settings import Flags

ASKED: dict[str, Any] = {
    "plugins": [FAKES],
    "suite": "xtreme",
    "model": "fake-model",
    "targets": ["colours", "match"],
    "intermediates": ["first"],
    "strategies": ["english"],
    "seeds": [11, 12],
}


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Return a small comparison, run from Python into an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_DISABLE", "lab")
    return xharness.compare(**ASKED)


def test_it_is_the_comparison_of_the_command(done: Comparison, xharness: Command) -> None:
    """The same settings as flags find everything in the store; only the command names commands."""
    ran = xharness("compare", *on_fakes(), "--seeds", "11,12", COLUMNS="100")
    again = xharness("compare", *on_fakes(), "--seeds", "11,12", "--json").json

    assert "0 run" in ran.said
    table, commands = ran.out.split("\n\nxharness leaderboard ", maxsplit=1)
    assert str(done).split() == table.split()
    assert commands.count("xharness leaderboard ") == 2
    assert "Ranks on" not in str(done)
    assert "[95 % interval: seeds and items" in " ".join(done.leaderboard(details=True).split())
    assert done.results.num_rows == len(again["results"])
    assert done.summary.to_pylist() == again["summary"]


def test_a_store_gives_it_back(done: Comparison) -> None:
    """The latest plan of the store, or one by its digest, is the same comparison."""
    store = xharness.open_store("store", plugins=[FAKES])

    assert [row["plan"] for row in store.plans()] == [done.plan]
    assert store.latest().results.equals(done.results)
    assert store.comparison(done.plan[:6]).summary.equals(done.summary)


class Cells(HTMLParser):
    """The texts of a table's cells; a tag that is not one of a table's is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Remember a tag."""
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        """Remember a text."""
        self.texts.append(data)


def test_a_notebook_shows_a_table_with_escaped_names(done: Comparison) -> None:
    """Means stand in cells; a name that looks like mark-up is text."""
    from dataclasses import replace

    board = replace(done.board, plan=replace(done.board.plan, model="<script>x</script>"))
    parser = Cells()
    parser.feed(Comparison(board)._repr_html_())

    assert {"table", "tr", "td", "th"} <= parser.tags
    assert "script" not in parser.tags
    assert any("<script>" in text for text in parser.texts)
    assert "colours" in parser.texts


@pytest.mark.parametrize("ending", ["md", "tex", "csv", "json", "parquet"])
def test_it_is_exported_by_ending(done: Comparison, ending: str) -> None:
    """The ending of the file says the form."""
    done.export(f"out.{ending}")

    assert Path(f"out.{ending}").stat().st_size > 100


def test_wrong_settings_are_the_errors_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt setting or name is answered with the nearest."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match="did you mean seeds"):
        xharness.compare(seed=1)  # type: ignore[call-arg]
    with pytest.raises(StudyError, match="did you mean colours"):
        xharness.compare(**{**ASKED, "targets": "colors"})
    with pytest.raises(StoreError, match="holds no plan yet"):
        xharness.open_store("nowhere").latest()


FAILING = """
from xharness import hookimpl, DataError

@hookimpl(tryfirst=True)
def xharness_run_phase(phase, inputs, run):
    if type(phase).__name__ == "Predict":
        raise DataError("no rows today")
"""


def test_a_failed_phase_is_raised_and_the_rest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finished before stays in the store; the error names the phase."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XHARNESS_DISABLE", "lab")
    (tmp_path / "failing.py").write_text(FAILING, "utf-8")
    with pytest.raises(PhaseFailedError, match=r"predict .* failed: no rows today"):
        xharness.compare(**{**ASKED, "plugins": [FAKES, "failing.py"]})

    kinds = [json.loads(p.read_text("utf-8"))["kind"] for p in Path("store").rglob("manifest.json")]
    assert "Train" in kinds
    assert "Score" not in kinds


def test_settings_are_called_as_flags() -> None:
    """Every setting of a comparison has the name of its flag."""
    flags = {*Flags.__dataclass_fields__, "store", "data_root", "plugins", "offline"}

    assert ComparisonSettings.__annotations__.keys() == flags | {"device", "workers"}


@pytest.mark.training
def test_the_notebook_runs_and_shows_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every cell of docs/python.ipynb runs, and those that hold no measured number end alike."""
    monkeypatch.chdir(tmp_path)
    notebook = json.loads((CHECKOUT / "docs" / "python.ipynb").read_text("utf-8"))
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    names: dict[str, Any] = {}
    for cell in cells:
        exec("".join(cell["source"]), names)  # noqa: S102 - the notebook is ours
    outputs = ["".join(o["data"]["text/plain"]) for c in cells for o in c["outputs"]]

    assert isinstance(names["comparison"], Comparison)
    assert Path("comparison.md").stat().st_size > 100
    assert names["store"].latest().plan == names["comparison"].plan
    assert outputs[-2:] == ["True", names["message"]]
    assert "<table>" in "".join(cells[1]["outputs"][0]["data"]["text/html"])
