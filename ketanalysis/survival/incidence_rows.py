"""The tables and sentences of competing causes, made from their curves and tests."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from ketanalysis.errors import listed
from ketanalysis.survival.cumulative_incidence import IncidenceCurve, incidence_at
from ketanalysis.survival.event_times import EventTimes
from ketanalysis.survival.gray import GrayTest, gray_test
from ketanalysis.survival.incidence_results import CumulativeIncidence
from ketanalysis.survival.results import Sample
from ketanalysis.survival.risk_sets import Counts, Floats
from ketanalysis.survival.rows import FEW_EVENTS, beside_groups

_SHARES = ("estimate", "std_error", "conf_low", "conf_high")
_TESTS = {
    "cause": pl.String,
    "test": pl.String,
    "statistic": pl.Float64,
    "df": pl.Int64,
    "p_value": pl.Float64,
}


def incidence_table(
    read: EventTimes,
    samples: Mapping[str, Sample],
    curves: Mapping[str, IncidenceCurve],
    causes: tuple[str, ...],
) -> pl.DataFrame:
    """Return one row a group, cause and time, after a row at time 0."""
    pieces, rows = [], []
    for name, curve in curves.items():
        entry = samples[name].entry
        n = len(samples[name].time) if entry is None else int(np.count_nonzero(entry == 0))
        own = [_one_cause(curve, j, cause, n) for j, cause in enumerate(causes)]
        pieces.extend(own)
        rows.append(sum(piece.height for piece in own))
    return beside_groups(read.groups, rows, pl.concat(pieces))


def _one_cause(curve: IncidenceCurve, j: int, cause: str, n: int) -> pl.DataFrame:
    nothing = float("nan")
    columns = {
        "time": (0.0, curve.time),
        "n_at_risk": (n, curve.n_at_risk),
        "n_event": (0, curve.n_event[:, j]),
        "n_censored": (0, curve.n_censored),
        "estimate": (0.0, curve.incidence[:, j]),
        "std_error": (0.0, curve.std_error[:, j]),
        "conf_low": (nothing, curve.conf_low[:, j]),
        "conf_high": (nothing, curve.conf_high[:, j]),
        "survival": (1.0, curve.survival),
    }
    rows = {
        name: np.concatenate(([at_start], later)) for name, (at_start, later) in columns.items()
    }
    return pl.DataFrame(rows).select(
        pl.lit(cause).alias("cause"),
        pl.exclude(_SHARES, "survival"),
        pl.col(*_SHARES, "survival").fill_nan(None),
    )


def cause_table(read: EventTimes, cause: Counts, causes: tuple[str, ...]) -> pl.DataFrame:
    """Return one row a group and cause: subjects of the group, and events of the cause."""
    k, c = len(read.names), len(causes)
    n = np.bincount(read.group, minlength=k)
    cells = np.bincount(read.group * (c + 1) + cause, minlength=k * (c + 1)).reshape(k, c + 1)
    table = pl.DataFrame(
        {"cause": list(causes) * k, "n": np.repeat(n, c), "n_event": cells[:, 1:].ravel()}
    )
    return beside_groups(read.groups, [c] * k, table)


def ends_of(
    read: EventTimes, cause: Counts, causes: tuple[str, ...], curves: Mapping[str, IncidenceCurve]
) -> pl.DataFrame:
    """Return `cause_table` with the incidences at the last follow-up of each group."""
    last = {
        "time": [curve.time[-1] for curve in curves.values() for _ in causes],
        "estimate": np.concatenate([curve.incidence[-1] for curve in curves.values()]),
        "std_error": np.concatenate([curve.std_error[-1] for curve in curves.values()]),
        "conf_low": np.concatenate([curve.conf_low[-1] for curve in curves.values()]),
        "conf_high": np.concatenate([curve.conf_high[-1] for curve in curves.values()]),
    }
    ends = pl.DataFrame(last).with_columns(pl.col(_SHARES).fill_nan(None))
    return pl.concat([cause_table(read, cause, causes), ends], how="horizontal")


def gray_tests(
    read: EventTimes,
    cause: Counts,
    causes: tuple[str, ...],
    stratum: Counts | None = None,
    rho: float = 0.0,
) -> list[GrayTest]:
    """Return Gray's test of each cause."""
    return [
        gray_test(*(read.time, cause, read.group, stratum), n_causes=len(causes), of=place, rho=rho)
        for place in range(1, len(causes) + 1)
    ]


def gray_table(name: str, causes: tuple[str, ...], tests: list[GrayTest]) -> pl.DataFrame:
    """Return one row a cause that was tested; null is not estimable."""
    rows = [
        (cause, name, test.statistic, test.df, test.p_value)
        if np.isfinite(test.p_value)
        else (cause, name, None, None, None)
        for cause, test in zip(causes, tests, strict=False)
    ]
    return pl.DataFrame(rows, schema=_TESTS, orient="row")


def gray_warnings(causes: tuple[str, ...], tests: list[GrayTest]) -> tuple[str, ...]:
    """Say why a test is not estimable, where one is not."""
    warnings = []
    for cause, test in zip(causes, tests, strict=False):
        if np.isfinite(test.p_value):
            continue
        why = "the groups are never at risk together, or too few are where events tie"
        if not test.variance.any():
            why = "no events"
        warnings.append(f"Gray's test of {cause} is not estimable: {why}.")
    return tuple(warnings)


def cause_warnings(counted: pl.DataFrame, read: EventTimes) -> tuple[str, ...]:
    """Warn of no events at all, and of causes with few in a group."""
    if not counted["n_event"].sum():
        return ("No events of any cause: nothing can be estimated or tested.",)
    few = [
        f"{row['cause']}{'' if read.groups is None else f' in {row[read.groups.name]}'} "
        f"({row['n_event']})"
        for row in counted.iter_rows(named=True)
        if row["n_event"] < FEW_EVENTS
    ]
    if not few:
        return ()
    return (f"Fewer than {FEW_EVENTS} events of {listed(few)}: the estimates are uncertain.",)


def incidences_at(result: CumulativeIncidence, times: Floats) -> pl.DataFrame:
    """Return the incidences at given times, one row a group, cause and time; null beyond."""
    steps = [incidence_at(curve, times) for curve in result.curves.values()]
    names = ("incidence", "std_error", "conf_low", "conf_high")
    columns = {
        shown: np.concatenate([getattr(step, name).T.ravel() for step in steps])
        for shown, name in zip(_SHARES, names, strict=True)
    }
    c = len(result.causes)
    columns["survival"] = np.concatenate([np.tile(step.survival, c) for step in steps])
    return pl.DataFrame(columns).fill_nan(None)
