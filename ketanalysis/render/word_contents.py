"""Numbers of pages in the contents of a Word file, which Word counts when the file is opened.

Only who lays out the pages knows their numbers: each line refers to the bookmark of its heading,
and the reference is marked as out of date, so that it is counted before it is shown.

Source: ECMA-376, part 1, sections 17.16.5.45 (PAGEREF), 17.16.19 (simple fields, `dirty`) and
17.13.6.2 (bookmarks).
"""

from __future__ import annotations

import re

_LINE = re.compile(
    r'(<w:pStyle w:val="Contents" ?/></w:pPr><w:hyperlink w:anchor="([^"<>]+)">.*?</w:hyperlink>)'
    r"(</w:p>)",
    re.DOTALL,
)
_BOOKMARK = re.compile(r'(<w:bookmarkStart [^<>]*w:name="|<w:hyperlink w:anchor=")([^"<>]+)(")')
_NO_NAME = re.compile(r"\W")


def with_page_numbers(document: str) -> str:
    """Return the text of a Word file with the number of its page behind each line of contents."""
    return _LINE.sub(_numbered, _with_names_of_word(document))


def _numbered(line: re.Match[str]) -> str:
    field = f'<w:fldSimple w:instr=" PAGEREF {line[2]} \\h " w:dirty="true"><w:r><w:t></w:t></w:r>'
    return f"{line[1]}<w:r><w:tab/></w:r>{field}</w:fldSimple>{line[3]}"


def _with_names_of_word(document: str) -> str:
    """Return the text with bookmarks of letters, digits and underscores, the only ones of Word."""
    names = sorted({found[2] for found in _BOOKMARK.finditer(document)})
    new: dict[str, str] = {}
    for name in names:
        own = _NO_NAME.sub("_", name)
        while own in new.values():
            own += "_"
        new[name] = own
    return _BOOKMARK.sub(lambda found: f"{found[1]}{new[found[2]]}{found[3]}", document)
