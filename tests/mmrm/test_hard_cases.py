"""The mixed model where data are thin, odd or wrong: a right answer, or one that names why."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ketanalysis as ka

FORMULA = "CHG ~ BASE*AVISIT + TRT01P*AVISIT + us(AVISIT | USUBJID)"


def made(
    n: int = 40, m: int = 4, *, rho: float = 0.6, seed: int = 1, drop: float = 0.15
) -> pl.DataFrame:
    """Two arms, one correlation for all visits, monotone drop-out."""
    rng = np.random.default_rng(seed)
    sigma = rho * np.ones((m, m)) + (1 - rho) * np.eye(m)
    y, base = 6 * rng.multivariate_normal(np.zeros(m), sigma, n), rng.normal(32, 4, n)
    stays = np.cumprod(np.column_stack([np.ones(n), rng.random((n, m - 1)) > drop]), axis=1)
    rows = [
        (f"{i:03d}", "PK"[i % 2], f"V{v + 1}", base[i], y[i, v] - 2 * v * (i % 2))
        for i in range(n)
        for v in range(m)
        if stays[i, v]
    ]
    frame = pl.DataFrame(rows, schema=["USUBJID", "TRT01P", "AVISIT", "BASE", "CHG"], orient="row")
    return frame.with_columns(pl.col("TRT01P").cast(pl.Enum(["P", "K"])))


def fitted(frame: object, formula: str = FORMULA, **options: object) -> ka.Result:
    return ka.fit_mmrm(frame, formula, **options)  # type: ignore[arg-type]


def last(fit: ka.Result) -> dict[str, object]:
    return ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table.row(-1, named=True)  # type: ignore[arg-type]


def refusal(frame: object, formula: str = FORMULA, **options: object) -> str:
    with pytest.raises(ka.KetanalysisError) as refused:
        fitted(frame, formula, **options)
    return str(refused.value)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_count(seed: int) -> None:
    frame = made()
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    assert fitted(shuffled).table.equals(fitted(frame).table)


@pytest.mark.parametrize("factor", [1e6, 1e-6])
def test_the_unit_of_the_scores_only_moves_the_estimates(factor: float) -> None:
    frame = made()
    scaled = frame.with_columns(pl.col("CHG", "BASE") * factor)
    here, there = last(fitted(frame)), last(fitted(scaled))
    for name in ("estimate", "std_error"):
        assert there[name] == pytest.approx(here[name] * factor, rel=1e-9)  # type: ignore[operator]
    for name in ("df", "statistic", "p_value"):
        assert there[name] == pytest.approx(here[name], rel=1e-8)


def test_a_visit_in_another_unit_is_no_trouble() -> None:
    """Unstructured covariances take each visit as it is: the last visit's estimate stays."""
    frame = made()
    odd = frame.with_columns(
        pl.when(pl.col("AVISIT") == "V2")
        .then(pl.col("CHG") * 1e5)
        .otherwise(pl.col("CHG"))
        .alias("CHG")
    )
    for name, value in last(fitted(frame)).items():
        if isinstance(value, float):
            assert last(fitted(odd))[name] == pytest.approx(value, rel=1e-7)


def test_other_labels_and_another_reference_turn_signs_only() -> None:
    frame = made()
    turned = frame.with_columns(pl.col("TRT01P").cast(pl.String).cast(pl.Enum(["K", "P"])))
    here, there = last(fitted(frame)), last(fitted(turned))
    assert there["contrast"] == "P - K"
    assert there["estimate"] == pytest.approx(-here["estimate"], rel=1e-9)  # type: ignore[operator]
    assert there["df"] == pytest.approx(here["df"], rel=1e-9)


def test_pandas_and_polars_give_the_same() -> None:
    frame = made()
    own = fitted(frame.to_pandas())
    assert type(own.tidy()).__module__.startswith("pandas")
    assert own.table.equals(fitted(frame).table)


def test_an_arm_without_a_visit_is_not_estimable_there() -> None:
    fit = fitted(made().filter(~((pl.col("TRT01P") == "K") & (pl.col("AVISIT") == "V4"))))
    assert fit.warnings == (
        "Columns of the design that are combinations of others, and so cannot be estimated: "
        "AVISITV4:TRT01PK.",
    )
    row = last(fit)
    assert row["estimate"] is None
    assert row["note"] == "not estimable: the data hold nothing on one of its combinations"
    before = ka.estimate_contrasts(fit, "TRT01P", by="AVISIT").table.row(-2, named=True)  # type: ignore[arg-type]
    assert before["estimate"] is not None


def test_a_covariate_that_is_told_by_others_is_left_out_and_named() -> None:
    frame = made().with_columns((2 * pl.col("BASE") + 1).alias("B2"))
    plain = "CHG ~ BASE + TRT01P*AVISIT + us(AVISIT | USUBJID)"
    fit = fitted(frame, plain.replace("BASE", "BASE + B2"))
    assert fit.warnings[0].endswith("cannot be estimated: B2.")
    assert last(fit)["estimate"] == pytest.approx(last(fitted(frame, plain))["estimate"])
    assert fit.table.filter(pl.col("term") == "B2")["estimate"].to_list() == [None]


def test_a_covariate_that_changes_within_subjects() -> None:
    """The same numbers as by its two parts: what depends on the visit, and the subject's own."""
    frame = made().with_columns(pl.col("AVISIT").str.slice(1).cast(pl.Float64).alias("W"))
    mixed = frame.with_columns((pl.col("W") * pl.col("BASE")).alias("WB"))
    formula = "CHG ~ BASE + {} + AVISIT + us(AVISIT | USUBJID)"
    one = fitted(mixed, formula.format("WB"))
    two = fitted(frame, formula.format("W:BASE"))
    pairs = {"WB": "BASE:W"}
    theirs = {row["term"]: row for row in two.table.to_dicts()}
    for row in one.table.to_dicts():
        other = theirs[pairs.get(row["term"], row["term"])]
        assert row["estimate"] == pytest.approx(other["estimate"], rel=1e-7)
        assert row["std_error"] == pytest.approx(other["std_error"], rel=1e-7)


def test_subjects_without_a_score_are_counted() -> None:
    frame = made()
    silent = pl.DataFrame(
        {"USUBJID": ["998", "999"], "TRT01P": ["K", "P"], "AVISIT": ["V1", "V1"],
         "BASE": [30.0, None], "CHG": [None, 2.0]},
        schema=frame.schema,
    )  # fmt: skip
    fit = fitted(pl.concat([frame, silent]))
    assert fit.audit.rows() == [
        ("included", "in the model", 40),
        ("excluded", "no row with response and covariates", 2),
        ("excluded", "rows without CHG", 1),
        ("excluded", "rows without BASE", 1),
    ]
    assert fit.table.equals(fitted(frame).table)


def test_one_visit_is_an_analysis_of_covariance() -> None:
    frame = made().filter(pl.col("AVISIT") == "V1")
    mixed = fitted(frame, "CHG ~ BASE + TRT01P + us(AVISIT | USUBJID)")
    linear = ka.fit_ancova(frame, "CHG ~ BASE + TRT01P")
    for name in ("estimate", "std_error", "df", "p_value"):
        assert mixed.table[name].to_list() == pytest.approx(linear.table[name].to_list(), rel=1e-8)


def test_a_duplicate_visit_is_refused() -> None:
    frame = made()
    assert refusal(pl.concat([frame, frame.head(1)])) == (
        "A subject can have one row a visit; 1 subjects and visits have more, first USUBJID 000 "
        "at 'V1'. Keep one of the rows, or name the scale."
    )


def test_a_covariance_that_the_data_make_singular_is_refused() -> None:
    said = refusal(made(31, 4, rho=1 - 1e-12))
    assert said == (
        "The covariance of the visits is estimated as singular: the scores of some visits are "
        "determined by those of others (a correlation near 1, or fewer subjects than visits). "
        "Name a simpler covariance structure, or leave a visit out."
    )
    apart = made().filter(
        pl.when(pl.col("USUBJID") < "020")
        .then(pl.col("AVISIT") == "V1")
        .otherwise(pl.col("AVISIT") == "V3")
    )
    assert refusal(apart, "CHG ~ BASE + TRT01P + us(AVISIT | USUBJID)") == (
        "The data cannot tell all 3 parameters of a covariance that is unstructured: some visits "
        "have no subject in common, or too few. Name a simpler structure, or list several in "
        "fallback=."
    )


def test_high_correlations_that_can_be_estimated_are() -> None:
    fit = fitted(made(60, 8, rho=0.99))
    found = fit.covariance.filter(pl.col("visit") != pl.col("with"))["correlation"]  # type: ignore[attr-defined]
    assert found.min() > 0.9  # type: ignore[operator]


def test_a_fallback_is_taken_only_where_it_is_listed_and_is_named() -> None:
    frame = made(8, 6, drop=0)
    refusal(frame)
    fit = fitted(frame, fallback=["toeph", "cs"])
    assert fit.structure in ("toeph", "cs")  # type: ignore[attr-defined]
    assert any(f"({fit.structure})" in note for note in fit.notes)  # type: ignore[attr-defined]
    assert fit.warnings[0].startswith(
        "Another structure was taken, because the first did not fit: us: "
    )


def test_scores_that_the_model_determines_are_named() -> None:
    constant = made().with_columns(
        pl.when(pl.col("AVISIT") == "V2").then(1.0).otherwise(pl.col("CHG")).alias("CHG")
    )
    assert refusal(constant) == (
        "The scores at 'V2' do not vary beyond what the model's terms determine, so there is no "
        "variance to estimate. Leave the visit out, or take terms out of the model."
    )


def test_times_instead_of_visits() -> None:
    """At equal distances the exponential structure is ar1 with a positive correlation."""
    frame = made().with_columns((7 * pl.col("AVISIT").str.slice(1).cast(pl.Float64)).alias("DAY"))
    formula = "CHG ~ BASE + TRT01P*AVISIT + {} | USUBJID)"
    by_time = fitted(frame, formula.format("sp_exp(DAY"), df="satterthwaite")
    by_visit = fitted(frame, formula.format("ar1(AVISIT"), df="satterthwaite")
    for name in ("estimate", "std_error", "df"):
        assert by_time.table[name].to_list() == pytest.approx(
            by_visit.table[name].to_list(), rel=1e-6
        )
    likelihoods = [fit.criteria["log_likelihood"].item() for fit in (by_time, by_visit)]  # type: ignore[attr-defined]
    assert likelihoods[0] == pytest.approx(likelihoods[1], rel=1e-10)


@pytest.mark.parametrize(
    "options, said",
    [
        (
            {"reml": False},
            'df="kenward-roger-linear" needs restricted maximum likelihood: leave out reml=False, '
            'or name df="satterthwaite".',
        ),
        (
            {"vcov": "empirical"},
            'df="kenward-roger-linear" adjusts the model-based covariance and cannot go with '
            'vcov="empirical". Name df="satterthwaite" for an empirical covariance.',
        ),
    ],
)
def test_methods_that_do_not_go_together(options: dict[str, object], said: str) -> None:
    assert refusal(made(), **options) == said


def test_names_and_arms_are_checked() -> None:
    frame = made()
    assert refusal(frame, FORMULA.replace("BASE", "BAZE")) == (
        "'BAZE' in the formula is no column; there are USUBJID, TRT01P, AVISIT, BASE, CHG. "
        "Did you mean BASE?"
    )
    assert refusal(frame.with_columns(pl.col("TRT01P").cast(pl.String))) == (
        "The arms in TRT01P have no declared order: give TRT01P as a polars Enum (pandas: an "
        "ordered Categorical), the reference first; found: 'K', 'P'."
    )
    assert refusal(ka.load_example("ketamine")).startswith(
        "scale= must name the scale of a trial's model; there are "
    )
