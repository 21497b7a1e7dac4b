"""What a displayed object looks like in a report: a picture, HTML, Markdown or plain text.

Every item is a dict that JSON can carry: ``figure`` (base64 PNG), ``html``, ``markdown``,
``text`` or ``unreadable``, with the object's own caption, alternative text and label
if it has any.
"""

from __future__ import annotations

import base64
import io
import re
import struct
from typing import Any

from ketanalysis.render.neutral import describe_table

Item = dict[str, Any]

DOTS_PER_INCH = 200
LABEL = re.compile(r"(fig|tbl)-[a-z0-9-]+")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")
_PICTURE_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB"})


def describe(thing: object, *, as_is: bool) -> Item | None:
    """Return the item that shows `thing`, or None for what has nothing to show.

    A matplotlib or seaborn object that is no figure (an Axes, a list of lines) has nothing to
    show: the figure that it is drawn on is shown at the end of the cell.
    """
    if _is_figure(thing):
        return _with_words({"type": "figure", "png": _encode(_png_of_figure(thing))}, thing)
    as_html = _call(thing, "_repr_html_")
    if isinstance(as_html, str):
        return _with_words({"type": "html", "html": as_html, **_neutral(thing)}, thing)
    as_png = _call(thing, "_repr_png_")
    if isinstance(as_png, tuple):
        as_png = as_png[0]
    if isinstance(as_png, bytes):
        return _with_words({"type": "figure", "png": _encode(strip_png(as_png))}, thing)
    if _is_drawn(thing):
        return None
    as_markdown = _call(thing, "_repr_markdown_")
    if isinstance(as_markdown, str):
        if as_is:
            return {"type": "markdown", "markdown": as_markdown}
        return {"type": "unreadable", "what": type(thing).__name__}

    from IPython.lib import pretty

    words: Any = pretty.pretty
    return {"type": "text", "text": _ADDRESS.sub("", words(thing))}


def strip_png(png: bytes) -> bytes:
    """Return a PNG without its text, dates and other remarks."""
    kept, at = [png[:8]], 8
    while at + 12 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] in _PICTURE_CHUNKS:
            kept.append(png[at : at + length + 12])
        at += length + 12
    return b"".join(kept)


def _png_of_figure(figure: Any) -> bytes:
    if hasattr(figure, "ketanalysis_alt") and hasattr(figure, "to_png") and not figure.stale:
        # Ours is laid out, and nothing changed since: once more takes as long as the drawing.
        return bytes(figure.to_png(DOTS_PER_INCH))
    buffer = io.BytesIO()
    metadata = {"Software": None}
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata=metadata, bbox_inches="tight")
    return strip_png(buffer.getvalue())


def _encode(png: bytes) -> str:
    return base64.b64encode(png).decode("ascii")


def _is_figure(thing: object) -> bool:
    return any(
        kind.__module__ == "matplotlib.figure" and kind.__name__ == "Figure"
        for kind in type(thing).__mro__
    )


def _is_drawn(thing: object) -> bool:
    if isinstance(thing, list | tuple) and len(thing) > 0:
        return any(_is_drawn(one) for one in thing)
    return type(thing).__module__.partition(".")[0] in ("matplotlib", "seaborn")


def _neutral(thing: object) -> Item:
    """Return the table of ours that an object is, beside its HTML: paper has no HTML."""
    from ketanalysis.tables.table import Table

    table = None if isinstance(thing, type) else getattr(thing, "ketanalysis_table", None)
    return {"table": describe_table(table)} if isinstance(table, Table) else {}


def _call(thing: object, name: str) -> object:
    method = None if isinstance(thing, type) else getattr(thing, name, None)
    return method() if callable(method) else None


def _with_words(item: Item, thing: object) -> Item:
    for kind in ("caption", "alt"):
        for name in (f"ketanalysis_{kind}", kind):
            words = getattr(thing, name, None)
            if isinstance(words, str) and words.strip():
                item[kind] = words
                break
    label = getattr(thing, "ketanalysis_label", None)
    if isinstance(label, str) and LABEL.fullmatch(label):
        item["label"] = label
    return item
