"""How infusions were given: how many, how long, at which dose, stopped why, and after which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from ketanalysis.definition import check_number, points_words
from ketanalysis.errors import ArgumentError, check_conf_level, check_one_of, listed, near_miss
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.grid import by_columns
from ketanalysis.infusions import conduct_group
from ketanalysis.infusions.conduct_rows import SCHEMA
from ketanalysis.infusions.crossings import groups_of
from ketanalysis.infusions.dosing import dosed
from ketanalysis.infusions.exposure import ALL, Exposure, exposure_of_frame, exposure_of_trial
from ketanalysis.infusions.last_infusion import last_infusions
from ketanalysis.infusions.vital_words import order_notes
from ketanalysis.rates.proportions import INTERVALS
from ketanalysis.results import Result
from ketanalysis.trial import Trial


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ConductResult(Result):
    """How infusions were given, by group.

    Attributes
    ----------
    table
        One row a group, infusion ("1", "2", ..., "all"), measure and level: by-columns, basis
        ("subjects" or "infusions"), unit, count, n (subjects), n_infusions, n_missing, estimate
        (share, 0 to 1), mean, sd, std_error, conf_low, conf_high (of the share or the mean),
        median, min, max, method, note. A measure that the data do not hold has a row whose note
        begins with "not recorded".
    by
        The by-columns.
    planned
        The planned number of infusions, or None.
    """

    kind: ClassVar[str] = "conduct"

    by: tuple[str, ...] = ()
    planned: int | None = None


def tabulate_infusions(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    planned: int | None = None,
    planned_dose: float | Mapping[str, float] | None = None,
    planned_minutes: float | None = None,
    weight: str | None = None,
    ci: str = "clopper-pearson",
    conf_level: float = 0.95,
) -> ConductResult:
    """Tabulate how infusions were given: number, length, dose, stops with reasons, intervals.

    Answers "did they get what was planned?". Not an analysis of what the dose did: who got more
    infusions stayed longer, and is another kind of subject.

    Parameters
    ----------
    data
        A `Trial` with ADEX, or a frame of infusions (polars, pandas, Arrow) in ADEX columns:
        USUBJID and EXSEQ; where recorded AFRLT (hours since the start of the first infusion),
        EXDUR (minutes), EXDOSE with EXDOSU, EXADJ (why it was stopped early or changed), EXTRT.
    by
        Column or columns of ADSL or ADEX (or of the frame); None is overall.
    planned
        How many infusions each subject was to get. Without it nothing is said of completion.
    planned_dose
        The planned dose in the unit of EXDOSU: one number, or one for each EXTRT.
    planned_minutes
        The planned length of an infusion in minutes.
    weight
        The column of ADSL (or of the frame) with the weight in kg, for doses in mg.
    ci
        Interval of shares of subjects, by name as in `estimate_response`; exact by default.
    conf_level
        Confidence level, 0 to 1.

    Returns
    -------
    ConductResult
        `table`, one row a group, infusion, measure and level.

    Raises
    ------
    ArgumentError
        The trial has no infusions, a column does not exist, or a plan is no positive number.
    ContractError
        Two rows of one infusion, a length or dose that is no finite number of 0 or more.
    EstimationError
        Nobody had an infusion.

    Notes
    -----
    Missing values: a length or dose that is not recorded is counted in n_missing; a total over
    infusions is missing where one of them is. A column that is not there makes the row "not
    recorded". An empty EXADJ says that nothing was changed.
    "stopped early or changed" is what EXADJ says; "shorter than planned" is what EXDUR says, by
    `planned_minutes`. The dose is compared with that of the infusion before, by EXDOSE: where an
    infusion was stopped early its dose is lower, and the reason stands beside it.
    Shares of infusions have intervals in which the subjects are the sample, as in
    `estimate_vital_signs`.
    Checked against: tests/oracle/conduct.csv (R 4.2.2, base R, with binom.test and
    survey::svyciprop), every column, relative 1e-9.

    Examples
    --------
    >>> import ketanalysis as ka
    >>> given = ka.tabulate_infusions(ka.load_example("ketamine"), by="TRT01P", planned=6)
    >>> given.inline("all planned infusions", arm="midazolam")
    '43/48 (90 %; 95 % CI 77 to 97)'
    """
    check_conf_level(conf_level)
    check_one_of("ci", ci, tuple(INTERVALS))
    columns = by_columns(by, (*SCHEMA, "subject", "reason", "why"))
    plan = _plan(planned, planned_minutes)
    exposure = _exposure(data, columns)
    infusions = dosed(
        exposure.infusions,
        planned_dose=planned_dose,
        planned_minutes=planned_minutes,
        weight=_weights(data, weight),
    )
    last, why = last_infusions(infusions, data if isinstance(data, Trial) else None)
    held = conduct_group.Held.of(exposure.infusions, planned_dose, weight)
    rows = list(_rows(exposure, infusions, last, columns, plan, held, ci, conf_level))
    keys = {column: infusions.schema[column] for column in columns}
    order = {"infusion": pl.Enum([*map(str, range(1, plan.last(infusions) + 1)), ALL])}
    title = "How infusions were given"
    return ConductResult(
        table=pl.DataFrame(rows, schema={**keys, **SCHEMA, **order}),
        title=f"{title} by {', '.join(columns)}" if columns else title,
        audit=_audit(exposure),
        notes=(*_notes(exposure, plan, infusions, why), *order_notes(infusions, columns)),
        conf_level=conf_level,
        simulated=isinstance(data, Trial) and data.simulated,
        from_pandas=is_pandas(data),
        by=columns,
        planned=planned,
    )


def _plan(planned: int | None, planned_minutes: float | None) -> conduct_group.Plan:
    if planned is not None and (isinstance(planned, bool) or not isinstance(planned, int)):
        raise ArgumentError(f"planned must be a whole number of infusions, not {planned!r}.")
    for name, given in (("planned", planned), ("planned_minutes", planned_minutes)):
        if given is not None:
            check_number(name, given)
            if given <= 0:
                raise ArgumentError(f"{name} must be above 0, not {given:g}.")
    return conduct_group.Plan(planned, planned_minutes)


def _exposure(data: Any, by: tuple[str, ...]) -> Exposure:
    if not isinstance(data, Trial):
        return exposure_of_frame(data, by, "data")
    if data.adex is None:
        raise ArgumentError("The trial holds no infusions: give as_trial(..., infusions=).")
    return exposure_of_trial(data, by)


def _weights(data: Any, weight: str | None) -> pl.DataFrame | None:
    """Return USUBJID and kg of each subject; None where no column was named."""
    if weight is None:
        return None
    frame = data.adsl if isinstance(data, Trial) else to_polars(data, "data")
    if weight not in frame.columns:
        where = "ADSL" if isinstance(data, Trial) else "data"
        raise ArgumentError(
            f"weight needs a column of {where}, not {weight!r}.{near_miss(weight, frame.columns)}"
        )
    if not frame.schema[weight].is_numeric():
        raise ArgumentError(f"weight needs a column of numbers (kg), and {weight} holds none.")
    kg = pl.col(weight).cast(pl.Float64).fill_nan(None)
    return (
        frame.select(pl.col("USUBJID").cast(pl.String), kg=kg)
        .group_by("USUBJID")
        .agg(pl.col("kg").drop_nulls().first())
    )


def _rows(
    exposure: Exposure,
    infusions: pl.DataFrame,
    last: pl.DataFrame,
    by: tuple[str, ...],
    plan: conduct_group.Plan,
    held: conduct_group.Held,
    ci: str,
    conf_level: float,
) -> Iterator[dict[str, Any]]:
    everybody = exposure.subjects
    for key, group in groups_of(infusions, by):
        n = group["subject"].n_unique()
        if everybody is not None and set(by) <= set(everybody.columns):
            tests = [pl.col(name) == value for name, value in key.items()]
            n = everybody.filter(pl.all_horizontal(pl.lit(True), *tests)).height
        own = last.join(group, on="USUBJID", how="semi")
        given = conduct_group.Group(group, n, own, plan, held, ci, conf_level)
        for row in conduct_group.rows_of(given, plan.last(infusions)):
            yield {**key, **row}


def _audit(exposure: Exposure) -> pl.DataFrame:
    infusions = exposure.infusions
    n = infusions["subject"].n_unique()
    rows: list[tuple[str, str, int, int | None]] = [
        ("included", "with an infusion", n, infusions.height)
    ]
    rows += [("excluded", reason, count, None) for reason, count in exposure.set_aside]
    if exposure.subjects is not None:
        never = exposure.subjects.join(infusions, on="USUBJID", how="anti").height
        rows += [("included", "no infusion", never, 0)] if never else []
    schema = {"status": pl.String, "reason": pl.String, "count": pl.Int64, "n_infusions": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _notes(
    exposure: Exposure, plan: conduct_group.Plan, infusions: pl.DataFrame, why: str
) -> Iterator[str]:
    n = infusions["subject"].n_unique()
    yield f"Counted: {infusions.height} infusions in {n} {exposure.who}."
    declared = []
    if plan.planned is not None:
        declared.append(f"{plan.planned} infusions a subject")
    if plan.minutes is not None:
        declared.append(f"{points_words(plan.minutes)} minutes an infusion")
    yield f"The plan: {listed(declared)}." if declared else "No plan was declared."
    yield why
    yield (
        "Intervals of shares of infusions, and of means over several infusions of a subject: the "
        "subjects are the sample (linearised variance)."
    )
