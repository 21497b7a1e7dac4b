"""A table as RTF: real rows and cells with three lines, its head on every page.

Source: Microsoft, Rich Text Format specification 1.9.1, table definitions.
"""

from __future__ import annotations

from collections.abc import Sequence

from ketanalysis.tables.fitting import fit
from ketanalysis.tables.table import Table

# Widths are twentieths of a point, as are those of the borders.
HEAVY, LIGHT = 20, 8
HEAD = r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\fswiss Arial;}}"
_MARGINS = r"\margl1134\margr1134\margt1134\margb1134"
_UPRIGHT, _TURNED = r"\paperw11906\paperh16838", r"\paperw16838\paperh11906\landscape"


def to_rtf(table: Table) -> str:
    """Return a whole RTF document of the table: title, rows, notes; ASCII alone."""
    fitted = fit(table)
    page = _TURNED if fitted.is_turned else _UPRIGHT
    lines = [HEAD, rf"{page}{_MARGINS}\f0\fs{round(fitted.size * 2)}"]
    for panel in fitted.panels:
        lines += _panel(panel, fitted.widths(panel))
    return "\n".join([*lines, "}"]) + "\n"


def _panel(table: Table, widths: list[int]) -> list[str]:
    lines = []
    if table.title:
        lines.append(rf"{{\pard\keepn\sb60\sa80\b\fs18 {escape_rtf(table.title)}\par}}")
    lines += _head(table, widths)
    blocks = table.grouped_rows()
    for number, (label, rows) in enumerate(blocks):
        if label:
            is_end = number == len(blocks) - 1 and not rows
            lines.append(_row([(label, "left", sum(widths))], bold=True, bottom=is_end))
        for place, row in enumerate(rows):
            cells = [
                (text, column.align, width)
                for text, column, width in zip(row, table.columns, widths, strict=True)
            ]
            is_end = number == len(blocks) - 1 and place == len(rows) - 1
            lines.append(_row(cells, bottom=is_end))
    # Two tables without a paragraph between them would be one.
    notes = [rf"{{\pard\sb40\fs16 {escape_rtf(note)}\par}}" for note in table.notes]
    return [*lines, *(notes or [r"{\pard\fs8\par}"])]


def escape_rtf(text: str) -> str:
    """Return a text that RTF shows as it is: no control word, every other sign by its number."""
    return "".join(map(_sign, " ".join(text.split())))


def _sign(sign: str) -> str:
    if sign in "\\{}":
        return f"\\{sign}"
    if " " <= sign <= "~":
        return sign
    # Signs beyond the basic plane are two numbers, and numbers are signed.
    units = sign.encode("utf-16-le")
    numbers = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in (0, 2)]
    return "".join(f"\\u{number}?" for number in numbers[: len(units) // 2])


def _head(table: Table, widths: list[int]) -> list[str]:
    lines = []
    has_spanners = any(column.spanner for column in table.columns)
    if has_spanners:
        cells, start = [], 0
        for label, count in table.spanners():
            cells.append((label, "center", sum(widths[start : start + count])))
            start += count
        lines.append(_row(cells, bold=True, is_head=True, top=HEAVY, under=True))
    labels = [
        (column.label, column.align, width)
        for column, width in zip(table.columns, widths, strict=True)
    ]
    top = 0 if has_spanners else HEAVY
    return [*lines, _row(labels, bold=True, is_head=True, top=top, bottom=True)]


def _row(
    cells: Sequence[tuple[str, str, int]],
    *,
    bold: bool = False,
    is_head: bool = False,
    top: int = 0,
    bottom: bool = False,
    under: bool = False,
) -> str:
    """Return one row; `under` draws a light line below each cell that holds a text."""
    edge, definitions, contents = 0, [], []
    for text, align, width in cells:
        edge += width
        lines = rf"\clbrdrt\brdrs\brdrw{top}" if top else ""
        if bottom or (under and text):
            lines += rf"\clbrdrb\brdrs\brdrw{HEAVY if bottom else LIGHT}"
        definitions.append(rf"{lines}\cellx{edge}")
        how = {"left": r"\ql", "right": r"\qr", "center": r"\qc"}[align]
        weight = r"\b " if bold else ""
        contents.append(rf"{{\pard\intbl{how}\sb20\sa20 {weight}{escape_rtf(text)}\cell}}")
    head = r"\trhdr" if is_head else ""
    return rf"{{\trowd\trgaph60\trkeep{head}{''.join(definitions)}" + "".join(contents) + r"\row}"
