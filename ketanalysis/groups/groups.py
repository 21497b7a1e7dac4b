"""Do the scores of two groups differ? One row an outcome and a test, everybody counted.

`compare_groups` takes a frame with one row a subject. Who enters is decided in
`ketanalysis.groups.group_entry`; the tests themselves, for arrays, are in
`ketanalysis.groups.group_tests`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.groups.group_entry import check_columns, check_subjects, group_entry, two_groups
from ketanalysis.groups.group_tests import TESTS, WORDS, compare_arrays
from ketanalysis.groups.two_samples import Floats
from ketanalysis.multiplicity import ADJUSTMENTS, adjust_p
from ketanalysis.results import Result

SMALL_GROUP = 10
TABLE_SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("outcome", "contrast", "role", "test", "measure"), pl.String),
        **dict.fromkeys(("n", "n_reference", "n_missing"), pl.Int64),
        **dict.fromkeys(
            (
                *("mean", "mean_reference", "estimate", "std_error", "conf_low", "conf_high"),
                *("statistic", "df", "p_value", "p_adjusted"),
                *("effect_size", "effect_low", "effect_high", "superiority"),
            ),
            pl.Float64,
        ),
        **dict.fromkeys(("method", "note"), pl.String),
    }
)
SPREAD = ("mean", "sd", "median", "q1", "q3", "min", "max")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ComparisonResult(Result):
    """Two groups compared.

    Attributes
    ----------
    table
        One row an outcome and a test; every difference is group minus reference, in points.
    groups
        One row an outcome and group (reference first): n, n_missing, mean, sd, quartiles.
    data
        The values compared, one row a subject and outcome: ``outcome``, ``group``, ``value``;
        no subject identifiers.
    by, group, reference
        The column that splits the subjects, and its two groups.
    """

    kind: ClassVar[str] = "comparison"

    groups: pl.DataFrame
    data: pl.DataFrame
    by: str
    group: str
    reference: str


def compare_groups(
    frame: Any,
    value: str | Sequence[str],
    by: str,
    *,
    reference: object,
    test: str | Sequence[str] = "welch",
    subject: str = "USUBJID",
    among: str | None = None,
    conf_level: float = 0.95,
    p_adjust: str | None = None,
) -> ComparisonResult:
    """Compare the scores of two groups of subjects: difference, interval, effect size, test.

    For one score a subject: choose the visit first. Not for two measurements of the same
    subjects, for more than two groups, or for a change that baseline should adjust.

    Parameters
    ----------
    frame
        One row a subject: polars, pandas, Arrow or a dict of columns.
    value
        The score column, or several, which are then one family of tests. In points.
    by
        The column that splits the subjects; it must hold exactly two groups.
    reference
        The group that is subtracted. There is no default.
    test
        One name or several; the first is primary, the others stand beside it as sensitivity:
        "welch", "student", "mann-whitney" (asymptotic, continuity and tie correction) or
        "mann-whitney-exact" (permutation of the ranks, at most 300 subjects). Nothing is
        chosen from the data.
    subject
        The column that identifies a subject. Where the frame has it, it must be unique.
    among
        A true/false or Y/N column (such as ITTFL): only its true rows are compared.
    conf_level
        Confidence level of every interval, 0 to 1.
    p_adjust
        How p values are adjusted over the outcomes, within each test; must be named for
        several outcomes: "holm", "hochberg", "hommel", "bonferroni", "bh", "by" or "none".

    Returns
    -------
    ComparisonResult
        A missing value (null or NaN) is left out of its outcome and counted in ``n_missing``
        and the audit, as are rows without a group or outside `among`. What cannot be estimated
        is null, and ``note`` says why.

    Raises
    ------
    ArgumentError
        When a column, test or group is unknown, `by` has not two groups, or several outcomes
        come without `p_adjust`.
    ContractError
        When a subject has several rows, a value is no finite number, or groups differ only in
        case or spaces.

    Notes
    -----
    The estimate is the difference of means for t tests and the Hodges-Lehmann shift for rank
    tests; Hedges g stands in every row. Sources with the functions of
    `ketanalysis.groups.two_samples` and `ketanalysis.groups.mann_whitney`.
    Checked against: tests/oracle/two_samples.csv (R 4.2.2, stats, effectsize, coin), with the
    tolerances given there.

    Examples
    --------
    >>> data = {"response": ["no", "no", "no", "yes", "yes"], "ANX": [30, 50, 55, 10, 25]}
    >>> result = compare_groups(data, "ANX", "response", reference="no")
    >>> result.table["estimate"].to_list()
    [-27.5]
    """
    outcomes, tests = _named("value", value), _named("test", test)
    _check_plan(outcomes, tests, conf_level, p_adjust)
    given = to_polars(frame, what="frame")
    check_columns(given, outcomes, by, among)
    entry = group_entry(given, by, among)
    check_subjects(given.filter(entry["reason"].is_null()), subject)
    group, base = two_groups(entry, given.schema[by], by, reference)

    long = pl.concat([_one_outcome(given, entry, name) for name in outcomes])
    data = _compared(long, outcomes, (base, group))
    table = _table(data, long, tests, conf_level, p_adjust)
    return ComparisonResult(
        table=table,
        title=f"{listed(outcomes)} by {by}: {group} - {base}",
        audit=_audit(long, outcomes),
        notes=_notes(tests, p_adjust, subject in given.columns, len(outcomes)),
        warnings=_warnings(table, tests),
        conf_level=conf_level,
        from_pandas=is_pandas(frame),
        groups=_describe(data, long),
        data=data,
        by=by,
        group=group,
        reference=base,
    )


def _named(argument: str, given: str | Sequence[str]) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if not names:
        raise ArgumentError(f"{argument} must name at least one, but the list is empty.")
    twice = [first for first, second in pairwise(sorted(names)) if first == second]
    if twice:
        raise ArgumentError(f"{argument} must name each only once, but {twice[0]!r} is repeated.")
    return names


def _check_plan(
    outcomes: Sequence[str], tests: Sequence[str], conf_level: float, p_adjust: str | None
) -> None:
    for name in tests:
        check_one_of("test", name, tuple(TESTS))
    check_conf_level(conf_level)
    if p_adjust is not None:
        check_one_of("p_adjust", p_adjust, tuple(ADJUSTMENTS))
    elif len(outcomes) > 1:
        allowed = ", ".join(repr(name) for name in ADJUSTMENTS)
        raise ArgumentError(
            f"p_adjust must be named when several outcomes are compared ({len(outcomes)} here): "
            f"one of {allowed}."
        )


def _one_outcome(given: pl.DataFrame, entry: pl.DataFrame, name: str) -> pl.DataFrame:
    value = given[name].cast(pl.Float64).fill_nan(None)
    missing = pl.when(pl.col("value").is_null()).then(pl.lit("no value"))
    return entry.select(
        pl.lit(name).alias("outcome"), "group", value.alias("value"), "reason"
    ).with_columns(reason=pl.coalesce("reason", missing))


def _compared(long: pl.DataFrame, outcomes: Sequence[str], groups: tuple[str, str]) -> pl.DataFrame:
    return (
        long.filter(pl.col("reason").is_null())
        .select(
            pl.col("outcome").cast(pl.Enum(outcomes)),
            pl.col("group").cast(pl.Enum(groups)),
            "value",
        )
        .sort("outcome", "group", "value")
    )


def _values(data: pl.DataFrame, outcome: str, group: str) -> Floats:
    rows = data.filter((pl.col("outcome") == outcome) & (pl.col("group") == group))
    return rows["value"].to_numpy()


def _n_missing(long: pl.DataFrame, outcome: str, group: str | None = None) -> int:
    rows = long.filter((pl.col("outcome") == outcome) & (pl.col("reason") == "no value"))
    return rows.height if group is None else rows.filter(pl.col("group") == group).height


def _table(
    data: pl.DataFrame,
    long: pl.DataFrame,
    tests: Sequence[str],
    conf_level: float,
    p_adjust: str | None,
) -> pl.DataFrame:
    base, group = data.schema["group"].categories  # type: ignore[attr-defined]
    rows: list[dict[str, Any]] = []
    for outcome in data.schema["outcome"].categories:  # type: ignore[attr-defined]
        a, b = _values(data, outcome, group), _values(data, outcome, base)
        head = {"outcome": outcome, "contrast": f"{group} - {base}"}
        tail = {"n_missing": _n_missing(long, outcome), "p_adjusted": None}
        rows += [head | row | tail for row in compare_arrays(a, b, tests, conf_level)]
    if p_adjust not in (None, "none"):
        for name in tests:
            family = [row for row in rows if row["test"] == name]
            adjusted = adjust_p([row["p_value"] for row in family], str(p_adjust))
            for row, p in zip(family, adjusted.tolist(), strict=True):
                row["p_adjusted"] = None if np.isnan(p) else p
    return pl.DataFrame(rows, schema=dict(TABLE_SCHEMA))


def _describe(data: pl.DataFrame, long: pl.DataFrame) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for outcome in data.schema["outcome"].categories:  # type: ignore[attr-defined]
        for group in data.schema["group"].categories:  # type: ignore[attr-defined]
            values = _values(data, outcome, group)
            head = {"outcome": outcome, "group": group, "n": values.size}
            missing = {"n_missing": _n_missing(long, outcome, group)}
            rows.append(head | missing | _spread(values))
    counts = {"outcome": pl.String, "group": pl.String, "n": pl.Int64, "n_missing": pl.Int64}
    return pl.DataFrame(rows, schema=counts | dict.fromkeys(SPREAD, pl.Float64))


def _spread(values: Floats) -> dict[str, float | None]:
    if not values.size:
        return dict.fromkeys(SPREAD)
    low, q1, median, q3, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    sd = values.std(ddof=1) if values.size > 1 else None
    return dict(zip(SPREAD, (values.mean(), sd, median, q1, q3, low, high), strict=True))


def _audit(long: pl.DataFrame, outcomes: Sequence[str]) -> pl.DataFrame:
    excluded = pl.col("reason").is_not_null()
    status = pl.when(excluded).then(pl.lit("excluded")).otherwise(pl.lit("included"))
    return (
        long.with_columns(
            pl.col("outcome").cast(pl.Enum(outcomes)),
            status=status,
            reason=pl.col("reason").fill_null("compared"),
        )
        .group_by("outcome", "group", "status", "reason")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("outcome", "status", "reason", "group", descending=[False, True, False, False])
        .with_columns(pl.col("outcome").cast(pl.String))
    )


def _notes(
    tests: Sequence[str], p_adjust: str | None, has_subject: bool, n_outcomes: int
) -> tuple[str, ...]:
    primary = f"The primary test is {WORDS[tests[0]]}, named in the call"
    beside = f"; beside it stands {' and '.join(WORDS[name] for name in tests[1:])}"
    notes = [
        primary + (beside if tests[1:] else "") + ". p values are two-sided.",
        "Effect size: Hedges g (pooled SD, exact small-sample correction), with the interval "
        "of the noncentral t distribution.",
    ]
    if p_adjust not in (None, "none"):
        notes.append(
            f"Within each test, p values are adjusted over {n_outcomes} outcomes: {p_adjust}."
        )
    elif n_outcomes > 1:
        notes.append(f"The p values of {n_outcomes} outcomes are not adjusted.")
    if not has_subject:
        notes.append("Without a subject column, every row was taken as one subject.")
    return tuple(notes)


def _warnings(table: pl.DataFrame, tests: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for row in table.filter(pl.col("role") == "primary").iter_rows(named=True):
        smaller = min(row["n"], row["n_reference"])
        if row["p_value"] is None:
            found.append(f"{row['outcome']}: {row['note']}.")
        elif smaller < SMALL_GROUP and "mann-whitney-exact" not in tests:
            found.append(
                f"{row['outcome']}: the smaller group has only {smaller} subjects; "
                '"mann-whitney-exact" can be named as a further test.'
            )
    return tuple(found)
