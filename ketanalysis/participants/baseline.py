"""Who are the subjects? Table 1: each characteristic by group, what is missing, how far apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError, check_one_of, listed, near_miss
from ketanalysis.grid import by_columns, names_given
from ketanalysis.participants.baseline_rows import (
    CONTRASTS,
    ROWS,
    TESTS,
    difference_rows,
    group_rows,
    tested_row,
)
from ketanalysis.participants.baseline_tests import CATEGORY_TESTS, NUMBER_TESTS
from ketanalysis.participants.baseline_words import baseline_notes, baseline_warnings
from ketanalysis.participants.standardised import POOLINGS
from ketanalysis.participants.subject_rows import (
    Group,
    SubjectRows,
    groups_of_rows,
    rows_of_frame,
    rows_of_trial,
)
from ketanalysis.participants.variables import (
    LEVEL_ORDERS,
    NUMBER,
    Variable,
    check_labels,
    label_of,
    read_variable,
)
from ketanalysis.rates.contrasts import check_order, has_order
from ketanalysis.results import Result
from ketanalysis.trial import Trial

STATISTICS = ("mean", "median", "range")
PAIRS = ("pairwise", "reference")
AUDIT = {"status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BaselineResult(Result):
    """The characteristics of the subjects by group.

    Attributes
    ----------
    table
        One row a group, variable and category: by-columns (null in the column of all
        subjects), variable, kind ("number", "category", "flag", "date"), level, count
        and n (subjects of the category, of those with a value), n_missing, total (subjects of
        the group), estimate (count / n, 0 to 1); of a number mean, sd, median, q1, q3, min,
        max; of a date earliest, latest; note.
    contrasts
        Standardised differences, one row a variable and pair of groups: variable, contrast
        (group minus reference), estimate (in SD), method, note. Empty without groups.
    tests
        One row a variable, where p values were asked for: variable, test, statistic, df_num,
        df_den, p_value, note.
    by, pairs
        The by-columns; "pairwise" (the table shows the largest) or "reference".
    labels, shown
        Variable → its words, and → the statistics that stand in the table.
    """

    kind: ClassVar[str] = "baseline"

    contrasts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CONTRASTS))
    tests: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TESTS))
    by: tuple[str, ...] = ()
    pairs: str = "pairwise"
    labels: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def tabulate_baseline(
    data: Any,
    columns: str | Sequence[str] | None = None,
    by: str | Sequence[str] | None = None,
    *,
    scales: str | Sequence[str] | None = None,
    statistics: str | Sequence[str] = STATISTICS,
    mean: str | Sequence[str] = (),
    median: str | Sequence[str] = (),
    categorical: str | Sequence[str] = (),
    level_order: str = "alphabet",
    labels: Mapping[str, str] = MappingProxyType({}),
    overall: bool = False,
    pooling: str = "pooled",
    pairs: str = "pairwise",
    p_values: bool = False,
    number_test: str = "welch",
    category_test: str = "pearson",
    population: str = "ITT",
    subject: str = "USUBJID",
) -> BaselineResult:
    """Describe the subjects at baseline, by group: Table 1 of a paper.

    Answers "who are the subjects, and are the groups alike?". Not for what happened later: a
    column known only after treatment began is no baseline characteristic.

    Parameters
    ----------
    data
        A `Trial`, or a frame (polars, pandas, Arrow) with one row a subject.
    columns
        Columns of ADSL or of the frame; None is all that describe a subject (no identifiers,
        arms, population flags, dispositions: a note names those that stand back).
    by
        Column or columns that make the groups; None is all subjects together.
    scales
        Scales of the trial whose baseline scores stand in the table. None is all that have
        baselines where `columns` is None too, else none.
    statistics
        What stands in the table for numbers: "mean" (mean and SD), "median" (median and
        quartiles), "range" (smallest to largest), one or several. The result holds all.
    mean, median
        Columns or scales shown by mean (SD) only, or by median [Q1, Q3] only; one that is
        named in both is shown by both.
    categorical
        Columns of numbers, or of numbers as text, that are codes.
    level_order
        Order of categories that have no declared one: "alphabet" (numbers by size) or
        "frequency". An Enum (pandas: an ordered Categorical) keeps its own order, with the
        categories that nobody is in.
    labels
        Column or scale → words, with the unit: ``{"AGE": "Age, years"}``.
    overall
        Whether a column of all subjects stands beside the groups.
    pooling
        SD of the standardised difference of numbers: "pooled" (Cohen's d) or "average" (the
        root of the mean variance, as R's stddiff and tableone).
    pairs
        For more than two groups: "pairwise" (all pairs are computed, the table shows the
        largest) or "reference" (each group minus the first).
    p_values
        Whether p values stand in the table. They are no test of randomisation, and the table
        says why.
    number_test, category_test
        "welch" or "kruskal-wallis"; "pearson" or "fisher" (two groups, two categories).
    population
        "ITT", "safety" or "per protocol" by the flags of ADSL; without ADSL everybody with a
        score.
    subject
        The column of a bare frame that identifies a subject.

    Returns
    -------
    BaselineResult
        `table`, `contrasts` (standardised differences), `tests` where asked for, and `audit`
        of who is not described, by reason.

    Raises
    ------
    ArgumentError
        A name or an option that does not exist, arms without an order, nothing to tabulate.
    ContractError
        Numbers stored as text, infinite numbers, a subject with several rows or baselines.

    Notes
    -----
    Missing values: a null, NaN or blank text is missing; it is counted in a line of its own as
    a share of the whole group, and is in no other denominator. Groups without an order have no
    standardised differences, since none is the reference.
    Sources: Hyndman and Fan (1996) Am Stat 50:361 (quartiles, type 7); Cohen (1988), p 67;
    Austin (2009) Stat Med 28:3083; Yang and Dalton (2012) SAS Global Forum 335-2012; Welch
    (1951) Biometrika 38:330; CONSORT 2010 item 15; Senn (1994) Stat Med 13:1715.
    Checked against: tests/oracle/baseline.csv (R 4.2.2, stats and effectsize), counts exact,
    numbers relative 1e-10; a page worked by hand in tests/participants/test_standardised.py;
    real trials in tests/participants/test_baseline.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> table_1 = ka.tabulate_baseline(trial, ["AGE", "SEX"], by="TRT01P", scales=["MADRS"])
    >>> table_1.contrasts["contrast"][0]
    'ketamine - midazolam'
    """
    _check_choices(level_order, pooling, pairs, number_test, category_test)
    keys = by_columns(by, tuple({**ROWS, **CONTRASTS, **TESTS}))
    if p_values and not keys:
        raise ArgumentError("p_values=True needs by=: a test compares groups.")
    rows = _rows(data, columns, keys, scales, population, subject)
    check_order(rows.subjects, keys)
    named = _labels(rows, labels)
    shown = _shown_by(rows.names, statistics, mean, median)
    variables = _variables(
        rows, named, names_given("categorical", categorical, "a column"), level_order
    )
    _check_are_numbers(variables, mean, median)
    groups = groups_of_rows(rows.subjects, keys)
    columns_of_table = [*groups, *(groups_of_rows(rows.subjects, ()) if overall and keys else ())]
    table = _table(variables, columns_of_table, {key: rows.subjects.schema[key] for key in keys})
    contrasts = _contrasts(variables, groups, rows.subjects, keys, pooling, pairs)
    tests = _tests(variables, groups, number_test, category_test) if p_values else []
    return BaselineResult(
        table=table,
        contrasts=contrasts,
        tests=pl.DataFrame(tests, schema=TESTS),
        title=f"Baseline characteristics by {', '.join(keys)}"
        if keys
        else "Baseline characteristics",
        audit=_audit(rows),
        notes=baseline_notes(rows, variables, groups, keys, shown, contrasts, tests, level_order),
        warnings=baseline_warnings(variables, groups, contrasts),
        simulated=rows.simulated,
        from_pandas=rows.from_pandas,
        by=keys,
        pairs=pairs,
        labels=named,
        shown=shown,
    )


def _check_choices(
    level_order: str, pooling: str, pairs: str, number_test: str, category_test: str
) -> None:
    check_one_of("level_order", level_order, LEVEL_ORDERS)
    check_one_of("pooling", pooling, tuple(POOLINGS))
    check_one_of("pairs", pairs, PAIRS)
    check_one_of("number_test", number_test, tuple(NUMBER_TESTS))
    check_one_of("category_test", category_test, tuple(CATEGORY_TESTS))


def _rows(
    data: Any,
    columns: str | Sequence[str] | None,
    by: tuple[str, ...],
    scales: str | Sequence[str] | None,
    population: str,
    subject: str,
) -> SubjectRows:
    named = None if columns is None else names_given("columns", columns, "a column")
    chosen = None if scales is None else names_given("scales", scales, "a scale")
    if isinstance(data, Trial):
        rows = rows_of_trial(data, named, by, chosen, population)
    elif chosen:
        raise ArgumentError(
            "scales= needs a Trial, which knows which score is the baseline; of a bare frame name "
            "the column in columns=."
        )
    elif population != "ITT":
        raise ArgumentError(
            f"The {population} population needs a trial with ADSL; a bare frame has none."
        )
    else:
        rows = rows_of_frame(data, named, by, subject)
    if not rows.names:
        raise ArgumentError(
            "There is nothing to tabulate: no column describes the subjects, and no scale has a "
            "baseline. Name columns=, or give as_trial subjects= or subject_columns=."
        )
    return rows


def _labels(rows: SubjectRows, labels: Mapping[str, str]) -> dict[str, str]:
    """Return the words of each variable; a baseline score is in points."""
    hint = near_miss(next((n for n in labels if n not in rows.names), ""), rows.names)
    given = {scale: f"{scale} at baseline, points" for scale in rows.scales} | dict(labels)
    check_labels(given, rows.names, hint)
    return {name: label_of(name, given) for name in rows.names}


def _shown_by(
    names: Sequence[str],
    statistics: str | Sequence[str],
    mean: str | Sequence[str],
    median: str | Sequence[str],
) -> dict[str, tuple[str, ...]]:
    """Return the statistics of each variable that stand in the table, in their own order."""
    usual = names_given("statistics", statistics, "a statistic")
    if not usual:
        raise ArgumentError(f"statistics must name at least one of {listed(STATISTICS)}.")
    for name in usual:
        check_one_of("statistics", name, STATISTICS)
    own: dict[str, set[str]] = {}
    for statistic, given in (("mean", mean), ("median", median)):
        for name in names_given(statistic, given, "a column"):
            if name not in names:
                raise ArgumentError(
                    f"{statistic} names {name!r}, which is not in the table; it has "
                    f"{listed(names, 20)}.{near_miss(name, names)}"
                )
            own.setdefault(name, set()).add(statistic)
    return {name: tuple(s for s in STATISTICS if s in own.get(name, usual)) for name in names}


def _variables(
    rows: SubjectRows, labels: Mapping[str, str], categorical: Sequence[str], level_order: str
) -> list[Variable]:
    for name in categorical:
        if name not in rows.names:
            raise ArgumentError(
                f"categorical names {name!r}, which is not in the table; it has "
                f"{listed(rows.names, 20)}.{near_miss(name, rows.names)}"
            )
    return [
        read_variable(rows.subjects[name], labels[name], categorical, level_order)
        for name in rows.names
    ]


def _check_are_numbers(
    variables: Sequence[Variable], mean: str | Sequence[str], median: str | Sequence[str]
) -> None:
    kinds = {variable.name: variable.kind for variable in variables}
    for argument, given in (("mean", mean), ("median", median)):
        for name in names_given(argument, given, "a column"):
            if kinds[name] != NUMBER:
                raise ArgumentError(
                    f"{argument} must name columns of numbers, and {name} is a {kinds[name]}."
                )


def _table(
    variables: Sequence[Variable], groups: Sequence[Group], keys: Mapping[str, Any]
) -> pl.DataFrame:
    rows = [
        row for variable in variables for group in groups for row in group_rows(variable, group)
    ]
    return pl.DataFrame(rows, schema={**keys, **ROWS})


def _contrasts(
    variables: Sequence[Variable],
    groups: Sequence[Group],
    subjects: pl.DataFrame,
    by: tuple[str, ...],
    pooling: str,
    pairs: str,
) -> pl.DataFrame:
    if not by or not has_order(subjects[by[0]]):
        return pl.DataFrame(schema=CONTRASTS)
    rows = [
        row for variable in variables for row in difference_rows(variable, groups, pooling, pairs)
    ]
    return pl.DataFrame(rows, schema=CONTRASTS)


def _tests(
    variables: Sequence[Variable], groups: Sequence[Group], number_test: str, category_test: str
) -> list[dict[str, Any]]:
    return [tested_row(variable, groups, number_test, category_test) for variable in variables]


def _audit(rows: SubjectRows) -> pl.DataFrame:
    included = ("included", f"described: {rows.population}", rows.subjects.height)
    excluded = [("excluded", reason, count) for reason, count in rows.set_aside]
    return pl.DataFrame([included, *excluded], schema=AUDIT, orient="row")
