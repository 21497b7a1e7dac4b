from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pandera.errors import SchemaError, SchemaErrors

from ketanalysis.contracts.contract import CONTRACTS, read_contract, schema, shipped_contract
from ketanalysis.errors import ArgumentError, ContractError


def adqs(**changes: object) -> pl.DataFrame:
    columns: dict[str, object] = {
        "USUBJID": ["01", "01", "02", "02"],
        "PARAMCD": ["MADRS"] * 4,
        "AVISIT": ["Baseline", "Day 7"] * 2,
        "AVISITN": [0, 7, 0, 7],
        "AFRLT": [0.0, 168.0, 0.0, 168.0],
        "AVAL": [31.0, 12.0, 28.0, 30.0],
        "ABLFL": ["Y", None, "Y", None],
    }
    return pl.DataFrame({**columns, **changes})


def broken(frame: Any, table: str = "adqs") -> set[tuple[str, str]]:
    """Return (column, check) of what Pandera says is broken."""
    with pytest.raises(SchemaErrors) as caught:
        schema(table).validate(frame, lazy=True)
    cases = caught.value.failure_cases
    return set(cases.select("column", "check").unique().iter_rows())


def contract_of(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "schemas"
    folder.mkdir()
    path = folder / "adqs.toml"
    path.write_text(text, encoding="utf-8")
    return path


# The shipped contracts ------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_shipped_contract_reads_and_compiles(name: str) -> None:
    contract = shipped_contract(name)
    assert contract.dataset == name.upper()
    assert tuple(schema(name).columns) >= contract.names
    assert all(column.label for column in contract.columns)


def test_the_scores_have_the_columns_of_the_trial_format() -> None:
    contract = shipped_contract("adqs")
    required = [column.name for column in contract.columns if column.required]
    assert required == ["USUBJID", "PARAMCD", "AVISIT", "AVISITN", "AFRLT", "AVAL", "ABLFL"]
    optional = [column.name for column in contract.columns if not column.required]
    assert optional == ["ADY", "APERIOD", "TRT01P", "BASE", "CHG", "PCHG"]


def test_an_unknown_table_is_refused_with_all_names() -> None:
    with pytest.raises(ArgumentError) as caught:
        schema("adq")
    assert str(caught.value) == (
        "name must be one of 'adsl', 'adqs', 'adqsitem', 'adex', 'adae', 'adice', 'adcm', 'advs', "
        "'adtte', "
        "not 'adq'. Did you mean adqs?"
    )


# Pandera's traps ------------------------------------------------------------------------------


def test_a_good_frame_passes_and_keeps_its_kind() -> None:
    assert schema("adqs").validate(adqs()).equals(adqs())
    assert isinstance(schema("adqs").validate(adqs().lazy()), pl.LazyFrame)


def test_a_lazy_frame_with_a_bad_value_does_not_pass() -> None:
    assert broken(adqs(AVAL=[31.0, 70.0, 28.0, 30.0]).lazy()) == {("AVAL", "scale_range")}


def test_checks_run_although_pandera_is_set_to_look_at_types_only() -> None:
    code = (
        "import polars as pl; from ketanalysis.contracts.contract import schema\n"
        "schema('adsl').validate(pl.DataFrame({'USUBJID': ['1', '1']}))"
    )
    depth = {"PANDERA_VALIDATION_DEPTH": "SCHEMA_ONLY", "PANDERA_VALIDATION_ENABLED": "False"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **depth},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "SchemaError" in run.stderr


def test_a_column_that_the_key_needs_must_be_there() -> None:
    assert broken(adqs().drop("AVISIT")) == {("ADQS", "column_in_dataframe")}


def test_a_double_row_is_an_error_on_the_last_column_of_the_key() -> None:
    assert broken(adqs(AVISIT=["Day 7"] * 4)) == {("AVISIT", "unique")}


def test_a_period_joins_the_key_where_the_table_has_one() -> None:
    twice = pl.concat([adqs(APERIOD=[1] * 4), adqs(APERIOD=[2] * 4)])
    assert schema("adqs").validate(twice).height == 8


def test_nan_is_missing_and_a_score_may_be_missing() -> None:
    nan = float("nan")
    assert schema("adqs").validate(adqs(AVAL=[31.0, nan, 28.0, None])).height == 4
    checks = broken(adqs(AVISITN=[0.0, nan, 0.0, 7.0]))
    assert checks == {("AVISITN", "missing"), ("AVISITN", "not_nullable")}


def test_blank_text_is_missing() -> None:
    assert ("USUBJID", "missing") in broken(adqs(USUBJID=["01", "01", " ", "02"]))


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt8, pl.Int64, pl.Float32, pl.Decimal(10, 2)])
def test_every_numeric_type_is_a_number_and_none_overflows(dtype: pl.DataType) -> None:
    small = adqs().with_columns(pl.col("AVAL").cast(dtype))
    assert schema("adqs").validate(small)["AVAL"].dtype == dtype
    bad = adqs(AVAL=[31, 100, 28, 30]).with_columns(pl.col("AVAL").cast(dtype))
    assert broken(bad) == {("AVAL", "scale_range")}


@pytest.mark.parametrize("dtype", [pl.Enum(["Baseline", "Day 7"]), pl.Categorical])
def test_enum_and_categorical_are_text(dtype: pl.DataType) -> None:
    assert schema("adqs").validate(adqs().with_columns(pl.col("AVISIT").cast(dtype))).height == 4


def test_identifiers_read_as_numbers_are_refused() -> None:
    assert broken(adqs(USUBJID=[1, 1, 2, 2])) == {("USUBJID", "dtype('text')")}


def test_a_table_without_rows_is_refused_unless_it_may_be_empty() -> None:
    with pytest.raises(SchemaError, match="ADQS must have rows, not 0 data rows"):
        schema("adqs").validate(adqs().clear())
    none = pl.DataFrame(schema={"USUBJID": pl.String, "AEDECOD": pl.String})
    assert schema("adae").validate(none).height == 0


def test_a_warning_does_not_fail_the_schema() -> None:
    assert schema("adqs").validate(adqs(ABLFL=["Y", None, None, None])).height == 4


def test_no_failure_case_holds_a_whole_row() -> None:
    with pytest.raises(SchemaErrors) as caught:
        schema("adqs").validate(adqs(AVISIT=["Day 7"] * 4), lazy=True)
    cases = caught.value.failure_cases["failure_case"].to_list()
    assert cases == ["Day 7"]


def test_pandera_is_not_imported_with_the_module() -> None:
    code = (
        "import ketanalysis.contracts.checking, sys; "
        "print('pandera' in sys.modules, 'pandas' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


# The TOML files -------------------------------------------------------------------------------

GOOD = """
dataset = "ADQS"
label = "Scores"
one_row_per = ["USUBJID"]

[columns.USUBJID]
type = "text"
label = "Subject"

[columns.AVAL]
type = "number"
label = "Score"
required = false
at_least = 0
at_most = 3
"""


def test_a_contract_of_ones_own_is_read(tmp_path: Path) -> None:
    contract = read_contract(contract_of(tmp_path, GOOD))
    assert contract.source == "schemas/adqs.toml"
    assert contract.names == ("USUBJID", "AVAL")
    assert [rule.id for rule in contract.rules()] == [
        "unique",
        "missing",
        "missing",
        "finite",
        "range",
    ]


@pytest.mark.parametrize(
    "old, new, message",
    [
        (
            'label = "Scores"',
            'label = "Scores"\none_row_pr = ["USUBJID"]',
            "schemas/adqs.toml: a key must be one of dataset, label, one_row_per, "
            "one_row_per_if_present, may_be_empty, columns, not 'one_row_pr'. "
            "Did you mean one_row_per?",
        ),
        (
            "at_least = 0",
            "atleast = 0",
            "schemas/adqs.toml, column AVAL: a key must be one of type, label, unit, required, "
            "missing, infinite, at_least, at_most, values, severity, rules, not 'atleast'. "
            "Did you mean at_least?",
        ),
        (
            'type = "number"',
            'type = "numbr"',
            "schemas/adqs.toml, column AVAL: type must be one of text, number, integer, flag, "
            "date, datetime, not 'numbr'. Did you mean number?",
        ),
        (
            "required = false",
            'severity = "fatal"',
            "schemas/adqs.toml, column AVAL: severity must be one of error, warning, info, "
            "not 'fatal'.",
        ),
        (
            "required = false",
            'required = "no"',
            "schemas/adqs.toml, column AVAL: required must be true or false, not 'no'.",
        ),
        (
            "at_least = 0",
            "at_least = true",
            "schemas/adqs.toml, column AVAL: at_least must be a number, not True.",
        ),
        (
            'label = "Score"\n',
            "",
            "schemas/adqs.toml, column AVAL: the key label must be given.",
        ),
        (
            'type = "number"',
            'type = "text"',
            "schemas/adqs.toml, column AVAL: at_least, at_most and infinite are for numbers only.",
        ),
        (
            'one_row_per = ["USUBJID"]',
            'one_row_per = ["USUBJD"]',
            "schemas/adqs.toml: one_row_per must name columns of the contract, not 'USUBJD'. "
            "Did you mean USUBJID?",
        ),
        (
            'one_row_per = ["USUBJID"]',
            'one_row_per = ["USUBJID", "AVAL"]',
            "schemas/adqs.toml: AVAL must be required, for one_row_per names it. "
            "A key column that may be absent goes to one_row_per_if_present.",
        ),
    ],
)
def test_a_mistake_in_a_contract_names_the_file_and_the_nearest_word(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    with pytest.raises(ContractError) as caught:
        read_contract(contract_of(tmp_path, GOOD.replace(old, new)))
    assert str(caught.value) == message


def test_an_unknown_rule_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    text = GOOD.replace("at_least = 0", 'rules = ["scale_rnge"]')
    with pytest.raises(ContractError) as caught:
        read_contract(contract_of(tmp_path, text))
    message = str(caught.value)
    assert message.startswith("schemas/adqs.toml, column AVAL: a rule must be one of trimmed, ")
    assert message.endswith("not 'scale_rnge'. Did you mean scale_range?")


def test_a_file_that_is_no_toml_is_named_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(
        ContractError, match=r"^schemas/adqs\.toml cannot be read as TOML: .*line 1"
    ):
        read_contract(contract_of(tmp_path, "dataset = ADQS"))
