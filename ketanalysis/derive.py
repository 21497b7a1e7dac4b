"""Baseline and change from baseline, as columns beside the scores (CDISC BASE, CHG, PCHG)."""

from __future__ import annotations

from typing import Any

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, listed
from ketanalysis.frames import is_pandas, to_polars
from ketanalysis.population import is_baseline_row
from ketanalysis.trial import Trial

KEYS = ["USUBJID", "PARAMCD"]


def derive_baseline(data: Any) -> Any:
    """Add BASE: each subject's score on the row that is flagged as baseline.

    Answers "what did this subject score before treatment?" on every row of the subject and
    scale. Not for a scale without a flagged baseline row: BASE is then missing.

    Parameters
    ----------
    data
        A trial (its `adqs` is taken) or a frame with USUBJID, PARAMCD, AVAL and ABLFL
        ("Y" on the baseline row, at most one a subject and scale).

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        The same rows and columns in the same order, with BASE in points, which replaces a
        BASE that was there; missing where the subject has no baseline. A pandas frame comes
        back as pandas, with its index.

    Raises
    ------
    ArgumentError
        A column is not there.
    ContractError
        A subject has two baseline rows of one scale.

    Notes
    -----
    Source: CDISC ADaM Implementation Guide 1.3, variables ABLFL and BASE.
    Checked against: worked by hand in tests/test_derive.py.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis import derive_baseline
    >>> scores = pl.DataFrame({"USUBJID": ["1", "1"], "PARAMCD": ["MADRS", "MADRS"],
    ...                        "AVAL": [32.0, 16.0], "ABLFL": ["Y", None]})
    >>> derive_baseline(scores)["BASE"].to_list()
    [32.0, 32.0]
    """
    rows = _rows(data, "derive_baseline", (*KEYS, "AVAL", "ABLFL"))
    return _beside(data, rows, [_baseline(rows)])


def derive_change(data: Any) -> Any:
    """Add CHG and PCHG: change from baseline in points and in per cent.

    Answers "how far did this subject come?" on every row. Not for deciding who responded:
    `estimate_response` does that exactly, without rounded percentages.

    Parameters
    ----------
    data
        A trial (its `adqs` is taken) or a frame with AVAL and BASE, or with what
        `derive_baseline` needs.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        The same rows and columns in the same order, with BASE where it was not there,
        CHG = AVAL - BASE (points; negative is improvement where lower is better) and
        PCHG = 100 x CHG / abs(BASE) (per cent). Missing where score or baseline is missing;
        PCHG is missing where the baseline is 0.

    Raises
    ------
    ArgumentError, ContractError
        As `derive_baseline`.

    Notes
    -----
    Source: CDISC ADaM Implementation Guide 1.3, variables CHG and PCHG; the absolute value
    as in admiral's derive_var_pchg, so that the sign of PCHG is that of CHG.
    Checked against: worked by hand in tests/test_derive.py.

    Examples
    --------
    >>> import polars as pl
    >>> from ketanalysis import derive_change
    >>> derive_change(pl.DataFrame({"AVAL": [16.0, 3.0], "BASE": [32.0, 0.0]}))["PCHG"].to_list()
    [-50.0, None]
    """
    rows = _rows(data, "derive_change", ("AVAL",))
    new = []
    if "BASE" not in rows.columns:
        rows = _rows(data, "derive_change", (*KEYS, "AVAL", "ABLFL"))
        new = [_baseline(rows)]
    base = new[0] if new else rows["BASE"].cast(pl.Float64)
    change = (rows["AVAL"].cast(pl.Float64) - base).alias("CHG")
    per_cent = (100 * change / base.abs()).set(base == 0, None).alias("PCHG")
    return _beside(data, rows, [*new, change, per_cent])


def _rows(data: Any, verb: str, needed: tuple[str, ...]) -> pl.DataFrame:
    if isinstance(data, Trial):
        return data.adqs
    rows = to_polars(data, what="data")
    lacking = [column for column in needed if column not in rows.columns]
    if lacking:
        also = " (or BASE)" if verb == "derive_change" and "ABLFL" in needed else ""
        raise ArgumentError(
            f"{verb} needs the columns {listed(needed)}{also}; the frame lacks {listed(lacking)}."
        )
    return rows


def _baseline(rows: pl.DataFrame) -> pl.Series:
    flagged = rows.filter(is_baseline_row(rows))
    twice = flagged.filter(flagged.select(KEYS).is_duplicated())
    if not twice.is_empty():
        subjects = twice["USUBJID"].unique(maintain_order=True)
        raise ContractError(
            f"A subject can have one baseline row a scale; {len(subjects)} have more "
            f"({listed(subjects, 3)}). Flag one row with ABLFL = Y."
        )
    base = flagged.select(*KEYS, pl.col("AVAL").cast(pl.Float64).alias("BASE"))
    return rows.select(KEYS).join(base, on=KEYS, how="left", maintain_order="left")["BASE"]


def _beside(data: Any, rows: pl.DataFrame, new: list[pl.Series]) -> Any:
    """Return the frame that was given, as it was given, with the new columns."""
    if is_pandas(data):
        return data.assign(**{column.name: column.to_numpy() for column in new})
    given = data if isinstance(data, pl.DataFrame) else rows
    return given.with_columns(new)
