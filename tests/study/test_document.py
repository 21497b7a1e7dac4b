"""A document's first cell: the study found, one arm kept, the code of a folder not run unasked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.shipped import room
from ketanalysis.study.document import find_study, keep_arm, open_report
from ketanalysis.study.folder import read_study, write_example_study
from ketanalysis.study.own_code import eject, own_code, own_code_table
from ketanalysis.study.references import works_behind
from ketanalysis.study.running import load_analysis, run_study

OWN = '''"""Ours."""
import ketanalysis as ka


def analyse(trial, plan):
    return {"response": ka.estimate_response(trial, "MADRS", ka.Response(at_least=0.9),
                                             visits=["Day 14"], missing="nri")}
'''


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_example_study("ketamine", tmp_path / "study")


def test_a_study_is_a_folder_or_an_example(study: Path) -> None:
    assert find_study(study).folder == study
    assert find_study("ketamine").trial.equals(ka.load_example("ketamine"))
    with pytest.raises(ka.ArgumentError) as refused:
        find_study("ketamin")
    assert str(refused.value) == (
        "study must be a study folder or the name of an example (ketamine), not 'ketamin'."
    )


def test_one_arm_is_reported_alone() -> None:
    whole = find_study("ketamine")
    one = keep_arm(whole, "ketamine")
    assert one.title == "Simulated ketamine trial: ketamine alone"
    assert one.trial.arms == ("ketamine",)
    assert one.trial.n_subjects == 48
    assert set(one.trial.adqs["USUBJID"]) <= set(one.trial.adsl["USUBJID"])
    response = run_study(one, only=["response"])["response"]
    both = run_study(whole, only=["response"])["response"]
    assert response.inline("Day 14", "nri") == both.inline("Day 14", "nri", arm="ketamine")
    with pytest.raises(ka.ArgumentError, match="arm must be one of 'midazolam', 'ketamine', not"):
        keep_arm(whole, "ketamin")
    with pytest.raises(ka.ArgumentError) as refused:
        keep_arm(find_study_without_arms(), "ketamine")
    assert str(refused.value) == ("arm='ketamine' cannot be chosen: the study has a single arm.")


def find_study_without_arms() -> ka.Study:
    whole = find_study("ketamine")
    return ka.Study(whole.trial.with_(arms=()), whole.plan, "one")


def test_only_the_analyses_that_were_named_are_run() -> None:
    section = open_report("ketamine", only=("relapse",))
    assert list(section.results) == ["relapse", "relapse_milestones"]
    with pytest.raises(ka.ArgumentError, match="only must be one of"):
        open_report("ketamine", only=("relaps",))


def test_the_methods_name_their_literature() -> None:
    assert works_behind(["95 % intervals: Wilson.", "Firth's penalty"]) == (
        "Firth D (1993). Biometrika 80:27-38.",
        "Wilson EB (1927). J Am Stat Assoc 22:209-212.",
    )
    assert works_behind(["nothing in particular"]) == ()
    section = open_report("ketamine", only=("response", "relapse"))
    html = section.references()._repr_html_() or ""
    for name in ("Wilson", "Miettinen", "Kaplan", "ICH E9(R1)"):
        assert name in html
    assert "DeLong" not in html


# --- code of the study folder --------------------------------------------------------------------


def test_code_of_a_study_is_listed_and_run_only_where_it_is_trusted(study: Path) -> None:
    (study / "analyses").mkdir()
    (study / "analyses" / "response.py").write_text(OWN)
    shipped = run_study(study, only=["response"])
    trusted = run_study(study, only=["response"], trust_study_code=True)
    assert shipped["response"].definition == ka.Response(at_least=0.5)
    assert trusted["response"].definition == ka.Response(at_least=0.9)
    (found,) = own_code(study)
    assert found.file == "analyses/response.py"
    assert found.sha256 == hashlib.sha256(OWN.encode()).hexdigest()
    assert own_code_table((found,), is_trusted=False).notes == ("It was not run.",)
    html = open_report(study, only=("response",)).own_code()._repr_html_() or ""
    assert "analyses/response.py" in html
    assert "the study’s own" in html.replace("&#x27;", "’")
    assert "It was not run." in html


def test_an_ejected_analysis_carries_the_hash_of_its_origin(study: Path) -> None:
    path = eject(study, "relapse")
    assert path == study / "analyses" / "relapse.py"
    origin = room("analyses") / "relapse.py"
    sha = hashlib.sha256(origin.read_bytes()).hexdigest()
    assert path.read_text().splitlines()[0] == (
        f"# copied from ketanalysis {ka.__version__}, SHA-256 {sha}"
    )
    assert own_code_table(own_code(study), is_trusted=True).rows[0][1] == "as shipped"
    assert load_analysis("relapse", study).__file__ == str(path)
    path.write_text(path.read_text() + "\n# changed\n")
    assert own_code_table(own_code(study), is_trusted=True).rows[0][1] == "shipped, changed since"


def test_an_ejected_report_can_be_rendered_and_is_not_written_over(
    study: Path, tmp_path: Path
) -> None:
    path = eject(study, "data_check")
    path.write_text(path.read_text().replace("# Findings", "# Our findings"))
    for is_trusted in (True, False):
        out = tmp_path / f"{is_trusted}.html"
        ka.render_report(study, out=out, template="data_check", trust_study_code=is_trusted)
        assert ("Our findings" in out.read_text()) == is_trusted
    with pytest.raises(ka.ArgumentError, match="is already there; it is not written over"):
        eject(study, "data_check")
    with pytest.raises(ka.ArgumentError, match=r"--eject must be one of .* not 'relaps'"):
        eject(study, "relaps")


def test_a_link_out_of_the_study_is_not_its_code(study: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text(OWN)
    (study / "analyses").mkdir()
    (study / "analyses" / "response.py").symlink_to(outside)
    assert own_code(read_study(study).folder) == ()


def test_trust_needs_a_folder(tmp_path: Path) -> None:
    whole = find_study("ketamine")
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_report(whole, out=tmp_path / "x.html", trust_study_code=True)
    assert str(refused.value) == (
        "trust_study_code is for a study folder; a trial in memory has none."
    )


def test_the_seeds_of_a_plan_are_those_of_every_section_that_draws() -> None:
    from ketanalysis.study.provenance import seeds_table

    asked = ka.Anxiety(outcomes=("ASC_ANX",), visit="4 h", missing="observed", seed=7, resamples=99)
    plan = ka.Plan(
        scale="MADRS",
        visit="Day 14",
        missing="mi",
        response=ka.Response(at_least=0.5),
        anxiety=asked,
        imputation=ka.Imputation("bayes", draws=5, seed=0, reference="midazolam"),
    )
    assert plan.seeds() == {"anxiety": 7, "imputation": 0}
    assert seeds_table(plan).rows == (("Anxiety", "7"), ("Imputation", "0"))


def test_a_sentence_on_a_method_is_said_once_and_a_table_is_no_sentence() -> None:
    section = open_report("ketamine", only=("relapse", "relapse_means"))
    methods = section.methods()._repr_html_() or ""
    assert methods.count("The clock starts at the last infusion before entry.") == 1
    assert "<strong>Restricted mean time free of relapse.</strong>" in methods
    section = open_report("ketamine", only=("relapse_published",))
    assert "relapse_published" in section.results
    assert "What did others find?" not in (section.further()._repr_html_() or "")
    assert "McInnes 2022" in (section.table("relapse_published")._repr_html_() or "")
