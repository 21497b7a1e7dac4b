"""What a batch is told: plan files and options, each wrong one refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import ketanalysis as ka
from ketanalysis.batch.settings import read_batch_plan, settings_from
from ketanalysis.cli import app


@pytest.mark.parametrize(
    "text, said",
    [
        ("[batch]\ntimeot = 3\n", "[batch] has no key 'timeot'; it has studies, out, split_by, "
         "formats, template, arm, share, jobs, timeout, memory, backend, recycle_after. "
         "Did you mean timeout?"),
        ("[batch]\ntrust_study_code = true\n", "[batch] has no key 'trust_study_code'; it has "
         "studies, out, split_by, formats, template, arm, share, jobs, timeout, memory, backend, "
         "recycle_after."),
        ("[bach]\n", "batch.toml has no key 'bach'; it has batch. Did you mean batch?"),
        ('[batch]\nout = ["a", "b"]\n', "[batch] out must be a text, not ['a', 'b']."),
        ("[batch]\njobs = 1\njobs = 2\n", "batch.toml is not valid TOML in UTF-8: Cannot overwrite "
         "a value (at line 3, column 9)."),
        ("batch = 3\n", "[batch] must be a section with keys, not 3."),
        ("[batch]\nstudies = [3]\n", "[batch] studies must be a text or a list of texts, "
         "not [3]."),
    ],
)  # fmt: skip
def test_a_plan_file_that_is_wrong_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "batch.toml").write_text(text)
    with pytest.raises(ka.ArgumentError) as refused:
        read_batch_plan(tmp_path / "batch.toml")
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "given, said",
    [
        ({"jobs": 0}, "jobs must be a whole number of at least 1, not 0."),
        ({"jobs": "2"}, "jobs must be a whole number of at least 1, not '2'."),
        ({"timeout": float("inf")}, "timeout must be a number of seconds above 0, not inf."),
        ({"memory": -1}, "memory must be a number of gigabytes above 0, not -1."),
        ({"backend": "dusk"},
         "backend must be one of 'local', 'dask', not 'dusk'. Did you mean dask?"),
        ({"template": "deck"}, "template='deck' is slides, which Quarto alone can show; a batch is "
         "rendered without Quarto. Give one of trial_report, relapse_brief, "
         "infusion_anxiety_brief, data_check."),
        ({"arm": 3}, "arm must be a text, not 3."),
        ({"share": 2}, "share must be a whole number from 3, such as 5 or 11, not 2: the smallest "
         "count of subjects that may be shown."),
        ({"share": 5, "show_values": True},
         "show_values is not for what is passed on: the text of an error may hold values of the "
         "data. Leave out show_values or share."),
        ({"formats": []}, "formats must be a text or a list of texts, not ()."),
    ],
)  # fmt: skip
def test_a_setting_that_is_wrong_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ka.ArgumentError) as refused:
        settings_from(given)
    assert str(refused.value) == said


def test_the_options_of_the_command_go_before_the_plan(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "batch.toml").write_text('[batch]\nstudies = ["a"]\nout = "out"\ntimeout = 0\n')
    plan = str(tmp_path / "batch.toml")
    shown = CliRunner().invoke(app, ["batch", "--plan", plan])
    assert str(shown.exception) == "timeout must be a number of seconds above 0, not 0."
    shown = CliRunner().invoke(app, ["batch", "--plan", plan, "--timeout", "60"])
    assert shown.exit_code == 1
    assert shown.output == (
        "1 study: 0 done, 1 failed.\n"
        "  a: the study folder holds no study.toml. `ketanalysis init FOLDER` writes one to "
        f"fill in.\nSee {tmp_path / 'out' / 'index.html'}.\n"
        "When it is mended, run the same command again with --resume.\n"
    )
    shown = CliRunner().invoke(app, ["verify", str(tmp_path / "out")])
    assert shown.exit_code == 0
    shown = CliRunner().invoke(app, ["batch", "--plan", plan, "--timeout", "60", "--share", "2"])
    assert str(shown.exception).startswith("share must be a whole number from 3")
    shown = CliRunner().invoke(app, ["batch", str(tmp_path / "a")])
    assert str(shown.exception) == "Give --out DIR, the folder to write."
