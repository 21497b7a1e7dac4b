"""Which events count: treatment-emergent, serious, severe, or related ones; or all."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed
from ketanalysis.grid import names_given

EMERGENT, SERIOUS, SEVERE, RELATED = "treatment-emergent", "serious", "severe", "related"
KINDS = (EMERGENT, SERIOUS, SEVERE, RELATED)
NEEDS = {SERIOUS: "AESER", SEVERE: "AESEV", RELATED: "AEREL"}


def selected(
    events: pl.DataFrame, only: str | Sequence[str], related: Sequence[str] | None
) -> tuple[pl.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Return the events of all kinds that were named, the kinds, and what was left out.

    Events of which it is not recorded whether they are of the kind are not counted, and a note
    says how many; but an event without TRTEMFL and without a time counts as treatment-emergent.
    """
    kinds = names_given("only", only, "a kind of event")
    said: list[str] = []
    for kind in kinds:
        check_one_of("only", kind, KINDS)
        is_kind = is_emergent(events) if kind == EMERGENT else _is_kind(events, kind, related)
        known = events.select(is_kind.alias("is")).to_series()
        out, unknown = int((known == False).sum()), known.null_count()  # noqa: E712
        if out:
            said.append(f"{_records(out)} not {kind}")
        if unknown:
            said.append(f"{_records(unknown)} without {NEEDS.get(kind, 'TRTEMFL')}")
        events = events.filter(known.fill_null(False))
    return events, kinds, (f"Not counted: {'; '.join(said)}.",) if said else ()


def is_emergent(events: pl.DataFrame) -> pl.Expr:
    """Return whether each event began under treatment: TRTEMFL, else AFRLT from 0, else yes."""
    has_flag, has_time = "TRTEMFL" in events.columns, "AFRLT" in events.columns
    if not (has_flag or has_time):
        raise ArgumentError(
            'only="treatment-emergent" needs TRTEMFL (Y) or AFRLT (hours since the start of the '
            f"first infusion) in ADAE; it has {listed(events.columns, 20)}."
        )
    by_time = pl.col("AFRLT").cast(pl.Float64) >= 0 if has_time else pl.lit(None, pl.Boolean)
    if not has_flag:
        return by_time.fill_null(True)
    flag = pl.col("TRTEMFL").cast(pl.String)
    return pl.when(flag.is_not_null()).then(flag == "Y").otherwise(by_time).fill_null(True)


def _is_kind(events: pl.DataFrame, kind: str, related: Sequence[str] | None) -> pl.Expr:
    column = NEEDS[kind]
    if column not in events.columns:
        raise ArgumentError(
            f"only={kind!r} needs {column} in ADAE; it has {listed(events.columns, 20)}."
        )
    value = pl.col(column).cast(pl.String)
    if kind == RELATED:
        return value.is_in(related_values(events, related))
    return value == ("Y" if kind == SERIOUS else "SEVERE")


def related_values(events: pl.DataFrame, related: Sequence[str] | None) -> tuple[str, ...]:
    """Return the values of AEREL that were declared to mean related; none declared is refused."""
    held = events["AEREL"].cast(pl.String).drop_nulls().unique().sort().to_list()
    if related is None:
        raise ArgumentError(
            "related= must list the values of AEREL that count as related to the treatment; it "
            f"holds {listed(map(repr, held)) or 'none'}."
        )
    return names_given("related", related, "a value of AEREL")


def _records(count: int) -> str:
    return f"{count} record{'' if count == 1 else 's'}"
