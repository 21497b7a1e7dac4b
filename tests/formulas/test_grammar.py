"""Formulas: what is read, and what is refused, word by word."""

from __future__ import annotations

import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.formulas.grammar import read_formula

STRUCTURES = ("us", "cs")


def terms(text: str) -> list[str]:
    read = read_formula(text, STRUCTURES if "|" in text else ())
    return [":".join(factor.label for factor in term) for term in read.terms]


@pytest.mark.parametrize(
    "text, found",
    [
        ("CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)",
         ["BASE", "AVISIT", "TRT01P", "BASE:AVISIT", "AVISIT:TRT01P"]),
        ("y ~ us(v|s)", []),
        ("y ~ x + us(v|s) + z:x", ["x", "x:z"]),
        ("y ~ (a + b + c)^2 - a:b", ["a", "b", "c", "a:c", "b:c"]),
        ("y ~ a/b", ["a", "a:b"]),
        ("y ~ log(dose) + factor(site)", ["log(dose)", "factor(site)"]),
        ("y ~ `my score` + x.1", ["my score", "x.1"]),
    ],
)  # fmt: skip
def test_terms_in_the_order_and_names_of_r(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_the_intercept_can_be_left_out() -> None:
    assert read_formula("y ~ x").has_intercept
    assert not read_formula("y ~ 0 + x").has_intercept
    assert not read_formula("y ~ x - 1").has_intercept


def test_the_covariance_structure_and_its_groups() -> None:
    read = read_formula("y ~ x + us(AVISIT | TRT01P / USUBJID)", STRUCTURES).covariance
    assert read is not None
    assert (read.structure, read.over, read.group, read.subject) == (
        "us", "AVISIT", "TRT01P", "USUBJID",
    )  # fmt: skip
    assert read.label == "us(AVISIT | TRT01P / USUBJID)"


@pytest.mark.parametrize(
    "text, said",
    [
        ("y x",
         'A formula must be a text with one "~", such as "CHG ~ BASE + TRT01P", not \'y x\'.'),
        ("log(y) ~ x", 'The response, left of "~", must be one column, not \'log(y)\'.'),
        ("y ~ __import__('os')", "A formula cannot hold \"'\": \"y ~ __import__('os')\"."),
        ("y ~ {x + 1}", "A formula cannot hold '{': 'y ~ {x + 1}'."),
        ("y ~ open(x)",
         "A formula can call log, log2, log10, exp, sqrt, factor only, not open(): 'y ~ open(x)'."),
        ("y ~ log(x + 1)",
         "A formula can call log, log2, log10, exp, sqrt, factor of one column only, not "
         "'log(x + 1)': 'y ~ log(x + 1)'."),
        ("y ~ x + 3", "The formula 'y ~ x + 3' cannot be read."),
        ("y ~ x + us(a|b)",
         "This model has no covariance structure; take it out of the formula: 'y ~ x + us(a|b)'."),
    ],
)  # fmt: skip
def test_what_is_no_formula(text: str, said: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        read_formula(text)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "text, said",
    [
        ("y ~ x",
         "The formula must have one covariance structure, such as us(AVISIT | USUBJID), not 0: "
         "'y ~ x'."),
        ("y ~ us(a|b) + cs(a|b)",
         "The formula must have one covariance structure, such as us(AVISIT | USUBJID), not 2: "
         "'y ~ us(a|b) + cs(a|b)'."),
        ("y ~ uns(a|b)",
         "The covariance structure must be one of us, cs, not 'uns'. Did you mean us?"),
        ("y ~ us(a | b / c / d)",
         "A covariance structure must be written us(AVISIT | USUBJID) or us(AVISIT | TRT01P / "
         "USUBJID), not 'us(a | b / c / d)'."),
    ],
)  # fmt: skip
def test_what_is_no_mixed_model(text: str, said: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        read_formula(text, STRUCTURES)
    assert str(refused.value) == said
