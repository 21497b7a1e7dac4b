"""The sentences that stand under a comparison of responders: what was done, and its traps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import listed
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.group_tests import FOR_SMALL_GROUPS
from ketanalysis.groups.responders_result import Methods
from ketanalysis.groups.test_names import WORDS
from ketanalysis.instruments import find_instrument
from ketanalysis.rates.handling import HANDLINGS
from ketanalysis.rounding import interval, number, p_value

Row = dict[str, Any]
SMALL_GROUP = 10
MOST_SAID = 4  # by-groups and outcomes that get a sentence each; the frames hold all
PARTS = {
    "ASC_ANX": "the mean of the 6 anxiety items of the 11-ASC",
    "ASC_AED": "the mean of 21 items",
}
CIRCULAR = (
    "Under nri, those who left count as non-responders: when anxiety makes subjects leave, that "
    "row shows a link by definition. With 21 % drop-out of that kind and no true link, it "
    "rejected {small} % of simulated trials of 31 subjects and {large} % of 100, instead of 5 %."
)
REJECTED = {"small": 13, "large": 34}  # tests/simulation/responder_error_rates.csv


class Beside(NamedTuple):
    """The frames that have sentences of their own."""

    power: pl.DataFrame
    equivalence: pl.DataFrame
    leaving: pl.DataFrame


def title(
    outcomes: Sequence[str], visit: str, scale: str, response_visit: str, by: Sequence[str]
) -> str:
    """Return the first line: what was compared, by which response."""
    where = f", by {', '.join(by)}" if by else ""
    return (
        f"{listed(outcomes)} at {visit} in responders and non-responders "
        f"({scale}, {response_visit}){where}"
    )


def notes(
    scale: str,
    rule: Response | Remission,
    methods: Methods,
    covariates: Mapping[str, str],
    handlings: Sequence[str],
    outcomes: Sequence[str],
    beside: Beside,
    by: Sequence[str],
    allowed: Sequence[str],
) -> tuple[str, ...]:
    """Return the definition, the method, the handling of missing scores, what was allowed."""
    tests, p_adjust = methods.tests, methods.p_adjust
    method = f"{WORDS[tests[0]]} (primary) and {listed(WORDS[name] for name in tests[1:])}"
    effect = " Hedges g uses the pooled SD."
    if methods.effect != "hedges-g":
        effect = f" Effect size: {EFFECTS[methods.effect].words}."
    if covariates:
        terms = ", ".join(f"{name} ({how})" for name, how in covariates.items())
        method, effect = f"a linear model adjusted for {terms}", ""
    missing = "; ".join(f"{name}: {HANDLINGS[name]}" for name in handlings)
    said = [
        rule.sentence(scale),
        f"Differences are responder minus non-responder, by {method}; "
        f"{100 * methods.conf_level:g} % intervals.{effect}",
        *_parts_said(outcomes),
        *_power_said(beside.power, handlings[0], by),
        *_equivalence_said(beside, handlings[0], by),
        f"Missing response scores: {missing}. {CIRCULAR.format(**REJECTED)}"
        f"{''.join(_leaving_said(beside.leaving, by))}",
    ]
    if p_adjust == "max-t":
        said.append(
            "p values are adjusted over the outcomes (step-down max-T of Westfall and Young, "
            f"{'all splits counted' if methods.draws.seed is None else methods.draws.words()})."
        )
    elif p_adjust not in (None, "none"):
        said.append(f"p values are adjusted over the outcomes ({p_adjust}).")
    elif p_adjust == "none":
        said.append("p values are not adjusted over the outcomes.")
    return (*said, *allowed)


def pooled_words(reason: str) -> str:
    """Return that arms are pooled, and why."""
    return f"Arms are pooled, with the reason: {reason.rstrip('.')}."


def _parts_said(outcomes: Sequence[str]) -> Iterator[str]:
    """Say which of the two anxiety scores of the ASC it is: they are not the same."""
    for outcome in outcomes:
        known = find_instrument(outcome)
        if known is not None and known.id == "ASC_ANX":
            yield (
                f"{outcome} is read as {PARTS['ASC_ANX']}; it is not dread of ego dissolution "
                "(DED or AED, 21 items of the 5D-ASC), in which these items are nested."
            )
        elif known is not None and known.id == "ASC_AED":
            yield (
                f"{outcome} is read as dread of ego dissolution, {PARTS['ASC_AED']} of the 5D-ASC; "
                "it is not the anxiety score of the 11-ASC (ANX), whose 6 items are among these."
            )


def _power_said(power: pl.DataFrame, handling: str, by: Sequence[str]) -> Iterator[str]:
    """Say what the smallest comparison of each by-group could find, and what the cut cost."""
    own = power.filter(pl.col("missing") == handling)
    sizes = own.unique(subset=[*by, "outcome"], keep="first", maintain_order=True)
    fewest: dict[tuple[Any, ...], Row] = {}
    for row in sizes.iter_rows(named=True):
        key = tuple(row[c] for c in by)
        if key not in fewest or _n(row) < _n(fewest[key]):
            fewest[key] = row
    for row in [*fewest.values()][:MOST_SAID]:
        cell = own.filter(*(pl.col(c) == row[c] for c in (*by, "outcome")))
        found = dict(zip(cell["measure"], cell["estimate"], strict=True))
        strong, even = (_detected(found, power) for power in (80, 50))
        kept = found["share of the information that the cut keeps"]
        if strong is None or kept is None:
            continue
        where = f"{', '.join(str(row[c]) for c in by)}, " if by else ""
        yield (
            f"{where}{row['n']} v {row['n_reference']} subjects: 80 % power only for a difference "
            f"of {number(strong, 2)} SD or more, 50 % for {number(even, 2)} SD (two-sided t test). "
            f"The cut into responders keeps {number(100 * kept, 0)} % of the information in a "
            f"normal end score, as if {number(kept * _n(row), 0)} of {_n(row)} subjects had been "
            "studied; the uncut twin stands beside it."
        )


def _n(row: Row) -> int:
    return int(row["n"] + row["n_reference"])


def _detected(found: Mapping[str, float | None], power: int) -> float | None:
    return found.get(f"smallest difference found with {power} % power, in SD")


def _equivalence_said(beside: Beside, handling: str, by: Sequence[str]) -> Iterator[str]:
    rows = beside.equivalence
    if rows.is_empty():
        return
    own = rows.filter(pl.col("missing") == handling)
    if own.height > MOST_SAID:
        shown = own.filter(pl.col("conclusion") == "equivalent within the margin")
        yield (
            f"Equivalence within {own['margin'][0]:g} points ({own['method'][0]}) was shown in "
            f"{shown.height} of {own.height} comparisons, each in `equivalence`."
        )
        return
    for row in own.iter_rows(named=True):
        where = ", ".join(str(row[c]) for c in (*by, "outcome"))
        yield (
            f"{where}, equivalence within {row['margin']:g} points ({row['method']}): "
            f"{_shown(row, beside.power, by)}"
        )


def _shown(row: Row, power: pl.DataFrame, by: Sequence[str]) -> str:
    if row["p_value"] is None:
        return f"{row['note']}."
    level = f"{100 * row['conf_level']:g} %"
    cell = power.filter(*(pl.col(c) == row[c] for c in (*by, "outcome", "missing")))
    what = f"half-width of the {level} interval of the difference, in SD"
    width = cell.filter(pl.col("measure") == what)["estimate"].to_list()[0]
    return (
        f"{row['conclusion']}, {p_value(row['p_value'])}, difference {number(row['estimate'], 1)} "
        f"({level} CI {interval(row['conf_low'], row['conf_high'], 1)}). At {row['n']} v "
        f"{row['n_reference']} that interval reaches {number(width, 2)} SD to either side, so that "
        "no smaller margin could be shown had the groups been alike."
    )


def _leaving_said(leaving: pl.DataFrame, by: Sequence[str]) -> Iterator[str]:
    """Say how many nri non-responders left, and how their scores lie: the circle in numbers."""
    for row in leaving.filter(pl.col("n") > 0).head(MOST_SAID).iter_rows(named=True):
        where = f" ({', '.join(str(row[c]) for c in by)})" if by else ""
        yield (
            f" Here{where} {row['n']} of {row['n_failures']} non-responders under nri left: mean "
            f"{row['outcome']} {number(row['mean'], 1)}, against "
            f"{number(row['mean_reference'], 1)} in the {row['n_reference']} whose response was "
            "seen."
        )


def warnings(
    table: pl.DataFrame,
    order: Sequence[str],
    anxiety_visit: str,
    response_visit: str,
    scale: str,
) -> tuple[str, ...]:
    """Warn of an outcome measured when response was known, of one scale twice, of few subjects."""
    said = []
    if order.index(anxiety_visit) > order.index(response_visit):
        said.append(
            f"{anxiety_visit} comes after {response_visit}: the score was taken when response "
            "was already known, and cannot be read as predicting it."
        )
    elif anxiety_visit == response_visit:
        said.append(
            f"The score was taken at {response_visit}, together with response, and cannot be "
            "read as predicting it."
        )
    said += _one_scale(table, scale, anxiety_visit, response_visit)
    said += _nested(table["outcome"].unique(maintain_order=True).to_list())
    smallest = _smallest(table)
    if smallest < SMALL_GROUP:
        is_offered = table["test"].is_in(["linear model", *FOR_SMALL_GROUPS]).any()
        way_out = f'; primary="{FOR_SMALL_GROUPS[0]}" does not rest on large samples'
        said.append(
            f"The smallest group has {smallest} subject{'' if smallest == 1 else 's'}"
            f"{'' if is_offered else way_out}."
        )
    return tuple(said)


def _one_scale(table: pl.DataFrame, scale: str, visit: str, response_visit: str) -> Iterator[str]:
    if scale in table["outcome"] and visit != response_visit:
        yield (
            f"{scale} at {visit} and response at {response_visit} are of one scale. Changes to "
            "both visits share the baseline score, and correlate 0.5 by construction where the "
            'three scores are unrelated: compare scores, adjusted for the baseline (adjust="BASE").'
        )


def _nested(outcomes: Sequence[str]) -> Iterator[str]:
    known = {one.id: name for name in outcomes if (one := find_instrument(name)) is not None}
    if "ASC_ANX" in known and "ASC_AED" in known:
        yield (
            f"The 6 items of {known['ASC_ANX']} are among the 21 of {known['ASC_AED']}: that both "
            "differ is one finding, not two."
        )


def _smallest(table: pl.DataFrame) -> int:
    counts: list[Any] = [*table["n"], *table["n_reference"]]
    return int(min(counts))
