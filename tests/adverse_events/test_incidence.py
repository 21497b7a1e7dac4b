"""Adverse events counted by hand: subjects, never events, and nobody dropped unseen."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.adverse_events.incidence import estimate_adverse_events
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.rates.proportions import proportion_interval
from ketanalysis.trial import Trial

# Seven subjects: A, B, C on placebo, D to F on drug, G without an arm. F was never treated.
EVENTS = [
    ("A", "Headache"),
    ("A", "Headache"),
    ("A", "Nausea"),
    ("D", "Dissociation"),
    ("D", "Headache"),
    ("E", "Dissociation"),
    ("E", None),
    ("B", None),
    ("F", "Nausea"),
    ("G", "Headache"),
]


def trial(**changes: Any) -> Trial:
    arms = pl.Enum(["placebo", "drug"])
    made = Trial(
        adsl=pl.DataFrame(
            {
                "USUBJID": list("ABCDEFG"),
                "TRT01P": pl.Series(["placebo"] * 3 + ["drug"] * 3 + [None], dtype=arms),
                "SEX": list("FMFMFMF"),
                "SAFFL": ["Y", "Y", "Y", "Y", "Y", "N", "Y"],
            }
        ),
        adqs=pl.DataFrame({"USUBJID": ["A"], "PARAMCD": ["MADRS"]}),
        adex=pl.DataFrame({"USUBJID": ["A", "A", "D", "E"], "EXSEQ": [1, 2, 1, 1]}),
        adae=pl.DataFrame(EVENTS, schema=["USUBJID", "AEDECOD"], orient="row"),
        arms=("placebo", "drug"),
        simulated=True,
    )
    return made.with_(**changes)


def counted(result: Any) -> list[tuple[Any, ...]]:
    return result.table.select(*result.by, "AEDECOD", "count", "n").rows()


def test_overall() -> None:
    result = estimate_adverse_events(trial())
    # Exposed: all but F. Any: A, B, D, E, G. Headache: A, D, G. Dissociation: D, E. Nausea: A.
    assert counted(result) == [
        ("Any event", 5, 6),
        ("Headache", 3, 6),
        ("Dissociation", 2, 6),
        ("Nausea", 1, 6),
    ]
    # One division, which may be done as a product with 1 / n.
    expected = [5 / 6, 3 / 6, 2 / 6, 1 / 6]
    assert result.table["estimate"].to_list() == pytest.approx(expected, rel=1e-15)
    low, high = proportion_interval([5, 3, 2, 1], [6, 6, 6, 6], "clopper-pearson", 0.95)
    assert result.table["conf_low"].to_list() == low.tolist()
    assert result.table["conf_high"].to_list() == high.tolist()
    assert result.audit.rows() == [
        ("included", "exposed: safety population (SAFFL = Y)", 6),
        ("excluded", "not exposed, with adverse events", 1),
    ]
    assert result.warnings == ("1 subject with adverse events is not counted; the audit says why.",)
    assert result.simulated
    for frame in ("table", "contrasts", "overview", "per_subject", "times", "events"):
        assert {c for c in getattr(result, frame).columns if c.islower()} <= set(GLOSSARY)
    assert result.severity.is_empty()


def test_by_arm_every_group_has_every_row() -> None:
    result = estimate_adverse_events(trial(), by="TRT01P", ci="wilson", conf_level=0.9)
    assert counted(result) == [
        ("placebo", "Any event", 2, 3),
        ("drug", "Any event", 2, 2),
        ("placebo", "Dissociation", 0, 3),
        ("drug", "Dissociation", 2, 2),
        ("placebo", "Headache", 1, 3),
        ("drug", "Headache", 1, 2),
        ("placebo", "Nausea", 1, 3),
        ("drug", "Nausea", 0, 2),
    ]
    low, _ = proportion_interval([2, 2, 0], [3, 2, 3], "wilson", 0.9)
    assert result.table["conf_low"].to_list()[:3] == low.tolist()
    assert result.audit.rows() == [
        ("included", "exposed: safety population (SAFFL = Y)", 5),
        ("excluded", "no TRT01P, with adverse events", 1),
        ("excluded", "not exposed, with adverse events", 1),
    ]
    assert result.warnings == (
        "2 subjects with adverse events are not counted; the audit says why.",
    )
    assert result.title == "Subjects with adverse events by TRT01P"
    assert result.notes == (
        "Exposed: safety population (SAFFL = Y). Each subject counts once an event.",
        "How events were asked for is not recorded; rates are not comparable without it.",
        # Of A, D, E: Headache twice in A, then Nausea, Dissociation, Headache, Dissociation.
        "6 records are 5 pairs of a subject and an event: records of the same event count once.",
        "Where nobody had an event, this share may still have it by the rule of three (at 95 %): "
        "3/3 = 100.0 %, exact one-sided 90 % bound 53.6 %; 3/2 = 100.0 %, exact one-sided 90 % "
        "bound 68.4 %.",
        "90 % intervals: Wilson.",
        "Contrasts: each group minus placebo; risk differences by Miettinen-Nurminen, ratios by "
        "Miettinen-Nurminen score intervals; no adjustment for the number of events.",
    )


def test_by_two_columns() -> None:
    result = estimate_adverse_events(trial(), by=["TRT01P", "SEX"])
    first = [row for row in counted(result) if row[2] == "Any event"]
    assert first == [
        ("placebo", "F", "Any event", 1, 2),
        ("placebo", "M", "Any event", 1, 1),
        ("drug", "F", "Any event", 1, 1),
        ("drug", "M", "Any event", 1, 1),
    ]


def test_who_is_exposed_without_a_flag() -> None:
    plain = trial().adsl.drop("SAFFL")
    infused = estimate_adverse_events(trial(adsl=plain))
    assert counted(infused)[0] == ("Any event", 3, 3)
    assert (
        infused.notes[0] == "Exposed: subjects with an infusion. Each subject counts once an event."
    )
    assert infused.audit.rows() == [
        ("included", "exposed: subjects with an infusion", 3),
        ("excluded", "not exposed", 1),
        ("excluded", "not exposed, with adverse events", 3),
    ]
    everybody = estimate_adverse_events(trial(adsl=plain, adex=None))
    assert counted(everybody)[0] == ("Any event", 6, 7)
    assert everybody.notes[0].startswith("Exposed: all subjects (no SAFFL, no infusions).")


def test_a_single_arm_and_an_arm_of_which_nobody_is_exposed() -> None:
    one = trial(adsl=trial().adsl.drop("TRT01P"), arms=())
    assert counted(estimate_adverse_events(one)) == counted(estimate_adverse_events(trial()))
    only_drug = trial().adsl.with_columns(
        SAFFL=pl.when(pl.col("TRT01P") == "placebo").then(pl.lit("N")).otherwise("SAFFL")
    )
    result = estimate_adverse_events(trial(adsl=only_drug), by="TRT01P")
    assert result.table["TRT01P"].unique().to_list() == ["drug"]
    assert result.warnings[1] == "Nobody of TRT01P placebo is exposed."


def test_no_events_at_all() -> None:
    result = estimate_adverse_events(trial(adae=trial().adae.clear()), by="TRT01P")
    assert counted(result) == [("placebo", "Any event", 0, 3), ("drug", "Any event", 0, 2)]
    assert result.table["estimate"].to_list() == [0, 0]
    assert result.table["conf_high"].to_list()[0] == pytest.approx(1 - 0.025 ** (1 / 3), rel=1e-12)
    assert result.warnings == ()


def test_events_before_treatment_and_ascertainment_are_told() -> None:
    adae = trial().adae.with_columns(
        TRTEMFL=pl.Series(["Y", "N", "Y", "Y", None, "Y", "Y", "Y", "N", "Y"]),
        AEASCERT=pl.Series(["spontaneous", "checklist", *([None] * 8)]),
    )
    result = estimate_adverse_events(trial(adae=adae))
    assert result.notes[1:3] == (
        "Events count whether they are treatment-emergent or not; 2 of 9 are not flagged so "
        "(TRTEMFL).",
        "Events were asked for in several ways and have rows of their own for each, because such "
        "rates are not comparable: checklist (1 record), spontaneous (1 record), not recorded (7 "
        "records). All exposed subjects are the denominator of each.",
    )
    assert result.ways == ("checklist", "spontaneous", "not recorded")
    assert counted(result)[:4] == [
        ("Any event", 1, 6),
        ("Headache", 1, 6),
        ("Any event", 1, 6),
        ("Headache", 1, 6),
    ]


def test_events_before_the_first_infusion_are_told() -> None:
    # F is not exposed, so nine events count; A's first and B's are early, one has no time.
    hours = [-30.0, 2.0, 2.0, 1.0, 1.0, 0.0, None, -0.5, -5.0, 1.0]
    adae = trial().adae.with_columns(AFRLT=pl.Series(hours))
    result = estimate_adverse_events(trial(adae=adae))
    assert result.notes[1] == (
        "Events count whether they began under treatment or not; 2 of 9 began before the first "
        "infusion (AFRLT below 0; there is no TRTEMFL)."
    )
    assert counted(result) == counted(estimate_adverse_events(trial()))
    flagged = estimate_adverse_events(trial(adae=adae.with_columns(TRTEMFL=pl.lit("Y"))))
    assert flagged.notes == estimate_adverse_events(trial()).notes
    later = adae.with_columns(pl.col("AFRLT").abs())
    assert estimate_adverse_events(trial(adae=later)).notes == flagged.notes


@pytest.mark.parametrize(
    "names, message",
    [
        (
            ["Any event", "Nausea"],
            'ADAE.AEDECOD must name an event, not "Any event": so is called the row that counts '
            "the subjects with at least one event.\n"
            "  1 row of ADAE.\n"
            "  Take the totals out of the events, or give the event another name.",
        ),
        (
            [" ANY EVENT", "any event"],
            'ADAE.AEDECOD must name an event, not " ANY EVENT": so is called the row that counts '
            "the subjects with at least one event.\n"
            "  2 rows of ADAE.\n"
            "  Take the totals out of the events, or give the event another name.",
        ),
    ],
)
def test_an_event_cannot_bear_the_name_of_the_total(names: list[str], message: str) -> None:
    adae = pl.DataFrame({"USUBJID": ["A", "B"], "AEDECOD": names})
    with pytest.raises(ContractError) as caught:
        estimate_adverse_events(trial(adae=adae))
    assert str(caught.value) == message


def test_the_order_of_rows_changes_nothing() -> None:
    result = estimate_adverse_events(trial(), by="TRT01P")
    turned = trial(adsl=trial().adsl.reverse(), adae=trial().adae.reverse())
    again = estimate_adverse_events(turned, by="TRT01P")
    assert again.table.equals(result.table)
    assert again.audit.equals(result.audit)


def test_refusals() -> None:
    def message(kind: type[Exception], *arguments: Any, **options: Any) -> str:
        with pytest.raises(kind) as caught:
            estimate_adverse_events(*arguments, **options)
        return str(caught.value)

    assert message(ArgumentError, trial(adae=None)) == (
        "The trial holds no adverse events: give as_trial(..., adverse_events=)."
    )
    assert message(ArgumentError, trial().adae) == (
        "Adverse events need a Trial, which knows who was exposed (as_trial(..., "
        "adverse_events=)), not DataFrame."
    )
    assert message(ArgumentError, trial(), by="TRT1P") == (
        "by needs a column of ADSL, not 'TRT1P'. Did you mean TRT01P?"
    )
    assert message(ArgumentError, trial(), conf_level=95) == (
        "conf_level must be between 0 and 1 (0.95 is 95 %), not 95."
    )
    assert message(ArgumentError, trial(), ci="exact").startswith("ci must be one of ")
    nobody = trial().adsl.with_columns(SAFFL=pl.lit("N"))
    assert message(EstimationError, trial(adsl=nobody)) == (
        "Nobody was exposed (safety population (SAFFL = Y)), so no share can be estimated."
    )
