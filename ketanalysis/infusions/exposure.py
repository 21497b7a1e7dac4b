"""The infusions that were given: one row an infusion, with the groups that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, EstimationError, listed, near_miss
from ketanalysis.frames import id_text, to_polars
from ketanalysis.grid import in_order_of_arms
from ketanalysis.population import SetAside
from ketanalysis.trial import Trial

KEYS = ("USUBJID", "EXSEQ")
ALL = "all"


@dataclass(frozen=True, eq=False)
class Exposure:
    """The infusions that are counted.

    Attributes
    ----------
    infusions
        One row an infusion, by subject and number: USUBJID, EXSEQ (Int64), ``subject`` (the
        subject as a number), the by-columns, and what else is recorded of it.
    subjects
        One row a subject of the population, infused or not: USUBJID and the by-columns that
        belong to the subject; None where only the infusions are known.
    who
        A sentence: whose infusions they are.
    set_aside
        Subjects whose infusions are not counted: (reason, count) each.
    """

    infusions: pl.DataFrame
    subjects: pl.DataFrame | None
    who: str
    set_aside: SetAside = ()

    @property
    def numbers(self) -> list[int]:
        """The numbers of infusions in order."""
        return self.infusions["EXSEQ"].unique().sort().to_list()


def exposure_of_trial(
    trial: Trial, by: tuple[str, ...], readings: pl.DataFrame | None = None
) -> Exposure:
    """Return the infusions of a trial, of the safety population where SAFFL marks one.

    Where the trial holds no infusions they are those that `readings` name.
    """
    held = trial.adex if trial.adex is not None else readings
    assert held is not None
    given = one_row_each(_numbered(held, "ADEX"), "ADEX", is_told=trial.adex is not None)
    adsl, who, out = _safety(trial.adsl)
    for column in by:
        if column not in (*adsl.columns, *given.columns):
            raise ArgumentError(
                f"by needs a column of ADSL or ADEX, not {column!r}."
                f"{near_miss(column, (*adsl.columns, *given.columns))}"
            )
    of_subject = [column for column in by if column in adsl.columns]
    kept = given.drop([c for c in of_subject if c in given.columns])
    subjects = in_order_of_arms(adsl, trial.arms).select("USUBJID", *of_subject)
    infusions = kept.join(subjects, on="USUBJID", how="inner", maintain_order="left")
    source = "" if trial.adex is not None else ", by the readings (the trial has no ADEX)"
    whole = Exposure(infusions, subjects, f"{who}{source}", out)
    return without_missing(whole, by)


def exposure_of_frame(given: Any, by: tuple[str, ...], what: str, is_told: bool = True) -> Exposure:
    """Return the infusions of a bare frame of infusions, or those that readings name."""
    frame = to_polars(given, what)
    for column in (*KEYS, *by):
        if column not in frame.columns:
            raise ArgumentError(
                f"{what} needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    infusions = one_row_each(_numbered(frame, what), what, by, is_told=is_told)
    source = "" if is_told else ", by the readings (no infusions were given)"
    return without_missing(Exposure(infusions, None, f"subjects with an infusion{source}"), by)


def without_missing(exposure: Exposure, by: tuple[str, ...]) -> Exposure:
    """Set aside what has no value in a by-column, and count the subjects."""
    infusions, subjects, out = exposure.infusions, exposure.subjects, exposure.set_aside
    for column in by:
        is_known = pl.col(column).is_not_null()
        of_subject = subjects is not None and column in subjects.columns
        source = subjects if subjects is not None and of_subject else infusions
        lacking = source.filter(~is_known)["USUBJID"].n_unique()
        if lacking:
            out = (*out, (f"no {column}", lacking))
        infusions = infusions.filter(is_known)
        subjects = subjects.filter(is_known) if subjects is not None and of_subject else subjects
    if infusions.is_empty():
        raise EstimationError(
            f"No infusion is counted ({exposure.who}), so there is nothing to estimate."
        )
    code = pl.col("USUBJID").rank("dense").cast(pl.Int64).alias("subject")
    return Exposure(infusions.sort(KEYS).with_columns(code), subjects, exposure.who, out)


def one_row_each(
    frame: pl.DataFrame, what: str, by: tuple[str, ...] = (), *, is_told: bool
) -> pl.DataFrame:
    """Return one row an infusion: a second row of one is refused; readings name it many times."""
    if is_told:
        _check_keys(frame, what)
        twice = frame.filter(pl.struct(KEYS).is_duplicated())
        if twice.height:
            first = twice.row(0, named=True)
            raise ContractError(
                f"{what} must have one row for each subject and infusion; {twice.height} rows "
                f"share theirs, first subject {first['USUBJID']}, infusion {first['EXSEQ']}. "
                "Keep the right row, or number the infusions."
            )
        return frame
    # A reading without a number is outside the infusions, and is counted as such.
    rows = frame.drop_nulls(KEYS).select(*KEYS, *by).unique().sort(KEYS)
    shared = rows.filter(pl.struct(KEYS).is_duplicated())
    if shared.height:
        first = shared.row(0, named=True)
        raise ContractError(
            f"{listed(by)} must be the same in all rows of an infusion; it is not for subject "
            f"{first['USUBJID']}, infusion {first['EXSEQ']}."
        )
    return rows


def _numbered(frame: pl.DataFrame, what: str) -> pl.DataFrame:
    """Return the rows that belong to an infusion, USUBJID as text and EXSEQ as a whole number."""
    for column in KEYS:
        if column not in frame.columns:
            raise ArgumentError(
                f"{what} needs the column {column}; it has {listed(frame.columns, 20)}."
                f"{near_miss(column, frame.columns)}"
            )
    number = frame["EXSEQ"]
    if not (number.dtype.is_numeric() or number.dtype == pl.Null):
        raise ContractError(
            f"EXSEQ of {what} must hold whole numbers, not {number.dtype}: the number of the "
            "infusion, from 1."
        )
    if (number.drop_nulls() % 1 != 0).any() or (number.drop_nulls() < 1).any():
        raise ContractError(f"EXSEQ of {what} must hold whole numbers from 1.")
    ids = id_text(frame["USUBJID"], "USUBJID")
    return frame.with_columns(ids, number.cast(pl.Int64))


def _check_keys(frame: pl.DataFrame, what: str) -> None:
    for column in KEYS:
        lacking = frame[column].null_count()
        if lacking:
            raise ContractError(
                f"{column} of {what} must not be missing, but {lacking} of {frame.height} rows "
                "have none."
            )


def _safety(adsl: pl.DataFrame) -> tuple[pl.DataFrame, str, SetAside]:
    if "SAFFL" not in adsl.columns:
        return adsl, "subjects with an infusion", ()
    chosen = adsl.filter(pl.col("SAFFL").cast(pl.String) == "Y")
    out = adsl.height - chosen.height
    reason = ("not in the safety population (SAFFL is not Y)", out)
    who = "subjects of the safety population (SAFFL = Y) with an infusion"
    return chosen, who, (reason,) if out else ()
