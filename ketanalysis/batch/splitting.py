"""One study split by a column of its subjects: a study for each of its values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ketanalysis.batch.naming import folder_name
from ketanalysis.batch.passing_on import held_levels
from ketanalysis.errors import check_one_of
from ketanalysis.study.arm_sizes import sizes_of
from ketanalysis.study.folder import Study, read_study, write_study

NO_VALUE = "no value"


@dataclass(frozen=True)
class Split:
    """The study folders of a split by study id, and how many values were held back."""

    folders: dict[str, Path]
    n_held_back: int = 0


def split_study(
    folder: Path, column: str, target: Path, *, share: int | None = None, arm: str = ""
) -> Split:
    """Write one study folder for each value of a column of ADSL.

    A value is a study of its own however few its subjects are: what cannot be estimated from
    them says so in its report. Subjects without a value are one more study. What is passed on
    (`share`; of `arm` alone, where one is given) leaves out values with few (`held_levels`).

    Raises
    ------
    ArgumentError
        There is no such study or column, or nothing is left to be passed on.
    """
    study = read_study(folder)
    subjects = study.trial.adsl
    check_one_of("split_by", column, [name for name in subjects.columns if name != "USUBJID"])
    level = pl.col(column).cast(pl.String)
    levels = sorted(subjects.select(level.drop_nulls()).to_series().unique())
    named = [(f"{column} = {value}", level == value) for value in levels]
    if subjects[column].null_count():
        named.append((f"{column}: {NO_VALUE}", level.is_null()))
    parts = {name: subjects.filter(which) for name, which in named}
    held: frozenset[str] = frozenset()
    if share is not None:
        arms = (arm,) if arm in study.trial.arms else study.trial.arms
        sizes = {name: sizes_of(part, arms) for name, part in parts.items()}
        held = held_levels(sizes, share, column)
    folders = {
        name: _part(study, part, name, target / folder_name(name))
        for name, part in parts.items()
        if name not in held
    }
    return Split(folders, len(held))


def _part(study: Study, subjects: pl.DataFrame, name: str, folder: Path) -> Path:
    trial = study.trial
    tables = {
        table: frame.join(
            subjects.select("USUBJID"), on="USUBJID", how="semi", maintain_order="left"
        )
        for table, frame in trial.tables().items()
    }
    return write_study(folder, trial.with_(**tables), study.plan, f"{study.title}: {name}")
