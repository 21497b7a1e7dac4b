"""Sentences on blinding: who guessed right, and the indices."""

from __future__ import annotations

from typing import Any

from ketanalysis.blinding.by_guess import AFTER
from ketanalysis.rounding import number
from ketanalysis.text.registry import phrase, phrase_of, sentences_of
from ketanalysis.text.style import Style

DIGITS = 2


@phrase_of("blinding")
def index_words(result: Any, row: dict[str, Any], style: Style) -> str:
    """Return ``0.21 (95 % CI 0.14 to 0.27)``."""
    if row["estimate"] is None:
        return "not estimable"
    shown = number(row["estimate"], DIGITS)
    if row["conf_low"] is None:
        return shown
    ends = style.ci(row["conf_low"], row["conf_high"], DIGITS, conf_level=result.conf_level)
    return f"{shown} ({ends})"


@sentences_of("blinding")
def blinding(result: Any, style: Style) -> str:
    """Say of each guess who was right, then Bang's index of each arm and James' of the trial."""
    return " ".join(_one(result, name, style) for name in result.guesses)


def _one(result: Any, name: str, style: Style) -> str:
    rows = [row for row in result.table.to_dicts() if row["guess"] == name]
    arms, (trial,) = rows[:-1], rows[-1:]
    right = "; ".join(
        f"{row['group']} {row['n_right']} right, {row['n_wrong']} wrong, {row['n_unsure']} did not "
        f"know, of {row['n']}"
        for row in arms
    )
    bang = "; ".join(
        f"{row['group']} {phrase(result, row, style)}, {style.p(row['p_value'])}" for row in arms
    )
    of = f" ({name})" if len(result.guesses) > 1 else ""
    return (
        f"Treatment guessed{of}: {right}. Bang's index: {bang}. James' index: "
        f"{phrase(result, trial, style)}."
    )


@sentences_of("effect by guess")
def effect_by_guess(result: Any, style: Style) -> str:
    """Say the effect in all, within each guess, and whether it differs between them."""
    parts = [
        f"{row['guessed']} {phrase(result, row, style)} (n = {row['n']} v {row['n_reference']})"
        for row in result.table.to_dicts()
        if row["estimate"] is not None
    ]
    (test,) = result.tests.to_dicts()
    (contrast,) = result.table["contrast"].unique().to_list()
    first, _, second = contrast.partition(" - ")
    return (
        f"Difference in {result.scale} at {result.visit}, {first} minus {second}, by the guess "
        f"({result.guess}): {'; '.join(parts)}. Difference between the guesses: "
        f"{style.p(test['p_value'])}. {AFTER}"
    )
