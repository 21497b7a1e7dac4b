"""Every lower case column of every result is in the glossary, and every result has its face."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.examples.protocol import ketamine_plan
from ketanalysis.glossary import GLOSSARY

FRAMES = (
    *("table", "contrasts", "audit", "medians", "tests", "criteria", "groups", "twin", "data"),
    *("adjusted", "effects", "assumptions"),
    *("course", "means", "times", "events", "spells", "moves"),
    *("dropout", "patterns", "checks"),
    *("thresholds", "returns", "course", "infusions", "readings"),
    *("strata", "standardised", "answers"),
    *("bayes", "power", "equivalence", "two_part", "leaving", "multiplicity", "continuous"),
    *("severity", "overview", "per_subject", "interactions"),
    *("cutoffs", "curve", "cells", "criteria", "predictions"),
)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    trial = ka.load_example("ketamine")
    found: dict[str, Any] = dict(ka.run_study(trial, ketamine_plan()))
    relapse = found["relapse"]
    found["at_risk"] = relapse.at_risk([0, 28])
    found["milestones"] = relapse.milestones([28])
    found["rmst"] = relapse.rmst(21)
    found["quantiles"] = relapse.quantiles([0.25, 0.5])
    found["cox"] = ka.fit_cox(relapse.tte, "TRT01P", known_at="baseline")
    found["proportional hazards"] = found["cox"].proportional_hazards()
    found["cox curves"] = found["cox"].curves({"TRT01P": ["ketamine"]})
    found["log-rank"] = ka.compare_survival(relapse.tte, by="TRT01P", entry="entry")
    status = relapse.tte.filter("entered").with_columns(entry=pl.lit(0.0))
    coded: dict[str, Any] = {
        "event": "CNSR",
        "causes": {"relapse": 0, "left": 1},
        "censored": [2, 3],
    }
    found["incidence"] = ka.estimate_cumulative_incidence(status, by="TRT01P", **coded)
    found["incidence at risk"] = found["incidence"].at_risk([0, 28])
    found["incidence milestones"] = found["incidence"].milestones([28])
    found["fine and gray"] = ka.fit_fine_gray(status, "TRT01P", **coded)
    found["fine and gray curves"] = found["fine and gray"].curves({"TRT01P": ["ketamine"]})
    found["gray"] = ka.compare_cumulative_incidence(status, "TRT01P", **coded)
    half = ka.Response(at_least=0.5)
    found["individual"] = ka.estimate_individual_change(
        trial, "MADRS", by="TRT01P", visit="Day 14", response=half
    )
    found["course"] = ka.tabulate_course(trial, "MADRS", by="TRT01P", response=half)
    found["shift"] = ka.estimate_shift(
        trial, "MADRS", by="TRT01P", visit="Day 14", missing="observed"
    )
    found["profile"] = ka.estimate_profile(trial, ["ASC_ANX"], by="TRT01P", visit="4 h")
    found["baseline"] = ka.tabulate_baseline(trial, by="TRT01P", p_values=True)
    found["disposition"] = ka.tabulate_disposition(trial, by="TRT01P")
    found["concomitant"] = ka.tabulate_concomitant(trial, by="TRT01P")
    found["vital signs"] = ka.estimate_vital_signs(trial, "SPO2", "TRT01P", pre_within=60)
    found["conduct"] = ka.tabulate_infusions(trial, "TRT01P", planned=6)
    told = trial.adsl.with_columns(GUESS=pl.col("TRT01P").cast(pl.String))
    guessed = trial.with_(adsl=told)
    found["blinding"] = ka.estimate_blinding(guessed, "GUESS", dont_know=())
    frame = pl.DataFrame({"USUBJID": list("abcdef"), "g": list("xxxyyy"), "v": range(6)})
    found["groups"] = ka.compare_groups(frame, "v", "g", reference="x")
    found["several groups"] = ka.compare_groups(
        frame.with_columns(g=pl.Series(list("xxyyzz"))),
        "v",
        "g",
        reference="x",
        test="anova",
        pairwise="tukey",
    )
    twice = pl.DataFrame({"USUBJID": [*"abcabc"], "AVISIT": [*"111222"], "v": [1, 4, 2, 3, 9, 5]})
    found["pairs"] = ka.compare_paired(twice, "v", "AVISIT", reference="1")
    answers = {"USUBJID": ["1"], "cgi": [4]}
    found["scores"] = ka.score_items(answers, "CGIS", columns="cgi", prorate="never")
    found["proportion"] = ka.estimate_proportion([3, 4], [9, 8], against=0.3)
    found["proportions"] = ka.compare_proportions([3, 4], [9, 8], [1, 2], [7, 9])
    half, by = ka.Response(at_least=0.5), {"by": "TRT01P", "missing": "nri"}
    found["strata"] = ka.estimate_response(trial, "MADRS", half, **by, strata="SITEID")
    found["adjusted"] = ka.estimate_response(trial, "MADRS", half, **by, adjust=["BASE"])
    found["events by infusion"] = ka.estimate_adverse_events_by_infusion(trial, "TRT01P")
    found["event rates"] = ka.estimate_adverse_event_rates(
        trial, "TRT01P", per="infusion", count="first"
    )
    asked = {"visit": "Day 14", "missing": "nri", "declared": "before"}
    found["subgroups"] = ka.estimate_subgroups(trial, "MADRS", "SEX", half, **asked)
    found["instruments"] = ka.tabulate_instruments(trial)
    asked = {"scale": "MADRS", "rule": half, "visit": "Day 14", "missing": "nri", "arm": "ketamine"}
    asked |= {"scores": {"ANX": ("ASC_ANX", "4 h")}}
    fit = ka.fit_logistic(trial, "response ~ ANX + BASE", **asked)
    found["logistic"] = fit
    found["validation"] = ka.validate_model(fit, "bootstrap", seed=1, resamples=99)
    found["calibration"] = ka.estimate_calibration(fit, groups=3, test="hosmer-lemeshow")
    found["net benefit"] = ka.estimate_net_benefit(fit, thresholds=[0.4, 0.5])
    roc = {"direction": "lower", "cutoffs": [20, "youden"], "seed": 1, "resamples": 99}
    found["roc"] = ka.estimate_roc(trial, "ANX", **roc, **asked)
    late = {"visit": "Day 14", "early_missing": "observed", **by}
    found["early"] = ka.estimate_early_improvement(trial, "MADRS", half, "24 h", half, **late)
    found["size"] = ka.estimate_prediction_size(2, 0.5, nagelkerke=0.15)
    return found


def test_result_columns_are_in_the_glossary(results: dict[str, Any]) -> None:
    for name, result in results.items():
        for frame in FRAMES:
            for column in getattr(getattr(result, frame, None), "columns", ()):
                is_known = column.isupper() or column in GLOSSARY or column == "value"
                assert is_known, f"{name}.{frame}: {column}"


def test_the_face_of_every_result(results: dict[str, Any]) -> None:
    for name, result in results.items():
        assert result.summary().startswith(result.title), name
        assert str(result) == repr(result) == result.summary(), name
        assert result.text().count(".") >= 1, name
        assert result._repr_html_().startswith("<table"), name
        assert result._repr_markdown_().startswith("**"), name
        assert result.tidy().equals(result.table), name
        assert ka.glance(result).height == 1, name
        assert "great_tables" in type(result.to_gt()).__module__, name


def test_simulated_data_say_so_everywhere(results: dict[str, Any]) -> None:
    for name, result in results.items():
        outside = {"groups", "several groups", "pairs", "log-rank", "scores", "proportion"}
        more = {"proportions", "size", "cox", "proportional hazards", "cox curves", "gray"}
        more |= {"incidence", "incidence at risk", "incidence milestones", "fine and gray"}
        more |= {"fine and gray curves"}
        if name in outside | more:
            continue
        assert result.simulated, name
        assert "Simulated data." in result.summary(), name
        assert "simulated" in result.text(), name


def test_terms_are_lower_case_and_explained() -> None:
    for name, term in GLOSSARY.items():
        assert name == name.lower()
        assert term.meaning
