"""One scale as a matrix: visits in order, subjects once, and every doubt refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.grid import by_columns, chosen_visits, groups_of, score_grid

VISITS = ["Baseline", "Day 1", "Day 7"]
NAN = float("nan")


def frame(**changes: Any) -> pl.DataFrame:
    """Two subjects, baseline and two visits; the second subject leaves after Day 1."""
    columns = {
        "USUBJID": ["1", "1", "1", "2", "2"],
        "TRT01P": ["ketamine"] * 3 + ["placebo"] * 2,
        "AVISIT": pl.Series([*VISITS, *VISITS[:2]], dtype=pl.Enum(VISITS)),
        "AVAL": [40.0, 20.0, 10.0, 30.0, 28.0],
        "ABLFL": ["Y", None, None, "Y", None],
    } | changes
    return pl.DataFrame({name: held for name, held in columns.items() if held is not None})


def refused(kind: type[Exception], data: Any, scale: str = "MADRS", **rest: Any) -> str:
    with pytest.raises(kind) as refusal:
        score_grid(data, scale, **rest)
    return str(refusal.value)


def test_a_visit_is_a_row_and_a_subject_a_column():
    grid = score_grid(frame(), "MADRS", by="TRT01P")
    assert grid.visits == ("Day 1", "Day 7")
    np.testing.assert_array_equal(grid.scores, [[20, 28], [10, NAN]])
    np.testing.assert_array_equal(grid.carried_forward(), [[20, 28], [10, 28]])
    np.testing.assert_array_equal(grid.baseline, [40, 30])
    assert np.isnan(grid.hours).all()
    assert grid.subjects.rows() == [("1", "ketamine"), ("2", "placebo")]
    assert grid.population == "subjects with a baseline (no ADSL was given)"
    assert (grid.n, grid.set_aside, grid.from_pandas) == (2, (), False)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_does_not_matter(seed):
    grid = score_grid(frame(), "MADRS", by="TRT01P")
    mixed = score_grid(frame().sample(fraction=1, shuffle=True, seed=seed), "MADRS", by="TRT01P")
    order = mixed.subjects["USUBJID"].arg_sort().to_numpy()
    assert mixed.subjects.sort("USUBJID").equals(grid.subjects)
    np.testing.assert_array_equal(mixed.scores[:, order], grid.scores)
    np.testing.assert_array_equal(mixed.baseline[order], grid.baseline)


def test_a_baseline_is_never_carried_forward():
    late = frame(
        USUBJID=["1", "1", "1", "2", "3"],
        AVISIT=pl.Series([*VISITS, "Baseline", "Day 1"], dtype=pl.Enum(VISITS)),
        AVAL=[40.0, NAN, 10.0, 30.0, 20.0],
        ABLFL=None,
        BASE=[40.0, 40.0, 40.0, 30.0, 30.0],
        AFRLT=[-1.0, 24.0, 168.0, -1.0, 24.0],
    )
    grid = score_grid(late, "MADRS")
    np.testing.assert_array_equal(grid.carried_forward(), [[NAN, NAN, 20], [10, NAN, 20]])


def test_visits_at_or_before_the_baseline_are_no_outcome():
    visits = ["Screening", *VISITS]
    screened = pl.DataFrame(
        {
            "USUBJID": ["1"] * 4 + ["2"] * 3,
            "AVISIT": pl.Series([*visits, "Screening", "Day 1", "Day 7"], dtype=pl.Enum(visits)),
            "AVAL": [44.0, 40.0, 20.0, 10.0, 36.0, 30.0, 12.0],
            "ABLFL": [None, "Y", None, None, "Y", None, None],  # 2 has only a screening
        }
    )
    grid = score_grid(screened, "MADRS")
    assert grid.visits == ("Day 1", "Day 7")
    assert grid.baseline.tolist() == [40, 36]


def test_visits_before_treatment_by_the_clock_are_no_outcome():
    timed = frame(AFRLT=[-24.0, 0.0, 168.0, -24.0, -1.0], ABLFL=["Y", None, None, "Y", None])
    grid = score_grid(timed, "MADRS")
    assert grid.visits == ("Day 7",)
    np.testing.assert_array_equal(grid.hours, [[168, NAN]])


def test_base_beside_the_score_is_a_baseline():
    rows = frame(ABLFL=None, BASE=[40.0, 40.0, 40.0, 30.0, 30.0]).filter(pl.col("AVAL") < 30)
    assert score_grid(rows, "MADRS").baseline.tolist() == [40, 30]
    unscored = rows.with_columns(AVAL=pl.when(pl.col("USUBJID") == "1").then("AVAL"))
    grid = score_grid(unscored, "MADRS")
    assert grid.baseline.tolist() == [40, 30]  # the second has no score, and stays
    assert grid.set_aside == ()


def test_base_helps_where_the_flagged_rows_were_left_out():
    rows = frame(BASE=[40.0, 40.0, 40.0, 30.0, 30.0]).filter(pl.col("AVISIT") != "Baseline")
    assert score_grid(rows, "MADRS").baseline.tolist() == [40, 30]


def test_a_base_that_is_itself_a_row_must_be_flagged():
    rows = frame(ABLFL=None, BASE=[40.0, 40.0, 40.0, 30.0, 30.0])
    assert refused(ContractError, rows) == (
        "At 'Baseline' every MADRS score equals BASE, as if it were the baseline itself. Add "
        'ABLFL: "Y" on baseline rows, empty in the others.'
    )
    timed = rows.with_columns(AFRLT=pl.Series([-1.0, 24.0, 168.0, -1.0, 24.0]))
    assert score_grid(timed, "MADRS").visits == ("Day 1", "Day 7")
    unchanged = rows.with_columns(ABLFL=pl.lit(None, dtype=pl.String))
    assert score_grid(unchanged, "MADRS").visits == tuple(VISITS)  # said to be none


def test_two_baselines_of_a_subject_are_refused():
    text = (
        "A subject can have one MADRS baseline; 1 has several, first subject 1 (40 and 20). "
        'Flag one row with ABLFL = "Y", and let BASE be the same in all rows of the subject.'
    )
    assert refused(ContractError, frame(ABLFL=["Y", "Y", None, "Y", None])) == text
    changing = frame(ABLFL=None, BASE=[40.0, 20.0, 40.0, 30.0, 30.0])
    assert refused(ContractError, changing) == text
    beside = frame(BASE=[40.0, 20.0, 40.0, 30.0, 30.0])
    assert refused(ContractError, beside) == text


def test_a_baseline_after_the_scores_of_others_is_refused():
    late = frame(ABLFL=["Y", None, None, None, "Y"])
    assert refused(ContractError, late) == (
        "MADRS baselines must stand before treatment: that of subject 2 is at 'Day 1', and "
        "subject 1 has a score after its own baseline at 'Day 1', which would count as before "
        "treatment. Correct ABLFL."
    )
    untreated = late.with_columns(AFRLT=pl.Series([-48.0, 0.0, 168.0, -48.0, -24.0]))
    assert score_grid(untreated, "MADRS").visits == ("Day 7",)


def test_one_scale_is_taken_of_several():
    both = pl.concat(
        [
            frame(PARAMCD=["MADRS"] * 5),
            frame(PARAMCD=["HAMA"] * 5, AVAL=[20.0, 9.0, 8.0, 7.0, 6.0]),
        ]
    )
    assert score_grid(both, "MADRS").baseline.tolist() == [40, 30]
    assert score_grid(both, "HAMA").scores[0].tolist() == [9, 6]


def test_small_whole_numbers_do_not_wrap_round():
    grid = score_grid(frame(AVAL=pl.Series([40, 20, 10, 30, 28], dtype=pl.UInt8)), "MADRS")
    assert (grid.scores - grid.baseline)[0].tolist() == [-20, -2]


@pytest.mark.parametrize(
    "visit, more",
    [
        (pl.Series(["10", "9", "2"] * 2, dtype=pl.Enum(["10", "9", "2"])), {}),
        (pd.Categorical(["10", "9", "2"] * 2, ["10", "9", "2"], ordered=True), {}),
        (["10", "9", "2"] * 2, {"AVISITN": [1, 2, 3] * 2}),
        (["10", "9", "2"] * 2, {"AFRLT": [1.0, 24.0, 48.0, 2.0, 25.0, 50.0]}),
        (["10", "9", "2"] * 2, {"AVISITN": [1, None, 3] * 2, "AFRLT": [1.0, 24.0, 48.0] * 2}),
    ],
    ids=["enum", "pandas", "number", "clock", "clock where a number is missing"],
)
def test_visits_stand_in_the_declared_order(visit, more):
    held = {"USUBJID": list("111222"), "AVAL": [30.0, 20.0, 10.0] * 2, "AVISIT": visit, **more}
    data = pd.DataFrame(held) if isinstance(visit, pd.Categorical) else pl.DataFrame(held)
    assert score_grid(data, "MADRS").visits == ("10", "9", "2")


def test_visits_that_are_numbers_have_their_own_order():
    data = {"USUBJID": ["1"] * 3, "AVAL": [3.0, 2.0, 1.0], "AVISIT": [10, 9, 2]}
    assert score_grid(data, "MADRS").visits == ("2", "9", "10")


@pytest.mark.parametrize("more", [{}, {"AVISITN": [1, 1, 2]}, {"AFRLT": [1.0, 1.0, 2.0]}])
def test_visits_without_an_order_are_refused(more):
    data = {"USUBJID": ["1"] * 3, "AVAL": [3.0, 2.0, 1.0], "AVISIT": ["a", "b", "c"], **more}
    text = (
        "The visits have no order: give AVISIT as a polars Enum (pandas: an ordered Categorical) "
        "in the order of the visits, or add AVISITN or AFRLT (hours since the first infusion) "
        "that differs between visits."
    )
    assert refused(ArgumentError, data) == text


def test_two_scores_at_a_visit_are_refused_and_shown():
    second = frame().filter(pl.col("AVISIT") == "Day 1").with_columns(AVAL=pl.lit(26.0))
    twice = pl.concat([frame(), second])
    text = (
        "A subject can have one MADRS score a visit; 4 rows share theirs, first subject 1 at "
        "visit 'Day 1' (20, 26). Keep the right row, or name the second assessment as a visit "
        "of its own."
    )
    assert refused(ContractError, twice) == text
    empty = pl.concat([frame(), frame().slice(1, 1).with_columns(AVAL=pl.lit(None, pl.Float64))])
    for data in (empty, empty.reverse()):  # a row without a score is no second score
        assert np.nansum(score_grid(data, "MADRS").scores) == 58


@pytest.mark.parametrize(
    "changes, text",
    [
        (
            {"AVAL": ["40", "20", "ND", "30", "28"]},
            "AVAL must hold numbers, not String. as_trial reads numbers from text, and names "
            "every code that is none.",
        ),
        (
            {"AVAL": [40.0, float("inf"), 10.0, 30.0, 28.0]},
            "AVAL of MADRS must be finite; 1 rows are not.",
        ),
        (
            {"AVISIT": pl.Series([*VISITS, None, "Day 1"], dtype=pl.Enum(VISITS))},
            "AVISIT must name a visit in every row; 1 rows of MADRS have none.",
        ),
        (
            {"USUBJID": ["1", "1", "1", None, "2"]},
            "USUBJID must not be missing, but 1 rows have none.",
        ),
        (
            {"TRT01P": ["ketamine", "placebo", "ketamine", "placebo", "placebo"]},
            "TRT01P must be the same in all rows of a subject; it is not in 1 (1).",
        ),
    ],
)
def test_what_is_wrong_in_the_data_is_named(changes, text):
    assert refused(ContractError, frame(**changes), by="TRT01P") == text


def test_ids_that_were_read_as_numbers_are_refused():
    message = refused(ContractError, frame(USUBJID=[1.0, 1.0, 1.0, 2.0, 2.0]))
    assert message.startswith("USUBJID must be text or whole numbers, not floating-point numbers.")
    assert score_grid(frame(USUBJID=[1, 1, 1, 2, 2]), "MADRS").n == 2


def test_what_the_caller_must_change_is_named():
    assert refused(ArgumentError, frame(AVISIT=None)) == (
        "data needs the column AVISIT, which the frame does not have; it has USUBJID, TRT01P, "
        "AVAL, ABLFL."
    )
    assert refused(ArgumentError, frame(), by="TRT01A") == (
        "by needs the column TRT01A, which the frame does not have; it has USUBJID, TRT01P, "
        "AVISIT, AVAL, ABLFL. Did you mean TRT01P?"
    )
    assert refused(ArgumentError, frame(PARAMCD=["HAMD17"] * 5)) == (
        "The frame has no scores of 'MADRS'; PARAMCD holds HAMD17."
    )
    assert refused(ArgumentError, frame(), visits="Day 8") == (
        "visits must be a visit after baseline at which MADRS was scored: 'Day 1', 'Day 7'; not "
        "'Day 8'. Did you mean Day 7?"
    )
    assert refused(ArgumentError, frame(), population="safety") == (
        "The safety population needs a trial with ADSL; a bare frame has none."
    )
    assert refused(EstimationError, frame().head(1)) == (
        "MADRS was not scored at any visit after baseline."
    )


def test_by_columns_are_a_tuple_and_keep_off_the_result():
    assert by_columns(None) == ()
    assert by_columns("TRT01P") == ("TRT01P",)
    assert by_columns(["TRT01P", "SEX"]) == ("TRT01P", "SEX")
    with pytest.raises(ArgumentError) as refusal:
        by_columns(["SEX", "SEX"])
    assert str(refusal.value) == "by cannot name the column 'SEX' twice."
    with pytest.raises(ArgumentError) as refusal:
        by_columns("count", ("count", "n"))
    assert str(refusal.value) == (
        "by cannot name the column 'count', which the result uses itself; rename it."
    )


def test_one_visit_may_stand_alone():
    assert chosen_visits(None) is None
    assert chosen_visits("Day 10") == ("Day 10",)
    assert chosen_visits(["Day 1", "Day 10"]) == ("Day 1", "Day 10")


def test_groups_come_in_their_order_with_who_belongs_to_them():
    arms = pl.Series(["ketamine"] * 3 + ["placebo"] * 2, dtype=pl.Enum(["placebo", "ketamine"]))
    grid = score_grid(frame(TRT01P=arms), "MADRS", by="TRT01P")
    found = [(key, mask.tolist()) for key, mask in groups_of(grid, ("TRT01P",))]
    assert found == [
        ({"TRT01P": "placebo"}, [False, True]),
        ({"TRT01P": "ketamine"}, [True, False]),
    ]
    assert [(key, mask.tolist()) for key, mask in groups_of(grid, ())] == [({}, [True, True])]


def test_a_score_outside_the_range_of_a_known_scale_is_refused():
    advice = " Correct the score, or declare what means missing."
    assert refused(ContractError, frame(AVAL=[40.0, -99.0, 10.0, 30.0, -99.0])) == (
        "MADRS must be between 0 and 60, not -99 (subject 1, visit 'Day 1', and 1 more)." + advice
    )
    assert refused(ContractError, frame(AVAL=[40.0, 20.0, 10.0, 30.0, 61.0])) == (
        "MADRS must be between 0 and 60, not 61 (subject 2, visit 'Day 1')." + advice
    )
    base = frame(ABLFL=None, BASE=[999, 999, 999, 30, 30])
    assert refused(ContractError, base) == (
        "BASE of MADRS must be between 0 and 60, not 999 (subject 1, visit 'Baseline', and 2 "
        "more)." + advice
    )
    edges = score_grid(frame(AVAL=[60.0, 0.0, None, 30.0, NAN]), "MADRS")
    assert edges.baseline.tolist() == [60, 30]
    other = score_grid(frame(AVAL=[40.0, -99.0, 10.0, 30.0, 28.0]), "OWN")  # not in the registry
    assert other.scores[0].tolist() == [-99, 28]


def test_declared_visits_without_a_score_are_known():
    planned = ["Screening", *VISITS, "Day 14"]
    at = pl.Series([*VISITS, *VISITS[:2]], dtype=pl.Enum(planned))
    assert score_grid(frame(AVISIT=at), "MADRS").unscored == ("Day 14",)
    rows = frame(AVISIT=at, ABLFL=None, BASE=[40.0, 40.0, 40.0, 30.0, 30.0])
    after = rows.filter(pl.col("AVISIT") != "Baseline")
    assert score_grid(after, "MADRS").unscored == ("Day 14",)  # the baseline visit is none
    assert score_grid(frame(), "MADRS").unscored == ()
    assert refused(ArgumentError, frame(AVISIT=at), visits=["Day 14"]) == (
        "visits must be a visit after baseline at which MADRS was scored: 'Day 1', 'Day 7'; not "
        "'Day 14'. Did you mean Day 1?"
    )


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"by": 3}, "by must be the name of a column or a list of names, not 3."),
        ({"by": ["SEX", 3]}, "by must be the name of a column or a list of names, not ['SEX', 3]."),
        ({"visits": 3}, "visits must be the name of a visit or a list of names, not 3."),
        ({"visits": [3]}, "visits must be the name of a visit or a list of names, not [3]."),
        ({"visits": []}, "visits must name a visit; leave it out for all visits."),
    ],
)
def test_names_are_text(arguments, message):
    assert refused(ArgumentError, frame(), **arguments) == message
