"""Early improvement and the end: a page by hand, handlings, refusals, the sentences."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import ArgumentError
from ketanalysis.prediction.early_improvement import estimate_early_improvement

HALF, FIFTH = ka.Response(at_least=0.5), ka.Response(at_least=0.2)
VISITS = ["0", "4 h", "24 h", "d14"]


def frame(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    """Rows of subject, baseline, 4 h, 24 h, day 14; None is no score."""
    long = [
        {"USUBJID": row[0], "AVISIT": visit, "AVAL": score, "ABLFL": "Y" if visit == "0" else None}
        for row in rows
        for visit, score in zip(VISITS, row[1:], strict=True)
        if score is not None
    ]
    types = {"AVISIT": pl.Enum(VISITS), "AVAL": pl.Float64, "ABLFL": pl.String}
    return pl.DataFrame(long, schema_overrides=types)


# By hand: early (24 h) in a, b, c, f; late (day 14) in a, b, d; e and f without a late score,
# g without a score at 24 h (20 at 4 h: half of 40).
PAGE = frame(
    [
        ("a", 40, 30, 20, 10),
        ("b", 40, 30, 15, 20),
        ("c", 40, 30, 20, 21),
        ("d", 40, 30, 30, 12),
        ("e", 40, 30, 35, None),
        ("f", 40, 30, 10, None),
        ("g", 40, 20, None, 8),
    ]
)


def counts(**options: Any) -> list[int]:
    asked = {"missing": "observed", "early_missing": "observed"} | options
    found = estimate_early_improvement(PAGE, "MADRS", HALF, "24 h", HALF, "d14", **asked)
    return found.cells["count"].to_list()


def test_a_page_by_hand_under_every_handling():
    """True positive, false positive, false negative, true negative."""
    assert counts() == [2, 1, 1, 0]
    assert counts(missing="nri") == [2, 2, 1, 1]
    assert counts(early_missing="nri") == [2, 1, 2, 0]
    assert counts(early_missing="locf") == [3, 1, 1, 0]
    assert counts(missing="locf") == [3, 1, 1, 1]
    assert counts(missing=["observed", "nri"]) == [2, 1, 1, 0, 2, 2, 1, 1]


def test_everybody_is_counted_with_a_reason():
    found = estimate_early_improvement(
        PAGE, "MADRS", HALF, "24 h", HALF, "d14", missing="observed", early_missing="observed"
    )
    assert found.audit.rows() == [
        ("observed", "included", "early and late outcome known", 4),
        ("observed", "excluded", "outcome at the end not known", 2),
        ("observed", "excluded", "early improvement not known", 1),
    ]
    rows = {row["measure"]: row for row in found.table.iter_rows(named=True)}
    assert (rows["sensitivity"]["count"], rows["sensitivity"]["n"]) == (2, 3)
    assert rows["specificity"]["estimate"] == 0
    assert rows["specificity"]["conf_high"] == pytest.approx(0.975)


def test_the_order_of_rows_does_not_matter():
    asked = {"missing": "nri", "early_missing": "locf"}
    one = estimate_early_improvement(PAGE, "MADRS", FIFTH, "4 h", HALF, "d14", **asked)
    mixed = PAGE.sample(fraction=1, shuffle=True, seed=3)
    other = estimate_early_improvement(mixed, "MADRS", FIFTH, "4 h", HALF, "d14", **asked)
    assert one.table.equals(other.table)


def test_what_it_says():
    trial = ka.load_example("ketamine")
    found = ka.estimate_early_improvement(
        trial,
        "MADRS",
        HALF,
        "24 h",
        ka.Remission(at_most=10),
        "Day 14",
        by="TRT01P",
        missing="nri",
        early_missing="observed",
        ci="wilson",
    )
    assert found.title == "Response at 24 h as a sign of remission at Day 14 (MADRS), by TRT01P"
    assert found.warnings == ()
    cells = found.cells.filter(TRT01P="ketamine")["count"].to_list()
    positive, false, missed, negative = cells
    said = found.text("apa").partition("; ketamine: ")[2]
    assert said.startswith(f"sensitivity {positive}/{positive + missed} (")
    assert found.inline("specificity", arm="ketamine").startswith(f"{negative}/{negative + false} ")
    assert f"ketamine, nri: {positive} of {positive + false} with the early sign had the " in str(
        found
    )
    locf = ka.estimate_early_improvement(
        trial, "MADRS", HALF, "24 h", HALF, "Day 14", by="TRT01P", missing="locf",
        early_missing="locf",
    )  # fmt: skip
    assert locf.warnings == (
        "Early improvement and response at Day 14 are judged from the same baseline score, and at "
        "the end of the same course: part of their agreement is by construction.",
        "Under locf the early score of who left is carried to the end, where it agrees with "
        "itself: read the row of observed cases beside it.",
    )


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"early_missing": None},
        'early_missing= must say how a missing early score counts: "observed" (subjects scored '
        'at the early visit), "locf" (last earlier score carried forward), "nri" (no early score '
        "counts as no early improvement).",
    ),
    (
        {"early_visit": "d14"},
        "early_visit must come before visit: 'd14' does not come before 'd14'.",
    ),
    (
        {"early": 0.5},
        "early must be a Response, a Remission or a MeaningfulChange, such as "
        "Response(at_least=0.5), not 0.5.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text):
    asked: dict[str, Any] = {"early": HALF, "early_visit": "24 h", "rule": HALF, "visit": "d14"}
    asked |= {"missing": "nri", "early_missing": "observed"} | changes
    with pytest.raises(ArgumentError) as refusal:
        estimate_early_improvement(PAGE, "MADRS", **asked)
    assert str(refusal.value) == text


def test_arms_are_not_pooled_without_a_reason():
    trial = ka.load_example("ketamine")
    asked = {"missing": "nri", "early_missing": "observed"}
    with pytest.raises(ArgumentError) as refusal:
        estimate_early_improvement(trial, "MADRS", HALF, "24 h", HALF, "Day 14", **asked)
    assert str(refusal.value) == (
        "The data hold several arms (midazolam, ketamine), which differ both early and at the "
        "end: pooled, early improvement foretells the arm. Write by='TRT01P' (each arm apart), or "
        'allow="the reason" (printed in the result).'
    )
    why = "blinded interim look."
    found = estimate_early_improvement(
        trial, "MADRS", HALF, "24 h", HALF, "Day 14", allow=why, **asked
    )
    assert "Arms are pooled, with the reason: blinded interim look." in found.notes
