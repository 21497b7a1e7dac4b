"""Severity, seriousness, relatedness, actions, classes, times and ways of asking, by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.adverse_events.incidence import estimate_adverse_events
from ketanalysis.errors import ArgumentError
from tests.adverse_events.events_data import trial


def shares(frame: pl.DataFrame, *columns: str, **where: Any) -> list[tuple[Any, ...]]:
    tests = [pl.col(name).cast(pl.String) == value for name, value in where.items()]
    return (frame.filter(tests) if tests else frame).select(*columns, "count", "n").rows()


def test_each_subject_counts_at_the_worst_severity_with_the_number_of_records() -> None:
    result = estimate_adverse_events(trial(), "TRT01P")
    anxiety = shares(result.severity, "TRT01P", "AESEV", AEDECOD="Anxiety")
    # B moderate; E mild and severe counts as severe.
    assert anxiety == [
        ("placebo", "not recorded", 0, 4),
        ("placebo", "MILD", 0, 4),
        ("placebo", "MODERATE", 1, 4),
        ("placebo", "SEVERE", 0, 4),
        ("drug", "not recorded", 0, 3),
        ("drug", "MILD", 0, 3),
        ("drug", "MODERATE", 0, 3),
        ("drug", "SEVERE", 1, 3),
    ]
    row = result.table.filter(TRT01P="drug", AEDECOD="Anxiety").row(0, named=True)
    assert (row["count"], row["n"], row["n_events"]) == (1, 3, 2)
    assert (
        "7 records are 6 pairs of a subject and an event: records of the same event count once, at "
        "the worst severity."
    ) in result.notes
    # G's nausea has no severity.
    nausea = shares(result.severity, "AESEV", AEDECOD="Nausea", TRT01P="drug")
    assert nausea[0] == ("not recorded", 1, 3)


def test_the_overview() -> None:
    result = estimate_adverse_events(trial(), "TRT01P", related=["RELATED"])
    found = shares(result.overview, "category", TRT01P="drug")
    assert found == [
        ("any event", 3, 3),
        ("serious", 1, 3),
        ("severe", 1, 3),
        ("related", 2, 3),
        ("led to stopping the treatment", 1, 3),
        ("led to a lower dose", 1, 3),
        ("led to an interruption", 0, 3),
    ]
    placebo = shares(result.overview, "category", TRT01P="placebo")
    assert [count for _, count, _ in placebo] == [2, 0, 0, 1, 0, 0, 1]
    none = result.overview.filter(TRT01P="placebo", category="serious").row(0, named=True)
    assert none["rule_of_three"] == 0.75
    assert none["bound"] == pytest.approx(1 - 0.05**0.25, rel=1e-14)
    assert "Related: AEREL is RELATED." in result.notes
    assert (
        "AEACN holds words that are no terms of CDISC's codelist ('STOPPED'; 1 record); what was "
        "done there is not counted."
    ) in result.notes
    without = estimate_adverse_events(trial(), "TRT01P")
    assert "related" not in without.overview["category"].cast(pl.String)


def test_records_a_subject() -> None:
    result = estimate_adverse_events(trial(), "TRT01P")
    rows = result.per_subject.select("TRT01P", "n", "n_events", "mean", "median", "max").rows()
    # Placebo: 1, 1, 0, 0; drug: 3, 1, 1.
    assert rows == [("placebo", 4, 2, 0.5, 0.5, 1.0), ("drug", 3, 5, 5 / 3, 1.0, 3.0)]


def test_classes_hold_their_terms() -> None:
    result = estimate_adverse_events(trial(), by_class=True)
    assert shares(result.table, "AESOC", "AEDECOD") == [
        ("Any event", "Any event", 5, 7),
        # B, E, F; then the terms, 2 each, in the order of the alphabet.
        ("Psychiatric disorders", "Any event", 3, 7),
        ("Psychiatric disorders", "Anxiety", 2, 7),
        ("Psychiatric disorders", "Dissociation", 2, 7),
        ("Gastrointestinal disorders", "Any event", 2, 7),
        ("Gastrointestinal disorders", "Nausea", 2, 7),
    ]
    without = trial(adae=trial().adae.drop("AESOC"))
    with pytest.raises(ArgumentError) as caught:
        estimate_adverse_events(without, by_class=True)
    assert str(caught.value) == (
        "by_class needs AESOC (system organ class) in ADAE; it has USUBJID, AEDECOD, AESEV, "
        "AESER, AEREL, AEACN, AFRLT, AFRLTEND, EXSEQ, AEASCERT."
    )


def test_onset_after_the_infusion_and_duration() -> None:
    result = estimate_adverse_events(trial())
    rows = {
        (r["AEDECOD"], r["measure"]): r
        for r in result.times.with_columns(pl.col("measure").cast(pl.String)).to_dicts()
    }
    # Anxiety: B 0.5 h, E 0.25 h, E 48.5 - 48 = 0.5 h. Durations 2, 0.5, none.
    anxiety = rows["Anxiety", "onset"]
    assert (anxiety["n"], anxiety["n_events"], anxiety["n_missing"]) == (2, 3, 0)
    assert (anxiety["median"], anxiety["min"], anxiety["max"]) == (0.5, 0.25, 0.5)
    lasted = rows["Anxiety", "duration"]
    assert (lasted["n_events"], lasted["n_missing"], lasted["median"]) == (2, 1, 1.25)
    # F's dissociation has no EXSEQ: the last infusion before 49 h began at 48 h.
    assert rows["Dissociation", "onset"]["max"] == 1.0
    # A's nausea began before any infusion; G's 24 h after the first.
    nausea = rows["Nausea", "onset"]
    assert (nausea["n_events"], nausea["n_missing"], nausea["median"]) == (1, 1, 24.0)
    assert rows["Nausea", "duration"]["median"] == 6.0
    assert "USUBJID" not in result.events.columns
    early = trial().adae.with_columns(EXSEQ=pl.lit(2))
    notes = estimate_adverse_events(trial(adae=early)).notes
    assert (
        "5 records began before the infusion they are given to (EXSEQ) and have no time of onset."
    ) in notes


@pytest.mark.parametrize(
    ("only", "counts", "note"),
    [
        (
            "treatment-emergent",
            [("Any event", 4, 7), ("Anxiety", 2, 7), ("Dissociation", 2, 7), ("Nausea", 1, 7)],
            "Not counted: 1 record not treatment-emergent.",
        ),
        (
            "serious",
            [("Any event", 1, 7), ("Anxiety", 1, 7)],
            "Not counted: 5 records not serious; 1 record without AESER.",
        ),
        (
            ["treatment-emergent", "severe"],
            [("Any event", 1, 7), ("Anxiety", 1, 7)],
            "Not counted: 1 record not treatment-emergent; 4 records not severe; 1 record without "
            "AESEV.",
        ),
        (
            "related",
            [("Any event", 3, 7), ("Anxiety", 2, 7), ("Dissociation", 1, 7), ("Nausea", 1, 7)],
            "Not counted: 1 record not related; 1 record without AEREL.",
        ),
    ],
)
def test_only_some_kinds(only: Any, counts: list[tuple[Any, ...]], note: str) -> None:
    result = estimate_adverse_events(trial(), only=only, related=["RELATED"])
    assert shares(result.table, "AEDECOD") == counts
    assert note in result.notes


def test_an_event_without_flag_and_time_is_treatment_emergent() -> None:
    flags = [None, "Y", "Y", "Y", "N", None, None, "Y"]
    times = [-5.0, 0.5, 0.25, 48.5, 0.5, 49.0, None, 1.0]
    adae = trial().adae.with_columns(TRTEMFL=pl.Series(flags), AFRLT=pl.Series(times))
    result = estimate_adverse_events(trial(adae=adae), only="treatment-emergent")
    # A is before the infusion by its time; E's dissociation is flagged N; G counts.
    assert shares(result.table, "AEDECOD") == [
        *[("Any event", 4, 7), ("Anxiety", 2, 7), ("Dissociation", 1, 7), ("Nausea", 1, 7)],
    ]
    assert result.title == "Subjects with treatment-emergent adverse events"


def test_ways_of_asking_are_never_added_up_in_silence() -> None:
    ways = ["spontaneous", "checklist", "checklist", "spontaneous", *["checklist"] * 4]
    mixed = trial(adae=trial().adae.with_columns(AEASCERT=pl.Series(ways)))
    apart = estimate_adverse_events(mixed)
    anxiety = apart.table.filter(AEDECOD="Anxiety").select("ascertainment", "count", "n").rows()
    assert anxiety == [("checklist", 2, 7), ("spontaneous", 1, 7)]

    one = estimate_adverse_events(mixed, ascertainment="spontaneous")
    assert shares(one.table, "AEDECOD") == [
        ("Any event", 2, 7),
        ("Anxiety", 1, 7),
        ("Nausea", 1, 7),
    ]
    assert one.notes[2:4] == (
        "Ascertainment: spontaneous.",
        "Not counted: 5 records asked for in another way (checklist).",
    )
    together = estimate_adverse_events(mixed, allow="Both were asked of everybody")
    assert together.ways == ("checklist + spontaneous",)
    assert (
        "Ascertainment: checklist + spontaneous, counted together. Reason given: Both were asked "
        "of everybody."
    ) in together.notes
    assert shares(together.table, "AEDECOD")[0] == ("Any event", 5, 7)
    assert together.inline("Nausea").endswith(", asked for by checklist and spontaneous report")


def test_refusals() -> None:
    def message(**options: Any) -> str:
        with pytest.raises(ArgumentError) as caught:
            estimate_adverse_events(options.pop("trial", trial()), **options)
        return str(caught.value)

    assert message(ascertainment="check list") == (
        "ascertainment must be a way in which events of this trial were asked for: 'checklist'; "
        "not 'check list'. Did you mean checklist?"
    )
    assert message(allow=" ") == (
        "allow must be the reason for counting several ways of asking together, not ' '."
    )
    assert message(only="seriuos") == (
        "only must be one of 'treatment-emergent', 'serious', 'severe', 'related', not 'seriuos'. "
        "Did you mean serious?"
    )
    assert message(only="related") == (
        "related= must list the values of AEREL that count as related to the treatment; it holds "
        "'NOT RELATED', 'RELATED'."
    )
    bare = trial(adae=trial().adae.select("USUBJID", "AEDECOD"))
    assert message(trial=bare, only="serious") == (
        "only='serious' needs AESER in ADAE; it has USUBJID, AEDECOD, ascertainment."
    )
    assert message(trial=bare, only="treatment-emergent") == (
        'only="treatment-emergent" needs TRTEMFL (Y) or AFRLT (hours since the start of the first '
        "infusion) in ADAE; it has USUBJID, AEDECOD, ascertainment."
    )
    assert message(by=["AESEV"]) == (
        "by cannot name the column 'AESEV', which the result uses itself; rename it."
    )


def test_differences_are_those_of_the_counts() -> None:
    result = estimate_adverse_events(trial(), "TRT01P")
    row = result.contrasts.filter(AEDECOD="Dissociation", measure="risk difference").row(
        0, named=True
    )
    assert row["contrast"] == "drug - placebo"
    assert row["estimate"] == pytest.approx(2 / 3, rel=1e-15)  # 2/3 against 0/4
    plain = estimate_adverse_events(
        trial(adsl=trial().adsl.with_columns(pl.col("TRT01P").cast(pl.String))), "TRT01P"
    )
    assert plain.contrasts.is_empty()
    assert plain.notes[-1] == (
        "No contrasts: the groups of TRT01P have no declared order, so none is the reference."
    )


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(8)), st.integers(1, 3))
def test_order_and_doubled_records_change_no_share(order: list[int], times: int) -> None:
    whole = estimate_adverse_events(trial(), "TRT01P", by_class=True)
    adae = pl.concat([trial().adae[order]] * times)
    again = estimate_adverse_events(trial(adae=adae), "TRT01P", by_class=True)
    assert again.table.drop("n_events").equals(whole.table.drop("n_events"))
    assert again.severity.equals(whole.severity)
    assert again.contrasts.equals(whole.contrasts)
    assert again.table["n_events"].to_list() == [times * n for n in whole.table["n_events"]]
