"""A table as LaTeX: booktabs' three lines, its head on every page (longtable), texts escaped."""

from __future__ import annotations

import re

from ketanalysis.tables.table import Table

PACKAGES = ("booktabs", "longtable", "array")
_SIGNS = {
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
    "|": "{|}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
}
_DASH = re.compile("-(?=-)")  # two hyphens would be a dash, three a longer one


def to_latex(table: Table) -> str:
    """Return a longtable; its document needs booktabs, longtable and an engine of Unicode."""
    aligns = "".join("l" if column.align == "left" else "r" for column in table.columns)
    count = len(table.columns)
    head = [r"\toprule", *_head(table), r"\midrule"]
    lines = [rf"\begin{{longtable}}{{{aligns}}}"]
    if table.title:
        lines.append(rf"\caption{{{escape_latex(table.title)}}}\\")
    lines += [*head, r"\endfirsthead", *head, r"\endhead"]
    for label, rows in table.grouped_rows():
        if label:
            lines.append(rf"\multicolumn{{{count}}}{{l}}{{\textbf{{{escape_latex(label)}}}}} \\")
        lines += [_line(row) for row in rows]
    lines += [r"\bottomrule", r"\end{longtable}"]
    lines += [rf"{{\footnotesize {escape_latex(note)}\par}}" for note in table.notes]
    return "\n".join(lines) + "\n"


def escape_latex(text: str) -> str:
    """Return a text that LaTeX shows as it is: nothing in it is a command."""
    signs = "".join(_SIGNS.get(sign, sign) for sign in " ".join(text.split()))
    return _DASH.sub("-{}", signs)


def _head(table: Table) -> list[str]:
    lines = []
    if any(column.spanner for column in table.columns):
        cells, rules, start = [], [], 1
        for label, width in table.spanners():
            cells.append(rf"\multicolumn{{{width}}}{{c}}{{{escape_latex(label)}}}")
            rules += [rf"\cmidrule(lr){{{start}-{start + width - 1}}}"] if label else []
            start += width
        lines = [f"{' & '.join(cells)} \\\\", " ".join(rules)]
    return [*lines, _line(tuple(column.label for column in table.columns))]


def _line(cells: tuple[str, ...]) -> str:
    return f"{' & '.join(map(escape_latex, cells))} \\\\"
