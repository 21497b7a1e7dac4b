"""Sentences and inline numbers: one estimate, in its own unit, or a refusal that lists them."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.text import STYLES

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


# --- the manners of writing -------------------------------------------------------------------


@pytest.mark.parametrize(
    "p, plain, apa, jama",
    [
        (0.0312, "p = 0.031", "p = .031", "P = .03"),
        (0.049, "p = 0.049", "p = .049", "P = .049"),  # two decimals would say .05
        (0.0449, "p = 0.045", "p = .045", "P = .04"),
        (0.0051, "p = 0.005", "p = .005", "P = .005"),
        (0.00099, "p < 0.001", "p < .001", "P < .001"),
        (0.0, "p < 0.001", "p < .001", "P < .001"),
        (0.5, "p = 0.500", "p = .500", "P = .50"),
        (0.995, "p = 0.995", "p = .995", "P > .99"),
        (1.0, "p > 0.999", "p > .999", "P > .99"),
        (None, "p not estimable", "p not estimable", "P not estimable"),
    ],
)
def test_p_values_in_each_style(p: float | None, plain: str, apa: str, jama: str) -> None:
    assert [STYLES[name].p(p) for name in ("plain", "apa", "jama")] == [plain, apa, jama]


@pytest.mark.parametrize(
    "low, high, plain, apa, jama",
    [
        (1.25, 3.4, "95 % CI 1.3 to 3.4", "95% CI [1.3, 3.4]", "95% CI, 1.3-3.4"),
        (-1.2, 3.4, "95 % CI −1.2 to 3.4", "95% CI [−1.2, 3.4]", "95% CI, −1.2 to 3.4"),
        (2.0, None, "95 % CI 2.0 to NE", "95% CI [2.0, NE]", "95% CI, 2.0 to NE"),
    ],
)
def test_intervals_in_each_style(
    low: float, high: float | None, plain: str, apa: str, jama: str
) -> None:
    found = [STYLES[name].ci(low, high, conf_level=0.95) for name in ("plain", "apa", "jama")]
    assert found == [plain, apa, jama]


def test_a_share_in_each_style() -> None:
    shown = {
        name: style.share(17, 31, 17 / 31, 0.3777, 0.7084, conf_level=0.95)
        for name, style in STYLES.items()
    }
    assert shown == {
        "plain": "17/31 (55 %; 95 % CI 38 to 71)",
        "apa": "17/31 (55%, 95% CI [38%, 71%])",
        "jama": "17 of 31 (55% [95% CI, 38%-71%])",
    }


def test_sentences_in_each_style() -> None:
    shares = ka.estimate_milestones(survival(), [2])
    assert "p at 2 days 75% (95% CI [13%, 96%])" in shares.text("apa")
    assert "p at 2 days 75% (95% CI, 13%-96%)" in shares.text("jama")
    assert survival().inline("k", style="jama") == "6.0 (95% CI, 2.0 to NR)"


def test_another_style_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        survival().text("lancet")
    assert str(refused.value) == "style must be one of 'plain', 'apa', 'jama', not 'lancet'."
