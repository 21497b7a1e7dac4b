"""What stands beside the tests of responders: effect sizes, Bayes factors, power, equivalence.

Each is a frame of rows, one or more a cell (an outcome in a by-group under a handling); a number
that does not exist is null, and its note says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.groups.bayes_factor import PRIOR_SCALES, from_pooled_t
from ketanalysis.groups.bootstrap import bootstrap
from ketanalysis.groups.detectable import detectable_difference, half_width, kept_by_cut
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.equivalence import equivalence
from ketanalysis.groups.group_tests import FEW_SUBJECTS, mean_of, without_nan
from ketanalysis.groups.responder_cells import Cell, Types
from ketanalysis.groups.responder_rows import linear_line
from ketanalysis.groups.responders_result import Methods
from ketanalysis.groups.two_part import TwoPart, two_part
from ketanalysis.groups.two_samples import TOO_FEW, student, welch
from ketanalysis.instruments import find_instrument

Row = dict[str, Any]
HEAD = dict.fromkeys(("outcome", "missing"), pl.String)
COUNTS = dict.fromkeys(("n", "n_reference"), pl.Int64)
RANGE = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64)
WORDS = dict.fromkeys(("method", "note"), pl.String)
EFFECTS_SCHEMA: Mapping[str, Any] = {**HEAD, "measure": pl.String, **COUNTS, **RANGE, **WORDS}
BAYES_SCHEMA: Mapping[str, Any] = {
    **HEAD,
    "prior": pl.String,
    **COUNTS,
    **dict.fromkeys(("prior_scale", "bayes_factor", "log_bayes_factor"), pl.Float64),
    **dict.fromkeys(("statistic", "df"), pl.Float64),
    "note": pl.String,
}
POWER_SCHEMA: Mapping[str, Any] = {
    **HEAD,
    "measure": pl.String,
    **COUNTS,
    "estimate": pl.Float64,
    "note": pl.String,
}
EQUIVALENCE_SCHEMA: Mapping[str, Any] = {
    **HEAD,
    **COUNTS,
    "margin": pl.Float64,
    **RANGE,
    **dict.fromkeys(("conf_level", "df", "p_value"), pl.Float64),
    **dict.fromkeys(("conclusion", "method", "note"), pl.String),
}
TWO_PART_SCHEMA: Mapping[str, Any] = {
    **HEAD,
    "measure": pl.String,
    **dict.fromkeys(("count", "n", "count_reference", "n_reference"), pl.Int64),
    **dict.fromkeys(("estimate", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("statistic", "df", "p_value"), pl.Float64),
    **WORDS,
}
LEAVING_SCHEMA: Mapping[str, Any] = {
    "outcome": pl.String,
    "contrast": pl.String,
    **COUNTS,
    "n_failures": pl.Int64,
    **dict.fromkeys(("mean", "mean_reference"), pl.Float64),
    **RANGE,
    "p_value": pl.Float64,
    "note": pl.String,
}
POWERS = (0.8, 0.5)


def effects_of(
    cells: Sequence[Cell], covariates: Sequence[str], methods: Methods, *, has_raw: bool
) -> Iterator[Row]:
    """Yield the difference, raw and adjusted, and three effect sizes, each with its interval."""
    level = methods.conf_level
    for cell in cells:
        a, b = cell.values(True), cell.values(False)
        if has_raw:
            raw = welch(a, b, level)
            difference = _numbers(raw, estimate=raw.difference, std_error=raw.std_error)
            yield (
                cell.head
                | _sizes(a, b)
                | difference
                | {
                    "measure": "difference of means",
                    "method": "Welch t",
                    "note": raw.reason,
                }
            )
        if covariates:
            line = linear_line(cell, covariates, level)
            yield cell.head | {name: line[name] for name in EFFECTS_SCHEMA if name in line}
        for name in ("hedges-g", "cliffs-delta", "superiority") if has_raw else ():
            found = EFFECTS[name].estimate(a, b, level)
            yield (
                cell.head
                | _sizes(a, b)
                | _numbers(found, estimate=found.estimate)
                | {
                    "measure": name,
                    "method": EFFECTS[name].method,
                    "note": found.reason,
                }
            )
        if has_raw and methods.draws.seed is not None and methods.draws.resamples is not None:
            yield from _bootstrapped(cell, methods)


def _bootstrapped(cell: Cell, methods: Methods) -> Iterator[Row]:
    a, b = cell.values(True), cell.values(False)
    for effect in ("difference", "hedges-g", "superiority"):
        found = bootstrap(a, b, effect, methods.conf_level, draws=methods.draws)
        without = f"{found.n_without} resamples without variation left out"
        yield (
            cell.head
            | _sizes(a, b)
            | _numbers(found, estimate=found.estimate)
            | {
                "measure": "difference of means" if effect == "difference" else effect,
                "method": found.method or None,
                "note": found.reason or (without if found.n_without else None),
            }
        )


def bayes_of(cells: Sequence[Cell]) -> Iterator[Row]:
    """Yield the Bayes factor of each cell under three priors, none of which is chosen."""
    for cell in cells:
        a, b = cell.values(True), cell.values(False)
        pooled = student(a, b)
        for name, scale in PRIOR_SCALES.items():
            found = from_pooled_t(pooled, _sizes(a, b), scale)
            yield (
                cell.head
                | _sizes(a, b)
                | {
                    "prior": name,
                    "prior_scale": scale,
                    "bayes_factor": found.bayes_factor,
                    "log_bayes_factor": found.log_bayes_factor,
                    "statistic": found.statistic,
                    "df": found.df,
                    "note": found.reason,
                }
            )


def power_of(cells: Sequence[Cell], conf_level: float) -> Iterator[Row]:
    """Yield what groups of this size can find, and what the cut keeps; no score is looked at."""
    narrow = max(2 * conf_level - 1, 1e-9)
    for cell in cells:
        sizes = _sizes(cell.values(True), cell.values(False))
        n_a, n_b = sizes["n"], sizes["n_reference"]
        found = {
            f"smallest difference found with {100 * power:g} % power, in SD": detectable_difference(
                n_a, n_b, power, conf_level
            )
            for power in POWERS
            if power > 1 - conf_level
        }
        for level in (conf_level, narrow):
            what = f"half-width of the {100 * level:g} % interval of the difference, in SD"
            found[what] = half_width(n_a, n_b, level)
        share = n_a / (n_a + n_b) if n_a + n_b else float("nan")
        found["share of the information that the cut keeps"] = kept_by_cut(share)
        for measure, estimate in found.items():
            note = TOO_FEW if np.isnan(estimate) else None
            yield cell.head | sizes | {"measure": measure, "estimate": estimate, "note": note}


def equivalence_of(cells: Sequence[Cell], methods: Methods) -> Iterator[Row]:
    """Yield the two one-sided tests of each cell against the margin, where there is one."""
    if methods.margin is None:
        return
    kind = "student" if methods.tests[0] == "student" else "welch"
    for cell in cells:
        a, b = cell.values(True), cell.values(False)
        found = equivalence(a, b, methods.margin, methods.conf_level, kind)
        is_shown = found.p_value < 1 - methods.conf_level
        shown = "equivalent within the margin" if is_shown else "equivalence not shown"
        yield (
            cell.head
            | _sizes(a, b)
            | _numbers(found, estimate=found.difference)
            | {
                "margin": methods.margin,
                "std_error": found.std_error,
                "conf_level": 2 * methods.conf_level - 1,
                "df": found.df,
                "p_value": found.p_value,
                "conclusion": None if found.reason else shown,
                "method": f"two one-sided {'pooled' if kind == 'student' else 'Welch'} t tests",
                "note": found.reason,
            }
        )


def two_part_of(cells: Sequence[Cell], conf_level: float) -> Iterator[Row]:
    """Yield any and how much, for each cell: a score above the lowest of its scale is any."""
    for cell in cells:
        known = find_instrument(cell.outcome)
        zero = known.low if known is not None else 0.0
        found = two_part(cell.values(True), cell.values(False), conf_level, zero)
        for row in _parts(found, zero):
            yield cell.head | row


def _parts(found: TwoPart, zero: float) -> Iterator[Row]:
    all_of = {"n": found.n_a, "n_reference": found.n_b}
    some = {"n": found.any_a, "n_reference": found.any_b}
    shares, amount = found.any, found.amount
    any_row: Row = {"count": found.any_a, "count_reference": found.any_b, "note": found.reason}
    if shares is not None:
        any_row |= {
            **_numbers(
                shares, estimate=shares.estimate, conf_low=shares.low, conf_high=shares.high
            ),
            "statistic": shares.statistic,
            "df": shares.df,
            "p_value": shares.p_value,
            "method": shares.method,
            "note": shares.note or None,
        }
    yield all_of | {"measure": f"any (above {zero:g}): risk difference"} | any_row
    ranks = {"statistic": amount.statistic, "p_value": amount.p_value}
    has_interval = amount.reason is not None or np.isfinite(amount.conf_low)
    yield (
        some
        | ranks
        | _numbers(amount, estimate=amount.shift)
        | {
            "measure": "among those with any: Hodges-Lehmann shift",
            "method": "Mann-Whitney, exact",
            "note": amount.reason if has_interval else FEW_SUBJECTS,
        }
    )
    share = found.superiority
    yield (
        some
        | _numbers(share, estimate=share.estimate)
        | {
            "measure": "among those with any: probability of superiority",
            "method": "Newcombe method 5",
            "note": share.reason,
        }
    )
    yield all_of | {
        "measure": "both together",
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
        "method": "two-part chi-square",
        "note": found.reason,
    }


def leaving_of(cells: Sequence[Cell], conf_level: float) -> Iterator[Row]:
    """Yield, for each outcome and by-group, the scores of those who left beside the others'.

    Those who left are non-responders under nri and nothing under observed cases: the gap
    between the two groups is what the nri row shows by definition.
    """
    observed = {c.place: c for c in cells if c.missing == "observed"}
    for cell in (c for c in cells if c.missing == "nri"):
        is_left = np.isnan(observed[cell.place].responds)
        failed = cell.responds == 0
        left, stayed = cell.value[is_left & failed], cell.value[~is_left]
        found = welch(left, stayed, conf_level)
        row = _numbers(found, estimate=found.difference, std_error=found.std_error)
        yield (
            cell.key
            | _sizes(left, stayed)
            | row
            | {
                "outcome": cell.outcome,
                "contrast": "left - scored",
                "n_failures": int((failed & ~np.isnan(cell.value)).sum()),
                "mean": mean_of(left[~np.isnan(left)]),
                "mean_reference": mean_of(stayed[~np.isnan(stayed)]),
                "p_value": found.p_value,
                "note": found.reason,
            }
        )


def frame_of(rows: Iterator[Row], schema: Mapping[str, Any], key_types: Types) -> pl.DataFrame:
    """Return rows as a frame with the by-columns first; NaN is null."""
    return pl.DataFrame([without_nan(row) for row in rows], schema={**key_types, **schema})


def _sizes(a: Any, b: Any) -> dict[str, int]:
    return {"n": int((~np.isnan(a)).sum()), "n_reference": int((~np.isnan(b)).sum())}


def _numbers(found: Any, **given: float) -> dict[str, float]:
    """Return estimate and interval of a found number, under the names of the rows."""
    return {
        name: given.get(name, getattr(found, name, float("nan")))
        for name in ("estimate", "conf_low", "conf_high", *given)
    }
