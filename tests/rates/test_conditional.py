"""A later outcome given an earlier one: R, two papers by hand, and every refusal."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.rates.conditional import ConditionalResult, estimate_conditional_response
from tests.rates.test_response import ARMS, oracle, trial_of

HALF, TWELVE = Response(at_least=0.5), Remission(at_most=12)
RULES: dict[str, tuple[Any, Any]] = {
    "half_given_fifth": (HALF, Response(at_least=0.2)),
    "remission_given_half": (TWELVE, HALF),
}


def close(theirs: str) -> Any:
    """R's qbeta stops at a relative 1e-10 or so in the tails; Wald's interval is closed."""
    return None if theirs == "" else pytest.approx(float(theirs), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ARMS)
def test_every_measure_is_that_of_r(name: str, rule: str) -> None:
    later, earlier = RULES[rule]
    result = estimate_conditional_response(
        trial_of(name),
        "MADRS",
        later,
        "TRT01P",
        at="4",
        given=earlier,
        given_at="1",
        missing=["observed", "locf", "nri"],
        difference="wald",
    )
    theirs = {
        (row["arm"], row["missing"], row["measure"]): row
        for row in oracle("conditional")
        if (row["trial"], row["rule"]) == (name, rule)
    }
    seen = 0
    for ours in result.table.iter_rows(named=True):
        row = theirs.get((ours["TRT01P"], ours["missing"], ours["measure"]))
        if row is None:  # R has no difference where a row of the table is empty
            assert (ours["measure"], ours["estimate"]) == ("risk difference", None)
            assert "body" in ours["note"]
            continue
        seen += 1
        if row["n"]:
            assert (ours["count"], ours["n"]) == (int(row["count"]), int(row["n"]))
        assert ours["estimate"] == close(row["estimate"])
        assert (ours["conf_low"], ours["conf_high"]) == (
            close(row["conf_low"]),
            close(row["conf_high"]),
        )
    assert seen == len(theirs)


def frame(table: dict[tuple[bool, bool], int], **more: Any) -> pl.DataFrame:
    """Subjects by (earlier, later) outcome: baseline 40, then 10 points where it was met."""
    rows = []
    for (early, late), n in table.items():
        for i in range(n):
            subject = f"{early}{late}{i}"
            rows.append((subject, "0", 40.0, "Y"))
            rows.append((subject, "first", 10.0 if early else 30.0, None))
            rows.append((subject, "end", 9.0 if late else 30.0, None))
    data = pl.DataFrame(rows, schema=["USUBJID", "AVISIT", "AVAL", "ABLFL"], orient="row")
    return data.with_columns(pl.col("AVISIT").cast(pl.Enum(["0", "first", "end"])), **more)


def found(data: Any, rule: Any = TWELVE, **changes: Any) -> ConditionalResult:
    options: dict[str, Any] = {"at": "end", "given": HALF, "given_at": "first"}
    return estimate_conditional_response(
        data, "MADRS", rule, **options | {"missing": "observed"} | changes
    )


def row(result: ConditionalResult, measure: str) -> dict[str, Any]:
    return result.table.row(by_predicate=pl.col("measure") == measure, named=True)


# Parikh 2024: 22 of 33 responders to the first infusion and 16 of 40 others remitted.
PARIKH = {(True, True): 22, (True, False): 11, (False, True): 16, (False, False): 24}
# Murrough 2013: 4-hour response in 16 of 17 responders and in 2 of 7 others.
MURROUGH = {(True, True): 16, (True, False): 2, (False, True): 1, (False, False): 5}


def test_remission_by_response_to_the_first_infusion() -> None:
    result = found(frame(PARIKH), Remission(below=10))
    assert result.cells.rows() == [
        ("observed", "given", 22, 33),
        ("observed", "not given", 16, 40),
    ]
    assert row(result, "risk difference")["estimate"] == pytest.approx(22 / 33 - 16 / 40)
    assert result.inline("given", style="apa") == "22/33 (67%, 95% CI [48%, 82%])"
    assert result.text().startswith(
        "Remission at end (observed). All: 22/33 (67 %; 95 % CI 48 to 82) of those with response "
        "at first, 16/40 (40 %; 95 % CI 25 to 57) of those without it, difference 27 percentage "
        "points (95 % CI 4 to 47; Miettinen-Nurminen; p = 0.024); sensitivity 22/38 (58 %; "
    )


def test_sensitivity_and_specificity_of_a_paper() -> None:
    """Murrough 2013 prints 94 % and 71 %; the exact intervals are 71 to 100 and 29 to 96."""
    result = found(frame(MURROUGH), HALF)
    sensitivity, specificity = row(result, "sensitivity"), row(result, "specificity")
    assert (sensitivity["count"], sensitivity["n"]) == (16, 17)
    assert (specificity["count"], specificity["n"]) == (5, 7)
    shown = [
        round(100 * measure[column])
        for measure in (sensitivity, specificity)
        for column in ("estimate", "conf_low", "conf_high")
    ]
    assert shown == [94, 71, 100, 71, 29, 96]
    assert row(result, "positive predictive value")["n"] == 18
    assert row(result, "negative predictive value")["n"] == 6


def test_the_shared_baseline_is_named_where_there_is_one() -> None:
    both, one = found(frame(PARIKH), HALF), found(frame(PARIKH), TWELVE)
    coupled = [note for note in both.notes if "mathematical coupling" in note]
    assert len(coupled) == 1
    assert not any("mathematical coupling" in note for note in one.notes)
    for result in (both, one):
        assert any(note.startswith("This is an association in one sample") for note in result.notes)
    assert found(frame(PARIKH), missing="locf").warnings == (
        "Under locf an early score that was carried forward is its own later outcome: the two "
        "agree by construction.",
    )


def test_nobody_with_the_earlier_outcome_is_no_number() -> None:
    result = found(frame({(False, True): 3, (False, False): 4}))
    empty = row(result, "given")
    assert (empty["n"], empty["estimate"], empty["conf_low"]) == (0, None, None)
    assert empty["note"] == "no subjects"
    apart = row(result, "risk difference")
    assert (apart["estimate"], apart["p_value"]) == (None, None)
    assert apart["note"] == "nobody had the earlier outcome"
    assert "0/0" in result.summary()
    assert "NE" in result.summary()


def test_missing_scores_are_counted_by_reason() -> None:
    data = (
        frame(PARIKH)
        .with_columns(
            AVAL=pl.when(
                pl.col("USUBJID").is_in(["TrueTrue0", "FalseFalse1"]) & (pl.col("AVISIT") == "end")
            )
            .then(None)
            .when((pl.col("USUBJID") == "TrueFalse0") & (pl.col("AVISIT") == "first"))
            .then(None)
            .otherwise("AVAL")
        )
        .filter(~((pl.col("USUBJID") == "FalseTrue0") & (pl.col("AVISIT") != "0")))
    )
    result = found(data, missing=["observed", "nri"])
    assert result.cells.select("count", "n").rows() == [(21, 31), (15, 38), (21, 32), (15, 41)]
    assert result.audit.select("missing", "status", "reason", "count").rows() == [
        ("observed", "included", "scored at both visits", 69),
        ("observed", "excluded", "no score at the earlier visit", 1),
        ("observed", "excluded", "no score at the later visit", 2),
        ("observed", "excluded", "no score at both visits", 1),
        ("nri", "included", "scored at both visits", 69),
        ("nri", "included", "no score at the earlier visit: counted as failure", 1),
        ("nri", "included", "no score at the later visit: counted as failure", 2),
        ("nri", "included", "no score at both visits: counted as failure", 1),
    ]


def test_arms_are_not_pooled_without_a_reason() -> None:
    trial = ka.load_example("ketamine")
    options: dict[str, Any] = {"at": "Day 14", "given": HALF, "given_at": "24 h"}
    with pytest.raises(ArgumentError) as refused:
        estimate_conditional_response(trial, "MADRS", HALF, missing="nri", **options)
    assert str(refused.value) == (
        "The trial has midazolam, ketamine in several arms, and treatment raises both outcomes: "
        'pooled they are associated through the arms alone. Write by="TRT01P", or allow="REASON" '
        "to pool them."
    )
    result = estimate_conditional_response(
        trial, "MADRS", HALF, missing="nri", allow="both arms were open", **options
    )
    assert result.notes[-1] == "Arms are pooled: both arms were open."
    assert result.cells["n"].sum() == 96
    arm = pl.Series(["a"] * 60 + ["b"] * 159)
    with pytest.raises(ArgumentError, match=r"^The trial has a, b in several arms"):
        found(frame(PARIKH, TRT01P=arm))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"rule": 0.5}, "rule must be a Response, a Remission or a MeaningfulChange, not 0.5."),
    (
        {"given": None},
        "given= must be the earlier outcome, such as Response(at_least=0.2), not None.",
    ),
    ({"at": None}, "at= must name the visit of the later outcome, not None."),
    ({"given_at": ""}, "given_at= must name the visit of the earlier outcome, not ''."),
    (
        {"given_at": "end"},
        "given_at must be a visit before at: 'end' is not before 'end'.",
    ),
    (
        {"given_at": "frist"},
        "given_at must be a visit after baseline at which MADRS was scored: 'first', 'end'; not "
        "'frist'. Did you mean first?",
    ),
    ({"allow": " "}, "allow= must give the reason in words, not ' '."),
    (
        {"difference": "mn"},
        "difference must be one of 'miettinen-nurminen', 'mee', 'newcombe', 'wald', not 'mn'.",
    ),
]


@pytest.mark.parametrize("changes, text", REFUSED, ids=[str(changes) for changes, _ in REFUSED])
def test_what_the_caller_must_change_is_named(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        found(frame(PARIKH), **changes)
    assert str(refusal.value) == text


def test_pandas_in_is_pandas_out_and_order_does_not_matter() -> None:
    data = frame(PARIKH)
    shuffled = found(data.sample(fraction=1, shuffle=True, seed=3))
    assert shuffled.table.equals(found(data).table)
    given = data.with_columns(AVISIT=pl.col("AVISIT").cast(pl.String)).to_pandas()
    given["AVISIT"] = (
        given["AVISIT"].astype("category").cat.set_categories(["0", "first", "end"], ordered=True)
    )
    tidy = found(given).tidy()
    assert type(tidy).__module__.startswith("pandas")
    assert tidy["count"].tolist()[:2] == [22, 16]
