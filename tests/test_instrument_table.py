"""The scales of a trial for a methods section: every fact, its source, and what is not verified."""

from __future__ import annotations

import polars as pl
import pytest

import ketanalysis as ka


def test_the_paragraph_of_a_scale_word_by_word() -> None:
    used = ka.tabulate_instruments("GAD-7", purposes=["remission", "response"])
    assert used.text() == (
        "GAD7, Generalised Anxiety Disorder scale, 7 items (anxiety, rated by the person): 0 to "
        "21, 7 items (not verified); higher is worse. Scoring: Sum of 7 items, each 0 to 3; no "
        "reversed items (not verified). Recall: Past 2 weeks (not verified). Bands: 0 to 4 "
        "minimal, 5 to 9 mild, 10 to 14 moderate, 15 to 21 severe (words not verified). "
        "Remission: score < 5: the lowest band taken as remission (not verified). Licence: Free "
        "(Pfizer) (not verified). Sources: GAD-7 "
        "cut points, promisekit.org/2022/12/03/what-is-a-normal-gad-score. Facts with the mark "
        "'not verified' (5 of 6) were not read in their source."
    )


def test_the_table_of_the_scales_of_a_trial() -> None:
    used = ka.tabulate_instruments(ka.load_example("ketamine"))
    assert used.scales == ("ASC_ANX", "CADSS", "HAMA", "MADRS")
    assert used.simulated
    head = [line.split("  ")[0] for line in used.summary().splitlines()[:7]]
    assert head == ["Rating scales", "", "Scale", "ASC_ANX", "CADSS", "HAMA", "MADRS"]
    assert "not verified" in used.summary().splitlines()[3]
    assert used.table.columns == [
        *("scale", "fact", "statement", "used_by", "source", "verified", "note")
    ]


def test_one_row_a_fact_with_its_source() -> None:
    table = ka.tabulate_instruments(["MADRS", "FQ"], purposes="relapse").table
    relapse = table.filter(scale="MADRS", fact="relapse")
    assert relapse.select("statement", "used_by", "verified").rows()[0] == (
        "score >= 22",
        "SUSTAIN-1, twice in a row 5 to 15 days apart",
        True,
    )
    assert relapse["source"][0].startswith("NCT02493868 registry results, meddatax.com")
    assert table.filter(scale="FQ", fact="subscale")["statement"].to_list()[0] == (
        "FQ_AGORA (Fear Questionnaire, agoraphobia): items 5, 6, 8, 12, 15"
    )
    assert table.filter(fact="remission").is_empty()
    assert table.filter(pl.col("verified").is_null())["fact"].unique().sort().to_list() == [
        *("direction", "floor", "measures", "name")
    ]


def test_one_cutoff_and_all_who_use_it() -> None:
    text = ka.tabulate_instruments("MADRS").text()
    assert (
        "Remission: score <= 10: KetECT, ESCAPE-TRD, Salloum 2019, esketamine phase 2; score < 10: "
        "Bio-K, KADS, one of the two best matches to CGI-S remission; score <= 12: SUSTAIN-1, "
        "ASPIRE, Lii 2023; "
    ) in text


def test_a_scale_that_is_not_in_the_registry_says_so() -> None:
    used = ka.tabulate_instruments(["OWN", "BPRS"])
    assert used.table.select("scale", "note").rows() == [
        ("OWN", "not in the registry: its range, direction and scoring are not known"),
        (
            "BPRS",
            "not in the registry: its range, direction and scoring are not known; name one of "
            "BPRS0TO6, BPRS1TO7",
        ),
    ]
    assert used.warnings == ("Not in the registry of instruments: OWN, BPRS.",)
    assert "not in the registry" in used.summary()


def test_inline_is_one_fact() -> None:
    used = ka.tabulate_instruments(["PHQ9", "STAI-S"])
    assert used.inline("PHQ9", "range") == "0 to 27, 9 items"
    assert used.inline(scale="STAIS", fact="range") == "20 to 80, 20 items (not verified)"


@pytest.mark.parametrize("name", ka.instruments()["scale"].to_list())
def test_every_scale_and_subscale_can_be_listed(name: str) -> None:
    used = ka.tabulate_instruments(name, purposes=["screening", "dissociation", "severity"])
    facts = set(used.table["fact"])
    assert {"name", "measures", "range", "direction", "floor", "scoring"} <= facts
    unread = used.table.filter(~pl.col("verified"))
    assert used.text().count("not verified)") >= unread.height
    assert ".." not in used.paragraphs()[0]


def test_what_can_be_asked_for() -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.tabulate_instruments("MADRS", purposes=["remision"])
    assert str(refused.value) == (
        "purposes must be one of 'remission', 'response', 'relapse', 'severity', 'screening', "
        "'dissociation', not 'remision'. Did you mean remission?"
    )
    with pytest.raises(ka.ArgumentError) as refused:
        ka.tabulate_instruments([])
    assert str(refused.value) == (
        "tabulate_instruments needs a Trial, the name of a scale or a list of names, not []."
    )
