"""What a comparison of responders returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import polars as pl

from ketanalysis.groups.resampling import Draws
from ketanalysis.results import Result

GROUP, REFERENCE = "responder", "non-responder"


class Methods(NamedTuple):
    """How groups are compared: tests (the primary first), effect, level, adjustment, margin."""

    tests: tuple[str, ...]
    effect: str
    conf_level: float
    p_adjust: str | None
    draws: Draws
    margin: float | None = None


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
    effects
        The difference of means, raw and adjusted, Hedges g, Cliff's delta and the probability of
        superiority, each with its interval: one row a measure and cell (an outcome in a
        by-group under a handling). BCa bootstrap rows where seed and resamples are named.
    bayes
        The Bayes factor of a difference against none (pooled t, JZS) under the three prior
        scales of R's BayesFactor; none of them is chosen.
    power
        What groups of this size can find: the smallest difference with 80 and 50 % power, the
        half-width of the interval, and the share of information that the cut keeps.
    equivalence
        Two one-sided tests against the margin; no rows without one.
    two_part
        Any score above the lowest of the scale, the amount among those with any, and both
        together: for scores that are mostly 0.
    leaving
        Those whose response was not seen beside the others: what the nri row rests on.
    multiplicity
        The p value of the primary test adjusted over the outcomes by Holm, Benjamini-Hochberg
        and max-T; no rows for one outcome.
    continuous
        The outcome against the end score as observed: Spearman, partial correlations and the
        slope of an ANCOVA, at the same baseline and covariates.

        Where the arm is a covariate, the frames that would pool the arms (`bayes`,
        `equivalence`, `two_part`, the raw rows of `effects`) have no rows.
    by
        The by-columns.
    effect
        The effect size in ``effect_size``, by name.
    """

    kind: ClassVar[str] = "responders"

    data: pl.DataFrame = field(default_factory=pl.DataFrame)
    twin: pl.DataFrame = field(default_factory=pl.DataFrame)
    effects: pl.DataFrame = field(default_factory=pl.DataFrame)
    bayes: pl.DataFrame = field(default_factory=pl.DataFrame)
    power: pl.DataFrame = field(default_factory=pl.DataFrame)
    equivalence: pl.DataFrame = field(default_factory=pl.DataFrame)
    two_part: pl.DataFrame = field(default_factory=pl.DataFrame)
    leaving: pl.DataFrame = field(default_factory=pl.DataFrame)
    multiplicity: pl.DataFrame = field(default_factory=pl.DataFrame)
    continuous: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    scale: str = ""
    group: str = GROUP
    reference: str = REFERENCE
    effect: str = "hedges-g"
