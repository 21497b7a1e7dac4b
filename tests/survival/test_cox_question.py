"""The question of a Cox model: who enters, what is refused, and what is said of it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from ketanalysis.errors import ArgumentError, ContractError, EstimationError
from ketanalysis.figures import plot
from ketanalysis.survival.cox import fit_cox
from ketanalysis.survival.cox_curves import estimate_cox_curves
from ketanalysis.survival.proportional_hazards import estimate_proportional_hazards
from ketanalysis.tables import tabulate
from tests.survival.survival_data import random_frame


def refusal(frame: pl.DataFrame, formula: Any = "TRT01P", **options: Any) -> str:
    with pytest.raises((ArgumentError, ContractError, EstimationError)) as caught:
        fit_cox(frame, formula, **options)
    return str(caught.value)


def with_age() -> pl.DataFrame:
    return random_frame().with_columns(AGE=pl.int_range(60) % 17 + 30.0)


def test_what_is_said() -> None:
    fit = fit_cox(with_age(), "TRT01P + AGE")
    assert fit.title == "Cox model of AVAL: TRT01P + AGE"
    assert fit.notes[0] == "Hazard ratios by Cox's model, ties Efron's; 95 % Wald intervals."
    assert fit.table["contrast"].to_list() == ["TRT01P: PBO / KET", "AGE, per 1"]
    first = fit.text().partition(" Hazard ratios by Cox")[0]
    assert first == (
        "Cox model of AVAL: TRT01P + AGE, 43 events in 60 subjects. Hazard ratios: TRT01P: PBO / "
        "KET 0.86 (95 % CI 0.42 to 1.76; p = 0.677); AGE, per 1 1.01 (95 % CI 0.94 to 1.08; "
        "p = 0.798)."
    )
    assert fit.inline("TRT01PPBO", style="jama") == "0.86 (95% CI, 0.42-1.76; P = .68)"
    table = tabulate(fit)
    assert table.rows[0] == ("TRT01P: PBO / KET", "0.86", "0.42 to 1.76", "0.677")
    assert table.notes[-1].startswith("Score test: chi-square ")
    figure = plot(fit)
    assert figure.axes[0].get_xlabel() == "Hazard ratio (95 % CI)"


def test_proportional_hazards_and_curves_in_words() -> None:
    fit = fit_cox(with_age(), "TRT01P + AGE")
    zph = fit.proportional_hazards()
    assert zph.title == "Test of proportional hazards: Cox model of AVAL: TRT01P + AGE"
    assert zph.notes[0] == (
        "Score tests of coefficients that change with 1 less the Kaplan-Meier curve (R's default) "
        "(Grambsch and Therneau, as R survival 3). A large p value is no proof of proportional "
        "hazards."
    )
    assert zph.inline("AGE").startswith("chi-square ")
    curves = fit.curves({"TRT01P": ["KET", "PBO"], "AGE": [40, 40.5]}, conf_type="log")
    assert curves.table["group"].unique(maintain_order=True).to_list() == [
        "TRT01P KET, AGE 40",
        "TRT01P PBO, AGE 40.5",
    ]
    assert curves.title == "Expected survival, Cox model of AVAL: TRT01P + AGE"
    strata = fit_cox(with_age(), "AGE", strata="TRT01P").curves({"AGE": 40})
    assert strata.by == ("group", "TRT01P")
    assert strata.table["TRT01P"].unique().sort().to_list() == ["KET", "PBO"]


def test_rows_without_a_covariate_are_out_and_counted() -> None:
    frame = with_age().with_columns(AGE=pl.when(pl.col("AGE") > 32).then("AGE"))
    fit = fit_cox(frame, "TRT01P + AGE")
    assert fit.audit.filter(pl.col("status") == "excluded").rows() == [("excluded", "no AGE", 12)]
    assert fit.audit["count"].sum() == 60
    assert fit.criteria["n"].item() == 48


def test_a_column_that_follows_from_others_is_left_out_and_named() -> None:
    frame = with_age().with_columns(AGE2=2 * pl.col("AGE") + 1, SAME=pl.lit(3.0))
    fit = fit_cox(frame, "AGE + AGE2 + SAME", known_at="baseline")
    assert fit.table["estimate"].is_null().to_list() == [False, True, True]
    assert fit.warnings[-1] == (
        "Not estimable, as it follows from the others or does not differ among those at risk: "
        "AGE2, SAME."
    )
    assert refusal(frame, "SAME", known_at="baseline") == (
        "Nothing can be estimated: no covariate differs among the subjects at risk at an event "
        "(SAME)."
    )


def test_few_events_are_told() -> None:
    fit = fit_cox(with_age().head(12), "TRT01P + AGE")
    assert fit.warnings[-1] == (
        f"{fit.criteria['n_event'].item()} events for 2 coefficients: fewer than 10 a "
        "coefficient, so the estimates are uncertain."
    )


def test_rows_from_start_to_stop() -> None:
    rows = pl.DataFrame(
        {
            "USUBJID": ["a", "a", "b", "c", "c", "d", "e", "f"],
            "TSTART": [0.0, 5, 0, 0, 3, 0, 0, 0],
            "AVAL": [5.0, 12, 8, 3, 15, 6, 14, 7],
            "CNSR": [1, 0, 0, 1, 1, 0, 0, 0],
            "DOSES": [1.0, 2, 1, 1, 2, 2, 1, 1],
        }
    )
    fit = fit_cox(rows, "DOSES", start="TSTART")
    assert (fit.criteria["n"].item(), fit.criteria["n_rows"].item()) == (6, 8)
    assert fit.notes[1] == (
        "Covariates change with time: 6 subjects in 8 rows, each at risk after its TSTART; the "
        "audit counts rows."
    )
    overlap = rows.with_columns(TSTART=pl.when(pl.col("TSTART") == 5).then(4.0).otherwise("TSTART"))
    assert refusal(overlap, "DOSES", start="TSTART") == (
        "The pieces of a subject, from TSTART to AVAL, must not overlap.\n"
        "  Row 2 (subject a), counted from 1.\n"
        "  Correct the times, or take one of the rows out."
    )
    assert refusal(rows, "DOSES", start="TSTART", entry="TSTART") == (
        "start and entry cannot both be given: the first start of a subject is its entry."
    )
    assert refusal(rows.drop("USUBJID"), "DOSES", start="TSTART") == (
        "start= needs USUBJID, which says whose rows belong together."
    )
    assert refusal(rows, "DOSES").startswith("'DOSES' in the formula needs known_at:")


@pytest.mark.parametrize(
    ("formula", "options", "text"),
    [
        (
            "RESP",
            {},
            "'RESP' in the formula needs known_at: a subject may have had to stay free of the "
            "event until it was known, which makes its hazard too low (immortal time).\n"
            '  Say known_at="baseline" if it was known at the origin; else give rows from start '
            "to stop with the value of that time (start=).",
        ),
        (
            "TRT01P",
            {"known_at": "KNOWN"},
            "known_at must be \"baseline\" for a model, not 'KNOWN': of covariates that became "
            "known later give their values in rows from start to stop (start=), or let subjects "
            "enter when they were known (entry=).",
        ),
        (
            "Surv(AVAL, CNSR) ~ TRT01P",
            {},
            'formula must hold the covariates only, such as "TRT01P + AGE", not '
            "'Surv(AVAL, CNSR) ~ TRT01P': times and events are columns that have their own "
            "arguments (time=, censor=, event=).",
        ),
        (
            "",
            {},
            "formula must be a text, the covariates such as \"TRT01P + AGE\", not ''.",
        ),
        (
            "0 + TRT01P",
            {},
            "formula must name at least one covariate, and no intercept, which Cox's model does "
            "not have, not '0 + TRT01P'.",
        ),
        (
            "TRT01P",
            {"ties": "exact", "robust": True},
            'ties="exact" does not go with a robust variance or a cluster, for which tied events '
            'are taken one after the other: take ties="efron".',
        ),
        (
            "TRT01P",
            {"ties": "exact", "penalty": "firth"},
            'ties="exact" does not go with penalty="firth", for which tied events are taken one '
            'after the other: take ties="efron".',
        ),
        (
            "TRT01P",
            {"penalty": "firth", "cluster": "SITEID"},
            'penalty="firth" does not go with a robust variance or a cluster: its intervals are '
            "those of the penalised profile likelihood.",
        ),
        ("TRT01P", {"ties": "discrete"}, "ties must be one of 'efron', 'breslow', 'exact', not "
         "'discrete'."),
    ],
)  # fmt: skip
def test_what_is_refused(formula: str, options: dict[str, Any], text: str) -> None:
    assert refusal(random_frame(), formula, **options) == text


def test_no_events_and_arms_without_an_order() -> None:
    assert refusal(random_frame().with_columns(CNSR=1)) == (
        "Cox's model needs events, and there are none. If events are coded otherwise, name "
        "event= and event_value=."
    )
    assert refusal(random_frame().with_columns(pl.col("TRT01P").cast(pl.String))).startswith(
        "The arms in TRT01P have no declared order: "
    )


def test_what_a_fit_cannot_give() -> None:
    exact = fit_cox(random_frame(), "TRT01P", ties="exact")
    for ask in (exact.proportional_hazards, lambda: exact.curves({"TRT01P": "KET"})):
        with pytest.raises(ArgumentError) as caught:
            ask()
        assert str(caught.value).endswith('fit with ties="efron".')
    fit = fit_cox(random_frame(), "TRT01P")
    for at, text in (
        (
            {"AGE": 3},
            "at must give a value of every covariate of the model (TRT01P); TRT01P is missing.",
        ),
        ({"TRT01P": "DRUG"}, "at must give TRT01P as one of 'KET', 'PBO', not 'DRUG'."),
        ({"TRT01P": None}, "at must give TRT01P as one of 'KET', 'PBO', not None."),
    ):
        with pytest.raises(ArgumentError) as caught:
            fit.curves(at)
        assert str(caught.value) == text
    for read in (estimate_proportional_hazards, lambda f: estimate_cox_curves(f, {})):
        with pytest.raises(ArgumentError) as caught:
            read(fit.table)
        assert str(caught.value) == "fit must be a CoxResult of fit_cox, not DataFrame."
    zero = random_frame().with_columns(AVAL=pl.when(pl.col("CNSR") == 0).then(0.0).otherwise(1.0))
    with pytest.raises(EstimationError) as refused:
        fit_cox(zero, "TRT01P").proportional_hazards("log")
    assert str(refused.value) == (
        'transform="log" needs events after time 0, and some are at 0: take "km", "rank" or '
        '"identity".'
    )


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_who_enters_after_the_last_event_changes_nothing(ties: str) -> None:
    frame = random_frame().with_columns(AGE=pl.int_range(60) % 17 + 30.0, FROM=pl.lit(0.0))
    late = frame.head(3).with_columns(
        USUBJID="late " + pl.col("USUBJID"), AVAL=pl.lit(99.0), CNSR=pl.lit(1).cast(pl.Int64),
        FROM=pl.lit(50.0),
    )  # fmt: skip
    both = pl.concat([frame, late.select(frame.columns)], how="vertical_relaxed")
    once = fit_cox(frame, "TRT01P + AGE", ties=ties)
    again = fit_cox(both, "TRT01P + AGE", ties=ties, entry="FROM")
    # The mean of the covariates moves, from which the search starts.
    assert again.coefficients == pytest.approx(once.coefficients, rel=1e-9)
    assert again.covariance.ravel() == pytest.approx(once.covariance.ravel(), rel=1e-9)
