"""What else did the subjects take? Treatments before and during the trial, and rescue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from ketanalysis.errors import (
    ArgumentError,
    ContractError,
    check_conf_level,
    check_one_of,
    listed,
    near_miss,
)
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.glossary import method_words
from ketanalysis.grid import by_columns
from ketanalysis.participants.subject_rows import (
    Group,
    SubjectRows,
    groups_of_rows,
    rows_of_frame,
    rows_of_trial,
)
from ketanalysis.participants.treatment_periods import derive_periods, period_notes
from ketanalysis.rates.contrasts import check_order
from ketanalysis.rates.proportions import INTERVALS, proportion_interval
from ketanalysis.results import Result
from ketanalysis.trial import Trial

ANY = "Any treatment"
RESCUE = ("rescue", "ECT", "extra infusion")
TERMS = ("CMCLAS", "CMDECOD")
PERIODS = ("any", "before", "during", "new")
NOT_RECORDED = "not recorded"
ROWS: dict[str, Any] = {
    **dict.fromkeys(("source", "treatment", "period"), pl.String),
    **dict.fromkeys(("count", "n"), pl.Int64),
    **dict.fromkeys(("estimate", "conf_low", "conf_high"), pl.Float64),
    "method": pl.String,
    **dict.fromkeys(("median", "min", "max"), pl.Float64),
}
AUDIT = {"status": pl.String, "reason": pl.String, "count": pl.Int64}


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConcomitantResult(Result):
    """Subjects with each treatment by group and period.

    Attributes
    ----------
    table
        One row a group, treatment and period: by-columns, source ("ADCM", or "ADICE" for
        rescue), treatment, period ("any", "before", "during", "new"), count of n subjects,
        estimate (0 to 1), conf_low, conf_high, method (where an interval was asked for); of
        "new" rows median, min, max of the first use, in hours since the first infusion.
    by, term
        The by-columns, and the column that names treatments.
    """

    kind: ClassVar[str] = "concomitant"

    by: tuple[str, ...] = ()
    term: str = ""


def tabulate_concomitant(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    term: str = "CMCLAS",
    subjects: Any = None,
    population: str = "ITT",
    ci: str | None = None,
    conf_level: float = 0.95,
    subject: str = "USUBJID",
) -> ConcomitantResult:
    """Count the subjects with each concomitant treatment, before and during, and with rescue.

    Answers "what else did they take?". It counts subjects, never prescriptions. Not a reason
    to adjust an analysis: what was taken after the first infusion may be an effect of it.

    Parameters
    ----------
    data
        A `Trial` with ADCM or intercurrent events (ADICE), or a frame of treatments: USUBJID,
        CMCLAS or CMDECOD, and AFRLT, AFRLTEND (hours since the first infusion), PREFL,
        ONTRTFL where they are there.
    by
        Columns of ADSL (or of `subjects`); None is all subjects together.
    term
        "CMCLAS" (class) or "CMDECOD" (single treatment).
    subjects
        For a bare frame: one row a subject, also of those who took nothing.
    population
        "ITT", "safety" or "per protocol", by the flags of ADSL.
    ci
        Interval of each share, as in `estimate_response` ("clopper-pearson" is the exact one);
        None is none.
    conf_level
        Confidence level, 0 to 1.
    subject
        The column of a bare frame, and of `subjects`, that identifies a subject.

    Returns
    -------
    ConcomitantResult
        Subjects with each treatment, of those in the group. Rescue, ECT and extra infusions
        come from ADICE and have their rows also where nobody had them.

    Raises
    ------
    ArgumentError
        The trial holds neither ADCM nor ADICE, `subjects` is not given with a bare frame, or a
        name does not exist.
    ContractError
        A treatment is called "Any treatment", a time is no number, a flag is not Y or N.

    Notes
    -----
    Before and during are defined in `ketanalysis.participants.treatment_periods`, and the notes
    print what was applied. Missing values: a treatment without a class stands in the row "not
    recorded"; one without times and flags is counted at any time only, and a note says how many
    there are. Treatments of subjects outside the population are counted in the audit.
    Checked against: counted by hand in tests/participants/test_concomitant.py; intervals as
    tests/oracle/proportions.csv.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> taken = ka.tabulate_concomitant(ka.load_example("ketamine"), by="TRT01P")
    >>> taken.table["treatment"][0]
    'Any treatment'
    """
    check_conf_level(conf_level)
    check_one_of("term", term, TERMS)
    if ci is not None:
        check_one_of("ci", ci, tuple(INTERVALS))
    keys = by_columns(by, tuple(ROWS))
    rows, treatments, events = _given(data, keys, subjects, population, subject)
    check_order(rows.subjects, keys)
    groups = groups_of_rows(rows.subjects, keys)
    taken, notes = _taken(treatments, term)
    counted = [
        *(
            _count(taken, "ADCM", groups, rows.subjects["USUBJID"])
            if treatments is not None
            else ()
        ),
        *(
            _count(_rescue(events), "ADICE", groups, rows.subjects["USUBJID"])
            if events is not None
            else ()
        ),
    ]
    schema = {**{key: rows.subjects.schema[key] for key in keys}, **ROWS}
    table = _with_interval(pl.DataFrame(counted, schema=schema), ci, conf_level)
    return ConcomitantResult(
        table=table,
        title="Concomitant treatments" + (f" by {', '.join(keys)}" if keys else ""),
        audit=_audit(rows, treatments, events),
        notes=(*_notes(rows, term, treatments, events, ci, conf_level), *notes),
        conf_level=conf_level,
        simulated=rows.simulated,
        from_pandas=rows.from_pandas,
        by=keys,
        term=term,
    )


Frames = tuple[SubjectRows, pl.DataFrame | None, pl.DataFrame | None]


def _given(data: Any, by: tuple[str, ...], subjects: Any, population: str, subject: str) -> Frames:
    """Return who is counted, their treatments, and their intercurrent events."""
    if isinstance(data, Trial):
        if subjects is not None:
            raise ArgumentError("subjects= is for a bare frame; a Trial has its own in ADSL.")
        if data.adcm is None and data.adice is None:
            raise ArgumentError(
                "The trial holds neither concomitant treatments nor intercurrent events: give "
                "as_trial(..., concomitant=) or as_trial(..., events=)."
            )
        rows = rows_of_trial(data, ("USUBJID",), by, (), population)
        return rows, data.adcm, data.adice
    if subjects is None:
        raise ArgumentError(
            "A frame of treatments does not say who took none: give subjects=, a frame with one "
            f"row a subject and the column {subject}."
        )
    if population != "ITT":
        raise ArgumentError(
            f"The {population} population needs a trial with ADSL; a bare frame has none."
        )
    treatments, people = to_polars(data, "data"), to_polars(subjects, "subjects")
    for frame, what in ((treatments, "data"), (people, "subjects")):
        if subject not in frame.columns:
            raise ArgumentError(
                f"subject must name a column of {what}, not {subject!r}; it has "
                f"{listed(frame.columns, 20)}.{near_miss(subject, frame.columns)}"
            )
    found = rows_of_frame(people, (subject,), by, subject)
    named = found.subjects.with_columns(id_text(found.subjects[subject], subject).alias("USUBJID"))
    rows = SubjectRows(
        named,
        found.names,
        population="all rows of subjects",
        set_aside=found.set_aside,
        from_pandas=is_pandas(data),
    )
    ids = id_text(treatments[subject], subject).alias("USUBJID")
    return rows, treatments.with_columns(ids), None


def _taken(treatments: pl.DataFrame | None, term: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return subject, treatment, before, during and start of each row, and how it was placed."""
    if treatments is None:
        return pl.DataFrame(), ()
    if term not in treatments.columns:
        held = [name for name in TERMS if name in treatments.columns]
        hint = f' Write term="{held[0]}".' if held else ""
        raise ArgumentError(
            f"The treatments have no column {term}; they have {listed(treatments.columns, 20)}."
            f"{hint}"
        )
    periods = derive_periods(treatments)
    names = periods[term].cast(pl.String).str.strip_chars()
    names = names.set((names == "").fill_null(False), None).fill_null(NOT_RECORDED)
    clash = names.filter(names.str.to_lowercase() == ANY.lower())
    if clash.len():
        raise ContractError(
            f'{term} must name a treatment, not "{clash[0]}": so is called the row that counts the '
            "subjects with at least one treatment."
        )
    taken = periods.select("USUBJID", names.alias("treatment"), "before", "during", "start")
    return taken, period_notes(treatments, periods)


def _rescue(events: pl.DataFrame) -> pl.DataFrame:
    """Return rescue, ECT and extra infusions of ADICE as treatments."""
    time = pl.col("AFRLT").cast(pl.Float64)
    return events.filter(pl.col("ICECAT").cast(pl.String).is_in(RESCUE)).select(
        "USUBJID",
        pl.col("ICECAT").cast(pl.String).alias("treatment"),
        before=(time < 0).fill_null(False),
        during=(time >= 0).fill_null(True),
        start=pl.when(time >= 0).then(time),
    )


def _count(
    taken: pl.DataFrame, source: str, groups: Sequence[Group], ids: pl.Series
) -> list[dict[str, Any]]:
    """Return a row a treatment, group and period: the most frequent treatment first."""
    mine = taken.filter(pl.col("USUBJID").is_in(ids.implode()))
    each = _by_subject(mine)
    if source == "ADCM":
        whole = _by_subject(mine.with_columns(treatment=pl.lit(ANY)))
        names = [ANY, *_by_frequency(each)]
        each = pl.concat([whole, each])
    else:
        names = list(RESCUE)
    rows = []
    for name in names:
        one = each.filter(pl.col("treatment") == name)
        for group in groups:
            members = ids.filter(pl.Series(group.members))
            own = one.filter(pl.col("USUBJID").is_in(members.implode()))
            rows += [
                {**group.keys, "source": source, "treatment": name, **found, "n": group.n}
                for found in _periods(own)
            ]
    return rows


def _by_subject(taken: pl.DataFrame) -> pl.DataFrame:
    """Return one row a subject and treatment: ever before, ever during, first start."""
    return taken.group_by("USUBJID", "treatment").agg(
        pl.col("before", "during").any(), pl.col("start").min()
    )


def _by_frequency(each: pl.DataFrame) -> list[str]:
    counts = each.group_by("treatment").agg(pl.len().cast(pl.Int64).alias("count"))
    last = pl.col("treatment") == NOT_RECORDED
    return counts.sort(last, -pl.col("count"), pl.col("treatment"))["treatment"].to_list()


def _periods(own: pl.DataFrame) -> list[dict[str, Any]]:
    new = own.filter(pl.col("during") & ~pl.col("before"))
    counts = {
        "any": own.height,
        "before": int(own["before"].sum()),
        "during": int(own["during"].sum()),
        "new": new.height,
    }
    rows: list[dict[str, Any]] = [{"period": name, "count": n} for name, n in counts.items()]
    starts = new["start"]
    rows[-1] |= {"median": starts.median(), "min": starts.min(), "max": starts.max()}
    return rows


def _with_interval(table: pl.DataFrame, ci: str | None, conf_level: float) -> pl.DataFrame:
    shares = table.with_columns(
        estimate=pl.when(pl.col("n") > 0).then(pl.col("count") / pl.col("n"))
    )
    if ci is None:
        return shares
    count, n = (shares[name].to_numpy() for name in ("count", "n"))
    low, high = proportion_interval(count, n, ci, conf_level)
    return shares.with_columns(
        conf_low=pl.Series(low).fill_nan(None),
        conf_high=pl.Series(high).fill_nan(None),
        method=pl.lit(ci),
    )


def _audit(
    rows: SubjectRows, treatments: pl.DataFrame | None, events: pl.DataFrame | None
) -> pl.DataFrame:
    """Return who is counted; who is not, by reason; and who of those had a treatment."""
    ids = rows.subjects["USUBJID"]
    given = [
        frame.select("USUBJID")
        for frame in (treatments, None if events is None else _rescue(events))
        if frame is not None
    ]
    had = pl.concat(given).unique() if given else pl.DataFrame(schema={"USUBJID": pl.String})
    outside = had.filter(~pl.col("USUBJID").is_in(ids.implode())).height
    found = [("included", f"counted: {rows.population}", len(ids))]
    found += [("excluded", reason, count) for reason, count in rows.set_aside]
    if outside:
        found.append(("excluded", "of these or unknown, with treatments", outside))
    return pl.DataFrame(found, schema=AUDIT, orient="row")


def _notes(
    rows: SubjectRows,
    term: str,
    treatments: pl.DataFrame | None,
    events: pl.DataFrame | None,
    ci: str | None,
    conf_level: float,
) -> tuple[str, ...]:
    aside = "".join(f" Set aside: {count} ({reason})." for reason, count in rows.set_aside)
    sources: Mapping[str, bool] = {
        f"treatments by {term} from ADCM": treatments is not None,
        f"{listed(RESCUE)} from ADICE": events is not None,
    }
    named = "; ".join(text for text, is_there in sources.items() if is_there)
    interval = (f"{conf_level * 100:g} % intervals: {method_words(ci)}.",) if ci is not None else ()
    return (
        f"Population: {rows.population}.{aside}",
        f"Each subject counts once for each treatment: {named}.",
        *interval,
    )
