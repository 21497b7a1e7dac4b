"""The rows of one outcome: tests of two groups, of several groups, of their pairs, effect sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ketanalysis.groups.ancova import Ancova, adjusted_omnibus, adjusted_pairs
from ketanalysis.groups.assumptions import of_groups, of_slopes
from ketanalysis.groups.comparison_plan import ANCOVA, Plan
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.group_tests import BLANK, TESTS, Row, compare_arrays, mean_of, without_nan
from ketanalysis.groups.omnibus import OMNIBUS, OMNIBUS_EFFECTS, OWN_EFFECT, omnibus_row, tested_row
from ketanalysis.groups.pairs import Pair, dunn, dunnett, games_howell, tukey
from ketanalysis.groups.two_samples import EffectSize, Floats
from ketanalysis.multiplicity import adjust_p

ALL_GROUPS = "all groups"
PAIR_METHODS = {
    "tukey": "Tukey-Kramer, simultaneous",
    "games-howell": "Games-Howell, simultaneous",
    "dunnett": "Dunnett, simultaneous",
    "dunn": None,
    ANCOVA: "least squares",
}
NO_RANK_INTERVAL = "a difference of mean ranks has no interval in points"


@dataclass(frozen=True)
class Outcome:
    """The values of one outcome by group, and the adjusted fit where one was asked for.

    Attributes
    ----------
    name
        The outcome.
    levels
        The groups, the reference first.
    values
        Sorted scores of each group in points, without missing values.
    n_missing
        Subjects of the groups without the score or a covariate.
    fit
        The adjusted model, or None.
    adjusted_for
        Its covariates, and those of them that add nothing.
    """

    name: str
    levels: tuple[str, ...]
    values: tuple[Floats, ...]
    n_missing: int
    fit: Ancova | None = None
    adjusted_for: tuple[str, ...] = ()
    adds_nothing: tuple[str, ...] = ()

    def contrast(self, first: int, second: int) -> str:
        """Return ``drug - placebo`` for the places of two groups."""
        return f"{self.levels[first]} - {self.levels[second]}"


def rows_of(outcome: Outcome, plan: Plan) -> list[Row]:
    """Return the rows of the table for one outcome: each test, then the pairs."""
    rows = []
    for place, test in enumerate(plan.tests):
        role = {"role": "sensitivity" if place else "primary"}
        rows.append(_test_row(outcome, test, plan) | role)
    shared = {"outcome": outcome.name, "n_missing": outcome.n_missing}
    return [shared | row | shared for row in (*rows, *_pair_rows(outcome, plan))]


def effects_of(outcome: Outcome, plan: Plan) -> Iterator[Row]:
    """Yield every effect size that was asked for: of all groups, then of pairs."""
    own = dict.fromkeys(OWN_EFFECT[test] for test in plan.tests if test in OMNIBUS)
    for effect in plan.omnibus_effects or own:
        found = OMNIBUS_EFFECTS[effect].estimate(outcome.values, plan.conf_level)
        method = OMNIBUS_EFFECTS[effect].method
        yield _effect_row(outcome.name, ALL_GROUPS, effect, found, method)
    for first, second in pairs_of(len(outcome.levels), plan.pairs or "reference"):
        a, b = outcome.values[first], outcome.values[second]
        for effect in plan.effects:
            found = EFFECTS[effect].estimate(a, b, plan.conf_level)
            contrast = outcome.contrast(first, second)
            yield _effect_row(outcome.name, contrast, effect, found, EFFECTS[effect].method)


def adjusted_means(outcome: Outcome, conf_level: float) -> Iterator[Row]:
    """Yield the adjusted mean of each group with its t interval."""
    from scipy import special

    if outcome.fit is None:
        return
    fit = outcome.fit
    for place, level in enumerate(outcome.levels):
        row: Row = {"outcome": outcome.name, "group": level, "n": outcome.values[place].size}
        if fit.reason or not fit.has_means:
            yield row | {"note": fit.reason or _not_unique(outcome)}
            continue
        mean, std_error = float(fit.means[place]), float(np.sqrt(fit.covariance[place, place]))
        margin = float(special.stdtrit(fit.df, (1 + conf_level) / 2)) * std_error
        numbers = {"estimate": mean, "std_error": std_error, "df": float(fit.df)}
        yield row | numbers | {"conf_low": mean - margin, "conf_high": mean + margin}


def assumption_rows(outcome: Outcome) -> list[Row]:
    """Return what the tests take for granted, looked at."""
    rows = of_groups(dict(zip(outcome.levels, outcome.values, strict=True)))
    if outcome.fit is not None and not outcome.fit.reason:
        rows += of_slopes(outcome.fit.slopes, outcome.fit.residuals)
    return [{"outcome": outcome.name} | row for row in rows]


def pairs_of(k: int, pairs: str) -> list[tuple[int, int]]:
    """Return the places of the pairs, later minus earlier; the reference is in place 0."""
    if pairs == "reference":
        return [(place, 0) for place in range(1, k)]
    return [(second, first) for first, second in combinations(range(k), 2)]


def _test_row(outcome: Outcome, test: str, plan: Plan) -> Row:
    if test in OMNIBUS:
        row = omnibus_row(test, outcome.values, plan.omnibus_effects, plan.conf_level, plan.draws)
        return {"contrast": ALL_GROUPS} | row
    if test == ANCOVA and len(outcome.levels) > 2:
        found = adjusted_omnibus(_fit(outcome))
        measure = f"means, adjusted for {', '.join(outcome.adjusted_for)}"
        head = {"contrast": ALL_GROUPS, "test": ANCOVA, "measure": measure}
        note = found.reason or _nothing_note(outcome)
        return tested_row(found, outcome.values) | head | {"note": note}
    contrast = {"contrast": outcome.contrast(1, 0)}
    if test == ANCOVA:
        (pair,) = adjusted_pairs(_fit(outcome), [(1, 0)], plan.conf_level)
        return contrast | _pair_row(outcome, (1, 0), ANCOVA, pair) | {"p_adjusted": None}
    b, a = outcome.values
    return contrast | compare_arrays(a, b, [test], plan.conf_level, plan.effects[0], plan.draws)[0]


def _pair_rows(outcome: Outcome, plan: Plan) -> list[Row]:
    if plan.pairwise is None:
        return []
    places = pairs_of(len(outcome.levels), str(plan.pairs))
    if plan.pairwise in TESTS:
        rows = [
            compare_arrays(
                outcome.values[first],
                outcome.values[second],
                [plan.pairwise],
                plan.conf_level,
                plan.effects[0],
                plan.draws,
            )[0]
            for first, second in places
        ]
    else:
        found = _pairs(outcome, plan, places)
        rows = [
            _pair_row(outcome, place, plan.pairwise, pair)
            | (_size(outcome, place, plan) if plan.pairwise != ANCOVA else {})
            for place, pair in zip(places, found, strict=True)
        ]
    if plan.pairwise_adjust not in (None, "none"):
        adjusted = adjust_p([row["p_value"] for row in rows], str(plan.pairwise_adjust))
        rows = [
            row | without_nan({"p_adjusted": p})
            for row, p in zip(rows, adjusted.tolist(), strict=True)
        ]
    contrasts = [outcome.contrast(*place) for place in places]
    heads = [{"contrast": name, "role": "pairwise"} for name in contrasts]
    return [row | head for row, head in zip(rows, heads, strict=True)]


def _pairs(outcome: Outcome, plan: Plan, places: list[tuple[int, int]]) -> Sequence[Pair]:
    if plan.pairwise == "tukey":
        return tukey(outcome.values, places, plan.conf_level)
    if plan.pairwise == "games-howell":
        return games_howell(outcome.values, places, plan.conf_level)
    if plan.pairwise == "dunnett":
        return dunnett(outcome.values, 0, plan.conf_level)
    if plan.pairwise == "dunn":
        return dunn(outcome.values, places)
    return adjusted_pairs(_fit(outcome), places, plan.conf_level)


def _pair_row(outcome: Outcome, place: tuple[int, int], test: str, pair: Pair) -> Row:
    """Return the row of one pair by a test that looks at all groups, or adjusts."""
    a, b = (outcome.values[at] for at in place)
    measures = {
        "dunn": "difference of mean ranks",
        ANCOVA: f"difference of means, adjusted for {', '.join(outcome.adjusted_for)}",
    }
    note = pair.reason or (_nothing_note(outcome) if test == ANCOVA else None)
    return BLANK | without_nan(
        {
            "test": test,
            "measure": measures.get(test, "difference of means"),
            "n": a.size,
            "n_reference": b.size,
            "mean": mean_of(a),
            "mean_reference": mean_of(b),
            "estimate": pair.estimate,
            "std_error": pair.std_error,
            "conf_low": pair.conf_low,
            "conf_high": pair.conf_high,
            "method": PAIR_METHODS[test],
            "statistic": pair.statistic,
            "df": pair.df,
            "p_value": pair.p_value,
            "p_adjusted": pair.p_adjusted,
            "note": note or (NO_RANK_INTERVAL if test == "dunn" else None),
        }
    )


def _size(outcome: Outcome, place: tuple[int, int], plan: Plan) -> Row:
    a, b = (outcome.values[at] for at in place)
    size = EFFECTS[plan.effects[0]].estimate(a, b, plan.conf_level)
    found = {
        "effect": plan.effects[0],
        "effect_size": size.estimate,
        "effect_low": size.conf_low,
        "effect_high": size.conf_high,
    }
    return without_nan(found)


def _effect_row(outcome: str, contrast: str, effect: str, found: EffectSize, method: str) -> Row:
    return {"outcome": outcome, "contrast": contrast, "effect": effect} | without_nan(
        {
            "estimate": found.estimate,
            "conf_low": found.conf_low,
            "conf_high": found.conf_high,
            "method": method,
            "note": found.reason,
        }
    )


def _fit(outcome: Outcome) -> Ancova:
    assert outcome.fit is not None
    return outcome.fit


def _nothing_note(outcome: Outcome) -> str | None:
    names = ", ".join(outcome.adds_nothing)
    return f"{names} adds nothing to the model" if names else None


def _not_unique(outcome: Outcome) -> str:
    return f"no adjusted mean: {', '.join(outcome.adds_nothing)} follows from other covariates"
