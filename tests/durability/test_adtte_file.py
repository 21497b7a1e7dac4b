"""ADTTE as a file: names, labels, lengths, the added day, and what a format cannot hold."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pytest

import ketanalysis as ka
from tests.durability.relapse_data import PLAN, SINGLE, Subject, many, trial_of

needs_pyreadstat = pytest.mark.skipif(
    importlib.util.find_spec("pyreadstat") is None,
    reason="pyreadstat is not installed: SAS transport cannot be written",
)


def rows(**plan: Any) -> pl.DataFrame:
    return ka.time_to_relapse(trial_of(some()), "MADRS", SINGLE, by="TRT01P", **(PLAN | plan))


def some() -> dict[str, Subject]:
    """The subjects of `many`, of whom one stays well."""
    return many() | {"S3": Subject([(14, 13), (21, 9)])}


def test_variables_and_the_day_that_is_added(tmp_path: Path) -> None:
    given = rows()
    elapsed = ka.write_adtte(given, tmp_path / "adtte.csv", days="elapsed", study="KET")
    assert elapsed.columns == [
        *("STUDYID", "USUBJID", "TRTP", "PARAM", "PARAMCD", "AVAL", "AVALU", "CNSR", "EVNTDESC"),
        *("CNSDTDSC", "AVALLO", "AVALHI", "ATRISKFR"),
    ]
    assert elapsed.height == given["entered"].sum() < given.height
    assert elapsed["PARAM"].unique().to_list() == [
        "Time to relapse on MADRS (days since the last infusion before entry; elapsed days)"
    ]
    assert elapsed.select("STUDYID", "AVALU").unique().rows() == [("KET", "DAYS")]
    plus_one = ka.write_adtte(given, tmp_path / "plus.csv", days="inclusive", study="KET")
    for column in ("AVAL", "AVALLO", "AVALHI", "ATRISKFR"):
        assert (plus_one[column] - elapsed[column]).drop_nulls().unique().to_list() == [1.0]
    assert plus_one["PARAM"][0].endswith("; days with both ends counted, elapsed + 1)")
    both = elapsed.select("CNSR", "EVNTDESC", "CNSDTDSC").unique().sort("CNSR", "EVNTDESC")
    assert both.rows() == [
        (0, "relapse", None),
        (1, "end of observation", "end of observation"),
    ]


def test_the_file_holds_what_was_returned(tmp_path: Path) -> None:
    written = ka.write_adtte(rows(), tmp_path / "adtte.parquet", days="elapsed", study="KET")
    assert pl.read_parquet(tmp_path / "adtte.parquet").equals(written)
    again = ka.write_adtte(rows(), tmp_path / "adtte.csv", days="elapsed", study="KET")
    read = pl.read_csv(tmp_path / "adtte.csv", schema=again.schema)
    assert read.equals(again)
    variables = pl.read_csv(tmp_path / "adtte-variables.csv")
    assert variables["name"].to_list() == written.columns
    assert variables["label"].str.len_chars().max() <= 40
    assert variables["name"].str.len_chars().max() <= 8
    row = {name: (kind, length) for name, _, kind, length in variables.rows()}
    assert row["AVAL"] == ("Num", 8)
    assert row["PARAMCD"] == ("Char", 8)
    assert row["EVNTDESC"] == ("Char", len("end of observation"))


def test_results_and_pandas_are_taken_too(tmp_path: Path) -> None:
    result = ka.estimate_relapse(trial_of(some()), "MADRS", SINGLE, by="TRT01P", **PLAN)
    path = tmp_path / "a.csv"
    of_result = ka.write_adtte(result, path, days="elapsed", study="KET")
    assert of_result.sort("USUBJID").equals(
        ka.write_adtte(rows(), path, days="elapsed", study="KET")
    )
    as_pandas = rows().with_columns(pl.col("TRT01P").cast(pl.String)).to_pandas()
    of_pandas = ka.write_adtte(as_pandas, path, days="elapsed", study="KET")
    assert of_pandas["AVAL"].to_list() == of_result.sort("USUBJID")["AVAL"].to_list()


def test_a_competing_event_has_its_code(tmp_path: Path) -> None:
    trial = trial_of({"S1": Subject([(14, 15), (21, 9)], infusions=[11, 30])})
    given = ka.time_to_relapse(trial, "MADRS", SINGLE, **(PLAN | {"redose": "competing"}))
    written = ka.write_adtte(given, tmp_path / "a.csv", days="elapsed", study="KET")
    assert written.select("CNSR", "EVNTCD", "EVNTDESC").row(0) == (2, 2, "further infusion")


def test_without_late_entry_there_is_no_such_variable(tmp_path: Path) -> None:
    written = ka.write_adtte(
        rows(origin="entry"), tmp_path / "a.csv", days="inclusive", study="KET"
    )
    assert "ATRISKFR" not in written.columns


@needs_pyreadstat
@pytest.mark.parametrize("days", ["elapsed", "inclusive"])
def test_sas_transport_is_read_back(tmp_path: Path, days: str) -> None:
    import pyreadstat

    written = ka.write_adtte(rows(), tmp_path / "adtte.xpt", days=days, study="KET")
    frame, meta = pyreadstat.read_xport(tmp_path / "adtte.xpt")
    ka.write_adtte(rows(), tmp_path / "adtte.csv", days=days, study="KET")
    variables = pl.read_csv(tmp_path / "adtte-variables.csv")
    assert list(frame.columns) == written.columns == variables["name"].to_list()
    assert meta.column_labels == variables["label"].to_list()
    assert meta.variable_storage_width == dict(variables.select("name", "length").iter_rows())
    assert (meta.table_name, meta.file_label) == ("ADTTE", "Time to Event Analysis Dataset")
    assert max(map(len, frame.columns)) <= 8
    assert max(map(len, meta.column_labels)) <= 40
    for name, dtype in written.schema.items():
        held = frame[name].tolist()
        if dtype == pl.String:  # SAS knows no missing text
            assert held == written[name].fill_null("").to_list()
        else:  # IBM doubles hold 14 digits at least
            own = written[name].cast(pl.Float64).fill_null(float("nan")).to_list()
            assert held == pytest.approx(own, rel=1e-14, nan_ok=True)


@needs_pyreadstat
@pytest.mark.needs("Rscript")
def test_r_reads_sas_transport(tmp_path: Path) -> None:
    """The reader of R's own package foreign, which was written from SAS's description."""
    path = tmp_path / "adtte.xpt"
    written = ka.write_adtte(rows(), path, days="inclusive", study="KET")
    code = (
        f'd <- foreign::read.xport("{path.as_posix()}"); '
        'cat(names(d), sep = " "); cat("\\n"); cat(d$USUBJID, sep = " "); cat("\\n"); '
        'cat(format(d$AVAL, digits = 15), sep = " "); cat("\\n"); cat(d$CNSR, sep = " ")'
    )
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    names, subjects, times, codes = (line.split() for line in done.stdout.splitlines())
    assert names == written.columns
    assert subjects == written["USUBJID"].to_list()
    assert [float(t) for t in times] == pytest.approx(written["AVAL"].to_list(), rel=1e-14)
    assert [int(c) for c in codes] == written["CNSR"].to_list()


def test_what_is_asked_of_the_writer_of_sas_transport(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def write_xport(df: pd.DataFrame, dst_path: str, **options: Any) -> None:
        asked.update(df=df, dst_path=dst_path, **options)

    monkeypatch.setitem(sys.modules, "pyreadstat", SimpleNamespace(write_xport=write_xport))
    path = tmp_path / "adtte.xpt"
    written = ka.write_adtte(rows(), path, days="elapsed", study="KET")
    frame = asked.pop("df")
    assert list(frame.columns) == written.columns
    assert "" in frame["CNSDTDSC"].tolist()
    assert frame["AVALHI"].isna().any()
    assert len(asked.pop("column_labels")) == len(written.columns)
    assert asked == {
        "dst_path": str(path),
        "file_label": "Time to Event Analysis Dataset",
        "table_name": "ADTTE",
        "file_format_version": 5,
    }


def test_without_pyreadstat_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_adtte(rows(), tmp_path / "adtte.xpt", days="elapsed", study="KET")
    assert str(refused.value) == (
        'Writing .xpt needs pyreadstat: install ketanalysis with the extra "io", or write .csv or '
        ".parquet."
    )


REFUSED: list[tuple[str, dict[str, Any], Any, str]] = [
    (
        "a.sas7bdat",
        {},
        None,
        "path must end in .xpt, .csv, .parquet, not 'a.sas7bdat'.",
    ),
    (
        "a.csv",
        {"days": None},
        None,
        'days= must say what AVAL counts: "elapsed" days since the origin, as in the analysis, or '
        '"inclusive", with the day that CDISC adds (elapsed + 1).',
    ),
    ("a.csv", {"days": "plus"}, None, "days must be one of 'elapsed', 'inclusive', not 'plus'."),
    ("a.csv", {"study": None}, None, "study= must be the identifier of the study (STUDYID)."),
    (
        "a.csv",
        {},
        lambda frame: frame.drop("PARAM", "EVNTDESC", "CNSDTDSC", "AVALLO", "AVALHI", "entry"),
        "rows needs the column PARAM; it has USUBJID, TRT01P, PARAMCD, AVAL, CNSR, entered, "
        "reason. Give the rows of time_to_relapse or time_to_response, or a result made of them.",
    ),
    (
        "a.xpt",
        {},
        lambda frame: frame.with_columns(RESPONDER=pl.lit("Y")),
        "A variable of SAS transport has a name of at most 8 characters of ASCII, and 'RESPONDER' "
        "has not: rename the column, or write .csv or .parquet.",
    ),
    (
        "a.xpt",
        {},
        lambda frame: frame.with_columns(SITE=pl.lit("Århus")),
        "A text of SAS transport has at most 200 characters of ASCII; SITE has 'Århus'. Change it, "
        "or write .csv or .parquet.",
    ),
]


@pytest.mark.parametrize("name, options, change, text", REFUSED, ids=range(len(REFUSED)))
def test_refusals(tmp_path: Path, name: str, options: Any, change: Any, text: str) -> None:
    given = rows() if change is None else change(rows())
    with pytest.raises((ka.ArgumentError, ka.ContractError)) as refused:
        ka.write_adtte(given, tmp_path / name, **({"days": "elapsed", "study": "KET"} | options))
    assert str(refused.value) == text
    assert not list(tmp_path.iterdir())


def test_infusions_are_no_days(tmp_path: Path) -> None:
    result = ka.estimate_survival(rows(), by="TRT01P", time_unit="weeks")
    with pytest.raises(ka.ArgumentError) as refused:
        ka.write_adtte(result, tmp_path / "a.csv", days="elapsed", study="KET")
    assert str(refused.value) == "ADTTE is written in days; the times are weeks."
