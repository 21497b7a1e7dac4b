"""The article of one name: what it answers, how it is called, what it rests on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from html import escape
from typing import Any

from docs.site import signatures
from docs.site.docstrings import Docstring, Field, parse
from docs.site.markup import Linker, code, highlighted, inline, link_columns, prose
from docs.site.names import CHECKED, Entry, return_annotation, urls
from ketanalysis.results import Result


def article(entry: Entry) -> str:
    """Return the article of a name as HTML."""
    doc, link = parse(entry.object), linker_of(entry)
    parts = [
        f"<h3>{code(entry.name)}</h3>",
        f'<p class="summary">{inline(doc.summary, link)}</p>',
        _call(entry),
        prose(doc.text, link, link_columns(link)),
        _arguments(entry, doc, link),
        _holds(entry, doc, link),
        _returns(entry, doc, link),
        _raises(doc, link),
        _members(entry, link),
        _notes(doc, link),
        _example(doc),
    ]
    inner = "\n".join(part for part in parts if part)
    return f'<article id="{entry.anchor}" tabindex="-1">\n{inner}\n{_footer(entry)}\n</article>'


def linker_of(entry: Entry) -> Linker:
    """Return the linker of an article: its own arguments are no links, other names are."""
    own = {entry.name, *(argument.name for argument in signatures.arguments(entry.object))}

    def link(name: str) -> str | None:
        tail = name.removeprefix("ketanalysis.").removesuffix("()")
        beside = f"{entry.module}.{name}"  # a number underneath, in the module of this one
        known = urls()
        if name in own:
            return None
        return known.get(beside) or known.get(name) or known.get(tail)

    return link


def _call(entry: Entry) -> str:
    if inspect.isclass(entry.object) and _is_made_by_us(entry):
        return ""
    if inspect.isclass(entry.object) and not signatures.arguments(entry.object):
        return ""
    return highlighted(signatures.call(entry.name, entry.object), "python", "signature")


def _is_made_by_us(entry: Entry) -> bool:
    """Whether a person gets the object, and never makes it."""
    return issubclass(entry.object, Result) or not entry.is_public


def _section(title: str, inner: str) -> str:
    return f"<h4>{title}</h4>\n{inner}" if inner else ""


def _arguments(entry: Entry, doc: Docstring, link: Linker) -> str:
    known = {argument.name: argument for argument in signatures.arguments(entry.object)}
    rows = []
    for field in doc.fields.get("Parameters", ()):
        held = [known[name] for name in field.names if name in known]
        types = list(dict.fromkeys(_typed(argument) for argument in held))
        said = f'<span class="type">{"; ".join(types)}</span>' if len(types) == 1 else ""
        rows.append(_row(field, said, link))
    return _section("Parameters", _list(rows))


def _typed(argument: signatures.Argument) -> str:
    shown = "" if argument.type == "Any" else escape(argument.type)
    if not argument.default:
        return shown
    return f"{shown}, default {escape(argument.default)}" if shown else escape(argument.default)


def _holds(entry: Entry, doc: Docstring, link: Linker) -> str:
    columns = link_columns(link)
    rows = [_row(field, "", link, columns) for field in doc.fields.get("Attributes", ())]
    return _section("Attributes", _list(rows))


def _returns(entry: Entry, doc: Docstring, link: Linker) -> str:
    columns, rows = link_columns(link), []
    for field in doc.fields.get("Returns", ()):
        inner = prose(field.lines, link, columns)
        if not field.names:
            return _section("Returns", inner)
        rows.append(f"<dt>{_type(field.names[0], link)}</dt>\n<dd>{inner}</dd>")
    if not rows and inspect.isfunction(entry.object):
        rows = [f"<dt>{_type(return_annotation(entry.object), link)}</dt>\n<dd></dd>"]
    return _section("Returns", _list(rows))


def _type(text: str, link: Linker) -> str:
    words = re.split(r"([A-Za-z_][\w.]*)", text)
    return "".join(
        code(word, link(word)) if number % 2 and (link(word) or "." in word) else escape(word)
        for number, word in enumerate(words)
    )


def _raises(doc: Docstring, link: Linker) -> str:
    return _section("Raises", _list([_row(f, "", link) for f in doc.fields.get("Raises", ())]))


def _row(field: Field, said: str, link: Linker, columns: Linker | None = None) -> str:
    names = ", ".join(
        code(name, link(name) if name[:1].isupper() else None) for name in field.names
    )
    inner = prose(field.lines, link, columns or link_columns(link))
    return f"<dt>{names} {said}</dt>\n<dd>{inner}</dd>"


def _list(rows: list[str]) -> str:
    return "<dl>\n" + "\n".join(rows) + "\n</dl>" if rows else ""


def _members(entry: Entry, link: Linker) -> str:
    """Return what can be asked of an object, one line a method or property."""
    rows = []
    for name, member in members(entry.object):
        said = parse(member)
        call = name if not inspect.isfunction(member) else signatures.call(name, member)
        inner = f"<p>{inline(said.summary, link)}</p>{prose(said.text, link)}"
        rows.append(f"<dt><code>.{escape(' '.join(call.split()))}</code></dt>\n<dd>{inner}</dd>")
    inherited = (
        f"<p>And all that a {code('Result', link('Result'))} can do.</p>"
        if inspect.isclass(entry.object)
        and issubclass(entry.object, Result)
        and entry.object is not Result
        else ""
    )
    return _section("Methods", _list(rows) + inherited)


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that a class defines and explains."""
    if not inspect.isclass(value):
        return
    bases = [base for base in value.__mro__ if base.__module__.startswith("ketanalysis")]
    own = bases if not issubclass(value, Result) else bases[:1]
    seen = set()
    for base in own:
        for name, raw in vars(base).items():
            member = getattr(raw, "__func__", raw)
            if name.startswith("_") or name in seen or not inspect.getdoc(member):
                continue
            if inspect.isfunction(member) or not isinstance(raw, str | int | float | tuple):
                seen.add(name)
                if inspect.isfunction(member) or isinstance(raw, property) or hasattr(raw, "func"):
                    yield name, member


def _notes(doc: Docstring, link: Linker) -> str:
    rows, plain = [], []
    for label, lines in doc.notes:
        if label:
            kind = ' class="checked"' if label == CHECKED else ""
            told = checked_html(prose(_capital(lines), link))
            rows.append(f"<dt>{label}</dt>\n<dd{kind}>{told}</dd>")
        else:
            plain.append(prose(lines, link))
    return _section("Notes", "\n".join(plain) + _list(rows))


def _capital(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Begin with a capital letter what stood behind a label, unless it begins with a path."""
    first = lines[0]
    return (first if first.startswith("tests/") else first[:1].upper() + first[1:], *lines[1:])


def checked_html(html: str) -> str:
    """Set the paths of the tests in code."""
    return re.sub(r"\btests/[\w/.*-]+\w", lambda found: code(found[0]), html)


def _example(doc: Docstring) -> str:
    text = "\n".join(doc.examples)
    return _section("Example", highlighted(text, "pycon")) if text.strip() else ""


def _footer(entry: Entry) -> str:
    path = entry.module.replace(".", "/")
    imported = f"ketanalysis.{entry.name}" if entry.is_public else f"{entry.module}.{entry.name}"
    return (
        f'<p class="where">{code(imported)} &middot; written in {code(f"{path}.py")} &middot; '
        f'<a href="#contents">all names</a></p>'
    )
