"""The author's syntax tree with the cells' outputs and inline values put where they belong."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ketanalysis.characters import all_readable
from ketanalysis.render.cells import Answer
from ketanalysis.render.crossref import number_all, resolve_references
from ketanalysis.render.divs import arrange_divs
from ketanalysis.render.nodes import (
    Attributes,
    Node,
    attributes,
    div,
    figure,
    find,
    image,
    pair_of,
    string,
    walk,
    without_pair,
)
from ketanalysis.render.outputs import CellOutputs
from ketanalysis.render.qmd import Cell, Document
from ketanalysis.render.sanitise import UnsafeHtml, check_attribute, check_fragment

_PICTURES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".svg": "svg+xml"}
_WITH_ATTRIBUTES = frozenset({"Div", "Span", "Link", "Header", "Code", "CodeBlock", "Image"})
_NOT_OURS = frozenset({"RawBlock", "RawInline"})

Words = dict[str, list[list[Node]]]


@dataclass(frozen=True)
class Assembled:
    """A document ready to be written: its blocks, and the inlines of its title block."""

    blocks: list[Node]
    words: Words


def assemble(
    document: Document,
    blocks: list[Node],
    answers: Sequence[Answer],
    *,
    output: str,
    references: frozenset[str],
) -> Assembled:
    """Return the whole document.

    Parameters
    ----------
    document
        The parsed .qmd.
    blocks
        Pandoc's tree of its Markdown, placeholders and snippets included.
    answers
        What each step showed, in the order of `document.steps`.
    output
        The format to be written, for parts that are meant for one format only.
    references
        The keys of the bibliography.
    """
    blocks = _check_raw(blocks, document)
    blocks = _author_figures(blocks, document)
    blocks = _with_values(blocks, document, answers)
    body, words = _take_snippets(blocks, document)
    body = _with_outputs(body, words, document, answers, output)
    _check_no_placeholder([body, words], document)

    body = arrange_divs(body, document, output)
    body, numbering = number_all(body, document)
    body = resolve_references(body, numbering)
    title_words = resolve_references(words, numbering)
    _check_citations([body, title_words], document, references)
    # What a reference such as &#65535; of the author stands for is no text from data.
    return Assembled(all_readable(body), all_readable(title_words))


def _with_values(blocks: Any, document: Document, answers: Sequence[Answer]) -> Any:
    def action(node: Node) -> list[Node] | None:
        if node["t"] == "Code" and node["c"][1].startswith(document.token):
            index = int(node["c"][1].rpartition("-")[2])
            return [string(answers[index].text)]
        return None

    return walk(blocks, action)


def _take_snippets(blocks: list[Node], document: Document) -> tuple[list[Node], Words]:
    """Return the body, and the snippets' inlines by key; they stand last."""
    count = len(document.snippets)
    body, tails = (blocks[:-count], blocks[-count:]) if count else (blocks, [])
    words: Words = {}
    for number, snippet in enumerate(document.snippets):
        content = _snippet_content(tails, number, document.token)
        if content is None:
            kind = snippet.key.partition("-")[0]
            kind = {"fig": "fig-cap", "tbl": "tbl-cap"}.get(kind, kind)
            raise document.refuse(f"{kind} must be one paragraph of plain Markdown.", snippet.line)
        words.setdefault(snippet.key, []).append(content)
    return body, words


def _snippet_content(tails: list[Node], number: int, token: str) -> list[Node] | None:
    if number >= len(tails) or tails[number]["t"] != "Div":
        return None
    attr, content = tails[number]["c"]
    if attr[1] != [token] or pair_of(attr, "snippet") != str(number):
        return None
    if len(content) != 1 or content[0]["t"] != "Para":
        return None
    inlines: list[Node] = content[0]["c"]
    return inlines[2:] if inlines[0] == {"t": "Str", "c": token} else None


def _with_outputs(
    body: list[Node],
    words: Words,
    document: Document,
    answers: Sequence[Answer],
    output: str,
) -> Any:
    def action(node: Node) -> list[Node] | None:
        if node["t"] != "Div" or document.token not in node["c"][0][1]:
            return None
        index = int(pair_of(node["c"][0], "step") or 0)
        cell = document.steps[index]
        assert isinstance(cell, Cell)
        captions = {
            kind: words.pop(f"{kind}-{index}")[0]
            for kind in ("fig", "tbl")
            if f"{kind}-{index}" in words
        }
        return CellOutputs(document, cell, captions, output).blocks(answers[index])

    return walk(body, action)


def _check_no_placeholder(tree: Any, document: Document) -> None:
    def check(value: Any) -> None:
        if isinstance(value, str) and document.token in value:
            raise document.refuse(
                "inline code cannot stand here: write it in the text, not in code, raw HTML, "
                "a link's target or an attribute.",
                _line_of_placeholder(value, document),
            )
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for one in value:
                check(one)

    check(tree)


def _line_of_placeholder(text: str, document: Document) -> int | None:
    number = text.partition(f"{document.token}-")[2]
    digits = number[: len(number) - len(number.lstrip("0123456789"))]
    return document.steps[int(digits)].line if digits else None


def _check_raw(blocks: Any, document: Document) -> Any:
    """Return the tree without HTML comments and raw text of other formats; check the rest."""

    def action(node: Node) -> list[Node] | None:
        if node["t"] in _WITH_ATTRIBUTES:
            _check_pairs(node, document)
        if node["t"] not in _NOT_OURS:
            return None
        kind, text = node["c"]
        if kind != "html" or text.lstrip().startswith("<!--"):
            return []
        try:
            check_fragment(text)
        except UnsafeHtml as error:
            line = document.line_of(text.strip().splitlines()[0])
            raise document.refuse(f"raw HTML must not hold {error}.", line) from None
        return None

    return walk(blocks, action)


def _check_pairs(node: Node, document: Document) -> None:
    attr = node["c"][1] if node["t"] == "Header" else node["c"][0]
    pairs = [*attr[2], *([("href", node["c"][2][0])] if node["t"] == "Link" else [])]
    for key, value in pairs:
        try:
            check_attribute(node["t"].lower(), key, value)
        except UnsafeHtml as error:
            line = document.line_of(value) or document.line_of(key)
            raise document.refuse(f"the text must not hold {error}.", line) from None


def _author_figures(blocks: Any, document: Document) -> Any:
    """Return the tree with the author's pictures embedded and tables as numbered figures."""

    def action(node: Node) -> list[Node] | None:
        if node["t"] == "Figure":
            attr, (_, caption), content = node["c"]
            words = caption[0]["c"] if caption else []
            inside = walk(content, action)
            return [figure(inside, walk(words, action), _with_class(attr, "picture"))]
        if node["t"] == "Image":
            return [_embedded(node, document)]
        if node["t"] == "Table":
            return [_author_table(node, document, action)]
        return None

    return walk(blocks, action)


def _with_class(attr: Attributes, name: str) -> Attributes:
    return [attr[0], [*attr[1], name], attr[2]]


def _author_table(node: Node, document: Document, action: Any) -> Node:
    attr, (short, caption), *rest = node["c"]
    for key, _ in attr[2]:
        raise document.refuse(f"a table's {key} cannot be honoured.", document.line_of(key))
    bare = {"t": "Table", "c": [attributes(), [short, []], *walk(rest, action)]}
    words = caption[0]["c"] if caption else []
    if words or attr[0]:
        return figure([bare], walk(words, action), _with_class(attr, "table"))
    return div([bare], attributes(classes=["uncaptioned-table"]))


def _embedded(node: Node, document: Document) -> Node:
    attr, caption, (source, _) = node["c"]
    line = document.line_of(f"]({source}") or document.line_of(source)
    for key, _ in attr[2]:
        if key not in ("fig-alt", "alt", "width", "height"):
            raise document.refuse(f"a picture's {key} cannot be honoured.", line)
    path = (document.path.parent / source).resolve()
    folder = document.path.parent.resolve()
    if "://" in source or path.suffix.lower() not in _PICTURES or not path.is_relative_to(folder):
        raise document.refuse(
            f"a picture must be a {', '.join(_PICTURES)} file in the report's own folder, "
            f"not {source!r}.",
            line,
        )
    if not path.is_file():
        raise document.refuse(f"the picture {source} is missing.", line)
    alt = pair_of(attr, "fig-alt") or pair_of(attr, "alt")
    text = [string(alt)] if alt else caption
    if not text:
        raise document.refuse("a picture must have a text for those who do not see it.", line)
    pairs = without_pair(attr, "fig-alt", "alt")[2]
    found = image(_data_uri(path), alt or "", pairs)
    found["c"][0] = [attr[0], attr[1], pairs]
    found["c"][1] = text
    return found


def _data_uri(path: Path) -> str:
    code = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:image/{_PICTURES[path.suffix.lower()]};base64,{code}"


def _check_citations(tree: Any, document: Document, references: frozenset[str]) -> None:
    for node in find(tree, "Cite"):
        for citation in node["c"][0]:
            key = citation["citationId"]
            if key not in references:
                raise document.refuse(
                    f"the citation @{key} is in no bibliography.\n"
                    "  For a plain @ write \\@; for a bibliography, name its file in the header.",
                    document.line_of(f"@{key}"),
                )
