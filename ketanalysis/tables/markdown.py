"""A table as a Markdown pipe table, every character of the data escaped."""

from __future__ import annotations

import re

from ketanalysis.tables.table import Table, spanned

# A colon may begin a definition, a fence or an address, and end the name of a picture.
SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|$~^@&\"']|^:|:(?=\S))")


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is: no link, image, markup, math or shortcode."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def to_markdown(table: Table, *, has_caption: bool = True) -> str:
    """Return title, pipe table and notes as Markdown; row groups become bold rows."""
    labels = [spanned(column) for column in table.columns]
    rule = [":---" if column.align == "left" else "---:" for column in table.columns]
    lines = [f"**{escape_markdown(table.title)}**", ""] if has_caption and table.title else []
    lines += [_line(labels), f"| {' | '.join(rule)} |"]
    for label, rows in table.grouped_rows():
        if label:
            empty = [""] * (len(table.columns) - 1)
            lines.append(f"| **{escape_markdown(label)}** | {' | '.join(empty)} |")
        lines += [_line(row) for row in rows]
    for note in table.notes:
        lines += ["", escape_markdown(note)]
    return "\n".join(lines)


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(escape_markdown(cell) for cell in cells)} |"
