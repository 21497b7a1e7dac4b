"""Are predicted probabilities right: calibration slope, intercept and curve, Brier score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of
from ketanalysis.prediction.performance import log_odds
from ketanalysis.prediction.predicted import predicted_of
from ketanalysis.prediction.smooth import loess
from ketanalysis.rates.proportions import normal_quantile, wilson
from ketanalysis.regression.logistic import fit_by_likelihood
from ketanalysis.regression.separation import separated
from ketanalysis.results import Result

Floats = NDArray[np.float64]
NAN = math.nan
MOST_PLACES = 500  # of different predictions; beyond, the curve is computed at quantiles
TABLE: dict[str, Any] = {
    "measure": pl.String,
    **dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), pl.Float64),
    **dict.fromkeys(("statistic", "df", "p_value"), pl.Float64),
    **dict.fromkeys(("test", "note"), pl.String),
}
CURVE: dict[str, Any] = {"predicted": pl.Float64, "observed": pl.Float64}
GROUPS: dict[str, Any] = {
    **dict.fromkeys(("count", "n"), pl.Int64),
    **dict.fromkeys(("predicted", "estimate", "conf_low", "conf_high"), pl.Float64),
    "method": pl.String,
}
SEPARATED = "not estimable: the predictions divide those with the event from those without"
CONSTANT = "not estimable: all predictions are the same"
NO_CURVE = "not estimable: too few different predictions for a smooth curve"
HOSMER = (
    "The Hosmer-Lemeshow test depends on how the groups are cut, sees little in few subjects and "
    "everything in many, and does not say what is wrong: read slope, intercept and curve."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CalibrationResult(Result):
    """Calibration of predicted probabilities: `estimate_calibration`.

    Attributes
    ----------
    table
        One row a measure: measure, estimate, std_error, conf_low, conf_high, statistic, df,
        p_value, test, note. Slope and intercept are tested against 1 and 0 (Wald).
    curve
        The smooth curve: predicted, observed (both 0 to 1), one row a distinct prediction; no
        rows where it does not exist.
    groups
        One row a group of predictions: count of n with the event, predicted (mean), estimate
        (observed share) with its Wilson interval.
    predictions
        Predicted probability and event, shape (n,), in order of the prediction, without ids.
    outcome
        What is predicted, in words.
    """

    kind: ClassVar[str] = "calibration"

    curve: pl.DataFrame = field(default_factory=pl.DataFrame)
    groups: pl.DataFrame = field(default_factory=pl.DataFrame)
    predictions: pl.DataFrame = field(default_factory=pl.DataFrame)
    outcome: str = ""


def estimate_calibration(
    data: Any,
    predicted: str | None = None,
    *,
    outcome: str | None = None,
    event: Any = None,
    groups: int = 10,
    span: float = 0.75,
    degree: int = 2,
    test: str | None = None,
    conf_level: float = 0.95,
) -> CalibrationResult:
    """Estimate whether predicted probabilities are right.

    Answers "of those given 70 %, do 7 in 10 respond?". Not whether a model ranks subjects well
    (`estimate_roc`), nor, for a model in its own subjects, how it would do in others
    (`validate_model`).

    Parameters
    ----------
    data
        A result of `fit_logistic`, or a frame with one row a subject.
    predicted
        Of a frame: the column of predicted probabilities, 0 to 1.
    outcome, event
        Of a frame: as in `fit_logistic`.
    groups
        How many groups of predictions, cut at their quantiles (equal ones stay together).
    span, degree
        Of the smooth curve (loess): the share of subjects near a place, and 1 (lines) or 2
        (parabolas), as R's loess.
    test
        None, or "hosmer-lemeshow": the test in these groups, with the warning it deserves.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    CalibrationResult
        Slope, intercept, calibration in the large, observed over expected, Brier score with its
        parts, ICI, E50, E90 and Emax in `table`; the smooth and the grouped curve.

    Raises
    ------
    ArgumentError
        A column that does not exist, or a number of groups below 2.
    ContractError
        Predictions outside 0 to 1.
    EstimationError
        All or none had the event.

    Notes
    -----
    Missing values: a subject without outcome or prediction is left out, and counted in `audit`.
    Beyond 500 different predictions the smooth curve is computed at 501 quantiles of them, with
    straight lines between.
    Calibration in the large is the intercept with the slope held at 1. The Brier score is
    reliability minus resolution plus uncertainty, and what the groups hide within them (Murphy
    1973, J Appl Meteorol 12:595); scaled, it is 1 minus its share of the score of who predicts
    the overall share for everybody. ICI, E50, E90, Emax: mean, median, 90th percentile and largest
    distance of the smooth curve from the predictions (Austin and Steyerberg 2019, Stat Med
    38:4051).
    Sources: Cox (1958), Biometrika 45:562; Brier (1950), Mon Weather Rev 78:1; Hosmer and Lemeshow
    (1980), Commun Stat A9:1043.
    Checked against: tests/oracle/calibration.csv (R 4.2.2: glm, loess with surface = "direct",
    rms::val.prob for slope, intercept and Brier score, the rest written out), relative 1e-7.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> data = {"y": [0, 0, 1, 0, 1, 1, 0, 1], "p": [.1, .2, .3, .4, .5, .6, .7, .8]}
    >>> found = ka.estimate_calibration(data, "p", outcome="y", groups=2)
    >>> found.groups.select("count", "n").rows()
    [(1, 4), (3, 4)]
    """
    check_conf_level(conf_level)
    check_one_of("test", test, (None, "hosmer-lemeshow"))
    check_one_of("degree", degree, (1, 2))
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 2:
        raise ArgumentError(f"groups must be a whole number from 2, not {groups!r}.")
    if not 0 < span <= 1:
        raise ArgumentError(f"span must be above 0 and at most 1, not {span!r}.")
    held = predicted_of(data, predicted, outcome, event)
    order = np.lexsort((held.y, held.p))
    y, p = held.y[order], held.p[order]
    place = _places(p, groups)
    smooth = _smooth(y, p, span, degree)
    rows = [*_lines(y, p, conf_level), *_scores(y, p, place), *_distances(p, smooth)]
    if test is not None:
        rows.append(_hosmer_lemeshow(y, p, place, held.is_own))
    return CalibrationResult(
        table=pl.DataFrame(rows, schema=TABLE),
        title=f"Calibration of predictions of {held.outcome}",
        definition=held.definition,
        audit=held.audit,
        notes=(*held.notes, *_notes(groups, span, degree, conf_level)),
        warnings=(*held.warnings, *((HOSMER,) if test else ())),
        conf_level=conf_level,
        simulated=held.simulated,
        from_pandas=held.from_pandas,
        curve=_curve(p, smooth),
        groups=pl.DataFrame(_groups(y, p, place, conf_level), schema=GROUPS),
        predictions=pl.DataFrame({"predicted": p, "event": y > 0.5}),
        outcome=held.outcome,
    )


def _smooth(y: Floats, p: Floats, span: float, degree: int) -> Floats | None:
    """Return the smooth curve at each prediction; of many, drawn between quantiles of them."""
    if len(np.unique(p)) <= MOST_PLACES:
        return loess(p, y, p, span, degree)
    places = np.unique(np.quantile(p, np.linspace(0, 1, MOST_PLACES + 1)))
    found = loess(p, y, places, span, degree)
    return None if found is None else np.asarray(np.interp(p, places, found))


def _row(measure: str, estimate: float, **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"measure": measure, "estimate": estimate, **more}
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}


def _lines(y: Floats, p: Floats, conf_level: float) -> list[dict[str, Any]]:
    """Return slope, intercept, calibration in the large, observed over expected."""
    odds = log_odds(p)
    z = float(normal_quantile(conf_level))
    x = np.column_stack((np.ones(len(odds)), odds))
    names = ("calibration slope", "calibration intercept")
    if np.ptp(odds) <= 1e-9 or separated(x, y).any():
        why = CONSTANT if np.ptp(odds) <= 1e-9 else SEPARATED
        rows = [_row(name, NAN, note=why) for name in names]
    else:
        fit = fit_by_likelihood(x, y)
        pairs = ((names[0], 1, 1.0), (names[1], 0, 0.0))
        rows = [
            _wald(name, float(fit.coefficients[k]), float(fit.std_error[k]), null, z)
            for name, k, null in pairs
        ]
    large = fit_by_likelihood(np.ones((len(y), 1)), y, offset=odds)
    estimate, error = float(large.coefficients[0]), float(large.std_error[0])
    rows.append(_wald("calibration in the large", estimate, error, 0.0, z))
    expected, events = float(p.sum()), float(y.sum())
    ratio = events / expected if expected > 0 else NAN
    spread = math.sqrt((1 - events / len(y)) / events)
    ends = {"conf_low": ratio * math.exp(-z * spread), "conf_high": ratio * math.exp(z * spread)}
    rows.append(_row("observed over expected", ratio, **ends))
    return rows


def _wald(name: str, estimate: float, error: float, null: float, z: float) -> dict[str, Any]:
    statistic = (estimate - null) / error
    return _row(
        name,
        estimate,
        std_error=error,
        conf_low=estimate - z * error,
        conf_high=estimate + z * error,
        statistic=statistic,
        p_value=math.erfc(abs(statistic) / math.sqrt(2)),
        test="wald",
    )


def _scores(y: Floats, p: Floats, place: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Return the Brier score, scaled, and its parts over the groups."""
    share, n = float(y.mean()), len(y)
    score, uncertainty = float(((y - p) ** 2).mean()), share * (1 - share)
    sizes = np.bincount(place)
    observed, mean = np.bincount(place, y) / sizes, np.bincount(place, p) / sizes
    reliability = float((sizes * (mean - observed) ** 2).sum() / n)
    resolution = float((sizes * (observed - share) ** 2).sum() / n)
    within = score - reliability + resolution - uncertainty
    return [
        _row("Brier score", score),
        _row("Brier score, scaled", 1 - score / uncertainty),
        _row("reliability", reliability),
        _row("resolution", resolution),
        _row("uncertainty", uncertainty),
        _row("within groups", within),
    ]


def _distances(p: Floats, smooth: Floats | None) -> list[dict[str, Any]]:
    names = ("ICI", "E50", "E90", "Emax")
    if smooth is None:
        return [_row(name, NAN, note=NO_CURVE) for name in names]
    far = np.abs(smooth - p)
    values = (far.mean(), np.quantile(far, 0.5), np.quantile(far, 0.9), far.max())
    return [_row(name, float(value)) for name, value in zip(names, values, strict=True)]


def _places(p: Floats, groups: int) -> NDArray[np.int64]:
    """Return the group of each prediction, cut at quantiles (type 7); ties stay together."""
    cuts = np.unique(np.quantile(p, np.linspace(0, 1, groups + 1)))
    place = np.searchsorted(cuts[1:-1], p, side="left")
    return np.asarray(np.unique(place, return_inverse=True)[1], dtype=np.int64)


def _groups(
    y: Floats, p: Floats, place: NDArray[np.int64], conf_level: float
) -> list[dict[str, Any]]:
    sizes, events = np.bincount(place), np.bincount(place, y)
    low, high = wilson(events, sizes, conf_level)
    means = np.bincount(place, p) / sizes
    return [
        {
            "count": int(events[k]),
            "n": int(sizes[k]),
            "predicted": float(means[k]),
            "estimate": float(events[k] / sizes[k]),
            "conf_low": float(low[k]),
            "conf_high": float(high[k]),
            "method": "wilson",
        }
        for k in range(len(sizes))
    ]


def _hosmer_lemeshow(
    y: Floats, p: Floats, place: NDArray[np.int64], is_own: bool
) -> dict[str, Any]:
    """Return the test; its df are groups minus 2 in the subjects of the fit, else groups."""
    from scipy.special import gammaincc

    sizes, events, expected = np.bincount(place), np.bincount(place, y), np.bincount(place, p)
    df = len(sizes) - 2 if is_own else len(sizes)
    name = "Hosmer-Lemeshow"
    empty = expected * (sizes - expected)
    if df < 1 or (empty <= 0).any():
        return _row(name, NAN, note="not estimable: too few groups, or one expects no event")
    statistic = float(((events - expected) ** 2 * sizes / empty).sum())
    p_value = float(gammaincc(df / 2, statistic / 2))
    return _row(
        name, statistic, statistic=statistic, df=float(df), p_value=p_value, test="hosmer-lemeshow"
    )


def _curve(p: Floats, smooth: Floats | None) -> pl.DataFrame:
    if smooth is None:
        return pl.DataFrame(schema=CURVE)
    values, first = np.unique(p, return_index=True)
    return pl.DataFrame({"predicted": values, "observed": smooth[first]}, schema=CURVE)


def _notes(groups: int, span: float, degree: int, conf_level: float) -> Sequence[str]:
    return (
        f"Smooth curve: loess, span {span:g}, degree {degree}. Up to {groups} groups at the "
        f"quantiles of the predictions; {100 * conf_level:g} % intervals of their shares: Wilson.",
        "Slope tested against 1, intercept and calibration in the large against 0 (Wald). The "
        "Brier score is reliability minus resolution plus uncertainty plus what is within groups.",
    )
