"""A table as HTML: semantic markup that a screen reader understands, every text escaped.

great_tables is offered by `to_gt`; the markup here is our own because great_tables has no
caption and no row headers, and repeats its style sheet in every table.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ketanalysis.tables.fitting import fit
from ketanalysis.tables.table import Column, Table

if TYPE_CHECKING:
    from great_tables import GT


def to_html(table: Table, *, has_caption: bool = True) -> str:
    """Return the table as one ``<table>`` element with caption, headers and notes."""
    lines = [f'<table class="{_classes(table)}">']
    if has_caption:
        lines.append(f"<caption>{escape(table.title)}</caption>")
    lines += ["<thead>", *_header(table), "</thead>"]
    for label, rows in table.grouped_rows():
        lines.append("<tbody>")
        if label:
            width = len(table.columns)
            lines.append(
                f'<tr class="ka-group"><th colspan="{width}" scope="rowgroup" '
                f'style="text-align: left">'
                f"<span>{escape(label)}</span></th></tr>"
            )
        lines += [_row(row, table.columns) for row in rows]
        lines.append("</tbody>")
    if table.notes:
        notes = "".join(f"<p>{escape(note)}</p>" for note in table.notes)
        lines.append(
            f'<tfoot><tr><td colspan="{len(table.columns)}" style="text-align: left">'
            f"{notes}</td></tr></tfoot>"
        )
    return "\n".join([*lines, "</table>"])


def _classes(table: Table) -> str:
    """Return the classes of a table: how wide it is matters where the page is printed."""
    fitted = fit(table)
    if len(fitted.panels) > 1:
        return "ka-table ka-turned ka-too-wide"
    return "ka-table ka-turned" if fitted.is_turned else "ka-table"


def _header(table: Table) -> list[str]:
    lines = []
    if any(column.spanner for column in table.columns):
        cells = "".join(
            f'<th colspan="{count}" scope="colgroup" class="ka-spanner">{escape(label)}</th>'
            if label
            else f'<td colspan="{count}"></td>'
            for label, count in table.spanners()
        )
        lines.append(f"<tr>{cells}</tr>")
    cells = "".join(map(_head, table.columns))
    return [*lines, f"<tr>{cells}</tr>"]


def _head(column: Column) -> str:
    """Return the head of a column; one without a label is none, and a cell to a screen reader."""
    if not column.label:
        return f'<td style="text-align: {column.align}"></td>'
    return f'<th scope="col" style="text-align: {column.align}">{escape(column.label)}</th>'


def _row(row: tuple[str, ...], columns: tuple[Column, ...]) -> str:
    first, *rest = zip(row, columns, strict=True)
    cells = [f'<th scope="row" style="text-align: {first[1].align}">{escape(first[0])}</th>']
    cells += [
        f'<td style="text-align: {column.align}">{escape(cell)}</td>' for cell, column in rest
    ]
    return f"<tr>{''.join(cells)}</tr>"


def to_gt(table: Table) -> GT:
    """Return the table as a `great_tables.GT`, for styling of one's own."""
    import polars as pl
    from great_tables import GT

    names = [f"c{i}" for i in range(len(table.columns))]
    groups = [label for label, rows in table.grouped_rows() for _ in rows]
    frame = pl.DataFrame(
        {name: [row[i] for row in table.rows] for i, name in enumerate(names)}, strict=False
    )
    groupname = None
    if table.row_groups:
        frame, groupname = frame.with_columns(pl.Series("group", groups)), "group"
    shown = GT(frame, groupname_col=groupname, id="ka").tab_header(title=table.title)
    shown = shown.cols_label(
        cases={name: column.label for name, column in zip(names, table.columns, strict=True)}
    )
    for side in ("left", "right"):
        chosen = [n for n, c in zip(names, table.columns, strict=True) if c.align == side]
        shown = shown.cols_align(align=side, columns=chosen) if chosen else shown
    start = 0
    for i, (label, count) in enumerate(table.spanners()):
        if label:
            shown = shown.tab_spanner(label=label, columns=names[start : start + count], id=f"s{i}")
        start += count
    for note in table.notes:
        shown = shown.tab_source_note(note)
    return shown
