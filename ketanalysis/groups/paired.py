"""Do scores of the same subjects differ between two occasions? Pairs by subject, all counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.groups.assumptions import assumptions_frame, shapiro
from ketanalysis.groups.comparison_plan import check_family, names_of
from ketanalysis.groups.comparison_result import EFFECTS_SCHEMA, TABLE_SCHEMA
from ketanalysis.groups.friedman import friedman, kendalls_w
from ketanalysis.groups.group_entry import check_columns, group_entry, groups_in_order
from ketanalysis.groups.group_tests import Row, mean_of, of_effect, without_nan
from ketanalysis.groups.omnibus import tested_row
from ketanalysis.groups.paired_data import (
    Matched,
    check_one_row,
    check_subject_column,
    keep_occasions,
    matched,
    occasions_frame,
    paired_audit,
    pairs_frame,
    unpaired_frame,
)
from ketanalysis.groups.paired_differences import PAIRED_EFFECTS, differences_of
from ketanalysis.groups.paired_result import (
    FRIEDMAN,
    PairedResult,
    paired_notes,
    paired_title,
    paired_warnings,
)
from ketanalysis.groups.paired_tests import PAIRED_TESTS
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.trial_rows import visit_rows
from ketanalysis.multiplicity import adjust_p
from ketanalysis.trial import Trial

NOT_OFFERED = ("rm-anova", "repeated-measures-anova", "anova")


def compare_paired(
    frame: Any,
    value: str | Sequence[str],
    within: str,
    *,
    subject: str = "USUBJID",
    reference: object,
    occasions: Sequence[object] | None = None,
    test: str | Sequence[str] = "paired-t",
    effect: str | Sequence[str] = "hedges-gav",
    among: str | None = None,
    conf_level: float = 0.95,
    p_adjust: str | None = None,
    seed: int | None = None,
    resamples: int | None = None,
) -> PairedResult:
    """Compare scores of the same subjects at two occasions: difference, interval, effect, test.

    For change within one group. Not for the comparison of two arms (`compare_groups` with
    "ancova" adjusts for the baseline), and not proof of a treatment's effect: without a
    control group, scores also fall by time and by regression to the mean.

    Parameters
    ----------
    frame
        One row a subject and occasion: polars, pandas, Arrow or a dict of columns; or a
        `Trial`.
    value
        The score column (of a trial: the scale), or several, which are then one family of
        tests. In points.
    within
        The column of the occasions, such as AVISIT; two of them, or more for "friedman".
    occasions
        The occasions to compare, where the data hold more; None for all.
    subject
        The column of the subject ids. Scores are paired by it, never by the order of rows.
    reference
        The occasion that is subtracted. There is no default.
    test
        One name or several; the first is primary: "paired-t", "wilcoxon" (asymptotic,
        continuity and tie correction), "wilcoxon-exact" (at most 300 pairs), "sign",
        "permutation" (of the signs of the differences); three or more occasions: "friedman".
    effect
        One effect size or several; the first stands in the table, all in ``effects``:
        "hedges-gav", "cohens-dav" (SD of an occasion), "cohens-dz" (SD of the differences),
        "rank-biserial". Beside "friedman" stands Kendall's W.
    among, conf_level, p_adjust
        As in `compare_groups`.
    seed, resamples
        For "permutation" where the signs can be turned in more ways than can be counted.

    Returns
    -------
    PairedResult
        A subject without a score at every occasion is not compared, counted in the audit by
        what is missing, and named in ``unpaired``. What cannot be estimated is null, and
        ``note`` says why.

    Raises
    ------
    ArgumentError
        When a column, test or occasion is unknown, or the test is for another number of
        occasions. Repeated-measures analysis of variance is not offered.
    ContractError
        When a subject has several rows at an occasion or a value is no finite number.

    Notes
    -----
    Sources stand with the functions of `ketanalysis.groups.paired_differences`,
    `ketanalysis.groups.signed_rank`, `ketanalysis.groups.sign_flips` and
    `ketanalysis.groups.friedman`.
    Checked against: tests/oracle/paired.csv (R 4.2.2, stats, effectsize, coin), relative 1e-10,
    with the exceptions named with each test.

    Examples
    --------
    >>> scores = {"USUBJID": ["a", "b", "c", "c", "b", "a"], "MADRS": [30, 34, 28, 12, 20, 9],
    ...           "AVISIT": ["before", "before", "before", "after", "after", "after"]}
    >>> compare_paired(scores, "MADRS", "AVISIT", reference="before").table["estimate"].item()
    -17.0
    """
    outcomes, tests, effects = _asked(value, test, effect)
    check_conf_level(conf_level)
    check_family(p_adjust, len(outcomes))
    is_trial = isinstance(frame, Trial)
    given = visit_rows(frame, outcomes) if is_trial else to_polars(frame, what="frame")
    check_columns(given, outcomes, ("within", within), among)
    check_subject_column(given, subject)
    entry = group_entry(given, within, among, missing=f"no {within}")
    entry = keep_occasions(entry, given[within], within, occasions)
    entry = entry.with_columns(subject=id_text(given[subject], subject))
    check_one_row(entry.filter(pl.col("reason").is_null()), subject, within)
    levels = groups_in_order(entry, given[within], ("within", within), reference)
    _check_occasions(tests, within, levels)

    found = [
        matched(entry.with_columns(value=given[name].cast(pl.Float64).fill_nan(None)), name, levels)
        for name in outcomes
    ]
    table = _table(found, tests, effects, conf_level, p_adjust, Draws(seed, resamples))
    sizes = [row for one in found for row in _effects(one, tests, effects, conf_level)]
    return PairedResult(
        table=table,
        title=paired_title(outcomes, within, levels),
        audit=paired_audit(found),
        notes=paired_notes(tests, effects, p_adjust, subject, len(outcomes)),
        warnings=paired_warnings(table, len(levels)),
        conf_level=conf_level,
        simulated=is_trial and frame.simulated,
        from_pandas=is_pandas(frame),
        groups=occasions_frame(found),
        data=pairs_frame(found),
        unpaired=unpaired_frame(found, subject),
        within=within,
        levels=levels,
        reference=levels[0],
        group=levels[1] if len(levels) == 2 else "",
        effects=pl.DataFrame(sizes, schema=dict(EFFECTS_SCHEMA)),
        assumptions=assumptions_frame([row for one in found for row in _assumptions(one)]),
    )


def _asked(
    value: str | Sequence[str], test: str | Sequence[str], effect: str | Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    outcomes, tests = names_of("value", value), names_of("test", test)
    effects = names_of("effect", effect)
    for name in tests:
        if name in NOT_OFFERED:
            raise ArgumentError(
                f"test {name!r} is not offered for repeated scores: it leaves out every subject "
                "with a missing visit and takes all pairs of visits to be equally close. Take "
                "test='friedman', which counts whom it leaves out, or fit a mixed model for "
                "repeated measures, which keeps them."
            )
        check_one_of("test", name, (*PAIRED_TESTS, FRIEDMAN))
    for name in effects:
        check_one_of("effect", name, tuple(PAIRED_EFFECTS))
    if FRIEDMAN in tests and len(tests) > 1:
        raise ArgumentError(
            "test='friedman' compares three or more occasions and stands alone: the other tests "
            "compare two."
        )
    return outcomes, tests, effects


def _check_occasions(tests: Sequence[str], within: str, levels: Sequence[str]) -> None:
    if FRIEDMAN in tests and len(levels) < 3:
        raise ArgumentError(
            f"test='friedman' compares three or more occasions, and {within!r} has two: "
            f"{listed(levels)}. Name a test of pairs: {listed(map(repr, PAIRED_TESTS))}."
        )
    if FRIEDMAN not in tests and len(levels) > 2:
        raise ArgumentError(
            f"test {tests[0]!r} compares two occasions, and {within!r} has {len(levels)}: "
            f"{listed(levels)}. Name two in occasions=, take test='friedman', or fit a mixed model "
            "for repeated measures, which keeps subjects with a missing visit."
        )


def _table(
    found: Sequence[Matched],
    tests: Sequence[str],
    effects: Sequence[str],
    conf_level: float,
    p_adjust: str | None,
    draws: Draws,
) -> pl.DataFrame:
    rows: list[Row] = []
    for one in found:
        for place, test in enumerate(tests):
            head: Row = {"outcome": one.name, "role": "sensitivity" if place else "primary"}
            row = (
                _friedman_row(one)
                if test == FRIEDMAN
                else _paired_row(one, test, effects[0], conf_level, draws)
            )
            rows.append(head | row | {"test": test, "n_missing": one.n_missing})
    if p_adjust not in (None, "none"):
        for test in tests:
            family = [row for row in rows if row["test"] == test]
            adjusted = adjust_p([row["p_value"] for row in family], str(p_adjust))
            for row, p in zip(family, adjusted.tolist(), strict=True):
                row["p_adjusted"] = None if np.isnan(p) else p
    return pl.DataFrame(rows, schema=dict(TABLE_SCHEMA))


def _paired_row(one: Matched, test: str, effect: str, conf_level: float, draws: Draws) -> Row:
    y, x = one.scores[:, 0], one.scores[:, 1]
    size = PAIRED_EFFECTS[effect].estimate(x, y, conf_level)
    row = PAIRED_TESTS[test](x, y, conf_level, draws)
    return without_nan(
        {
            "contrast": f"{one.levels[1]} - {one.levels[0]}",
            "n": x.size,
            "mean": mean_of(x),
            "mean_reference": mean_of(y),
            "effect": effect,
            "effect_size": size.estimate,
            "effect_low": size.conf_low,
            "effect_high": size.conf_high,
        }
        | row
        | {"note": row["note"] or of_effect(size.reason)}
    )


def _friedman_row(one: Matched) -> Row:
    found = friedman(one.scores)
    size = kendalls_w(one.scores)
    return tested_row(found, [one.scores[:, 0]]) | without_nan(
        {
            "contrast": "all occasions",
            "measure": "mean ranks",
            "effect": "kendalls-w",
            "effect_size": size.estimate,
            "note": found.reason,
        }
    )


def _effects(
    one: Matched, tests: Sequence[str], effects: Sequence[str], conf_level: float
) -> list[Row]:
    if FRIEDMAN in tests:
        size = kendalls_w(one.scores)
        head: Row = {"outcome": one.name, "contrast": "all occasions", "effect": "kendalls-w"}
        held = {"estimate": size.estimate, "method": "none", "note": size.reason}
        return [head | without_nan(held)]
    y, x = one.scores[:, 0], one.scores[:, 1]
    rows = []
    for name in effects:
        size = PAIRED_EFFECTS[name].estimate(x, y, conf_level)
        rows.append(
            without_nan(
                {
                    "outcome": one.name,
                    "contrast": f"{one.levels[1]} - {one.levels[0]}",
                    "effect": name,
                    "estimate": size.estimate,
                    "conf_low": size.conf_low,
                    "conf_high": size.conf_high,
                    "method": PAIRED_EFFECTS[name].method,
                    "note": size.reason,
                }
            )
        )
    return rows


def _assumptions(one: Matched) -> list[Row]:
    """Return the check of the differences of two occasions."""
    if len(one.levels) > 2:
        return []
    difference = differences_of(one.scores[:, 1], one.scores[:, 0])
    return [{"outcome": one.name} | shapiro(difference, group="differences")]
