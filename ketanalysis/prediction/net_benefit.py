"""Is a model worth using: net benefit over thresholds, the decision curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_conf_level
from ketanalysis.prediction.predicted import predicted_of
from ketanalysis.rates.proportions import normal_quantile
from ketanalysis.results import Result

Floats = NDArray[np.float64]
STRATEGIES = ("model", "everybody", "nobody")
TABLE: dict[str, Any] = {
    "threshold": pl.Float64,
    "strategy": pl.String,
    **dict.fromkeys(("count", "n"), pl.Int64),
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    "method": pl.String,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class NetBenefitResult(Result):
    """Net benefit of treating by a model, everybody and nobody: `estimate_net_benefit`.

    Attributes
    ----------
    table
        One row a threshold and strategy ("model", "everybody", "nobody"): threshold (0 to 1),
        strategy, count of n who would be treated by the model, estimate (true positives a
        subject, less false ones at the threshold's odds), std_error, conf_low, conf_high, method.
    outcome
        What is predicted, in words.
    """

    kind: ClassVar[str] = "net benefit"

    outcome: str = ""


def estimate_net_benefit(
    data: Any,
    predicted: str | None = None,
    *,
    thresholds: float | Sequence[float] | None = None,
    outcome: str | None = None,
    event: Any = None,
    conf_level: float = 0.95,
) -> NetBenefitResult:
    """Estimate the net benefit of treating those whose predicted probability is high enough.

    Answers "would we treat better by this model than by treating everybody?", at the
    probabilities at which one would treat. A threshold of 20 % says that one true positive is
    worth four false ones. Not a test of the model: one without benefit in a sensible range of
    thresholds is of no use, however significant.

    Parameters
    ----------
    data, predicted, outcome, event
        As in `estimate_calibration`.
    thresholds
        Probabilities from which one would treat, between 0 and 1; must be written.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    NetBenefitResult
        Net benefit of the model, of treating everybody and of treating nobody.

    Raises
    ------
    ArgumentError
        No thresholds, or one outside 0 to 1.
    ContractError, EstimationError
        As `estimate_calibration`.

    Notes
    -----
    Missing values: as `estimate_calibration`. Intervals are normal, with the variance of a mean
    over subjects: the predictions count as given, so that for a model in its own subjects they
    are too short and the benefit too large.
    Source: Vickers and Elkin (2006), Med Decis Making 26:565.
    Checked against: tests/oracle/calibration.csv (R 4.2.2, the definition and the standard
    error of the mean written out), relative 1e-10; a page by hand in
    tests/prediction/test_calibration.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"y": [0, 0, 1, 0, 1, 1], "p": [.1, .2, .3, .4, .5, .6]}
    >>> found = ka.estimate_net_benefit(data, "p", outcome="y", thresholds=0.5)
    >>> found.table["estimate"].round(6).to_list()
    [0.333333, 0.0, 0.0]
    """
    check_conf_level(conf_level)
    chosen = _thresholds(thresholds)
    held = predicted_of(data, predicted, outcome, event)
    z = float(normal_quantile(conf_level))
    rows = [
        _row(held.y, held.p, threshold, strategy, z)
        for threshold in chosen
        for strategy in STRATEGIES
    ]
    return NetBenefitResult(
        table=pl.DataFrame(rows, schema=TABLE),
        title=f"Net benefit of treating by predictions of {held.outcome}",
        definition=held.definition,
        audit=held.audit,
        notes=(
            *held.notes,
            "Net benefit: true positives a subject, less false positives weighted by the odds of "
            f"the threshold. {100 * conf_level:g} % intervals: normal, predictions taken as given.",
        ),
        warnings=held.warnings,
        conf_level=conf_level,
        simulated=held.simulated,
        from_pandas=held.from_pandas,
        outcome=held.outcome,
    )


def _thresholds(given: Any) -> tuple[float, ...]:
    if given is None:
        raise ArgumentError(
            "thresholds= must say from which predicted probabilities one would treat, for example "
            "thresholds=[0.2, 0.3, 0.4, 0.5]."
        )
    held = (given,) if isinstance(given, int | float) else tuple(given)
    for value in held:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value < 1:
            raise ArgumentError(f"A threshold must be between 0 and 1, not {value!r}.")
    return tuple(sorted(set(map(float, held))))


def _row(y: Floats, p: Floats, threshold: float, strategy: str, z: float) -> dict[str, Any]:
    """Return the net benefit: the mean over subjects of what treating each is worth."""
    treats = {"model": p >= threshold, "everybody": np.ones(len(y), dtype=bool)}
    treated = treats.get(strategy, np.zeros(len(y), dtype=bool))
    worth = treated * np.where(y > 0.5, 1.0, -threshold / (1 - threshold))
    benefit, error = float(worth.mean()), float(worth.std(ddof=1) / np.sqrt(len(y)))
    row = {"threshold": threshold, "strategy": strategy, "n": len(y), "estimate": benefit}
    if strategy == "model":
        row["count"] = int(treated.sum())
    if strategy == "nobody":
        return row | {"estimate": 0.0, "method": None}
    ends = {"conf_low": benefit - z * error, "conf_high": benefit + z * error}
    return row | {"std_error": error, "method": "normal", **ends}
