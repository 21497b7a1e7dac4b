"""Does the treatment work better in some than in others? Effects by subgroup, and their tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, score_grid
from ketanalysis.items.held_items import with_scale
from ketanalysis.multiplicity import ADJUSTMENTS, adjust_p
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order, has_order, reference_of
from ketanalysis.rates.handling import HANDLINGS
from ketanalysis.rates.two_proportions import ODDS_RATIOS, RISK_DIFFERENCES
from ketanalysis.results import Result
from ketanalysis.subgroups.definition import Subgroup
from ketanalysis.subgroups.effects import (
    INTERACTIONS,
    OVERALL,
    Effects,
    change_effects,
    rate_effects,
)
from ketanalysis.subgroups.linear_interaction import MODELS
from ketanalysis.subgroups.membership import Membership, membership
from ketanalysis.trial import Trial

DECLARED = ("before", "after")
FEW = 10


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class SubgroupsResult(Result):
    """Effects by subgroup.

    Attributes
    ----------
    table
        One row a subgroup, level, contrast and measure: subgroup ("All subjects" first), level,
        contrast, measure, count, n, count_reference, n_reference (counts null for a change),
        estimate, conf_low, conf_high, method, note.
    interactions
        One row a subgroup and test: subgroup, kind ("categories", or "number": the score behind
        a cut, uncut), term, test, statistic, df_num, df_den, p_value, p_adjusted, n, estimate,
        conf_low, conf_high (ratio of odds ratios a point, of two arms), note.
    subgroups
        The definitions.
    scale, outcome, visit, by
        What is compared, when, and the arm's column.
    missing
        How a missing score was handled.
    declared
        "before" or "after" the data were seen.
    """

    kind: ClassVar[str] = "subgroups"

    interactions: pl.DataFrame = field(default_factory=pl.DataFrame)
    subgroups: tuple[Subgroup, ...] = ()
    scale: str = ""
    outcome: str = ""
    visit: str = ""
    by: str = ""
    missing: str = ""
    declared: str = ""


def estimate_subgroups(
    trial: Trial,
    scale: str,
    subgroups: str | Subgroup | Sequence[str | Subgroup],
    rule: Response | Remission | None = None,
    by: str = "TRT01P",
    *,
    visit: str,
    missing: str,
    declared: str,
    p_adjust: str | None = None,
    model: str = "ancova",
    population: Population = "ITT",
    difference: str = "miettinen-nurminen",
    odds_ratio: str = "wald",
    conf_level: float = 0.95,
) -> SubgroupsResult:
    """Estimate the effect of treatment by subgroup, and test whether it differs.

    Answers "does it work better in some?". A significant effect in one subgroup and none in
    another is no evidence of a difference: only the interaction test is. Not for subgroups made
    after treatment began.

    Parameters
    ----------
    trial
        A `Trial` with arms.
    scale
        PARAMCD of the outcome; a scale that is held only as items ("MADRS_SI", "HAMD_SI", "SSI")
        is scored from them.
    subgroups
        Columns of ADSL whose categories are subgroups, or `Subgroup` values for cuts; one or
        several.
    rule
        A `Response` or `Remission` for rates, such as ``Remission(at_most=3)`` on the SSI; None
        for the change from baseline.
    by
        The arm's column, in order; each arm is compared with the first.
    visit
        The visit of the outcome.
    missing
        How a missing score is handled: "observed", "locf" or "nri" for rates; for a change
        "observed" (the mixed model uses the scores of the other visits).
    declared
        "before" or "after": whether the subgroups were declared before the data were seen.
    p_adjust
        How the interaction tests are adjusted for how many there are ("holm", ... or "none");
        must be written for more than one subgroup.
    model
        For a change: "ancova", or "mmrm" (unstructured, all visits).
    population
        As in `estimate_response`.
    difference, odds_ratio
        Intervals by name, as in `estimate_response`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    SubgroupsResult
        `table`, `interactions` and `audit`; what is not estimable is null, with a note.

    Raises
    ------
    ArgumentError
        A name that does not exist, arms without an order, or an argument not written.
    EstimationError
        No score after baseline, or an empty population.

    Notes
    -----
    Missing values: a subject without the subgroup's value is counted in `audit`, is in "All
    subjects", and in no subgroup.
    Rates: likelihood ratio and Wald tests of logistic models; the first is the one adjusted.
    Changes: F test of a model of the change by baseline, arm, subgroup and their interaction;
    differences within subgroups are from that model. Beside every cut stands the test with the
    uncut score. Subgroup tests have little power: a trial that can see an effect needs four
    times the subjects to see an interaction as large.
    Sources: Brookes et al. (2004) J Clin Epidemiol 57:229; Rothwell (2005) Lancet 365:176;
    Schandelmaier et al. (2020) CMAJ 192:E901 (credibility).
    Checked against: tests/oracle/subgroups.csv (R 4.2.2, stats::glm and lm), relative 1e-8; the
    odds ratios and the interaction by diagnosis that Abbar et al. (2022) published, in
    tests/subgroups/test_abbar.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.estimate_subgroups(
    ...     ka.load_example("ketamine"), "MADRS", "SEX", ka.Response(at_least=0.5),
    ...     visit="Day 14", missing="nri", declared="before")
    >>> found.interactions["test"].to_list()
    ['likelihood ratio', 'Wald']
    """
    check_conf_level(conf_level)
    chosen = _chosen(subgroups, by)
    _check(trial, rule, declared, missing, model, p_adjust, len(chosen))
    check_one_of("difference", difference, tuple(RISK_DIFFERENCES))
    check_one_of("odds_ratio", odds_ratio, tuple(ODDS_RATIOS))
    scored = with_scale(trial, scale)
    grid = score_grid(scored, scale, by, population=population, visits=[visit])
    check_order(grid.subjects, (by,))
    _check_arms(grid.subjects[by], by)
    members = [membership(trial, one) for one in chosen]
    named: dict[str, Any] = {"by": by, "visit": visit, "conf_level": conf_level}
    if rule is not None:
        found = rate_effects(grid, members, rule, missing, difference, odds_ratio, **named)
    else:
        found = change_effects(grid, members, model, **named)
    interactions = _adjusted(found.interactions, p_adjust or "none")
    reference = reference_of(grid.subjects[by])
    outcome = (
        "change" if rule is None else rule.label if isinstance(rule, Response) else "remission"
    )
    return SubgroupsResult(
        table=found.table,
        interactions=interactions,
        title=f"{outcome.capitalize()} on {scale} at {visit} by subgroup",
        definition=rule,
        audit=_audit(grid, members, found),
        notes=(
            f"Population: {grid.population}. Each arm minus {reference}, ratios over it.",
            *(one.sentence() for one in chosen),
            *_method(rule, missing, model, difference, odds_ratio, conf_level),
            _examined(chosen, declared, p_adjust or "none"),
        ),
        warnings=(*grid.warnings, *_small(found.table, rule)),
        conf_level=conf_level,
        simulated=trial.simulated,
        subgroups=chosen,
        scale=scale,
        outcome=outcome,
        visit=visit,
        by=by,
        missing=missing,
        declared=declared,
    )


def _outcome(rule: Any) -> str:
    if rule is None:
        return "change"
    return rule.label if isinstance(rule, Response) else "remission"


def _chosen(given: str | Subgroup | Sequence[str | Subgroup], by: str) -> tuple[Subgroup, ...]:
    several = [given] if isinstance(given, str | Subgroup) else list(given)
    chosen = []
    for one in several:
        if not isinstance(one, str | Subgroup):
            raise ArgumentError(
                f"subgroups must be columns of ADSL or Subgroup values, not {one!r}."
            )
        chosen.append(Subgroup(one, column=one) if isinstance(one, str) else one)
    if not chosen:
        raise ArgumentError("subgroups must name at least one subgroup.")
    labels = [one.label for one in chosen]
    for one in chosen:
        if labels.count(one.label) > 1 or one.label == OVERALL:
            raise ArgumentError(f"Each subgroup needs a label of its own, not {one.label!r} twice.")
        if one.column == by:
            raise ArgumentError(f"The arm {by} cannot be a subgroup as well.")
    return tuple(chosen)


def _check(
    trial: Any, rule: Any, declared: str, missing: str, model: str, p_adjust: str | None, n: int
) -> None:
    if not isinstance(trial, Trial):
        raise ArgumentError(
            "Subgroups need a Trial, whose ADSL knows the subjects (as_trial), not "
            f"{type(trial).__name__}."
        )
    if rule is not None and not isinstance(rule, Response | Remission):
        raise ArgumentError(
            "rule must be a Response, a Remission, or None for the change from baseline, not "
            f"{rule!r}."
        )
    check_one_of("declared", declared, DECLARED)
    check_one_of("model", model, MODELS)
    check_one_of("missing", missing, tuple(HANDLINGS) if rule is not None else ("observed",))
    if p_adjust is None and n > 1:
        raise ArgumentError(
            f"p_adjust= must say how the {n} interaction tests are adjusted: "
            f"{listed(map(repr, ADJUSTMENTS))}."
        )
    if p_adjust is not None:
        check_one_of("p_adjust", p_adjust, tuple(ADJUSTMENTS))


def _check_arms(arms: pl.Series, by: str) -> None:
    if arms.n_unique() < 2 or not has_order(arms):
        raise ArgumentError(
            f"Subgroups compare arms, and {by} has {arms.n_unique()} group"
            f"{'' if arms.n_unique() == 1 else 's'} in a declared order among those analysed."
        )


def _adjusted(rows: pl.DataFrame, method: str) -> pl.DataFrame:
    """Adjust the first test of each subgroup, categories and numbers apart."""
    first = pl.col("test") != "Wald"
    parts = []
    for kind in ("categories", "number"):
        own = rows.filter((pl.col("kind") == kind) & first)
        values = own["p_value"].fill_null(np.nan).to_list()
        p = [None if np.isnan(v) else v for v in adjust_p(values, method).tolist()]
        parts.append(own.with_columns(p_adjusted=pl.Series(p, dtype=pl.Float64)))
    known = pl.concat(parts).select("subgroup", "kind", "test", "p_adjusted")
    joined = rows.drop("p_adjusted").join(
        known, on=["subgroup", "kind", "test"], how="left", maintain_order="left"
    )
    return joined.select(list(INTERACTIONS))


def _audit(grid: Grid, members: Sequence[Membership], found: Effects) -> pl.DataFrame:
    rows = [
        *(("excluded", reason, count) for reason, count in grid.set_aside),
        *found.audit,
    ]
    for one in members:
        known = grid.subjects.join(one.table, on="USUBJID", how="left")["level"]
        unknown = known.null_count()
        if unknown:
            label = one.subgroup.label
            rows.append(("excluded", f"not known for {label}: in no subgroup of it", unknown))
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _method(
    rule: Any, missing: str, model: str, difference: str, odds_ratio: str, conf_level: float
) -> tuple[str, ...]:
    level = f"{conf_level * 100:g} % intervals"
    if rule is None:
        what = (
            "analysis of covariance by baseline, subjects scored at the visit"
            if model == "ancova"
            else "mixed model for repeated measures by baseline, unstructured covariance"
        )
        return (
            f"Adjusted differences of the change: {what}; {level}: Student's t; interaction: F "
            "test.",
        )
    return (
        f"Missing scores: {HANDLINGS[missing]}.",
        f"{level}: risk difference {method_words(difference)}, odds ratio "
        f"{method_words(odds_ratio)}; interaction: likelihood ratio and Wald tests of logistic "
        "models.",
    )


def _examined(chosen: Sequence[Subgroup], declared: str, p_adjust: str) -> str:
    n = len(chosen)
    how = "no adjustment" if p_adjust == "none" else f"adjusted by {p_adjust.capitalize()}"
    many = f"{n} subgroup{'' if n == 1 else 's'} examined, declared {declared} the data were seen"
    if declared == "after":
        credible = "what they show is a hypothesis for another trial and no more"
    elif n > 5:
        credible = "with so many, a difference is credible only if another trial shows it too"
    else:
        credible = (
            "a difference is credible only if its interaction test, not the tests within "
            "subgroups, says so, and if its direction was expected"
        )
    return f"{many} (interaction tests: {how}): {credible}."


def _small(table: pl.DataFrame, rule: Any) -> tuple[str, ...]:
    """Name subgroups with fewer than ten with, or without, the outcome."""
    if rule is None:
        return ()
    own = table.filter((pl.col("subgroup") != OVERALL) & (pl.col("measure") == "odds ratio"))
    total = pl.col("count") + pl.col("count_reference")
    left = pl.col("n") + pl.col("n_reference") - total
    few = own.filter((total < FEW) | (left < FEW))
    names = listed((f"{r['subgroup']}: {r['level']}" for r in few.to_dicts()), 20)
    if not names:
        return ()
    return (
        f"Fewer than {FEW} subjects with, or without, the outcome in {names}: Wald intervals and "
        'the tests are rough there; odds_ratio="conditional-exact" names an exact interval.',
    )
