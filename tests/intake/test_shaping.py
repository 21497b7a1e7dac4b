"""The three shapes of scores, and cells that are no numbers: refused all at once, with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.intake.shaping import (
    as_numbers,
    coded_cells,
    label_text,
    long_rows,
    require_columns,
    visit_columns,
    wide_by_scale,
    wide_by_visit,
)

FRAME = pl.DataFrame({"id": ["01", "02"], "madrs_0h": [34, 29], "madrs_d14": [12, None]})


def said(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as refused:
        call()
    return str(refused.value)


def test_a_column_that_is_not_there() -> None:
    assert said(ArgumentError, lambda: require_columns(FRAME, "subject", ["ID"])) == (
        "subject must name a column of data, not 'ID'. Did you mean id?\n"
        "  Its columns: id, madrs_0h, madrs_d14."
    )
    assert said(ArgumentError, lambda: require_columns(FRAME, "arm", [3], "subjects")) == (
        "arm must name a column of subjects, not 3.\n  Its columns: id, madrs_0h, madrs_d14."
    )


def test_labels_are_text() -> None:
    assert label_text(pl.Series([4.0, 1.5, None])).to_list() == ["4", "1.5", None]
    assert label_text(pl.Series([4, 1])).to_list() == ["4", "1"]


# --- numbers -------------------------------------------------------------------------------------


def test_every_odd_cell_of_every_column_is_told_at_once() -> None:
    frame = pl.DataFrame({"a": ["1", "ND", "ND", "<5"], "b": ["30*", "2", "3", "4"]})
    assert said(ContractError, lambda: as_numbers(frame, ["a", "b"])) == (
        "a must hold numbers, not 'ND' (2 rows, the first is row 2), '<5' (row 4).\n"
        "b must hold numbers, not '30*' (row 1).\n"
        "  Correct the cells, or declare the codes that mean missing: missing_codes=[...]."
    )


def test_decimal_commas_are_named() -> None:
    frame = pl.DataFrame({"a": ["12,5", "13"]})
    assert said(ContractError, lambda: as_numbers(frame, ["a"])) == (
        "a must hold numbers, not '12,5' (row 1).\n"
        "  Correct the cells, or declare the codes that mean missing: missing_codes=[...]. "
        'If commas are decimal, read the file with decimal=",".'
    )


def test_declared_codes_are_missing_and_counted() -> None:
    frame = pl.DataFrame({"a": ["1", "ND", "", None], "b": [-99, -99, 5, 6]})
    numbers = as_numbers(frame, ["a", "b"], ["ND", -99])
    assert numbers["a"].to_list() == [1.0, None, None, None]
    assert numbers["b"].to_list() == [None, None, 5.0, 6.0]
    assert coded_cells(frame, numbers) == Counter({"ND": 1, "-99": 2})


# --- shapes --------------------------------------------------------------------------------------


def test_long() -> None:
    frame = pl.DataFrame({"id": ["a", "a"], "scale": ["MADRS", "HAMA"], "v": [1.0, 2.0]})
    rows = long_rows(frame, "scale", frame["v"], ["id"])
    assert rows.rows() == [("a", "MADRS", 1.0), ("a", "HAMA", 2.0)]


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_row_without_a_scale(blank: str | None) -> None:
    frame = pl.DataFrame({"id": ["a", "a"], "scale": ["MADRS", blank], "v": [1.0, 2.0]})
    assert said(ContractError, lambda: long_rows(frame, "scale", frame["v"], ["id"])) == (
        "scale must name a scale in every row; row 2 has none."
    )


def test_a_column_a_scale() -> None:
    numbers = as_numbers(FRAME, ["madrs_0h", "madrs_d14"])
    rows = wide_by_scale(FRAME, {"M": "madrs_0h", "N": "madrs_d14"}, numbers, ["id"])
    assert rows.rows() == [
        ("01", "M", 34.0),
        ("02", "M", 29.0),
        ("01", "N", 12.0),
        ("02", "N", None),
    ]


def test_a_column_a_scale_and_visit() -> None:
    columns = visit_columns(FRAME, {"MADRS": "madrs_{visit}"}, ["0h", "4h", "d14"], ["id"])
    assert columns == {("MADRS", "0h"): "madrs_0h", ("MADRS", "d14"): "madrs_d14"}
    rows = wide_by_visit(FRAME, columns, as_numbers(FRAME, columns.values()), ["id"])
    assert rows.rows() == [
        ("01", "0h", "MADRS", 34.0),
        ("02", "0h", "MADRS", 29.0),
        ("01", "d14", "MADRS", 12.0),
    ]


def test_columns_that_were_named_otherwise_fit_no_pattern() -> None:
    frame = pl.DataFrame({"id": ["a"], "group": ["p"], "0h": [1], "4h": [2]})
    columns = visit_columns(frame, {"MADRS": "{visit}"}, ["0h", "4h"], ["id", "group"])
    assert list(columns.values()) == ["0h", "4h"]


@pytest.mark.parametrize(
    "patterns, visits, message",
    [
        (
            {"MADRS": "madrs"},
            ["0h"],
            "wide['MADRS'] must hold {visit} once, in the place of the visit (for example "
            "'madrs_{visit}'), not 'madrs'.",
        ),
        (
            {"MADRS": "madrs_{visit}"},
            ["0h"],
            "wide['MADRS'] = 'madrs_{visit}' fits columns whose visits are not declared: "
            "madrs_d14. visits= has '0h'.\n"
            "  Add the visits, narrow the pattern, or take the columns out of the data.",
        ),
        (
            {"MADRS": "MADRS_{visit}"},
            ["0h", "d14"],
            "wide['MADRS'] = 'MADRS_{visit}' must fit a column (for example 'MADRS_0h'), and "
            "fits none. Did you mean madrs_0h?\n  Columns of data: madrs_0h, madrs_d14.",
        ),
        (
            {"MADRS": "madrs_{visit}", "HAMA": "madrs_{visit}"},
            ["0h", "d14"],
            "wide must give each scale its own columns; 'madrs_0h' is taken for MADRS, 0h and "
            "for HAMA, 0h.",
        ),
    ],
)
def test_patterns_that_do_not_fit(
    patterns: dict[str, str], visits: list[str], message: str
) -> None:
    assert said(ArgumentError, lambda: visit_columns(FRAME, patterns, visits, ["id"])) == message


def test_one_column_for_two_scales() -> None:
    numbers = as_numbers(FRAME, ["madrs_0h"])
    columns = {"MADRS": "madrs_0h", "HAMA": "madrs_0h"}
    assert said(ArgumentError, lambda: wide_by_scale(FRAME, columns, numbers, ["id"])) == (
        "scores must give each scale its own columns; 'madrs_0h' is taken for MADRS and for HAMA."
    )
