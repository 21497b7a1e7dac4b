"""Who came in, who left and why, who was analysed; and who was scored at each visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import ArgumentError, listed, near_miss
from ketanalysis.participants.disposition_words import disposition_notes
from ketanalysis.participants.dropout import (
    PATTERNS,
    Seen,
    dropout_rows,
    pattern_rows,
)
from ketanalysis.participants.dropout import ROWS as DROPOUT
from ketanalysis.participants.everybody import everybody_of_frame, everybody_of_trial
from ketanalysis.participants.flow import Stage, stages_of
from ketanalysis.participants.flow_rows import (
    CHECKS,
    ROWS,
    data_findings,
    flow_findings,
    flow_rows,
    log_rows,
)
from ketanalysis.participants.subject_rows import Group, groups_of_rows
from ketanalysis.rates.contrasts import check_order
from ketanalysis.results import Result
from ketanalysis.trial import Trial

AUDIT = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
TAKEN = tuple({**ROWS, **CHECKS, **DROPOUT, **PATTERNS, **AUDIT})


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DispositionResult(Result):
    """The flow of the subjects through the trial.

    Attributes
    ----------
    table
        One row a group, stage and reason: the by-column (null for all subjects), stage,
        reason, count, total. The reason "reached" counts those who reached the stage, any
        other those who did not; `total` is the number in the stage before.
    dropout
        One row a group and visit: total, n_scored, n_intermittent, n_left, n_never, n_ongoing
        (which add up to total), n_last. Empty where there are no scores.
    patterns
        One row a group and pattern of missing scores: pattern, kind, count, total.
    checks
        One row a group and arrow: total in, count and n_out out, and their discrepancy.
    by
        The by-column, or nothing.
    stages
        (role, words, source, parent) of each stage, in order.
    scale
        PARAMCD of the scores that `dropout` counts, "" for any.
    """

    kind: ClassVar[str] = "disposition"

    dropout: pl.DataFrame
    patterns: pl.DataFrame
    checks: pl.DataFrame
    by: tuple[str, ...] = ()
    stages: tuple[tuple[str, str, str, str], ...] = ()
    scale: str = ""


def tabulate_disposition(
    data: Any,
    by: str | None = None,
    *,
    scale: str | None = None,
    screened: int | None = None,
    not_randomised: Mapping[str, int] = MappingProxyType({}),
    subject: str = "USUBJID",
) -> DispositionResult:
    """Follow the subjects from screening to analysis, and count who left when and why.

    Answers "who left, and does every arrow of the flow diagram add up?". Not for the time to
    drop-out (`estimate_survival` on such times); nothing here is estimated.

    Parameters
    ----------
    data
        A `Trial`; a frame with one row a subject in ADSL columns (flow only); or a frame of
        scores with USUBJID, AVISIT and AVAL (drop-out, and the last score as the flow).
    by
        The column of the arms, such as "TRT01P"; None is all subjects together.
    scale
        The scale whose scores say who was seen at a visit; None is any scale.
    screened, not_randomised
        From the screening log, where the data hold randomised subjects only: how many were
        screened, and why others were not randomised (reason → number).
    subject
        The column of a bare frame that identifies a subject.

    Returns
    -------
    DispositionResult
        `table` (the flow), `dropout`, `patterns`, `checks`; `plot()` draws the flow diagram,
        ``plot(kind="dropout")`` who is left at each visit. An arrow that does not add up, and
        columns that contradict each other, are among the warnings.

    Raises
    ------
    ArgumentError
        A name that does not exist; arms without an order; a screening log beside data that
        hold the screened.
    ContractError
        A status or flag that CDISC does not have; a bare frame of several rows a subject.

    Notes
    -----
    Sources, in this order: randomised by RANDFL or ENRLFL, else those with an arm, else all;
    treated by SAFFL, else by an infusion; treatment completed by EOTSTT (reasons: DCTREAS);
    study completed by EOSSTT (DCSREAS), else COMPLFL, else no discontinuation or death in
    ADICE, else a score at the last visit; analysed by ITTFL, FASFL, PPROTFL. A stage whose
    column is not there is left out, or bears the name of what is known.
    Missing values: an empty reason or status is counted as not recorded. A score that is
    missing does not make a subject seen.
    Sources: CONSORT 2010, Schulz, BMJ 340:c332, and CONSORT 2025, Hopewell, BMJ 389:e081123,
    flow diagram; CDISC ADaM Implementation Guide 1.3 for the names.
    Checked against: tests/oracle/disposition.csv (R 4.2.2, base R), all counts, exact; counts
    by hand and real trials in tests/participants/test_disposition.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> flow = ka.tabulate_disposition(ka.load_example("ketamine"), by="TRT01P")
    >>> flow.checks["discrepancy"].sum()
    0
    """
    columns = _column(by)
    given = (
        everybody_of_trial(data, scale)
        if isinstance(data, Trial)
        else everybody_of_frame(data, scale, subject, by)
    )
    _check_by(given.subjects, by)
    check_order(given.subjects, columns)
    stages = stages_of(given.subjects, given.known, given.who)
    groups = _groups(given.subjects, columns)
    rows, checks = flow_rows(stages, groups)
    if screened is not None or not_randomised:
        _check_log(stages, screened, not_randomised)
        logged, checked = log_rows(_entered(stages), screened or 0, not_randomised, columns)
        rows, checks = [*logged, *rows], [*checked, *checks]
    keys = {column: given.subjects.schema[column] for column in columns}
    table = pl.DataFrame(rows, schema={**keys, **ROWS})
    checks_table = pl.DataFrame(checks, schema={**keys, **CHECKS})
    in_flow = [_within(group, _entered(stages)) for group in groups]
    described = _described(stages, screened is not None)
    parents = {words: parent for _, words, _, parent in described}
    return DispositionResult(
        table=table,
        dropout=_frame(given.seen, dropout_rows, in_flow, keys, DROPOUT),
        patterns=_frame(given.seen, pattern_rows, in_flow, keys, PATTERNS),
        checks=checks_table,
        title=f"Flow of the subjects by {by}" if by else "Flow of the subjects",
        audit=_audit(stages, given.subjects.height, by, given.subjects),
        notes=disposition_notes(described, given.seen, scale, given.visits),
        warnings=(
            *flow_findings(checks_table, by, parents),
            *data_findings(given.subjects, given.known),
            *_without_arm(given.subjects, _entered(stages), by),
            *_empty(groups),
        ),
        simulated=given.simulated,
        from_pandas=given.from_pandas,
        by=columns,
        stages=described,
        scale=scale or "",
    )


def _column(by: object) -> tuple[str, ...]:
    if by is None:
        return ()
    if not isinstance(by, str):
        raise ArgumentError(f"by must be the name of one column, or None, not {by!r}.")
    if by in ("USUBJID", *TAKEN):
        raise ArgumentError(
            f"by cannot name the column {by!r}, which the result uses itself; rename it."
        )
    return (by,)


def _frame(
    held: Seen | None, make: Any, groups: Sequence[Group], keys: Mapping[str, Any], schema: Any
) -> pl.DataFrame:
    columns = {**keys, **schema}
    if held is None:
        return pl.DataFrame(schema=columns)
    if "AVISIT" in schema:
        columns["AVISIT"] = pl.Enum(held.visits)
    return pl.DataFrame(make(held, groups), schema=columns)


def _groups(subjects: pl.DataFrame, columns: tuple[str, ...]) -> list[Group]:
    """Return all subjects, then each arm; a subject without an arm is only among all."""
    everybody = groups_of_rows(subjects, ())
    if not columns:
        return everybody
    known = subjects.drop_nulls(list(columns))
    place = subjects.select(columns[0]).to_series()
    arms = groups_of_rows(known, columns)
    return [
        *everybody,
        *(
            Group(arm.label, arm.keys, (place == arm.keys[columns[0]]).fill_null(False).to_numpy())
            for arm in arms
        ),
    ]


def _within(group: Group, entered: Stage) -> Group:
    return Group(group.label, group.keys, group.members & entered.members)


def _entered(stages: Sequence[Stage]) -> Stage:
    return next(stage for stage in stages if stage.role == "entered")


def _described(stages: Sequence[Stage], is_logged: bool) -> tuple[tuple[str, str, str, str], ...]:
    rows = [(stage.role, stage.words, stage.source, stage.parent) for stage in stages]
    if not is_logged:
        return tuple(rows)
    log = ("screened", "screened", "screening log", "")
    return (log, *((r, w, s, "screened" if r == "entered" else p) for r, w, s, p in rows))


def _check_by(subjects: pl.DataFrame, by: str | None) -> None:
    if by is not None and by not in subjects.columns:
        raise ArgumentError(
            f"by needs a column of the subjects, not {by!r}; there are "
            f"{listed(subjects.columns, 20)}.{near_miss(by, subjects.columns)}"
        )


def _check_log(
    stages: Sequence[Stage], screened: object, not_randomised: Mapping[str, int]
) -> None:
    """Refuse a screening log that the data contradict, or numbers that are none."""
    if screened is None:
        raise ArgumentError("not_randomised= needs screened=: how many were screened.")
    numbers = {
        "screened": screened,
        **{f"not_randomised[{k!r}]": v for k, v in not_randomised.items()},
    }
    for name, given in numbers.items():
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            raise ArgumentError(f"{name} must be a whole number of 0 or more, not {given!r}.")
    if stages[0].role == "screened":
        raise ArgumentError(
            "screened= is for data that hold randomised subjects only; here ADSL holds "
            f"{len(stages[0].members)} subjects who were screened."
        )
    n = int(_entered(stages).members.sum())
    if int(numbers["screened"]) < n:  # type: ignore[call-overload]
        raise ArgumentError(
            f"screened must be at least the {n} who were {_entered(stages).words}, not {screened}."
        )


def _audit(stages: Sequence[Stage], n: int, by: str | None, subjects: pl.DataFrame) -> pl.DataFrame:
    entered = _entered(stages)
    inside = int(entered.members.sum())
    rows = [("included", f"{entered.words} ({entered.source})", inside)]
    if n > inside:
        rows.append(("excluded", f"not {entered.words}", n - inside))
    return pl.DataFrame(rows, schema=AUDIT, orient="row")


def _without_arm(subjects: pl.DataFrame, entered: Stage, by: str | None) -> list[str]:
    if by is None:
        return []
    lacking = int((subjects[by].is_null().to_numpy() & entered.members).sum())
    if not lacking:
        return []
    return [f"{lacking} {entered.words} without {by}: among all subjects, and in no arm."]


def _empty(groups: Sequence[Group]) -> list[str]:
    empty = [group.label for group in groups if group.keys and not group.n]
    return [f"Groups without subjects: {listed(empty)}."] if empty else []
