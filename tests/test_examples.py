"""The simulated ketamine trial: reproducible, plausible, and true to what was put in."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError
from ketanalysis.examples import FILES, example_frames, load_example, truth, write_example
from ketanalysis.examples.ketamine import simulate_ketamine
from ketanalysis.examples.ketamine_design import ARMS, INFUSION_DAYS, PER_ARM, SEED, VISITS
from ketanalysis.examples.ketamine_dissociation import ALL_VISITS, POINTS
from ketanalysis.examples.ketamine_truth import MEASURED, anxiety_moments
from ketanalysis.instruments import instrument
from tests.shared import ROOT

LARGE = 20_000
# A share of a run of LARGE lies within 5 standard errors of the truth in all but one of
# 1.7 million runs; the truth from the large run adds its own error of at most 0.0007.
ERRORS = 5
OWN_ERROR = 0.0007


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    """Return the tables of the example."""
    return example_frames("ketamine")


@pytest.fixture(scope="module")
def large() -> dict[str, pl.DataFrame]:
    """Return the tables of a trial so large that its rates are the truth's."""
    return simulate_ketamine(4242, per_arm=LARGE)


@pytest.fixture(scope="module")
def wide(large: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return MADRS of the large trial, one row a subject with its arm, a column a visit."""
    madrs = large["scores"].filter(PARAMCD="MADRS")
    by_visit = madrs.pivot("AVISIT", index="USUBJID", values="AVAL")
    return large["subjects"].select("USUBJID", "TRT01P").join(by_visit, on="USUBJID")


def true_value(quantity: str, arm: str) -> float:
    """Return one value of the truth table."""
    return truth().filter(quantity=quantity, arm=arm)["value"].item()


def responder() -> pl.Expr:
    """Return the response on day 14: at least half of the baseline gone, null if not seen."""
    return pl.col("Day 14") * 2 <= pl.col("Baseline")


def near(seen: float, expected: float, n: int, own_error: float = 0.0) -> bool:
    """Whether a share of n subjects is within the Monte Carlo error of the truth."""
    return abs(seen - expected) <= ERRORS * math.hypot(
        math.sqrt(expected * (1 - expected) / n), own_error
    )


# --- the tables ------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_tables(frames: dict[str, pl.DataFrame]) -> None:
    again, other = simulate_ketamine(SEED), simulate_ketamine(SEED + 1)
    for name, frame in frames.items():
        assert frame.equals(again[name])
        assert not frame.equals(other[name])


def test_global_random_state_is_neither_read_nor_changed(frames: dict[str, pl.DataFrame]) -> None:
    np.random.seed(1)
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
    again = simulate_ketamine()
    assert np.array_equal(before, np.random.get_state()[1])  # type: ignore[index]
    assert all(frame.equals(again[name]) for name, frame in frames.items())


def test_the_network_is_never_touched() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from ketanalysis.examples import example_frames, truth\n"
        "print(example_frames('ketamine')['subjects'].height, truth().height > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["96", "True"]


def test_columns_and_counts(frames: dict[str, pl.DataFrame]) -> None:
    assert {name: frame.columns for name, frame in frames.items()} == {
        "subjects": [
            *("USUBJID", "TRT01P", "TRT01A", "ITTFL", "SAFFL", "AGE", "SEX", "SITEID"),
            *("EPIDUR", "NFAILAD", "HOSPFL"),
            *("RANDFL", "EOTSTT", "DCTREAS", "EOSSTT", "DCSREAS"),
        ],
        "scores": ["USUBJID", "PARAMCD", "AVISIT", "AFRLT", "AVAL"],
        "infusions": [
            *("USUBJID", "EXSEQ", "EXTRT", "EXDOSE", "EXDOSU", "EXROUTE", "AFRLT", "EXDUR"),
            "EXADJ",
        ],
        "adverse_events": [
            *("USUBJID", "AEDECOD", "AESEV", "AESER", "AFRLT", "EXSEQ", "AEASCERT"),
        ],
        "events": ["USUBJID", "AFRLT", "ICECAT"],
        "concomitant": ["USUBJID", "CMDECOD", "CMCLAS", "AFRLT", "AFRLTEND"],
        "vital_signs": [
            *("USUBJID", "PARAMCD", "EXSEQ", "AFRLT", "ATPT", "ATPTN", "AVAL", "AVALU"),
        ],
    }
    subjects = frames["subjects"]
    assert subjects["USUBJID"].n_unique() == 2 * PER_ARM
    assert subjects["TRT01P"].value_counts().sort("TRT01P").rows() == [
        ("ketamine", PER_ARM),
        ("midazolam", PER_ARM),
    ]
    keys = ["USUBJID", "PARAMCD", "AVISIT"]
    assert not frames["scores"].select(keys).is_duplicated().any()
    assert not frames["infusions"].select("USUBJID", "EXSEQ").is_duplicated().any()
    reading = ["USUBJID", "PARAMCD", "EXSEQ", "ATPT"]
    assert not frames["vital_signs"].select(reading).is_duplicated().any()
    columns = [(name, column) for name, frame in frames.items() for column in frame.columns]
    nulls = {(name, column) for name, column in columns if frames[name][column].null_count()}
    assert nulls == {
        ("infusions", "EXADJ"),
        *(("subjects", column) for column in ("EPIDUR", "DCTREAS", "DCSREAS")),
        ("concomitant", "AFRLTEND"),
    }


@pytest.mark.parametrize("scale", ["MADRS", "HAMA", "ASC_ANX", "CADSS"])
def test_scores_stay_in_the_range_of_their_scale(
    large: dict[str, pl.DataFrame], scale: str
) -> None:
    one = instrument(scale)
    scores = large["scores"].filter(PARAMCD=scale)["AVAL"]
    assert scores.is_between(one.low, one.high).all()
    if scale != "ASC_ANX":
        assert (scores == scores.round()).all()


def test_visits_take_place_in_order_and_follow_up_5_to_15_days_apart(
    large: dict[str, pl.DataFrame],
) -> None:
    madrs = large["scores"].filter(PARAMCD="MADRS")
    order = {visit: number for number, visit in enumerate(VISITS)}
    madrs = madrs.with_columns(pl.col("AVISIT").replace_strict(order).alias("number"))
    madrs = madrs.sort("USUBJID", "number")
    gap = pl.col("AFRLT").diff().over("USUBJID")
    assert madrs.select((gap > 0).all()).item()
    after = madrs.with_columns(gap.alias("gap")).filter(pl.col("number") > order["Day 14"])
    assert after["gap"].is_between(5 * 24, 15 * 24).all()
    seen = madrs.group_by("USUBJID").agg(pl.col("number").filter(pl.col("number") >= order["24 h"]))
    complete = pl.col("number").list.last() - pl.col("number").list.first() + 1
    assert seen.select((complete == pl.col("number").list.len()).all()).item()


def test_infusions_and_events_stop_when_the_subject_leaves(
    large: dict[str, pl.DataFrame],
) -> None:
    leaves = large["events"].filter(ICECAT="discontinuation").select("USUBJID", left="AFRLT")
    for name in ("scores", "infusions"):
        late = large[name].join(leaves, on="USUBJID").filter(pl.col("AFRLT") > pl.col("left"))
        assert late.is_empty()
    last = large["scores"].group_by("USUBJID").agg(pl.col("AVISIT").eq("Day 84").any())
    stayed = last.filter("AVISIT")["USUBJID"]
    assert set(stayed) == set(large["subjects"]["USUBJID"]) - set(leaves["USUBJID"])
    assert set(large["events"]["ICECAT"]) == {"rescue", "hospitalisation", "discontinuation"}


@pytest.mark.parametrize(
    "given, message",
    [
        ({"seed": -1}, "seed must be a whole number of at least 0, not -1."),
        ({"seed": 1.5}, "seed must be a whole number of at least 0, not 1.5."),
        ({"seed": True}, "seed must be a whole number of at least 0, not True."),
        ({"per_arm": 0}, "per_arm must be a whole number of at least 1, not 0."),
    ],
)
def test_a_seed_or_size_out_of_place_is_refused(given: dict[str, int], message: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        simulate_ketamine(**given)
    assert str(refusal.value) == message


# --- the truth -------------------------------------------------------------------------------


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("quantity", MEASURED)
def test_shares_that_hang_on_drop_out_are_those_of_the_large_run(
    large: dict[str, pl.DataFrame], wide: pl.DataFrame, quantity: str, arm: str
) -> None:
    people = wide.filter(TRT01P=arm)
    if quantity.startswith("any adverse event "):
        term = quantity.removeprefix("any adverse event ")
        ids = large["adverse_events"].filter(AEDECOD=term)["USUBJID"].unique()
        seen = people["USUBJID"].is_in(ids.implode())
    else:
        seen = people.select(
            {
                "not seen on day 14": pl.col("Day 14").is_null(),
                "not seen on day 84": pl.col("Day 84").is_null(),
                "response on day 14 among those seen": responder(),
                "response on day 14, missing counted as non-response": responder().fill_null(False),
            }[quantity]
        ).to_series()
    share = seen.drop_nulls().cast(pl.Float64).mean()
    assert isinstance(share, float)
    assert near(share, true_value(quantity, arm), seen.drop_nulls().len(), OWN_ERROR)


@pytest.fixture(scope="module")
def before_leaving() -> pl.DataFrame:
    """Return what happens to LARGE subjects an arm, had nobody left, by the same code."""
    from ketanalysis.examples.ketamine import draw_courses
    from ketanalysis.examples.ketamine_design import DAY_14

    scores, staying = np.random.default_rng(77).spawn(2)
    courses = draw_courses(scores, staying, np.repeat([0, 1], LARGE))
    return pl.DataFrame(
        {
            "TRT01P": np.array(ARMS)[courses.arm],
            "baseline": courses.madrs[:, 0],
            "end": courses.madrs[:, DAY_14],
            "responder": courses.responder,
            "anxiety": courses.anxiety,
        }
    )


@pytest.mark.parametrize("arm", ARMS)
def test_response_remission_and_change_are_as_designed(
    before_leaving: pl.DataFrame, arm: str
) -> None:
    people = before_leaving.filter(TRT01P=arm)
    responds = people["end"] * 2 <= people["baseline"]
    assert (responds == people["responder"]).all()
    assert near(float(responds.mean()), true_value("response on day 14", arm), LARGE)
    remits = float((people["end"] <= 10).mean())
    assert near(remits, true_value("remission (MADRS <= 10) on day 14", arm), LARGE)
    change = people["end"] - people["baseline"]
    error = float(change.std()) / math.sqrt(LARGE)
    gap = float(change.mean()) - true_value("MADRS change on day 14", arm)
    assert abs(gap) <= ERRORS * error


@pytest.mark.parametrize("arm", ARMS)
def test_infusion_anxiety_differs_by_the_stated_effect(
    before_leaving: pl.DataFrame, arm: str
) -> None:
    people = before_leaving.filter(TRT01P=arm)
    groups = [people.filter(responder=flag)["anxiety"] for flag in (True, False)]
    (well, ill), n = groups, [len(group) for group in groups]
    for group, who in ((well, "responders"), (ill, "non-responders")):
        error = float(group.std()) / math.sqrt(len(group))
        assert abs(float(group.mean()) - true_value(f"ASC_ANX of {who}", arm)) <= ERRORS * error
    pooled = sum((k - 1) * float(group.var()) for k, group in zip(n, groups, strict=True))
    effect = (float(ill.mean()) - float(well.mean())) / math.sqrt(pooled / (sum(n) - 2))
    stated = true_value("ASC_ANX, non-responders minus responders", arm)
    # Hedges and Olkin's large-sample standard error of a standardised difference.
    error = math.sqrt(1 / n[0] + 1 / n[1] + effect**2 / (2 * sum(n)))
    assert abs(effect - stated) <= ERRORS * error


def test_the_stated_effect_is_one_half_and_ketamine_is_more_anxious() -> None:
    effect = "ASC_ANX, non-responders minus responders"
    assert round(true_value(effect, "ketamine"), 3) == 0.5
    assert true_value(effect, "midazolam") == 0
    assert true_value("ASC_ANX of responders", "ketamine") > true_value(
        "ASC_ANX of responders", "midazolam"
    )


@pytest.mark.parametrize("mean", [-10.0, 12.0, 23.38, 90.0])
def test_anxiety_moments_are_those_of_a_cut_normal_curve(mean: float) -> None:
    # The curve summed on a fine grid; 2e-4 of a point is the width of a step.
    z = np.linspace(-9, 9, 1_800_001)
    weight = np.exp(-0.5 * z**2)
    weight /= weight.sum()
    score = (mean + 22.0 * z).clip(0, 100)
    first = weight @ score
    expected = (first, weight @ (score - first) ** 2, weight @ (score == 0))
    assert anxiety_moments(mean) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("arm", ARMS)
def test_responders_relapse_as_stated(wide: pl.DataFrame, arm: str) -> None:
    """Kaplan-Meier by hand on visits: leaving hangs on seen scores, so it does not bias it."""
    people = wide.filter(responder(), TRT01P=arm)
    follow_up = [visit for visit in VISITS if int(VISITS[visit]) > VISITS["Day 14"]]
    free, greenwood, compared = 1.0, 0.0, 0
    well = people
    for visit in follow_up:
        seen = well.filter(pl.col(visit).is_not_null())
        well = seen.filter(pl.col(visit) < 22)
        events = seen.height - well.height
        free *= 1 - events / seen.height
        greenwood += events / (seen.height * well.height)
        quantity = f"responders free of relapse on {visit.lower()}"
        if quantity in truth()["quantity"]:
            error = free * math.sqrt(greenwood)
            # Visits move by up to 11 hours, which bends the curve by less than 0.0005.
            assert abs(free - true_value(quantity, arm)) <= ERRORS * error + 0.0005
            compared += 1
    assert compared == 4


def test_22_or_more_and_response_lost_are_one_event(wide: pl.DataFrame) -> None:
    people = wide.filter(responder())
    for visit in ("Day 14", "Day 21", "Day 42", "Day 84"):
        lost = pl.col(visit) * 2 > pl.col("Baseline")
        assert people.select((lost == (pl.col(visit) >= 22)).drop_nulls().all()).item()


def test_the_design_is_plausible_as_its_page_says() -> None:
    medians = truth().filter(
        quantity="median time to relapse of responders since day 11", arm="ketamine"
    )
    assert 5 * 7 <= medians["value"].item() <= 8 * 7
    gone = truth().filter(quantity="not seen on day 14")["value"].mean()
    assert gone == pytest.approx(0.15, abs=0.005)
    assert truth().filter(quantity="seed of the example")["value"].item() == SEED


# --- the example as a trial and as files -----------------------------------------------------


def test_the_trial_says_that_it_is_simulated(frames: dict[str, pl.DataFrame]) -> None:
    trial = load_example("ketamine")
    assert trial.simulated
    assert trial.label == "Simulated ketamine trial"
    assert trial.arms == ARMS
    assert trial.visits == tuple(ALL_VISITS)
    assert len(trial.visits) == len(VISITS) + len(INFUSION_DAYS) * len(POINTS)
    assert trial.scales == ("ASC_ANX", "CADSS", "HAMA", "MADRS")
    assert trial.n_subjects == 2 * PER_ARM
    assert trial.adqs.height == frames["scores"].height
    assert trial.equals(load_example("ketamine", seed=SEED))
    assert not trial.equals(load_example("ketamine", seed=SEED + 1))


@pytest.mark.parametrize("call", [load_example, example_frames, truth])
def test_an_unknown_example_is_refused(call: object) -> None:
    with pytest.raises(ArgumentError) as refusal:
        call("ketamin")  # type: ignore[operator]
    assert str(refusal.value) == (
        "name must be one of 'ketamine', not 'ketamin'. Did you mean ketamine?"
    )


def test_written_files_hold_the_tables_and_are_never_written_over(
    tmp_path: Path, frames: dict[str, pl.DataFrame]
) -> None:
    paths = write_example(tmp_path / "study")
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in paths.items()} == {
        name: f"study/data/{file}" for name, file in FILES.items()
    }
    for name, path in paths.items():
        assert pl.read_csv(path, schema=frames[name].schema).equals(frames[name])
    with pytest.raises(ArgumentError) as refusal:
        write_example(tmp_path / "study")
    assert str(refusal.value) == (
        f"{tmp_path / 'study' / 'data'} already holds adsl.csv, adqs.csv, adex.csv, adae.csv, "
        "adice.csv, adcm.csv, advs.csv, which cannot be written over. Name another folder, or "
        "move the files away."
    )
