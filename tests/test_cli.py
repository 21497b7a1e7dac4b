"""The command line: what it prints, and 0 done, 1 errors found, 2 wrong use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ketanalysis
from ketanalysis.cli import main
from ketanalysis.study.template import TEMPLATE
from tests.shared import ROOT

SCORES = """id,group,madrs_0h,madrs_4h,madrs_24h,madrs_d14
01,placebo,34,30,28,27
02,ketamine,29,20,12,10
03,ketamine,31,22,15,
04,placebo,33,31,30,16
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command in this process; return exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ketanalysis", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        code = left.value.code
        return (code if isinstance(code, int) else 0), out, err

    return call


def filled_in(folder: Path, scores: str = SCORES, template: str = TEMPLATE) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "scores.csv").write_text(scores)
    (folder / "study.toml").write_text(template)
    return folder


# --- the program ---------------------------------------------------------------------------------


def test_the_version(run) -> None:  # type: ignore[no-untyped-def]
    assert run("--version") == (0, f"ketanalysis {ketanalysis.__version__}\n", "")


def test_help_lists_the_commands(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("--help")
    assert code == 0
    for command in ("init", "check", "report", "example", "instruments", "rules"):
        assert f" {command} " in out


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["chek"], "No such command"),
        (["check"], "Missing argument"),
        (["check", "a", "b"], "unexpected extra argument"),
        (["init"], "Missing argument"),
        (["report", "--ot", "x"], "No such option"),
    ],
)
def test_wrong_use_is_2(run, arguments: list[str], words: str) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['ketanalysis', '--help']\n"
        "from ketanalysis.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'polars', 'numpy', 'pandas', 'scipy', 'matplotlib', 'IPython', 'pandera'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stderr == "[]\n"


def test_a_refusal_is_one_message_and_no_traceback(tmp_path: Path) -> None:
    code = "from ketanalysis.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{tmp_path} holds no study.toml. `ketanalysis init FOLDER` writes one to fill in.\n"
    )


def test_instruments_say_what_is_not_verified(run) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run("instruments")
    assert (code, err) == (0, "")
    (madrs,) = [line for line in out.splitlines() if line.startswith("MADRS ")]
    (cadss,) = [line for line in out.splitlines() if line.startswith("CADSS ")]
    assert madrs.endswith(" verified")
    assert not madrs.endswith("not verified")
    assert cadss.endswith(" not verified")
    code, out, _ = run("instruments", "cadss-6")
    assert code == 0
    assert out.startswith("CADSS6: ")
    assert "(not verified; " in out
    assert run("instruments", "MADS")[0] == 2


# --- init and check ------------------------------------------------------------------------------


def test_init_writes_a_template_that_a_filled_in_study_can_keep(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "study"
    assert run("init", folder) == (
        0,
        f"Wrote {folder / 'study.toml'} and {folder / 'data'}/. Put the data there and fill in "
        "study.toml.\n",
        "",
    )
    assert run("init", folder) == (
        2,
        "",
        f"{folder} already holds a study.toml; choose another folder.\n",
    )
    assert run("check", folder) == (
        2,
        "",
        "[data] scores names 'data/scores.csv', which is no file; data/ holds nothing.\n",
    )
    (folder / "data" / "scores.csv").write_text(SCORES)
    code, out, err = run("check", folder)
    assert (code, err) == (0, "")
    assert out == (
        "Checked adsl (4 rows), adqs (15 rows): 0 errors, 0 warnings, 0 for information.\n\n"
        "My trial: 4 subjects, 2 arms (placebo, ketamine)\n"
        "  scales: MADRS\n"
        "  visits: 0h, 4h, 24h, d14\n"
        "  tables: adsl (4 rows), adqs (15 rows)\n"
    )


def test_check_prints_all_findings_and_errors_are_1(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    bad = SCORES.replace("01,placebo,34", "01,placebo,70").replace(
        "02,ketamine,29", "02,ketamine,-1"
    )
    code, out, err = run("check", filled_in(tmp_path / "a", bad))
    assert (code, err) == (1, "")
    assert out == (
        "Checked adsl (4 rows), adqs (15 rows): 2 errors, 0 warnings, 0 for information.\n\n"
        "Errors\n\n"
        "ADQS.AVAL must be between 0 and 60 for MADRS, not 70, -1.\n"
        '  Rows 1 and 2 (subjects 01, 02), visit "0h". Rule `scale_range` of schemas/adqs.toml.\n'
        "  Correct the score, or name another instrument in PARAMCD.\n"
    )


def test_warnings_are_0(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(
        "check", filled_in(tmp_path / "a", SCORES.replace("03,ketamine,31", "03,ketamine,"))
    )
    assert code == 0
    assert "0 errors, 1 warning" in out
    assert "ADQS.ABLFL marks no baseline of MADRS for these subjects." in out


def test_codes_that_are_no_numbers_are_errors_of_the_data(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = filled_in(tmp_path / "a", SCORES.replace("03,ketamine,31", "03,ketamine,ND"))
    assert run("check", folder) == (
        1,
        "madrs_0h must hold numbers, not 'ND' (row 3).\n"
        "  Correct the cells, or declare the codes that mean missing: missing_codes=[...].\n",
        "",
    )


def test_a_key_that_does_not_exist_is_wrong_use(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    template = TEMPLATE.replace("[plan]", "[plans]")
    folder = filled_in(tmp_path / "a", template=template)
    code, out, err = run("check", folder)
    assert (code, out) == (2, "")
    assert err.startswith("study.toml has no key 'plans'; it has study, data, columns, plan.")


def test_a_folder_that_cannot_be_made(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "study"
    assert run("init", folder) == (1, "", f"{folder / 'data'}: Not a directory.\n")


# --- the rest ------------------------------------------------------------------------------------


def test_example_writes_a_study_that_passes_its_check(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "ketamine"
    assert run("example", "--out", folder) == (
        0,
        f"Wrote {folder}. Next: ketanalysis check {folder} ; ketanalysis report {folder}\n",
        "",
    )
    assert run("check", folder)[0] == 0
    assert run("example", "--out", folder) == (
        2,
        "",
        f"{folder} already holds a study.toml; choose another folder.\n",
    )
    assert run("example", "esketamine", "--out", tmp_path / "x") == (
        2,
        "",
        "name must be one of 'ketamine', not 'esketamine'. Did you mean ketamine?\n",
    )


@pytest.mark.parametrize("arguments", [[], ["a", "--example", "ketamine"]])
def test_report_needs_one_study(run, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert run("report", *arguments) == (2, "", "Give a study folder, or --example NAME.\n")


def test_a_report_of_bad_data_is_1_and_writes_nothing(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = filled_in(tmp_path / "a", SCORES.replace("34", "70"))
    code, _, err = run("report", folder)
    assert code == 1
    assert "ADQS.AVAL must be between 0 and 60 for MADRS, not 70." in err
    assert "Traceback" not in err
    assert not list((folder / "output").glob("*"))


def test_lists(run) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run("instruments")
    assert code == 0
    assert "MADRS" in out
    code, out, _ = run("rules")
    assert code == 0
    assert "sustain1" in out


# --- a report with options -----------------------------------------------------------------------


def test_init_can_copy_an_analysis_to_the_study(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    study = filled_in(tmp_path / "study")
    code, out, err = run("init", study, "--eject", "relapse", "--eject", "data_check")
    assert (code, err) == (0, "")
    assert out == (
        f"Wrote {study / 'analyses' / 'relapse.py'}. Run it with --trust-study-code.\n"
        f"Wrote {study / 'reports' / 'data_check.qmd'}. Run it with --trust-study-code.\n"
    )
    code, _, err = run("init", tmp_path / "none", "--eject", "relapse")
    assert code == 2
    assert err == f"{tmp_path / 'none'} is no study folder: it holds no study.toml.\n"


def test_a_brief_of_one_arm(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out_file = tmp_path / "brief.html"
    code, out, _ = run(
        *("report", "--example", "ketamine", "--out", out_file),
        *("--template", "relapse_brief", "--arm", "ketamine"),
    )
    assert code == 0
    assert out.startswith(f"Wrote {out_file} in ")
    page = out_file.read_text(encoding="utf-8")
    assert '<h1 id="title">Simulated ketamine trial: ketamine alone</h1>' in page
    assert "48 subjects, one arm" in page


def test_a_renderer_or_a_template_that_there_is_not(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    study = filled_in(tmp_path / "study")
    code, _, err = run("report", study, "--renderer", "quatro")
    assert code == 2
    assert err == (
        "renderer must be one of 'embedded', 'quarto', not 'quatro'. Did you mean quarto?\n"
    )
    code, _, err = run("report", study, "--template", "trial")
    assert code == 2
    assert err.startswith("template must be one of 'trial_report', 'relapse_brief', ")


def test_data_of_somebody_else_do_not_steer_the_terminal(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    evil = "02\x1b[2J\u202e"
    study = filled_in(tmp_path / "study", SCORES.replace("02", evil).replace("29,20", "99,20"))
    code, out, _ = run("check", study)
    assert code == 1
    assert "02\ufffd[2J\ufffd" in out
    code, _, err = run("report", study)
    assert code == 1
    assert "02\ufffd[2J\ufffd" in err
    assert "\x1b" not in out + err
