"""Response by infusion and infusions until response: R on three trials, by hand, refusals."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from ketanalysis.durability.by_infusion import InfusionsResult, estimate_response_by_infusion
from ketanalysis.durability.until_response import estimate_infusions_to_response
from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from tests.durability.infusion_data import (
    HALF,
    PLANS,
    RULES,
    TRIALS,
    close,
    ketamine,
    oracle,
    trial_of,
)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", TRIALS)
def test_counts_are_those_of_r(name: str, plan: str, rule: str) -> None:
    theirs = {
        (row["arm"], row["record"], row["missing"], int(row["at"])): (
            int(row["count"]),
            int(row["n"]),
        )
        for row in oracle("infusions")
        if (row["trial"], row["plan"], row["rule"]) == (name, plan, rule)
        and row["record"] in ("received", "began")
    }
    ours = {}
    for missing in ("observed", "nri"):
        result = estimate_response_by_infusion(
            trial_of(name), "MADRS", RULES[rule], "TRT01P", missing=missing, **PLANS[plan]
        )
        for row in result.table.iter_rows(named=True):
            key = (row["TRT01P"], row["denominator"], row["missing"], row["infusion"])
            ours[key] = (row["count"], row["n"])
        sizes = result.audit.group_by("TRT01P", "infusion", "denominator").agg(
            pl.col("count").sum()
        )
        arms = trial_of(name).adsl.group_by("TRT01P").len()
        both = sizes.join(arms, on="TRT01P")
        assert (both["count"] == both["len"]).all()  # everybody once a denominator
        counted = result.audit.filter(pl.col("status") == "included")
        included = counted.group_by("TRT01P", "infusion", "denominator").agg(pl.col("count").sum())
        keys = ["TRT01P", "infusion", "denominator"]
        beside = result.table.join(included, on=keys, how="left", suffix="_audit").fill_null(0)
        assert (beside["n"] == beside["count_audit"]).all()
    assert ours == theirs


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", TRIALS)
def test_infusions_until_response_are_those_of_r(name: str, plan: str, rule: str) -> None:
    result = estimate_infusions_to_response(
        trial_of(name), "MADRS", RULES[rule], "TRT01P", **PLANS[plan]
    )
    chosen = [
        row
        for row in oracle("infusions")
        if (row["trial"], row["plan"], row["rule"]) == (name, plan, rule)
    ]
    medians = {row["TRT01P"]: row for row in result.medians.iter_rows(named=True)}
    curves = {(row["TRT01P"], row["time"]): row for row in result.table.iter_rows(named=True)}
    n_steps = 0
    for row in chosen:
        if row["record"] == "median":
            ours = medians[row["arm"]]
            assert (ours["n"], ours["n_event"]) == (int(row["n"]), int(row["count"]))
            assert close(ours["median"], row["estimate"])
            assert close(ours["conf_low"], row["conf_low"])
            assert close(ours["conf_high"], row["conf_high"])
        if row["record"] == "curve":
            n_steps += 1
            ours = curves[row["arm"], float(row["at"])]
            assert ours["n_event"] == int(row["count"])
            if float(row["at"]) > 0:  # at 0 ours is the start of the curve, before who left at 0
                assert ours["n_at_risk"] == int(row["n_at_risk"])
                assert close(ours["survival"], row["estimate"])
                assert close(ours["conf_low"], row["conf_low"])
                assert close(ours["conf_high"], row["conf_high"])
    assert n_steps >= 4


# --- by hand ------------------------------------------------------------------------------------


def numbered(rows: list[tuple[Any, ...]], **more: Any) -> pl.DataFrame:
    """Rows of subject, infusion, score; infusion None is the baseline."""
    schema = {"USUBJID": pl.String, "INF": pl.Int64, "AVAL": pl.Float64}
    data = pl.DataFrame(rows, schema=schema, orient="row")
    flag = pl.when(pl.col("INF").is_null()).then(pl.lit("Y")).alias("ABLFL")
    return data.with_columns(flag, **more)


def course(subject: str, *scores: float | None) -> list[tuple[Any, ...]]:
    return [(subject, i or None, score) for i, score in enumerate(scores)]


SMALL = [
    *course("a", 40, 20, 10),
    *course("b", 40, 30, None),
    *course("c", 40, 30),
    *course("d", 40),
    *course("e", 0, 0),
]


def by_infusion(data: Any, rule: Any = HALF, **changes: Any) -> InfusionsResult:
    options: dict[str, Any] = {"infusion": "INF", "missing": "observed"}
    return estimate_response_by_infusion(data, "MADRS", rule, **options | changes)


def test_both_denominators_by_hand() -> None:
    result = by_infusion(numbered(SMALL))
    assert result.table.select("infusion", "denominator", "count", "n").rows() == [
        (1, "received", 1, 3),
        (1, "began", 1, 4),
        (2, "received", 1, 1),
        (2, "began", 1, 4),
    ]
    rows = result.audit.filter(pl.col("infusion") == 2)
    assert rows.select("denominator", "status", "reason", "count").rows() == [
        ("received", "included", "scored after the infusion", 1),
        ("received", "excluded", "received the infusion, no score after it", 1),
        ("received", "excluded", "did not receive the infusion", 1),
        ("received", "excluded", "baseline of 0 or less, which has no share", 1),
        ("received", "excluded", "no infusion", 1),
        ("began", "included", "scored after the infusion", 1),
        (
            "began",
            "included",
            "received the infusion, no score after it: counted as failure",
            1,
        ),
        ("began", "included", "did not receive the infusion: counted as failure", 1),
        (
            "began",
            "included",
            "baseline of 0 or less, which has no share: counted as failure",
            1,
        ),
        ("began", "excluded", "no infusion", 1),
    ]
    assert "Of all who began, so many received infusion 2: 2 of 4." in result.notes
    failing = by_infusion(numbered(SMALL), missing="nri")
    assert failing.table.filter(pl.col("denominator") == "received")["n"].to_list() == [4, 2]


def test_the_note_says_why_many_infusions_is_not_all() -> None:
    (said,) = [n for n in by_infusion(numbered(SMALL)).notes if n.startswith("Who receives many")]
    assert said == (
        "Who receives many infusions is selected: without effect or with side effects people "
        "stop, so the share of those who received the infusion can rise though nobody improves. "
        "Oliver 2022 (doi:10.4088/JCP.21m14336) gives 50 % response and 20 % remission within 6 "
        "weeks, and 72 % and 38 % after 10 infusions: the latter can only be of those who went on "
        "to 10, not of all who began."
    )


def test_24_of_31_went_on_to_six_infusions() -> None:
    """Nobody changes after the first infusion; the share rises because others stop."""
    stays = [course(f"s{i}", 40, *[15 if i < 17 else 30] * 6) for i in range(24)]
    leaves = [course(f"l{i}", 40, 30) for i in range(7)]
    data = numbered([row for subject in [*stays, *leaves] for row in subject])
    result = by_infusion(data)
    shares = {
        (row["infusion"], row["denominator"]): (row["count"], row["n"])
        for row in result.table.iter_rows(named=True)
    }
    assert shares[1, "received"] == shares[1, "began"] == (17, 31)
    assert shares[6, "received"] == (17, 24)
    assert shares[6, "began"] == (17, 31)
    assert result.text().startswith(
        "Response on MADRS after infusion 6: All 17/24 (71 %; 95 % CI 51 to 85) of those who "
        "received it, 17/31 (55 %; 95 % CI 38 to 71) of all who began."
    )
    assert result.inline("began", infusion=6, style="jama") == "17 of 31 (55% [95% CI, 38%-71%])"


def test_the_number_received_can_be_declared() -> None:
    data = numbered(SMALL, N=pl.Series([3] * 3 + [2] * 3 + [1] * 2 + [0] + [1] * 2))
    result = by_infusion(data, received="N", missing="nri")
    assert result.table.filter(pl.col("infusion") == 1)["n"].to_list() == [4, 4]
    assert result.notes[1].endswith("Infusions received: N.")
    with pytest.raises(ContractError) as refused:
        by_infusion(data.with_columns(N=pl.lit(1)), received="N")
    assert str(refused.value) == (
        "A score cannot belong to an infusion that was not received: N is below 2 in 1 subjects "
        "scored after it (a)."
    )
    with pytest.raises(ContractError) as refused:
        by_infusion(data.with_columns(N=pl.int_range(pl.len())), received="N")
    assert str(refused.value) == (
        "N must be one number of infusions in all rows of a subject; it is not in 4 (a, b, c and "
        "1 more)."
    )


def test_until_response_by_hand() -> None:
    data = numbered([*course("a", 40, 30, 20, 40), *course("b", 40, None, 30), *course("c", 40)])
    result = estimate_infusions_to_response(data, "MADRS", HALF, infusion="INF")
    assert result.tte.select("USUBJID", "AVAL", "CNSR", "entered", "reason").rows() == [
        ("a", 2.0, 0, True, "first response"),
        ("b", 2.0, 1, True, "last infusion with a score"),
        ("c", None, None, False, "no infusion"),
    ]
    assert result.medians.select("n", "n_event", "median").row(0) == (2, 1, 2.0)
    assert result.time_unit == "infusions"
    assert "Median, infusions" in result.summary()
    assert "1 events in 2 subjects, median 2.0 (95 % CI 2.0 to NR) infusions." in result.text()
    assert result.plot().axes[0].get_xlabel() == "Number of infusions"
    unseen = estimate_infusions_to_response(
        numbered([*course("a", 40, 20), *course("b", 40, None)]), "MADRS", HALF, infusion="INF"
    )
    assert unseen.tte["reason"].to_list() == ["first response", "no score after an infusion"]
    assert unseen.tte["AVAL"].to_list() == [1.0, 0.0]


def test_pandas_in_is_pandas_out_and_order_does_not_matter() -> None:
    data = numbered(SMALL)
    shuffled = by_infusion(data.sample(fraction=1, shuffle=True, seed=4))
    assert shuffled.table.equals(by_infusion(data).table)
    assert isinstance(by_infusion(data.to_pandas()).tidy(), pd.DataFrame)
    until = estimate_infusions_to_response(data.to_pandas(), "MADRS", HALF, infusion="INF")
    assert isinstance(until.tidy(), pd.DataFrame)


def example(**changes: Any) -> Any:
    options: dict[str, Any] = {"within": (0, 96), "take": "last", "missing": "nri"}
    trial = changes.pop("trial", ketamine())
    rule = changes.pop("rule", HALF)
    return estimate_response_by_infusion(trial, "MADRS", rule, **options | changes)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"rule": 0.5}, "rule must be a Response or a Remission, not 0.5."),
    (
        {"within": None},
        "within= must say when the score of an infusion is taken, as (least, most) hours after "
        "its start, such as (20, 28); not None. A score after the start of the next infusion "
        "belongs to that one in any case.",
    ),
    (
        {"within": (28, 20)},
        "within must be (least, most) hours, 0 or more and rising; not (28, 20).",
    ),
    ({"within": ("0", 20)}, "within must be a finite number, not '0'."),
    (
        {"take": None},
        'take= must say which score counts where an infusion has several: "first" or "last".',
    ),
    ({"take": "best"}, "take must be one of 'first', 'last', not 'best'."),
    (
        {"infusion": "EXSEQ"},
        "infusion= and received= are columns of a bare frame; a trial has its infusions in ADEX. "
        "Write within= and take= instead.",
    ),
    (
        {"missing": "locf"},
        'missing must be "observed" or "nri" for those who received the infusion, not \'locf\': a '
        "score carried forward would be of an earlier infusion, and all who began are shown "
        "beside them anyway.",
    ),
    (
        {"trial": ketamine().with_(adex=None)},
        "Response by infusion needs ADEX: give the infusions in as_trial(..., infusions=...).",
    ),
    (
        {"by": "infusion"},
        "by cannot name the column 'infusion', which the result uses itself; rename it.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=range(len(REFUSED)))
def test_what_the_caller_must_change_is_named(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        example(**changes)
    assert str(refusal.value) == text


def test_data_that_do_not_fit_are_named() -> None:
    trial = ketamine()
    with pytest.raises(EstimationError) as nobody:
        example(within=(0, 0.1))
    assert str(nobody.value) == "Nobody has a MADRS score that belongs to an infusion."
    adex = trial.adex
    assert adex is not None
    with pytest.raises(ContractError) as unknown:
        example(trial=trial.with_(adex=adex.with_columns(AFRLT=pl.lit(None, dtype=pl.Float64))))
    assert str(unknown.value) == (
        "ADEX.AFRLT must be known to say which score belongs to which infusion; rows without it: "
        "539.\n  Subjects KET-001, KET-002, KET-003 and 93 more.\n  Fill it in, or remove what "
        "did not take place."
    )
    with pytest.raises(ArgumentError) as bare:
        by_infusion(numbered(SMALL), infusion=None)
    assert str(bare.value) == (
        "A bare frame needs infusion=: the column that numbers the infusion to which each score "
        "belongs (1 is the first); within= and take= are for a trial with ADEX."
    )
    with pytest.raises(ArgumentError) as column:
        by_infusion(numbered(SMALL), infusion="INFN")
    assert str(column.value) == (
        "infusion must be a column of the frame: USUBJID, INF, AVAL, ABLFL; not 'INFN'. Did you "
        "mean INF?"
    )
    with pytest.raises(ContractError) as none:
        by_infusion(numbered(SMALL).drop("ABLFL").with_columns(BASE=pl.lit(40.0)))
    assert str(none.value).startswith(
        "INF must number the infusion of every score after baseline (1 is the first); 5 rows have "
        "none, first subject a."
    )
    with pytest.raises(
        ContractError, match=r"^INF must number the infusions \(1, 2, \.\.\.\), not"
    ):
        by_infusion(numbered(SMALL).with_columns(INF=pl.col("INF").cast(pl.String)))


def test_curves_are_not_restricted_to_completers() -> None:
    with pytest.raises(ArgumentError, match=r"^Infusions to response cannot be restricted to"):
        estimate_infusions_to_response(
            ketamine(),
            "MADRS",
            HALF,
            within=(0, 96),
            take="last",
            population="completers",
        )
