"""One cell's outputs as nodes: code, printed text, pictures and tables with their captions."""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import dataclass

from ketanalysis.characters import readable
from ketanalysis.render.cells import Answer
from ketanalysis.render.display import DOTS_PER_INCH, Item
from ketanalysis.render.neutral import table_node
from ketanalysis.render.nodes import (
    Node,
    attributes,
    code_block,
    div,
    figure,
    find,
    image,
    paragraph,
    plain,
    raw_html,
    string,
    walk,
)
from ketanalysis.render.pandoc import CELL, HTML, read_markdown
from ketanalysis.render.qmd import Cell, Document
from ketanalysis.render.sanitise import UnsafeHtml, clean_html

CSS_DOTS_PER_INCH = 96
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE)
_WORDS = {"figure": ("fig", "figure"), "html": ("tbl", "table")}


@dataclass(frozen=True)
class CellOutputs:
    """Makes the nodes of one cell; `captions` are the author's, by kind (fig, tbl)."""

    document: Document
    cell: Cell
    captions: dict[str, list[Node]]
    output: str = "html"

    def blocks(self, answer: Answer) -> list[Node]:
        """Return what the cell shows: nothing where `include` is false."""
        options = self.cell.options
        if not options.include:
            return []
        shown = self._code() if options.echo else []
        if options.output is False or not options.eval:
            return shown
        self._check_counts(answer)
        for number, item in enumerate(answer.items, 1):
            shown += self._item(item, f"{self._anchor()}-{number}")
        if answer.error is not None:
            shown.append(code_block(answer.error, "error"))
        return shown

    def _refuse(self, message: str) -> Exception:
        return self.document.refuse(message, self.cell.line, self.cell.name)

    def _anchor(self) -> str:
        return f"cell-{self.cell.number}"

    def _code(self) -> list[Node]:
        lines = [line for line in self.cell.code.split("\n") if not line.startswith("#|")]
        code = "\n".join(lines).strip("\n")
        if not code:
            return []
        options = self.cell.options
        fold = {True: "closed", "show": "open"}.get(options.code_fold)
        pairs = [("fold", fold), ("summary", options.code_summary)] if fold else []
        return [div([code_block(code, "python")], attributes("", ["cell-code"], pairs))]

    def _check_counts(self, answer: Answer) -> None:
        """Refuse a label, caption or text that belongs to no output, or to several."""
        options = self.cell.options
        for item_type, (kind, word) in _WORDS.items():
            named = {
                f"the label {options.label}": (options.label or "").startswith(f"{kind}-"),
                f"{kind}-cap": kind in self.captions,
                "fig-alt": kind == "fig" and options.fig_alt is not None,
            }
            count = sum(item["type"] == item_type for item in answer.items)
            for name, is_given in named.items():
                if is_given and count != 1:
                    raise self._refuse(f"{name} needs one {word}, but the cell shows {count}.")

    def _item(self, item: Item, anchor: str) -> list[Node]:
        kind, options = item["type"], self.cell.options
        if kind == "figure":
            return [self._figure(item)]
        if kind == "html":
            return [self._html(item, anchor)]
        if kind == "unreadable":
            raise self._refuse(
                f"what the cell displays ({item['what']}) has no HTML.\n"
                "  Display its HTML, print its text, or set `#| output: asis` for its Markdown."
            )
        if kind == "markdown" or (kind == "stream" and options.output == "asis"):
            return self._markdown(str(item.get("markdown", item.get("text", ""))))
        if kind == "message" and not options.warning:
            return []
        text = item["text"].rstrip()
        return [code_block(text, "message" if kind == "message" else "output")] if text else []

    def _caption(self, kind: str, item: Item) -> list[Node]:
        if kind in self.captions:
            return self.captions[kind]
        return [string(item["caption"])] if "caption" in item else []

    def _identifier(self, kind: str, item: Item) -> str:
        label = self.cell.options.label or item.get("label", "")
        return label if label.startswith(f"{kind}-") else ""

    def _figure(self, item: Item) -> Node:
        alt = self.cell.options.fig_alt or item.get("alt")
        if not alt:
            raise self._refuse(
                "a figure must have a text for those who do not see it.\n"
                "  Write `#| fig-alt:` in the cell, or set the figure's ketanalysis_alt."
            )
        wide, high = struct.unpack(">II", base64.b64decode(item["png"])[16:24])
        scale = CSS_DOTS_PER_INCH / DOTS_PER_INCH
        pairs = [("width", str(round(wide * scale))), ("height", str(round(high * scale)))]
        picture = image(f"data:image/png;base64,{item['png']}", alt, pairs)
        attr = attributes(self._identifier("fig", item), ["picture"])
        return figure([plain([picture])], self._caption("fig", item), attr)

    def _html(self, item: Item, anchor: str) -> Node:
        try:
            html = clean_html(item["html"], anchor)
        except UnsafeHtml as error:
            raise self._refuse(f"the HTML that the cell shows must not hold {error}.") from None
        caption, identifier = self._caption("tbl", item), self._identifier("tbl", item)
        content = [raw_html(html)] if self.output == "html" else self._on_paper(item, html)
        if caption or identifier:
            return figure(content, caption, attributes(identifier, ["table"]))
        name = "uncaptioned-table" if "<table" in html else "cell-output"
        return div(content, attributes(classes=[name]))

    def _on_paper(self, item: Item, html: str) -> list[Node]:
        """Return a table of ours as it is, and other HTML as pandoc reads it."""
        if "table" in item:
            return [table_node(item["table"])]
        blocks = read_markdown(_STYLE.sub("", html), HTML)
        if find(blocks, "Image"):
            raise self._refuse("HTML that a cell shows must not hold pictures in a file for paper.")
        return blocks

    def _markdown(self, text: str) -> list[Node]:
        blocks = read_markdown(readable(text), CELL)
        if find(blocks, "Image"):
            raise self._refuse("Markdown that a cell writes must not hold pictures.")
        written: list[Node] = walk(blocks, _raw_as_text)
        return written


def _raw_as_text(node: Node) -> list[Node] | None:
    if node["t"] == "RawInline":
        return [string(node["c"][1])]
    return [paragraph([string(node["c"][1])])] if node["t"] == "RawBlock" else None
