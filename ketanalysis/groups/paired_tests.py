"""The tests of pairs by name, for arrays: the rows of a comparison within subjects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ketanalysis.groups.group_tests import BLANK, Row
from ketanalysis.groups.paired_differences import paired_t
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.sign_flips import sign_flips
from ketanalysis.groups.signed_rank import (
    MOST_PAIRS,
    SignedComparison,
    SignedRankMethod,
    sign_test,
    wilcoxon,
)
from ketanalysis.groups.two_samples import Floats

PairedRow = Callable[[Floats, Floats, float, Draws], Row]
FEW_PAIRS = "no interval of this level exists for so few pairs"


def _paired_t_row(x: Floats, y: Floats, conf_level: float, draws: Draws) -> Row:
    found = paired_t(x, y, conf_level)
    return BLANK | {
        "measure": "mean difference",
        "estimate": found.difference,
        "std_error": found.std_error,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "method": "paired t",
        "statistic": found.statistic,
        "df": found.df,
        "p_value": found.p_value,
        "note": found.reason,
    }


def _wilcoxon_row(kind: SignedRankMethod, method: str) -> PairedRow:
    def row(x: Floats, y: Floats, conf_level: float, draws: Draws) -> Row:
        found = wilcoxon(x, y, kind, conf_level)
        note = _zeros(found, "rank")
        if x.size > MOST_PAIRS:
            note = f"pseudo-median not computed: more than {MOST_PAIRS:,} pairs"
        return _signed_row(found, "pseudo-median of the differences", method, note)

    return row


def _sign_row(x: Floats, y: Floats, conf_level: float, draws: Draws) -> Row:
    found = sign_test(x, y, conf_level)
    return _signed_row(
        found, "median difference", "ordered differences, binomial", _zeros(found, "sign")
    )


def _signed_row(found: SignedComparison, measure: str, method: str, note: str | None) -> Row:
    has_no_interval = found.reason is None and np.isnan(found.conf_low) and np.isfinite(found.shift)
    said = [text for text in (note, FEW_PAIRS if has_no_interval else None) if text]
    return BLANK | {
        "measure": measure,
        "estimate": found.shift,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "method": method,
        "statistic": found.statistic,
        "p_value": found.p_value,
        "note": found.reason or "; ".join(said) or None,
    }


def _zeros(found: SignedComparison, what: str) -> str | None:
    if not found.n_zero:
        return None
    return f"{found.n_zero} without a difference, who have no {what}"


def _permutation_row(x: Floats, y: Floats, conf_level: float, draws: Draws) -> Row:
    found = sign_flips(x, y, conf_level, draws)
    has_no_interval = found.reason is None and not np.isfinite(found.conf_low + found.conf_high)
    return BLANK | {
        "measure": "mean difference",
        "estimate": found.difference,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "method": found.method or None,
        "p_value": found.p_value,
        "note": found.reason or (FEW_PAIRS if has_no_interval else None),
    }


PAIRED_TESTS: Mapping[str, Callable[[Any, Any, float, Draws], Row]] = MappingProxyType(
    {
        "paired-t": _paired_t_row,
        "wilcoxon": _wilcoxon_row("asymptotic", "ordered averages, normal approximation"),
        "wilcoxon-exact": _wilcoxon_row("exact", "ordered averages, exact"),
        "sign": _sign_row,
        "permutation": _permutation_row,
    }
)
