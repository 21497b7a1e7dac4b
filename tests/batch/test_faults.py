"""A study that dies, hangs or lies costs itself alone; the others are what they would have been."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ketanalysis.batch.tree import batch_hashes
from tests.batch.checked import ROOT, check_out, inputs_of, make_studies, orphans, run_fake

WORDS = {
    "raise": "TwoArguments: its text may hold values of the data and is not shown here.",
    "contract": "ContractError: a data file cannot be read: `ketanalysis check` says why.",
    "kill": "worker killed (signal 9)",
    "abort": "worker killed (signal 6)",
    "segfault": "worker killed (signal 11)",
    "leave": "worker ended with code 7",
    "memory": "out of memory",
    "outside": "No such file or directory: …/scores.csv",
    **dict.fromkeys(
        ("link", "pipe", "gone", "elsewhere"),
        "the folder of its output was taken away, or held a link or another thing that is no file",
    ),
}


def test_each_fault_costs_its_study_alone(tmp_path: Path) -> None:
    sound = {f"sound {i}": "well" for i in range(4)}
    bad = {f"bad {name}": name for name in WORDS}
    # First, between and last: the ids are sorted, and "bad" comes before "sound".
    bad |= {"sound 1b": "kill", "z kill": "kill"}
    studies = make_studies(tmp_path / "studies", sound | bad)
    undisturbed = run_fake([tmp_path / "studies" / name for name in sound], tmp_path / "alone")
    assert undisturbed.exit_code == 0
    alone = batch_hashes(tmp_path / "alone")

    inputs = inputs_of(studies)
    result = run_fake(studies, tmp_path / "out", jobs=2)
    assert result.reasons == {
        **{f"bad {name}": words for name, words in WORDS.items()},
        "sound 1b": WORDS["kill"],
        "z kill": WORDS["kill"],
    }
    check_out(tmp_path / "out", studies, inputs=inputs, exit_code=result.exit_code)
    both = batch_hashes(tmp_path / "out")
    of_the_sound = {name: sha for name, sha in alone.items() if name.startswith("sound")}
    assert of_the_sound.items() <= both.items(), "I3"
    page = next((tmp_path / "out").glob("bad_kill-*/failure.html")).read_text()
    assert "worker killed (signal 9)" in page
    assert "Resume the batch to try it again." in page
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"S-SECRET-1" not in path.read_bytes(), path


def test_a_study_that_hangs_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    before = orphans()
    studies = make_studies(tmp_path / "studies", {"a": "hang", "b": "well"})
    inputs = inputs_of(studies)
    result = run_fake(studies, tmp_path / "out", timeout=4)
    assert result.reasons == {"a": "timeout: it took longer than 4 seconds and was stopped"}
    check_out(tmp_path / "out", studies, inputs=inputs, exit_code=1)
    assert orphans() == before, "I7"


def test_memory_is_limited_where_it_is_asked(tmp_path: Path) -> None:
    studies = make_studies(tmp_path / "studies", {"a": "memory", "b": "well"})
    result = run_fake(studies, tmp_path / "out", memory=4.0)
    assert result.reasons == {"a": "out of memory"}


def test_an_input_that_changes_under_way_is_found(tmp_path: Path) -> None:
    studies = make_studies(tmp_path / "studies", {"a": "change", "b": "well"})
    result = run_fake(studies, tmp_path / "out")
    assert result.reasons == {
        "a": "changed: behave was changed or removed while the study was reported."
    }


def test_code_of_a_study_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    before = orphans()
    studies = make_studies(tmp_path / "studies", {"a": "untidy", "b": "surroundings"})
    studies += make_studies(tmp_path / "studies", {"c": "copy", "d": "surroundings"})
    result = run_fake(studies, tmp_path / "out", trust_study_code=True)
    assert result.reasons == {}
    assert orphans() == before, "I7"


def test_a_child_whose_parent_was_gone_before_it_looked_ends_and_clears_up(tmp_path: Path) -> None:
    folder = tmp_path / "worker"
    folder.mkdir()
    (tmp_path / "late.py").write_text(
        "import time\nfrom ketanalysis.render.child_process import follow_parent\n"
        "def begin(folder):\n    time.sleep(0.3)\n    follow_parent(folder)\n    time.sleep(60)\n"
    )
    program = (
        "import os, sys; from pathlib import Path; "
        "from ketanalysis.render.child_process import start_child; "
        "start_child(Path(sys.argv[1]), 'late:begin', stdout=-1); os._exit(0)"
    )
    env = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    subprocess.run([sys.executable, "-c", program, str(folder)], env=env, check=True)
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_a_worker_is_replaced_and_nothing_else_changes(tmp_path: Path) -> None:
    studies = make_studies(tmp_path / "studies", {f"s{i}": "well" for i in range(4)})
    run_fake(studies, tmp_path / "one", recycle_after=1)
    run_fake(list(reversed(studies)), tmp_path / "two", jobs=2)
    assert batch_hashes(tmp_path / "one") == batch_hashes(tmp_path / "two")


def test_a_hostile_folder_and_environment_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies = make_studies(tmp_path / "studies", {"a": "surroundings"})
    for place in (tmp_path, studies[0]):
        (place / "matplotlibrc").write_text("figure.facecolor: red\n")
        (place / "_quarto.yml").write_text("project: {type: website}\n")
        for name in ("statsmodels", "json", "sitecustomize", "polars"):
            (place / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "1")
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    assert run_fake(studies, tmp_path / "out").reasons == {}


def test_a_batch_that_hangs_at_nothing_leaves_no_folder(tmp_path: Path, monkeypatch) -> None:
    import tempfile

    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    os.umask(0o022)
    run_fake(make_studies(tmp_path / "studies", {"a": "kill", "b": "well"}), tmp_path / "out")
    deadline = time.monotonic() + 10
    while list(own.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(own.iterdir()) == []
    assert subprocess.run(["find", str(tmp_path / "out"), "-perm", "/022"], capture_output=True,
                          check=True).stdout == b""  # fmt: skip
