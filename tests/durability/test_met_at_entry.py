"""Rules of entry and of relapse that overlap: who is in relapse when entering, and what is said."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka

VISITS = {"Baseline": 0, "24 h": 24, "Day 7": 168, "Day 14": 336}
QUARTER = ka.Among(ka.Response(at_least=0.25), visit="24 h")


def trial() -> ka.Trial:
    """Four who respond by a quarter at 24 h; with 24 and 22 points two of them meet 22 then."""
    rows = [("a", 32, 24, 10, 30), ("b", 32, 12, 23, 23), ("c", 30, 22, 8, 8), ("d", 30, 9, 9, 9)]
    frame = pl.DataFrame(rows, schema=["id", *VISITS], orient="row")
    return ka.as_trial(
        frame,
        subject="id",
        wide={"MADRS": "{visit}"},
        visits=VISITS,
        baseline_visit="Baseline",
    )


def notes(rule: Any, among: ka.Among = QUARTER) -> list[str]:
    found = ka.estimate_relapse(trial(), "MADRS", rule, among=among, origin="entry")
    return [note for note in found.notes if "very score at entry" in note]


def relapse(**criterion: Any) -> ka.Relapse:
    return ka.Relapse(**criterion, consecutive=1, dated="first")


def test_who_is_in_relapse_at_entry_is_counted_and_waits_for_a_later_visit() -> None:
    assert notes(relapse(at_least=22)) == [
        "2 subjects met the criterion of relapse with the very score at entry: the rules of entry "
        "and of relapse overlap. Only later assessments count as relapse."
    ]
    rows = ka.time_to_relapse(
        trial(), "MADRS", relapse(at_least=22), among=QUARTER, origin="entry"
    ).sort("USUBJID")
    assert rows["AVAL"].to_list() == [13, 6, 13, 13]
    assert rows["CNSR"].to_list() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (relapse(at_least=24), 1),
        (relapse(at_least=25), 0),
        (relapse(improvement_below=0.26), 1),  # b has 63 %, a 25 %, c 27 %, d 70 %
        (relapse(lost_at_least=0.5), 0),
        (relapse(rise_at_least=5, rise_from="entry"), 0),
        (relapse(at_least=24) | relapse(improvement_below=0.27), 2),
    ],
)
def test_every_kind_of_criterion_is_looked_at(rule: Any, count: int) -> None:
    said = notes(rule)
    assert [note.split()[0] for note in said] == ([str(count)] if count else [])
    if count == 1:
        assert said[0].startswith("1 subject met ")


def test_rules_that_do_not_overlap_say_nothing() -> None:
    assert notes(relapse(at_least=22), ka.Among(ka.Response(at_least=0.5), visit="24 h")) == []


def test_a_rule_that_nobody_met_is_not_asked_for_other_codes() -> None:
    found = ka.estimate_relapse(
        trial(), "MADRS", relapse(at_least=40), among=QUARTER, origin="entry"
    )
    assert found.warnings == ("No events: the median is not reached and nothing can be tested.",)
