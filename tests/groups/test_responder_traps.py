"""Where a comparison of responders has no number, and the traps that it names."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from tests.groups.responder_data import compare, little, message
from tests.groups.test_responder_beside import FRAMES, many

# --- where there is no number -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "values"),
    [
        ("MADRS", [35.0] * 12),
        ("MADRS", [5.0] * 12),
        ("MADRS", [5.0] + [35.0] * 11),
        ("ANX", [0.0] * 12),
        ("ANX", [70.0] * 12),
        ("ANX", [None] * 11 + [4.0]),
    ],
    ids=["no responder", "all respond", "one responder", "all zero", "no variation", "one score"],
)
@pytest.mark.parametrize("adjust", [None, "AGE"])
def test_not_estimable_is_null_with_a_reason(scale: str, values: Any, adjust: Any) -> None:
    trial = little(())
    visit = "Day 14" if scale == "MADRS" else "4 h"
    here = (pl.col("PARAMCD") == scale) & (pl.col("AVISIT").cast(pl.String) == visit)
    other = trial.adqs.filter(here).with_columns(AVAL=pl.Series(values, dtype=pl.Float64))
    trial = trial.with_(adqs=pl.concat([trial.adqs.filter(~here), other]))
    result = compare(trial, ["ANX", "CALM"], p_adjust="holm", adjust=adjust, margin=5)
    for name in ("table", *FRAMES, "multiplicity"):
        frame = getattr(result, name)
        for row in frame.filter(pl.col("outcome") == "ANX").rows(named=True):
            for column in ("p_value", "estimate", "bayes_factor"):
                if column in row and row[column] is None and row.get("measure") != "both together":
                    has_reason = row["note"] is not None or row.get("p_value") is not None
                    is_size = row.get("std_error") is not None or row.get("conf_low") is not None
                    assert has_reason or is_size, (name, column, row)
                if column == "p_value" and column in row and row[column] is not None:
                    assert 0 < row[column] <= 1
                    assert row["note"] is None or "not estimable" not in row["note"], (name, row)
    assert str(result)
    assert result.text("apa")


# --- units and nested scores --------------------------------------------------------------------


def scaled(factor: float) -> Any:
    trial = little(())
    return trial.with_(
        adqs=trial.adqs.with_columns(
            AVAL=pl.when(pl.col("PARAMCD") == "ANX").then(pl.col("AVAL") * factor).otherwise("AVAL")
        )
    )


def test_scores_in_another_unit() -> None:
    ten, one = scaled(0.1), scaled(0.01)
    seen = (
        "ANX must lie between 0 and 100, and no score of it is above 6: these look like 0 to 10. "
        "Differences in points are then 10 times too small."
    )
    assert compare(ten).warnings[-1] == seen
    way = " Multiply the scores by {}, or, where they are right, write "
    end = 'allow="the reason" (printed in the result).'
    assert message(ten, margin=5) == seen + way.format(10) + end
    assert message(one) == (
        "ANX must lie between 0 and 100, and no score of it is above 0.6: these look like 0 to 1. "
        "Differences in points are then 100 times too small." + way.format(100) + end
    )
    allowed = compare(one, allow="a low dose.")
    assert allowed.notes[-1] == (
        "Scores of ANX up to 0.6 were taken as 0 to 100, with the reason: a low dose."
    )
    assert not any("look like" in warning for warning in compare(little(())).warnings)
    assert compare(one, "CALM").warnings == compare(little(()), "CALM").warnings


def test_anx_is_not_ded() -> None:
    trial = little(())
    names = {"ANX": "ASC_ANX", "CALM": "ASC_AED"}
    trial = trial.with_(adqs=trial.adqs.with_columns(PARAMCD=pl.col("PARAMCD").replace(names)))
    result = compare(trial, ["ASC_ANX", "ASC_AED"], p_adjust="holm")
    assert result.notes[2:4] == (
        "ASC_ANX is read as the mean of the 6 anxiety items of the 11-ASC; it is not dread of ego "
        "dissolution (DED or AED, 21 items of the 5D-ASC), in which these items are nested.",
        "ASC_AED is read as dread of ego dissolution, the mean of 21 items of the 5D-ASC; it is "
        "not the anxiety score of the 11-ASC (ANX), whose 6 items are among these.",
    )
    assert result.warnings[0] == (
        "The 6 items of ASC_ANX are among the 21 of ASC_AED: that both differ is one finding, not "
        "two."
    )


def test_a_mean_over_infusions_is_refused() -> None:
    assert message(little(()), anxiety_visit=["4 h", "Day 14"]) == (
        "anxiety_visit must be one visit, not ['4 h', 'Day 14']. A mean over infusions compares "
        "other infusions in non-responders than in responders wherever these got fewer or other "
        "doses; compare_responders_over_infusions keeps each infusion apart."
    )


def test_power_and_the_cut_are_said() -> None:
    said = compare(many(), "S0").notes
    n, m = compare(many(), "S0").table.select("n", "n_reference").row(0)
    (words,) = (note for note in said if "80 % power" in note)
    assert words.startswith(f"{n} v {m} subjects: 80 % power only for a difference of 1.")
    assert words.endswith("of 31 subjects had been studied; the uncut twin stands beside it.")
