"""Does an early improvement foretell the end: a rule at 4 or 24 hours against one weeks later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, check_reason, listed
from ketanalysis.glossary import method_words
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.meaningful import MeaningfulChange
from ketanalysis.population import Population
from ketanalysis.prediction.accuracy import Counts, accuracy, rows_of
from ketanalysis.rates.criteria import Rule
from ketanalysis.rates.handling import HANDLINGS, chosen_handlings, count_met, with_set_aside
from ketanalysis.rates.proportions import INTERVALS
from ketanalysis.results import Result
from ketanalysis.trial import arms_of

EARLY_HANDLINGS = {
    "observed": "subjects scored at the early visit",
    "locf": "last earlier score carried forward",
    "nri": "no early score counts as no early improvement",
}
POOLED = (
    "The data hold several arms ({arms}), which differ both early and at the end: pooled, early "
    "improvement foretells the arm. Write by='TRT01P' (each arm apart), or "
    'allow="the reason" (printed in the result).'
)
COUPLED = (
    "Early improvement and {outcome} are judged from the same baseline score, and at the end of "
    "the same course: part of their agreement is by construction."
)
UNTRIED = (
    "The rule is tried in the subjects in whom it is counted; in others it will do less well "
    "where it was chosen by looking at these."
)
CARRIED = (
    "Under locf the early score of who left is carried to the end, where it agrees with itself: "
    "read the row of observed cases beside it."
)
TABLE: dict[str, Any] = {
    "missing": pl.String,
    "measure": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
    **dict.fromkeys(("estimate", "conf_low", "conf_high"), pl.Float64),
    "method": pl.String,
    "note": pl.String,
}
CELLS: dict[str, Any] = {
    "missing": pl.String,
    "early": pl.Boolean,
    "responder": pl.Boolean,
    "count": pl.Int64,
}
AUDIT: dict[str, Any] = {
    "missing": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "count": pl.Int64,
}


class Judged(NamedTuple):
    """Who improved early, who responded at the end, and in whom both are known; (n,) each."""

    early: NDArray[np.bool_]
    late: NDArray[np.bool_]
    knows_early: NDArray[np.bool_]
    knows_late: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class EarlyImprovementResult(Result):
    """An early rule against the outcome at the end.

    Attributes
    ----------
    table
        One row a group, handling and measure: by-columns, missing, measure, count, n, estimate,
        conf_low, conf_high, method, note. A share has ``count`` of ``n``; likelihood ratios and
        kappa have no count.
    cells
        The 2 x 2 table: by-columns, missing, early (improved early), responder (met the rule at
        the end), count.
    by
        The by-columns.
    scale, visit, early_visit
        The scale, the visit of the outcome and that of the early rule.
    outcome, early_words
        Both in words.
    """

    kind: ClassVar[str] = "early improvement"

    cells: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    scale: str = ""
    visit: str = ""
    early_visit: str = ""
    outcome: str = ""
    early_words: str = ""


def estimate_early_improvement(
    data: Any,
    scale: str,
    early: Rule,
    early_visit: str,
    rule: Rule,
    visit: str,
    by: str | Sequence[str] | None = None,
    *,
    missing: str | Sequence[str] | None = None,
    early_missing: str | None = None,
    ci: str = "clopper-pearson",
    population: Population = "ITT",
    conf_level: float = 0.95,
    allow: str | None = None,
) -> EarlyImprovementResult:
    """Estimate how well an early improvement foretells the outcome at the end.

    Answers "can we tell after one day who will respond?": of those who respond, how many had
    improved early (sensitivity); of those who had not, how many respond nevertheless (1 minus the
    negative predictive value). Not for a cut-off found in these data: name the rule beforehand.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns as in `estimate_response`.
    scale
        PARAMCD of the scale of both rules.
    early, early_visit
        The early rule, for example ``Response(at_least=0.5)`` at "24 h" or
        ``Response(at_least=0.2)``; and its visit, which must come before `visit`.
    rule, visit
        The outcome: a `Response`, `Remission` or `MeaningfulChange`, and its visit.
    by
        Columns whose groups stand apart. With several arms it must hold the arm.
    missing
        How a missing score at the end is handled: "observed", "locf", "nri" or several; must
        be written.
    early_missing
        How a missing early score is handled, must be written: "observed" (the subject leaves
        the table), "locf" (the last earlier score after baseline) or "nri" (no early score is
        no early improvement).
    ci
        Interval of the shares: "clopper-pearson" (exact), "wilson" or another of
        `estimate_response`.
    population, conf_level
        As in `estimate_response`.
    allow
        The reason why arms are pooled nevertheless; printed in the result.

    Returns
    -------
    EarlyImprovementResult
        Sensitivity, specificity, predictive values, accuracy, likelihood ratios and kappa; the
        2 x 2 table in `cells`; `audit` counts everybody.

    Raises
    ------
    ArgumentError
        An early visit that is not early, a handling that is not written, arms pooled.
    ContractError, EstimationError
        As `estimate_response`.

    Notes
    -----
    Missing values: as declared by `missing` and `early_missing`. Under "nri" those who left
    early count as failures, and where they had no early score both ways: the agreement of the
    two is then by definition.
    Sources: Clopper and Pearson (1934), Biometrika 26:404; Simel et al. (1991), J Clin Epidemiol
    44:763; Fleiss, Cohen and Everitt (1969), Psychol Bull 72:323.
    Checked against: tests/oracle/early_improvement.csv (R 4.2.2, binom.test, epiR::epi.tests,
    vcd::Kappa), relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> half = ka.Response(at_least=0.5)
    >>> found = ka.estimate_early_improvement(
    ...     ka.load_example("ketamine"), "MADRS", half, "24 h", half, "Day 14", by="TRT01P",
    ...     missing="nri", early_missing="observed")
    >>> found.cells.filter(TRT01P="ketamine")["count"].to_list()
    [17, 4, 6, 21]
    """
    for name, given in (("early", early), ("rule", rule)):
        if not isinstance(given, Response | Remission | MeaningfulChange):
            raise ArgumentError(
                f"{name} must be a Response, a Remission or a MeaningfulChange, such as "
                f"Response(at_least=0.5), not {given!r}."
            )
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    columns = by_columns(by, tuple({**TABLE, **CELLS, **AUDIT}))
    handlings, first = chosen_handlings(missing), _early_handling(early_missing)
    reason = _check_arms(data, columns, allow)

    grid = score_grid(data, scale, columns, population=population)
    rows = _rows(grid, early_visit, visit)
    judged = {name: _judge(grid, early, rule, rows, first, name) for name in handlings}
    keys = {column: grid.subjects.schema[column] for column in columns}
    groups = groups_of(grid, columns)
    cells = [(key, name, _counts(judged[name], mask)) for key, mask in groups for name in handlings]
    early_words = f"{early.label} at {early_visit}"
    outcome = f"{rule.label} at {visit}"
    return EarlyImprovementResult(
        table=pl.DataFrame(_table(cells, ci, conf_level), schema={**keys, **TABLE}),
        title=f"{early_words[:1].upper()}{early_words[1:]} as a sign of {outcome} ({scale})"
        + (f", by {', '.join(columns)}" if columns else ""),
        definition=rule,
        audit=with_set_aside(_audit(groups, judged, {**keys, **AUDIT}), grid),
        notes=_notes(grid, early, early_visit, rule, visit, handlings, first, ci, conf_level)
        + reason,
        warnings=(*grid.warnings, *_coupled(early, rule, outcome), *_carried(handlings)),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        cells=pl.DataFrame(_cells(cells), schema={**keys, **CELLS}),
        by=columns,
        scale=scale,
        visit=visit,
        early_visit=early_visit,
        outcome=outcome,
        early_words=early_words,
    )


def _early_handling(early_missing: str | None) -> str:
    if early_missing is None:
        words = ", ".join(f'"{name}" ({what})' for name, what in EARLY_HANDLINGS.items())
        raise ArgumentError(f"early_missing= must say how a missing early score counts: {words}.")
    check_one_of("early_missing", early_missing, tuple(EARLY_HANDLINGS))
    return early_missing


def _check_arms(data: Any, columns: Sequence[str], allow: str | None) -> tuple[str, ...]:
    check_reason(allow)
    arms = arms_of(data)
    if len(arms) < 2 or {"TRT01P", "TRT01A"} & {*columns}:
        return ()
    if allow is None:
        raise ArgumentError(POOLED.format(arms=listed(arms)))
    return (f"Arms are pooled, with the reason: {allow.rstrip('.')}.",)


def _rows(grid: Grid, early_visit: str, visit: str) -> tuple[int, int]:
    first = grid.visit_index(early_visit, "early_visit")
    last = grid.visit_index(visit)
    if first >= last:
        raise ArgumentError(
            f"early_visit must come before visit: {early_visit!r} does not come before {visit!r}."
        )
    return first, last


def _judge(
    grid: Grid, early: Rule, rule: Rule, rows: tuple[int, int], first: str, last: str
) -> Judged:
    before, end = count_met(grid, early, first), count_met(grid, rule, last)
    return Judged(
        before.met[rows[0]], end.met[rows[1]], before.counted[rows[0]], end.counted[rows[1]]
    )


def _counts(judged: Judged, mask: NDArray[np.bool_]) -> Counts:
    used = mask & judged.knows_early & judged.knows_late
    cells = (
        np.count_nonzero(used & (judged.early == e) & (judged.late == late))
        for e, late in ((True, True), (True, False), (False, True), (False, False))
    )
    return Counts(*map(int, cells))


def _table(
    cells: Sequence[tuple[dict[str, Any], str, Counts]], ci: str, conf_level: float
) -> list[dict[str, Any]]:
    return [
        {**key, "missing": name, **row}
        for key, name, counts in cells
        for row in rows_of(accuracy(counts, ci, conf_level))
    ]


def _cells(cells: Sequence[tuple[dict[str, Any], str, Counts]]) -> Iterator[dict[str, Any]]:
    places = ((True, True), (True, False), (False, True), (False, False))
    for key, name, counts in cells:
        for (early, late), count in zip(places, counts, strict=True):
            yield {**key, "missing": name, "early": early, "responder": late, "count": count}


def _audit(groups: Any, judged: dict[str, Judged], schema: dict[str, Any]) -> pl.DataFrame:
    rows = []
    for key, mask in groups:
        for name, one in judged.items():
            reasons = (
                ("included", "early and late outcome known", one.knows_early & one.knows_late),
                ("excluded", "outcome at the end not known", ~one.knows_late),
                ("excluded", "early improvement not known", one.knows_late & ~one.knows_early),
            )
            for status, reason, who in reasons:
                count = int(np.count_nonzero(who & mask))
                if count:
                    row = {"missing": name, "status": status, "reason": reason, "count": count}
                    rows.append({**key, **row})
    return pl.DataFrame(rows, schema=schema)


def _notes(
    grid: Grid,
    early: Rule,
    early_visit: str,
    rule: Rule,
    visit: str,
    handlings: Sequence[str],
    first: str,
    ci: str,
    conf_level: float,
) -> tuple[str, ...]:
    words = "; ".join(f"{name}: {HANDLINGS[name]}" for name in handlings)
    return (
        f"Early, at {early_visit}: {early.sentence(grid.scale)}",
        f"At the end, at {visit}: {rule.sentence(grid.scale)}",
        f"Population: {grid.population}.",
        f"Missing scores: {words}.",
        f"Missing early scores: {EARLY_HANDLINGS[first]}.",
        f"{100 * conf_level:g} % intervals: {method_words(ci)}; of likelihood ratios normal on the "
        "logarithm, of kappa by its asymptotic standard error.",
        "Predictive values hold where as large a share responds as here.",
        UNTRIED,
    )


def _carried(handlings: Sequence[str]) -> tuple[str, ...]:
    return (CARRIED,) if "locf" in handlings else ()


def _coupled(early: Rule, rule: Rule, outcome: str) -> tuple[str, ...]:
    if isinstance(early, Remission) or isinstance(rule, Remission):
        return ()
    return (COUPLED.format(outcome=outcome),)
