"""The words of survival curves: axis labels, caption, and the rule that ends a drawing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.figures.risk_rows import rows_words
from ketanalysis.figures.style import clean
from ketanalysis.figures.words import among, caption_of, joined, said
from ketanalysis.rounding import NOT_REACHED, number
from ketanalysis.tables.registry import level

FEWEST, SHARE = 5, 0.1
CLOCK = "The clock starts at "
STATE = re.compile(r"(?:^|: )((?:free of|not yet) .+?)(?: on |,| by |$)", re.IGNORECASE)


def clock_of(result: Any) -> str:
    """Return the unit of the times, and since when they count where the notes say so."""
    if result.time_unit == "infusions":
        return "number of infusions"
    start = next((n for n in result.notes if n.startswith(CLOCK)), "")
    if start:
        return f"{result.time_unit} since {clean(start.removeprefix(CLOCK).rstrip('.'))}"
    is_onset = state_of(result).startswith("not yet ")
    return f"{result.time_unit} since the first infusion" if is_onset else str(result.time_unit)


def state_of(result: Any) -> str:
    """Return what the curve is the share of: ``free of relapse``, ``not yet responding``."""
    found = STATE.search(result.title)
    if found:
        return small(clean(found[1]))
    return (
        f"free of the event ({clean(result.endpoint)})" if result.endpoint else "free of the event"
    )


def capital(text: str) -> str:
    """Return the text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Return the text with a small letter at its beginning."""
    return text[:1].lower() + text[1:]


def fewest_at_risk(n: int, given: int | None = None) -> int:
    """Return how many of n subjects must be at risk for a curve to be drawn on.

    Examples
    --------
    >>> fewest_at_risk(30), fewest_at_risk(201), fewest_at_risk(201, 1)
    (5, 21, 1)
    """
    return given if given is not None else max(FEWEST, -(-n // round(1 / SHARE)))


def curves_caption(
    result: Any,
    names: list[str],
    given: int | None,
    ends: dict[str, float],
    keyed: pl.DataFrame,
    show_band: bool,
    rows: Sequence[str] = (),
) -> str:
    """Return the caption of survival curves."""
    ns = result.medians["n"].to_list()
    band = f" with {result.conf_type} {100 * result.conf_level:g} % confidence bands"
    return caption_of(
        result,
        f"Share {state_of(result)} by {clock_of(result)} (Kaplan-Meier) "
        f"{among(names, [(n, n) for n in ns])}{band if show_band else ''}",
        "upright ticks are censored subjects" if keyed["n_censored"].sum() else "",
        "subjects are at risk from entry on" if enters_late(result) else "",
        cut_words(ns, given, ends, keyed),
        rows_words(rows) if len(rows) > 1 else "",
    )


def enters_late(result: Any) -> bool:
    """Whether anybody comes under observation after the origin."""
    return any(s.entry is not None and (s.entry > 0).any() for s in result.samples.values())


def cut_words(ns: list[int], given: int | None, ends: dict[str, float], keyed: pl.DataFrame) -> str:
    """Say where curves are cut, if one is, and that a group may be too small for the rule."""
    last = {place: keyed.filter(pl.col("_place") == place)["time"].max() for place in ends}
    if not any(last[place] > end for place, end in ends.items()):  # type: ignore[operator]
        return ""
    few = f"{FEWEST} subjects or {100 * SHARE:g} % of its group" if given is None else f"{given}"
    whole = any(n < fewest_at_risk(n, given) for n in ns)
    return f"a curve ends where fewer than {few} are at risk" + (
        ", that of a smaller group where its follow-up ends" if whole else ""
    )


def curves_alt(result: Any, names: list[str]) -> str:
    """Return what survival curves show, for those who do not see them."""
    parts = []
    for name, row in zip(names, result.medians.iter_rows(named=True), strict=True):
        median = number(row["median"], infinite=NOT_REACHED)
        low, high = (number(row[c], infinite="not estimable") for c in ("conf_low", "conf_high"))
        reached = (
            f"median {median} {result.time_unit} ({level(result.conf_level)} {low} to {high})"
            if row["median"] is not None and np.isfinite(row["median"])
            else "the median is not reached"
        )
        what = f"{row['n_event']} of {row['n']} subjects had the event, {reached}"
        parts.append(f"{said(name, what, names)}.")
    lines = "one curve" if names == ["All"] else f"one curve each for {joined(map(clean, names))}"
    text = " ".join(map(capital, parts) if names == ["All"] else parts)
    return f"Kaplan-Meier plot of the share {state_of(result)}, {lines}. {text}"
