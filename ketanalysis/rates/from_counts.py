"""Proportions from counts alone: one with its interval, two compared, in one table or in strata."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.glossary import method_words
from ketanalysis.rates.cells import none_if_nan
from ketanalysis.rates.contrasts import SCHEMA, full_row, plain_measures, with_names
from ketanalysis.rates.exact_proportions import binomial_p
from ketanalysis.rates.methods import Methods, chosen_methods
from ketanalysis.rates.proportions import INTERVALS, proportion_interval
from ketanalysis.rates.strata import Strata, as_strata
from ketanalysis.rates.stratified_contrasts import (
    BESIDE,
    PER_STRATUM,
    common_measures,
    each_stratum,
    strata_note,
)
from ketanalysis.results import Result

Count: TypeAlias = int | Sequence[int]
MEASURES = {name: dtype for name, dtype in SCHEMA.items() if name != "contrast"} | BESIDE
STRATA = {"stratum": pl.String} | {n: t for n, t in PER_STRATUM.items() if n != "contrast"}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProportionResult(Result):
    """Proportions with intervals.

    Attributes
    ----------
    table
        One row a group: group, count, n, estimate (0 to 1), conf_low, conf_high, method and,
        where a rate was named, p_value and test.
    """

    kind: ClassVar[str] = "proportion"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ProportionsResult(Result):
    """Two proportions compared.

    Attributes
    ----------
    table
        One row a measure: measure, estimate, conf_low, conf_high, method, p_value, test, note,
        weights, statistic, df.
    groups
        One row a group: group, count, n, estimate, conf_low, conf_high (Wilson), method.
    strata
        With strata, one row a stratum: its counts, risk difference (Miettinen-Nurminen) and
        weight.
    group, reference
        What the groups are called.
    """

    kind: ClassVar[str] = "proportions"

    groups: pl.DataFrame = field(default_factory=pl.DataFrame)
    strata: pl.DataFrame = field(default_factory=pl.DataFrame)
    group: str = ""
    reference: str = ""


def estimate_proportion(
    count: Count,
    n: Count,
    *,
    names: Sequence[str] | None = None,
    ci: str = "wilson",
    against: float | None = None,
    conf_level: float = 0.95,
) -> ProportionResult:
    """Estimate proportions from counts, each with its interval.

    For those who have only the numbers, as R's ``binom.test`` and ``prop.test``. With scores by
    visit use `estimate_response`, which counts who is missing.

    Parameters
    ----------
    count, n
        Subjects with the outcome, and all subjects: numbers, or as many of each as groups.
    names
        What the groups are called; without it "group 1", "group 2", ...
    ci
        "wilson", "wilson-corrected", "clopper-pearson", "mid-p", "agresti-coull", "jeffreys" or
        "wald".
    against
        A rate, 0 to 1, that each proportion is tested against (exact binomial test).
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ProportionResult
        `table` with one row a group. A group without subjects has no estimate.

    Raises
    ------
    ArgumentError
        Counts that are no whole subjects, a name that does not exist, or a rate outside 0 to 1.

    Notes
    -----
    Sources and checks as `ketanalysis.rates.proportions`; the test as R's binom.test.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> ka.estimate_proportion(17, 31, ci="clopper-pearson").inline()
    '17/31 (55 %; 95 % CI 36 to 73)'
    """
    check_one_of("ci", ci, tuple(INTERVALS))
    check_conf_level(conf_level)
    counts, totals = proportion_counts("count", count, "n", n)
    if against is not None and not 0 <= against <= 1:
        raise ArgumentError(f"against must be a rate between 0 and 1, not {against!r}.")
    table = _rates(_names(names, len(counts)), counts, totals, ci, conf_level)
    notes = [f"{conf_level * 100:g} % intervals: {method_words(ci)}."]
    if against is not None:
        p = [none_if_nan(binomial_p(*pair, against)) for pair in zip(counts, totals, strict=True)]
        table = table.with_columns(
            p_value=pl.Series(p, dtype=pl.Float64), test=pl.lit("binomial exact")
        )
        notes.append(f"Exact binomial test against {against * 100:g} %.")
    title = "Proportion" if len(counts) == 1 else "Proportions"
    return ProportionResult(table=table, title=title, notes=tuple(notes), conf_level=conf_level)


def compare_proportions(
    count: Count,
    n: Count,
    count_reference: Count,
    n_reference: Count,
    *,
    group: str = "group",
    reference: str = "reference",
    strata: Sequence[str] | None = None,
    difference: str | Sequence[str] = "miettinen-nurminen",
    test: str | Sequence[str] | None = None,
    odds_ratio: str | None = None,
    weights: str = "cmh",
    conf_level: float = 0.95,
) -> ProportionsResult:
    """Compare the proportions of two groups from their counts, or of two groups in strata.

    For those who have only the numbers, as R's ``prop.test``, ``fisher.test`` and
    ``mantelhaen.test``. With scores by visit use `estimate_response`.

    Parameters
    ----------
    count, n
        Subjects with the outcome, and all subjects, of the group: numbers for one table, or one
        of each a stratum.
    count_reference, n_reference
        The same of the group that it is compared with.
    group, reference
        What the groups are called.
    strata
        What the strata are called; without it "stratum 1", "stratum 2", ...
    difference, test, odds_ratio, weights
        Methods by name, as in `estimate_response`; with several strata those of strata.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ProportionsResult
        `table` with one row a measure: risk difference, risk ratio, odds ratio, number needed
        to treat; over strata the common ones, and the test that the odds ratio is the same in
        all of them. The first test named goes with the risk difference.

    Raises
    ------
    ArgumentError
        Counts that are no whole subjects, or not as many for both groups; a method that does
        not exist.

    Notes
    -----
    A stratum without subjects in one of the groups says nothing of their difference; it is left
    out of the common estimates and named in a warning.
    Sources and checks as `ketanalysis.rates.two_proportions`, `ketanalysis.rates.odds_ratios`,
    `ketanalysis.rates.table_tests`, `ketanalysis.rates.mantel_haenszel` and
    `ketanalysis.rates.stratified_score`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> found = ka.compare_proportions(12, 16, 5, 15, test="boschloo")
    >>> found.inline(measure="risk difference")
    '42 percentage points (95 % CI 6 to 68; Miettinen-Nurminen; Boschloo exact, unconditional, \
p = 0.030)'
    >>> sites = ka.compare_proportions([8, 5], [20, 15], [3, 2], [21, 14], strata=["A", "B"])
    >>> sites.inline(measure="odds ratio")[:28]
    '3.56 (95 % CI 1.11 to 11.46;'
    """
    columns = {
        "count": _several("count", count),
        "n": _several("n", n),
        "count_reference": _several("count_reference", count_reference),
        "n_reference": _several("n_reference", n_reference),
    }
    for name, total in (("count", "n"), ("count_reference", "n_reference")):
        _check_counts(name, columns[name], total, columns[total])
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        said = listed(f"{size} of {name}" for name, size in sizes.items())
        raise ArgumentError(f"The counts of the strata must be as many of each, not {said}.")
    size = sizes["count"]
    given = "stratum" if size > 1 else None
    methods = chosen_methods(
        "wilson", difference, test, odds_ratio, given, weights, None, "m-estimation", conf_level
    )
    found = as_strata(*columns.values())
    names = _stratum_names(strata, size)
    measures = _common(found, methods) if size > 1 else _plain(columns, methods)
    rows = [with_names(row, group, reference) for row in measures]
    return ProportionsResult(
        table=pl.DataFrame(rows, schema=MEASURES),
        groups=_groups(columns, group, reference, conf_level),
        strata=_strata(found, columns, names, methods, group, reference),
        title=f"{group} compared with {reference}",
        notes=_notes(names, methods, group, reference),
        warnings=_left_out(found, names, columns),
        conf_level=conf_level,
        group=group,
        reference=reference,
    )


def _plain(columns: dict[str, list[int]], methods: Methods) -> Iterator[dict[str, Any]]:
    x1, n1, x0, n0 = (values[0] for values in columns.values())
    named = (methods.differences, methods.conf_level, methods.tests, methods.odds)
    for measure, found in plain_measures((x1, n1, x0, n0), *named):
        yield full_row(measure, found)


def _common(found: Strata, methods: Methods) -> Iterator[dict[str, Any]]:
    for measure, estimate, weights in common_measures(found, methods):
        yield full_row(measure, estimate, weights)


def _strata(
    found: Strata,
    columns: dict[str, list[int]],
    names: Sequence[str],
    methods: Methods,
    group: str,
    reference: str,
) -> pl.DataFrame:
    if not names:
        return pl.DataFrame(schema=STRATA)
    pairs = list(zip(*columns.values(), strict=True))
    rows = zip(names, each_stratum(found, pairs, methods), strict=True)
    made = [{"stratum": name} | with_names(row, group, reference) for name, row in rows]
    return pl.DataFrame(made, schema=STRATA)


def _groups(
    columns: dict[str, list[int]], group: str, reference: str, conf_level: float
) -> pl.DataFrame:
    counts = [sum(columns["count"]), sum(columns["count_reference"])]
    totals = [sum(columns["n"]), sum(columns["n_reference"])]
    return _rates((group, reference), counts, totals, "wilson", conf_level)


def _rates(
    names: Sequence[str], counts: list[int], totals: list[int], ci: str, conf_level: float
) -> pl.DataFrame:
    low, high = proportion_interval(counts, totals, ci, conf_level)
    estimates = [c / t if t else None for c, t in zip(counts, totals, strict=True)]
    return pl.DataFrame(
        {
            "group": pl.Series(list(names), dtype=pl.String),
            "count": pl.Series(counts, dtype=pl.Int64),
            "n": pl.Series(totals, dtype=pl.Int64),
            "estimate": pl.Series(estimates, dtype=pl.Float64),
            "conf_low": pl.Series(low).fill_nan(None),
            "conf_high": pl.Series(high).fill_nan(None),
            "method": pl.Series([ci] * len(counts), dtype=pl.String),
        }
    )


def _notes(names: Sequence[str], methods: Methods, group: str, reference: str) -> tuple[str, ...]:
    minus = f"Differences are {group} minus {reference}, ratios {group} over {reference}."
    ends = f"{methods.conf_level * 100:g} % intervals of the two rates: Wilson."
    return (minus, ends, *((strata_note("", len(names), methods),) if names else ()))


def _left_out(
    found: Strata, names: Sequence[str], columns: dict[str, list[int]]
) -> tuple[str, ...]:
    if not (names and found.left_out):
        return ()
    subjects = sum(columns["n"][place] + columns["n_reference"][place] for place in found.left_out)
    out = listed((names[place] for place in found.left_out), 20)
    return (f"Left out, with subjects in one group only: {out} ({subjects} subjects).",)


def proportion_counts(name: str, count: Any, total: str, n: Any) -> tuple[list[int], list[int]]:
    """Return counts and totals as lists of whole subjects, as many of both, or refuse them."""
    counts, totals = _several(name, count), _several(total, n)
    if len(counts) != len(totals):
        raise ArgumentError(
            f"{name} and {total} must be as many, not {len(counts)} and {len(totals)}."
        )
    _check_counts(name, counts, total, totals)
    return counts, totals


def _several(argument: str, given: Any) -> list[int]:
    """Return one count or several as a list of whole numbers."""
    values = np.atleast_1d(np.asarray(given)).ravel()
    if values.size == 0:
        raise ArgumentError(f"{argument} must hold a count, not nothing.")
    if values.dtype.kind not in "iuf" or (values != np.floor(values)).any():
        raise ArgumentError(f"{argument} must hold whole subjects, not {given!r}.")
    return [int(value) for value in values]


def _check_counts(name: str, counts: list[int], total: str, totals: list[int]) -> None:
    for place, (count, n) in enumerate(zip(counts, totals, strict=False)):
        if not 0 <= count <= n:
            raise ArgumentError(
                f"{name} must be between 0 and {total}, not {count} of {n} (place {place + 1})."
            )


def _names(names: Sequence[str] | None, size: int) -> list[str]:
    if names is None:
        return ["All"] if size == 1 else [f"group {place + 1}" for place in range(size)]
    return proportion_names(names, size)


def proportion_names(names: str | Sequence[str], size: int) -> list[str]:
    """Return as many names as there are counts, or refuse them."""
    chosen = [names] if isinstance(names, str) else [str(name) for name in names]
    if len(chosen) != size:
        raise ArgumentError(f"names must be as many as the counts, {size}, not {len(chosen)}.")
    return chosen


def _stratum_names(strata: Sequence[str] | None, size: int) -> list[str]:
    if size == 1:
        return []
    if strata is None:
        return [f"stratum {place + 1}" for place in range(size)]
    if len(strata) != size or isinstance(strata, str):
        raise ArgumentError(
            f"strata must name each of the {size} strata, not {len(strata)}: {strata!r}."
        )
    return [str(name) for name in strata]
