"""Logistic regression of an outcome: odds ratios, profile intervals, Firth's penalty by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import (
    ArgumentError,
    EstimationError,
    check_conf_level,
    check_one_of,
    listed,
)
from ketanalysis.formulas.coding import Coding, code_formula, coded, design_rows
from ketanalysis.formulas.grammar import Formula, read_formula
from ketanalysis.grid import names_given
from ketanalysis.prediction.logistic_result import LogisticResult, criteria_row
from ketanalysis.prediction.logistic_rows import term_rows, test_rows
from ketanalysis.prediction.scores import Scores
from ketanalysis.prediction.subjects import Asked, Subjects, subjects_of
from ketanalysis.regression.design import DEPENDENT
from ketanalysis.regression.logistic import LogisticFit
from ketanalysis.regression.profiles import RatioTest, fitted, ratio_test
from ketanalysis.regression.separation import separated
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]

PENALTIES = ("none", "firth")
INTERVALS = ("profile", "wald")
FEW = 10  # events a coefficient: Peduzzi et al. (1996), J Clin Epidemiol 49:1373
ARMS = ("TRT01P", "TRT01A")
SEPARATED = (
    "The outcome ({outcome}) is separated by {terms}: the odds ratio runs off to infinity, and no "
    'maximum likelihood estimate exists. Write penalty="firth" (Firth\'s penalised likelihood, '
    "which has one), or take the term out."
)


def fit_logistic(
    data: Any,
    formula: str | None = None,
    *,
    outcome: str | None = None,
    predictors: str | Sequence[str] | None = None,
    event: Any = None,
    scale: str | None = None,
    rule: Any = None,
    visit: str | None = None,
    missing: str | None = None,
    scores: Scores | None = None,
    arm: str | None = None,
    penalty: str | None = None,
    ci: str = "profile",
    population: str = "ITT",
    conf_level: float = 0.95,
    allow: str | None = None,
) -> LogisticResult:
    """Fit a logistic regression of an outcome, such as response, on predictors.

    Answers "what goes with response, other things equal?". How well it would predict the next
    patients is another question: `validate_model`. Predictors are named beforehand; none is
    chosen by its p value here.

    Parameters
    ----------
    data
        A `Trial`, or a frame with one row a subject.
    formula
        As in R: ``"RESPONDER ~ ANX + BASE"``; of a trial its left side is the rule's name:
        ``"response ~ ANX + BASE"``. Or `outcome` and `predictors`.
    outcome, predictors
        Instead of a formula: the column of the outcome (of a frame), and those of the
        predictors. Numbers enter in a straight line; text, truth values and an Enum by their
        levels, the first being the reference.
    event
        Of a frame: the value of the outcome that is the event, where it is not 1 or True.
    scale, rule, visit, missing
        Of a trial: the outcome is `rule` on `scale` at `visit`; how a missing score is handled
        ("observed", "locf" or "nri") must be written.
    scores
        Of a trial: scores as predictors, each under a name:
        ``{"ANX": ("ASC_ANX", "4 h"), "EARLY": ("MADRS", "24 h", "percent change")}``; the third
        is "score" (the default), "change" or "percent change". Other predictors are BASE (of
        `scale`) and columns of ADSL.
    arm
        Of a trial: the one arm that is analysed. Several arms without TRT01P among the
        predictors are refused.
    penalty
        None (maximum likelihood) or "firth". Separation is never answered by a penalty that
        was not asked for.
    ci
        "profile" (profile likelihood, as R's confint; the tests are likelihood ratio tests) or
        "wald" (the tests are Wald's, as in R's summary).
    population
        Of a trial: as in `estimate_response`.
    conf_level
        Confidence level, 0 to 1.
    allow
        The reason why arms are pooled nevertheless; printed in the result.

    Returns
    -------
    LogisticResult
        Odds ratios in `table`, likelihood ratio tests of terms in `tests`, size and fit in
        `criteria`; `audit` counts everybody.

    Raises
    ------
    ArgumentError
        A formula that cannot be read, a predictor that does not exist, arms pooled.
    ContractError
        Two rows of a subject, or an infinite predictor.
    EstimationError
        The outcome is separated, all or none had it, or there are as many coefficients as
        subjects.

    Notes
    -----
    Missing values: a subject without outcome or predictor is left out, counted in `audit` and
    told in `warnings`. Events per coefficient are printed always, and warned of below 10
    (Peduzzi et al. 1996); `estimate_prediction_size` gives the number that a plan needs.
    Sources: Venzon and Moolgavkar (1988), Appl Stat 37:87; Firth (1993), Biometrika 80:27;
    Heinze and Schemper (2002), Stat Med 21:2409.
    Checked against: tests/oracle/prediction_models.csv (R 4.2.2, stats::glm, MASS's confint,
    stats::drop1, brglm2), estimates relative 1e-8, ends of profile intervals 1e-6; R's logistf
    and glm on the antidepressant trial where the reference is at hand, relative 1e-5 and 1e-4.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> fit = ka.fit_logistic(
    ...     ka.load_example("ketamine"), "response ~ ANX + BASE", scale="MADRS",
    ...     rule=ka.Response(at_least=0.5), visit="Day 14", missing="nri",
    ...     scores={"ANX": ("ASC_ANX", "4 h")}, arm="ketamine")
    >>> fit.table["term"].to_list()
    ['(Intercept)', 'ANX', 'BASE']
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, INTERVALS)
    check_one_of("penalty", penalty, (None, "firth"))
    parsed, left = _formula(data, formula, outcome, predictors, rule)
    asked = Asked(left, event, scale, rule, visit, missing, scores, arm, population, allow)
    subjects = subjects_of(data, parsed.columns, asked)
    _check_arm_order(subjects.rows, parsed)
    coding = code_formula(parsed, subjects.rows)
    whole = _design(parsed, coding, subjects.rows)
    kept = _kept(whole)
    design, y = whole[:, kept], subjects.y
    _check_size(design, y, parsed)
    chosen = penalty or "none"
    _check_separation(design, y, coding, kept, subjects, chosen)
    fit = fitted(design, y, None, chosen)
    everything = _all_terms(design, y, chosen, fit)
    criteria = criteria_row(y, fit, everything)
    return LogisticResult(
        table=term_rows(design, y, coding, kept, fit, ci, conf_level),
        title=f"Logistic regression of {subjects.outcome}{_penalty_words(chosen)}",
        definition=subjects.definition,
        audit=subjects.audit,
        notes=(*subjects.notes, *_notes(chosen, ci, conf_level)),
        warnings=(*subjects.warnings, *_warnings(criteria, coding, kept, chosen)),
        conf_level=conf_level,
        simulated=subjects.simulated,
        from_pandas=subjects.from_pandas,
        tests=test_rows(design, y, coding, kept, parsed, fit, everything),
        criteria=criteria,
        formula=parsed,
        coding=coding,
        penalty=chosen,
        outcome=subjects.outcome,
        design=design,
        event=subjects.event,
        fitted=fit.fitted,
    )


def _formula(
    data: Any,
    formula: str | None,
    outcome: str | None,
    predictors: str | Sequence[str] | None,
    rule: Any,
) -> tuple[Formula, str | None]:
    """Return the formula, and the outcome column of a frame."""
    if (formula is None) == (predictors is None):
        raise ArgumentError(
            'Give either a formula, such as "RESPONDER ~ ANX + BASE", or predictors= (and '
            "outcome= of a frame)."
        )
    is_trial = isinstance(data, Trial)
    named = getattr(rule, "name", "outcome")
    if formula is None:
        names = names_given("predictors", predictors or (), "a column")
        if not names:
            raise ArgumentError("predictors must name a column.")
        left = named if is_trial else str(outcome)
        if not is_trial and outcome is None:
            raise ArgumentError("outcome= must name the column of the outcome.")
        formula = f"`{left}` ~ {' + '.join(f'`{name}`' for name in names)}"
    elif outcome is not None:
        raise ArgumentError("outcome= cannot stand beside a formula, whose left side it is.")
    parsed = read_formula(formula)
    if not parsed.has_intercept:
        raise ArgumentError(
            "A logistic model here has an intercept; take the 0 out of the formula."
        )
    if is_trial and rule is not None and parsed.response != named:
        raise ArgumentError(
            f'The left side of a trial\'s formula must be the name of its rule, "{named} ~ ...", '
            f"not {parsed.response!r}."
        )
    return parsed, None if is_trial else parsed.response


def _check_arm_order(rows: pl.DataFrame, formula: Formula) -> None:
    for arm in ARMS:
        if arm in formula.columns and rows.schema[arm] == pl.String:
            found = rows[arm].unique().sort().to_list()
            raise ArgumentError(
                f"The arms in {arm} have no declared order: give {arm} as a polars Enum (pandas: "
                "an ordered Categorical), the reference first; found: "
                f"{listed(map(repr, found))}."
            )


def _design(formula: Formula, coding: Coding, rows: pl.DataFrame) -> Floats:
    factors = {factor.label: factor for term in formula.terms for factor in term}
    values = {label: coded(factor, coding, rows) for label, factor in factors.items()}
    return design_rows(coding, values, rows.height)


def _kept(design: Floats) -> NDArray[np.int64]:
    """Return the columns that do not follow from those before them, as R's glm keeps them."""
    basis = np.empty((len(design), 0))
    kept = []
    for place, column in enumerate(design.T):
        length = float(np.linalg.norm(column)) or 1.0
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        size = float(np.linalg.norm(left))
        if size > DEPENDENT * length:
            kept.append(place)
            basis = np.column_stack((basis, left / size))
    return np.array(kept, dtype=np.int64)


def _check_size(design: Floats, y: Floats, formula: Formula) -> None:
    n, p = design.shape
    if n <= p:
        raise EstimationError(
            f"The model has {p} coefficients and {n} subjects: nothing is left to estimate from. "
            "Take terms out of the model."
        )
    if p == 1 and formula.terms:
        raise EstimationError(
            "No predictor varies among the subjects of the model, so there is nothing to predict "
            f"from: {listed(formula.columns)}."
        )


def _check_separation(
    design: Floats,
    y: Floats,
    coding: Coding,
    kept: NDArray[np.int64],
    subjects: Subjects,
    penalty: str,
) -> None:
    if penalty == "firth":
        return
    divides = separated(design, y)
    if divides.any():
        names = [coding.labels[place] for place in kept[divides] if place != 0]
        raise EstimationError(SEPARATED.format(outcome=subjects.outcome, terms=listed(names)))


def _all_terms(design: Floats, y: Floats, penalty: str, fit: LogisticFit) -> RatioTest | None:
    if design.shape[1] == 1:
        return None
    places = range(1, design.shape[1])
    return ratio_test(design, y, places, penalty=penalty, best=fit)


def _penalty_words(penalty: str) -> str:
    return ", Firth's penalty" if penalty == "firth" else ""


def _notes(penalty: str, ci: str, conf_level: float) -> tuple[str, ...]:
    kind = "penalised likelihood" if penalty == "firth" else "likelihood"
    how = {
        "profile": f"{100 * conf_level:g} % intervals: profile of the {kind}; p values: "
        f"{kind} ratio test.",
        "wald": f"{100 * conf_level:g} % intervals and p values: Wald.",
    }
    method = "Firth's penalised likelihood" if penalty == "firth" else "Maximum likelihood"
    return (f"{method}. {how[ci]}",)


def _warnings(
    criteria: pl.DataFrame, coding: Coding, kept: NDArray[np.int64], penalty: str
) -> tuple[str, ...]:
    said = []
    dropped = [label for j, label in enumerate(coding.labels) if j not in kept]
    if dropped:
        said.append(
            f"Without effect, being constant or following from the others: {listed(dropped, 20)}."
        )
    row = criteria.row(0, named=True)
    each = row["events_per_parameter"]
    if each is not None and each < FEW:
        rarer = min(row["n_event"], row["n"] - row["n_event"])
        way = "" if penalty == "firth" else '; penalty="firth" is less biased'
        said.append(
            f"Few events: {rarer} of the rarer outcome for {row['n_parameters']} coefficient"
            f"{'' if row['n_parameters'] == 1 else 's'}, {each:.1f} each (fewer than {FEW}). Odds "
            f"ratios are biased away from 1 and a prediction is too sure of itself{way}."
        )
    return tuple(said)
