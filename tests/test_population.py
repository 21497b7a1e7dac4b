"""Who is counted: by flag, by ADSL, or by baseline where there is none; and who is set aside."""

from __future__ import annotations

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.grid import score_grid
from ketanalysis.intake.trials import as_trial
from ketanalysis.population import (
    SELECTED,
    Completers,
    choose_population,
    those_with_baseline,
    without_group,
)
from ketanalysis.trial import Trial

ARMS = ["placebo", "ketamine"]


def trial(*, given: bool = True, **flags: list[str | None]) -> Trial:
    """Four subjects: 1 complete, 2 without baseline, 3 with a baseline only, 4 unscored."""
    scores = pl.DataFrame(
        {
            "id": ["1", "1", "2", "3"],
            "visit": ["Baseline", "Day 1", "Day 1", "Baseline"],
            "scale": ["MADRS"] * 4,
            "value": [40.0, 20.0, 10.0, 30.0],
            "arm": ["ketamine", "ketamine", "placebo", "placebo"],
        }
    )
    subjects = pl.DataFrame(
        {"id": ["1", "2", "3", "4"], "arm": ["ketamine", "placebo", "placebo", "ketamine"], **flags}
    )
    return as_trial(
        scores,
        subject="id",
        arm="arm",
        arms=ARMS,
        visit="visit",
        visits=["Baseline", "Day 1"],
        parameter="scale",
        value="value",
        baseline_visit="Baseline",
        subjects=subjects if given else None,
    )


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["USUBJID"].to_list()


def test_with_adsl_everybody_is_counted_also_without_scores():
    one = trial()
    chosen, sentence, out = choose_population(one, one.scores("MADRS"), "ITT")
    assert (ids(chosen), sentence, out) == (["1", "2", "3", "4"], "all subjects of ADSL", ())
    grid = score_grid(one, "MADRS", by="TRT01P")
    assert grid.n == 4
    assert grid.subjects["TRT01P"].to_list() == ["ketamine", "placebo", "placebo", "ketamine"]


@pytest.mark.parametrize(
    "population, flag",
    [
        ("ITT", "ITTFL"),
        ("safety", "SAFFL"),
        ("per protocol", "PPROTFL"),
        ("completers", "COMPLFL"),
    ],
)
def test_a_flag_names_the_population(population, flag):
    one = trial(**{flag: ["Y", "N", "Y", "Y"]})
    chosen, sentence, out = choose_population(one, one.scores("MADRS"), population)
    assert ids(chosen) == ["1", "3", "4"]
    assert sentence == f"{population} population ({flag} = Y)"
    assert out == ((f"not in the {population} population ({flag} is not Y)", 1),)


def test_without_adsl_those_with_a_baseline_are_counted():
    one = trial(given=False)
    chosen, sentence, out = choose_population(one, one.scores("MADRS"), "ITT")
    assert ids(chosen) == ["1", "3"]
    assert sentence == "subjects with a baseline (no ADSL was given)"
    assert out == (("no baseline", 1),)


def test_without_adsl_and_baseline_those_with_a_score_are_counted():
    subjects = pl.DataFrame({"USUBJID": ["1", "2"]})
    scores = pl.DataFrame({"USUBJID": ["1", "2"], "AVAL": [10.0, None]})
    chosen, sentence, out = those_with_baseline(subjects, scores)
    assert ids(chosen) == ["1"]
    assert sentence == "subjects with a score (no ADSL, no baseline)"
    assert out == (("no score", 1),)


def test_a_population_that_cannot_be_named_is_refused():
    one = trial()
    scores = one.scores("MADRS")
    with pytest.raises(ArgumentError) as refusal:
        choose_population(one, scores, "itt")
    assert str(refusal.value) == (
        "population must be one of 'ITT', 'safety', 'per protocol', 'completers', not 'itt'. Did "
        "you mean ITT?"
    )
    with pytest.raises(ArgumentError) as refusal:
        choose_population(one, scores, "safety")
    assert str(refusal.value) == (
        "The safety population needs the column ADSL.SAFFL, which holds Y for its subjects; ADSL "
        "has USUBJID, TRT01P. Add SAFFL (Y or N) to the subjects, or name another population."
    )


def test_an_empty_population_is_refused():
    one = trial(ITTFL=["N", "N", "N", "N"])
    with pytest.raises(EstimationError) as refusal:
        choose_population(one, one.scores("MADRS"), "ITT")
    assert str(refusal.value) == (
        "The ITT population is empty: no subject of ADSL has ITTFL = Y (it holds N)."
    )


def test_subjects_without_a_group_are_set_aside_by_reason():
    subjects = pl.DataFrame(
        {
            "USUBJID": ["1", "2", "3", "4"],
            "TRT01P": ["a", None, "b", None],
            "SEX": ["F", None, None, "M"],
        }
    )
    kept, out = without_group(subjects, ("TRT01P", "SEX"), (("no baseline", 2),))
    assert ids(kept) == ["1"]
    assert out == (("no baseline", 2), ("no TRT01P", 2), ("no SEX", 1))


def test_the_arm_as_treated_has_the_order_of_the_planned_arms():
    one = trial(TRT01A=["ketamine", "ketamine", "placebo", None])
    grid = score_grid(one, "MADRS", by="TRT01A")
    assert grid.subjects.schema["TRT01A"] == pl.Enum(ARMS)
    assert grid.set_aside == (("no TRT01A", 1),)
    other = trial(TRT01A=["ketamine", "nothing", "placebo", None])
    assert score_grid(other, "MADRS", by="TRT01A").subjects.schema["TRT01A"] == pl.String


def completer_trial() -> Trial:
    one = trial(COMPLFL=["Y", "N", "N", "N"], PPROTFL=["Y", "Y", "N", "N"])
    assert one.adsl["COMPLFL"].to_list() == ["Y", "N", "N", "N"]
    return one


def test_completers_by_flag_and_by_visit() -> None:
    one = completer_trial()
    grid = score_grid(one, "MADRS", population="completers")
    assert (grid.n, grid.population) == (1, "completers population (COMPLFL = Y)")
    assert grid.set_aside == (("not in the completers population (COMPLFL is not Y)", 3),)
    assert grid.warnings == (SELECTED,)
    at_visit = score_grid(one, "MADRS", population=Completers("Day 1"))
    assert ids(at_visit.subjects) == ["1", "2"]
    assert at_visit.population == "all subjects of ADSL with a score at Day 1 (completers)"
    assert at_visit.set_aside == (("no score at Day 1", 2),)
    assert at_visit.warnings == (SELECTED,)
    assert score_grid(one, "MADRS", population="per protocol").warnings == ()


def test_completers_of_a_bare_frame() -> None:
    frame = pl.DataFrame(
        {
            "USUBJID": ["a", "a", "b", "c"],
            "AVISIT": pl.Series(["0", "1", "0", "1"], dtype=pl.Enum(["0", "1"])),
            "AVAL": [40.0, 20.0, 30.0, 10.0],
            "ABLFL": ["Y", None, "Y", None],
        }
    )
    grid = score_grid(frame, "MADRS", population=Completers("1"))
    assert ids(grid.subjects) == ["a"]
    assert grid.set_aside == (("no baseline", 1), ("no score at 1", 1))
    assert grid.population == (
        "subjects with a baseline (no ADSL was given) with a score at 1 (completers)"
    )
    with pytest.raises(ArgumentError) as refusal:
        score_grid(frame, "MADRS", population=Completers("2"))
    assert str(refusal.value) == ("Completers must name a visit with scores: '0', '1'; not '2'.")
    with pytest.raises(ArgumentError, match=r"^The completers population needs a trial with ADSL"):
        score_grid(frame, "MADRS", population="completers")


def test_completers_without_a_flag_are_told_what_to_do() -> None:
    one = trial()
    with pytest.raises(ArgumentError) as refusal:
        score_grid(one, "MADRS", population="completers")
    assert str(refusal.value) == (
        "The completers population needs the column ADSL.COMPLFL, which holds Y for its subjects; "
        "ADSL has USUBJID, TRT01P. Add COMPLFL (Y or N) to the subjects, or name another "
        'population: Completers("VISIT") are those with a score there.'
    )
    with pytest.raises(ArgumentError) as refusal:
        Completers("")
    assert str(refusal.value) == (
        "Completers needs the visit at which they must be scored, not ''."
    )
    assert Completers.from_toml(Completers("Day 1").to_toml()) == Completers("Day 1")
    assert repr(Completers("Day 1")) == "Completers(visit='Day 1')"


def test_a_flag_that_is_no_flag_is_refused_at_the_door() -> None:
    with pytest.raises(ContractError, match=r"COMPLFL"):
        trial(COMPLFL=["Y", None, "N", "N"])
    with pytest.raises(ContractError, match=r"PPROTFL"):
        trial(PPROTFL=["Y", "maybe", "N", "N"])
