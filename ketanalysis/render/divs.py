"""Callouts, parts for one format only, and the fenced divs of Quarto that cannot be honoured."""

from __future__ import annotations

from typing import Any

from ketanalysis.render.nodes import (
    Attributes,
    Node,
    attributes,
    div,
    pair_of,
    plain,
    string,
    walk,
)
from ketanalysis.render.qmd import Document

CALLOUTS = ("note", "tip", "important", "warning", "caution")
_REFUSED = ("panel-", "column-", "callout-", "content-")
_CALLOUT_PAIRS = ("title", "collapse", "icon", "appearance")


def arrange_divs(blocks: list[Node], document: Document, output: str) -> Any:
    """Return the blocks with callouts titled and the parts for other formats left out.

    A callout becomes a div of classes ``callout`` and ``callout-…`` whose first block is a div
    ``callout-title``.
    """

    def action(node: Node) -> list[Node] | None:
        if node["t"] != "Div":
            return None
        attr, content = node["c"]
        shown = _is_shown(attr, document, output)
        if shown is not None:
            return walk(content, action) if shown else []
        kind = next((one[8:] for one in attr[1] if one.startswith("callout-")), None)
        if kind in CALLOUTS:
            return [_callout(kind, attr, walk(content, action), document)]
        _check(attr, document)
        return None

    return walk(blocks, action)


def _is_shown(attr: Attributes, document: Document, output: str) -> bool | None:
    """Tell whether a conditional div is shown; None for any other div."""
    shows = {"content-visible": True, "content-hidden": False}
    kind = next((one for one in attr[1] if one in shows), None)
    if kind is None:
        return None
    conditions: dict[str, str] = dict(attr[2])
    if len(conditions) != 1 or not set(conditions) <= {"when-format", "unless-format"}:
        raise document.refuse(
            f"a {kind} part must name one when-format or unless-format.", document.line_of(kind)
        )
    ((condition, name),) = conditions.items()
    holds = (name == output) == (condition == "when-format")
    return holds == shows[kind]


def _callout(kind: str, attr: Attributes, content: list[Node], document: Document) -> Node:
    unknown = [key for key, _ in attr[2] if key not in _CALLOUT_PAIRS]
    if unknown:
        raise document.refuse(
            f"a callout's {unknown[0]} cannot be honoured.", document.line_of(unknown[0])
        )
    words = pair_of(attr, "title")
    title = [string(words)] if words else [string(kind.capitalize())]
    if not words and content and content[0]["t"] == "Header":
        title, content = content[0]["c"][2], content[1:]
    fold = pair_of(attr, "collapse")
    pairs = [("fold", "closed" if fold == "true" else "open")] if fold else []
    heading = div([plain(title)], attributes(classes=["callout-title"]))
    classes = ["callout", f"callout-{kind}"]
    return div([heading, *content], attributes(attr[0], classes, pairs))


def _check(attr: Attributes, document: Document) -> None:
    for name in attr[1]:
        if name.startswith(_REFUSED):
            raise document.refuse(
                f"a part of class {name} cannot be honoured.", document.line_of(name)
            )
    for key, _ in attr[2]:
        if key.startswith("layout"):
            raise document.refuse(f"{key} cannot be honoured.", document.line_of(key))
