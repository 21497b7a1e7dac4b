"""One row a subject: of a trial's population with its baseline scores, or of a bare frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ketanalysis.errors import ArgumentError, ContractError, listed, near_miss
from ketanalysis.frames import id_text, is_pandas, to_polars
from ketanalysis.grid import in_order_of_arms
from ketanalysis.population import (
    POPULATION_FLAGS,
    SetAside,
    baseline_of,
    choose_population,
    subject_codes,
    without_group,
)
from ketanalysis.trial import Trial

# Columns of ADSL that say what was planned or what happened, not who the subject was.
NOT_BASELINE = (
    *("USUBJID", "SUBJID", "STUDYID", "TRT01P", "TRT01PN", "TRT01A", "TRT01AN", "TRTSEQP"),
    *("TRTSEQA", "ARM", "ARMCD", "ACTARM", "ACTARMCD", "RANDFL", "ENRLFL", "ITTFL", "SAFFL"),
    *("FASFL", "PPROTFL", "COMPLFL", "EOSSTT", "EOTSTT", "DCSREAS", "DCTREAS", "DCSCREEN"),
    *("RANDDT", "TRTSDT", "TRTEDT", "TRTSDTM", "TRTEDTM", "EOSDT", "EOTDT", "DTHFL", "DTHDT"),
)
ALL = "All"


@dataclass(frozen=True, eq=False)
class SubjectRows:
    """Who is described, one row a subject.

    Attributes
    ----------
    subjects
        The by-columns, the columns of ADSL or of the frame, and a column a scale with its
        baseline; ``n`` rows.
    names
        The characteristics, in the order of the table.
    scales
        Those of `names` that are baseline scores.
    population
        A sentence: who the subjects are.
    set_aside
        Subjects of the data who are not described: (reason, count) each.
    left_out
        Columns that are not tabulated unless they are named.
    """

    subjects: pl.DataFrame
    names: tuple[str, ...]
    scales: tuple[str, ...] = ()
    population: str = ""
    set_aside: SetAside = ()
    left_out: tuple[str, ...] = ()
    from_pandas: bool = False
    simulated: bool = False


@dataclass(frozen=True, eq=False)
class Group:
    """One column of the table: its label, its values of the by-columns, who is in it, (n,)."""

    label: str
    keys: dict[str, Any]
    members: NDArray[np.bool_]

    @property
    def n(self) -> int:
        """Subjects in the group."""
        return int(self.members.sum())


def rows_of_trial(
    trial: Trial,
    columns: Sequence[str] | None,
    by: tuple[str, ...],
    scales: Sequence[str] | None,
    population: str,
) -> SubjectRows:
    """Return the subjects of a population with the columns asked for and baseline scores.

    Without `columns`, all of ADSL that describe the subject; without both `columns` and
    `scales`, all scales that have baselines too.
    """
    _check_names(trial.adsl, [*by, *(columns or ())], "ADSL")
    chosen, sentence, out = _population(trial, population)
    chosen, out = without_group(chosen, by, out)
    named = trial.scales if scales is None and columns is None else (scales or ())
    kept, baselines = [], chosen.select("USUBJID")
    for scale in named:
        scored = _baselines(trial, scale)
        if scales is None and scored is None:
            continue
        if scored is None:
            raise ArgumentError(
                f"scales names {scale!r}, and no subject has a {scale} baseline. Flag the baseline "
                'rows (ABLFL = "Y"), or take it out of scales.'
            )
        _check_free(scale, chosen.columns)
        baselines = baselines.join(scored, on="USUBJID", how="left", maintain_order="left")
        kept.append(scale)
    found, left_out = _columns_of(chosen, columns, by)
    subjects = chosen.hstack(baselines.drop("USUBJID"))
    return SubjectRows(
        subjects=in_order_of_arms(subjects.sort("USUBJID"), trial.arms),
        names=(*found, *kept),
        scales=tuple(kept),
        population=sentence,
        set_aside=out,
        left_out=left_out,
        simulated=trial.simulated,
    )


def rows_of_frame(
    frame: Any, columns: Sequence[str] | None, by: tuple[str, ...], subject: str
) -> SubjectRows:
    """Return the rows of a bare frame, which must be one a subject."""
    data = to_polars(frame, what="data")
    if not data.height:
        raise ContractError("The data have 0 rows.")
    _check_names(data, [*by, *(columns or ())], "the frame")
    said = _check_one_row_each(data, subject)
    data, out = without_group(data, by, ())
    found, left_out = _columns_of(data, columns, (*by, subject))
    if columns is None:
        _refuse_ids(data.select(found))
    return SubjectRows(
        subjects=data,
        names=found,
        population=f"all rows of the frame, {said}",
        set_aside=out,
        left_out=left_out,
        from_pandas=is_pandas(frame),
    )


def groups_of_rows(subjects: pl.DataFrame, by: tuple[str, ...]) -> list[Group]:
    """Return the groups in order; a declared arm without subjects is one, with nobody in it."""
    if not by:
        return [Group(ALL, {}, np.ones(subjects.height, dtype=bool))]
    first = subjects.schema[by[0]]
    if len(by) == 1 and isinstance(first, pl.Enum):
        keys = pl.DataFrame({by[0]: first.categories.cast(first)})
    else:
        keys = subjects.select(by).unique().sort(by)
    code = keys.with_row_index("code")
    codes = subjects.join(code, on=by, how="left", maintain_order="left")["code"].to_numpy()
    return [
        Group(" / ".join(map(str, row.values())), row, codes == i)
        for i, row in enumerate(keys.iter_rows(named=True))
    ]


def _population(trial: Trial, population: str) -> tuple[pl.DataFrame, str, SetAside]:
    """Return the population by its flag; without ADSL, everybody who has a row of scores."""
    flag = POPULATION_FLAGS.get(population)
    if population == "ITT" and flag not in trial.adsl.columns and not trial.subjects_given:
        return trial.adsl, "all subjects with a row of scores (no ADSL was given)", ()
    return choose_population(trial, trial.adqs, population)


def _baselines(trial: Trial, scale: str) -> pl.DataFrame | None:
    """Return USUBJID and the baseline of each subject who has one; None where nobody has."""
    rows = trial.scores(scale)
    codes, heads = subject_codes(rows["USUBJID"])
    values = baseline_of(rows, codes, len(heads), scale)
    scored = pl.DataFrame({"USUBJID": rows["USUBJID"][heads], scale: values}).with_columns(
        pl.col(scale).fill_nan(None)
    )
    scored = scored.drop_nulls(scale)
    return scored if scored.height else None


def _check_names(frame: pl.DataFrame, names: Sequence[str], where: str) -> None:
    for name in names:
        if name not in frame.columns:
            raise ArgumentError(
                f"There is no column {name!r} in {where}; it has {listed(frame.columns, 20)}."
                f"{near_miss(name, frame.columns)}"
            )


def _check_free(scale: str, columns: Sequence[str]) -> None:
    if scale in columns:
        raise ArgumentError(
            f"scales names {scale!r}, and ADSL has a column of that name; give one of them "
            "another name."
        )


def _check_one_row_each(data: pl.DataFrame, subject: str) -> str:
    """Return how subjects are told apart; a subject with two rows is refused."""
    if subject not in data.columns:
        return f"each counted as one subject (there is no column {subject})"
    ids = id_text(data[subject], subject)
    if ids.null_count():
        raise ContractError(
            f"{subject} must hold the subject's id in every row, but {ids.null_count()} have none."
        )
    twice = ids.filter(ids.is_duplicated()).unique().sort()
    if len(twice):
        raise ContractError(
            f"{subject} must be unique (one row a subject), but {len(twice)} "
            f"{'has' if len(twice) == 1 else 'have'} several rows: {listed(twice, 5)}.\n"
            "  For scores by visit make a trial with as_trial; else keep one row a subject."
        )
    return "one a subject"


def _columns_of(
    frame: pl.DataFrame, columns: Sequence[str] | None, taken: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns to tabulate, and those that stand back because nobody named them."""
    if columns is not None:
        return tuple(dict.fromkeys(columns)), ()
    free = [name for name in frame.columns if name not in (*taken, "USUBJID")]
    left_out = tuple(name for name in free if name in NOT_BASELINE)
    return tuple(name for name in free if name not in NOT_BASELINE), left_out


def _refuse_ids(data: pl.DataFrame) -> None:
    """Refuse a text column in which no two subjects share a value: it identifies them."""
    for name, dtype in data.schema.items():
        values = data[name].drop_nulls()
        if dtype == pl.String and len(values) >= 5 and values.n_unique() == data.height:
            raise ArgumentError(
                f"{name} has another value in each of the {data.height} rows, as an identifier "
                f'has. Write subject="{name}", or name the columns to tabulate in columns=.'
            )
