"""Small pieces of HTML: text with its code and links, highlighted code, tables."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TypeAlias

from docs.site.docstrings import list_items, paragraphs
from ketanalysis.glossary import GLOSSARY

Linker: TypeAlias = Callable[[str], "str | None"]

GLOSSARY_PAGE = "glossary.html"
_INLINE = re.compile(
    r"``(?P<code>.+?)``|`(?P<name>[^`]+)`|\*(?P<strong>\*)?(?P<em>[\w ]+)\*(?(strong)\*)"
)


def no_links(name: str) -> str | None:
    """Link nothing."""
    return None


def link_columns(linker: Linker) -> Linker:
    """Return a linker that also leads result columns to the glossary."""

    def link(name: str) -> str | None:
        return linker(name) or (f"{GLOSSARY_PAGE}#{name}" if name in GLOSSARY else None)

    return link


def inline(text: str, linker: Linker = no_links, code_linker: Linker = no_links) -> str:
    """Return a docstring's text as HTML: ``code``, `names` with their links, *words*."""
    parts, end = [], 0
    for found in _INLINE.finditer(text):
        parts.append(escape(text[end : found.start()], quote=False))
        parts.append(_marked(found, linker, code_linker))
        end = found.end()
    return "".join(parts) + escape(text[end:], quote=False)


def _marked(found: re.Match[str], linker: Linker, code_linker: Linker) -> str:
    if found["code"]:
        return code(found["code"], code_linker(found["code"]))
    if found["name"]:
        return code(found["name"], linker(found["name"]))
    return f"<em>{escape(found['em'])}</em>"


def code(text: str, url: str | None = None) -> str:
    """Return code in a line of text, with a link where there is one."""
    shown = escape(text, quote=False)
    return f'<a href="{url}"><code>{shown}</code></a>' if url else f"<code>{shown}</code>"


def prose(lines: Sequence[str], linker: Linker = no_links, code_linker: Linker = no_links) -> str:
    """Return the paragraphs and lists of a docstring as HTML."""
    shown = []
    for paragraph in paragraphs(list(lines)):
        items = list_items(paragraph)
        if items is None:
            text = " ".join(map(str.strip, paragraph))
            shown.append(f"<p>{inline(text, linker, code_linker)}</p>")
        else:
            inner = "".join(f"<li>{inline(item, linker, code_linker)}</li>" for item in items)
            shown.append(f"<ul>{inner}</ul>")
    return "\n".join(shown)


@functools.cache
def highlighted(text: str, language: str, kind: str = "code") -> str:
    """Return a block of code as HTML, in colours where the language is known."""
    return (
        f'<pre class="{kind}" data-language="{language}" tabindex="0"><code>'
        f"{_coloured(text.rstrip(), language)}</code></pre>"
    )


def _coloured(text: str, language: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    names = {"sh": "console", "markdown": "markdown", "r": "r"}
    try:
        lexer = get_lexer_by_name(names.get(language, language or "text"), stripnl=False)
    except ClassNotFound:
        return escape(text, quote=False)
    return str(highlight(text, lexer, HtmlFormatter(nowrap=True))).rstrip("\n")


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], ids: Sequence[str] = ()
) -> str:
    """Return a table as HTML; the cells are HTML, the first of each row is its header.

    On a narrow screen a row is a block, and each cell says the name of its column.
    """
    shown = []
    for number, (first, *rest) in enumerate(rows):
        anchor = f' id="{ids[number]}"' if ids else ""
        cells = "".join(
            f'<td data-label="{escape(name)}">{cell}</td>'
            for name, cell in zip(head[1:], rest, strict=True)
        )
        shown.append(f'<tr{anchor}><th scope="row">{first}</th>{cells}</tr>')
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    return (
        f'<table class="stacked"><caption>{caption}</caption><thead><tr>{names}</tr></thead>\n'
        f"<tbody>{chr(10).join(shown)}</tbody></table>"
    )
