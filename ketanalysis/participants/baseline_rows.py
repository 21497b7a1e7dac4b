"""The rows of a baseline table: what each variable is in each group, and how far apart they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.participants.baseline_tests import (
    BaselineTest,
    fisher_two_by_two,
    kruskal_wallis,
    pearson_chi_square,
    welch_means,
)
from ketanalysis.participants.standardised import (
    CATEGORIES,
    POOLINGS,
    SHARES,
    Standardised,
    standardised_means,
    standardised_share,
    standardised_shares,
)
from ketanalysis.participants.subject_rows import Group
from ketanalysis.participants.summary_statistics import Summary, summarise
from ketanalysis.participants.variables import CATEGORY, DATE, FLAG, NUMBER, Variable

ROWS: dict[str, Any] = {
    **dict.fromkeys(("variable", "kind", "level"), pl.String),
    **dict.fromkeys(("count", "n", "n_missing", "total"), pl.Int64),
    **dict.fromkeys(
        ("estimate", "mean", "sd", "median", "q1", "q3", "min", "max"),
        pl.Float64,
    ),
    **dict.fromkeys(("earliest", "latest", "note"), pl.String),
}
CONTRASTS: dict[str, Any] = {
    **dict.fromkeys(("variable", "contrast"), pl.String),
    "estimate": pl.Float64,
    **dict.fromkeys(("method", "note"), pl.String),
}
TESTS: dict[str, Any] = {
    **dict.fromkeys(("variable", "test"), pl.String),
    **dict.fromkeys(("statistic", "df_num", "df_den", "p_value"), pl.Float64),
    "note": pl.String,
}
LEAST_EXPECTED = 5
EMPTY_GROUP = "no subjects in the group"
ALL_MISSING = "no value in the group"
ONE_VALUE = "one value: no SD"


def group_rows(variable: Variable, group: Group) -> list[dict[str, Any]]:
    """Return the rows of one variable in one group: one, or one a category."""
    values = variable.values
    if variable.kind == DATE:
        return [_counted(variable, group, *_dates(variable, group))]
    if variable.kind == NUMBER:
        found = summarise(values[group.members])
        note = ONE_VALUE if found.n == 1 else None
        return [_counted(variable, group, found.n, _numbers(found), note)]
    counts = _counts(variable, group)
    n = int(counts.sum())
    return [
        _counted(
            variable,
            group,
            n,
            {"level": level, "count": int(count), "estimate": count / n if n else None},
        )
        for level, count in zip(variable.levels or (None,), counts, strict=False)
    ]


def _counted(
    variable: Variable, group: Group, n: int, found: dict[str, Any], note: str | None = None
) -> dict[str, Any]:
    if group.n == 0:
        note = EMPTY_GROUP
    elif n == 0:
        note = ALL_MISSING
    return {
        **group.keys,
        "variable": variable.name,
        "kind": variable.kind,
        "n": n,
        "n_missing": group.n - n,
        "total": group.n,
        **found,
        "note": note,
    }


def _numbers(found: Summary) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ROWS if hasattr(found, name) and name != "n"}


def _dates(variable: Variable, group: Group) -> tuple[int, dict[str, Any]]:
    mine = _without_clock(variable.dates).filter(pl.Series(group.members)).drop_nulls()
    ends = {"earliest": mine.min(), "latest": mine.max()}
    texts = {name: str(end) if end is not None else None for name, end in ends.items()}
    return len(mine), texts


def _without_clock(dates: pl.Series) -> pl.Series:
    """Return moments as days where all of them are midnight, as pandas stores a day."""
    days = dates.cast(pl.Date)
    is_day = dates.dtype == pl.Date or (days.cast(dates.dtype) == dates).all()
    return days if is_day else dates


def _counts(variable: Variable, group: Group) -> NDArray[np.int64]:
    """Return subjects by category, shape (levels,); of a flag those with yes, then with no."""
    places = variable.values[group.members].astype(np.int64)
    width = 2 if variable.kind == FLAG else max(len(variable.levels), 1)
    return np.bincount(places[places >= 0], minlength=width)


def difference_rows(
    variable: Variable, groups: Sequence[Group], pooling: str, pairs: str
) -> list[dict[str, Any]]:
    """Return the standardised differences of one variable, group minus reference.

    `pairs` is "pairwise" (every two groups, the earlier as reference) or "reference" (each
    with the first). A group without subjects has none.
    """
    if variable.kind == DATE:
        return []
    rows = []
    for reference, group in combinations(groups, 2):
        is_asked = pairs == "pairwise" or reference is groups[0]
        if not (is_asked and reference.n and group.n):
            continue
        found, method = _difference(variable, group, reference, pooling)
        rows.append(
            {
                "variable": variable.name,
                "contrast": f"{group.label} - {reference.label}",
                "estimate": found.estimate,
                "method": method,
                "note": found.reason,
            }
        )
    return rows


def _difference(
    variable: Variable, group: Group, reference: Group, pooling: str
) -> tuple[Standardised, str]:
    if variable.kind == NUMBER:
        one, other = (summarise(variable.values[g.members]) for g in (group, reference))
        return standardised_means(one, other, pooling), POOLINGS[pooling]
    one_count, other_count = (_counts(variable, g) for g in (group, reference))
    if variable.kind == CATEGORY:
        return standardised_shares(one_count, other_count), CATEGORIES
    sizes = int(one_count.sum()), int(other_count.sum())
    found = standardised_share(int(one_count[0]), sizes[0], int(other_count[0]), sizes[1])
    return found, SHARES


def tested_row(
    variable: Variable, groups: Sequence[Group], number_test: str, category_test: str
) -> dict[str, Any]:
    """Return the test of one variable over all groups that have subjects, a row of `TESTS`."""
    held = [group for group in groups if group.n]
    if len(held) < 2:
        return {"variable": variable.name, "note": "not testable: one group only has subjects"}
    found = _test(variable, held, number_test, category_test)
    note = found.reason
    if found.smallest_expected is not None and found.smallest_expected < LEAST_EXPECTED:
        note = f"smallest expected count {found.smallest_expected:.1f}: the approximation is poor"
    return {
        "variable": variable.name,
        "test": found.test,
        "statistic": found.statistic,
        "df_num": found.df_num,
        "df_den": found.df_den,
        "p_value": found.p_value,
        "note": note,
    }


def _test(
    variable: Variable, groups: Sequence[Group], number_test: str, category_test: str
) -> BaselineTest:
    if variable.kind == DATE:
        return BaselineTest(test="none", reason="dates are not tested")
    if variable.kind == NUMBER:
        compare = welch_means if number_test == "welch" else kruskal_wallis
        return compare([variable.values[group.members] for group in groups])
    test = pearson_chi_square if category_test == "pearson" else fisher_two_by_two
    return test([_counts(variable, group) for group in groups])
