"""Whatever cuts a run, nothing half done is called done; resuming gives the undisturbed tree."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ketanalysis as ka
from ketanalysis.batch.tree import batch_hashes
from tests.batch.checked import (
    check_out,
    environment,
    fake_command,
    inputs_of,
    make_studies,
    run_command,
    run_fake,
)
from tests.batch.nightly import traced

N_KILLS = 20  # tests/batch/nightly.py kills 200 times


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    behaviours = {f"s{i}": "slow" for i in range(6)} | {"t": "raise"}
    return make_studies(tmp_path_factory.mktemp("studies"), behaviours)


@pytest.fixture(scope="module")
def undisturbed(studies: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert run_fake(studies, out, jobs=2).exit_code == 1
    return out


def test_a_batch_that_is_killed_again_and_again_ends_as_if_it_had_not_been(
    studies: list[Path], undisturbed: Path, tmp_path: Path
) -> None:
    inputs = inputs_of(studies)
    chance = random.Random(20)
    out, own = tmp_path / "out", tmp_path / "temporary"
    own.mkdir()
    n_killed = 0
    while n_killed < N_KILLS:
        run = subprocess.Popen(
            fake_command(studies, out, resume=True), env=environment() | {"TMPDIR": str(own)},
            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        # At any time of its work; nightly.py also kills while it begins.
        wait_for(lambda run=run: holds(out, run.pid) or run.poll() is not None)
        time.sleep(chance.random() * 0.6)
        if run.poll() is not None:  # nothing was left to do: the next begins anew
            shutil.rmtree(out)
            continue
        run.kill()
        run.wait()
        n_killed += 1
        check_out(out, studies, inputs=inputs)
    # Workers saw that they were alone; one that was not yet begun leaves a folder without a file.
    wait_for(lambda: not [path for path in own.rglob("*") if path.is_file()])
    done = run_fake(studies, out, resume=True)
    like = batch_hashes(undisturbed)
    check_out(out, studies, inputs=inputs, like=like, exit_code=done.exit_code)


@pytest.mark.parametrize(
    "number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_keeps_what_is_done(
    studies: list[Path], undisturbed: Path, tmp_path: Path, number: int, code: int
) -> None:
    out, inputs = tmp_path / "out", inputs_of(studies)
    own = tmp_path / "temporary"
    own.mkdir()
    run = subprocess.Popen(
        fake_command(studies, out),
        env=environment() | {"TMPDIR": str(own)},
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: len(list(out.glob("s*-*"))) > 1)
    run.send_signal(number)
    run.send_signal(number)  # from somebody who cannot wait
    _, said = run.communicate(timeout=30)
    assert run.returncode == code, said
    assert b"Traceback" not in said
    wait_for(lambda: not list(own.iterdir()))
    status = check_out(out, studies, inputs=inputs)
    assert "done" in status.values()
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    done = run_fake(studies, out, resume=True)
    assert done.n_kept == list(status.values()).count("done")
    check_out(out, studies, inputs=inputs, like=batch_hashes(undisturbed), exit_code=1)


def holds(out: Path, pid: int) -> bool:
    lock = out / ".lock"
    return lock.exists() and lock.read_text().startswith(f"{pid} ")


def wait_for(is_so: Callable[[], bool]) -> None:
    for _ in range(3000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about in 30 seconds")


def test_a_ledger_cut_at_any_byte_of_its_last_study_costs_that_study(
    studies: list[Path], undisturbed: Path, tmp_path: Path
) -> None:
    from ketanalysis.batch.ledger import Ledger, broken_lines, read_lines

    whole = (undisturbed / "ledger.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    kept = b"".join(lines[:-2])  # without the last study and the end of the run
    for cut in range(len(kept) + 1, len(kept) + len(lines[-2])):
        (tmp_path / "ledger.jsonl").write_bytes(whole[:cut])
        assert broken_lines(tmp_path) == [len(lines) - 1]
        assert len(read_lines(tmp_path)) == len(lines) - 2
    Ledger.open(tmp_path)
    assert (tmp_path / "ledger.jsonl").read_bytes() == kept
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    (out / "ledger.jsonl").write_bytes(whole[: len(kept) + 100])
    done = run_fake(studies, out, resume=True)
    # Which study ended last is not the same in every run; the one that fails is never kept.
    still = [json.loads(line).get("status") for line in lines[:-2]]
    assert done.n_kept == still.count("done")
    check_out(out, studies, inputs=inputs_of(studies), like=batch_hashes(undisturbed), exit_code=1)


@pytest.mark.parametrize("fault", ["changed", "removed", "added", "joined"])
def test_a_ledger_that_was_changed_is_left_as_it_is(
    studies: list[Path], undisturbed: Path, tmp_path: Path, fault: str
) -> None:
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    first, second, *rest = (out / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    changed = {
        "changed": [first, second.replace(b"done", b"dine"), *rest],
        "removed": [first, *rest],
        "added": [first, second, *rest, b'{"event": "study"}\n'],
        "joined": [first, second, *rest, first, second, *rest],
    }[fault]
    (out / "ledger.jsonl").write_bytes(b"".join(changed))
    line = 2 if fault in ("changed", "removed") else len(rest) + 3
    with pytest.raises(ka.ArgumentError) as refused:
        run_fake(studies, out, resume=True)
    assert str(refused.value) == (
        f"ledger.jsonl must be as it was written: line {line} of that in {out} was changed or "
        "added.\n  `ketanalysis verify` names what does not fit it. Put the ledger back, or choose "
        "another folder: this one is left as it is."
    )
    assert (out / "ledger.jsonl").read_bytes() == b"".join(changed)
    assert ka.verify_batch(out).ledger_line == line


def test_zeros_that_a_crash_left_at_the_end_are_taken_off(
    studies: list[Path], undisturbed: Path, tmp_path: Path
) -> None:
    from ketanalysis.batch.ledger import Ledger

    whole = (undisturbed / "ledger.jsonl").read_bytes()
    cut = whole.splitlines(keepends=True)[-1][:40]
    (tmp_path / "ledger.jsonl").write_bytes(whole + cut + bytes(500) + b"\n")
    Ledger.open(tmp_path)
    assert (tmp_path / "ledger.jsonl").read_bytes() == whole


@pytest.mark.parametrize("fault", ["byte", "gone", "added", "folder"])
def test_what_is_not_as_it_was_written_is_done_again(
    studies: list[Path], undisturbed: Path, tmp_path: Path, fault: str
) -> None:
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    page = next(out.glob("s3-*/report.html"))
    if fault == "byte":
        page.write_bytes(page.read_bytes()[:-1] + b"x")
    elif fault == "gone":
        page.unlink()
    elif fault == "folder":
        shutil.rmtree(page.parent)
    else:
        (page.parent / "more.txt").write_text("x")
    assert run_fake(studies, out, resume=True).n_kept == 5
    assert batch_hashes(out) == batch_hashes(undisturbed)


def test_an_input_that_changed_since_is_read_again(tmp_path: Path) -> None:
    studies = make_studies(tmp_path / "studies", {"a": "well", "b": "raise", "c": "well"})
    assert run_fake(studies, tmp_path / "out").reasons.keys() == {"b"}
    make_studies(tmp_path / "studies", {"b": "well"})
    mended = run_fake(studies, tmp_path / "out", resume=True)
    assert (mended.exit_code, mended.n_kept) == (0, 2)
    assert run_fake(studies, tmp_path / "out", resume=True).n_kept == 3
    make_studies(tmp_path / "studies", {"a": "well again"})
    assert run_fake(studies, tmp_path / "out", resume=True).n_kept == 2
    assert run_fake(studies, tmp_path / "out", resume=True, arm="x").n_kept == 0


def test_a_second_run_on_one_folder_refuses_and_a_dead_lock_is_taken_over(
    studies: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = subprocess.Popen(
        fake_command(studies, out), env=environment(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: (out / "ledger.jsonl").exists())
    os.kill(first.pid, signal.SIGSTOP)
    second = run_command(fake_command(studies, out, resume=True))
    assert second.returncode == 2
    assert second.stderr == (
        f"out must be a folder that no other run writes to: process {first.pid} is at work in "
        f"{out}.\n  Wait until it has ended, or choose another folder.\n"
    )
    first.kill()
    first.wait()
    (out / ".lock").write_text(f"{os.getpid()} 0\n")
    assert run_fake(studies, out, resume=True).exit_code == 1


def test_a_run_that_was_killed_while_it_tried_the_folder_is_resumed(
    studies: list[Path], undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / ".0123456789abcdef.part").write_bytes(b"")
    assert run_fake(studies, out, resume=True).exit_code == 1
    check_out(out, studies, inputs=inputs_of(studies), like=batch_hashes(undisturbed), exit_code=1)


@pytest.mark.needs("strace")
@pytest.mark.parametrize(
    "call, fault, number",
    [("fsync", "error=EIO", 7), ("rename", "error=EIO", 4), ("write", "error=ENOSPC", 2)],
)
def test_a_call_that_the_system_refuses_is_no_study_that_is_done(
    tmp_path: Path, call: str, fault: str, number: int
) -> None:
    """Some of the points that nightly.py cuts one after the other."""
    studies = make_studies(tmp_path / "studies", {f"s{i}": "well" for i in range(3)})
    inputs = inputs_of(studies)
    run_fake(studies, tmp_path / "undisturbed")
    out = tmp_path / f"{call} {fault} {number}"
    assert traced(call, fault, number, fake_command(studies, out, jobs=1), tmp_path)
    check_out(out, studies, inputs=inputs)
    done = run_fake(studies, out, resume=True)
    like = batch_hashes(tmp_path / "undisturbed")
    check_out(out, studies, inputs=inputs, like=like, exit_code=done.exit_code)


@pytest.mark.parametrize("most", [8, 12, 20, 64])
def test_few_open_files_stop_a_batch_in_words_or_not_at_all(
    studies: list[Path], undisturbed: Path, tmp_path: Path, most: int
) -> None:
    out, inputs = tmp_path / "out", inputs_of(studies)
    run = subprocess.run(
        fake_command(studies, out),
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    if most >= 20:
        check_out(out, studies, inputs=inputs, like=batch_hashes(undisturbed), exit_code=1)
        return
    assert "Too many open files" in run.stderr
    assert "Allow more open files (ulimit -n) or take fewer jobs, and run again" in run.stderr
    # What there is holds, and a run without the limit ends as an undisturbed one.
    check_out(out, studies, inputs=inputs)
    assert run_fake(studies, out, resume=True).exit_code == 1
    check_out(out, studies, inputs=inputs, like=batch_hashes(undisturbed), exit_code=1)
