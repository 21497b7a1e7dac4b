"""Console text: columns stay under each other, whatever signs the cells hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ketanalysis.tables import Column, Table
from ketanalysis.tables.plain import columns_of, to_text

# By annex 11 of Unicode: wide, wide, none, half, full, none.
SIGNS = [("\u85ac", 2), ("\uac00", 2), ("\u0301", 0), ("\uff71", 1), ("\uff21", 2), ("\u200b", 0)]


@pytest.mark.parametrize(("sign", "columns"), SIGNS)
def test_a_sign_takes_its_columns(sign: str, columns: int) -> None:
    assert columns_of(f"a{sign}") == 1 + columns


def test_columns_stay_aligned() -> None:
    columns = (
        Column("Arm", "left"),
        Column("n", spanner="\u5e0c\u671b"),
        Column("\u5e73\u5747", spanner="\u5e0c\u671b"),
    )
    rows = (("\u6c2f\u80fa\u916e", "48", "1.5"), ("Cafe\u0301", "7", "12.5"), ("x", "1", "0.0"))
    assert to_text(Table("t", columns, rows)) == (
        "        - \u5e0c\u671b -\n"
        "Arm      n  \u5e73\u5747\n"
        "\u6c2f\u80fa\u916e  48   1.5\n"
        "Cafe\u0301     7  12.5\n"
        "x        1   0.0"
    )


cells = st.text(st.sampled_from("ab1 \u85ac\uac00\u0301\uff21\u00e9"), max_size=6).map(str.strip)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=4))
def test_every_line_ends_where_the_others_end(rows: list[tuple[str, str]]) -> None:
    # A last cell that is the same everywhere: nothing is stripped off behind it.
    table = Table(
        "t", (Column("A", "left"), Column("B"), Column("C")), tuple((*r, "|") for r in rows)
    )
    lines = to_text(table).splitlines()[1:]
    assert len({columns_of(line) for line in lines}) == 1


@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cc", "Cf", "Mn"])))
def test_latin_text_is_as_wide_as_it_has_signs(text: str) -> None:
    assert columns_of(text) == len(text)
