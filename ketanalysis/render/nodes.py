"""Pandoc's syntax tree: the few nodes that are made here, and the walk that replaces nodes.

A node is a dict ``{"t": type, "c": content}``; attributes are ``[id, classes, [[key, value]]]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ketanalysis.characters import readable

Node = dict[str, Any]
Attributes = list[Any]


def attributes(
    identifier: str = "", classes: Iterable[str] = (), pairs: Iterable[Sequence[str]] = ()
) -> Attributes:
    """Return a node's attributes."""
    return [identifier, list(classes), [list(pair) for pair in pairs]]


def string(text: str) -> Node:
    """Return text as one word, however many it holds: nothing in it has a meaning to pandoc."""
    return {"t": "Str", "c": " ".join(readable(text).split())}


def span(content: list[Node], *classes: str) -> Node:
    """Return inlines with classes."""
    return {"t": "Span", "c": [attributes(classes=classes), content]}


def link(content: list[Node], target: str, *classes: str) -> Node:
    """Return a link within the page."""
    return {"t": "Link", "c": [attributes(classes=classes), content, [target, ""]]}


def plain(content: list[Node]) -> Node:
    """Return inlines as a block without a paragraph."""
    return {"t": "Plain", "c": content}


def paragraph(content: list[Node]) -> Node:
    """Return inlines as a paragraph."""
    return {"t": "Para", "c": content}


def div(content: list[Node], attr: Attributes) -> Node:
    """Return blocks with attributes."""
    return {"t": "Div", "c": [attr, content]}


def code_block(text: str, *classes: str) -> Node:
    """Return preformatted text."""
    return {"t": "CodeBlock", "c": [attributes(classes=classes), readable(text)]}


def raw_html(html: str) -> Node:
    """Return HTML of our own, or HTML that was cleaned; never a text from data."""
    return {"t": "RawBlock", "c": ["html", html]}


def image(source: str, alt: str, pairs: Iterable[Sequence[str]] = ()) -> Node:
    """Return a picture with its alternative text."""
    return {"t": "Image", "c": [attributes(pairs=pairs), [string(alt)], [source, ""]]}


def figure(content: list[Node], caption: list[Node], attr: Attributes) -> Node:
    """Return blocks with a caption: a picture (class ``picture``) or a table (``table``)."""
    blocks = [plain(caption)] if caption else []
    return {"t": "Figure", "c": [attr, [None, blocks], content]}


def walk(tree: Any, action: Callable[[Node], list[Node] | None]) -> Any:
    """Return the tree with each node replaced by what `action` returns for it.

    None keeps the node and goes on inside it; a list stands in its place as it is.
    """
    if isinstance(tree, list):
        out: list[Any] = []
        for item in tree:
            found = action(item) if isinstance(item, dict) and "t" in item else None
            out.extend([walk(item, action)] if found is None else found)
        return out
    if isinstance(tree, dict):
        return {key: walk(value, action) for key, value in tree.items()}
    return tree


def find(tree: Any, *types: str) -> list[Node]:
    """Return all nodes of these types in the order of the document."""
    found: list[Node] = []

    def note(node: Node) -> None:
        if node["t"] in types:
            found.append(node)

    walk(tree, note)
    return found


def text_of(tree: Any) -> str:
    """Return the words of a piece of tree, without its notes."""
    words: list[str] = []

    def note(node: Node) -> list[Node] | None:
        kind = node["t"]
        if kind == "Str":
            words.append(node["c"])
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            words.append(" ")
        elif kind in ("Code", "Math"):
            words.append(node["c"][1])
        return [] if kind in ("Note", "RawInline") else None

    walk(tree, note)
    return "".join(words)


def pair_of(attr: Attributes, key: str) -> str | None:
    """Return the value of an attribute, or None."""
    return next((value for name, value in attr[2] if name == key), None)


def without_pair(attr: Attributes, *keys: str) -> Attributes:
    """Return the attributes without these keys."""
    return [attr[0], attr[1], [pair for pair in attr[2] if pair[0] not in keys]]
