"""A status known only in the course of the trial cannot divide a curve: why, and what can."""

from __future__ import annotations

from collections.abc import Sequence

from ketanalysis.definition import Definition
from ketanalysis.definitions import Among
from ketanalysis.durability.origin import origin_words
from ketanalysis.errors import ArgumentError
from ketanalysis.rounding import number

WAYS = (
    "  Start the clock when it is known (origin=, a landmark); or give it as a column of ADSL with "
    "known_at= the days from the origin to then, and subjects are at risk from then (late entry); "
    "or model it as a time-dependent covariate (fit_cox, start=)."
)


def status_refusal(
    by: Definition, origin: str | float | None, gap: Sequence[float]
) -> ArgumentError:
    """Return why subjects cannot be divided by a status that a rule gives them.

    `gap` are the days from the origin to when the status was known, of those who have it.
    """
    if not isinstance(by, Among):
        return ArgumentError(
            f"by= must be a column of ADSL, not {by!r}: a rule does not say when it is met. "
            "Whoever meets it later must have stayed in the trial, free of relapse, until then "
            f"(immortal time).\n{WAYS}"
        )
    if not gap or max(gap) <= 0:
        return ArgumentError(
            f"by= must be a column of ADSL, not {by!r}. The status is known by the origin: give it "
            'as a column, with known_at="baseline".'
        )
    low, high = (number(end) for end in (min(gap), max(gap)))
    days = low if low == high else f"{low} to {high}"
    start = "the origin" if origin is None else origin_words(origin)
    return ArgumentError(
        f"by= cannot be {by!r}, which is known only after the origin: whoever has it must have "
        "stayed in the trial, free of relapse, until it was known, so its curve begins with time "
        f"in which nothing could happen (immortal time). From {start} to {by.when} it is {days} "
        f"days in the {len(gap)} subjects who have it.\n{WAYS}"
    )
