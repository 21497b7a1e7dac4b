"""The tables and sentences of a survival result, made from its curves and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ketanalysis.errors import ContractError, listed
from ketanalysis.survival.cumulative_incidence import IncidenceCurve
from ketanalysis.survival.event_codes import check_column
from ketanalysis.survival.event_times import EventTimes
from ketanalysis.survival.kaplan_meier import Curve, at_risk, counted_by, quantile
from ketanalysis.survival.logrank import LogRank, logrank
from ketanalysis.survival.results import Sample
from ketanalysis.survival.risk_sets import Counts, Floats

FEW_EVENTS = 10
_COUNTS = ("n_at_risk", "n_event", "n_censored")
_SHARES = ("survival", "std_error", "conf_low", "conf_high")


def samples_of(read: EventTimes) -> dict[str, Sample]:
    """Return the subjects of each group by its name, in the order of the groups."""
    if read.groups is None:
        return {name: Sample(read.time, read.event, read.entry) for name in read.names}
    samples = {}
    for place, name in enumerate(read.names):
        mine = read.group == place
        entry = None if read.entry is None else read.entry[mine]
        samples[name] = Sample(read.time[mine], read.event[mine], entry)
    return samples


def curve_table(
    read: EventTimes, samples: dict[str, Sample], curves: dict[str, Curve]
) -> pl.DataFrame:
    """Return one row a group and time, after a row at time 0."""
    pieces = []
    for name, curve in curves.items():
        entry = samples[name].entry
        n = len(samples[name].time) if entry is None else int(np.count_nonzero(entry == 0))
        columns = {"time": np.concatenate(([0.0], curve.time))}
        for column, first in zip(_COUNTS, (n, 0, 0), strict=True):
            columns[column] = np.concatenate(([first], getattr(curve, column)))
        for column, start in zip(_SHARES, (1.0, 0.0, 1.0, 1.0), strict=True):
            columns[column] = np.concatenate(([start], getattr(curve, column)))
        pieces.append(pl.DataFrame(columns, nan_to_null=True))
    rows = [piece.height for piece in pieces]
    return beside_groups(read.groups, rows, pl.concat(pieces))


def median_table(
    read: EventTimes, samples: dict[str, Sample], curves: dict[str, Curve]
) -> pl.DataFrame:
    """Return one row a group: subjects, events, median and its interval."""
    medians = [quantile(curve, 0.5) for curve in curves.values()]
    table = pl.DataFrame(
        {
            "n": [len(sample.time) for sample in samples.values()],
            "n_event": [int(sample.event.sum()) for sample in samples.values()],
            "median": np.array([median.estimate for median in medians]),
            "conf_low": np.array([median.conf_low for median in medians]),
            "conf_high": np.array([median.conf_high for median in medians]),
        },
        nan_to_null=True,
    )
    return beside_groups(read.groups, [1] * table.height, table)


def log_rank(read: EventTimes, stratum: Counts | None = None) -> LogRank:
    """Return the log-rank test of all groups."""
    return logrank(read.time, read.event, read.group, stratum, read.entry)


def stratum_codes(read: EventTimes, columns: tuple[str, ...]) -> Counts:
    """Return each subject's stratum (n,) from 0, by the values of columns."""
    rows = read.tte.head(len(read.time))
    for column in columns:
        check_column("strata", column, rows)
    missing = rows.filter(pl.any_horizontal(pl.col(columns).is_null()))
    if not missing.is_empty():
        raise ContractError(
            f"{listed(columns)} must name a stratum for every subject that enters; "
            f"missing in {missing.height} of {rows.height}.\n"
            "  Fill it in, or exclude the subject with entered = False and a reason."
        )
    return rows.select(pl.struct(columns).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()


def strata_of(read: EventTimes, columns: tuple[str, ...]) -> tuple[Counts | None, tuple[str, ...]]:
    """Return each subject's stratum (n,), and a warning for strata that hold one group."""
    if not columns:
        return None, ()
    code = stratum_codes(read, columns)
    pairs = np.unique(np.column_stack((code, read.group)), axis=0)[:, 0]
    alone = int(np.sum(np.bincount(pairs) == 1))
    if not alone:
        return code, ()
    return code, (
        f"{alone} of {int(code.max()) + 1} strata hold one group only and add nothing to the test.",
    )


def log_rank_table(name: str, test: LogRank | None) -> pl.DataFrame:
    """Return the test as one row, or no row without a test; null is not estimable."""
    schema = {"test": pl.String, "statistic": pl.Float64, "df": pl.Int64, "p_value": pl.Float64}
    if test is None:
        return pl.DataFrame(schema=schema)
    if np.isnan(test.p_value):
        return pl.DataFrame([(name, None, None, None)], schema=schema, orient="row")
    row = (name, test.statistic, test.df, test.p_value)
    return pl.DataFrame([row], schema=schema, orient="row")


def group_table(read: EventTimes, test: LogRank | None) -> pl.DataFrame:
    """Return one row a group: subjects, events, and events expected under the test."""
    k = len(read.names)
    expected = [None] * k if test is None else test.expected
    table = pl.DataFrame(
        {
            "n": np.bincount(read.group, minlength=k),
            "n_event": np.bincount(read.group[read.event], minlength=k),
            "expected": pl.Series(expected, dtype=pl.Float64),
        }
    )
    return beside_groups(read.groups, [1] * k, table)


def one_row_a_time(result: Any, times: Floats, causes: Sequence[str] = ()) -> pl.DataFrame:
    """Return the by-column, the cause where causes compete, and ``time``: one row for each."""
    k, c = len(result.curves), max(len(causes), 1)
    groups = result.groups[result.by[0]].unique(maintain_order=True) if result.by else None
    table = pl.DataFrame({"time": np.tile(times, k * c)})
    if causes:
        each = [cause for cause in causes for _ in times]
        table.insert_column(0, pl.Series("cause", each * k))
    return beside_groups(groups, [len(times) * c] * k, table)


def counts_at(result: Any, times: Floats) -> dict[str, Counts]:
    """Return who is at risk at each time, and who was censored or had the event by then.

    In the order of `one_row_a_time`: group, cause, time.
    """
    parts: dict[str, list[Counts]] = {"n_at_risk": [], "n_censored": [], "n_event": []}
    for name, curve in result.curves.items():
        sample = result.samples[name]
        for events in curve.n_event.reshape(len(curve.time), -1).T:
            parts["n_at_risk"].append(at_risk(sample.time, times, sample.entry))
            parts["n_censored"].append(counted_by(curve.time, curve.n_censored, times))
            parts["n_event"].append(counted_by(curve.time, events, times))
    return {name: np.concatenate(counts) for name, counts in parts.items()}


def median_notes(medians: pl.DataFrame, read: EventTimes) -> tuple[str, ...]:
    """Say which medians are not reached."""
    reached = medians["median"].is_finite()
    if reached.all():
        return ()
    if read.groups is None:
        return ("The median is not reached.",)
    names = [name for name, is_reached in zip(read.names, reached, strict=True) if not is_reached]
    return (f"The median is not reached in {listed(names)}.",)


def event_warnings(counted: pl.DataFrame, read: EventTimes) -> tuple[str, ...]:
    """Warn of no events at all, and of groups with few."""
    events = counted["n_event"].to_list()
    if not any(events):
        # Rows that were derived here have their events by a rule, not by a code of the user's.
        is_derived = {"entered", "entry"} <= set(read.tte.columns)
        remedy = (
            "" if is_derived else " If events are coded otherwise, name event= and event_value=."
        )
        return (f"No events: the median is not reached and nothing can be tested.{remedy}",)
    few = [f"{name} ({n})" for name, n in zip(read.names, events, strict=True) if n < FEW_EVENTS]
    where = "" if read.groups is None else f" in {listed(few)}"
    only = f" ({events[0]})" if read.groups is None else ""
    if not few:
        return ()
    return (f"Fewer than {FEW_EVENTS} events{where}{only}: the estimates are uncertain.",)


def emptied_warnings(
    samples: Mapping[str, Sample], curves: Mapping[str, Curve | IncidenceCurve], time_unit: str
) -> tuple[str, ...]:
    """Warn of curves that fall to 0 while subjects of the group have yet to enter."""
    warnings = []
    for name, curve in curves.items():
        entry, ended = samples[name].entry, np.flatnonzero(curve.survival == 0)
        if entry is None or not len(ended):
            continue
        at, n = curve.time[ended[0]], int(curve.n_at_risk[ended[0]])
        later = int(np.count_nonzero(entry >= at))
        if later:
            whose = "The curve" if list(curves) == ["overall"] else f"The curve of {name}"
            warnings.append(
                f"{whose} falls to 0 at {at:g} {time_unit}, where the risk set is {n} "
                f"subject{'s' * (n > 1)}, all with the event, and {later} "
                f"enter{'s' * (later == 1)} then or later: it stays at 0 whatever happens to "
                "them, so it must not be read as the survival of the group."
            )
    return tuple(warnings)


def log_rank_warnings(test: LogRank | None) -> tuple[str, ...]:
    """Say why the log-rank test is not estimable, where it is not."""
    if test is None or not np.isnan(test.statistic):
        return ()
    why = "the groups are never at risk together at an event"
    if not test.observed.any():
        why = "no events"
    return (f"The log-rank test is not estimable: {why}.",)


def beyond_warnings(result: Any, times: Floats) -> tuple[str, ...]:
    """Say which groups were not followed to the last of the given times."""
    ends = {name: float(curve.time[-1]) for name, curve in result.curves.items()}
    short = [
        f"{name} ({end:g})" if result.by else f"{end:g}"
        for name, end in ends.items()
        if times.max() > end
    ]
    if not short:
        return ()
    return (
        f"Nothing is estimated beyond the last follow-up, in {result.time_unit}: {listed(short)}.",
    )


def beside_groups(groups: pl.Series | None, rows: list[int], table: pl.DataFrame) -> pl.DataFrame:
    """Return a table with its groups before it, each as often as it has rows."""
    if groups is None:
        return table
    place = np.repeat(np.arange(len(rows)), rows)
    return pl.concat([groups.gather(place).to_frame(), table], how="horizontal")
