"""Do scores differ between responders and non-responders: the question of infusion anxiety.

The literature asks whether anxiety during ketamine infusions goes with non-response (Aust et
al. 2019, doi 10.1016/j.euroneuro.2019.02.005). The traps are known and named here: two arms
pooled, response by observed scores only, an outcome measured after the response, many
subscales uncorrected, and a dichotomy instead of the continuous improvement.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.frames import is_pandas
from ketanalysis.grid import by_columns, score_grid
from ketanalysis.groups import responder_beside as beside
from ketanalysis.groups.covariates import terms_of
from ketanalysis.groups.effect_sizes import EFFECTS
from ketanalysis.groups.equivalence import check_margin
from ketanalysis.groups.group_tests import TESTS
from ketanalysis.groups.resampling import Draws
from ketanalysis.groups.responder_cells import Cell, Types, audit_of, cells_of, points_of
from ketanalysis.groups.responder_family import FAMILY_SCHEMA, check_family, family_rows
from ketanalysis.groups.responder_rows import table_of
from ketanalysis.groups.responder_scores import (
    baseline_values,
    check_arms,
    check_unit,
    in_order,
    values_at,
    visits_of,
)
from ketanalysis.groups.responder_twin import CONTINUOUS_SCHEMA, continuous_of, no_twin, twin_of
from ketanalysis.groups.responder_words import Beside, notes, pooled_words, title, warnings
from ketanalysis.groups.responders_result import Methods, RespondersResult
from ketanalysis.rates.handling import chosen_handlings

BASE = "BASE"
SENSITIVITY = dict.fromkeys(("welch", "student", "permutation"), ("mann-whitney",))


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
    margin: float | None = None,
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
        counted. "BASE" in `adjust` is the baseline of the outcome itself; dose is a column of
        ADSL.
    primary
        A test of two groups as in `compare_groups`; a rank test stands beside a test of means
        as sensitivity, and the other way round. Without meaning under `adjust`.
    effect
        An effect size of two groups as in `compare_groups`.
    p_adjust
        Over several outcomes, within by-group, test and handling: "holm", "bh", ..., "none",
        or "max-t" (step-down max-T of Westfall and Young, which uses how the outcomes go
        together; needs seed and resamples where the splits cannot be counted).
    population, conf_level
        As in `estimate_response`.
    margin
        The smallest difference in points that would matter: adds tests of equivalence. A
        clinical judgement made before the data, without a default.
    allow
        The reason why arms are pooled, or scores that look like 0 to 10 are right as 0 to 100,
        nevertheless; printed in the result.
    seed, resamples
        For permutation tests and max-T with more splits than can be counted, then both must be
        named; with both, bootstrap intervals stand among the effects.

    Returns
    -------
    RespondersResult
        See its attributes; `audit` counts who was compared and who was not, by reason: in each
        by-group, outcome and handling the counts add up to the subjects of the group.

    Raises
    ------
    ArgumentError
        Arms pooled without a reason, scores of 0 to 100 that look like 0 to 10, a mean over
        several visits asked for, a visit or scale that does not exist, or something of the plan
        not written.
    ContractError
        A subject has two scores of the outcome at the visit, or an infinite one.

    Notes
    -----
    Missing values: a subject without the outcome is in no test, and counted in ``n_missing``
    and the audit. What cannot be estimated is null with a ``note``, never an exception.
    Checked against: tests/oracle/responders.csv (R 4.2.2, t.test, wilcox.test, lm, cor.test,
    p.adjust), all columns, relative 1e-9; effect sizes as `hedges_g`; what stands beside, each
    in its own module (tests/oracle/infusion_anxiety.csv). Error rates and coverage with 31
    subjects: tests/simulation/responder_error_rates.csv.

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
    outcomes, visit = _named(outcome), _one_visit(anxiety_visit)
    columns, covariates = by_columns(by), by_columns(adjust)
    check_rule(rule, columns, covariates)
    check_conf_level(conf_level)
    check_one_of("primary", primary, tuple(TESTS))
    check_one_of("effect", effect, tuple(EFFECTS))
    check_family(outcomes, p_adjust, covariates)
    if margin is not None:
        check_margin(margin)
    handlings = with_companions(missing)
    scores, from_pandas = in_order(data), is_pandas(data)
    pooling = check_arms(scores, (*columns, *covariates), allow)

    of_adsl = tuple(name for name in covariates if name != BASE)
    grid = score_grid(scores, scale, (*columns, *of_adsl), population=population)
    row = grid.visit_index(response_visit, "response_visit")
    values = {name: values_at(scores, grid, name, visit) for name in outcomes}
    units = [check_unit(scores, name, allow, margin) for name in outcomes]
    has_base = BASE in covariates
    bases = {name: baseline_values(scores, grid, name) for name in outcomes if has_base}
    draws = Draws(seed, resamples)
    tests = (primary, *SENSITIVITY.get(primary, ("welch",)))
    methods = Methods(tests, effect, conf_level, p_adjust, draws, margin)
    cells = cells_of(grid, columns, handlings, rule, row, values, bases)
    types = {column: grid.subjects.schema[column] for column in columns}
    table = table_of(cells, covariates, methods, types)
    terms = terms_of(grid.subjects, of_adsl) | ({BASE: "a number"} if has_base else {})
    has_raw = not (pooling.has_several and "TRT01P" not in columns and not pooling.is_allowed)
    frames = _beside(cells, covariates, methods, types, has_raw=has_raw)
    sentences = Beside(frames["power"], frames["equivalence"], frames["leaving"])
    allowed = [pooled_words(str(allow))] if pooling.is_allowed else []
    allowed += [words.allowed for words in units if words.allowed]
    twin = twin_of(cells, grid, rule, row, conf_level, types)
    continuous = continuous_of(cells, grid, covariates, row, conf_level, has_raw=has_raw)
    return RespondersResult(
        table=table,
        title=title(outcomes, visit, scale, response_visit, columns),
        definition=rule,
        audit=audit_of(cells, grid, types),
        notes=notes(scale, rule, methods, terms, handlings, outcomes, sentences, columns, allowed),
        warnings=(
            *warnings(table, visits_of(scores), visit, response_visit, scale),
            *(words.warning for words in units if words.warning),
        ),
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=from_pandas,
        data=points_of(cells, types),
        twin=no_twin(types) if covariates else twin,
        **frames,
        multiplicity=beside.frame_of(
            family_rows(table, cells, columns, draws), FAMILY_SCHEMA, types
        ),
        continuous=beside.frame_of(continuous, CONTINUOUS_SCHEMA, types),
        by=columns,
        scale=scale,
        effect=effect,
    )


def _beside(
    cells: Sequence[Cell],
    covariates: Sequence[str],
    methods: Methods,
    types: Types,
    *,
    has_raw: bool,
) -> dict[str, Any]:
    """Return the frames beside the table; without raw rows where these would pool the arms."""
    level, raw = methods.conf_level, cells if has_raw else ()
    effects = beside.effects_of(cells, covariates, methods, has_raw=has_raw)
    made = {
        "effects": (effects, beside.EFFECTS_SCHEMA),
        "bayes": (beside.bayes_of(raw), beside.BAYES_SCHEMA),
        "power": (beside.power_of(cells, level), beside.POWER_SCHEMA),
        "equivalence": (beside.equivalence_of(raw, methods), beside.EQUIVALENCE_SCHEMA),
        "two_part": (beside.two_part_of(raw, level), beside.TWO_PART_SCHEMA),
        "leaving": (beside.leaving_of(cells, level), beside.LEAVING_SCHEMA),
    }
    return {name: beside.frame_of(rows, schema, types) for name, (rows, schema) in made.items()}


def _named(outcome: str | Sequence[str]) -> tuple[str, ...]:
    outcomes = (outcome,) if isinstance(outcome, str) else tuple(outcome)
    if not outcomes or len(set(outcomes)) < len(outcomes):
        raise ArgumentError(
            f"outcome must name one scale or several different ones, not {outcome!r}."
        )
    return outcomes


def check_rule(rule: Any, by: tuple[str, ...], adjust: tuple[str, ...]) -> None:
    """Refuse what is no definition, and a column that is both a group and a covariate."""
    if not isinstance(rule, Response | Remission):
        raise ArgumentError(f"rule must be a Response or a Remission, not {rule!r}.")
    both = [column for column in adjust if column in by]
    if both:
        raise ArgumentError(
            f"{listed(both)} cannot stand in both by= and adjust=: within a group it does not vary."
        )


def _one_visit(anxiety_visit: Any) -> str:
    if isinstance(anxiety_visit, str):
        return anxiety_visit
    raise ArgumentError(
        f"anxiety_visit must be one visit, not {anxiety_visit!r}. A mean over infusions compares "
        "other infusions in non-responders than in responders wherever these got fewer or other "
        "doses; compare_responders_over_infusions keeps each infusion apart."
    )


def with_companions(missing: str | None) -> tuple[str, ...]:
    """Return the handling that was written, then observed cases and nri where it is another."""
    first, *more = chosen_handlings(missing)
    if more:
        raise ArgumentError(
            "missing= must be one handling; the observed-case and the non-responder imputed row "
            "stand beside it anyway."
        )
    return (first, *(name for name in ("observed", "nri") if name != first))
