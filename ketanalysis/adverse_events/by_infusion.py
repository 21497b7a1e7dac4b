"""At how many infusions an event comes: by the number of the infusion, and over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ketanalysis.adverse_events.by_number import Numbered, with_infusion
from ketanalysis.adverse_events.marginal import (
    CONTRASTS,
    DFS,
    FEW,
    MOST_FEW,
    MOST_RARE,
    RARE,
    Marginal,
    compared,
    marginal_share,
    method_of,
    trend,
)
from ketanalysis.adverse_events.records import ANY, Records, adverse_event_records
from ketanalysis.adverse_events.shares import with_intervals
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed, near_miss
from ketanalysis.glossary import method_words
from ketanalysis.grid import names_given
from ketanalysis.rates.contrasts import has_order, reference_of
from ketanalysis.rates.proportions import INTERVALS
from ketanalysis.regression.gee import CORRELATIONS, VARIANCES
from ketanalysis.results import Result
from ketanalysis.trial import Trial

EVERY, EVER = "all", "ever"
VARIANCE_WORDS = {
    "sandwich": "sandwich",
    "kauermann-carroll": "Kauermann-Carroll",
    "mancl-derouen": "Mancl-DeRouen",
}
DF_WORDS = {"normal": "normal quantiles", "subjects": "Student's t"}
COLUMNS = ("count", "n", "n_infusions", "estimate", "std_error", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class InfusionEventsResult(Result):
    """Infusions with the event.

    Attributes
    ----------
    table
        One row a group, event and infusion: by-columns, ascertainment, AEDECOD, infusion ("1",
        "2", ..., "all": all infusions together; "ever": subjects with the event at an infusion),
        count, n (subjects), n_infusions, estimate, std_error, conf_low, conf_high, method, note.
        `count` is of infusions, but of subjects in the row "ever".
    contrasts
        Over all infusions: risk difference and odds ratio of each group with the first, and the
        odds ratio from one infusion to the next within each group (contrast "next infusion,
        <group>").
    by
        The by-columns.
    correlation, variance, df
        Of the estimating equations.
    """

    kind: ClassVar[str] = "adverse events by infusion"

    contrasts: pl.DataFrame = field(default_factory=pl.DataFrame)
    by: tuple[str, ...] = ()
    correlation: str = ""
    variance: str = ""
    df: str = ""


def estimate_adverse_events_by_infusion(
    trial: Trial,
    by: str | Sequence[str] | None = None,
    *,
    events: str | Sequence[str] | None = None,
    within: float | None = None,
    correlation: str = "independence",
    variance: str = "mancl-derouen",
    df: str = "subjects",
    only: str | Sequence[str] = (),
    related: Sequence[str] | None = None,
    ascertainment: str | Sequence[str] | None = None,
    allow: str | None = None,
    ci: str = "clopper-pearson",
    conf_level: float = 0.95,
) -> InfusionEventsResult:
    """Estimate at which share of infusions an adverse event comes, and whether that changes.

    Answers "at how many infusions, and does it wear off?". The infusions of one subject are
    alike, so over all of them the subjects are the sample (generalised estimating equations).
    Those who had bad infusions may have had fewer: compare `tabulate_infusions`.

    Parameters
    ----------
    trial, by, only, related, ascertainment, allow
        As in `estimate_adverse_events`; the trial also needs its infusions (ADEX).
    events
        Terms (AEDECOD) to report; without it "Any event" and all.
    within
        Hours after the start of an infusion within which an event without EXSEQ belongs to it.
    correlation
        Working correlation of a subject's infusions: "independence" (the share of all
        infusions) or "exchangeable" (subjects with few infusions weigh more).
    variance
        "mancl-derouen", "kauermann-carroll" or "sandwich" (as R's geepack), which is too short
        with few subjects.
    df
        "subjects": Student's t, with the subjects less the coefficients of the model as degrees
        of freedom; "normal" (as R's geepack), too short with few subjects.
    ci
        Interval of the shares at one infusion, and of "ever"; exact by default.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    InfusionEventsResult
        `table` and `contrasts`; what is not estimable is null, with a note.

    Raises
    ------
    ArgumentError
        As `estimate_adverse_events`; also no infusions, or an event that nobody had.

    Notes
    -----
    Missing values: events that belong to no infusion are not counted here, and a note says how
    many. An infusion without a record of the event counts as one without the event.
    Intervals over all infusions are built on the logit; risk differences by the delta method.
    With the defaults, 95 % intervals of shares and of their contrasts hold the truth in 94 % of
    simulated trials or more with 15 to 60 subjects, and geepack's in 89 % or more; those of the
    trend fail with either where the event is rare, and a warning says so
    (tests/simulation/gee_coverage.py).
    Sources: Liang and Zeger (1986) Biometrika 73:13; Mancl and DeRouen (2001) Biometrics 57:126;
    Kauermann and Carroll (2001) JASA 96:1387.
    Checked against: tests/oracle/infusion_events.csv (R 4.2.2, geepack::geeglm), relative 1e-7.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> trial = ka.load_example("ketamine")
    >>> found = ka.estimate_adverse_events_by_infusion(trial, "TRT01P", events="Dissociation")
    >>> found.inline("all", arm="ketamine")
    '50/265 infusions (19 %; 95 % CI 14 to 25), asked for by checklist'
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    check_one_of("correlation", correlation, CORRELATIONS)
    check_one_of("variance", variance, VARIANCES)
    check_one_of("df", df, DFS)
    asked: dict[str, Any] = {"ascertainment": ascertainment, "allow": allow}
    records = adverse_event_records(trial, by, only=only, related=related, **asked)
    placed = with_infusion(trial, records.events, within)
    units = _units(placed, records)
    rows: list[pl.DataFrame] = []
    contrasts: list[dict[str, Any]] = []
    for way, term in _terms(placed, records, events):
        had = _with_event(units, placed, way, term)
        key = {"ascertainment": way, "AEDECOD": term}
        named: dict[str, Any] = {"correlation": correlation, "variance": variance, "df": df}
        named["conf_level"] = conf_level
        rows.append(_table(had, records, key, ci, **named))
        contrasts += _contrasts(had, records.by, key, **named)
    counts, table = units["USUBJID"].n_unique(), _joined(rows, records)
    return InfusionEventsResult(
        table=table,
        title=f"Infusions with {records.title}",
        audit=records.audit,
        notes=(
            f"Exposed: {records.who}; counted: {units.height} infusions in {counts} of them.",
            *records.notes,
            *placed.notes,
            f"{conf_level * 100:g} % intervals at one infusion: {method_words(ci)}; over all "
            f"infusions: logit by generalised estimating equations, {correlation}, "
            f"{VARIANCE_WORDS[variance]} variance, {DF_WORDS[df]}, subjects as the sample.",
        ),
        warnings=(*records.warnings, *_few(counts, variance, df), *_rare(table, records.by)),
        conf_level=conf_level,
        simulated=trial.simulated,
        contrasts=pl.DataFrame(contrasts, schema=_contrast_schema(records)),
        by=records.by,
        correlation=correlation,
        variance=variance,
        df=df,
    )


def _units(placed: Numbered, records: Records) -> pl.DataFrame:
    """Return one row an infusion of an exposed subject, with the subject's number."""
    units = placed.infusions.join(records.exposed, on="USUBJID", how="inner")
    if units.is_empty():
        raise ArgumentError("No exposed subject has an infusion (ADEX), so nothing can be counted.")
    code = pl.col("USUBJID").rank("dense").cast(pl.Int64).alias("subject")
    return units.sort("USUBJID", "EXSEQ").with_columns(code)


def _terms(
    placed: Numbered, records: Records, events: str | Sequence[str] | None
) -> list[tuple[str, str]]:
    held = placed.events.drop_nulls(["AEDECOD"])
    counts = held.group_by("AEDECOD").agg(pl.len().alias("all"))
    names = counts.sort(-pl.col("all").cast(pl.Int64), "AEDECOD")["AEDECOD"].to_list()
    if events is not None:
        chosen = names_given("events", events, "an event")
        for name in chosen:
            if name not in (ANY, *names):
                raise ArgumentError(
                    f"events must name events that were recorded: {listed(names, 20)}; not "
                    f"{name!r}.{near_miss(name, names)}"
                )
        names = list(chosen)
    else:
        names = [ANY, *names]
    return [(way, name) for way in records.ways for name in names]


def _with_event(units: pl.DataFrame, placed: Numbered, way: str, term: str) -> pl.DataFrame:
    own = placed.events.filter(pl.col("ascertainment") == way, pl.col("order").is_not_null())
    if term != ANY:
        own = own.filter(pl.col("AEDECOD") == term)
    at = own.select("USUBJID", pl.col("infusion").alias("EXSEQ")).unique()
    met = at.with_columns(met=pl.lit(True))
    joined = units.join(met, on=["USUBJID", "EXSEQ"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("met").fill_null(False))


def _table(
    had: pl.DataFrame, records: Records, key: dict[str, str], ci: str, **named: Any
) -> pl.DataFrame:
    by, conf_level = records.by, named["conf_level"]
    number = pl.col("EXSEQ").cast(pl.String).alias("infusion")
    single = had.group_by(*by, "EXSEQ").agg(
        pl.col("met").sum().cast(pl.Int64).alias("count"), pl.len().cast(pl.Int64).alias("n")
    )
    single = single.sort(*by, "EXSEQ").select(*by, number, "count", "n", n_infusions=pl.col("n"))
    persons = had.group_by(*by, "USUBJID").agg(
        pl.col("met").any(), pl.len().cast(pl.Int64).alias("n_infusions")
    )
    groups = persons.group_by(by) if by else None
    counted = (
        pl.col("met").sum().cast(pl.Int64).alias("count"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("n_infusions").sum(),
    )
    ever = (groups.agg(counted) if groups else persons.select(counted)).with_columns(
        infusion=pl.lit(EVER)
    )
    exact = pl.concat([single, ever.select(single.columns)])
    exact = with_intervals(exact, ci, conf_level).with_columns(
        std_error=pl.lit(None, pl.Float64), note=pl.lit("")
    )
    whole = [_marginal(part, where, **named) for where, part in _groups(had, by)]
    every = pl.DataFrame(whole, schema_overrides={c: had.schema[c] for c in by})
    order = [*by, "infusion", *COLUMNS, "method", "note"]
    rows = pl.concat([exact.select(order), every.select(order)], how="vertical_relaxed")
    return rows.with_columns(**{name: pl.lit(value) for name, value in key.items()})


def _groups(had: pl.DataFrame, by: tuple[str, ...]) -> list[tuple[dict[str, Any], pl.DataFrame]]:
    if not by:
        return [({}, had)]
    keys = had.select(by).unique().sort(by)
    return [
        (key, had.filter([pl.col(c) == v for c, v in key.items()]))
        for key in keys.iter_rows(named=True)
    ]


def _marginal(part: pl.DataFrame, where: dict[str, Any], **named: Any) -> dict[str, Any]:
    found: Marginal = marginal_share(_met(part), _subject(part), **named)
    ends = {"estimate": found.estimate, "std_error": found.std_error}
    ends |= {"conf_low": found.low, "conf_high": found.high}
    return (
        where
        | {"infusion": EVERY, "count": int(part["met"].sum()), "n": part["USUBJID"].n_unique()}
        | {"n_infusions": part.height}
        | {name: None if np.isnan(value) else value for name, value in ends.items()}
        | {
            "method": method_of(*(named[key] for key in ("correlation", "variance", "df"))),
            "note": found.note,
        }
    )


def _met(part: pl.DataFrame) -> Any:
    return part["met"].cast(pl.Float64).to_numpy()


def _subject(part: pl.DataFrame) -> Any:
    return part["subject"].to_numpy()


def _contrasts(
    had: pl.DataFrame, by: tuple[str, ...], key: dict[str, str], **named: Any
) -> list[dict[str, Any]]:
    rows = []
    for where, whole in _groups(had, by[1:]):
        parts = _groups(whole, by[:1])
        if by and has_order(had[by[0]]):
            reference = reference_of(had[by[0]])
            base = whole.filter(pl.col(by[0]) == reference)
            for group, part in parts:
                if group[by[0]] != reference:
                    pair = (_met(part), _subject(part), _met(base), _subject(base))
                    said = {"contrast": f"{group[by[0]]} - {reference}"}
                    rows += [where | key | said | row for row in compared(*pair, **named)]
        for group, part in parts:
            name = f"next infusion, {group[by[0]]}" if by else "next infusion"
            found = trend(_met(part), _subject(part), part["order"].to_numpy(), **named)
            rows.append(where | key | {"contrast": name} | found)
    return rows


def _contrast_schema(records: Records) -> dict[str, Any]:
    keys = {c: records.exposed.schema[c] for c in records.by[1:]}
    return keys | {"ascertainment": pl.String, "AEDECOD": pl.String} | CONTRASTS


def _joined(rows: list[pl.DataFrame], records: Records) -> pl.DataFrame:
    whole = pl.concat(rows)
    numbers = [n for n in whole["infusion"].unique().to_list() if n.isdigit()]
    order = pl.Enum([*sorted(numbers, key=int), EVERY, EVER])
    events = whole.select("ascertainment", "AEDECOD").unique(maintain_order=True)
    placed = whole.join(
        events.with_row_index("place"), on=["ascertainment", "AEDECOD"], how="left"
    ).with_columns(pl.col("infusion").cast(order))
    columns = [*records.by, "ascertainment", "AEDECOD", "infusion", *COLUMNS, "method", "note"]
    return placed.sort("place", *records.by, "infusion").select(columns)


def _few(subjects: int, variance: str, df: str) -> tuple[str, ...]:
    is_short = variance == "sandwich" or df == "normal"
    return (FEW.format(subjects),) if is_short and subjects <= MOST_FEW else ()


def _rare(table: pl.DataFrame, by: tuple[str, ...]) -> tuple[str, ...]:
    """Warn of events that are too rare, or too frequent, in a group for a trend over infusions."""
    rarer = pl.min_horizontal("count", pl.col("n_infusions") - pl.col("count"))
    every = table.filter(pl.col("infusion") == EVERY, rarer > 0, rarer < MOST_RARE)
    named = [
        f"{event} ({', '.join(map(str, group))})" if by else event
        for event, *group in every.select("AEDECOD", *by).rows()
    ]
    return (RARE.format(MOST_RARE, listed(named, 6)),) if named else ()
