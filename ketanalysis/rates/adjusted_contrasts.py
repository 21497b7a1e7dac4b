"""Contrasts of rates adjusted for covariates: standardised rates of each group, and their pairs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.grid import groups_of
from ketanalysis.rates.cells import normal_quantile
from ketanalysis.rates.compared import Comparison, Counting
from ketanalysis.rates.contrasts import (
    NEEDED,
    SCHEMA,
    has_order,
    measure_row,
    reference_of,
)
from ketanalysis.rates.methods import Methods
from ketanalysis.rates.standardised import (
    MEASURES,
    METHODS,
    NO_SUBJECTS,
    UNADJUSTED,
    Standardised,
    nothing_standardised,
    standardise,
    standardised_contrast,
)
from ketanalysis.rates.two_by_two import Estimate
from ketanalysis.regression.design import design_of

RATES = {
    "n": pl.Int64,
    "estimate": pl.Float64,
    "std_error": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
NAN = math.nan
VARIANCE_WORDS = {
    "m-estimation": "M-estimation (sandwich, for the population that the subjects come from)",
    "ye": "Ye et al. 2023 (for the population that the subjects come from)",
    "delta": "the delta method (for subjects with these covariates, and relying on the model)",
}


class Fitted(NamedTuple):
    """The standardised rates at one visit: the groups in order, subjects of each, the model."""

    groups: tuple[Any, ...]
    counts: tuple[int, ...]
    model: Standardised
    places: dict[Any, int]


def compare_adjusted(counting: Counting, by: tuple[str, ...], methods: Methods) -> Comparison:
    """Return the standardised rates of all groups, and each group against the first."""
    first = counting.grid.subjects[by[0]]
    schema = counting.grid.subjects.schema
    keys: dict[str, Any] = {name: schema[name] for name in by[1:]}
    keys |= {"AVISIT": pl.Enum(counting.grid.visits), "missing": pl.String}
    if not has_order(first):
        return Comparison(pl.DataFrame(schema=keys | SCHEMA))
    contrasts: list[dict[str, Any]] = []
    rates: list[dict[str, Any]] = []
    for key, fitted in _fits(counting, by, methods):
        contrasts += [key | row for row in adjusted_rows(fitted, methods)]
        rates += [key | row for row in rate_rows(fitted, by[0], methods)]
    return Comparison(
        pl.DataFrame(contrasts, schema=keys | SCHEMA),
        standardised=pl.DataFrame(rates, schema={by[0]: first.dtype} | keys | RATES),
        notes=(adjusted_note(methods),),
        warnings=_warnings(contrasts),
    )


def adjusted_note(methods: Methods) -> str:
    """Return which covariates were adjusted for, how, and whose variance it is."""
    return (
        f"Contrasts adjusted for {', '.join(methods.adjust)}: rates standardised over all subjects "
        "in the model, a logistic regression with the groups and the covariates (g-computation); "
        f"variance by {VARIANCE_WORDS[methods.variance]}."
    )


def _fits(
    counting: Counting, by: tuple[str, ...], methods: Methods
) -> Iterator[tuple[dict[str, Any], Fitted]]:
    """Yield one fit a visit, handling and group of the other by-columns, with its keys."""
    grid = counting.grid
    first = grid.subjects[by[0]]
    reference = reference_of(first)
    others = [group for group in first.unique().sort().to_list() if group != reference]
    groups = (reference, *others)
    code = np.array([groups.index(group) for group in first.to_list()], dtype=np.int64)
    for handling in counting.handlings:
        counted = counting.count(grid, handling=handling)
        for within, mask in groups_of(grid, by[1:]):
            seen = [k for k in range(len(groups)) if k == 0 or (mask & (code == k)).any()]
            place = np.searchsorted(seen, code)
            named = tuple(groups[k] for k in seen)
            for visit, row in counting.visits.items():
                is_in = counted.counted[row] & mask & counting.complete
                key = {**within, "AVISIT": visit, "missing": handling}
                met = counted.met[row]
                yield key, _fit(met, is_in, place, named, counting.beside, methods.variance)


def _fit(
    met: NDArray[np.bool_],
    is_in: NDArray[np.bool_],
    code: NDArray[np.int64],
    groups: tuple[Any, ...],
    covariates: pl.DataFrame,
    variance: str,
) -> Fitted:
    """Return the standardised rates among the subjects that are in.

    A group without subjects is left out of the model, and has no rate; where the reference is
    empty there is none at all.
    """
    counts = tuple(int(np.count_nonzero(is_in & (code == k))) for k in range(len(groups)))
    held = [k for k, count in enumerate(counts) if count]
    if 0 not in held:
        return Fitted(groups, counts, nothing_standardised(variance, NO_SUBJECTS), {})
    model = standardise(
        met[is_in].astype(np.float64),
        np.searchsorted(held, code[is_in]),
        [str(groups[k]) for k in held],
        design_of(covariates.filter(is_in)),
        variance,
    )
    return Fitted(groups, counts, model, {groups[k]: place for place, k in enumerate(held)})


def adjusted_rows(fitted: Fitted, methods: Methods) -> Iterator[dict[str, Any]]:
    """Yield the contrasts of each group with the reference: differences, ratios, number needed."""
    for group in fitted.groups[1:]:
        pair = {"contrast": f"{group} - {fitted.groups[0]}"}
        found = [_contrast(fitted, group, measure, methods) for measure in MEASURES]
        for measure, estimate in zip(MEASURES, found, strict=True):
            yield pair | measure_row(measure, estimate)
        yield pair | measure_row(NEEDED, found[0])


def rate_rows(fitted: Fitted, first: str, methods: Methods) -> Iterator[dict[str, Any]]:
    """Yield the standardised rate of each group, its interval normal on the log odds."""
    z = normal_quantile(methods.conf_level)
    for group, count in zip(fitted.groups, fitted.counts, strict=True):
        row = {first: group, "n": count, "method": f"g-computation, {METHODS[methods.variance]}"}
        place = fitted.places.get(group)
        reason = fitted.model.reason or ("" if place is not None else NO_SUBJECTS)
        if reason or place is None:
            yield (
                row
                | dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"))
                | {"note": reason}
            )
            continue
        rate = float(fitted.model.rates[place])
        error = math.sqrt(float(fitted.model.covariance[place, place]))
        odds, half = math.log(rate / (1 - rate)), z * error / (rate * (1 - rate))
        ends = {"conf_low": _expit(odds - half), "conf_high": _expit(odds + half)}
        yield row | {"estimate": rate, "std_error": error, **ends, "note": _dependent(fitted)}


def _contrast(fitted: Fitted, group: Any, measure: str, methods: Methods) -> Estimate:
    place = fitted.places.get(group)
    if place is None or not fitted.places:
        method = f"g-computation, {METHODS[methods.variance]}"
        return Estimate(NAN, NAN, NAN, NAN, method, "wald", NO_SUBJECTS)
    return standardised_contrast(fitted.model, place, measure, methods.conf_level)


def _warnings(contrasts: list[dict[str, Any]]) -> tuple[str, ...]:
    """Say that a contrast is missing because the outcome is separated, and the way round it."""
    reasons = sorted({row["note"] for row in contrasts if "separated by" in row["note"]})
    if not reasons:
        return ()
    what = reasons[0].removesuffix(UNADJUSTED).strip()
    return (f"An adjusted contrast is missing. {what} {UNADJUSTED}",)


def _dependent(fitted: Fitted) -> str:
    names = fitted.model.dependent
    if not names:
        return ""
    return f"Without effect, being constant or following from the others: {', '.join(names)}."


def _expit(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
