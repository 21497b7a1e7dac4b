"""Does anxiety over repeated infusions differ between later responders and non-responders?

A mean of the infusions each subject had compares the early infusions of those who stopped with all
infusions of those who went on: where anxiety fades, that alone makes a difference. Here the groups
are compared at the same infusions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import (
    ArgumentError,
    EstimationError,
    check_conf_level,
    check_one_of,
)
from ketanalysis.frames import is_pandas
from ketanalysis.grid import by_columns, score_grid
from ketanalysis.groups.covariates import design_of, terms_of
from ketanalysis.groups.over_infusions_model import fit_infusions
from ketanalysis.groups.over_infusions_result import (
    MEANS_SCHEMA,
    TABLE_SCHEMA,
    InfusionGroupsResult,
    infusion_notes,
    infusion_warnings,
)
from ketanalysis.groups.responder_beside import frame_of
from ketanalysis.groups.responder_cells import Cell, Floats, audit_of, cells_of, without_base
from ketanalysis.groups.responder_scores import (
    baseline_values,
    check_arms,
    check_unit,
    in_order,
    values_at,
    visits_of,
)
from ketanalysis.groups.responder_words import pooled_words
from ketanalysis.groups.responders import BASE, check_rule, with_companions
from ketanalysis.groups.responders_result import GROUP, REFERENCE
from ketanalysis.mmrm.covariance import STRUCTURES
from ketanalysis.mmrm.inference import Test
from ketanalysis.mmrm.result import test_row

Row = dict[str, Any]
MEASURES = {
    "mean": "difference, mean of the infusions",
    "slopes": "difference of slopes, points an infusion",
    "slope responder": "slope of responders, points an infusion",
    "slope non-responder": "slope of non-responders, points an infusion",
}


def compare_responders_over_infusions(
    data: Any,
    outcome: str,
    *,
    scale: str,
    rule: Response | Remission,
    response_visit: str,
    infusions: Sequence[str],
    covariance: str,
    missing: str | None = None,
    by: str | Sequence[str] | None = None,
    adjust: str | Sequence[str] | None = None,
    population: str = "ITT",
    conf_level: float = 0.95,
    allow: str | None = None,
) -> InfusionGroupsResult:
    """Compare a score over infusions 1 to k between responders and non-responders.

    Answers "did later responders report less anxiety over the course, and did it fade faster?".
    It does not show that anxiety at a late infusion predicts response: by then much of the
    response is there. For one infusion take `compare_responders`.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns.
    outcome
        PARAMCD of the score.
    scale, rule, response_visit
        The scale, definition and visit by which a subject is a responder.
    infusions
        The visits of the outcome, one an infusion, in the order of the infusions: 2 or more.
    covariance
        How the scores of a subject go together, by R mmrm's name: "us" (unstructured), "cs",
        "ar1h", ...; with few subjects and many infusions "us" may not be estimable.
    missing
        How a missing response score is handled, as in `compare_responders`; "observed" and "nri"
        always stand beside each other.
    by, adjust
        Columns of ADSL: each group apart, or covariates; with several arms one must hold the
        arm. "BASE" in `adjust` is the outcome's own baseline.
    population, conf_level, allow
        As in `compare_responders`.

    Returns
    -------
    InfusionGroupsResult
        See its attributes.

    Raises
    ------
    ArgumentError
        Arms pooled without a reason, fewer than two infusions, one twice, or something of the
        plan not written.
    ContractError
        A subject has two scores of the outcome at an infusion, or an infinite one.

    Notes
    -----
    A mixed model of the scores by group and infusion (REML, Kenward-Roger, linear). A slope is
    that of the straight line through a group's means. Missing values: scores after a subject
    stopped are taken to be missing at random; a subject without any is counted in the audit.
    What cannot be estimated is null with a ``note``.
    Checked against: tests/oracle/over_infusions.csv (R 4.2.2, stats::t.test of complete data,
    nlme::gls of incomplete), relative 1e-6.

    Examples
    --------
    >>> import polars as pl, ketanalysis as ka
    >>> rows = [(f"{i:02d}", "MADRS", v, y) for i in range(12)
    ...         for v, y in (("Base", 30.0), ("End", 10.0 + i % 2 * 15))]
    >>> rows += [(f"{i:02d}", "VAS", v, 40.0 - 6 * k + (i * 7 + k * k * 5) % 13) for i in range(12)
    ...          for k, v in enumerate(("Inf 1", "Inf 2", "Inf 3"))]
    >>> visits = pl.Enum(["Base", "Inf 1", "Inf 2", "Inf 3", "End"])
    >>> frame = pl.DataFrame(rows, orient="row", schema={
    ...     "USUBJID": pl.String, "PARAMCD": pl.String, "AVISIT": visits, "AVAL": pl.Float64})
    >>> frame = frame.with_columns(ABLFL=pl.when(pl.col("AVISIT") == "Base").then(pl.lit("Y")))
    >>> found = ka.compare_responders_over_infusions(
    ...     frame, "VAS", scale="MADRS", rule=ka.Response(at_least=0.5), response_visit="End",
    ...     infusions=["Inf 1", "Inf 2", "Inf 3"], covariance="us", missing="observed")
    >>> found.table["measure"][0]
    'difference, mean of the infusions'
    """
    columns, covariates = by_columns(by), by_columns(adjust)
    visits = _infusions(infusions)
    check_rule(rule, columns, covariates)
    check_conf_level(conf_level)
    structures = tuple(name for name, one in STRUCTURES.items() if not one.spatial)
    check_one_of("covariance", covariance, structures)
    handlings = with_companions(missing)
    scores, from_pandas = in_order(data), is_pandas(data)
    pooling = check_arms(scores, (*columns, *covariates), allow)

    of_adsl = tuple(name for name in covariates if name != BASE)
    grid = score_grid(scores, scale, (*columns, *of_adsl), population=population)
    row = grid.visit_index(response_visit, "response_visit")
    course = np.stack([values_at(scores, grid, outcome, visit) for visit in visits], axis=1)
    unit = check_unit(scores, outcome, allow, None)
    bases = {outcome: baseline_values(scores, grid, outcome)} if BASE in covariates else {}
    any_score = np.where(np.isnan(course).all(axis=1), np.nan, 1.0)
    cells = cells_of(grid, columns, handlings, rule, row, {outcome: any_score}, bases)
    types = {column: grid.subjects.schema[column] for column in columns}
    fits = [_fitted(cell, course, covariates, covariance) for cell in cells]
    rows = _rows(cells, fits, course, conf_level)
    means = frame_of(_means(cells, fits, course, visits, conf_level), MEANS_SCHEMA, types)
    terms = terms_of(grid.subjects, of_adsl) | ({BASE: "a number"} if bases else {})
    allowed = [pooled_words(str(allow))] if pooling.is_allowed else []
    return InfusionGroupsResult(
        table=frame_of(rows, TABLE_SCHEMA, types),
        title=(
            f"{outcome} over {len(visits)} infusions in responders and non-responders ({scale}, "
            f"{response_visit}){', by ' + ', '.join(columns) if columns else ''}"
        ),
        definition=rule,
        audit=audit_of(cells, grid, types),
        notes=infusion_notes(
            rule.sentence(scale),
            STRUCTURES[covariance].words,
            terms,
            handlings,
            [*allowed, *([unit.allowed] if unit.allowed else [])],
        ),
        warnings=(
            *infusion_warnings(means, visits_of(scores), visits, response_visit, columns),
            *([unit.warning] if unit.warning else []),
        ),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=from_pandas,
        means=means,
        by=columns,
        scale=scale,
        outcome=outcome,
    )


def _infusions(infusions: Any) -> tuple[str, ...]:
    is_one = isinstance(infusions, str) or not isinstance(infusions, Sequence)
    visits = () if is_one else tuple(infusions)
    if len(visits) < 2 or len(set(visits)) < len(visits):
        raise ArgumentError(
            "infusions must name two or more different visits, one an infusion in their order, "
            f"not {infusions!r}. For one infusion take compare_responders."
        )
    return visits


def _fitted(
    cell: Cell, course: Floats, covariates: Sequence[str], covariance: str
) -> dict[str, Test] | str:
    """Return the contrasts of a cell, or why there are none."""
    used = ~np.isnan(cell.responds) & ~np.isnan(cell.value) & ~without_base(cell)
    own = course[cell.mask][used]
    held = design_of(cell.subjects.filter(pl.Series(used)), covariates).columns
    try:
        return dict(fit_infusions(own, cell.responds[used] == 1, held, covariance))
    except (EstimationError, np.linalg.LinAlgError) as error:
        reason = str(error).rstrip(".")
        is_told = reason.lower().startswith("not estimable")
        return reason[:1].lower() + reason[1:] if is_told else f"not estimable: {reason}"


def _rows(
    cells: Sequence[Cell], fits: Sequence[Any], course: Floats, conf_level: float
) -> Iterator[Row]:
    k = course.shape[1]
    for cell, fit in zip(cells, fits, strict=True):
        own = ~np.isnan(course[cell.mask])
        names = ["mean", "slopes", "slope responder", "slope non-responder"]
        names += [f"difference {i + 1}" for i in range(k)]
        for name in names:
            infusion = name.removeprefix("difference ") if name not in MEASURES else "all"
            there = own.any(axis=1) if infusion == "all" else own[:, int(infusion) - 1]
            yield (
                cell.head
                | {
                    "infusion": infusion,
                    "measure": MEASURES.get(name, "difference"),
                    "contrast": _contrast(name),
                    "role": "primary" if _is_primary(name, cell, cells) else "sensitivity",
                    "n": int((there & (cell.responds == 1)).sum()),
                    "n_reference": int((there & (cell.responds == 0)).sum()),
                }
                | _numbers(fit, name, conf_level)
            )


def _contrast(name: str) -> str:
    if name.startswith("slope "):
        return name.removeprefix("slope ")
    return f"{GROUP} - {REFERENCE}"


def _is_primary(name: str, cell: Cell, cells: Sequence[Cell]) -> bool:
    return name in ("mean", "slopes") and cell.missing == cells[0].missing


def _numbers(fit: Any, name: str, conf_level: float) -> Row:
    if isinstance(fit, str):
        return {"note": fit}
    found = fit[name]
    note = None if found.estimate is not None else "not estimable: no scores in one of the groups"
    return test_row(found, conf_level) | {"note": note}


def _means(
    cells: Sequence[Cell],
    fits: Sequence[Any],
    course: Floats,
    visits: Sequence[str],
    conf_level: float,
) -> Iterator[Row]:
    """Yield the means of the model by group and infusion, and those that were observed."""
    for cell, fit in zip(cells, fits, strict=True):
        for group, is_yes in ((REFERENCE, 0.0), (GROUP, 1.0)):
            for place, visit in enumerate(visits):
                own = course[cell.mask][cell.responds == is_yes, place]
                seen = np.sort(own[~np.isnan(own)])
                found = _numbers(fit, f"{group} {place + 1}", conf_level)
                yield cell.head | {
                    "group": group,
                    "AVISIT": visit,
                    "infusion": str(place + 1),
                    "n": seen.size,
                    "mean": float(seen.mean()) if seen.size else None,
                    **{name: found.get(name) for name in ("estimate", "std_error", "df", "note")},
                    **{name: found.get(name) for name in ("conf_low", "conf_high")},
                }
