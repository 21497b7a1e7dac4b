"""Which of the questions beside a comparison of responders a plan asks, and their tables."""

from __future__ import annotations

from typing import Any

from ketanalysis.study.anxiety_sections import Anxiety
from ketanalysis.tables import Table
from ketanalysis.tables.responder_parts import responder_part


def asked_part(result: Any, asked: Anxiety | None, part: str) -> Table | None:
    """Return the table of a part, or None where the plan does not ask it or there is nothing.

    Effect sizes, the continuous twin and power need no choice and are always shown; a margin, a
    prior scale and the scores that many have 0 on are the plan's.
    """
    if asked is None:
        return None
    chosen: dict[str, dict[str, Any] | None] = {
        "equivalence": {} if asked.margin is not None else None,
        "bayes": {"prior": asked.prior} if asked.prior is not None else None,
        "two_part": {"outcomes": asked.two_part} if asked.two_part else None,
    }
    options = chosen.get(part, {})
    if options is None:
        return None
    table = responder_part(result, part, **options)
    return table if table.rows else None
