"""A table as WordprocessingML: a real Word table with three lines, its head on every page.

Source: ECMA-376, part 1, section 17.4 (tables).
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from ketanalysis.tables.fitting import Fit, fit
from ketanalysis.tables.table import Column, Table

# Widths are twentieths of a point, borders eighths of one.
HEAVY, LIGHT = 12, 4
NOTE_STYLE = "TableNote"
CELL_STYLE = "TableText"
# What the two styles say: the type, and the space above and below it, in points.
LOOKS = {CELL_STYLE: (9.0, 1), NOTE_STYLE: (8.5, 2)}
_FONT = '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/>'  # the widths are Arial's


@dataclass(frozen=True)
class _Type:
    """The type of a table in points, and whether the document has our styles."""

    size: float
    has_styles: bool

    def properties(self, style: str, align: str, *, is_head: bool) -> str:
        """Return the properties of a paragraph in their order; a head stays with what follows."""
        keep = "<w:keepNext/>" if is_head else ""
        space = 20 * LOOKS[style][1]
        said = (
            f'<w:pStyle w:val="{style}"/>{keep}'
            if self.has_styles
            else f'{keep}<w:spacing w:before="{space}" w:after="{space}"/>'
        )
        return f'<w:pPr>{said}<w:jc w:val="{align}"/></w:pPr>'

    def look(self, style: str, *, is_head: bool) -> str:
        """Return the properties of its letters; Word counts half points."""
        size = self.size if style == CELL_STYLE else LOOKS[style][0]
        sized = f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>'
        is_said = self.has_styles and size == LOOKS[style][0]
        font = "" if self.has_styles else _FONT
        inside = font + ("<w:b/>" if is_head else "") + ("" if is_said else sized)
        return f"<w:rPr>{inside}</w:rPr>" if inside else ""


def to_ooxml(table: Table, fitted: Fit | None = None, *, has_styles: bool = True) -> str:
    """Return the table, then its notes as paragraphs; the title is the caption's, not here.

    `table` is a panel of `fitted`, or fits a page by itself. A document that is not ours has
    none of the styles; what they say stands in every paragraph then.
    """
    fitted = fitted or fit(table)
    widths = fitted.widths(table)
    type_ = _Type(fitted.size, has_styles)
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
        *_head(table, widths, type_),
    ]
    for label, rows in table.grouped_rows():
        if label:
            lines.append(_group(label, len(widths), sum(widths), type_))
        lines += [_row(row, table.columns, widths, type_) for row in rows]
    lines.append("</w:tbl>")
    # Two tables without a paragraph between them would be one.
    lines += [_paragraph(note, NOTE_STYLE, type_) for note in table.notes or ("",)]
    return "".join(lines)


def _head(table: Table, widths: list[int], type_: _Type) -> list[str]:
    rows = []
    if any(column.spanner for column in table.columns):
        cells, start = [], 0
        for label, count in table.spanners():
            border = _line("bottom", LIGHT) if label else ""
            width = sum(widths[start : start + count])
            cells.append(
                _cell(label, width, "center", type_, span=count, border=border, is_head=True)
            )
            start += count
        rows.append(_head_row("".join(cells)))
    cells = [
        _cell(column.label, width, column.align, type_, border=_line("bottom", HEAVY), is_head=True)
        for column, width in zip(table.columns, widths, strict=True)
    ]
    return [*rows, _head_row("".join(cells))]


def _head_row(cells: str) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"


def _row(row: tuple[str, ...], columns: tuple[Column, ...], widths: list[int], type_: _Type) -> str:
    cells = [
        _cell(text, width, column.align, type_)
        for text, column, width in zip(row, columns, widths, strict=True)
    ]
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _group(label: str, count: int, width: int, type_: _Type) -> str:
    cell = _cell(label, width, "left", type_, span=count, is_head=True)
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"


def _cell(
    text: str,
    width: int,
    align: str,
    type_: _Type,
    *,
    span: int = 1,
    border: str = "",
    is_head: bool = False,
) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    borders = f"<w:tcBorders>{border}</w:tcBorders>" if border else ""
    properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{borders}</w:tcPr>'
    paragraph = _paragraph(text, CELL_STYLE, type_, align, is_head=is_head)
    return f"<w:tc>{properties}{paragraph}</w:tc>"


def _paragraph(
    text: str,
    style: str,
    type_: _Type,
    align: str = "left",
    *,
    is_head: bool = False,
) -> str:
    properties = type_.properties(style, align, is_head=is_head)
    look = type_.look(style, is_head=is_head)
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")]
    return f"<w:p>{properties}<w:r>{look}{'<w:br/>'.join(lines)}</w:r></w:p>"


def _line(side: str, weight: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'
