"""How well a marker tells who will have the outcome: ROC curves, areas, stated cut-offs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.glossary import method_words
from ketanalysis.grid import by_columns, names_given
from ketanalysis.groups.resampling import Draws
from ketanalysis.prediction.roc_rows import (
    CONTRASTS,
    CURVE,
    CUTOFFS,
    DIRECTIONS,
    MARKERS,
    YOUDEN,
    Plan,
    area_rows,
    areas_of,
    contrast_rows,
    curve_rows,
    cutoff_rows,
    groups_of,
)
from ketanalysis.prediction.scores import Scores
from ketanalysis.prediction.subjects import Asked, subjects_of
from ketanalysis.rates.proportions import INTERVALS
from ketanalysis.results import Result

AREA_INTERVALS = ("delong", "delong-logit")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RocResult(Result):
    """ROC curves and what is read off them: `estimate_roc`.

    Attributes
    ----------
    table
        One row a group and marker: by-columns, marker, direction, n, n_event, estimate (the area,
        0 to 1), std_error (DeLong), conf_low, conf_high, method, note.
    curve
        By-columns, marker, cutoff (as many rows as distinct values), sensitivity, specificity.
    cutoffs
        One row a group, marker, cut-off and measure: estimate with its interval where the
        cut-off was stated; where it was chosen in the data (``chosen`` is "youden") estimate,
        optimism and corrected, and no interval.
    contrasts
        Differences of areas: markers of the same subjects (paired), each with the first; and
        groups (unpaired), each with the first.
    by
        The by-columns.
    outcome
        What is predicted, in words.
    """

    kind: ClassVar[str] = "roc"

    curve: pl.DataFrame = field(default_factory=pl.DataFrame)
    cutoffs: pl.DataFrame = field(default_factory=pl.DataFrame)
    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    outcome: str = ""


def estimate_roc(
    data: Any,
    marker: str | Sequence[str],
    *,
    direction: str | Mapping[str, str] | None = None,
    outcome: str | None = None,
    event: Any = None,
    scale: str | None = None,
    rule: Any = None,
    visit: str | None = None,
    missing: str | None = None,
    scores: Scores | None = None,
    arm: str | None = None,
    by: str | Sequence[str] | None = None,
    cutoffs: Any = None,
    ci: str = "delong",
    cutoff_ci: str = "clopper-pearson",
    population: str = "ITT",
    conf_level: float = 0.95,
    allow: str | None = None,
    seed: int | None = None,
    resamples: int | None = None,
) -> RocResult:
    """Estimate how well a marker, such as infusion anxiety, tells who will have the outcome.

    Answers "does anxiety at 4 hours tell responders from non-responders?". The area is the
    probability that of two subjects the one with the event has the more telling value. Not for
    the area of a model in the subjects it was fitted to, which is too large:
    `validate_model`.

    Parameters
    ----------
    data
        A `Trial`, or a frame with one row a subject.
    marker
        The marker or markers: columns of the frame; of a trial names of `scores`, BASE, or
        columns of ADSL.
    direction
        Must be written: "higher" where higher values mean the event, "lower" where lower do; or
        one a marker, ``{"ANX": "lower"}``. It is never taken from the data: an area below 0.5
        is shown as it is.
    outcome, event, scale, rule, visit, missing, scores, arm, population, allow
        As in `fit_logistic`. The event of a trial is that the rule is met.
    by
        Columns whose groups stand apart, and are compared with the first (unpaired).
    cutoffs
        Cut-offs to be tried, one or several, or a mapping from marker to them: a value counts
        as positive where it is this high or higher ("lower": this low or lower). "youden" takes
        the one that looks best here; it is reported with its optimism, as not validated, and
        needs `seed` and `resamples`.
    ci
        Interval of the area: "delong" (normal, as pROC's) or "delong-logit" (normal on the log
        odds, for few subjects and areas near 1).
    cutoff_ci
        Interval of sensitivity and the other shares: "clopper-pearson", "wilson" or another of
        `estimate_response`.
    conf_level
        Confidence level, 0 to 1.
    seed, resamples
        Of the bootstrap of "youden".

    Returns
    -------
    RocResult
        Areas in `table`, the curve in `curve`, what stated cut-offs do in `cutoffs`, differences
        of areas in `contrasts`.

    Raises
    ------
    ArgumentError
        A direction that is not written, a marker that is no number or does not exist, "youden"
        without seed, arms pooled.
    ContractError, EstimationError
        As `fit_logistic`.

    Notes
    -----
    Missing values: a subject without the outcome or one of the markers is left out and counted;
    all markers are compared in the same subjects. Ties count half, exactly.
    Sources: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44:837; Youden (1950), Cancer
    3:32.
    Checked against: tests/oracle/roc.csv (R 4.2.2, pROC 1.18: roc, ci.auc, var, roc.test paired
    and unpaired, coords), relative 1e-10; aSAH and the antidepressant trial where the
    reference is at hand.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> roc = ka.estimate_roc(
    ...     ka.load_example("ketamine"), "ANX", direction="lower", scale="MADRS",
    ...     rule=ka.Response(at_least=0.5), visit="Day 14", missing="nri",
    ...     scores={"ANX": ("ASC_ANX", "4 h")}, arm="ketamine", cutoffs=20)
    >>> roc.cutoffs["measure"].to_list()[:2]
    ['sensitivity', 'specificity']
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, AREA_INTERVALS)
    check_one_of("cutoff_ci", cutoff_ci, tuple(INTERVALS))
    markers = names_given("marker", marker, "a marker")
    columns = by_columns(by, tuple({**MARKERS, **CUTOFFS, **CONTRASTS}))
    draws = Draws(seed, resamples)
    directions = _directions(markers, direction)
    tried = _cutoffs(markers, cutoffs, draws)
    asked = Asked(outcome, event, scale, rule, visit, missing, scores, arm, population, allow)
    subjects = subjects_of(data, (*markers, *columns), asked)
    _check_numbers(subjects.rows, markers)
    plan = Plan(markers, directions, tried, ci, cutoff_ci, conf_level, draws)
    groups = list(groups_of(subjects, columns))
    keys = {column: subjects.rows.schema[column] for column in columns}
    areas = [(key, areas_of(rows, event_, plan)) for key, rows, event_ in groups]
    at = [line for key, rows, had in groups for line in cutoff_rows(key, rows, had, plan)]
    return RocResult(
        table=pl.DataFrame(list(area_rows(areas, plan)), schema={**keys, **MARKERS}),
        title=f"ROC of {listed(markers)} for {subjects.outcome}"
        + (f", by {', '.join(columns)}" if columns else ""),
        definition=subjects.definition,
        audit=subjects.audit,
        notes=(*subjects.notes, *_notes(plan, columns)),
        warnings=subjects.warnings,
        conf_level=conf_level,
        simulated=subjects.simulated,
        from_pandas=subjects.from_pandas,
        curve=pl.DataFrame(list(curve_rows(groups, plan)), schema={**keys, **CURVE}),
        cutoffs=pl.DataFrame(at, schema={**keys, **CUTOFFS}),
        contrasts=pl.DataFrame(
            list(contrast_rows(areas, plan, columns)), schema={**keys, **CONTRASTS}
        ),
        by=columns,
        outcome=subjects.outcome,
    )


def _directions(markers: Sequence[str], direction: Any) -> dict[str, str]:
    if direction is None:
        raise ArgumentError(
            'direction= must say whether "higher" or "lower" values of the marker mean the event; '
            "it is never taken from the data."
        )
    given = direction if isinstance(direction, Mapping) else dict.fromkeys(markers, direction)
    for name in markers:
        if name not in given:
            raise ArgumentError(f"direction= must name every marker; it lacks {name!r}.")
        check_one_of(f"direction of {name}", given[name], tuple(DIRECTIONS))
    return {name: given[name] for name in markers}


def _cutoffs(
    markers: Sequence[str], cutoffs: Any, draws: Draws
) -> dict[str, tuple[float | str, ...]]:
    if cutoffs is None:
        return {name: () for name in markers}
    if not isinstance(cutoffs, Mapping):
        if len(markers) > 1 and cutoffs != YOUDEN:
            raise ArgumentError(
                "cutoffs= must name the cut-offs of each marker, where there are several: "
                f"cutoffs={{{markers[0]!r}: 20}}."
            )
        cutoffs = dict.fromkeys(markers, cutoffs)
    found: dict[str, tuple[float | str, ...]] = {}
    for name in markers:
        given = cutoffs.get(name, ())
        held = (given,) if isinstance(given, int | float | str) else tuple(given)
        for value in held:
            _check_cutoff(value, draws)
        found[name] = held
    return found


def _check_cutoff(value: Any, draws: Draws) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and value != YOUDEN:
        raise ArgumentError(f'A cut-off must be a number or "youden", not {value!r}.')
    if value == YOUDEN and (draws.seed is None or draws.resamples is None):
        raise ArgumentError(
            'A cut-off that is chosen in the data ("youden") is reported with its optimism by the '
            "bootstrap, which needs seed= and resamples=, for example seed=1, resamples=2000."
        )


def _check_numbers(rows: pl.DataFrame, markers: Sequence[str]) -> None:
    for name in markers:
        if not rows.schema[name].is_numeric():
            raise ArgumentError(f"A marker must hold numbers; {name} holds {rows.schema[name]}.")


def _notes(plan: Plan, columns: Sequence[str]) -> tuple[str, ...]:
    means = ", ".join(f"{plan.directions[name]} {name}" for name in plan.markers)
    said = [f"What means the event, as declared: {means}."]
    how = {
        "delong": "DeLong",
        "delong-logit": "DeLong on the log odds",
    }[plan.ci]
    said.append(f"{100 * plan.conf_level:g} % intervals of the area: {how}; ties count half.")
    if any(isinstance(c, int | float) for held in plan.cutoffs.values() for c in held):
        said.append(
            f"Stated cut-offs: {100 * plan.conf_level:g} % intervals "
            f"{method_words(plan.cutoff_ci)}; predictive values hold for the share with the event "
            "that there is here."
        )
    if len(plan.markers) > 1:
        said.append("Markers are compared in the same subjects (DeLong, paired).")
    if columns:
        said.append("Groups are compared with the first (DeLong, unpaired, Satterthwaite's df).")
    return tuple(said)
