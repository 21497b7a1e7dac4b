"""Contrasts of rates over strata: one common difference, ratio and odds ratio, and each stratum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import polars as pl

from ketanalysis.errors import listed
from ketanalysis.grid import groups_of
from ketanalysis.rates.compared import Comparison, Counting
from ketanalysis.rates.contrasts import (
    NEEDED,
    NO_DIFFERENCE,
    SCHEMA,
    full_row,
    has_order,
    measure_row,
    reference_of,
    with_names,
)
from ketanalysis.rates.handling import count_rows
from ketanalysis.rates.homogeneity import breslow_day
from ketanalysis.rates.mantel_haenszel import (
    cmh_exact,
    cmh_test,
    common_conditional_odds_ratio,
    common_difference,
    common_odds_ratio,
    common_risk_ratio,
)
from ketanalysis.rates.methods import Methods
from ketanalysis.rates.strata import Strata, as_strata
from ketanalysis.rates.stratified_score import stratified_difference, stratum_weights
from ketanalysis.rates.subject_columns import only
from ketanalysis.rates.table_tests import Tested
from ketanalysis.rates.two_by_two import Estimate
from ketanalysis.rates.two_proportions import risk_difference

HOMOGENEITY = "homogeneity of the odds ratio"
BESIDE = {"weights": pl.String, "statistic": pl.Float64, "df": pl.Float64}
PER_STRATUM = {
    "contrast": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    "count_reference": pl.Int64,
    "n_reference": pl.Int64,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "weight": pl.Float64,
    "note": pl.String,
}
Pair: TypeAlias = tuple[int, int, int, int]
NOBODY = (0, 0)
WEIGHT_WORDS = {
    "cmh": "Cochran-Mantel-Haenszel (n1 n0 / N)",
    "mn": "Miettinen-Nurminen (inverse variance, by iteration)",
    "sample-size": "sample size (N)",
}
LEFT_OUT = "Left out, with subjects in one group only"
ONE_GROUP = (
    "Some strata have subjects in one group only and say nothing of the difference: the notes of "
    "the contrasts name them."
)


def compare_strata(counting: Counting, by: tuple[str, ...], methods: Methods) -> Comparison:
    """Return common estimates of each group against the first, and the strata beside them.

    A stratum without subjects in one of the groups says nothing of their difference: it is
    left out, named in the note of the risk difference, and stands without an estimate among
    the strata.
    """
    counts = _counts(counting, by, methods)
    keys: dict[str, Any] = {name: counts.schema[name] for name in (*by[1:], "AVISIT", "missing")}
    layers: dict[str, Any] = {name: counts.schema[name] for name in methods.strata}
    contrasts: list[dict[str, Any]] = []
    strata: list[dict[str, Any]] = []
    for groups, key, names, pairs in _pairs(counts, by, methods.strata):
        found = as_strata(*[[pair[i] for pair in pairs] for i in range(4)])
        left_out = _left_out(found, names, pairs, methods.strata)
        contrasts += [key | with_names(row, *groups) for row in _measures(found, methods, left_out)]
        for name, row in zip(names, each_stratum(found, pairs, methods), strict=True):
            stratum = dict(zip(methods.strata, name, strict=True))
            strata.append(key | stratum | with_names(row, *groups))
    n_strata = counts.select(methods.strata).n_unique()
    return Comparison(
        pl.DataFrame(contrasts, schema=keys | SCHEMA | BESIDE),
        strata=pl.DataFrame(strata, schema=keys | layers | PER_STRATUM),
        notes=(strata_note(", ".join(methods.strata), n_strata, methods),),
        warnings=(ONE_GROUP,) if any(LEFT_OUT in row["note"] for row in contrasts) else (),
    )


def strata_note(names: str, n_strata: int, methods: Methods) -> str:
    """Return what the strata are, their weights, and what the test beside them is for."""
    what = f"Contrasts stratified by {names} ({n_strata} strata)"
    return (
        f"{what if names else f'Measures common to {n_strata} strata'}, with weights: "
        f"{WEIGHT_WORDS[methods.weights]}. Whether the strata share one odds ratio is tested "
        "beside them (Breslow-Day-Tarone), and decides nothing."
    )


def _counts(counting: Counting, by: tuple[str, ...], methods: Methods) -> pl.DataFrame:
    """Return count and n by group, stratum, visit and handling."""
    wide = replace(counting.grid, subjects=counting.grid.subjects.hstack(counting.beside))
    inside = only(wide, counting.complete)
    columns = (*by, *methods.strata)
    groups = groups_of(inside, columns)
    rows: list[dict[str, Any]] = []
    for handling in counting.handlings:
        counted = counting.count(inside, handling=handling)
        rows += count_rows(counted, groups, counting.visits, handling)
    keys: dict[str, Any] = {name: wide.subjects.schema[name] for name in columns}
    visits = pl.Enum(counting.grid.visits)
    return pl.DataFrame(
        rows,
        schema=keys | {"AVISIT": visits, "missing": pl.String, "count": pl.Int64, "n": pl.Int64},
    )


def _pairs(
    counts: pl.DataFrame, by: tuple[str, ...], layers: tuple[str, ...]
) -> Iterator[tuple[tuple[Any, Any], dict[str, Any], list[tuple[Any, ...]], list[Pair]]]:
    """Yield each group but the first with the first: keys of the rows, strata, their counts."""
    if not has_order(counts[by[0]]):
        return
    within, reference = [*by[1:], "AVISIT", "missing"], reference_of(counts[by[0]])
    cells: dict[tuple[Any, ...], dict[tuple[Any, ...], tuple[int, int]]] = {}
    for row in counts.iter_rows(named=True):
        place = (row[by[0]], *(row[name] for name in within))
        stratum = tuple(row[name] for name in layers)
        cells.setdefault(place, {})[stratum] = (row["count"], row["n"])
    in_order = counts.select(layers).unique().sort(layers).rows()
    for place, theirs in cells.items():
        if place[0] == reference:
            continue
        base = cells.get((reference, *place[1:]), {})
        names = [name for name in in_order if name in theirs or name in base]
        pairs = [(*theirs.get(name, NOBODY), *base.get(name, NOBODY)) for name in names]
        key = dict(zip(within, place[1:], strict=True))
        key |= {"contrast": f"{place[0]} - {reference}"}
        yield (place[0], reference), key, names, pairs


def common_measures(strata: Strata, methods: Methods) -> Iterator[tuple[str, Estimate, str]]:
    """Yield the measures of several strata: name, estimate and weights."""
    found = [_difference(strata, name, methods) for name in methods.differences]
    tests = [_test(strata, name) for name in methods.tests]
    for name, difference in zip(methods.differences, found, strict=True):
        weights = methods.weights if name == "miettinen-nurminen" else "cmh"
        yield "risk difference", _with_test(difference, tests[0] if tests else None), weights
    for test in tests[1:]:
        yield NO_DIFFERENCE, test.as_estimate(), ""
    yield "risk ratio", common_risk_ratio(strata, methods.conf_level), "cmh"
    yield "odds ratio", _odds(strata, methods), "cmh" if methods.odds == "mantel-haenszel" else ""
    yield NEEDED, found[0], ""
    yield HOMOGENEITY, breslow_day(strata).as_estimate(), ""


def _measures(strata: Strata, methods: Methods, left_out: str) -> Iterator[dict[str, Any]]:
    for measure, found, weights in common_measures(strata, methods):
        row = full_row(measure, found, weights)
        if measure == "risk difference" and left_out:
            row["note"] = f"{row['note']} {left_out}".strip()
        yield row


def _difference(strata: Strata, name: str, methods: Methods) -> Estimate:
    if name == "miettinen-nurminen":
        return stratified_difference(strata, methods.weights, methods.conf_level)
    variance = "sato" if name == "mantel-haenszel" else name
    return common_difference(strata, methods.conf_level, variance=variance)


def _odds(strata: Strata, methods: Methods) -> Estimate:
    if methods.odds == "mantel-haenszel":
        return common_odds_ratio(strata, methods.conf_level)
    is_mid_p = methods.odds == "conditional-mid-p"
    return common_conditional_odds_ratio(strata, methods.conf_level, is_mid_p=is_mid_p)


def _test(strata: Strata, name: str) -> Tested:
    if name in ("cmh", "cmh-corrected"):
        return cmh_test(strata, is_corrected=name == "cmh-corrected")
    return cmh_exact(strata, is_mid_p=name == "cmh-mid-p")


def _with_test(found: Estimate, test: Tested | None) -> Estimate:
    if test is None:
        return found
    ends = (found.estimate, found.low, found.high)
    note = found.note or test.note
    return Estimate(*ends, test.p_value, found.method, test.test, note, test.statistic, test.df)


def each_stratum(
    strata: Strata, pairs: Sequence[Pair], methods: Methods
) -> Iterator[dict[str, Any]]:
    """Yield counts, risk difference (Miettinen-Nurminen) and weight of each stratum."""
    weights: Iterator[float] = iter(())
    if strata.size:
        common = stratified_difference(strata, methods.weights, methods.conf_level)
        weights = iter(stratum_weights(strata, methods.weights, common.estimate).tolist())
    for pair in pairs:
        count, n, count_reference, n_reference = pair
        row = measure_row("", risk_difference(*pair, conf_level=methods.conf_level))
        yield {
            "count": count,
            "n": n,
            "count_reference": count_reference,
            "n_reference": n_reference,
            "weight": next(weights) if n and n_reference else None,
        } | {name: row[name] for name in ("estimate", "conf_low", "conf_high", "method", "note")}


def _left_out(
    strata: Strata,
    names: Sequence[tuple[Any, ...]],
    pairs: Sequence[Pair],
    layers: Sequence[str],
) -> str:
    """Return which strata are left out for want of a group, and how many subjects they hold."""
    out = [place for place in strata.left_out if pairs[place][1] + pairs[place][3]]
    if not out:
        return ""
    subjects = sum(pairs[place][1] + pairs[place][3] for place in out)
    named = listed((" / ".join(map(str, names[place])) for place in out), 20)
    return (
        f"{LEFT_OUT}: {named} of {' / '.join(layers)} "
        f"({subjects} {'subject' if subjects == 1 else 'subjects'})."
    )
