"""Do the scores of groups differ? One row an outcome and a test, everybody counted.

`compare_groups` takes a frame with one row a subject. Who enters is decided in
`ketanalysis.groups.group_entry`; what may be asked, in `ketanalysis.groups.comparison_plan`; the
rows of one outcome are in `ketanalysis.groups.comparison_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.groups.assumptions import assumptions_frame
from ketanalysis.groups.comparison_data import (
    audit_of,
    data_frame,
    describe,
    groups_frame,
    outcome_of,
    outcome_rows,
)
from ketanalysis.groups.comparison_plan import Plan, check_groups, names_of, plan_of
from ketanalysis.groups.comparison_result import (
    ADJUSTED_SCHEMA,
    EFFECTS_SCHEMA,
    TABLE_SCHEMA,
    ComparisonResult,
    notes_of,
    title_of,
    warnings_of,
)
from ketanalysis.groups.comparison_rows import (
    Outcome,
    adjusted_means,
    assumption_rows,
    effects_of,
    rows_of,
)
from ketanalysis.groups.covariates import terms_of
from ketanalysis.groups.group_entry import (
    check_columns,
    check_subjects,
    group_entry,
    groups_in_order,
    has_order,
)
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.trial_rows import BASE, baseline_column, subject_rows
from ketanalysis.multiplicity import adjust_p
from ketanalysis.trial import Trial


def compare_groups(
    frame: Any,
    value: str | Sequence[str],
    by: str,
    *,
    reference: object,
    test: str | Sequence[str] = "welch",
    effect: str | Sequence[str] = "hedges-g",
    adjust: str | Sequence[str] | None = None,
    pairwise: str | None = None,
    pairs: str | None = None,
    pairwise_adjust: str | None = None,
    visit: str | None = None,
    subject: str = "USUBJID",
    among: str | None = None,
    conf_level: float = 0.95,
    p_adjust: str | None = None,
    seed: int | None = None,
    resamples: int | None = None,
) -> ComparisonResult:
    """Compare the scores of two or more groups: difference, interval, effect size, test.

    For one score a subject: choose the visit first. Not for two measurements of the same
    subjects (`compare_paired`), nor for repeated scores. Nothing is chosen from the data.

    Parameters
    ----------
    frame
        One row a subject: polars, pandas, Arrow or a dict of columns; or a `Trial`.
    value
        The score column (of a trial: the scale), or several, which are then one family of
        tests. In points.
    by
        The column that splits the subjects into groups (of a trial: a column of ADSL).
    reference
        The group that is subtracted. There is no default.
    test
        One name or several; the first is primary, the others stand beside it as sensitivity.
        Two groups: "welch", "student", "mann-whitney" (asymptotic, continuity and tie
        correction), "mann-whitney-exact" (at most 300 subjects), "brunner-munzel",
        "brunner-munzel-permutation", "permutation" (of the means). Several groups: "anova",
        "welch-anova", "kruskal-wallis", "permutation-anova". Both: "ancova".
    effect
        One effect size or several; the first stands in the table, all in ``effects``. Two
        groups: "hedges-g", "cohens-d", "glass-delta" (SD of the reference), "superiority",
        "cliffs-delta", "rank-biserial". Several: "eta-squared", "omega-squared",
        "epsilon-squared", "rank-epsilon-squared".
    adjust
        Covariates of "ancova": numbers as they are, all else as categories. Of a trial, BASE
        is the baseline of the outcome, other columns are ADSL's.
    pairwise
        After a test of several groups, the test of pairs: "tukey", "games-howell", "dunnett",
        "dunn", "ancova", or a test of two groups other than "student".
    pairs
        "reference" (each group with the reference) or "all"; must be named, except where the
        test says it: all for Tukey and Games-Howell, the reference for Dunnett.
    pairwise_adjust
        How the p values of pairs are adjusted ("holm", ..., "none"); must be named, except
        for Tukey, Games-Howell and Dunnett, which do it themselves.
    visit
        Of a trial, the visit whose scores are compared.
    subject
        The column that identifies a subject. Where the frame has it, it must be unique.
    among
        A true/false or Y/N column (such as ITTFL): only its true rows are compared.
    conf_level
        Confidence level of every interval, 0 to 1.
    p_adjust
        How p values are adjusted over the outcomes, within each test; must be named for
        several outcomes: "holm", "hochberg", "hommel", "bonferroni", "bh", "by" or "none".
    seed, resamples
        For permutation tests with more splits than can be counted; then both must be named.

    Returns
    -------
    ComparisonResult
        A missing value (null or NaN) is left out of its outcome and counted in ``n_missing``
        and the audit, as are rows without a group or covariate or outside `among`. What cannot
        be estimated is null, and ``note`` says why.

    Raises
    ------
    ArgumentError
        When a column, test or group is unknown, what was asked does not go together, or
        something that a plan decides is not named.
    ContractError
        When a subject has several rows, a value is no finite number, or groups differ only in
        case or spaces.

    Notes
    -----
    Sources stand with the functions of `ketanalysis.groups`: a file a method.
    Checked against: tests/oracle/two_samples.csv, brunner_munzel.csv, permutation.csv,
    exact_shift.csv, effect_sizes.csv, dominance.csv, adjusted_groups.csv, several_groups.csv,
    assumptions.csv and pairs.csv (R 4.2.2), with the tolerances given there.

    Examples
    --------
    >>> data = {"response": ["no", "no", "no", "yes", "yes"], "ANX": [30, 50, 55, 10, 25]}
    >>> result = compare_groups(data, "ANX", "response", reference="no")
    >>> result.table["estimate"].to_list()
    [-27.5]
    """
    outcomes = names_of("value", value)
    plan = plan_of(
        test=test,
        effect=effect,
        adjust=adjust,
        pairwise=pairwise,
        pairs=pairs,
        pairwise_adjust=pairwise_adjust,
        p_adjust=p_adjust,
        conf_level=conf_level,
        draws=Draws(seed, resamples),
        n_outcomes=len(outcomes),
    )
    given = _rows_of(frame, outcomes, visit)
    covariates = {name: _covariates(given, name, plan.adjust) for name in outcomes}
    asked = list(dict.fromkeys(column for columns in covariates.values() for column in columns))
    check_columns(given, outcomes, ("by", by), among, asked)
    entry = group_entry(given, by, among)
    check_subjects(given.filter(entry["reason"].is_null()), subject)
    levels = groups_in_order(entry, given[by], ("by", by), reference)
    check_groups(plan, by, levels)

    long = {
        name: outcome_rows(given, entry, name, columns, plan.adjust)
        for name, columns in covariates.items()
    }
    found = [outcome_of(rows, name, levels, plan.adjust) for name, rows in long.items()]
    notes = notes_of(
        plan,
        terms_of(given, covariates[outcomes[0]], plan.adjust),
        len(outcomes),
        has_subject=subject in given.columns,
        in_order=len(levels) == 2 or has_order(given.schema[by]),
    )
    return _result(frame, by, plan, long, found, notes)


def _result(
    frame: Any,
    by: str,
    plan: Plan,
    long: Mapping[str, pl.DataFrame],
    found: Sequence[Outcome],
    notes: tuple[str, ...],
) -> ComparisonResult:
    table, levels = _table(found, plan), found[0].levels
    effects = [row for one in found for row in effects_of(one, plan)]
    adjusted = [row for one in found for row in adjusted_means(one, plan.conf_level)]
    return ComparisonResult(
        table=table,
        title=title_of(list(long), by, levels),
        audit=audit_of(long),
        notes=notes,
        warnings=warnings_of(table, plan),
        conf_level=plan.conf_level,
        simulated=isinstance(frame, Trial) and frame.simulated,
        from_pandas=is_pandas(frame),
        groups=groups_frame([row for one in found for row in describe(long[one.name], one)]),
        data=data_frame(found),
        by=by,
        group=levels[1] if len(levels) == 2 else "",
        reference=levels[0],
        levels=levels,
        adjusted=pl.DataFrame(adjusted, schema=dict(ADJUSTED_SCHEMA)),
        effects=pl.DataFrame(effects, schema=dict(EFFECTS_SCHEMA)),
        assumptions=assumptions_frame([row for one in found for row in assumption_rows(one)]),
    )


def _rows_of(frame: Any, outcomes: Sequence[str], visit: str | None) -> pl.DataFrame:
    if isinstance(frame, Trial):
        return subject_rows(frame, outcomes, visit)
    if visit is not None:
        raise ArgumentError(
            f"visit={visit!r} goes with a Trial; of a frame, keep the rows of one visit."
        )
    return to_polars(frame, what="frame")


def _covariates(given: pl.DataFrame, outcome: str, adjust: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the covariates; in a trial BASE is the outcome's own."""
    own = baseline_column(outcome)
    return tuple(own if name == BASE and own in given.columns else name for name in adjust)


def _table(outcomes: Sequence[Outcome], plan: Plan) -> pl.DataFrame:
    """Return the rows of all outcomes; p values are adjusted over outcomes within each test."""
    rows = [row for one in outcomes for row in rows_of(one, plan)]
    if plan.p_adjust not in (None, "none"):
        for name in plan.tests:
            family = [row for row in rows if row["test"] == name and row["role"] != "pairwise"]
            adjusted = adjust_p([row["p_value"] for row in family], str(plan.p_adjust))
            for row, p in zip(family, adjusted.tolist(), strict=True):
                row["p_adjusted"] = None if np.isnan(p) else p
    return pl.DataFrame(rows, schema=dict(TABLE_SCHEMA))
