"""One study split by a column of its subjects: a study a level, none too small to be shown."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ketanalysis.batch.naming import folder_name
from ketanalysis.errors import check_one_of
from ketanalysis.study.folder import Study, read_study, write_study

NO_VALUE = "no value"


def split_study(folder: Path, column: str, target: Path) -> dict[str, Path]:
    """Write one study folder for each value of a column of ADSL; return them by study id.

    A level is a study of its own however few its subjects are: what cannot be estimated from
    them says so in its report. Subjects without a value are one more study.

    Raises
    ------
    ArgumentError
        There is no such study or column.
    """
    study = read_study(folder)
    subjects = study.trial.adsl
    check_one_of("split_by", column, [name for name in subjects.columns if name != "USUBJID"])
    level = pl.col(column).cast(pl.String)
    levels = sorted(subjects.select(level.drop_nulls()).to_series().unique())
    named = [(f"{column} = {value}", level == value) for value in levels]
    if subjects[column].null_count():
        named.append((f"{column}: {NO_VALUE}", level.is_null()))
    return {
        name: _part(study, subjects.filter(which), name, target / folder_name(name))
        for name, which in named
    }


def _part(study: Study, subjects: pl.DataFrame, name: str, folder: Path) -> Path:
    trial = study.trial
    tables = {
        table: frame.join(
            subjects.select("USUBJID"), on="USUBJID", how="semi", maintain_order="left"
        )
        for table, frame in trial.tables().items()
    }
    return write_study(folder, trial.with_(**tables), study.plan, f"{study.title}: {name}")
