"""Sentences, tables and inline numbers of vital signs and of infusions, whole and in each style."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.tables import tabulate, to_text
from tests.figures import made
from tests.infusions.vital_data import by_hand

VITAL = {
    "plain": (
        "Mean change in systolic blood pressure from before the infusion to the highest reading "
        "after its start: placebo 0.8 mmHg (95 % CI −1.1 to 2.6), 12 infusions in 6 subjects; "
        "ketamine 14.8 mmHg (95 % CI 8.8 to 20.9), 12 infusions in 6 subjects. SYSBP of at least "
        "140 mmHg was seen in subjects: placebo 0/6 (0 %; 95 % CI 0 to 46); ketamine 4/6 (67 %; "
        "95 % CI 22 to 96). At infusions: placebo 0/12; ketamine 7/12 (58 %; 95 % CI 14 to 92). "
        "SYSBP rise of at least 20 mmHg was seen in subjects: placebo 0/6 (0 %; 95 % CI 0 to 46); "
        "ketamine 3/6 (50 %; 95 % CI 12 to 88). At infusions: placebo 0/12; ketamine 3/12 (25 %; "
        "95 % CI 7 to 61). "
    ),
    "apa": (
        "Mean change in systolic blood pressure from before the infusion to the highest reading "
        "after its start: placebo 0.8 mmHg (95% CI [−1.1, 2.6]), 12 infusions in 6 subjects; "
        "ketamine 14.8 mmHg (95% CI [8.8, 20.9]), 12 infusions in 6 subjects. SYSBP of at least "
        "140 mmHg was seen in subjects: placebo 0/6 (0%, 95% CI [0%, 46%]); ketamine 4/6 (67%, "
        "95% CI [22%, 96%]). At infusions: placebo 0/12; ketamine 7/12 (58%, 95% CI [14%, 92%]). "
        "SYSBP rise of at least 20 mmHg was seen in subjects: placebo 0/6 (0%, 95% CI [0%, 46%]); "
        "ketamine 3/6 (50%, 95% CI [12%, 88%]). At infusions: placebo 0/12; ketamine 3/12 (25%, "
        "95% CI [7%, 61%]). "
    ),
    "jama": (
        "Mean change in systolic blood pressure from before the infusion to the highest reading "
        "after its start: placebo 0.8 mmHg (95% CI, −1.1 to 2.6), 12 infusions in 6 subjects; "
        "ketamine 14.8 mmHg (95% CI, 8.8-20.9), 12 infusions in 6 subjects. SYSBP of at least "
        "140 mmHg was seen in subjects: placebo 0 of 6 (0% [95% CI, 0%-46%]); ketamine 4 of 6 "
        "(67% [95% CI, 22%-96%]). At infusions: placebo 0 of 12; ketamine 7 of 12 (58% [95% CI, "
        "14%-92%]). SYSBP rise of at least 20 mmHg was seen in subjects: placebo 0 of 6 (0% [95% "
        "CI, 0%-46%]); ketamine 3 of 6 (50% [95% CI, 12%-88%]). At infusions: placebo 0 of 12; "
        "ketamine 3 of 12 (25% [95% CI, 7%-61%]). "
    ),
}
CONDUCT = {
    "plain": (
        "Infusions given: placebo 24 in 8 subjects (median 3, range 3 to 3); ketamine 23 in 8 "
        "subjects (median 3, range 2 to 3). All 3 planned infusions: placebo 8/8 (100 %; 95 % CI "
        "63 to 100); ketamine 7/8 (88 %; 95 % CI 47 to 100). Infusions stopped early or changed: "
        "placebo 3/24 (13 %; 95 % CI 4 to 35), by reason: anxiety 3; ketamine 3/23 (13 %; 95 % CI "
        "4 to 35), by reason: anxiety 3. "
    ),
    "apa": (
        "Infusions given: placebo 24 in 8 subjects (median 3, range 3 to 3); ketamine 23 in 8 "
        "subjects (median 3, range 2 to 3). All 3 planned infusions: placebo 8/8 (100%, 95% CI "
        "[63%, 100%]); ketamine 7/8 (88%, 95% CI [47%, 100%]). Infusions stopped early or "
        "changed: placebo 3/24 (13%, 95% CI [4%, 35%]), by reason: anxiety 3; ketamine 3/23 (13%, "
        "95% CI [4%, 35%]), by reason: anxiety 3. "
    ),
    "jama": (
        "Infusions given: placebo 24 in 8 subjects (median 3, range 3 to 3); ketamine 23 in 8 "
        "subjects (median 3, range 2 to 3). All 3 planned infusions: placebo 8 of 8 (100% [95% "
        "CI, 63%-100%]); ketamine 7 of 8 (88% [95% CI, 47%-100%]). Infusions stopped early or "
        "changed: placebo 3 of 24 (13% [95% CI, 4%-35%]), by reason: anxiety 3; ketamine 3 of 23 "
        "(13% [95% CI, 4%-35%]), by reason: anxiety 3. "
    ),
}


@pytest.mark.parametrize("style", VITAL)
def test_the_sentences_in_each_style(style: str) -> None:
    vital, conduct = made.vital_signs(), made.conduct()
    assert vital.text(style) == VITAL[style] + " ".join(vital.notes)
    assert conduct.text(style) == CONDUCT[style] + " ".join(conduct.notes)


def test_the_notes_name_every_definition_and_method() -> None:
    result = ka.estimate_vital_signs(
        by_hand(),
        "SYSBP",
        pre_within=60,
        until=90,
        return_within=10,
        return_stays=True,
        thresholds=ka.Threshold("SYSBP", at_least=160, unit="mmHg"),
        conf_level=0.9,
    )
    assert result.notes == (
        "Counted: 5 infusions in 3 subjects with an infusion, by the readings (no infusions were "
        "given).",
        "Pre-infusion value: the last reading at or before the start of the infusion, at most 60 "
        "minutes before it.",
        "Peak: the highest reading after the start (SYSBP), up to 90 minutes after it; its time is "
        "the first at which it was read. Readings are snapshots: the true peak may lie between "
        "them.",
        "Back: a reading no more than the margin worse than the pre-infusion value (10 mmHg for "
        "SYSBP), and all later readings too. The minute is that of the first such reading; the "
        "return itself lies between it and the reading before. Infusions without a seen return "
        "count as later than all others.",
        "90 % intervals of means: Student's t; over several infusions the subjects are the sample "
        "(linearised variance), because the infusions of one subject are not independent.",
        "90 % intervals of shares of subjects: Clopper-Pearson; of infusions: logit, clustered by "
        "subject.",
    )
    assert "The return of systolic blood pressure was seen: at 0 of 2 infusions that left" in (
        result.text()
    )


def test_groups_in_plain_text_stand_in_the_order_of_the_alphabet() -> None:
    frame = by_hand(ARM=pl.when(USUBJID="a").then(pl.lit("z")).otherwise(pl.lit("b")))
    vital = ka.estimate_vital_signs(frame, "SYSBP", by="ARM", pre_within=60)
    said = "The groups of ARM have no declared order and stand in that of the alphabet: b, z."
    assert vital.notes[-1] == said
    infusions = frame.select("USUBJID", "EXSEQ", "ARM").unique()
    assert ka.tabulate_infusions(infusions, by="ARM").notes[-1] == said


def test_the_table_of_vital_signs() -> None:
    table = tabulate(made.vital_signs())
    assert to_text(table).splitlines() == [
        "                                                            placebo                   "
        "ketamine",
        "Systolic blood pressure (SYSBP, mmHg), all infusions",
        "Infusions (subjects)                                         12 (6)                     "
        "12 (6)",
        "Before: mean (SD)                                       125.5 (5.8)                "
        "125.5 (5.8)",
        "Highest after the start: mean (SD)                      126.3 (5.2)                "
        "140.3 (5.4)",
        "Change to it: mean (95 % CI)                      0.8 (−1.1 to 2.6)         "
        "14.8 (8.8 to 20.9)",
        "Change to it: median (range)                      1.5 (−2.0 to 3.0)               "
        "18 (6 to 20)",
        "Minute of it: median (range)                          30 (20 to 90)              "
        "40 (20 to 40)",
        "Systolic blood pressure (SYSBP, mmHg), change by infusion: mean (95 % CI)",
        "Infusion 1                                 1.2 (−0.8 to 3.1); n = 6  15.3 (9.0 to 21.7); "
        "n = 6",
        "Infusion 2                                 0.3 (−1.7 to 2.4); n = 6  14.3 (8.4 to 20.3); "
        "n = 6",
        "Thresholds crossed: n/N (%; 95 % CI)",
        "SYSBP of at least 140 mmHg, subjects               0/6 (0; 0 to 46)         "
        "4/6 (67; 22 to 96)",
        "SYSBP of at least 140 mmHg, infusions                      0/12 (0)        "
        "7/12 (58; 14 to 92)",
        "SYSBP rise of at least 20 mmHg, subjects           0/6 (0; 0 to 46)         "
        "3/6 (50; 12 to 88)",
        "SYSBP rise of at least 20 mmHg, infusions                  0/12 (0)         "
        "3/12 (25; 7 to 61)",
    ]
    assert table.notes[-1] == (
        "No infusion crosses it: no clustered interval; see the row of subjects."
    )


def test_the_table_of_infusions() -> None:
    table = tabulate(made.conduct())
    assert [label for label, _ in table.row_groups] == [
        "Infusions given, subjects",
        "How they were given, all infusions",
        "Last infusion before the end of the plan, subjects",
    ]
    lines = {row[0]: row[1:] for row in table.rows}
    assert lines["Infusion 3"] == ("8/8 (100)", "7/8 (88)")
    assert lines["Infusions a subject: median (range)"] == ("3.0 (3 to 3)", "3.0 (2 to 3)")
    assert lines["Stopped early or changed, infusions"] == (
        "3/24 (13; 4 to 35)",
        "3/23 (13; 4 to 35)",
    )
    assert lines["- anxiety"] == ("3/24", "3/23")
    assert lines["Dose: mean (range)"] == ("not recorded", "not recorded")
    assert table.rows[-2] == ("Infusion 2", "0/8 (0)", "1/8 (13)")
    assert table.rows[-1] == ("- not recorded", "0", "1")
    assert "Not recorded: there is no column EXDOSE." in table.notes


def test_numbers_in_running_text() -> None:
    vital = made.vital_signs()
    assert vital.inline("SYSBP", "change", infusion="all", arm="ketamine") == (
        "14.8 mmHg (95 % CI 8.8 to 20.9)"
    )
    assert vital.inline("change", infusion="2", arm="placebo", style="jama") == (
        "0.3 mmHg (95% CI, −1.7 to 2.4)"
    )
    one = ka.estimate_vital_signs(by_hand().head(8), "SYSBP", pre_within=60)
    assert one.inline("peak") == "140.0 mmHg"
    nothing = ka.estimate_vital_signs(by_hand().tail(1), "SYSBP", pre_within=60)
    assert nothing.inline("change") == "not recorded"
    saturation = by_hand(PARAMCD=pl.lit("SPO2"), AVALU=pl.lit("%"), AVAL=pl.lit(96.0)).head(8)
    low = ka.estimate_vital_signs(saturation, "SPO2", pre_within=60)
    assert low.inline("peak", style="apa") == "96.0%"
    assert low.inline("peak") == "96.0 %"
