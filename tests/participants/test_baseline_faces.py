"""What Table 1 says: in sentences of three manners, in running text, and in every format."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka
from tests.participants.test_baseline import people


@pytest.fixture(scope="module")
def result() -> ka.Result:
    frame = people(EPIDUR=[1.0, 2.0, 3.0, 4.0, 60.0, 6.0, 7.0, 8.0, 9.0, 10.0])
    return ka.tabulate_baseline(
        frame, ["AGE", "EPIDUR", "SEX", "SMOKER"], by="TRT01P", median=["EPIDUR"], overall=True
    )


def test_sentences_in_each_manner(result: ka.Result) -> None:
    plain = (
        "Baseline characteristics by TRT01P (placebo n = 6, drug n = 4). Age, years: placebo mean "
        "40.0 (SD 15.8), drug mean 40.0 (SD 12.9); Duration of the current episode, months: "
        "placebo median 3.5 (Q1 to Q3 2.3 to 5.5), drug median 8.5 (Q1 to Q3 7.8 to 9.3); Sex, F: "
        "placebo 3/5 (60 %), drug 1/3 (33 %); SMOKER: placebo 2/5 (40 %), drug 2/3 (67 %). The "
        "largest standardised difference was 0.55 (Sex). Population: "
    )
    assert result.text().startswith(plain)
    apa = result.text("apa")
    assert "Age, years: placebo (M = 40.0, SD = 15.8), drug (M = 40.0, SD = 12.9)" in apa
    assert "placebo (Mdn = 3.5, IQR [2.3, 5.5])" in apa
    assert "Sex, F: placebo 3/5 (60%), drug 1/3 (33%)" in apa
    assert "Sex, F: placebo 3 of 5 (60%), drug 1 of 3 (33%)" in result.text("jama")


def test_one_number_in_running_text(result: ka.Result) -> None:
    assert result.inline("AGE", arm="drug") == "mean 40.0 (SD 12.9)"
    assert result.inline("SEX", "F", arm="placebo") == "3/5 (60 %)"
    assert result.inline("SEX", "F", arm="placebo", style="jama") == "3 of 5 (60%)"
    assert result.inline("EPIDUR", arm="drug", style="apa") == "Mdn = 8.5, IQR [7.8, 9.3]"
    with pytest.raises(ka.ArgumentError, match="2 estimates fit 'SEX', 'drug'"):
        result.inline("SEX", arm="drug")


def test_other_kinds_in_running_text() -> None:
    days = pl.Series(["2024-03-01"] * 9 + ["2024-01-05"]).str.to_date()
    dated = ka.tabulate_baseline(people(SEEN=days), ["SEEN", "AGE"], statistics="range")
    assert dated.inline("SEEN") == "2024-01-05 to 2024-03-01"
    assert dated.inline("AGE") == "range 20.0 to 60.0"
    many = ka.tabulate_baseline(people(SITE=list("abcdefgabc")), "SITE")
    assert "SITE: 7 categories, see the table." in many.text()
    empty = ka.tabulate_baseline(people(SMOKER=[None] * 10), ["SEX"], by="TRT01P")
    assert "F: placebo 3/5 (60 %)" in empty.text()


def test_the_table_in_every_format(result: ka.Result) -> None:
    for shown in (str(result), result._repr_html_(), result._repr_markdown_()):
        assert "Duration of the current episode, months" in shown
        assert "All subjects" in shown
    html = result._repr_html_()
    assert html.count('scope="rowgroup"') == 4
    assert "Planned arm" in html
    assert "15.8" in result.to_gt().as_raw_html()


def test_ties_of_the_digits_follow_the_spread() -> None:
    """Doses of 0.5 mg/kg with an SD of 0.01 would all be 0.5 (0.0) with one decimal."""
    frame = people(DOSE=[0.49, 0.50, 0.51, 0.50, 0.52, 0.48, 0.50, 0.51, 0.49, 0.50])
    shown = str(ka.tabulate_baseline(frame, "DOSE"))
    assert "0.500 (0.012)" in shown
    assert "0.480 to 0.520" in shown
