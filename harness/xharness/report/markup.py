"""A grid as Markdown, LaTeX and HTML, with every name and sign escaped."""

from __future__ import annotations

import re
from html import escape

from xharness.report.grid import Cell, Grid, Piece
from xharness.report.table import safe

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "\N{MINUS SIGN}": r"\ensuremath{-}",
    "\N{PLUS-MINUS SIGN}": r"\ensuremath{\pm}",
    "\N{DAGGER}": r"\ensuremath{\dagger}",
    "\N{DOUBLE DAGGER}": r"\ensuremath{\ddagger}",
    "\N{REPLACEMENT CHARACTER}": "?",
}
"""Characters that LaTeX reads as commands, also at the beginning of a row, or that few fonts have;
each to what prints it."""


def markdown(grid: Grid) -> str:
    """Return a grid as a table of GitHub's Markdown, with title above and notes below."""
    lines = [f"**{_marked(grid.title)}**", "", _marked(grid.subtitle), ""]
    lines.append(_row([_marked(name) for name in grid.head]))
    lines.append(_row(["---", *["---:"] * (len(grid.head) - 1)]))
    lines += [_row([_in_markdown(cell) for cell in row]) for row in grid.rows]
    return "\n".join([*lines, "", *(f"- {_marked(note)}" for note in grid.notes), ""])


def latex(grid: Grid, *, label: str) -> str:
    r"""Return a grid as a table environment of LaTeX; the preamble needs \usepackage{booktabs}.

    Args:
        grid: What to write.
        label: For \ref; letters, digits, "-" and ":" only.
    """
    head = " & ".join(_escaped(name) for name in grid.head)
    body = ["\\addlinespace\n".join(_in_latex(row) for row in grid.rows)]
    notes = [f"{_escaped(note)}\\par" for note in grid.notes]
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{_escaped(grid.title)}: {_escaped(grid.subtitle)}.}}",
            f"\\label{{tab:{label}}}",
            f"\\begin{{tabular}}{{l{'r' * (len(grid.head) - 1)}}}",
            "\\toprule",
            f"{head} \\\\",
            "\\midrule",
            *(part.rstrip("\n") for part in body),
            "\\bottomrule",
            "\\end{tabular}",
            "",
            "\\smallskip",
            "\\begin{minipage}{\\linewidth}\\footnotesize\\raggedright",
            *notes,
            "\\end{minipage}",
            "\\end{table}",
            "",
        ]
    )


def html(grid: Grid) -> str:
    """Return a grid as a table of HTML, with title above and notes below."""
    head = "".join(f"<th>{_html(name)}</th>" for name in grid.head)
    body = "".join(
        f"<tr>{''.join(f'<td>{_in_html(cell)}</td>' for cell in row)}</tr>" for row in grid.rows
    )
    notes = "".join(f"<li>{_html(note)}</li>" for note in grid.notes)
    return (
        f"<p><b>{_html(grid.title)}</b><br>{_html(grid.subtitle)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><ul>{notes}</ul>"
    )


def _html(text: str) -> str:
    """Return text as HTML shows it."""
    return escape(safe(text))


def _in_html(cell: Cell) -> str:
    """Return a cell as HTML, with breaks between its lines."""

    def piece(one: Piece) -> str:
        return f"<b>{_html(one.text)}</b>" if one.style == "bold" else _html(one.text)

    return "<br>".join("".join(map(piece, line)) for line in cell.lines)


def _marked(text: str) -> str:
    """Return text as Markdown shows it."""
    return _MARKDOWN.sub(r"\\\1", safe(text))


def _row(cells: list[str]) -> str:
    """Return one line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _in_markdown(cell: Cell) -> str:
    """Return a cell as Markdown, with breaks between its lines."""

    def piece(one: Piece) -> str:
        return f"**{_marked(one.text)}**" if one.style == "bold" else _marked(one.text)

    return "<br>".join("".join(map(piece, line)) for line in cell.lines)


def _escaped(text: str) -> str:
    """Return text as LaTeX prints it."""
    return "".join(_LATEX.get(character, character) for character in safe(text))


def _in_latex(row: tuple[Cell, ...]) -> str:
    """Return one row of the grid as several rows of LaTeX, one per line of its tallest cell."""
    height = max(len(cell.lines) for cell in row)
    lines = []
    for line in range(height):
        cells = [_line(cell, line) for cell in row]
        lines.append(f"{' & '.join(cells)} \\\\\n")
    return "".join(lines)


def _line(cell: Cell, line: int) -> str:
    """Return one line of a cell, or nothing."""
    if line >= len(cell.lines):
        return ""
    text = "".join(
        f"\\textbf{{{_escaped(one.text)}}}" if one.style == "bold" else _escaped(one.text)
        for one in cell.lines[line]
    )
    return text if line == 0 else f"{{\\footnotesize {text}}}"
