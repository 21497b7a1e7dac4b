"""A docstring in NumPy's style, taken apart: sections, fields, notes by label, examples."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FIELD_SECTIONS = ("Parameters", "Attributes", "Returns", "Raises")
TEXT_SECTIONS = ("Notes", "Examples")
LABEL = re.compile(
    r"(?P<label>Missing values|Sources?(?: of [\w ]+)?|Checked against|Source and checks)"
    r": (?P<rest>.*)"
)
YEAR = re.compile(r"\(?\b(?:18|19|20)\d\d\b\)?")


@dataclass(frozen=True)
class Field:
    """One parameter, attribute, return value or error, with the lines that explain it."""

    names: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Docstring:
    """A docstring, taken apart.

    Attributes
    ----------
    summary
        The first paragraph, one line.
    text
        The lines between it and the first section.
    fields
        Section → its fields, for Parameters, Attributes, Returns and Raises.
    notes
        (label, lines) in order; the label is empty for plain text.
    examples
        The lines of the examples.
    """

    summary: str
    text: tuple[str, ...]
    fields: dict[str, tuple[Field, ...]]
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    examples: tuple[str, ...]

    def documented(self) -> set[str]:
        """Return the names of all parameters and attributes that have a field."""
        sections = (self.fields.get(name, ()) for name in ("Parameters", "Attributes"))
        return {name for fields in sections for field in fields for name in field.names}

    def note(self, label: str) -> str:
        """Return the notes under a label as one line, or nothing."""
        found = (lines for name, lines in self.notes if name.startswith(label))
        return " ".join(" ".join(map(str.strip, lines)) for lines in found)

    def sources(self) -> str:
        """Return the literature: what is labelled so, else the plain notes that name a year."""
        plain = (" ".join(map(str.strip, lines)) for name, lines in self.notes if not name)
        return self.note("Source") or " ".join(text for text in plain if YEAR.search(text))


def parse(value: Any) -> Docstring:
    """Return the docstring of an object, taken apart."""
    return parse_text(inspect.getdoc(value) or "")


def parse_text(text: str) -> Docstring:
    """Return a docstring that is given as text, taken apart."""
    parts = dict(_sections(text.splitlines()))
    head = parts.pop("", [])
    end = head.index("") if "" in head else len(head)
    told = list(_labelled(head[end + 1 :]))  # short docstrings have their sources in the text
    return Docstring(
        summary=" ".join(map(str.strip, head[:end])),
        text=tuple(line for label, lines in told if not label for line in (*lines, "")),
        fields={
            name: tuple(_fields(name, parts[name])) for name in FIELD_SECTIONS if name in parts
        },
        notes=(*(note for note in told if note[0]), *_labelled(parts.get("Notes", []))),
        examples=tuple(parts.get("Examples", ())),
    )


def paragraphs(lines: tuple[str, ...] | list[str]) -> Iterator[list[str]]:
    """Yield the paragraphs of a text: lines between empty lines; a list is one of its own."""
    held: list[str] = []
    for line in [*lines, ""]:
        starts_list = line.lstrip().startswith("- ") and held and not _is_list(held)
        if held and (not line.strip() or starts_list):
            yield held
            held = []
        if line.strip():
            held.append(line)


def _is_list(lines: list[str]) -> bool:
    return lines[0].lstrip().startswith("- ")


def list_items(lines: list[str]) -> list[str] | None:
    """Return the items of a paragraph that is a list, else None."""
    if not _is_list(lines):
        return None
    items: list[str] = []
    for line in lines:
        if line.lstrip().startswith("- "):
            items.append(line.lstrip()[2:])
        else:
            items[-1] += f" {line.strip()}"
    return items


def _sections(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    name, held = "", list[str]()
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if line in (*FIELD_SECTIONS, *TEXT_SECTIONS) and below == "-" * len(line):
            yield name, _trimmed(held)
            name, held = line, []
        elif not (name and not held and line == "-" * len(name)):
            held.append(line)
    yield name, _trimmed(held)


def _trimmed(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def _fields(section: str, lines: list[str]) -> Iterator[Field]:
    if section == "Returns" and not any(line.startswith("    ") for line in lines):
        yield Field((), tuple(lines))  # a sentence instead of a type with its explanation
        return
    header, held = "", list[str]()
    for line in lines:
        if line and not line.startswith(" "):
            if header:
                yield Field(_names(section, header), tuple(_trimmed(held)))
            header, held = line, []
        else:
            held.append(line[4:])
    if header:
        yield Field(_names(section, header), tuple(_trimmed(held)))


def _names(section: str, header: str) -> tuple[str, ...]:
    if section == "Returns":
        return (header,)
    return tuple(part.strip() for part in header.split(" : ")[0].split(","))


def _labelled(lines: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    label, held = "", list[str]()
    for line in lines:
        found = LABEL.fullmatch(line)
        if found:
            if any(map(str.strip, held)):
                yield label, tuple(held)
            label, held = found["label"], [found["rest"]]
        elif not line.strip() and label:
            yield label, tuple(held)
            label, held = "", []
        else:
            held.append(line)
    if any(map(str.strip, held)):
        yield label, tuple(held)
