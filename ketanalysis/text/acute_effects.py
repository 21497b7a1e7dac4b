"""Sentences on mediation and moderation."""

from __future__ import annotations

from typing import Any

from ketanalysis.acute_effects.mediation import ASSUMED
from ketanalysis.text.registry import phrase, sentences_of
from ketanalysis.text.style import Style


@sentences_of("mediation")
def mediation(result: Any, style: Style) -> str:
    """Say the total, direct and indirect effect, and what is assumed."""
    said = [f"{row['term']} effect {phrase(result, row, style)}" for row in result.table.to_dicts()]
    measure = result.table["measure"][0]
    return (
        f"Effect of {result.arms[1]} minus {result.arms[0]} on {result.outcome} with "
        f"{result.mediator} as mediator, {measure}: {'; '.join(said)}. {ASSUMED}"
    )


@sentences_of("moderation")
def moderation(result: Any, style: Style) -> str:
    """Say the test of the interaction, then the effect at each value of the moderator."""
    rows = result.table.to_dicts()
    effects = [
        f"{phrase(result, row, style)} at {row['at']}" for row in rows if row["term"] == "treatment"
    ]
    (test,) = result.tests.to_dicts()
    changes = [
        f"{phrase(result, row, style)} ({row['at']})"
        for row in rows
        if row["term"] == "interaction"
    ]
    return (
        f"Effect of {result.arms[1]} minus {result.arms[0]} on {result.outcome} by "
        f"{result.moderator}: {'; '.join(effects)}. Interaction: {'; '.join(changes)}, "
        f"{style.p(test['p_value'])}."
    )
