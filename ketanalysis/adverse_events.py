"""Which side effects, in whom: subjects with the event out of those exposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    EstimationError,
    check_conf_level,
    check_one_of,
    listed,
    near_miss,
)
from ketanalysis.glossary import method_words
from ketanalysis.grid import by_columns
from ketanalysis.rates.proportions import INTERVALS, proportion_interval
from ketanalysis.results import Result
from ketanalysis.trial import Trial

ANY = "Any event"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AdverseEventsResult(Result):
    """Subjects with each event by group.

    Attributes
    ----------
    table
        One row a group and event: by-columns, AEDECOD, count (subjects with the event at
        least once), n (exposed), estimate (0 to 1), conf_low, conf_high, method. The first
        event, "Any event", counts subjects with at least one; then the most frequent first.
        A group without the event has its row, with count 0.
    by
        The by-columns.
    """

    kind: ClassVar[str] = "adverse events"

    by: tuple[str, ...] = ()


def estimate_adverse_events(
    trial: Trial,
    by: str | Sequence[str] | None = None,
    *,
    ci: str = "clopper-pearson",
    conf_level: float = 0.95,
) -> AdverseEventsResult:
    """Estimate the share of exposed subjects who had each adverse event at least once.

    Answers "which side effects, in whom?". It counts subjects, never events: ten episodes in
    one subject are one. Rates depend on how events were asked for, which stands in the notes.

    Parameters
    ----------
    trial
        A `Trial` with ADAE.
    by
        Columns of ADSL; None is overall.
    ci
        Name of the interval, as in `estimate_response`; exact by default.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    AdverseEventsResult
        Exposed are the subjects with SAFFL = Y, else those with an infusion, else all.

    Raises
    ------
    ArgumentError
        The trial has no adverse events, or a column does not exist.
    ContractError
        An event is called "Any event", as the total is.
    EstimationError
        Nobody was exposed.

    Notes
    -----
    Missing values: an event without a name (AEDECOD) counts in "Any event" only. A subject
    who was not exposed, or has no value in `by`, is not counted; the audit says how many there
    are, and how many of them had events.
    Events from before treatment are counted, and a note says how many there are: by TRTEMFL
    where ADAE has it, else by AFRLT below 0 (an event without a time is not among them).
    Checked against: counted by hand in tests/test_adverse_events.py; intervals as
    tests/oracle/proportions.csv.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> events = ka.estimate_adverse_events(ka.load_example("ketamine"), by="TRT01P")
    >>> events.table["AEDECOD"][0]
    'Any event'
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    columns = by_columns(by)
    events = _events(trial, columns)
    exposed, who = _exposed(trial)
    counted = exposed.drop_nulls(list(columns))
    if counted.is_empty():
        raise EstimationError(f"Nobody was exposed ({who}), so no share can be estimated.")
    table = _counts(counted, events, columns)
    low, high = proportion_interval(
        table["count"].to_numpy(), table["n"].to_numpy(), ci, conf_level
    )
    return AdverseEventsResult(
        table=table.with_columns(
            estimate=pl.col("count") / pl.col("n"),
            conf_low=pl.Series(low),
            conf_high=pl.Series(high),
            method=pl.lit(ci),
        ),
        title="Subjects with adverse events" + (f" by {', '.join(columns)}" if columns else ""),
        audit=_audit(trial, events, exposed, who, columns),
        notes=(
            f"Exposed: {who}. Each subject counts once an event.",
            *_counted_too(events, counted),
            _ascertainment(events),
            f"{conf_level * 100:g} % intervals: {method_words(ci)}.",
        ),
        warnings=_warnings(trial, events, exposed, counted, columns),
        conf_level=conf_level,
        simulated=trial.simulated,
        by=columns,
    )


def _events(trial: Trial, by: tuple[str, ...]) -> pl.DataFrame:
    """Return ADAE of a trial that has what is asked for."""
    if not isinstance(trial, Trial):
        raise ArgumentError(
            "Adverse events need a Trial, which knows who was exposed (as_trial(..., "
            f"adverse_events=)), not {type(trial).__name__}."
        )
    if trial.adae is None:
        raise ArgumentError(
            "The trial holds no adverse events: give as_trial(..., adverse_events=)."
        )
    for column in by:
        if column not in trial.adsl.columns:
            raise ArgumentError(
                f"by needs a column of ADSL, not {column!r}.{near_miss(column, trial.adsl.columns)}"
            )
    events = trial.adae.with_columns(pl.col("AEDECOD").cast(pl.String))
    _check_terms(events["AEDECOD"])
    return events


def _check_terms(terms: pl.Series) -> None:
    """Refuse an event that bears the name of the total, in whatever spelling."""
    taken = terms.filter(terms.str.strip_chars().str.to_lowercase() == ANY.lower())
    if taken.len():
        raise ContractError(
            f'ADAE.AEDECOD must name an event, not "{taken[0]}": so is called the row that counts '
            "the subjects with at least one event.\n"
            f"  {taken.len()} row{'' if taken.len() == 1 else 's'} of ADAE.\n"
            "  Take the totals out of the events, or give the event another name."
        )


def _exposed(trial: Trial) -> tuple[pl.DataFrame, str]:
    if "SAFFL" in trial.adsl.columns:
        flagged = trial.adsl.filter(pl.col("SAFFL").cast(pl.String) == "Y")
        return flagged, "safety population (SAFFL = Y)"
    if trial.adex is not None:
        infused = trial.adsl.join(trial.adex, on="USUBJID", how="semi")
        return infused, "subjects with an infusion"
    return trial.adsl, "all subjects (no SAFFL, no infusions)"


def _counts(exposed: pl.DataFrame, events: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Return count and n by group and event, the rows without events included."""
    subjects = exposed.select("USUBJID", *by)
    had = events.select("USUBJID", "AEDECOD").join(subjects, on="USUBJID", how="inner").unique()
    whole = had.with_columns(AEDECOD=pl.lit(ANY)).unique()
    once = pl.concat([whole, had.drop_nulls("AEDECOD")])
    names = once.group_by("AEDECOD").agg(pl.len().alias("all"))
    if ANY not in names["AEDECOD"]:
        none = pl.DataFrame({"AEDECOD": [ANY], "all": [0]}, schema=names.schema)
        names = pl.concat([none, names])
    n = pl.len().over(by) if by else pl.len()
    groups = subjects.select(*by, n=n.cast(pl.Int64)).unique()
    counted = once.group_by("AEDECOD", *by).agg(pl.len().cast(pl.Int64).alias("count"))
    cells = groups.join(names, how="cross").join(counted, on=["AEDECOD", *by], how="left")
    is_later = pl.col("AEDECOD") != ANY
    return (
        cells.with_columns(pl.col("count").fill_null(0))
        .sort([is_later, -pl.col("all").cast(pl.Int64), pl.col("AEDECOD"), *map(pl.col, by)])
        .select(*by, "AEDECOD", "count", "n")
    )


def _audit(
    trial: Trial, events: pl.DataFrame, exposed: pl.DataFrame, who: str, by: tuple[str, ...]
) -> pl.DataFrame:
    """Return every subject of the trial once: exposed, or why not counted."""
    reason = pl.lit(f"exposed: {who}")
    for column in reversed(by):
        reason = pl.when(pl.col(column).is_null()).then(pl.lit(f"no {column}")).otherwise(reason)
    is_exposed = pl.col("USUBJID").is_in(exposed["USUBJID"].implode())
    reason = pl.when(is_exposed).then(reason).otherwise(pl.lit("not exposed"))
    is_in = is_exposed & ~pl.any_horizontal(pl.lit(False), *(pl.col(c).is_null() for c in by))
    had = pl.col("USUBJID").is_in(events["USUBJID"].implode())
    beside = pl.when(~is_in & had).then(pl.lit(", with adverse events")).otherwise(pl.lit(""))
    return (
        trial.adsl.select(
            status=pl.when(is_in).then(pl.lit("included")).otherwise(pl.lit("excluded")),
            reason=pl.concat_str(reason, beside),
        )
        .group_by("status", "reason")
        .agg(pl.len().cast(pl.Int64).alias("count"))
        .sort(pl.col("status") != "included", "reason")
    )


def _counted_too(events: pl.DataFrame, counted: pl.DataFrame) -> tuple[str, ...]:
    """Say that events count which began before treatment: by TRTEMFL if there, else AFRLT."""
    mine = events.join(counted, on="USUBJID", how="semi")
    if "TRTEMFL" not in events.columns:
        return _before_infusion(mine)
    before = int((mine["TRTEMFL"].cast(pl.String) != "Y").fill_null(True).sum())
    if not before:
        return ()
    return (
        f"Events count whether they are treatment-emergent or not; {before} of {mine.height} are "
        "not flagged so (TRTEMFL).",
    )


def _before_infusion(events: pl.DataFrame) -> tuple[str, ...]:
    if "AFRLT" not in events.columns:
        return ()
    before = int((events["AFRLT"].cast(pl.Float64) < 0).sum())
    if not before:
        return ()
    return (
        f"Events count whether they began under treatment or not; {before} of {events.height} "
        "began before the first infusion (AFRLT below 0; there is no TRTEMFL).",
    )


def _warnings(
    trial: Trial,
    events: pl.DataFrame,
    exposed: pl.DataFrame,
    counted: pl.DataFrame,
    by: tuple[str, ...],
) -> tuple[str, ...]:
    """Name events that stand in no row, and arms of which nobody is exposed."""
    said = []
    lost = events.join(counted, on="USUBJID", how="anti")["USUBJID"].n_unique()
    if lost:
        said.append(
            f"{lost} subject{'' if lost == 1 else 's'} with adverse events "
            f"{'is' if lost == 1 else 'are'} not counted; the audit says why."
        )
    for column in by:
        named = trial.adsl[column].drop_nulls().unique().sort()
        if isinstance(named.dtype, pl.Enum):
            named = named.dtype.categories
        held = counted[column].cast(pl.String).unique().to_list()
        absent = [str(name) for name in named if str(name) not in held]
        said += [f"Nobody of {column} {name} is exposed." for name in absent]
    return tuple(said)


def _ascertainment(events: pl.DataFrame) -> str:
    if "AEASCERT" not in events.columns:
        return "How events were asked for is not recorded; rates are not comparable without it."
    ways = events["AEASCERT"].drop_nulls().unique().cast(pl.String).sort()
    return f"Ascertainment: {listed(ways) or 'not recorded'}."
