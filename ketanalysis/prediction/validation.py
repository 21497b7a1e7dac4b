"""What a model would do in other subjects: its performance corrected for optimism."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, check_one_of
from ketanalysis.grid import names_given
from ketanalysis.groups.resampling import Draws
from ketanalysis.prediction.curve import resampled_counts
from ketanalysis.prediction.logistic_result import LogisticResult
from ketanalysis.prediction.optimism import (
    Block,
    apparent,
    averaged,
    bootstrap_block,
    cross_predictions,
    folds_of,
    harrell,
    pair_area,
    point_632_plus,
    pooled,
)
from ketanalysis.prediction.performance import MEASURES, NAMES
from ketanalysis.results import Result

Floats = NDArray[np.float64]

METHODS = ("bootstrap", "0.632+", "leave-one-out", "leave-pair-out", "k-fold")
DRAWN = ("bootstrap", "0.632+")
OF_METHOD = {"0.632+": 2, "leave-pair-out": 1}  # the first so many measures; the others have all
AGGREGATES = ("pooled", "averaged")
TABLE: dict[str, Any] = {
    "method": pl.String,
    "measure": pl.String,
    **dict.fromkeys(("estimate", "optimism", "corrected"), pl.Float64),
    "n_resamples": pl.Int64,
    "note": pl.String,
}
PULLED_DOWN = (
    "The area of pooled leave-one-out predictions is too small: each subject is judged by a model "
    "that the subject's own outcome has moved away. leave-pair-out has no such pull."
)
HALF = (
    "Firth's penalty draws predicted probabilities towards 1/2: their calibration intercept is "
    "off where the outcome is rare or common."
)


class Found(NamedTuple):
    """Corrected measures, how many resamples are behind each, how many had no model."""

    corrected: Floats
    behind: Sequence[int]
    without: int
    tried: int


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ValidationResult(Result):
    """The performance of a model, apparent and corrected for optimism.

    Attributes
    ----------
    table
        One row a method and measure: method, measure (area under the curve, Brier score,
        calibration slope and intercept), estimate (apparent: in the subjects of the fit),
        optimism, corrected, n_resamples (or folds), note. What does not exist is null.
    penalty
        That of the model, which every resample has as well.
    outcome, n, n_event
        What is predicted, the subjects of the fit, and those with the event.
    """

    kind: ClassVar[str] = "validation"

    penalty: str = "none"
    outcome: str = ""
    n: int = 0
    n_event: int = 0


def validate_model(
    fit: LogisticResult,
    method: str | Sequence[str],
    *,
    seed: int | None = None,
    resamples: int | None = None,
    folds: int | None = None,
    aggregate: str | None = None,
    workers: int = 1,
) -> ValidationResult:
    """Estimate how a fitted model would do in other subjects of the same kind.

    Answers "how much of this is optimism?" from the subjects that there are. Not a validation in
    other subjects, which it cannot replace; and blind to whatever was chosen before the fit, such
    as which of eleven subscales to enter.

    Parameters
    ----------
    fit
        A result of `fit_logistic`.
    method
        One or several of: "bootstrap" (Harrell's optimism: refit in each resample), "0.632+" (area
        and Brier score), "leave-one-out", "leave-pair-out" (area) and "k-fold".
    seed, resamples
        For "bootstrap" and "0.632+", and `seed` for "k-fold"; then they must be written.
    folds, aggregate
        For "k-fold", must be written: the number of folds, and whether measures are of all
        predictions together ("pooled") or means over the folds ("averaged"). Those with and
        without the event are shared out evenly.
    workers
        Processes (joblib); the numbers are the same with one and with many.

    Returns
    -------
    ValidationResult
        Apparent, optimism and corrected, by method and measure.

    Raises
    ------
    ArgumentError
        A method without its seed, resamples or folds, or more folds than subjects.

    Notes
    -----
    Missing values: none; the subjects are those of the fit. A resample or fold whose outcome is
    separated has no maximum likelihood model: it is left out, counted, and warned of, since the
    rest is then too well behaved.
    Sources: Efron (1983), J Am Stat Assoc 78:316; Efron and Tibshirani (1997), J Am Stat Assoc
    92:548; Harrell, Lee and Mark (1996), Stat Med 15:361; Airola et al. (2011), Comput Stat Data
    Anal 55:1828.
    Checked against: tests/oracle/validation.csv (R 4.2.2: glm refitted in the resamples and folds
    that R drew, pROC's areas, the .632+ formulas written out), relative 1e-7.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_logistic(
    ...     ka.load_example("ketamine"), "response ~ ANX + BASE", scale="MADRS",
    ...     rule=ka.Response(at_least=0.5), visit="Day 14", missing="nri",
    ...     scores={"ANX": ("ASC_ANX", "4 h")}, arm="ketamine")
    >>> found = ka.validate_model(fit, "bootstrap", seed=1, resamples=200)
    >>> found.table["measure"].to_list()[:2]
    ['area under the curve', 'Brier score']
    """
    if not isinstance(fit, LogisticResult):
        raise ArgumentError(
            f"validate_model needs a result of fit_logistic, not {type(fit).__name__}."
        )
    methods = names_given("method", method, "a method")
    for name in methods:
        check_one_of("method", name, METHODS)
    draws = Draws(seed, resamples)
    _check_plan(fit, methods, draws, folds, aggregate)
    x, y = fit.design, fit.event.astype(np.float64)
    seen = apparent(x, y, fit.penalty)
    blocks = _blocks(x, y, draws, fit.penalty, workers) if {*DRAWN} & {*methods} else []
    rows: list[dict[str, Any]] = []
    warnings: list[str] = []
    for name in methods:
        found = _found(name, x, y, fit.penalty, blocks, draws, folds, aggregate)
        rows += _rows(_label(name, folds, aggregate), seen, found)
        warnings += _without(name, found)
    own = (PULLED_DOWN,) if "leave-one-out" in methods else ()
    return ValidationResult(
        table=pl.DataFrame(rows, schema=TABLE),
        title=f"{fit.title}: performance corrected for optimism",
        definition=fit.definition,
        audit=fit.audit,
        notes=(*_notes(methods, draws, folds, seed), *own),
        warnings=(*fit.warnings, *warnings, *((HALF,) if fit.penalty == "firth" else ())),
        conf_level=fit.conf_level,
        simulated=fit.simulated,
        from_pandas=fit.from_pandas,
        penalty=fit.penalty,
        outcome=fit.outcome,
        n=len(fit.event),
        n_event=int(fit.event.sum()),
    )


def _check_plan(
    fit: LogisticResult,
    methods: Sequence[str],
    draws: Draws,
    folds: int | None,
    aggregate: str | None,
) -> None:
    n = len(fit.event)
    if {*DRAWN} & {*methods} and (draws.seed is None or draws.resamples is None):
        raise ArgumentError(
            "The bootstrap needs seed= and resamples=, for example seed=1, resamples=1000."
        )
    if "k-fold" not in methods:
        return
    if folds is None or aggregate is None or draws.seed is None:
        raise ArgumentError(
            'k-fold cross-validation needs folds=, seed= and aggregate= ("pooled": measures of all '
            'predictions together, or "averaged": means over the folds).'
        )
    check_one_of("aggregate", aggregate, AGGREGATES)
    if isinstance(folds, bool) or not isinstance(folds, int) or not 2 <= folds <= n:
        raise ArgumentError(f"folds must be a whole number from 2 to {n}, not {folds!r}.")


def _blocks(x: Floats, y: Floats, draws: Draws, penalty: str, workers: int) -> list[Block]:
    """Return the blocks of resamples in order, whoever computes them."""
    from joblib import Parallel, delayed

    counts = resampled_counts(len(y), draws)
    if workers == 1:
        return [bootstrap_block(x, y, one, penalty) for one in counts]
    run = Parallel(n_jobs=workers)
    return list(run(delayed(bootstrap_block)(x, y, one, penalty) for one in counts))


def _found(
    name: str,
    x: Floats,
    y: Floats,
    penalty: str,
    blocks: list[Block],
    draws: Draws,
    folds: int | None,
    aggregate: str | None,
) -> Found:
    tried = int(draws.resamples or 0)
    held = sum(len(block.inside) for block in blocks)
    if name == "bootstrap":
        optimism, behind = harrell(blocks)
        corrected = apparent(x, y, penalty) - optimism
        return Found(corrected, behind.tolist(), tried - held, tried)
    if name == "0.632+":
        area, error = point_632_plus(x, y, blocks, penalty)
        return Found(np.array([area, error, np.nan, np.nan]), [held] * 4, tried - held, tried)
    if name == "leave-pair-out":
        area, missing = pair_area(x, y, penalty)
        pairs = int(y.sum()) * int((1 - y).sum())
        corrected = np.array([area, np.nan, np.nan, np.nan])
        return Found(corrected, [pairs - missing] * 4, missing, pairs)
    if name == "leave-one-out":
        fold = np.arange(len(y))
        p, missing = cross_predictions(x, y, fold, penalty)
        return Found(pooled(y, p), [len(y) - missing] * 4, missing, len(y))
    assert folds is not None
    assert draws.seed is not None
    fold = folds_of(y, folds, draws.seed)
    p, missing = cross_predictions(x, y, fold, penalty)
    if aggregate == "pooled":
        return Found(pooled(y, p), [folds - missing] * 4, missing, folds)
    mean, known = averaged(y, p, fold)
    return Found(mean, known.tolist(), missing, folds)


def _label(name: str, folds: int | None, aggregate: str | None) -> str:
    return f"{folds}-fold, {aggregate}" if name == "k-fold" else name


def _rows(label: str, seen: Floats, found: Found) -> list[dict[str, Any]]:
    rows = []
    for k, measure in enumerate(MEASURES):
        if k >= OF_METHOD.get(label, len(MEASURES)):
            continue
        corrected, one = float(found.corrected[k]), float(seen[k])
        numbers = {"estimate": one, "optimism": one - corrected, "corrected": corrected}
        note = "not estimable in any resample or fold" if np.isnan(corrected) else None
        rows.append(
            {
                "method": label,
                "measure": NAMES[measure],
                **{key: None if np.isnan(value) else value for key, value in numbers.items()},
                "n_resamples": int(found.behind[k]),
                "note": note,
            }
        )
    return rows


def _without(name: str, found: Found) -> list[str]:
    if not found.without:
        return []
    what = {"k-fold": "folds", "leave-one-out": "subjects", "leave-pair-out": "pairs"}
    return [
        f"{name}: in {found.without:,} of {found.tried:,} {what.get(name, 'resamples')} the model "
        "does not exist (the outcome is separated, or one-sided); they are left out, and the rest "
        'is too well behaved. penalty="firth" has a model in nearly all.'
    ]


def _notes(
    methods: Sequence[str], draws: Draws, folds: int | None, seed: int | None
) -> tuple[str, ...]:
    said = []
    if {*DRAWN} & {*methods}:
        said.append(f"Resamples of subjects with replacement: {draws.words('resamples')}.")
    if "k-fold" in methods:
        said.append(
            f"{folds} folds, seed {seed}, those with and without the event shared out evenly."
        )
    return (
        *said,
        "Apparent: in the subjects of the fit. A slope below 1 says that predictions are too "
        "extreme. What was chosen before the fit is not corrected for.",
    )
