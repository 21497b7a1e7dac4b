"""Time to first response: by hand, by a slow loop, and every refusal."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Remission, Response
from ketanalysis.durability.onset import estimate_time_to_response, time_to_response
from ketanalysis.errors import ArgumentError, ContractError
from tests.durability.relapse_data import ROW, Subject, trial_of

HALF = Response(at_least=0.5)
END = "end of observation"

# name: scores as (day, score), (AVAL, CNSR, reason, AVALLO, AVALHI); baseline 40
CASES: dict[str, tuple[list[tuple[float, float | None]], tuple[Any, ...]]] = {
    "at the first visit": ([(1, 20), (7, 5)], (1, 0, "first response", 0, 1)),
    "at the second": ([(1, 21), (7, 20)], (7, 0, "first response", 1, 7)),
    "lost again": ([(1, 30), (7, 10), (14, 40)], (7, 0, "first response", 1, 7)),
    "never": ([(1, 30), (7, 21)], (7, 1, END, 7, None)),
    "a missing score between": ([(1, 30), (7, None), (14, 9)], (14, 0, "first response", 1, 14)),
    "missing at the end": ([(1, 30), (7, None)], (1, 1, END, 1, None)),
    "no score at all": ([(1, None)], (0, 1, "no score after baseline", 0, None)),
}


def row_of(subject: Subject, rule: Response = HALF, scale: str = "MADRS") -> tuple[Any, ...]:
    trial = trial_of({"S1": subject, "S2": Subject([(1, 9), (14, 9)])}, scale)
    rows = time_to_response(trial, scale, rule)
    assert rows["USUBJID"].to_list() == ["S1", "S2"]
    return rows.select(ROW).row(0)


@pytest.mark.parametrize("name", CASES)
def test_every_exit(name: str) -> None:
    scores, expected = CASES[name]
    assert row_of(Subject(scores)) == (*expected, 0)


@pytest.mark.parametrize(
    "baseline, reason",
    [
        (None, "no baseline"),
        (0, "no share of the baseline exists: it is the lowest score"),
    ],
)
def test_who_does_not_enter_keeps_a_row(baseline: float | None, reason: str) -> None:
    subject = Subject([(1, 0)], baseline=baseline)
    assert row_of(subject) == (None, None, reason, None, None, None)


def test_a_remission_needs_no_baseline() -> None:
    without = Subject([(1, 12), (7, 10), (14, 30)], baseline=None)
    trial = trial_of({"S1": without, "S2": Subject([(1, 30), (14, 11)])})
    rows = time_to_response(trial, "MADRS", Remission(at_most=10))
    assert rows["PARAMCD"].unique().to_list() == ["TTREMIS"]
    assert rows.select(ROW).rows() == [
        (7, 0, "first remission", 1, 7, 0),
        (14, 1, END, 14, None, 0),
    ]
    curve = estimate_time_to_response(trial, "MADRS", Remission(at_most=10))
    assert curve.title.endswith("not yet in remission on MADRS")


def test_the_share_is_taken_from_the_declared_floor() -> None:
    subject = Subject([(1, 40), (7, 30)], baseline=60)
    assert row_of(subject, Response(at_least=0.5, from_floor=True), "STAIS")[0] == 1
    assert row_of(subject, Response(at_least=0.5, from_floor=False), "STAIS")[0] == 7


def test_a_scale_on_which_higher_is_better() -> None:
    rule = Response(at_least=0.5, better="higher", floor=0)
    assert row_of(Subject([(1, 29), (7, 30)], baseline=20), rule, "WELLBEING")[:2] == (7, 0)


def test_scores_at_or_before_the_first_infusion_are_not_judged() -> None:
    trial = trial_of({"S1": Subject([(1, 10), (7, 30)]), "S2": Subject([(1, 10)])})
    early = (pl.col("USUBJID") == "S1") & (pl.col("AVISIT").cast(pl.String) == "d1")
    adqs = trial.adqs.with_columns(AFRLT=pl.when(early).then(-2.0).otherwise("AFRLT"))
    rows = time_to_response(trial.with_(adqs=adqs), "MADRS", HALF)
    assert rows.select(ROW).rows() == [
        (7, 1, END, 7, None, 0),
        (1, 0, "first response", 0, 1, 0),
    ]


subjects = st.builds(
    Subject,
    st.dictionaries(st.integers(1, 30), st.one_of(st.none(), st.integers(10, 40)), max_size=6).map(
        lambda scores: list(scores.items())
    ),
    st.sampled_from([40, 40, 31, None]),
)


def slow(subject: Subject) -> tuple[Any, ...]:
    """Return the row by the definition's text."""
    if subject.baseline is None:
        return None, None, "no baseline", None, None, None
    end, free, reason = 0.0, 0.0, "no score after baseline"
    for day, score in sorted(subject.scores, key=lambda pair: pair[0]):
        if score is None:
            continue
        if 2 * score <= subject.baseline:
            return day, 0, "first response", free, day, 0
        end = free = day
        reason = END
    return end, 1, reason, free, None, 0


@given(st.lists(subjects, min_size=1, max_size=8))
@settings(max_examples=100)
def test_rows_are_those_of_a_slow_loop(many: list[Subject]) -> None:
    many = [*many, Subject([(1, 9)])]
    named = {f"S{i}": subject for i, subject in enumerate(many)}
    trial = trial_of(named)
    rows = time_to_response(trial, "MADRS", HALF)
    assert rows.select(ROW).rows() == [slow(subject) for subject in many]
    assert time_to_response(trial.with_(adqs=trial.adqs.reverse()), "MADRS", HALF).equals(rows)


def two_arms() -> dict[str, Subject]:
    subjects = {
        f"S{i}": Subject([(1, 15 + i), (7, 12 + 2 * i)], arm=("drug", "placebo")[i % 2])
        for i in range(8)
    }
    subjects["S8"] = Subject([(1, 20)], arm=None)
    return subjects


def test_nobody_is_lost() -> None:
    trial = trial_of(two_arms())
    overall = time_to_response(trial, "MADRS", HALF)
    assert overall.height == 9
    assert overall["entered"].all()
    by_arm = time_to_response(trial, "MADRS", HALF, by="TRT01P")
    assert by_arm.filter(~pl.col("entered")).select("USUBJID", "reason").rows() == [
        ("S8", "no TRT01P")
    ]
    flagged = trial.with_(
        adsl=trial.adsl.with_columns(ITTFL=pl.lit("Y")).with_columns(
            ITTFL=pl.when(pl.col("USUBJID") != "S0").then("ITTFL").otherwise(pl.lit("N"))
        )
    )
    rows = time_to_response(flagged, "MADRS", HALF)
    assert rows["reason"][0] == "not in the ITT population (ITTFL is not Y)"


def test_the_curve_names_its_interval_first() -> None:
    result = estimate_time_to_response(trial_of(two_arms()), "MADRS", HALF, by="TRT01P")
    assert result.title == (
        "Kaplan-Meier with log-log 95 % intervals: not yet responding on MADRS, by TRT01P"
    )
    assert result.notes[:2] == (
        "Response is an improvement in MADRS of at least 50 % from baseline.",
        "The clock starts at the first infusion.",
    )
    # Response at day 1 while 15 + i <= 20, at day 7 never later: S0, S2, S4 and S1, S3, S5.
    assert result.medians.select("TRT01P", "n", "n_event", "median").rows() == [
        ("placebo", 4, 3, 1.0),
        ("drug", 4, 3, 1.0),
    ]
    assert result.audit["count"].sum() == 9
    assert result.definition is HALF


def test_pandas_in_pandas_out() -> None:
    trial = trial_of(two_arms())
    frame = trial.adqs.join(trial.adsl, on="USUBJID").with_columns(
        AVISITN=pl.col("AVISIT").to_physical().cast(pl.Int64)
    )
    given_frame = frame.with_columns(pl.col("AVISIT", "TRT01P").cast(pl.String)).to_pandas()
    rows = time_to_response(given_frame, "MADRS", HALF, by="TRT01P")
    assert isinstance(rows, pd.DataFrame)
    own = time_to_response(frame, "MADRS", HALF, by="TRT01P")
    assert rows["AVAL"].tolist()[:8] == own["AVAL"].to_list()[:8]
    result = estimate_time_to_response(given_frame, "MADRS", HALF, by="TRT01P")
    assert isinstance(result.tidy(), pd.DataFrame)
    with pytest.raises(ArgumentError, match=r"^by='DRUG' needs known_at: "):
        estimate_time_to_response(frame.rename({"TRT01P": "DRUG"}), "MADRS", HALF, by="DRUG")


def test_refusals() -> None:
    trial = trial_of(two_arms())
    with pytest.raises(ArgumentError) as wrong:
        time_to_response(trial, "MADRS", 0.5)  # type: ignore[arg-type]
    assert str(wrong.value) == "rule must be a Response or a Remission, not 0.5."
    with pytest.raises(ArgumentError) as selected:
        time_to_response(trial, "MADRS", HALF, population="completers")
    assert str(selected.value) == (
        "Time to response cannot be restricted to completers: who completed is known only at the "
        'end, and nobody among them can have left before. Use population="ITT".'
    )
    unknown = pl.col("USUBJID").is_in(["S1", "S2"]) & (pl.col("AVISIT").cast(pl.String) == "d7")
    adqs = trial.adqs.with_columns(AFRLT=pl.when(~unknown).then("AFRLT"))
    with pytest.raises(ContractError) as without_time:
        time_to_response(trial.with_(adqs=adqs), "MADRS", HALF)
    assert str(without_time.value) == (
        "Time to response needs the time of every MADRS score (AFRLT, hours since the first "
        "infusion); 2 have none.\n"
        "  Subjects S1, S2; visits 'd7'.\n"
        "  Give hour=, day= or visits= with hours in as_trial, or fill in AFRLT."
    )
