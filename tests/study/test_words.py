"""What a clinician reads in a report: no names of columns, of functions or of their arguments."""

from __future__ import annotations

import pytest

from ketanalysis.contracts.findings import Breach
from ketanalysis.study.questions import QUESTIONS, topic
from ketanalysis.tables import Column, Table, to_html
from ketanalysis.tables.report import findings_table
from ketanalysis.tables.words import plain_words


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        (
            "mmrm: mixed model for repeated measures, all scores.",
            "mixed model for repeated measures, all scores.",
        ),
        (
            "No confidence intervals: name resamples= and seed= for those of the bootstrap.",
            "No confidence intervals: the plan asks for none.",
        ),
        ("1 by construction). See validate_model.", "1 by construction)."),
        ("Odds ratio: BASE 0.94.", "Odds ratio: baseline score (BASE) 0.94."),
        ("baseline score (BASE) 0.94", "baseline score (BASE) 0.94"),
    ],
)
def test_our_names_become_words(ours: str, words: str) -> None:
    assert plain_words(ours) == words


def test_every_topic_is_words() -> None:
    for name in QUESTIONS:
        said = topic(name)
        assert said[0].isupper()
        assert "_" not in said
    assert topic("relapse_visits_test") == "Relapse as visits saw it, compared"


def test_a_reading_that_is_absent_blames_no_column() -> None:
    breach = Breach(
        table="advs",
        column="PARAMCD",
        rule="pre_infusion",
        severity="warning",
        demand="has no reading of HR at or before the start of these infusions",
        advice="",
        source="schemas/advs.toml",
    )
    assert findings_table([breach]).rows == (
        ("No reading of HR at or before the start of these infusions.", "Warning", "1"),
    )


def test_a_head_without_words_is_no_head() -> None:
    html = to_html(Table("t", (Column("", "left"), Column("n")), (("a", "1"),)))
    assert '<td style="text-align: left"></td><th scope="col"' in html
    assert '<th scope="row" style="text-align: left">a</th>' in html
