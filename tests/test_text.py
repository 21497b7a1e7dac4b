"""Sentences and inline numbers: one estimate, in its own unit, or a refusal that lists them."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka

TIMES = pl.DataFrame(
    {
        "USUBJID": list("abcdefgh"),
        "TRT01P": pl.Series(["p", "k"] * 4, dtype=pl.Enum(["p", "k"])),
        "AVAL": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        "CNSR": [0, 0, 0, 1, 0, 0, 1, 0],
    }
)


def survival() -> ka.Result:
    return ka.estimate_survival(TIMES, by="TRT01P")


def test_a_median_in_running_text() -> None:
    assert survival().inline("k") == survival().inline(arm="k") == "6.0 (95 % CI 2.0 to NR)"


def test_survival_at_a_time_is_per_cent() -> None:
    shares = ka.estimate_milestones(survival(), [2, 4])
    assert shares.inline(4, arm="p") == "50 % (95 % CI 6 to 84)"
    assert shares.text().startswith("Survival at given times: ")
    assert "k at 2 days 75 % (95 % CI 13 to 96)" in shares.text()


def test_numbers_at_risk_and_tests_in_running_text() -> None:
    assert ka.estimate_at_risk(survival(), [0, 4]).inline(0, "p") == "4 at risk"
    test = ka.compare_survival(TIMES, by="TRT01P")
    assert test.inline().startswith("log-rank chi-square ")
    assert test.text() == f"{test.title}: {test.inline()}. {' '.join(test.notes)}".strip()


def test_a_choice_that_fits_several_or_none_lists_what_there_is() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        survival().inline()
    assert str(refused.value) == "2 estimates fit this. Choose one by TRT01P: p, k."
    with pytest.raises(ka.ArgumentError) as refused:
        survival().inline("ketamine")
    assert str(refused.value) == "No estimate fits 'ketamine'. Choose one by TRT01P: p, k."
    with pytest.raises(ka.ArgumentError) as refused:
        survival().inline(group="p")
    assert str(refused.value) == (
        "There is no column 'group'; there are TRT01P, n, n_event, median, conf_low, conf_high."
    )


def test_small_scores_keep_their_digits() -> None:
    frame = {"g": ["a"] * 4 + ["b"] * 4, "v": [0.11, 0.12, 0.14, 0.13, 0.31, 0.35, 0.33, 0.36]}
    result = ka.compare_groups(frame, "v", "g", reference="a")
    assert result.inline() == "0.213 (95 % CI 0.179 to 0.246)"
    assert "b mean 0.338 (n = 4), a mean 0.125 (n = 4)" in result.text()
    assert "0.213 (0.179 to 0.246)" in result.summary()
    assert " b " in result.summary()
