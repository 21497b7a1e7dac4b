"""How many subjects a prediction model needs: the three criteria of Riley and colleagues."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError
from ketanalysis.results import Result
from ketanalysis.rounding import number

TABLE: dict[str, Any] = {
    "criterion": pl.String,
    "n": pl.Int64,
    "n_event": pl.Int64,
    "events_per_parameter": pl.Float64,
    "role": pl.String,
}
SHRINKAGE = "shrinkage of the coefficients"
OPTIMISM = "optimism of Nagelkerke's R²"
OVERALL = "overall risk"
Z = 1.959963984540054  # of a 95 % interval, as the criterion is defined


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PredictionSizeResult(Result):
    """Subjects that a prediction model needs, by criterion.

    Attributes
    ----------
    table
        One row a criterion: criterion, n, n_event (expected), events_per_parameter, role
        ("needed" for the largest, which is what the model needs).
    n_parameters, prevalence, cox_snell
        As asked: coefficients, share with the outcome, R² of Cox and Snell.
    """

    kind: ClassVar[str] = "prediction size"

    n_parameters: int = 0
    prevalence: float = 0.0
    cox_snell: float = 0.0


def estimate_prediction_size(
    n_parameters: int,
    prevalence: float,
    *,
    cox_snell: float | None = None,
    nagelkerke: float | None = None,
    shrinkage: float = 0.9,
    optimism: float = 0.05,
    margin: float = 0.05,
) -> PredictionSizeResult:
    """Estimate how many subjects a logistic prediction model needs.

    Answers "are 31 patients enough for two predictors?" before the data are there, and so that
    "ten events a variable" need not be believed. Not for the power of a test.

    Parameters
    ----------
    n_parameters
        Coefficients that are looked at, without the intercept: candidates that are not kept
        count as well, and a category counts its levels but one.
    prevalence
        The share with the outcome that is expected, 0 to 1.
    cox_snell, nagelkerke
        What the model is expected to explain, by one of the two; must be written. Where nothing
        is known, Riley et al. take a Nagelkerke R² of 0.15.
    shrinkage
        The coefficients are to be too large by no more than this factor: 0.9.
    optimism
        The largest difference of apparent and true Nagelkerke R²: 0.05.
    margin
        Half the width of the 95 % interval of the overall risk: 0.05.

    Returns
    -------
    PredictionSizeResult
        Subjects and expected events by criterion; the largest is needed.

    Raises
    ------
    ArgumentError
        A number outside its range, both or none of the two R², or more than can be explained.

    Notes
    -----
    Source: Riley et al. (2019), Stat Med 38:1276, equations 8, 11 and 12; Riley et al. (2020),
    BMJ 368:m441, criteria 1 to 3 of a binary outcome.
    Checked against: the example of 24 parameters, prevalence 0.174 and R² 0.288 (623, 662 and
    221 subjects), quoted and not read again, and worked by hand in
    tests/prediction/test_sample_size.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> size = ka.estimate_prediction_size(24, 0.174, cox_snell=0.288)
    >>> size.table["n"].to_list()
    [623, 662, 221]
    """
    _check_count(n_parameters)
    given = {"prevalence": prevalence, "shrinkage": shrinkage}
    for name, value in (given | {"optimism": optimism, "margin": margin}).items():
        _check_share(name, value)
    largest = 1 - (prevalence**prevalence * (1 - prevalence) ** (1 - prevalence)) ** 2
    r2 = _explained(cox_snell, nagelkerke, largest)
    if r2 >= shrinkage:
        raise ArgumentError(
            f"An R² of Cox and Snell of {r2:g} is not below shrinkage={shrinkage:g}: the criterion "
            "cannot be used."
        )
    second = r2 / (r2 + optimism * largest)
    sizes = {
        SHRINKAGE: _subjects(n_parameters, shrinkage, r2),
        OPTIMISM: _subjects(n_parameters, second, r2),
        OVERALL: math.ceil((Z / margin) ** 2 * prevalence * (1 - prevalence)),
    }
    rows = [_row(name, n, prevalence, n_parameters, sizes) for name, n in sizes.items()]
    return PredictionSizeResult(
        table=pl.DataFrame(rows, schema=TABLE),
        title=f"Subjects for a prediction model of {n_parameters} coefficient"
        f"{'' if n_parameters == 1 else 's'}",
        notes=(
            f"Expected: {100 * prevalence:g} % with the outcome, R² of Cox and Snell "
            f"{number(r2, 3)} (of at most {number(largest, 3)}).",
            f"Criteria: coefficients to be shrunk by no less than {shrinkage:g}; Nagelkerke's R² "
            f"too high by no more than {optimism:g}; overall risk within {100 * margin:g} "
            "percentage points (Riley et al. 2020).",
        ),
        n_parameters=n_parameters,
        prevalence=prevalence,
        cox_snell=r2,
    )


def _subjects(n_parameters: int, shrinkage: float, r2: float) -> int:
    """Return the subjects at which the expected shrinkage is reached (equation 11)."""
    return math.ceil(n_parameters / ((shrinkage - 1) * math.log(1 - r2 / shrinkage)))


def _row(
    name: str, n: int, prevalence: float, n_parameters: int, sizes: dict[str, int]
) -> dict[str, Any]:
    is_largest = name == max(sizes, key=lambda one: sizes[one])
    return {
        "criterion": name,
        "n": n,
        "n_event": math.ceil(n * prevalence),
        "events_per_parameter": n * prevalence / n_parameters,
        "role": "needed" if is_largest else None,
    }


def _explained(cox_snell: float | None, nagelkerke: float | None, largest: float) -> float:
    if (cox_snell is None) == (nagelkerke is None):
        raise ArgumentError(
            "Give what the model is expected to explain as cox_snell= or as nagelkerke=; where "
            "nothing is known, Riley et al. take nagelkerke=0.15."
        )
    if nagelkerke is not None:
        _check_share("nagelkerke", nagelkerke)
        return nagelkerke * largest
    _check_share("cox_snell", cox_snell)
    assert cox_snell is not None
    if cox_snell >= largest:
        raise ArgumentError(
            f"cox_snell must be below {largest:.3g}, the most that can be explained at this "
            f"prevalence, not {cox_snell:g}."
        )
    return cox_snell


def _check_count(n_parameters: object) -> None:
    is_whole = isinstance(n_parameters, int) and not isinstance(n_parameters, bool)
    if not is_whole or n_parameters < 1:  # type: ignore[operator]
        raise ArgumentError(f"n_parameters must be a whole number from 1, not {n_parameters!r}.")


def _check_share(name: str, value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < 1:  # type: ignore[operator]
        raise ArgumentError(f"{name} must be a number between 0 and 1, not {value!r}.")
