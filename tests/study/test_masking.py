"""A report with masked arms: computed whole, and nowhere readable which arm is which."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.render import RenderError
from ketanalysis.study.document import find_study, open_report
from ketanalysis.study.folder import Study
from ketanalysis.study.masking import mask_arms
from ketanalysis.study.running import run_study

NAMES = re.compile(r"\b(midazolam|ketamine)\b", re.IGNORECASE)


def rates(study: Study) -> dict[str, tuple[int, int]]:
    table = run_study(study, only=["response"])["response"].table
    rows = table.filter(pl.col("missing") == "nri").to_dicts()
    return {str(row["TRT01P"]): (row["count"], row["n"]) for row in rows}


def test_the_numbers_are_those_of_the_arms_under_other_names() -> None:
    plain = find_study("ketamine")
    true = rates(plain)
    seen = set()
    for seed in range(6):
        masked = mask_arms(plain, seed).study
        assert masked.trial.arms == ("Arm A", "Arm B")
        found = rates(masked)
        assert sorted(found.values()) == sorted(true.values())
        seen.add(found["Arm A"])
    assert seen == set(true.values())  # either arm may be the first: the order tells nothing


def test_what_tells_an_arm_is_left_out_and_listed() -> None:
    masked = mask_arms(find_study("ketamine"), 1)
    assert masked.hidden == ("midazolam", "ketamine")
    assert set(masked.left_out) >= {
        *("ADSL.TRT01A", "ADEX.EXTRT", "ADEX.EXDOSE", "[plan.imputation]", "[plan.prediction]"),
        "[plan.sensitivity]",
    }
    assert masked.study.title == "Simulated (arm) trial"
    for table in masked.study.trial.tables().values():
        assert not NAMES.search(table.write_csv())
    assert not NAMES.search(repr(masked.study.plan.to_dict()))


@pytest.mark.parametrize(
    ("arms", "shown"),
    [
        (("ketamine", "ketamine 0.5 mg/kg"), "(arm) and (arm)"),
        (("midazolam (IV)", "ketamine (IV)"), "(arm) and (arm)"),
    ],
)
def test_a_name_is_masked_whole(arms: tuple[str, str], shown: str) -> None:
    plain = find_study("ketamine")
    names = dict(zip(plain.trial.arms, arms, strict=True))
    frames = {
        table: frame.with_columns(
            pl.col("TRT01P").cast(pl.String).replace_strict(names, return_dtype=pl.Enum(arms))
        )
        for table, frame in plain.trial.tables().items()
        if "TRT01P" in frame.columns
    }
    trial = plain.trial.with_(**frames, arms=arms)
    study = Study(trial, plain.plan, f"{arms[0]} and {arms[1]}")
    assert mask_arms(study, 1).study.title == shown


def test_no_word_of_a_report_names_an_arm(tmp_path: Path) -> None:
    out = tmp_path / "blinded.html"
    ka.render_report(find_study("ketamine"), out=out, blind_seed=5)
    page = out.read_text(encoding="utf-8")
    assert not NAMES.search(page)
    text = re.sub("<[^>]+>", " ", page)
    assert "The arms have masked names. Left out, because they tell an arm: ADSL.TRT01A" in text
    assert "Arm B minus Arm A" in text
    assert "Findings are not shown while the arms are masked." in text


def test_a_page_that_would_name_an_arm_is_not_written(tmp_path: Path) -> None:
    from ketanalysis.render import render_qmd

    path = tmp_path / "a.qmd"
    path.write_text(
        "---\ntitle: A\n---\n\n```{python}\n#| echo: false\nprint('of KETAMINE')\n```\n"
    )
    with pytest.raises(RenderError) as refused:
        render_qmd(path, tmp_path / "a.html", hidden=("ketamine",))
    assert str(refused.value) == (
        f"{path}, line 5: the page would show 'KETAMINE', which is hidden."
    )
    path.write_text("---\ntitle: A\n---\n\nGiven was Esketamine.\n")
    for titles, word in (({}, "Esketamine"), ({"title": "A trial of ketamine"}, "ketamine")):
        with pytest.raises(RenderError) as refused:
            render_qmd(path, tmp_path / "a.html", titles=titles, hidden=("ketamine",))
        assert str(refused.value) == f"{path}: the page would show {word!r}, which is hidden."
    assert not (tmp_path / "a.html").exists()


def test_a_column_that_codes_the_arms_is_left_out() -> None:
    plain = find_study("ketamine")
    adsl = plain.trial.adsl
    is_drug = pl.col("TRT01P").cast(pl.String) == "ketamine"
    coded = adsl.with_columns(
        ARMCD=pl.when(is_drug).then(pl.lit("K")).otherwise(pl.lit("M")),
        STRENGTH=pl.when(is_drug).then(0.5).otherwise(None),
        WING=pl.when(is_drug & (pl.col("AGE") > 40)).then(pl.lit("E")).otherwise(pl.lit("W")),
    )
    given = plain.trial.adex
    assert given is not None
    by_arm = given.join(coded.select("USUBJID", "ARMCD"), on="USUBJID", maintain_order="left")
    longer = by_arm.with_columns(
        EXDUR=pl.when(pl.col("ARMCD") == "K").then(pl.col("EXDUR") * 0 + 40).otherwise(2.0)
    )
    adex = longer.drop("ARMCD")
    study = Study(plain.trial.with_(adsl=coded, adex=adex), plain.plan, "t")
    masked = mask_arms(study, 1)
    assert "ADEX.EXDUR" in masked.left_out
    assert masked.study.trial.adex is not None
    assert {"AFRLT", "EXROUTE"} <= set(masked.study.trial.adex.columns)
    assert {"ADSL.ARMCD", "ADSL.STRENGTH"} <= set(masked.left_out)
    kept = masked.study.trial.adsl.columns
    # Shared values stay, and so does what a small group happens to have.
    assert {"WING", "AGE", "SEX", "SITEID"} & set(adsl.columns) <= set(kept)
    assert "WING" in kept


def test_a_table_whose_words_name_an_arm_is_left_out_whole() -> None:
    plain = find_study("ketamine")
    events = plain.trial.adae
    assert events is not None
    named = events.with_columns(AEDECOD=pl.col("AEDECOD").str.replace("Nausea", "Ketamine effect"))
    assert named["AEDECOD"].str.contains("Ketamine").any()
    masked = mask_arms(Study(plain.trial.with_(adae=named), plain.plan, "t"), 1)
    assert "ADAE" in masked.left_out
    assert masked.study.trial.adae is None
    scores = plain.trial.adqs.with_columns(AVISIT=pl.lit("day 1 of ketamine"))
    with pytest.raises(ka.ArgumentError) as refused:
        mask_arms(Study(plain.trial.with_(adqs=scores), plain.plan, "t"), 1)
    assert str(refused.value) == (
        "A blinded report cannot be made: ADQS.AVISIT names an arm, and no analysis can do without "
        "it.\n  Give its values names that tell no arm."
    )


def test_a_drug_is_masked_within_other_words_and_apart_from_its_dose() -> None:
    plain = find_study("ketamine")
    names = dict(zip(plain.trial.arms, ("placebo", "ketamine 0.5 mg/kg"), strict=True))
    frames = {
        table: frame.with_columns(
            pl.col("TRT01P")
            .cast(pl.String)
            .replace_strict(names, return_dtype=pl.Enum(names.values()))
        )
        for table, frame in plain.trial.tables().items()
        if "TRT01P" in frame.columns
    }
    trial = plain.trial.with_(**frames, arms=tuple(names.values()))
    study = Study(trial, plain.plan, "Esketamine or placebo-controlled Ketamine, a single infusion")
    masked = mask_arms(study, 1)
    assert masked.study.title == "(arm) or (arm)-controlled (arm), a single infusion"
    assert masked.hidden == ("placebo", "ketamine 0.5 mg/kg", "ketamine")


def test_the_name_of_the_file_names_no_arm(tmp_path: Path) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_report(find_study("ketamine"), out=tmp_path / "Ketamine1.html", blind_seed=1)
    assert str(refused.value) == (
        "out must not name an arm in a blinded report: 'Ketamine1.html' holds 'Ketamine1'."
    )


def test_what_cannot_be_masked_is_refused(tmp_path: Path) -> None:
    study = find_study("ketamine")
    with pytest.raises(ka.ArgumentError) as refused:
        mask_arms(Study(study.trial.with_(arms=()), study.plan, "t"), 1)
    assert str(refused.value) == "A blinded report needs two arms; this study has one."
    with pytest.raises(ka.ArgumentError) as refused:
        mask_arms(study, -3)
    assert str(refused.value) == "blind_seed must be a whole number from 0, not -3."
    with pytest.raises(ka.ArgumentError) as refused:
        open_report("ketamine", arm="ketamine", blind_seed=1)
    assert str(refused.value) == (
        "arm= names an arm, and blind_seed= masks them: give one of the two."
    )
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_report(study, out=tmp_path / "x.html", template="deck", blind_seed=1)
    assert str(refused.value) == (
        "template='deck' is slides, which Quarto alone can show: give renderer='quarto', or one of "
        "the other templates (trial_report, relapse_brief, infusion_anxiety_brief, data_check)."
    )


# Quarto as far as a blinded deck goes: the cells of the document, run as Quarto runs them.
QUARTO = r"""#!PYTHON
import ast, json, os, re, sys
if sys.argv[1:] == ["--version"]:
    print("1.7.1"); sys.exit()
os.environ["QUARTO_FIG_WIDTH"] = "7"
args, names, page = sys.argv[1:], {}, [" ".join(sys.argv), ADDS]
for cell in re.findall(r"(?ms)^```{python}\n(.*?)^```", open(args[1]).read()):
    *body, last = ast.parse(cell).body
    is_shown = isinstance(last, ast.Expr)
    exec(compile(ast.Module(body if is_shown else [*body, last], []), "cell", "exec"), names)
    if "tags: [parameters]" in cell:
        names.update(json.load(open("params.yml")))
    if is_shown:
        shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        page.append(shown._repr_markdown_() if shown is not None else "")
open(args[args.index("--output") + 1], "w").write("<head></head>" + "\n".join(page))
"""


@pytest.fixture
def quarto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def put(adds: str = "") -> None:
        program = tmp_path / "bin" / "quarto"
        program.parent.mkdir(exist_ok=True)
        program.write_text(QUARTO.replace("PYTHON", sys.executable).replace("ADDS", repr(adds)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent), prepend=":")
        monkeypatch.setenv("PYTHONPATH", str(Path(ka.__file__).parents[1]))

    return put


@pytest.fixture(scope="module")
def small() -> Study:
    plan = ka.Plan(
        scale="MADRS", visit="Day 14", missing=("nri",), response=ka.Response(at_least=0.5)
    )
    return replace(find_study("ketamine"), plan=plan)


def test_slides_of_a_blinded_study_name_no_arm(quarto, small: Study, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The deck takes its cells from Quarto, and the same masked study as every other report."""
    quarto("<script>ketamine = 1</script><img src='data:x/ketamine'>")
    out = tmp_path / "deck.html"
    ka.render_report(small, out=out, template="deck", renderer="quarto", blind_seed=7)
    page = out.read_text()
    assert "--to revealjs" in page
    assert "Arm A" in page
    assert "Arm B" in page
    assert "The arms have masked names" not in page  # the deck has no summary
    assert len(NAMES.findall(page)) == 2  # what no reader reads


def test_slides_that_would_name_an_arm_are_not_written(
    quarto,  # type: ignore[no-untyped-def]
    small: Study,
    tmp_path: Path,
) -> None:
    quarto("<h2>Was it Keta&#109;ine?</h2>")
    asked = {"template": "deck", "renderer": "quarto", "blind_seed": 7}
    with pytest.raises(RenderError, match="the page would show 'Ketamine', which is hidden"):
        ka.render_report(small, out=tmp_path / "deck.html", **asked)
    assert not (tmp_path / "deck.html").exists()
    with pytest.raises(ka.ArgumentError) as refused:
        ka.render_report(small, out=tmp_path / "deck.docx", **asked)
    assert str(refused.value) == (
        "out must end in .html where arms are masked and Quarto renders, not '.docx': what Quarto "
        "packs into such a file cannot be searched for their names.\n  Leave out "
        "renderer='quarto', or write .html."
    )
