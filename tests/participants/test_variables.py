"""What kind of characteristic a column is, and what is refused, word by word."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.participants.variables import check_labels, label_of, read_variable


def kind(values: object, name: str = "X", **options: object) -> tuple[str, tuple[str, ...]]:
    column = values if isinstance(values, pl.Series) else pl.Series(name, values)
    given = {"categorical": (), "level_order": "alphabet", **options}
    found = read_variable(column.alias(name), name, **given)  # type: ignore[arg-type]
    return found.kind, found.levels


@pytest.mark.parametrize(
    "values, expected",
    [
        ([1, 2, None], ("number", ())),
        ([1.5, None], ("number", ())),
        ([None, None], ("number", ())),
        ([True, False, None], ("flag", ("Yes",))),
        (["Y", "N", None, " "], ("flag", ("Y",))),
        (["N", "N"], ("flag", ("Y",))),
        (["yes", "no"], ("flag", ("yes",))),
        (["Y", "N", "U"], ("category", ("N", "U", "Y"))),
        (["b", "a", "b", None], ("category", ("a", "b"))),
        ([" ", None, ""], ("category", ())),
        ([dt.date(2024, 1, 5), None], ("date", ())),
        ([dt.datetime(2024, 1, 5, 13, 30)], ("date", ())),
        (["0", "1", "2 or more", "unknown"], ("category", ("0", "1", "2 or more", "unknown"))),
    ],
)
def test_the_kind_of_a_column(values: list[object], expected: tuple[str, object]) -> None:
    assert kind(values) == expected


def test_a_declared_order_is_kept_with_the_categories_that_nobody_is_in() -> None:
    column = pl.Series(["severe", "mild"], dtype=pl.Enum(["mild", "moderate", "severe"]))
    assert kind(column) == ("category", ("mild", "moderate", "severe"))


def test_other_categories_stand_by_alphabet_or_by_frequency() -> None:
    values = ["c", "a", "b", "b", "c", "c", "a"]
    assert kind(values)[1] == ("a", "b", "c")
    assert kind(values, level_order="frequency")[1] == ("c", "a", "b")  # a before b: a tie


def test_codes_are_named_and_sorted_as_numbers() -> None:
    assert kind([10, 2, 1, None], categorical=["X"]) == ("category", ("1", "2", "10"))
    assert kind([2.0, 10.0], categorical=["X"]) == ("category", ("2", "10"))
    assert kind(["10", "2"], categorical=["X"]) == ("category", ("10", "2"))  # text: the alphabet


def test_a_column_that_the_contract_calls_text_may_look_like_numbers() -> None:
    assert kind(["101", "102"], name="SITEID") == ("category", ("101", "102"))


def test_each_subject_keeps_its_place_and_a_missing_one_has_none() -> None:
    column = pl.Series("X", ["b", None, "a", "b"])
    found = read_variable(column, "X", (), "alphabet")
    assert found.values.tolist() == [1, -1, 0, 1]
    flag = read_variable(pl.Series("X", ["N", None, "Y"]), "X", (), "alphabet")
    assert flag.values.tolist() == [1, -1, 0]


def test_forty_categories_and_two_spellings_are_said() -> None:
    many = [f"site {i:02}" for i in range(40)]
    found = read_variable(pl.Series("X", many), "X", (), "alphabet")
    assert len(found.levels) == 40
    assert found.note == "40 categories, in the order of the alphabet"
    twice = read_variable(pl.Series("X", ["F", "f ", "M"]), "X", (), "alphabet")
    assert twice.note == "categories that differ only in case or spaces: 'F', 'f '"


@pytest.mark.parametrize(
    "values, message",
    [
        (
            ["44", "51", None],
            "X holds numbers as text, and a mean of text cannot be taken.\n"
            '  Cast the column: pl.col("X").cast(pl.Float64). Text from a file is read as text so '
            "that no code is lost.\n"
            '  If they are codes, write categorical=["X"]; if they identify the subjects, write '
            'subject="X".',
        ),
        (
            ["44", "51", "ND"],
            "X holds numbers as text (and 'ND'), and a mean of text cannot be taken.\n"
            '  Cast the column: pl.col("X").cast(pl.Float64). Text from a file is read as text so '
            "that no code is lost.\n"
            '  If they are codes, write categorical=["X"]; if they identify the subjects, write '
            'subject="X".',
        ),
        (
            [1.0, float("inf"), float("-inf")],
            "X must be finite, but 2 values are infinite. Leave the cell empty where there is no "
            "value.",
        ),
        (
            [dt.time(8, 30)],
            "X must hold numbers, text, truth values or dates, not Time.\n"
            "  Turn it into one of these, or leave it out of columns.",
        ),
    ],
)
def test_what_is_no_characteristic_is_refused(values: list[object], message: str) -> None:
    with pytest.raises(ContractError) as refused:
        kind(values)
    assert str(refused.value) == message


def test_words_are_the_callers_then_the_contracts_then_the_name() -> None:
    assert label_of("AGE", {"AGE": "Age at screening, years"}) == "Age at screening, years"
    assert label_of("AGE", {}) == "Age, years"
    assert label_of("SEX", {}) == "Sex"
    assert label_of("madrs_0h", {}) == "madrs_0h"


def test_labels_that_cannot_be_meant_are_refused() -> None:
    for labels, message in (
        ({"AG": "Age"}, "labels names 'AG', which is not in the table; it has AGE, SEX."),
        ({"AGE": " "}, "labels must give 'AGE' a text, not ' '."),
        ({"AGE": "Sex"}, "labels gives AGE, SEX the same label, 'Sex'."),
    ):
        with pytest.raises(ArgumentError) as refused:
            check_labels(labels, ("AGE", "SEX"), "")
        assert str(refused.value) == message
