"""Numbers for sections, figures, tables and equations, and the references to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ketanalysis.render.nodes import (
    Node,
    attributes,
    div,
    find,
    link,
    paragraph,
    span,
    string,
    text_of,
    walk,
)
from ketanalysis.render.qmd import Document

WORDS = {"fig": "Figure", "tbl": "Table", "sec": "Section", "eq": "Equation"}
_REFERENCE = re.compile(r"([Ff]ig|[Tt]bl|[Ss]ec|[Ee]q)-.+")
_EQUATION_ID = re.compile(r"\{#(eq-[A-Za-z0-9_-]+)\}")
# Identifiers of the page itself.
_TAKEN = frozenset({"main", "contents", "title", "refs", "footnotes"})
_SPACE: Node = {"t": "Space"}


@dataclass
class Numbering:
    """The numbers given so far: of each kind, and by identifier."""

    document: Document
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WORDS, 0))
    numbers: dict[str, str] = field(default_factory=dict)
    identifiers: set[str] = field(default_factory=lambda: set(_TAKEN))
    sections: list[int] = field(default_factory=list)

    def take(self, identifier: str) -> None:
        """Note an identifier; refuse one that is taken."""
        if identifier in self.identifiers:
            line = self.document.line_of(identifier)
            raise self.document.refuse(f"the identifier {identifier} is given twice.", line)
        self.identifiers.add(identifier)

    def next_number(self, identifier: str) -> str | None:
        """Return the next number of this identifier's kind, or None for one without a kind."""
        kind = identifier.partition("-")[0]
        if kind not in ("fig", "tbl", "eq") or "-" not in identifier:
            return None
        self.counts[kind] += 1
        self.numbers[identifier] = str(self.counts[kind])
        return self.numbers[identifier]


def number_all(blocks: list[Node], document: Document) -> tuple[list[Node], Numbering]:
    """Return the blocks with numbered headings, captions and equations, and the numbers."""
    numbering = Numbering(document)
    for node in find(blocks, "Header"):
        if node["c"][1][0]:
            numbering.take(node["c"][1][0])
    tops = [node["c"][0] for node in find(blocks, "Header")]
    shift = 2 - min(tops, default=2)

    def action(node: Node) -> list[Node] | None:
        if node["t"] == "Header":
            return [_heading(node, shift, numbering)]
        if node["t"] == "Figure":
            return [_figure(node, numbering)]
        if node["t"] == "Para":
            equation = _equation(node, numbering)
            return [equation] if equation else None
        return None

    return walk(blocks, action), numbering


def _heading(node: Node, shift: int, numbering: Numbering) -> Node:
    level, (identifier, classes, pairs), content = node["c"]
    if not identifier:
        identifier = _slug(text_of(content), numbering.identifiers)
        numbering.identifiers.add(identifier)
    level = min(level + shift, 6)
    is_numbered = numbering.document.header.numbers_sections and "unnumbered" not in classes
    title = f"“{text_of(content)}”"
    if is_numbered:
        depth = level - 1
        counts = [*numbering.sections, *[0] * depth][:depth]
        counts[-1] += 1
        numbering.sections = counts
        number = ".".join(str(count) for count in counts)
        content = [span([string(number)], "section-number"), _SPACE, *content]
    if identifier.startswith("sec-"):
        numbering.numbers[identifier] = number if is_numbered else title
    return {"t": "Header", "c": [level, [identifier, classes, pairs], content]}


def _slug(text: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "section"
    base = base if base[0].isalpha() else f"section-{base}"
    slug, more = base, 1
    while slug in taken:
        more += 1
        slug = f"{base}-{more}"
    return slug


def _figure(node: Node, numbering: Numbering) -> Node:
    attr, (short, caption), content = node["c"]
    if attr[0]:
        numbering.take(attr[0])
    number = numbering.next_number(attr[0])
    if number is not None:
        word = WORDS[attr[0].partition("-")[0]]
        label = span([string(f"{word} {number}.")], "caption-label")
        words = caption[0]["c"] if caption else []
        caption = [{"t": "Plain", "c": [label, _SPACE, *words] if words else [label]}]
    return {"t": "Figure", "c": [attr, [short, caption], content]}


def _equation(node: Node, numbering: Numbering) -> Node | None:
    content = node["c"]
    last = content[-1] if content else {"t": ""}
    named = _EQUATION_ID.fullmatch(last["c"]) if last["t"] == "Str" else None
    maths = [one for one in content if one["t"] == "Math"]
    if named is None or len(maths) != 1:
        return None
    numbering.take(named[1])
    number = numbering.next_number(named[1])
    mark = span([string(f"({number})")], "equation-number")
    return div([paragraph([maths[0], mark])], attributes(named[1], ["equation"]))


def resolve_references(tree: Any, numbering: Numbering) -> Any:
    """Return the tree with every cross reference as a link; refuse one to nothing."""
    document = numbering.document

    def action(node: Node) -> list[Node] | None:
        if node["t"] != "Cite":
            return None
        citations = node["c"][0]
        ours = [one for one in citations if _REFERENCE.fullmatch(one["citationId"])]
        if not ours:
            return None
        if len(ours) < len(citations):
            name = ours[0]["citationId"]
            raise document.refuse(
                f"@{name} cannot share its brackets with a citation.", document.line_of(f"@{name}")
            )
        parts: list[Node] = []
        for one in ours:
            parts += [string(","), _SPACE] if parts else []
            parts += _reference(one, numbering)
        return parts

    return walk(tree, action)


def _reference(citation: dict[str, Any], numbering: Numbering) -> list[Node]:
    name = citation["citationId"]
    identifier = name[0].lower() + name[1:]
    number = numbering.numbers.get(identifier)
    if number is None:
        document = numbering.document
        known = ", ".join(f"@{one}" for one in numbering.numbers) or "none"
        raise document.refuse(
            f"the reference @{name} leads to nothing.\n  There are: {known}.",
            document.line_of(f"@{name}"),
        )
    mode = citation["citationMode"]["t"]
    prefix, suffix = citation["citationPrefix"], citation["citationSuffix"]
    word = WORDS[identifier.partition("-")[0]]
    words = number if mode == "SuppressAuthor" or prefix else f"{word}\u00a0{number}"
    lead = [*prefix, {"t": "Str", "c": "\u00a0"}] if prefix else []
    # Str keeps the no-break space that `string` would fold.
    return [*lead, link([{"t": "Str", "c": words}], f"#{identifier}", "reference"), *suffix]
