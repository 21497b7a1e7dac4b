"""Who is in which subgroup, what is not estimable, words, and refusals."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ketanalysis.definitions import Remission, Response
from ketanalysis.errors import ArgumentError
from ketanalysis.glossary import GLOSSARY
from ketanalysis.items.held_items import with_scale
from ketanalysis.subgroups.definition import Subgroup
from ketanalysis.subgroups.subgroups import SubgroupsResult, estimate_subgroups
from ketanalysis.tables import tabulate
from ketanalysis.trial import Trial
from tests.subgroups.test_abbar import abbar
from tests.subgroups.trial_data import drawn, trial_of

ASKED: dict[str, Any] = {"visit": "Day 7", "missing": "nri", "declared": "before"}


def small(**columns: Any) -> Trial:
    """Eight subjects: remission (at most 10) in 1 of 4 on placebo and 3 of 4 on drug."""
    held = {"SEX": list("FFMMFFMM"), "NFAIL": [1, 2, 3, None, 3, 2, 4, 1]} | columns
    last = [8.0, 20, 20, None, 5, 9, 10, 25]
    return trial_of(("placebo", "drug"), ["placebo"] * 4 + ["drug"] * 4, [30.0] * 8, last, **held)


def of(trial: Trial, subgroups: Any, **options: Any) -> SubgroupsResult:
    return estimate_subgroups(trial, "MADRS", subgroups, Remission(at_most=10), **(ASKED | options))


def test_counts_by_hand() -> None:
    cut = Subgroup("treatment resistance", column="NFAIL", at_least=3)
    result = of(small(), ["SEX", cut], p_adjust="holm")
    rows = result.table.filter(measure="risk difference")
    columns = ("subgroup", "level", "count", "n", "count_reference", "n_reference")
    assert rows.select(columns).rows() == [
        ("All subjects", "All", 3, 4, 1, 4),
        ("SEX", "F", 2, 2, 1, 2),
        ("SEX", "M", 1, 2, 0, 2),
        ("treatment resistance", "less than 3", 1, 2, 1, 2),
        ("treatment resistance", "at least 3", 2, 2, 0, 1),
    ]
    assert result.audit.rows() == [
        ("included", "scored at the visit", 7),
        ("included", "no score at the visit: counted as failure", 1),
        ("excluded", "not known for treatment resistance: in no subgroup of it", 1),
    ]
    assert {c for c in result.table.columns if c.islower()} <= set(GLOSSARY)
    assert {c for c in result.interactions.columns if c.islower()} <= set(GLOSSARY)
    assert result.notes[-1] == (
        "2 subgroups examined, declared before the data were seen (interaction tests: adjusted by "
        "Holm): a difference is credible only if its interaction test, not the tests within "
        "subgroups, says so, and if its direction was expected."
    )
    assert result.warnings[0].startswith("Fewer than 10 subjects with, or without, the outcome in")


def test_what_cannot_be_estimated_says_why_and_has_no_p_value() -> None:
    arms = ["placebo"] * 4 + ["drug"] * 4
    one_sided = small(SIDE=["x" if arm == "drug" else "y" for arm in arms])
    result = of(one_sided, "SIDE")
    assert result.interactions["note"].unique().to_list() == [
        "not estimable: nobody of an arm in a subgroup"
    ]
    assert result.interactions["p_value"].null_count() == 2
    assert result.table.filter(subgroup="SIDE")["estimate"].null_count() == 4
    alone = of(small(ONE=["x"] * 8), "ONE")
    assert alone.interactions["note"][0] == (
        "not estimable: fewer than two subgroups have subjects"
    )
    nobody = estimate_subgroups(
        small(), "MADRS", "SEX", Remission(at_most=1), **(ASKED | {"missing": "observed"})
    )
    assert nobody.interactions["note"][0] == (
        "not estimable: the outcome is separated by arm and subgroup"
    )
    change = estimate_subgroups(one_sided, "MADRS", "SIDE", **(ASKED | {"missing": "observed"}))
    assert change.interactions["p_value"].null_count() == 1
    assert change.interactions["note"][0].startswith("not estimable: ")
    assert change.table.filter(subgroup="SIDE")["note"].unique().to_list() == [
        "not estimable: nobody of the arm or of the reference in this subgroup"
    ]


def test_a_factor_of_a_scale_is_scored_from_items() -> None:
    # HAM-D anxiety and somatisation: items 10, 11, 12, 13, 15, 17, by the registry.
    ids = [f"S{i:03d}" for i in range(8)]
    items = [
        (who, "HAMD17", "Baseline", str(k), 2.0 if k in (10, 11, 12) and i % 2 else 1.0)
        for i, who in enumerate(ids)
        for k in range(1, 18)
    ]
    names = ["USUBJID", "PARAMCD", "AVISIT", "QSTESTCD", "AVAL"]
    trial = small().with_(adqsitem=pl.DataFrame(items, schema=names, orient="row"))
    anxious = Subgroup("anxious depression", scale="HAMD_AS", at_least=7)
    result = of(trial, anxious)
    own = result.table.filter(measure="risk difference", subgroup="anxious depression")
    # Six items: 6 points, or 9 in every second subject.
    assert own.select("level", "n", "n_reference").rows() == [
        ("less than 7", 2, 2),
        ("at least 7", 2, 2),
    ]
    assert result.interactions["kind"].to_list() == ["categories"] * 2 + ["number"] * 2
    assert with_scale(trial, "HAMD_AS").scores("HAMD_AS")["AVAL"].to_list() == [6.0, 9.0] * 4


def test_remission_of_a_suicide_item() -> None:
    # MADRS item 10 at most 1, from the items; the total is not held at all.
    last = [0, 3, 4, 2, 0, 1, 1, 5]
    items = [
        (f"S{i:03d}", "MADRS", visit, str(k), float(last[i] if (visit, k) == ("Day 7", 10) else 2))
        for i in range(8)
        for visit in ("Baseline", "Day 7")
        for k in range(1, 11)
    ]
    names = ["USUBJID", "PARAMCD", "AVISIT", "QSTESTCD", "AVAL"]
    trial = small().with_(adqsitem=pl.DataFrame(items, schema=names, orient="row"))
    result = estimate_subgroups(trial, "MADRS_SI", "SEX", Remission(at_most=1), **ASKED)
    whole = result.table.filter(level="All", measure="odds ratio").row(0, named=True)
    assert (whole["count"], whole["n"], whole["count_reference"], whole["n_reference"]) == (
        *(3, 4, 1, 4),
    )


def test_definitions() -> None:
    cut = Subgroup("resistance", column="NFAIL", above=2)
    assert str(cut) == 'Subgroup "resistance": NFAIL of more than 2, against at most 2.'
    assert Subgroup.from_toml(cut.to_toml()) == cut
    assert repr(cut) == "Subgroup(label='resistance', column='NFAIL', above=2)"
    for arguments, message in [
        ({"label": " ", "column": "SEX"}, "Subgroup needs a label, such as"),
        ({"label": "x"}, "Subgroup('x') needs either column= (of ADSL) or scale="),
        ({"label": "x", "scale": "HAMA"}, "Subgroup('x', scale='HAMA') needs a cut: exactly one"),
        ({"label": "x", "column": "A", "above": 1, "below": 3}, "Subgroup needs exactly one of"),
    ]:
        with pytest.raises(ArgumentError) as caught:
            Subgroup(**arguments)
        assert str(caught.value).startswith(message)


def test_refusals() -> None:
    whole = small(AGE=[30.5, 41, 52, 63, 34, 45, 56, 67])

    def message(subgroups: Any = "SEX", **options: Any) -> str:
        with pytest.raises(ArgumentError) as caught:
            of(options.pop("trial", whole), subgroups, **options)
        return str(caught.value)

    assert message(["SEX", "NFAIL"]) == (
        "p_adjust= must say how the 2 interaction tests are adjusted: 'holm', 'hochberg', "
        "'hommel', 'bonferroni', 'bh', 'by', 'none'."
    )
    assert message(declared="never") == "declared must be one of 'before', 'after', not 'never'."
    assert message("AGE") == (
        "Subgroup('AGE') cannot divide by the numbers of AGE: declare a cut, such as "
        "Subgroup('AGE', column='AGE', at_least=...)."
    )
    assert message("SEXX") == (
        "Subgroup('SEXX') needs a column of ADSL, not 'SEXX'. Did you mean SEX?"
    )
    assert message("TRT01P") == "The arm TRT01P cannot be a subgroup as well."
    assert message([]) == "subgroups must name at least one subgroup."
    assert message([3]) == "subgroups must be columns of ADSL or Subgroup values, not 3."
    assert message(["SEX", "SEX"], p_adjust="none") == (
        "Each subgroup needs a label of its own, not 'SEX' twice."
    )
    assert message(Subgroup("x", column="SEX", at_least=1)) == (
        "Subgroup('x') cuts SEX, which must hold numbers, not String."
    )
    assert message(Subgroup("x", scale="HAMA", at_least=1)).startswith(
        "The trial has no scores of 'HAMA'; it has MADRS."
    )
    assert message(trial=small().adqs) == (
        "Subgroups need a Trial, whose ADSL knows the subjects (as_trial), not DataFrame."
    )
    with pytest.raises(ArgumentError) as caught:
        estimate_subgroups(small(), "MADRS", "SEX", **ASKED)
    assert str(caught.value) == "missing must be one of 'observed', not 'nri'."
    with pytest.raises(ArgumentError, match="rule must be a Response, a Remission, or None"):
        estimate_subgroups(small(), "MADRS", "SEX", 0.5, **ASKED)  # type: ignore[arg-type]


def test_whole_sentences() -> None:
    result = abbar()
    assert result.text().startswith(
        "Odds ratio of remission on SSI at Day 7, ketamine over placebo: 3.68 (95 % CI 1.88 to "
        "7.20). By diagnosis, bipolar: 14.14 (95 % CI 3.57 to 56.07); depressive: 1.32 (95 % CI "
        "0.44 to 3.95); other: 3.66 (95 % CI 1.09 to 12.29); interaction p = 0.024. Population:"
    )
    assert "bipolar: 14.14 (95% CI [3.57, 56.07])" in result.text("apa")
    assert "interaction P = .02." in result.text("jama")
    assert result.inline("bipolar", measure="odds ratio") == "14.14 (95 % CI 3.57 to 56.07)"
    table = tabulate(result)
    assert [label for label, _ in table.row_groups] == [
        "All subjects",
        "diagnosis (interaction p = 0.024)",
    ]
    assert table.rows[1] == (
        *("bipolar", "22/26", "7/25", "57 (31 to 75)", "14.14 (3.57 to 56.07)"),
    )


def test_the_figure_has_a_line_at_all_subjects() -> None:
    figure = abbar().plot(measure="odds ratio")
    (ax,) = figure.axes
    broken = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert broken[-1].get_xdata()[0] == pytest.approx(46 * 54 / (27 * 25))
    assert figure.ketanalysis_data["level"].to_list() == ["All", "bipolar", "depressive", "other"]
    assert figure.ketanalysis_caption == (
        "Odds ratio of remission on SSI at Day 7 by subgroup, ketamine over placebo (n = 152), "
        "with 95 % confidence intervals (Wald); broken line: all subjects; 1 subgroup examined, "
        "declared before the data were seen."
    )
    with pytest.raises(ArgumentError, match="measure must be one of 'risk difference'"):
        abbar().plot(measure="risk ratio")


def test_the_mixed_model_at_one_visit_after_baseline_is_the_analysis_of_covariance() -> None:
    # One visit after baseline: both are least squares of the change on baseline and arm.
    asked = ASKED | {"missing": "observed"}
    plain = estimate_subgroups(drawn("two"), "MADRS", "LEVEL", **asked)
    mixed = estimate_subgroups(drawn("two"), "MADRS", "LEVEL", model="mmrm", **asked)
    assert mixed.table["estimate"].to_list() == pytest.approx(
        plain.table["estimate"].to_list(), rel=1e-6
    )
    p = plain.interactions["p_value"][0]
    assert mixed.interactions["p_value"][0] == pytest.approx(p, rel=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_order_of_rows_and_names_of_levels_change_no_test(seed: int) -> None:
    trial = drawn("three")
    result = estimate_subgroups(trial, "MADRS", "LEVEL", Response(at_least=0.5), **ASKED)
    turned = trial.with_(
        adsl=trial.adsl.sample(fraction=1, shuffle=True, seed=seed).with_columns(
            LEVEL=pl.col("LEVEL").str.replace("level 0", "zzz")
        ),
        adqs=trial.adqs.sample(fraction=1, shuffle=True, seed=seed),
    )
    again = estimate_subgroups(turned, "MADRS", "LEVEL", Response(at_least=0.5), **ASKED)
    assert again.interactions["statistic"].to_list() == pytest.approx(
        result.interactions["statistic"].to_list(), rel=1e-8
    )
    assert again.audit.equals(result.audit)
