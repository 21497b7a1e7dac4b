"""What each number rests on: method, source, oracle and tolerance, read from the docstrings.

The page has no text of its own to go stale: a function is on it because its docstring says
what it was checked against, and the page says what the docstring says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from docs.site.articles import checked_html, linker_of
from docs.site.docstrings import parse
from docs.site.guides import Page, contents_of
from docs.site.markup import code, inline, table
from docs.site.names import CHECKED, Entry, entries

TOLERANCE = re.compile(r"(?:relative|absolute) \d(?:\.\d+)?e-\d+|\bexact\b")
INTRODUCTION = """\
<p>Every statistic answers to somebody else: an R script and the file of numbers that it wrote, a
published table, or a page worked by hand. This page is made from the docstrings of the functions;
the paths are those of the repository, where an R script of the same name stands beside each file in
<code>tests/oracle/</code>. A tolerance is what the test allows between their number and ours.</p>
"""


@dataclass(frozen=True)
class Basis:
    """What one function rests on."""

    entry: Entry
    method: str
    source: str
    checked: str

    @property
    def tolerances(self) -> list[str]:
        """The tolerances that are named, each once."""
        return list(dict.fromkeys(TOLERANCE.findall(self.checked)))


def bases() -> list[Basis]:
    """Return what each function rests on, the public ones first."""
    found = []
    for entry in entries():
        doc = parse(entry.object)
        checked = doc.note(CHECKED)
        if checked:
            found.append(Basis(entry, doc.summary, doc.sources(), checked))
    return found


def methods_page() -> Page:
    """Return the page on what each number rests on."""
    public = [basis for basis in bases() if basis.entry.is_public]
    beneath = [basis for basis in bases() if not basis.entry.is_public]
    body = (
        f'{INTRODUCTION}<h2 id="questions">The questions</h2>\n{_table("Public names", public)}\n'
        f'<h2 id="numbers">The numbers underneath</h2>\n{_table("Functions of numbers", beneath)}'
    )
    return Page("methods", "What each number rests on", body, contents_of(body))


def _table(caption: str, rows: list[Basis]) -> str:
    head = ("function", "source", "checked against", "tolerance")
    return table(caption, head, [_row(basis) for basis in rows])


def _row(basis: Basis) -> list[str]:
    link = linker_of(basis.entry)
    return [
        f"{code(basis.entry.name, basis.entry.url)}<p>{inline(basis.method, link)}</p>",
        inline(basis.source, link) or "&ndash;",
        checked_html(inline(basis.checked, link)),
        "; ".join(basis.tolerances) or "&ndash;",
    ]
