"""Which side effects, in whom: subjects with the event out of those exposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from ketanalysis.adverse_events.overview import overview_of, per_subject
from ketanalysis.adverse_events.records import Records, adverse_event_records
from ketanalysis.adverse_events.shares import (
    collapsed,
    counted,
    share_contrasts,
    with_bounds,
    with_intervals,
)
from ketanalysis.adverse_events.times import timed, times_of
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed
from ketanalysis.glossary import method_words
from ketanalysis.rates.contrasts import has_order, reference_of
from ketanalysis.rates.proportions import INTERVALS
from ketanalysis.rates.two_proportions import RISK_DIFFERENCES
from ketanalysis.results import Result
from ketanalysis.trial import Trial


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AdverseEventsResult(Result):
    """Subjects with each event by group.

    Attributes
    ----------
    table
        One row a group and event: by-columns, ascertainment, AEDECOD, count (subjects with the
        event at least once), n (exposed), n_events (records), estimate (0 to 1), conf_low,
        conf_high, method, and rule_of_three and bound where nobody had it. The first event,
        "Any event", counts subjects with at least one; then the most frequent first. A group
        without the event has its row, with count 0. With classes a column AESOC; the row of a
        class has AEDECOD "Any event". Several ways of asking have a block of rows each.
    contrasts
        Risk difference, risk ratio and odds ratio of each event, each group with the first.
    severity
        As `table`, with AESEV: subjects by the worst severity of their records of the event.
    overview
        Subjects with any event, serious, severe and related ones, and those that led to
        stopping, a lower dose or an interruption: column ``category``.
    per_subject
        Records a subject by group, those without an event as 0.
    times
        Onset after the start of the infusion and duration, in hours, by group and event.
    events
        One row a record, in no order of subjects: by-columns, ascertainment, AEDECOD, AESEV,
        onset and duration in hours; no identifier.
    by
        The by-columns.
    ways
        Ways of asking, in order.
    """

    kind: ClassVar[str] = "adverse events"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    severity: pl.DataFrame = field(default_factory=pl.DataFrame)
    overview: pl.DataFrame = field(default_factory=pl.DataFrame)
    per_subject: pl.DataFrame = field(default_factory=pl.DataFrame)
    times: pl.DataFrame = field(default_factory=pl.DataFrame)
    events: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()


def estimate_adverse_events(
    trial: Trial,
    by: str | Sequence[str] | None = None,
    *,
    only: str | Sequence[str] = (),
    related: Sequence[str] | None = None,
    by_class: bool = False,
    ascertainment: str | Sequence[str] | None = None,
    allow: str | None = None,
    ci: str = "clopper-pearson",
    difference: str = "miettinen-nurminen",
    conf_level: float = 0.95,
) -> AdverseEventsResult:
    """Estimate the share of exposed subjects who had each adverse event at least once.

    Answers "which side effects, in whom, how badly, when?". It counts subjects, never events:
    ten episodes in one subject are one, at their worst severity. Not for how often an event
    comes at an infusion (`estimate_adverse_events_by_infusion`) or in time
    (`estimate_adverse_event_rates`).

    Parameters
    ----------
    trial
        A `Trial` with ADAE.
    by
        Columns of ADSL; None is overall. The groups of the first are compared, each with the
        first group, where they have a declared order.
    only
        Count only events that are "treatment-emergent", "serious", "severe" or "related", or
        several of these at once; without it all.
    related
        The values of AEREL that mean related to the treatment; never guessed.
    by_class
        Whether terms stand within their classes (AESOC), which then have rows too.
    ascertainment
        Count only events that were asked for in this way (AEASCERT), or these ways.
    allow
        The reason for counting different ways of asking together. Without it each way has
        rows of its own.
    ci
        Name of the interval, as in `estimate_response`; exact by default.
    difference
        Name of the interval of the risk difference, as in `estimate_response`.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    AdverseEventsResult
        Exposed are the subjects with SAFFL = Y, else those with an infusion, else all.

    Raises
    ------
    ArgumentError
        The trial has no adverse events, or a column, kind or way of asking does not exist.
    ContractError
        An event is called "Any event", as the total is.
    EstimationError
        Nobody was exposed.

    Notes
    -----
    Missing values: an event without a name (AEDECOD) counts in "Any event" only. A subject
    who was not exposed, or has no value in `by`, is not counted; the audit says how many there
    are, and how many of them had events. An event without TRTEMFL counts as treatment-emergent
    unless its AFRLT is below 0; one without AESER, AESEV or AEREL is not of that kind, and the
    notes say how many there are.
    Without `only`, events from before treatment are counted, and a note says how many there
    are: by TRTEMFL where ADAE has it, else by AFRLT below 0.
    Where nobody had the event, ``rule_of_three`` is 3 / n and ``bound`` the exact one-sided
    upper bound at `conf_level` (Hanley and Lippman-Hand 1983, JAMA 249:1743).
    Checked against: counted by hand in tests/adverse_events/test_incidence.py; intervals as
    tests/oracle/proportions.csv, contrasts as tests/oracle/two_proportions.csv.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> events = ka.estimate_adverse_events(ka.load_example("ketamine"), by="TRT01P")
    >>> events.table["AEDECOD"][0]
    'Any event'
    >>> events.inline("Anxiety", arm="ketamine")
    '20/48 (42 %; 95 % CI 28 to 57), asked for by checklist'
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    check_one_of("difference", difference, tuple(RISK_DIFFERENCES))
    asked: dict[str, Any] = {"ascertainment": ascertainment, "allow": allow}
    records = adverse_event_records(trial, by, only=only, related=related, **asked)
    if by_class and "AESOC" not in records.events.columns:
        raise ArgumentError(
            "by_class needs AESOC (system organ class) in ADAE; it has "
            f"{listed([c for c in trial.adae.columns], 20)}."  # type: ignore[union-attr]
        )
    once = collapsed(records, with_class=by_class)
    table = with_bounds(with_intervals(counted(once, records), ci, conf_level), conf_level)
    contrasts = share_contrasts(table, records.by, difference, conf_level)
    overview, of_overview = overview_of(records, related, ci, conf_level)
    events, of_times = timed(records, trial.adex)
    return AdverseEventsResult(
        table=table,
        title=f"Subjects with {records.title}",
        audit=records.audit,
        notes=(
            f"Exposed: {records.who}. Each subject counts once an event.",
            *records.notes,
            *_collapsed_note(once, records, by_class),
            *of_overview,
            *of_times,
            *_zero_note(table, conf_level),
            f"{conf_level * 100:g} % intervals: {method_words(ci)}.",
            *_contrast_notes(contrasts, table, records, difference),
        ),
        warnings=records.warnings,
        conf_level=conf_level,
        simulated=trial.simulated,
        contrasts=contrasts,
        severity=_severity(once, records, ci, conf_level),
        overview=overview,
        per_subject=per_subject(records),
        times=times_of(events, records),
        events=_shown(events, records),
        by=records.by,
        ways=records.ways,
    )


def _severity(once: pl.DataFrame, records: Records, ci: str, conf_level: float) -> pl.DataFrame:
    """Return subjects by event and worst severity; empty where no severity is recorded."""
    if "AESEV" not in records.events.columns:
        return pl.DataFrame()
    rows = counted(once, records, ("AESEV",)).drop("n_events")
    return with_intervals(rows, ci, conf_level)


def _shown(events: pl.DataFrame, records: Records) -> pl.DataFrame:
    """Return the records without their subjects, in an order that tells nothing of them."""
    kept = [c for c in ("AEDECOD", "AESEV", "onset", "duration") if c in events.columns]
    rows = events.select(*records.by, "ascertainment", *kept)
    return rows.with_columns(pl.col("onset", "duration").cast(pl.Float64)).sort(
        [*records.by, "ascertainment", *kept]
    )


def _collapsed_note(once: pl.DataFrame, records: Records, by_class: bool) -> tuple[str, ...]:
    """Say how many records became how many pairs of a subject and an event."""
    keys = ["AESOC"] if by_class else []
    named = once.filter(pl.col("AEDECOD") != "Any event").select("USUBJID", *keys, "AEDECOD")
    records_named = records.events.drop_nulls("AEDECOD").height
    pairs = named.height
    if records_named == pairs:
        return ()
    worst = ", at the worst severity" if "AESEV" in records.events.columns else ""
    return (
        f"{records_named} records are {pairs} pairs of a subject and an event: records of the same "
        f"event count once{worst}.",
    )


def _zero_note(table: pl.DataFrame, conf_level: float) -> tuple[str, ...]:
    none = table.filter(pl.col("bound").is_not_null())
    if none.is_empty():
        return ()
    sizes = none.unique(["n"]).sort("n", descending=True)
    said = "; ".join(
        f"3/{row['n']} = {100 * row['rule_of_three']:.1f} %, exact one-sided "
        f"{conf_level * 100:g} % bound {100 * row['bound']:.1f} %"
        for row in sizes.iter_rows(named=True)
    )
    return (
        "Where nobody had an event, this share may still have it by the rule of three (at 95 %): "
        f"{said}.",
    )


def _contrast_notes(
    contrasts: pl.DataFrame, table: pl.DataFrame, records: Records, difference: str
) -> tuple[str, ...]:
    if not records.by:
        return ()
    groups = table[records.by[0]]
    if not has_order(groups):
        return (
            f"No contrasts: the groups of {records.by[0]} have no declared order, so none is the "
            "reference.",
        )
    if contrasts.is_empty():
        return ()
    return (
        f"Contrasts: each group minus {reference_of(groups)}; risk differences by "
        f"{method_words(difference)}, ratios by Miettinen-Nurminen score intervals; no adjustment "
        "for the number of events.",
    )
