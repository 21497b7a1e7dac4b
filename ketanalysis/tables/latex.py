"""A table as LaTeX: booktabs' three lines, its head on every page (longtable), texts escaped."""

from __future__ import annotations

import re

from ketanalysis.tables.fitting import PADDING, SIZES, Fit, breadth, fit
from ketanalysis.tables.table import Table

PACKAGES = ("booktabs", "longtable", "array", "pdflscape")
_RAGGED = {"left": r"\raggedright", "right": r"\raggedleft", "center": r"\centering"}
_MAY_BREAK = r"\allowbreak{}"
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
    "*": "{*}",  # after the end of a row it would be its option
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",
    "]": "{]}",
}
_DASH = re.compile("-(?=-)")  # two hyphens would be a dash, three a longer one


def to_latex(table: Table) -> str:
    r"""Return a longtable a panel; its document needs `PACKAGES` and an engine of Unicode.

    The columns are paragraphs whose widths are shares of the width of its text, so that long
    texts are folded; a wide table lies on a page of its own (`landscape`). They are made for a
    text 17 cm wide (``\usepackage[margin=2cm]{geometry}`` on A4); a longtable's head stands over
    its columns after the third run of LaTeX. Compiled with XeTeX (TeX Live 2022).
    """
    fitted = fit(table)
    lines = [rf"{{\fontsize{{{fitted.size:g}}}{{{fitted.size * 1.2:.1f}}}\selectfont"]
    for number, panel in enumerate(fitted.panels):
        lines += _panel(panel, fitted, is_first=number == 0)
    lines.append("}")
    if fitted.is_turned:
        lines = [r"\begin{landscape}", *lines, r"\end{landscape}"]
    return "\n".join(lines) + "\n"


def _panel(table: Table, fitted: Fit, *, is_first: bool) -> list[str]:
    shares = [width / fitted.width for width in fitted.widths(table)]
    page = fitted.width * SIZES[0] / fitted.size
    columns = "".join(
        _column(share, column.align) for share, column in zip(shares, table.columns, strict=True)
    )
    head = [r"\toprule", *_head(table, shares, page), r"\midrule"]
    lines = [rf"\begin{{longtable}}{{{columns}}}"]
    if table.title:
        # A further panel has no number of its own.
        star = "" if is_first else "*"
        lines.append(rf"\caption{star}{{{escape_latex(table.title)}}}\\")
    lines += [*head, r"\endfirsthead", *head, r"\endhead"]
    for label, rows in table.grouped_rows():
        if label:
            lines.append(rf"{_over(shares, 'left', label, page)} \\")
        lines += [_line(row, shares, page) for row in rows]
    lines += [r"\bottomrule", r"\end{longtable}"]
    return [*lines, *(rf"{{\footnotesize {escape_latex(note)}\par}}" for note in table.notes)]


def _column(share: float, align: str) -> str:
    return rf">{{{_RAGGED[align]}\arraybackslash}}p{{{_width([share])}}}"


def _width(shares: list[float]) -> str:
    """Return the width of neighbouring columns without the room beside them."""
    return rf"\dimexpr {sum(shares):.4f}\linewidth-2\tabcolsep"


def _over(shares: list[float], align: str, text: str, page: float) -> str:
    """Return a cell over columns; a text that they do not hold on one line is folded."""
    shown = escape_latex(text)
    if align == "left":
        shown = rf"\textbf{{{shown}}}"
    if breadth(text) > sum(shares) * page - PADDING:
        shown = rf"\parbox[t]{{{_width(shares)}}}{{{_RAGGED[align]} {shown}\strut}}"
    return rf"\multicolumn{{{len(shares)}}}{{{align[0]}}}{{{shown}}}"


def escape_latex(text: str) -> str:
    """Return a text that LaTeX shows as it is: nothing in it is a command."""
    signs = "".join(_SIGNS.get(sign, sign) for sign in " ".join(text.split()))
    return _DASH.sub("-{}", signs)


def _head(table: Table, shares: list[float], page: float) -> list[str]:
    lines = []
    if any(column.spanner for column in table.columns):
        cells, rules, start = [], [], 0
        for label, count in table.spanners():
            part = shares[start : start + count]
            cells.append(_over(part, "center", label, page))
            rules += [rf"\cmidrule(lr){{{start + 1}-{start + count}}}"] if label else []
            start += count
        lines = [f"{' & '.join(cells)} \\\\", " ".join(rules)]
    return [*lines, _line(tuple(column.label for column in table.columns), shares, page)]


def _line(cells: tuple[str, ...], shares: list[float], page: float) -> str:
    texts = [_cell(cell, share * page - PADDING) for cell, share in zip(cells, shares, strict=True)]
    return f"{' & '.join(texts)} \\\\"


def _cell(text: str, room: float) -> str:
    """Return a text whose words that no column holds may be broken behind any sign."""
    words = [
        _MAY_BREAK.join(map(escape_latex, word)) if breadth(word) > room else escape_latex(word)
        for word in text.split()
    ]
    return " ".join(words)
