"""Observed, carried forward, counted as failure: three denominators, and a reason for everybody."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError, EstimationError
from ketanalysis.grid import Grid
from ketanalysis.rates.by_visit import RatesResult
from ketanalysis.rates.handling import (
    HANDLINGS,
    audit_rows,
    chosen_handlings,
    count_met,
    count_rows,
    with_set_aside,
)
from ketanalysis.rates.response import estimate_remission, estimate_response
from ketanalysis.trial import Trial

HALF = Response(at_least=0.5)
NAN = float("nan")
# Two visits; subjects: responder then lost, never scored, late responder, no baseline, baseline 0.
GRID = Grid(
    scale="MADRS",
    visits=("Day 1", "Day 7"),
    subjects=pl.DataFrame({"USUBJID": list("abcde")}),
    scores=np.array([[10, NAN, 40, 5, 0], [NAN, NAN, 20, 5, NAN]]),
    hours=np.full((2, 5), NAN),
    baseline=np.array([40, 30, 40, NAN, 0.0]),
    set_aside=(("no TRT01P", 2),),
)
ALL = [({}, np.ones(5, dtype=bool))]
VISITS = {"Day 1": 0, "Day 7": 1}


def counts(rule, handling):
    rows = count_rows(count_met(GRID, rule, handling), ALL, VISITS, handling)
    return [(row["count"], row["n"]) for row in rows]


def reasons(rule, handling, visit):
    rows = audit_rows(count_met(GRID, rule, handling), ALL, {visit: VISITS[visit]}, handling)
    return {(row["status"], row["reason"]): row["count"] for row in rows}


def test_observed_counts_those_scored_at_the_visit():
    assert counts(HALF, "observed") == [(1, 2), (1, 1)]
    assert reasons(HALF, "observed", "Day 7") == {
        ("included", "scored at the visit"): 1,
        ("excluded", "no score at the visit"): 2,
        ("excluded", "no baseline"): 1,
        ("excluded", "baseline of 0 or less, which has no share"): 1,
    }


def test_locf_counts_those_with_any_score_after_baseline_so_far():
    assert counts(HALF, "locf") == [(1, 2), (2, 2)]
    assert reasons(HALF, "locf", "Day 7") == {
        ("included", "scored at the visit"): 1,
        ("included", "last earlier score carried forward"): 1,
        ("excluded", "no score after baseline"): 1,
        ("excluded", "no baseline"): 1,
        ("excluded", "baseline of 0 or less, which has no share"): 1,
    }


def test_nri_counts_everybody():
    assert counts(HALF, "nri") == [(1, 5), (1, 5)]
    assert reasons(HALF, "nri", "Day 7") == {
        ("included", "scored at the visit"): 1,
        ("included", "no score at the visit: counted as failure"): 2,
        ("included", "no baseline: counted as failure"): 1,
        ("included", "baseline of 0 or less, which has no share: counted as failure"): 1,
    }


def test_a_remission_needs_no_baseline():
    ten = Remission(at_most=10)
    assert counts(ten, "observed") == [(3, 4), (1, 2)]
    assert counts(ten, "locf") == [(3, 4), (3, 4)]
    assert counts(ten, "nri") == [(3, 5), (1, 5)]
    assert reasons(ten, "nri", "Day 7") == {
        ("included", "scored at the visit"): 2,
        ("included", "no score at the visit: counted as failure"): 3,
    }


@pytest.mark.parametrize("rule", [HALF, Remission(at_most=10)], ids=str)
@pytest.mark.parametrize("handling", HANDLINGS)
def test_every_subject_has_one_reason_and_the_included_are_the_denominator(rule, handling):
    counted = count_met(GRID, rule, handling)
    together = np.sum([who for _, _, who in counted.reasons], axis=0)
    assert (together == 1).all()
    included = np.sum([who for status, _, who in counted.reasons if status == "included"], axis=0)
    assert (included.astype(bool) == counted.counted).all()
    assert not (counted.met & ~counted.counted).any()


def test_those_who_are_not_in_the_population_stand_under_the_audit():
    audit = pl.DataFrame({"status": ["included"], "reason": ["scored"], "count": [5]})
    whole = with_set_aside(audit, GRID)
    assert whole.rows() == [("included", "scored", 5), ("excluded", "no TRT01P", 2)]


def test_the_handling_must_be_written():
    text = (
        'missing= must say how a missing score is handled: "observed" (subjects scored at the '
        'visit), "locf" (last score after baseline carried forward), "nri" (a missing score '
        "counts as failure), or several of them."
    )
    for nothing in (None, [], ""):
        with pytest.raises(ArgumentError) as refusal:
            chosen_handlings(nothing)
        assert str(refusal.value) == text
    with pytest.raises(ArgumentError) as refusal:
        chosen_handlings(["nri", "locv"])
    assert str(refusal.value) == (
        "missing must be one of 'observed', 'locf', 'nri', not 'locv'. Did you mean locf?"
    )


def test_a_handling_that_is_named_twice_is_counted_once():
    assert chosen_handlings("nri") == ("nri",)
    assert chosen_handlings(["nri", "observed", "nri"]) == ("nri", "observed")


# --- what must hold for any trial ---------------------------------------------------------------

scores = st.one_of(st.none(), st.integers(0, 60))
subjects = st.lists(
    st.tuples(st.sampled_from(["p", "k"]), scores, scores, scores, scores), min_size=1, max_size=9
)
rules = st.sampled_from([HALF, Response(above=0.2), Remission(at_most=10)])


def made(people: list[tuple[Any, ...]], copies: int = 1, prefix: str = "s") -> Trial:
    names = [f"{prefix}{i}-{j}" for j in range(copies) for i in range(len(people))]
    long = pl.DataFrame(
        [
            (name, visit, score)
            for name, person in zip(names, people * copies, strict=True)
            for visit, score in zip("0123", person[1:], strict=True)
            if score is not None
        ],
        schema={"USUBJID": pl.String, "AVISIT": pl.Enum("01234"), "AVAL": pl.Float64},
        orient="row",
    )
    flagged = pl.when(pl.col("AVISIT") == "0").then(pl.lit("Y")).alias("ABLFL")
    arms = [person[0] for person in people] * copies
    return Trial(
        adsl=pl.DataFrame({"USUBJID": names, "TRT01P": pl.Series(arms, dtype=pl.Enum(["p", "k"]))}),
        adqs=long.with_columns(
            pl.lit("MADRS").alias("PARAMCD"), pl.lit(None, pl.Float64).alias("AFRLT"), flagged
        ),
        arms=("p", "k"),
        visits=tuple("01234"),
        subjects_given=True,
    )


def estimated(trial: Trial, rule: Response | Remission) -> RatesResult | None:
    estimate = estimate_remission if isinstance(rule, Remission) else estimate_response
    try:
        return estimate(trial, "MADRS", rule, by="TRT01P", missing=HANDLINGS)
    except (EstimationError, ArgumentError):
        return None  # nobody scored, or nobody with a baseline


@settings(max_examples=60)
@given(subjects, rules)
def test_included_and_excluded_are_the_whole_group(people, rule):
    result = estimated(made(people), rule)
    if result is None:
        assert not any(score is not None for person in people for score in person[2:]) or not any(
            person[1] is not None for person in people
        )
        return
    sizes = {arm: sum(person[0] == arm for person in people) for arm in "pk"}
    keys = ["TRT01P", "AVISIT", "missing"]
    whole = result.audit.group_by(keys).agg(pl.col("count").sum())
    assert whole.height == result.table.height
    assert all(row["count"] == sizes[row["TRT01P"]] for row in whole.iter_rows(named=True))
    included = (
        result.audit.filter(pl.col("status") == "included")
        .group_by(keys)
        .agg(pl.col("count").sum().alias("included"))
    )
    beside = result.table.join(included, on=keys, how="left").fill_null(0)
    assert beside["included"].to_list() == beside["n"].to_list()
    assert (result.table["count"] <= result.table["n"]).all()


@settings(max_examples=40)
@given(subjects, rules, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_names_of_subjects_matter(people, rule, random):
    trial = made(people)
    result = estimated(trial, rule)
    order = list(range(trial.adqs.height))
    random.shuffle(order)
    mixed = estimated(trial.with_(adqs=trial.adqs[order], adsl=trial.adsl.reverse()), rule)
    named = estimated(made(people, prefix="other"), rule)
    if result is None:
        assert mixed is None
        assert named is None
        return
    for other in (mixed, named):
        assert other.table.equals(result.table)
        assert other.contrasts.equals(result.contrasts)
        assert other.audit.equals(result.audit)


@settings(max_examples=40)
@given(subjects, rules)
def test_everybody_twice_is_twice_the_count_at_the_same_rate(people, rule):
    once, twice = (estimated(made(people, copies), rule) for copies in (1, 2))
    if once is None:
        assert twice is None
        return
    assert twice.table["count"].to_list() == (2 * once.table["count"]).to_list()
    assert twice.table["n"].to_list() == (2 * once.table["n"]).to_list()
    assert twice.table["estimate"].equals(once.table["estimate"])
    assert twice.audit["count"].to_list() == (2 * once.audit["count"]).to_list()


@pytest.mark.parametrize("missing", [3, [3], ["nri", None]])
def test_a_handling_is_text(missing):
    with pytest.raises(ArgumentError) as refusal:
        chosen_handlings(missing)
    assert str(refusal.value) == (
        f"missing must be the name of a handling or a list of names, not {missing!r}."
    )
