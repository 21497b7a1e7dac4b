"""The four cells of early improvement say what stands in the result, also where nobody is."""

from __future__ import annotations

import ketanalysis as ka
from tests.figures import made

HALF = ka.Response(at_least=0.5)


def drawn(early: ka.Response, by: str | None = "TRT01P"):
    found = ka.estimate_early_improvement(
        ka.load_example("ketamine"),
        "MADRS",
        early,
        "24 h",
        HALF,
        "Day 14",
        by=by,
        missing="nri",
        early_missing="observed",
        allow=None if by else "one panel",
    )
    return found.plot()


def test_cells_and_measures_of_each_arm():
    figure = drawn(HALF)
    shown = made.written(figure)
    for text in ("7\n88 %", "1\n13 %", "6\n15 %", "34\n85 %", "17\n81 %", "21\n78 %"):
        assert text in shown
    assert (
        "Sensitivity 74 % (52 to 90)\nSpecificity 84 % (64 to 95)\nPPV 81 % (58 to 95)\n"
        "NPV 78 % (58 to 91)"
    ) in shown
    assert figure.ketanalysis_caption == (
        "Response at 24 h (rows) by response at Day 14 on MADRS (columns) in midazolam (n = 48) "
        "and ketamine (n = 48): subjects and per cent of the row, darker for more; below, the "
        "measures with their 95 % CI, exact (Clopper-Pearson); missing scores: nri; PPV, NPV: "
        "positive and negative predictive value; simulated data."
    )
    assert "midazolam: 7 of 8 with the early sign met the outcome, 6 of 40 without it; " in (
        figure.ketanalysis_alt
    )


def test_a_row_without_anybody_has_dashes():
    figure = drawn(ka.Response(at_least=0.999), by=None)
    shown = made.written(figure)
    dash = "\N{EN DASH}"
    assert shown.count(dash) == 2
    assert any(f"PPV {dash}\nNPV 63 % (52 to 72)" in text for text in shown)
    assert "Early sign\nn = 0" in shown
