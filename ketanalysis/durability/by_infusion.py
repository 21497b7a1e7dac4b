"""Response after each infusion: of those who received it, and of all who began."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.infusions import Infused, infused
from ketanalysis.errors import ArgumentError, EstimationError, listed
from ketanalysis.glossary import method_words
from ketanalysis.grid import Groups, by_columns, groups_of
from ketanalysis.population import Population
from ketanalysis.rates.contrasts import check_order, contrast_rows, order_notes
from ketanalysis.rates.criteria import met_by, obstacles
from ketanalysis.rates.handling import chosen_handlings, with_set_aside
from ketanalysis.rates.response import check_methods, with_interval
from ketanalysis.rates.shares import check_baseline, check_rule, population_note
from ketanalysis.results import Result

RECEIVED, BEGAN = "received", "began"
ROWS: dict[str, Any] = {
    "infusion": pl.Int64,
    "denominator": pl.Enum([RECEIVED, BEGAN]),
    "missing": pl.String,
    "count": pl.Int64,
    "n": pl.Int64,
}
AUDIT: dict[str, Any] = {
    "infusion": pl.Int64,
    "denominator": pl.Enum([RECEIVED, BEGAN]),
    "status": pl.String,
    "reason": pl.String,
    "count": pl.Int64,
}
TAKEN = (*ROWS, *AUDIT, "estimate", "conf_low", "conf_high", "method", "contrast", "measure")
MISSING = {
    "observed": "of those who received the infusion, those scored after it",
    "nri": "of those who received the infusion, a missing score counts as failure",
}
OF_ALL = (
    "Of all who began, who did not receive the infusion or has no score after it counts as "
    "without the outcome, also where somebody stopped because of being well."
)
SELECTION = (
    "Who receives many infusions is selected: without effect or with side effects people stop, so "
    "the share of those who received the infusion can rise though nobody improves. Oliver 2022 "
    "(doi:10.4088/JCP.21m14336) gives 50 % response and 20 % remission within 6 weeks, and 72 % "
    "and 38 % after 10 infusions: the latter can only be of those who went on to "
    "10, not of all who began."
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InfusionsResult(Result):
    """Shares after each infusion, over two denominators.

    Attributes
    ----------
    table
        One row a group, infusion and denominator ("received": those who received it; "began":
        all who received a first one): by-columns, infusion, denominator, missing, count, n,
        estimate, conf_low, conf_high, method.
    contrasts
        As in `RatesResult`, one row an infusion and denominator too.
    scale, outcome, by
        As in `RatesResult`.
    """

    kind: ClassVar[str] = "infusions"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    outcome: str = ""
    by: tuple[str, ...] = ()


def estimate_response_by_infusion(
    data: Any,
    scale: str,
    rule: Response | Remission,
    by: str | Sequence[str] | None = None,
    *,
    within: tuple[float, float] | None = None,
    take: str | None = None,
    infusion: str | None = None,
    received: str | None = None,
    missing: str | None = None,
    population: Population = "ITT",
    ci: str = "wilson",
    difference: str | Sequence[str] = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> InfusionsResult:
    """Estimate response or remission after each infusion, over both denominators.

    Answers "how many responded after one infusion, after three, after six?". The two shares
    answer two questions: of those who received so many (who are selected), and of all who
    began. Not the number of infusions until response (`estimate_infusions_to_response`).

    Parameters
    ----------
    data
        A `Trial` with infusions (ADEX), or a bare frame in ADQS columns whose rows number the
        infusion they belong to.
    scale, rule, by, population, ci, difference, conf_level
        As in `estimate_response`; the rule can be a `Remission`.
    within, take
        For a trial, which score belongs to an infusion; both must be written: (least, most)
        hours after its start, and the "first" or the "last" of them. ``within=(20, 28)`` is
        the day after; ``within=(0, 168), take="last"`` the last score before the next
        infusion, within a week.
    infusion, received
        For a bare frame: the column that numbers the infusion of each score (1 is the first;
        empty or 0 in baseline rows), and the column with the number of infusions that a
        subject received (without it, the highest number that the subject has a row for).
    missing
        For those who received the infusion: "observed" (those scored after it) or "nri" (no
        score counts as failure); must be written. Of all who began it is always the latter.

    Returns
    -------
    InfusionsResult
        One row a group, infusion and denominator, for the infusions after which anybody was
        scored.

    Raises
    ------
    ArgumentError, ContractError, EstimationError
        As `estimate_response`; also where there are no infusions, an infusion or a score has
        no time, or nobody was scored within the time.

    Notes
    -----
    Checked against: tests/oracle/infusions.csv (R 4.2.2, from raw scores and infusions in base
    R), counts exact, intervals relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> after = ka.estimate_response_by_infusion(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5), by="TRT01P",
    ...     within=(0, 96), take="last", missing="observed")
    >>> after.table.filter(after.table["infusion"] == 6).select("denominator", "count", "n").rows()
    [('received', 13, 43), ('began', 13, 48), ('received', 23, 39), ('began', 23, 48)]
    """
    check_rule(rule, (Response, Remission), "a Response or a Remission")
    columns, handling = by_columns(by, TAKEN), _one_handling(missing)
    differences = (difference,) if isinstance(difference, str) else tuple(difference)
    check_methods(ci, differences, conf_level)
    given = infused(data, scale, columns, population, within, take, infusion, received)
    grid = given.grid
    check_baseline(grid, rule)
    check_order(grid.subjects, columns)
    numbers = _scored_numbers(given)

    counts = _rows(
        given, columns, numbers, ROWS, lambda k, mask: _counts(given, rule, k, handling, mask)
    )
    table = with_interval(counts, ci, conf_level)
    audit = _rows(
        given, columns, numbers, AUDIT, lambda k, mask: _reasons(given, rule, k, handling, mask)
    )
    title = f"{rule.label.capitalize()} on {scale} by infusion"
    return InfusionsResult(
        table=table,
        contrasts=_contrasts(table, columns, differences, conf_level),
        title=f"{title} and {', '.join(columns)}" if columns else title,
        definition=rule,
        audit=with_set_aside(audit, grid),
        notes=(
            population_note(grid),
            given.note,
            f"Missing scores: {handling}: {MISSING[handling]}. {OF_ALL}",
            *_unscored_note(given, numbers),
            _went_on(given, numbers[-1], groups_of(grid, columns)),
            SELECTION,
            f"{conf_level * 100:g} % intervals: {method_words(ci)}.",
            *order_notes(table, columns),
        ),
        warnings=grid.warnings,
        conf_level=conf_level,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        scale=scale,
        outcome=rule.label,
        by=columns,
    )


def _rows(
    given: Infused,
    columns: tuple[str, ...],
    numbers: Sequence[int],
    schema: Mapping[str, Any],
    made: Callable[[int, NDArray[np.bool_]], list[dict[str, Any]]],
) -> pl.DataFrame:
    """Return what is made of each group after each infusion, one frame."""
    keys: dict[str, Any] = {column: given.grid.subjects.schema[column] for column in columns}
    rows = [
        {**key, "infusion": k} | row
        for key, mask in groups_of(given.grid, columns)
        for k in numbers
        for row in made(k, mask)
    ]
    return pl.DataFrame(rows, schema={**keys, **schema})


def _one_handling(missing: str | None) -> str:
    chosen = chosen_handlings(missing)
    if len(chosen) > 1 or chosen[0] not in MISSING:
        raise ArgumentError(
            'missing must be "observed" or "nri" for those who received the infusion, not '
            f"{missing!r}: a score carried forward would be of an earlier infusion, and all who "
            "began are shown beside them anyway."
        )
    return chosen[0]


def _scored_numbers(given: Infused) -> list[int]:
    """Return the infusions after which anybody was scored, 1 is the first."""
    numbers = [int(k) + 1 for k in np.flatnonzero((~np.isnan(given.scores)).any(axis=1))]
    if not numbers:
        raise EstimationError(f"Nobody has a {given.grid.scale} score that belongs to an infusion.")
    return numbers


def _judged(
    given: Infused, rule: Response | Remission, k: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who meets the rule after infusion k, who is scored, and who can be judged at all."""
    scores = given.scores[k - 1]
    can_judge = np.ones(given.grid.n, dtype=bool)
    for _, who in obstacles(given.grid, rule):
        can_judge &= ~who
    scored = ~np.isnan(scores) & can_judge
    return met_by(given.grid, rule, scores) & scored, scored, can_judge


def _counts(
    given: Infused,
    rule: Response | Remission,
    k: int,
    handling: str,
    mask: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    met, scored, _ = _judged(given, rule, k)
    of = given.received >= k
    of = of & scored if handling == "observed" else of
    whole = given.received >= 1
    return [
        {
            "denominator": name,
            "missing": how,
            "count": np.count_nonzero(met & who & mask),
            "n": np.count_nonzero(who & mask),
        }
        for name, how, who in ((RECEIVED, handling, of), (BEGAN, "nri", whole))
    ]


def _reasons(
    given: Infused,
    rule: Response | Remission,
    k: int,
    handling: str,
    mask: NDArray[np.bool_],
) -> list[dict[str, Any]]:
    """Return everybody of a group once a denominator, with the reason."""
    _, scored, can_judge = _judged(given, rule, k)
    began, came = given.received >= 1, given.received >= k
    reasons = {
        "scored after the infusion": scored,
        "received the infusion, no score after it": came & can_judge & ~scored,
        "did not receive the infusion": began & ~came & can_judge,
        **{reason: who & began for reason, who in obstacles(given.grid, rule)},
        "no infusion": ~began,
    }
    rows = []
    for name, of, is_all in (
        (RECEIVED, came, handling == "nri"),
        (BEGAN, began, True),
    ):
        for reason, who in reasons.items():
            for is_in in (True, False):
                count = np.count_nonzero(who & mask & (of if is_in else ~of))
                counted = is_in and (is_all or reason == "scored after the infusion")
                failed = ": counted as failure" if counted and who is not scored else ""
                row = {"denominator": name, "status": "included" if counted else "excluded"}
                rows.append(row | {"reason": reason + failed, "count": count})
    return [row for row in rows if row["count"]]


def _contrasts(
    table: pl.DataFrame, columns: tuple[str, ...], differences: Sequence[str], conf_level: float
) -> pl.DataFrame:
    by = (*columns, "infusion", "denominator") if columns else ()
    at_one = table.with_columns(AVISIT=pl.lit(""))  # the infusion stands for the visit
    return contrast_rows(at_one, by, differences, conf_level).drop("AVISIT")


def _unscored_note(given: Infused, numbers: Sequence[int]) -> tuple[str, ...]:
    rest = [k for k in range(1, len(given.scores) + 1) if k not in numbers]
    if not rest:
        return ()
    return (
        f"Infusions after which nobody has such a score, not in the table: {listed(rest, 20)}.",
    )


def _went_on(given: Infused, last: int, groups: Groups) -> str:
    """Say how many of those who began received the last infusion of the table."""
    parts = []
    for key, mask in groups:
        name = " / ".join(str(value) for value in key.values())
        n = int(np.count_nonzero((given.received >= last) & mask))
        of = int(np.count_nonzero((given.received >= 1) & mask))
        parts.append(f"{n} of {of}" + (f" ({name})" if name else ""))
    return f"Of all who began, so many received infusion {last}: {', '.join(parts)}."
