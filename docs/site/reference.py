"""The reference on one page: an article for every public name, by family, with navigation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docs.site.articles import article
from docs.site.guides import Page
from docs.site.markup import code
from docs.site.names import Entry, number_entries, public_entries, returned_entries


def reference_page() -> Page:
    """Return the page of the public names and of what they return."""
    return _page("ketanalysis", "Reference", (*public_entries(), *returned_entries()))


def numbers_page() -> Page:
    """Return the page of the functions of numbers, which know no frames."""
    said = (
        "<p>What stands under the questions: numbers in, numbers out, each checked against R. "
        "Import one from its module. Their names may change before version 1.</p>"
    )
    page = _page("numbers", "The numbers underneath", number_entries())
    return Page(page.name, page.title, said + page.body, page.contents)


def _page(name: str, title: str, entries: Sequence[Entry]) -> Page:
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        families.setdefault(entry.family, []).append(entry)
    body = "\n".join(
        f'<h2 id="{slug(family)}">{_title(family)}</h2>\n' + "\n".join(map(article, held))
        for family, held in families.items()
    )
    contents = "\n".join(
        f'<li><a href="#{slug(family)}">{_title(family)}</a>\n<ul>{_names(held)}</ul></li>'
        for family, held in families.items()
    )
    return Page(name, title, body, f"<ul>\n{contents}\n</ul>")


def _names(held: list[Entry]) -> str:
    return "".join(f'<li><a href="#{entry.anchor}">{code(entry.name)}</a></li>' for entry in held)


def _title(family: str) -> str:
    return code(family) if "." in family else family


def slug(family: str) -> str:
    """Return the anchor of a family; it is never that of a name."""
    return "family-" + re.sub(r"\W+", "-", family.lower()).strip("-")
