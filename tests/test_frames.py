"""The one door for frames: every kind comes in exactly, and nothing is lost on the way."""

from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.frames import (
    id_text,
    is_pandas,
    like_given,
    number_column,
    to_dict,
    to_pandas,
    to_polars,
)

EXPECTED = pl.DataFrame(
    {"USUBJID": ["01", "02", None], "AVAL": [31.5, None, 7.0], "VISITNUM": [1, 2, 3]}
)
COLUMNS = {"USUBJID": ["01", "02", None], "AVAL": [31.5, None, 7.0], "VISITNUM": [1, 2, 3]}
ACCEPTED = (
    "a polars DataFrame or LazyFrame, a pandas DataFrame, a pyarrow Table or RecordBatch, "
    "a narwhals frame or a dict of lists"
)
ARMS = ["placebo", "ketamine"]


class Stream:
    """Somebody's frame that speaks Arrow and nothing else."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "frame",
    [
        EXPECTED,
        EXPECTED.lazy(),
        EXPECTED.with_columns(pl.col("AVAL").fill_null(float("nan")).cast(pl.Float32)),
        EXPECTED.with_columns(pl.col("VISITNUM").cast(pl.UInt8)),
        EXPECTED.with_columns(pl.col("USUBJID").cast(pl.Categorical)),
        EXPECTED.with_columns(pl.col("AVAL").cast(pl.Decimal(5, 1))),
        pd.DataFrame(COLUMNS),
        pd.DataFrame(COLUMNS).astype({"USUBJID": "string", "AVAL": "Float64", "VISITNUM": "Int8"}),
        pd.DataFrame(COLUMNS).astype(object),
        pd.DataFrame({**COLUMNS, "USUBJID": pd.Categorical(["01", "02", None])}),
        pa.table(COLUMNS),
        pa.RecordBatch.from_pydict(COLUMNS),
        pa.table({**COLUMNS, "USUBJID": pa.array(["01", "02", None]).dictionary_encode()}),
        Stream(pa.table(COLUMNS)),
        nw.from_native(EXPECTED),
        nw.from_native(EXPECTED.lazy()),
        nw.from_native(pd.DataFrame(COLUMNS)),
        COLUMNS,
        {**COLUMNS, "AVAL": np.array([31.5, np.nan, 7.0]), "VISITNUM": (1, 2, 3)},
        {**COLUMNS, "AVAL": pd.Series([31.5, None, 7.0]), "VISITNUM": pl.Series([1, 2, 3])},
        {**COLUMNS, "AVAL": [decimal.Decimal("31.5"), pd.NA, 7]},
    ],
)
def test_every_kind_of_frame_gives_the_same(frame: object) -> None:
    assert_frame_equal(to_polars(frame), EXPECTED)


@pytest.mark.parametrize(
    "frame",
    [
        {"ARM": pd.Categorical(["ketamine", None, "placebo"], ARMS, ordered=True)},
        pd.DataFrame({"ARM": pd.Categorical(["ketamine", None, "placebo"], ARMS, ordered=True)}),
        pa.Table.from_pandas(
            pd.DataFrame({"ARM": pd.Categorical(["ketamine", None, "placebo"], ARMS, ordered=True)})
        ),
        pl.DataFrame({"ARM": ["ketamine", None, "placebo"]}, schema={"ARM": pl.Enum(ARMS)}),
    ],
)
def test_ordered_categories_keep_their_order(frame: object) -> None:
    arm = to_polars(frame)["ARM"]
    assert arm.dtype == pl.Enum(ARMS)
    assert arm.to_list() == ["ketamine", None, "placebo"]


def test_numbers_as_categories_stay_numbers() -> None:
    frame = pd.DataFrame({"SITE": pd.Categorical([3, None, 1], [3, 1], ordered=True)})
    assert to_polars(frame)["SITE"].to_list() == [3, None, 1]


def test_object_columns_keep_every_value() -> None:
    day = dt.date(2024, 2, 29)
    frame = pd.DataFrame(
        {
            "text": ["a", None, np.nan],
            "mixed": [12, "ND", 3.5],
            "truth": pd.Series([True, None, False], dtype=object),
            "day": [day, None, day],
            "nothing": pd.Series([None, None, None], dtype=object),
        }
    )
    read = to_polars(frame)
    assert read["text"].to_list() == ["a", None, None]
    assert read["mixed"].to_list() == ["12", "ND", "3.5"]
    assert read["truth"].to_list() == [True, None, False]
    assert read["day"].to_list() == [day, None, day]
    assert read["nothing"].to_list() == [None, None, None]


def test_ids_beyond_int64_are_kept() -> None:
    frame = pl.DataFrame({"USUBJID": [2**64 - 1]}, schema={"USUBJID": pl.UInt64})
    assert to_polars(frame)["USUBJID"].to_list() == [2**64 - 1]


def test_a_filtered_pandas_frame_is_read() -> None:
    frame = pd.DataFrame(COLUMNS).iloc[[2, 0]]
    assert to_polars(frame)["VISITNUM"].to_list() == [3, 1]


@pytest.mark.parametrize(
    "frame, message",
    [
        (
            pd.DataFrame([[1, 2, 3]], columns=["USUBJID", "AVAL", "AVAL"]),
            "data: each column must have its own name; AVAL stands more than once.",
        ),
        (
            pa.table([[1], [2]], names=["AVAL", "AVAL"]),
            "data: each column must have its own name; AVAL stands more than once.",
        ),
        (pd.DataFrame([[1]]), "data: column names must be text, not 0 (int)."),
        ({3: [1]}, "data: column names must be text, not 3 (int)."),
        (
            pd.DataFrame({"x": [1]}, index=pd.Index(["01"], name="USUBJID")),
            "data: the index of the pandas frame holds USUBJID, and an index is not read.\n"
            "  Make it columns with .reset_index(), or discard it with .reset_index(drop=True).",
        ),
        (
            pd.DataFrame({"x": [1]}, index=["01"]),
            "data: the index of the pandas frame holds labels, and an index is not read.\n"
            "  Make it columns with .reset_index(), or discard it with .reset_index(drop=True).",
        ),
        (
            pd.DataFrame(COLUMNS).set_index(["USUBJID", "VISITNUM"]),
            "data: the index of the pandas frame holds USUBJID, VISITNUM, and an index is not "
            "read.\n"
            "  Make it columns with .reset_index(), or discard it with .reset_index(drop=True).",
        ),
        (
            pd.DataFrame({"x": pd.period_range("2024-01", periods=1, freq="M")}),
            "data: column x of pandas type period[M] cannot be read.\n"
            "  Turn it into numbers, text or dates first.",
        ),
        (
            pd.DataFrame({"x": [1, [2]]}),
            "data: column x must hold one kind of value, not int, list.\n"
            "  Turn it into numbers, text or dates first.",
        ),
        (
            {"x": [True, "yes"]},
            "data: column x must hold one kind of value, not bool, str.\n"
            "  Turn it into numbers, text or dates first.",
        ),
        (
            {"x": [1, 2], "y": [1, 2], "z": [1]},
            "data: all columns must have the same number of values; z has 1, others have 2.",
        ),
        ({"x": "abc"}, "data: column x must be a list of values, not str."),
        ({"x": 1}, "data: column x must be a list of values, not int."),
    ],
)
def test_what_would_be_lost_is_refused(frame: object, message: str) -> None:
    with pytest.raises(ContractError) as caught:
        to_polars(frame)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "frame, kind",
    [
        ([1, 2], "list."),
        (None, "NoneType."),
        ("a.csv", "str. Read a file with read_table first."),
        (np.zeros((2, 2)), "numpy.ndarray."),
        (pl.Series([1]), "polars.series.series.Series."),
        (pd.Series([1]), "pandas.core.series.Series."),
        (pa.chunked_array([[1]]), "pyarrow.lib.ChunkedArray."),
    ],
)
def test_what_is_no_frame_is_named(frame: object, kind: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        to_polars(frame, "scores")
    assert str(caught.value) == f"scores must be {ACCEPTED}, not {kind}"


def test_the_way_back_keeps_order_and_missing_values() -> None:
    frame = pl.DataFrame(
        {"ARM": ["ketamine", None], "n": [1, None], "text": ["a", None]},
        schema_overrides={"ARM": pl.Enum(ARMS)},
    )
    back = to_pandas(frame)
    assert back["ARM"].cat.ordered
    assert back["ARM"].cat.categories.to_list() == ARMS
    assert back["n"].isna().to_list() == [False, True]
    assert_frame_equal(to_polars(back), frame.with_columns(pl.col("n").cast(pl.Float64)))


def test_the_callers_kind_is_given_back() -> None:
    frame = pl.DataFrame({"x": [1]})
    assert is_pandas(like_given(frame, from_pandas=True))
    assert like_given(frame, from_pandas=False) is frame
    assert not is_pandas(frame)


def test_seaborn_takes_the_dict_in_the_order_of_the_arms() -> None:
    import seaborn as sns
    from matplotlib.figure import Figure

    frame = pl.DataFrame(
        {"ARM": ["ketamine", "placebo"], "AVAL": [7.0, None], "ok": [True, None], "s": ["a", None]},
        schema_overrides={"ARM": pl.Enum(ARMS)},
    )
    columns = to_dict(frame)
    assert columns["AVAL"].dtype == np.float64
    assert np.isnan(columns["AVAL"][1])
    assert columns["ok"].tolist() == [True, None]
    assert columns["s"].tolist() == ["a", None]
    ax = Figure().subplots()
    sns.stripplot(columns, x="ARM", y="AVAL", ax=ax)
    assert [label.get_text() for label in ax.get_xticklabels()] == ARMS


def test_ids_become_text_exactly() -> None:
    assert id_text(pl.Series(["001", "01", " 1", None]), "ID").to_list() == [
        "001",
        "01",
        " 1",
        None,
    ]
    assert id_text(pl.Series([1, 2**53 + 1]), "ID").to_list() == ["1", "9007199254740993"]
    assert id_text(pl.Series(["b"], dtype=pl.Enum(["b"])), "ID").dtype == pl.String
    assert id_text(pl.Series([1]), "ID").name == "ID"


@pytest.mark.parametrize(
    "values, kind",
    [([1.0], "floating-point numbers"), ([True], "of type Boolean")],
)
def test_ids_that_were_read_as_numbers_are_refused(values: list[object], kind: str) -> None:
    with pytest.raises(ContractError) as caught:
        id_text(pl.Series(values), "USUBJID")
    assert str(caught.value) == (
        f"USUBJID must be text or whole numbers, not {kind}.\n"
        "  The ids were read as numbers, and leading zeros or long ids may be lost already.\n"
        "  Read the column as text: read_table does, pandas does with dtype={'USUBJID': str}."
    )


def test_numbers_are_read_strictly() -> None:
    texts = ["12", " 12.5 ", "-3", "+4", ".5", "1e3", "-1.5E-2", "007", "", "  ", None]
    numbers, odd = number_column(pl.Series(texts), "AVAL")
    assert numbers.to_list() == [12, 12.5, -3, 4, 0.5, 1000, -0.015, 7, None, None, None]
    assert (numbers.name, numbers.dtype) == ("AVAL", pl.Float64)
    assert odd.schema == {"token": pl.String, "count": pl.Int64, "rows": pl.List(pl.Int64)}
    assert odd.height == 0


@pytest.mark.parametrize(
    "token",
    [
        *("ND", "<5", "30*", "12,5", "1,234", "5.", ".", "1_0", "0x1A", "nan", "inf", "-Infinity"),
        *("1 2", "--3", "1e", "NA", "−3", "٣", "1e999", "9007199254740993"),
    ],
)
def test_what_is_no_number_is_reported_and_never_just_null(token: str) -> None:
    numbers, odd = number_column(pl.Series(["1", f" {token}", "2", token]), "AVAL")
    assert numbers.to_list() == [1, None, 2, None]
    assert odd.rows() == [(token, 2, [2, 4])]


def test_each_code_is_counted_with_its_first_rows() -> None:
    numbers, odd = number_column(pl.Series(["ND", "<5", *["ND"] * 6, "3"]), "AVAL")
    assert numbers.to_list() == [None] * 8 + [3]
    assert odd.rows() == [("ND", 7, [1, 3, 4, 5, 6]), ("<5", 1, [2])]


@pytest.mark.parametrize(
    "series",
    [
        pl.Series(["-9", "ND", "-9.0", "5"]),
        pl.Series(["-9", "ND", "-9.0", "5"], dtype=pl.Enum(["5", "-9", "-9.0", "ND"])),
    ],
)
@pytest.mark.parametrize("codes", [("ND", -9), ("ND", "-9"), (" ND", -9.0)])
def test_declared_codes_are_missing(series: pl.Series, codes: tuple[object, ...]) -> None:
    numbers, odd = number_column(series, "AVAL", missing_codes=codes)
    assert numbers.to_list() == [None, None, None, 5]
    assert odd.height == 0


def test_numbers_that_are_numbers_already() -> None:
    numbers, odd = number_column(pl.Series([200, -9], dtype=pl.Int16), "AVAL", missing_codes=["-9"])
    assert (numbers.to_list(), odd.height) == ([200.0, None], 0)
    infinite = pl.Series([1.5, float("nan"), float("inf"), None])
    numbers, odd = number_column(infinite, "AVAL")
    assert numbers.to_list() == [1.5, None, None, None]
    assert odd.rows() == [("inf", 1, [3])]


@pytest.mark.parametrize(
    "series, kind",
    [(pl.Series([True]), "Boolean"), (pl.Series([dt.date(2024, 1, 1)]), "Date")],
)
def test_other_types_are_no_scores(series: pl.Series, kind: str) -> None:
    with pytest.raises(ContractError) as caught:
        number_column(series, "AVAL")
    assert str(caught.value) == f"AVAL must hold numbers, not values of type {kind}."


@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.integers(-(10**9), 10**9)), max_size=20))
def test_every_number_python_prints_is_read_back_exactly(values: list[float]) -> None:
    numbers, odd = number_column(pl.Series([str(v) for v in values], dtype=pl.String), "AVAL")
    assert numbers.to_list() == values
    assert odd.height == 0


@given(st.lists(st.one_of(st.none(), st.text("0123456789.,-+eE <*ND", max_size=5)), max_size=20))
def test_no_cell_vanishes(texts: list[str | None]) -> None:
    numbers, odd = number_column(pl.Series(texts, dtype=pl.String), "AVAL")
    empty = sum(text is None or not text.strip() for text in texts)
    assert len(texts) == len(numbers.drop_nulls()) + int(odd["count"].sum()) + empty


def test_the_door_imports_no_pandas() -> None:
    code = (
        "import ketanalysis.frames, ketanalysis.reading.files, sys; print('pandas' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
