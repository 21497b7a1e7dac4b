"""Do scores differ between responders and non-responders: the question of infusion anxiety.

The literature asks whether anxiety during ketamine infusions goes with non-response (Aust et
al. 2019, doi 10.1016/j.euroneuro.2019.02.005). The traps are known and named here: two arms
pooled, response by observed scores only, an outcome measured after the response, many
subscales uncorrected, and a dichotomy instead of the continuous improvement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    check_conf_level,
    check_one_of,
    listed,
    near_miss,
)
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import Grid, by_columns, score_grid
from ketanalysis.groups.covariates import terms_of
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.group_tests import TESTS
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.responder_rows import (
    Floats,
    audit_of,
    cells_of,
    no_twin,
    points_of,
    table_of,
    twin_of,
)
from ketanalysis.groups.responders_result import (
    Methods,
    RespondersResult,
    notes,
    title,
    warnings,
)
from ketanalysis.multiplicity import ADJUSTMENTS
from ketanalysis.rates.handling import chosen_handlings
from ketanalysis.trial import Trial

SENSITIVITY = dict.fromkeys(("welch", "student", "permutation"), ("mann-whitney",))
POOLED = (
    "The data hold several arms ({arms}). Ketamine raises both anxiety and response, so arms "
    "pooled show a link where none exists inside either. Write by='TRT01P' (each arm apart), "
    "adjust='TRT01P' (one estimate, adjusted), or allow=\"the reason\" (printed in the result)."
)


def compare_responders(
    data: Any,
    outcome: str | Sequence[str],
    *,
    scale: str,
    rule: Response | Remission,
    response_visit: str,
    anxiety_visit: str,
    missing: str | None = None,
    by: str | Sequence[str] | None = None,
    adjust: str | Sequence[str] | None = None,
    primary: str = "welch",
    effect: str = "hedges-g",
    p_adjust: str | None = None,
    population: str = "ITT",
    conf_level: float = 0.95,
    allow: str | None = None,
    seed: int | None = None,
    resamples: int | None = None,
) -> RespondersResult:
    """Compare a score, such as infusion anxiety, between responders and non-responders.

    Answers "did those who responded report more or less anxiety?". It does not show that
    anxiety predicts or causes response: groups formed by an outcome are not randomised.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns.
    outcome
        PARAMCD of the score that is compared, or several (then `p_adjust` must be written).
    scale, rule, response_visit
        The scale, definition and visit by which a subject is a responder.
    anxiety_visit
        The visit of the outcome.
    missing
        How a missing response score is handled in the primary row: "observed", "locf" or
        "nri"; must be written. The observed-case and the non-responder imputed row always
        stand beside it: drop-out from anxiety makes the link by definition under "nri".
    by, adjust
        Columns of ADSL: each group apart, or one estimate from a linear model with the
        columns as covariates (numbers as they are, all else as categories). With several arms
        one of them must hold the arm. A subject without a value in one is set aside, and
        counted.
    primary
        A test of two groups as in `compare_groups`; a rank test stands beside a test of means
        as sensitivity, and the other way round. Without meaning under `adjust`.
    effect
        An effect size of two groups as in `compare_groups`.
    p_adjust
        Over several outcomes, within by-group, test and handling: "holm", "bh", ..., "none".
    population, conf_level
        As in `estimate_response`.
    allow
        The reason why arms are pooled nevertheless; printed in the result.
    seed, resamples
        For permutation tests with more splits than can be counted; then both must be named.

    Returns
    -------
    RespondersResult
        See its attributes; `audit` counts who was compared and who was not, by reason: in each
        by-group, outcome and handling the counts add up to the subjects of the group.

    Raises
    ------
    ArgumentError
        Arms pooled without a reason, a visit or scale that does not exist, or something of
        the plan not written.
    ContractError
        A subject has two scores of the outcome at the visit, or an infinite one.

    Notes
    -----
    Missing values: a subject without the outcome is in no test, and counted in ``n_missing``
    and the audit. What cannot be estimated is null with a ``note``, never an exception.
    Checked against: tests/oracle/responders.csv (R 4.2.2, t.test, wilcox.test, lm, cor.test,
    p.adjust), all columns, relative 1e-9; effect sizes as `hedges_g`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> anxiety = ka.compare_responders(
    ...     ka.load_example("ketamine"), "ASC_ANX", scale="MADRS",
    ...     rule=ka.Response(at_least=0.5), response_visit="Day 14", anxiety_visit="4 h",
    ...     missing="observed", by="TRT01P")
    >>> anxiety.table["missing"].unique().sort().to_list()
    ['nri', 'observed']
    """
    outcomes = _named(outcome)
    columns, covariates = by_columns(by), by_columns(adjust)
    _check_rule(rule, columns, covariates)
    check_conf_level(conf_level)
    check_one_of("primary", primary, tuple(TESTS))
    check_one_of("effect", effect, tuple(EFFECTS))
    _check_family(outcomes, p_adjust)
    handlings = _with_companions(missing)
    scores, from_pandas = _in_order(data), is_pandas(data)
    is_pooled = _check_arms(scores, (*columns, *covariates), allow)

    grid = score_grid(scores, scale, (*columns, *covariates), population=population)
    row = grid.visit_index(response_visit, "response_visit")
    values = {name: _values(scores, grid, name, anxiety_visit) for name in outcomes}
    tests = (primary, *SENSITIVITY.get(primary, ("welch",)))
    cells = cells_of(grid, columns, handlings, rule, row, values)
    key_types = {column: grid.subjects.schema[column] for column in columns}
    methods = Methods(tests, effect, conf_level, p_adjust, Draws(seed, resamples))
    table = table_of(cells, grid, covariates, methods, key_types)
    terms = terms_of(grid.subjects, covariates)
    twin = (
        no_twin(key_types)
        if covariates
        else twin_of(grid, columns, values, rule, row, conf_level, key_types)
    )
    why = allow if is_pooled else None
    return RespondersResult(
        table=table,
        title=title(outcomes, anxiety_visit, scale, response_visit, columns),
        definition=rule,
        audit=audit_of(cells, grid, key_types),
        notes=notes(scale, rule, methods, terms, handlings, why),
        warnings=warnings(table, _visits(scores), anxiety_visit, response_visit),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=from_pandas,
        data=points_of(cells, key_types),
        twin=twin,
        by=columns,
        scale=scale,
        effect=effect,
    )


def _named(outcome: str | Sequence[str]) -> tuple[str, ...]:
    outcomes = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    if not outcomes or len(set(outcomes)) < len(outcomes):
        raise ArgumentError(
            f"outcome must name one scale or several different ones, not {outcome!r}."
        )
    return outcomes


def _check_rule(rule: Any, by: tuple[str, ...], adjust: tuple[str, ...]) -> None:
    if not isinstance(rule, Response | Remission):
        raise ArgumentError(f"rule must be a Response or a Remission, not {rule!r}.")
    both = [column for column in adjust if column in by]
    if both:
        raise ArgumentError(
            f"{listed(both)} cannot stand in both by= and adjust=: within a group it does not vary."
        )


def _check_family(outcomes: tuple[str, ...], p_adjust: str | None) -> None:
    if p_adjust is not None:
        check_one_of("p_adjust", p_adjust, tuple(ADJUSTMENTS))
    elif len(outcomes) > 1:
        raise ArgumentError(
            f"p_adjust= must be written for {len(outcomes)} outcomes, which are one family of "
            f"tests: {listed(map(repr, ADJUSTMENTS))}."
        )


def _with_companions(missing: str | None) -> tuple[str, ...]:
    """Return the handling that was written, then observed cases and nri where it is another."""
    first, *more = chosen_handlings(missing)
    if more:
        raise ArgumentError(
            "missing= must be one handling; the observed-case and the non-responder imputed row "
            "stand beside it anyway."
        )
    return (first, *(name for name in ("observed", "nri") if name != first))


def _in_order(data: Any) -> Any:
    """Return a bare frame as polars in the order of subjects, so that no sum depends on rows."""
    if isinstance(data, Trial):
        return data
    frame = to_polars(data, what="data")
    for column in ("USUBJID", "PARAMCD"):
        if column not in frame.columns:
            raise ArgumentError(
                f"data needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    return frame.sort("USUBJID", maintain_order=True)


def _check_arms(data: Any, apart: tuple[str, ...], allow: str | None) -> bool:
    """Refuse arms that are pooled without a reason; return whether they are pooled."""
    if allow is not None and (not isinstance(allow, str) or not allow.strip()):
        raise ArgumentError(f"allow= must give the reason in words, not {allow!r}.")
    if isinstance(data, Trial):
        arms = data.arms
    else:
        held = data["TRT01P"].drop_nulls().unique().sort() if "TRT01P" in data.columns else ()
        arms = tuple(map(str, held))
    is_pooled = len(arms) > 1 and "TRT01P" not in apart
    if is_pooled and allow is None:
        raise ArgumentError(POOLED.format(arms=listed(arms)))
    return is_pooled


def _values(data: Any, grid: Grid, outcome: str, visit: str) -> Floats:
    """Return the outcome at its visit, in the order of the grid's subjects, shape (n,)."""
    frame = data.adqs if isinstance(data, Trial) else data
    scales = frame["PARAMCD"].unique(maintain_order=True).cast(pl.String).to_list()
    if outcome not in scales:
        raise ArgumentError(
            f"outcome must be one of the scales {listed(map(repr, scales), 20)}, not {outcome!r}."
            f"{near_miss(outcome, scales)}"
        )
    rows = frame.filter((pl.col("PARAMCD") == outcome) & pl.col("AVAL").is_not_null())
    visits = [v for v in _visits(data) if v in set(rows["AVISIT"].cast(pl.String))]
    if visit not in visits:
        raise ArgumentError(
            f"anxiety_visit must be a visit at which {outcome} was scored: "
            f"{listed(map(repr, visits), 20)}; not {visit!r}.{near_miss(visit, visits)}"
        )
    at_visit = rows.filter(pl.col("AVISIT").cast(pl.String) == visit).select(
        "USUBJID", pl.col("AVAL").cast(pl.Float64)
    )
    _check_scores(at_visit, outcome, visit)
    own = grid.subjects.select("USUBJID")
    joined = own.join(at_visit, on="USUBJID", how="left", maintain_order="left")["AVAL"]
    return joined.fill_null(np.nan).to_numpy()


def _check_scores(at_visit: pl.DataFrame, outcome: str, visit: str) -> None:
    infinite = int(at_visit["AVAL"].is_infinite().sum())
    if infinite:
        raise ContractError(f"{outcome} must be finite, but {infinite} of its scores are infinite.")
    twice = at_visit.filter(pl.col("USUBJID").is_duplicated())["USUBJID"].unique().sort()
    if len(twice):
        raise ContractError(
            f"A subject can have one {outcome} score at {visit}; {len(twice)} have several "
            f"({listed(twice, 3)}). Keep the right row, or name the second assessment as a "
            "visit of its own."
        )


def _visits(data: Any) -> list[str]:
    """Return all visits of the data in order."""
    if isinstance(data, Trial):
        return list(data.visits)
    visit = data["AVISIT"]
    if isinstance(visit.dtype, pl.Enum):
        return [str(name) for name in visit.dtype.categories]
    clocks = (c for c in ("AVISITN", "AFRLT") if c in data.columns)
    clock = next(c for c in clocks if data[c].null_count() < data.height)
    times = data.group_by("AVISIT").agg(pl.col(clock).median()).sort(clock, "AVISIT")
    order: list[str] = times["AVISIT"].cast(pl.String).to_list()
    return order
