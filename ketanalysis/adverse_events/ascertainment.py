"""How events were asked for: rates of different ways are never added up in silence.

Anxiety is seen in 8 % where it is reported spontaneously (esketamine in SUSTAIN-1, 12/152, Daly
et al. 2019) and in 45 % where a checklist is read out (ketamine in KetECT, 41/91, Ekstrand et
al. 2022): a rate without its way of asking says little.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.grid import names_given

COLUMN = "AEASCERT"
UNKNOWN = "not recorded"
MIXED = (
    "Events were asked for in several ways and have rows of their own for each, because such rates "
    "are not comparable: {}. All exposed subjects are the denominator of each."
)


def with_ways(events: pl.DataFrame) -> pl.DataFrame:
    """Return the events with ``ascertainment``: the way as text, "not recorded" for none."""
    if COLUMN not in events.columns:
        return events.with_columns(ascertainment=pl.lit(UNKNOWN))
    way = pl.col(COLUMN).cast(pl.String).str.strip_chars()
    way = pl.when(way == "").then(None).otherwise(way)
    return events.with_columns(ascertainment=way.fill_null(UNKNOWN))


def chosen_ways(
    events: pl.DataFrame, given: str | Sequence[str] | None, allow: str | None
) -> tuple[pl.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Return the events of the ways that were asked for, these ways in order, and what to say.

    With `allow`, a reason, several ways count together under one name that lists them.
    """
    held = _in_order(events["ascertainment"].unique().to_list())
    if given is not None:
        names = names_given("ascertainment", given, "a way of asking")
        for name in names:
            if name not in held:
                raise ArgumentError(
                    f"ascertainment must be a way in which events of this trial were asked for: "
                    f"{listed(map(repr, held))}; not {name!r}.{near_miss(name, held)}"
                )
        left = events.filter(~pl.col("ascertainment").is_in(names))
        events = events.filter(pl.col("ascertainment").is_in(names))
        said = _set_aside(left)
        held = [way for way in held if way in names]
    else:
        said = ()
    if allow is None:
        return events, tuple(held) or (UNKNOWN,), (*_told(events, held), *said)
    if not isinstance(allow, str) or not allow.strip():
        raise ArgumentError(
            f"allow must be the reason for counting several ways of asking together, not {allow!r}."
        )
    if len(held) < 2:
        return events, tuple(held) or (UNKNOWN,), (*_told(events, held), *said)
    whole = " + ".join(held)
    note = f"Ascertainment: {whole}, counted together. Reason given: {allow.strip().rstrip('.')}."
    return events.with_columns(ascertainment=pl.lit(whole)), (whole,), (note, *said)


def _in_order(ways: Sequence[str]) -> list[str]:
    return sorted(ways, key=lambda way: (way == UNKNOWN, way))


def _told(events: pl.DataFrame, held: Sequence[str]) -> tuple[str, ...]:
    if COLUMN not in events.columns or held == [UNKNOWN]:
        return ("How events were asked for is not recorded; rates are not comparable without it.",)
    if not held:
        return ("Ascertainment: not recorded.",)
    if len(held) == 1:
        return (f"Ascertainment: {held[0]}.",)
    counts = dict(events["ascertainment"].value_counts().iter_rows())
    said = listed(f"{way} ({counts[way]} record{'' if counts[way] == 1 else 's'})" for way in held)
    return (MIXED.format(said),)


def _set_aside(left: pl.DataFrame) -> tuple[str, ...]:
    if left.is_empty():
        return ()
    ways = _in_order(left["ascertainment"].unique().to_list())
    return (
        f"Not counted: {left.height} record{'' if left.height == 1 else 's'} asked for in another "
        f"way ({listed(ways)}).",
    )


# How the ways of the contract (schemas/adae.toml) are said in a sentence.
WORDS = {"spontaneous": "spontaneous report"}
NOT_SAID = "way of asking not recorded"


def asked_words(way: str) -> str:
    """Return how events were asked for: ``asked for by checklist``, or that it is not recorded.

    Examples
    --------
    >>> asked_words("checklist"), asked_words("interview + spontaneous")
    ('asked for by checklist', 'asked for by interview and spontaneous report')
    """
    parts = way.split(" + ")
    named = " and ".join(WORDS.get(part, part) for part in parts if part != UNKNOWN)
    if not named:
        return NOT_SAID
    return f"asked for by {named}" + (f", {NOT_SAID} of some" if UNKNOWN in parts else "")


def all_asked_words(ways: Sequence[str]) -> str:
    """Return how events were asked for, several ways that are kept apart one after the other."""
    several = len(ways) > 1
    return f"apart: {'; '.join(map(asked_words, ways))}" if several else asked_words(ways[0])
