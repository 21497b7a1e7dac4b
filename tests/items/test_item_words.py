"""What scores from items say of themselves: on the console, in a paper, in running text."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka


@pytest.fixture(scope="module")
def scores() -> ka.Result:
    rows = [[2] * 10, [3] * 9 + [None], [1] * 8 + [None, None], [None] * 10]
    frame = pl.DataFrame(rows, schema=[f"m{i}" for i in range(1, 11)], orient="row", strict=False)
    frame = frame.with_columns(id=pl.Series(["1", "2", "3", "4"]), week=pl.lit("w0"))
    return ka.score_items(
        frame, "MADRS", columns="m{item}", subject="id", visit="week", prorate="registry"
    )


def test_the_console_shows_what_the_scores_stand_on(scores: ka.Result) -> None:
    assert scores.summary() == (
        "Scores from items: MADRS\n"
        "\n"
        "Score  Assessments  All items  Prorated  Too few items  Not rated  Lowest  Highest\n"
        "MADRS            4          1         1              1          1      20       30\n"
        "\n"
        "  MADRS: Sum of 10 items, each 0 to 6; no reversed items. [NCT02418585 registry results,\n"
        "  meddatax.com/clinical-trials/NCT02418585/results]\n"
        "  MADRS: unanswered items: One item missing: mean of the others times 10; two or more\n"
        "  missing: the total is missing. (not verified; general knowledge of the Janssen trials)"
    )
    assert repr(scores) == scores.summary()


@pytest.mark.parametrize("style", ["plain", "apa", "jama"])
def test_the_sentence_for_a_paper(scores: ka.Result, style: str) -> None:
    assert scores.text(style).startswith(
        "MADRS, 4 assessments: 1 with all items; 1 prorated; 1 without a score, for too many items "
        "were missing; 1 not rated. MADRS: Sum of 10 items"
    )


def test_one_score_in_running_text(scores: ka.Result) -> None:
    assert scores.inline("1") == "MADRS 20"
    assert scores.inline(id="2") == "MADRS 30 (prorated: 1 of 10 items missing)"
    assert scores.inline(id="3") == (
        "MADRS not scored (no score: 2 of 10 items missing, at most 1 allowed)"
    )
    assert scores.inline(id="4") == "MADRS not scored (none of 10 items answered)"


def test_one_row_on_the_whole_and_other_formats(scores: ka.Result) -> None:
    assert scores.glance()["rows"].to_list() == [4]
    assert "<caption>Scores from items: MADRS</caption>" in scores._repr_html_()
    assert "| MADRS | 4 | 1 | 1 | 1 | 1 | 20 | 30 |" in scores._repr_markdown_()
    with pytest.raises(ka.ArgumentError, match="There is no figure for results of the kind"):
        scores.plot()


def test_the_rule_of_the_caller_stands_under_the_table() -> None:
    frame = pl.DataFrame({"USUBJID": ["1"], **{f"h{i}": [1] for i in range(1, 18)}})
    said = {
        3: "HAMD17: up to 3 unanswered items are made up for by the others' share of their "
        "possible points, as declared; with more the score is missing.",
        1: "HAMD17: one unanswered item is made up for by the others' share of their possible "
        "points, as declared; with more the score is missing.",
        0: "HAMD17: never prorated, as declared.",
        "never": "HAMD17: a score with unanswered items is missing.",
        "registry": "HAMD17: the registry has no rule for unanswered items; a score with any is "
        "missing.",
    }
    for prorate, sentence in said.items():
        found = ka.score_items(frame, "HAMD17", columns="h{item}", prorate=prorate)  # type: ignore[arg-type]
        assert sentence in found.notes
        assert found.notes[-1] == (
            "HAMD17: subscales HAMD_AS (the items of the subscales are not verified); not prorated "
            "unless it is declared."
        )
