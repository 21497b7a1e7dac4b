"""How many have relapsed, and how many had another event first: `estimate_cumulative_incidence`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ketanalysis.errors import check_conf_level, check_one_of
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.survival.cumulative_incidence import VARIANCES, cumulative_incidence
from ketanalysis.survival.estimates import TIME_UNITS
from ketanalysis.survival.event_causes import CausesGiven, caused_times, declared_causes
from ketanalysis.survival.incidence_results import CumulativeIncidence
from ketanalysis.survival.incidence_rows import (
    cause_warnings,
    ends_of,
    gray_table,
    gray_tests,
    gray_warnings,
    incidence_table,
)
from ketanalysis.survival.kaplan_meier import CONF_TYPES
from ketanalysis.survival.rows import emptied_warnings, samples_of

GRAY = "Gray's test"
_SAID = {
    "greenwood": "Standard errors by the delta method (Dinse and Larson), as R's survfit",
    "aalen": "Standard errors by Aalen's variance, as R's cmprsk::cuminc",
}
_INTERVALS = {
    "log-log": "as SAS; R's survfit takes log",
    "log": "as R's survfit; SAS takes log-log",
    "plain": "linear; SAS takes log-log, R's survfit log",
}
_NO_TEST = "Gray's test is not made: it needs everybody under observation from the origin."


def estimate_cumulative_incidence(
    adtte: Any,
    endpoint: str | None = None,
    *,
    time: str = "AVAL",
    event: str = "event_code",
    causes: CausesGiven | None = None,
    censored: Any = None,
    by: str | None = None,
    groups: Sequence[Any] | None = None,
    entry: str | None = None,
    variance: str = "greenwood",
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    time_unit: str = "days",
    known_at: str | float | None = None,
) -> CumulativeIncidence:
    """Estimate how many subjects have had each of several competing events (Aalen-Johansen).

    Answers "what share has relapsed by day 28, where some were infused again before they
    could?". One minus Kaplan-Meier with the other events censored is above that share. Do not
    use it for why a hazard differs: that is a cause-specific hazard, ``fit_cox(event=,
    event_value=)``.

    Parameters
    ----------
    adtte, endpoint, time, by, groups, entry, time_unit, known_at
        As in `estimate_survival`; the time is that of the first event of any cause.
    event
        Column of the codes of events and of censoring.
    causes
        The name of each cause with its code, or list of codes, that of interest first:
        ``{"relapse": 1, "death": 2}``; or codes alone. Not needed for the rows of
        ``time_to_relapse(redose="competing")``.
    censored
        The code, or list of codes, of censoring. A code that is neither is refused.
    variance
        Of the standard errors: ``"greenwood"``, that of R's ``survfit``, or ``"aalen"``, that
        of ``cmprsk::cuminc``. With one cause the former is Greenwood's.
    conf_type
        ``"log-log"``, ``"log"`` or ``"plain"``, of the incidence, named as in R.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    CumulativeIncidence
        Rows in order of group, cause and time, whatever the order of the rows given. With two
        groups or more and without late entry, Gray's test of each cause.

    Raises
    ------
    ArgumentError
        If a column, the endpoint or a coding is missing or not declared, or `by` may have been
        formed after the origin.
    ContractError
        If a time is negative or infinite, a code or group missing or spelt in two ways, or a
        subject has two rows.
    EstimationError
        If no subject enters.

    Notes
    -----
    Rows without a time are left out and counted.

    Source: Aalen and Johansen 1978, Scand J Stat 5:141; Gray 1988, Ann Stat 16:1141; Dinse and
    Larson 1986, Biometrika 73:379.

    Checked against: tests/oracle/cumulative_incidence.csv and gray_test.csv (R 4.2.2,
    survival::survfit and cmprsk::cuminc), all columns, relative 1e-10 and 1e-9.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"AVAL": [5, 8, 9, 12], "status": [1, 2, 1, 0]})
    >>> found = estimate_cumulative_incidence(
    ...     frame, event="status", causes={"relapse": 1, "infusion": 2}, censored=0)
    >>> found.milestones(10).table["estimate"].to_list()
    [0.5, 0.25]
    """
    check_one_of("variance", variance, VARIANCES)
    check_one_of("conf_type", conf_type, CONF_TYPES)
    check_one_of("time_unit", time_unit, TIME_UNITS)
    check_conf_level(conf_level)
    rows = to_polars(adtte, what="adtte")
    declared = declared_causes(rows, event, causes, censored)
    options = {"time": time, "by": by, "groups": groups, "entry": entry, "known_at": known_at}
    read, cause = caused_times(rows, endpoint, declared, **options)
    samples = samples_of(read)
    curves = {
        name: cumulative_incidence(
            sample.time,
            cause[read.group == place],
            sample.entry,
            n_causes=len(declared.names),
            variance=variance,
            conf_type=conf_type,
            conf_level=conf_level,
        )
        for place, (name, sample) in enumerate(samples.items())
    }
    is_tested = len(samples) > 1 and read.entry is None
    tests = gray_tests(read, cause, declared.names) if is_tested else []
    counted = ends_of(read, cause, declared.names, curves)
    interval = f"{conf_type} {100 * conf_level:g} % intervals"
    return CumulativeIncidence(
        table=incidence_table(read, samples, curves, declared.names),
        title=f"Cumulative incidence with {interval}: {read.endpoint or time}"
        + (f" by {by}" if by else ""),
        audit=read.audit,
        notes=(
            f"Aalen-Johansen with {interval} ({_INTERVALS[conf_type]}). Times in {time_unit}.",
            f"{_SAID[variance]}.",
            *read.notes,
        ),
        warnings=(
            *read.warnings,
            *emptied_warnings(samples, curves, time_unit),
            *cause_warnings(counted, read),
            *gray_warnings(declared.names, tests),
            *((_NO_TEST,) if len(samples) > 1 and not is_tested else ()),
        ),
        conf_level=conf_level,
        from_pandas=is_pandas(adtte),
        groups=counted,
        tests=gray_table(GRAY, declared.names, tests),
        tte=read.tte,
        curves=curves,
        samples=samples,
        causes=declared.names,
        by=() if by is None else (by,),
        endpoint=read.endpoint,
        time_unit=time_unit,
        conf_type=conf_type,
        variance=variance,
    )
