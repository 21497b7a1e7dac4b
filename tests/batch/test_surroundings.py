"""A batch of real studies watched by the system: where it writes, what it tells, what it leaves."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import ketanalysis as ka
from ketanalysis.batch import task
from ketanalysis.batch.failure import InputChanged
from ketanalysis.batch.outcome import Job
from ketanalysis.batch.settings import Settings
from tests.batch.checked import ROOT, check_out, inputs_of
from tests.twelve import PLAN, twelve_subjects

pytest.importorskip("pypandoc", reason="the extra [report] is not installed")
WRITES = re.compile(
    r'\b(?:open|openat|creat|mkdir|mkdirat|rename|symlink|link)\([^"]*"(/[^"]*)"(.*)'
)


def write(folder: Path, arm: str) -> Path:
    """Write a study of twelve subjects; PDF has no letters for some names of an arm."""
    return ka.write_study(folder, twelve_subjects(arm), PLAN, "Trial")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a batch that was run under strace by one with a telling name."""
    place = tmp_path_factory.mktemp("canary-place")
    studies = [
        write(place / "studies" / "a", "ketamine"),
        write(place / "studies" / "b", "\N{FULLWIDTH EQUALS SIGN}1"),
    ]
    inputs = inputs_of(studies)
    for name in ("temporary", "canary-home", "work"):
        (place / name).mkdir()
    known = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    environment = known | {
        **{"PYTHONPATH": str(ROOT), "TMPDIR": str(place / "temporary")},
        **{"HOME": str(place / "canary-home"), "USER": "canary-user", "LOGNAME": "canary-user"},
    }
    calls = "open,openat,creat,mkdir,mkdirat,rename,symlink,link,connect,sendto"
    traced = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-s",
        "300",
        "-o",
        str(place / "calls"),
        "-e",
        calls,
    ]
    command = [sys.executable, "-P", "-c", "from ketanalysis.cli import main; main()", "batch"]
    options = ["--out", str(place / "out"), "--template", "data_check", "--format", "html,docx,pdf"]
    ended = subprocess.run(
        [*traced, *command, *map(str, studies), *options],
        cwd=place / "work",
        env=environment,
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    check_out(place / "out", studies, inputs=inputs, exit_code=1)
    return place


needs_strace = pytest.mark.needs("strace")


@needs_strace
def test_nothing_is_written_elsewhere_and_nobody_is_called(place: Path) -> None:
    calls = (place / "calls").read_text(errors="replace")
    ours = (f"{place}/out", f"{place}/temporary")
    allowed = (*ours, "/dev/", "/proc/self/")
    n_inside = 0
    for path, rest in WRITES.findall(calls):
        is_open = "O_" in rest
        is_read = is_open and not re.search("O_WRONLY|O_RDWR|O_CREAT", rest)
        if is_read or "/__pycache__/" in path:  # Python's own, of the package
            continue
        assert path.startswith(allowed), path
        n_inside += path.startswith(ours)
    assert n_inside > 20
    assert "AF_INET" not in calls
    # Others of the machine may not look in, whatever the mask of the one who runs it.
    folders = re.findall(rf'mkdir\("{place}/temporary/[^/"]*", (\d+)\) += 0', calls)
    assert folders
    assert set(folders) == {"0700"}


@needs_strace
def test_nothing_is_left_behind(place: Path) -> None:
    for name in ("temporary", "canary-home", "work"):
        assert list((place / name).iterdir()) == [], name


def parts_of(out: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(out.rglob("*")):
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as whole:
                yield from ((f"{path.name}/{name}", whole.read(name)) for name in whole.namelist())
        elif path.is_file():
            yield path.name, path.read_bytes()


@needs_strace
def test_no_file_names_who_made_it_where_and_of_whom(place: Path) -> None:
    told = [socket.gethostname(), "canary", "SUBJECT-0", str(ROOT), sys.prefix, str(Path.home())]
    names = [name for name in told if len(name) > 4]
    n_parts = 0
    for part, content in parts_of(place / "out"):
        n_parts += 1
        for name in names:
            assert name.encode() not in content, (part, name)
    assert n_parts > 20


@needs_strace
def test_a_report_that_fails_keeps_the_numbers_of_its_study(place: Path) -> None:
    (page,) = (place / "out").glob("b-*/failure.html")
    kept = {path.name for path in page.parent.iterdir()}
    assert kept == {"failure.html", "report.docx", "report.html", "results.json", "results.parquet",
                    "study.json"}  # fmt: skip
    shown = page.read_text(encoding="utf-8")
    assert "RenderError: its text may hold values of the data and is not shown here." in shown
    assert "What was computed before it failed stands beside this page" in shown
    whole = pl.read_parquet(place / "out" / "results.parquet")
    assert whole["study"].unique().to_list() == ["a"]


@pytest.mark.parametrize("fault", ["changed", "gone", "plan"])
def test_an_input_that_changes_while_a_real_study_is_reported_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    study = write(tmp_path / "study", "ketamine")
    file = study / ("study.toml" if fault == "plan" else "data/adqs.parquet")
    (tmp_path / "target").mkdir()

    def meanwhile(*_: object, **__: object) -> None:
        if fault == "gone":
            file.unlink()
        else:
            file.write_bytes(file.read_bytes() + b"\n")

    monkeypatch.setattr(task, "render_report", meanwhile)
    job = Job("study", str(study), str(tmp_path / "target"), Settings().options())
    with pytest.raises(InputChanged) as found:
        task.report_study(job, {})
    name = file.relative_to(study).as_posix()
    assert str(found.value) == (
        f"changed: {name} was changed or removed while the study was reported."
    )
