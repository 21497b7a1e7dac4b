"""What a rule of relapse says of itself, and every refusal of one, word by word."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.definitions import Among, CombinedRelapse, Relapse, Response
from ketanalysis.durability.relapse import estimate_relapse, time_to_relapse
from ketanalysis.errors import ArgumentError
from tests.durability.relapse_data import PLAN, ROW, SINGLE, STAY, Subject, message, trial_of
from tests.durability.test_relapse_choices import RUN, STABLE

REFUSED = [
    (
        lambda: SINGLE & Relapse(above=9, consecutive=2, **RUN),
        "& joins criteria of the same assessment, so there can be one run only: write "
        "consecutive=, dated= and what belongs to them in one of the two rules, or the same in "
        "both.",
    ),
    (
        lambda: (SINGLE | Relapse(above=9, consecutive=2, **RUN)) | Relapse(above=50),
        "| joins a criterion without a run to several rules with one each, and it is open whose "
        "run it takes: write consecutive= and dated= in it.",
    ),
    (
        lambda: SINGLE | Relapse(above=9, consecutive=1, dated="first", within_days=3),
        "within_days must be the same in all parts of a rule.",
    ),
    (lambda: SINGLE | 22, "| joins two rules of relapse, not 22."),
    (
        lambda: Relapse(rise_at_least=5),
        'Relapse(rise_at_least=...) needs rise_from=: "baseline", "entry", or "best" (the best '
        "score since entry).",
    ),
    (lambda: Relapse(at_least=5, rise_from="entry"), "rise_from belongs to rise_at_least=."),
    (
        lambda: Relapse(rise_at_least=0, rise_from="entry"),
        "rise_at_least must be more than 0 points, not 0.",
    ),
    (
        lambda: Relapse(at_least=5, consecutive=2, **RUN, excursions=1.5),
        "excursions must be a whole number of 0 or more, not 1.5.",
    ),
    (
        lambda: Relapse(at_least=5, consecutive=1, dated="first", missed=1),
        "missed belongs to consecutive=2 or more.",
    ),
    (
        lambda: Relapse(at_least=5, consecutive=1, dated="first", within_days=-1),
        "within_days must be more than 0, not -1.",
    ),
    (lambda: Relapse(at_least=5, scale=3), "scale must be the PARAMCD of a scale, not 3."),
    (
        lambda: Relapse.from_dict({"any": [{"at_least": 3}]}),
        "relapse needs one of any and all with a list of two tables or more, not "
        "{'any': [{'at_least': 3}]}.",
    ),
    (
        lambda: Among(Response(at_least=0.5), visit="d14", first_met=True),
        "Among needs one of visit= (the visit at which the rule must be met), infusion= (the "
        "number of the infusion after which it must be met) and first_met=True; given: visit, "
        "first_met.",
    ),
    (
        lambda: Among(STABLE, first_met=True),
        "A sustained rule is met at the last of its visits: write Among(..., visit=...).",
    ),
    (lambda: Among(Response(at_least=0.5), "d", take="last"), "take belongs to infusion=."),
    (
        lambda: Among(Response(at_least=0.5), infusion=0),
        "infusion must be the number of an infusion, 1 or more, not 0.",
    ),
    (
        lambda: Among(Response(at_least=0.5), infusion=1),
        "Among(infusion=...) needs within=: the least and most hours after its start at which its "
        "score is taken, such as (20, 96); not None.",
    ),
    (
        lambda: Among(Response(at_least=0.5), infusion=1, within=(9, 3)),
        "within must be (least, most) hours, 0 or more and rising; not (9, 3).",
    ),
    (
        lambda: Among(Response(at_least=0.5), infusion=1, within=(0, 9)),
        "Among(infusion=...) needs take=: which score counts where an infusion has several, "
        '"first" or "last".',
    ),
    (
        lambda: Among.from_dict({"visit": "d", "remission": {"at_most": 9}, "vist": "e"}),
        "Among has no field 'vist'; it has visit, infusion, within, take, first_met. Did you mean "
        "visit?",
    ),
]


@pytest.mark.parametrize("make, text", REFUSED, ids=range(len(REFUSED)))
def test_refusals(make: Any, text: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        make()
    assert str(refused.value) == text


def test_criteria_that_a_scale_cannot_carry() -> None:
    trial = trial_of({"S1": Subject([(14, 9)])})
    assert message(trial, Relapse(at_most=5, consecutive=1, dated="first")) == (
        "Lower scores of MADRS are better, so a low score cannot be a relapse: write "
        "Relapse(at_least=...) or Relapse(above=...)."
    )
    rise = SINGLE & Relapse(scale="GAF", rise_at_least=3, rise_from="entry")
    assert message(trial, rise) == ("The trial has no scores of 'GAF'; it has MADRS.")
    well = trial_of({"S1": Subject([(14, 32), (21, 25)], baseline=20)}, "WELLBEING")
    better = Among(Response(at_least=0.5, better="higher", floor=0), visit="d14")
    fall = Relapse(below=26, consecutive=1, dated="first")
    rows = time_to_relapse(well, "WELLBEING", fall, **(PLAN | {"among": better}))
    assert rows.select(ROW).row(0) == (10, 0, "relapse", 3, 10, 3)
    rise = Relapse(rise_at_least=3, rise_from="entry", consecutive=1, dated="first")
    assert message(well, rise, "WELLBEING", among=better) == (
        "Higher scores of WELLBEING are better, so a rise cannot be a relapse: write "
        "Relapse(lost_at_least=...) or Relapse(improvement_below=...)."
    )


def test_sentences() -> None:
    rule = Relapse(rise_at_least=10, rise_from="best", consecutive=3, excursions=1, missed=0, **RUN)
    assert rule.sentence("MADRS") == (
        "Relapse is a rise of at least 10 points in MADRS from the best score since entry at 3 "
        "consecutive assessments (with at most 1 between them that may not qualify and no visit "
        "without a score between them). It is dated at the first qualifying assessment; without "
        "confirmation the subject is censored at the last relapse-free assessment."
    )
    lost = Relapse(lost_at_least=0.5, events="ECT") | Relapse(return_to=0.8)
    assert str(lost) == (
        "Criterion of relapse, its run and date still open: a loss of at least 50 % of the "
        "improvement reached at entry or a score that is back to at least 80 % of baseline."
    )
    nested = (Relapse(above=9) | Relapse(scale="CGII", at_least=6)) & SINGLE
    assert isinstance(nested, CombinedRelapse)
    assert nested.sentence("PHQ9").startswith(
        "Relapse is (a PHQ9 score of more than 9 or a CGII score of at least 6) and a PHQ9 score "
        "of at least 22 at a single assessment."
    )
    stable = Among(STABLE, visit="Week 16")
    assert str(stable).startswith(
        "Entered are subjects who met this over the visits that end with Week 16: Sustained"
    )
    first = Among(Response(at_least=0.5), first_met=True)
    assert str(first).startswith(
        "Entered are subjects who met this at any assessment after the first infusion, and from "
        "the first such one: Response"
    )


def test_every_choice_is_stated() -> None:
    subjects = {"S1": Subject([(14, 15), (20, 9), (28, 25)]), "S2": Subject([(14, 9), (20, 9)])}
    events = Relapse(at_least=22, consecutive=1, dated="first", events=STAY, within_days=60)
    plan = PLAN | {"origin": "d20", "redose": "competing"}
    notes = estimate_relapse(trial_of(subjects), "MADRS", events, **plan).notes
    assert notes[0] == (
        "Relapse is a MADRS score of at least 22 at a single assessment, or hospitalisation, "
        "within 60 days of the origin. It is dated at the first qualifying assessment."
    )
    assert notes[2] == "The clock starts at the visit d20 (landmark)."
    assert notes[3] == (
        "Where the origin is later than entry, subjects enter who had not relapsed, had no further "
        "infusion that counts, and were still seen then; scores count after it."
    )
    assert notes[4].startswith("A further infusion after entry competes with relapse")
    assert pl.Series(notes).n_unique() == len(notes)
