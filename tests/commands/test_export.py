"""Results as rows and tables of other tools, read back by these or by readers of our own."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet
import pytest

import xharness as package
from support.fake_comparison import Compared, compared
from support.program import FAKES, Command
from xharness.analysis.caveats import Caveats
from xharness.analysis.leakage import Leaks
from xharness.commands import export, leaderboard
from xharness.commands.export import Form
from xharness.planning.contrasts import TargetEntry
from xharness.report import markup
from xharness.report.grid import Cell, Grid, Piece, names

NASTY = r"a_b&c%d#e$f{g}h~i^j\k|l<m>[n]*o`p"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """Return a comparison of two targets with two seeds."""
    return compared(tmp_path_factory.mktemp("tidy") / "store")


def board(done: Compared) -> leaderboard.Board:
    """Return its board."""
    return leaderboard.board(done.store, None, done.registry.tasks)


def test_rows_are_the_results(done: Compared) -> None:
    """Every score is a row that names its plan, recipe and limits."""
    rows = export.rows(board(done))
    scores = {r.key: r.score for r in board(done).results}

    assert len(rows) == len(done.plan.answers) == 20
    assert {tuple(row) for row in rows} == {tuple(export.COLUMNS)}
    assert {row["key"]: row["score"] for row in rows} == scores
    assert {(r["recipe"], r["selection"], r["same_data"]) for r in rows} == {
        ("quick", "last", False)
    }
    assert {r["language"] for r in rows if r["source_language"] and r["target"] == "colours"} == {
        "en"
    }
    assert {row["plan"] for row in rows} == set(done.store.plans())


def test_the_python_api(done: Compared) -> None:
    """load_results gives an Arrow table with declared types, which pandas reads."""
    results = package.load_results(done.store.root)
    frame = results.to_pandas()

    assert {f.name: str(f.type).replace("double", "float64") for f in results.schema} == dict(
        export.COLUMNS
    )
    assert frame.groupby(["strategy", "target"])["score"].mean().to_dict() == pytest.approx(
        {(s.strategy, s.target): s.mean for s in board(done).summaries}
    )
    assert frame["limit_train"].isna().all()
    assert frame["same_data"].isna().all()  # no plugin offers the fakes here


def test_a_store_without_results_has_a_typed_table(tmp_path: Path) -> None:
    """A plan of which nothing is there is a table without rows, not an error."""
    run = compared(tmp_path / "store", targets=("colours",), seeds=(1,))
    shutil.rmtree(run.store.root / "phases")
    results = package.load_results(str(run.store.root), next(iter(run.store.plans()))[:6])

    assert results.num_rows == 0
    assert results.schema.names == list(export.COLUMNS)


def test_importing_the_package_stays_light() -> None:
    """`import xharness` loads neither pyarrow nor numpy, although it offers load_results."""
    code = (
        "import sys, xharness; xharness.load_results;"
        "print(*sorted({'numpy', 'pyarrow', 'pydantic', 'rich'} & {*sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == ""


def test_csv_json_and_parquet_hold_the_same(
    compare: Command, xharness: Command, tmp_path: Path
) -> None:
    """The three forms, read by csv, json and pyarrow, have equal rows."""
    compare("--limit-eval", "6")
    for form in ("csv", "json", "parquet"):
        ran = xharness("export", "--format", form, "-o", f"out.{form}", "--plugin", FAKES)
        assert (ran.status, ran.out.split()) == (0, ["written", "file", *ran.out.split()[2:]])
    printed = xharness("export", "--format", "csv", "--plugin", FAKES).out
    rows = json.loads((tmp_path / "out.json").read_text("utf-8"))["results"]
    read = list(csv.DictReader((tmp_path / "out.csv").read_text("utf-8").splitlines()))

    assert printed == (tmp_path / "out.csv").read_text("utf-8")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist() == rows
    assert [{**r, "score": float(r["score"]), "n": int(r["n"])} for r in read] == [
        {**{k: "" if v is None else str(v) for k, v in row.items()}, "score": row["score"], "n": 6}
        for row in rows
    ]


def markdown_cells(text: str) -> list[list[list[str]]]:
    """Return the cells of a Markdown table, each as its lines, without mark-up."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [
        [re.sub(r"\\(.)", r"\1", c).split("<br>") for c in re.split(r"(?<!\\) \| ", row[2:-2])]
        for row in rows
    ]


def test_markdown(done: Compared) -> None:
    """The table has a row per strategy; the best mean is bold, differences stand below."""
    comparison = board(done)
    rows = markdown_cells(export.text(comparison, Form.MARKDOWN))
    none, english = (
        next(s for s in comparison.summaries if (s.strategy, s.target) == (name, "colours"))
        for name in ("none", "english")
    )

    assert rows[0] == [["strategy"], ["colours"], ["match"], ["average"]]
    assert rows[1][0] == ["---"]
    assert rows[2][:2] == [["none"], [f"{none.mean:.1f} | {none.mean_non_english:.1f}"]]
    assert rows[3][0] == ["english", "first"]
    mean, ahead = rows[3][1][:2]
    assert mean == f"**{english.mean:.1f}** | {english.mean_non_english:.1f}"
    assert ahead.startswith((f"{english.delta:+.1f} [+", f"{english.delta:+.1f} [\N{MINUS SIGN}"))


def latex_cells(text: str) -> list[list[str]]:
    """Return the cells of a LaTeX table row by row, once its structure is found to be sound."""
    body = re.sub(r"(?<!\\)%.*", "", text)
    opened = re.findall(r"\\begin\{(\w+)\}", body)
    closed = re.findall(r"\\end\{(\w+)\}", body)
    assert sorted(opened) == sorted(closed) == ["minipage", "table", "tabular"]
    depth = 0
    for sign in re.findall(r"(?<!\\)(?:\\\\)*([{}])", body):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0
    inside = re.search(r"\\begin\{tabular\}\{(l\w*)\}(.*)\\end\{tabular\}", body, re.DOTALL)
    assert inside is not None
    rules = r"\\(?:toprule|midrule|bottomrule|addlinespace)"
    rows = [r.strip() for r in re.sub(rules, "", inside[2]).split("\\\\\n") if r.strip()]
    cells = [[c.strip() for c in re.split(r"(?<!\\)&", row)] for row in rows]
    assert {len(row) for row in cells} == {len(inside[1])}
    return cells


def test_latex(done: Compared) -> None:
    """The table is booktabs', with as many cells in every row and balanced braces."""
    comparison = board(done)
    text = export.text(comparison, Form.LATEX)
    rows = latex_cells(text)
    english = next(
        s for s in comparison.summaries if (s.strategy, s.target) == ("english", "colours")
    )

    assert "\\usepackage{booktabs}" in text.splitlines()[0]
    assert [text.count(f"\\{rule}") for rule in ("toprule", "midrule", "bottomrule")] == [1, 1, 1]
    assert rows[0] == ["strategy", "colours", "match", "average"]
    assert rows[2][0] == "english"
    assert rows[2][1].startswith(f"\\textbf{{{english.mean:.1f}}} \\textbar{{}} ")
    assert rows[3][0] == "{\\footnotesize first}"
    assert rows[3][1].startswith(f"{{\\footnotesize {english.delta:+.1f} {{[}}")
    assert all(ord(character) < 128 for character in text)


def nasty() -> Grid:
    """Return a grid whose names hold every sign that is special to Markdown or LaTeX."""
    return Grid(
        title=NASTY,
        subtitle=NASTY,
        head=("strategy", NASTY),
        rows=(
            (
                names(NASTY, NASTY),
                Cell(((Piece("1.0‡", "bold"),), (Piece("\N{MINUS SIGN}2.0"),))),
            ),
        ),
        notes=(NASTY,),
    )


def test_names_are_escaped() -> None:
    """Names with special signs stay one cell each, and read as they were written."""
    rows = markdown_cells(markup.markdown(nasty()))
    cells = latex_cells(markup.latex(nasty(), label="x"))

    assert rows[0] == [["strategy"], [NASTY]]
    assert rows[2] == [[NASTY, NASTY], ["**1.0‡**", "\N{MINUS SIGN}2.0"]]
    assert cells[1][1] == r"\textbf{1.0\ensuremath{\ddagger}}"
    assert cells[2][1] == r"{\footnotesize \ensuremath{-}2.0}"
    assert (
        r"a\_b\&c\%d\#e\$f\{g\}h\textasciitilde{}i\textasciicircum{}j\textbackslash{}k"
        in cells[1][0]
    )


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_latex_compiles(done: Compared, tmp_path: Path) -> None:
    """A real LaTeX sets the table, with hostile names too."""
    tables = export.text(board(done), Form.LATEX) + markup.latex(nasty(), label="y")
    document = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n"
    (tmp_path / "t.tex").write_text(f"{document}{tables}\\end{{document}}\n", "utf-8")
    done_ = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done_.returncode == 0, done_.stdout[-2000:]


def test_same_data_is_in_every_form(done: Compared) -> None:
    """Rows have it as a column, tables as a mark with a line below, and averages can leave it."""
    leaky = leaderboard.Board(
        digest="d",
        plan=done.plan,
        results=board(done).results,
        summaries=board(done).summaries,
        diagnostics=(),
        caveats=Caveats(
            leaks=Leaks(cells={TargetEntry("english", "first", "colours"): ("first",)})
        ),
    )
    marked = {(r["strategy"], r["target"]) for r in export.rows(leaky) if r["same_data"]}
    text = export.text(leaky, Form.MARKDOWN, without_leakage=True)

    assert marked == {("english", "colours")}
    assert "‡ same data, no transfer" in text
    assert "Averages leave out cells with ‡: their rows have no mean" in text
    assert markdown_cells(text)[3][3][0] == "-"
    assert "\\ensuremath{\\ddagger} same data" in export.text(leaky, Form.LATEX)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--format", "parquet"), "--format parquet needs -o FILE"),
        (("--format", "xtreme"), "'xtreme' is not one of"),
        (("--format", "csv", "--without-leakage"), "only md and latex have averages"),
        (("--format", "md", "-o", "no/such/folder/x.md"), "cannot be written"),
        (("--format", "csv", "--plan", "zzz"), "no plan is called 'zzz'"),
    ],
)
def test_wrong_exports(
    compare: Command, xharness: Command, arguments: tuple[str, ...], problem: str
) -> None:
    """What does not go together is wrong input."""
    compare()
    ran = xharness("export", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert problem in ran.said
