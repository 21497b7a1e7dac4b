"""Events without an answer: each table says why, and gives no number by accident."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.errors import EstimationError
from ketanalysis.trial import Trial
from tests.by_accident import accidents

ARMS = ("placebo", "drug")
S = [f"S{i}" for i in range(6)]  # three on placebo, then three on the drug
ALL = tuple((s, k) for s in S for k in (1, 2))
NO_SPREAD = "not estimable: the subjects do not differ, so that no variance is left"


def trial(
    had: tuple[tuple[str, int], ...],
    sizes: tuple[int, int] = (3, 3),
    infusions: int = 2,
    exposed: str = "YYYYYY",
) -> Trial:
    """Return a trial in which these subjects had anxiety at these infusions, 48 hours apart."""
    ids = [f"S{i}" for i in range(sum(sizes))]
    arms = [arm for arm, n in zip(ARMS, sizes, strict=True) for _ in range(n)]
    rows = [(s, "Anxiety", 48.0 * (k - 1) + 0.5, k, "checklist") for s, k in had]
    given = [(s, k, 48.0 * (k - 1)) for s in ids for k in range(1, infusions + 1)]
    events = {"USUBJID": pl.String, "AEDECOD": pl.String, "AFRLT": pl.Float64}
    events |= {"EXSEQ": pl.Int64, "AEASCERT": pl.String}
    numbers = {"USUBJID": pl.String, "EXSEQ": pl.Int64, "AFRLT": pl.Float64}
    arm = pl.Series(arms, dtype=pl.Enum(ARMS))
    subjects = {"USUBJID": ids, "TRT01P": arm, "SAFFL": list(exposed[: len(ids)])}
    return Trial(
        adsl=pl.DataFrame(subjects),
        adqs=pl.DataFrame({"USUBJID": ids[:1], "PARAMCD": ["MADRS"]}),
        adex=pl.DataFrame(given, schema=numbers, orient="row"),
        adae=pl.DataFrame(rows, schema=events, orient="row"),
        arms=ARMS,
    )


TRIALS: dict[str, Trial] = {
    "no event": trial(()),
    "one event": trial((("S0", 1),)),
    "one subject an arm": trial((("S0", 1),), (1, 1)),
    "one event in each of two": trial((("S0", 1), ("S1", 2)), (1, 1)),
    "everybody at every infusion": trial(ALL),
    "everybody at the first": trial(tuple((s, 1) for s in S)),
    "everybody at one of two": trial(tuple((s, 1 + i % 2) for i, s in enumerate(S))),
    "one infusion": trial((("S0", 1), ("S4", 1)), infusions=1),
    "one infusion, everybody": trial(tuple((s, 1) for s in S), infusions=1),
    "one arm at every infusion": trial(ALL[:6]),
    "the other arm at every infusion": trial(ALL[6:]),
    "only at the second": trial(tuple((s, 2) for s in ("S0", "S1", "S3", "S4"))),
    "the same subjects at both": trial((("S0", 1), ("S0", 2), ("S4", 1), ("S4", 2))),
    "no drug": trial((("S0", 1),), (3, 0)),
    "no placebo": trial((("S0", 1),), (0, 3)),
    "one arm not exposed": trial((("S0", 1),), exposed="YYYNNN"),
}
CALLS: dict[str, Any] = {
    "shares": ka.estimate_adverse_events,
    **{
        f"infusions, {correlation}, {variance}": lambda t, by, c=correlation, v=variance: (
            ka.estimate_adverse_events_by_infusion(t, by, correlation=c, variance=v)
        )
        for correlation in ("independence", "exchangeable")
        for variance in ("sandwich", "mancl-derouen")
    },
    **{
        f"rates, {per}, {count}": lambda t, by, p=per, c=count: ka.estimate_adverse_event_rates(
            t, by, per=p, count=c, follow_up="last infusion"
        )
        for per in ("infusion", "patient-week")
        for count in ("first", "all")
    },
}


@pytest.mark.parametrize("by", [None, "TRT01P"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", TRIALS)
def test_no_number_by_accident_and_every_gap_with_its_reason(name, call, by):
    assert accidents(CALLS[call](TRIALS[name], by)) == []


@pytest.mark.parametrize("call", CALLS)
def test_nobody_exposed_is_refused(call):
    with pytest.raises(EstimationError) as refusal:
        CALLS[call](trial((("S0", 1),), exposed="NNNNNN"), "TRT01P")
    assert str(refusal.value) == (
        "Nobody was exposed (safety population (SAFFL = Y)), so no share can be estimated."
    )


@pytest.mark.parametrize("name", ["everybody at the first", "everybody at one of two"])
def test_subjects_who_do_not_differ_leave_no_variance(name):
    """Each had it at one of two infusions: the sandwich of no spread between them is 0."""
    found = ka.estimate_adverse_events_by_infusion(TRIALS[name], "TRT01P")
    rows = found.table.filter(infusion="all").to_dicts()
    assert [(r["estimate"], r["std_error"], r["note"]) for r in rows] == [
        (0.5, None, NO_SPREAD)
    ] * 4
    compared = found.contrasts.filter(contrast="drug - placebo")
    assert compared["note"].to_list() == [NO_SPREAD] * 4
    assert compared["p_value"].null_count() == compared["estimate"].null_count() == 4


def test_the_same_at_both_infusions_is_no_trend():
    found = ka.estimate_adverse_events_by_infusion(TRIALS["the same subjects at both"])
    trends = found.contrasts.filter(contrast="next infusion")
    assert trends.select("p_value", "note").unique().rows() == [(None, NO_SPREAD)]


def test_a_ratio_over_no_event_is_endless_and_says_so():
    only_drug = trial((("S4", 1), ("S5", 2)))
    rates = ka.estimate_adverse_event_rates(only_drug, "TRT01P", per="infusion", count="all")
    assert rates.contrasts["estimate"].to_list() == [float("inf")] * 2
    assert set(rates.contrasts["note"]) == {"The interval has no upper end: no event in placebo."}
    shares = ka.estimate_adverse_events(only_drug, "TRT01P").contrasts
    notes = shares.filter(measure="risk ratio")["note"].to_list()
    said = "The interval has no upper end: no subject with the outcome in placebo."
    assert notes == [said] * 2
    none = ka.estimate_adverse_event_rates(
        TRIALS["no event"], "TRT01P", per="infusion", count="all"
    )
    assert none.contrasts.select("estimate", "p_value", "note").rows() == [
        (None, None, "not estimable: no event in either group, or no exposure")
    ]
