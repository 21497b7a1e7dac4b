"""What a comparison of responders returns, and the sentences that stand under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import listed
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.group_tests import FOR_SMALL_GROUPS
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.test_names import WORDS
from ketanalysis.rates.handling import HANDLINGS
from ketanalysis.results import Result

GROUP, REFERENCE = "responder", "non-responder"
SMALL_GROUP = 10


class Methods(NamedTuple):
    """How the groups are compared: tests (the primary first), effect size, level, adjustment."""

    tests: tuple[str, ...]
    effect: str
    conf_level: float
    p_adjust: str | None
    draws: Draws


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RespondersResult(Result):
    """Responders compared with non-responders.

    Attributes
    ----------
    table
        One row an outcome, by-group, handling of missing response scores, and test.
        Differences are responder minus non-responder, in points of the outcome. What cannot be
        estimated is null, and ``note`` says why.
    data
        The values compared: by-columns, outcome, missing, group, value; no subject ids, in
        order of value.
    twin
        The continuous twin, one row an outcome and by-group: Spearman's correlation of the
        outcome with the improvement in points (baseline minus score), both as observed, and
        ``note`` where there is none. No rows beside an adjusted comparison: a correlation
        over the covariates together would pool what the model keeps apart.
    by
        The by-columns.
    effect
        The effect size in ``effect_size``, by name.
    """

    kind: ClassVar[str] = "responders"

    data: pl.DataFrame = field(default_factory=pl.DataFrame)
    twin: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    scale: str = ""
    group: str = GROUP
    reference: str = REFERENCE
    effect: str = "hedges-g"


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
    reason_to_pool: str | None,
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
        f"Missing response scores: {missing}. Under nri, those who left count as "
        "non-responders: when anxiety makes subjects leave, that row shows a link by definition.",
    ]
    if p_adjust not in (None, "none"):
        said.append(f"p values are adjusted over the outcomes ({p_adjust}).")
    elif p_adjust == "none":
        said.append("p values are not adjusted over the outcomes.")
    if reason_to_pool:
        said.append(f"Arms are pooled, with the reason: {reason_to_pool.rstrip('.')}.")
    return tuple(said)


def warnings(
    table: pl.DataFrame, order: Sequence[str], anxiety_visit: str, response_visit: str
) -> tuple[str, ...]:
    """Warn of an outcome measured when response was known, and of small groups."""
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
    smallest = _smallest(table)
    if smallest < SMALL_GROUP:
        is_offered = table["test"].is_in(["linear model", *FOR_SMALL_GROUPS]).any()
        way_out = f'; primary="{FOR_SMALL_GROUPS[0]}" does not rest on large samples'
        said.append(
            f"The smallest group has {smallest} subject{'' if smallest == 1 else 's'}"
            f"{'' if is_offered else way_out}."
        )
    return tuple(said)


def _smallest(table: pl.DataFrame) -> int:
    counts: list[Any] = [*table["n"], *table["n_reference"]]
    return int(min(counts))
