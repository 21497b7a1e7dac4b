"""How well a yes-or-no prediction does: sensitivity, predictive values, likelihood ratios, kappa.

All from one 2 x 2 table: those predicted to have the outcome, and those who had it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from ketanalysis.rates.proportions import normal_quantile, proportion_interval

NAN = math.nan
SHARES = ("sensitivity", "specificity", "positive predictive value", "negative predictive value")
RATIOS = ("positive likelihood ratio", "negative likelihood ratio")
KAPPA = "kappa"
NO_SPREAD = "no interval: its standard error is 0"
ROUNDING = 1e-15  # a variance of kappa that is 0 but for the last digits
NOBODY = {
    "sensitivity": "not estimable: nobody had the outcome",
    "specificity": "not estimable: everybody had the outcome",
    "positive predictive value": "not estimable: nobody is predicted to have the outcome",
    "negative predictive value": "not estimable: nobody is predicted not to have the outcome",
    "accuracy": "not estimable: there is nobody",
}


class Counts(NamedTuple):
    """Subjects by prediction and outcome: predicted and had it, predicted and had it not, ..."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def n(self) -> int:
        """All subjects."""
        return sum(self)


@dataclass(frozen=True)
class Measure:
    """One measure with its interval; ``count`` of ``n`` where it is a share."""

    measure: str
    count: int | None
    n: int
    estimate: float
    conf_low: float
    conf_high: float
    method: str
    note: str | None = None


def accuracy(counts: Counts, ci: str, conf_level: float) -> list[Measure]:
    """Return the measures of a 2 x 2 table, in the order in which papers give them.

    Predictive values hold for the share with the outcome in these subjects, and for no other.

    Parameters
    ----------
    counts
        The four cells.
    ci
        Interval of the shares: "clopper-pearson" (exact), "wilson" or another of
        `ketanalysis.rates.proportions.proportion_interval`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    list of Measure
        Sensitivity, specificity, predictive values, accuracy, likelihood ratios, kappa. What
        does not exist is NaN with a note.

    Notes
    -----
    Likelihood ratios: Simel, Samsa and Matchar (1991), J Clin Epidemiol 44:763 (normal on the
    logarithm). Kappa: Cohen (1960), its standard error Fleiss, Cohen and Everitt (1969), Psychol
    Bull 72:323.
    Checked against: tests/oracle/early_improvement.csv (R 4.2.2, stats::binom.test,
    epiR::epi.tests, vcd::Kappa), relative 1e-9.

    Examples
    --------
    >>> [round(one.estimate, 3) for one in accuracy(Counts(12, 3, 5, 11), "wilson", 0.95)][:4]
    [0.706, 0.786, 0.8, 0.688]
    """
    a, b, c, d = counts
    shares = dict(zip(SHARES, ((a, a + c), (d, b + d), (a, a + b), (d, c + d)), strict=True))
    shares["accuracy"] = (a + d, counts.n)
    found = [_share(name, count, n, ci, conf_level) for name, (count, n) in shares.items()]
    sensitive, specific = (a, a + c), (d, b + d)
    false = (b, b + d), (c, a + c)
    found.append(_ratio(RATIOS[0], sensitive, false[0], counts.n, conf_level))
    found.append(_ratio(RATIOS[1], false[1], specific, counts.n, conf_level))
    found.append(_kappa(counts, conf_level))
    return found


def rows_of(measures: list[Measure]) -> list[dict[str, Any]]:
    """Return measures as rows of a result: NaN is null."""
    return [
        {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(one).items()
        }
        for one in measures
    ]


def _share(name: str, count: int, n: int, ci: str, conf_level: float) -> Measure:
    if not n:
        return Measure(name, count, n, NAN, NAN, NAN, ci, NOBODY[name])
    low, high = proportion_interval(count, n, ci, conf_level)
    return Measure(name, count, n, count / n, float(low), float(high), ci)


def _ratio(
    name: str, over: tuple[int, int], under: tuple[int, int], n: int, conf_level: float
) -> Measure:
    """Return the ratio of two shares, its interval normal on the logarithm."""
    blank = Measure(name, None, n, NAN, NAN, NAN, "log")
    if not over[1] or not under[1]:
        return replace(blank, note="not estimable: everybody or nobody had the outcome")
    if not under[0]:
        return replace(blank, note="not estimable: it would divide by 0")
    ratio = (over[0] / over[1]) / (under[0] / under[1])
    if not over[0]:
        return replace(blank, estimate=0.0, note="no interval: the ratio is 0")
    error = math.sqrt(1 / over[0] - 1 / over[1] + 1 / under[0] - 1 / under[1])
    if error == 0:
        return replace(blank, estimate=ratio, note=NO_SPREAD)
    half = float(normal_quantile(conf_level)) * error
    ends = ratio * math.exp(-half), ratio * math.exp(half)
    return replace(blank, estimate=ratio, conf_low=ends[0], conf_high=ends[1])


def _kappa(counts: Counts, conf_level: float) -> Measure:
    """Return Cohen's kappa of prediction and outcome with its asymptotic interval."""
    blank = Measure(KAPPA, None, counts.n, NAN, NAN, NAN, "fleiss-cohen-everitt")
    if not counts.n:
        return replace(blank, note=NOBODY["accuracy"])
    a, b, c, d = (cell / counts.n for cell in counts)
    predicted, had = (a + b, c + d), (a + c, b + d)
    agreed = a + d
    chance = predicted[0] * had[0] + predicted[1] * had[1]
    if chance >= 1:
        return replace(blank, note="not estimable: all are predicted alike and all fared alike")
    kappa = (agreed - chance) / (1 - chance)
    own = sum(
        cell * (1 - (row + column) * (1 - kappa)) ** 2
        for cell, row, column in ((a, predicted[0], had[0]), (d, predicted[1], had[1]))
    )
    other = b * (had[0] + predicted[1]) ** 2 + c * (had[1] + predicted[0]) ** 2
    bent = (kappa - chance * (1 - kappa)) ** 2
    variance = (own + (1 - kappa) ** 2 * other - bent) / ((1 - chance) ** 2 * counts.n)
    if variance <= ROUNDING:
        return replace(blank, estimate=kappa, note=NO_SPREAD)
    half = float(normal_quantile(conf_level)) * math.sqrt(variance)
    return replace(blank, estimate=kappa, conf_low=kappa - half, conf_high=min(kappa + half, 1.0))
