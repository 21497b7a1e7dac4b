"""A table as WordprocessingML: a real Word table with three lines, its head on every page.

Source: ECMA-376, part 1, section 17.4 (tables).
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from ketanalysis.tables.fitting import SIZES, Fit, fit
from ketanalysis.tables.table import Column, Table

# Widths are twentieths of a point, borders eighths of one.
HEAVY, LIGHT = 12, 4
NOTE_STYLE = "TableNote"
CELL_STYLE = "TableText"


def to_ooxml(table: Table, fitted: Fit | None = None) -> str:
    """Return the table, then its notes as paragraphs; the title is the caption's, not here.

    `table` is a panel of `fitted`, or fits a page by itself.
    """
    fitted = fitted or fit(table)
    widths = fitted.widths(table)
    size = fitted.size
    grid = "".join(f'<w:gridCol w:w="{one}"/>' for one in widths)
    lines = [
        "<w:tbl><w:tblPr>",
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="left"/>',
        f"<w:tblBorders>{_line('top', HEAVY)}{_line('bottom', HEAVY)}</w:tblBorders>",
        '<w:tblLayout w:type="fixed"/>',
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        "</w:tblCellMar>",
        '<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="1" '
        'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>',
        "</w:tblPr>",
        f"<w:tblGrid>{grid}</w:tblGrid>",
        *_head(table, widths, size),
    ]
    for label, rows in table.grouped_rows():
        if label:
            lines.append(_group(label, len(widths), sum(widths), size))
        lines += [_row(row, table.columns, widths, size) for row in rows]
    lines.append("</w:tbl>")
    # Two tables without a paragraph between them would be one.
    lines += [_paragraph(note, NOTE_STYLE) for note in table.notes or ("",)]
    return "".join(lines)


def _head(table: Table, widths: list[int], size: float) -> list[str]:
    rows = []
    if any(column.spanner for column in table.columns):
        cells, start = [], 0
        for label, count in table.spanners():
            border = _line("bottom", LIGHT) if label else ""
            width = sum(widths[start : start + count])
            cells.append(_cell(label, width, "center", size, span=count, border=border, bold=True))
            start += count
        rows.append(_head_row("".join(cells)))
    cells = [
        _cell(column.label, width, column.align, size, border=_line("bottom", HEAVY), bold=True)
        for column, width in zip(table.columns, widths, strict=True)
    ]
    return [*rows, _head_row("".join(cells))]


def _head_row(cells: str) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"


def _row(row: tuple[str, ...], columns: tuple[Column, ...], widths: list[int], size: float) -> str:
    cells = [
        _cell(text, width, column.align, size)
        for text, column, width in zip(row, columns, widths, strict=True)
    ]
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _group(label: str, count: int, width: int, size: float) -> str:
    cell = _cell(label, width, "left", size, span=count, bold=True, keeps_with_next=True)
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"


def _cell(
    text: str,
    width: int,
    align: str,
    size: float,
    *,
    span: int = 1,
    border: str = "",
    bold: bool = False,
    keeps_with_next: bool = False,
) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    borders = f"<w:tcBorders>{border}</w:tcBorders>" if border else ""
    properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{borders}</w:tcPr>'
    paragraph = _paragraph(
        text, CELL_STYLE, align, size=size, bold=bold, keeps_with_next=keeps_with_next
    )
    return f"<w:tc>{properties}{paragraph}</w:tc>"


def _paragraph(
    text: str,
    style: str,
    align: str = "left",
    *,
    size: float = SIZES[0],
    bold: bool = False,
    keeps_with_next: bool = False,
) -> str:
    keep = "<w:keepNext/>" if keeps_with_next else ""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{keep}<w:jc w:val="{align}"/></w:pPr>'
    look = ("<w:b/>" if bold else "") + ("" if size == SIZES[0] else _size(size))
    look = f"<w:rPr>{look}</w:rPr>" if look else ""
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")]
    return f"<w:p>{properties}<w:r>{look}{'<w:br/>'.join(lines)}</w:r></w:p>"


def _size(size: float) -> str:
    """Return the type; Word counts half points."""
    return f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>'


def _line(side: str, weight: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'
