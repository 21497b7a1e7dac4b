"""Kaplan-Meier: R's survfit, hand-worked fractions, and properties that must hold."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.errors import ArgumentError, ContractError
from ketanalysis.survival.kaplan_meier import (
    CONF_TYPES,
    Curve,
    at_risk,
    kaplan_meier,
    quantile,
    steps_at,
    survival_at,
)
from ketanalysis.survival.risk_sets import merge_times
from tests.shared import DATA, ORACLE, reference_value, requires_shared

# Sums of up to 80 rounded terms, then exp and log: a few hundred units in the last place.
RTOL = 1e-10

TABLE = pl.read_csv(ORACLE / "kaplan_meier.csv", infer_schema_length=None)
DATA_SETS = (
    TABLE.filter(pl.col("record") == "data")["dataset"].unique(maintain_order=True).to_list()
)


def rows(dataset: str, record: str, conf_type: str | None = None) -> pl.DataFrame:
    """Rows of the oracle; with a type of interval, those of that type."""
    found = TABLE.filter(pl.col("dataset") == dataset, pl.col("record") == record)
    found = found if conf_type is None else found.filter(pl.col("conf_type") == conf_type)
    assert found.height > 0
    return found


def column(frame: pl.DataFrame, name: str) -> np.ndarray:
    """A column as floats, NaN where R has NA."""
    return frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


def sample(dataset: str) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Time, event and entry of a data set of the oracle."""
    data = rows(dataset, "data")
    entry = None if data["entry"].null_count() else column(data, "entry")
    return column(data, "time"), column(data, "status") == 1, entry


def curve_of(dataset: str, conf_type: str) -> Curve:
    """Our curve of a data set of the oracle."""
    return kaplan_meier(*sample(dataset), conf_type=conf_type)


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("dataset", DATA_SETS)
def test_every_column_is_survfits(dataset: str, conf_type: str) -> None:
    ours, theirs = curve_of(dataset, conf_type), rows(dataset, "curve", conf_type)

    for name in ("n_at_risk", "n_event", "n_censored"):
        assert getattr(ours, name).tolist() == theirs[name].to_list()
    np.testing.assert_array_equal(ours.time, column(theirs, "time"))
    np.testing.assert_allclose(ours.survival, column(theirs, "estimate"), rtol=RTOL)
    for name in ("std_error", "conf_low", "conf_high"):
        # 1e-15: plain limits that are 0 up to rounding.
        np.testing.assert_allclose(
            getattr(ours, name), column(theirs, name), rtol=RTOL, atol=1e-15, err_msg=name
        )


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("dataset", DATA_SETS)
def test_quantiles_are_quantile_survfits(dataset: str, conf_type: str) -> None:
    curve, theirs = curve_of(dataset, conf_type), rows(dataset, "quantile", conf_type)
    is_read_otherwise = dataset == "rising_limit" and conf_type == "log"

    for row in theirs.iter_rows(named=True):
        ours = quantile(curve, row["p"])
        # A midpoint of two given times: exact but for one rounding.
        assert ours.estimate == pytest.approx(reached(row["estimate"]), rel=1e-12)
        if dataset == "all_censored":
            assert np.isnan(ours.conf_low)
            assert np.isnan(ours.conf_high)
        elif not is_read_otherwise:
            assert ours.conf_low == pytest.approx(reached(row["conf_low"]), rel=1e-12)
            assert ours.conf_high == pytest.approx(reached(row["conf_high"]), rel=1e-12)


def reached(time: float | None) -> float:
    """What R writes as NA is not reached: infinite."""
    return float("inf") if time is None else time


def test_a_limit_that_rises_again_is_read_where_r_prints_it() -> None:
    ours = quantile(curve_of("rising_limit", "log"))
    printed = rows("rising_limit", "printed_median", "log").row(0, named=True)
    other = rows("rising_limit", "quantile", "log").filter(pl.col("p") == 0.5)

    assert (ours.estimate, ours.conf_low, ours.conf_high) == (10, 10, 10)
    assert (printed["estimate"], printed["conf_low"], printed["conf_high"]) == (10, 10, 10)
    assert other["conf_high"].item() == 20  # quantile.survfit reads the later, higher step


def test_a_flat_stretch_to_the_end_is_quantile_survfits_not_the_printed_median() -> None:
    assert quantile(curve_of("flat_end", "log-log")).estimate == 3
    assert rows("flat_end", "printed_median", "log-log")["estimate"].item() == 2


@pytest.mark.parametrize("n", range(2, 201, 2))
def test_the_median_is_right_where_survival_is_exactly_one_half(n: int) -> None:
    theirs = rows("even", "median").filter(pl.col("p") == n).row(0, named=True)
    curve = kaplan_meier(np.arange(1, n + 1), np.ones(n, dtype=bool))
    ours = quantile(curve)

    assert ours.estimate == theirs["estimate"] == (n + 1) / 2
    assert (ours.conf_low, ours.conf_high) == (
        reached(theirs["conf_low"]),
        reached(theirs["conf_high"]),
    )
    assert curve.survival[n // 2 - 1] == 0.5  # not 0.5000000000000001


@pytest.mark.parametrize("conf_type", CONF_TYPES)
@pytest.mark.parametrize("dataset", DATA_SETS)
def test_the_curve_is_read_as_summary_survfit_reads_it(dataset: str, conf_type: str) -> None:
    theirs = rows(dataset, "at", conf_type)
    ours = steps_at(curve_of(dataset, conf_type), column(theirs, "time"))

    np.testing.assert_allclose(ours.survival, column(theirs, "estimate"), rtol=RTOL)
    np.testing.assert_allclose(ours.std_error, column(theirs, "std_error"), rtol=RTOL)
    np.testing.assert_allclose(ours.conf_low, column(theirs, "conf_low"), rtol=RTOL, atol=1e-15)
    np.testing.assert_allclose(ours.conf_high, column(theirs, "conf_high"), rtol=RTOL)


@pytest.mark.parametrize("dataset", [d for d in DATA_SETS if not d.startswith("entries")])
def test_numbers_at_risk_are_summary_survfits(dataset: str) -> None:
    theirs = rows(dataset, "at", "log")
    time, _, _ = sample(dataset)
    assert at_risk(time, column(theirs, "time")).tolist() == theirs["n_at_risk"].to_list()


def test_numbers_at_risk_with_late_entry() -> None:
    time, entry = [3, 4, 10, 11, 12], [0, 0, 4, 9, 10]
    #          0: two from the origin; 4: who enters at 4 counts later; 10: likewise
    assert at_risk(time, [0, 3, 4, 5, 9, 10, 11, 12, 13], entry).tolist() == [
        2, 2, 1, 1, 1, 2, 2, 1, 0,
    ]  # fmt: skip


# Worked by hand: (times, events, survival at the distinct times).
HALF = Fraction(1, 2)
BY_HAND = {
    "Freireich's 6-MP arm": (
        [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
        [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
        {
            6: Fraction(18, 21),
            7: Fraction(18, 21) * Fraction(16, 17),
            10: Fraction(18, 21) * Fraction(16, 17) * Fraction(14, 15),
            13: Fraction(18, 21) * Fraction(16, 17) * Fraction(14, 15) * Fraction(11, 12),
            35: Fraction(18 * 16 * 14 * 11 * 10 * 6 * 5, 21 * 17 * 15 * 12 * 11 * 7 * 6),
        },
    ),
    "nobody censored": ([1, 2, 2, 9], [1, 1, 1, 1], {1: Fraction(3, 4), 2: Fraction(1, 4), 9: 0}),
    "censored with the event": ([5, 5, 5, 8], [1, 0, 0, 1], {5: Fraction(3, 4), 8: 0}),
    "event at the origin": ([0, 0, 4, 6], [1, 0, 1, 0], {0: Fraction(3, 4), 4: Fraction(3, 8)}),
    "thirds": (
        [1, 2, 3, 4, 5, 6],
        [0, 1, 0, 1, 0, 1],
        {1: 1, 2: Fraction(4, 5), 4: Fraction(4, 5) * Fraction(2, 3), 6: 0},
    ),
    "seven": (
        [1, 2, 3, 4, 5, 6, 7],
        [1, 0, 1, 0, 1, 0, 0],
        {
            1: Fraction(6, 7),
            3: Fraction(6, 7) * Fraction(4, 5),
            7: Fraction(6, 7) * Fraction(4, 5) * Fraction(2, 3),
        },
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_survival_by_hand(name: str) -> None:
    time, event, survival = BY_HAND[name]
    curve = kaplan_meier(time, np.array(event) == 1)
    for when, share in survival.items():
        # Three or four products of rounded quotients.
        assert survival_at(curve, [when])[0] == pytest.approx(float(share), rel=1e-15, abs=0)


def test_greenwood_by_hand() -> None:
    curve = kaplan_meier([1, 2, 3], np.array([True, False, True]))
    # S = 2/3, variance S^2 * 1/(3 * 2) = 2/27
    assert curve.std_error[0] == pytest.approx((2 / 27) ** 0.5, rel=1e-15)
    assert np.isnan(curve.std_error[2])


def test_limits_where_survival_is_one_or_zero_are_rs_not_lifelines() -> None:
    from lifelines import KaplanMeierFitter

    time, event = [1, 2, 3], np.array([False, True, True])
    ours = kaplan_meier(time, event)
    theirs = KaplanMeierFitter().fit(time, event).confidence_interval_.iloc[1:, 0].to_numpy()
    assert np.isnan(ours.conf_low).tolist() == [True, False, True]
    assert theirs.tolist() == [1.0, pytest.approx(ours.conf_low[1], rel=1e-12), 0.0]


def test_times_that_differ_by_rounding_are_one_time() -> None:
    curve = kaplan_meier([0.1 + 0.2, 0.3, 0.5], [True, True, False])
    assert curve.time.tolist() == [0.3, 0.5]
    assert curve.n_event.tolist() == [2, 0]
    assert survival_at(curve, [0.1 + 0.2, 0.3]).tolist() == [1 / 3, 1 / 3]
    assert survival_at(curve, [0.1 + 0.4]).tolist() == [1 / 3]


def test_merged_times_keep_what_is_apart_whatever_the_unit() -> None:
    apart = np.array([1.0, 1.0 + 1e-6, 2.0])
    for unit in (1.0, 1e-9, 1e9):
        merged, _ = merge_times(apart * unit)
        assert merged.tolist() == (apart * unit).tolist()


def test_nothing_is_said_beyond_the_follow_up() -> None:
    curve = kaplan_meier([2, 4], [True, False])
    assert np.isnan(steps_at(curve, [4.0001])).all()
    assert survival_at(curve, [0, 1.9, 2, 4]).tolist() == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ([-1.0], [True]),
            ContractError,
            "Times must be numbers of 0 or later, none missing or infinite.",
        ),
        (
            ([np.nan], [True]),
            ContractError,
            "Times must be numbers of 0 or later, none missing or infinite.",
        ),
        (
            ([np.inf], [True]),
            ContractError,
            "Times must be numbers of 0 or later, none missing or infinite.",
        ),
        (([1.0], [1]), ArgumentError, "event must be True or False, not int64."),
        (([], []), ArgumentError, "time must hold at least one subject, one number each."),
        (
            ([1.0, 2.0], [True]),
            ArgumentError,
            "time, event and entry must have one value a subject each.",
        ),
        (
            ([5.0], [True], [5.0]),
            ContractError,
            "entry must be before time: who enters later was never at risk.",
        ),
    ],
)
def test_what_is_refused(arguments: tuple, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        kaplan_meier(*arguments)
    assert str(caught.value) == message


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        kaplan_meier([1], [True], conf_type="loglog")
    assert str(caught.value) == (
        "conf_type must be one of 'log-log', 'log', 'plain', not 'loglog'. Did you mean log-log?"
    )
    with pytest.raises(ArgumentError) as caught:
        quantile(kaplan_meier([1], [True]), 50)
    assert str(caught.value) == "p must be between 0 and 1 (0.5 is the median), not 50."


subjects = st.lists(
    st.tuples(st.integers(0, 30), st.booleans(), st.integers(0, 4)), min_size=1, max_size=40
)


def arrays(people: list[tuple[int, bool, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time, event and entry: entry 0, or a little before the time."""
    time = np.array([t for t, _, _ in people], dtype=float)
    event = np.array([e for _, e, _ in people])
    entry = np.array([max(t - back, 0) if back else 0 for t, _, back in people], dtype=float)
    return time, event, entry


def same(one: Curve, other: Curve, *, time: float = 1.0) -> None:
    """Hold two curves against each other bit by bit, their times up to a unit."""
    np.testing.assert_allclose(one.time * time, other.time, rtol=1e-14)
    for name in ("n_at_risk", "n_event", "survival", "std_error", "conf_low", "conf_high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@settings(max_examples=60, deadline=None)
@given(people=subjects, seed=st.integers(0, 1000))
def test_the_order_of_subjects_does_not_matter(people: list, seed: int) -> None:
    time, event, entry = arrays(people)
    order = np.random.default_rng(seed).permutation(len(people))
    same(kaplan_meier(time, event, entry), kaplan_meier(time[order], event[order], entry[order]))


@settings(max_examples=60, deadline=None)
@given(people=subjects, unit=st.sampled_from([1 / 7, 1 / 30.4375, 24.0, 1e-6, 3.7]))
def test_the_unit_of_time_does_not_matter(people: list, unit: float) -> None:
    time, event, entry = arrays(people)
    days, others = kaplan_meier(time, event, entry), kaplan_meier(time * unit, event, entry * unit)
    same(days, others, time=unit)
    assert quantile(others).estimate == pytest.approx(quantile(days).estimate * unit, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_doubling_the_subjects_keeps_the_survival(people: list) -> None:
    time, event, entry = arrays(people)
    once = kaplan_meier(time, event, entry)
    twice = kaplan_meier(np.tile(time, 2), np.tile(event, 2), np.tile(entry, 2))
    # Quotients of doubled integers are the same floats.
    np.testing.assert_array_equal(once.survival, twice.survival)
    # The variance is Greenwood's sum with twice the numbers: half.
    np.testing.assert_allclose(once.std_error, twice.std_error * 2**0.5, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_a_count_is_the_same_with_and_without_sorting(people: list) -> None:
    time, event, entry = arrays(people)
    # Halves of days are not whole numbers: they take the sorted path.
    same(kaplan_meier(time, event, entry), kaplan_meier(time / 2, event, entry / 2), time=0.5)


@settings(max_examples=60, deadline=None)
@given(people=subjects)
def test_survival_falls_and_its_interval_holds_it(people: list) -> None:
    time, event, _ = arrays(people)
    for conf_type in CONF_TYPES:
        curve = kaplan_meier(time, event, conf_type=conf_type)
        assert np.all(np.diff(curve.survival) <= 0)
        known = ~np.isnan(curve.conf_low)
        assert np.all(curve.conf_low[known] <= curve.survival[known])
        assert np.all(curve.survival[known] <= curve.conf_high[known])


@requires_shared
@pytest.mark.parametrize(
    ("dataset", "name", "time", "status", "event", "group"),
    [
        ("lung", "km_by_sex", "time", "status", 2, "sex"),
        ("veteran", "km_by_trt", "time", "status", 1, "trt"),
        ("ovarian", "km_by_rx", "futime", "fustat", 1, "rx"),
    ],
)
@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_the_classics(
    dataset: str, name: str, time: str, status: str, event: int, group: str, conf_type: str
) -> None:
    frame = pl.read_csv(DATA / f"{dataset}.csv")
    expected = reference_value(dataset, name)[f"conf_{conf_type}"]
    for place, code in enumerate((1, 2)):
        part = frame.filter(pl.col(group) == code)
        curve = kaplan_meier(
            part[time].to_numpy(), (part[status] == event).to_numpy(), conf_type=conf_type
        )
        for column_place, p in enumerate((0.25, 0.5, 0.75)):
            ours = quantile(curve, p)
            pairs = zip(ours, ("quantile", "lower", "upper"), strict=True)
            for value, which in pairs:
                theirs = expected["quantiles"][which]["values"][place][column_place]
                assert value == reached(theirs)
        for row in (r for r in expected["at_times"] if r["strata"] == f"g={code}"):
            steps = steps_at(curve, [row["time"]])
            # The file prints 15 digits.
            theirs = [row["surv"], row["std.err"], row["lower"], row["upper"]]
            assert [float(s[0]) for s in steps] == pytest.approx(theirs, rel=1e-12)
            assert at_risk(part[time].to_numpy(), [row["time"]])[0] == row["n.risk"]
