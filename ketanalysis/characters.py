r"""What a document can hold: signs that break a file, or turn the signs beside them, are shown.

A Word or Excel file with a control character, a lone surrogate or a noncharacter does not open;
a page may drop them in silence. A sign that turns the direction of writing shows the numbers
behind it in another order. In the place of each stands U+FFFD, which every reader sees.

Source: XML 1.0, production 2 (`Char`); Unicode 16, sections 23.1 (control codes), 23.7
(noncharacters) and annex 9, section 2 (directional formatting characters).
"""

from __future__ import annotations

import re
from typing import Any

SHOWN = "\N{REPLACEMENT CHARACTER}"
# Tabulators and ends of lines are text.
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_SURROGATES = "\ud800-\udfff"
_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane + last) for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)
)
_TURNS = "\u202a-\u202e\u2066-\u2069"
_UNREADABLE = re.compile(f"[{_CONTROLS}{_SURROGATES}{_NO_CHARACTERS}{_TURNS}]")
_SURROGATE = re.compile(f"[{_SURROGATES}]")


def readable(text: str) -> str:
    r"""Return text that every document can hold, with U+FFFD where it held something else.

    Ends of lines become ``\n``. Two halves of one sign, as some readers leave them, become it.

    Examples
    --------
    >>> readable("a\x00b\uffff")
    'a�b�'
    >>> readable("arm A\r\n12.5")
    'arm A\n12.5'
    """
    if text.isprintable():  # most are, and this is the quickest to ask (a picture is long)
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _UNREADABLE.sub(SHOWN, text.replace("\r\n", "\n").replace("\r", "\n"))


def all_readable(value: Any) -> Any:
    """Return lists and dicts of texts and other values with every text `readable`."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, list):
        return [all_readable(one) for one in value]
    if isinstance(value, dict):
        return {key: all_readable(one) for key, one in value.items()}
    return value
