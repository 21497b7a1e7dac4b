"""What the flow of the subjects says: in sentences, in running text, and as a table."""

from __future__ import annotations

import ketanalysis as ka
from ketanalysis.tables import tabulate
from tests.participants.test_disposition import flow


def test_sentences_and_running_text() -> None:
    result = ka.tabulate_disposition(flow(), by="TRT01P")
    assert result.text().startswith(
        "Screened: 40. Randomised: 36 (placebo 20, drug 16). Treated: placebo 18/20 (90 %), drug "
        "15/16 (94 %) (did not: lack of efficacy 2, adverse event 1). Completed the study: placebo "
        "14/20 (70 %), drug 11/16 (69 %) (did not: lack of efficacy 6, ongoing 3, adverse event 1, "
        "other reasons 1). Analysed: intention-to-treat: placebo 20/20 (100 %), drug 16/16 (100 "
        "%). "
    )
    assert "Treated: placebo 18/20 (90%), drug 15/16 (94%)" in result.text("apa")
    assert "Treated: placebo 18 of 20 (90%), drug 15 of 16 (94%)" in result.text("jama")
    assert result.inline("treated", "reached", arm="drug") == "15/16 (94 %)"
    assert result.inline("completed the study", "ADVERSE EVENT", arm="placebo") == "1/20 (5 %)"


def test_the_table_has_a_line_a_stage_and_a_reason() -> None:
    table = tabulate(ka.tabulate_disposition(flow(), by="TRT01P"))
    assert table.row_groups[:4] == (
        *(("Enrolment", 5), ("Treatment", 4), ("Follow-up", 6), ("Analysis", 4)),
    )
    assert table.rows[:6] == (
        ("Screened", "40", "", ""),
        ("Randomised", "36/40 (90 %)", "20", "16"),
        ("Not randomised", "4/40 (10 %)", "", ""),
        ("– Screen failure", "2/40 (5 %)", "", ""),
        ("– Withdrawal by subject", "2/40 (5 %)", "", ""),
        ("Treated", "33/36 (92 %)", "18/20 (90 %)", "15/16 (94 %)"),
    )
