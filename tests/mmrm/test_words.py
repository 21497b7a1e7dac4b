"""What a model says: sentences in each style, tables and figures name what was modelled."""

from __future__ import annotations

from functools import cache

import pytest

import ketanalysis as ka
from ketanalysis.tables import tabulate


@cache
def fit() -> ka.Result:
    formula = "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)"
    return ka.fit_mmrm(ka.load_example("ketamine"), formula, scale="MADRS")


@pytest.mark.parametrize(
    "style, said",
    [
        (
            "plain",
            "Difference of least-squares means of change in MADRS: ketamine minus midazolam at Day "
            "84 −0.3 (95 % CI −3.2 to 2.6; t = −0.20, df 73.1, p = 0.844).",
        ),
        (
            "apa",
            "Difference of least-squares means of change in MADRS: ketamine minus midazolam at Day "
            "84 −0.3 (95% CI [−3.2, 2.6]; t(73.1) = −0.20, p = .844).",
        ),
        (
            "jama",
            "Difference of least-squares means of change in MADRS: ketamine minus midazolam at Day "
            "84 −0.3 (95% CI, −3.2 to 2.6; t = −0.20, df 73.1, P = .84).",
        ),
    ],
)
def test_the_sentence_of_a_contrast(style: str, said: str) -> None:
    contrasts = ka.estimate_contrasts(fit(), "TRT01P", by="AVISIT")
    assert contrasts.text(style).startswith(said)
    assert contrasts.inline("Day 84", style=style) in said


def test_means_say_what_they_are_means_of() -> None:
    means = ka.estimate_means(fit(), "TRT01P", by="AVISIT")
    assert means.text().startswith("Least-squares means of change in MADRS at Day 84: midazolam ")
    assert tabulate(means).title == "Least-squares means of change in MADRS by TRT01P, AVISIT"
    label = " ".join(means.plot().axes[0].get_ylabel().split())
    assert label == "Least-squares mean of change in MADRS (95 % CI)"


def test_terms_in_each_style() -> None:
    terms = ka.compare_terms(fit())
    row = terms.table.row(-1, named=True)
    assert row["term"] == "AVISIT:TRT01P"
    assert terms.inline("AVISIT:TRT01P", style="apa").startswith(f"F({row['df_num']}, ")
    assert "AVISIT:TRT01P F = " in terms.text()


def test_the_table_of_a_model_shows_its_fit() -> None:
    notes = tabulate(fit()).notes
    assert any(note.startswith("909 scores of 96 subjects; log likelihood ") for note in notes)
