"""Events in exposure: rates per infusion and per week at risk, with exact intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import polars as pl

from ketanalysis.adverse_events.by_number import with_infusion
from ketanalysis.adverse_events.exposure import INFUSION, AtRisk, at_risk
from ketanalysis.adverse_events.poisson import Rate, poisson_rate, poisson_ratio
from ketanalysis.adverse_events.records import ANY, Records, adverse_event_records
from ketanalysis.errors import check_conf_level, check_one_of
from ketanalysis.rates.contrasts import has_order, reference_of
from ketanalysis.results import Result
from ketanalysis.trial import Trial

FIRST, ALL = "first", "all"
METHOD = "exact Poisson"
SCHEMA = {
    "n": pl.Int64,
    "n_events": pl.Int64,
    "exposure": pl.Float64,
    "unit": pl.String,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "note": pl.String,
}
NO_EXPOSURE = "not estimable: nobody was at risk"
NO_RATIO = "not estimable: no event in either group, or no exposure"
ENDLESS = "The interval has no upper end: no event in {}."
CONTRASTS = {
    "contrast": pl.String,
    "measure": pl.String,
    "estimate": pl.Float64,
    "conf_low": pl.Float64,
    "conf_high": pl.Float64,
    "method": pl.String,
    "p_value": pl.Float64,
    "test": pl.String,
    "note": pl.String,
}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class AdverseEventRatesResult(Result):
    """Events in exposure by group.

    Attributes
    ----------
    table
        One row a group and event: by-columns, ascertainment, AEDECOD, n (exposed), n_events,
        exposure (in units), unit, estimate (events a unit), conf_low, conf_high, method, note.
    contrasts
        Rate ratio of each event, each group over the first.
    by
        The by-columns.
    unit
        What the rates are per.
    counting
        "first" (a subject is at risk until the first event) or "all".
    """

    kind: ClassVar[str] = "adverse event rates"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    unit: str = ""
    counting: str = FIRST


def estimate_adverse_event_rates(
    trial: Trial,
    by: str | Sequence[str] | None = None,
    *,
    per: str,
    count: str,
    follow_up: str | None = None,
    only: str | Sequence[str] = (),
    related: Sequence[str] | None = None,
    ascertainment: str | Sequence[str] | None = None,
    allow: str | None = None,
    conf_level: float = 0.95,
) -> AdverseEventRatesResult:
    """Estimate exposure-adjusted incidence rates of adverse events.

    Answers "how often, given how long they were at risk?", for groups that were treated or
    followed for different times. Not for the share of subjects who ever had an event
    (`estimate_adverse_events`), which is what most readers ask.

    Parameters
    ----------
    trial, by, only, related, ascertainment, allow
        As in `estimate_adverse_events`.
    per
        "infusion", "patient-week", "patient-month" or "patient-year".
    count
        "first": a subject counts once and is at risk until then (of infusions: up to and with
        that of the event). "all": every record counts over the whole exposure.
    follow_up
        Of time: until when events were asked for. "last infusion", "last record" (any table
        with times), or a column of ADSL with days since the first infusion.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    AdverseEventRatesResult
        `table` and `contrasts`. Rates are events a unit of exposure.

    Raises
    ------
    ArgumentError
        As `estimate_adverse_events`; also `follow_up` not written, or infusions that the trial
        does not hold.

    Notes
    -----
    Missing values: events before the first infusion or after the end of follow-up, and events
    that cannot be placed, are outside the exposure; a note counts them.
    Exact intervals take events for independent. With "all", events of one subject are not,
    and the interval is too short where some subjects have many: a warning says so.
    Sources: Garwood (1936) Biometrika 28:437; Przyborowski and Wilenski (1940) Biometrika
    31:313; Siddiqui (2009) J Biopharm Stat 19:889.
    Checked against: tests/oracle/poisson.csv (R 4.2.2, poisson.test), relative 1e-9; exposures by
    hand in tests/adverse_events/test_rates.py.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> rates = ka.estimate_adverse_event_rates(
    ...     ka.load_example("ketamine"), by="TRT01P", per="infusion", count="all")
    >>> rates.inline("Anxiety", arm="ketamine")
    '0.125 per infusion (95 % CI 0.086 to 0.175), asked for by checklist'
    """
    check_conf_level(conf_level)
    check_one_of("count", count, (FIRST, ALL))
    asked: dict[str, Any] = {"ascertainment": ascertainment, "allow": allow}
    records = adverse_event_records(trial, by, only=only, related=related, **asked)
    risk = at_risk(trial, records, per, follow_up)
    placed, outside = _placed(trial, records, risk)
    table = _table(placed, records, risk, count, conf_level)
    contrasts = _contrasts(table, records.by, conf_level)
    none = int((risk.subjects["exposure"] == 0).sum())
    return AdverseEventRatesResult(
        table=table,
        title=f"Rates of {records.title}, per {risk.unit}",
        audit=records.audit,
        notes=(
            f"Exposed: {records.who}.",
            risk.sentence,
            _counting(count, risk),
            *records.notes,
            *outside,
            f"{conf_level * 100:g} % intervals: exact (Garwood) of rates, exact conditional of "
            "their ratio.",
        ),
        warnings=(*records.warnings, *_warnings(table, count, none)),
        conf_level=conf_level,
        simulated=trial.simulated,
        contrasts=contrasts,
        by=records.by,
        unit=risk.unit,
        counting=count,
    )


def _placed(trial: Trial, records: Records, risk: AtRisk) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the events within exposure with ``at`` (infusion number in order, or hours)."""
    if risk.unit == INFUSION:
        found = with_infusion(trial, records.events, None)
        inside = found.events.filter(pl.col("order").is_not_null())
        return inside.with_columns(at=pl.col("order").cast(pl.Float64)), found.notes
    events = records.events
    time = (
        pl.col("AFRLT").cast(pl.Float64) if "AFRLT" in events.columns else pl.lit(None, pl.Float64)
    )
    timed = events.with_columns(at=time).join(
        risk.subjects.select("USUBJID", "exposure"), on="USUBJID", how="left"
    )
    inside = timed.filter((pl.col("at") >= 0) & (pl.col("at") <= pl.col("exposure")))
    lost = events.height - inside.height
    unknown = timed["at"].null_count()
    if not lost:
        return inside, ()
    return inside, (
        f"{lost} of {events.height} records are outside the time at risk and do not count "
        f"({unknown} without a time).",
    )


def _table(
    placed: pl.DataFrame, records: Records, risk: AtRisk, count: str, conf_level: float
) -> pl.DataFrame:
    by = records.by
    names = placed.drop_nulls("AEDECOD")
    whole = pl.concat([placed.with_columns(AEDECOD=pl.lit(ANY)), names])
    order = (
        whole.group_by("ascertainment", "AEDECOD")
        .agg(pl.len().cast(pl.Int64).alias("all"))
        .join(
            pl.DataFrame({"ascertainment": list(records.ways), "AEDECOD": ANY}),
            on=["ascertainment", "AEDECOD"],
            how="full",
            coalesce=True,
        )
        .with_columns(pl.col("ascertainment").cast(pl.Enum(list(records.ways))))
        .sort("ascertainment", pl.col("AEDECOD") != ANY, -pl.col("all").fill_null(0), "AEDECOD")
    )
    groups = risk.subjects.select(by).unique().sort(by) if by else pl.DataFrame([{}])
    rows: list[dict[str, Any]] = []
    for way, term in order.select(pl.col("ascertainment").cast(pl.String), "AEDECOD").iter_rows():
        own = whole.filter((pl.col("ascertainment") == way) & (pl.col("AEDECOD") == term))
        first = own.group_by("USUBJID").agg(pl.col("at").min(), pl.len().alias("times"))
        joined = risk.subjects.join(first, on="USUBJID", how="left")
        for key in groups.iter_rows(named=True) if by else [{}]:
            tests = [pl.col(c) == v for c, v in key.items()]
            part = joined.filter(tests) if tests else joined
            rows.append(
                key | {"ascertainment": way, "AEDECOD": term} | _rate(part, risk, count, conf_level)
            )
    schema: dict[str, Any] = {c: risk.subjects.schema[c] for c in by}
    schema |= {"ascertainment": pl.String, "AEDECOD": pl.String}
    return pl.DataFrame(rows, schema=schema | SCHEMA)


def _rate(part: pl.DataFrame, risk: AtRisk, count: str, conf_level: float) -> dict[str, Any]:
    had = part.filter(pl.col("at").is_not_null())
    events = had.height if count == FIRST else int(had["times"].sum())
    until = pl.when(pl.col("at").is_not_null()).then("at").otherwise("exposure")
    total = part.select((until if count == FIRST else pl.col("exposure")).sum()).item()
    exposure = float(total) / risk.per_unit
    rate = poisson_rate(events, exposure, conf_level)
    return {
        "n": part.height,
        "n_events": events,
        "exposure": exposure,
        "unit": risk.unit,
        **_ends(rate),
        "method": METHOD,
        "note": "" if exposure > 0 else NO_EXPOSURE,
    }


def _ends(rate: Rate) -> dict[str, float | None]:
    named = {"estimate": rate.estimate, "conf_low": rate.low, "conf_high": rate.high}
    return {name: None if value != value else value for name, value in named.items()}


def _contrasts(table: pl.DataFrame, by: tuple[str, ...], conf_level: float) -> pl.DataFrame:
    within = [*by[1:], "ascertainment", "AEDECOD"]
    schema = {name: table.schema[name] for name in within} | CONTRASTS
    if not by or not has_order(table[by[0]]):
        return pl.DataFrame(schema=schema)
    reference = reference_of(table[by[0]])
    base = table.filter(pl.col(by[0]) == reference).select(
        *within, events_0=pl.col("n_events"), exposure_0=pl.col("exposure")
    )
    pairs = table.filter(pl.col(by[0]) != reference).join(
        base, on=within, how="left", maintain_order="left"
    )
    rows = []
    for pair in pairs.iter_rows(named=True):
        reference_counts = (pair["events_0"] or 0, pair["exposure_0"] or 0.0)
        found = poisson_ratio(pair["n_events"], pair["exposure"], *reference_counts, conf_level)
        is_none = found.estimate != found.estimate
        note = (
            NO_RATIO if is_none else ENDLESS.format(reference) if found.estimate == math.inf else ""
        )
        rows.append(
            {name: pair[name] for name in within}
            | {"contrast": f"{pair[by[0]]} - {reference}", "measure": "rate ratio"}
            | _ends(found)
            | {
                "method": "exact conditional",
                "p_value": None if is_none else found.p_value,
                "test": "binomial exact",
                "note": note,
            }
        )
    return pl.DataFrame(rows, schema=schema)


def _counting(count: str, risk: AtRisk) -> str:
    if count == ALL:
        return "Every record counts, over the whole exposure."
    until = "up to and with the infusion of" if risk.unit == INFUSION else "until"
    return f"Each subject counts once, and is at risk {until} the first event."


def _warnings(table: pl.DataFrame, count: str, none: int) -> tuple[str, ...]:
    said = []
    if none:
        said.append(
            f"{none} exposed subject{'' if none == 1 else 's'} "
            f"{'has' if none == 1 else 'have'} no exposure to be at risk in."
        )
    crowded = table.filter(pl.col("n_events") > pl.col("n"))
    if count == ALL and crowded.height:
        said.append(
            "Subjects have several events each; exact Poisson intervals take them for independent "
            "and are then too short. The share of infusions with the event has an interval for "
            "which subjects are the sample: estimate_adverse_events_by_infusion."
        )
    return tuple(said)
