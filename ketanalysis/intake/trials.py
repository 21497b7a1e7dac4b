"""From somebody's own data frame to a checked trial: `as_trial`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from ketanalysis.intake.clock import Schedule, Visits, named_clock
from ketanalysis.intake.item_rows import item_rows
from ketanalysis.intake.scores import Declared, score_rows
from ketanalysis.intake.shaping import ROW, Codes
from ketanalysis.intake.subjects import ARM, arms_of, further_tables, subject_rows, with_ids
from ketanalysis.trial import Trial

if TYPE_CHECKING:
    from ketanalysis.contracts.findings import Breach, CheckReport


def as_trial(
    data: Any,
    *,
    subject: str = "USUBJID",
    arm: str | None = None,
    arms: Sequence[object] | None = None,
    visit: str | None = None,
    visits: Visits | None = None,
    visit_unit: str | None = None,
    day: str | None = None,
    study_day: str | None = None,
    hour: str | None = None,
    scores: Mapping[str, str] | None = None,
    wide: Mapping[str, str] | None = None,
    parameter: str | None = None,
    value: str | None = None,
    baseline: Mapping[str, str] | None = None,
    baseline_visit: object | None = None,
    subject_columns: Sequence[str] = (),
    subjects: Any = None,
    items: Any = None,
    infusions: Any = None,
    adverse_events: Any = None,
    events: Any = None,
    concomitant: Any = None,
    vital_signs: Any = None,
    missing_codes: Codes = (),
    label: str = "trial",
    simulated: bool = False,
) -> Trial:
    """Turn a data frame of one's own into a checked trial in CDISC columns.

    Answers "can these data be analysed, and what is wrong with them?": the scores are brought
    into one row a subject, scale and visit, and held against the contracts in ``schemas/``.
    Nothing is guessed: the order of arms and visits is declared, ids stay text, a cell that
    is no number is refused with its code and count. Not for files: `read_table` reads one, and
    `read_study` a folder with all of this in its ``study.toml``.

    Parameters
    ----------
    data
        The scores: polars, pandas, Arrow, or a dict of columns. Columns that are not named
        here are not kept. Three shapes:

        - long: `parameter` names the column with the scale, `value` the one with the score;
        - wide by scale: one row a subject and visit; ``scores={"HAMD17": "HAMDTL17"}``;
        - wide by scale and visit: one row a subject; ``wide={"MADRS": "madrs_{visit}"}``.
    scores, wide, parameter, value
        How the scores stand in `data`: exactly one of the three shapes above.
    subject
        The column with the subject's id, text or whole numbers. A further frame may call it
        USUBJID instead.
    arm, arms
        The column with the planned arm, and the arms in order, the reference first. Without
        an arm (or a column TRT01P) the trial is a single-arm study.
    visit, visits
        The column with the visit, and the visits in order: a list, or visit → planned hours
        since the start of the first infusion. The column AVISIT may take its order from
        AVISITN instead, and an Enum or ordered category has its own.
    visit_unit
        "hour", "day" or "week" when `visit` holds numbers; gives order and time, and visits
        their names ("Week 2").
    day, study_day, hour
        One clock: elapsed days (0 is the day of the first infusion, fractions allowed),
        CDISC study days (whole, no day 0), or elapsed hours. Without one, the column AFRLT
        (hours) is taken if there is one, else the planned hours of the visits.
    baseline
        Scale → column that holds the baseline in every row of the subject.
    baseline_visit
        The visit that is the baseline. Without both, rows flagged ABLFL = "Y" are used, else
        the last score at or before the start of the first infusion, by the clock.
    subject_columns
        Columns that belong to the subject (covariates, site); constant within a subject.
    subjects, infusions, adverse_events, events, concomitant, vital_signs
        More frames, in CDISC columns: ADSL, ADEX, ADAE, intercurrent events, concomitant
        treatments, ADVS. With `subjects`, `arm` is a column of it, and subjects without any
        score are counted.
    items
        One more frame, one row an item answer: the subject, the visit as in `data` (or
        AVISIT), PARAMCD, QSTESTCD (the item's number) and AVAL. Scores that disagree with
        their items are findings. `score_items` makes scores from items.
    missing_codes
        Texts or numbers that mean "missing" in number columns (not in times), for example
        ``["ND", -99]``; how many cells they made missing stands in `Trial.notes`.
    label, simulated
        What reports call the trial, and whether it was made by code.

    Returns
    -------
    Trial
        Frozen, the same for any order of the rows. `Trial.report` holds the findings that are
        not errors (a missing baseline is a warning); its rows are those of the given frames.

    Raises
    ------
    ArgumentError
        A column that does not exist, an order that is not declared, a shape not named.
    ContractError
        The data break their contract; the message lists every finding, and ``.report`` holds
        them as a frame.

    Notes
    -----
    Missing values: NaN and null are the same, a missing score; a wide cell without a score
    makes no row. A subject of `subjects` without any score stays in the trial.
    Source: CDISC ADaM Implementation Guide 1.3, names and meaning of the columns.
    Checked against: one trial in every shape, tests/intake/test_intake.py.

    Examples
    --------
    >>> import polars as pl
    >>> import ketanalysis as ka
    >>> df = pl.DataFrame({"id": ["01", "02"], "madrs_0h": [34, 29], "madrs_d14": [12, 27]})
    >>> trial = ka.as_trial(df, subject="id", wide={"MADRS": "madrs_{visit}"},
    ...                     visits={"0h": 0, "d14": 336}, baseline_visit="0h")
    >>> trial.n_subjects
    2
    """
    frame = with_ids(data, "data", subject)
    clock = named_clock(day, study_day, hour)
    declared = Declared(
        visit=visit,
        visits=visits,
        visit_unit=visit_unit,
        clock=clock,
        scores=scores,
        wide=wide,
        parameter=parameter,
        value=value,
        baseline=baseline,
        baseline_visit=baseline_visit,
        missing_codes=missing_codes,
        subject_columns=subject_columns,
        others=(subject, "USUBJID", ARM if arm is None else arm),
    )
    rows, schedule, notes = score_rows(frame, declared)
    adsl = subject_rows(
        frame,
        None if subjects is None else with_ids(subjects, "subjects", subject),
        subject=subject,
        arm=arm,
        arms=arms,
        subject_columns=subject_columns,
        missing_codes=missing_codes,
    )
    given = {
        "infusions": infusions,
        "adverse_events": adverse_events,
        "events": events,
        "concomitant": concomitant,
        "vital_signs": vital_signs,
    }
    more = further_tables(given, subject, clock, missing_codes)
    if items is not None:
        more["adqsitem"] = item_rows(items, subject, declared, schedule)
    return _checked(
        {"adsl": adsl, "adqs": _sorted_scores(rows, schedule), **more},
        arms=arms_of(adsl),
        visits=schedule.labels,
        visit_hours=schedule.hours or (),
        subjects_given=subjects is not None,
        label=label,
        simulated=simulated,
        notes=(*notes, *_arms_without_subjects(adsl)),
    )


def _checked(tables: Mapping[str, pl.DataFrame], **described: Any) -> Trial:
    """Return the trial with its report of findings, or raise `ContractError` with all of them.

    The column `ROW` tells which row of the given data each row came from: a finding names the
    row that the person can look up.
    """
    from ketanalysis.contracts.checking import check_trial

    bare: dict[str, Any] = {name: table.drop(ROW) for name, table in tables.items()}
    trial = Trial(**bare, **described)
    report = _at_given_rows(check_trial(trial), {n: t[ROW] for n, t in tables.items()})
    if not trial.subjects_given:
        report = replace(report, breaches=tuple(b for b in report.breaches if not _is_ours(b)))
    report.raise_for_errors()
    return trial.with_(report=report)


def _is_ours(breach: Breach) -> bool:
    """Whether it says that a subject has two rows in ADSL, which we made of two arms."""
    return (breach.table, breach.rule) == ("adsl", "unique")


def _at_given_rows(report: CheckReport, rows: Mapping[str, pl.Series]) -> CheckReport:
    breaches = []
    for breach in report.breaches:
        found = breach.rows.with_columns(
            rows[breach.table].gather(breach.rows["row"] - 1).alias("row")
        )
        breaches.append(replace(breach, rows=found.sort("row", maintain_order=True)))
    return replace(report, breaches=tuple(breaches))


def _sorted_scores(rows: pl.DataFrame, schedule: Schedule) -> pl.DataFrame:
    visits = pl.Enum(schedule.labels)
    columns = ("USUBJID", "PARAMCD", "AVISIT", "AVISITN", "AFRLT", "AVAL", "ABLFL", ROW)
    return (
        rows.with_columns(pl.col("AVISIT").cast(visits))
        .with_columns(pl.col("AVISIT").to_physical().cast(pl.Int64).alias("AVISITN"))
        .select(columns)
        .sort("USUBJID", "PARAMCD", "AVISITN", ROW)
    )


def _arms_without_subjects(adsl: pl.DataFrame) -> tuple[str, ...]:
    held = set(adsl[ARM].cast(pl.String)) if ARM in adsl.columns else set()
    empty = [arm for arm in arms_of(adsl) if arm not in held]
    return (f"No subject is in the declared arm {', '.join(map(repr, empty))}.",) if empty else ()
