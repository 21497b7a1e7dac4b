"""Texts from data in lines of a given width, and looks that differ in grey and in shape."""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest
from matplotlib.colors import to_rgb

from ketanalysis.figures.style import COLOURS, INKS, clean, look, names_of, with_place, wrap
from ketanalysis.figures.words import among, joined


def luminance(colour: str) -> float:
    """Return the relative luminance of sRGB (WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(c * w for c, w in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def lightness(colour: str) -> float:
    """Return CIE L*, 0 to 100."""
    return 116 * luminance(colour) ** (1 / 3) - 16


def test_the_first_three_groups_differ_in_grey() -> None:
    pairs = combinations(map(lightness, COLOURS[:3]), 2)
    assert min(abs(a - b) for a, b in pairs) > 10


def test_coloured_text_can_be_read_on_white() -> None:
    contrasts = [1.05 / (luminance(colour) + 0.05) for colour in INKS]
    assert min(contrasts) >= 4.5  # WCAG 2.1, success criterion 1.4.3


def test_no_two_of_twenty_groups_look_the_same() -> None:
    looks = {(look(i).colour, look(i).marker) for i in range(20)}
    assert len(looks) == 20


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("Day 7", "Day 7"),
        ("a\nb\tc", "a b c"),
        ("x\x00y\ud800\u202e", "x y"),
        (" \u00a0 ", ""),
        ("_a$b$", "_a$b$"),
    ],
)
def test_text_from_data_is_one_printable_line(given: str, text: str) -> None:
    assert clean(given) == text


def test_long_names_are_wrapped_and_wide_signs_count_twice() -> None:
    assert wrap("esketamine 84 mg twice", 12) == "esketamine\n84 mg twice"
    assert wrap("ケタミン" * 3, 12) == "ケタミンケタ\nミンケタミン"
    assert wrap("unbreakable", 4) == "unbr\neaka\nble"
    assert wrap("", 4) == ""


def test_groups_keep_the_order_of_the_table() -> None:
    table = pl.DataFrame({"ARM": ["z", "a", "z"], "SEX": ["F", "F", "F"]})
    assert names_of(table, ("ARM", "SEX")) == ["z / F", "a / F"]
    assert with_place(table, ("ARM", "SEX")).to_list() == ["0", "1", "0"]
    assert names_of(table, ()) == ["All"]
    assert with_place(table, ()).to_list() == ["0", "0", "0"]


def test_words_are_joined_as_in_a_sentence() -> None:
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert among(["All"], [(9, 9)]) == "in all subjects (n = 9)"
    assert among(["a", "b"], [(3, 5), (4, 4)]) == "in a (n = 3 to 5) and b (n = 4)"
