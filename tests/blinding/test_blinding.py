"""From answers to indices: what counts as a guess, who is not counted, and what is refused."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka
from ketanalysis.blinding.blinding import BlindingResult, estimate_blinding
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.glossary import GLOSSARY

ARMS = pl.Enum(["midazolam", "ketamine"])
KETAMINE = ["ketamine"] * 6 + ["midazolam", "don't know", "don't know", None]
MIDAZOLAM = ["midazolam"] * 4 + ["ketamine"] * 3 + ["don't know"] * 2 + [None]


def frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "USUBJID": [f"S{i:02d}" for i in range(20)],
            "TRT01P": pl.Series(["ketamine"] * 10 + ["midazolam"] * 10, dtype=ARMS),
            "GUESS": KETAMINE + MIDAZOLAM,
        }
    )


def blinding(data: object = None, **options: object) -> BlindingResult:
    given = frame() if data is None else data
    return estimate_blinding(given, "GUESS", **({"dont_know": "don't know"} | options))


def test_who_is_counted() -> None:
    result = blinding()
    counted = ["group", "n", "n_missing", "n_right", "n_wrong", "n_unsure"]
    assert result.table.select(counted).rows() == [
        ("midazolam", 9, 1, 4, 3, 2),
        ("ketamine", 9, 1, 6, 1, 2),
        ("all", 18, 2, 10, 4, 4),
    ]
    assert result.table["estimate"][:2].to_list() == pytest.approx([1 / 9, 5 / 9])
    assert result.audit.rows() == [
        ("included", "answered GUESS", 18),
        ("excluded", "no answer to GUESS", 2),
    ]
    assert result.warnings[0] == (
        "2 of 20 subjects did not answer GUESS; they are not among those who do not know."
    )
    ours = {name for table in (result.table, result.answers) for name in table.columns}
    assert ours <= set(GLOSSARY)


def test_answers_of_five_kinds_and_a_second_guess() -> None:
    told = {
        "surely K": ("ketamine", 1),
        "rather K": ("ketamine", 0.5),
        "rather M": ("midazolam", 0.5),
        "surely M": "midazolam",
    }
    given_answers = ["surely K", "rather K", "rather M", "surely M", "no idea", "no idea"]
    data = pl.DataFrame(
        {
            "ARM": pl.Series(["ketamine"] * 6 + ["midazolam"] * 6, dtype=ARMS),
            "GUESS": given_answers * 2,
            "AGAIN": [None] * 4 + ["ketamine", "midazolam"] + [None] * 4 + ["ketamine", None],
        }
    )
    plain = estimate_blinding(data, "GUESS", "ARM", dont_know="no idea", answers=told)
    assert plain.table["estimate"][:2].to_list() == pytest.approx([0, 0])
    again = estimate_blinding(
        data, "GUESS", "ARM", dont_know="no idea", answers=told, second="AGAIN"
    )
    # In midazolam one who did not know then guesses ketamine: -0.25 of 6.
    assert again.table["estimate"][:2].to_list() == pytest.approx([-0.25 / 6, 0])
    assert again.table["estimate"][2] == plain.table["estimate"][2]
    assert again.notes[:2] == (
        "Answers: 'surely K' guesses ketamine; 'rather K' guesses ketamine with certainty 0.5; "
        "'rather M' guesses midazolam with certainty 0.5; 'surely M' guesses midazolam; 'no idea' "
        "is no guess.",
        "Those who did not know were asked again (AGAIN); that guess counts with certainty 0.25 in "
        "Bang's index.",
    )


def test_more_arms_than_treatments_that_can_be_guessed() -> None:
    data = frame().with_columns(
        DOSE=pl.Series(["0.25"] * 5 + ["0.5"] * 5 + ["midazolam"] * 10),
    )
    sides = {"0.25": "ketamine", "0.5": "ketamine", "midazolam": "midazolam"}
    result = estimate_blinding(data, "GUESS", "DOSE", dont_know="don't know", sides=sides)
    assert result.table["group"].to_list() == ["0.25", "0.5", "midazolam", "all"]
    assert result.table["n_right"].to_list() == [5, 1, 4, 10]
    assert result.table["estimate"][3] == blinding().table["estimate"][2]
    assert result.notes[1] == (
        "Treatments that a guess can name: 0.25 is ketamine, 0.5 is ketamine, midazolam is "
        "midazolam."
    )


def test_a_trial_gives_its_subjects() -> None:
    trial = ka.load_example("ketamine")
    own = pl.col("TRT01P").cast(pl.String)
    guess = pl.when(pl.col("AGE") % 3 == 0).then(pl.lit("don't know")).otherwise(own)
    data = trial.with_(adsl=trial.adsl.with_columns(GUESS=guess))
    result = ka.estimate_blinding(data, "GUESS", dont_know="don't know")
    assert result.simulated
    assert result.arms == ("midazolam", "ketamine")
    assert result.table["n_wrong"].to_list() == [0, 0, 0]


def test_pandas_in_is_pandas_out() -> None:
    assert isinstance(blinding(frame().to_pandas()).tidy(), pd.DataFrame)


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(20)))
def test_the_order_of_rows_does_not_matter(order) -> None:
    assert blinding(frame()[list(order)]).table.equals(blinding().table)


REFUSED = [
    (
        {"dont_know": None},
        'dont_know= must name the answer that means "don\'t know" (one or several), or be () where '
        "the question had none. GUESS holds \"don't know\", 'ketamine', 'midazolam'.",
    ),
    (
        {"dont_know": ()},
        "GUESS holds answers that are not declared: \"don't know\". An answer that is 'midazolam' "
        "or 'ketamine' guesses that treatment; say of the others what they mean with answers=, for "
        'example answers={"don\'t know": ("ketamine", 0.5)} with a certainty, or with '
        "dont_know=.",
    ),
    (
        {"dont_know": ["don't know", "ketamine"]},
        "dont_know names 'ketamine', which is the guess of a treatment.",
    ),
    (
        {"answers": {"K": ("ketamin", 1)}},
        "answers['K'] must be one of 'midazolam', 'ketamine', not 'ketamin'. Did you mean "
        "ketamine?",
    ),
    (
        {"answers": {"K": 0.5}},
        "answers['K'] must be a treatment or (treatment, certainty), not 0.5. \"Don't know\" is "
        "declared with dont_know=.",
    ),
    (
        {"answers": {"K": ("ketamine", 0)}},
        "A certainty must be above 0 and at most 1 (sure), not 0.",
    ),
    (
        {"arm": "TRT01A"},
        "data needs the column TRT01A; it has USUBJID, TRT01P, GUESS. Did you mean TRT01P?",
    ),
    (
        {"sides": {"ketamine": "drug"}},
        "sides must name the treatment of every arm, and has none for 'midazolam'; it names "
        "'ketamine'.",
    ),
    (
        {"sides": {"ketamine": "drug", "midazolam": "drug"}},
        "sides must put the arms on two sides, not on 'drug'.",
    ),
    ({"ci": "exact"}, "ci must be one of 'score', 'wald', not 'exact'."),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes, text) -> None:
    with pytest.raises(ArgumentError) as refusal:
        blinding(**changes)
    assert str(refusal.value) == text


def test_one_arm_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError) as refusal:
        blinding(frame()[:10])
    assert str(refusal.value) == (
        "Blinding needs two treatments that could be confused; TRT01P holds 'ketamine'. With one "
        "arm there is nothing to guess: report what subjects expected before the first dose "
        "instead."
    )
    trial = ka.load_example("ketamine")
    single = trial.with_(adsl=trial.adsl.drop("TRT01P"), arms=())
    with pytest.raises(ArgumentError) as refusal:
        blinding(single)
    assert str(refusal.value).startswith(
        "Blinding needs two treatments that could be confused; this trial has one arm (no TRT01P)."
    )


def test_three_arms_need_sides() -> None:
    data = frame().with_columns(DOSE=pl.Series(["0.25"] * 5 + ["0.5"] * 5 + ["midazolam"] * 10))
    with pytest.raises(ArgumentError) as refusal:
        estimate_blinding(data, "GUESS", "DOSE", dont_know="don't know")
    assert str(refusal.value) == (
        "A guess is right or wrong between two treatments, and there are 3 arms: '0.25', '0.5', "
        "'midazolam'. Say which of two each is with sides=, for example "
        'sides={"0.25": "control", "0.5": "drug", ...}.'
    )


def test_two_rows_of_a_subject_and_no_answers_are_refused() -> None:
    with pytest.raises(ContractError) as refusal:
        blinding(pl.concat([frame(), frame()[:1]]))
    assert str(refusal.value) == (
        "data must have one row a subject; 1 have several, first S00. Keep the assessment that the "
        "analysis plan names."
    )
    with pytest.raises(EstimationError) as refusal:
        blinding(frame().with_columns(GUESS=pl.lit(None, dtype=pl.String)))
    assert str(refusal.value) == "Nobody answered, so there is no index to estimate."


def test_counts_must_be_counts() -> None:
    data = frame().with_columns(N=pl.lit(1.5))
    with pytest.raises(ContractError) as refusal:
        blinding(data, count="N")
    assert str(refusal.value) == "N must hold whole numbers of subjects from 0."


GUESSED = (
    "Treatment guessed: midazolam 4 right, 3 wrong, 2 did not know, of 9; ketamine 6 right, "
    "1 wrong, 2 did not know, of 9. "
)
SAID = {
    "plain": "Bang's index: midazolam 0.11 (95 % CI −0.42 to 0.58), "
    "p = 0.705; ketamine 0.56 (95 % CI −0.02 to 0.84), p = 0.059. James' index: 0.44 (95 % CI 0.24 "
    "to 0.66). ",
    "apa": "Bang's index: midazolam 0.11 (95% CI [−0.42, 0.58]), "
    "p = .705; ketamine 0.56 (95% CI [−0.02, 0.84]), p = .059. James' index: 0.44 (95% CI [0.24, "
    "0.66]). ",
    "jama": "Bang's index: midazolam 0.11 (95% CI, −0.42 to 0.58), "
    "P = .71; ketamine 0.56 (95% CI, −0.02 to 0.84), P = .06. James' index: 0.44 (95% CI, "
    "0.24-0.66). ",
}


@pytest.mark.parametrize("style", SAID)
def test_the_result_in_words(style: str) -> None:
    result = blinding()
    assert result.text(style).startswith(GUESSED + SAID[style] + result.notes[0])
    assert result.inline("ketamine") == "0.56 (95 % CI −0.02 to 0.84)"
    assert result.title == "Blinding by GUESS"
