"""What a cell of a report shows: a table, sentences or a figure, in every renderer.

A notebook and the embedded renderer take HTML. Quarto takes Markdown, in which a table or a
figure that has a label is numbered and can be referred to. Every text from the data is escaped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ketanalysis.tables import Table, to_html, to_markdown
from ketanalysis.tables.markdown import escape_markdown
from ketanalysis.tables.quarto import attribute_text, is_in_quarto, numbered_float, to_quarto

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = "report-figures"
DPI = 200
_HASH = re.compile(r">([0-9a-f]{64})<")
_LABEL = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Said:
    """A sentence or more, after a lead in bold where there is one."""

    text: str
    lead: str = ""

    def html(self) -> str:
        """Return the sentences as HTML, without an element around them."""
        lead = f"<strong>{escape(self.lead)}</strong> " if self.lead else ""
        return f"{lead}{escape(self.text)}"

    def markdown(self) -> str:
        """Return the sentences as Markdown of one line."""
        lead = f"**{escape_markdown(self.lead)}** " if self.lead else ""
        return f"{lead}{escape_markdown(self.text)}"


# A paragraph, or a list of points.
Words = Said | Sequence[Said]


class TableBlock:
    """One table with its caption and, where it has a label, a number.

    ``ketanalysis_table`` is the neutral table, ``ketanalysis_caption`` its caption,
    ``ketanalysis_label`` the name by which the text may refer to it, such as ``tbl-response``.
    """

    def __init__(self, table: Table, caption: str = "", name: str = "") -> None:
        self.ketanalysis_table = table
        self.ketanalysis_caption = caption or table.title
        self.ketanalysis_label = label("tbl", name) if name else ""

    def _repr_html_(self) -> str | None:
        if is_in_quarto():
            return None
        html = to_html(self.ketanalysis_table, has_caption=False)
        return _HASH.sub(r'><code class="ka-hash">\1</code><', html)

    def _repr_markdown_(self) -> str:
        table, caption = self.ketanalysis_table, self.ketanalysis_caption
        if is_in_quarto():
            return to_quarto(table, name=self.ketanalysis_label, caption=caption)
        return to_markdown(replace(table, title=caption))


class WordsBlock:
    """Paragraphs and lists of points."""

    def __init__(self, *pieces: Words) -> None:
        self.pieces = pieces

    def _repr_html_(self) -> str | None:
        if is_in_quarto():
            return None
        return "".join(
            f"<p>{piece.html()}</p>"
            if isinstance(piece, Said)
            else f"<ul>{''.join(f'<li>{one.html()}</li>' for one in piece)}</ul>"
            for piece in self.pieces
        )

    def _repr_markdown_(self) -> str:
        return "\n\n".join(
            piece.markdown()
            if isinstance(piece, Said)
            else "\n".join(f"- {one.markdown()}" for one in piece)
            for piece in self.pieces
        )


class QuartoFigure:
    """A figure as Quarto reads one: a picture beside the document, with caption and text."""

    def __init__(self, figure: Figure, name: str) -> None:
        self.figure: Any = figure
        self.label = label("fig", name)

    def _repr_markdown_(self) -> str:
        beside, folder = _place_of_pictures()
        (beside / folder).mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.label}.png"
        self.figure.savefig(
            beside / path, dpi=DPI, bbox_inches="tight", metadata={"Software": None}
        )
        alt = attribute_text(self.figure.ketanalysis_alt)
        picture = f'![](<{path.as_posix()}>){{fig-alt="{alt}"}}'
        return numbered_float(self.label, picture, self.figure.ketanalysis_caption)


def _place_of_pictures() -> tuple[Path, Path]:
    """Return the folder of the document, and the one in it that Quarto clears away if it can.

    The cells may run elsewhere. An older Quarto does not tell where its document is.
    """
    document = os.environ.get("QUARTO_DOCUMENT_FILE")
    beside = os.environ.get("QUARTO_DOCUMENT_PATH")
    if not document or not beside:
        return Path(), Path(PICTURES)
    return Path(beside), Path(f"{Path(document).stem}_files", PICTURES)


def shown_figure(figure: Figure, name: str) -> Any:
    """Return the figure with its label, in the form that the renderer of this process takes."""
    if is_in_quarto():
        return QuartoFigure(figure, name)
    named: Any = figure
    named.ketanalysis_label = label("fig", name)
    return named


def label(kind: str, name: str) -> str:
    """Return the name by which text refers to a table or figure, such as ``fig-relapse``."""
    return f"{kind}-{_LABEL.sub('-', name.lower()).strip('-')}"
