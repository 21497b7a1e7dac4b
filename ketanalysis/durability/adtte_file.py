"""ADTTE as a file that a CDISC reader accepts: names, labels, lengths, and the day that is added.

One row is a subject who entered. CDISC's duration counts both ends (last day - first day + 1);
here days are elapsed, so the file says in PARAM which of the two it holds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ketanalysis.errors import ArgumentError, ContractError, check_one_of, listed
from ketanalysis.frames import to_pandas, to_polars
from ketanalysis.survival.results import SurvivalResult

DAYS = {"elapsed": "elapsed days", "inclusive": "days with both ends counted, elapsed + 1"}
SUFFIXES = (".xpt", ".csv", ".parquet")
LONGEST_NAME, LONGEST_LABEL, LONGEST_TEXT = 8, 40, 200  # SAS transport, version 5


class Variable(NamedTuple):
    """A variable of the file: where it comes from, its name and its label."""

    source: str
    name: str
    label: str


VARIABLES = (
    Variable("STUDYID", "STUDYID", "Study Identifier"),
    Variable("USUBJID", "USUBJID", "Unique Subject Identifier"),
    Variable("TRT01P", "TRTP", "Planned Treatment"),
    Variable("TRT01A", "TRTA", "Actual Treatment"),
    Variable("PARAM", "PARAM", "Parameter"),
    Variable("PARAMCD", "PARAMCD", "Parameter Code"),
    Variable("AVAL", "AVAL", "Analysis Value"),
    Variable("AVALU", "AVALU", "Analysis Value Unit"),
    Variable("CNSR", "CNSR", "Censor"),
    Variable("EVNTDESC", "EVNTDESC", "Event or Censoring Description"),
    Variable("CNSDTDSC", "CNSDTDSC", "Censor Date Description"),
    Variable("event_code", "EVNTCD", "Event Code: 0 None, 1 Event, 2 Competing"),
    Variable("AVALLO", "AVALLO", "Last Time Known Free of Event"),
    Variable("AVALHI", "AVALHI", "First Time Event Was Seen"),
    Variable("entry", "ATRISKFR", "At Risk From (Left Truncation)"),
)
OURS = {variable.source for variable in VARIABLES}
TIMES = ("AVAL", "AVALLO", "AVALHI", "entry")
NOT_EXPORTED = ("entered", "reason")


def write_adtte(
    rows: Any, path: str | Path, *, days: str | None = None, study: str | None = None
) -> pl.DataFrame:
    """Write time-to-event rows as an ADTTE file, and return what was written.

    Answers "how do these rows go to a statistician who works with SAS?". One row a subject who
    entered; who did not is counted in ``audit`` of the result and in the rows themselves.

    Parameters
    ----------
    rows
        The rows of `time_to_relapse` or `time_to_response`, or a result of `estimate_relapse`,
        `estimate_time_to_response` or `estimate_survival`, whose rows are taken.
    path
        Where to write: ``.xpt`` (SAS transport, version 5; needs pyreadstat, in the extra "io"),
        ``.csv`` or ``.parquet``. Beside the latter two, ``NAME-variables.csv`` has the name, label,
        type and length of each variable, which these formats cannot hold.
    days
        What AVAL counts, written in PARAM: "elapsed" days since the origin, as in the analysis,
        or "inclusive", with CDISC's added day (elapsed + 1). Must be written: the two differ by
        a day in every median. AVALLO, AVALHI and ATRISKFR count alike.
    study
        STUDYID; must be written unless the rows have the column.

    Returns
    -------
    polars.DataFrame
        STUDYID, USUBJID, TRTP (where there are arms), by-columns, PARAM, PARAMCD, AVAL, AVALU
        ("DAYS"), CNSR, EVNTDESC (the event, or what ended observation: CDISC asks for it in both
        cases), CNSDTDSC, EVNTCD where an event competes, AVALLO, AVALHI, and ATRISKFR where
        anybody came under risk after the origin.

    Raises
    ------
    ArgumentError
        `days` or `study` is not written, the suffix is another, or the times are not in days.
    ContractError
        A variable that SAS transport cannot hold: a name of more than 8 characters, a text of
        more than 200 or beyond ASCII.

    Notes
    -----
    No dates are written: trials here have a clock that begins with the first infusion, so STARTDT
    and ADT are left out, which ADaM permits. Times in elapsed days can have decimals.
    Source: CDISC ADaM Basic Data Structure for Time-to-Event Analyses 1.0, sections 3 and 4;
    Analysis Data Model Implementation Guide 1.3, section 3.3.
    Checked against: worked by hand, and SAS transport as pyreadstat and R's foreign::read.xport
    read it, in tests/durability/test_adtte_file.py.

    Examples
    --------
    >>> import tempfile
    >>> import ketanalysis as ka
    >>> rows = ka.time_to_response(
    ...     ka.load_example("ketamine"), "MADRS", ka.Response(at_least=0.5))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = ka.write_adtte(rows, f"{folder}/adtte.csv", days="elapsed", study="KET")
    >>> written["PARAM"][0]
    'Time to first response on MADRS (days since the first infusion; elapsed days)'
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"path must end in {listed(SUFFIXES)}, not {file.name!r}.")
    if days is None:
        raise ArgumentError(
            'days= must say what AVAL counts: "elapsed" days since the origin, as in the analysis, '
            'or "inclusive", with the day that CDISC adds (elapsed + 1).'
        )
    check_one_of("days", days, tuple(DAYS))
    frame = _exported(_rows_of(rows), days, study)
    variables = _variables(frame)
    if file.suffix.lower() == ".xpt":
        _check_transport(frame)
        _write_transport(frame, file, variables)
    else:
        _write_plain(frame, file, variables)
    return frame


def _rows_of(rows: Any) -> pl.DataFrame:
    if isinstance(rows, SurvivalResult):
        if rows.time_unit != "days":
            raise ArgumentError(f"ADTTE is written in days; the times are {rows.time_unit}.")
        rows = rows.tte
    frame = to_polars(rows, what="rows")
    for column in ("USUBJID", "PARAM", "PARAMCD", "AVAL", "CNSR"):
        if column not in frame.columns:
            raise ArgumentError(
                f"rows needs the column {column}; it has {listed(frame.columns, 20)}. Give the "
                "rows of time_to_relapse or time_to_response, or a result made of them."
            )
    return frame


def _exported(frame: pl.DataFrame, days: str, study: str | None) -> pl.DataFrame:
    """Return the rows that entered with the names, units and order of the file."""
    if study is None and "STUDYID" not in frame.columns:
        raise ArgumentError("study= must be the identifier of the study (STUDYID).")
    if "entered" in frame.columns:
        frame = frame.filter("entered")
    added = 0.0 if days == "elapsed" else 1.0
    unit = pl.col("PARAM").str.strip_suffix(")") + pl.lit(f"; {DAYS[days]})")
    plain = pl.col("PARAM") + pl.lit(f" ({DAYS[days]})")
    described = [c for c in ("EVNTDESC", "CNSDTDSC") if c in frame.columns]
    frame = frame.with_columns(
        *([pl.lit(study).alias("STUDYID")] if study is not None else []),
        *[(pl.col(c).cast(pl.Float64) + added).alias(c) for c in TIMES if c in frame.columns],
        pl.when(pl.col("PARAM").str.ends_with(")")).then(unit).otherwise(plain).alias("PARAM"),
        pl.lit("DAYS").alias("AVALU"),
        pl.col("CNSR").cast(pl.Int64),
        pl.coalesce(described).alias("EVNTDESC") if described else pl.lit(None).alias("EVNTDESC"),
    )
    if "entry" in frame.columns and not (frame["entry"] > added).any():
        frame = frame.drop("entry")
    own = [c for c in frame.columns if c not in OURS and c not in NOT_EXPORTED]
    order = [v.source for v in VARIABLES[:4]], own, [v.source for v in VARIABLES[4:]]
    named = {v.source: v.name for v in VARIABLES}
    kept = [c for part in order for c in part if c in frame.columns]
    return (
        frame.select(kept)
        .rename({c: named[c] for c in kept if c in named})
        .with_columns(pl.col(pl.Enum, pl.Categorical, pl.Boolean).cast(pl.String))
    )


def _variables(frame: pl.DataFrame) -> pl.DataFrame:
    """Return name, label, type and length of each variable, in order."""
    labels = {variable.name: variable.label for variable in VARIABLES}
    rows = [
        {
            "name": name,
            "label": labels.get(name, name),
            "type": "Char" if frame[name].dtype == pl.String else "Num",
            "length": _length(frame[name]),
        }
        for name in frame.columns
    ]
    return pl.DataFrame(rows)


def _length(column: pl.Series) -> int:
    """Return 8 for a number, and for text the bytes of the longest value, 1 at least."""
    if column.dtype != pl.String:
        return 8
    longest: Any = column.str.len_bytes().max()
    return max(int(longest or 0), 1)


def _check_transport(frame: pl.DataFrame) -> None:
    """Refuse what SAS transport of version 5 cannot hold, before anything is written."""
    for name in frame.columns:
        if len(name) > LONGEST_NAME or not name.isascii():
            raise ContractError(
                f"A variable of SAS transport has a name of at most {LONGEST_NAME} characters of "
                f"ASCII, and {name!r} has not: rename the column, or write .csv or .parquet."
            )
        if frame[name].dtype != pl.String:
            continue
        text = frame[name].drop_nulls()
        wrong = text.filter(
            (text.str.len_bytes() > LONGEST_TEXT) | text.str.contains(r"[^\x00-\x7F]")
        )
        if not wrong.is_empty():
            raise ContractError(
                f"A text of SAS transport has at most {LONGEST_TEXT} characters of ASCII; {name} "
                f"has {wrong[0]!r}. Change it, or write .csv or .parquet."
            )


def _write_transport(frame: pl.DataFrame, file: Path, variables: pl.DataFrame) -> None:
    try:
        import pyreadstat
    except ImportError:
        raise ArgumentError(
            'Writing .xpt needs pyreadstat: install ketanalysis with the extra "io", or write .csv '
            "or .parquet."
        ) from None
    filled = frame.with_columns(pl.col(pl.String).fill_null(""))  # SAS knows no missing text
    pyreadstat.write_xport(
        to_pandas(filled),
        str(file),
        file_label="Time to Event Analysis Dataset",
        column_labels=variables["label"].to_list(),
        table_name="ADTTE",
        file_format_version=5,
    )


def _write_plain(frame: pl.DataFrame, file: Path, variables: pl.DataFrame) -> None:
    if file.suffix.lower() == ".csv":
        frame.write_csv(file)
    else:
        frame.write_parquet(file)
    variables.write_csv(file.with_name(f"{file.stem}-variables.csv"))
