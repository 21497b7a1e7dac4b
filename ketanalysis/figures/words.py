"""The words of a figure: captions and texts for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from ketanalysis.figures.style import clean, with_place
from ketanalysis.instruments import find_instrument
from ketanalysis.rounding import interval, number, percent
from ketanalysis.tables.registry import level

INTERVALS = {
    "wilson": "Wilson",
    "wilson-corrected": "Wilson, continuity-corrected,",
    "clopper-pearson": "exact (Clopper-Pearson)",
    "mid-p": "mid-p",
    "agresti-coull": "Agresti-Coull",
    "jeffreys": "Jeffreys",
    "wald": "Wald",
    "wilson-rubin": "Wilson (imputed data)",
    "wald-rubin": "Rubin's",
}


def caption_of(result: Any, *parts: str) -> str:
    """Return one sentence: the parts, and that the data are simulated where they are."""
    simulated = ("simulated data",) if result.simulated else ()
    return "; ".join([*(part for part in parts if part), *simulated]) + "."


def joined(words: Iterable[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    *first, last = list(words)
    return f"{', '.join(first)} and {last}" if first else last


def among(names: Sequence[str], counts: Sequence[tuple[int, int]]) -> str:
    """Return who is shown: ``in placebo (n = 48) and drug (n = 45 to 48)``.

    ``counts`` holds the smallest and largest number of subjects of each group.
    """
    shown = [f"n = {low}" if low == high else f"n = {low} to {high}" for low, high in counts]
    if len(names) == 1:
        name = clean(names[0])
        return f"in {'all subjects' if name == 'All' else name} ({shown[0]})"
    pairs = zip(names, shown, strict=True)
    return "in " + joined(f"{clean(name)} ({n})" for name, n in pairs)


def counts_of(rows: pl.DataFrame, by: Sequence[str]) -> list[tuple[int, int]]:
    """Return the smallest and the largest n of each group, in the order of the groups."""
    keyed = rows.with_columns(with_place(rows, by)).group_by("place", maintain_order=True)
    return keyed.agg(low=pl.col("n").min(), high=pl.col("n").max()).select("low", "high").rows()


def said(name: str, what: str, names: Sequence[str]) -> str:
    """Return ``name: what``, or ``what`` alone where there is one group."""
    return f"{clean(name)}: {what}" if list(names) != ["All"] else what


def rate_words(row: dict[str, Any], conf_level: float) -> str:
    """Return ``17 of 31 (55 %, 95 % CI 38 to 71)``."""
    if not row["n"]:
        return "no subjects"
    ends = f"{percent(row['conf_low'])} to {percent(row['conf_high'])}"
    share = f"{percent(row['estimate'])} %, {level(conf_level)} {ends}"
    return f"{row['count']} of {row['n']} ({share})"


def mean_words(row: dict[str, Any], conf_level: float) -> str:
    """Return ``12.3 (95 % CI 10.1 to 14.5, n = 40)``."""
    if not row["n"]:
        return "nobody scored"
    ends = f"{level(conf_level)} {interval(row['conf_low'], row['conf_high'])}"
    return f"{number(row['mean'])} ({ends}, n = {row['n']})"


def scale_words(scale: str, labels: Mapping[str, str] | None = None) -> str:
    """Return the words for a scale: as given, the registry's name of a subscale, or its id.

    Examples
    --------
    >>> scale_words("ASC_ANX"), scale_words("MADRS"), scale_words("X", {"X": "mood"})
    ('Anxiety', 'MADRS', 'mood')
    """
    if labels is not None and scale in labels:
        return clean(labels[scale])
    known = find_instrument(scale)
    if known is None or "subscale: " not in known.name:
        return clean(scale)
    words = known.name.partition("subscale: ")[2]
    return words[:1].upper() + words[1:]
