"""What happened to each subject, and when: infusions, states, events, the end of follow-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.definitions import Among, RelapseRule, Remission, Response
from ketanalysis.durability.adtte import HOURS_PER_DAY, check_times
from ketanalysis.durability.happenings import Course, course_of
from ketanalysis.durability.plan import REDOSE, check_plan
from ketanalysis.durability.rows import relapse_rows
from ketanalysis.durability.runs import in_order_of_time
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.grid import Grid, by_columns, groups_of, score_grid
from ketanalysis.individual.spells import Spells, find_spells
from ketanalysis.population import Population
from ketanalysis.rates.criteria import met_by
from ketanalysis.rates.handling import with_set_aside
from ketanalysis.results import Result
from ketanalysis.trial import Trial

Floats = NDArray[np.float64]
INFUSION, RELAPSE = "infusion", "relapse"
LEAVING = ("death", "discontinuation")  # what ends a subject's follow-up
ENDS = (*LEAVING, "last visit", "no later score")
LANES = {
    "number": pl.Int64,
    "duration": pl.Float64,
    "end": pl.String,
    "n_infusion": pl.Int64,
    "last_visit": pl.String,
}
EVENTS = {"number": pl.Int64, "event": pl.String, "time": pl.Float64}
SPELLS = {
    "number": pl.Int64,
    "state": pl.String,
    "start": pl.Float64,
    "stop": pl.Float64,
    "lost": pl.Boolean,
}
STATES = ("response", "remission")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class CourseResult(Result):
    """The course of every subject: lanes, events and spells, for a swimmer plot.

    Attributes
    ----------
    table
        The lanes, one row a subject, by group and then the longest first: ``number`` (a
        running number, no identifier), by-columns, duration (days from the first infusion to
        the last score, infusion or event), end ("death", "discontinuation", "last visit":
        scored at the last visit, "no later score"), n_infusion, last_visit. USUBJID only where
        it was asked for.
    events
        One row an event: number, event ("infusion", "response reached", "response lost",
        "remission reached", "remission lost", "relapse", and the kinds of ADICE), time (days
        since the first infusion).
    spells
        One row a spell of response or remission: number, state, start, stop (days), lost
        (false where it lasted to the last assessment).
    scale, by, states
        The scale, the by-columns, and which of "response" and "remission" were declared.
    last_visit
        The last visit at which anybody was scored.
    relapse
        The relapse rule, or None.
    """

    kind: ClassVar[str] = "course"

    events: pl.DataFrame = field(default_factory=pl.DataFrame)
    spells: pl.DataFrame = field(default_factory=pl.DataFrame)
    scale: str = ""
    by: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    last_visit: str = ""
    relapse: RelapseRule | None = None

    @property
    def lanes(self) -> pl.DataFrame:
        """The table: one row a subject."""
        return self.table


def tabulate_course(
    data: Any,
    scale: str,
    by: str | Sequence[str] | None = None,
    *,
    response: Response | None = None,
    remission: Remission | None = None,
    relapse: RelapseRule | None = None,
    among: Among | None = None,
    redose: str | None = None,
    population: Population = "ITT",
    show_ids: bool = False,
) -> CourseResult:
    """Tabulate what happened to each subject and when, for a swimmer plot.

    Answers "what was each subject's course?". Not an estimate: shares free of relapse over
    time are `estimate_relapse`, which counts who is at risk.

    Parameters
    ----------
    data
        A `Trial`, or a frame in ADQS columns with AFRLT (which has no infusions and no events).
    scale, by, population
        As in `estimate_response`.
    response, remission
        The definitions whose spells are shown, by observed scores after the first infusion; at
        least one of the three must be written.
    relapse, among, redose
        The relapse rule, who enters it, and what a further infusion does, as in
        `time_to_relapse`; `among`, and `redose` where there are infusions, must then be
        written.
    show_ids
        Whether the table holds USUBJID.

    Returns
    -------
    CourseResult
        See its attributes; everybody of the population has a lane.

    Raises
    ------
    ArgumentError
        No definition at all, or as `estimate_response` and `time_to_relapse`.
    ContractError
        A score, infusion or event without a time.
    EstimationError
        A response is declared and no subject has a baseline.

    Notes
    -----
    Missing values: a state is known at assessments only: it begins at the first one that
    meets the rule and ends at the next one that does not; a missed visit changes nothing. Who
    has no score, infusion or event has no duration.
    Checked against: worked by hand in tests/individual/test_course.py; the relapses are those
    of `time_to_relapse`.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> course = ka.tabulate_course(
    ...     ka.load_example("ketamine"), "MADRS", by="TRT01P",
    ...     response=ka.Response(at_least=0.5), remission=ka.Remission(at_most=10))
    >>> course.lanes["end"].unique().sort().to_list()
    ['discontinuation', 'last visit']
    """
    rules = _declared(response, remission, relapse)
    columns = by_columns(by, (*LANES, *EVENTS, *SPELLS))
    if relapse is not None:
        among, _ = check_plan(data, scale, relapse, among, "first infusion", redose)
    grid = score_grid(data, scale, columns, population=population)
    _check_baseline(grid, response)
    check_times(grid, np.ones(grid.n, dtype=bool), "The course")
    course = course_of(data, grid)
    _check_dated(course)

    spells = {state: _spells(grid, rule) for state, rule in rules.items()}
    happened = _happened(course, spells)
    if relapse is not None and among is not None:
        happened[RELAPSE] = _relapses(data, grid, course, relapse, among, redose)
    lanes = _lanes(grid, course)
    order = _order(lanes, columns)
    number = np.empty(grid.n, dtype=np.int64)
    number[order] = np.arange(1, grid.n + 1)
    kept = ["number", *(["USUBJID"] if show_ids else []), *columns, *list(LANES)[1:]]
    table = lanes.with_columns(pl.Series("number", number)).sort("number").select(kept)
    title = f"Course of each subject on {scale}"
    return CourseResult(
        table=table,
        title=f"{title} by {', '.join(columns)}" if columns else title,
        definition=response or remission or relapse,
        audit=_audit(grid, lanes, columns),
        notes=_notes(data, grid, rules, relapse, among, redose),
        warnings=grid.warnings,
        simulated=grid.simulated,
        from_pandas=grid.from_pandas,
        events=_event_rows(happened, number),
        spells=_spell_rows(spells, number),
        scale=scale,
        by=columns,
        states=tuple(rules),
        last_visit=grid.visits[-1],
        relapse=relapse,
    )


def _declared(
    response: Response | None, remission: Remission | None, relapse: RelapseRule | None
) -> dict[str, Response | Remission]:
    """Return the states that were declared; refuse none at all, and what is no definition."""
    if response is not None and not isinstance(response, Response):
        raise ArgumentError(f"response must be a Response, not {response!r}.")
    if remission is not None and not isinstance(remission, Remission):
        raise ArgumentError(f"remission must be a Remission, not {remission!r}.")
    if response is None and remission is None and relapse is None:
        raise ArgumentError(
            "A course needs at least one definition: response=, remission= or relapse=, for "
            "example response=Response(at_least=0.5)."
        )
    both = {"response": response, "remission": remission}
    return {state: rule for state, rule in both.items() if rule is not None}


def _check_baseline(grid: Grid, response: Response | None) -> None:
    if response is not None and np.isnan(grid.baseline).all():
        raise EstimationError(
            f"Response needs a baseline, and no subject has a {grid.scale} baseline. Flag the "
            'baseline rows (ABLFL = "Y"), or name baseline_visit= or baseline= in as_trial.'
        )


def _check_dated(course: Course) -> None:
    """Refuse infusions and events without a time, which would be missing from a lane."""
    for table, happened in (("ADEX", course.infusions), ("ADICE", course.events)):
        lacking = int(np.isnan(happened.hour).sum())
        if lacking:
            raise ContractError(
                f"{table}.AFRLT must be known to show a course; rows without it: {lacking}.\n"
                "  Fill it in, or remove what did not take place."
            )


def _spells(grid: Grid, rule: Response | Remission) -> Spells:
    hours, scores = in_order_of_time(
        np.where(np.isnan(grid.scores), np.nan, grid.hours), grid.scores
    )
    judged = ~np.isnan(scores) & (hours > 0)
    return find_spells(hours, met_by(grid, rule, scores) & judged, judged)


def _happened(
    course: Course, spells: dict[str, Spells]
) -> dict[str, tuple[NDArray[np.int64], Floats]]:
    """Return subject and hour of each kind of event, in the order of the legend."""
    found = {INFUSION: (course.infusions.subject, course.infusions.hour)}
    for state, one in spells.items():
        found[f"{state} reached"] = (one.subject, one.start)
        found[f"{state} lost"] = (one.subject[one.lost], one.stop[one.lost])
    for kind in sorted(set(course.events.kind.tolist())):
        own = course.events.among((kind,))
        found[kind] = (own.subject, own.hour)
    return found


def _relapses(
    data: Any, grid: Grid, course: Course, rule: RelapseRule, among: Among, redose: str | None
) -> tuple[NDArray[np.int64], Floats]:
    rows = relapse_rows(data, grid, course, rule, among, "first infusion", redose)
    who = np.flatnonzero(rows.entered & rows.is_event).astype(np.int64)
    return who, rows.end[who]


def _lanes(grid: Grid, course: Course) -> pl.DataFrame:
    """Return USUBJID, by-columns, duration, end, infusions and last visit, in the grid's order."""
    last = np.where(np.isnan(grid.scores), -np.inf, grid.hours).max(axis=0, initial=-np.inf)
    for happened in (course.infusions, course.events):
        np.maximum.at(last, happened.subject, happened.hour)
    seen = ~np.isnan(grid.scores)
    row = np.where(seen, np.arange(len(seen))[:, np.newaxis], -1).max(axis=0, initial=-1)
    end = np.where(seen[-1], "last visit", "no later score").astype(object)
    for kind in reversed(LEAVING):
        end[course.events.among((kind,)).subject] = kind
    infused = np.bincount(course.infusions.subject, minlength=grid.n).astype(np.int64)
    names = [grid.visits[i] if i >= 0 else None for i in row.tolist()]
    days = np.where(np.isfinite(last), np.maximum(last, 0.0) / HOURS_PER_DAY, np.nan)
    return grid.subjects.with_columns(
        pl.Series("duration", days).fill_nan(None),
        pl.Series("end", end.tolist(), dtype=pl.String),
        pl.Series("n_infusion", infused),
        pl.Series("last_visit", names, dtype=pl.Enum(grid.visits)),
    )


def _order(lanes: pl.DataFrame, by: tuple[str, ...]) -> NDArray[np.int64]:
    keyed = lanes.with_row_index("_row").with_columns(_short=-pl.col("duration"))
    ordered = keyed.sort([*by, "_short", "USUBJID"], nulls_last=True)
    return np.asarray(ordered["_row"].to_numpy(), dtype=np.int64)


def _event_rows(
    happened: dict[str, tuple[NDArray[np.int64], Floats]], number: NDArray[np.int64]
) -> pl.DataFrame:
    frames = [
        pl.DataFrame(
            {
                "number": number[subject],
                "event": pl.Series([kind] * len(subject), dtype=pl.Enum(list(happened))),
                "time": hour / HOURS_PER_DAY,
            }
        )
        for kind, (subject, hour) in happened.items()
    ]
    return pl.concat(frames).sort("number", "time", "event")


def _spell_rows(spells: dict[str, Spells], number: NDArray[np.int64]) -> pl.DataFrame:
    frames = [
        pl.DataFrame(
            {
                "number": number[one.subject],
                "state": pl.Series([state] * len(one.subject), dtype=pl.Enum(STATES)),
                "start": one.start / HOURS_PER_DAY,
                "stop": one.stop / HOURS_PER_DAY,
                "lost": one.lost,
            }
        )
        for state, one in spells.items()
    ]
    empty = pl.DataFrame(schema={**SPELLS, "state": pl.Enum(STATES)})
    return pl.concat([empty, *frames]).sort("number", "start", "state")


def _audit(grid: Grid, lanes: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    rows = []
    for key, mask in groups_of(grid, by):
        own = lanes.filter(pl.Series(mask))["end"]
        rows += [
            {**key, "status": "included", "reason": f"shown to the end: {end}", "count": count}
            for end in ENDS
            if (count := int((own == end).sum()))
        ]
    keys: dict[str, Any] = {column: grid.subjects.schema[column] for column in by}
    types = {"status": pl.String, "reason": pl.String, "count": pl.Int64}
    return with_set_aside(pl.DataFrame(rows, schema={**keys, **types}), grid)


def _notes(
    data: Any,
    grid: Grid,
    rules: dict[str, Response | Remission],
    relapse: RelapseRule | None,
    among: Among | None,
    redose: str | None,
) -> tuple[str, ...]:
    last = grid.visits[-1]
    notes = [f"Population: {grid.population}.", *(r.sentence(grid.scale) for r in rules.values())]
    if rules:
        notes.append(
            "A state is known at assessments only: it lasts from the first that meets the rule to "
            "the next that does not."
        )
    if relapse is not None and among is not None:
        notes += [relapse.sentence(grid.scale), among.sentence(grid.scale)]
        notes += [REDOSE[redose]] if redose is not None else []
    notes.append(
        f'"last visit" is a score at {last}; "no later score" is neither that nor a '
        "recorded discontinuation or death."
    )
    if not isinstance(data, Trial) or data.adex is None:
        notes.append("The data hold no infusions.")
    if not isinstance(data, Trial) or data.adice is None:
        notes.append("The data hold no intercurrent events (rescue, discontinuation).")
    return tuple(notes)
