"""Where the numbers come from: packages, inputs with their hashes, rows in and out."""

from __future__ import annotations

import hashlib
import platform
from importlib import metadata

import polars as pl

from ketanalysis.study.folder import Study
from ketanalysis.study.plan import Plan
from ketanalysis.tables.table import Column, Table
from ketanalysis.trial import Trial

PACKAGES = (
    *("ketanalysis", "polars", "pandera", "pingouin", "lifelines", "seaborn"),
    *("numpy", "scipy", "pandas", "matplotlib"),
)


def package_versions() -> dict[str, str]:
    """Return Python and the packages that computed the numbers, with their versions."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def frame_hash(frame: pl.DataFrame) -> str:
    """Return the SHA-256 of a table: its rows as lines of JSON, every cell as text or null.

    The bytes depend on the content alone, not on how the table lies in memory.
    """
    lines = frame.select(pl.all().cast(pl.String)).write_ndjson()
    return hashlib.sha256(lines.encode()).hexdigest()


def input_hashes(study: Study) -> dict[str, str]:
    """Return the hash of every file of the study, or of every table of a trial in memory."""
    if study.inputs:
        return dict(study.inputs)
    return {f"table {name}": frame_hash(table) for name, table in study.trial.tables().items()}


def packages_table() -> Table:
    """Return packages and versions as a table."""
    rows = tuple(package_versions().items())
    columns = (Column("Package", "left"), Column("Version", "left"))
    return Table("Software", columns, rows)


def inputs_table(study: Study) -> Table:
    """Return inputs and hashes as a table."""
    columns = (Column("Input", "left"), Column("SHA-256", "left"))
    return Table("Inputs", columns, tuple(input_hashes(study).items()))


def seeds_table(plan: Plan) -> Table:
    """Return every seed of the plan, with what it draws."""
    rows = tuple((name.capitalize(), str(seed)) for name, seed in plan.seeds().items())
    return Table("Seeds", (Column("Section of the plan", "left"), Column("Seed")), rows)


def rows_table(trial: Trial) -> Table:
    """Return rows and subjects of every table."""
    rows = tuple(
        (name.upper(), str(table.height), str(table["USUBJID"].n_unique()))
        for name, table in trial.tables().items()
    )
    columns = (Column("Table", "left"), Column("Rows"), Column("Subjects"))
    return Table("Rows read", columns, rows)
