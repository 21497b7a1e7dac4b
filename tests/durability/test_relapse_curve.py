"""The relapse curve against R, its face, frames of every kind, and every refusal of the plan."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from ketanalysis.definitions import Among, Relapse, Remission, Response
from ketanalysis.durability.relapse import estimate_relapse, time_to_relapse
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.survival.estimates import SurvivalResult
from tests.durability.relapse_data import (
    AMONG,
    PLAN,
    SINGLE,
    STAY,
    SUSTAIN,
    Subject,
    many,
    message,
    trial_of,
)

# --- the face of the result -------------------------------------------------------------------


def curve(data: Any, rule: Relapse = SINGLE, by: str | None = None, **plan: Any) -> SurvivalResult:
    return estimate_relapse(data, "MADRS", rule, by, **(PLAN | plan))


def test_title_notes_and_audit() -> None:
    subjects = many()
    subjects["S0"].events = [(16, "rescue"), (17, "rescue"), (90, "ECT")]
    subjects["S1"].events = [(15, "rescue")]
    result = curve(trial_of(subjects), by="TRT01P")
    assert result.title == (
        "Kaplan-Meier with log-log 95 % intervals: free of relapse on MADRS, among those who "
        "entered, by TRT01P"
    )
    assert result.notes[:6] == (
        "Relapse is a MADRS score of at least 22 at a single assessment. It is dated at the "
        "first qualifying assessment.",
        "Entered are subjects who met this at d14: Response is an improvement in MADRS of at "
        "least 50 % from baseline.",
        "The clock starts at the last infusion before entry.",
        "Entry was known 3.0 to 3.0 days after the origin; subjects are at risk from then on "
        "(late entry).",
        "A subject who has a further infusion after entry is censored at it, and later scores "
        "are not judged.",
        "Events under observation that the rule does not count, with their subjects: rescue "
        "(2). Scores after them are judged all the same.",
    )
    assert result.audit["count"].sum() == 10
    out = result.audit.filter(pl.col("status") == "excluded").select("reason", "count")
    assert set(out.rows()) == {("no response at d14", 1), ("no score at d14", 1), ("no TRT01P", 1)}
    assert result.definition is SINGLE
    assert curve(trial_of(many()), conf_type="log", conf_level=0.9).title == (
        "Kaplan-Meier with log 90 % intervals: free of relapse on MADRS, among those who entered"
    )
    milestones = result.milestones([20.0])
    assert milestones.title == (
        "Survival at given times: free of relapse on MADRS, among those who entered, by TRT01P"
    )


def test_notes_name_floor_and_lack_of_infusions() -> None:
    stais = trial_of({"S1": Subject([(14, 38), (21, 50)], baseline=60)}, "STAIS")
    entry = Among(Response(at_least=0.5, from_floor=True), visit="d14")
    loss = Relapse(improvement_below=0.5, consecutive=1, dated="first")
    result = estimate_relapse(stais.with_(adex=None), "STAIS", loss, among=entry, origin="entry")
    assert result.notes[2:5] == (
        "The clock starts at the visit at which the entry rule was met.",
        "Improvement is measured from the scale's lowest score, at entry and at relapse.",
        "The data hold no infusions; further treatment is not known.",
    )
    raw = Among(Response(at_least=0.35, from_floor=False), visit="d14")
    again = estimate_relapse(stais, "STAIS", loss, **(PLAN | {"among": raw, "redose": "ignore"}))
    assert again.notes[4:6] == (
        "Improvement is measured of the raw score, at entry and at relapse.",
        "Further infusions after entry are passed over.",
    )
    counted = curve(trial_of(many()), redose="event")
    assert counted.notes[4] == (
        "A further infusion after entry counts as relapse on its day, and later scores are not "
        "judged."
    )


def bare() -> pl.DataFrame:
    """The scores of `many` as a frame of its own, with the arm in it."""
    trial = trial_of(many())
    return trial.adqs.join(trial.adsl, on="USUBJID")


BARE: dict[str, Any] = {"among": AMONG, "origin": 11}


def test_a_bare_frame_gives_the_rows_of_the_trial() -> None:
    trial = trial_of(many()).with_(adex=None, adice=None)
    rows = time_to_relapse(bare(), "MADRS", SINGLE, by="TRT01P", **BARE)
    assert rows.equals(time_to_relapse(trial, "MADRS", SINGLE, by="TRT01P", **BARE))
    lost = bare().filter(~((pl.col("USUBJID") == "S3") & (pl.col("ABLFL") == "Y")).fill_null(False))
    again = time_to_relapse(lost, "MADRS", SINGLE, **BARE)
    assert again.height == 10
    assert again.filter(pl.col("USUBJID") == "S3")["reason"].item() == "no baseline"
    assert curve(bare(), **BARE, redose=None).notes[-2].startswith("The data hold no infusions")


def test_pandas_in_pandas_out() -> None:
    frame = bare().with_columns(pl.col("AVISIT").to_physical().cast(pl.Int64).alias("AVISITN"))
    given = frame.with_columns(pl.col("AVISIT", "TRT01P").cast(pl.String)).to_pandas()
    rows = time_to_relapse(given, "MADRS", SINGLE, by="TRT01P", **BARE)
    assert isinstance(rows, pd.DataFrame)
    assert rows["USUBJID"].tolist() == [f"S{i}" for i in range(10)]
    result = estimate_relapse(given, "MADRS", SINGLE, by="TRT01P", **BARE)
    expected = estimate_relapse(bare(), "MADRS", SINGLE, by="TRT01P", **BARE)
    assert isinstance(result.tidy(), pd.DataFrame)
    assert result.medians["median"].sort().to_list() == expected.medians["median"].sort().to_list()
    order = "The groups of TRT01P have no declared order and stand in that of the alphabet: "
    assert [note for note in result.notes if not note.startswith(order)] == list(expected.notes)
    assert "late entry" in result.notes[3]


def test_a_group_of_a_bare_frame_must_be_known_at_baseline() -> None:
    frame = bare().with_columns(pl.lit("Y").alias("RESP"))
    with pytest.raises(ArgumentError, match=r"^by='RESP' needs known_at: a subject may have had"):
        estimate_relapse(frame, "MADRS", SINGLE, by="RESP", **BARE)
    declared = estimate_relapse(frame, "MADRS", SINGLE, by="RESP", known_at="baseline", **BARE)
    assert "RESP was declared known at the origin." in declared.notes
    with pytest.raises(ArgumentError, match=r"^known_at must be one of 'baseline', not 'd14'\.$"):
        estimate_relapse(frame, "MADRS", SINGLE, by="RESP", known_at="d14", **BARE)
    trial = trial_of(many())
    trial = trial.with_(adsl=trial.adsl.with_columns(pl.lit("x").alias("SITE")))
    assert curve(trial, by="SITE").by == ("SITE",)


def test_a_group_known_later_is_refused_or_entered_late() -> None:
    trial = trial_of(many())
    arms = trial.adsl.with_columns(RESPFL=pl.Series(["Y", "N"] * 5), EOSSTT=pl.lit("COMPLETED"))
    trial = trial.with_(adsl=arms)
    for by in ("RESPFL", "EOSSTT"):
        with pytest.raises(ArgumentError) as refused:
            curve(trial, by=by)
        assert str(refused.value) == (
            f"by={by!r} looks like something that is known only in the course of the trial. "
            "Whoever has it must have stayed in the trial, free of the event, until it was known, "
            "so the curve of that group begins with time in which nothing could happen (immortal "
            "time).\n"
            "  Give known_at= as the days from the origin to when it was known, and subjects are "
            "at risk from then (late entry); start the clock there (origin=, a landmark); model "
            'it as a time-dependent covariate; or say known_at="baseline" if it was known at the '
            "origin."
        )
    late = curve(trial, by="RESPFL", known_at=12.0)
    assert "RESPFL was known at 12: subjects are at risk from then (late entry)." in late.notes
    out = late.audit.filter(reason="ended before RESPFL was known")["count"].sum()
    at_12 = (late.tte["AVAL"].is_not_null()) & (late.tte["AVAL"] <= 12)
    assert out == at_12.sum() > 0
    assert curve(trial, by="RESPFL", known_at="baseline").medians.height == 2


def test_nobody_enters() -> None:
    trial = trial_of({"S1": Subject([(14, 30)]), "S2": Subject([(14, None)])})
    with pytest.raises(EstimationError) as caught:
        curve(trial)
    assert str(caught.value) == (
        "No subject enters the curve: 2 rows are out (no response at d14, no score at d14)."
    )


# --- every refusal, word by word --------------------------------------------------------------


def test_what_must_be_written() -> None:
    trial = trial_of(many())
    response = Response(at_least=0.5)
    assert message(trial, response) == "rule must be a Relapse, not Response(at_least=0.5)."
    assert message(trial, among=None) == (
        "among= must say who enters the curve, for example "
        'among=Among(Response(at_least=0.5), visit="Day 14").'
    )
    assert message(trial, redose=None) == (
        "redose= must say what an infusion after entry does: 'censor', 'event', 'competing', "
        "'ignore'."
    )
    assert message(trial, redose="stop") == (
        "redose must be one of 'censor', 'event', 'competing', 'ignore', not 'stop'."
    )


@pytest.mark.parametrize("origin", [None, True, float("nan"), float("inf"), [11]])
def test_an_origin_must_be_written(origin: Any) -> None:
    assert message(trial_of(many()), origin=origin) == (
        "origin= must say where the clock starts: 'last infusion', 'first infusion', "
        "'randomisation', 'criterion met', 'entry', a visit (landmark), or a number of days since "
        f"the first infusion (landmark), not {origin!r}; the same subject gives different medians."
    )


def test_an_origin_must_exist() -> None:
    trial = trial_of(many())
    assert message(trial, origin="last infusions") == (
        "origin must be one of 'last infusion', 'first infusion', 'randomisation', 'criterion "
        "met', 'entry', a visit after baseline at which MADRS was scored ('d14', 'd21', 'd28', "
        "'d35', 'd42', 'd49', 'd56', 'd63'), or a number of days since the first infusion; not "
        "'last infusions'. Did you mean last infusion?"
    )
    assert message(trial.with_(adex=None)) == (
        'origin="last infusion" needs the infusions (as_trial(..., infusions=)); without them '
        'give "entry", "first infusion", or the day of the last infusion as a number.'
    )
    assert message(trial, origin="randomisation") == (
        'origin="randomisation" needs its day in ADSL: RANDDY (study day), or the dates RANDDT and '
        "TRTSDT (first treatment)."
    )


def test_what_the_data_must_hold() -> None:
    trial = trial_of(many())
    assert message(trial.with_(adice=None), SUSTAIN) == (
        "The rule counts events (hospitalisation, suicidality), and the data hold none: give "
        "as_trial(..., events=), or a rule without events."
    )
    assert message(trial, among=Among(Response(at_least=0.5), visit="D14")) == (
        "among visit must be a visit after baseline at which MADRS was scored: 'd14', 'd21', "
        "'d28', 'd35', 'd42', 'd49', 'd56', 'd63'; not 'D14'. Did you mean d14?"
    )
    assert trial.adex is not None
    assert message(trial.with_(adex=trial.adex.drop("AFRLT"))) == (
        "ADEX needs the column AFRLT for the time to relapse."
    )
    assert trial.adice is not None
    assert message(trial.with_(adice=trial.adice.drop("ICECAT"))) == (
        "ADICE needs the column ICECAT for the time to relapse."
    )


def test_scores_of_those_who_enter_need_times() -> None:
    trial = trial_of(many())
    hidden = pl.col("USUBJID").is_in(["S1", "S8"]) & (
        pl.col("AVISIT").cast(pl.String) != "Baseline"
    )
    adqs = trial.adqs.with_columns(AFRLT=pl.when(~hidden).then("AFRLT"))
    assert message(trial.with_(adqs=adqs)) == (
        "Time to relapse needs the time of every MADRS score (AFRLT, hours since the first "
        "infusion); 7 have none.\n"
        "  Subjects S1; visits 'd14', 'd28', 'd35', 'd42', 'd49' and 2 more.\n"
        "  Give hour=, day= or visits= with hours in as_trial, or fill in AFRLT."
    )
    alone = adqs.with_columns(AFRLT=pl.when(pl.col("USUBJID") != "S8").then("AFRLT"))
    fine = trial.adqs.with_columns(AFRLT=pl.when(pl.col("USUBJID") != "S8").then("AFRLT"))
    assert alone["AFRLT"].null_count() > fine["AFRLT"].null_count() > 0
    rows = time_to_relapse(trial.with_(adqs=fine), "MADRS", SINGLE, **PLAN)
    assert rows.equals(time_to_relapse(trial, "MADRS", SINGLE, **PLAN))


def test_infusions_and_events_that_decide_need_times() -> None:
    subjects = many()
    subjects["S2"].events = [(30, STAY)]
    trial = trial_of(subjects)
    assert trial.adex is not None
    assert trial.adice is not None
    unknown = trial.adex.with_columns(AFRLT=pl.when(pl.col("EXSEQ") != 3).then("AFRLT"))
    text = message(trial.with_(adex=unknown))
    assert text == (
        "ADEX.AFRLT must be known for the subjects who enter; rows without it: 8.\n"
        "  Subjects S0, S1, S2 and 5 more.\n"
        "  Fill it in, or remove what did not take place."
    )
    passed_over = PLAN | {"origin": "entry", "redose": "ignore"}
    assert time_to_relapse(trial.with_(adex=unknown), "MADRS", SINGLE, **passed_over).height == 10
    no_time = trial.adice.with_columns(AFRLT=pl.lit(None, dtype=pl.Float64))
    assert message(trial.with_(adice=no_time), SUSTAIN) == (
        "ADICE.AFRLT must be known for the subjects who enter; rows without it: 1.\n"
        "  Subjects S2.\n"
        "  Fill it in, or remove what did not take place."
    )
    assert time_to_relapse(trial.with_(adice=no_time), "MADRS", SINGLE, **PLAN).height == 10


def test_a_criterion_must_fit_the_scale() -> None:
    well = trial_of({"S1": Subject([(14, 32), (21, 25)], baseline=20)}, "WELLBEING")
    better = Among(Response(at_least=0.5, better="higher", floor=0), visit="d14")
    assert message(well, SINGLE, "WELLBEING", among=better) == (
        "Higher scores of WELLBEING are better, so a high score cannot be a relapse: write "
        "Relapse(at_most=...), Relapse(below=...) or Relapse(improvement_below=...)."
    )
    stais = trial_of({"S1": Subject([(14, 22), (21, 50)], baseline=60)}, "STAIS")
    loss = Relapse(improvement_below=0.5, consecutive=1, dated="first")
    remitted = Among(Remission(at_most=25), visit="d14")
    for data, scale in ((stais, "STAIS"), (well, "WELLBEING")):
        assert message(data, loss, scale, among=remitted) == (
            f"Relapse(improvement_below=...) on {scale} needs to know from which score "
            "improvement is measured: let subjects enter by a Response that says so (from_floor= "
            "on a registered scale, better= and floor= on another); it then holds for relapse too."
        )
