"""What a cell's ``#|`` options and the YAML header may say; anything else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ketanalysis.errors import listed
from ketanalysis.render.failure import cannot_honour
from ketanalysis.render.yaml_lines import Entry, Refuse

_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True)
class CellOptions:
    """What a cell shows and what it is called."""

    label: str | None = None
    fig_cap: str | None = None
    fig_alt: str | None = None
    tbl_cap: str | None = None
    echo: bool = True
    eval: bool = True
    include: bool = True
    output: bool | str = True
    warning: bool = False
    error: bool = False
    code_fold: bool | str = False
    code_summary: str = "Code"
    is_parameters: bool = False


@dataclass(frozen=True)
class Header:
    """The YAML header: who wrote what, and how the page is laid out."""

    title: str
    subtitle: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    abstract: str | None = None
    lang: str = "en"
    bibliography: tuple[str, ...] = ()
    csl: str | None = None
    has_toc: bool = False
    toc_depth: int = 3
    toc_title: str = "Contents"
    numbers_sections: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)
    cell_defaults: CellOptions = field(default_factory=CellOptions)


def read_cell_options(
    entries: Mapping[str, Entry], defaults: CellOptions, refuse: Refuse
) -> CellOptions:
    """Return a cell's options over the document's; refuse those that are not honoured."""
    return replace(defaults, **_read(entries, _CELL, "cell option", refuse))


def read_header(entries: Mapping[str, Entry], refuse: Refuse, output: str = "html") -> Header:
    """Return the header for one format; refuse every key that would be lost in it."""
    if "title" not in entries:
        raise refuse("the header must have a title: it is the page's only first heading.", 1)
    found = _read(entries, _HEADER, "header key", refuse)
    of_format = _read_format(found.pop("formats", {}), output, refuse)
    cells = {**found.pop("cells", {}), **found.pop("execute", {}), **of_format.pop("cells", {})}
    lines = {name: entry.line for name, entry in entries.items()}
    return Header(
        **{**found, **of_format}, lines=lines, cell_defaults=replace(CellOptions(), **cells)
    )


# A reader takes an entry and its name and returns the keyword and value it sets.
Reader = Callable[[Entry, str, Refuse], tuple[str, Any] | None]


def _read(
    entries: Mapping[str, Entry], readers: Mapping[str, Reader], kind: str, refuse: Refuse
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, entry in entries.items():
        if name not in readers:
            raise refuse(cannot_honour(kind, name, readers), entry.line)
        pair = readers[name](entry, name, refuse)
        if pair is None:
            continue
        keyword, value = pair
        if keyword == "cells":
            found.setdefault("cells", {}).update(value)
        else:
            found[keyword] = value
    return found


def _text(keyword: str) -> Reader:
    def read(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
        if isinstance(entry.value, dict | list) or not entry.text.strip():
            raise refuse(f"{name} must be one text.", entry.line)
        if keyword != "title" and "{python}" in entry.text and name.endswith(("cap", "alt")):
            raise refuse(
                f"{name} must be literal text, without inline code.\n"
                "  Set the figure's ketanalysis_caption or ketanalysis_alt in the cell instead.",
                entry.line,
            )
        return keyword, entry.text.strip()

    return read


def _texts(keyword: str) -> Reader:
    def read(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
        entries = entry.value if isinstance(entry.value, list) else [entry]
        texts = []
        for one in entries:
            named = one.value.get("name") if isinstance(one.value, dict) else one
            extra = isinstance(one.value, dict) and set(one.value) != {"name"}
            if extra or named is None or not named.text.strip():
                raise refuse(f"{name} must be a text or a list of texts.", one.line)
            texts.append(named.text)
        return keyword, tuple(texts)

    return read


def _flag(keyword: str) -> Reader:
    return _choice(keyword, True, False)


def _choice(keyword: str, *allowed: Any) -> Reader:
    def read(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
        same = [one for one in allowed if one == entry.value and type(one) is type(entry.value)]
        if not same:
            words = [str(one).lower() if isinstance(one, bool) else str(one) for one in allowed]
            given = entry.text or "a list or mapping"
            raise refuse(f"{name} must be {' or '.join(words)}, not {given!r}.", entry.line)
        return keyword, entry.value

    return read


def _for_cells(reader: Reader) -> Reader:
    def read(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any] | None:
        pair = reader(entry, name, refuse)
        return None if pair is None else ("cells", {pair[0]: pair[1]})

    return read


def _only(*allowed: Any) -> Reader:
    choice = _choice("", *allowed)

    def read(entry: Entry, name: str, refuse: Refuse) -> None:
        choice(entry, name, refuse)

    return read


def _harmless(entry: Entry, name: str, refuse: Refuse) -> None:
    """Accept what another output or another renderer honours."""


def _margin(entry: Entry, name: str, refuse: Refuse) -> None:
    """Accept the margins that the page has."""
    sides = entry.value if entry.is_mapping else {"": entry}
    for side, inner in sides.items():
        if side not in _SIDES or inner.text != _MARGIN:
            raise refuse(
                f"margin must be lines of x, y or a side, each with {_MARGIN}, as the page of the "
                f"embedded renderer has, not {f'{side}: ' if side else ''}{inner.text!r}.",
                inner.line,
            )


def _label(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
    if not _LABEL.fullmatch(entry.text):
        raise refuse(
            f"a label must begin with a letter and hold letters, digits, - and _, "
            f"not {entry.text!r}.",
            entry.line,
        )
    return "label", entry.text


def _tags(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
    tags = entry.value if isinstance(entry.value, list) else [entry]
    given = [tag.text for tag in tags]
    if given != ["parameters"]:
        raise refuse(f"tags must be [parameters], not {listed(given)}.", entry.line)
    return "is_parameters", True


def _lang(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
    if not _LANGUAGE.fullmatch(entry.text):
        raise refuse(
            f"lang must be a language such as en or de-CH, not {entry.text!r}.", entry.line
        )
    return "lang", entry.text


def _date(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any] | None:
    if entry.text.strip() in ("today", "now", "last-modified"):
        raise refuse(
            "date must be written out: the same input gives the same bytes on every day.",
            entry.line,
        )
    return _text("date")(entry, name, refuse)


def _format(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any] | None:
    if not entry.is_mapping:
        _choice("", *_FORMATS)(entry, name, refuse)
        return None
    for one, inner in entry.value.items():
        if one not in _FORMATS:
            raise refuse(cannot_honour("format", one, _FORMATS), inner.line)
    return "formats", entry.value


def _read_format(formats: Mapping[str, Entry], output: str, refuse: Refuse) -> dict[str, Any]:
    """Return what the header asks of the format that is written; others are not its business."""
    entry = formats.get(output)
    if entry is None:
        return {}
    if not entry.is_mapping:
        _choice("", "default")(entry, output, refuse)
        return {}
    return _read(entry.value, _OF_FORMAT[output], f"option of format {output}", refuse)


def _execute(entry: Entry, name: str, refuse: Refuse) -> tuple[str, Any]:
    if not entry.is_mapping:
        raise refuse("execute must be lines of `name: value`.", entry.line)
    return "execute", _read(entry.value, _EXECUTE, "option of execute", refuse)


_FORMATS = ("html", "docx", "typst", "pdf")
_SIDES, _MARGIN = ("x", "y", "top", "bottom", "left", "right"), "2cm"
_SHOWS: dict[str, Reader] = {
    "echo": _flag("echo"),
    "eval": _flag("eval"),
    "include": _flag("include"),
    "output": _choice("output", True, False, "asis"),
    "warning": _flag("warning"),
    "error": _flag("error"),
}
_FOLDS: dict[str, Reader] = {
    "code-fold": _choice("code_fold", True, False, "show"),
    "code-summary": _text("code_summary"),
}
_CELL: dict[str, Reader] = {
    **_SHOWS,
    **_FOLDS,
    "label": _label,
    "fig-cap": _text("fig_cap"),
    "fig-alt": _text("fig_alt"),
    "tbl-cap": _text("tbl_cap"),
    "tags": _tags,
}
_EXECUTE: dict[str, Reader] = {
    **_SHOWS,
    "enabled": _only(True),
    "cache": _only(False),
    "freeze": _only(False),
    "daemon": _only(False),
}
_LAYOUT: dict[str, Reader] = {
    "toc": _flag("has_toc"),
    "toc-depth": _choice("toc_depth", 1, 2, 3, 4, 5),
    "toc-title": _text("toc_title"),
    "number-sections": _flag("numbers_sections"),
    **{name: _for_cells(reader) for name, reader in _FOLDS.items()},
}
_HTML: dict[str, Reader] = {
    **_LAYOUT,
    "embed-resources": _only(True),
    "html-math-method": _only("mathml"),
    "theme": _harmless,
    "format-links": _only(False),
}
_OF_FORMAT: dict[str, dict[str, Reader]] = {
    "html": _HTML,
    "docx": _LAYOUT,
    "typst": {**_LAYOUT, "papersize": _only("a4"), "margin": _margin},
}
_HEADER: dict[str, Reader] = {
    **_LAYOUT,
    "title": _text("title"),
    "subtitle": _text("subtitle"),
    "author": _texts("authors"),
    "date": _date,
    "abstract": _text("abstract"),
    "lang": _lang,
    "bibliography": _texts("bibliography"),
    "csl": _text("csl"),
    "engine": _only("jupyter"),
    "jupyter": _only("python3"),
    "execute": _execute,
    "format": _format,
}
