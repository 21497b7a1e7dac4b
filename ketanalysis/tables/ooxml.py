"""A table as WordprocessingML: a real Word table with three lines, its head on every page.

Source: ECMA-376, part 1, section 17.4 (tables).
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from ketanalysis.tables.table import Column, Table

# Widths are twentieths of a point, borders eighths of one.
PAGE = 9638  # A4 with margins of 2 cm
HEAVY, LIGHT = 12, 4
PADDING = 160
# Breadths of the signs of Arial Bold at 9 points, rounded up; every other sign is a wide one.
BREADTHS = {
    **dict.fromkeys("ijl.,:;'|!/() -\u00a0[]", 62),
    **dict.fromkeys("frt", 72),
    **dict.fromkeys("abcdeghknopqsuvxyz0123456789+=<>\u2212\u2013_", 112),
    **dict.fromkeys("ABCDEFGHIJKLNOPQRSTUVXYZ&", 142),
}
BROADEST = 180
NARROWEST = 600
NOTE_STYLE = "TableNote"
CELL_STYLE = "TableText"


def to_ooxml(table: Table, width: int = PAGE) -> str:
    """Return the table, then its notes as paragraphs; the title is the caption's, not here."""
    widths = column_widths(table, width)
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
        *_head(table, widths),
    ]
    for label, rows in table.grouped_rows():
        if label:
            lines.append(_group(label, len(widths), sum(widths)))
        lines += [_row(row, table.columns, widths) for row in rows]
    lines.append("</w:tbl>")
    # Two tables without a paragraph between them would be one.
    lines += [_paragraph(note, NOTE_STYLE) for note in table.notes or ("",)]
    return "".join(lines)


def column_widths(table: Table, width: int = PAGE) -> list[int]:
    """Return the width of each column: what its text asks for, within the page.

    A column gets no less than its longest word where that fits. What is left goes first to the
    columns that ask for little: numbers and intervals stay whole, long sentences are folded.
    """
    least = [_least(table, i) for i in range(len(table.columns))]
    wanted = [max(low, _wanted(table, i)) for i, low in enumerate(least)]
    if sum(wanted) <= width:
        return wanted
    if sum(least) >= width:
        return [max(1, one * width // sum(least)) for one in least]
    asked = [most - low for low, most in zip(least, wanted, strict=True)]
    given = _shared(asked, width - sum(least))
    return [low + more for low, more in zip(least, given, strict=True)]


def _shared(asked: list[int], spare: int) -> list[int]:
    """Return shares of the spare room: the small wishes whole, the others alike."""
    given = [0] * len(asked)
    by_wish = sorted(range(len(asked)), key=asked.__getitem__)
    for place, column in enumerate(by_wish):
        given[column] = min(asked[column], spare // (len(asked) - place))
        spare -= given[column]
    return given


def _texts(table: Table, place: int) -> list[str]:
    return [table.columns[place].label, *(row[place] for row in table.rows)]


def _least(table: Table, place: int) -> int:
    words = [word for text in _texts(table, place) for word in text.split()]
    return max(NARROWEST, max(map(breadth, words), default=0) + PADDING)


def _wanted(table: Table, place: int) -> int:
    return max(map(breadth, _texts(table, place))) + PADDING


def breadth(text: str) -> int:
    """Return the room that a text asks for on one line, in twentieths of a point."""
    return sum(BREADTHS.get(sign, BROADEST) for sign in text)


def _head(table: Table, widths: list[int]) -> list[str]:
    rows = []
    if any(column.spanner for column in table.columns):
        cells, start = [], 0
        for label, count in table.spanners():
            border = _line("bottom", LIGHT) if label else ""
            width = sum(widths[start : start + count])
            cells.append(_cell(label, width, "center", span=count, border=border, bold=True))
            start += count
        rows.append(_head_row("".join(cells)))
    cells = [
        _cell(column.label, width, column.align, border=_line("bottom", HEAVY), bold=True)
        for column, width in zip(table.columns, widths, strict=True)
    ]
    return [*rows, _head_row("".join(cells))]


def _head_row(cells: str) -> str:
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"


def _row(row: tuple[str, ...], columns: tuple[Column, ...], widths: list[int]) -> str:
    cells = [
        _cell(text, width, column.align)
        for text, column, width in zip(row, columns, widths, strict=True)
    ]
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _group(label: str, count: int, width: int) -> str:
    cell = _cell(label, width, "left", span=count, bold=True, keeps_with_next=True)
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"


def _cell(
    text: str,
    width: int,
    align: str,
    *,
    span: int = 1,
    border: str = "",
    bold: bool = False,
    keeps_with_next: bool = False,
) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    borders = f"<w:tcBorders>{border}</w:tcBorders>" if border else ""
    properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{borders}</w:tcPr>'
    paragraph = _paragraph(text, CELL_STYLE, align, bold=bold, keeps_with_next=keeps_with_next)
    return f"<w:tc>{properties}{paragraph}</w:tc>"


def _paragraph(
    text: str,
    style: str,
    align: str = "left",
    *,
    bold: bool = False,
    keeps_with_next: bool = False,
) -> str:
    keep = "<w:keepNext/>" if keeps_with_next else ""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{keep}<w:jc w:val="{align}"/></w:pPr>'
    weight = "<w:rPr><w:b/></w:rPr>" if bold else ""
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")]
    return f"<w:p>{properties}<w:r>{weight}{'<w:br/>'.join(lines)}</w:r></w:p>"


def _line(side: str, weight: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'
