"""Which letters a PDF can show: its fonts are those that Typst brings, the same everywhere.

They hold Latin, Greek, Cyrillic, Hebrew, much of Arabic, mathematics and many symbols; they hold
no Chinese, Japanese, Korean or Thai and no faces. In the place of a letter that they lack stands
an empty box, so that two labels may look alike: such a PDF is refused, and the letters named.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator

from ketanalysis.tables.typst import literal

MOST_NAMED = 10
_UNSEEN = ("C", "Z")  # controls and blanks
_START = '#set document(title: "Letters", date: none)\n#set text(lang: "en")\n'


def letters_refused(text: str) -> str | None:
    """Return the refusal of a PDF of this text, or None where its fonts hold every letter.

    Examples
    --------
    >>> letters_refused("Größe, µ and α") is None
    True
    """
    signs = sorted({sign for sign in text if not sign.isascii()})
    lacking = list(itertools.islice(_lacking(signs), MOST_NAMED + 1))
    if not lacking:
        return None
    named = ", ".join(f"{sign} (U+{ord(sign):04X})" for sign in lacking[:MOST_NAMED])
    named += " and more" if len(lacking) > MOST_NAMED else ""
    return (
        f"a PDF must hold letters of its own fonts alone, and they lack {named}.\n"
        "  Write .docx or .html, which take the fonts of whoever reads them, or change the text."
    )


def _lacking(signs: list[str]) -> Iterator[str]:
    """Yield the letters that no font holds: halves are looked through until one is left."""
    signs = [one for one in signs if not unicodedata.category(one).startswith(_UNSEEN)]
    if not signs or _are_shown(signs):
        return
    if len(signs) == 1:
        yield from signs
        return
    middle = len(signs) // 2
    yield from _lacking(signs[:middle])
    yield from _lacking(signs[middle:])


def _are_shown(signs: list[str]) -> bool:
    import typst

    # Of the standards of PDF it is the one for accessible files that forbids letters without form.
    source = _START + "".join(f"#text({literal(sign)})\n\n" for sign in signs)
    try:
        typst.compile(
            source.encode(), font_paths=[], ignore_system_fonts=True, pdf_standards=["ua-1"]
        )
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return False
    return True
