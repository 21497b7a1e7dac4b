"""What the ids of subjects show without a sort: that each stands once, and in order.

Rows mostly come in order of subject, and ids are mostly written in capitals and digits. Both are
seen in one pass; a sort or a table of distinct texts takes ten times as long.
"""

from __future__ import annotations

import polars as pl

BLANKS = tuple(bytes([code]) for code in (9, 10, 11, 12, 13, 32))


def is_rising(ids: pl.Series) -> bool:
    """Whether no id is missing and each comes after the one before it, so that none stands twice.

    Text is compared as polars sorts it, by its bytes; False for what is neither text nor whole
    numbers, whatever its order.

    Examples
    --------
    >>> is_rising(pl.Series(["S1", "S2"])), is_rising(pl.Series(["S1", "S1"]))
    (True, False)
    """
    if ids.null_count() or not (ids.dtype == pl.String or ids.dtype.is_integer()):
        return False
    return bool((ids.slice(1) > ids.slice(0, max(len(ids) - 1, 0))).all())


def are_of_one_case(ids: pl.Series) -> bool:
    """Whether texts have no capitals or no small letters, no blanks, and ASCII alone.

    No two of them can then differ in case or blanks only. Missing ids are passed over.

    Examples
    --------
    >>> are_of_one_case(pl.Series(["S1", "S2"])), are_of_one_case(pl.Series(["S1", "s1"]))
    (True, False)
    """
    letters = (ids.str.join("").item() or "").encode()
    if not letters.isascii() or any(blank in letters for blank in BLANKS):
        return False
    return letters.isupper() or letters.islower() or letters.lower() == letters.upper()
